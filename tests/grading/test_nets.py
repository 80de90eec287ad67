"""Nets that a kernel hands over: counted, refused, asked and trained by the grader."""

import dataclasses
import os

import numpy as np
import pytest

from gluon_alexnet import analysis, models
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import evaluator, nets, symbols
from gluon_alexnet.grading.checks import Interview
from gluon_alexnet.grading.clock import Deadline
from gluon_alexnet.grading.kernel import Kernel
from gluon_alexnet.machine import runtime


@pytest.fixture(autouse=True)
def no_net_outlives_mxnet():
    yield
    evaluator.nets.clear()


def soon(seconds=120):
    return Deadline(seconds)


def traced(net, shape):
    mx = runtime.load_mxnet()
    net.initialize()
    net(mx.np.zeros((2, *shape)))
    return net(mx.sym.var("data", dtype="float32").as_np_ndarray()).tojson(remove_amp_cast=False)


@pytest.mark.parametrize("name, params, multiply_adds", [("lenet", 61_706, None), ("alexnet", 46_764_746, 938e6)])
def test_a_net_is_counted_as_its_table_is(name, params, multiply_adds):
    shape = models.spec(name).input_shape
    about = evaluator.load(name, traced(models.get_model(name), shape), None, shape)
    assert about["params"] == params
    assert about["multiply_adds"] == sum(cost.macs for cost in analysis.analyze(models.spec(name)))
    assert multiply_adds is None or about["multiply_adds"] == pytest.approx(multiply_adds, rel=1e-3)
    assert about["output_shape"] == (2, 10)
    assert about["operators"].count("convolution") == {"lenet": 2, "alexnet": 5}[name]


def test_towers_and_normalisations_are_counted_as_their_table_is_and_by_hand():
    layers = (models.Conv(8, 3), models.LocalResponseNorm(), models.Conv(6, 3, groups=2), models.Dense(3))
    spec = models.Spec("towers", layers, (4, 8, 8))
    about = evaluator.load("towers", traced(models.build(spec), spec.input_shape), None, spec.input_shape)
    assert about["params"] == (8 * 4 * 9 + 8) + (6 * 4 * 9 + 6) + (3 * 6 * 16 + 3)
    assert about["multiply_adds"] == 36 * 8 * 4 * 9 + 16 * 6 * 4 * 9 + 3 * 6 * 16
    assert about["multiply_adds"] == sum(cost.macs for cost in analysis.analyze(spec))


def test_a_layer_called_as_its_weights_are_hides_nothing():
    mx = runtime.load_mxnet()

    class Sly(mx.gluon.nn.HybridBlock):
        def __init__(self):
            super().__init__()
            with self.name_scope():
                self.weight = self.params.get("weight", shape=(256, 784))

        def hybrid_forward(self, F, x, weight):
            return F.npx.fully_connected(x, weight, no_bias=True, num_hidden=256, name="weight")

    net = mx.gluon.nn.HybridSequential()
    net.add(Sly(), mx.gluon.nn.Dense(10))
    about = evaluator.load("sly", traced(net, (1, 28, 28)), None, (1, 28, 28))
    assert about["params"] == 256 * 784 + 256 * 10 + 10
    assert about["multiply_adds"] == 256 * 784 + 256 * 10


def test_groups_batch_norm_and_branches_are_counted_by_hand():
    runtime.load_mxnet()
    from mxnet.gluon import nn

    class Residual(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.deep = nn.Conv2D(8, 3, padding=1, groups=4, use_bias=False)
            self.norm = nn.BatchNorm()

        def hybrid_forward(self, F, x):
            return F.npx.relu(self.norm(self.deep(x)) + x)

    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 1), Residual(), nn.GlobalAvgPool2D(), nn.Dense(3))
    about = evaluator.load("by-hand", traced(net, (2, 6, 6)), None, (2, 6, 6))
    # 1x1 convolution 2 -> 8 with bias; 3x3 in 4 groups 8 -> 8; gamma and beta; dense 8 -> 3 with bias
    assert about["params"] == (8 * 2 + 8) + 8 * 2 * 9 + 2 * 8 + (8 * 3 + 3)
    assert about["multiply_adds"] == 36 * (8 * 2 + 8 * 2 * 9) + 8 * 3
    assert about["operators"] == [
        "convolution",
        "convolution",
        "batch_norm",
        "add",
        "activation:relu",
        "pooling:avg",
        "fully_connected",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"nodes": 3}', '{"nodes": [{"name": "x"}]}', '{"nodes": [7]}'])
