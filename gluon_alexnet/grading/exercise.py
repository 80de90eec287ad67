"""What an exercise is to the grader: its cells, its tasks, their points and checks, read from JSON.

The package's own lie in it. A teacher's lie in folders that `use` is told of (`gluon-alexnet exercise build` makes them), and
in no student's installation.
"""

from __future__ import annotations

import ast
import difflib
import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import user_path
from gluon_alexnet.grading.texts import Text, shown

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

FOLDER = Path(__file__).parent / "exercises"
SCHEMA = 2
# What of a teacher's folder no answer may read: what grades, and the solutions.
CHECKS = "checks"
SECRET = (CHECKS, "solutions")
used: list[Path] = []  # a teacher's folders


@dataclass(frozen=True)
class Task:
    """One task.

    name: the id of its answer cell. stub: the cell as handed out; check: its check's source; reference: the cell as solved.
    """

    name: str
    number: int
    title: Text
    points: int
    stub: Text
    check: str
    reference: str


@dataclass(frozen=True)
class Question:
    """A question that is answered in words, which a person reads. name: the id of its cell."""

    name: str
    question: Text


@dataclass(frozen=True)
class Exercise:
    """One notebook's reference.

    before: name of a task -> sources of the setup cells that stand before it and after the last. given: the sources of all cells
    that are handed out and are not answers, normalized. shown: the names that only those of them define that are not run when
    grading. written: the questions that are answered in words; ids: of all cells that are handed out, none where only those of
    code are known.
    """

    name: str
    title: Text
    tasks: tuple[Task, ...]
    before: dict[str, tuple[str, ...]]
    given: frozenset[str]
    shown: frozenset[str]
    written: tuple[Question, ...] = ()
    ids: frozenset[str] = frozenset()

    @property
    def points(self) -> float:
        """What all its tasks are worth together."""
        return sum(task.points for task in self.tasks)


def own() -> list[str]:
    """The names of the package's own exercises, in order."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def use(folder: PathLike) -> list[str]:
    """Takes a teacher's exercises in `folder` in beside the package's own, for this process; returns their names.

    Their checks are programs, and run with the rights of whoever grades. Raises UserError where there is none, where one cannot
    be read, and where one is called like one that is there already: which of them a notebook answers could not be told.
    """
    folder = user_path(folder).resolve()
    paths = sorted((folder / CHECKS).glob("*.json"))
    if not paths:
        raise UserError(
            f"{shown(folder)} holds no exercise ({CHECKS}/NAME.json): name the folder that "
            "`gluon-alexnet exercise build MY.py --out DIR` has made"
        )
    if folder not in used:
        there = _places()
        for path in paths:
            if path.stem in there:
                other = "an exercise of this package" if path.stem in own() else shown(there[path.stem])
                raise UserError(f"{shown(path)} is called like {other}: give it another name and build it again")
            if read(path).name != path.stem:
                raise UserError(f"{shown(path)} is the exercise {read(path).name}: build it again, and rename no file")
        used.append(folder)
    load.cache_clear()
    return [path.stem for path in paths]


def secrets() -> list[Path]:
    """The folders of teachers' exercises that no answer may read."""
    return [folder / name for folder in used for name in SECRET]


def _places():
    """{name: where its JSON lies} of all exercises, the package's and those in use."""
    folders = [FOLDER, *(folder / CHECKS for folder in used)]
    return {path.stem: path for folder in folders for path in folder.glob("*.json")}


def list_exercises() -> list[str]:
    """The names of all exercises, in order."""
    return sorted(_places())


@functools.cache
def load(name: str) -> Exercise:
    """The Exercise called `name`. Raises UserError where there is none."""
    there = _places()
    if name not in there:
        raise UserError(f"there is no exercise {name!r}: there are {', '.join(sorted(there)) or 'none'}")
    return read(there[name])


def read(path: Path) -> Exercise:
    """The Exercise whose JSON lies at `path`. Raises UserError where it cannot be read."""
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"cannot read {shown(path)}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{shown(path)} is no exercise that could be read: build it again") from error


