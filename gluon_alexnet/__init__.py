"""AlexNet in MXNet Gluon: the chapter's network and data, trained and measured.

Importing this package sets the process up for MXNet (see `gluon_alexnet.runtime`) without importing MXNet;
each public name is loaded when it is first used.
"""

import importlib

from gluon_alexnet import runtime

__version__ = "0.1.0"

HOMES = {
    "alexnet": "models",
    "lenet": "models",
    "get_model": "models",
    "list_models": "models",
    "FashionMNISTLoader": "data.loader",
    "fit": "train",
    "evaluate": "train",
    "History": "train",
}
__all__ = list(HOMES)


def __getattr__(name):
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *HOMES})


runtime.prepare()
