"""What the notebooks work with besides the library itself: names that a student meets in a cell.

words: numbers, class names and plots in the notebook's language (ticks: the numbers at axes; guesses: what was guessed beside
what came out).
records: what long runs gave, recorded once.
memory: the memory of a training step, measured in a process of its own.
trying: a net trained as the grader will, on validation images.

Setup cells import from here in the box where answers run, so nothing here may need what that box hides before it is used.
"""

from typing import TYPE_CHECKING

from gluon_alexnet.doors import hand_out

HOMES = {
    "Words": "words",
    "measured_memory": "memory",
    "style": "words",
    "recorded": "records",
    "try_as_graded": "trying",
}
__all__ = list(HOMES)
if TYPE_CHECKING:
    from gluon_alexnet.study.memory import measured_memory as measured_memory
    from gluon_alexnet.study.records import recorded as recorded
    from gluon_alexnet.study.trying import try_as_graded as try_as_graded
    from gluon_alexnet.study.words import Words as Words
    from gluon_alexnet.study.words import style as style
else:
    __getattr__, __dir__ = hand_out(__name__, HOMES)
