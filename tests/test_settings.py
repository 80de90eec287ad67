"""gluon_alexnet.settings: what may be said, in which words it is refused, and what is made of the tables."""

import ast
import functools
import inspect
import json
import math
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from fresh_python import python

from gluon_alexnet import evaluate, fit, models, recipes, settings
from gluon_alexnet.data.loader import check_loader
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.settings import OfLoader, OfNet, Settings

mx = runtime.load_mxnet()


# The tables


def test_it_loads_neither_numpy_nor_mxnet():
    assert python("import sys, gluon_alexnet.settings; print(*{'numpy', 'mxnet'} & {*sys.modules})").split() == []


@pytest.mark.parametrize("table", [Settings, OfNet, OfLoader])
def test_every_setting_is_said_in_words(table):
    for each in fields(table):
        assert each.metadata["help"] and not each.metadata["help"].endswith(".")


def test_a_default_passes_its_own_check():
    assert Settings().as_json()["lr"] == 0.01 and OfLoader().batch_size == 256


def test_what_type_checkers_read_is_what_the_table_says():
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    told = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Told")
    annotated = {node.target.id: node.annotation.value for node in told.body if isinstance(node, ast.AnnAssign)}
    assert annotated == {each.name: each.type for each in fields(Settings) if each.name not in ("epochs", "lr")}


@pytest.mark.parametrize(("name", "model"), [(name, model) for name, models in recipes.RECIPES.items() for model in models])
def test_every_recipe_is_made_of_known_settings(name, model):
    recipe = recipes.recipe(name, model)
    assert {*recipe} <= {*settings.names(), *settings.names(OfNet), *settings.names(OfLoader)}
    Settings(**settings.among(recipe))
    OfLoader(**{name: value for name, value in recipe.items() if name in settings.names(OfLoader)})
    check_loader(recipe["batch_size"], augment=recipe.get("augment"))
    models.spec(model, **recipes.of_net(recipe))


# What fit shows


def test_the_signature_of_fit_says_every_setting_with_its_default():
    parameters = inspect.signature(fit).parameters
    assert list(parameters)[:5] == ["net", "train_data", "test_data", "epochs", "lr"]
    for each in fields(Settings):
        assert parameters[each.name].default == each.default
    assert not [each for each in parameters.values() if each.kind in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    assert "minutes: float | None = None" in str(inspect.signature(fit))


def test_the_docstring_of_fit_says_every_setting():
    for each in fields(Settings):
        assert f"\n      {each.name}: " in fit.__doc__


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("learning_rate", "did you mean 'lr'"),
        ("wd", "did you mean 'weight_decay'"),
        ("momentun", "did you mean 'momentum'"),
        ("fodler", "did you mean 'folder'"),
        ("colour", r"unexpected keyword argument 'colour': help\(fit\) tells them all"),
    ],
)
def test_a_wrong_name_is_told_with_the_right_one(name, sentence):
    with pytest.raises(TypeError, match=sentence) as error:
        fit(models.lenet(), [], **{name: 1})
    assert "\n" not in str(error.value)


# Checks


@pytest.mark.parametrize(
    ("kw", "sentence"),
    [
        ({"epochs": None}, "epochs is None: it must be a number"),
        ({"epochs": True}, "epochs is True: it must be a number"),
        ({"epochs": float("inf")}, "epochs is inf: it must be a positive number"),
        ({"minutes": 0}, "minutes is 0: it must be a positive number"),
        ({"lr": 1e39}, "lr is 1e\\+39: the learning rate must be"),
        ({"seed": 0.0}, "seed is 0.0: it must be a whole number"),
        ({"momentum": 1}, "momentum is 1: it must be a share of at least 0 and below 1"),
        ({"label_smoothing": -0.1}, "label_smoothing is -0.1: it must be a share"),
        ({"weight_decay": float("nan")}, "weight_decay is nan: it must be a number of at least 0"),
        ({"warmup": 1.0}, "warmup is 1.0: it is the share of the run"),
        ({"schedule": "cosin"}, "there is no schedule 'cosin': did you mean 'cosine'"),
        ({"schedule": 3}, "there is no schedule 3"),
        ({"optimizer": "adm"}, "there is no optimizer 'adm': did you mean 'adam'"),
        ({"optimizer": "adam", "momentum": 0.9}, "the optimizer 'adam' has no momentum"),
        ({"optimizer": mx.optimizer.Adam}, r"optimizer is the class Adam: give its name, or one made of it, as Adam\(\)"),
        ({"optimizer": mx.optimizer.SGD(), "momentum": 0.9}, "momentum is 0.9 beside an optimizer that is made already"),
        ({"loss": "cross_entropy"}, "there is no loss 'cross_entropy': did you mean 'softmax_cross_entropy'"),
        ({"loss": mx.gluon.loss.L2Loss}, "there is no loss .*L2Loss"),
        ({"initializer": "xavir"}, "there is no initializer 'xavir': did you mean 'xavier'"),
        ({"initializer": mx.init.Xavier}, "initializer is <class .*: take 'xavier', 'he' or an Initializer"),
        ({"accumulate": 0}, "accumulate is 0: it must be a whole number of at least 1"),
        ({"accumulate": 1.5}, "accumulate is 1.5: it must be a whole number"),
        ({"clip_gradients": 0}, "clip_gradients is 0: it must be a positive number"),
        ({"threads": "many"}, "threads is 'many': it is 'auto' or a whole number"),
        ({"threads": 0}, "threads is 0: it is 'auto' or"),
        ({"threads": 100_000}, "threads is 100000: it is 'auto' or a whole number of at least 1 and at most 1024"),
        ({"precision": "float64"}, "there is no precision 'float64'"),
        ({"device": "gpu,cpu"}, "mixes CPU and GPU"),
        ({"device": 0}, "device is 0: say auto, cpu, gpu, or a list such as gpu0,gpu1, or give a context"),
        ({"device": []}, r"device is \[\]: say auto"),
        ({"engine": "jax"}, "there is no engine 'jax'"),
        ({"engine": "torch", "optimizer": "ftrl"}, "the PyTorch engine has no optimizer 'ftrl'"),
        ({"engine": "torch", "precision": "float16"}, "the PyTorch engine has no precision 'float16'"),
        *(({"progressive": value}, "progressive is .*: it is a size in pixels") for value in (20, (20, 0), (20, 1.0), (1, 2, 3))),
        *(({"progressive": value}, "progressive is .*: it is a size in pixels") for value in ((0, 0.5), (20.0, 0.5))),
        *(({"progressive": text}, "such as 20:0.5") for text in ("20", "20:", "a:0.5", "20:b", "")),
    ],
)
def test_what_is_out_of_range_is_told_in_one_sentence(kw, sentence):
    with pytest.raises(UserError, match=sentence) as error:
        Settings(**kw)
    assert "\n" not in str(error.value)


