"""Which processors to compute on, and whether this MXNet can drive them."""

from __future__ import annotations

import ctypes
import math
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import DeviceError
from gluon_alexnet.machine import mxnet_import, runtime

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Device

# What cuobjdump lists in mxnet-cu112 1.9.1's libmxnet.so: machine code for these and no PTX to compile for others.
MXNET_CU112_ARCHS = ("sm_50", "sm_60", "sm_70", "sm_80", "sm_86")
# The oldest driver for any CUDA 11: https://docs.nvidia.com/deploy/cuda-compatibility/
OLDEST_DRIVER = 450
FORMS = "say auto, cpu, gpu, or a list such as gpu0,gpu1"

told: set[str] = set()


@dataclass(frozen=True)
class GPU:
    """An NVIDIA GPU: MXNet's `mx.gpu(index)`; arch such as 'sm_90'; the driver's version; memory in bytes."""

    index: int
    name: str
    arch: str
    driver: str
    memory_bytes: int


class NVMLError(Exception):
    """A function of NVIDIA's management library failed; str(error) names it."""


class Memory(ctypes.Structure):
    """nvmlMemory_t, in bytes."""

    _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]


def gpus(library: Any = None) -> list[GPU]:
    """The NVIDIA GPUs that CUDA programs started here may use, as a list of GPU; needs the driver but no framework.

    Obeys $CUDA_VISIBLE_DEVICES. library: stands for the driver's libnvidia-ml.so.1 in tests.
    """
    return find_gpus(library)[0]


def find_gpus(library: Any = None) -> tuple[list[GPU], str]:
    """(list of GPU, why there are none or '')."""
    try:
        library = library or ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return [], "NVIDIA's driver is not installed"
    try:
        with nvml(library) as call:
            found = [_describe(call, index) for index in range(_integers(call, "nvmlDeviceGetCount_v2")[0])]
    except NVMLError as error:
        return [], f"NVIDIA's driver does not answer ({error})"
    visible = visible_devices(os.environ.get("CUDA_VISIBLE_DEVICES"), [uuid for uuid, _ in found])
    kept = [GPU(place, *found[index][1]) for place, index in enumerate(visible)]
    return kept, "" if kept else "CUDA_VISIBLE_DEVICES hides it" if found else "the driver knows of none"


@contextmanager
def nvml(library: Any) -> Iterator[Callable[..., None]]:
    """A function that calls NVML's functions by name and raises NVMLError when one fails."""

    def call(name, *arguments):
        code = getattr(library, name)(*arguments)
        if code:
            raise NVMLError(f"{name} returned {code}")

    call("nvmlInit_v2")
    try:
        yield call
    finally:
        library.nvmlShutdown()


def _integers(call, name, *arguments, count=1):
    results = [ctypes.c_int() for _ in range(count)]
    call(name, *arguments, *map(ctypes.byref, results))
    return [result.value for result in results]


def _text(call, name, *arguments):
    buffer = ctypes.create_string_buffer(96)
    call(name, *arguments, buffer, ctypes.c_uint(len(buffer)))
    return buffer.value.decode(errors="replace")


