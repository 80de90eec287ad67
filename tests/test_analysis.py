import subprocess
import sys
from dataclasses import replace

import pytest

from gluon_alexnet import blocks, models
from gluon_alexnet.analysis import analyze, format_table, read_spec
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Activation, BatchNorm, Conv, Dense, Dropout, Flatten, GlobalPool, LocalResponseNorm, Pool, Spec

mx = runtime.load_mxnet()
nn = mx.gluon.nn

VARIED = Spec(
    "varied",
    (
        Conv(6, kernel=(3, 5), stride=(2, 1), padding=(1, 0), activation="relu"), BatchNorm(), Pool("max", 3, stride=2),
        Conv(8, kernel=3, padding=1, bias=False), Activation("sigmoid"), Pool("avg", (2, 1), padding=(1, 0)), Dropout(0.3),
        GlobalPool("avg"), Flatten(), Dense(7, activation="tanh"), BatchNorm(), Dense(4, bias=False),
    ),
    (3, 33, 29),
)  # fmt: skip
GROUPED = Spec(
    "grouped",
    (Conv(8, kernel=3), LocalResponseNorm(3, alpha=0.5, beta=1.0, k=1.0), Conv(6, kernel=3, groups=2, bias=False), Dense(3)),
    (4, 9, 9),
)
SPECS = [models.spec(name) for name in models.list_models()] + [VARIED, GROUPED]


def tabulate(*blocks):
    net = nn.HybridSequential()
    net.add(*blocks)
    return read_spec(net, (1, 8, 8)).layers


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_shapes_and_parameters_are_those_of_the_real_net(spec):
    net = models.build(spec)
    net.initialize()
    x, costs = mx.np.zeros((2, *spec.input_shape)), analyze(spec)
    for block, cost in zip(net, costs, strict=True):
        x = block(x)
        assert cost.output_shape == x.shape[1:], cost.name
        learned = {p.name: p.data().size for p in block.collect_params().values() if p.grad_req != "null"}
        stored = sum(p.data().size for p in block.collect_params().values())
        assert (cost.params, cost.params + cost.statistics) == (sum(learned.values()), stored), cost.name
        assert cost.param_bytes == 4 * stored


def test_alexnet_costs_what_the_chapters_net_costs():
    costs = analyze(models.spec("alexnet"))
    macs = sum(cost.macs for cost in costs)
    assert sum(cost.params for cost in costs) == 46_764_746
    assert round(macs / 1e6) == 938
    assert round(100 * sum(cost.macs for cost in costs if cost.kind == "conv") / macs, 1) == 95.4
    assert round(sum(cost.param_bytes for cost in costs) / 1e6, 1) == 187.1


def test_the_net_of_2012_has_the_papers_parameters_layer_by_layer():
    # Windows of 11x11x3, 5x5x48, 3x3x256, and 3x3x192 twice, a bias for each filter; then 6x6x256 numbers, 4096, 4096.
    by_hand = {
        "conv1": 34_944, "conv2": 307_456, "conv3": 885_120, "conv4": 663_936, "conv5": 442_624,
        "dense1": 37_752_832, "dense2": 16_781_312, "dense3": 4_097_000,
    }  # fmt: skip
    costs = analyze(models.spec("alexnet_2012"))
    assert {cost.name: cost.params for cost in costs if cost.params} == by_hand
    assert sum(cost.params for cost in costs) == 60_965_224
    images = [cost.output_shape for cost in costs if cost.kind == "conv"]
    assert images == [(96, 55, 55), (256, 27, 27), (384, 13, 13), (384, 13, 13), (256, 13, 13)]


def test_a_grouped_convolution_multiplies_by_the_channels_of_its_group():
    costs = {cost.name: cost for cost in analyze(models.spec("alexnet_2012"))}
    assert costs["conv2"].macs == 27 * 27 * 256 * (5 * 5 * 48)
    assert costs["responsenorm1"].macs == 0
    assert costs["conv2"].detail == "5x5, padding 2, 2 groups, relu"
    assert costs["responsenorm1"].detail == "5 channels, alpha 0.0001, beta 0.75, k 2"


@pytest.mark.parametrize(("channels", "groups"), [(4, 3), (3, 2), (4, 0)])
def test_groups_into_which_channels_do_not_split_are_refused(channels, groups):
    with pytest.raises(UserError, match=f"conv1 has {groups} groups, 4 channels in and {channels} out"):
        analyze([Conv(channels, 3, groups=groups)], (4, 8, 8))


def test_lenet_has_61706_parameters():
    assert sum(cost.params for cost in analyze(models.spec("lenet"))) == 61_706


