"""Fashion-MNIST on a device of PyTorch's: all of it lies there as bytes, and is changed, scaled and resized there.

The random changes are those of gluon_alexnet.data.augment, by the device's random numbers, for uint8 tensors (N, H, W).
"""

import numpy as np
import torch

from gluon_alexnet import FashionMNISTLoader
from gluon_alexnet.data import augment
from gluon_alexnet.train import engine_torch as torch_step


def flip(images):
    mirrored = torch.rand(len(images), 1, 1, device=images.device) < 0.5
    return torch.where(mirrored, images.flip(2), images)


def shift(pixels):
    def move(images):
        count, height, width = images.shape
        device = images.device
        padded = torch.nn.functional.pad(images, (pixels,) * 4)
        top, left = torch.randint(0, 2 * pixels + 1, (2, count, 1), device=device)
        rows = top + torch.arange(height, device=device)
        columns = left + torch.arange(width, device=device)
        return padded[torch.arange(count, device=device)[:, None, None], rows[:, :, None], columns[:, None, :]]

    return move


def erase(images):
    count, height, width = images.shape
    device = images.device

    def uniform(low, high):
        return low + (high - low) * torch.rand(count, 1, device=device)

    area, ratio = uniform(0.02, 0.4) * height * width, uniform(0.3, 1 / 0.3)
    tall = (area * ratio).sqrt().round().clamp(max=height - 1)
    wide = (area / ratio).sqrt().round().clamp(max=width - 1)
    inside = []
    for side, size in ((tall, height), (wide, width)):
        begin, place = (uniform(0, 1) * (size - side + 1)).floor(), torch.arange(size, device=device)
        inside.append((begin <= place) & (place < begin + side))
    erased = inside[0][:, :, None] & inside[1][:, None, :] & (torch.rand(count, 1, 1, device=device) < 0.5)
    return torch.where(erased, torch.randint(0, 256, images.shape, dtype=torch.uint8, device=device), images)


KNOWN = {"flip": flip, "shift": shift(2), "shift1": shift(1), "erase": erase}


class Images:
    """A split on `device`. augment: as for FashionMNISTLoader. data, limit: its too. Raises UserError as it does."""

    def __init__(self, split, device, normalize=False, augment=None, data=None, limit=None):
        found = FashionMNISTLoader(split, 1, data=data, limit=limit)
        self.pixels = torch.from_numpy(np.array(found.pixels)).to(device)
        self.labels = torch.from_numpy(np.array(found.labels)).to(device, torch.int64)
        self.normalize, self.changes = normalize, changes(augment)

    def __len__(self):
        return len(self.labels)

    def order(self):
        """The images' numbers in a random order, on the device."""
        return torch.randperm(len(self), device=self.labels.device)

    def batch(self, picked, size):
        """(float32 (N, 1, height, width), int64 (N,)) of the images of these numbers; size: (height, width)."""
        images = self.pixels[picked]
        for change in self.changes:
            images = change(images)
        return torch_step.scaled(images, size, self.normalize), self.labels[picked]


def changes(names):
    """The functions of 'flip+shift', say; none of None. Raises UserError as gluon_alexnet.data.augment.by_name does."""
    return [] if names is None else augment.named(names, KNOWN)
