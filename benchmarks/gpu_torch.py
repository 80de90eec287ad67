"""A recipe from start to end on a GPU, in PyTorch, all of the data on the device: `python benchmarks/gpu_torch.py`.

Needs PyTorch, NumPy, Fashion-MNIST and this source tree, and no MXNet. Without a GPU it says so and runs on the CPU (`--limit`
keeps that short). Seeds are run one after the other; what is printed and written as JSON: seconds of training with and without
evaluation, images/s, the share of the device's measured matrix product, test accuracy with mean and deviation, and the kernels
(on a CPU the operators) that the last net's step spends its time in. `--seconds 20` makes as many steps of the recipe as fit
with the evaluations.
`--weights FILE` keeps the last net's weights as .npz: `gluon-alexnet convert FILE --to gluon` takes it to Gluon.
"""

import argparse
import functools
import json
import math
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gluon_alexnet import analysis, files_io, interop, models, recipes  # noqa: E402
from gluon_alexnet.errors import UserError  # noqa: E402
from gluon_alexnet.interop import files  # noqa: E402
from gluon_alexnet.interop.torch import load_torch  # noqa: E402
from gluon_alexnet.settings import sizes as progressive_sizes  # noqa: E402
from gluon_alexnet.train import budget  # noqa: E402
from gluon_alexnet.train import engine_torch as torch_step  # noqa: E402

GEMM = 8192
TIMED_STEPS, PROFILED_STEPS = 20, 10
KERNELS = 12  # that are told, the longest first


