"""gluon_alexnet.data.recordio: what mxnet.recordio writes is read, and what is written mxnet.recordio reads."""

import struct

import numpy as np
import pytest

from gluon_alexnet.data import recordio
from gluon_alexnet.errors import DataError
from gluon_alexnet.machine import runtime

WORD = struct.pack("<I", recordio.MAGIC)
# With the magic number at the begin, twice in a row, at the end, and where it is at no multiple of four.
CONTENTS = [b"picture", b"", WORD, b"abcd" + WORD + WORD + b"efghi", b"x" + WORD, b"four" * 9 + WORD]


@pytest.fixture(scope="module")
def theirs():
    runtime.load_mxnet()
    from mxnet import recordio

    return recordio


def written(theirs, path, labels=None):
    out = theirs.MXIndexedRecordIO(str(path.with_suffix(".idx")), str(path), "w")
    for number, content in enumerate(CONTENTS):
        label = labels[number] if labels else number % 3
        out.write_idx(number, theirs.pack(theirs.IRHeader(0, label, number, 0), content))
    out.close()
    return path


@pytest.mark.parametrize("index", [True, False], ids=["with .idx", "without"])
def test_what_mxnet_wrote_is_read(theirs, tmp_path, index):
    path = written(theirs, tmp_path / "a.rec")
    if not index:
        path.with_suffix(".idx").unlink()
    found = recordio.RecordFile(path)
    assert [found.read(number) for number in range(len(found))] == CONTENTS
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 2] and found.labels.dtype == np.int32
    assert found.notes == []


def test_mxnet_reads_what_is_written(theirs, tmp_path):
    path = tmp_path / "a.rec"
    count = recordio.write(path, ((number % 3, f"c/{number}", content) for number, content in enumerate(CONTENTS)))
    assert count == len(CONTENTS)
    out = theirs.MXIndexedRecordIO(str(path.with_suffix(".idx")), str(path), "r")
    for number, content in enumerate(CONTENTS):
        header, picture = theirs.unpack(out.read_idx(number))
        assert (header.flag, header.label, header.id, picture) == (0, number % 3, number, content)
    out.close()
    assert path.with_suffix(".lst").read_text().splitlines()[3] == "3\t0\tc/3"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.idx", "a.lst", "a.rec"]


def test_both_write_the_same_bytes(theirs, tmp_path):
    ours, other = tmp_path / "ours.rec", written(theirs, tmp_path / "theirs.rec")
    recordio.write(ours, ((number % 3, "", content) for number, content in enumerate(CONTENTS)))
    assert ours.read_bytes() == other.read_bytes()
    assert ours.with_suffix(".idx").read_text() == other.with_suffix(".idx").read_text()


def packed(theirs, labels, content):
    """What mxnet.recordio.pack makes of several labels, which fails beside NumPy 2.3: the flag is their number."""
    if not isinstance(labels, list):
        return theirs.pack(theirs.IRHeader(0, labels, 0, 0), content)
    return struct.pack("<IfQQ", len(labels), 0, 0, 0) + np.array(labels, "float32").tobytes() + content


def test_a_label_in_a_list_of_one_is_read(theirs, tmp_path):
    out = theirs.MXRecordIO(str(tmp_path / "a.rec"), "w")
    out.write(packed(theirs, [7.0], b"picture"))
    out.close()
    found = recordio.RecordFile(tmp_path / "a.rec")
    assert found.labels.tolist() == [7] and found.read(0) == b"picture"


@pytest.mark.parametrize(("label", "told"), [([1.0, 2.0], "2 labels"), (0.5, "the label 0.5"), (-1, "the label -1")])
def test_labels_that_are_no_class_are_told(theirs, tmp_path, label, told):
    out = theirs.MXRecordIO(str(tmp_path / "a.rec"), "w")
    out.write(packed(theirs, label, b"picture"))
    out.close()
    with pytest.raises(DataError, match=f"at byte 0 of .* has {told}"):
        recordio.RecordFile(tmp_path / "a.rec")


def test_an_index_chooses_the_records_and_their_order(theirs, tmp_path):
    path = written(theirs, tmp_path / "a.rec")
    lines = path.with_suffix(".idx").read_text().splitlines()
    path.with_suffix(".idx").write_text("\n".join([lines[3], lines[1]]) + "\n")
    found = recordio.RecordFile(path)
    assert [found.read(0), found.read(1)] == [CONTENTS[3], CONTENTS[1]]


@pytest.mark.parametrize("line", ["0\t12", "0\t99999", "0\t-8", "nonsense", "0\tx", "0\t99999999999999999999999"])
def test_an_index_of_another_file_is_told(theirs, tmp_path, line):
    path = written(theirs, tmp_path / "a.rec")
    path.with_suffix(".idx").write_text(line + "\n")
    with pytest.raises(DataError, match=r"a\.idx does not fit a\.rec .*delete it"):
        recordio.RecordFile(path)


def test_a_file_that_is_cut_off_keeps_its_whole_records(theirs, tmp_path):
    path = written(theirs, tmp_path / "a.rec")
    path.with_suffix(".idx").unlink()
    content = path.read_bytes()
    path.write_bytes(content[:-2])
    found = recordio.RecordFile(path)
    assert len(found) == len(CONTENTS) - 1 and "the file ends" in found.notes[0]
    path.write_bytes(content[:-8] + content[-8:-4])
    assert len(recordio.RecordFile(path)) == len(CONTENTS) - 1
    path.write_bytes(content[:100] + b"garbage, not a record" + content[100:])
    found = recordio.RecordFile(path)
    assert 0 < len(found) < len(CONTENTS) and "is damaged at byte" in found.notes[0]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"a text that is no record"])
def test_what_is_no_recordio_is_told(tmp_path, content):
    (tmp_path / "a.rec").write_bytes(content)
    with pytest.raises(DataError, match="is no RecordIO file"):
        recordio.RecordFile(tmp_path / "a.rec")


def test_a_failure_leaves_no_file(tmp_path):
    def pictures():
        yield 0, "a", b"one"
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        recordio.write(tmp_path / "a.rec", pictures())
    assert list(tmp_path.iterdir()) == []
