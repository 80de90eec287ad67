"""Everything that MXNet 1.9.1 and gluoncv need done at their import, and what to tell a person when MXNet's fails."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping

# As in runtime.py.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["EXTRA", "GLUONCV", "VERSION", "both_wheels", "explain", "how_to_install", "install", "no_build", "pip"]

VERSION = "1.9.1"
# It asks for the OpenCV that needs a screen and runs with the one that does not; both own the same folder.
GLUONCV = "--no-deps gluoncv==0.10.5.post0"
# MXNet has a team of OpenMP threads in each of its own threads that computes, and one more in the main thread once an answer in
# oneDNN's layout was read there. With more threads in all than CPUs, GCC's OpenMP hardly waits before it puts them to sleep, and
# the next operator has to wake them: LeNet's step takes 13.4 ms instead of 9.1 then. So they are to wait; not longer than they
# would by default, which is some 3 ms, but ten times as long where they are many.
WAITING = {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "300000"}


class Finder:
    """Readies the process at the first import of the module `name`, then lets the loader that would have loaded it do so.

    ready: makes the context in which the module, its argument, is loaded. A finder and a loader by their methods; their base
    classes in importlib.abc would cost half of our import time.
    """

    def __init__(self, name, ready):
        self.name, self.ready, self.loader = name, ready, None

    def find_spec(self, name, path, target=None):
        if name != self.name:
            return None
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find and find(name, path, target)
            if spec and spec.loader:
                self.loader, spec.loader = spec.loader, self
                return spec
        return None

    def __getattr__(self, name):
        # What else a loader can do, such as read the package's files.
        return getattr(self.loader, name)

    def exec_module(self, module):
        # From here on the package looks as if nobody had come between.
        module.__loader__ = module.__spec__.loader = self.loader
        # distutils, NumPy's dropped names and old escapes in strings warn, none of which the user could mend.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with self.ready(module):
                self.loader.exec_module(module)


@contextlib.contextmanager
def ready_for_mxnet(module: object) -> Iterator[None]:
    import numpy

    from gluon_alexnet.machine import cuda_libraries, numpy_names

    if "mxnet-cu112" in cuda_libraries.installed_wheels():
        # CUDA numbers the fastest GPU 0; devices.py needs the driver's numbers.
        os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
        cuda_libraries.open_libraries()
    numpy_names.put_back(numpy)
    placeholders = numpy_names.put_placeholders(numpy)
    # They are read once, as the library is loaded; programs started from here are to have their own.
    waiting = {} if WAITING.keys() & os.environ.keys() else WAITING
    os.environ.update(waiting)
    try:
        # MXNet would import scikit-learn and pandas, 0.4 s and 40 MB, for a base class of its old FeedForward.
        with hidden("sklearn"):
            yield
    finally:
        for name in waiting:
            del os.environ[name]
        numpy_names.take_away(numpy, placeholders)


@contextlib.contextmanager
def without_pytorch(check: Any) -> Iterator[None]:
    """For gluoncv's module of checks: PyTorch counts as not installed, whatever there is."""
    yield

    # It refuses to run beside PyTorch 2 or later, of which its nets for MXNet need nothing.
    def refuse(*versions):
        raise ImportError("gluon_alexnet has gluoncv use MXNet alone")

    check._require_pytorch_version = refuse


class Refuser:
    """A finder that knows no package `name` in the thread that made it, and leaves all else to the others."""

    def __init__(self, name):
        self.name, self.thread = name, threading.get_ident()

    def find_spec(self, name, path, target=None):
        if name == self.name and threading.get_ident() == self.thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@contextlib.contextmanager
def hidden(name: str) -> Iterator[None]:
    """Within it this thread cannot import the package `name`, unless it is loaded already."""
    # None in its place in sys.modules would be what other packages and threads stumble over.
    refuser = Refuser(name)
    sys.meta_path.insert(0, refuser)
    try:
        yield
    finally:
        sys.meta_path.remove(refuser)


