"""One notebook judged for a class, wherever that is done, and the Row that is kept of it."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gluon_alexnet import __version__
from gluon_alexnet.classroom.rows import SCHEMA
from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import grade, notebook
from gluon_alexnet.grading.texts import visible

if TYPE_CHECKING:
    from gluon_alexnet.classroom.exports import HandedIn
    from gluon_alexnet.classroom.rows import Made, Row
    from gluon_alexnet.grading.exercise import Exercise
    from gluon_alexnet.grading.submissions import Found
    from gluon_alexnet.hints import PathLike

# Name of an exercise -> what digests_of gives, and of what.
known: dict[str, tuple[Exercise, str, dict[str, str]]] = {}


def judge(found: Found, limits: Mapping[str, Any], seed: int | None, apart: Iterable[PathLike] = ()) -> dict[str, Any]:
    """{"result": the Result as a dict, "flag": a key of FLAGS} of one notebook, whatever it is.

    limits: 'time_limit' and 'memory_limit'. Raises grade.NoKernel where this machine cannot run answers at all.
    """
    if found.problem:
        return unreadable(found, f"{found.shown} {found.problem}")
    try:
        result = grade.grade(found, seed=seed, apart=apart, **limits).to_dict()
    except grade.NoKernel:
        raise
    except grade.CannotGrade as error:
        return unreadable(found, str(error), "our fault", error.language)
    except UserError as error:
        return unreadable(found, str(error), language=notebook.language_said(error))
    except Exception as error:
        why = f"{found.shown}: the grader itself failed ({type(error).__name__}: {visible(reason(error), 200)})"
        return unreadable(found, f"{why}; no points are lost", "our fault")
    return {"result": result, "flag": flag_of(result)}


def unreadable(found: Found, sentence: str, flag: str = "unreadable", language: str = "en") -> dict[str, Any]:
    """What `judge` gives for something that cannot be graded, and why, a sentence in `language`."""
    return {"result": {**grade.unreadable(found.full, sentence, language).to_dict(), "path": found.shown}, "flag": flag}


def flag_of(result: Mapping[str, Any]) -> str:
    """The key of FLAGS for a Result as a dict."""
    if result["error"]:
        return "unreadable"
    kinds = {task["status"] for task in result["tasks"]}
    return next((kind for kind in ("our fault", "machine") if kind in kinds), "")


def row(handed: HandedIn, judged: Mapping[str, Any], made: Made) -> Row:
    """The Row of `handed`, which was `judged` just now."""
    result = judged["result"]
    notes = list(handed.notes)
    if handed.exercise and result["exercise"] and handed.exercise != result["exercise"]:
        notes.append(f"it is called {handed.exercise}, and holds {result['exercise']}")
    return {
        "schema": SCHEMA,
        "student": handed.student,
        "name": handed.name,
        "exercise": result["exercise"] or handed.exercise,
        "source": handed.found.shown,
        "timestamp": handed.timestamp,
        "attempt": handed.attempt,
        "attempts": handed.attempts,
        "late": handed.late,
        "notes": notes,
        "result": {**result, "path": handed.found.shown},
        "flag": judged["flag"],
        "made": made,
        "finished": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def made(file: str, exercise: str, answers: Mapping[str, str], limits: Mapping[str, float], seed: int) -> Made:
    """By what a Row is made that is graded here and now.

    file: SHA-256 of its bytes; exercise: its name or ''; answers: as `answer_digests` gives them.
    """
    whole, tasks = digests_of(exercise) if exercise else ("", {})
    return {
        "package": __version__,
        "exercise": whole,
        "tasks": dict(tasks),
        "answers": dict(answers),
        "file": file,
        "limits": dict(limits),
        "seed": seed,
    }


def digests_of(exercise: str) -> tuple[str, dict[str, str]]:
    """(digest of the exercise called so, digests of its tasks), worked out once as long as it is the same."""
    content = exercises.load(exercise)
    if exercise not in known or known[exercise][0] is not content:
        known[exercise] = content, exercises.digest(content), exercises.digests(content)
    return known[exercise][1:]


def answer_digests(
    answers: Mapping[str, Mapping[str, str]], written: Iterable[Mapping[str, str | None]] = ()
) -> dict[str, str]:
    """Name of a task -> SHA-256 of its answer; answers: name of a task -> its 'status' and 'source', as a Result has them.

    written: what was answered in words, as a Result has it; each has a line too, so that a Row always holds the newest words.
    """
    told = {task: exercises.sha256([each["status"], each["source"]]) for task, each in answers.items()}
    return told | {f"written {each['name']}": exercises.sha256(each["answer"]) for each in written}


def answers_now(found: Found) -> tuple[str, dict[str, str]]:
    """(name of the exercise, digests of the answers) in a notebook as it lies there; ("", {}) where it cannot be read."""
    try:
        submission = notebook.read(found)
    except UserError:
        return "", {}
    answers = {task: {"status": each.status, "source": each.source} for task, each in submission.answers.items()}
    return submission.exercise.name, answer_digests(answers, submission.written)


def file_digest(found: Found) -> str:
    """SHA-256 of the bytes of a notebook; '' where it cannot be read."""
    hashed = hashlib.sha256()
    try:
        with found.open() as file:
            while chunk := file.read(1_000_000):
                hashed.update(chunk)
    except (UserError, OSError, ValueError):
        return ""
    return hashed.hexdigest()


def is_good(kept: Row, now: Made) -> bool:
    """Whether a Row that is `kept` still says what grading would bring, the seed and all else being what they are `now`.

    One whose sentence says that it will be graded again is not.
    """
    if kept["flag"] == "machine" or (kept["flag"] == "our fault" and not kept["result"]["tasks"]):
        return False
    before: Mapping[str, Any] = kept["made"]
    least = ("package", "exercise", "tasks", "limits", "seed")
    same = "answers" if now["answers"] else "file"
    return all(before[key] == now[key] for key in (*least, same))  # type: ignore[literal-required]
