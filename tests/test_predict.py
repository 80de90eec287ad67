"""gluon_alexnet.predict: any picture becomes what the net has learned from, and the net's answer is told for each."""

import errno
import io
import os
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_alexnet import predict
from gluon_alexnet.data import files
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime

INVERTED = "dark on light: inverted"


def boot(side=28):
    """A light shape on black that no mirroring or turning leaves as it is: uint8 (side, side)."""
    pixels = np.zeros((side, side), "uint8")
    pixels[side // 4 : side // 2, side // 4 : side // 2] = 200
    pixels[side // 2 : 3 * side // 4, side // 4 : 3 * side // 4] = 120
    return pixels


def saved(folder, picture, name="picture.png", **kw):
    path = folder / name
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(path, **kw)
    return path


# Reading


def test_what_is_read_is_28_pixels_square_and_uint8(tmp_path):
    pixels, notes = predict.read_picture(saved(tmp_path, boot(100)), garment=False)
    assert (pixels.shape, pixels.dtype, notes) == ((28, 28), np.uint8, ())


def test_a_picture_of_the_stand_in_comes_back_bit_for_bit(tmp_path):
    for original in files.load_split("test", data="stand-in").images[:200]:
        pixels, notes = predict.read_picture(saved(tmp_path, original))
        assert np.array_equal(pixels, original) and notes == ()


def test_a_picture_of_the_real_data_comes_back_bit_for_bit(tmp_path, real_data):
    for original in files.load_split("test", data=real_data).images[:200]:
        pixels, notes = predict.read_picture(saved(tmp_path, original))
        assert np.array_equal(pixels, original) and notes == ()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA"])
def test_grey_is_the_same_however_it_is_stored(tmp_path, mode):
    pixels, notes = predict.read_picture(saved(tmp_path, Image.fromarray(boot()).convert(mode)))
    assert np.array_equal(pixels, boot())
    assert "colours made grey" not in notes


def test_a_picture_of_one_bit_is_black_and_white(tmp_path):
    pixels, notes = predict.read_picture(saved(tmp_path, Image.fromarray(boot() > 0)))
    assert np.array_equal(pixels, np.where(boot() > 0, 255, 0))


def test_colours_are_made_grey_and_it_is_said(tmp_path):
    colour = np.zeros((28, 28, 3), "uint8")
    colour[8:20, 8:20] = (255, 0, 0)
    pixels, notes = predict.read_picture(saved(tmp_path, colour))
    # ITU-R 601: red is .299 of the brightness.
    assert pixels[14, 14] == pytest.approx(0.299 * 255, abs=1)
    assert notes == ("colours made grey",)


def test_dark_on_light_is_inverted_and_it_is_said(tmp_path):
    pixels, notes = predict.read_picture(saved(tmp_path, 255 - boot()))
    assert np.array_equal(pixels, boot())
    assert notes == (INVERTED,)


def test_transparent_parts_are_paper_so_dark_lines_on_nothing_are_inverted(tmp_path):
    shape = np.zeros((28, 28, 4), "uint8")
    shape[8:20, 8:20] = (0, 0, 0, 255)
    pixels, notes = predict.read_picture(saved(tmp_path, shape))
    assert pixels[14, 14] == 255 and pixels[0, 0] == 0
    assert notes == ("transparent parts taken as white", INVERTED)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "1"])
def test_one_transparent_colour_is_paper_too(tmp_path, mode):
    lines = Image.fromarray(np.where(boot() > 0, 255, 0).astype("uint8")).convert(mode)
    colour = {"RGB": (0, 0, 0), "P": lines.getpixel((0, 0))}.get(mode, 0)
    pixels, notes = predict.read_picture(saved(tmp_path, lines, transparency=colour))
    assert notes[0] == "transparent parts taken as white"
    assert pixels[0, 0] == 0


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    pixels, notes = predict.read_picture(saved(tmp_path, boot().astype("uint16") * 257))
    assert np.array_equal(pixels, boot())
    assert notes == ()


def test_a_dark_picture_of_sixteen_bits_stays_dark(tmp_path):
    pixels, _ = predict.read_picture(saved(tmp_path, boot().astype("uint16")))
    assert pixels.max() <= 1


