"""The one trainer that everything shares: `fit`, `evaluate`, and the History of a run.

trainer: fit and evaluate; parts: the data that fit is given; engines: which of them computes, and where; start: a run begun or
gone on with. loop: the loop over the steps; sizes, budget, schedule: how large, how many, how fast they are. engine_mxnet,
engine_torch: one step and one evaluation in each framework (evaluation: what they answer; learner: the gradients of a batch in
MXNet; sgd: plain SGD in NumPy; gradients: summed over batches and clipped, weights averaged). objects: losses that fit is given
instead of names. callbacks: what else is done meanwhile, by others or by what comes with the package. rate_range: which
learning rate to take. batches: any data's batches as arrays of MXNet. checkpoint: a run saved and restored; run_file: run.json;
history: history.json. progress: what a person sees meanwhile; interrupt: Ctrl-C between steps.
"""

from typing import TYPE_CHECKING

from gluon_alexnet.doors import hand_out

HOMES = {
    "EarlyStopping": "callbacks",
    "Epoch": "history",
    "Evaluation": "evaluation",
    "ExponentialMovingAverage": "callbacks",
    "History": "history",
    "RunView": "callbacks",
    "Stepper": "engine_mxnet",
    "cosine_restarts": "schedule",
    "evaluate": "trainer",
    "fit": "trainer",
    "lr_find": "rate_range",
}
__all__ = list(HOMES)
__all__ += ["batches", "checkpoint", "engine_mxnet", "engine_torch", "history", "run_file", "sizes"]
if TYPE_CHECKING:
    from gluon_alexnet.train.callbacks import EarlyStopping as EarlyStopping
    from gluon_alexnet.train.callbacks import ExponentialMovingAverage as ExponentialMovingAverage
    from gluon_alexnet.train.callbacks import RunView as RunView
    from gluon_alexnet.train.engine_mxnet import Stepper as Stepper
    from gluon_alexnet.train.evaluation import Evaluation as Evaluation
    from gluon_alexnet.train.history import Epoch as Epoch
    from gluon_alexnet.train.history import History as History
    from gluon_alexnet.train.rate_range import lr_find as lr_find
    from gluon_alexnet.train.schedule import cosine_restarts as cosine_restarts
    from gluon_alexnet.train.trainer import evaluate as evaluate
    from gluon_alexnet.train.trainer import fit as fit
else:
    __getattr__, __dir__ = hand_out(__name__, HOMES)
