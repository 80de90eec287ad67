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


def after(notebook, id, cell):
    """The notebook with `cell` right after the one called `id`."""
    place = next(place for place, each in enumerate(notebook.cells) if each.get("id") == id)
    notebook.cells.insert(place + 1, cell)
    return notebook


def code(source, id, **metadata):
    return nbformat.v4.new_code_cell(source, id=id, metadata=metadata)


NBGRADER = {"grade_id": "double", "solution": True, "grade": False, "schema_version": 3, "locked": False}


def test_of_two_answers_the_last_before_the_practice_check_counts_as_in_a_run_from_the_top(tmp_path):
    later = after(demo.notebook(), "double", code("# task: double\ndef double(x):\n    return x + x", "copy"))
    answer = read(later, tmp_path).answers["double"]
    assert (answer.status, "return x + x" in answer.source) == ("answered", True)
    assert "differs" in answer.note.en and "khác nội dung" in answer.note.vi
    # To try something out, far below.
    answer = read(doubled(demo.notebook(), "def double(x):\n    return x"), tmp_path).answers["double"]
    assert (answer.status, "return 2 * x" in answer.source) == ("answered", True)


def test_the_halves_of_a_split_cell_are_one_answer(tmp_path):
    # JupyterLab: the upper half has a new id, the lower half keeps it, both have the metadata.
    notebook = demo.notebook()
    whole = demo.cell(notebook, "double")
    whole.source = "# task: double\ndef half(x):\n    return x / 2\n\n\ndef double(x):\n    return half(4 * x)"
    whole.metadata["nbgrader"] = NBGRADER
    upper, lower = whole.source[:45], whole.source[45:]
    assert "def double" in lower and "# task" not in lower
    whole.source = lower
    notebook.cells.insert(notebook.cells.index(whole), code(upper, "new", nbgrader=NBGRADER))
    answer = read(notebook, tmp_path).answers["double"]
    assert (answer.status, answer.source, answer.note) == ("answered", f"{upper}\n{lower}", None)


@pytest.mark.parametrize("cut", ["\n\n\ndef double", "\n    return half"])
def test_the_halves_of_a_cell_that_was_split_without_a_trace_are_one_answer(tmp_path, cut):
    notebook = demo.notebook()
    cell = demo.cell(notebook, "double")
    whole = "# task: double\ndef half(x):\n    return x / 2\n\n\ndef double(x):\n    return half(4 * x)"
    place = whole.index(cut)
    cell.source = whole[:place]
    answer = read(after(notebook, "double", code(whole[place + 1 :], "new")), tmp_path).answers["double"]
    assert (answer.status, answer.source, answer.note) == ("answered", whole, None)


def test_a_cell_of_ones_own_below_a_whole_answer_is_no_half(tmp_path):
    notebook = after(demo.notebook(), "double", code("def double(x):\n    return x", "mine"))
    assert "return 2 * x" in read(notebook, tmp_path).answers["double"].source


def test_a_half_that_was_moved_away_is_told(tmp_path):
    notebook = demo.notebook()
    notebook.cells.append(code("def half(x):\n    return x / 2", "far", nbgrader=NBGRADER))
    answer = read(notebook, tmp_path).answers["double"]
    assert answer.status == "answered" and "half" not in answer.source
    assert f"cell {len(notebook.cells)} seems to be a part" in answer.note.en


def test_merged_answers_are_told_apart_by_their_lines(tmp_path):
    notebook = demo.notebook()
    one, two = demo.cell(notebook, "double"), demo.cell(notebook, "relu")
    one.source += f"\n{two.source}"
    one.id = "merged"
    notebook.cells.remove(two)
    answers = read(notebook, tmp_path).answers
    assert statuses(read(notebook, tmp_path)) == ANSWERED
    assert "def relu" not in answers["double"].source and "def double" not in answers["relu"].source


def test_a_heading_of_ones_own_is_no_answer(tmp_path):
    notebook = demo.notebook()
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# Task: double\nHow I went about it.", id="mine"))
    answer = read(notebook, tmp_path).answers["double"]
    assert (answer.status, answer.note) == ("answered", None)


