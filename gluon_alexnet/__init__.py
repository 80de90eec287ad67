"""AlexNet in MXNet Gluon: the chapter's network and data, trained and measured.

Importing this package sets the process up for MXNet (see `gluon_alexnet.machine.runtime`) without importing MXNet;
each public name is loaded when it is first used.
"""

from gluon_alexnet import moved
from gluon_alexnet.doors import hand_out
from gluon_alexnet.machine import runtime

__version__ = "0.1.0"

# As in machine/runtime.py.
TYPE_CHECKING = False

HOMES = {
    "alexnet": "models",
    "alexnet_2012": "models",
    "lenet": "models",
    "get_model": "models",
    "list_models": "models",
    "FashionMNISTLoader": "data.loader",
    "fit": "train",
    "evaluate": "train",
    "History": "train",
    "check": "grading.in_notebook",
}
__all__ = list(HOMES)
if TYPE_CHECKING:
    from gluon_alexnet.data.loader import FashionMNISTLoader as FashionMNISTLoader
    from gluon_alexnet.grading.in_notebook import check as check
    from gluon_alexnet.models import alexnet as alexnet
    from gluon_alexnet.models import alexnet_2012 as alexnet_2012
    from gluon_alexnet.models import get_model as get_model
    from gluon_alexnet.models import lenet as lenet
    from gluon_alexnet.models import list_models as list_models
    from gluon_alexnet.train import History as History
    from gluon_alexnet.train import evaluate as evaluate
    from gluon_alexnet.train import fit as fit
else:
    __getattr__, __dir__ = hand_out(__name__, HOMES)

moved.install()
runtime.prepare()
