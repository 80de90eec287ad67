"""The explorer as one page in a file: the answers that its reader can ask for lie in it, and nobody is asked."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import front_end, wire
from gluon_alexnet.explore.answers import BLOCK, Explorer, cam_layer
from gluon_alexnet.explore.layers import Layer

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

__all__ = ["BUDGET", "recorded", "write_page"]

# Bytes of the page, where nothing else is said.
BUDGET = 16_000_000
# Classes for which is told what speaks for them, those that the net finds most probable.
CLASSES = 2
# Channels of each layer whose filters come first: those that the pictures excite most.
STRONGEST = 4
# Filters of a layer that take more than this share of the page come after the maps of all pictures.
SHARE = 1 / 16
NEEDED = ("the layers", "the pictures")


def write_page(explorer: Explorer, path: PathLike, budget: int = BUDGET) -> list[str]:
    """Writes the page, of at most about `budget` bytes, and gives what did not fit, in words. Raises UserError as files_io."""
    record, left_out = recorded(explorer, budget)
    document = front_end.document(explorer.title, explorer.language, {"record": record})
    files_io.write_text(path, document)
    return left_out


def recorded(explorer: Explorer, budget: int = BUDGET) -> tuple[dict[str, str], list[str]]:
    """({question: answer}, what did not fit), answers compressed and as text; the most asked for come first.

    Raises UserError where the pictures and what the net says of them are more than the budget.
    """
    record: dict[str, str] = {}
    left_out: dict[str, None] = {}
    room = budget
    for what, question in questions(explorer, budget):
        name = wire.key(question)
        if what in left_out or name in record:
            continue
        packed = zlib.compress(wire.as_bytes(*wire.pack(coarse(question, explorer.answer(question)))), 6)
        text = base64.b64encode(packed).decode("ascii")
        if len(text) > room:
            if what in NEEDED:
                raise UserError(f"a page of {budget:,} bytes has no room for {what}: allow more, or choose fewer pictures")
            left_out[what] = None
            continue
        room -= len(text)
        record[name] = text
    return record, list(left_out)


def coarse(question: Mapping[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """An answer, the colours over a picture with eight bits of precision, which take less room and look the same."""
    if question["ask"] not in ("gradients", "grad_cam", "occlusion") or "values" not in told:
        return told
    bits = told["values"].astype("float32").view("uint32")
    return {**told, "values": ((bits + 0x4000) & 0xFFFF8000).astype("uint32").view("float32")}


def questions(explorer: Explorer, budget: int = BUDGET) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(what it belongs to, question) of all that a reader can ask, the most asked for first; numbers follow from the rest."""
    gathering = explorer.gathering
    while gathering and not gathering.over:
        gathering.go_on()
    pictures = range(len(explorer.pictures))
    yield "the layers", {"ask": "start"}
    for picture in pictures:
        yield "the pictures", {"ask": "look", "picture": picture}
    for layer in explorer.layers:
        yield "the layers", {"ask": "geometry", "layer": layer.index}
    yield from of_maps(explorer, 0)
    for layer in explorer.layers:
        for channel in strongest(explorer, layer) if has_filters(layer) else ():
            yield f"some filters of {layer.name}", of_filter(layer, channel)
    for picture in pictures:
        yield from of_evidence(explorer, picture)
    if gathering:
        yield "what excites channels", {"ask": "gather"}
        for layer in explorer.layers:
            yield "what excites channels", {"ask": "survey", "layer": layer.index}
        for block in range(-(-gathering.done // BLOCK)):
            yield "what excites channels", {"ask": "thumbs", "block": block}
    small = [layer for layer in explorer.layers if 4 * weights(layer) <= SHARE * budget]
    yield from of_filters(small)
    for picture in pictures:
        yield from of_maps(explorer, picture)
    yield from of_filters(sorted(explorer.layers, key=weights))


def of_maps(explorer: Explorer, picture: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The maps of a picture in all layers."""
    for layer in explorer.layers:
        yield f"the maps of picture {picture + 1}", {"ask": "maps", "picture": picture, "layer": layer.index}


def strongest(explorer: Explorer, layer: Layer) -> list[int]:
    """The channels of a layer that some picture excites most."""
    found: set[int] = set()
    for picture in range(len(explorer.pictures)):
        values = explorer.seen(picture).of(layer.index)
        found.update((-values.reshape(len(values), -1).max(axis=1)).argsort(kind="stable")[:STRONGEST].tolist())
    return sorted(found)


def has_filters(layer: Layer) -> bool:
    """Whether what a layer computes with differs from channel to channel."""
    return layer.kind in ("conv", "dense", "batchnorm", "responsenorm")


def of_filter(layer: Layer, channel: int) -> Mapping[str, Any]:
    """The question for what a channel computes with."""
    return {"ask": "filter", "layer": layer.index, "channel": channel}


def of_filters(some: Sequence[Layer]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All filters of some layers."""
    for layer in filter(has_filters, some):
        for channel in range(layer.output_shape[0]):
            yield f"the filters of {layer.name}", of_filter(layer, channel)


def of_evidence(explorer: Explorer, picture: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What speaks for the classes that the net finds most probable, and for the right one."""
    try:
        probabilities = explorer.seen(picture).probabilities
    except UserError:
        return
    label = explorer.picture(picture).label
    chosen = (-probabilities).argsort()[:CLASSES].tolist()
    for number in chosen if label is None or label in chosen else [*chosen, label]:
        about = {"picture": picture, "number": number}
        yield "what speaks for a class", {"ask": "gradients", **about}
        yield "what speaks for a class", {"ask": "occlusion", **about}
        yield "what speaks for a class", {"ask": "grad_cam", "layer": cam_layer(explorer.layers), **about}


def weights(layer: Layer) -> int:
    """How many weights a layer has."""
    return sum(each.data().size for each in layer.block._reg_params.values() if each is not None)
