"""A class as tables: grades.csv as nbgrader writes it, tasks.csv, course.csv, grades.json.

What could not be judged has an empty score and a flag, never a 0. The tables say nothing of when or where they were made: the
same rows, roster, deadlines and comments make the same bytes.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gluon_alexnet.classroom import anonymous as codes
from gluon_alexnet.classroom import times
from gluon_alexnet.classroom.roster import NUMBER, Matcher, Student
from gluon_alexnet.classroom.rows import SCHEMA
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import write_text
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import grade
from gluon_alexnet.grading.texts import visible

if TYPE_CHECKING:
    from gluon_alexnet.classroom.comments import Remark
    from gluon_alexnet.classroom.deadlines import Deadlines
    from gluon_alexnet.classroom.rows import Entry, Row
    from gluon_alexnet.hints import PathLike

# nbgrader/plugins/export.py of nbgrader 0.9.5, CsvExportPlugin.
GRADES = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)
SHOWN = 10


def entries(
    rows: Iterable[Row],
    roster: Iterable[Student] | None = None,
    deadlines: Deadlines | None = None,
    comments: Iterable[Remark] | None = None,
    anonymous: Mapping[str, str] | None = None,
) -> list[Entry]:
    """An Entry for each student and exercise, those who have not handed in among them where there is a roster.

    By exercise, then by last name, first name and student, as in nbgrader's tables, or by code. anonymous: student -> code, as
    anonymous.codes gives them; the file's name and place are hidden, too, but not what a student has written in an answer.
    """
    made, _ = _merged(rows, roster, deadlines, comments, anonymous)
    if anonymous is None:
        return made
    # The order of names would tell them.
    order = list(dict.fromkeys(entry["exercise"] for entry in made))
    hidden = [_hidden(entry, anonymous) for entry in made]
    return sorted(hidden, key=lambda entry: (order.index(entry["exercise"]), entry["student"]))


def problems(
    rows: Iterable[Row],
    roster: Iterable[Student] | None = None,
    deadlines: Deadlines | None = None,
    comments: Iterable[Remark] | None = None,
    anonymous: Mapping[str, str] | None = None,
) -> list[str]:
    """Lines, for the teacher alone, on what in these is doubtful: arguments as for `entries`."""
    return _merged(rows, roster, deadlines, comments, anonymous)[1]


def students(rows: Iterable[Row], roster: Iterable[Student] | None = None) -> list[str]:
    """Everybody's `student` in the Entries of these, for anonymous.codes; the source where nobody knows whose it is."""
    return sorted({entry["student"] or entry["source"] for entry in _merged(rows, roster, None, None, None)[0]})


def hidden_lines(
    lines: Iterable[str], rows: Iterable[Row], roster: Iterable[Student] | None, anonymous: Mapping[str, str]
) -> list[str]:
    """Lines, of `problems` or of exports.find, for a page that shall name nobody."""
    roster = list(roster or ())
    words: dict[str, str] = {}
    for student, names in _aliases(_people(rows, roster, []), roster).items():
        numbered = [found for name in names if (found := NUMBER.match(name.replace("_", " ")))]
        parts = {part for found in numbered for part in found.groups()}
        words |= dict.fromkeys({*names, *parts} - {""}, anonymous.get(student, "S-?"))
    return [codes.hidden_line(line, words) for line in lines]


def _merged(rows, roster, deadlines, comments, anonymous):
    """(the Entries, with names, and lines on what is doubtful)."""
    roster = list(roster or ())
    lines: list[str] = []
    people = _of_the_only_exercise(_people(rows, roster, lines))
    made = [_entry(row, student) for row, student in people]
    known = Counter(entry["exercise"] for entry in made if entry["exercise"])
    names = sorted({*known, *(deadlines.exercises if deadlines else ())})
    here = {(entry["student"], entry["exercise"]) for entry in made}
    for student in roster:
        made += [_missing(student, name, made) for name in names if (student.student, name) not in here]
    aliases = _aliases(people, roster)
    _add_comments(made, comments or (), aliases, anonymous or {}, lines)
    _add_deadlines(made, deadlines, aliases, lines)
    order = {"": 0, **{name: number for number, name in enumerate(names, 1)}}
    made.sort(key=lambda one: (order[one["exercise"]], one["last_name"], one["first_name"], one["student"], one["source"]))
    return made, lines


