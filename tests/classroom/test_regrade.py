"""A class graded again after a check was mended."""

import csv
import dataclasses
import itertools
import json
import shutil
from pathlib import Path

import grading_demo as demo
import pytest

from gluon_alexnet import cli
from gluon_alexnet.classroom import gradebook, judge, regrade
from gluon_alexnet.classroom.exports import HandedIn
from gluon_alexnet.classroom.journal import Journal
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise
from gluon_alexnet.grading.submissions import Found

LIMITS = {"time_limit": 30.0, "memory_limit": 6.0}
# The first task's check before it was mended: it takes 7 for the double of 3, and nothing else.
BROKEN = 'def check(ask):\n    with ask.part(3, "seven"):\n        ask.call("double", 3).equals(7)\n'
# What each student has answered to it.
ANSWERS = {
    "ann": "def double(x):\n    return 2 * x",
    "ben": "def double(x):\n    return 7",
    "cem": "def double(x):\n    return mine(x)",
}


def with_check(name, check):
    """The demo, a task of which has another check."""
    tasks = tuple(dataclasses.replace(task, check=check) if task.name == name else task for task in demo.EXERCISE.tasks)
    return dataclasses.replace(demo.EXERCISE, tasks=tasks)


@pytest.fixture
def known(monkeypatch):
    """Makes an Exercise the only one that there is."""

    def use(one):
        monkeypatch.setattr(exercise, "list_exercises", lambda: ["00_demo"])
        monkeypatch.setattr(exercise, "load", lambda name: one)

    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    return use


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """The folder of a class of three graded by the broken check; what they handed in is gone."""
    folder, place = tmp_path_factory.mktemp("class") / "graded", tmp_path_factory.mktemp("handed-in")
    told = gradebook.Told(folder, (), seed=5, **LIMITS)
    with pytest.MonkeyPatch.context() as patch, Journal(folder) as journal:
        patch.setenv("FASHION_MNIST_DIR", "stand-in")
        patch.setattr(exercise, "list_exercises", lambda: ["00_demo"])
        patch.setattr(exercise, "load", lambda name: with_check("double", BROKEN))
        journal.tell(gradebook.begin(journal, told))
        for student, answer in ANSWERS.items():
            notebook = demo.notebook(double=answer)
            own = "def mine(x):\n    return x"
            notebook.cells.insert(1, dict(cell_type="code", id="own", metadata={}, source=own, outputs=[]))
            found = Found(demo.save(notebook, place / f"{student}.ipynb"))
            judged = judge.judge(found, LIMITS, 5)
            made = judge.made(student, "00_demo", judge.answer_digests(judged["result"]["answers"]), LIMITS, 5)
            journal.append(judge.row(HandedIn(student, "00_demo", found), judged, made))
            found.path.unlink()
    return folder


@pytest.fixture
def graded(once, known, tmp_path):
    known(with_check("double", BROKEN))
    return Path(shutil.copytree(once, tmp_path / "graded"))


def rows(folder):
    return {row["student"]: row for row in Journal(folder).rows()}


def points(folder):
    return {student: [task["earned"] for task in row["result"]["tasks"]] for student, row in rows(folder).items()}


def table(folder, name="regrade.csv"):
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_only_what_a_mended_check_touches_is_graded_again_without_any_file(graded, known, capsys):
    before = rows(graded)
    # By the broken check: nothing for the right answer, three points for the seven. The other tasks are solved: 2 and 1.
    assert points(graded) == {"ann": [0, 2, 1], "ben": [3, 2, 1], "cem": [0, 2, 1]}
    known(demo.EXERCISE)
    assert regrade.regrade(graded) == 0
    assert points(graded) == {"ann": [3, 2, 1], "ben": [0, 2, 1], "cem": [0, 2, 1]}
    after = rows(graded)
    for student in ANSWERS:
        touched = regrade.touched(before[student])
        kept = [task for task in before[student]["result"]["tasks"] if task["task"] not in touched]
        assert kept and all(task in after[student]["result"]["tasks"] for task in kept)
        for key in ("student", "source", "exercise"):
            assert after[student][key] == before[student][key]
        assert after[student]["result"]["seed"] == after[student]["made"]["seed"] == 5
        assert after[student]["made"]["tasks"] == exercise.digests(demo.EXERCISE)
    assert after["ann"]["result"]["earned"] == 6 and after["ann"]["result"]["full"] is True


