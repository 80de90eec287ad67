"""The three parts of the data that `fit` is given, looked at before anything is computed."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.data.files import Source
from gluon_alexnet.errors import UserError
from gluon_alexnet.prepare import takes
from gluon_alexnet.train.batches import batches, check_labels, check_scale

if TYPE_CHECKING:
    from gluon_alexnet.hints import Batches


@dataclass(frozen=True)
class Parts:
    """Training, test and validation data, as `fit` takes them; None where there is none.

    Each is anything that can be iterated again, has its number of batches for `len`, and gives (images float, labels (N,)),
    arrays of MXNet or NumPy or tensors of PyTorch: a FashionMNISTLoader, a DataLoader of Gluon or PyTorch, a list. Images are
    scaled, as from 0 to 1; labels are whole numbers from 0 to classes - 1. The test data is only ever reported. A run is resumed
    exactly where its training data is the same in every pass, or has `batches(epoch, start)` as the FashionMNISTLoader has.
    """

    train: "Batches"
    test: "Batches | None" = None
    validation: "Batches | None" = None

    def check(self):
        """Raises UserError for what can be no data."""
        check_data("train_data", self.train)
        for name, part in self.evaluated().items():
            if part is not None:
                check_data(name, part, counted=False)

    def evaluated(self):
        return {"test_data": self.test, "validation_data": self.validation}

    def first_batch(self):
        """The first batch to be learned from. Raises UserError when there is none, DataError for what is wrong with it."""
        images, labels = next(batches(self.train, 0, name="the training data"), (None, None))
        if images is None or not len(self.train):
            raise UserError("the training data gives no batch: there is nothing to learn from")
        check_scale(images, "the training data")
        return images, labels

    def check_evaluated(self, net, classes):
        """Raises UserError where the net does not take the first batch of a part: else that would be told after a whole pass."""
        for name, part in self.evaluated().items():
            if part is None:
                continue
            images, labels = next(batches(part, 0, name=name), (None, None))
            if images is None:
                raise UserError(f"{name} gives no batch: there is nothing to evaluate on")
            check_scale(images, name)
            check_labels(labels, classes)
            if not takes(net, images):
                raise UserError(f"{name} has images of the shape {images.shape}, which the net does not take")

    def settings(self):
        """What the training data says of how it was made, a dict of what JSON can hold."""
        # Whoever wrote the data may have an attribute of this name for something else.
        return json.loads(json.dumps(getattr(self.train, "settings", {}), default=str))

    def described(self):
        """What a run's history says of its data, a dict."""
        data = {"name": "custom", "where": "", "sha256": {}, "reason": ""}
        ours = {name: part if is_ours(part) else None for name, part in vars(self).items()}
        data.update(asdict(self.train.source) if ours["train"] else {})
        for name in ("train", "test", "validation"):
            part = ours[name]
            data[f"{name}_images"] = part and len(getattr(part, "labels", ())) or None
            data["sha256"] = {**data["sha256"], **(part.source.sha256 if part else {})}
        return data


def is_ours(part):
    """Whether `part` says where it comes from, as a FashionMNISTLoader does."""
    # Other data may have attributes of these names for something else.
    return isinstance(getattr(part, "source", None), Source)


def check_data(name, data, again=True, counted=True):
    """Raises UserError where `data` cannot be what `fit` takes for it.

    again: whether it is gone through more than once. counted: whether it must have a len.
    """
    advice = "take a list of batches (images, labels), a DataLoader of Gluon or PyTorch, or a FashionMNISTLoader"
    ways = ("__iter__", "__getitem__", "batches")
    if isinstance(data, (dict, str, np.ndarray)) or not any(hasattr(data, way) for way in ways):
        raise UserError(f"{name} is a {type(data).__name__}: {advice}")
    if again and hasattr(data, "__next__"):
        raise UserError(f"{name} is a {type(data).__name__}, which can be gone through only once: {advice}")
    if again and counted:
        try:
            len(data)
        except TypeError:
            raise UserError(f"{name} has no len, which must be its number of batches: {advice}") from None