def test_sixteen_bits_with_a_transparent_colour_are_read(tmp_path):
    path = saved(tmp_path, boot().astype("uint16") * 257)
    content = path.read_bytes()
    # A tRNS chunk after the header (8 + 25 bytes): black is transparent. Pillow does not write one for 16 bits.
    chunk = b"tRNS" + struct.pack(">H", 0)
    path.write_bytes(content[:33] + struct.pack(">I", 2) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:])
    pixels, notes = predict.read_picture(path)
    assert notes == ("transparent parts taken as white", INVERTED)
    assert pixels[0, 0] == 0 and pixels[10, 10] == pytest.approx(55, abs=1)


def test_a_jpeg_lying_on_its_side_is_turned_upright(tmp_path):
    upright = Image.fromarray(boot(280))
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    path = saved(tmp_path, upright.transpose(Image.Transpose.ROTATE_90), "lying.jpg", quality=95, exif=exif)
    pixels, _ = predict.read_picture(path)
    expected, _ = predict.read_picture(saved(tmp_path, upright))
    assert np.abs(pixels.astype(int) - expected).max() <= 6


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_not_square_is_padded_and_keeps_its_proportions(tmp_path, turned):
    wide, expected = np.zeros((56, 112), "uint8"), np.zeros((28, 28), "uint8")
    wide[16:40, 28:84], expected[11:17, 7:21] = 200, 200
    if turned:
        wide, expected = wide.T, expected.T
    pixels, notes = predict.read_picture(saved(tmp_path, np.ascontiguousarray(wide)), garment=False)
    assert np.array_equal(pixels, expected)
    assert notes == ("padded to a square",)


def test_the_padding_has_the_grey_of_the_border(tmp_path):
    pixels, notes = predict.read_picture(saved(tmp_path, np.full((28, 10), 60, "uint8")), garment=False)
    assert (pixels == 60).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 2), (2_000, 1_500)])
def test_any_size_is_read(tmp_path, shape):
    assert predict.read_picture(saved(tmp_path, np.zeros(shape, "uint8")))[0].shape == (28, 28)


def test_shrinking_averages_instead_of_picking(tmp_path):
    pixels, _ = predict.read_picture(saved(tmp_path, np.tile(np.array([[0, 200]], "uint8"), (280, 140))), garment=False)
    assert (pixels == 100).all()


def test_a_cmyk_jpeg_is_read(tmp_path):
    path = saved(tmp_path, Image.fromarray(boot(56)).convert("RGB").convert("CMYK"), "print.jpg", quality=95)
    assert np.abs(predict.read_picture(path, garment=False)[0].astype(int) - boot()).max() < 12


# A garment in a photo; what is cut out of it step by step is tests/explore/test_photo.py's.


def photo(pixels, margin=140, wall=220):
    """A picture of the set ten times as large, dark on a wall that is darker to the right, as a photo shows it: uint8."""
    large = np.pad(np.kron(pixels, np.ones((10, 10))), margin)
    return np.rint(np.linspace(wall, wall - 40, large.shape[1]) * (1 - large / 255)).astype("uint8")


def test_the_garment_in_a_photo_is_cut_out_and_it_is_said(tmp_path):
    whole = np.zeros((28, 28), "uint8")
    whole[0:14, 7:21], whole[14:28, 0:28] = 200, 120
    pixels, notes = predict.read_picture(saved(tmp_path, photo(whole)))
    assert notes == (INVERTED, "background made black", "cropped to the garment")
    inner = np.s_[2:12, 9:19]
    assert np.abs(pixels[inner].astype(int) - 200).max() < 20 and np.abs(pixels[16:26, 2:26].astype(int) - 120).max() < 20
    assert pixels[:12, :5].max() < 20
    # Without, it is a spot in the middle of a grey picture.
    pixels, notes = predict.read_picture(saved(tmp_path, photo(whole)), garment=False)
    assert notes == (INVERTED,) and pixels[0, 0] > 30 and np.ptp(pixels[inner].astype(int)) > 50