def test_a_notebook_that_lost_what_says_so_is_known_by_its_files_name(tmp_path, monkeypatch):
    cells = [code("def double(x):\n    return 2 * x", "a")]
    lost = demo.save(nbformat.v4.new_notebook(cells=cells), tmp_path / "an_1001_20017_00_demo-1.ipynb")
    monkeypatch.setattr(notebooks.exercises, "list_exercises", lambda: ["00_demo"])
    monkeypatch.setattr(notebooks.exercises, "load", lambda name: demo.EXERCISE)
    assert statuses(notebooks.read(lost)) == {"double": "answered", "relu": "missing", "total": "missing"}
    other = nbformat.v4.new_notebook(cells=[code("print(6 * 7)", "a")])
    with pytest.raises(UserError, match="has no answer cell of 00_demo"):
        notebooks.read(demo.save(other, tmp_path / "00_demo.ipynb"))


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


def test_code_too_deep_to_be_looked_into_is_taken_as_text():
    assert not notebooks.is_stub("double = " + "1+" * 9_000 + "1", demo.TASKS["double"])
    assert not notebooks.is_stub("double = " + "(" * 9_000 + "1" + ")" * 9_000, demo.TASKS["double"])


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
    "deep and large": b"[" * 3_000_000,
    "a zip": b"PK\x03\x04" + bytes(100),
    "a PDF": b"%PDF-1.7",
    "a number of many digits": b'{"cells": ' + b"9" * 100_000 + b"}",
}
WHAT_TO_DO = {"HTML": "button Raw", "a zip": "unpack it", "a PDF": ".ipynb that it was made of", "empty": "save it again"}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_what_is_no_notebook_is_said_in_one_sentence(tmp_path, kind):
    path = tmp_path / "a.ipynb"
    path.write_bytes(BAD_FILES[kind])
    with pytest.raises(UserError, match="not a notebook") as caught:
        notebooks.read(path)
    assert "\n" not in str(caught.value)
    assert WHAT_TO_DO.get(kind, "open it in JupyterLab") in str(caught.value)


def test_a_missing_file_and_somebody_elses_notebook_are_said(tmp_path):
    with pytest.raises(UserError, match="cannot read"):
        notebooks.read(tmp_path / "none.ipynb")
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("total = 1"), nbformat.v4.new_code_cell("print(total)")])
    with pytest.raises(UserError, match="none of the exercises"):
        read(other, tmp_path)
    assert not notebooks.are_ours([tmp_path])


def test_metadata_that_lies_about_the_exercise_is_not_believed(tmp_path):
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")], metadata={"gluon_alexnet": "yes"})
    assert not notebooks.are_ours([demo.save(other, tmp_path / "a.ipynb")])


@pytest.mark.parametrize(
    "name", ["00_demo.ipynb", "00_demo (1).ipynb", "an_1001_20017_00_demo-1.ipynb", "00_Demo.ipynb.txt", "notes.ipynb"]
)
def test_an_unreadable_file_with_an_exercises_name_is_ours_to_report(tmp_path, monkeypatch, name):
    monkeypatch.setattr(notebooks.exercises, "list_exercises", lambda: ["00_demo"])
    (tmp_path / name).write_text("{")
    assert notebooks.are_ours([tmp_path / name]) == (name != "notes.ipynb")


def test_half_a_surrogate_is_read_as_a_mark(tmp_path):
    notebook = demo.notebook(double="def double(x):\n    return 2 * x  # HALF")
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook).replace("HALF", chr(92) + "ud800"), encoding="utf-8")
    source = notebooks.read(path).answers["double"].source
    assert source.endswith("\ufffd") and source.encode()


def test_a_large_file_is_read_in_a_process_of_its_own_and_is_the_same(tmp_path):
    notebook = demo.notebook()
    plot = nbformat.v4.new_output("display_data", data={"image/png": "A" * 3_000_000})
    demo.cell(notebook, "double-check").outputs = [plot]
    assert statuses(read(notebook, tmp_path)) == ANSWERED


def test_text_in_utf_16_as_an_editor_on_windows_may_save_it_is_read(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(demo.notebook()), encoding="utf-16")
    assert statuses(notebooks.read(path)) == ANSWERED


def test_a_byte_order_mark_is_read_over(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("\ufeff" + json.dumps(demo.notebook()), encoding="utf-8")
    assert statuses(notebooks.read(path)) == ANSWERED


def test_names_of_a_students_own_cells_are_known(tmp_path):
    notebook = demo.notebook()
    notebook.cells.append(nbformat.v4.new_code_cell("import math\ndef mine(): pass\nother, more = 1, 2", id="own"))
    assert read(notebook, tmp_path).helpers == {"math", "mine", "other", "more"}
