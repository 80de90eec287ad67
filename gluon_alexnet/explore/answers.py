"""What a page of the explorer asks, answered: a dictionary in, a dictionary with arrays out, however the two travel.

A question names what it asks ('start', 'look', 'maps', 'number', 'filter', 'geometry', 'gradients', 'grad_cam', 'occlusion',
'gather', 'survey', 'thumbs', 'photo') and of what: picture, layer, channel, row, column, number (of a class), block: ints.
What goes wrong is told in the answer, as {"error": a sentence, or {language: a sentence} for what a reader may meet}.
"""

from __future__ import annotations

import functools
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gluon_alexnet import __version__
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import evidence, fields, layers, maps, words
from gluon_alexnet.explore.gathering import Gathering, shown, smaller
from gluon_alexnet.explore.layers import Layer
from gluon_alexnet.explore.maps import Seen
from gluon_alexnet.explore.number import Number, explain, window
from gluon_alexnet.explore.taking import Taking
from gluon_alexnet.language import LANGUAGES, Text

__all__ = ["BLOCK", "Explorer", "Picture", "cam_layer"]

# Pictures whose maps are kept, and pictures of a visitor that are.
KEPT, OF_VISITORS = 8, 50
# Small pictures that are told at a time.
BLOCK = 64
# Maps of a layer that are shown in the row of all layers.
FEW = 4
MOST_UNITS = 4096
GONE = Text("there is no picture {} any more: choose another", "ảnh {} không còn nữa: hãy chọn ảnh khác")
NO_FILE = Text("there came no picture: choose a PNG or JPEG file", "không có ảnh nào được gửi tới: hãy chọn tệp PNG hoặc JPEG")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that can be chosen: pixels float32 (C, H, W) as the net takes them; its name, and the number of its class."""

    pixels: np.ndarray
    name: str = ""
    label: int | None = None


@dataclass(eq=False)
class Explorer:
    """A net, pictures to look at, and what is known of both; `answer` answers questions about them.

    net: Gluon's. pictures: at least one. taking: how photos become what the net takes. classes: names of the classes by language,
    {} where they have none. title: of the page. language: 'en' or 'vi', that in which a page begins. gathering: of many pictures,
    None where there are none. training: whether the net has learned from these.
    """

    net: Any
    pictures: list[Picture]
    taking: Taking
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    title: str = ""
    language: str = "en"
    gathering: Gathering | None = None
    training: bool = True

    def __post_init__(self) -> None:
        if not self.pictures:
            raise UserError("there is no picture to look at: give at least one")
        self._known = dict(enumerate(self.pictures))
        self._next = len(self._known)
        self._seen: OrderedDict[int, Seen] = OrderedDict()
        self._gradients: OrderedDict[tuple[int, int], evidence.Gradients] = OrderedDict()
        # What is wrong with the net or the pictures is told at once, and not by an empty page.
        self.layers: tuple[Layer, ...] = self.seen(0).layers

    def answer(self, question: Mapping[str, Any], buffers: Sequence[Any] = ()) -> dict[str, Any]:
        """What is to be said to `question`; buffers: what came with it, such as a photo. Raises nothing."""
        try:
            asked = question.get("ask")
            if not isinstance(asked, str) or asked not in ANSWERS:
                raise UserError(f"nobody knows what {asked!r} asks: load the page anew")
            return ANSWERS[asked](self, question, buffers)
        except UserError as error:
            return {"error": sentence(error)}
        except Exception as error:
            logging.getLogger(__name__).debug("%r cannot be answered", question, exc_info=True)
            return {"error": f"{type(error).__name__}: {error} (a fault of ours)"}

    def forget(self) -> None:
        """What the net made of pictures is computed anew when it is asked for: for a net that has learned since."""
        self._seen.clear()
        self._gradients.clear()

    def picture(self, number: int) -> Picture:
        """The picture with this number. Raises UserError where there is none."""
        if number not in self._known:
            raise UserError(Text(*(each.format(number) for each in GONE)))
        return self._known[number]

    def add(self, picture: Picture, instead: int | None = None) -> int:
        """Keeps one more picture, which a visitor gave, and gives its number; the oldest of many goes.

        instead: the number of a visitor's picture that it replaces.
        """
        if instead is not None and instead >= len(self.pictures):
            self._known.pop(instead, None)
            self._seen.pop(instead, None)
        number, self._next = self._next, self._next + 1
        self._known[number] = picture
        others = [each for each in self._known if each >= len(self.pictures)]
        for old in others[:-OF_VISITORS]:
            del self._known[old]
            self._seen.pop(old, None)
        return number

    def seen(self, number: int) -> Seen:
        """What the net makes of the picture with this number."""
        return _kept(self._seen, number, lambda: maps.look(self.net, self.picture(number).pixels))

    def gradients(self, number: int, of_class: int) -> evidence.Gradients:
        """The Gradients of a class for the picture with this number."""
        return _kept(self._gradients, (number, of_class), lambda: evidence.gradients(self.seen(number), of_class))


def _kept(store, key, compute):
    if key not in store:
        store[key] = compute()
        while len(store) > KEPT:
            store.popitem(last=False)
    store.move_to_end(key)
    return store[key]


def sentence(error: UserError) -> str | dict[str, str]:
    """What went wrong, in each language where it is a Text."""
    said = error.args[0] if error.args else ""
    return both(said) if isinstance(said, Text) else str(error)


def whole(question: Mapping[str, Any], name: str, usual: int | None = None) -> int:
    """The whole number that a question gives by `name`. Raises UserError where it gives none."""
    value = question.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int):
        raise UserError(f"{name} is {value!r} in the question: it must be a whole number")
    return value


def start(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """All that does not depend on the picture that is chosen."""
    explorer.forget()
    gathering = explorer.gathering
    return {
        "title": explorer.title,
        "version": __version__,
        "language": explorer.language,
        "classes": {language: list(names) for language, names in explorer.classes.items()},
        "input": list(explorer.layers[0].input_shape),
        "layers": [of_layer(explorer.layers, layer) for layer in explorer.layers],
        "pictures": [entry(number, explorer.picture(number)) for number in range(len(explorer.pictures))],
        "gathering": gathering and {"done": gathering.done, "total": gathering.total, "over": gathering.over},
        "training": explorer.training,
        "garments": explorer.taking.garments,
        "cam": cam_layer(explorer.layers),
    }


def entry(number: int, picture: Picture) -> dict[str, Any]:
    """What is told of a picture that can be chosen."""
    return {"picture": number, "name": picture.name, "label": picture.label, "pixels": smaller(shown(picture.pixels))}


def both(text: Callable[[str], str] | Text) -> dict[str, str]:
    """Words in each language."""
    return {language: text.to(language) if isinstance(text, Text) else text(language) for language in LANGUAGES}


def of_layer(all_layers: Sequence[Layer], layer: Layer) -> dict[str, Any]:
    """A layer, and what of the picture the numbers in each of its rows and columns see."""
    learned = [each for each in layer.block._reg_params.values() if each is not None]
    return {
        "index": layer.index,
        "name": layer.name,
        "kind": layer.kind,
        "words": both(functools.partial(words.describe, layer)),
        "input": list(layer.input_shape),
        "shape": list(layer.output_shape),
        "activation": layer.activation and words.activation(layer.activation),
        "pooling": layer.pooling,
        "window": layer.windows and {name: list(pair) for name, pair in vars(layer.windows).items()},
        "parameters": sum(int(np.prod(each.shape)) for each in learned if each.grad_req != "null"),
        "field": field_of(all_layers, layer),
    }


def field_of(all_layers: Sequence[Layer], layer: Layer) -> dict[str, Any] | None:
    """By row and by column, which of the picture's are seen: {rows: [[first, one after the last]], columns, size}, or None."""
    rows, columns = layer.output_shape[1:] if len(layer.output_shape) == 3 else (1, 1)
    try:
        down = [fields.receptive_field(all_layers, layer.index, row, 0) for row in range(rows)]
        across = [fields.receptive_field(all_layers, layer.index, 0, column) for column in range(columns)]
    except UserError:
        return None
    return {"rows": [each.rows for each in down], "columns": [each.columns for each in across], "size": down[0].size}


