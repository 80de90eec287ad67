"""Tables that teachers and LMSs write: CSV with commas, semicolons or tabs, with or without a mark of their encoding."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import user_path
from gluon_alexnet.grading.texts import shown, visible

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

MAX_BYTES = 50_000_000
SEPARATORS = ",;\t"
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SAVE_AS = "save it as CSV in UTF-8 (in Excel: CSV UTF-8)"


def read(path: PathLike, columns: Mapping[str, Sequence[str]], needed: Sequence[str], what: str) -> list[dict[str, str]]:
    """The rows of the table at `path`, each as name of a column -> text without blanks around it, '' where there is none.

    columns: name -> what its header may say, in small letters with blanks for '_' and '-'; needed: names, one of which must be
    there; what: what the table is, for messages. Each row has its 'line' too. Where headers repeat, the first that is filled
    counts.
    Raises UserError, one sentence, where the file cannot be read, or has none of the columns that are needed.
    """
    file = user_path(path)
    try:
        with open(file, "rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot read {what} {shown(file)}: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise UserError(f"{what} {shown(file)} is larger than {MAX_BYTES:,} bytes: is it the file that was meant?")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UserError(f"{what} {shown(file)} is a spreadsheet, not a CSV: {SAVE_AS}")
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        raise UserError(f"{what} {shown(file)} is no text in UTF-8: {SAVE_AS}") from error
    header, rows = _parsed(text, columns)
    if not header:
        raise UserError(f"{what} {shown(file)} is empty")
    names = [_column(cell, columns) for cell in header]
    if not {*needed} & {*names}:
        wanted = " or ".join(needed)
        there = ", ".join(visible(cell, 30) for cell in header[:8])
        raise UserError(f"{what} {shown(file)} has no column called {wanted}: its first line is {there}")
    return [_row(line, names, cells) for line, cells in rows if any(cell.strip() for cell in cells)]


def _parsed(text, columns):
    """(the header's cells, [(number of the line, cells), ...]), by the separator that brings the most columns that are known."""
    best = None
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
        try:
            rows = [(reader.line_num, cells) for cells in reader]
        except csv.Error:
            continue
        while rows and not any(cell.strip() for cell in rows[0][1]):
            rows.pop(0)
        if not rows:
            continue
        known = sum(_column(cell, columns) != "" for cell in rows[0][1])
        if best is None or known > best[0]:
            best = known, rows[0][1], rows[1:]
    return best[1:] if best else ([], [])


def _column(cell, columns):
    plain = re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFC", cell).casefold()).strip(" :*")
    return next((name for name, headers in columns.items() if plain in headers), "")


def _row(line, names, cells):
    row = {"line": str(line)}
    for name, cell in zip(names, cells, strict=False):
        if name and not row.get(name):
            row[name] = unicodedata.normalize("NFC", cell.strip())
    return row
