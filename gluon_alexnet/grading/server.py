"""The grader's side of the process that forks a box for each notebook (serving.py): started at the first, ended at the end."""

import atexit
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import ClassVar

from gluon_alexnet.grading import confine, quiet, sandbox, serving
from gluon_alexnet.grading import hidden as hidden_modules
from gluon_alexnet.machine import boxes

# What the process that computes nets imports before it is forked, as statements; what answers may not see, it imports itself.
FOR_NETS = (
    "import mxnet",
    "from gluon_alexnet import prepare",
    "from gluon_alexnet.data import loader",
    "from gluon_alexnet.fast import precision",
    "from gluon_alexnet.train import engine_mxnet, evaluate, fit",
)
# Importing takes seconds, on a busy machine many.
PATIENCE = 120


class Unable(Exception):
    """No box can be forked here; args[0] says why."""


class Process:
    """A box that a Server has forked, as a subprocess.Popen is asked."""

    def __init__(self, server, pid, errors):
        self.server, self.pid, self.stderr, self.returncode = server, pid, errors, None
        self.stdin = self.stdout = None
        # Until the server is asked how it ended, no other process has its number.
        self.handle = os.pidfd_open(pid)

    def poll(self):
        """The return code, or None while it runs."""
        if self.returncode is None and select.select([self.handle], [], [], 0)[0]:
            self.returncode = self.server.status(self.pid)
            os.close(self.handle)
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None and not select.select([self.handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("box", timeout)
        return self.poll()

    def terminate(self):
        self._send(signal.SIGTERM)

    def kill(self):
        self._send(signal.SIGKILL)

    def _send(self, number):
        if self.poll() is None:
            signal.pidfd_send_signal(self.handle, number)


class Server:
    """One such process, which imports nothing of the modules `hidden`. Raises Unable where it cannot be started or has ended."""

    def __init__(self, hidden=hidden_modules.EVERYTHING):
        self.hidden = tuple(hidden)
        self.owner, self.imported, self.lock = os.getpid(), set(), threading.Lock()
        self.folder = sandbox.new_folder()
        self.control, theirs = socket.socketpair()
        self.control.settimeout(PATIENCE)
        words = [sys.executable, "-c", "from gluon_alexnet.grading import serving; serving.main()", str(theirs.fileno())]
        words += self.hidden
        environ = sandbox.environment(self.folder)
        quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            with theirs:
                self.process = subprocess.Popen(
                    words, cwd=self.folder, env=environ, pass_fds=[theirs.fileno()], start_new_session=True, **quiet
                )
        except OSError as error:
            raise Unable(str(error)) from error

    def alive(self):
        """Whether it is this process's own and can be asked."""
        return self.owner == os.getpid() and self.process.poll() is None

    def ask(self, command, handles=(), **request):
        with self.lock:
            try:
                serving.send(self.control, {"command": command, **request}, handles)
                return serving.receive(self.control)[0]
            except (OSError, EOFError, ValueError) as error:
                self.close()
                raise Unable(f"the process that forks boxes has ended ({type(error).__name__})") from error

    def prepare(self, statements):
        """Has it carry out the `statements` that import which it has not yet."""
        new = [statement for statement in statements if statement not in self.imported]
        if new:
            self.ask("import", statements=new)
            self.imported.update(new)

    def box(self, kind, memory, trusted=False, apart=()):
        """(a sandbox.Box that is ready, the socket it is asked through). kind: 'shell' or 'evaluator'; else as sandbox.start."""
        folder = sandbox.new_folder()
        settings, environ = sandbox.settings(folder, memory, trusted, apart, self.hidden), sandbox.environment(folder)
        ours, theirs = socket.socketpair()
        read, write = os.pipe()
        try:
            told = self.ask("fork", [theirs.fileno(), write], kind=kind, settings=settings, environ=environ)
            if "pid" not in told:
                raise Unable(told["error"])
            process = Process(self, told["pid"], os.fdopen(read, "rb", buffering=0))
        except (Unable, OSError) as error:
            ours.close()
            os.close(read)
            confine.remove(folder)
            raise error if isinstance(error, Unable) else Unable(str(error)) from error
        finally:
            theirs.close()
            os.close(write)
        return sandbox.Box(process, folder), ours

    def status(self, pid):
        """The return code of a box that has ended."""
        with contextlib.suppress(Unable):
            until = time.monotonic() + 5
            while time.monotonic() < until:
                code = self.ask("status", pid=pid)
                if code is not None:
                    return code
        return -signal.SIGKILL

    def close(self):
        """Ends it, and with it its boxes."""
        self.control.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
            confine.remove(self.folder)


class _Running:
    servers: ClassVar[dict[tuple[str, ...], Server]] = {}  # by what they do not import
    failed = 0
    lock = threading.Lock()


def able():
    """Whether boxes can be forked on this system, as far as can be said without trying."""
    return hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal") and _Running.failed < 3 and sandbox.has_namespaces()


def isolation():
    """In words, what keeps an answer from its surroundings here; boxes that are forked need no bubblewrap."""
    if not able():
        return sandbox.isolation()
    return boxes.kind(False, True, boxes.landlock() if sandbox.has_landlock() else 0)


def box(kind, memory, imports=(), hidden=None, **rest):
    """Server.box of this process's Server without the modules `hidden`, which is started, or started again, where it has to be.

    imports: statements that import what the box will need. hidden: dotted names; None for any Server that has MXNet. Raises
    Unable where it cannot be had.
    """
    if not able():
        raise Unable("this system forks no boxes")
    with _Running.lock:
        try:
            server = _server(hidden)
            with quiet.working():
                server.prepare(imports)
                made = server.box(kind, memory, **rest)
        except Unable:
            _Running.failed += 1
            raise
        _Running.failed = 0
        return made


def _server(hidden):
    for key in [key for key, server in _Running.servers.items() if not server.alive()]:
        _Running.servers.pop(key).close()
    if hidden is None:
        hidden = next((key for key in _Running.servers if "mxnet" not in key), hidden_modules.EVERYTHING)
    if hidden not in _Running.servers:
        _Running.servers[hidden] = Server(hidden)
    return _Running.servers[hidden]


def stop():
    """Ends the Servers of this process."""
    while _Running.servers:
        _Running.servers.popitem()[1].close()


atexit.register(stop)
