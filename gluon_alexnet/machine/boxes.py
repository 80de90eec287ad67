"""What this system can keep a process apart with: bubblewrap, namespaces for users, Landlock."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import sys

# Landlock: https://docs.kernel.org/userspace-api/landlock.html
CREATE_RULESET, RULESET_VERSION = 444, 1
TCP_SINCE, SCOPES_SINCE = 4, 6


def is_root() -> bool:
    """Whether this process is an administrator's."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


UNSHARE = ("-Urpfni", "--mount-proc", "--kill-child")
BUBBLEWRAP = ("--unshare-all", "--cap-drop", "ALL", "--die-with-parent")
# What /proc is in it: its own, or this system's, which namespaces in it need to make their own of; root's need a capability too.
PROC, NESTING = ("--proc", "/proc"), ("--bind", "/proc", "/proc", *(("--cap-add", "CAP_SETFCAP") if is_root() else ()))
MEND = "install bubblewrap (apt install bubblewrap, dnf install bubblewrap)"


@functools.lru_cache(maxsize=1)
def has_bubblewrap() -> bool:
    """Whether bubblewrap is installed, and this system lets it work."""
    return _works("bwrap", *BUBBLEWRAP, "--ro-bind", "/", "/", *PROC, "--dev", "/dev")


@functools.lru_cache(maxsize=1)
def has_namespaces() -> bool:
    """Whether this system lets us start a process that has no network and sees no other process."""
    return _works("unshare", *UNSHARE)


@functools.lru_cache(maxsize=1)
def has_nested() -> bool:
    """Whether this system lets us start such a process within bubblewrap."""
    return _works("bwrap", *BUBBLEWRAP, "--ro-bind", "/", "/", *NESTING, "--dev", "/dev", "unshare", *UNSHARE)


def _works(program, *options):
    """Whether `true` can be started by such a command."""
    if not shutil.which(program):
        return False
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        command = [program, *options, "true"]
        return subprocess.run(command, capture_output=True, timeout=20, stdin=subprocess.DEVNULL).returncode == 0
    return False


@functools.lru_cache(maxsize=1)
def landlock() -> int:
    """The version of this system's Landlock, 0 where it has none."""
    if sys.platform != "linux":
        return 0
    import ctypes

    return max(0, ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, RULESET_VERSION))


def has_landlock() -> bool:
    """Whether this system can hold a process to some folders."""
    return landlock() >= 1


def kind(bubblewrap: bool, namespaces: bool, version: int) -> str:
    """The box that these make, in words; `version`: as `landlock` gives it."""
    parts = ["bubblewrap"] * bubblewrap + ["namespaces"] * namespaces + [f"Landlock ABI {version}"] * (version > 0)
    return " + ".join(parts) or "limits only"


def missing(bubblewrap: bool, namespaces: bool, version: int) -> list[str]:
    """What such a box does not keep an answer from, in words."""
    if bubblewrap or namespaces:
        return []
    if not version:
        return ["your files, those of the whole class among them", "the network", "other processes", "/dev/shm"]
    network = "the network but for TCP" if version >= TCP_SINCE else "the network"
    processes = "looking at other processes" if version >= SCOPES_SINCE else "other processes, to which it can send signals"
    return [network, processes, "sockets that lie in the file system", "modes and times of your files", "/dev/shm"]
