"""A class graded into a folder: what was handed in is found, judged, written down, and made into tables and pages."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import re
import secrets
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet import __version__
from gluon_alexnet.classroom import jobs, judge
from gluon_alexnet.classroom import standin as exports
from gluon_alexnet.classroom import standin as pages
from gluon_alexnet.classroom import standin as tables
from gluon_alexnet.classroom.journal import ABOUT, JOURNAL, Journal
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import write_text
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import grade, report, submissions
from gluon_alexnet.grading.texts import shown, visible

if TYPE_CHECKING:
    from gluon_alexnet.classroom.exports import HandedIn
    from gluon_alexnet.classroom.rows import Entry, Row

# Seconds between two writings of tables and pages, and the share of the time that they may take at the most.
PAUSE, SHARE = 1.0, 0.05
TABLES = ("grades.csv", "tasks.csv", "course.csv", "grades.json")
PAGE, STUDENTS = "index.html", "students"


@dataclass(frozen=True)
class Told:
    """What a class is graded by, as the command line says it.

    folder: where to; sources: what was handed in; seed: None for a new one, or the one of before; jobs: None for as many as the
    machine has room for; cluster: the address of a Dask scheduler, or ''; roster, due, comments, pattern, exercises: as the
    options have them, or None; details: whether all that was wrong is printed.
    """

    folder: Path
    sources: tuple[Path, ...]
    seed: int | None = None
    time_limit: float = grade.TIME_LIMIT
    memory_limit: float = grade.MEMORY_LIMIT
    jobs: int | None = None
    cluster: str = ""
    pattern: str | None = None
    roster: str | None = None
    due: str | None = None
    comments: str | None = None
    anonymous: bool = False
    exercises: str | None = None
    unconfined: bool = False
    language: str = "en"
    details: bool = False

    @property
    def limits(self) -> dict[str, float]:
        """As the grader takes them."""
        return {"time_limit": self.time_limit, "memory_limit": self.memory_limit}


def run(told: Told, say: Callable[[str], object] = print) -> int:
    """Grades a class, or goes on with it, and returns the exit code: 0 where all was judged, 1 where something could not be.

    say: takes each line that is told. Raises UserError before the first notebook where anything is wrong with what was told, and
    KeyboardInterrupt, with all written down, when it is stopped by Ctrl-C or SIGTERM.
    """
    check(told)
    if told.exercises:
        exercises.use(told.exercises)
    with Journal(told.folder) as journal:
        handed, left_out = exports.find(told.sources, told.pattern)
        if not handed:
            raise UserError(f"there is no notebook in {names(told.sources)}: name .ipynb files, folders or archives of them")
        book = Gradebook(journal, begin(journal, told), handed, left_out)
        waiting = book.keep()
        if book.kept:
            say(f"{book.kept:,} of {len(handed):,} notebooks are graded already, and stay as they are")
        book.publish()
        try:
            with stoppable() as stopped:
                for place, judged in judgements(told, book, waiting, stopped):
                    row = book.take(place, judged)
                    say(told_of(row, book, told.details))
                    book.publish(place)
        finally:
            book.publish(last=True)
    for line in book.summary():
        say(line)
    if None in book.rows:
        raise KeyboardInterrupt
    return int(any(row["flag"] for row in book.rows if row))


def check(told: Told) -> None:
    """Raises UserError where a class cannot be graded as `told`, before anything is read."""
    grade.check_limits(told.time_limit, told.memory_limit, told.seed)
    jobs.check(told.jobs)
    if told.cluster and told.jobs:
        raise UserError("--jobs and --cluster exclude one another: the workers of a cluster say how many notebooks they take")
    for path in told.sources:
        if not path.exists():
            raise UserError(f"there is no {shown(path)}: name notebooks, folders or archives of them")
        if path.is_dir() and told.folder.resolve().is_relative_to(path.resolve()):
            raise UserError(f"--out {shown(told.folder)} lies in {shown(path)}, where notebooks are looked for: name another")
    if not (told.folder / ABOUT).exists():
        theirs = next((name for name in (*TABLES, PAGE, JOURNAL, STUDENTS) if (told.folder / name).exists()), None)
        if theirs:
            raise UserError(f"{shown(told.folder)} holds a {theirs} that no class was graded into: name a new folder for --out")


def begin(journal: Journal, told: Told) -> dict[str, Any]:
    """What class.json says from now on. Raises UserError where the class was begun with another seed."""
    before = journal.about()
    if before and told.seed not in (None, before["seed"]):
        raise UserError(
            f"the class in {shown(journal.folder)} was begun with the seed {before['seed']}: leave --seed {told.seed} away, or "
            "name another folder"
        )
    seed = before["seed"] if before else secrets.randbits(32) if told.seed is None else told.seed
    absolute = {key: value and os.path.abspath(value) for key, value in dict(roster=told.roster, comments=told.comments).items()}
    now = {
        "seed": seed,
        "limits": told.limits,
        "sources": list(dict.fromkeys([*before.get("sources", ()), *map(os.path.abspath, told.sources)])),
        "package": __version__,
        "began": before.get("began") or utc(),
        "due": told.due and (os.path.abspath(told.due) if os.path.exists(told.due) else told.due),
        "exercises": told.exercises and os.path.abspath(told.exercises),
        "pattern": told.pattern,
        "anonymous": told.anonymous,
        "language": told.language,
        **absolute,
    }
    journal.tell(now)
    return now


def judgements(
    told: Told, book: Gradebook, waiting: Sequence[int], stopped: Callable[[], bool]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(place, what judge.judge gives) of each of the places `waiting`, as they are done."""
    found = [book.handed[place].found for place in waiting]
    words = {
        "apart": list(map(str, submissions.folders(told.sources))),
        "limits": told.limits,
        "seed": book.about["seed"],
        "exercises": told.exercises and os.path.abspath(told.exercises),
        "unconfined": told.unconfined,
    }
    with jobs.Pool(min(told.jobs or jobs.default_jobs(), max(1, len(found))), words) as pool:
        for number, judged in jobs.graded(pool, found, stopped):
            yield waiting[number], judged


