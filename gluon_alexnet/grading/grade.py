"""Grades one notebook, task by task: what it is worth, and what was wrong with it in words that teach. Knows no pytest."""

import difflib
import importlib.util
import re
import secrets
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import checks, notebook, sandbox
from gluon_alexnet.grading.exercise import defined_names
from gluon_alexnet.grading.kernel import Kernel, KernelError
from gluon_alexnet.grading.nets import Evaluator
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import in_language

TIME_LIMIT = 60.0
MEMORY_LIMIT = 6.0
STATUS = {
    "full": T("full marks", "đủ điểm"),
    "partial": T("partly right", "đúng một phần"),
    "wrong": T("wrong", "chưa đúng"),
    "not attempted": T("not attempted", "chưa làm"),
    "missing": T("answer cell missing", "thiếu ô trả lời"),
    "ambiguous": T("ambiguous", "không rõ ràng"),
    "refused": T("not accepted", "không được chấp nhận"),
    "error": T("error", "lỗi"),
    "timeout": T("out of time", "quá thời gian"),
    "crash": T("crashed", "sập"),
    "memory": T("out of memory", "hết bộ nhớ"),
    "our fault": T("the check itself failed", "chính phần kiểm tra bị lỗi"),
}


@dataclass
class TaskResult:
    """What one task brought. status: a key of STATUS; notes: sentences for the student; parts: the Parts gone through."""

    task: str
    number: int
    title: str
    points: float
    earned: float
    status: str
    notes: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Result:
    """What one notebook brought; `to_dict` is the schema of the JSON report (docs/grading.md)."""

    path: str
    exercise: str
    title: str
    language: str
    tasks: list = field(default_factory=list)
    seed: int = 0
    data: str = ""
    isolation: str = ""
    error: str = ""
    possible: float = 0  # of all tasks, where only some were graded too

    @property
    def points(self):
        return sum(task.points for task in self.tasks)

    @property
    def earned(self):
        return sum(task.earned for task in self.tasks)

    @property
    def full(self):
        return bool(self.tasks) and self.earned == self.possible

    def to_dict(self):
        return {**asdict(self), "points": self.points, "earned": self.earned, "full": self.full}


