"""`pytest --nbval` as students and teachers type it, on the demo exercise."""

import json
import os
from pathlib import Path

import grading_demo as demo
import nbformat
import pytest

from gluon_alexnet.grading import exercise as exercises

pytest_plugins = ["pytester"]


@pytest.fixture
def folder(pytester, monkeypatch):
    """An empty folder to run pytest in, with the demo as the only exercise and our hooks loaded once."""
    monkeypatch.setattr(exercises, "list_exercises", lambda: ["00_demo"])
    monkeypatch.setattr(exercises, "load", lambda name: demo.EXERCISE)
    return pytester


def run(folder, *words):
    return folder.runpytest_inprocess("--nbval", "-p", "no:cacheprovider", "--strict-markers", *words)


def test_a_solution_gets_full_marks_and_exit_code_0(folder):
    demo.save(demo.notebook(), folder.path / "a.ipynb")
    result = run(folder, "a.ipynb")
    assert result.ret == 0
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*1. Twice as much: 3/3 full marks*", "*2. Rectified: 2/2*", "*Score: 6/6*"])


def test_an_unsolved_notebook_gets_0_with_a_sentence_for_each_task(folder):
    demo.save(demo.notebook("vi", solution=False), folder.path / "a.ipynb")
    result = run(folder, "a.ipynb")
    assert result.ret == 1
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*1. Gấp đôi: 0/3 chưa làm*", "*hãy thay dòng*", "*Điểm: 0/6*"])
    assert "Traceback" not in result.stdout.str()


def test_lax_grades_the_same(folder):
    demo.save(demo.notebook(), folder.path / "a.ipynb")
    assert folder.runpytest_inprocess("--nbval-lax", "a.ipynb").ret == 0


def test_other_peoples_notebooks_are_left_to_nbval(folder):
    wrong = [nbformat.v4.new_output("stream", text="41\n")]
    cell = nbformat.v4.new_code_cell("print(6 * 7)", execution_count=1, outputs=wrong)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder.path / "other.ipynb")
    # nbval leaves files open, which this process would be blamed for.
    result = folder.runpytest_subprocess("--nbval", "--nbval-current-env", "-W", "ignore", "other.ipynb")
    result.stdout.fnmatch_lines(["*Notebook cell execution failed*", "*41*"])
    assert "grades" not in result.stdout.str()


def test_without_nbval_notebooks_are_no_tests(folder):
    demo.save(demo.notebook(), folder.path / "a.ipynb")
    assert folder.runpytest_inprocess("a.ipynb").ret in (4, 5)


def test_one_damaged_file_does_not_stop_the_others(folder):
    demo.save(demo.notebook(), folder.path / "00_demo_an.ipynb")
    (folder.path / "00_demo_binh.ipynb").write_text("{")
    result = run(folder, ".")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*00_demo_binh.ipynb is not a notebook*"])


def test_leaving_tasks_out_is_not_full_marks(folder):
    demo.save(demo.notebook(), folder.path / "a.ipynb")
    result = run(folder, "a.ipynb", "-k", "total")
    result.assert_outcomes(passed=1, deselected=2)
    result.stdout.fnmatch_lines(["*Score: 1/6 (some tasks were left out)*"])
    assert result.ret == 1


@pytest.mark.parametrize("name", ["grades.json", "grades.html"])
def test_a_report_is_written(folder, name):
    demo.save(demo.notebook(total="total = 0"), folder.path / "a.ipynb")
    run(folder, "a.ipynb", f"--grade-report={name}", "--grade-seed=3")
    text = (folder.path / name).read_text(encoding="utf-8")
    if name.endswith("json"):
        (notebook,) = json.loads(text)["notebooks"]
        assert (notebook["earned"], notebook["possible"], notebook["seed"], len(notebook["tasks"])) == (5, 6, 3, 3)
    else:
        assert "5/6" in text


def test_a_report_with_another_ending_is_refused_at_once(folder):
    result = run(folder, "--grade-report=grades.pdf")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*must end in .json or .html*"])


def test_limits_reach_the_grader(folder):
    demo.save(demo.notebook(double="def double(x):\n    while True:\n        pass"), folder.path / "a.ipynb")
    result = run(folder, "a.ipynb", "--grade-time-limit=6")
    result.stdout.fnmatch_lines(["*stopped after 6 seconds*", "*Score: 3/6*"])


def test_the_hooks_import_nothing_for_other_peoples_tests(folder):
    folder.makepyfile("import sys\n\ndef test_nothing():\n    assert 'gluon_alexnet' not in sys.modules")
    assert folder.runpytest_subprocess().ret == 0


PLUGIN = """
import sys
sys.path[:0] = {paths!r}
import grading_demo
from gluon_alexnet.grading import exercise
exercise.list_exercises = lambda: ["00_demo"]
exercise.load = lambda name: grading_demo.EXERCISE
"""


@pytest.mark.parametrize("distribution", ["loadfile", "load"])
def test_xdist_gives_the_same_scores(folder, distribution, monkeypatch, tmp_path):
    # Its processes know nothing of this one's patches.
    paths = [str(Path(module.__file__).parent) for module in (demo, demo.make_exercises)]
    (tmp_path / "only_the_demo.py").write_text(PLUGIN.format(paths=paths))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    demo.save(demo.notebook(), folder.path / "a.ipynb")
    demo.save(demo.notebook("vi", solution=False), folder.path / "b.ipynb")
    result = folder.runpytest_subprocess("-p", "only_the_demo", "--nbval", "-n", "2", "--dist", distribution, ".")
    result.stdout.fnmatch_lines_random(["*6/6  a.ipynb", "*0/6  b.ipynb  (chưa làm)", "2 notebooks graded, 1 with full marks"])
    assert result.ret == 1 and "left out" not in result.stdout.str()
