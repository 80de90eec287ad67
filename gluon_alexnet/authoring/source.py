"""The one source of an exercise, a jupytext percent script: its cells, and what is wrong with one in a sentence that names it.

A text is written in English, in Vietnamese, or in both; code is shared, with marks for what it says in either language. Answers
and checks are marked up as nbgrader's.
"""

import ast
import importlib.util
import re
from pathlib import Path

from gluon_alexnet.authoring.marks import in_language
from gluon_alexnet.errors import UserError

LANGUAGES = ("en", "vi")
IN_WORDS = {"en": "English", "vi": "Vietnamese"}
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
ID = re.compile(r"[a-z0-9_-]{1,64}")
SOLUTION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION\n(?P<body>.*?)^[ \t]*### END SOLUTION[ \t]*$", re.DOTALL | re.MULTILINE
)
HIDDEN = re.compile(r"\n*^### BEGIN HIDDEN TESTS\n(?P<check>.*?)^### END HIDDEN TESTS[ \t]*$", re.DOTALL | re.MULTILINE)
MARK = re.compile(r"#+ *(BEGIN|END) +(SOLUTION|HIDDEN)", re.IGNORECASE)
MAX_ANSWER = 20_000  # as in grading/notebook.py
LONG = 20  # lines of given code that a student sees at first
ASKS = "why"  # the tag of a text that asks for an answer in words


class Cell:
    """One cell of a source: its kind (markdown, setup, answer, practice, show), id, text by language, hidden check, and tags.

    written: of a text that is a model answer in words, the id of the question above it; else None.
    """

    def __init__(self, kind, id, texts, nbgrader=None, check="", tags=()):
        self.kind, self.id, self.texts, self.nbgrader, self.check, self.tags = kind, id, texts, nbgrader, check, list(tags)
        self.written = None

    @property
    def folded(self):
        """Whether a student finds its code hidden at first: given code that is long, or that its author has marked so."""
        long = next(iter(self.texts.values())).count("\n") >= LONG and "open" not in self.tags
        return self.kind in ("setup", "show") and ("fold" in self.tags or long)


def need():
    """Raises UserError where a package is missing that makes notebooks."""
    for package in ("jupytext", "nbformat", "nbclient"):
        if not importlib.util.find_spec(package):
            raise UserError(f"making exercises needs {package}, which is not installed: pip install '.[cpu,exercises,class]'")


def name_of(path):
    """The name of the exercise whose source is at `path`. Raises UserError where it can be none."""
    path = Path(path)
    if path.suffix != ".py" or not NAME.fullmatch(path.stem):
        raise UserError(
            f"{path.name} names no exercise: call its source NAME.py, NAME of lower-case letters, digits, - and _, "
            "such as 08_my_nets.py"
        )
    return path.stem


def read_source(path, languages=None, tasks=True):
    """The Cells of a source. Raises UserError, naming the cell, where it is not as it should be.

    languages: those that it must be written in; None for those that it is. tasks: whether it must ask something.
    """
    need()
    import jupytext

    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UserError(f"{path.name} is no text in UTF-8: save it as one") from None
    cells = []
    for raw in jupytext.reads(text, fmt="py:percent").cells:
        read_cell(path.name, raw, cells)
    if tasks and not any(cell.kind == "answer" for cell in cells):
        raise UserError(f'{path.name}: it has no task, which is an answer cell ("solution": true) and its check')
    first = cells[0]
    if first.kind != "markdown" or not all(re.search(r"^# .+$", each, re.MULTILINE) for each in first.texts.values()):
        raise UserError(f"{path.name}, cell {first.id!r}: an exercise begins with a text that has its title, a line `# Title`")
    texts = [cell for cell in cells if cell.kind == "markdown"]
    languages = languages or [each for each in LANGUAGES if any(each in cell.texts for cell in texts)]
    for cell in texts:
        for each in languages:
            if each not in cell.texts:
                raise UserError(f"{path.name}, cell {cell.id!r}: its {IN_WORDS[each]} text is missing")
    for cell in cells:
        cell.texts = {each: cell.texts[each] for each in languages}
    names = [cell.id for cell in cells]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise UserError(f"{path.name}: two cells are called {', '.join(sorted(doubled))}")
    find_written(path.name, cells)
    return cells


def find_written(file, cells):
    """Marks the model answers in words, each right below its question. Raises UserError where one is missing."""
    for question, answer in zip(cells, [*cells[1:], None], strict=True):
        if ASKS not in question.tags:
            continue
        if question.kind != "markdown" or not answer or (answer.kind, answer.id) != ("markdown", f"{question.id}-answer"):
            raise UserError(
                f'{file}, cell {question.id!r}: a text with the tag "{ASKS}" asks, and the text right below it, '
                f"{question.id}-answer, is how you would answer"
            )
        answer.written = question.id


