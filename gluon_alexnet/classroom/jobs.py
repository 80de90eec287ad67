"""Several notebooks graded at a time, each by a process of its own, which may die without harm to the others."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import gluon_alexnet
from gluon_alexnet.classroom import judge
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading.texts import visible

if TYPE_CHECKING:
    from gluon_alexnet.classroom.cluster import Cluster
    from gluon_alexnet.grading.submissions import Found

# Bytes that a job fills: 426 MB were measured with the nets of 01, 145 MB without nets (docs/grading.md, "How fast").
MEMORY_OF_A_JOB = 450e6
# Seconds that a worker gets to start, and to end what it is doing.
START, END = 120, 15
# How a worker is started. -P: a folder that is the current one may hold what is called like a module.
WORDS = [sys.executable, *(["-P"] if sys.version_info >= (3, 11) else []), "-m", "gluon_alexnet.classroom.worker"]
# How often one notebook is given to a worker before it is taken for what makes them die.
TRIES = 2


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_jobs() -> int:
    """As many jobs as there are cores, or as there is memory for."""
    import psutil

    return max(1, min(cores(), int(psutil.virtual_memory().available / MEMORY_OF_A_JOB)))


def check(jobs: int | None) -> None:
    """Raises UserError unless `jobs`, where it is given, is a number of processes that helps."""
    if jobs is not None and not 1 <= jobs <= 64 * cores():
        raise UserError(f"--jobs {jobs}: it must be a number from 1, such as {cores()}, the processors of this machine")


def graded(
    pool: Pool | Cluster, found: Sequence[Found], stopped: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(the place of a notebook in `found`, what judge.judge gives), as Pool.judged; one that ends workers is named as such."""
    for number, reply in pool.judged(found, stopped):
        if "died" in reply:
            sentence = (
                f"{found[number].shown}: the process that grades it died twice ({reply['died']}), so it was not graded: no "
                "points are lost, and the same command tries it again"
            )
            reply = judge.unreadable(found[number], sentence, "our fault")
        yield number, reply


def order(found: Found) -> dict[str, str]:
    """What a worker is told of one notebook."""
    return {"path": os.path.abspath(found.path), "problem": found.problem, "member": found.member}


