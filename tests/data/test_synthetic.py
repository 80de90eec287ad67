"""The stand-in is the same everywhere, and worth a convolution."""

import hashlib

import numpy as np
import pytest

from gluon_alexnet.data import synthetic


def test_every_ten_labels_hold_each_class_once():
    images, labels = synthetic.make_split("train", 1000)
    assert (images.shape, images.dtype, labels.dtype) == ((1000, 28, 28), np.uint8, np.int32)
    assert (np.sort(labels.reshape(-1, 10), axis=1) == np.arange(10)).all()


def test_the_bytes_never_change():
    # Made with NumPy 1.23.5; 2.x and processors without AVX give the same.
    images, labels = synthetic.make_split("train", 2000)
    digest = hashlib.sha256(images.tobytes() + labels.astype("<i4").tobytes()).hexdigest()
    assert digest == "d429bdb1e1cbe571dc4c3a401f3d7facbc0caa6e38034c8a3d541d6d39fa2a89"


def test_a_short_split_begins_the_long_one():
    short, long = synthetic.make_split("test", 1234), synthetic.make_split("test", 2100)
    assert (short[0] == long[0][:1234]).all() and (short[1] == long[1][:1234]).all()


def test_train_test_and_other_seeds_share_no_picture():
    made = [
        synthetic.make_split("train", 500),
        synthetic.make_split("test", 500),
        synthetic.make_split("train", 500, 1),
    ]
    pictures = {image.tobytes() for images, _ in made for image in images}
    assert len(pictures) == 1500


def test_the_default_counts_are_those_of_fashion_mnist():
    assert synthetic.COUNTS == {"train": 60_000, "test": 10_000}
    assert len(synthetic.make_split("test")[1]) == 10_000


def test_pictures_are_light_on_dark_with_a_garment_in_the_middle():
    images, _ = synthetic.make_split("train", 1000)
    assert np.median(images[:, :2, :2]) < 10 and images[:, 10:18, 10:18].mean() > 60


@pytest.mark.parametrize("arguments", [("validation",), ("train", -1)])
def test_wrong_arguments_are_named(arguments):
    with pytest.raises(ValueError, match="must"):
        synthetic.make_split(*arguments)


def test_no_pictures_are_none():
    images, labels = synthetic.make_split("train", 0)
    assert images.shape == (0, 28, 28) and labels.shape == (0,)


def linear_accuracy(train, test, epochs, lr=0.1):
    """Softmax regression on pixels, by SGD with momentum 0.9 and a linearly falling learning rate, in NumPy."""
    (x, y), (xt, yt) = ((images.reshape(len(images), -1) / np.float32(255), labels) for images, labels in (train, test))
    mean, rng = x.mean(0), np.random.RandomState(0)
    x, xt, target = x - mean, xt - mean, np.eye(10, dtype=np.float32)[y]
    weight, bias = np.zeros((784, 10), np.float32), np.zeros(10, np.float32)
    moves = [0, 0]
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 256):
            rows = order[start : start + 256]
            logits = x[rows] @ weight + bias
            p = np.exp(logits - logits.max(1, keepdims=True))
            error = (p / p.sum(1, keepdims=True) - target[rows]) / len(rows)
            moves = [0.9 * moves[0] + x[rows].T @ error, 0.9 * moves[1] + error.sum(0)]
            rate = np.float32(lr * (1 - epoch / epochs))
            weight, bias = weight - rate * moves[0], bias - rate * moves[1]
    return ((xt @ weight + bias).argmax(1) == yt).mean()


def lenet_accuracy(train, test, epochs, activation, optimizer, **options):
    """The chapter's LeNet from Xavier's start, batches of 256 (64 when few)."""
    from gluon_alexnet import models
    from gluon_alexnet.machine import runtime

    mx = runtime.load_mxnet()
    mx.random.seed(0)
    net = models.lenet(activation=activation)
    net.initialize(mx.init.Xavier(), force_reinit=True)
    net.hybridize(static_alloc=True)
    trainer = mx.gluon.Trainer(net.collect_params(), optimizer, options)
    criterion, rng = mx.gluon.loss.SoftmaxCrossEntropyLoss(), np.random.RandomState(1)
    batch = 256 if len(train[1]) > 20_000 else 64

    def tensor(images):
        return mx.np.array(images[:, None].astype(np.float32) / 255)

    for _ in range(epochs):
        order = rng.permutation(len(train[1]))
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            with mx.autograd.record():
                loss = criterion(net(tensor(train[0][rows])), mx.np.array(train[1][rows]))
            loss.backward()
            trainer.step(len(rows))
    guesses = [net(tensor(test[0][start : start + 1000])).asnumpy().argmax(1) for start in range(0, len(test[1]), 1000)]
    return (np.concatenate(guesses) == test[1]).mean()


def test_lenet_beats_a_linear_model_already_on_few_pictures():
    train, test = synthetic.make_split("train", 6000), synthetic.make_split("test", 2000)
    linear = linear_accuracy(train, test, epochs=10)
    lenet = lenet_accuracy(train, test, 6, "relu", "adam", learning_rate=0.002)
    print(f"linear {linear:.3f}, LeNet {lenet:.3f}")
    assert 0.5 < linear < 0.75 and lenet > linear + 0.04


@pytest.mark.long
def test_the_whole_stand_in_is_hard_for_a_linear_model_and_not_for_the_chapters_lenet():
    train, test = synthetic.make_split("train"), synthetic.make_split("test")
    linear = linear_accuracy(train, test, epochs=15)
    lenet = lenet_accuracy(train, test, 10, "sigmoid", "sgd", learning_rate=0.9)
    print(f"linear {linear:.3f}, LeNet {lenet:.3f}")
    assert linear < 0.85 and lenet > linear + 0.04
