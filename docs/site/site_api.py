"""The reference: what the package hands out, read from its source without importing it, as pages in reStructuredText.

Nothing of the package runs: its doors (gluon_alexnet/doors.py) load what is behind them at the first use, and some of that is
MXNet, PyTorch or Keras. The docstrings are plain text, and are shown as they are: code in single backticks, and a new line where
their author began one.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from site_pages import API, ROOT

PACKAGE = "gluon_alexnet"
# Not what anybody imports: how the package is started, and types for checkers.
HIDDEN = {"__main__", "hints"}
# A line of a docstring that ends before this column, although the next word would have fit, was ended on purpose.
FULL = 108
CALLED = ("__call__", "__getitem__", "__len__", "__iter__")


@dataclass(frozen=True)
class Module:
    """A module as it is written. name: dotted; wing: whether it is a package."""

    name: str
    path: Path
    wing: bool

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.tree) or ""


@dataclass(frozen=True)
class Entry:
    """One public name. name: dotted, as people import it; home: the module that defines it; node: where it does."""

    name: str
    home: str
    node: ast.FunctionDef | ast.ClassDef | ast.expr

    @property
    def kind(self) -> str:
        """What Sphinx calls it."""
        if isinstance(self.node, ast.ClassDef):
            errors = any(ast.unparse(base).endswith(("Error", "Exception")) for base in self.node.bases)
            return "exception" if errors else "class"
        return "function" if isinstance(self.node, ast.FunctionDef) else "data"

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.node) or "" if isinstance(self.node, ast.FunctionDef | ast.ClassDef) else ""


@functools.cache
def modules() -> dict[str, Module]:
    """{dotted name: Module} of all modules of the package."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        wing = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if wing else parts)
        found[name] = Module(name, path, wing)
    return found


def _assigned(tree, name):
    """The expressions that a module assigns to `name`, or adds to it, in order."""
    found = []
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            found += [node.value for each in targets if isinstance(each, ast.Name) and each.id == name]
    return found


def homes(module: Module) -> dict[str, str]:
    """{public name: the module within the package that has it}, as the package's HOMES say it."""
    return {key: value for each in _assigned(module.tree, "HOMES") for key, value in ast.literal_eval(each).items()}


