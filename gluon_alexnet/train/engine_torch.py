"""One training step of a net's PyTorch twin, on whatever PyTorch drives: the same interface as engine_mxnet.Stepper.

Images travel as the bytes that the loader keeps, 64 times fewer than AlexNet's floats, and are scaled and resized on the device.
The updates are MXNet's own formulas (those of engine_mxnet.py's optimizers), so that a recipe means the same on both engines.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.data import loader as loaders
from gluon_alexnet.errors import DeviceError, UserError, unknown
from gluon_alexnet.interop import gluon, load_weights
from gluon_alexnet.interop.torch import load_torch, tensors_of, twin
from gluon_alexnet.machine import devices, runtime, threads
from gluon_alexnet.models import Spec
from gluon_alexnet.prepare import PAPERS_DEVIATION, papers_ones
from gluon_alexnet.settings import TORCH_OPTIMIZERS, TORCH_PRECISIONS
from gluon_alexnet.train import objects
from gluon_alexnet.train.batches import batches
from gluon_alexnet.train.evaluation import evaluated
from gluon_alexnet.train.history import describe_machine

if TYPE_CHECKING:
    import mxnet as mx
    import torch

    from gluon_alexnet.train.evaluation import Evaluation


def resolve_device(device: str | None = None) -> torch.device:
    """A torch.device for 'auto' or None (the first GPU that PyTorch drives, else the CPU), 'cpu', 'gpu', 'cuda:1', 'mps', ...

    That it has to be the CPU is said on stderr, once. Raises DeviceError where PyTorch cannot drive it.
    """
    torch = load_torch()
    if device in (None, "auto"):
        kinds = {"cuda": torch.cuda, "mps": torch.backends.mps, "xpu": getattr(torch, "xpu", None)}
        device = next((kind for kind, module in kinds.items() if module and module.is_available()), "cpu")
        if device == "cpu":
            devices.tell_once(f"PyTorch {torch.__version__} drives no GPU here")
    name = str(device)
    name = f"cuda:{name[3:] or 0}" if name.startswith("gpu") else name
    try:
        torch.zeros(1, device=name).tolist()
        return torch.device(name)
    except (RuntimeError, AssertionError, ImportError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DeviceError(f"PyTorch cannot compute on {device!r} ({reason}): take --device cpu, or auto") from None


def resolve_precision(precision: str, device: torch.device) -> tuple[str, str]:
    """('float32' or 'bfloat16', the reason): what `precision` means on a torch.device. Raises UserError for float16."""
    torch = load_torch()
    if precision == "auto":
        if device.type == "cuda":
            # Ampere (8.0) is the first of NVIDIA's that does; so do all of AMD's that PyTorch drives well.
            fast = torch.version.hip or torch.cuda.get_device_capability(device)[0] >= 8
            return ("bfloat16", "the GPU multiplies bfloat16") if fast else ("float32", "the GPU does not multiply bfloat16")
        if device.type == "cpu" and runtime.setup().native_bfloat16:
            return "bfloat16", runtime.setup().bfloat16_reason
        return "float32", "bfloat16 gains nothing here"
    if precision not in TORCH_PRECISIONS:
        raise UserError(f"the PyTorch engine has no precision {precision!r}: take one of {', '.join(TORCH_PRECISIONS)}")
    return precision, "as asked for"


def initialize(module: torch.nn.Module, initializer: str) -> None:
    """Draws the weights of a twin as gluon_alexnet.prepare does those of a Gluon net, from PyTorch's random numbers."""
    init = load_torch().nn.init
    draw = {
        "xavier": init.xavier_uniform_,
        "he": lambda parameter: init.kaiming_normal_(parameter, nonlinearity="relu"),
        "alexnet": lambda parameter: init.normal_(parameter, std=PAPERS_DEVIATION),
    }
    if initializer not in draw:
        raise unknown("initializer", initializer, draw)
    weighted = [name.removesuffix(".weight") for name, parameter in module.named_parameters() if parameter.dim() > 1]
    kinds = ["conv" if parameter.dim() > 2 else "dense" for parameter in module.parameters() if parameter.dim() > 1]
    ones = {name for name, is_one in zip(weighted, papers_ones(kinds), strict=True) if is_one and initializer == "alexnet"}
    for name, parameter in module.named_parameters():
        if parameter.dim() > 1:
            draw[initializer](parameter)
        elif name.endswith("bias"):
            (init.ones_ if name.removesuffix(".bias") in ones else init.zeros_)(parameter)


