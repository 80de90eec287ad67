import numpy as np
import pytest

from gluon_alexnet.grading import checks, wire
from gluon_alexnet.grading.checks import Answer, Interview, Wrong
from gluon_alexnet.grading.kernel import KernelError
from gluon_alexnet.grading.texts import Text


def problem(language, method, value, *arguments):
    with pytest.raises(Wrong) as caught:
        getattr(Answer(value, "f(3)", language), method)(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    "value, expected",
    [
        (3, 3),
        (3.0, 3),
        (np.float32(2), 2),
        ("a", "a"),
        ([1, (2, "b")], [1, (2, "b")]),
        ({"a": 1}, {"a": 1.0}),
        (None, None),
        (True, True),
        ([1, 2], (1, 2)),
        ((1, [2.0]), [1, (2,)]),
        (np.array([808, 12]), (808, 12)),
    ],
)
def test_equal_values_are_equal(value, expected):
    Answer(value, "x").equals(expected)


@pytest.mark.parametrize(
    "value, expected",
    [
        (3, 4),
        (True, 1),
        (1, True),
        ("3", 3),
        ([1], [1, 2]),
        ("12", [1, 2]),
        (np.array([1, 3]), (1, 2)),
        ({"a": 1}, {"b": 1}),
        (None, 0),
        (np.arange(3), np.arange(4)),
    ],
)
def test_other_values_are_not(value, expected):
    with pytest.raises(Wrong):
        Answer(value, "x").equals(expected)


def test_a_wrong_value_is_shown_and_the_right_one_is_not():
    assert problem("en", "equals", 4, 7) == "f(3) gives 4, which is not right"
    assert problem("vi", "equals", 4, 7) == "f(3) trả về 4, chưa đúng"


def test_a_wrong_kind_is_told_with_the_kind_that_is_expected():
    assert problem("en", "equals", "4", 4) == "f(3) gives a str, '4'; expected: a number"
    assert problem("en", "equals", None, (1, 2)) == "f(3) gives None; expected: a tuple of 2"
    assert problem("vi", "equals", "4", 4) == "f(3) trả về một str, '4'; cần: một số"


def test_arrays_are_compared_by_shape_then_by_number():
    Answer(np.array([1.0, 2.0]), "x").close_to([1, 2 + 1e-7])
    assert problem("en", "close_to", np.zeros((2, 3)), np.zeros((3, 2))) == "f(3) has the shape (2, 3); expected: (3, 2)"
    assert problem("en", "close_to", np.zeros(4), [0, 0, 5, 0]) == "f(3) has 25% of its 4 numbers wrong, the first at [2] = 0"
    assert "gives 0.5, which is not right" in problem("en", "close_to", 0.5, 0.25)


@pytest.mark.parametrize("value", [None, "x", [1, [2]], np.array([np.nan, 1])])
def test_what_is_not_the_number_is_wrong_and_no_crash(value):
    problem("en", "close_to", value, [1.0, 1.0])


def test_bounds_name_both_numbers():
    Answer(5, "x").at_most(5).at_least(5).between(4, 6)
    assert problem("en", "at_most", 12_345, 10_000) == "f(3) is 12,345; allowed: at most 10,000"
    assert problem("vi", "at_least", 0.81, 0.85) == "f(3) là 0,81; cần: ít nhất 0,85"
    assert "expected: a number" in problem("en", "at_most", "tiny", 3)
    problem("en", "at_most", float("nan"), 3)


def test_shapes_can_be_given_as_tuples_or_arrays():
    Answer(checks.Shape((1, 2)), "x").has_shape((1, 2))
    Answer(np.zeros((1, 2)), "x").has_shape((1, 2))
    assert "expected: (2, 1)" in problem("en", "has_shape", np.zeros((1, 2)), (2, 1))
    for value in (None, [[1.0], [1.0, 2.0]], ["a", "b"]):
        assert "expected: an array of shape (2, 1)" in problem("en", "has_shape", value, (2, 1))


def test_two_arrays_are_no_shape():
    pair = (np.zeros((1, 2)), np.ones((1, 2)))
    assert problem("en", "has_shape", pair, (1, 2)) == "f(3) has the shape (2, 1, 2); expected: (1, 2)"
    with pytest.raises(Wrong):
        Answer([[1.0], [1.0, 2.0]], "x").equals(np.zeros((2, 2)))


def test_per_cent_instead_of_a_share_is_told():
    assert (
        problem("en", "close_to", 87.5, 0.875) == "f(3) gives 87.5, which is not right (per cent? asked is a share, from 0 to 1)"
    )
    assert "per cent?" in problem("en", "close_to", np.array([50.0, 25.0]), [0.5, 0.25])
    assert "per cent?" not in problem("en", "close_to", 300.0, 3.0)


def test_no_answer_is_told_with_the_kind_that_is_expected():
    assert problem("en", "close_to", None, [1.0, 2.0]) == "f(3) gives None; expected: an array of shape (2,)"
    assert problem("en", "close_to", None, 1.0) == "f(3) gives None; expected: a number"


