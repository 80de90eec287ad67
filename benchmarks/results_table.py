"""The tables of README.md, README.vi.md and docs/results.md, made from the histories and measurements under benchmarks/results/.

`python benchmarks/results_table.py` writes them; with `--check` it only says whether they are up to date, and with
`--add RUN NAME` it first records the run in the folder RUN: its history as benchmarks/results/NAME.json, and its test accuracy
when every image is shown mirrored too in bench/mirrored.json.
"""

import json
import re
import statistics
import sys
from pathlib import Path

import batch_sizes
import bfloat16
import condensed
import epochs
import features

from gluon_alexnet import analysis, models
from gluon_alexnet.language import written

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
FOUND = ROOT / "gluon_alexnet" / "study" / "found" / "doubtful.json"
BEGIN, END = "<!-- {}: made by benchmarks/results_table.py -->", "<!-- end of {} -->"
PEERS = ("MXNet, the chapter's code", "PyTorch, the chapter's code", "PyTorch at its best")
TITLES = {
    "alexnet-train": "AlexNet training step, batch 128, 224×224, loading included",
    "alexnet-train-capped": "the same, every side without bfloat16 (`AVX512_CORE`)",
    "alexnet-infer-1": "AlexNet inference, batch 1",
    "alexnet-infer-1-capped": "the same, without bfloat16",
    "alexnet-infer-128": "AlexNet inference, batch 128",
    "alexnet-infer-128-capped": "the same, without bfloat16",
    "lenet-train": "LeNet training step, batch 256, loading included",
    "lenet-train-capped": "the same, without bfloat16",
    "alexnet-train-busy1": "AlexNet training step beside one busy program",
    "alexnet-train-busy2": "AlexNet training step beside two busy programs",
    "lenet-train-busy1": "LeNet training step beside one busy program",
    "lenet-train-busy2": "LeNet training step beside two busy programs",
    "loader": "loader, 28×28 to 224×224, batches in hand",
}
# Those that README shows.
SHOWN = ("alexnet-train", "alexnet-infer-128", "lenet-train", "loader")
# What the English tables of README say, in Vietnamese; longer ones first.
VIETNAMESE = {
    "AlexNet training step, batch 128, 224×224, loading included": "một bước huấn luyện AlexNet, lô 128, 224×224, kể cả nạp ảnh",
    "LeNet training step, batch 256, loading included": "một bước huấn luyện LeNet, lô 256, kể cả nạp ảnh",
    "AlexNet inference, batch 128": "suy luận bằng AlexNet, lô 128",
    "loader, 28×28 to 224×224, batches in hand": "nạp ảnh, từ 28×28 lên 224×224, thành từng lô",
    "× MXNet, the chapter's code": "× mã MXNet của chương",
    "× PyTorch, the chapter's code": "× mã PyTorch của chương",
    "× PyTorch at its best": "× PyTorch ở cách nhanh nhất",
    "ours, images/s": "ở đây, ảnh/giây",
    "test accuracy": "độ chính xác",
    "mirrored too": "thêm ảnh lật",
    "multiply-adds": "phép nhân-cộng",
    "parameters": "số tham số",
    "training": "huấn luyện",
    "measured": "phép đo",
    "command": "lệnh",
    "seeds": "số lần",
    "net": "mạng",
    "on": "máy",
    "cores": "nhân",
    "min": "phút",
    "M": "triệu",
    "to": "đến",
}
# Kinds of CPU, by the folder of their measurements: how they multiply bfloat16, the name that harness.machine gives it.
KINDS = {
    "amx_bf16": "With AMX, the matrix unit of Intel's servers since 2023",
    "avx512_bf16": "With avx512_bf16, as AMD's CPUs have it since 2022",
    "none": "Without bfloat16",
}
# Recorded runs beside features made by hand.
BESIDE = ("lenet-chapter", "alexnet-chapter", "alexnet-accurate", "compact-fast", "compact-accurate")
# Means over the saved outputs of the chapter's own runs on one GPU (89 of AlexNet in MXNet, 87 of LeNet), and their range.
PUBLISHED = {
    "alexnet": "loss .334, train .878, test .887 (.865 to .895 over 89 runs)",
    "lenet": "loss .472, train .822, test .812 (.700 to .836 over 87 runs)",
}


