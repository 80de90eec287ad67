"""What this process may use of the CPU: how many cores, which instructions, and AMX."""

from __future__ import annotations

import math
import os
import platform
import sys
from collections.abc import Callable, Set
from itertools import takewhile
from pathlib import Path, PurePosixPath

ISA_VARIABLE = "DNNL_MAX_CPU_ISA"
# What that variable may name in oneDNN 2.4, weakest first, and the flag of /proc/cpuinfo that shows it. Its default,
# ALL, leaves AMX off: https://oneapi-src.github.io/oneDNN/v2.4/dev_guide_cpu_dispatcher_control.html
ISAS = {
    "SSE41": "sse4_1",
    "AVX": "avx",
    "AVX2": "avx2",
    "AVX2_VNNI": "avx_vnni",
    "AVX512_MIC": "avx512er",
    "AVX512_MIC_4OPS": "avx512_4fmaps",
    "AVX512_CORE": "avx512dq",
    "AVX512_CORE_VNNI": "avx512_vnni",
    "AVX512_CORE_BF16": "avx512_bf16",
    "AVX512_CORE_AMX": "amx_bf16",
}
AMX_ISA = "AVX512_CORE_AMX"
AMX_FLAGS = {"amx_bf16", "amx_tile"}
# arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA): https://docs.kernel.org/arch/x86/xstate.html
AMX_REQUEST = 158, 0x1023, 18


def read(path: str | Path) -> str:
    """The text of a file of the kernel's, or "" where there is none."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def read_cpuinfo(path: str = "/proc/cpuinfo") -> str:
    """The part of /proc/cpuinfo about the first processor, or "" where there is none."""
    try:
        # The kernel makes the text as it is read, and for hundreds of processors that takes longer than our import.
        with open(path) as lines:
            return "".join(takewhile(str.strip, lines))
    except OSError:
        return ""


def cpu_flags(cpuinfo: str) -> tuple[str, set[str]]:
    """(vendor, set of flags) out of the text of /proc/cpuinfo; ("", empty set) where it has none."""
    fields: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return fields.get("vendor_id", ""), set(fields.get("flags", "").split())


def model_name() -> str:
    """The processor's name as Linux gives it, or as much as Python knows."""
    for line in read_cpuinfo().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def read_quota(folder: Path) -> float | None:
    """CPUs that the cgroup in `folder` allows (a float), by version 2's file or version 1's; None for no limit."""
    quota, _, period = read(folder / "cpu.max").strip().partition(" ")
    if not quota:
        quota, period = (read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    limited = quota.isdigit() and period.isdigit() and int(period) > 0
    return int(quota) / int(period) if limited else None


def cgroup_folders(root: str | Path = "/") -> list[Path]:
    """The folders of the cgroups that limit this process's CPU time, each with all its parents.

    root: where the file system starts, for tests. See man 7 cgroups and, for mountinfo, man 5 proc.
    """
    groups = [line.split(":", 2) for line in read(Path(root, "proc/self/cgroup")).splitlines()]
    folders = []
    for line in read(Path(root, "proc/self/mountinfo")).splitlines():
        left, _, right = line.partition(" - ")
        mount_root, mount_point = left.split()[3:5]
        kind, _, options = right.split()[:3]
        for _, controllers, group in groups:
            version_2 = kind == "cgroup2" and not controllers
            version_1 = kind == "cgroup" and "cpu" in controllers.split(",") and "cpu" in options.split(",")
            if version_1 or version_2:
                path = PurePosixPath(group)
                # In a container the path may be the host's, which the mount's root then starts as well or not at all.
                below = path.relative_to(mount_root) if path.is_relative_to(mount_root) else PurePosixPath()
                folders += [Path(root, mount_point.lstrip("/"), part) for part in (below, *below.parents)]
    return folders


def count_threads(root: str | Path = "/") -> tuple[int, str]:
    """(threads, reason): the cores that this process may really use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        cores, reason = len(os.sched_getaffinity(0)), "the CPUs that this process may run on"
    else:
        cores, reason = os.cpu_count() or 1, "the CPUs of this machine"
    quota = min(filter(None, map(read_quota, cgroup_folders(root))), default=None)
    if quota is not None and math.ceil(quota) < cores:
        return math.ceil(quota), f"this control group may use {quota:g} CPUs"
    return cores, reason


def request_amx(syscall: Callable[..., int] | None = None) -> bool:
    """Ask Linux for AMX's tile registers, for this process and those forked from it; True when it grants them."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return False
    if syscall is None:
        import ctypes

        syscall = ctypes.CDLL(None).syscall
    return syscall(*AMX_REQUEST) == 0


def choose_amx(flags: Set[str], cap: str | None, late: bool, syscall: Callable[..., int] | None = None) -> tuple[bool, str]:
    """(amx, reason): asks for AMX where `flags` has it, the user's `cap` allows it and MXNet does not run yet."""
    if not AMX_FLAGS <= flags:
        return False, "this CPU has no AMX"
    if late:
        return False, "MXNet was loaded before gluon_alexnet: import gluon_alexnet first"
    if cap not in (None, AMX_ISA):
        return False, f"{ISA_VARIABLE}={cap} leaves it off: unset {ISA_VARIABLE}"
    if not request_amx(syscall):
        return False, "the kernel did not grant it: Linux 5.16 or later does, unless a sandbox forbids it"
    return True, "granted by the kernel"


def choose_bfloat16(vendor: str, flags: Set[str], cap: str | None, amx: bool) -> tuple[bool, str]:
    """(native, reason): whether bfloat16 convolutions are faster than float32 ones on this CPU."""
    if amx:
        return True, "AMX multiplies bfloat16"
    if "avx512_bf16" not in flags:
        return False, "this CPU has neither AMX nor avx512_bf16"
    if vendor != "AuthenticAMD":
        return False, "without AMX, bfloat16 is slower than float32 on this CPU"
    if cap in ISAS and list(ISAS).index(cap) < list(ISAS).index("AVX512_CORE_BF16"):
        return False, f"{ISA_VARIABLE}={cap} leaves it off: unset {ISA_VARIABLE}"
    return True, "avx512_bf16 on an AMD CPU multiplies bfloat16"


def strongest_isa(flags: Set[str], cap: str | None, amx: bool) -> str | None:
    """oneDNN's name for the strongest instructions that it will use, or None where they are not known."""
    usable = None
    for isa, flag in ISAS.items():
        if flag in flags and (amx or isa != AMX_ISA):
            usable = isa
        if isa == cap:
            break
    return usable


def computes_bfloat16(isa: str | None) -> bool:
    """Whether oneDNN 2.4 has convolutions in bfloat16, fast or slow, for `isa` (as from strongest_isa; None: it may)."""
    return isa is None or list(ISAS).index(isa) >= list(ISAS).index("AVX512_CORE")
