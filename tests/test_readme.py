"""README and the guides that go with it, in both languages: figures come from recorded histories, commands are run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from gluon_alexnet import cli, recipes
from gluon_alexnet.pictures.drawing import draw
from gluon_alexnet.train.history import History

ROOT = Path(__file__).resolve().parent.parent
PAGES = [f"{page}{language}.md" for page in ("README", "docs/install", "docs/frameworks") for language in ("", ".vi")]
READMES = {name: (ROOT / name).read_text(encoding="utf-8") for name in PAGES}
README = READMES["README.md"]
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


def figures(name, language):
    """The numbers of the tables of results in a README, a list for each row, as English writes them; commands stay."""
    found = []
    for table in re.findall(r"<!-- (?:leaderboard|speed): .*?-->\n(.*?)<!--", READMES[name], re.DOTALL):
        for row in table.splitlines()[2:]:
            text, _, command = row.partition("`")
            numbers = re.findall(r"(?<![\w×])\d*[.,]?\d[\d.,]*(?!\w)", text)
            if language == "vi":
                numbers = [number.translate(str.maketrans(",.", ".,")) for number in numbers]
            found.append(([number.rstrip(",.").removeprefix("0.").removeprefix(".") for number in numbers], command))
    return found


def test_the_vietnamese_tables_of_results_have_the_same_figures():
    english, vietnamese = figures("README.md", "en"), figures("README.vi.md", "vi")
    assert len(english) > 12 and min(len(numbers) for numbers, _ in english) >= 5
    assert vietnamese == english
    assert not re.search(r"\b(min|M|to|cores)\b", "".join(re.findall(r"^\|.*", READMES["README.vi.md"], re.MULTILINE)))


def test_a_reader_has_it_in_front_of_him_in_a_few_screens():
    for name in ("README.md", "README.vi.md"):
        assert len(READMES[name].splitlines()) <= 165


@pytest.mark.parametrize("name", PAGES)
def test_links_and_pictures_lead_somewhere(name):
    page = READMES[name]
    links = re.findall(r"\]\(([^)\s]+)\)|src(?:set)?=\"([^\"]+)\"", page)
    places = [(ROOT / name).parent / first.partition("#")[0] for pair in links for first in pair if first and "//" not in first]
    assert places and all(place.exists() for place in places)


def test_the_drawing_that_it_shows_is_what_the_command_draws():
    for language, ending in (("en", ".svg"), ("vi", ".vi.svg")):
        for width, name in ((760, "lenet-alexnet"), (380, "lenet-alexnet-narrow")):
            drawn = draw("lenet", "alexnet", width=width, language=language).svg
            assert drawn == (ROOT / "docs" / f"{name}{ending}").read_text(encoding="utf-8"), f"draw docs/{name}{ending} again"


FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(!?pytest|cd|git|gluon-alexnet|make|pip|python3?|source|\.venv/bin/\S+)(?= |$)")


def commands():
    """Every command that one of the pages prints, once each, in their order: the lines of a block, and code within a text."""
    found = []
    for text in READMES.values():
        for language, block in FENCE.findall(text):
            if language != "python":
                found += [re.split(r"\s{3,}|\s+# ", line)[0].strip() for line in block.splitlines()]
        found += [span for span in re.findall(r"`([^`\n]+)`", FENCE.sub("", text)) if COMMAND.match(span)]
    return list(dict.fromkeys(filter(None, found)))


def blocks():
    """The Python blocks of all, without comments, once each."""
    found = [block for text in READMES.values() for language, block in FENCE.findall(text) if language == "python"]
    return list(dict.fromkeys(re.sub(r"\s*#.*", "", block) for block in found))


# The commands that `test_a_command_runs` runs, each with the options that make it short and the exit code it has then: a notebook
# without answers has no points.
SHORT = {
    "gluon-alexnet doctor": ("", 0),
    "gluon-alexnet train": ("--model lenet --epochs 1 --limit 64", 0),
    "gluon-alexnet train --model alexnet --epochs 10 --lr 0.01 --batch-size 128": ("--model lenet --epochs 1 --limit 64", 0),
    "gluon-alexnet train --model lenet --epochs 10": ("--epochs 1 --limit 64", 0),
    "gluon-alexnet train --resume": ("", 0),
    "gluon-alexnet --print-completion bash": ("", 0),
    "gluon-alexnet train --engine torch": ("--model lenet --epochs 1 --limit 64", 0),
    "gluon-alexnet evaluate": ("", 0),
    "gluon-alexnet evaluate --flip": ("", 0),
    "gluon-alexnet predict shirt.jpg photos/": ("", 0),
    "gluon-alexnet predict ao.jpg thu_muc/": ("", 0),
    "gluon-alexnet models alexnet": ("", 0),
    "gluon-alexnet models lenet alexnet --draw --width 760": ("", 0),
    "gluon-alexnet models lenet alexnet --draw --width 760 --language vi": ("", 0),
    "gluon-alexnet make-records photos": ("", 0),
    "gluon-alexnet make-records anh": ("", 0),
    "gluon-alexnet train --data records:photos.rec --model lenet --epochs 10": ("--epochs 1 --batch-size 2", 0),
    "gluon-alexnet train --data records:anh.rec --model lenet --epochs 10": ("--epochs 1 --batch-size 2", 0),
    "gluon-alexnet models lenet --code torch": ("", 0),
    "gluon-alexnet models RUN --code torch": ("", 0),
    "gluon-alexnet models THU_MUC --code torch": ("", 0),
    "gluon-alexnet explore": ("--out inside.html --megabytes 1 --count 20", 0),
    "gluon-alexnet convert --to onnx": ("", 0),
    "gluon-alexnet convert": ("--to npz", 0),
    ".venv/bin/gluon-alexnet grade class/ --out graded/": ("", 0),
    ".venv/bin/gluon-alexnet grade lop/ --out diem/ --language vi": ("", 0),
    ".venv/bin/pytest --nbval my-exercises/02_simplify.ipynb": ("", 1),
    ".venv/bin/pytest --nbval my-exercises/vi/02_simplify.ipynb": ("-k inception", 5),
    "!pytest --nbval 02_simplify.ipynb": ("-k inception", 5),
    "python benchmarks/results_table.py": ("--check", 0),
    "python benchmarks/gpu_torch.py": ("--help", 0),
}
# Those that need an extra, and hence a process of their own.
NEEDS = {
    "gluon-alexnet train --engine torch": ("torch", "safetensors"),
    "gluon-alexnet convert --to onnx": ("onnx", "onnxruntime"),
}
# These train for minutes even when they are short: the table of results.
HOURS = {
    "gluon-alexnet train --recipe fast": "--epochs 1 --limit 256",
    "gluon-alexnet train --recipe accurate": "--epochs 1 --limit 256",
    "gluon-alexnet train --recipe accurate --width 48 --progressive 20:0.3 --minutes 31.8": "--minutes 2 --limit 256",
    "gluon-alexnet train --recipe accurate --model alexnet": "--epochs 1 --limit 256",
    "gluon-alexnet train --recipe fast --model alexnet_small": "--epochs 1 --limit 256",
}
# make says what it would do; `test_a_fresh_clone` does it, but for what installs gigabytes or takes half an hour.
MAKE = {
    "make": "",
    "make train": "",
    "make train PYTHON=python3.12": "",
    "make test": "",
    "make test-newest": "",
    "make test-long": "",
    "make lab": "",
    "make bench": "",
    "make help": "",
    "make site": "",
    "make venv EXTRAS=onnx,torch": "",
    "make venv EXTRAS=torch": "",
    "make venv MXNET=cu112": "",
}
# Run by `test_a_fresh_clone` alone, since they install.
INSTALLS = {
    "git clone REPOSITORY && cd gluon_alexnet",
    "source .venv/bin/activate",
    "python3 tools/bootstrap.py",
    "pip install '.[cpu,exercises]' && pip install --no-deps mxnet==1.9.1 gluoncv==0.10.5.post0",
    ".venv/bin/pip install -c constraints.txt -e '.[cpu,onnx]'",
    "pip install '.[cpu,onnx]'",
}


def test_how_each_command_is_run_is_known():
    assert {*SHORT, *HOURS, *MAKE, *INSTALLS} == set(commands())


@pytest.fixture(scope="module")
def reader(tmp_path_factory, lenet_run):
    """The folder in which somebody reads the README who has trained a LeNet, and has pictures and notebooks to look at."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(lenet_run, folder / "runs" / "lenet")
    for name in ("RUN", "THU_MUC"):
        shutil.copytree(lenet_run, folder / name)
    folders = ("photos/boots", "photos/shirts", "anh/giay", "anh/ao")
    of_classes = [f"{place}/{number}.png" for place in folders for number in range(6)]
    for name in ("photos/boot.png", "thu_muc/giay.png", "shirt.jpg", "ao.jpg", *of_classes):
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        Image.new("L", (40, 50), 128).save(folder / name)
    for name in ("class", "lop", "my-exercises", "my-exercises/vi", "."):
        (folder / name).mkdir(exist_ok=True)
        shutil.copy(ROOT / "exercises" / "02_simplify.ipynb", folder / name)
    (folder / "benchmarks").symlink_to(ROOT / "benchmarks")
    return folder


