"""How near AlexNet's training step comes to what this machine could do: its measured matrix product and memory copy.

The limit (Williams, Waterman, Patterson 2009): each layer takes at least as long as its arithmetic at the speed of the fastest
matrix product measured here, or as its bytes at the speed of the fastest copy, whichever is longer; backward is twice forward,
but for the first layer, whose input needs no gradient; the optimizer reads weights and gradients and writes weights.
"""

import time
from math import prod

import harness
import numpy as np
from harness import Side, race, spread

BATCH, INPUT = 128, (1, 224, 224)
SIZE = 2048
COPIED = 256 << 20


def best_rate(work, amount, repeats):
    """`amount` over the shortest of the times that work() took: a limit is what is possible, not what is usual."""
    work()
    times = []
    for _ in range(max(5, repeats)):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return amount / min(times)


def matrix_products(repeats):
    """FLOP a second of the fastest product of two matrices, by type, over the libraries that are there."""
    left, right = np.random.default_rng(0).normal(size=(2, SIZE, SIZE)).astype("float32")
    found = {"float32": best_rate(lambda: left @ right, 2 * SIZE**3, repeats)}
    try:
        import torch
    except ImportError:
        return found
    for name in ("float32", "bfloat16"):
        if name == "bfloat16" and not harness.multiplies_bfloat16():
            continue
        a, b = (torch.from_numpy(array).to(getattr(torch, name)) for array in (left, right))
        # PyTorch takes oneDNN for bfloat16, and another library's product for float32: the faster one counts.
        found[name] = max(found.get(name, 0), best_rate(lambda a=a, b=b: torch.mm(a, b), 2 * SIZE**3, repeats))
    return found


def copy_rate(repeats):
    """Bytes a second that a copy reads and writes, on all cores."""
    from concurrent.futures import ThreadPoolExecutor

    cores = harness.machine()["cores"]
    source = np.ones(COPIED // 4, "float32")
    target = np.empty_like(source)
    parts = list(zip(np.array_split(target, cores), np.array_split(source, cores), strict=True))
    with ThreadPoolExecutor(cores) as pool:
        return best_rate(lambda: list(pool.map(lambda pair: np.copyto(*pair), parts)), 2 * COPIED, repeats)


def inside(size, kernel, stride, padding):
    """Along one side of an image of `size` pixels: the share of what all windows cover that is image, and not padding."""
    starts = range(-padding, size + padding - kernel + 1, stride)
    return sum(min(start + kernel, size) - max(start, 0) for start in starts) / (len(starts) * kernel)


def limit(flops, bandwidth, itemsize):
    """Images a second of an AlexNet step that computes and copies at these FLOP/s and bytes/s; itemsize: an activation's."""
    from gluon_alexnet import analysis, models

    seconds, shape = 0.0, INPUT
    spec = models.spec("alexnet")
    costs = analysis.analyze(spec, INPUT, BATCH, itemsize)
    for number, (layer, cost) in enumerate(zip(spec.layers, costs, strict=True)):
        needed = cost.macs
        if isinstance(layer, models.Conv):
            # A kernel need not compute the products with the zeros of the padding, which are 9 % of all.
            needed *= prod(map(inside, shape[1:], layer.kernel, layer.stride, layer.padding))
        moved = cost.param_bytes + cost.input_bytes + cost.output_bytes
        seconds += max(2 * needed / flops, moved / bandwidth) * (2 if number == 0 else 3)
        shape = cost.output_shape
    parameters = sum(cost.params for cost in costs)
    seconds += 3 * 4 * parameters / bandwidth
    return BATCH / seconds


def measure(data, repeats):
    products, bandwidth = matrix_products(repeats), copy_rate(repeats)
    options = {"model": "alexnet", "batch_size": BATCH, "resize": 224, "lr": 0.01, "steps": 2}
    figures = {}
    for name, flops in products.items():
        (side,) = race([Side(name, "ours.py", "train", {**options, "precision": name})], data, repeats=repeats)
        most = limit(flops, bandwidth, 4 if name == "float32" else 2)
        figures[name] = {
            "flops": flops,
            "limit_images_per_second": most,
            "images_per_second": spread(side.rates),
            "share": side.rate / most,
        }
    return {"bytes_per_second": bandwidth, "precisions": figures}


def show(result):
    print(f"  copy {result['bytes_per_second'] / 1e9:.1f} GB/s read and written")
    for name, each in result["precisions"].items():
        print(
            f"  {name:9} product {each['flops'] / 1e9:,.0f} GFLOP/s, limit {each['limit_images_per_second']:,.0f} images/s, "
            f"ours {each['images_per_second']['median']:,.1f}: {each['share']:.0%} of it"
        )
