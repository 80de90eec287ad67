"""Wrong answers made of a right one: each with one small mistake such as people make, by its syntax tree.

A mutant is the text of the answer with one place exchanged, so that it reads as somebody might have written it.
"""

import ast
import difflib
from dataclasses import dataclass

OPERATORS = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
    ast.Div: "*",
    ast.FloorDiv: "/",
    ast.Mod: "//",
    ast.Pow: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
COMPARISONS = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
TWINS = [
    ("min", "max"),
    ("floor", "ceil"),
    ("minimum", "maximum"),
    ("argmin", "argmax"),
    ("any", "all"),
    ("sin", "cos"),
    ("zeros", "ones"),
    ("ravel", "mean"),
    ("hstack", "vstack"),
]
INSTEAD = {**dict(TWINS), **{other: one for one, other in TWINS}, "mean": "sum", "round": "floor", "std": "var", "exp": "log"}
# What may be left out, so that its argument stands there alone.
LEFT_OUT = {"abs", "sqrt", "exp", "log", "round", "int", "float", "floor", "ceil", "sorted", "copy", "astype", "square", "clip"}

# Whose arguments may be swapped.
EVEN = {"min", "max", "minimum", "maximum", "add", "multiply"}


@dataclass(frozen=True)
class Mutant:
    """A wrong answer. kind: the mistake in words; label: what stands there => what stands there now; source: its text, or None
    for the practice check's own values whatever is asked.
    """

    kind: str
    label: str
    source: str | None
    line: int = 0

    def diff(self, right):
        """The lines that differ from the answer `right`, those of it with - and the mutant's with +."""
        if self.source is None:
            return []
        lines = difflib.unified_diff(right.splitlines(), self.source.splitlines(), lineterm="", n=0)
        return [f"{line[0]} {line[1:].strip()}" for line in list(lines)[2:] if line[0] in "+-"]


class Text:
    """A source by lines, in which places of its syntax tree are exchanged. own: the numbers of the lines that may be."""

    def __init__(self, source, own):
        self.source, self.tree, self.own = source, ast.parse(source), set(own)
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def place(self, node):
        """(beginning, end) of a node's text."""

        def at(line, column):
            # ast counts bytes.
            return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

        return at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)

    def text(self, node):
        start, end = self.place(node)
        return self.source[start:end]

    def nodes(self):
        """The nodes that may be mutated, outermost first."""
        for node in ast.walk(self.tree):
            if getattr(node, "lineno", None) in self.own and getattr(node, "end_lineno", None) in self.own:
                yield node

    def exchanged(self, kind, *places, label=None):
        """The Mutant with each (node, text) of `places` exchanged."""
        source = self.source
        for node, text in sorted(places, key=lambda each: -self.place(each[0])[0]):
            start, end = self.place(node)
            source = source[:start] + text + source[end:]
        if label is None:
            node, text = places[0]
            label = f"{short(self.text(node))} => {short(text)}"
        return Mutant(kind, label, source, places[0][0].lineno)


def short(text):
    """`text` on one line, its middle left out where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= 70 else f"{text[:45]} ... {text[-20:]}"


def of(source, own, practice=True):
    """The Mutants of an answer. own: the numbers of its lines, from 1 on, that a student writes; others stay as they are.

    practice: also the one that only knows the practice check's values.
    """
    text = Text(source, own)
    found = [*always_wrong(text, practice)]
    for node in text.nodes():
        for make in MAKERS.get(type(node), ()):
            found += make(text, node)
    found += swapped_parameters(text)
    return list({mutant.source: mutant for mutant in reversed(found) if parses(mutant.source)}.values())[::-1]


def must_fail(source, own, net=None):
    """The Mutants that no right answer is like, even where many are right. net: the expression that makes a net, or None."""
    text = Text(source, own)
    # The practice check may well have asked for a right net.
    found = [*always_wrong(text, not net)]
    if net:
        name = net.partition("(")[0]
        for node in text.nodes():
            if is_call(node, "Dense") and node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 10:
                found.append(text.exchanged("another number of classes", (node.args[0], "11")))
        head = f"{source}\n\n\ndef {name}(*given, **named):\n    from mxnet.gluon import nn\n    net = nn.HybridSequential()\n"
        flat = "    net.add(nn.Flatten(), nn.Dense(10))\n"
        always = "    net.add(nn.HybridLambda(lambda F, x: x * 0))\n"
        found.append(Mutant("a net of one dense layer", f"{name} => Flatten, Dense(10)", f"{head}{flat}    return net\n"))
        found.append(Mutant("a net that always says the same", f"{name} => 0", f"{head}{flat}{always}    return net\n"))
    return [mutant for mutant in found if parses(mutant.source)]


def parses(source):
    try:
        ast.parse(source or "")
    except (SyntaxError, ValueError):
        return False
    return True


def is_call(node, *names):
    return isinstance(node, ast.Call) and called(node) in names


def called(node):
    """The name of what a call calls, without what stands before its last dot."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def functions(text):
    """The functions at the top of the answer whose body a student writes."""
    for node in text.tree.body:
        if isinstance(node, ast.FunctionDef) and node.body[-1].lineno in text.own:
            yield node


