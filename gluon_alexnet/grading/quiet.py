"""Turns between the graders of one user on one machine: what measures speed has it for itself, everything else shares it.

Two files are locked, which a process that ends lets go of. Who works passes through `turn` and holds `work`, together with the
others, for one request. Who measures holds `turn`, so that nobody begins anew, and then waits until `work` is free. So nobody
who holds `work` waits for anybody, and nobody waits longer than PATIENCE: then it goes on as if there were no others.
"""

import contextlib
import os
import tempfile
import time
from pathlib import Path

# Seconds: longer than a request takes that keeps to its limit.
PATIENCE = 300.0
PAUSE = 0.02


@contextlib.contextmanager
def working():
    """The time of a request, together with others."""
    with contextlib.ExitStack() as held:
        # Locks are taken in no time where nobody measures.
        turn = _locked("turn", alone=False)
        held.enter_context(_locked("work", alone=False))
        turn.close()
        yield


@contextlib.contextmanager
def measuring():
    """The time of a measurement, in which nobody else works."""
    with _locked("turn", alone=True), _locked("work", alone=True):
        yield


def folder():
    """Where the two files are: the same for all graders of a user."""
    return Path(tempfile.gettempdir(), f"gluon_alexnet_turns_{os.getuid()}")


def _locked(name, alone):
    """Lets go of the file `name` when it is closed or left as a context; it is held when this returns, if that can be."""
    held = contextlib.ExitStack()
    with contextlib.suppress(OSError, ImportError):
        import fcntl

        folder().mkdir(mode=0o700, exist_ok=True)
        if folder().lstat().st_uid != os.getuid():
            return held
        handle = os.open(folder() / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        held.callback(os.close, handle)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(PAUSE)
    return held
