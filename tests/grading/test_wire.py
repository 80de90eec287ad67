import json
import math

import numpy as np
import pytest

from gluon_alexnet.grading import wire


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -7, 2**100, 0.1, -math.inf, "tích chập", "", [], [1, [2.5, "x"]], (1, 2), {"a": (1,), 3: None}]
    + [[0.1, -0.0], [2**61, 2**63]],
)
def test_plain_values_come_back_as_they_were(value):
    back = wire.decode(wire.encode(value))
    assert back == value and type(back) is type(value)


def test_nan_comes_back():
    assert math.isnan(wire.decode(wire.encode(math.nan)))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float16", "float32", "float64", ">f4"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)])
def test_arrays_come_back_with_shape_and_type(dtype, shape):
    array = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    back = wire.decode(wire.encode(array))
    assert back.shape == shape and back.dtype == array.dtype.newbyteorder("=") and (back == array).all()


def test_scalars_of_numpy_come_back_as_pythons():
    back = wire.decode(wire.encode([np.float32(0.5), np.int64(3), np.bool_(True)]))
    assert back == [0.5, 3, True] and [type(each) for each in back] == [float, int, bool]


def test_what_has_asnumpy_is_an_array():
    class Tensor:
        def asnumpy(self):
            return np.ones(2, "float32")

    assert wire.decode(wire.encode(Tensor())).tolist() == [1.0, 1.0]


def test_other_types_come_as_their_names():
    values = [object(), np.array([object()]), np.array(["a"]), {1, 2}, 10**2000]
    assert all(isinstance(each, wire.Unknown) for each in wire.decode(wire.encode(values)))


def test_a_subclass_loses_what_it_overrides():
    class Liar(float):
        def __eq__(self, other):
            return True

        __hash__ = None

    assert type(wire.decode(wire.encode(Liar(1.0)))) is float


def test_endless_nesting_ends():
    value = []
    value.append(value)
    back = wire.decode(wire.encode({"value": value}))
    while not isinstance(back, wire.Unknown):
        (back,) = back.values() if isinstance(back, dict) else back
    assert back == "a value nested too deeply"


def test_nested_lists_of_many_numbers_come_back_and_too_much_is_named():
    much = [[n / 7 for n in range(1000)] for _ in range(400)]
    assert wire.decode(wire.encode({"value": much})) == {"value": much}
    assert wire.decode(wire.encode({"value": [[None] * 1000] * 400})) == {"value": "list of more than 200,000 objects"}
    assert wire.decode(wire.encode("x" * 20_000_000)) == "str of more than 12,000,000 bytes"


def test_a_subclass_of_a_number_is_no_row_and_loses_what_it_overrides():
    class Liar(float):
        def __eq__(self, other):
            return True

    assert [type(each) for each in wire.decode(wire.encode([Liar(1.0), 2.0]))] == [float, float]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "7",
        '["plain", 7]',
        '["object", 1]',
        '["int", "x"]',
        '["array", "O", [1], "AAAA"]',
        '["array", "<f8", [99], "AAAA"]',
        '["array", "<f8", [-1, 0], "AAAA"]',
        '["row", "list", "O", "AAAA"]',
        '["row", "list", "<f8", "AAAA"]',
        '["dict", [[["list", []], ["int", "1"]]]]',
        json.dumps(["list", 3]),
        "[" * 5000,
    ],
)
def test_a_forged_text_is_refused(text):
    with pytest.raises(ValueError):
        wire.decode(text)
