import json

import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import report
from gluon_alexnet.grading.grade import Result, TaskResult

PART = {"points": 1, "title": "arrays & <shapes>", "earned": 0, "problem": "f(3) gives <4>", "kind": "wrong"}


def result(language="en", **changes):
    tasks = [TaskResult("a", 1, "First", 3, 3, "full"), TaskResult("b", 2, "Second", 2, 0.5, "partial", ["a note"], [PART])]
    about = {"seed": 7, "data": "stand-in", "isolation": "none", "possible": 5, **changes}
    return Result("x.ipynb", "00", "A <title>", language, tasks, **about).to_dict()


def test_the_terminal_shows_a_line_a_task_what_was_wrong_and_the_total():
    assert report.summary(result()) == [
        "A <title>  (x.ipynb)",
        "  1. First: 3/3 full marks",
        "  2. Second: 0.5/2 partly right",
        "       a note",
        "       arrays & <shapes>: f(3) gives <4>",
        "  Score: 3.5/5",
    ]


def test_it_speaks_vietnamese():
    assert report.summary(result("vi"))[2:] == [
        "  2. Second: 0.5/2 đúng một phần",
        "       a note",
        "       arrays & <shapes>: f(3) gives <4>",
        "  Điểm: 3.5/5",
    ]


def test_tasks_that_were_left_out_are_said():
    assert report.summary(result(possible=20))[-1] == "  Score: 3.5/20 (some tasks were left out)"


def test_json_holds_everything(tmp_path):
    report.write(tmp_path / "g.json", [result()])
    content = json.loads((tmp_path / "g.json").read_text(encoding="utf-8"))
    assert content["schema"] == 1
    (notebook,) = content["notebooks"]
    assert (notebook["earned"], notebook["points"], notebook["possible"], notebook["full"], notebook["seed"]) == (
        3.5,
        5,
        5,
        False,
        7,
    )
    assert notebook["tasks"][1]["parts"] == [PART]


def test_html_escapes_what_students_wrote(tmp_path):
    report.write(tmp_path / "g.html", [result(), result("vi", error="cannot <read>")])
    text = (tmp_path / "g.html").read_text(encoding="utf-8")
    assert "&lt;4&gt;" in text and "cannot &lt;read&gt;" in text and "<4>" not in text
    assert "7/10" in text


def test_another_ending_is_refused_before_anything_is_graded(tmp_path):
    with pytest.raises(UserError, match="must end in .json or .html"):
        report.check_path("grades.pdf")
    report.check_path(None)


def test_a_class_is_one_line_each():
    other = {**result(), "path": "b.ipynb", "earned": 0, "error": "b.ipynb cannot be read"}
    assert report.told([result(), other], details=False) == [
        " 3.5/5  x.ipynb  (partly right: 2)",
        "  -/-   b.ipynb cannot be read",
        "1 notebooks graded, 0 with full marks; 1 could not be graded",
    ]
