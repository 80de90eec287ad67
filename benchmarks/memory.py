"""The memory of a training step against the batch size, as notebook 03 measures it: `python benchmarks/memory.py`.

On the CPU, of AlexNet and of LeNet with ReLU: with oneDNN and without, of LeNet with its sigmoids, and of AlexNet with weights
drawn at random. Where PyTorch has a GPU, there too, by torch.cuda. Each case is a line through four batch sizes, in bytes.
"""

import json
import os
import sys

import harness
import numpy as np

from gluon_alexnet.study import measured_memory

SIZES = {"alexnet": (8, 16, 32, 64), "lenet": (512, 1024, 2048, 4096)}
PLAIN = {"MXNET_MKLDNN_ENABLED": "0"}
RELU = {"activation": "relu"}
# By name: the net, how it is measured, and the environment of the process.
CASES = {
    "alexnet": ("alexnet", {}, {}),
    "alexnet without oneDNN": ("alexnet", {}, PLAIN),
    "alexnet, random weights": ("alexnet", {"random_weights": True}, {}),
    "lenet, relu": ("lenet", RELU, {}),
    "lenet, relu, without oneDNN": ("lenet", RELU, PLAIN),
    "lenet, sigmoid": ("lenet", {}, {}),
    "alexnet on a GPU": ("alexnet", {"engine": "torch"}, {}),
    "lenet, relu, on a GPU": ("lenet", {"engine": "torch", **RELU}, {}),
}


def measured(model, how, environ):
    """What one case comes to, or None where it needs a GPU that is not there."""
    os.environ.update(environ)
    try:
        found = [measured_memory(model, size, **how) for size in SIZES[model]]
    finally:
        for name in environ:
            del os.environ[name]
    if None in found:
        return None
    forward, whole = zip(*found, strict=True)
    lines = {"forward": np.polyfit(SIZES[model], forward, 1), "whole": np.polyfit(SIZES[model], whole, 1)}
    fits = {name: {"per_image": round(slope), "fixed": round(fixed)} for name, (slope, fixed) in lines.items()}
    return {"batch_sizes": SIZES[model], "forward_peaks": forward, "peaks": whole, **fits}


def main():
    results = {}
    for name, case in CASES.items():
        results[name] = measured(*case)
        print(name, json.dumps(results[name]), flush=True)
    found = {name: result for name, result in results.items() if result}
    content = {"command": "python benchmarks/memory.py", "machine": harness.machine(), "cases": found}
    (harness.RESULTS / "memory.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