def scaled(pixels: torch.Tensor, size: Sequence[int], normalize: bool = False, channels: int = 1) -> torch.Tensor:
    """A uint8 tensor (N, H, W) as a net takes it, on its device: what gluon_alexnet.data.loader.to_input makes of an array."""
    torch = load_torch()
    pixels = pixels[:, None].float() / 255
    if normalize:
        pixels = (pixels - loaders.MEAN) / loaders.STD
    if pixels.shape[2:] != tuple(size):
        pixels = torch.nn.functional.interpolate(pixels, size=tuple(size), mode="bilinear", align_corners=False)
    return pixels.expand(-1, channels, -1, -1).contiguous(memory_format=torch.channels_last)


def freeze(made: torch.nn.Module, net: mx.gluon.Block) -> None:
    """Has a twin learn what the Gluon net would. Raises UserError for a parameter with a learning rate or decay of its own."""
    tensors = {name: tensor for name, _, _, tensor in tensors_of(made)}
    for name, parameter in gluon.parameters(net).items():
        if parameter.grad_req == "null":
            # Buffers, such as running means, need no gradients as it is.
            tensors[name].requires_grad_(False)
        elif (parameter.lr_mult, parameter.wd_mult) != (1, 1):
            raise UserError(
                f"{parameter.name} has a learning rate or weight decay of its own (lr_mult {parameter.lr_mult:g}, wd_mult "
                f"{parameter.wd_mult:g}), which the PyTorch engine does not know: take the MXNet engine"
            )


@functools.cache
def batch_norms() -> dict[type, type]:
    """{PyTorch's class of batch norms: a subclass with MXNet's statistics}."""
    torch = load_torch()

    class Biased:
        """Keeps the variance of the batch, as MXNet and Keras do; PyTorch's is that of a sample, larger by n / (n - 1)."""

        def forward(self, images):
            if not self.training:
                return super().forward(images)
            count, kept = images.numel() // images.shape[1], 1 - self.momentum
            if count == 1:
                # Without variance there is nothing to scale; PyTorch refuses it.
                mean, variance = self.running_mean * kept + images.flatten().float() * self.momentum, self.running_var * kept
                gamma, beta = (each.view([1, -1] + [1] * (images.dim() - 2)) for each in (self.weight, self.bias))
                answers = images * 0 * gamma + beta
            else:
                # Copies, since the backward pass wants to find them as they are.
                mean, of_sample = self.running_mean.clone(), self.running_var.clone()
                answers = torch.nn.functional.batch_norm(
                    images, mean, of_sample, self.weight, self.bias, True, self.momentum, self.eps
                )
                variance = of_sample - (of_sample - kept * self.running_var) / count
            with torch.no_grad():
                self.running_mean.copy_(mean)
                self.running_var.copy_(variance)
            return answers

    norms = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)
    return {norm: type(norm.__name__, (Biased, norm), {}) for norm in norms}


class Bytes:
    """A batch as the loader keeps it: uint8 (N, H, W), and what to make of it: arguments of `scaled`."""

    def __init__(self, pixels: torch.Tensor, *made: Any) -> None:
        self.pixels, self.made = pixels, made

    def __len__(self) -> int:
        return len(self.pixels)