def test_what_is_no_graph_is_refused(text):
    with pytest.raises(UserError, match="cannot be read"):
        symbols.operators(text)


@pytest.mark.parametrize(
    "op, why",
    [
        ("Custom", "runs code that is not in the net"),
        ("_Native", "runs code that is not in the net"),
        ("_npi_uniform", "draws random numbers, which only dropout may"),
        ("_random_gamma", "draws random numbers, which only dropout may"),
        ("_foreach", "is control flow"),
        ("_cvimread", "reads files or decodes pictures"),
        ("sgd_update", "is a step of an optimizer"),
        ("_contrib_quantize_v2", "computes with quantized numbers"),
        ("cast_storage", "is for sparse arrays"),
        ("_npi_unique", "has an output whose shape depends on the values"),
        ("load", "is not known here"),
    ],
)
def test_an_operator_that_does_not_only_compute_is_refused_with_the_reason(op, why):
    with pytest.raises(UserError, match=f"uses the operator {op}, which {why}"):
        symbols.operators(f'{{"nodes": [{{"op": "{op}", "name": "x", "inputs": []}}]}}')


def test_every_operator_of_mxnet_is_allowed_or_refused_for_a_reason():
    runtime.load_mxnet()
    from mxnet.operator import get_all_registered_operators

    every = {op for op in get_all_registered_operators() if "backward" not in op}
    refused = {op for op in every if any(pattern.search(op) for pattern, _ in symbols.REFUSED)}
    assert len(every) > 800
    assert symbols.ALLOWED.isdisjoint(refused) and symbols.ALLOWED | refused == every


@pytest.mark.parametrize(
    "node",
    [
        '{"op": "LeakyReLU", "name": "x", "attrs": {"act_type": "rrelu"}, "inputs": []}',
        '{"op": "_contrib_MultiBoxPrior", "name": "x", "attrs": {"sizes": "(' + "0.1, " * 200 + ')"}, "inputs": []}',
        '{"op": "relu", "name": "x", "inputs": [], "subgraphs": []}',
        '{"op": "null", "name": "data", "inputs": []}, {"op": "null", "name": "data", "inputs": []}',
    ],
    ids=["rrelu", "numbers in its settings", "graphs within", "two inputs"],
)
def test_what_hides_random_numbers_weights_or_operators_is_refused(node):
    with pytest.raises(UserError):
        symbols.operators(f'{{"nodes": [{node}]}}')


