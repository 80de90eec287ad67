"""Answers tried out by the checks of an exercise, many a second: for whoever makes exercises and has written the answers too.

The checks are the grader's own, but they ask in the same process: `python -m gluon_alexnet.grading.trial`, in a box that may read
the data, reads requests from stdin, a line of wire.py each, and writes replies to stdout. A student's answer never gets here.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import checks, nets, probes, sandbox, wire
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading.clock import Deadline
from gluon_alexnet.grading.exercise import defined_names
from gluon_alexnet.grading.kernel import KernelError

MEMORY = 8_000_000_000
# Seconds that a request may take beyond what its questions may: loading MXNet, running the cells before a task.
OVERHEAD = 120
NET_SECONDS = 60  # as for a task of a student's
MAX_KEPT = 200  # questions of a task that are kept


class Trial:
    """A process that tries answers to one exercise; it is started anew where an answer has ended it. Use as a context.

    content: the exercise's JSON, as exercise.from_json takes it.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = dict(content)
        self.box: sandbox.Box | None = None

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def request(self, command: str, seconds: float = OVERHEAD, **request: Any) -> Any:
        """What the process answers; None where it ended or took more than `seconds`."""
        if self.box is None:
            self._start()
        try:
            self.requests.write(wire.encode({"command": command, **request}) + "\n")
            self.requests.flush()
            line = self.replies.get(timeout=seconds)
        except (OSError, queue.Empty):
            line = ""
        if not line:
            self.close()
            return None
        reply = wire.decode(line)
        if "error" in reply:
            raise UserError(f"{self.content['name']}: {reply['error']}")
        return reply["value"]

    def ask(self, task: str, source: str, seeds: Sequence[int], limit: float = 20.0, **how: Any) -> list[dict[str, Any]]:
        """What the answer `source` to `task` brings with each of `seeds`; limit: seconds for one question.

        Each is a dict: 'earned'; 'points' (of the parts gone through); 'problem'; 'asked' (how many questions), 'got'
        (points), both by part; 'costly'
        (how many nets were trained or timed); 'seconds', 'longest' (of one question); 'late' (whether one took too
        long); 'fault' (where the check itself failed).
        how: own (the reference's answer: what a check cannot judge is the check's fault), keep (its questions are kept, for
        `compare`), real (False: training succeeds at once).
        """
        found: list[dict[str, Any]] = []
        for seed in seeds:
            if found and found[-1]["late"]:
                # It would be late again, and none of its points would come.
                found.append(found[-1])
                continue
            told = self.request("ask", OVERHEAD + 30 * limit, task=task, source=source, seed=seed, limit=limit, **how)
            nothing = dict(earned=0.0, points=0.0, problem="the answer ended its process, or took too long", asked=[1], got=[])
            found.append(told or {**nothing, "late": True, "costly": 0, "seconds": 0.0, "longest": 0.0, "fault": ""})
        return found

    def _start(self):
        def command(folder):
            return [sys.executable, "-m", "gluon_alexnet.grading.trial"]

        streams = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.box = sandbox.start(command, MEMORY, trusted=True, **streams)
        self.requests, self.replies = self.box.process.stdin, queue.Queue()
        threading.Thread(target=self._read, args=(self.box.process.stdout, self.replies), daemon=True).start()
        self.request("load", content=self.content)

    @staticmethod
    def _read(stream, replies):
        for line in stream:
            replies.put(line)
        replies.put("")

    def close(self) -> None:
        """Ends the process."""
        if self.box is not None:
            self.box.kill()
        self.box = None


class _TimeUp(BaseException):
    """A question took too long; no answer's `except Exception` is to catch it."""


def _stop(*_):
    raise _TimeUp


def _wind(seconds):
    """Raises _TimeUp after so many seconds of computing, whatever else the machine does, and every 5 then; 0: never."""
    signal.setitimer(signal.ITIMER_PROF, seconds, 5.0 if seconds else 0)


