"""`pytest --nbval` as students and teachers type it, on the demo exercise."""

import json
import os
import sys
import zipfile
from pathlib import Path

import grading_demo as demo
import nbformat
import pytest

from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.pictures import page

pytest_plugins = ["pytester"]


@pytest.fixture
def jinja2_is_loaded():
    """pytester forgets every module first imported in it: `page` would keep an environment of a Jinja2 that is gone."""
    page.environment()


@pytest.fixture
def folder(jinja2_is_loaded, pytester, monkeypatch):
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


def test_whatever_lies_beside_the_notebooks_is_neither_imported_nor_collected_nor_obeyed(folder):
    demo.save(demo.notebook(), folder.mkdir("class") / "an.ipynb")
    binh = folder.mkdir("class/binh")
    demo.save(demo.notebook(solution=False), binh / "work.ipynb")
    for name in ("conftest.py", "__init__.py", "test_all.py", "sitecustomize.py", "work.py"):
        (binh / name).write_text("open('/tmp/gluon-alexnet-was-run', 'w')\nraise SystemExit('run')")
    for words in (["class"], ["class/binh"], ["class/binh/work.ipynb"]):
        result = run(folder, *words)
        result.assert_outcomes(passed=3 * (words == ["class"]), failed=3)
    assert not Path("/tmp/gluon-alexnet-was-run").exists()


def test_their_settings_for_pytest_are_refused(folder):
    binh = folder.mkdir("binh")
    demo.save(demo.notebook(solution=False), binh / "work.ipynb")
    (binh / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    result = run(folder, "binh")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*pytest.ini lies beside the notebooks and would tell pytest what to do*gluon-alexnet grade*"])


def test_the_settings_of_the_project_around_them_are_kept(folder):
    folder.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")
    demo.save(demo.notebook(), folder.mkdir("exercises") / "a.ipynb")
    assert run(folder, "exercises").ret == 0


def test_in_a_class_every_notebook_is_a_row_and_none_runs_outside_the_box(folder):
    demo.save(demo.notebook(), folder.path / "an.ipynb")
    cell = nbformat.v4.new_code_cell("open('/tmp/gluon-alexnet-was-run', 'w')", execution_count=1)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder.path / "other.ipynb")
    demo.save(demo.notebook(), folder.path / "chi.ipynb.txt")
    (folder.path / "sv01_1001_20017_00_demo-1.ipynb").write_text("{")
    result = run(folder, ".")
    result.assert_outcomes(passed=6, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "   6/6  an.ipynb",
            "   6/6  chi.ipynb.txt",
            "  -/-   other.ipynb is none of the exercises*",
            "  -/-   sv01_1001_20017_00_demo-1.ipynb is not a notebook*",
            "2 notebooks graded, 2 with full marks; 2 could not be graded",
        ]
    )
    assert not Path("/tmp/gluon-alexnet-was-run").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_names_that_cannot_be_written_are_escaped_wherever_pytest_writes_them(folder):
    for name in (b"ti\xe1ng.ipynb", b"\x1b[31mred.ipynb", b"new\nline.ipynb"):
        demo.save(demo.notebook(total="total = 0"), os.fsdecode(os.path.join(os.fsencode(folder.path), name)))
    # With the cache, and with lines of progress.
    result = folder.runpytest_inprocess("--nbval", "-v", ".")
    result.assert_outcomes(passed=6, failed=3)
    lines = result.stdout.str()
    assert "\x1b[31mred" not in lines and "\nline" not in lines
    assert all(name in lines for name in (r"ti\udce1ng.ipynb", r"\x1b[31mred.ipynb", r"new\nline.ipynb"))


def test_limits_that_nothing_can_keep_to_are_refused(folder):
    demo.save(demo.notebook(), folder.path / "a.ipynb")
    assert run(folder, "a.ipynb", "--grade-time-limit=0").ret == 4
    assert run(folder, "a.ipynb", "--grade-seed=-5").ret == 4


def test_what_was_wrong_is_said_once(folder):
    demo.save(demo.notebook(total="total = 5049"), folder.path / "a.ipynb")
    assert run(folder, "a.ipynb").stdout.str().count("total gives 5049") == 1


def test_the_report_is_written_after_each_notebook(folder, monkeypatch):
    from gluon_alexnet.grading import report

    for name in ("a.ipynb", "b.ipynb"):
        demo.save(demo.notebook(), folder.path / name)
    written, write = [], report.write
    monkeypatch.setattr(report, "write", lambda path, results: (written.append(len(results)), write(path, results)))
    run(folder, ".", "--grade-report=grades.json")
    assert written == [1, 2, 2]


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_graded(folder):
    demo.save(demo.notebook(), folder.path / "a.ipynb")
    (folder.path / "file").write_text("")
    result = run(folder, "a.ipynb", "--grade-report=file/grades.json")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*cannot write*"])


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
import zipfile
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
    assert result.ret == 1 and "tasks were left out" not in result.stdout.str()


def test_what_lies_in_a_zip_is_graded_and_named_as_it_lies_there(folder):
    with zipfile.ZipFile(folder.path / "class.zip", "w") as archive:
        for name in ("sv01/00_demo.ipynb", "sv02/00_demo.ipynb", "../00_demo.ipynb"):
            archive.writestr(name, json.dumps(demo.notebook()))
        archive.writestr("sv02/conftest.py", "raise SystemExit('run')")
    result = run(folder, "class.zip")
    result.assert_outcomes(passed=6, failed=1)
    said = "*class.zip!../00_demo.ipynb leads out of its zip*", "*6/6*class.zip!sv01/00_demo.ipynb*"
    result.stdout.fnmatch_lines([*said, "*2 notebooks graded, 2 with full marks; 1 could not be graded*"])
    result.stdout.fnmatch_lines(["*left out, being no exercises: class.zip!sv02/conftest.py*"])
    assert os.listdir(folder.path) == ["class.zip"]
    # Beside others, in a folder.
    demo.save(demo.notebook(), folder.path / "a.ipynb")
    run(folder, "-k", "double").assert_outcomes(passed=3, failed=0, deselected=7)
