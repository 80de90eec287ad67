"""A process that grades notebooks of a class, one after the other: `python -m gluon_alexnet.classroom.worker`.

It reads a line of JSON that says how to grade (apart, limits, seed, exercises, unconfined), answers {"ready": true}, and then
reads orders ({"path", "member", "problem"}), one at a time, and answers each with what judge.judge gives. It ends with its
stdin, and after `idle` seconds without an order where it was told so.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

# Seconds in which the boxes are cleared away after whoever gives the orders is gone.
PATIENCE = 10


def main() -> None:
    """Serves orders until stdin ends, and then ends whatever it is doing."""
    # Libraries may print; the replies have a pipe to themselves.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGTERM, interrupt_once)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        told = json.loads(sys.stdin.readline() or "null")
        if told is None:
            return
        judge_one = prepare(told)
        orders: queue.Queue[str] = queue.Queue()
        threading.Thread(target=listen, args=(orders,), daemon=True).start()
        say(replies, {"ready": True})
        with contextlib.suppress(queue.Empty):
            while order := orders.get(timeout=told.get("idle")):
                say(replies, judge_one(json.loads(order)))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def interrupt_once(number: int, frame: FrameType | None) -> None:
    """Ends what is being done. A second signal would interrupt the clearing away of the boxes, and leave the rest of them."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def prepare(told: dict[str, Any]) -> Any:
    """The function that turns an order into a reply, everything being imported that it needs."""
    from gluon_alexnet.classroom import judge
    from gluon_alexnet.grading import exercise, grade
    from gluon_alexnet.grading.submissions import Found

    if told.get("exercises"):
        exercise.use(told["exercises"])

    def judge_one(order):
        found = Found(Path(order["path"]), order["problem"], order["member"])
        try:
            # What the machine of who gave the order has says nothing of this one.
            grade.check_class(told.get("unconfined", False))
            return judge.judge(found, told["limits"], told["seed"], told["apart"])
        except grade.NoKernel as error:
            return {"stop": str(error)}

    return judge_one


def listen(orders: queue.Queue[str]) -> None:
    """Puts each line of stdin into `orders`; when there are no more, nobody waits for what is being done."""
    for line in sys.stdin:
        orders.put(line)
    orders.put("")
    time.sleep(0.5)  # a process that has nothing to do ends by itself
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)


def say(replies: Any, reply: dict[str, Any]) -> None:
    """Writes one line of JSON."""
    # Whoever reads it finds out where a line ends by its end alone.
    replies.write(json.dumps(reply, default=str) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
