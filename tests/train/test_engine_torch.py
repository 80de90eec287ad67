"""The PyTorch engine: the same batches, updates, checkpoints and results as the MXNet one."""

import numpy as np
import pytest

from gluon_alexnet import FashionMNISTLoader, cli, d2l, evaluate, fit, interop, models, prepare, run
from gluon_alexnet.errors import CheckpointError, DataError, DeviceError, UserError
from gluon_alexnet.machine import devices, runtime
from gluon_alexnet.models import Activation, BatchNorm, Conv, Dense, GlobalPool, Pool, Spec
from gluon_alexnet.train.engine_mxnet import Stepper
from gluon_alexnet.train.history import History

torch = pytest.importorskip("torch")
from gluon_alexnet.train import engine_torch as torch_step  # noqa: E402
from gluon_alexnet.train.engine_torch import TorchStepper  # noqa: E402

mx = runtime.load_mxnet()
CPU = [mx.cpu()]
ON_CPU = torch.device("cpu")
PLAIN = dict(engine="torch", device="cpu", precision="float32", progress=False)


def loader(split="train", **options):
    return FashionMNISTLoader(split, 50, data="stand-in", **{"limit": 200, **options})


def prepared(spec, seed=0):
    net = models.build(spec)
    mx.random.seed(seed)
    prepare.prepare(net, mx.np.zeros((1, *spec.input_shape)), CPU, "he")
    return net


@pytest.mark.parametrize(
    ("optimizer", "kw"),
    [
        ("sgd", {}),
        ("sgd", {"wd": 0.01}),
        ("sgd", {"momentum": 0.9, "wd": 0.01}),
        ("nag", {"momentum": 0.9, "wd": 0.01}),
        ("nag", {"momentum": 0.9}),
        ("adam", {"wd": 0.001}),
    ],
)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_twenty_steps_are_mxnets(optimizer, kw, smoothing):
    # Smooth, since at the corners of ReLUs and poolings' ties a rounding error grows from step to step.
    spec = models.lenet_spec(activation="tanh")
    ours, theirs = prepared(spec), prepared(spec)
    mxnet = Stepper(ours, CPU, optimizer, "float32", smoothing, **kw)
    twin = TorchStepper(theirs, spec.input_shape, ON_CPU, optimizer, "float32", smoothing, **kw)
    data = loader(normalize=True)
    lr = 0.001 if optimizer == "adam" else 0.01
    for epoch in range(5):
        for one, other in zip(mxnet.batches(data, epoch), twin.batches(data, epoch), strict=True):
            rate = lr * (1 + epoch) / 3
            np.testing.assert_allclose(twin.step(*other, rate)[0], mxnet.step(*one, rate)[0], rtol=1e-4)
    twin.sync()
    before = interop.read_weights(prepared(spec))
    after = interop.read_weights(ours)
    for name, array in interop.read_weights(theirs).items():
        np.testing.assert_allclose(array, after[name], atol=1e-4 * max(1, np.abs(after[name]).max()), err_msg=name)
        assert np.abs(after[name] - before[name]).max() > 1e-3, name


def normed(*last):
    return Spec("normed", (Conv(4, 3, bias=False), BatchNorm(), Activation("tanh"), Pool("avg", 2), *last, Dense(3)), (1, 12, 12))


@pytest.mark.parametrize("spec", [normed(), normed(GlobalPool("avg"), BatchNorm())], ids=["images", "one value"])
@pytest.mark.parametrize("count", [3, 1])
def test_batch_norms_keep_mxnets_statistics(spec, count):
    # The variance of so small a batch is far from that of a sample; a channel of one image's means has none at all.
    rng = np.random.default_rng(0)
    batches = [(rng.normal(size=(count, *spec.input_shape)).astype("float32"), rng.integers(0, 3, count)) for _ in range(5)]
    ours, theirs = prepared(spec), prepared(spec)
    mxnet, twin = Stepper(ours, CPU, precision="float32"), TorchStepper(theirs, spec.input_shape, ON_CPU)
    for images, labels in batches:
        expected = mxnet.step(mx.np.array(images), mx.np.array(labels, dtype="int32"), 0.05)
        assert twin.step(images, labels, 0.05) == pytest.approx(expected, rel=1e-4)
    twin.sync()
    after = interop.read_weights(ours)
    for name, array in interop.read_weights(theirs).items():
        np.testing.assert_allclose(array, after[name], atol=1e-5, err_msg=name)


