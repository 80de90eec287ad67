"""gluon_alexnet.explore.words: layers in a few words, in both languages."""

import pytest

import gluon_alexnet
from gluon_alexnet import explore
from gluon_alexnet.blocks import LocalResponseNorm
from gluon_alexnet.explore import layers, words
from gluon_alexnet.machine import runtime

nn = runtime.load_mxnet().gluon.nn


def test_alexnets_layers_in_words():
    net = gluon_alexnet.alexnet()
    net.initialize()
    found = explore.layers_of(net)
    assert [explore.describe(layer) for layer in (*found[:3], *found[7:10])] == [
        "convolution, 96 filters of 1x11x11, stride 4, then ReLU",
        "max pooling, windows of 3x3, stride 2",
        "convolution, 256 filters of 96x5x5, padding 2, then ReLU",
        "max pooling, windows of 3x3, stride 2",
        "dense layer, 4096 units, then ReLU",
        "dropout",
    ]
    assert explore.describe(found[0], "vi") == "tích chập, 96 bộ lọc 1x11x11, bước nhảy 4, rồi ReLU"


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (lambda: nn.Conv2D(4, 3, groups=2, dilation=(2, 3)), "convolution, 4 filters of 1x3x3, dilation 2x3, 2 groups"),
        (nn.GlobalAvgPool2D, "average pooling, windows of 9x8"),
        (nn.BatchNorm, "batch normalization"),
        (LocalResponseNorm, "local response normalization, over 5 channels"),
        (lambda: nn.Activation("sigmoid"), "sigmoid"),
        (lambda: nn.ELU(), "ELU"),
        (nn.Flatten, "laid flat"),
        (nn.LayerNorm, "LayerNorm: a layer that cannot be taken apart"),
    ],
)
def test_other_layers_in_words(block, said):
    net = nn.HybridSequential()
    net.add(block())
    net.initialize()
    assert explore.describe(explore.layers_of(net, (2, 9, 8))[0]) == said


def test_every_kind_has_its_word_in_both_languages():
    blocks = [nn.Conv2D(1, 1), nn.MaxPool2D(), nn.GlobalAvgPool2D(), nn.Dense(1), nn.BatchNorm(), nn.Dropout(0.1), nn.Flatten()]
    others = (nn.LayerNorm(), nn.ELU(), LocalResponseNorm())
    read = {layers.reading(block, (2, 9, 8))["kind"] for block in (*blocks, *others)}
    assert read == {*words.KINDS}
    assert all(text.en and text.vi for text in words.KINDS.values())
