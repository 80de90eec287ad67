"""The README's tables, made from the histories under benchmarks/results/ and the measurements under benchmarks/results/bench/.

`python benchmarks/results_table.py` writes them into README.md; with `--check` it only says whether README.md is up to date, and
with `--add RUN NAME` it first records the history of the run in the folder RUN as benchmarks/results/NAME.json.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
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
    "loader": "loader, 28×28 to 224×224, batches in hand",
}
# Means over the saved outputs of the chapter's own runs on one GPU (89 of AlexNet in MXNet, 87 of LeNet), and their range.
PUBLISHED = {
    "alexnet": "loss .334, train .878, test .887 (.865 to .895 over 89 runs)",
    "lenet": "loss .472, train .822, test .812 (.700 to .836 over 87 runs)",
}


def row(history):
    """One line of the table: what was run, what came out, on what, and what is published."""
    last, settings, machine = history["epochs"][-1], history["settings"], history["machine"]
    published = PUBLISHED[history["model"]] if history["settings"]["schedule"] == "constant" else "none"
    loss, train, test = (f"{last[name]:.3f}".lstrip("0") for name in ("loss", "train_accuracy", "test_accuracy"))
    seconds = sum(sum(epoch["seconds"][part] for part in ("data", "step")) for epoch in history["epochs"])
    images = sum(epoch["images"] for epoch in history["epochs"])
    hardware = f"{machine['cpu']}, {machine['threads']} cores, {machine['precision']}"
    return (
        f"| `{settings['command']}` | {loss} | {train} | **{test}** | {seconds / 60:.1f} min | {images / seconds:,.0f} "
        f"| {hardware} | {published} |"
    )


def table():
    """The table as Markdown, a line for each history under benchmarks/results/."""
    histories = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))]
    head = "| command | loss | train acc. | test acc. | training | images/s | on | the chapter's published runs |"
    return "\n".join([head, "|" + "---|" * 8, *map(row, histories)])


def bench_table():
    """The races as Markdown, a line for each measurement that is there: our images a second, and how many times a peer's."""
    lines = ["| measured | ours, images/s | " + " | ".join(f"× {peer}" for peer in PEERS) + " |", "|" + "---|" * (2 + len(PEERS))]
    machine = None
    for name, title in TITLES.items():
        path = RESULTS / "bench" / f"{name}.json"
        if not path.exists():
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        machine = machine or content["machine"]
        sides = content["sides"]
        rate = sides["gluon_alexnet"]["images_per_second"]["median"]
        lines.append(f"| {title} | {rate:,.0f} | " + " | ".join(_ratio(sides.get(peer)) for peer in PEERS) + " |")
    if machine is None:
        return ""
    versions = f"mxnet {machine['mxnet']}, torch {machine.get('torch', 'none')}"
    repeats = f"medians of {content['sides']['gluon_alexnet']['ratio']['n']} turns, lowest and highest in brackets"
    return "\n".join([*lines, "", f"{machine['cpu']}, {machine['cores']} cores, {machine['bfloat16']}; {versions}; {repeats}."])


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


def add(run, name):
    """Records the history of a run, without the place of the data on the machine that it ran on."""
    history = json.loads((Path(run) / "history.json").read_text(encoding="utf-8"))
    history["data"]["where"] = ""
    (RESULTS / f"{name}.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")


def main(arguments):
    if arguments[:1] == ["--add"]:
        add(*arguments[1:])
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    new = replaced(replaced(text, "results", table()), "benchmarks", bench_table())
    if "--check" in arguments:
        if new != text:
            print("README.md's table is out of date: run python benchmarks/results_table.py", file=sys.stderr)
        return int(new != text)
    readme.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
