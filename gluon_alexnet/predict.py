"""What a trained net sees in a picture: files in, class names and probabilities out."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet.data import decoding, records
from gluon_alexnet.data.decoding import HEIF, SUFFIXES
from gluon_alexnet.data.files import CLASS_NAMES
from gluon_alexnet.data.loader import to_input
from gluon_alexnet.data.recordio import Damaged
from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

SIDE = 28
# The net learned from garments 20 to 28 pixels high on black; a picture lighter than this along its border is of the other kind.
LIGHT_BORDER = 127
LARGE = 4096
# A garment stands out from its background by so many of 255 greys at least, and by so many times the background's own noise.
CONTRAST, NOISES = 16, 5
# One that takes up so much of the longer side is left as it lies: a few pixels of a dark hem, not found, would make it too large.
FILLS = 0.9
# Where the garment is, is looked for in a picture made so small, in which specks and noise are averaged away.
SEARCHED = 128


class PassedOver(UserError):
    """What a folder holds beside its pictures."""

    exit_code = 0


@dataclass(frozen=True)
class Prediction:
    """What the net says of one picture: probabilities (float32, one for each class) and what was done to the picture first.

    names: those of the classes; one without a name is told by its number.
    """

    path: Path
    probabilities: np.ndarray
    notes: tuple[str, ...]
    names: tuple[str, ...] = CLASS_NAMES

    def top(self, count: int) -> list[tuple[str, float]]:
        """The `count` most probable classes: a list of (name, probability), the most probable first."""
        order = np.argsort(-self.probabilities)[:count]
        names = dict(enumerate(self.names))
        return [(names.get(index, f"class {index}"), float(self.probabilities[index])) for index in order.tolist()]


def find_pictures(paths: Iterable[PathLike]) -> list[Path | UserError]:
    """What `paths` (files and folders) name: a list of Path, folders with all that lies in them, in order of name.

    In place of a path that is not there and of a folder without pictures stands its UserError, and after the pictures of a folder
    one that names what was passed over there since it is no picture.
    """
    pictures = []
    for path in map(files_io.user_path, paths):
        try:
            if path.is_dir():
                pictures += _pictures_in(path)
            elif path.exists():
                pictures.append(path)
            else:
                pictures.append(UserError(f"there is no file {path}: name pictures, such as PNG or JPEG files, or folders"))
        except OSError as error:
            pictures.append(UserError(f"{path} cannot be read ({error.strerror or error}): see to its permissions"))
    return pictures


def _pictures_in(folder):
    pictures, others = [], []
    for parent, folders, names in os.walk(folder):
        # macOS leaves folders and files such as ._shirt.png beside the pictures on other systems' disks.
        folders[:] = sorted(name for name in folders if name[0] != "." and name != "__MACOSX")
        for file in (Path(parent, name) for name in sorted(names) if name[0] != "."):
            (pictures if file.suffix.lower() in SUFFIXES or _is_picture(file) else others).append(file)
    if not pictures:
        found = f", only {_listed(others)}" if others else ""
        return [UserError(f"there is no picture in {folder}{found}: name pictures, such as PNG or JPEG files, or folders")]
    return [*pictures, *([PassedOver(f"passed over, since they are no pictures: {_listed(others)}")] if others else [])]


def _listed(paths):
    return ", ".join(map(str, paths[:5])) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")


def _is_picture(path):
    """Whether a file of whatever name begins as a picture does."""
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(path, formats=decoding.formats()):
            return True
    except Exception:  # whatever it is, it is none
        return False


def read_picture(path: PathLike, garment: bool = True) -> tuple[np.ndarray, tuple[str, ...]]:
    """A picture as Fashion-MNIST has them, light on black: (uint8 (28, 28), notes on what was changed).

    Turned upright by its EXIF mark, of several in a file the first, transparent parts put on white, made grey, inverted when its
    border is light, the garment cut out as `picture_steps` does, padded to a square with its border's grey, and shrunk. garment:
    False leaves the background and what lies around the garment. Raises UserError for a file that is not a picture.
    """
    steps, notes = picture_steps(path, garment)
    return steps["small"], notes


def picture_steps(source: PathLike | BinaryIO, garment: bool = True) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """What is made of a picture on the way to 28x28: ({step: pixels}, notes on what was changed), in order.

    source: a file or what is open for reading in binary, such as io.BytesIO. garment: as for a photo, take the background away
    and, unless it fills the picture already, cut out the garment, whose largest side then fills the 28 pixels, as in
    Fashion-MNIST (Xiao et al. 2017); pictures of 28x28 are left as they are. Each step but the first is uint8 (H, W), and only
    those are there that were taken: 'photo', uint8 (H, W, 3), upright; 'grey'; 'inverted', light on dark; 'background', made
    black; 'cropped', to the garment; 'square', in the middle of one; 'small', (28, 28). Raises UserError for a file that is not a
    picture.
    """
    from PIL import Image

    notes: list[str] = []
    path = "the picture" if hasattr(source, "read") else source
    try:
        opened = decoding.plain(_opened(source, notes), notes)
        steps = {"photo": np.asarray(_bounded(opened).convert("RGB"))}
        picture = _bounded(_grey(opened, notes))
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        if not hasattr(source, "read") and Path(source).suffix.lower() in HEIF:
            raise UserError(
                f"{path} is a HEIC picture, which is read only beside pillow-heif: pip install pillow-heif, or save it as JPEG"
            ) from error
        # Pillow names what it was given, which of what is open is an address in memory.
        what = "it is no picture" if isinstance(error, Image.UnidentifiedImageError) and hasattr(source, "read") else error
        raise UserError(f"{path} cannot be read as a picture ({what}): save it again as PNG or JPEG") from error
    steps["grey"] = np.asarray(picture)
    for name, changed in _fitted(picture, notes, garment and picture.size != (SIDE, SIDE)):
        steps[name] = np.asarray(changed)
    return steps, tuple(notes)


def _fitted(picture, notes, garment):
    """(step, picture) from a grey picture to one of 28x28."""
    from PIL import Image, ImageOps

    background = int(np.median(_border(np.asarray(picture))))
    if background > LIGHT_BORDER:
        picture, background = ImageOps.invert(picture), 255 - background
        notes.append("dark on light: inverted")
        yield "inverted", picture
    if garment:
        if background > CONTRAST / 2:
            notes.append("background made black")
        picture, background = Image.fromarray(_without_background(np.asarray(picture))), 0
        yield "background", picture
        box = _box_of_garment(picture)
        if box is not None:
            picture = picture.crop(box)
            notes.append("cropped to the garment")
            yield "cropped", picture
    if picture.width != picture.height:
        side = max(picture.size)
        square = Image.new("L", (side, side), background)
        square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
        picture = square
        notes.append("padded to a square")
        yield "square", picture
    if picture.size != (SIDE, SIDE):
        picture = picture.resize((SIDE, SIDE), Image.Resampling.BOX if picture.width > SIDE else Image.Resampling.BILINEAR)
    yield "small", picture


def _bounded(picture):
    """A picture, made smaller where it is very large."""
    from PIL import Image

    if max(picture.size) <= LARGE:
        return picture
    # Made square as it is, a strip of a few pixels would take gigabytes.
    factor = LARGE / max(picture.size)
    picture = picture if picture.mode == "L" else picture.convert("RGB")
    return picture.resize([max(1, round(length * factor)) for length in picture.size], Image.Resampling.BOX)


def _border(pixels):
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _without_background(pixels):
    """Light on dark, less a background whose light may rise or fall evenly across the picture: uint8 (H, W)."""
    rows, columns = (np.linspace(-1, 1, length, dtype="float32") for length in pixels.shape)
    plane = np.stack(np.broadcast_arrays(np.float32(1), rows[:, None], columns[None]), axis=-1)
    at, values = (_border(each) for each in (plane, pixels.astype("float32")))
    # What is light at the border may be the garment, so the darker half begins.
    kept = values <= np.median(values) + CONTRAST / 4
    # Fitted again without what lies far from the fit, such as a sleeve at the border.
    for _ in range(5):
        fit = np.linalg.lstsq(at[kept], values[kept], rcond=None)[0]
        off = np.abs(values - at @ fit)
        kept = off <= max(CONTRAST / 4, 2.5 * np.median(off))
    background = np.clip(plane @ fit, 0, 254)
    noise = np.median(off)
    # What is white stays white.
    room = np.maximum(255 - background - noise, 1)
    return np.rint(np.clip((pixels - background - noise) * (255 / room), 0, 255)).astype("uint8")


def _box_of_garment(picture):
    """(left, top, right, bottom) of what stands out from black, or None where nothing does or all of it."""
    from PIL import Image, ImageFilter

    factor = max(1, max(picture.size) / SEARCHED)
    small = picture.resize([max(1, round(length / factor)) for length in picture.size], Image.Resampling.BOX)
    pixels = np.asarray(small.filter(ImageFilter.MedianFilter(3)))
    border = _border(pixels)
    stands_out = pixels > max(CONTRAST, NOISES * np.median(border))
    rows, columns = (np.flatnonzero(stands_out.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    scale_x, scale_y = (whole / part for whole, part in zip(picture.size, small.size, strict=True))
    box = (columns[0] * scale_x, rows[0] * scale_y, (columns[-1] + 1) * scale_x, (rows[-1] + 1) * scale_y)
    box = tuple(round(value) for value in box)
    left, top, right, bottom = box
    return None if max(right - left, bottom - top) >= FILLS * max(picture.size) else box


def _opened(path, notes):
    """The picture in a file, the first where it holds several, upright."""
    with warnings.catch_warnings():
        # Pillow warns of damage beside the pixels, such as in the EXIF marks, in terms that help nobody here.
        warnings.simplefilter("ignore")
        return decoding.opened(path, notes)


def _grey(picture, notes):
    """A picture of eight bits as one of mode L."""
    if picture.mode != "L":
        colour = np.asarray(picture.convert("RGB"))
        if (colour != colour[:, :, :1]).any():
            notes.append("colours made grey")
        picture = picture.convert("RGB").convert("L") if picture.mode not in ("1", "RGB") else picture.convert("L")
    return picture


def predict(
    net: Callable[[Any], Any],
    paths: Iterable[PathLike],
    size: Sequence[int],
    normalize: bool = False,
    batch_size: int = 64,
    names: Sequence[str] = CLASS_NAMES,
    channels: int | None = None,
    garment: bool = True,
) -> Iterator[Prediction | UserError]:
    """The Prediction of `net` for each picture that `paths` name, in order; a generator, a batch at a time.

    net: a Gluon net, on any device, or a function from images to logits. size: the (height, width) that it takes, or (channels,
    height, width) where it takes grey pictures in several channels, all alike; normalize: as its loader had it; names: those of
    its classes. channels: None for a net of Fashion-MNIST, which is shown pictures as `read_picture` makes them, with its
    `garment`; 3, or 1 for grey, for one of a RecordsLoader, which is shown the middle of each picture. What cannot be read is
    given as its UserError instead, as by `find_pictures`, so that the others are still told.
    """
    alike, size = size[0] if len(size) == 3 else 1, size[-2:]
    pictures: list[Any] = find_pictures(paths)
    for first in range(0, len(pictures), batch_size):
        outcomes = [_read(path, channels, size, garment) for path in pictures[first : first + batch_size]]
        images = [outcome[0] for outcome in outcomes if not isinstance(outcome, UserError)]
        taken = _taken(np.stack(images), size, normalize, channels, alike) if images else None
        probabilities = iter(()) if taken is None else iter(_probabilities(net, taken))
        for path, outcome in zip(pictures[first : first + batch_size], outcomes, strict=True):
            yield outcome if isinstance(outcome, UserError) else Prediction(path, next(probabilities), outcome[1], tuple(names))


def _read(path, channels, size, garment):
    if isinstance(path, UserError):
        return path
    try:
        return read_picture(path, garment) if channels is None else (_middle(path, channels, size[0]), ())
    except UserError as error:
        return error


def _middle(path, channels, side):
    """The window in the middle of a picture, as a RecordsLoader has it."""
    shorter = records.shorter_for(side)
    try:
        return records.cut(decoding.pixels_of(Path(path).read_bytes(), channels, shorter), side, shorter)
    except (OSError, Damaged) as error:
        raise UserError(f"{path} cannot be read as a picture ({error}): save it again as PNG or JPEG") from error


def _taken(images, size, normalize, channels, alike):
    """Pictures, uint8 (N, ...), as the net takes them."""
    if channels is None:
        return to_input(images, size, normalize, alike)
    from gluon_alexnet.machine import runtime

    taken = np.empty((len(images), channels, *size), "float32")
    for image, pixels in zip(taken, images, strict=True):
        records.scale(pixels, records.tables(channels, normalize), image)
    return runtime.load_mxnet().np.array(taken)


def _probabilities(net, images):
    from gluon_alexnet.machine import runtime, threads
    from gluon_alexnet.prepare import contexts_of

    if hasattr(net, "collect_params"):
        images = images.as_in_ctx(contexts_of(net)[0])
    with threads.follower().timed(("answer", images.shape)):
        return runtime.load_mxnet().npx.softmax(net(images)).asnumpy()
