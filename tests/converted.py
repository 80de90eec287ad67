"""What a net's graph looks like in another precision."""

import json

import pytest

from gluon_alexnet.machine import runtime

needs_avx512 = pytest.mark.skipif(
    not (runtime.setup().isa or "").startswith("AVX512"), reason="oneDNN 2.4 computes bfloat16 only with AVX-512"
)


def operators(block):
    """{operator: dtypes of the weights that it sees} for the layers with weights in the graph of a converted block."""
    nodes = json.loads(block._cached_graph[1].tojson(remove_amp_cast=False))["nodes"]
    found = {}
    for node in nodes:
        if node["op"] in ("Convolution", "FullyConnected"):
            weight = nodes[node["inputs"][1][0]]
            found.setdefault(node["op"], []).append(weight.get("attrs", {}).get("dtype", "float32"))
    return found
