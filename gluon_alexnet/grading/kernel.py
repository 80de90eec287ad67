"""A student's kernel seen from the grader: started in a box, told what to run, asked for values, watched, ended."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from gluon_alexnet.grading import quiet, sandbox, server, shell, wire
from gluon_alexnet.grading.clock import Deadline
from gluon_alexnet.grading.texts import LANGUAGES, in_language
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.language import number as number_of

HERE = Path(__file__).parent
START_SECONDS = 60
# Looked at this often (s): whether the kernel lives, and what of its time is left.
TICK = 0.1
# Bounds on what a kernel may make this process read: bytes of a message, and what of it becomes a Python object.
MAX_REPLY, MAX_TOKENS = 20_000_000, 1_500_000
MAX_GROWTH = 180_000_000
OUT_OF_MEMORY = ("MemoryError", "bad_alloc", "Cannot allocate memory", "Failed to allocate", "Unable to allocate")


class KernelError(Exception):
    """What a student's code did instead of giving a value.

    kind: 'error', 'timeout', 'crash', 'memory', or 'machine' where the machine had no time for it. message: a str, or a Text
    where the words are ours.
    """

    def __init__(self, kind, name="", message="", line=None):
        super().__init__(kind, name, message, line)
        self.kind, self.name, self.message, self.line = kind, name, message, line


class Kernel:
    """One shell of IPython's in a box.

    memory: bytes of address space. apart: folders that its code must not read. imports: statements that import what its code is
    going to need; hidden: dotted names of modules that it must not have. Every method that runs something takes a
    clock.Deadline; when its time is over the kernel is ended and KernelError('timeout') or KernelError('machine') raised. After
    these and 'crash' the kernel is gone, after 'memory' it may be.
    """

    def __init__(self, memory, apart=(), imports=(), hidden=()):
        try:
            self.box, self.socket = server.box("shell", memory, imports, hidden, apart=apart)
        except server.Unable:
            self.box, self.socket = _start(memory, apart, hidden)
        self.socket.setblocking(False)
        os.set_blocking(self.box.process.stderr.fileno(), False)
        self.listened = [self.box.process.stderr]
        self.errors, self.number, self.arrived = b"", 0, bytearray()
        texts = {name: (HERE / f"{name}.py").read_text(encoding="utf-8") for name in ("probes", "wire", "refuse")}
        self._request("setup", {**texts, "hidden": hidden}, Deadline(START_SECONDS))

    def alive(self):
        """Whether it can be asked for more."""
        return self.box.alive()

    @property
    def folder(self):
        """The folder that the kernel's code may write to; whatever lies in it is not to be trusted."""
        return self.box.folder

    def run(self, source, deadline):
        """Runs a cell. Raises KernelError."""
        self._request("run", source, deadline)

    def ask(self, what, deadline, **request):
        """What the kernel's probe called `what` answers to `request`, a value of wire.py. Raises KernelError."""
        return self._read(self._request("ask", wire.encode([what, request]), deadline))

    def _read(self, text):
        try:
            outcome = wire.decode(text)
            if not isinstance(outcome, dict) or not {"value", "error"} & set(outcome):
                raise ValueError("neither a value nor an error")
        except (ValueError, MemoryError, RecursionError) as error:
            text = T(f"the kernel's answer cannot be read ({error})", f"không đọc được câu trả lời của kernel ({error})")
            raise KernelError("error", "TamperedAnswer", text) from error
        if "error" in outcome:
            about = outcome["error"]
            about = about if isinstance(about, dict) else {}
            line = about.get("line")
            raised = {"ename": about.get("name"), "evalue": about.get("message")}
            self._raise(raised, line=line if isinstance(line, int) else None)
        return outcome["value"]

    def _raise(self, reply, line=None):
        name, message = str(reply.get("ename"))[:100], str(reply.get("evalue"))[:500]
        memory = any(sign in f"{name}: {message}" for sign in OUT_OF_MEMORY)
        raise KernelError("memory" if memory else "error", name, message, line or _line_of(reply.get("traceback")))

    def _request(self, what, content, deadline):
        """What the probes answered, a text, or None where there is nothing to say. Raises KernelError."""
        with quiet.working():
            reply = self._exchange(json.dumps([what, content]).encode(), deadline)
        if what == "ask" and reply[:1] == b"=":
            return reply[1:].decode(errors="replace")
        try:
            outcome = json.loads(reply)
            if what == "ask" or not isinstance(outcome, dict):
                outcome = {"ename": "TamperedAnswer", **outcome}
        except (ValueError, TypeError, RecursionError) as error:
            self.close()
            raise KernelError("crash", "TamperedMessage", unreadable(str(error))) from error
        if outcome:
            self._raise(outcome)
        return None

    def _exchange(self, request, deadline):
        """The reply to a request, bytes; what shell.py says of both."""
        if self.socket.fileno() < 0:
            raise KernelError("crash", "", T("it had ended before", "nó đã dừng từ trước"))
        self.number += 1
        outgoing = memoryview(shell.HEADER.pack(self.number, len(request)) + request)
        with contextlib.suppress(OSError):
            # Most requests fit into the socket at once.
            outgoing = outgoing[self.socket.send(outgoing) :]
        began, resident = time.monotonic(), None
        while True:
            listened = [self.socket, *self.listened]
            ready, writing, _ = select.select(listened, [self.socket] if outgoing else [], [], TICK)
            try:
                if writing:
                    outgoing = outgoing[self.socket.send(outgoing) :]
                if self.socket in ready and (reply := self._receive()) is not None:
                    return reply
            except (BlockingIOError, InterruptedError):
                pass
            except OSError:
                self._died()
            if len(ready) > (self.socket in ready):
                self._drain()
            now = time.monotonic()
            if now - began < TICK:
                continue
            if not self.box.alive():
                self._died()
            over = deadline.wait(self.box, now - began)
            began = now
            if over:
                self.close()
                raise KernelError(over)
            if self.box.overfull():
                self.close()
                raise KernelError("memory", "Disk")
            resident = memory_of_this_process() if resident is None else resident
            if memory_of_this_process() > resident + MAX_GROWTH:
                self.close()
                much = T("the kernel sent more than can be read", "kernel gửi nhiều hơn mức đọc được")
                raise KernelError("crash", "TamperedMessage", much)

    def _receive(self):
        """The reply to the latest request, or None where it is not there yet.

        Answers can write to the same socket, so that anything may come: it is measured before it is read.
        """
        part = self.socket.recv(1 << 20)
        if not part:
            self._died()
        self.arrived += part
        while len(self.arrived) >= shell.HEADER.size:
            number, size = shell.HEADER.unpack_from(self.arrived)
            end = shell.HEADER.size + size
            if size > MAX_REPLY:
                self._refuse(T(f"{number_of(size)} bytes are too many", f"{number_of(size, 'vi')} byte là quá nhiều"))
            if len(self.arrived) < end:
                return None
            reply = bytes(self.arrived[shell.HEADER.size : end])
            del self.arrived[:end]
            if number == self.number:
                if sum(map(reply.count, (b"[", b"{", b","))) > MAX_TOKENS:
                    self._refuse(T("there are too many values in it", "nó chứa quá nhiều giá trị"))
                return reply
        return None

    def _refuse(self, why):
        self.close()
        raise KernelError("crash", "TamperedMessage", unreadable(why))

    def _drain(self):
        """Takes what the kernel wrote to its standard error off the pipe, so that it never waits for a reader."""
        # Only so much at a time: a kernel that writes without end must not keep us from looking at the clock.
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                chunk = os.read(self.box.process.stderr.fileno(), 65536)
                if not chunk:
                    self.listened = []
                    break
                self.errors = (self.errors + chunk)[-4000:]

    def _died(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            # It may have closed the socket alone.
            self.box.process.wait(timeout=2)
        self._drain()
        code, tail = self.box.process.returncode, self.errors.decode(errors="replace")
        self.close()
        if any(sign in tail for sign in OUT_OF_MEMORY):
            raise KernelError("memory", "", tail.strip().splitlines()[-1][:200])
        number = None if code is None else -code if code < 0 else code - 128 if code > 128 else None
        try:
            how = signal.Signals(number).name
        except ValueError:
            en, vi = (f"exit code {code}", f"mã thoát {code}") if code is not None else ("it hung up", "nó tự ngắt kết nối")
            raise KernelError("crash", "", T(en, vi)) from None
        raise KernelError("crash", how)

    def close(self):
        """Ends the kernel; it may be gone already."""
        self.box.kill()
        self.socket.close()


def unreadable(why):
    """That what a kernel sent is no message of ours, a Text; why: a str or a Text."""
    en, vi = (in_language(why, language) for language in LANGUAGES)
    return T(f"the kernel's messages cannot be read ({en})", f"không đọc được thông điệp của kernel ({vi})")


def _start(memory, apart, hidden):
    """(box, socket) of a shell in a process of its own, where none can be forked."""
    ours, theirs = socket.socketpair()
    source = (HERE / "shell.py").read_text(encoding="utf-8")

    def command(folder):
        run = "import sys; names = {'__name__': 'shell'}; exec(compile(sys.argv.pop(1), 'shell', 'exec'), names); "
        return [sys.executable, "-c", f"{run}names['main'](int(sys.argv.pop(1)))", source, str(theirs.fileno())]

    with theirs:
        streams = dict(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[theirs.fileno()])
        return sandbox.start(command, memory, apart=apart, modules=hidden, **streams), ours


def memory_of_this_process():
    """Bytes that this process holds in memory; 0 where the system does not tell, or where nets are computed here too."""
    if "mxnet" in sys.modules:
        return 0
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _line_of(traceback):
    """The line of the cell that an IPython traceback points at, or None."""
    for frame in reversed(traceback or []):
        found = re.search(r"line[ :]+(\d+)", re.sub(r"\x1b\[[0-9;]*m", "", str(frame)).split("\n", 1)[0])
        if found and "Cell" in frame:
            return int(found.group(1))
    return None
