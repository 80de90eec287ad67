"""A net drawn to scale as an SVG: each map a block as high and as wide as it is, as deep as it has channels, from top to bottom.

The heights and widths of maps are linear. 4,096 units beside 96 channels cannot be, so depths go by the square root of the number
of channels, and so do the bars of dense layers, which have no map. The drawing says so, with rulers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError
from gluon_alexnet.language import LANGUAGES, number, short, spoken
from gluon_alexnet.language import Text as T
from gluon_alexnet.pictures import canvas
from gluon_alexnet.pictures.stages import Mark, Net, Stage, net_of

if TYPE_CHECKING:
    from gluon_alexnet.hints import NetTable, PathLike
    from gluon_alexnet.models import Layer

__all__ = ["Drawing", "draw"]

NARROWEST, WIDEST = 180, 4000  # of a net, in the pixels of the screen
BESIDE = 330  # from this width of a net on, words stand beside its blocks
# Where the depth of a block goes, for each unit of its length: to the right and up.
SLANT = (0.8, 0.6)
BAR, LINE, MARGIN = 9, 15, 10
# Of how many pixels, channels or units the legend shows the length.
RULERS, DEPTHS_SHOWN = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000), (4, 64, 1024)
SIZES = {"name": 16, "layer": 13, "words": 11.5, "faint": 11.5}
BOLD = 1.08  # how much wider bold letters are
GLYPHS = {
    "relu": "M0 8H5L9 1",
    "sigmoid": "M0 8C6 8 3 1 9 1",
    "tanh": "M0 8C6 8 3 1 9 1",
    "activation": "M0 8C3 8 4 3 9 1",
    "dropout": "M1 1L8 8M8 1L1 8",
    "responsenorm": "M0 8C4 8 3 1 4.5 1S5 8 9 8",
    "batchnorm": "M0 8C4 8 3 1 4.5 1S5 8 9 8",
    "flatten": "M0 4.5H9M6 2L9 4.5L6 7",
    "other": "M4.5 0.5L8.5 4.5L4.5 8.5L0.5 4.5Z",
}
KINDS = ("input", "conv", "pool", "globalpool", "dense", "other")
COLORS = {
    "light": dict(zip(KINDS, ("#6a7683", "#0072b2", "#00805e", "#00805e", "#b87900", "#8a4f9e"), strict=True)),
    "dark": dict(zip(KINDS, ("#9aa7b4", "#56b4e9", "#2ec49b", "#2ec49b", "#e8b33c", "#c79be0"), strict=True)),
}

TITLE = T("{} drawn to scale", "{} vẽ đúng tỉ lệ")
AND = T("{} and {}", "{} và {}")
PICTURE = T("picture", "ảnh đầu vào")
WINDOWED = {
    "conv": T("convolution {}", "tích chập {}"),
    "max": T("max pooling {}", "gộp cực đại {}"),
    "avg": T("average pooling {}", "gộp trung bình {}"),
    "lp": T("Lp pooling {}", "gộp Lp {}"),
}
WHOLE = T("the whole map", "toàn bản đồ")
DENSE = T("dense layer", "tầng kết nối đầy đủ")
UNITS = T("{} units", "{} đơn vị")
STRIDE = T("stride {}", "bước nhảy {}")
PADDING = T("padding {}", "phần đệm {}")
GROUPS = T("{} groups", "{} nhóm")
PARAMETERS = T("{} parameters", "{} tham số")
MULTIPLY_ADDS = T("{} multiply-adds", "{} phép nhân-cộng")
ACTIVATIONS = {"relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh", "softrelu": "softplus", "softsign": "softsign"}
MARKS = {
    "dropout": T("dropout {}", "dropout {}"),
    "responsenorm": T("LRN over {} channels", "LRN qua {} kênh"),
    "batchnorm": T("batch normalisation", "chuẩn hóa theo lô"),
    "flatten": T("laid flat: {} numbers", "trải phẳng: {} số"),
}
TOWERS = T("{} towers, each with its part of the channels; lines that cross: it sees all of them",
           "{} tháp, mỗi tháp giữ một phần số kênh; đường chéo nhau: nhìn thấy mọi tháp")  # fmt: skip
RULER = T("{} pixels of a map: heights and widths are true to scale",
          "{} điểm ảnh của bản đồ: chiều cao và chiều rộng đúng tỉ lệ")  # fmt: skip
DEPTHS = T("{} channels or units: depths and bars go by the square root",
           "{} kênh hoặc đơn vị: chiều sâu và thanh theo căn bậc hai")  # fmt: skip
WINDOW = T("the window that the next layer moves over the map, in the map's scale",
           "cửa sổ mà tầng sau trượt trên bản đồ, theo tỉ lệ của bản đồ")  # fmt: skip
OUTPUT = T("gives {}", "cho ra {}")


@dataclass(frozen=True)
class Drawing:
    """An SVG, which a notebook shows by itself. svg: its text; nets: what it shows."""

    svg: str
    nets: tuple[Net, ...]

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: PathLike) -> None:
        """Writes it at `path`, atomically. Raises UserError where that does not end in .svg or cannot be written."""
        place = files_io.user_path(path)
        if place.suffix.lower() != ".svg":
            raise UserError(f"a drawing is an SVG and {place} does not say so: name a file such as {place.stem or 'net'}.svg")
        files_io.write_text(place, self.svg)


@dataclass(frozen=True)
class Scale:
    """How a drawing's nets are laid out, in pixels of the screen.

    pixel: of a map's pixel; unit: of the square root of a number of channels. axis: where the middle of blocks lies from the left
    of a net; text: where its words begin; beside: whether those stand beside the blocks or below. apart: between two towers.
    width: of a net's column. language: of its words.
    """

    pixel: float
    unit: float
    axis: float
    text: float
    beside: bool
    apart: float
    width: float
    language: str

    def depth(self, channels: float) -> float:
        """How long the depth of a block or a bar is."""
        return self.unit * sqrt(channels)


def draw(
    *nets: NetTable | Sequence[Layer], input_shape: Sequence[int] | None = None, language: str | None = None, width: float = 380
) -> Drawing:
    """The Drawing of one net or of several side by side.

    nets: names of models.py, tables of layers (a Spec or a sequence of layers), or anybody's Gluon Sequential, trained or not.
    input_shape: (C, H, W) of the pictures, for nets that do not say it. language: one of language.LANGUAGES, by default the
    notebook's. width: in pixels, at least 180 for each net; from 330 for each on the words stand beside the blocks.
    Raises UserError for nothing to draw, what is no net, and a width or a language that cannot be.
    """
    language = language or spoken()
    if language not in LANGUAGES:
        raise UserError(f"there is no drawing in {language!r}: language is one of {', '.join(LANGUAGES)}")
    if not nets:
        raise UserError("there is nothing to draw: give a net, as in draw('alexnet')")
    least = NARROWEST * len(nets) + MARGIN
    if isinstance(width, bool) or not isinstance(width, (int, float)) or not least <= width <= WIDEST:
        taken = "a net takes" if len(nets) == 1 else f"{len(nets)} nets side by side take"
        raise UserError(f"width is {width!r}: {taken} {least} to {WIDEST} pixels")
    made = tuple(net_of(net, input_shape) for net in nets)
    scale = scale_of(made, (width - MARGIN) / len(made), language)
    return Drawing(svg(made, scale, width), made)


def scale_of(nets: Sequence[Net], column: float, language: str) -> Scale:
    """The largest Scale by which all blocks fit into columns that wide, with room for the words."""
    beside = column >= BESIDE
    column = min(column, 560)
    inside = column - MARGIN
    stages = [(stage, net.towers if number else 1) for net in nets for number, stage in enumerate(net.stages)]
    lefts, rights = (0.21 * inside, 0.26 * inside) if beside else (0.24 * inside, 0.6 * inside)
    bars = [sqrt(stage.shape[0]) for stage, _ in stages if not stage.map]
    depths = [sqrt(stage.map[0] / parts) for stage, parts in stages if stage.map]
    unit = min(2.0, 2 * lefts / max(bars, default=1), rights / 2 / max(depths, default=1) / SLANT[0])
    maps = [(stage.map[2], unit * sqrt(stage.map[0] / parts) * SLANT[0], parts) for stage, parts in stages if stage.map]
    high = max((stage.map[1] for stage, _ in stages if stage.map), default=1)
    pixel = min(8.0, 1.2 * inside / high)
    while True:
        split = [pixel * width + depth for width, depth, parts in maps if parts > 1]
        apart, most = max(split, default=0) + 8, max((parts for _, _, parts in maps), default=1)
        aside = apart * (most - 1) / 2
        left = max((pixel * width / 2 + aside * (parts > 1) for width, _, parts in maps), default=0)
        right = max((pixel * width / 2 + depth + aside * (parts > 1) for width, depth, parts in maps), default=0)
        if (left <= lefts and right <= rights) or pixel < 1e-3:
            break
        pixel *= 0.98
    half = unit * max(bars, default=0) / 2
    axis = max(left, half) + 2
    text = axis + (max(right, half) + 14 if beside else aside + 11)
    return Scale(pixel, unit, axis, text, beside, apart, inside, language)


def svg(nets: Sequence[Net], scale: Scale, width: float) -> str:
    """The whole drawing."""
    mark = "drawing-" + hashlib.sha256(repr((nets, scale, width)).encode()).hexdigest()[:10]
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "net-drawing", "role": "img", "lang": scale.language})
    root.set("aria-labelledby", f"{mark}-title {mark}-desc")
    title, *names = [net.name for net in nets]
    for name in names:
        title = AND.to(scale.language).format(title, name)
    add(root, "title", TITLE.to(scale.language).format(title), id=f"{mark}-title")
    add(root, "desc", " ".join(described(net, scale.language) for net in nets), id=f"{mark}-desc")
    add(root, "style", css())
    ground = add(root, "rect", class_="ground", rx=8)
    ends = []
    for place, net in enumerate(nets):
        # A single net stands in the middle.
        left = MARGIN + ((width - MARGIN) * place / len(nets) if len(nets) > 1 else max(0, (width - MARGIN - scale.width) / 2))
        column = add(root, "g", class_="net", transform=f"translate({left:.1f},{MARGIN})")
        ends.append(draw_net(column, net, scale))
    height = legend(root, nets, scale, width, max(ends) + MARGIN + 10)
    for element in (root, ground):
        element.set("width", f"{width:g}")
        element.set("height", f"{height:g}")
    root.set("viewBox", f"0 0 {width:g} {height:g}")
    root.set("style", "max-width:100%;height:auto")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def css() -> str:
    """The colours on light and dark screens; all within the class of the drawing, since a notebook's page may have it inline."""

    def rules(colors, kinds):
        made = {"ground": "fill:{ground}", "ink": "fill:{ink}", "faint": "fill:{faint}", "line": "stroke:{faint}"}
        made["window"] = made["glyph"] = "stroke:{ink}"
        lines = [f".net-drawing .{name}{{{rule.format(**colors)}}}" for name, rule in made.items()]
        return lines + [f".net-drawing .{kind}{{fill:{color};stroke:{color}}}" for kind, color in kinds.items()]

    always = (
        '.net-drawing{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}',
        *(f".net-drawing .size-{name}{{font-size:{size}px}}" for name, size in SIZES.items()),
        ".net-drawing .size-name,.net-drawing .size-layer{font-weight:650}.net-drawing tspan{font-weight:400}",
        ".net-drawing .top{fill-opacity:.35}.net-drawing .side{fill-opacity:.6}.net-drawing .front{fill-opacity:.85}",
        ".net-drawing .block *{stroke-width:.7}.net-drawing .dropped .front{stroke-dasharray:3 2;fill-opacity:.4}",
        ".net-drawing .line,.net-drawing .glyph{fill:none;stroke-width:1.2}.net-drawing .glyph{stroke-linecap:round}",
        ".net-drawing .window{fill:none;stroke-width:1}.net-drawing .funnel{fill-opacity:.22;stroke-width:.6;stroke-opacity:.55}",
    )
    dark = "".join(rules(canvas.DARK, COLORS["dark"]))
    return "\n".join([*always, *rules(canvas.LIGHT, COLORS["light"]), f"@media (prefers-color-scheme:dark){{{dark}}}"])


