"""gluon_alexnet.towers: on two devices the same answers, gradients and steps as on one."""

from dataclasses import replace

import numpy as np
import pytest

from gluon_alexnet import interop, models, prepare, towers
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import gluon
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import BatchNorm, Conv, Dense, Dropout, Flatten, LocalResponseNorm, Pool, Spec

mx = runtime.load_mxnet()
DEVICES = [mx.cpu(0), mx.cpu(1)]
# As the net of 2012, with an alpha that counts for numbers as small as these.
SMALL = (
    Conv(12, 5, stride=2, activation="relu"),
    LocalResponseNorm(5, alpha=0.1),
    Pool("max", 3, stride=2),
    Conv(16, 3, padding=1, activation="relu", groups=2),
    LocalResponseNorm(3, alpha=0.1),
    Conv(18, 3, padding=1, activation="relu"),
    Conv(20, 3, padding=1, activation="relu", groups=2),
    Dense(9, activation="relu"),
    Dense(5),
)
NORMED = (Conv(6, 3, bias=False), BatchNorm(), Flatten(), BatchNorm(), Dropout(0.0), Dense(4, "relu"), Dense(3))


def smooth(layer):
    """A layer without corners: where a rounding turns a ReLU or another maximum, a part of a gradient goes elsewhere."""
    if isinstance(layer, Pool):
        return replace(layer, kind="avg")
    return replace(layer, activation="tanh") if getattr(layer, "activation", None) else layer


AS_IN_2012 = models.alexnet_2012_spec(dropout=0.0)
NETS = {
    "small": Spec("small", SMALL, (3, 25, 27)),
    "normed": Spec("normed", NORMED, (2, 9, 8)),
    "alexnet_2012": replace(AS_IN_2012, layers=tuple(map(smooth, AS_IN_2012.layers))),
}


def made(spec):
    net = models.build(spec)
    mx.random.seed(3)
    prepare.prepare(net, mx.np.zeros((2, *spec.input_shape)), [mx.cpu()], "he")
    return net


def learnt(net, spec):
    """The answers to two random pictures, after a backward pass from a loss on them."""
    images = mx.np.array(np.random.default_rng(0).normal(size=(2, *spec.input_shape)), dtype="float32")
    with mx.autograd.record():
        answers = net(images)
        mx.gluon.loss.SoftmaxCrossEntropyLoss()(answers, mx.np.array([0, 1])).sum().backward()
    return answers.asnumpy()


def gradients_of(net):
    return {name: p.grad().asnumpy() for name, p in gluon.parameters(net).items() if p.grad_req != "null"}


@pytest.mark.parametrize("name", NETS)
def test_answers_and_gradients_are_those_of_one_device(name):
    spec = NETS[name]
    net = made(spec)
    both = towers.split(net, DEVICES)
    for context, tower in zip(DEVICES, both.towers, strict=True):
        assert all(p.list_ctx() == [context] for p in tower.collect_params().values())
    expected, answers = learnt(net, spec), learnt(both, spec)
    np.testing.assert_allclose(answers, expected, atol=1e-5 * np.abs(expected).max())
    slopes, whole = gradients_of(net), both.gradients()
    assert list(whole) == list(slopes)
    largest = max(np.abs(slope).max() for slope in slopes.values())
    for key, slope in slopes.items():
        np.testing.assert_allclose(whole[key], slope, rtol=1e-3, atol=1e-5 * largest, err_msg=key)


def test_the_net_of_2012_with_its_corners_differs_by_roundings_alone():
    net = made(AS_IN_2012)
    both = towers.split(net, DEVICES)
    expected, answers = learnt(net, AS_IN_2012), learnt(both, AS_IN_2012)
    np.testing.assert_allclose(answers, expected, atol=1e-5 * np.abs(expected).max())
    slopes, whole = gradients_of(net), both.gradients()
    for key, slope in slopes.items():
        assert np.linalg.norm(whole[key] - slope) < 0.02 * np.linalg.norm(slope), key


def test_each_device_has_half_of_the_net_of_2012():
    # The half of each layer's weights: every array is split by its filters or units.
    tower = towers.split(made(AS_IN_2012), DEVICES).towers[1]
    assert sum(p.data().size for p in tower.collect_params().values()) * 2 == 60_965_224
    assert [p.shape for p in tower.collect_params().values()][:3:2] == [(48, 3, 11, 11), (128, 48, 5, 5)]


def test_what_lies_across_the_border_of_the_towers_is_summed():
    # Channels 5 and 6 lie on two devices, and each is in the sum of the other: 1 + 1 + 4.
    layers = (Conv(12, 1, bias=False), LocalResponseNorm(3, alpha=1.0, beta=1.0, k=1.0), Flatten(), Dense(12, bias=False))
    net = made(Spec("border", layers, (12, 1, 1)))
    interop.load_weights(net, {"conv1.weight": np.eye(12).reshape(12, 12, 1, 1), "dense1.weight": np.eye(12)})
    image = np.zeros((1, 12, 1, 1), "float32")
    image[0, 5], image[0, 6] = 1, 2
    answers = towers.split(net, DEVICES)(mx.np.array(image)).asnumpy()[0]
    np.testing.assert_allclose(answers[[4, 5, 6, 7]], [0, 1 / 6, 2 / 6, 0], rtol=1e-6)


def test_a_step_of_a_trainer_for_each_tower_is_that_of_one():
    spec = NETS["small"]
    net = made(spec)
    both = towers.split(net, DEVICES)
    for each in (net, *both.towers):
        each.trainer = mx.gluon.Trainer(each.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9}, kvstore=None)
    for _ in range(3):
        learnt(net, spec), learnt(both, spec)
        for each in (net, *both.towers):
            each.trainer.step(2)
    ours, whole = interop.read_weights(net), both.read()
    for name, array in ours.items():
        np.testing.assert_allclose(whole[name], array, atol=1e-4 * np.abs(array).max(), err_msg=name)


@pytest.mark.parametrize(
    ("layers", "count", "words"),
    [
        ((Flatten(), Dense(4)), 2, "flatten1 comes first"),
        ((Conv(6, 3), Conv(6, 3, groups=3), Dense(4)), 2, "conv2 has 3 groups, which 2 devices cannot share"),
        ((Conv(6, 3), Dense(2)), 3, "dense1 has 2 channels for 3 devices: name fewer"),
        ((Conv(2, 3), LocalResponseNorm(5), Dense(2)), 2, "responsenorm1 sums over more channels"),
    ],
)
def test_what_cannot_be_split_is_told(layers, count, words):
    with pytest.raises(UserError, match=words):
        towers.split(made(Spec("net", layers, (2, 9, 9))), [mx.cpu(number) for number in range(count)])
