"""The memory of a training step, measured in a fresh process: `python -m gluon_alexnet.study.memory alexnet 64`.

A process's peak counts from its start, so each batch size needs a process of its own. It makes a step with momentum on a single
image, which brings weights, gradients and momentum into memory, then one on the whole batch, all in float32.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from gluon_alexnet import models
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop.torch import load_torch, twin
from gluon_alexnet.machine import devices, runtime

if TYPE_CHECKING:
    import mxnet as mx

ENGINES = ("mxnet", "torch")


def measured_memory(
    model: str, batch_size: int, engine: str = "mxnet", random_weights: bool = False, **kw: float | str
) -> tuple[int, int] | None:
    """Bytes by which a training step raises the memory of a fresh process: (to the end of the batch's forward pass, in all).

    model: a name of gluon_alexnet.models, kw: as for its function. batch_size: images.
    engine: "mxnet" measures where MXNet computes: on a CPU the peak of the resident memory, `VmHWM` in Linux's
    `/proc/self/status` (`getrusage` says nearly the same where there is no `/proc`), on a GPU what MXNet has taken of it.
    "torch" measures on a GPU, by `torch.cuda.max_memory_allocated`, the most that tensors took; None where PyTorch has no GPU.
    random_weights: weights as they are drawn at random, for which MXNet keeps a second array beside each, instead of a constant.
    Raises UserError, with what the process said last, where the step fails.
    """
    if engine not in ENGINES:
        raise UserError(f"memory is measured by one of {', '.join(ENGINES)}, not by {engine!r}")
    command = [sys.executable, "-m", __name__, model, str(batch_size), "--engine", engine]
    command += ["--random-weights"] if random_weights else []
    command += [f"--set={name}={value}" for name, value in kw.items()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise UserError(f"the process that was to make a step of {model!r} on {batch_size} images failed: {said[-1]}")
    words = done.stdout.split()[-2:]
    return None if words == ["no", "GPU"] else (int(words[0]), int(words[1]))


def mxnet_rise(model: str, batch_size: int, random_weights: bool = False, **kw: float | str) -> tuple[int, int]:
    """What measured_memory says, of this process, which should have done nothing before."""
    mx = runtime.load_mxnet()
    device = devices.resolve()[0]
    mx.np.zeros(1, ctx=device).wait_to_read()
    try:
        # Linux sets the peak back to what is in use now: importing takes more than what it leaves.
        with open("/proc/self/clear_refs", "w") as peaks:
            peaks.write("5")
    except OSError:
        pass
    before = peak(device)
    net = models.get_model(model, **kw)
    net.initialize(mx.init.Xavier() if random_weights else mx.init.Constant(0.001), ctx=device)
    net.hybridize(static_alloc=True, static_shape=True)
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01, "momentum": 0.9})
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    forward = 0
    for images_in_step in (1, batch_size):
        images = mx.np.ones((images_in_step, *models.spec(model).input_shape), ctx=device)
        labels = mx.np.zeros((images_in_step,), dtype="int32", ctx=device)
        with mx.autograd.record():
            losses = loss(net(images), labels)
        mx.npx.waitall()
        forward = peak(device) - before
        losses.backward()
        trainer.step(images_in_step)
        mx.npx.waitall()
    return forward, peak(device) - before


def peak(device: mx.Context) -> int:
    """The most memory that this process has had on `device`, in bytes."""
    if device.device_type == "gpu":
        # MXNet's pool gives nothing back, so what is in use now is the peak.
        free, total = runtime.load_mxnet().context.gpu_memory_info(device.device_id)
        return int(total - free)
    status = dict(line.split(":", 1) for line in runtime.read("/proc/self/status").splitlines() if ":" in line)
    if "VmHWM" in status:
        # Not getrusage: on Linux it starts at the peak of the process that started this one, a notebook.
        return 1024 * int(status["VmHWM"].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def torch_rise(model: str, batch_size: int, **kw: float | str) -> tuple[int, int] | None:
    """What measured_memory says of PyTorch's twin of `model` on the first GPU; None where there is none."""
    try:
        torch = load_torch()
    except UserError:
        return None
    if not torch.cuda.is_available():
        return None
    spec = models.spec(model, **kw)
    module, shape = twin(spec).to("cuda"), spec.input_shape
    optimizer, loss = torch.optim.SGD(module.parameters(), lr=0.01, momentum=0.9), torch.nn.CrossEntropyLoss()
    forward = 0
    for images_in_step in (1, batch_size):
        images, labels = torch.ones(images_in_step, *shape).to("cuda"), torch.zeros(images_in_step).long().to("cuda")
        # Gradients stay where they are, as in MXNet.
        optimizer.zero_grad(set_to_none=False)
        losses = loss(module(images), labels)
        forward = torch.cuda.max_memory_allocated()
        losses.backward()
        optimizer.step()
    return forward, torch.cuda.max_memory_allocated()


def main(argv: list[str] | None = None) -> int:
    """Prints the two numbers of bytes, or `no GPU`."""
    parser = argparse.ArgumentParser(description="Measure the memory of one training step.")
    parser.add_argument("model")
    parser.add_argument("batch_size", type=int)
    parser.add_argument("--engine", choices=ENGINES, default="mxnet")
    parser.add_argument("--random-weights", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="of the net")
    told = parser.parse_args(argv)
    kw: dict[str, Any] = dict(pair.split("=", 1) for pair in told.set)
    if told.engine == "torch":
        rise = torch_rise(told.model, told.batch_size, **kw)
    else:
        rise = mxnet_rise(told.model, told.batch_size, told.random_weights, **kw)
    print(*(rise or ("no", "GPU")))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
