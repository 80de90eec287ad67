"""gluon_alexnet.explore.answers: each question by itself, against NumPy and arithmetic by hand."""

import io

import numpy as np
import pytest
from PIL import Image

from gluon_alexnet.explore import answers, wire
from gluon_alexnet.explore.answers import Explorer, Picture
from gluon_alexnet.explore.gathering import Gathering
from gluon_alexnet.explore.taking import Taking
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn
RNG = np.random.default_rng(3)
PICTURES = RNG.uniform(size=(3, 1, 8, 10)).astype("float32")


def made(*layers, given=(1, 8, 10)):
    mx.random.seed(2)
    net = nn.HybridSequential()
    net.add(*layers)
    net.initialize(mx.init.Normal(0.5))
    net(mx.np.zeros((1, *given)))
    for parameter in net.collect_params().values():
        parameter.set_data(mx.np.array(RNG.uniform(0.1 if parameter.name.endswith("var") else -1, 1, parameter.shape)))
    return net


@pytest.fixture(scope="module")
def net():
    first = nn.Conv2D(4, 3, padding=1, activation="relu")
    return made(first, nn.MaxPool2D(2), nn.BatchNorm(), nn.AvgPool2D(2, 1, 1), nn.Dense(5))


@pytest.fixture
def explorer(net):
    pictures = [Picture(pixels, f"p{number}", number) for number, pixels in enumerate(PICTURES)]
    names = {language: [f"{language}{number}" for number in range(5)] for language in ("en", "vi")}
    return Explorer(net, pictures, Taking((1, 8, 10)), names, "title", "vi", Gathering(net, PICTURES, 3))


def convolved(net, picture):
    """The first layer by NumPy: float64 (4, 8, 10), before and after ReLU."""
    weight, bias = net[0].weight.data().asnumpy().astype("float64"), net[0].bias.data().asnumpy()
    padded = np.pad(picture[0].astype("float64"), 1)
    before = np.empty((4, 8, 10))
    for channel, row, column in np.ndindex(before.shape):
        before[channel, row, column] = (padded[row : row + 3, column : column + 3] * weight[channel, 0]).sum() + bias[channel]
    return before, np.maximum(before, 0)


def test_the_start_tells_of_layers_pictures_and_classes(explorer):
    told = explorer.answer({"ask": "start"})
    assert [layer["name"] for layer in told["layers"]] == ["conv1", "pool1", "batchnorm1", "pool2", "dense1"]
    assert [layer["shape"] for layer in told["layers"]] == [[4, 8, 10], [4, 4, 5], [4, 4, 5], [4, 5, 6], [5]]
    # Nine weights and a bias for each filter; 4 * 30 weights and a bias for each unit; batch norm learns two numbers a channel.
    assert [layer["parameters"] for layer in told["layers"]] == [40, 0, 8, 0, 605]
    assert told["layers"][0]["words"] == {
        "en": "convolution, 4 filters of 1x3x3, padding 1, then ReLU",
        "vi": "tích chập, 4 bộ lọc 1x3x3, phần đệm 1, rồi ReLU",
    }
    # Row r of the pooling sees rows 2r - 1 to 2r + 2 of the picture, cut off at its borders.
    assert told["layers"][1]["field"]["rows"] == [(0, 3), (1, 5), (3, 7), (5, 8)]
    assert told["layers"][1]["field"]["size"] == (4, 4)
    assert told["layers"][4]["field"]["columns"] == [(0, 10)]
    assert told["language"] == "vi" and told["classes"]["en"][4] == "en4" and told["input"] == [1, 8, 10]
    pictures = [(each["picture"], each["name"], each["label"]) for each in told["pictures"]]
    assert pictures == [(0, "p0", 0), (1, "p1", 1), (2, "p2", 2)]
    assert told["gathering"] == {"done": 0, "total": 3, "over": False} and told["cam"] == 0


def test_a_look_tells_what_the_net_says(explorer, net):
    told = explorer.answer({"ask": "look", "picture": 1})
    logits = net(mx.np.array(PICTURES[1:2])).asnumpy()[0]
    powers = np.exp(logits - logits.max())
    assert np.allclose(told["probabilities"], powers / powers.sum(), atol=1e-6)
    assert np.array_equal(told["values"], PICTURES[1]) and told["pixels"].dtype == np.uint8
    _, after = convolved(net, PICTURES[1])
    order = sorted(range(4), key=lambda channel: -after[channel].max())
    little = told["layers"][0]
    assert little["channels"].tolist() == order and np.allclose(little["few"], after[order], atol=1e-5)
    assert little["zeros"] == pytest.approx((after == 0).mean()) and little["high"] == pytest.approx(after.max(), abs=1e-5)
    assert np.allclose(told["layers"][4]["few"], logits, atol=1e-5)


