"""Runs a command that may not be trusted: `python confine.py SETTINGS COMMAND...`, SETTINGS a JSON object.

What it holds the command to, as far as this system can: its own folder as the only place to write to; no look at what is
hidden; a limit on memory, on files, on processes; no new rights. The network and other processes are kept away by the
namespaces that sandbox.py starts this in. It imports the standard library only, and must be able to run by itself.

Landlock: https://docs.kernel.org/userspace-api/landlock.html
"""

import contextlib
import ctypes
import json
import os
import sys

MS_NOSUID_NODEV_NOEXEC, MS_RDONLY = 2 | 4 | 8, 1
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
RULESET_VERSION, PATH_BENEATH = 1, 1
O_PATH = getattr(os, "O_PATH", 0o10000000)
READ_FILE, READ_DIR, EXECUTE, WRITE_FILE, TRUNCATE = 1 << 2, 1 << 3, 1 << 0, 1 << 1, 1 << 14
READ = READ_FILE | READ_DIR | EXECUTE
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
    libc = ctypes.CDLL(None, use_errno=True)
    if settings["namespaces"]:
        for folder in settings["hidden"]:
            libc.mount(b"none", os.fsencode(folder), b"tmpfs", MS_NOSUID_NODEV_NOEXEC | MS_RDONLY, b"size=0")
        # What one command leaves in shared memory, the next one would find.
        libc.mount(b"none", b"/dev/shm", b"tmpfs", MS_NOSUID_NODEV_NOEXEC, b"mode=1777")
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    limit(settings["memory"], settings["namespaces"])
    if sys.platform == "linux":
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        landlock(libc, settings["writable"], settings["readable"], settings["listed"])
    os.execv(command[0], command)


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
    for path, access in allowed + [("/dev", READ | WRITE_FILE | TRUNCATE)]:
        with contextlib.suppress(OSError):
            handle = os.open(path, O_PATH | os.O_CLOEXEC)
            if not os.path.isdir(path):
                access &= READ_FILE | EXECUTE | WRITE_FILE | TRUNCATE
            rule = Beneath(access & everything, handle)
            libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
            os.close(handle)
    done = libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return done


if __name__ == "__main__":
    main()
