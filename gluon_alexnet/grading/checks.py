"""What a check can ask and compare: the student's kernel is asked for values, and judged here.

A check is `def check(ask)`; `ask` is an Interview. What was wrong is said in words that teach: what was asked, what came
back, the shape or bound that was expected, and never the answer.

Numbers: what one types in Python stays as it is typed, calls with their arguments, tuples, lists, dicts, shapes and indices:
`conv_cost(96, (256, 26, 26), kernel=5)`, `[0, 1]`. A number by itself in a sentence (a value, a bound, a count, an accuracy) is
in the language: 46,764,746 and 0.5, in Vietnamese 46.764.746 and 0,5. Values of up to four digits have no mark: 1.024 could be
taken for a fraction right after Python was read.
"""

import contextlib
import math
import numbers
import re
import reprlib
import traceback
from dataclasses import dataclass, field

import numpy as np

from gluon_alexnet.grading import sandbox, wire
from gluon_alexnet.grading.digests import NET, digest
from gluon_alexnet.grading.kernel import KernelError
from gluon_alexnet.grading.nets import Refused
from gluon_alexnet.grading.texts import LANGUAGES, in_language
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.language import number, written

# What Python and NumPy raise where a value is not what a check takes it for; a warning is one where warnings are errors.
ODD_VALUE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    Warning,
    np.linalg.LinAlgError,
)


# Names of mistakes; where the arguments of a call begin in a sentence.
MISTAKE = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
CALL = re.compile(r"(?<=\w)\(")
# A subject that is a call, and nothing else.
CALLED = re.compile(r"\w+\(.*\)", re.DOTALL)
# Why wire.py did not send a value, where it is more than the name of its type.
TOO_LARGE = re.compile(r"(.+) of more than ([\d,]+) (objects|bytes)")
TOO_MANY_DIGITS = re.compile(r"an int of more than ([\d,]+) digits")
# How much of what was asked is kept.
MOST_ASKED = 200


class Wrong(Exception):
    """An answer that is not right; args[0] is the sentence.

    told: the sentence without the arguments that were drawn, for a page that does not give them away; mistake: the name of the
    known mistake that it is, or ''.
    """

    def __init__(self, sentence, told="", mistake=""):
        super().__init__(sentence)
        self.told, self.mistake = told or sentence, mistake


@dataclass
class Part:
    """A part of a task: its points, what it is about, how many points it brought, and what was wrong.

    told: `problem` without the arguments that were drawn; mistake: the name of the known mistake that it is, or ''; drawn: where
    something was wrong, the inputs that it was asked with, in words: an answer may have repeated them in its own.
    """

    points: float
    title: str
    earned: float = 0
    problem: str = ""
    told: str = ""
    mistake: str = ""
    kind: str = ""  # '', 'wrong', 'error', 'timeout', 'machine', 'crash', 'memory', 'not attempted'
    drawn: list = field(default_factory=list)


class Shape(tuple):
    """The shape of an array that is not here."""


