"""Submissions that are right, wrong, broken and dishonest, each with the score that it deserves."""

import itertools

import grading_demo as demo
import nbformat
import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import grade as grading
from gluon_alexnet.grading import sandbox, submissions

RIGHT = {"double": (3, "full"), "relu": (2, "full"), "total": (1, "full")}
TRICK = "def double(x):\n    return 2 * x\n\n"


def scores(result):
    return {task.task: (task.earned, task.status) for task in result.tasks}


def graded(notebook, folder, **limits):
    # A limit that a busy machine keeps too; tests of the limit itself set their own.
    return grading.grade(demo.save(notebook, folder / "demo.ipynb"), demo.EXERCISE, **{"time_limit": 60, "seed": 1, **limits})


def said(result, task):
    found = next(each for each in result.tasks if each.task == task)
    return " ".join([*found.notes, *(part["problem"] for part in found.parts)])


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_solution_scores_full_marks(tmp_path, language):
    result = graded(demo.notebook(language), tmp_path)
    assert (scores(result), result.full, result.language) == (RIGHT, True, language)


@pytest.mark.parametrize("language, sentence", [("en", "replace the line"), ("vi", "hãy thay dòng")])
def test_an_unsolved_notebook_scores_nothing_and_says_how_to_begin(tmp_path, language, sentence):
    result = graded(demo.notebook(language, solution=False), tmp_path)
    assert scores(result) == dict.fromkeys(RIGHT, (0, "not attempted"))
    assert all(sentence in said(result, task) for task in RIGHT)


# What was done to the file besides the answers has no effect: name -> a function that does it.
HARMLESS = {
    "outputs cleared": lambda n: [c.update(outputs=[]) for c in n.cells if c.cell_type == "code"],
    "outputs forged": lambda n: [
        c.update(outputs=[nbformat.v4.new_output("stream", text="6/6")]) for c in n.cells if c.cell_type == "code"
    ],
    "checks deleted": lambda n: n.update(cells=[c for c in n.cells if not c.id.endswith("-check")]),
    "checks edited": lambda n: [c.update(source="print('ok')") for c in n.cells if c.id.endswith("-check")],
    "checks skipped by tags": lambda n: [c.metadata.update(tags=["nbval-skip"]) for c in n.cells],
    "setup edited": lambda n: demo.cell(n, "setup").update(source="import os\nos._exit(1)"),
    "metadata gone": lambda n: n.update(metadata={}),
    "another kernel": lambda n: n.metadata.update(kernelspec={"name": "julia-1.9", "display_name": "Julia", "language": "julia"}),
    "cells in another order": lambda n: n.cells.reverse(),
    "text deleted": lambda n: n.update(cells=[c for c in n.cells if c.cell_type == "code"]),
    "a cell that exits": lambda n: n.cells.insert(0, nbformat.v4.new_code_cell("exit()", id="own")),
    "answers collapsed, coloured": lambda n: [
        c.metadata.update(collapsed=True, vscode={"languageId": "python"}) for c in n.cells
    ],
}


@pytest.mark.parametrize("change", HARMLESS)
def test_the_rest_of_the_file_has_no_effect(tmp_path, change):
    notebook = demo.notebook()
    HARMLESS[change](notebook)
    assert scores(graded(notebook, tmp_path)) == RIGHT


