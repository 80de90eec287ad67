"""gluon_alexnet.authoring.lint: weak checks are named, and good ones are not."""

import grading_demo as demo
import make_exercises
import pytest

from gluon_alexnet import cli
from gluon_alexnet.authoring import lint
from gluon_alexnet.errors import UserError

SOURCE = demo.SOURCE.read_text(encoding="utf-8")
DOUBLE = SOURCE[SOURCE.index("def check(ask):") : SOURCE.index("### END HIDDEN TESTS")]
EXAMPLE = make_exercises.ROOT / "docs" / "my_exercise.py"
# Of those whose checks take no seconds and train nothing, one of each kind.
CHEAP = {
    "00_convolution": ["numerical_gradient"],
    "02_simplify": ["output_size", "gain"],
    "03_batch_size": ["updates", "largest_batch"],
    "04_cost": ["count_params", "bytes_moved", "roofline"],
    "07_features": ["gradients"],
}


def found(folder, check, task="double", **exchanged):
    """The sentences on the demo's first task, or another, with the given hidden check and other texts exchanged."""
    path = folder / "90_demo.py"
    text = SOURCE.replace(DOUBLE, check)
    for old, new in exchanged.values():
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    (tried,) = lint.lint(path, [task])
    return [finding.sentence for finding in tried.findings], tried


def test_good_checks_have_no_findings(capsys):
    assert cli.main(["exercise", "lint", str(demo.SOURCE), str(EXAMPLE)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2 and "3 tasks" in said[0] and "2 tasks" in said[1] and "solutions with 50 seeds" in said[1]


def test_a_wrong_answer_with_full_marks_is_named(tmp_path):
    weak = 'def check(ask):\n    with ask.part(3, T("two", "hai")):\n        ask.call("double", 2).equals(4)\n'
    said, tried = found(tmp_path, weak)
    told = "\n".join(said)
    # 2 + x, x * x by none of them, and the value of the practice check, 42, is not 4.
    assert "full marks with 3 of 3 seeds though another operator: 2 * x => (2 + x); it answers otherwise: double(" in told
    assert "practice" not in told
    (finding,) = (one for one in tried.findings if "2 + x" in one.sentence)
    assert finding.diff == ("- return 2 * x", "+ return (2 + x)")


def test_the_practice_checks_value_whatever_is_asked(tmp_path):
    weak = 'def check(ask):\n    with ask.part(3, T("21", "21")):\n        ask.call("double", 21).equals(42)\n'
    said, _ = found(tmp_path, weak)
    assert any("the practice check's values, whatever is asked" in each for each in said)


def test_a_mutant_that_is_right_only_by_luck_is_named(tmp_path):
    lucky = 'def check(ask):\n    with ask.part(3, T("one", "một")):\n        n = int(ask.random.integers(1, 3))\n'
    lucky += '        ask.call("double", n).equals(2 * n)\n'
    said, _ = found(tmp_path, lucky)
    # With one of the seeds 0, 1, 2 it asks about 2, where 2 + x is 2 * x.
    assert any("of 3 seeds though another operator: 2 * x => (2 + x)" in each for each in said)


def test_a_solution_that_does_not_always_get_its_points(tmp_path):
    unsure = 'def check(ask):\n    with ask.part(3, T("few", "ít")):\n        n = int(ask.random.integers(0, 10))\n'
    unsure += '        ask.call("double", n).at_most(15)\n'
    (said,), _ = found(tmp_path, unsure)
    # 2 n is more than 15 for two of ten.
    assert said.startswith("the solution gets less than its 3 points with ") and " of 50 seeds, such as " in said
    assert 1 <= int(said.split(" with ")[1].split()[0]) <= 20


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        ('    with ask.part(3, T("a", "a")):\n        pass\n', "its check asks nothing: its points are given to everybody"),
        (
            '    with ask.part(2, T("a", "a")):\n        ask.call("double", 7).equals(14)\n'
            '    with ask.part(1, T("b", "b")):\n        assert 1 + 1 == 2\n',
            "part 2 of its check asks nothing",
        ),
        ('    with ask.part(2, T("a", "a")):\n        ask.call("double", 7).equals(14)\n', "its parts add up to 2 points"),
        (
            '    with ask.part(3, T("a", "a")):\n        ask.call("double", 7).equals(14)\n        {}["missing"]\n',
            "the check fails by itself over the solution, with seed 0: KeyError",
        ),
        (
            '    ask.call("double", 7)\n    with ask.part(3, T("a", "a")):\n        value = ask.call("double", 7).value\n'
            '        if value != 14:\n            raise OSError("no such file")\n',
            "the check itself fails over an answer (OSError: no such file",
        ),
    ],
)
def test_a_check_that_is_at_fault_itself(tmp_path, check, sentence):
    said, _ = found(tmp_path, f"def check(ask):\n{check}")
    assert any(each.startswith(sentence) for each in said)


