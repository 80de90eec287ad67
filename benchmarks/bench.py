"""Measures this package against what people would use instead: `python benchmarks/bench.py [NAME...]`, or `make bench`.

Every figure is a ratio to a peer that was measured in the same run, by turns (harness.py); "capped" runs keep every side from
the CPU's matrix units and bfloat16, "busy" ones have every side run beside other programs that want the CPUs. Results are written
under benchmarks/results/bench/, in a folder for each kind of CPU (amx_bf16, avx512_bf16, none), from which results_table.py makes
the tables in README.md. `--list` names the benchmarks, `--quick` measures twice instead of five times and writes nothing.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import harness
import roofline
from harness import Side, environment, machine, race, ratios, spread

CAP = "AVX512_CORE"
OURS, CHAPTER, TORCH, BEST = "gluon_alexnet", "MXNet, the chapter's code", "PyTorch, the chapter's code", "PyTorch at its best"
ALEXNET = "gluon_alexnet, AlexNet"


def sides(case, steps, cap, **options):
    """Our side and its peers. steps: how many steps a turn has at most; cap: whether every side is kept from bfloat16."""
    ours, best = {"precision": "float32"} if cap else {}, {"best": True}
    programs = {OURS: ("ours.py", ours), CHAPTER: ("chapter_mxnet.py", {}), TORCH: ("pytorch.py", {})}
    programs["PyTorch, channels-last, float32"] = ("pytorch.py", dict(best))
    if harness.multiplies_bfloat16() and not cap:
        best["bfloat16"] = True
        programs["PyTorch, channels-last, bfloat16"] = ("pytorch.py", dict(best))
    # Where there is no compiler for C++ it cannot run, and is left out.
    programs["PyTorch, channels-last, compiled"] = ("pytorch.py", {**best, "compile": True})
    return [Side(label, program, case, {**options, **more, "steps": steps}) for label, (program, more) in programs.items()]


def alexnet(cap=None):
    """One training step of AlexNet, 128 images of 224x224, loading included; peak memory comes along."""
    # In bfloat16 two steps are soon over, and the first of them finds the caches full of what the others left there.
    return sides("train", 2 if cap else 4, cap, model="alexnet", batch_size=128, resize=224, lr=0.01)


def lenet(cap=None):
    """One training step of LeNet, 256 images of 28x28, loading included."""
    return sides("train", 60, cap, model="lenet", batch_size=256, lr=0.9)


def inference(batch_size, steps):
    def make(cap=None):
        return sides("infer", steps, cap, model="alexnet", batch_size=batch_size)

    return make


def simplified(cap=None):
    """One training step of the simplified AlexNet beside one of AlexNet, both ours, batch 128, 224x224, loading included."""
    common = {"batch_size": 128, "resize": 224, "lr": 0.01}
    steps = {"alexnet_small": 20, "alexnet": 2}
    labels = {"alexnet_small": OURS, "alexnet": ALEXNET}
    return [Side(labels[net], "ours.py", "train", {**common, "model": net, "steps": steps[net]}) for net in steps]


def loader(cap=None):
    """The training images at 224x224, each batch of 128 in hand before the next; 10,240 of them a turn."""
    options = {"batch_size": 128, "resize": 224, "limit": 10_240}
    peers = {CHAPTER: ("chapter_mxnet.py", {}), TORCH: ("pytorch.py", {}), "PyTorch, in memory": ("pytorch.py", {"best": True})}
    programs = {OURS: ("ours.py", {}), **peers}
    return [Side(label, program, "load", {**options, **more}) for label, (program, more) in programs.items()]


RACES = {
    "alexnet-train": alexnet,
    "alexnet-infer-1": inference(1, 20),
    "alexnet-infer-128": inference(128, 2),
    "lenet-train": lenet,
    "alexnet-small-train": simplified,
    "loader": loader,
}
CAPPED = ("alexnet-train", "alexnet-infer-1", "alexnet-infer-128", "lenet-train")
# Beside so many other busy programs.
BUSY = {f"{name}-busy{others}": (name, others) for name in ("alexnet-train", "lenet-train") for others in (1, 2)}


def race_result(name, data, cap, repeats):
    """What the README's table and a person need to know of one race."""
    name, others = BUSY.get(name, (name, 0))
    measured = race(RACES[name](cap), data, cap, repeats, others)
    ours = measured[0]
    if ours.label != OURS:
        raise RuntimeError("our own side could not be measured")
    about = {
        side.label: {
            "images_per_second": spread(side.rates),
            "ratio": spread(ratios(ours, side)),
            **side.about,
        }
        for side in measured
    }
    # What is best differs from machine to machine: bfloat16 is slower than float32 on some that have it.
    pytorch = [side for side in measured if side.program == "pytorch.py"]
    if any(side.options.get("best") for side in pytorch):
        fastest = max(pytorch, key=lambda side: side.rate)
        about[BEST] = {**about[fastest.label], "which": fastest.label}
    return {"sides": about}


