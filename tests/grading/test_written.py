import json

import grading_demo as demo
import nbformat
import pytest

from gluon_alexnet.classroom import judge, regrade
from gluon_alexnet.grading import exercise, grade, notebook, report, written
from gluon_alexnet.grading.submissions import Found

QUESTION = {"en": "### Why? Twice\n\nWhy is it twice?", "vi": "### Vì sao? Gấp đôi\n\nVì sao là gấp đôi?"}
TEXTS = [cell.id for cell in demo.notebook().cells if cell.cell_type == "markdown"]
CONTENT = {**demo.REFERENCE, "written": [{"name": "why_double", "question": QUESTION}]}
EXERCISE = exercise.from_json({**CONTENT, "texts": [*TEXTS, "why_double", "why_double-answer"]})
BELOW = 1 + [cell.id for cell in demo.notebook().cells].index("double-check")


def asked(text=None, language="en", answer=None, **answers):
    """The demo notebook with a question below its first task, answered by `text` or untouched; answer: the cell itself."""
    made = demo.notebook(language, **answers)
    question = nbformat.v4.new_markdown_cell(QUESTION[language], id="why_double")
    about = {"metadata": {"gluon_alexnet": {"written": "why_double"}}, "id": "why_double-answer"}
    answer = answer or nbformat.v4.new_markdown_cell(text or written.WRITE_HERE.to(language), **about)
    made.cells[BELOW:BELOW] = [question, answer]
    return made


def found(made, tmp_path, known=EXERCISE):
    (only,) = notebook.read(demo.save(made, tmp_path / "00_demo.ipynb"), known).written
    return only


def test_what_was_written_is_found_with_its_question_in_the_notebooks_language(tmp_path):
    told = found(asked("Vì 2x\nlà hai lần x.", "vi"), tmp_path)
    assert told == {"name": "why_double", "question": QUESTION["vi"], "answer": "Vì 2x\nlà hai lần x."}


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_cell_that_nobody_wrote_in_is_no_answer(tmp_path, language):
    assert found(asked(language=language), tmp_path)["answer"] is None
    # Who writes below the line that asks for it leaves it standing.
    below = asked(f"{written.WRITE_HERE.to(language)}\n\nBecause.", language)
    assert found(below, tmp_path)["answer"] == "Because."


@pytest.mark.parametrize("lost", ["id", "metadata"])
def test_it_is_found_by_its_metadata_or_by_its_name(tmp_path, lost):
    made = asked("Because.")
    cell = demo.cell(made, "why_double-answer")
    if lost == "id":
        cell.id = "0a1b2c3d"
    else:
        cell.metadata = {}
    assert found(made, tmp_path)["answer"] == "Because."


def test_a_question_whose_cells_are_gone_has_no_answer(tmp_path):
    made = asked("Because.")
    made.cells = [cell for cell in made.cells if not cell.id.startswith("why")]
    assert found(made, tmp_path)["answer"] is None


def test_cells_added_below_belong_to_it_and_given_ones_do_not(tmp_path):
    made = asked("First.")
    added = [nbformat.v4.new_markdown_cell("Second."), nbformat.v4.new_code_cell("2 * 3  # six")]
    made.cells[BELOW + 2 : BELOW + 2] = added
    assert found(made, tmp_path)["answer"] == "First.\n\nSecond.\n\n2 * 3  # six"
    # As nbgrader has it: below the question, and not in a cell of ours.
    made.cells.remove(demo.cell(made, "why_double-answer"))
    assert found(made, tmp_path)["answer"] == "Second.\n\n2 * 3  # six"
    # Without the names of the given texts, nobody can tell which cells were added.
    assert found(made, tmp_path, exercise.from_json(CONTENT))["answer"] is None


def test_an_answer_of_a_task_is_not_taken_for_words(tmp_path):
    made = asked("First.")
    made.cells[BELOW + 2 : BELOW + 2] = [nbformat.v4.new_code_cell("# task: relu\ndef relu(x):\n    return x")]
    assert found(made, tmp_path)["answer"] == "First."


def test_it_is_bounded(tmp_path):
    answer = found(asked("a" * 50_000), tmp_path)["answer"]
    assert len(answer) == 5_000 and answer.endswith("a…")


def test_a_large_file_that_is_read_apart_has_its_words_too(tmp_path):
    made = asked("Because.")
    made.cells[0].metadata["much"] = "x" * 3_000_000
    assert found(made, tmp_path)["answer"] == "Because."


@pytest.mark.parametrize("name", [3, ["why_double"], {"a": 1}, None, "x" * 10**6])
def test_metadata_that_is_no_name_is_passed_over(tmp_path, name):
    cell = nbformat.v4.new_markdown_cell("Because.", metadata={"gluon_alexnet": {"written": name}})
    made = asked(answer=cell)
    # It stands below the question, as a cell of one's own does.
    assert found(made, tmp_path)["answer"] == "Because."


def test_words_are_kept_and_bring_no_points(tmp_path):
    results = [
        grade.grade(demo.save(made, tmp_path / "demo.ipynb"), EXERCISE, seed=1).to_dict()
        for made in (asked("Because."), asked(), asked("Because.", double="double = 3"))
    ]
    assert [result["earned"] for result in results] == [6, 6, 3]
    assert [result["written"][0]["answer"] for result in results] == ["Because.", None, "Because."]
    assert json.loads(json.dumps(results)) == results
    assert exercise.digest(EXERCISE) == exercise.digest(demo.EXERCISE)


@pytest.mark.parametrize(
    "language, answers, line",
    [
        ("en", ["a", "b"], "2 written answers: not graded here"),
        ("en", ["a"], "1 written answer: not graded here"),
        ("en", ["a", None], "1 of 2 written answers: not graded here"),
        ("vi", ["a", "b"], "2 câu trả lời viết: không chấm ở đây"),
        ("vi", [None, None], "0 trong 2 câu trả lời viết: không chấm ở đây"),
    ],
)
def test_the_terminal_and_the_page_say_in_one_line_that_words_are_not_graded(language, answers, line):
    told = [{"name": f"q{place}", "question": "Why?", "answer": answer} for place, answer in enumerate(answers)]
    result = grade.Result("x.ipynb", "00", "Title", language, possible=5, written=told).to_dict()
    assert report.summary(result)[-1] == f"  {line}"
    assert line in report.page([result])


def test_a_notebook_that_asks_nothing_has_no_such_line():
    result = grade.Result("x.ipynb", "00", "Title", "en").to_dict()
    assert result["written"] == [] and report.summary(result)[-1] == "  Score: 0/0"


def test_a_row_is_made_anew_where_only_the_words_have_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook.exercises, "list_exercises", lambda: ["00_demo"])
    monkeypatch.setattr(notebook.exercises, "load", lambda name: EXERCISE)
    told = [judge.answers_now(Found(demo.save(asked(text), tmp_path / f"{text}.ipynb"))) for text in ("a", "b", "a")]
    assert told[0] == told[2] != told[1]


def test_grading_a_class_again_keeps_the_words():
    old = {"path": "p", "note": "", "isolation": "x", "written": [{"name": "q", "question": "Why?", "answer": "a"}]}
    result = grade.Result("x.ipynb", "00", "Title", "en")
    assert regrade._whole(result, old)["written"] == old["written"]
