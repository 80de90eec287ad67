"""gluon_alexnet.explore.layers: the layers of any Sequential, by name, in order, as what they are."""

import numpy as np
import pytest

import gluon_alexnet
from gluon_alexnet import analysis, explore, models
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import layers
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn


def ready(*blocks, kind=nn.HybridSequential):
    net = kind()
    net.add(*blocks)
    net.initialize()
    return net


@pytest.mark.parametrize("name", models.list_models())
def test_the_layers_of_every_net_of_this_package_are_those_of_its_table(name):
    net = gluon_alexnet.get_model(name)
    net.initialize()
    found = explore.layers_of(net)
    assert [(layer.name, layer.kind, layer.output_shape) for layer in found] == [
        (cost.name, cost.kind, cost.output_shape) for cost in analysis.analyze(models.spec(name))
    ]
    assert [layer.index for layer in found] == list(range(len(found)))
    assert all(layer.input_shape == before.output_shape for before, layer in zip(found, found[1:], strict=False))


@pytest.mark.parametrize("outer", [nn.Sequential, nn.HybridSequential])
def test_nested_nets_are_laid_flat(outer):
    inner = nn.HybridSequential()
    inner.add(nn.Conv2D(4, 3, activation="relu"), nn.HybridSequential(), nn.MaxPool2D(2))
    net = ready(inner, nn.Flatten(), nn.Dense(3), kind=outer)
    found = explore.layers_of(net, (1, 8, 8))
    assert [layer.name for layer in found] == ["conv1", "pool1", "flatten1", "dense1"]
    assert [layer.path for layer in found] == ["0.0", "0.2", "1", "2"]
    assert [layer.output_shape for layer in found] == [(4, 6, 6), (4, 3, 3), (36,), (3,)]
    assert [layer.learns for layer in found] == [True, False, False, True]


def test_what_cannot_be_taken_apart_has_its_own_name():
    class Doubled(nn.HybridSequential):
        def hybrid_forward(self, F, x):
            return 2 * x

    net = ready(Doubled(), nn.LayerNorm(), nn.Dense(2, flatten=False), nn.Conv2D(1, 1), nn.PReLU())
    found = explore.layers_of(net, (1, 4, 4))
    assert [(layer.name, layer.kind) for layer in found] == [
        ("doubled1", "other"),
        ("layernorm1", "other"),
        ("dense1", "other"),
        ("conv1", "conv"),
        ("activation1", "activation"),
    ]


def test_a_hybridized_net_gives_the_same_layers():
    net = ready(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Dense(3))
    before = explore.layers_of(net, (1, 8, 8))
    net.hybridize(static_alloc=True, static_shape=True)
    assert explore.layers_of(net, (1, 8, 8)) == before


def test_a_name_or_a_number_finds_a_layer():
    found = explore.layers_of(ready(nn.Conv2D(4, 3), nn.Dense(3)), (1, 8, 8))
    assert layers.find(found, "dense1") is layers.find(found, 1) is found[1]


@pytest.mark.parametrize(
    ("net", "shape", "sentence"),
    [
        (lambda: gluon_alexnet.lenet(), None, r"the net has no weights yet .*: train it, or load some"),
        (lambda: "lenet", None, "net is 'lenet': make the net, as by gluon_alexnet.get_model"),
        (lambda: ready(nn.Dense(3)), None, r"the shape of the pictures is not known: give input_shape="),
        (lambda: ready(), (1, 8, 8), "the net has no layers: add some"),
        (lambda: nn.Dense(3), (1, 8, 8), "only a Sequential or HybridSequential can be looked into, not a Dense"),
        (
            lambda: ready(nn.Conv2D(2, 3), nn.MaxPool2D(9), nn.Dense(3)),
            (1, 8, 8),
            r"its layer pool1 \(MaxPool2D\) cannot compute with the 2x6x6 that conv1 gives it \(.*\): give pictures of the size",
        ),
        (lambda: ready(nn.Conv2D(2, 3)), (8, 8), "pictures of the shape 1x8x8 cannot be looked at: give them as"),
    ],
)
def test_what_cannot_be_looked_into_is_told(net, shape, sentence):
    with pytest.raises(UserError, match=sentence):
        explore.layers_of(net(), shape)


def test_a_picture_of_the_wrong_size_is_told_with_the_right_one():
    net = gluon_alexnet.alexnet()
    net.initialize()
    explore.layers_of(net)
    with pytest.raises(UserError, match=r"layer conv1 .* cannot compute with the 3x224x224 .*: give pictures of 1x224x224"):
        explore.layers_of(net, (3, 224, 224))
    with pytest.raises(UserError, match="give pictures of 1x224x224"):
        explore.layers_of(net, (1, 28, 28))


@pytest.mark.parametrize(
    ("pictures", "sentence"),
    [
        (np.zeros((1, 1, 8, 8), "uint8"), "the pictures are of uint8: give floats scaled as"),
        (np.full((1, 1, 8, 8), np.nan), "NaN or infinite"),
        (np.zeros(()), "pictures of the shape of one number"),
    ],
)
def test_what_is_no_picture_is_told(pictures, sentence):
    with pytest.raises(UserError, match=sentence):
        layers.as_batch(ready(nn.Conv2D(2, 3)), pictures)