@pytest.mark.parametrize("value", ["0.5", 10**400, [10**400]])
def test_a_text_or_a_number_beyond_floats_is_not_the_number(value):
    assert "expected: a number" in problem("en", "close_to", value, 0.5)


def test_a_number_of_many_digits_is_shown_in_few():
    assert "gives 10000000... (401 digits), which" in problem("en", "equals", 10**400, 5)


def test_numbers_are_shown_with_six_digits():
    assert "gives [0.333333, 2], which" in problem("en", "equals", [1 / 3, 2.0], [0.3, 2.0])
    assert "gives (0.333333, 2), which" in problem("en", "equals", (1 / 3, 2.0), (0.3, 2.0))


def test_a_condition_may_be_a_function_of_the_value():
    Answer(4, "x").satisfies(lambda value: value % 2 == 0, "is odd").satisfies(True, "never")
    assert problem("vi", "satisfies", 3, lambda value: value % 2 == 0, Text("is odd", "là số lẻ")) == "f(3) là số lẻ"


def test_an_unknown_type_is_named():
    assert problem("en", "equals", wire.Unknown("Widget"), 3) == "f(3) is a Widget, which cannot be compared"


class Kernel:
    """Answers from a table, or raises."""

    def __init__(self, **answers):
        self.answers, self.dead = answers, False

    def alive(self):
        return not self.dead

    def ask(self, what, deadline, **request):
        answer = self.answers[request.get("name") or request.get("expression") or "probe"]
        if isinstance(answer, Exception):
            self.dead = "dead" in answer.message
            raise answer
        return answer(*request.get("args", ())) if callable(answer) else answer


def interview(**answers):
    return Interview(Kernel(**answers), None, np.random.default_rng(0), 0, "en", lambda error: (error.kind, f"{error.name}!"))


CHECK = """
def check(ask):
    with ask.part(1, T("first", "một")):
        ask.call("f", 2).equals(4)
    with ask.part(2, T("second", "hai")):
        ask.call("g", np.arange(20)).has_shape((20,))
"""


def test_parts_are_worth_their_own_points():
    parts = checks.run(CHECK, interview(f=lambda x: 5, g=lambda x: x))
    assert [(part.earned, part.kind) for part in parts] == [(0, "wrong"), (2, "")]
    assert parts[0].problem == "f(2) gives 5, which is not right"


def test_an_error_costs_its_part_and_a_dead_kernel_ends_the_task():
    parts = checks.run(CHECK, interview(f=KernelError("error", "ValueError"), g=lambda x: x))
    assert [(part.earned, part.problem) for part in parts] == [(0, "ValueError!"), (2, "")]
    for error in (KernelError("timeout", "slow"), KernelError("memory", "", "bad_alloc, and dead")):
        ended = interview(f=error, g=lambda x: x)
        with pytest.raises(KernelError):
            checks.run(CHECK, ended)
        assert [part.kind for part in ended.parts] == [error.kind]


def test_long_arguments_are_told_by_their_shape():
    ask = interview(g=lambda x: 0)
    assert ask.call("g", np.zeros((4, 5))).text == "g(<array (4, 5)>)"
    assert ask.call("g", 1.23456789).text == "g(1.23457)"


def test_images_are_drawn_from_the_stand_in_with_a_seed_of_the_gradings_own(monkeypatch):
    monkeypatch.setattr(checks.sandbox, "data_folder", lambda: "stand-in")
    one, other = interview(), interview()
    other.random = np.random.default_rng(1)
    images, labels = one.images(20)
    assert (images.shape, images.dtype, labels.shape) == ((20, 28, 28), np.uint8, (20,))
    assert not np.array_equal(images, other.images(20)[0])


def test_images_are_drawn_from_the_real_test_split(monkeypatch, real_data):
    monkeypatch.setattr(checks.sandbox, "data_folder", lambda: real_data)
    images, labels = interview().images(500)
    from gluon_alexnet.data.files import load_split

    published = {image.tobytes() for image in load_split("test", real_data).images}
    assert all(image.tobytes() in published for image in images) and set(labels) == set(range(10))


def test_of_several_values_the_wrong_one_is_named_and_no_right_one():
    assert problem("en", "equals", (808, 273600), (808, 273_000)) == (
        "f(3) gives (808, 273600), which is not right: "
        "its element [1] (the first is [0]) is 273,600; expected there: another number"
    )
    assert problem("vi", "equals", [808, 273600], (807, 273_000)) == (
        "f(3) trả về [808, 273600], chưa đúng: phần tử [0] (phần tử đầu tiên là [0]) là 808; cần ở đó: một số khác"
    )
    assert "its element [1][0] (the first is [0]) is a str, '2'; expected there: a number" in problem(
        "en", "equals", [1, ("2", 3)], [1, (2, 3)]
    )
    assert "its element [1, 0]" not in problem("en", "equals", np.eye(2), np.ones((2, 2)))
    assert "its element [0][1] (the first is [0]) is 0; expected there: another number" in problem(
        "en", "equals", np.eye(2), np.ones((2, 2))
    )
    assert "its element ['conv1'] is None; expected there: a number" in problem("en", "equals", {"conv1": None}, {"conv1": 3})