def test_it_says_who_gains_who_loses_and_writes_it_down(graded, known, capsys):
    known(demo.EXERCISE)
    regrade.regrade(graded)
    said = capsys.readouterr().out.splitlines()
    assert "ann  00_demo double  0 -> 3 (+3)" in said
    assert any(line.startswith("ben  00_demo double  3 -> 0 (-3): ") for line in said)
    assert any(line.startswith("00_demo double: 1 gain, 1 lose (+0 points together), ") for line in said)
    lines = {line["student"]: line for line in table(graded) if line["task"] == "double"}
    assert {student: line["gain"] for student, line in lines.items()} == {"ann": "3", "ben": "-3", "cem": "0"}
    assert lines["ann"]["sentence_before"].startswith("seven: ") and lines["ann"]["sentence_after"] == ""
    # What their own cells define is known still, and so is the hint that goes with it.
    assert "you define mine in a cell of your own" in lines["cem"]["sentence_before"]
    assert "you define mine in a cell of your own" in lines["cem"]["sentence_after"]


def test_the_tables_say_the_new_points(graded, known):
    known(demo.EXERCISE)
    regrade.regrade(graded)
    with open(graded / "grades.csv", encoding="utf-8-sig", newline="") as file:
        scores = {line["student_id"]: float(line["score"]) for line in csv.DictReader(file)}
    assert scores == {"ann": 6, "ben": 3, "cem": 3}
    assert (graded / "index.html").is_file()


def test_where_nothing_was_mended_nothing_is_graded(graded, capsys):
    before = (graded / "journal.jsonl").read_bytes()
    assert regrade.regrade(graded) == 0
    assert capsys.readouterr().out.startswith("0 answers in 0 of 3 notebooks are graded again")
    assert (graded / "journal.jsonl").read_bytes() == before


def test_a_dry_run_writes_nothing_but_its_table(graded, known):
    known(demo.EXERCISE)
    before = {path.name: path.read_bytes() for path in graded.iterdir() if path.is_file()}
    assert regrade.regrade(graded, dry_run=True) == 0
    after = {path.name: path.read_bytes() for path in graded.iterdir() if path.is_file()}
    preview = after.pop("regrade-preview.csv").decode()
    assert after == before
    assert [line.split(",")[0] for line in preview.splitlines()[1:]].count("ann") == len(regrade.touched(rows(graded)["ann"]))


def test_what_was_stopped_goes_on_and_ends_with_the_same_table(graded, known, tmp_path):
    known(demo.EXERCISE)
    counter = itertools.count()

    def stop(line):
        # In the middle of the second notebook's lines.
        if " -> " in line and next(counter) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        regrade.regrade(graded, say=stop)
    assert len([row for row in rows(graded).values() if not regrade.touched(row)]) == 2
    assert regrade.regrade(graded, say=lambda line: None) == 0
    assert points(graded) == {"ann": [3, 2, 1], "ben": [0, 2, 1], "cem": [0, 2, 1]}
    assert sorted((line["student"], line["gain"]) for line in table(graded) if line["task"] == "double") == [
        ("ann", "3"),
        ("ben", "-3"),
        ("cem", "0"),
    ]


def test_a_sentence_that_changed_alone_is_told(graded, known, capsys):
    known(with_check("double", BROKEN.replace('"seven"', '"eight"')))
    regrade.regrade(graded)
    said = capsys.readouterr().out
    assert "00_demo double: 0 gain, 0 lose (+0 points together), 2 read another sentence, 1 stay as they are" in said


