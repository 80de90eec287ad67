"""A class graded into a folder: what was handed in is found, judged, written down, and made into tables and pages."""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet import __version__
from gluon_alexnet.classroom import (
    alike,
    anonymous,
    cluster,
    comments,
    deadlines,
    exports,
    jobs,
    judge,
    pages,
    roster,
    tables,
)
from gluon_alexnet.classroom.journal import ABOUT, JOURNAL, Journal
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import user_path, write_text
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import grade, report, submissions
from gluon_alexnet.grading.texts import shown, visible

if TYPE_CHECKING:
    from gluon_alexnet.classroom.exports import HandedIn
    from gluon_alexnet.classroom.rows import Entry, Row

# Seconds between two writings of tables and pages: at least, and at most where they take more than this share of the time.
PAUSE, LONGEST_PAUSE, SHARE = 1.0, 15.0, 0.05
TABLES = ("grades.csv", "tasks.csv", "course.csv", "grades.json")
PAGE, STUDENTS = "index.html", "students"


@dataclass(frozen=True)
class Told:
    """What a class is graded by, as the command line says it. What is None is as it was when the class was graded before.

    folder: where to; sources: what was handed in; seed: None for a new one in a new class; time_limit, memory_limit: as for
    grade.Grading; jobs: None for as many as the machine has room for; cluster: the address of a Dask scheduler, or ''; pattern,
    roster, due, comments, exercises: as the options have them, '' for none; unconfined: whether answers need no box; details:
    whether all that was wrong is told.
    """

    folder: Path
    sources: tuple[Path, ...]
    seed: int | None = None
    time_limit: float | None = None
    memory_limit: float | None = None
    jobs: int | None = None
    cluster: str = ""
    pattern: str | None = None
    roster: str | None = None
    due: str | None = None
    comments: str | None = None
    anonymous: bool | None = None
    exercises: str | None = None
    unconfined: bool = False
    language: str | None = None
    details: bool = False


def run(told: Told, say: Callable[[str], object] = print) -> int:
    """Grades a class, or goes on with it, and returns the exit code: 0 where all was judged, 1 where something could not be.

    say: takes each line that is told. Raises UserError before the first notebook where anything is wrong with what was told, and
    KeyboardInterrupt, with all written down, when it is stopped by Ctrl-C or SIGTERM.
    """
    check(told)
    lacking = grade.check_class(told.unconfined) if not told.cluster else ""
    if lacking:
        say(lacking)
    with Journal(told.folder) as journal:
        about = begin(journal, told)
        if about["exercises"]:
            exercises.use(about["exercises"])
        handed, left_out = exports.find(told.sources, about["pattern"])
        if not handed:
            raise UserError(f"there is no notebook in {names(told.sources)}: name .ipynb files, folders or archives of them")
        book = Gradebook(journal, about, handed, left_out)
        journal.tell(about)
        waiting = book.keep()
        if book.kept:
            say(f"{book.kept:,} of {len(handed):,} notebooks are graded already, and stay as they are")
        if waiting:
            book.publish()
        try:
            with stoppable() as stopped:
                for place, judged in judgements(told, book, waiting, stopped):
                    row = book.take(place, judged)
                    say(told_of(row, book, told.details))
                    book.publish()
        finally:
            book.publish(last=True)
    for line in book.summary():
        say(line)
    if None in book.rows:
        raise KeyboardInterrupt
    return int(any(row["flag"] for row in book.rows if row))


def check(told: Told) -> None:
    """Raises UserError where a class cannot be graded as `told`, before anything is read."""
    limits = {"time_limit": told.time_limit, "memory_limit": told.memory_limit}
    grade.check_limits(**{name: limit for name, limit in limits.items() if limit is not None}, seed=told.seed)
    jobs.check(told.jobs)
    if told.cluster and told.jobs:
        raise UserError("--jobs and --cluster exclude one another: the workers of a cluster say how many notebooks they take")
    for path in told.sources:
        if not path.exists():
            raise UserError(f"there is no {shown(path)}: name notebooks, folders or archives of them")
        if path.is_dir() and told.folder.resolve().is_relative_to(path.resolve()):
            raise UserError(f"--out {shown(told.folder)} lies in {shown(path)}, where notebooks are looked for: name another")
    if not (told.folder / ABOUT).exists():
        others = (told.folder / name for name in (*TABLES, PAGE, STUDENTS, JOURNAL))
        # A command that was not understood may have left a journal without a line.
        theirs = next((path for path in others if path.exists() and (path.name != JOURNAL or path.stat().st_size)), None)
        if theirs:
            raise UserError(f"{shown(theirs)} was not written by grading a class: name a new folder for --out")


