"""Every way in which an IDX file can be wrong has its own sentence."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from gluon_alexnet.data import idx
from gluon_alexnet.errors import DataError

IMAGE_BODY = bytes(range(256)) * 40
PIXELS = struct.pack(">4i", 2051, 10, 28, 28) + IMAGE_BODY[: 10 * 784]
LABELS = struct.pack(">2i", 2049, 10) + bytes(range(10))
IMAGE_FILE = idx.File("images", hashlib.sha256(PIXELS).hexdigest(), 10, 2051, (28, 28), 6)
LABEL_FILE = idx.File("labels", hashlib.sha256(LABELS).hexdigest(), 10, 2049, (), 6)


def read(tmp_path, content, file=IMAGE_FILE):
    path = tmp_path / "given"
    path.write_bytes(content)
    return idx.read(path, file, "MEND")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_images_are_read_only_bytes_in_the_order_of_the_file(tmp_path, pack):
    images = read(tmp_path, pack(PIXELS))
    assert (images.shape, images.dtype, images.flags.writeable) == ((10, 28, 28), np.uint8, False)
    assert images[0, 1, 3] == 28 + 3


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_labels_are_read_only_int32(tmp_path, pack):
    labels = read(tmp_path, pack(LABELS), LABEL_FILE)
    assert (labels.tolist(), labels.dtype, labels.flags.writeable) == (list(range(10)), np.int32, False)


def test_a_gzip_file_of_several_members_is_read_whole(tmp_path):
    content = gzip.compress(PIXELS[:100]) + gzip.compress(PIXELS[100:])
    assert read(tmp_path, content).tobytes() == PIXELS[16:]


def with_header(*words):
    return struct.pack(">4i", *words) + PIXELS[16:]


BAD_CHECKSUM = bytearray(gzip.compress(PIXELS))
BAD_CHECKSUM[-6] ^= 255
WRONG_IMAGES = {
    "empty": (b"", "is empty"),
    "packed nothing": (gzip.compress(b""), "is empty"),
    "page": (b"\n<!DOCTYPE html><html>404</html>", "is a web page (HTML), not data"),
    "packed page": (gzip.compress(b"<html>"), "is a web page (HTML), not data"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
    "labels": (LABELS, "holds labels where images should be, as if two files were swapped"),
    "magic": (with_header(2050, 10, 28, 28), "begins with 00 00 08 02, not with the IDX magic number 00000803"),
    "text": (b"hello", "begins with 68 65 6c 6c"),
    "a header cut short": (PIXELS[:9], "is cut short: 9 bytes"),
    "count": (with_header(2051, 7, 28, 28), "says that it holds 7 images, not 10:"),
    "the other split": (
        with_header(2051, 6, 28, 28),
        "6 images, not 10, as if the training and the test file were swapped",
    ),
    "size": (with_header(2051, 10, 32, 32), "holds images of 32x32 pixels, not 28x28"),
    "cut short": (PIXELS[:-1], "is cut short: 7,855 of 7,856 bytes"),
    "gzip cut short": (gzip.compress(PIXELS)[:-40], "is cut short: its gzip stream does not end"),
    "gzip of what was cut short": (gzip.compress(PIXELS[:-1]), "is cut short: 7,855 of 7,856 bytes"),
    "too long": (PIXELS + b"1", "is too long"),
    "gzip of too much": (gzip.compress(PIXELS + bytes(10**8)), "is too long"),
    "gzip noise": (b"\x1f\x8bnoise and no stream", "is a damaged gzip file"),
    "gzip checksum": (bytes(BAD_CHECKSUM), "is a damaged gzip file"),
    "other pictures": (PIXELS[:-1] + b"\0", "is not what the authors published: its SHA-256 differs"),
}


@pytest.mark.parametrize("content, sentence", WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_what_is_wrong_with_a_file_of_images_is_named(tmp_path, content, sentence):
    with pytest.raises(DataError) as raised:
        read(tmp_path, content)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'given'} {sentence}") or sentence in message
    assert message.endswith(": MEND") and "\n" not in message


def test_images_in_place_of_labels_are_named(tmp_path):
    with pytest.raises(DataError, match="holds images where labels should be"):
        read(tmp_path, gzip.compress(PIXELS), LABEL_FILE)


def test_a_label_out_of_range_is_named_with_its_position(tmp_path):
    with pytest.raises(DataError, match=r"has the label 12 at position 3, outside 0\.\.9"):
        read(tmp_path, LABELS[:11] + b"\x0c" + LABELS[12:], LABEL_FILE)


def test_a_folder_of_that_name_is_named(tmp_path):
    with pytest.raises(DataError, match="is a folder, not a file"):
        idx.read(tmp_path, IMAGE_FILE, "MEND")


def test_a_device_is_not_read(tmp_path):
    link = tmp_path / "images"
    link.symlink_to("/dev/null")
    with pytest.raises(DataError, match="is not a regular file"):
        idx.read(link, IMAGE_FILE, "MEND")
