"""gluon_alexnet.explore.gathering: batch by batch it comes to what one survey finds, and small pictures are kept by number."""

import numpy as np
import pytest

from gluon_alexnet import explore
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore.gathering import Gathering, shown, smaller
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn
PICTURES = np.random.default_rng(4).uniform(size=(11, 1, 6, 6)).astype("float32")


@pytest.fixture
def net():
    mx.random.seed(1)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 3, activation="relu"), nn.Dense(2))
    net.initialize(mx.init.Normal(0.5))
    net(mx.np.array(PICTURES[:1]))
    return net


def batches(labels=True):
    cuts = [slice(0, 4), slice(4, 8), slice(8, 11)]
    return [(mx.np.array(PICTURES[cut]), mx.np.arange(11)[cut] % 5) if labels else PICTURES[cut] for cut in cuts]


def test_it_grows_to_what_a_survey_finds(net):
    gathering = Gathering(net, batches(), 11)
    assert gathering.survey is None and gathering.done == 0
    done = []
    while not gathering.over:
        gathering.go_on()
        done.append(gathering.done)
    assert done == [4, 8, 11]
    whole = explore.survey(net, PICTURES)
    for own, other in zip(gathering.survey.layers, whole.layers, strict=True):
        assert np.array_equal(own.which, other.which) and np.allclose(own.values, other.values)
        assert np.array_equal(own.dead, other.dead) and own.zeros == pytest.approx(other.zeros)
    assert gathering.labels == [each % 5 for each in range(11)]
    assert np.array_equal(gathering.small[7], np.rint(PICTURES[7, 0] * 255))


@pytest.mark.parametrize("total", [None, 99])
def test_of_data_that_does_not_say_how_long_it_is_the_end_is_found(net, total):
    gathering = Gathering(net, batches(labels=False), total)
    for _ in range(5):
        gathering.go_on()
    assert gathering.over and gathering.done == gathering.total == 11 and gathering.labels == [None] * 11


def test_an_array_is_gone_through_whole(net):
    gathering = Gathering(net, PICTURES, 11)
    gathering.go_on()
    assert gathering.over and gathering.done == 11


def test_nothing_stays_nothing(net):
    gathering = Gathering(net, [])
    gathering.go_on()
    assert gathering.over and gathering.survey is None and gathering.done == 0


def test_what_shuffles_is_refused(net):
    class Shuffled:
        shuffle = True

    with pytest.raises(UserError, match="shuffle=False"):
        Gathering(net, Shuffled()).go_on()


def test_pictures_are_shown_from_black_to_white():
    assert shown(np.array([[[0, 0.5, 1]]], "float32")).tolist() == [[0, 128, 255]]
    # Of normalized ones the darkest is black and the lightest white.
    assert shown(np.array([[[-1, 0, 3]]], "float32")).tolist() == [[0, 64, 255]]
    colour = np.zeros((3, 2, 4), "float32")
    colour[1] = 1
    assert shown(colour).shape == (2, 4, 3) and shown(colour)[0, 0].tolist() == [0, 255, 0]
    assert shown(np.ones((5, 2, 4), "float32")).shape == (2, 4)


def test_large_ones_are_made_small_by_means():
    pixels = np.zeros((130, 65), "uint8")
    pixels[:, 1::2] = 200
    # A factor of three; what is left over at the borders is cut off.
    made = smaller(pixels)
    assert made.shape == (43, 21) and made[0, :2].tolist() == [67, 133]
    assert smaller(np.zeros((64, 64, 3), "uint8")).shape == (64, 64, 3)
