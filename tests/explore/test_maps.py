"""gluon_alexnet.explore.maps: one picture's maps at every layer are those of PyTorch's twin, and the net stays as it is."""

import numpy as np
import pytest

import gluon_alexnet
from gluon_alexnet import explore
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import torch as twins
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
RNG = np.random.default_rng(1)


def trained_looking(name, **kw):
    """A net with weights, and statistics that are no longer those of the beginning."""
    net = gluon_alexnet.get_model(name, **kw)
    net.initialize(mx.init.Xavier())
    with mx.autograd.record():
        net(mx.np.array(RNG.uniform(size=(4, *net.input_shape)), dtype="float32"))
    mx.npx.waitall()
    return net


@pytest.mark.parametrize("name", ["lenet", "compact"])
@pytest.mark.parametrize("hybridized", [False, True])
def test_the_maps_are_those_of_the_twin(name, hybridized):
    torch = twins.load_torch()
    net = trained_looking(name, dropout=0.5)
    if hybridized:
        net.hybridize(static_alloc=True, static_shape=True)
    seen = explore.look(net, RNG.uniform(size=(1, 28, 28)))
    values, maps = torch.from_numpy(seen.picture[None]), {}
    for called, module in twins.twin(net).eval().named_children():
        values = module(values)
        maps[called.split("_")[0]] = values
    assert [layer.name for layer in seen.layers] == list(maps)
    for layer, own in zip(seen.layers, seen.maps, strict=True):
        assert own.dtype == np.float32 and own.shape == layer.output_shape
        assert np.allclose(own, maps[layer.name][0].detach().numpy(), atol=1e-5)
    expected = torch.softmax(values[0], 0).detach().numpy()
    assert np.allclose(seen.probabilities, expected, atol=1e-6) and seen.probabilities.dtype == np.float32


def test_a_look_leaves_the_net_as_it_is():
    net = trained_looking("compact", dropout=0.5)
    before = {name: parameter.data().asnumpy() for name, parameter in net.collect_params().items()}
    explore.look(net, RNG.uniform(size=(1, 28, 28)))
    assert all(np.array_equal(parameter.data().asnumpy(), before[name]) for name, parameter in net.collect_params().items())


def test_maps_are_found_by_name_and_the_picture_is_before_the_first():
    seen = explore.look(trained_looking("lenet"), RNG.uniform(size=(1, 1, 28, 28)))
    assert seen.of("pool1") is seen.maps[1] is seen.of(1)
    assert seen.before(seen.layers[0])[0] == "picture" and seen.before(seen.layers[2]) == ("pool1", seen.maps[1])
    assert seen.logits is seen.maps[-1]


def test_the_arrays_of_mxnet_and_numpy_look_the_same():
    net, picture = trained_looking("lenet"), RNG.uniform(size=(1, 28, 28)).astype("float32")
    assert np.array_equal(explore.look(net, picture).logits, explore.look(net, mx.np.array(picture)).logits)


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((2, 1, 28, 28), r"one picture at a time can be looked at, not 2: give one of them"),
        ((28, 28), "pictures of the shape 28x28 cannot be looked at"),
        ((1, 32, 32), r"layer dense1 .* cannot compute with the 16x6x6 that pool2 gives it .*: give pictures of 1x28x28"),
    ],
)
def test_a_picture_of_the_wrong_shape_is_told(shape, sentence):
    net = trained_looking("lenet")
    with pytest.raises(UserError, match=sentence):
        explore.look(net, np.zeros(shape, "float32"))


def test_a_net_that_ends_with_maps_has_no_classes():
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(2, 3))
    net.initialize()
    seen = explore.look(net, np.zeros((1, 5, 5), "float32"))
    with pytest.raises(UserError, match="the net ends with conv1, which gives 2x3x3, and not with one number for each class"):
        seen.logits.sum()
