"""Fashion-MNIST: found or fetched and verified (files.py), made up when there is none (synthetic.py), in batches (loader.py)."""

from gluon_alexnet.data.files import CLASS_NAMES, load_split
from gluon_alexnet.data.loader import FashionMNISTLoader

__all__ = ["CLASS_NAMES", "FashionMNISTLoader", "load_split"]
