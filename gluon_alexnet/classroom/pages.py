"""The pages of a class: one for each student, to hand back, and one of all, for the teacher. Pure: Entries in, HTML out."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, TypedDict
from urllib.parse import quote, urlencode

from gluon_alexnet.classroom import figures, handed_back, unread, words
from gluon_alexnet.classroom.figures import by_student, file_name
from gluon_alexnet.classroom.rows import Entry
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading.grade import NOT_JUDGED, STATUS
from gluon_alexnet.grading.report import reservations
from gluon_alexnet.grading.texts import LANGUAGES, Text, shown, visible
from gluon_alexnet.language import short as number
from gluon_alexnet.pictures.page import Bar, render, script

__all__ = ["About", "by_student", "class_page", "file_name", "student_page"]

# Seconds between two looks at a class that is being graded.
RELOAD = 5
# Students named in a cell before the rest is a number.
NAMED = 6


class About(TypedDict, total=False):
    """What the pages say of a class besides its Entries.

    title: of the course; done, total: notebooks; began: ISO 8601; seconds: since then; problems: lines on all that was left out;
    alike: alike.Alike as dicts, None where nothing was compared; language: the class page's, 'en' or 'vi'.
    """

    title: str
    done: int
    total: int
    began: str
    seconds: float
    problems: list[str]
    alike: list[dict[str, Any]] | None
    language: str


def student_page(entries: Sequence[Entry], about: About | Mapping[str, Any]) -> str:
    """The page of one student as HTML: all their `entries`, at least one, each in the language that it was handed in in.

    It has their own answers and what was said of them, and nothing of hidden checks, drawn inputs or anybody else.
    """
    entries = sorted(entries, key=lambda entry: entry["exercise"] or "~")
    known = max(entries, key=lambda entry: (bool(entry["result"].get("tasks")), entry["timestamp"]))
    language = _language_of(known)
    if not figures.tasks_of(known) and language == "en" and about.get("language") in LANGUAGES:
        # Nothing that was handed in says a language: the class's.
        language = about["language"]
    w = words.in_words(words.STUDENT, language)
    said = [_exercise(entry, _language_of(entry) if figures.tasks_of(entry) else language) for entry in entries]
    total = None
    if len(entries) > 1 and all(entry["score"] is not None for entry in entries):
        total = [number(sum(entry[key] or 0 for entry in entries), language) for key in ("score", "max_score")]
    return render(
        "student.html",
        language=language,
        w=w,
        name=figures.name_of(entries[0]) if entries[0]["student"] or entries[0]["name"] else w["title"],
        course=visible(about.get("title") or "", 200),
        exercises=said,
        total=total,
    )


def _language_of(entry):
    language = entry["result"].get("language")
    return language if language in LANGUAGES else "en"


def _exercise(entry, language):
    """What the student's page says of one Entry."""
    w = words.in_words(words.STUDENT, language)
    flag = entry["flag"]
    what = [text.to(language) for text in words.UNJUDGED[flag]] if flag in words.UNJUDGED else None
    tasks = [_task(entry, task, language) for task in figures.tasks_of(entry)]
    return {
        "language": language,
        "w": w,
        "anchor": quote(entry["exercise"] or "unknown", safe=""),
        "title": _title(entry, language),
        "score": None if entry["score"] is None else number(entry["score"], language),
        "max_score": number(entry["max_score"], language),
        "mark": _mark(entry["score"], entry["max_score"]),
        "when": _when(entry, w, language),
        "penalty": _penalty(entry, w, language),
        "unjudged": what,
        **(_why(entry, language) if flag == "unreadable" else {"error": "", "said_in": language}),
        "reservations": [] if what or not tasks else [visible(said) for said in reservations(entry["result"])],
        "tasks": tasks,
        "comments": _comments(entry, "", language),
        "written": [
            {"question": typed(each["question"]), "answer": typed(each["answer"] or "")}
            for each in entry["result"].get("written") or ()
        ],
        "drawn": any(handed_back.GONE in text for task in tasks for text in task["said"]),
    }


