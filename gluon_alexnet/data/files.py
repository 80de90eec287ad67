"""Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv:1708.07747): found or fetched, checked, or replaced aloud."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.data import download as net
from gluon_alexnet.data import idx, synthetic
from gluon_alexnet.errors import DataError
from gluon_alexnet.language import spoken

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

CLASS_NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
CLASS_NAMES_VI = (
    "Áo phông",
    "Quần dài",
    "Áo len chui đầu",
    "Váy liền",
    "Áo khoác",
    "Xăng đan",
    "Áo sơ mi",
    "Giày thể thao",
    "Túi xách",
    "Bốt cổ ngắn",
)

_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def _pair(prefix, count, other_count):
    images, labels = f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"
    return (
        idx.File(images, _SHA256[images], count, idx.IMAGES, (28, 28), other_count),
        idx.File(labels, _SHA256[labels], count, idx.LABELS, (), other_count),
    )


FILES = {"train": _pair("train", 60_000, 10_000), "test": _pair("t10k", 10_000, 60_000)}
_ALL = FILES["train"] + FILES["test"]
HOME_PAGE = "https://github.com/zalandoresearch/fashion-mnist"
# The authors' two, then the copies from which MXNet's and Keras's users have theirs.
PLACES = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
    "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/gluon/dataset/fashion-mnist",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
)
MEND = f"take it again from {HOME_PAGE} (data/fashion)"
STAND_IN = "stand-in"
_gave_up: dict[Path, str] = {}  # cache folder -> why: the second split must not wait for the network again


@dataclass(frozen=True)
class Source:
    """Where a split came from.

    name: 'fashion-mnist' or 'stand-in'; where: the folder or 'built in'; sha256: name of a file -> hex of its content;
    reason: why the stand-in is used, else ''.
    """

    name: str
    where: str
    sha256: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    def notice(self) -> str:
        """What a person must be told, or '' where there is nothing to tell; in Vietnamese where a notebook speaks it."""
        if self.name != STAND_IN:
            return ""
        if spoken() == "vi":
            asked = self.reason.endswith("asks for it")
            why = "được yêu cầu như vậy" if asked else "không tìm thấy dữ liệu thật trên máy này và cũng không tải về được"
            return (
                f"DỮ LIỆU THAY THẾ, KHÔNG PHẢI FASHION-MNIST: ảnh do chương trình tự vẽ, vì {why}. Độ chính xác thu được không "
                f"nói gì về Fashion-MNIST. Muốn dùng dữ liệu thật, hãy đặt bốn tệp từ {HOME_PAGE} (data/fashion) vào một thư "
                "mục, gán đường dẫn của nó cho biến môi trường FASHION_MNIST_DIR rồi khởi động lại kernel."
            )
        return (
            f"STAND-IN DATA, NOT FASHION-MNIST: the pictures are drawn by the program, because {self.reason}. "
            f"Accuracies say nothing about Fashion-MNIST. To use the real data, put the four files from {HOME_PAGE} "
            "(data/fashion) in a folder and give it with --data; a notebook looks for them again when its kernel is restarted."
        )


@dataclass(frozen=True, eq=False)
class Split:
    """images: uint8 (N, 28, 28), 0 black to 255 white; labels: int32 (N,) in 0..9, both read-only; source: Source."""

    images: np.ndarray
    labels: np.ndarray
    source: Source


def load_split(split: str, data: PathLike | None = None, download: bool = True) -> Split:
    """One split of Fashion-MNIST, 'train' (60,000) or 'test' (10,000), kept in memory from then on.

    data: a folder with the four files (.gz or not), or 'stand-in' for the built-in pictures. Without it:
    $FASHION_MNIST_DIR (the same two choices), the folders of MXNet, torchvision and Keras, the cache of earlier
    downloads, a download (unless download=False or $GLUON_ALEXNET_OFFLINE is 1), and at last the stand-in, announced
    once on stderr.
    Raises DataError where a folder that was named does not hold the published content, ValueError for an unknown split.
    """
    if split not in FILES:
        raise ValueError(f"split must be 'train' or 'test', not {split!r}")
    folder, reason = find(data, download)
    if folder is None:
        loaded = _stand_in(split, reason)
        _announce(loaded.source.notice())
        return loaded
    (images, labels), sums = _load(folder, FILES[split]), {file.name: file.sha256 for file in FILES[split]}
    return Split(images, labels, Source("fashion-mnist", str(folder), sums))


def find(data: PathLike | None = None, download: bool = True) -> tuple[Path | None, str]:
    """The data that `load_split` would use: (folder, '') or, for the stand-in, (None, reason).

    Downloads, and raises DataError for a folder that was named and is not there, as `load_split` does; the content of a
    named folder is checked only there.
    """
    named = str(data) if data is not None else os.environ.get("FASHION_MNIST_DIR") or None
    if named is not None:
        by = "--data" if data is not None else "$FASHION_MNIST_DIR"
        return (None, f"{by} asks for it") if named == STAND_IN else (_named(named, by), "")
    damaged = []
    for folder in (*usual_folders(), cache_folder()):
        try:
            if all(_paths(folder, file) for file in _ALL):
                _load(folder, _ALL)
                return folder, ""
        except DataError as error:
            damaged.append(str(error))
    for sentence in damaged:
        _announce(f"Passed over: {sentence}.")
    reason = damaged[0] if damaged else "it was not found in the usual folders"
    if not download or os.environ.get("GLUON_ALEXNET_OFFLINE", "0") not in ("", "0"):
        return None, f"{reason} and the network is switched off"
    try:
        return _fetch(cache_folder()), ""
    except DataError as error:
        return None, f"{reason} and {error}"


def usual_folders() -> tuple[Path, ...]:
    """Where MXNet, torchvision (also as the chapters call it) and Keras keep Fashion-MNIST."""
    home = _home()
    return (
        Path(os.environ.get("MXNET_HOME") or home / ".mxnet") / "datasets" / "fashion-mnist",
        *(base / "data" / "FashionMNIST" / "raw" for base in (Path("."), Path(".."), home)),
        Path(os.environ.get("KERAS_HOME") or home / ".keras") / "datasets" / "fashion-mnist",
    )


def cache_folder() -> Path:
    """Where downloads are kept: $XDG_CACHE_HOME or ~/.cache, then gluon_alexnet/fashion-mnist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache") / "gluon_alexnet" / "fashion-mnist"


