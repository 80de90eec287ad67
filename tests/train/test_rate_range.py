"""gluon_alexnet.train.rate_range: the range test, and that it leaves no trace."""

import random

import numpy as np
import pytest
from small_data import blobs

from gluon_alexnet import fit, models
from gluon_alexnet.errors import DataError, UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.train import lr_find

mx = runtime.load_mxnet()
QUIET = dict(progress=False, precision="float32")
DATA = blobs(320)


def net_with_statistics():
    return models.build(models.Spec("net", (models.Conv(4, 3), models.BatchNorm(), models.Dense(10)), (1, 28, 28)))


def values(net):
    return [p.data().asnumpy().copy() for p in net.collect_params().values()]


def test_the_rates_rise_evenly_and_the_losses_are_those_of_the_steps():
    found = lr_find(models.lenet(activation="relu"), DATA, 1e-4, 1e-1, steps=31, precision="float32")
    assert np.diff(np.log10(found.rates)) == pytest.approx([0.1] * 30)
    rates = [1e-4 * 10 ** (step / 10) for step in range(10)]
    # A run by these rates; the test goes on with a second pass of its ten batches.
    run = fit(models.lenet(activation="relu"), DATA, epochs=1, schedule=lambda step: rates[step], **QUIET)
    assert found.losses[:10] == pytest.approx(run.step_losses, rel=1e-6)
    assert found.exploded is None and len(found.losses) == len(found.smoothed) == 31


def test_the_suggested_rate_teaches_and_a_hundredth_of_it_does_not():
    # One layer, whose loss has no more than one valley: what it comes to does not hang on the last bits.
    def net():
        return models.build(models.Spec("linear", (models.Dense(10),), (1, 28, 28)))

    rate = lr_find(net(), DATA, momentum=0.9, precision="float32").suggested
    told = dict(epochs=2, momentum=0.9, **QUIET)
    losses = [fit(net(), DATA, lr=lr, **told).epochs[-1].loss for lr in (rate, rate / 100)]
    assert losses[0] < 0.2 and losses[1] > 1


def test_it_stops_when_the_loss_explodes():
    found = lr_find(models.lenet(activation="relu"), DATA, 1e-3, 1e6, steps=100, precision="float32")
    assert found.exploded is not None and len(found.rates) == len(found.losses) < 100
    assert max(found.rates) <= found.exploded and found.suggested < found.exploded
    assert "exploded at" in repr(found)


@pytest.mark.parametrize("optimizer", [{}, {"optimizer": "adam"}, {"optimizer": "nag", "momentum": 0.9}])
def test_weights_and_statistics_are_put_back(optimizer):
    net = net_with_statistics()
    fit(net, DATA, epochs=1, **QUIET)
    before, gradients = values(net), [p.grad().asnumpy().copy() for p in net.collect_params().values() if p.grad_req != "null"]
    lr_find(net, DATA, steps=20, precision="float32", **optimizer)
    for a, b in zip(values(net), before, strict=True):
        np.testing.assert_array_equal(a, b)
    for p, b in zip([p for p in net.collect_params().values() if p.grad_req != "null"], gradients, strict=True):
        np.testing.assert_array_equal(p.grad().asnumpy(), b)


@pytest.mark.parametrize("make", [net_with_statistics, lambda: models.lenet(dropout=0.5)])
def test_a_run_after_it_is_the_run_without_it(make):
    net = make()
    lr_find(net, DATA, steps=20, precision="float32", seed=3)
    assert all(p._data is None and not p._deferred_init for p in net.collect_params().values())
    runs = [fit(each, DATA, epochs=1, seed=5, initializer="he", **QUIET).step_losses for each in (net, make())]
    assert runs[0] == runs[1]


def test_random_states_are_put_back():
    class Shuffled:
        """Data of somebody's own that draws from the random numbers of NumPy and Python."""

        def __iter__(self):
            order = np.random.permutation(len(DATA))
            random.random()
            return iter([DATA[number] for number in order])

        def __len__(self):
            return len(DATA)

    def after(find):
        np.random.seed(1), random.seed(2), mx.random.seed(3)
        find()
        return np.random.rand(), random.random()

    net = models.lenet(dropout=0.5)
    assert after(lambda: None) == after(lambda: lr_find(net, Shuffled(), steps=20, precision="float32"))

    def drawn():
        mx.random.seed(3)
        lr_find(net, DATA, steps=20, precision="float32")
        return float(mx.np.random.uniform())

    assert drawn() == drawn()


def test_weights_are_put_back_where_a_batch_is_bad():
    net = models.lenet(activation="relu")
    fit(net, DATA, epochs=1, **QUIET)
    before = values(net)
    bad = [*DATA[:5], (DATA[5][0], DATA[5][1] + 7)]
    with pytest.raises(DataError, match="there are labels from"):
        lr_find(net, bad, steps=20, precision="float32")
    for a, b in zip(values(net), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_engine_of_pytorch_sees_the_same_and_puts_back_as_well():
    torch = pytest.importorskip("torch")
    net = models.lenet(activation="relu")
    fit(net, DATA, epochs=1, **QUIET)
    before, told = values(net), dict(steps=40, precision="float32", low=1e-4, high=0.1, device="cpu")
    torch.manual_seed(4)
    found = lr_find(net, DATA, engine="torch", **told)
    drawn = torch.rand(1).item()
    torch.manual_seed(4)
    assert drawn == torch.rand(1).item()
    assert found.losses == pytest.approx(lr_find(net, DATA, **told).losses, rel=1e-3)
    for a, b in zip(values(net), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_where_the_loss_hardly_falls_nothing_is_suggested():
    found = lr_find(models.lenet(activation="relu"), DATA, 1e-9, 1e-7, steps=20, precision="float32")
    assert found.suggested is None and "suggested none" in repr(found)


def test_a_loss_and_an_optimizer_of_ones_own_are_taken():
    told = dict(loss=mx.gluon.loss.SoftmaxCELoss(), optimizer=mx.optimizer.SGD(momentum=0.9), precision="float32")
    found = lr_find(models.lenet(activation="relu"), DATA, high=0.05, steps=20, **told)
    expected = lr_find(models.lenet(activation="relu"), DATA, high=0.05, steps=20, momentum=0.9, precision="float32")
    assert found.losses == pytest.approx(expected.losses, rel=1e-4)


@pytest.mark.parametrize(
    ("kw", "sentence"),
    [
        ({"low": 0}, "low is 0 and high 10.0: they are learning rates above 0"),
        ({"low": 1, "high": 1}, "the second the larger"),
        ({"high": "10"}, "high '10'"),
        ({"steps": 5}, "steps is 5: it is a whole number of at least 10"),
        ({"optimizer": "nadm"}, "did you mean 'nadam'"),
    ],
)
def test_arguments_out_of_range_are_told(kw, sentence):
    with pytest.raises(UserError, match=sentence):
        lr_find(models.lenet(), DATA, **kw)


def test_data_without_a_batch_is_told():
    with pytest.raises(UserError, match="gives no batch"):
        lr_find(models.lenet(), [])


def test_it_draws_itself(tmp_path):
    found = lr_find(models.lenet(activation="relu"), DATA, steps=60, precision="float32")
    axes = found.figure(dark=True).axes[0]
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "learning rate"
    labels = axes.get_legend_handles_labels()[1]
    assert f"suggested: {found.suggested:.2g}" in labels
    found.save(tmp_path / "range.png")
    assert (tmp_path / "range.png").read_bytes()[:4] == found._repr_png_()[:4] == b"\x89PNG"
