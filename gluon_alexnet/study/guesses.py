"""A guess beside what came out, as a small table in the language of a notebook."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gluon_alexnet.study.words import Words

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
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in rows
    ]


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
