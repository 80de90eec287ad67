"""A net tried out under a task: as the grader trains it, by the same recipe, never on test images."""

import builtins
import functools
import json
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from gluon_alexnet.data.files import load_split
from gluon_alexnet.data.loader import FashionMNISTLoader
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import checks, evaluator, exercise
from gluon_alexnet.machine.runtime import load_mxnet
from gluon_alexnet.study import try_as_graded

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import margins  # noqa: E402

RECIPE = dict(images=640, epochs=1, test_images=500)


def small_net(**more):
    mx = load_mxnet()
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(4, 3, activation="relu", **more), mx.gluon.nn.MaxPool2D(4, 4), mx.gluon.nn.Dense(10))
    return net


def printed(capsys, *arguments, **more):
    try_as_graded(*arguments, **{"bar": 0.5, **RECIPE, **more})
    return capsys.readouterr().out


def test_it_says_what_is_compared_in_both_languages(capsys):
    said = printed(capsys, small_net, "en", lead=0.3)
    # 4 * 9 + 4 and 10 * (4 * 6 * 6 + 1); 4 * 26 * 26 * 9 and 1,440.
    assert "small_net: 1,490 parameters, 25,776 multiply-adds for one image" in said
    assert "on 640 images; measured on 500 validation images" in said
    accuracy = float(re.search(r"^accuracy: (0\.\d{3}); the grader asks for at least 0\.500", said, re.MULTILINE)[1])
    assert (f"accuracy: {accuracy:.3f}; the grader asks for at least 0.500: not enough" in said) == (accuracy < 0.5)
    assert "accuracy minus LeNet's (0." in said and "at least 0.300" in said
    # Of 500 images and of 500 others, as far as the accuracy is printed.
    spread = (accuracy * (1 - accuracy) / 250) ** 0.5
    assert abs(float(re.search(r"by (0\.\d+) \(one standard deviation\)", said)[1]) - spread) < 0.001
    said = printed(capsys, small_net, "vi")
    assert "1.490 tham số, 25.776 phép nhân-cộng" in said and f"độ chính xác: {accuracy:.3f}".replace(".", ",") in said


def test_own_initializers_do_not_count(capsys):
    mx = load_mxnet()
    assert printed(capsys, small_net) == printed(capsys, lambda: small_net(weight_initializer=mx.init.Constant(3))).replace(
        "net: 1,490", "small_net: 1,490"
    )


def test_it_learns_from_the_rest_and_is_measured_on_the_held_out(monkeypatch, capsys):
    seen = []
    before = evaluator.FashionMNISTLoader

    def loader(split, *arguments, **more):
        seen.append(split)
        return before(split, *arguments, **more)

    monkeypatch.setattr(evaluator, "FashionMNISTLoader", loader)
    printed(capsys, small_net, lead=0.1, runs=2)
    assert seen == ["train-rest", "validation"] * 3
    rest, held = (FashionMNISTLoader(split, 500, shuffle=False).pixels for split in ("train-rest", "validation"))
    whole = load_split("train").images
    assert len(rest) + len(held) == len(whole)
    with pytest.raises(UserError, match="has no 'splits'.*nothing tries a net on test images"):
        try_as_graded(small_net, bar=0.5, splits=("train", "test"))
    with pytest.raises(UserError, match="has no 'split'"):
        try_as_graded(small_net, bar=0.5, split="test")
    assert not evaluator.nets


def test_it_is_trained_as_the_grader_trains_it(monkeypatch, capsys):
    told = []
    monkeypatch.setattr(evaluator, "train", lambda name, **told_: told.append(told_) or dict.fromkeys(("accuracy", "loss"), 0.5))
    printed(capsys, small_net, lr=0.1)
    asked = []
    figures = dict.fromkeys(("accuracy", "train_accuracy", "loss"), 0.5)
    evaluate, random = lambda **request: asked.append(request) or figures, np.random.default_rng(0)
    ask = types.SimpleNamespace(random=random, evaluate=evaluate, answer=lambda value, text: value)
    net = checks.Net(ask, "net", "f()", *[None] * 5)
    net.trained(**RECIPE, lr=0.1)
    without = {"command", "name", "test_seed"}
    assert {key: value for key, value in asked[0].items() if key not in without} == {
        key: value for key, value in told[0].items() if key not in {"splits", "test_seed"}
    }