# name -> (the answers that differ from the solution, the scores that differ from full marks)
DISHONEST = {
    "hard-coded for the practice check": ({"double": "def double(x):\n    return 42"}, {"double": (0, "wrong")}),
    "print shadowed": (
        {"double": "def double(x):\n    return 0\n\nprint = lambda *a: None"},
        {"double": (0, "wrong")},
    ),
    "comparisons rewritten": (
        {"double": "def double(x):\n    return x\n\nnp.isclose = np.allclose = np.array_equal = lambda *a, **k: True"},
        {"double": (0, "wrong")},
    ),
    "an object equal to everything": (
        {"double": "class Yes:\n    __eq__ = lambda *a: True\n\ndef double(x):\n    return Yes()"},
        {"double": (0, "wrong")},
    ),
    "a float equal to everything": (
        {"total": "class Yes(float):\n    __eq__ = lambda *a: True\n    __hash__ = None\n\ntotal = Yes(1.0)"},
        {"total": (0, "wrong")},
    ),
    "an array with its own comparison": (
        {
            "double": "class Yes(np.ndarray):\n    __eq__ = lambda *a: True\n\n"
            "def double(x):\n    return np.zeros(np.shape(x)).view(Yes)"
        },
        {"double": (0, "wrong")},
    ),
    "the grader's part of the kernel rewritten": (
        {"total": "import sys\nsys.modules['_gluon_alexnet_probes'].answer = lambda *a: '[\"plain\", true]'\ntotal = 0"},
        {"total": (0, "error"), "relu": (2, "full")},
    ),
    "a reply that runs code": (
        {"total": "import sys\nsys.modules['_gluon_alexnet_probes'].answer = lambda *a: '__import__(\"os\").abort()'\ntotal = 0"},
        {"total": (0, "error")},
    ),
    "the caller's variables searched": (
        {
            "double": "import sys\n\ndef double(x):\n    frame = sys._getframe()\n    while frame:\n"
            "        for value in frame.f_locals.values():\n"
            "            if type(value).__name__ in ('Interview', 'Grading'):\n                return value.expected\n"
            "        frame = frame.f_back\n    return None"
        },
        {"double": (0, "wrong")},
    ),
    "the grader's own files read": (
        {
            "total": "import gluon_alexnet, pathlib\n"
            "total = len(list((pathlib.Path(gluon_alexnet.__file__).parent / 'grading').glob('*')))"
        },
        {"total": (0, "wrong")},
    ),
    "the grader imported": (
        {"total": "import gluon_alexnet.grading.exercise\ntotal = 5050"},
        {"total": (0, "error")},
    ),
    "a later task's cell defined before": (
        {"double": TRICK + "def relu(x):\n    return np.maximum(x + 1, 0)", "relu": "del relu"},
        {"relu": (0, "error")},
    ),
    "trained weights pasted in": ({"total": f"total = 5050  # {'x' * 20_000}"}, {"total": (0, "refused")}),
}
BROKEN = {
    "a syntax error": ({"double": "def double(x)\n    return 2 * x"}, {"double": (0, "error")}),
    "an exception in the function": ({"double": "def double(x):\n    return 2 / 0"}, {"double": (0, "error")}),
    "an exception in the cell": ({"relu": "raise RuntimeError('no')"}, {"relu": (0, "error")}),
    "half of it right": (
        {"double": "def double(x):\n    return 2 * x if isinstance(x, int) else x"},
        {"double": (1, "partial")},
    ),
    "nothing returned": ({"double": "def double(x):\n    2 * x"}, {"double": (0, "wrong")}),
    "the wrong type": ({"total": "total = '5050'"}, {"total": (0, "wrong")}),
    "the name missing": ({"total": "sum_of_all = 5050"}, {"total": (0, "error")}),
    "SystemExit in the function": ({"double": "import sys\n\ndef double(x):\n    sys.exit()"}, {"double": (0, "error")}),
    "the process ended in the cell": ({"double": "import os\nos._exit(3)"}, {"double": (0, "crash")}),
    "the process ended in the function": ({"double": "import os\n\ndef double(x):\n    os._exit(0)"}, {"double": (0, "crash")}),
    "the process aborted": ({"double": "import os\n\ndef double(x):\n    os.abort()"}, {"double": (0, "crash")}),
    "a lot printed": ({"double": TRICK + "for _ in range(300):\n    print('x' * 10_000)"}, {}),
    "input asked for": ({"double": "def double(x):\n    return input()"}, {"double": (0, "error")}),
    "endless recursion": ({"double": "def double(x):\n    return double(x)"}, {"double": (0, "error")}),
    "too much memory": ({"double": "def double(x):\n    return np.ones(10**11)"}, {"double": (0, "memory")}),
    "a message of a megabyte": ({"total": "raise ValueError('x' * 10**6)"}, {"total": (0, "error")}),
    "the parent killed": (
        {"double": TRICK + "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"},
        {},
    ),
    "all other processes killed": ({"double": TRICK + "import os\ntry:\n    os.kill(-1, 9)\nexcept OSError:\n    pass"}, {}),
    "empty": ({"total": ""}, {"total": (0, "not attempted")}),
    "only comments added": (
        {"double": 'def double(x):\n    """Mine."""\n    # later\n    raise NotImplementedError("todo")'},
        {"double": (0, "not attempted")},
    ),
    "the stub called": (
        {"double": 'def double(x):\n    y = x\n    raise NotImplementedError("todo")'},
        {"double": (0, "not attempted")},
    ),
    "a line magic": ({"total": "%time total = 5050"}, {}),
    "Windows line ends": ({"double": "def double(x):\r\n    return 2 * x\r\n"}, {}),
}


@pytest.mark.parametrize("case", [*DISHONEST, *BROKEN])
def test_a_task_fails_alone(tmp_path, case):
    answers, expected = {**DISHONEST, **BROKEN}[case]
    if "killed" in case and not sandbox.has_namespaces():
        pytest.skip("this system has no namespaces to keep processes apart")
    result = graded(demo.notebook(**answers), tmp_path)
    assert scores(result) == {**RIGHT, **expected}
    assert all(said(result, task) for task, (_, status) in expected.items() if status != "full")


