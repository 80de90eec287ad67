"""The lessons of lesson/: made of one source, executed, and run by nbval, which compares nothing and notices what fails."""

import json
import re
import subprocess
import sys
import time

import make_exercises
import nbformat
import pytest

from gluon_alexnet.authoring import build, source
from gluon_alexnet.grading import notebook as submissions

PATHS = [path for name in make_exercises.lessons() for path in make_exercises.lesson_places(name).values()]
SOURCE = """# %% [markdown] name="title" lang="en"
# # A lesson

# %% [markdown] name="title" lang="vi"
# # Một bài học

# %% name="random"
import random
print(random.random())

# %% name="last"
CODE
"""


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("name", make_exercises.lessons())
def test_a_lesson_says_what_its_source_says(name):
    assert make_exercises.out_of_date(name) == []


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_every_cell_was_executed_without_error_and_shows_pictures(path):
    outputs = [output for cell in read(path).cells if cell.cell_type == "code" for output in cell.outputs]
    assert len(outputs) > 50 and all(output.output_type != "error" for output in outputs)
    assert sum("image/png" in output.get("data", {}) for output in outputs) > 20
    assert not [output for output in outputs if output.get("name") == "stderr"]


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_its_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#:]+)\)", "\n".join(cell.source for cell in read(path).cells))
    assert len(links) > 8 and all((path.parent / link).is_file() for link in links)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_it_is_no_submission_and_answers_no_task(path):
    assert not submissions.are_ours([path])
    assert not [cell.id for cell in read(path).cells if "# task:" in cell.source or "NotImplementedError" in cell.source]


@pytest.mark.parametrize("name", make_exercises.lessons())
def test_both_languages_have_the_same_cells_and_pictures(name):
    english, vietnamese = (read(path).cells for path in make_exercises.lesson_places(name).values())
    first, second = ([(cell.id, shown(cell)) for cell in cells] for cells in (english, vietnamese))
    assert first == second


def shown(cell):
    """The kinds of a cell's outputs; texts printed right after each other may be one or several."""
    kinds = [output.output_type for output in cell.get("outputs", [])]
    return [kind for place, kind in enumerate(kinds) if kind != "stream" or kinds[place - 1 : place] != ["stream"]]


def made(folder, code):
    """A lesson of three cells in `folder`, whose stored outputs are none that it would have."""
    path = folder / "small.py"
    path.write_text(SOURCE.replace("CODE", code), encoding="utf-8")
    cells = source.read_source(path, tasks=False)
    places = build.Places({("en", True): folder / "small.ipynb", ("vi", True): folder / "vi" / "small.ipynb"}, None, folder)
    outputs = {"random": [nbformat.v4.new_output("stream", text="7\n")]}
    build.write("small", cells, places, {"en": outputs, "vi": outputs})
    return places


@pytest.mark.parametrize(("code", "status"), [("print(6 * 7)", 0), ("1 / 0", 1)])
def test_nbval_runs_every_cell_and_fails_where_one_does(tmp_path, code, status):
    made(tmp_path, code)
    words = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "small.ipynb"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert ("2 passed" if not status else "1 failed, 1 passed") in done.stdout and "grades" not in done.stdout


@pytest.mark.long
@pytest.mark.parametrize("path", PATHS, ids=str)
def test_nbval_runs_the_lesson_within_ten_minutes(path):
    words = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", str(path)]
    begun = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - begun < 600, "on two idle cores"


def test_a_lesson_out_of_date_is_named(tmp_path):
    places = made(tmp_path, "print(6 * 7)")
    cells = source.read_source(tmp_path / "small.py", tasks=False)
    assert build.out_of_date("small", cells, places) == []
    path = places.notebooks["en", True]
    path.write_text(path.read_text(encoding="utf-8").replace("A lesson", "No lesson"), encoding="utf-8")
    assert build.out_of_date("small", cells, places) == [path]


def test_a_widget_leaves_no_view_that_nothing_fills():
    for path in PATHS:
        assert "application/vnd.jupyter.widget-view" not in json.dumps(read(path))