def test_maps_are_those_of_numpy(explorer, net):
    told = explorer.answer({"ask": "maps", "picture": 2, "layer": 0})
    assert told["values"].dtype == np.float32 and np.allclose(told["values"], convolved(net, PICTURES[2])[1], atol=1e-5)


@pytest.mark.parametrize("place", [(0, 0, 0), (3, 4, 5), (1, 7, 9)])
def test_a_number_is_the_sum_of_numpy(explorer, net, place):
    channel, row, column = place
    told = explorer.answer({"ask": "number", "picture": 0, "layer": 0, "channel": channel, "row": row, "column": column})
    before, after = (each[place] for each in convolved(net, PICTURES[0]))
    assert told["before"] == pytest.approx(before, abs=1e-6) and told["value"] == pytest.approx(after, abs=1e-5)
    assert (told["values"].astype("float64") * told["weights"]).sum() + told["bias"] == pytest.approx(before, abs=1e-6)
    assert told["source"] == "picture" and told["activation"] == "relu" and told["rows"] == (row - 1, row, row + 1)
    # What JSON and buffers hold says the same.
    packed, buffers = wire.pack(told)
    values = np.frombuffer(buffers[packed["values"]["buffer"]], "<f4").reshape(packed["values"]["shape"])
    assert np.array_equal(values, told["values"]) and packed["box"]["channels"] == [0, 1] and packed["norm"] is None


def test_windows_and_filters_make_every_number(explorer):
    """What a page in a file makes numbers of: the same for all places of a layer."""
    seen = explorer.seen(0)
    for layer in explorer.layers:
        about = explorer.answer({"ask": "geometry", "layer": layer.index})
        assert about["source"] == ("picture" if layer.index == 0 else explorer.layers[layer.index - 1].name)
        if layer.windows is None:
            continue
        for place in np.ndindex(layer.output_shape):
            channel, row, column = place
            where = {"channel": channel, "row": row, "column": column}
            told = explorer.answer({"ask": "number", "picture": 0, "layer": layer.index, **where})
            assert about["rows"][row] == told["rows"] and about["columns"][column] == told["columns"]
            assert about["row_spans"][row] == told["box"]["rows"] and about["column_spans"][column] == told["box"]["columns"]
            if layer.pooling == "avg":
                share = about["shares"][row * layer.output_shape[2] + column]
                assert (told["values"] * share).sum() == pytest.approx(seen.maps[layer.index][place], abs=1e-5)
    filtered = explorer.answer({"ask": "filter", "layer": 0, "channel": 2})
    assert np.array_equal(filtered["weights"], explorer.net[0].weight.data().asnumpy()[2]) and filtered["channels"] == (0, 1)
    normed = explorer.answer({"ask": "filter", "layer": 2, "channel": 3})
    assert normed["weights"] is None and normed["norm"]["mean"] == pytest.approx(explorer.net[2].running_mean.data().asnumpy()[3])


def test_evidence_is_as_large_as_the_picture(explorer):
    about = {"picture": 0, "number": 3}
    for question in ({"ask": "gradients"}, {"ask": "grad_cam", "layer": 1}, {"ask": "occlusion"}):
        assert explorer.answer({**question, **about})["values"].shape == (8, 10)
    # Of a linear end, the gradient of the score by a number moved a little.
    told = explorer.answer({"ask": "gradients", **about})
    row, column = np.unravel_index(told["values"].argmax(), (8, 10))
    moved = PICTURES[:1].copy()
    moved[0, 0, row, column] += 1e-3
    score = explorer.net(mx.np.array(moved)).asnumpy()[0, 3]
    assert abs(score - told["score"]) / 1e-3 == pytest.approx(told["values"].max(), rel=0.02)


