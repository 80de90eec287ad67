"""gluon_alexnet.blocks, against the paper's formula written as loops, and against PyTorch."""

import numpy as np
import pytest

from gluon_alexnet import models
from gluon_alexnet.blocks import LocalResponseNorm
from gluon_alexnet.interop.torch import load_torch
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()


def by_the_paper(images, n=5, alpha=1e-4, beta=0.75, k=2.0):
    """Krizhevsky et al. 2012, section 3.3, sum by sum in float64."""
    count, channels = images.shape[:2]
    normed = np.empty(images.shape)
    for i in range(channels):
        around = range(max(0, i - n // 2), min(channels - 1, i + n // 2) + 1)
        total = sum(images[:, j].astype("float64") ** 2 for j in around)
        normed[:, i] = images[:, i] / (k + alpha * total) ** beta
    return normed


@pytest.fixture
def loud():
    # So large that alpha counts: with 5e-4 in its place the answers are others.
    return (100 * np.random.default_rng(0).normal(size=(3, 7, 4, 5))).astype("float32")


CONSTANTS = ({}, {"size": 3, "alpha": 0.02, "beta": 0.5, "k": 1.0}, {"size": 1}, {"size": 9})


@pytest.mark.parametrize("constants", CONSTANTS, ids=str)
@pytest.mark.parametrize("hybrid", [False, True])
def test_it_is_the_papers_formula(loud, constants, hybrid):
    block = LocalResponseNorm(**constants)
    if hybrid:
        block.hybridize()
    names = {("n" if name == "size" else name): value for name, value in constants.items()}
    np.testing.assert_allclose(block(mx.np.array(loud)).asnumpy(), by_the_paper(loud, **names), rtol=1e-5)
    assert np.abs(by_the_paper(loud, alpha=5e-4) - by_the_paper(loud)).max() > 1


def test_its_gradient_is_the_formulas_by_differences(loud):
    loud = loud[:1, :, :1, :2]
    direction = np.random.default_rng(1).normal(size=loud.shape)
    images = mx.np.array(loud)
    images.attach_grad()
    with mx.autograd.record():
        (LocalResponseNorm()(images) * mx.np.array(direction, dtype="float32")).sum().backward()
    step, expected = 1e-3, np.empty(loud.shape)
    for place in np.ndindex(loud.shape):
        higher, lower = loud.astype("float64"), loud.astype("float64")
        higher[place] += step
        lower[place] -= step
        expected[place] = ((by_the_paper(higher) - by_the_paper(lower)) * direction).sum() / (2 * step)
    np.testing.assert_allclose(images.grad.asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_a_grouped_convolution_is_pytorchs():
    pytest.importorskip("torch")
    torch = load_torch()
    rng = np.random.default_rng(0)
    images, weight = (rng.normal(size=shape).astype("float32") for shape in ((2, 6, 9, 8), (4, 3, 3, 3)))
    net = models.build(models.Spec("grouped", (models.Conv(4, 3, padding=1, groups=2, bias=False),), (6, 9, 8)))
    net.initialize()
    given = mx.np.array(images)
    net(given)
    net[0].weight.set_data(mx.np.array(weight))
    given.attach_grad()
    with mx.autograd.record():
        answers = net(given)
        (answers**2).sum().backward()
    images_there, weight_there = (torch.from_numpy(array).requires_grad_() for array in (images, weight))
    theirs = torch.nn.functional.conv2d(images_there, weight_there, padding=1, groups=2)
    (theirs**2).sum().backward()
    for ours, other in (
        (answers, theirs.detach()),
        (given.grad, images_there.grad),
        (net[0].weight.grad(), weight_there.grad),
    ):
        np.testing.assert_allclose(ours.asnumpy(), other.numpy(), rtol=1e-4, atol=1e-4)
