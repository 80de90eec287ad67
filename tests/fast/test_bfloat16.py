"""gluon_alexnet.fast.bfloat16: whatever layers a net has between its convolutions, it computes the same but for rounding."""

import numpy as np
import pytest
from converted import needs_avx512, operators
from same_function import learnt

from gluon_alexnet import prepare
from gluon_alexnet.blocks import LocalResponseNorm
from gluon_alexnet.fast import precision
from gluon_alexnet.machine import runtime
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
nn = mx.gluon.nn
CPU = [mx.cpu()]
pytestmark = needs_avx512


class Residual(mx.gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2D(32, 3, padding=1)

    def hybrid_forward(self, F, x):
        return F.npx.relu(x + self.convolution(x))


class Joined(Residual):
    def hybrid_forward(self, F, x):
        return F.np.concatenate([x, self.convolution(x)], axis=1)


class Weighted(mx.gluon.HybridBlock):
    """Squeeze and excitation (Hu et al. 2018)."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Dense(32, activation="sigmoid")

    def hybrid_forward(self, F, x):
        return x * F.np.expand_dims(F.np.expand_dims(self.gate(x.mean(axis=(2, 3))), 2), 3)


def function(body):
    return lambda: nn.HybridLambda(body)


LAYERS = {
    **{name: lambda name=name: nn.Activation(name) for name in ("relu", "sigmoid", "tanh", "softrelu", "softsign")},
    "ELU": nn.ELU,
    "SELU": nn.SELU,
    "GELU": nn.GELU,
    "PReLU": nn.PReLU,
    "Swish": nn.Swish,
    "leaky ReLU": lambda: nn.LeakyReLU(0.1),
    "batch norm": nn.BatchNorm,
    # Of so large an alpha that a mistake in its sum would show.
    "local response norm": lambda: LocalResponseNorm(5, alpha=0.3),
    "layer norm": nn.LayerNorm,
    "average pooling": lambda: nn.AvgPool2D(2),
    "average pooling, padded": lambda: nn.AvgPool2D(3, 2, 1, count_include_pad=False),
    "max pooling, rounded up": lambda: nn.MaxPool2D(3, 2, ceil_mode=True),
    "sums": function(lambda F, x: F.npx.pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="sum")),
    "global average": nn.GlobalAvgPool2D,
    "global maximum": nn.GlobalMaxPool2D,
    "transposed convolution": lambda: nn.Conv2DTranspose(16, 2, 2),
    "groups": lambda: nn.Conv2D(32, 3, groups=4),
    "depthwise": lambda: nn.Conv2D(32, 3, groups=32),
    "dilated": lambda: nn.Conv2D(32, 3, dilation=2),
    "residual": Residual,
    "joined": Joined,
    "weighted channels": Weighted,
    "square": function(lambda F, x: F.npx.relu(x) ** 2),
    "clipped": function(lambda F, x: F.np.clip(x, 0, 6)),
    "turned": function(lambda F, x: F.np.transpose(x, (0, 1, 3, 2))),
    "a part": function(lambda F, x: x[:, :, 1:, 1:]),
    "gated": function(lambda F, x: x * F.npx.sigmoid(x)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_answers_and_gradients_are_float32s_but_for_rounding(name):
    images = mx.np.array(np.random.RandomState(1).randn(4, 1, 16, 16), dtype="float32")
    net = nn.HybridSequential()
    net.add(nn.Conv2D(32, 3), LAYERS[name](), nn.Conv2D(32, 1), nn.Dense(10))
    mx.random.seed(3)
    prepare.prepare(net, images, CPU)
    exact, slopes = learnt(net, net, images)
    block = precision.in_precision(net, "bfloat16", for_cpu=True)
    assert "bfloat16" in operators(block)["Convolution"]
    answers, rounded = learnt(block, net, images)
    # A rounding to eight bits is at most 1/256.
    np.testing.assert_allclose(answers, exact, atol=0.03 * np.abs(exact).max())
    # Where the largest of two numbers that are nearly the same is taken, a rounding sends the whole gradient elsewhere.
    steepest = max(map(np.linalg.norm, slopes.values()))
    for parameter, slope in slopes.items():
        assert np.linalg.norm(rounded[parameter] - slope) < 0.15 * np.linalg.norm(slope) + 0.02 * steepest, parameter
    stepper = Stepper(net, CPU, precision="bfloat16")
    stepper.step(images, mx.np.array([0, 1, 2, 3]), lr=0.01)
    exact = net(images).asnumpy()
    np.testing.assert_allclose(stepper.frozen()(images).asnumpy(), exact, atol=0.03 * np.abs(exact).max())


@pytest.mark.parametrize(
    ("convolution", "shape"), [(nn.Conv1D, (16,)), (nn.Conv3D, (8, 8, 8))], ids=["of one dimension", "of three"]
)
def test_convolutions_that_are_not_of_images_stay_in_float32(convolution, shape):
    data = mx.np.array(np.random.RandomState(1).randn(2, 1, *shape), dtype="float32")
    net = nn.HybridSequential()
    net.add(convolution(32, 3), convolution(32, 3, activation="relu"), nn.Dense(10))
    prepare.prepare(net, data, CPU)
    assert operators(precision.in_precision(net, "bfloat16", for_cpu=True))["Convolution"] == ["float32"] * 2
