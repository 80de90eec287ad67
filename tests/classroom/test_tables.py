"""Tables of a class: nbgrader's columns to the letter, empty scores for what was not judged, the same bytes each time."""

import csv
import json

import pytest
from class_rows import POINTS, row, task

from gluon_alexnet.classroom import anonymous, comments, deadlines, roster, tables
from gluon_alexnet.errors import UserError

# Written by nbgrader 0.9.5 (`nbgrader export`) of a gradebook with these students, dates and points.
BY_NBGRADER = """\
assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score
02_simplify,2026-11-20 16:59:00,2026-11-21 10:00:00.948203,bitdiddle,,Ben,,1.5,0.5,1.0,6.0
02_simplify,2026-11-20 16:59:00,2015-02-02 15:58:23,hacker,Nguyễn,Alyssa,a@b.c,5.0,0.0,5.0,6.0
"""


@pytest.fixture(autouse=True)
def two_exercises(monkeypatch):
    def load(name):
        if name not in POINTS:
            raise UserError(f"there is no exercise {name}")
        tasks = [type("Task", (), {"name": task, "points": points}) for task, points in POINTS[name].items()]
        return type("Exercise", (), {"points": sum(POINTS[name].values()), "tasks": tasks})

    monkeypatch.setattr(tables.exercises, "load", load)
    monkeypatch.setattr(deadlines.submissions.exercises, "list_exercises", lambda: list(POINTS))


