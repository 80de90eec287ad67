"""gluon_alexnet.interop.program: the programs run, and make the net that the weights' files are of."""

import subprocess
import sys

import numpy as np
import pytest

from gluon_alexnet import cli, interop, models, prepare
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import files
from gluon_alexnet.interop.program import FRAMEWORKS, program
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Conv, Dense, LocalResponseNorm, Pool, Spec

mx = runtime.load_mxnet()
SPECS = {
    **{name: models.spec(name) for name in ("lenet", "compact", "alexnet_small")},
    "odd": Spec(
        "odd",
        (Conv(4, (3, 5), (2, 1), padding=(1, 0), bias=False), Pool("max", 3, 2, 1), Pool("avg", 2, 1), Dense(3, bias=False)),
        (2, 17, 19),
    ),
    "grouped": Spec(
        "grouped",
        (Conv(8, 3, activation="relu"), LocalResponseNorm(3, alpha=0.3, beta=0.5, k=1.0), Conv(6, 3, groups=2), Dense(3)),
        (4, 9, 11),
    ),
}
# How a person answers with the trained net, as the programs' last lines say.
TRAINED = {
    "gluon": "net.load_parameters('{file}')\nanswers = net(mx.np.array(images)).asnumpy()",
    "torch": """
import safetensors.torch, torch
net.load_state_dict(safetensors.torch.load_file('{file}'))
answers = net.eval()(torch.from_numpy(images)).detach().numpy()""",
    "keras": """
whole = keras.saving.load_model('{file}')
assert [layer.get_config() for layer in whole.layers] == [layer.get_config() for layer in net.layers]
net.set_weights(whole.get_weights())
answers = net(images.transpose(0, 2, 3, 1), training=False).numpy()""",
}


def trained(spec):
    net = models.build(spec)
    prepare.prepare(net, mx.np.zeros((1, *spec.input_shape)), [mx.cpu()])
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.2, array.shape) for name, array in interop.read_weights(net).items()}
    interop.load_weights(net, {name: np.abs(array) if "var" in name else array for name, array in weights.items()})
    return net


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_program_makes_the_net_whose_weights_are_in_the_file(framework, name, tmp_path):
    if framework != "gluon":
        pytest.importorskip(framework)
        # The files are written by it too.
        pytest.importorskip("safetensors")
    spec, net = SPECS[name], trained(SPECS[name])
    path = tmp_path / f"net{files.FORMATS[framework]}"
    files.write(path, net, spec)
    images = np.random.default_rng(1).normal(size=(3, *spec.input_shape)).astype("float32")
    space = {"images": images, "mx": mx}
    exec(program(spec, framework) + TRAINED[framework].format(file=path), space)
    expected = net(mx.np.array(images)).asnumpy()
    np.testing.assert_allclose(space["answers"], expected, atol=1e-5 * np.abs(expected).max())


def test_the_programs_need_no_framework_here():
    hidden = "import sys; sys.modules.update(mxnet=None, torch=None, keras=None, tensorflow=None)\n"
    code = "from gluon_alexnet import cli; [cli.main(['models', 'alexnet', '--code', name]) for name in sys.argv[1:]]"
    done = subprocess.run([sys.executable, "-c", hidden + code, *FRAMEWORKS], capture_output=True, text=True, check=True)
    # As the chapter's three tabs have AlexNet's first convolution.
    for line in (
        'nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"),',
        'nn.Conv2d(1, 96, kernel_size=11, stride=4)),',
        'layers.Conv2D(96, kernel_size=11, strides=4, name="conv1"),',
    ):
        assert line in done.stdout


def test_a_runs_own_net_can_be_printed(lenet_run, capsys):
    assert cli.main(["models", str(lenet_run), "--code", "torch"]) == 0
    assert '("conv1", nn.Conv2d(1, 6, kernel_size=5, padding=2))' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--code", "torch"], "--code is for one net: name it, as in gluon-alexnet models alexnet --code torch"),
        (["alxnet", "--code", "torch"], "alexnet"),
    ],
)
def test_what_cannot_be_printed_is_told(words, sentence, capsys):
    assert cli.main(["models", *words]) == 1
    assert sentence in capsys.readouterr().err


def test_what_has_no_program_is_told():
    with pytest.raises(UserError, match="there is no framework 'jax': take one of gluon, torch, keras"):
        program(models.spec("lenet"), "jax")
    with pytest.raises(UserError, match="too much for a twin in Keras"):
        program(Spec("net", (Pool("max", 2, padding=1), Dense(2)), (1, 8, 8)), "keras")
