"""gluon_alexnet.fast.precision: what is converted, what is shared, and what 'auto' means."""

import dataclasses

import numpy as np
import pytest
from converted import needs_avx512, operators

from gluon_alexnet import models, prepare
from gluon_alexnet.errors import UserError
from gluon_alexnet.fast import precision
from gluon_alexnet.machine import devices, runtime
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]
def small_net(seed=0):
    spec = models.Spec(
        "small",
        (
            models.Conv(16, 3, padding=1),
            models.BatchNorm(),
            models.Activation("relu"),
            models.Pool("max", 2),
            models.Conv(16, 3, activation="relu"),
            models.GlobalPool("avg"),
            models.Flatten(),
            models.Dense(10),
        ),
        (1, 12, 12),
    )
    net = models.build(spec)
    mx.random.seed(seed)
    prepare.prepare(net, mx.np.zeros((1, 1, 12, 12)), CPU)
    return net


def images(count=4):
    return mx.np.array(np.random.RandomState(0).rand(count, 1, 12, 12), dtype="float32")


@needs_avx512
def test_bfloat16_converts_the_convolutions_alone():
    layers = (models.Conv(16, 3, activation="relu"), models.Pool("max", 2), models.Conv(32, 3), models.Dense(10))
    net = models.build(models.Spec("small", layers, (1, 12, 12)))
    prepare.prepare(net, mx.np.zeros((1, 1, 12, 12)), CPU)
    block = precision.in_precision(net, "bfloat16")
    assert operators(block) == {"Convolution": ["bfloat16"] * 2, "FullyConnected": ["float32"]}


def test_auto_leaves_a_net_of_few_channels_in_float32(monkeypatch):
    setup = dataclasses.replace(runtime.setup(), native_bfloat16=True)
    monkeypatch.setattr(precision.runtime, "setup", lambda: setup)
    assert precision.resolve("auto", CPU, models.alexnet())[0] == "bfloat16"
    # Its few channels become many (gluon_alexnet.fast.polyphase), but of 27 + 4 rows no blocks of four.
    chosen = [precision.resolve("auto", CPU, models.lenet(), shape and (8, 1, *shape))[0] for shape in (None, (28, 28), (27, 28))]
    assert chosen == ["bfloat16", "bfloat16", "float32"]
    few = models.build(models.Spec("few", (models.Conv(8, 3), models.Conv(8, 3), models.Dense(10)), (1, 28, 28)))
    chosen, reason = precision.resolve("auto", CPU, few)
    assert chosen == "float32" and "16 channels" in reason


@needs_avx512
def test_convolutions_of_few_channels_stay_in_float32():
    layers = (models.Conv(8, 3), models.Conv(16, 3), models.Conv(16, 3), models.Conv(6, 1), models.Dense(10))
    net = models.build(models.Spec("small", layers, (1, 12, 12)))
    prepare.prepare(net, mx.np.zeros((1, 1, 12, 12)), CPU)
    block = precision.in_precision(net, "bfloat16")
    assert operators(block)["Convolution"] == ["float32", "float32", "bfloat16", "float32"]


@needs_avx512
def test_a_first_convolution_before_a_batch_norm_stays_in_float32():
    block = precision.in_precision(small_net(), "bfloat16")
    assert operators(block) == {"Convolution": ["float32", "bfloat16"], "FullyConnected": ["float32"]}


def test_float16_converts_convolutions_and_dense_layers():
    block = precision.in_precision(small_net(), "float16")
    assert operators(block) == {"Convolution": ["float16", "float16"], "FullyConnected": ["float16"]}


def test_float32_is_the_net_itself():
    net = small_net()
    assert precision.in_precision(net, "float32") is net


@needs_avx512
def test_bfloat16_answers_are_within_its_rounding_of_float32s():
    net = small_net()
    exact = net(images()).asnumpy()
    rounded = precision.in_precision(net, "bfloat16")(images()).asnumpy()
    assert rounded.dtype == np.float32
    # Eight bits of significand: 2**-8 for each of the few roundings on the way.
    np.testing.assert_allclose(rounded, exact, atol=4 * 2**-8 * np.abs(exact).max())
    assert (rounded != exact).any()


@needs_avx512
def test_a_bfloat16_step_changes_the_float32_parameters_and_running_statistics_of_the_net():
    net = small_net()
    before = {name: p.data().asnumpy() for name, p in net.collect_params().items()}
    Stepper(net, CPU, precision="bfloat16").step(images(), mx.np.array([1, 2, 3, 4], dtype="int32"), lr=0.1)
    for name, parameter in net.collect_params().items():
        assert parameter.dtype in ("float32", np.float32)
        # A bias before a batch normalisation has no gradient but rounding.
        if name.endswith(("conv0_bias", "conv1_bias")) or "conv" in name and name.endswith("bias"):
            continue
        assert (parameter.data().asnumpy() != before[name]).any(), name


@needs_avx512
def test_an_imperative_sequential_of_hybrid_layers_is_traced():
    net = mx.gluon.nn.Sequential()
    net.add(mx.gluon.nn.Conv2D(4, 3), mx.gluon.nn.Dense(2))
    prepare.prepare(net, images(), CPU)
    assert precision.in_precision(net, "bfloat16")(images()).shape == (4, 2)


