"""What is kept of one graded notebook (a Row, a line of the journal), and what tables and pages are made of (an Entry)."""

from __future__ import annotations

from typing import Any, TypedDict

SCHEMA = 1
# Why a row has no score: never a 0.
FLAGS = {
    "": "judged to the end",
    "machine": "not judged to the end: the machine was too busy",
    "our fault": "not judged to the end: a check itself failed",
    "unreadable": "could not be read",
    "missing": "has not handed in",
}


class Made(TypedDict):
    """By what a Row was made: a Row is graded again only where one of these differs.

    package: its version; exercise: SHA-256 of the exercise's reference; tasks: name of a task -> SHA-256 of all that its check
    depends on; answers: name of a task -> SHA-256 of the answer; file: SHA-256 of the notebook's bytes; limits: 'time_limit' in
    seconds, 'memory_limit' in GB; seed: of the inputs that were drawn.
    """

    package: str
    exercise: str
    tasks: dict[str, str]
    answers: dict[str, str]
    file: str
    limits: dict[str, float]
    seed: int


class Row(TypedDict):
    """One notebook that was handed in, and what it brought.

    student: who, as the LMS says it, '' where nobody knows; name: as the LMS has it, or ''; exercise: such as '02_simplify', ''
    where it cannot be read; source: the file as shown to a person, 'FILE.zip!MEMBER' within an archive; timestamp: when it was
    handed in, ISO 8601 with what is known of its time zone, or ''; attempt, attempts: which of how many, from 1; late: whether
    the LMS calls it so; notes: sentences on how the file was found; result: grading.grade.Result as a dict; flag: a key of FLAGS;
    made: see Made; finished: when it was graded, UTC, ISO 8601.
    """

    schema: int
    student: str
    name: str
    exercise: str
    source: str
    timestamp: str
    attempt: int
    attempts: int
    late: bool
    notes: list[str]
    result: dict[str, Any]
    flag: str
    made: Made
    finished: str


class Comment(TypedDict):
    """A teacher's remark. task: its name, or '' for the notebook; points: added to the score, may be negative, or None."""

    task: str
    points: float | None
    comment: str


class Entry(Row):
    """A Row as tables and pages show it: with the roster, the deadlines and the teacher's comments.

    name, first_name, last_name, email: as far as known, else ''; all four and student are a code where the class is anonymous.
    raw_score: points with the comments'; None, never 0, where `flag` is not ''. late_submission_penalty: points that being late
    costs; score: what is left of raw_score; duedate: this student's, with their extension, ISO 8601 or ''.
    """

    first_name: str
    last_name: str
    email: str
    duedate: str
    raw_score: float | None
    late_submission_penalty: float | None
    score: float | None
    max_score: float
    comments: list[Comment]
