"""Gradescope's results.json beside its documentation's example, and the autograder run in a folder laid out like /autograder."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import grading_demo as demo
import nbformat
import pytest

from gluon_alexnet import cli
from gluon_alexnet.classroom import gradescope
from gluon_alexnet.classroom.upload import Upload
from gluon_alexnet.errors import UserError

SOLUTIONS = Path(__file__).resolve().parent.parent.parent / "solutions"
# https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format, without its remarks; "order" from its leaderboard.
DOCUMENTED = {
    "score": 44.0,
    "execution_time": 136,
    "output": "Text relevant to the entire submission",
    "output_format": "simple_format",
    "test_output_format": "text",
    "test_name_format": "text",
    "visibility": "after_due_date",
    "stdout_visibility": "visible",
    "extra_data": {},
    "tests": [
        {
            "score": 2.0,
            "max_score": 2.0,
            "status": "passed",
            "name": "Your name here",
            "name_format": "text",
            "number": "1.1",
            "output": "Giant multiline string that will be placed in a <pre> tag and collapsed by default",
            "output_format": "text",
            "tags": ["tag1", "tag2", "tag3"],
            "visibility": "visible",
            "extra_data": {},
        }
    ],
    "leaderboard": [{"name": "Accuracy", "value": 0.926}, {"name": "Time", "value": 15.1, "order": "asc"}],
}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}


def task(number, points, earned, status, *notes):
    """A TaskResult as a dict."""
    about = dict(task=f"t{number}", number=number, title=f"Task {number}", points=points, earned=earned, status=status)
    return {**about, "notes": list(notes), "parts": []}


def result(*tasks, exercise="04_cost", language="en", **more):
    """A Result as a dict."""
    open_still = sum(each["points"] - each["earned"] for each in tasks if each["status"] in ("machine", "our fault"))
    return {
        "exercise": exercise,
        "title": "Costs",
        "language": language,
        "tasks": list(tasks),
        "earned": sum(each["earned"] for each in tasks),
        "points": sum(each["points"] for each in tasks),
        "possible": sum(each["points"] for each in tasks),
        "not_judged": open_still,
        "note": "",
        "seed": 5,
        "isolation": "files apart",
        **more,
    }


def half_right():
    return result(task(1, 2, 2, "full"), task(2, 3, 1, "partial", "one bias is missing"))


def upload(*results, **more):
    attempts = {}
    for each in results:
        attempts.setdefault(each["exercise"], []).append(each)
    return Upload(attempts=attempts, **more)


def same_kinds(ours, theirs):
    """Asserts that each key of ours is one of theirs, with a value of the same kind."""
    for key, value in ours.items():
        assert key in theirs, f"{key} is not documented"
        kinds = (int, float) if isinstance(theirs[key], (int, float)) else type(theirs[key])
        assert isinstance(value, kinds), key
    assert ours.get("visibility", "visible") in VISIBILITIES
    assert {value for key, value in ours.items() if key.endswith("_format")} <= FORMATS


def test_all_keys_are_those_of_the_documentation():
    content = gradescope.results(upload(half_right(), seconds=4.5))
    same_kinds(content, DOCUMENTED)
    for test in content["tests"]:
        same_kinds(test, DOCUMENTED["tests"][0])
    same_kinds(gradescope.ended(), DOCUMENTED)
    assert json.loads(json.dumps(content)) == content


def test_points_sentences_and_numbers_are_those_of_the_tasks():
    content = gradescope.results(upload(half_right(), seconds=4.5))
    assert (content["score"], content["execution_time"], content["output"]) == (3, 4.5, "")
    first, second = content["tests"]
    assert (first["score"], first["max_score"], first["status"], first["number"]) == (2, 2, "passed", "1")
    assert first["output"] == "full marks"
    assert (second["score"], second["max_score"], second["status"]) == (1, 3, "failed")
    assert second["output"] == "partly right\none bias is missing"
    assert content["extra_data"]["seeds"] == {"04_cost": 5}


def test_what_was_not_judged_has_no_score_and_the_sum_a_sentence():
    content = gradescope.results(upload(result(task(1, 2, 2, "full"), task(2, 3, 0, "machine", "too busy"))))
    assert content["score"] == 2
    assert not {"score", "max_score"} & {*content["tests"][1]}
    assert content["output"].startswith("Some points are not judged: the score is no grade yet.")
    assert content["extra_data"]["not_judged"] is True


def test_of_two_notebooks_of_one_exercise_the_better_one_counts_and_it_says_so():
    attempts = [result(task(1, 2, earned, status)) for earned, status in ((0, "wrong"), (2, "full"), (1, "partial"))]
    content = gradescope.results(upload(*attempts))
    assert content["score"] == 2
    assert content["output"] == "there are 3 notebooks of 04_cost: the best one counts"


def test_several_exercises_are_numbered_and_the_one_that_is_missing_has_no_points():
    content = gradescope.results(upload(result(task(1, 2, 2, "full")), expected=("02_simplify", "04_cost")))
    # Exercise 2 has 20 points (docs: 20 points each), none of them earned.
    assert content["score"] == 2 and content["extra_data"]["possible"] == 22
    assert [test["number"].partition(".")[0] for test in content["tests"]] == ["1"] * (len(content["tests"]) - 1) + ["2"]
    assert content["tests"][0]["output"] == "there is no notebook of this exercise in what was handed in"


# The zip


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return gradescope.build(tmp_path_factory.mktemp("zip") / "autograder.zip", ["04_cost"], ["--time-limit", "50"])


def test_the_same_files_make_the_same_zip(archive, tmp_path):
    again = gradescope.build(tmp_path / "again.zip", ["04_cost"], ["--time-limit", "50"])
    assert again.read_bytes() == archive.read_bytes()


def test_it_holds_two_programs_this_package_and_names_of_packages_alone(archive):
    with zipfile.ZipFile(archive) as opened:
        modes = {about.filename: about.external_attr >> 16 & 0o777 for about in opened.infolist()}
        texts = {name: opened.read(name).decode() for name in modes if not name.startswith("package/")}
    assert {name for name, mode in modes.items() if mode == 0o755} == {"setup.sh", "run_autograder"}
    assert {*modes.values()} == {0o755, 0o644}
    assert {"package/gluon_alexnet/grading/exercises/04_cost.json", "package/gluon_alexnet/py.typed"} <= {*modes}
    assert not [name for name in modes if "__pycache__" in name or name.startswith("/") or ".." in name]
    for name in ("alone.txt", "requirements.txt", "constraints.txt"):
        assert all(re.fullmatch(r"[A-Za-z0-9_.-]+([<>=!~]=?[0-9a-z.,<>=]+)?", line) for line in texts[name].splitlines()), name
    for name in ("setup.sh", "run_autograder", "requirements.txt"):
        assert "://" not in texts[name] and "index" not in texts[name]
    pinned = dict(line.split("==") for line in texts["constraints.txt"].splitlines())
    assert pinned["numpy"] and pinned["ipykernel"] and "mxnet" not in pinned
    assert texts["alone.txt"].splitlines()[0] == "mxnet==1.9.1"
    assert "--exercise 04_cost --time-limit 50" in texts["run_autograder"]


@pytest.mark.parametrize("name", ["setup.sh", "run_autograder"])
def test_its_programs_are_ones_that_bash_understands(archive, name, tmp_path):
    with zipfile.ZipFile(archive) as opened:
        script = Path(opened.extract(name, tmp_path))
    assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", script], check=True)


def test_a_name_that_is_no_exercise_and_an_ending_that_is_no_zip_are_one_sentence(tmp_path):
    with pytest.raises(UserError, match="there is no exercise '4_cost': did you mean '04_cost'"):
        gradescope.build(tmp_path / "a.zip", ["4_cost"])
    with pytest.raises(UserError, match="must end in .zip"):
        gradescope.build(tmp_path / "a.tar", ["04_cost"])
    assert not list(tmp_path.iterdir())


def test_the_command_writes_it(tmp_path, capsys):
    assert cli.main(["grade", "--gradescope", str(tmp_path / "a.zip"), "04_cost", "--memory-limit", "4"]) == 0
    assert "upload it" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert "--exercise 04_cost --memory-limit 4" in opened.read("run_autograder").decode()


# As Gradescope runs it


@pytest.fixture
def autograder(archive, tmp_path, monkeypatch):
    """Runs run_autograder in a folder laid out as /autograder, after `fill(the folder of the submission)`: results.json."""
    root = tmp_path / "autograder"
    monkeypatch.setenv("AUTOGRADER_ROOT", str(root))
    monkeypatch.setenv("AUTOGRADER_PYTHON", sys.executable)
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")

    def run(fill, archive=archive, **environ):
        for name in ("source", "submission", "results"):
            (root / name).mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "zipfile", "-e", archive, root / "source"], check=True)
        runner = Path(shutil.copy(root / "source" / "run_autograder", root))
        runner.chmod(0o755)
        (root / "submission_metadata.json").write_text("{}", encoding="utf-8")
        fill(root / "submission")
        done = subprocess.run([runner], cwd=root, capture_output=True, text=True, timeout=300, env={**os.environ, **environ})
        assert done.returncode == 0
        return json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))

    return run


def answered(path, **answers):
    """The solved 04 at `path`, but for the answers given."""
    notebook = nbformat.read(SOLUTIONS / "04_cost.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id in answers:
            cell.source = f"# task: {cell.id}\n{answers[cell.id]}"
    nbformat.write(notebook, path)


def test_a_good_submission_has_all_points(autograder):
    content = autograder(lambda folder: answered(folder / "my 04.ipynb"))
    assert (content["score"], content["output"]) == (20, "")
    assert {test["status"] for test in content["tests"]} == {"passed"}
    assert sum(test["max_score"] for test in content["tests"]) == 20


def test_a_bad_submission_loses_the_points_of_what_is_wrong_in_it(autograder):
    wrong = dict(output_shape="def output_shape(*anything):\n    return ()", count_params="def count_params(:\n")
    content = autograder(lambda folder: answered(folder / "04_cost.ipynb", **wrong))
    # The first two tasks are worth two points each.
    assert content["score"] == 16
    assert [test["score"] for test in content["tests"][:2]] == [0, 0]
    assert "SyntaxError" in content["tests"][1]["output"]


def test_a_broken_submission_has_a_sentence(autograder):
    def fill(folder):
        (folder / "04_cost.ipynb").write_text('{"cells": [', encoding="utf-8")
        (folder / "notes.txt").write_text("hello", encoding="utf-8")

    content = autograder(fill)
    assert content["score"] == 0 and "04_cost.ipynb is not a notebook" in content["output"]
    assert {test["score"] for test in content["tests"]} == {0}


def test_nothing_handed_in_and_another_exercise_have_a_sentence(autograder):
    content = autograder(lambda folder: None)
    assert (content["score"], content["output"]) == (0, "there is no notebook in what was handed in")
    content = autograder(lambda folder: shutil.copy(SOLUTIONS / "02_simplify.ipynb", folder))
    assert content["score"] == 0 and "is of 02_simplify, which was not asked for (04_cost was)" in content["output"]


def test_an_autograder_that_cannot_start_leaves_a_sentence_that_is_no_grade(autograder):
    content = autograder(lambda folder: None, AUTOGRADER_PYTHON="/bin/false")
    assert content == gradescope.ended()
    assert "this 0 is not a grade" in content["output"]


def test_what_was_judged_stays_where_the_autograder_is_killed(autograder, tmp_path):
    root = tmp_path / "autograder"
    # Ends the grader as soon as its first results are there, as a limit of memory or time does.
    end = f"""
