"""Turns between the graders of one user on one machine: what measures speed has it for itself, everything else shares it.

Two files are locked, which a process that ends lets go of. Who works passes through `turn` and holds `work`, together with the
others, for one request. Who measures holds `turn`, so that nobody begins anew, and then waits until `work` is free. So nobody
who holds `work` waits for anybody, and nobody waits longer than PATIENCE: then it goes on as if there were no others.
"""

import contextlib
import os
import threading
import time

from gluon_alexnet.data import files

# Seconds: longer than a request takes that keeps to its limit.
PATIENCE = 300.0
PAUSE = 0.02

# Whether this thread is at one of the two already; and its files: locks belong to files as they were opened.
_own = threading.local()


@contextlib.contextmanager
def working():
    """The time of a request, together with others."""
    with _once() as first:
        if first:
            # Locks are taken in no time where nobody measures.
            _lock("turn", alone=False)
            _lock("work", alone=False)
            _unlock("turn")
        yield


@contextlib.contextmanager
def measuring():
    """The time of a measurement, in which nobody else works."""
    with _once() as first:
        if first:
            _lock("turn", alone=True)
            _lock("work", alone=True)
        yield


def folder():
    """Where the two files are: the same for all graders of a user."""
    return files.cache_folder().parent / "turns"


@contextlib.contextmanager
def _once():
    """Gives whether this thread holds nothing yet; lets go of everything where it did not."""
    first = not getattr(_own, "busy", False)
    _own.busy = True
    try:
        yield first
    finally:
        if first:
            _own.busy = False
            for name in ("work", "turn"):
                _unlock(name)


def _lock(name, alone):
    """Holds the file `name`, together with others or alone, as soon as that can be."""
    with contextlib.suppress(OSError, ImportError):
        import fcntl

        handle, until = _handle(name), time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                time.sleep(PAUSE)


def _unlock(name):
    with contextlib.suppress(OSError, ImportError):
        import fcntl

        fcntl.flock(_handle(name), fcntl.LOCK_UN)


def _handle(name):
    """This thread's own handle of the file `name`. Raises OSError where it is another user's."""
    # A process that was forked shares the handles of its parent, and with them the locks.
    key = os.getpid(), os.environ.get("XDG_CACHE_HOME"), os.environ.get("HOME"), name
    if not hasattr(_own, "handles"):
        _own.handles = {}
    if key not in _own.handles:
        place = folder()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.lstat().st_uid != os.getuid():
            raise PermissionError(f"{place} is another user's")
        opened = os.open(place / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        _own.handles[key] = _Handle(opened)
    return _own.handles[key].number


class _Handle:
    """A file that is closed with the thread that it belongs to."""

    def __init__(self, number):
        self.number = number

    def __del__(self):
        with contextlib.suppress(OSError):
            os.close(self.number)
