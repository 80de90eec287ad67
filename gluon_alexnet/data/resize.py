"""Pictures resized, in MXNet and by OpenCV where it is installed. Exercises ask for this, so their answers cannot import it."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.machine import runtime, threads

if TYPE_CHECKING:
    import mxnet as mx


def resize_batch(images: mx.np.ndarray, size: Sequence[int]) -> mx.np.ndarray:
    """float32 (N, C, H, W) resized to `size`, a (height, width) pair: bilinear, half-pixel centres, as OpenCV's INTER_LINEAR."""
    mx = runtime.load_mxnet()
    if images.shape[2:] == tuple(size):
        return images
    resized = mx.nd.contrib.BilinearResize2D(images.as_nd_ndarray(), height=size[0], width=size[1], align_corners=False)
    return resized.as_np_ndarray()


def resize_pixels(pixels: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """float32 (N, H, W) resized as `resize_batch` does it, by OpenCV where it is installed, on all threads."""
    if _opencv() is None:
        mx = runtime.load_mxnet()
        return resize_batch(mx.np.array(pixels[:, None]), size).asnumpy()[:, 0]
    resized = np.empty((len(pixels), *size), "float32")
    parts = np.array_split(np.arange(len(pixels)), min(threads.number(), max(1, len(pixels))))
    list(_threads().map(lambda part: _resize_into(pixels, resized, part), parts))
    return resized


def _resize_into(pixels, resized, which):
    cv2 = _opencv()
    for number in which:
        cv2.resize(pixels[number], resized.shape[:0:-1], dst=resized[number], interpolation=cv2.INTER_LINEAR)


@functools.cache
def _opencv():
    """OpenCV, whose resize is eight times as fast as MXNet's, or None where it is not installed."""
    try:
        import cv2
    except ImportError:
        return None
    return cv2


@functools.cache
def _threads():
    return ThreadPoolExecutor(runtime.setup().threads, thread_name_prefix="gluon_alexnet resize")


# A process forked from this one has the pool and not its threads, and would wait for them for ever.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)
