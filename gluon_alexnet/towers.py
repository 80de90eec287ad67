"""A net split over several devices, as the AlexNet of 2012 was over two GPUs: each computes a part of every layer's channels.

What a device needs of the others is copied to it: all channels before a convolution that is not grouped and before a dense layer,
and at the border of a local response normalisation the few that its sum reaches into. Importing it loads MXNet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet import models
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import gluon, read_weights
from gluon_alexnet.interop.weights import layers, shapes_of
from gluon_alexnet.introspect import read_spec
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Conv, Dense, LocalResponseNorm, Spec

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Weights
    from gluon_alexnet.interop.weights import Layer
else:
    mx = runtime.load_mxnet()


def split(net: mx.gluon.Block, contexts: Sequence[mx.Context], input_shape: Sequence[int] | None = None) -> Towers:
    """`net`, a Gluon Sequential with weights, as Towers with copies of its weights, one tower on each of `contexts`.

    input_shape: (C, H, W), for a net that models.py did not make. Answers and gradients are those of `net`, but for what dropout
    draws. Raises UserError for a layer that cannot be split so.
    """
    spec = read_spec(net, input_shape)
    made = Towers(layers(spec), contexts)
    made.write(read_weights(net))
    return made


class Towers(mx.gluon.Block):
    """Takes images (N, C, H, W) on any device and gives logits (N, classes) on the first of `contexts`.

    towers: a HybridSequential for each device. A Trainer takes the parameters of one device alone: make one for each tower.
    """

    def __init__(self, layers: Sequence[Layer], contexts: Sequence[mx.Context]) -> None:
        super().__init__()
        self.layers, self.contexts = list(layers), list(contexts)
        # What of each array with weights lies on each device: {neutral name: where the parts begin and end}.
        self.borders: dict[str, list[int]] = {}
        parts = self._parts()
        self.towers = [models.build(Spec(f"tower{number}", tuple(part), None)) for number, part in enumerate(parts)]
        for tower, context in zip(self.towers, self.contexts, strict=True):
            self.register_child(tower)
            tower.initialize(ctx=context)

    def _parts(self):
        """The layers of each tower; notes the borders."""
        parts: list[list[Any]] = [[] for _ in self.contexts]
        count, whole = len(parts), 0
        borders = [0]
        for number, layer in enumerate(self.layers):
            check(number, layer, count, borders)
            kind = layer.layer
            if isinstance(kind, (Conv, Dense)):
                whole = layer.output_shape[0]
                borders = [whole * part // count for part in range(count + 1)]
            for name, shape in layer.arrays().items():
                # Behind a flattening each channel is several features.
                self.borders[f"{layer.name}.{name}"] = [shape[0] * border // whole for border in borders]
            for part, begin, end in zip(parts, borders, borders[1:], strict=False):
                part.append(share(kind, end - begin, count))
        return parts

    def forward(self, images: mx.np.ndarray) -> mx.np.ndarray:
        """What Gluon calls."""
        parts = [images.as_in_ctx(context) for context in self.contexts]
        for number, layer in enumerate(self.layers):
            kind = layer.layer
            reach = kind.size // 2 if isinstance(kind, LocalResponseNorm) else 0
            if sees_all(kind) and number:
                parts = [self._joined(parts, context) for context in self.contexts]
            sizes = [part.shape[1] for part in parts]
            given = self._with_borders(parts, reach) if reach else parts
            parts = [tower[number](part) for tower, part in zip(self.towers, given, strict=True)]
            if reach:
                begins = [reach if tower else 0 for tower in range(len(parts))]
                parts = [cut(part, begin, begin + size) for part, begin, size in zip(parts, begins, sizes, strict=True)]
        return self._joined(parts, self.contexts[0])

    def _joined(self, parts, context):
        return mx.np.concatenate([part.as_in_ctx(context) for part in parts], axis=1)

    def _with_borders(self, parts, reach):
        """The parts with as many channels of their neighbours as a sum reaches into."""
        given = []
        for number, part in enumerate(parts):
            before = [cut(each, each.shape[1] - reach, each.shape[1]) for each in parts[max(0, number - 1) : number]]
            after = [cut(each, 0, reach) for each in parts[number + 1 : number + 2]]
            given.append(self._joined([*before, part, *after], self.contexts[number]))
        return given

    def write(self, weights: Weights) -> None:
        """Copies the weights of a whole net, in the neutral form of interop/weights.py, to the towers."""
        for number, tower in enumerate(self.towers):
            own = {name: weights[name][ends[number] : ends[number + 1]] for name, ends in self.borders.items()}
            gluon.write(tower, own)

    def read(self) -> Weights:
        """The weights as those of a whole net, in the neutral form."""
        return self._whole(lambda parameter: parameter.data())

    def gradients(self) -> Weights:
        """The gradients of what is learned, as those of a whole net."""
        return self._whole(lambda parameter: None if parameter.grad_req == "null" else parameter.grad())

    def _whole(self, of):
        found = [{name: of(parameter) for name, parameter in gluon.parameters(tower).items()} for tower in self.towers]
        names = [name for name in shapes_of(self.layers) if found[0][name] is not None]
        return {name: np.concatenate([part[name].asnumpy() for part in found]) for name in names}


def cut(images: mx.np.ndarray, begin: int, end: int) -> mx.np.ndarray:
    """These channels of images (N, C, H, W)."""
    # images[:, begin:end] of what a convolution gave ends the process in the backward pass: it is a view of oneDNN's own layout.
    return mx.nd.slice_axis(images.as_nd_ndarray(), axis=1, begin=begin, end=end).as_np_ndarray()


def sees_all(layer: models.Layer) -> bool:
    """Whether each channel out depends on all channels in."""
    return isinstance(layer, Dense) or (isinstance(layer, Conv) and layer.groups == 1)


def share(layer: models.Layer, channels: int, towers: int) -> models.Layer:
    """A tower's part of a layer: as many of its channels."""
    if isinstance(layer, Conv):
        return replace(layer, channels=channels, groups=max(1, layer.groups // towers))
    return replace(layer, units=channels) if isinstance(layer, Dense) else layer


def check(number: int, layer: Layer, towers: int, borders: Sequence[int]) -> None:
    """Raises UserError for a Layer that cannot be computed in so many towers; borders: of the channels before it."""
    kind = layer.layer
    if number == 0 and not sees_all(kind):
        raise UserError(f"{layer.name} comes first: a net is split behind a dense layer or a convolution without groups")
    if sees_all(kind) and layer.output_shape[0] < towers:
        raise UserError(f"{layer.name} has {layer.output_shape[0]} channels for {towers} devices: name fewer devices")
    if isinstance(kind, Conv) and kind.groups > 1 and kind.groups % towers:
        why = f"{layer.name} has {kind.groups} groups, which {towers} devices cannot share"
        raise UserError(f"{why}: name a number of devices that divides it")
    fewest = min((end - begin for begin, end in zip(borders, borders[1:], strict=False)), default=0)
    if isinstance(kind, LocalResponseNorm) and kind.size // 2 > fewest:
        raise UserError(f"{layer.name} sums over more channels than the devices beside it have: name fewer devices")
