"""The names of the chapter's book (Dive into Deep Learning, version 0.17, its mxnet module) on top of this library.

They are those that the cells on LeNet (section 6.6) and AlexNet (section 7.1) use. With `from gluon_alexnet import d2l` for the
import line, the chapter's MXNet cells run as they are printed. Names, arguments and results are the book's; data, training and
evaluation are this library's.
"""

from __future__ import annotations

import itertools
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gluon_alexnet import train
from gluon_alexnet.data import files
from gluon_alexnet.data.loader import FashionMNISTLoader
from gluon_alexnet.errors import DeviceError
from gluon_alexnet.machine import devices, runtime
from gluon_alexnet.pictures.canvas import load_matplotlib
from gluon_alexnet.pictures.notebook import Animator, in_notebook, plot, set_axes, set_figsize, show_images, use_svg_display
from gluon_alexnet.prepare import check_net
from gluon_alexnet.train.batches import batches

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Batches, Device
    from gluon_alexnet.train import History

__all__ = [
    "Accumulator",
    "Animator",
    "Timer",
    "accuracy",
    "evaluate_accuracy",
    "evaluate_accuracy_gpu",
    "get_dataloader_workers",
    "get_fashion_mnist_labels",
    "load_data_fashion_mnist",
    "plot",
    "set_axes",
    "set_figsize",
    "show_images",
    "size",
    "train_ch6",
    "try_all_gpus",
    "try_gpu",
    "use_svg_display",
]


# What version 1.0 of the book has for the cells on AlexNet (its section 8.1) and what they are made of.
NEWER = (
    "Classifier",
    "DataModule",
    "FashionMNIST",
    "HyperParameters",
    "LeNet",
    "Module",
    "ProgressBoard",
    "SoftmaxRegression",
    "Trainer",
    "add_to_class",
    "init_cnn",
    "num_gpus",
)


def __getattr__(name):
    if name == "plt":
        # The book offers pyplot under this name; nothing here uses it, so it is loaded for those alone who ask.
        load_matplotlib()
        from matplotlib import pyplot

        return pyplot
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    newer = f"{name} is of version 1.0 and " if name in NEWER else ""
    raise AttributeError(
        f"d2l.{name} is not here: {newer}these are the names of version 0.17 of the book for LeNet (section 6.6) and AlexNet "
        "(section 7.1): copy the cells from there, or take FashionMNISTLoader and fit of gluon_alexnet"
    )


# ---- data


def load_data_fashion_mnist(
    batch_size: int, resize: int | tuple[int, int] | None = None
) -> tuple[FashionMNISTLoader, FashionMNISTLoader]:
    """The training and the test set of Fashion-MNIST as a pair of FashionMNISTLoader; `resize`: None or a side in pixels."""
    return FashionMNISTLoader("train", batch_size, resize), FashionMNISTLoader("test", batch_size, resize)


def get_fashion_mnist_labels(labels: Iterable[Any]) -> list[str]:
    """The book's names of the classes numbered in `labels`: ['t-shirt', 'ankle boot', ...]."""
    return [files.CLASS_NAMES[int(label)].lower().partition("/")[0] for label in labels]


def get_dataloader_workers() -> int | None:
    """How many processes the book gives Gluon's DataLoader; the loaders made here need none.

    None where processes are not forked, as on Windows and macOS, and from Python 3.14 on: there they are handed all they need,
    which a lambda among the transforms and a script without `if __name__ == "__main__":` cannot be.
    """
    # The first one is the default.
    method = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
    return 4 if method == "fork" and not sys.platform.startswith("win") else 0


# ---- devices


def try_gpu(i: int = 0) -> mx.Context:
    """`mx.gpu(i)` where it is there and this MXNet can compute on it, else `mx.cpu()`."""
    try:
        return devices.resolve(f"gpu{i}")[0]
    except DeviceError:
        # For its line that says, once, why a GPU that is there stays idle.
        devices.resolve()
        return runtime.load_mxnet().cpu()


def try_all_gpus() -> list[mx.Context]:
    """Every GPU that this MXNet can compute on, as a list of mx.Context; `[mx.cpu()]` where there is none."""
    contexts = [try_gpu(gpu.index) for gpu in devices.gpus()]
    return [context for context in contexts if context.device_type == "gpu"] or [runtime.load_mxnet().cpu()]


