"""What is made of the cells of a source: notebooks for students and solved ones, and the grader's reference."""

import json
import os
import re
import sys

from gluon_alexnet.authoring.source import ASKS, LANGUAGES, SOLUTION, parse
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading.exercise import SCHEMA
from gluon_alexnet.grading.written import WRITE_HERE as EMPTY
from gluon_alexnet.machine import cpu

HEADINGS = {
    "en": re.compile(r"^## Task (?P<number>\d+)\. (?P<title>.+) \((?P<points>\d+) points?\)$", re.MULTILINE),
    "vi": re.compile(r"^## Nhiệm vụ (?P<number>\d+)\. (?P<title>.+) \((?P<points>\d+) điểm\)$", re.MULTILINE),
}
LIKE = {"en": "## Task N. Title (P points)", "vi": "## Nhiệm vụ N. Tên (P điểm)"}
STUBS = {
    "en": "Task {number}, {name}: replace this line with your answer",
    "vi": "Nhiệm vụ {number}, {name}: hãy thay dòng này bằng câu trả lời của bạn",
}
WRITE_HERE = EMPTY._asdict()
# As nbgrader marks a task whose answer a person reads; it brings no points here.
ASKED = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": True, "points": 0}
FOR_US = ("fold", "open", ASKS)
EXPECTED = {"en": "Expected output:", "vi": "Kết quả mong đợi:"}
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


def reference(name, cells):
    """What the grader needs of the exercise `name`, as exercise.from_json reads it."""
    languages = languages_of(cells)
    title = {language: re.search(r"^# (.+)$", cells[0].texts[language], re.MULTILINE)[1] for language in languages}
    tasks, kept, numbers = {}, [], number_tasks(name, cells)
    for place, cell in enumerate(cells):
        if cell.kind == "markdown":
            continue
        entry = {"id": cell.id, "kind": cell.kind, "source": code(cell)}
        if any(text != code(cell) for text in cell.texts.values()):
            entry["in_vietnamese"] = cell.texts["vi"]
        if cell.kind == "answer":
            number, headings = numbers[cell.id]
            check = cells[place + 1]
            entry = {"id": cell.id, "kind": cell.kind}
            entry["stub"] = in_both({language: stub(cell, number, language) for language in languages})
            tasks[cell.id] = {
                "title": in_both({language: headings[language]["title"] for language in languages}),
                "points": check.nbgrader["points"],
                "check": check.check,
                "reference": solved(cell),
            }
        kept.append(entry)
    made = {"schema": SCHEMA, "name": name, "title": in_both(title), "cells": kept, "tasks": tasks}
    empty = in_both({language: WRITE_HERE[language] for language in languages})
    asked = [{"name": cell.id, "question": in_both(cell.texts), "placeholder": empty} for cell in cells if ASKS in cell.tags]
    texts = [cell.id for cell in cells if cell.kind == "markdown"]
    return {**made, "written": asked, "texts": texts} if asked else made


def languages_of(cells):
    """The languages that all of `cells` are written in."""
    return tuple(each for each in LANGUAGES if each in cells[0].texts)


def in_both(texts):
    """`texts`, one of which may be missing, with the other in its place: the grader speaks both languages."""
    return {language: texts.get(language) or next(iter(texts.values())) for language in LANGUAGES}


def code(cell):
    """The text of a code cell that grades: in English, or in the one language that there is."""
    return next(iter(cell.texts.values()))


def code_in(cells, language):
    """The code that is executed for a notebook in `language`."""
    run = [cell for cell in cells if cell.kind != "markdown" and "skip-execution" not in cell.tags]
    return [(cell.id, cell.texts[language]) for cell in run]


def number_tasks(name, cells):
    """{task: (number, {language: the match of its heading})}; raises UserError where headings, points and order disagree."""
    numbers = {}
    for place, cell in enumerate(cells):
        where = f"{name}, task {cell.id!r}"
        if cell.kind == "practice" and (not place or cells[place - 1].kind != "answer"):
            raise UserError(f"{name}, cell {cell.id!r}: a check comes right after its answer cell, and there is none")
        if cell.kind != "answer":
            continue
        number = len(numbers) + 1
        check = cells[place + 1] if place + 1 < len(cells) else None
        if check is None or check.kind != "practice" or check.id != f"{cell.id}-check":
            raise UserError(f"{where}: its check, {cell.id}-check, must come right after it")
        before = next((cell for cell in reversed(cells[:place]) if cell.kind == "markdown"), None)
        headings = {language: HEADINGS[language].search(before.texts[language]) for language in languages_of(cells)}
        points = check.nbgrader["points"]
        for language, heading in headings.items():
            if not heading or int(heading["number"]) != number or int(heading["points"]) != points:
                like = LIKE[language]
                raise UserError(f"{where}: the text before it needs a heading {like!r}, N={number}, P={points}")
        for language in languages_of(cells):
            parse(f"{name}, cell {cell.id!r}", stub(cell, number, language), "what is left of it without its solution")
        numbers[cell.id] = number, headings
    return numbers


def stub(cell, number, language):
    """The answer cell as it is handed out."""
    message = json.dumps(STUBS[language].format(number=number, name=cell.id), ensure_ascii=False)
    return with_marker(
        cell, SOLUTION.sub(lambda found: f"{found['indent']}raise NotImplementedError({message})", cell.texts[language])
    )


def solved(cell, language=None):
    """The answer cell with its solution, as it grades or as it stands in the notebook of a language."""
    text = cell.texts[language] if language else code(cell)
    return with_marker(cell, SOLUTION.sub(lambda found: found["body"].rstrip("\n"), text))


