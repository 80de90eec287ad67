"""Says of what answers may not import that it is not there when they are graded.

It runs in the box before anything of a student's: in the process that boxes are forked from, else as the first thing that a shell
is told. Both are given this file's text, so that it must be able to run by itself. What it names is not in the box's memory, and
where there is a box neither are its files (sandbox.py), so that whoever takes this finder away finds nothing either.
"""

import re
import sys
from importlib.machinery import ModuleSpec

# What MXNet imports of itself as it is loaded: it finds a module without anything in it.
OF_MXNET = ("mxnet.gluon.data.vision.transforms", "mxnet.gluon.model_zoo", "mxnet.image")
# Its operators on images, by the names that its modules have for them.
OPERATORS = re.compile(r"(_contrib_)?BilinearResize2D|_image_\w+|_cv\w+")
OF_IMAGES = re.compile(r"mxnet\.(\w+\.)*(gen_)?image")
SENTENCE = "{} is not there when answers are graded: write it yourself with {}"


class NotThereWhenGraded(ModuleNotFoundError):
    """The import of a name that answers may not use."""


def refusal(name, known):
    """The error for the use of `name`, a module's or an operator's. known: what is there instead, in words."""
    return NotThereWhenGraded(SENTENCE.format(name, known), name=name)


class Finder:
    """Stands before all other finders and knows nothing of `hidden`, dotted names of packages and modules.

    stripped: whether MXNet loses its operators on images as soon as it is loaded.
    """

    def __init__(self, hidden, stripped=True):
        self.hidden, self.stripped, self.looking = frozenset(hidden), stripped, False
        self.known = "NumPy" if "mxnet" in self.hidden else "NumPy and MXNet"

    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        if not self.hidden.isdisjoint(".".join(parts[: count + 1]) for count in range(len(parts))):
            if name not in OF_MXNET or "mxnet" in self.hidden:
                raise refusal(name, self.known)
            return ModuleSpec(name, Empty(self.known), is_package=True)
        return self.watched(path, target) if name == "mxnet" and self.stripped and not self.looking else None

    def watched(self, path, target):
        """MXNet's own spec, after whose loading its operators on images are taken away."""
        # Another finder that waits for MXNet asks all others, and this one among them.
        self.looking = True
        try:
            for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
                find = getattr(finder, "find_spec", None)
                spec = find and find("mxnet", path, target)
                if spec and spec.loader:
                    spec.loader = Afterwards(spec.loader, self.known)
                    return spec
        finally:
            self.looking = False
        return None


class Empty:
    """Loads a module that has nothing, and says so to whoever asks it for something."""

    def __init__(self, known):
        self.known = known

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        def nothing(name):
            if name.startswith("__"):
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            raise refusal(f"{module.__name__}.{name}", self.known)

        module.__getattr__ = nothing


class Afterwards:
    """Loads a package as its own loader does, and then takes away what `strip` does."""

    def __init__(self, loader, known):
        self.loader, self.known = loader, known

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def exec_module(self, module):
        module.__loader__ = module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        strip(operators(), self.known)


class Absent:
    """Stands in the place of an operator."""

    def __init__(self, name, known):
        self.name, self.known = name, known

    def __call__(self, *_, **__):
        raise refusal(self.name, self.known)


def operators():
    """[(module's name, name in it)] of MXNet's operators on images, as far as it is loaded."""
    found = []
    for module, there in list(sys.modules.items()):
        if module.partition(".")[0] == "mxnet" and there is not None:
            of_images = OF_IMAGES.fullmatch(module)
            for name, value in list(vars(there).items()):
                if OPERATORS.fullmatch(name) or of_images and not name.startswith("__") and callable(value):
                    found.append((module, name))
    return found


def strip(found, known):
    """Puts something that says why it is not there in the place of each of `found`, as `operators` gives them."""
    for module, name in found:
        vars(sys.modules[module])[name] = Absent(f"{module}.{name}", known)


def install(hidden, stripped=True):
    """Refuses `hidden` from here on; what was refused before no longer counts. stripped: as for Finder."""
    remove()
    if hidden:
        sys.meta_path.insert(0, Finder(hidden, stripped))


def remove():
    """Takes the finder away, for a process that may have everything."""
    # It may be that of another copy of this file.
    sys.meta_path[:] = [finder for finder in sys.meta_path if not hasattr(finder, "stripped")]