class TorchStepper:
    """A net's twin ready to learn on `device`, a torch.device; `sync` hands the weights back to the net.

    net: a Gluon net with weights; or, where there is no MXNet, a name of models.py or a Spec, which gets weights by
    `initializer`, 'xavier' or 'he'. input_shape: (C, H, W), where the net does not say it.
    optimizer: 'sgd', 'nag' or 'adam'; optimizer_kw: momentum and wd. loss: a function of tensors (logits, labels) that gives
      (N,), instead of cross-entropy. precision, label_smoothing, clip_gradients: as for train.fit; on a GPU, float32 switches
      TF32 off in this process's convolutions, where PyTorch leaves it on, and either has cuDNN time its kernels for each shape,
      so that two runs may differ by rounding.
    compiled: whether torch.compile makes the steps of batches as large as the first; None, where the device is a CUDA GPU. Where
      that fails, as without a C compiler, it is said on stderr and the steps are computed without.
    Raises UserError for what the twin would compute in another way, such as a parameter with a learning rate of its own.
    """

    # As for engine_mxnet.Stepper.
    gathered = 0
    gradient_norm: float | None = None

    def __init__(
        self,
        net: mx.gluon.Block | Spec | str,
        input_shape: Sequence[int] | None,
        device: torch.device,
        optimizer: str = "sgd",
        precision: str = "float32",
        label_smoothing: float = 0.0,
        compiled: bool | None = None,
        initializer: str = "xavier",
        loss: Callable[..., torch.Tensor] | None = None,
        clip_gradients: float | None = None,
        **optimizer_kw: float,
    ) -> None:
        optimizer = str(optimizer).lower()
        if optimizer not in TORCH_OPTIMIZERS:
            raise UserError(f"the PyTorch engine has no optimizer {optimizer!r}: take one of {', '.join(TORCH_OPTIMIZERS)}")
        self.torch = torch = load_torch()
        self.net, self.device, self.precision, self.label_smoothing = net, device, precision, label_smoothing
        self.optimizer, self.optimizer_kw = optimizer, optimizer_kw
        self.loss, self.clip_gradients = loss, clip_gradients
        made = twin(net, input_shape)
        if isinstance(net, (str, Spec)):
            initialize(made, initializer)
        else:
            freeze(made, net)
        for module in made.modules():
            if type(module) in batch_norms():
                module.__class__ = batch_norms()[type(module)]
        self.twin = made.to(device, memory_format=torch.channels_last)
        self.follower = threads.follower_in_torch() if device.type == "cpu" else None
        self.parameters = [parameter for parameter in self.twin.parameters() if parameter.requires_grad]
        if precision == "float32":
            torch.backends.cudnn.allow_tf32 = False
        if device.type == "cuda":
            torch.backends.cudnn.benchmark = True
        compiled = device.type == "cuda" if compiled is None else compiled
        self.forward = self.twin
        self.batch_size: int | None = None
        if compiled:
            # A graph for each size of images, of which there are few, is faster than one for all.
            self.forward = self.attempt(lambda: torch.compile(self.twin, dynamic=False)) or self.twin
        self.reset_optimizer()

    @property
    def contexts(self) -> list[mx.Context]:
        """Where the Gluon net waits."""
        return [runtime.load_mxnet().cpu()]

    def reset_optimizer(self, updates: int = 0) -> None:
        """An optimizer without state, as it is after `updates` updates."""
        count = {"sgd": 1, "nag": 1, "adam": 2}[self.optimizer]
        needs = self.optimizer == "adam" or self.optimizer_kw.get("momentum")
        self.updates = updates
        self.state = [[self.torch.zeros_like(p) for p in self.parameters] for _ in range(count if needs else 0)]

    def batches(self, data: Any, epoch: int, start: int = 0, name: str = "the training data") -> Iterator[tuple[Any, Any]]:
        """The batches of pass `epoch` of `data` from batch `start` on, as `step` takes them."""
        if hasattr(data, "byte_batches"):
            for pixels, labels in data.byte_batches(epoch, start):
                yield Bytes(pixels, data.size, data.normalize, data.channels), labels
        else:
            for images, labels in batches(data, epoch, start, name):
                yield images.asnumpy(), labels.asnumpy()

    def to_device(self, images: Any) -> torch.Tensor:
        """A batch as the twin takes it: float32 (N, C, H, W) on the device."""
        torch = self.torch
        if isinstance(images, Bytes):
            pixels = torch.from_numpy(np.ascontiguousarray(images.pixels)).to(self.device)
            return scaled(pixels, *images.made)
        images = images if isinstance(images, np.ndarray) else images.asnumpy()
        images = torch.from_numpy(images).to(self.device)
        return images.contiguous(memory_format=torch.channels_last) if images.dim() == 4 else images

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """The context in which the twin computes in its precision."""
        if self.precision == "float32":
            return contextlib.nullcontext()
        return self.torch.autocast(self.device.type, self.torch.bfloat16)

    def seed(self, number: int) -> None:
        """Starts PyTorch's random numbers, as dropout draws them."""
        self.torch.manual_seed(number)

    @threads.followed
    def step(self, images: Any, labels: Any, lr: float) -> tuple[float, float]:
        """One update on a batch at learning rate `lr`: (sum of the losses, number of right answers), both floats."""
        labels = self.torch.as_tensor(labels if isinstance(labels, np.ndarray) else labels.asnumpy())
        return tuple(self.learn(self.to_device(images), labels.to(self.device, self.torch.int64), lr).tolist())

    def learn(self, images: Any, labels: Any, lr: float) -> torch.Tensor:
        """`step` on tensors that lie on the device, which is not waited for: returns a tensor of the two sums."""
        torch = self.torch
        logits, losses = self._learned(images, labels)
        with torch.no_grad():
            self._update(lr)
            return torch.stack([losses.sum(), (logits.argmax(dim=1) == labels).sum().float()])

    def _learned(self, images, labels):
        """What `_differentiate` gives of a batch, by the faster of the forms of the twin that there are."""
        self.twin.train()
        self.batch_size = self.batch_size or len(images)
        forward = self.forward if len(images) == self.batch_size else self.twin
        found = None
        try:
            if forward is not self.twin:
                found = self.attempt(lambda: self._differentiate(forward, images, labels))
            return found or self._differentiate(self.twin, images, labels)
        except self.torch.cuda.OutOfMemoryError as error:
            raise UserError(f"the GPU's memory does not hold a batch of {len(images)}: take a smaller --batch-size") from error

    def attempt(self, work: Callable[[], Any]) -> Any:
        """What `work` gives with torch.compile; None where that fails, which is told, and nothing is compiled from then on."""
        try:
            return work()
        except self.torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            print(f"PyTorch computes without torch.compile, which failed here: {reason}", file=sys.stderr)
            self.forward = self.twin

    def _differentiate(self, forward, images, labels):
        """(logits, the loss of each image); the gradients of the mean loss are the parameters' afterwards."""
        with self.autocast():
            logits = forward(images)
        logits = logits.float()
        losses = self._losses(logits, labels)
        for parameter in self.parameters:
            parameter.grad = None
        losses.mean().backward()
        return logits, losses

    def _losses(self, logits, labels):
        if self.loss is not None:
            return self.loss(logits, labels)
        return self.torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=self.label_smoothing)

    def try_loss(self, images: Any, labels: Any) -> None:
        """As engine_mxnet.Stepper.try_loss."""
        if self.loss is None:
            return
        torch = self.torch
        with torch.no_grad():
            logits = self.twin(self.to_device(images[:2])).float()
        objects.try_loss(self.loss, logits, torch.from_numpy(labels[:2].asnumpy()).to(self.device, torch.int64))

    @threads.followed
    def gather(self, images: Any, labels: Any) -> tuple[float, float]:
        """Adds a batch's gradients to those gathered since the last update; as engine_mxnet.Stepper.gather."""
        torch, before = self.torch, [parameter.grad for parameter in self.parameters] if self.gathered else []
        labels = torch.as_tensor(labels if isinstance(labels, np.ndarray) else labels.asnumpy())
        images, labels = self.to_device(images), labels.to(self.device, torch.int64)
        logits, losses = self._learned(images, labels)
        with torch.no_grad():
            mine = [parameter.grad for parameter in self.parameters]
            torch._foreach_mul_(mine, len(labels))
            if before:
                torch._foreach_add_(mine, before)
            self.gathered += len(labels)
            return float(losses.sum()), float((logits.argmax(dim=1) == labels).sum())

    def update(self, lr: float) -> None:
        """One update at learning rate `lr` by the mean gradient of what was gathered, clipped where that is asked for."""
        torch = self.torch
        with torch.no_grad():
            torch._foreach_div_([parameter.grad for parameter in self.parameters], self.gathered)
            if self.clip_gradients is not None:
                self.gradient_norm = float(torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_gradients))
            self._update(lr)
        self.gathered = 0

    def gathered_arrays(self) -> dict[str, np.ndarray]:
        """The gradients gathered since the last update as {name: NumPy array}."""
        if not self.gathered:
            return {}
        return {f"0.{number}": parameter.grad.contiguous().cpu().numpy() for number, parameter in enumerate(self.parameters)}

    def load_gathered(self, images: int, saved: Mapping[str, Any]) -> None:
        """Takes what `gathered_arrays` gave of so many images, as MXNet read it. Raises KeyError where it is of another net."""
        for number, parameter in enumerate(self.parameters):
            array = saved[f"0.{number}"].asnumpy()
            if array.shape != tuple(parameter.shape):
                raise KeyError(number)
            parameter.grad = self.torch.empty_like(parameter).copy_(self.torch.from_numpy(array))
        self.gathered = images

    def average(self) -> Average:
        """A moving average of the weights, which begins with those of now."""
        return Average(self)

    def _update(self, lr):
        torch, weights = self.torch, self.parameters
        gradients = [p.grad for p in weights]
        momentum, decay = self.optimizer_kw.get("momentum", 0.0), self.optimizer_kw.get("wd", 0.0)
        self.updates += 1
        decayed = torch._foreach_add(gradients, weights, alpha=decay) if decay else gradients
        if self.optimizer == "adam":
            mean, square = self.state
            torch._foreach_lerp_(mean, decayed, 1 - 0.9)
            torch._foreach_mul_(square, 0.999)
            torch._foreach_addcmul_(square, decayed, decayed, value=1 - 0.999)
            corrected = lr * (1 - 0.999**self.updates) ** 0.5 / (1 - 0.9**self.updates)
            divisor = torch._foreach_add(torch._foreach_sqrt(square), 1e-8)
            torch._foreach_addcdiv_(weights, mean, divisor, value=-corrected)
        elif not self.state:
            torch._foreach_add_(weights, decayed, alpha=-lr)
        elif self.optimizer == "sgd":
            (kept,) = self.state
            torch._foreach_mul_(kept, momentum)
            torch._foreach_add_(kept, decayed, alpha=-lr)
            torch._foreach_add_(weights, kept)
        else:
            # MXNet keeps the learning rate in the momentum, and decays it by the weights that it has just updated.
            (kept,) = self.state
            torch._foreach_mul_(kept, momentum)
            torch._foreach_add_(weights, kept, alpha=momentum)
            torch._foreach_add_(weights, decayed, alpha=-lr * (1 + momentum))
            torch._foreach_add_(kept, gradients, alpha=-lr)
            if decay:
                torch._foreach_add_(kept, weights, alpha=-lr * decay)

    def evaluate(
        self,
        data: Iterable[Any],
        checkpoint: Callable[[int], Any] = lambda images: None,
        flip: bool = False,
        only: Any = None,
        name: str = "the data",
    ) -> Evaluation:
        """The Evaluation of the twin on `data`; as gluon_alexnet.train.engine_mxnet.Stepper.evaluate."""
        torch = self.torch
        self.twin.eval()

        @threads.followed
        def answered(self, images):
            pixels = self.to_device(images)
            with torch.inference_mode(), self.autocast():
                answer = self.twin(pixels).float()
                if flip:
                    answer = (answer + self.twin(pixels.flip(3)).float()) / 2
            return [answer.cpu().numpy()]

        def answers(images, labels):
            return answered(self, images)

        made = isinstance(data, list) and data and isinstance(data[0][0], Bytes)
        return evaluated(data if made else self.batches(data, 0, 0, name), answers, checkpoint, only)

    def sync(self) -> None:
        """Hands the weights and statistics that the twin has now to the Gluon net, where there is one."""
        if not isinstance(self.net, (str, Spec)):
            load_weights(self.net, self.twin)

    def take(self) -> None:
        """Goes on from the weights that the Gluon net holds."""
        load_weights(self.twin, self.net)

    def machine(self) -> dict[str, Any]:
        """What it computes on, as `history.describe_machine` tells it."""
        name = self.torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else str(self.device)
        return describe_machine([name], self.precision, torch=self.torch.__version__)

    def snapshot(self) -> dict[str, torch.Tensor]:
        """Copies of the twin's weights and statistics, for `restore`."""
        return {name: tensor.clone() for name, tensor in self.twin.state_dict().items()}

    def restore(self, snapshot: Mapping[str, torch.Tensor]) -> None:
        """Puts the weights and statistics back, with a new optimizer."""
        self.twin.load_state_dict(snapshot)
        self.reset_optimizer()

    def optimizer_arrays(self) -> dict[str, np.ndarray]:
        """The optimizer's state as {name: NumPy array}."""
        return {name: tensor.contiguous().cpu().numpy() for name, tensor in self._named_state().items()}

    def load_optimizer_arrays(self, saved: Mapping[str, Any]) -> None:
        """Takes what `optimizer_arrays` gave, as MXNet read it. Raises KeyError where it is of another optimizer or net."""
        state = self._named_state()
        if {name: tuple(tensor.shape) for name, tensor in state.items()} != {name: array.shape for name, array in saved.items()}:
            raise KeyError("other names or shapes")
        for name, tensor in state.items():
            tensor.copy_(self.torch.from_numpy(saved[name].asnumpy()))

    def _named_state(self):
        return {f"{number}.{kind}": tensor for kind, each in enumerate(self.state) for number, tensor in enumerate(each)}


