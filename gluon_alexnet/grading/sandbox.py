"""Where answers run: a process without network, that sees no other process and writes nowhere but in a folder of its own."""

import atexit
import contextlib
import functools
import glob
import json
import os
import re
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
from gluon_alexnet.grading import hidden as hidden_modules
from gluon_alexnet.grading.exercise import FOLDER, secrets
from gluon_alexnet.machine import boxes
from gluon_alexnet.machine.boxes import has_bubblewrap, has_landlock, has_namespaces, has_nested

PACKAGE = Path(gluon_alexnet.__file__).resolve().parent
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
PACKAGES = ("/usr/lib/python3*/dist-packages", "/usr/local/lib/python3*/dist-packages", "/usr/local/lib/python3*/site-packages")
# What a program needs to run; a teacher's tokens and settings are nobody's business.
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "GLUON_ALEXNET_THREADS", "TZ", "VIRTUAL_ENV")
# What is hidden of a folder that cannot be hidden itself.
HANDED_IN = re.compile(r"\.(ipynb|zip)\b", re.IGNORECASE)
# What a box may keep on the disk, about: nothing stops it in the middle of writing.
DISK = 4 << 30
NAME = "gluon-alexnet-"
# The name of a socket has room for 107 bytes: https://man7.org/linux/man-pages/man7/unix.7.html
LONGEST_PLACE = 60


@dataclass
class Box:
    """A running confined process and its folder."""

    process: subprocess.Popen
    folder: Path
    free: int = -1

    def alive(self):
        return self.process.poll() is None

    def overfull(self):
        """Whether its folder holds more than DISK bytes. Looks there only where the disk has become fuller by half of that."""
        try:
            about = os.statvfs(self.folder)
        except (OSError, AttributeError):
            return False
        free, before = about.f_bavail * about.f_frsize, self.free
        self.free = max(before, free)
        if before < 0 or free > before - DISK // 2:
            return False
        self.free = free
        return bytes_below(self.folder) > DISK

    def kill(self):
        """Ends the process and all that it started, and takes its folder away."""
        if not has_walls() and sys.platform == "linux":
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
        # Where bubblewrap is ended, what it has started ends a moment later.
        for _ in range(20):
            confine.remove(self.folder)
            if not self.folder.exists():
                break
            time.sleep(0.05)


def bytes_below(folder):
    """What the files below `folder` take on the disk, links not followed; what cannot be looked at is left out."""
    total, waiting = 0, [folder]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                total += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return total


