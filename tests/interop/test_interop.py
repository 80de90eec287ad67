"""gluon_alexnet.interop: the same net in three frameworks and in ONNX, the same answers, gradients and training steps."""

import numpy as np
import pytest

from gluon_alexnet import fit, interop, models, prepare
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import gluon
from gluon_alexnet.interop import weights as exchange
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Activation, BatchNorm, Conv, Dense, Dropout, Flatten, GlobalPool, LocalResponseNorm, Pool, Spec

mx = runtime.load_mxnet()
torch = pytest.importorskip("torch")

CPU = [mx.cpu()]
ODD = (
    Conv(6, (3, 5), stride=(2, 1), padding=(1, 2), activation="tanh"),
    Pool("avg", 3, stride=2, padding=1),
    Conv(5, 3, padding=1, bias=False),
    BatchNorm(),
    Activation("softrelu"),
    Dropout(0.5),
    Flatten(),
    Dense(12, activation="softsign", bias=False),
    BatchNorm(),
    Dense(10, activation=None),
)


def _normed(activation, pooling):
    def convolution(channels, pool=False):
        halved = (Pool(pooling, 2),) if pool else ()
        return (Conv(channels, 3, padding=1, bias=False), *halved, BatchNorm(), Activation(activation))

    return (
        *convolution(16, pool=True),
        *convolution(32),
        *convolution(32),
        Pool(pooling, 2),
        *convolution(64),
        *convolution(64),
        *convolution(64, pool=True),
        Dense(10),
    )


SPECS = {
    "lenet": models.lenet_spec(activation="relu", dropout=0.3),
    "compact": models.compact_spec(width=16),
    "alexnet_small": models.alexnet_small_spec(),
    "normed": Spec("normed", _normed("relu", "max"), (1, 28, 28)),
    "odd": Spec("odd", ODD, (2, 17, 19)),
    "global": Spec("global", (Conv(8, 3, activation="sigmoid"), GlobalPool("avg"), Dense(4, "relu"), Dense(3)), (1, 9, 9)),
    "normed after flattening": Spec(
        "flat", (Conv(4, 3), Pool("max", 2), Flatten(), BatchNorm(), Dense(6, "relu"), Dense(3)), (1, 9, 11)
    ),
    # As in the net of 2012, with an alpha that counts for numbers as small as these.
    "two towers": Spec(
        "two_towers",
        (
            Conv(12, 5, stride=2, activation="relu"),
            LocalResponseNorm(5, alpha=0.05),
            Pool("max", 3, stride=2),
            Conv(16, 3, padding=1, activation="relu", groups=2),
            LocalResponseNorm(3, alpha=0.2, beta=0.5, k=1.0),
            Conv(18, 3, padding=1, activation="relu", groups=2, bias=False),
            Dense(10),
        ),
        (3, 25, 27),
    ),
    "no image": Spec("no_image", (Dense(8, activation="relu"), Dense(3)), (7,)),
}
GROUPED = (Conv(8, 3, groups=4), Dense(10))
FRAMEWORKS = ("torch", "keras")


def made(spec, seed=0):
    """A Gluon net with random weights, running statistics included."""
    net = models.build(spec)
    prepare.prepare(net, mx.np.zeros((2, *spec.input_shape)), CPU)
    rng, weights = np.random.default_rng(seed), {}
    for name, array in interop.read_weights(net).items():
        # He's scale, so that what comes out is as large as what goes in.
        drawn = rng.normal(0, np.sqrt(2 / array[0].size) if array.ndim > 1 else 0.2, array.shape).astype("float32")
        weights[name] = 1 + np.abs(drawn) if name.endswith(("gamma", "running_var")) else drawn
    interop.load_weights(net, weights)
    return net


def images_for(spec, count=3):
    return np.random.default_rng(1).normal(size=(count, *spec.input_shape)).astype("float32")


def answers(framework, twin, images):
    if framework == "torch":
        with torch.inference_mode():
            return twin.eval()(torch.from_numpy(images)).numpy()
    ordered = images.transpose(0, 2, 3, 1) if images.ndim == 4 else images
    return np.asarray(twin(ordered, training=False))


def twins(framework):
    pytest.importorskip(framework)
    import importlib

    return importlib.import_module(f"gluon_alexnet.interop.{framework}")