class Grading:
    """One notebook being graded. Tasks are graded in any order; a kernel is started when one is needed. Use as a context.

    path: the notebook; exercise: an Exercise, or None to find out. time_limit: seconds for each task; memory_limit: GB of address
    space for each of the two processes; seed: of the inputs that are drawn, None for new ones.
    Raises UserError where the notebook cannot be read, and where Jupyter is not installed.
    """

    def __init__(self, path, exercise=None, time_limit=TIME_LIMIT, memory_limit=MEMORY_LIMIT, seed=None):
        for package in ("jupyter_client", "ipykernel"):
            if not importlib.util.find_spec(package):
                raise UserError(f"grading needs Jupyter, and {package} is not installed: pip install '.[cpu,exercises]'")
        self.submission = notebook.read(path, exercise)
        self.exercise, self.language = self.submission.exercise, self.submission.language
        self.time_limit, self.memory = time_limit, int(memory_limit * 1e9)
        self.seed = secrets.randbits(32) if seed is None else seed
        self.kernel, self.done = None, 0  # how many tasks' cells the kernel has run
        self.spoilt = {}  # name of a task -> why its cell is not run again
        self.evaluator = Evaluator(self.memory)
        self.data = "stand-in" if sandbox.data_folder() == "stand-in" else "fashion-mnist"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the processes."""
        if self.kernel is not None:
            self.kernel.close()
        self.kernel, self.done = None, 0
        self.evaluator.close()

    def result(self, tasks=()):
        """The Result that holds `tasks`, a list of TaskResults."""
        exercise = self.exercise
        title, isolation = exercise.title.to(self.language), sandbox.isolation()
        path = str(self.submission.path)
        about = dict(seed=self.seed, data=self.data, isolation=isolation, possible=exercise.points)
        return Result(path, exercise.name, title, self.language, list(tasks), **about)

    def grade(self, task):
        """The TaskResult of `task`, one of the exercise's Tasks."""
        began = time.monotonic()
        answer = self.submission.answers[task.name]
        result = TaskResult(task.name, task.number, task.title.to(self.language), task.points, 0, answer.status)
        if answer.note:
            result.notes.append(answer.note.to(self.language))
        if answer.status == "answered":
            self._question(task, result)
        elif answer.status == "not attempted":
            result.notes.append(
                T(
                    "replace the line `raise NotImplementedError(...)` with your answer",
                    "hãy thay dòng `raise NotImplementedError(...)` bằng câu trả lời của bạn",
                ).to(self.language)
            )
        result.seconds = round(time.monotonic() - began, 2)
        return result

    def _question(self, task, result):
        interview = None
        try:
            self._bring_up_to(task)
            if task.name in self.spoilt:
                raise self.spoilt[task.name]
            deadline = time.monotonic() + self.time_limit
            # Each task draws from its own stream, so that its inputs do not depend on which others are graded.
            random = np.random.default_rng([self.seed, task.number])
            interview = checks.Interview(self.kernel, self.evaluator, random, deadline, self.language, self.explain)
            checks.run(task.check, interview)
        except KernelError as error:
            if self.kernel is None or not self.kernel.alive():
                self.kernel, self.done = None, 0
            status, sentence = self.explain(error)
            if interview is None or not interview.parts or not interview.parts[-1].problem:
                result.notes.append(sentence)
            result.status = status
        except checks.Wrong as wrong:
            result.notes.append(str(wrong))
        except checks.Refused as refused:
            result.notes.append(in_language(refused.args[0], self.language))
        except Exception as error:
            result.status = "our fault"
            result.notes.append(checks.fault(error))
        parts = interview.parts if interview else []
        result.parts = [asdict(part) for part in parts]
        result.earned = sum(part.earned for part in parts) if result.status != "our fault" else 0
        if result.status == "answered":
            result.status = status_of(parts, result.points)
        if result.status == "not attempted":
            result.notes = result.notes[:1]

    def _bring_up_to(self, task):
        """Runs the setup cells and the answers up to and with that of `task`, from the first on where the kernel is new."""
        if self.kernel is None or not self.kernel.alive() or self.done >= task.number:
            if self.kernel is not None:
                self.kernel.close()
            self.kernel, self.done = self._start(), 0
        for earlier in self.exercise.tasks[self.done : task.number]:
            for source in self.exercise.before[earlier.name]:
                self._run_given(source)
            answer = self.submission.answers[earlier.name]
            if answer.status == "answered" and earlier.name not in self.spoilt:
                try:
                    self.kernel.run(answer.source, time.monotonic() + self.time_limit)
                except KernelError as error:
                    self.spoilt[earlier.name] = error
                    if not self.kernel.alive():
                        # The kernel is gone: start anew without this cell.
                        self.kernel, self.done = None, 0
                        return self._bring_up_to(task) if earlier.name != task.name else None
            self.done = earlier.number

    def _start(self):
        try:
            return Kernel(self.memory)
        except KernelError as error:
            raise RuntimeError(f"no kernel could be started: {error}") from error

    def _run_given(self, source):
        try:
            self.kernel.run(source, time.monotonic() + self.time_limit)
        except KernelError as error:
            if self.done:
                raise  # an answer of the student's has broken what the notebook gives
            raise RuntimeError(f"a cell of the notebook itself failed: {error}") from error

    def explain(self, error):
        """(status, sentence) for what a student's code did instead of answering."""
        seconds = f"{self.time_limit:g}"
        where = f" (line {error.line} of the cell)" if error.line else ""
        where_vi = f" (dòng {error.line} của ô)" if error.line else ""
        if error.kind == "timeout":
            text = T(
                f"it was stopped after {seconds} seconds: is there an endless loop, or too much work?",
                f"bị dừng sau {seconds} giây: có vòng lặp vô tận hay việc quá nặng không?",
            )
        elif error.kind == "crash":
            text = T(
                f"the kernel died ({error.name or error.message}): does something end the process?",
                f"kernel đã chết ({error.name or error.message}): có lệnh nào kết thúc tiến trình không?",
            )
        elif error.kind == "memory":
            gigabytes = f"{self.memory / 1e9:g}"
            text = T(
                f"it wanted more than the {gigabytes} GB of memory that are allowed{where}",
                f"cần nhiều hơn {gigabytes} GB bộ nhớ được phép{where_vi}",
            )
        elif error.name == "NotImplementedError":
            return "not attempted", T(
                f"the line `raise NotImplementedError(...)` is still there{where}",
                f"dòng `raise NotImplementedError(...)` vẫn còn đó{where_vi}",
            ).to(self.language)
        else:
            hint_en, hint_vi = self._hint(error)
            text = T(f"{error.name}: {error.message}{where}{hint_en}", f"{error.name}: {error.message}{where_vi}{hint_vi}")
        return error.kind, text.to(self.language)

    def _hint(self, error):
        if error.name == "DataError":
            return (
                "; answers are graded without the data set: use what the function is given",
                "; khi chấm không có bộ dữ liệu: hãy dùng những gì hàm được đưa",
            )
        missing = re.match(r"name '(\w+)' is not defined", error.message) if error.name == "NameError" else None
        if not missing:
            return "", ""
        name = missing.group(1)
        if name in self.submission.helpers:
            return (
                f"; you define {name} in a cell of your own, and only answer cells count: move it into the answer",
                f"; bạn định nghĩa {name} trong một ô riêng, mà chỉ ô trả lời được tính: hãy chuyển nó vào ô trả lời",
            )
        if name in self.submission.exercise.shown:
            return (
                f"; {name} comes from a cell that only demonstrates, which is not run when grading",
                f"; {name} đến từ một ô chỉ để minh họa, không được chạy khi chấm",
            )
        stubs = {known for task in self.exercise.tasks for known in defined_names(task.stub.en)}
        near = difflib.get_close_matches(name, stubs, n=1)
        if name in stubs:
            return "; the answer cell must define it", "; ô trả lời phải định nghĩa tên này"
        return (f"; did you mean {near[0]}?", f"; có phải bạn muốn viết {near[0]}?") if near else ("", "")