import json, os, signal, sys, threading, time
def watch():
    while len(json.load(open({str(root / "results" / "results.json")!r})).get("tests", [])) == 0:
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)
sys.argv = sys.argv[2:]
threading.Thread(target=watch, daemon=True).start()
from gluon_alexnet import cli
cli.main(sys.argv[1:])
"""
    python = tmp_path / "python"
    (tmp_path / "end.py").write_text(end, encoding="utf-8")
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path / "end.py"} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    content = autograder(lambda folder: answered(folder / "04_cost.ipynb"), AUTOGRADER_PYTHON=str(python))
    scored = [test for test in content["tests"] if "score" in test]
    assert content["score"] == sum(test["score"] for test in scored) < 20
    assert len(content["tests"]) == 8 and content["extra_data"]["not_judged"] is True
    assert "the grading was ended before its turn came" in content["tests"][-1]["output"]


def test_a_teachers_own_exercise_goes_with_its_checks(autograder, tmp_path):
    own, archive = tmp_path / "own", tmp_path / "own.zip"
    assert cli.main(["exercise", "build", str(demo.SOURCE), "--out", str(own)]) == 0
    assert cli.main(["grade", "--gradescope", str(archive), "--exercises", str(own), "00_demo"]) == 0
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.startswith("own/")]
    assert names == ["own/checks/00_demo.json"]
    content = autograder(lambda folder: demo.save(demo.notebook(), folder / "00_demo.ipynb"), archive)
    # The demo's three tasks: 3, 2 and 1 points.
    assert content["score"] == 6
