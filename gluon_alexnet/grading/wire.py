"""Values between a student's kernel and the grader, as JSON: what a check may compare, and nothing that can run.

The kernel is given this file's text, so that both sides agree; it imports only the standard library and NumPy.
"""

import base64
import json
import math

import numpy as np

MAX_DEPTH = 20
# What one value may hold: Python objects, and bytes of arrays and texts. More would fill the memory of the one who reads it.
MAX_ITEMS = 200_000
MAX_BYTES = 12_000_000
KINDS = "biuf"


class Unknown(str):
    """The name of the type of a value that cannot be sent."""


class _TooLarge(Exception):
    """More than MAX_ITEMS or MAX_BYTES."""


def encode(value):
    """`value` as JSON text: None, bool, int, float, str, list, tuple, dict and arrays of numbers; others by their type's name.

    What holds more than MAX_ITEMS objects or MAX_BYTES bytes, or makes a dict do so, is sent as its type's name too.
    """
    return json.dumps(_pack_bounded(value, 0, {"items": MAX_ITEMS, "bytes": MAX_BYTES}))


def _pack_bounded(value, depth, room):
    try:
        return _pack(value, depth, room)
    except _TooLarge as large:
        return ["unknown", f"{type(value).__name__} of more than {large}"]


def _take(room, what, count):
    room[what] -= count
    if room[what] < 0:
        raise _TooLarge(f"{MAX_ITEMS:,} objects" if what == "items" else f"{MAX_BYTES:,} bytes")


def decode(text):
    """The value that `encode` was given; arrays as NumPy's, others as an Unknown. Raises ValueError for anything else."""
    try:
        return _unpack(json.loads(text), 0)
    except (TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a value of ours: {error}") from error


def _pack(value, depth, room):
    _take(room, "items", 1)
    if depth > MAX_DEPTH:
        return ["unknown", "a value nested too deeply"]
    if hasattr(value, "asnumpy"):
        value = value.asnumpy()
    if isinstance(value, np.generic) and value.dtype.kind in KINDS:
        value = value.item()
    if isinstance(value, (bool, str)) or value is None:
        if isinstance(value, str):
            _take(room, "bytes", len(value))
        return ["plain", value if value is None or isinstance(value, bool) else str(value)]
    if isinstance(value, int):
        return ["int", str(int(value))] if value.bit_length() < 4096 else ["unknown", "an int of more than 1,000 digits"]
    if isinstance(value, float):
        return ["float", float(value).hex() if math.isfinite(value) else str(float(value))]
    if isinstance(value, (list, tuple)):
        kind, row = "list" if isinstance(value, list) else "tuple", _row(value)
        if row is not None:
            _take(room, "bytes", row.nbytes)
            return ["row", kind, row.dtype.str, base64.b64encode(row.tobytes()).decode()]
        return [kind, [_pack(item, depth + 1, room) for item in value]]
    if isinstance(value, dict):
        pack = _pack if depth else _pack_bounded
        return ["dict", [[_pack(key, depth + 1, room), pack(item, depth + 1, room)] for key, item in value.items()]]
    if isinstance(value, np.ndarray) and value.dtype.kind in KINDS:
        _take(room, "bytes", value.nbytes)
        code = value.dtype.newbyteorder("<")
        return ["array", code.str, list(value.shape), base64.b64encode(value.astype(code).tobytes()).decode()]
    return ["unknown", type(value).__name__]


def _row(value):
    """The list or tuple as an array, where it holds floats only or ints only; else None. Singly, they take ten times as much."""
    kinds = {type(item) for item in value}
    if kinds == {float}:
        return np.array(value, "<f8")
    if kinds == {int} and all(-(2**62) < item < 2**62 for item in value):
        return np.array(value, "<i8")
    return None


def _unpack(packed, depth):
    if depth > MAX_DEPTH + 1:
        raise ValueError("nested too deeply")
    kind, *rest = packed
    if kind == "plain":
        if rest[0] is not None and not isinstance(rest[0], (bool, str)):
            raise ValueError("a plain value is None, a bool or a str")
        return rest[0]
    if kind == "int":
        return int(rest[0])
    if kind == "float":
        return float.fromhex(rest[0])
    if kind in ("list", "tuple"):
        items = [_unpack(item, depth + 1) for item in rest[0]]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        return {_unpack(key, depth + 1): _unpack(item, depth + 1) for key, item in rest[0]}
    if kind == "array":
        dtype = np.dtype(str(rest[0]))
        if dtype.kind not in KINDS:
            raise ValueError(f"an array of {dtype}")
        return np.frombuffer(base64.b64decode(rest[2]), dtype).reshape(rest[1]).astype(dtype.newbyteorder("="))
    if kind == "row":
        if rest[1] not in ("<f8", "<i8"):
            raise ValueError(f"a row of {rest[1]}")
        items = np.frombuffer(base64.b64decode(rest[2]), rest[1]).tolist()
        return items if rest[0] == "list" else tuple(items)
    if kind == "unknown":
        return Unknown(rest[0])
    raise ValueError(f"an unknown kind {kind!r}")
