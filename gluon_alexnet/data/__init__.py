"""Fashion-MNIST: found or fetched and verified, made up where there is none, in batches.

files: where the data is, and its class names and checksums (download: fetched; idx: its format, checked). loader: its batches
(augment: flipped, shifted, erased; resize: made larger or smaller). imagenet: the colours and crops of 2012. synthetic: the
stand-in where there is no data (garments: its ten shapes).
"""

from typing import TYPE_CHECKING

from gluon_alexnet.doors import hand_out

HOMES = {"CLASS_NAMES": "files", "FashionMNISTLoader": "loader", "load_split": "files"}
__all__ = list(HOMES)
__all__ += ["augment", "files", "imagenet", "loader", "synthetic"]
if TYPE_CHECKING:
    from gluon_alexnet.data.files import CLASS_NAMES as CLASS_NAMES
    from gluon_alexnet.data.files import load_split as load_split
    from gluon_alexnet.data.loader import FashionMNISTLoader as FashionMNISTLoader
else:
    __getattr__, __dir__ = hand_out(__name__, HOMES)
