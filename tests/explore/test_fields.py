"""gluon_alexnet.explore.fields: receptive fields as papers give them, and as gradients show them."""

import numpy as np
import pytest

import gluon_alexnet
from gluon_alexnet import explore
from gluon_alexnet.blocks import LocalResponseNorm
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import torch as twins
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn


def layers(*blocks, given=(1, 20, 24)):
    net = nn.HybridSequential()
    net.add(*blocks)
    net.initialize()
    return explore.layers_of(net, given)


def test_the_published_sizes_of_alexnet():
    net = gluon_alexnet.alexnet()
    net.initialize()
    found = explore.layers_of(net)
    published = {"conv1": 11, "pool1": 19, "conv2": 51, "pool2": 67, "conv3": 99, "conv4": 131, "conv5": 163, "pool3": 195}
    assert {name: explore.receptive_field(found, name, 2, 2).size for name in published} == {
        name: (size, size) for name, size in published.items()
    }
    # The 54 windows of 11 pixels, one every 4, end one pixel before the border.
    assert explore.receptive_field(found, "conv1", 53, 1) == explore.Field((212, 223), (4, 15), (11, 11))
    # The first pooling leaves out the last of the 54 rows: of 53, the last begins in row 208.
    assert explore.receptive_field(found, "dense1").rows == (0, 219)


# What of the picture a number sees is where its gradient is not zero: with positive weights none cancels out.
NETS = {
    "padded": [(1, 3, 5, 2, 2, 1), "avg", (3, 4, 3, 1, 1, 1)],
    "dilated": [(1, 2, 3, 1, 2, 2), (2, 2, 3, 2, 0, 1)],
    "far padding": [(1, 2, 2, 1, 4, 1), (2, 2, 3, 3, 3, 1)],
    "even": [(1, 2, 4, 2, 1, 1), "avg", (2, 2, 2, 1, 0, 1)],
}


@pytest.mark.parametrize("name", NETS)
def test_the_gradient_reaches_just_the_field(name):
    torch = twins.load_torch()
    blocks, modules = [], []
    for each in NETS[name]:
        if each == "avg":
            blocks.append(nn.AvgPool2D(3, 2, 1))
            modules.append(torch.nn.AvgPool2d(3, 2, 1))
        else:
            before, after, size, stride, padding, dilation = each
            blocks.append(nn.Conv2D(after, size, stride, padding, dilation=dilation))
            modules.append(torch.nn.Conv2d(before, after, size, stride, padding, dilation))
            torch.nn.init.uniform_(modules[-1].weight, 0.1, 1)
    found = layers(*blocks)
    picture = torch.ones(1, 1, 20, 24, requires_grad=True)
    maps = torch.nn.Sequential(*modules)(picture)
    assert maps.shape[1:] == found[-1].output_shape
    for row, column in np.ndindex(maps.shape[2:]):
        (gradient,) = torch.autograd.grad(maps[0, 0, row, column], picture, retain_graph=True)
        reached = np.argwhere(gradient[0, 0].numpy() != 0)
        expected = [(at.min(), at.max() + 1) for at in reached.T] if len(reached) else None
        field = explore.receptive_field(found, len(found) - 1, row, column)
        if expected is None:
            assert field.rows[0] == field.rows[1] or field.columns[0] == field.columns[1]
        else:
            assert [field.rows, field.columns] == expected


def test_layers_that_change_each_number_by_itself_change_no_field():
    found = layers(
        nn.Conv2D(2, 3, 2), nn.BatchNorm(), nn.Activation("relu"), LocalResponseNorm(), nn.Dropout(0.5), nn.LeakyReLU(0.1)
    )
    fields = {explore.receptive_field(found, layer.name, 4, 5) for layer in found}
    assert fields == {explore.Field((8, 11), (10, 13), (3, 3))}


def test_global_pooling_and_dense_layers_see_all_that_their_maps_see():
    found = layers(nn.Conv2D(2, 3), nn.GlobalAvgPool2D(), nn.Dense(3), nn.Dense(2))
    for name in ("globalpool1", "dense1", "dense2"):
        assert explore.receptive_field(found, name) == explore.Field((0, 20), (0, 24), (20, 24))


def test_behind_what_cannot_be_followed_no_field_is_told():
    found = layers(nn.Conv2D(2, 3), nn.LayerNorm(), nn.Conv2D(2, 3))
    assert explore.receptive_field(found, "conv1").size == (3, 3)
    with pytest.raises(UserError, match=r"what a number sees behind layernorm1 \(LayerNorm\) is not known"):
        explore.receptive_field(found, "conv2")


def test_a_place_outside_of_the_maps_is_told():
    with pytest.raises(UserError, match="conv1 has no number in row 18, column 0: its maps have 18 rows and 22 columns"):
        explore.receptive_field(layers(nn.Conv2D(2, 3)), "conv1", 18)
