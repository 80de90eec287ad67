"""What LMSs export: who handed in what, when, and which attempt is the newest, told by names alone.

What is relied on, for each:
Canvas: lib/content_zipper.rb of instructure/canvas-lms (get_filename, sanitize_user_name): 'lastfirst_LATE_USER_FILE_name', the
name in lower case without what is no letter, LATE only where it is; 'anon_CODE_FILE_name' where it is marked anonymously. A file
that is handed in again under the same name gets -1, -2 (IIC1253/IIC1253-2025-1 issue 34). FILE grows from upload to upload.
Moodle: mod/assign/classes/downloader.php of moodle/moodle: 'Full name_NUMBER_assignsubmission_file/', with a last '_' in earlier
versions, or all in one folder, 'Full name_NUMBER_assignsubmission_file_name'; 'Participant_NUMBER' where it is marked blindly.
It says no times.
Blackboard: not documented by its maker; as programs have it that sort its downloads (jeroendoggen/blackboard-analysis-tools,
BBGradebookOrganiser): 'ASSIGNMENT_USER_attempt_2026-11-20-23-59-01_name', and a .txt for each attempt with the line
'Name: Full name (USER)'.
nbgrader: its docs, 'submitted/STUDENT/ASSIGNMENT/' with timestamp.txt, and the exchange's 'STUDENT+ASSIGNMENT+TIMESTAMP'
(nbgrader/exchange/default/submit.py).
Gradescope: not documented; as programs read it (the fields are in gradescope/autograder_samples issue 60): 'submission_NUMBER/',
and submission_metadata.yml with ':submitters', ':name', ':sid', ':email', ':created_at'.
Google Classroom: its help says that each student's copy gets their name added to its title, 'TITLE - First Last'; a download from
Drive keeps that, and gives equal names a (1).
GitHub Classroom: 'ASSIGNMENT-USER/', in 'ASSIGNMENT-submissions/' where `gh classroom clone` made it.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gluon_alexnet.classroom import submitters, times
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import notebook, submissions
from gluon_alexnet.grading.texts import visible

if TYPE_CHECKING:
    from gluon_alexnet.grading.submissions import Found
    from gluon_alexnet.hints import PathLike

CANVAS = re.compile(r"^(?:(?P<name>\w+?)_)?(?P<late>LATE_)?(?P<user>\d{2,})_(?P<file>\d{3,})_(?P<rest>.+)$")
ANONYMOUS = re.compile(r"^(?P<late>LATE_)?(?P<anonymous>anon_[A-Za-z0-9]+)_(?P<file>\d{3,})_(?P<rest>.+)$")
MOODLE = re.compile(r"^(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)$")
BLACKBOARD = re.compile(r"^(?P<head>.+)_attempt_(?P<when>\d{4}(?:-\d{2}){5})(?:_(?P<rest>.*))?$")
BLACKBOARD_NAME = re.compile(r"^Name:\s*(?P<name>.+?)\s*\((?P<user>[^()]+)\)\s*$", re.MULTILINE)
GRADESCOPE = re.compile(r"(?:^|[/!])(submission_\d+)/")
SUBMITTED = re.compile(r"(?:^|[/!])submitted/(?P<student>[^/!]+)/(?P<assignment>[^/!]+)/")
EXCHANGE = re.compile(r"^(?P<student>.+)\+(?P<assignment>[^+]+)\+(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* \w+)(?:\+[^+]*)?$")
DRIVE = re.compile(r"^(?:(?:copy of|bản sao của) )*(?P<title>.+?) - (?P<name>[^-]*[^\W\d_][^-]*?)\s*(?:\(\d+\))?$", re.IGNORECASE)
AGAIN = re.compile(r"-(\d{1,3})$")  # Canvas's, at the end of the stem
COPY = re.compile(r"\((\d{1,3})\)")
GROUPS = ("student", "exercise", "timestamp", "attempt", "first_name", "last_name", "late")
SHOWN = 5
PARTS = re.compile(r"/|(?<=\.zip)!", re.IGNORECASE)


@dataclass(frozen=True)
class HandedIn:
    """What one student handed in for one exercise.

    student: who, as the LMS says it, '' where nobody knows; exercise: '' where its name does not tell; found: the file;
    timestamp: ISO 8601, with what is known of its time zone, or ''; attempt, attempts: which of how many, from 1; late: whether
    the LMS calls it so; name: the student's, or ''; notes: sentences on how it was found.
    """

    student: str
    exercise: str
    found: Found
    timestamp: str = ""
    attempt: int = 1
    attempts: int = 1
    late: bool = False
    name: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """What a name tells. order: what grows from attempt to attempt; by: who gives such names."""

    student: str
    by: str
    name: str = ""
    assignment: str = ""
    timestamp: str = ""
    order: int = 0
    late: bool = False
    note: str = ""


@dataclass(frozen=True)
class Item:
    """A Found and its place.

    tail: its path from the folder on that all that was named has in common; head: what stands before that.
    """

    found: Found
    head: str
    tail: str

    @property
    def parts(self) -> list[str]:
        """The parts of `tail`, within zips too."""
        return PARTS.split(self.tail)

    @property
    def folders(self) -> tuple[str, ...]:
        """The parts without the file's own, zips without their ending, and without those that are called as an exercise."""
        names = (re.sub(r"\.zip$", "", part, flags=re.IGNORECASE) for part in self.parts[:-1])
        return tuple(name for name in names if not submissions.exercise_called(name))

    @property
    def base(self) -> str:
        """The last part of `head`."""
        return re.split("[/!]", self.head.rstrip("/!"))[-1]

    @property
    def folder(self) -> str:
        """What stands before the name of the file, with its '/' or '!'."""
        return self.head + self.tail[: len(self.tail) - len(self.parts[-1])]


