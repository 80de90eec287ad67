import json

import pytest
from fresh_python import python
from html_page import Page

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
        "  2. Second: 0,5/2 đúng một phần",
        "       a note",
        "       arrays & <shapes>: f(3) gives <4>",
        "  Điểm: 3,5/5",
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


@pytest.fixture
def page(tmp_path):
    other = result("vi", error="cannot <read>")
    report.write(tmp_path / "g.html", [{**result(possible=20), "note": "the <note>", "not_judged": 1}, other])
    return Page((tmp_path / "g.html").read_text(encoding="utf-8"))


def test_the_page_says_every_task_its_points_and_what_was_wrong(page):
    assert page.rows[2:] == [
        ["1", "First", "full marks", "3/3"],
        ["2", "Second", "partly right", "0.5/2"],
    ]
    assert "a note" in page.text and "arrays & <shapes>: f(3) gives <4>" in page.text
    assert [row[2] for row in page.rows[:2]] == ["3.5/20", "3,5/5"]


def test_the_page_says_what_must_be_known_of_a_score(page):
    for sentence in ("the <note>", "some tasks were left out", "1 points not judged, not lost: grade it again"):
        assert sentence in page.text


def test_the_page_escapes_what_students_wrote_and_loads_nothing(page):
    assert "cannot <read>" in page.text and "A <title>" in page.text
    assert not page.tags & {"read", "shapes", "note", "script", "link", "img"}
    assert {value for _, key, value in page.attributes if key in ("src", "href")} == {"#n0", "#n1"}


def test_a_name_that_cannot_be_written_is_shown_escaped(tmp_path):
    given = result()
    given["path"] = "caf\udce9.ipynb"
    report.write(tmp_path / "g.html", [given])
    assert r"caf\udce9.ipynb" in (tmp_path / "g.html").read_text(encoding="utf-8")


def test_what_a_terminal_is_told_needs_no_templates():
    program = "import sys, gluon_alexnet.grading.report; print({'jinja2', 'matplotlib', 'PIL', 'mxnet'} & {*sys.modules})"
    assert python(program).strip() == "set()"


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
