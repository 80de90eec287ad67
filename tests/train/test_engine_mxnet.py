"""gluon_alexnet.train.engine_mxnet: one update and one evaluation against arithmetic in NumPy."""

import numpy as np
import pytest

from gluon_alexnet import evaluate, models, prepare
from gluon_alexnet.data import imagenet
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.settings import takes_momentum
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]


def batch(count, seed=0, shape=(1, 4, 4), classes=3):
    rng = np.random.RandomState(seed)
    images = rng.rand(count, *shape).astype("float32")
    return mx.np.array(images), mx.np.array(rng.randint(0, classes, count), dtype="int32")


def linear(contexts=CPU):
    net = models.build(models.Spec("linear", (models.Dense(3),), (1, 4, 4)))
    mx.random.seed(1)
    prepare.prepare(net, batch(1)[0], contexts)
    return net


def softmax(logits):
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def weights(net):
    return [p.list_data()[0].asnumpy().copy() for p in net.collect_params().values()]


def test_sgd_step_is_the_gradient_of_the_mean_cross_entropy():
    net = linear()
    images, labels = batch(6)
    x, y = images.asnumpy().reshape(6, -1).astype("float64"), labels.asnumpy()
    weight, bias = (array.astype("float64") for array in weights(net))
    p = softmax(x @ weight.T + bias)
    gradient = (p - np.eye(3)[y]) / 6
    loss, right = Stepper(net, CPU).step(images, labels, lr=0.5)
    assert loss == pytest.approx(-np.log(p[np.arange(6), y]).sum(), rel=1e-5)
    assert right == (p.argmax(1) == y).sum()
    new_weight, new_bias = weights(net)
    np.testing.assert_allclose(new_weight, weight - 0.5 * gradient.T @ x, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(new_bias, bias - 0.5 * gradient.sum(0), rtol=1e-5, atol=1e-6)


def test_smoothed_labels_give_the_cross_entropy_with_a_mixture():
    images, labels = batch(6)
    x, y = images.asnumpy().reshape(6, -1).astype("float64"), labels.asnumpy()
    net = linear()
    weight, bias = (array.astype("float64") for array in weights(net))
    p = softmax(x @ weight.T + bias)
    target = 0.7 * np.eye(3)[y] + 0.3 / 3
    loss, _ = Stepper(net, CPU, label_smoothing=0.3).step(images, labels, lr=0.5)
    assert loss == pytest.approx(-(target * np.log(p)).sum(), rel=1e-5)
    np.testing.assert_allclose(weights(net)[0], weight - 0.5 * ((p - target) / 6).T @ x, rtol=1e-5, atol=1e-6)


def test_momentum_and_weight_decay_follow_their_formulas():
    # MXNet's SGD: v = m v - lr (g + wd w); w = w + v.
    net = linear()
    images, labels = batch(5)
    x, y = images.asnumpy().reshape(5, -1).astype("float64"), labels.asnumpy()
    w = weights(net)[0].astype("float64")
    b = weights(net)[1].astype("float64")
    stepper = Stepper(net, CPU, momentum=0.9, wd=0.01)
    v = b_v = 0
    for _ in range(3):
        error = (softmax(x @ w.T + b) - np.eye(3)[y]) / 5
        b_gradient = error.sum(0)
        v = 0.9 * v - 0.1 * (error.T @ x + 0.01 * w)
        w = w + v
        b_v = 0.9 * b_v - 0.1 * (b_gradient + 0.01 * b)
        b = b + b_v
        stepper.step(images, labels, lr=0.1)
    np.testing.assert_allclose(weights(net)[0], w, rtol=1e-5, atol=1e-6)


def test_a_net_of_two_devices_answers_as_its_checkpoint(tmp_path):
    spec = models.Spec("net", (models.Conv(4, 3), models.BatchNorm(), models.Dense(10)), (1, 8, 8))
    both, one = models.build(spec), models.build(spec)
    images, labels = batch(12, shape=(1, 8, 8), classes=10)
    contexts = [mx.cpu(0), mx.cpu(1)]
    prepare.prepare(both, images, contexts)
    stepper = Stepper(both, contexts, precision="float32")
    for _ in range(3):
        stepper.step(images, labels, 0.1)
    both.save_parameters(str(tmp_path / "net.params"))
    one.load_parameters(str(tmp_path / "net.params"))
    evaluated = [each.evaluate([(images, labels)]) for each in (stepper, Stepper(one, CPU, precision="float32"))]
    np.testing.assert_allclose(evaluated[0].probabilities, evaluated[1].probabilities, atol=1e-6)


@pytest.mark.parametrize("optimizer_kw", [{}, {"momentum": 0.9}, {"optimizer": "adam"}])
def test_two_devices_learn_what_one_learns(optimizer_kw):
    def train(contexts):
        net = models.lenet(activation="relu")
        mx.random.seed(2)
        prepare.prepare(net, batch(1, shape=(1, 28, 28), classes=10)[0], contexts)
        stepper = Stepper(net, contexts, **optimizer_kw)
        # 7 images do not divide by two, and 1 leaves the second device without any.
        sums = [stepper.step(*batch(count, seed, (1, 28, 28), 10), lr=0.01) for seed, count in enumerate([8, 7, 1, 8])]
        return sums, weights(net), [p.list_data() for p in net.collect_params().values()]

    one_sums, one, _ = train(CPU)
    two_sums, two, everywhere = train([mx.cpu(0), mx.cpu(1)])
    np.testing.assert_allclose(two_sums, one_sums, rtol=1e-5)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-6)
    for first, second in everywhere:
        assert (first.asnumpy() == second.asnumpy()).all()


