"""gluon_alexnet.fast.space_to_depth: another graph, the same answers and gradients."""

import dataclasses

import numpy as np
import pytest
from same_function import assert_same

from gluon_alexnet import models, prepare
from gluon_alexnet.fast import graphs, precision, space_to_depth
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Conv, Dense, Spec
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]
# By name: (channels, height and width) of the images, and the first layer.
STRIDED = {
    "AlexNet's": ((1, 63, 63), Conv(12, 11, 4)),
    "one row of blocks more": ((1, 64, 65), Conv(12, 11, 4)),
    "a row that no window sees": ((1, 66, 62), Conv(12, 11, 4)),
    "padding, as in the chapter's PyTorch": ((1, 60, 61), Conv(12, 11, 4, 1)),
    "whole blocks": ((1, 40, 41), Conv(12, 8, 4)),
    "five at a time": ((1, 41, 40), Conv(12, 7, 5, 2)),
    "windows smaller than blocks": ((1, 41, 40), Conv(12, 3, 4, 1)),
    "colours": ((3, 31, 32), Conv(12, 7, 3, 3)),
}


def made(shape, *layers):
    net = models.build(Spec("net", layers, shape))
    mx.random.seed(3)
    prepare.prepare(net, mx.np.zeros((2, *shape)), CPU)
    return net


def rewritten(net, **options):
    data, graph = precision.trace(net)
    new = space_to_depth.unstrided(graph, {name: p.shape for name, p in net.collect_params().items()}, **options)
    return None if new is None else mx.gluon.SymbolBlock([new], [data], params=net.collect_params())


@pytest.mark.parametrize("name", STRIDED)
def test_answers_and_gradients_are_those_of_the_net(name):
    shape, first = STRIDED[name]
    net = made(shape, first, Conv(8, 3, activation="relu"))
    images = mx.np.array(np.random.RandomState(1).rand(2, *shape), dtype="float32")
    assert_same(rewritten(net, channels=graphs.TILE), net, images)
    if shape[0] * first.stride[0] ** 2 <= graphs.VECTOR:
        assert_same(rewritten(net), net, images)


def test_images_of_another_size_may_follow():
    block = rewritten(made((1, 64, 64), Conv(12, 11, 4)))
    for size in (63, 66, 67):
        assert block(mx.np.ones((1, 1, size, size))).shape == (1, 12, (size - 11) // 4 + 1, (size - 11) // 4 + 1)


def windows(block):
    nodes = graphs.nodes(precision.trace(block)[1])
    return [(node["attrs"]["kernel"], node["attrs"]["stride"]) for node in nodes if node["op"] == "Convolution"]


def test_alexnets_first_layer_becomes_windows_of_three_blocks_and_the_parameters_keep_their_names():
    net = made((1, 224, 224), *models.alexnet_spec().layers[:1])
    block = rewritten(net)
    assert windows(block) == [("(5, 5)", "(4, 4)"), ("(3, 3)", "(1, 1)")]
    assert set(block._cached_graph[1].list_arguments()) == {"data", *net.collect_params()}


@pytest.mark.parametrize(
    ("shape", "layers"),
    [
        ((1, 28, 28), (Conv(8, 5),)),
        ((1, 28, 28), (Conv(8, 5, 2),)),
        ((3, 32, 32), (Conv(8, 7, 4),)),
        ((1, 40, 40), (Conv(8, (5, 3), 4),)),
        ((1, 40, 40), (Conv(8, 5, (4, 2)),)),
        ((1, 64, 64), (Conv(2, 3), Conv(8, 11, 4))),
    ],
    ids=["no stride", "too few channels", "too many", "oblong windows", "oblong stride", "not on the images"],
)
def test_what_would_not_gain_is_left_alone(shape, layers):
    assert rewritten(made(shape, *layers)) is None


def test_a_convolution_that_is_left_in_float32_is_left_alone():
    net = made((1, 64, 64), Conv(12, 11, 4))
    (name,) = [node["name"] for node in graphs.nodes(precision.trace(net)[1]) if node["op"] == "Convolution"]
    assert rewritten(net, excluded=[name]) is None


@pytest.mark.parametrize(("amx", "kind", "channels"), [(True, "bfloat16", 32), (True, "float32", 16), (False, "bfloat16", 16)])
def test_the_trainer_learns_so_and_never_answers_so(monkeypatch, amx, kind, channels):
    monkeypatch.setattr(runtime, "prepared", dataclasses.replace(runtime.setup(), amx=amx))
    net = made((1, 64, 64), Conv(16, 11, 4, activation="relu"), Dense(10))
    stepper = Stepper(net, CPU, precision=kind)
    nodes = graphs.nodes(stepper.learner((1, 1, 64, 64)).graph)
    assert [node["attrs"]["num_filter"] for node in nodes if node["op"] == "Convolution"] == [str(channels), "16"]
    assert len(windows(stepper.forward)) == 1
