import json

import grading_demo as demo
import make_exercises
import nbformat
import pytest

from gluon_alexnet.authoring import notebooks
from gluon_alexnet.errors import UserError

SOURCES = sorted(path.stem for path in (make_exercises.ROOT / "solutions").glob("*.py"))


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_made_says_what_its_source_says(name):
    assert make_exercises.out_of_date(name) == []


@pytest.mark.parametrize("name", SOURCES)
def test_an_exercise_has_4_to_8_tasks_of_20_points(name):
    cells = make_exercises.read_source(make_exercises.ROOT / "solutions" / f"{name}.py")
    tasks = make_exercises.reference(name, cells)["tasks"]
    assert 4 <= len(tasks) <= 8 and sum(task["points"] for task in tasks.values()) == 20


@pytest.mark.parametrize("name", SOURCES)
def test_all_code_cells_of_a_solution_were_executed_without_error(name):
    notebook = nbformat.read(make_exercises.places(name)["en", True], as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs and all(output.output_type != "error" for output in outputs)
    assert [o for o in outputs if "image/png" in o.get("data", {})], "an exercise shows at least one plot"


def test_answers_and_checks_do_not_reach_the_student():
    for language in ("en", "vi"):
        text = json.dumps(demo.notebook(language, solution=False), ensure_ascii=False)
        assert "2 * x" not in text and "HIDDEN" not in text and "ask." not in text and "SOLUTION" not in text
        assert text.count("raise NotImplementedError") == 3
        nbformat.validate(demo.notebook(language, solution=False))


def test_the_grader_gets_every_answer_as_it_is_solved():
    tasks = demo.REFERENCE["tasks"]
    double = '# task: double\ndef double(x):\n    """Twice the number or array x."""\n    return 2 * x'
    assert demo.TASKS["double"].reference == tasks["double"]["reference"] == double
    assert tasks["total"]["reference"].endswith("\ntotal = sum(range(1, 101))")


def test_the_student_gets_the_practice_outputs_and_the_teacher_all():
    outputs = {id: [nbformat.v4.new_output("stream", text=id)] for id in ("double-check", "plot")}
    student = make_exercises.notebook("00_demo", demo.CELLS, "en", False, outputs)
    teacher = make_exercises.notebook("00_demo", demo.CELLS, "en", True, outputs)
    shown = [[cell.id for cell in notebook.cells if cell.get("outputs")] for notebook in (student, teacher)]
    assert shown == [["double-check"], ["double-check", "plot"]]


def test_the_expected_output_stands_in_the_practice_check_too():
    outputs = {"double-check": [nbformat.v4.new_output("stream", text="42\n\n43\n")]}
    source = demo.cell(make_exercises.notebook("00_demo", demo.CELLS, "vi", False, outputs), "double-check").source
    assert source == "print(double(21))\n\n# Kết quả mong đợi:\n# 42\n#\n# 43"


def test_each_language_has_its_text_and_the_same_code():
    english, vietnamese = demo.notebook("en"), demo.notebook("vi")
    assert demo.cell(english, "double-text").source == "## Task 1. Twice as much (3 points)"
    assert demo.cell(vietnamese, "double-text").source == "## Nhiệm vụ 1. Gấp đôi (3 điểm)"
    assert make_exercises.code_of(english) == make_exercises.code_of(vietnamese)
    assert "hãy thay" in demo.cell(demo.notebook("vi", solution=False), "double").source


def test_executing_gives_the_outputs_of_every_code_cell():
    outputs = notebooks.execute(demo.notebook())
    assert outputs["double-check"][0].text == "42\n"
    with pytest.raises(UserError, match="a cell failed"):
        notebooks.execute(demo.notebook(solution=False))


MISTAKES = {
    'name="setup"': ('name=" "', "give it name="),
    '[markdown] name="relu-text" lang="vi"': ('[markdown] name="relu-text" lang="en"', "Vietnamese text is missing"),
    '"grade_id": "relu-check"': ('"grade_id": "relu-chek"', "its check, relu-check, must come right after it"),
    "(2 points)": ("(3 points)", "needs a heading"),
    "## Nhiệm vụ 2.": ("## Nhiệm vụ 3.", "needs a heading"),
    "    ### END SOLUTION\n": ("", "has its ### BEGIN SOLUTION"),
    "### BEGIN HIDDEN TESTS\n": ("", "has its ### BEGIN HIDDEN TESTS"),
    'name="plot"': ('name="between"', "two cells are called between"),
    '[markdown] name="total-text" lang="en"': ('[markdown] name="total-text"', 'is written lang="en" first'),
}


@pytest.mark.parametrize("good", MISTAKES)
def test_a_mistake_in_a_source_is_named(tmp_path, good):
    bad, message = MISTAKES[good]
    source = demo.SOURCE.read_text(encoding="utf-8")
    assert good in source
    path = tmp_path / "00_demo.py"
    path.write_text(source.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(UserError, match=message):
        make_exercises.reference("00_demo", make_exercises.read_source(path))


def test_files_that_are_out_of_date_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_exercises, "ROOT", tmp_path)
    monkeypatch.setattr(make_exercises, "execute", notebooks.execute)  # the demo needs no data
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "00_demo.py").write_text(demo.SOURCE.read_text(encoding="utf-8"), encoding="utf-8")
    assert make_exercises.main(["--check"]) == 1
    assert "exercises/vi/00_demo.ipynb" in capsys.readouterr().err
    assert make_exercises.main([]) == 0
    assert make_exercises.main(["--check"]) == 0
    made = tmp_path / "exercises" / "00_demo.ipynb"
    made.write_text(made.read_text(encoding="utf-8").replace("Twice", "Thrice"), encoding="utf-8")
    assert make_exercises.main(["--check"]) == 1
    assert make_exercises.main(["11_none"]) == 1


