"""AlexNet in MXNet Gluon: the chapter's network and data, trained and measured.

Importing this package sets the process up for MXNet (see `gluon_alexnet.machine.runtime`) without importing MXNet;
each public name is loaded when it is first used.
"""

from gluon_alexnet import moved
from gluon_alexnet.doors import hand_out
from gluon_alexnet.machine import runtime

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
__getattr__, __dir__ = hand_out(__name__, HOMES)

moved.install()
runtime.prepare()
