"""gluon_alexnet.explore.number: every number of a map taken apart comes to what PyTorch computes from the same weights."""

import numpy as np
import pytest

import gluon_alexnet
from gluon_alexnet import explore
from gluon_alexnet.blocks import LocalResponseNorm
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore.fields import Box
from gluon_alexnet.interop import torch as twins
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def torch():
    return twins.load_torch()


def made(*layers, given=(4, 9, 11)):
    """A Seen of a net of `layers`, whose parameters and picture are drawn."""
    mx.random.seed(3)
    net = nn.HybridSequential()
    net.add(*layers)
    net.initialize(mx.init.Normal(0.5))
    net(mx.np.zeros((1, *given)))
    for parameter in net.collect_params().values():
        low = 0.5 if parameter.name.endswith("var") else -1
        parameter.set_data(mx.np.array(RNG.uniform(low, 1.5, parameter.shape)))
    return explore.look(net, RNG.normal(size=given).astype("float32"))


def array(torch, parameter):
    return torch.from_numpy(parameter.data().asnumpy())


def conv(torch, x, block):
    k = block._kwargs
    bias = None if block.bias is None else array(torch, block.bias)
    return torch.nn.functional.conv2d(x, array(torch, block.weight), bias, k["stride"], k["pad"], k["dilate"], k["num_group"])


def dense(torch, x, block):
    return torch.nn.functional.linear(x.flatten(1), array(torch, block.weight), array(torch, block.bias))


def norm(torch, x, block):
    mean, variance, gamma, beta = (
        array(torch, each) for each in (block.running_mean, block.running_var, block.gamma, block.beta)
    )
    gamma = torch.ones_like(gamma) if block._kwargs["fix_gamma"] else gamma
    return torch.nn.functional.batch_norm(x, mean, variance, gamma, beta, eps=block._kwargs["eps"])


CASES = {
    "conv": (lambda: nn.Conv2D(6, 3), conv),
    "conv, stride and padding": (lambda: nn.Conv2D(6, (5, 3), strides=(3, 2), padding=(2, 4)), conv),
    "conv, dilation": (lambda: nn.Conv2D(3, 3, dilation=(3, 2), padding=2), conv),
    "conv, groups": (lambda: nn.Conv2D(6, 3, groups=2, padding=1, use_bias=False), conv),
    "conv, channel by channel": (lambda: nn.Conv2D(8, 3, groups=4), conv),
    "max": (lambda: nn.MaxPool2D(3, 2), lambda torch, x, block: torch.nn.functional.max_pool2d(x, 3, 2)),
    "max, padding": (lambda: nn.MaxPool2D(3, 2, 1), lambda torch, x, block: torch.nn.functional.max_pool2d(x, 3, 2, 1)),
    "max, ceil": (
        lambda: nn.MaxPool2D(4, 3, 1, ceil_mode=True),
        lambda torch, x, block: torch.nn.functional.max_pool2d(x, 4, 3, 1, ceil_mode=True),
    ),
    "avg": (lambda: nn.AvgPool2D((2, 3)), lambda torch, x, block: torch.nn.functional.avg_pool2d(x, (2, 3))),
    "avg, padding": (lambda: nn.AvgPool2D(3, 2, 1), lambda torch, x, block: torch.nn.functional.avg_pool2d(x, 3, 2, 1)),
    "avg, padding not counted": (
        lambda: nn.AvgPool2D(3, 2, 1, count_include_pad=False),
        lambda torch, x, block: torch.nn.functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    ),
    "avg, ceil": (
        lambda: nn.AvgPool2D(4, 3, 1, ceil_mode=True),
        lambda torch, x, block: torch.nn.functional.avg_pool2d(x, 4, 3, 1, ceil_mode=True),
    ),
    "global max": (nn.GlobalMaxPool2D, lambda torch, x, block: torch.nn.functional.adaptive_max_pool2d(x, 1)),
    "global avg": (nn.GlobalAvgPool2D, lambda torch, x, block: torch.nn.functional.adaptive_avg_pool2d(x, 1)),
    "dense": (lambda: nn.Dense(7), dense),
    "batch norm": (lambda: nn.BatchNorm(epsilon=0.01), norm),
    "batch norm without scale": (lambda: nn.BatchNorm(scale=False), norm),
    # PyTorch divides alpha by the size.
    "response norm": (
        lambda: LocalResponseNorm(3, alpha=0.3, beta=0.6, k=1.5),
        lambda torch, x, block: torch.nn.functional.local_response_norm(x, 3, 0.9, 0.6, 1.5),
    ),
    "dropout": (lambda: nn.Dropout(0.5), lambda torch, x, block: x),
    "flatten": (nn.Flatten, lambda torch, x, block: x.flatten(1)),
}


