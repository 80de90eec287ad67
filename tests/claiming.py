"""Claims: what a notebook's text says in numbers, and the file that backs each of them (exercises/test_claims.py compares).

A file exercises/claims/NAME.py belongs to solutions/NAME.py or lesson/NAME.py (with a c before it: c01_epochs.py) and has a list
CLAIMS of

    Claim("closing", "(test {} recorded", "(kiểm tra {} trong lần đã ghi", recorded("lenet-chapter", "test_accuracy"))
    Stated("intro", "dropout of 0.5", "dropout 0,5", "a setting")

Claim: cell, the words around the number in English and in Vietnamese with {} in its place, and its value: one, or a list of as
many as there are {}. What is written has to be the value to as many places as are written, in the language's notation; {}% is
100 times the value. `within` allows for more, where a figure differs from run to run. Words may break lines anywhere, and their
** is left out. Values are made by the functions below: recorded, curve, result, printed and others.
Stated: a number that is not measured, with the reason: "a setting", "a bar", "counted", "arithmetic", "cited: where", "time to
plan"; or one that was measured with nothing kept of it, better avoided: "not recorded: how". Settings behind words such as
"momentum" or "learning rate", bars behind "at least", what is "about" so many seconds, and what stands in code or formulas need
none of it.
"""

from __future__ import annotations

import functools
import json
import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
NUMBER = {"en": r"(?<![\d.])(?:\d[\d,]*)?(?:\.\d+)?(?<=\d)", "vi": r"(?<![\d,])\d[\d.]*(?:,\d+)?(?<=\d)"}
HALF = 0.5 + 1e-6  # of the last place that is written


@dataclass(frozen=True)
class Claim:
    """A number in a text, and where it comes from."""

    cell: str
    en: str
    vi: str
    value: Callable[[], float] | list[Callable[[], float]]
    within: float = 0.0


@dataclass(frozen=True)
class Stated:
    """A number in a text that is not measured, and why it need not be."""

    cell: str
    en: str
    vi: str
    why: str


def plain(text):
    """A text without its line breaks and emphasis."""
    return re.sub(r"\s+", " ", text.replace("**", "")).strip()


def pattern(template, language):
    """A regular expression of the words of a template, with a group for each number."""
    parts = [re.escape(plain(part)) if part.strip() else "" for part in template.split("{}")]
    spaced = [part.replace(r"\ ", " ") for part in parts]
    for place, part in enumerate(template.split("{}")):
        before, after = part[:1].isspace() and place > 0, part[-1:].isspace() and place < len(parts) - 1
        spaced[place] = (" " if before else "") + spaced[place] + (" " if after and part.strip() else "")
    return f"({NUMBER[language]})".join(spaced)


def read(written, language):
    """(the number that is written, half a unit of its last place)."""
    thousands, point = (",", ".") if language == "en" else (".", ",")
    text = written.replace(thousands, "").replace(point, ".")
    return float(text), HALF * 10.0 ** -len(text.partition(".")[2])


def spans(claim, text, language):
    """[(start, end, [numbers as written])] wherever a claim's words stand in a plain text."""
    found = re.finditer(pattern(getattr(claim, language), language), text)
    return [(match.start(), match.end(), list(match.groups())) for match in found]


def wrong(claim, text, language):
    """What is wrong with a claim in a plain text, in a sentence; None where it holds."""
    template = getattr(claim, language)
    places = spans(claim, text, language)
    if not places:
        return f"{claim.cell} ({language}) does not say {template!r}"
    if isinstance(claim, Stated):
        return None
    values = [value() for value in (claim.value if isinstance(claim.value, list) else [claim.value])]
    if len(values) != template.count("{}"):
        return f"{claim.cell} ({language}): {template!r} has {template.count('{}')} places for {len(values)} values"
    shares = [rest.lstrip().startswith("%") for rest in template.split("{}")[1:]]
    for _, _, written in places:
        for number, value, share in zip(written, values, shares, strict=True):
            said, half = read(number, language)
            expected = 100 * value if share else value
            if abs(said - expected) > max(half, claim.within * (100 if share else 1) + 1e-9):
                return f"{claim.cell} ({language}) says {number} in {template!r}: it is {expected:.6g}"
    return None


# Numbers that look measured: with a decimal point, per cent, or of a unit that is measured.
MEASURED = {
    "en": re.compile(rf"{NUMBER['en']}(?: ?%| (?:images/s|seconds|minutes)\b)|(?<![\w.,])\d*\.\d+(?!\.?\d)"),
    "vi": re.compile(rf"{NUMBER['vi']}(?: ?%| (?:ảnh/s|ảnh/giây|ảnh mỗi giây|giây|phút)(?!\w))|(?<![\w.,])\d[\d.]*,\d+(?!\d)"),
}

