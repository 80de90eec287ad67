"""Grades one notebook, task by task: what it is worth, and what was wrong with it in words that teach. Knows no pytest."""

from __future__ import annotations

import ast
import contextlib
import difflib
import functools
import importlib.util
import math
import re
import secrets
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.errors import UserError, unknown
from gluon_alexnet.grading import checks, hidden, notebook, sandbox, server
from gluon_alexnet.grading.clock import OUTER, Deadline
from gluon_alexnet.grading.exercise import Exercise, Task, defined_names
from gluon_alexnet.grading.kernel import Kernel, KernelError
from gluon_alexnet.grading.nets import DIED, Evaluator
from gluon_alexnet.grading.submissions import as_found
from gluon_alexnet.grading.texts import LANGUAGES, in_language, shown, visible
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.language import short

if TYPE_CHECKING:
    from gluon_alexnet.grading.checks import Part
    from gluon_alexnet.grading.submissions import Found
    from gluon_alexnet.hints import PathLike

TIME_LIMIT = 60.0
MEMORY_LIMIT = 6.0
LEAST_MEMORY = 2.0
STATUS = {
    "full": T("full marks", "đủ điểm"),
    "partial": T("partly right", "đúng một phần"),
    "wrong": T("wrong", "chưa đúng"),
    "not attempted": T("not attempted", "chưa làm"),
    "missing": T("answer cell missing", "thiếu ô trả lời"),
    "refused": T("not accepted", "không được chấp nhận"),
    "error": T("error", "lỗi"),
    "timeout": T("out of time", "quá thời gian"),
    "crash": T("crashed", "sập"),
    "memory": T("out of memory", "hết bộ nhớ"),
    "machine": T("not judged: the machine was too busy", "chưa chấm được: máy quá bận"),
    "our fault": T("not judged: the check itself failed", "chưa chấm được: chính phần kiểm tra bị lỗi"),
}
# What the student has no part in: points that are missing there were not lost.
NOT_JUDGED = ("machine", "our fault")
# What refuse.py says; an answer can say the same, and then reads it.
NOT_THERE = re.compile(r"(\S+) is not there when answers are graded: write it yourself with (NumPy(?: and MXNet)?)$")
ODD_NAME = T(
    "its name holds characters that cannot be shown: give it another",
    "tên tệp có những ký tự không hiển thị được: hãy đổi tên",
)


@dataclass
class TaskResult:
    """What one task brought. status: a key of STATUS; notes: sentences for the student; parts: the Parts gone through.

    mistakes: the names of known mistakes that the answer shows; asked: what the answer gave to each question, as
    [digest of the question, digest of the value, whether it was found wrong: False, True, or the mistake's name], to compare
    answers by what they do. drawn: as in a Part, of the notes.
    """

    task: str
    number: int
    title: str
    points: float
    earned: float
    status: str
    notes: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    asked: list[list[Any]] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Result:
    """What one notebook brought; `to_dict` is the schema of the JSON report (docs/grading.md).

    error: why nothing could be graded; note: what a person should know of the file besides; answers: name of a task -> the
    'status', the 'source' and the 'note' of its answer, as notebook.Answer has them; helpers: names that other cells define;
    written: the questions that are answered in words, as written.find has them: kept for a person, and never graded.
    """

    path: str
    exercise: str
    title: str
    language: str
    tasks: list[TaskResult] = field(default_factory=list)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    helpers: list[str] = field(default_factory=list)
    seed: int = 0
    data: str = ""
    isolation: str = ""
    error: str = ""
    note: str = ""
    possible: float = 0  # of all tasks, where only some were graded too
    written: list[dict[str, str | None]] = field(default_factory=list)

    @property
    def points(self) -> float:
        """What the tasks that were gone through are worth."""
        return sum(task.points for task in self.tasks)

    @property
    def earned(self) -> float:
        """What they brought."""
        return sum(task.earned for task in self.tasks)

    @property
    def not_judged(self) -> float:
        """The points that were not given because of this machine or of a mistake of ours."""
        return sum(task.points - task.earned for task in self.tasks if task.status in NOT_JUDGED)

    @property
    def full(self) -> bool:
        """Whether every point that there is was earned."""
        return bool(self.tasks) and self.earned == self.possible

    def to_dict(self) -> dict[str, Any]:
        """The Result as the JSON report has it."""
        totals = {name: getattr(self, name) for name in ("points", "earned", "not_judged", "full")}
        return {**asdict(self), "path": visible(self.path), **totals}


