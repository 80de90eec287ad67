"""Settings that are known to work, by name and model: plain data that `gluon-alexnet train` starts from."""

from collections.abc import Mapping
from typing import Any

from gluon_alexnet.errors import UserError, unknown
from gluon_alexnet.settings import OfNet, names

# The learning rate up and down once (Smith 2018), with what goes well with it.
ONE_CYCLE = {
    "optimizer": "nag",
    "momentum": 0.9,
    "weight_decay": 5e-4,
    "schedule": "linear",
    "warmup": 0.2,
    "initializer": "he",
    "normalize": True,
    "label_smoothing": 0.1,
    "augment": "flip",
}
# As accurate as a laptop gets in five minutes; compared on held-out training images. So short a run sees few images twice and has
# nothing to overfit to, so it drops less than the chapter's half.
QUICK_ALEXNET = {
    "minutes": 5,
    "lr": 0.01,
    "batch_size": 32,
    "optimizer": "nag",
    "momentum": 0.9,
    "schedule": "cosine",
    "warmup": 0.1,
    "initializer": "he",
    "normalize": True,
    "dropout": 0.1,
}
RECIPES: dict[str, dict[str, dict[str, Any]]] = {
    # The chapter's own settings: plain SGD at a constant rate, from Xavier's initial weights.
    "chapter": {
        "alexnet": {"epochs": 10, "lr": 0.01, "batch_size": 128},
        "lenet": {"epochs": 10, "lr": 0.9, "batch_size": 256},
    },
    # The net of 2012 has AlexNet's settings, which were not tuned for it.
    "quick": {
        "alexnet": QUICK_ALEXNET,
        "lenet": {"epochs": 10, "lr": 0.9, "batch_size": 256},
        "alexnet_2012": QUICK_ALEXNET,
    },
    # Five minutes of a net made for 28x28; ten of a simplified AlexNet. Chosen on held-out training images: so short a run of the
    # compact net has seen too little for more variety than flips to help. Of its 5.35 minutes the steps have five, and the tests
    # after each pass the rest.
    "fast": {
        "compact": {**ONE_CYCLE, "minutes": 5.35, "lr": 0.15, "batch_size": 128},
        "alexnet_small": {**ONE_CYCLE, "minutes": 10, "lr": 0.1, "batch_size": 64},
    },
    # Half an hour of the compact net, which has the time for images shifted and erased: more passes of this width taught more
    # than fewer of a wider one. An hour and a half of AlexNet.
    "accurate": {
        "compact": {
            **ONE_CYCLE,
            "minutes": 30,
            "lr": 0.15,
            "batch_size": 128,
            "warmup": 0.15,
            "progressive": "20:0.45",
            "augment": "flip+shift1+erase",
        },
        "alexnet": {**ONE_CYCLE, "minutes": 85, "lr": 0.02, "batch_size": 64, "warmup": 0.1, "dropout": 0.3},
    },
    # Of Krizhevsky et al. 2012, section 5, for a thousand classes: with few, the 4,096 features that begin near 1 make the rate
    # too high for the last layer. The paper divides the rate by ten three times, when the validation error no longer falls, and
    # 'step' does so twice, after a half and three quarters of the run; its pixels reach from -128 to 128 or so, and these have a
    # deviation of 1.
    "paper": {
        "alexnet_2012": {
            "epochs": 90,
            "lr": 0.01,
            "batch_size": 128,
            "optimizer": "sgd",
            "momentum": 0.9,
            "weight_decay": 5e-4,
            "schedule": "step",
            "initializer": "alexnet",
            "normalize": True,
            "augment": "flip",
        },
    },
}


def of_net(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `options`, a recipe or what a run was asked for, that are the net's: arguments for models.spec."""
    return {name: options[name] for name in names(OfNet) if options.get(name) is not None}


def model_of(name: str) -> str:
    """The net that the recipe `name` is for where nobody says which: its first. Raises UserError when there is no such recipe."""
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return next(iter(RECIPES[name]))


def usual(name: str, model: str | None) -> str:
    """The recipe `name`, or where it has nothing for the net `model`, the first that has; `name` where none has."""
    return next((other for other in (name, *RECIPES) if model is None or model in RECIPES[other]), name)


def recipe(name: str, model: str) -> dict[str, Any]:
    """The settings of the recipe `name` for `model`, a dict of arguments. Raises UserError when there is none."""
    model_of(name)
    if model not in RECIPES[name]:
        raise UserError(f"recipe {name!r} has no settings for {model!r}, only for {', '.join(RECIPES[name])}")
    return dict(RECIPES[name][model])