class Beside:
    """What lies beside the notebooks and says whose they are: the .txt of Blackboard, nbgrader's and Gradescope's files."""

    def __init__(self, left_out: Iterable[Found]) -> None:
        self.files = {str(one.full): one for one in left_out}
        self.used: set[str] = set()
        self.users: dict[str, tuple[str, str]] = {}  # ASSIGNMENT_USER of Blackboard -> (user, name)
        for one in list(self.files.values()):
            told = BLACKBOARD.match(os.path.splitext(one.name)[0])
            if told and not told["rest"] and one.name.endswith(".txt"):
                named = BLACKBOARD_NAME.search(self.text(one.full)[:2000])
                if named and told["head"].endswith(f"_{named['user']}"):
                    self.users[told["head"]] = (named["user"], named["name"])
                else:
                    self.used.discard(str(one.full))

    def text(self, path: PathLike) -> str:
        """The first part of the file at `path`, '' where there is none; it counts as used."""
        one = self.files.get(str(path))
        if one is None:
            return ""
        with contextlib.suppress(UserError, OSError), one.open() as file:
            self.used.add(str(path))
            return file.read(5_000_000).decode("utf-8-sig", "replace")
        return ""


def find(paths: Iterable[PathLike], pattern: str | None = None) -> tuple[list[HandedIn], list[str]]:
    """([HandedIn, ...], [lines on what was left out, passed over or doubtful]) of all that lies at and below `paths`.

    Of several attempts of a student at an exercise the newest is there. pattern: a regular expression that is looked for in each
    path as shown, with groups named as in GROUPS, instead of the rules for LMSs. Raises UserError for a pattern that is none.
    """
    paths = [Path(path) for path in paths]
    expression = compiled(pattern) if pattern is not None else None
    searched = submissions.search(paths)
    items, beside = _placed(paths, searched.found), Beside(searched.left_out)
    lines: list[str] = []
    if expression is None:
        told = _by_names(items, beside)
    else:
        told, lines = _by_pattern(items, expression)
    handed = []
    for item, each in told:
        exercise = _exercise_of(item, each)
        student, name = _person(each.student), _person(each.name)
        notes = [each.note] if each.note else []
        if re.search(r"-checkpoint\.ipynb", item.found.name, re.IGNORECASE):
            notes.append("its name is that of a checkpoint, an earlier state that Jupyter keeps by itself")
        one = HandedIn(student, exercise, item.found, each.timestamp, 1, 1, each.late, name, notes)
        handed.append((one, each))
    chosen, more = _newest(handed)
    lines += [*more, *_spellings(chosen), *_told_by(told), *_left_out(searched, beside)]
    return sorted(chosen, key=lambda one: (one.student, one.exercise, one.found.shown)), lines


