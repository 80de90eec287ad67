"""gluon_alexnet.prepare: initial weights, by Glorot's and He's formulas."""

import numpy as np
import pytest
from fresh_python import python

from gluon_alexnet import models, prepare
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()


def weights(initializer, rows, columns):
    layer = mx.gluon.nn.Dense(rows)
    mx.random.seed(7)
    prepare.prepare(layer, mx.np.zeros((1, columns)), [mx.cpu()], initializer)
    assert not layer.bias.data().asnumpy().any()
    return layer.weight.data().asnumpy()


@pytest.mark.parametrize("shape", [(200, 300), (1200, 1000)], ids=["small", "large"])
def test_xavier_is_uniform_within_glorots_bound(shape):
    drawn, bound = weights("xavier", *shape), np.sqrt(6 / sum(shape))
    assert 0.99 * bound < drawn.max() <= bound * (1 + 1e-6) and -bound * (1 + 1e-6) <= drawn.min() < -0.99 * bound
    # The standard error of a uniform variable's deviation is about .45 of it over the root of the number drawn.
    assert drawn.std() == pytest.approx(bound / np.sqrt(3), rel=5 * 0.45 / np.sqrt(drawn.size))
    assert abs(drawn.mean()) < 5 * bound / np.sqrt(3 * drawn.size)
    assert len(np.unique(drawn)) > 0.9 * drawn.size


@pytest.mark.parametrize("shape", [(200, 300), (1200, 1000)], ids=["small", "large"])
def test_he_is_normal_by_the_inputs(shape):
    drawn, deviation = weights("he", *shape), np.sqrt(2 / shape[1])
    assert drawn.std() == pytest.approx(deviation, rel=5 * 0.71 / np.sqrt(drawn.size))
    assert abs(drawn.mean()) < 5 * deviation / np.sqrt(drawn.size)
    # Of a normal variable 4.55 % lie beyond two deviations, of a uniform one none.
    assert np.mean(np.abs(drawn) > 2 * deviation) == pytest.approx(0.0455, rel=0.1)


@pytest.mark.parametrize("shape", [(20, 30), (1200, 1000)], ids=["small", "large"])
@pytest.mark.parametrize("initializer", ["xavier", "he"])
def test_the_same_seed_draws_the_same_weights(initializer, shape):
    np.testing.assert_array_equal(weights(initializer, *shape), weights(initializer, *shape))


def begun(net, shape):
    prepare.prepare(net, mx.np.zeros((1, *shape)), [mx.cpu()], "alexnet")
    biases = [block.bias.data().asnumpy() for block in net if hasattr(block, "bias")]
    return [float(bias.mean()) if bias.std() == 0 else None for bias in biases]


def test_the_papers_weights_and_its_biases_of_one():
    net = models.alexnet_2012(num_classes=10)
    # "in the second, fourth, and fifth convolutional layers, as well as in the fully-connected hidden layers"
    assert begun(net, net.input_shape) == [0, 1, 0, 1, 1, 1, 1, 0]
    for block in (net[0], net[3], net[10]):
        drawn = block.weight.data().asnumpy()
        assert drawn.std() == pytest.approx(0.01, rel=5 * 0.71 / np.sqrt(drawn.size))
        assert abs(drawn.mean()) < 5 * 0.01 / np.sqrt(drawn.size)
        assert np.mean(np.abs(drawn) > 0.02) == pytest.approx(0.0455, rel=0.1)


def test_the_papers_initializer_counts_the_layers_of_any_sequential():
    nn = mx.gluon.nn
    inner, net = nn.HybridSequential(), nn.Sequential()
    inner.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Conv2D(4, 3, use_bias=False))
    net.add(inner, nn.Conv2D(4, 1), nn.Conv2D(4, 1), nn.Dense(6), nn.Dense(3))
    assert begun(net, (1, 8, 8))[-4:] == [0, 1, 1, 0]
    # Those that somebody has initialized stay.
    net.initialize(force_reinit=True)
    assert begun(net, (1, 8, 8))[-4:] == [0, 0, 0, 0]


def test_the_papers_initializer_needs_an_order():
    class Own(mx.gluon.Block):
        def forward(self, x):
            return x

    with pytest.raises(UserError, match="'alexnet', which counts the layers of a Sequential, and the net is a Own: take 'he'"):
        prepare.prepare(Own(), mx.np.zeros((1, 3)), [mx.cpu()], "alexnet")


def test_grey_images_for_a_net_of_colours_are_told():
    sentence = r"alexnet_2012 takes images of 3 channels, .* FashionMNISTLoader\(..., resize=\(227, 227\), channels=3\)"
    with pytest.raises(UserError, match=sentence):
        prepare.prepare(models.alexnet_2012(), mx.np.zeros((1, 1, 227, 227)), [mx.cpu()])


def test_small_weights_are_those_of_mxnets_xavier():
    np.testing.assert_array_equal(weights("xavier", 20, 30), weights(mx.init.Xavier(), 20, 30))


def test_no_scratch_space_is_kept_after_large_weights():
    # 128 MB of weights and as much of gradients; drawn as MXNet draws them, 128 MB more would remain.
    grown = python(
        """
        import gluon_alexnet, mxnet as mx
        from gluon_alexnet.prepare import prepare

        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * 4096 / 1e6

        prepare(mx.gluon.nn.Dense(8), mx.np.zeros((1, 8)), [mx.cpu()])
        before = resident()
        layer = mx.gluon.nn.Dense(4000, use_bias=False)
        prepare(layer, mx.np.zeros((1, 8000)), [mx.cpu()])
        print(resident() - before)
        """
    )
    assert 250 < float(grown) < 300


def test_another_name_is_told():
    with pytest.raises(UserError, match="no initializer 'zeros'"):
        prepare.initializer_called("zeros")
