"""Sets the process up before MXNet loads: threads, AMX, CUDA libraries, NumPy names.

`prepare()` runs when the package is imported and imports neither NumPy nor MXNet. What has to wait for MXNet is done by
a finder (mxnet_import.py) when somebody imports it, so that a plain `import mxnet` after `import gluon_alexnet` works.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass

from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import cpu, mxnet_import
from gluon_alexnet.machine.cpu import read

# What programs that check types take it for; typing itself is not imported here, so that the package is loaded quickly.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Setup", "load_mxnet", "prepare", "read", "setup"]


@dataclass(frozen=True)
class Setup:
    """What this process was set up with.

    threads: OpenMP threads that MXNet computes with, at most where the user did not choose them (threads_chosen); isa: oneDNN's
    name for the strongest instructions it will use, or None where that is not known; amx: AMX is on; native_bfloat16: bfloat16
    convolutions are faster than float32 ones; each with its reason. lost: what MXNet cannot have any more because it was loaded
    first, a clause each.
    """

    threads: int
    threads_reason: str
    isa: str | None
    amx: bool
    amx_reason: str
    native_bfloat16: bool
    bfloat16_reason: str
    lost: tuple[str, ...] = ()
    threads_chosen: bool = False


# Names the number of threads that we put into OMP_NUM_THREADS.
OUR_CHOICE = "GLUON_ALEXNET_THREADS"

prepared = None
isa_is_ours = False
lock = threading.RLock()
# NumPy mode is switched on for one thread at a time, so each thread notes for itself that it has MXNet ready.
ready = threading.local()


def set_up(
    environ: MutableMapping[str, str],
    cpuinfo: str,
    threads: tuple[int, str],
    late: bool = False,
    syscall: Callable[..., int] | None = None,
) -> Setup:
    """Set `environ` and this process up as `prepare` does; returns the Setup.

    cpuinfo: text of /proc/cpuinfo, "" where there is none; threads: (count, reason) unless the user chose; late: MXNet
    is loaded already; syscall: stands for the C library's function in tests.
    """
    lost = []
    count, reason = threads
    chosen = environ.get("OMP_NUM_THREADS", "").strip()
    # A program started from one that we set up inherits our choice, which is nobody's wish.
    by_user = bool(chosen) and chosen != environ.get(OUR_CHOICE)
    if by_user:
        first = chosen.split(",")[0].strip()
        count, reason = int(first) if first.isdigit() and int(first) else count, f"OMP_NUM_THREADS={chosen} was set"
    elif late:
        if count > 1:
            lost.append(f"it computes on {count // 2} of {count} CPUs")
        # MXNet assumes that every second CPU is a hyper-thread and leaves it out.
        count, reason = max(1, count // 2), "MXNet was loaded before gluon_alexnet: import gluon_alexnet first"
    else:
        environ["OMP_NUM_THREADS"] = environ[OUR_CHOICE] = str(count)
    if not late:
        # MXNet keeps four scratch spaces, each as large as its largest tensor needed; one will do where operators take turns.
        environ.setdefault("MXNET_CPU_TEMP_COPY", "1")

    vendor, flags = cpu.cpu_flags(cpuinfo)
    cap = environ.get(cpu.ISA_VARIABLE, "").strip().upper() or None
    amx, amx_reason = cpu.choose_amx(flags, cap, late, syscall)
    if amx and cap is None:
        environ[cpu.ISA_VARIABLE] = cpu.AMX_ISA
    if late and cpu.AMX_FLAGS <= flags:
        lost.append("AMX stays off")
    native, bfloat16_reason = cpu.choose_bfloat16(vendor, flags, cap, amx)
    isa = cpu.strongest_isa(flags, cap, amx)
    return Setup(count, reason, isa, amx, amx_reason, native, bfloat16_reason, tuple(lost), by_user)


def prepare() -> Setup:
    """Set this process up, once; returns the Setup. `import gluon_alexnet` calls it.

    Sets OMP_NUM_THREADS and MXNET_CPU_TEMP_COPY unless they are set, and DNNL_MAX_CPU_ISA where AMX was granted and it is not.
    Warns (RuntimeWarning) when MXNet was loaded first and that costs speed.
    """
    global prepared, isa_is_ours
    with lock:
        if prepared is None:
            late = "mxnet" in sys.modules
            before = os.environ.get(cpu.ISA_VARIABLE)
            prepared = set_up(os.environ, cpu.read_cpuinfo(), cpu.count_threads(), late)
            isa_is_ours = os.environ.get(cpu.ISA_VARIABLE) != before
            mxnet_import.install()
            if prepared.lost:
                warnings.warn(
                    f"MXNet was loaded before gluon_alexnet, so {' and '.join(prepared.lost)}: import gluon_alexnet first.",
                    RuntimeWarning,
                    stacklevel=3,
                )
    return prepared


def setup() -> Setup:
    """What `prepare` found and turned on: a Setup."""
    return prepare()


def load_mxnet() -> Any:
    """The module mxnet, imported without its warnings and in NumPy mode (`npx.set_np()`, once for each thread).

    Raises UserError when MXNet is not installed here or cannot be loaded; warns (RuntimeWarning) when two of its wheels
    are installed. After the first call in a thread it costs next to nothing.
    """
    if hasattr(ready, "mxnet"):
        return ready.mxnet
    prepare()
    with lock:
        mxnet = import_mxnet()
        # Else MXNet logs at level INFO through `logging.info`, which gives the root logger a handler nobody asked for.
        mxnet.util._set_np_shape_logged = mxnet.util._set_np_array_logged = True
        # Else it tells on stderr, whenever it binds a graph, what it does to those for answers.
        os.environ.setdefault("MXNET_SUBGRAPH_VERBOSE", "0")
        # Operators that are started at once: all of LeNet's, instead of 15, take 5 % less of its step.
        os.environ.setdefault("MXNET_EXEC_BULK_EXEC_MAX_NODE_TRAIN", "300")
        mxnet.npx.set_np()
        settle_isa(mxnet)
        # Once, whichever thread comes first.
        atexit.unregister(give_back)
        atexit.register(give_back, mxnet)
    ready.mxnet = mxnet
    return mxnet


def import_mxnet() -> Any:
    """`import mxnet`, its failures told as a UserError."""
    from gluon_alexnet.machine.cuda_libraries import installed_wheels

    first_time = "mxnet" not in sys.modules
    try:
        import mxnet
    except Exception as error:
        raise UserError(mxnet_import.explain(error, installed_wheels())) from error
    if first_time and (both := mxnet_import.both_wheels(installed_wheels())):
        warnings.warn(both, RuntimeWarning, stacklevel=3)
    return mxnet


def give_back(mxnet: Any) -> None:
    """Waits until MXNet has given the memory back that NumPy arrays lent it. Called when Python ends.

    It calls Python for that, after an operator, from a thread of its own. Were Python ended by then, C++ would end the process
    with SIGABRT, whatever the program had come to.
    """
    with contextlib.suppress(mxnet.MXNetError):
        mxnet.nd.waitall()
    # An operator counts as done before it lets go of what it read. Sleeping leaves Python to the thread for that moment.
    time.sleep(0.02)


def settle_isa(mxnet: Any) -> None:
    """Have oneDNN read the variable that we set, which it does at its first primitive, then take it away again.

    A program started from here would inherit the variable but not the kernel's permission, and die of an illegal
    instruction.
    """
    global isa_is_ours
    if isa_is_ours:
        image, weight = mxnet.np.ones((1, 1, 4, 4)), mxnet.np.ones((1, 1, 3, 3))
        mxnet.npx.convolution(image, weight, kernel=(3, 3), num_filter=1, no_bias=True).wait_to_read()
        os.environ.pop(cpu.ISA_VARIABLE, None)
        isa_is_ours = False
