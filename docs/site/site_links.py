"""The links in the project's Markdown: found, looked up in the repository, and turned into those of the site.

Needs nothing but Python. What stands in code is no link.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from site_pages import ROOT, page_of_file, slug, texts

FENCE = re.compile(r"^( *)(```+|~~~+).*?^ *\2[`~]*\s*?$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^()\s<>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
ATTRIBUTE = re.compile(r"<(?:a|img|source)\b[^>]*?\s(?:href|src|srcset)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """A link in a text, whose target stands at text[start:end]. kind: 'link', 'image' or 'html' (an attribute of a tag)."""

    start: int
    end: int
    target: str
    kind: str


@dataclass(frozen=True)
class Problem:
    """A link that leads nowhere."""

    file: str
    target: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: the link to {self.target}: {self.reason}"


def without_code(text: str) -> str:
    """The text with every character of code, fenced or not, replaced by a blank of the same length."""
    for pattern in (FENCE, CODE):
        text = pattern.sub(lambda found: re.sub(r"[^\n]", "\0", found[0]), text)
    return text


def _is_image(text, bracket):
    """Whether the link whose `]` stands at `bracket` begins with `![`."""
    depth = 0
    for place in range(bracket, -1, -1):
        depth += {"]": 1, "[": -1}.get(text[place], 0)
        if depth == 0:
            return text[place - 1 : place] == "!"
    return False


def links(text: str) -> list[Link]:
    """All links and images of a text, in order."""
    plain = without_code(text)
    found = [Link(*one.span(1), one[1], "image" if _is_image(plain, one.start()) else "link") for one in LINK.finditer(plain)]
    found += [Link(*one.span(1), one[1], "html") for one in ATTRIBUTE.finditer(plain)]
    return sorted(found, key=lambda link: link.start)


def anchors(file: Path) -> set[str]:
    """What may follow the # in links to a file of Markdown or a notebook: its headings, equal ones numbered, and ids of tags."""
    found: set[str] = set()
    for text in texts(file):
        # Code within a heading counts, fenced code does not hold headings.
        text = FENCE.sub("", text)
        for heading in HEADING.findall(text):
            name, number = slug(heading), 0
            while (name if not number else f"{name}-{number}") in found:
                number += 1
            found.add(f"{name}-{number}" if number else name)
        found.update(re.findall(r"\b(?:id|name)=\"([^\"]+)\"", text))
    return found


def place_of(file: str, target: str) -> tuple[str, str]:
    """(the file or folder that `target` means in `file`, what follows its #), both from the root of the repository."""
    path, _, fragment = unquote(target).partition("#")
    return (posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file), fragment


def problems(root: Path = ROOT) -> list[Problem]:
    """The links between files of the site's pages that lead nowhere, in the repository and hence in the site."""
    found, pages, known = [], page_of_file(root), {}
    for file in pages:
        for text in texts(root / file):
            for link in links(text):
                if ELSEWHERE.match(link.target):
                    continue
                place, fragment = place_of(file, link.target)
                if place.startswith("..") or not (root / place).exists():
                    found.append(Problem(file, link.target, "there is no such file"))
                elif fragment and place in pages:
                    known.setdefault(place, anchors(root / place))
                    if fragment not in known[place]:
                        found.append(Problem(file, link.target, "there is no such heading"))
    return found


def rewritten(text: str, file: str, changed: Callable[[Link, str, str], str]) -> str:
    """The text of `file` with the targets of its links replaced by what `changed(link, place, fragment)` gives.

    place and fragment are place_of's. Links to other sites, and within the page, stay.
    """
    parts, done = [], 0
    for link in links(text):
        if ELSEWHERE.match(link.target) or link.target.startswith("#"):
            continue
        parts += [text[done : link.start], changed(link, *place_of(file, link.target))]
        done = link.end
    return "".join([*parts, text[done:]])
