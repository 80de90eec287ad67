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
    """What a process in the box may read: Python, the system, the package, the data.

    Unless it is trusted, it gets neither the grader's own part of the package nor the images that it is tested on.
    """
    inside = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values(), *site.getsitepackages(), *sys.path]
    roots = [Path(path).resolve() for path in inside if path]
    if is_checkout():
        ours, python = PACKAGE.parent, Path(sys.prefix).resolve()
        roots = [path for path in roots if not path.is_relative_to(ours) or path.is_relative_to(python)]
    parts = [PACKAGE] if trusted else [path for path in PACKAGE.iterdir() if path != FOLDER.parent]
    return [str(path) for path in (*roots, *parts, *map(Path, SYSTEM), *data_files(trusted)) if path.exists()]


def data_files(trusted):
    """The folder of the real data, or only the training images and labels in it."""
    if data_folder() == files.STAND_IN:
        return []
    folder = Path(data_folder())
    names = [file.name + end for file in files.FILES["train"] for end in ("", ".gz")]
    return [folder] if trusted else [folder / name for name in names]


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

    memory: bytes of address space, 0 for no limit. trusted: it may read the grader's own part of the package.
    streams: as for subprocess.Popen.
    """
    folder = Path(tempfile.mkdtemp(prefix="grade-"))
    namespaces = has_namespaces()
    hidden = [FOLDER.parent, *[path for path in (PACKAGE.parent / "solutions",) if path.is_dir()]]
    settings = dict(
        namespaces=namespaces,
        hidden=[] if trusted else [str(path) for path in hidden],
        memory=memory,
        writable=[str(folder), "/dev/shm"],
        readable=readable(trusted),
        # Python lists a folder before it imports from it.
        listed=[str(PACKAGE.parent)] * is_checkout() + [data_folder()] * (data_folder() != files.STAND_IN),
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
