"""Pictures that are there twice, exactly, nearly, moved or mirrored; labels that contradict. Planted, and by brute force."""

import itertools

import numpy as np
import pytest

from gluon_alexnet.data import duplicates, load_split
from gluon_alexnet.errors import UserError

SIDE = 12


@pytest.fixture
def noise():
    """Forty pictures of which no two are alike, uint8 (40, 12, 12), black at the border."""
    images = np.random.RandomState(1).randint(0, 256, (40, SIDE, SIDE)).astype("uint8")
    images[:, [0, 1, -2, -1]] = images[:, :, [0, 1, -2, -1]] = 0
    return images


def planted(pairs):
    return [tuple(map(int, pair)) for pair in zip(pairs.first, pairs.second, strict=True)]


def test_equal_pictures_are_found_all_of_them(noise):
    noise[[7, 31]] = noise[3]
    noise[20] = noise[5]
    assert duplicates.exact_duplicates(noise).tolist() == [[3, 7], [3, 31], [5, 20], [7, 31]]
    others = np.stack([noise[5], noise[0] + 1])
    assert duplicates.exact_duplicates(noise, others).tolist() == [[5, 0], [20, 0]]
    assert duplicates.exact_duplicates(noise[:3]).shape == (0, 2)


def test_pictures_that_differ_in_light_and_contrast_are_near(noise):
    noise[9] = noise[4] // 2 + 40
    pairs = duplicates.near_duplicates(noise, shift=0)
    assert planted(pairs) == [(4, 9)] and pairs.correlation[0] > 0.999
    assert (pairs.down[0], pairs.right[0], pairs.mirrored[0]) == (0, 0, False)
    assert planted(duplicates.near_duplicates(255 - noise, shift=0)) == [(4, 9)]


def test_it_is_told_how_a_picture_was_moved_and_mirrored(noise):
    # Down by one and right by one, from where the second would have to go back; and the mirror image of another, moved up.
    noise[30] = np.roll(noise[2], (1, 1), (0, 1))
    noise[12] = np.roll(noise[11][:, ::-1], -1, 0)
    pairs = duplicates.near_duplicates(noise)
    found = dict(zip(planted(pairs), zip(pairs.down, pairs.right, pairs.mirrored, strict=True), strict=True))
    assert found == {(2, 30): (-1, -1, False), (11, 12): (1, 0, True)}
    assert pairs.correlation.tolist() == pytest.approx([1, 1])
    assert planted(duplicates.near_duplicates(noise, mirrors=False)) == [(2, 30)]
    assert planted(duplicates.near_duplicates(noise, shift=0)) == []
    # Between two sets the numbers are each set's own.
    assert planted(duplicates.near_duplicates(noise[:20], noise[20:])) == [(2, 10)]


def test_a_pair_is_told_once_and_the_most_alike_come_first(noise):
    symmetric = noise[0] // 2 + noise[0][:, ::-1] // 2
    noise[0] = noise[1] = symmetric
    noise[17] = noise[16]
    noise[17, 6, 6] ^= 31
    pairs = duplicates.near_duplicates(noise, least=0.99)
    assert planted(pairs) == [(0, 1), (16, 17)] and pairs.correlation[0] > pairs.correlation[1]
    assert not pairs.mirrored.any()


def test_pictures_of_one_grey_are_near_nothing():
    assert not len(duplicates.near_duplicates(np.full((5, SIDE, SIDE), 77, "uint8")))


def brute_force(images, others, least, within):
    """{pair: highest correlation over all moves by one pixel and mirrors}, pair by pair, in float64."""
    found = {}
    for (i, image), (j, other) in itertools.product(enumerate(images), enumerate(others)):
        if within and i >= j:
            continue
        padded = np.pad(other.astype(float), 1)
        for turned in (padded, padded[:, ::-1]):
            for down, right in itertools.product(range(3), range(3)):
                moved = turned[down : down + image.shape[0], right : right + image.shape[1]]
                value = np.corrcoef(image.ravel(), moved.ravel())[0, 1]
                if value >= least:
                    found[i, j] = max(value, found.get((i, j), 0))
    return found


def test_nothing_is_missed_on_real_garments(real_data, monkeypatch):
    # So few dimensions and small blocks put the bound to the test; corrcoef is NumPy's own.
    monkeypatch.setattr(duplicates, "DIMENSIONS", 12)
    monkeypatch.setattr(duplicates, "BLOCK", 17)
    split = load_split("test", real_data)
    trousers = split.images[split.labels == 1][:45]
    for others, within in ((None, True), (split.images[:50], False)):
        expected = brute_force(trousers, trousers if within else others, 0.9, within)
        pairs = duplicates.near_duplicates(trousers, others, least=0.9)
        assert set(planted(pairs)) == set(expected) and len(expected) > 5
        assert pairs.correlation.tolist() == pytest.approx([expected[pair] for pair in planted(pairs)], abs=1e-5)


def test_fashion_mnist_has_none_twice_but_two_nearly(real_data):
    split = load_split("test", real_data)
    assert not len(duplicates.exact_duplicates(split.images))
    # Looked at: trousers and a bag that differ in the greys of a few pixels.
    assert planted(duplicates.near_duplicates(split.images, least=0.999, shift=0, mirrors=False)) == [(2115, 4926), (802, 9921)]


def test_pairs_with_two_labels_are_told(noise):
    noise[[9, 10, 11]] = noise[[4, 5, 6]]
    labels = np.arange(40) % 5
    pairs = duplicates.near_duplicates(noise)
    # 9 and 4 are both 4, 10 and 5 are both 0; 11 and 6 both 1.
    assert len(pairs) == 3 and not len(duplicates.contradicting(pairs, labels))
    labels[10] = 3
    assert planted(duplicates.contradicting(pairs, labels)) == [(5, 10)]
    across = duplicates.near_duplicates(noise[:8], noise[8:])
    assert planted(duplicates.contradicting(across, labels[:8], labels[8:])) == [(5, 2)]


def test_a_label_is_doubtful_by_the_paper_s_rule():
    labels = np.array([0, 0, 0, 1, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.65, 0.35], [0.3, 0.7], [0.45, 0.55]])
    # The means by hand: class 0 has (.9 + .8 + .1) / 3 = .6 over its own, class 1 (.35 + .7 + .55) / 3 = .533. Picture 2
    # reaches .533 for class 1, picture 3 reaches .6 for class 0; 5 is no candidate for class 0.
    assert duplicates.doubtful_labels(labels, probabilities).tolist() == [2, 3]
    # One that reaches no class's mean is not doubtful, whatever is likeliest.
    probabilities[3] = [0.55, 0.45]
    assert duplicates.doubtful_labels(labels, probabilities).tolist() == [2]


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: duplicates.near_duplicates(np.zeros((3, 4, 4))), "give uint8"),
        (lambda: duplicates.near_duplicates(np.zeros((0, 4, 4), "uint8")), "N at least 1"),
        (lambda: duplicates.near_duplicates(np.zeros((3, 4, 4), "uint8"), np.zeros((3, 5, 5), "uint8")), "one size"),
        (lambda: duplicates.near_duplicates(np.zeros((3, 4, 4), "uint8"), least=1.5), "least is 1.5"),
        (lambda: duplicates.doubtful_labels(np.zeros(3, int), np.ones((4, 2))), "do not fit"),
        (lambda: duplicates.doubtful_labels(np.zeros(3, int), np.ones((3, 2))), "each at least once"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, sentence):
    with pytest.raises(UserError, match=sentence):
        call()