@dataclass
class Answer:
    """A value, what it answers, and the language to speak of it. Each method raises Wrong, or returns the Answer.

    told: `text` without the arguments that were drawn; known: the mistakes that `mistake` was told of; asked: the row of
    Interview.asked that this value is kept in.
    """

    value: object
    text: str
    language: str = "en"
    told: str = ""
    known: list = field(default_factory=list)
    asked: list = field(default_factory=lambda: ["", "", False])

    def mistake(self, value, name, sentence):
        """A well-known mistake, which gives `value` here: whoever makes it reads `sentence`, and the class page counts `name`.

        Only where `equals`, `close_to`, `has_shape` or `no_mistake` then finds the answer wrong, so that no right answer is ever
        called a mistake; nor is one whose value is that of two mistakes. Compared as closely as the right value is.
        name: such as 'no-bias', the same in all of a task; sentence: a Text that goes on after what was asked.
        """
        if not MISTAKE.fullmatch(name):
            raise RuntimeError(f"{name!r} is no name of a mistake: write lower-case letters and digits, with - between words")
        self.known.append((value, name, sentence))
        return self

    def no_mistake(self, expected, rtol=1e-5, atol=1e-8):
        """Wrong where the value is that of a mistake and not `expected`; what else is asked of it comes after."""
        self._refuse_unknown()
        if self.known and not _close(self.value, expected, rtol, atol):
            self._tell_mistake(expected, rtol, atol)
        return self

    def _tell_mistake(self, expected=None, rtol=1e-9, atol=0.0):
        """Raises Wrong where the value, which is not `expected`, is that of exactly one of the mistakes."""
        found = {
            name: sentence
            for value, name, sentence in self.known
            if _close(self.value, value, rtol, atol) and (expected is None or not _close(value, expected, rtol, atol))
        }
        if len(found) == 1:
            [(name, sentence)] = found.items()
            self._wrong(*(sentence if isinstance(sentence, T) else (sentence, sentence)), name)

    def _wrong(self, en, vi, mistake=""):
        self.asked[2] = mistake or True
        said = in_language(T(en, vi), self.language)
        raise Wrong(f"{self.text} {said}", f"{self.told or without_arguments(self.text)} {said}", mistake)

    @property
    def _gives(self):
        """What Vietnamese says between `text` and a value."""
        return "trả về" if CALLED.fullmatch(self.text) else "là"

    def _refuse_unknown(self):
        if isinstance(self.value, wire.Unknown):
            self._wrong(*_unknown(self.value))

    def equals(self, expected):
        """The same value: numbers by value, others by type too, but a list for a tuple; arrays element by element."""
        self._refuse_unknown()
        found = _difference(self.value, expected)
        if found is None:
            return self
        self._tell_mistake(expected)
        path, got, wanted = found
        shown, shown_vi = (_show(self.value, language) for language in LANGUAGES)
        if not path:
            if not _same_kind(got, wanted):
                self._expect_kind(wanted)
            if isinstance(got, dict) and got.keys() != wanted.keys():
                self._other_keys(got, wanted)
            self._wrong(f"gives {shown}, which is not right", f"{self._gives} {shown_vi}, chưa đúng")
        place = "".join(f"[{step!r}]" for step in path)
        kind = _kind(wanted)
        if _same_kind(got, wanted):
            kind = T("another value", "một giá trị khác") if not _is_number(wanted) else T("another number", "một số khác")
        en, vi = (_kind_and_value(got, language, _is_number(got)) for language in LANGUAGES)
        first = ("", "") if isinstance(path[-1], str) else (" (the first is [0])", " (phần tử đầu tiên là [0])")
        self._wrong(
            f"gives {shown}, which is not right: its element {place}{first[0]} is {en}; expected there: {kind.en}",
            f"{self._gives} {shown_vi}, chưa đúng: phần tử {place}{first[1]} là {vi}; cần ở đó: {kind.vi}",
        )

    def _other_keys(self, got, wanted):
        extra = [key for key in got if key not in wanted]
        if extra:
            key = _typed(extra[0])
            self._wrong(f"has the key {key}, which was not asked for", f"có khóa {key} mà đề bài không yêu cầu")
        count = len(wanted) - len(got)
        self._wrong(
            f"lacks {count} of the {len(wanted)} keys that were asked for", f"thiếu {count} trong {len(wanted)} khóa cần có"
        )

    def _expect_kind(self, expected):
        en, vi = (_kind_and_value(self.value, language) for language in LANGUAGES)
        kind = _kind(expected)
        self._wrong(f"gives {en}; expected: {kind.en}", f"{self._gives} {vi}; cần: {kind.vi}")

    def close_to(self, expected, rtol=1e-5, atol=1e-8):
        """A number or an array of numbers of the same shape, each within atol + rtol times the expected one."""
        self._refuse_unknown()
        expected = np.asarray(expected, "float64")
        got = _numbers(self.value)
        if got is None:
            self._expect_kind(expected if expected.shape else 0.0)
        if got.shape != expected.shape:
            self._tell_mistake(expected, rtol, atol)
            if not expected.shape:
                self._expect_kind(0.0)
            self._wrong(
                f"has the shape {got.shape}; expected: {expected.shape}", f"có hình dạng {got.shape}; cần: {expected.shape}"
            )
        right = np.isclose(got, expected, rtol, atol, equal_nan=True)
        if not right.all():
            self._tell_mistake(expected, rtol, atol)
            en = vi = name = ""
            if np.allclose(got, 100 * expected, rtol, 100 * atol) and (0 <= expected).all() and (expected <= 1).all():
                en, vi = " (per cent? asked is a share, from 0 to 1)", " (phần trăm chăng? đề bài cần tỉ lệ, từ 0 đến 1)"
                name = "per-cent"
            if not right.shape:
                shown, shown_vi = (_show(self.value, language) for language in LANGUAGES)
                self._wrong(f"gives {shown}, which is not right{en}", f"{self._gives} {shown_vi}, chưa đúng{vi}", name)
            self._wrong_numbers(got, right, T(en, vi), name)
        return self

    def _wrong_numbers(self, got, right, hint, name):
        """Raises Wrong over an array: how many of its numbers are, and the first of them."""
        place = tuple(int(i) for i in np.argwhere(~right)[0])
        share = f"{1 - right.mean():.0%}"
        size, there = (
            {language: how(language) for language in LANGUAGES}
            for how in (lambda language: number(right.size, language), lambda language: _show(float(got[place]), language))
        )
        index = f"[{', '.join(map(str, place))}]"
        self._wrong(
            f"has {share} of its {size['en']} numbers wrong, the first at {index} = {there['en']}{hint.en}",
            f"sai {share} trong {size['vi']} số; chỗ sai đầu tiên: {index} = {there['vi']}{hint.vi}",
            name,
        )

    def has_shape(self, shape):
        """Numbers in an array of this shape; or the shape itself, a Shape."""
        self._refuse_unknown()
        if isinstance(self.value, Shape):
            got = tuple(self.value)
        else:
            values = _numbers(self.value)
            if values is None:
                self._expect_kind(np.empty(shape))
            got = values.shape
        if got != tuple(shape):
            self._tell_mistake(rtol=1e-5, atol=1e-8)
            self._wrong(f"has the shape {got}; expected: {tuple(shape)}", f"có hình dạng {got}; cần: {tuple(shape)}")
        return self

    def at_most(self, bound):
        self._number()
        if not self.value <= bound:
            self._wrong(
                f"is {_show(self.value)}; allowed: at most {_show(bound)}",
                f"là {_show(self.value, 'vi')}; cho phép: nhiều nhất {_show(bound, 'vi')}",
            )
        return self

    def at_least(self, bound):
        self._number()
        if not self.value >= bound:
            self._wrong(
                f"is {_show(self.value)}; required: at least {_show(bound)}",
                f"là {_show(self.value, 'vi')}; cần: ít nhất {_show(bound, 'vi')}",
            )
        return self

    def between(self, low, high):
        return self.at_least(low).at_most(high)

    def satisfies(self, condition, message, mistake=""):
        """Wrong, with `message`, unless `condition` holds: worked out from the value, or a function of it.

        mistake: the name of the well-known mistake that breaks the condition, or ''.
        """
        self._refuse_unknown()
        if not (condition(self.value) if callable(condition) else condition):
            self._wrong(*(message if isinstance(message, T) else (message, message)), mistake)
        return self

    def _number(self):
        self._refuse_unknown()
        if not _is_number(self.value):
            self._expect_kind(0.0)


