"""gluon_alexnet.pictures.stages: what of a net is drawn, from its table or from a student's own blocks."""

import mxnet as mx
import pytest
from mxnet.gluon import nn

from gluon_alexnet import models
from gluon_alexnet.errors import UserError
from gluon_alexnet.pictures.stages import Mark, net_of

# The shapes that the chapter prints for its nets; the picture of AlexNet has one channel there.
ALEXNET = [(1, 224, 224), (96, 54, 54), (96, 26, 26), (256, 26, 26), (256, 12, 12), (384, 12, 12), (384, 12, 12)]
ALEXNET += [(256, 12, 12), (256, 5, 5), (4096,), (4096,), (10,)]
LENET = [(1, 28, 28), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)]


class Doubled(nn.HybridBlock):
    """A convolution of eight channels added to what it is given, and a dense layer of three."""

    def __init__(self):
        super().__init__()
        self.conv, self.dense = nn.Conv2D(8, 3, padding=1, in_channels=8), nn.Dense(3)

    def hybrid_forward(self, F, x):
        return self.dense(x + self.conv(x))


def sequential(*blocks):
    net = nn.Sequential()
    net.add(*blocks)
    return net


def test_the_stages_of_the_chapters_nets_have_the_shapes_that_it_prints():
    assert [stage.shape for stage in net_of("alexnet").stages] == ALEXNET
    assert [stage.shape for stage in net_of("lenet").stages] == LENET


def test_a_net_of_gluon_and_its_table_are_drawn_the_same():
    layers = models.spec("alexnet").layers
    assert net_of(models.alexnet()).stages == net_of("alexnet").stages == net_of(layers, (1, 224, 224)).stages


@pytest.mark.parametrize(("name", "params"), [("alexnet", 46_764_746), ("alexnet_2012", 60_965_224), ("lenet", 61_706)])
def test_the_parameters_are_those_that_are_published(name, params):
    assert net_of(name).params == params


def test_activations_dropout_and_normalisations_are_marks_on_the_layer_before_them():
    stages = {stage.name: stage for stage in net_of("alexnet_2012").stages}
    assert stages["conv1"].marks == [Mark("activation", "relu"), Mark("responsenorm", "responsenorm1", 5)]
    assert stages["dense2"].marks == [Mark("activation", "relu"), Mark("dropout", "dropout2", 0.5)]
    assert [mark.kind for mark in net_of("compact").stages[1].marks] == ["batchnorm", "activation"]


def test_only_the_net_of_2012_has_towers():
    assert {name: net_of(name).towers for name in models.list_models()} == {
        **dict.fromkeys(models.list_models(), 1),
        "alexnet_2012": 2,
    }
    # A convolution for each channel by itself is no tower.
    assert net_of([models.Conv(64, 3), models.Conv(64, 3, groups=64)], (3, 9, 9)).towers == 1


def test_a_students_own_blocks_are_counted_and_leave_no_trace():
    net = sequential(nn.Conv2D(8, 3, dilation=2, activation="relu"), nn.LeakyReLU(0.1), nn.LayerNorm(), Doubled(), nn.PReLU())
    made = net_of(net, (1, 28, 28))
    # A window of 3 with holes spans 5: 24 of 28 are left. LayerNorm has a scale and a shift for each of 24 columns.
    assert [stage.shape for stage in made.stages] == [(1, 28, 28), (8, 24, 24), (3,)]
    assert [stage.macs for stage in made.stages] == [0, 8 * 9 * 24 * 24, 8 * 8 * 9 * 24 * 24 + 3 * 8 * 24 * 24]
    assert [stage.params for stage in made.stages] == [0, 8 * 9 + 8, 8 * 8 * 9 + 8 + 3 * 8 * 24 * 24 + 3]
    assert made.stages[1].marks == [Mark("activation", "relu"), Mark("other", "LeakyReLU"), Mark("other", "LayerNorm", params=48)]
    assert made.params == sum(stage.params for stage in made.stages) + 48 + 1
    # How many channels come in, Gluon does not know before it has seen a picture.
    assert net[0].weight.shape == (8, -1, 3, 3)
    net.initialize()
    net(mx.np.zeros((1, 1, 28, 28)))
    assert net_of(net, (1, 28, 28)) == made


def test_a_transposed_convolution_multiplies_each_number_that_it_is_given():
    made = net_of(sequential(nn.Conv2DTranspose(4, 2, strides=2)), (3, 5, 5))
    assert (made.stages[1].shape, made.macs, made.params) == ((4, 10, 10), 3 * 4 * 4 * 25, 3 * 4 * 4 + 4)


def test_weights_that_two_layers_share_are_counted_once():
    first = nn.Dense(8, in_units=8)
    made = net_of(sequential(first, nn.Dense(8, in_units=8, params=first.params)), (8,))
    assert (made.params, made.macs) == (8 * 8 + 8, 2 * 8 * 8)


class Plain(nn.Block):
    def forward(self, x):
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    ("net", "shape", "sentence"),
    [
        ("alxnet", None, "did you mean 'alexnet'"),
        (7, None, "a int cannot be drawn"),
        ([], (1, 2, 2), "the net has no layers"),
        (["conv"], (1, 2, 2), "'conv' is not a layer"),
        ([models.Dense(2)], None, "the shape of the images is not known"),
        ([models.Conv(2, 5)], (1, 3, 3), "conv1 cannot put its 5x5 window on an image of 3x3"),
        ("lenet", (1, 28.0, 28), "input_shape must be positive whole numbers"),
        (sequential(nn.Dense(3), Plain()), (4,), "layer 1 of the net, plain"),
        (sequential(Doubled()), (3, 9, 9), "what it makes of 3x9x9 cannot be worked out"),
        (Doubled(), (8, 9, 9), "not from a Doubled: hand over the Sequential inside it"),
        (nn.HybridSequential(), (8, 9, 9), "the net has no layers"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(net, shape, sentence):
    with pytest.raises(UserError, match=sentence) as told:
        net_of(net, shape)
    assert "\n" not in str(told.value)