def _person(name):
    """A name on one line, its accents as everybody else has them: zips of macOS have them apart from their letters."""
    name = visible(unicodedata.normalize("NFC", name), 100).strip()
    return "" if name in (".", "..") else name


def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression `pattern`. Raises UserError, one sentence, where it is none or names nobody."""
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UserError(f"the pattern {pattern!r} is no regular expression: {error}") from error
    unknown = sorted({*expression.groupindex} - {*GROUPS})
    if unknown:
        raise UserError(f"the pattern has a group called {unknown[0]!r}: the groups that are known are {', '.join(GROUPS)}")
    if not {"student", "first_name", "last_name"} & {*expression.groupindex}:
        raise UserError("the pattern does not say whose a notebook is: it needs a group such as (?P<student>[^/]+)")
    return expression


def _placed(paths, found):
    """An Item for each Found."""
    absolute = [path.absolute() for path in paths]
    if len(absolute) == 1:
        common = absolute[0]
        if not common.is_dir() and common.suffix.lower() != ".zip":
            common = common.parent
    else:
        common = Path(os.path.commonpath([path.parent for path in absolute])) if absolute else Path()
    items = []
    for one in found:
        full = one.full.as_posix()
        inside = f"!{one.member}" if one.member else ""
        tail = f"{one.path.absolute().as_posix()}{inside}"[len(common.as_posix()) :].lstrip("/!")
        items.append(Item(one, full[: len(full) - len(tail)], tail))
    return items


def _by_names(items, beside):
    """[(Item, Told), ...]: by the LMS whose names these are, else by folders and names as teachers lay them out."""
    told, plain = [], []
    users = _blackboard_users(items, beside)
    for item in items:
        each = _lms(item, beside, users)
        if each is None:
            plain.append(item)
        else:
            told += [(item, one) for one in each]
    return told + _plain(plain, [item.folders for item, _ in told])


def _lms(item, beside, users):
    """[Told, ...], one for each student of a group, by the names of an LMS, or None."""
    for rule in (_moodle, _blackboard, _gradescope, _nbgrader, _canvas, _github):
        told = rule(item, beside, users)
        if told is not None:
            return told if isinstance(told, list) else [told]
    return None


def _first(expression, item):
    """The first match in the parts of a path, from the file outwards."""
    return next((found for part in reversed(item.parts) if (found := expression.match(part))), None)


def _moodle(item, beside, users):
    found = _first(MOODLE, item)
    if not found:
        return None
    student = f"{found['name']}_{found['number']}" if found["number"] else found["name"]
    return Told(student, "Moodle", "" if found["name"] == "Participant" else found["name"])


def _canvas(item, beside, users):
    found = _first(ANONYMOUS, item) or _first(CANVAS, item)
    if not found:
        return None
    groups = found.groupdict()
    name = groups.get("name") or ""
    student = groups.get("anonymous") or "_".join(filter(None, (name, groups["user"])))
    return Told(student, "Canvas", name, order=int(found["file"]), late=bool(found["late"]))


def _blackboard_users(items, beside):
    """'ASSIGNMENT_USER' -> (user, name), for all names of Blackboard: user names may hold '_' as well as assignments."""
    heads = {found["head"] for item in items if (found := _first(BLACKBOARD, item))}
    users = {head: beside.users[head] for head in heads if head in beside.users}
    assignments = {head.removesuffix(f"_{user}") for head, (user, _) in users.items()}
    left = heads - {*users}
    if not assignments and len(left) > 1:
        common = os.path.commonprefix(sorted(left))
        assignments = {common[: common.rfind("_")]} if "_" in common else set()
    for head in left:
        start = next((one for one in sorted(assignments, key=len, reverse=True) if one and head.startswith(f"{one}_")), None)
        users[head] = (head[len(start) + 1 :] if start else head.rpartition("_")[2], "")
    return users


def _blackboard(item, beside, users):
    found = _first(BLACKBOARD, item)
    if not found:
        return None
    user, name = users[found["head"]]
    assignment = found["head"].removesuffix(f"_{user}")
    return Told(user, "Blackboard", name, assignment, times.iso(times.moment(found["when"])))


def _gradescope(item, beside, users):
    place = GRADESCOPE.search(item.tail)
    if place is None:
        return None
    folder = place.group(1)
    people = submitters.read(beside.text(f"{item.head}{item.tail[: place.start(1)]}submission_metadata.yml")).get(folder)
    if not people:
        note = "whose it is stands in submission_metadata.yml, which is not there or does not name it"
        return Told(folder, "Gradescope", note=note)
    names = ", ".join(one.name or one.student for one in people)
    note = f"handed in by a group of {len(people)}: {names}" if len(people) > 1 else ""
    return [Told(one.student, "Gradescope", one.name, timestamp=one.timestamp, note=note) for one in people]


def _nbgrader(item, beside, users):
    found = _first(EXCHANGE, item)
    if found:
        return Told(found["student"], "nbgrader", "", found["assignment"], times.iso(times.moment(found["when"])))
    # The folder that was named may be submitted/ itself.
    found = SUBMITTED.search(f"{item.base}/{item.tail}")
    if found:
        student, assignment = found["student"], found["assignment"]
        folder = item.head + item.tail[: found.end() - len(item.base) - 1]
        return Told(student, "nbgrader", "", assignment, _stamp(beside, folder))
    if len(item.parts) >= 3 and (stamp := _stamp(beside, item.folder)):
        return Told(item.parts[-3], "nbgrader", "", item.parts[-2], stamp)
    return None


def _stamp(beside, folder):
    return times.iso(times.moment(beside.text(f"{folder}timestamp.txt").strip()))


def _github(item, beside, users):
    for above, part in itertools.pairwise([item.base, *item.parts[:-1]]):
        assignment = above.removesuffix("-submissions") if above.endswith("-submissions") else _exercise_before(part)
        if assignment and part.startswith(f"{assignment}-") and len(part) > len(assignment) + 1:
            return Told(part[len(assignment) + 1 :], "GitHub Classroom", assignment=assignment)
    return None


def _exercise_before(part):
    """The start of `part`, up to a '-', that is an exercise's name, or ''."""
    known = {name.replace("_", "-") for name in submissions.exercises.list_exercises()}
    cuts = (cut.start() for cut in re.finditer("-", part))
    return next((part[:cut] for cut in cuts if part[:cut].lower().replace("_", "-") in known), "")