def names(module: Module) -> list[str]:
    """The public names of a module: those of `__all__`, else its functions and classes without a leading underscore."""
    said = _assigned(module.tree, "__all__")
    if said:
        found = []
        for each in said:
            found += list(homes(module)) if isinstance(each, ast.Call) else ast.literal_eval(each)
        return found
    own = [node.name for node in module.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [name for name in own if not name.startswith("_")]


@functools.cache
def public_modules() -> list[str]:
    """The modules that people import: those at the top, the wings, and what these hand out. The package first."""
    known = modules()
    found = []
    for name, module in known.items():
        parts = name.split(".")
        if len(parts) <= 2 and parts[-1] not in HIDDEN:
            found.append(name)
        if len(parts) == 2 and module.wing:
            rooms = {*names(module), *homes(module).values()}
            found += sorted(f"{name}.{room}" for room in rooms if f"{name}.{room}" in known)
    return found


@functools.cache
def _defined(module):
    """{name: its definition, or (module, name) where it is imported from} of what a module of this package has."""
    known, found = modules(), {}
    for name, room in homes(known[module]).items():
        found[name] = (f"{module}.{room}", name)
    for node in known[module].tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            found.update({each.asname or each.name: (node.module, each.name) for each in node.names})
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({each.id: node.value for each in targets if isinstance(each, ast.Name)})
    return found


def find(module: str, name: str) -> tuple[str, ast.AST] | None:
    """(the module that defines `name`, its definition), followed through imports of this package; None where there is none."""
    if module not in modules():
        return None
    there = _defined(module).get(name)
    return find(*there) if isinstance(there, tuple) else (module, there) if there else None


@functools.cache
def reference() -> dict[str, list[Entry]]:
    """{public module: the names that it hands out}. What a wing hands out has its place there, and links elsewhere."""
    found = {}
    for module in public_modules():
        entries = []
        for name in names(modules()[module]):
            if f"{module}.{name}" in modules() and name not in homes(modules()[module]):
                continue
            there = find(module, name)
            if there:
                entries.append(Entry(f"{module}.{name}", *there))
        found[module] = entries
    return found


@functools.cache
def places() -> dict[tuple[str, str], str]:
    """{(module that defines it, name): the dotted name under which the reference has it}: a wing's, else the module's own."""
    found: dict[tuple[str, str], str] = {}
    for module, entries in reference().items():
        for entry in entries:
            key, short = (entry.home, entry.name.rpartition(".")[2]), module == PACKAGE
            wing = modules()[module].wing and not short
            if (wing or module == entry.home) and (key not in found or wing):
                found[key] = entry.name
    for entries in reference().values():
        for entry in entries:
            found.setdefault((entry.home, entry.name.rpartition(".")[2]), entry.name)
    return found


def place(entry: Entry) -> str:
    """The dotted name under which the reference has an entry."""
    return places()[entry.home, entry.name.rpartition(".")[2]]


# From here on: reStructuredText.


def plain(text: str) -> str:
    """Text as reStructuredText shows it unchanged."""
    return re.sub(r"([\\*`_|<>:])", r"\\\1", text)


def inline(text: str, known: dict[str, str] | None = None, words: tuple[str, ...] = ()) -> str:
    """A line of a docstring: `code` as code, a link where known has it as {dotted name: role}; words: names of arguments.

    Where a line or a sentence begins with names of arguments and a colon, they stand out.
    """
    if known:
        # Such a name is a link without backticks too.
        dotted = re.compile(rf"(?<![`\w.]){PACKAGE}(?:\.\w+)+(?![\w`])")
        text = dotted.sub(lambda found: f"`{found[0]}`" if found[0] in known else found[0], text)
    parts = []
    for number, part in enumerate(re.split(r"`([^`\n]+)`", text)):
        if number % 2 and known and part in known:
            parts.append(f":py:{known[part]}:`{part}`")
        elif number % 2:
            # A role takes what stands in it as it is, but for backslashes.
            parts.append(":code:`" + part.replace("\\", "\\\\") + "`" if part == part.strip() else plain(f"`{part}`"))
        else:
            parts.append(_strong(part, words))
    # A blank that shows nothing, since the end of code must stand before no letter.
    return re.sub(r"(?<=\S)(:(?:code|py:\w+):`)", r"\\ \1", re.sub(r"(:(?:code|py:\w+):`[^`]*`)(?=\S)", r"\1\\ ", "".join(parts)))


def _strong(text, words):
    """Text with the names of arguments that stand before a colon made bold."""
    if not words or ":" not in text:
        return plain(text)
    names = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    pattern = re.compile(rf"(?:^|(?<=[.;)] ))((?:{names})(?:, (?:{names}))*)(?=: )")
    parts = pattern.split(text)
    return "".join(f"**{plain(part)}**" if number % 2 else plain(part) for number, part in enumerate(parts))


def _begins(line, before, indent):
    """Whether a line of a docstring begins something of its own, or goes on with the line `before`."""
    if re.match(r"[\w*'.]+(, [\w*'.]+)*: |- |Raises? |Returns? |Yields? ", line) and before[-1] not in ",;":
        return True
    if line.startswith(" "):
        return False
    return indent + len(before) + 1 + len(line.split(" ", 1)[0]) <= FULL


def _as_drawn(lines):
    """Whether a paragraph is laid out in columns, or is code, which must not be wrapped."""
    return any(re.search(r"\S {3,}\S", line) for line in lines) or all(line.startswith("    ") for line in lines)


def blocks(doc: str, indent: int = 0) -> list[list[str]]:
    """The paragraphs of a docstring, each as its lines: wrapped ones joined. One drawn in columns begins with an empty line.

    indent: how far the docstring stands from the left edge of its file.
    """
    found = []
    for paragraph in re.split(r"\n\s*\n", doc.strip("\n")):
        lines = paragraph.split("\n")
        if _as_drawn(lines):
            found.append(["", *lines])
            continue
        joined: list[str] = []
        for before, line in zip([None, *lines], lines, strict=False):
            if before is None or _begins(line, before, indent):
                joined.append(line.strip())
            else:
                joined[-1] += " " + line.strip()
        found.append(joined)
    return found


def docstring(doc: str, known: dict[str, str], words: tuple[str, ...] = (), indent: int = 0) -> str:
    """A docstring as reStructuredText."""
    parts = []
    for lines in blocks(doc, indent):
        if lines[0] == "":
            parts.append("::\n\n" + "\n".join("   " + line for line in lines[1:]))
        elif len(lines) == 1:
            parts.append("\\ " + inline(lines[0], known, words))
        else:
            parts.append("\n".join(f"| {inline(line, known, words)}" for line in lines))
    return "\n\n".join(parts)


def summary(doc: str) -> str:
    """What a docstring says first, in one line."""
    return blocks(doc)[0][0] if doc.strip() else ""


def _indented(text, by=3):
    return "\n".join(" " * by + line if line else "" for line in text.split("\n"))


class _Qualified(ast.NodeTransformer):
    """Type hints with the names of this package's own types in full, by which Sphinx links them."""

    def __init__(self, module):
        self.module = module

    def visit_Constant(self, node):
        # A hint, or a part of one, in quotes.
        if isinstance(node.value, str) and node.value.isidentifier():
            return self.visit(ast.parse(node.value, mode="eval").body)
        return node

    def visit_Name(self, node):
        there = find(self.module, node.id)
        name = there and places().get((there[0], getattr(there[1], "name", node.id)))
        return ast.parse(name, mode="eval").body if name and isinstance(there[1], ast.ClassDef) else node

    def visit_Subscript(self, node):
        # The words of a Literal are no names.
        return node if ast.unparse(node.value).endswith("Literal") else self.generic_visit(node)


def _qualified(node, module):
    """A type hint, changed in place, with the names of this package's types in full; without quotes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    return _Qualified(module).visit(node)


def _hint(node, module):
    """A type hint of a module as it is read, or ''."""
    # A copy of its own, of the text: copying the nodes takes longer.
    return ast.unparse(_qualified(ast.parse(ast.unparse(node), mode="eval").body, module)) if node else ""


def signature(node: ast.FunctionDef, module: str, bound: bool = False) -> tuple[str, tuple[str, ...]]:
    """(the arguments of a function in brackets, with what it returns; their names). bound: without the first, `self`."""
    given = ast.parse(f"def copy({ast.unparse(node.args)}): ...").body[0].args
    if bound:
        (given.posonlyargs or given.args).pop(0)
    everybody = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    for each in filter(None, everybody):
        if each.annotation:
            each.annotation = _qualified(each.annotation, module)
    result = _hint(node.returns, module)
    text = f"({ast.unparse(given)})" + (f" -> {result}" if result else "")
    return text, tuple(each.arg for each in filter(None, everybody))


def fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    """The fields of a dataclass or named tuple that are given to make one."""
    own = [each for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)]
    return [
        each
        for each in own
        if not each.target.id.startswith("_")
        and "ClassVar" not in ast.unparse(each.annotation)
        and "init=False" not in (ast.unparse(each.value) if each.value else "")
    ]


def _default(node):
    made = re.fullmatch(r"field\(default_factory=(\w+)\)", ast.unparse(node))
    return f"{made[1]}()" if made else ast.unparse(node)


def _made_of_fields(node):
    decorated = any("dataclass" in ast.unparse(each) for each in node.decorator_list)
    return decorated or any(ast.unparse(base).endswith("NamedTuple") for base in node.bases)


def _class_signature(node, module):
    """As signature, of what makes an object of a class."""
    init = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    if init:
        return signature(init, module, bound=True)
    own = fields(node)
    said = tuple(each.target.id for each in own)
    if not _made_of_fields(node):
        return "", said
    given = []
    for each in own:
        given.append(f"{each.target.id}: {_hint(each.annotation, module)}" + (f" = {_default(each.value)}" if each.value else ""))
    return f"({', '.join(given)})", said


def _methods(node, module):
    """[(kind, options, name, FunctionDef)] of the public methods and properties of a class."""
    found = []
    for each in node.body:
        if not isinstance(each, ast.FunctionDef) or (each.name.startswith("_") and each.name not in CALLED):
            continue
        if each.name in CALLED and not ast.get_docstring(each):
            continue
        decorators = {ast.unparse(one) for one in each.decorator_list}
        if any(one.endswith((".setter", ".deleter")) for one in decorators):
            continue
        if decorators & {"property", "functools.cached_property"}:
            found.append(("property", [f":type: {_hint(each.returns, module)}"] if each.returns else [], each.name, each))
        else:
            flags = [f":{one}:" for one in ("classmethod", "staticmethod") if one in decorators]
            found.append(("method", flags, each.name, each))
    return found


def _directive(kind, name, options, content):
    head = f".. py:{kind}:: {name}\n" + "".join(f"   {option}\n" for option in options)
    return head + ("\n" + _indented(content) + "\n" if content else "")


def described(entry: Entry, known: dict[str, str]) -> str:
    """An entry of the reference, with the methods of a class."""
    short, node = entry.name.rpartition(".")[2], entry.node
    canonical = f"{entry.home}.{short}"
    options = [f":canonical: {canonical}"] if canonical != entry.name else []
    if entry.kind == "data":
        value = ast.unparse(node)
        return _directive("data", short, [*options, *([f":value: {value}"] if len(value) < 300 else [])], "")
    if entry.kind == "function":
        text, words = signature(node, entry.home)
        return _directive("function", short + text, options, docstring(entry.doc, known, words, 4))
    text, words = _class_signature(node, entry.home)
    parts = [docstring(entry.doc, known, words, 4)]
    init = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    if init and ast.get_docstring(init):
        parts.append(docstring(ast.get_docstring(init), known, words, 8))
    for kind, flags, name, method in _methods(node, entry.home):
        taken, arguments = signature(method, entry.home, bound=":staticmethod:" not in flags)
        content = docstring(ast.get_docstring(method) or "", known, arguments, 8)
        parts.append(_directive(kind, name if kind == "property" else name + taken, flags, content))
    return _directive(entry.kind, short + text.partition(" -> None")[0], options, "\n\n".join(filter(None, parts)))


@functools.cache
def known_names() -> dict[str, str]:
    """{dotted name: the role that links to it} of all that the reference has."""
    found = dict.fromkeys(public_modules(), "mod")
    for module, entries in reference().items():
        for entry in entries:
            if module == PACKAGE or place(entry) == entry.name:
                found[place(entry)] = "obj"
    return found


def _title(text):
    return f"{plain(text)}\n{'=' * (len(plain(text)) + 2)}\n\n"


def _linked(entry):
    short = entry.name.rpartition(".")[2]
    return f"   * - :py:obj:`{short} <{place(entry)}>`\n     - {inline(summary(entry.doc)) or '—'}\n"


def _table(rows):
    return ".. list-table::\n   :class: names\n   :widths: auto\n\n" + "".join(rows) + "\n"


def module_page(name: str, words: dict[str, str]) -> str:
    """The page of a module. words: 'modules', 'elsewhere', 'names', the headings in the language of the site."""
    module, known = modules()[name], known_names()
    own = {key: value for key, value in known.items() if key != name}
    parts = [_title(name), f".. py:module:: {name}\n   :synopsis: {plain(summary(module.doc))}\n\n", docstring(module.doc, own)]
    below = [each for each in public_modules() if each.rpartition(".")[0] == name] if name != PACKAGE else []
    entries = reference()[name]
    here = [entry for entry in entries if place(entry) == entry.name]
    away = [entry for entry in entries if place(entry) != entry.name]
    if below:
        rows = [
            f"   * - :py:mod:`{each.rpartition('.')[2]} <{each}>`\n     - {inline(summary(modules()[each].doc))}\n"
            for each in below
        ]
        tree = ".. toctree::\n   :hidden:\n\n" + "".join(f"   {each.rpartition('.')[2]} <{each}>\n" for each in below)
        parts.append(f"\n\n.. rubric:: {words['modules']}\n\n" + _table(rows) + tree)
    if away:
        parts.append(f"\n\n.. rubric:: {words['elsewhere']}\n\n" + _table([_linked(entry) for entry in away]))
    if here:
        parts.append(f"\n\n.. rubric:: {words['names']}\n\n")
        parts += [described(entry, own) + "\n" for entry in here]
    return "".join(parts)


def index_page(title: str, intro: str) -> str:
    """The way in to the reference: the modules at the top and the wings, a line each."""
    tops = [name for name in public_modules() if name.count(".") < 2]
    rows = [
        f"   * - :py:mod:`{name.rpartition('.')[2]} <{name}>`\n     - {inline(summary(modules()[name].doc))}\n" for name in tops
    ]
    tree = ".. toctree::\n   :hidden:\n\n" + "".join(f"   {name.rpartition('.')[2]} <{name}>\n" for name in tops)
    return _title(title) + intro + "\n\n" + _table(rows) + tree


def pages(words: dict[str, str]) -> dict[str, str]:
    """{name of a page: its text} of the whole reference."""
    found = {API: index_page(words["title"], words["intro"])}
    for name in public_modules():
        found[f"{API.rpartition('/')[0]}/{name}"] = module_page(name, words)
    return found
