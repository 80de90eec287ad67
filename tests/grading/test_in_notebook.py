"""The last cell of an exercise."""

import shutil
import sys
import types

import make_exercises
import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

import gluon_alexnet
from gluon_alexnet.grading import exercise, in_notebook

HANDED_OUT = make_exercises.ROOT / "exercises"


@pytest.fixture
def plain(monkeypatch):
    """No Jupyter and no VS Code around."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))


@pytest.fixture
def notebook(plain, tmp_path, monkeypatch):
    """An exercise in Vietnamese, nothing answered, under a name of a student's own; its grades are on the stand-in."""
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    (tmp_path / "my folder").mkdir()
    return shutil.copy(HANDED_OUT / "vi" / "01_epochs.ipynb", tmp_path / "my folder" / "bài của tôi.ipynb")


def test_the_cell_grades_the_saved_file_and_says_when_it_was_saved(notebook, monkeypatch, capfd):
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    in_notebook.grade_this_notebook("01_epochs")
    said = capfd.readouterr().out
    assert said.startswith("bài của tôi.ipynb, bản lưu lúc ")
    assert "những gì bạn sửa từ lúc ấy chưa được tính" in said
    assert "0/20" in said


def test_the_notebook_is_found_as_jupyter_and_vs_code_tell_it(notebook, monkeypatch):
    assert in_notebook.find("01_epochs") is None
    sys.modules["__main__"].__vsc_ipynb_file__ = str(notebook)
    assert in_notebook.find("01_epochs") == notebook
    monkeypatch.chdir(HANDED_OUT)
    monkeypatch.setenv("JPY_SESSION_NAME", "/gone/renamed.ipynb")
    assert in_notebook.find("01_epochs") == notebook
    del sys.modules["__main__"].__vsc_ipynb_file__
    assert in_notebook.find("01_epochs") == HANDED_OUT / "01_epochs.ipynb"


def test_a_file_that_is_not_found_is_one_sentence_in_both_languages(plain, capsys):
    in_notebook.grade_this_notebook("01_epochs")
    english, vietnamese = capsys.readouterr().out.splitlines()
    assert english.startswith("The file of this notebook was not found: save it as 01_epochs.ipynb in ")
    assert vietnamese.startswith("Không tìm thấy tệp của sổ tay này: hãy lưu nó thành 01_epochs.ipynb trong ")


@pytest.mark.parametrize("content", ["{}", "no json", '{"metadata": {"gluon_alexnet": 3}}'])
def test_a_notebook_that_does_not_say_its_language_is_spoken_to_in_english(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content, encoding="utf-8")
    assert in_notebook.language_of(path) == "en"


# One task


@pytest.fixture
def costs(plain, tmp_path, monkeypatch):
    """The solved 04, saved under a name of a student's own; its second task has a mistake."""
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    notebook = nbformat.read(make_exercises.ROOT / "solutions" / "04_cost.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.id == "count_params"]
    cell.source = "# task: count_params\ndef count_params(*anything):\n    return -1"
    nbformat.write(notebook, tmp_path / "costs of mine.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "costs of mine.ipynb"))
    return tmp_path / "costs of mine.ipynb"


def test_check_shows_the_row_of_one_task_of_the_saved_file(costs, capsys):
    gluon_alexnet.check("multiply_adds")
    saved, row = capsys.readouterr().out.splitlines()
    assert saved.startswith("costs of mine.ipynb as saved at ")
    assert row == "3. Multiply-adds: 2/2 full marks"


def test_check_says_what_is_wrong(costs, capsys):
    gluon_alexnet.check("count_params")
    _, row, *sentences = capsys.readouterr().out.splitlines()
    assert row == "2. Parameters: 0/2 wrong"
    assert sentences


def test_check_speaks_the_language_of_the_notebook(notebook, monkeypatch, capsys):
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    gluon_alexnet.check("cross_entropy")
    saved, row, sentence = capsys.readouterr().out.splitlines()
    assert saved.startswith("bài của tôi.ipynb, bản lưu lúc ")
    assert row.endswith("chưa làm") and "raise NotImplementedError" in sentence


def test_a_task_that_there_is_not_is_told_with_the_nearest(costs, capsys):
    gluon_alexnet.check("multiply_add")
    assert capsys.readouterr().out == "no exercise has a task 'multiply_add': did you mean 'multiply_adds'?\n"
    # One of another exercise: the notebook decides.
    gluon_alexnet.check("cross_entropy")
    assert "there is no task 'cross_entropy': take one of output_shape, count_params" in capsys.readouterr().out


def test_check_without_a_file_is_one_sentence_in_both_languages(plain, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    gluon_alexnet.check("cost")
    english, vietnamese = capsys.readouterr().out.splitlines()
    assert english.startswith("The file of this notebook was not found: save it as 02_simplify.ipynb in ")
    assert vietnamese.startswith("Không tìm thấy tệp của sổ tay này: hãy lưu nó thành 02_simplify.ipynb")


def test_a_name_that_two_exercises_have_is_asked_about_where_nothing_tells_the_notebook(plain, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(exercise, "having", lambda task: ["01_epochs", "04_cost"])
    monkeypatch.chdir(tmp_path)
    for name in ("01_epochs", "04_cost"):
        (tmp_path / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    gluon_alexnet.check("x")
    assert capsys.readouterr().out == (
        "01_epochs and 04_cost both have a task 'x': say which by check('x', '01_epochs')\n"
        "01_epochs và 04_cost đều có nhiệm vụ 'x': hãy nói rõ bài nào bằng check('x', '01_epochs')\n"
    )


def test_a_row_in_html_shows_nothing_of_an_answer_as_markup():
    task = dict(number=1, title="A <b>", points=2, earned=0, status="error", notes=["<script>"], parts=[])
    shown = in_notebook.TaskRow(task, "en")._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown and "A &lt;b&gt;" in shown
    assert "0/2 error" in shown


def test_in_jupyter_the_row_is_shown_and_a_cell_that_was_not_saved_is_told(costs):
    manager, client = start_new_kernel(startup_timeout=300, cwd=str(costs.parent))
    try:
        shown = []

        def keep(message):
            if message["msg_type"] in ("stream", "display_data", "error"):
                content = message["content"]
                shown.append(content.get("text") or content.get("data", {}).get("text/html") or str(content))

        def run(code):
            shown.clear()
            client.execute_interactive(code, timeout=300, output_hook=keep)
            return "".join(shown)

        saved = next(cell.source for cell in nbformat.read(costs, as_version=4).cells if cell.id == "multiply_adds")
        run("def conv_positions(*_): pass\n")
        run(saved)
        said = run("from gluon_alexnet import check; check('multiply_adds')")
        assert "2/2 full marks</b> 3. Multiply-adds" in said and "save the notebook" not in said
        run(saved + "\n\nchanged = True")
        said = run("check('multiply_adds')")
        assert "The cell of multiply_adds that you ran last is not what the file holds: save the notebook (Ctrl-S)" in said
        assert "2/2 full marks" in said
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
