"""Runs a command that may not be trusted: `python confine.py SETTINGS COMMAND...`, SETTINGS a JSON object.

What it holds the command to, as far as this system can: its own folder as the only place to write to; a root folder that holds
what it needs and nothing else; a limit on memory, on files, on processes; no new rights. The network and other processes are kept
away by the namespaces that sandbox.py starts this in, or by bubblewrap, which makes the root folder too. Where there are neither,
it stays and ends all that the command has started when the command or the grader has ended. It imports the standard library only,
and must be able to run by itself.

Landlock: https://docs.kernel.org/userspace-api/landlock.html
"""

import contextlib
import ctypes
import errno
import glob
import json
import os
import platform
import re
import signal
import stat
import sys

MS_NOSUID_NODEV_NOEXEC, MS_NOSUID_NOEXEC, MS_NOSUID_NODEV, MS_RDONLY, MS_BIND = 2 | 4 | 8, 2 | 8, 2 | 4, 1, 4096
MS_REMOUNT, MS_REC, MNT_DETACH = 32, 16384, 2
MOUNT_SETATTR, HERE, RECURSIVE, RDONLY_NOSUID_NODEV, NOSUID_NODEV = 442, -100, 0x8000, 1 | 2 | 4, 2 | 4
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 24, 36, 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
RULESET_VERSION, PATH_BENEATH = 1, 1
KEYCTL, JOIN_SESSION_KEYRING = {"x86_64": 250, "aarch64": 219}, 1
O_PATH = getattr(os, "O_PATH", 0o10000000)
READ_FILE, READ_DIR, EXECUTE, WRITE_FILE, TRUNCATE = 1 << 2, 1 << 3, 1 << 0, 1 << 1, 1 << 14
IOCTL_DEV = 1 << 15
READ = READ_FILE | READ_DIR | EXECUTE
# What programs take for granted, a terminal of their own among it (`!ls` in a notebook asks for one), and NVIDIA's GPUs.
PLAIN_DEVICES, GPUS = ("null", "zero", "full", "random", "urandom", "tty"), ("nvidia*", "kfd", "dri")
DEVICES = (*PLAIN_DEVICES, "ptmx", "pts", *GPUS)
# What an answer may keep in shared memory, which is memory.
SHARED_MEMORY = 1 << 30
PROCESSES = 512
# How many kinds of access each version of Landlock knows; asking for one that it does not know fails.
KINDS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
TCP_SINCE, TCP = 4, 3  # being called and calling
CAPABILITY_VERSION = 0x20080522
SCOPE_SINCE, SCOPES = 6, 3  # abstract sockets and signals to processes outside
# What is refused need not fill the system's log.
QUIET_SINCE, QUIET = 7, 1


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
    # Where the machine has no memory left, it is to end this process and not the grader.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    if settings["namespaces"]:
        few_processes()
        if not settings["seen"] and not see(libc, settings):
            hide(libc, settings["hidden"])
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    elif sys.platform == "linux":
        stay_as_guard(libc, settings["folder"])
    limit(settings["memory"], settings["namespaces"])
    if sys.platform == "linux":
        # Keys that one notebook leaves, the next one would find.
        libc.syscall(KEYCTL.get(platform.machine(), -1), JOIN_SESSION_KEYRING, None)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        landlock(libc, settings["writable"], settings["readable"], settings["listed"])


def few_processes():
    """Bounds the processes of this namespace: the limit below does not hold for those whom root has started."""
    # Before Linux 6.14 there is one such number for the whole machine, which root could change from here.
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    if version and tuple(map(int, version.groups())) >= (6, 14):
        with contextlib.suppress(OSError), open("/proc/sys/kernel/pid_max", "w") as file:
            file.write(str(PROCESSES))


