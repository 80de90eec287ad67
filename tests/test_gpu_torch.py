"""benchmarks/gpu_torch.py: a recipe on a device of PyTorch's, here the CPU, and without MXNet."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gluon_alexnet import FashionMNISTLoader, evaluate, interop, models
from gluon_alexnet.data import augment
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import files
from gluon_alexnet.train import schedule

torch = pytest.importorskip("torch")

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
GREY = 100
SHORT = "--batch-size 50 --limit 200 --data stand-in --device cpu --precision float32"


@pytest.fixture
def gpu_torch(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gpu_torch

    return gpu_torch


@pytest.fixture
def on_device(gpu_torch):
    import on_device

    return on_device


@pytest.fixture
def ran(gpu_torch, tmp_path, capsys):
    """A function from words of the command line to what it wrote as JSON."""

    def run(words):
        assert gpu_torch.main([*words.split(), *SHORT.split(), "--out", str(tmp_path / "out.json")]) == 0
        return json.loads((tmp_path / "out.json").read_text())

    return run


@pytest.fixture
def pictures():
    return np.random.default_rng(1).integers(1, 256, (28, 28)).astype("uint8")[None].repeat(9_000, axis=0)


@pytest.mark.parametrize("name", ["flip", "shift1", "shift"])
def test_what_flips_and_shifts_make_of_a_picture_is_as_often_made_on_the_device(on_device, pictures, name):
    (change,) = on_device.changes(name)
    before = torch.from_numpy(pictures)
    found, counts = np.unique(change(before).numpy(), axis=0, return_counts=True)
    expected = np.unique(augment.by_name(name)(pictures, np.random.default_rng(0)), axis=0)
    np.testing.assert_array_equal(found, expected)
    # Five standard deviations of a count.
    share = 1 / len(expected)
    assert np.abs(counts - len(pictures) * share).max() < 5 * (len(pictures) * share * (1 - share)) ** 0.5
    assert (before.numpy() == pictures).all()


def rectangles(images):
    """(height, width, top, left) of the noise in each of these grey images, (M, 4), of those that have any."""
    found = []
    for picture in images != GREY:
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        if len(rows):
            tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
            # One noisy pixel in 256 happens to be grey.
            assert picture.sum() >= 0.8 * tall * wide
            found.append((tall, wide, rows[0], columns[0]))
    return np.array(found)


def test_rectangles_are_erased_on_the_device_as_the_loader_does(on_device):
    grey = np.full((6_000, 28, 28), GREY, "uint8")
    erased = on_device.erase(torch.from_numpy(grey)).numpy()
    found, expected = rectangles(erased), rectangles(augment.erase(grey, np.random.default_rng(0)))
    # A fair coin's 6,000 throws have a standard deviation of 39.
    assert abs(len(found) - 3_000) < 200
    for share in (0.1, 0.5, 0.9):
        np.testing.assert_allclose(np.quantile(found, share, axis=0), np.quantile(expected, share, axis=0), atol=1.01)
    noise = erased[erased != GREY]
    assert 125 < noise.mean() < 131 and len(np.unique(noise)) == 255


@pytest.mark.parametrize(("normalize", "size"), [(False, (28, 28)), (True, (64, 48))])
def test_a_batch_is_the_loaders(on_device, normalize, size):
    images = on_device.Images("test", torch.device("cpu"), normalize, data="stand-in", limit=30)
    ours, labels = images.batch(torch.arange(10, 20), size)
    loader = FashionMNISTLoader("test", 10, resize=size, normalize=normalize, data="stand-in", limit=30)
    expected, expected_labels = list(loader.batches(0))[1]
    np.testing.assert_allclose(ours.numpy(), expected.asnumpy(), atol=1e-5)
    np.testing.assert_array_equal(labels.numpy(), expected_labels.asnumpy())
    assert sorted(images.order().tolist()) == list(range(30))


def test_an_unknown_change_is_told(on_device):
    with pytest.raises(UserError, match="no augmentation 'turn': take one of flip, shift, shift1, erase"):
        on_device.changes("flip+turn")


def test_the_learning_rates_are_the_trainers(gpu_torch):
    for name in ("constant", "linear", "cosine"):
        for warmup in (0.0, 0.2):
            settings = {"schedule": name, "lr": 0.3, "warmup": warmup}
            theirs = schedule.learning_rate(name, 0.3, 50, warmup)
            ours = [gpu_torch.learning_rate(settings, step, 50) for step in range(50)]
            assert ours == pytest.approx([theirs(step) for step in range(50)])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--model compact", "recipe 'chapter' has no settings for 'compact'"),
        ("--device cuda:77", "PyTorch cannot compute on 'cuda:77'"),
        ("--precision float16 --device cpu", "no precision 'float16'"),
        ("--model lenet --limit 50 --data stand-in --device cpu", "50 images are no batch of 256: take more"),
    ],
)
def test_what_cannot_be_done_is_told(gpu_torch, capsys, words, sentence):
    assert gpu_torch.main(words.split()) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--epochs 0", "argument --epochs: 0 is not a positive number"),
        ("--seconds nan", "argument --seconds: nan is not a positive number"),
        ("--seeds -1", "argument --seeds: -1 is not a positive number"),
        ("--limit 1.5", "argument --limit: invalid"),
        ("--seconds 20 --epochs 1", "not allowed with argument"),
    ],
)
def test_a_number_that_makes_no_run_is_refused(gpu_torch, capsys, words, sentence):
    with pytest.raises(SystemExit):
        gpu_torch.main(words.split())
    assert sentence in capsys.readouterr().err


def test_small_images_come_first(gpu_torch, ran, monkeypatch):
    seen = []
    learn = gpu_torch.torch_step.TorchStepper.learn

    def watched(self, images, labels, lr):
        seen.append((images.shape[2], lr))
        return learn(self, images, labels, lr)

    monkeypatch.setattr(gpu_torch.torch_step.TorchStepper, "learn", watched)
    found = ran("--model compact --recipe accurate --seeds 1 --epochs 5")
    # Five passes of four steps, of which the recipe's share of .45 is of 20 pixels; steps that warm up have no rate.
    assert [size for size, lr in seen if lr] == [20] * 9 + [28] * 11
    assert found["settings"]["progressive"] == "20:0.45" and found["runs"][0]["passes"] == 5


def test_seconds_are_as_many_steps_as_fit(gpu_torch, ran, monkeypatch):
    # A step takes .1 s on full and .05 s on small images, and an evaluation 1 s.
    answers = iter([0.1 * gpu_torch.TIMED_STEPS, 0.05 * gpu_torch.TIMED_STEPS, 1.0, 0.2, 0.2])

    def timed(self, work):
        work()
        return next(answers)

    monkeypatch.setattr(gpu_torch.Run, "timed", timed)
    (run,) = ran("--model compact --recipe accurate --seeds 1 --seconds 6.5")["runs"]
    # By hand: .45 of the steps are small, so a step takes .0775 s and a pass of four with its evaluation 1.31 s. Four passes fit
    # into 6.5 s and leave 1.26 s, which is an evaluation and three steps more.
    assert run["passes"] == 4 + 3 / 4


def test_it_says_where_a_step_spends_its_time(ran):
    profile = ran("--model lenet --seeds 1 --epochs 0.25")["profile"]
    assert profile["milliseconds"] > 0
    assert 5 < len(profile["kernels"]) <= 12 and any("convolution" in name for name in profile["kernels"])
    spent = list(profile["kernels"].values())
    assert spent == sorted(spent, reverse=True) and spent[-1] >= 0


def test_it_needs_no_mxnet_and_its_weights_come_back(tmp_path):
    program = (
        "import sys; sys.modules['mxnet'] = None; sys.path.insert(0, sys.argv[1]); import gpu_torch; "
        "sys.exit(gpu_torch.main(sys.argv[2:]))"
    )
    written = ["--out", str(tmp_path / "new" / "out.json"), "--weights", str(tmp_path / "lenet.npz")]
    done = subprocess.run(
        [sys.executable, "-c", program, str(BENCHMARKS), *"--model lenet --seeds 2 --epochs 2".split(), *SHORT.split(), *written],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("the cpu, PyTorch ") and "over 2 runs" in done.stdout
    runs = json.loads((tmp_path / "new" / "out.json").read_text())["runs"]
    assert [run["seed"] for run in runs] == [0, 1] and all(run["images_per_second"] > 0 for run in runs)

    net = models.lenet()
    interop.load_weights(net, files.read(tmp_path / "lenet.npz", models.spec("lenet")))
    test = FashionMNISTLoader("test", 100, data="stand-in")
    assert evaluate(net, test, precision="float32").accuracy == pytest.approx(runs[-1]["test_accuracy"], abs=1e-3)