def startup(data, repeats):
    """Seconds from the start of Python to: the package imported, the help shown, the first AlexNet step done."""
    helped = "import argparse, torch; argparse.ArgumentParser(epilog=torch.__version__).parse_args(['--help'])"
    # Without steps in a turn, a side ends after the one that it makes ready with.
    options = json.dumps({"data": str(data), "model": "alexnet", "batch_size": 128, "resize": 224, "lr": 0.01, "steps": 0})
    best = json.dumps({**json.loads(options), "best": True, "bfloat16": harness.multiplies_bfloat16()})
    ours, theirs = (str(harness.SIDES / name) for name in ("ours.py", "pytorch.py"))
    pairs = {
        "import": (["-c", "import gluon_alexnet"], ["-c", "import torch"]),
        "help": (["-m", "gluon_alexnet", "--help"], ["-c", helped]),
        "first step": ([ours, "train", options], [theirs, "train", best]),
    }
    times = {name: ([], []) for name in pairs}
    for turn in range(repeats + 1):
        for name, both in pairs.items():
            for kept, words in zip(times[name], both, strict=True):
                began = time.perf_counter()
                subprocess.run(
                    [sys.executable, *words], env=environment(), check=True, capture_output=True, stdin=subprocess.DEVNULL
                )
                # The first turn brings the files into memory.
                kept.extend([time.perf_counter() - began] * (turn > 0))
    return {
        name: {
            OURS: spread(mine),
            "PyTorch": spread(other),
            "ratio": spread([b / a for a, b in zip(mine, other, strict=True)]),
        }
        for name, (mine, other) in times.items()
    }


def print_race(name, result):
    for label, side in result["sides"].items():
        rate, ratio = side["images_per_second"], side["ratio"]
        print(
            f"  {label:28} {rate['median']:>10,.1f} images/s ({rate['min']:,.1f} to {rate['max']:,.1f}, n={rate['n']})"
            f"  ours is {ratio['median']:.2f}x ({ratio['min']:.2f} to {ratio['max']:.2f})"
            f"  peak {side['peak_bytes'] / 1e6:,.0f} MB"
        )


def print_startup(result):
    for what, each in result.items():
        print(
            f"  {what:10} {each[OURS]['median']:.2f} s, PyTorch {each['PyTorch']['median']:.2f} s: {each['ratio']['median']:.2f}x"
        )


def save(name, content, folder=harness.RESULTS):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


def main(argv=None):
    parser = argparse.ArgumentParser(description="Measure gluon_alexnet against its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks (all)")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and stop")
    parser.add_argument("--quick", action="store_true", help="two turns instead of five; writes nothing")
    arguments = parser.parse_args(argv)
    known = [*RACES, *(f"{name}-capped" for name in CAPPED), *BUSY, "startup", "roofline"]
    unknown = [name for name in arguments.names if name not in known]
    if arguments.list or unknown:
        print(f"there is no benchmark {unknown[0]!r}; there are: " if unknown else "", ", ".join(known), sep="")
        return 2 if unknown else 0
    data = find_data()
    repeats = 2 if arguments.quick else harness.REPEATS
    began = time.monotonic()
    print(json.dumps(machine()))
    for name in arguments.names or known:
        cap = CAP if name.endswith("-capped") else None
        print(f"{name}:", flush=True)
        if name == "startup":
            result = startup(data, repeats)
            print_startup(result)
        elif name == "roofline":
            result = roofline.measure(data, repeats)
            roofline.show(result)
        else:
            result = race_result(name.removesuffix("-capped"), data, cap, repeats)
            print_race(name, result)
        if not arguments.quick:
            # Machines differ most by how they multiply bfloat16: each kind keeps its own figures.
            save(name, {"benchmark": name, "machine": machine(cap), **result}, harness.RESULTS / machine()["bfloat16"])
    seconds = time.monotonic() - began
    print(f"{seconds:.0f} s in all")
    if not arguments.quick and not arguments.names:
        whole = {"benchmark": "whole", "machine": machine(), "seconds": seconds}
        save("whole", whole, harness.RESULTS / machine()["bfloat16"])
    return 0


def find_data():
    """The folder of the real data; raises SystemExit with a sentence where there is none."""
    from gluon_alexnet.data import files

    folder, reason = files.find()
    if folder is None:
        raise SystemExit(f"the benchmarks want the real Fashion-MNIST, and {reason}: set FASHION_MNIST_DIR to its folder")
    return Path(folder).resolve()


if __name__ == "__main__":
    sys.exit(main())
