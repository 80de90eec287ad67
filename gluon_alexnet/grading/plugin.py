"""The grader inside pytest: a notebook becomes one test item a task. The hooks are in gluon_alexnet_nbval.py."""

import signal
import threading
from pathlib import Path

import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import report, submissions
from gluon_alexnet.grading.grade import Grading, NoKernel, unreadable
from gluon_alexnet.grading.notebook import language_said
from gluon_alexnet.grading.texts import visible

KEY = "gluon_alexnet_grade"
APART = pytest.StashKey[list]()  # the folders that answers must not read
LACKING = pytest.StashKey[str]()  # what the box of this machine does not keep a class from
HANDED_IN = pytest.StashKey[tuple]()  # as in gluon_alexnet_nbval.py


def limits(config):
    """What the command line says of the limits, as Grading takes it."""
    names = dict(time_limit="grade_time_limit", memory_limit="grade_memory_limit", seed="grade_seed")
    return {key: config.getoption(name) for key, name in names.items() if config.getoption(name) is not None}


class HandedIn(pytest.Directory):
    """A folder that was handed in: what submissions.find finds in it, and nothing else; a conftest.py there is only a file."""

    def collect(self):
        for one in submissions.find([self.path])[0]:
            yield notebook(one, self)


def notebook(found, parent):
    """The collector of one submissions.Found."""
    # Names may hold anything; pytest writes them into files and onto terminals as they are.
    root = parent.config.rootpath
    name = visible(found.full.relative_to(root) if found.full.is_relative_to(root) else found.full, 1000)
    return NotebookFile.from_parent(parent, name=Path(name).name, nodeid=name, path=found.path, found=found)


class NotebookFile(pytest.File):
    """One notebook; its kernel lives from its first task to its last."""

    def __init__(self, found, **kw):
        super().__init__(**kw)
        self.found = found

    def collect(self):
        try:
            self.grading = Grading(self.found, apart=self.config.stash[APART], **limits(self.config))
        except UserError as error:
            yield Unreadable.from_parent(self, name="notebook", error=str(error), language=language_said(error))
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
        try:
            outcome = self.parent.grading.grade(self.task)
        except NoKernel as error:
            pytest.exit(str(error), pytest.ExitCode.USAGE_ERROR)
        except UserError as error:
            told = unreadable(self.parent.found.full, str(error), language_said(error)).to_dict()
            self.user_properties.append((KEY, told))
            raise NotFull(str(error)) from error
        result = self.parent.grading.result([outcome]).to_dict()
        self.user_properties.append((KEY, result))
        if outcome.status != "full":
            (task,) = result["tasks"]
            raise NotFull("\n".join([report.task_line(task, result["language"]), *report.problems(task)]))

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if excinfo.errisinstance(NotFull) else super().repr_failure(excinfo, style)

    def reportinfo(self):
        return visible(self.parent.found.full, 1000), None, f"{self.parent.name}: {self.task.number}. {self.task.name}"


class Unreadable(pytest.Item):
    """A file that cannot be graded; the others still are."""

    def __init__(self, error, language="en", **kw):
        super().__init__(**kw)
        self.error, self.language = error, language

    def runtest(self):
        self.user_properties.append((KEY, unreadable(self.parent.found.full, self.error, self.language).to_dict()))
        raise NotFull(self.error)

    repr_failure = TaskItem.repr_failure

    def reportinfo(self):
        return visible(self.parent.found.full, 1000), None, self.parent.name


class Scores:
    """Gathers what the tasks brought, from every process of pytest-xdist, writes it after each notebook, shows it at the end."""

    def __init__(self, config):
        self.config, self.results, self.traceback = config, {}, config.option.tbstyle
        if config.stash[HANDED_IN] and config.option.verbose <= 0:
            # What was wrong stands once, under "grades".
            config.option.tbstyle, config.option.reportchars = "no", ""
        if threading.current_thread() is threading.main_thread():
            # Ended from outside, pytest finishes as after Ctrl-C: processes end, folders go, the report holds what was graded.
            signal.signal(signal.SIGTERM, signal.default_int_handler)

    def pytest_runtest_logreport(self, report):
        if report.failed and not any(key == KEY for key, _ in report.user_properties):
            self.config.option.tbstyle = self.traceback  # a fault of ours
        for key, result in report.user_properties:
            if key == KEY and report.when == "call":
                known = self.results.setdefault(result["path"], {**result, "tasks": []})
                known["tasks"] = sorted([*known["tasks"], *result["tasks"]], key=lambda task: task["number"])
                for total in ("points", "earned"):
                    known[total] = sum(task[total] for task in known["tasks"])
                known["not_judged"] += result["not_judged"] if known["tasks"] != result["tasks"] else 0
                known["full"] = bool(known["tasks"]) and known["earned"] == known["possible"]
                if known["error"] or known["points"] == known["possible"]:
                    self.write()

    def write(self):
        path = self.config.getoption("grade_report")
        if path and not hasattr(self.config, "workerinput"):
            report.write(path, list(self.results.values()))
        return path

    def pytest_sessionfinish(self, session, exitstatus):
        # Tasks left out with -k or :: leave the notebook without full marks.
        if exitstatus == 0 and not all(result["full"] for result in self.results.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if not self.results:
            return
        terminalreporter.section("grades")
        if self.config.stash.get(LACKING, ""):
            terminalreporter.line(self.config.stash[LACKING])
        for line in report.told(list(self.results.values()), details=len(self.results) == 1):
            terminalreporter.line(line)
        for line in report.left_out(submissions.find(self.config.stash[HANDED_IN])[1]):
            terminalreporter.line(line)
        path = self.write()
        if path:
            terminalreporter.line(f"report: {path}")