def add(parent: Element, tag: str, text: str | None = None, **attributes: Any) -> Element:
    """A new element below `parent`; underscores in the names of attributes stand for hyphens, and class_ for class."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    written = {name: f"{round(value, 2):g}" if isinstance(value, float) else str(value) for name, value in named.items()}
    element = ElementTree.SubElement(parent, tag, written)
    element.text = text
    return element


def draw_net(column: Element, net: Net, scale: Scale) -> float:
    """Draws a net in its column; gives the height that it takes."""
    blocks, links, words = (add(column, "g", class_=name) for name in ("blocks", "links", "words"))
    y = write(words, 0, 14, [("name", net.name)], scale.width)
    totals = [f"{PARAMETERS.to(scale.language).format(number(net.params, scale.language))}"]
    totals.append(MULTIPLY_ADDS.to(scale.language).format(number(net.macs, scale.language)))
    y = write(words, 0, y, [("faint", total) for total in totals], scale.width) + 6
    below: list[tuple[float, float]] = []  # where the fronts of the stage before end: (x, y of the lower edge)
    before = None
    for stage in net.stages:
        parts = net.towers if before and stage.map else 1
        if before:
            said = write(words, scale.text, y + 12, [("faint", how(stage, scale.language))], scale.width - scale.text)
            y = max(y + 26, said - 6)
        axes = [scale.axis + scale.apart * (part - (parts - 1) / 2) for part in range(parts)]
        bottom = draw_blocks(blocks, stage, axes, y, scale)
        if before:
            link(links, stage, below, [(axis, y - 2) for axis in axes], scale)
        begin = y + 11 if scale.beside else bottom + 13
        end = write_stage(words, stage, begin, scale)
        below = [(x, bottom) for x in axes]
        y, before = max(bottom, end - LINE + 3) + 2, stage
    return y


def draw_blocks(group: Element, stage: Stage, axes: Sequence[float], y: float, scale: Scale) -> float:
    """Draws the block of a stage around each of `axes`, from y on; gives where their fronts end."""
    dropped = " dropped" if any(mark.kind == "dropout" for mark in stage.marks) else ""
    whole = add(group, "g", class_=f"block {stage.kind}{dropped}")
    add(whole, "title", ", ".join(sentence(stage, scale.language)))
    bottom = y + BAR
    for axis in axes:
        if not stage.map:
            long = scale.depth(stage.shape[0])
            add(whole, "rect", class_="front bar", x=axis - long / 2, y=y, width=long, height=BAR)
            continue
        channels, height, width = stage.map
        long = scale.depth(channels / len(axes))
        across, up, high, wide = SLANT[0] * long, SLANT[1] * long, scale.pixel * height, scale.pixel * width
        left, right, top, bottom = axis - wide / 2, axis + wide / 2, y + up, y + up + high
        add(whole, "polygon", class_="top", points=corners((left, top), (right, top), (right + across, y), (left + across, y)))
        side = ((right, top), (right + across, y), (right + across, y + high), (right, bottom))
        add(whole, "polygon", class_="side", points=corners(*side))
        add(whole, "rect", class_="front", x=left, y=top, width=wide, height=high)
    return bottom


def corners(*points: tuple[float, float]) -> str:
    """Points as an SVG has them."""
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


Points = Sequence["tuple[float, float]"]


def link(group: Element, stage: Stage, below: Points, tips: Points, scale: Scale) -> None:
    """Draws what leads from the fronts before, which end at `below`, to a stage: the window and what it sees, or a line."""
    apart = len(below) == len(tips) and (len(tips) == 1 or stage.groups > 1 or stage.kind in ("pool", "globalpool"))
    pairs = zip(below, tips, strict=True) if apart else product(below, tips)
    high, wide = (scale.pixel * size for size in stage.window) if stage.window else (0, 0)
    for x, y in below if stage.window else ():
        add(group, "rect", class_="window", x=x - wide / 2, y=y - high, width=wide, height=high)
    for (x, y), tip in pairs:
        if stage.window:
            add(group, "polygon", class_=f"funnel {stage.kind}", points=corners((x - wide / 2, y), (x + wide / 2, y), tip))
        else:
            add(group, "path", class_="line", d=f"M{x:.2f} {y:.2f}L{tip[0]:.2f} {tip[1]:.2f}")


def write_stage(group: Element, stage: Stage, y: float, scale: Scale) -> float:
    """Writes what a stage gives and what it costs, the first line at y; gives where the next would be."""
    language, room = scale.language, scale.width - scale.text
    name = PICTURE.to(language) if stage.kind == "input" else stage.name
    size = shape(stage.shape, language) if stage.map else UNITS.to(language).format(number(stage.shape[0], language))
    fits = wide(f"{name}  ", SIZES["layer"] * BOLD) + wide(size, SIZES["words"]) <= room
    y = write(group, scale.text, y, [("layer", name)] if fits else [("layer", name), ("words", size)], room)
    if fits:
        add(group[-1], "tspan", size, class_="size-words", dx=7)
    for mark in stage.marks:
        glyph = GLYPHS.get(mark.name) or GLYPHS[mark.kind]
        add(group, "path", class_="glyph", d=glyph, transform=f"translate({scale.text:.1f},{y - 9:.1f})")
        y = write(group, scale.text + 14, y, [("words", marked(mark, language))], room - 14)
    return write(group, scale.text, y, [("words", each) for each in costs(stage, language)], room)


def write(group: Element, x: float, y: float, lines: Sequence[tuple[str, str]], room: float) -> float:
    """Writes lines, (one of SIZES, text), each in as many as it needs; gives where the next would be."""
    for size, line in lines:
        color = "faint" if size == "faint" else "ink"
        for part in wrapped(line, room, SIZES[size] * (BOLD if size in ("name", "layer") else 1)):
            add(group, "text", part, class_=f"{color} size-{size}", x=x, y=y)
            y += LINE + (5 if size == "name" else 0)
    return y


def wrapped(text: str, room: float, size: float) -> list[str]:
    """`text` in lines that fit into `room` in whatever usual font a screen has; broken within a word only where it must be."""
    lines = [""]
    for word in text.split(" "):
        while wide(word, size) > room:
            first, space, rest = word.rpartition("\u00a0")
            while space and wide(first, size) > room:
                first, space, _ = first.rpartition("\u00a0")
            if space:
                lines, word = [*lines, first], word[len(first) + 1 :]
                continue
            fits = next(count for count in range(len(word), 0, -1) if count == 1 or wide(word[:count], size) <= room)
            lines, word = [*lines, word[:fits]], word[fits:]
        longer = f"{lines[-1]} {word}".strip(" ")
        if wide(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def wide(text: str, size: float) -> float:
    """At most how wide `text` is in letters of `size`, after the widest of the usual fonts, DejaVu Sans."""
    return size * sum(letter_width(letter) for letter in text)


def letter_width(letter: str) -> float:
    if letter in " \u00a0ijl.,:;'|":
        return 0.33
    if letter in "frts()-/[]":
        return 0.53
    if letter in "mwMW×@%_+=" or ord(letter) >= 0x2E80:
        return 1.0
    return 0.8 if letter.isupper() or letter in "ươ" else 0.66


def legend(root: Element, nets: Sequence[Net], scale: Scale, width: float, y: float) -> float:
    """Draws the scales below the nets, from y on; gives the height of the whole drawing."""
    group, language = add(root, "g", class_="legend"), scale.language
    add(group, "path", class_="line", d=f"M{MARGIN} {y:.1f}H{width - MARGIN:.1f}")
    stages = [stage for net in nets for stage in net.stages]

    def say(text: str, y: float) -> float:
        return write(group, 104, y, [("faint", text)], min(width, 760) - 104 - MARGIN) + 5

    y += 22
    high = max((size for stage in stages if stage.map for size in stage.map[1:]), default=0)
    if high:
        count = max((each for each in RULERS if each * scale.pixel <= 70 and each <= high), default=1)
        add(group, "path", class_="line ruler", d=f"M{MARGIN} {y - 8:.2f}v8m0 -4h{count * scale.pixel:.2f}m0 -4v8")
        y = say(RULER.to(language).format(number(count, language)), y)
    most = max(stage.map[0] if stage.map else stage.shape[0] for stage in stages)
    chosen = [each for each in DEPTHS_SHOWN if each <= most] or [most]
    for row, channels in enumerate(chosen):
        add(group, "rect", class_="other depth", x=MARGIN, y=y - 9 + 8 * row, width=scale.depth(channels), height=5)
    shown = ", ".join(number(channels, language) for channels in chosen)
    y = max(say(DEPTHS.to(language).format(shown), y), y + 8 * len(chosen) + 8)
    if any(stage.window for stage in stages):
        add(group, "rect", class_="window", x=MARGIN + 2, y=y - 9, width=9, height=9)
        y = say(WINDOW.to(language), y)
    towers = max(net.towers for net in nets)
    if towers > 1:
        add(group, "path", class_="line", d=f"M{MARGIN + 2} {y - 9:.1f}l16 9m0 -9l-16 9")
        y = say(TOWERS.to(language).format(towers), y)
    return round(y)


def shape(sizes: Sequence[int], language: str) -> str:
    """96 × 54 × 54, on one line."""
    return "\u00a0×\u00a0".join(number(size, language) for size in sizes)


def how(stage: Stage, language: str) -> str:
    """By what a stage comes of the one before: 'convolution 11 × 11, stride 4'."""
    if stage.kind == "dense":
        return DENSE.to(language)
    if stage.kind == "other":
        return stage.name.rstrip("0123456789")
    title = WINDOWED[stage.pooling if stage.kind != "conv" else "conv"].to(language)
    if not stage.window:
        return title.format(WHOLE.to(language))
    words = [title.format(shape(stage.window, language))]
    for text, pair, unusual in (
        (STRIDE, stage.stride, stage.kind != "conv" or stage.stride != (1, 1)),
        (PADDING, stage.padding, any(stage.padding)),
    ):
        size = number(pair[0], language) if pair[0] == pair[1] else shape(pair, language)
        words += [text.to(language).format(size.replace(" ", "\u00a0")).replace(" ", "\u00a0")] if unusual else []
    words += [GROUPS.to(language).format(stage.groups).replace(" ", "\u00a0")] if stage.groups > 1 else []
    return ", ".join(words)


def marked(mark: Mark, language: str) -> str:
    """A mark in words."""
    if mark.kind == "activation":
        return ACTIVATIONS.get(mark.name, mark.name)
    text = MARKS[mark.kind].to(language).format(short(mark.value, language)) if mark.kind in MARKS else mark.name
    learned = PARAMETERS.to(language).format(number(mark.params, language)).replace(" ", "\u00a0")
    return f"{text}, {learned}" if mark.params else text


def costs(stage: Stage, language: str) -> list[str]:
    """What a stage costs, in words; nothing of what it does not."""
    counted = ((PARAMETERS, stage.params), (MULTIPLY_ADDS, stage.macs))
    return [text.to(language).format(number(count, language)) for text, count in counted if count]


def sentence(stage: Stage, language: str) -> list[str]:
    """All that the drawing says of a stage, in words."""
    size, marks = shape(stage.shape, language), [marked(mark, language) for mark in stage.marks]
    if stage.kind == "input":
        said = [f"{PICTURE.to(language)} {size}", *marks]
    else:
        said = [f"{stage.name}: {how(stage, language)}", *marks, OUTPUT.to(language).format(size), *costs(stage, language)]
    return [each.replace("\u00a0", " ") for each in said]


def described(net: Net, language: str) -> str:
    """A net in sentences, for who hears the drawing."""
    counted = ((PARAMETERS, net.params), (MULTIPLY_ADDS, net.macs))
    total = ", ".join(text.to(language).format(number(count, language)) for text, count in counted)
    return f"{net.name}: {total}. " + "; ".join(", ".join(sentence(stage, language)) for stage in net.stages) + "."
