"""What a Gluon net's normal steps do without: the norm of gradients, those of several batches, a moving average of weights."""

import math

import numpy as np

from gluon_alexnet.machine import runtime, threads
from gluon_alexnet.train import sgd

# What PyTorch's clip_grad_norm_ adds to the norm, so that nothing is divided by 0.
SMALLEST = 1e-6


def learning(parameters):
    """The gluon.Parameters among `parameters`, a dict, that have gradients."""
    return [parameter for parameter in parameters.values() if parameter.grad_req != "null"]


def norm(arrays, on_cpu):
    """The Euclidean norm of all numbers of MXNet's `arrays` together, a float."""
    mx = runtime.load_mxnet()
    if not on_cpu:
        plain = [array.as_nd_ndarray() for array in arrays]
        return math.sqrt(float(mx.nd.multi_sum_sq(*plain, num_arrays=len(plain)).asnumpy().sum()))
    # On a CPU MXNet adds one float32 to the next: the sum over 40 million squares is a tenth too small.
    mx.nd.waitall()
    total = 0.0
    for array in arrays:
        flat = sgd.memory(array) if array.dtype == np.float32 else array.asnumpy().astype("float64").ravel()
        with np.errstate(over="ignore", invalid="ignore"):
            total += sum(float(np.dot(part, part)) for part in np.array_split(flat, len(flat) // sgd.CHUNK + 1))
    return math.sqrt(total)


def clipping(length, limit):
    """By what gradients of the norm `length` are divided so that it is `limit` at most (Pascanu et al. 2013)."""
    return max(1.0, (length + SMALLEST) / limit)


def named(arrays):
    """{"device.number": array} of a list of arrays for each device."""
    return {f"{device}.{number}": array for device, each in enumerate(arrays) for number, array in enumerate(each)}


def copy_named(saved, arrays):
    """Copies what `named` gave into `arrays`. Raises KeyError where it is of other arrays."""
    mine = named(arrays)
    if {name: tuple(array.shape) for name, array in mine.items()} != {name: tuple(array.shape) for name, array in saved.items()}:
        raise KeyError("other names or shapes")
    for name, array in mine.items():
        saved[name].copyto(array.as_nd_ndarray())


class Average:
    """An exponential moving average of the weights and statistics of a Stepper's net, kept where the net's first device is."""

    def __init__(self, stepper):
        self.stepper, self.on_cpu = stepper, stepper.on_cpu
        self.kept = [array.copy() for array in self._arrays()]

    def _arrays(self):
        return [parameter.list_data()[0] for parameter in self.stepper.parameters.values()]

    def follow(self, decay):
        """average = decay · average + (1 - decay) · weight."""
        arrays = self._arrays()
        if not self.on_cpu or any(array.dtype != np.float32 for array in arrays):
            for kept, array in zip(self.kept, arrays, strict=True):
                kept[:] = decay * kept + (1 - decay) * array
            return
        runtime.load_mxnet().nd.waitall()
        count = threads.number() if sum(array.size for array in arrays) >= sgd.LARGE else 1
        factors = [(decay, decay - 1)] * len(arrays)
        sgd.subtract(list(map(sgd.memory, self.kept)), list(map(sgd.memory, arrays)), factors, count)

    def exchange(self):
        """The average becomes the net's weights, and those are kept here in its place."""
        for kept, parameter in zip(self.kept, self.stepper.parameters.values(), strict=True):
            mine = parameter.list_data()[0].copy()
            for array in parameter.list_data():
                array[:] = kept.as_in_ctx(array.ctx)
            kept[:] = mine
        runtime.load_mxnet().nd.waitall()

    def arrays(self):
        """The average as {name: array}, for a checkpoint."""
        return {str(number): kept for number, kept in enumerate(self.kept)}

    def load(self, saved):
        """Takes what `arrays` gave. Raises KeyError where it is of another net."""
        copy_named({f"0.{name}": array for name, array in saved.items()}, [self.kept])
