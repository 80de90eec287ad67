"""Pictures on their way into a net: photos and bytes made what it has learned from."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gluon_alexnet.analysis import times
from gluon_alexnet.data import decoding, records
from gluon_alexnet.data.loader import to_input
from gluon_alexnet.data.recordio import Damaged
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore.photo import Step, photo_steps
from gluon_alexnet.language import Text

__all__ = ["Taking"]

PHOTO = Text("the photo", "ảnh gốc")
NO_PICTURE = "không đọc được tệp này như một bức ảnh: hãy lưu lại thành PNG hoặc JPEG"
MIDDLE = Text("the middle of it, {}", "phần giữa, {}")


@dataclass(frozen=True)
class Taking:
    """What a net takes: shape (C, H, W); normalize, as its loader had it.

    garments: as Fashion-MNIST has them, light on black, alike in all channels.
    """

    shape: tuple[int, int, int]
    normalize: bool = False
    garments: bool = True

    def photo(self, content: bytes) -> tuple[list[Step], np.ndarray]:
        """(Steps, float32 (C, H, W)) of a file's content. Raises UserError for what is no picture."""
        if self.garments:
            try:
                steps = photo_steps(content)
            except UserError as error:
                # Pillow names the bytes in memory by their address.
                raise UserError(Text(re.sub(" <_io[^>]*>", "", str(error)), NO_PICTURE)) from None
            return steps, self.pixels(steps[-1].pixels[None])[0]
        channels, height, width = self.shape
        if height != width or channels not in (1, 3):
            raise UserError(
                f"the net takes pictures of {times(self.shape)}, and photos are made squares of one or three channels only: hand "
                "over such pictures as arrays"
            )
        shorter = records.shorter_for(height)
        try:
            pixels = decoding.pixels_of(content, channels, shorter)
        except (OSError, Damaged) as error:
            said = f"this cannot be read as a picture ({error}): save it again as PNG or JPEG"
            raise UserError(Text(said, NO_PICTURE)) from None
        # OpenCV has blue first.
        pixels = np.ascontiguousarray(pixels[..., ::-1]) if channels == 3 else pixels
        middle = records.cut(pixels, height, shorter)
        words = Text(*(text.format(times((height, width))) for text in MIDDLE))
        return [Step("photo", PHOTO, pixels), Step("middle", words, middle)], self.pixels(middle[None])[0]

    def pixels(self, images: np.ndarray) -> np.ndarray:
        """Bytes, uint8 (N, H, W) or (N, H, W, 3), as the net takes them: float32 (N, C, H, W)."""
        channels, height, width = self.shape
        if self.garments and images.ndim == 3:
            return to_input(images, (height, width), self.normalize, channels).asnumpy()
        taken = np.empty((len(images), channels, height, width), "float32")
        if images.shape[1:] != ((height, width) if channels == 1 else (height, width, channels)):
            raise UserError(f"pictures of {times(images.shape[1:])} are not what the net takes, which is {times(self.shape)}")
        for image, pixels in zip(taken, images, strict=True):
            # It takes them with blue first.
            given = np.ascontiguousarray(pixels[..., ::-1]) if channels == 3 else pixels
            records.scale(given, records.tables(channels, self.normalize), image)
        return taken

    def files(self, paths: Sequence[Any]) -> list[tuple[str, np.ndarray]]:
        """(name, float32 (C, H, W)) of each picture in files and folders; those that cannot be read are told on stderr.

        Raises UserError where none can be read, and for a path that is not there.
        """
        from gluon_alexnet.predict import PassedOver, find_pictures

        found: list[tuple[str, np.ndarray]] = []
        broken: list[UserError] = []
        for path in find_pictures(paths):
            if isinstance(path, PassedOver):
                continue
            if isinstance(path, UserError):
                raise path
            try:
                found.append((path.name, self.photo(path.read_bytes())[1]))
            except OSError as error:
                broken.append(UserError(f"{path} cannot be read ({error.strerror or error}): see to its permissions"))
            except UserError as error:
                broken.append(UserError(f"{path}: {error}"))
        if broken and not found:
            raise broken[0]
        for each in broken:
            print(f"left out: {each}", file=sys.stderr)
        return found
