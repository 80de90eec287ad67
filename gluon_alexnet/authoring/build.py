"""The files of an exercise made of its source: for students and solved, executed, and what grades it.

The code of each language is executed where it has changed, and once where it is the same in both. Nothing is written where
somebody has begun to answer in a notebook for students, unless that is asked for.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet.authoring import notebooks
from gluon_alexnet.authoring.source import Cell, name_of, read_source
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import user_path, write_text
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import grade

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

HANDOUT, SOLUTIONS = "handout", "solutions"


@dataclass(frozen=True)
class Places:
    """Where the files of an exercise lie, or of a lesson, which asks nothing.

    notebooks: (language, whether it is solved) -> path; reference: what grades it, None of a lesson; root: what they are told
    from.
    """

    notebooks: Mapping[tuple[str, bool], Path]
    reference: Path | None
    root: Path

    def told(self, path: Path) -> str:
        """`path` as it is said to a person."""
        return str(path.relative_to(self.root))

    def notebook(
        self, name: str, cells: Sequence[Cell], language: str, solution: bool, outputs: Mapping[str, Any], apart: bool = False
    ) -> Any:
        """What is to stand in one of the notebooks, as notebooks.notebook or notebooks.lesson makes it."""
        if self.reference is None:
            return notebooks.lesson(name, cells, language, outputs)
        return notebooks.notebook(name, cells, language, solution, outputs, apart)


def places_in(folder: PathLike, name: str, languages: Sequence[str]) -> Places:
    """The Places of a teacher's exercise: handout/ for students, solutions/ and checks/ for nobody else's eyes.

    The first of `languages` lies there, another in a folder called like it.
    """
    root = user_path(folder)
    made = {}
    for language in languages:
        below = Path("" if language == languages[0] else language) / f"{name}.ipynb"
        made[language, True] = root / SOLUTIONS / below
        made[language, False] = root / HANDOUT / below
    return Places(made, root / exercises.CHECKS / f"{name}.json", root)


def build(source: PathLike, folder: PathLike, force: bool = False, again: bool = False) -> list[Path]:
    """Makes the exercise of the source at `source` in `folder` and returns what was written: see `places_in`.

    force: also over notebooks that somebody has answered in; again: execute the solution though its code has not changed.
    Raises UserError, naming the cell, where the source is not as it should be, a cell fails, or the solution has not full marks.
    """
    name, cells = name_of(source), read_source(user_path(source))
    if name in exercises.own():
        raise UserError(f"{name} is an exercise of this package, which students have: give yours another name")
    languages = notebooks.languages_of(cells)
    places = places_in(folder, name, languages)
    reference = notebooks.reference(name, cells)
    if not force:
        refuse_to_lose_answers(name, cells, places, "give --force to write over it, or move it away")
    try:
        outputs = executed(name, cells, places, again, notebooks.execute)
    except UserError as error:
        raise UserError(f"{name}: {error}") from error
    solved = notebooks.notebook(name, cells, languages[0], True, outputs[languages[0]])
    refuse_without_full_marks(name, solved, reference)
    return write(name, cells, places, outputs, apart=True)


def refuse_without_full_marks(name: str, solved: Any, reference: Mapping[str, Any]) -> None:
    """Raises UserError, naming the cell, where the notebook `solved` does not get every point of its own exercise."""
    import nbformat

    with tempfile.TemporaryDirectory(prefix="gluon-alexnet-build-") as folder:
        path = Path(folder) / f"{name}.ipynb"
        path.write_text(nbformat.writes(solved), encoding="utf-8")
        result = grade.grade(path, exercises.from_json(reference))
    for task in result.to_dict()["tasks"]:
        if task["earned"] != task["points"] or task["status"] != "full":
            said = [*task["notes"], *(part["problem"] for part in task["parts"] if part["problem"])]
            given = sum(part["points"] for part in task["parts"])
            if task["status"] == "full" or (not said and given != task["points"]):
                said = [f"its parts add up to {given:g} points"]
            why = "; ".join(said) or grade.STATUS[task["status"]].en
            raise UserError(
                f"{name}, cell '{task['task']}-check': the solution gets {task['earned']:g} of {task['points']:g} points: {why}"
            )


def executed(
    name: str, cells: Sequence[Cell], places: Places, again: bool, execute: Callable[[Any], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """{language: {id of a code cell: its outputs}}, by `execute` where code has changed or `again`, else as they are stored."""
    outputs: dict[str, dict[str, Any]] = {}
    for language in notebooks.languages_of(cells):
        fresh, old = places.notebook(name, cells, language, True, {}), existing(places.notebooks[language, True])
        same = next((each for each in outputs if notebooks.code_in(cells, each) == notebooks.code_in(cells, language)), None)
        if same:
            outputs[language] = outputs[same]
        elif not again and notebooks.code_of(old) == notebooks.code_of(fresh):
            outputs[language] = notebooks.outputs_of(old)
        else:
            outputs[language] = execute(fresh)
    return outputs


def write(
    name: str, cells: Sequence[Cell], places: Places, outputs: Mapping[str, Mapping[str, Any]], apart: bool = False
) -> list[Path]:
    """Writes all files of an exercise or a lesson and returns their paths.

    outputs: those of each language, as `executed` returns them; apart: students' installations do not have its checks.
    """
    import nbformat

    for (language, solution), path in places.notebooks.items():
        made = places.notebook(name, cells, language, solution, outputs[language], apart)
        write_text(path, nbformat.writes(made) + "\n")
    if places.reference is None:
        return [*places.notebooks.values()]
    write_text(places.reference, notebooks.as_json(notebooks.reference(name, cells)))
    return [*places.notebooks.values(), places.reference]


def existing(path: Path) -> Any:
    """The notebook at `path`, None where there is none. Raises UserError where the file is none."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4) if path.exists() else None
    except Exception as error:
        raise UserError(f"{path} is no notebook that could be read: move it away") from error


