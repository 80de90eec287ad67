"""A journal survives whatever ends its writer, and belongs to one writer at a time."""

import json
import os
import subprocess
import sys

import pytest

from gluon_alexnet.classroom import journal
from gluon_alexnet.errors import UserError


def row(student, source="a.ipynb", **more):
    return {"schema": 1, "student": student, "exercise": "00_demo", "source": source, "flag": "", **more}


def test_rows_come_back_in_their_order_and_the_newest_of_each(tmp_path):
    with journal.Journal(tmp_path / "out") as kept:
        for each in (row("ann"), row("ben"), row("ann", finished="later"), row("ann", "b.ipynb")):
            kept.append(each)
    again = journal.Journal(tmp_path / "out")
    assert again.rows() == kept.rows() == [row("ann", finished="later"), row("ben"), row("ann", "b.ipynb")]
    assert (tmp_path / "out" / "journal.jsonl").read_text(encoding="utf-8").count("\n") == 4


def test_a_journal_cut_off_at_any_byte_keeps_every_whole_line(tmp_path):
    with journal.Journal(tmp_path) as kept:
        kept.append(row("ann"))
        kept.append(row("Đỗ \ud800"))  # half of a pair, as a broken name may hold
    path = tmp_path / "journal.jsonl"
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with journal.Journal(tmp_path) as cut:
            assert len(cut.rows()) == (length >= first) and cut.damaged == 0
            cut.append(row("cyd"))
        assert [each["student"] for each in journal.Journal(tmp_path).rows()] == ["ann"] * (length >= first) + ["cyd"]


def test_a_long_half_line_is_cut_off_too(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(json.dumps(row("ann")).encode() + b"\n" + b"x" * 200_000)
    with journal.Journal(tmp_path) as kept:
        kept.append(row("ben"))
    assert [each["student"] for each in journal.Journal(tmp_path).rows()] == ["ann", "ben"]
    assert path.stat().st_size < 1000


def test_lines_that_a_disk_has_spoilt_are_counted_and_passed_over(tmp_path):
    lines = [json.dumps(row("ann")), "\0\0\0", "[1]", json.dumps(row("ben"))]
    (tmp_path / "journal.jsonl").write_text("\n".join(lines) + "\n")
    kept = journal.Journal(tmp_path)
    assert ([each["student"] for each in kept.rows()], kept.damaged) == (["ann", "ben"], 2)


def test_a_row_is_on_the_disk_when_append_returns(tmp_path):
    # Ended the hard way right after it.
    program = (
        "import os, sys\nfrom gluon_alexnet.classroom.journal import Journal\n"
        "Journal(sys.argv[1]).append({'schema': 1, 'student': 'ann', 'source': 'a'})\nos.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)]).returncode == -9
    assert [each["student"] for each in journal.Journal(tmp_path).rows()] == ["ann"]


def test_two_commands_do_not_write_into_one_folder(tmp_path):
    with journal.Journal(tmp_path) as first:
        first.append(row("ann"))
        second = journal.Journal(tmp_path)
        assert second.rows() == first.rows()
        with pytest.raises(UserError, match="another command is working in"):
            second.append(row("ben"))
    second.append(row("ben"))
    second.close()
    assert len(journal.Journal(tmp_path).rows()) == 2


def test_a_journal_of_a_later_version_is_left_alone(tmp_path):
    (tmp_path / "journal.jsonl").write_text(json.dumps({**row("ann"), "schema": 99}) + "\n")
    with pytest.raises(UserError, match="another version"):
        journal.Journal(tmp_path)


def test_what_the_class_was_told_comes_back(tmp_path):
    with journal.Journal(tmp_path) as kept:
        assert kept.about() == {}
        kept.tell({"seed": 7, "sources": ["lớp"]})
    assert journal.Journal(tmp_path).about() == {"schema": 1, "seed": 7, "sources": ["lớp"]}
    for content in ("{", "[]", '{"schema": 2}'):
        (tmp_path / "class.json").write_text(content)
        with pytest.raises(UserError, match="class.json"):
            journal.Journal(tmp_path).about()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_told_and_leaves_no_half_line(tmp_path):
    (tmp_path / "journal.jsonl").symlink_to("/dev/full")
    kept = journal.Journal.__new__(journal.Journal)
    kept.folder, kept.path, kept.held, kept.newest = tmp_path, tmp_path / "journal.jsonl", None, {}
    kept.file = os.open(kept.path, os.O_WRONLY)
    with pytest.raises(UserError, match="No space left"):
        kept.append(row("ann"))
    kept.close()
    assert kept.rows() == []
