"""The hand-made pipeline before 2012: HOG, or bags of SIFT words, and a linear support vector machine on top of them.

Needs the extra `features`: scikit-image for HOG, OpenCV for SIFT, scikit-learn for the words and the machine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    import sklearn.pipeline

SIDE = 28


def hog(images: np.ndarray, orientations: int = 9, cell: int = 4, block: int = 2) -> np.ndarray:
    """Histograms of oriented gradients (Dalal and Triggs 2005): uint8 (N, 28, 28) in, float32 (N, features) out.

    scikit-image's, of the pixels' square roots. cell: pixels along a side of a cell; orientations: its bins over 180 degrees.
    block: cells along a side of a block; blocks overlap, and each is normalised by 'L2-Hys'.
    features is (28 // cell - block + 1)**2 * block**2 * orientations: 1,296 by default.
    Raises UserError for other images, for blocks that do not fit into them, and when scikit-image is missing.
    """
    images = _checked(images)
    across = SIDE // cell - block + 1 if cell >= 1 else 0
    if min(orientations, block, across) < 1:
        raise UserError(
            f"HOG with cell={cell}, block={block}, orientations={orientations} does not fit into {SIDE} pixels: "
            f"each is at least 1, and cell * block at most {SIDE}"
        )
    describe = _load("skimage.feature", "HOG", "scikit-image").hog
    features = np.empty((len(images), across**2 * block**2 * orientations), dtype=np.float32)
    for row, image in zip(features, images, strict=True):
        row[:] = describe(
            image / 255,
            orientations=orientations,
            pixels_per_cell=(cell, cell),
            cells_per_block=(block, block),
            block_norm="L2-Hys",
            transform_sqrt=True,
        )
    return features


def dense_sift(images: np.ndarray, step: int = 4, size: float = 2.0) -> np.ndarray:
    """SIFT descriptors (Lowe 2004) on a grid: uint8 (N, 28, 28) in, float32 (N, points, 128) out, values in 0..255.

    OpenCV's, upright and of one scale, without its search for keypoints: garments of 28 pixels have next to none.
    step: pixels between the points, which lie at rows and columns step, 2 * step, ..., in order of rows; there are
    (27 // step)**2, 36 by default. size: a point's diameter as OpenCV counts it; its 4 x 4 cells cover 6 * size pixels, 12 by
    default. An empty patch gives zeros.
    Raises UserError for other images, for a step outside 1..27, a size that is not positive, and when OpenCV is missing.
    """
    images = _checked(images)
    if not (1 <= step < SIDE and size > 0):
        raise UserError(f"step is {step!r} and size {size!r}: the step is a whole number of 1 to {SIDE - 1}, the size positive")
    cv2 = _load("cv2", "SIFT", "OpenCV")
    places = range(step, SIDE, step)
    points = [cv2.KeyPoint(float(x), float(y), float(size), 0.0) for y in places for x in places]
    sift = cv2.SIFT_create()
    descriptors = np.empty((len(images), len(points), 128), dtype=np.float32)
    for found, image in zip(descriptors, images, strict=True):
        found[:] = sift.compute(np.ascontiguousarray(image), points)[1]
    return descriptors


def learn_words(descriptors: np.ndarray, words: int = 200, seed: int = 0) -> np.ndarray:
    """The visual words of `descriptors`: their k-means centres, float32 (words, D); descriptors: float (..., D).

    scikit-learn's MiniBatchKMeans; the same seed gives the same words. A bag of them describes a picture (Csurka et al. 2004).
    Raises UserError when there are fewer descriptors than words, and when scikit-learn is missing.
    """
    descriptors = np.asarray(descriptors)
    descriptors = descriptors.reshape(-1, descriptors.shape[-1])
    if not 1 <= words <= len(descriptors):
        raise UserError(f"{len(descriptors)} descriptors cannot make {words} words: take more pictures or fewer words")
    cluster = _load("sklearn.cluster", "learning visual words", "scikit-learn")
    means = cluster.MiniBatchKMeans(words, batch_size=4096, n_init=3, compute_labels=False, random_state=seed)
    return means.fit(descriptors).cluster_centers_.astype(np.float32)


def word_histograms(descriptors: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Bags of visual words: which share of a picture's descriptors is nearest to each word.

    descriptors: float (N, points, D), points >= 1; words: float (words, D). Returns float32 (N, words); each row sums to 1.
    Nearest by Euclidean distance, the lower number among equals.
    """
    descriptors, words = np.asarray(descriptors), np.asarray(words)
    squares = (words**2).sum(axis=1)
    histograms = np.empty((len(descriptors), len(words)), dtype=np.float32)
    # A picture at a time: all distances at once would fill the memory.
    for row, found in zip(histograms, descriptors, strict=True):
        nearest = (squares - 2 * found @ words.T).argmin(axis=1)
        row[:] = np.bincount(nearest, minlength=len(words)) / len(found)
    return histograms


def linear_svm(
    features: np.ndarray, labels: np.ndarray, alpha: float = 2e-4, passes: int = 10, seed: int = 0
) -> sklearn.pipeline.Pipeline:
    """A linear support vector machine, one against the rest, fitted to float (N, D) and int (N,): scikit-learn's Pipeline.

    Its `predict` takes features (M, D) and gives class numbers (M,); its `score` gives the accuracy.
    Each feature is scaled to mean 0 and standard deviation 1, then each picture to length 1, so that `alpha`, the weight of
    the squared norm beside the mean hinge loss, means the same for any D. Fitted by averaged stochastic gradient descent,
    `passes` times over the pictures: the same seed gives the same machine.
    Raises UserError when there are not as many labels as rows or only one class, and when scikit-learn is missing.
    """
    classes = len(np.unique(labels))
    if len(features) != len(labels) or classes < 2:
        raise UserError(
            f"a support vector machine cannot learn from {len(features)} rows and {len(labels)} labels of {classes} classes: "
            "give a label for each row, and two classes or more"
        )
    linear_model = _load("sklearn.linear_model", "the support vector machine", "scikit-learn")
    pipeline = _load("sklearn.pipeline", "the support vector machine", "scikit-learn")
    preprocessing = _load("sklearn.preprocessing", "the support vector machine", "scikit-learn")
    machine = linear_model.SGDClassifier(
        loss="hinge",
        alpha=alpha,
        max_iter=passes,
        tol=None,
        # The first pass takes long strides, which an average need not remember.
        average=len(labels),
        n_jobs=-1,
        random_state=seed,
    )
    return pipeline.make_pipeline(preprocessing.StandardScaler(), preprocessing.Normalizer(), machine).fit(features, labels)


def _checked(images):
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.shape[1:] != (SIDE, SIDE):
        raise UserError(
            f"the images are {images.dtype} of shape {images.shape}: give uint8 (N, {SIDE}, {SIDE}), as a loader's `pixels` are"
        )
    return images


def _load(module, what, package):
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"{what} needs {package}, which does not load in this Python ({error}): "
            "install this package's extra from its folder with pip install '.[cpu,features]'"
        ) from error
