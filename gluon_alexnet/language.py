"""Numbers as English and Vietnamese write them: 46,764,746 and .5 here, 46.764.746 and ,5 there.

Everything that a person reads in one of the two languages goes through here: notebooks, the grader's sentences, pages.
"""

from __future__ import annotations

LANGUAGES = ("en", "vi")
SWAPPED = str.maketrans(",.", ".,")


def number(value: float, language: str = "en", places: int | None = None) -> str:
    """`value` as `language` writes it, thousands marked.

    language: one of LANGUAGES. places: how many decimal places; None: as many as `value` has (ints have none).
    """
    text = f"{value:,}" if places is None else f"{value:,.{places}f}"
    return text.translate(SWAPPED) if language == "vi" else text