def test_what_is_frozen_in_the_gluon_net_stays():
    spec = normed()
    net = prepared(spec)
    for parameter in (*net[0].collect_params().values(), *net[1].collect_params().values()):
        parameter.grad_req = "null"
    before = interop.read_weights(net)
    rng = np.random.default_rng(0)
    data = [(rng.normal(size=(8, 1, 12, 12)).astype("float32"), rng.integers(0, 3, 8))] * 3
    fit(net, data, epochs=1, lr=0.1, **PLAIN)
    moved = {name for name, array in interop.read_weights(net).items() if np.abs(array - before[name]).max() > 1e-4}
    # Statistics are no parameters: MXNet keeps them in a frozen layer too.
    assert moved == {"batchnorm1.running_mean", "batchnorm1.running_var", "dense1.weight", "dense1.bias"}


@pytest.mark.parametrize("kind", ["lr_mult", "wd_mult"])
def test_a_learning_rate_of_its_own_is_refused(kind):
    spec = models.lenet_spec()
    net = prepared(spec)
    setattr(net[0].weight, kind, 0.5)
    with pytest.raises(UserError, match=f"_weight has a learning rate or weight decay of its own .*{kind} 0.5"):
        TorchStepper(net, spec.input_shape, ON_CPU)


@pytest.mark.parametrize("dtype", ["float64", "uint8", "float16"])
def test_batches_of_numpy_are_evaluated_whatever_their_type(dtype):
    spec = models.lenet_spec()
    net = prepared(spec)
    rng = np.random.default_rng(0)
    data = [(rng.integers(0, 2, (6, 1, 28, 28)).astype(dtype), rng.integers(0, 10, 6)) for _ in range(2)]
    ours, theirs = evaluate(net, data, precision="float32"), TorchStepper(net, spec.input_shape, ON_CPU).evaluate(data)
    assert theirs.loss == pytest.approx(ours.loss, rel=1e-5) and theirs.accuracy == ours.accuracy


@pytest.mark.parametrize("engine", ["mxnet", "torch"])
def test_labels_without_a_logit_are_told_in_any_batch(engine):
    data = [(np.zeros((2, 1, 28, 28), "float32"), np.array([0, last])) for last in (9, 10)]
    with pytest.raises(UserError, match="there are labels from 0 to 10, and the net has 10 logits"):
        fit(models.lenet(), data, epochs=1, **{**PLAIN, "engine": engine})


def test_a_batch_that_does_not_fit_is_told(monkeypatch, capsys):
    spec = models.lenet_spec()
    twin = TorchStepper(prepared(spec), spec.input_shape, ON_CPU)

    def full(images):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    for compiled in (False, True):
        twin.forward = full if compiled else twin.twin
        monkeypatch.setattr(twin, "_differentiate", lambda forward, images, labels: full(images))
        with pytest.raises(UserError, match="memory does not hold a batch of 2: take a smaller --batch-size"):
            twin.step(np.zeros((2, 1, 28, 28), "float32"), np.array([0, 1]), 0.1)
    assert capsys.readouterr().err == ""


def test_batches_of_another_size_than_the_first_are_not_compiled(monkeypatch):
    compiled = []
    monkeypatch.setattr(torch, "compile", lambda module, **_: lambda images: compiled.append(len(images)) or module(images))
    spec = models.lenet_spec()
    twin = TorchStepper(prepared(spec), spec.input_shape, ON_CPU, compiled=True)
    for count in (4, 4, 3, 4):
        twin.step(np.zeros((count, 1, 28, 28), "float32"), np.arange(count), 0.1)
    assert compiled == [4, 4, 4]


