"""gluon_alexnet.explore.photo: a garment in a photo becomes what Fashion-MNIST has, and each step is shown."""

import io

import numpy as np
import pytest
from PIL import Image

from gluon_alexnet import explore, predict
from gluon_alexnet.data import files
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import words


def content(pixels, kind="PNG"):
    buffer = io.BytesIO()
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(buffer, kind)
    return buffer.getvalue()


def shirt_on_a_wall(noise=0):
    """A dark rectangle of 120 rows and 60 columns, on a light wall whose light falls from left to right: uint8 (300, 400, 3)."""
    wall = np.broadcast_to(np.linspace(240, 190, 400)[None, :, None], (300, 400, 3)).copy()
    wall[100:220, 250:310] = (40, 40, 60)
    wall += np.random.default_rng(0).normal(0, noise, wall.shape)
    return np.clip(wall, 0, 255).astype("uint8")


@pytest.mark.parametrize("noise", [0, 5])
def test_the_garment_is_found_and_fills_the_picture(noise):
    steps = {step.name: step.pixels for step in explore.photo_steps(content(shirt_on_a_wall(noise)))}
    assert list(steps) == ["photo", "grey", "inverted", "background", "cropped", "square", "small"]
    # Its corners, to a pixel of the small picture in which it is looked for: four of the photo.
    assert np.abs(np.subtract(steps["cropped"].shape, (120, 60))).max() <= 8
    # The wall, darker on its right than on its left, is black everywhere.
    assert np.percentile(steps["background"][:, :240], 95) <= 2 * noise + 1
    small = steps["small"]
    assert small.shape == (28, 28) and small.dtype == np.uint8
    # Half as wide as high: 14 of 28 columns, in the middle.
    assert (small[2:26, 9:19] > 100).all()
    assert small[:, :5].max() < 40 and small[:, 23:].max() < 40


def test_the_photo_is_in_colour_and_the_others_are_grey():
    steps = explore.photo_steps(content(shirt_on_a_wall()))
    assert np.array_equal(steps[0].pixels, shirt_on_a_wall())
    assert all(step.pixels.ndim == 2 and step.pixels.dtype == np.uint8 for step in steps[1:])


def test_a_light_garment_on_dark_is_not_inverted():
    steps = explore.photo_steps(content(255 - shirt_on_a_wall()))
    assert "inverted" not in [step.name for step in steps]
    assert (steps[-1].pixels[2:26, 9:19] > 100).all()


@pytest.mark.parametrize("garment", [True, False])
def test_a_picture_of_the_set_comes_back_bit_for_bit(garment):
    for original in files.load_split("test", data="stand-in").images[:20]:
        steps = explore.photo_steps(content(original), garment)
        assert [step.name for step in steps] == ["photo", "grey", "small"]
        assert np.array_equal(steps[-1].pixels, original)


def test_a_garment_that_reaches_the_borders_stays():
    wall = np.broadcast_to(np.linspace(240, 190, 400)[None], (300, 400)).copy()
    # Two fifths of the border are of the garment.
    wall[:, 120:300] = 40
    wall[100:200, :] = 60
    steps = {step.name: step.pixels for step in explore.photo_steps(content(wall.astype("uint8")))}
    assert steps["background"][[10, 10, 290, 290], [10, 390, 10, 390]].max() <= 2
    assert steps["background"][10, 200] > 150 and steps["background"][150, 10] > 150
    assert "cropped" not in steps


def test_a_wall_without_a_garment_is_black():
    wall = np.broadcast_to(np.linspace(240, 190, 400)[None], (300, 400)).astype("uint8")
    steps = explore.photo_steps(content(wall))
    assert "cropped" not in [step.name for step in steps]
    assert steps[-1].pixels.max() <= 2


def test_without_the_garment_cut_out_it_is_what_predict_reads(tmp_path):
    (tmp_path / "photo.png").write_bytes(content(shirt_on_a_wall(5)))
    expected, _ = predict.read_picture(tmp_path / "photo.png", garment=False)
    steps = explore.photo_steps(tmp_path / "photo.png", garment=False)
    assert [step.name for step in steps] == ["photo", "grey", "inverted", "square", "small"]
    assert np.array_equal(steps[-1].pixels, expected)


def test_a_file_and_its_content_give_the_same(tmp_path):
    (tmp_path / "photo.png").write_bytes(content(shirt_on_a_wall(5)))
    pairs = zip(explore.photo_steps(tmp_path / "photo.png"), explore.photo_steps(content(shirt_on_a_wall(5))), strict=True)
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in pairs)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 2), (29, 28)])
def test_any_size_is_taken(shape):
    for value in (0, 255):
        assert explore.photo_steps(content(np.full(shape, value, "uint8")))[-1].pixels.shape == (28, 28)


def test_sixteen_bits_and_transparent_parts_are_shown_as_they_are_read():
    wide = np.full((40, 40), 257 * 200, "uint16")
    assert (explore.photo_steps(content(wide))[0].pixels == 200).all()
    clear = np.zeros((40, 40, 4), "uint8")
    assert (explore.photo_steps(content(clear))[0].pixels == 255).all()


def test_what_is_no_picture_is_told():
    with pytest.raises(UserError, match=r"the picture cannot be read as a picture .*: save it again as PNG or JPEG"):
        explore.photo_steps(b"no picture")


def test_every_step_has_its_words_in_both_languages():
    names = {step.name for step in explore.photo_steps(content(shirt_on_a_wall()))}
    assert names == {*words.STEPS}
    assert all(text.en and text.vi and text.en != text.vi for text in words.STEPS.values())
