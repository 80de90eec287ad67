"""What a run leaves for a program: its settings, machine, data and figures, as a dataclass and as history.json."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import cpu, runtime

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike
    from gluon_alexnet.train.evaluation import Evaluation

SCHEMA = 1


@dataclass
class Epoch:
    """One pass over the training data, or the part of one that a run ended with.

    epoch: passes done so far (1, 2, ...; a fraction such as 0.31 where the run ended within a pass).
    loss, train_accuracy: means over the pass while the net was learning, dropout on (the chapter's convention).
    validation_accuracy, test_accuracy, test_loss: after the pass, dropout off; None where there is no such data.
    lr: the learning rate of the last step. images: how many were trained on.
    validation_images, test_images: how many of those images the figures are of, which in a run that has to end in time may be
      fewer than there are; None where there is no such data, or in runs from before this was told.
    seconds: wall-clock seconds spent waiting for 'data', in training steps ('step') and evaluating ('evaluate').
    images_per_second: images / (data + step).
    validation_loss: as test_loss; None in runs from before this was told.
    more: what callbacks measured after the pass, {name: {...}}, such as the figures of an average of the weights.
    """

    epoch: float
    loss: float
    train_accuracy: float
    validation_accuracy: float | None
    test_accuracy: float | None
    test_loss: float | None
    lr: float
    images: int
    seconds: dict[str, float]
    images_per_second: float
    validation_images: int | None = None
    test_images: int | None = None
    validation_loss: float | None = None
    more: dict = field(default_factory=dict)


@dataclass(repr=False)
class History:
    """A run: what `fit` returns and history.json holds (the fields are its keys, beside "schema": 1).

    model: the net's name; params: its number of parameters; settings: everything `fit` was told, resolved (precision, device,
    total_steps, by the last planning where the run has to end in time); machine: processor, threads, versions, and how busy it
    was (gluon_alexnet.machine.threads.Follower.told); data: name, place, SHA-256 of each file, numbers of images.
    epochs: a list of Epoch. step_losses, step_accuracies: the mean loss and the share of right answers of each training step.
    stopped: 'finished', 'early' (a callback said stop), 'interrupted' (by Ctrl-C), 'diverged' or 'failed' (by its data or a
    callback), None while it runs; reason: the sentence that told why, of all but the first and the third. started: UTC, ISO 8601.
    seconds: wall-clock seconds of the run, over all resumptions.
    test: the last Evaluation on the test data, kept in memory only.
    """

    model: str
    params: int
    settings: dict[str, Any]
    machine: dict[str, Any]
    data: dict[str, Any]
    started: str
    epochs: list[Epoch] = field(default_factory=list)
    step_losses: list[float] = field(default_factory=list)
    step_accuracies: list[float] = field(default_factory=list)
    stopped: str | None = None
    seconds: float = 0.0
    reason: str = ""
    test: Evaluation | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        # A notebook prints the value of a cell's last line: not every step's loss.
        last = f", loss {self.epochs[-1].loss:.3f}" if self.epochs else ""
        return f"History({self.model}, {len(self.step_losses)} steps, {self.stopped or 'running'}{last})"

    def _repr_html_(self) -> str:
        from gluon_alexnet.pictures import sketch

        return sketch.sketch(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """The content of history.json: plain dicts, lists, numbers and strings."""
        fields = {name: value for name, value in vars(self).items() if name not in ("test", "epochs")}
        return {"schema": SCHEMA, **fields, "epochs": [asdict(epoch) for epoch in self.epochs]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> History:
        """The History that `to_dict` gave. Raises UserError for another schema."""
        content = dict(content)
        if content.pop("schema", None) != SCHEMA:
            raise UserError(f"this history is not of schema {SCHEMA}: read it with the version of gluon_alexnet that wrote it")
        return cls(**{**content, "epochs": [Epoch(**epoch) for epoch in content["epochs"]]})

    def save(self, path: PathLike) -> None:
        """Writes history.json at `path`, atomically."""
        files_io.write_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: PathLike) -> History:
        """The History saved at `path`. Raises UserError when there is none or it cannot be read."""
        try:
            return cls.from_dict(json.loads(files_io.user_path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(f"{path} is not a history.json ({error}): name one that `gluon-alexnet train` wrote") from error


def describe_machine(devices: Sequence[str], precision: str, **more: str) -> dict[str, Any]:
    """What the figures of a run depend on: processor, cores, threads, instruction set, precision and versions, as a dict.

    devices: their names. more: further versions by name.
    """
    mx = runtime.load_mxnet()
    import numpy

    from gluon_alexnet import __version__

    setup = runtime.setup()
    return {
        "cpu": cpu.model_name(),
        "cores": os.cpu_count(),
        "threads": setup.threads,
        "isa": setup.isa,
        "precision": precision,
        "devices": devices,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "mxnet": mx.__version__,
        "gluon_alexnet": __version__,
        **more,
    }