class _Kernel:
    """What kernel.Kernel is to a check, with the names of this process."""

    def __init__(self, names, limit, folder):
        self.names, self.limit, self.folder = names, limit, folder
        self.asked, self.longest, self.parts, self.late = [], 0.0, [], False

    def alive(self):
        return True

    def ask(self, what, deadline, **request):
        self.asked.append((what, request))
        began = time.perf_counter()
        outcome = _answer(self.names, what, request, self.limit)
        self.longest = max(self.longest, time.perf_counter() - began)
        if "error" in outcome:
            about = outcome["error"]
            self.late = about["name"] == _TimeUp.__name__
            kind = "timeout" if self.late else "memory" if about["name"] == "MemoryError" else "error"
            raise KernelError(kind, about["name"], about["message"])
        return outcome["value"]


def _answer(names, what, request, limit):
    """What the probe called `what` answers among `names`: {"value": ...} or {"error": ...}."""
    _wind(limit)
    try:
        value = probes.KNOWN[what](names, **wire.decode(wire.encode(request)))
        return {"value": wire.decode(wire.encode(value))}
    except BaseException as error:
        return {"error": {"name": type(error).__name__, "message": str(error)[:500]}}
    finally:
        _wind(0)


class _Evaluator(nets.Evaluator):
    """The evaluator, as a process beside this one in its box. real: whether nets are trained and timed, or succeed at once."""

    def begin(self, real):
        self.real, self.mine, self.costly = real, set(), 0
        return self

    def take(self, kernel, expression, input_shape, deadline):
        name, about = super().take(kernel, expression, input_shape, deadline)
        self.mine.add(name)
        return name, about

    def request(self, deadline, **request):
        command = request["command"]
        self.costly += command in ("train", "speed")
        if command == "train" and not self.real:
            return {"accuracy": 1.0 if request["name"] in self.mine else 0.1, "train_accuracy": 1.0, "loss": 0.1, "seconds": 0.0}
        if command == "speed" and not self.real:
            return 100.0
        return super().request(deadline, **request)

    def _start(self):
        streams = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        words = [sys.executable, "-m", "gluon_alexnet.grading.evaluator"]
        self.box = _Process(subprocess.Popen(words, **streams), Path(tempfile.mkdtemp()))
        self.replies = queue.Queue()
        threading.Thread(target=self._read, args=(self.box.process.stdout, self.replies), daemon=True).start()


@dataclass
class _Process:
    """What a sandbox.Box is to an Evaluator."""

    process: subprocess.Popen
    folder: Path

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()


class _Interview(checks.Interview):
    """An Interview that counts what each part asks."""

    @contextlib.contextmanager
    def part(self, points, title):
        before = len(self.kernel.asked) + self.evaluator.costly
        try:
            with super().part(points, title):
                yield
        finally:
            self.kernel.parts.append(len(self.kernel.asked) + self.evaluator.costly - before)


