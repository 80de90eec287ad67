"""A student's notebook: which exercise it is, and which cell answers which task.

Only the answers are read. Whatever else was done to the file (other cells, outputs, tags, metadata, order) has no effect.
"""

from __future__ import annotations

import ast
import functools
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import cells as reader
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import submissions
from gluon_alexnet.grading import written as words
from gluon_alexnet.grading.exercise import defined_names, normalized
from gluon_alexnet.grading.texts import LANGUAGES, Text, visible
from gluon_alexnet.language import number

if TYPE_CHECKING:
    from gluon_alexnet.grading.exercise import Exercise, Task
    from gluon_alexnet.grading.submissions import Found
    from gluon_alexnet.hints import PathLike

# Files up to this size are read in this process, where they fill some 25 times as much memory at the most.
SMALL = 2_000_000
MAX_ANSWER = 20_000
MARKER = re.compile(r"^#\s*(?:task|nhiệm vụ)\s*:\s*(\w+)\s*$", re.IGNORECASE | re.MULTILINE)
NOT_HERE = Text(
    "{}: this exercise is graded by your teacher: its checks are not installed here",
    "{}: bài này do giảng viên của bạn chấm: phần kiểm tra của nó không được cài ở đây",
)
WHY = {  # what cells.py says -> the same in Vietnamese
    "it is no text in UTF-8": "tệp không phải là văn bản UTF-8",
    "it is nested too deeply": "các phần lồng nhau quá sâu",
    "its cells cannot be read": "không đọc được các ô",
    f"it has more than {reader.MAX_CELLS:,} cells or {reader.MAX_TEXT:,} characters in them": (
        f"tệp có hơn {number(reader.MAX_CELLS, 'vi')} ô hoặc hơn {number(reader.MAX_TEXT, 'vi')} ký tự"
    ),
    "it holds too much to be read": "tệp chứa quá nhiều nội dung",
    "it cannot be read in bearable time and memory": "đọc tệp tốn quá nhiều thời gian và bộ nhớ",
}
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


class Unreadable(UserError):
    """A file that cannot be graded, said in the language that it seems to be written in: 'en' or 'vi'."""

    def __init__(self, text: Text, language: str) -> None:
        super().__init__(text.to(language))
        self.language = language


def language_said(error: UserError) -> str:
    """The language of the sentence of `error`."""
    return error.language if isinstance(error, Unreadable) else "en"


@dataclass(frozen=True)
class Cell:
    """One cell of the file: its kind, id or None, source, and the task that its metadata names or None; counted from 1.

    written: the question that its metadata says it answers in words, or None.
    """

    kind: str
    id: str | None
    source: str
    grade_id: str | None
    place: int
    written: str | None = None


@dataclass(frozen=True)
class Piece:
    """What of a cell, or of cells that were one, may answer a task.

    task: its name, or None; marked: whether the line `# task: NAME` says so (not only the cell's metadata); place: the cell's.
    """

    task: str | None
    marked: bool
    source: str
    kind: str
    place: int


@dataclass(frozen=True)
class Submission:
    """What a student handed in. path: the file, 'ZIP!MEMBER' for one in a zip; answers: name of a task -> Answer; helpers: names
    that other cells of theirs define; written: the questions to answer in words, see written.find."""

    path: Path
    exercise: Exercise
    language: str
    answers: dict[str, Answer]
    helpers: frozenset[str]
    written: tuple[dict[str, str | None], ...] = ()


@dataclass(frozen=True)
class Answer:
    """The cell of one task.

    status: 'answered', 'not attempted', 'missing', 'ambiguous' or 'refused'; note: why, or how the cell was found.
    """

    status: str
    source: str = ""
    note: Text | None = None


def are_ours(paths: Iterable[PathLike]) -> bool:
    """Whether anything at or below `paths` is a notebook of the exercises, or called like one."""
    found, _ = submissions.find(paths)
    return any(submissions.exercise_called(one.name) for one in found) or any(_is_one(one) for one in found)


def _is_one(found):
    try:
        cells, metadata = read_cells(found)
        return not found.problem and (identify(cells, metadata) is not None or graded_by_a_teacher(metadata))
    except UserError:
        return False


