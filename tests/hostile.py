"""Grades the cases of hostile_cases.py and looks at what each leaves behind: `python tests/hostile.py` prints a table of them.

`python tests/hostile.py WORD...` takes the cases whose group or name holds one of the words; `--without bwrap` or
`--without unshare` does as if that were not installed. Exits with 1 where a score is not the deserved one, something hung, or
anything was left over.
"""

import contextlib
import ctypes
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

sys.path.append(str(Path(__file__).parents[1] / "tools"))

import grading_demo as demo  # noqa: E402
import hostile_cases as cases  # noqa: E402
import psutil  # noqa: E402

from gluon_alexnet.grading import exercise, grade, sandbox, submissions  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36
# What other programs of this machine make in shared memory meanwhile.
OTHERS = re.compile(r"(psm_|sem\.|torch_|pymp|gluon-alexnet-shared)")
HUNG = 240


@dataclass
class Outcome:
    """What became of one Case. left: what it left behind, in words."""

    case: cases.Case
    expected: str
    got: str
    right: bool
    seconds: float
    left: list[str]


@contextlib.contextmanager
def only_the_demo():
    """The demo is the only exercise."""
    with (
        mock.patch.object(exercise, "list_exercises", lambda: ["00_demo"]),
        mock.patch.object(exercise, "load", lambda name: demo.EXERCISE),
    ):
        yield


@contextlib.contextmanager
def surroundings(place):
    """What attacks aim at, in the new folder `place` and around this process: {word in an attack: what it stands for}."""
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        for name in ("class/an", "class/binh", "grades/students", "home", "escaped"):
            (place / name).mkdir(parents=True, exist_ok=True)
        demo.save(demo.notebook(total="total = 5050"), place / "class/binh/00_demo.ipynb")
        demo.save(demo.notebook(total="total = 5050"), place / "class/spare.ipynb")
        (place / "class/spare2").touch()
        cases.zipped(("00_demo.ipynb", (place / "class/binh/00_demo.ipynb").read_text(encoding="utf-8")))(place / "class/chi.zip")
        for name in ("grades/journal.jsonl", "grades/students/binh.html", "home/notes.txt"):
            (place / name).write_text("binh: 5050")
        other = sandbox.workplace() / "b-another"
        other.mkdir()
        stack.callback(shutil.rmtree, other)
        (other / "answer").write_text("5050")
        shared = Path("/dev/shm") / f"gluon-alexnet-shared-{os.getpid()}"
        shared.write_text("5050")
        stack.callback(shared.unlink)
        bystander = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], env={"SECRET": "5050"})
        stack.callback(bystander.wait)
        stack.callback(bystander.kill)
        yield {
            "place": place,
            "escaped": place / "escaped",
            "grader": os.getpid(),
            "bystander": bystander.pid,
            "workplace": sandbox.workplace(),
            "solutions": Path(__file__).parents[1] / "solutions",
            "grading": Path(exercise.__file__).parent,
            "data": sandbox.data_folder(),
            "shared": shared.name,
            "segment": stack.enter_context(segment()),
            **stack.enter_context(listeners()),
        }


@contextlib.contextmanager
def segment():
    """The key of a segment of System V's shared memory that begins with 5050."""
    libc, key = ctypes.CDLL(None, use_errno=True), 0x35300000 | os.getpid() & 0xFFFF
    libc.shmat.restype = ctypes.c_void_p
    number = libc.shmget(key, 4096, 0o1600)
    address = libc.shmat(number, None, 0)
    ctypes.memmove(address, b"5050", 5)
    try:
        yield key
    finally:
        libc.shmdt(ctypes.c_void_p(address))
        libc.shmctl(number, 0, None)