class Worker:
    """One worker process. number: of the order that it is working on, or None."""

    def __init__(self, told: Mapping[str, Any], threads: int) -> None:
        environ = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        # The number is a wish then, which nothing replaces by its own: see machine/runtime.py.
        environ.pop("GLUON_ALEXNET_THREADS", None)
        # It finds this package also where nobody has installed it.
        place = str(Path(gluon_alexnet.__file__).parent.parent)
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, [place, environ.get("PYTHONPATH")]))
        # A session of its own: Ctrl-C reaches only us, who have it end in order.
        streams = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        self.process: subprocess.Popen[bytes] = subprocess.Popen(WORDS, env=environ, **streams)  # type: ignore[call-overload]
        self.number: int | None = None
        self.ready, self.began, self.text, self.errors = False, time.monotonic(), b"", b""
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
        self.send(told)

    def send(self, message: Mapping[str, Any]) -> None:
        """Gives it a line of JSON; one that is dead is noticed by who reads from it."""
        stdin = self.process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(message).encode() + b"\n")
            stdin.flush()

    def take(self, stream: IO[bytes]) -> tuple[list[dict[str, Any]], bool]:
        """(the replies that have come by `stream`, one of its two, whether it has ended)."""
        chunk = os.read(stream.fileno(), 1 << 20)
        if stream is self.process.stderr:
            self.errors = (self.errors + chunk)[-4000:]
            return [], not chunk
        *lines, self.text = (self.text + chunk).split(b"\n")
        return [json.loads(line) for line in lines], not chunk

    def how_it_died(self) -> str:
        """Of what it died, on one line."""
        code = self.process.wait()
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
        last = (self.errors.decode(errors="replace").strip().splitlines() or [""])[-1]
        return visible(f"exit code {code}" + (f", {last}" if last else ""), 200)

    def end(self) -> None:
        """Has it clear its boxes away and end; `kill` waits for that."""
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self, seconds: float = END) -> None:
        """Waits until it has ended, and ends it after so many seconds."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                assert stream is not None
                stream.close()


class Pool:
    """So many Workers. told: what each of them is told first; see worker.py. Use as a context.

    threads: how many a notebook's nets are computed with; None for each job's share of the cores.
    """

    def __init__(self, jobs: int, told: Mapping[str, Any], threads: int | None = None) -> None:
        self.jobs, self.told, self.threads = jobs, told, threads or max(1, cores() // jobs)
        self.workers: list[Worker] = []
        self.found: Sequence[Found] = ()
        self.waiting: deque[int] = deque()
        self.tries: list[int] = []
        self.selector = selectors.DefaultSelector()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def judged(self, found: Sequence[Found], stopped: Callable[[], bool] = lambda: False) -> Iterator[tuple[int, dict[str, Any]]]:
        """(the place of a notebook in `found`, its reply) as each is done, in any order.

        A reply is what judge.judge gives, or {"died": how} where the notebook took two workers along. It ends before its time
        where `stopped` says so. Raises UserError where this machine can grade nothing.
        """
        self.found, self.waiting, self.tries = found, deque(range(len(found))), [0] * len(found)
        while (self.waiting or self._busy()) and not stopped():
            for worker in self.workers:
                self._occupy(worker)
            while len(self.workers) < min(self.jobs, self._busy() + len(self.waiting)):
                self._start()
            for worker, replies, ended in self._listen():
                for reply in replies:
                    number, worker.number, worker.ready = worker.number, None, True
                    if "stop" in reply:
                        raise UserError(reply["stop"])
                    if not ended:
                        # Before the reply is looked at: it does not wait for who writes it down.
                        self._occupy(worker)
                    if number is not None:
                        yield number, reply
                if ended:
                    number, how = self._bury(worker)
                    if number is not None and self.tries[number] < TRIES:
                        self.waiting.appendleft(number)
                    elif number is not None:
                        yield number, {"died": how}

    def _busy(self):
        return sum(worker.number is not None for worker in self.workers)

    def _occupy(self, worker):
        """Gives a worker that has nothing to do the next order."""
        if worker.ready and worker.number is None and self.waiting:
            worker.number = self.waiting.popleft()
            self.tries[worker.number] += 1
            worker.send(order(self.found[worker.number]))

    def _start(self):
        worker = Worker(self.told, self.threads)
        self.workers.append(worker)
        for stream in (worker.process.stdout, worker.process.stderr):
            self.selector.register(stream, selectors.EVENT_READ, worker)

    def _listen(self):
        """[(Worker, its replies, whether it has died), ...] of what has come, waiting a moment for it."""
        told = []
        for key, _ in self.selector.select(timeout=0.3):
            worker = key.data
            try:
                replies, ended = worker.take(key.fileobj)
            except (BlockingIOError, InterruptedError):
                continue
            if ended:
                self.selector.unregister(key.fileobj)
            told.append((worker, replies, ended and key.fileobj is worker.process.stdout))
        for worker in self.workers:
            if not worker.ready and time.monotonic() - worker.began > START:
                worker.process.kill()
        return told

    def _bury(self, worker):
        """(the number of the order that the dead `worker` had, how it died). Raises UserError where it never came to life."""
        self.workers.remove(worker)
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(worker.process.stderr)
        with contextlib.suppress(BlockingIOError, ValueError, OSError):
            worker.take(worker.process.stderr)
        # Its end of the pipe is closed, so it is as good as dead.
        worker.kill(seconds=2)
        how = worker.how_it_died()
        if not worker.ready:
            raise UserError(f"no process that grades could be started ({how}): `gluon-alexnet doctor` tells what is missing here")
        return worker.number, how

    def close(self) -> None:
        """Ends the workers, all at once."""
        for worker in self.workers:
            worker.end()
        for worker in self.workers:
            worker.kill()
        self.workers.clear()
        self.selector.close()
