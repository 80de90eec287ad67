"""The same net in other frameworks: twins in PyTorch and Keras, weights carried both ways, ONNX files.

`gluon_alexnet.interop.torch` and `.keras` build a net's twin from its table of layers (gluon_alexnet.models) and copy weights;
`.onnx` writes a file that other programs run, `.program` a net as source text. Each needs its framework and says how to install
it (optional); none of them needs the others, and the twins of the nets in models.py need no MXNet. weights: their neutral form,
and the one table of transposes; gluon: Gluon's side; files: weights in files.
"""

from typing import TYPE_CHECKING

from gluon_alexnet.doors import hand_out

HOMES = {"load_weights": "weights", "read_weights": "weights"}
__all__ = list(HOMES)
__all__ += ["files", "gluon", "keras", "onnx", "optional", "program", "torch", "weights"]
if TYPE_CHECKING:
    from gluon_alexnet.interop.weights import load_weights as load_weights
    from gluon_alexnet.interop.weights import read_weights as read_weights
else:
    __getattr__, __dir__ = hand_out(__name__, HOMES)
