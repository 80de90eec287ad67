"""What may be shown of anybody's text; sentences in the two languages of the exercises, which gluon_alexnet.language has."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from gluon_alexnet.language import LANGUAGES, Text, in_language

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

__all__ = ["LANGUAGES", "Text", "in_language", "shown", "visible"]

# What would move a terminal's cursor, begin a line, turn the direction of writing, or cannot be written at all.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def visible(text: object, length: int = 500) -> str:
    """`text`, which may be anybody's, as one line of at most `length` characters: what cannot be seen stands as its escape."""
    text = UNSEEN.sub(lambda found: found.group().encode("unicode_escape").decode(), str(text)[: length + 1])
    return text if len(text) <= length else text[: length - 1] + "…"


def shown(path: PathLike) -> str:
    """`path` as one would type it here, on one line."""
    path = Path(path)
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return visible(path, 300)
