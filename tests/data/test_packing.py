"""gluon_alexnet.data.packing: folders as records, which mxnet reads too."""

import numpy as np
import pytest
from pictures_of_all_kinds import CLASSES, folder_of_classes, noise, saved, turned

from gluon_alexnet.data import decoding, packing, recordio, sets
from gluon_alexnet.errors import DataError, UserError
from gluon_alexnet.machine import runtime


def test_a_folder_becomes_records_with_the_bytes_of_its_files(tmp_path):
    folder = folder_of_classes(tmp_path / "photos", (3, 2, 4))
    (made,) = packing.pack(folder)
    assert (made.path, made.pictures, made.class_names, made.broken) == (tmp_path / "photos.rec", 9, CLASSES, {})
    found, files = recordio.RecordFile(made.path), sets.PictureFolder(folder)
    assert [found.read(number) for number in range(9)] == [files.read(number) for number in range(9)]
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 2]
    assert sets.of_split(made.path, "all").class_names == CLASSES
    assert made.path.with_suffix(".lst").read_text().splitlines()[3] == "3\t1\tgreen/000.jpg"


def test_mxnets_own_iterator_reads_them(tmp_path):
    (made,) = packing.pack(folder_of_classes(tmp_path / "photos", (3, 2, 3)), tmp_path / "a.rec")
    mx = runtime.load_mxnet()
    told = {"path_imgrec": str(made.path), "path_imgidx": str(made.path.with_suffix(".idx"))}
    batch = mx.io.ImageRecordIter(**told, data_shape=(3, 32, 32), batch_size=8, resize=37).next()
    assert batch.label[0].asnumpy().tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    # Blue, green, red: the classes by name.
    assert (batch.data[0].asnumpy().mean(axis=(2, 3)).argmax(axis=1) == 2 - batch.label[0].asnumpy()).all()


def test_sets_called_train_and_val_become_a_file_each_with_the_same_classes(tmp_path):
    folder_of_classes(tmp_path / "photos" / "train", (3, 2, 4))
    (tmp_path / "photos" / "val" / "red").mkdir(parents=True)
    (tmp_path / "photos" / "val" / "red" / "a.png").write_bytes(saved(noise(), "PNG"))
    train, val = packing.pack(tmp_path / "photos")
    assert (train.path, val.path) == tuple(tmp_path / "photos-records" / f"{name}.rec" for name in ("train", "val"))
    assert (train.pictures, val.pictures) == (9, 1)
    assert recordio.RecordFile(val.path).labels.tolist() == [2]


def test_broken_pictures_are_told_and_left_out(tmp_path):
    folder, said = folder_of_classes(tmp_path / "photos", (3, 3, 3)), []
    (folder / "green" / "001.jpg").write_bytes(b"broken")
    (made,) = packing.pack(folder, tell=said.append)
    assert made.pictures == 8 and made.broken == {"green/001.jpg": "it is no picture"}
    assert said == [f"left out, since it cannot be read: {folder}/green/001.jpg (it is no picture)"]
    for path in folder.rglob("*.jpg"):
        path.write_bytes(b"broken")
    with pytest.raises(DataError, match="none of the 9 pictures"):
        packing.pack(folder, tmp_path / "b.rec")
    assert not (tmp_path / "b.rec").exists()


def test_larger_pictures_are_made_smaller_and_upright_and_others_stay():
    large, small = saved(noise(200, 300), "JPEG"), saved(noise(40, 60), "JPEG")
    assert decoding.decode(packing.made_smaller(large, 100)).shape == (100, 150, 3)
    assert decoding.decode(packing.made_smaller(turned(noise(200, 300), 6), 100)).shape == (150, 100, 3)
    assert packing.made_smaller(small, 100) == small and packing.made_smaller(large, None) == large
    # What MXNet's own iterator cannot read becomes JPEG.
    assert packing.made_smaller(saved(noise(40, 60), "WEBP"), 100)[:2] == b"\xff\xd8"
    off = decoding.decode(packing.made_smaller(large, 100), 1).astype(int) - decoding.decode(large, 1, least=100)
    assert np.abs(off).mean() < 3


@pytest.mark.parametrize("name", ["photos.rec", "photos.lst"])
def test_files_that_are_there_are_not_replaced(tmp_path, name):
    folder = folder_of_classes(tmp_path / "photos", (1, 1, 1))
    (tmp_path / name).write_text("mine")
    with pytest.raises(UserError, match=f"{name} is there already"):
        packing.pack(folder)
    assert (tmp_path / name).read_text() == "mine"


def test_what_is_no_folder_of_pictures_is_told(tmp_path):
    for path, sentence in ((tmp_path / "nowhere", "cannot be read"), (tmp_path, "has no picture in 0 folders")):
        with pytest.raises(DataError, match=sentence):
            packing.pack(path, tmp_path / "a.rec")
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(DataError, match="is a file"):
        packing.pack(tmp_path / "a.txt")
    folder = folder_of_classes(tmp_path / "photos", (1, 1, 1))
    with pytest.raises(UserError, match="must end in .rec"):
        packing.pack(folder, tmp_path / "photos.tar")
    with pytest.raises(UserError, match="cannot have 0 pixels"):
        packing.pack(folder, shorter=0)
