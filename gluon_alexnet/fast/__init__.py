"""A net's graph made fast: a net in, a block that shares its parameters out.

precision: float32, bfloat16 or float16, and which of the changes to make. frozen: a net at one moment, for answers alone.
The changes: bfloat16 (which layers compute in it), padding (few channels filled up), polyphase (LeNet's blocks of pixels),
space_to_depth (strided convolutions of images), pool_first (poolings before ReLUs), pointwise (large dense layers),
response_norm (that of 2012, while it learns).
graphs: how a graph is read and rewritten.
"""

__all__ = ["PRECISIONS", "frozen", "graphs", "precision"]

# Here, so that they are known without NumPy.
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