@dataclass
class Gradebook:
    """A class while it is graded. about: as class.json has it; rows: a Row for each of `handed`, or None until there is one."""

    journal: Journal
    about: dict[str, Any]
    handed: Sequence[HandedIn]
    left_out: list[str]
    rows: list[Row | None] = field(init=False)
    kept: int = 0
    graded: int = 0
    began: float = field(default_factory=time.monotonic)
    written: float = -1e9
    took: float = 0.0
    changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rows = [None] * len(self.handed)

    def keep(self) -> list[int]:
        """Takes over the rows of before that still hold; returns the places of the notebooks that are to be graded."""
        earlier = self.journal.rows()
        by_source = {row["source"]: row for row in earlier}
        by_file = {(row["student"], row["made"]["file"]): row for row in earlier}
        for place, handed in enumerate(self.handed):
            file = judge.file_digest(handed.found)
            kept = by_source.get(handed.found.shown) or by_file.get((handed.student, file))
            if kept and self._holds(kept, handed, file):
                row = judge.row(handed, kept, {**kept["made"], "file": file})
                row["finished"] = kept["finished"]
                if row != kept:
                    self.journal.append(row)
                self.rows[place] = row
                self.kept += 1
        return [place for place, row in enumerate(self.rows) if row is None]

    def _holds(self, kept, handed, file):
        name, answers = kept["result"]["exercise"], kept["made"]["answers"]
        if file != kept["made"]["file"]:
            name, answers = judge.answers_now(handed.found)
        try:
            now = judge.made(file, name, answers, self.about["limits"], self.about["seed"])
        except UserError:
            return False  # there is no such exercise any more
        return judge.is_good(kept, now)

    def take(self, place: int, judged: Mapping[str, Any]) -> Row:
        """Writes down what was judged, on the disk, and returns its Row."""
        handed, result = self.handed[place], judged["result"]
        answers = judge.answer_digests(result["answers"])
        made = judge.made(judge.file_digest(handed.found), result["exercise"], answers, self.about["limits"], self.about["seed"])
        row = judge.row(handed, judged, made)
        self.journal.append(row)
        self.rows[place] = row
        self.graded += 1
        return row

    def left(self) -> int:
        """How many notebooks are still to be graded."""
        return self.rows.count(None)

    def publish(self, place: int | None = None, last: bool = False) -> None:
        """Writes tables and pages, unless that was done a moment ago; place: of the notebook that was graded just now."""
        if place is not None:
            self.changed.add(self.handed[place].student)
            if time.monotonic() - self.written < max(PAUSE, self.took / SHARE):
                return
        began = time.monotonic()
        publish(self.journal.folder, self.current(), self.about, self.state(), None if last else self.changed, last)
        self.changed.clear()
        self.written = time.monotonic()
        self.took = self.written - began

    def current(self) -> list[Row]:
        """The rows that count: of what lies there now, and of earlier commands' notebooks that do not lie there any more."""
        now = [row for row in self.rows if row]
        sources = {each.found.shown for each in self.handed}
        who = {(each.student, row["exercise"]) for each, row in zip(self.handed, self.rows, strict=True) if row}
        files = {(row["student"], row["made"]["file"]) for row in now}
        gone = [
            row
            for row in self.journal.rows()
            if row["source"] not in sources
            and (row["student"], row["exercise"]) not in who
            and (row["student"], row["made"]["file"]) not in files
        ]
        return newest(now + gone)[0]

    def state(self) -> dict[str, Any]:
        """What pages say of how far it is."""
        return {
            "title": self.journal.folder.absolute().name,
            "done": len(self.handed) - self.left(),
            "total": len(self.handed),
            "seconds": round(time.monotonic() - self.began, 1),
            "problems": self.problems(),
            "waiting": [each.student for each, row in zip(self.handed, self.rows, strict=True) if row is None],
        }

    def problems(self) -> list[str]:
        """The lines on what was left out and what is odd."""
        lines = list(self.left_out)
        if self.journal.damaged:
            lines.append(f"{self.journal.path}: {self.journal.damaged:,} lines cannot be read; those notebooks are graded again")
        return lines + newest([row for row in self.rows if row])[1]

    def minutes_left(self) -> str:
        """How long it takes from here, by how long it took until here."""
        seconds = (time.monotonic() - self.began) / max(1, self.graded) * self.left()
        if not self.left():
            return ""
        minutes = round(seconds / 60)
        return f", about {minutes:,} minute{'s' * (minutes > 1)} left" if minutes else ", less than a minute left"

    def summary(self) -> list[str]:
        """The lines that are told at the end."""
        rows = [row for row in self.rows if row]
        lines = [report.total([row["result"] for row in rows])]
        for flag, what in (("our fault", "not judged by a fault of ours"), ("machine", "not judged to the end")):
            lines += [f"{what}: {row['source']}" for row in rows if row["flag"] == flag]
        lines += [row["result"]["error"] for row in rows if row["flag"] == "unreadable"]
        lines += self.problems()
        if self.left():
            lines.append(f"stopped: {self.left():,} of {len(self.rows):,} notebooks are not graded yet; the same command goes on")
        return [*lines, f"tables and pages: {shown(self.journal.folder / PAGE)}, grades.csv and the others beside it"]


