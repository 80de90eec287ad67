"""What a trained net sees in a picture: files in, class names and probabilities out."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gluon_alexnet.data.files import CLASS_NAMES
from gluon_alexnet.data.loader import to_input
from gluon_alexnet.errors import UserError

SUFFIXES = (".png", ".jpg", ".jpeg")
SIDE = 28
# The net learned from garments 20 to 28 pixels high on black; a picture lighter than this along its border is of the other kind.
LIGHT_BORDER = 127
LARGE = 4096


@dataclass(frozen=True)
class Prediction:
    """What the net says of one picture: probabilities (float32, one for each class) and what was done to the picture first."""

    path: Path
    probabilities: np.ndarray
    notes: tuple[str, ...]

    def top(self, count):
        """The `count` most probable classes: a list of (name, probability), the most probable first."""
        order = np.argsort(-self.probabilities)[:count]
        return [(CLASS_NAMES[index], float(self.probabilities[index])) for index in order]


def find_pictures(paths):
    """The PNG and JPEG files that `paths` (files and folders) name, folders in order of name, without what lies deeper.

    Raises UserError for a path that is not there, a folder without pictures, and a file of another kind.
    """
    pictures = []
    for path in map(Path, paths):
        try:
            pictures += _pictures_at(path)
        except OSError as error:
            raise UserError(f"{path} cannot be read ({error.strerror or error}): see to its permissions") from error
    return pictures


def _pictures_at(path):
    if path.is_dir():
        # macOS leaves files such as ._shirt.png beside the pictures on other systems' disks.
        inside = sorted(
            file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.name[0] != "." and not file.is_dir()
        )
        if not inside:
            raise UserError(f"there is no PNG or JPEG file in {path}: name the pictures, or a folder that holds some")
        return inside
    if not path.exists():
        raise UserError(f"there is no file {path}: name PNG or JPEG files, or a folder of them")
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"{path} is not a PNG or JPEG file: convert it first")
    return [path]


def read_picture(path):
    """A picture as Fashion-MNIST has them, light on black: (uint8 (28, 28), notes on what was changed).

    Turned upright by its EXIF mark, transparent parts put on white, made grey, inverted when its border is light, padded to
    a square with its border's grey, and shrunk. Raises UserError for a file that is not a picture.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            # Pillow warns of damage beside the pixels, such as in the EXIF marks, in terms that help nobody here.
            warnings.simplefilter("ignore")
            with Image.open(path) as file:
                file.load()
                try:
                    picture = ImageOps.exif_transpose(file)
                except Exception:  # damaged marks, whose kinds of error Pillow does not list; the pixels are good
                    picture = file.copy()
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise UserError(f"{path} cannot be read as a picture ({error}): save it again as PNG or JPEG") from error
    if picture.mode.startswith("I"):
        # Sixteen bits a pixel: Pillow's own conversion cuts off instead of scaling, and forgets the transparent grey.
        wide, clear = np.asarray(picture), picture.info.get("transparency")
        picture = Image.fromarray(np.clip(np.rint(wide / 257), 0, 255).astype("uint8"))
        if clear is not None:
            picture.putalpha(Image.fromarray(np.where(wide == clear, 0, 255).astype("uint8")))
    notes = []
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        notes.append("transparent parts taken as white")
    if picture.mode != "L":
        colour = np.asarray(picture.convert("RGB"))
        if (colour != colour[:, :, :1]).any():
            notes.append("colours made grey")
        picture = picture.convert("L")
    if max(picture.size) > LARGE:
        # Made square as it is, a strip of a few pixels would take gigabytes.
        factor = LARGE / max(picture.size)
        picture = picture.resize([max(1, round(length * factor)) for length in picture.size], Image.Resampling.BOX)
    pixels = np.asarray(picture)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    background = int(np.median(border))
    if background > LIGHT_BORDER:
        picture, background = ImageOps.invert(picture), 255 - background
        notes.append("dark on light: inverted")
    if picture.width != picture.height:
        side = max(picture.size)
        square = Image.new("L", (side, side), background)
        square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
        picture = square
        notes.append("padded to a square")
    if picture.size != (SIDE, SIDE):
        picture = picture.resize((SIDE, SIDE), Image.Resampling.BOX if picture.width > SIDE else Image.Resampling.BILINEAR)
    return np.asarray(picture), tuple(notes)


def predict(net, paths, size, normalize=False, batch_size=64):
    """The Prediction of `net` for each picture that `paths` name, in order; a generator, a batch at a time.

    net: a Gluon net, on any device, or a function from images to logits. size: the (height, width) that it takes; normalize: as
    its FashionMNISTLoader had it. A file that cannot be read is given as its UserError instead, so that the others are still
    told. Raises UserError as `find_pictures`.
    """
    pictures = find_pictures(paths)
    for first in range(0, len(pictures), batch_size):
        outcomes = [_read(path) for path in pictures[first : first + batch_size]]
        images = [outcome[0] for outcome in outcomes if not isinstance(outcome, UserError)]
        probabilities = iter(_probabilities(net, np.stack(images), size, normalize)) if images else iter(())
        for path, outcome in zip(pictures[first : first + batch_size], outcomes, strict=True):
            yield outcome if isinstance(outcome, UserError) else Prediction(path, next(probabilities), outcome[1])


def _read(path):
    try:
        return read_picture(path)
    except UserError as error:
        return error


def _probabilities(net, images, size, normalize):
    from gluon_alexnet import runtime
    from gluon_alexnet.prepare import contexts_of

    images = to_input(images, size, normalize)
    if hasattr(net, "collect_params"):
        images = images.as_in_ctx(contexts_of(net)[0])
    return runtime.load_mxnet().npx.softmax(net(images)).asnumpy()