def _title(entry, language):
    """What an exercise is called: by the notebook, by the exercise itself, or by its name."""
    name = entry["exercise"]
    own = entry["result"]["title"] if figures.tasks_of(entry) else ""
    return visible(own or _title_called(name, language) or name, 200)


@functools.cache
def _title_called(name, language):
    try:
        return exercises.load(name).title.to(language) if name in exercises.list_exercises() else ""
    except UserError:
        return ""


def _when(entry, w, language):
    """When a notebook was handed in, in a few words each."""
    said = [w["handed_in"].format(words.moment(entry["timestamp"], language))] if entry["timestamp"] else []
    if entry["attempts"] > 1:
        said.append(w["attempt"].format(entry["attempt"], entry["attempts"]))
    if figures.is_late(entry):
        said.append(w["late"])
    if entry["duedate"]:
        said.append(w["due"].format(words.moment(entry["duedate"], language)))
    return said


def _penalty(entry, w, language):
    penalty = entry["late_submission_penalty"]
    if not penalty or entry["raw_score"] is None:
        return ""
    return w["penalty"].format(number(entry["raw_score"], language), number(penalty, language))


def _why(entry, language):
    """Why a notebook could not be read, and the language of that sentence: `language` where it is known."""
    error, said_in = _error(entry), _language_of(entry)
    vietnamese = unread.in_vietnamese(error) if (said_in, language) == ("en", "vi") else None
    return {"error": vietnamese or error, "said_in": "vi" if vietnamese else said_in}


def _error(entry):
    """Why a notebook could not be read, with no folder of the teacher's: a path in it is shortened to the file's own name."""
    text = entry["result"].get("error") or ""
    for path in sorted({entry["source"], entry["result"].get("path") or ""} - {""}, key=len, reverse=True):
        name = PurePath(path.replace("!", "/")).name
        for form in (path, shown(path), visible(path, 300)):
            text = text.replace(form, name)
    return visible(text)


def _comments(entry, task, language):
    """[(points, words)] of the teacher's comments on a task, '' for those on the whole."""
    return [
        ("" if comment["points"] is None else words.signed(comment["points"], language), _lines(comment["comment"]))
        for comment in entry["comments"]
        if comment["task"] == task
    ]


def typed(text: str) -> dict[str, Any]:
    """A text as it was typed, line by line: 'head', the first without what makes it a heading, and 'rest', the others."""
    lines = [visible(line.expandtabs(4), 2_000) for line in str(text).strip().split("\n")]
    return {"head": lines[0].lstrip("# "), "rest": "\n".join(lines[1:]).strip("\n"), "whole": "\n".join(lines)}


def _lines(text):
    return [visible(line, 2_000) for line in str(text).splitlines()]


def _task(entry, task, language):
    """What the student's page says of a TaskResult, a dict."""
    judged = task["status"] not in NOT_JUDGED
    parts = [
        {
            "title": visible(part["title"], 200),
            "score": f"{number(part['earned'], language)}/{number(part['points'], language)}",
            "mark": _mark(part["earned"], part["points"]) if judged or part["earned"] else "open",
            "problem": handed_back.part_sentence(part),
        }
        for part in task["parts"]
    ]
    notes = handed_back.notes(task)
    source = (entry["result"].get("answers") or {}).get(task["task"], {}).get("source", "")
    earned = number(task["earned"], language) if judged or task["earned"] else "–"
    return {
        "number": task["number"],
        "title": visible(task["title"], 200),
        "score": f"{earned}/{number(task['points'], language)}",
        "status": STATUS[task["status"]].to(language) if task["status"] in STATUS else visible(task["status"], 40),
        "mark": _mark(task["earned"], task["points"]) if judged else "open",
        "parts": parts,
        "notes": notes,
        "said": [*notes, *(part["problem"] for part in parts)],
        "code": handed_back.code(source) if source.strip() else [],
        "comments": _comments(entry, task["task"], language),
    }


def _mark(score, most):
    """The class of the page's style: how much of what there was was earned."""
    if score is None:
        return "open"
    return "full" if most and score >= most else "part" if score > 0 else "none"


