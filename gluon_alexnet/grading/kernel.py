"""A student's kernel seen from the grader: started in a box, told what to run, asked for values, watched, ended."""

import ast
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from gluon_alexnet.grading import sandbox, wire
from gluon_alexnet.grading.clock import Deadline

PROBES = Path(__file__).with_name("probes.py")
START_SECONDS = 60
# Bounds on what a kernel may make this process read: bytes of a message, and what of it becomes a Python object.
MAX_REPLY, MAX_TOKENS = 20_000_000, 1_500_000
MAX_GROWTH = 180_000_000
OUT_OF_MEMORY = ("MemoryError", "bad_alloc", "Cannot allocate memory", "Failed to allocate", "Unable to allocate")


class KernelError(Exception):
    """What a student's code did instead of giving a value.

    kind: 'error', 'timeout', 'crash', 'memory', or 'machine' where the machine had no time for it.
    """

    def __init__(self, kind, name="", message="", line=None):
        super().__init__(kind, name, message, line)
        self.kind, self.name, self.message, self.line = kind, name, message, line


class Kernel:
    """One IPython kernel in a box.

    memory: bytes of address space. apart: folders that its code must not read. Every method that runs something takes a
    clock.Deadline; when its time is over the kernel is ended and KernelError('timeout') or KernelError('machine') raised.
    After these and 'crash' the kernel is gone, after 'memory' it may be.
    """

    def __init__(self, memory, apart=()):
        import zmq
        from jupyter_client.connect import write_connection_file
        from jupyter_client.session import Session

        key = os.urandom(16).hex().encode()
        told = {}

        def command(folder):
            file, told["ports"] = write_connection_file(str(folder / "k.json"), transport="ipc", ip=str(folder / "s"), key=key)
            return [sys.executable, "-m", "ipykernel_launcher", "-f", file, "--HistoryManager.enabled=False"]

        self.box = sandbox.start(command, memory, apart=apart, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.set_blocking(self.box.process.stderr.fileno(), False)
        self.errors = b""
        self.session = Session(key=key)
        # Only replies are listened to: nobody looks at what an answer prints, however much it is.
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger, self.socket.rcvhwm, self.socket.maxmsgsize = 0, 4, MAX_REPLY
        self.socket.connect(f"ipc://{self.box.folder / 's'}-{told['ports']['shell_port']}")
        wire_source = Path(wire.__file__).read_text(encoding="utf-8")
        # Compiled under another name than a cell's, so that no line of it is taken for the student's.
        source = f"{PROBES.read_text(encoding='utf-8')}\ninstall({wire_source!r})"
        self.run(f"exec(compile({source!r}, 'grader', 'exec'), {{}})", Deadline(START_SECONDS))

    def alive(self):
        """Whether it can be asked for more."""
        return self.box.alive()

    @property
    def folder(self):
        """The folder that the kernel's code may write to; whatever lies in it is not to be trusted."""
        return self.box.folder

    def run(self, source, deadline):
        """Runs a cell. Raises KernelError."""
        reply = self._execute(deadline, code=source, silent=False)
        if reply.get("status") != "ok":
            self._raise(reply)

    def ask(self, what, deadline, **request):
        """What the kernel's probe called `what` answers to `request`, a value of wire.py. Raises KernelError."""
        text = wire.encode([what, request])
        expression = f"__import__('sys').modules['_gluon_alexnet_probes'].answer({text!r}, globals())"
        reply = self._execute(deadline, code="", silent=True, user_expressions={"answer": expression})
        if reply.get("status") != "ok":
            self._raise(reply)
        given = reply["user_expressions"].get("answer", {})
        if given.get("status") != "ok":
            self._raise(given)
        return self._read(given.get("data", {}).get("text/plain", ""))

    def _read(self, text):
        try:
            outcome = wire.decode(ast.literal_eval(text))
            if not isinstance(outcome, dict) or not {"value", "error"} & set(outcome):
                raise ValueError("neither a value nor an error")
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise KernelError("error", "TamperedAnswer", f"the kernel's answer cannot be read ({error})") from error
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

    def _execute(self, deadline, **request):
        """The content of the reply to a request to execute; https://jupyter-client.readthedocs.io, "Messaging"."""
        content = dict(store_history=False, allow_stdin=False, stop_on_error=False, user_expressions={})
        message = self.session.send(self.socket, "execute_request", {**content, **request})["header"]["msg_id"]
        began, resident = time.monotonic(), memory_of_this_process()
        while True:
            if self.socket.poll(100):
                about, content = self._receive()
                if about == message:
                    return content
            elif not self.box.alive() and not self.socket.poll(0):
                self._died()
            self._drain()
            now = time.monotonic()
            over = deadline.wait(self.box, now - began)
            began = now
            if over:
                self.close()
                raise KernelError(over)
            if memory_of_this_process() > resident + MAX_GROWTH:
                self.close()
                raise KernelError("crash", "TamperedMessage", "the kernel sent more than can be read")

    def _receive(self):
        """(id of the request, content) of the next reply.

        The key of the messages lies where answers can read it, so that anything may come: it is measured before it is read.
        """
        try:
            _, frames = self.session.feed_identities(self.socket.recv_multipart())
            size = sum(map(len, frames))
            if size > MAX_REPLY or sum(frame.count(sign) for frame in frames for sign in b"[{,") > MAX_TOKENS:
                raise ValueError(f"{size:,} bytes are too many")
            reply = self.session.deserialize(frames)
            if reply["msg_type"] != "execute_reply":
                raise ValueError("no reply")
            return reply["parent_header"].get("msg_id"), dict(reply["content"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self.close()
            raise KernelError("crash", "TamperedMessage", f"the kernel's messages cannot be read ({error})") from error

    def _drain(self):
        """Takes what the kernel wrote to its standard error off the pipe, so that it never waits for a reader."""
        # Only so much at a time: a kernel that writes without end must not keep us from looking at the clock.
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                chunk = os.read(self.box.process.stderr.fileno(), 65536)
                if not chunk:
                    break
                self.errors = (self.errors + chunk)[-4000:]

    def _died(self):
        self._drain()
        code, tail = self.box.process.returncode, self.errors.decode(errors="replace")
        self.close()
        if any(sign in tail for sign in OUT_OF_MEMORY):
            raise KernelError("memory", "", tail.strip().splitlines()[-1][:200])
        number = -code if code < 0 else code - 128 if code > 128 else None
        try:
            how = signal.Signals(number).name
        except ValueError:
            how = f"exit code {code}"
        raise KernelError("crash", how)

    def close(self):
        """Ends the kernel; it may be gone already."""
        self.socket.close()
        self.box.kill()


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