def close(actual, expected, rtol=1e-5):
    """Equal to `rtol` of the largest value."""
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol * np.abs(expected).max())


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_net_of_subclassed_blocks_has_a_twin(framework):
    class Block(mx.gluon.nn.HybridSequential):
        def __init__(self, channels):
            super().__init__()
            self.add(Convolution(channels, 3), mx.gluon.nn.BatchNorm())

    class Convolution(mx.gluon.nn.Conv2D):
        pass

    net, images = mx.gluon.nn.HybridSequential(), images_for(Spec("", (), (1, 9, 9)))
    net.add(Block(4), Block(6), mx.gluon.nn.Dense(3))
    prepare.prepare(net, mx.np.array(images), CPU)
    twin = twins(framework).twin(net, input_shape=(1, 9, 9))
    close(answers(framework, twin, images), net(mx.np.array(images)).asnumpy())


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_twin_answers_as_the_net_and_gives_the_weights_back(framework, name):
    spec = SPECS[name]
    net, images = made(spec), images_for(spec)
    expected = net(mx.np.array(images)).asnumpy()
    twin = twins(framework).twin(net, input_shape=spec.input_shape)
    close(answers(framework, twin, images), expected)

    other = models.build(spec)  # never called: it takes its shapes from the weights
    interop.load_weights(other, twin)
    close(other(mx.np.array(images)).asnumpy(), expected, rtol=1e-6)
    before, after = interop.read_weights(net), interop.read_weights(twin)
    assert list(before) == list(after)
    for key, array in before.items():
        np.testing.assert_array_equal(after[key], array, err_msg=key)


@pytest.mark.parametrize(("name", "parameters"), [("alexnet", 46_764_746), ("alexnet_2012", 60_965_224)])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_alexnets_by_name_have_their_shapes_and_answers(framework, name, parameters):
    net = made(models.spec(name))
    twin = twins(framework).twin(name)
    interop.load_weights(twin, net)
    images = images_for(models.spec(name), 2)
    close(answers(framework, twin, images), net(mx.np.array(images)).asnumpy())
    count = sum(p.numel() for p in twin.parameters()) if framework == "torch" else twin.count_params()
    assert count == parameters


def test_the_chapters_padding_keeps_the_parameters_and_changes_the_answers():
    from gluon_alexnet.interop.torch import twin

    net = made(models.alexnet_spec())
    plain, padded = twin("alexnet"), twin("alexnet", chapter_padding=True)
    for each in (plain, padded):
        interop.load_weights(each, net)
    images = images_for(models.alexnet_spec(), 1)
    assert padded.conv1.padding == (1, 1) and plain.conv1.padding == (0, 0)
    first, second = answers("torch", plain, images), answers("torch", padded, images)
    assert first.shape == second.shape == (1, 10) and np.abs(first - second).max() > 1e-3 * np.abs(first).max()


@pytest.mark.parametrize("name", ["lenet", "compact", "odd", "two towers"])
def test_gradients_agree(name):
    spec = Spec(name, tuple(layer for layer in SPECS[name].layers if not isinstance(layer, Dropout)), SPECS[name].input_shape)
    net, images = made(spec), images_for(spec, 8)
    labels = np.arange(8) % 10
    from gluon_alexnet.interop.torch import twin as make

    twin = make(net, input_shape=spec.input_shape)
    with mx.autograd.record():
        mx.gluon.loss.SoftmaxCrossEntropyLoss()(net(mx.np.array(images)), mx.np.array(labels)).mean().backward()
    torch.nn.functional.cross_entropy(twin.train()(torch.from_numpy(images)), torch.from_numpy(labels)).backward()
    ours = {key: p.grad().asnumpy() for key, p in gluon.parameters(net).items() if p.grad_req != "null"}
    theirs = {key: tensor.grad.numpy() for key, _, _, tensor in twins("torch").tensors_of(twin) if tensor.requires_grad}
    assert set(ours) == set(theirs)
    largest = max(np.abs(gradient).max() for gradient in ours.values())
    for key, gradient in ours.items():
        np.testing.assert_allclose(theirs[key], gradient, rtol=1e-4, atol=1e-5 * largest, err_msg=key)


