"""gluon_alexnet.train.sizes: small images first, then those that the loader was made for."""

from types import SimpleNamespace

import pytest

from gluon_alexnet import FashionMNISTLoader, fit, models
from gluon_alexnet.errors import UserError
from gluon_alexnet.train import budget, loop, sizes, trainer


def loader(**options):
    return FashionMNISTLoader("train", 50, data="stand-in", limit=200, **options)


def net():
    """Takes images of any size."""
    layers = (models.Conv(16, 3, activation="relu"), models.GlobalPool("max"), models.Dense(10))
    return models.build(models.Spec("net", layers, (1, 28, 28)))


class Watched:
    """A loader that notes the size of every batch that it made, which takes 10 ms of its clock."""

    def __init__(self, data):
        self.data, self.seen, self.settings, self.now = data, [], data.settings, 0.0

    size = property(lambda self: self.data.size, lambda self, size: setattr(self.data, "size", size))

    def __len__(self):
        return len(self.data)

    def batches(self, epoch, start=0):
        for images, labels in self.data.batches(epoch, start):
            self.seen.append(images.shape[2])
            self.now += 0.01
            yield images, labels


def test_the_first_share_of_the_steps_is_small():
    data = Watched(loader())
    fit(net(), data, epochs=2, progressive=(20, 0.5), precision="float32", progress=False)
    # The first batch of each size is only looked at: does the net take it?
    assert data.seen == [28, 20, *[20] * 4, *[28] * 4]
    assert data.size == (28, 28)


def test_a_run_stopped_among_the_small_ones_goes_on_as_if_it_had_not_been(tmp_path):
    options = dict(epochs=2, progressive=(20, 0.75), precision="float32", progress=False)
    whole = fit(net(), loader(), **options)

    def stop(step, loss, accuracy):
        if step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(net(), loader(), folder=tmp_path, checkpoint_minutes=1e-9, on_step=stop, **options)
    assert fit(net(), loader(), folder=tmp_path, resume=True, **options).step_losses == whole.step_losses


def test_a_run_that_fails_leaves_the_loader_as_it_was():
    data = loader()

    def stop(*_):
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fit(net(), data, epochs=2, progressive=(20, 0.5), precision="float32", progress=False, on_step=stop)
    assert data.size == (28, 28)


def test_a_net_of_one_size_is_told():
    data = loader()
    with pytest.raises(UserError, match=r"progressive is \(20, 0.5\), and this net does not take images of both sizes"):
        fit(models.lenet(), data, epochs=2, progressive=(20, 0.5), precision="float32", progress=False)
    assert data.size == (28, 28)


def test_a_time_budget_counts_both_sizes(monkeypatch):
    data = Watched(loader())
    for module in (budget, loop, trainer):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: data.now))
    history = fit(net(), data, minutes=0.02, progressive=(20, 0.5), precision="float32", progress=False)
    total = history.settings["total_steps"]
    assert total > 80 and history.settings["progressive"] == [20, 0.5]
    seen = data.seen[-total:]
    # Planned anew after every pass, the run has half of its schedule in small images and not to the step half of its steps.
    assert seen == sorted(seen) and abs(seen.count(20) - total / 2) <= 2


def test_data_without_a_size_is_told():
    with pytest.raises(UserError, match="FashionMNISTLoader"):
        sizes.Sizes([], (20, 0.5))