def test_compact_has_431098_parameters():
    # Seven 3x3 convolutions without bias, a scale and a shift for each channel of their batch norms, and a dense layer of ten.
    channels = [1, 16, 32, 64, 64, 128, 128, 128]
    weights = sum(9 * before * after for before, after in zip(channels[:-1], channels[1:], strict=True))
    by_hand = weights + 2 * sum(channels[1:]) + 128 * 10 + 10
    costs = analyze(models.spec("compact"))
    assert sum(cost.params for cost in costs) == by_hand == 431_098
    assert sum(cost.statistics for cost in costs) == 2 * sum(channels[1:])
    assert "the parameters with the 1,120 running statistics of batch norms take 1.7 MB" in format_table(costs)


def test_a_convolution_multiplies_each_output_by_its_window():
    # 54 * 54 places, 96 channels, windows of 11 * 11 * 1
    assert analyze(models.spec("alexnet"))[0].macs == 54 * 54 * 96 * 121


def test_a_dense_layer_multiplies_each_output_by_every_input():
    cost = next(cost for cost in analyze(models.spec("alexnet")) if cost.name == "dense1")
    assert cost.macs == 4096 * (256 * 5 * 5)
    assert cost.params == 4096 * (256 * 5 * 5) + 4096


def test_bytes_grow_with_the_batch_and_the_item_and_parameters_with_the_item_only():
    cost = analyze([Conv(4, kernel=3)], (2, 6, 6), batch_size=5, itemsize=2)[0]
    assert cost.input_bytes == 5 * 2 * (2 * 6 * 6)
    assert cost.output_bytes == 5 * 2 * (4 * 4 * 4)
    assert cost.param_bytes == 2 * (4 * 2 * 9 + 4)
    assert cost.macs == 5 * (4 * 4) * (4 * 2 * 9)


def test_layers_are_numbered_by_kind():
    names = [cost.name for cost in analyze(models.spec("lenet"))]
    assert names == ["conv1", "pool1", "conv2", "pool2", "dense1", "dense2", "dense3"]


def test_a_net_of_dense_layers_takes_flat_inputs():
    assert [cost.params for cost in analyze([Dense(3), Dense(2)], (5,))] == [18, 8]


