"""What students write in words: questions that a person reads and nothing grades, and the answers to them, bounded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet.grading.exercise import normalized
from gluon_alexnet.grading.texts import Text

if TYPE_CHECKING:
    from gluon_alexnet.grading.exercise import Exercise
    from gluon_alexnet.grading.notebook import Cell

# Characters of one answer that are kept: two to five sentences are asked for.
MAX_WRITTEN = 5_000
# What stands in the cell that is to be written in.
WRITE_HERE = Text(
    "*Write your answer here: two to five sentences.*",
    "*Viết câu trả lời ở đây: hai đến năm câu.*",
)


def find(
    exercise: Exercise, cells: Sequence[Cell], marked: Collection[int], language: str
) -> tuple[dict[str, str | None], ...]:
    """The questions of `exercise`, each a dict: 'name', 'question' in `language`, and 'answer', None where there is none.

    An answer stands in the cell that was handed out for it, told by its metadata or its name. What a student has added below the
    question or below that cell belongs to it too, as far as cells have names that tell added ones from given ones.
    marked: the places of the cells that begin with the name of a task.
    """
    return tuple(
        {"name": asked.name, "question": asked.question.to(language), "answer": _answer(asked.name, exercise, cells, marked)}
        for asked in exercise.written
    )


def _answer(name, exercise, cells, marked):
    """What was written to the question `name`, or None."""
    own = [cell for cell in cells if cell.written == name or f"{name}-answer" in (cell.id, cell.grade_id)]
    asked = [cell for cell in cells if name in (cell.id, cell.grade_id)]
    found = {cell.place: cell for cell in own}
    for start in (*asked, *own):
        for cell in cells[start.place :]:
            if cell.place in found:
                continue
            if not _is_added(cell, exercise, marked):
                break
            found[cell.place] = cell
    texts = [_without_placeholder(found[place].source) for place in sorted(found)]
    answer = "\n\n".join(dict.fromkeys(filter(None, texts)))
    if len(answer) > MAX_WRITTEN:
        answer = answer[: MAX_WRITTEN - 1] + "…"
    return answer or None


def _is_added(cell, exercise, marked):
    """Whether a cell is one of the student's own, and answers no task."""
    if not exercise.ids or not cell.id or cell.place in marked or cell.written in {asked.name for asked in exercise.written}:
        return False
    if exercise.ids & {cell.id, cell.grade_id}:
        return False
    return cell.kind != "code" or normalized(cell.source) not in exercise.given


def _without_placeholder(source):
    for text in WRITE_HERE:
        source = source.replace(text, "")
    return source.strip()
