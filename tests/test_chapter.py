"""docs/chapter.md: every place that it names is there."""

import functools
import re
import shlex
from pathlib import Path

import pytest

from gluon_alexnet.cli import parser

ROOT = Path(__file__).resolve().parent.parent
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "docs" / "chapter.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| the chapter says")
]

def places():
    """Every place that a row names, once each: the code of its second and third cell."""
    return list(dict.fromkeys(place for row in ROWS for cell in row[1:] for place in re.findall(r"`([^`]+)`", cell)))


@functools.cache
def cells(name):
    """The names of the cells of the lesson or of an exercise."""
    source = ROOT / "lesson" / "alexnet.py" if name == "lesson" else ROOT / "solutions" / f"{name}.py"
    return set(re.findall(r'^# %%.*(?:name="|"grade_id": ")([\w-]+)"', source.read_text(encoding="utf-8"), re.MULTILINE))


def is_there(place):
    """Whether a place can be gone to: a cell, a test, a command that is understood."""
    words = shlex.split(place)
    if words[0] == "gluon-alexnet":
        parser.build().parse_args(words[1:])
        return True
    if words[0] == "python":
        return (ROOT / words[1]).is_file()
    path, _, name = place.partition("::" if "::" in place else "#")
    if path.startswith("tests/"):
        return (ROOT / path).is_file() and (not name or f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"))
    return name in cells(path)


# Words of code that name no place.
NO_PLACES = ("from gluon_alexnet import d2l", "alexnet_small")


@pytest.mark.parametrize("place", [place for place in places() if place not in NO_PLACES])
def test_a_place_that_is_named_is_there(place):
    assert is_there(place)


@pytest.mark.parametrize(
    "place", ["lesson#no_such_cell", "tests/test_models.py::test_none", "tests/test_none.py", "python benchmarks/none.py"]
)
def test_a_place_that_is_not_there_is_noticed(place):
    assert not is_there(place)


def test_every_row_has_a_claim_a_place_and_a_verdict():
    assert len(ROWS) >= 100
    for claim, shown, verdict in ROWS:
        assert claim and shown
        assert shown == "-" or re.fullmatch(r"`[^`]+`(, `[^`]+`)*", shown), shown
        assert shown != "-" or verdict, claim


def test_what_is_not_right_says_what_is():
    for claim, _, verdict in ROWS:
        if verdict.startswith(("Wrong", "Out of date", "Too", "Misleading", "Not borne out", "Half right")):
            assert len(verdict) > 35, claim


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "docs" / "chapter.md").read_text(encoding="utf-8"))
    assert links and all((ROOT / "docs" / link).exists() for link in links)
