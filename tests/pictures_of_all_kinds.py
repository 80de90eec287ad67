"""Pictures made with Pillow, of every kind that a set may have, and a folder of classes that a net learns in a moment."""

import io

import numpy as np
from PIL import Image

COLOURS = ((200, 40, 40), (40, 200, 40), (40, 40, 200))
CLASSES = ("blue", "green", "red")


def noise(height=40, width=60, seed=0, channels=3):
    """Smooth colours: what JPEG is made for."""
    small = np.random.default_rng(seed).integers(0, 256, (height // 10, width // 10, channels)).astype("uint8")
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def saved(picture, kind, **options):
    """The bytes of a picture, an array or one of Pillow's, saved as `kind`."""
    out = io.BytesIO()
    (Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture).save(out, kind, **options)
    return out.getvalue()


def turned(content_of, orientation):
    """A picture with an EXIF mark that says how it is to be turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(content_of, "JPEG", quality=95, exif=exif)


def folder_of_classes(path, counts=(14, 13, 13), side=40):
    """A folder with JPEGs in three classes, each of another colour, of several sizes."""
    for name, count in zip(CLASSES, counts, strict=True):
        colour = np.array(COLOURS[{"red": 0, "green": 1, "blue": 2}[name]])
        (path / name).mkdir(parents=True)
        for number in range(count):
            height, width = side + number, side + 2 * ((number * 7) % 11)
            grain = np.random.default_rng(number).integers(-30, 30, (height, width, 1))
            pixels = np.clip(colour + grain, 0, 255).astype("uint8")
            (path / name / f"{number:03}.jpg").write_bytes(saved(pixels, "JPEG", quality=92))
    return path
