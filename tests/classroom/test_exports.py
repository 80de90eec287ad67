"""Who handed in what, told by names as LMSs give them, in folders and in zips; of several attempts the newest."""

import json
import zipfile

import grading_demo as demo
import pytest

from gluon_alexnet.classroom import exports
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import submissions

NOTEBOOK = json.dumps(demo.notebook())
BLACKBOARD_TXT = """\
Name: {name} ({user})
Assignment: Homework 1
Date Submitted: Friday, November 20, 2026 11:59:01 PM ICT
Current Grade: Needs Grading

Files:
\tOriginal filename: {file}
\tFilename: HW1_{user}_attempt_{when}_{file}
"""
# Psych, Ruby's YAML, writes the file; the fields are those that programs read from it.
GRADESCOPE_YML = """\
---
submission_101:
  :submitters:
  - :name: Jane Doe
    :sid: '3030'
    :email: jane@uni.edu
  :created_at: 2026-11-20 16:59:01.109082000 Z
  :score: 0.0
  :status: processed
  :history:
  - :id: 99
    :created_at: 2026-11-19 10:00:00.000000000 Z
submission_102:
  :submitters:
  - :name: "Nguy\\u1EC5n V\\u0103n An"
    :sid: ''
    :email: an@uni.edu
  - :name: L\u00ea B\u00ecnh
    :sid: 4040
    :email: binh@uni.edu
  :created_at: 2026-11-20 10:00:00.000000000 -07:00
"""


@pytest.fixture(autouse=True)
def two_exercises(monkeypatch, tmp_path):
    monkeypatch.setattr(submissions.exercises, "list_exercises", lambda: ["00_demo", "01_other"])
    monkeypatch.setattr(submissions.exercises, "load", lambda name: demo.EXERCISE if name == "00_demo" else NO_TASKS)
    monkeypatch.chdir(tmp_path)


NO_TASKS = type("Exercise", (), {"name": "01_other", "tasks": ()})


def lay(folder, *names, content=NOTEBOOK):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def packed(path, *names, **contents):
    """A zip at `path` of notebooks called `names`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, NOTEBOOK)
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def told(*paths, **more):
    """student -> (exercise, the file's name, timestamp, attempt of attempts, late)."""
    found, _ = exports.find(paths, **more)
    return {
        one.student: (one.exercise, one.found.name, one.timestamp, f"{one.attempt}/{one.attempts}", one.late) for one in found
    }


def test_canvas(tmp_path):
    names = [
        "doejane_LATE_4711_90001_00_demo.ipynb",
        "nguyễnvănan_4712_90002_00_demo-1.ipynb",
        "anon_ab12Z_90003_00_demo.ipynb",
        "LATE_anon_cd34Y_90004_00_demo.ipynb",
        "o_brien_4713_90005_notebook.ipynb",
    ]
    packed(tmp_path / "submissions.zip", *names)
    assert told(tmp_path / "submissions.zip") == {
        "doejane_4711": ("00_demo", names[0], "", "1/1", True),
        "nguyễnvănan_4712": ("00_demo", names[1], "", "2/2", False),
        "anon_ab12Z": ("00_demo", names[2], "", "1/1", False),
        "anon_cd34Y": ("00_demo", names[3], "", "1/1", True),
        "o_brien_4713": ("", names[4], "", "1/1", False),
    }


def test_of_canvas_attempts_the_last_upload_is_taken_and_it_is_said(tmp_path):
    lay(tmp_path, "doejane_4711_90009_00_demo-2.ipynb", "doejane_4711_90001_00_demo.ipynb", "doejane_4711_90005_00_demo-1.ipynb")
    (one,), lines = exports.find([tmp_path])
    assert (one.found.name, one.attempt, one.attempts) == ("doejane_4711_90009_00_demo-2.ipynb", 3, 3)
    said = (
        "the newest of 3 attempts was taken; not graded: doejane_4711_90005_00_demo-1.ipynb, doejane_4711_90001_00_demo.ipynb"
    )
    assert one.notes == [said]
    assert lines[0] == f"doejane_4711, 00_demo: doejane_4711_90009_00_demo-2.ipynb: {said}"


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Văn An_123_assignsubmission_file/00_demo.ipynb",
        "Nguyễn Văn An_123_assignsubmission_file_/00_demo.ipynb",
        "Nguyễn Văn An_123_assignsubmission_file_00_demo.ipynb",
        "Nguyễn Văn An_123_assignsubmission_file_/my work/00_demo.ipynb",
    ],
)
def test_moodle(tmp_path, name):
    lay(tmp_path / "unpacked", name)
    packed(tmp_path / "c-hw1-77.zip", name)
    for place in (tmp_path / "unpacked", tmp_path / "c-hw1-77.zip"):
        (one,), _ = exports.find([place])
        assert (one.student, one.exercise, one.name) == ("Nguyễn Văn An_123", "00_demo", "Nguyễn Văn An")