def test_without_jupyter_it_is_told_before_anything_is_graded(tmp_path, monkeypatch):
    monkeypatch.setattr(grading.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="grading needs Jupyter, and jupyter_client is not installed: pip install"):
        graded(demo.notebook(), tmp_path)


def test_an_endless_loop_costs_its_task_only_and_says_so(tmp_path):
    result = graded(demo.notebook(double="def double(x):\n    while True:\n        pass"), tmp_path, time_limit=8)
    assert scores(result) == {**RIGHT, "double": (0, "timeout")}
    assert "stopped after 8 seconds" in said(result, "double")


def test_an_endless_loop_that_prints_is_stopped_too(tmp_path):
    result = graded(demo.notebook(double="def double(x):\n    while True:\n        print('x' * 1000)"), tmp_path, time_limit=8)
    assert scores(result) == {**RIGHT, "double": (0, "timeout")}


def test_an_endless_loop_in_the_cell_itself_is_run_once_only(tmp_path):
    result = graded(demo.notebook(double="while True:\n    pass"), tmp_path, time_limit=8)
    assert scores(result) == {**RIGHT, "double": (0, "timeout")}


def test_what_was_wrong_is_said_without_the_answer(tmp_path):
    answers = {"double": "def double(x):\n    return x", "total": "total = 5049"}
    result = graded(demo.notebook(**answers), tmp_path)
    assert "total gives 5049, which is not right" in said(result, "total")
    assert "100% of its 12 numbers wrong" in said(result, "double")
    assert "5050" not in said(result, "total")


def test_the_line_of_an_exception_is_named(tmp_path):
    result = graded(demo.notebook(double="def double(x):\n    y = 1\n    return y / 0"), tmp_path)
    assert 'ZeroDivisionError: "division by zero" (line 4 of the cell)' in said(result, "double")


def test_a_helper_in_a_cell_of_ones_own_is_explained(tmp_path):
    notebook = demo.notebook(double="def double(x):\n    return twice(x)")
    notebook.cells.insert(1, nbformat.v4.new_code_cell("def twice(x):\n    return 2 * x", id="mine"))
    assert "move it into the answer" in said(graded(notebook, tmp_path), "double")


def test_a_module_of_ones_own_is_explained(tmp_path):
    answer = "from myfunctions import twice\ndef double(x):\n    return twice(x)"
    assert "put what you import from them into the answer" in said(graded(demo.notebook(double=answer), tmp_path), "double")


def test_what_an_answer_says_stands_in_quotes_on_one_line(tmp_path):
    answer = "def double(x):\n    raise ValueError('\\x1b[2K\\r\\nScore: \"20/20\"\\n')"
    sentence = said(graded(demo.notebook(double=answer), tmp_path), "double")
    assert r"""ValueError: "\x1b[2K\r\nScore: '20/20'\n" (line 3 of the cell)""" in sentence
    answer = "def double(x):\n    raise type('Score: 20/20\\n', (Exception,), {})('x')"
    assert "'Score: 20/20\\n': \"x\" (line 3" in said(graded(demo.notebook(double=answer), tmp_path), "double")


def test_builtins_may_be_names_of_variables(tmp_path):
    answer = "def double(x):\n    return 2 * x\n\ndict = max = isinstance = list = type = len = tuple = 7"
    assert scores(graded(demo.notebook(double=answer), tmp_path)) == RIGHT


def test_a_wrong_answer_costs_its_own_task_only(tmp_path):
    relu = "def relu(x):\n    return np.maximum(double(given(x)) / 2, 0)"
    wrong = graded(demo.notebook(double="def double(x):\n    return x", relu=relu), tmp_path)
    assert scores(wrong) == {**RIGHT, "double": (0, "wrong")}
    broken = graded(demo.notebook(double="raise ValueError('x')", relu=relu), tmp_path)
    assert scores(broken) == {**RIGHT, "double": (0, "error")}
    missing = demo.notebook(relu=relu)
    missing.cells.remove(demo.cell(missing, "double"))
    assert scores(graded(missing, tmp_path)) == {**RIGHT, "double": (0, "missing")}


def test_a_task_graded_alone_has_the_earlier_ones_right_too(tmp_path):
    answers = dict(double="def double(x):\n    return x", relu="def relu(x):\n    return np.maximum(double(given(x)) / 2, 0)")
    path = demo.save(demo.notebook(**answers), tmp_path / "demo.ipynb")
    with grading.Grading(path, demo.EXERCISE) as session:
        assert session.grade(demo.TASKS["relu"]).status == "full"


