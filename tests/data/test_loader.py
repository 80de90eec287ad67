"""gluon_alexnet.data.loader: what the batches hold, in which order, and how large pictures are made of small ones."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from gluon_alexnet import FashionMNISTLoader
from gluon_alexnet.data import files, resize
from gluon_alexnet.data import loader as module
from gluon_alexnet.errors import DataError, UserError


def make(split="train", batch_size=32, limit=100, **kw):
    return FashionMNISTLoader(split, batch_size, limit=limit, data="stand-in", **kw)


def arrays(batches):
    return [(images.asnumpy(), labels.asnumpy()) for images, labels in batches]


def same(some, others):
    return len(some) == len(others) and all(
        np.array_equal(a, c) and np.array_equal(b, d) for (a, b), (c, d) in zip(some, others, strict=True)
    )


@pytest.fixture(scope="module")
def pictures():
    """Real pictures would do no better: noise has every slope, and the stand-in has edges."""
    noise = np.random.default_rng(0).integers(0, 256, (8, 28, 28)).astype("uint8")
    return np.concatenate([noise, files.load_split("test", data="stand-in").images[:24]])


# What a batch is


def test_images_are_float32_with_one_channel_and_labels_int32():
    images, labels = next(iter(make()))
    assert (images.shape, images.dtype) == ((32, 1, 28, 28), np.float32)
    assert (labels.shape, labels.dtype) == ((32,), np.int32)


@pytest.mark.parametrize("options", [{}, {"resize": 32}, {"resize": (20, 30), "normalize": True}])
def test_for_nets_of_colours_all_three_channels_are_the_grey_one(options):
    images, labels = next(iter(make(channels=3, **options)))
    grey, same_labels = next(iter(make(**options)))
    assert images.shape == (32, 3, *grey.shape[2:]) and images.dtype == np.float32
    assert np.array_equal(images.asnumpy(), np.concatenate([grey.asnumpy()] * 3, axis=1))
    assert np.array_equal(labels.asnumpy(), same_labels.asnumpy())


def test_other_numbers_of_channels_are_told():
    with pytest.raises(UserError, match="channels is 2: it must be 1, or 3 for nets that take pictures in colours"):
        make(channels=2)


def test_batches_are_np_arrays_on_the_cpu():
    np_array = module.runtime.load_mxnet().np.ndarray
    for array in next(iter(make(resize=32))):
        assert isinstance(array, np_array)
        assert array.ctx.device_type == "cpu"


def test_a_pixel_is_its_byte_divided_by_255():
    images, labels = next(iter(make("test", 50)))
    split = files.load_split("test", data="stand-in")
    assert np.array_equal(images.asnumpy()[:, 0], split.images[:50].astype("float32") / np.float32(255))
    assert np.array_equal(labels.asnumpy(), split.labels[:50])


@pytest.mark.parametrize("size", [None, 14, 32, (112, 96), 224])
def test_values_stay_between_0_and_1_even_for_white(size):
    white = np.full((3, 28, 28), 255, "uint8")
    resized = module.to_input(white, module._size(size)).asnumpy()
    assert resized.max() <= 1
    assert resized.min() > 1 - 1e-6


def test_the_set_stays_in_memory_as_bytes():
    loader = make(resize=224)
    next(iter(loader))
    kept = [value for value in vars(loader).values() if isinstance(value, np.ndarray) and value.ndim > 1]
    assert [(value.dtype, value.shape) for value in kept] == [(np.uint8, (100, 28, 28))]


def test_len_is_the_number_of_batches():
    loader = make(batch_size=32, limit=100)
    assert len(loader) == 4 == len(list(loader))


# Resizing


def by_hand(pictures, height, width):
    """Bilinear interpolation with half-pixel centres and clamped borders, written out in float64."""

    def weights(new, old):
        centres = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        low = np.minimum(np.floor(centres).astype(int), old - 2)
        matrix = np.zeros((new, old))
        matrix[np.arange(new), low] = 1 - (centres - low)
        matrix[np.arange(new), low + 1] = centres - low
        return matrix

    return weights(height, 28) @ (pictures / 255) @ weights(width, 28).T


SIZES = [(224, 224), (112, 96), (32, 32), (28, 40), (14, 14), (20, 9)]


@pytest.mark.parametrize("size", SIZES)
def test_resizing_is_bilinear_with_half_pixel_centres(pictures, size):
    resized = module.to_input(pictures, size).asnumpy()[:, 0]
    assert resized.shape == (len(pictures), *size)
    assert np.abs(resized - by_hand(pictures, *size)).max() < 1e-5


@pytest.mark.parametrize("size", SIZES)
def test_resizing_is_within_a_grey_level_of_opencv(pictures, size):
    cv2 = pytest.importorskip("cv2")
    resized = module.to_input(pictures, size).asnumpy()[:, 0]
    theirs = np.stack([cv2.resize(picture, size[::-1], interpolation=cv2.INTER_LINEAR) for picture in pictures])
    assert np.abs(resized - theirs / 255).max() <= 1 / 255


@pytest.mark.parametrize("size", [(224, 224), (40, 31), (14, 20)])
@pytest.mark.parametrize("normalize", [False, True])
def test_without_opencv_the_pixels_are_the_same(monkeypatch, pictures, size, normalize):
    with_it = module.to_input(pictures, size, normalize).asnumpy()
    monkeypatch.setattr(resize, "_opencv", lambda: None)
    np.testing.assert_allclose(module.to_input(pictures, size, normalize).asnumpy(), with_it, rtol=0, atol=1e-5)


def test_no_pictures_stay_none():
    assert module.to_input(np.zeros((0, 28, 28), "uint8"), (56, 56)).shape == (0, 1, 56, 56)


def test_without_resize_nothing_is_interpolated(pictures):
    assert np.array_equal(module.to_input(pictures, (28, 28)).asnumpy()[:, 0] * 255, pictures)


def test_an_int_is_a_square_and_a_pair_is_height_and_width():
    assert next(iter(make(resize=40)))[0].shape == (32, 1, 40, 40)
    assert next(iter(make(resize=(40, 30))))[0].shape == (32, 1, 40, 30)


def test_resizing_keeps_channels_apart():
    mx = module.runtime.load_mxnet()
    colour = np.random.default_rng(0).random((2, 3, 8, 8)).astype("float32")
    together = module.resize_batch(mx.np.array(colour), (13, 11)).asnumpy()
    for channel in range(3):
        alone = module.resize_batch(mx.np.array(colour[:, channel : channel + 1]), (13, 11)).asnumpy()
        assert np.array_equal(together[:, channel : channel + 1], alone)


# Order


def test_the_same_seed_gives_the_same_batches():
    assert same(arrays(make(seed=3, augment="flip+shift")), arrays(make(seed=3, augment="flip+shift")))


def test_another_seed_gives_another_order():
    assert not same(arrays(make(seed=3)), arrays(make(seed=4)))


def test_two_passes_differ_in_order_and_hold_the_same_images():
    loader = make(batch_size=100)
    ((first, _),), ((second, _),) = arrays(loader), arrays(loader)
    assert not np.array_equal(first, second)
    assert sorted(map(bytes, first)) == sorted(map(bytes, second))


def test_images_keep_their_labels_when_shuffled():
    split = files.load_split("train", data="stand-in")
    label_of = dict(zip(map(bytes, split.images[:100]), split.labels[:100].tolist(), strict=True))
    for images, labels in arrays(make(shuffle=True)):
        for image, label in zip(images[:, 0], labels.tolist(), strict=True):
            assert label_of[bytes(np.rint(image * 255).astype("uint8"))] == label


@pytest.mark.parametrize(("split", "shuffled"), [("train", True), ("train-rest", True), ("validation", False), ("test", False)])
def test_only_training_splits_are_shuffled_unless_asked(split, shuffled):
    assert make(split).shuffle is shuffled
    assert make(split, shuffle=not shuffled).shuffle is not shuffled
    loader = make(split)
    assert same(arrays(loader), arrays(loader)) is not shuffled


def test_it_can_be_enumerated_twice():
    loader = make()
    assert [number for number, _ in enumerate(loader)] == [number for number, _ in enumerate(loader)] == [0, 1, 2, 3]


def test_stopping_early_leaves_the_next_pass_whole_and_in_its_order():
    stopped, straight = make(seed=5), make(seed=5)
    for _ in stopped:
        break
    list(straight)
    assert same(arrays(stopped), arrays(straight))


def test_two_passes_may_run_side_by_side():
    loader, reference = make(seed=5), make(seed=5)
    first, second = arrays(reference), arrays(reference)
    both = [(a, b) for a, b in zip(loader, loader, strict=True)]
    assert same(arrays(a for a, _ in both), first)
    assert same(arrays(b for _, b in both), second)


def test_a_pass_can_be_repeated_by_its_number():
    loader = make(seed=5)
    list(loader)
    second = arrays(loader)
    loader.epoch = 1
    assert same(arrays(loader), second)
    assert same(arrays(loader.batches(1)), second)


def test_a_pass_can_be_entered_in_the_middle():
    loader = make(seed=5, augment="flip+shift")
    whole = arrays(loader.batches(7))
    assert same(arrays(loader.batches(7, start=2)), whole[2:])
    assert loader.epoch == 0


def test_it_can_be_wrapped_by_a_generator_a_zip_and_a_class():
    class Halved:
        def __init__(self, inner):
            self.inner = inner

        def __len__(self):
            return len(self.inner)

        def __iter__(self):
            return ((images / 2, labels) for images, labels in self.inner)

    expected = arrays(make(seed=5))
    assert same(arrays(batch for batch in make(seed=5)), expected)
    assert same(arrays(batch for _, batch in zip(range(4), make(seed=5), strict=True)), expected)
    wrapped = Halved(make(seed=5))
    assert len(wrapped) == 4
    assert same([(images * 2, labels) for images, labels in arrays(wrapped)], expected)


# Parts of the data


def test_a_short_last_batch_is_kept_or_discarded():
    kept, discarded = make(last_batch="keep"), make(last_batch="discard")
    assert [len(labels) for _, labels in kept] == [32, 32, 32, 4]
    assert [len(labels) for _, labels in discarded] == [32, 32, 32] and len(discarded) == 3


def test_a_batch_larger_than_the_set_is_the_set():
    assert [len(labels) for _, labels in make(batch_size=1_000)] == [100]


def test_limit_takes_the_first_images():
    split = files.load_split("test", data="stand-in")
    assert np.array_equal(make("test", limit=7).labels, split.labels[:7])
    assert len(make("test", limit=1_000_000).labels) == 10_000


@pytest.fixture(scope="module")
def whole():
    return {split: make(split, limit=None) for split in module.SPLITS}


def test_the_sizes_of_the_splits(whole):
    sizes = {split: len(loader.labels) for split, loader in whole.items()}
    assert sizes == {"train": 60_000, "test": 10_000, "validation": 5_000, "train-rest": 55_000}


def test_validation_and_the_rest_are_train_shared_out(whole):
    held_out, rest = module._members("validation", 60_000), module._members("train-rest", 60_000)
    assert sorted([*held_out, *rest]) == list(range(60_000))
    assert np.array_equal(whole["validation"].pixels, whole["train"].pixels[held_out])
    assert np.array_equal(whole["train-rest"].labels, whole["train"].labels[rest])


def test_validation_is_the_same_for_every_seed_and_for_ever():
    # The first numbers of the permutation that NumPy promises never to change (NEP 19).
    held_out = np.random.RandomState(2017).permutation(60_000)[:5_000]
    assert np.array_equal(module._members("validation", 60_000), np.sort(held_out))
    assert np.array_equal(make("validation", seed=1).pixels, make("validation", seed=2).pixels)


def test_augmentation_is_drawn_anew_in_every_pass():
    loader = make(shuffle=False, augment="flip+shift")
    first, second = arrays(loader), arrays(loader)
    assert not np.array_equal(first[0][0], second[0][0])
    assert np.array_equal(first[0][1], second[0][1])


def test_a_function_can_augment():
    def negative(images, rng):
        return 255 - images

    loader, plain = make("test", augment=negative), make("test")
    assert np.allclose(next(iter(loader))[0].asnumpy(), 1 - next(iter(plain))[0].asnumpy(), atol=1e-6)
    assert loader.settings["augment"] == "negative"


def test_its_settings_can_be_kept_as_json_whatever_they_were_given_as():
    class Nothing:
        def __call__(self, images, rng):
            return images

    loader = make(batch_size=np.int64(8), limit=np.int64(16), seed=np.int64(1), resize=np.int64(32), augment=Nothing())
    assert json.loads(json.dumps(loader.settings)) == {
        "split": "train",
        "batch_size": 8,
        "resize": [32, 32],
        "shuffle": True,
        "seed": 1,
        "augment": "Nothing",
        "normalize": False,
        "last_batch": "keep",
        "limit": 16,
    }


# Mistakes


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"split": "tset"}, "there is no split 'tset': did you mean 'test'\\? take one of train, test, validation, train-rest"),
        ({"batch_size": 0}, "batch_size is 0: it must be a whole number of at least 1"),
        ({"batch_size": 12.5}, "batch_size is 12.5"),
        ({"batch_size": True}, "batch_size is True"),
        ({"limit": 0}, "limit is 0"),
        ({"limit": -3}, "limit is -3"),
        ({"resize": 0}, "resize is 0"),
        ({"resize": "224"}, "resize is '224'"),
        ({"resize": "ab"}, "resize is 'ab'"),
        ({"resize": (224,)}, r"resize is \(224,\)"),
        ({"resize": (1, 2, 3)}, r"resize is \(1, 2, 3\)"),
        ({"resize": 22.4}, "resize is 22.4"),
        ({"last_batch": "rollover"}, "last_batch is 'rollover': take one of keep, discard"),
        ({"augment": "flop"}, "there is no augmentation 'flop'"),
        ({"augment": 3}, "augment is 3"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": "now"}, "seed is 'now'"),
        ({"batch_size": 64, "limit": 63, "last_batch": "discard"}, "63 images of train do not fill one batch of 64"),
    ],
)
def test_an_argument_out_of_range_is_told_in_one_sentence(wrong, sentence):
    with pytest.raises(UserError, match=sentence):
        make(**wrong)


def test_a_folder_that_was_named_is_never_replaced_by_the_stand_in(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        FashionMNISTLoader("test", 32, data=tmp_path / "nowhere")


def test_the_source_of_the_data_is_told():
    assert make().source.name == "stand-in"


def test_the_real_data_gives_its_first_test_labels(real_data):
    loader = FashionMNISTLoader("test", 10, data=real_data)
    assert loader.source.name == "fashion-mnist"
    # The first ten of the published test labels, as every tutorial prints them.
    assert next(iter(loader))[1].asnumpy().tolist() == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]


def test_normalized_images_have_mean_0_and_deviation_1_over_the_training_images(real_data):
    loader = FashionMNISTLoader("train", 10_000, shuffle=False, data=real_data, normalize=True)
    batches = np.concatenate([images.asnumpy() for images, _ in loader])
    # The figures that everybody uses for this data set, .2860 and .3530, are rounded to four digits.
    assert abs(batches.mean(dtype="float64")) < 2e-4
    assert abs(batches.std(dtype="float64") - 1) < 2e-4


def test_normalized_images_are_the_plain_ones_shifted_and_scaled():
    (plain, _), (normal, _) = (next(iter(make("test", 8, 8, resize=56, normalize=normalize))) for normalize in (False, True))
    np.testing.assert_allclose(normal.asnumpy(), (plain.asnumpy() - 0.2860) / 0.3530, atol=1e-5)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_resizes_too():
    source = (
        "import os, signal, numpy as np\nfrom gluon_alexnet.data.loader import to_input\n"
        "images = np.zeros((4, 28, 28), 'uint8')\nto_input(images, (32, 32))\n"
        "child = os.fork()\n"
        "if not child:\n    signal.alarm(20)\n    to_input(images, (32, 32))\n    os._exit(0)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", source]).returncode == 0


@pytest.mark.parametrize(
    ("augment", "sentence"),
    [
        (lambda images, rng: None, r"augment returned a NoneType: it must return the batch, uint8 \(4, 28, 28\)"),
        (lambda images, rng: images / 255, r"augment returned float64 \(4, 28, 28\): it must return uint8"),
        (lambda images, rng: images[:2], r"augment returned uint8 \(2, 28, 28\): it must return uint8 \(4, 28, 28\)"),
    ],
)
def test_what_an_augmentation_returns_is_looked_at(augment, sentence):
    with pytest.raises(UserError, match=sentence):
        next(iter(FashionMNISTLoader("train", 4, data="stand-in", augment=augment)))