@pytest.mark.parametrize("dark", [False, True])
def test_an_enlarged_picture_of_the_set_stays_as_it_is(tmp_path, dark, real_data):
    # The longest side of its garments fills its pictures.
    for original in files.load_split("test", data=real_data).images[:50]:
        large = np.kron(original, np.ones((5, 5), "uint8"))
        pixels, notes = predict.read_picture(saved(tmp_path, 255 - large if dark else large))
        assert np.abs(pixels.astype(int) - original).max() <= 1
        assert notes == ((INVERTED,) if dark else ())


@pytest.mark.parametrize(("rows", "cropped"), [(24, True), (26, False)])
def test_a_garment_that_fills_nine_tenths_is_left_as_it_lies(tmp_path, rows, cropped):
    large = np.zeros((280, 280), "uint8")
    large[: 10 * rows, 60:160] = 200
    pixels, notes = predict.read_picture(saved(tmp_path, large))
    assert ("cropped to the garment" in notes) == cropped
    assert (pixels[-1].max() > 100) == cropped


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_a_file_that_is_no_picture_is_named(tmp_path, content):
    (tmp_path / "broken.png").write_bytes(content)
    with pytest.raises(UserError, match=r"broken\.png cannot be read as a picture .*save it again as PNG or JPEG"):
        predict.read_picture(tmp_path / "broken.png")


@pytest.mark.parametrize(("name", "options"), [("a.png", {}), ("a.jpg", {"quality": 80})])
def test_whatever_is_damaged_is_read_or_named(tmp_path, name, options):
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(boot()).save(buffer, {"png": "PNG", "jpg": "JPEG"}[name[2:]], exif=exif, **options)
    content, rng = buffer.getvalue(), np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(content[: rng.integers(1, len(content) + 1)])
        damaged[rng.integers(len(damaged))] = rng.integers(256)
        (tmp_path / name).write_bytes(damaged)
        try:
            assert predict.read_picture(tmp_path / name)[0].shape == (28, 28)
        except UserError:
            pass


def test_a_picture_that_would_fill_the_memory_is_named(tmp_path, monkeypatch):
    path = saved(tmp_path, boot(100))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000)
    with pytest.raises(UserError, match="cannot be read as a picture"):
        predict.read_picture(path)


def test_damaged_marks_beside_good_pixels_do_no_harm(tmp_path):
    # The picture says that it is 8 bytes into its marks that they begin, and there are none.
    path = saved(tmp_path, boot(), exif=b"Exif\0\0MM\0*\0")
    assert np.array_equal(predict.read_picture(path)[0], boot())


def test_a_strip_is_made_small_before_it_is_made_square(tmp_path, monkeypatch):
    made, new = [], Image.new
    monkeypatch.setattr(Image, "new", lambda mode, size, *rest: made.append(size) or new(mode, size, *rest))
    pixels, notes = predict.read_picture(saved(tmp_path, np.full((2, 40_000), 50, "uint8")), garment=False)
    assert (pixels.shape, notes) == ((28, 28), ("padded to a square",))
    assert max(max(size) for size in made) == predict.LARGE


# Finding


def test_a_folder_gives_its_pictures_in_order_of_name(tmp_path):
    for name in ("b.PNG", "a.jpg", "c.jpeg"):
        saved(tmp_path, boot(), name)
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "._a.jpg").write_text("what macOS leaves")
    assert [path.name for path in predict.find_pictures([tmp_path])] == ["a.jpg", "b.PNG", "c.jpeg"]


