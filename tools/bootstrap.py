"""Makes .venv: finds a Python that MXNet 1.9.1 runs on, installs the versions of constraints.txt and this project.

Standard library only, and written so that Python 2.7 and 3.6 can run it: the first python3 of a machine may be that
old, and should look for a newer one or say what is missing. `make venv` calls it, and `python3 tools/bootstrap.py` does
without make; `--help` lists the options.
"""

from __future__ import print_function

import argparse
import contextlib
import difflib
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys

from find_python import OLDEST, PINNED, Stop, choose, dotted, environment, platform_problem, probe, python_problem

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MXNETS = {"cpu": "mxnet", "cu112": "mxnet-cu112"}
# Their requirements cannot be had as they are written (MXNet: a NumPy without a wheel for Python 3.13; GluonCV: an
# OpenCV that needs a screen): they come without any, and the extras bring those that matter.
ALONE = ["gluoncv"]
EXTRAS = ["class", "explore", "features", "test", "dev"]
INPUTS = ["setup.py", "constraints.txt", os.path.join("tools", "bootstrap.py")]
STAMP, LOG = "bootstrap.json", "bootstrap.log"
# All that a venv of ours can hold at its top, so a folder with nothing else is one that was left half made.
PARTS = {"bin", "lib", "lib64", "include", "share", "etc", "pyvenv.cfg", ".gitignore", STAMP, STAMP + ".part", LOG}

# What pip's output holds when its servers could not be reached, and when the disk was full.
UNREACHABLE = [
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "SSLError",
    "NameResolutionError",
    "Temporary failure in name resolution",
    "Cannot connect to proxy",
    "Connection refused",
    "Network is unreachable",
    "Connection broken",
    "RemoteDisconnected",
]
FULL = ["No space left on device", "Disk quota exceeded"]


def fingerprint():
    """SHA-256 of what decides about the packages: when it changes, .venv is brought up to date."""
    digest = hashlib.sha256()
    for name in INPUTS:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read() + b"\0")
    return digest.hexdigest()


def read_stamp(venv):
    try:
        with open(os.path.join(venv, STAMP)) as file:
            stamp = json.load(file)
        return stamp if isinstance(stamp, dict) else {}
    except (IOError, OSError, ValueError):
        return {}


def write_stamp(venv, **stamp):
    path = os.path.join(venv, STAMP)
    with open(path + ".part", "w") as file:
        json.dump(stamp, file, indent=1, sort_keys=True)
    os.rename(path + ".part", path)


def python_of(venv):
    return os.path.join(venv, "bin", "python")


def installed(venv, distribution):
    pattern = "{0}-*.dist-info".format(distribution.replace("-", "_"))
    return bool(glob.glob(os.path.join(venv, "lib", "python3*", "site-packages", pattern)))


def has_both(venv):
    return all(installed(venv, name) for name in MXNETS.values())


def constrained(name):
    """The requirement `name==version` of constraints.txt."""
    with open(os.path.join(ROOT, "constraints.txt")) as file:
        return [line.strip() for line in file if line.startswith(name + "==")][0]


def known_extras():
    """The extras of setup.py, without those of the wheels of MXNet."""
    with open(os.path.join(ROOT, "setup.py")) as file:
        names = re.findall(r'^    "([a-z0-9-]+)": (?:\[|FEATURES)', file.read(), re.MULTILINE)
    return [name for name in names if name not in MXNETS]


def read_extras(text):
    """The extras that `text` names, such as 'onnx,torch', in the order of their names. Raises Stop for one that is not there."""
    extras, known = set(filter(None, re.split(r"[\s,]+", text))), known_extras()
    for name in sorted(extras - set(known)):
        if name in MXNETS:
            raise Stop("EXTRAS={0}: which wheel of MXNet is installed, MXNET={0} says.".format(name))
        near = difflib.get_close_matches(name, known, 1)
        raise Stop(
            "EXTRAS={0}: setup.py has no such extra{1}: there are {2}.".format(
                name, ", perhaps {0} is meant".format(near[0]) if near else "", ", ".join(known)
            )
        )
    return sorted(extras)


