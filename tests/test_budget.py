"""gluon_alexnet.budget: runs that end in time, by hand-made times."""

import pytest

from gluon_alexnet import budget
from gluon_alexnet.budget import Plan

SECONDS = {"small": 1.0, "full": 4.0, "evaluate": 10.0}


def test_a_plan_that_was_never_changed_counts_steps():
    plan = Plan(7, 7)
    assert [plan.at(step) for step in range(8)] == list(range(8))


def test_what_is_left_of_the_schedule_is_spread_over_the_steps_that_are_left():
    # 30 of 100 done, and 35 steps for the other 70.
    plan = Plan(100, 100).anew(30, 35)
    assert (plan.total, plan.at(30), plan.at(31), plan.at(65)) == (65, 30, 32, 100)
    # 44 of 100 done after 37 steps, and 112 steps for the other 56.
    plan = plan.anew(37, 112)
    assert (plan.total, plan.at(37), plan.at(39), plan.at(149)) == (149, 44, 45, 100)


def test_steps_by_hand():
    # Without small images: (4 + 10 / 5) seconds a step.
    assert budget.steps_within(600, SECONDS, 0.0, 5) == 100
    # Half of them small: (2.5 + 2).
    assert budget.steps_within(450, SECONDS, 0.5, 5) == 100
    # Less than a pass is not evaluated in between.
    assert budget.steps_within(16, SECONDS, 0.0, 5) == 4
    assert budget.steps_within(-1, SECONDS, 0.0, 5) == 1


def passed(step_seconds, steps=5, evaluate=10.0):
    return {"data": 0.25 * step_seconds * steps, "step": 0.75 * step_seconds * steps, "evaluate": evaluate}


@pytest.mark.parametrize(
    ("spent", "left", "total"),
    [
        # As was measured: the plan stays.
        (passed(4.0), 570, 100),
        # Half as fast: (8 + 2) seconds a step, 55 more.
        (passed(8.0), 550, 60),
        # Twice as fast, and so is the evaluation: (2 + 1) seconds a step, 195 more.
        (passed(2.0, evaluate=5.0), 585, 200),
        # Not even one more.
        (passed(8.0), 17.9, 5),
    ],
)
def test_the_run_is_as_long_as_the_last_pass_says(spent, left, total):
    plan = budget.planned_anew(Plan(100, 100), 5, left, SECONDS, 0.0, spent, 5)
    assert (plan.total, plan.begin, plan.place) == (total, 5, 5)


def test_small_images_that_are_still_to_come_are_counted():
    # 20 of 100 done in small images, twice as slow as measured; of the 80 left, 30 are small: 30/80 * 2 + 50/80 * 8 + 2 = 7.75.
    plan = budget.planned_anew(Plan(100, 100), 20, 775, SECONDS, 0.5, passed(2.0), 5)
    assert plan.total == 20 + 100
    assert plan.small_steps(20, 120, 0.5) == 38  # those before place 50, where a step moves on by .8
    # A pass of both: three of its steps were small, two full.
    spent = {"data": 0.0, "step": 3 * 1.0 + 2 * 4.0, "evaluate": 10.0}
    plan = budget.planned_anew(Plan(100, 100), 55, 270, SECONDS, 0.53, spent, 5)
    assert plan.total == 55 + 45
