"""The explorer as one page in a file: the answers that its reader can ask for lie in it, and nobody is asked."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import front_end, wire
from gluon_alexnet.explore.answers import BLOCK, Explorer

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

__all__ = ["BUDGET", "recorded", "write_page"]

# Bytes of the page, where nothing else is said.
BUDGET = 16_000_000
# Classes for which is told what speaks for them, those that the net finds most probable.
CLASSES = 3


def write_page(explorer: Explorer, path: PathLike, budget: int = BUDGET) -> list[str]:
    """Writes the page, of at most about `budget` bytes, and gives what did not fit, in words. Raises UserError as files_io."""
    record, left_out = recorded(explorer, budget)
    document = front_end.document(explorer.title, explorer.language, {"record": record})
    files_io.write_text(path, document)
    return left_out


def recorded(explorer: Explorer, budget: int = BUDGET) -> tuple[dict[str, str], list[str]]:
    """({question: answer}, what did not fit), answers compressed and as text; the most asked for come first.

    Raises UserError where one picture and what the net says of it are more than the budget.
    """
    record: dict[str, str] = {}
    left_out: dict[str, None] = {}
    room = budget
    for what, question in questions(explorer):
        if what in left_out:
            continue
        told = explorer.answer(question)
        if "error" in told and what != "start":
            # The page says it as the explorer does.
            told = {"error": told["error"]}
        packed = zlib.compress(wire.as_bytes(*wire.pack(told)), 6)
        text = base64.b64encode(packed).decode("ascii")
        if len(text) > room:
            if what in ("start", "the pictures"):
                raise UserError(f"a page of {budget:,} bytes has no room for {what}: allow more, or choose fewer pictures")
            left_out[what] = None
            continue
        room -= len(text)
        record[wire.key(question)] = text
    return record, list(left_out)


def questions(explorer: Explorer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(what it belongs to, question) of all that a reader can ask, the most asked for first; numbers follow from the rest."""
    gathering = explorer.gathering
    while gathering and not gathering.over:
        gathering.go_on()
    pictures = range(len(explorer.pictures))
    yield "start", {"ask": "start"}
    for picture in pictures:
        yield "the pictures", {"ask": "look", "picture": picture}
    for layer in explorer.layers:
        yield "the windows of the layers", {"ask": "geometry", "layer": layer.index}
    for picture in pictures:
        for layer in explorer.layers:
            yield f"the maps of picture {picture + 1}", {"ask": "maps", "picture": picture, "layer": layer.index}
    yield from of_evidence(explorer)
    if gathering:
        yield "what excites channels", {"ask": "gather"}
        for layer in explorer.layers:
            yield "what excites channels", {"ask": "survey", "layer": layer.index}
        for block in range(-(-gathering.done // BLOCK)):
            yield "what excites channels", {"ask": "thumbs", "block": block}
    # The layers with the fewest weights first.
    for layer in sorted(explorer.layers, key=weights):
        for channel in range(layer.output_shape[0] if layer.kind in ("conv", "dense", "batchnorm") else 0):
            yield f"the filters of {layer.name}", {"ask": "filter", "layer": layer.index, "channel": channel}


def of_evidence(explorer: Explorer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What speaks for the classes that the net finds most probable, and for the right one."""
    for picture in range(len(explorer.pictures)):
        try:
            probabilities = explorer.seen(picture).probabilities
        except UserError:
            return
        label = explorer.picture(picture).label
        chosen = (-probabilities).argsort()[:CLASSES].tolist()
        for number in chosen if label is None or label in chosen else [*chosen, label]:
            about = {"picture": picture, "number": number}
            for ask in ("gradients", "occlusion"):
                yield "what speaks for a class", {"ask": ask, **about}
            for layer in explorer.layers:
                if len(layer.output_shape) == 3:
                    yield "what speaks for a class", {"ask": "grad_cam", "layer": layer.index, **about}


def weights(layer: Any) -> int:
    """How many weights a layer has."""
    return sum(each.data().size for each in layer.block._reg_params.values() if each is not None)