class Run:
    """One training, from `seed`.

    settings: a recipe. options: model, batch_size, epochs or seconds, precision, plain, data and limit, as from the command line.
    """

    def __init__(self, options, settings, seed, device):
        # Imports PyTorch, whose absence is told by load_torch before.
        from on_device import Images

        self.torch, self.device, self.settings, self.batch_size = load_torch(), device, settings, options.batch_size
        self.torch.manual_seed(seed)
        self.seed, self.spec = seed, models.spec(options.model, **recipes.of_net(settings))
        kw = {"momentum": settings["momentum"]} if settings.get("momentum") else {}
        self.stepper = torch_step.TorchStepper(
            self.spec,
            self.spec.input_shape,
            device,
            settings.get("optimizer", "sgd"),
            torch_step.resolve_precision(options.precision, device)[0],
            settings.get("label_smoothing", 0.0),
            compiled=False if options.plain else None,
            initializer=settings.get("initializer", "xavier"),
            wd=settings.get("weight_decay", 0.0),
            **kw,
        )
        normalize = settings.get("normalize", False)
        self.train = Images("train", device, normalize, settings.get("augment"), options.data, options.limit)
        self.test = Images("test", device, normalize, data=options.data)
        self.per_pass = len(self.train) // self.batch_size
        small = settings.get("progressive")
        side, self.share = progressive_sizes("progressive", small) if small else (None, 0.0)
        self.full = self.spec.input_shape[1:]
        self.small = (side, side) if side else self.full
        if not self.per_pass:
            raise UserError(f"{len(self.train):,} images are no batch of {self.batch_size}: take more")
        began = time.perf_counter()
        self.warm_up()
        self.warm_up_seconds = time.perf_counter() - began
        self.total = self.plan(options)

    def plan(self, options):
        """The steps of the run."""
        if options.seconds is None:
            return max(1, round(options.epochs * self.per_pass))
        kept, timed = self.stepper.snapshot(), {}
        for name, size in (("full", self.full), ("small", self.small)):
            timed[name] = self.timed(lambda size=size: self.steps_without_trace(TIMED_STEPS, size)) / TIMED_STEPS
        self.stepper.restore(kept)
        self.evaluate()
        timed["evaluate"] = self.timed(self.evaluate)
        return budget.steps_within(options.seconds, timed, self.share, self.per_pass)

    def timed(self, work):
        """Seconds that the device takes for `work`."""
        wait(self.torch, self.device)
        began = time.perf_counter()
        work()
        wait(self.torch, self.device)
        return time.perf_counter() - began

    def steps_without_trace(self, count, size):
        """Steps that leave the weights as they are, though not batch norms' statistics."""
        order = self.train.order()
        for _ in range(count):
            self.stepper.learn(*self.train.batch(order[: self.batch_size], size), 0.0)

    def warm_up(self):
        """Has kernels chosen, and compiled, by steps that change nothing."""
        kept = self.stepper.snapshot()
        for size in {self.small, self.full}:
            self.steps_without_trace(2, size)
        self.stepper.restore(kept)
        wait(self.torch, self.device)

    def learn(self):
        """The training: a dict of what came out."""
        began = time.perf_counter()
        sums, evaluating, accuracy = [], 0.0, None
        while len(sums) < self.total:
            order = self.train.order()
            for number in range(min(self.total - len(sums), self.per_pass)):
                picked = order[number * self.batch_size : (number + 1) * self.batch_size]
                size = self.small if len(sums) / self.total < self.share else self.full
                lr = learning_rate(self.settings, len(sums), self.total)
                sums.append(self.stepper.learn(*self.train.batch(picked, size), lr))
            wait(self.torch, self.device)
            before = time.perf_counter()
            accuracy = self.evaluate()
            evaluating += time.perf_counter() - before
        seconds = time.perf_counter() - began
        last = self.torch.stack(sums[-self.per_pass :])
        loss, right = (last.sum(dim=0) / (len(last) * self.batch_size)).tolist()
        return {
            "seed": self.seed,
            "passes": self.total / self.per_pass,
            "warm_up_seconds": self.warm_up_seconds,
            "seconds": seconds,
            "training_seconds": seconds - evaluating,
            "images_per_second": self.total * self.batch_size / (seconds - evaluating),
            "loss": loss,
            "train_accuracy": right,
            "test_accuracy": accuracy,
            "precision": self.stepper.precision,
        }

    def evaluate(self):
        self.stepper.twin.eval()
        numbers = self.torch.arange(len(self.test), device=self.device)
        right = 0
        with self.torch.inference_mode(), self.stepper.autocast():
            for picked in numbers.split(8 * self.batch_size):
                images, labels = self.test.batch(picked, self.full)
                right += (self.stepper.twin(images).argmax(dim=1) == labels).sum()
        return float(right) / len(self.test)

    def flop_per_image(self):
        """Floating-point operations of training on an image, on average over the run."""
        small, full = (flop_per_image(self.spec, size) for size in (self.small, self.full))
        return self.share * small + (1 - self.share) * full

    def profile(self):
        """Where a step on full images spends its time: {"milliseconds": of the step, "kernels": {name: milliseconds}}.

        On a CPU, and on Apple's GPUs, whose kernels PyTorch does not trace, the operators count. On other GPUs what the kernels
        leave of the step is time in which it waits.
        """
        profiler, device_type = self.torch.profiler, self.torch.autograd.DeviceType
        step = functools.partial(self.steps_without_trace, PROFILED_STEPS, self.full)
        milliseconds = 1000 * self.timed(step) / PROFILED_STEPS
        with profiler.profile(activities=profiler.supported_activities()) as found:
            self.timed(step)
        by_operators, kernels = self.device.type in ("cpu", "mps"), {}
        for row in found.key_averages():
            if by_operators:
                spent = row.self_cpu_time_total
            elif row.device_type == device_type.CPU or getattr(row, "is_user_annotation", False):
                continue  # counted by its kernels
            else:
                spent = row.self_device_time_total if hasattr(row, "self_device_time_total") else row.self_cuda_time_total
            kernels[row.key] = kernels.get(row.key, 0.0) + spent / 1000 / PROFILED_STEPS
        return {"milliseconds": milliseconds, "kernels": dict(sorted(kernels.items(), key=lambda item: -item[1])[:KERNELS])}


def learning_rate(settings, step, total):
    """That of gluon_alexnet.train.schedule, by formula: its own is made of gluoncv's, which needs MXNet."""
    warm = round(settings.get("warmup", 0.0) * total)
    if step < warm:
        return settings["lr"] * (step + 1) / warm
    done = (step - warm) / (total - warm)
    factors = {"constant": 1.0, "linear": 1 - done, "cosine": (1 + math.cos(math.pi * done)) / 2}
    return settings["lr"] * factors[settings.get("schedule", "constant")]


