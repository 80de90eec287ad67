"""gluon_alexnet.d2l: the chapter's cells and the names they use, with what the book says of each."""

import multiprocessing
import re
import subprocess
import sys
import time

import numpy
import pytest

from gluon_alexnet import d2l
from gluon_alexnet.data.loader import FashionMNISTLoader
from gluon_alexnet.errors import DeviceError
from gluon_alexnet.machine import devices, runtime

mx = runtime.load_mxnet()
from mxnet import np, npx  # noqa: E402  the chapter's own import lines
from mxnet.gluon import data, nn  # noqa: E402


def lenet(kind=nn.Sequential):
    net = kind()
    net.add(
        nn.Conv2D(channels=6, kernel_size=5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(channels=16, kernel_size=5, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(10),
    )
    return net


def batches(count=3, size=4):
    random = numpy.random.RandomState(0)
    return [
        (np.array(random.rand(size, 1, 28, 28), dtype="float32"), np.array(random.randint(0, 10, size), dtype="int32"))
        for _ in range(count)
    ]


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(devices, "find_gpus", lambda library=None: ([], "there is none"))


# The chapter's table of output shapes, and the names that Gluon gives the layers of a process's first net.
SHAPES = """\
conv0 output shape:	 (1, 96, 54, 54)
pool0 output shape:	 (1, 96, 26, 26)
conv1 output shape:	 (1, 256, 26, 26)
pool1 output shape:	 (1, 256, 12, 12)
conv2 output shape:	 (1, 384, 12, 12)
conv3 output shape:	 (1, 384, 12, 12)
conv4 output shape:	 (1, 256, 12, 12)
pool2 output shape:	 (1, 256, 5, 5)
dense0 output shape:	 (1, 4096)
dropout0 output shape:	 (1, 4096)
dense1 output shape:	 (1, 4096)
dropout1 output shape:	 (1, 4096)
dense2 output shape:	 (1, 10)
"""

# A program of its own, since Gluon numbers the layers of a process; the same statements as the chapter's first two cells.
SHAPES_PROGRAM = """
from gluon_alexnet import d2l
from mxnet import np, npx
from mxnet.gluon import nn
npx.set_np()

net = nn.Sequential()
net.add(nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"), nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, activation="relu"), nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"), nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"), nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(4096, activation="relu"), nn.Dropout(0.5), nn.Dense(4096, activation="relu"), nn.Dropout(0.5), nn.Dense(10))
X = np.random.uniform(size=(1, 1, 224, 224))
net.initialize()
for layer in net:
    X = layer(X)
    print(layer.name, "output shape:\\t", X.shape)
"""


def test_the_chapters_first_cells_print_its_table_of_shapes():
    done = subprocess.run([sys.executable, "-W", "error", "-c", SHAPES_PROGRAM], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (SHAPES, "")


def test_the_data_is_the_whole_set_resized_with_only_the_training_images_shuffled():
    train_iter, test_iter = d2l.load_data_fashion_mnist(128, resize=32)
    # 60,000 / 128 = 468.75 and 10,000 / 128 = 78.125
    assert (len(train_iter), len(test_iter)) == (469, 79)
    assert (train_iter.shuffle, test_iter.shuffle) == (True, False)
    images, labels = next(iter(train_iter))
    assert (images.shape, labels.shape) == ((128, 1, 32, 32), (128,))


@pytest.mark.parametrize("kind", [nn.Sequential, nn.HybridSequential])
def test_train_ch6_with_fewer_than_five_batches_prints_the_books_two_lines(kind, capsys, no_gpu):
    train_iter, test_iter = (FashionMNISTLoader(split, 100, limit=300, data="stand-in") for split in ("train", "test"))
    history = d2l.train_ch6(lenet(kind), train_iter, test_iter, 2, 0.9, d2l.try_gpu())
    first, second, notice = capsys.readouterr().out.splitlines()
    assert notice == train_iter.source.notice() and "NOT FASHION-MNIST" in notice
    assert re.fullmatch(r"loss \d\.\d{3}, train acc [01]\.\d{3}, test acc [01]\.\d{3}", first)
    assert re.fullmatch(r"\d+\.\d examples/sec on cpu\(0\)", second)
    assert [epoch.images for epoch in history.epochs] == [300, 300]
    assert first == (
        f"loss {history.epochs[1].loss:.3f}, train acc {history.epochs[1].train_accuracy:.3f}, "
        f"test acc {history.epochs[1].test_accuracy:.3f}"
    )


def test_train_ch6_starts_anew_from_xaviers_weights_and_steps_by_plain_sgd(monkeypatch):
    net = nn.Sequential()
    net.add(nn.Dense(3))
    net.initialize(mx.init.Constant(7.0))
    (images, labels) = batches(1, size=6)[0]
    images, labels = images[:, :, :1, :5], labels % 3
    net(images)
    weights = []
    real = d2l.train.fit

    def fit(net, *rest, **kw):
        net(images)
        weights.append(net[0].weight.data().asnumpy())
        return real(net, *rest, **kw)

    monkeypatch.setattr(d2l.train, "fit", fit)
    d2l.train_ch6(net, [(images, labels)], [(images, labels)], 1, 0.5, mx.cpu())
    # Xavier, uniform: at most sqrt(6 / (fan in + fan out)) with MXNet's magnitude 3 and the mean of the fans.
    assert 0 < numpy.abs(weights[0]).max() <= (2 * 3 / (5 + 3)) ** 0.5
    # Softmax regression's gradient by hand: (softmax - one hot) outer input, over the batch.
    x, answers = images.asnumpy().reshape(6, 5), numpy.eye(3)[labels.asnumpy()]
    scores = numpy.exp(x @ weights[0].T)
    gradient = (scores / scores.sum(axis=1, keepdims=True) - answers).T @ x / 6
    numpy.testing.assert_allclose(net[0].weight.data().asnumpy(), weights[0] - 0.5 * gradient, atol=1e-5)


def test_mxnets_seed_decides_what_train_ch6_learns():
    losses = []
    for seed in (1, 1, 2):
        mx.random.seed(seed)
        losses.append(d2l.train_ch6(lenet(), batches(), batches(1), 1, 0.1, mx.cpu()).step_losses)
    assert losses[0] == losses[1] != losses[2]


def test_train_ch6_draws_each_fifth_of_an_epoch_and_each_test(monkeypatch):
    points = []
    monkeypatch.setattr(d2l.Animator, "add", lambda self, x, y: points.append((x, [value is not None for value in y])))
    d2l.train_ch6(lenet(), batches(11), batches(1), 1, 0.1, mx.cpu())
    training, tested = [True, True, False], [False, False, True]
    # 11 // 5 = 2: after every second batch and the last.
    assert points == [(n / 11, training) for n in (2, 4, 6, 8, 10, 11)] + [(1, tested)]


def test_train_ch6_trains_a_block_that_cannot_be_traced_on_gluons_own_loader():
    class Network(nn.Block):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(10)

        def forward(self, X):
            return npx.relu(self.dense(X))

    X, y = numpy.random.RandomState(0).rand(8, 1, 4, 4).astype("float32"), numpy.arange(8, dtype="int32")
    loader = data.DataLoader(data.ArrayDataset(np.array(X), np.array(y)), 4)
    history = d2l.train_ch6(Network(), loader, loader, 1, 0.1, d2l.try_gpu())
    assert history.settings["precision"] == "float32"
    assert len(history.step_losses) == 2


def test_accuracy_counts_the_right_answers_as_a_float():
    y = np.array([0, 2, 1], dtype="int32")
    scores = np.array([[0.9, 0.1, 0.0], [0.3, 0.4, 0.3], [0.0, 1.0, 0.0]])
    right = d2l.accuracy(scores, y)
    assert (right, type(right)) == (2.0, float)
    assert d2l.accuracy(np.array([0.0, 2.0, 2.0]), y) == 2.0


def test_both_ways_to_evaluate_give_the_share_of_right_answers():
    net = nn.Sequential()
    net.add(nn.Dense(2, in_units=2))
    net.initialize()
    net[0].weight.set_data(np.array([[1.0, 0.0], [0.0, 1.0]]))
    # The larger of the two inputs is the answer; 3 of 4 labels agree, in batches of unequal sizes.
    loader = [
        (np.array([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]]), np.array([0, 1, 1], dtype="int32")),
        (np.array([[1.0, 9.0]]), np.array([1], dtype="int32")),
    ]
    assert d2l.evaluate_accuracy(net, loader) == 0.75
    assert d2l.evaluate_accuracy_gpu(net, loader) == 0.75
    assert d2l.evaluate_accuracy_gpu(net, loader, mx.cpu(0)) == 0.75
    assert d2l.evaluate_accuracy(lambda X: X, loader) == 0.75


def test_class_numbers_have_the_books_names():
    assert d2l.get_fashion_mnist_labels(np.array([9, 0, 1], dtype="int32")) == ["ankle boot", "t-shirt", "trouser"]


@pytest.mark.parametrize(
    ("platform", "methods", "expected"),
    [
        ("linux", ["fork", "spawn", "forkserver"], 4),
        ("linux", ["forkserver", "fork", "spawn"], 0),  # Python 3.14
        ("darwin", ["spawn", "fork", "forkserver"], 0),
        ("win32", ["spawn"], 0),
    ],
)
def test_gluons_loader_gets_workers_where_processes_are_forked(monkeypatch, platform, methods, expected):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda allow_none: None)
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: methods)
    assert d2l.get_dataloader_workers() == expected