def test_moodle_marked_blindly(tmp_path):
    lay(tmp_path, "Participant_123_assignsubmission_file/00_demo.ipynb")
    (one,), _ = exports.find([tmp_path])
    assert (one.student, one.name) == ("Participant_123", "")


def test_blackboard(tmp_path):
    stamps = ("2026-11-19-10-00-00", "2026-11-20-23-59-01")
    for when in stamps:
        lay(tmp_path, f"HW1_j_doe_attempt_{when}_00_demo.ipynb")
        text = BLACKBOARD_TXT.format(name="Jane Doe", user="j_doe", when=when, file="00_demo.ipynb")
        lay(tmp_path, f"HW1_j_doe_attempt_{when}.txt", content=text)
    (one,), lines = exports.find([tmp_path])
    assert (one.student, one.name, one.timestamp) == ("j_doe", "Jane Doe", "2026-11-20T23:59:01")
    assert (one.attempt, one.attempts, one.found.name) == (2, 2, f"HW1_j_doe_attempt_{stamps[1]}_00_demo.ipynb")
    names = (f"HW1_j_doe_attempt_{when}.txt" for when in stamps)
    assert [line for line in lines if ".txt" in line] == [f"read, to know whose notebooks these are: {', '.join(names)}"]


def test_blackboard_without_its_texts_and_names_with_underscores(tmp_path):
    lay(tmp_path, *(f"Home_work_{user}_attempt_2026-11-20-23-59-01_a.ipynb" for user in ("j_doe", "kim")))
    assert [*told(tmp_path)] == ["j_doe", "kim"]


def test_gradescope(tmp_path):
    lay(tmp_path / "assignment_7_export", "submission_101/00_demo.ipynb", "submission_102/00_demo.ipynb", "submission_9/x.ipynb")
    lay(tmp_path / "assignment_7_export", "submission_metadata.yml", content=GRADESCOPE_YML)
    handed, lines = exports.find([tmp_path])
    found = {one.student: one for one in handed}
    assert (found["3030"].name, found["3030"].timestamp) == ("Jane Doe", "2026-11-20T16:59:01.109082+00:00")
    assert (found["an@uni.edu"].name, found["4040"].name) == ("Nguyễn Văn An", "Lê Bình")
    assert found["4040"].timestamp == "2026-11-20T10:00:00-07:00"
    assert found["4040"].notes == ["handed in by a group of 2: Nguyễn Văn An, Lê Bình"]
    assert "does not name it" in found["submission_9"].notes[0]
    assert "read, to know whose notebooks these are: assignment_7_export/submission_metadata.yml" in lines


def test_gradescope_in_a_zip(tmp_path):
    contents = {"assignment_7_export/submission_metadata.yml": GRADESCOPE_YML}
    packed(tmp_path / "x.zip", "assignment_7_export/submission_101/00_demo.ipynb", **contents)
    assert [*told(tmp_path / "x.zip")] == ["3030"]


@pytest.mark.parametrize("named", [".", "submitted"])
def test_nbgrader(tmp_path, named):
    lay(tmp_path, "submitted/hacker/ps1/problem 1.ipynb", "submitted/ben/ps1/00_demo.ipynb")
    lay(tmp_path, "submitted/hacker/ps1/timestamp.txt", content="2026-11-20 15:58:23.948203 UTC")
    assert told(tmp_path / named) == {
        "ben": ("00_demo", "00_demo.ipynb", "", "1/1", False),
        "hacker": ("", "problem 1.ipynb", "2026-11-20T15:58:23.948203+00:00", "1/1", False),
    }


