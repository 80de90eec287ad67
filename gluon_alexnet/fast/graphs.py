"""Another graph for the same function: what padding.py, pool_first.py, pointwise.py, polyphase.py and others share.

MXNet has no way to change a Symbol, so its JSON is read, its nodes are copied in their order, and others are put between them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import mxnet as mx

# The channels that oneDNN multiplies at a time, by AVX-512 and by AMX.
VECTOR, TILE = 16, 32


def nodes(graph: mx.sym.Symbol) -> list[dict[str, Any]]:
    """The nodes of a Symbol in an order in which each comes after its inputs, casts of mixed precision included."""
    return _content(graph)["nodes"]


def operators(graph: mx.sym.Symbol) -> set[str]:
    """The names of the operators of a Symbol, 'null' for its inputs."""
    return {node["op"] for node in nodes(graph)}


def readers(graph: mx.sym.Symbol) -> Counter[int]:
    """How many inputs of other nodes and outputs of a Symbol each of its nodes is, by its number."""
    content = _content(graph)
    read = [source for node in content["nodes"] for source, *_ in node["inputs"]]
    return Counter(read + [source for source, *_ in content["heads"]])


def _content(graph):
    return json.loads(graph.tojson(remove_amp_cast=False))


class Square(NamedTuple):
    """A convolution with the same `size`, `stride` and `padding` in both directions."""

    size: int
    stride: int
    padding: int


def square(node: Mapping[str, Any]) -> Square | None:
    """The Square of a node that is a convolution of images with such windows, in one group and undilated; else None."""
    attrs = node["attrs"] if node["op"] == "Convolution" else {}
    geometry = [pair(attrs.get(*told)) for told in (("kernel", ""), ("stride", "(1, 1)"), ("pad", "(0, 0)"))]
    if any(len(lengths) != 2 or lengths[0] != lengths[1] for lengths in geometry):
        return None
    usual = int(attrs.get("num_group", 1)) == 1 and {*pair(attrs.get("dilate", "(1, 1)"))} == {1}
    if not usual or attrs.get("layout", "None") not in ("NCHW", "None"):
        return None
    return Square(*(length for length, _ in geometry))


def pair(text: str) -> tuple[int, ...]:
    """(4, 4) out of "(4, 4)", as MXNet writes the attributes of an operator."""
    return tuple(int(part) for part in text.strip("()[]").split(",") if part.strip())


def channels_into(nodes: Sequence[Mapping[str, Any]], number: int) -> int | None:
    """The channels that the nearest convolution before node `number` gives, or None where that is the data or not known."""
    while nodes[number]["inputs"]:
        number = nodes[number]["inputs"][0][0]
        if nodes[number]["op"] == "Convolution":
            return int(nodes[number]["attrs"]["num_filter"])
    return None


class Rewriter:
    """Copies a graph and lets a subclass change nodes on the way. An entry is [node, output, version], as in the JSON.

    graph: a Symbol. shapes: the shape of each parameter by name.
    """

    def __init__(self, graph: mx.sym.Symbol, shapes: Mapping[str, Sequence[int]]) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.shapes = shapes
        self.places: dict[int, int] = {}  # of each old node so far: its number among the new ones
        content = _content(graph)
        self.old = content["nodes"]
        for number, node in enumerate(self.old):
            inputs = [[self.places[source], output, 0] for source, output, *_ in node["inputs"]]
            self.places[number] = self.copy(node, inputs)[0]
        heads = [self.head([self.places[node], output, 0]) for node, output, *_ in content["heads"]]
        self.content = {
            "nodes": self.nodes,
            "arg_nodes": [number for number, node in enumerate(self.nodes) if node["op"] == "null"],
            "heads": heads,
            "attrs": content.get("attrs", {}),
        }

    def symbol(self) -> mx.sym.Symbol:
        """The new graph, with inputs and parameters of the same names."""
        import mxnet as mx

        return mx.sym.load_json(json.dumps(self.content)).as_np_ndarray()

    def copy(self, node: dict[str, Any], inputs: list[Any]) -> list[int]:
        """The entry that takes the place of an old node; `inputs` are entries of the new graph."""
        # With all else that it has, such as the graphs inside of a loop.
        self.nodes.append({**node, "inputs": inputs})
        return [len(self.nodes) - 1, 0, 0]

    def head(self, entry: list[int]) -> list[int]:
        """The entry that the new graph gives for an old output, now `entry`."""
        return entry

    def add(self, op: str, name: str, inputs: list[Any], attrs: Mapping[str, Any] | None = None) -> list[int]:
        """The entry of a new node."""
        node: dict[str, Any] = {"op": op, "name": name, "inputs": inputs}
        if attrs:
            node["attrs"] = {key: str(value) for key, value in attrs.items()}
        self.nodes.append(node)
        return [len(self.nodes) - 1, 0, 0]

    def zeros(self, name: str, shape: Sequence[int]) -> list[int]:
        """The entry of a float32 tensor of zeros."""
        return self.add("_zeros", name, [], {"shape": tuple(shape), "dtype": "float32", "ctx": "cpu(0)"})

    def join(self, name: str, entries: list[list[int]], axis: int) -> list[int]:
        """The entry of tensors one after another along `axis`."""
        return self.add("Concat", name, entries, {"num_args": len(entries), "dim": axis})