def newest(rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """(rows, of which each student has one for each exercise, the newest; lines on the others)."""
    best: dict[Any, Row] = {}
    lines = []
    for number, row in enumerate(rows):
        known = row["student"] and row["exercise"]
        key = (row["student"], row["exercise"]) if known else number
        other = best.get(key)
        if other is None:
            best[key] = row
            continue
        first, last = sorted((other, row), key=lambda each: (each["timestamp"], each["attempt"]))
        best[key] = last
        lines.append(f"{first['source']}: {row['student']} has handed in {row['exercise']} again, {last['source']}, which counts")
    return list(best.values()), lines


def publish(
    folder: Path,
    rows: Sequence[Row],
    about: Mapping[str, Any],
    state: Mapping[str, Any],
    students: set[str] | None = None,
    last: bool = True,
) -> list[Entry]:
    """Writes the tables, the class's page and the pages of `students` (None: of all); returns the Entries.

    about: as class.json has it; state: as Gradebook.state gives it. last: all is graded, so that answers are compared too.
    """
    entries = tables.entries(rows)
    tables.write(folder, entries)
    said = {"began": about["began"], "language": about["language"], "alike": None, **state}
    write_text(folder / PAGE, pages.class_page(entries, said))
    by_student: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry["student"]:
            by_student.setdefault(entry["student"], []).append(entry)
    for student, own in by_student.items():
        if students is None or student in students:
            write_text(folder / STUDENTS / f"{page_name(student)}.html", pages.student_page(own, said))
    return entries


def page_name(student: str) -> str:
    """The name of a student's page, without its ending: fit for every system, and nobody else's."""
    plain = re.sub(r"[^\w.@+-]+", "_", student).strip("._")[:80]
    if plain == student and plain == plain.lower():
        return plain
    return f"{plain}-{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def told_of(row: Row, book: Gradebook, details: bool) -> str:
    """What is printed of a notebook that was graded just now."""
    result = row["result"]
    lines = report.summary(result) if details else [report.line(result)]
    done = len(book.rows) - book.left()
    return "\n".join([*lines[:-1], f"{lines[-1]}   {done:,}/{len(book.rows):,}{book.minutes_left()}"])


@contextlib.contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether Ctrl-C or SIGTERM has come; what is being written is finished first."""
    came: list[int] = []

    def note(number, _frame):
        if came:
            raise KeyboardInterrupt
        came.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def names(paths: Sequence[Path]) -> str:
    """Paths as a person reads them."""
    return visible(", ".join(map(shown, paths)), 300)


def utc() -> str:
    """Now, as ISO 8601 writes it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