def _people(rows, roster, lines):
    """[(Row, Student), ...], one for each student and exercise; whoever is not in the roster is a Student by themselves."""
    matcher = Matcher(roster) if roster else None
    groups: defaultdict[tuple[str, str, str], list] = defaultdict(list)
    unknown, spellings = [], defaultdict(set)
    for row in sorted(rows, key=lambda row: (row["student"], row["exercise"], row["source"])):
        name = str(row.get("name") or "")
        student, doubt = matcher.of(row["student"], name) if matcher and row["student"] else (None, "")
        if doubt:
            unknown.append(doubt)
        student = student or _by_themselves(row["student"], name)
        spellings[student.student].add(row["student"])
        # Two that nobody is known of are not one student's.
        groups[student.student, row["exercise"], "" if student.student else row["source"]].append((row, student))
    for doubt in dict.fromkeys(unknown):
        lines.append(f"{doubt}; kept as it is")
    for student, names in spellings.items():
        if student and len(names) > 1:
            lines.append(f"{', '.join(visible(name, 100) for name in sorted(names))} are one student on the roster: {student}")
    people = []
    for group in groups.values():
        group.sort(key=lambda pair: _newest(pair[0]))
        people.append(group[-1])
        if len(group) > 1:
            (row, student), others = group[-1], ", ".join(row["source"] for row, _ in group[:-1])
            counts = f"of {len(group)} notebooks {row['source']} counts, not {others}"
            lines.append(f"{student.student}, {row['exercise'] or 'no known exercise'}: {counts}")
    return people


def _of_the_only_exercise(people):
    """`people`, where what cannot be read is of the exercise that all others are of, if its student has not handed that in."""
    known = {row["exercise"] for row, _ in people} - {""}
    having = {student.student for row, student in people if row["exercise"]}
    if len(known) != 1:
        return people
    (name,) = known
    return [
        (row if row["exercise"] or student.student in having else {**row, "exercise": name}, student) for row, student in people
    ]


def _newest(row):
    when = times.moment(row["timestamp"]) if row["timestamp"] else None
    return str(times.in_utc(row["timestamp"])) if when else "", row["attempt"], row["source"]


def _by_themselves(student, name):
    """The Student whom the LMS's own name makes: 'First Last_123' and 'lastfirst_123' have a name in front."""
    numbered = NUMBER.match(student)
    return Student(student, name or (numbered.group(1) if numbered and not numbered.group(1).isdigit() else ""))


def _entry(row, student):
    result = row["result"]
    raw = _rounded(result["earned"]) if not row["flag"] else None
    return cast(
        "Entry",
        {
            **row,
            "student": student.student,
            "name": student.name,
            "first_name": student.first_name,
            "last_name": student.last_name,
            "email": student.email,
            "duedate": "",
            "raw_score": raw,
            "late_submission_penalty": None if raw is None else 0.0,
            "score": raw,
            "max_score": float(result.get("possible") or _points(row["exercise"])),
            "comments": [],
        },
    )


def _missing(student, exercise, made):
    """The Entry of somebody who has not handed in; made: the other Entries."""
    most = next((entry["max_score"] for entry in made if entry["exercise"] == exercise), 0.0) or _points(exercise)
    result = {**grade.unreadable("", "").to_dict(), "exercise": exercise, "title": exercise, "possible": most}
    row = {
        "schema": SCHEMA,
        "student": student.student,
        "exercise": exercise,
        "source": "",
        "timestamp": "",
        "attempt": 0,
        "attempts": 0,
        "late": False,
        "notes": [],
        "result": result,
        "flag": "missing",
        "made": {},
        "finished": "",
    }
    return _entry(row, student)


def _points(exercise):
    with contextlib.suppress(UserError):
        return float(exercises.load(exercise).points) if exercise else 0.0
    return 0.0