def row(history):
    """One line of the table: what was run, what came out, on what, and what is published."""
    last, settings, machine = history["epochs"][-1], history["settings"], history["machine"]
    published = PUBLISHED[history["model"]] if history["settings"]["schedule"] == "constant" else ""
    loss, train, test = (f"{last[name]:.3f}".lstrip("0") for name in ("loss", "train_accuracy", "test_accuracy"))
    seconds = training_seconds(history)
    images = sum(epoch["images"] for epoch in history["epochs"])
    hardware = f"{machine['cpu']}, {machine['threads']} cores, {machine['precision']}"
    return (
        f"| `{settings['command']}` | {loss} | {train} | **{test}** | {seconds / 60:.1f} min | {images / seconds:,.0f} "
        f"| {hardware} | {published} |"
    )


def histories():
    """The recorded runs by name, in the order of their names."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}


def runs_table():
    """Every recorded run as Markdown, a line each."""
    head = "| command | loss | train acc. | test acc. | training | images/s | on | the chapter's published runs |"
    return "\n".join([head, "|" + "---|" * 8, *map(row, histories().values())])


def leaderboard():
    """The recorded runs as Markdown, those that differ in their seed alone in one line, the most accurate first."""
    mirrored = _measured("mirrored") or {}
    groups = {}
    for name, history in histories().items():
        groups.setdefault(re.sub(r" --seed \d+", "", history["settings"]["command"]), []).append((name, history))
    lines = []
    for command, members in groups.items():
        first = members[0][1]
        costs = analysis.analyze(models.spec(first["model"], **first["settings"].get("net", {})))
        macs, tests = sum(cost.macs for cost in costs), [history["epochs"][-1]["test_accuracy"] for _, history in members]
        flipped = [mirrored[name] for name, _ in members if name in mirrored]
        minutes = statistics.median(training_seconds(history) / 60 for _, history in members)
        line = (
            f"| {first['model']} | {first['params']:,} | {macs / 1e6:,.1f} M | {minutes:.1f} min "
            f"| **{mean_and_deviation(tests)}** | {mean_and_deviation(flipped)} | {len(members)} | `{command}` |"
        )
        lines.append((statistics.mean(tests), line))
    head = "| net | parameters | multiply-adds | training | test accuracy | mirrored too | seeds | command |"
    return "\n".join([head, "|" + "---|" * 8, *(line for _, line in sorted(lines, reverse=True))])


def mean_and_deviation(values):
    """'.9374 ± .0012', without the deviation where there is but one value."""
    if not values:
        return ""
    parts = [statistics.mean(values), *([statistics.stdev(values)] if len(values) > 1 else [])]
    return " ± ".join(f"{part:.4f}".lstrip("0") for part in parts)


def training_seconds(history):
    """Seconds that the steps of a run took, loading included, without evaluation."""
    return sum(sum(epoch["seconds"][part] for part in ("data", "step")) for epoch in history["epochs"])


def bench_tables():
    """The races on each kind of CPU as Markdown, one table after another."""
    return "\n\n".join(filter(None, map(bench_table, KINDS)))


def bench_table(kind):
    """The races on one kind of CPU, a line for each that was measured: our images a second, and how many times a peer's."""
    lines = ["| measured | ours, images/s | " + " | ".join(f"× {peer}" for peer in PEERS) + " |", "|" + "---|" * (2 + len(PEERS))]
    measured = {name: content for name in TITLES if (content := _measured(name, kind))}
    if not measured:
        return ""
    for name, content in measured.items():
        sides = content["sides"]
        rate = sides["gluon_alexnet"]["images_per_second"]["median"]
        lines.append(f"| {TITLES[name]} | {rate:,.0f} | " + " | ".join(_ratio(sides.get(peer)) for peer in PEERS) + " |")
    first = next(iter(measured.values()))
    machine = first["machine"]
    versions = f"mxnet {machine['mxnet']}, torch {machine.get('torch', 'none')}"
    repeats = f"medians of {first['sides']['gluon_alexnet']['ratio']['n']} turns, lowest and highest in brackets"
    hardware = f"**{KINDS[kind]}**: {machine['cpu']}, {machine['cores']} cores"
    return "\n".join([f"{hardware}; {versions}; {repeats}.", "", *lines, *bench_remarks(kind)])


def speed_table():
    """The races that README shows, on the kinds of CPU that multiply bfloat16, as Markdown."""
    head = "| measured | on | ours, images/s | " + " | ".join(f"× {peer}" for peer in PEERS) + " |"
    lines = [head, "|" + "---|" * (3 + len(PEERS))]
    for name in SHOWN:
        for kind in ("amx_bf16", "avx512_bf16"):
            content = _measured(name, kind)
            cpu, cores = re.sub(r"\(R\)| Processor", "", content["machine"]["cpu"]), content["machine"]["cores"]
            rate = content["sides"]["gluon_alexnet"]["images_per_second"]["median"]
            peers = " | ".join(_ratio(content["sides"].get(peer)) for peer in PEERS)
            lines.append(f"| {TITLES[name]} | {cpu}, {kind}, {cores} cores | {rate:,.0f} | {peers} |")
    return "\n".join(lines)