@dataclass
class Net:
    """A net that was handed over; what is asked of it is done in a process of the grader's own.

    params, multiply_adds (of one image), output_shape (for a batch of two), convolutions (how many): Answers.
    operators: names, such as 'pooling:max'.
    accuracy, train_accuracy, loss: Answers, after `trained`.
    """

    ask: object
    name: str
    expression: str
    params: Answer
    multiply_adds: Answer
    output_shape: Answer
    convolutions: Answer
    operators: list
    accuracy: Answer | None = None
    train_accuracy: Answer | None = None
    loss: Answer | None = None

    def logits(self, images):
        value = self.ask.evaluate(command="logits", name=self.name, images=np.asarray(images, "float32"))
        return self.ask.answer(value, self.expression)

    def trained(
        self,
        images=10_000,
        epochs=2,
        batch_size=64,
        lr=0.05,
        optimizer="nag",
        momentum=0.9,
        schedule="cosine",
        warmup=0.1,
        weight_decay=0.0,
        resize=None,
        augment=None,
        normalize=True,
        seed=0,
        initializer="xavier",
        test_images=2_000,
    ):
        """The net with fresh weights, trained by the grader and tested on images that the kernel has not seen; see train.fit."""
        recipe = {name: value for name, value in locals().items() if name != "self"}
        test_seed = int(self.ask.random.integers(2**31))
        about = self.ask.evaluate(command="train", name=self.name, test_seed=test_seed, **recipe)
        en, vi = f"after training on {number(images)} images", f"sau khi huấn luyện với {number(images, 'vi')} ảnh"

        def answer(value, name_en, name_vi):
            return self.ask.answer(value, T(f"the {name_en} of {self.expression} {en}", f"{name_vi} của {self.expression} {vi}"))

        return Net(
            self.ask,
            self.name,
            self.expression,
            self.params,
            self.multiply_adds,
            self.output_shape,
            self.convolutions,
            self.operators,
            answer(about["accuracy"], "test accuracy", "độ chính xác kiểm tra"),
            answer(about["train_accuracy"], "training accuracy", "độ chính xác huấn luyện"),
            answer(about["loss"], "loss", "mất mát"),
        )

    def speed_ratio(self, model, batch_size=16, input_shape=(1, 224, 224)):
        """Training images per second over those of the package's `model`, measured alternately."""
        ratio = self.ask.evaluate(command="speed", name=self.name, model=model, batch_size=batch_size, input_shape=input_shape)
        return self.ask.answer(
            ratio, T(f"the speed of {self.expression} over {model}'s", f"tốc độ của {self.expression} so với {model}")
        )