@pytest.mark.parametrize(
    "options", [{}, {"resize": 56}, {"resize": (40, 224), "normalize": True}, {"channels": 3, "augment": "flip+shift"}]
)
def test_bytes_become_on_the_device_what_the_loader_makes_of_them(options):
    spec = models.lenet_spec()
    twin = TorchStepper(prepared(spec), spec.input_shape, ON_CPU)
    data = loader(**options)
    for (images, labels), (pixels, byte_labels) in zip(data.batches(1), twin.batches(data, 1), strict=True):
        np.testing.assert_allclose(twin.to_device(pixels).numpy(), images.asnumpy(), atol=1e-5)
        np.testing.assert_array_equal(byte_labels, labels.asnumpy())


def test_the_papers_weights_and_its_biases_of_one():
    layers = (*(Conv(6, 1) for _ in range(5)), BatchNorm(), *(models.Dense(64) for _ in range(3)))
    made = torch_step.twin(Spec("net", layers, (1, 2, 2)))
    torch_step.initialize(made, "alexnet")
    biases = {name: set(each.tolist()) for name, each in made.named_parameters() if name.endswith("bias")}
    ones = {"conv2.bias", "conv4.bias", "conv5.bias", "dense1.bias", "dense2.bias"}
    assert biases == {name: {1.0} if name in ones else {0.0} for name in biases} and len(biases) == 9
    assert made.dense2.weight.std().item() == pytest.approx(0.01, rel=0.1)


def test_a_net_trained_by_pytorch_is_a_gluon_net_of_the_same_accuracy():
    net, test = models.lenet(activation="relu"), loader("test", limit=500)
    history = fit(net, loader(limit=1000), test, epochs=3, lr=0.05, momentum=0.9, **PLAIN)
    assert history.stopped == "finished" and history.settings["engine"] == "torch" and history.settings["device"] == ["cpu"]
    assert history.machine["torch"] == torch.__version__
    assert history.epochs[-1].test_accuracy > 0.3
    again = evaluate(net, test, precision="float32")
    assert again.accuracy == history.epochs[-1].test_accuracy
    assert again.loss == pytest.approx(history.epochs[-1].test_loss, rel=1e-4)


def test_both_engines_learn_the_same_from_the_same_seed():
    histories = [
        fit(models.lenet(activation="relu"), loader(), epochs=2, lr=0.05, seed=4, **{**PLAIN, "engine": engine})
        for engine in ("mxnet", "torch")
    ]
    np.testing.assert_allclose(histories[1].step_losses, histories[0].step_losses, rtol=1e-4)


def test_a_resumed_run_is_the_one_that_was_never_stopped(tmp_path):
    options = dict(epochs=2, lr=0.05, optimizer="nag", momentum=0.9, schedule="cosine")
    make = lambda: models.lenet(activation="relu", dropout=0.5)  # noqa: E731
    whole = fit(make(), loader(augment="flip"), **options, **PLAIN)

    def stop(step, loss, accuracy):
        if step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(make(), loader(augment="flip"), folder=tmp_path, checkpoint_minutes=1e-9, on_step=stop, **options, **PLAIN)
    resumed = fit(make(), loader(augment="flip"), folder=tmp_path, resume=True, **options, **PLAIN)
    assert resumed.step_losses == whole.step_losses
    with pytest.raises(CheckpointError, match="engine was 'torch' and is 'mxnet'"):
        fit(make(), loader(augment="flip"), folder=tmp_path, resume=True, **options, **{**PLAIN, "engine": "mxnet"})


def test_the_state_of_another_optimizer_is_refused():
    spec = models.lenet_spec()
    steppers = [TorchStepper(prepared(spec), spec.input_shape, ON_CPU, "nag", momentum=momentum) for momentum in (0.9, 0.0)]
    arrays = {name: mx.nd.from_numpy(array) for name, array in steppers[0].optimizer_arrays().items()}
    steppers[0].load_optimizer_arrays(arrays)
    with pytest.raises(KeyError):
        steppers[1].load_optimizer_arrays(arrays)


def test_mirrored_images_count_half():
    spec = models.lenet_spec(activation="relu")
    net, data = prepared(spec), loader("test", limit=100)
    twin = TorchStepper(net, spec.input_shape, ON_CPU)
    ours, theirs = evaluate(net, data, precision="float32", flip=True), twin.evaluate(data, flip=True)
    np.testing.assert_allclose(theirs.probabilities, ours.probabilities, atol=1e-5)
    assert np.abs(theirs.probabilities - twin.evaluate(data).probabilities).max() > 1e-4


