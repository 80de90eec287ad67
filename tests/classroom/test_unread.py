import ast
import inspect
import re

import pytest
from english import english_in

from gluon_alexnet.classroom import unread
from gluon_alexnet.grading import archives, notebook, submissions

BEGIN = r"(is (a|an|in|encrypted|compressed|damaged)|holds|would|cannot be|leads|has the name|unpacks|lies) "


def problems():
    """What stands in the sources of these modules behind the name of a file."""
    for module in (submissions, archives):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.JoinedStr):
                text = "".join(each.value if isinstance(each, ast.Constant) else "1,000" for each in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if re.match(BEGIN, text) and ":" in text:
                yield text
    yield from (f"{kind} and no notebook: {submissions.HAND_IN}" for kind in submissions.IN_PLACE.values())
    yield from (f"is {kind}, not a notebook: {submissions.HAND_IN}" for kind in submissions.KINDS.values())
    starts = (b"<html>", b"%PDF", b"", b"PK\x03\x04")
    yield from (notebook.what_it_is(start).en for start in starts)


@pytest.mark.parametrize("problem", sorted(set(problems())))
def test_each_reason_that_a_file_is_not_read_has_its_vietnamese(problem):
    said = unread.in_vietnamese(f"bài của An.zip!a.ipynb {problem}")
    assert said and said.startswith("bài của An.zip!a.ipynb ") and english_in(said) is None


def test_numbers_are_in_the_language():
    said = unread.in_vietnamese("a.ipynb unpacks to more than 100,000,000 bytes: clear its outputs and save it")
    assert said == "a.ipynb lớn hơn 100.000.000 byte: hãy xóa kết quả in ra rồi lưu lại"


def test_what_is_not_known_is_left_as_it_is():
    assert unread.in_vietnamese("a.ipynb has become a frog") is None
