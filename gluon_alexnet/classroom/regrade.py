"""A class graded again where a check was mended: only what that touches, on each student's own inputs, and who gains by it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet.classroom import anonymous, gradebook, judge, tables
from gluon_alexnet.classroom.journal import Journal
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import write_text
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import grade, notebook, report, submissions
from gluon_alexnet.grading.grade import NOT_JUDGED, Grading, NoKernel, Result, TaskResult
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import shown

if TYPE_CHECKING:
    from gluon_alexnet.classroom.rows import Row
    from gluon_alexnet.grading.exercise import Exercise
    from gluon_alexnet.hints import PathLike

TABLE, PREVIEW = "regrade.csv", "regrade-preview.csv"


@dataclass(frozen=True)
class Change:
    """What grading one task of one notebook again has brought: a line of regrade.csv.

    check: the beginning of the digest of what the task is judged by now; before, after: points; sentences as students read them.
    """

    student: str
    exercise: str
    task: str
    before: float
    after: float
    gain: float
    sentence_before: str
    sentence_after: str
    check: str
    source: str

    @property
    def same(self) -> bool:
        """Whether the student has the same points and reads the same."""
        return not self.gain and self.sentence_before == self.sentence_after


def regrade(
    folder: PathLike,
    tasks: Collection[str] = (),
    own: PathLike | None = None,
    dry_run: bool = False,
    unconfined: bool = False,
    say: Callable[[str], object] = print,
) -> int:
    """Grades again what was mended since the class in `folder` was graded; returns the exit code, 1 where something was not.

    What a task is judged by (exercise.digests) is compared with what its row says; its answer, seed and limits are those of the
    row, so that no file is needed and the inputs are the same. Every other task keeps what it has. What is done is on the disk,
    and the same command goes on where it was stopped. regrade.csv gets a line for each task that was graded again.
    tasks: names of tasks that are graded again whatever has changed; own: the folder of a teacher's exercises, if it is another
    one than the class was graded with; dry_run: nothing is written but the table, as regrade-preview.csv; unconfined: whether
    answers need no box. Raises UserError where `folder` holds no class, and on a machine without a box.
    """
    journal = Journal(folder)
    about = journal.about()
    if not about:
        raise UserError(f"{shown(folder)} holds no class: name the folder that `gluon-alexnet grade --out` wrote")
    if own or about.get("exercises"):
        exercises.use(own or about["exercises"])
    lacking = grade.check_class(unconfined)
    if lacking:
        say(lacking)
    waiting = [(row, names) for row in journal.rows() if (names := touched(row, tasks))]
    total, failed = sum(len(names) for _, names in waiting), []
    say(f"{total:,} answers in {len(waiting):,} of {len(journal.rows()):,} notebooks are graded again")
    table = _Table(journal.folder / (PREVIEW if dry_run else TABLE), dry_run)
    code = codes(journal, about)
    try:
        if waiting and not dry_run:
            journal.hold()
        for row, changes in _again(waiting, about, journal.folder):
            changes = [code(change) for change in changes]
            if row is None:
                failed += [f"kept as it was, {change.source}: {change.sentence_after}" for change in changes]
                continue
            table.add(changes)
            if not dry_run:
                journal.append(row)
            for change in changes:
                if not change.same:
                    say(line(change))
    finally:
        if table.changes and not dry_run:
            gradebook.publish(journal.folder, journal.rows(), about, gradebook.given(about))
        journal.close()
    failed += strangers(journal.rows())
    for text in [*summary(table.changes), *failed, f"table: {shown(table.path)}"]:
        say(text)
    return int(bool(failed))


def codes(journal: Journal, about: Mapping[str, Any]) -> Callable[[Change], Change]:
    """What puts codes in the place of students, where the class has codes."""
    if not about["anonymous"]:
        return lambda change: change
    names = anonymous.codes(journal.folder, tables.students(journal.rows(), gradebook.given(about).roster))


    def coded(change):
        before, after = (anonymous.hidden(text, names) for text in (change.sentence_before, change.sentence_after))
        who = names.get(change.student, "")
        return replace(change, student=who, source=f"{who}.ipynb", sentence_before=before, sentence_after=after)

    return coded


def touched(row: Row, tasks: Collection[str] = ()) -> list[str]:
    """The names of the tasks of `row` that are judged by something else now than when it was graded, or are among `tasks`."""
    if not row["result"]["tasks"] or row["result"]["exercise"] not in exercises.list_exercises():
        return []
    before = row["made"]["tasks"]
    now = exercises.digests(exercises.load(row["result"]["exercise"]))
    return [name for name, digest in now.items() if digest != before.get(name) or name in tasks]


def strangers(rows: Sequence[Row]) -> list[str]:
    """A sentence for each exercise of `rows` that is not known here."""
    there = exercises.list_exercises()
    names = dict.fromkeys(row["result"]["exercise"] for row in rows if row["result"]["tasks"])
    return [f"kept as it was: there is no exercise {name} here (--exercises DIR?)" for name in names if name not in there]


def _again(
    waiting: Sequence[tuple[Row, list[str]]], about: Mapping[str, Any], folder: Path
) -> Iterator[tuple[Row | None, list[Change]]]:
    """(the new Row, what has changed) of each row; (None, why not as a Change's sentence) of one that could not be judged."""
    sources = [path for path in map(Path, about.get("sources", ())) if path.exists()]
    apart = [*submissions.folders(sources), folder.absolute()]
    for row, names in waiting:
        try:
            yield again(row, names, apart)
        except NoKernel:
            raise
        except UserError as error:
            yield None, [Change(row["student"], row["result"]["exercise"], "", 0, 0, 0, "", str(error), "", row["source"])]


def again(row: Row, names: Collection[str], apart: Sequence[PathLike] = ()) -> tuple[Row, list[Change]]:
    """(`row` with the tasks called `names` graded again, what has changed by that).

    apart: folders that answers must not read. Raises UserError where the tasks cannot be judged, or not as they were.
    """
    exercise, old = exercises.load(row["result"]["exercise"]), row["result"]
    known = {task["task"]: task for task in old["tasks"]}
    limits: Any = row["made"]["limits"]
    with Grading(submission_of(row, exercise), seed=row["made"]["seed"], apart=apart, **limits) as grading:
        if grading.data != old["data"]:
            raise UserError(f"it was graded on {old['data']}, and here it would be on {grading.data}: set FASHION_MNIST_DIR")
        # What is not graded again says what stands in for an earlier answer.
        grading.results = {name: TaskResult(**task) for name, task in known.items() if name not in names}
        results = [grading.results.get(task.name) or grading.grade(task) for task in exercise.tasks]
        result = grading.result(results)
    new = _whole(result, old)
    undone = [task for task in new["tasks"] if task["task"] in names and task["status"] in NOT_JUDGED]
    if undone:
        raise UserError("; ".join(sentence for task in undone for sentence in report.problems(task)))
    digests = exercises.digests(exercise)
    made = {**row["made"], "exercise": exercises.digest(exercise), "tasks": digests}
    changed: Any = {**row, "result": new, "flag": judge.flag_of(new), "made": made, "finished": gradebook.utc()}
    changes = [_change(row, known.get(task["task"]), task, digests) for task in new["tasks"] if task["task"] in names]
    return changed, changes


def submission_of(row: Row, exercise: Exercise) -> notebook.Submission:
    """What was handed in, as the row has kept it."""
    result = row["result"]
    answers = {task.name: _answer(result["answers"].get(task.name)) for task in exercise.tasks}
    helpers = frozenset(result.get("helpers", ()))
    return notebook.Submission(Path(row["source"]), exercise, result["language"], answers, helpers)


def _answer(kept):
    if kept is None:
        return notebook.Answer("missing", note=T("the exercise had no such task then", "lúc ấy bài chưa có nhiệm vụ này"))
    note = kept.get("note", "")
    return notebook.Answer(kept["status"], kept["source"], T(note, note) if note else None)


def _whole(result: Result, old: Mapping[str, Any]) -> dict[str, Any]:
    """The new Result as a dict, with what is known of the file from before."""
    return {**result.to_dict(), **{key: old[key] for key in ("path", "note", "isolation", "written") if key in old}}


def _change(row, before, after, digests):
    earned = before["earned"] if before else 0
    said = [" ".join(report.problems(task)) if task else "" for task in (before, after)]
    about = (row["student"], row["result"]["exercise"], after["task"], earned, after["earned"], after["earned"] - earned)
    return Change(*about, *said, digests[after["task"]][:12], row["source"])


def line(change: Change) -> str:
    """What is printed of one answer that has other points or another sentence."""
    points = f"{report.points_text(change.before)} -> {report.points_text(change.after)}"
    gain = f" ({change.gain:+g})" if change.gain else ""
    said = f": {change.sentence_after}" if change.sentence_after != change.sentence_before and change.sentence_after else ""
    return f"{change.student or change.source}  {change.exercise} {change.task}  {points}{gain}{said}"


def summary(changes: Sequence[Change]) -> list[str]:
    """A line for each task: how many gain, lose, read another sentence, and stay as they are."""
    lines = []
    for exercise, task in dict.fromkeys((change.exercise, change.task) for change in changes):
        mine = [change for change in changes if (change.exercise, change.task) == (exercise, task)]
        gain, lose = sum(change.gain > 0 for change in mine), sum(change.gain < 0 for change in mine)
        other = sum(not change.gain and not change.same for change in mine)
        points = sum(change.gain for change in mine)
        told = f"{gain:,} gain, {lose:,} lose ({points:+g} points together), {other:,} read another sentence"
        lines.append(f"{exercise} {task}: {told}, {sum(change.same for change in mine):,} stay as they are")
    return lines


class _Table:
    """regrade.csv: a line for each answer, and for each check that it was graded again by; written after each notebook."""

    def __init__(self, path, anew):
        self.path, self.changes, self.lines = path, [], {}
        if not anew and path.exists():
            with open(path, encoding="utf-8-sig", newline="") as file:
                self.lines = {_key(told): told for told in csv.DictReader(file)}
        self.write()

    def add(self, changes):
        self.changes += changes
        for change in changes:
            told = {key: _plain(value) for key, value in asdict(change).items()}
            # One that was written down just before a crash is told once.
            self.lines[_key(told)] = told
        self.write()

    def write(self):
        text = io.StringIO()
        table = csv.DictWriter(text, [each.name for each in fields(Change)], lineterminator="\n", extrasaction="ignore")
        table.writeheader()
        table.writerows(self.lines.values())
        write_text(self.path, text.getvalue())


def _key(told):
    return tuple(told[key] for key in ("student", "source", "exercise", "task", "check"))


def _plain(value):
    """A value of the table; a text that a spreadsheet would take for a formula begins with a quote."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return report.points_text(value)
