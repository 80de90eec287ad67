"""What a class's Entries come to: students, distributions, shares right, mistakes, times. Numbers alone, no words of a page."""

from __future__ import annotations

import hashlib
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gluon_alexnet.classroom.handed_back import part_sentence
from gluon_alexnet.classroom.rows import Entry
from gluon_alexnet.grading.grade import NOT_JUDGED
from gluon_alexnet.grading.texts import visible

MOST_BARS = 20
# No name of a file needs anything else, whatever an LMS calls its students.
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
# Names that Windows keeps for itself.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


@dataclass
class Share:
    """How a task, or a part of one, went: of `count` answers that were judged, `right` were right and brought `earned` points."""

    title: str
    points: float
    language: str
    count: int = 0
    right: int = 0
    earned: float = 0


@dataclass
class TaskShare(Share):
    """The same of a task, with its parts and how many answers have which status."""

    task: str = ""
    number: int = 0
    parts: list[Share] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)


@dataclass
class Mistake:
    """A mistake that has a name: where, how the sentence goes that students read, and who made it."""

    exercise: str
    task: str
    name: str
    title: str
    sentence: str
    language: str
    students: list[str]


@dataclass
class Asked:
    """A question that is answered in words, in one language: the Entries of those who have answered it, and of the others."""

    exercise: str
    name: str
    question: str
    language: str
    answered: list[tuple[Entry, str]] = field(default_factory=list)
    silent: list[Entry] = field(default_factory=list)


def student_of(entry: Entry) -> str:
    """Who an Entry belongs to: the student, or the file where nobody knows."""
    return entry["student"] or entry["source"]


def name_of(entry: Entry) -> str:
    """What a page calls the student of an Entry, on one line."""
    full = " ".join(filter(None, (entry["first_name"], entry["last_name"])))
    # An LMS that knows no names gives the student's number for one.
    name = "" if entry["name"] == entry["student"] else entry["name"]
    return visible(name or full or student_of(entry), 100)


