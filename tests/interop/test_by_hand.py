"""The layers that notebook 00 writes by hand give what PyTorch and MXNet give, by the conventions that its texts name."""

import exercise_here as here
import numpy as np
import pytest

from gluon_alexnet.interop.torch import load_torch
from gluon_alexnet.machine import runtime

pytest.importorskip("torch")
mx, torch = runtime.load_mxnet(), load_torch()

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@pytest.fixture(scope="module")
def made():
    """The notebook's names, with the published answers."""
    return here.namespace("00_convolution")


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def tensor(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("side, stride, padding", [(1, 1, 0), (3, 1, 1), (3, 2, 0), (2, 3, 1), (5, 2, 4)])
def test_a_convolution_and_its_gradients_are_pytorchs(made, rng, side, stride, padding):
    x, weight, bias = rng.normal(size=(2, 3, 9, 12)), rng.normal(size=(4, 3, side, side)), rng.normal(size=4)
    inputs = [tensor(each) for each in (x, weight, bias)]
    theirs = torch.nn.functional.conv2d(*inputs, stride=stride, padding=padding)
    dy = rng.normal(size=tuple(theirs.shape))
    theirs.backward(torch.tensor(dy))
    np.testing.assert_allclose(made["conv2d"](x, weight, bias, stride, padding), theirs.detach(), **CLOSE)
    for mine, other in zip(made["conv2d_backward"](dy, x, weight, stride, padding), inputs, strict=True):
        np.testing.assert_allclose(mine, other.grad, **CLOSE)


@pytest.mark.parametrize("side, stride", [(2, 2), (3, 2), (3, 1), (2, 3)])
@pytest.mark.parametrize("ties", [False, True])
def test_max_pooling_and_its_gradient_are_pytorchs_and_mxnets(made, rng, side, stride, ties):
    x = rng.normal(size=(2, 3, 7, 10))
    if ties:
        x = np.maximum(np.round(x), 0)
    theirs = torch.nn.functional.max_pool2d(other := tensor(x), side, stride)
    dy = rng.normal(size=tuple(theirs.shape))
    theirs.backward(torch.tensor(dy))
    np.testing.assert_allclose(made["max_pool"](x, side, stride), theirs.detach(), **CLOSE)
    np.testing.assert_allclose(made["max_pool_backward"](dy, x, side, stride), other.grad, **CLOSE)
    array = mx.np.array(x)
    array.attach_grad()
    with mx.autograd.record():
        pooled = mx.npx.pooling(array, kernel=(side, side), stride=(stride, stride), pool_type="max")
    pooled.backward(mx.np.array(dy))
    np.testing.assert_allclose(made["max_pool_backward"](dy, x, side, stride), array.grad.asnumpy(), rtol=1e-5, atol=1e-5)


def test_a_numerical_gradient_is_that_of_autograd(made, rng):
    x = rng.normal(size=(2, 3))
    other = tensor(x)
    (other.sin().prod() + other.exp().sum()).backward()
    mine = made["numerical_gradient"](lambda x: float(np.sin(x).prod() + np.exp(x).sum()), x)
    np.testing.assert_allclose(mine, other.grad, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_steps_go_pytorchs_way_at_a_constant_rate(made, rng, nesterov, decay):
    weight, velocity = rng.normal(size=5), np.zeros(5)
    other = tensor(weight)
    optimizer = torch.optim.SGD([other], lr=0.1, momentum=0.8, weight_decay=decay, nesterov=nesterov)
    for _ in range(4):
        gradient = rng.normal(size=5)
        other.grad = torch.tensor(gradient)
        optimizer.step()
        weight, velocity = made["sgd_step"](weight, gradient, velocity, 0.1, 0.8, decay, nesterov)
        np.testing.assert_allclose(weight, other.detach(), **CLOSE)
        np.testing.assert_allclose(velocity, -0.1 * optimizer.state[other]["momentum_buffer"], **CLOSE)


def trained_by_mxnet(name, start, gradients, rates, **settings):
    """The weights after each step of MXNet's optimizer `name`."""
    parameter = mx.gluon.Parameter("weight", shape=start.shape)
    parameter.initialize(mx.init.Constant(0))
    parameter.set_data(mx.np.array(start))
    trainer, weights = mx.gluon.Trainer([parameter], name, settings), []
    for gradient, rate in zip(gradients, rates, strict=True):
        with mx.autograd.record():
            loss = (parameter.data() * mx.np.array(gradient)).sum()
        loss.backward()
        trainer.set_learning_rate(rate)
        trainer.step(1)
        weights.append(parameter.data().asnumpy())
    return weights


# With weight decay, MXNet 1.9.1's nag lets the velocity decay by the weights after the step, as the notebook says.
@pytest.mark.parametrize("name, decay, close", [("sgd", 0.0, True), ("sgd", 0.3, True), ("nag", 0.0, True), ("nag", 0.3, False)])
def test_steps_go_mxnets_way_while_the_rate_changes(made, rng, name, decay, close):
    weight, velocity, rates = rng.normal(size=5), np.zeros(5), (0.1, 0.1, 0.03, 0.2)
    gradients = rng.normal(size=(4, 5))
    theirs = trained_by_mxnet(name, weight, gradients, rates, momentum=0.8, wd=decay, learning_rate=0.1)
    for gradient, rate, other in zip(gradients, rates, theirs, strict=True):
        weight, velocity = made["sgd_step"](weight, gradient, velocity, rate, 0.8, decay, name == "nag")
        if rate == rates[-1] or close:
            assert np.allclose(weight, other, rtol=1e-5, atol=1e-6) == close


def test_the_whole_net_has_pytorchs_loss_and_gradients(made, rng):
    net = {"conv_weight": rng.normal(size=(4, 1, 5, 5)), "conv_bias": rng.normal(size=4)}
    net |= {"dense_weight": rng.normal(size=(10, 36)), "dense_bias": rng.normal(size=10)}
    images, labels = rng.normal(size=(6, 1, 17, 17)), rng.integers(0, 10, 6)
    loss, logits, gradients = made["forward_backward"](net, images, labels)
    theirs = {key: tensor(array) for key, array in net.items()}
    active = torch.relu(torch.nn.functional.conv2d(torch.tensor(images), theirs["conv_weight"], theirs["conv_bias"], stride=2))
    flat = torch.nn.functional.max_pool2d(active, 2).flatten(1)
    out = flat @ theirs["dense_weight"].T + theirs["dense_bias"]
    mean = torch.nn.functional.cross_entropy(out, torch.tensor(labels))
    mean.backward()
    np.testing.assert_allclose(logits, out.detach(), **CLOSE)
    assert loss == pytest.approx(mean.item())
    for key, array in theirs.items():
        np.testing.assert_allclose(gradients[key], array.grad, **CLOSE)


def test_batch_norm_is_pytorchs_but_for_the_running_variance(made, rng):
    x, gamma, beta = rng.normal(3, 2, size=(4, 5, 3, 2)), rng.uniform(1, 2, 5), rng.normal(size=5)
    layer = torch.nn.BatchNorm2d(5, eps=1e-3, momentum=0.1, dtype=torch.float64)
    layer.load_state_dict({**layer.state_dict(), "weight": torch.tensor(gamma), "bias": torch.tensor(beta)})
    y, mean, variance = made["batch_norm"](x, gamma, beta, np.zeros(5), np.ones(5), True, 0.9, 1e-3)
    np.testing.assert_allclose(y, layer(torch.tensor(x)).detach(), **CLOSE)
    np.testing.assert_allclose(mean, layer.running_mean, **CLOSE)
    # PyTorch divides by one less, here 23 for 24.
    np.testing.assert_allclose(0.9 + (variance - 0.9) * 24 / 23, layer.running_var, **CLOSE)
    layer.eval()
    again, *kept = made["batch_norm"](x, gamma, beta, layer.running_mean.numpy(), layer.running_var.numpy(), False, 0.9, 1e-3)
    np.testing.assert_allclose(again, layer(torch.tensor(x)).detach(), **CLOSE)
    np.testing.assert_array_equal(kept, [layer.running_mean, layer.running_var])


def test_batch_norm_is_mxnets_with_its_running_averages(made, rng):
    x = rng.normal(3, 2, size=(4, 5, 3, 2)).astype("float32")
    layer = mx.gluon.nn.BatchNorm()
    layer.initialize()
    # MXNet moves the running averages on the way back.
    with mx.autograd.record():
        theirs = layer(mx.np.array(x))
    theirs.backward()
    y, mean, variance = made["batch_norm"](x.astype(float), np.ones(5), np.zeros(5), np.zeros(5), np.ones(5), True)
    np.testing.assert_allclose(y, theirs.asnumpy(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(mean, layer.running_mean.data().asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(variance, layer.running_var.data().asnumpy(), rtol=1e-5)


@pytest.mark.parametrize("channels, n", [(12, 5), (6, 3), (3, 5)])
def test_local_response_norm_is_pytorchs_with_n_times_alpha(made, rng, channels, n):
    a = rng.normal(0, 200, size=(2, channels, 3, 4))
    theirs = torch.nn.LocalResponseNorm(n, alpha=n * 1e-4, beta=0.75, k=2.0)(torch.tensor(a))
    np.testing.assert_allclose(made["local_response_norm"](a, n), theirs, **CLOSE)
    legacy = mx.nd.LRN(mx.np.array(a, dtype="float32").as_nd_ndarray(), nsize=n, alpha=n * 1e-4, beta=0.75, knorm=2).asnumpy()
    np.testing.assert_allclose(made["local_response_norm"](a, n), legacy, rtol=1e-4, atol=1e-4)
