"""What a grading says: lines for a terminal, JSON for a program, a page for a person."""

import html
import json
from pathlib import Path

from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import check_folder, write_text
from gluon_alexnet.grading.grade import STATUS
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import shown

SCHEMA = 1
FORMATS = (".json", ".html")


def points_text(number):
    return f"{number:g}"


def task_line(task, language):
    """One line of a TaskResult as a dict: number, title, points, status."""
    earned, points = points_text(task["earned"]), points_text(task["points"])
    return f"{task['number']}. {task['title']}: {earned}/{points} {STATUS[task['status']].to(language)}"


def problems(task):
    """The sentences that say what was wrong with a task, each with the part that it is about."""
    return [*task["notes"], *(f"{part['title']}: {part['problem']}" for part in task["parts"] if part["problem"])]


def summary(result):
    """The lines that a terminal shows of a Result as a dict."""
    language = result["language"]
    if result["error"]:
        return [line(result)]
    lines = [f"{result['title'] or result['exercise']}  ({shown(result['path'])})"]
    for task in result["tasks"]:
        lines.append(f"  {task_line(task, language)}")
        lines += [f"       {sentence}" for sentence in problems(task)]
    lines.append(f"  {T('Score', 'Điểm').to(language)}: {score(result)}{but(result)}")
    return lines


def score(result):
    return f"{points_text(result['earned'])}/{points_text(result['possible'])}"


def but(result):
    """What must be known of the score of a Result as a dict, in parentheses, or ''."""
    said = [result["note"]] if result["note"] else []
    if result["points"] < result["possible"]:
        said.append(T("some tasks were left out", "một số nhiệm vụ không được chấm").to(result["language"]))
    if result["not_judged"]:
        points = points_text(result["not_judged"])
        vi = f"{points} điểm chưa chấm, không mất: hãy chấm lại"
        said.append(T(f"{points} points not judged, not lost: grade it again", vi).to(result["language"]))
    return f" ({'; '.join(said)})" if said else ""


def line(result):
    """One line of a Result as a dict: its path, its score, and which tasks are not full."""
    if result["error"]:
        return f"  -/-   {result['error']}"
    language = result["language"]
    missing = {}
    for task in result["tasks"]:
        if task["status"] != "full":
            missing.setdefault(STATUS[task["status"]].to(language), []).append(str(task["number"]))
    every = len(missing) == 1 and result["earned"] == 0
    tasks = ", ".join(status if every else f"{status}: {' '.join(numbers)}" for status, numbers in missing.items())
    return f"{score(result):>6}  {shown(result['path'])}{f'  ({tasks})' if tasks else ''}{but(result)}"


def told(results, details):
    """The lines of Results as dicts: each in a line, or with all that was wrong, then what they come to."""
    lines = [text for result in results for text in (summary(result) if details else [line(result)])]
    return lines if len(results) == 1 else [*lines, total(results)]


def total(results):
    """The line that sums many up."""
    graded = [result for result in results if not result["error"]]
    full, unread = sum(result["full"] for result in graded), len(results) - len(graded)
    said = f"{len(graded):,} notebooks graded, {full:,} with full marks"
    if any(result["not_judged"] for result in graded):
        said += f", {sum(result['not_judged'] > 0 for result in graded):,} not judged to the end"
    return f"{said}; {unread:,} could not be graded" if unread else said


def left_out(paths):
    """The lines that name the files that were not looked at."""
    if not paths:
        return []
    named = ", ".join(map(shown, paths[:10]))
    more = f" and {len(paths) - 10:,} more" if len(paths) > 10 else ""
    return [f"left out, being no notebooks: {named}{more}"]


def check_path(path):
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


def write(path, results):
    """Writes the report of `results`, Results as dicts, at `path`: JSON or HTML by its ending."""
    check_path(path)
    if Path(path).suffix == ".json":
        content = json.dumps({"schema": SCHEMA, "notebooks": results}, ensure_ascii=False, indent=1) + "\n"
    else:
        content = page(results)
    write_text(path, content)


STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
body { color: #1b1f24; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #d8dee4; vertical-align: top }
td.n, th.n { text-align: right; white-space: nowrap } .full { color: #116329 } .part { color: #7d4e00 } .none { color: #a40e26 }
ul { margin: .2rem 0; padding-left: 1.2rem } .about { color: #59636e; font-size: .9rem }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117 } td, th { border-color: #30363d }
 .full { color: #56d364 } .part { color: #e3b341 } .none { color: #ff7b72 } .about { color: #9198a1 } }
"""


def page(results):
    """One self-contained HTML page."""
    earned, points = (sum(result[key] for result in results) for key in ("earned", "possible"))
    rows = "".join(
        f"<tr><td><a href='#n{number}'>{html.escape(result['path'])}</a></td><td>{html.escape(result['title'])}</td>"
        f"<td class='n {_mark(result)}'>{points_text(result['earned'])}/{points_text(result['possible'])}</td></tr>"
        for number, result in enumerate(results)
    )
    sections = "".join(_section(number, result) for number, result in enumerate(results))
    language = results[0]["language"] if results else "en"
    title = T("Score", "Điểm").to(language)
    return (
        f"<!doctype html>\n<html lang='{language}'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{title} {points_text(earned)}/{points_text(points)}</title><style>{STYLE}</style>\n"
        f"<h1>{title}: {points_text(earned)}/{points_text(points)}</h1>\n<table>{rows}</table>\n{sections}</html>\n"
    )


def _section(number, result):
    language = result["language"]
    head = f"<h2 id='n{number}'>{html.escape(result['title'] or result['exercise'] or result['path'])}</h2>"
    if result["error"]:
        return f"{head}<p class='none'>{html.escape(result['error'])}</p>\n"
    about = html.escape(f"{result['path']} · {result['data']} · seed {result['seed']} · {result['isolation']}")
    rows = "".join(_row(task, language) for task in result["tasks"])
    return f"{head}<p class='about'>{about}</p><table>{rows}</table>\n"


def _row(task, language):
    said = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in problems(task))
    said = f"<ul>{said}</ul>" if said else ""
    status = html.escape(STATUS[task["status"]].to(language))
    score = f"{points_text(task['earned'])}/{points_text(task['points'])}"
    return (
        f"<tr><td class='n'>{task['number']}</td><td>{html.escape(task['title'])}{said}</td>"
        f"<td class='{_mark(task)}'>{status}</td><td class='n {_mark(task)}'>{score}</td></tr>"
    )


def _mark(scored):
    return "full" if scored["points"] and scored["earned"] >= scored["points"] else "part" if scored["earned"] else "none"
