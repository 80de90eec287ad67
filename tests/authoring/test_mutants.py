"""gluon_alexnet.authoring.mutants: wrong answers, each with one small mistake."""

import ast

import pytest

from gluon_alexnet.authoring import mutants

ANSWER = """# task: mean_loss
def mean_loss(losses, weights):
    \"\"\"A docstring, which is given: 1 + 1.\"\"\"
    {body}
"""


def sources(body, kind=None):
    """The bodies of the mutants of a one-line answer."""
    text = ANSWER.format(body=body)
    own = set(range(4, 4 + body.count("\n") + 1))
    found = mutants.of(text, own)
    return {
        "\n".join(line.strip() for line in each.source.splitlines()[3:])
        for each in found
        if each.source and (kind is None or each.kind == kind)
    }


@pytest.mark.parametrize(
    ("body", "mutant"),
    [
        ("return losses + 1", "return losses + 2"),
        ("return losses + 1", "return losses + 0"),
        ("return losses + 1", "return (losses - 1)"),
        ("return losses + 1", "return (losses)"),
        ("return losses - weights", "return ((weights) - (losses))"),
        ("return losses * weights", "return (weights)"),
        ("return losses // weights", "return (losses / weights)"),
        ("return losses // weights", "return (-(-(losses) // (weights)))"),
        ("return losses < weights", "return (losses <= weights)"),
        ("return losses == weights", "return (losses != weights)"),
        ("return losses.sum(axis=0)", "return losses.sum(axis=1)"),
        ("return losses.sum(axis=-1)", "return losses.sum(axis=0)"),
        ("return losses.sum(axis=0)", "return losses.sum()"),
        ("return min(losses)", "return max(losses)"),
        ("return math.floor(losses)", "return math.ceil(losses)"),
        ("return abs(losses)", "return (losses)"),
        ("return divmod(losses, 3)", "return divmod(3, losses)"),
        ("return losses / weights", "return weights / losses"),
        ("return losses[1:]", "return losses[:]"),
        ("return -losses", "return (losses)"),
        ("return losses and weights", "return ((losses))"),
        ("return 1 if losses else 2", "return (2)"),
        ("return [x for x in losses if x]", "return [x for x in losses if True]"),
        ("return losses", "return None"),
        ("return weights", "return losses"),
    ],
)
def test_a_mistake_that_people_make(body, mutant):
    assert mutant in sources(body)


def test_a_loop_ends_early_and_leaves_out_its_last():
    made = sources("for x in losses:\n        weights += x\n    return weights")
    assert "for x in losses:\nweights += x\nbreak\nreturn weights" in made
    assert "for x in list(losses)[:-1]:\nweights += x\nreturn weights" in made
    assert "for x in losses:\npass\nreturn weights" in made
    assert "for x in losses:\nweights = x\nreturn weights" in made


def test_every_mutant_is_python_and_differs_in_the_students_lines_alone():
    body = "total = (losses * weights).sum(axis=0) / max(len(losses), 1)\n    return float(total) if total > 0 else -1"
    text = ANSWER.format(body=body)
    found = mutants.of(text, {4, 5})
    assert len(found) > 20 and len({each.source for each in found}) == len(found)
    for each in found:
        if each.source:
            ast.parse(each.source)
            assert each.source.splitlines()[:3] == text.splitlines()[:3]
            assert each.source != text and each.diff(text)


def test_letters_beyond_ascii_are_no_obstacle():
    assert "return 'độ chệch', (losses)" in sources("return 'độ chệch', losses + weights", "a term is forgotten")


def test_of_a_net_only_such_as_no_right_one_is_like():
    net = "net = nn.HybridSequential()\n    net.add(nn.Flatten(), nn.Dense(128), nn.Dense(10))\n    return net"
    found = mutants.must_fail(ANSWER.format(body=net), {4, 5, 6}, "mean_loss()")
    kinds = [each.kind for each in found]
    assert kinds == [
        "nothing is returned",
        "its argument is returned",
        "another number of classes",
        "a net of one dense layer",
        "a net that always says the same",
    ]
    assert "nn.Dense(128), nn.Dense(11)" in found[2].source
