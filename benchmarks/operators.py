"""Where the time of a training step goes, by what oneDNN says of every operator: `python benchmarks/operators.py`.

oneDNN prints each of its primitives with its time where DNNL_VERBOSE is 1. What it does not compute (the optimizer, dropout,
loading) is what is left of the step. Written to benchmarks/results/bench/, in the folder of this kind of CPU.
"""

import os
import statistics
import sys
from collections import Counter

import harness
from bench import CAP, find_data, save
from harness import Running, Side, machine

LENET = {"model": "lenet", "batch_size": 256, "lr": 0.9, "steps": 60}
CASES = {
    "alexnet": {"model": "alexnet", "batch_size": 128, "resize": 224, "lr": 0.01, "steps": 4},
    "lenet": LENET,
    "lenet-capped": {**LENET, "precision": "float32"},
}
REST = "everything else (optimizer, dropout, loading)"
# By oneDNN's names of a primitive and of what it is for, as they begin.
PARTS = {
    ("convolution", "forward"): "convolutions, answers",
    ("convolution", "backward_data"): "convolutions, gradients of their inputs",
    ("convolution", "backward_weights"): "convolutions, gradients of their weights",
    ("inner_product", "forward"): "dense layers, answers",
    ("inner_product", "backward_data"): "dense layers, gradients of their inputs",
    ("inner_product", "backward_weights"): "dense layers, gradients of their weights",
    ("pooling", ""): "poolings, both ways",
    ("eltwise", ""): "activations, both ways",
    ("reorder", ""): "changes of layout and precision",
}


def part_of(primitive, purpose):
    """The part of a step that a primitive belongs to."""
    names = (name for (first, second), name in PARTS.items() if primitive.startswith(first) and purpose.startswith(second))
    return next(names, REST)


def seconds_by_part(lines):
    """Seconds by part of a step, of oneDNN's lines "dnnl_verbose,exec,cpu,PRIMITIVE,KERNEL,PURPOSE,...,MILLISECONDS"."""
    spent = Counter()
    for line in lines:
        fields = line.strip().split(",")
        if fields[:2] == ["dnnl_verbose", "exec"]:
            spent[part_of(fields[3], fields[5])] += float(fields[-1]) / 1000
    return spent


def measure(name, data, repeats):
    """Milliseconds of a step and of each of its parts, medians of `repeats` turns of some steps each."""
    case, cap = CASES[name], CAP if name.endswith("-capped") else None
    running = Running(Side("gluon_alexnet", "ours.py", "train", case), data, cap, DNNL_VERBOSE="1")
    turns = []
    try:
        for _ in range(repeats):
            begin = os.fstat(running.errors.fileno()).st_size
            running.go()
            running.errors.seek(begin)
            spent = seconds_by_part(running.errors)
            seconds = running.side.seconds[-1]
            spent[REST] += seconds - sum(spent.values())
            steps = running.side.images[-1] / case["batch_size"]
            turns.append({part: time / steps * 1000 for part, time in {"step": seconds, **spent}.items()})
    finally:
        running.end()
    parts = sorted({part for turn in turns for part in turn}, key=lambda part: -turns[0].get(part, 0.0))
    times = {part: statistics.median(turn.get(part, 0.0) for turn in turns) for part in parts}
    return {"precision": running.side.about["precision"], "turns": repeats, "milliseconds": times}


def main():
    data = find_data()
    nets = {}
    for name in CASES:
        nets[name] = measure(name, data, harness.REPEATS)
        step = nets[name]["milliseconds"]["step"]
        print(f"{name}, {nets[name]['precision']}: {step:.1f} ms a step")
        for part, time in nets[name]["milliseconds"].items():
            if part != "step":
                print(f"  {time:7.2f} ms  {time / step:4.0%}  {part}")
    save("operators", {"benchmark": "operators", "machine": machine(), "nets": nets}, harness.RESULTS / machine()["bfloat16"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
