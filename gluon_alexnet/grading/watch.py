"""A notebook graded each time it is saved: only the tasks whose answers have changed, and those that build on them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import report
from gluon_alexnet.grading.exercise import normalized
from gluon_alexnet.grading.grade import NOT_JUDGED, Grading, NoKernel, NoSuchTask, choose
from gluon_alexnet.grading.in_notebook import language_of
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import shown

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

# Seconds between two looks at the file, and for how long one that cannot be read is taken to be half written.
PAUSE = 0.3
PATIENCE = 3.0
UNCHANGED = T("saved, and no answer has changed", "đã lưu, không câu trả lời nào thay đổi")
WAITING = T(
    "{} is graded now, and each time you save it; Ctrl-C ends it",
    "{} được chấm bây giờ và mỗi lần bạn lưu; Ctrl-C để dừng",
)


class Watched:
    """One notebook between its savings. path: the file; tasks: names of those that count, or none; limits: as for Grading."""

    def __init__(self, path: PathLike, tasks: Collection[str] = (), **limits: Any) -> None:
        self.path, self.tasks, self.limits = Path(path), tasks, limits
        self.seen: tuple[int, ...] | None = None  # what the file was when it was last graded
        self.answers: dict[str, tuple[str, str]] = {}  # name of a task -> its answer then, as `_answer` has it
        self.results: dict[str, Any] = {}  # name of a task -> its TaskResult
        self.exercise = ""

    def state(self) -> tuple[int, ...] | None:
        """What tells whether the file was written since, also when another was renamed to its name; None while there is none."""
        try:
            about = os.stat(self.path)
        except OSError:
            return None
        return about.st_mtime_ns, about.st_size, about.st_ino

    def changed(self) -> bool:
        """Whether the file was written since it was graded, and is no longer being written, as far as PAUSE seconds show."""
        state = self.state()
        if state is None or state == self.seen:
            return False
        time.sleep(PAUSE)
        return self.state() == state

    def grade(self) -> list[str]:
        """The lines to show of the file as it is now. Raises UserError where it is no notebook (any more, or yet)."""
        state = self.state()
        with Grading(self.path, **self.limits) as grading:
            answers, exercise = grading.submission.answers, grading.exercise
            if exercise.name != self.exercise:
                self.exercise, self.answers, self.results = exercise.name, {}, {}
            chosen = choose(exercise, self.tasks)
            stale = [task for task in chosen if self._is_stale(task, grading)]
            for task in stale:
                grading.grade(task)
            # Earlier tasks that those build on were graded with them.
            fresh = [name for name in grading.results if any(name == task.name for task in chosen)]
            self.results.update(grading.results)
            self.answers = {name: _answer(answer) for name, answer in answers.items()}
            result = grading.result([self.results[task.name] for task in chosen]).to_dict()
        self.seen = state
        return _lines(result, fresh)

    def _is_stale(self, task, grading):
        """Whether `task` is to be graded again: its own answer is another one, or one that it builds on."""
        known, told = self.results.get(task.name), _answer(grading.submission.answers[task.name])
        if known is None or known.status in NOT_JUDGED or self.answers.get(task.name) != told:
            return True
        return any(self._is_stale(earlier, grading) for earlier in grading.needs(task))


def watch(path: PathLike, tasks: Collection[str] = (), show: Callable[[str], None] | None = None, **limits: Any) -> int:
    """Grades the notebook at `path` now and each time it is saved, until Ctrl-C, which gives 0.

    tasks: names of those that count, none for all; show: called with each line, print unless given; limits: as for Grading.
    A file that is no notebook is said to be none once, and waited for. Raises UserError where there is no such file or task.
    """
    show = show or (lambda line: print(line, flush=True))
    watched = Watched(path, tasks, **limits)
    if watched.state() is None:
        raise UserError(f"there is no {shown(path)}: name the notebook, as it was saved")
    broken_since, told = None, False
    try:
        show(WAITING.to(language_of(watched.path)).format(shown(path)))
        while True:
            if not watched.changed():
                time.sleep(PAUSE)
                continue
            try:
                lines = watched.grade()
            except (NoKernel, NoSuchTask):
                raise
            except UserError as error:
                # A file that is being written is none for a moment, and says so only when it stays like that.
                broken_since = broken_since or time.monotonic()
                if time.monotonic() - broken_since > PATIENCE and not told:
                    show(f"{_now()}  {error}")
                    told = True
                continue
            broken_since, told = None, False
            for line in lines:
                show(f"{_now()}  {line}")
    except KeyboardInterrupt:
        return 0


def _answer(answer):
    return answer.status, normalized(answer.source)


def _lines(result, fresh):
    language = result["language"]
    if not fresh:
        return [UNCHANGED.to(language)]
    lines = []
    for task in result["tasks"]:
        if task["task"] in fresh:
            lines.append(report.task_line(task, language))
            lines += [f"   {sentence}" for sentence in report.problems(task)]
    return [*lines, f"{T('Score', 'Điểm').to(language)}: {report.score(result)}{report.but(result)}"]


def _now():
    return time.strftime("%H:%M:%S")
