import numpy as np
import pytest

from gluon_alexnet.grading import digests, wire


@pytest.mark.parametrize(
    "one, other",
    [
        (1 / 3, 0.3333333333),
        ([1, 2], (1.0, 2.0)),
        (np.array([0.1, 1e-9]), np.array([0.1 + 1e-12, 1e-9])),
        (np.array([9.9999999]), np.array([10.0])),
        (np.float32(2), 2),
        ({"a": 1}, {"a": 1.0}),
    ],
)
def test_values_that_differ_by_rounding_have_one_digest(one, other):
    assert digests.digest(one) == digests.digest(other)


@pytest.mark.parametrize(
    "one, other",
    [
        (1, 2),
        (1, True),
        (None, 0),
        ("1", 1),
        ([1, 2], [2, 1]),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.array([1.0, np.nan]), np.array([1.0, np.inf])),
        (1e300, 1e301),
        (-0.5, 0.5),
        ({"a": 1}, {"b": 1}),
    ],
)
def test_other_values_have_other_digests(one, other):
    assert digests.digest(one) != digests.digest(other)


@pytest.mark.parametrize("value", [10**400, [10**400], [[1], [1, 2]], wire.Unknown("W"), np.zeros((0, 3)), np.array(["a"]), 1j])
def test_every_value_has_a_digest(value):
    assert len(digests.digest(value)) == 12
