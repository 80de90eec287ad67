import types

import numpy
import pytest

from gluon_alexnet.machine import numpy_names


@pytest.fixture
def new_numpy():
    """A NumPy that dropped all its old names."""
    names = {name: getattr(numpy, name) for name in ("all", "any", "isin", "prod", "round", "sort")}
    return types.SimpleNamespace(**names, trapezoid=getattr(numpy, "trapezoid", None) or numpy.trapz)


def test_lost_names_mean_what_they_meant(new_numpy):
    numpy_names.put_back(new_numpy)
    assert new_numpy.bool is bool
    assert new_numpy.PINF == float("inf") == -new_numpy.NINF
    assert str(new_numpy.NZERO) == "-0.0"
    assert new_numpy.in1d([[1], [2]], [2]).tolist() == [False, True]
    assert new_numpy.msort(numpy.array([[3, 1], [2, 4]])).tolist() == [[2, 1], [3, 4]]
    assert new_numpy.product([2, 3]) == 6
    assert new_numpy.trapz([0, 1, 2]) == 2
    assert isinstance("constant", new_numpy.compat.basestring)


def test_names_that_are_there_stay():
    numpy_names.put_back(numpy)
    before = numpy.bool
    assert numpy_names.put_back(numpy) == ()
    assert numpy.bool is before


def test_placeholders_come_and_go(new_numpy):
    given = numpy_names.put_placeholders(new_numpy)
    assert new_numpy.npv is None
    numpy_names.take_away(new_numpy, given)
    assert not hasattr(new_numpy, "npv")


def test_a_function_that_numpy_still_has_is_no_placeholder(new_numpy):
    new_numpy.rate = print
    numpy_names.take_away(new_numpy, numpy_names.put_placeholders(new_numpy))
    assert new_numpy.rate is print
