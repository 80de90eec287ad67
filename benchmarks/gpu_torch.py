"""A recipe from start to end on a GPU, in PyTorch, all of the data on the device: `python benchmarks/gpu_torch.py`.

Needs PyTorch, NumPy, Fashion-MNIST and this source tree, and no MXNet. Without a GPU it says so and runs on the CPU (`--limit`
keeps that short). Seeds are run one after the other; what is printed and written as JSON: seconds of training with and without
evaluation, images/s, the share of the device's measured matrix product, and test accuracy with mean and deviation.
`--weights FILE` keeps the last net's weights as .npz: `gluon-alexnet convert FILE --model alexnet --to gluon` takes it to Gluon.
"""

import argparse
import json
import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gluon_alexnet import FashionMNISTLoader, analysis, interop, models, recipes  # noqa: E402
from gluon_alexnet.errors import UserError  # noqa: E402
from gluon_alexnet.interop import torch_step  # noqa: E402
from gluon_alexnet.interop.torch import load_torch  # noqa: E402

GEMM = 8192


def on_device(torch, device, split, options):
    """A split's pixels (uint8) and labels on the device, and its side in pixels."""
    data = FashionMNISTLoader(split, options.batch_size, data=options.data, limit=options.limit if split == "train" else None)
    labels = torch.from_numpy(np.ascontiguousarray(data.labels).astype("int64"))
    return torch.from_numpy(np.array(data.pixels)).to(device), labels.to(device)


def train(options, settings, seed, device):
    """One run: a dict of what came out."""
    torch = load_torch()
    torch.manual_seed(seed)
    spec = models.spec(options.model, **recipes.of_net(settings))
    size, normalize = spec.input_shape[1:], settings.get("normalize", False)
    kw = {"momentum": settings["momentum"]} if settings.get("momentum") else {}
    stepper = torch_step.TorchStepper(
        spec,
        spec.input_shape,
        device,
        settings.get("optimizer", "sgd"),
        torch_step.resolve_precision(options.precision, device)[0],
        settings.get("label_smoothing", 0.0),
        initializer=settings.get("initializer", "xavier"),
        wd=settings.get("weight_decay", 0.0),
        **kw,
    )
    pixels, labels = on_device(torch, device, "train", options)
    test_pixels, test_labels = on_device(torch, device, "test", options)
    per_pass = len(labels) // options.batch_size
    total = round(options.epochs * per_pass)
    if not total:
        raise UserError(f"{options.epochs:g} passes over {len(labels):,} images are no batch of {options.batch_size}: take more")
    flips = "flip" in (settings.get("augment") or "")

    def batch(order, number):
        picked = order[number * options.batch_size : (number + 1) * options.batch_size]
        images = pixels[picked]
        if flips:
            mirrored = torch.rand(len(picked), device=device)[:, None, None] < 0.5
            images = torch.where(mirrored, images.flip(2), images)
        return torch_step.scaled(images, size, normalize), labels[picked]

    # Kernels are chosen, and compiled, by two steps that change nothing.
    warmed = time.perf_counter()
    kept = stepper.snapshot()
    for _ in range(2):
        stepper.learn(*batch(torch.arange(len(labels), device=device), 0), 0.0)
    stepper.restore(kept)
    wait(torch, device)
    began = time.perf_counter()
    sums, step, seconds_evaluating, accuracy = [], 0, 0.0, None
    while step < total:
        order = torch.randperm(len(labels), device=device)
        end = min(total - step, per_pass)
        for number in range(end):
            sums.append(stepper.learn(*batch(order, number), learning_rate(settings, step, total)))
            step += 1
        wait(torch, device)
        before = time.perf_counter()
        accuracy = evaluate(torch, stepper, test_pixels, test_labels, size, normalize, options.batch_size)
        seconds_evaluating += time.perf_counter() - before
    seconds = time.perf_counter() - began
    last = torch.stack(sums[-per_pass:]).sum(dim=0).tolist()
    images = min(per_pass, total) * options.batch_size
    if options.weights:
        np.savez(options.weights, **interop.read_weights(stepper.twin))
    return {
        "seed": seed,
        "warm_up_seconds": began - warmed,
        "seconds": seconds,
        "training_seconds": seconds - seconds_evaluating,
        "images_per_second": total * options.batch_size / (seconds - seconds_evaluating),
        "loss": last[0] / images,
        "train_accuracy": last[1] / images,
        "test_accuracy": accuracy,
        "precision": stepper.precision,
    }


