"""Zip files read where they lie: nothing is unpacked, what a zip says of itself is counted and not believed."""

from __future__ import annotations

import atexit
import contextlib
import io
import lzma
import os
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading.texts import shown, visible

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

# Between the name of a zip and what it holds, as people are shown it.
INSIDE = "!"
MAX_BYTES = 100_000_000  # of one file in a zip
MAX_MEMBERS = 20_000
MAX_DIRECTORY = 10_000_000  # bytes of the table of contents, which Python reads as a whole
# Outputs of a notebook shrink to a twentieth, or to a hundredth where they are all zeros; a bomb to a thousandth.
MAX_RATIO, FREE = 200, 2_000_000
MAX_TOTAL = 20_000_000_000  # bytes of all that a zip holds
IN_MEMORY = 4_000_000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
END, END64, LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
UNICODE_PATH = 0x7075  # Info-ZIP's extra field with the name in UTF-8
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, struct.error, ValueError)
TOO_MANY = f"holds more than {MAX_MEMBERS:,} files, and was not looked into: zip what was handed in alone"
KEPT = 4
_kept: dict[tuple[object, ...], tuple[zipfile.ZipFile, list[Member]]] = {}  # zips that are open
REPACK = "zip it again by the computer's own means"


@dataclass(frozen=True)
class Member:
    """A file in a zip: its name as a person reads it, '/' between folders, and why it may not be read, or ''."""

    name: str
    problem: str
    info: zipfile.ZipInfo


def members(zipped: IO[bytes] | Path, name: str) -> tuple[zipfile.ZipFile, list[Member]]:
    """(the open ZipFile, its files in order) of the zip at the path or in the file `zipped`, called `name` in messages.

    Raises UserError, one sentence, where it is no zip, is damaged, or is made to fill a disk or a memory.
    """
    try:
        with open(zipped, "rb") if isinstance(zipped, Path) else contextlib.nullcontext(zipped) as file:
            directory = _directory_size(file)
        if directory > MAX_DIRECTORY:
            raise UserError(f"{name} {TOO_MANY}")
        archive = zipfile.ZipFile(zipped)
    except DAMAGED as error:
        raise UserError(f"{name} cannot be read as a zip ({visible(error)}): fetch it once more, or {REPACK}") from error
    infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    total = sum(info.file_size for info in infos)
    if len(infos) > MAX_MEMBERS or total > MAX_TOTAL:
        archive.close()
        much = f"would unpack to {total:,} bytes, more than {MAX_TOTAL:,}, and was not looked into: {REPACK}"
        raise UserError(f"{name} {TOO_MANY if len(infos) > MAX_MEMBERS else much}")
    names = [_name(info) for info in infos]
    often = Counter(names)
    return archive, [Member(name, _problem(name, info, often[name] > 1), info) for name, info in zip(names, infos, strict=True)]


def _directory_size(file):
    """The size in bytes of the table of contents, as the end of the zip gives it. Raises BadZipFile where it has no such end."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 66_000))
    end = file.read()
    at = end.rfind(END)
    if at < 0:
        raise zipfile.BadZipFile("it has no table of contents")
    length = int.from_bytes(end[at + 12 : at + 16], "little")
    if end[max(0, at - 20) : at].startswith(LOCATOR64):
        at = end.rfind(END64, 0, at)
        length = max(length % 0xFFFFFFFF, int.from_bytes(end[at + 40 : at + 48], "little")) if at >= 0 else MAX_DIRECTORY + 1
    return length


def _name(info):
    """The name of a member: UTF-8 where it is, whatever the zip says of it, else CP437."""
    name = info.orig_filename.split("\0")[0]
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    extra = info.extra
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == UNICODE_PATH and 5 < length <= len(extra) - 4:
            with contextlib.suppress(UnicodeError):
                name = extra[9 : 4 + length].decode("utf-8")
        extra = extra[4 + length :]
    # Zips of .NET have Windows' separators.
    return name.replace("\\", "/") or "(without a name)"


def _problem(name, info, twice):
    """Why the member may not be read, or ''."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if ".." in name.split("/"):
        return "leads out of its zip by `..`: zip it again from the folder that it lies in"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "has the name of a place on somebody's computer: zip it again from the folder that it lies in"
    if stat.S_ISLNK(kind):
        return "is a link, which could lead anywhere: hand in the notebook itself, the .ipynb"
    if kind not in (0, stat.S_IFREG):
        return "is no regular file: hand in the notebook itself, the .ipynb"
    if info.flag_bits & 0x41:
        return "is encrypted: zip it again without a password"
    if info.compress_type not in METHODS:
        return f"is compressed by a method that is not known here (number {info.compress_type}): {REPACK}"
    if info.file_size > MAX_BYTES:
        return f"unpacks to more than {MAX_BYTES:,} bytes: clear its outputs and save it"
    if _too_much(info.file_size, info.compress_size):
        return f"unpacks to more than {MAX_RATIO} times its size, as zip bombs do: hand in the .ipynb itself"
    if twice:
        return "is in its zip more than once under this name: zip it again"
    return ""


