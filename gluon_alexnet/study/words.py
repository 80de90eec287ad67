"""Numbers, class names and plots in the language of a notebook."""

from __future__ import annotations

from gluon_alexnet import language as languages


class Words:
    """What a notebook prints and draws, in its language.

    language: "en" or "vi".
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def number(self, value: float, places: int | None = None) -> str:
        """`value` as the language writes it, with `places` decimal places: 46,764,746 or 46.764.746."""
        return languages.number(value, self.language, places)

    def percent(self, share: float, places: int = 0) -> str:
        """A share (of 1) in per cent: 92%."""
        return f"{self.number(100 * share, places)}%"