def check_limits(time_limit: float = TIME_LIMIT, memory_limit: float = MEMORY_LIMIT, seed: int | None = None) -> None:
    """Raises UserError for limits that nothing can keep to, and for a seed that is none."""
    if not 0 < time_limit < math.inf:
        raise UserError(f"the time limit is {time_limit:g}: it must be a positive number of seconds, such as {TIME_LIMIT:g}")
    if not LEAST_MEMORY <= memory_limit < math.inf:
        raise UserError(
            f"the memory limit is {memory_limit:g}: it must be at least {LEAST_MEMORY:g} GB, which Python and MXNet reserve by "
            f"themselves, such as {MEMORY_LIMIT:g}"
        )
    if seed is not None and seed < 0:
        raise UserError(f"the seed is {seed}: it must be a whole number from 0, such as that of an earlier report")


class NoKernel(UserError):
    """This machine cannot run answers at all."""


def check_class(unconfined: bool = False) -> str:
    """A line on what the box of this machine does not keep the notebooks of a class from, or ''.

    Raises NoKernel where it keeps them from nothing, unless that was accepted: `unconfined`.
    """
    try:
        return sandbox.check_class(unconfined)
    except UserError as error:
        raise NoKernel(str(error)) from None


class CannotGrade(notebook.Unreadable):
    """This machine cannot run what the notebook itself gives."""


class NoSuchTask(UserError):
    """The exercise has none of the tasks that were asked for."""