def _too_much(size, packed):
    return size > FREE + MAX_RATIO * packed


def _kept_open(path):
    """What `members` gives of the zip at `path`, kept for the next time: a class may be one zip of thousands of files.

    A process that was forked off opens it anew, since both would move one place in the file.
    """
    path = Path(os.path.abspath(path))
    try:
        about = os.stat(path)
    except OSError as error:
        raise UserError(f"cannot read {shown(path)}: {error.strerror or error}") from error
    if not stat.S_ISREG(about.st_mode):
        raise UserError(f"{shown(path)} is no regular file: zip it again")
    key = path, about.st_mtime_ns, about.st_size, about.st_ino, os.getpid()
    if key not in _kept:
        _kept[key] = members(path, shown(path))
        for old in list(_kept)[:-KEPT]:
            # Whoever still reads of it reads on.
            archive, _ = _kept.pop(old)
            archive.close()
    return _kept[key]


@atexit.register
def _close_all():
    while _kept:
        _kept.popitem()[1][0].close()


@contextlib.contextmanager
def opened(path: PathLike, file: IO[bytes] | None = None) -> Iterator[tuple[zipfile.ZipFile, list[Member]]]:
    """What `members` gives of the zip at `path`, or of the open `file` that is called `path`."""
    if file is None:
        yield _kept_open(path)
        return
    archive, listed = members(file, shown(path))
    with archive:
        yield archive, listed


@contextlib.contextmanager
def open_listed(archive: zipfile.ZipFile, member: Member, name: str) -> Iterator[IO[bytes]]:
    """The Member of the open `archive`, unpacked into memory or a file without a name, for reading bytes from the start.

    Raises UserError, one sentence with `name`, where it must not or cannot be read; its bytes are counted as they come.
    """
    if member.problem:
        raise UserError(f"{name} {member.problem}")
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as content:
        size = 0
        try:
            with archive.open(member.info) as packed:
                while block := packed.read(1_000_000):
                    size += len(block)
                    if size > MAX_BYTES or _too_much(size, member.info.compress_size):
                        raise UserError(f"{name} unpacks to more than it says: hand in the .ipynb itself")
                    content.write(block)
        except (*DAMAGED, RuntimeError) as error:
            raise UserError(f"{name} is damaged in its zip ({visible(error)}): fetch the zip once more, or {REPACK}") from error
        content.seek(0)
        yield content


@contextlib.contextmanager
def open_member(path: PathLike, member: str) -> Iterator[IO[bytes]]:
    """The file `member` of the zip at `path`, opened for reading bytes; of a zip in the zip it is 'INNER.zip!NAME'.

    Raises UserError, one sentence, where it cannot be read.
    """
    name = f"{shown(path)}{INSIDE}{visible(member, 300)}"
    with opened(path) as (archive, listed):
        by_name = {each.name: each for each in listed}
        if member in by_name:
            with open_listed(archive, by_name[member], name) as file:
                yield file
            return
        for cut in re.finditer(re.escape(INSIDE), member):
            outer, inner = member[: cut.start()], member[cut.end() :]
            if outer in by_name:
                zip_name = Path(f"{path}{INSIDE}{outer}")
                with open_listed(archive, by_name[outer], shown(zip_name)) as file, opened(zip_name, file) as (below, inside):
                    found = next((each for each in inside if each.name == inner), None)
                    if found is not None:
                        with open_listed(below, found, name) as content:
                            yield content
                        return
    raise UserError(f"{name} is not there any more: was the zip changed while it was graded?")
