"""The NumPy names that MXNet 1.9.1 looks up and that newer NumPy no longer has.

Found by running MXNet's import and its np operators on NumPy 1.26 and 2.5 with each name taken away in turn; what
they meant is in NumPy 1.17's reference.
"""

import math
import types
from collections.abc import Iterable
from typing import Any

# MXNet copies these out of NumPy by name while it loads and calls none of them (they left NumPy in 1.20).
UNUSED = ("mirr", "npv", "pmt", "ppmt", "pv", "rate")


def meanings(numpy: Any) -> dict[str, Any]:
    """{name: value} for every lost name that MXNet uses, made from what the module `numpy` does have."""
    return {
        # NumPy 1.20 to 1.23 still have this one, but warn at each use.
        "bool": bool,
        "PZERO": 0.0,
        "NZERO": -0.0,
        "PINF": math.inf,
        "NINF": -math.inf,
        "Inf": math.inf,
        "NaN": math.nan,
        "NAN": math.nan,
        "alltrue": numpy.all,
        "in1d": lambda a, b, **kw: numpy.isin(a, b, **kw).ravel(),
        "msort": lambda a: numpy.sort(a, axis=0),
        "product": numpy.prod,
        "round_": numpy.round,
        "sometrue": numpy.any,
        "trapz": getattr(numpy, "trapezoid", None),
        # mxnet.np.pad asks whether its mode is a numpy.compat.basestring.
        "compat": types.SimpleNamespace(basestring=str),
    }


def put_back(numpy: Any) -> tuple[str, ...]:
    """Give the module `numpy` the names that it lacks, for good; returns them."""
    # vars() and not hasattr(): NumPy answers for names that it dropped with a warning or an error of its own.
    lost = {name: value for name, value in meanings(numpy).items() if name not in vars(numpy)}
    vars(numpy).update(lost)
    return tuple(lost)


def put_placeholders(numpy: Any) -> tuple[str, ...]:
    """Give the module `numpy` the names that MXNet only copies; returns them, for `take_away` once MXNet has loaded."""
    lost = tuple(name for name in UNUSED if name not in vars(numpy))
    vars(numpy).update(dict.fromkeys(lost))
    return lost


def take_away(numpy: Any, names: Iterable[str]) -> None:
    """Undo `put_placeholders`, so that nobody finds functions that are None."""
    for name in names:
        vars(numpy).pop(name, None)