def status_of(parts, points):
    """The status that these Parts add up to."""
    earned = sum(part.earned for part in parts)
    if earned >= points:
        return "full"
    kinds = {part.kind for part in parts if part.kind}
    if earned > 0:
        return "partial"
    return kinds.pop() if len(kinds) == 1 else "wrong"


def grade(path, exercise=None, **limits):
    """The Result of the notebook at `path`; limits as for Grading. Raises UserError where it cannot be read."""
    with Grading(path, exercise, **limits) as grading:
        return grading.result([grading.grade(task) for task in grading.exercise.tasks])


def grade_all(paths, **limits):
    """Grades one notebook after the other and gives each one's Result as a dict; one that cannot be read has an `error`."""
    for path in paths:
        try:
            result = grade(path, **limits)
        except UserError as error:
            result = Result(str(path), "", Path(path).name, "en", error=str(error))
        yield result.to_dict()


def find_notebooks(paths):
    """The notebooks at `paths`: files as they are, folders searched through, checkpoints left out; sorted.

    Raises UserError where there is none.
    """
    found = []
    for path in map(Path, paths):
        inside = sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]
        found += [file for file in inside if ".ipynb_checkpoints" not in file.parts]
    if not found:
        raise UserError(f"there is no notebook in {', '.join(map(str, paths))}: name .ipynb files or a folder of them")
    return found