def read(found: Found | PathLike, exercise: Exercise | None = None) -> Submission:
    """The Submission in the notebook `found`, a submissions.Found or a path, of `exercise` (an Exercise) or of whichever it is.

    Raises UserError, one sentence, where the file is missing, and Unreadable where it is no notebook, or none of the exercises.
    """
    found = submissions.as_found(found)
    cells, metadata = read_cells(found)
    language = language_of(cells, metadata)
    exercise = exercise or identify(cells, metadata, found.name)
    if exercise is None and graded_by_a_teacher(metadata):
        raise Unreadable(Text(*(text.format(found.shown) for text in NOT_HERE)), language)
    if exercise is None:
        names = ", ".join(exercises.list_exercises())
        raise Unreadable(
            Text(
                f"{found.shown} is none of the exercises ({names}): hand in the notebook that you were given",
                f"{found.shown} không phải là bài tập nào trong các bài {names}: hãy nộp chính sổ tay bạn được phát",
            ),
            language,
        )
    parts = pieces(cells, {task.name for task in exercise.tasks})
    answers = {task.name: find_answer(task, parts, cells, exercise.given) for task in exercise.tasks}
    named_only = metadata["gluon_alexnet"].get("exercise") != exercise.name
    if named_only and all(answer.status == "missing" for answer in answers.values()):
        text = Text(
            f"{found.shown} has no answer cell of {exercise.name}: hand in the notebook that you were given",
            f"{found.shown} không có ô trả lời nào của bài {exercise.name}: hãy nộp chính sổ tay bạn được phát",
        )
        raise Unreadable(text, language)
    written = words.find(exercise, cells, {piece.place for piece in parts if piece.marked}, language)
    return Submission(found.full, exercise, language, answers, helpers(parts, exercise), written)


def read_cells(found: Found | PathLike) -> tuple[list[Cell], dict[str, Any]]:
    """(the cells, the metadata) of the notebook `found` of nbformat 3 or 4. Raises Unreadable where it is none."""
    found = submissions.as_found(found)
    with found.open() as file:
        start = file.read(SMALL + 1)
        what = what_it_is(start)
        if what:
            raise Unreadable(Text(*(f"{found.shown} {text}" for text in what)), seems(start))
        try:
            told = reader.compact(start) if len(start) <= SMALL else _read_apart(file)
        except ValueError as error:
            why = visible(error)
            raise Unreadable(
                Text(
                    f"{found.shown} is not a notebook ({why}): open it in JupyterLab and save it, or hand in the last "
                    "version that opened",
                    f"{found.shown} không phải là sổ tay ({WHY.get(why, why)}): hãy mở tệp trong JupyterLab rồi lưu lại, hoặc "
                    "nộp bản gần nhất còn mở được",
                ),
                seems(start),
            ) from error
    cells = [
        Cell(kind, id, source, name, place, question)
        for place, (kind, id, source, name, question) in enumerate(told["cells"], 1)
    ]
    return cells, told["metadata"]


def seems(start: bytes) -> str:
    """'en' or 'vi': in which language a file seems to be that begins with these bytes, whatever it is."""
    text = start.decode("utf-8", "replace")
    return "vi" if '"language": "vi"' in text or len(VIETNAMESE.findall(text)) > 10 else "en"


