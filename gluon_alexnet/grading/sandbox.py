"""Where answers run: a process without network, that sees no other process and writes nowhere but in a folder of its own."""

import contextlib
import functools
import json
import os
import shutil
import signal
import site
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

import gluon_alexnet
from gluon_alexnet.data import files
from gluon_alexnet.grading import confine
from gluon_alexnet.grading.exercise import FOLDER

PACKAGE = Path(gluon_alexnet.__file__).resolve().parent
UNSHARE = ("-Urpfn", "--mount-proc", "--kill-child")
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/lib32",
    "/bin",
    "/sbin",
    "/etc",
    "/proc",
    "/sys",
    "/opt",
    "/System",
    "/Library",
    "/nix",
    "/gnu",
)
# What a program needs to run; a teacher's tokens and settings are nobody's business.
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "OMP_NUM_THREADS", "TZ", "VIRTUAL_ENV")


@dataclass
class Box:
    """A running confined process and its folder."""

    process: subprocess.Popen
    folder: Path

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """Ends the process and all that it started, and takes its folder away."""
        for end in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.lru_cache(maxsize=1)
def has_namespaces():
    """Whether this system lets us start a process that has no network and sees no other process."""
    if not shutil.which("unshare"):
        return False
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        command = ["unshare", *UNSHARE, "true"]
        return subprocess.run(command, capture_output=True, timeout=20, stdin=subprocess.DEVNULL).returncode == 0
    return False


@functools.lru_cache(maxsize=1)
def has_landlock():
    """Whether this system can hold a process to some folders."""
    if sys.platform != "linux":
        return False
    import ctypes

    return ctypes.CDLL(None).syscall(confine.CREATE_RULESET, None, 0, confine.RULESET_VERSION) >= 1


def isolation():
    """In words, what keeps an answer from its surroundings here."""
    kept = (["processes and network apart"] if has_namespaces() else []) + (["files apart"] if has_landlock() else [])
    return ", ".join(kept) or "limits only: this system has neither user namespaces nor Landlock"


@functools.lru_cache(maxsize=1)
def data_folder():
    """Where the real data is, or 'stand-in'. Nothing is downloaded while grading."""
    folder, _ = files.find(download=False)
    return str(Path(folder).resolve()) if folder else files.STAND_IN


def readable(trusted):
    """(what a process in the box may read, where it may only look at the names): Python, the system, the package.

    Unless it is trusted, it gets nothing that is `hidden`; else the data as well.
    """
    # `python -m` puts the current folder there, which may be that of a whole class.
    told = [path for path in sys.path if path and Path(path).resolve() != Path.cwd()]
    inside = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values(), *site.getsitepackages(), *told]
    roots = [Path(path).resolve() for path in inside]
    if is_checkout():
        ours, python = PACKAGE.parent, Path(sys.prefix).resolve()
        roots = [path for path in roots if not path.is_relative_to(ours) or path.is_relative_to(python)]
    system = [Path(path).resolve() for path in SYSTEM]
    roots = [path for path in dict.fromkeys([*roots, PACKAGE, *system]) if path.exists()]
    # Python lists a folder before it imports from it.
    listed = [PACKAGE.parent] * is_checkout()
    if trusted:
        return roots + [Path(data_folder())] * (data_folder() != files.STAND_IN), listed
    parts = around(roots, hidden())
    return parts, listed + [root for root in roots if root not in parts]


def hidden():
    """What answers must not read: the grader, the solutions, the data with its labels and test images."""
    found = [FOLDER.parent, PACKAGE.parent / "solutions"]
    if data_folder() != files.STAND_IN:
        found.append(Path(data_folder()))
    return [path for path in found if path.is_dir()]


def around(roots, apart):
    """The paths that together hold all that lies below `roots` but what lies below one of `apart`."""
    parts, seen, waiting = [], set(), list(roots)
    while waiting:
        path = waiting.pop().resolve()
        if path in seen or any(path.is_relative_to(other) for other in apart):
            continue
        seen.add(path)
        if any(other.is_relative_to(path) for other in apart):
            waiting.extend(path.iterdir())
        else:
            parts.append(path)
    return parts


def is_checkout():
    """Whether the package lies in its repository, beside the solutions, and not among the installed packages."""
    return PACKAGE.parent.name not in ("site-packages", "dist-packages")


def font_cache():
    """matplotlib's list of fonts, made once outside the box: making it takes seconds."""
    with contextlib.suppress(Exception):
        import matplotlib

        found = list(Path(matplotlib.get_cachedir()).glob("fontlist*.json"))
        if not found:
            import matplotlib.font_manager  # noqa: F401

            found = list(Path(matplotlib.get_cachedir()).glob("fontlist*.json"))
        return found
    return []


def start(command, memory, trusted=False, **streams):
    """`command` (a function of the box's folder that gives the words) started in a box of its own; returns the Box.

    memory: bytes of address space, 0 for no limit. trusted: it may read what is `hidden` from others.
    streams: as for subprocess.Popen.
    """
    folder = Path(tempfile.mkdtemp(prefix="grade-"))
    namespaces = has_namespaces()
    read, listed = readable(trusted)
    settings = dict(
        namespaces=namespaces,
        hidden=[] if trusted else list(map(str, hidden())),
        memory=memory,
        writable=[str(folder), "/dev/shm"],
        readable=list(map(str, read)),
        listed=list(map(str, listed)),
    )
    # A grader that is killed takes its boxes along.
    words = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    words += ["unshare", *UNSHARE, "--"] if namespaces else []
    # Its text, not its path: the file lies in the part that is hidden.
    words += [sys.executable, "-I", "-c", Path(confine.__file__).read_text(encoding="utf-8"), json.dumps(settings)]
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ.update(
        dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "XDG_CACHE_HOME"), str(folder)),
        MPLBACKEND="Agg",
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONUNBUFFERED="1",
        # Threads that spin while they wait make MXNet several times slower where something else wants the cores too.
        OMP_WAIT_POLICY="PASSIVE",
        FASHION_MNIST_DIR=data_folder(),
        GLUON_ALEXNET_OFFLINE="1",
    )
    for path in font_cache():
        shutil.copy(path, folder)
    streams.setdefault("stdin", subprocess.DEVNULL)
    process = subprocess.Popen([*words, *command(folder)], cwd=folder, env=environ, start_new_session=True, **streams)
    return Box(process, folder)
