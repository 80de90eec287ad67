"""Makes the exercises from their one source, for their authors: `python tools/make_exercises.py [--check] [--force] [NAME...]`.

solutions/NAME.py (a jupytext percent script in English and Vietnamese, marked up as nbgrader's) becomes
  solutions/NAME.ipynb and solutions/vi/NAME.ipynb      solved and executed, with outputs
  exercises/NAME.ipynb and exercises/vi/NAME.ipynb      answers cut out, with the practice checks' outputs
  gluon_alexnet/grading/exercises/NAME.json             what the grader needs
The code is the same in both languages and is executed once, and only where it has changed. Nothing is written where somebody
has begun to answer in a notebook of exercises/, unless --force is given.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import jupytext
import nbformat

from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import write_text
from gluon_alexnet.grading.exercise import SCHEMA

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "vi")
SOLUTION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION\n(?P<body>.*?)^[ \t]*### END SOLUTION[ \t]*$", re.DOTALL | re.MULTILINE
)
HIDDEN = re.compile(r"\n*^### BEGIN HIDDEN TESTS\n(?P<check>.*?)^### END HIDDEN TESTS[ \t]*$", re.DOTALL | re.MULTILINE)
HEADINGS = {
    "en": re.compile(r"^## Task (?P<number>\d+)\. (?P<title>.+) \((?P<points>\d+) points?\)$", re.MULTILINE),
    "vi": re.compile(r"^## Nhiệm vụ (?P<number>\d+)\. (?P<title>.+) \((?P<points>\d+) điểm\)$", re.MULTILINE),
}
STUBS = {
    "en": "Task {number}, {name}: replace this line with your answer",
    "vi": "Nhiệm vụ {number}, {name}: hãy thay dòng này bằng câu trả lời của bạn",
}
EXPECTED = {"en": "Expected output:", "vi": "Kết quả mong đợi:"}
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


class Cell:
    """One cell of a source: its kind (markdown, setup, answer, practice, show), id, text by language, hidden check, and tags."""

    def __init__(self, kind, id, texts, nbgrader=None, check="", tags=()):
        self.kind, self.id, self.texts, self.nbgrader, self.check, self.tags = kind, id, texts, nbgrader, check, list(tags)


def read_source(path):
    """The Cells of a source. Raises UserError, naming the cell, where it is not as it should be."""
    cells = []
    for raw in jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells:
        nbgrader = raw.metadata.get("nbgrader")
        id = nbgrader["grade_id"] if nbgrader else raw.metadata.get("name")
        where = f"{path.name}, cell {id or raw.source[:40]!r}"
        if not id or not re.fullmatch(r"[a-z0-9_-]{1,64}", id):
            raise UserError(f'{where}: give it name="..." of lower-case letters, digits, - and _')
        if raw.cell_type == "markdown":
            language = raw.metadata.get("lang")
            if cells and cells[-1].id == id and language == "vi":
                cells[-1].texts["vi"] = raw.source
                continue
            if language != "en":
                raise UserError(f'{where}: a text is written lang="en" first, lang="vi" right after it')
            cells.append(Cell("markdown", id, {"en": raw.source}))
        elif nbgrader and nbgrader["solution"]:
            if not SOLUTION.search(raw.source):
                raise UserError(f"{where}: an answer has its ### BEGIN SOLUTION and ### END SOLUTION")
            cells.append(Cell("answer", id, dict.fromkeys(LANGUAGES, raw.source), dict(nbgrader)))
        elif nbgrader:
            hidden = HIDDEN.search(raw.source)
            if not hidden:
                raise UserError(f"{where}: a check has its ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS")
            visible = HIDDEN.sub("", raw.source).strip()
            cells.append(Cell("practice", id, dict.fromkeys(LANGUAGES, visible), dict(nbgrader), hidden["check"]))
        else:
            tags = raw.metadata.get("tags", [])
            cells.append(Cell("setup" if "setup" in tags else "show", id, dict.fromkeys(LANGUAGES, raw.source), tags=tags))
    for cell in cells:
        if set(cell.texts) != set(LANGUAGES):
            raise UserError(f"{path.name}, cell {cell.id!r}: its Vietnamese text is missing")
    names = [cell.id for cell in cells]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise UserError(f"{path.name}: two cells are called {', '.join(sorted(doubled))}")
    return cells


def reference(name, cells):
    """What the grader needs of the exercise `name`, as exercise.from_json reads it."""
    title = {language: re.search(r"^# (.+)$", cells[0].texts[language], re.MULTILINE)[1] for language in LANGUAGES}
    tasks, kept, numbers = {}, [], number_tasks(name, cells)
    for place, cell in enumerate(cells):
        if cell.kind == "markdown":
            continue
        entry = {"id": cell.id, "kind": cell.kind, "source": cell.texts["en"]}
        if cell.kind == "answer":
            number, headings = numbers[cell.id]
            check = cells[place + 1]
            del entry["source"]
            entry["stub"] = {language: stub(cell, number, language) for language in LANGUAGES}
            tasks[cell.id] = {
                "title": {language: headings[language]["title"] for language in LANGUAGES},
                "points": check.nbgrader["points"],
                "check": check.check,
                "reference": solved(cell),
            }
        kept.append(entry)
    return {"schema": SCHEMA, "name": name, "title": title, "cells": kept, "tasks": tasks}


def number_tasks(name, cells):
    """{task: (number, {language: the match of its heading})}; raises UserError where headings, points and order disagree."""
    numbers = {}
    for place, cell in enumerate(cells):
        if cell.kind != "answer":
            continue
        number, where = len(numbers) + 1, f"{name}, task {cell.id!r}"
        check = cells[place + 1] if place + 1 < len(cells) else None
        if check is None or check.kind != "practice" or check.id != f"{cell.id}-check":
            raise UserError(f"{where}: its check, {cell.id}-check, must come right after it")
        before = next((cell for cell in reversed(cells[:place]) if cell.kind == "markdown"), None)
        headings = {language: pattern.search(before.texts[language]) for language, pattern in HEADINGS.items()}
        for language, heading in headings.items():
            if not heading or int(heading["number"]) != number or int(heading["points"]) != check.nbgrader["points"]:
                like = {"en": "## Task N. Title (P points)", "vi": "## Nhiệm vụ N. Tên (P điểm)"}[language]
                raise UserError(f"{where}: the text before it needs a heading {like!r}, N={number}, P={check.nbgrader['points']}")
        numbers[cell.id] = number, headings
    return numbers


def stub(cell, number, language):
    """The answer cell as it is handed out."""
    message = json.dumps(STUBS[language].format(number=number, name=cell.id), ensure_ascii=False)
    return with_marker(
        cell, SOLUTION.sub(lambda found: f"{found['indent']}raise NotImplementedError({message})", cell.texts[language])
    )


def solved(cell):
    return with_marker(cell, SOLUTION.sub(lambda found: found["body"].rstrip("\n"), cell.texts["en"]))


def with_marker(cell, source):
    return f"# task: {cell.id}\n{source}"


def notebook(name, cells, language, solution, outputs):
    """A notebook of the exercise `name`. outputs: id of a cell -> its outputs."""
    numbers, made = number_tasks(name, cells), []
    for cell in cells:
        metadata = {"nbgrader": cell.nbgrader} if cell.nbgrader else {}
        if cell.kind == "markdown":
            made.append(nbformat.v4.new_markdown_cell(cell.texts[language], id=cell.id, metadata=metadata))
            continue
        source = cell.texts[language]
        if cell.kind == "answer":
            source = solved(cell) if solution else stub(cell, numbers[cell.id][0], language)
        if cell.kind == "practice" and not solution:
            source = with_expected(source, outputs.get(cell.id, []), language)
        if cell.tags:
            metadata["tags"] = cell.tags
        shown = outputs.get(cell.id, []) if solution or cell.kind == "practice" else []
        made.append(nbformat.v4.new_code_cell(source, id=cell.id, metadata=metadata, outputs=shown))
    metadata = {**KERNEL, "gluon_alexnet": {"exercise": name, "language": language}}
    return nbformat.v4.new_notebook(cells=made, metadata=metadata)


def with_expected(source, outputs, language):
    """A practice check with the text that it should print: the stored output is gone as soon as a student runs the cell."""
    printed = "".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)
    lines = [f"# {line}".rstrip() for line in printed.splitlines()]
    return "\n".join([source, "", f"# {EXPECTED[language]}", *lines]) if lines else source


def execute(notebook, timeout=600):
    """{id of a code cell: its outputs} after running all of `notebook` but for cells with the tag skip-execution.

    Raises UserError where a cell fails.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    try:
        NotebookClient(notebook, timeout=timeout, kernel_name="python3").execute()
    except (CellExecutionError, CellTimeoutError) as error:
        raise UserError(f"a cell failed:\n{error}") from error
    return {id: [clean(output) for output in outputs] for id, outputs in outputs_of(notebook).items()}