def run(command, more="", **kw):
    """The exit code of the program of this Python's environment that `command` begins with, run in a process of its own."""
    program, *words = shlex.split(f"{command} {more}")
    module = {"pytest": "pytest", "gluon-alexnet": "gluon_alexnet"}.get(program.removeprefix("!").removeprefix(".venv/bin/"))
    start = [sys.executable, "-m", module] if module else [sys.executable]
    return subprocess.run([*start, *words], **kw).returncode


@pytest.mark.parametrize("command", SHORT)
def test_a_command_runs(command, reader, monkeypatch):
    more, code = SHORT[command]
    missing = [name for name in NEEDS.get(command, ()) if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {missing[0]}")
    monkeypatch.chdir(reader)
    if "gluon-alexnet" in command and command not in NEEDS:
        try:
            assert cli.main(shlex.split(f"{command} {more}")[1:]) == code
        except SystemExit as leaving:
            assert leaving.code == code
    else:
        assert run(command, more) == code


@pytest.mark.long
@pytest.mark.parametrize("command", HOURS)
def test_a_command_of_the_results_runs(command, tmp_path):
    assert run(command, HOURS[command]) == 0
    assert list(tmp_path.glob("runs/*/report.html"))


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("command", MAKE)
def test_make_knows_the_target(command):
    done = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", blocks())
def test_a_block_runs(text):
    if "interop" in text and find_spec("torch") is None:
        pytest.skip("needs torch")
    # Eight pictures instead of all of them, once instead of ten times.
    for whole, short in {"batch_size=128, resize=224": "batch_size=8, resize=224, limit=8", "epochs=10": "epochs=1"}.items():
        text = text.replace(whole, short)
    subprocess.run([sys.executable, "-c", text], check=True)


def bare_environment():
    """The environment of somebody who has nothing of this checkout on a path, and a network."""
    ours = {"PYTHONPATH", "VIRTUAL_ENV", "GLUON_ALEXNET_OFFLINE"}
    makes = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "PYTHON", "EXTRAS", "ARGS"}
    return {name: value for name, value in os.environ.items() if name not in ours | makes}