@pytest.mark.parametrize("framework", FRAMEWORKS)
# Smooth nets: a rounding error that turns a ReLU at its corner, or a maximum, grows without end. The next test has such nets.
@pytest.mark.parametrize(
    "spec",
    [
        models.lenet_spec(activation="tanh"),
        Spec("normed", _normed("tanh", "avg"), (1, 28, 28)),
        Spec("grouped", (Conv(8, 5, 2, activation="tanh"), LocalResponseNorm(alpha=0.2), *GROUPED), (2, 17, 17)),
    ],
    ids=lambda spec: spec.name,
)
def test_twenty_steps_of_sgd_stay_together(framework, spec):
    net = made(spec)
    twin = twins(framework).twin(net, input_shape=spec.input_shape)
    rng = np.random.default_rng(2)
    batches = [(rng.normal(size=(16, *spec.input_shape)).astype("float32"), rng.integers(0, 10, 16)) for _ in range(20)]
    data = [(mx.np.array(images), mx.np.array(labels, dtype="int32")) for images, labels in batches]
    fit(net, data, lr=0.02, epochs=1, precision="float32", progress=False)
    {"torch": torch_steps, "keras": keras_steps}[framework](twin, batches, 0.02)
    ours, theirs = interop.read_weights(net), interop.read_weights(twin)
    for key, array in ours.items():
        if key.endswith("running_var") and framework == "torch":
            # PyTorch's running variance is that of a sample, MXNet's that of the batch: n / (n - 1).
            continue
        np.testing.assert_allclose(theirs[key], array, atol=1e-4 * max(1, np.abs(array).max()), err_msg=key)


@pytest.mark.parametrize("name", ["compact", "alexnet_small", "normed"])
def test_in_float64_twenty_steps_of_sgd_are_pytorchs(name):
    # Where rounding hardly matters, what is left would be a difference in what is computed.
    spec = SPECS[name]
    net = made(spec)
    twin = twins("torch").twin(net, input_shape=spec.input_shape).double()
    rng = np.random.default_rng(2)
    batches = [(rng.normal(size=(16, *spec.input_shape)), rng.integers(0, 10, 16)) for _ in range(20)]
    net.cast("float64")
    data = [(mx.np.array(images, dtype="float64"), mx.np.array(labels, dtype="int32")) for images, labels in batches]
    before = interop.read_weights(net)
    fit(net, data, lr=0.02, epochs=1, precision="float32", progress=False)
    torch_steps(twin, batches, 0.02)
    ours, theirs = interop.read_weights(net), interop.read_weights(twin)
    for key, array in ours.items():
        if not key.endswith("running_var"):
            assert np.abs(array - before[key]).max() > 1e-3, key
            np.testing.assert_allclose(theirs[key], array, rtol=1e-6, atol=1e-7, err_msg=key)


def torch_steps(twin, batches, lr):
    optimizer = torch.optim.SGD(twin.train().parameters(), lr=lr)
    for images, labels in batches:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(twin(torch.from_numpy(images)), torch.from_numpy(labels)).backward()
        optimizer.step()


def keras_steps(twin, batches, lr):
    import keras

    twin.compile(keras.optimizers.SGD(lr), keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    for images, labels in batches:
        twin.train_on_batch(images.transpose(0, 2, 3, 1), labels)


@pytest.mark.parametrize("name", SPECS)
def test_onnxruntime_answers_as_gluon(name, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    from gluon_alexnet.interop.onnx import export

    spec = SPECS[name]
    net, images = made(spec), images_for(spec, 5)
    export(net, tmp_path / "net.onnx", input_shape=spec.input_shape)
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["images"]
    (logits,) = session.run(["logits"], {"images": images})
    close(logits, net(mx.np.array(images)).asnumpy())


def test_a_net_without_a_name_and_weights_of_other_types_are_written_as_onnx(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    from gluon_alexnet.interop.onnx import export

    net = mx.gluon.nn.HybridSequential(prefix="")
    net.add(mx.gluon.nn.Dense(3))
    images = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    prepare.prepare(net, mx.np.array(images), CPU)
    weights = {name: array.astype("float64") for name, array in interop.read_weights(net).items()}
    export(net, tmp_path / "net.onnx", (4,), weights)
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    close(session.run(None, {"images": images})[0], net(mx.np.array(images)).asnumpy())
    with pytest.raises(UserError, match="a net without layers has no form in ONNX"):
        export(Spec("net", (), (1,)), tmp_path / "none.onnx", weights={})


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_net_of_the_table_needs_neither_a_shape_nor_weights(framework):
    net = models.lenet()
    twin = twins(framework).twin(net)
    interop.load_weights(net, twin)
    images = np.random.default_rng(1).normal(size=(4, 1, 28, 28)).astype("float32")
    close(answers(framework, twin, images), net(mx.np.array(images)).asnumpy())


def test_a_layer_without_a_twin_is_named():
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(4, 3, dilation=2), mx.gluon.nn.Dense(3))
    from gluon_alexnet.interop.torch import twin

    with pytest.raises(UserError, match="layer 0 of the net.*dilation"):
        twin(net, input_shape=(2, 8, 8))


@pytest.mark.parametrize("sides", [(9, 9), (8, 11)])
@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(3, 2, 1), (3, 1, 1), (5, 2, 1), (5, 3, 2), (4, 2, 1), (2, 2, 0), ((3, 5), (2, 1), (1, 0))]
)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_padded_poolings_are_gluons(framework, size, stride, padding, sides):
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.MaxPool2D(size, stride, padding), mx.gluon.nn.Flatten())
    # Below 0, where a padding of zeros would be the largest value.
    images = np.random.default_rng(0).uniform(-2, -1, (2, 3, *sides)).astype("float32")
    expected = net(mx.np.array(images)).asnumpy()
    twin = twins(framework).twin(net, input_shape=images.shape[1:])
    np.testing.assert_array_equal(answers(framework, twin, images), expected)