def test_the_arithmetic_needs_no_framework():
    code = (
        "import sys; from gluon_alexnet import analysis, models; analysis.analyze(models.spec('alexnet'));"
        "print([name for name in ('mxnet', 'numpy', 'matplotlib') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_a_window_larger_than_its_image_is_named_with_the_shapes():
    with pytest.raises(UserError, match="conv2 cannot put its 5x5 window on an image of 3x3 .*is 6x3x3"):
        analyze([Conv(6, kernel=3, stride=2), Conv(16, kernel=5)], (1, 8, 8))


def test_alexnet_on_small_pictures_says_which_pooling_fails():
    with pytest.raises(UserError, match="pool3 cannot put its 3x3 window on an image of 1x1"):
        analyze(models.spec("alexnet"), (1, 48, 48))


def test_padding_counts_when_a_window_is_fitted():
    assert analyze([Pool("max", 3, padding=1)], (1, 1, 1))[0].output_shape == (1, 1, 1)
    with pytest.raises(UserError, match="pool1 .*5x5 window on an image of 2x2 with padding 1x1"):
        analyze([Pool("max", 5, padding=1)], (1, 2, 2))


@pytest.mark.parametrize(
    "layer", [Conv(2, kernel=1), Pool("max", 1), GlobalPool("max"), LocalResponseNorm()], ids=lambda x: type(x).__name__
)
def test_an_image_layer_after_a_dense_one_is_refused(layer):
    with pytest.raises(UserError, match=r"1 needs images .* is 4"):
        analyze([Dense(4), layer], (1, 8, 8))


def test_a_stride_of_zero_is_refused():
    with pytest.raises(UserError, match="conv1 .*stride 0x0"):
        analyze([Conv(2, kernel=3, stride=0)], (1, 8, 8))


def test_something_that_is_no_layer_is_refused():
    with pytest.raises(UserError, match="'dense' is not a layer"):
        analyze(["dense"], (1, 8, 8))


@pytest.mark.parametrize("shape", [(), (1, 0, 8), (1, 8.0, 8)])
def test_an_impossible_input_shape_is_refused(shape):
    with pytest.raises(UserError, match="shape"):
        analyze([Dense(1)], shape)


def test_an_unknown_input_shape_is_asked_for():
    with pytest.raises(UserError, match="give input_shape"):
        analyze(Spec("net", (Dense(1),), None))


def test_the_printed_table_has_every_layer_the_totals_and_the_shares():
    lines = format_table(analyze(models.spec("alexnet"))).splitlines()
    assert lines[0].split()[:3] == ["layer", "settings", "output"]
    assert next(line for line in lines if line.startswith("conv1")).split()[:6] == (
        ["conv1", "11x11,", "stride", "4,", "relu", "96x54x54"]
    )
    assert "56.1 %" in next(line for line in lines if line.startswith("dense1"))
    total = next(line for line in lines if line.startswith("total"))
    assert "46,764,746" in total and "938,146,176" in total
    assert "187.1 MB" in lines[-1]


def test_the_printed_table_is_aligned():
    lines = format_table(analyze(VARIED)).splitlines()[:-1]
    assert len({len(line) for line in lines}) == 1
    assert any("3x5, stride 2x1, padding 1x0, relu" in line for line in lines)
    assert any("3x3, padding 1, no bias" in line for line in lines)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_built_net_reads_back_as_its_table(spec):
    assert read_spec(models.build(spec), spec.input_shape, spec.name) == spec


def test_an_initialized_hybridized_net_reads_back_too():
    net = models.lenet()
    net.initialize()
    net.hybridize()
    net(mx.np.zeros((1, 1, 28, 28)))
    assert read_spec(net).layers == models.spec("lenet").layers


def test_a_net_of_the_table_says_what_images_it_takes():
    # The chapter's AlexNet takes 1x224x224, its LeNet 1x28x28.
    assert read_spec(models.alexnet()).input_shape == (1, 224, 224)
    assert read_spec(models.lenet()).input_shape == (1, 28, 28)
    assert read_spec(models.lenet(), (1, 32, 32)).input_shape == (1, 32, 32)


def test_groups_and_the_normalisation_of_2012_are_read_back():
    assert tabulate(nn.Conv2D(8, 3, groups=4), blocks.LocalResponseNorm(3, 0.1, 0.5, 1.0)) == (
        Conv(8, 3, groups=4),
        LocalResponseNorm(3, 0.1, 0.5, 1.0),
    )


def test_nested_sequentials_are_laid_flat():
    inner = nn.Sequential()
    inner.add(nn.Dense(3), nn.Activation("relu"))
    outer = nn.Sequential()
    outer.add(nn.Flatten(), inner, nn.Dense(2))
    assert read_spec(outer).layers == (Flatten(), Dense(3), Activation("relu"), Dense(2))


def test_a_net_read_without_a_shape_keeps_its_name_and_no_shape():
    net = nn.HybridSequential()
    net.add(nn.Dense(2))
    assert read_spec(net) == Spec(net.name, (Dense(2),), None)
    assert read_spec(net, (1, 2, 2)) == replace(read_spec(net), input_shape=(1, 2, 2))


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: nn.Conv2D(4, 3, dilation=2), r"dilation=\(2, 2\)"),
        (lambda: nn.Conv2D(4, 3, layout="NHWC"), "layout='NHWC'"),
        (lambda: nn.MaxPool2D(2, ceil_mode=True), "ceil_mode=True"),
        (lambda: nn.MaxPool2D(2, layout="NHWC"), "layout='NHWC'"),
        (lambda: nn.GlobalAvgPool2D(layout="NHWC"), "layout='NHWC'"),
        (lambda: nn.AvgPool2D(2, padding=1, count_include_pad=False), "count_include_pad=False"),
        (lambda: nn.Dense(4, flatten=False), "flatten=False"),
        (lambda: nn.Dropout(0.5, axes=(1,)), r"axes=\(1,\)"),
        (lambda: nn.BatchNorm(axis=3), "axis=3"),
        (lambda: nn.BatchNorm(epsilon=1e-3), "eps=0.001"),
        (lambda: nn.BatchNorm(center=False), "center=False"),
        (lambda: nn.LeakyReLU(0.1), "LeakyReLU"),
        (lambda: nn.Conv2DTranspose(4, 3), "Conv2DTranspose"),
        (lambda: nn.HybridLambda("relu"), "HybridLambda"),
    ],
)
def test_what_the_table_cannot_say_is_named_with_its_layer(make, named):
    with pytest.raises(UserError, match=rf"layer 1 of the net, .*{named}"):
        tabulate(nn.Flatten(), make())


def test_average_pooling_without_padding_need_not_count_any():
    assert tabulate(nn.AvgPool2D(2, count_include_pad=False)) == (Pool("avg", 2),)


def test_shared_weights_are_refused():
    shared = nn.Dense(4)
    with pytest.raises(UserError, match="shares weights"):
        tabulate(shared, shared)


def test_a_subclass_that_computes_something_else_is_not_mistaken_for_its_base():
    class Twice(nn.Dense):
        def hybrid_forward(self, F, x, weight, bias=None):
            return 2 * super().hybrid_forward(F, x, weight, bias)

    with pytest.raises(UserError, match="Twice"):
        tabulate(Twice(3))


def test_a_subclass_that_only_sets_up_layers_is_read():
    class Net(nn.HybridSequential):
        def __init__(self):
            super().__init__()
            self.add(nn.Dense(3))

    assert read_spec(Net()).layers == (Dense(3),)


def test_a_branching_container_is_refused():
    with pytest.raises(UserError, match="HybridConcurrent"):
        read_spec(mx.gluon.contrib.nn.HybridConcurrent())


def test_a_net_that_is_no_sequential_is_refused():
    with pytest.raises(UserError, match="not from a Dense"):
        read_spec(nn.Dense(3))