def read_cell(file, raw, cells):
    """Adds the Cell that jupytext's cell `raw` makes to `cells`, or joins it with the last, whose other language it is."""
    nbgrader = raw.metadata.get("nbgrader")
    id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else raw.metadata.get("name")
    where = f"{file}, cell {id or raw.source[:40]!r}"
    if "incorrectly_encoded_metadata" in raw.metadata or not isinstance(nbgrader, (dict, type(None))):
        raise UserError(f'{where}: what stands behind its %% cannot be read: write key="text" or nbgrader={{"key": value, ...}}')
    if not isinstance(id, str) or not ID.fullmatch(id):
        raise UserError(f'{where}: give it name="..." of lower-case letters, digits, - and _')
    if raw.cell_type == "markdown":
        language = raw.metadata.get("lang")
        before = cells[-1] if cells and cells[-1].id == id and cells[-1].kind == "markdown" else None
        tags = raw.metadata.get("tags", [])
        if before and language == "vi" and list(before.texts) == ["en"]:
            before.texts["vi"] = raw.source
            before.tags = list(dict.fromkeys([*before.tags, *tags]))
        elif language in LANGUAGES:
            cells.append(Cell("markdown", id, {language: raw.source}, tags=tags))
        else:
            raise UserError(f'{where}: a text is written lang="en" first, lang="vi" right after it, or in one of them alone')
    elif raw.cell_type != "code":
        raise UserError(f"{where}: a cell is a text ([markdown]) or code, and no {raw.cell_type} cell")
    elif nbgrader:
        cells.append(read_marked(where, raw.source, id, dict(nbgrader)))
    else:
        tags = raw.metadata.get("tags", [])
        cells.append(Cell("setup" if "setup" in tags else "show", id, in_both(where, raw.source), tags=tags))
    refuse_to_hand_out(where, cells[-1])
    if cells[-1].kind == "setup":
        parse(where, raw.source)


def in_both(where, source):
    """{language: the code `source` in it}."""
    return {language: in_language(where, source, language) for language in LANGUAGES}


def read_marked(where, source, id, nbgrader):
    """The Cell of an answer or of a check."""
    if bool(nbgrader.get("solution")) == bool(nbgrader.get("grade")):
        raise UserError(f'{where}: an answer has "solution": true and "grade": false, a check the other way round')
    if nbgrader["solution"]:
        if not SOLUTION.search(source):
            raise UserError(f"{where}: an answer has its ### BEGIN SOLUTION and ### END SOLUTION, each on a line of its own")
        if not re.fullmatch(r"\w+", id):
            raise UserError(f"{where}: the name of a task has lower-case letters, digits and _ only")
        bodies = "".join(found["body"] for found in SOLUTION.finditer(source))
        if not re.sub(r"^\s*#.*$", "", bodies, flags=re.MULTILINE).strip():
            raise UserError(f"{where}: nothing stands between its ### BEGIN SOLUTION and ### END SOLUTION")
        if len(source) > MAX_ANSWER:
            raise UserError(f"{where}: an answer of more than {MAX_ANSWER:,} characters is not graded: give students a part")
        parse(where, source)
        return Cell("answer", id, in_both(where, source), nbgrader)
    if len(HIDDEN.findall(source)) != 1:
        raise UserError(f"{where}: a check has its ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS, once, each on its own line")
    points = nbgrader.get("points")
    if isinstance(points, bool) or not isinstance(points, int) or points < 1:
        raise UserError(f'{where}: a check has its "points", a whole number of at least 1')
    check, visible = HIDDEN.search(source)["check"], HIDDEN.sub("", source).strip()
    made = [node for node in parse(where, check, "its hidden check").body if isinstance(node, ast.FunctionDef)]
    if not any(node.name == "check" and len(node.args.args) == 1 for node in made):
        raise UserError(f"{where}: its hidden check defines no function `check(ask)`")
    parse(where, visible, "its practice check")
    return Cell("practice", id, in_both(where, visible), nbgrader, check)


def parse(where, source, what="it"):
    """The syntax tree of `source`. Raises UserError where it is not Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError) as error:
        line = f"line {error.lineno}: " if getattr(error, "lineno", None) else ""
        raise UserError(f"{where}: {what} is not Python ({line}{getattr(error, 'msg', error)})") from None


def refuse_to_hand_out(where, cell):
    """Raises UserError where what a student gets of `cell` has marks of what is to be cut out: that is handed out then."""
    for text in cell.texts.values():
        left = MARK.search(SOLUTION.sub("", text) if cell.kind == "answer" else text)
        if left:
            raise UserError(
                f"{where}: students would get what stands at {left[0]!r}: a solution is marked in an answer cell alone, hidden "
                "tests in a check cell alone, with BEGIN and END in pairs"
            )