def run_logged(command, log, task):
    """Runs a command with its output in `log`, and on a terminal says what pip is at. Returns (status, output)."""
    lines = []
    shown = sys.stdout.isatty()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), cwd=ROOT
    )
    process.stdin.close()
    try:
        with open(log, "ab") as file:
            file.write(("$ " + " ".join(command) + "\n").encode("utf-8"))
            for raw in iter(process.stdout.readline, b""):
                file.write(raw)
                line = raw.decode("utf-8", "replace").strip()
                lines.append(line)
                if shown and line.split(" ")[0] in ("Collecting", "Downloading", "Installing", "Building", "Using"):
                    print("\r\033[K  {0}: {1}".format(task, line)[:100], end="")
                    sys.stdout.flush()
        return process.wait(), "\n".join(lines)
    finally:
        if process.poll() is None:
            process.terminate()
        process.stdout.close()
        if shown:
            print("\r\033[K", end="")


def pip_problem(output, log):
    """One sentence for a pip run that failed with `output`; `log` is the file that holds all of it."""
    more = "; pip's own words are in {0}.".format(log)
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    if any(mark in output for mark in FULL):
        return "The disk is full: free about 1.5 GB and try again" + more
    if any(mark in output for mark in UNREACHABLE):
        return "pip could not reach its package index: check the network and the proxy, and try again" + more
    for marks in (("No matching distribution found for ", " "), ("Cannot install ", " because these package versions")):
        missing = [line.split(marks[0])[1].split(marks[1])[0] for line in errors if marks[0] in line]
        if missing:
            return (
                "pip found no {0} for this Python and platform in the version of constraints.txt: check the network and "
                "the index that pip uses (python -m pip config list), and try again{1}"
            ).format(missing[0], more)
    last = errors[-1][len("ERROR:") :].strip().rstrip(".") if errors else "it gave no reason"
    return "pip could not install the packages ({0}){1}".format(last[:200], more)


def pip(venv, task, *arguments):
    log = os.path.join(venv, LOG)
    status, output = run_logged([python_of(venv), "-m", "pip"] + list(arguments), log, task)
    if status:
        raise Stop(pip_problem(output, os.path.relpath(log, os.getcwd())))


def empty(folder, keep):
    """Removes all but the file `keep` from the folder, which stays: it may be a link to a larger disk."""
    for name in set(os.listdir(folder)) - {keep}:
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)


def create(venv, found):
    """A fresh venv with pip in the folder `venv`, whatever was there of an earlier one."""
    print("Making {0} with Python {1} ({2}).".format(os.path.relpath(venv), dotted(found["version"]), found["path"]))
    if not os.path.isdir(venv):
        os.makedirs(venv)
    write_stamp(venv, state="installing")
    empty(venv, STAMP)
    status, output = run_logged([found["path"], "-m", "venv", venv], os.path.join(venv, LOG), "venv")
    if status:
        raise Stop(
            "Python {0} could not make a venv in {1} ({2}): on Debian and Ubuntu, sudo apt install "
            "python{3}-venv; elsewhere name another with make PYTHON=/path/to/python.".format(
                dotted(found["version"]),
                venv,
                (output.splitlines() or ["no reason given"])[-1][:200],
                dotted(found["version"][:2]),
            )
        )


def install(venv, mxnet, extras=(), newest=False):
    """Installs the packages and the project, editable.

    mxnet: 'cpu' or 'cu112'; extras: of setup.py, besides those that are always there; newest: today's releases instead of those
    of constraints.txt, as far as the packages' own bounds allow.
    """
    wheel, other = MXNETS[mxnet], [name for key, name in MXNETS.items() if key != mxnet][0]
    which = "today's releases" if newest else "the packages of constraints.txt"
    print("Installing {0} (some 250 MB; one to five minutes).".format(which))
    sys.stdout.flush()
    given = ["install", "--no-input"]
    given += ["--upgrade", "--upgrade-strategy", "eager"] if newest else ["-c", os.path.join(ROOT, "constraints.txt")]
    if installed(venv, other):
        pip(venv, "removing " + other, "uninstall", "--yes", other, wheel)
    pip(venv, "setuptools", *(given + ["setuptools"]))
    pip(venv, wheel, *(given + ["--no-deps"] + [constrained(name) for name in [wheel] + ALONE]))
    # No build isolation: a second environment would ask the index for packages that are not pinned.
    # All extras at once, so that pip weighs MXNet's bound on NumPy against what each of them asks for.
    project = "{0}[{1}]".format(ROOT, ",".join([mxnet] + EXTRAS + [name for name in extras if name not in EXTRAS]))
    pip(venv, "packages", *(given + ["--no-build-isolation", "-e", project]))


