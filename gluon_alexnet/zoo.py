"""The nets of gluoncv's model zoo, without their trained weights: `gluoncv:resnet18_v1b` where a command takes a model.

They were written before MXNet's NumPy mode. Traced in the earlier mode once, as a graph, they take and give its arrays.
"""

from __future__ import annotations

import difflib
import json
import warnings
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Spec

if TYPE_CHECKING:
    import mxnet as mx

PREFIX = "gluoncv:"
# Sides of the images that a net was made for, by the begin of its name; 224 for all others.
SIDES = {"cifar_": 32, "inceptionv3": 299, "xception": 299}
# In the names of nets that find boxes and outlines, follow bodies or watch films, some of which fetch weights when they are made.
OTHER_TASKS = (
    *("ade", "citys", "coco", "custom", "hmdb51", "int8", "kinetics400", "kinetics700", "kitti", "mhpv1", "otb15", "pose"),
    *("rcnn", "sthsthv2", "ucf101", "voc"),
)


def is_zoo(model: object) -> bool:
    """Whether a model's name is one of gluoncv's zoo: gluoncv:NAME."""
    return isinstance(model, str) and model.startswith(PREFIX)


def input_shape(model: str) -> tuple[int, int, int]:
    """The (3, side, side) of the images that a net of the zoo was made for."""
    name = model.removeprefix(PREFIX)
    side = next((side for begin, side in SIDES.items() if name.startswith(begin)), 224)
    return 3, side, side


def spec(model: str) -> Spec:
    """A Spec without layers, which says how a net of the zoo is called and what it takes."""
    return Spec(model, (), input_shape(model))


def build(model: str, num_classes: int) -> mx.gluon.SymbolBlock:
    """The net gluoncv:NAME with logits for `num_classes`, not yet initialized: float32 (N, 3, H, W) in, (N, num_classes) out.

    Raises UserError where gluoncv is not installed, has no such net, or has one that does not classify images.
    """
    mx, zoo = runtime.load_mxnet(), _model_zoo()
    name = model.removeprefix(PREFIX)
    if name not in (known := zoo.get_model_list()):
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"did you mean {PREFIX}{near[0]}? " if near else ""
        raise UserError(f"gluoncv has no net {name!r}: {hint}there are such as {PREFIX}resnet18_v1b and {PREFIX}mobilenet0.25")
    if {*name.split("_")} & {*OTHER_TASKS}:
        raise UserError(f"{model} is made for another task than classifying images: take one such as {PREFIX}resnet18_v1b")
    try:
        # Counted anew, its layers have the same names each time, by which its weights are kept.
        with mx.util.np_array(False), mx.util.np_shape(False), mx.name.NameManager(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net = zoo.get_model(name, classes=num_classes, pretrained=False)
            net.infer_shape(mx.nd.zeros((1, *input_shape(model))))
            traced = net(mx.sym.var("data", dtype="float32"))
            (shape,) = traced.infer_shape(data=(1, *input_shape(model)))[1]
    except Exception as error:  # nets for boxes, outlines and films, which take or give something else
        why = f"{type(error).__name__}: {reason(error)}"
        raise UserError(f"{model} does not classify images of {input_shape(model)} ({why}): take another") from error
    if shape != (1, num_classes):
        raise UserError(f"{model} gives {shape} for an image, and {(1, num_classes)} are the logits of its classes: take another")
    graph = _without_shapes(mx, traced).as_np_ndarray()
    block = mx.gluon.SymbolBlock(graph, mx.sym.var("data", dtype="float32").as_np_ndarray(), net.collect_params())
    # Its weights would be written without what their names have in common and read with it; a dot has them read as those of
    # any net are.
    block._reg_params = {f"{PREFIX[:-1]}.{key}": each for key, each in block.params.items()}
    block.made_as = model
    block.input_shape = input_shape(model)
    return block


def _model_zoo() -> Any:
    runtime.load_mxnet()
    try:
        from gluoncv import model_zoo
    except Exception as error:  # its own checks raise of all kinds
        raise UserError(
            f"gluoncv is not to be had here ({reason(error)}): pip install --no-deps gluoncv==0.10.5.post0"
        ) from error
    return model_zoo


def _without_shapes(mx, traced):
    """A graph whose weights say no shapes: unknown ones were 0 in the earlier mode, which now is a shape."""
    graph = json.loads(traced.tojson())
    for node in graph["nodes"]:
        if node["op"] == "null":
            node.get("attrs", {}).pop("__shape__", None)
    return mx.sym.load_json(json.dumps(graph))