def _aliases(people, roster):
    """Student -> all that they are called, in small letters: by the roster and by the LMS."""
    aliases: defaultdict[str, set[str]] = defaultdict(set)
    for student in roster:
        aliases[student.student] |= {student.student, *student.others, student.email, student.name}
    for row, student in people:
        aliases[student.student] |= {student.student, row["student"], student.name, student.email}
    return {student: {name.casefold() for name in names if name} for student, names in aliases.items()}


def _add_comments(made, comments, aliases, anonymous, lines):
    called = defaultdict(set)
    for student, names in aliases.items():
        for name in {*names, anonymous.get(student, "").casefold()} - {""}:
            called[name].add(student)
    for remark in comments:
        where = f"line {remark.line} of the comments"
        who = called.get(remark.student.casefold(), set())
        if len(who) != 1:
            what = "may be any of several students" if who else "is nobody who has handed in or is on the roster"
            lines.append(f"{where}: {visible(remark.student, 60)!r} {what}; not taken")
            continue
        (student,) = who
        theirs = [entry for entry in made if entry["student"] == student]
        fit = [entry for entry in theirs if _is_of(remark, entry)]
        if len(fit) != 1:
            lines.append(f"{where}: {_why_not(remark, theirs, fit)}; not taken")
            continue
        entry = fit[0]
        entry["comments"].append({"task": remark.task, "points": remark.points, "comment": remark.comment})
    for entry in made:
        if entry["comments"]:
            _add_points(entry, lines)


def _is_of(remark, entry):
    named = not remark.exercise or remark.exercise.casefold() in _short_names(entry["exercise"])
    return named and (not remark.task or remark.task in _tasks(entry))


def _short_names(exercise):
    number, _, name = exercise.casefold().partition("_")
    return {exercise.casefold(), number, name} - {""}


def _tasks(entry):
    """Name of a task -> its points."""
    tasks = {task["task"]: task["points"] for task in entry["result"]["tasks"]}
    if not tasks and entry["exercise"]:
        with contextlib.suppress(UserError):
            tasks = {task.name: task.points for task in exercises.load(entry["exercise"]).tasks}
    return tasks


def _why_not(remark, theirs, fit):
    names = sorted({entry["exercise"] for entry in fit or theirs} - {""})
    if fit:
        return f"it may be about {' or '.join(names)}: say which in a column exercise"
    if remark.task:
        known = sorted({task for entry in theirs for task in _tasks(entry)})
        return f"{visible(remark.student, 60)} has no task {visible(remark.task, 60)!r}, but {', '.join(known) or 'none'}"
    return f"{visible(remark.student, 60)} has no exercise {visible(remark.exercise, 60)!r}, but {', '.join(names) or 'none'}"


def _add_points(entry, lines):
    """Adds a teacher's points to the score of an Entry; where they judge what was not judged, the flag goes."""
    given = [comment for comment in entry["comments"] if comment["points"] is not None]
    if not given:
        return
    if entry["flag"]:
        tasks = {comment["task"] for comment in given}
        left = {task["task"] for task in entry["result"]["tasks"] if task["status"] in grade.NOT_JUDGED}
        if "" not in tasks and not (left and left <= tasks):
            lines.append(
                f"{entry['student']}, {entry['exercise']}: points for {', '.join(sorted(tasks))} are not counted, since the rest "
                f"was not judged ({entry['flag']}): give points for it, too, or for the whole notebook, with no task"
            )
            return
        entry["notes"] = [*entry["notes"], f"{entry['flag']}: the teacher's points stand for what was not judged"]
        entry["flag"] = ""
    earned = sum(task["earned"] for task in entry["result"]["tasks"] if task["status"] not in grade.NOT_JUDGED)
    total = earned + sum(comment["points"] for comment in given)
    entry["raw_score"] = entry["score"] = _rounded(min(max(total, 0.0), entry["max_score"]))
    entry["late_submission_penalty"] = 0.0
    if entry["raw_score"] != _rounded(total):
        lines.append(
            f"{entry['student']}, {entry['exercise']}: the comments bring {_rounded(total):g} points, of which "
            f"{entry['raw_score']:g} count, since there are {entry['max_score']:g}"
        )