def out_of_date(name: str, cells: Sequence[Cell], places: Places) -> list[Path]:
    """The files of an exercise or a lesson that do not say what its source says."""
    languages = notebooks.languages_of(cells)
    outputs = {language: notebooks.outputs_of(existing(places.notebooks[language, True])) for language in languages}
    stale = []
    for (language, solution), path in places.notebooks.items():
        made = places.notebook(name, cells, language, solution, outputs[language])
        if notebooks.bare(existing(path)) != notebooks.bare(made):
            stale.append(path)
    if places.reference is not None:
        path, reference = places.reference, notebooks.as_json(notebooks.reference(name, cells))
        if not path.exists() or path.read_text(encoding="utf-8") != reference:
            stale.append(path)
    return stale


def answered(name: str, cells: Sequence[Cell], places: Places) -> dict[Path, list[str]]:
    """{path: the cells that somebody has worked in} of the notebooks for students.

    An answer cell counts that is neither what would be written now nor what was written last, an answer in words, and a code cell
    of one's own.
    """
    numbers, languages = notebooks.number_tasks(name, cells), notebooks.languages_of(cells)
    answers = [cell for cell in cells if cell.kind == "answer"]
    stubs = [(cell.id, notebooks.stub(cell, numbers[cell.id][0], each)) for cell in answers for each in languages]
    given = {cell.id for cell in cells}
    if places.reference is not None and places.reference.exists():
        for entry in json.loads(places.reference.read_text(encoding="utf-8"))["cells"]:
            stubs += [(entry["id"], text) for text in entry.get("stub", {}).values()]
            given.add(entry["id"])
    found: dict[Path, list[str]] = {}
    for (_, solution), path in places.notebooks.items():
        notebook = None if solution else existing(path)
        for number, cell in enumerate(notebook.cells if notebook else [], 1):
            marked = re.match(r"# task: (\S+)", cell.source)
            own = cell.cell_type == "code" and cell.source.strip() and cell.get("id") not in given
            written = cell.metadata.get("gluon_alexnet", {}).get("written")
            said = written and cell.source.strip() not in ("", *notebooks.WRITE_HERE.values())
            if (marked and (marked[1], cell.source) not in stubs) or (own and not marked) or said:
                found.setdefault(path, []).append(marked[1] if marked else written or f"cell {number}")
    return found


def refuse_to_lose_answers(name: str, cells: Sequence[Cell], places: Places, way_out: str) -> None:
    """Raises UserError, naming the notebook, where somebody has answered in one. way_out: what to do; {} is the notebook."""
    for path, work in answered(name, cells, places).items():
        where = places.told(path)
        raise UserError(
            f"{where} has answers that would be lost ({', '.join(work)}), so nothing was written: {way_out.format(where)}"
        )
