"""gluon_alexnet.data.records: what the batches of pictures hold, in which order, whatever threads made them."""

import numpy as np
import pytest
from pictures_of_all_kinds import CLASSES, folder_of_classes, noise, saved

from gluon_alexnet import fit, get_model
from gluon_alexnet.data import decoding, imagenet, recordio, records, sets
from gluon_alexnet.data.records import RecordsLoader
from gluon_alexnet.errors import CheckpointError, DataError, UserError
from gluon_alexnet.machine import runtime


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """40 pictures in three classes."""
    return folder_of_classes(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def packed(folder, tmp_path_factory):
    """The same as a .rec file, written by mxnet.recordio."""
    runtime.load_mxnet()
    from mxnet import recordio as theirs

    path, whole = tmp_path_factory.mktemp("records") / "all.rec", sets.PictureFolder(folder)
    out = theirs.MXIndexedRecordIO(str(path.with_suffix(".idx")), str(path), "w")
    for number, label in enumerate(whole.labels.tolist()):
        out.write_idx(number, theirs.pack(theirs.IRHeader(0, label, number, 0), whole.read(number)))
    out.close()
    return path


def make(data, batch_size=16, split="train", side=32, **options):
    return RecordsLoader(data, batch_size, split, side, **options)


def arrays(loader, epoch=0, start=0):
    return list(loader.arrays(epoch, start))


def same(some, others):
    return len(some) == len(others) and all(
        np.array_equal(a, c) and np.array_equal(b, d) for (a, b), (c, d) in zip(some, others, strict=True)
    )


# What a batch is


def test_images_are_float32_in_three_channels_from_0_to_1_and_labels_int32(folder):
    images, labels = next(iter(make(folder)))
    assert (images.shape, images.dtype) == ((16, 3, 32, 32), np.float32)
    assert (labels.shape, labels.dtype) == ((16,), np.int32)
    np_array = runtime.load_mxnet().np.ndarray
    assert isinstance(images, np_array) and isinstance(labels, np_array)
    assert 0 <= images.min() and images.max() <= 1


def test_labels_are_the_folders_by_name_and_channels_red_green_blue(folder):
    loader = make(folder, split="all")
    assert loader.class_names == CLASSES and loader.classes == 3
    for images, labels in arrays(loader):
        # Blue, green and red are the classes' names and the colours' order backwards.
        assert np.array_equal(images.mean(axis=(2, 3)).argmax(axis=1), 2 - labels)


def test_records_and_folders_of_the_same_pictures_give_the_same_batches(folder, packed):
    assert same(arrays(make(folder, augment="crop+flip")), arrays(make(packed, augment="crop+flip")))


def test_a_window_in_the_middle_is_as_opencv_cuts_and_resizes_it():
    cv2 = decoding.opencv()
    pixels = noise(80, 120)
    # 7/8 of the shorter side: 70 of 80 pixels.
    expected = cv2.resize(pixels[5:75, 25:95], (56, 56), interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(records.cut(pixels, 56, 64), expected)


def test_it_hardly_differs_from_resizing_the_whole_picture_first():
    cv2 = decoding.opencv()
    rows, columns = np.mgrid[:300, :400]
    pixels = np.stack([columns // 2, rows // 2, (rows + columns) // 4], axis=2).astype("uint8")
    whole = cv2.resize(pixels, (341, 256), interpolation=cv2.INTER_LINEAR)[16:240, 58:282]
    off = records.cut(pixels, 224, 256).astype(int) - whole
    # It may lie up to a pixel beside, of a picture whose colours change by half a level from pixel to pixel.
    assert np.abs(off).max() <= 1


def test_windows_reach_every_corner_and_mirrored_ones_are_mirrored():
    pixels = noise(80, 120)
    first, last = records.cut(pixels, 70, 80, (0.0, 0.0)), records.cut(pixels, 70, 80, (0.999, 0.999))
    assert np.array_equal(first, pixels[:70, :70]) and np.array_equal(last, pixels[10:, 50:])
    assert np.array_equal(records.cut(pixels, 70, 80, (0.0, 0.0), True), first[:, ::-1])


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 2), (1000, 20)])
def test_pictures_of_any_shape_are_cut(shape):
    assert records.cut(np.zeros((*shape, 3), "uint8"), 32, 37, (0.9, 0.9)).shape == (32, 32, 3)


def test_fine_stripes_become_their_mean_and_no_other_stripes():
    stripes = np.zeros((512, 512), "uint8")
    stripes[:, ::2] = 254
    assert set(records.cut(stripes, 32, 32).ravel().tolist()) == {127}


@pytest.mark.parametrize(("side", "shorter"), [(224, 256), (227, 256), (256, 256), (28, 32), (112, 128), (299, 342)])
def test_windows_are_cut_out_of_pictures_a_little_larger(side, shorter):
    assert records.shorter_for(side) == shorter


def test_a_byte_is_divided_by_255_or_normalized_channel_by_channel(folder):
    pixels = make(folder, split="all").picture(0)
    (images, _), *_ = arrays(make(folder, split="all"))
    (normal, _), *_ = arrays(make(folder, split="all", normalize=True))
    assert np.array_equal(images[0], pixels[:, :, ::-1].transpose(2, 0, 1).astype("float32") / np.float32(255))
    for channel, (mean, std) in enumerate(zip((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True)):
        assert np.allclose(normal[:, channel], (images[:, channel] - mean) / std, atol=1e-6)


def test_grey_pictures_have_one_channel(folder):
    (images, _), *_ = arrays(make(folder, channels=1, augment="crop+flip+shift"))
    assert images.shape == (16, 1, 32, 32)


# Which pictures, in which order


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_batches_are_the_same_whatever_the_number_of_threads(folder, workers):
    assert same(arrays(make(folder, workers=3), 4), arrays(make(folder, workers=workers), 4))


def test_another_seed_and_another_pass_give_other_batches(folder):
    begin = arrays(make(folder))
    assert same(begin, arrays(make(folder)))
    assert not same(begin, arrays(make(folder, seed=1))) and not same(begin, arrays(make(folder), 1))


def test_the_papers_colors_are_those_of_the_set(folder, monkeypatch):
    plain = arrays(make(folder, augment="crop+flip"))[0][0]
    loader = make(folder, augment="crop+flip+colors")
    # Of the whole set where it is small, every fourth pixel of the windows in the middle.
    whole = np.stack([loader.picture(number)[::4, ::4, ::-1] for number in loader.members])
    values, axes = imagenet.color_axes(whole)
    assert np.allclose(loader.axes[0], values) and np.allclose(np.abs(loader.axes[1]), np.abs(axes))
    changed, _ = arrays(loader)[0]
    expected = imagenet.pca_colors(*loader.axes)
    bytes_ = np.rint(255 * plain.transpose(0, 2, 3, 1)).astype("uint8")
    assert np.allclose(changed.transpose(0, 2, 3, 1), expected(bytes_, np.random.default_rng((0, 0, 0, 2))) / 255, atol=1e-6)
    assert np.abs(changed - plain).max() > 0.02
    # Another batch has others, and any number of threads the same.
    assert same(arrays(make(folder, augment="crop+flip+colors", workers=1)), arrays(loader))
    monkeypatch.setattr(records, "COLOR_SAMPLE", 5)
    assert not np.allclose(make(folder, augment="colors").axes[0], values)


def test_pictures_that_cannot_be_read_are_none_of_the_colors(tmp_path):
    folder = folder_of_classes(tmp_path / "photos", (3, 3, 3))
    for path in sorted(folder.rglob("*.jpg"))[:2]:
        path.write_bytes(b"broken")
    assert make(folder, split="all", augment="colors").axes[0][0] > 0


@pytest.mark.parametrize("augment", ["crop+flip", lambda images, rng: images ^ rng.integers(0, 2, images.shape, dtype="uint8")])
def test_a_pass_goes_on_within(folder, augment):
    assert same(arrays(make(folder, 7, augment=augment), 2)[3:], arrays(make(folder, 7, augment=augment), 2, 3))


def test_passes_are_counted_and_can_be_repeated(folder):
    loader = make(folder)
    first = [labels.asnumpy() for _, labels in loader]
    second = [labels.asnumpy() for _, labels in loader]
    assert loader.epoch == 2 and not all(map(np.array_equal, first, second))
    loader.epoch = 0
    assert all(map(np.array_equal, first, [labels.asnumpy() for _, labels in loader]))


def test_a_pass_that_is_left_ends_its_threads(folder):
    import threading

    found = make(folder, 4).arrays(0)
    next(found)
    found.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("gluon_alexnet records")]


def test_parts_are_held_out_and_share_no_picture(folder):
    parts = {split: make(folder, split=split).members for split in ("train", "test", "validation", "train-rest")}
    assert {split: len(part) for split, part in parts.items()} == {"train": 36, "test": 4, "validation": 4, "train-rest": 32}
    assert {*parts["train"]} == {*parts["validation"], *parts["train-rest"]}
    assert sorted([*parts["train"], *parts["test"]]) == list(range(40))
    # RandomState(2017).permutation(40), which NumPy promises never to change.
    assert parts["test"].tolist() == sorted(np.random.RandomState(2017).permutation(40)[:4].tolist())


def test_sets_of_a_folder_are_found_by_their_names(tmp_path):
    folder_of_classes(tmp_path / "train", (10, 10, 10))
    folder_of_classes(tmp_path / "val", (2, 2, 2))
    sizes = {split: len(make(tmp_path, split=split).labels) for split in ("train", "test", "validation", "train-rest")}
    assert sizes == {"train": 30, "test": 6, "validation": 3, "train-rest": 27}
    (tmp_path / "test" / "green").mkdir(parents=True)
    (tmp_path / "test" / "green" / "a.png").write_bytes(saved(noise(), "PNG"))
    sizes = {split: len(make(tmp_path, split=split).labels) for split in ("train", "test", "validation", "train-rest")}
    assert sizes == {"train": 30, "test": 1, "validation": 6, "train-rest": 30}
    # By its class's name and not by the number of its folder.
    assert make(tmp_path, split="test").labels.tolist() == [1]
    (tmp_path / "test" / "violet").mkdir()
    with pytest.raises(DataError, match="has a folder violet, and .*train has none"):
        make(tmp_path, split="test")


def test_names_of_classes_are_read_from_the_list_of_a_record_file(tmp_path):
    path = tmp_path / "a.rec"
    content = saved(noise(), "JPEG")
    recordio.write(path, [(1, "dog/1.jpg", content), (0, "cat/x/2.jpg", content), (1, "dog/3.jpg", content)])
    assert make(path, 2, "all").class_names == ("cat", "dog")
    path.with_suffix(".lst").write_text("0\t1\tdog/1.jpg\n1\t1\tcat/2.jpg\n")
    loader = make(path, 2, "all")
    assert loader.class_names == () and loader.classes == 2


def test_limit_and_last_batch(folder):
    assert len(make(folder, 16, "all")) == 3 and len(make(folder, 16, "all", last_batch="discard")) == 2
    assert len(make(folder, 16, "all", limit=5).labels) == 5


# What is broken


@pytest.fixture
def with_broken(tmp_path):
    folder_of_classes(tmp_path, (6, 6, 6))
    (tmp_path / "green" / "002.jpg").write_bytes(b"")
    whole = (tmp_path / "red" / "003.jpg").read_bytes()
    (tmp_path / "red" / "003.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "red" / "004.jpg").write_bytes(b"<html>")
    (tmp_path / "red" / "notes.txt").write_text("no picture")
    (tmp_path / "red" / ".DS_Store").write_bytes(b"\0")
    return tmp_path


def test_broken_pictures_are_named_counted_and_left_out(with_broken, capsys):
    loader = make(with_broken, 6, "all")
    found = arrays(loader)
    assert [len(labels) for _, labels in found] == [6, 5, 4] and all(len(images) == len(labels) for images, labels in found)
    assert set(loader.broken) == {8, 15, 16}
    err = capsys.readouterr().err
    assert "green/002.jpg (it is empty)" in err and "red/004.jpg (it is no picture)" in err and "truncated" in err
    assert "passed over" in err and "notes.txt" in err and ".DS_Store" not in err
    arrays(loader)
    assert capsys.readouterr().err == ""


def test_many_broken_pictures_are_counted(tmp_path, capsys):
    folder_of_classes(tmp_path, (6, 6, 8))
    for path in sorted(tmp_path.rglob("*.jpg"))[:9]:
        path.write_bytes(b"broken")
    arrays(make(tmp_path, 20, "all"))
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 6 and err[-1].startswith("9 pictures of") and err[-1].endswith("cannot be read and are skipped")


def test_a_batch_with_nothing_left_takes_a_picture_from_later_on(with_broken):
    for name in ("000", "001", "002"):
        (with_broken / "blue" / f"{name}.jpg").write_bytes(b"")
    first, second, *_ = arrays(make(with_broken, 3, "all"))
    assert len(first[1]) == 1 and np.array_equal(first[0][0], second[0][0])


def test_where_nothing_is_left_it_is_told(tmp_path):
    folder_of_classes(tmp_path, (2, 2, 2))
    for path in tmp_path.rglob("*.jpg"):
        path.write_bytes(b"broken")
    with pytest.raises(DataError, match="none of the 6 pictures"):
        arrays(make(tmp_path, 4, "all"))


@pytest.mark.parametrize(
    ("make_it", "sentence"),
    [
        (lambda path: path / "nowhere", "cannot be read"),
        (lambda path: path, "has no picture in 0 folders"),
        (lambda path: (path / "a").mkdir() or path, "has no picture in 1 folders"),
        (lambda path: [(path / name).write_bytes(b"") for name in ("a.rec", "b.rec")] and path, "has 2 .rec files"),
        (lambda path: (path / "a.rec").write_bytes(b"x") and path / "a.rec", "is no RecordIO file"),
    ],
)
def test_data_that_is_none_is_told(tmp_path, make_it, sentence):
    with pytest.raises(DataError, match=sentence):
        make(make_it(tmp_path))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"side": 0}, "side is 0"),
        ({"shorter": 31}, "shorter is 31: windows of 32 pixels"),
        ({"channels": 4}, "channels is 4"),
        ({"split": "tests"}, "did you mean 'test'"),
        ({"augment": "flop"}, "did you mean 'flip'"),
        ({"augment": "shift"}, "there is no augmentation of such pictures 'shift'"),
        ({"augment": "colors", "channels": 1}, "there is no augmentation of such pictures 'colors'"),
        ({"augment": 3}, "augment is 3"),
        ({"workers": 0}, "workers is 0"),
        ({"limit": 0}, "limit is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"batch_size": 100, "last_batch": "discard"}, "do not fill one batch of 100"),
    ],
)
def test_arguments_out_of_range_are_told(folder, options, sentence):
    with pytest.raises(UserError, match=sentence):
        make(folder, **options)


