"""What of this machine MXNet can use, what is switched on, and why anything is off."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import shutil
import sys
import textwrap
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import boxes, cuda_libraries, devices, mxnet_import, runtime, threads

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

TESTED_PYTHONS = (3, 10), (3, 13)
# All have the folder cv2; the first is the one that needs no screen.
OPENCVS = "opencv-python-headless", "opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"
# AlexNet with momentum is 0.4 GB; `last` and `best` are kept, and each is written beside the old one.
DISK_BYTES = 1.5e9
# For so many seconds, at least, it is looked how busy the machine is; with so many CPUs used by others, it is busy.
LOOKED, BUSY = 0.3, 0.3


@dataclass(frozen=True)
class Finding:
    """One thing looked at. state: 'ok', 'on', 'off' (training runs without it) or 'missing' (training cannot run).

    found: what there is; reason: why it is in that state; mend: what to do about it; both may be ''.
    """

    what: str
    found: str
    state: str
    reason: str = ""
    mend: str = ""


def diagnose(data: PathLike | None = None) -> list[Finding]:
    """All findings, as a list of Finding. Imports MXNet, downloads nothing. data: a folder as given to `--data`."""
    load, began = threads.Load(), time.monotonic()
    mxnet, failure = _import()
    # In less time the kernel's ticks tell too little.
    time.sleep(max(0.0, began + LOOKED - time.monotonic()))
    room, others = load.room()
    return [
        _python(),
        _platform(),
        _numpy(),
        _wheel(mxnet),
        _mxnet(mxnet, failure),
        _gluoncv(),
        _opencv(),
        *_cpu(runtime.setup()),
        _others(room, others, load.cpus),
        *_gpus(mxnet),
        _data(data),
        _disk(),
        _box(),
    ]


def can_train(findings: Iterable[Finding]) -> bool:
    """Whether nothing that training needs is missing."""
    return all(finding.state != "missing" for finding in findings)


def _import():
    try:
        return runtime.load_mxnet(), ""
    except UserError as error:
        return None, str(error)


def _python():
    found = f"{platform.python_version()} at {sys.executable}"
    if TESTED_PYTHONS[0] <= sys.version_info[:2] <= TESTED_PYTHONS[1]:
        return Finding("Python", found, "ok")
    return Finding("Python", found, "off", "the tests are run on Python 3.10 to 3.13", "use one of those if anything fails")


def _platform():
    found = f"{platform.system()} {platform.release()} on {platform.machine()}"
    problem = mxnet_import.no_build()
    if problem is None:
        return Finding("Platform", found, "ok")
    return Finding("Platform", found, "missing", *_sentence(problem))


def _numpy():
    try:
        import numpy
    except ImportError:
        return Finding("NumPy", "not installed", "missing", mend=mxnet_import.pip("install numpy"))
    return Finding("NumPy", numpy.__version__, "ok")


def _wheel(mxnet):
    wheels = cuda_libraries.installed_wheels()
    found = ", ".join(f"{name} {version}" for name, version in wheels.items()) or "none"
    problem = mxnet_import.both_wheels(wheels)
    if problem:
        return Finding("MXNet wheel", found, "off" if mxnet else "missing", *_sentence(problem))
    if wheels or mxnet:
        return Finding("MXNet wheel", found, "ok", "" if wheels else "MXNet was perhaps built from source")
    return Finding("MXNet wheel", found, "missing", mend=mxnet_import.how_to_install())


def _mxnet(mxnet, failure):
    if mxnet is None:
        return Finding("MXNet", "does not import", "missing", *_sentence(failure))
    return Finding("MXNet", f"{mxnet.__version__} at {os.path.dirname(mxnet.__file__)}", "ok")


def _gluoncv():
    version = _versions("gluoncv").get("gluoncv")
    if version:
        return Finding("GluonCV", version, "ok")
    # Its learning-rate schedules are used by every recipe but the chapter's.
    return Finding("GluonCV", "not installed", "missing", mend=mxnet_import.pip(f"install {mxnet_import.GLUONCV}"))


def _opencv():
    found, install = _versions(*OPENCVS), mxnet_import.pip(f"install {OPENCVS[0]}")
    text = ", ".join(f"{name} {version}" for name, version in found.items())
    if len(found) > 1:
        remove = mxnet_import.pip("uninstall " + " ".join(found))
        return Finding("OpenCV", text, "off", "they overwrite each other's files", f"{remove}, then {install}")
    if found:
        return Finding("OpenCV", text, "ok")
    return Finding("OpenCV", "not installed", "off", "MXNet resizes pictures instead, slower", install)


def _versions(*names):
    """{name: version} of those distributions that are installed in this Python."""
    found = {}
    for name in names:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _cpu(setup):
    """The findings about threads and instructions."""
    late = "import gluon_alexnet before mxnet" if setup.lost else ""
    threads = f"{setup.threads} of {os.cpu_count()} CPUs"
    yield Finding("Threads", threads, "off" if setup.lost else "ok", setup.threads_reason, late)
    unknown = "the CPU does not say (no /proc/cpuinfo for x86)"
    yield Finding("Instructions", setup.isa or "unknown", "ok", "" if setup.isa else unknown)
    for what, on, reason in (
        ("AMX", setup.amx, setup.amx_reason),
        ("bfloat16", setup.native_bfloat16, setup.bfloat16_reason),
    ):
        yield Finding(what, "", "on" if on else "off", *_sentence(reason))


def _others(room, others, cpus):
    """The finding about other programs: room, others as from Load.room; cpus: how many there are."""
    if others is None:
        return Finding("Other programs", "not known", "ok", "this system does not tell how busy it is")
    found = f"they use {others:.1f} of {cpus} CPUs"
    if room > cpus - BUSY:
        return Finding("Other programs", found, "ok")
    reason = f"training has {room:.1f} CPUs to itself, and takes fewer threads"
    return Finding("Other programs", found, "off", reason, "end what you can spare")


def _gpus(mxnet):
    """The findings about GPUs, at least one."""
    found, why_none = devices.find_gpus()
    if not found:
        return [Finding("GPU", "none", "off", why_none)]
    count = devices.count_gpus() if mxnet else 0
    findings = []
    for gpu in found:
        text = f"{gpu.name}, {gpu.arch}, {gpu.memory_bytes / 2**30:.0f} GiB, driver {gpu.driver}"
        problem = devices.obstacle(gpu, count)
        precision = "float16 on tensor cores" if devices.has_tensor_cores(gpu) else "float32"
        state = ("off", *_sentence(problem)) if problem else ("on", f"computes in {precision}")
        findings.append(Finding(f"GPU {gpu.index}", text, *state))
    return findings


def _data(data):
    try:
        from gluon_alexnet.data import files
    except ImportError as error:
        return Finding("Fashion-MNIST", "not looked for", "off", f"the package {error.name} is not installed")
    try:
        folder, reason = files.find(data, download=False)
        if folder is not None:
            # `find` leaves the content of a folder that was named to those who read it.
            for split in files.FILES:
                files.load_split(split, data, download=False)
    except UserError as error:
        return Finding("Fashion-MNIST", "not usable", "missing", *_sentence(str(error)))
    if reason.endswith("asks for it"):
        return Finding("Fashion-MNIST", "not used", "off", reason, "leave that out for the real data")
    if folder is not None:
        return Finding("Fashion-MNIST", f"real data in {folder}", "ok")
    mend = "training will download it, or else use drawn stand-in pictures; --data names a folder that has it"
    if os.environ.get("GLUON_ALEXNET_OFFLINE", "0") not in ("", "0"):
        mend = "$GLUON_ALEXNET_OFFLINE forbids the download: unset it, or name a folder that has it by --data"
    return Finding("Fashion-MNIST", "not here yet", "off", reason.removesuffix(" and the network is switched off"), mend)


def _disk():
    free = shutil.disk_usage(os.curdir).free
    found = f"{free / 1e9:.1f} GB free in {os.getcwd()}"
    if free >= DISK_BYTES:
        return Finding("Disk", found, "ok")
    return Finding(
        "Disk",
        found,
        "off",
        f"checkpoints of AlexNet take up to {DISK_BYTES / 1e9} GB",
        "free some, or choose another folder with --out",
    )


def _box():
    """The finding about the box that answers to the exercises are graded in."""
    has = boxes.has_bubblewrap(), boxes.has_namespaces(), boxes.landlock()
    found = boxes.kind(*has)
    if not boxes.missing(*has):
        return Finding("Box for grading", found, "ok", "" if has[0] else "bubblewrap would be another wall around it")
    reason = f"an answer is not kept from {', '.join(boxes.missing(*has))}"
    mend = boxes.MEND if not shutil.which("bwrap") else "allow user namespaces, or grade on another machine"
    return Finding("Box for grading", found, "off", reason, mend)


def _sentence(text):
    """(reason, mend) of a sentence 'reason: mend.'; a sentence without a colon is all reason."""
    reason, colon, mend = text.rstrip(".").rpartition(": ")
    return (reason, mend) if colon else (mend, "")


def format_findings(findings: Sequence[Finding], width: int = 100) -> str:
    """The findings as aligned lines of text, no wider than `width` where words allow."""
    column = 2 + max(len(finding.what) for finding in findings)
    lines = []
    for finding in findings:
        text = "; ".join(filter(None, (finding.found, finding.reason)))
        start = f"{finding.state:<9}{finding.what:<{column}}"
        indent = " " * len(start)
        options: dict[str, Any] = {
            "width": width,
            "break_long_words": False,
            "break_on_hyphens": False,
            "subsequent_indent": indent,
        }
        lines += textwrap.wrap(text, initial_indent=start, **options) or [start.rstrip()]
        if finding.mend:
            options["subsequent_indent"] += "   "
            lines += textwrap.wrap(finding.mend, initial_indent=f"{indent}-> ", **options)
    return "\n".join(lines)


def main(data: PathLike | None = None) -> int:
    """Print the findings; returns the exit code: 0 when training can run, else 1."""
    findings = diagnose(data)
    print(format_findings(findings, shutil.get_terminal_size((100, 24)).columns))
    missing = [finding.what for finding in findings if finding.state == "missing"]
    print()
    print(f"Training cannot run before this is mended: {', '.join(missing)}." if missing else "Training can run.")
    return 0 if can_train(findings) else 1