@contextlib.contextmanager
def listeners():
    """Sockets of every kind that tell whoever connects 5050; where they are."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    where = {"abstract": f"gluon-alexnet-{os.getpid()}", "socket": folder / "sock"}
    served = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
    served[1].bind(f"\0{where['abstract']}")
    served[2].bind(str(where["socket"]))
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    where.update(port=served[0].getsockname()[1], datagrams=datagrams.getsockname()[1])

    def tell(listener):
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                near.sendall(b"5050")
                near.close()

    def answer():
        with contextlib.suppress(OSError):
            while True:
                _, who = datagrams.recvfrom(99)
                if who is None:  # shut down
                    return
                datagrams.sendto(b"5050", who)

    for one in served[1:]:
        one.listen()
    for work, words in ((answer, ()), *((tell, (one,)) for one in served)):
        threading.Thread(target=work, args=words, daemon=True).start()
    try:
        yield where
    finally:
        for one in (*served, datagrams):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        shutil.rmtree(folder)


def filled(source, around):
    """The text of an attack with what its words stand for."""
    for word, meaning in around.items():
        quoted = meaning if isinstance(meaning, int) else str(meaning)
        source = source.replace(f"{{{word}!r}}", repr(quoted)).replace(f"{{{word}}}", str(meaning))
    return source


def has(needs):
    """Whether the box of this system keeps what a Case needs from it."""
    if needs == "files":
        return sandbox.has_landlock() or sandbox.has_walls()
    return not needs or sandbox.has_walls()


def run(case, around):
    """The Outcome of `case`, graded as a class of one student."""
    folder = around["place"] / "class" / "an"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    answers = {task: filled(text, around) for task, text in case.answers.items()}
    demo.save(demo.notebook(**answers), folder / "00_demo.ipynb")
    if case.make:
        case.make(folder, around)
    before = state(around)
    began = time.monotonic()
    apart = submissions.folders([around["place"] / name for name in ("class", "grades")])
    limits = {"time_limit": 60, "memory_limit": 6, "seed": 1, **case.limits}
    # So many gigabytes as are allowed would wear disks out.
    with only_the_demo(), mock.patch.object(sandbox, "DISK", 400_000_000):
        results = list(grade.grade_all(submissions.find([folder])[0], apart=apart, **limits))
    seconds = time.monotonic() - began
    expected, got, right = compared(case, results)
    return Outcome(case, expected, got, right and seconds < HUNG, seconds, left(before, around))


def compared(case, results):
    """(what was expected, what came, whether they agree) in words."""
    expected = {task: case.points.get(task, points) for task, points in cases.FULL.items()}
    told = "a row that says why" if case.error else points_in_words(expected)
    if len(results) != 1:
        return told, f"{len(results)} rows", False
    (result,) = results
    if result["error"]:
        return told, f"a row: {result['error'][:60]}" if not case.error else told, case.error and case.says in result["error"]
    got = {task["task"]: task["earned"] for task in result["tasks"]}
    statuses = {task["task"]: task["status"] for task in result["tasks"]}
    said = str(result["tasks"])
    # None: whatever its own answers did to it, it was graded to the end.
    agree = all(expected[task] is None or got[task] == expected[task] for task in cases.FULL)
    judged = not {"our fault", "machine"} & set(statuses.values())
    right = agree and judged and not case.error and case.says in said.replace("\\\\", "\\")
    odd = ", ".join(f"{task} {statuses[task]}" for task in cases.FULL if got[task] != cases.FULL[task])
    return told, points_in_words(got) + (f" ({odd})" if odd else ""), right


def points_in_words(points):
    return " + ".join("any" if earned is None else f"{earned:g}" for earned in points.values())


def state(around):
    """What a case could leave something in."""
    me = psutil.Process()
    handles = Path("/proc/self/fd")
    return {
        "processes": {child.pid for child in me.children(recursive=True) if lives(child)},
        "folders": set(os.listdir(around["workplace"])),
        "shared memory": {name for name in os.listdir("/dev/shm") if not OTHERS.match(name)},
        "segments, semaphores, queues": {
            f"{kind} {name}" for kind in ("shm", "sem", "msg") for name in ids(Path("/proc/sysvipc", kind))
        },
        "mounts": set(Path("/proc/self/mountinfo").read_text().splitlines()),
        "files outside": {
            *map(str, around["escaped"].iterdir()),
            *map(str, around["place"].glob("*/escaped")),
            *map(str, Path("/tmp").glob(f"gluon-alexnet-escaped-{os.getpid()}")),
            *map(str, Path(around["grading"]).parent.glob("escaped")),
        },
        "open files": set(range(len(list(handles.iterdir())) // 12)),  # a few come and go
    }


def lives(process):
    with contextlib.suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def ids(path):
    """The keys of what a file of /proc/sysvipc lists, of those that our cases make; other programs have theirs."""
    lines = path.read_text().splitlines()[1:] if path.exists() else []
    return {line.split()[0] for line in lines} & {str(cases.KEY)}


def left(before, around, patience=10):
    """What is there now and was not `before`, in words; what is ending has a while to end."""
    until = time.monotonic() + patience
    while True:
        now = state(around)
        more = {kind: now[kind] - before[kind] for kind in now if now[kind] - before[kind]}
        if not more or time.monotonic() > until:
            return [f"{kind}: {', '.join(sorted(map(str, what)))[:300]}" for kind, what in more.items()]
        time.sleep(0.05)


def succeeds_outside(case, around):
    """Whether the attack of `case` works in a plain process of the same user: else it would show nothing."""
    folder = around["place"] / "control"
    folder.mkdir(exist_ok=True)
    source = f"import os\n{filled(case.attack, around)}\nprint(total)"
    done = subprocess.run([sys.executable, "-c", source], cwd=folder, capture_output=True, text=True, timeout=60)
    shutil.rmtree(folder)
    for path in state(around)["files outside"]:
        os.unlink(path)
    return done.stdout.strip() == "5050", done.stdout + done.stderr


def warm_up(around):
    """Starts what a grader keeps from one notebook to the next."""
    run(cases.CASES[0], around)


@contextlib.contextmanager
def without(*programs):
    """This machine as if it had not these of 'bwrap', 'unshare'."""
    with contextlib.ExitStack() as stack:
        for program in programs:
            name = {"bwrap": "has_bubblewrap", "unshare": "has_namespaces"}[program]
            stack.enter_context(mock.patch.object(sandbox, name, lambda: False))
        yield


def main(words):
    """Prints the table; whether all is as it should be."""
    if "--without" in words:
        place = words.index("--without")
        with without(words[place + 1]):
            return main(words[:place] + words[place + 2 :])
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    chosen = [case for case in cases.CASES if not words or any(word in f"{case.group}: {case.name}" for word in words)]
    wrong = hung = over = 0
    print("| what it does | case | points deserved | points given | seconds |\n|---|---|---|---|---|")
    with surroundings(Path(tempfile.mkdtemp(prefix="hostile-"))) as around:
        warm_up(around)
        for case in chosen:
            if not has(case.needs):
                print(f"| {case.group} | {case.name} | | not tried: this system's box does not keep it | |")
                continue
            outcome = run(case, around)
            wrong, hung, over = wrong + (not outcome.right), hung + (outcome.seconds >= HUNG), over + bool(outcome.left)
            name = re.sub(r"([\\`*_|<])", r"\\\1", case.name).replace("x" * 20, "")
            words = [outcome.got, *([] if outcome.right else ["WRONG"]), *outcome.left]
            print(f"| {case.group} | {name} | {outcome.expected} | {'; '.join(words)} | {outcome.seconds:.1f} |", flush=True)
    print(f"\n{len(chosen)} cases: {wrong} wrong, {hung} hung, {over} left something over. The box: {sandbox.isolation()}.")
    return not (wrong or hung or over)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
