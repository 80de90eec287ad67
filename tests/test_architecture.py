"""The house as docs/architecture.md draws it: imports go only downward, in no circle, and through what a wing hands out."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import gluon_alexnet
from gluon_alexnet import moved

PACKAGE = Path(gluon_alexnet.__file__).parent
# From the ground up: what stands on a floor may import from the floors below it. A wing is one room here.
FLOORS = (
    {"doors", "errors", "hints", "moved"},
    {"files_io", "language", "machine"},
    {"gluon_alexnet"},  # the package's own __init__.py, which sets the process up
    {"blocks"},
    {"models"},
    {"introspect"},
    {"analysis", "data", "fast", "prepare", "zoo"},
    {"interop", "pictures", "settings"},
    {"recipes"},
    {"train"},
    {"features", "predict", "runs", "towers"},
    {"compare", "convert", "d2l", "doctor", "explore", "run"},
    {"grading"},
    {"authoring", "classroom", "study"},
    {"cli"},
)
# `python -m` runs them: nothing imports them, and they import the commands.
STARTERS = {"gluon_alexnet.__main__", "gluon_alexnet.train.__main__"}
WINGS = {module.name for module in pkgutil.iter_modules([str(PACKAGE)]) if module.ispkg}


def name_of(path):
    parts = ["gluon_alexnet", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def nodes_that_run(tree):
    """All nodes of `tree` but those that only programs see that check types."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for_checkers = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        waiting += node.orelse if for_checkers else ast.iter_child_nodes(node)


def imports(name, walk=ast.walk):
    """[(module of this package that the module `name` imports, the name that it takes from there or None)], all its lines."""
    found = []
    for node in walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(each.name, None) for each in node.names if each.name in FILES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "gluon_alexnet":
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                found.append((inner, None) if inner in FILES else (node.module, each.name))
    return found


def room(name):
    """The room of the top level that a module lies in: its wing, or itself."""
    return name.split(".")[1] if "." in name else name


def floor(name):
    return next((number for number, rooms in enumerate(FLOORS) if room(name) in rooms), None)


def test_every_room_has_its_floor():
    assert {room(name) for name in FILES if name not in STARTERS} == set.union(*FLOORS)
    assert len(FILES) == len({*FILES})


@pytest.mark.parametrize("name", [name for name in FILES if name not in STARTERS])
def test_imports_go_down_only(name):
    # A door tells programs that check types what is behind it, and hints.py what its names stand for.
    walk = nodes_that_run if FILES[name].name in ("__init__.py", "hints.py") else ast.walk
    upward = [other for other, _ in imports(name, walk) if room(other) != room(name) and floor(other) >= floor(name)]
    assert not upward, f"{name} imports {', '.join(upward)}, on a floor that is not below its own"


def test_no_imports_run_in_a_circle():
    done, path = set(), []

    def visit(name):
        if name in path:
            pytest.fail(f"a circle of imports: {' -> '.join([*path[path.index(name) :], name])}")
        if name in done:
            return
        path.append(name)
        for other, _ in imports(name, nodes_that_run):
            visit(other)
        done.add(path.pop())

    for name in FILES:
        visit(name)


@pytest.mark.parametrize("name", FILES)
def test_of_another_wing_only_what_it_hands_out_is_imported(name):
    for other, taken in imports(name):
        wing = room(other)
        if wing not in WINGS or wing == room(name):
            continue
        if other.count(".") == 1 and taken is None:
            continue  # the wing itself
        handed_out = importlib.import_module(f"gluon_alexnet.{wing}").__all__
        asked = other.split(".")[2] if other.count(".") > 1 else taken
        assert asked in handed_out, f"{name} imports {other}, which {wing}/__init__.py does not hand out"


def test_nothing_imports_hints_to_run():
    assert not [name for name in FILES if "gluon_alexnet.hints" in {other for other, _ in imports(name, nodes_that_run)}]


def test_nothing_imports_a_starter():
    assert not {other for name in FILES for other, _ in imports(name)} & STARTERS


@pytest.mark.parametrize("wing", sorted(WINGS))
def test_a_wing_says_what_its_rooms_do(wing):
    package = importlib.import_module(f"gluon_alexnet.{wing}")
    rooms = [module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("__")]
    untold = [name for name in rooms if not re.search(rf"\b{name}\b", package.__doc__)]
    assert not untold, f"{wing}/__init__.py says nothing of {', '.join(untold)}"


@pytest.mark.parametrize("name", [name for name in FILES if name not in STARTERS])
def test_what_a_module_names_in_all_is_there(name):
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [])
    missing = [each for each in names if not hasattr(module, each) and f"{name}.{each}" not in FILES]
    assert not missing and len(names) == len({*names})


@pytest.mark.parametrize("name", moved.MOVED)
def test_modules_are_found_by_their_earlier_names(name):
    earlier = importlib.import_module(f"gluon_alexnet.{name}")
    assert earlier is importlib.import_module(f"gluon_alexnet.{moved.MOVED[name]}")
    assert earlier.__spec__.name == earlier.__name__ == f"gluon_alexnet.{moved.MOVED[name]}"


def test_tests_lie_in_the_wings_of_what_they_test():
    here = Path(__file__).parent
    rooms = {path.relative_to(PACKAGE).with_suffix("") for path in FILES.values()}
    for path in here.rglob("test_*.py"):
        if path.parent == here / "exercises":
            continue  # what notebooks say is in no module
        wing, tested = path.parent.relative_to(here), path.stem.removeprefix("test_")
        if str(wing) == "exercises":
            continue  # of the notebooks, which are no modules
        assert str(wing) in {".", *WINGS}, f"{path} lies in no wing"
        homes = {room.parent for room in rooms if room.name == tested}
        assert not homes or wing in homes, f"{path} tests what lies in {', '.join(map(str, homes))}"