@pytest.mark.parametrize(
    ("framework", "name", "padding"), [("keras", "Keras", 1), ("keras", "Keras", 2), ("torch", "PyTorch", 2)]
)
def test_a_pooling_that_is_padded_too_much_is_named(framework, name, padding):
    with pytest.raises(UserError, match=rf"pool1 pads windows of \(2, 2\) by .*, too much for a twin in {name}: pad by less"):
        twins(framework).twin(Spec("net", (Pool("max", 2, padding=padding), Dense(2)), (1, 8, 8)))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_net_that_has_weights_in_part_has_no_twin(framework):
    net = models.lenet()
    net[0].initialize()
    net[0](mx.np.zeros((1, 1, 28, 28)))
    with pytest.raises(UserError, match="the net has weights in part .* has none yet.: call it once"):
        twins(framework).twin(net, input_shape=(1, 28, 28))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_rows_without_channels_are_flattened_as_gluon_does(framework):
    net = mx.gluon.nn.HybridSequential(prefix="_")
    net.add(mx.gluon.nn.Dense(4, activation="relu"), mx.gluon.nn.Dense(3))
    images = np.random.default_rng(0).normal(size=(2, 5, 6)).astype("float32")
    prepare.prepare(net, mx.np.array(images), CPU)
    twin = twins(framework).twin(net, input_shape=(5, 6))
    close(answers(framework, twin, images), net(mx.np.array(images)).asnumpy())


def test_a_net_without_convolutions_has_none_to_pad():
    with pytest.raises(UserError, match="net has no convolution to pad"):
        twins("torch").twin(Spec("net", (Dense(2),), (3,)), chapter_padding=True)


@pytest.mark.parametrize(("call", "value"), [("set_image_data_format", "channels_first"), ("set_floatx", "float16")])
def test_a_keras_that_is_set_up_otherwise_is_told(call, value, monkeypatch):
    keras = pytest.importorskip("keras")
    before = keras.config.image_data_format(), keras.config.floatx()
    getattr(keras.config, call)(value)
    try:
        with pytest.raises(UserError, match=f"Keras is set to .*{value}.*, and the twins are for channels_last and float32"):
            twins("keras").twin("lenet")
    finally:
        keras.config.set_image_data_format(before[0])
        keras.config.set_floatx(before[1])


def test_other_shapes_are_refused_and_nothing_is_copied():
    from gluon_alexnet.interop.torch import twin

    target, source = twin("lenet"), twin("lenet", num_classes=3)
    before = interop.read_weights(target)
    with pytest.raises(UserError, match=r"dense3.weight has shape \(3, 84\) and must have \(10, 84\)"):
        interop.load_weights(target, source)
    with pytest.raises(UserError, match="dense3.bias: missing"):
        interop.load_weights(target, {key: array for key, array in before.items() if key != "dense3.bias"})
    with pytest.raises(UserError, match="conv9.weight: not of this net"):
        interop.load_weights(target, {**before, "conv9.weight": np.zeros(1)})
    assert all((array == before[key]).all() for key, array in interop.read_weights(target).items())


def test_the_flatten_order_by_hand():
    # Two channels of one row and two columns: Gluon has c0x0 c0x1 c1x0 c1x1, Keras c0x0 c1x0 c0x1 c1x1.
    layer = exchange.layers(Spec("net", (Dense(1),), (2, 1, 2)))[0]
    array = np.array([[1.0, 2.0, 3.0, 4.0]])
    assert exchange.to_framework(array, layer, "weight", "keras").ravel().tolist() == [1, 3, 2, 4]
    assert exchange.to_framework(array, layer, "weight", "torch").tolist() == array.tolist()


def test_a_net_without_weights_is_told():
    with pytest.raises(UserError, match="conv1.weight is not initialized"):
        interop.read_weights(models.lenet())


@pytest.mark.parametrize("value", [3, "lenet", [1]])
def test_something_else_is_not_a_net(value):
    with pytest.raises(UserError, match="is not a net"):
        interop.read_weights(value)
