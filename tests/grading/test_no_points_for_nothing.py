"""No answer that says nothing brings a point, and no value that an answer can give is the grader's own fault."""

import contextlib
import io
import types

import exercise_here as here
import numpy as np
import pytest

from gluon_alexnet.grading import exercise as exercises

TASKS = [(name, task) for name in exercises.list_exercises() for task in exercises.load(name).tasks]
ids = [f"{name}-{task.name}" for name, task in TASKS]
FEATURES = next(task for _, task in TASKS if task.name == "features")


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")


def functions_of(name, task):
    """{name: the reference's function} of a task's answer."""
    found = {key: here.namespace(name)[key] for key in exercises.defined_names(task.stub.en)}
    assert found and all(isinstance(value, types.FunctionType) for value in found.values())
    return found


def first_argument(*arguments, **named):
    return [*arguments, *named.values(), None][0]


def fails(*arguments, **named):
    raise ValueError("no")


NOTHING = {
    "None": lambda *arguments, **named: None,
    "0": lambda *arguments, **named: 0,
    "empty text": lambda *arguments, **named: "",
    "its first argument": first_argument,
    "an exception": fails,
}


def at_random(value, rng):
    """Random values of the shape, the types and the range of `value`."""
    if isinstance(value, (bool, np.bool_)):
        return bool(rng.random() < 0.5)
    if isinstance(value, (int, np.integer)):
        return int(rng.integers(0, max(2, 2 * abs(int(value)))))
    if isinstance(value, (float, np.floating)):
        return float(rng.normal(0, abs(value) + 1)) if np.isfinite(value) else 1.0
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            return rng.uniform(0, 1, value.shape).astype(value.dtype)
        return rng.integers(0, max(2, int(value.max(initial=1))), value.shape).astype(value.dtype)
    if isinstance(value, (list, tuple)):
        return type(value)(at_random(item, rng) for item in value)
    if isinstance(value, dict):
        return {key: at_random(item, rng) for key, item in value.items()}
    if value is None:
        return [None, 1][rng.integers(2)]
    return value[::-1]


def random_values(function, rng):
    def answer(*arguments, **named):
        # These two change the net that they are given, which is their answer.
        if function.__name__ in ("train_epoch", "accumulated_step"):
            return at_random((2.0, 0.5), rng)
        return at_random(function(*arguments, **named), rng)

    return answer


def recited(name, task):
    """{name: a function that gives, one after the other, what the practice check shows of the reference's}."""
    shown = {key: [] for key in functions_of(name, task)}

    def recording(key, function):
        def answer(*arguments, **named):
            shown[key].append(function(*arguments, **named))
            return shown[key][-1]

        return answer

    names = {**here.namespace(name), **{key: recording(key, function) for key, function in functions_of(name, task).items()}}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(practice_check(name, task), names)

    def reciting(values):
        turn = iter(range(10**9))
        return lambda *arguments, **named: values[next(turn) % len(values)] if values else None

    return {key: reciting(values) for key, values in shown.items()}


def practice_check(name, task):
    import make_exercises

    cells = make_exercises.read_source(make_exercises.ROOT / "solutions" / f"{name}.py")
    return next(cell.texts["en"] for cell in cells if cell.id == f"{task.name}-check")


# What takes seconds: test_honest_answers.py asks these as well.
HEAVY = ("policy", "features", "word_histograms")


@pytest.mark.parametrize(
    "name, task", [pytest.param(*each, marks=[pytest.mark.long] * (each[1].name in HEAVY)) for each in TASKS], ids=ids
)
def test_the_reference_has_full_marks_here_too(name, task, tmp_path):
    earned, parts = here.ask(name, task, tmp_path, own=True)
    assert earned == task.points, [part.problem for part in parts]


@pytest.mark.parametrize("kind", NOTHING)
@pytest.mark.parametrize("name, task", TASKS, ids=ids)
def test_an_answer_that_says_nothing_brings_no_point(name, task, kind, tmp_path):
    earned, parts = here.ask(name, task, tmp_path, **dict.fromkeys(functions_of(name, task), NOTHING[kind]))
    assert earned == 0, [part.title for part in parts if part.earned]
    assert all(part.problem for part in parts)