def prepare(venv, wanted="", mxnet="", extras=(), newest=False, first=None):
    """Brings the venv up to date, or leaves it alone. Raises Stop.

    wanted: the Python to make it with, else `first` if that fits, else one that is found; mxnet: 'cpu', 'cu112' or '' for what
    it has; extras: what it gets besides those that it has; newest: bring every package to today's release, now.
    """
    if os.path.exists(venv) and not os.path.isdir(venv):
        raise Stop("{0} is not a folder: move it away and try again.".format(venv))
    stamp, interpreter = read_stamp(venv), probe(python_of(venv))
    found = choose(wanted) if wanted else None
    unfit = None
    if interpreter is None or not installed(venv, "pip"):
        unfit = "has no working Python and pip"
    elif platform_problem(interpreter) or python_problem(interpreter):
        unfit = platform_problem(interpreter) or python_problem(interpreter)
    elif found and found["version"] != interpreter["version"]:
        unfit = "is Python {0}".format(dotted(interpreter["version"]))
    # Killed in the middle, or moved: no file in it can be trusted.
    if unfit or stamp.get("state") == "installing" or stamp.get("root", ROOT) != ROOT:
        strange = set(os.listdir(venv)) - PARTS if os.path.isdir(venv) and not stamp else ()
        if not stamp and (strange or interpreter):
            raise Stop("{0} was not made by make and {1}: move it away and try again.".format(venv, unfit))
        create(venv, found or choose(first=first))
    elif stamp.get("state") == "ready" and stamp.get("inputs") == fingerprint():
        same = mxnet in ("", stamp.get("mxnet")) and set(extras) <= set(stamp.get("extras", []))
        if same and not newest and not (mxnet and has_both(venv)):
            return
    version = probe(python_of(venv))["version"]
    newest = newest or bool(stamp.get("newest"))
    unpinned = tuple(version[:2]) > PINNED
    if unpinned and not newest:
        print(
            "constraints.txt is for Python {0} to {1}, this is {2}: today's releases of all packages are installed, with which "
            "the tests have not been run.".format(dotted(OLDEST), dotted(PINNED), dotted(version))
        )
    stamp = dict(
        inputs=fingerprint(),
        root=ROOT,
        mxnet=mxnet or stamp.get("mxnet") or "cpu",
        extras=sorted(set(extras) | set(stamp.get("extras", []))),
        newest=newest,
    )
    write_stamp(venv, state="installing", **stamp)
    try:
        install(venv, stamp["mxnet"], stamp["extras"], newest or unpinned)
    except Stop:
        write_stamp(venv, state="failed", **stamp)
        raise
    write_stamp(venv, state="ready", **stamp)


@contextlib.contextmanager
def locked():
    """Makes a second make in this checkout wait for the first."""
    import fcntl

    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (IOError, OSError):
            print("Waiting for another make in {0}.".format(ROOT))
            sys.stdout.flush()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Makes or updates the virtual environment of this project.")
    parser.add_argument("--venv", default=os.path.join(ROOT, ".venv"), help="its folder (default: .venv)")
    parser.add_argument("--python", help="the Python to make it with (default: this one if it fits, else look for one)")
    parser.add_argument("--mxnet", default="", choices=["", "cpu", "cu112"], help="which wheel (default: cpu)")
    parser.add_argument("--extras", default="", help="what else to install, such as exercises,onnx (extras of setup.py)")
    parser.add_argument("--newest", action="store_true", help="today's releases instead of those of constraints.txt")
    chosen = parser.parse_args(arguments)
    venv = os.path.abspath(chosen.venv)
    try:
        if os.name == "nt":
            raise Stop(platform_problem(dict(system="win32", machine="")))
        extras = read_extras(chosen.extras)
        with locked():
            first = sys.executable if chosen.python is None else None
            prepare(venv, (chosen.python or "").strip(), chosen.mxnet, extras, chosen.newest, first)
        if has_both(venv):
            raise Stop(
                "{0} holds both mxnet and mxnet-cu112, which overwrite each other's files: run make venv "
                "MXNET=cpu or make venv MXNET=cu112 to keep one.".format(os.path.relpath(venv))
            )
    except Stop as problem:
        print("bootstrap: {0}".format(problem), file=sys.stderr)
        return 1
    except (IOError, OSError) as problem:
        print(
            "bootstrap: {0} could not be made ({1}): check that the folder can be written.".format(venv, problem), file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        print("\nbootstrap: interrupted; run it again to make {0} anew.".format(os.path.relpath(venv)), file=sys.stderr)
        return 130
    if chosen.python is None:
        print("Ready: source {0}/bin/activate, then gluon-alexnet train.".format(os.path.relpath(venv)))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
