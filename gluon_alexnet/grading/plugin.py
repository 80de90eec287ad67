"""The grader inside pytest: a notebook of ours becomes one test item a task. The hooks are in gluon_alexnet_nbval.py."""

import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import notebook, report
from gluon_alexnet.grading.grade import Grading, Result

KEY = "gluon_alexnet_grade"


def limits(config):
    """What the command line says of the limits, as Grading takes it."""
    names = dict(time_limit="grade_time_limit", memory_limit="grade_memory_limit", seed="grade_seed")
    return {key: config.getoption(name) for key, name in names.items() if config.getoption(name) is not None}


def collect(path, parent):
    """A collector for the notebook at `path` if it is one of ours, else None."""
    return NotebookFile.from_parent(parent, path=path) if notebook.is_ours(path) else None


class NotebookFile(pytest.File):
    """One notebook; its kernel lives from its first task to its last."""

    def collect(self):
        try:
            self.grading = Grading(self.path, **limits(self.config))
        except UserError as error:
            yield Unreadable.from_parent(self, name="notebook", error=str(error))
            return
        for task in self.grading.exercise.tasks:
            yield TaskItem.from_parent(self, name=task.name, task=task)

    def teardown(self):
        if hasattr(self, "grading"):
            self.grading.close()


class NotFull(Exception):
    """A task that did not get full marks."""


class TaskItem(pytest.Item):
    """One task."""

    def __init__(self, task, **kw):
        super().__init__(**kw)
        self.task = task

    def runtest(self):
        outcome = self.parent.grading.grade(self.task)
        result = self.parent.grading.result([outcome]).to_dict()
        self.user_properties.append((KEY, result))
        if outcome.status != "full":
            (task,) = result["tasks"]
            raise NotFull("\n".join([report.task_line(task, result["language"]), *report.problems(task)]))

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if excinfo.errisinstance(NotFull) else super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, f"{self.parent.name}: {self.task.number}. {self.task.name}"


class Unreadable(pytest.Item):
    """A file that cannot be graded; the others still are."""

    def __init__(self, error, **kw):
        super().__init__(**kw)
        self.error = error

    def runtest(self):
        self.user_properties.append((KEY, Result(str(self.path), "", self.path.name, "en", error=self.error).to_dict()))
        raise NotFull(self.error)

    repr_failure = TaskItem.repr_failure

    def reportinfo(self):
        return self.path, None, self.parent.name


class Scores:
    """Gathers what the tasks brought, from every process of pytest-xdist, and shows and writes it at the end."""

    def __init__(self, config):
        self.config, self.results = config, {}

    def pytest_runtest_logreport(self, report):
        for key, result in report.user_properties:
            if key == KEY and report.when == "call":
                known = self.results.setdefault(result["path"], {**result, "tasks": []})
                known["tasks"] = sorted([*known["tasks"], *result["tasks"]], key=lambda task: task["number"])
                for total in ("points", "earned"):
                    known[total] = sum(task[total] for task in known["tasks"])
                known["full"] = bool(known["tasks"]) and known["earned"] == known["possible"]

    def pytest_sessionfinish(self, session, exitstatus):
        # Tasks left out with -k or :: leave the notebook without full marks.
        if exitstatus == 0 and not all(result["full"] for result in self.results.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if not self.results:
            return
        terminalreporter.section("grades")
        for result in self.results.values():
            for line in report.summary(result):
                terminalreporter.line(line)
        path = self.config.getoption("grade_report")
        if path:
            report.write(path, list(self.results.values()))
            terminalreporter.line(f"report: {path}")
