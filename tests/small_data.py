"""Data that a test has learned in a moment."""

import hashlib
import struct

import numpy as np

from gluon_alexnet.data import idx
from gluon_alexnet.machine import runtime

CONTENT = {
    "train-images-idx3-ubyte": struct.pack(">4i", 2051, 20, 28, 28) + bytes(range(196)) * 80,
    "train-labels-idx1-ubyte": struct.pack(">2i", 2049, 20) + bytes(range(10)) * 2,
    "t10k-images-idx3-ubyte": struct.pack(">4i", 2051, 10, 28, 28) + bytes(range(98)) * 80,
    "t10k-labels-idx1-ubyte": struct.pack(">2i", 2049, 10) + bytes(range(10)),
}


def small_files():
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    return {
        split: (
            idx.File(f"{prefix}-images-idx3-ubyte", sums[f"{prefix}-images-idx3-ubyte"], count, 2051, (28, 28), other),
            idx.File(f"{prefix}-labels-idx1-ubyte", sums[f"{prefix}-labels-idx1-ubyte"], count, 2049, (), other),
        )
        for split, prefix, count, other in (("train", "train", 20, 10), ("test", "t10k", 10, 20))
    }


def blobs(count, batch_size=32, seed=0):
    """Batches of 1x28x28 images whose label is which of ten places is bright: a net learns them in a few steps."""
    mx = runtime.load_mxnet()
    rng = np.random.RandomState(seed)
    labels = rng.randint(0, 10, count)
    images = rng.rand(count, 1, 28, 28) * 0.3
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(label, 4)
        image[0, 8 * row + 2 : 8 * row + 7, 7 * column + 1 : 7 * column + 6] += 0.7
    cuts = range(0, count, batch_size)
    pairs = [(images[cut : cut + batch_size], labels[cut : cut + batch_size]) for cut in cuts]
    return [(mx.np.array(i, dtype="float32"), mx.np.array(j, dtype="int32")) for i, j in pairs]
