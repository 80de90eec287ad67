"""What was handed in: finds the notebooks, says what else lies there, opens files of any kind with care. Runs nothing of it."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import archives
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
# What computers leave beside people's files: earlier states, bins, indexes, locks.
NOBODYS = re.compile(
    r"^(\.ipynb_checkpoints|\.virtual_documents|\.history|__pycache__|\.pytest_cache|\.git|__MACOSX|\._.*|\.DS_Store|\.localized"
    r"|\.Spotlight-V100|\.fseventsd|\.TemporaryItems"
    r"|\.Trash|\.Trashes|\.Trash-\d+|\$RECYCLE\.BIN|RECYCLER|System Volume Information"
    r"|(eh)?Thumbs\.db|desktop\.ini|\.directory|~\$.*|\.~lock\..*#|\.~.*|.*~|\.nfs[0-9a-f]+|\..*\.swp)$",
    re.IGNORECASE,
)
# Folders and zips end here.
INSIDE_OF = re.compile(rf"/|(?<=\.zip){archives.INSIDE}", re.IGNORECASE)
ARCHIVES = (".7z", ".rar", ".tar", ".tgz", ".gz", ".tbz2", ".bz2", ".txz", ".xz", ".zst", ".zipx")
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
# Handed out beside the exercises, with nothing in it to be answered.
GUIDE = "README.ipynb"
HAND_IN = "hand in the notebook itself, the .ipynb"


@dataclass(frozen=True)
class Found:
    """A notebook to grade, or something that stands in one's place and cannot be graded, and why.

    member: its name in the zip at `path`, 'INNER.zip!NAME' for a zip in the zip; '' for a file by itself.
    """

    path: Path
    problem: str = ""
    member: str = ""

    @property
    def full(self) -> Path:
        """`path`, or 'ZIP!MEMBER' within a zip: a name for people, that nothing can be opened by."""
        return Path(f"{self.path}{archives.INSIDE}{self.member}") if self.member else self.path

    @property
    def name(self) -> str:
        """The name of the file without its folders."""
        return INSIDE_OF.split(self.member)[-1] if self.member else self.path.name

    @property
    def shown(self) -> str:
        """`full` as one would type it here, on one line."""
        return shown(self.full)

    @contextlib.contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The file, opened for reading bytes. Raises UserError, one sentence, where it is none that can be read."""
        if self.problem:
            raise UserError(f"{self.shown} {self.problem}")
        with archives.open_member(self.path, self.member) if self.member else open_untrusted(self.path) as file:
            yield file


@dataclass
class Searched:
    """What lies below some paths: notebooks and what stands in their place; files that are none; how many of each name that
    computers leave by themselves."""

    found: list[Found] = field(default_factory=list)
    left_out: list[Found] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)


def as_found(given: Found | PathLike) -> Found:
    """`given`, or the Found of a path."""
    return given if isinstance(given, Found) else Found(Path(given))


def find(paths: Iterable[PathLike]) -> tuple[list[Found], list[Path]]:
    """([Found, ...], [paths of files that are no notebooks, ...]) below `paths`: files as they are, folders searched through,
    zips looked into where they lie, and zips in them.

    Sorted by folder and name. What computers leave by themselves (checkpoints, __MACOSX) is passed over. Links are not followed,
    but for `paths` themselves.
    """
    searched = search(paths)
    return searched.found, [one.full for one in searched.left_out]


def search(paths: Iterable[PathLike]) -> Searched:
    """As `find`, with what was passed over."""
    searched = Searched()
    for path in map(Path, paths):
        if path.is_dir():
            _search(path, searched)
        elif path.suffix.lower() == ".zip":
            _look_into(Found(path), searched)
        elif path.name == GUIDE:
            searched.left_out.append(Found(path))
        else:
            searched.found.append(Found(path))
    # One that was named twice, or lies below two of the folders named, is there once.
    once = {os.path.abspath(one.full): one for one in reversed(searched.found)}
    searched.found = [one for one in searched.found if once.get(os.path.abspath(one.full)) is one]
    searched.left_out = list(dict.fromkeys(searched.left_out))
    return searched


def folders(paths: Iterable[PathLike]) -> list[Path]:
    """The folders at and below `paths` that notebooks and zips lie in, which answers must not read."""
    named = [path if path.is_dir() else path.parent for path in map(Path, paths)]
    return [path.absolute() for path in dict.fromkeys([*named, *(one.path.parent for one in find(paths)[0])])]


