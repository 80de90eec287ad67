"""A student's notebook: which exercise it is, and which cell answers which task.

Only the answers are read. Whatever else was done to the file (other cells, outputs, tags, metadata, order) has no effect.
"""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading.exercise import defined_names, normalized
from gluon_alexnet.grading.texts import LANGUAGES, Text

MAX_BYTES = 100_000_000
MAX_ANSWER = 20_000
MARKER = re.compile(r"^#\s*(?:task|nhiệm vụ)\s*:\s*(\w+)\s*$", re.IGNORECASE | re.MULTILINE)
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


@dataclass(frozen=True)
class Cell:
    """One cell of the file: its kind, id or None, source, and the task that its metadata names or None."""

    kind: str
    id: str | None
    source: str
    grade_id: str | None
    place: int


@dataclass(frozen=True)
class Submission:
    """What a student handed in. answers: name of a task -> Answer; helpers: names that other cells of theirs define."""

    path: Path
    exercise: object
    language: str
    answers: dict
    helpers: frozenset


@dataclass(frozen=True)
class Answer:
    """The cell of one task.

    status: 'answered', 'not attempted', 'missing', 'ambiguous' or 'refused'; note: why, or how the cell was found.
    """

    status: str
    source: str = ""
    note: Text | None = None


def is_ours(path):
    """Whether the notebook at `path` is one of the exercises, or no readable notebook at all and called like one of them."""
    try:
        return identify(*read_cells(path)) is not None
    except UserError:
        return any(Path(path).name.startswith(name) for name in exercises.list_exercises())


def read(path, exercise=None):
    """The Submission in the notebook at `path`, of `exercise` (an Exercise) or of whichever it is.

    Raises UserError, one sentence, where the file is missing, is no notebook, or is none of the exercises.
    """
    cells, metadata = read_cells(path)
    exercise = exercise or identify(cells, metadata)
    if exercise is None:
        raise UserError(
            f"{path} is none of the exercises ({', '.join(exercises.list_exercises())}): hand in the notebook you were given"
        )
    answers = {task.name: find_answer(task, cells, exercise) for task in exercise.tasks}
    return Submission(Path(path), exercise, language_of(cells, metadata), answers, helpers(cells, exercise))


def read_cells(path):
    """(the cells, the metadata) of the notebook at `path`, of nbformat 3 or 4. Raises UserError where it is none."""
    path = Path(path)
    mend = "open it in JupyterLab and save it, or hand in the last version that opened"
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path} is larger than {MAX_BYTES:,} bytes: clear its outputs and save it")
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UserError(f"{path} is not a notebook ({error}): {mend}") from error
    try:
        if "worksheets" in content:
            content = {**content, "cells": [cell for sheet in content["worksheets"] for cell in sheet["cells"]]}
        cells = [_cell(place, cell) for place, cell in enumerate(content["cells"], 1)]
        metadata = content.get("metadata")
    except (TypeError, KeyError, AttributeError) as error:
        raise UserError(f"{path} is not a notebook (its cells cannot be read): {mend}") from error
    return cells, metadata if isinstance(metadata, dict) else {}


def _cell(place, cell):
    source = cell.get("source", cell.get("input", ""))
    source = source if isinstance(source, str) else "".join(source)
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    # Colab keeps the ids of cells in the metadata.
    name = cell.get("id") or metadata.get("id")
    return Cell(
        str(cell["cell_type"]),
        name if isinstance(name, str) else None,
        source.replace("\r\n", "\n"),
        grade_id if isinstance(grade_id, str) else None,
        place,
    )


def identify(cells, metadata):
    """The Exercise of these cells: what the metadata says if the cells bear it out, else what most cells say; or None."""
    ours = metadata.get("gluon_alexnet")
    said = ours.get("exercise") if isinstance(ours, dict) else None
    counts = {name: len(_claimed(exercises.load(name), cells)) for name in exercises.list_exercises()}
    if said in counts and (counts[said] or not any(counts.values())):
        return exercises.load(said)
    best = max(counts, key=counts.get, default=None)
    # One task's name alone may be met by chance in somebody else's notebook.
    return exercises.load(best) if best and counts[best] >= 2 else None


def _claimed(exercise, cells):
    return {task.name for task in exercise.tasks for cell in cells if task.name in _claims(cell)}


