"""A class graded into a folder: what is graded, what is graded again, what is written, and when somebody stops it."""

import csv
import json
import os
import signal

import grading_demo as demo
import pytest
from class_demo import Pool, exercises, hand_in, tables

from gluon_alexnet.classroom import gradebook, jobs, judge
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise

WRONG = {"double": "wrong = 1"}


@pytest.fixture(autouse=True)
def stand_in(monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "Pool", Pool)
    monkeypatch.setattr(Pool, "asked", [])
    monkeypatch.setattr(Pool, "replies", {})
    exercises(tmp_path / "mine")


def told(tmp_path, **more):
    return gradebook.Told(tmp_path / "out", (tmp_path / "class",), exercises=str(tmp_path / "mine"), **{"seed": 7, **more})


def run(tmp_path, **more):
    """(exit code, the students whose notebooks were graded, the lines that were told)."""
    lines = []
    Pool.asked.clear()
    code = gradebook.run(told(tmp_path, **more), lines.append)
    return code, list(Pool.asked), lines


def grades(tmp_path):
    with open(tmp_path / "out/grades.csv", newline="", encoding="utf-8") as file:
        return {row["student_id"]: row["score"] for row in csv.DictReader(file)}


def test_a_class_gets_tables_a_page_and_a_page_for_each(tmp_path):
    hand_in(tmp_path / "class", ann={}, ben=WRONG, cyd="nonsense")
    code, asked, lines = run(tmp_path)
    assert (code, asked) == (1, ["ann", "ben", "cyd"])
    # Three of six points are for the answer that is wrong.
    assert grades(tmp_path) == {"ann": "6.0", "ben": "3.0", "cyd": ""}
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "class.json", "journal.jsonl", "grades.csv", "tasks.csv", "course.csv", "grades.json", "index.html", "students"
    }  # fmt: skip
    assert {path.name for path in (tmp_path / "out/students").iterdir()} == {"ann.html", "ben.html", "cyd.html"}
    assert lines[0].endswith("6/6  class/ann/00_demo.ipynb   1/3, less than a minute left")
    assert "2 notebooks graded, 1 with full marks; 1 could not be graded" in lines
    assert "class/cyd/00_demo.ipynb is not a notebook" in "\n".join(lines)


def test_it_exits_with_0_where_all_was_judged_be_it_right_or_wrong(tmp_path):
    hand_in(tmp_path / "class", ann=WRONG)
    assert run(tmp_path)[0] == 0


def test_the_same_command_grades_nothing_again_and_writes_the_same(tmp_path):
    hand_in(tmp_path / "class", ann={}, ben=WRONG, cyd="nonsense")
    run(tmp_path)
    before = tables(tmp_path / "out")
    page = tmp_path / "out/students/ann.html"
    page.unlink()
    code, asked, lines = run(tmp_path, seed=None)
    assert (code, asked) == (1, []) and "3 of 3 notebooks are graded already" in lines[0]
    assert tables(tmp_path / "out") == before and page.exists()


def test_a_notebook_is_graded_again_only_where_an_answer_changed(tmp_path):
    hand_in(tmp_path / "class", ann={}, ben={})
    run(tmp_path)
    changed = demo.notebook()
    changed.cells[0].source += "\nA note of mine."
    demo.save(changed, tmp_path / "class/ann/00_demo.ipynb")
    assert run(tmp_path)[1] == []
    hand_in(tmp_path / "class", ben=WRONG)
    assert run(tmp_path)[1] == ["ben"]
    assert grades(tmp_path) == {"ann": "6.0", "ben": "3.0"}
    # A file that could not be read, and now can.
    hand_in(tmp_path / "class", cyd="nonsense")
    assert run(tmp_path)[1] == ["cyd"] and run(tmp_path)[1] == []
    hand_in(tmp_path / "class", cyd={})
    assert run(tmp_path)[1] == ["cyd"]
    assert grades(tmp_path) == {"ann": "6.0", "ben": "3.0", "cyd": "6.0"}


def test_all_are_graded_again_where_limits_package_or_checks_changed(tmp_path, monkeypatch):
    hand_in(tmp_path / "class", ann={}, ben={})
    run(tmp_path)
    assert run(tmp_path, time_limit=30.0)[1] == ["ann", "ben"]
    assert run(tmp_path)[1] == []
    monkeypatch.setattr(judge, "__version__", "99")
    assert run(tmp_path, time_limit=30.0)[1] == ["ann", "ben"]
    path = tmp_path / "mine/checks/00_demo.json"
    path.write_text(path.read_text(encoding="utf-8").replace("-99, 99", "-98, 98"), encoding="utf-8")
    assert run(tmp_path, time_limit=30.0)[1] == ["ann", "ben"]
    assert run(tmp_path, time_limit=30.0)[1] == []