def test_without_a_gpu_the_cpu_is_tried(no_gpu):
    assert (d2l.try_gpu(), d2l.try_gpu(3), d2l.try_all_gpus()) == (mx.cpu(), mx.cpu(), [mx.cpu()])


def test_of_two_gpus_the_one_that_mxnet_can_drive_is_given(monkeypatch):
    a100 = devices.GPU(index=0, name="A100", arch="sm_80", driver="535.1", memory_bytes=40 << 30)
    h200 = devices.GPU(index=1, name="H200", arch="sm_90", driver="535.1", memory_bytes=141 << 30)
    monkeypatch.setattr(devices, "find_gpus", lambda library=None: ([a100, h200], ""))
    monkeypatch.setattr(devices, "count_gpus", lambda: 2)
    assert (d2l.try_gpu(0), d2l.try_gpu(1), d2l.try_all_gpus()) == (mx.gpu(0), mx.cpu(), [mx.gpu(0)])


def test_a_gpu_that_mxnet_cannot_drive_gives_the_cpu_and_says_why(monkeypatch, capsys):
    h200 = devices.GPU(index=0, name="H200", arch="sm_90", driver="535.1", memory_bytes=141 << 30)
    monkeypatch.setattr(devices, "find_gpus", lambda library=None: ([h200], ""))
    monkeypatch.setattr(devices, "count_gpus", lambda: 1)
    monkeypatch.setattr(devices, "told", set())
    assert (d2l.try_gpu(), d2l.try_all_gpus()) == (mx.cpu(), [mx.cpu()])
    assert capsys.readouterr().err.count("no machine code for H200 (sm_90)") == 1