def shell(command, folder, **environ):
    subprocess.run(["bash", "-ec", command], cwd=folder, env=bare_environment() | environ, check=True)


def sound(python, editable):
    """Checks that in this environment NumPy, OpenCV and the project are as they should be."""
    listed = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^opencv\S*", listed, re.MULTILINE) == ["opencv-python-headless"]
    assert bool(re.search(r"^gluon[_-]alexnet +\S+ +/", listed, re.MULTILINE)) is editable
    told = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True).stdout.splitlines()
    unmet = {line.partition(" ")[0] for line in told if " requires " in line or " has requirement " in line}
    assert unmet <= ({"gluoncv", "mxnet"} if sys.version_info >= (3, 13) else {"gluoncv"}), told


TINY = "--model lenet --epochs 1 --limit 64 --data stand-in"


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="the tests are for Linux")
def test_a_fresh_clone(tmp_path):
    python = getattr(sys, "_base_executable", sys.executable)
    shell(f"git clone {shlex.quote(str(ROOT))} gluon_alexnet", tmp_path)
    clone = tmp_path / "gluon_alexnet"
    shell(f"make train PYTHON={python} ARGS='{TINY}'", clone)
    shell("make test ARGS='-k test_version'", clone)
    shell("make lab ARGS=--version", clone)
    copied, given = clone / "my-exercises/vi", clone / "exercises/vi"
    assert sorted(path.name for path in copied.iterdir()) == sorted(path.name for path in given.iterdir())
    sound(clone / ".venv/bin/python", editable=True)
    shell("source .venv/bin/activate && make venv EXTRAS=onnx", clone)
    sound(clone / ".venv/bin/python", editable=True)
    shell(".venv/bin/pip install -c constraints.txt -e '.[cpu,onnx]'", clone)
    sound(clone / ".venv/bin/python", editable=True)
    shell(f"{python} tools/bootstrap.py", clone)
    # What it made, and what was answered and converted, are no changes to the clone.
    shell(".venv/bin/gluon-alexnet convert --to npz && ! .venv/bin/gluon-alexnet grade my-exercises --report grades.html", clone)
    assert not subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True).stdout


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="the tests are for Linux")
def test_one_line_of_pip_in_a_fresh_environment_trains_and_grades(tmp_path):
    shell(f"git clone {shlex.quote(str(ROOT))} gluon_alexnet", tmp_path)
    clone = tmp_path / "gluon_alexnet"
    shell(f"{getattr(sys, '_base_executable', sys.executable)} -m venv own", tmp_path)
    path = f"{tmp_path}/own/bin:{os.environ['PATH']}"
    (line,) = [command for command in INSTALLS if "&&" in command and command.startswith("pip")]
    shell(line, clone, PATH=path)
    sound(tmp_path / "own/bin/python", editable=False)
    shell(f"gluon-alexnet train {TINY}", tmp_path, PATH=path)
    shell("gluon-alexnet grade --time-limit 900 gluon_alexnet/solutions/02_simplify.ipynb", tmp_path, PATH=path)
    shell("pytest --nbval --grade-time-limit 900 gluon_alexnet/solutions/02_simplify.ipynb", tmp_path, PATH=path)
    shell("pip install '.[cpu,onnx]'", clone, PATH=path)
    sound(tmp_path / "own/bin/python", editable=False)


def test_the_chapters_recipe_is_the_one_it_shows():
    assert "--model alexnet --epochs 10 --lr 0.01 --batch-size 128" in README
    assert recipes.recipe("chapter", "alexnet") == {"epochs": 10, "lr": 0.01, "batch_size": 128}
