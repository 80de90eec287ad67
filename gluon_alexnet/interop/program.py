"""A net as a program in each framework: what a person reads, and what takes a trained net's weights where this package is not."""

from gluon_alexnet import models
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import keras, torch
from gluon_alexnet.interop.weights import layers

FRAMEWORKS = ("gluon", "torch", "keras")
GLUON = """\
from mxnet import npx
from mxnet.gluon import nn
{own}
npx.set_np()  # float32 images (N, {shape}) in, logits out
net = nn.HybridSequential()
net.add(
{layers}
)
# Trained: net.load_parameters("{name}.params"), a file by `gluon-alexnet convert --to gluon`.
"""
TORCH = """\
from collections import OrderedDict

from torch import nn

# float32 images (N, {shape}) in, logits out
net = nn.Sequential(OrderedDict([
{layers}
]))
# Trained: net.load_state_dict(safetensors.torch.load_file("{name}.safetensors")), a file by `gluon-alexnet convert --to torch`.
"""
KERAS = """\
import keras
{more}from keras import layers
{own}
# float32 images (N, {shape}) in, logits out
net = keras.Sequential([
    keras.Input({input}),
{layers}
])
# Trained, and whole: keras.saving.load_model("{name}.keras"), a file by `gluon-alexnet convert --to keras`.
"""


# By framework: the class of the layer that it lacks, for programs that have one. PyTorch has it, and divides alpha by the size.
OWN = {
    "gluon": """

class LocalResponseNorm(nn.HybridBlock):
    \"\"\"By the formula of 2012, which does not divide alpha by the size, as MXNet's operator does.\"\"\"

    def __init__(self, size, alpha, beta, k):
        super().__init__()
        self.constants = dict(nsize=size, alpha=alpha * size, beta=beta, knorm=k)

    def hybrid_forward(self, F, images):
        return F.LRN(images.as_nd_ndarray(), **self.constants).as_np_ndarray()

""",
    "keras": """

@keras.saving.register_keras_serializable("gluon_alexnet")
class LocalResponseNorm(layers.Layer):
    \"\"\"By the formula of 2012. A saved net is loaded where this class is known.\"\"\"

    def __init__(self, size, alpha, beta, k, **options):
        super().__init__(**options)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, images):
        return tensorflow.nn.local_response_normalization(images, (self.size - 1) // 2, self.k, self.alpha, self.beta)

    def get_config(self):
        return {**super().get_config(), "size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}

""",
}


def program(spec: models.Spec, framework: str) -> str:
    """The text of a Python program that makes the net of a Spec, as `net` with new weights, in 'gluon', 'torch' or 'keras'.

    The framework need not be installed here. Raises UserError for a layer that has no twin there.
    """
    known = layers(spec)
    shape = known[0].input_shape
    own = OWN.get(framework, "") if any(isinstance(layer.layer, models.LocalResponseNorm) for layer in known) else ""
    if framework == "gluon":
        calls = [models.gluon_call(layer.layer) for layer in known]
        lines = [f"    {call}," if call.kind == keras.OWN else f"    nn.{call}," for call in calls]
        text = GLUON
    elif framework == "torch":
        lines = [f'    ("{name}", nn.{call}),' for layer in known for name, call in torch.calls(layer)]
        text = TORCH
    elif framework == "keras":
        calls = [call for layer in known for call in keras.calls(layer, known)]
        lines = [f"    {call}," if call.kind == keras.OWN else f"    layers.{call}," for call in calls]
        text, shape = KERAS, keras.input_of(known)
    else:
        raise UserError(f"there is no framework {framework!r}: take one of {', '.join(FRAMEWORKS)}")
    more = "import tensorflow\n" if own else ""
    shapes = {"shape": ", ".join(map(str, shape)), "input": shape}
    return text.format(name=spec.name, layers="\n".join(lines), own=own, more=more, **shapes)