def vietnamese(table):
    """A table of README's in Vietnamese; what stands in code stays."""

    def cell(text):
        if "`" in text or not re.search(r"\w", text):
            return text
        for english, translated in VIETNAMESE.items():
            text = re.sub(rf"(?<!\w){re.escape(english)}(?!\w)", translated, text)
        # A name such as avx512_bf16 or Python 3.11 is no number.
        numbers = r"(?<!\w)(?:\d[\d,]*\d|\d)?(?:\.\d+)?(?!\w)"
        return re.sub(numbers, lambda found: written(re.sub(r"^\.", "0.", found[0]), "vi"), text)

    return "\n".join("|".join(map(cell, line.split("|"))) for line in table.split("\n"))


def bench_remarks(kind):
    """What was measured besides images a second and a peer's, a line each as Markdown."""
    lines = []
    for name, words in (("alexnet-train", ""), ("alexnet-train-capped", ", every side without bfloat16")):
        if step := _measured(name, kind):
            peaks = {name: side["peak_bytes"] for name, side in step["sides"].items()}
            others = ", ".join(f"{peaks[peer] / 1e6:,.0f} MB {peer}" for peer in PEERS if peer in peaks)
            lines.append(f"- Peak memory of AlexNet's step{words}: **{peaks['gluon_alexnet'] / 1e6:,.0f} MB**; {others}.")
    if startup := _measured("startup", kind):
        each = (
            f"{what} **{times['gluon_alexnet']['median']:.2f} s** to {times['PyTorch']['median']:.2f} s"
            for what, times in startup.items()
            if isinstance(times, dict) and "PyTorch" in times
        )
        lines.append(f"- From the start of Python, beside PyTorch at its best: {', '.join(each)}.")
    if simplified := _measured("alexnet-small-train", kind):
        ratio = _ratio(simplified["sides"]["gluon_alexnet, AlexNet"])
        lines.append(f"- `alexnet_small` trains {ratio} times as fast as `alexnet`, batch 128, loading included.")
    if roofline := _measured("roofline", kind):
        shares = ", ".join(
            f"{each['share']:.0%} of {each['limit_images_per_second']:,.0f} images/s in {name}"
            for name, each in roofline["precisions"].items()
        )
        lines.append(f"- AlexNet's step against the limit of this machine's matrix product and memory copy: {shares}.")
    if whole := _measured("whole", kind):
        lines.append(f"- All of it is measured in {whole['seconds'] / 60:.0f} minutes.")
    return ["", *lines] if lines else []


def _measured(name, kind=""):
    path = RESULTS / "bench" / kind / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def frameworks_table():
    """AlexNet in the chapter's three frameworks as Markdown, a line each (benchmarks/frameworks.py)."""
    content = _measured("frameworks")
    if content is None:
        return ""
    head = (
        "| framework | logits differ by | weights differ by | from float64's "
        f"| test accuracy after {content['steps']} steps | images/s |"
    )
    rows = [
        f"| {name} | {each['logits_difference']:.1e} | {each['weights_difference']:.1e} | {each['from_float64']:.1e} "
        f"| {each['test_accuracy']:.4f} | {each['images_per_second']:.1f} |"
        for name, each in content["frameworks"].items()
    ]
    machine = content["machine"]
    exact = f"In float64, Gluon's weights after the twenty steps differ from PyTorch's by {content['float64_difference']:.1e}."
    return "\n".join([head, "|" + "---|" * 6, *rows, "", f"{machine['cpu']}, {machine['cores']} cores, float32. {exact}"])


def bfloat16_table():
    """Whole runs in bfloat16 and in float32 as Markdown, a line for each net (benchmarks/bfloat16.py)."""
    runs = (_measured("bfloat16") or {"runs": {}})["runs"]
    head = ["| net | bfloat16 | float32 | difference, seed by seed | seeds |", "|" + "---|" * 5]
    lines = [f"| {line} |" for line in bfloat16.rows(runs)]
    return "\n".join(head + lines) if lines else ""


