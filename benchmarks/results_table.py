"""The README's table of results, made from the histories under benchmarks/results/.

`python benchmarks/results_table.py` writes it into README.md; with `--check` it only says whether README.md is up to date, and
with `--add RUN NAME` it first records the history of the run in the folder RUN as benchmarks/results/NAME.json.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- results: made by benchmarks/results_table.py -->", "<!-- end of results -->"
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
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    new = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if "--check" in arguments:
        if new != text:
            print("README.md's table is out of date: run python benchmarks/results_table.py", file=sys.stderr)
        return int(new != text)
    readme.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
