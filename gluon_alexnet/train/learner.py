"""What is learned of one batch on one device: the net's logits, and in its parameters the gradients of the loss.

Much of a small net's time goes into starting operators. Net and loss are one graph, bound once to the arrays of the parameters:
MXNet starts the operators of such an executor in half of the time that a hybridized block takes under autograd. The softmax and
its gradient are one operator, and the sums of losses and right answers are made of the logits in NumPy.
"""

import numpy as np

from gluon_alexnet.fast import precision
from gluon_alexnet.machine import runtime

# Executors are kept for so many shapes of images, those used last: each holds memory of its own beside what they share.
MOST_EXECUTORS = 8


def learner(forward, shape, label_smoothing=0.0, scaled=False):
    """A function of (images, labels (N,)) that gives the logits (N, classes) of a batch, arrays of MXNet on one device.

    The gradients of the sum of the softmax cross-entropies are those of `forward`'s parameters afterwards.
    forward: a block that gives the logits. shape: (N, C, H, W) of some images that it takes. label_smoothing: this share of each
    label is spread evenly over the classes (Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7).
    scaled: the function takes a factor for the loss as well; `forward` must be one that can be traced.
    """
    plain = all({p._stype, p._grad_stype} == {"default"} for p in forward.collect_params().values())
    if scaled or (plain and precision.is_traceable(forward)):
        return Bound(forward, shape, label_smoothing, scaled)
    return recorded(forward, label_smoothing)


def recorded(forward, label_smoothing):
    """A `learner` of any block, by MXNet's autograd."""
    mx, criteria = runtime.load_mxnet(), {}

    def learn(images, labels):
        with mx.autograd.record():
            logits = forward(images)
            classes = logits.shape[1]
            if classes not in criteria:
                criteria[classes] = mx.nd.CachedOp(criterion(mx.sym.var("logits"), classes, label_smoothing))
            probabilities, _ = criteria[classes](logits.as_nd_ndarray(), labels.as_nd_ndarray().astype(logits.dtype))
        probabilities.backward()
        return logits

    return learn


def criterion(logits, classes, label_smoothing, scaled=False):
    """The Symbol of the probabilities, whose gradient is that of the loss, and of `logits` themselves.

    It has "labels" as an input, and where `scaled` the factor of the gradient, (1, 1), as "scale".
    """
    mx = runtime.load_mxnet()
    values = still = mx.sym.BlockGrad(logits)
    seen = logits
    if scaled:
        # The logits themselves, with a gradient of which the factor is a part. (SoftmaxOutput's own factors are a constant, and
        # one that MXNet 1.9.1 takes from the wrong array.)
        seen = still + mx.sym.broadcast_mul(logits - still, mx.sym.var("scale"))
    # What MXNet spreads over all other classes; the label's own has as much as each of them beside the rest.
    spread = {"smooth_alpha": label_smoothing * (classes - 1) / classes} if label_smoothing else {}
    return mx.sym.Group([mx.sym.SoftmaxOutput(seen, mx.sym.var("labels"), **spread), values])


class Bound:
    """A `learner` of a block that can be traced. graph: the Symbol that it computes, of images, "labels" and the parameters."""

    def __init__(self, forward, shape, label_smoothing, scaled):
        data, logits = precision.trace(forward)
        self.parameters, self.data = forward.collect_params(), data.name
        known = {name: p.shape for name, p in self.parameters.items() if name in logits.list_inputs()}
        _, ((_, classes),), _ = logits.infer_shape(**known, **{self.data: shape})
        self.graph = criterion(logits.as_nd_ndarray(), classes, label_smoothing, scaled)
        self.bound = [self.parameters[name] for name in self.graph.list_inputs() if name in self.parameters]
        # By device and shape of the images: an executor, and what its parameters' arrays were kept in.
        self.executors = {}

    def __call__(self, images, labels, scale=None):
        key = images.ctx, images.shape
        # What a parameter keeps its arrays in: others, where it is initialized anew or its gradients are to be added up.
        kept = [part for p in self.bound for part in (p._data, p._grad)]
        executor, before = self.executors.pop(key, (None, ()))
        if executor is None or any(a is not b for a, b in zip(kept, before, strict=True)):
            executor = self._bind(images)
        # The one used last is the last.
        self.executors[key] = executor, kept
        here = [each for each in self.executors if each[0] == images.ctx]
        if len(here) > MOST_EXECUTORS:
            del self.executors[here[0]]
        inputs = executor.arg_dict
        images.as_nd_ndarray().copyto(inputs[self.data])
        labels.as_nd_ndarray().copyto(inputs["labels"])
        if scale is not None:
            inputs["scale"][:] = scale
        _, logits = executor.forward(is_train=True)
        executor.backward()
        return logits.as_np_ndarray()

    def tell(self, context):
        """Has the trainer know, as autograd does, that there are new gradients on a device."""
        for parameter in self.bound:
            if parameter.grad_req != "null":
                parameter.data(context)._fresh_grad = True

    def _bind(self, images):
        mx, context, names = runtime.load_mxnet(), images.ctx, self.graph.list_arguments()
        weights = {p.name: p.data(context).as_nd_ndarray() for p in self.bound}
        gradients = {p.name: p.grad(context).as_nd_ndarray() for p in self.bound if p.grad_req != "null"}
        inputs = {self.data: images.shape, "labels": images.shape[:1], "scale": (1, 1)}
        # The memory of the one used last serves this one too, such as that of a short last batch.
        shared = [executor for (place, _), (executor, _) in self.executors.items() if place == context]
        return self.graph.bind(
            context,
            [mx.nd.zeros(inputs[name], ctx=context) if name in inputs else weights[name] for name in names],
            args_grad=gradients,
            grad_req={name: self.parameters[name].grad_req if name in gradients else "null" for name in names},
            aux_states=[weights[name] for name in self.graph.list_auxiliary_states()],
            shared_exec=shared[-1] if shared else None,
        )


def sums(logits, labels, label_smoothing=0.0):
    """The sum of the softmax cross-entropies of logits (N, classes) by labels (N,), NumPy, and how many answers are right."""
    # Of a net that has gone astray its loss tells.
    with np.errstate(all="ignore"):
        shifted = logits.astype("float64") - logits.max(axis=1, keepdims=True)
        normalizers = np.log(np.exp(shifted).sum(axis=1))
        targets = shifted[np.arange(len(labels)), labels.astype("int64")]
        if label_smoothing:
            targets = (1 - label_smoothing) * targets + label_smoothing * shifted.mean(axis=1)
        loss = (normalizers - targets).sum()
    return float(loss), float((logits.argmax(axis=1) == labels).sum())
