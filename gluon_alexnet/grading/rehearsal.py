"""A net tried by its own author as the grader will try it: handed over, counted, trained, timed, in this process, in no box."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import evaluator, nets, probes
from gluon_alexnet.grading.checks import Net
from gluon_alexnet.grading.kernel import KernelError


def usual() -> dict[str, Any]:
    """The keywords of a recipe, as a check gives them to `net.trained`, and what each is where nothing else is said."""
    return {name: each.default for name, each in inspect.signature(Net.trained).parameters.items() if name != "self"}


def take(name: str, names: Mapping[str, Any], expression: str, input_shape: tuple[int, ...]) -> dict[str, Any]:
    """Takes in, as `name`, the net that `expression` makes of `names`, and tells what it is, as evaluator.load does.

    Raises UserError of a Text where the grader would not take it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "net.npz")
        try:
            symbol = probes.net(dict(names), expression, input_shape, path)
        except (probes.NotANet, probes.NotHandedOver) as error:
            told = nets.in_both(KernelError("error", type(error).__name__, str(error)), expression)
            raise UserError(told.message) from error
        return evaluator.load(name, symbol, path, input_shape)


def model(name: str, model: str, input_shape: tuple[int, ...]) -> None:
    """Takes in, as `name`, the package's own `model`, to compare with."""
    evaluator.model(name, model, input_shape)


def train(name: str, splits: tuple[str, str], recipe: Mapping[str, Any]) -> dict[str, float]:
    """What evaluator.train gives for the net called `name`: 'accuracy' among others. splits: to learn from, to measure on."""
    return evaluator.train(name, splits=splits, **recipe)


def speed(name: str, model: str, input_shape: tuple[int, ...]) -> float:
    """Training images per second of the net called `name` over those of the package's `model`."""
    return evaluator.speed(name, model, 16, input_shape)


def forget(names: Iterable[str]) -> None:
    """Lets go of nets that were taken in."""
    for name in names:
        evaluator.nets.pop(name, None)