@dataclass
class Interview:
    """What `check(ask)` is given: the kernel and the evaluator to ask, the random numbers, the parts that were gone through.

    Each part draws from a stream of its own: whoever loses one is asked the same as everybody else in the next.
    """

    kernel: object
    evaluator: object
    random: np.random.Generator
    deadline: float
    language: str = "en"
    explain: object = None  # turns a KernelError into a sentence
    own: bool = False  # whether the answers are the reference's: then a check that stumbles over one is at fault itself
    parts: list = field(default_factory=list)
    latest: Answer | None = None  # the student's value that the check looked at last
    stumbles: list = field(default_factory=list)  # what the check raised over values of the student's
    # [digest of the question, digest of the value, whether it was found wrong: False, True, or the mistake's name]
    asked: list = field(default_factory=list)
    question: str = ""  # what the kernel was asked last, as a digest
    inputs: list = field(default_factory=list)  # in words, what each question was asked with

    @property
    def real(self):
        """Whether the data is the real Fashion-MNIST."""
        from gluon_alexnet.data import files

        return sandbox.data_folder() != files.STAND_IN

    @contextlib.contextmanager
    def part(self, points, title):
        """A part of the task: what fails inside costs these points and no others. A dead kernel ends the task."""
        part = Part(points, in_language(title, self.language))
        self.parts.append(part)
        random, self.random = self.random, self._stream(len(self.parts))
        try:
            yield
            part.earned = points
        except Wrong as wrong:
            part.kind, part.problem, part.told, part.mistake = "wrong", str(wrong), wrong.told, wrong.mistake
        except Refused as refused:
            part.kind, part.problem = "wrong", in_language(refused.args[0], self.language)
        except ODD_VALUE as error:
            odd = self.stumbled(error)
            part.kind, part.problem, part.told = "wrong", str(odd), odd.told
        except KernelError as error:
            part.kind, part.problem = self.explain(error)
            if error.kind in ("timeout", "machine", "crash") or not self.kernel.alive():
                raise
        finally:
            self.random = random
            part.told, part.drawn = part.told or part.problem, self.drawn(part.problem)

    def drawn(self, sentence):
        """In words, the inputs that `sentence` shows and those of the latest question; [] for ''."""
        return [*dict.fromkeys([*(each for each in self.inputs if each in sentence), *self.inputs[-1:]])] if sentence else []

    def _stream(self, number):
        """The random numbers of the part `number`, whatever was drawn before."""
        seeds = self.random.bit_generator._seed_seq  # public only from NumPy 1.25 on
        key = (*seeds.spawn_key, number)
        return np.random.default_rng(np.random.SeedSequence(seeds.entropy, spawn_key=key))

    def stumbled(self, error):
        """Wrong, for a check that raised `error` over a student's value; raises `error` where there was none, or it is ours."""
        if self.latest is None or self.own:
            raise error
        self.stumbles.append(error)
        value = self.latest.value
        if isinstance(value, wire.Unknown):
            said = _unknown(value)
        else:
            en, vi = (_kind_and_value(value, each) for each in LANGUAGES)
            said = T(
                f"gives {en}, which cannot be judged: read again what the task asks for",
                f"{self.latest._gives} {vi}, không chấm được: hãy đọc lại xem đề bài yêu cầu gì",
            )
        try:
            self.latest._wrong(*said)
        except Wrong as wrong:
            return wrong

    def call(self, name, *args, **kwargs):
        """What the student's function `name` returns."""
        words = [_typed(value) for value in args] + [f"{key}={_typed(value)}" for key, value in kwargs.items()]
        self.inputs += [", ".join(words)] * bool(words)
        value = self._asked("call", name=name, args=args, kwargs=kwargs)
        return self.answer(value, f"{name}({', '.join(words)})", f"{name}(...)" if words else "")

    def value(self, expression):
        return self.answer(self._asked("value", expression=expression), expression)

    def probe(self, source, **inputs):
        """What `source`, the body of a function of `inputs`, returns in the student's kernel."""
        self.inputs += [", ".join(map(_typed, inputs.values()))] * bool(inputs)
        return self.answer(self._asked("probe", source=source, inputs=inputs), T("the result", "kết quả"))

    def _asked(self, what, **request):
        self.question = digest([what, request])
        return self.kernel.ask(what, self.deadline, **request)

    def tensor(self, array):
        """An argument that arrives as an mx.np.ndarray."""
        return {"__tensor__": np.asarray(array)}

    def answer(self, value, text, told=""):
        """The Answer that `value` is, of what was asked last. told: `text` without what was drawn, where it is no argument."""
        answer = self._answer(value, text, told)
        answer.asked = self._note(digest([self.question, in_language(text, "en")]), answer.value)
        return answer

    def _answer(self, value, text, told=""):
        texts = in_language(text, self.language), in_language(told, self.language)
        self.latest = Answer(_without_empty_shapes(value), texts[0], self.language, texts[1])
        return self.latest

    def _note(self, question, value):
        """The row that keeps what was answered; it is thrown away where there are enough."""
        row = [question, digest(value), False]
        if len(self.asked) < MOST_ASKED:
            self.asked.append(row)
        return row

    def net(self, expression, input_shape=(1, 28, 28)):
        """The Net that `expression` makes in the student's kernel, handed over."""
        name, about = self.evaluator.take(self.kernel, expression, input_shape, self.deadline)
        self.question = digest(["net", expression])
        made = [about[key] for key in ("params", "multiply_adds", "operators")]
        return self._net(expression, name, about, self._note(f"{NET}{self.question}", made))

    def model(self, model, input_shape=(1, 28, 28)):
        """The Net of the package's own `model`, made where no student can change it: to compare with."""
        return self._net(model, *self.evaluator.model(model, input_shape, self.deadline), ["", "", False])

    def _net(self, expression, name, about, row):
        counts = about["params"], about["multiply_adds"], Shape(about["output_shape"]), about["operators"].count("convolution")
        texts = (
            ("the number of parameters", "số tham số"),
            ("the number of multiply-adds", "số phép nhân-cộng"),
            ("the output", "đầu ra"),
            ("the number of convolutions", "số tầng tích chập"),
        )
        answers = [
            self._answer(count, T(f"{en} of {expression}", f"{vi} của {expression}"))
            for count, (en, vi) in zip(counts, texts, strict=True)
        ]
        for answer in answers:
            answer.asked = row
        return Net(self, name, expression, *answers, about["operators"])

    def evaluate(self, **request):
        return self.evaluator.request(self.deadline, **request)

    def images(self, count):
        """Random test images of the grader's own: uint8 (count, 28, 28) and int64 labels (count,)."""
        if not self.real:
            from gluon_alexnet.data import synthetic

            images, labels = synthetic.make_split("test", count, seed=int(self.random.integers(1, 2**31)))
            return images, labels.astype("int64")
        from gluon_alexnet.data.files import load_split

        test = load_split("test", sandbox.data_folder(), download=False)
        chosen = self.random.choice(len(test.labels), count, replace=False)
        return test.images[chosen], test.labels[chosen].astype("int64")


