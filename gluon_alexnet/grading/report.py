"""What a grading says: lines for a terminal, JSON for a program, a page for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import check_folder, write_text
from gluon_alexnet.grading.grade import STATUS
from gluon_alexnet.grading.texts import LANGUAGES, shown, visible
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.language import number
from gluon_alexnet.language import written as in_notation
from gluon_alexnet.pictures.page import render

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

SCHEMA = 1
FORMATS = (".json", ".html")
# What a Result calls its data and its box, where that is not the same in both languages.
SAID = {
    "stand-in": T("stand-in data, not Fashion-MNIST", "dữ liệu thay thế, không phải Fashion-MNIST"),
    "limits only": T("limits only", "chỉ có giới hạn về thời gian và bộ nhớ"),
}


def points_text(points: float, language: str = "en") -> str:
    """A number of points as `language` writes it, without zeros that say nothing."""
    return in_notation(f"{points:g}", language)


def task_line(task: Mapping[str, Any], language: str) -> str:
    """One line of a TaskResult as a dict: number, title, points, status."""
    return f"{task['number']}. {task['title']}: {of(task, 'points', language)} {STATUS[task['status']].to(language)}"


def problems(task: Mapping[str, Any]) -> list[str]:
    """The sentences that say what was wrong with a task, each with the part that it is about."""
    return [*task["notes"], *(f"{part['title']}: {part['problem']}" for part in task["parts"] if part["problem"])]


def summary(result: Mapping[str, Any]) -> list[str]:
    """The lines that a terminal shows of a Result as a dict."""
    language = result["language"]
    if result["error"]:
        return [line(result)]
    lines = [f"{result['title'] or result['exercise']}  ({shown(result['path'])})"]
    for task in result["tasks"]:
        lines.append(f"  {task_line(task, language)}")
        lines += [f"       {sentence}" for sentence in problems(task)]
    lines.append(f"  {T('Score', 'Điểm').to(language)}: {score(result)}{but(result)}")
    return [*lines, *(f"  {text}" for text in written_line(result))]


def written_line(result: Mapping[str, Any]) -> list[str]:
    """The line on answers in words of a Result as a dict, if its exercise asks for any."""
    asked = result.get("written") or ()
    done = sum(each["answer"] is not None for each in asked)
    en, vi = (f"{done}", f"{done}") if done == len(asked) else (f"{done} of {len(asked)}", f"{done} trong {len(asked)}")
    text = T(f"{en} written {'answer' if en == '1' else 'answers'}: not graded here", f"{vi} câu trả lời viết: không chấm ở đây")
    return [text.to(result["language"])] if asked else []


def score(result: Mapping[str, Any]) -> str:
    """Points earned and possible of a Result as a dict: '12/20'."""
    return of(result, "possible", result["language"])


def of(scored: Mapping[str, Any], most: str, language: str) -> str:
    """The points that `scored` has earned of those under the key `most`, as `language` writes them."""
    return f"{points_text(scored['earned'], language)}/{points_text(scored[most], language)}"


def but(result: Mapping[str, Any]) -> str:
    """What must be known of the score of a Result as a dict, in parentheses, or ''."""
    said = reservations(result)
    return f" ({'; '.join(said)})" if said else ""


def reservations(result: Mapping[str, Any]) -> list[str]:
    """The sentences that must be known of the score of a Result as a dict."""
    said = [result["note"]] if result["note"] else []
    if result["points"] < result["possible"]:
        said.append(T("some tasks were left out", "một số nhiệm vụ không được chấm").to(result["language"]))
    if result["not_judged"]:
        points, points_vi = (points_text(result["not_judged"], language) for language in LANGUAGES)
        vi = f"{points_vi} điểm chưa được chấm, không bị mất: hãy chấm lại"
        said.append(T(f"{points} points not judged, not lost: grade it again", vi).to(result["language"]))
    return said


def line(result: Mapping[str, Any]) -> str:
    """One line of a Result as a dict: its path, its score, and which tasks are not full."""
    if result["error"]:
        return f"  -/-   {result['error']}"
    language = result["language"]
    missing: dict[str, list[str]] = {}
    for task in result["tasks"]:
        if task["status"] != "full":
            missing.setdefault(STATUS[task["status"]].to(language), []).append(str(task["number"]))
    every = len(missing) == 1 and result["earned"] == 0
    tasks = ", ".join(status if every else f"{status}: {' '.join(numbers)}" for status, numbers in missing.items())
    return f"{score(result):>6}  {shown(result['path'])}{f'  ({tasks})' if tasks else ''}{but(result)}"


def told(results: Sequence[Mapping[str, Any]], details: bool) -> list[str]:
    """The lines of Results as dicts: each in a line, or with all that was wrong, then what they come to."""
    lines = [text for result in results for text in (summary(result) if details else [line(result)])]
    return lines if len(results) == 1 else [*lines, total(results)]


def total(results: Sequence[Mapping[str, Any]]) -> str:
    """The line that sums many up."""
    graded = [result for result in results if not result["error"]]
    full, unread = sum(result["full"] for result in graded), len(results) - len(graded)
    unjudged = sum(result["not_judged"] > 0 for result in graded)
    if graded and all(result["language"] == "vi" for result in graded):
        said = f"đã chấm {number(len(graded), 'vi')} sổ tay, {number(full, 'vi')} sổ tay đủ điểm"
        said += f", {number(unjudged, 'vi')} sổ tay chưa chấm xong" if unjudged else ""
        return f"{said}; {number(unread, 'vi')} tệp không chấm được" if unread else said
    said = f"{len(graded):,} notebooks graded, {full:,} with full marks"
    said += f", {unjudged:,} not judged to the end" if unjudged else ""
    return f"{said}; {unread:,} could not be graded" if unread else said


def left_out(paths: Sequence[PathLike]) -> list[str]:
    """The lines that name the files that were not looked at."""
    if not paths:
        return []
    named = ", ".join(map(shown, paths[:10]))
    more = f" and {len(paths) - 10:,} more" if len(paths) > 10 else ""
    return [f"left out, being no exercises: {named}{more}"]


def check_path(path: PathLike) -> None:
    """Raises UserError, before anything is graded, where no report can be written at `path`."""
    if not path:
        return
    file = Path(path).expanduser().absolute()
    if file.is_dir():
        raise UserError(f"the report {path} is a folder: name a file in it")
    if file.suffix not in FORMATS:
        raise UserError(f"the report {path} must end in {' or '.join(FORMATS)}")
    if not file.parent.is_dir():
        raise UserError(f"cannot write the report {path}: there is no folder {file.parent}; make it, or name another")
    check_folder(file.parent)


def write(path: PathLike, results: Sequence[Mapping[str, Any]]) -> None:
    """Writes the report of `results`, Results as dicts, at `path`: JSON or HTML by its ending."""
    check_path(path)
    if Path(path).suffix == ".json":
        content = json.dumps({"schema": SCHEMA, "notebooks": results}, ensure_ascii=False, indent=1) + "\n"
    else:
        content = page(results)
    write_text(path, content)


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """One self-contained HTML page."""
    language = results[0]["language"] if results else "en"
    earned, possible = (points_text(sum(result[key] for result in results), language) for key in ("earned", "possible"))
    title = f"{T('Score', 'Điểm').to(language)}: {earned}/{possible}"
    return render("grades.html", title=title, language=language, notebooks=[_notebook(result) for result in results])


def _notebook(result):
    """What the page says of a Result as a dict."""
    return {
        **result,
        "path": visible(result["path"]),
        "score": score(result),
        "mark": _mark(result),
        "about": _about(result),
        "words": written_line(result),
        "reservations": reservations(result),
        "tasks": [_task(task, result["language"]) for task in result["tasks"]],
    }


def _about(result):
    """How a Result as a dict came about, in words."""
    seed = f"{T('seed', 'hạt giống ngẫu nhiên').to(result['language'])} {result['seed']}"
    data, isolation = (
        SAID.get(result[key], T(result[key], result[key])).to(result["language"]) for key in ("data", "isolation")
    )
    return [visible(result["path"]), data, seed, isolation]


def _task(task, language):
    return {
        **task,
        "problems": problems(task),
        "score": of(task, "points", language),
        "status": STATUS[task["status"]].to(language),
        "mark": _mark(task),
    }


def _mark(scored):
    return "full" if scored["points"] and scored["earned"] >= scored["points"] else "part" if scored["earned"] else "none"
