"""Runs a command that may not be trusted: `python confine.py SETTINGS COMMAND...`, SETTINGS a JSON object.

What it holds the command to, as far as this system can: its own folder as the only place to write to; no look at what is
hidden; a limit on memory, on files, on processes; no new rights. The network and other processes are kept away by the
namespaces that sandbox.py starts this in. Where there are none, it stays and ends all that the command has started when the
command or the grader has ended. It imports the standard library only, and must be able to run by itself.

Landlock: https://docs.kernel.org/userspace-api/landlock.html
"""

import contextlib
import ctypes
import glob
import json
import os
import shutil
import signal
import sys

MS_NOSUID_NODEV_NOEXEC, MS_NOSUID_NOEXEC, MS_RDONLY, MS_BIND = 2 | 4 | 8, 2 | 8, 1, 4096
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 24, 36, 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
RULESET_VERSION, PATH_BENEATH = 1, 1
O_PATH = getattr(os, "O_PATH", 0o10000000)
READ_FILE, READ_DIR, EXECUTE, WRITE_FILE, TRUNCATE = 1 << 2, 1 << 3, 1 << 0, 1 << 1, 1 << 14
IOCTL_DEV = 1 << 15
READ = READ_FILE | READ_DIR | EXECUTE
# What programs take for granted, a terminal of their own among it (`!ls` in a notebook asks for one), and NVIDIA's GPUs.
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "nvidia*", "kfd", "dri")
# How many kinds of access each version of Landlock knows; asking for one that it does not know fails.
KINDS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
SCOPE_SINCE, SCOPES = 6, 3  # abstract sockets and signals to processes outside


class Rules(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class Beneath(ctypes.Structure):
    _pack_ = 1
    # Which layout the packing means, Python 3.14 and later want to be told.
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def main():
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    hold(settings)
    os.execv(command[0], command)


def hold(settings):
    """Holds this process to `settings`, and all that it starts. It must have one thread only: Landlock is each thread's own.

    A program that it starts has no capabilities; a process that goes on as it is has to drop them itself.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if settings["namespaces"]:
        for folder in settings["hidden"]:
            libc.mount(b"none", os.fsencode(folder), b"tmpfs", MS_NOSUID_NODEV_NOEXEC | MS_RDONLY, b"size=0")
        # What one command leaves in shared memory, the next one would find.
        libc.mount(b"none", b"/dev/shm", b"tmpfs", MS_NOSUID_NODEV_NOEXEC, b"mode=1777")
        # Terminals of its own, none of the teacher's.
        if libc.mount(b"none", b"/dev/pts", b"devpts", MS_NOSUID_NOEXEC, b"newinstance,ptmxmode=0666") == 0:
            libc.mount(b"/dev/pts/ptmx", b"/dev/ptmx", None, MS_BIND, None)
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    elif sys.platform == "linux":
        stay_as_guard(libc, settings["folder"])
    limit(settings["memory"], settings["namespaces"])
    if sys.platform == "linux":
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        landlock(libc, settings["writable"], settings["readable"], settings["listed"])


def stay_as_guard(libc, folder):
    """Returns in a child. This process waits for it, then ends all that descends from it; the same when the grader ends."""
    grader = os.getppid()
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        return
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    # A signal only wakes the wait below.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    if os.getppid() != grader:
        os.kill(child, signal.SIGKILL)
    ended, status = 0, 0
    while ended != child:
        ended, status = os.waitpid(-1, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        for other in children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(other, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    if os.getppid() != grader:
        shutil.rmtree(folder, ignore_errors=True)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def children():
    """The processes whose parent is this one; orphans among its descendants become such."""
    found = []
    for stat in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(stat, encoding="ascii", errors="replace") as file:
                # The second field is the program's name, in parentheses, and may hold anything.
                parent = int(file.read().rpartition(")")[2].split()[1])
            if parent == os.getpid():
                found.append(int(stat.split("/")[2]))
    return found


def limit(memory, namespaces):
    import resource

    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 2 << 30)]
    if memory:
        limits.append((resource.RLIMIT_AS, memory))
    if namespaces:
        # Counted within the namespace; outside of it, the user's other processes would count too.
        limits.append((resource.RLIMIT_NPROC, 512))
    for which, value in limits:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (value, value))


def landlock(libc, writable, readable, listed):
    """Allow everything below `writable`, reading below `readable`, and the names below `listed`; no other file.

    False where the system has no Landlock.
    """
    version = libc.syscall(CREATE_RULESET, None, 0, RULESET_VERSION)
    if version < 1:
        return False
    everything = (1 << KINDS.get(version, KINDS[5])) - 1
    rules = Rules(everything, 0, SCOPES if version >= SCOPE_SINCE else 0)
    size = 24 if version >= SCOPE_SINCE else 16 if version >= 4 else 8
    ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return False
    allowed = (
        [(path, everything) for path in writable] + [(path, READ) for path in readable] + [(path, READ_DIR) for path in listed]
    )
    devices = [device for name in DEVICES for device in glob.glob(f"/dev/{name}")]
    allowed += [("/dev", READ_DIR)] + [(device, READ | WRITE_FILE | TRUNCATE | IOCTL_DEV) for device in devices]
    for path, access in allowed:
        with contextlib.suppress(OSError):
            handle = os.open(path, O_PATH | os.O_CLOEXEC)
            if not os.path.isdir(path):
                access &= READ_FILE | EXECUTE | WRITE_FILE | TRUNCATE | IOCTL_DEV
            rule = Beneath(access & everything, handle)
            libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
            os.close(handle)
    done = libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return done


if __name__ == "__main__":
    main()