def test_nbgraders_exchange(tmp_path):
    lay(tmp_path, "inbound/a+b+ps1+2026-11-20 15:58:23.948203 UTC+c3x/00_demo.ipynb")
    (one,), _ = exports.find([tmp_path])
    assert (one.student, one.timestamp) == ("a+b", "2026-11-20T15:58:23.948203+00:00")


def test_google_classroom(tmp_path):
    names = ["00_demo - Jane Doe.ipynb", "Copy of 00_demo - An Nguyễn.ipynb", "00_demo - Jane Doe (1).ipynb"]
    packed(tmp_path / "drive-download.zip", *(f"Homework 1/{name}" for name in names))
    handed, lines = exports.find([tmp_path / "drive-download.zip"])
    assert [(one.student, one.found.name) for one in handed] == [("An Nguyễn", names[1]), ("Jane Doe", names[2])]
    assert any("equal to the last byte" in line or "newest of 2" in line for line in lines)


def test_github_classroom(tmp_path):
    lay(tmp_path, "hw-one-submissions/hw-one-jane-doe/a.ipynb", "hw-one-submissions/hw-one-kim/a.ipynb")
    lay(tmp_path / "other", "00-demo-jane/nb.ipynb", "00-demo-kim/nb.ipynb")
    assert [*told(tmp_path / "hw-one-submissions"), *told(tmp_path)] == ["jane-doe", "kim"] + ["jane", "jane-doe", "kim"]
    assert told(tmp_path / "other")["jane"][0] == "00_demo"


def test_a_folder_for_each_student_however_it_is_named(tmp_path):
    lay(tmp_path / "class", "sv01/00_demo.ipynb", "sv02/answers/00_demo.ipynb", "sv02/answers/01_other.ipynb")
    assert [*told(tmp_path / "class")] == ["sv01", "sv02"]
    assert [*told(tmp_path)] == ["sv01", "sv02"]
    assert [*told(tmp_path / "class/sv01", tmp_path / "class/sv02")] == ["sv01", "sv02"]
    assert [*told(tmp_path / "class/sv01/00_demo.ipynb", tmp_path / "class/sv02/answers/00_demo.ipynb")] == ["sv01", "sv02"]
    # By exercise first.
    lay(tmp_path / "by", "00_demo/sv01/a.ipynb", "00_demo/sv02/a.ipynb")
    assert told(tmp_path / "by") == dict.fromkeys(("sv01", "sv02"), ("00_demo", "a.ipynb", "", "1/1", False))


def test_names_before_the_exercises(tmp_path):
    lay(tmp_path / "week 2", "sv01_00_demo.ipynb", "sv02-00_demo.ipynb", "Trần Bình 00_demo.ipynb")
    for place in (tmp_path, tmp_path / "week 2"):
        assert [*told(place)] == ["Trần Bình", "sv01", "sv02"]


def test_a_draft_in_a_students_folder_is_no_student(tmp_path):
    lay(tmp_path, "sv01/00_demo.ipynb", "sv02/00_demo.ipynb", "sv01/old_00_demo.ipynb")
    handed, lines = exports.find([tmp_path])
    assert [one.student for one in handed] == ["sv01", "sv02"]


def test_each_students_own_zip(tmp_path):
    packed(tmp_path / "inner.zip", "hw/00_demo.ipynb", "__MACOSX/hw/._00_demo.ipynb")
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name in ("doejane_4711_90001_hw.zip", "kim_4712_90002_hw.zip"):
            archive.write(tmp_path / "inner.zip", name)
    (tmp_path / "inner.zip").rename(tmp_path / "sv03.zip")
    handed, lines = exports.find([tmp_path])
    assert [(one.student, one.found.shown) for one in handed] == [
        ("doejane_4711", "class.zip!doejane_4711_90001_hw.zip!hw/00_demo.ipynb"),
        ("kim_4712", "class.zip!kim_4712_90002_hw.zip!hw/00_demo.ipynb"),
        ("sv03", "sv03.zip!hw/00_demo.ipynb"),
    ]
    assert "passed over, as computers leave it by themselves: __MACOSX (3)" in lines


def test_notebooks_of_nobody_are_each_their_own(tmp_path):
    lay(tmp_path, "00_demo.ipynb", "a.ipynb", "b.ipynb")
    handed, lines = exports.find([tmp_path])
    assert [one.student for one in handed] == ["", "", ""]
    assert "whose they are, no name tells; --pattern can: 00_demo.ipynb, a.ipynb, b.ipynb" in lines


