"""The last cell of an exercise."""

import shutil
import sys
import types

import make_exercises
import pytest

from gluon_alexnet.grading import in_notebook

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
    assert said.startswith("bài của tôi.ipynb như được lưu lúc ")
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