def _claims(cell):
    return {*MARKER.findall(cell.source), cell.id, cell.grade_id} - {None}


def language_of(cells, metadata):
    """'en' or 'vi': what the metadata says, else what the text looks like."""
    ours = metadata.get("gluon_alexnet")
    said = ours.get("language") if isinstance(ours, dict) else None
    if said in LANGUAGES:
        return said
    text = "".join(cell.source for cell in cells if cell.kind == "markdown")
    return "vi" if len(VIETNAMESE.findall(text)) > 10 else "en"


def find_answer(task, cells, exercise):
    """The Answer to `task` among `cells`: by the cell's id, then by its marker or nbgrader's name, then by what it defines."""
    names = {other.name for other in exercise.tasks}
    found = [cell for cell in cells if _task_of(cell, names) == task.name]
    note = None
    if not found:
        defined = defined_names(task.stub.en)
        found = [
            cell
            for cell in cells
            if cell.kind == "code" and defined and defined <= defined_names(cell.source) and not _task_of(cell, names)
        ]
        if found:
            note = Text(
                f"the cell's id and its line `# task: {task.name}` are lost; cell {found[0].place} defines the same: taken",
                f"ô đã mất mã và dòng `# task: {task.name}`; đã lấy ô {found[0].place} vì nó định nghĩa cùng tên",
            )
    return _choose(task, found, note)


def _task_of(cell, names):
    """The task that `cell` answers: its marker's where it has one, since cells keep their text and not their ids."""
    markers = [name for name in MARKER.findall(cell.source) if name in names]
    if markers:
        return markers[0] if len(set(markers)) == 1 else None
    return next((name for name in (cell.id, cell.grade_id) if name in names), None)


def _choose(task, found, note):
    if not found:
        return Answer(
            "missing",
            note=Text(
                f"there is no cell for it: copy the one that begins with `# task: {task.name}` from a fresh notebook",
                f"không có ô nào cho nhiệm vụ này: hãy chép lại ô bắt đầu bằng `# task: {task.name}` từ bản gốc của sổ tay",
            ),
        )
    attempted = [cell for cell in found if not is_stub(cell.source, task)]
    if not attempted:
        return Answer("not attempted")
    different = {normalized(cell.source): cell for cell in attempted}
    if len(different) > 1:
        places = ", ".join(str(cell.place) for cell in attempted)
        return Answer(
            "ambiguous",
            note=Text(
                f"cells {places} all claim to be the answer and differ: keep one and delete the others",
                f"các ô {places} đều là câu trả lời và khác nhau: hãy giữ một ô và xóa các ô còn lại",
            ),
        )
    (cell,) = different.values()
    if cell.kind != "code":
        return Answer(
            "refused",
            note=Text(
                f"cell {cell.place} is a {cell.kind} cell: turn it into a code cell",
                f"ô {cell.place} là ô {cell.kind}: hãy đổi nó thành ô mã (code)",
            ),
        )
    if len(cell.source) > MAX_ANSWER:
        return Answer(
            "refused",
            note=Text(
                f"the answer has {len(cell.source):,} characters, more than {MAX_ANSWER:,}: put no data and no weights into it",
                f"câu trả lời dài {len(cell.source):,} ký tự, quá {MAX_ANSWER:,}: không đưa dữ liệu hay trọng số vào ô",
            ),
        )
    return Answer("answered", cell.source, note)


def is_stub(source, task):
    """Whether `source` is the cell as it was handed out, in either language, but for comments and blanks."""
    return any(_skeleton(source) == _skeleton(stub) for stub in task.stub) or not _skeleton(source)


def _skeleton(source):
    """What of `source` would run: its syntax tree without docstrings and stubs' messages; its text where it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return normalized(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)) and node.body and ast.get_docstring(node) is not None:
            del node.body[0]
        if (
            isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and getattr(node.exc.func, "id", "") == "NotImplementedError"
        ):
            node.exc.args = []
    return ast.dump(tree) if tree.body else ""


def helpers(cells, exercise):
    """The names that cells of the student's own define: they do not count, and a NameError about one deserves that hint."""
    names = {task.name for task in exercise.tasks}
    own = [
        cell
        for cell in cells
        if cell.kind == "code" and not _task_of(cell, names) and normalized(cell.source) not in exercise.given
    ]
    return frozenset().union(*(defined_names(cell.source) for cell in own))
