"""gluon_alexnet.fast.pool_first: another graph, the same answers and gradients."""

import numpy as np
import pytest
from same_function import assert_same

from gluon_alexnet import models, prepare
from gluon_alexnet.fast import graphs, pool_first, precision
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Conv, Dense, Pool, Spec
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]


def made(*layers):
    net = models.build(Spec("net", layers, (1, 20, 20)))
    mx.random.seed(3)
    prepare.prepare(net, mx.np.zeros((2, 1, 20, 20)), CPU)
    return net


def rewritten(net):
    data, graph = precision.trace(net)
    new = pool_first.pooled_first(graph, {})
    return None if new is None else mx.gluon.SymbolBlock([new], [data], params=net.collect_params())


def operators(block):
    found = [node["op"] for node in graphs.nodes(precision.trace(block)[1])]
    return [op for op in found if op in ("Convolution", "Activation", "Pooling")]


@pytest.mark.parametrize("pool", [Pool("max", 2), Pool("max", 3, 2), Pool("max", 3, 2, 1)], ids=str)
def test_answers_and_gradients_are_those_of_the_net(pool):
    net = made(Conv(16, 3, activation="relu"), pool, Conv(16, 3, activation="relu"), Dense(10))
    images = mx.np.array(np.random.RandomState(1).randn(4, 1, 20, 20), dtype="float32")
    block = rewritten(net)
    assert operators(block) == ["Convolution", "Pooling", "Activation", "Convolution", "Activation"]
    assert_same(block, net, images)


@pytest.mark.parametrize(
    "layers",
    [
        (Conv(8, 3, activation="relu"), Pool("avg", 2), Dense(10)),
        (Conv(8, 3, activation="sigmoid"), Pool("max", 2), Dense(10)),
        (Conv(8, 3), Pool("max", 2), Dense(10, "relu")),
    ],
    ids=["mean", "sigmoid", "no activation"],
)
def test_other_poolings_and_activations_are_left_alone(layers):
    assert rewritten(made(*layers)) is None


def test_a_relu_that_others_read_too_stays_before_the_pooling():
    npx = mx.sym.npx
    relu = npx.activation(mx.sym.var("data").as_np_ndarray(), act_type="relu")
    pooled = npx.pooling(relu, kernel=(2, 2), stride=(2, 2), pool_type="max")
    assert pool_first.pooled_first(pooled, {}) is not None
    assert pool_first.pooled_first(pooled.sum() + relu.sum(), {}) is None
    assert pool_first.pooled_first(mx.sym.Group([pooled.as_nd_ndarray(), relu.as_nd_ndarray()]), {}) is None


def test_a_loop_in_the_graph_stays_in_it():
    sym = mx.sym
    pooled = sym.Pooling(sym.Activation(sym.var("data"), act_type="relu"), kernel=(2, 2), stride=(2, 2), pool_type="max")
    twice, _ = sym.contrib.foreach(lambda row, state: (row * 2, state), pooled, sym.zeros((1,)))
    new = pool_first.pooled_first(twice, {})
    loops = [node for node in graphs.nodes(new) if node["op"] == "_foreach"]
    assert [len(loop["subgraphs"]) for loop in loops] == [1]


def test_the_trainer_moves_them_on_a_cpu():
    net = made(Conv(16, 3, activation="relu"), Pool("max", 2), Dense(10))
    stepper = Stepper(net, CPU)
    assert operators(stepper.forward) == ["Convolution", "Pooling", "Activation"]