def class_page(entries: Sequence[Entry], about: About | Mapping[str, Any]) -> str:
    """The page of the whole class as HTML, for the teacher; it links to students/FILE, see `file_name`.

    While `about['done']` is less than `about['total']` it loads itself again.
    """
    language = "vi" if about.get("language") == "vi" else "en"
    w = words.in_words(words.CLASS, language)
    alike = about.get("alike")
    pairs = figures.alike_pairs(alike or ())
    students = by_student(entries)
    names = {student: _person(student, own) for student, own in students.items()}
    columns = sorted({entry["exercise"] for entry in entries}, key=lambda name: name or "~")
    found = figures.mistakes(entries, language)
    return render(
        "class.html",
        language=language,
        w=w,
        title=visible(about.get("title") or w["title"], 200),
        progress=_progress(about, w, language),
        reload=RELOAD,
        tiles=_tiles(entries, students, w, language),
        problems=_problems(entries, names, w, language),
        details=_details(entries, about, w),
        faults=_faults(entries, language),
        columns=[_column(name, entries, w, language) for name in columns],
        students=_students(students, columns, pairs, found, language),
        marks=[(key, text.to(language)) for key, text in words.MARKS.items()],
        mistakes=[_mistake(place, each, names, language) for place, each in enumerate(found)],
        distributions=[_distribution(name, entries, w, language) for name in columns if name],
        written=[_asked(each, names, w, language) for each in figures.asked(entries, language)],
        alike=None if alike is None else [_alike(pair, names, w, language) for pair in alike],
        program=script("class.js"),
    )


def _progress(about, w, language):
    done, total, seconds = about.get("done") or 0, about.get("total") or 0, about.get("seconds") or 0
    began = w["began"].format(words.moment(about["began"], language)) if about.get("began") else ""
    if done >= total:
        said = [w["done"].format(number(total, language), words.duration(seconds, language))] if total else []
        return {"running": False, "said": " · ".join(filter(None, [*said, began]))}
    said = [w["running"].format(number(done, language), number(total, language))]
    if done:
        said.append(w["left"].format(words.duration(seconds / done * (total - done), language)))
    return {"running": True, "said": " · ".join(filter(None, [*said, began])), "done": done, "total": total}


def _tiles(entries, students, w, language):
    """[(what, how many)] of the class as a whole."""
    full = sum("full" in figures.marks(entry) for entry in entries)
    counts = [
        (w["students"], len(students)),
        (w["notebooks"], sum(entry["flag"] != "missing" for entry in entries)),
        (w["judged"], sum(not entry["flag"] for entry in entries)),
        (w["full"], full),
        (w["no_score"], sum(entry["score"] is None for entry in entries)),
    ]
    return [(name, number(count, language)) for name, count in counts]


def _problems(entries, names, w, language):
    """A row for each flag, and for being late: what, how many, whose; the address shows them all in the table."""
    rows = []
    for key in ("unreadable", "machine", "our fault", "missing", "late"):
        of_it = [entry for entry in entries if (figures.is_late(entry) if key == "late" else entry["flag"] == key)]
        if of_it:
            whose = dict.fromkeys(map(figures.student_of, of_it))
            rows.append(
                {
                    "what": words.MARKS[key].to(language),
                    "count": number(len(of_it), language),
                    **_named(whose, names, w, language),
                    "address": "#" + urlencode({"marked": key}, quote_via=quote),
                }
            )
    return rows


def _named(students, names, w, language):
    """Some students by name and address, the rest as a number."""
    students = list(students)
    rest = len(students) - NAMED
    return {
        "students": [names.get(student, (visible(student, 100), "")) for student in students[:NAMED]],
        "more": w["more"].format(number(rest, language)) if rest > 0 else "",
    }


def _person(student, own):
    """(name, address of the page) of a student."""
    return figures.name_of(own[0]), f"students/{quote(file_name(student))}"


