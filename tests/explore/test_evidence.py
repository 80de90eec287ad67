"""gluon_alexnet.explore.evidence: gradients as PyTorch's autograd has them, Grad-CAM by its formula, occlusion by hand."""

import numpy as np
import pytest

import gluon_alexnet
from gluon_alexnet import explore, models
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import torch as twins
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn
RNG = np.random.default_rng(3)


def ready(name):
    """A net with weights and statistics that are no longer those of the beginning, with dropout."""
    mx.random.seed(2)
    net = gluon_alexnet.get_model(name, dropout=0.5)
    net.initialize(mx.init.Xavier())
    with mx.autograd.record():
        net(mx.np.array(RNG.uniform(size=(4, *net.input_shape)), dtype="float32"))
    mx.npx.waitall()
    return net


@pytest.fixture(scope="module", params=["lenet", "compact", "compact, hybridized"])
def both(request):
    """(Seen, its gradients for class 3, {layer: (map, its gradient)} and the picture's gradient by PyTorch)."""
    torch = twins.load_torch()
    net = ready(request.param.partition(",")[0])
    if "hybridized" in request.param:
        net.hybridize(static_alloc=True, static_shape=True)
    seen = explore.look(net, RNG.uniform(size=(1, 28, 28)))
    picture = torch.from_numpy(seen.picture[None].copy()).requires_grad_()
    values, kept = picture, {}
    for called, module in twins.twin(net).eval().named_children():
        values = module(values)
        values.retain_grad()
        kept[called.split("_")[0]] = values
    values[0, 3].backward()
    return seen, explore.gradients(seen, 3), kept, picture


def test_gradients_are_those_of_autograd(both):
    seen, found, kept, picture = both
    assert found.number == 3 and found.score == pytest.approx(float(seen.logits[3]), abs=1e-5)
    assert np.allclose(found.picture, picture.grad[0].numpy(), atol=1e-6)
    assert found.picture.any() and found.picture.dtype == np.float32
    for layer, own in zip(seen.layers, found.maps, strict=True):
        assert own.shape == layer.output_shape
        assert np.allclose(own, kept[layer.name].grad[0].numpy(), atol=1e-6), layer.name


def test_gradients_go_through_a_response_norm_and_groups():
    torch = twins.load_torch()
    layers = (models.Conv(8, 3, activation="relu"), models.LocalResponseNorm(alpha=0.3), models.Pool("max", 2))
    net = models.build(models.Spec("net", (*layers, models.Conv(4, 3, groups=2), models.Dense(3)), (2, 12, 12)))
    net.initialize(mx.init.Xavier())
    seen = explore.look(net, RNG.normal(size=net.input_shape))
    picture = torch.from_numpy(seen.picture[None].copy()).requires_grad_()
    twins.twin(net).eval()(picture)[0, 1].backward()
    found = explore.gradients(seen, 1).picture
    assert np.abs(found).max() > 0.01 and np.allclose(found, picture.grad[0].numpy(), atol=1e-6)


def test_saliency_is_the_size_of_the_gradient(both):
    _, found, _, picture = both
    assert np.allclose(explore.saliency(found), picture.grad[0, 0].abs().numpy(), atol=1e-6)


def test_of_several_channels_the_largest_gradient_counts():
    gradient = np.array([[[1.0, -5.0]], [[-3.0, 2.0]]], "float32")
    assert explore.saliency(explore.Gradients(0, 1.0, gradient, ())).tolist() == [[3.0, 5.0]]


def test_grad_cam_is_the_formula_of_its_paper(both):
    torch = twins.load_torch()
    seen, found, kept, _ = both
    for layer in seen.layers:
        if len(layer.output_shape) != 3:
            continue
        maps = kept[layer.name].detach()
        weights = kept[layer.name].grad.mean(dim=(2, 3), keepdim=True)
        total = torch.relu((weights * maps).sum(dim=1, keepdim=True))
        expected = torch.nn.functional.interpolate(total, (28, 28), mode="bilinear", align_corners=False)[0, 0].numpy()
        own = explore.grad_cam(seen, found, layer.name)
        assert own.shape == (28, 28) and own.dtype == np.float32 and own.min() >= 0
        assert np.allclose(own, expected, atol=1e-6), layer.name


def test_a_question_leaves_the_nets_own_gradients_as_they_are():
    net = ready("compact")
    picture = mx.np.array(RNG.uniform(size=(1, 1, 28, 28)), dtype="float32")
    with mx.autograd.record():
        net(picture).sum().backward()
    parameters = {name: parameter for name, parameter in net.collect_params().items() if parameter.grad_req != "null"}
    before = {name: parameter.grad().asnumpy() for name, parameter in parameters.items()}
    running = {name: parameter.data().asnumpy() for name, parameter in net.collect_params().items()}
    seen = explore.look(net, picture)
    explore.gradients(seen, 1)
    explore.occlusion(seen, 1)
    assert any(gradient.any() for gradient in before.values())
    assert all(np.array_equal(parameters[name].grad().asnumpy(), gradient) for name, gradient in before.items())
    assert all(np.array_equal(parameter.data().asnumpy(), running[name]) for name, parameter in net.collect_params().items())


