"""submission_metadata.yml, by which Gradescope says who handed in what: the few lines of it that matter, read without YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gluon_alexnet.classroom import times

LINE = re.compile(r"^(?P<indent> *)(?P<dash>- )?(?P<key>:?[\w.-]+): *(?P<value>.*)$")
FIELDS = {":name": "name", ":sid": "sid", ":email": "email"}


@dataclass(frozen=True)
class Submitter:
    """One of those who handed in a folder. student: their number, else address, else name; timestamp: ISO 8601 or ''."""

    student: str
    name: str
    email: str
    timestamp: str


def read(text: str) -> dict[str, list[Submitter]]:
    """Name of a folder, such as 'submission_123' -> its Submitters, as far as `text` tells."""
    folders: dict[str, list[dict[str, str]]] = {}
    created: dict[str, str] = {}
    folder, people = "", False
    for indent, dash, key, value in _lines(text):
        if indent == 0 and not dash:
            folder, people = key, False
            folders[folder] = []
        elif indent == 2 and not dash:
            people = key == ":submitters"
            if key == ":created_at":
                created[folder] = times.iso(times.moment(re.sub(r"^&\d+ ", "", value)))
        elif people and folder in folders:
            # A list may stand under its key or below it by two blanks.
            if dash:
                folders[folder].append({})
            if key in FIELDS and folders[folder]:
                folders[folder][-1][FIELDS[key]] = value
    return {
        name: [
            Submitter(student, one.get("name", ""), one.get("email", ""), created.get(name, ""))
            for one in each
            if (student := one.get("sid") or one.get("email") or one.get("name") or "")
        ]
        for name, each in folders.items()
    }


def _lines(text: str) -> Iterator[tuple[int, bool, str, str]]:
    for line in text.splitlines():
        found = LINE.match(line)
        if found:
            yield len(found["indent"]), bool(found["dash"]), found["key"], _scalar(found["value"].strip())


def _scalar(value):
    if value in ("", "~", "null", "''", '""'):
        return ""
    if value.startswith("'"):
        return value.strip("'").replace("''", "'")
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value.strip('"')
    return value
