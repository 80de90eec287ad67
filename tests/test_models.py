import json

import pytest

from gluon_alexnet import models
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Activation, BatchNorm, Conv, Dense, Dropout, Flatten, GlobalPool, LocalResponseNorm, Pool, Spec

mx = runtime.load_mxnet()

# The shapes that the chapter prints, batch 1.
ALEXNET_SHAPES = [
    (96, 54, 54), (96, 26, 26), (256, 26, 26), (256, 12, 12), (384, 12, 12), (384, 12, 12), (256, 12, 12), (256, 5, 5),
    (4096,), (4096,), (4096,), (4096,), (10,),
]  # fmt: skip


def forward_shapes(net, shape):
    net.initialize()
    x = mx.np.zeros((2, *shape))
    shapes = []
    for block in net:
        x = block(x)
        shapes.append(x.shape[1:])
    return shapes


def parameters(net):
    return sum(p.data().size for p in net.collect_params().values())


def test_alexnet_has_the_chapters_shapes_and_parameters():
    net = models.alexnet()
    assert forward_shapes(net, (1, 224, 224)) == ALEXNET_SHAPES
    assert parameters(net) == 46_764_746


def test_lenet_has_the_books_shapes_and_parameters():
    net = models.lenet()
    shapes = forward_shapes(net, (1, 28, 28))
    assert shapes == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)]
    assert parameters(net) == 61_706


def test_compact_has_the_parameters_counted_by_hand_and_takes_small_images():
    net = models.get_model("compact")
    net.initialize()
    assert net(mx.np.zeros((2, 1, 28, 28))).shape == net(mx.np.zeros((2, 1, 20, 20))).shape == (2, 10)
    # Weights of the convolutions, a scale and a shift for each channel, and the dense layer after 128 channels.
    channels = [1, 16, 32, 64, 64, 128, 128, 128]
    convolutions = sum(9 * a * b for a, b in zip(channels, channels[1:], strict=False))
    expected = convolutions + 2 * sum(channels[1:]) + 128 * 10 + 10
    assert expected == 431_098
    assert sum(p.data().size for p in net.collect_params().values() if p.grad_req != "null") == expected


def test_the_small_alexnet_has_alexnets_windows_and_the_parameters_counted_by_hand():
    net = models.get_model("alexnet_small")
    net.initialize()
    assert net(mx.np.zeros((2, 1, 224, 224))).shape == (2, 10)
    channels, kernels = [1, 16, 64, 96, 96, 96], [11, 5, 3, 3, 3]
    convolutions = sum(k * k * a * b for k, a, b in zip(kernels, channels, channels[1:], strict=False))
    expected = convolutions + 2 * sum(channels[1:]) + 96 * 5 * 5 * 256 + 256 + 256 * 10 + 10
    assert expected == 866_682
    assert sum(p.data().size for p in net.collect_params().values() if p.grad_req != "null") == expected

    def windows(spec):
        return [(layer.kernel, layer.stride, layer.padding) for layer in spec.layers if isinstance(layer, Conv)]

    assert windows(models.alexnet_small_spec()) == windows(models.alexnet_spec())


def test_the_net_of_2012_has_two_towers_that_meet_in_the_third_convolution():
    layers = models.alexnet_2012_spec(num_classes=7, dropout=0.25).layers
    assert [layer.groups for layer in layers if isinstance(layer, Conv)] == [1, 2, 1, 2, 2]
    # Normalised after the ReLU and before the pooling, whose windows overlap.
    kinds = [type(layer) for layer in layers]
    assert kinds[:6] == [Conv, LocalResponseNorm, Pool] * 2 and kinds.count(LocalResponseNorm) == 2
    assert layers[0].activation == "relu" and all(layer == Pool("max", 3, 2) for layer in layers if isinstance(layer, Pool))
    assert [layer.rate for layer in layers if isinstance(layer, Dropout)] == [0.25, 0.25]
    assert layers[-1] == Dense(7)
    assert models.spec("alexnet_2012", num_classes=7, dropout=0.25).layers == layers


def test_a_table_comes_back_from_what_json_can_hold():
    for name in models.list_models():
        spec = models.spec(name)
        assert models.from_dict(json.loads(json.dumps(models.as_dict(spec)))) == spec


