"""Codes in the place of names: DIR/anonymous.csv has the key, for the teacher alone."""

from __future__ import annotations

import csv
import io
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gluon_alexnet.classroom import sheets
from gluon_alexnet.files_io import write_text

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

FILE = "anonymous.csv"
# Without letters and digits that are taken for one another.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 5
# As exports.py and tables.py write them.
LISTING = re.compile(
    r"((?:left out|whose they are, no|these may be one student|read, to know|line \d+ of the comments|the deadlines name)[^:]*): "
)
ATTEMPTS = re.compile(
    r"(?P<who>.*), (?P<exercise>[^,:]+): .*: (?P<what>(?:the newest of |of )?\d+ (?:attempts|notebooks)[^;:]*); not graded: "
)


def codes(folder: PathLike, students: Iterable[str]) -> dict[str, str]:
    """Student -> code, for `students` and all that have one: those in anonymous.csv in `folder`, and new ones, which are written
    there. Nothing of a student can be told by a code. Raises UserError where the file cannot be read or written.
    """
    path = Path(folder) / FILE
    columns = {"student": ("student",), "code": ("code",)}
    known: dict[str, str] = {}
    if path.exists():
        rows = sheets.read(path, columns, ("code",), "the key of the codes")
        known = {row.get("student", "").removeprefix("'"): row["code"] for row in rows if row.get("code")}
    new = sorted({*students} - {*known, ""})
    for student in new:
        code = ""
        while not code or code in known.values():
            code = "S-" + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        known[student] = code
    if new:
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["student", "code"])
        writer.writerows([f"'{student}" if student[0] in "=+-@'" else student, code] for student, code in sorted(known.items()))
        write_text(path, table.getvalue())
    return known


def hidden(text: str, words: Mapping[str, str]) -> str:
    """`text` with each of `words` that stands in it by itself, however it is written, replaced by what it stands for there."""
    # Zips of macOS have accents apart from their letters.
    text = unicodedata.normalize("NFC", text)
    small = text.casefold()
    # Few of a class's names stand in one line.
    for word in sorted((word for word in words if len(word) >= 2 and word.casefold() in small), key=len, reverse=True):
        text = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", words[word].replace("\\", ""), text, flags=re.IGNORECASE)
    return text


def without_paths(text: str, place: str) -> str:
    """`text` with `place` for whatever in it looks like the path of a file."""
    return re.sub(r"[^\s(]*(?:/|\.ipynb|!)[^\s,;:)]*", place, text)


def hidden_line(line: str, words: Mapping[str, str]) -> str:
    """A line on what was found, without names: as `hidden`, and where it lists files or people, its beginning alone."""
    listing = LISTING.match(line)
    if listing:
        return f"{listing.group(1)} (named on the terminal)"
    attempts = ATTEMPTS.match(line)
    if attempts:
        # Not everybody has a row, and by it a code, while a class is graded.
        who = hidden(attempts["who"], words)
        return f"{who if who in words.values() else 'somebody'}, {attempts['exercise']}: {attempts['what']}"
    return without_paths(hidden(line, words), "a file")
