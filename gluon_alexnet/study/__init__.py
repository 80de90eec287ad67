"""What the notebooks work with besides the library itself: names that a student meets in a cell.

words: numbers, class names and plots in the notebook's language.
records: what long runs gave, recorded once.
trying: a net trained as the grader will, on validation images.

Setup cells import from here in the box where answers run, so nothing here may need what that box hides before it is used.
"""

from typing import TYPE_CHECKING

from gluon_alexnet.doors import hand_out

HOMES = {
    "Words": "words",
    "recorded": "records",
    "try_as_graded": "trying",
}
__all__ = list(HOMES)
if TYPE_CHECKING:
    from gluon_alexnet.study.records import recorded as recorded
    from gluon_alexnet.study.trying import try_as_graded as try_as_graded
    from gluon_alexnet.study.words import Words as Words
else:
    __getattr__, __dir__ = hand_out(__name__, HOMES)
