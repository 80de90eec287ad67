import pytest

from gluon_alexnet import lenet
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import rehearsal


def test_a_recipe_has_the_keywords_and_the_values_of_a_check():
    usual = rehearsal.usual()
    assert (usual["images"], usual["epochs"], usual["lr"], usual["test_images"]) == (10_000, 2, 0.05, 2_000)
    assert "self" not in usual


def test_a_net_is_counted_as_the_grader_counts_it():
    about = rehearsal.take("mine", {"net": lenet}, "net()", (1, 28, 28))
    # LeCun et al. 1998, as the chapter has it: 6 and 16 filters of 5x5, then 120, 84 and 10 units.
    assert about["params"] == 61_706
    rehearsal.forget(["mine"])


def test_what_is_no_net_is_told_in_both_languages():
    with pytest.raises(UserError) as caught:
        rehearsal.take("mine", {"net": lambda: 3}, "net()", (1, 28, 28))
    assert caught.value.args[0].en == "net() is a int, not a net (a Gluon HybridBlock)"
    assert caught.value.args[0].vi == "net() là một int, không phải là mạng (HybridBlock của Gluon)"
