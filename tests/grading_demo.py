"""A small exercise of six points, built from tests/exercises/00_demo.py as the real ones are, and notebooks made of it."""

import json
from pathlib import Path

import make_exercises
import nbformat

from gluon_alexnet.grading import exercise

SOURCE = Path(__file__).with_name("exercises") / "00_demo.py"
CELLS = make_exercises.read_source(SOURCE)
REFERENCE = make_exercises.reference("00_demo", CELLS)
EXERCISE = exercise.from_json(REFERENCE)
TASKS = {task.name: task for task in EXERCISE.tasks}


def notebook(language="en", solution=True, **answers):
    """The demo notebook; `answers`: name of a task -> the text of its cell."""
    made = make_exercises.notebook("00_demo", CELLS, language, solution, {})
    for cell in made.cells:
        if cell.id in answers:
            cell.source = f"# task: {cell.id}\n{answers[cell.id]}"
    return made


def cell(notebook, id):
    return next(cell for cell in notebook.cells if cell.get("id") == id)


def save(notebook, path):
    Path(path).write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    return path


def without_ids(notebook):
    """The notebook as nbformat 4.4 keeps it, without the ids of cells."""
    old = nbformat.from_dict({**notebook, "nbformat_minor": 4})
    for each in old.cells:
        each.pop("id", None)
        each.metadata.pop("nbgrader", None)
    return old
