"""The chapter's AlexNet in MXNet, PyTorch and Keras, side by side: `python benchmarks/frameworks.py`.

All three start from the same weights and see the same batches. Compared with Gluon: the logits of random images; the weights
after twenty steps of the chapter's SGD (its initial weights, learning rate and pixels) with dropout off, which are compared too
with those of plain PyTorch in float64, where rounding hardly matters, and these with our trainer's in float64; then a short
training by the quick recipe's settings, as images a second and test accuracy. Else float32 throughout, so that only the
frameworks differ. Written to benchmarks/results/bench/frameworks.json.
"""

import argparse
import json
import statistics
import sys
import time

import numpy as np
from bench import find_data, save
from harness import machine

from gluon_alexnet import FashionMNISTLoader, interop, models, prepare
from gluon_alexnet.interop import keras as keras_side
from gluon_alexnet.interop import torch as torch_side
from gluon_alexnet.machine import runtime
from gluon_alexnet.train import schedule
from gluon_alexnet.train.engine_mxnet import Stepper
from gluon_alexnet.train.engine_torch import TorchStepper

STEPS, SHORT_STEPS, TESTED = 20, 150, 2000
LR, MOMENTUM = 0.01, 0.9


class Mxnet:
    """Gluon's net and our trainer."""

    def __init__(self, spec, weights, momentum):
        self.mx = runtime.load_mxnet()
        self.net = net_with(spec, weights)
        self.stepper = Stepper(self.net, [self.mx.cpu()], "nag", "float32", **({"momentum": momentum} if momentum else {}))

    def step(self, images, labels, lr):
        np = self.mx.np
        return self.stepper.step(np.array(images), np.array(labels, dtype="int32"), lr)

    def logits(self, images):
        return self.stepper.forward(self.mx.np.array(images)).asnumpy()

    def weights(self):
        return interop.read_weights(self.net)


class Torch:
    """The twin and our PyTorch engine."""

    def __init__(self, spec, weights, momentum):
        torch = torch_side.load_torch()
        kw = {"momentum": momentum} if momentum else {}
        self.stepper = TorchStepper(spec, spec.input_shape, torch.device("cpu"), "nag", "float32", **kw)
        interop.load_weights(self.stepper.twin, weights)
        self.torch = torch

    def step(self, images, labels, lr):
        return self.stepper.step(images, labels, lr)

    def logits(self, images):
        with self.torch.inference_mode():
            return self.stepper.twin.eval()(self.stepper.to_device(images)).numpy()

    def weights(self):
        return interop.read_weights(self.stepper.twin)


class Keras:
    """The twin and Keras's own training step."""

    def __init__(self, spec, weights, momentum):
        keras = keras_side.load_keras()
        self.model = keras_side.twin(spec)
        interop.load_weights(self.model, weights)
        self.optimizer = keras.optimizers.SGD(LR, momentum=momentum, nesterov=bool(momentum))
        self.model.compile(self.optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)

    def step(self, images, labels, lr):
        self.optimizer.learning_rate = lr
        self.model.train_on_batch(images.transpose(0, 2, 3, 1), labels)

    def logits(self, images):
        return self.model.predict_on_batch(images.transpose(0, 2, 3, 1))

    def weights(self):
        return interop.read_weights(self.model)


FRAMEWORKS = {"MXNet": Mxnet, "PyTorch": Torch, "Keras": Keras}


def net_with(spec, weights=None, initializer="xavier"):
    """A Gluon net with these weights, or with initial ones from seed 0."""
    mx = runtime.load_mxnet()
    net = models.build(spec)
    mx.random.seed(0)
    prepare.prepare(net, mx.np.zeros((1, *spec.input_shape)), [mx.cpu()], initializer)
    if weights:
        interop.load_weights(net, weights)
    return net


def batches(data, count, batch_size, normalize):
    """`count` batches as NumPy arrays; the same for everyone."""
    train = FashionMNISTLoader("train", batch_size, resize=224, normalize=normalize, data=data, last_batch="discard")
    for number, (images, labels) in enumerate(train.batches(0)):
        if number == count:
            return
        yield images.asnumpy(), labels.asnumpy()