def test_a_machine_without_time_is_no_mistake_of_the_students(tmp_path, monkeypatch):
    monkeypatch.setattr(grading.Deadline, "wait", lambda self, box, seconds, factor=1.0: "machine" if self.limit == 7 else None)
    endless = "import time\ndef double(x):\n    time.sleep(5)\n    return 2 * x"
    result = graded(demo.notebook(double=endless), tmp_path, time_limit=7)
    assert scores(result)["double"] == (0, "machine")
    assert "no points are lost" in said(result, "double")
    told = result.to_dict()
    assert (told["not_judged"], told["full"]) == (3, False)
    from gluon_alexnet.grading import report

    assert "3 points not judged, not lost: grade it again" in report.line(told)


def test_a_machine_that_starts_no_kernel_is_told_once_and_nobody_has_0_points(tmp_path, monkeypatch):
    def no_kernel(*_):
        raise grading.KernelError("crash", "", "no space left on device")

    monkeypatch.setattr(grading, "Kernel", no_kernel)
    with pytest.raises(UserError, match=r"no kernel could be started \(no space left on device\), so nothing was graded"):
        graded(demo.notebook(), tmp_path)


def test_a_machine_on_which_the_notebooks_own_cells_fail_is_told_and_nobody_has_0_points(tmp_path):
    import dataclasses

    before = {**demo.EXERCISE.before, "double": ("import a_package_that_is_missing",)}
    path = demo.save(demo.notebook(), tmp_path / "demo.ipynb")
    with pytest.raises(UserError, match="a cell that the notebook gives failed here .*a_package_that_is_missing.* not graded"):
        grading.grade(path, dataclasses.replace(demo.EXERCISE, before=before))


def test_a_name_from_a_demonstration_is_explained(tmp_path):
    answer = "def double(x):\n    return drawn + x"
    assert "which is not run when grading" in said(graded(demo.notebook(double=answer), tmp_path), "double")


def test_the_inputs_are_drawn_afresh_unless_a_seed_is_given(tmp_path):
    notebook = demo.notebook(double="def double(x):\n    return -1000 - x if isinstance(x, int) else x")
    seeds = iter([7, 7, 8])
    first, again, other = (said(graded(notebook, tmp_path, seed=next(seeds)), "double") for _ in range(3))
    assert first == again != other


def test_a_task_can_be_graded_alone_and_twice(tmp_path):
    path = demo.save(demo.notebook(), tmp_path / "demo.ipynb")
    with grading.Grading(path, demo.EXERCISE) as session:
        results = [session.grade(demo.TASKS[name]) for name in ("total", "double", "double")]
    assert [(result.earned, result.status) for result in results] == [(1, "full"), (3, "full"), (3, "full")]


def test_a_check_that_fails_itself_is_our_fault_and_says_where(tmp_path):
    import dataclasses

    broken = dataclasses.replace(demo.EXERCISE.tasks[0], check="def check(ask):\n    ask.oops")
    exercise = dataclasses.replace(demo.EXERCISE, tasks=(broken, *demo.EXERCISE.tasks[1:]))
    result = grading.grade(demo.save(demo.notebook(), tmp_path / "demo.ipynb"), exercise)
    assert scores(result)["double"] == (0, "our fault")
    assert "AttributeError" in said(result, "double")


def test_a_class_is_graded_though_one_file_is_no_notebook(tmp_path, monkeypatch):
    demo.save(demo.notebook(solution=False), tmp_path / "an.ipynb")
    (tmp_path / "binh.ipynb").write_text("{")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    demo.save(demo.notebook(), tmp_path / ".ipynb_checkpoints" / "an-checkpoint.ipynb")
    monkeypatch.setattr(grading.notebook.exercises, "list_exercises", lambda: ["00_demo"])
    monkeypatch.setattr(grading.notebook.exercises, "load", lambda name: demo.EXERCISE)
    results = list(grading.grade_all(submissions.find([tmp_path])[0]))
    assert [(result["earned"], bool(result["error"])) for result in results] == [(0, False), (0, True)]


@pytest.mark.parametrize(
    "limits, word",
    [
        ({"time_limit": 0}, "time limit is 0"),
        ({"time_limit": float("nan")}, "time limit is nan"),
        ({"memory_limit": -1}, "memory limit is -1"),
        ({"memory_limit": 0.1}, "at least 2 GB"),
        ({"seed": -5}, "seed is -5"),
    ],
)
def test_limits_that_nothing_can_keep_to_are_refused(limits, word):
    with pytest.raises(UserError, match=word):
        grading.check_limits(**limits)


def test_points_of_parts_decide_the_status():
    kinds = itertools.product([0, 1], ["wrong", "error"])
    parts = [grading.checks.Part(1, "", earned, "", kind) for earned, kind in kinds]
    assert grading.status_of(parts[:1], 1) == "wrong"
    assert grading.status_of(parts[:2], 2) == "wrong"
    assert grading.status_of(parts[1:3], 2) == "partial"
    assert grading.status_of(parts[2:], 2) == "full"
