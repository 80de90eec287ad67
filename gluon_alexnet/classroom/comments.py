"""A teacher's remarks: comments.csv with the columns student, task, points, comment, and exercise where tasks do not tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluon_alexnet.classroom import sheets
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import user_path
from gluon_alexnet.grading.texts import shown, visible

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

COLUMNS = {
    "student": ("student", "student id", "id", "username", "login", "mssv", "sinh viên"),
    "task": ("task", "question", "nhiệm vụ", "câu"),
    "points": ("points", "score", "điểm"),
    "comment": ("comment", "comments", "remark", "feedback", "nhận xét"),
    "exercise": ("exercise", "assignment", "bài tập", "bài"),
}


@dataclass(frozen=True)
class Remark:
    """One line of comments.csv.

    task: its name, or '' for the whole notebook; points: added to the score, may be negative, None for none; exercise: '' where
    the line does not say; line: of the file.
    """

    student: str
    task: str
    points: float | None
    comment: str
    exercise: str = ""
    line: int = 0


def read(path: PathLike) -> list[Remark]:
    """The Remarks in the table at `path`, in its order. Raises UserError, one sentence, where it is none."""
    remarks = []
    for row in sheets.read(path, COLUMNS, ("student",), "the comments"):
        text = row.get("points", "").replace("\N{MINUS SIGN}", "-")
        # Where semicolons part the columns, commas part the fractions.
        text = text.replace(",", ".") if text.count(",") == 1 else text
        try:
            points = float(text) if text else None
        except ValueError:
            points = math.nan
        if points is not None and not math.isfinite(points):
            where = f"line {row['line']} of the comments {shown(user_path(path))}"
            raise UserError(f"{where} has {visible(text, 60)!r} for points: write a number, such as 1.5 or -2, or nothing")
        task, exercise = row.get("task", ""), row.get("exercise", "")
        remarks.append(Remark(row.get("student", ""), task, points, row.get("comment", ""), exercise, int(row["line"])))
    return remarks
