"""Nets that a student's kernel hands over, as the checks see them; the work is done in evaluator.py's process."""

import contextlib
import functools
import itertools
import os
import queue
import re
import shutil
import stat
import subprocess
import sys
import threading
import time

from gluon_alexnet.grading import quiet, sandbox, server, wire
from gluon_alexnet.grading.clock import Deadline
from gluon_alexnet.grading.kernel import KernelError
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import visible
from gluon_alexnet.language import number

MAX_ARRAYS = 2_000_000_000
# What is trained and measured here is the grader's own work, and processors that others want too compute more slowly: it may take
# so many times a task's time limit.
EVALUATION = 4.0
# What evaluator.calibrate gave where the time limit was chosen: two cores of an AMD EPYC with avx512_bf16, median of three.
CALIBRATION = 0.29
DIED = T(
    "the process in which the grader itself computes, trains and tests your net has ended: does the net take too much memory?",
    "tiến trình mà bộ chấm dùng để tính và huấn luyện mạng của bạn đã dừng đột ngột: mạng có cần quá nhiều bộ nhớ không?",
)
# What probes.py says of what is no net, and of a net that cannot be handed over.
NO_NET = re.compile(r"is a (\w{1,60}), not a net")
OUTPUTS = re.compile(r"gives (\d{1,6}) outputs, and a net has one")
NOT_HANDED_OVER = re.compile(r"cannot be handed over \((.*)\): make it of Gluon's layers", re.DOTALL)


class Refused(Exception):
    """A net that cannot be graded; args[0] says why, a str or a Text."""


class Evaluator:
    """evaluator.py in a box of its own, started at the first request; memory: bytes of address space."""

    def __init__(self, memory):
        self.memory, self.box, self.numbers = memory, None, itertools.count(1)

    def request(self, deadline, **request):
        """What the evaluator answers. Raises Refused with its reason, and KernelError where it dies or takes too long.

        deadline: a clock.Deadline.
        """
        if self.box is None or not self.box.alive():
            self._start()
        # Calibrating counts processor time, and somebody who waits for it may be working.
        turn = {"speed": quiet.measuring, "calibrate": contextlib.nullcontext}.get(request["command"], quiet.working)
        try:
            with turn():
                self.box.process.stdin.write(wire.encode(request) + "\n")
                self.box.process.stdin.flush()
                line = self._reply(deadline)
        except OSError:
            line = ""
        if not line:
            self.close()
            raise KernelError("crash", "", DIED)
        reply = wire.decode(line)
        if "error" in reply:
            raise Refused(T(*reply["error"]))
        return reply["value"]

    def _reply(self, deadline):
        """The next line of the evaluator's. Raises KernelError where the time is over, by the speed of this machine."""
        began, factor, calibrated = time.monotonic(), EVALUATION, False
        while True:
            with contextlib.suppress(queue.Empty):
                return self.replies.get(timeout=0.2)
            now = time.monotonic()
            over = deadline.wait(self.box, now - began, factor)
            began = now
            if over == "timeout" and not calibrated:
                # On a slow machine it may take longer still.
                calibrated, factor = True, max(1.0, calibration() / CALIBRATION) * EVALUATION
            elif over:
                self.close()
                raise KernelError(over, message=f"{factor * deadline.limit:.0f}")

    def take(self, kernel, expression, input_shape, deadline):
        """The net that `expression` makes in `kernel`, loaded here: (its name, what evaluator.load tells of it)."""
        name = f"net-{next(self.numbers)}"
        file = kernel.folder / f"{name}.npz"
        request = dict(expression=expression, input_shape=tuple(input_shape), path=str(file))
        try:
            symbol = kernel.ask("net", deadline, **request)
        except KernelError as error:
            raise in_both(error, expression) from error
        if not isinstance(symbol, str) or isinstance(symbol, wire.Unknown):
            raise Refused(T("what was handed over is not a net", "giá trị nhận được không phải là một mạng"))
        if self.box is None or not self.box.alive():
            self._start()
        own = self.box.folder / file.name
        copy_untrusted(file, own)
        about = self.request(
            deadline, command="load", name=name, symbol=str(symbol), arrays=str(own), input_shape=tuple(input_shape)
        )
        own.unlink(missing_ok=True)
        return name, about

    def model(self, model, input_shape, deadline):
        """The package's own net called `model`, as `take` gives one."""
        name = f"net-{next(self.numbers)}"
        return name, self.request(deadline, command="model", name=name, model=model, input_shape=tuple(input_shape))

    def _start(self):
        self.close()

        def command(folder):
            return [sys.executable, "-m", "gluon_alexnet.grading.evaluator"]

        try:
            self.box, connection = server.box("evaluator", self.memory, server.FOR_NETS, trusted=True)
            with connection:
                process = self.box.process
                process.stdin, process.stdout = (connection.makefile(mode, encoding="utf-8") for mode in "wr")
        except server.Unable:
            streams = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            self.box = sandbox.start(command, self.memory, trusted=True, **streams)
        self.replies = queue.Queue()
        threading.Thread(target=self._read, args=(self.box.process.stdout, self.replies), daemon=True).start()

    @staticmethod
    def _read(stream, replies):
        for line in stream:
            replies.put(line)
        replies.put("")

    def close(self):
        if self.box is not None:
            self.box.kill()
        self.box = None