def _add_deadlines(made, deadlines, aliases, lines):
    if not deadlines:
        return
    called = {name for names in aliases.values() for name in names}
    strangers = [student for student in deadlines.students if student not in called]
    if strangers:
        lines.append(f"the deadlines name students whom nobody knows: {_some(strangers)}")
    untimed = []
    for entry in made:
        names = (entry["student"], *sorted(aliases.get(entry["student"], ())))
        entry["duedate"] = deadlines.of(names, entry["exercise"])
        if not entry["duedate"] or entry["flag"] == "missing":
            continue
        penalty = deadlines.penalty(names, entry["exercise"], entry["timestamp"], entry["max_score"])
        if penalty is None:
            untimed.append(entry)
        elif entry["raw_score"] is not None:
            entry["late_submission_penalty"] = penalty
            entry["score"] = _rounded(max(0.0, entry["raw_score"] - penalty))
    if untimed:
        late = [entry["student"] or entry["source"] for entry in untimed if entry["late"]]
        said = f"; the LMS calls late: {_some(late)}" if late else ""
        who = _some([entry["student"] or entry["source"] for entry in untimed])
        lines.append(f"nobody knows when {len(untimed):,} notebooks were handed in, so there is no penalty for them: {who}{said}")


def _some(names):
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")


def _rounded(number):
    # Sums of tenths have a tail.
    return round(float(number), 10)


def _hidden(entry, anonymous):
    """The Entry with a code for its student, and without what names them in its paths and sentences."""
    code = anonymous.get(entry["student"] or entry["source"], "S-?")
    place = f"{code}.ipynb" if entry["source"] else ""
    named = {entry["student"], entry["name"], entry["email"], entry["first_name"], entry["last_name"]}
    number = NUMBER.match(entry["student"].replace("_", " "))
    named |= {number.group(1), number.group(2)} if number else set()
    words = {entry["source"]: place, **dict.fromkeys(named, code)}
    words.pop("", None)

    def clean(value: Any, paths: bool = False) -> Any:
        if isinstance(value, str):
            value = codes.hidden(value, words)
            # Of other attempts, too.
            return codes.without_paths(value, place or code) if paths else value
        if isinstance(value, list):
            return [clean(each, paths) for each in value]
        return {key: clean(each, paths) for key, each in value.items()} if isinstance(value, dict) else value

    result = entry["result"]
    cleaned = {key: clean(result[key], True) for key in ("error", "note") if key in result}
    tasks = [{**task, "notes": clean(task["notes"]), "parts": clean(task["parts"])} for task in result["tasks"]]
    cleaned["written"] = clean(result.get("written") or [])
    title = result["title"] if result["tasks"] else place
    who = {"student": code, "name": code, "first_name": "", "last_name": "", "email": "", "source": place}
    hidden = {**result, **cleaned, "title": title, "path": place, "tasks": tasks}
    said = {"notes": clean(entry["notes"], True), "comments": clean(entry["comments"])}
    return cast("Entry", {**entry, **who, **said, "result": hidden})