def what_it_is(start: bytes) -> Text | None:
    """What a file that begins with these bytes is, if it is no notebook for sure, and what to do; else None."""
    text = start[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<?xml")):
        return Text(
            "is a web page, not a notebook: download the file itself (on GitHub by the button Raw) and hand that in",
            "là một trang web, không phải là sổ tay: hãy tải chính tệp ấy về (trên GitHub dùng nút Raw) rồi nộp",
        )
    if start.startswith((b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        return Text(
            "is an archive, not a notebook: unpack it and hand in the .ipynb that it holds",
            "là một tệp nén, không phải là sổ tay: hãy giải nén rồi nộp tệp .ipynb ở trong",
        )
    if start.startswith(b"%PDF"):
        return Text(
            "is a PDF, not a notebook: hand in the .ipynb that it was made of",
            "là tệp PDF, không phải là sổ tay: hãy nộp tệp .ipynb dùng để tạo ra nó",
        )
    if not start.strip():
        return Text(
            "is empty, not a notebook: save it again, or hand in the last version that had something in it",
            "là tệp rỗng, không phải là sổ tay: hãy lưu lại, hoặc nộp bản gần nhất còn nội dung",
        )
    return None


def _read_apart(file):
    """What cells.py tells of the open `file`, read by a process with limits of its own. Raises ValueError."""
    file.seek(0)
    words = [sys.executable, "-I", "-S", "-c", Path(reader.__file__).read_text(encoding="utf-8")]
    done = subprocess.run(words, stdin=file, capture_output=True)
    if done.returncode:
        raise ValueError("it cannot be read in bearable time and memory")
    told = json.loads(done.stdout)
    if "error" in told:
        raise ValueError(told["error"])
    return told


def identify(cells: Sequence[Cell], metadata: Mapping[str, Any], name: str = "") -> Exercise | None:
    """The Exercise of these cells, or None: what the metadata says if the cells bear it out, else what most cells say.

    name: the file's, which is believed last.
    """
    said = metadata["gluon_alexnet"].get("exercise")
    if graded_by_a_teacher(metadata):
        return None
    names = set().union(*map(_claims, cells))
    counts = {known: len(_claimed(exercises.load(known), names)) for known in exercises.list_exercises()}
    if said in counts and (counts[said] or not any(counts.values())):
        return exercises.load(said)
    best = max(counts, key=counts.__getitem__, default=None)
    # One task's name alone may be met by chance in somebody else's notebook.
    if best and counts[best] >= 2:
        return exercises.load(best)
    called = submissions.exercise_called(name)
    return exercises.load(called) if called else None


def graded_by_a_teacher(metadata: Mapping[str, Any]) -> bool:
    """Whether a notebook is a teacher's own exercise, whose checks are not here."""
    ours = metadata["gluon_alexnet"]
    return ours.get("checks") == "teacher" and ours.get("exercise") not in exercises.list_exercises()


def _claimed(exercise, names):
    return names & {task.name for task in exercise.tasks}


def _claims(cell):
    return {*MARKER.findall(cell.source), cell.id, cell.grade_id} - {None}


def language_of(cells: Iterable[Cell], metadata: Mapping[str, Any]) -> str:
    """'en' or 'vi': what the metadata says, else what the text looks like."""
    said = metadata["gluon_alexnet"].get("language")
    if said in LANGUAGES:
        return said
    text = "".join(cell.source for cell in cells if cell.kind == "markdown")
    return "vi" if len(VIETNAMESE.findall(text)) > 10 else "en"


def pieces(cells: Iterable[Cell], names: Collection[str]) -> list[Piece]:
    """The Pieces of `cells`, in order; names: of the exercise's tasks.

    A cell with lines for several tasks, as merging cells makes it, falls apart at them. A code cell that follows an answer and
    says only by its id or metadata that it is the same one is the other half of a cell that was split, and joins it.
    """
    found: list[Piece] = []
    for cell in cells:
        marks = [mark for mark in MARKER.finditer(cell.source) if mark.group(1) in names]
        if not marks:
            task = next((name for name in (cell.id, cell.grade_id) if name in names), None)
            before = found[-1] if found else None
            if task and cell.kind == "code" and before and before.kind == "code" and before.task == task:
                found[-1] = Piece(task, before.marked, f"{before.source}\n{cell.source}", "code", before.place)
            else:
                found.append(Piece(task, False, cell.source, cell.kind, cell.place))
            continue
        if len({mark.group(1) for mark in marks}) == 1:
            found.append(Piece(marks[0].group(1), True, cell.source, cell.kind, cell.place))
            continue
        starts = [0, *(mark.start() for mark in marks[1:]), len(cell.source)]
        for mark, (start, end) in zip(marks, itertools.pairwise(starts), strict=True):
            found.append(Piece(mark.group(1), True, cell.source[start:end], cell.kind, cell.place))
    return found


def find_answer(
    task: Task, found: Iterable[Piece], cells: Iterable[Cell], given: Collection[str] = frozenset()
) -> Answer:
    """The Answer to `task` among the Pieces `found`: by the line that names it, then by metadata, then by what it defines.

    given: the sources of the cells that are handed out, normalized.
    """
    found = [piece for piece in found if piece.kind != "code" or normalized(piece.source) not in given]
    claiming = [piece for piece in found if piece.task == task.name]
    left = [piece for piece in claiming if not piece.marked and piece.kind == "code" and not is_stub(piece.source, task)]
    claiming = [piece for piece in claiming if piece.marked] or claiming
    left = [piece for piece in left if piece not in claiming]
    note = None
    if not claiming:
        defined = defined_names(task.stub.en)
        claiming = [
            piece
            for piece in found
            if piece.kind == "code" and not piece.task and defined and defined <= defined_names(piece.source[:MAX_ANSWER])
        ]
        if claiming:
            note = Text(
                f"the cell's id and its line `# task: {task.name}` are lost; cell {claiming[-1].place} defines the same: taken",
                f"ô bị mất mã định danh (id) và dòng `# task: {task.name}`, nên đã lấy ô {claiming[-1].place} vì có cùng tên",
            )
    # Only code answers; a text with such a heading matters where there is no code.
    claiming = [piece for piece in claiming if piece.kind == "code"] or claiming
    claiming = [with_other_half(task, piece, found) for piece in claiming]
    check = next((cell.place for cell in cells if f"{task.name}-check" in (cell.id, cell.grade_id)), None)
    return _choose(task, claiming, left, note, check)


def with_other_half(task: Task, piece: Piece, found: Iterable[Piece]) -> Piece:
    """The Piece, joined with the code cell right below it if that has what it lacks: editors split cells without a trace, too."""
    below = next((other for other in found if other.place == piece.place + 1), None)
    if piece.kind != "code" or below is None or below.kind != "code" or below.task:
        return piece
    both = f"{piece.source}\n{below.source}"
    lacking = defined_names(task.stub.en) - defined_names(piece.source)
    if lacking and lacking <= defined_names(both[: 2 * MAX_ANSWER]) and not is_stub(piece.source, task):
        return Piece(piece.task, piece.marked, both, "code", piece.place)
    return piece


def _choose(task, found, left, note, check):
    """The Answer in the Pieces `found`; left: Pieces that may belong to it; check: place of the practice check, or None."""
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
    # As in a run from the top: of several cells that define the same, the practice check below sees the last.
    cell = ([piece for piece in attempted if check is None or piece.place < check] or attempted)[-1]
    others = [str(piece.place) for piece in attempted if normalized(piece.source) != normalized(cell.source)]
    if others:
        note = Text(
            f"cell {cell.place} was taken, the last one before the practice check, as in a run from the top; "
            f"another that claims to be the answer differs: cell {', '.join(others)}",
            f"đã lấy ô {cell.place}, ô cuối cùng trước phần kiểm tra thử, như khi chạy sổ tay từ đầu; "
            f"còn ô khác cũng nhận là câu trả lời nhưng khác nội dung: ô {', '.join(others)}",
        )
    elif left:
        note = Text(
            f"cell {left[0].place} seems to be a part of the answer that was split off, but stands apart and was not taken: "
            f"move it into the cell that begins with `# task: {task.name}`",
            f"ô {left[0].place} có vẻ là một phần bị tách ra của câu trả lời nhưng nằm rời nên không được lấy: "
            f"hãy chuyển nó vào ô bắt đầu bằng `# task: {task.name}`",
        )
    if cell.kind != "code":
        return Answer(
            "refused",
            note=Text(
                f"cell {cell.place} is a {cell.kind} cell: turn it into a code cell",
                f"ô {cell.place} là ô {cell.kind}: hãy đổi nó thành ô mã (code)",
            ),
        )
    length = {language: number(len(cell.source), language) for language in LANGUAGES}
    if len(cell.source) > MAX_ANSWER:
        return Answer(
            "refused",
            note=Text(
                f"the answer has {length['en']} characters, more than {number(MAX_ANSWER)}: put no data and no weights into it",
                f"câu trả lời dài {length['vi']} ký tự, quá {number(MAX_ANSWER, 'vi')}: đừng đưa dữ liệu hay trọng số vào ô",
            ),
        )
    return Answer("answered", cell.source, note)


def is_stub(source: str, task: Task) -> bool:
    """Whether `source` is the cell as it was handed out, in either language, but for comments and blanks."""
    return any(_skeleton(source) == _skeleton(stub) for stub in task.stub) or not _skeleton(source)


@functools.lru_cache(maxsize=200)
def _skeleton(source):
    """What of `source` would run: its syntax tree without docstrings and stubs' messages; its text where it does not parse."""
    try:
        tree = ast.parse(source)
        for node in ast.walk(tree):
            kinds = (ast.FunctionDef, ast.ClassDef, ast.Module)
            if isinstance(node, kinds) and node.body and ast.get_docstring(node) is not None:
                del node.body[0]
            if (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and getattr(node.exc.func, "id", "") == "NotImplementedError"
            ):
                node.exc.args = []
        return ast.dump(tree) if tree.body else ""
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return normalized(source)


def helpers(found: Iterable[Piece], exercise: Exercise) -> frozenset[str]:
    """The names that cells of the student's own define: they do not count, and a NameError about one deserves that hint."""
    own = (piece for piece in found if piece.kind == "code" and not piece.task and normalized(piece.source) not in exercise.given)
    return frozenset().union(*(defined_names(piece.source[:MAX_ANSWER]) for piece in own))
