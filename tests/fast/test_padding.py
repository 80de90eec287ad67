"""gluon_alexnet.fast.padding: another graph, the same answers and gradients."""

import json

import numpy as np
import pytest

from gluon_alexnet import models, prepare
from gluon_alexnet.fast import padding, precision
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Activation, BatchNorm, Conv, Dense, GlobalPool, LocalResponseNorm, Pool, Spec
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]
NETS = {
    "lenet": models.lenet_spec(activation="relu").layers,
    "sigmoids, which make something of nothing": models.lenet_spec().layers,
    "norm between": (Conv(6, 3, bias=False), BatchNorm(), Activation("relu"), Conv(8, 3), Dense(10)),
    "ends in a small one": (Conv(32, 3, activation="relu"), Conv(10, 3), GlobalPool("avg")),
    "groups": (Conv(6, 3, activation="relu"), Pool("max", 2), Conv(10, 3, groups=2, activation="relu"), Conv(12, 3), Dense(10)),
    "normalised": (Conv(6, 3, activation="relu"), LocalResponseNorm(3, alpha=0.3), Conv(40, 3, groups=2), Dense(10)),
    "pooled and wide": (Conv(5, 3, activation="tanh"), Pool("max", 2), Conv(40, 3), Dense(10)),
}


def made(layers, size=28):
    net = models.build(Spec("net", layers, (1, size, size)))
    mx.random.seed(3)
    prepare.prepare(net, mx.np.zeros((2, 1, size, size)), CPU)
    return net


def gradients(block, net, images, labels):
    with mx.autograd.record():
        logits = block(images)
        loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()(logits.reshape(len(labels), -1), labels)
    loss.backward()
    return logits.asnumpy(), {name: p.grad().asnumpy() for name, p in net.collect_params().items() if p.grad_req != "null"}


@pytest.mark.parametrize("name", NETS)
def test_answers_and_gradients_are_those_of_the_net(name):
    net = made(NETS[name])
    images = mx.np.array(np.random.RandomState(1).rand(4, 1, 28, 28), dtype="float32")
    labels = mx.np.array([1, 2, 3, 4], dtype="int32")
    filled = precision.in_precision(net, "float32", for_cpu=True)
    assert filled is not net
    answers, slopes = gradients(net, net, images, labels)
    filled_answers, filled_slopes = gradients(filled, net, images, labels)
    np.testing.assert_allclose(filled_answers, answers, rtol=1e-4, atol=1e-5 * np.abs(answers).max())
    largest = max(np.abs(slope).max() for slope in slopes.values())
    for parameter, slope in slopes.items():
        np.testing.assert_allclose(filled_slopes[parameter], slope, rtol=1e-3, atol=1e-5 * largest, err_msg=parameter)


def convolutions(graph):
    return [int(node["attrs"]["num_filter"]) for node in json.loads(graph.tojson())["nodes"] if node["op"] == "Convolution"]


def filled_graph(net):
    shapes = {name: p.shape for name, p in net.collect_params().items()}
    return padding.padded(precision.trace(net)[1], shapes)


def test_six_channels_become_eight_and_the_parameters_keep_their_names():
    net = made(NETS["lenet"])
    graph = filled_graph(net)
    assert convolutions(graph) == [8, 16]
    assert set(graph.list_arguments()) == {"data", *net.collect_params()}
    assert [p.shape for p in net.collect_params().values()][0] == (6, 1, 5, 5)


def test_a_net_without_small_convolutions_is_left_alone():
    net = made((Conv(8, 3), Conv(16, 3), Conv(20, 3), Dense(10)))
    assert filled_graph(net) is None
    assert precision.in_precision(net, "float32", for_cpu=True) is net


def test_grouped_convolutions_are_left_alone():
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(6, 3), mx.gluon.nn.Conv2D(6, 3, groups=2), mx.gluon.nn.Dense(10))
    images = mx.np.ones((2, 1, 12, 12))
    prepare.prepare(net, images, CPU)
    assert convolutions(filled_graph(net)) == [8, 6]
    filled = precision.in_precision(net, "float32", for_cpu=True)
    np.testing.assert_allclose(filled(images).asnumpy(), net(images).asnumpy(), rtol=1e-4, atol=1e-6)


def test_an_operator_of_many_outputs_keeps_them_all():
    class Parts(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.first, self.last = mx.gluon.nn.Conv2D(12, 3), mx.gluon.nn.Dense(10)

        def hybrid_forward(self, F, x):
            parts = F.np.split(self.first(x), 12, axis=1)
            return self.last(parts[11] - parts[0])

    net, images = Parts(), mx.np.array(np.random.RandomState(1).rand(2, 1, 12, 12), dtype="float32")
    prepare.prepare(net, images, CPU)
    filled = precision.in_precision(net, "float32", for_cpu=True)
    assert convolutions(filled._cached_graph[1]) == [16]
    np.testing.assert_allclose(filled(images).asnumpy(), net(images).asnumpy(), rtol=1e-4, atol=1e-6)


def test_the_trainer_fills_up_on_a_cpu():
    net = made(NETS["lenet"])
    stepper = Stepper(net, CPU)
    assert convolutions(stepper.forward._cached_graph[1]) == [8, 16]
