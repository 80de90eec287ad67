"""gluon_alexnet.data.decoding: every kind of picture, beside what Pillow itself makes of it."""

import io
import warnings

import numpy as np
import pytest
from pictures_of_all_kinds import noise, saved, turned
from PIL import Image, ImageFile, ImageOps

from gluon_alexnet.data import decoding
from gluon_alexnet.data.recordio import Damaged


def by_pillow(content, mode="RGB"):
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert(mode))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"optimize": True}])
def test_a_jpeg_has_pillows_pixels_to_the_last_bit(options):
    content = saved(noise(), "JPEG", quality=90, **options)
    assert np.array_equal(decoding.decode(content), by_pillow(content))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_are_turned_as_their_exif_mark_says(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    content = saved(noise(), kind, exif=exif, **options)
    pixels = decoding.decode(content)
    assert pixels.shape == ((40, 60, 3) if orientation < 5 else (60, 40, 3))
    assert np.array_equal(pixels, by_pillow(content))


def test_damaged_exif_marks_leave_the_picture_as_it_is():
    content = turned(noise(), 6).replace(b"Exif\x00\x00", b"Exif\x00\x00" + b"\xff" * 4, 1)
    assert decoding.decode(content).shape in ((40, 60, 3), (60, 40, 3))


@pytest.mark.parametrize("by", [2, 4, 8])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_large_jpeg_is_made_smaller_while_it_is_read(by, channels):
    content = saved(noise(240, 320), "JPEG", quality=90)
    pixels = decoding.decode(content, channels, least=240 // by)
    # As the same library does it when Pillow asks for a draft.
    picture = Image.open(io.BytesIO(content))
    picture.draft("L" if channels == 1 else "RGB", (320 // by, 240 // by))
    assert pixels.shape[:2] == (240 // by, 320 // by)
    assert np.array_equal(pixels, np.asarray(picture))


def test_the_shorter_side_keeps_what_is_needed_of_it():
    assert [decoding.reduction((300, 400), least) for least in (301, 300, 151, 150, 75, 38, 37, None)] == [1, 1, 1, 2, 4, 4, 8, 1]


def test_grey_of_a_colour_jpeg_is_its_luma_within_the_rounding_of_pillows():
    # Muted colours: of bright ones Pillow's are cut off before it makes them grey.
    content = saved(noise() // 2 + 64, "JPEG", quality=90)
    off = decoding.decode(content, 1).astype(int) - by_pillow(content, "L")
    assert np.abs(off).max() <= 2 and np.abs(off).mean() < 0.1


def test_grey_pictures_are_three_equal_channels_and_the_same_grey():
    grey = noise(channels=3)[:, :, 0]
    for kind in ("JPEG", "PNG"):
        content = saved(grey, kind)
        pixels = decoding.decode(content)
        assert np.array_equal(pixels, by_pillow(content)) and np.array_equal(pixels[:, :, 0], pixels[:, :, 2])
        assert np.array_equal(decoding.decode(content, 1), by_pillow(content, "L"))


def test_sixteen_bits_are_scaled_and_not_cut_off():
    # 0, 257, ..., 65535 are the bytes 0, 1, ..., 255 in sixteen bits.
    wide = (np.arange(256, dtype="uint16") * 257).reshape(16, 16)
    assert np.array_equal(decoding.decode(saved(Image.fromarray(wide), "PNG"), 1), np.arange(256).reshape(16, 16))


def test_cmyk_is_as_pillow_makes_it_colours():
    content = saved(Image.fromarray(noise()).convert("CMYK"), "JPEG", quality=90)
    assert np.array_equal(decoding.decode(content), by_pillow(content))
    # White paper is white, whatever Adobe's marks say of inverted inks.
    white = saved(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG")
    assert decoding.decode(white).min() >= 254


def test_transparent_parts_are_white():
    grey = np.full((8, 8), 100, "uint8")
    clear = Image.merge("LA", [Image.fromarray(grey), Image.new("L", (8, 8), 0)])
    half = Image.merge("LA", [Image.fromarray(grey), Image.new("L", (8, 8), 128)])
    assert decoding.decode(saved(clear, "PNG")).min() == 255
    # 100 * 128/255 + 255 * 127/255 = 177.2
    assert set(decoding.decode(saved(half, "PNG")).ravel().tolist()) == {177}


def test_a_palette_is_looked_up():
    content = saved(Image.fromarray(noise()).quantize(16), "PNG")
    assert Image.open(io.BytesIO(content)).mode == "P"
    assert np.array_equal(decoding.decode(content), by_pillow(content))


@pytest.mark.parametrize("kind", ["BMP", "GIF", "WEBP", "TIFF", "PPM", "JPEG2000"])
def test_other_formats_are_read_as_pillow_reads_them(kind):
    content = saved(noise(), kind)
    assert np.array_equal(decoding.decode(content), by_pillow(content))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"not a picture", "it is no picture"),
        (saved(noise(), "JPEG")[:-200], "truncated"),
        (saved(noise(), "JPEG")[:300], "."),
        (saved(noise(), "JPEG")[:30], "."),
        (saved(noise(), "PNG")[:-300], "truncated"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "it is no picture"),
    ],
)
def test_what_cannot_be_read_says_why(content, why):
    with pytest.raises(Damaged, match=why):
        decoding.decode(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_cut_off_is_refused_though_pillow_was_told_to_make_up_the_rest(monkeypatch, kind):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(Damaged, match="truncated"):
        decoding.decode(saved(noise(), kind)[:-300])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_pillows_warnings_are_no_damage():
    # Warnings are errors here. A palette whose transparency is a text of bytes makes Pillow warn when it is converted.
    picture = Image.fromarray(noise()).quantize(16)
    content = saved(picture, "PNG", transparency=bytes([0] + [255] * 15))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decoding.decode(content).shape == (40, 60, 3)
