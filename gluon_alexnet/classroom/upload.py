"""What one student has uploaded, judged for a system that waits for a file of results: Gradescope, PrairieLearn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import submissions
from gluon_alexnet.grading.grade import CannotGrade, Grading, NoKernel, TaskResult
from gluon_alexnet.grading.texts import Text as T

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

NOT_YET = T(
    "the grading was ended before its turn came: no points are lost, have it graded again",
    "việc chấm bị dừng trước khi tới lượt: không mất điểm, hãy cho chấm lại",
)
NOT_THERE = T("there is no notebook of this exercise in what was handed in", "không có sổ tay của bài này trong phần đã nộp")
NOTHING = T("there is no notebook in what was handed in", "không có sổ tay nào trong phần đã nộp")


@dataclass
class Upload:
    """What was judged so far.

    expected: names of the exercises that had to be handed in, empty where any count. attempts: name of an exercise -> Results as
    dicts of all notebooks of it. unread: sentences on files that could not be graded, which is the student's to mend. failure:
    why this machine could not go on, or ''. seconds: since it began.
    """

    expected: tuple[str, ...] = ()
    attempts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0

    @property
    def language(self) -> str:
        """Of the notebooks: 'vi' where all are in Vietnamese, else 'en'."""
        spoken = {result["language"] for results in self.attempts.values() for result in results}
        return "vi" if spoken == {"vi"} else "en"

    @property
    def graded(self) -> list[dict[str, Any]]:
        """The Result of each exercise that counts, as dicts and in order: of several notebooks of one, the best."""
        results = [max(results, key=lambda result: result["earned"]) for _, results in sorted(self.attempts.items())]
        there = {result["exercise"] for result in results}
        for name in self.expected:
            if name not in there:
                results.append(self._absent(name))
        return sorted(results, key=lambda result: result["exercise"])

    @property
    def earned(self) -> float:
        """Points of all together."""
        return sum(result["earned"] for result in self.graded)

    @property
    def possible(self) -> float:
        """Points that there are, of what was expected, or of what was handed in where nothing was."""
        return sum(result["possible"] for result in self.graded)

    @property
    def not_judged(self) -> bool:
        """Whether points are open for a reason that is not the student's."""
        return bool(self.failure) or any(result["not_judged"] for result in self.graded)

    @property
    def sentences(self) -> list[str]:
        """What must be known of the whole, in the language of the notebooks."""
        said = list(self.unread)
        said += [result["note"] for result in self.graded if result["note"]]
        if self.failure:
            text = T("no points are lost by it: have it graded again", "không mất điểm vì việc này: hãy cho chấm lại")
            said.append(f"{self.failure} ({text.to(self.language)})")
        elif not self.attempts and not self.unread:
            said.append(NOTHING.to(self.language))
        for name, results in sorted(self.attempts.items()):
            if len(results) > 1:
                vi = f"có {len(results)} sổ tay của {name}: bài tốt nhất được tính"
                said.append(T(f"there are {len(results)} notebooks of {name}: the best one counts", vi).to(self.language))
        return said

    def _absent(self, name):
        """The Result of an exercise that was not handed in, or that could not be judged, as a dict."""
        exercise, language = exercises.load(name), self.language
        status, note = ("machine", NOT_YET) if self.failure else ("missing", NOT_THERE)
        tasks = [waiting(task, language, status, note) for task in exercise.tasks]
        return {
            "exercise": name,
            "title": exercise.title.to(language),
            "language": language,
            "tasks": [vars(task) for task in tasks],
            "earned": 0,
            "possible": exercise.points,
            "not_judged": exercise.points if self.failure else 0,
            "note": "",
            "seed": None,
            "isolation": "",
        }


def waiting(task: exercises.Task, language: str, status: str = "machine", note: T = NOT_YET) -> TaskResult:
    """The TaskResult of a task whose turn has not come."""
    return TaskResult(task.name, task.number, task.title.to(language), task.points, 0, status, [note.to(language)])


def judge(
    paths: Sequence[PathLike],
    expected: Iterable[str] = (),
    after: Callable[[Upload], None] | None = None,
    **limits: Any,
) -> Upload:
    """Grades the notebooks at and below `paths`; limits as for grading.grade.Grading. Raises nothing that can be told in it.

    after: called with what is judged so far after each task, so that a run that is ended has left what it found out.
    """
    began = time.monotonic()
    upload = Upload(tuple(expected))

    def told():
        upload.seconds = round(time.monotonic() - began, 1)
        if after:
            after(upload)

    found, _ = submissions.find(paths)
    for one in found:
        if one.problem:
            upload.unread.append(f"{one.shown} {one.problem}")
            continue
        try:
            _judge_one(one, upload, told, apart=submissions.folders(paths), **limits)
        except (NoKernel, CannotGrade) as error:
            upload.failure = str(error)
            break
        except UserError as error:
            upload.unread.append(str(error))
        except Exception as error:
            upload.failure = f"the grader itself failed on {one.shown} ({type(error).__name__}: {error})"
            break
    told()
    return upload


def _judge_one(one, upload, told, **limits):
    with Grading(one, **limits) as grading:
        exercise, done = grading.exercise, []
        if upload.expected and exercise.name not in upload.expected:
            vi = f"{one.shown} là bài {exercise.name}, không phải bài cần nộp ({', '.join(upload.expected)})"
            en = f"{one.shown} is of {exercise.name}, which was not asked for ({', '.join(upload.expected)} was)"
            upload.unread.append(T(en, vi).to(grading.language))
            return
        mine = upload.attempts.setdefault(exercise.name, [])
        mine.append(_so_far(grading, done))
        for task in exercise.tasks:
            done.append(grading.grade(task))
            mine[-1] = _so_far(grading, done)
            told()


def _so_far(grading, done):
    """The Result as a dict, where only the tasks in `done` have had their turn."""
    rest = grading.exercise.tasks[len(done) :]
    return grading.result([*done, *(waiting(task, grading.language) for task in rest)]).to_dict()