def always_wrong(text, practice):
    """No value at all, the first argument, and the practice check's values."""
    made = list(functions(text))
    for node in made:
        own = [each for each in node.body if each.lineno in text.own]
        start, end = own[0], own[-1]
        whole = ast.copy_location(ast.Pass(), start)
        whole.end_lineno, whole.end_col_offset = end.end_lineno, end.end_col_offset
        values = [("nothing is returned", "None"), *(("its argument is returned", each.arg) for each in node.args.args[:1])]
        for kind, value in values:
            yield text.exchanged(kind, (whole, f"return {value}"), label=f"{node.name} => return {value}")
    if made and practice:
        yield Mutant("the practice check's values, whatever is asked", "the practice check's values", None)


def constant(text, node):
    value = node.value
    if isinstance(value, bool):
        yield text.exchanged("the other truth value", (node, str(not value)))
    elif isinstance(value, int):
        for other in (value + 1, value - 1):
            yield text.exchanged("off by one", (node, str(other) if other >= 0 else f"({other})"))
    elif isinstance(value, float):
        yield text.exchanged("another constant", (node, "0.0" if abs(value) < 1e-4 and value else repr(value + 1)))


def arithmetic(text, node):
    left, right, kind = text.text(node.left), text.text(node.right), type(node.op)
    if kind in OPERATORS:
        other = f"({group(text, node.left)} {OPERATORS[kind]} {group(text, node.right)})"
        yield text.exchanged("another operator", (node, other))
    if kind is ast.FloorDiv:
        yield text.exchanged("rounded up", (node, f"(-(-({left}) // ({right})))"))
    if kind in (ast.Sub, ast.Div, ast.FloorDiv, ast.MatMult, ast.Mod, ast.Pow):
        sign = text.source[text.place(node.left)[1] : text.place(node.right)[0]].strip(" ()\n")
        yield text.exchanged("swapped", (node, f"(({right}) {sign} ({left}))"))
    what = "a term is forgotten" if kind in (ast.Add, ast.Sub) else "a factor is forgotten"
    yield text.exchanged(what, (node, f"({left})"))
    if kind in (ast.Add, ast.Mult, ast.MatMult):
        yield text.exchanged(what, (node, f"({right})"))


def group(text, node):
    """The text of a part of a sum or product, in brackets where it is one."""
    is_made = isinstance(node, (ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.BoolOp))
    return f"({text.text(node)})" if is_made else text.text(node)


def sign(text, node):
    if isinstance(node.op, (ast.USub, ast.Not)):
        yield text.exchanged("a sign is forgotten", (node, f"({text.text(node.operand)})"))


def comparison(text, node):
    if len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        sign = COMPARISONS[type(node.ops[0])]
        left, right = (group(text, each) for each in (node.left, node.comparators[0]))
        yield text.exchanged("another comparison", (node, f"({left} {sign} {right})"))


def logic(text, node):
    words = ("or", "and") if isinstance(node.op, ast.And) else ("and", "or")
    parts = [f"({text.text(each)})" for each in node.values]
    yield text.exchanged("and for or", (node, f"({f' {words[0]} '.join(parts)})"))
    for place in range(len(parts)):
        rest = parts[:place] + parts[place + 1 :]
        yield text.exchanged("a condition is forgotten", (node, f"({f' {words[1]} '.join(rest)})"))


def choice(text, node):
    for part in (node.body, node.orelse):
        yield text.exchanged("a case is forgotten", (node, f"({text.text(part)})"))