def learning_rate(settings, step, total):
    """That of gluon_alexnet.schedule, by formula: its own is made of gluoncv's, which needs MXNet."""
    warm = round(settings.get("warmup", 0.0) * total)
    if step < warm:
        return settings["lr"] * (step + 1) / warm
    done = (step - warm) / (total - warm)
    factors = {"constant": 1.0, "linear": 1 - done, "cosine": (1 + math.cos(math.pi * done)) / 2}
    return settings["lr"] * factors[settings.get("schedule", "constant")]


def evaluate(torch, stepper, pixels, labels, size, normalize, batch_size):
    stepper.twin.eval()
    right = 0
    with torch.inference_mode(), stepper.autocast():
        for images, expected in zip(pixels.split(8 * batch_size), labels.split(8 * batch_size), strict=True):
            right += (stepper.twin(torch_step.scaled(images, size, normalize)).argmax(dim=1) == expected).sum()
    return float(right) / len(labels)


def wait(torch, device):
    if device.type != "cpu":
        getattr(torch, device.type).synchronize()


def matrix_product(torch, device, precision):
    """FLOP a second of a large matrix product on the device, the best of five."""
    size = GEMM if device.type != "cpu" else GEMM // 8
    left, right = torch.randn(2, size, size, device=device).to(getattr(torch, precision))
    torch.mm(left, right)
    times = []
    for _ in range(5):
        wait(torch, device)
        began = time.perf_counter()
        torch.mm(left, right)
        wait(torch, device)
        times.append(time.perf_counter() - began)
    return 2 * size**3 / min(times)


def flop_per_image(spec):
    """Floating-point operations of one training image: forward and twice as much backward, but once for the first layer."""
    layers = [cost for cost in analysis.analyze(spec) if cost.macs]
    return 2 * (3 * sum(layer.macs for layer in layers) - layers[0].macs)


def main(argv=None):
    parser = argparse.ArgumentParser(description="Train on a GPU in PyTorch, without MXNet.")
    parser.add_argument("--model", default="alexnet", choices=models.list_models())
    parser.add_argument("--recipe", default="chapter", choices=sorted(recipes.RECIPES))
    parser.add_argument("--epochs", type=float, help="passes (the recipe's)")
    parser.add_argument("--batch-size", type=int, help="images a step (the recipe's)")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="how many runs (5)")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--data", help="folder of the Fashion-MNIST files")
    parser.add_argument("--limit", type=int, help="train on the first N images only")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--weights", type=Path, help="write the last run's weights to this .npz file")
    options = parser.parse_args(argv)
    try:
        return measure(options)
    except UserError as error:
        print(f"gpu_torch.py: {error}", file=sys.stderr)
        return error.exit_code


def measure(options):
    """Trains and writes as the options ask; the exit code. Raises UserError."""
    settings = recipes.recipe(options.recipe, options.model)
    options.epochs = options.epochs or settings.get("epochs", 10)
    options.batch_size = options.batch_size or settings["batch_size"]
    spec = models.spec(options.model, **recipes.of_net(settings))
    for path in filter(None, (options.out, options.weights)):
        path.parent.mkdir(parents=True, exist_ok=True)
    if settings.get("progressive") or settings.get("augment") not in (None, "flip"):
        print(
            f"the recipe {options.recipe!r} of {options.model} changes images in other ways than flips, which is not done on the "
            "device here: use gluon-alexnet train --engine torch",
            file=sys.stderr,
        )
        return 2
    torch = load_torch()
    device = torch_step.resolve_device(options.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"the {device.type}"
    precision = torch_step.resolve_precision(options.precision, device)[0]
    peak = matrix_product(torch, device, precision)
    print(f"{name}, PyTorch {torch.__version__}, {precision}, matrix product {peak / 1e12:.2f} TFLOP/s", flush=True)
    runs = []
    for seed in range(options.seeds):
        run = train(options, settings, seed, device)
        run["share_of_matrix_product"] = run["images_per_second"] * flop_per_image(spec) / peak
        runs.append(run)
        print(
            f"seed {seed}: {run['training_seconds']:.2f} s of training, {run['seconds']:.2f} s with evaluation, "
            f"{run['images_per_second']:,.0f} images/s ({run['share_of_matrix_product']:.0%} of the product), "
            f"loss {run['loss']:.4f}, train {run['train_accuracy']:.4f}, test {run['test_accuracy']:.4f}",
            flush=True,
        )
    accuracies = [run["test_accuracy"] for run in runs]
    spread = f" ± {statistics.stdev(accuracies):.4f}" if len(runs) > 1 else ""
    print(f"test accuracy {statistics.mean(accuracies):.4f}{spread} over {len(runs)} runs")
    if options.out:
        content = {"device": name, "torch": torch.__version__, "matrix_product": peak, "model": options.model, "runs": runs}
        options.out.write_text(json.dumps({**content, "recipe": options.recipe}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