def gluon_in_float64(spec, weights, steps):
    """The weights after SGD on the batches `steps`, by our trainer in float64."""
    mx, net = runtime.load_mxnet(), net_with(spec, weights)
    net.cast("float64")
    stepper = Stepper(net, [mx.cpu()])
    for images, labels in steps:
        stepper.step(mx.np.array(images, dtype="float64"), mx.np.array(labels, dtype="int32"), LR)
    return interop.read_weights(net)


def torch_in_float64(spec, weights, steps):
    """The same by plain PyTorch."""
    torch = torch_side.load_torch()
    twin = torch_side.twin(spec)
    interop.load_weights(twin, weights)
    twin.double().train()
    optimizer = torch.optim.SGD(twin.parameters(), LR)
    for images, labels in steps:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(twin(torch.from_numpy(images).double()), torch.from_numpy(labels).long())
        loss.backward()
        optimizer.step()
    return interop.read_weights(twin)


def farthest(weights, others):
    return max(float(np.abs(weights[key] - others[key]).max()) for key in others)


def compare(data, names, short_steps, batch_size=32):
    still, dropping = models.alexnet_spec(dropout=0.0), models.alexnet_spec(dropout=0.1)
    chapters, quick = (interop.read_weights(net_with(still, initializer=name)) for name in ("xavier", "he"))
    images = np.random.default_rng(0).uniform(size=(8, 1, 224, 224)).astype("float32")
    test = list(FashionMNISTLoader("test", 100, resize=224, normalize=True, data=data, limit=TESTED).batches(0))
    rate = schedule.learning_rate("cosine", LR, short_steps, 0.1)
    exact = torch_in_float64(still, chapters, batches(data, STEPS, batch_size, normalize=False))
    ours = gluon_in_float64(still, chapters, batches(data, STEPS, batch_size, normalize=False))
    print(f"in float64, Gluon's weights after {STEPS} steps differ from PyTorch's by {farthest(ours, exact):.1e}", flush=True)
    found, reference = {}, None
    for name in names:
        side = FRAMEWORKS[name](still, chapters, 0.0)
        logits = side.logits(images)
        for batch in batches(data, STEPS, batch_size, normalize=False):
            side.step(*batch, LR)
        after = side.weights()
        reference = reference or {"logits": logits, "weights": after}
        side = FRAMEWORKS[name](dropping, quick, MOMENTUM)
        seconds = []
        for number, batch in enumerate(batches(data, short_steps, batch_size, normalize=True)):
            began = time.perf_counter()
            side.step(*batch, rate(number))
            seconds.append(time.perf_counter() - began)
        right = [(side.logits(pixels.asnumpy()).argmax(axis=1) == labels.asnumpy()).mean() for pixels, labels in test]
        found[name] = {
            "logits_difference": float(np.abs(logits - reference["logits"]).max() / np.abs(reference["logits"]).max()),
            "weights_difference": farthest(after, reference["weights"]),
            "from_float64": farthest(after, exact),
            "images_per_second": batch_size / statistics.median(seconds),
            "test_accuracy": float(np.mean(right)),
        }
        print(
            f"{name:8} logits differ by {found[name]['logits_difference']:.1e} of the largest, weights after {STEPS} steps by "
            f"{found[name]['weights_difference']:.1e} and from float64's by {found[name]['from_float64']:.1e}, "
            f"{found[name]['images_per_second']:.1f} images/s, test accuracy {found[name]['test_accuracy']:.4f} "
            f"after {short_steps} steps",
            flush=True,
        )
    return {"float64_difference": farthest(ours, exact), "frameworks": found}


def main(argv=None):
    parser = argparse.ArgumentParser(description="Compare AlexNet in three frameworks.")
    parser.add_argument("--steps", type=int, default=SHORT_STEPS, help=f"of the short training, 32 images each ({SHORT_STEPS})")
    parser.add_argument("--quick", action="store_true", help="five steps; writes nothing")
    options = parser.parse_args(argv)
    print(json.dumps(machine()))
    found = compare(find_data(), list(FRAMEWORKS), 5 if options.quick else options.steps)
    if not options.quick:
        save("frameworks", {"benchmark": "frameworks", "machine": machine(), "steps": options.steps, **found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