def call(text, node):
    name = called(node)
    if name in INSTEAD:
        func, at = text.text(node.func), len(name)
        yield text.exchanged("another function", (node.func, f"{func[:-at]}{INSTEAD[name]}"))
    if name in LEFT_OUT:
        given = node.args[0] if isinstance(node.func, ast.Name) or is_module(node.func.value) else node.func.value
        if not isinstance(given, ast.Starred):
            yield text.exchanged("a step is forgotten", (node, f"({text.text(given)})"))
    for keyword in node.keywords:
        if keyword.arg:
            yield without(text, node, keyword)
            if keyword.arg == "axis":
                value = text.text(keyword.value)
                yield text.exchanged("the wrong axis", (keyword.value, "1" if value == "0" else "0"))
    plain = [each for each in node.args if not isinstance(each, ast.Starred)]
    for one, other in list(zip(plain, plain[1:], strict=False))[:2]:
        if len(plain) == len(node.args) and ast.dump(one) != ast.dump(other) and name not in EVEN:
            label = f"{short(text.text(node))}: swapped"
            yield text.exchanged("swapped arguments", (one, text.text(other)), (other, text.text(one)), label=label)


def is_module(node):
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "math", "mx", "npx", "os") or (
        isinstance(node, ast.Attribute) and is_module(node.value)
    )


def without(text, node, keyword):
    copy = ast.parse(text.text(node).strip(), mode="eval").body if parses(text.text(node)) else node
    copy.keywords = [each for each in copy.keywords if each.arg != keyword.arg]
    return text.exchanged("an argument is forgotten", (node, ast.unparse(copy)))


def slices(text, node):
    for bound in (node.lower, node.upper):
        if bound is not None:
            yield text.exchanged("a bound is forgotten", (bound, ""), label=f"[{text.text(node)}] without {text.text(bound)}")


def comprehension(text, node):
    for maker in node.generators:
        for condition in maker.ifs:
            yield text.exchanged("a condition is forgotten", (condition, "True"))
        yield text.exchanged("the last one is left out", (maker.iter, f"list({text.text(maker.iter)})[:-1]"))
        yield text.exchanged("the first one is left out", (maker.iter, f"list({text.text(maker.iter)})[1:]"))


def loop(text, node):
    yield text.exchanged("the last one is left out", (node.iter, f"list({text.text(node.iter)})[:-1]"))
    yield text.exchanged("the first one is left out", (node.iter, f"list({text.text(node.iter)})[1:]"))
    last = node.body[-1]
    if not isinstance(last, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
        indent = " " * node.body[0].col_offset
        label = f"{short(text.text(node).splitlines()[0])} ends after one round"
        yield text.exchanged("returned early", (last, f"{text.text(last)}\n{indent}break"), label=label)
    yield from statement(text, node)


def condition(text, node):
    for value in ("True", "False"):
        yield text.exchanged("a case is forgotten", (node.test, value))


def statement(text, node):
    label = f"{short(text.text(node).splitlines()[0])} => nothing"
    yield text.exchanged("a line is forgotten", (node, "pass"), label=label)


def assignment(text, node):
    yield from statement(text, node)
    if isinstance(node, ast.AugAssign):
        target, value = text.text(node.target), text.text(node.value)
        yield text.exchanged("set instead of added", (node, f"{target} = {value}"))
        if type(node.op) in OPERATORS:
            yield text.exchanged("another operator", (node, f"{target} {OPERATORS[type(node.op)]}= {value}"))


def swapped_parameters(text):
    """The answers that take two of their arguments for one another."""
    for node in functions(text):
        names = [each.arg for each in node.args.args if each.arg not in ("self", "rng")]
        for one, other in zip(names, names[1:], strict=False):
            uses = [each for each in text.nodes() if isinstance(each, ast.Name) and each.id in (one, other)]
            uses = [each for each in uses if node.lineno <= each.lineno <= node.end_lineno]
            if uses:
                places = [(each, other if each.id == one else one) for each in uses]
                yield text.exchanged("swapped arguments", *places, label=f"{one} <=> {other}")


MAKERS = {
    ast.Constant: (constant,),
    ast.BinOp: (arithmetic,),
    ast.UnaryOp: (sign,),
    ast.Compare: (comparison,),
    ast.BoolOp: (logic,),
    ast.IfExp: (choice,),
    ast.Call: (call,),
    ast.Slice: (slices,),
    ast.ListComp: (comprehension,),
    ast.GeneratorExp: (comprehension,),
    ast.SetComp: (comprehension,),
    ast.DictComp: (comprehension,),
    ast.For: (loop,),
    ast.If: (condition,),
    ast.Assign: (statement,),
    ast.AugAssign: (assignment,),
    ast.Expr: (statement,),
}