def by_student(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """student -> their Entries by exercise, students in the order of their names."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[student_of(entry)].append(entry)
    named = sorted(found, key=lambda student: (name_of(found[student][0]).casefold(), student))
    return {student: sorted(found[student], key=lambda entry: entry["exercise"] or "~") for student in named}


def file_name(student: str) -> str:
    """The name of a student's page, without folder: one for each student, on file systems that know no capitals too."""
    if PLAIN_NAME.fullmatch(student) and not DEVICES.fullmatch(student) and not student.endswith("."):
        return f"{student}.html"
    plain = re.sub(r"[^a-z0-9]+", "-", student.lower()).strip("-")[:60]
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{plain or 'student'}-{digest}.html"


def tasks_of(entry: Entry) -> list[dict[str, Any]]:
    """The TaskResults of an Entry as dicts."""
    return entry["result"].get("tasks") or []


def seconds_of(entry: Entry) -> float:
    """How long the tasks of an Entry took, seconds."""
    return sum(task.get("seconds", 0) for task in tasks_of(entry))


def is_late(entry: Entry) -> bool:
    """Whether an Entry was handed in late, by the LMS or by the deadlines."""
    return bool(entry["late"] or entry["late_submission_penalty"])


def scores(entries: Iterable[Entry]) -> list[float]:
    """The scores that are known, sorted."""
    return sorted(entry["score"] for entry in entries if entry["score"] is not None)


def summary(known: Sequence[float]) -> dict[str, float]:
    """n, lowest, median, mean and highest of scores; {} of none."""
    if not known:
        return {}
    return {
        "n": len(known),
        "lowest": min(known),
        "median": statistics.median(known),
        "mean": statistics.fmean(known),
        "highest": max(known),
    }


def bars(known: Sequence[float], most: float) -> list[tuple[float, float, int]]:
    """[(from, to, how many)] of scores from 0 to `most`, each of one point or, of many points, a twentieth of them.

    A score on the edge between two counts to the upper one, full marks to the last; what lies outside, to the nearest.
    """
    most = max(most, *known, 1)
    width = 1 if most <= MOST_BARS else most / MOST_BARS
    count = max(1, -int(-most // width))
    counts = Counter(min(max(int(score / width), 0), count - 1) for score in known)
    return [(number * width, min((number + 1) * width, most), counts[number]) for number in range(count)]


def shares(entries: Iterable[Entry], language: str) -> list[TaskShare]:
    """How each task of one exercise went, over the answers that were judged; titles in `language` where any Entry has them so."""
    found: dict[str, TaskShare] = {}
    for entry in sorted(entries, key=lambda entry: entry["result"].get("language") != language):
        spoken = entry["result"].get("language", "en")
        for task in tasks_of(entry):
            share = found.setdefault(
                task["task"], TaskShare(task["title"], task["points"], spoken, task=task["task"], number=task["number"])
            )
            share.statuses[task["status"]] += 1
            if task["status"] not in NOT_JUDGED:
                _count(share, task)
            for place, part in enumerate(task["parts"]):
                if place == len(share.parts):
                    share.parts.append(Share(part["title"], part["points"], spoken))
                if task["status"] not in NOT_JUDGED:
                    _count(share.parts[place], part)
    for share in found.values():
        for part in share.parts:
            # A part that an answer never came to, or that was not attempted, is not right either.
            part.count = share.count
    return sorted(found.values(), key=lambda share: share.number)


def _count(share, scored):
    share.count += 1
    share.earned += scored["earned"]
    share.right += scored["earned"] >= scored["points"]


def mistakes(entries: Iterable[Entry], language: str) -> list[Mistake]:
    """The mistakes that have names, those of most students first; sentences in `language` where any Entry has them so."""
    found: dict[tuple[str, str, str], Mistake] = {}
    for entry in sorted(entries, key=lambda entry: entry["result"].get("language") != language):
        spoken = entry["result"].get("language", "en")
        for task in tasks_of(entry):
            for name in task.get("mistakes") or ():
                key = (entry["exercise"], task["task"], name)
                told = _sentence(task, name)
                mistake = found.setdefault(key, Mistake(*key, task["title"], told, spoken, []))
                mistake.students.append(student_of(entry))
    return sorted(found.values(), key=lambda mistake: (-len(mistake.students), mistake.exercise, mistake.task, mistake.name))


def _sentence(task, name):
    """What the student read of the mistake `name`; '' where no part says that it is one."""
    return next((part_sentence(part) for part in task["parts"] if part.get("mistake") == name), "")


def asked(entries: Iterable[Entry], language: str) -> list[Asked]:
    """The questions that are answered in words, by exercise and in its order; in `language` where any Entry has them so."""
    found: dict[tuple[str, str], Asked] = {}
    for entry in sorted(entries, key=lambda entry: (entry["exercise"], entry["result"].get("language") != language)):
        spoken = entry["result"].get("language", "en")
        for each in entry["result"].get("written") or ():
            new = Asked(entry["exercise"], each["name"], each["question"], spoken)
            question = found.setdefault((entry["exercise"], each["name"]), new)
            if each["answer"] is None:
                question.silent.append(entry)
            else:
                question.answered.append((entry, each["answer"]))
    for question in found.values():
        question.answered.sort(key=lambda pair: (name_of(pair[0]).casefold(), student_of(pair[0])))
        question.silent.sort(key=lambda entry: (name_of(entry).casefold(), student_of(entry)))
    return list(found.values())


def marks(entry: Entry, alike: Iterable[tuple[str, str]] = ()) -> list[str]:
    """The keys of words.MARKS that hold for an Entry; alike: (student, exercise) of the answers that are."""
    found = [entry["flag"]] if entry["flag"] else []
    if entry["score"] is not None and entry["result"].get("full"):
        found.append("full")
    if is_late(entry):
        found.append("late")
    if any(task["status"] == "not attempted" for task in tasks_of(entry)):
        found.append("not attempted")
    if (student_of(entry), entry["exercise"]) in set(alike):
        found.append("alike")
    if entry["comments"]:
        found.append("comment")
    return found


def alike_pairs(alike: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """(student, exercise) of all that is alike."""
    return {(student, pair["exercise"]) for pair in alike for student in pair["students"]}
