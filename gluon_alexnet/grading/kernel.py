"""A student's kernel seen from the grader: started in a box, told what to run, asked for values, watched, ended."""

import ast
import os
import queue
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from gluon_alexnet.grading import sandbox, wire

PROBES = Path(__file__).with_name("probes.py")
START_SECONDS = 60
MAX_REPLY = 400_000_000
OUT_OF_MEMORY = ("MemoryError", "bad_alloc", "Cannot allocate memory", "Failed to allocate", "Unable to allocate")


class KernelError(Exception):
    """What a student's code did instead of giving a value. kind: 'error', 'timeout', 'crash' or 'memory'."""

    def __init__(self, kind, name="", message="", line=None):
        super().__init__(kind, name, message, line)
        self.kind, self.name, self.message, self.line = kind, name, message, line


class Kernel:
    """One IPython kernel in a box.

    memory: bytes of address space. Every method that runs something takes `deadline`, a time.monotonic() after which the
    kernel is ended and KernelError('timeout') raised. After 'timeout' and 'crash' the kernel is gone, after 'memory' it may be.
    """

    def __init__(self, memory):
        from jupyter_client import BlockingKernelClient
        from jupyter_client.connect import write_connection_file

        def command(folder):
            key = os.urandom(16).hex().encode()
            self.file, _ = write_connection_file(str(folder / "k.json"), transport="ipc", ip=str(folder / "s"), key=key)
            return [sys.executable, "-m", "ipykernel_launcher", "-f", self.file, "--HistoryManager.enabled=False"]

        self.box = sandbox.start(command, memory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.set_blocking(self.box.process.stderr.fileno(), False)
        self.errors = b""
        self.client = BlockingKernelClient(connection_file=self.file)
        self.client.load_connection_file()
        self.client.start_channels()
        deadline = time.monotonic() + START_SECONDS
        self._wait(self.client.kernel_info(), deadline)
        wire_source = Path(wire.__file__).read_text(encoding="utf-8")
        # Compiled under another name than a cell's, so that no line of it is taken for the student's.
        source = f"{PROBES.read_text(encoding='utf-8')}\ninstall({wire_source!r})"
        self.run(f"exec(compile({source!r}, 'grader', 'exec'), {{}})", deadline)

    def alive(self):
        """Whether it can be asked for more."""
        return self.box.alive()

    @property
    def folder(self):
        """The folder that the kernel's code may write to; whatever lies in it is not to be trusted."""
        return self.box.folder

    def run(self, source, deadline):
        """Runs a cell. Raises KernelError."""
        reply = self._wait(self.client.execute(source, store_history=False, allow_stdin=False, stop_on_error=False), deadline)
        if reply.get("status") != "ok":
            self._raise(reply)

    def ask(self, what, deadline, **request):
        """What the kernel's probe called `what` answers to `request`, a value of wire.py. Raises KernelError."""
        text = wire.encode([what, request])
        expression = f"__import__('sys').modules['_gluon_alexnet_probes'].answer({text!r}, globals())"
        message = self.client.execute("", silent=True, allow_stdin=False, user_expressions={"answer": expression})
        reply = self._wait(message, deadline)
        if reply.get("status") != "ok":
            self._raise(reply)
        given = reply["user_expressions"].get("answer", {})
        if given.get("status") != "ok":
            self._raise(given)
        return self._read(given.get("data", {}).get("text/plain", ""))

    def _read(self, text):
        try:
            if len(text) > MAX_REPLY:
                raise ValueError("too long")
            outcome = wire.decode(ast.literal_eval(text))
            if not isinstance(outcome, dict) or not {"value", "error"} & set(outcome):
                raise ValueError("neither a value nor an error")
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise KernelError("error", "TamperedAnswer", f"the kernel's answer cannot be read ({error})") from error
        if "error" in outcome:
            about = outcome["error"]
            about = about if isinstance(about, dict) else {}
            line = about.get("line")
            error = {"ename": about.get("name"), "evalue": about.get("message")}
            self._raise(error, line=line if isinstance(line, int) else None)
        return outcome["value"]

    def _raise(self, reply, line=None):
        name, message = str(reply.get("ename"))[:100], str(reply.get("evalue"))[:500]
        memory = any(sign in f"{name}: {message}" for sign in OUT_OF_MEMORY)
        raise KernelError("memory" if memory else "error", name, message, line or _line_of(reply.get("traceback")))

    def _wait(self, message, deadline):
        while True:
            self._drain()
            try:
                reply = self.client.get_shell_msg(timeout=0.2)
                if reply["parent_header"].get("msg_id") == message:
                    return reply["content"]
            except queue.Empty:
                if not self.box.alive():
                    self._died()
                if time.monotonic() > deadline:
                    self.close()
                    raise KernelError("timeout") from None
            except (ValueError, KeyError, TypeError) as error:
                self.close()
                raise KernelError("crash", "TamperedMessage", f"the kernel's messages cannot be read ({error})") from error

    def _drain(self):
        """Takes what the kernel printed off its pipes, so that it never waits for a reader; nobody looks at it."""
        # Only so many at a time: a kernel that prints without end must not keep us from looking at the clock.
        for _ in range(1000):
            try:
                self.client.get_iopub_msg(timeout=0)
            except Exception:
                break
        chunk = self.box.process.stderr.read()
        if chunk:
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
        self.client.stop_channels()
        self.box.kill()


def _line_of(traceback):
    """The line of the cell that an IPython traceback points at, or None."""
    for frame in reversed(traceback or []):
        found = re.search(r"line[ :]+(\d+)", re.sub(r"\x1b\[[0-9;]*m", "", str(frame)).split("\n", 1)[0])
        if found and "Cell" in frame:
            return int(found.group(1))
    return None
