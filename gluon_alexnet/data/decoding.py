"""The bytes of a picture file as pixels: upright, eight bits, grey or three colours, whatever it is kept as.

JPEG is read by OpenCV, which gives the pixels that Pillow gives and lets other threads compute meanwhile; all else by Pillow.
"""

from __future__ import annotations

import contextlib
import functools
import io
import struct
import threading
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.data.recordio import Damaged
from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

# Pictures by their names; of those that are called otherwise the content decides.
HEIF = (".heic", ".heif", ".hif")
SUFFIXES = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".avif"),
    *(".jp2", ".pgm", ".ppm", ".pbm", ".pnm", ".tga", *HEIF),
)
# What is read, by Pillow's names: not those whose reading starts other programs, such as EPS.
FORMATS = (
    *("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "ICO", "JPEG2000", "PPM", "TGA", "PCX", "QOI", "SGI"),
    *("ICNS", "HEIF"),
)
# By how much a JPEG can be made smaller before its pixels are computed.
REDUCED = (8, 4, 2)
# Markers of a JPEG that begin a frame, and those that stand alone.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}
_quiet = threading.Lock()


class _WholeOnly:
    """Within it Pillow refuses pictures that are cut off, as it does by itself, though importing gluoncv has it make up the rest.

    Several threads may be within it at the same time.
    """

    def __init__(self) -> None:
        self.lock, self.inside, self.before = threading.Lock(), 0, False

    def __enter__(self) -> None:
        from PIL import ImageFile

        with self.lock:
            if not self.inside:
                self.before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
            self.inside += 1

    def __exit__(self, *exception: object) -> None:
        from PIL import ImageFile

        with self.lock:
            self.inside -= 1
            if not self.inside:
                ImageFile.LOAD_TRUNCATED_IMAGES = self.before


_whole_only = _WholeOnly()


@functools.cache
def formats() -> tuple[str, ...]:
    """Those of FORMATS that this Pillow reads."""
    from PIL import Image

    with contextlib.suppress(ImportError):
        # The photos of iPhones.
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


@functools.cache
def opencv() -> Any:
    """OpenCV. Raises UserError where it is not installed."""
    try:
        import cv2
    except ImportError as error:
        raise UserError(
            f"pictures of records and folders are read by OpenCV, which is not to be had here ({error}): "
            "pip install opencv-python-headless"
        ) from error
    return cv2


def decode(content: bytes, channels: int = 3, least: int | None = None) -> np.ndarray:
    """The pixels of a picture file's bytes, upright: uint8 (H, W, 3), red, green, blue; with channels=1 (H, W), grey.

    least: pixels that the shorter side is to have at least, where the picture may be made smaller for it, by 2, 4 or 8, while it
    is read; None for the picture as it is. Of several pictures the first, transparent parts on white, sixteen bits made eight.
    Raises Damaged for what cannot be read.
    """
    pixels = pixels_of(content, channels, least)
    return pixels if channels == 1 else opencv().cvtColor(pixels, opencv().COLOR_BGR2RGB)


def pixels_of(content: bytes, channels: int, least: int | None = None) -> np.ndarray:
    """As `decode`, but with the colours in OpenCV's order: blue, green, red."""
    shape = jpeg_shape(content)
    if shape and shape[2] in (1, 3):
        pixels = _jpeg(content, channels, reduction(shape[:2], least))
        if pixels is not None:
            return pixels
    try:
        return _by_pillow(content, channels)
    except Warning:
        # Where warnings are errors. Pillow warns of damage beside the pixels, such as in the EXIF marks.
        with _quiet, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _by_pillow(content, channels)


def reduction(shape: tuple[int, ...], least: int | None) -> int:
    """By how much a JPEG of this (height, width) is made smaller, so that its shorter side keeps `least` pixels: 1, 2, 4 or 8."""
    return 1 if least is None else next((by for by in REDUCED if min(shape) >= by * least), 1)


def jpeg_shape(content: bytes) -> tuple[int, int, int] | None:
    """(height, width, components) that the header of a JPEG of eight bits tells, before it is turned; None for all else."""
    at, end = 2, len(content) - 10
    if content[:2] != b"\xff\xd8":
        return None
    while at < end and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            bits, height, width, components = struct.unpack_from(">BHHB", content, at + 4)
            return (height, width, components) if bits == 8 and height and width else None
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def _jpeg(content, channels, by):
    """The pixels of a JPEG, each side divided by `by`; None where OpenCV does not read it, as of one that is cut off."""
    cv2 = opencv()
    flags = {1: 1, 2: cv2.IMREAD_REDUCED_GRAYSCALE_2, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4, 8: cv2.IMREAD_REDUCED_GRAYSCALE_8}[by]
    if channels == 3:
        flags |= cv2.IMREAD_COLOR
    elif by == 1:
        flags = cv2.IMREAD_GRAYSCALE
    try:
        return cv2.imdecode(np.frombuffer(content, "uint8"), flags)
    except cv2.error:
        return None


def _by_pillow(content, channels):
    from PIL import Image

    try:
        picture = plain(opened(io.BytesIO(content)))
        if picture.mode not in ("1", "L", "RGB"):
            picture = picture.convert("RGB")
        pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    except (Warning, UserError):
        raise
    except Image.UnidentifiedImageError:
        raise Damaged("it is no picture" if content else "it is empty") from None
    except Exception as error:  # whatever Pillow says of damage, whose kinds of error it does not list
        raise Damaged(str(error).strip() or type(error).__name__) from error
    return pixels if channels == 1 else np.ascontiguousarray(pixels[:, :, ::-1])


def opened(file: Any, notes: list[str] | None = None) -> Image.Image:
    """The picture in a file, a path or an open one, the first where it holds several, upright; notes: what a person is told.

    Raises what Pillow raises for damage, an OSError most often.
    """
    from PIL import Image, ImageOps

    with Image.open(file, formats=formats()) as picture, _whole_only:
        picture.load()
        frames = getattr(picture, "n_frames", 1)
        # Phones put the same picture in a JPEG several times.
        if frames > 1 and picture.format != "MPO":
            if notes is not None:
                notes.append(f"the first of {frames} pictures in the file")
            picture.seek(0)
        try:
            return ImageOps.exif_transpose(picture)
        except Warning:
            raise
        except Exception:  # damaged marks, whose kinds of error Pillow does not list; the pixels are good
            return picture.copy()


def plain(picture: Image.Image, notes: list[str] | None = None) -> Image.Image:
    """A picture of any mode as one of eight bits, transparent parts on white; notes: what a person is told."""
    from PIL import Image

    if picture.mode.startswith("I"):
        # Sixteen bits a pixel: Pillow's own conversion cuts off instead of scaling, and forgets the transparent grey.
        wide, clear = np.asarray(picture), picture.info.get("transparency")
        picture = Image.fromarray(np.clip(np.rint(wide / 257), 0, 255).astype("uint8"))
        if clear is not None:
            picture.putalpha(Image.fromarray(np.where(wide == clear, 0, 255).astype("uint8")))
    elif picture.mode == "F":
        values = np.nan_to_num(np.asarray(picture))
        # From 0 to 1, as programs for science write them, or bytes as floats.
        values = values * 255 if values.max() <= 1 else values
        picture = Image.fromarray(np.clip(np.rint(values), 0, 255).astype("uint8"))
    if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        if np.asarray(picture.getchannel("A")).min() < 255:
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
            if notes is not None:
                notes.append("transparent parts taken as white")
        picture = picture.convert("RGB")
    return picture