def clean(output):
    """An output without what differs from run to run and has no meaning."""
    output = dict(output)
    if "execution_count" in output:
        output["execution_count"] = None
    return nbformat.from_dict(output)


def places(name):
    """{(language, solution): path} of the four notebooks."""
    return {
        (language, solution): ROOT
        / ("solutions" if solution else "exercises")
        / ("" if language == "en" else language)
        / f"{name}.ipynb"
        for language in LANGUAGES
        for solution in (True, False)
    }


def reference_path(name):
    return ROOT / "gluon_alexnet" / "grading" / "exercises" / f"{name}.json"


def existing(path):
    return nbformat.read(path, as_version=4) if path.exists() else None


def bare(notebook):
    """What is compared: the cells and metadata, no outputs."""
    return notebook and (
        [(c.cell_type, c.id, c.source, c.metadata) for c in notebook.cells],
        notebook.metadata.get("gluon_alexnet"),
    )


def code_of(notebook):
    """The sources of the code cells that are executed."""
    return notebook and [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and "skip-execution" not in cell.metadata.get("tags", [])
    ]


def outputs_of(notebook):
    """{id of a code cell: its stored outputs}, for None too."""
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"} if notebook else {}


def as_json(content):
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def out_of_date(name):
    """The files of the exercise `name` that do not say what its source says."""
    cells = read_source(ROOT / "solutions" / f"{name}.py")
    outputs = outputs_of(existing(places(name)["en", True]))
    stale = [
        path
        for (language, solution), path in places(name).items()
        if bare(existing(path)) != bare(notebook(name, cells, language, solution, outputs))
    ]
    path = reference_path(name)
    if not path.exists() or path.read_text(encoding="utf-8") != as_json(reference(name, cells)):
        stale.append(path)
    return stale


