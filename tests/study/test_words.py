"""What a notebook prints, in its language."""

from gluon_alexnet.study import Words


def test_numbers_are_written_as_each_language_writes_them():
    assert Words("en").number(46_764_746) == "46,764,746"
    assert Words("vi").number(46_764_746) == "46.764.746"
    assert Words("en").number(0.8466, 3) == "0.847"
    assert Words("vi").number(1234.5, 1) == "1.234,5"
    assert Words("vi").percent(0.9206, 1) == "92,1%"
