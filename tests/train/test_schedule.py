"""gluon_alexnet.train.schedule: gluoncv's rates against formulas written out by hand."""

import math

import pytest

from gluon_alexnet import settings
from gluon_alexnet.errors import UserError
from gluon_alexnet.train import schedule


def rates(name, total, warmup=0.0, lr=0.4):
    rate = schedule.learning_rate(name, lr, total, warmup)
    return [rate(step) for step in range(total)]


def test_constant_stays():
    assert rates("constant", 5) == [0.4] * 5


def test_cosine_falls_by_half_a_cosine():
    expected = [0.4 * (1 + math.cos(math.pi * step / 8)) / 2 for step in range(8)]
    assert rates("cosine", 8) == pytest.approx(expected, rel=1e-12)


def test_linear_falls_in_equal_parts_and_the_last_step_still_learns():
    assert rates("linear", 4) == pytest.approx([0.4, 0.3, 0.2, 0.1], rel=1e-12)


def test_step_is_divided_by_ten_after_half_and_after_three_quarters():
    assert rates("step", 8) == pytest.approx([0.4] * 4 + [0.04] * 2 + [0.004] * 2, rel=1e-12)


@pytest.mark.parametrize("total", [1, 2, 3, 5, 7, 10])
def test_step_follows_the_share_of_the_run_that_is_done(total):
    expected = [0.4 * 10.0 ** -((step / total >= 0.5) + (step / total >= 0.75)) for step in range(total)]
    assert rates("step", total) == pytest.approx(expected, rel=1e-12)


def test_warm_up_rises_linearly_to_the_highest_rate():
    assert rates("constant", 10, warmup=0.4) == pytest.approx([0.1, 0.2, 0.3] + [0.4] * 7, rel=1e-12)


def test_cosine_after_a_warm_up_falls_over_the_rest_of_the_run():
    expected = [0.2, 0.4] + [0.4 * (1 + math.cos(math.pi * step / 6)) / 2 for step in range(6)]
    assert rates("cosine", 8, warmup=0.25) == pytest.approx(expected, rel=1e-12)


def test_step_after_a_warm_up_counts_from_its_end():
    assert rates("step", 6, warmup=1 / 3) == pytest.approx([0.2, 0.4, 0.4, 0.4, 0.04, 0.004], rel=1e-12)


@pytest.mark.parametrize("name", settings.SCHEDULES)
def test_a_run_of_one_step_learns_at_the_full_rate(name):
    assert rates(name, 1) == [0.4]


@pytest.mark.parametrize("name", settings.SCHEDULES)
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.25, 0.5, 0.99])
@pytest.mark.parametrize("total", [1, 2, 3, 4, 5, 11, 1000])
def test_every_step_learns_and_none_above_the_highest_rate(name, warmup, total):
    assert all(0 < rate <= 0.4 * (1 + 1e-12) for rate in rates(name, total, warmup))


def test_steps_may_be_asked_for_in_any_order():
    rate = schedule.learning_rate("cosine", 0.4, 20, 0.2)
    forwards = [rate(step) for step in range(20)]
    assert [rate(step) for step in reversed(range(20))] == forwards[::-1]


def test_an_unknown_schedule_is_told_with_the_known():
    with pytest.raises(UserError, match="'cosin': did you mean 'cosine'\\? take one of constant, step, linear, cosine"):
        schedule.learning_rate("cosin", 0.1, 10)


@pytest.mark.parametrize("warmup", [-0.1, 1, 1.5, math.nan])
def test_a_warm_up_that_is_no_share_of_the_run_is_refused(warmup):
    with pytest.raises(UserError, match="warmup is"):
        schedule.learning_rate("cosine", 0.1, 10, warmup)


@pytest.mark.parametrize("lr", [0, -1, 1e39, math.inf, math.nan])
def test_a_rate_that_is_not_positive_is_refused(lr):
    with pytest.raises(UserError, match="lr is"):
        schedule.learning_rate("cosine", lr, 10)


def test_without_gluoncv_its_name_and_the_pip_command_are_told(monkeypatch):
    monkeypatch.setattr(schedule.importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(schedule.sys.modules, "gluoncv.utils.lr_scheduler", raising=False)
    schedule._gluoncv_schedulers.cache_clear()
    try:
        with pytest.raises(UserError, match=r"-m pip install --no-deps gluoncv==0\.10\.5\.post0"):
            schedule.learning_rate("cosine", 0.1, 10)
    finally:
        schedule._gluoncv_schedulers.cache_clear()
