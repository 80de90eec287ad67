"""PrairieLearn's results.json beside its documentation's example."""

import json
from pathlib import Path

import pytest

from gluon_alexnet import cli
from gluon_alexnet.classroom import prairielearn
from gluon_alexnet.classroom.upload import Upload

SOLUTIONS = Path(__file__).resolve().parent.parent.parent / "solutions"
# docs/Dev-Guide/How-To-Guide/externalGrading.md of PrairieLearn, "Grading results", without its images.
DOCUMENTED = {
    "gradable": True,
    "score": 0.25,
    "message": "Tests completed successfully.",
    "output": "Running tests...\nTest 1 passed\nTest 2 failed!\n...",
    "tests": [
        {
            "name": "Test 1",
            "description": "Tests that a thing does a thing.",
            "points": 1,
            "max_points": 1,
            "message": "No errors!",
            "output": "Running test...\nYour output matched the expected output!",
        },
        {
            "name": "Test 2",
            "description": "Like Test 1, but harder, you'll probably fail it.",
            "points": 0,
            "max_points": 3,
            "message": "Make sure that your code is doing the thing correctly.",
            "output": "Running test...\nYour output did not match the expected output.",
        },
    ],
}


def task(number, points, earned, status, *notes):
    """A TaskResult as a dict."""
    about = dict(task=f"t{number}", number=number, title=f"Task {number}", points=points, earned=earned, status=status)
    return {**about, "notes": list(notes), "parts": []}


def upload(*tasks, not_judged=0, **more):
    totals = {key: sum(each[key] for each in tasks) for key in ("points", "earned")}
    result = dict(exercise="04_cost", title="Costs", language="en", tasks=list(tasks), note="", not_judged=not_judged)
    return Upload(attempts={"04_cost": [{**result, **totals, "possible": totals["points"]}]}, **more)


def test_the_documentations_own_example_is_what_such_tasks_make():
    content = prairielearn.results(upload(task(1, 1, 1, "full"), task(2, 3, 0, "wrong", "the bias is missing")))
    # As there: one point of four.
    assert content["score"] == DOCUMENTED["score"] and content["gradable"] is DOCUMENTED["gradable"]
    assert {*content} == {*DOCUMENTED}
    for ours, theirs in zip(content["tests"], DOCUMENTED["tests"], strict=True):
        assert {*ours} == {*theirs}
        assert all(type(ours[key]) is type(theirs[key]) for key in theirs)
        assert (ours["points"], ours["max_points"]) == (theirs["points"], theirs["max_points"])
    assert content["tests"][1]["message"] == "the bias is missing"


def test_what_cannot_be_read_costs_no_attempt_and_says_why():
    content = prairielearn.results(Upload(unread=["04_cost.ipynb is empty, not a notebook"]))
    assert content["gradable"] is False and "score" not in content
    assert content["format_errors"] == ["04_cost.ipynb is empty, not a notebook"]


def test_what_this_machine_did_not_judge_costs_no_attempt():
    content = prairielearn.results(upload(task(1, 1, 1, "full"), task(2, 3, 0, "machine", "too busy"), not_judged=3))
    assert content["gradable"] is False and "score" not in content
    assert content["format_errors"] == ["3 points not judged, not lost: grade it again"]


def test_the_command_reads_the_folder_of_a_question_and_writes_its_results(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    grade = tmp_path / "grade"
    (grade / "student").mkdir(parents=True)
    (grade / "student" / "my-04_cost.ipynb").write_bytes((SOLUTIONS / "04_cost.ipynb").read_bytes())
    # PrairieLearn does not make the folder of the results.
    results = grade / "results" / "results.json"
    words = ["grade", str(grade / "student"), "--report", str(results), "--format", "prairielearn", "--exercise", "04_cost"]
    assert cli.main(words) == 0
    content = json.loads(results.read_text(encoding="utf-8"))
    assert (content["gradable"], content["score"]) == (True, 1.0)
    assert sum(test["max_points"] for test in content["tests"]) == 20
    assert "20/20" in capsys.readouterr().out


@pytest.mark.parametrize("format", ["gradescope", "prairielearn"])
def test_a_format_without_a_file_to_write_is_one_sentence(format, tmp_path, capsys):
    assert cli.main(["grade", str(tmp_path), "--format", format]) == 1
    assert f"--format {format} needs --report results.json" in capsys.readouterr().err
