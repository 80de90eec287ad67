"""README.md: its figures come from the recorded histories, and its commands are the program's."""

import re
import subprocess
import sys
from pathlib import Path

from gluon_alexnet import cli, recipes
from gluon_alexnet.history import History

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.json"))


def test_the_table_of_results_is_what_the_histories_say():
    script = ROOT / "benchmarks" / "results_table.py"
    subprocess.run([sys.executable, str(script), "--check"], check=True)


def test_the_recorded_runs_were_whole_and_on_the_real_data():
    assert RESULTS
    for path in RESULTS:
        history = History.load(path)
        assert history.stopped == "finished"
        assert history.data["name"] == "fashion-mnist" and history.data["test_images"] == 10_000
        assert history.data["where"] == ""
        assert sum(epoch.images for epoch in history.epochs) > 0
        assert len(history.step_losses) == history.settings["total_steps"]


def test_every_command_it_shows_is_understood():
    shown = re.findall(r"^gluon-alexnet ([^\n]*?)(?:\s{3,}.*)?$", README, re.MULTILINE)
    assert len(shown) >= 8
    parser = cli._parser()
    for words in shown:
        arguments = vars(parser.parse_args(words.split()))
        assert callable(arguments["command"])


def test_the_chapters_recipe_is_the_one_it_shows():
    assert "--model alexnet --epochs 10 --lr 0.01 --batch-size 128" in README
    assert recipes.recipe("chapter", "alexnet") == {"epochs": 10, "lr": 0.01, "batch_size": 128}