def operators_table():
    """Where the time of a training step goes as Markdown, a column for each net on each kind of CPU (benchmarks/operators.py)."""
    columns = {}
    for kind in KINDS:
        content = _measured("operators", kind)
        for name, net in (content["nets"] if content else {}).items():
            columns[f"{name.removesuffix('-capped')}, {net['precision']}, {content['machine']['bfloat16']}"] = net["milliseconds"]
    if not columns:
        return ""
    parts = list(dict.fromkeys(part for times in columns.values() for part in times if part != "step"))
    lines = [f"| part of the step | {' | '.join(columns)} |", "|" + "---|" * (1 + len(columns))]
    lines.append("| **whole step** | " + " | ".join(f"**{times['step']:.1f} ms**" for times in columns.values()) + " |")
    for part in parts:
        shares = [(times.get(part, 0.0), times.get(part, 0.0) / times["step"]) for times in columns.values()]
        lines.append(f"| {part} | " + " | ".join(f"{time:.1f} ms, {share:.0%}" for time, share in shares) + " |")
    return "\n".join(lines)


def epochs_table():
    """The recorded runs of many epochs as Markdown, a line each (benchmarks/epochs.py); accuracies are means over the seeds."""
    head = "| record | rate | dropout | pass 10 | pass 30 | the end | passes | last ten passes | images it learned from | seeds |"
    lines = [head, "|" + "---|" * 10]
    for name, case in epochs.CASES.items():
        content = condensed.read(name)
        if content is None or case["epochs"] < 10:
            continue
        runs, settings = content["runs"], content["settings"]
        middle = [[run["test_accuracy"][number - 1] for run in runs if len(run["epoch"]) >= number] for number in (10, 30)]
        last = [run["test_accuracy"][-1] for run in runs]
        deviation = statistics.mean(statistics.stdev(run["test_accuracy"][-10:]) for run in runs)
        learned = statistics.mean(run["learned_accuracy"][-1] for run in runs)
        words = f"{settings['lr']:g}, {settings['schedule']}" + (", decay" if settings["weight_decay"] else "")
        cells = [f"`{name}`", words, f"{case.get('dropout', 0.5 if 'alexnet' in name else 0):g}"]
        cells += [*map(mean_and_deviation, middle), f"**{mean_and_deviation(last)}**"]
        cells += [f"{min(run['epoch'][-1] for run in runs)}", f"± {deviation:.4f}", f"{learned:.4f}"]
        lines.append(f"| {' | '.join(cells)} | {len(runs)} |")
    return "\n".join(lines)


