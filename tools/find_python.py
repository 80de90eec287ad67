"""Finds a Python that MXNet 1.9.1 runs on, by running candidates: a name on the PATH may be a shim that leads nowhere.

Standard library only, and written so that Python 2.7 and 3.6 can run it: see bootstrap.py.
"""

import glob
import json
import os
import subprocess
import sys
import threading

# The versions of constraints.txt are for Python up to PINNED; the newest releases of all packages are there up to NEWEST.
OLDEST, PINNED, NEWEST = (3, 10), (3, 13), (3, 15)
NAMES = ["python3.11", "python3.12", "python3.10", "python3.13", "python3", "python"]
FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "~/miniconda3/bin", "~/anaconda3/bin"]
MANAGED = ["$PYENV_ROOT/versions/*/bin", "~/.pyenv/versions/*/bin", "~/.local/share/uv/python/*/bin"]

# Printed by a candidate about itself, so it must run on any Python. The path is the one behind a venv: an activated
# .venv is on the PATH too, and about to be deleted.
PROBE = r"""
import json, os, platform, struct, sys, sysconfig
try:
    import ensurepip, venv
    pip = bool(ensurepip.version())
except Exception:
    pip = False
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
except Exception:
    libc = ""
print(json.dumps(dict(version=list(sys.version_info[:3]), kind=platform.python_implementation(), system=sys.platform,
    machine=platform.machine(), bits=struct.calcsize("P") * 8, libc=libc, pip=pip,
    path=getattr(sys, "_base_executable", None) or sys.executable,
    free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")))))
"""


class Stop(Exception):
    """One sentence for a person: what, where, and how to mend it."""


def environment():
    """The environment without what would send an interpreter or pip to packages outside the new venv."""
    lost = ["PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"]
    env = {name: value for name, value in os.environ.items() if name not in lost}
    env["PIP_USER"] = "0"
    return env


def probe(command):
    """What the interpreter `command` says about itself (a dict), or None when it does not run."""
    try:
        process = subprocess.Popen(
            [command, "-c", PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
    except (OSError, ValueError):
        return None
    timer = threading.Timer(30, process.kill)
    timer.start()
    try:
        output = process.communicate()[0]
    finally:
        timer.cancel()
    try:
        found = json.loads(output.decode("utf-8", "replace").strip().splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return found if process.returncode == 0 and isinstance(found, dict) else None


def dotted(version):
    return ".".join(str(part) for part in version)


def platform_problem(found):
    """Why MXNet 1.9.1 has no wheel for this interpreter's platform, as a sentence, or None."""
    system, machine = found["system"], found["machine"].lower()
    if system.startswith("linux"):
        if machine not in ("x86_64", "amd64", "aarch64", "arm64"):
            where = "Linux on " + machine
        elif not found["libc"].startswith("glibc") and found["version"][0] > 2:  # Python 2 cannot tell
            where = "Linux without glibc (musl, as in Alpine)"
        else:
            return None
    elif system == "darwin":
        if machine in ("x86_64", "amd64"):
            return None
        where = "Apple Silicon"
    else:
        where = "Windows" if system in ("win32", "cygwin", "msys") else system
    choices = {
        "Windows": "WSL2, Docker (image python:3.11) or Google Colab",
        "Apple Silicon": "Docker (image python:3.11) or Google Colab",
    }
    return "MXNet 1.9.1 has no wheel for {0}: run this in {1}.".format(
        where, choices.get(where, "Docker (image python:3.11) on x86-64 or aarch64, or in Google Colab")
    )


def python_problem(found):
    """Why this interpreter (on a platform that has wheels) cannot be used, as the end of a sentence, or None."""
    version = dotted(found["version"])
    if found["kind"] != "CPython" or found["bits"] != 64 or found["free_threaded"]:
        return "is Python {0}, but not a 64-bit CPython with the GIL".format(version)
    if not OLDEST <= tuple(found["version"][:2]) <= NEWEST:
        return "is Python {0}".format(version)
    if not found["pip"]:
        return "is Python {0}, but cannot make venvs (on Debian and Ubuntu: sudo apt install python{1}-venv)".format(
            version, dotted(found["version"][:2])
        )
    return None


def candidates():
    """Commands that may be a Python, likely ones first; whether they run is for `probe` to say."""
    for name in NAMES:
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            yield os.path.join(folder, name)
    patterns = [os.path.expanduser(os.path.expandvars(pattern)) for pattern in MANAGED]
    managed = [folder for pattern in patterns for folder in sorted(glob.glob(pattern))]
    for name in NAMES:
        for folder in FOLDERS + managed:
            yield os.path.join(os.path.expanduser(folder), name)
    yield sys.executable


def choose(wanted="", first=None):
    """The probe of the Python to use: `wanted` (a command or path), or the first that fits: `first`, then others. Raises Stop.

    One that constraints.txt is not for is taken where there is no other.
    """
    need = "Python {0} to {1}".format(dotted(OLDEST), dotted(PINNED))
    if wanted:
        found = probe(os.path.expanduser(wanted))
        problem = "does not run" if found is None else platform_problem(found) or python_problem(found)
        if problem and problem.endswith("."):
            raise Stop(problem)
        if problem:
            raise Stop(
                "PYTHON={0} {1}: name a {2} that works, or leave PYTHON out to have one looked for.".format(wanted, problem, need)
            )
        return found
    seen, refused, platforms, unpinned = set(), [], [], None
    for path in ([first] if first else []) + list(candidates()):
        if path in seen or not os.path.exists(path):
            continue
        seen.add(path)
        found = probe(path)
        if found is None:
            continue
        if platform_problem(found):
            platforms.append(platform_problem(found))
            continue
        problem = python_problem(found)
        if problem is None and tuple(found["version"][:2]) <= PINNED:
            return found
        if problem is None:
            unpinned = unpinned or found
        elif not any(line.endswith(problem) for line in refused):
            refused.append("{0} {1}".format(path, problem))
    if unpinned:
        return unpinned
    if platforms and not refused:
        raise Stop(platforms[0])
    raise Stop(
        "No {0} was found ({1}): install one (Debian, Ubuntu: sudo apt install python3 python3-venv; "
        "elsewhere: pyenv install 3.11) or name it with make PYTHON=/path/to/python.".format(
            need, "; ".join(refused) or "nothing called python runs"
        )
    )