def test_a_net_that_cannot_be_traced_is_told_so():
    class Custom(mx.gluon.nn.Sequential):
        def forward(self, x):
            return super().forward(x) * float(x.asnumpy().mean())

    net = Custom()
    net.add(mx.gluon.nn.Dense(2))
    prepare.prepare(net, images(), CPU)
    with pytest.raises(UserError, match="cannot be traced .* precision='float32'"):
        precision.in_precision(net, "bfloat16")


@pytest.mark.parametrize(("native", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_auto_on_a_cpu_follows_what_the_cpu_multiplies(monkeypatch, native, expected):
    setup = dataclasses.replace(runtime.setup(), native_bfloat16=native, bfloat16_reason="because")
    monkeypatch.setattr(runtime, "setup", lambda: setup)
    assert precision.resolve("auto", CPU) == (expected, "because")


@pytest.mark.parametrize(("arch", "expected"), [("sm_61", "float32"), ("sm_70", "float16"), ("sm_86", "float16")])
def test_auto_on_a_gpu_follows_its_tensor_cores(monkeypatch, arch, expected):
    gpu = devices.GPU(index=0, name="GPU", arch=arch, driver="535.1", memory_bytes=8 << 30)
    monkeypatch.setattr(devices, "gpus", lambda: [gpu])
    assert precision.resolve("auto", [mx.gpu(0)])[0] == expected


@pytest.mark.parametrize(
    ("asked", "contexts", "sentence"),
    [
        ("half", CPU, "no precision 'half'"),
        ("float16", CPU, "float16 needs a GPU"),
        ("bfloat16", [mx.gpu(0)], "bfloat16 needs a CPU"),
    ],
)
def test_a_precision_that_cannot_be_had_is_refused(asked, contexts, sentence):
    with pytest.raises(UserError, match=sentence):
        precision.resolve(asked, contexts)


def test_bfloat16_needs_avx512(monkeypatch):
    for isa, fits in (("AVX2", False), ("AVX512_MIC", False), ("AVX512_CORE", True), ("AVX512_CORE_AMX", True), (None, True)):
        setup = dataclasses.replace(runtime.setup(), isa=isa)
        monkeypatch.setattr(precision.runtime, "setup", lambda setup=setup: setup)
        if fits:
            assert precision.resolve("bfloat16", CPU)[0] == "bfloat16"
        else:
            with pytest.raises(UserError, match=f"bfloat16 needs AVX-512, and oneDNN has {isa} here"):
                precision.resolve("bfloat16", CPU)


def test_the_loss_scale_halves_on_overflow_and_doubles_after_a_window_without():
    scaler = precision.LossScaler(scale=1024.0, window=3)
    scales = []
    for finite in (True, False, True, True, True, True, False, True):
        scaler.update(finite)
        scales.append(scaler.scale)
    assert scales == [1024, 512, 512, 512, 1024, 1024, 512, 512]


def test_a_scaled_step_is_the_plain_step_and_an_overflow_is_skipped():
    # The logic of float16's loss scaling, computed in float32: a CPU has no float16 matrix product. Not run on a GPU here.
    labels = mx.np.array([1, 2, 3, 4], dtype="int32")
    plain, scaled = small_net(), small_net()
    Stepper(plain, CPU).step(images(), labels, lr=0.1)
    stepper = Stepper(scaled, CPU)
    stepper.scaler = precision.LossScaler(scale=2.0**10)
    stepper.step(images(), labels, lr=0.1)
    for a, b in zip(plain.collect_params().values(), scaled.collect_params().values(), strict=True):
        np.testing.assert_allclose(b.data().asnumpy(), a.data().asnumpy(), rtol=1e-4, atol=1e-6)

    before = scaled[0].weight.data().asnumpy()
    stepper.scaler.scale = 2.0**127
    stepper.step(images() * 1e4, labels, lr=0.1)
    np.testing.assert_array_equal(scaled[0].weight.data().asnumpy(), before)
    assert stepper.scaler.scale == 2.0**126


def test_an_imperative_sequential_is_a_graph_in_float32_too_with_the_same_answers():
    net = mx.gluon.nn.Sequential()
    net.add(mx.gluon.nn.Conv2D(4, 3), mx.gluon.nn.Dense(2))
    prepare.prepare(net, images(), CPU)
    block = precision.in_precision(net, "float32")
    assert isinstance(block, mx.gluon.HybridBlock)
    np.testing.assert_allclose(block(images()).asnumpy(), net(images()).asnumpy(), rtol=1e-5, atol=1e-6)


def test_auto_leaves_a_net_with_a_forward_of_its_own_in_float32_and_as_it_is(monkeypatch):
    class Custom(mx.gluon.nn.Sequential):
        def forward(self, x):
            return super().forward(x) * (2 if mx.autograd.is_training() else 1)

    setup = dataclasses.replace(runtime.setup(), native_bfloat16=True)
    monkeypatch.setattr(runtime, "setup", lambda: setup)
    net = Custom()
    net.add(mx.gluon.nn.Dense(2))
    prepare.prepare(net, images(), CPU)
    assert precision.resolve("auto", CPU, net)[0] == "float32"
    assert precision.in_precision(net, "float32") is net
