"""The exercises that are handed out: nothing is solved, everything is said; and (long) every solution has full marks."""

import json
import subprocess
import sys

import make_exercises
import pytest

from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import grade as grading

ROOT = make_exercises.ROOT
NAMES = exercises.list_exercises()
HANDED_OUT = [path for folder in ("exercises", "exercises/vi") for path in sorted((ROOT / folder).glob("[0-9]*.ipynb"))]
SOLVED = [path for folder in ("solutions", "solutions/vi") for path in sorted((ROOT / folder).glob("*.ipynb"))]


def in_words(path):
    return str(path.relative_to(ROOT))


def test_all_eight_are_there_in_both_languages():
    assert len(NAMES) == 8
    for paths in (HANDED_OUT, SOLVED):
        assert [path.stem for path in paths] == NAMES * 2


@pytest.mark.parametrize("path", HANDED_OUT, ids=in_words)
def test_an_exercise_as_handed_out_scores_nothing_and_tells_how_to_begin(path):
    result = grading.grade(path)
    assert result.earned == 0 and result.possible == 20
    assert result.language == ("vi" if path.parent.name == "vi" else "en")
    for task in result.tasks:
        assert task.status == "not attempted"
        assert len(task.notes) == 1 and "NotImplementedError" in task.notes[0]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_an_answer_is_handed_out(name):
    cells = make_exercises.read_source(ROOT / "solutions" / f"{name}.py")
    given = {line.strip() for path in HANDED_OUT if path.stem == name for line in code_lines(path)}
    others = [cell for cell in cells if cell.kind in ("setup", "show", "practice")]
    shown = {line.strip() for cell in others for line in cell.texts["en"].splitlines()}
    for cell in cells:
        if cell.kind == "answer":
            kept = {line.strip() for line in make_exercises.stub(cell, 1, "en").splitlines()}
            for line in make_exercises.SOLUTION.search(cell.texts["en"])["body"].splitlines():
                line = line.strip()
                # A line such as `net = nn.HybridSequential()` stands in demonstrations too, and tells nothing.
                if len(line) > 25 and line not in shown | kept:
                    assert line not in given


def code_lines(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [line for cell in cells if cell["cell_type"] == "code" for line in "".join(cell["source"]).splitlines()]


@pytest.mark.long
@pytest.mark.parametrize("data", ["real", "stand-in"])
def test_every_solution_in_both_languages_has_full_marks(data, request, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", request.getfixturevalue("real_data") if data == "real" else "stand-in")
    words = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "-q", str(ROOT / "solutions")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-3000:]
    assert done.stdout.count("20/20") == len(SOLVED)
