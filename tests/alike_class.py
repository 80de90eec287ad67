"""Classes of students who answer by themselves, made of the published answers and other right ones, and pairs who do not."""

import ast
import builtins
import random

from honest_answers import HONEST

from gluon_alexnet.grading import exercise as exercises


class Rewritten(ast.NodeTransformer):
    """Code as somebody else would write it: operands exchanged, values given names first, conditions turned round, ..."""

    def __init__(self, draw, often):
        self.draw, self.often, self.made = draw, often, 0

    def now(self):
        return self.draw.random() < self.often

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if self.now() and isinstance(node.op, (ast.Add, ast.Mult)):
            node.left, node.right = node.right, node.left
        if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 2 and self.now():
            return ast.BinOp(node.left, ast.Mult(), node.left)
        if isinstance(node.op, ast.Div) and self.now():
            return ast.Call(ast.Attribute(ast.Name("np"), "true_divide"), [node.left, node.right], [])
        return node

    def visit_Compare(self, node):
        self.generic_visit(node)
        turned = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq}
        if len(node.ops) == 1 and type(node.ops[0]) in turned and self.now():
            return ast.Compare(node.comparators[0], [turned[type(node.ops[0])]()], [node.left])
        return node

    def visit_IfExp(self, node):
        self.generic_visit(node)
        return ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.orelse, node.body) if self.now() else node

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("sum", "mean", "max", "argmax") and self.now():
            return ast.Call(ast.Attribute(ast.Name("np"), node.func.attr), [node.func.value, *node.args], node.keywords)
        if isinstance(node.func, ast.Name) and node.func.id in ("int", "float") and self.now():
            return ast.Call(ast.Attribute(ast.Name("np"), f"{node.func.id}64"), node.args, [])
        return node

    def first(self, value):
        self.made += 1
        name = f"value{self.made}"
        return ast.Assign([ast.Name(name, ast.Store())], value), ast.Name(name)

    def visit_Return(self, node):
        self.generic_visit(node)
        if not node.value or not self.now():
            return node
        if isinstance(node.value, ast.Tuple):
            pairs = [self.first(each) for each in node.value.elts]
            return [*(given for given, _ in pairs), ast.Return(ast.Tuple([name for _, name in pairs]))]
        given, name = self.first(node.value)
        return [given, ast.Return(name)]

    def visit_Assign(self, node):
        self.generic_visit(node)
        if isinstance(node.value, ast.BinOp) and self.now():
            given, name = self.first(self.draw.choice([node.value.left, node.value.right]))
            side = "left" if given.value is node.value.left else "right"
            setattr(node.value, side, name)
            return [given, node]
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        remark = self.draw.choice(["print('{}')", "assert {} is not None", "total = {}", "if {} is None:\n    return None", ""])
        names = [each.arg for each in node.args.args]
        if names and remark and self.now():
            node.body.insert(0, ast.parse(remark.format(self.draw.choice(names))).body[0])
        return node


class Renamed(ast.NodeTransformer):
    """Code with other names for what it defines itself."""

    def __init__(self, draw):
        self.draw, self.names = draw, {}

    def visit_Name(self, node):
        if not hasattr(builtins, node.id) and node.id not in ("np", "mx", "nn", "math", "d2l"):
            self.names.setdefault(node.id, f"{self.draw.choice('abcdefgh')}_{len(self.names)}")
            node.id = self.names[node.id]
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        # Two statements that may as well come in the other order.
        for place in range(len(node.body) - 1):
            pair = node.body[place : place + 2]
            if all(isinstance(each, ast.Assign) for each in pair) and self.draw.random() < 0.5:
                node.body[place : place + 2] = pair[::-1]
        return node


def written(source, draw, often=0.35):
    """`source` as a student of its own would write it."""
    return ast.unparse(ast.fix_missing_locations(Rewritten(draw, often).visit(ast.parse(source))))


def renamed(source, draw):
    """`source` with other names, other comments, and some statements in another order."""
    lines = ast.unparse(ast.fix_missing_locations(Renamed(draw).visit(ast.parse(source)))).splitlines()
    return "\n".join(line + f"  # {draw.random():.3f}" * (draw.random() < 0.3) for line in lines)


def answers(name, draw, often=0.35):
    """{task: the source of an answer} of a student: one of the right ways, written anew."""
    found = {}
    for task in exercises.load(name).tasks:
        ways = [task.reference, task.reference, *HONEST[name, task.name]]
        found[task.name] = written(draw.choice(ways), draw, often)
    return found


def entry(student, name, sources, asked=None):
    """What alike.find looks at of an Entry."""
    tasks = [{"task": task, "asked": rows} for task, rows in (asked or dict.fromkeys(sources, [])).items()]
    given = {task: {"status": "answered", "source": f"# task: {task}\n{source}"} for task, source in sources.items()}
    return {"student": student, "source": f"{student}.ipynb", "exercise": name, "result": {"tasks": tasks, "answers": given}}


def honest(name, count, seed, often=0.35):
    """Entries of so many students, each by themselves."""
    draw = random.Random(seed)
    return [entry(f"s{number:03}", name, answers(name, draw, often)) for number in range(count)]


def handed_on(one, student, seed):
    """An Entry of `student` with the answers of the Entry `one`, under other names."""
    draw = random.Random(seed)
    sources = {task: renamed(each["source"], draw) for task, each in one["result"]["answers"].items()}
    return entry(student, one["exercise"], sources)