def _search(top, searched):
    waiting, seen = [(top, 0)], 0
    while waiting:
        folder, depth = waiting.pop()
        if depth > MAX_DEPTH:
            problem = f"lies more than {MAX_DEPTH} folders deep: move it up, and grade it again"
            searched.found.append(Found(folder, problem))
            continue
        try:
            with os.scandir(folder) as entries:
                entries = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            searched.found.append(Found(folder, f"cannot be looked into ({error.strerror}): allow reading it"))
            continue
        seen += len(entries)
        if seen > MAX_FILES:
            problem = f"holds more than {MAX_FILES:,} files; not all were looked at: name its folders one by one"
            searched.found.append(Found(top, problem))
            return
        searched.passed_over.update(entry.name for entry in entries if NOBODYS.match(entry.name))
        entries = [entry for entry in entries if not NOBODYS.match(entry.name)]
        notebooks = {NOTEBOOK.sub("", entry.name) for entry in entries if NOTEBOOK.search(entry.name)}
        below = []
        for entry in entries:
            path = Path(entry.path)
            if not entry.is_dir(follow_symlinks=False):
                _sort(Found(path), entry.is_symlink(), notebooks, searched)
            elif entry.name.startswith("."):
                searched.left_out.append(Found(path))
            else:
                below.append((path, depth + 1))
        waiting += reversed(below)


def _sort(one, link, notebooks, searched):
    """Puts one file, a Found without a problem yet, where it belongs; notebooks: the stems of those that lie beside it."""
    stem, ending = os.path.splitext(one.name)
    ending = ending.lower()
    if one.name == GUIDE:
        searched.left_out.append(one)
    elif NOTEBOOK.search(one.name):
        searched.found.append(replace(one, problem=f"is a link, which could lead anywhere: {HAND_IN}" if link else ""))
    elif ending == ".json" and not link and _holds_cells(one):
        searched.found.append(one)
    elif ending == ".zip" and not link:
        _look_into(one, searched)
    elif ending in ARCHIVES:
        searched.found.append(replace(one, problem="is an archive, and was not looked into: unpack it, and grade what it holds"))
    elif ending in IN_PLACE and exercise_called(one.name) and stem not in notebooks:
        searched.found.append(replace(one, problem=f"{IN_PLACE[ending]} and no notebook: {HAND_IN}"))
    else:
        searched.left_out.append(one)


def _look_into(outer, searched):
    """Finds what lies in the zip `outer`, a Found; in a zip of that one too, and no deeper."""
    before = len(searched.found)
    try:
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(outer.open()) if outer.member else None
            _, members = stack.enter_context(archives.opened(outer.full, file))
            _sort_members(outer, members, searched)
    except UserError as error:
        searched.found.append(replace(outer, problem=str(error).removeprefix(outer.shown).strip()))
    if len(searched.found) == before:
        searched.found.append(replace(outer, problem=f"holds no notebook: {HAND_IN}"))


def _sort_members(outer, members, searched):
    beside: dict[str, set[str]] = {}  # a folder -> the stems of its notebooks
    for member in members:
        folder, _, name = member.name.rpartition("/")
        if NOTEBOOK.search(name):
            beside.setdefault(folder, set()).add(NOTEBOOK.sub("", name))
    inside = f"{outer.member}{archives.INSIDE}" if outer.member else ""
    for member in sorted(members, key=lambda member: member.name):
        one = Found(outer.path, "", f"{inside}{member.name}")
        *above, name = member.name.split("/")
        nobodys = next((part for part in (*above, name) if NOBODYS.match(part)), None)
        hidden = next((number for number, part in enumerate(above) if part.startswith(".") and part not in (".", "..")), None)
        if nobodys:
            searched.passed_over[nobodys] += 1
        elif hidden is not None:
            searched.left_out.append(Found(outer.path, "", inside + "/".join(above[: hidden + 1])))
        elif member.problem and _matters(name):
            searched.found.append(replace(one, problem=member.problem))
        elif member.problem:
            searched.left_out.append(one)
        elif outer.member and name.lower().endswith(".zip"):
            problem = "is a zip in a zip in a zip, and was not looked into: unpack the outer ones"
            searched.found.append(replace(one, problem=problem))
        else:
            _sort(one, False, beside.get("/".join(above), set()), searched)


def _matters(name):
    ending = os.path.splitext(name)[1].lower()
    return NOTEBOOK.search(name) or ending in (*ARCHIVES, ".zip") or ending in IN_PLACE and exercise_called(name)


def _holds_cells(one):
    with contextlib.suppress(UserError):
        with one.open() as file:
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