def test_what_no_name_can_decide_is_said(tmp_path):
    lay(tmp_path, "sv01/a/00_demo.ipynb", "sv02/00_demo.ipynb")
    lay(tmp_path, "sv01/b/00_demo.ipynb", content=NOTEBOOK + " ")
    handed, lines = exports.find([tmp_path])
    assert [one.found.shown for one in handed] == ["sv01/b/00_demo.ipynb", "sv02/00_demo.ipynb"]
    assert lines[0] == (
        "sv01, 00_demo: sv01/b/00_demo.ipynb: of 2 notebooks no name says which is the newest, this one was taken; "
        "not graded: sv01/a/00_demo.ipynb"
    )


def test_two_exercises_of_one_student_are_told_apart_by_their_cells(tmp_path):
    lay(tmp_path, "sv01/Untitled.ipynb", "sv02/00_demo.ipynb")
    other = json.dumps({"nbformat": 4, "metadata": {"gluon_alexnet": {"exercise": "01_other"}}, "cells": []})
    lay(tmp_path, "sv01/Untitled1.ipynb", content=other)
    handed, _ = exports.find([tmp_path])
    assert [(one.student, one.exercise) for one in handed] == [("sv01", "00_demo"), ("sv01", "01_other"), ("sv02", "00_demo")]


def test_two_spellings_are_kept_apart_and_said(tmp_path):
    lay(tmp_path, "Trần Văn An/00_demo.ipynb", "tran van an/00_demo.ipynb", "sv03/00_demo.ipynb")
    handed, lines = exports.find([tmp_path])
    assert len(handed) == 3
    assert "these may be one student, spelled in 2 ways, and were kept apart: Trần Văn An, tran van an" in lines


def test_accents_apart_from_their_letters_are_the_same_name(tmp_path):
    packed(tmp_path / "mac.zip", "Nguye\u0302\u0303n An/00_demo.ipynb", "b/00_demo.ipynb")
    assert [*told(tmp_path / "mac.zip")] == ["Nguy\u1ec5n An", "b"]


def test_what_stands_beside_a_students_notebook_is_left_out_and_said(tmp_path):
    lay(tmp_path, "sv01/00_demo.ipynb", "sv01/data.rar", "sv02/work.rar", "sv02/read.me", "sv01/.ipynb_checkpoints/a.ipynb")
    handed, lines = exports.find([tmp_path])
    assert [(one.student, bool(one.found.problem)) for one in handed] == [("sv01", False), ("sv02", True)]
    assert lines == [
        "left out, since there is a notebook too: sv01/data.rar is an archive, and was not looked into: unpack it, and grade "
        "what it holds",
        "whose they are was told by: a folder for each student (3)",
        "left out, being no exercises (.me): sv02/read.me",
        "passed over, as computers leave it by themselves: .ipynb_checkpoints (1)",
    ]


def test_a_pattern_says_it_all(tmp_path):
    lay(tmp_path, "2026-11-20T10:00/an/00_demo/try2/nb.ipynb", "2026-11-19T10:00/an/00_demo/try1/nb.ipynb", "x.ipynb")
    pattern = r"(?P<timestamp>[^/]+)/(?P<student>[^/]+)/(?P<exercise>[^/]+)/try(?P<attempt>\d+)"
    handed, lines = exports.find([tmp_path], pattern)
    assert [(one.student, one.exercise, one.timestamp, one.attempt) for one in handed] == [
        ("an", "00_demo", "2026-11-20T10:00:00", 2)
    ]
    assert lines[0] == "left out, since the pattern does not fit them: x.ipynb"


def test_a_pattern_of_first_and_last_names(tmp_path):
    lay(tmp_path, "Doe, Jane LATE/00_demo.ipynb")
    (one,), _ = exports.find([tmp_path], r"(?P<last_name>[^/,]+), (?P<first_name>\w+)(?P<late> LATE)?/")
    assert (one.student, one.name, one.late) == ("Jane Doe", "Jane Doe", True)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(?P<student>", "is no regular expression"),
        ("(?P<who>.*)", "has a group called 'who': the groups that are known are student, exercise"),
        ("(?P<exercise>.*)", r"needs a group such as \(\?P<student>"),
        ("(?P<student>zzz)", "fits none of 1 paths, such as a.ipynb"),
    ],
)
def test_patterns_that_are_none_are_one_sentence(tmp_path, pattern, said):
    lay(tmp_path, "a.ipynb")
    with pytest.raises(UserError, match=said) as caught:
        exports.find([tmp_path], pattern)
    assert "\n" not in str(caught.value)