def _details(entries, about, w):
    """[(headline, [(whose or '', sentence)])] of what was said of files, where anything was."""
    unread = [(visible(entry["source"], 200), _error(entry)) for entry in entries if entry["flag"] == "unreadable"]
    notes = [(visible(entry["source"], 200), visible(note)) for entry in entries for note in entry["notes"]]
    lines = [("", visible(line)) for line in about.get("problems") or ()]
    found = ((w["unread"], unread), (w["notes"], notes), (w["lines"], lines))
    return [(headline.format(len(said)), said) for headline, said in found if said]


def _faults(entries, language):
    """[(exercise and task, what failed, how often)] of the checks that failed by themselves."""
    counts = Counter(
        (entry["exercise"], task["number"], task["task"], note)
        for entry in entries
        for task in figures.tasks_of(entry)
        if task["status"] == "our fault"
        for note in task["notes"]
    )
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(f"{name}, {place}. {task}", visible(note), number(count, language)) for (name, place, task, note), count in rows]


def _column(name, entries, w, language):
    """An exercise in the table's head: its name, a short form, its title."""
    if not name:
        return {"name": "", "short": w["unknown"], "title": w["unknown"]}
    own = [entry for entry in entries if entry["exercise"] == name]
    return {"name": visible(name, 60), "short": visible(name.split("_")[0], 12), "title": _class_title(own, name, language)}


def _class_title(own, name, language):
    """An exercise's title in `language`, or in the other where nobody knows it in this."""
    spoken = [entry for entry in own if figures.tasks_of(entry)]
    first = next((entry for entry in spoken if _language_of(entry) == language), None)
    own = first["result"]["title"] if first else ""
    other = spoken[0]["result"]["title"] if spoken else ""
    return visible(own or _title_called(name, language) or other or name, 200)


def _students(students, columns, pairs, found, language):
    """The rows of the table."""
    made = {}
    for place, mistake in enumerate(found):
        for student in mistake.students:
            made.setdefault((student, mistake.exercise), []).append(f"m{place}")
    return [_student(student, own, columns, pairs, made, language) for student, own in students.items()]


def _student(student, own, columns, pairs, made, language):
    cells, seen = [], {}
    for name in columns:
        entries = [entry for entry in own if entry["exercise"] == name]
        marks = [mark for entry in entries for mark in figures.marks(entry, pairs)]
        seen.update(dict.fromkeys(mark for mark in marks if mark not in ("full", "not attempted")))
        known = [entry["score"] for entry in entries if entry["score"] is not None]
        flags = [words.MARKS[entry["flag"]].to(language) for entry in entries if entry["flag"] in words.MARKS]
        cells.append(
            {
                "value": f"{max(known):g}" if known else "",
                "text": number(max(known), language) if known else ", ".join(dict.fromkeys(flags)),
                "mark": _mark(max(known), entries[0]["max_score"]) if known else "open" if entries else "",
                "tokens": " ".join(
                    mark.replace(" ", "-") for mark in dict.fromkeys([*marks, *made.get((student, name), ())])
                ),
            }
        )
    scores = [entry["score"] for entry in own if entry["score"] is not None]
    seconds = sum(map(figures.seconds_of, own))
    name, address = _person(student, own)
    return {
        "name": name,
        "id": "" if visible(student, 100) == name or not own[0]["student"] else visible(student, 100),
        "address": address,
        "cells": cells,
        "total": f"{sum(scores):g}" if scores else "",
        "total_text": number(sum(scores), language) if scores else "",
        "seconds": f"{seconds:.2f}",
        "time": words.duration(seconds, language) if seconds else "",
        "remarks": [words.MARKS[mark].to(language) for mark in seen if mark in words.MARKS],
    }


def _distribution(name, entries, w, language):
    """An exercise's scores as bars of a picture, its times, and its tasks."""
    own = [entry for entry in entries if entry["exercise"] == name]
    known = figures.scores(own)
    most = max((entry["max_score"] for entry in own), default=0)
    about = {key: number(value, language, 0 if key == "n" else 1) for key, value in figures.summary(known).items()}
    times = sorted(seconds for seconds in map(figures.seconds_of, own) if seconds)
    middle = figures.summary(times).get("median", 0)
    return {
        "name": visible(name, 60),
        "anchor": quote(name, safe=""),
        "title": _class_title(own, name, language),
        "summary": w["summary"].format(**about) if known else w["no_scores"],
        "picture": _picture(figures.bars(known, most), w, language) if known else None,
        "tasks": [_shares(share, language) for share in figures.shares(own, language)],
        "times": [words.duration(each, language) for each in (middle, times[-1], sum(times))] if times else None,
        "count": number(len(times), language),
    }


