"""Answers that are right in another way than the reference have full marks."""

import json

import exercise_here as here
import make_exercises
import nbformat
import pytest
from honest_answers import HONEST

from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import grade as grading

VARIANTS = [(name, task, number) for (name, task), sources in HONEST.items() for number in range(len(sources))]


def test_every_task_of_every_exercise_is_here():
    tasks = {(name, task.name) for name in exercises.list_exercises() for task in exercises.load(name).tasks}
    assert set(HONEST) == tasks


@pytest.mark.parametrize("name, task, number", VARIANTS)
def test_an_honest_answer_has_full_marks(name, task, number, tmp_path, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    asked = next(each for each in exercises.load(name).tasks if each.name == task)
    # Where a check stumbles over an honest answer, it is at fault.
    earned, parts = here.ask(name, asked, tmp_path, own=True, **here.answer_from(name, HONEST[name, task][number]))
    assert earned == asked.points, [(part.title, part.problem) for part in parts]


@pytest.mark.long
@pytest.mark.parametrize("data", ["real", "stand-in"])
@pytest.mark.parametrize("name", exercises.list_exercises())
def test_a_notebook_of_honest_answers_has_full_marks(name, data, tmp_path, request, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", request.getfixturevalue("real_data") if data == "real" else "stand-in")
    notebook = nbformat.read(make_exercises.places(name)["en", False], as_version=4)
    for cell in notebook.cells:
        if (name, cell.id) in HONEST:
            cell.source = f"# task: {cell.id}\n{HONEST[name, cell.id][-1]}"
    path = tmp_path / f"{name}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    result = grading.grade(path)
    assert result.full, [(task.task, task.notes, task.parts) for task in result.tasks if task.status != "full"]