def test_unchanged_code_is_not_executed_again(tmp_path, monkeypatch):
    monkeypatch.setattr(make_exercises, "ROOT", tmp_path)
    (tmp_path / "solutions").mkdir()
    source = tmp_path / "solutions" / "00_demo.py"
    source.write_text(demo.SOURCE.read_text(encoding="utf-8"), encoding="utf-8")
    outputs = {"double-check": [nbformat.v4.new_output("stream", text="42\n")]}
    runs = []
    monkeypatch.setattr(make_exercises, "execute", lambda notebook: runs.append(1) or outputs)
    make_exercises.make("00_demo", run=False)
    source.write_text(source.read_text(encoding="utf-8").replace("Twice as much", "Two times"), encoding="utf-8")
    make_exercises.make("00_demo", run=False)
    assert len(runs) == 1
    vietnamese = nbformat.read(tmp_path / "solutions" / "vi" / "00_demo.ipynb", as_version=4)
    assert demo.cell(vietnamese, "double-check").outputs[0].text == "42\n"
    make_exercises.make("00_demo", run=True)
    assert len(runs) == 2


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A repository with the demo exercise alone, its notebooks made."""
    monkeypatch.setattr(make_exercises, "ROOT", tmp_path)
    monkeypatch.setattr(make_exercises, "execute", lambda notebook: {})
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "00_demo.py").write_text(demo.SOURCE.read_text(encoding="utf-8"), encoding="utf-8")
    assert make_exercises.main([]) == 0
    return tmp_path


def everything_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("where", ["exercises/00_demo.ipynb", "exercises/vi/00_demo.ipynb"])
def test_a_notebook_with_answers_is_not_written_over(made, where, capsys):
    solved = nbformat.read(made / where, as_version=4)
    demo.cell(solved, "double").source = "# task: double\ndef double(x):\n    return x + x"
    nbformat.write(solved, made / where)
    source = made / "solutions" / "00_demo.py"
    source.write_text(source.read_text(encoding="utf-8").replace("Twice as much", "Two times"), encoding="utf-8")
    before = everything_in(made)
    assert make_exercises.main([]) == 1
    assert everything_in(made) == before
    said = capsys.readouterr().err
    assert said.startswith(f"{where} has answers that would be lost (double), so nothing was written") and said.count("\n") == 1
    assert make_exercises.main(["--force"]) == 0
    assert "x + x" not in (made / where).read_text(encoding="utf-8")


def test_a_cell_of_ones_own_is_work_too(made, capsys):
    path = made / "exercises" / "00_demo.ipynb"
    tried = nbformat.read(path, as_version=4)
    tried.cells.append(nbformat.v4.new_code_cell("print(6 * 7)"))
    nbformat.write(tried, path)
    assert make_exercises.main([]) == 1
    assert f"(cell {len(tried.cells)})" in capsys.readouterr().err


def test_a_notebook_that_was_only_run_is_renewed(made):
    path, source = made / "exercises" / "00_demo.ipynb", made / "solutions" / "00_demo.py"
    run = nbformat.read(path, as_version=4)
    error = nbformat.v4.new_output("error", ename="NotImplementedError", evalue="", traceback=[])
    demo.cell(run, "double-check").outputs = [error]
    nbformat.write(run, path)
    # What was written last is no answer, though it would be written otherwise now.
    source.write_text(source.read_text(encoding="utf-8").replace("Twice the number", "Two times the number"), encoding="utf-8")
    assert make_exercises.main([]) == 0
    assert make_exercises.main(["--check"]) == 0


def test_outputs_are_those_of_the_real_data_or_none(monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    with pytest.raises(UserError, match="those of Fashion-MNIST, not of the stand-in: .*; set FASHION_MNIST_DIR"):
        make_exercises.execute(demo.notebook())


def test_a_cell_that_is_to_be_skipped_is_not_executed():
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0", id="score", metadata={"tags": ["skip-execution"]})])
    assert notebooks.execute(made) == {"score": []}


@pytest.mark.parametrize("name", SOURCES)
def test_the_last_cell_grades_and_is_neither_executed_nor_graded(name):
    for language in ("en", "vi"):
        for solution in (True, False):
            last = nbformat.read(make_exercises.places(name)[language, solution], as_version=4).cells[-1]
            assert f'grade_this_notebook("{name}")' in last.source
            assert last.outputs == [] and last.metadata["tags"] == ["skip-execution"]
    reference = json.loads(make_exercises.reference_path(name).read_text(encoding="utf-8"))
    assert reference["cells"][-1]["kind"] == "show"


WHERE_HELPERS_BELONG = {"en": "belong in the answer cell that uses them", "vi": "ngay trong ô trả lời dùng đến chúng"}


@pytest.mark.parametrize("name", SOURCES)
def test_a_notebooks_head_tells_where_helper_functions_belong(name):
    for language, words in WHERE_HELPERS_BELONG.items():
        first = nbformat.read(make_exercises.places(name)[language, False], as_version=4).cells[0]
        assert words in " ".join(first.source.split())
