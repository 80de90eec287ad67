"""MXNet's SGD, with plain steps on a CPU made in NumPy.

MXNet 1.9.1 updates weights by a loop that the compiler did not vectorize; on AlexNet's 46.8 million it takes a tenth of the step.
NumPy makes the same step on the same memory in a third of that time, a part of the weights in each thread. LeNet's step is
faster so too: MXNet's operator takes .38 ms for its ten arrays, and NumPy .1. With momentum, MXNet is as fast as NumPy would be.
"""

import copy
import ctypes
import functools
import math
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gluon_alexnet.machine import runtime, threads

# Fewer weights are updated by one thread: starting others would take longer than they save.
LARGE = 1 << 20
# Elements that a thread updates at a time (256 KiB): their product with the rate is still in its cache when it is subtracted.
CHUNK = 1 << 16
KNOWN = {"wd", "learning_rate", "begin_num_update"}


def optimizer(name, settings, parameters, on_cpu):
    """MXNet's optimizer `name` with `settings` (its keyword arguments), for the gluon.Parameters `parameters`.

    Its plain SGD for a net on a CPU is the one of this module, without momentum, clipping and what else MXNet's may do. name: or
    an Optimizer that has not learned yet, of which this is a copy; it was told its settings, but for begin_num_update.
    """
    mx = runtime.load_mxnet()
    if isinstance(name, mx.optimizer.Optimizer):
        own = copy.deepcopy(name)
        own.begin_num_update = own.num_update = settings["begin_num_update"]
        return own
    told = {key: value for key, value in settings.items() if key != "momentum" or value}
    if name.lower() == "sgd" and on_cpu and set(told) <= KNOWN and _is_dense([p for p in parameters if p.grad_req != "null"]):
        return _plain_sgd()(**told)
    return mx.optimizer.create(name, **settings)


def name_of(optimizer):
    """The name in small letters by which MXNet knows an optimizer, or its class."""
    return (optimizer if isinstance(optimizer, str) else type(optimizer).__name__).lower()


def _is_dense(parameters):
    return all(np.dtype(p.dtype) == np.float32 and {p._stype, p._grad_stype} == {"default"} for p in parameters)


class Plain:
    """What this module's optimizer can do beside MXNet's."""

    def step(self, parameters, divisor):
        """Updates the gluon.Parameters `parameters` of a net on one device by their gradients divided by `divisor`.

        As a Trainer's step does, of which a small net's update is but a small part.
        """
        learned = [p for p in parameters if p.grad_req != "null"]
        rates = [self.lr * p.lr_mult for p in learned]
        factors = [(1 - lr * self.wd * p.wd_mult, lr / divisor) for lr, p in zip(rates, learned, strict=True)]
        arrays = [p.list_data()[0] for p in learned], [p.list_grad()[0] for p in learned]
        update(*arrays, [math.prod(p.shape) for p in learned], factors)


@functools.cache
def _plain_sgd():
    mx = runtime.load_mxnet()

    class PlainSGD(Plain, mx.optimizer.SGD):
        """`weight = (1 - lr * wd) * weight - lr * rescale_grad * gradient`, as MXNet's."""

        def __init__(self, **settings):
            super().__init__(**settings)
            # All weights come at once, to be shared out to the threads.
            self.aggregate_num = sys.maxsize

        def update_multi_precision(self, index, weight, grad, state):
            self._update_count(index)
            rates = zip(self._get_lrs(index), self._get_wds(index), strict=True)
            factors = [(1 - lr * wd, lr * self.rescale_grad) for lr, wd in rates]
            update(weight, grad, [array.size for array in weight], factors)

    return PlainSGD


def update(weights, gradients, sizes, factors):
    """`weight = keep * weight - rate * gradient` in place for arrays of MXNet of these sizes; factors: (keep, rate) of each."""
    # MXNet computes when it likes; NumPy must not begin before the gradients are there and the weights are read no more.
    runtime.load_mxnet().nd.waitall()
    count = threads.number() if sum(sizes) >= LARGE else 1
    subtract(*(list(map(memory, arrays, sizes)) for arrays in (weights, gradients)), factors, count)


def memory(array, size=None):
    """The elements of an MXNet float32 array on a CPU as a flat NumPy array on the same memory; size: how many, if known."""
    from mxnet.base import _LIB, check_call

    pointer = ctypes.c_void_p()
    check_call(_LIB.MXNDArrayGetData(array.handle, ctypes.byref(pointer)))
    return _floats(pointer.value, array.size if size is None else size)


# It takes longer than the update of a small net's weights, which mostly stay where they are.
@functools.lru_cache(1024)
def _floats(address, count):
    return np.ctypeslib.as_array((ctypes.c_float * count).from_address(address))


def subtract(weights, gradients, factors, threads):
    """`weight = keep * weight - rate * gradient` in place for flat float32 arrays; factors: (keep, rate) of each weight."""
    chunks = [
        (weight[start : start + CHUNK], gradient[start : start + CHUNK], keep, rate)
        for weight, gradient, (keep, rate) in zip(weights, gradients, factors, strict=True)
        for start in range(0, len(weight), CHUNK)
    ]

    def work(part):
        product = np.empty(CHUNK, np.float32)
        # Of steps that are too long the trainer tells, by the loss.
        with np.errstate(over="ignore", invalid="ignore"):
            for weight, gradient, keep, rate in chunks[len(chunks) * part // threads : len(chunks) * (part + 1) // threads]:
                change = np.multiply(gradient, np.float32(rate), out=product[: len(weight)])
                if keep != 1:
                    weight *= np.float32(keep)
                weight -= change

    if threads == 1:
        return work(0)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
