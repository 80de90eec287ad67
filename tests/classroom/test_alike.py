"""What is alike in classes that were made for it: students by themselves, pairs who handed answers on, values, nets."""

import functools
import random
import sys

import alike_class as made
import exercise_here as here
import pytest

from gluon_alexnet.classroom import alike
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises

NAME = "04_cost"


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """Each text is taken apart once, however many classes hold it."""
    plain = alike.pieces_of
    alike.pieces_of = functools.cache(plain)
    yield
    alike.pieces_of = plain


@pytest.fixture(scope="module")
def class_():
    return made.honest(NAME, 60, seed=3, often=0.5)


def pairs(found):
    return {each.students for each in found}


def test_honest_answers_are_not_alike(class_):
    assert alike.find(class_) == []


def test_the_published_solution_and_answers_that_many_have_are_not_alike():
    published = {task.name: task.reference for task in exercises.load(NAME).tasks}
    assert alike.find([made.entry(f"s{number}", NAME, published) for number in range(60)]) == []
    # Half of the class has one solution from elsewhere.
    elsewhere = made.answers(NAME, random.Random(5))
    class_ = made.honest(NAME, 30, seed=1)
    assert alike.find([*class_, *(made.entry(f"t{number}", NAME, elsewhere) for number in range(30))]) == []


def test_handed_on_answers_are_found_under_other_names_in_another_order_with_other_comments(class_):
    found = alike.find([*class_, made.handed_on(class_[3], "friend", 1), made.handed_on(class_[40], "other", 2)])
    assert pairs(found) == {("friend", "s003"), ("other", "s040")}
    for each in found:
        assert (each.exercise, each.kind) == (NAME, "text") and 0.5 < each.score <= 1 and each.chance <= alike.MOST
        assert "of what is not in the published solution" in each.what
    assert "published" not in alike.find([*class_, made.handed_on(class_[3], "friend", 1)], "vi")[0].what


def test_one_answer_of_many_that_was_handed_on_is_found():
    class_ = made.honest(NAME, 60, seed=2)
    own = """
def step_seconds(costs, batch_size, itemsize, peak, bandwidth):
    table = np.array([[c["multiply_adds"], c["params"], c["inputs"] + c["outputs"]] for c in costs], dtype=np.float64)
    work, weights, moved = table.T
    arithmetic = np.divide(2 * batch_size * work, peak)
    traffic = np.divide(np.multiply(itemsize, weights + np.multiply(batch_size, moved)), bandwidth)
    slower = np.where(np.less(arithmetic, traffic), traffic, arithmetic)
    rounds = np.full(len(costs), 3)
    rounds[np.flatnonzero(np.equal(weights, 0))] -= 1
    rounds[0] -= 1
    return np.dot(slower, rounds).item() + np.divide(3 * itemsize * weights.sum(), bandwidth)
"""
    for place, seed in ((10, 1), (20, 2)):
        class_[place]["result"]["answers"]["step_seconds"]["source"] = made.renamed(own, random.Random(seed))
    found = alike.find(class_)
    assert pairs(found) == {("s010", "s020")} and "step_seconds" in found[0].what and found[0].score > 0.7


def asked(seed, count=60, tasks=8):
    """Entries of students who are wrong in two tasks of five: by known mistakes, common wrong values, and values of their own."""
    draw, found = random.Random(seed), []
    for number in range(count):
        rows = {}
        for task in range(tasks):
            value, wrong = f"right{task}", False
            if draw.random() < 0.4:
                kind = draw.random()
                value = f"known{task}" if kind < 0.4 else f"common{task}" if kind < 0.6 else f"own{task}-{draw.randrange(60)}"
                wrong = "no-bias" if kind < 0.4 else True
            rows[f"task{task}"] = [[f"question{task}", value, wrong], ["other", "right", False]]
        found.append(made.entry(f"s{number:03}", NAME, {}, rows))
    return found


def wrong_in(entry, *tasks, value):
    for task in entry["result"]["tasks"]:
        if task["task"] in tasks:
            task["asked"][0][1:] = [f"{task['task']}{value}", True]


