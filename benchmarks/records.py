"""How fast pictures are read: `python benchmarks/records.py`, beside MXNet's ImageRecordIter and torchvision.

JPEGs of 400x300 become batches of 128 windows of 224x224, cut out at random of the picture with a shorter side of 256, mirrored
and normalized. Every side has the same CPUs and as many threads or processes that decode as it has CPUs; the sides take turns
(harness.py), each of them a whole pass, so that nothing is read ahead before the clock runs. And the memory of a process that
reads from a small set and from a large one.

torchvision must be there, which nothing else here needs: `pip install torchvision`, of the release that goes with the installed
PyTorch (0.28 with 2.13).

Writes benchmarks/results/bench/records.json, from which results_table.py makes the table of docs/results.md. `--only 1`, 2 or
memory measures that part alone and leaves the others as they were; `--quick` measures twice, not five times, and writes nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
import numpy as np
from bench import save
from harness import Side, machine, race, ratios, spread

from gluon_alexnet.data import decoding, recordio

PICTURES, CLASSES, BATCH = 1_024, 8, 128
OURS, OURS_FOLDER = "gluon_alexnet, records", "gluon_alexnet, folder"
ITERATOR, TORCHVISION = "MXNet, ImageRecordIter", "torchvision, ImageFolder and DataLoader"
# Pictures of the small set and of the large one, and batches of both that are read.
SIZES, BATCHES = (10_000, 100_000), 20
READS = """
import json, resource, sys
from gluon_alexnet.data import RecordsLoader
from gluon_alexnet.machine import runtime
runtime.load_mxnet()
path, batches = sys.argv[1:]
begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
# Small windows, so that the batches that are made ahead do not hide what the set itself takes.
loader = RecordsLoader(path, 64, "all", 48, augment="crop+flip", shuffle=True, workers=2)
found = iter(loader)
for _ in range(int(batches)):
    next(found)
found.close()
print(json.dumps([begin * 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def jpeg(number, height=300, width=400):
    """A picture of smooth shapes and grain, some 45 kB at 400x300, as photographs of this size have."""
    cv2, rng = decoding.opencv(), np.random.default_rng(number)
    shapes = cv2.resize(rng.integers(0, 256, (12, 16, 3)).astype("uint8"), (width, height), interpolation=cv2.INTER_CUBIC)
    grain = cv2.resize(rng.normal(0, 24, (height // 2, width // 2, 3)), (width, height))
    pixels = np.clip(shapes + grain, 0, 255).astype("uint8")
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def make_set(folder):
    """The pictures as a folder of classes and as all.rec."""
    contents = [jpeg(number) for number in range(PICTURES)]
    for number, content in enumerate(contents):
        place = folder / "folder" / f"{number % CLASSES}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.jpg").write_bytes(content)
    recordio.write(folder / "all.rec", ((number % CLASSES, f"{number}.jpg", each) for number, each in enumerate(contents)))
    return sum(map(len, contents)) / PICTURES


def sides(cores):
    """All sides with so many CPUs."""
    options = {"batch_size": BATCH, "workers": cores}
    return [
        Side(OURS, "ours.py", "pictures", options, cores),
        Side(OURS_FOLDER, "ours.py", "pictures", {**options, "folder": True}, cores),
        Side(ITERATOR, "chapter_mxnet.py", "pictures", options, cores),
        Side(TORCHVISION, "torchvision_folder.py", "pictures", options, cores),
    ]


def raced(cores, folder, repeats):
    """What a race comes to: images a second of each side, and ours over theirs in the same turn."""
    ours, *others = race(sides(cores), folder, repeats=repeats)
    if ours.label != OURS:
        raise RuntimeError("our own side could not be measured")
    found = {
        side.label: {"images_per_second": spread(side.rates), "ratio": spread(ratios(ours, side))} for side in (ours, *others)
    }
    for label, each in found.items():
        print(
            f"  {cores} CPUs  {label:42} {each['images_per_second']['median']:8,.0f} images/s  "
            f"ours is {each['ratio']['median']:.2f}x ({each['ratio']['min']:.2f} to {each['ratio']['max']:.2f})",
            flush=True,
        )
    return found


def memory(folder):
    """Peak bytes of a process that reads some batches of a small set, and as many of a large one."""
    content, found = jpeg(0, 60, 80), []
    for size in SIZES:
        path = folder / f"{size}.rec"
        recordio.write(path, ((number % 1_000, f"{number % 1_000}/{number}.jpg", content) for number in range(size)))
        environ = harness.environment()
        told = subprocess.run(
            [sys.executable, "-c", READS, str(path), str(BATCHES)], env=environ, check=True, capture_output=True, text=True
        )
        begin, peak = json.loads(told.stdout)
        found.append({"pictures": size, "before": begin, "peak": peak})
        print(f"  {size:,} pictures: peak {peak / 1e6:,.1f} MB, {begin / 1e6:,.1f} MB of it before", flush=True)
        path.unlink()
    return found


def main(argv=None):
    parser = argparse.ArgumentParser(description="Measure how fast pictures are read.")
    counts = sorted({1, len(os.sched_getaffinity(0))})
    parser.add_argument("--only", choices=[*map(str, counts), "memory"], help="measure with so many CPUs alone, or the memory")
    parser.add_argument("--quick", action="store_true", help="two turns instead of five; writes nothing")
    arguments = parser.parse_args(argv)
    print(json.dumps(machine()))
    kept = harness.RESULTS / "records.json"
    found = json.loads(kept.read_text(encoding="utf-8")) if arguments.only and kept.exists() else {"cores": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found["bytes_per_picture"] = round(make_set(folder))
        for cores in counts:
            if arguments.only in (None, str(cores)):
                found["cores"][str(cores)] = raced(cores, folder, 2 if arguments.quick else harness.REPEATS)
        if arguments.only in (None, "memory"):
            found["memory"] = memory(folder)
    if not arguments.quick:
        save("records", {"benchmark": "records", "command": "python benchmarks/records.py", "machine": machine(), **found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
