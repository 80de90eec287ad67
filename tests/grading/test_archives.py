"""Zips of what was handed in: read where they lie, and refused by name where they are made to harm."""

import io
import json
import os
import struct
import tracemalloc
import zipfile
import zlib

import grading_demo as demo
import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import archives, grade, notebook, submissions

NOTEBOOK = json.dumps(demo.notebook())


@pytest.fixture(autouse=True)
def only_the_demo(monkeypatch, tmp_path):
    monkeypatch.setattr(submissions.exercises, "list_exercises", lambda: ["00_demo"])
    monkeypatch.setattr(submissions.exercises, "load", lambda name: demo.EXERCISE)
    monkeypatch.chdir(tmp_path)


def packed(path, *entries):
    """A zip at `path`, a Path or a buffer; entries: names, (name, content) or (ZipInfo, content)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            name, content = (entry, NOTEBOOK) if isinstance(entry, (str, zipfile.ZipInfo)) else entry
            archive.writestr(name, content)
    return path


def inner(*entries):
    buffer = io.BytesIO()
    packed(buffer, *entries)
    return buffer.getvalue()


def found(path):
    """name as shown -> the problem with it."""
    return {one.shown: one.problem for one in submissions.find([path])[0]}


def info(name, **fields):
    made = zipfile.ZipInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def patched(path, old, new):
    """The file at `path` with the bytes `old` replaced, wherever they stand."""
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


def test_a_notebook_in_a_zip_is_found_read_and_nothing_is_unpacked(tmp_path):
    packed(tmp_path / "class.zip", "sv01/00_demo.ipynb", "sv02/00_demo.ipynb.txt", ("sv03/x.json", NOTEBOOK), ("sv03/a.txt", ""))
    graded, left_out = submissions.find([tmp_path])
    assert [one.shown for one in graded] == [
        "class.zip!sv01/00_demo.ipynb",
        "class.zip!sv02/00_demo.ipynb.txt",
        "class.zip!sv03/x.json",
    ]
    assert [str(path) for path in left_out] == [str(tmp_path / "class.zip!sv03/a.txt")]
    for one in graded:
        submission = notebook.read(one)
        assert (submission.exercise.name, submission.answers["relu"].status) == ("00_demo", "answered")
    assert submission.path == tmp_path / "class.zip!sv03/x.json"
    assert os.listdir(tmp_path) == ["class.zip"]


def test_a_zip_that_is_named_is_looked_into_and_its_folder_is_kept_from_answers(tmp_path):
    packed(tmp_path / "class.zip", "a.ipynb")
    assert found(tmp_path / "class.zip") == {"class.zip!a.ipynb": ""}
    assert submissions.folders([tmp_path / "class.zip"]) == [tmp_path]


def test_a_zip_of_zips_is_looked_into_once_more_and_no_deeper(tmp_path):
    deepest = inner("a.ipynb")
    packed(tmp_path / "class.zip", ("sv!01.zip", inner("h!w/a.ipynb", ("deep.zip", deepest))), ("sv02.rar", "Rar!"))
    assert found(tmp_path / "class.zip") == {
        "class.zip!sv!01.zip!deep.zip": "is a zip in a zip in a zip, and was not looked into: unpack the outer ones",
        "class.zip!sv!01.zip!h!w/a.ipynb": "",
        "class.zip!sv02.rar": "is an archive, and was not looked into: unpack it, and grade what it holds",
    }
    (one,) = [one for one in submissions.find([tmp_path])[0] if not one.problem]
    assert one.name == "a.ipynb" and notebook.read(one).exercise.name == "00_demo"


def test_what_would_lie_elsewhere_is_refused_by_name(tmp_path):
    names = ["../x.ipynb", "a/../../x.ipynb", "/etc/x.ipynb", "C:/x.ipynb", "..\\x.ipynb"]
    link = info("link.ipynb", external_attr=0o120777 << 16)
    pipe = info("pipe.ipynb", external_attr=0o010644 << 16)
    packed(tmp_path / "c.zip", *names, (link, "/etc/passwd"), (pipe, ""))
    problems = found(tmp_path / "c.zip")
    # Two of them have one name, and stand as one.
    assert len(problems) == 6
    assert "by `..`" in problems["c.zip!../x.ipynb"] and "by `..`" in problems["c.zip!a/../../x.ipynb"]
    assert "a place on somebody's computer" in problems["c.zip!/etc/x.ipynb"] and "somebody's" in problems["c.zip!C:/x.ipynb"]
    assert "is a link" in problems["c.zip!link.ipynb"] and "no regular file" in problems["c.zip!pipe.ipynb"]


def test_an_encrypted_member_and_an_unknown_method_are_named(tmp_path):
    packed(tmp_path / "c.zip", "secret.ipynb")
    content = bytearray((tmp_path / "c.zip").read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "c.zip").write_bytes(content)
    packed(tmp_path / "d.zip", "odd.ipynb")
    # 9 is Deflate64, which Windows takes for files of gigabytes.
    content = bytearray((tmp_path / "d.zip").read_bytes())
    content[8] = content[content.index(b"PK\x01\x02") + 10] = 9
    (tmp_path / "d.zip").write_bytes(content)
    problems = found(tmp_path)
    assert problems["c.zip!secret.ipynb"] == "is encrypted: zip it again without a password"
    assert "by a method that is not known here (number 9)" in problems["d.zip!odd.ipynb"]


def test_a_bomb_is_refused_by_what_it_says(tmp_path):
    packed(tmp_path / "c.zip", ("zeros.ipynb", b"0" * 50_000_000), ("honest.ipynb", NOTEBOOK.encode() + b" " * 1_000_000))
    problems = found(tmp_path / "c.zip")
    assert "more than 200 times its size, as zip bombs do" in problems["c.zip!zeros.ipynb"]
    assert problems["c.zip!honest.ipynb"] == ""


def test_a_bomb_that_lies_about_its_size_is_counted_while_it_is_read(tmp_path):
    packed(tmp_path / "c.zip", ("zeros.ipynb", b"0" * 50_000_000))
    patched(tmp_path / "c.zip", struct.pack("<I", 50_000_000), struct.pack("<I", 1_000))
    (one,) = submissions.find([tmp_path])[0]
    assert one.problem == ""
    with pytest.raises(UserError, match=r"c\.zip!zeros\.ipynb is damaged in its zip|unpacks to more than it says"):
        notebook.read(one)


def test_members_that_overlap_do_not_multiply(tmp_path):
    """As in the 'better zip bomb' of D. Fifield: one block of bytes is the content of many names."""
    packed(tmp_path / "c.zip", *(f"{number:03}.ipynb" for number in range(3)))
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        offsets = [each.header_offset for each in archive.infolist()]
    content = bytearray((tmp_path / "c.zip").read_bytes())
    at = content.index(b"PK\x01\x02")
    for _ in offsets:
        content[at + 42 : at + 46] = struct.pack("<I", 0)
        at += 46 + len("000.ipynb")
    (tmp_path / "c.zip").write_bytes(content)
    for one in submissions.find([tmp_path])[0][1:]:
        with pytest.raises(UserError, match="is damaged in its zip"):
            notebook.read(one)


def test_a_zip_of_more_files_than_anybody_hands_in_is_refused_before_it_fills_the_memory(tmp_path):
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        for number in range(archives.MAX_MEMBERS + 1):
            archive.writestr(f"{number}", "")
    problems = found(tmp_path)
    assert problems == {"c.zip": "holds more than 20,000 files, and was not looked into: zip what was handed in alone"}
    # A table of contents of a gigabyte is not even read.
    header = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    size = 11_000_000 // len(header)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_535, 65_535, size * len(header), 0, 0)
    (tmp_path / "d.zip").write_bytes(header * size + end)
    tracemalloc.start()
    try:
        assert "holds more than 20,000 files" in found(tmp_path / "d.zip")["d.zip"]
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_what_is_no_zip_or_is_cut_off_is_named(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"")
    (tmp_path / "b.zip").write_bytes(b"<html>")
    whole = packed(tmp_path / "c.zip", "a.ipynb", "b.ipynb").read_bytes()
    (tmp_path / "c.zip").write_bytes(whole[: len(whole) // 2])
    assert all("cannot be read as a zip" in problem for problem in found(tmp_path).values()) and len(found(tmp_path)) == 3


def test_a_damaged_member_is_named_and_the_others_are_read(tmp_path):
    packed(tmp_path / "c.zip", "a.ipynb", "b.ipynb")
    content = bytearray((tmp_path / "c.zip").read_bytes())
    content[60] ^= 0xFF
    (tmp_path / "c.zip").write_bytes(content)
    first, second = submissions.find([tmp_path])[0]
    with pytest.raises(UserError, match=r"c\.zip!a\.ipynb is damaged in its zip"):
        notebook.read(first)
    assert notebook.read(second).exercise.name == "00_demo"


def test_a_name_that_is_there_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        packed(tmp_path / "c.zip", "a.ipynb", "a.ipynb")
    (problem,) = found(tmp_path).values()
    assert problem == "is in its zip more than once under this name: zip it again"


def test_a_zip_without_a_notebook_is_named(tmp_path):
    packed(tmp_path / "c.zip", ("a.txt", ""))
    assert found(tmp_path) == {"c.zip": "holds no notebook: hand in the notebook itself, the .ipynb"}


@pytest.mark.parametrize(
    ("raw", "flag", "name"),
    [
        ("Nguyễn/a.ipynb".encode(), 0, "Nguyễn/a.ipynb"),  # macOS and many servers do not say that it is UTF-8
        ("Nguyễn/a.ipynb".encode(), 0x800, "Nguyễn/a.ipynb"),
        ("André/a.ipynb".encode("cp437"), 0, "André/a.ipynb"),
        (b"a\\b.ipynb", 0, "a/b.ipynb"),
    ],
)
def test_names_in_utf_8_and_in_cp437(tmp_path, raw, flag, name):
    packed(tmp_path / "c.zip", "N" * len(raw))
    patched(tmp_path / "c.zip", b"N" * len(raw), raw)
    content = bytearray((tmp_path / "c.zip").read_bytes())
    start = content.index(b"PK\x01\x02")
    content[6:8] = content[start + 8 : start + 10] = struct.pack("<H", flag)
    (tmp_path / "c.zip").write_bytes(content)
    (one,) = submissions.find([tmp_path])[0]
    assert one.member == name and notebook.read(one).exercise.name == "00_demo"


def test_a_name_in_info_zips_extra_field_counts(tmp_path):
    name = "Nguyễn.ipynb"
    field = struct.pack("<BI", 1, zlib.crc32(b"Nguyn.ipynb")) + name.encode()
    packed(tmp_path / "c.zip", info("Nguyn.ipynb", extra=struct.pack("<HH", 0x7075, len(field)) + field))
    (one,) = submissions.find([tmp_path])[0]
    assert one.member == name and notebook.read(one).exercise.name == "00_demo"


def test_zips_of_more_than_four_gigabytes_are_understood(tmp_path):
    """Their table of contents has an end of its own, which a stream of unknown length gets at any size."""
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        with archive.open("a.ipynb", "w", force_zip64=True) as file:
            file.write(NOTEBOOK.encode())
    whole = (tmp_path / "c.zip").read_bytes()
    at = whole.index(b"PK\x05\x06")
    count, size, offset = struct.unpack("<HLL", whole[at + 10 : at + 20])
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    (tmp_path / "c.zip").write_bytes(whole[:at] + end64 + locator + end)
    (one,) = submissions.find([tmp_path])[0]
    assert notebook.read(one).exercise.name == "00_demo"


def test_a_large_notebook_is_read_by_a_process_apart_out_of_a_zip_too(tmp_path):
    made = demo.notebook()
    noise = os.urandom(1_500_000).hex()
    made.cells[-1].setdefault("metadata", {})["noise"] = noise
    packed(tmp_path / "c.zip", ("a.ipynb", json.dumps(made)))
    (one,) = submissions.find([tmp_path])[0]
    assert len(noise) > notebook.SMALL and notebook.read(one).exercise.name == "00_demo"


def test_bins_histories_and_locks_are_passed_over_and_counted(tmp_path):
    names = ["$RECYCLE.BIN/a.ipynb", ".Trash-1000/a.ipynb", ".history/a.ipynb", ".virtual_documents/a.ipynb", "a.ipynb"]
    names += ["__MACOSX/._a.ipynb", "~$a.ipynb", ".~lock.a.ipynb#", "a.ipynb~", "sv/.ipynb_checkpoints/a-checkpoint.ipynb"]
    packed(tmp_path / "c.zip", *names)
    for name in names:
        (tmp_path / "class" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "class" / name).write_text(NOTEBOOK)
    for place in ("c.zip", "class"):
        searched = submissions.search([tmp_path / place])
        assert [one.name for one in searched.found] == ["a.ipynb"]
        assert searched.left_out == [] and searched.passed_over.total() == 9


def test_what_cannot_be_graded_out_of_a_zip_is_a_result_that_says_why(tmp_path):
    packed(tmp_path / "c.zip", "../a.ipynb", ("b.ipynb", "<html>"))
    results = list(grade.grade_all(submissions.find([tmp_path])[0]))
    assert [result["path"] for result in results] == [str(tmp_path / "c.zip!../a.ipynb"), str(tmp_path / "c.zip!b.ipynb")]
    assert "c.zip!../a.ipynb leads out of its zip" in results[0]["error"]
    assert results[1]["error"].startswith("c.zip!b.ipynb is a web page, not a notebook")


def test_hostile_zips_leave_the_memory_small(tmp_path):
    bomb = inner(("a.ipynb", b"0" * 90_000_000))
    packed(tmp_path / "c.zip", *((f"{number}.zip", bomb) for number in range(20)))
    tracemalloc.start()
    try:
        problems = found(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(problems) == 20 and all("zip bombs" in problem for problem in problems.values())
    assert peak < 10_000_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_called_as_a_zip_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "c.zip")
    assert found(tmp_path) == {"c.zip": "is no regular file: zip it again"}


def test_a_zip_that_was_changed_is_read_anew(tmp_path):
    packed(tmp_path / "c.zip", "a.ipynb")
    (one,) = submissions.find([tmp_path])[0]
    packed(tmp_path / "c.zip", ("a.ipynb", NOTEBOOK + " "), "b.ipynb")
    with one.open() as file:
        assert file.read().decode() == NOTEBOOK + " "
    (tmp_path / "c.zip").unlink()
    with pytest.raises(UserError, match=r"cannot read c\.zip: No such file"), one.open():
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_that_were_forked_off_do_not_read_in_one_anothers_place(tmp_path):
    names = [f"{number:02}.ipynb" for number in range(40)]
    packed(tmp_path / "c.zip", *((name, name.encode() * 50_000) for name in names))
    graded = submissions.find([tmp_path])[0]

    def right():
        contents = []
        for one in graded:
            with one.open() as file:
                contents.append(file.read() == one.name.encode() * 50_000)
        return all(contents)

    assert right()
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            os._exit(0 if right() else 1)
        children.append(child)
    assert right()
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]


def test_a_file_without_a_name_is_named_so(tmp_path):
    packed(tmp_path / "c.zip", "x", "a.ipynb")
    content = (tmp_path / "c.zip").read_bytes()
    at = content.index(b"PK\x01\x02") + 46
    (tmp_path / "c.zip").write_bytes(content[:at] + b"\0" + content[at + 1 :])
    graded, left_out = submissions.find([tmp_path])
    assert [one.shown for one in graded] == ["c.zip!a.ipynb"]
    assert left_out == [tmp_path / "c.zip!(without a name)"]