@pytest.mark.parametrize("name, task", TASKS, ids=ids)
def test_random_values_of_the_right_shape_bring_no_point(name, task, tmp_path):
    rng = np.random.default_rng(5)
    wrong = {key: random_values(function, rng) for key, function in functions_of(name, task).items()}
    assert here.ask(name, task, tmp_path, **wrong)[0] == 0


@pytest.mark.parametrize("name, task", TASKS, ids=ids)
def test_what_the_practice_check_prints_brings_no_point(name, task, tmp_path):
    if any(key.endswith(("net", "lenet", "alexnet", "net28", "lenet_relu")) for key in functions_of(name, task)):
        pytest.skip("its practice check makes a net, which is an answer")
    assert here.ask(name, task, tmp_path, **recited(name, task))[0] == 0


def generated():
    yield 1


class Odd:
    def __len__(self):
        return 2

    def __getitem__(self, place):
        raise ValueError("no")


ODD = {
    "0-d array": np.array(3.5),
    "0-d array of ints": np.array(3),
    "0-d mx array": "mx.np.array(2.0)",
    "empty array": np.zeros(0),
    "array of no rows": np.zeros((0, 3)),
    "array of wrong rank": np.ones((2, 2, 2, 2, 2)),
    "objects": np.array([None, "a"], dtype=object),
    "0-d object": np.array(None, dtype=object),
    "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "records": np.zeros(2, dtype=[("a", int)]),
    "texts in an array": np.array(["1", "2"]),
    "complex array": np.array([1j, 2]),
    "bools in an array": np.array([True, False]),
    "huge int": 10**400,
    "negative huge int": -(10**400),
    "too many digits": 10**5000,
    "nan": float("nan"),
    "inf": float("inf"),
    "negative zero": -0.0,
    "negative": -1,
    "bool": True,
    "complex": 1 + 2j,
    "bytes": b"12",
    "set": {1, 2},
    "empty list": [],
    "nested empties": [[], [[]], ()],
    "empty dict": {},
    "dict": {"a": 1},
    "dict of odd keys": {(1, 2): 3, None: [], 2.5: "x", frozenset([1]): 1},
    "number in a text": "3.5",
    "half a surrogate": "\ud800",
    "ragged": [[1, 2], [3]],
    "texts": ["1", "2"],
    "mixed": [1, "a", None],
    "nones": [None, None],
    "pair of nothing": (None, None),
    "quadruple of texts": ("a", "b", "c", "d"),
    "infinities": [float("inf"), float("-inf"), float("nan"), 10**400],
    "generator": generated,
    "class": Odd,
    "function": fails,
    "object with a length": Odd(),
    "deep": "deep",
    "a type": np.float64,
    "range": range(3),
    "a shape": (28, 28),
    "ellipsis": ...,
}


def odd_values(name):
    mx = here.namespace(name)["mx"] if "mx" in here.namespace(name) else None
    deep = []
    for _ in range(60):
        deep = [deep]
    for label, value in ODD.items():
        if label == "deep":
            value = deep
        elif label == "0-d mx array":
            value = mx.np.array(2.0) if mx else np.float32(2)
        elif label == "generator":
            value = generated()
        yield label, value
        yield f"a pair of {label}", (value, value)


@pytest.mark.parametrize("name, task", TASKS, ids=ids)
def test_no_value_whatever_is_the_graders_own_fault(name, task, tmp_path):
    names = list(functions_of(name, task))
    # Some checks draw thousands of pictures or words each time.
    some = {"features": 40, "word_histograms": 23, "policy": 13, "standardize": 5}.get(task.name, 1)
    for label, value in list(odd_values(name))[::some]:
        # What is not caught here is called a fault of the check.
        earned, parts = here.ask(name, task, tmp_path, **dict.fromkeys(names, lambda *_, value=value, **__: value))
        assert earned == 0, label
        assert all(part.problem for part in parts), label


