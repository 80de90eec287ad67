"""What of a picture speaks for a class: by gradients, by Grad-CAM, by hiding parts of it.

Simonyan et al. 2014 (saliency), Selvaraju et al. 2017 (Grad-CAM), Zeiler and Fergus 2014 (occlusion).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.analysis import times
from gluon_alexnet.data.loader import resize_batch
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import layers
from gluon_alexnet.explore.layers import Layer
from gluon_alexnet.explore.maps import Seen, as_float32, softmax
from gluon_alexnet.machine import runtime

if TYPE_CHECKING:
    import mxnet as mx

__all__ = ["Gradients", "Occlusion", "grad_cam", "gradients", "occlusion", "saliency"]

# Of how many places a patch is moved to, down and across: fewer on large pictures, whose nets take longer.
PLACES, FEWER_PLACES, LARGE = 12, 6, 64 * 64
PATCH = 5
BATCH_SIZE = 16


@dataclass(frozen=True, eq=False)
class Gradients:
    """How the score of a class changes with each number of the picture and of the maps.

    number: of the class. score: its logit. picture: float32 (C, H, W). maps: one float32 array for each layer, of the shape of
    its map in Seen.
    """

    number: int
    score: float
    picture: np.ndarray
    maps: tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What becomes of a class where a patch hides part of the picture.

    number: of the class. probability: that of the whole picture. drops: float32 (rows, columns), how far below it the probability
    is with the patch at each place; negative where it rises. tops, lefts: where these places begin, in pixels. patch: its (rows,
    columns) in pixels.
    """

    number: int
    probability: float
    drops: np.ndarray
    tops: tuple[int, ...]
    lefts: tuple[int, ...]
    patch: tuple[int, int]

    def spread(self) -> np.ndarray:
        """For each pixel, the mean drop of the patches that hide it: float32 (H, W)."""
        height, width = self.tops[-1] + self.patch[0], self.lefts[-1] + self.patch[1]
        total, covered = np.zeros((2, height, width))
        for (row, column), drop in np.ndenumerate(self.drops):
            here = _hidden(self.tops[row], self.lefts[column], self.patch)
            total[here] += drop
            covered[here] += 1
        return (total / np.maximum(covered, 1)).astype("float32")


def gradients(seen: Seen, number: int) -> Gradients:
    """The Gradients of the logit of class `number`, of the net as it answers (dropout off), all of them in one pass.

    The net's own gradients stay as they are. Raises UserError for a class that there is not.
    """
    check_class(seen, number)
    mx = runtime.load_mxnet()
    picture = layers.as_batch(seen.net, seen.picture[None])
    picture.attach_grad()
    shifts = []
    with mx.autograd.record(train_mode=False):
        values = picture
        for layer in seen.layers:
            values = answer(layer, values)
            # MXNet tells gradients only of what begins a graph: that of zeros which are added is that of the map.
            shift = mx.np.zeros_like(values)
            shift.attach_grad()
            shifts.append(shift)
            values = values + shift
        score = values[:, number].sum()
    # Not by backward(), which would write into the gradients of the net's weights. Told once more that nothing learns, without
    # which batch norms go back by the statistics of this one picture.
    found = mx.autograd.grad(score, [picture, *shifts], train_mode=False)
    of_picture, *of_maps = (as_float32(each)[0] for each in found)
    return Gradients(number, float(score.item()), of_picture, tuple(of_maps))


def answer(layer: Layer, values: mx.np.ndarray) -> mx.np.ndarray:
    """What a layer makes of `values`, recorded so that its gradient is right. Raises UserError where it would not be."""
    mx = runtime.load_mxnet()
    if layer.kind == "other" and holds_max_pooling(layer.block):
        raise UserError(
            f"the gradient through {layer.name} ({type(layer.block).__name__}) would be wrong, since MXNet keeps no note "
            "of what the max pooling inside it took while nothing learns: put its layers into the Sequential themselves"
        )
    if layer.pooling != "max":
        return layer.block(values)
    # In training it computes the same, and keeps that note.
    with mx.autograd.train_mode():
        return layer.block(values)


