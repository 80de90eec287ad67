"""gluon_alexnet.fast.response_norm: another graph, the same answers and gradients."""

import numpy as np
import pytest
from same_function import assert_same

from gluon_alexnet import models, prepare
from gluon_alexnet.fast import graphs, precision, response_norm
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Conv, Dense, LocalResponseNorm, Pool, Spec
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]
NORMS = {
    "the paper's": LocalResponseNorm(alpha=0.3),
    "another power": LocalResponseNorm(3, alpha=0.2, beta=0.6, k=1.5),
    "one channel": LocalResponseNorm(1, alpha=0.2),
    "more channels than there are": LocalResponseNorm(11, alpha=0.1),
}


def made(*layers, shape=(2, 9, 8)):
    net = models.build(Spec("net", layers, shape))
    mx.random.seed(3)
    prepare.prepare(net, mx.np.zeros((2, *shape)), CPU)
    return net


def rewritten(net):
    data, graph = precision.trace(net)
    new = response_norm.written_out(graph, {name: p.shape for name, p in net.collect_params().items()})
    return None if new is None else mx.gluon.SymbolBlock([new], [data], params=net.collect_params())


@pytest.mark.parametrize("name", NORMS)
def test_answers_and_gradients_are_those_of_the_net(name):
    net = made(Conv(7, 3, activation="relu"), NORMS[name], Pool("max", 2), Conv(6, 1), NORMS[name], Dense(3))
    images = mx.np.array(np.random.default_rng(1).normal(size=(2, 2, 9, 8)), dtype="float32")
    block = rewritten(net)
    assert "LRN" not in graphs.operators(precision.trace(block)[1])
    assert_same(block, net, images)


def test_in_the_papers_numbers_they_are_equal_to_a_millionth():
    net = made(Conv(96, 3), LocalResponseNorm())
    images = mx.np.array(np.random.default_rng(1).normal(0, 30, size=(2, 2, 9, 8)), dtype="float32")
    results = []
    for block in (net, rewritten(net)):
        images.attach_grad()
        with mx.autograd.record():
            answers = block(images)
            answers.sum().backward()
        results.append((answers.asnumpy(), images.grad.asnumpy()))
    for ours, theirs in zip(*results, strict=True):
        assert np.abs(ours - theirs).max() <= 1e-6 * np.abs(theirs).max()


@pytest.mark.parametrize(
    "layers",
    [
        (Conv(8, 3), Dense(3)),
        (LocalResponseNorm(), Conv(8, 3)),
        (Conv(1, 3), LocalResponseNorm()),
    ],
)
def test_without_one_whose_channels_are_known_nothing_changes(layers):
    assert rewritten(made(*layers, shape=(6, 9, 8))) is None


def test_a_net_learns_by_it_on_a_cpu_and_answers_by_mxnets():
    net = made(Conv(8, 3), LocalResponseNorm(), Dense(3))
    shapes = {name: p.shape for name, p in net.collect_params().items()}
    for learning in (True, False):
        block = precision.in_precision(net, "float32", for_cpu=True, learning=learning)
        assert ("LRN" in graphs.operators(precision.trace(block)[1])) != learning
    assert shapes == {name: p.shape for name, p in net.collect_params().items()}
    stepper = Stepper(net, CPU, precision="float32")
    rng = np.random.default_rng(0)
    images, labels = mx.np.array(rng.normal(size=(8, 2, 9, 8)), dtype="float32"), mx.np.array([0, 1, 2, 0] * 2, dtype="int32")
    losses = [stepper.step(images, labels, lr=0.02)[0] for _ in range(30)]
    assert losses[-1] < 0.5 * losses[0]
