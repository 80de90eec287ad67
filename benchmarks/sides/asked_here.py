"""A check of ours inside the notebook's own process, for an nbgrader assignment that asks the same as our grader does."""

import itertools

import numpy as np

from gluon_alexnet.grading import checks, evaluator, nets, probes


class Here:
    """A kernel and an evaluator that are both this process. names: the notebook's variables."""

    def __init__(self, names):
        self.names, self.numbers = names, itertools.count(1)

    def ask(self, what, deadline, **request):
        return probes.KNOWN[what](self.names, **request)

    def alive(self):
        return True

    def request(self, deadline, command, **request):
        return evaluator.COMMANDS[command](**request)

    def take(self, kernel, expression, input_shape, deadline):
        name, path = f"net-{next(self.numbers)}", "net.npz"
        symbol = self.ask("net", deadline, expression=expression, input_shape=input_shape, path=path)
        about = self.request(deadline, "load", name=name, symbol=symbol, arrays=path, input_shape=input_shape)
        return name, about

    model = nets.Evaluator.model


def ask(check, names):
    """Carries out `check`, a check's source, and raises AssertionError with what was wrong."""
    here = Here(names)
    interview = checks.Interview(here, here, np.random.default_rng(), None, explain=str)
    parts = checks.run(check, interview)
    assert all(part.earned == part.points for part in parts), [part.problem for part in parts]
