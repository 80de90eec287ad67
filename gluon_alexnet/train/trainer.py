"""The one trainer that everything shares: `fit`, `evaluate`, and the History of a run."""

import itertools
import time
from typing import TYPE_CHECKING

from gluon_alexnet import files_io
from gluon_alexnet import settings as tables
from gluon_alexnet.errors import UserError
from gluon_alexnet.fast import precision as precisions
from gluon_alexnet.machine import devices, runtime, threads
from gluon_alexnet.prepare import check_net, contexts_of, need_weights, prepare, takes
from gluon_alexnet.settings import Settings
from gluon_alexnet.train import budget, engines, interrupt, run_file, start
from gluon_alexnet.train.batches import Checked, batches, check_labels, check_scale
from gluon_alexnet.train.callbacks import Callbacks
from gluon_alexnet.train.engine_mxnet import Stepper
from gluon_alexnet.train.evaluation import Evaluation
from gluon_alexnet.train.history import Epoch, History
from gluon_alexnet.train.loop import random_state
from gluon_alexnet.train.parts import Parts, check_data
from gluon_alexnet.train.progress import Progress
from gluon_alexnet.train.sizes import Sizes

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    import mxnet
    from typing_extensions import Unpack

    from gluon_alexnet.hints import Batches, Device

__all__ = ["Epoch", "Evaluation", "History", "evaluate", "fit"]


@tables.taken
@threads.present()
def fit(
    net: "mxnet.gluon.Block",
    train_data: "Batches",
    test_data: "Batches | None" = None,
    epochs: "float | None" = 10,
    lr: "float" = 0.01,
    *,
    validation_data: "Batches | None" = None,
    folder: "str | os.PathLike[str] | None" = None,
    resume: "bool" = False,
    progress: "bool" = True,
    on_step: "Callable[[int, float, float], object] | None" = None,
    on_epoch: "Callable[[Epoch], object] | None" = None,
    callbacks: "Sequence[object]" = (),
    **settings: "Unpack[tables.Told]",
) -> "History":
    """Trains `net` and returns the History of the run; `net` holds the weights at its end.

    net: a Gluon HybridBlock or Sequential, float32 (N, C, H, W) to logits (N, classes); parameters without values get some.
    train_data, test_data, validation_data: what gives batches (images, labels) again and again, as a FashionMNISTLoader, a
      DataLoader of Gluon or PyTorch, or a list: gluon_alexnet.train.parts.Parts says what exactly.
    settings: as gluon_alexnet.settings.Settings says them.
    folder: where checkpoints (`last`, and `best` by validation accuracy), history.json and run.json are kept, which the commands
      evaluate, predict, convert and train --resume take; None keeps nothing.
    resume: continue the run kept in `folder`, with the same arguments: its further losses are those of a run never stopped.
    progress: show it, on stderr or in a notebook's cell. on_epoch: called after each pass with its Epoch; on_step: after each
      step as on_step(steps done, mean loss, accuracy), both of the pass so far.
    callbacks: what else is to be done meanwhile, such as [EarlyStopping(3)]; gluon_alexnet.train.callbacks says how to write one.

    Raises UserError for arguments out of range, minutes in which nothing can be learned and a folder that holds a run already,
    CheckpointError when a run cannot be resumed, DivergedError when loss or weights become NaN or infinite; and after saving the
    run, DataError when a batch has NaN, unscaled bytes or other labels, UserError for a callback that fails, KeyboardInterrupt.
    """
    begun, hooks = time.monotonic(), Callbacks(callbacks, on_step=on_step, on_epoch=on_epoch)
    tables.check_names(fit, settings)
    asked, parts = Settings(epochs=epochs, lr=lr, **settings), Parts(train_data, test_data, validation_data)
    check_net(net)
    parts.check()
    folder, state = start.kept(folder, resume)
    asked = start.as_begun(asked, state)

    batch, sizes = parts.first_batch(), Sizes(train_data, asked.progressive)
    shape = batch[0].shape
    place = engines.resolve(asked, net, shape)
    told, data = start.told(asked, place, parts, net), parts.described()
    start.check_same(told, data, state, folder)
    classes = _prepare(net, batch, place, asked, parts, folder, sizes)
    with engines.computing(asked, place, net, batch, state) as stepper:
        if state:
            run = start.resumed(net, classes, stepper, asked, state, folder, begun, sizes, hooks)
        else:
            total = budget.length(asked, stepper, batch, parts, sizes, begun, told, hooks.evaluations)
            run = start.new(net, classes, stepper, asked, told, data, folder, begun, sizes, total, hooks)
        run_file.write_of_fit(folder, net, shape[1:], asked, told, parts)
        run.on_step, run.on_epoch = on_step, on_epoch
        # As large as a batch; the run's own come from its data.
        del batch
        _learn(run, parts, asked, progress, None if state else start.shortened(told))
    return run.history