def by_a_table(known, labels):
    """Features that are the label of the known picture with the same small copy."""

    def small(images):
        means = images.reshape(-1, 4, 7, 4, 7).mean(axis=(2, 4))
        return [tuple((each > each.mean()).ravel()) for each in means]

    table = dict(zip(small(known), labels, strict=True))
    return lambda images: np.eye(11, dtype="float32")[[table.get(key, 10) for key in small(images)]]


def by_the_nearest(known, labels):
    """Features that are the label of the most similar known picture, mirrored or not."""

    def flat(images):
        rows = images.reshape(len(images), -1).astype("float32")
        rows = rows - rows.mean(axis=1, keepdims=True)
        return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)

    by_heart, names = flat(np.concatenate([known, known[:, :, ::-1]])), np.tile(labels, 2)
    return lambda images: np.eye(10, dtype="float32")[names[(flat(images) @ by_heart.T).argmax(axis=1)]]


@pytest.mark.parametrize("cheat", [by_a_table, by_the_nearest])
@pytest.mark.parametrize("data", ["real", "stand-in"])
def test_features_that_carry_a_label_learned_by_heart_are_no_good(cheat, data, tmp_path, request, monkeypatch):
    from gluon_alexnet.data import synthetic
    from gluon_alexnet.data.files import load_split
    from gluon_alexnet.grading import sandbox

    where = request.getfixturevalue("real_data") if data == "real" else "stand-in"
    monkeypatch.setattr(sandbox, "data_folder", lambda: where)
    if data == "real":
        # Even with all pictures that the grader draws from.
        split = load_split("test", where, download=False)
        known, labels = split.images, split.labels.astype(int)
    else:
        known, labels = synthetic.make_split("test", 4_000, seed=1)
    _, parts = here.ask("07_features", FEATURES, tmp_path, features=cheat(known, labels))
    # The first part is for the form alone.
    assert [part.earned for part in parts[1:]] == [0, 0], [part.problem for part in parts]


def test_features_by_hand_have_full_marks_on_the_real_data(tmp_path, real_data, monkeypatch):
    monkeypatch.setattr("gluon_alexnet.grading.sandbox.data_folder", lambda: real_data)
    earned, parts = here.ask("07_features", FEATURES, tmp_path, own=True)
    assert earned == 4, [part.problem for part in parts]


def test_the_cheats_would_work_on_pictures_as_they_are(real_data):
    from gluon_alexnet.data.files import load_split

    split = load_split("test", real_data, download=False)
    images, labels = split.images[:2000], split.labels[:2000].astype(int)
    said = by_the_nearest(split.images, split.labels.astype(int))(images).argmax(axis=1)
    assert (said == labels).mean() > 0.99


IN_BOXES = {
    "None": "return None",
    "its first argument": "return [*arguments, *named.values(), None][0]",
    "an array without dimensions": "import numpy; return numpy.array(3.5)",
    "lists of different lengths": "return [[1, 2], [3]], b'12'",
    "a class": "return type(arguments)",
}


@pytest.mark.long
@pytest.mark.parametrize("kind", IN_BOXES)
@pytest.mark.parametrize("name", exercises.list_exercises())
def test_in_its_box_such_an_answer_brings_no_point_either(name, kind, tmp_path):
    import make_exercises
    import nbformat

    from gluon_alexnet.grading import grade as grading

    notebook = nbformat.read(make_exercises.places(name)["en", False], as_version=4)
    for cell in notebook.cells:
        for task in exercises.load(name).tasks:
            if cell.id == task.name:
                functions = (f"def {key}(*arguments, **named):\n    {IN_BOXES[kind]}\n" for key in functions_of(name, task))
                cell.source = "\n".join([f"# task: {task.name}", *functions])
    nbformat.write(notebook, tmp_path / "nothing.ipynb")
    result = grading.grade(tmp_path / "nothing.ipynb")
    assert result.earned == 0, [(task.task, task.parts) for task in result.tasks if task.earned]
    assert {task.status for task in result.tasks} <= {"wrong", "error"}