class _Bench:
    """The exercise in this process: what its cells define before each task, and what its checks have asked."""

    def __init__(self, content):
        self.exercise = exercises.from_json(content)
        self.tasks = {task.name: task for task in self.exercise.tasks}
        self.practice = {cell["id"]: cell["source"] for cell in content["cells"] if cell["kind"] == "practice"}
        self.kept = {name: [] for name in self.tasks}
        # Cells define classes, which look for their module.
        self.module = types.ModuleType("exercise")
        sys.modules[self.module.__name__] = self.module
        self.done, self.before = 0, {}
        self.judge = _Evaluator(MEMORY)

    def names(self, name):
        """A copy of the names that there are right before the answer of the task called `name`."""
        task = self.tasks[name]
        while self.done < task.number:
            each = self.exercise.tasks[self.done]
            for source in self.exercise.before[each.name]:
                exec(compile(source, f"the cells before {each.name}", "exec"), self.module.__dict__)
            self.before[each.name] = dict(self.module.__dict__)
            exec(compile(each.reference, f"the solution of {each.name}", "exec"), self.module.__dict__)
            self.done += 1
        return dict(self.before[name])

    def answered(self, name, source, limit):
        """(the names with the answer `source`, None), or (None, what it raised)."""
        names = self.names(name)
        _wind(limit)
        try:
            exec(compile(source, "the answer", "exec"), names)
        except (Exception, _TimeUp, SystemExit) as error:
            return None, f"{type(error).__name__}: {error}"
        finally:
            _wind(0)
        return names, None

    def answer_of(self, name, source, limit):
        """As `answered`; a source of None stands for what the practice check shows, whatever is asked."""
        return self.answered(name, source, limit) if source is not None else self.parrot(name, limit)

    def parrot(self, name, limit):
        """(names, None) with functions that know the practice check's questions and answer all others by the last of them."""
        names, problem = self.answered(name, self.tasks[name].reference, limit)
        heard = {each: [] for each in defined_names(self.tasks[name].stub.en) if isinstance(names.get(each), types.FunctionType)}
        right = {each: names[each] for each in heard}

        def listening(each):
            def listen(*args, **kwargs):
                value = right[each](*args, **kwargs)
                heard[each].append((wire.encode([args, kwargs]), value))
                return value

            return listen

        def knowing(each):
            return lambda *args, **kwargs: dict(heard[each]).get(wire.encode([args, kwargs]), heard[each][-1][1])

        _wind(limit)
        try:
            names_heard = {**names, **{each: listening(each) for each in heard}}
            exec(compile(self.practice[f"{name}-check"], "the practice check", "exec"), names_heard)
        except (Exception, _TimeUp, SystemExit) as error:
            return None, f"{type(error).__name__}: {error}"
        finally:
            _wind(0)
        known = {each: knowing(each) for each in heard if heard[each]}
        return ({**names, **known}, None) if known else (None, "the practice check calls no function of the answer")

    def ask(self, task, source, seed, limit, own=False, keep=False, real=True):
        task = self.tasks[task]
        names, problem = self.answer_of(task.name, source, limit)
        began, fault = time.perf_counter(), ""
        kernel, judge = _Kernel(names or {}, limit, Path.cwd()), self.judge.begin(real)
        random = np.random.default_rng([seed, task.number])
        ask = _Interview(kernel, judge, random, Deadline(NET_SECONDS), "en", _explain, own)
        if names is not None:
            try:
                checks.run(task.check, ask)
            except (KernelError, nets.Refused, checks.Wrong) as error:
                problem = str(error.args[0] if not isinstance(error, KernelError) else _explain(error)[1])
            except Exception as error:
                fault = checks.fault(error)
        if keep:
            asked = [(what, request) for what, request in kernel.asked if what != "net"]
            self.kept[task.name] += asked[: MAX_KEPT - len(self.kept[task.name])]
        problems = [part.problem for part in ask.parts if part.problem]
        return dict(
            earned=float(sum(part.earned for part in ask.parts)) if not fault else 0.0,
            points=float(sum(part.points for part in ask.parts)),
            problem=(problems or [problem or ""])[0],
            asked=kernel.parts or [len(kernel.asked)],
            late=kernel.late,
            got=[float(part.earned) for part in ask.parts],
            costly=judge.costly,
            seconds=time.perf_counter() - began,
            longest=kernel.longest,
            fault=fault,
        )

    def compare(self, task, source, limit, rounds=300):
        """Asks the answer and the reference what was asked before, and much that is like it.

        {'asked': how many questions both could be asked, 'example': one that they answer differently, with both values, or ''}.
        """
        random = np.random.default_rng(1)
        right, _ = self.answered(task, self.tasks[task].reference, limit)
        mine, problem = self.answer_of(task, source, limit)
        if mine is None:
            return {"asked": 1, "example": problem}
        asked, ends, kept = 0, time.perf_counter() + 5, self.kept[task]
        questions = list(kept)
        questions += [_varied(kept[int(random.integers(len(kept)))], kept, random) for _ in range(rounds if kept else 0)]
        for what, request in questions:
            expected = _answer(right, what, request, limit)
            if "error" in expected:
                continue
            asked += 1
            got = _answer(mine, what, request, limit)
            if "error" in got or not _same(got["value"], expected["value"]):
                given = got["error"]["name"] if "error" in got else checks._show(got["value"])
                return {"asked": asked, "example": f"{_said(request)}: {given}, not {checks._show(expected['value'])}"}
            if time.perf_counter() > ends:
                break
        return {"asked": asked, "example": ""}