def test_a_folder_is_walked_and_what_is_no_picture_is_named_once(tmp_path):
    for folder in ("b", "b/a", ".hidden", "__MACOSX"):
        (tmp_path / folder).mkdir()
        saved(tmp_path / folder, boot(), "x.png")
    # A picture without an ending is known by its content.
    saved(tmp_path, boot(), "c.png").rename(tmp_path / "c")
    for number in range(7):
        (tmp_path / f"notes{number}.txt").write_text("no picture")
    *pictures, others = predict.find_pictures([tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in pictures] == ["c", "b/x.png", "b/a/x.png"]
    listed = ", ".join(str(tmp_path / f"notes{number}.txt") for number in range(5))
    assert str(others) == f"passed over, since they are no pictures: {listed} and 2 more" and others.exit_code == 0


def test_files_and_folders_keep_the_order_they_are_named_in(tmp_path):
    (tmp_path / "folder").mkdir()
    places = ((tmp_path, "z.png"), (tmp_path / "folder", "m.png"), (tmp_path, "a.png"))
    paths = [saved(folder, boot(), name) for folder, name in places]
    assert predict.find_pictures([paths[0], tmp_path / "folder", str(paths[2])]) == paths


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere.png", "there is no file"),
        ("notes.txt", "notes.txt cannot be read as a picture"),
        ("empty", "there is no picture in .*empty: name pictures"),
        ("letters", "there is no picture in .*letters, only .*letter.txt: name pictures"),
        ("photo.HEIC", "photo.HEIC is a HEIC picture, .*: pip install pillow-heif, or save it as JPEG"),
    ],
)
def test_a_path_without_a_picture_is_told_and_the_others_answered(tmp_path, net, name, sentence):
    for folder in ("empty", "letters"):
        (tmp_path / folder).mkdir()
    for file in ("notes.txt", "photo.HEIC", "letters/letter.txt"):
        (tmp_path / file).write_text("no picture")
    paths = [saved(tmp_path, banded(3), "a.png"), tmp_path / name, saved(tmp_path, banded(8), "b.png")]
    first, bad, last = predict.predict(net, paths, (28, 28))
    assert re.search(sentence, str(bad)) and bad.exit_code == 1
    assert [told.top(1)[0][0] for told in (first, last)] == ["Dress", "Bag"]


@pytest.mark.parametrize(
    ("name", "kind", "exact"),
    [
        *((f"shoe{ending}", "JPEG", False) for ending in (".jfif", ".jpe", ".JPG", ".jif")),
        *((f"shoe{ending}", ending[1:].upper(), True) for ending in (".gif", ".bmp", ".tiff")),
        ("shoe.webp", "WEBP", True),
        ("shoe.pgm", "PPM", True),
        # Its name is wrong.
        ("shoe.png", "JPEG", False),
    ],
)
def test_whatever_pillow_reads_is_read(tmp_path, name, kind, exact):
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95}}.get(kind, {})
    Image.fromarray(boot()).save(tmp_path / name, kind, **options)
    assert predict.find_pictures([tmp_path]) == [tmp_path / name]
    pixels, notes = predict.read_picture(tmp_path / name)
    assert np.abs(pixels.astype(int) - boot()).max() <= (0 if exact else 12)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_an_opaque_picture_with_an_alpha_channel_has_no_transparent_parts(tmp_path, mode):
    path = saved(tmp_path, Image.fromarray(boot()).convert("RGBA" if mode == "RGBA" else "LA"))
    pixels, notes = predict.read_picture(path)
    assert np.array_equal(pixels, boot()) and notes == ()


def test_of_an_animation_the_first_picture_counts_and_it_is_said(tmp_path):
    frames = [Image.fromarray(pixels) for pixels in (boot(), boot()[::-1].copy(), np.zeros((28, 28), "uint8"))]
    path = saved(tmp_path, frames[0], "moving.gif", save_all=True, append_images=frames[1:])
    pixels, notes = predict.read_picture(path)
    assert np.array_equal(pixels, boot()) and notes == ("the first of 3 pictures in the file",)


def test_floats_from_0_to_1_are_scaled(tmp_path):
    pixels, notes = predict.read_picture(saved(tmp_path, (boot() / 255).astype("float32"), "science.tif"))
    assert np.array_equal(pixels, boot()) and notes == ()


def test_what_would_start_another_program_is_not_opened(tmp_path):
    (tmp_path / "a.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 28 28\n%%EndComments\nshowpage\n")
    with pytest.raises(UserError, match="a.eps cannot be read as a picture"):
        predict.read_picture(tmp_path / "a.eps")


def test_a_home_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    path = saved(tmp_path, boot(), "a.png")
    assert predict.find_pictures(["~/a.png", "~"]) == [path, path]