def _home():
    try:
        return Path.home()
    except RuntimeError:  # a user without an entry and without $HOME, as in some containers
        return Path(tempfile.gettempdir())


def _named(named, by):
    """The folder itself, or the one in it where torchvision or a clone of the authors' repository keeps the files."""
    try:
        root = Path(named).expanduser()
        there = root.exists()
    except (OSError, RuntimeError) as error:  # no permission to look, a name too long, or no home of that name
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{by} names {named}, which cannot be read ({reason}): see to its permissions") from error
    if not named or not there:
        raise DataError(f"{by} names {named!r}, which is not there: give the folder with the four files of Fashion-MNIST")
    if not root.is_dir():
        raise DataError(f"{by} names {named}, which is a file: give the folder with the four files of Fashion-MNIST")
    for folder in (root, *(root / inside for inside in ("FashionMNIST/raw", "raw", "fashion-mnist", "data/fashion"))):
        if any(_paths(folder, file) for file in _ALL):
            return folder
    raise DataError(f"{by} names {named}, which holds none of the four files of Fashion-MNIST: {MEND}")


def _load(folder, files):
    return [_load_file(folder, file) for file in files]


def _paths(folder, file):
    """What there is of a file, unpacked first: it loads faster.

    Under its published name or with a dot for the second dash, as other programs write it; itself or in a folder of its name, as
    unpacking leaves it.
    """
    dotted = file.name.replace("-idx", ".idx")
    names = (file.name, file.name + ".gz", dotted, dotted + ".gz")
    found = [folder / name for name in names if os.path.lexists(folder / name)]
    inside = [path / name for path in found if path.is_dir() for name in names if (path / name).is_file()]
    # A folder without the file is kept, for the sentence that says so.
    return inside + [path for path in found if not inside or not path.is_dir()]


def _load_file(folder, file):
    wrong = DataError(f"{folder} has no {file.name}.gz: {MEND}")
    for path in _paths(folder, file):
        try:
            status = path.stat()
            return _kept(path, file, status.st_size, status.st_mtime_ns)
        except OSError as error:
            wrong = DataError(f"{path} cannot be read ({error.strerror or error}): see to its permissions, or {MEND}")
        except DataError as error:
            wrong = error
    raise wrong


@functools.lru_cache(maxsize=8)
def _kept(path, file, size, changed):
    """Size and time of change are part of the key, so that a file put right is read again."""
    return idx.read(path, file, MEND)


def _fetch(folder, **settings):
    """Download what `folder` lacks; returns it. Raises DataError, at once where it was tried in vain before."""
    if folder in _gave_up:
        raise DataError(_gave_up[folder])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = {file.name + ".gz": file for file in _lacking(folder)}
        most = {name: idx.most_bytes(file) for name, file in wanted.items()}
        settings = {"places": PLACES, **settings}
        net.fetch(most, folder, check=lambda path, name: idx.read(path, wanted[name], MEND), **settings)
    except (OSError, DataError) as error:
        # Another process may have brought the files meanwhile.
        if _lacking(folder):
            unwritable = isinstance(error, OSError)
            _gave_up[folder] = f"{folder} cannot be written ({error.strerror or error})" if unwritable else str(error)
            raise DataError(_gave_up[folder]) from error
    return folder


def _lacking(folder):
    lacking = []
    for file in _ALL:
        try:
            _load_file(folder, file)
        except DataError:
            lacking.append(file)
    return lacking


@functools.lru_cache(maxsize=4)
def _stand_in(split, reason):
    images, labels = synthetic.make_split(split)
    for array in (images, labels):
        array.setflags(write=False)
    sums = {
        f"{STAND_IN}-{split}-images": hashlib.sha256(images).hexdigest(),
        f"{STAND_IN}-{split}-labels": hashlib.sha256(labels).hexdigest(),
    }
    return Split(images, labels, Source(STAND_IN, "built in", sums, reason))


@functools.cache
def _announce(sentence):
    """Once per process: both splits have the same to say."""
    if sentence:
        print(sentence, file=sys.stderr, flush=True)
