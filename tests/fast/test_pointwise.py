"""gluon_alexnet.fast.pointwise: another graph, the same answers."""

import numpy as np
import pytest

from gluon_alexnet import models, prepare
from gluon_alexnet.fast import graphs, pointwise, precision
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Activation, BatchNorm, Conv, Dense, Dropout, Pool, Spec

mx = runtime.load_mxnet()
CPU = [mx.cpu()]


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr(pointwise, "MANY_WEIGHTS", 32 * 32)


def images(count):
    return mx.np.array(np.random.RandomState(1).randn(count, 1, 12, 12), dtype="float32")


def made(*layers):
    net = models.build(Spec("net", layers, (1, 12, 12)))
    mx.random.seed(3)
    prepare.prepare(net, images(2), CPU)
    return net


def rewritten(net):
    data, graph = precision.trace(net)
    new = pointwise.over_the_batch(graph, {name: p.shape for name, p in net.collect_params().items()})
    return None if new is None else mx.gluon.SymbolBlock([new], [data], params=net.collect_params())


def operators(block):
    found = [node["op"] for node in graphs.nodes(precision.trace(block)[1])]
    return [op for op in found if op in ("Convolution", "Activation", "Dropout", "FullyConnected", "BatchNorm", "transpose")]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (
            (Conv(8, 3, activation="relu"), Pool("max", 2), Dense(64, activation="relu"), Dropout(0.5), Dense(48), Dense(10)),
            ["Convolution", "Activation", "transpose", "Convolution", "Activation", "Convolution", "transpose", "FullyConnected"],
        ),
        (
            (Dense(32, bias=False), BatchNorm(), Dense(32)),
            ["transpose", "Convolution", "transpose", "BatchNorm", "transpose", "Convolution", "transpose"],
        ),
        ((Dense(32), Activation("sigmoid")), ["transpose", "Convolution", "Activation", "transpose"]),
    ],
    ids=["AlexNet's layers", "others between", "none after"],
)
@pytest.mark.parametrize("count", [1, 5])
def test_answers_are_those_of_the_net(layers, expected, count):
    net = made(*layers)
    block = rewritten(net)
    assert operators(block) == expected
    np.testing.assert_allclose(block(images(count)).asnumpy(), net(images(count)).asnumpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layers", [(Dense(7), Dense(10)), (Conv(4, 3), Dense(10))], ids=["few weights", "few units"])
def test_layers_with_little_to_read_are_left_alone(layers):
    assert rewritten(made(*layers)) is None


def test_a_dense_layer_over_the_last_axis_alone_is_left_alone():
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(128, flatten=False))
    prepare.prepare(net, images(2), CPU)
    assert rewritten(net) is None


def test_a_dropout_that_is_always_on_stays():
    data = mx.sym.var("data").as_np_ndarray()
    dense = mx.sym.npx.fully_connected(data, mx.sym.var("w").as_np_ndarray(), no_bias=True, num_hidden=64)
    new = pointwise.over_the_batch(mx.sym.npx.dropout(dense, mode="always"), {"w": (64, 144)})
    assert [node["op"] for node in graphs.nodes(new)][-3:] == ["Reshape", "transpose", "Dropout"]


def test_weights_that_two_layers_share_are_read_by_both():
    net, first = mx.gluon.nn.HybridSequential(), mx.gluon.nn.Dense(144, in_units=144)
    net.add(first, mx.gluon.nn.Dense(144, params=first.params))
    prepare.prepare(net, images(2), CPU)
    block = rewritten(net)
    assert operators(block).count("Convolution") == 2
    np.testing.assert_allclose(block(images(3)).asnumpy(), net(images(3)).asnumpy(), rtol=1e-4, atol=1e-6)


def test_alexnet_answers_in_bfloat16_so_and_learns_in_float32(monkeypatch):
    monkeypatch.undo()
    net = models.alexnet()
    prepare.prepare(net, mx.np.zeros((1, 1, 224, 224)), CPU)
    for learning, expected in ((False, [7, 1]), (True, [6, 3])):
        # While it learns, one more convolution cuts the images into blocks.
        found = operators(precision.in_precision(net, "bfloat16", for_cpu=True, learning=learning))
        assert [found.count(op) for op in ("Convolution", "FullyConnected")] == expected