def test_a_path_that_may_not_be_looked_at_is_told(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "is_dir", refuse)
    (told,) = predict.find_pictures([tmp_path / "theirs"])
    assert re.search(r"theirs cannot be read \(Permission denied\): see to its permissions", str(told))


# Asking a net


@pytest.fixture(scope="module")
def net():
    """Answers with the mean brightness of ten bands of the picture: what it was given can be told from its answer."""
    mx = runtime.load_mxnet()

    def bands(images):
        return mx.np.stack([images[:, 0, 2 * band : 2 * band + 2].mean(axis=(1, 2)) for band in range(10)], axis=1) * 50

    return bands


def banded(band):
    pixels = np.zeros((28, 28), "uint8")
    pixels[2 * band : 2 * band + 2, 2:-2] = 255
    return pixels


def test_each_picture_gets_the_answer_to_it(tmp_path, net):
    paths = [saved(tmp_path, banded(band), f"{band}.png") for band in (3, 9, 1, 5, 7)]
    for batch_size in (1, 2, 64):
        told = list(predict.predict(net, paths, (28, 28), batch_size=batch_size))
        assert [prediction.path for prediction in told] == paths
        assert [prediction.top(1)[0][0] for prediction in told] == ["Dress", "Ankle boot", "Trouser", "Sandal", "Sneaker"]


def test_probabilities_are_the_softmax_of_the_logits(tmp_path, net):
    (told,) = predict.predict(net, [saved(tmp_path, banded(3))], (28, 28))
    logits = np.zeros(10)
    logits[3] = 50 * 24 / 28
    expected = np.exp(logits) / np.exp(logits).sum()
    assert told.probabilities.dtype == np.float32
    assert np.allclose(told.probabilities, expected, atol=1e-6)


def test_the_most_probable_come_first():
    probabilities = np.array([0.1, 0.5, 0, 0.3, 0.1, 0, 0, 0, 0, 0], "float32")
    told = predict.Prediction("a.png", probabilities, ())
    assert told.top(2) == [("Trouser", 0.5), ("Dress", pytest.approx(0.3))]
    assert len(told.top(99)) == 10


def test_a_broken_file_is_told_in_its_place_and_the_others_too(tmp_path, net):
    (tmp_path / "2.png").write_bytes(b"no picture")
    saved(tmp_path, banded(3), "1.png")
    saved(tmp_path, banded(8), "3.png")
    for batch_size in (1, 2, 64):
        first, second, third = predict.predict(net, [tmp_path], (28, 28), batch_size=batch_size)
        assert first.top(1)[0][0] == "Dress" and third.top(1)[0][0] == "Bag"
        assert isinstance(second, UserError) and "2.png" in str(second)


def test_only_broken_files_are_told_without_asking_the_net(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    (told,) = predict.predict(None, [tmp_path], (28, 28))
    assert isinstance(told, UserError)


def test_the_net_is_given_the_size_it_takes(tmp_path):
    sizes = []

    def net(images):
        sizes.append(images.shape)
        return images[:, 0, :10, 0]

    list(predict.predict(net, [saved(tmp_path, boot())], (60, 40)))
    list(predict.predict(net, [saved(tmp_path, boot())], (3, 60, 40)))
    assert sizes == [(1, 1, 60, 40), (1, 3, 60, 40)]


def test_a_garment_is_cut_out_for_the_net_unless_the_picture_is_to_be_whole(tmp_path):
    given = []

    def net(images):
        given.append(images.asnumpy()[0, 0])
        return images[:, 0, :10, 0]

    path = saved(tmp_path, photo(np.full((28, 28), 200, "uint8")))
    (cut,) = predict.predict(net, [path], (28, 28))
    (whole,) = predict.predict(net, [path], (28, 28), garment=False)
    assert "cropped to the garment" in cut.notes and "cropped to the garment" not in whole.notes
    assert given[0][1:27, 1:27].min() > 0.7 and given[1][4, 4] < 0.3


def test_what_was_done_to_a_picture_is_told_with_its_answer(tmp_path, net):
    (told,) = predict.predict(net, [saved(tmp_path, 255 - banded(3))], (28, 28))
    assert told.notes == (INVERTED,)
    assert told.top(1)[0][0] == "Dress"