def test_what_an_augmentation_returns_is_looked_at(folder):
    with pytest.raises(UserError, match=r"augment returned float64 .*: it must return the batch, uint8 \(16, 32, 32, 3\)"):
        arrays(make(folder, augment=lambda images, rng: images / 255))


# A net learns from them


def test_a_net_learns_three_colours_and_its_run_is_resumed(folder, tmp_path):
    def run(epochs, stop=False, resume=False):
        train, test = make(folder, 8, normalize=True), make(folder, 8, "test", normalize=True)
        told = {"on_step": interrupt} if stop else {}
        options = {"folder": tmp_path / ("whole" if not (stop or resume) else "parts"), "resume": resume, "threads": 1}
        net = get_model("compact", num_classes=3, width=16)
        return fit(net, train, test, epochs, 0.05, momentum=0.9, optimizer="nag", progress=False, **options, **told)

    def interrupt(step, *_):
        if step == 7:
            raise KeyboardInterrupt

    whole = run(4)
    assert whole.epochs[-1].test_accuracy == 1.0 and whole.data["name"] == "records" and whole.data["train_images"] == 36
    with pytest.raises(KeyboardInterrupt):
        run(4, stop=True)
    assert run(4, resume=True).step_losses == whole.step_losses
    (folder / "red" / "more.jpg").write_bytes((folder / "red" / "000.jpg").read_bytes())
    try:
        with pytest.raises(CheckpointError):
            run(4, resume=True)
    finally:
        (folder / "red" / "more.jpg").unlink()