def holds_max_pooling(block: mx.gluon.Block) -> bool:
    """Whether a block or one inside it is a max pooling of Gluon."""
    inside = block._children.values()
    return getattr(block, "_kwargs", {}).get("pool_type") == "max" or any(holds_max_pooling(child) for child in inside)


def saliency(found: Gradients) -> np.ndarray:
    """How much each pixel moves the score: the size of its gradient, of several channels the largest. float32 (H, W)."""
    return np.abs(found.picture).max(axis=0)


def grad_cam(seen: Seen, found: Gradients, which: str | int) -> np.ndarray:
    """Where the maps of a layer speak for the class, made as large as the picture: float32 (H, W), 0 where they do not.

    Each map weighs as much as the mean of its gradient; the sum, where positive, is resized bilinearly. found: of the same Seen.
    which: the layer's name or index, as a rule the last convolution. Raises UserError for a layer without maps.
    """
    layer = layers.find(seen.layers, which)
    if len(layer.output_shape) != 3:
        with_maps = ", ".join(each.name for each in seen.layers if len(each.output_shape) == 3) or "none"
        raise UserError(f"{layer.name} has no maps of rows and columns: of this net have {with_maps}")
    weights = found.maps[layer.index].mean(axis=(1, 2))
    total = np.maximum(np.tensordot(weights, seen.maps[layer.index], axes=1), 0)
    array = runtime.load_mxnet().np.array(total[None, None], dtype="float32")
    return as_float32(resize_batch(array, seen.picture.shape[1:]))[0, 0]


def occlusion(
    seen: Seen,
    number: int,
    patch: int | tuple[int, int] | None = None,
    stride: int | None = None,
    grey: float | None = None,
) -> Occlusion:
    """How far the probability of class `number` drops where a grey patch hides part of the picture, for each place of the patch.

    patch: its side or (rows, columns) in pixels, by default a fifth of the picture's. stride: pixels from place to place, by
    default so many that there are at most six places down and across, and twelve in pictures of up to 64x64; the last place ends
    at the border. grey: what the pixels of the patch become, by default the mean of the picture.
    Raises UserError for a class that there is not, and for a patch that does not fit.
    """
    check_class(seen, number)
    sides = seen.picture.shape[1:]
    wanted = tuple(max(1, side // PATCH) for side in sides) if patch is None else patch
    size = (wanted, wanted) if isinstance(wanted, int) else tuple(wanted)
    if len(size) != 2 or not all(1 <= length <= side for length, side in zip(size, sides, strict=True)):
        raise UserError(f"a patch of {times(size)} does not fit the picture of {times(sides)}: take from 1 to as many pixels")
    if stride is not None and stride < 1:
        raise UserError(f"stride is {stride}: the patch moves by at least 1 pixel")
    places = PLACES if sides[0] * sides[1] <= LARGE else FEWER_PLACES
    tops, lefts = (_starts(side, length, stride, places) for side, length in zip(sides, size, strict=True))
    shade = seen.picture.mean() if grey is None else grey
    spots = [(top, left) for top in tops for left in lefts]
    left_over = []
    for first in range(0, len(spots), BATCH_SIZE):
        some = spots[first : first + BATCH_SIZE]
        pictures = np.repeat(seen.picture[None], len(some), axis=0)
        for picture, (top, left) in zip(pictures, some, strict=True):
            rows, columns = _hidden(top, left, size)
            picture[:, rows, columns] = shade
        left_over.append(softmax(as_float32(seen.net(layers.as_batch(seen.net, pictures))))[:, number])
    whole = float(seen.probabilities[number])
    drops = (whole - np.concatenate(left_over)).reshape(len(tops), len(lefts))
    return Occlusion(number, whole, drops.astype("float32"), tops, lefts, (size[0], size[1]))


def check_class(seen: Seen, number: int) -> None:
    """Raises UserError where the net of `seen` has no class with this number."""
    classes = len(seen.logits)
    if not 0 <= number < classes:
        raise UserError(f"there is no class {number}: the net tells {classes} apart, from 0 on")


def _hidden(top, left, patch):
    return slice(top, top + patch[0]), slice(left, left + patch[1])


def _starts(side, length, stride, places):
    """Where the patch begins along a side, the last time so that it ends at the border."""
    room = side - length
    step = stride or max(1, -(-room // (places - 1)))
    return (*range(0, room, step), room)
