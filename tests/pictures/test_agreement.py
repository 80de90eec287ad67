"""Three nets on six pictures, by hand: what all contradict, where they disagree, and the page that shows it."""

import json

import numpy as np
import pytest
from html_page import Page

from gluon_alexnet.errors import UserError
from gluon_alexnet.pictures import agreement
from gluon_alexnet.pictures.agreement import Agreement

NAMES = ["Shirt", "<b>Coat</b>"]
LABELS = np.array([0, 0, 0, 1, 1, 1])
# The probability of class 1 by each of three nets: 0 and 4 are contradicted by all, 4 more surely; 1 and 5 depend on the net.
OF_ONE = np.array([[0.7, 0.2, 0.1, 0.9, 0.05, 0.4], [0.6, 0.9, 0.2, 0.8, 0.15, 0.6], [0.8, 0.3, 0.3, 0.7, 0.1, 0.7]])
PROBABILITIES = np.stack([1 - OF_ONE, OF_ONE], axis=2).astype("float32")
RUNS = [{"name": "one", "seed": 0}, {"name": "two", "seed": 1}, {"name": "three", "seed": 2}]
IMAGES = np.arange(6 * 28 * 28, dtype=np.uint8).reshape(6, 28, 28)


@pytest.fixture
def three():
    return Agreement(LABELS, PROBABILITIES)


def written(path, found, **values):
    given = {"model": "lenet", "data_name": "fashion-mnist", "images": IMAGES, "class_names": NAMES, "differing": {}, **values}
    return Page(agreement.write_page(path, found, RUNS, **given).read_text(encoding="utf-8"))


@pytest.fixture
def page(three, tmp_path):
    return written(tmp_path / "compare.html", three)


def test_what_all_contradict_comes_by_the_mean_probability(three):
    # Of 0 all say class 1 at (.7 + .6 + .8) / 3 = .7, of 4 class 0 at (.95 + .85 + .9) / 3 = .9.
    assert three.contradicted.tolist() == [4, 0]
    assert three.mean[4, 0] == pytest.approx(0.9) and three.mean[0, 1] == pytest.approx(0.7)


def test_what_depends_on_the_run_comes_most_undecided_first(three):
    # Means of class 1: 1 has .467 and so .533 for 0, 5 has .567.
    assert three.disputed.tolist() == [1, 5] and three.right.tolist() == [0, 2, 3, 3, 0, 2]


def test_accuracies_alone_and_together(three):
    # The first has 1, 2 and 3 right, the second 2, 3 and 5, the third all but 0 and 4, as their means have.
    assert three.accuracies == pytest.approx([3 / 6, 3 / 6, 4 / 6])
    assert three.together == pytest.approx(4 / 6)
    assert three.by_chance == pytest.approx(6 * (1 / 2) * (1 / 2) * (1 / 3))


def test_a_program_is_told_each_contradicted_picture(three):
    told = json.loads(json.dumps(agreement.to_dict(three, RUNS)))
    assert told["contradicted"][0] == {"picture": 4, "label": 1, "said": 0, "answers": [0, 0, 0], "probability": 0.9}
    assert told["by_right_answers"] == [2, 0, 2, 2] and told["pictures"] == 6
    assert told["runs"][2] == {"name": "three", "seed": 2, "test_accuracy": pytest.approx(2 / 3)}


def test_nets_that_contradict_a_label_need_not_agree():
    probabilities = np.full((2, 1, 3), 0.1, "float32")
    probabilities[0, 0, 1], probabilities[1, 0, 2] = 0.8, 0.6
    found = Agreement(np.array([0]), probabilities)
    assert found.contradicted.tolist() == [0] and agreement.to_dict(found, RUNS[:2])["contradicted"][0]["said"] == 1


def test_the_page_shows_them_with_labels_and_answers(page):
    assert "2 of 6 test pictures have a label that no run answers" in page.text
    assert "<b>Coat</b> all say Shirt90.0 % no. 4" in page.text
    assert page.row("<b>Coat</b>") == ["<b>Coat</b>", "Shirt", "1"]
    # Two contradicted and two disputed, each a picture with words for who does not see it.
    assert len(page.pictures()) == 4
    assert ("img", "alt", "Test picture 4, labelled <b>Coat</b>") in page.attributes
    # If mistakes were independent: 6 / 2 / 2 / 3.
    assert "all would be wrong on about 0.5 pictures" in page.text


def test_the_page_tells_luck_in_points(page):
    # 50, 50 and 66.67 %: mean 55.56, range 16.67, deviation 16.67 / sqrt(3); by sampling sqrt(.5556 * .4444 / 6).
    assert "55.56 %" in page.text and "16.67 points above the worst" in page.text
    assert "standard deviation from run to run is 9.62 points" in page.text and "by about 20.29 points" in page.text
    assert page.row("three")[:3] == ["three", "2", "0.6667"]
    assert page.row("the mean of their probabilities")[2] == "0.6667"
    # The third differs from another on 1 (.3 against .9) and 5 (.7 against .4); the second from another on the same two.
    assert page.row("three")[3] == page.row("two")[3] == "33.3 %"
    assert page.row("3 of 3")[1] == "2" and page.row("0 of 3")[1] == "2" and page.row("1 of 3")[1] == "0"


def test_the_page_is_one_file_without_programs(page):
    assert "script" not in page.tags and all(source.startswith("data:") for source in page.pictures())


def test_runs_of_other_settings_and_made_up_data_are_announced(three, tmp_path, page):
    assert "differ in more than their seed" not in page.text and "NOT Fashion-MNIST" not in page.text
    other = written(tmp_path / "2.html", three, data_name="stand-in", differing={"weight_decay": [None, 0.1, 0.1]})
    assert "differ in more than their seed" in other.text and "weight decay (none, 0.1, 0.1)." in other.text
    assert "NOT Fashion-MNIST" in other.text


def test_runs_that_agree_have_nothing_to_show(tmp_path):
    found = Agreement(LABELS, np.stack([np.eye(2)[LABELS]] * 3))
    page = written(tmp_path / "compare.html", found)
    assert page.text.count("There are none") == 2 and not page.pictures()


def test_no_more_pictures_are_shown_than_one_looks_at(tmp_path):
    labels = np.zeros(100, int)
    wrong = np.tile(np.array([0.25, 0.75], "float32"), (3, 100, 1))
    page = written(tmp_path / "compare.html", Agreement(labels, wrong), images=np.zeros((100, 28, 28), "uint8"))
    assert len(page.pictures()) == agreement.CONTRADICTED
    assert f"here are the {agreement.CONTRADICTED} on which the runs are surest together" in page.text


def test_a_terminal_is_told_the_same(three):
    lines = agreement.summary(three, RUNS).splitlines()
    assert lines[0] == "one: accuracy 0.5000" and lines[3].startswith("mean 0.5556, standard deviation 0.0962")
    assert lines[4].startswith("of 6 pictures, 2 have a label that every net contradicts, and on 2 it depends")


@pytest.mark.parametrize(
    "labels, shape", [(LABELS, (1, 6, 2)), (LABELS, (6, 2)), (LABELS[:5], (3, 6, 2)), (LABELS[:0], (3, 0, 2))]
)
def test_what_does_not_fit_is_refused(labels, shape):
    with pytest.raises(UserError, match="do not fit"):
        Agreement(labels, np.zeros(shape))