def answered(name):
    """{path: the cells that somebody has worked in} of the handed-out notebooks of the exercise `name`.

    An answer cell counts that is neither what would be written now nor what was written last, and a code cell of one's own.
    """
    cells = read_source(ROOT / "solutions" / f"{name}.py")
    numbers = number_tasks(name, cells)
    stubs = [(cell.id, stub(cell, numbers[cell.id][0], each)) for cell in cells if cell.kind == "answer" for each in LANGUAGES]
    given = {cell.id for cell in cells}
    if reference_path(name).exists():
        for cell in json.loads(reference_path(name).read_text(encoding="utf-8"))["cells"]:
            stubs += [(cell["id"], text) for text in cell.get("stub", {}).values()]
            given.add(cell["id"])
    found = {}
    for (_, solution), path in places(name).items():
        notebook = None if solution else existing(path)
        for number, cell in enumerate(notebook.cells if notebook else [], 1):
            marked = re.match(r"# task: (\S+)", cell.source)
            own = cell.cell_type == "code" and cell.source.strip() and cell.get("id") not in given
            if (marked and (marked[1], cell.source) not in stubs) or (own and not marked):
                found.setdefault(path, []).append(marked[1] if marked else f"cell {number}")
    return found


def refuse_to_lose_answers(names):
    """Raises UserError, naming the notebook, where somebody has answered in one of the exercises `names`."""
    for name in names:
        for path, work in answered(name).items():
            where = path.relative_to(ROOT)
            raise UserError(
                f"{where} has answers that would be lost ({', '.join(work)}), so nothing was written: this command is for the "
                f"authors of exercises; move the notebook away and run `git restore {where}`, or give --force to write over it"
            )


def make(name, run):
    """Writes all files of the exercise `name`; executes its solution where its code has changed, or always where `run`."""
    cells = read_source(ROOT / "solutions" / f"{name}.py")
    fresh = notebook(name, cells, "en", True, {})
    old = existing(places(name)["en", True])
    outputs = execute(fresh) if run or code_of(old) != code_of(fresh) else outputs_of(old)
    for (language, solution), path in places(name).items():
        write_text(path, nbformat.writes(notebook(name, cells, language, solution, outputs)) + "\n")
    write_text(reference_path(name), as_json(reference(name, cells)))


def main(argv=None):
    parser = argparse.ArgumentParser(description="Make the exercises from solutions/*.py.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 02_simplify (all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is out of date")
    parser.add_argument("--force", action="store_true", help="write over notebooks of exercises/ that somebody has answered in")
    parser.add_argument("--execute", action="store_true", help="execute the solutions even where their code has not changed")
    arguments = parser.parse_args(argv)
    known = sorted(path.stem for path in (ROOT / "solutions").glob("*.py"))
    status, names = 0, arguments.names or known
    if not (arguments.check or arguments.force):
        try:
            refuse_to_lose_answers(name for name in names if name in known)
        except UserError as error:
            print(error, file=sys.stderr)
            return 1
    for name in names:
        try:
            if name not in known:
                raise UserError(f"there is no solutions/{name}.py: there are {', '.join(known)}")
            if arguments.check:
                stale = [str(path.relative_to(ROOT)) for path in out_of_date(name)]
                if stale:
                    raise UserError(f"out of date: {', '.join(stale)}; `make exercises` renews them")
            else:
                make(name, arguments.execute)
        except UserError as error:
            print(f"{name}: {error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
