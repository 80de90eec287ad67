"""The walls of a box: what this machine builds them of, what cannot be seen through them, and who is told that there are none."""

import os
import subprocess
import sys
import types

import grading_demo as demo
import pytest

from gluon_alexnet import cli
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import confine, exercise, sandbox

walled = pytest.mark.skipif(not sandbox.has_walls(), reason="this system has neither bubblewrap nor namespaces")


def as_if(monkeypatch, bubblewrap=False, namespaces=False, landlock=False):
    """This machine as if it had only these."""
    for name, has in (("has_bubblewrap", bubblewrap), ("has_namespaces", namespaces), ("has_landlock", landlock)):
        monkeypatch.setattr(sandbox, name, lambda has=has: has)


def told_inside(source, **streams):
    """What a Python in a box prints."""
    box = sandbox.start(lambda folder: [sys.executable, "-c", source], 0, stdout=subprocess.PIPE, **streams)
    try:
        return box.process.communicate(timeout=60)[0].decode()
    finally:
        box.kill()


@walled
@pytest.mark.parametrize("wall", ["bubblewrap", "namespaces", "bubblewrap, no namespaces in it"])
@pytest.mark.parametrize("landlock", [True, False])
def test_only_what_programs_need_is_there(monkeypatch, tmp_path, wall, landlock):
    if wall != "namespaces" and not sandbox.has_bubblewrap() or wall == "namespaces" and not sandbox.has_namespaces():
        pytest.skip("this system has not both")
    monkeypatch.setattr(sandbox, "has_bubblewrap", lambda: wall != "namespaces")
    monkeypatch.setattr(sandbox, "has_nested", lambda: wall == "bubblewrap")
    if not landlock:
        monkeypatch.setattr(confine, "__file__", str(tmp_path / "confine.py"))
        source = (exercise.FOLDER.parent / "confine.py").read_text(encoding="utf-8")
        (tmp_path / "confine.py").write_text(source.replace("    if version < 1:", "    if True:"), encoding="utf-8")
    (tmp_path / "secret").write_text("5050")
    source = f"import os\nprint(os.path.exists({str(tmp_path / 'secret')!r}), os.getcwd() == os.environ['HOME'])\n"
    source += "print(sorted(name for name in os.listdir('.') if not name.startswith('fontlist')))\nopen('mine', 'w').write('x')\n"
    source += "import numpy, gluon_alexnet.models\nfor path in ('/usr/x', '/etc/x', '/x', '/proc/sys/kernel/x', '/sys/x'):\n"
    source += "    try:\n        open(path, 'w')\n        print(path)\n    except OSError:\n        pass\n"
    source += "print(all(int(one) < 10 for one in os.listdir('/proc') if one.isdigit()))"
    assert told_inside(source).split("\n") == ["False True", "[]", "True", ""]


def test_a_class_is_refused_where_there_is_no_box_at_all(monkeypatch, tmp_path, capsys):
    as_if(monkeypatch)
    for name in ("an", "binh"):
        demo.save(demo.notebook(), tmp_path / f"00_demo_{name}.ipynb")
    assert cli.main(["grade", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "neither bubblewrap nor namespaces for users nor Landlock" in said and "--unconfined" in said
    assert cli.main(["grade", str(tmp_path), "--out", str(tmp_path.with_name("graded"))]) == 1
    assert "--unconfined" in capsys.readouterr().err
    assert "not kept from your files" in sandbox.check_class(unconfined=True)


def test_what_landlock_alone_does_not_keep_apart_is_told(monkeypatch):
    as_if(monkeypatch, landlock=True)
    assert "Landlock alone, which does not keep answers from the network" in sandbox.check_class()
    as_if(monkeypatch, namespaces=True)
    assert sandbox.check_class() == ""
    as_if(monkeypatch, bubblewrap=True)
    assert sandbox.check_class() == ""
    as_if(monkeypatch)
    with pytest.raises(UserError, match="apt install bubblewrap"):
        sandbox.check_class()


@pytest.mark.parametrize("name", ["d", "n" * 255])
def test_folders_in_one_another_are_taken_away_however_many(tmp_path, name):
    top = tmp_path / "box"
    top.mkdir()
    below = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir(name, dir_fd=below)
        below, above = os.open(name, os.O_RDONLY, dir_fd=below), below
        os.close(above)
    os.close(below)
    confine.remove(top)
    assert not top.exists()


def test_folders_that_are_shut_full_and_oddly_named_are_taken_away_and_nothing_beside(tmp_path):
    top, beside = tmp_path / "box", tmp_path / "beside"
    (beside / "kept").mkdir(parents=True)
    for name in ("a/b/c", "-1/x", "-2", "-1/-1/-3"):
        (top / name).mkdir(parents=True)
        (top / name / "-3").touch() if not (top / name / "-3").exists() else None
    (top / "link").symlink_to(beside)
    (top / "a/link").symlink_to(beside / "kept")
    (top / "loop").symlink_to("loop")
    os.mkfifo(top / "a/pipe")
    for path in ("a/b/c", "a/b", "a", "-1"):
        (top / path).chmod(0)
    top.chmod(0o500)
    confine.remove(top)
    assert not top.exists() and (beside / "kept").is_dir()
    confine.remove(top)


def test_a_folder_that_grows_is_noticed_once_the_disk_is_fuller(monkeypatch, tmp_path):
    free = iter([100_000_000, 99_000_000, 80_000_000, 80_000_000])
    monkeypatch.setattr(sandbox, "DISK", 10_000_000)
    monkeypatch.setattr(sandbox.os, "statvfs", lambda path: types.SimpleNamespace(f_bavail=next(free), f_frsize=1))
    (tmp_path / "below").mkdir()
    (tmp_path / "below/much").write_bytes(bytes(11_000_000))
    box = sandbox.Box(None, tmp_path)
    assert [box.overfull() for _ in range(4)] == [False, False, True, False]


def test_the_root_folder_of_a_box_is_its_own_alone(monkeypatch):
    monkeypatch.setattr(sandbox, "has_bubblewrap", lambda: False)
    if not sandbox.has_walls():
        pytest.skip("this system has no namespaces")
    source = "import os\nprint(os.path.exists('.root'), open('/proc/self/mountinfo').read().count(' / / '))"
    assert told_inside(source) == "False 1\n"