@pytest.mark.parametrize("name", CASES)
def test_every_number_comes_to_what_pytorch_computes(torch, name):
    make, theirs = CASES[name]
    seen = made(make())
    expected = theirs(torch, torch.from_numpy(seen.picture[None]), seen.layers[0].block)[0].numpy()
    assert seen.maps[0].shape == expected.shape
    for place in np.ndindex(expected.shape):
        number = explore.explain(seen, 0, *place)
        assert number.before == pytest.approx(float(expected[place]), abs=1e-4)
        assert number.value == pytest.approx(float(expected[place]), abs=1e-4)
        if number.products is not None:
            assert number.before == pytest.approx(float(number.products.sum() + number.bias))
            assert np.array_equal(number.products, number.values.astype("float64") * number.weights)


@pytest.mark.parametrize("name", CASES)
def test_the_window_is_what_the_gradient_reaches(torch, name):
    make, theirs = CASES[name]
    seen = made(make())
    for place in list(np.ndindex(seen.maps[0].shape))[::17]:
        picture = torch.from_numpy(seen.picture[None].copy()).requires_grad_()
        theirs(torch, picture, seen.layers[0].block)[0][place].backward()
        reached = np.argwhere(picture.grad[0].numpy() != 0)
        number = explore.explain(seen, 0, *place)
        if number.winner is not None:
            assert reached.tolist() == [list(number.winner)]
            assert all(first <= at < stop for at, (first, stop) in zip(number.winner, spans(number.box), strict=True))
        elif not len(reached):
            assert not number.inside.any()
        else:
            assert spans(number.box) == [(at.min(), at.max() + 1) for at in reached.T]


def spans(box: Box):
    return [box.channels, box.rows, box.columns]


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "softrelu", "softsign"])
def test_a_number_is_known_before_and_after_its_activation(torch, activation):
    function = {"softrelu": "Softplus", "relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "softsign": "Softsign"}[activation]
    after = getattr(torch.nn, function)()
    seen = made(nn.Conv2D(2, 3, activation=activation), nn.Activation(activation), nn.Dense(3, activation=activation))
    for layer in seen.layers:
        for place in np.ndindex(layer.output_shape):
            number = explore.explain(seen, layer.name, *place)
            assert number.activation == activation
            assert number.value == pytest.approx(float(after(torch.tensor(number.before))), abs=1e-4)


def test_a_convolution_by_hand():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(1, 3, padding=1, activation="relu"))
    net.initialize()
    net(mx.np.zeros((1, 1, 3, 3)))
    net[0].weight.set_data(mx.np.array([[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]]))
    net[0].bias.set_data(mx.np.array([-0.5]))
    seen = explore.look(net, np.arange(1, 10, dtype="float32").reshape(1, 3, 3))
    number = explore.explain(seen, "conv1", 0, 0, 0)
    # The window lies half outside: its first row and first column are padding.
    assert number.source == "picture" and number.box == Box((0, 1), (0, 2), (0, 2))
    assert number.rows == number.columns == (-1, 0, 1)
    assert number.values.tolist() == [[[0, 0, 0], [0, 1, 2], [0, 4, 5]]]
    assert number.inside.tolist() == [[False, False, False], [False, True, True], [False, True, True]]
    assert number.products.tolist() == [[[0, 0, 0], [0, 0, -4], [0, 0, -5]]]
    assert (number.bias, number.before, number.value) == (-0.5, -9.5, 0.0)
    assert number.largest(2) == [((0, 1, 1), -5.0), ((0, 0, 1), -4.0)]


def test_behind_convolutions_a_dense_layer_shows_its_products_as_maps():
    seen = made(nn.Conv2D(3, 3), nn.Dense(4), nn.Dense(2))
    number = explore.explain(seen, "dense1", 2)
    assert number.values.shape == number.products.shape == (3, 7, 9) and number.source == "conv1"
    place, product = number.largest(1)[0]
    assert number.products[place] == product and abs(product) == np.abs(number.products).max()
    number = explore.explain(seen, "dense2", 1)
    assert number.values.shape == (4,) and number.box == Box((0, 4), (0, 1), (0, 1)) and number.place == (1,)


