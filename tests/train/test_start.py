"""gluon_alexnet.train.start: what has to be the same for a run to go on; the rest through fit (test_trainer.py)."""

import pytest

from gluon_alexnet.errors import CheckpointError, UserError
from gluon_alexnet.settings import Settings
from gluon_alexnet.train import start

DATA = {"name": "custom", "sha256": {}}


def state(**settings):
    told = Settings(**settings).as_json()
    return {"history": {"settings": {**told, "device": ["cpu(0)"]}, "data": DATA}}


def told(**settings):
    return {**Settings(**settings).as_json(), "device": ["cpu(0)"], "precision_reason": "as asked for"}


def test_how_often_it_is_saved_and_by_how_many_threads_may_change():
    start.check_same(told(checkpoint_minutes=1, threads=1), DATA, state(), "run")


@pytest.mark.parametrize(
    ("kw", "sentence"),
    [
        ({"lr": 0.5}, "lr was 0.01 and is 0.5"),
        ({"schedule": max}, r"schedule was 'constant' and is 'max\(\)'"),
        ({"minutes": 1}, "epochs was 10 and is None; minutes was None and is 1"),
    ],
)
def test_what_it_computes_may_not(kw, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        start.check_same(told(**kw), DATA, state(), "run")


def test_a_run_from_before_a_setting_had_its_default():
    old = state()
    del old["history"]["settings"]["accumulate"]
    start.check_same(told(), DATA, old, "run")
    with pytest.raises(CheckpointError, match="accumulate was 1 and is 2"):
        start.check_same(told(accumulate=2), DATA, old, "run")


def test_auto_keeps_the_precision_of_the_run():
    kept = start.as_begun(Settings(minutes=3), state(precision="float32"))
    assert (kept.precision, kept.minutes, kept.epochs) == ("float32", 3, None)
    assert start.as_begun(Settings(precision="bfloat16"), state(precision="float32")).precision == "bfloat16"


def test_resuming_needs_a_folder():
    assert start.kept(None, False) == (None, None)
    with pytest.raises(UserError, match="resume needs the folder of the run"):
        start.kept(None, True)