def test_what_was_not_judged_for_want_of_time_or_a_process_is_tried_again(tmp_path):
    hand_in(tmp_path / "class", ann={}, ben={}, cyd={}, dot={})
    whole = Pool(1, {"seed": 7})
    found = gradebook.exports.find([tmp_path / "class"])[0]
    exercise.use(tmp_path / "mine")
    for each, status in zip(found[:3], ("machine", "our fault", "full"), strict=True):
        reply = whole.judge(each.found)
        reply["result"]["tasks"][0]["status"] = status
        Pool.replies[each.student] = {**reply, "flag": judge.flag_of(reply["result"])}
    died = judge.unreadable(found[3].found, "the process died twice", "our fault")
    Pool.replies["dot"] = died
    code, _, lines = run(tmp_path)
    assert code == 1 and grades(tmp_path) == {"ann": "", "ben": "", "cyd": "6.0", "dot": ""}
    Pool.replies.clear()
    # A check that failed fails again: it is graded anew when the package or the exercise changes.
    assert run(tmp_path)[:2] == (1, ["ann", "dot"])
    assert grades(tmp_path) == {"ann": "6.0", "ben": "", "cyd": "6.0", "dot": "6.0"}


def test_another_seed_is_refused_and_a_new_class_draws_its_own(tmp_path):
    hand_in(tmp_path / "class", ann={})
    run(tmp_path, seed=None)
    seed = json.loads((tmp_path / "out/class.json").read_text())["seed"]
    assert run(tmp_path, seed=seed)[1] == []
    with pytest.raises(UserError, match=f"was begun with the seed {seed}"):
        run(tmp_path, seed=seed + 1)


def test_what_is_not_said_is_as_it_was_before(tmp_path):
    hand_in(tmp_path / "class", ann={})
    (tmp_path / "roster.csv").write_text("student\nann\nben\n")
    with pytest.raises(UserError, match="there is no notebook"):
        (tmp_path / "empty").mkdir()
        gradebook.run(gradebook.Told(tmp_path / "out", (tmp_path / "empty",)))
    run(tmp_path, roster=str(tmp_path / "roster.csv"), time_limit=30.0, language="vi")
    assert run(tmp_path)[1] == [] and grades(tmp_path) == {"ann": "6.0", "ben": ""}
    assert 'lang="vi"' in (tmp_path / "out/index.html").read_text(encoding="utf-8")
    about = json.loads((tmp_path / "out/class.json").read_text())
    assert about["limits"] == {"time_limit": 30.0, "memory_limit": 6.0}
    run(tmp_path, roster="")
    assert grades(tmp_path) == {"ann": "6.0"}
    with pytest.raises(UserError, match="no_such"):
        run(tmp_path, roster="no_such.csv")
    # What could not be read is not remembered.
    assert run(tmp_path)[0] == 0


def test_rows_of_notebooks_that_are_gone_stay_and_a_new_attempt_takes_its_place(tmp_path):
    hand_in(tmp_path / "class", ann={}, ben={})
    run(tmp_path)
    os.rename(tmp_path / "class", tmp_path / "moved")
    # Another place, the same files.
    hand_in(tmp_path / "class", cyd={})
    lines = []
    Pool.asked.clear()
    elsewhere = gradebook.Told(tmp_path / "out", (tmp_path / "moved",), exercises=str(tmp_path / "mine"))
    gradebook.run(elsewhere, lines.append)
    assert Pool.asked == []
    assert run(tmp_path)[1] == ["cyd"]
    assert grades(tmp_path) == {"ann": "6.0", "ben": "6.0", "cyd": "6.0"}
    (tmp_path / "class/ann").mkdir()
    demo.save(demo.notebook(**WRONG), tmp_path / "class/ann/newer_00_demo.ipynb")
    run(tmp_path)
    assert grades(tmp_path)["ann"] == "3.0"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_keeps_what_was_graded_and_ends_with_the_same_tables(tmp_path, sent):
    hand_in(tmp_path / "class", **{f"s{number}": [{}, WRONG][number % 2] for number in range(8)})
    (tmp_path / "roster.csv").write_text("student\n" + "".join(f"s{number}\n" for number in range(9)))
    roster = {"roster": str(tmp_path / "roster.csv")}
    run(tmp_path, **roster)
    whole = tables(tmp_path / "out")
    assert b"missing" in whole["course.csv"]
    os.rename(tmp_path / "out", tmp_path / "first")
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    lines = []

    def say(line):
        lines.append(line)
        if len(lines) == 3:
            os.kill(os.getpid(), sent)

    Pool.asked.clear()
    with pytest.raises(KeyboardInterrupt):
        gradebook.run(told(tmp_path, **roster), say)
    assert len(Pool.asked) == 3 and any("stopped: 5 of 8 notebooks are not graded yet" in line for line in lines)
    # Of the others nobody says that they have not handed in.
    assert grades(tmp_path) == {"s0": "6.0", "s1": "3.0", "s2": "6.0"}
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    assert run(tmp_path, **roster)[1] == ["s3", "s4", "s5", "s6", "s7"]
    assert tables(tmp_path / "out") == whole


