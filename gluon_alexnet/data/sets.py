"""Sets of pictures: a RecordIO file, or a folder with a folder for each class; where they lie, and which of them a split has."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet.data import decoding
from gluon_alexnet.data.recordio import Damaged, RecordFile
from gluon_alexnet.errors import DataError

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

# By the names that sets have in a folder: ImageNet's validation pictures are what everybody tests on.
NAMES = {"train": ("train",), "test": ("test", "val", "valid", "validation"), "validation": ("val", "valid", "validation")}
# One in so many pictures is held out where there is no set of them, always the same ones.
HELD_OUT = 10
HELD_OUT_SEED = 2017
# What a person is told one by one, of things that are passed over.
NAMED = 5


class PictureFolder:
    """The pictures of a folder that has a folder for each class, in the order of their names; folders in those count too.

    class_names: names of the folders, sorted; labels: int32 (N,), numbers of these. notes: as for a RecordFile. Raises DataError
    where there is no picture or no such folder.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = files_io.user_path(path)
        self.class_names = class_folders(self.path)
        self.notes: list[str] = []
        names, end = bytearray(), 0
        counts: list[int] = []
        others: list[str] = []
        ends = [np.zeros(1, "int64")]
        for name in self.class_names:
            found = sorted(_pictures_in(self.path / name, others))
            inner = [os.fsencode(os.path.relpath(each, self.path)) for each in found]
            names += b"".join(inner)
            ends.append(end + np.cumsum([len(each) for each in inner], dtype="int64"))
            end = len(names)
            counts.append(len(inner))
        # Names one after the other in one text: as many objects as pictures would take ten times the memory.
        self._names, self._ends = bytes(names), np.concatenate(ends)
        self.labels = np.repeat(np.arange(len(counts), dtype="int32"), counts)
        if not self.class_names or not len(self.labels):
            raise DataError(
                f"{self.path} has no picture in {len(self.class_names)} folders: it must have a folder for each class, with PNG, "
                "JPEG or other pictures in it"
            )
        if others:
            more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
            self.notes.append(f"passed over in {self.path}, since they are no pictures: {', '.join(others[:NAMED])}{more}")

    def __len__(self) -> int:
        return len(self.labels)

    def inner(self, number: int) -> str:
        """The path of the picture `number` from the folder on."""
        return os.fsdecode(self._names[self._ends[number] : self._ends[number + 1]])

    def name(self, number: int) -> str:
        """What a person is told of the picture `number`."""
        return str(self.path / self.inner(number))

    def read(self, number: int) -> bytes:
        """The bytes of the picture `number`. Raises Damaged where they cannot be read."""
        try:
            return (self.path / self.inner(number)).read_bytes()
        except OSError as error:
            raise Damaged(error.strerror or str(error)) from error


def class_folders(path: Path) -> tuple[str, ...]:
    """The names of the folders in a folder, sorted. Raises DataError where it cannot be read."""
    try:
        return tuple(sorted(each.name for each in path.iterdir() if each.is_dir() and each.name[0] != "."))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): name a folder of pictures") from error


def _pictures_in(folder, others):
    """The paths of the pictures below a folder; those of files that are none are added to `others`."""
    for parent, folders, names in os.walk(folder):
        # macOS leaves folders and files such as ._shirt.png beside the pictures on other systems' disks.
        folders[:] = [name for name in folders if name[0] != "." and name != "__MACOSX"]
        for name in names:
            if os.path.splitext(name)[1].lower() in decoding.SUFFIXES and name[0] != ".":
                yield os.path.join(parent, name)
            elif name[0] != ".":
                others.append(os.path.relpath(os.path.join(parent, name), folder.parent))


def open_set(path: PathLike) -> RecordFile | PictureFolder:
    """The pictures of one set: a .rec file, or a folder with a folder for each class. Raises DataError where it is neither.

    One that was opened before and has not changed since is not read again.
    """
    path = files_io.user_path(path)
    try:
        about = path.stat()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}): name a .rec file, or a folder with a folder for each class"
        ) from error
    # A folder may change in those below it.
    return PictureFolder(path) if path.is_dir() else _records(path, about.st_size, about.st_mtime_ns)