@functools.lru_cache(maxsize=1)
def workplace():
    """The folder of this process's boxes, gone when it ends. What graders that were killed have left is cleared away first.

    Raises UserError where no folder for temporary files has a name short enough for a socket's.
    """
    places = [str(Path(place).resolve()) for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")]
    place = next((place for place in places if is_fit(place)), None)
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
    atexit.register(confine.remove, folder)
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
    confine.remove(folder)


def isolation():
    """In words, what keeps an answer from its surroundings here."""
    return boxes.kind(has_bubblewrap(), has_namespaces(), boxes.landlock() if has_landlock() else 0)


def lacks():
    """What an answer is not kept from here, in words; empty where it is kept from everything."""
    return boxes.missing(has_bubblewrap(), has_namespaces(), boxes.landlock() if has_landlock() else 0)


def check_class(unconfined=False):
    """A line on what the box of this machine does not keep the notebooks of a class from, or ''.

    Raises UserError where it keeps them from nothing, unless that was accepted: `unconfined`.
    """
    lacking = lacks()
    if not lacking:
        return ""
    if has_landlock():
        return f"the box of this machine is Landlock alone, which does not keep answers from {', '.join(lacking)}: {boxes.MEND}"
    if not unconfined:
        raise UserError(
            "this machine has neither bubblewrap nor namespaces for users nor Landlock, so that an answer could read all others "
            f"and do whatever you may: {boxes.MEND}, grade the class on another machine, or accept that with --unconfined"
        )
    return f"there is no box on this machine (--unconfined): answers are not kept from {', '.join(lacking)}"


@functools.lru_cache(maxsize=1)
def data_folder():
    """Where the real data is, or 'stand-in'. Nothing is downloaded while grading."""
    folder, _ = files.find(download=False)
    return str(Path(folder).resolve()) if folder else files.STAND_IN


def readable(trusted, apart=(), modules=()):
    """(what a process in the box may read, where it may only look at the names): Python, the system, the package.

    Unless it is trusted, it gets nothing that is `hidden`, nor the modules of these dotted names; else the data as well.
    """
    roots = needed()
    # Python lists a folder before it imports from it.
    listed = [] if PACKAGE.parent in roots else [PACKAGE.parent]
    if trusted:
        return roots + [Path(data_folder())] * (data_folder() != files.STAND_IN), listed
    roots = not_handed_in(roots, apart)
    parts = _around(tuple(roots), (*hidden(apart), *hidden_modules.paths(tuple(modules), package_places()), workplace()))
    return parts, listed + [root for root in roots if root not in parts]


def not_handed_in(roots, apart):
    """Those of `roots` that were not handed in: a class may lie in a folder of PYTHONPATH, or be one."""
    handed_in = set(map(resolved, apart)) - _installed()
    return [root for root in roots if root not in handed_in]


@functools.cache
def resolved(path):
    return Path(path).resolve()


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


@functools.cache
def _installed():
    return frozenset(pythons())


def pythons():
    """The folders of Python itself and of what is installed for it."""
    inside = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values(), *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        inside.append(site.getusersitepackages())
    return [Path(path).resolve() for path in inside]


@functools.lru_cache(maxsize=1)
def package_places():
    """The folders that packages lie in, those that are found by this Python and those of the system."""
    told = [PACKAGE.parent, *(Path(path) for path in sys.path if path), *pythons()]
    told += [path for pattern in PACKAGES for path in Path("/").glob(pattern[1:])]
    return tuple(dict.fromkeys(path.resolve() for path in told if path.is_dir()))


def hidden(apart=()):
    """What answers must not read: the grader, the solutions, the data with its labels and test images, what others handed in.

    apart: folders of what was handed in; the folder that a class lies in goes with them, as far up as nothing else needs it.
    """
    found = [FOLDER.parent, PACKAGE.parent / "solutions", *secrets()]
    if data_folder() != files.STAND_IN:
        found.append(Path(data_folder()))
    told = needed()
    # What is on Python's path and was handed in is not needed.
    spare = {folder for folder in set(told) - set(not_handed_in(told, apart)) if not any(folder in root.parents for root in told)}
    for folder in dict.fromkeys(apart):
        found += whole_class(folder, frozenset(spare))
    return [path for path in dict.fromkeys(found) if path.exists()]


@functools.cache
def whole_class(folder, spare=frozenset()):
    """The highest folder around `folder` that holds nothing of what is `needed`, or the notebooks in `folder` where it does.

    spare: folders that are not needed after all.
    """
    folder, found = resolved(folder), None
    kept = owned() - spare
    while folder not in kept:
        found, folder = folder, folder.parent
    if found:
        return [found]
    with contextlib.suppress(OSError):
        return [path for path in folder.iterdir() if HANDED_IN.search(path.name) and path.is_file()]
    return []


@functools.lru_cache(maxsize=1)
def owned():
    """The folders that the system, Python and this package own, and all that these lie in."""
    places = (path for top in ("/usr", "/usr/local", "/dev") for path in Path(top).glob("*"))
    kept = {*needed(), workplace(), Path.home(), *places}
    return kept | {above for path in kept for above in path.parents}


@functools.lru_cache(maxsize=16)
def _around(roots, apart):
    """As `around`; what appears there later is not to be read."""
    return around(roots, apart)


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


def start(command, memory, trusted=False, apart=(), modules=(), **streams):
    """`command` (a function of the box's folder that gives the words) started in a box of its own; returns the Box.

    memory: bytes of address space, 0 for no limit. trusted: it may read what is `hidden` from others, such as `apart`, the
    folders of what was handed in. modules: dotted names of those that are not there. streams: as for subprocess.Popen.
    """
    folder = new_folder()
    told = settings(folder, memory, trusted, apart, modules)
    words = walls(told)
    # Its text, not its path: the file lies in the part that is hidden.
    words += [sys.executable, "-I", "-c", Path(confine.__file__).read_text(encoding="utf-8"), json.dumps(told)]
    streams.setdefault("stdin", subprocess.DEVNULL)
    environ = environment(folder)
    process = subprocess.Popen([*words, *command(folder)], cwd=folder, env=environ, start_new_session=True, **streams)
    return Box(process, folder)


def walls(told):
    """The words before a command that put it into namespaces of its own; sets in `told`, as of `settings`, what they leave."""
    words = []
    if has_bubblewrap():
        nested = has_namespaces() and has_nested()
        words, told["seen"] = ["bwrap", *boxes.BUBBLEWRAP, *view(told, nested), "--"], not nested
    if has_namespaces() and not told["seen"]:
        # A grader that is killed takes its boxes along.
        words += ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        words += ["unshare", *boxes.UNSHARE, "--"]
    return words


def view(told, nested):
    """The words that tell bubblewrap what may be seen, as confine.see makes it. nested: there will be namespaces in it."""
    words = []
    for path in told["roots"]:
        words += ["--ro-bind", path, path] if path != "/proc" else []
    for path, target in told["links"]:
        words += ["--symlink", target, path]
    for path in told["listed"]:
        words += ["--dir", path]
    words += [*(boxes.NESTING if nested else boxes.PROC), "--dev", "/dev"]
    words += ["--perms", "1777", "--size", str(confine.SHARED_MEMORY), "--tmpfs", "/dev/shm"]
    for path in [path for name in confine.GPUS for path in glob.glob(f"/dev/{name}")]:
        words += ["--dev-bind-try", path, path]
    for path in told["hidden"]:
        if any(Path(path).is_relative_to(root) for root in told["roots"]):
            words += ["--tmpfs", path, "--remount-ro", path] if os.path.isdir(path) else ["--ro-bind", "/dev/null", path]
    place = os.path.dirname(told["folder"])
    words += ["--tmpfs", place, "--bind", told["folder"], told["folder"], "--remount-ro", place]
    return [*words, "--remount-ro", "/", "--chdir", told["folder"]]


def new_folder():
    """A new folder for one box, with what programs want to find there."""
    folder = Path(tempfile.mkdtemp(prefix="b", dir=workplace()))
    for path in font_cache():
        shutil.copy(path, folder)
    return folder


def settings(folder, memory, trusted=False, apart=(), modules=()):
    """What confine.py is told of a box whose folder is `folder`; the rest as for `start`."""
    read, listed = readable(trusted, apart, modules)
    roots = outermost(read if trusted else not_handed_in(needed(), apart))
    shared = [] if any(resolved(path).is_relative_to("/dev/shm") for path in apart) and not has_walls() else ["/dev/shm"]
    return dict(
        namespaces=has_walls(),
        # Whether it has a root folder of its own by then.
        seen=False,
        folder=str(folder),
        hidden=[] if trusted else list(map(str, [*hidden(apart), *hidden_modules.paths(tuple(modules), package_places())])),
        memory=memory,
        writable=[str(folder), *shared],
        readable=list(map(str, read)),
        listed=[str(path) for path in listed if path not in roots],
        roots=list(map(str, roots)),
        links=[link for link in links() if not any(Path(link[0]).is_relative_to(root) for root in roots)],
    )


def has_walls():
    """Whether a box has namespaces of its own here."""
    return has_bubblewrap() or has_namespaces()


def outermost(paths):
    """Those of `paths` that lie in no other of them, outer ones first."""
    found = []
    for path in sorted(paths, key=lambda path: len(path.parts)):
        if not any(path.is_relative_to(other) for other in found):
            found.append(path)
    return found


@functools.lru_cache(maxsize=1)
def links():
    """[(link, where it leads)] of the links on the way to what programs in the box are called by."""
    names = [*SYSTEM, sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, *python_path().split(os.pathsep)]
    names += [*sysconfig.get_paths().values(), *site.getsitepackages(), gluon_alexnet.__file__, data_folder()]
    found, seen, waiting = {}, set(), [os.path.abspath(name) for name in names if os.path.isabs(name)]
    while waiting:
        path = Path(waiting.pop())
        if path in seen:
            continue
        seen.add(path)
        for place in (*reversed(path.parents), path):
            if place.is_symlink():
                found[str(place)] = os.readlink(place)
                waiting.append(os.path.abspath(place.parent / os.readlink(place) / path.relative_to(place)))
                break
    return list(found.items())


def environment(folder):
    """The environment of a process in the box whose folder is `folder`."""
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
    return environ