def look(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """A picture, what the net says it is, and a little of each layer's maps."""
    number = whole(question, "picture")
    seen, picture = explorer.seen(number), explorer.picture(number)
    try:
        said: dict[str, Any] = {"logits": seen.logits, "probabilities": seen.probabilities}
    except UserError as error:
        said = {"no_classes": sentence(error)}
    return {
        "picture": number,
        "name": picture.name,
        "label": picture.label,
        "values": seen.picture,
        "pixels": shown(seen.picture),
        "layers": [little(values) for values in seen.maps],
        **said,
    }


def little(values: np.ndarray) -> dict[str, Any]:
    """A few of a layer's maps, those with the highest numbers, and its range."""
    told = {"low": float(values.min()), "high": float(values.max()), "zeros": float((values == 0).mean())}
    if values.ndim != 3:
        return {**told, "few": values.reshape(-1)[:MOST_UNITS]}
    strongest = np.argsort(-values.reshape(len(values), -1).max(axis=1), kind="stable")[:FEW]
    return {**told, "channels": strongest.astype("int32"), "few": values[strongest]}


def of_maps(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """All maps of a layer: float32 (C, H, W), or (units,)."""
    return {"values": explorer.seen(whole(question, "picture")).of(whole(question, "layer"))}


def number(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """One number of a map taken apart."""
    seen, layer = explorer.seen(whole(question, "picture")), whole(question, "layer")
    found = explain(seen, layer, whole(question, "channel"), whole(question, "row", 0), whole(question, "column", 0))
    return of_number(found)


def of_number(found: Number) -> dict[str, Any]:
    """A Number, without its products, which follow from values and weights."""
    told = {name: value for name, value in vars(found).items() if name != "products"}
    return {**told, "box": vars(found.box), "norm": found.norm and vars(found.norm), "response": of_response(found)}


def of_response(found: Number) -> dict[str, Any] | None:
    """A local response normalisation, without its squares, which follow from the values."""
    if found.response is None:
        return None
    return {name: value for name, value in vars(found.response).items() if name != "squares"}


def of_filter(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """What a channel of a layer computes with, wherever it looks: weights and bias, or a norm."""
    layer = layers.find(explorer.layers, whole(question, "layer"))
    place = tuple(0 for _ in layer.output_shape)
    found = explain(explorer.seen(0), layer.index, whole(question, "channel"), *place[1:3])
    weights = found.weights if layer.kind in ("conv", "dense") else None
    return {
        "weights": weights,
        "bias": found.bias,
        "norm": found.norm and vars(found.norm),
        "response": of_response(found),
        "channels": found.box.channels,
    }


def geometry(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """Which rows and columns of the layer before lie in the window of each row and column of a layer."""
    layer = layers.find(explorer.layers, whole(question, "layer"))
    found = explain(explorer.seen(0), layer.index, 0)
    told: dict[str, Any] = {"source": found.source, "kind": layer.kind, "pooling": layer.pooling, "activation": layer.activation}
    if layer.windows is None:
        return told
    rows, columns = layer.output_shape[1:]
    down = [window(layer, (0, row, 0)) for row in range(rows)]
    across = [window(layer, (0, 0, column)) for column in range(columns)]
    told |= {"rows": [each[1] for each in down], "columns": [each[2] for each in across]}
    told |= {"row_spans": [each[0].rows for each in down], "column_spans": [each[0].columns for each in across]}
    if layer.pooling == "avg":
        every = [explain(explorer.seen(0), layer.index, 0, row, column) for row in range(rows) for column in range(columns)]
        told["shares"] = np.array([each.weights.flat[0] for each in every if each.weights is not None], "float32")
    return told


def gradients(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """How much each pixel moves the score of a class."""
    found = explorer.gradients(whole(question, "picture"), whole(question, "number"))
    return {"score": found.score, "values": evidence.saliency(found)}


def grad_cam(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """Where the maps of a layer speak for a class."""
    number, layer = whole(question, "picture"), whole(question, "layer")
    found = explorer.gradients(number, whole(question, "number"))
    return {"values": evidence.grad_cam(explorer.seen(number), found, layer)}


def cam_layer(all_layers: Sequence[Layer]) -> int:
    """The layer of which Grad-CAM begins: the last convolution, else the last that has maps, else the last."""
    with_maps = [layer for layer in all_layers if len(layer.output_shape) == 3 and max(layer.output_shape[1:]) > 1]
    of_convolutions = [layer for layer in with_maps if layer.kind == "conv"]
    return (of_convolutions or with_maps or list(all_layers))[-1].index


def occlusion(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """How far the probability of a class drops where parts of the picture are hidden."""
    found = evidence.occlusion(explorer.seen(whole(question, "picture")), whole(question, "number"))
    return {"probability": found.probability, "patch": found.patch, "values": found.spread()}


def gathered(explorer: Explorer) -> Gathering:
    """The Gathering. Raises UserError where there is none."""
    if explorer.gathering is None:
        raise UserError("there are no training pictures to look through: hand them over as data=")
    return explorer.gathering


def gather(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """Looks through one more batch of pictures."""
    gathering = gathered(explorer)
    gathering.go_on()
    told = gathering.survey
    counts = [(each.zeros, int(each.dead.sum())) for each in told.layers] if told else []
    return {
        "done": gathering.done,
        "total": gathering.total,
        "over": gathering.over,
        "layers": [{"zeros": zeros, "dead": dead} for zeros, dead in counts],
    }


def survey(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """What the pictures so far make of a layer: for each channel the most exciting ones, (channels, count) each."""
    gathering = gathered(explorer)
    if gathering.survey is None:
        gathering.go_on()
    if gathering.survey is None:
        raise UserError("there is nothing to look at: the data gave no picture")
    found = gathering.survey.of(whole(question, "layer"))
    places = {name: getattr(found, name).astype("int32") for name in ("which", "rows", "columns")}
    about = {"done": gathering.done, "zeros": found.zeros, "dead": found.dead, "values": found.values}
    return {**about, **places}


def thumbs(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """Small pictures of those that were looked through, BLOCK at a time: as many as there are by now."""
    gathering, block = gathered(explorer), whole(question, "block")
    if block < 0:
        raise UserError(f"there is no block {block} of pictures: they begin with 0")
    some = slice(block * BLOCK, (block + 1) * BLOCK)
    return {"labels": gathering.labels[some], "pixels": np.array(gathering.small[some])}


def photo(explorer: Explorer, question: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    """Takes in a photo or a drawing, a file's content; tells what was done to it, step by step."""
    if len(buffers) != 1:
        raise UserError(NO_FILE)
    steps, pixels = explorer.taking.photo(bytes(buffers[0]))
    name = question.get("name")
    replaced = whole(question, "instead") if "instead" in question else None
    number = explorer.add(Picture(pixels, name if isinstance(name, str) else ""), replaced)
    told = [{"name": step.name, "words": both(step.words), "pixels": bounded(step.pixels)} for step in steps]
    return {**entry(number, explorer.picture(number)), "steps": told}


def bounded(pixels: np.ndarray) -> np.ndarray:
    """Pixels in no more detail than a step is shown in."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((240, 240), Image.Resampling.BOX)
    return np.asarray(image)


ANSWERS: dict[str, Callable[[Explorer, Mapping[str, Any], Sequence[Any]], dict[str, Any]]] = {
    "start": start,
    "look": look,
    "maps": of_maps,
    "number": number,
    "filter": of_filter,
    "geometry": geometry,
    "gradients": gradients,
    "grad_cam": grad_cam,
    "occlusion": occlusion,
    "gather": gather,
    "survey": survey,
    "thumbs": thumbs,
    "photo": photo,
}