@functools.lru_cache(maxsize=2)
def _records(path, _size, _changed):
    return RecordFile(path)


def find_set(data: PathLike, split: str) -> tuple[Path, str]:
    """(where the pictures of `split` lie, which of them are meant: 'all', or the split where the set holds others too).

    data: a .rec file or a folder of classes, from which parts are held out; or a folder with several such, called train and val
    or test, with .rec or as folders. Raises DataError where there is no such thing.
    """
    path = files_io.user_path(data)
    named = {name: found for name in NAMES if (found := _named(path, NAMES[name]))}
    if "train" not in named:
        records = sorted(path.glob("*.rec")) if path.is_dir() else []
        if len(records) > 1:
            raise DataError(
                f"{path} has {len(records)} .rec files ({', '.join(each.name for each in records[:NAMED])}): name one of them, "
                "or call them train.rec and val.rec"
            )
        return records[0] if records else path, split
    if named.get("test") == named.get("validation"):
        # The only other set is what is tested on.
        named.pop("validation", None)
    if split in ("train", "all"):
        return named["train"], "all" if split == "all" or "test" in named else split
    if split in ("train-rest", "validation"):
        if "validation" in named:
            return named["train" if split == "train-rest" else "validation"], "all"
        # Nothing is held out for a test but where no set is there for it.
        return named["train"], split if "test" not in named else f"{split} only"
    return (named["test"], "all") if "test" in named else (named["train"], split)


def _named(path, names):
    """The first set in a folder that is called by one of these names, None where there is none."""
    places = (path / f"{name}{suffix}" for name in names for suffix in (".rec", ""))
    return next((place for place in places if (place.is_file() if place.suffix == ".rec" else place.is_dir())), None)


def members(split: str, count: int) -> np.ndarray:
    """Which of `count` pictures are those of `split`: int64, ascending. Held-out ones are the same every time."""
    if split == "all":
        return np.arange(count)
    # RandomState's stream is frozen by NumPy's compatibility promise.
    drawn = np.random.RandomState(HELD_OUT_SEED).permutation(count)
    part = max(1, count // HELD_OUT)
    if split.endswith("only"):
        test, validation, rest = drawn[:0], drawn[:part], drawn[part:]
    else:
        test, validation, rest = drawn[:part], drawn[part : 2 * part], drawn[2 * part :]
    named = {"test": test, "validation": validation, "train-rest": rest, "train": np.concatenate([validation, rest])}
    return np.sort(named[split.removesuffix(" only")])


def class_names_of(records: Path) -> tuple[str, ...]:
    """The names of the classes of a .rec file, by the folders that the .lst beside it names; () where it does not say them."""
    names: dict[int, str] = {}
    try:
        with open(records.with_suffix(".lst"), encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                _, label, *_, path = line.rstrip("\n").split("\t")
                folder, slash, _ = path.partition("/")
                if not slash or names.setdefault(int(float(label)), folder) != folder:
                    return ()
    except (OSError, ValueError):
        return ()
    return tuple(names[number] for number in range(len(names))) if names.keys() == {*range(len(names))} else ()


@dataclass(frozen=True)
class Chosen:
    """The pictures of a split: where they lie, which of the set's they are, int64 ascending, and the labels of all in the set.

    class_names: () where they are not known.
    """

    set: RecordFile | PictureFolder
    members: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names) or int(self.labels.max(initial=-1)) + 1


def of_split(data: PathLike, split: str) -> Chosen:
    """The pictures that `data` (as for `find_set`) has for a split.

    Raises DataError for data that is not there or damaged, and for a folder of a class that the training pictures have not.
    """
    where, part = find_set(data, split)
    found = open_set(where)
    chosen = members(part, len(found))
    if isinstance(found, RecordFile):
        return Chosen(found, chosen, found.labels, class_names_of(found.path))
    trained = find_set(data, "train")[0]
    names = class_folders(trained) if trained.is_dir() else found.class_names
    strange = [name for name in found.class_names if name not in names]
    if strange:
        raise DataError(f"{where} has a folder {strange[0]}, and {trained} has none: both must have the same classes")
    return Chosen(found, chosen, np.array([names.index(name) for name in found.class_names], "int32")[found.labels], names)
