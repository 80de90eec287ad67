"""gluon_alexnet.explore.opening: what somebody has becomes something to look into."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

import gluon_alexnet
from gluon_alexnet.data import CLASS_NAMES, FashionMNISTLoader
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import opening
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn


def initialized(net, shape=None):
    net.initialize(mx.init.Xavier())
    if shape:
        net(mx.np.zeros((1, *shape)))
    return net


def sequential(*layers, shape=(1, 12, 12)):
    net = nn.HybridSequential()
    net.add(*layers)
    return initialized(net, shape)


def test_a_run_shows_the_first_test_image_of_each_class(small_run):
    explorer = opening.of_run(small_run, data="stand-in", count=100)
    loader = FashionMNISTLoader("test", 10_000, data="stand-in")
    assert [picture.label for picture in explorer.pictures] == list(range(10))
    for picture in explorer.pictures:
        first = int(np.flatnonzero(loader.labels == picture.label)[0])
        assert np.allclose(picture.pixels[0], loader.pixels[first] / 255)
    assert explorer.classes["en"] == CLASS_NAMES and explorer.gathering.total == 100
    assert explorer.title == "lenet · command" and explorer.taking.garments


def test_a_run_of_other_pictures(small_run, tmp_path):
    Image.fromarray(np.full((28, 28), 90, "uint8")).save(tmp_path / "grey.png")
    explorer = opening.opened(str(small_run), [str(tmp_path / "grey.png")], data="stand-in", language="vi")
    assert [(each.name, each.label) for each in explorer.pictures] == [("grey.png", None)] and explorer.language == "vi"


def test_what_a_run_learned_from_may_be_gone(small_run, tmp_path):
    Image.fromarray(np.zeros((28, 28), "uint8")).save(tmp_path / "black.png")
    explorer = opening.of_run(small_run, [tmp_path / "black.png"], data=str(tmp_path / "nowhere"))
    assert explorer.gathering is None
    with pytest.raises(UserError, match="nowhere"):
        opening.of_run(small_run, data=str(tmp_path / "nowhere"))


def test_a_net_and_floats():
    images = np.random.default_rng(0).uniform(size=(3, 1, 12, 12)).astype("float32")
    explorer = opening.opened(sequential(nn.Dense(4)), mx.np.array(images), labels=[3, 0, 1], classes="abcd", checkpoint="last")
    assert np.allclose([each.pixels for each in explorer.pictures], images)
    assert [each.label for each in explorer.pictures] == [3, 0, 1] and explorer.classes["vi"] == ["a", "b", "c", "d"]
    # Nothing else being there, these are looked through.
    assert explorer.gathering.total == 3


def test_a_net_of_this_package_and_bytes():
    net = initialized(gluon_alexnet.get_model("lenet"))
    explorer = opening.of_net(net, np.full((2, 28, 28), 51, "uint8"), normalize=False)
    assert np.allclose(explorer.pictures[1].pixels, 0.2) and explorer.classes["en"] == CLASS_NAMES


def test_one_picture_and_a_loader():
    net = initialized(gluon_alexnet.get_model("lenet"))
    data = FashionMNISTLoader("train", 32, shuffle=False, limit=50, data="stand-in")
    explorer = opening.of_net(net, np.zeros((1, 28, 28), "float32"), data=data)
    assert len(explorer.pictures) == 1 and explorer.gathering.total == 50


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: opening.of_net(sequential(nn.Dense(2)), None), "there is no picture to look at: give some"),
        (lambda: opening.of_net(sequential(nn.Dense(2)), np.zeros((2, 12, 12), "uint8")), "what pictures the net takes is not"),
        (lambda: opening.of_net(sequential(nn.Dense(2)), np.zeros((0, 1, 12, 12), "float32")), "there is no picture to look at"),
        (lambda: opening.of_net(sequential(nn.Dense(2)), np.zeros((2, 1, 12, 12)), [1]), "there are 1 labels for 2 images"),
        (lambda: opening.of_net(sequential(nn.Dense(2)), np.zeros((1, 1, 12, 12)), classes="abc"), "there are 3 names for"),
        (lambda: opening.of_net(nn.Dense(2), np.zeros((1, 1, 12, 12))), "the net has no weights|only a Sequential"),
        (lambda: opening.opened("no/such/run"), "no/such/run is not the folder of a run"),
        (lambda: opening.opened("run", labels=[1]), "a run knows its labels itself"),
    ],
)
def test_what_cannot_be_opened_is_told(act, sentence):
    with pytest.raises(UserError, match=sentence):
        act()


def test_a_run_of_a_net_of_colours_is_shown_the_grey_pictures_three_times():
    options = {"data": "stand-in", "normalize": False}
    found = opening.loader_of(options, "test", (28, 28), 3, None)
    images, _ = next(iter(found))
    assert images.shape[1:] == (3, 28, 28) and (images[:, 0] == images[:, 2]).all()


class Own(nn.HybridBlock):
    def forward(self, values):
        raise RuntimeError("not today")


@pytest.mark.parametrize(
    ("layer", "shape"), [(Own(), (1, 12, 12)), (nn.Conv2D(2, 3, layout="NHWC", in_channels=1), (12, 12, 1))]
)
def test_a_layer_that_fails_in_its_own_way_is_named(layer, shape):
    # MXNet on CPUs has no such convolution, and says so only when its answer is read.
    net = nn.HybridSequential()
    net.add(layer)
    with pytest.raises(UserError, match=r"its layer (own1 \(Own\)|conv2d1 \(Conv2D\)) cannot compute"):
        opening.of_net(initialized(net), np.zeros((1, *shape), "float32"))


def test_what_a_layer_of_many_axes_computes_with_cannot_be_told():
    net = sequential(nn.Embedding(3, 4), nn.Dense(2))
    told = opening.of_net(net, np.zeros((1, 1, 12, 12), "float32")).answer({"ask": "filter", "layer": 0, "channel": 0})
    assert "how embedding1 (Embedding) makes its numbers is not known" in told["error"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model": "gluoncv:resnet18_v1", "num_classes": 10}, "resnet18_v1 is gluoncv's, and there is no table of its layers"),
        ({"found": "text"}, "is not the folder of a run"),
        ({"found": {"name": "records"}}, "is not the folder of a run"),
        ({"by": "fit", "net": {"layers": 5}}, "the table of the net in .* is damaged"),
        ({"by": "fit", "net": {"layers": [{"layer": "Round"}]}}, "the table of the net in .* is damaged"),
    ],
)
def test_a_run_json_that_somebody_has_changed(small_run, tmp_path, change, sentence):
    options = json.loads((small_run / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**options, **change}))
    with pytest.raises(UserError, match=sentence):
        opening.of_run(tmp_path)


@pytest.mark.parametrize("parameters", ["../last.params", "/tmp/last.params"])
def test_a_run_reads_no_weights_from_other_folders(small_run, tmp_path, parameters):
    shutil.copy(small_run / "run.json", tmp_path)
    state = json.loads((small_run / "last.json").read_text())
    (tmp_path / "last.json").write_text(json.dumps({**state, "files": {"parameters": parameters}}))
    with pytest.raises(UserError, match="is not a checkpoint of this version"):
        opening.of_run(tmp_path)
