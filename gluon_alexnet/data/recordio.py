"""MXNet's RecordIO: pictures one after the other in a file, each behind its label; read where they lie, written whole.

A record is a magic number, its length, its bytes, filled up to four; a picture's begin with a header (flag, label, two numbers)
as mxnet.recordio.IRHeader has it. Where the magic number occurs in the bytes, they are in several parts that it has been taken
out from between. A file of offsets (.idx) beside it says which records there are, in which order.
"""

from __future__ import annotations

import math
import os
import struct
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet.errors import DataError, reason

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

MAGIC = 0xCED7230A
WORD = struct.pack("<I", MAGIC)
_HEAD = struct.Struct("<II")
# flag, label, id, id2: as many labels as the flag says follow it, where that is not 0.
_HEADER = struct.Struct("<IfQQ")
# The upper three bits of a length: a record in one part, or the first, a middle and the last of several.
WHOLE, FIRST, MIDDLE, LAST = range(4)
LENGTH = (1 << 29) - 1
LARGEST_LABEL = 2**31 - 1


class Damaged(Exception):
    """A record or a picture that cannot be read, and why."""


class RecordFile:
    """The pictures of a .rec file, as many as its .idx names, or all where there is none.

    offsets: int64 (N,), where each record begins; labels: int32 (N,). size: bytes of the file. notes: sentences on what is left
    out, which a person must be told. Raises DataError for a file that is not there or no RecordIO, and for labels that are none.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = files_io.user_path(path)
        try:
            self._file = os.open(self.path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            self.size = os.fstat(self._file).st_size
            if os.pread(self._file, 4, 0) != WORD:
                raise DataError(f"{self.path} is no RecordIO file: name a .rec file, as `gluon-alexnet make-records` writes it")
        except OSError as error:
            raise DataError(f"{self.path} cannot be read ({error.strerror or error}): name a .rec file") from error
        self.notes: list[str] = []
        index = self.path.with_suffix(".idx")
        self.offsets, self.labels = self._named(index) if index.is_file() else self._scanned()

    def __len__(self) -> int:
        return len(self.labels)

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            os.close(self._file)

    def name(self, number: int) -> str:
        """What a person is told of the record `number`."""
        return f"{self.path}, record {number} (at byte {self.offsets[number]:,})"

    def read(self, number: int) -> bytes:
        """The bytes of the picture `number`, without its header. Raises Damaged where there is no such record."""
        content = self._content(int(self.offsets[number]))
        flag = _HEADER.unpack_from(content)[0]
        return content[_HEADER.size + 4 * flag :]

    def _content(self, offset):
        parts = []
        while True:
            kind, length = self._head(offset)
            if kind not in ((WHOLE, FIRST) if not parts else (MIDDLE, LAST)):
                raise Damaged("its parts are out of order")
            part = os.pread(self._file, length, offset + _HEAD.size)
            if len(part) < length:
                raise Damaged("the file ends within it")
            parts.append(part)
            if kind in (WHOLE, LAST):
                break
            offset += _HEAD.size + _padded(length)
        content = WORD.join(parts)
        if len(content) < _HEADER.size:
            raise Damaged("it is too short for a picture's header")
        return content

    def _head(self, offset):
        """(kind, length) of the part at `offset`."""
        head = os.pread(self._file, _HEAD.size, offset)
        if len(head) < _HEAD.size:
            raise Damaged("the file ends within a record")
        if head[:4] != WORD:
            raise Damaged("no record begins there")
        told = _HEAD.unpack(head)[1]
        return told >> 29, told & LENGTH

    def _label(self, offset):
        """The label of the record at `offset`, of which only the header is read."""
        kind, length = self._head(offset)
        header = os.pread(self._file, _HEADER.size + 4, offset + _HEAD.size)
        if kind == FIRST and length < _HEADER.size + 4:
            header = self._content(offset)
        elif length < _HEADER.size or len(header) < _HEADER.size:
            raise Damaged("it is too short for a picture's header")
        flag, label = _HEADER.unpack_from(header)[:2]
        if flag == 1:
            if kind == WHOLE and length < _HEADER.size + 4:
                raise Damaged("it is too short for its label")
            (label,) = struct.unpack_from("<f", header, _HEADER.size)
        if flag > 1 or not math.isfinite(label) or label != int(label) or not 0 <= label <= LARGEST_LABEL:
            told = f"{flag} labels" if flag > 1 else f"the label {label:g}"
            raise DataError(
                f"the record at byte {offset:,} of {self.path} has {told}: each picture must have one, the number of its class "
                "from 0"
            )
        return int(label)

    def _scanned(self):
        """(offsets, labels) of all records, found by going from one to the next."""
        offsets, labels, offset = array("q"), array("i"), 0
        while offset < self.size:
            try:
                label, after = self._label(offset), self._after(offset)
            except Damaged as error:
                self.notes.append(f"{self.path} is damaged at byte {offset:,} ({error}): what comes from there on is left out")
                break
            if after > self.size:
                self.notes.append(f"{self.path} is damaged: the file ends within its last record, which is left out")
                break
            offsets.append(offset)
            labels.append(label)
            offset = after
        return np.array(offsets, "int64"), np.array(labels, "int32")

    def _after(self, offset):
        """Where the record after that at `offset` begins."""
        while True:
            kind, length = self._head(offset)
            offset += _HEAD.size + _padded(length)
            if kind in (WHOLE, LAST):
                return offset

    def _named(self, index):
        """(offsets, labels) of the records that the file of offsets names, in its order."""
        offsets, labels = array("q"), array("i")
        try:
            with open(index, encoding="utf-8") as lines:
                for line in lines:
                    if line.strip():
                        offsets.append(int(line.split("\t")[1]))
                        labels.append(self._label(offsets[-1]))
        except (ValueError, IndexError, OverflowError, OSError, Damaged) as error:
            where = f" at byte {offsets[-1]:,}" if isinstance(error, Damaged) else ""
            raise DataError(
                f"{index} does not fit {self.path.name} ({reason(error)}{where}): delete it, and the records are found without it"
            ) from error
        return np.array(offsets, "int64"), np.array(labels, "int32")


def _padded(length):
    return length + -length % 4


def record(label: int, number: int, picture: bytes) -> bytes:
    """A picture's record as it lies in a file: its label, its number and its bytes."""
    content = _HEADER.pack(0, label, number, 0) + picture
    parts = _parts(content)
    if len(parts) == 1:
        return _framed(WHOLE, content)
    kinds = [FIRST, *[MIDDLE] * (len(parts) - 2), LAST]
    return b"".join(_framed(kind, part) for kind, part in zip(kinds, parts, strict=True))


