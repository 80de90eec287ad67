"""A net tried out as the grader will train it, on images that are neither learned from nor tested on."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gluon_alexnet import language as languages
from gluon_alexnet.data import files
from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    import mxnet as mx

    Bar = float | tuple[float, float]

# What the grader learns from is a part of "train"; these two are parts of it too, and the test images stay unseen.
SPLITS = ("train-rest", "validation")
VALIDATION_IMAGES = 5_000
NUMBERS = itertools.count(1)


def try_as_graded(
    net: Callable[[], mx.gluon.HybridBlock] | mx.gluon.HybridBlock,
    language: str = "en",
    *,
    bar: Bar,
    lead: Bar | None = None,
    speed: float | None = None,
    input_shape: Sequence[int] = (1, 28, 28),
    runs: int = 1,
    **recipe: Any,
) -> None:
    """Trains a net exactly as the grader will and prints, in `language`, what will be compared with which bar.

    As there, the net goes over as a graph, every layer's weights begin by Xavier whatever its own initializer is, and
    `recipe` (images, epochs, batch_size, lr, ...: the keywords of the task) says how it learns. It learns from a part of the
    training images and is measured on the 5,000 validation images, which are no part of them; the test images are the grader's.

    net: a function without arguments that makes the net, or the net: float32 (N, *input_shape) in, logits (N, 10) out.
    language: "en" or "vi". bar: the least accuracy; lead: how much better than the package's LeNet, trained alike; each a number,
    or a pair for the real data and the stand-in. speed: how many times AlexNet's training speed. runs: how many times it is
    trained, each from other weights; the grader does it once. Raises UserError for keywords that no recipe has.
    """
    from gluon_alexnet.grading import rehearsal, texts

    recipe = _whole(recipe)
    real = files.find(download=False)[0] is not None
    bar, lead = _chosen(bar, real), _chosen(lead, real)
    say = _Sayer(language)
    name = getattr(net, "__name__", "net")
    name = name if name.isidentifier() else "net"
    names: dict[str, Any] = {name: net}
    own, other = (f"trying-{next(NUMBERS)}" for _ in range(2))
    try:
        say.net(name, rehearsal.take(own, names, name if _is_net(net) else f"{name}()", tuple(input_shape)))
        accuracies = [rehearsal.train(own, SPLITS, {**recipe, "seed": recipe["seed"] + run}) for run in range(runs)]
        say.accuracy(recipe, [each["accuracy"] for each in accuracies], bar)
        if lead is not None:
            rehearsal.model(other, "lenet", tuple(input_shape))
            say.lead(accuracies[0]["accuracy"], rehearsal.train(other, SPLITS, recipe)["accuracy"], lead)
        if speed is not None:
            say.speed(rehearsal.speed(own, "alexnet", tuple(input_shape)), speed)
        say.luck(recipe, accuracies[0]["accuracy"])
    except NotImplementedError:
        say(f"{name} is not written yet", f"{name} chưa được viết")
    except UserError as error:
        say(
            f"The grader will not take this net: {texts.in_language(error.args[0], 'en')}",
            f"Bộ chấm sẽ không nhận mạng này: {texts.in_language(error.args[0], 'vi')}",
        )
    finally:
        rehearsal.forget((own, other))


def _is_net(value):
    return hasattr(value, "collect_params")


def _chosen(bar, real):
    """The bar for the data that is there: `bar` itself, or the one of a pair."""
    return bar[0 if real else 1] if isinstance(bar, tuple) else bar


def _whole(recipe):
    """`recipe` with the grader's own values for what it does not say. Raises UserError for a keyword that there is not."""
    from gluon_alexnet.grading import rehearsal

    usual = rehearsal.usual()
    unknown = [name for name in recipe if name not in usual]
    if unknown:
        known = ", ".join(usual)
        raise UserError(f"try_as_graded has no {unknown[0]!r}: a recipe may say {known}, and nothing tries a net on test images")
    whole = usual | recipe
    return {**whole, "test_images": min(whole["test_images"], VALIDATION_IMAGES), "test_seed": 0}


class _Sayer:
    """Prints in one of the two languages."""

    def __init__(self, language):
        self.language = language

    def __call__(self, en, vi):
        print(vi if self.language == "vi" else en)

    def number(self, value, places=None):
        return languages.number(value, self.language, places)

    def net(self, name, about):
        params, adds = self.number(about["params"]), self.number(about["multiply_adds"])
        self(
            f"{name}: {params} parameters, {adds} multiply-adds for one image",
            f"{name}: {params} tham số, {adds} phép nhân-cộng cho một ảnh",
        )

    def accuracy(self, recipe, accuracies, bar):
        images, measured = (self.number(recipe[key]) for key in ("images", "test_images"))
        self(
            f"Trained as the grader does it (Xavier for all weights), on {images} images; "
            f"measured on {measured} validation images.",
            f"Huấn luyện đúng như bộ chấm (mọi trọng số khởi tạo Xavier), với {images} ảnh; đo trên {measured} ảnh thẩm định.",
        )
        for accuracy in accuracies:
            self.compare("accuracy", "độ chính xác", accuracy, bar)
        if len(accuracies) > 1:
            mean, spread = (self.number(of(accuracies), 3) for of in (statistics.mean, statistics.stdev))
            self(
                f"mean of {len(accuracies)} runs {mean}, standard deviation {spread}",
                f"trung bình của {len(accuracies)} lần chạy {mean}, độ lệch chuẩn {spread}",
            )

    def compare(self, en, vi, value, bar, places=3):
        got, needed = self.number(value, places), self.number(bar, places)
        enough = value >= bar
        self(
            f"{en}: {got}; the grader asks for at least {needed}: {'enough' if enough else 'not enough'}",
            f"{vi}: {got}; bộ chấm cần ít nhất {needed}: {'đạt' if enough else 'chưa đạt'}",
        )

    def lead(self, accuracy, other, lead):
        lenet = self.number(other, 3)
        self.compare(
            f"accuracy minus LeNet's ({lenet})", f"độ chính xác hơn LeNet ({lenet}) bao nhiêu", accuracy - other, lead
        )

    def speed(self, ratio, speed):
        self.compare("speed over AlexNet's", "tốc độ so với AlexNet", ratio, speed, 1)

    def luck(self, recipe, accuracy):
        # Two samples of images, these and the grader's, each with its own binomial error.
        spread = self.number((accuracy * (1 - accuracy) * (1 / recipe["test_images"] + 1 / recipe["test_images"])) ** 0.5, 3)
        self(
            f"Luck: the grader measures on other images, which alone moves an accuracy by {spread} (one standard deviation): "
            "have twice that to spare.",
            f"May rủi: bộ chấm đo trên những ảnh khác, chỉ riêng điều đó đã làm độ chính xác lệch {spread} (một độ lệch chuẩn): "
            "hãy để dư gấp đôi.",
        )