def _describe(call, index):
    """(uuid, (name, arch, driver, memory_bytes)) of the driver's GPU number `index`."""
    handle, memory = ctypes.c_void_p(), Memory()
    call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(handle))
    call("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(memory))
    major, minor = _integers(call, "nvmlDeviceGetCudaComputeCapability", handle, count=2)
    name, driver = _text(call, "nvmlDeviceGetName", handle), _text(call, "nvmlSystemGetDriverVersion")
    return _text(call, "nvmlDeviceGetUUID", handle), (name, f"sm_{major}{minor}", driver, memory.total)


def visible_devices(setting: str | None, uuids: Sequence[str]) -> list[int]:
    """The driver's GPU numbers in CUDA's order, under $CUDA_VISIBLE_DEVICES = `setting` (None: not set).

    uuids: the driver's, in its order. CUDA reads the list up to the first entry that names no GPU (CUDA C++ Programming
    Guide, environment variables).
    """
    if setting is None:
        return list(range(len(uuids)))
    visible = []
    for entry in map(str.strip, setting.split(",")):
        if entry.isdigit() and int(entry) < len(uuids):
            visible.append(int(entry))
            continue
        matches = [index for index, uuid in enumerate(uuids) if entry.startswith("GPU-") and uuid.startswith(entry)]
        if len(matches) != 1:
            break
        visible += matches
    return visible


def capability(arch: str) -> tuple[int, int]:
    """(major, minor) of an architecture: 'sm_86' is (8, 6)."""
    return divmod(int(arch.removeprefix("sm_")), 10)


def unsupported(gpu: GPU) -> str | None:
    """The sentence that says why mxnet-cu112 cannot compute on this GPU, or None when it can."""
    major, minor = capability(gpu.arch)
    # Machine code runs on GPUs of the same major version and an equal or higher minor one.
    minors = [arch[1] for arch in map(capability, MXNET_CU112_ARCHS) if arch[0] == major]
    if minor < min(minors, default=math.inf):
        return (
            f"mxnet-cu112 {mxnet_import.VERSION} has no machine code for {gpu.name} ({gpu.arch}), only for sm_50 to "
            "sm_89: compute on the CPU (--device cpu)"
        )
    if gpu.driver.split(".")[0].isdigit() and int(gpu.driver.split(".")[0]) < OLDEST_DRIVER:
        return f"the driver {gpu.driver} of {gpu.name} is too old for CUDA 11: install {OLDEST_DRIVER}.80 or later"
    return None


def has_tensor_cores(gpu: GPU) -> bool:
    """Whether the GPU multiplies float16 matrices in hardware: Volta (sm_70) and later."""
    return capability(gpu.arch) >= (7, 0)


def named(device: Device) -> str | None:
    """An mx.Context, or a list of them, in the words of `resolve`; others as they are."""
    if device is None or isinstance(device, str):
        return device
    contexts = device if isinstance(device, (list, tuple)) else [device]
    return ",".join(f"{context.device_type}{context.device_id}" for context in contexts)


def parse(device: str | None) -> Sequence[tuple[str, int | None]]:
    """'gpu0,gpu1' as [('gpu', 0), ('gpu', 1)], 'gpu' as [('gpu', None)], None and 'auto' as []; raises DeviceError."""
    if device is None or device.strip().lower() == "auto":
        return []
    matches = [re.fullmatch(r"(cpu|gpu)(\d{0,4})", part.strip().lower()) for part in device.split(",")]
    if not all(matches):
        raise DeviceError(f"no device is called {device!r}: {FORMS}.")
    asked = [(match[1], int(match[2]) if match[2] else None) for match in matches if match]
    numbered = [(kind, number or 0) for kind, number in asked]
    if len({kind for kind, _ in asked}) > 1:
        raise DeviceError(f"{device!r} mixes CPU and GPU, which compute at very different speeds: {FORMS}.")
    if len(set(numbered)) < len(asked):
        raise DeviceError(f"{device!r} names a device twice: {FORMS}.")
    return asked if len(asked) == 1 else numbered


def obstacle(gpu: GPU, count: float) -> str | None:
    """Why this MXNet, which sees `count` GPUs, cannot compute on `gpu`, or None."""
    reason = unsupported(gpu)
    if reason is None and count == 0:
        return (
            f"this MXNet computes on the CPU only and leaves {gpu.name} idle: to use it, "
            f"{mxnet_import.pip('uninstall mxnet')}, then {mxnet_import.pip(mxnet_import.EXTRA)}"
        )
    return reason


def choose(
    device: str | None, find: Callable[[], tuple[list[GPU], str]], count: Callable[[], float]
) -> tuple[list[tuple[str, int]], str | None]:
    """([(kind, number), ...], notice): what `resolve` computes on, and what a person should know about it, or None.

    find: returns (list of GPU, why none); count: returns how many GPUs MXNet sees. Neither is called for a CPU.
    """
    asked = parse(device)
    if asked and asked[0][0] == "cpu":
        return [("cpu", number or 0) for _, number in asked], None
    found, why_none = find()
    seen = count() if found else 0
    obstacles = {gpu.index: obstacle(gpu, seen) for gpu in found}
    usable = [("gpu", index) for index, reason in obstacles.items() if reason is None and index < seen]
    if not asked:
        if usable:
            return usable[:1], None
        return [("cpu", 0)], next(filter(None, obstacles.values()), None)
    if not found:
        raise DeviceError(f"--device {device}: there is no GPU to compute on, since {why_none}: use --device cpu.")
    if asked == [("gpu", None)] and usable:
        return usable[:1], None
    for _, number in asked:
        number = number or 0
        if number not in obstacles:
            raise DeviceError(
                f"--device {device}: there is no gpu{number}, only {', '.join(f'gpu{index}' for index in obstacles)}."
            )
        if ("gpu", number) not in usable:
            raise DeviceError(f"--device {device}: {obstacles[number] or f'MXNet sees only {seen} GPUs'}.")
    return [("gpu", number or 0) for _, number in asked], None


def count_gpus() -> int:
    """How many GPUs MXNet sees: 0 for its CPU build."""
    mx = runtime.load_mxnet()
    try:
        return mx.context.num_gpus()
    except mx.base.MXNetError:
        return 0


def tell_once(notice: str) -> None:
    """Says on stderr why it is the CPU that computes."""
    if notice not in told:
        told.add(notice)
        print(f"Computing on the CPU: {notice}.", file=sys.stderr)


def resolve(device: Device = None) -> list[mx.Context]:
    """The devices to compute on, as a list of `mx.Context`.

    device: 'auto' or None (the first GPU that this MXNet can drive, else the CPU, and then a line on stderr says why,
    once), 'cpu', 'gpu' (the first that can be driven), 'gpu0,gpu1', or 'cpu0,cpu1' (one CPU taken for several devices);
    also an mx.Context, or a list of them.
    Raises DeviceError when that is no such list, or when a GPU is asked for that cannot be used.
    """
    chosen, notice = choose(named(device), find_gpus, count_gpus)
    if notice:
        tell_once(notice)
    mx = runtime.load_mxnet()
    return [mx.Context(kind, number) for kind, number in chosen]
