"""One training step of a net on one or several devices, and its forward pass for evaluation."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.fast import graphs
from gluon_alexnet.fast import precision as precisions
from gluon_alexnet.fast.frozen import Frozen
from gluon_alexnet.machine import runtime, threads
from gluon_alexnet.train import gradients, objects, sgd
from gluon_alexnet.train import learner as learning
from gluon_alexnet.train.batches import batches
from gluon_alexnet.train.evaluation import Evaluation, evaluated
from gluon_alexnet.train.history import describe_machine

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Shape

# Operators that draw no random numbers: those of the nets in models.py but for Dropout.
DRAW_NOTHING = {"null", "Activation", "BatchNorm", "Convolution", "FullyConnected", "Pooling"}
# Stochastic gradient Langevin dynamics adds noise to every update.
DRAWING_OPTIMIZERS = {"sgld"}


class Stepper:
    """A net ready to learn: hybridized in its precision on its devices, with loss and optimizer.

    net: an initialized Gluon net that has been called once. contexts: the mx.Context of each device; it must lie on all of them.
    optimizer: one of MXNet's names, or an Optimizer; optimizer_kw: its arguments by name, such as momentum and wd. precision: a
    resolved one. label_smoothing, loss, clip_gradients: as for `train.fit`; only `update` clips.
    """

    # Images whose gradients were summed since the last update, and the norm that the mean gradient had at that, unclipped.
    gathered = 0
    gradient_norm: float | None = None

    def __init__(
        self,
        net: mx.gluon.Block,
        contexts: Sequence[mx.Context],
        optimizer: str | mx.optimizer.Optimizer = "sgd",
        precision: str = "float32",
        label_smoothing: float = 0.0,
        loss: Callable[..., Any] | None = None,
        clip_gradients: float | None = None,
        **optimizer_kw: Any,
    ) -> None:
        self.mx = mx = runtime.load_mxnet()
        self.net, self.contexts = net, contexts
        self.parameters = net.collect_params()
        self.precision, self.optimizer, self.optimizer_kw = precision, optimizer, optimizer_kw
        self.on_cpu = on_cpu = contexts[0].device_type == "cpu"
        self.follower = threads.follower() if contexts == [mx.cpu()] else None
        self.forward = precisions.in_precision(net, precision, for_cpu=on_cpu)
        if isinstance(self.forward, mx.gluon.HybridBlock):
            self.forward.hybridize(static_alloc=True, static_shape=True)
        self._frozen: Frozen | None = None
        self.label_smoothing, self.loss, self.clip_gradients = label_smoothing, loss, clip_gradients
        self.draws = (
            not precisions.is_traceable(net)
            or not graphs.operators(precisions.trace(net)[1]) <= DRAW_NOTHING
            or sgd.name_of(optimizer) in DRAWING_OPTIMIZERS
            or sgd.name_of(optimizer) not in self.mx.optimizer.Optimizer.opt_registry
            or loss is not None
        )
        self._learners: dict[bool, Callable[..., Any]] = {}
        self._in_blocks: dict[Shape, bool] = {}
        self.scaler = precisions.LossScaler() if precision == "float16" else None
        self.reset_optimizer()

    def reset_optimizer(self, updates: int = 0) -> None:
        """A new optimizer without state, as it is after `updates` updates (Adam's bias correction depends on their number)."""
        # kvstore None with several contexts would silently leave out the exchange of gradients; updating on the kvstore would
        # keep the optimizer's state where it cannot be read without pickle.
        # A list keeps the net's order. A dict is sorted by names, in which conv10 comes before conv9: the order, by which the
        # optimizer's state is saved, would depend on how many nets the process had made before.
        parameters = list(self.parameters.values())
        settings = {**self.optimizer_kw, "begin_num_update": updates}
        self.trainer = self.mx.gluon.Trainer(
            parameters,
            sgd.optimizer(self.optimizer, settings, parameters, self.on_cpu),
            kvstore="device",
            update_on_kvstore=False if len(self.contexts) > 1 else None,
        )

    def optimizer_arrays(self) -> dict[str, Any]:
        """The optimizer's state of the first device (all devices hold the same) as {name: array}; plain SGD has none."""
        states = self.trainer._updaters[0].states
        return {key: array for index, state in states.items() for key, array in _flat(f"{index}", state)}

    def load_optimizer_arrays(self, saved: Mapping[str, Any]) -> None:
        """Takes the state that `optimizer_arrays` gave. Raises KeyError where it is of another optimizer or net."""
        trainer, used = self.trainer, set()
        for updater, context in zip(trainer._updaters, trainer._contexts, strict=True):
            for index, parameter in enumerate(trainer._params):
                if parameter.grad_req == "null":
                    continue
                fresh = trainer._optimizer.create_state_multi_precision(index, parameter.data(context).as_nd_ndarray())
                for key, array in _flat(f"{index}", fresh):
                    if saved[key].shape != array.shape:
                        raise KeyError(key)
                    saved[key].copyto(array)
                    used.add(key)
                updater.states[index], updater.states_synced[index] = fresh, True
        if set(saved) - used:
            raise KeyError(*(set(saved) - used))

    def snapshot(self) -> list[tuple[Any, Any]]:
        """Copies of the parameters and statistics, for `restore`."""
        return [(array, array.copy()) for p in self.parameters.values() for array in p.list_data()]

    def restore(self, snapshot: Sequence[tuple[Any, Any]]) -> None:
        """The net as it was at `snapshot`, and an optimizer without state."""
        for array, copy in snapshot:
            array[:] = copy
        self.reset_optimizer()

    def sync(self) -> None:
        """Has the net hold what was learnt. It does already: the steps are computed on its own parameters."""

    def take(self) -> None:
        """Goes on from the weights that the net holds, as it does already."""

    def machine(self) -> dict[str, Any]:
        """What it computes on, as `history.describe_machine` tells it."""
        return describe_machine([str(context) for context in self.contexts], self.precision)

    def seed(self, number: int) -> None:
        """Starts MXNet's random numbers, as dropout draws them, where a step may draw any: it takes a tenth of LeNet's step."""
        if self.draws:
            self.mx.random.seed(number)

    def batches(self, data: Iterable[Any], epoch: int | None, start: int = 0) -> Iterator[tuple[Any, Any]]:
        """The batches of pass `epoch` of `data` from batch `start` on, as `step` takes them."""
        for images, labels in batches(data, epoch, start, "the training data"):
            images.wait_to_read()
            yield images, labels
            # Else they would be kept while the next ones are made.
            del images, labels

    def split(self, images: Any, labels: Any) -> list[tuple[Any, Any]]:
        """A batch shared out to the devices, as evenly as it goes: a list of (images, labels)."""
        # A last batch with fewer images than devices leaves some of them without work. (MXNet's split_and_load warns of its own
        # deprecated calls, and its split_data fails with NumPy 2.)
        contexts = self.contexts[: len(labels)]
        if len(contexts) == 1 and images.ctx == labels.ctx == contexts[0]:
            return [(images, labels)]
        cuts = [len(labels) * part // len(contexts) for part in range(len(contexts) + 1)]
        return [
            (images[begin:end].as_in_ctx(context), labels[begin:end].as_in_ctx(context))
            for begin, end, context in zip(cuts, cuts[1:], contexts, strict=False)
        ]

    def learner(self, shape: Shape) -> Callable[..., Any]:
        """What learns of images (N, C, H, W) of this shape: a `learner.learner`, or `with_loss` where it was told a loss."""
        size = shape[2:]
        if size not in self._in_blocks:
            self._in_blocks[size] = self.on_cpu and precisions.is_in_blocks(self.net, shape)
        in_blocks = self._in_blocks[size]
        if in_blocks not in self._learners:
            block = precisions.in_precision(self.net, self.precision, self.on_cpu, learning=self.on_cpu, in_blocks=in_blocks)
            if self.loss is None:
                self._learners[in_blocks] = learning.learner(block, shape, self.label_smoothing, scaled=self.scaler is not None)
            else:
                self._learners[in_blocks] = with_loss(block, self.loss)
        return self._learners[in_blocks]

    @threads.followed
    def step(self, images: Any, labels: Any, lr: float) -> tuple[float, float]:
        """One update on a batch at learning rate `lr`: (sum of the losses, number of right answers), both floats.

        The update is waited for: otherwise the time that it takes would be counted as that of what comes next, such as loading.
        """
        told = self._differentiate(images, labels)
        self.trainer.set_learning_rate(lr)
        if self.scaler is None:
            self._update_by(len(labels))
        else:
            self._scaled_update(len(labels) * self.scaler.scale)
        self.mx.nd.waitall()
        return told

    def _differentiate(self, images, labels):
        """Gives the parameters the gradients of the sum of the losses, times the scaler's scale.

        Returns the sum of the losses and the number of right answers, while the gradients are still computed.
        """
        learn, shards = self.learner(images.shape), self.split(images, labels)
        scale = [self.scaler.scale] if self.scaler else []
        for idle in self.contexts[len(shards) :]:
            self._learn_nothing(idle)
        if self.loss is None:
            logits = [learn(*shard, *scale) for shard in shards]
            if isinstance(learn, learning.Bound) and not self._is_plain():
                for shard_images, _ in shards:
                    learn.tell(shard_images.ctx)
            return learning.sums(np.concatenate([each.asnumpy() for each in logits]), labels.asnumpy(), self.label_smoothing)
        outcomes = []
        for shard_images, shard_labels in shards:
            with self.mx.autograd.record():
                losses, sums = learn(shard_images, shard_labels)
                (losses * scale[0] if scale else losses).backward()
            outcomes.append(sums)
        return tuple(float(total) for total in sum(outcome.asnumpy() for outcome in outcomes))

    def _learn_nothing(self, context):
        """Gives a device without images gradients of zeros: the trainer wants some from every device."""
        for parameter in gradients.learning(self.parameters):
            parameter.grad(context)[:] = 0
            parameter.data(context)._fresh_grad = True

    def _is_plain(self):
        """Whether the updates need nothing that a Trainer does."""
        alone = len(self.contexts) == 1 and self.scaler is None and self.clip_gradients is None
        return alone and isinstance(self.trainer.optimizer, sgd.Plain)

    def _update_by(self, divisor):
        if self._is_plain():
            self.trainer.optimizer.step(self.parameters.values(), divisor)
        else:
            self.trainer.step(divisor)

    def try_loss(self, images: Any, labels: Any) -> None:
        """Raises UserError where the loss that it was told does not give one number for each image of a batch."""
        if self.loss is None:
            return
        context = self.contexts[0]
        objects.try_loss(self.loss, self.net(images[:2].as_in_ctx(context)), labels[:2].as_in_ctx(context))

    @threads.followed
    def gather(self, images: Any, labels: Any) -> tuple[float, float]:
        """Adds a batch's gradients to those gathered since the last update: (sum of the losses, number of right answers)."""
        arrays = [p.list_grad() for p in gradients.learning(self.parameters)]
        before = [[array.copy() for array in each] for each in arrays] if self.gathered else []
        told = self._differentiate(images, labels)
        for each, earlier in zip(arrays, before, strict=False):
            for array, kept in zip(each, earlier, strict=True):
                array += kept
        self.gathered += len(labels)
        self.mx.nd.waitall()
        return told

    def update(self, lr: float) -> None:
        """One update at learning rate `lr` by the mean gradient of what was gathered, clipped where that is asked for."""
        self.trainer.set_learning_rate(lr)
        divisor, self.gathered = self.gathered * (self.scaler.scale if self.scaler else 1.0), 0
        if self.scaler is not None:
            self._scaled_update(divisor)
        elif self.clip_gradients is None:
            self._update_by(divisor)
        else:
            self.trainer.allreduce_grads()
            self.trainer.update(self._clipped(divisor))
        self.mx.nd.waitall()

    def _clipped(self, divisor):
        """`divisor` of the gradients, made larger where their norm, divided by it, is above what is asked for."""
        arrays = [p.list_grad()[0] for p in gradients.learning(self.parameters)]
        self.gradient_norm = gradients.norm(arrays, self.on_cpu) / divisor
        return divisor * gradients.clipping(self.gradient_norm, self.clip_gradients)

    def gathered_arrays(self) -> dict[str, Any]:
        """The gradients gathered since the last update, of each device, as {name: array}."""
        if not self.gathered:
            return {}
        # A resumed run scales its losses anew.
        scale = self.scaler.scale if self.scaler else 1
        return gradients.named([[array / scale for array in p.list_grad()] for p in gradients.learning(self.parameters)])

    def load_gathered(self, images: int, saved: Mapping[str, Any]) -> None:
        """Takes what `gathered_arrays` gave of so many images. Raises KeyError where it is of another net or other devices."""
        arrays = [p.list_grad() for p in gradients.learning(self.parameters)]
        gradients.copy_named(saved, arrays)
        for each in arrays:
            for array in each:
                array *= self.scaler.scale if self.scaler else 1
        self.gathered = images

    def average(self) -> gradients.Average:
        """A moving average of the weights, which begins with those of now."""
        return gradients.Average(self)

    def _scaled_update(self, divisor):
        self.trainer.allreduce_grads()
        gradients = [p.list_grad()[0].as_nd_ndarray() for p in self.parameters.values() if p.grad_req != "null"]
        finite = self.mx.nd.multi_all_finite(*gradients, num_arrays=len(gradients))
        finite = bool(finite.asscalar())
        if finite:
            self.trainer.update(divisor if self.clip_gradients is None else self._clipped(divisor))
        self.scaler.update(finite)

    def share_statistics(self) -> None:
        """Gives every device the mean of the running statistics, which a checkpoint has too: each has seen its own images."""
        if len(self.contexts) == 1:
            return
        for parameter in self.parameters.values():
            if not parameter._differentiable:
                arrays = [array.as_in_ctx(self.contexts[0]) for array in parameter.list_data()]
                parameter.set_data(sum(arrays) / len(arrays))

    def frozen(self) -> Callable[[Any], Any]:
        """A function from images to logits, by the net as it is now; until the next call of this or of `evaluate`."""
        if self.precision == "float32":
            return self.forward
        if self._frozen is None:
            self._frozen = Frozen(self.forward)
        self._frozen.take()
        return self._frozen

    def evaluate(
        self,
        data: Iterable[Any],
        checkpoint: Callable[[int], object] = lambda images: None,
        flip: bool = False,
        only: Container[int] | None = None,
        name: str = "the data",
        crops: int | None = None,
    ) -> Evaluation:
        """The Evaluation of the net on `data`, an iterable of (images, labels).

        checkpoint: called after every batch with the number of images so far. flip: each image is shown as it is and mirrored
        left to right, and the mean of both logits counts. only: the numbers, from 0, of the batches that count; None for all.
        name: what the data is called in messages. crops: of each image, which are larger than what the net takes, the ten squares
        of so many pixels of data.imagenet.ten_crops are shown, and the mean of their probabilities counts.
        """
        self.share_statistics()
        forward = self.frozen()

        @threads.followed
        def answer(self, images):
            return forward(images).asnumpy()

        def answers(images, labels):
            for shard, _ in self.split(images, labels):
                if crops:
                    yield of_crops(lambda part: answer(self, part), shard, crops)
                    continue
                yield (answer(self, shard) + answer(self, shard[:, :, :, ::-1])) / 2 if flip else answer(self, shard)

        return evaluated(batches(data, name=name), answers, checkpoint, only)


def of_crops(answer: Callable[[Any], np.ndarray], images: mx.np.ndarray, size: int) -> np.ndarray:
    """The logarithm of the mean probabilities that `answer`, logits of images, gives the ten squares of each of `images`."""
    # Not above: answers to exercises import this module and may not see that one.
    from gluon_alexnet.data import imagenet

    views = []
    height, width = images.shape[2:]
    for top, left in imagenet.five_places(height, width, size):
        part = images[:, :, top : top + size, left : left + size]
        views += [answer(part), answer(part[:, :, :, ::-1])]
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(imagenet.mean_probabilities(np.stack(views, axis=1))), np.log(np.finfo("float32").tiny))


def with_loss(forward: mx.gluon.Block, loss: Callable[..., Any]) -> Callable[[Any, Any], tuple[Any, Any]]:
    """A function of (images, labels (N,)): the loss of each image, (N,), and (sum of the losses, number of right answers), (2,).

    forward: gives logits (N, classes). loss: a Gluon loss or a function. It is one graph with the net where both can be traced.
    """
    mx = runtime.load_mxnet()

    class Criterion(mx.gluon.HybridBlock):  # type: ignore[name-defined]
        def hybrid_forward(self, F, logits, labels):
            return with_sums(F, loss(logits, labels), logits, labels)

    def imperative(images, labels):
        logits = forward(images)
        return with_sums(mx, loss(logits, labels), logits, labels)

    if not isinstance(loss, mx.gluon.HybridBlock):
        return imperative
    criterion = Criterion()
    if not precisions.is_traceable(forward):
        return lambda images, labels: criterion(forward(images), labels)
    data, logits = precisions.trace(forward)
    labels = mx.sym.var("labels", dtype="int32").as_np_ndarray()
    whole = mx.gluon.SymbolBlock(criterion(logits, labels), [data, labels], params=forward.collect_params())
    whole.hybridize(static_alloc=True, static_shape=True)
    return whole


def with_sums(F: Any, losses: Any, logits: Any, labels: Any) -> tuple[Any, Any]:
    """(losses (N,), (their sum, the number of right answers)), arrays or symbols; F: mxnet or its symbols."""
    right = logits.argmax(axis=1) == labels.astype("int64")
    return losses, F.np.stack([losses.sum(dtype="float32"), right.astype("float32").sum()])


def _flat(key, state):
    """The (key, array) pairs of an optimizer's state: None, an array, or a tuple of states."""
    if state is None:
        return
    if isinstance(state, (tuple, list)):
        for position, part in enumerate(state):
            yield from _flat(f"{key}.{position}", part)
    else:
        yield key, state.as_nd_ndarray()
