"""gluon_alexnet.pictures.sketch: what a notebook shows of a History."""

import base64
import math
import re
from xml.etree import ElementTree

import pytest
from fresh_python import python
from html_page import Page

from gluon_alexnet.pictures import sketch
from gluon_alexnet.train.history import Epoch, History

SVG = "{http://www.w3.org/2000/svg}"


def made(passes=2, **changes):
    seconds = {"data": 1.0, "step": 8.0, "evaluate": 1.0}
    rows = [Epoch(n, 2 / n, 0.5, None, 0.25 * n / passes, 1 / n, 0.1, 1_000, seconds, 111.1) for n in range(1, passes + 1)]
    given = dict(model="lenet", params=61_706, settings={"steps_per_epoch": 4}, machine={}, started="2026-11-23T20:00:00+00:00")
    given.update(data={"name": "custom"}, epochs=rows, step_losses=[2.0] * 4 * passes, stopped="finished", seconds=65.0)
    return History(**{**given, **changes})


def curves(history):
    """The picture of a History's sketch, parsed."""
    (url,) = Page(history._repr_html_()).pictures()
    kind, _, content = url.partition(",")
    assert kind == "data:image/svg+xml;base64"
    return ElementTree.fromstring(base64.b64decode(content))


def points(history):
    """The points of each line, [(x, y)]."""
    lines = curves(history).iter(f"{SVG}polyline")
    return [[tuple(map(float, point.split(","))) for point in line.get("points").split()] for line in lines]


def test_it_says_what_run_it_was_and_lists_its_passes():
    page = Page(made()._repr_html_())
    assert "lenet: 8 steps, finished, 1 min 05 s" in page.text
    assert page.rows == [
        ["epoch", "loss", "training accuracy", "test accuracy", "test loss", "last learning rate", "images/s", "time"],
        ["1", "2.000", "0.5000", "0.1250", "1.000", "0.1", "111", "10 s"],
        ["2", "1.000", "0.5000", "0.2500", "0.500", "0.1", "111", "10 s"],
    ]


def test_of_many_passes_it_lists_the_last_twelve():
    page = Page(made(40)._repr_html_())
    assert [row[0] for row in page.rows[1:]] == [str(n) for n in range(29, 41)]
    assert "28 passes before these" in page.text


def test_the_lines_reach_from_corner_to_corner():
    # Losses of 4, 3, 2, 1 in a pass of four steps; smoothing takes no neighbours of so few.
    history = made(1, step_losses=[4.0, 3.0, 2.0, 1.0])
    history.epochs[0].test_loss = None
    width, height = sketch.WIDTH, sketch.HEIGHT
    loss, *_ = points(history)
    assert loss == [
        (width / 4, 0.0),
        (width / 2, pytest.approx(height / 3, abs=0.06)),
        (width * 3 / 4, pytest.approx(height * 2 / 3, abs=0.06)),
        (width, height),
    ]


def test_each_line_tells_its_last_value():
    words = [part.text for part in curves(made()).iter()]
    assert {"train 2", "test 0.5", "train 0.5", "test 0.25", "epoch 2"} <= {*words}


def test_a_long_run_stays_a_few_kilobytes():
    assert len(made(1_000)._repr_html_()) < 16_000
    assert max(map(len, points(made(1_000)))) <= sketch.POINTS


def test_a_run_that_diverged_says_so_and_its_nan_is_left_out():
    history = made(1, step_losses=[2.0, math.inf, math.nan], stopped="diverged")
    history.epochs[0].loss = math.nan
    assert "The run diverged." in Page(history._repr_html_()).text
    assert not re.search("nan|inf", ElementTree.tostring(curves(history), encoding="unicode"))


def test_a_run_without_a_step_has_no_picture():
    page = Page(made(0, stopped=None)._repr_html_())
    assert "lenet: 0 steps, running" in page.text and "img" not in page.tags and not page.rows


def test_names_are_escaped_and_nothing_is_loaded():
    page = Page(made(model="<script>")._repr_html_())
    assert "<script>: 8 steps" in page.text and "script" not in page.tags
    assert all(value.startswith("data:") for _, key, value in page.attributes if key in ("src", "href"))


def test_it_needs_neither_mxnet_nor_matplotlib():
    program = """
    import json, sys
    from gluon_alexnet.train.history import History
    keys = dict.fromkeys(("model", "started"), "x") | dict.fromkeys(("settings", "machine"), {})
    History(params=1, data={"name": "custom"}, step_losses=[2.0, 1.0], **keys)._repr_html_()
    print({"mxnet", "matplotlib"} & {*sys.modules})
    """
    assert python(program).strip() == "set()"