def test_the_command_trains_in_pytorch_and_the_run_is_like_any_other(tmp_path, capsys):
    words = "train --model lenet --engine torch --epochs 1 --limit 200 --batch-size 50 --lr 0.1 --data stand-in --device cpu"
    assert cli.main([*words.split(), "--precision", "float32", "--out", str(tmp_path / "run")]) == 0
    history = History.load(tmp_path / "run" / "history.json")
    net, _, _, _ = run.load(tmp_path / "run")
    assert evaluate(net, FashionMNISTLoader("test", 50, data="stand-in")).accuracy == history.epochs[-1].test_accuracy
    assert (tmp_path / "run" / "report.html").is_file()


def test_without_a_gpu_it_is_said_once_that_the_cpu_computes(monkeypatch, capsys):
    monkeypatch.setattr(devices, "told", set())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for asked in ("cpu", "auto", None):
        assert torch_step.resolve_device(asked).type == "cpu"
    assert capsys.readouterr().err == f"Computing on the CPU: PyTorch {torch.__version__} drives no GPU here.\n"


@pytest.mark.parametrize("at_once", [False, True])
def test_where_nothing_can_be_compiled_the_steps_are_made_without(monkeypatch, capsys, at_once):
    spec = models.lenet_spec(activation="relu")
    images = np.random.default_rng(0).normal(size=(8, 1, 28, 28)).astype("float32")

    def broken(module, **_):
        def forward(images):
            raise RuntimeError("InductorError: no C compiler\nwas found")

        return forward(None) if at_once else forward

    monkeypatch.setattr(torch, "compile", broken)
    steps = []
    for compiled in (False, True):
        stepper = TorchStepper(prepared(spec), spec.input_shape, ON_CPU, compiled=compiled)
        steps.append([stepper.step(images, np.arange(8), 0.1) for _ in range(2)])
    assert steps[0] == steps[1]
    assert capsys.readouterr().err == (
        "PyTorch computes without torch.compile, which failed here: InductorError: no C compiler\n"
    )


def test_bfloat16_is_near_float32():
    spec = models.compact_spec(width=16)
    images = np.random.default_rng(0).normal(size=(8, 1, 28, 28)).astype("float32")
    answers = []
    for precision in ("float32", "bfloat16"):
        twin = TorchStepper(prepared(spec), spec.input_shape, ON_CPU, precision=precision)
        answers.append(twin.evaluate([(images, np.zeros(8, "int32"))]).probabilities)
    assert 0 < np.abs(answers[1] - answers[0]).max() < 0.05


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"engine": "jax"}, UserError, "there is no engine 'jax': take one of mxnet, torch"),
        ({"precision": "float16"}, UserError, "no precision 'float16': take one of auto, float32, bfloat16"),
        ({"optimizer": "rmsprop"}, UserError, "no optimizer 'rmsprop': take one of sgd, nag, adam"),
        ({"device": "cuda:77"}, DeviceError, "PyTorch cannot compute on 'cuda:77'"),
        ({"device": "gpu"}, DeviceError, "take --device cpu, or auto"),
        ({"device": "abacus"}, DeviceError, "PyTorch cannot compute on 'abacus'"),
        ({"device": "meta"}, DeviceError, "PyTorch cannot compute on 'meta'"),
        ({"device": "hpu"}, DeviceError, "PyTorch cannot compute on 'hpu'"),
    ],
)
def test_what_it_cannot_do_is_told(options, error, sentence):
    if options.get("device") == "gpu" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(error, match=sentence):
        fit(models.lenet(), loader(), epochs=1, **{**PLAIN, **options})


def test_auto_means_bfloat16_where_the_processor_multiplies_it(monkeypatch):
    import dataclasses

    for native, expected in ((True, "bfloat16"), (False, "float32")):
        setup = dataclasses.replace(runtime.setup(), native_bfloat16=native)
        monkeypatch.setattr(runtime, "setup", lambda setup=setup: setup)
        assert torch_step.resolve_precision("auto", ON_CPU)[0] == expected


