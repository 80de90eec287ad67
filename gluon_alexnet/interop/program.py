"""A net as a program in each framework: what a person reads, and what takes a trained net's weights where this package is not."""

from gluon_alexnet import models
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import keras, torch
from gluon_alexnet.interop.weights import layers

FRAMEWORKS = ("gluon", "torch", "keras")
GLUON = """\
from mxnet import npx
from mxnet.gluon import nn

npx.set_np()  # float32 images (N, {shape}) in, logits out
net = nn.HybridSequential()
net.add(
{layers}
)
# Trained: net.load_parameters("{name}.params"), a file by `gluon-alexnet convert --to gluon`.
"""
TORCH = """\
from collections import OrderedDict

from torch import nn

# float32 images (N, {shape}) in, logits out
net = nn.Sequential(OrderedDict([
{layers}
]))
# Trained: net.load_state_dict(safetensors.torch.load_file("{name}.safetensors")), a file by `gluon-alexnet convert --to torch`.
"""
KERAS = """\
import keras
from keras import layers

# float32 images (N, {shape}) in, logits out
net = keras.Sequential([
    keras.Input({input}),
{layers}
])
# Trained, and whole: keras.saving.load_model("{name}.keras"), a file by `gluon-alexnet convert --to keras`.
"""


def program(spec: models.Spec, framework: str) -> str:
    """The text of a Python program that makes the net of a Spec, as `net` with new weights, in 'gluon', 'torch' or 'keras'.

    The framework need not be installed here. Raises UserError for a layer that has no twin there.
    """
    known = layers(spec)
    shape = known[0].input_shape
    if framework == "gluon":
        lines = [f"    nn.{models.gluon_call(layer.layer)}," for layer in known]
        text = GLUON
    elif framework == "torch":
        lines = [f'    ("{name}", nn.{call}),' for layer in known for name, call in torch.calls(layer)]
        text = TORCH
    elif framework == "keras":
        lines = [f"    layers.{call}," for layer in known for call in keras.calls(layer, known)]
        text, shape = KERAS, keras.input_of(known)
    else:
        raise UserError(f"there is no framework {framework!r}: take one of {', '.join(FRAMEWORKS)}")
    return text.format(name=spec.name, layers="\n".join(lines), shape=", ".join(map(str, shape)), input=shape)