# What is no figure: code, formulas, addresses, and settings, bars and times to plan by the words before them.
BEFORE = {
    "en": r"(?:[Mm]omentum|learning rates?|rate|dropout|decay)(?: of)?|rises to|from|at least|at most|about",
    "vi": (
        r"(?:động lượng|[Mm]omentum)(?: Nesterov)?|tốc độ học(?: cố định)?|tăng (?:lên|dần lên|tới|đến)|từ|dropout|ít nhất"
        r"|nhiều nhất|khoảng|chừng|chưa đến"
    ),
}
BARS = r"\| [^|]*\b(?:points?|điểm)\b[^|]*\|(?: [\d.,]+ \|)+"  # a row of a table: for how many points, which accuracies
NO_FIGURE = {
    language: re.compile(
        rf"`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|https?://\S+|{BARS}|\b(?:{words}) {NUMBER[language]}(?: (?:to|đến) {NUMBER[language]})?"
    )
    for language, words in BEFORE.items()
}


def uncovered(claims, text, language):
    """The measured-looking numbers of a plain text that stand in no claim's words, each with the words around it."""
    bare = NO_FIGURE[language].sub(lambda match: " " * len(match[0]), text)
    covered = [(start, end) for claim in claims for start, end, _ in spans(claim, text, language)]
    return [
        text[max(0, match.start() - 30) : match.end() + 20]
        for match in MEASURED[language].finditer(bare)
        if not any(start <= match.start() < end for start, end in covered)
    ]


@functools.cache
def content(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def computed(function, *values):
    """What `function` makes of other values: computed(lambda a, b: a - b, published(...), recorded(...))."""
    return lambda: function(*(value() for value in values))


def recorded(name, column="test_accuracy", at=-1, seed=None, over=statistics.mean):
    """A figure of a record of gluon_alexnet.study: of the pass at index `at`, over all seeds (their mean) or of one.

    over: max, min, statistics.stdev, or what else makes a number of those of the seeds.
    """

    def value():
        from gluon_alexnet.study import recorded as records

        runs = [run for run in records(name)["runs"] if seed in (None, run["seed"])]
        return over([run[column][at] for run in runs])

    return value


def curve(name, function, column="test_accuracy", seed=0):
    """What `function` makes of the column, a list over the passes, of one run of a record."""

    def value():
        from gluon_alexnet.study import recorded as records

        (run,) = (run for run in records(name)["runs"] if run["seed"] == seed)
        return function(run[column])

    return value


def filters(function, name="alexnet"):
    """What `function` makes of a net's recorded filters before and after its training, arrays (filters, height, width)."""

    def value():
        from gluon_alexnet.study import recorded as records

        return function(records.filters(name, "start"), records.filters(name))

    return value


def result(file, *path):
    """A figure of benchmarks/results/FILE.json, at the end of `path` (keys and indices)."""

    def value():
        found = content(RESULTS / f"{file}.json")
        for key in path:
            found = found[key]
        return found

    return value


def published(name, figure="test"):
    """A figure of benchmarks/results/bench/published.json, of others."""
    return result("bench/published", name, figure)


# (notebook, cell) of every stored output that a claim refers to.
PRINTED: set[tuple[str, str]] = set()


def outputs(notebook, cell, language="en"):
    """What the stored output of a cell of a solved notebook says, as text."""
    folder = ROOT / "solutions" / ("vi" if language == "vi" else "")
    cells = content(folder / f"{notebook}.ipynb")["cells"]
    stored = next((each["outputs"] for each in cells if each["id"] == cell), None)
    assert stored, f"{notebook} has no cell {cell} with an output"
    return plain(" ".join("".join(each.get("text", each.get("data", {}).get("text/plain", ""))) for each in stored))


def printed(notebook, cell, words, number=0):
    """A number that the stored output of a cell of solutions/NOTEBOOK.ipynb has in place of {} in `words`.

    number: which of them where the words have several {}.
    """

    PRINTED.add((notebook, cell))

    def value():
        match = re.search(pattern(words, "en"), outputs(notebook, cell))
        assert match, f"{cell} of {notebook} does not print {words!r}"
        return read(match.groups()[number], "en")[0]

    return value


def net(name, figure="params", layers=""):
    """A net's trained parameters ('params') or multiply-adds an image ('macs'), of all layers or those whose name begins so."""

    def value():
        from gluon_alexnet import analysis, models

        return sum(getattr(cost, figure) for cost in analysis.analyze(models.spec(name)) if cost.name.startswith(layers))

    return value


def share(part, whole):
    """One value over another."""
    return computed(lambda above, below: above / below, part, whole)


def training_minutes(name):
    """Minutes that the steps of the run benchmarks/results/NAME.json took, loading included, as in docs/results.md's tables."""

    def value():
        epochs = content(RESULTS / f"{name}.json")["epochs"]
        return sum(epoch["seconds"]["data"] + epoch["seconds"]["step"] for epoch in epochs) / 60

    return value
