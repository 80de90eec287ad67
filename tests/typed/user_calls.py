"""What people write who import this package, for mypy alone: nothing here is run.

`assert_type` says what a name is to be known as. Each mistake that a checker has to find is marked with the kind of error that it
must report, and the mark itself is an error where it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from typing_extensions import assert_type

import gluon_alexnet
from gluon_alexnet import FashionMNISTLoader, History, alexnet, check, d2l, evaluate, fit, get_model, lenet, list_models
from gluon_alexnet.analysis import LayerCost, analyze, format_table, read_spec
from gluon_alexnet.convert import convert
from gluon_alexnet.data import CLASS_NAMES, augment, load_split
from gluon_alexnet.data.files import Source, Split
from gluon_alexnet.doctor import Finding, can_train, diagnose
from gluon_alexnet.errors import DivergedError, UserError
from gluon_alexnet.features import hog, linear_svm
from gluon_alexnet.grading.grade import Result, grade
from gluon_alexnet.interop import load_weights, read_weights
from gluon_alexnet.interop.onnx import export
from gluon_alexnet.machine.devices import GPU, gpus, resolve
from gluon_alexnet.machine.runtime import load_mxnet, setup
from gluon_alexnet.models import Conv, Dense, Pool, Spec, build, spec
from gluon_alexnet.pictures.viz import confusion, curves
from gluon_alexnet.predict import Prediction, predict
from gluon_alexnet.run import train
from gluon_alexnet.runs import load, newest
from gluon_alexnet.train import EarlyStopping, Epoch, Evaluation, RunView, cosine_restarts, lr_find, schedule


def readme_as_a_library() -> None:
    from gluon_alexnet import FashionMNISTLoader, alexnet, fit

    train, test = (FashionMNISTLoader(split, batch_size=128, resize=224) for split in ("train", "test"))
    history = fit(alexnet(), train, test, epochs=10, lr=0.01)
    print(history.epochs[-1].test_accuracy)


def readme_in_other_frameworks() -> None:
    from gluon_alexnet import alexnet, interop
    from gluon_alexnet.interop.torch import twin

    net = alexnet()
    module = twin(net)
    interop.load_weights(net, module)


def twenty_lines_that_train() -> None:
    from gluon_alexnet import FashionMNISTLoader, fit, get_model, runs
    from gluon_alexnet.train import EarlyStopping, ExponentialMovingAverage, cosine_restarts, lr_find

    train = FashionMNISTLoader("train-rest", batch_size=128, augment="flip", normalize=True)
    validation = FashionMNISTLoader("validation", batch_size=256, normalize=True)
    test = FashionMNISTLoader("test", batch_size=256, normalize=True)
    net = get_model("compact")

    found = lr_find(net, train, momentum=0.9)  # in a notebook, its value is a plot
    found.save("rates.png")
    average = ExponentialMovingAverage(decay=0.99)
    restarts = cosine_restarts(lr=found.suggested or 0.05, steps=2 * len(train), factor=2)
    watchers = [EarlyStopping(patience=4), average]
    history = fit(
        net, train, test, epochs=14, momentum=0.9, validation_data=validation,
        schedule=restarts, callbacks=watchers, folder="runs/mine",
    )
    print(history.stopped, history.reason, history.epochs[-1].test_accuracy)
    print("averaged:", history.epochs[-1].more["average"]["test_accuracy"])
    averaged_net, *_ = runs.load("runs/mine", "average")


class Own:
    def on_step(self, run: RunView) -> str | None:
        assert_type(run.step, int)
        assert_type(run.loss, float | None)
        assert_type(run.history, History)
        return "stop" if run.lr < 1e-6 else None


def callbacks(data: FashionMNISTLoader) -> None:
    fit(lenet(), data, callbacks=[Own(), EarlyStopping(3, by="loss"), print], accumulate=2, clip_gradients=1.0)
    assert_type(lr_find(lenet(), data).suggested, float | None)
    EarlyStopping(patience="3")  # type: ignore[arg-type]
    cosine_restarts(0.1)  # type: ignore[call-arg]
    fit(lenet(), data, callbacks=Own())  # type: ignore[arg-type]


def the_chapter() -> None:
    batch_size = 128
    train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size, resize=224)
    assert_type(train_iter, FashionMNISTLoader)
    lr, num_epochs = 0.01, 10
    history = d2l.train_ch6(alexnet(), train_iter, test_iter, num_epochs, lr, d2l.try_gpu())
    assert_type(history, History)
    timer, metric = d2l.Timer(), d2l.Accumulator(2)
    metric.add(1.0, 2)
    assert_type(metric[0] / timer.stop(), float)
    assert_type(d2l.evaluate_accuracy(lenet(), test_iter), float)
    assert_type(d2l.get_fashion_mnist_labels([0, 9]), list[str])


def training(folder: Path) -> None:
    train, test = d2l.load_data_fashion_mnist(256)
    net = lenet(activation="relu", dropout=0.1)
    history = fit(net, train, test, epochs=0.5, lr=0.9, schedule="cosine", warmup=0.1, folder=folder, resume=True)
    assert_type(history, History)
    own = [(np.zeros((8, 1, 28, 28), "float32"), np.zeros(8, "int32"))]
    fit(net, own, minutes=1, progressive=(20, 0.5), seed=3, on_step=print, on_epoch=told, schedule=lambda step: 0.1 / (1 + step))
    fit(net, (batch for batch in own))  # type: ignore[arg-type]
    fit(net, train, learning_rate=0.1)  # type: ignore[call-arg]
    fit(net, train, lr="0.1")  # type: ignore[arg-type]
    fit(net, train, momentum="0.9")  # type: ignore[arg-type]
    fit(net, train, on_epoch=len)  # type: ignore[arg-type]
    found = evaluate(net, test, device="cpu", flip=True)
    assert_type(found, Evaluation)
    assert_type(found.accuracy, float)
    assert_type(found.probabilities, np.ndarray)


def told(epoch: Epoch) -> None:
    assert_type(epoch.loss + epoch.seconds["step"], float)


def loaders() -> None:
    loader = FashionMNISTLoader("train", 256, resize=(96, 96), augment="flip+shift", limit=1000, data=Path("data"))
    FashionMNISTLoader("test", 256, augment=augment.flip)
    FashionMNISTLoader("test", 256, augment=own_change)
    FashionMNISTLoader(256, "train")  # type: ignore[arg-type]
    FashionMNISTLoader("train", batch=256)  # type: ignore[call-arg]
    FashionMNISTLoader("train", 256, augment=len)  # type: ignore[arg-type]
    assert_type(len(loader), int)
    for images, labels in loader:
        print(images.shape, labels.shape)
    for pixels, numbers in loader.byte_batches(0):
        assert_type(pixels, np.ndarray)
        assert_type(numbers, np.ndarray)
    split = load_split("test", download=False)
    assert_type(split, Split)
    assert_type(split.source, Source)
    assert_type(CLASS_NAMES[0], str)


def own_change(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return images[:, ::-1] if rng.random() < 0.5 else images


def tables() -> None:
    assert_type(list_models(), list[str])
    table = spec("lenet", activation="relu")
    assert_type(table, Spec)
    get_model("alexnet", dropout=0.1)
    get_model("alexnet", dropout=[0.1])  # type: ignore[arg-type]
    get_model(lenet)  # type: ignore[arg-type]
    lenet(activaton="relu")  # type: ignore[call-arg]
    layers = (Conv(6, kernel=5, padding=2, activation="relu"), Pool("max", 2), Dense(10))
    assert_type(layers[0].kernel, tuple[int, int])
    Conv(6)  # type: ignore[call-arg]
    build(Spec("mine", layers, (1, 28, 28)))
    costs = analyze(layers, (1, 28, 28))
    assert_type(costs, list[LayerCost])
    assert_type(format_table(costs), str)
    assert_type(read_spec(alexnet()), Spec)


def machines() -> None:
    mx = load_mxnet()
    print(mx.np.zeros((2, 3)), setup().threads + 1)
    assert_type(gpus(), list[GPU])
    print(resolve("gpu0,gpu1"), resolve(mx.cpu()), resolve([mx.gpu(0), mx.gpu(1)]))
    findings = diagnose()
    assert_type(findings, list[Finding])
    assert_type(can_train(findings), bool)


def runs() -> None:
    history, folder = train({"model": "lenet", "epochs": 1})
    assert_type(history, History)
    assert_type(folder, Path)
    net, table, options, state = load(newest(), "best")
    assert_type(table, Spec)
    for outcome in predict(net, ["shoe.png"], table.input_shape[1:], names=CLASS_NAMES):
        assert_type(outcome, Prediction | UserError)
        if isinstance(outcome, Prediction):
            assert_type(outcome.top(3), list[tuple[str, float]])
        else:
            assert_type(outcome.exit_code, int)
    path, difference = convert(folder, to="keras")
    assert_type(path, Path)
    assert_type(difference, float)
    print(options["batch_size"], state["step"])


def histories(history: History) -> None:
    assert_type(history.epochs, list[Epoch])
    assert_type(history.step_losses[-1], float)
    assert_type(history.epochs[-1].test_accuracy, float | None)
    assert_type(history.test, Evaluation | None)
    print(history.epochs[-1].test_acuracy)  # type: ignore[attr-defined]
    history.save(Path("history.json"))
    assert_type(History.load("history.json"), History)
    figure = curves(history.to_dict(), panels=("loss",), dark=True)
    figure.savefig("curves.png")
    confusion(np.eye(10, dtype="int64"), CLASS_NAMES)
    rate = schedule.learning_rate("cosine", 0.1, 1000, warmup=0.1)
    assert_type(rate(0), float)


def weights() -> None:
    net = lenet()
    neutral = read_weights(net)
    assert_type(neutral, dict[str, np.ndarray])
    load_weights(net, neutral)
    export(net, "lenet.onnx", input_shape=(1, 28, 28))


def by_hand(images: np.ndarray, labels: np.ndarray) -> float:
    features = hog(images, cell=4)
    assert_type(features, np.ndarray)
    return float(linear_svm(features, labels).score(features, labels))


def grades() -> Iterator[Result]:
    result = grade("02_simplify.ipynb", seed=1)
    assert_type(result.earned, float)
    yield result


def the_package_itself() -> None:
    assert_type(gluon_alexnet.__version__, str)
    print(gluon_alexnet.resnet)  # type: ignore[attr-defined]
    print(DivergedError.exit_code, fit, evaluate)


def a_task_checked_in_a_cell() -> None:
    check("cost")
    check("cost", "02_simplify")
    check(3)  # type: ignore[arg-type]