def having(task: str) -> list[str]:
    """The names of the exercises that have a task of that name. Raises UserError, with the nearest name, where none has."""
    tasks = {name: [each.name for each in load(name).tasks] for name in list_exercises()}
    found = [name for name, known in tasks.items() if task in known]
    if not found:
        near = difflib.get_close_matches(task.lower(), {each for known in tasks.values() for each in known}, n=1)
        hint, hint_vi = (
            (f"did you mean {near[0]!r}?", f"có phải bạn muốn nói {near[0]!r}?")
            if near
            else (
                "an answer's first line, `# task: NAME`, says what it is called",
                "dòng đầu của ô trả lời, `# task: TÊN`, cho biết tên của nhiệm vụ",
            )
        )
        text = f"no exercise has a task {task!r}: {hint}", f"không bài tập nào có nhiệm vụ {task!r}: {hint_vi}"
        raise UserError(Text(*text))
    return found


def from_json(content: Mapping[str, Any]) -> Exercise:
    """The Exercise that authoring.notebooks.reference made as `content`."""
    if content["schema"] != SCHEMA:
        raise UserError(f"the exercise {content['name']} has schema {content['schema']}, not {SCHEMA}: build it again")
    tasks: list[Task] = []
    before, waiting, given, shown, known = {}, [], set(), set(), set()
    for cell in content["cells"]:
        if cell["kind"] == "setup":
            waiting.append(cell["source"])
            known |= defined_names(cell["source"])
        if cell["kind"] == "answer":
            about = content["tasks"][cell["id"]]
            title, stub = Text(**about["title"]), Text(**cell["stub"])
            tasks.append(Task(cell["id"], len(tasks) + 1, title, about["points"], stub, about["check"], about["reference"]))
            before[cell["id"]], waiting = tuple(waiting), []
            known |= defined_names(stub.en)
        else:
            given |= {normalized(cell[key]) for key in ("source", "in_vietnamese") if key in cell}
            shown |= defined_names(cell["source"])
    written = tuple(Question(asked["name"], Text(**asked["question"])) for asked in content.get("written", ()))
    texts = content.get("texts", ())
    ids = {*texts, *(cell["id"] for cell in content["cells"])} if texts else ()
    title, names = Text(**content["title"]), frozenset(shown - known)
    return Exercise(content["name"], title, tuple(tasks), before, frozenset(given), names, written, frozenset(ids))


def digests(exercise: Exercise) -> dict[str, str]:
    """Name of a task -> SHA-256 of all that its points depend on but the answer.

    These are its check, points, stubs and reference, what is given before it, and the same of the earlier tasks whose names it
    uses: where their answers are not right, the reference's stand in their place.
    """
    told: dict[str, str] = {}
    given: list[str] = []
    for task in exercise.tasks:
        given += exercise.before[task.name]
        words = set(re.findall(r"\w+", " ".join((task.check, task.reference, *task.stub))))
        needs = [told[other.name] for other in exercise.tasks[: task.number - 1] if defined_names(other.stub.en) & words]
        # The number decides which inputs are drawn.
        about = [task.name, task.number, task.points, task.check, task.reference, *task.stub]
        told[task.name] = sha256([about, given, needs])
    return told


def digest(exercise: Exercise) -> str:
    """SHA-256 of all of an Exercise that points depend on."""
    return sha256([exercise.name, digests(exercise)])


def sha256(value: Any) -> str:
    """SHA-256 of what JSON can hold, as hexadecimal digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def normalized(source: str) -> str:
    """`source` without what makes no difference: blanks at the ends of lines, blank lines, lines of comment, line endings."""
    return "\n".join(line.rstrip() for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def defined_names(source: str) -> set[str]:
    """The functions, classes, modules and variables that `source` makes known at its top level; none where it does not parse."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = set()
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        else:
            names.update(part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
    return names