def write(folder: PathLike, entries: Sequence[Entry]) -> None:
    """Writes grades.csv, tasks.csv, course.csv and grades.json of the Entries into `folder`, each as a whole or not at all.

    UTF-8, commas. What a student can choose and a spreadsheet would take for a formula has a ' in front.
    Raises UserError where they cannot be written.
    """
    folder = Path(folder)
    write_text(folder / "grades.csv", _csv([GRADES, *map(_grades_row, entries)]))
    write_text(folder / "tasks.csv", _csv(_tasks_rows(entries)))
    write_text(folder / "course.csv", _csv(_course_rows(entries)))
    content = {"schema": SCHEMA, "entries": [_for_json(entry) for entry in entries]}
    write_text(folder / "grades.json", json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _csv(rows):
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return table.getvalue()


def _cell(value):
    """A value as a cell: numbers as nbgrader writes them, texts on one line and never a formula."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = visible(value, 1000)
        return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    return str(float(value))


def _grades_row(entry):
    return (
        entry["exercise"],
        times.in_utc(entry["duedate"]),
        times.in_utc(entry["timestamp"]),
        entry["student"],
        entry["last_name"],
        entry["first_name"],
        entry["email"],
        entry["raw_score"],
        entry["late_submission_penalty"],
        entry["score"],
        entry["max_score"],
    )


def _by_student(entries):
    """(the exercises in order, [[Entry, ...] of each student, ...] in the order of their names)."""
    groups: defaultdict[tuple[str, ...], list] = defaultdict(list)
    for entry in entries:
        key = entry["last_name"], entry["first_name"], entry["student"], "" if entry["student"] else entry["source"]
        groups[key].append(entry)
    names = dict.fromkeys(entry["exercise"] for entry in entries)
    return sorted(names), [groups[key] for key in sorted(groups)]


def task_points(entry: Entry) -> dict[str, float | None]:
    """Name of a task -> its points with the comments'; None where it was not judged."""
    points: dict[str, float | None] = dict.fromkeys(_tasks(entry))
    for task in entry["result"]["tasks"]:
        if task["status"] not in grade.NOT_JUDGED:
            points[task["task"]] = task["earned"]
    for comment in entry["comments"]:
        if comment["task"] and comment["points"] is not None:
            points[comment["task"]] = _rounded((points.get(comment["task"]) or 0.0) + comment["points"])
    return points


def _tasks_rows(entries):
    names, groups = _by_student(entries)
    tasks: dict[str, dict[str, None]] = {name: {} for name in names}
    for entry in entries:
        tasks[entry["exercise"]].update(dict.fromkeys(_tasks(entry)))
    heads = [(name, task) for name in names for task in (*tasks[name], "raw_score", "flag")]
    rows: list[list[Any]] = [["student_id", "name", *(f"{name}.{head}" if name else head for name, head in heads)]]
    for group in groups:
        cells: dict[tuple[str, str], Any] = {}
        for entry in group:
            cells |= {(entry["exercise"], task): points for task, points in task_points(entry).items()}
            cells[entry["exercise"], "raw_score"], cells[entry["exercise"], "flag"] = entry["raw_score"], entry["flag"]
        rows.append([group[0]["student"], _name(group[0]), *(cells.get(head) for head in heads)])
    return rows


def _course_rows(entries):
    names, groups = _by_student(entries)
    names = [name for name in names if name]
    rows: list[list[Any]] = [["student_id", "name", *names, "total", "max_total", "flags"]]
    most = {name: max(entry["max_score"] for entry in entries if entry["exercise"] == name) for name in names}
    for group in groups:
        scores = {entry["exercise"]: entry["score"] for entry in group}
        known = [scores[name] for name in names if scores.get(name) is not None]
        flags = [f"{entry['exercise'] or entry['source']}: {entry['flag']}" for entry in group if entry["flag"]]
        total = _rounded(sum(known)) if known else None
        cells = [scores.get(name) for name in names]
        rows.append([group[0]["student"], _name(group[0]), *cells, total, sum(most.values()), "; ".join(flags)])
    return rows


def _name(entry):
    """Whose it is, for a person; the file where nobody knows."""
    return entry["name"] or f"{entry['first_name']} {entry['last_name']}".strip() or ("" if entry["student"] else entry["source"])


def _for_json(entry):
    keys = ("student", "name", "first_name", "last_name", "email", "exercise", "source", "timestamp", "duedate", "late")
    more = ("attempt", "attempts", "flag", "raw_score", "late_submission_penalty", "score", "max_score", "comments", "notes")
    points = task_points(entry)
    tasks = [
        {**{key: task[key] for key in ("task", "points", "status", "mistakes")}, "earned": points[task["task"]]}
        for task in entry["result"]["tasks"]
    ]
    row: Mapping[str, Any] = entry
    return {**{key: row[key] for key in (*keys, *more)}, "error": entry["result"]["error"], "tasks": tasks}