def run(source, interview):
    """Runs a task's check, the text of `def check(ask)`, and returns its Parts.

    Raises KernelError where the kernel is gone, and Wrong where an answer is wrong outside of any part.
    """
    names = {"np": np, "math": math, "T": T, "number": number}
    exec(compile(source, "check", "exec"), names)
    try:
        names["check"](interview)
    except ODD_VALUE as error:
        raise interview.stumbled(error) from error
    return interview.parts


def fault(error):
    """Where a check of ours went wrong, for whoever mends it."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({frame.name}, line {frame.lineno})"


def without_arguments(text):
    """`text` with '...' for the arguments of each call in it: they were drawn."""
    out, end = "", 0
    while found := CALL.search(text, end):
        out, depth, end = out + text[end : found.end()], 1, found.end()
        start = end
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        out += ("..." if end - start > (not depth) else "") + ")"
    return out + text[end:]


def _close(got, wanted, rtol, atol):
    """Whether two values are the same but for the last digits of their numbers."""
    if isinstance(got, dict) and isinstance(wanted, dict):
        return got.keys() == wanted.keys() and all(_close(got[key], wanted[key], rtol, atol) for key in wanted)
    if isinstance(got, (list, tuple)) and isinstance(wanted, (list, tuple)):
        return len(got) == len(wanted) and all(_close(*pair, rtol, atol) for pair in zip(got, wanted, strict=True))
    numbers_got, numbers_wanted = _numbers(got), _numbers(wanted)
    if numbers_got is None or numbers_wanted is None:
        return type(got) is type(wanted) and not isinstance(got, np.ndarray) and got == wanted
    same = numbers_got.shape == numbers_wanted.shape
    return same and bool(np.isclose(numbers_got, numbers_wanted, rtol, atol, equal_nan=True).all())


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _numbers(value):
    """`value` as a float64 array; None where it is not made of numbers. NumPy would read texts and None as numbers, too."""
    if value is None or isinstance(value, (str, bool)):
        return None
    try:
        array = np.asarray(value)
        # Whole numbers beyond 64 bits are objects to NumPy.
        if array.dtype.kind == "O" and not all(map(_is_number, array.flat)):
            return None
        return array.astype("float64") if array.dtype.kind in "biufO" else None
    except (TypeError, ValueError, OverflowError):  # lists of different lengths, a number beyond floats
        return None


def _difference(got, expected, path=()):
    """(where, what is there, what should be) of the first difference, `where` a tuple of indices; None where all is equal."""
    different = path, got, expected
    if isinstance(expected, np.ndarray) or isinstance(got, np.ndarray):
        given, wanted = _numbers(got), _numbers(expected)
        if given is None or wanted is None or given.shape != wanted.shape:
            return different
        wrong = np.argwhere(given != wanted)
        if not len(wrong):
            return None
        place = tuple(int(step) for step in wrong[0])
        return (*path, *place), given[place].item(), wanted[place].item()
    if _is_number(got) and _is_number(expected):
        return None if got == expected else different
    if not _same_kind(got, expected):
        return different
    if isinstance(expected, dict) and got.keys() != expected.keys():
        return different
    if isinstance(expected, (dict, list, tuple)):
        places = expected if isinstance(expected, dict) else range(len(expected))
        found = (_difference(got[place], expected[place], (*path, place)) for place in places)
        return next(filter(None, found), None)
    return None if got == expected else different


def _same_kind(got, expected):
    if _is_number(got) and _is_number(expected):
        return True
    if isinstance(got, (list, tuple)) and isinstance(expected, (list, tuple)):
        return len(got) == len(expected)
    return type(got) is type(expected)


def _without_empty_shapes(value):
    """`value` with plain numbers for arrays without dimensions, within lists, tuples and dicts too."""
    if isinstance(value, np.ndarray) and not value.shape:
        return value.item()
    if type(value) in (list, tuple):
        return type(value)(map(_without_empty_shapes, value))
    if type(value) is dict:
        return {key: _without_empty_shapes(item) for key, item in value.items()}
    return value


def _kind_and_value(value, language, number=False):
    """In words what a value is, and the value; of a number the value alone where `number`."""
    if value is None or number:
        return _show(value, language)
    return f"{in_language(_kind(value), language)}, {_show(value, language)}"


def _kind(value):
    if isinstance(value, np.ndarray):
        return T(f"an array of shape {value.shape}", f"một mảng hình dạng {value.shape}")
    if _is_number(value):
        return T("a number", "một số")
    if isinstance(value, wire.Unknown):
        return T(f"a {value}", f"một {_unknown_kind(value)}")
    name = type(value).__name__
    if isinstance(value, (list, tuple)):
        return T(f"a {name} of {len(value)}", f"một {name} gồm {number(len(value), 'vi')} phần tử")
    return T("None", "None") if value is None else T(f"a {name}", f"một {name}")


def _unknown(value):
    """That a value could not be sent, a Text."""
    return T(f"is a {value}, which cannot be compared", f"có kiểu {_unknown_kind(value)}, không so sánh được")


def _unknown_kind(value):
    """In Vietnamese what an Unknown is."""
    if value == "a value nested too deeply":
        return "giá trị lồng nhau quá nhiều tầng"
    if digits := TOO_MANY_DIGITS.fullmatch(value):
        return f"số nguyên (int) quá {written(digits[1], 'vi')} chữ số"
    if large := TOO_LARGE.fullmatch(value):
        return f"{large[1]} quá {written(large[2], 'vi')} {'byte' if large[3] == 'bytes' else 'phần tử'}"
    return str(value)


def _show(value, language="en"):
    """A value in few words: a number by itself as `language` writes it, all else as one types it in Python."""
    if isinstance(value, np.ndarray) and value.size <= 8:
        value = value.tolist()
    if isinstance(value, float):
        return written(f"{value:.6g}", language)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 9999:
        if abs(value) < 10**30:
            return number(value, language)
        digits, told = number(len(str(abs(value))), language), "chữ số" if language == "vi" else "digits"
        return f"{str(value)[:8]}... ({digits} {told})"
    return _typed(value)


def _typed(value):
    """A value in few words, as one types it in Python."""
    if isinstance(value, dict) and set(value) == {"__tensor__"}:
        value = value["__tensor__"]
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"<array {value.shape}>"
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, float) for item in value):
        shown = ", ".join(f"{item:.6g}" for item in value[:8]) + (", ..." if len(value) > 8 else "")
        return f"[{shown}]" if isinstance(value, list) else f"({shown})"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = FEW_WORDS.repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


FEW_WORDS = reprlib.Repr()
FEW_WORDS.maxlevel = 8
FEW_WORDS.maxlist = FEW_WORDS.maxtuple = FEW_WORDS.maxdict = FEW_WORDS.maxstring = FEW_WORDS.maxother = FEW_WORDS.maxlong = 100
