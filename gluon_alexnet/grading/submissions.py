"""What was handed in: finds the notebooks, says what else lies there, opens files of any kind with care. Runs nothing of it."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading.texts import shown

if TYPE_CHECKING:
    from io import BufferedReader

    from gluon_alexnet.hints import PathLike

MAX_BYTES = 100_000_000
MAX_DEPTH = 20
MAX_FILES = 200_000
# As browsers and mail programs rename what they do not know: x.ipynb.txt, x.ipynb.json, x (1).ipynb, x.ipynb (1).txt.
NOTEBOOK = re.compile(r"\.ipynb(\s*\(\d+\))?(\.txt|\.json)?$", re.IGNORECASE)
# What computers leave beside people's files.
NOBODYS = re.compile(
    r"^(\.ipynb_checkpoints|__MACOSX|\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|__pycache__|\.pytest_cache|\.git)$", re.IGNORECASE
)
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz")
IN_PLACE = {
    ".py": "is a Python script",
    ".html": "is a web page",
    ".htm": "is a web page",
    ".pdf": "is a PDF",
    ".md": "is a text",
    ".docx": "is a document",
    ".odt": "is a document",
}
KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
HAND_IN = "hand in the notebook itself, the .ipynb"


@dataclass(frozen=True)
class Found:
    """A notebook to grade, or something that stands in one's place and cannot be graded, and why.

    member: its name within the archive at `path`, or ''.
    """

    path: Path
    problem: str = ""
    member: str = ""

    @property
    def shown(self) -> str:
        """Its name for a person."""
        return shown(self.path) + (f"!{self.member}" if self.member else "")

    def open(self) -> contextlib.AbstractContextManager[BufferedReader]:
        """It, opened for reading bytes; errors as for `open_untrusted`."""
        return open_untrusted(self.path)


def find(paths: Iterable[PathLike]) -> tuple[list[Found], list[Path]]:
    """([Found, ...], [paths of files that are no notebooks, ...]) below `paths`: files as they are, folders searched through.

    Sorted by folder and name. What computers leave by themselves (checkpoints, __MACOSX) is passed over. Links are not followed,
    but for `paths` themselves.
    """
    found: list[Found] = []
    left_out: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            _search(path, found, left_out)
        else:
            found.append(Found(path))
    # One that was named twice, or lies below two of the folders named, is there once.
    once = {os.path.abspath(one.path): one for one in reversed(found)}
    return [one for one in found if once.get(os.path.abspath(one.path)) is one], left_out


def folders(paths: Iterable[PathLike]) -> list[Path]:
    """The folders at and below `paths` that notebooks lie in, which answers must not read."""
    named = [path if path.is_dir() else path.parent for path in map(Path, paths)]
    return [path.absolute() for path in dict.fromkeys([*named, *(one.path.parent for one in find(paths)[0])])]


def _search(top, found, left_out):
    waiting, seen = [(top, 0)], 0
    while waiting:
        folder, depth = waiting.pop()
        if depth > MAX_DEPTH:
            found.append(Found(folder, f"lies more than {MAX_DEPTH} folders deep: move it up, and grade it again"))
            continue
        try:
            with os.scandir(folder) as entries:
                entries = sorted((entry for entry in entries if not NOBODYS.match(entry.name)), key=lambda entry: entry.name)
        except OSError as error:
            found.append(Found(folder, f"cannot be looked into ({error.strerror}): allow reading it"))
            continue
        seen += len(entries)
        if seen > MAX_FILES:
            found.append(Found(top, f"holds more than {MAX_FILES:,} files; not all were looked at: name its folders one by one"))
            return
        notebooks = {NOTEBOOK.sub("", entry.name) for entry in entries if NOTEBOOK.search(entry.name)}
        below = []
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if entry.name.startswith("."):
                    left_out.append(path)
                else:
                    below.append((path, depth + 1))
            else:
                _sort(path, entry, notebooks, found, left_out)
        waiting += reversed(below)


def _sort(path, entry, notebooks, found, left_out):
    """Puts one file where it belongs."""
    stem, ending = os.path.splitext(entry.name)
    ending = ending.lower()
    if NOTEBOOK.search(entry.name):
        link = entry.is_symlink()
        found.append(Found(path, f"is a link, which could lead anywhere: {HAND_IN}" if link else ""))
    elif ending == ".json" and not entry.is_symlink() and _holds_cells(path):
        found.append(Found(path))
    elif ending in ARCHIVES:
        found.append(Found(path, "is an archive, and was not looked into: unpack it, and grade what it holds"))
    elif ending in IN_PLACE and exercise_called(entry.name) and stem not in notebooks:
        found.append(Found(path, f"{IN_PLACE[ending]} and no notebook: {HAND_IN}"))
    else:
        left_out.append(path)


def _holds_cells(path):
    with contextlib.suppress(UserError):
        with open_untrusted(path) as file:
            start = file.read(2_000_000)
        return b'"cells"' in start and b'"cell_type"' in start
    return False


def exercise_called(name: str) -> str | None:
    """The name of the exercise that a file of this name seems to hold, whatever an LMS has put around it, or None."""
    return next((known for known in exercises.list_exercises() if known in name.lower()), None)


@contextlib.contextmanager
def open_untrusted(path: PathLike) -> Iterator[BufferedReader]:
    """The file at `path`, opened for reading bytes.

    Raises UserError, one sentence, unless it is a regular file of at most MAX_BYTES.
    """
    name = shown(path)
    try:
        # Opening a pipe waits for somebody who writes to it.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error
    with open(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            kind = KINDS.get(stat.S_IFMT(about.st_mode), "no regular file")
            raise UserError(f"{name} is {kind}, not a notebook: {HAND_IN}")
        if about.st_size > MAX_BYTES:
            raise UserError(f"{name} is larger than {MAX_BYTES:,} bytes: clear its outputs and save it")
        yield file
