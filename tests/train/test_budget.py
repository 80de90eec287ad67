"""gluon_alexnet.train.budget: runs that end in time, by hand-made times."""

import pytest

from gluon_alexnet.train import budget
from gluon_alexnet.train.budget import Plan

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
    # Without small images: 20 passes of 5 steps of 4 seconds and an evaluation of 10.
    assert budget.steps_within(600, SECONDS, 0.0, 5) == 100
    # Half of them small: 20 passes of 5 steps of 2.5 and an evaluation.
    assert budget.steps_within(450, SECONDS, 0.5, 5) == 100
    # After 20 passes, 13 seconds are too few for a step and its evaluation, 14 enough for one, 18 for two.
    assert [budget.steps_within(600 + more, SECONDS, 0.0, 5) for more in (13, 14, 18)] == [100, 101, 102]
    # Less than a pass is evaluated too: 4 steps, 10 seconds, and 3 to spare.
    assert budget.steps_within(29, SECONDS, 0.0, 5) == 4
    assert budget.steps_within(-1, SECONDS, 0.0, 5) == 1


def test_steps_from_the_midst_of_a_pass_by_hand():
    # Of a pass of 5, 2 are done: 3 more and an evaluation take 22 seconds, a whole pass after that 30.
    assert [budget.steps_within(left, SECONDS, 0.0, 5, 2) for left in (21, 22, 35, 36, 52)] == [2, 3, 3, 4, 8]


@pytest.mark.parametrize(
    ("seconds", "left", "total"),
    [
        # As was measured: the plan stays.
        (SECONDS, 570, 100),
        # Half as fast: (8 + 2) seconds a step and its share of an evaluation, 55 more.
        ({"small": 2.0, "full": 8.0, "evaluate": 10.0}, 550, 60),
        # Twice as fast, and so is the evaluation: (2 + 1) seconds, 195 more.
        ({"small": 0.5, "full": 2.0, "evaluate": 5.0}, 585, 200),
        # Not even one more.
        ({"small": 2.0, "full": 8.0, "evaluate": 10.0}, 17.9, 5),
    ],
)
def test_the_run_is_as_long_as_the_last_pass_says(seconds, left, total):
    plan = budget.planned_anew(Plan(100, 100), 5, left, seconds, 0.0, 5)
    assert (plan.total, plan.begin, plan.place) == (total, 5, 5)


def test_a_run_is_planned_within_a_pass():
    # At step 32 of passes of 5: 3 more finish the pass, and 36 seconds are enough for one of the next.
    plan = budget.planned_anew(Plan(100, 100), 32, 36, SECONDS, 0.0, 5)
    assert (plan.total, plan.begin, plan.place) == (36, 32, 32)
    assert budget.planned_anew(plan, 34, 13.9, SECONDS, 0.0, 5).total == 34


def test_small_images_that_are_still_to_come_are_counted():
    # 20 of 100 done; of the 80 left, 30 are small: with both twice as slow, 30/80 * 2 + 50/80 * 8 + 10/5 = 7.75 seconds a step.
    slow = {"small": 2.0, "full": 8.0, "evaluate": 10.0}
    plan = budget.planned_anew(Plan(100, 100), 20, 775, slow, 0.5, 5)
    assert plan.total == 20 + 100
    assert sum(plan.done(step) < 0.5 for step in range(20, 120)) == 38  # those before place 50, where a step moves on by .8
    # Where none are left, only the full ones count: 270 seconds are 45 steps of 4 and their 9 evaluations.
    assert budget.planned_anew(Plan(100, 100), 55, 270, SECONDS, 0.53, 5).total == 55 + 45


def test_what_an_evaluation_does_once_is_counted_once(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(budget.time, "monotonic", lambda: clock[0])

    class Stepper:
        def snapshot(self):
            return None

        def restore(self, kept):
            pass

        def batches(self, data, epoch):
            return iter(())

        def step(self, images, labels, lr):
            clock[0] += 1.0

        def evaluate(self, data):
            # A second and a half for the weights, a tenth for each batch.
            clock[0] += 1.5 + 0.1 * len(data)

    class Sizes:
        small = False

    data = [None] * 100
    measured = budget.measure(0.1, Stepper(), [0] * 8, [0] * 8, data, (data, None), Sizes)
    assert measured["evaluate"] == pytest.approx(100 * 0.1 + 1.5, abs=0.2)