def test_without_pytorch_the_command_that_installs_it_is_told(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserError, match="pip install torch"):
        fit(models.lenet(), loader(), epochs=1, **PLAIN)


# PyTorch's data


def of_torch(count=64, kind=torch.float32, labels=torch.int64):
    from torch.utils.data import DataLoader, TensorDataset

    draws = np.random.RandomState(0)
    images, numbers = draws.rand(count, 1, 28, 28).astype("float32"), draws.randint(0, 10, count)
    data = TensorDataset(torch.tensor(images, dtype=kind), torch.tensor(numbers, dtype=labels))
    return DataLoader(data, batch_size=32), [(images[cut : cut + 32], numbers[cut : cut + 32]) for cut in range(0, count, 32)]


@pytest.mark.parametrize("engine", ["mxnet", "torch"])
def test_a_loader_of_pytorch_is_data_as_arrays_are(engine):
    theirs, plain = of_torch()
    options = dict(epochs=2, lr=0.1, precision="float32", progress=False, engine=engine, device="cpu")
    first, second = prepared(models.lenet_spec()), prepared(models.lenet_spec())
    histories = [fit(net, data, data, **options) for net, data in ((first, theirs), (second, plain))]
    assert histories[0].step_losses == histories[1].step_losses
    assert histories[0].epochs[-1].test_loss == histories[1].epochs[-1].test_loss
    assert evaluate(first, theirs, precision="float32").loss == evaluate(second, plain, precision="float32").loss


def test_the_book_trains_on_a_loader_of_pytorch(capsys):
    theirs, _ = of_torch()
    net = models.lenet()
    history = d2l.train_ch6(net, theirs, theirs, 1, 0.9, mx.cpu())
    assert history.epochs[0].images == 64 and "test acc" in capsys.readouterr().out
    assert d2l.evaluate_accuracy(net, theirs) == d2l.evaluate_accuracy_gpu(net, theirs)


TYPES = [(torch.bfloat16, torch.int64), (torch.float64, torch.uint8), (torch.float16, torch.float32)]


@pytest.mark.parametrize(("kind", "labels"), TYPES)
def test_tensors_may_be_of_any_type(kind, labels):
    theirs, plain = of_torch(kind=kind, labels=labels)
    net = prepared(models.lenet_spec())
    losses = [evaluate(net, data, precision="float32").loss for data in (theirs, plain)]
    # bfloat16 keeps eight bits.
    assert losses[0] == pytest.approx(losses[1], abs=2e-3)


def test_a_data_set_of_pytorch_is_no_data_of_batches():
    theirs, _ = of_torch()
    with pytest.raises(UserError, match="has a single number for labels: give batches, as a DataLoader"):
        fit(models.lenet(), theirs.dataset, epochs=1, progress=False)


def test_a_net_of_pytorch_is_told_apart():
    with pytest.raises(UserError, match=r"net is a Sequential: give a Gluon net, .* engine='torch' makes a twin in PyTorch"):
        fit(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10)), of_torch()[0], engine="torch")


def test_a_picture_with_nan_stops_pytorch_too(tmp_path):
    data = of_torch()[1]
    data[1][0][7, 0, 3, 3] = np.nan
    with pytest.raises(DataError, match=r"training stopped at step 2 of 2 .*batch 2 of the training data .* images\[7\]"):
        fit(models.lenet(activation="relu"), data, epochs=1, folder=tmp_path, **PLAIN)
    assert History.load(tmp_path / "history.json").stopped == "failed"
    data[1] = (data[0][0], data[0][1] / 255)
    with pytest.raises(DataError, match=r"batch 2 of the training data has the label 0.0"):
        fit(models.lenet(activation="relu"), data, epochs=1, **PLAIN)


def test_pytorch_computes_with_as_many_threads_as_a_run_is_told():
    before, seen = torch.get_num_threads(), []
    net = models.lenet()
    history = fit(net, loader(), epochs=1, threads=3, on_step=lambda *_: seen.append(torch.get_num_threads()), **PLAIN)
    assert seen == [3] * 4 and torch.get_num_threads() == before
    assert history.machine["busy"]["batches_by_threads"] == {"3": 4}
