"""Losses that `fit` is given as objects or functions instead of a name, and what is wrong with one."""

from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.machine import runtime


def check_loss(loss, engine, label_smoothing=0.0):
    """Raises UserError where the engine cannot learn by `loss`, an object or a function as for `train.fit`."""
    mx = runtime.load_mxnet()
    if label_smoothing:
        raise UserError(f"label_smoothing is {label_smoothing!r} beside a loss of your own: say it to that, if it takes it")
    if isinstance(loss, mx.gluon.Block):
        if engine == "torch":
            raise UserError(f"loss is a {type(loss).__name__} of Gluon: the PyTorch engine takes a function of tensors")
        if any(parameter.grad_req != "null" for parameter in loss.collect_params().values()):
            raise UserError("loss has weights of its own, which nobody would train: make them a part of the net")
    elif engine == "mxnet" and hasattr(loss, "state_dict"):
        raise UserError(f"loss is a {type(loss).__name__} of PyTorch: take engine='torch', or a loss of mxnet.gluon.loss")


def try_loss(loss, logits, labels):
    """Raises UserError where `loss` does not give one number for each row of `logits` (N, classes), arrays or tensors."""
    try:
        losses = loss(logits, labels)
        shape = tuple(losses.shape)
    except Exception as error:
        raise UserError(
            f"loss does not take logits of the shape {tuple(logits.shape)} and labels of the shape {tuple(labels.shape)}, the "
            f"numbers of the classes ({type(error).__name__}: {reason(error)})"
        ) from error
    if shape != (len(labels),):
        advice = "say reduction='none' to it" if hasattr(loss, "reduction") else "leave out its mean or sum"
        raise UserError(
            f"loss gave an array of the shape {shape} for {len(labels)} images: it must give the loss of each, ({len(labels)},): "
            f"{advice}"
        )
