"""gluon_alexnet.explore.wire: what is packed comes back, laid out as its docstring says."""

import json
import struct

import numpy as np
import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import wire


def test_arrays_stand_beside_the_dictionary():
    told, buffers = wire.pack({"a": np.array([[1.5, -2]]), "b": [np.array([7]), {"c": np.array([True, False])}], "d": "x"})
    assert told == {
        "a": {"buffer": 0, "type": "float32", "shape": [1, 2]},
        "b": [{"buffer": 1, "type": "int32", "shape": [1]}, {"c": {"buffer": 2, "type": "uint8", "shape": [2]}}],
        "d": "x",
    }
    assert buffers == [struct.pack("<2f", 1.5, -2), struct.pack("<i", 7), b"\1\0"]


def test_numbers_of_numpy_and_those_that_json_lacks():
    told, _ = wire.pack({"a": np.float32(0.5), "b": float("nan"), "c": (np.int64(3), float("-inf")), "d": True})
    assert told == {"a": 0.5, "b": None, "c": [3, None], "d": True}


def test_one_piece_begins_with_its_header_and_numbers_lie_at_multiples_of_eight():
    content = wire.as_bytes({"ask": "x"}, [b"abc", b"12345678"])
    (length,) = struct.unpack_from("<I", content)
    assert json.loads(content[4 : 4 + length]) == {"told": {"ask": "x"}, "lengths": [3, 8]}
    at = content.index(b"abc")
    assert at % 8 == 0 and at == 4 + length and content[at : at + 16] == b"abc\0\0\0\0\x0012345678"
    assert wire.from_bytes(content) == ({"ask": "x"}, [b"abc", b"12345678"])


HEADERS = [b'{"told":[],"lengths":[]}', *(b'{"told":{},"lengths":[%b]}' % each for each in (b"9", b"-1", b'"a"'))]


@pytest.mark.parametrize(
    "content",
    [b"", b"\1", struct.pack("<I", 99), struct.pack("<I", 2) + b"{}", struct.pack("<I", 4) + b"\xff\xff\xff\xff"]
    + [struct.pack("<I", len(each)) + each for each in (*HEADERS, b"[" * 99_999)],
)
def test_what_is_no_question_is_told(content):
    with pytest.raises(UserError, match="this is not a question that the explorer understands"):
        wire.from_bytes(content)


def test_a_question_has_one_line_whatever_its_order():
    assert wire.key({"layer": 3, "ask": "maps", "picture": 0}) == "ask=maps&layer=3&picture=0"
