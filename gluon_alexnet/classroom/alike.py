"""Answers of a class that are more alike than chance makes them: in their text, in what they do, in the nets that they build.

Two answers may be alike for good reasons, so nothing here says more than that. What many have, or the published solution, says
nothing. The rest is held against the class itself: how often other pairs are as much alike.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading.digests import NET, digest
from gluon_alexnet.grading.texts import Text as T

if TYPE_CHECKING:
    from gluon_alexnet.classroom.rows import Entry

# Fewer students do not tell what chance does.
FEWEST = 10
# What is reported is expected so often by chance in a whole class.
MOST = 0.05
# Tokens, most of them one character long: shorter pieces of code are in every answer.
PIECE = 12
LONGEST = 50_000
# How slowly the evidence of texts can fall off by chance at least, in natural logarithms of probabilities, however short the
# class's own tail is: neighbouring pieces of code come together.
SPREAD = 2.0
# Values that a wrong answer has for no reason of its own.
PLAIN = frozenset(map(digest, (None, True, False, 0, 1, -1, "", [], {}, math.nan, math.inf, [0, 0], [None, None])))
# Digests of the nets of the published solutions, and of the chapter's LeNet and AlexNet.
PUBLISHED = frozenset(
    (
        "711ab2673c97",
        "6b066880847e",
        "4d9a62590dc7",
        "7dc3e2d31b64",
        "127c83722fc4",
        "f9210d4e6199",
        "245656e3542f",
        "7d7ad9961ca6",
        "2fd292e4ea63",
        "020c0e60d5a3",
    )
)
Digests = dict[str, tuple[str, bool]]


@dataclass(frozen=True)
class Alike:
    """Two students whose answers to one exercise are alike.

    students: as their Entries name them; kind: 'text', 'behaviour' or 'net'; score: of texts, which share of the rarer pieces of
    the shorter one both have, from 0 to 1, else in how many tasks they do the same; chance: how many pairs at least as much
    alike a class like this one has by chance; what: a sentence.
    """

    students: tuple[str, str]
    exercise: str
    kind: str
    score: float
    chance: float
    what: str

    def to_dict(self) -> dict[str, Any]:
        """The Alike as pages and JSON have it."""
        return asdict(self)


def find(entries: Iterable[Entry], language: str = "en") -> list[Alike]:
    """What is alike in a class, the least likely first; language: of the sentences, 'en' or 'vi'.

    Classes of fewer than FEWEST students to an exercise are not compared. Raises UserError where copydetect is not installed.
    """
    found = []
    for name, class_ in _classes(entries).items():
        found += texts(name, class_, language) + behaviour(name, class_, language) + nets(name, class_, language)
    return sorted(found, key=lambda alike: (alike.chance, alike.exercise, alike.students))


def can_tell(entries: Iterable[Entry]) -> bool:
    """Whether there is an exercise that FEWEST students have handed in."""
    return bool(_classes(entries))


def _classes(entries: Iterable[Entry]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Exercise -> student -> Result as a dict, of what can be compared."""
    results: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for entry in entries:
        if entry["exercise"] and (entry["result"] or {}).get("tasks"):
            results[entry["exercise"]][entry["student"] or entry["source"]] = entry["result"]
    return {name: class_ for name, class_ in results.items() if len(class_) >= FEWEST}