FINDERS = (
    Finder("mxnet", ready_for_mxnet),
    Finder("gluoncv", contextlib.nullcontext),
    Finder("gluoncv.check", without_pytorch),
)


def install() -> None:
    """Puts the finders in front of the others, once."""
    sys.meta_path[:0] = [finder for finder in FINDERS if finder not in sys.meta_path]


def no_build() -> str | None:
    """The sentence for a platform that MXNet was never built for, or None where PyPI has a wheel."""
    system, machine = platform.system(), platform.machine()
    if (system, machine) in {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64")}:
        return None
    return (
        f"MXNet {VERSION} has no build for {system} on {machine}: use WSL2 (on Windows), Docker or Google Colab, "
        "which give you a Linux that it runs on."
    )


# Quoted, since some shells take brackets for a pattern.
EXTRA = "install '.[cu112]'"


def pip(arguments: str) -> str:
    """The command that runs pip in this very Python."""
    return f"`{sys.executable} -m pip {arguments}`"


def how_to_install() -> str:
    """The command that installs MXNet for the CPU in this Python."""
    if sys.version_info < (3, 13):
        # MXNet imports distutils, which left Python in 3.12 and which setuptools brings.
        return pip(f"install mxnet=={VERSION}" + (" setuptools" if sys.version_info >= (3, 12) else ""))
    # Its wheel asks for numpy<2, which has no wheel for these Pythons; it runs on NumPy 2 all the same.
    return f"{pip(f'install --no-deps mxnet=={VERSION}')} and {pip('install numpy requests graphviz setuptools')}"


def both_wheels(wheels: Mapping[str, str]) -> str | None:
    """The sentence for two MXNet wheels in one Python ({name: version}), or None."""
    if len(wheels) < 2:
        return None
    return (
        f"{' and '.join(wheels)} are both installed and overwrite each other's files: "
        f"{pip('uninstall ' + ' '.join(wheels))}, then install the one you need."
    )


def explain(error: BaseException, wheels: Mapping[str, str]) -> str:
    """One sentence for a person: why `import mxnet` raised `error`, and how to mend it.

    wheels: {name: version} of the MXNet wheels installed, from `cuda_libraries.installed_wheels`.
    """
    from gluon_alexnet.machine.cuda_libraries import LIBRARIES

    text = (str(error).splitlines() or [""])[0]
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing == "mxnet":
        return no_build() or f"MXNet is not installed in this Python: {how_to_install()}."
    if both_wheels(wheels):
        return f"MXNet does not load ({text}): {both_wheels(wheels)}"
    if missing:
        package = "setuptools" if missing.startswith("distutils") else missing.partition(".")[0]
        return f"MXNet needs the package {package}, which is not installed in this Python: {pip('install ' + package)}."
    if "libcuda.so.1" in text:
        return (
            "mxnet-cu112 needs NVIDIA's driver (libcuda.so.1), which this machine does not have: to compute on the "
            f"CPU, {pip('uninstall mxnet-cu112')}, then {how_to_install()}."
        )
    library = next((name for name in LIBRARIES if name in text), None)
    if library:
        return f"mxnet-cu112 needs {library} of CUDA 11: install this package's extra, {pip(EXTRA)}."
    lacking = re.match(r"(lib[\w+-]+)\.so\.(\d+): cannot open shared object file", text)
    if lacking:
        return (
            f"MXNet needs {lacking[1]}.so.{lacking[2]} of the system, which this machine does not have: "
            f"`sudo apt install {lacking[1]}{lacking[2]}` (Debian, Ubuntu), or the package of that library elsewhere."
        )
    return (
        f"MXNet does not load ({type(error).__name__}: {text}): reinstall it with "
        f"{pip(f'install --force-reinstall --no-deps mxnet=={VERSION}')}."
    )
