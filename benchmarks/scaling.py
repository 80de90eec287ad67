"""How the training of AlexNet scales: `python benchmarks/scaling.py` measures, `--draw` only draws what was measured.

Images a second against the batch size and against the number of cores, beside PyTorch at its best; minutes for one pass over the
60,000 training images against the side of the images. Measured by turns as all benchmarks are (harness.py), written to
benchmarks/results/bench/scaling.json, and drawn in docs/scaling.png.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import harness
from bench import OURS, find_data, save
from harness import Side, machine, race, spread

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "scaling.png"
BATCH_SIZES = (1, 4, 16, 64, 128, 256)
BATCH, SIDE = 128, 224
# The chapter's net has nothing left for its third pooling where the images are smaller than 67 pixels.
IMAGE_SIZES = (67, 96, 128, 160, 192, 224)
TRAINING_IMAGES = 60_000
IMAGES_A_TURN = 128
PYTORCH = "PyTorch at its best"


def sides(batch_size=BATCH, size=SIDE, peers=True, cores=None):
    """Both sides of one point of a curve."""
    options = {"model": "alexnet", "batch_size": batch_size, "resize": size, "lr": 0.01}
    # Small batches are repeated until a turn is long enough for the clock.
    options["steps"] = max(1, IMAGES_A_TURN // batch_size)
    made = [Side(OURS, "ours.py", "train", options, cores=cores)]
    if peers:
        bfloat16 = harness.multiplies_bfloat16()
        made.append(Side(PYTORCH, "pytorch.py", "train", {**options, "best": True, "bfloat16": bfloat16}, cores=cores))
    return made


def point(where, made, data, repeats):
    """What was measured at one place of a curve: images a second of every side."""
    measured = race(made, data, repeats=repeats)
    rates = {side.label: spread(side.rates) for side in measured}
    print(f"  {where:>4}  " + "  ".join(f"{label} {rate['median']:,.1f} images/s" for label, rate in rates.items()), flush=True)
    return {"at": where, "sides": rates}


def measure(data, repeats):
    cores = len(os.sched_getaffinity(0))
    curves = {
        "batch size": [(size, sides(batch_size=size)) for size in BATCH_SIZES],
        "cores": [(count, sides(cores=count)) for count in sorted({1, *range(2, cores, 2), cores})],
        "image size": [(size, sides(size=size, peers=False)) for size in IMAGE_SIZES],
    }
    found = {}
    for name, points in curves.items():
        print(f"{name}:")
        found[name] = [point(where, made, data, repeats) for where, made in points]
    return {"curves": found}


def draw(content, path=PICTURE):
    """The three curves of scaling.json as a PNG file at `path`."""
    from gluon_alexnet.pictures.canvas import LIGHT, legend, new_figure, save, style, title

    figure = new_figure(13, 3.8, LIGHT)
    panels = {
        "batch size": ("Batch size", "images a batch", "images/s"),
        "cores": ("Cores", f"cores, batch {BATCH}", "images/s"),
        "image size": ("Image size", f"side of the images in pixels, batch {BATCH}", "minutes a pass"),
    }
    colors = {OURS: LIGHT["train"], PYTORCH: LIGHT["validation"]}
    for axes, (name, (heading, across, upward)) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        style(axes, LIGHT)
        points = content["curves"][name]
        for label in (OURS, PYTORCH):
            known = [(each["at"], each["sides"][label]["median"]) for each in points if label in each["sides"]]
            if not known:
                continue
            places, rates = zip(*known, strict=True)
            heights = [TRAINING_IMAGES / rate / 60 for rate in rates] if name == "image size" else rates
            axes.plot(places, heights, marker="o", markersize=4, color=colors[label], label=label)
        if name == "batch size":
            axes.set_xscale("log", base=2)
        axes.set_xticks([each["at"] for each in points], [str(each["at"]) for each in points])
        axes.minorticks_off()
        axes.set(xlabel=across, ylabel=upward)
        axes.set_ylim(bottom=0)
        title(axes, heading, LIGHT)
        legend(axes, LIGHT, "lower right")
    save(figure, path)


def main(argv=None):
    parser = argparse.ArgumentParser(description="Measure and draw how the training of AlexNet scales.")
    parser.add_argument("--draw", action="store_true", help="only draw what was measured before")
    parser.add_argument("--quick", action="store_true", help="two turns instead of five; writes nothing")
    arguments = parser.parse_args(argv)
    if not arguments.draw:
        data = find_data()
        print(json.dumps(machine()))
        content = {"benchmark": "scaling", "machine": machine(), **measure(data, 2 if arguments.quick else harness.REPEATS)}
        if arguments.quick:
            return 0
        save("scaling", content)
    measured = harness.RESULTS / "scaling.json"
    if not measured.exists():
        print(f"nothing was measured yet (there is no {measured}): run this without --draw first", file=sys.stderr)
        return 1
    draw(json.loads(measured.read_text(encoding="utf-8")))
    print(f"drawn: {PICTURE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
