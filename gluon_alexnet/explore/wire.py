"""Questions and answers of the explorer as bytes: a dictionary of what JSON can hold, and arrays beside it.

An array stands in the dictionary as {"buffer": its place among the buffers, "type": 'float32', 'int32' or 'uint8', "shape"}.
In one piece: the length of the header (uint32, little endian), the header (JSON: "told" and "lengths" of the buffers), the
buffers; each is filled up to a multiple of eight bytes, so that a browser can read numbers where they lie.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gluon_alexnet.errors import UserError

__all__ = ["as_bytes", "from_bytes", "key", "pack"]

TYPES = {"f": "float32", "i": "int32", "u": "uint8", "b": "uint8"}
STEP = 8


def pack(told: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """(what JSON can hold, buffers) of an answer that has NumPy's arrays in it; numbers that are not finite become None."""
    buffers: list[bytes] = []

    def plain(value):
        if isinstance(value, np.ndarray):
            kind = TYPES[value.dtype.kind]
            buffers.append(np.ascontiguousarray(value, f"<{kind[0]}4" if kind != "uint8" else "u1").tobytes())
            return {"buffer": len(buffers) - 1, "type": kind, "shape": list(value.shape)}
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, Mapping):
            return {name: plain(each) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(each) for each in value]
        return value

    return plain(told), buffers


def as_bytes(told: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> bytes:
    """A packed answer in one piece."""
    lengths = [len(each) for each in buffers]
    header = json.dumps({"told": told, "lengths": lengths}, separators=(",", ":"), allow_nan=False).encode()
    header += b" " * (-(4 + len(header)) % STEP)
    filled = [part + b"\0" * (-len(part) % STEP) for part in buffers]
    return b"".join([struct.pack("<I", len(header)), header, *filled])


def from_bytes(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """(told, buffers) of what `as_bytes`, or a page, made. Raises UserError for what they did not make."""
    try:
        (length,) = struct.unpack_from("<I", content)
        header = json.loads(content[4 : 4 + length])
        told, at, buffers = header["told"], 4 + length, []
        for size in header["lengths"]:
            if not 0 <= size <= len(content) - at:
                raise ValueError("a buffer is cut off")
            buffers.append(content[at : at + size])
            at += size + -size % STEP
        if not isinstance(told, dict):
            raise ValueError("it is no dictionary")
    except (struct.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"this is not a question that the explorer understands ({error}): load its page anew") from None
    return told, buffers


def key(question: Mapping[str, Any]) -> str:
    """A question as one line, by which a page that asks nobody finds its answer."""
    return "&".join(f"{name}={question[name]}" for name in sorted(question))