def _plain(items, others):
    """[(Item, Told), ...] for files that no LMS named: a folder for each student, or the student's name before or after the
    exercise's in the name of the file. others: the folders of the files that an LMS named."""
    deep = [item.folders for item in items if item.folders]
    # A folder around all of them is nobody's.
    around = min(len(os.path.commonprefix([*deep, *others])), min(map(len, deep)) - 1) if deep else 0
    around += _above_students({item: item.folders[around:] for item in items})
    folders = {item: item.folders[around : around + 1] or item.folders[-1:] for item in items}
    titles = Counter(found["title"].lower() for item in items if (found := DRIVE.match(_stem(item.found.name))))
    called = {item: _called(item.found.name, titles) for item in items}
    # All of them in one folder, and each with a name of its own: it is no student's folder.
    names = [told.student for told in called.values()]
    flat = len({*folders.values()}) == 1 and all(names) and len({*names}) > 1
    told = []
    for item in items:
        by_name = called[item] if flat or not folders[item] else Told("", "")
        told.append((item, Told(*folders[item], "a folder for each student") if folders[item] and not flat else by_name))
    return told


def _above_students(folders):
    """1 where the first folders are assignments' or groups' and the second the students', else 0; folders: Item -> its folders.

    Assignments: the same names, more than there are folders, recur below them. Groups: most hold an exercise more than once.
    """
    pairs = {each[:2] for each in folders.values() if len(each) > 1}
    above, below = {first for first, _ in pairs}, Counter(second for _, second in pairs)
    if len(above) < 2:
        return 0
    recurring = sum(count > 1 for count in below.values())
    held = {(*each[:2], exercise) for item, each in folders.items() if len(each) > 1 and (exercise := _exercise_of(item))}
    often = Counter((first, exercise) for first, _, exercise in held)
    groups = {first for (first, _), count in often.items() if count > 1}
    firsts = {each[0] for each in folders.values() if each}
    return int((len(below) > len(above) and 2 * recurring >= len(below)) or 2 * len(groups) > len(firsts))


