"""Sentences in the two languages of the exercises."""

from typing import NamedTuple

LANGUAGES = ("en", "vi")


class Text(NamedTuple):
    """One sentence in English and in Vietnamese."""

    en: str
    vi: str

    def to(self, language):
        return getattr(self, language)

    def __str__(self):
        return self.en


def in_language(text, language):
    """`text` as a str: a Text in `language`, anything else as it is."""
    return text.to(language) if isinstance(text, Text) else str(text)
