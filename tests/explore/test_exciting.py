"""gluon_alexnet.explore.exciting: in one pass over batches, what looking at each picture by itself gives."""

import numpy as np
import pytest

import gluon_alexnet
from gluon_alexnet import explore
from gluon_alexnet.data.loader import FashionMNISTLoader
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import exciting
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn
RNG = np.random.default_rng(2)
PICTURES = RNG.uniform(size=(23, 1, 12, 10)).astype("float32")


@pytest.fixture(scope="module")
def net():
    mx.random.seed(1)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(5, 3, activation="relu"), nn.MaxPool2D(2), nn.Dense(7, activation="relu"), nn.Dense(4))
    net.initialize(mx.init.Normal(0.4))
    net(mx.np.array(PICTURES[:1]))
    # Channel 3 answers 0 to everything.
    bias = np.zeros(5, "float32")
    bias[3] = -100
    net[0].bias.set_data(mx.np.array(bias))
    return net


@pytest.fixture(params=["array", "arrays of MXNet", "batches", "images alone"])
def data(request):
    parts = [PICTURES[first : first + 8] for first in range(0, 23, 8)]
    return {
        "array": PICTURES,
        "arrays of MXNet": mx.np.array(PICTURES),
        "batches": [(mx.np.array(part), mx.np.zeros(len(part))) for part in parts],
        "images alone": parts,
    }[request.param]


def test_the_most_exciting_pictures_are_those_with_the_highest_answers(net, data, monkeypatch):
    monkeypatch.setattr(exciting, "BATCH_SIZE", 4)
    found = explore.survey(net, data, count=9)
    looks = [explore.look(net, picture) for picture in PICTURES]
    assert found.pictures == 23 and [each.layer.name for each in found.layers] == ["conv1", "pool1", "dense1", "dense2"]
    for each in found.layers:
        maps = np.stack([seen.of(each.layer.name) for seen in looks])
        highest = maps.reshape(*maps.shape[:2], -1).max(axis=2)
        for channel in range(maps.shape[1]):
            order = sorted(range(23), key=lambda picture, own=highest[:, channel]: (-own[picture], picture))[:9]
            assert np.allclose(each.values[channel], highest[order, channel], atol=1e-5)
            assert each.which[channel].tolist() == order
            for excited in found.most_exciting(each.layer.name, channel):
                place = (excited.row, excited.column) if maps.ndim == 4 else ()
                assert excited.value == pytest.approx(maps[excited.picture, channel][place], abs=1e-5)
        assert each.zeros == pytest.approx((maps == 0).mean(), abs=1e-9)
        assert np.array_equal(each.dead, (maps.reshape(*maps.shape[:2], -1) == 0).all(axis=(0, 2)))


def test_a_channel_that_never_answers_is_dead(net):
    assert explore.survey(net, PICTURES).of("conv1").dead.tolist() == [False, False, False, True, False]


def test_the_field_of_the_highest_answer_is_told(net):
    found = explore.survey(net, PICTURES)
    excited = found.most_exciting("pool1", 0)[0]
    # Windows of two after windows of three: four pixels, one window every two.
    rows, columns = ((2 * at, 2 * at + 4) for at in (excited.row, excited.column))
    assert excited.field == explore.Field(rows, columns, (4, 4))
    own = explore.look(net, PICTURES[excited.picture]).of("pool1")
    assert own[0, excited.row, excited.column] == pytest.approx(excited.value)


def test_behind_what_cannot_be_followed_there_is_no_field():
    net = nn.HybridSequential()
    net.add(nn.LayerNorm(), nn.Conv2D(2, 3))
    net.initialize()
    assert explore.survey(net, PICTURES).most_exciting("conv1", 1)[0].field is None


def test_of_fewer_pictures_all_are_told_and_a_limit_ends_the_pass(net):
    done = []
    found = explore.survey(net, [PICTURES[:3], PICTURES[3:6]], limit=5, progress=done.append)
    assert found.pictures == 5 and done == [3, 5]
    assert sorted(found.of("conv1").which[0]) == [0, 1, 2, 3, 4]


def test_a_loader_of_this_package_is_gone_through():
    net = gluon_alexnet.lenet()
    net.initialize()
    loader = FashionMNISTLoader("test", 32, limit=70, data="stand-in")
    found = explore.survey(net, loader)
    excited = found.most_exciting("conv1", 0)[0]
    images = np.concatenate([images.asnumpy() for images, _ in loader])
    assert found.pictures == 70
    assert explore.look(net, images[excited.picture]).of("conv1")[0].max() == pytest.approx(excited.value, abs=1e-6)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (list, "there is nothing to look at: the data gave no picture"),
        (lambda: PICTURES[:, 0], "pictures of the shape 23x12x10 cannot be looked at"),
        (lambda: FashionMNISTLoader("train", 32, limit=70, data="stand-in"), "make the loader with shuffle=False"),
    ],
)
def test_what_cannot_be_gone_through_is_told(net, data, sentence):
    with pytest.raises(UserError, match=sentence):
        explore.survey(net, data())


def test_a_channel_that_there_is_not_is_told(net):
    with pytest.raises(UserError, match="conv1 has no channel 5: it has 5, from 0 on"):
        explore.survey(net, PICTURES[:2]).most_exciting("conv1", 5)