def _called(name, titles):
    """The Told of a file's name alone."""
    drive = DRIVE.match(_stem(name))
    if drive and not submissions.exercise_called(drive["name"]):
        if submissions.exercise_called(drive["title"]) or titles[drive["title"].lower()] > 1:
            return Told(drive["name"].strip(), "Google Classroom", drive["name"].strip())
    before = _before_exercise(name)
    return Told(before, "a name before the exercise's" if before else "")


def _stem(name):
    return submissions.NOTEBOOK.sub(r"\1", name)


def _before_exercise(name):
    """What stands before the name of an exercise in a file's name, such as sv01 in sv01_02_simplify.ipynb, or ''."""
    exercise = submissions.exercise_called(name)
    before = name[: name.lower().index(exercise)].rstrip("_- .") if exercise else ""
    return "" if before.lower() in ("copy of", "copy_of", "bản sao của", "my", "solution") else before


def _exercise_of(item, told=None):
    """The name of the exercise by the file's name, else the assignment's or a folder's; '' where none tells."""
    names = [item.found.name, told.assignment if told else "", *reversed(item.parts[:-1])]
    return next((known for name in names if (known := submissions.exercise_called(name.replace("-", "_")))), "")


def _by_pattern(items, expression):
    """([(Item, Told), ...], lines) by a teacher's own pattern."""
    told, lines, unmatched = [], [], []
    for item in items:
        found = expression.search(item.found.shown)
        if not found:
            unmatched.append(item.found.shown)
            continue
        groups = {name: text or "" for name, text in found.groupdict().items()}
        name = f"{groups.get('first_name', '')} {groups.get('last_name', '')}".strip()
        stamp, number = groups.get("timestamp", ""), re.sub(r"\D", "", groups.get("attempt", ""))
        when = times.moment(stamp)
        note = f"its time, {visible(stamp, 60)!r}, is none that is understood" if stamp and when is None else ""
        late = bool(groups.get("late"))
        student, assignment = groups.get("student") or name, groups.get("exercise", "")
        told.append((item, Told(student, "--pattern", name, assignment, times.iso(when), int(number or 0), late, note)))
    if items and not told:
        raise UserError(f"the pattern {expression.pattern!r} fits none of {len(items):,} paths, such as {unmatched[0]}")
    if unmatched:
        lines.append(f"left out, since the pattern does not fit them: {', '.join(unmatched)}")
    return told, lines


def _newest(handed):
    """([HandedIn, ...], lines): of each student and exercise the newest attempt."""
    students: defaultdict[str, list] = defaultdict(list)
    for number, (one, told) in enumerate(handed):
        # Two that nobody is known of are not one student's.
        students[one.student or f"\0{number}"].append((one, told))
    chosen, lines = [], []
    for attempts in students.values():
        if len(attempts) > 1:
            attempts = [(_with_exercise(one), told) for one, told in attempts]
        sound = [pair for pair in attempts if not pair[0].found.problem]
        groups: defaultdict[str, list] = defaultdict(list)
        ours = any(other.exercise for other, _ in sound)
        for one, told in attempts:
            in_place = one.found.problem and not submissions.NOTEBOOK.search(one.found.name)
            if in_place and any(other.exercise == one.exercise or not one.exercise for other, _ in sound):
                lines.append(f"left out, since there is a notebook too: {one.found.shown} {one.found.problem}")
            elif not one.exercise and ours and not one.found.problem and _is_readable(one.found):
                lines.append(f"left out, being none of the exercises, beside one that is: {one.found.shown}")
            else:
                groups[one.exercise].append((one, told))
        for group in groups.values():
            one, line = _newest_of(group)
            chosen.append(one)
            lines += line
    return chosen, lines


def _with_exercise(one):
    """`one` with the exercise that its cells say, where it can be read: names are not believed where something hangs on them."""
    if one.found.problem:
        return one
    with contextlib.suppress(UserError):
        known = notebook.identify(*notebook.read_cells(one.found), one.found.name)
        return replace(one, exercise=known.name if known else one.exercise)
    return one


