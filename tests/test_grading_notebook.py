"""Notebooks as JupyterLab, VS Code and Colab save them, and as students damage them."""

import json

import grading_demo as demo
import nbformat
import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import notebook as notebooks


@pytest.fixture(autouse=True)
def only_the_demo(monkeypatch):
    monkeypatch.setattr(exercises, "list_exercises", lambda: ["00_demo"])
    monkeypatch.setattr(exercises, "load", lambda name: demo.EXERCISE)


def read(notebook, tmp_path):
    return notebooks.read(demo.save(notebook, tmp_path / "a.ipynb"))


def statuses(submission):
    return {name: answer.status for name, answer in submission.answers.items()}


ANSWERED = dict.fromkeys(demo.TASKS, "answered")


def colab(notebook):
    """As Colab writes it: ids in the metadata, other notebook metadata, source as lists of lines, no id field."""
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({"id": cell.pop("id"), "colab": {"base_uri": "https://localhost/"}})
        cell.source = cell.source.splitlines(keepends=True)
    notebook.metadata = nbformat.from_dict(
        {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    notebook.nbformat_minor = 0
    return notebook


def vs_code(notebook):
    """As VS Code writes it: ids of its own for new cells, its language in the metadata, Windows line ends."""
    for cell in notebook.cells:
        cell.metadata["vscode"] = {"languageId": "python"}
        cell.source = cell.source.replace("\n", "\r\n")
    notebook.metadata["vscode"] = {"interpreter": {"hash": "0"}}
    return notebook


def jupyterlab(notebook):
    """As JupyterLab writes it: execution counts, times, a toolbar's flags."""
    for count, cell in enumerate(notebook.cells):
        cell.metadata.update(
            execution={"iopub.execute_input": "2026-01-01T00:00:00Z"}, editable=True, slideshow={"slide_type": ""}
        )
        if cell.cell_type == "code":
            cell["execution_count"] = count
    return notebook


def new_ids(notebook):
    """As a notebook whose cells were all copied: other ids and no nbgrader metadata."""
    for place, cell in enumerate(notebook.cells):
        cell.id = f"{place:08x}"
        cell.metadata.pop("nbgrader", None)
    return notebook


def version_3(notebook):
    """As nbformat 3 keeps it: worksheets, `input` instead of `source`."""
    cells = [{"cell_type": c.cell_type, "metadata": {}, "input": c.source, "source": c.source} for c in notebook.cells]
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}


@pytest.mark.parametrize("saved_by", [dict, jupyterlab, vs_code, colab, new_ids, demo.without_ids, version_3])
@pytest.mark.parametrize("language", ["en", "vi"])
def test_answers_are_found_whatever_saved_the_file(tmp_path, saved_by, language):
    submission = read(saved_by(demo.notebook(language)), tmp_path)
    assert (submission.exercise.name, statuses(submission)) == ("00_demo", ANSWERED)
    assert "return 2 * x" in submission.answers["double"].source
    unsolved = read(saved_by(demo.notebook(language, solution=False)), tmp_path)
    assert set(statuses(unsolved).values()) == {"not attempted"}
    assert unsolved.language == language


def retyped(notebook, id, source):
    """The cell deleted, and its answer written into a new one without the line that names the task."""
    notebook.cells = [c for c in notebook.cells if c.id != id] + [nbformat.v4.new_code_cell(source, id="retyped")]
    return notebook


def test_a_retyped_answer_is_found_by_what_it_defines_and_said_so(tmp_path):
    answer = read(retyped(demo.notebook(), "double", "def double(x):\n    return x + x"), tmp_path).answers["double"]
    assert (answer.status, answer.source) == ("answered", "def double(x):\n    return x + x")
    assert "double" in answer.note.en and answer.note.vi


def test_an_answer_is_never_taken_from_a_practice_cell(tmp_path):
    notebook = demo.notebook()
    notebook.cells = [c for c in notebook.cells if c.id != "total"]
    demo.cell(notebook, "total-check").source = "print(total)"
    assert statuses(read(notebook, tmp_path))["total"] == "missing"


def doubled(notebook, source, id="copy"):
    notebook.cells.append(nbformat.v4.new_code_cell(f"# task: double\n{source}", id=id))
    return notebook


def test_two_cells_that_differ_are_ambiguous(tmp_path):
    answer = read(doubled(demo.notebook(), "def double(x):\n    return x"), tmp_path).answers["double"]
    assert (answer.status, "keep one" in answer.note.en) == ("ambiguous", True)


def test_two_cells_that_say_the_same_are_one_answer(tmp_path):
    source = demo.cell(demo.notebook(), "double").source.split("\n", 1)[1] + "\n\n"
    assert statuses(read(doubled(demo.notebook(), source), tmp_path)) == ANSWERED


def test_a_copy_left_unsolved_does_not_stand_in_the_way(tmp_path):
    notebook = doubled(demo.notebook(solution=False), "def double(x):\n    return 2 * x")
    assert statuses(read(notebook, tmp_path))["double"] == "answered"


def test_the_line_that_names_the_task_wins_over_the_id(tmp_path):
    notebook = demo.notebook()
    one, two = demo.cell(notebook, "double"), demo.cell(notebook, "relu")
    one.source, two.source = two.source, one.source
    submission = read(notebook, tmp_path)
    assert "return 2 * x" in submission.answers["double"].source and "maximum" in submission.answers["relu"].source


def test_an_answer_in_a_text_cell_is_not_accepted(tmp_path):
    notebook = demo.notebook()
    demo.cell(notebook, "double").update(cell_type="markdown")
    answer = read(notebook, tmp_path).answers["double"]
    assert (answer.status, "code cell" in answer.note.en) == ("refused", True)


def test_a_deleted_answer_is_missing_and_says_what_to_copy(tmp_path):
    notebook = demo.notebook()
    notebook.cells = [c for c in notebook.cells if c.id != "relu"]
    answer = read(notebook, tmp_path).answers["relu"]
    assert (answer.status, "# task: relu" in answer.note.en, "# task: relu" in answer.note.vi) == ("missing", True, True)


def test_a_stub_with_comments_and_a_docstring_is_not_attempted():
    stub = demo.TASKS["double"].stub.en
    assert notebooks.is_stub(stub + "\n# I will do this tomorrow", demo.TASKS["double"])
    assert not notebooks.is_stub(stub.replace("raise", "x = 1\n    raise"), demo.TASKS["double"])


BAD_FILES = {
    "empty": b"",
    "not JSON": b"{",
    "a list": b"[]",
    "a number": b"7",
    "cells missing": b"{}",
    "cells no list": b'{"cells": 7}',
    "cells of text": b'{"cells": ["a", "b"]}',
    "a source of numbers": b'{"cells": [{"cell_type": "code", "source": [1, 2]}]}',
    "binary": bytes(range(256)),
    "HTML": b"<!doctype html><title>Sign in</title>",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_what_is_no_notebook_is_said_in_one_sentence(tmp_path, kind):
    path = tmp_path / "a.ipynb"
    path.write_bytes(BAD_FILES[kind])
    with pytest.raises(UserError, match="is not a notebook") as caught:
        notebooks.read(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_somebody_elses_notebook_are_said(tmp_path):
    with pytest.raises(UserError, match="cannot read"):
        notebooks.read(tmp_path / "none.ipynb")
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("total = 1"), nbformat.v4.new_code_cell("print(total)")])
    with pytest.raises(UserError, match="none of the exercises"):
        read(other, tmp_path)
    assert not notebooks.is_ours(tmp_path / "a.ipynb")


def test_metadata_that_lies_about_the_exercise_is_not_believed(tmp_path):
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")], metadata={"gluon_alexnet": "yes"})
    assert not notebooks.is_ours(demo.save(other, tmp_path / "a.ipynb"))


def test_an_unreadable_file_with_an_exercises_name_is_ours_to_report(tmp_path):
    for name in ("00_demo.ipynb", "00_demo (1).ipynb", "notes.ipynb"):
        (tmp_path / name).write_text("{")
    assert [notebooks.is_ours(tmp_path / name) for name in ("00_demo.ipynb", "00_demo (1).ipynb", "notes.ipynb")] == [
        True,
        True,
        False,
    ]


def test_a_byte_order_mark_is_read_over(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("\ufeff" + json.dumps(demo.notebook()), encoding="utf-8")
    assert statuses(notebooks.read(path)) == ANSWERED


def test_names_of_a_students_own_cells_are_known(tmp_path):
    notebook = demo.notebook()
    notebook.cells.append(nbformat.v4.new_code_cell("import math\ndef mine(): pass\nother, more = 1, 2", id="own"))
    assert read(notebook, tmp_path).helpers == {"math", "mine", "other", "more"}