def test_many_pictures_are_looked_through_a_batch_at_a_time(explorer, net):
    assert explorer.answer({"ask": "gather"})["done"] == 3
    told = explorer.answer({"ask": "survey", "layer": 0})
    highest = np.stack([convolved(net, picture)[1].reshape(4, -1).max(axis=1) for picture in PICTURES], axis=1)
    assert np.allclose(told["values"], -np.sort(-highest, axis=1), atol=1e-5) and told["which"].dtype == np.int32
    assert told["which"].tolist() == np.argsort(-highest, axis=1, kind="stable").tolist()
    small = explorer.answer({"ask": "thumbs", "block": 0})
    assert small["pixels"].shape == (3, 8, 10) and small["labels"] == [None] * 3
    assert len(explorer.answer({"ask": "thumbs", "block": 1})["labels"]) == 0


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_photo_becomes_a_picture_that_can_be_looked_at(explorer):
    pixels = np.full((60, 40), 250, "uint8")
    pixels[10:50, 10:30] = 20
    told = explorer.answer({"ask": "photo", "name": "shirt.png"}, [png(pixels)])
    assert told["picture"] == 3 and told["name"] == "shirt.png" and told["label"] is None
    assert [step["name"] for step in told["steps"]][:3] == ["photo", "grey", "inverted"]
    assert told["steps"][0]["words"]["vi"] == "ảnh gốc, đã xoay thẳng"
    assert explorer.answer({"ask": "look", "picture": 3})["name"] == "shirt.png"
    # The next one in its place.
    assert explorer.answer({"ask": "photo", "instead": 3}, [png(pixels)])["picture"] == 4
    assert "there is no picture 3" in explorer.answer({"ask": "look", "picture": 3})["error"]["en"]
    # Those that the page began with stay.
    assert explorer.answer({"ask": "photo", "instead": 0}, [png(pixels)])["picture"] == 5
    assert explorer.answer({"ask": "look", "picture": 0})["name"] == "p0"


def test_of_many_photos_the_last_are_kept(explorer, monkeypatch):
    monkeypatch.setattr(answers, "OF_VISITORS", 2)
    numbers = [explorer.add(Picture(PICTURES[0])) for _ in range(4)]
    kept = [number for number in numbers if "error" not in explorer.answer({"ask": "look", "picture": number})]
    assert numbers == [3, 4, 5, 6] and kept == [5, 6]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ({}, "nobody knows what None asks"),
        ({"ask": "weather"}, "nobody knows what 'weather' asks"),
        ({"ask": ["look"]}, "nobody knows what"),
        ({"ask": "look"}, "picture is None in the question: it must be a whole number"),
        ({"ask": "look", "picture": True}, "picture is True in the question"),
        ({"ask": "look", "picture": 9}, "there is no picture 9"),
        ({"ask": "maps", "picture": 0, "layer": 5}, "there is no layer 5: the net has 5, from 0"),
        ({"ask": "number", "picture": 0, "layer": 0, "channel": 4}, "conv1 has no channel 4"),
        ({"ask": "gradients", "picture": 0, "number": 5}, "there is no class 5"),
        ({"ask": "grad_cam", "picture": 0, "number": 1, "layer": 4}, "dense1 has no maps"),
        ({"ask": "thumbs", "block": -1}, "there is no block -1"),
        ({"ask": "photo"}, "there came no picture"),
    ],
)
def test_what_is_wrong_is_told_in_the_answer(explorer, question, sentence):
    assert sentence in str(explorer.answer(question)["error"])


def test_a_photo_that_is_none_is_told(explorer):
    told = explorer.answer({"ask": "photo"}, [b"GIF89a"])["error"]
    assert "cannot be read as a picture" in told["en"] and "_io" not in told["en"] and told["vi"].startswith("không đọc được tệp")
    assert explorer.answer({"ask": "photo"})["error"]["vi"].startswith("không có ảnh nào")


def test_a_fault_of_ours_is_told_too(explorer, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setitem(answers.ANSWERS, "look", broken)
    assert explorer.answer({"ask": "look"}) == {"error": "ZeroDivisionError: division by zero (a fault of ours)"}


def test_a_net_that_has_learned_since_is_asked_anew():
    net = made(nn.Dense(2))
    explorer = Explorer(net, [Picture(PICTURES[0])], Taking((1, 8, 10)))
    before = explorer.answer({"ask": "look", "picture": 0})["logits"]
    net[0].bias.set_data(net[0].bias.data() + 1)
    assert np.array_equal(explorer.answer({"ask": "look", "picture": 0})["logits"], before)
    explorer.answer({"ask": "start"})
    assert np.allclose(explorer.answer({"ask": "look", "picture": 0})["logits"], before + 1, atol=1e-5)


def test_a_net_that_ends_with_maps_says_why_there_are_no_classes():
    explorer = Explorer(made(nn.Conv2D(2, 3)), [Picture(PICTURES[0])], Taking((1, 8, 10)))
    told = explorer.answer({"ask": "look", "picture": 0})
    assert "probabilities" not in told and "the net ends with conv1" in told["no_classes"]["en"]
    assert told["no_classes"]["vi"].startswith("mạng kết thúc bằng conv1")
    assert "there are no training pictures" in explorer.answer({"ask": "gather"})["error"]
