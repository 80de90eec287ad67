"""A net that was handed over as MXNet's symbol JSON: looked at before anything is made of it, and counted."""

import json
import math

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading.texts import Text as T

MAX_NODES = 5_000
MAX_BYTES = 10_000_000
# MXNet's operator -> what people call it, and the attribute that tells its kind.
OPERATORS = {
    "Convolution": ("convolution", None),
    "FullyConnected": ("fully_connected", None),
    "Pooling": ("pooling", "pool_type"),
    "Activation": ("activation", "act_type"),
    "LeakyReLU": ("activation", "act_type"),
    "_npx_relu": ("activation:relu", None),
    "_npx_sigmoid": ("activation:sigmoid", None),
    "_npi_tanh": ("activation:tanh", None),
    "_maximum_scalar": ("maximum", None),
    "clip": ("clip", None),
    "softmax": ("softmax", None),
    "BatchNorm": ("batch_norm", None),
    "LayerNorm": ("layer_norm", None),
    "Dropout": ("dropout", None),
    "Flatten": ("flatten", None),
    "_npx_reshape": ("reshape", None),
    "slice": ("slice", None),
    "_npi_add": ("add", None),
    "_npi_add_scalar": ("add", None),
    "_npi_subtract": ("subtract", None),
    "_npi_subtract_scalar": ("subtract", None),
    "_npi_multiply": ("multiply", None),
    "_npi_multiply_scalar": ("multiply", None),
    "_npi_true_divide_scalar": ("divide", None),
    "_npi_concatenate": ("concatenate", None),
    "_npi_mean": ("mean", None),
    "_np_copy": ("copy", None),
}


def operators(text):
    """The operators of the symbol JSON `text` in their order, such as 'pooling:max'.

    Raises UserError of a Text where the text is no graph or holds an operator that is not to be run.
    """
    try:
        if len(text) > MAX_BYTES:
            raise ValueError("it is too long")
        nodes = json.loads(text)["nodes"]
        if len(nodes) > MAX_NODES:
            raise ValueError(f"it has more than {MAX_NODES:,} nodes")
        kinds = [(str(node["op"]), dict(node.get("attrs") or {})) for node in nodes]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(T(f"the net cannot be read: {error}", f"không đọc được mạng: {error}")) from error
    names = []
    for op, attrs in kinds:
        if op == "null":
            continue
        if op not in OPERATORS:
            allowed = ", ".join(sorted({name for name, _ in OPERATORS.values()}))
            raise UserError(
                T(
                    f"the net uses the operator {op}; one that can be graded is made of {allowed}",
                    f"mạng dùng toán tử {op}; mạng chấm được chỉ gồm {allowed}",
                )
            )
        name, attribute = OPERATORS[op]
        names.append(f"{name}:{attrs.get(attribute)}" if attribute else name)
    return names


def numbered(text):
    """The symbol JSON `text` with every node but the images called by its number, 'n0', 'n1', ...

    Names may clash, as where a dense layer is called as its weights are; a shape looked up by name would then be the other's.
    """
    graph = json.loads(text)
    for number, node in enumerate(graph["nodes"]):
        if (node["op"], node["name"]) != ("null", "data"):
            node["name"] = f"n{number}"
    return json.dumps(graph)


def count(text, shapes, trained):
    """(parameters, multiply-adds) of the symbol JSON `text`, as in gluon_alexnet.analysis.

    shapes: name of a node in `numbered(text)` -> shape of its first output. trained: the names of the inputs that are trained.
    """
    nodes = json.loads(text)["nodes"]
    size = [math.prod(shapes.get(f"n{number}", ())) for number in range(len(nodes))]
    params = sum(size[number] for number, node in enumerate(nodes) if node["op"] == "null" and node["name"] in trained)
    total = 0
    for number, node in enumerate(nodes):
        if node["op"] in ("Convolution", "FullyConnected"):
            weight = node["inputs"][1][0]
            # A weight is (out, in / groups, height, width) or (out, in): every output is the sum over one row of it.
            total += size[number] * size[weight] // shapes[f"n{weight}"][0]
    return params, total