def _picture(bars, w, language):
    """The bars of a distribution, placed in a picture of 300 by 120."""
    highest = max(count for _, _, count in bars)
    width = 264 / len(bars)
    drawn = []
    for place, (low, high, count) in enumerate(bars):
        height = 88 * count / highest
        span = f"{number(low, language)}–{number(high, language)}"
        drawn.append(
            {
                "x": f"{30 + place * width:.2f}",
                "y": f"{96 - height:.2f}",
                "width": f"{max(width - 2, 1):.2f}",
                "height": f"{height:.2f}",
                "said": w["bar"].format(span, number(count, language)),
                "count": count,
            }
        )
    most = bars[-1][1]
    ticks = [(30 + 264 * share, number(most * share, language, 1)) for share in (0, 0.25, 0.5, 0.75, 1)]
    return {"bars": drawn, "ticks": ticks, "highest": number(highest, language)}


def _shares(share, language):
    """A task's row, and those of its parts."""

    def cells(each):
        mean = each.earned / each.count if each.count else 0
        return {
            "title": visible(each.title, 200),
            "language": each.language,
            "points": number(each.points, language),
            "mean": number(mean, language) if each.count else "–",
            "right": Bar(words.percent(each.right, each.count, language), each.right / each.count) if each.count else "–",
        }

    counts = [
        f"{(STATUS[status] if status in STATUS else Text(status, status)).to(language)}: {number(count, language)}"
        for status, count in share.statuses.most_common()
    ]
    parts = [cells(part) for part in share.parts]
    return {**cells(share), "number": share.number, "statuses": " · ".join(counts), "parts": parts}


def _mistake(place, mistake, names, language):
    students = list(dict.fromkeys(mistake.students))
    w = words.in_words(words.CLASS, language)
    return {
        "token": f"m{place}",
        "exercise": visible(mistake.exercise, 60),
        "task": visible(mistake.title, 200),
        "name": visible(mistake.name, 80),
        "sentence": mistake.sentence,
        "language": mistake.language,
        "count": number(len(students), language),
        "address": f"#marked=m{place}",
        **_named(students, names, w, language),
    }


def _asked(question, names, w, language):
    """A question that is answered in words, with all answers."""
    silent = [names[figures.student_of(entry)] for entry in question.silent]
    counts = [w["answered"].format(number(len(question.answered), language))]
    counts += [w["unanswered"].format(number(len(silent), language))] * bool(silent)
    return {
        "exercise": visible(question.exercise, 60),
        "question": typed(question.question),
        "language": question.language,
        "counts": " · ".join(counts),
        "answers": [
            {"who": names[figures.student_of(entry)], "language": _language_of(entry), "text": typed(text)["whole"]}
            for entry, text in question.answered
        ],
        "silent": silent,
    }


def _alike(pair: Mapping[str, Any], names: Mapping[str, tuple[str, str]], w: Mapping[str, str], language: str) -> dict[str, Any]:
    """A row of what is alike."""
    students: Iterable[str] = pair["students"]
    kind = str(pair["kind"])
    tasks = w["in_tasks"].format(number(pair["score"], language))
    # Of texts the share that is alike, else in how many tasks.
    score = words.percent(pair["score"], 1, language) if kind == "text" else tasks
    return {
        "students": [names.get(student, (visible(student, 100), "")) for student in students],
        "exercise": visible(pair["exercise"], 60),
        "kind": w[kind] if kind in ("text", "behaviour", "net") else visible(kind, 40),
        "score": score,
        "chance": number(pair["chance"], language, 3),
        "what": visible(pair["what"], 500),
    }
