"""What every layer of a net makes of one picture: computed once and kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.analysis import times
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import layers as layers_
from gluon_alexnet.explore.layers import Layer
from gluon_alexnet.language import Text

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Shape

__all__ = ["PICTURE", "Seen", "as_float32", "look", "one", "softmax"]

PICTURE = "picture"
NO_CLASSES = Text(
    "the net ends with {}, which gives {}, and not with one number for each class: classes can be asked only of a net that ends "
    "with a dense or flatten layer",
    "mạng kết thúc bằng {}, cho ra {}, chứ không phải một số cho mỗi lớp: chỉ hỏi được về các lớp khi mạng kết thúc bằng tầng "
    "dense hoặc flatten",
)


@dataclass(frozen=True, eq=False)
class Seen:
    """One picture as a net sees it.

    layers: the net's. picture: float32 (C, H, W), as the net was given it. maps: what each layer made of it, float32, without
    batch: (C, H, W) or (units,). net: Gluon's.
    """

    layers: tuple[Layer, ...]
    picture: np.ndarray
    maps: tuple[np.ndarray, ...]
    net: Any = field(repr=False)

    def of(self, which: str | int) -> np.ndarray:
        """What the layer with this name or index made of the picture. Raises UserError where there is none."""
        return self.maps[layers_.find(self.layers, which).index]

    def before(self, layer: Layer) -> tuple[str, np.ndarray]:
        """(name, values) of what a layer was given: those of the layer before it, or 'picture' and the picture."""
        if layer.index == 0:
            return PICTURE, self.picture
        return self.layers[layer.index - 1].name, self.maps[layer.index - 1]

    @property
    def logits(self) -> np.ndarray:
        """The net's answer, float32 (classes,). Raises UserError for a net that does not end with one number for each class."""
        if self.maps[-1].ndim != 1:
            told = self.layers[-1].name, times(self.maps[-1].shape)
            raise UserError(Text(*(each.format(*told) for each in NO_CLASSES)))
        return self.maps[-1]

    @property
    def probabilities(self) -> np.ndarray:
        """The softmax of the logits, float32 (classes,)."""
        return softmax(self.logits)


def look(net: mx.gluon.Block, picture: Any) -> Seen:
    """What every layer of `net` makes of one picture, as it answers: dropout off, batch norms by their running statistics.

    net: a Gluon Sequential or HybridSequential with weights, on any device. picture: float (C, H, W) or (1, C, H, W), of MXNet or
    NumPy, scaled as the net learned from it (data.loader.to_input). Raises UserError for what cannot be looked at.
    """
    layers_.check(net)
    batch = layers_.as_batch(net, one(picture))
    found = [(layer, as_float32(values)[0]) for layer, values in layers_.walk(net, batch)]
    return Seen(tuple(layer for layer, _ in found), as_float32(batch)[0], tuple(values for _, values in found), net)


def one(picture: Any) -> Any:
    """A picture (C, H, W) as a batch; a batch of one as it is. Raises UserError for several."""
    shape: Shape = tuple(getattr(picture, "shape", ()))
    if len(shape) == 3:
        return picture[None]
    if len(shape) == 4 and shape[0] != 1:
        raise UserError(f"one picture at a time can be looked at, not {shape[0]}: give one of them, such as pictures[0]")
    return picture


def as_float32(values: Any) -> np.ndarray:
    """An array of MXNet as float32 of NumPy."""
    return values.asnumpy().astype("float32", copy=False)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits (..., classes), float32."""
    powers = np.exp(logits.astype("float64") - logits.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype("float32")
