"""Folders of pictures made into RecordIO files, which are read from the disk at once instead of a file for each picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gluon_alexnet import files_io
from gluon_alexnet.data import decoding, recordio, sets
from gluon_alexnet.data.recordio import Damaged
from gluon_alexnet.errors import DataError, UserError
from gluon_alexnet.machine import cpu

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

# Of JPEGs that are made smaller.
QUALITY = 95
# Pictures that wait for those before them, for each thread.
WAITING = 4


@dataclass(frozen=True)
class Packed:
    """A .rec file that was written: of how many pictures, in which classes, and what was left out, {name: why}."""

    path: Path
    pictures: int
    class_names: tuple[str, ...]
    broken: dict[str, str]


def pack(
    folder: PathLike, out: PathLike | None = None, shorter: int | None = None, tell: Callable[[str], object] | None = None
) -> list[Packed]:
    """Writes the pictures of `folder` as RecordIO, with their .idx and .lst beside it, and says what was written.

    folder: as for a RecordsLoader. out: the .rec file, or where the folder has several sets, such as train and val, the folder
    for as many; by default called as `folder`, in the folder that one is in. shorter: make larger pictures smaller, so that their
    shorter side has so many pixels, as JPEG of quality 95; None leaves them as they are. tell: called with a sentence for each
    picture that cannot be read and is left out.
    Raises DataError where there is no picture that can be read, UserError for files that are there already.
    """
    if shorter is not None and shorter < 1:
        raise UserError(f"the shorter side cannot have {shorter} pixels: give at least 1")
    folder = files_io.user_path(folder)
    if folder.is_file():
        raise DataError(f"{folder} is a file: name a folder with a folder of pictures for each class")
    places = [(split, sets.find_set(folder, split)[0]) for split in ("train", "validation", "test")]
    parts = {where: split for split, where in reversed(places) if where != folder}
    if not parts:
        path = files_io.user_path(out) if out else folder.absolute().with_name(f"{folder.absolute().name}.rec")
        return [_packed(folder, "all", path, shorter, tell)]
    base = files_io.user_path(out) if out else folder.absolute().with_name(f"{folder.absolute().name}-records")
    if any(where.is_file() for where in parts):
        raise DataError(f"{folder} has .rec files already: name a folder of pictures")
    return [_packed(folder, split, base / f"{where.name}.rec", shorter, tell) for where, split in sorted(parts.items())]


def _packed(folder, split, path, shorter, tell):
    if path.suffix != ".rec":
        raise UserError(f"{path} must end in .rec, by which programs know what it is")
    there = [each for each in (path.with_suffix(suffix) for suffix in (".rec", ".idx", ".lst")) if each.exists()]
    if there:
        raise UserError(f"{there[0]} is there already: name another file with --out, or delete it")
    # All of what the folder of a split has, and not what would be held out.
    chosen = sets.of_split(folder, split)
    broken: dict[str, str] = {}

    def good() -> Iterator[tuple[int, str, bytes]]:
        for number, content in _looked_at(chosen.set, shorter):
            name = chosen.set.inner(number)
            if isinstance(content, bytes):
                yield int(chosen.labels[number]), name, content
                continue
            broken[name] = str(content)
            if tell:
                tell(f"left out, since it cannot be read: {chosen.set.name(number)} ({content})")
        if len(broken) == len(chosen.labels):
            raise DataError(f"none of the {len(broken):,} pictures in {folder} can be read: look at them")

    count = recordio.write(path, good())
    return Packed(path, count, chosen.class_names, broken)


def _looked_at(pictures, shorter):
    """(number, the bytes of the picture or Damaged) of all pictures in order, several threads at work on the next ones."""

    def look(number):
        try:
            content = pictures.read(number)
            return made_smaller(content, shorter)
        except Damaged as error:
            return error

    workers = cpu.count_threads()[0]
    coming: deque = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="gluon_alexnet packing") as pool:
        for number in range(len(pictures)):
            coming.append((number, pool.submit(look, number)))
            if len(coming) > workers * WAITING:
                number, found = coming.popleft()
                yield number, found.result()
        for number, found in coming:
            yield number, found.result()


def made_smaller(content: bytes, shorter: int | None) -> bytes:
    """The bytes of a picture, as they are where its shorter side is no longer than `shorter`, else as a JPEG of that size.

    Raises Damaged for what cannot be read, be it made smaller or not.
    """
    cv2 = decoding.opencv()
    # Only whether it can be read matters where it stays as it is.
    pixels = decoding.pixels_of(content, 3, shorter if shorter else 1)
    height, width = pixels.shape[:2]
    if shorter is None:
        return content
    if min(height, width) <= shorter:
        known = decoding.jpeg_shape(content)
        if known and min(known[:2]) == min(height, width):
            return content
    else:
        size = (round(width * shorter / min(height, width)), round(height * shorter / min(height, width)))
        kind = cv2.INTER_AREA if min(height, width) >= 2 * shorter else cv2.INTER_LINEAR
        pixels = cv2.resize(pixels, size, interpolation=kind)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
