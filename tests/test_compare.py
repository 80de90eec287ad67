"""gluon_alexnet.compare: runs made by the command, their nets beside each other, as `gluon-alexnet compare` tells it."""

import json
import re
import shutil

import numpy as np
import pytest
from html_page import Page

from gluon_alexnet import cli, compare
from gluon_alexnet.errors import UserError

TINY = "train --model lenet --data stand-in --device cpu --threads 1 --epochs 1 --limit 600 --batch-size 50".split()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folders of three runs of LeNet, the last from another rate."""
    folder = tmp_path_factory.mktemp("runs")
    made = []
    for seed, lr in ((0, 0.9), (1, 0.9), (0, 0.5)):
        made.append(folder / f"seed-{seed}-{lr}")
        assert cli.main([*TINY, "--seed", str(seed), "--lr", str(lr), "--out", str(made[-1])]) == 0
    return made


def test_the_command_writes_the_page_and_tells_each_run_s_own_accuracy(runs, tmp_path, capsys):
    capsys.readouterr()
    words = ["compare", *map(str, runs[:2]), "--out", str(tmp_path / "luck.html"), "--json", str(tmp_path / "luck.json")]
    assert cli.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    told = json.loads((tmp_path / "luck.json").read_text())
    for run, line, each in zip(runs, lines, told["runs"], strict=False):
        assert cli.main(["evaluate", str(run)]) == 0
        alone = re.search(r"accuracy (\S+)", capsys.readouterr().out).group(1)
        assert line == f"{run.name}: accuracy {alone}" and f"{each['test_accuracy']:.4f}" == alone
    assert sum(told["by_right_answers"]) == told["pictures"] == 10_000
    assert len(told["contradicted"]) == told["by_right_answers"][0]
    page = Page((tmp_path / "luck.html").read_text(encoding="utf-8"))
    assert "Two runs of LeNet on the made-up stand-in" in page.text and "NOT Fashion-MNIST" in page.text
    assert page.row("seed-1-0.9")[1] == "1" and "more than their seed" not in page.text


def test_other_settings_are_told_and_the_page_lies_with_the_first_run(runs):
    page, found, told = compare.compare([runs[0], runs[2]])
    assert page == runs[0] / "compare.html" and len(found.labels) == 10_000
    assert [each["seed"] for each in told] == [0, 0]
    assert "differ in more than their seed" in (text := Page(page.read_text(encoding="utf-8")).text)
    assert "lr (0.9, 0.5)." in text


def test_runs_of_one_name_are_told_by_their_paths(runs, tmp_path):
    copy = tmp_path / runs[0].name
    shutil.copytree(runs[0], copy)
    _, found, told = compare.compare([runs[0], copy], tmp_path / "page.html")
    assert [each["name"] for each in told] == [str(runs[0]), str(copy)]
    assert not len(found.disputed) and found.accuracies[0] == found.accuracies[1]


@pytest.mark.parametrize("which", [[0], [0, 0]])
def test_one_run_is_not_compared(runs, which):
    with pytest.raises(UserError, match="two runs or more, each once"):
        compare.compare([runs[each] for each in which])


def test_a_setting_that_says_nothing_of_the_net_is_no_difference():
    first = {"seed": 0, "lr": 0.1, "command": "a", "found": {"where": "x"}}
    assert compare.differing([first, {**first, "seed": 1, "command": "b", "found": {"where": "y"}}]) == {}
    assert compare.differing([first, {**first, "lr": 0.2, "width": 3}]) == {"lr": [0.1, 0.2], "width": [None, 3]}


def test_other_pictures_of_the_same_labels_are_not_the_same(monkeypatch, tmp_path):
    class Answers:
        labels, probabilities = np.zeros(2, int), np.ones((2, 2)) / 2

    sets = iter([({"test": "a"}, ("x", "y")), ({"test": "b"}, ("x", "y"))])
    monkeypatch.setattr(compare, "_answers", lambda *_: (Answers, next(sets)))
    monkeypatch.setattr(compare.run_file, "read", lambda _: {})
    monkeypatch.setattr(compare.run_file, "data_of", lambda *_: None)
    with pytest.raises(UserError, match="was not tested on the pictures of"):
        compare.compare([tmp_path / "one", tmp_path / "two"], tmp_path / "page.html")
