"""The table of layers in exercises/README.ipynb: what it calls the same is the same in PyTorch and Keras."""

import re

import make_exercises
import pytest

pytest.importorskip("torch")
pytest.importorskip("keras")

import keras
import numpy as np

from gluon_alexnet.interop.torch import load_torch
from gluon_alexnet.machine.runtime import load_mxnet

torch = load_torch()
# What the layer of a row is given, (N, C, H, W).
INPUTS = {
    "Conv2D": (2, 1, 224, 224),
    "MaxPool2D": (2, 96, 54, 54),
    "GlobalAvgPool2D": (2, 96, 5, 5),
    "BatchNorm": (2, 96, 5, 5),
    "Dense": (2, 256, 5, 5),
    "Dropout": (2, 7),
}


def rows():
    text = (make_exercises.ROOT / "exercises" / "README.py").read_text(encoding="utf-8")
    found = re.findall(r"^# \| `nn\.(\w+)(\(.*?\))` ?(?:\([^|]*\) )?\| `(.+?)` \| `(.+?)` \|$", text, re.MULTILINE)
    assert len(found) == 2 * len(INPUTS) and found[: len(INPUTS)] == found[len(INPUTS) :], "the same rows in both languages"
    return found[: len(INPUTS)]


@pytest.mark.parametrize(("layer", "arguments", "torch_code", "keras_code"), rows(), ids=lambda text: text.partition("(")[0])
def test_the_layers_of_a_row_give_the_same_shape(layer, arguments, torch_code, keras_code):
    mx = load_mxnet()
    images = np.random.default_rng(0).normal(size=INPUTS[layer]).astype("float32")
    net = eval(f"nn.{layer}{arguments}", {"nn": mx.gluon.nn})
    net.initialize()
    wanted = net(mx.np.array(images)).shape
    twin = torch.nn.Sequential(*eval(f"({torch_code},)", {"nn": torch.nn})).eval()
    assert tuple(twin(torch.from_numpy(images)).flatten(1).shape) == (wanted[0], int(np.prod(wanted[1:])))
    last = keras.Sequential(list(eval(f"({keras_code},)", vars(keras.layers).copy())))
    assert np.prod(last(np.moveaxis(images, 1, -1) if images.ndim == 4 else images).shape) == np.prod(wanted)
    if layer == "BatchNorm":
        with mx.autograd.record():
            answer = net(mx.np.array(images))
        answer.backward()  # MXNet moves the averages here
        twin.train()(torch.from_numpy(images))
        # The momentum of the one is 1 less that of the other.
        assert np.allclose(net.running_mean.data().asnumpy(), twin[0].running_mean.numpy(), atol=1e-5)
