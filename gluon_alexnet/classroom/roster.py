"""Who is in the class: a table as Canvas, Moodle, Blackboard or a person writes it, and whose a notebook is by it.

Headers: Canvas's gradebook has Student ('Last, First'), ID, SIS User ID, SIS Login ID, Section, and a line 'Points Possible';
Moodle's participants First name, Last name (or Surname), ID number, Email address, Groups; its grading worksheet Identifier
('Participant 123'), Full name, Email address; Blackboard's gradebook, in UTF-16 with tabs, Last Name, First Name, Username,
Student ID.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluon_alexnet.classroom import sheets
from gluon_alexnet.classroom.exports import plain_name
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading.texts import shown, visible

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

COLUMNS = {
    "student": (
        "student id",
        "student number",
        "id number",
        "idnumber",
        "sis user id",
        "sis id",
        "sid",
        "mssv",
        "mã sinh viên",
        "mã số sinh viên",
        "mã sv",
    ),
    "login": ("sis login id", "username", "user name", "login", "login id", "github username", "tên đăng nhập"),
    "id": ("id", "identifier", "user id", "canvas user id"),
    "name": ("name", "student", "full name", "student name", "display name", "họ và tên", "họ tên"),
    "first_name": ("first name", "firstname", "given name", "tên"),
    "last_name": ("last name", "lastname", "surname", "family name", "họ", "họ đệm", "họ và tên đệm", "họ lót"),
    "email": ("email", "email address", "e mail", "mail", "thư điện tử"),
    "section": ("section", "sections", "group", "groups", "class", "lớp", "nhóm"),
}
LONG = 4  # digits of a number that is hardly met by chance
NUMBER = re.compile(r"^(.*?)[_ ]+(\d+)$")


@dataclass(frozen=True)
class Student:
    """One line of a roster.

    student: what stands in tables: the number, else the login, the LMS's own id, the address, the name. others: the other things
    that they are known by.
    """

    student: str
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    section: str = ""
    others: tuple[str, ...] = ()


def read(path: PathLike) -> list[Student]:
    """The Students of the table at `path`, in its order. Raises UserError, one sentence, where it is none."""
    needed = ("student", "login", "id", "name", "last_name", "email")
    students: dict[str, Student] = {}
    for row in sheets.read(path, COLUMNS, needed, "the roster"):
        one = _student(row)
        if one is None:
            continue
        before = students.get(one.student)
        if before and (plain_name(before.name) != plain_name(one.name) or not one.others):
            raise UserError(
                f"the roster {shown(path)} has {visible(one.student, 60)} twice, as {visible(before.name, 60)} and as "
                f"{visible(one.name, 60)} (line {row['line']}): give each student an id of their own"
            )
        # In two sections they stand twice.
        students.setdefault(one.student, one)
    if not students:
        raise UserError(f"the roster {shown(path)} names no student")
    return list(students.values())


def _student(row):
    """The Student of a row, or None where it is nobody's."""
    name, first, last = (row.get(column, "") for column in ("name", "first_name", "last_name"))
    # Canvas has two lines of its own, and a student that its teachers test with.
    if name.startswith("Points Possible") or name == "Student, Test":
        return None
    if name.count(",") == 1 and not first and not last:
        last, first = (part.strip() for part in name.split(","))
        name = ""
    name = name or f"{first} {last}".strip()
    ids = [row[column] for column in ("student", "login", "id", "email") if row.get(column)]
    number = NUMBER.match(row.get("id", ""))
    student = next(iter(ids), name)
    if not student:
        return None
    others = dict.fromkeys([*ids, *([number.group(2)] if number else [])])
    return Student(student, name, first, last, row.get("email", ""), row.get("section", ""), tuple(others))


class Matcher:
    """Finds in a roster whose notebook it is that an LMS says to be somebody's."""

    def __init__(self, roster: Iterable[Student]) -> None:
        self.ids: defaultdict[str, set[Student]] = defaultdict(set)
        self.addresses: defaultdict[str, set[Student]] = defaultdict(set)
        self.names: defaultdict[str, set[Student]] = defaultdict(set)
        self.plain_names: defaultdict[str, set[Student]] = defaultdict(set)
        for one in roster:
            for known in (one.student, *one.others, one.email):
                if known:
                    self.ids[known.casefold()].add(one)
                    self.addresses[known.casefold().partition("@")[0]].add(one)
            for name in _names(one):
                self.names[_letters(name)].add(one)
                self.plain_names[plain_name(name)].add(one)

    def of(self, student: str, name: str = "") -> tuple[Student | None, str]:
        """(the Student that is meant, '') or (None, a sentence on why nobody is).

        By what the LMS gives as id or login, then by the name, at last without accents: each where it fits one student only.
        """
        numbered = NUMBER.match(student.replace("_", " "))
        said = name or (numbered.group(1) if numbered else student)
        ways = [self.ids.get(student.casefold(), set()) or self.ids.get(student.replace("_", " ").casefold(), set())]
        if numbered:
            number = numbered.group(2)
            fit = self.ids.get(number, set())
            # A number of one kind may be another's of another kind, and a short one a number of anything.
            named = {one for one in fit if plain_name(said) in map(plain_name, _names(one))}
            ways.append(named or (fit if len(number) >= LONG else set()))
        ways += [
            self.addresses.get(student.casefold(), set()),
            self.names.get(_letters(said), set()),
            self.plain_names.get(plain_name(said), set()),
        ]
        for fit in ways:
            if len(fit) == 1:
                return next(iter(fit)), ""
            if fit:
                could = ", ".join(sorted(f"{visible(one.name, 60)} ({visible(one.student, 60)})" for one in fit))
                return None, f"{visible(student, 100)} may be any of {could} on the roster, and was taken for none of them"
        return None, f"{visible(student, 100)} is not on the roster"


def _names(one):
    """The names of a Student as LMSs write them: First Last, Last First, Last, First."""
    names = {one.name, f"{one.first_name} {one.last_name}", f"{one.last_name} {one.first_name}"}
    return {name for name in names if name.strip()}


def _letters(name):
    return "".join(letter for letter in unicodedata.normalize("NFC", name).casefold() if letter.isalnum())