def own_lines(cell):
    """The numbers of the lines of `solved` that a student writes, from 1 on."""
    numbers, at, inside = set(), 1, False
    for line in code(cell).splitlines():
        mark = re.match(r"\s*### (BEGIN|END) SOLUTION", line)
        if mark:
            inside = mark[1] == "BEGIN"
            continue
        at += 1
        if inside:
            numbers.add(at)
    return numbers


def with_marker(cell, source):
    return f"# task: {cell.id}\n{source}"


def notebook(name, cells, language, solution, outputs, apart=False):
    """A notebook of the exercise `name`. outputs: id of a cell -> its outputs; apart: only its teacher has its checks."""
    import nbformat

    numbers, made = number_tasks(name, cells), []
    for cell in cells:
        if cell.kind == "markdown":
            made.append(text_cell(cell, language, solution))
            continue
        source = cell.texts[language]
        if cell.kind == "answer":
            source = solved(cell, language) if solution else stub(cell, numbers[cell.id][0], language)
        if cell.kind == "practice" and not solution:
            source = with_expected(source, outputs.get(cell.id, []), language)
        metadata = {"nbgrader": cell.nbgrader} if cell.nbgrader else {}
        tags = [tag for tag in cell.tags if tag not in FOR_US]
        metadata |= {"tags": tags} if tags else {}
        metadata |= {"jupyter": {"source_hidden": True}} if cell.folded else {}
        shown = outputs.get(cell.id, []) if solution or cell.kind == "practice" else []
        made.append(nbformat.v4.new_code_cell(source, id=cell.id, metadata=metadata, outputs=shown))
    about = {"exercise": name, "language": language, **({"checks": "teacher"} if apart else {})}
    metadata = {**KERNEL, "gluon_alexnet": about}
    return nbformat.v4.new_notebook(cells=made, metadata=metadata)


def lesson(name, cells, language, outputs):
    """The notebook of the lesson `name`, which asks nothing. outputs: id of a cell -> its outputs.

    nbval runs all of its cells and compares no outputs, which hold seconds and pictures.
    """
    made = notebook(name, cells, language, True, outputs)
    made.metadata["gluon_alexnet"] = {"lesson": name, "language": language}
    for count, cell in enumerate((cell for cell in made.cells if cell.cell_type == "code"), 1):
        tags = cell.metadata.get("tags", [])
        skipped = "skip-execution" in tags
        cell.metadata["tags"] = [*tags, "nbval-skip" if skipped else "nbval-ignore-output"]
        # Of a cell that has outputs and no number nbval says that it was not run.
        cell.execution_count = None if skipped else count
    return made


def text_cell(cell, language, solution):
    """The markdown cell of a text; of one that is a model answer in words, students get where to write theirs."""
    import nbformat

    source, metadata = cell.texts[language], {}
    if ASKS in cell.tags:
        metadata["nbgrader"] = {**ASKED, "grade_id": cell.id}
    if cell.written:
        metadata["gluon_alexnet"] = {"written": cell.written}
        source = source if solution else WRITE_HERE[language]
    return nbformat.v4.new_markdown_cell(source, id=cell.id, metadata=metadata)


def with_expected(source, outputs, language):
    """A practice check with the text that it should print: the stored output is gone as soon as a student runs the cell."""
    printed = "".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)
    lines = [f"# {line}".rstrip() for line in printed.splitlines()]
    return "\n".join([source, "", f"# {EXPECTED[language]}", *lines]) if lines else source


def execute(notebook, timeout=600):
    """{id of a code cell: its outputs} after running all of `notebook` but for cells with the tag skip-execution.

    Raises UserError, naming the cell, where one fails.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    # Of a kernel that listens on a port, ipykernel warns.
    config = Config({"KernelManager": {"transport": "ipc"}} if sys.platform != "win32" else {})
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", config=config)
    # As many threads whatever else the machine does, so that the outputs of all languages say the same: a wish, which nothing
    # replaces by its own (see machine/runtime.py).
    environ = {"OMP_NUM_THREADS": str(cpu.count_threads()[0]), **os.environ}
    environ.pop("GLUON_ALEXNET_THREADS", None)
    try:
        client.execute(env=environ)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        started = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.get("execution_count")]
        failed = next((cell for cell in started if any(each.output_type == "error" for each in cell.outputs)), None)
        where = f" ({(failed or started[-1]).id!r})" if started else ""
        raise UserError(f"a cell failed{where}: {in_short(error, failed, timeout)}") from error
    return {id: [clean(each) for each in outputs if not is_widget(each)] for id, outputs in outputs_of(notebook).items()}


def is_widget(output):
    """Whether an output is a widget's view, which shows nothing without its kernel."""
    return "application/vnd.jupyter.widget-view+json" in output.get("data", {})


def in_short(error, cell, timeout):
    """What `error`, of nbclient's, says of the cell that failed."""
    if cell is None:
        return f"it took more than {timeout} seconds" if "Timeout" in type(error).__name__ else str(error).strip().splitlines()[0]
    said = next(output for output in cell.outputs if output.output_type == "error")
    # IPython's traceback shows each frame with an arrow at its line, the innermost last; the first is the cell's own.
    lines = re.findall(r"-+> *(\d+) ", re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(said.traceback)))
    line = f" (line {lines[0]} of the cell)" if lines else ""
    return f"{said.ename}: {said.evalue.strip().splitlines()[0] if said.evalue.strip() else ''}".rstrip(": ") + line


def clean(output):
    """An output without what differs from run to run and has no meaning."""
    import nbformat

    output = dict(output)
    if "execution_count" in output:
        output["execution_count"] = None
    return nbformat.from_dict(output)


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