def test_devices_that_are_not_there_are_refused_in_train_ch6(no_gpu):
    with pytest.raises(DeviceError):
        d2l.train_ch6(lenet(), batches(), batches(), 1, 0.1, mx.gpu(0))


def test_a_list_of_devices_shares_the_batches_out(capsys):
    d2l.train_ch6(lenet(), batches(), batches(), 1, 0.1, [mx.cpu(0), mx.cpu(1)])
    assert capsys.readouterr().out.endswith("examples/sec on cpu(0), cpu(1)\n")


def test_the_timer_keeps_each_time(monkeypatch):
    # Started at 0, stopped at 2; started at 10, stopped at 13.
    clock = iter([0.0, 2.0, 10.0, 13.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    timer = d2l.Timer()
    assert timer.stop() == 2.0
    timer.start()
    assert timer.stop() == 3.0
    assert (timer.times, timer.avg(), timer.sum(), timer.cumsum()) == ([2.0, 3.0], 2.5, 5.0, [2.0, 5.0])


def test_the_accumulator_sums_and_forgets():
    sums = d2l.Accumulator(2)
    sums.add(1, np.array(2.5))
    sums.add(3, 4)
    assert (sums[0], sums[1]) == (4.0, 6.5)
    sums.reset()
    assert (sums[0], sums[1]) == (0.0, 0.0)


def test_every_name_of_all_is_there_and_pyplot_comes_when_asked_for():
    assert all(callable(getattr(d2l, name)) for name in d2l.__all__)
    assert d2l.plt.__name__ == "matplotlib.pyplot"
    assert not hasattr(d2l, "torch")


@pytest.mark.parametrize("name", ["Classifier", "DataModule", "Trainer", "HyperParameters", "add_to_class", "init_cnn"])
def test_a_name_of_the_newer_book_is_told_which_edition_this_is(name):
    with pytest.raises(AttributeError) as caught:
        getattr(d2l, name)
    told = str(caught.value)
    assert told.startswith(f"d2l.{name} is not here: {name} is of version 1.0 and these are the names of version 0.17")
    assert "AlexNet (section 7.1)" in told


def test_a_name_of_another_chapter_is_told_what_there_is():
    with pytest.raises(AttributeError, match=r"^d2l\.train_ch3 is not here: these are the names of version 0\.17"):
        _ = d2l.train_ch3
