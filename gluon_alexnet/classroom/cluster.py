"""A class graded on the workers of a Dask cluster: https://distributed.dask.org.

A notebook's bytes travel with its task, since the machines need share no folder. On a worker a process of jobs.py grades it, so
that a notebook which ends its process leaves the worker alone. Dask gives what a dead worker was doing to others, four times at
most, and what waited there along with it; here a notebook whose worker died is tried once more, alone, and then named.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gluon_alexnet
from gluon_alexnet.classroom import jobs, judge
from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.grading.exercise import CHECKS
from gluon_alexnet.grading.submissions import Found
from gluon_alexnet.grading.texts import shown

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

# Seconds that the scheduler has to answer, that a cluster may be without workers, that a process on a worker waits for orders.
ANSWER, PATIENCE, IDLE = 20, 300, 600
# So many results more than there are notebooks may be lost on the way.
LOSSES = 10
pools = threading.local()
all_pools: list[jobs.Pool] = []


class Cluster:
    """The workers of the Dask scheduler at `address`. told: as for jobs.Pool. Use as a context.

    Raises UserError where there is no scheduler, where Dask is not installed, and where workers have another gluon_alexnet.
    """

    def __init__(self, address: str, told: Mapping[str, Any]) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise UserError("--cluster needs Dask, which is not installed: pip install '.[class]'") from None
        self.address, self.told = address, {**told, "idle": IDLE, "exercises": contents(told.get("exercises"))}
        try:
            self.client = Client(address, timeout=ANSWER, set_as_default=False, name="gluon-alexnet")
        except (OSError, ValueError) as error:
            raise UserError(
                f"no Dask scheduler answers at {address} ({error}): start one with `dask scheduler`, which says its address"
            ) from None
        self.numbers = itertools.count()
        try:
            self._compare()
        except BaseException:
            self.client.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _compare(self):
        """Raises UserError unless all workers have the gluon_alexnet that this process has."""
        packages = self.client.get_versions(packages=["gluon_alexnet"])["workers"]
        lacking = [address for address, told in packages.items() if not told["packages"].get("gluon_alexnet")]
        if lacking:
            raise UserError(f"workers of {self.address} lack gluon_alexnet: install it where {', '.join(sorted(lacking))} run")
        others = {address: told for address, told in self.client.run(fingerprint).items() if told != fingerprint()}
        if others:
            address, (version, _) = sorted(others.items())[0]
            raise UserError(
                f"{len(others):,} workers of {self.address} have another gluon_alexnet than the one here, such as {address} "
                f"({version}, here {gluon_alexnet.__version__}): install the same everywhere"
            )

    def judged(self, found: Sequence[Found], stopped: Callable[[], bool] = lambda: False) -> Iterator[tuple[int, dict[str, Any]]]:
        """As jobs.Pool.judged."""
        from distributed import TimeoutError, wait

        self.found, self.waiting, self.doubtful = found, deque(range(len(found))), deque[int]()
        self.running: dict[Any, int] = {}  # future -> number
        self.deaths, self.lost = [0] * len(found), 0
        seen = time.monotonic()
        while (self.waiting or self.doubtful or self.running) and not stopped():
            threads = self._threads()
            seen = time.monotonic() if threads else seen
            if time.monotonic() - seen > PATIENCE:
                raise UserError(
                    f"{self.address} has had no worker for {PATIENCE} seconds: start some, and give the same command again; what "
                    "was graded is kept"
                )
            self._submit(threads)
            with contextlib.suppress(TimeoutError), self.client.as_current():
                wait(list(self.running), timeout=0.5, return_when="FIRST_COMPLETED")
            for future in [each for each in self.running if each.status != "pending"]:
                number = self.running.pop(future)
                reply = self._reply(future, number)
                if reply is not None:
                    yield number, reply

    def _submit(self, threads):
        """Gives the workers, address -> how many threads, what they have room for; one in doubt has a worker for itself."""
        while self.waiting and len(self.running) < sum(threads.values()) + len(threads) + 1:
            self._send(self.waiting.popleft())
        if self.doubtful and not self.waiting and not self.running:
            for address in threads:
                if self.doubtful:
                    self._send(self.doubtful.popleft(), workers=[address], allow_other_workers=True)

    def _send(self, number, **where):
        one = self.found[number]
        try:
            with one.open() as file:
                content = file.read()
        except UserError as error:
            content = str(error)
        key = f"gluon-alexnet-{os.getpid()}-{next(self.numbers)}-{number}"
        future = self.client.submit(judge_there, self.told, one.name, one.shown, content, key=key, pure=False, **where)
        self.running[future] = number
        with contextlib.suppress(OSError, AttributeError):
            self.client.run_on_scheduler(one_death_is_enough(key))

    def _reply(self, future, number):
        """What the done `future` brought, or None where its notebook is tried once more."""
        from distributed import KilledWorker

        if future.status == "error":
            error = future.exception()
            if not isinstance(error, KilledWorker):
                # Such a worker would be done with all notebooks in no time.
                raise UserError(f"a worker of {self.address} cannot grade: {reason(error)}") from None
            self.deaths[number] += 1
            if self.deaths[number] < jobs.TRIES:
                self.doubtful.append(number)
                return None
            return {"died": f"the last one on {error.last_worker.address}"}
        try:
            reply = future.result(timeout=ANSWER) if future.status == "finished" else None
        except Exception:  # the worker that had it has died meanwhile, or the connection was lost
            reply = None
        if reply is None:
            self.lost += 1
            if self.lost > LOSSES + len(self.found):
                raise UserError(f"{self.address} loses what its workers do: start it anew, and give the same command again")
            self.waiting.append(number)
            return None
        if reply["fingerprint"] != list(fingerprint()):
            raise UserError(f"a worker that has joined {self.address} has another gluon_alexnet: install the same everywhere")
        return reply["reply"]

    def _threads(self):
        """Address of a worker -> how many threads it has."""
        try:
            return self.client.nthreads()
        except Exception as error:
            raise UserError(
                f"the scheduler at {self.address} is gone ({reason(error)}): start it anew, and give the command again; what was "
                "graded is kept"
            ) from None

    def close(self) -> None:
        """Ends what is still being graded, and lets the cluster go."""
        with contextlib.suppress(Exception):
            self.client.cancel(list(getattr(self, "running", ())))
            self.client.run(end_pools, wait=False)
        with contextlib.suppress(Exception):
            self.client.close(timeout=ANSWER)


def one_death_is_enough(key: str) -> Callable[[Any], Any]:
    """A function for the scheduler, which need not have this package: a worker's death ends the task `key` at once."""

    async def mark(dask_scheduler):
        import asyncio

        # The task comes by another way than this function, and may take longer.
        for _ in range(200):
            task = dask_scheduler.tasks.get(key)
            if task is not None:
                task.suspicious = max(task.suspicious, dask_scheduler.allowed_failures)
                return
            await asyncio.sleep(0.005)

    return mark


