"""A guess beside what came out, as a small table in the language of a notebook."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gluon_alexnet.study.words import Words

# From how many letters on a name has a line of its own; the numbers beside it take about 35.
LONG = 20
HEADS = {
    "en": ("", "your guess", "it is", "you are off by"),
    "vi": ("", "bạn đoán", "thực tế", "chênh lệch"),
}
NONE = {"en": "no guess", "vi": "chưa đoán"}
# 0,85 is a pair of numbers to Python.
COMMA = {"en": "a point, as in 0.85", "vi": "dùng dấu chấm: 0.85"}
RIGHT = {"en": ("right", "wrong"), "vi": ("đúng", "sai")}


def table(words: Words, guess: Mapping[str, Any], outcome: Mapping[str, Any], places: int) -> list[str]:
    """The lines of the table: see Words.guesses."""
    rows = [HEADS[words.language]]
    for name, came in outcome.items():
        told = guess.get(name)
        if told is None or (isinstance(told, tuple) and is_number(came)):
            said, off = (NONE if told is None else COMMA)[words.language], ""
        else:
            said, off = shown(words, told, places), between(words, told, came, places)
        rows.append((str(name), said, shown(words, came, places), off))
    return laid_out(rows)


def laid_out(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of four cells as lines, of which a telephone shows each whole: a name that is long has a line of its own."""
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    apart = widths[0] > LONG
    lines = []
    for name, *cells in rows:
        lines += [name] if apart and name else []
        first = "" if apart else name.ljust(widths[0])
        lines.append("  ".join([first, *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))]).rstrip())
    return lines


def is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def shown(words: Words, value: Any, places: int) -> str:
    if not is_number(value):
        return str(value)
    return words.number(int(value)) if isinstance(value, numbers.Integral) else words.number(float(value), places)


def between(words: Words, told: Any, came: Any, places: int) -> str:
    """How far the guess `told` lies from what `came` out; of words, whether it is right."""
    if not (is_number(told) and is_number(came)):
        return RIGHT[words.language][str(told).strip().lower() != str(came).strip().lower()]
    whole = isinstance(told, numbers.Integral) and isinstance(came, numbers.Integral)
    off = told - came
    sign = "+" if off > 0 else "−" if off < 0 else ""
    return sign + shown(words, abs(int(off)) if whole else abs(float(off)), places)