def test_a_table_that_was_written_before_there_were_groups_is_read():
    old = {"layer": "Conv", "channels": 6, "kernel": [5, 5], "stride": [1, 1], "padding": [2, 2], "activation": "relu"}
    spec = models.from_dict({"name": "old", "layers": [{**old, "bias": True}], "input_shape": [1, 28, 28]})
    assert spec == Spec("old", (Conv(6, 5, padding=2, activation="relu"),), (1, 28, 28))


def test_a_normalisation_over_an_even_number_of_channels_is_refused():
    with pytest.raises(UserError, match="over 4 channels: take an odd number"):
        LocalResponseNorm(size=4)


def test_number_of_classes_is_the_last_layers_width():
    assert forward_shapes(models.get_model("lenet", num_classes=3), (1, 28, 28))[-1] == (3,)


def test_lenet_takes_another_activation_and_dropout():
    layers = models.spec("lenet", activation="relu", dropout=0.25).layers
    assert [layer.activation for layer in layers if isinstance(layer, (Conv, Dense))] == ["relu"] * 4 + [None]
    assert [layer.rate for layer in layers if isinstance(layer, Dropout)] == [0.25, 0.25]
    assert [type(layer) for layer in layers[-5:]] == [Dense, Dropout, Dense, Dropout, Dense]


def test_alexnets_dropout_changes_neither_shapes_nor_parameters():
    assert [layer.rate for layer in models.alexnet_spec().layers if isinstance(layer, models.Dropout)] == [0.5, 0.5]
    assert [layer.rate for layer in models.alexnet_spec(dropout=0.1).layers if isinstance(layer, models.Dropout)] == [0.1, 0.1]
    other = models.alexnet_spec(dropout=0.1).layers
    for a, b in zip(models.alexnet_spec().layers, other, strict=True):
        assert a == b or isinstance(a, models.Dropout)


@pytest.mark.parametrize(
    ("name", "argument", "value", "words"),
    [
        ("lenet", "activation", "tahn", "one of relu, sigmoid, tanh"),
        ("lenet", "dropout", 1.5, "a share of at least 0 and below 1"),
        ("alexnet", "dropout", -0.5, "a share of at least 0 and below 1"),
        ("alexnet", "dropout", None, "a share of at least 0 and below 1"),
        ("compact", "width", 1, "a whole number of at least 2"),
        ("lenet", "num_classes", 0, "a whole number of at least 1"),
    ],
)
def test_arguments_of_which_no_net_can_be_made_are_told(name, argument, value, words):
    with pytest.raises(UserError, match=f"{argument} is {value!r}: it must be {words}"):
        models.spec(name, **{argument: value})


def test_every_kind_of_layer_is_built():
    table = (
        Conv(4, kernel=(3, 5), stride=(1, 2), padding=(1, 2), bias=False), BatchNorm(), Activation("tanh"),
        LocalResponseNorm(), Conv(4, 1, groups=2),
        Pool("avg", 2, padding=1), GlobalPool("max"), GlobalPool("avg"), Flatten(), Dropout(0.5), Dense(3, bias=False),
    )  # fmt: skip
    net = models.build(Spec("all", table, (2, 8, 8)))
    assert forward_shapes(net, (2, 8, 8)) == [
        (4, 8, 4), (4, 8, 4), (4, 8, 4), (4, 8, 4), (4, 8, 4), (4, 5, 3), (4, 1, 1), (4, 1, 1), (4,), (4,), (3,),
    ]  # fmt: skip


def test_a_thing_that_is_no_layer_is_not_built():
    with pytest.raises(TypeError, match="'relu' is not a layer"):
        models.build(Spec("odd", ("relu",), (1, 8, 8)))


def test_window_sizes_become_pairs():
    assert Conv(8, kernel=3).kernel == (3, 3)
    assert Pool("max", 3, stride=[2, 1]).stride == (2, 1)


def test_pooling_strides_by_its_size_unless_told_otherwise():
    assert Pool("max", (2, 3)).stride == (2, 3)


def test_models_are_listed():
    assert set(models.list_models()) >= {"alexnet", "lenet"}
    assert models.list_models() == sorted(models.list_models())


def test_an_unknown_model_is_answered_with_the_nearest_and_all_known():
    with pytest.raises(UserError, match="'alexnett'.*did you mean 'alexnet'.*lenet"):
        models.get_model("alexnett")


def test_a_name_like_no_other_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match="'q': the known models are alexnet"):
        models.spec("q")


def test_an_argument_that_the_model_does_not_take_is_named():
    with pytest.raises(UserError, match="'alexnet'.*'depth'"):
        models.get_model("alexnet", depth=3)