def _parts(content):
    """`content` cut where the magic number stands in it at a multiple of four bytes."""
    parts, begin, found = [], 0, content.find(WORD)
    while found >= 0:
        if found % 4 == 0:
            parts.append(content[begin:found])
            begin = found + 4
            found = content.find(WORD, begin)
        else:
            found = content.find(WORD, found + 1)
    return [*parts, content[begin:]]


def _framed(kind, part):
    if len(part) > LENGTH:
        raise DataError(f"a picture of {len(part):,} bytes is too large for a record")
    return _HEAD.pack(MAGIC, kind << 29 | len(part)) + part + bytes(-len(part) % 4)


def write(path: PathLike, pictures: Iterable[tuple[int, str, bytes]]) -> int:
    """Writes `pictures`, (label, name, bytes) each, to the .rec file `path`, and beside it their offsets (.idx) and names (.lst).

    Each file gets its name when it is whole, the .rec last. Returns how many there were; errors as for files_io.replacing.
    """
    path = Path(files_io.user_path(path))
    beside = [path.with_suffix(suffix) for suffix in (".lst", ".idx")]
    offset = count = 0
    with files_io.replacing(path) as records, files_io.replacing(beside[1]) as index, files_io.replacing(beside[0]) as listed:
        with open(records, "wb") as out, open(index, "w", encoding="utf-8") as offsets, open(listed, "wb") as names:
            for label, name, content in pictures:
                framed = record(label, count, content)
                out.write(framed)
                offsets.write(f"{count}\t{offset}\n")
                names.write(f"{count}\t{label}\t".encode() + os.fsencode(name) + b"\n")
                offset, count = offset + len(framed), count + 1
    return count
