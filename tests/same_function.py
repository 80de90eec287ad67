"""For tests of other graphs for the same function: whether they are it."""

import numpy as np

from gluon_alexnet.machine import runtime


def learnt(block, net, images):
    """The answers of `block` and the gradients of `net`'s parameters of a loss that weighs every answer differently."""
    mx = runtime.load_mxnet()
    with mx.autograd.record():
        answers = block(images)
        loss = (answers * mx.np.arange(answers.size).reshape(answers.shape)).sum()
    loss.backward()
    return answers.asnumpy(), {name: p.grad().asnumpy() for name, p in net.collect_params().items() if p.grad_req != "null"}


def assert_same(block, net, images):
    """`block`, which shares `net`'s parameters, has its answers and gradients but for rounding."""
    answers, slopes = learnt(net, net, images)
    new_answers, new_slopes = learnt(block, net, images)
    np.testing.assert_allclose(new_answers, answers, rtol=1e-4, atol=1e-5 * np.abs(answers).max())
    for parameter, slope in slopes.items():
        np.testing.assert_allclose(new_slopes[parameter], slope, rtol=1e-3, atol=1e-5 * np.abs(slope).max(), err_msg=parameter)
