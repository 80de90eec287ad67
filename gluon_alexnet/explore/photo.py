"""A photo on its way to what a net has learned from: each step as a picture with its name."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.explore.words import STEPS
from gluon_alexnet.language import Text
from gluon_alexnet.predict import picture_steps

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

__all__ = ["Step", "photo_steps"]


@dataclass(frozen=True, eq=False)
class Step:
    """What a picture looks like after a step: its name (as of predict.picture_steps), in words, and uint8 (H, W) or (H, W, 3)."""

    name: str
    words: Text
    pixels: np.ndarray


def photo_steps(photo: PathLike | bytes, garment: bool = True) -> list[Step]:
    """The Steps from a photo to 28x28 grey, light on black, as Fashion-MNIST has them; the last is what a net is given.

    photo: a file, or the content of one, in any format that `gluon-alexnet predict` reads. garment: take the background away and
    cut the garment out, as `gluon-alexnet predict` does; without it, the steps are those of `predict --whole`. Raises UserError
    for what is no picture.
    """
    steps, _ = picture_steps(io.BytesIO(photo) if isinstance(photo, bytes) else photo, garment)
    return [Step(name, STEPS[name], pixels) for name, pixels in steps.items()]