def _is_readable(found):
    with contextlib.suppress(UserError):
        notebook.read_cells(found)
        return True
    return False


def _newest_of(group):
    """(the newest HandedIn, [a line where there were others])."""

    def key(pair):
        one, told = pair
        when = times.moment(one.timestamp)
        # Without a time zone it is compared as if all had the same.
        seconds = (when.timestamp() if when.tzinfo else (when - times.EPOCH).total_seconds()) if when else 0.0
        return seconds, told.order, _copy(one.found.name)

    group = sorted(group, key=lambda pair: (key(pair), -len(pair[0].found.full.parts), pair[0].found.shown))
    (newest, told), others = group[-1], [one for one, _ in group[:-1]]
    again = AGAIN.search(_stem(newest.found.name)) if told.by == "Canvas" else None
    counted = max(len(group), int(again.group(1)) + 1 if again else 1)
    newest = replace(newest, attempt=counted, attempts=counted)
    if not others:
        return newest, []
    names = ", ".join(one.found.shown for one in reversed(others))
    sentence = f"the newest of {len(group)} attempts was taken; not graded: {names}"
    tied = [one for one in others if key((one, group[[pair[0] for pair in group].index(one)][1])) == key((newest, told))]
    if tied and len({_digest(one.found) for one in (newest, *tied)}) > 1:
        sentence = f"of {len(group)} notebooks no name says which is the newest, this one was taken; not graded: {names}"
    elif tied:
        sentence = f"{len(group)} attempts are there, some of them equal to the last byte, one was taken; not graded: {names}"
    who = newest.student or "nobody knows whose"
    line = f"{visible(who, 100)}, {newest.exercise or 'no known exercise'}: {newest.found.shown}: {sentence}"
    return replace(newest, notes=[*newest.notes, sentence]), [line]


def _copy(name):
    """Which copy a name says that it is: x (2).ipynb is the second after x.ipynb."""
    numbers = [int(number) for number in COPY.findall(name)]
    again = AGAIN.search(_stem(name))
    return max([*numbers, int(again.group(1)) if again else 0])


def _digest(found):
    hashed = hashlib.sha256()
    with contextlib.suppress(UserError, OSError), found.open() as file:
        while block := file.read(1_000_000):
            hashed.update(block)
        return hashed.hexdigest()
    return found.shown


def plain_name(text: str) -> str:
    """`text` as names are compared: small letters and digits alone, without accents."""
    text = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in text if letter.isalnum())


def _spellings(chosen):
    """Lines on students who may be one, spelled in two ways: they are not taken for one."""
    spellings: defaultdict[str, set[str]] = defaultdict(set)
    for one in chosen:
        if one.student:
            spellings[plain_name(re.sub(r"_\d+$", "", one.student))].add(one.student)
    return [
        f"these may be one student, spelled in {len(each)} ways, and were kept apart: {_some(sorted(each))}"
        for name, each in sorted(spellings.items())
        if len(each) > 1 and name
    ]


def _told_by(told):
    """Lines on how it was told whose notebooks these are."""
    counts = Counter(each.by for _, each in told if each.by)
    lines = ["whose they are was told by: " + ", ".join(f"{by} ({count:,})" for by, count in sorted(counts.items()))]
    nobody = [item.found.shown for item, each in told if not each.by]
    if nobody:
        lines.append(f"whose they are, no name tells; --pattern can: {', '.join(nobody)}")
    return lines if counts else lines[1:]


def _left_out(searched, beside):
    """Lines on what was left out or passed over."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for one in searched.left_out:
        if str(one.full) not in beside.used:
            kinds[os.path.splitext(one.name)[1].lower() or "no ending"].append(one.shown)
    lines = [f"left out, being no exercises ({kind}): {_some(names)}" for kind, names in sorted(kinds.items())]
    if beside.used:
        names = [beside.files[path].shown for path in sorted(beside.used)]
        lines.append(f"read, to know whose notebooks these are: {_some(names)}")
    if searched.passed_over:
        counts = Counter("._*" if name.startswith("._") else name for name in searched.passed_over.elements())
        named = ", ".join(f"{visible(name, 60)} ({count:,})" for name, count in sorted(counts.items()))
        lines.append(f"passed over, as computers leave it by themselves: {named}")
    return lines


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