def test_what_is_not_done_and_what_is_refused_is_said(capsys):
    def later():
        raise NotImplementedError("write it")

    assert printed(capsys, later) == "later is not written yet\n"
    assert printed(capsys, later, "vi") == "later chưa được viết\n"

    def noisy():
        mx = load_mxnet()
        net = mx.gluon.nn.HybridSequential()
        net.add(mx.gluon.nn.HybridLambda(lambda F, x: F.np.random.normal(x)), mx.gluon.nn.Dense(10))
        return net

    assert printed(capsys, noisy, "vi").startswith("Bộ chấm sẽ không nhận mạng này: ")


# ---- the notebooks' cells against the hidden checks


class Names(dict):
    """What a cell may use: whatever it names is there."""

    def __missing__(self, name):
        return getattr(builtins, name) if hasattr(builtins, name) else name


def tries():
    """[(exercise, the task above, the cell)] of all cells that try a net out."""
    found = []
    for name in exercise.own():
        task = None
        for cell in json.loads((exercise.FOLDER / f"{name}.json").read_text(encoding="utf-8"))["cells"]:
            task = cell["id"] if cell["kind"] == "answer" else task
            if re.search(r"^try_as_graded\(", cell.get("source", ""), re.MULTILINE):
                found.append((name, task, cell["source"]))
    return found


def called(source):
    """The keywords of the call of try_as_graded in a cell."""
    calls = []
    exec(source, {}, Names(try_as_graded=lambda net, language="en", **more: calls.append(more)))
    [call] = calls
    return call


class Recorder(margins.Evaluator):
    """Nets are counted and not trained; what they would have been trained by is written down."""

    def __init__(self):
        super().__init__(0)
        self.trained, self.packages = [], set()

    def model(self, model, input_shape, deadline):
        name, about = super().model(model, input_shape, deadline)
        self.packages.add(name)
        return name, about

    def request(self, deadline, **request):
        if request["command"] != "train":
            return super().request(deadline, **request)
        self.trained.append(request)
        return dict(accuracy=0.2 if request["name"] in self.packages else 0.9, train_accuracy=0.9, loss=0.1)


@functools.cache
def recorded(name, task_name, real):
    """What the hidden check trains the answer by, and the bars that it sets: (recipe, {what: the highest})."""
    task = next(each for each in exercise.load(name).tasks if each.name == task_name)
    judge, bars = Recorder(), {}
    interview = Fixed(margins.Kernel(names_of(name)), judge, np.random.default_rng(0), None, own=True)
    interview.as_if = real
    with margins.noted(fixed=()) as found:
        checks.run(task.check, interview)
    assert not [part.problem for part in interview.parts if part.problem]
    for what, _, way, bar in found:
        kind = "lead" if "minus" in what else "speed" if "speed" in what else "bar" if "accuracy" in what else None
        if kind and way == "at least":
            bars[kind] = max(bar, bars.get(kind, bar))
    recipes = [
        {key: value for key, value in request.items() if key not in ("command", "name", "test_seed")} for request in judge.trained
    ]
    assert all(recipe == recipes[0] for recipe in recipes)
    return recipes[0], bars


names_of = functools.cache(margins.names_of)


class Fixed(checks.Interview):
    """The real data, or the stand-in, whatever there is."""

    as_if = True

    @property
    def real(self):
        return self.as_if


@pytest.mark.parametrize("name, task, source", tries(), ids=lambda value: value if "\n" not in value and "(" not in value else "")
def test_a_cell_tries_a_net_as_the_check_under_it_does(name, task, source):
    told = called(source)
    bars = {kind: told.pop(kind) for kind in ("bar", "lead", "speed") if kind in told}
    told.pop("runs", None), told.pop("input_shape", None)
    for place, real in enumerate((True, False)):
        recipe, expected = recorded(name, task, real)
        assert {**recipe, **told} == recipe, f"{name}, {task}: the check trains by other keywords"
        assert {kind: bar[place] if isinstance(bar, tuple) else bar for kind, bar in bars.items()} == expected


def test_each_net_that_is_trained_can_be_tried():
    trained = {
        (name, task.name)
        for name in exercise.own()
        for task in exercise.load(name).tasks
        if ".trained(" in task.check and "ask.net(" in task.check
    }
    assert {(name, task) for name, task, _ in tries()} == trained