def begin(journal: Journal, told: Told) -> dict[str, Any]:
    """What class.json says from now on, not written yet: what was told now, and before.

    Raises UserError where the class was begun with another seed.
    """
    before = journal.about()
    if before and told.seed not in (None, before["seed"]):
        raise UserError(
            f"the class in {shown(journal.folder)} was begun with the seed {before['seed']}: leave --seed {told.seed} away, or "
            "name another folder"
        )
    new = {"pattern": told.pattern, "anonymous": told.anonymous, "language": told.language}
    new.update({name: absolute(getattr(told, name)) for name in ("exercises", "roster", "due", "comments")})
    kept = {name: before.get(name) if value is None else value for name, value in new.items()}
    limits = before.get("limits") or {"time_limit": grade.TIME_LIMIT, "memory_limit": grade.MEMORY_LIMIT}
    seed = secrets.randbits(32) if told.seed is None else told.seed
    return {
        "seed": before["seed"] if before else seed,
        "limits": {name: limit if getattr(told, name) is None else getattr(told, name) for name, limit in limits.items()},
        "sources": list(dict.fromkeys([*before.get("sources", ()), *map(os.path.abspath, told.sources)])),
        **{name: value or None for name, value in kept.items()},
        "package": __version__,
        "began": before.get("began") or utc(),
    }


def absolute(given: str | None) -> str | None:
    """A path that was given as it is known from everywhere; what is no path of anything here as it is."""
    path = given and user_path(given)
    return os.path.abspath(path) if path and os.path.exists(path) else given


@dataclass(frozen=True)
class Given:
    """What a teacher says of a class besides the notebooks, read."""

    roster: list[roster.Student]
    deadlines: deadlines.Deadlines | None
    comments: list[comments.Remark]

    @property
    def words(self) -> dict[str, Any]:
        """As the functions of tables.py take it."""
        return {"roster": self.roster, "deadlines": self.deadlines, "comments": self.comments}


def given(about: Mapping[str, Any]) -> Given:
    """What `about`, of class.json, names. Raises UserError, one sentence, where it cannot be read."""
    return Given(
        roster.read(about["roster"]) if about["roster"] else [],
        deadlines.read(about["due"]) if about["due"] else None,
        comments.read(about["comments"]) if about["comments"] else [],
    )


