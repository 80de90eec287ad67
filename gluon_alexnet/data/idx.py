"""Read one IDX file, plain or gzip, and say what is wrong with it.

IDX (the format of Y. LeCun's MNIST) is a big-endian header of the magic number, the count and the sides of an image,
4 bytes each, then one byte per pixel or label.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

IMAGES, LABELS = 2051, 2049
CLASSES = 10


@dataclass(frozen=True)
class File:
    """One published file.

    sha256: hex, of the content without gzip; count: of images or labels; magic: IMAGES or LABELS;
    shape: (height, width) of an image, () for labels; other_count: the count of the split that it may be mistaken for.
    """

    name: str
    sha256: str
    count: int
    magic: int
    shape: tuple[int, ...] = ()
    other_count: int = 0

    @property
    def bytes(self) -> int:
        """Length of the content."""
        return 8 + 4 * len(self.shape) + self.count * (self.shape[0] * self.shape[1] if self.shape else 1)


def read(path: Path, file: File, mend: str) -> np.ndarray:
    """The read-only array of `file` at `path`, plain or gzip: uint8 (count, height, width); int32 (count,) of labels.

    mend: how to put a wrong file right, the end of every message. Raises DataError that says what is wrong, or OSError.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder, not a file: move the file out of it, or {mend}")
    if not path.is_file():
        raise DataError(f"{path} is not a regular file: {mend}")
    with open(path, "rb") as source:
        raw = source.read(most_bytes(file))
    array = parse(raw, file, path, mend)
    array.setflags(write=False)
    return array


def most_bytes(file: File) -> int:
    """More than the file can have on disk: gzip adds a little to what it cannot shrink."""
    return file.bytes + file.bytes // 100 + 4096


def parse(raw: bytes, file: File, path: Path, mend: str) -> np.ndarray:
    """The array in the bytes `raw` of a file, as `read` returns it; `path` is for the messages."""

    def wrong(what):
        return DataError(f"{path} {what}: {mend}")

    content = _unpack(raw, file.bytes, wrong) if raw[:2] == b"\x1f\x8b" else raw
    if not content:
        raise wrong("is empty")
    if content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise wrong("is a web page (HTML), not data: it was probably saved from a link")
    if content[:7] == b"version":
        raise wrong("is a Git LFS pointer, not data")
    images = file.magic == IMAGES
    kind, other = ("images", "labels") if images else ("labels", "images")
    header = [int.from_bytes(content[at : at + 4], "big") for at in range(0, 8 + 4 * len(file.shape), 4)]
    if header[0] == (LABELS if images else IMAGES):
        raise wrong(f"holds {other} where {kind} should be, as if two files were swapped")
    if header[0] != file.magic:
        raise wrong(f"begins with {content[:4].hex(' ')}, not with the IDX magic number {file.magic:08x} of {kind}")
    if len(content) < 8 + 4 * len(file.shape):
        raise wrong(f"is cut short: {len(content)} bytes, less than its header")
    if header[1] != file.count:
        hint = ", as if the training and the test file were swapped" if header[1] == file.other_count else ""
        raise wrong(f"says that it holds {header[1]:,} {kind}, not {file.count:,}{hint}")
    if images and tuple(header[2:]) != file.shape:
        raise wrong(f"holds images of {header[2]}x{header[3]} pixels, not {file.shape[0]}x{file.shape[1]}")
    if len(content) < file.bytes:
        raise wrong(f"is cut short: {len(content):,} of {file.bytes:,} bytes")
    if len(content) > file.bytes:
        raise wrong(f"is too long: more than {file.bytes:,} bytes")
    array = np.frombuffer(content, np.uint8, offset=len(header) * 4)
    if not images and array.max() >= CLASSES:
        at = int(np.argmax(array >= CLASSES))
        raise wrong(f"has the label {array[at]} at position {at}, outside 0..{CLASSES - 1}")
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise wrong("is not what the authors published: its SHA-256 differs (the digits of MNIST have the same file names)")
    return array.reshape(file.count, *file.shape) if images else array.astype(np.int32)


def _unpack(raw, size, wrong):
    """At most one byte more than `size`, so that a small file cannot fill the memory."""
    content = b""
    while raw and len(content) <= size:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            content += unpacker.decompress(raw, size + 1 - len(content))
        except zlib.error as error:
            raise wrong(f"is a damaged gzip file ({error})") from error
        if not unpacker.eof and len(content) <= size:
            raise wrong("is cut short: its gzip stream does not end")
        raw = unpacker.unused_data.lstrip(b"\0")
    return content
