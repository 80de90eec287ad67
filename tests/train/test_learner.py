"""gluon_alexnet.train.learner: gradients and sums are PyTorch's, however they come about."""

import numpy as np
import pytest

from gluon_alexnet import models, prepare
from gluon_alexnet.fast.precision import LossScaler
from gluon_alexnet.machine import runtime
from gluon_alexnet.train import learner
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
torch = pytest.importorskip("torch")
CPU = [mx.cpu()]
SHAPE, CLASSES = (5, 1, 4, 4), 3


class Python(mx.gluon.Block):
    """What MXNet cannot trace."""

    def __init__(self):
        super().__init__()
        self.dense = mx.gluon.nn.Dense(CLASSES)

    def forward(self, images):
        return self.dense(images)


def made(kind):
    net = Python() if kind == "recorded" else models.build(models.Spec("net", (models.Dense(CLASSES),), SHAPE[1:]))
    mx.random.seed(1)
    prepare.prepare(net, mx.np.zeros(SHAPE), CPU)
    return net


def batch(count=SHAPE[0], seed=0):
    rng = np.random.RandomState(seed)
    images, labels = rng.rand(count, *SHAPE[1:]).astype("float32"), rng.randint(0, CLASSES, count)
    return mx.np.array(images), mx.np.array(labels, dtype="int32")


def by_pytorch(net, images, labels, label_smoothing=0.0):
    """Sum of the losses, right answers, and gradients of weight and bias."""
    weight, bias = (torch.tensor(p.data().asnumpy(), requires_grad=True) for p in net.collect_params().values())
    logits = torch.tensor(images.asnumpy()).flatten(1) @ weight.T + bias
    labels = torch.tensor(labels.asnumpy()).long()
    loss = torch.nn.functional.cross_entropy(logits, labels, reduction="sum", label_smoothing=label_smoothing)
    loss.backward()
    return loss.item(), int((logits.argmax(1) == labels).sum()), [weight.grad.numpy(), bias.grad.numpy()]


def gradients(net):
    return [p.grad().asnumpy().copy() for p in net.collect_params().values()]


@pytest.mark.parametrize("kind", ["bound", "recorded"])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.3])
def test_gradients_and_sums_are_pytorchs(kind, label_smoothing):
    net, (images, labels) = made(kind), batch()
    learn = learner.learner(net, SHAPE, label_smoothing)
    assert isinstance(learn, learner.Bound) == (kind == "bound")
    logits = learn(images, labels)
    loss, right, slopes = by_pytorch(net, images, labels, label_smoothing)
    assert learner.sums(logits.asnumpy(), labels.asnumpy(), label_smoothing) == (pytest.approx(loss, rel=1e-5), right)
    for mine, theirs in zip(gradients(net), slopes, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


def test_batches_of_other_sizes_are_learned_by_turns():
    net = made("bound")
    learn = learner.learner(net, SHAPE)
    for count, seed in ((5, 0), (2, 1), (5, 2), (7, 3)):
        images, labels = batch(count, seed)
        learn(images, labels)
        for mine, theirs in zip(gradients(net), by_pytorch(net, images, labels)[2], strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


def test_of_many_sizes_of_batches_few_executors_are_kept():
    net = made("bound")
    learn = learner.learner(net, SHAPE)
    for count in [*range(1, 21), 3]:
        learn(*batch(count))
    assert len(learn.executors) == learner.MOST_EXECUTORS < 20
    assert [images[0] for _, images in learn.executors][-2:] == [20, 3]
    images, labels = batch(3)
    for mine, theirs in zip(gradients(net), by_pytorch(net, images, labels)[2], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


def test_gradients_that_are_to_be_added_up_are():
    net = made("bound")
    learn = learner.learner(net, SHAPE)
    learn(*batch(seed=0))
    net.collect_params().setattr("grad_req", "add")
    net.collect_params().zero_grad()
    both = [batch(seed=0), batch(seed=1)]
    for images, labels in both:
        learn(images, labels)
    slopes = [by_pytorch(net, *each)[2] for each in both]
    for mine, first, second in zip(gradients(net), *slopes, strict=True):
        np.testing.assert_allclose(mine, first + second, rtol=1e-4, atol=1e-6)


def test_weights_that_are_drawn_anew_are_learned():
    net, (images, labels) = made("bound"), batch()
    learn = learner.learner(net, SHAPE)
    learn(images, labels)
    net.initialize(mx.init.Normal(1), ctx=CPU, force_reinit=True)
    learn(images, labels)
    for mine, theirs in zip(gradients(net), by_pytorch(net, images, labels)[2], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


def test_the_factor_of_the_loss_is_that_of_the_gradients_and_no_part_of_the_logits():
    net, (images, labels) = made("bound"), batch()
    learn = learner.learner(net, SHAPE, scaled=True)
    for factor in (1024.0, 8.0):
        logits = learn(images, labels, factor)
        np.testing.assert_allclose(logits.asnumpy(), net(images).asnumpy(), rtol=1e-5)
        for mine, theirs in zip(gradients(net), by_pytorch(net, images, labels)[2], strict=True):
            np.testing.assert_allclose(mine, factor * theirs, rtol=1e-4, atol=1e-4)


def test_a_step_with_a_scaled_loss_is_the_step_without():
    def weights(scaler):
        net = made("bound")
        stepper = Stepper(net, CPU, momentum=0.9)
        stepper.scaler = scaler
        told = [stepper.step(*batch(seed=seed), lr=0.1) for seed in range(3)]
        return told, [p.data().asnumpy() for p in net.collect_params().values()]

    told, scaled = weights(LossScaler())
    expected, plain = weights(None)
    np.testing.assert_allclose(told, expected, rtol=1e-5)
    for mine, theirs in zip(scaled, plain, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_that_are_no_numbers_make_a_loss_that_is_none(value):
    loss, _ = learner.sums(np.array([[0.0, value], [0.0, 1.0]], "float32"), np.array([0, 1]))
    assert not np.isfinite(loss)


def test_dropout_draws_anew_in_every_step_and_the_same_from_the_same_seed():
    net = models.build(models.Spec("net", (models.Dropout(0.5), models.Dense(CLASSES)), SHAPE[1:]))
    prepare.prepare(net, mx.np.zeros(SHAPE), CPU)
    learn, drawn = learner.learner(net, SHAPE), []
    for seed in (1, None, 1):
        if seed:
            mx.random.seed(seed)
        drawn.append(learn(*batch()).asnumpy().copy())
    assert (drawn[0] == drawn[2]).all() and not (drawn[0] == drawn[1]).all()


def test_running_statistics_are_those_of_a_recorded_step():
    def statistics(learn_by):
        net = models.build(models.Spec("net", (models.BatchNorm(), models.Dense(CLASSES)), SHAPE[1:]))
        mx.random.seed(1)
        prepare.prepare(net, mx.np.zeros(SHAPE), CPU)
        learn_by(net)(*batch())
        return [p.data().asnumpy() for p in net.collect_params().values() if not p._differentiable]

    bound = statistics(lambda net: learner.learner(net, SHAPE))
    recorded = statistics(lambda net: learner.recorded(net, 0.0))
    assert len(bound) == 2
    for mine, theirs in zip(bound, recorded, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)
        assert mine.any()


def test_a_step_tells_nothing_on_stderr(capfd):
    # MXNet tells what it does to a graph whenever one is bound, on the process's own stderr.
    net = made("bound")
    learner.learner(net, SHAPE)(*batch()).wait_to_read()
    assert capfd.readouterr() == ("", "")
