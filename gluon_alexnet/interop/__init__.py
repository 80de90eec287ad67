"""The same net in other frameworks: twins in PyTorch and Keras, weights carried both ways, ONNX files.

`gluon_alexnet.interop.torch` and `.keras` build a net's twin from its table of layers (gluon_alexnet.models) and copy weights;
`.onnx` writes a file that other programs run, `.program` a net as source text. Each needs its framework and says how to install
it; none of them needs the others, and the twins of the nets in models.py need no MXNet.
"""

from gluon_alexnet.interop.weights import load_weights, read_weights

__all__ = ["load_weights", "read_weights"]
