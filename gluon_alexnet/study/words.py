"""Numbers, class names and plots in the language of a notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gluon_alexnet import language as languages


def style() -> None:
    """Gives the plots of a notebook their look: a pale grid behind them, bold titles, no frame at the top and the right."""
    import matplotlib.pyplot as plt

    plt.rcParams.update({"figure.dpi": 100, "axes.grid": True, "grid.color": "#e3e7ec", "axes.axisbelow": True})
    plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
    plt.rcParams.update({"axes.titlesize": 11, "axes.titleweight": "bold", "figure.titleweight": "bold"})


# What a layer's settings say, in Vietnamese.
DETAILS = {
    "stride": "bước nhảy",
    "padding": "phần đệm",
    "groups": "nhóm",
    "channels": "kênh",
    "no bias": "không có độ chệch",
    "max": "cực đại",
    "avg": "trung bình",
}


class Words:
    """What a notebook prints and draws, in its language, "en" or "vi".

    Raises ValueError for another.
    """

    def __init__(self, language: str) -> None:
        if language not in languages.LANGUAGES:
            raise ValueError(f"there are words in the languages {', '.join(languages.LANGUAGES)}, and none in {language!r}")
        self.language = language
        # What the library itself tells in this process, such as that the data are a stand-in, is told in it too.
        languages.speak(language)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the ten classes of Fashion-MNIST, by their labels."""
        from gluon_alexnet.data import files

        return files.CLASS_NAMES_VI if self.language == "vi" else files.CLASS_NAMES

    def number(self, value: float, places: int | None = None) -> str:
        """`value` as the language writes it, with `places` decimal places: 46,764,746 or 46.764.746."""
        return languages.number(value, self.language, places)

    def percent(self, share: float, places: int = 0) -> str:
        """A share (of 1) in per cent: 92%."""
        return f"{self.number(100 * share, places)}%"

    def detail(self, text: str) -> str:
        """What `analysis.analyze` says of a layer's settings: "5x5, padding 2, relu" or "5x5, phần đệm 2, relu"."""
        if self.language == "vi":
            for english, translated in DETAILS.items():
                text = re.sub(rf"\b{english}\b", translated, text)
        return re.sub(r"\d+\.\d+", lambda found: languages.written(found[0], self.language), text)

    def show(self) -> None:
        """Shows all open figures of matplotlib, with the numbers at their axes as the language writes them."""
        import matplotlib.pyplot as plt

        from gluon_alexnet.study import ticks

        for number in plt.get_fignums():
            ticks.in_language(plt.figure(number), self.language)
        plt.show()

    def guesses(self, guess: Mapping[str, Any], outcome: Mapping[str, Any], places: int = 3) -> None:
        """Prints what was guessed beside what came out, a line for each of `outcome`.

        guess: name -> a number or a word, or None, as where it is missing, for no guess. outcome: name -> what came out, of which
        numbers that are not whole get `places` decimal places.
        """
        from gluon_alexnet.study import guesses

        print("\n".join(guesses.table(self, guess, outcome, places)))