def layer(function, **shapes):
    """A net that is `function` of F, the images and its parameters, which have these shapes."""
    mx = runtime.load_mxnet()

    class Layer(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            with self.name_scope():
                for name, shape in shapes.items():
                    setattr(self, name, self.params.get(name, shape=shape, init=mx.init.Normal()))

        def hybrid_forward(self, F, x, **parameters):
            return function(F, x, **parameters)

    return Layer()


DENSE = {
    "dot": (lambda F, x, w: F.np.dot(F.np.reshape(x, (-1, 784)), w), (784, 10)),
    "matmul": (lambda F, x, w: F.np.matmul(F.np.reshape(x, (-1, 784)), w), (784, 10)),
    "einsum": (lambda F, x, w: F.np.einsum("nchw,chwk->nk", x, w), (1, 28, 28, 10)),
    "einsum with dots": (lambda F, x, w: F.np.einsum("...i,ik->...k", F.np.reshape(x, (-1, 784)), w), (784, 10)),
    "tensordot": (lambda F, x, w: F.np.tensordot(x, w, axes=((1, 2, 3), (0, 1, 2))), (1, 28, 28, 10)),
    "tensordot over three": (lambda F, x, w: F.np.tensordot(x, w, axes=3), (1, 28, 28, 10)),
    "batch_dot": (lambda F, x, w: F.npx.batch_dot(F.np.reshape(x, (1, -1, 784)), w), (1, 784, 10)),
    "batch_dot transposed": (lambda F, x, w: F.npx.batch_dot(F.np.reshape(x, (1, -1, 784)), w, transpose_b=True), (1, 10, 784)),
    "products summed": (lambda F, x, w: F.np.sum(F.np.reshape(x, (-1, 1, 784)) * w, axis=2), (1, 10, 784)),
    "copies": (lambda F, x, w: F.np.sum(F.np.tile(F.np.reshape(x, (-1, 1, 784)), (1, 10, 1)) * w, axis=2), (1, 10, 784)),
    "quotients summed": (lambda F, x, w: F.np.sum(F.np.reshape(x, (-1, 1, 784)) / w, axis=2), (1, 10, 784)),
    "distances": (lambda F, x, w: F.np.sum(F.np.abs(F.np.reshape(x, (-1, 1, 784)) - w), axis=2), (1, 10, 784)),
    "convolution": (lambda F, x, w: F.npx.convolution(x, w, kernel=(28, 28), num_filter=10, no_bias=True), (10, 1, 28, 28)),
}


@pytest.mark.parametrize("way", DENSE)
def test_a_dense_layer_costs_the_same_however_it_is_written(way):
    function, shape = DENSE[way]
    about = evaluator.load(way, traced(layer(function, w=shape), (1, 28, 28)), None, (1, 28, 28))
    assert (about["params"], about["multiply_adds"]) == (7840, 7840)


def test_scaling_and_biases_are_as_cheap_as_they_are():
    net = layer(lambda F, x, a, b: 1 - a * x + b, a=(1, 1, 1), b=(1, 28, 28))
    about = evaluator.load("scaled", traced(net, (1, 28, 28)), None, (1, 28, 28))
    assert (about["params"], about["multiply_adds"]) == (785, 784)


@pytest.mark.filterwarnings("ignore:ndarray.context has been renamed:DeprecationWarning")  # MXNet's own
def test_a_convolution_backwards_and_a_recurrent_net_are_counted_by_hand():
    mx = runtime.load_mxnet()
    about = evaluator.load("up", traced(mx.gluon.nn.Conv2DTranspose(4, 3, in_channels=2), (2, 5, 5)), None, (2, 5, 5))
    # Every one of 2x5x5 inputs meets 4 windows of 3x3.
    assert (about["params"], about["multiply_adds"]) == (2 * 4 * 9 + 4, 50 * 36)

    class Rows(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.read = mx.gluon.rnn.LSTM(16, num_layers=2, bidirectional=True, layout="NTC", input_size=28)
            self.out = mx.gluon.nn.Dense(10)

        def hybrid_forward(self, F, x):
            return self.out(self.read(F.np.squeeze(x, axis=1)))

    about = evaluator.load("rows", traced(Rows(), (1, 28, 28)), None, (1, 28, 28))
    # 28 steps in both directions, four gates of 16 units: first from 28 pixels and 16 states, then from 32 values and 16 states.
    assert about["multiply_adds"] == 28 * 2 * 4 * 16 * ((28 + 16) + (32 + 16)) + 28 * 32 * 10
    assert about["params"] == 2 * 4 * 16 * ((28 + 16 + 2) + (32 + 16 + 2)) + 28 * 32 * 10 + 10


def test_an_operators_other_name_hides_nothing():
    net = layer(lambda F, x, w: F.npx.convolution(x, w, kernel=(5, 5), num_filter=3, no_bias=True), w=(3, 1, 5, 5))
    text = traced(net, (1, 28, 28))
    assert '"Convolution"' in text
    about = evaluator.load("alias", text.replace('"Convolution"', '"_npx_convolution"'), None, (1, 28, 28))
    assert about["multiply_adds"] == 3 * 25 * 24 * 24 and about["operators"] == ["convolution"]


def test_a_net_for_one_size_of_batch_is_refused_in_a_sentence():
    net = layer(lambda F, x, w: F.np.dot(F.np.reshape(x, (2, 784)), w), w=(784, 10))
    with pytest.raises(UserError, match=r"the shapes within the net do not follow from that of the images \(1, 1, 28, 28\)"):
        evaluator.load("two", traced(net, (1, 28, 28)), None, (1, 28, 28))


def test_a_net_of_several_outputs_is_refused():
    mx = runtime.load_mxnet()
    images = mx.sym.var("data", dtype="float32").as_np_ndarray()
    both = mx.sym.Group([mx.sym.np.exp(images).as_nd_ndarray(), mx.sym.np.sin(images).as_nd_ndarray()])
    with pytest.raises(UserError, match="the net has 2 outputs, not one"):
        evaluator.load("both", both.tojson(), None, (1, 4, 4))


def test_scales_begin_as_the_students_do(tmp_path):
    mx = runtime.load_mxnet()
    net = layer(lambda F, x, w, scale: F.np.dot(F.np.reshape(x, (-1, 784)), w) * scale, w=(784, 10), scale=(10,))
    text = traced(net, (1, 28, 28))
    net.scale.set_data(mx.np.full((10,), 0.25))
    np.savez(tmp_path / "a.npz", **{name: parameter.data().asnumpy() for name, parameter in net.collect_params().items()})
    evaluator.load("scales", text, str(tmp_path / "a.npz"), (1, 28, 28))
    symbol, shape, _, begins = evaluator.nets["scales"]
    block = evaluator.block_of(symbol, shape, begins)
    block.initialize(mx.init.Xavier())
    block(mx.np.zeros((2, 1, 28, 28)))
    (scale,) = (parameter for name, parameter in block.collect_params().items() if name.endswith("scale"))
    assert (scale.data().asnumpy() == 0.25).all()


@pytest.mark.parametrize(
    "name, called",
    [
        ("_npi_rsubtract_scalar", "subtract"),
        ("broadcast_minus", "subtract"),
        ("_MinusScalar", "subtract"),
        ("elemwise_mul", "multiply"),
        ("_npi_true_divide", "divide"),
        ("_linalg_gemm2", "gemm2"),
        ("_npx_batch_dot", "batch_dot"),
        ("_np_transpose", "transpose"),
    ],
)
def test_operators_are_called_as_people_call_them(name, called):
    assert symbols.plain(name) == called


def test_a_file_that_is_none_is_not_copied(tmp_path):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "missing", "."):
        with pytest.raises(nets.Refused):
            nets.copy_untrusted(tmp_path / name, tmp_path / "copy")
    nets.copy_untrusted(tmp_path / "secret", tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "x"


@pytest.fixture(scope="module")
def ask():
    """An Interview with a kernel that has LeNet, a linear net and things that are no nets."""
    kernel, graded = Kernel(6_000_000_000), nets.Evaluator(6_000_000_000)
    kernel.run(
        "from gluon_alexnet import lenet, alexnet, runtime\nruntime.load_mxnet()\n"
        "from mxnet.gluon import nn\nfrom mxnet import np, init\n"
        "def linear():\n    net = nn.HybridSequential()\n    net.add(nn.Dense(10))\n"
        "    net.initialize(init.One())\n    return net\n"
        "def noise():\n    return nn.HybridLambda(lambda F, x: x + F.np.random.normal(size=(1, 28, 28)))\n"
        "class Imperative(nn.Block):\n    def forward(self, x):\n        return np.array(x.asnumpy().sum())\n",
        soon(),
    )
    yield Interview(kernel, graded, np.random.default_rng(0), soon(600))
    kernel.close()
    graded.close()


def test_a_net_arrives_with_its_weights(ask):
    net = ask.net("linear()", (1, 2, 2))
    images = np.arange(8, dtype="float32").reshape(2, 1, 2, 2)
    net.logits(images).close_to(np.repeat([[6.0], [22.0]], 10, axis=1))
    net.params.equals(50)
    net.multiply_adds.equals(40)
    net.output_shape.equals((2, 10))


def test_what_is_no_net_is_named(ask):
    ask.explain = lambda error: (error.kind, f"{error.name} {error.message}")
    for expression, message in (
        ("3", "not a net"),
        ("missing()", "missing"),
        ("Imperative()", "write hybrid_forward(self, F, x)"),
    ):
        with ask.part(1, "x"):
            ask.net(expression)
        assert ask.parts[-1].earned == 0 and message in ask.parts[-1].problem


@pytest.mark.parametrize(
    "language, words",
    [
        ("en", "which draws random numbers, which only dropout may; every operator of MXNet that only computes"),
        ("vi", "vốn sinh số ngẫu nhiên, việc mà chỉ dropout được phép làm; được dùng mọi toán tử của MXNet chỉ tính"),
    ],
)
def test_a_net_that_cannot_be_graded_is_refused_in_the_notebooks_language(ask, language, words):
    ask = dataclasses.replace(ask, language=language)
    with ask.part(1, "x"):
        ask.net("noise()")
    assert words in ask.parts[-1].problem


def test_a_net_is_trained_with_fresh_weights_by_the_grader(ask):
    trained = ask.net("linear()").trained(images=2_000, epochs=2, lr=0.02, test_images=1_000)
    # Trained from equal weights, all classes would stay equal; and a linear net is no better than this on the stand-in.
    assert 0.4 < trained.accuracy.value < 0.9
    assert trained.loss.value < 2.3 and trained.train_accuracy.value > 0.3


def test_the_unseen_images_are_drawn_anew_by_the_gradings_own_random_numbers(ask):
    net = ask.net("linear()")

    def accuracy(seed):
        ask.random = np.random.default_rng(seed)
        return net.trained(images=500, epochs=1, lr=0.02, test_images=400).accuracy.value

    first = accuracy(1)
    assert accuracy(1) == first
    assert {accuracy(2), accuracy(3), accuracy(4)} != {first}


def test_batch_norm_and_biases_begin_as_layers_of_ones_own_do(ask):
    ask.kernel.run(
        "def normed():\n    net = nn.HybridSequential()\n    net.add(nn.Conv2D(4, 3, strides=2), nn.BatchNorm(), nn.Dense(10))\n"
        "    return net",
        soon(),
    )
    trained = ask.net("normed()").trained(images=1_000, epochs=2, lr=0.02, test_images=500)
    assert trained.accuracy.value > 0.3 and trained.params.value == 4 * 9 + 4 + 8 + (4 * 13 * 13 + 1) * 10


def test_speed_is_a_ratio_to_a_named_net(ask):
    # Two thousand times the multiply-adds: whatever else this machine does, LeNet is the faster one.
    ask.net("lenet()").speed_ratio("alexnet", batch_size=4).at_least(1)


def test_a_net_that_ends_the_evaluator_costs_only_itself(ask):
    ask.evaluator._start()
    ask.evaluator.box.process.kill()
    ask.evaluator.box.process.wait()
    assert ask.net("linear()", (1, 2, 2)).params.value == 50


def test_an_evaluation_that_takes_too_long_is_stopped(ask, monkeypatch):
    from gluon_alexnet.grading import nets
    from gluon_alexnet.grading.kernel import KernelError

    # On a machine that is faster than the one that the limit was chosen on, too.
    monkeypatch.setattr(nets, "calibration", lambda: nets.CALIBRATION / 2)
    slow = dataclasses.replace(ask, deadline=soon(3))
    net = ask.net("lenet()")
    slow.deadline = soon(0.5)
    with pytest.raises(KernelError) as caught:
        dataclasses.replace(net, ask=slow).trained(images=60_000, epochs=20)
    assert caught.value.kind == "timeout"
    assert ask.net("linear()", (1, 2, 2)).params.value == 50


def test_a_net_to_compare_with_is_the_packages_own_whatever_the_kernel_did(ask):
    ask.kernel.run("import gluon_alexnet\nkept, gluon_alexnet.lenet = gluon_alexnet.lenet, None", soon())
    net = ask.model("lenet")
    net.params.equals(61_706)
    assert net.operators.count("activation:sigmoid") == 4
    ask.kernel.run("gluon_alexnet.lenet = kept", soon())