def test_names_that_are_made_to_confuse_end_on_one_line(tmp_path):
    packed(tmp_path / "c.zip", "a\nb\x1b[2J/00_demo.ipynb", "../00_demo.ipynb", "c/00_demo.ipynb")
    handed, lines = exports.find([tmp_path / "c.zip"])
    assert [one.student for one in handed] == ["", "a\\nb\\x1b[2J", "c"]
    assert "leads out of its zip" in handed[0].found.problem
    assert not [line for line in lines if "\n" in line or "\x1b" in line]


def test_a_notebook_of_ones_own_beside_an_exercise_is_left_out_and_a_broken_one_is_not(tmp_path):
    lay(tmp_path, "sv01/00_demo.ipynb", "sv02/00_demo.ipynb", "sv03/00_demo.ipynb")
    lay(tmp_path, "sv01/scratch.ipynb", "sv04/scratch.ipynb", content='{"cells": [], "metadata": {}}')
    lay(tmp_path, "sv02/other.ipynb", content='{"cells": [')
    handed, lines = exports.find([tmp_path])
    assert [(one.student, one.exercise) for one in handed] == [
        ("sv01", "00_demo"),
        ("sv02", ""),
        ("sv02", "00_demo"),
        ("sv03", "00_demo"),
        ("sv04", ""),
    ]
    assert lines[0] == "left out, being none of the exercises, beside one that is: sv01/scratch.ipynb"


def test_the_upload_decides_and_not_the_name(tmp_path):
    lay(tmp_path, "doejane_4711_90005_a 00_demo.ipynb", "doejane_4711_90001_b 00_demo.ipynb", "kim_4712_90002_00_demo.ipynb")
    assert told(tmp_path)["doejane_4711"][1] == "doejane_4711_90005_a 00_demo.ipynb"


def test_the_later_moment_counts_whatever_its_time_zone(tmp_path):
    lay(tmp_path, "an 2026-11-20T10:00+07:00 00_demo.ipynb", "an 2026-11-20T04:00+00:00 00_demo.ipynb")
    found = told(tmp_path, pattern=r"(?P<student>\w+) (?P<timestamp>\S+) ")
    assert found["an"][2] == "2026-11-20T04:00:00+00:00"


def test_equal_notebooks_are_no_doubt(tmp_path):
    lay(tmp_path, "sv01/a/00_demo.ipynb", "sv01/b/00_demo.ipynb", "sv02/00_demo.ipynb")
    _, lines = exports.find([tmp_path])
    assert "2 attempts are there, some of them equal to the last byte, one was taken" in lines[0]


def test_a_class_of_one(tmp_path):
    lay(tmp_path, "class/sv01/00_demo.ipynb")
    assert [*told(tmp_path)] == [*told(tmp_path / "class")] == ["sv01"]


def test_a_zip_for_each_assignment(tmp_path):
    for name in ("hw1", "hw2"):
        packed(tmp_path / f"{name}.zip", *(f"{student}/notebook.ipynb" for student in ("an", "binh", "chi")))
    handed, _ = exports.find([tmp_path / "hw1.zip", tmp_path / "hw2.zip"])
    assert [one.student for one in handed] == [one.student for one in exports.find([tmp_path])[0]] == ["an", "binh", "chi"]


def test_a_folder_for_each_group_of_the_class(tmp_path):
    lay(tmp_path, *(f"group {group}/{student}/00_demo.ipynb" for group in "AB" for student in (f"an{group}", f"chi{group}")))
    assert [*told(tmp_path)] == ["anA", "anB", "chiA", "chiB"]


def test_a_folder_for_each_assignment_below_each_student(tmp_path):
    lay(tmp_path, *(f"{student}/{name}/notebook.ipynb" for student in ("an", "binh", "chi") for name in ("hw1", "hw2")))
    assert [*told(tmp_path)] == ["an", "binh", "chi"]
