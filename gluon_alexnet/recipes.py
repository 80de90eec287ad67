"""Settings that are known to work, by name and model: plain data that `gluon-alexnet train` starts from."""

from gluon_alexnet.errors import UserError

RECIPES = {
    # The chapter's own settings: plain SGD at a constant rate, from Xavier's initial weights.
    "chapter": {
        "alexnet": {"epochs": 10, "lr": 0.01, "batch_size": 128},
        "lenet": {"epochs": 10, "lr": 0.9, "batch_size": 256},
    },
    # As accurate as a laptop gets in five minutes; compared on held-out training images. So short a run sees few images twice
    # and has nothing to overfit to, so it drops less than the chapter's half.
    "quick": {
        "alexnet": {
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
        },
        "lenet": {"epochs": 10, "lr": 0.9, "batch_size": 256},
    },
}


def recipe(name, model):
    """The settings of the recipe `name` for `model`, a dict of arguments. Raises UserError when there is none."""
    if name not in RECIPES:
        raise UserError(f"there is no recipe {name!r}: take one of {', '.join(RECIPES)}")
    if model not in RECIPES[name]:
        raise UserError(f"recipe {name!r} has no settings for {model!r}, only for {', '.join(RECIPES[name])}")
    return dict(RECIPES[name][model])
