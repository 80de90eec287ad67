"""gluon_alexnet.fast.polyphase: another graph, the same answers and gradients."""

import numpy as np
import pytest
from converted import needs_avx512, operators
from same_function import assert_same, learnt

from gluon_alexnet import models, prepare
from gluon_alexnet.fast import graphs, polyphase, precision
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Conv, Dense, Pool, Spec
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]
LENET = models.lenet_spec().layers
# By name: (channels, height and width) of the images, and the layers.
NETS = {
    "LeNet": ((1, 28, 28), LENET),
    "LeNet of ReLUs": ((1, 28, 28), models.lenet_spec(activation="relu").layers),
    "oblong images": ((1, 20, 36), LENET),
    "colours": ((3, 28, 28), LENET),
    "other windows, padding and numbers of filters": (
        (1, 26, 30),
        (Conv(3, 9, padding=3, activation="tanh"), Pool("avg", 2), Conv(7, 3, padding=2), Pool("avg", 2), Dense(4)),
    ),
    "neither biases nor activations": (
        (1, 28, 28),
        (Conv(8, 5, padding=2, bias=False), Pool("avg", 2), Conv(16, 5, bias=False), Pool("avg", 2)),
    ),
}


def made(shape, layers):
    net = models.build(Spec("net", layers, shape))
    mx.random.seed(3)
    prepare.prepare(net, mx.np.zeros((2, *shape)), CPU)
    return net


@pytest.mark.parametrize("name", NETS)
def test_answers_and_gradients_are_those_of_the_net(name):
    shape, layers = NETS[name]
    net = made(shape, layers)
    images = mx.np.array(np.random.RandomState(1).rand(2, *shape), dtype="float32")
    assert precision.is_in_blocks(net, images.shape)
    block = precision.in_precision(net, "float32", for_cpu=True, in_blocks=True)
    assert_same(block, net, images)


@pytest.mark.parametrize("name", ["LeNet", "colours"])
def test_blocks_filled_up_for_the_matrix_unit_are_the_same_function(name):
    shape, layers = NETS[name]
    net = made(shape, layers)
    images = mx.np.array(np.random.RandomState(1).rand(2, *shape), dtype="float32")
    data, graph = precision.trace(net)
    shapes = {each: p.shape for each, p in net.collect_params().items()}
    graph, constants = polyphase.in_blocks(graph, shapes, graphs.TILE)
    assert convolutions(graph)[:2] == [(32 if shape[0] == 1 else 64, (4, 4)), (96, (2, 2))]
    block = mx.gluon.SymbolBlock([graph], [data], params=precision._with_constants(net, constants))
    assert_same(block, net, images)


def convolutions(graph):
    """Channels and windows of the convolutions of a graph."""
    nodes = [node["attrs"] for node in graphs.nodes(graph) if node["op"] == "Convolution"]
    return [(int(attrs["num_filter"]), graphs.pair(attrs["kernel"])) for attrs in nodes]


def test_lenets_windows_are_of_blocks_and_its_parameters_keep_their_names():
    net = made((1, 28, 28), LENET)
    graph, constants = polyphase.in_blocks(precision.trace(net)[1], {name: p.shape for name, p in net.collect_params().items()})
    # Sixteen pixels of eight rows, a column of zeros on each side; 6 filters for eight answers each; 12 means and four zeros;
    # 16 filters for two answers each; means of two times two.
    assert convolutions(graph) == [(16, (8, 4)), (48, (1, 3)), (16, (1, 1)), (32, (3, 5)), (16, (1, 2))]
    assert set(graph.list_arguments()) == {"data", *net.collect_params(), *constants}


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("length", range(24, 28))
def test_only_images_of_whole_blocks_are_computed_so(length, padding):
    net = made((1, length, 32 - 2 * padding), (Conv(6, 5, padding=padding), *LENET[1:]))
    images = mx.np.array(np.random.RandomState(1).rand(2, 1, length, 32 - 2 * padding), dtype="float32")
    assert precision.is_in_blocks(net, images.shape) == ((length + 2 * padding) % 4 == 0)
    # Whatever their size: what the trainer computes is what the net does.
    logits = Stepper(net, CPU).learner(images.shape)(images, mx.np.array([1, 2]))
    np.testing.assert_allclose(logits.asnumpy(), net(images).asnumpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "layers",
    [
        (Conv(12, 5), *LENET[1:]),
        (*LENET[:2], Conv(20, 5), *LENET[3:]),
        (Conv(6, 3), *LENET[1:]),
        (*LENET[:2], Conv(16, 4), *LENET[3:]),
        (*LENET[:2], Conv(16, 5, padding=1), *LENET[3:]),
        (Conv(6, 5, 2), *LENET[1:]),
        (LENET[0], Pool("max", 2), *LENET[2:]),
        (LENET[0], Pool("avg", 3, 2), *LENET[2:]),
        (LENET[0], Pool("avg", 2, 1), *LENET[2:]),
        (*LENET[:3], Dense(10)),
        (Conv(1, 1), *LENET),
    ],
    ids=[
        "filters enough",
        "filters enough in the second",
        "windows that are no blocks and a pixel",
        "nor in the second",
        "padding of half a block",
        "stride",
        "the largest of four",
        "pooling windows that overlap",
        "pooling without a stride",
        "one pooling",
        "not on the images",
    ],
)
def test_other_nets_are_left_alone(layers):
    net = made((1, 32, 32), layers)
    assert not precision.is_in_blocks(net, (2, 1, 32, 32))


