"""A process that has imported what notebooks need and run nothing: it forks a box for each notebook (server.py asks for them).

Importing takes seconds and forking milliseconds. The process has the environment of a box, and is told nothing that answers must
not know: no check, no reference, no seed, no value. Neither does it run anything, so that a box finds nothing of the one before.
A box holds itself to what confine.py says before anything of a student's comes near it, and ends where it cannot.
"""

import array
import contextlib
import ctypes
import gc
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

from gluon_alexnet.grading import confine
from gluon_alexnet.machine import runtime, threads

HEADER = struct.Struct("!Q")
MAX_HANDLES = 4
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18
SHELL, REFUSE = Path(__file__).with_name("shell.py"), Path(__file__).with_name("refuse.py")


def main():
    """Answers the requests that come through the socket that is named on the command line; ends with the grader.

    After the socket the command line names the modules that it must not import, since what is forked from it must not have them.
    """
    control, grader = socket.socket(fileno=int(sys.argv[1])), os.getppid()
    told = dict(os.environ)
    libc().prctl(confine.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = compile(SHELL.read_text(encoding="utf-8"), "shell", "exec")
    exec(compile(REFUSE.read_text(encoding="utf-8"), "refuse", "exec"), refuse := {"__name__": "_gluon_alexnet_refuse"})
    # Of MXNet's operators on images only answers are deprived, once a box is forked.
    refuse["install"](sys.argv[2:], stripped=False)
    import_all(["from ipykernel import compiler, zmqshell", "import jupyter_client.session", "import numpy"])
    commands = {
        "import": lambda request, handles: import_all(request["statements"]),
        # What importing has set, such as the instructions that oneDNN may use, boxes need too.
        "fork": lambda request, handles: fork(control, request, handles, code, changed(told), refuse),
        "status": lambda request, handles: status_of(request["pid"]),
    }
    try:
        while True:
            ready, _, _ = select.select([control], [], [], 5)
            if ready:
                request, handles = receive(control)
                reply = commands[request.pop("command")](request, handles)
                for handle in handles:
                    os.close(handle)
                send(control, reply)
            elif os.getppid() != grader:
                break
    except (EOFError, OSError):
        pass
    # Who is killed first loses its sockets, and is gone a moment later.
    until = time.monotonic() + 2
    while os.getppid() == grader and time.monotonic() < until:
        time.sleep(0.05)
    if os.getppid() != grader:
        # It was killed: what it cannot take away any more is taken away here. The boxes end with this process.
        for process in confine.children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        confine.remove(Path.cwd().parent)
    os._exit(0)


def libc():
    return ctypes.CDLL(None, use_errno=True)


def send(connection, message, handles=()):
    """Sends a message, JSON, with open files."""
    data = json.dumps(message).encode()
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", handles))] if handles else []
    connection.sendmsg([HEADER.pack(len(data))], ancillary)
    connection.sendall(data)


def receive(connection):
    """(message, open files) as `send` sent it. Raises EOFError where the other side is gone."""
    header, handles, _, _ = socket.recv_fds(connection, HEADER.size, MAX_HANDLES)
    if len(header) < HEADER.size:
        raise EOFError
    parts, left = [], HEADER.unpack(header)[0]
    while left:
        parts.append(connection.recv(min(left, 1 << 20)))
        if not parts[-1]:
            raise EOFError
        left -= len(parts[-1])
    return json.loads(b"".join(parts)), list(handles)


def import_all(statements):
    """Carries out statements that import; what is not installed here is left out. Leaves this process with one thread."""
    if "mxnet" in sys.modules:
        threads.start_mxnet()
    for statement in statements:
        with contextlib.suppress(Exception):
            exec(statement, {})
    gc.collect()
    # Looking for garbage would write to all that boxes share with this process.
    gc.freeze()
    # Libraries that have begun threads end them before a process forks, and begin new ones when they compute.
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    if "mxnet" in sys.modules:
        threads.stop_mxnet()
    alone()


def alone():
    """Raises RuntimeError unless this process has one thread: with others it could neither fork nor be confined."""
    until = time.monotonic() + 5
    # A thread that has been waited for is on the list for a moment yet.
    while (count := len(os.listdir("/proc/self/task"))) > 1:
        if time.monotonic() > until:
            raise RuntimeError(f"{count} threads where there should be one")
        time.sleep(0.0005)


def fork_quietly():
    """os.fork for a process with one thread, of which no library hears.

    MXNet would compute with one thread in the child, and wants to begin threads where none can be begun. Raises OSError.
    """
    python = ctypes.PyDLL(None)
    python.PyOS_BeforeFork()
    child = python._Fork()
    if child == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    if child < 0:
        raise OSError("no process could be forked")
    return child


def status_of(pid):
    """How a box has ended, as Popen.returncode; None where it has not."""
    with contextlib.suppress(ChildProcessError):
        ended, status = os.waitpid(pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if ended else None
    return 0


def changed(before):
    """The variables of the environment that have another value than in `before`."""
    return {name: value for name, value in os.environ.items() if before.get(name) != value}


def fork(control, request, handles, code, environ, refuse):
    """A box with the process id {'pid'}, ready to be asked, or an {'error'}.

    request: `settings` and `environ` as sandbox.py makes them, `kind` 'shell' or 'evaluator'; handles: the socket, its errors;
    environ: more variables; refuse: what refuse.py defines.
    """
    told, tell = os.pipe()
    wait, go = os.pipe()
    alone()
    between = fork_quietly()
    if between == 0:
        try:
            control.detach()
            os.close(told)
            os.close(go)
            separate(tell)
            if os.read(wait, 1) != b"1":
                raise OSError("the server has ended")
            request["environ"].update(environ)
            become(request, handles, tell)
            serve(request["kind"], handles[0], code, refuse)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(tell, f"error {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(1)
    os.close(tell)
    os.close(wait)
    _, failed = os.waitpid(between, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(go, b"1")
    os.close(go)
    with open(told, encoding="utf-8", errors="replace") as lines:
        found = dict(line.rstrip("\n").partition(" ")[::2] for line in lines)
    if "error" in found or failed or "ready" not in found:
        if found.get("pid", "").isdigit():
            with contextlib.suppress(OSError):
                os.kill(int(found["pid"]), signal.SIGKILL)
                os.waitpid(int(found["pid"]), 0)
        return {"error": found.get("error", "the box ended before it was ready")}
    return {"pid": int(found["pid"])}


def separate(tell):
    """Returns in a child that has namespaces of its own, and is the first process that it sees; this process ends."""
    user, group = os.getuid(), os.getgid()
    if libc().unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "no namespaces")
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        Path("/proc/self", name).write_text(text)
    if libc().mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "mounts cannot be made private")
    child = fork_quietly()
    if child:
        os.write(tell, f"pid {child}\n".encode())
        os._exit(0)


def become(request, handles, tell):
    """Makes a box of this process and tells so; after that it knows no file, no variable and no module of the server's."""
    settings = request["settings"]
    os.setsid()
    if libc().mount(b"proc", b"/proc", b"proc", confine.MS_NOSUID_NODEV_NOEXEC, None) != 0:
        raise OSError(ctypes.get_errno(), "no /proc of its own")
    confine.hold(settings)
    confine.drop_capabilities()
    libc().prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for target, source in enumerate((nothing, nothing, handles[1])):
        os.dup2(source, target)
    # Had the server ended before the signal was asked for, this would fail.
    os.write(tell, b"ready\n")
    for handle in map(int, os.listdir("/proc/self/fd")):
        if handle > 2 and handle != handles[0]:
            with contextlib.suppress(OSError):
                os.close(handle)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(settings["folder"])
    forget()


def forget():
    """Takes out of this process what it has of its parent: folders, modules of the grader, random numbers to come."""
    tempfile.tempdir = None
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "matplotlib" in sys.modules:
        for function in ("get_configdir", "get_cachedir"):
            cached = getattr(sys.modules["matplotlib"], function)
            getattr(cached, "cache_clear", lambda: None)()
    for name in [name for name in sys.modules if name.startswith("gluon_alexnet.grading")]:
        del sys.modules[name]
    vars(sys.modules["gluon_alexnet"]).pop("grading", None)


def serve(kind, handle, code, refuse):
    """Answers what comes through `handle`; does not return."""
    sys.argv[:] = [""]
    if "mxnet" in sys.modules:
        threads.start_mxnet()
        runtime.load_mxnet()
    if kind == "evaluator":
        refuse["remove"]()
        from gluon_alexnet.grading import evaluator

        connection = socket.socket(fileno=handle)
        evaluator.serve(connection.makefile("r", encoding="utf-8"), connection.makefile("w", encoding="utf-8"))
    else:
        refuse["strip"](refuse["operators"](), "NumPy and MXNet")
        names = {"__name__": "_gluon_alexnet_shell"}
        exec(code, names)
        names["main"](handle)


if __name__ == "__main__":
    main()
