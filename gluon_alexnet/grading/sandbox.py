"""Where answers run: a process without network, that sees no other process and writes nowhere but in a folder of its own."""

import atexit
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
import time
from dataclasses import dataclass
from pathlib import Path

import gluon_alexnet
from gluon_alexnet.data import files
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import confine
from gluon_alexnet.grading.exercise import FOLDER, secrets

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
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "GLUON_ALEXNET_THREADS", "TZ", "VIRTUAL_ENV")
NAME = "gluon-alexnet-"
# The name of a socket has room for 107 bytes: https://man7.org/linux/man-pages/man7/unix.7.html
LONGEST_PLACE = 60


@dataclass
class Box:
    """A running confined process and its folder."""

    process: subprocess.Popen
    folder: Path

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """Ends the process and all that it started, and takes its folder away."""
        if not has_namespaces() and sys.platform == "linux":
            # The guard of confine.py ends what the others may have started.
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                self.process.terminate()
                self.process.wait(timeout=5)
        for end in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.lru_cache(maxsize=1)
def workplace():
    """The folder of this process's boxes, gone when it ends. What graders that were killed have left is cleared away first.

    Raises UserError where no folder for temporary files has a name short enough for a socket's.
    """
    place = next((place for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm") if is_fit(place)), None)
    if place is None:
        raise UserError(
            f"TMPDIR is {tempfile.gettempdir()}, and sockets need a folder whose name has at most {LONGEST_PLACE} bytes, such as "
            "/tmp, which cannot be written to here: set TMPDIR to one"
        )
    for left in Path(place).glob(f"{NAME}*"):
        clear(left)
    folder = Path(tempfile.mkdtemp(prefix=NAME, dir=place))
    # Held until this process ends, however it ends.
    lock(os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def is_fit(place):
    return len(os.fsencode(place)) <= LONGEST_PLACE and os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK)


def lock(file):
    """Whether this process now holds `file`, or a handle of one, alone."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def clear(folder):
    """Ends the processes of a grader that is gone, and takes its folder away; leaves one alone that is in use or another's."""
    import psutil

    try:
        about = folder.lstat()
        if about.st_uid != os.getuid() or time.time() - about.st_mtime < 10:  # it may not have its lock yet
            return
        with open(folder / "lock") as held:
            if not lock(held):
                return
    except FileNotFoundError:
        pass
    except OSError:
        return
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("TMPDIR", "").startswith(f"{folder}{os.sep}"):
                process.kill()
    shutil.rmtree(folder, ignore_errors=True)


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


def readable(trusted, apart=()):
    """(what a process in the box may read, where it may only look at the names): Python, the system, the package.

    Unless it is trusted, it gets nothing that is `hidden`; else the data as well.
    """
    roots = needed()
    # Python lists a folder before it imports from it.
    listed = [] if PACKAGE.parent in roots else [PACKAGE.parent]
    if trusted:
        return roots + [Path(data_folder())] * (data_folder() != files.STAND_IN), listed
    # A class may lie in a folder of PYTHONPATH, or be one.
    handed_in = {Path(path).resolve() for path in apart} - set(pythons())
    parts = around([root for root in roots if root not in handed_in], hidden(apart))
    return parts, listed + [root for root in roots if root not in parts]


@functools.lru_cache(maxsize=1)
def needed():
    """The folders that Python, its packages and the system lie in, and the package itself."""
    # `python -m` puts the current folder there, which may be that of a whole class.
    told = [Path(path).resolve() for path in sys.path if path and Path(path).resolve() != Path.cwd()]
    roots = [*pythons(), *told]
    if is_checkout():
        ours, python = PACKAGE.parent, Path(sys.prefix).resolve()
        roots = [path for path in roots if not path.is_relative_to(ours) or path.is_relative_to(python)]
    roots = [path for path in roots if path != Path.home() and path != Path("/")]
    return [path for path in dict.fromkeys([*roots, PACKAGE, *(Path(path).resolve() for path in SYSTEM)]) if path.exists()]


def pythons():
    """The folders of Python itself and of what is installed for it."""
    inside = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values(), *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        inside.append(site.getusersitepackages())
    return [Path(path).resolve() for path in inside]


def hidden(apart=()):
    """What answers must not read: the grader, the solutions, the data with its labels and test images, what others handed in.

    apart: folders of what was handed in; the folder that a class lies in goes with them, as far up as nothing else needs it.
    """
    found = [FOLDER.parent, PACKAGE.parent / "solutions", *secrets(), *map(whole_class, apart)]
    if data_folder() != files.STAND_IN:
        found.append(Path(data_folder()))
    return [path for path in dict.fromkeys(found) if path and path.is_dir()]


def whole_class(folder):
    """The highest folder around `folder` that holds nothing of what is `needed`; None where `folder` itself does."""
    folder, found = Path(folder).resolve(), None
    kept = owned()
    while folder not in kept:
        found, folder = folder, folder.parent
    return found


@functools.lru_cache(maxsize=1)
def owned():
    """The folders that the system, Python and this package own, and all that these lie in."""
    kept = {*needed(), workplace(), Path.home(), *(path for top in ("/usr", "/usr/local") for path in Path(top).glob("*"))}
    return kept | {above for path in kept for above in path.parents}


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
    return (PACKAGE.parent / "solutions").is_dir()


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


def python_path():
    """Where a process in a box finds what this one has found, whether it is installed there or not."""
    told = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(path)]
    installed = PACKAGE.parent.name in ("site-packages", "dist-packages")
    return os.pathsep.join(([] if installed else [str(PACKAGE.parent)]) + told)


def start(command, memory, trusted=False, apart=(), **streams):
    """`command` (a function of the box's folder that gives the words) started in a box of its own; returns the Box.

    memory: bytes of address space, 0 for no limit. trusted: it may read what is `hidden` from others, such as `apart`, the
    folders of what was handed in. streams: as for subprocess.Popen.
    """
    folder = Path(tempfile.mkdtemp(prefix="b", dir=workplace()))
    namespaces = has_namespaces()
    read, listed = readable(trusted, apart)
    settings = dict(
        namespaces=namespaces,
        folder=str(folder),
        # Landlock says that reading is not permitted; an empty folder in the place of a full one is for where it is missing.
        hidden=[] if trusted else list(map(str, hidden(() if has_landlock() else apart))),
        memory=memory,
        writable=[str(folder), "/dev/shm"],
        readable=list(map(str, read)),
        listed=list(map(str, listed)),
    )
    # A grader that is killed takes its boxes along.
    words = ["setpriv", "--pdeathsig", "KILL"] if namespaces and shutil.which("setpriv") else []
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
        PYTHONPATH=python_path(),
        GLUON_ALEXNET_OFFLINE="1",
    )
    if site.ENABLE_USER_SITE:
        environ["PYTHONUSERBASE"] = site.getuserbase()
    for path in font_cache():
        shutil.copy(path, folder)
    streams.setdefault("stdin", subprocess.DEVNULL)
    process = subprocess.Popen([*words, *command(folder)], cwd=folder, env=environ, start_new_session=True, **streams)
    return Box(process, folder)
