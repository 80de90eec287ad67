"""What a student runs in a cell: the last one of an exercise, which grades the notebook, and `check`, which grades a task."""

from __future__ import annotations

import contextlib
import html
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import in_language

NOT_FOUND = T(
    "The file of this notebook was not found: save it as {} in {}, or run `pytest --nbval FILE`.",
    "Không tìm thấy tệp của sổ tay này: hãy lưu nó thành {} trong {}, hoặc chạy `pytest --nbval TỆP`.",
)
SAVED = T("{} as saved at {}", "{}, bản lưu lúc {}")
OF_THEN = T("{}; what you changed since then does not count yet.", "{}; những gì bạn sửa từ lúc ấy chưa được tính.")
NOT_SAVED = T(
    "The cell of {} that you ran last is not what the file holds: save the notebook (Ctrl-S), then check again.",
    "Ô của {} mà bạn chạy gần nhất khác với tệp đã lưu: hãy lưu sổ tay (Ctrl-S) rồi kiểm tra lại.",
)
COLOURS = {"full": "#1a7f37", "part": "#9a6700", "none": "#cf222e"}


def check(task: str, exercise: str | None = None) -> None:
    """Grades one task of the notebook that this is run in, by the real grader, and shows its row.

    The file is graded as it was saved last, in a process of its own. task: its name, as in the line `# task: NAME` of the cell;
    exercise: such as '04_cost', only for a task whose name several exercises have where nothing tells which notebook this is.
    What is wrong with the question (no such task, no file) is shown as a sentence too.
    """
    try:
        path = _notebook_with(task, exercise)
    except Wondering as error:
        print(_in_words(error.args[0]))
        return
    language = language_of(path)
    print(SAVED.to(language).format(path.name, _saved_at(path)), flush=True)
    if _is_behind(path, task):
        print(NOT_SAVED.to(language).format(task), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "row.json"
        said = "".join(_lines_of([str(path), "--task", task, "--report", str(report)]))
        try:
            (result,) = json.loads(report.read_text(encoding="utf-8"))["notebooks"]
        except (OSError, ValueError):
            result = {"error": said.strip().removeprefix("gluon-alexnet: ")}
    if result["error"]:
        print(result["error"])
        return
    _show(TaskRow(result["tasks"][0], language))


class TaskRow:
    """One task's row, as a terminal and as Jupyter show it. task: its TaskResult as a dict, language: 'en' or 'vi'."""

    def __init__(self, task: dict[str, Any], language: str) -> None:
        self.task, self.language = task, language

    def __repr__(self) -> str:
        from gluon_alexnet.grading import report

        lines = [report.task_line(self.task, self.language)]
        return "\n".join([*lines, *(f"   {sentence}" for sentence in report.problems(self.task))])

    def _repr_html_(self) -> str:
        from gluon_alexnet.grading import report
        from gluon_alexnet.grading.grade import STATUS

        task = self.task
        mark = "full" if task["status"] == "full" else "part" if task["earned"] else "none"
        points = report.of(task, "points", self.language)
        status = html.escape(STATUS[task["status"]].to(self.language))
        sentences = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in report.problems(task))
        return (
            f'<div lang="{self.language}"><b style="color:{COLOURS[mark]}">{points} {status}</b> '
            f"{task['number']}. {html.escape(task['title'])}"
            + (f'<ul style="margin:.2em 0">{sentences}</ul>' if sentences else "")
            + "</div>"
        )


def grade_this_notebook(name: str) -> None:
    """Grades the notebook of the exercise `name` from one of its own cells, and prints what `gluon-alexnet grade` says of it.

    The file is graded as it was saved last, in a process of its own, so that nothing in this kernel has a say in it.
    """
    path = find(name)
    if path is None:
        print("\n".join(_not_found(name)))
        return
    language = language_of(path)
    print(OF_THEN.to(language).format(SAVED.to(language).format(path.name, _saved_at(path))), flush=True)
    for line in _lines_of([str(path)]):
        print(line, end="", flush=True)


def find(*names: str) -> Path | None:
    """The running notebook: as Jupyter or VS Code tell it, else NAME.ipynb in the current folder; None where there is none."""
    told = [os.environ.get("JPY_SESSION_NAME"), getattr(sys.modules.get("__main__"), "__vsc_ipynb_file__", None)]
    files = (Path(path) for path in [*told, *(f"{name}.ipynb" for name in names)] if path)
    return next((path.resolve() for path in files if path.suffix == ".ipynb" and path.is_file()), None)


def language_of(path: Path) -> str:
    """'en' or 'vi', as the notebook says; 'en' where it says nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return "vi" if content["metadata"]["gluon_alexnet"]["language"] == "vi" else "en"
    except (OSError, ValueError, KeyError, TypeError):
        return "en"


class Wondering(Exception):
    """What is asked for is not clear; args[0] says why, a Text, or a str where only English knows it."""


def _notebook_with(task, exercise):
    """The Path of the notebook to grade. Raises Wondering."""
    from gluon_alexnet.errors import UserError
    from gluon_alexnet.grading import exercise as exercises

    try:
        names = [exercises.load(exercise).name] if exercise else exercises.having(task)
    except (UserError, OSError) as error:  # where answers are graded, the exercises are not to be read
        raise Wondering(error.args[0] if isinstance(error, UserError) else str(error)) from error
    path, here = find(), [name for name in names if Path(f"{name}.ipynb").is_file()]
    if path is None and len(here) > 1:
        how = f"check({task!r}, {here[0]!r})"
        raise Wondering(
            T(
                f"{' and '.join(here)} both have a task {task!r}: say which by {how}",
                f"{' và '.join(here)} đều có nhiệm vụ {task!r}: hãy nói rõ bài nào bằng {how}",
            )
        )
    path = path or find(*names)
    if path is None:
        raise Wondering(_not_found(names[0]))
    return path


def _in_words(text):
    """`text`, a Text or a str, in the running notebook's language; in both, a line each, where that is not known."""
    path = find()
    if isinstance(text, T) and path is None:
        return "\n".join(text)
    return in_language(text, language_of(path) if path else "en")


def _not_found(name):
    where = f"{name}.ipynb", Path.cwd()
    return T(*(text.format(*where) for text in NOT_FOUND))


def _saved_at(path):
    return time.strftime("%H:%M:%S", time.localtime(path.stat().st_mtime))


def _is_behind(path, task):
    """Whether this kernel has run the cell of `task`, last of all, as the file does not hold it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    ran = getattr(getattr(shell, "history_manager", None), "input_hist_raw", ())
    from gluon_alexnet.errors import UserError
    from gluon_alexnet.grading import notebook
    from gluon_alexnet.grading.exercise import normalized

    last = next((source for source in reversed(ran) if task in notebook.MARKER.findall(source)), None)
    if last is None:
        return False
    try:
        cells, _ = notebook.read_cells(path)
    except UserError:
        return False
    return normalized(last) not in {normalized(cell.source) for cell in cells if cell.kind == "code"}


def _lines_of(words):
    """The lines, one by one, that `gluon-alexnet grade` prints with these words, in a process of its own."""
    command = [sys.executable, "-m", "gluon_alexnet", "grade", *words]
    environ = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    streams = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with subprocess.Popen(command, encoding="utf-8", errors="replace", env=environ, **streams) as process:
        try:
            yield from process.stdout or ()
        finally:
            # Whoever stops the cell stops the grading, which then cleans up.
            with contextlib.suppress(OSError):
                process.terminate()


def _show(row):
    """Shows a TaskRow as this place can."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        print(repr(row))
    else:
        from IPython.display import display

        display(row)