def test_what_is_wrong_is_said_before_the_first_notebook(tmp_path):
    hand_in(tmp_path / "class", ann={})
    (tmp_path / "roster.csv").write_text("what,is,this\n1,2,3\n")
    for more, said in (
        ({"roster": str(tmp_path / "roster.csv")}, "roster"),
        ({"due": "soon"}, "deadline"),
        ({"comments": str(tmp_path / "none.csv")}, "comments"),
        ({"pattern": "("}, "pattern"),
        ({"time_limit": -1.0}, "time limit"),
        ({"jobs": 0}, "--jobs"),
        ({"jobs": 2, "cluster": "tcp://127.0.0.1:9"}, "exclude one another"),
    ):
        with pytest.raises(UserError, match=said):
            run(tmp_path, **more)
    assert Pool.asked == []
    (tmp_path / "class/out").mkdir()
    with pytest.raises(UserError, match="lies in class, where notebooks are looked for"):
        gradebook.run(gradebook.Told(tmp_path / "class/out", (tmp_path / "class",)))
    with pytest.raises(UserError, match="there is no nowhere"):
        gradebook.run(gradebook.Told(tmp_path / "out", (tmp_path / "nowhere",)))
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("mine")
    with pytest.raises(UserError, match="site/index.html was not written by grading a class"):
        gradebook.run(gradebook.Told(tmp_path / "site", (tmp_path / "class",)))
    assert (tmp_path / "site/index.html").read_text() == "mine"


def test_a_page_that_cannot_be_written_stops_no_grading(tmp_path, monkeypatch):
    hand_in(tmp_path / "class", ann={}, ben={})

    def broken(*_):
        raise ValueError("a fault of ours")

    monkeypatch.setattr(gradebook.pages, "class_page", broken)
    with pytest.raises(ValueError):
        run(tmp_path)
    assert Pool.asked == ["ann", "ben"] and grades(tmp_path) == {"ann": "6.0", "ben": "6.0"}
    monkeypatch.undo()
    monkeypatch.setattr(jobs, "Pool", Pool)
    assert run(tmp_path)[:2] == (0, [])


def test_a_page_of_a_class_without_names_names_nobody(tmp_path):
    hand_in(tmp_path / "class", anastasia={}, benedict="nonsense")
    (tmp_path / "class/anastasia/photo.png").write_bytes(b"")
    run(tmp_path)
    assert (tmp_path / "out/students/anastasia.html").exists()
    run(tmp_path, anonymous=True)
    for path in [tmp_path / "out/index.html", *(tmp_path / "out/students").iterdir(), *(tmp_path / "out").glob("grades.*")]:
        assert "anastasia" not in path.name + path.read_text(encoding="utf-8").lower(), path
        assert "benedict" not in path.name + path.read_text(encoding="utf-8").lower(), path


def test_how_long_it_will_take_follows_from_how_long_it_took(tmp_path):
    book = gradebook.Gradebook.__new__(gradebook.Gradebook)
    for graded, rows, seconds, said in (
        (10, 300, 60, ", about 29 minutes left"),
        (150, 300, 60, ", about 1 minute left"),
        (299, 300, 600, ", less than a minute left"),
        (300, 300, 600, ""),
    ):
        book.graded, book.rows = graded, [{}] * graded + [None] * (rows - graded)
        book.began = gradebook.time.monotonic() - seconds
        assert book.minutes_left() == said
