"""gluon_alexnet.files_io: the whole new file, or the old one as it was and nothing beside it."""

import errno
import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "kept" / "history.json"
    path.parent.mkdir()
    path.write_text("old")
    return path


def alone(path):
    return [file.name for file in path.parent.iterdir()] == [path.name]


def test_text_is_written_in_utf_8(old):
    files_io.write_text(old, "Áo phông\n")
    assert old.read_bytes() == "Áo phông\n".encode()
    assert alone(old)


def test_bytes_are_written_as_they_are(old):
    files_io.write_bytes(old, b"\x00\r\n\xff")
    assert old.read_bytes() == b"\x00\r\n\xff"
    assert alone(old)


def test_missing_folders_are_made(tmp_path):
    files_io.write_text(tmp_path / "a" / "b" / "c.txt", "new")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "new"


def test_a_result_has_the_permissions_of_any_other_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        files_io.write_text(tmp_path / "new.txt", "new")
        (tmp_path / "usual.txt").write_text("new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == stat.S_IMODE((tmp_path / "usual.txt").stat().st_mode)


def test_the_old_file_is_there_until_the_block_ends(old):
    with files_io.replacing(old) as temporary:
        temporary.write_text("new")
        assert old.read_text() == "old"
    assert old.read_text() == "new"


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt()])
def test_an_exception_in_the_block_leaves_the_old_file_and_nothing_else(old, error):
    with pytest.raises(type(error)), files_io.replacing(old) as temporary:
        temporary.write_text("half")
        raise error
    assert old.read_text() == "old"
    assert alone(old)


def test_a_file_system_without_permissions_will_do(old, monkeypatch):
    def refuse(self, mode):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "chmod", refuse)
    files_io.write_text(old, "new")
    assert old.read_text() == "new"


def test_a_name_that_is_not_utf_8_can_be_written_about(old):
    files_io.write_text(old, os.fsdecode(b"/data/\xc1o"))
    assert old.read_text() == r"/data/\udcc1o"


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_disk_that_fails_leaves_the_old_file_and_is_told_in_one_sentence(old, monkeypatch, call):
    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(UserError, match=r"cannot write .*history\.json: No space left on device; free space"):
        files_io.write_text(old, "new")
    assert old.read_text() == "old"
    assert alone(old)


def test_a_file_that_outgrows_the_allowed_size_leaves_the_old_one(old):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(UserError, match="File too large"):
            files_io.write_bytes(old, bytes(5_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert old.read_text() == "old"
    assert alone(old)


def test_a_file_where_a_folder_should_be_is_told(old):
    with pytest.raises(UserError, match=r"cannot write .*history\.json/deeper"):
        files_io.write_text(old / "deeper", "new")
    assert old.read_text() == "old"


def test_a_folder_in_the_place_of_the_file_is_told_and_kept(tmp_path):
    (tmp_path / "report" / "in").mkdir(parents=True)
    with pytest.raises(UserError, match="cannot write"):
        files_io.write_text(tmp_path / "report", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_folder_is_told(old):
    old.parent.chmod(0o555)
    try:
        with pytest.raises(UserError, match="Permission denied"):
            files_io.write_text(old, "new")
    finally:
        old.parent.chmod(0o755)
    assert old.read_text() == "old"


def test_where_nothing_can_be_written_is_told_before(tmp_path):
    assert files_io.check_file(tmp_path / "a" / "b.html") == tmp_path / "a" / "b.html"
    assert not [*(tmp_path / "a").iterdir()]
    (tmp_path / "file").write_text("old")
    assert files_io.check_file(tmp_path / "file").read_text() == "old"
    for path in (tmp_path, "", tmp_path / "file" / "below.html"):
        with pytest.raises(UserError, match="cannot write"):
            files_io.check_file(path)