def many(students: int) -> int:
    """How many students of so many may have the same before it says nothing of any two of them."""
    return max(4, students // 20)


def texts(name: str, class_: Mapping[str, Mapping[str, Any]], language: str) -> list[Alike]:
    """Pairs whose answers to the exercise `name` share pieces of code that few have; class_: student -> Result as a dict."""
    given = published(name)
    students, count = list(class_), len(class_)
    pieces: dict[str, list[set[int]]] = {}
    for place, student in enumerate(students):
        for task, answer in class_[student].get("answers", {}).items():
            if answer["status"] == "answered":
                pieces.setdefault(task, [set() for _ in students])[place] = pieces_of(answer["source"]) - given
    evidence = {task: _shared(owned, count) for task, owned in pieces.items()}
    if not evidence:
        return []
    total = np.sum(list(evidence.values()), axis=0)
    # Many looks at the same pairs: half of what chance is allowed is for all tasks together, the rest for one at a time.
    chances = 2 * np.minimum(tail(total), len(evidence) * np.min([tail(matrix) for matrix in evidence.values()], axis=0))
    found = []
    for a, b in zip(*np.nonzero(np.triu(chances <= MOST, 1)), strict=True):
        tasks = [task for task, matrix in evidence.items() if matrix[a, b] > 0.05 * total[a, b]]
        both = sum(len(pieces[task][a] & pieces[task][b]) for task in tasks)
        least = min(sum(len(pieces[task][one]) for task in tasks) for one in (a, b))
        told = ", ".join(tasks)
        what = T(
            f"the text of {told}: once names and comments are taken out, {both / least:.0%} of what is not in the published "
            "solution either",
            f"phần viết của {told}: bỏ tên biến và chú thích, giống nhau {both / least:.0%} phần không có trong lời giải đã đăng",
        )
        found.append(_alike(students, a, b, name, "text", round(both / least, 3), chances[a, b], what.to(language)))
    return found


def published(name: str) -> set[int]:
    """The pieces of code that the exercise `name` gives or its solution has; none where nobody knows the exercise."""
    try:
        content = exercises.load(name)
    except UserError:
        return pieces_of("")
    sources = [source for before in content.before.values() for source in before]
    for task in content.tasks:
        sources += [task.stub.en, task.stub.vi, task.reference]
    return set().union(*map(pieces_of, sources))


def pieces_of(source: str) -> set[int]:
    """Hashes of all pieces of PIECE tokens of `source`, which are the same whatever its names, texts, comments and blanks are."""
    try:
        from copydetect import utils
    except ImportError as error:
        raise UserError("comparing answers needs copydetect, which is not installed: pip install '.[class]'") from error
    # Not the line with the task's name, nor what only lays lines out.
    filtered, _ = utils.filter_code(source[:LONGEST], "answer.py", "python")
    return set(utils.hashed_kgrams(filtered, PIECE).tolist())


def _shared(owned: list[set[int]], count: int) -> np.ndarray:
    """(count, count): how unlikely it is that two have the pieces that they share, in natural logarithms of probabilities."""
    holders: dict[int, list[int]] = defaultdict(list)
    for place, pieces in enumerate(owned):
        for piece in pieces:
            holders[piece].append(place)
    evidence = np.zeros((count, count))
    # What three in twenty have still tells something where it comes together with more of the same.
    most = max(many(count), 3 * count // 20)
    times = Counter(tuple(places) for places in holders.values() if 1 < len(places) <= most)
    for together, shared in times.items():
        # A statement begins a piece at each of its tokens: PIECE of them are one piece of evidence.
        evidence[np.ix_(together, together)] += shared / PIECE * math.log(count / len(together))
    return evidence


def tail(matrix: np.ndarray) -> np.ndarray:
    """How many pairs with at least the evidence of each pair a class like this one has by chance; `matrix` is symmetric.

    The class tells by itself: among the most alike pairs, the evidence falls off exponentially. The first pair from below that is
    too far beyond the others shows where that ends.
    """
    values = np.sort(matrix[np.triu_indices(len(matrix), 1)])
    top = max(20, len(values) // 100)
    threshold, spread = 0.0, math.inf
    for place in range(max(top, len(values) - 20 * top), len(values)):
        rest = values[place - top : place]
        threshold, spread = float(rest[0]), max(SPREAD, float(np.mean(rest - rest[0])))
        if top * math.exp(-max(0.0, values[place] - threshold) / spread) <= MOST / 10:
            break
    return top * np.exp(-np.maximum(0.0, matrix - threshold) / spread)


def behaviour(name: str, class_: Mapping[str, Mapping[str, Any]], language: str) -> list[Alike]:
    """Pairs who gave the same wrong values to the same questions, values that few gave and that no known mistake gives."""
    wrong: dict[str, dict[str, set[tuple[str, str]]]] = {}
    for student, result in class_.items():
        for task in result["tasks"]:
            rows = task.get("asked", [])
            if not any(question.startswith(NET) for question, _, _ in rows):
                values = {(question, value) for question, value, found in rows if found is True and value not in PLAIN}
                wrong.setdefault(task["task"], {})[student] = values
    return _same(name, list(class_), wrong, "behaviour", language)


def nets(name: str, class_: Mapping[str, Mapping[str, Any]], language: str) -> list[Alike]:
    """Pairs whose nets have the same parameters, multiply-adds and operators, and are nobody else's nor the published ones."""
    made: dict[str, dict[str, set[tuple[str, str]]]] = {}
    for student, result in class_.items():
        for task in result["tasks"]:
            found = {(question, value) for question, value, _ in task.get("asked", []) if question.startswith(NET)}
            # Of several nets that one function makes, one says as much as all.
            made.setdefault(task["task"], {})[student] = {each for each in sorted(found)[:1] if each[1] not in PUBLISHED}
    return _same(name, list(class_), made, "net", language)


def _same(
    name: str, students: list[str], tasks: Mapping[str, Mapping[str, set[tuple[str, str]]]], kind: str, language: str
) -> list[Alike]:
    """Pairs who have the same in more tasks than chance explains.

    tasks: name of a task -> student -> what is compared. By chance, two who both have something of their own in a task have the
    same as often as all the other pairs do.
    """
    count = len(students)
    able, same = np.zeros((count, count), int), np.zeros((count, count), int)
    agreed: dict[tuple[int, int], list[str]] = defaultdict(list)
    for task, of_students in tasks.items():
        holders: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, student in enumerate(students):
            for each in of_students.get(student, ()):
                holders[each].append(place)
        own, equal = np.zeros(count, bool), np.zeros((count, count), bool)
        for places in holders.values():
            if len(places) <= many(count):
                own[places] = True
                equal[np.ix_(places, places)] = True
        able, same = able + np.outer(own, own), same + equal
        for a, b in zip(*np.nonzero(np.triu(equal, 1)), strict=True):
            agreed[int(a), int(b)].append(task)
    upper = np.triu_indices(count, 1)
    chances_of, often = able[upper], same[upper]
    tries = np.bincount(chances_of)
    found = []
    for (a, b), told in agreed.items():
        # Before anything was seen: one in four, as wrong ways are few.
        rate = (often.sum() - same[a, b] + 0.25) / (chances_of.sum() - able[a, b] + 1)
        chance = sum(pairs * _at_least(same[a, b], number, rate) for number, pairs in enumerate(tries) if number)
        if chance <= MOST:
            words = ", ".join(told)
            what = {
                "behaviour": T(
                    f"the same wrong values, which few others gave, in {words}",
                    f"cùng những giá trị sai mà ít ai khác có, ở {words}",
                ),
                "net": T(
                    f"nets with the same parameters, multiply-adds and operators, which few others have, in {words}",
                    f"những mạng cùng số tham số, số phép nhân-cộng và toán tử mà ít ai khác có, ở {words}",
                ),
            }[kind]
            found.append(_alike(students, a, b, name, kind, float(same[a, b]), chance, what.to(language)))
    return found


def _at_least(least: int, number: int, rate: float) -> float:
    """The probability that of `number` tries `least` or more succeed, each at the given rate."""
    return sum(math.comb(number, hits) * rate**hits * (1 - rate) ** (number - hits) for hits in range(least, number + 1))


def _alike(students: list[str], a: int, b: int, name: str, kind: str, score: float, chance: float, what: str) -> Alike:
    first, second = sorted((students[a], students[b]))
    return Alike((first, second), name, kind, score, float(f"{chance:.2g}"), what)