@pytest.mark.parametrize("hybridized", [False, True])
@pytest.mark.parametrize("padding", [0, 1])
def test_the_gradient_of_max_pooling_goes_to_what_it_took(padding, hybridized):
    torch = twins.load_torch()
    net = nn.HybridSequential()
    net.add(nn.MaxPool2D(3, 2, padding), nn.GlobalMaxPool2D(), nn.Dense(3))
    net.initialize(mx.init.Normal(1))
    if hybridized:
        net.hybridize()
    seen = explore.look(net, RNG.normal(size=(4, 9, 9)))
    picture = torch.from_numpy(seen.picture[None].copy()).requires_grad_()
    twins.twin(net, (4, 9, 9))(picture)[0, 1].backward()
    assert np.allclose(explore.gradients(seen, 1).picture, picture.grad[0].numpy(), atol=1e-6)


def test_no_wrong_gradient_is_told_through_a_block_that_hides_a_max_pooling():
    class Shortcut(nn.HybridSequential):
        def hybrid_forward(self, F, x):
            return super().hybrid_forward(F, x) + 1

    net, inner = nn.HybridSequential(), Shortcut()
    inner.add(nn.MaxPool2D(2))
    net.add(inner, nn.Dense(2))
    net.initialize()
    seen = explore.look(net, np.zeros((1, 4, 4), "float32"))
    with pytest.raises(UserError, match=r"the gradient through shortcut1 \(Shortcut\) would be wrong, .*: put its layers into"):
        explore.gradients(seen, 0)


@pytest.fixture(scope="module")
def summing():
    """A net of two classes: the logit of the first is the sum of the left half of a 2x4 picture, that of the second is 0."""
    net = nn.HybridSequential()
    net.add(nn.Dense(2))
    net.initialize()
    net(mx.np.zeros((1, 1, 2, 4)))
    net[0].weight.set_data(mx.np.array([[1, 1, 0, 0, 1, 1, 0, 0], [0] * 8]))
    return net


def logistic(value):
    return 1 / (1 + np.exp(-value))


def test_occlusion_by_hand(summing):
    seen = explore.look(summing, np.array([[[1, 2, 3, 4], [5, 6, 7, 8]]], "float32") / 10)
    found = explore.occlusion(seen, 0, patch=(2, 1), stride=1, grey=0)
    # The left half sums up to 1.4; its columns hold .6 and .8.
    whole = logistic(1.4)
    assert found.probability == pytest.approx(whole)
    assert (found.tops, found.lefts, found.patch) == ((0,), (0, 1, 2, 3), (2, 1))
    assert found.drops[0] == pytest.approx([whole - logistic(0.8), whole - logistic(0.6), 0, 0], abs=1e-6)
    # The other class gains what this one loses.
    assert explore.occlusion(seen, 1, patch=(2, 1), stride=1, grey=0).drops == pytest.approx(-found.drops, abs=1e-6)


def test_the_patch_is_as_grey_as_the_picture_on_the_whole(summing):
    seen = explore.look(summing, np.array([[[1, 2, 3, 4], [5, 6, 7, 8]]], "float32") / 10)
    found = explore.occlusion(seen, 0, patch=2, stride=2)
    # The mean is .45: the left half would sum up to 1.8, and the probability rises.
    assert found.drops[0] == pytest.approx([logistic(1.4) - logistic(1.8), 0], abs=1e-6)


def test_places_end_at_the_border_and_a_pixel_has_the_mean_of_what_hides_it(summing):
    seen = explore.look(summing, np.ones((1, 2, 4), "float32"))
    found = explore.occlusion(seen, 0, patch=(2, 3), stride=5, grey=0)
    assert found.lefts == (0, 1)
    first, second = logistic(4) - logistic(0), logistic(4) - logistic(2)
    assert found.drops[0] == pytest.approx([first, second], abs=1e-6)
    middle = (first + second) / 2
    assert found.spread().tolist() == [pytest.approx([first, middle, middle, second], abs=1e-6)] * 2


@pytest.mark.parametrize(("side", "places"), [(27, 12), (101, 6)])
def test_small_pictures_are_looked_at_in_more_places(side, places):
    net = nn.HybridSequential()
    net.add(nn.MaxPool2D(4), nn.Dense(2))
    net.initialize()
    found = explore.occlusion(explore.look(net, np.zeros((1, side, side), "float32")), 0)
    assert found.drops.shape == (len(found.tops), len(found.lefts)) == (places, places)
    assert found.patch == (side // 5, side // 5) and found.tops[-1] + found.patch[0] == side
    assert found.spread().shape == (side, side)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (lambda seen: explore.gradients(seen, 2), "there is no class 2: the net tells 2 apart, from 0 on"),
        (lambda seen: explore.occlusion(seen, -1), "there is no class -1"),
        (lambda seen: explore.occlusion(seen, 0, patch=3), "a patch of 3x3 does not fit the picture of 2x4"),
        (lambda seen: explore.occlusion(seen, 0, patch=1, stride=0), "stride is 0: the patch moves by at least 1 pixel"),
        (lambda seen: explore.grad_cam(seen, explore.gradients(seen, 0), "dense1"), "dense1 has no maps .* have none"),
        (lambda seen: explore.grad_cam(seen, explore.gradients(seen, 0), "conv1"), "there is no layer 'conv1'"),
    ],
)
def test_what_cannot_be_asked_is_told(summing, question, sentence):
    seen = explore.look(summing, np.zeros((1, 2, 4), "float32"))
    with pytest.raises(UserError, match=sentence):
        question(seen)
