"""Names for the types that many signatures share, for whoever has a program checked: nothing imports it to run.

Most are texts, so that importing it loads neither NumPy nor MXNet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    import keras
    import mxnet as mx
    import numpy as np
    import torch

    from gluon_alexnet.models import Spec

__all__ = ["AnyNet", "Augmentation", "Batches", "Device", "Limits", "NetTable", "PathLike", "Shape", "Weights"]

PathLike: TypeAlias = "str | os.PathLike[str]"
Shape: TypeAlias = "tuple[int, ...]"
# The lowest and the highest number on an axis of a plot.
Limits: TypeAlias = "tuple[float, float] | list[float] | None"
# As gluon_alexnet.machine.devices.resolve takes it.
Device: TypeAlias = "str | mx.Context | list[mx.Context] | tuple[mx.Context, ...] | None"
# As in gluon_alexnet.data.augment.
Augmentation: TypeAlias = "Callable[[np.ndarray, np.random.Generator], np.ndarray]"
# In the neutral form of gluon_alexnet.interop.weights.
Weights: TypeAlias = "dict[str, np.ndarray]"
# A net of one of the frameworks, or its weights alone.
AnyNet: TypeAlias = "mx.gluon.Block | torch.nn.Module | keras.Model | Mapping[str, np.ndarray]"
# What a twin can be made from.
NetTable: TypeAlias = "str | Spec | mx.gluon.Block"


class Batches(Protocol):
    """Data in batches (images, labels) that can be gone through again: a loader of ours, of Gluon or of PyTorch, or a list."""

    def __iter__(self) -> Iterator[Any]:
        """The batches of a pass."""

    def __len__(self) -> int:
        """How many they are."""