def test_evaluation_is_the_mean_cross_entropy_and_the_share_of_right_answers():
    net = linear()
    data = [batch(4, 0), batch(4, 1), batch(2, 2)]
    result = Stepper(net, CPU).evaluate(data)
    x = np.concatenate([images.asnumpy() for images, _ in data]).reshape(10, -1).astype("float64")
    y = np.concatenate([labels.asnumpy() for _, labels in data])
    p = softmax(x @ weights(net)[0].T.astype("float64") + weights(net)[1])
    assert result.images == 10
    assert result.loss == pytest.approx(-np.log(p[np.arange(10), y]).mean(), rel=1e-5)
    assert result.accuracy == (p.argmax(1) == y).mean()
    np.testing.assert_array_equal(result.labels, y)
    np.testing.assert_allclose(result.probabilities, p, rtol=1e-4)
    assert result.probabilities.dtype == np.float32 and result.labels.dtype == np.int32


def test_of_ten_crops_the_mean_of_the_probabilities_counts():
    net = models.build(models.Spec("net", (models.Conv(4, 3, activation="relu"), models.Dense(3)), (2, 6, 6)))
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(size=(5, 2, 9, 8)).astype("float32"), np.array([0, 1, 2, 1, 0], "int32")
    prepare.prepare(net, mx.np.zeros((1, 2, 6, 6)), CPU)
    ten = imagenet.ten_crops(images.transpose(0, 2, 3, 1), 6).transpose(0, 1, 4, 2, 3)
    logits = np.stack([net(mx.np.array(each)).asnumpy() for each in ten])
    expected = np.mean(np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True), axis=1)
    result = evaluate(net, [(mx.np.array(images), mx.np.array(labels))], precision="float32", crops=6)
    assert np.allclose(result.probabilities, expected, atol=1e-5)
    assert result.accuracy == (expected.argmax(axis=1) == labels).mean()
    assert result.loss == pytest.approx(-np.log(expected[np.arange(5), labels]).mean(), abs=1e-5)
    with pytest.raises(UserError, match="squares of 10 do not fit into images of 9x8"):
        evaluate(net, [(mx.np.array(images), mx.np.array(labels))], crops=10)


def test_with_flips_the_mean_of_both_logits_counts():
    net = linear()
    images, labels = batch(6)
    x, y = images.asnumpy().astype("float64"), labels.asnumpy()
    logits = [view.reshape(6, -1) @ weights(net)[0].T.astype("float64") + weights(net)[1] for view in (x, x[:, :, :, ::-1])]
    result = Stepper(net, CPU).evaluate([(images, labels)], flip=True)
    np.testing.assert_allclose(result.probabilities, softmax(sum(logits) / 2), rtol=1e-5)
    assert result.accuracy == (sum(logits).argmax(1) == y).mean()


def test_evaluation_after_training_steps_leaves_dropout_off():
    net = models.lenet(dropout=0.9)
    images, labels = batch(8, shape=(1, 28, 28), classes=10)
    prepare.prepare(net, images, CPU)
    stepper = Stepper(net, CPU)
    stepper.step(images, labels, lr=0.1)
    first, second = stepper.evaluate([(images, labels)]), stepper.evaluate([(images, labels)])
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_random_numbers_are_started_anew_where_the_net_draws_any(dropout):
    net = models.lenet(dropout=dropout)
    prepare.prepare(net, mx.np.zeros((1, 1, 28, 28)), CPU)
    stepper = Stepper(net, CPU)
    drawn = []
    for _ in range(2):
        stepper.seed(3)
        drawn.append(float(mx.np.random.uniform()))
    assert (drawn[0] == drawn[1]) == (dropout > 0)


def test_labels_of_any_number_type_are_compared_as_numbers():
    net = linear()
    images, labels = batch(6)
    rights = {Stepper(linear(), CPU).step(images, labels.astype(dtype), lr=0.1)[1] for dtype in ("int32", "float32", "uint8")}
    assert rights == {float((net(images).asnumpy().argmax(1) == labels.asnumpy()).sum())}


def test_nothing_to_evaluate_on_is_said():
    with pytest.raises(UserError, match="nothing to evaluate on"):
        Stepper(linear(), CPU).evaluate([])


def test_an_unknown_optimizer_names_the_nearest():
    with pytest.raises(UserError, match="did you mean 'nadam'"):
        takes_momentum("nadm")


def test_which_of_mxnets_optimizers_have_a_momentum():
    # The arguments in MXNet 1.9.1's reference; ccsgd is an old name of sgd.
    having = {name for name in mx.optimizer.Optimizer.opt_registry if takes_momentum(name)}
    assert having >= {"sgd", "nag", "signum", "lars", "lbsgd", "dcasgd", "ccsgd"} and takes_momentum("SGD")
    assert not having & {"adam", "adamax", "nadam", "adagrad", "adadelta", "ftml", "ftrl", "lamb", "sgld"}


def test_an_optimizer_that_draws_is_seeded_in_a_net_that_draws_nothing():
    def weights():
        net = models.lenet()
        mx.random.seed(0)
        prepare.prepare(net, mx.np.zeros((1, 1, 28, 28)), CPU)
        stepper = Stepper(net, CPU, "sgld")
        stepper.seed(3)
        stepper.step(mx.np.zeros((2, 1, 28, 28)), mx.np.array([1, 2], dtype="int32"), lr=0.01)
        return next(iter(net.collect_params().values())).data().asnumpy()

    first = weights()
    mx.np.random.uniform()
    assert (first == weights()).all()