def test_one_task_is_graded_again_whatever_has_changed(graded, capsys):
    before = rows(graded)["ann"]["result"]["tasks"]
    assert regrade.regrade(graded, ["relu"]) == 0
    assert capsys.readouterr().out.startswith("3 answers in 3 of 3 notebooks are graded again")
    assert {line["task"] for line in table(graded)} == {"relu"}
    # Its inputs are drawn: the questions and the values are those of before.
    after = rows(graded)["ann"]["result"]["tasks"]
    assert after[1]["asked"] and [{**task, "seconds": 0} for task in after] == [{**task, "seconds": 0} for task in before]


def test_what_this_machine_cannot_judge_keeps_its_points_and_is_told(graded, known, monkeypatch, capsys):
    known(with_check("double", "def check(ask):\n    1 / 0\n"))
    assert regrade.regrade(graded) == 1
    assert points(graded) == {"ann": [0, 2, 1], "ben": [3, 2, 1], "cem": [0, 2, 1]}
    assert capsys.readouterr().out.count("kept as it was, ") == 3


def test_a_class_that_was_graded_on_other_data_is_not_mixed(graded, known, capsys):
    known(demo.EXERCISE)
    path = graded / "journal.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["result"]["data"] = "fashion-mnist"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert regrade.regrade(graded) == 1
    assert "it was graded on fashion-mnist, and here it would be on stand-in" in capsys.readouterr().out


def test_a_folder_without_a_class_is_one_sentence(tmp_path, capsys):
    with pytest.raises(UserError, match="holds no class"):
        regrade.regrade(tmp_path)
    assert cli.main(["regrade", str(tmp_path)]) == 1
    assert "holds no class" in capsys.readouterr().err


def test_a_class_with_codes_keeps_them(graded, known, capsys):
    about = json.loads((graded / "class.json").read_text(encoding="utf-8"))
    (graded / "class.json").write_text(json.dumps({**about, "anonymous": True}), encoding="utf-8")
    known(demo.EXERCISE)
    assert regrade.regrade(graded) == 0
    said = capsys.readouterr().out + (graded / "regrade.csv").read_text(encoding="utf-8")
    assert "ann" not in said and "ben" not in said
    assert len({line["student"] for line in table(graded)}) == 3


def test_a_teachers_own_exercise_by_the_commands_from_the_first_grading_to_the_mended_check(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    source = Path(demo.SOURCE).read_text(encoding="utf-8")
    # The check asks for more than the task says, which the solution happens to do: who adds numbers up loses that point.
    asked = '            ask.call("double", int(n)).equals(2 * int(n))\n'
    wrong = source.replace(asked, f'{asked}        ask.call("double", "ab").equals("abab")\n')
    assert wrong != source
    own, class_, out = tmp_path / "own", tmp_path / "class", tmp_path / "graded"
    mine = tmp_path / "00_demo.py"

    def build(text):
        mine.write_text(text, encoding="utf-8")
        assert cli.main(["exercise", "build", str(mine), "--out", str(own), "--force"]) == 0
        exercise.load.cache_clear()

    build(wrong)
    class_.mkdir()
    demo.save(demo.notebook(double="def double(x):\n    return sum([x, x])"), class_ / "00_demo.ipynb")
    assert cli.main(["grade", str(class_), "--out", str(out), "--exercises", str(own), "--jobs", "1", "--seed", "3"]) == 0
    (row,) = Journal(out).rows()
    assert row["result"]["earned"] == 5
    build(source)
    capsys.readouterr()
    assert cli.main(["regrade", str(out)]) == 0
    said = capsys.readouterr().out
    assert "00_demo double: 1 gain, 0 lose (+1 points together)" in said
    (row,) = Journal(out).rows()
    assert (row["result"]["earned"], row["made"]["seed"]) == (6, 3)
    # The row holds for the first command too, which grades nothing again.
    assert cli.main(["grade", str(class_), "--out", str(out), "--exercises", str(own), "--jobs", "1"]) == 0
    assert "1 of 1 notebooks are graded already" in capsys.readouterr().out
