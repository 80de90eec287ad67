"""gluon_alexnet.explore.taking: photos and bytes become what a net was shown while it learned."""

import io

import numpy as np
import pytest
from PIL import Image

from gluon_alexnet.data import loader, records
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore.taking import Taking


def content(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_of_28x28_is_taken_as_it_is():
    pixels = np.arange(784).reshape(28, 28) % 200
    pixels[0] = pixels[-1] = pixels[:, 0] = pixels[:, -1] = 0
    steps, taken = Taking((1, 28, 28)).photo(content(pixels.astype("uint8")))
    assert [step.name for step in steps] == ["photo", "grey", "small"]
    assert taken.shape == (1, 28, 28) and np.allclose(taken[0], pixels / 255)
    _, normalized = Taking((1, 28, 28), normalize=True).photo(content(pixels.astype("uint8")))
    assert np.allclose(normalized[0], (pixels / 255 - loader.MEAN) / loader.STD, atol=1e-5)


def test_of_a_net_of_colour_photos_the_middle_is_taken():
    pixels = np.zeros((40, 60, 3), "uint8")
    pixels[..., 0] = np.arange(60) * 4
    pixels[..., 2] = 30
    steps, taken = Taking((3, 32, 32), garments=False).photo(content(pixels))
    assert [step.name for step in steps] == ["photo", "middle"]
    # Red stays red. A window of 32 out of 37 takes 35 of 40 pixels, which begin 12 from the left.
    assert steps[0].pixels[0, 59].tolist() == [236, 0, 30]
    assert np.allclose(taken[2], 30 / 255) and not taken[1].any()
    window = round(32 * 40 / records.shorter_for(32))
    assert np.allclose(taken[0, 0, 16] * 255 / 4, (60 - window) // 2 + (16.5 * window / 32) - 0.5, atol=0.3)


def test_bytes_are_scaled():
    images = np.full((2, 28, 28), 51, "uint8")
    assert np.allclose(Taking((1, 28, 28)).pixels(images), 0.2)
    assert Taking((1, 56, 56)).pixels(images).shape == (2, 1, 56, 56)
    colours = np.zeros((1, 8, 8, 3), "uint8")
    colours[..., 0] = 255
    taken = Taking((3, 8, 8), garments=False).pixels(colours)
    assert taken[0, 0].all() and not taken[0, 1:].any()


def test_files_are_read_with_their_names(tmp_path):
    for name in ("b.png", "a.png"):
        (tmp_path / name).write_bytes(content(np.zeros((28, 28), "uint8")))
    (tmp_path / "notes.txt").write_text("none")
    assert [name for name, _ in Taking((1, 28, 28)).files([tmp_path])] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: Taking((1, 28, 28)).photo(b"no picture"), "cannot be read as a picture"),
        (lambda: Taking((3, 32, 32), garments=False).photo(b"no picture"), "this cannot be read as a picture"),
        (lambda: Taking((2, 32, 32), garments=False).photo(b""), "the net takes pictures of 2x32x32"),
        (lambda: Taking((3, 32, 32), garments=False).pixels(np.zeros((1, 8, 8, 3), "uint8")), "pictures of 8x8x3 are not what"),
        (lambda: Taking((1, 28, 28)).files(["no.png"]), "there is no file no.png"),
    ],
)
def test_what_cannot_be_taken_is_told(act, sentence):
    with pytest.raises(UserError, match=sentence):
        act()


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "x.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"x\.png: .* cannot be read as a picture"):
        Taking((1, 28, 28)).files([tmp_path / "x.png"])


def test_what_cannot_be_read_is_left_out_and_told(tmp_path, capsys):
    (tmp_path / "good.png").write_bytes(content(np.zeros((28, 28), "uint8")))
    (tmp_path / "photo.heic").write_text("no picture")
    (tmp_path / "cut.png").write_bytes(content(np.zeros((28, 28), "uint8"))[:40])
    assert [name for name, _ in Taking((1, 28, 28)).files([tmp_path])] == ["good.png"]
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1].rsplit("/", 1)[1] for line in told] == ["cut.png", "photo.heic"]
    assert "(it is no picture)" in told[1] and "BytesIO" not in "".join(told)


def test_garments_are_alike_in_all_channels():
    pixels = np.full((28, 28), 51, "uint8")
    pixels[0] = pixels[-1] = pixels[:, 0] = pixels[:, -1] = 0
    _, taken = Taking((3, 56, 56), normalize=True).photo(content(pixels))
    assert taken.shape == (3, 56, 56) and (taken == taken[0]).all()
    # As a FashionMNISTLoader has them, and not by the means of ImageNet.
    assert np.allclose(taken[:, 28, 28], (0.2 - loader.MEAN) / loader.STD, atol=1e-5)
