"""What was asked of an answer, and what it gave, as digests: answers are compared by what they do, and nothing is given away."""

from __future__ import annotations

import contextlib
import hashlib
import numbers
from typing import Any

import numpy as np

# How many numbers of a value its digest looks at.
MOST_NUMBERS = 50_000
# What the digest of a question begins with that asks for a net: its value is that of parameters, multiply-adds and operators.
NET = "net:"


def digest(value: object) -> str:
    """12 hexadecimal digits that two values share where they are equal to six significant digits."""
    return hashlib.sha256(_canonical(value)).hexdigest()[:12]


def _canonical(value: Any) -> bytes:
    """Bytes that say what `value` is: its numbers to six significant digits, lists, tuples and arrays of numbers alike."""
    if isinstance(value, dict):
        return b"{" + b",".join(_canonical(key) + b":" + _canonical(item) for key, item in value.items()) + b"}"
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        # Of a large array every so many-th number will do.
        flat = value.reshape(-1)[:: 1 + value.size // MOST_NUMBERS].astype("float64")
        finite = np.where(np.isfinite(flat), flat, 0.0)
        exponents = np.floor(np.log10(np.abs(finite), where=finite != 0, out=np.zeros(len(flat))))
        digits = np.rint(finite / 10.0 ** np.clip(exponents, -300, 300) * 1e5)
        up = np.abs(digits) == 1e6
        digits, exponents = np.where(up, digits / 10, digits), exponents + up
        rest = b"" if np.isfinite(flat).all() else flat[~np.isfinite(flat)].tobytes()
        return repr(value.shape).encode() + (digits + 0.0).astype("int64").tobytes() + exponents.tobytes() + rest
    if isinstance(value, (list, tuple)):
        if value and all(map(_is_number, value)):
            with contextlib.suppress(OverflowError):
                return _canonical(np.array([float(item) for item in value]))
        return b"[" + b",".join(map(_canonical, value)) + b"]"
    if _is_number(value):
        with contextlib.suppress(OverflowError):
            return f"{float(value):.6g}".encode()
    return ascii(value).encode()


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