def table(folder, name):
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def people(text, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return roster.read(path)


def remarks(text, tmp_path):
    path = tmp_path / "comments.csv"
    path.write_text(text, encoding="utf-8")
    return comments.read(path)


def one(entries, student):
    (entry,) = [each for each in entries if each["student"] == student]
    return entry


def test_grades_are_written_as_nbgrader_writes_them(tmp_path):
    rows = [
        row("hacker", gates=2.0, cost=3.0, timestamp="2015-02-02T15:58:23+00:00"),
        row("bitdiddle", gates=1.5, timestamp="2026-11-21T10:00:00.948203+00:00"),
    ]
    who = people("id,last_name,first_name,email\nbitdiddle,,Ben,\nhacker,Nguyễn,Alyssa,a@b.c\n", tmp_path)
    due = deadlines.read("2026-11-20T23:59+07:00, 0.5 points/day")
    tables.write(tmp_path, tables.entries(rows, who, due))
    assert (tmp_path / "grades.csv").read_text(encoding="utf-8") == BY_NBGRADER


def test_what_was_not_judged_has_an_empty_score_and_a_flag_and_never_a_0(tmp_path):
    rows = [
        row("a", gates=2.0, flag="machine"),
        row("b", gates=2.0, flag="our fault"),
        row("c", error="class/c.ipynb is not a notebook", flag="unreadable"),
        row("d"),
    ]
    rows[0]["result"]["tasks"][1]["status"] = "machine"
    tables.write(tmp_path, tables.entries(rows, people("id,name\na,A\nb,B\nc,C\nd,D\ne,E\n", tmp_path)))
    grades = {each["student_id"]: each for each in table(tmp_path, "grades.csv")}
    assert {who: each["score"] for who, each in grades.items()} == {"a": "", "b": "", "c": "", "d": "0.0", "e": ""}
    assert all(each["max_score"] == "6.0" for each in grades.values())
    tasks = {each["student_id"]: each for each in table(tmp_path, "tasks.csv")}
    assert (tasks["a"]["02_simplify.gates"], tasks["a"]["02_simplify.cost"]) == ("2.0", "")
    assert {who: each["02_simplify.flag"] for who, each in tasks.items()} == {
        "a": "machine",
        "b": "our fault",
        "c": "unreadable",
        "d": "",
        "e": "missing",
    }
    course = {each["student_id"]: each for each in table(tmp_path, "course.csv")}
    assert (course["e"]["total"], course["e"]["flags"], course["d"]["total"]) == ("", "02_simplify: missing", "0.0")


def test_the_course_has_a_column_for_each_exercise(tmp_path):
    rows = [row("a", gates=2.0, cost=4.0), row("a", "04_own", own=1.5), row("b", "04_own", own=6.0)]
    tables.write(tmp_path, tables.entries(rows))
    assert table(tmp_path, "course.csv") == [
        dict(student_id="a", name="", **{"02_simplify": "6.0", "04_own": "1.5"}, total="7.5", max_total="12.0", flags=""),
        dict(student_id="b", name="", **{"02_simplify": "", "04_own": "6.0"}, total="6.0", max_total="12.0", flags=""),
    ]


def test_the_same_rows_in_any_order_make_the_same_bytes(tmp_path):
    rows = [row("b", gates=0.1), row("a", gates=0.2, cost=0.1), row("a", "04_own"), row("", source="x"), row("", source="y")]
    tables.write(tmp_path / "1", tables.entries(rows))
    later = [{**each, "finished": "2027-01-01T00:00:00"} for each in reversed(rows)]
    tables.write(tmp_path / "2", tables.entries(later))
    for name in ("grades.csv", "tasks.csv", "course.csv", "grades.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    # .2 + .1 has a tail in binary.
    assert [each["raw_score"] for each in table(tmp_path / "1", "grades.csv")] == ["0.0", "0.0", "0.3", "0.1", "0.0"]


def test_what_a_student_can_choose_is_never_a_formula(tmp_path):
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "a\n=1"]
    tables.write(tmp_path, tables.entries([row(name) for name in names]))
    cells = [each["student_id"] for each in table(tmp_path, "grades.csv")]
    assert sorted(cells) == ["'+1", "'-1", "'=1+1", "'@SUM(A1)", "a\\n=1"]


def test_who_is_on_the_roster_under_another_name_is_one_student_and_strangers_are_kept_and_named(tmp_path):
    who = people("Student,ID,SIS Login ID,Section\n    Points Possible,,,\n\"Nguyễn, An\",4711,an.nguyen,A\n", tmp_path)
    rows = [row("nguyễnan_4711", gates=2.0), row("Nobody Known")]
    made = tables.entries(rows, who)
    assert [(each["student"], each["last_name"], each["first_name"], each["raw_score"]) for each in made] == [
        ("Nobody Known", "", "", 0.0),
        ("an.nguyen", "Nguyễn", "An", 2.0),
    ]
    assert tables.problems(rows, who) == ["Nobody Known is not on the roster; kept as it is"]


def test_of_two_spellings_of_one_student_the_newer_notebook_counts_and_it_is_said(tmp_path):
    who = people("id,name\n17,Trần Văn An\n", tmp_path)
    rows = [
        row("Trần Văn An", gates=2.0, timestamp="2026-11-02T10:00:00Z"),
        row("tran van an", gates=1.0, timestamp="2026-11-01T10:00:00Z"),
    ]
    (entry,) = tables.entries(rows, who)
    assert (entry["student"], entry["raw_score"]) == ("17", 2.0)
    assert tables.problems(rows, who) == [
        "Trần Văn An, tran van an are one student on the roster: 17",
        "17, 02_simplify: of 2 notebooks class/Trần Văn An/02_simplify.ipynb counts, not class/tran van an/02_simplify.ipynb",
    ]


def test_being_late_costs_by_the_rule_and_raw_stays(tmp_path):
    rows = [
        row("a", gates=2.0, cost=4.0, timestamp="2026-11-22T00:00:01+00:00"),
        row("b", gates=2.0, timestamp="2026-11-21T00:00:00+00:00"),
        row("c", gates=2.0, late=True),
    ]
    due = deadlines.read("2026-11-21 00:00 UTC, 10%/day up to 50%")
    made = tables.entries(rows, None, due)
    # Two days have begun: twice 10 % of 6 points.
    assert [(each["raw_score"], each["late_submission_penalty"], each["score"]) for each in made] == [
        (6.0, 1.2, 4.8),
        (2.0, 0.0, 2.0),
        (2.0, 0.0, 2.0),
    ]
    assert tables.problems(rows, None, due) == [
        "nobody knows when 1 notebooks were handed in, so there is no penalty for them: c; the LMS calls late: c"
    ]


def test_an_extension_is_found_by_any_of_a_students_names(tmp_path):
    path = tmp_path / "due.csv"
    path.write_text("exercise,duedate,student,late\n02,2026-11-20T00:00Z,,1 point/day\n02,2026-11-25T00:00Z,an.nguyen,\n")
    who = people("Student,ID,SIS Login ID\n\"Nguyễn, An\",4711,an.nguyen\n\"Lê, Bình\",4712,b\n", tmp_path)
    rows = [row(f"x_{number}", gates=2.0, timestamp="2026-11-21T12:00:00Z") for number in (4711, 4712)]
    made = tables.entries(rows, who, deadlines.read(path))
    assert {each["student"]: each["score"] for each in made} == {"an.nguyen": 2.0, "b": 0.0}


def test_comments_add_points_within_0_and_the_maximum(tmp_path):
    rows = [row("a", gates=2.0, cost=3.0), row("b", gates=1.0)]
    text = "student,task,points,comment\na,cost,2,well argued\nb,gates,-3,no units\nb,,,see me\n"
    made = tables.entries(rows, comments=remarks(text, tmp_path))
    assert [(each["raw_score"], each["score"]) for each in made] == [(6.0, 6.0), (0.0, 0.0)]
    assert one(made, "b")["comments"] == [
        {"task": "gates", "points": -3.0, "comment": "no units"},
        {"task": "", "points": None, "comment": "see me"},
    ]
    assert tables.problems(rows, comments=remarks(text, tmp_path)) == [
        "a, 02_simplify: the comments bring 7 points, of which 6 count, since there are 6",
        "b, 02_simplify: the comments bring -2 points, of which 0 count, since there are 6",
    ]


def test_comments_on_nobody_and_on_no_task_are_named(tmp_path):
    rows = [row("a"), row("a", "04_own")]
    text = "student,task,points,comment\nx,cost,1,\na,nothing,1,\na,,1,which\na,own,1,fine\n"
    assert tables.problems(rows, comments=remarks(text, tmp_path)) == [
        "line 2 of the comments: 'x' is nobody who has handed in or is on the roster; not taken",
        "line 3 of the comments: a has no task 'nothing', but cost, gates, own; not taken",
        "line 4 of the comments: it may be about 02_simplify or 04_own: say which in a column exercise; not taken",
    ]


def test_a_teachers_points_stand_for_what_could_not_be_judged(tmp_path):
    rows = [row("a", error="no notebook", flag="unreadable"), row("b", gates=2.0, flag="our fault"), row("c", flag="our fault")]
    for each in rows[1:]:
        each["result"]["tasks"][1]["status"] = "our fault"
    text = "student,task,points,comment\na,,4,read on paper\nb,cost,3,by hand\nc,gates,1,\n"
    made = tables.entries(rows, comments=remarks(text, tmp_path))
    assert [(each["raw_score"], each["flag"]) for each in made] == [(4.0, ""), (5.0, ""), (None, "our fault")]
    (line,) = tables.problems(rows, comments=remarks(text, tmp_path))
    assert "c, 02_simplify: points for gates are not counted" in line


def test_codes_stand_for_names_in_tables_paths_and_sentences(tmp_path):
    source = "class/doejane_4711_9001_02_simplify.ipynb"
    rows = [
        row("doejane_4711", gates=2.0, source=source, notes=[f"the newest of 2 attempts was taken; not graded: {source}.old"]),
        row("roe_4712", source="class/roe.ipynb", flag="unreadable", error="class/roe.ipynb is not a notebook"),
    ]
    rows[0]["result"]["tasks"][0]["notes"] = ["FileNotFoundError: /home/doejane/x.npy"]
    keys = anonymous.codes(tmp_path, tables.students(rows))
    tables.write(tmp_path, tables.entries(rows, anonymous=keys))
    told = "".join((tmp_path / name).read_text() for name in ("grades.csv", "tasks.csv", "course.csv", "grades.json"))
    assert "doe" not in told and "roe" not in told and "4711" not in told
    assert "doe" not in json.dumps(tables.entries(rows, anonymous=keys)).replace("does", "")
    assert {each["student_id"] for each in table(tmp_path, "grades.csv")} == {*keys.values()}


def test_lines_for_a_page_name_nobody(tmp_path):
    who = people('Student,ID,SIS User ID\n"Nguyễn, Văn An",4711,B1\n', tmp_path)
    rows = [row("Nguyễn Văn An_4711", source="c.zip!Nguyễn Văn An_4711_assignsubmission_file_/x.ipynb"), row("kim")]
    keys = {"B1": "S-AAAAA", "kim": "S-BBBBB"}
    path = "c.zip!Nguyễn Văn An_4711_assignsubmission_file_/x.ipynb"
    lines = [
        f"Nguyễn Văn An_4711, 00_demo: {path}: the newest of 2 attempts was taken; not graded: {path}",
        f"Trần Lê, 00_demo: Trần Lê_1_assignsubmission_file_/x.ipynb: the newest of 2 attempts was taken; not graded: {path}",
        "kim, no known exercise: a.ipynb: of 2 notebooks no name says which is the newest, this one was taken; not graded: b",
        "left out, being no exercises (.txt): Lê Bình/a.txt",
        "whose they are was told by: Moodle (2)",
        "line 4 of the comments: 'Lê Bình' is nobody who has handed in or is on the roster; not taken",
        *tables.problems(rows, who),
    ]
    assert tables.hidden_lines(lines, rows, who, keys) == [
        "S-AAAAA, 00_demo: the newest of 2 attempts was taken",
        "somebody, 00_demo: the newest of 2 attempts was taken",
        "S-BBBBB, no known exercise: of 2 notebooks no name says which is the newest, this one was taken",
        "left out, being no exercises (.txt) (named on the terminal)",
        "whose they are was told by: Moodle (2)",
        "line 4 of the comments (named on the terminal)",
        "S-BBBBB is not on the roster; kept as it is",
    ]


def test_codes_stay_and_new_students_get_new_ones(tmp_path):
    first = anonymous.codes(tmp_path, ["a", "=b"])
    later = anonymous.codes(tmp_path, ["c", "a"])
    assert later == {**first, "c": later["c"]} and len({*later.values()}) == 3
    assert "'=b" in (tmp_path / "anonymous.csv").read_text()


def test_points_by_hand_of_a_task_stand_in_its_column(tmp_path):
    rows = [row("a", gates=1.0)]
    assert task("gates", 2.0, 2.0)["status"] == "full"
    tables.write(tmp_path, tables.entries(rows, comments=remarks("student;task;points\na;gates;0,5\n", tmp_path)))
    assert table(tmp_path, "tasks.csv")[0]["02_simplify.gates"] == "1.5"


def test_what_cannot_be_read_is_of_the_only_exercise_that_there_is(tmp_path):
    unread = {**row("b", flag="unreadable", error="b.rar is an archive"), "exercise": ""}
    who = people("id,name\na,A\nb,B\n", tmp_path)
    made = tables.entries([row("a", gates=2.0), unread], who)
    assert [(each["student"], each["exercise"], each["flag"], each["max_score"]) for each in made] == [
        ("a", "02_simplify", "", 6.0),
        ("b", "02_simplify", "unreadable", 6.0),
    ]
    # Of two exercises nobody knows.
    made = tables.entries([row("a", gates=2.0), row("a", "04_own"), unread], who)
    assert [(each["exercise"], each["flag"]) for each in made if each["student"] == "b"] == [
        ("", "unreadable"),
        ("02_simplify", "missing"),
        ("04_own", "missing"),
    ]


def test_notebooks_of_nobody_keep_a_row_and_a_code_each(tmp_path):
    rows = [row("", source="a/x.ipynb", gates=1.0), row("", source="a/y.ipynb", gates=2.0)]
    tables.write(tmp_path, tables.entries(rows))
    totals = {each["name"]: each["total"] for each in table(tmp_path, "course.csv")}
    assert totals == {"a/x.ipynb": "1.0", "a/y.ipynb": "2.0"}
    keys = anonymous.codes(tmp_path, tables.students(rows))
    tables.write(tmp_path, tables.entries(rows, anonymous=keys))
    assert {each["student_id"] for each in table(tmp_path, "course.csv")} == {*keys.values()} and len(keys) == 2
    assert "x.ipynb" not in (tmp_path / "grades.json").read_text()


def test_the_order_of_codes_does_not_tell_the_order_of_names():
    rows = [row("ann"), row("bob"), row("cid")]
    made = tables.entries(rows, anonymous={"ann": "S-C", "bob": "S-A", "cid": "S-B"})
    assert [each["student"] for each in made] == ["S-A", "S-B", "S-C"]