class Halved(mx.gluon.HybridBlock):
    """A convolution by half of its weights."""

    def __init__(self, filters, channels):
        super().__init__()
        self.filters = filters
        self.weight = self.params.get("weight", shape=(filters, channels, 5, 5))

    def hybrid_forward(self, F, x, weight):
        return F.npx.convolution(x, weight / 2, kernel=(5, 5), num_filter=self.filters, no_bias=True)


class Net(mx.gluon.HybridBlock):
    """The layers that are meant, as `change` has them: "nothing", "another reader" or "computed weights"."""

    def __init__(self, change):
        super().__init__()
        nn = mx.gluon.nn
        self.change, self.pool, self.last = change, nn.AvgPool2D(2), nn.Dense(10)
        self.first = Halved(6, 1) if change == "computed weights" else nn.Conv2D(6, 5)
        self.second = nn.Conv2D(16, 5, activation="relu")

    def hybrid_forward(self, F, x):
        first = self.first(x)
        answers = self.last(self.pool(self.second(self.pool(first))))
        return answers + first.mean() if self.change == "another reader" else answers


@pytest.mark.parametrize("change", ["nothing", "another reader", "computed weights"])
def test_answers_read_elsewhere_and_weights_computed_are_left_alone(change):
    net = Net(change)
    prepare.prepare(net, mx.np.zeros((2, 1, 28, 28)), CPU)
    assert precision.is_in_blocks(net, (2, 1, 28, 28)) == (change == "nothing")


@needs_avx512
def test_bfloat16_cuts_blocks_in_float32_and_has_answers_and_gradients_but_for_its_rounding():
    net, images = made((1, 28, 28), LENET), mx.np.array(np.random.RandomState(1).rand(4, 1, 28, 28), dtype="float32")
    block = precision.in_precision(net, "bfloat16", for_cpu=True, in_blocks=True)
    cut = "bfloat16" if runtime.setup().amx else "float32"
    assert operators(block) == {"Convolution": [cut, *["bfloat16"] * 4], "FullyConnected": ["float32"] * 3}
    answers, slopes = learnt(net, net, images)
    rounded_answers, rounded_slopes = learnt(block, net, images)
    # bfloat16 has eight bits: a rounding is at most 1/256.
    np.testing.assert_allclose(rounded_answers, answers, atol=0.01 * np.abs(answers).max())
    for parameter, slope in slopes.items():
        np.testing.assert_allclose(rounded_slopes[parameter], slope, atol=0.03 * np.abs(slope).max(), err_msg=parameter)


def test_the_trainer_learns_so_and_keeps_no_constants():
    net = made((1, 28, 28), LENET)
    stepper = Stepper(net, CPU)
    stepper.step(mx.np.ones((2, 1, 28, 28)), mx.np.array([1, 2]), lr=0.1)
    (learner,) = stepper._learners.values()
    assert (48, (1, 3)) in convolutions(learner.graph)
    assert set(stepper.parameters) == set(net.collect_params())
    assert (48, (1, 3)) not in convolutions(stepper.forward._cached_graph[1])