# ---- training and evaluation


def train_ch6(
    net: mx.gluon.Block, train_iter: Batches, test_iter: Batches, num_epochs: float, lr: float, device: Device
) -> History:
    """Trains `net` anew by plain SGD on softmax cross-entropy, from Xavier's initial weights, and prints how well it did.

    A notebook shows the curves as they grow; elsewhere the progress goes to stderr. MXNet's random state, as
    `mx.random.seed` sets it, decides the weights and the dropout. examples/sec is of the training steps alone, without
    loading and evaluation, as in the book. Returns the History (gluon_alexnet.train.history).
    """
    mx = runtime.load_mxnet()
    contexts = devices.resolve(device)
    check_net(net)
    net.initialize(mx.init.Xavier(), ctx=contexts, force_reinit=True)
    animator = Animator(xlabel="epoch", xlim=[1, num_epochs], legend=["train loss", "train acc", "test acc"])
    per_epoch = len(train_iter)
    every = max(1, per_epoch // 5)

    def on_step(step, loss, accuracy):
        batch = (step - 1) % per_epoch + 1
        if batch % every == 0 or batch == per_epoch:
            animator.add(step / per_epoch, (loss, accuracy, None))

    history = train.fit(
        net,
        train_iter,
        test_iter,
        num_epochs,
        lr,
        device=device,
        seed=int(mx.np.random.randint(0, 2**31 - 1)),
        progress=not in_notebook(),
        on_step=on_step,
        on_epoch=lambda epoch: animator.add(epoch.epoch, (None, None, epoch.test_accuracy)),
    )
    last = history.epochs[-1]
    images = sum(epoch.images for epoch in history.epochs)
    seconds = sum(epoch.seconds["step"] for epoch in history.epochs)
    tested = "" if last.test_accuracy is None else f", test acc {last.test_accuracy:.3f}"
    print(f"loss {last.loss:.3f}, train acc {last.train_accuracy:.3f}{tested}")
    print(f"{images / seconds:.1f} examples/sec on {', '.join(map(str, contexts))}")
    if notice := getattr(getattr(train_iter, "source", None), "notice", str)():
        # It was said when the data was loaded, which may be many cells ago.
        print(notice)
    return history


def accuracy(y_hat: mx.np.ndarray, y: mx.np.ndarray) -> float:
    """How many answers are right, as a float: y_hat (N, classes) scores or (N,) class numbers, y (N,) class numbers."""
    if y_hat.ndim > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(axis=1)
    return float((y_hat.astype(y.dtype) == y).astype("float32").sum())


def evaluate_accuracy(net: Callable[[Any], Any], data_iter: Iterable[Any]) -> float:
    """The share of right answers of `net`, any function from images to scores, on `data_iter`."""
    right = Accumulator(2)
    for images, labels in batches(data_iter):
        right.add(accuracy(net(images), labels), size(labels))
    return right[0] / right[1]


def evaluate_accuracy_gpu(net: mx.gluon.Block, data_iter: Iterable[Any], device: Device = None) -> float:
    """The share of right answers of the Gluon net on `data_iter`, computed on `device` or, without it, where the net lies."""
    return train.evaluate(net, data_iter, device).accuracy


def size(array: Any) -> int:
    """The number of elements of an array."""
    return array.size


class Timer:
    """A stopwatch that keeps every time it took, in seconds; it runs from the start."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Starts it again from zero."""
        self.began = time.perf_counter()

    def stop(self) -> float:
        """Notes the time since the last start and returns it."""
        self.times.append(time.perf_counter() - self.began)
        return self.times[-1]

    def avg(self) -> float:
        """The mean of the times."""
        return self.sum() / len(self.times)

    def sum(self) -> float:
        """The sum of the times."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """The running sums of the times, a list."""
        return list(itertools.accumulate(self.times))


class Accumulator:
    """`n` sums that grow together; `accumulator[i]` is the i-th, a float."""

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *args: float) -> None:
        """Adds the i-th argument to the i-th sum."""
        self.data = [total + float(value) for total, value in zip(self.data, args, strict=True)]

    def reset(self) -> None:
        """Sets every sum to zero."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> float:
        return self.data[index]
