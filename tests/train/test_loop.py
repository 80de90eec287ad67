"""gluon_alexnet.train.loop: what else a step is made of: summed and clipped gradients, losses, optimizers, schedules."""

import math

import numpy as np
import pytest
from small_data import blobs

from gluon_alexnet import fit, models
from gluon_alexnet.errors import CheckpointError, UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.prepare import prepare
from gluon_alexnet.train import cosine_restarts
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
QUIET = dict(progress=False, precision="float32")
ENGINES = ("mxnet", "torch")
IMAGES, LABELS = (np.concatenate([part[number].asnumpy() for part in blobs(80)]) for number in (0, 1))


def relu_net():
    return models.lenet(activation="relu")


def values(net):
    return [p.data().asnumpy() for p in net.collect_params().values()]


def cut(*sizes):
    """The same 80 images in batches of these sizes."""
    ends = np.cumsum(sizes)
    return [(IMAGES[end - size : end], LABELS[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


def trained(data, engine="mxnet", **kw):
    if engine == "torch":
        pytest.importorskip("torch")
        kw["device"] = "cpu"
    net = relu_net()
    history = fit(net, data, engine=engine, **{"epochs": 2, "lr": 0.2, **kw, **QUIET})
    return net, history


def assert_equal_nets(mine, theirs, tolerance=1e-4):
    for a, b in zip(values(mine), values(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance / 100)


class Updates:
    """Notes after which steps the weights were updated."""

    def __init__(self):
        self.seen = []

    def on_step(self, run):
        self.seen.append(run.updates)


# ---- gradients summed over batches


@pytest.mark.parametrize("optimizer", [{}, {"momentum": 0.9}, {"optimizer": "adam", "lr": 0.01}])
@pytest.mark.parametrize("engine", ENGINES)
def test_summed_gradients_of_small_batches_teach_what_a_large_batch_does(engine, optimizer):
    # Groups of two batches, of different sizes, the last one short.
    small, _ = trained(cut(20, 12, 8, 24, 16), engine, accumulate=2, **optimizer)
    large, _ = trained(cut(32, 32, 16), engine, **optimizer)
    assert_equal_nets(small, large, 5e-3 if optimizer.get("optimizer") == "adam" else 2e-4)


def test_summed_gradients_are_those_of_a_loop_in_pytorch():
    torch = pytest.importorskip("torch")
    from gluon_alexnet.interop import load_weights
    from gluon_alexnet.interop.torch import twin

    net, data, sizes = relu_net(), cut(20, 12, 8, 24, 16), (32, 32, 16)
    prepare(net, mx.np.array(IMAGES[:1]), [mx.cpu()])
    module = twin(net)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.2, momentum=0.9)
    for number, (images, labels) in enumerate(data):
        losses = torch.nn.functional.cross_entropy(module(torch.tensor(images)), torch.tensor(labels).long(), reduction="sum")
        (losses / sizes[number // 2]).backward()
        if number % 2 or number == 4:
            torch.nn.utils.clip_grad_norm_(module.parameters(), 0.4)
            optimizer.step()
            optimizer.zero_grad()
    fit(net, data, epochs=1, lr=0.2, momentum=0.9, accumulate=2, clip_gradients=0.4, **QUIET)
    expected = relu_net()
    prepare(expected, mx.np.array(IMAGES[:1]), [mx.cpu()])
    load_weights(expected, module)
    assert_equal_nets(net, expected, 1e-3)


def test_a_pass_and_a_run_end_with_an_update():
    updates = Updates()
    _, history = trained(cut(16, 16, 16, 16, 16), accumulate=3, epochs=1.4, callbacks=[updates])
    #                       three  rest  | the run ends within the second pass
    assert updates.seen == [0, 0, 1, 1, 2, 2, 3]
    assert len(history.step_losses) == 7 and history.settings["accumulate"] == 3


def test_a_run_that_is_stopped_within_a_group_learns_from_what_it_has():
    class Stopping(Updates):
        def on_step(self, run):
            super().on_step(run)
            return "stop" if run.step == 2 else None

    stopping = Stopping()
    stopped, history = trained(cut(16, 16, 16, 16, 16), accumulate=3, callbacks=[stopping])
    whole, _ = trained(cut(32, 48), epochs=0.5)
    assert stopping.seen == [0, 0] and history.epochs[-1].epoch == 0.4
    assert_equal_nets(stopped, whole)


def test_the_rate_of_an_update_is_that_of_its_last_step():
    rates = [0.1, 0.2, 0.3, 0.4]
    mine, _ = trained(cut(20, 20, 20, 20), accumulate=2, epochs=1, schedule=lambda step: rates[step])
    theirs, _ = trained(cut(40, 40), epochs=1, schedule=lambda step: rates[2 * step + 1])
    assert_equal_nets(mine, theirs)


def test_several_devices_sum_as_one():
    mine, _ = trained(cut(20, 13, 7, 24, 16), accumulate=2, clip_gradients=0.5, device=[mx.cpu(0), mx.cpu(1)])
    theirs, _ = trained(cut(33, 31, 16), clip_gradients=0.5)
    assert_equal_nets(mine, theirs, 1e-3)


def test_without_them_nothing_changes():
    plain, _ = trained(cut(40, 40))
    told, _ = trained(cut(40, 40), accumulate=1, clip_gradients=1e9)
    assert_equal_nets(plain, told, 1e-6)


# ---- gradients clipped


@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_are_clipped_as_pytorch_does(engine):
    torch = pytest.importorskip("torch")
    from gluon_alexnet.interop import load_weights
    from gluon_alexnet.interop.torch import twin

    net, norms = relu_net(), []
    prepare(net, mx.np.array(IMAGES[:1]), [mx.cpu()])
    module = twin(net)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    for _ in range(2):
        for images, labels in cut(40, 40):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(module(torch.tensor(images)), torch.tensor(labels).long()).backward()
            norms.append(float(torch.nn.utils.clip_grad_norm_(module.parameters(), 0.3)))
            optimizer.step()
    seen = []
    noting = type("Norms", (), {"on_step": lambda self, run: seen.append(run.gradient_norm)})()
    fit(net, cut(40, 40), epochs=2, lr=0.5, clip_gradients=0.3, engine=engine, device="cpu", callbacks=[noting], **QUIET)
    # Each of them is clipped, so that the test can fail.
    assert seen == pytest.approx(norms, rel=1e-3) and min(norms) > 0.3
    expected = relu_net()
    prepare(expected, mx.np.array(IMAGES[:1]), [mx.cpu()])
    load_weights(expected, module)
    assert_equal_nets(net, expected, 1e-3)


def test_an_update_is_never_longer_than_it_may_be():
    net = relu_net()
    prepare(net, mx.np.array(IMAGES[:1]), [mx.cpu()])
    stepper, before = Stepper(net, [mx.cpu()], clip_gradients=0.01), [value.copy() for value in values(net)]
    stepper.gather(mx.np.array(IMAGES), mx.np.array(LABELS))
    stepper.update(lr=1.0)
    moved = math.sqrt(sum(float(((a - b) ** 2).sum()) for a, b in zip(values(net), before, strict=True)))
    assert moved == pytest.approx(0.01, rel=1e-3) and stepper.gradient_norm > 0.01


# ---- losses


def test_a_gluon_loss_teaches_what_its_formula_says():
    mine, first = trained(cut(40, 40), loss=mx.gluon.loss.SoftmaxCELoss(), epochs=1)
    theirs, second = trained(cut(40, 40), epochs=1)
    assert first.step_losses == pytest.approx(second.step_losses, rel=1e-5)
    assert_equal_nets(mine, theirs)


def focal(F):
    """A focal loss (Lin et al. 2017) of arrays of MXNet or tensors of PyTorch."""

    def loss(logits, labels):
        if F is mx:
            log_p = mx.npx.pick(mx.npx.log_softmax(logits), labels, axis=1)
            return -((1 - mx.np.exp(log_p)) ** 2) * log_p
        log_p = F.log_softmax(logits, 1).gather(1, labels[:, None])[:, 0]
        return -((1 - log_p.exp()) ** 2) * log_p

    return loss


def test_a_function_is_a_loss_in_both_engines():
    torch = pytest.importorskip("torch")
    mine, first = trained(cut(40, 40), loss=focal(mx))
    theirs, second = trained(cut(40, 40), "torch", loss=focal(torch))
    assert first.step_losses == pytest.approx(second.step_losses, rel=1e-3)
    assert_equal_nets(mine, theirs, 1e-2)
    # At the start all classes are as probable: (1 - 1/10)² · log 10.
    assert first.step_losses[0] == pytest.approx(0.81 * math.log(10), rel=0.05)


def test_a_loss_that_is_no_hybrid_block_is_one_too():
    class Squared(mx.gluon.nn.Sequential):
        def forward(self, logits, labels):
            return ((logits - mx.npx.one_hot(labels, 10)) ** 2).mean(axis=1)

    history = trained(blobs(320), loss=Squared(), epochs=3)[1]
    assert history.step_losses[-1] < history.step_losses[0] and "Squared" in history.settings["loss"]


def test_evaluations_are_by_cross_entropy_whatever_is_learned_by():
    net, history = trained(cut(40, 40), test_data=cut(80), loss=lambda logits, labels: (logits**2).sum(axis=1), lr=1e-9)
    assert history.epochs[0].test_loss == pytest.approx(math.log(10), rel=0.05) != pytest.approx(history.epochs[0].loss)


def own(name, **parts):
    return type(name, (mx.gluon.HybridBlock,), parts)


@pytest.mark.parametrize(
    ("loss", "kw", "sentence"),
    [
        (
            lambda logits, labels: logits.mean(),
            {},
            r"gave an array of the shape \(\) for 2 images: it must give the loss of each, \(2",
        ),
        (mx.gluon.loss.L2Loss(), {}, "loss does not take logits of the shape"),
        (lambda logits: logits, {}, r"loss does not take .* \(TypeError"),
        (mx.gluon.loss.SoftmaxCELoss(), {"label_smoothing": 0.1}, "label_smoothing is 0.1 beside a loss of your own"),
        (
            mx.gluon.loss.SoftmaxCELoss(),
            {"engine": "torch"},
            "a SoftmaxCrossEntropyLoss of Gluon: the PyTorch engine takes a function",
        ),
        (mx.gluon.nn.Dense(3), {}, "loss has weights of its own"),
    ],
)
def test_a_loss_that_cannot_be_is_told_before_the_first_step(loss, kw, sentence):
    if "engine" in kw:
        pytest.importorskip("torch")
    with pytest.raises(UserError, match=sentence):
        fit(relu_net(), cut(40, 40), loss=loss, epochs=1, **kw, **QUIET)


def test_a_module_of_pytorch_is_a_loss_of_its_engine_alone():
    torch = pytest.importorskip("torch")
    with pytest.raises(UserError, match="loss is a CrossEntropyLoss of PyTorch: take engine='torch'"):
        fit(relu_net(), cut(40, 40), loss=torch.nn.CrossEntropyLoss(), epochs=1, **QUIET)
    with pytest.raises(UserError, match="say reduction='none' to it"):
        trained(cut(40, 40), "torch", loss=torch.nn.CrossEntropyLoss())
    mine, _ = trained(cut(40, 40), "torch", loss=torch.nn.CrossEntropyLoss(reduction="none"))
    assert_equal_nets(mine, trained(cut(40, 40), "torch")[0])


# ---- optimizers


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (lambda: mx.optimizer.Adam(learning_rate=0.01), dict(optimizer="adam", lr=0.01)),
        (lambda: mx.optimizer.SGD(learning_rate=0.1, momentum=0.9, wd=1e-3), dict(lr=0.1, momentum=0.9, weight_decay=1e-3)),
    ],
)
def test_an_optimizer_teaches_what_its_name_does(tmp_path, made, named):
    def run(**kw):
        return trained(cut(40, 40), lr=kw.pop("lr", 0.01), **kw)

    mine, history = run(optimizer=made())
    theirs, expected = run(**named)
    assert history.step_losses == pytest.approx(expected.step_losses, rel=1e-6)
    assert history.settings["lr"] == named["lr"]
    assert_equal_nets(mine, theirs, 1e-6)


def test_a_run_with_an_optimizer_goes_on_as_if_it_had_not_been_interrupted(tmp_path):
    def optimizer():
        return mx.optimizer.Adam(learning_rate=0.01, beta1=0.8)

    def stop(run):
        raise KeyboardInterrupt

    told = dict(optimizer=optimizer(), epochs=3, lr=0.01, **QUIET)
    whole = fit(relu_net(), cut(40, 40), **told).step_losses
    with pytest.raises(KeyboardInterrupt):
        fit(relu_net(), cut(40, 40), callbacks=[stop], folder=tmp_path / "run", **told)
    told["optimizer"] = optimizer()
    again = fit(relu_net(), cut(40, 40), folder=tmp_path / "run", resume=True, **told)
    assert again.step_losses == whole
    told["optimizer"] = mx.optimizer.Adam(learning_rate=0.01)
    with pytest.raises(CheckpointError, match="optimizer was .*beta1=0.8"):
        fit(relu_net(), cut(40, 40), folder=tmp_path / "run", resume=True, **told)


@pytest.mark.parametrize(
    ("made", "kw", "sentence"),
    [
        (lambda: mx.optimizer.SGD(), {"momentum": 0.9}, "momentum is 0.9 beside an optimizer that is made already"),
        (lambda: mx.optimizer.SGD(), {"weight_decay": 0.1}, "weight_decay is 0.1 beside"),
        (
            lambda: mx.optimizer.SGD(learning_rate=0.5),
            {"lr": 0.1},
            "lr is 0.1, and the optimizer was made with learning_rate 0.5",
        ),
        (
            lambda: mx.optimizer.SGD(lr_scheduler=mx.lr_scheduler.FactorScheduler(2)),
            {},
            "an lr_scheduler of its own: give that to fit instead",
        ),
        (lambda: mx.optimizer.Adam(), {"engine": "torch"}, "PyTorch engine .*sgd, nag"),
    ],
)
def test_an_optimizer_that_cannot_be_is_told(made, kw, sentence):
    with pytest.raises(UserError, match=sentence):
        fit(relu_net(), cut(40, 40), optimizer=made(), epochs=1, **kw, **QUIET)


# ---- schedules


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_is_a_schedule_in_both_engines(engine):
    seen = []

    def rate(step):
        seen.append(step)
        return 0.1 / (1 + step)

    _, history = trained(cut(40, 40), engine, schedule=rate)
    assert seen == [0, 1, 2, 3] and [row.lr for row in history.epochs] == [0.05, 0.025]
    assert "rate" in history.settings["schedule"]


def test_warm_restarts_follow_their_formula():
    rate = cosine_restarts(0.4, 10, factor=2, least=0.1)
    # Half a cosine over ten steps, then over twenty, then over forty.
    expected = {0: 0.4, 5: 0.25, 9: 0.1 + 0.15 * (1 + math.cos(0.9 * math.pi)), 10: 0.4, 20: 0.25, 30: 0.4, 50: 0.25, 70: 0.4}
    assert {step: rate(step) for step in expected} == pytest.approx(expected)
    assert cosine_restarts(1, 4)(4_000_000) == 1


@pytest.mark.parametrize("kw", [{"lr": 0}, {"steps": 0}, {"steps": 2.5}, {"factor": 0.5}, {"least": 2}, {"least": "0"}])
def test_restarts_out_of_range_are_told(kw):
    with pytest.raises(UserError, match=f"{next(iter(kw))} is "):
        cosine_restarts(**{"lr": 1.0, "steps": 10, **kw})


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (
            lambda step: -1 if step else 0.1,
            r"stopped after step 1 of 4 .*schedule gave -1 for step 1: a learning rate is a number from 0",
        ),
        (lambda step: [0.1][step], "schedule raised IndexError for step 1: list index out of range"),
        (lambda step: math.nan if step else 0.1, "schedule gave nan for step 1"),
        (lambda step: None if step else 0.1, "schedule raised TypeError for step 1"),
    ],
)
def test_a_schedule_that_gives_no_rate_is_told_and_the_run_saved(tmp_path, rate, sentence):
    with pytest.raises(UserError, match=sentence):
        trained(cut(40, 40), schedule=rate, folder=tmp_path / "run")
    assert (tmp_path / "run" / "last.json").is_file()


def test_a_scheduler_of_mxnet_is_a_function_too():
    _, history = trained(cut(40, 40), schedule=mx.lr_scheduler.FactorScheduler(1, factor=0.5, base_lr=0.4), epochs=2)
    assert [row.lr for row in history.epochs] == [0.4, 0.1]