def batch_sizes_table():
    """Test accuracy by batch size as Markdown, a line for each size (benchmarks/batch_sizes.py)."""
    columns = {name: condensed.read(name) for name in batch_sizes.RECORDS}
    columns = {name: content["runs"] for name, content in columns.items() if content}
    lines = ["| batch | " + " | ".join(f"`{name}`" for name in columns) + " |", "|" + "---|" * (1 + len(columns))]
    for size in sorted({run["batch_size"] for runs in columns.values() for run in runs}):
        cells = [_at_size([run for run in runs if run["batch_size"] == size]) for runs in columns.values()]
        lines.append(f"| {size:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def records_table():
    """How fast pictures are read, as Markdown, a line for each side and number of CPUs (benchmarks/records.py)."""
    content = _measured("records")
    if not content:
        return ""
    lines = ["| CPUs | | images/s | gluon_alexnet, records, is |", "|---|---|---|---|"]
    for cores, sides in sorted(content["cores"].items(), key=lambda each: int(each[0])):
        for label, side in sides.items():
            ratio = "" if label == next(iter(sides)) else f"× {_ratio(side)}"
            lines.append(f"| {cores} | {label} | {side['images_per_second']['median']:,.0f} | {ratio} |")
    machine = content["machine"]
    versions = f"mxnet {machine['mxnet']}, torch {machine['torch']}, torchvision {machine['torchvision']}"
    sizes = [f"{each['peak'] / 1e6:,.0f} MB with {each['pictures']:,} pictures" for each in content["memory"]]
    kilobytes = content["bytes_per_picture"] / 1e3
    notes = f"{machine['cpu']}, {versions}; JPEGs of {kilobytes:.0f} kB. Peak memory of a process that reads batches of 64×48×48:"
    return "\n".join([*lines, "", notes, f"{', '.join(sizes)}."])


def features_table():
    """Features made by hand and nets as Markdown, a line each, the least accurate first (benchmarks/features.py)."""
    lines = []
    for name, row in features.done().items():
        described = sum(row["describing"].get(part, 0) for part in ("words", "images"))
        tested, times = row["test_accuracy"], f"{duration(described)} + {duration(row['seconds']['learning'])}"
        cells = [features.TITLES[name], f"{row['dimensions']:,} numbers", times, f"**{mean_and_deviation([tested])}**"]
        lines.append((tested, f"| {' | '.join(cells)} | `python benchmarks/features.py \"{name}\"` |"))
    for name in BESIDE:
        history = histories()[name]
        tested, times = history["epochs"][-1]["test_accuracy"], duration(training_seconds(history))
        cells = [history["model"], f"{history['params']:,} weights", times, f"**{mean_and_deviation([tested])}**"]
        lines.append((tested, f"| {' | '.join(cells)} | `{history['settings']['command']}` |"))
    for tested, what in features.PUBLISHED:
        lines.append((tested, f"| *{what}* | | | {f'{tested:.3f}'.lstrip('0')} | published |"))
    head = "| what | of a picture | describing + learning | test accuracy | command |"
    return "\n".join([head, "|" + "---|" * 5, *(line for _, line in sorted(lines, key=lambda each: each[0]))])


def twice_table():
    """Pictures that are there twice or nearly as Markdown, a line for each part of the data (benchmarks/doubtful.py)."""
    found = json.loads(FOUND.read_text(encoding="utf-8"))["duplicates"]
    names = {"train": "within the training pictures", "test": "within the test pictures", "between": "between the two"}
    bounds = list(found["train"]["pairs"])[::-1]
    lines = [f"| pairs | equal | {' | '.join(f'{bound} or more' for bound in bounds)} |", "|" + "---|" * (2 + len(bounds))]
    for name, words in names.items():
        two = found[name]["of_two_labels"]
        cells = [f"{found[name]['exact']}"]
        for bound in bounds:
            cells.append(f"{found[name]['pairs'][bound]:,}" + (f", {two[bound]} of two labels" if two[bound] else ""))
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def duration(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _at_size(runs):
    """What the runs of one batch size came to, with their rate, as a cell of a table."""
    if not runs:
        return ""
    ends = [run["test_accuracy"][-1] for run in runs if run["stopped"] == "finished"]
    diverged = len(runs) - len(ends)
    words = [f"**{mean_and_deviation(ends)}**"] * bool(ends) + [f"{diverged} of {len(runs)} diverged"] * bool(diverged)
    return f"{', '.join(words)} at {runs[0]['rate']:g}"


def _ratio(side):
    if side is None:
        return ""
    ratio = side["ratio"]
    return f"**{ratio['median']:.2f}** ({ratio['min']:.2f} to {ratio['max']:.2f})"


def replaced(text, name, table):
    """`text` with what stands between the marks called `name` replaced by `table`."""
    begin, end = BEGIN.format(name), END.format(name)
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n{table}\n{end}{after}"


def add(folder, name):
    """Records a run on the real data, still where the run found it; the record does not say where that is."""
    from gluon_alexnet import evaluate, run

    history = json.loads((Path(folder) / "history.json").read_text(encoding="utf-8"))
    net, spec, options, _ = run.load(folder)
    test_data = run.loaders({**options, "data": history["data"]["where"]}, spec.input_shape[1:])("test")
    history["data"]["where"] = ""
    seen = evaluate(net, test_data, precision=history["settings"]["precision"], flip=True)
    mirrored = _measured("mirrored") or {}
    mirrored[name] = round(seen.accuracy, 4)
    (RESULTS / "bench" / "mirrored.json").write_text(json.dumps(mirrored, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (RESULTS / f"{name}.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")


def main(arguments):
    if arguments[:1] == ["--add"] and len(arguments) == 3:
        add(*arguments[1:])
    elif arguments not in ([], ["--check"]):
        print("usage: python benchmarks/results_table.py [--check | --add RUN NAME]", file=sys.stderr)
        return 2
    tables = {
        "README.md": {"leaderboard": leaderboard(), "speed": speed_table()},
        "README.vi.md": {"leaderboard": vietnamese(leaderboard()), "speed": vietnamese(speed_table())},
        "docs/results.md": {
            "leaderboard": leaderboard(),
            "benchmarks": bench_tables(),
            "bfloat16": bfloat16_table(),
            "operators": operators_table(),
            "frameworks": frameworks_table(),
            "epochs": epochs_table(),
            "batch sizes": batch_sizes_table(),
            "records": records_table(),
            "features": features_table(),
            "twice": twice_table(),
            "runs": runs_table(),
        },
    }
    stale = False
    for name, marked in tables.items():
        path = ROOT / name
        new = text = path.read_text(encoding="utf-8")
        for mark, table in marked.items():
            new = replaced(new, mark, table)
        if "--check" not in arguments:
            path.write_text(new, encoding="utf-8")
        elif new != text:
            print(f"{name} is out of date: run python benchmarks/results_table.py", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
