"""Which engine computes a run, where and in which precision."""

import contextlib
from dataclasses import dataclass

from gluon_alexnet.errors import UserError
from gluon_alexnet.fast import precision as precisions
from gluon_alexnet.machine import devices, runtime
from gluon_alexnet.settings import takes_momentum
from gluon_alexnet.train import objects
from gluon_alexnet.train.engine_mxnet import Stepper


@dataclass(frozen=True)
class Place:
    """Where a run computes: the mx.Contexts that its net lies on, the names of its devices, its precision and the reason for it.

    torch_device: a torch.device for the PyTorch engine, else None.
    """

    contexts: list
    devices: list
    precision: str
    reason: str
    torch_device: object = None


def resolve(settings, net, shape):
    """The Place for a run with `settings`, a Settings, of `net` on images of this shape (N, C, H, W).

    Raises UserError for what cannot be had here.
    """
    if not isinstance(settings.loss, str):
        objects.check_loss(settings.loss, settings.engine, settings.label_smoothing)
    if settings.engine == "torch":
        from gluon_alexnet.train import engine_torch

        device = engine_torch.resolve_device(settings.device)
        precision, reason = engine_torch.resolve_precision(settings.precision, device)
        return Place([runtime.load_mxnet().cpu()], [str(device)], precision, reason, device)
    contexts = devices.resolve(settings.device)
    precision, reason = precisions.resolve(settings.precision, contexts, net, shape)
    return Place(contexts, [str(context) for context in contexts], precision, reason)


def stepper(settings, place, net, batch):
    """What computes the steps and evaluations of a run: `net` must have been prepared; batch: (images, labels) of its data.

    Raises UserError where the loss that it was given does not take that.
    """
    told = (settings.optimizer, place.precision, settings.label_smoothing)
    more = {"wd": settings.weight_decay, "clip_gradients": settings.clip_gradients}
    if isinstance(settings.optimizer, str) and takes_momentum(settings.optimizer):
        more["momentum"] = settings.momentum
    if not isinstance(settings.loss, str):
        more["loss"] = settings.loss
    if place.torch_device is None:
        made = Stepper(net, place.contexts, *told, **more)
    else:
        from gluon_alexnet.train.engine_torch import TorchStepper

        made = TorchStepper(net, batch[0].shape[1:], place.torch_device, *told, **more)
    made.try_loss(*batch)
    return made


@contextlib.contextmanager
def computing(settings, place, net, batch, state=None):
    """Within it there is the `stepper` of these, which computes with as many threads as `settings` say.

    state: of the checkpoint that a run goes on from, or None. Raises UserError where the number of threads cannot be chosen.
    """
    made = stepper(settings, place, net, batch)
    if made.follower is None and settings.threads != "auto":
        raise UserError(f"threads is {settings.threads!r}, which only a run on one CPU can be told: leave it out")
    begin = state.get("threads") if state else None
    with made.follower.run(settings.threads, begin) if made.follower else contextlib.nullcontext():
        yield made