def judge_there(told: dict[str, Any], name: str, source: str, content: bytes | str) -> dict[str, Any]:
    """On a worker: {"reply": as jobs.Pool.judged has them, "fingerprint": of what graded it}.

    name: of the file, which may tell the exercise; source: what a person knows it by; content: its bytes, or why there are none.
    """
    about = {"fingerprint": list(fingerprint())}
    if isinstance(content, str):
        return {**about, "reply": judge.unreadable(Found(Path(source)), content)}
    with tempfile.TemporaryDirectory(prefix="gluon-alexnet-class-") as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        ((_, reply),) = pool_here(told).judged([Found(path)])
    if "result" in reply:
        result = reply["result"]
        result["path"], result["error"] = source, result["error"].replace(shown(path), source)
    return {**about, "reply": reply}


def pool_here(told: dict[str, Any]) -> jobs.Pool:
    """The process of this thread of this worker, which grades one notebook after the other of a class that is so `told`."""
    if getattr(pools, "told", None) != told:
        if getattr(pools, "pool", None):
            pools.pool.close()
        pools.folder = unpacked(told["exercises"])
        words = {**told, "exercises": pools.folder and pools.folder.name}
        pools.told, pools.pool = told, jobs.Pool(1, words, threads_here())
        all_pools.append(pools.pool)
    return pools.pool


def threads_here() -> int:
    """How many threads a notebook's nets get on this worker: what somebody has chosen, such as Dask's nanny, or its share."""
    from distributed import get_worker

    chosen = os.environ.get("OMP_NUM_THREADS", "")
    if chosen.isdigit() and int(chosen) and chosen != os.environ.get("GLUON_ALEXNET_THREADS"):
        return int(chosen)
    return max(1, jobs.cores() // get_worker().state.nthreads)


def end_pools() -> None:
    """On a worker: ends the processes that grade."""
    while all_pools:
        pool = all_pools.pop()
        for worker in pool.workers:
            worker.end()


@functools.cache
def fingerprint() -> tuple[str, str]:
    """(version of this package, SHA-256 of its programs and exercises as they are installed here)."""
    hashed, top = hashlib.sha256(), Path(gluon_alexnet.__file__).parent
    for path in sorted([*top.rglob("*.py"), *top.rglob("*.json")]):
        hashed.update(f"{path.relative_to(top).as_posix()}\0".encode() + path.read_bytes())
    return gluon_alexnet.__version__, hashed.hexdigest()


def contents(folder: PathLike | None) -> dict[str, bytes]:
    """Name -> bytes of the references in `folder`, a teacher's exercises; {} for None."""
    return {path.name: path.read_bytes() for path in sorted((Path(folder) / CHECKS).glob("*.json"))} if folder else {}


def unpacked(files: Mapping[str, bytes]) -> tempfile.TemporaryDirectory[str] | None:
    """A folder here that holds `files`, as `contents` gives them; None where there are none."""
    if not files:
        return None
    folder = tempfile.TemporaryDirectory(prefix="gluon-alexnet-exercises-")
    (Path(folder.name) / CHECKS).mkdir()
    for name, content in files.items():
        (Path(folder.name) / CHECKS / Path(name).name).write_bytes(content)
    return folder