@pytest.mark.parametrize("seed", range(10))
def test_wrong_answers_by_chance_known_mistakes_and_common_values_are_not_alike(seed):
    assert alike.find(asked(seed)) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_same_wrong_values_in_several_tasks_are_found(seed):
    class_ = asked(seed)
    for place in (4, 9):
        wrong_in(class_[place], "task1", "task3", "task4", "task6", value="odd")
    found = [each for each in alike.find(class_) if each.students == ("s004", "s009")]
    assert [(each.kind, each.score) for each in found] == [("behaviour", 4.0)]
    assert "task1, task3, task4, task6" in found[0].what
    assert pairs(alike.find(class_)) == {("s004", "s009")}


def test_one_same_wrong_value_is_not_enough_and_nothing_is_no_value():
    class_ = asked(0)
    for place in (4, 9):
        wrong_in(class_[place], "task1", value="odd")
    assert alike.find(class_) == []
    nothing = sorted(alike.PLAIN)[0]
    for place in (4, 9):
        for task in class_[place]["result"]["tasks"]:
            task["asked"][0][1:] = [nothing, True]
    assert alike.find(class_) == []


def built(nets):
    rows = {task: [[f"{alike.NET}{task}", net, False]] for task, net in nets.items()}
    return rows


def test_the_same_unusual_nets_are_found_and_usual_and_published_ones_are_not():
    draw = random.Random(0)
    class_ = []
    for number in range(60):
        nets = {
            task: draw.choice([f"usual{draw.randrange(3)}", f"own{number}"]) for task in ("net28", "tiny_net", "small_alexnet")
        }
        class_.append(made.entry(f"s{number:03}", NAME, {}, built(nets)))
    assert alike.find(class_) == []
    published = sorted(alike.PUBLISHED)[:3]
    for place in (1, 2):
        class_[place] = made.entry(
            f"s{place:03}", NAME, {}, built(dict(zip(("net28", "tiny_net", "small_alexnet"), published, strict=True)))
        )
    assert alike.find(class_) == []
    for place in (5, 6):
        class_[place] = made.entry(f"s{place:03}", NAME, {}, built({"net28": "a", "tiny_net": "b", "small_alexnet": f"c{place}"}))
    [found] = alike.find(class_)
    assert (found.students, found.kind, found.score) == (("s005", "s006"), "net", 2.0) and "net28, tiny_net" in found.what


def test_the_published_nets_are_known(tmp_path, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    found = set()
    for name, task in (("01_epochs", "quick_net"), ("02_simplify", "tiny_net"), ("05_lenet_dropout", "best_lenet")):
        asked = here.interview(name, next(each for each in exercises.load(name).tasks if each.name == task), tmp_path)
        found |= {value for question, value, _ in asked.asked if question.startswith(alike.NET)}
    assert len(found) == 3 and found <= alike.PUBLISHED


def test_a_few_students_tell_nothing_of_chance():
    one = made.honest(NAME, 1, seed=0)[0]
    assert alike.find([one, made.handed_on(one, "friend", 1)]) == []


def test_what_cannot_be_compared_is_passed_over(class_):
    broken = made.entry("broken", NAME, {"output_shape": "def f(:\n" * 50, "unknown": "x = 'ạ" * 2000})
    empty = {**made.entry("empty", NAME, {}), "result": {"error": "no notebook", "tasks": []}}
    older = made.entry("older", NAME, {"output_shape": ""})
    del older["result"]["tasks"][0]["asked"]
    assert alike.find([*class_, broken, empty, older]) == []


def test_without_copydetect_one_sentence_says_what_to_install(class_, monkeypatch):
    monkeypatch.setitem(sys.modules, "copydetect", None)
    monkeypatch.setattr(alike, "pieces_of", alike.pieces_of)
    with pytest.raises(UserError, match="needs copydetect, which is not installed: pip install"):
        alike.published("none")


def test_two_of_a_small_class_who_alone_are_wrong_alike_in_three_tasks_are_found_and_in_two_not():
    for tasks in (2, 3):
        class_ = [made.entry(f"s{n:03}", NAME, {}, {f"task{t}": [["q", "right", False]] for t in range(8)}) for n in range(14)]
        for place in (4, 9):
            wrong_in(class_[place], *[f"task{task}" for task in range(tasks)], value="odd")
        # Of the one opportunity and the prior of one in four: a quarter to the power of the tasks.
        assert [each.chance for each in alike.find(class_)] == ([0.016] if tasks == 3 else [])
