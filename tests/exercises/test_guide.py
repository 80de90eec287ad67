"""exercises/README.ipynb, the way in to the exercises, in both languages."""

import json
import re

import make_exercises
import pytest

from gluon_alexnet.grading import exercise as exercises

PATHS = sorted(make_exercises.guides())


def texts(path):
    return "\n".join("".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])


def test_it_says_what_its_source_says():
    make_exercises.make_guides(check=True)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_every_exercise_stands_in_its_table_in_order(path):
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.ipynb\) \|(.*)\|$", texts(path), re.MULTILINE)
    assert [name for name, _, _ in rows] == [link for _, link, _ in rows] == exercises.own()
    assert all(row.count("|") == 1 and re.search(r"\d", row) for _, _, row in rows), "a time for each"


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_its_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)\)", texts(path))
    assert links and all((path.parent / link).is_file() for link in links)


def test_both_languages_have_the_same_cells_and_the_same_code():
    cells = [json.loads(path.read_text(encoding="utf-8"))["cells"] for path in PATHS]
    assert len(cells) == 2
    for english, vietnamese in zip(*cells, strict=True):
        assert english["id"] == vietnamese["id"]
        assert (english["source"] == vietnamese["source"]) == (english["cell_type"] == "code")
