"""Which modules answers may not import, because they answer what exercises ask for; docs/grading.md says what is left.

Answers may use NumPy, the standard library, and MXNet where a cell that the notebook gives loads it. What the cells of an
exercise or its author's answers import is there too: an author knows what the tasks ask for.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import gluon_alexnet

if TYPE_CHECKING:
    from gluon_alexnet.grading.exercise import Exercise

# Nets, their costs, features, changes to images: each is what some task asks for, or has it inside.
OURS = (
    "analysis",
    "authoring",
    "blocks",
    "classroom",
    "cli",
    "compare",
    "convert",
    "data.augment",
    "data.duplicates",
    "data.imagenet",
    "data.resize",
    "doctor",
    "explore",
    "features",
    "interop",
    "introspect",
    "models",
    "predict",
    "run",
    "runs",
    "towers",
)
OF_MXNET = ("mxnet.gluon.data.vision.transforms", "mxnet.gluon.model_zoo", "mxnet.image")
LIBRARIES = (
    "albumentations",
    "cv2",
    "d2l",
    "flax",
    "gluoncv",
    "imageio",
    "jax",
    "jaxlib",
    "keras",
    "kornia",
    "onnx",
    "onnxruntime",
    "scipy",
    "skimage",
    "sklearn",
    "tensorflow",
    "timm",
    "torch",
    "torchvision",
)
# Each stands or falls as one: its parts need each other.
GROUPS = (tuple(f"gluon_alexnet.{name}" for name in OURS), OF_MXNET, LIBRARIES)
EVERYTHING = tuple(name for group in GROUPS for name in group)
# What is imported by another name than its module's.
HOMES = {f"gluon_alexnet.{name}": f"gluon_alexnet.{home}" for name, home in gluon_alexnet.HOMES.items()}
HOMES["gluon_alexnet.data.loader.resize_batch"] = "gluon_alexnet.data.resize"
# How an exercise shows that its answers need MXNet: in its cells and its author's answers, or in its checks.
MXNET, OF_NETS = re.compile(r"\bload_mxnet\(\)|\b(import|from) mxnet\b"), re.compile(r"\bask\.(net|tensor)\(")
# How the files of modules end.
MODULES = (".py", ".pyc", ".so", ".pyd")


def names_for(exercise: Exercise) -> tuple[str, ...]:
    """The dotted names that answers to `exercise` may not import."""
    sources = [source for cells in exercise.before.values() for source in cells]
    sources += [task.reference for task in exercise.tasks]
    wanted = {name for source in sources for name in imported(source)}
    mxnet = any(MXNET.search(source) for source in sources) or any(OF_NETS.search(task.check) for task in exercise.tasks)
    hidden = [group for group in GROUPS if not any(is_in(name, group) for name in wanted)]
    return tuple(name for group in hidden for name in group) + (() if mxnet else ("mxnet",))


def is_in(name: str, names: Iterable[str]) -> bool:
    """Whether the module `name` is one of `names` or lies in one."""
    return any(name == each or name.startswith(f"{each}.") for each in names)


@functools.lru_cache(maxsize=200)
def imported(source: str) -> frozenset[str]:
    """The dotted names of what a cell imports; what the package hands out by another name, by that of its module."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return frozenset(HOMES.get(name, name) for name in found)


@functools.lru_cache(maxsize=8)
def paths(names: tuple[str, ...], places: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files and folders of the modules `names` in the folders `places` that packages lie in, compiled ones too."""
    found = []
    for place in places:
        for name in names:
            *above, last = name.split(".")
            folder = place.joinpath(*above)
            there = names_in(folder)
            files = [each for each in there if each == last or each.startswith(f"{last}.") and each.endswith(MODULES)]
            found += [folder / each for each in files]
            # What is compiled holds all that is in the source.
            found += [folder / "__pycache__"] if f"{last}.py" in files and above and "__pycache__" in there else []
    return tuple(dict.fromkeys(path.resolve() for path in found))


@functools.lru_cache(maxsize=200)
def names_in(folder: Path) -> frozenset[str]:
    """The names in `folder`; none where it cannot be looked into."""
    try:
        return frozenset(entry.name for entry in folder.iterdir())
    except OSError:
        return frozenset()