def _explain(error):
    return error.kind, f"{error.name}: {error.message}" if error.name else error.kind


def _said(request):
    """A question in few words."""
    if "args" in request:
        words = [checks._typed(each) for each in request["args"]]
        words += [f"{name}={checks._typed(value)}" for name, value in request["kwargs"].items()]
        return f"{request['name']}({', '.join(words)})"
    if "source" in request:
        words = [f"{name}={checks._typed(value)}" for name, value in request["inputs"].items()]
        return f"`{request['source'].strip().splitlines()[-1].strip()}` with {', '.join(words)}"
    return request.get("expression", "")


def _varied(question, others, random):
    """A question like `question`: one of its inputs is changed, or is another's."""
    what, request = question
    key = "args" if request.get("args") else "kwargs" if request.get("kwargs") else "inputs"
    inputs = request.get(key)
    if not inputs:
        return question
    places = list(inputs) if isinstance(inputs, dict) else list(range(len(inputs)))
    place = places[int(random.integers(len(places)))]
    about = request.get("name", request.get("source"))
    alike = [other for kind, other in others if kind == what and other.get("name", other.get("source")) == about]
    other = alike[int(random.integers(len(alike)))].get(key)
    try:
        value = other[place] if random.random() < 0.3 else _vary(inputs[place], random)
    except (LookupError, TypeError):
        value = _vary(inputs[place], random)
    changed = {**inputs, place: value} if isinstance(inputs, dict) else (*inputs[:place], value, *inputs[place + 1 :])
    return what, {**request, key: changed}


def _vary(value, random):
    """A value of the same kind that a check may well have asked for instead; those that count something stay above 0."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        near = [value + 1, value + 2, 2 * value, *([value - 1] if value > 1 else [])]
        return near[int(random.integers(len(near)))]
    if isinstance(value, float):
        return value * float(random.uniform(0.5, 1.5))
    if isinstance(value, np.ndarray) and value.size:
        if value.ndim and len(value) > 1 and random.random() < 0.3:
            return value[: int(random.integers(1, len(value)))]
        return random.permutation(value.ravel()).reshape(value.shape)
    if isinstance(value, dict) and value:
        keys = list(value)
        key = keys[int(random.integers(len(keys)))]
        return {**value, key: _vary(value[key], random)}
    if isinstance(value, (list, tuple)) and value:
        items, place = list(value), int(random.integers(len(value)))
        how = random.random()
        if how < 0.2 and len(items) > 1:
            del items[place]
        elif how < 0.3:
            items.insert(place, items[place])
        else:
            items[place] = _vary(items[place], random)
        return type(value)(items)
    return value


def _same(one, other):
    """Whether two values are the same but for what rounding does."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    first, second = checks._numbers(one), checks._numbers(other)
    if first is not None and second is not None:
        return first.shape == second.shape and bool(np.allclose(first, second, 1e-6, 1e-12, equal_nan=True))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def main() -> None:
    """Serves requests until stdin ends."""
    # Cells print; the replies have a pipe to themselves.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    signal.signal(signal.SIGPROF, _stop)
    warnings.simplefilter("ignore")
    bench = None
    for line in sys.stdin:
        request = wire.decode(line)
        command = request.pop("command")
        reply: dict[str, Any]
        try:
            _wind(0)
            with contextlib.redirect_stdout(io.StringIO()):
                if command == "load":
                    bench, value = _Bench(request["content"]), True
                else:
                    value = getattr(bench, command)(**request)
            reply = {"value": value}
        except _TimeUp:
            # It rang while its own error was told.
            reply = {"value": None}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {str(error)[:500]}"}
        print(wire.encode(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