def test_values_are_kept_in_one_form():
    told = Settings(lr=np.float32(0.5), seed=np.int64(3), progressive="20:0.5", threads="2")
    assert (told.lr, type(told.lr), told.seed, type(told.seed)) == (0.5, float, 3, int)
    assert told.progressive == (20, 0.5) == Settings(progressive=[20, 0.5]).progressive and told.threads == 2


def test_minutes_go_before_epochs():
    assert Settings(minutes=3).epochs is None and Settings().epochs == 10


# Objects


def restarts(period):
    def rate(step):
        return 0.1 / (1 + step % period)

    return rate


class Falling:
    def __init__(self, factor):
        self.factor = factor

    def at(self, step):
        return self.factor**-step


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: {"optimizer": mx.optimizer.Adam(beta1=0.8)}, "Adam(beta1=0.8, beta2=0.999, "),
        (lambda: {"optimizer": mx.optimizer.SGD(momentum=0.9, wd=1e-4)}, "SGD(momentum=0.9, lazy_update=True, wd=0.0001, "),
        (lambda: {"loss": mx.gluon.loss.L2Loss(weight=2.0)}, "L2Loss(weight=2.0, batch_axis=0)"),
        (lambda: {"schedule": restarts(5)}, "restarts.<locals>.rate(period=5)"),
        (lambda: {"schedule": mx.lr_scheduler.FactorScheduler(step=3)}, "FactorScheduler(step=3, "),
        (lambda: {"schedule": lambda step, least=0.1: max(least, 1 / (1 + step))}, "<lambda>.<locals>.<lambda>(least=0.1)"),
        (lambda: {"schedule": functools.partial(max, 0.5)}, "max() with [0.5] and "),
        (lambda: {"schedule": Falling(2).at}, "Falling(factor=2).at"),
        (lambda: {"schedule": math.sqrt}, "sqrt()"),
        (lambda: {"initializer": mx.init.Normal(0.1)}, '["normal", {"sigma": 0.1}]'),
        (lambda: {"initializer": mx.init.Normal(np.float32(0.1))}, "Normal"),
        (lambda: {"device": [mx.cpu(0), mx.cpu(1)]}, "cpu0,cpu1"),
    ],
)
def test_objects_are_described_and_the_same_ones_by_the_same_text(make, text):
    (name,) = make()
    first, second = (Settings(**make()).as_json() for _ in range(2))
    assert json.loads(json.dumps(first)) == second
    assert first[name].startswith(text)
    assert Settings(**make()).objects() == ([] if name == "device" else [name])


def test_a_number_of_threads_is_for_one_cpu(monkeypatch):
    monkeypatch.setattr("gluon_alexnet.machine.devices.resolve", lambda device: [mx.cpu(0), mx.cpu(1)])
    data = [(np.zeros((4, 1, 28, 28), "float32"), np.zeros(4))]
    with pytest.raises(UserError, match="threads is 1, which only a run on one CPU can be told"):
        fit(models.lenet(), data, progress=False, threads=1)


def test_a_schedule_of_ones_own_has_its_own_warmup():
    with pytest.raises(UserError, match="warmup is 0.1 beside a schedule of your own: make it a part of that"):
        Settings(schedule=restarts(5), warmup=0.1)


def test_an_evaluation_checks_its_own_two():
    with pytest.raises(UserError, match="there is no precision 'float31'"):
        evaluate(models.lenet(), [], precision="float31")
