"""The numbers at the axes of a plot as a language writes them."""

from __future__ import annotations

import re
from typing import Any

from matplotlib import ticker

from gluon_alexnet import language as languages

# Whose words are the author's own.
OWN = (ticker.FixedFormatter, ticker.FuncFormatter, ticker.NullFormatter)
NUMBER = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w.,])")


def in_language(figure: Any, language: str) -> None:
    """Has the axes of the matplotlib `figure` write their numbers in `language`, but for those that were given as texts."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            for get, put in (
                (axis.get_major_formatter, axis.set_major_formatter),
                (axis.get_minor_formatter, axis.set_minor_formatter),
            ):
                inner = get()
                # Of matplotlib's own: also those for categories, which are in a module of their own.
                if type(inner).__module__ == ticker.__name__ and not isinstance(inner, OWN):
                    put(InLanguage(inner, language))


def written(text: str, language: str) -> str:
    """`text`, in which matplotlib has written numbers, with the thousands and the decimal mark of `language`."""
    if "\\" in text:
        # A power, such as $\mathdefault{2\times10^{3}}$, has no thousands.
        return re.sub(r"(?<=\d)\.(?=\d)", "{,}", text) if language == "vi" else text

    def number(found: re.Match[str]) -> str:
        places = len(found[2] or ".") - 1
        return languages.number(float(f"{found[1].replace(',', '')}{found[2] or ''}"), language, places)

    return NUMBER.sub(number, text)


class InLanguage(ticker.Formatter):
    """What the formatter `inner` writes, in `language`."""

    def __init__(self, inner: ticker.Formatter, language: str) -> None:
        self.inner, self.language = inner, language

    def set_axis(self, axis: Any) -> None:
        super().set_axis(axis)
        self.inner.set_axis(axis)

    def set_locs(self, locs: Any) -> None:
        self.inner.set_locs(locs)

    def format_ticks(self, values: Any) -> list[str]:
        return [written(text, self.language) for text in self.inner.format_ticks(values)]

    def __call__(self, x: float, pos: int | None = None) -> str:
        return written(self.inner(x, pos), self.language)

    def format_data_short(self, value: Any) -> str:
        return self.inner.format_data_short(value)

    def get_offset(self) -> str:
        return written(self.inner.get_offset(), self.language)
