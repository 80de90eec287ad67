"""When exercises are due, for whom later, and what being late costs.

The rule of a penalty is a sentence: '10%/day', '2 points/hour', '10%/day up to 50%'. Per cent are of the exercise's points, and
a day or an hour that has begun counts in full, as in Canvas. Without a rule being late costs nothing.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gluon_alexnet.classroom import sheets, times
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import user_path
from gluon_alexnet.grading import submissions
from gluon_alexnet.grading.texts import shown, visible

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

COLUMNS = {
    "exercise": ("exercise", "assignment", "bài tập", "bài"),
    "due": ("due", "duedate", "due date", "deadline", "hạn nộp", "hạn"),
    "student": ("student", "student id", "id", "username", "login", "mssv"),
    "late": ("late", "penalty", "phạt"),
}
RULE = re.compile(
    r"^(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>%|points?)\s*(?:/|per)\s*(?P<span>day|hour)"
    r"(?:\s*,?\s*up to\s+(?P<most>\d+(?:\.\d+)?)\s*(?P<most_unit>%|points?))?$",
    re.IGNORECASE,
)
SPANS = {"day": 86_400, "hour": 3_600}
EXAMPLE = "such as 2026-11-20T23:59+07:00, or a file of such, CSV with the columns exercise, duedate"


@dataclass(frozen=True)
class Penalty:
    """What each begun `seconds` of being late cost: `amount` per cent or points, `most` per cent or points in all."""

    amount: float = 0.0
    percent: bool = True
    seconds: int = 86_400
    most: float = math.inf
    most_percent: bool = True

    def points(self, late: float, max_score: float) -> float:
        """The points that being `late` seconds late costs, of an exercise of `max_score` points."""
        if late <= 0:
            return 0.0
        each = self.amount * max_score / 100 if self.percent else self.amount
        most = self.most * max_score / 100 if self.most_percent else self.most
        return round(min(math.ceil(late / self.seconds) * each, most, max_score), 10)


@dataclass(frozen=True)
class Due:
    """When something is due, with a time zone, and what being late costs."""

    when: dt.datetime
    penalty: Penalty = Penalty()


@dataclass(frozen=True)
class Deadlines:
    """When exercises are due. dues: (exercise or '' for all, student or '' for all) -> Due."""

    dues: Mapping[tuple[str, str], Due]

    def __bool__(self) -> bool:
        return bool(self.dues)

    @property
    def exercises(self) -> list[str]:
        """The names of the exercises that are due at some time, in order."""
        return sorted({exercise for exercise, _ in self.dues if exercise})

    @property
    def students(self) -> list[str]:
        """Those who have an extension, as the table calls them."""
        return sorted({student for _, student in self.dues if student})

    def due(self, student: str | tuple[str, ...], exercise: str) -> Due | None:
        """The Due of `exercise` for `student`, or for one who has several names, None where there is none."""
        names = (student,) if isinstance(student, str) else student
        for name in (*filter(None, names), ""):
            for each in (exercise, ""):
                if (each, name.casefold()) in self.dues:
                    return self.dues[each, name.casefold()]
        return None

    def of(self, student: str | tuple[str, ...], exercise: str) -> str:
        """When `exercise` is due for `student`, in ISO 8601, or ''."""
        due = self.due(student, exercise)
        return due.when.isoformat() if due else ""

    def penalty(self, student: str | tuple[str, ...], exercise: str, timestamp: str, max_score: float) -> float | None:
        """The points that having handed in at `timestamp`, ISO 8601, costs; None where nobody knows when that was.

        A timestamp without a time zone is of the deadline's own.
        """
        due = self.due(student, exercise)
        if due is None:
            return 0.0
        when = times.moment(timestamp) if timestamp else None
        if when is None:
            return None
        when = when if when.tzinfo else when.replace(tzinfo=due.when.tzinfo)
        return due.penalty.points((when - due.when).total_seconds(), max_score)


def read(text_or_path: PathLike) -> Deadlines:
    """The Deadlines that a date says for all exercises, such as '2026-11-20T23:59+07:00, 10%/day up to 50%', or a CSV.

    The CSV has the columns exercise, duedate, and may have student (whose extension it is) and late (a rule). A date without a
    time zone is of this machine's; a day alone is due at its end. Raises UserError, one sentence, where it is neither.
    """
    text = str(text_or_path)
    date, _, rule = text.partition(",")
    if times.moment(date):
        return Deadlines({("", ""): Due(_moment(date, f"the deadline {text!r}"), _rule(rule, f"the deadline {text!r}"))})
    if not Path(user_path(text_or_path)).exists():
        raise UserError(f"the deadline {visible(text, 100)!r} is neither a date nor a file: give a date, {EXAMPLE}")
    dues: dict[tuple[str, str], Due] = {}
    rules: dict[str, Penalty] = {}
    rows = sheets.read(text_or_path, COLUMNS, ("due",), "the deadlines")
    # An extension has its exercise's rule where it has none of its own.
    for row in sorted(rows, key=lambda row: bool(row.get("student"))):
        where = f"line {row['line']} of the deadlines {shown(user_path(text_or_path))}"
        exercise = _exercise(row.get("exercise", ""), where)
        rule = row.get("late", "")
        penalty = _rule(rule, where) if rule else rules.get(exercise, rules.get("", Penalty()))
        key = exercise, row.get("student", "").casefold()
        if key in dues:
            raise UserError(f"{where} says once more when {exercise or 'all'} is due for {key[1] or 'everybody'}: keep one")
        if not key[1]:
            rules[exercise] = penalty
        dues[key] = Due(_moment(row.get("due", ""), where), penalty)
    return Deadlines(dues)


def _exercise(name, where):
    """The full name of an exercise that may be called 02 or simplify, too; '' for all."""
    known = submissions.exercises.list_exercises()
    fit = [one for one in known if name.lower() in (one.lower(), one.lower().partition("_")[0], one.lower().partition("_")[2])]
    if name and len(fit) != 1:
        raise UserError(f"{where} says {visible(name, 60)!r}, which is no exercise: there are {', '.join(known)}")
    return fit[0] if name else ""


def _moment(text, where):
    when = times.moment(text)
    if when is None:
        raise UserError(f"{where} says {visible(text, 60)!r}, which is no date: write it {EXAMPLE.partition(',')[0]}")
    return when if when.tzinfo else when.astimezone()


def _rule(text, where):
    if not text.strip():
        return Penalty()
    found = RULE.match(text.strip())
    if not found:
        said = visible(text.strip(), 60)
        raise UserError(f"{where} says {said!r}, which is no rule for being late: write it such as '10%/day up to 50%'")
    most = float(found["most"]) if found["most"] else math.inf
    most_percent = (found["most_unit"] or "%") == "%"
    return Penalty(float(found["amount"]), found["unit"] == "%", SPANS[found["span"].lower()], most, most_percent)
