"""The size of the training images over the course of a run."""

import contextlib
from collections.abc import Iterator
from typing import Any

from gluon_alexnet.errors import UserError


class Sizes:
    """Has a loader make small images at the start of a run: `progressive` as of Settings, None for never.

    Raises UserError where the loader has no `size` to set.
    """

    def __init__(self, loader: Any, progressive: tuple[int, float] | None) -> None:
        self.loader, self.small, self.share = loader, None, 0.0
        if progressive is None:
            return
        if not hasattr(loader, "size"):
            raise UserError("progressive needs training data whose size can be set, as that of a FashionMNISTLoader")
        size, self.share = progressive
        self.small, self.full = (size, size), loader.size

    def set(self, done: float) -> None:
        """Before a step; done: the share of the run's steps that are done."""
        if self.small:
            self.loader.size = self.small if done < self.share else self.full

    @contextlib.contextmanager
    def at_start(self) -> Iterator[None]:
        """Within it, the loader is as at the start of a run."""
        self.set(0.0)
        try:
            yield
        finally:
            self.restore()

    def restore(self) -> None:
        """The loader as it was."""
        self.set(1.0)