def see(libc, settings):
    """Makes a root folder of what the process may see. False, and nothing changed, where this system does not let it."""
    folder = settings["folder"]
    root = os.path.join(folder, ".root")
    os.mkdir(root)
    try:
        done(libc.mount(b"none", os.fsencode(root), b"tmpfs", MS_NOSUID_NODEV, b"mode=755,size=4m"))
        furnish(libc, root, settings)
        os.chdir(root)
        # The old root lies above the new one for a moment: https://man7.org/linux/man-pages/man2/pivot_root.2.html
        done(libc.pivot_root(b".", b"."))
        done(libc.umount2(b".", MNT_DETACH))
    except (OSError, AttributeError):
        libc.umount2(os.fsencode(root), MNT_DETACH)
        return False
    finally:
        os.chdir(folder)
        with contextlib.suppress(OSError):
            os.rmdir(".root")
    libc.mount(None, b"/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID_NODEV, None)
    return True


def furnish(libc, root, settings):
    """Puts all that may be seen below `root`. Raises OSError."""
    for path in settings["roots"]:
        bind(libc, path, f"{root}{path}", RDONLY_NOSUID_NODEV)
    for path, target in settings["links"]:
        with contextlib.suppress(FileExistsError, OSError):
            os.makedirs(os.path.dirname(f"{root}{path}"), exist_ok=True)
            os.symlink(target, f"{root}{path}")
    for path in settings["listed"]:
        with contextlib.suppress(OSError):
            os.makedirs(f"{root}{path}", exist_ok=True)
    hide(libc, [f"{root}{path}" for path in settings["hidden"]], f"{root}/dev")
    place = os.fsencode(f"{root}{os.path.dirname(settings['folder'])}")
    if os.path.exists(place):  # with the folders of other boxes
        done(libc.mount(b"none", place, b"tmpfs", MS_NOSUID_NODEV_NOEXEC, b"mode=755,size=1m"))
    bind(libc, settings["folder"], f"{root}{settings['folder']}", NOSUID_NODEV, 0)
    libc.mount(None, place, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID_NODEV_NOEXEC, None)


def hide(libc, hidden, devices="/dev"):
    """Empties the folders and files `hidden`, and what lies below `devices` but for what programs take for granted."""
    if devices != "/dev":
        os.mkdir(devices)
        for path in [path for name in (*PLAIN_DEVICES, *GPUS) for path in glob.glob(f"/dev/{name}")]:
            bind(libc, path, devices + path.removeprefix("/dev"), 0)
        for name, target in {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}.items():
            os.symlink(f"/proc/self/fd{target}", f"{devices}/{name}")
        for name in ("shm", "pts"):
            os.mkdir(f"{devices}/{name}")
        os.symlink("pts/ptmx", f"{devices}/ptmx")
    for path in map(os.fsencode, hidden):
        if os.path.isdir(path):
            libc.mount(b"none", path, b"tmpfs", MS_NOSUID_NODEV_NOEXEC | MS_RDONLY, b"size=0")
        elif os.path.exists(path):
            libc.mount(b"/dev/null", path, None, MS_BIND, None)
    # What one command leaves in shared memory, the next one would find.
    shared = f"mode=1777,size={SHARED_MEMORY}".encode()
    libc.mount(b"none", os.fsencode(f"{devices}/shm"), b"tmpfs", MS_NOSUID_NODEV_NOEXEC, shared)
    # Terminals of its own, none of the teacher's.
    pts = os.fsencode(f"{devices}/pts")
    if libc.mount(b"none", pts, b"devpts", MS_NOSUID_NOEXEC, b"newinstance,ptmxmode=0666") == 0 and devices == "/dev":
        libc.mount(b"/dev/pts/ptmx", b"/dev/ptmx", None, MS_BIND, None)


def bind(libc, source, target, attributes, below=MS_REC):
    """Shows `source` at `target`, with all that is mounted `below` it. attributes: of mount_setattr(2). Raises OSError."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    done(libc.mount(os.fsencode(source), os.fsencode(target), None, MS_BIND | below, None))
    if attributes:
        told = (ctypes.c_uint64 * 4)(attributes)
        done(libc.syscall(MOUNT_SETATTR, HERE, os.fsencode(target), RECURSIVE, ctypes.byref(told), ctypes.sizeof(told)))


def done(result):
    """Raises OSError where a call of the C library's has failed."""
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def drop_capabilities():
    """Takes all capabilities from this process. Raises OSError where the system does not."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    if libc.capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capabilities cannot be dropped")


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

    def end(*_):
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself just then
            os.kill(child, signal.SIGKILL)

    # A signal only wakes the wait below.
    signal.signal(signal.SIGTERM, end)
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
        remove(folder)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def remove(folder):
    """Takes a folder away with all that is in it, as far as that is possible, however deep, full or locked it is."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            # Folders are moved up to the top before they are emptied: no path grows long, and nothing calls itself.
            number = 0
            while names := [name for name in os.listdir(top) if not _remove_file(name, top)]:
                for name in names:
                    number = _flatten(name, top, number)
        finally:
            os.close(top)
            os.rmdir(folder)


def _remove_file(name, parent):
    """Whether the entry `name` of the folder open as `parent` is no folder; it is gone then."""
    if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        return False
    os.unlink(name, dir_fd=parent)
    return True


def _flatten(name, top, number):
    """Takes the folder `name` of the one open as `top` away; folders in it come to `top` as -1, -2, ...; the last number."""
    os.chmod(name, 0o700, dir_fd=top)
    handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        for below in os.listdir(handle):
            if _remove_file(below, handle):
                continue
            os.chmod(below, 0o700, dir_fd=handle)
            number += 1
            while True:
                try:
                    os.rename(below, f"-{number}", src_dir_fd=handle, dst_dir_fd=top)
                    break
                except OSError as error:  # the name is taken, by a folder that is not empty or by a file
                    if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                        raise
                    number += 1
    finally:
        os.close(handle)
    os.rmdir(name, dir_fd=top)
    return number


def children():
    """The processes whose parent is this one; orphans among its descendants become such."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(path, encoding="ascii", errors="replace") as file:
                # The second field is the program's name, in parentheses, and may hold anything.
                parent = int(file.read().rpartition(")")[2].split()[1])
            if parent == os.getpid():
                found.append(int(path.split("/")[2]))
    return found


def limit(memory, namespaces):
    import resource

    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 2 << 30)]
    if memory:
        limits.append((resource.RLIMIT_AS, memory))
    if namespaces:
        # Counted within the namespace; outside of it, the user's other processes would count too.
        limits.append((resource.RLIMIT_NPROC, PROCESSES))
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
    rules = Rules(everything, TCP if version >= TCP_SINCE else 0, SCOPES if version >= SCOPE_SINCE else 0)
    size = 24 if version >= SCOPE_SINCE else 16 if version >= TCP_SINCE else 8
    ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return False
    allowed = (
        [(path, everything) for path in writable] + [(path, READ) for path in readable] + [(path, READ_DIR) for path in listed]
    )
    devices = [device for name in DEVICES for device in glob.glob(f"/dev/{name}")]
    allowed += [(device, READ | WRITE_FILE | TRUNCATE | IOCTL_DEV) for device in devices]
    for path, access in allowed:
        with contextlib.suppress(OSError):
            handle = os.open(path, O_PATH | os.O_CLOEXEC)
            if not os.path.isdir(path):
                access &= READ_FILE | EXECUTE | WRITE_FILE | TRUNCATE | IOCTL_DEV
            rule = Beneath(access & everything, handle)
            libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
            os.close(handle)
    held = libc.syscall(RESTRICT_SELF, ruleset, QUIET if version >= QUIET_SINCE else 0) == 0
    os.close(ruleset)
    return held


if __name__ == "__main__":
    main()
