"""What is found in folders of what people hand in, and said of what is none of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import grading_demo as demo
import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import submissions

NOTEBOOK = json.dumps(demo.notebook())


@pytest.fixture(autouse=True)
def only_the_demo(monkeypatch, tmp_path):
    monkeypatch.setattr(submissions.exercises, "list_exercises", lambda: ["00_demo"])
    monkeypatch.chdir(tmp_path)


def lay(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTEBOOK, encoding="utf-8")


def found(folder):
    """name below the folder -> the problem with it; and the names of what was left out."""
    graded, left_out = submissions.find([folder])
    names = {str(one.path.relative_to(folder)): one.problem for one in graded}
    return names, [str(path.relative_to(folder)) for path in left_out]


def test_notebooks_are_found_under_the_names_that_browsers_give_them(tmp_path):
    names = ["a/x.ipynb", "b/x.ipynb.txt", "c/x.ipynb.json", "d/x.json", "e/x (1).ipynb", "f/x.ipynb (2).txt", "G/X.IPYNB"]
    lay(tmp_path, *names)
    assert found(tmp_path) == (dict.fromkeys(sorted(names), ""), [])


def test_what_is_named_twice_is_there_once(tmp_path):
    lay(tmp_path, "a/x.ipynb", "b/y.ipynb")
    found, _ = submissions.find([tmp_path / "b", tmp_path, tmp_path / "a/x.ipynb", Path("b/y.ipynb")])
    assert [one.path.name for one in found] == ["y.ipynb", "x.ipynb"]


def test_a_folder_called_as_a_notebook_is_a_folder(tmp_path):
    lay(tmp_path, "an/x.ipynb/x.ipynb")
    assert found(tmp_path)[0] == {"an/x.ipynb/x.ipynb": ""}


def test_what_computers_leave_beside_files_is_passed_over_and_the_rest_is_named(tmp_path):
    lay(tmp_path, "x.ipynb", ".ipynb_checkpoints/x-checkpoint.ipynb", "__MACOSX/._x.ipynb", "._x.ipynb", ".DS_Store")
    lay(tmp_path, "notes.txt", "conftest.py", ".venv/lib/y.ipynb")
    (tmp_path / "settings.json").write_text("{}")
    assert found(tmp_path) == ({"x.ipynb": ""}, [".venv", "conftest.py", "notes.txt", "settings.json"])


def test_what_stands_in_a_notebooks_place_is_named_with_what_to_do(tmp_path):
    lay(tmp_path, "a/00_demo.py", "b/sv01_00_demo.pdf", "c/work.rar", "d/00_demo.ipynb", "d/00_demo.py")
    names, left_out = found(tmp_path)
    assert names["a/00_demo.py"] == "is a Python script and no notebook: hand in the notebook itself, the .ipynb"
    assert "is a PDF and no notebook" in names["b/sv01_00_demo.pdf"]
    assert "unpack it" in names["c/work.rar"]
    # The source of a solution stands beside its notebook.
    assert (names["d/00_demo.ipynb"], left_out) == ("", ["d/00_demo.py"])


def test_the_guide_that_is_handed_out_with_the_exercises_is_no_exercise(tmp_path):
    lay(tmp_path, "README.ipynb", "x.ipynb", "vi/README.ipynb")
    assert found(tmp_path) == ({"x.ipynb": ""}, ["README.ipynb", "vi/README.ipynb"])
    graded, left_out = submissions.find([tmp_path / "README.ipynb", tmp_path / "x.ipynb"])
    assert ([one.path.name for one in graded], [path.name for path in left_out]) == (["x.ipynb"], ["README.ipynb"])


def test_links_are_not_followed_but_where_one_is_named(tmp_path):
    lay(tmp_path, "elsewhere/x.ipynb")
    (tmp_path / "class").mkdir()
    (tmp_path / "class/x.ipynb").symlink_to(tmp_path / "elsewhere/x.ipynb")
    (tmp_path / "class/all").symlink_to(tmp_path / "elsewhere")
    names, left_out = found(tmp_path / "class")
    assert ("is a link" in names["x.ipynb"], list(names), left_out) == (True, ["x.ipynb"], ["all"])
    assert submissions.find([tmp_path / "class/x.ipynb"])[0] == [submissions.Found(tmp_path / "class/x.ipynb")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.ipynb")
    with pytest.raises(UserError, match="x.ipynb is a pipe, not a notebook"), submissions.open_untrusted(tmp_path / "x.ipynb"):
        pass


def test_a_file_beyond_bearing_is_named_and_not_read(tmp_path):
    with open(tmp_path / "x.ipynb", "wb") as file:
        file.truncate(submissions.MAX_BYTES + 1)
    with pytest.raises(UserError, match="larger than 100,000,000 bytes: clear its outputs"):
        with submissions.open_untrusted(tmp_path / "x.ipynb"):
            pass


def test_folders_too_deep_are_named_and_the_others_are_still_found(tmp_path, monkeypatch):
    lay(tmp_path, "b/x.ipynb")
    folder = tmp_path / "a"
    folder.mkdir()
    monkeypatch.chdir(folder)
    # Deeper than a path can be long.
    for _ in range(1500):
        os.mkdir("deep")
        os.chdir("deep")
    monkeypatch.undo()
    names, _ = submissions.find([tmp_path])
    (deep, other) = names
    assert "more than 20 folders deep: move it up" in deep.problem and other.path.name == "x.ipynb"
    # Python's own rmtree goes down by recursion before 3.13.
    subprocess.run(["rm", "-r", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_odd_names_are_shown_on_one_line(tmp_path):
    for name in (b"x\nScore: 20.ipynb", b"ti\xe1ng.ipynb", b"\x1b[2Jx.ipynb"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"{")
    errors = []
    for one in submissions.find([tmp_path])[0]:
        with pytest.raises(UserError) as caught:
            submissions_read(one.path)
        errors.append(str(caught.value))
    assert [error.split(" is not")[0] for error in errors] == [
        r"\x1b[2Jx.ipynb",
        r"ti\udce1ng.ipynb",
        r"x\nScore: 20.ipynb",
    ]
    assert all("\n" not in error and error.encode() for error in errors)


def submissions_read(path):
    from gluon_alexnet.grading import notebook

    return notebook.read(path, demo.EXERCISE)
