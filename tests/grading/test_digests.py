"""The digest of a task changes with all that its points depend on, and with nothing else."""

import copy

import grading_demo as demo

from gluon_alexnet.grading import exercise


def digests(change):
    """The digests of the demo's tasks after `change` was made to its reference."""
    content = copy.deepcopy(demo.REFERENCE)
    change(content)
    return exercise.digests(exercise.from_json(content))


def changed(change):
    """The tasks whose digest is another after `change`."""
    before = digests(lambda content: None)
    return {task for task, digest in digests(change).items() if digest != before[task]}


def cell(content, id):
    return next(cell for cell in content["cells"] if cell["id"] == id)


def put(content, task, key, value):
    content["tasks"][task][key] = value


def test_each_task_has_its_own_sha_256_which_is_the_same_each_time():
    first, again = digests(lambda content: None), exercise.digests(demo.EXERCISE)
    assert len(set(first.values())) == 3
    assert first == again and set(first) == {"double", "relu", "total"}
    assert all(len(digest) == 64 and int(digest, 16) >= 0 for digest in first.values())


def test_check_points_and_reference_count_for_their_own_task():
    check = demo.REFERENCE["tasks"]["total"]["check"]
    assert changed(lambda content: put(content, "total", "check", check.replace("5050", "5051"))) == {"total"}
    assert changed(lambda content: put(content, "relu", "points", 7)) == {"relu"}
    assert changed(lambda content: put(content, "relu", "reference", "def relu(x):\n    return x")) == {"relu"}


def test_titles_and_texts_do_not_count():
    def renamed(content):
        content["title"]["en"] = "Another title"
        content["tasks"]["total"]["title"] = {"en": "A number", "vi": "Một số"}

    assert changed(renamed) == set()


def test_a_given_cell_counts_for_all_tasks_below_it():
    def widened(content):
        cell(content, "between")["source"] += "\nWIDTH = 3"

    assert changed(widened) == {"relu", "total"}


def test_a_task_depends_on_the_earlier_ones_that_it_uses():
    def uses(content):
        put(content, "total", "reference", "total = int(double(2525))")

    def uses_and_mends(content):
        uses(content)
        put(content, "double", "check", content["tasks"]["double"]["check"].replace("-99, 99", "-9, 9"))

    before, after = digests(uses), digests(uses_and_mends)
    assert {task for task in before if before[task] != after[task]} == {"double", "total"}
    assert changed(lambda content: put(content, "double", "points", 4)) == {"double"}


def test_the_digest_of_the_whole_follows_those_of_its_tasks():
    content = copy.deepcopy(demo.REFERENCE)
    put(content, "total", "points", 2)
    assert exercise.digest(exercise.from_json(content)) != exercise.digest(demo.EXERCISE)
    assert exercise.digest(exercise.from_json(demo.REFERENCE)) == exercise.digest(demo.EXERCISE)