def test_a_flattened_number_is_followed_to_its_place():
    seen = made(nn.MaxPool2D(2), nn.Flatten(), given=(2, 6, 8))
    # Three rows of four columns: number 17 is in channel 1, row 1, column 1.
    assert explore.explain(seen, "flatten1", 17).box == Box((1, 2), (1, 2), (1, 2))


def test_a_normalised_response_by_hand():
    net = nn.HybridSequential()
    net.add(LocalResponseNorm(5, alpha=0.5, beta=0.75, k=2.0))
    seen = explore.look(net, np.arange(1, 7, dtype="float32").reshape(6, 1, 1))
    number = explore.explain(seen, "responsenorm1", 4)
    # Of the five channels around the fifth the last is not there: 3, 4, 5 and 6.
    assert number.box == Box((2, 6), (0, 1), (0, 1)) and number.source == "picture"
    response = number.response
    assert response.squares.reshape(-1).tolist() == [9, 16, 25, 36]
    assert (response.own, response.total, response.alpha, response.beta, response.k) == (5, 86, 0.5, 0.75, 2)
    # 2 + 0.5 * 86 is 45, whose square root times the root of that is 45^0.75.
    assert response.divisor == pytest.approx(45**0.5 * 45**0.25)
    assert number.before == pytest.approx(5 / 17.374383) and number.value == pytest.approx(5 / 17.374383)
    assert number.products is None and number.largest(3) == []


def test_every_response_is_the_papers_formula():
    seen = made(LocalResponseNorm(), given=(9, 3, 2))
    a = 30 * seen.picture.astype("float64")
    seen = explore.look(seen.net, a)
    for place in np.ndindex(a.shape):
        channel, row, column = place
        total = sum(a[j, row, column] ** 2 for j in range(max(0, channel - 2), min(8, channel + 2) + 1))
        number = explore.explain(seen, 0, *place)
        assert number.response.total == pytest.approx(total)
        assert number.before == pytest.approx(a[place] / (2 + 1e-4 * total) ** 0.75)
        assert number.value == pytest.approx(number.before, rel=1e-5)


def test_of_equal_numbers_the_first_wins():
    net = nn.HybridSequential()
    net.add(nn.MaxPool2D(2))
    assert explore.explain(explore.look(net, np.ones((1, 2, 2), "float32")), "pool1", 0).winner == (0, 0, 0)


@pytest.mark.parametrize("model", ["lenet", "compact"])
def test_the_numbers_of_nets_of_this_package(torch, model):
    net = gluon_alexnet.get_model(model)
    net.initialize(mx.init.Xavier())
    seen = explore.look(net, RNG.uniform(size=(1, 28, 28)).astype("float32"))
    for layer in seen.layers:
        for place in [tuple(RNG.integers(0, layer.output_shape)) for _ in range(5)]:
            number = explore.explain(seen, layer.name, *place)
            after = max(number.before, 0) if number.activation == "relu" else number.before
            after = 1 / (1 + np.exp(-number.before)) if number.activation == "sigmoid" else after
            assert number.value == pytest.approx(after, abs=1e-5)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (("conv2", 0), "there is no layer 'conv2': did you mean 'conv1'"),
        ((9, 0), r"there is no layer 9: the net has 3, from 0 \(conv1\) on"),
        (("conv1", 6), "conv1 has no channel 6: it has 6, from 0 on"),
        (("conv1", 0, 7, 0), "conv1 has no number in row 7, column 0: its maps have 7 rows and 9 columns"),
        (("conv1", 0, 0, -1), "conv1 has no number in row 0, column -1"),
        (("dense1", 4), "dense1 has no unit 4"),
        (("dense1", 0, 1, 0), "dense1 has no number in row 1"),
        (("layernorm1", 0), r"how layernorm1 \(LayerNorm\) makes its numbers is not known"),
    ],
)
def test_what_is_not_there_is_told(question, sentence):
    seen = made(nn.Conv2D(6, 3), nn.LayerNorm(), nn.Dense(4))
    with pytest.raises(UserError, match=sentence):
        explore.explain(seen, *question)