def in_both(error, expression):
    """The KernelError `error` over the net that `expression` should make, in both languages where it is one of probes.py's."""
    said = str(error.message)
    if error.name == "NotANet" and (kind := NO_NET.search(said)):
        text = T(
            f"{expression} is a {kind[1]}, not a net (a Gluon HybridBlock)",
            f"{expression} là một {kind[1]}, không phải là mạng (HybridBlock của Gluon)",
        )
    elif error.name == "NotHandedOver" and (many := OUTPUTS.search(said)):
        count = many[1]
        text = T(f"{expression} gives {count} outputs, not one", f"{expression} cho {count} đầu ra, còn mạng phải cho một")
    elif error.name == "NotHandedOver" and (why := NOT_HANDED_OVER.search(said)):
        name, _, why = visible(why[1], 200).replace('"', "'").partition(": ")
        why = f'{name}: "{why}"' if why else name
        text = T(
            f"{expression} cannot be handed over to the grader ({why}): make it of Gluon's layers, or write "
            "hybrid_forward(self, F, x) instead of a forward() that looks at arrays",
            f"không chuyển được mạng {expression} cho bộ chấm ({why}): hãy ghép mạng từ các tầng của Gluon, hoặc viết "
            "hybrid_forward(self, F, x) thay cho forward() có dùng đến giá trị của mảng",
        )
    else:
        return error
    return KernelError(error.kind, "", text, error.line)


@functools.lru_cache(maxsize=1)
def calibration():
    """What evaluator.calibrate gives on this machine."""
    evaluator = Evaluator(0)
    try:
        return evaluator.request(Deadline(60), command="calibrate")
    except (KernelError, Refused):
        return CALIBRATION
    finally:
        evaluator.close()


def copy_untrusted(source, target):
    """Copies a file that a student's kernel wrote: a plain file of a bearable size, and not what a link points at."""
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Refused(T("the net's weights were not handed over", "không nhận được trọng số của mạng")) from error
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_ARRAYS:
        os.close(handle)
        raise Refused(
            T(
                f"the net's weights take more than {number(MAX_ARRAYS)} bytes, or are no file",
                f"trọng số của mạng chiếm hơn {number(MAX_ARRAYS, 'vi')} byte, hoặc không phải là tệp",
            )
        )
    with os.fdopen(handle, "rb") as file, open(target, "wb") as copy:
        shutil.copyfileobj(file, copy)