class Average:
    """An exponential moving average of the weights and statistics of a TorchStepper's twin; as gradients.Average."""

    def __init__(self, stepper: TorchStepper) -> None:
        self.stepper, self.torch = stepper, stepper.torch
        self.kept = [tensor.clone() for tensor in self._tensors()]

    def _tensors(self):
        # Batch norms count their batches too, in whole numbers.
        return [tensor for tensor in self.stepper.twin.state_dict().values() if tensor.is_floating_point()]

    def follow(self, decay: float) -> None:
        """average = decay · average + (1 - decay) · weight."""
        with self.torch.no_grad():
            self.torch._foreach_lerp_(self.kept, self._tensors(), 1 - decay)

    def exchange(self) -> None:
        """The average becomes the twin's weights, and those are kept here in its place."""
        with self.torch.no_grad():
            for kept, tensor in zip(self.kept, self._tensors(), strict=True):
                mine = tensor.clone()
                tensor.copy_(kept)
                kept.copy_(mine)

    def arrays(self) -> dict[str, np.ndarray]:
        """The average as {name: NumPy array}, for a checkpoint."""
        return {str(number): kept.contiguous().cpu().numpy() for number, kept in enumerate(self.kept)}

    def load(self, saved: Mapping[str, Any]) -> None:
        """Takes what `arrays` gave, as MXNet read it. Raises KeyError where it is of another net."""
        shapes = {str(number): tuple(kept.shape) for number, kept in enumerate(self.kept)}
        if {name: tuple(array.shape) for name, array in saved.items()} != shapes:
            raise KeyError("other names or shapes")
        for number, kept in enumerate(self.kept):
            kept.copy_(self.torch.from_numpy(saved[str(number)].asnumpy()))