def judgements(
    told: Told, book: Gradebook, waiting: Sequence[int], stopped: Callable[[], bool]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(place, what judge.judge gives) of each of the places `waiting`, as they are done."""
    if not waiting:
        return
    found = [book.handed[place].found for place in waiting]
    words = {
        "apart": [*map(str, submissions.folders(told.sources)), str(told.folder.absolute())],
        "limits": book.about["limits"],
        "seed": book.about["seed"],
        "exercises": book.about["exercises"],
        "unconfined": told.unconfined,
    }
    number = min(told.jobs or jobs.default_jobs(), len(found))
    with cluster.Cluster(told.cluster, words) if told.cluster else jobs.Pool(number, words) as pool:
        for number, judged in jobs.graded(pool, found, stopped):
            yield waiting[number], judged


@dataclass
class Gradebook:
    """A class while it is graded. about: as class.json has it; rows: a Row for each of `handed`, or None until there is one."""

    journal: Journal
    about: dict[str, Any]
    handed: Sequence[HandedIn]
    left_out: list[str]
    kept: int = 0
    graded: int = 0
    began: float = field(default_factory=time.monotonic)
    written: float = -1e9
    took: float = 0.0
    pages: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows: list[Row | None] = [None] * len(self.handed)
        self.given = given(self.about)

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
        answers = judge.answer_digests(result["answers"], result.get("written", ()))
        made = judge.made(judge.file_digest(handed.found), result["exercise"], answers, self.about["limits"], self.about["seed"])
        row = judge.row(handed, judged, made)
        self.journal.append(row)
        self.rows[place] = row
        self.graded += 1
        return row

    def left(self) -> int:
        """How many notebooks are still to be graded."""
        return self.rows.count(None)

    def publish(self, last: bool = False) -> None:
        """Writes tables and pages. Unless it is the `last` time, what was written a moment ago is left as it is."""
        began = time.monotonic()
        if not last and began - self.written < min(max(PAUSE, self.took / SHARE), LONGEST_PAUSE):
            return
        try:
            publish(self.journal.folder, self.current(), self.about, self.given, self.state(), self.pages)
        except Exception:
            # The journal has all of it, and grading goes on; who cannot write them at the end says so.
            if last:
                raise
        self.written = time.monotonic()
        self.took = self.written - began

    def current(self) -> list[Row]:
        """The rows that count: of what lies there now, and of earlier commands' notebooks that do not lie there any more."""
        now = [row for row in self.rows if row]
        sources = {each.found.shown for each in self.handed}
        known = {(row["student"], row["exercise"]) for row in now} | {(row["student"], row["made"]["file"]) for row in now}
        gone = [
            row
            for row in self.journal.rows()
            if row["source"] not in sources
            and not {(row["student"], row["exercise"]), (row["student"], row["made"]["file"])} & known
        ]
        return now + gone

    def state(self) -> dict[str, Any]:
        """How far it is, as the pages say it."""
        return {
            "done": len(self.handed) - self.left(),
            "total": len(self.handed),
            "seconds": round(time.monotonic() - self.began, 1),
            "problems": self.problems(),
        }

    def problems(self) -> list[str]:
        """The lines on what was left out and what is odd."""
        lines = list(self.left_out)
        if self.journal.damaged:
            lines.append(f"{self.journal.path}: {self.journal.damaged:,} lines cannot be read; those notebooks are graded again")
        return lines

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
        lines += self.problems() + tables.problems(self.current(), **self.given.words)
        if self.left():
            lines.append(f"stopped: {self.left():,} of {len(self.rows):,} notebooks are not graded yet; the same command goes on")
        return [*lines, f"tables and pages: {shown(self.journal.folder / PAGE)}, grades.csv and the others beside it"]


def publish(
    folder: Path,
    rows: Sequence[Row],
    about: Mapping[str, Any],
    given: Given,
    state: Mapping[str, Any] | None = None,
    known: dict[str, str] | None = None,
) -> list[Entry]:
    """Writes the tables, the class's page and the students' pages into `folder`; returns the Entries.

    about: as class.json has it; state: how far it is, as Gradebook.state gives it, None where all is graded. known: student -> a
    digest of what their page was made of when it was written last; those that are still the same are left alone.
    """
    state = state or {"done": len(rows), "total": len(rows), "seconds": 0, "problems": []}
    names = anonymous.codes(folder, tables.students(rows, given.roster)) if about["anonymous"] else None
    entries = tables.entries(rows, **given.words, anonymous=names)
    lines = [*state["problems"], *tables.problems(rows, **given.words, anonymous=names)]
    whole = state["done"] == state["total"]
    if not whole:
        # Who has not handed in is known when all that was handed in has a row.
        entries = [entry for entry in entries if entry["flag"] != "missing"]
    tables.write(folder, entries)
    language = about["language"] or "en"
    pairs, why_not = alike_in(entries, language) if whole else (None, [])
    said = {
        "title": folder.absolute().name,
        "began": about["began"],
        "language": language,
        **state,
        "problems": [*(tables.hidden_lines(lines, rows, given.roster, names) if names else lines), *why_not],
        "alike": pairs,
    }
    write_text(folder / PAGE, pages.class_page(entries, said))
    write_students(folder / STUDENTS, entries, said, {} if known is None else known)
    return entries


def write_students(folder: Path, entries: Sequence[Entry], about: Mapping[str, Any], known: dict[str, str]) -> None:
    """Writes the pages of those students whose digest is not `known`, and takes away those of nobody who is there any more."""
    students = pages.by_student(entries)
    for student, own in students.items():
        digest = exercises.sha256([about["title"], own])
        if known.get(student) != digest:
            write_text(folder / pages.file_name(student), pages.student_page(own, about))
            known[student] = digest
    if about["done"] == about["total"]:
        # Where names have become codes, no name is to be left.
        for path in {*folder.glob("*.html")} - {folder / pages.file_name(student) for student in students}:
            path.unlink(missing_ok=True)


def alike_in(entries: Sequence[Entry], language: str) -> tuple[list[dict[str, Any]] | None, list[str]]:
    """(the answers that are alike as the page of a class takes them, []), or (None, why they were not compared)."""
    if not alike.can_tell(entries):
        return None, []
    try:
        return [pair.to_dict() for pair in alike.find(entries, language)], []
    except UserError as error:
        return None, [str(error)]


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