def test_a_cell_that_gets_points_as_it_is_handed_out(tmp_path):
    check = 'def check(ask):\n    with ask.part(2, T("a", "a")):\n        ask.call("double", 7).equals(14)\n'
    check += '    with ask.part(1, T("b", "b")):\n        ask.value("double.__name__").equals("double")\n'
    said, _ = found(tmp_path, check)
    assert "the cell as it is handed out gets 1 of 3 points" in said


def test_a_practice_check_that_prints_nothing(tmp_path):
    said, _ = found(tmp_path, DOUBLE, practice=("print(double(21))\n", "assert double(21) == 42\n"))
    assert said == ["its practice check prints nothing, so that a student has nothing to compare with"]


WEAK = 'def check(ask):\n    with ask.part(3, T("two", "hai")):\n        ask.call("double", {}).equals({})\n'


def test_what_is_said_to_be_equivalent_is_not_told(tmp_path):
    before, _ = found(tmp_path, WEAK.format(2, 4))
    label = "2 * x => (2 + x)"
    after, tried = found(tmp_path, f"# equivalent: {label} as an example\n{WEAK.format(2, 4)}")
    assert tried.marked == [label] and len(after) == len(before) - 1 and not any(label in each for each in after)


def test_what_answers_like_the_solution_is_not_told(tmp_path):
    said, tried = found(tmp_path, DOUBLE, solution=("    return 2 * x\n", "    return abs(2 * x) if x is None else 2 * x + 0\n"))
    assert not said
    assert {"0 => 1"}.isdisjoint(tried.same) and "abs(2 * x) => (2 * x)" in tried.same


def test_where_many_answers_are_right_only_hopeless_ones_are_tried(tmp_path):
    said, tried = found(tmp_path, f"# open: whatever doubles\n{WEAK.format(2, 4)}")
    assert not said and tried.mutants == 3


def test_an_answer_that_never_ends_or_ends_its_process_is_only_wrong(tmp_path):
    solution = "    total, left = 0, 2\n    while left > 0:\n        total = total + x\n        left -= 1\n    return total\n"
    said, tried = found(tmp_path, DOUBLE, solution=("    return 2 * x\n", solution))
    assert not said and tried.mutants > 10


def test_an_unknown_task_is_named():
    with pytest.raises(UserError, match="my_exercise has no task 'fields': there are max_pool, field"):
        lint.lint(EXAMPLE, ["fields"])


@pytest.mark.parametrize("name", CHEAP)
def test_no_mistake_goes_unseen_in_cheap_tasks_of_ours(name):
    tried = lint.lint(make_exercises.ROOT / "solutions" / f"{name}.py", CHEAP[name])
    assert [str(finding) for one in tried for finding in one.findings] == []
    assert all(one.mutants > 10 and one.seeds == 50 for one in tried)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(path.stem for path in (make_exercises.ROOT / "solutions").glob("*.py")))
def test_no_mistake_goes_unseen_in_ours(name):
    tried = lint.lint(make_exercises.ROOT / "solutions" / f"{name}.py")
    assert [str(finding) for one in tried for finding in one.findings] == []