def test_wrong_keys_are_named_and_right_ones_are_not():
    assert problem("en", "equals", {"a": 1, "c": 2}, {"a": 1, "b": 2}) == "f(3) has the key 'c', which was not asked for"
    assert problem("vi", "equals", {"a": 1}, {"a": 1, "b": 2}) == "f(3) thiếu 1 trong 2 khóa cần có"


@pytest.mark.parametrize("value", [["0.5"], [None], np.array(["0.5"]), [True, "x"], [1j], [[]]])
def test_texts_are_not_read_as_numbers(value):
    problem("en", "close_to", value, [0.5])


def test_a_number_may_come_as_an_array_without_dimensions():
    ask = interview(f=lambda: np.array(3.5), g=lambda: (np.array(1), [np.array(2.0)]))
    ask.call("f").close_to(3.5).between(3, 4)
    ask.call("g").equals((1, [2]))


ODD = """
def check(ask):
    value = ask.call("f").value
    with ask.part(1, T("an element", "một phần tử")):
        ask.answer(value[1] + 1, "the second of f()").equals(3)
    with ask.part(2, T("another", "phần khác")):
        ask.call("g").equals(1)
"""


@pytest.mark.parametrize(
    "value, said",
    [
        (3, "f() gives a number, 3, which cannot be judged: read again what the task asks for"),
        ([1], "f() gives a list of 1, [1], which cannot be judged: read again what the task asks for"),
        (None, "f() gives None, which cannot be judged: read again what the task asks for"),
        (wire.Unknown("Widget"), "f() is a Widget, which cannot be compared"),
    ],
)
def test_a_value_over_which_a_check_stumbles_costs_its_part_alone(value, said):
    ask = interview(f=lambda: value, g=lambda: 1)
    assert [(part.earned, part.problem) for part in checks.run(ODD, ask)] == [(0, said), (2, "")]
    assert len(ask.stumbles) == 1


def test_a_check_that_stumbles_over_the_references_answer_is_at_fault():
    ask = interview(f=lambda: 3)
    ask.own = True
    with pytest.raises(TypeError):
        checks.run(ODD, ask)


def test_a_check_that_fails_before_any_answer_is_at_fault():
    with pytest.raises(ZeroDivisionError):
        checks.run("def check(ask):\n    with ask.part(1, 'x'):\n        1 / 0\n", interview())


def test_a_value_that_is_no_good_outside_of_a_part_is_told_as_well():
    with pytest.raises(Wrong, match=r"f\(\) gives a number, 3, which cannot be judged"):
        checks.run("def check(ask):\n    ask.call('f').value[0]\n", interview(f=lambda: 3))


def test_a_huge_value_is_shown_in_few_words():
    assert len(checks._show([list(range(10**6))] * 3)) <= 80
    assert checks._show("x" * 10**6).startswith("'xxx")


def test_questions_values_and_what_was_found_are_kept_as_digests():
    def asked(f, seed=0):
        ask = interview(f=f)
        ask.random = np.random.default_rng(seed)
        checks.run(NAMED, ask)
        return ask.asked

    wrong, same, right = asked(lambda x: x), asked(lambda x: [float(n) for n in x]), asked(lambda x: x + 1)
    assert wrong == same and [row[2] for row in wrong] == ["not-added", True]
    assert [row[0] for row in right] == [row[0] for row in wrong] and [row[2] for row in right] == [False, False]
    assert right[0][1] != wrong[0][1] and not {row[0] for row in asked(lambda x: x, seed=1)} & {row[0] for row in wrong}
    assert all(len(text) == 12 for row in wrong for text in row[:2])
    assert len(asked(lambda x: x)) == 2


NAMED = """
def check(ask):
    with ask.part(1, "first"):
        x = ask.random.normal(size=3)
        ask.call("f", x).mistake(x, "not-added", "adds nothing").close_to(x + 1)
    with ask.part(1, "second"):
        ask.call("f", ask.random.random(3) + 8.5).satisfies(lambda value: min(value) >= 9.5, "is small")
"""


def test_the_second_part_is_asked_the_same_whatever_became_of_the_first():
    seen = []
    for right in (True, False):
        ask = interview(f=lambda x, right=right: seen.append(x) or (2 * x if right else 0))
        checks.run(DRAWN, ask)
    # Three questions of the first part and one of the second; the wrong answer ends the first part at once.
    assert len(seen) == 6 and seen[3] == seen[5] and seen[0] == seen[4]


DRAWN = """
def check(ask):
    for _ in range(2):
        with ask.part(1, "part"):
            for _ in range(3 - 2 * (len(ask.parts) - 1)):
                x = float(ask.random.normal())
                ask.call("f", x).close_to(2 * x)
"""