def wait(torch, device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type != "cpu":
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


def flop_per_image(spec, size):
    """Floating-point operations of one training image: forward and twice as much backward, but once for the first layer."""
    layers = [cost for cost in analysis.analyze(spec, (spec.input_shape[0], *size)) if cost.macs]
    return 2 * (3 * sum(layer.macs for layer in layers) - layers[0].macs)


def main(argv=None):
    parser = argparse.ArgumentParser(description="Train on a GPU in PyTorch, without MXNet.")
    parser.add_argument("--model", default="alexnet", choices=models.list_models())
    parser.add_argument("--recipe", default="chapter", choices=sorted(recipes.RECIPES))
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=positive, metavar="E", help="passes (the recipe's; 10 where it has minutes)")
    length.add_argument("--seconds", type=positive, metavar="S", help="train and evaluate for about so long")
    parser.add_argument("--batch-size", type=count, metavar="N", help="images a step (the recipe's)")
    parser.add_argument("--seeds", type=count, default=5, metavar="N", help="how many runs (5)")
    parser.add_argument("--precision", default="auto", help="auto, float32 or bfloat16")
    parser.add_argument("--plain", action="store_true", help="without torch.compile")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--data", help="folder of the Fashion-MNIST files")
    parser.add_argument("--limit", type=count, metavar="N", help="train on the first N images only")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures to this JSON file, anew after each run")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="write the last run's weights to this .npz file")
    options = parser.parse_args(argv)
    try:
        measure(options)
    except UserError as error:
        print(f"gpu_torch.py: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def positive(text, kind=float):
    number = kind(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


count = functools.partial(positive, kind=int)


def measure(options):
    """Trains and writes as the options ask. Raises UserError."""
    settings = recipes.recipe(options.recipe, options.model)
    options.epochs = options.epochs or settings.get("epochs", 10)
    options.batch_size = options.batch_size or settings["batch_size"]
    # Read as PyTorch loads: else its profiler tells of itself on stderr.
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    torch = load_torch()
    device = torch_step.resolve_device(options.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"the {device.type}"
    precision = torch_step.resolve_precision(options.precision, device)[0]
    peak = matrix_product(torch, device, precision)
    print(f"{name}, PyTorch {torch.__version__}, {precision}, matrix product {peak / 1e12:.2f} TFLOP/s", flush=True)
    runs = []
    told = {"device": name, "torch": torch.__version__, "matrix_product": peak, "model": options.model, "recipe": options.recipe}
    told.update(settings=settings, compiled=not options.plain and device.type == "cuda", runs=runs)
    for seed in range(options.seeds):
        run = Run(options, settings, seed, device)
        result = run.learn()
        result["share_of_matrix_product"] = result["images_per_second"] * run.flop_per_image() / peak
        runs.append(result)
        print(
            f"seed {seed}: {result['passes']:.4g} passes, {result['training_seconds']:.2f} s of training, "
            f"{result['seconds']:.2f} s with evaluation (and {result['warm_up_seconds']:.1f} s before), "
            f"{result['images_per_second']:,.0f} images/s ({result['share_of_matrix_product']:.0%} of the product), "
            f"loss {result['loss']:.4f}, train {result['train_accuracy']:.4f}, test {result['test_accuracy']:.4f}",
            flush=True,
        )
        write(options.out, told)
    accuracies = [result["test_accuracy"] for result in runs]
    spread = f" ± {statistics.stdev(accuracies):.4f}" if len(runs) > 1 else ""
    print(f"test accuracy {statistics.mean(accuracies):.4f}{spread} over {len(runs)} runs", flush=True)
    if options.weights:
        with files_io.replacing(options.weights) as temporary, open(temporary, "wb") as file:
            np.savez(file, **interop.read_weights(run.stepper.twin), **{files.SPEC: files.spec_text(run.spec)})
    told["profile"] = profile = run.profile()
    print(f"a step of {options.batch_size} images takes {profile['milliseconds']:.2f} ms, most of them in")
    for kernel, milliseconds in profile["kernels"].items():
        print(f"  {milliseconds:9.3f} ms  {milliseconds / profile['milliseconds']:4.0%}  {kernel}")
    write(options.out, told)


def write(path, content):
    if path:
        files_io.write_text(path, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
