"""Sentences in English and Vietnamese, and numbers as each writes them: 46,764,746 and .5 here, 46.764.746 and ,5 there.

Everything that a person reads in one of the two languages goes through here: notebooks, the grader's sentences, pages.
"""

from __future__ import annotations

from typing import Any, NamedTuple

LANGUAGES = ("en", "vi")
SWAPPED = str.maketrans(",.", ".,")
_spoken = ["en"]


class Text(NamedTuple):
    """One sentence in English and in Vietnamese."""

    en: str
    vi: str

    def to(self, language: str) -> str:
        """The sentence in `language`, one of LANGUAGES."""
        return getattr(self, language)

    def __str__(self) -> str:
        return self.en


def in_language(text: Any, language: str) -> str:
    """`text` as a str: a Text in `language`, anything else as it is."""
    return text.to(language) if isinstance(text, Text) else str(text)


def speak(language: str) -> None:
    """From now on, what this process says by itself to whoever runs a notebook is in `language`, one of LANGUAGES."""
    _spoken[0] = language


def spoken() -> str:
    """The language that `speak` was told; English where nobody has."""
    return _spoken[0]


def number(value: float, language: str = "en", places: int | None = None) -> str:
    """`value` as `language` writes it, thousands marked.

    language: one of LANGUAGES. places: how many decimal places; None: as many as `value` has (ints have none).
    """
    return written(f"{value:,}" if places is None else f"{value:,.{places}f}", language)


def short(value: float, language: str = "en", places: int = 2) -> str:
    """`value` as `language` writes it, thousands marked, with at most `places` decimal places and no zeros that say nothing."""
    text = f"{value:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return written("0" if text == "-0" else text, language)


def written(text: str, language: str = "en") -> str:
    """`text`, a number as English writes it ('1,234.5', '1e-05'), as `language` writes it."""
    return text.translate(SWAPPED) if language == "vi" else text