class Grading:
    """One notebook being graded. Tasks are graded in any order; a kernel is started when one is needed. Use as a context.

    path: the notebook, a submissions.Found, which may lie in a zip, or the Submission in one; exercise: an Exercise, or None to
    find out. time_limit: seconds of computing for each task; memory_limit: GB of address space for each of the two processes;
    seed: of the inputs that are drawn, None for new ones. apart: folders of what was handed in, which answers must not read; the
    notebook's own folder always is.
    Raises UserError where the notebook cannot be read, and where Jupyter is not installed.
    """

    def __init__(
        self,
        path: PathLike | Found | notebook.Submission,
        exercise: Exercise | None = None,
        time_limit: float = TIME_LIMIT,
        memory_limit: float = MEMORY_LIMIT,
        seed: int | None = None,
        apart: Iterable[PathLike] = (),
    ) -> None:
        for package in ("jupyter_client", "ipykernel"):
            if not importlib.util.find_spec(package):
                raise UserError(f"grading needs Jupyter, and {package} is not installed: pip install '.[cpu,exercises]'")
        self.submission = path if isinstance(path, notebook.Submission) else notebook.read(path, exercise)
        self.exercise, self.language = self.submission.exercise, self.submission.language
        self.time_limit, self.memory = time_limit, int(memory_limit * 1e9)
        self.seed = secrets.randbits(32) if seed is None else seed
        beside = [] if isinstance(path, notebook.Submission) else [as_found(path).path.absolute().parent]
        self.apart = (*apart, *beside)
        self.kernel, self.done = None, 0  # how many tasks' cells the kernel has run
        self.results: dict[str, TaskResult] = {}  # name of a task -> its TaskResult
        self.spoilt: dict[str, Any] = {}  # name of a task -> why its cell is not run again
        self.evaluator = Evaluator(self.memory)
        self.data = "stand-in" if sandbox.data_folder() == "stand-in" else "fashion-mnist"

    def __enter__(self) -> Grading:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes."""
        if self.kernel is not None:
            self.kernel.close()
        self.kernel, self.done = None, 0
        self.evaluator.close()

    def result(self, tasks: Iterable[TaskResult] = ()) -> Result:
        """The Result that holds `tasks`, a list of TaskResults."""
        exercise = self.exercise
        title, isolation = exercise.title.to(self.language), server.isolation()
        path = str(self.submission.path)
        answers = {task: _kept(each, self.language) for task, each in self.submission.answers.items()}
        about: dict[str, Any] = dict(answers=answers, helpers=sorted(self.submission.helpers))
        about["written"] = list(self.submission.written)
        about.update(seed=self.seed, data=self.data, isolation=isolation, possible=exercise.points)
        if visible(path) != path:
            about["note"] = ODD_NAME.to(self.language)
        return Result(path, exercise.name, title, self.language, list(tasks), **about)

    def grade(self, task: Task) -> TaskResult:
        """The TaskResult of `task`, one of the exercise's Tasks.

        Where an earlier answer is not right, the reference's stands in its place, so that a mistake costs its own points only.
        """
        for earlier in self.needs(task):
            if earlier.name not in self.results:
                self.grade(earlier)
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
        self.results[task.name] = result
        return result

    def needs(self, task: Task) -> list[Task]:
        """The earlier Tasks whose names the answer to `task` or its check uses."""
        used = names_in(self.submission.answers[task.name].source) | names_in(task.check)
        return [other for other in self.exercise.tasks[: task.number - 1] if defined_names(other.stub.en) & used]

    def _question(self, task, result):
        interview = None
        try:
            self._bring_up_to(task)
            if task.name in self.spoilt:
                raise self.spoilt[task.name]
            deadline = Deadline(self.time_limit)
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
            # Outside of any part: without the drawn arguments, since a part alone can say it both ways.
            result.notes.append(wrong.told)
            result.mistakes += [wrong.mistake] if wrong.mistake else []
        except checks.Refused as refused:
            result.notes.append(in_language(refused.args[0], self.language))
        except UserError:
            raise
        except Exception as error:
            result.status = "our fault"
            result.notes.append(checks.fault(error))
        if interview is not None:
            result.drawn = interview.drawn(" ".join(result.notes))
        parts = interview.parts if interview else []
        result.parts = [asdict(part) for part in parts]
        result.asked = interview.asked if interview else []
        result.mistakes += list(dict.fromkeys(part.mistake for part in parts if part.mistake))
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
            if earlier.number > 1:
                self._mend(self.exercise.tasks[earlier.number - 2])
            for source in self.exercise.before[earlier.name]:
                self._run_given(source)
            answer = self.submission.answers[earlier.name]
            if answer.status == "answered" and earlier.name not in self.spoilt:
                try:
                    self.kernel.run(answer.source, Deadline(self.time_limit))
                except KernelError as error:
                    self.spoilt[earlier.name] = error
                    if not self.kernel.alive():
                        # The kernel is gone: start anew without this cell.
                        self.kernel, self.done = None, 0
                        return self._bring_up_to(task) if earlier.name != task.name else None
            self.done = earlier.number

    def _mend(self, task):
        """Puts the reference's answer in the place of the student's where that has turned out not to be right."""
        result = self.results.get(task.name)
        if task.reference and result and result.status != "full" and result.status not in NOT_JUDGED:
            with contextlib.suppress(KernelError):
                self.kernel.ask("given", Deadline(self.time_limit), source=task.reference)

    def _start(self):
        try:
            return Kernel(self.memory, self.apart, imports_of(self.exercise), hidden.names_for(self.exercise))
        except KernelError as error:
            raise NoKernel(
                f"no kernel could be started ({visible(error.message or error.name or error.kind)}), so nothing was graded: "
                "`gluon-alexnet doctor` tells what this machine lacks"
            ) from error

    def _run_given(self, source):
        try:
            self.kernel.ask("given", Deadline(self.time_limit), source=source)
        except KernelError as error:
            if self.done:
                raise  # an answer of the student's has broken what the notebook gives
            said = visible(f"{error.name}: {error.message}", 300)
            where = shown(self.submission.path)
            raise CannotGrade(
                T(
                    f"{where}: a cell that the notebook gives failed here ({said}), so it was not graded: "
                    "`gluon-alexnet doctor` tells what this machine lacks",
                    f"{where}: một ô cho sẵn của sổ tay bị lỗi trên máy này ({said}) nên bài chưa được chấm: "
                    "`gluon-alexnet doctor` cho biết máy còn thiếu gì",
                ),
                self.language,
            ) from error

    def explain(self, error: KernelError) -> tuple[str, str]:
        """(status, sentence) for what a student's code did instead of answering."""
        limit = float(error.message) if error.kind in ("timeout", "machine") and error.message else self.time_limit
        seconds, seconds_vi = (short(limit, language) for language in LANGUAGES)
        where = f" (line {error.line} of the cell)" if error.line else ""
        where_vi = f" (dòng {error.line} của ô)" if error.line else ""
        if error.kind == "timeout":
            text = T(
                f"it was stopped after {seconds} seconds: is there an endless loop, or too much work?",
                f"bị dừng sau {seconds_vi} giây: có vòng lặp vô tận hay việc quá nặng không?",
            )
        elif error.kind == "machine":
            whole, whole_vi = (short(OUTER * limit, language) for language in LANGUAGES)
            text = T(
                f"other programs left it less than its {seconds} seconds in {whole}: grade it again when the "
                "machine has less to do; no points are lost",
                f"máy bận việc khác nên trong {whole_vi} giây bài không có đủ {seconds_vi} giây để chạy: hãy chấm lại khi máy "
                "rảnh hơn; bạn không mất điểm",
            )
        elif error.kind == "crash":
            text = self._crash(error)
        elif error.kind == "memory" and error.name == "Disk":
            kept, kept_vi = (short(sandbox.DISK / 1e9, language, 1) for language in LANGUAGES)
            text = T(f"it filled more than {kept} GB of the disk", f"ghi đầy hơn {kept_vi} GB trên đĩa")
        elif error.kind == "memory":
            gigabytes, gigabytes_vi = (short(self.memory / 1e9, language) for language in LANGUAGES)
            text = T(
                f"it wanted more than the {gigabytes} GB of memory that are allowed{where}",
                f"cần nhiều hơn mức {gigabytes_vi} GB bộ nhớ cho phép{where_vi}",
            )
        elif error.name == "NotImplementedError":
            return "not attempted", T(
                f"the line `raise NotImplementedError(...)` is still there{where}",
                f"dòng `raise NotImplementedError(...)` vẫn còn đó{where_vi}",
            ).to(self.language)
        elif isinstance(error.message, T):
            text = T(f"{error.message.en}{where}", f"{error.message.vi}{where_vi}")
        elif error.name == "NotThereWhenGraded" and (missing := NOT_THERE.match(error.message)):
            name, known = visible(missing[1], 80), missing[2]
            text = T(
                f"{name} is not there when answers are graded: write it yourself with {known}{where}",
                f"khi chấm không có {name}: hãy tự viết bằng {known.replace(' and ', ' và ')}{where_vi}",
            )
        else:
            hint_en, hint_vi = self._hint(error)
            # Both are the answer's own words: shown as such, on one line.
            name = error.name if re.fullmatch(r"\w{1,60}", error.name) else visible(repr(error.name), 60)
            said = visible(error.message, 300).replace('"', "'")
            said = f'{name}: "{said}"' if said else name
            text = T(f"{said}{where}{hint_en}", f"gặp lỗi {said}{where_vi}{hint_vi}")
        return error.kind, text.to(self.language)

    def _crash(self, error):
        """The sentence, a Text, on a process that has ended: the evaluator's says all by itself."""
        if error.message is DIED:
            return DIED
        en, vi = (visible(error.name or in_language(error.message, language), 100) for language in LANGUAGES)
        return T(
            f"the kernel died ({en}): does something end the process?",
            f"kernel đã chết ({vi}): có lệnh nào kết thúc tiến trình không?",
        )

    def _hint(self, error):
        if error.name == "DataError":
            return (
                "; answers are graded without the data set: use what the function is given",
                "; khi chấm không có bộ dữ liệu: hãy chỉ dùng những gì được truyền vào hàm",
            )
        if error.name in ("ModuleNotFoundError", "ImportError"):
            return (
                "; answers are graded without the files beside the notebook: put what you import from them into the answer",
                "; khi chấm không có các tệp nằm cạnh sổ tay: hãy chép những gì bạn import từ tệp riêng vào ô trả lời",
            )
        missing = re.match(r"name '(\w+)' is not defined", error.message) if error.name == "NameError" else None
        if not missing:
            return "", ""
        name = missing.group(1)
        if name in self.submission.helpers:
            return (
                f"; you define {name} in a cell of your own, and only answer cells count: move it into the answer",
                f"; bạn định nghĩa {name} trong một ô riêng, mà chỉ các ô trả lời được tính: hãy chuyển nó vào ô trả lời",
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


def _kept(answer, language):
    return {"status": answer.status, "source": answer.source, "note": answer.note.to(language) if answer.note else ""}


def imports_of(exercise: Exercise) -> tuple[str, ...]:
    """The statements by which the cells that `exercise` gives import, for a process that runs nothing of it."""
    sources = [source for cells in exercise.before.values() for source in cells]
    nodes = [node for source in sources for node in ast.parse(source).body]
    found = [ast.unparse(node) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    return (*found, *["import mxnet"] * any("load_mxnet()" in source for source in sources))


def status_of(parts: Iterable[Part], points: float) -> str:
    """The status that these Parts add up to."""
    earned = sum(part.earned for part in parts)
    if earned >= points:
        return "full"
    kinds = {part.kind for part in parts if part.kind}
    if earned > 0:
        return "partial"
    return kinds.pop() if len(kinds) == 1 else "wrong"


@functools.lru_cache(maxsize=1000)
def names_in(source: str) -> set[str]:
    """The names that `source` reads, in texts of a check too; none where it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            words.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.update(re.findall(r"\w+", node.value))
    return words


def grade(path: PathLike | Found, exercise: Exercise | None = None, tasks: Collection[str] = (), **limits: Any) -> Result:
    """The Result of the notebook at `path`; limits as for Grading. Raises UserError where it cannot be read.

    tasks: the names of those that count, none for all; what they build on is graded too, but is no part of the Result.
    """
    with Grading(path, exercise, **limits) as grading:
        chosen = choose(grading.exercise, tasks)
        return grading.result([grading.grade(task) for task in chosen])


def choose(exercise: Exercise, names: Collection[str]) -> list[Task]:
    """The Tasks of `exercise` called `names`, in its order, all where that is empty. Raises NoSuchTask where there is none."""
    chosen = [task for task in exercise.tasks if not names or task.name in names]
    if not chosen:
        raise NoSuchTask(str(unknown("task", next(iter(names)), [task.name for task in exercise.tasks], f" of {exercise.name}")))
    return chosen


def grade_all(found: Iterable[Found], tasks: Collection[str] = (), **limits: Any) -> Iterator[dict[str, Any]]:
    """Grades one submissions.Found after the other and gives each one's Result as a dict; what cannot be graded has an `error`.

    tasks: as for `grade`; of several notebooks, those that have none of them are passed over.
    Raises NoKernel where this machine cannot run answers at all.
    """
    found = list(found)
    for one in found:
        try:
            broken = f"{one.shown} {one.problem}"
            result = unreadable(one.full, broken) if one.problem else grade(one, tasks=tasks, **limits)
        except NoKernel:
            raise
        except UserError as error:
            if isinstance(error, NoSuchTask) and len(found) > 1:
                continue
            result = unreadable(one.full, str(error), notebook.language_said(error))
        yield result.to_dict()


def unreadable(path: PathLike, error: str, language: str = "en") -> Result:
    """The Result of something that cannot be graded; language: of the sentence that says why."""
    return Result(str(path), "", visible(Path(path).name), language, error=error)
