"""gluon_alexnet.train.sgd: the steps of MXNet's SGD, on the memory of the weights."""

import numpy as np
import pytest

from gluon_alexnet import prepare
from gluon_alexnet.machine import runtime
from gluon_alexnet.train import sgd
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]


def made(units=1200):
    """A net, of more weights than `sgd.LARGE` with 1200 units, drawn from seed 3."""
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(units, activation="relu"), mx.gluon.nn.Dense(10))
    mx.random.seed(3)
    prepare.prepare(net, mx.np.zeros((2, 1, 30, 30)), CPU)
    return net


def weights_after(optimizer_class, steps=3, units=1200, **settings):
    net = made(units)
    stepper = Stepper(net, CPU, **settings)
    assert type(stepper.trainer._optimizer).__name__ == optimizer_class
    rng = np.random.RandomState(1)
    for step in range(steps):
        images, labels = mx.np.array(rng.rand(8, 1, 30, 30), dtype="float32"), mx.np.array(rng.randint(10, size=8), dtype="int32")
        stepper.step(images, labels, lr=0.1 / (step + 1))
    return [p.data().asnumpy() for p in net.collect_params().values()]


@pytest.mark.parametrize("settings", [{}, {"wd": 0.1}, {"momentum": 0.0}, {"units": 20}], ids=str)
def test_steps_are_those_of_mxnet(monkeypatch, settings):
    ours = weights_after("PlainSGD", **settings)
    monkeypatch.setattr(sgd, "KNOWN", set())
    for mine, theirs in zip(ours, weights_after("SGD", **settings), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)


def test_rates_of_single_parameters_count(monkeypatch):
    net = made()
    first, *others = net.collect_params().values()
    first.lr_mult, first.wd_mult = 0.0, 2.0
    before = first.data().asnumpy()
    stepper = Stepper(net, CPU, wd=0.1)
    changed = [p.data().asnumpy() for p in others]
    stepper.step(mx.np.ones((4, 1, 30, 30)), mx.np.array([1, 2, 3, 4], dtype="int32"), lr=0.1)
    np.testing.assert_array_equal(first.data().asnumpy(), before)
    assert not np.array_equal(others[1].data().asnumpy(), changed[1])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_element_is_updated_once(monkeypatch, threads):
    monkeypatch.setattr(sgd, "CHUNK", 7)
    weights = [np.arange(size, dtype="float32") for size in (1, 7, 50)]
    gradients = [np.ones(size, dtype="float32") for size in (1, 7, 50)]
    sgd.subtract(weights, gradients, [(1.0, 2.0), (0.5, 1.0), (1.0, 0.0)], threads)
    for weight, expected in zip(weights, [np.arange(1) - 2, np.arange(7) / 2 - 1, np.arange(50)], strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_a_step_beyond_float32_warns_of_nothing():
    weights = [np.array([1.0, 2.0], "float32")]
    sgd.subtract(weights, [np.array([0.0, 1.0], "float32")], [(1.0, 1e39)], 1)
    np.testing.assert_array_equal(weights[0], [np.nan, -np.inf])


def test_the_view_is_the_memory_of_the_array_whatever_its_layout():
    weight = mx.np.array(np.random.RandomState(1).rand(32, 16, 3, 3), dtype="float32")
    expected = weight.asnumpy()
    # An answer leaves the weights in the layout of oneDNN.
    mx.npx.convolution(mx.np.ones((1, 16, 8, 8)), weight, kernel=(3, 3), num_filter=32, no_bias=True).wait_to_read()
    view = sgd.memory(weight)
    np.testing.assert_array_equal(view, expected.ravel())
    view[:] = 5
    assert (weight == 5).all()


@pytest.mark.parametrize(
    ("name", "settings", "on_cpu", "expected"),
    [
        ("SGD", {"wd": 0.1}, True, "PlainSGD"),
        ("sgd", {"momentum": 0.9}, True, "SGD"),
        ("sgd", {"clip_gradient": 1.0}, True, "SGD"),
        ("sgd", {}, False, "SGD"),
        ("nag", {}, True, "NAG"),
    ],
)
def test_only_plain_sgd_on_a_cpu_is_ours(name, settings, on_cpu, expected):
    parameters = list(made().collect_params().values())
    assert type(sgd.optimizer(name, settings, parameters, on_cpu)).__name__ == expected


def test_other_dtypes_are_left_to_mxnet():
    small = [mx.gluon.Parameter("w", shape=(10, 10))]
    double = [mx.gluon.Parameter("w", shape=(10, 10), dtype="float64")]
    assert type(sgd.optimizer("sgd", {}, small, True)).__name__ == "PlainSGD"
    assert type(sgd.optimizer("sgd", {}, small + double, True)).__name__ == "SGD"
