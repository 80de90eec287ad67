"""The folder that a class is graded into, and its journal: a line on disk for each notebook, before anybody is told of it."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet.classroom.rows import SCHEMA
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import check_folder, user_path, write_text

if TYPE_CHECKING:
    from gluon_alexnet.classroom.rows import Row
    from gluon_alexnet.hints import PathLike

JOURNAL, ABOUT, LOCK = "journal.jsonl", "class.json", ".lock"


class Journal:
    """The journal in `folder`, read at once; nothing is written before `append`, or use as a context.

    Whoever writes holds the folder alone until `close`. damaged: how many lines could not be read and were passed over.
    Raises UserError where the folder is another command's, cannot be written to, or was written by a later version.
    """

    def __init__(self, folder: PathLike) -> None:
        self.folder = user_path(folder)
        self.path = self.folder / JOURNAL
        self.held: int | None = None
        self.file: int | None = None
        self._read()

    def __enter__(self) -> Journal:
        self.hold()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rows(self) -> list[Row]:
        """The newest Row of each student and source, which holds one exercise, in the order in which these were first written."""
        return list(self.newest.values())

    def append(self, row: Row) -> None:
        """Writes `row` down; when this returns, it is on the disk."""
        self.hold()
        assert self.file is not None
        line = json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace") + b"\n"
        try:
            while line:
                line = line[os.write(self.file, line) :]
            os.fsync(self.file)
        except OSError as error:
            with contextlib.suppress(OSError):
                mend(self.file)
            raise UserError(
                f"cannot write {self.path}: {error.strerror}; make room there and give the command again: what was graded is kept"
            ) from error
        self._take(row)

    def hold(self) -> None:
        """Takes the folder for this process alone, makes it where it is missing, and cuts off what a crash left half-written."""
        if self.file is not None:
            return
        check_folder(self.folder)
        self.held = lock(self.folder / LOCK)
        if self.held is None:
            raise UserError(
                f"another command is working in {self.folder}: wait until it has ended, or name another folder for this one"
            )
        try:
            self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o666)
            mend(self.file)
        except OSError as error:
            self.close()
            raise UserError(f"cannot write {self.path}: {error.strerror}") from error
        sync_folder(self.folder)
        # Another command may have written meanwhile.
        self._read()

    def close(self) -> None:
        """Lets the folder go."""
        for handle in (self.file, self.held):
            if handle is not None:
                os.close(handle)
        self.file = self.held = None

    def about(self) -> dict[str, Any]:
        """What class.json says of the class; {} where there is none. Raises UserError where it cannot be read."""
        path = self.folder / ABOUT
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise UserError(f"cannot read {path} ({error}): name another folder, or take that file away") from error
        if not isinstance(told, dict) or told.get("schema") != SCHEMA:
            raise UserError(f"{path} was not written by this version: name another folder, or update gluon_alexnet")
        return told

    def tell(self, about: dict[str, Any]) -> None:
        """Writes class.json, whole or not at all."""
        self.hold()
        write_text(self.folder / ABOUT, json.dumps({"schema": SCHEMA, **about}, ensure_ascii=False, indent=1) + "\n")

    def _read(self):
        self.newest: dict[tuple[str, str], Row] = {}
        self.damaged = 0
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise UserError(f"cannot read {self.path}: {error.strerror}") from error
        # What follows the last end of a line was being written when the writer died.
        for line in content.split(b"\n")[:-1]:
            try:
                row = json.loads(line)
                schema = row["schema"]
            except (ValueError, TypeError, KeyError):
                self.damaged += 1
                continue
            if schema != SCHEMA:
                raise UserError(f"{self.path} was written by another version: update gluon_alexnet, or name another folder")
            self._take(row)

    def _take(self, row):
        self.newest[row["student"], row["source"]] = row


def mend(file: int) -> None:
    """Cuts the half-written last line off the open `file`."""
    size = end = os.lseek(file, 0, os.SEEK_END)
    while end:
        start = max(0, end - 65536)
        found = os.pread(file, end - start, start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
        os.fsync(file)


def lock(path: PathLike) -> int | None:
    """A handle that holds `path` until it is closed or this process ends, however it ends; None where another has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except (ImportError, OSError):
        pass  # some shared folders, and some systems, know no locks
    return handle


def sync_folder(folder: PathLike) -> None:
    """Has the names of the files in `folder` written to the disk."""
    with contextlib.suppress(OSError):
        handle = os.open(Path(folder), os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