def _prepare(net, batch, place, settings, parts, folder, sizes):
    """Makes the net ready to learn and returns how many logits it gives. Raises UserError for what would fail only later."""
    images, labels = batch
    runtime.load_mxnet().random.seed(random_state(settings.seed, 0))
    classes = prepare(net, images, place.contexts, settings.initializer)
    check_labels(labels, classes)
    parts.check_evaluated(net, classes)
    if folder is not None:
        files_io.check_folder(folder)
    with sizes.at_start():
        if sizes.small and not takes(net, next(batches(parts.train, 0))[0]):
            raise UserError(
                f"progressive is {settings.progressive!r}, and this net does not take images of both sizes: take a net that ends "
                "in a global pooling, such as compact, or leave progressive out"
            )
    return classes


def _learn(run, parts, settings, progress, notice):
    """The steps of the run, to its end, shown as they go; notice: a sentence to begin with, or None."""
    spent = run.seconds_before + time.monotonic() - run.begun
    seconds = settings.minutes and settings.minutes * 60 - spent
    with interrupt.Deferred() as stop, Progress(run.plan.total, run.step, progress, seconds) as shown:
        if notice:
            shown.message(notice)
        try:
            run.learn(parts.train, parts.test, parts.validation, settings.checkpoint_minutes * 60, stop, shown)
        finally:
            run.sizes.restore()


@threads.present()
def evaluate(
    net: "mxnet.gluon.Block",
    data: "Iterable",
    device: "Device" = None,
    precision: "str" = "auto",
    flip: "bool" = False,
    crops: "int | None" = None,
) -> "Evaluation":
    """The Evaluation of `net` on `data` (as for `fit`), dropout off: loss, accuracy, images, labels, probabilities.

    device: where to compute; None leaves the net where it is. precision: as for `fit`. flip: show each image mirrored too, and
    let the mean of both logits count. crops: show the ten squares of so many pixels of each image (data.imagenet.ten_crops), as
    the paper of 2012 did, and let the mean of their probabilities count. Raises UserError when there is no batch, the net has no
    weights or crops do not fit into the images, DataError as `fit` does.
    """
    Settings(precision=precision, device=device)
    check_net(net)
    need_weights(net)
    check_data("data", data, again=False)
    found = batches(data, 0)
    first = next(found, None)
    if first is None:
        raise UserError("there is nothing to evaluate on: the data gave no batch")
    first_images, _ = first
    check_scale(first_images, "the data")
    if crops:
        # Not above: answers to exercises import this module and may not see that one.
        from gluon_alexnet.data import imagenet

        height, width = first_images.shape[2:]
        imagenet.five_places(height, width, crops)
        first_images = first_images[:, :, :crops, :crops]
    contexts = devices.resolve(device) if device else contexts_of(net) or devices.resolve(None)
    prepare(net, first_images, contexts)
    precision, _ = precisions.resolve(precision, contexts, net, first_images.shape)
    return Stepper(net, contexts, precision=precision).evaluate(
        Checked(itertools.chain([first], found)), flip=flip, crops=crops
    )
