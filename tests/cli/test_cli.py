"""gluon_alexnet.cli: what the commands print, where, and with which exit code; whole runs through `main`."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_alexnet.cli import look, parser
from gluon_alexnet.data import CLASS_NAMES, files
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.pictures import report
from gluon_alexnet.train.history import History

COMMANDS = ("train", "evaluate", "predict", "doctor", "grade", "regrade", "models", "compare", "convert", "make-records")
COMMANDS += ("check-data", "explore")
TINY = "train --model lenet --data stand-in --device cpu --precision float32".split()


def python(*words, **kw):
    return subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, timeout=120, **kw)


# Help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(gluon_alexnet, name):
    code, out, err = gluon_alexnet(f"{name} --help")
    assert (code, err) == (0, "")
    assert re.search(rf"examples?:\n +gluon-alexnet {name}", out)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_understood(name):
    (commands,) = [action for action in parser.build()._actions if isinstance(action.choices, dict)]
    examples = [line for line in commands.choices[name].epilog.splitlines() if line.startswith("  gluon-alexnet")]
    assert examples
    for line in examples:
        words = re.split(r"\s{2,}", line.strip())[0].split()
        assert parser.build().parse_args(words[1:]).command.__name__.replace("_", "-") == name


def test_the_help_lists_every_command(gluon_alexnet):
    code, out, _ = gluon_alexnet("--help")
    assert code == 0
    assert all(re.search(rf"^ +{name} +\w", out, re.MULTILINE) for name in COMMANDS)


def test_every_option_is_explained():
    (commands,) = [action for action in parser.build()._actions if isinstance(action.choices, dict)]
    for sub in commands.choices.values():
        assert all(action.help for action in sub._actions)


def test_the_version_is_told(gluon_alexnet):
    import gluon_alexnet as package

    assert gluon_alexnet("--version")[:2] == (0, f"gluon_alexnet {package.__version__}\n")


def test_the_module_train_is_the_same_program():
    module, command = python("-m", "gluon_alexnet.train", "--help"), python("-m", "gluon_alexnet", "train", "--help")
    assert (module.returncode, module.stderr) == (0, "")
    assert module.stdout == command.stdout
    assert "usage: gluon-alexnet train" in module.stdout


def test_help_loads_neither_mxnet_nor_numpy():
    ask = "import atexit, sys; atexit.register(lambda: print({'mxnet', 'numpy'} & set(sys.modules)))\n"
    done = python("-c", ask + "from gluon_alexnet.cli import main; main(['train', '--help'])")
    assert done.stdout.endswith("set()\n")


# Mistakes


@pytest.mark.parametrize(
    "words",
    [
        "",
        "trian",
        "train --epoch-s 3",
        "train --epochs ten",
        "predict",
        "evaluate --split all",
        "predict a.png --top 0",
        "models lenet --batch-size -1",
    ],
)
def test_words_that_are_not_understood_exit_2(gluon_alexnet, words):
    code, out, err = gluon_alexnet(words)
    assert (code, out) == (2, "")
    assert err.startswith("gluon-alexnet") and "--help` tells" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("train --model alxnet", "alexnet"),
        ("train --recipe slow", "there is no recipe 'slow': take one of"),
        ("train --epochs 1 --minutes 1", "--epochs and --minutes both say how long"),
        ("train --resume nowhere", "nowhere is not the folder of a run"),
        ("train --resume", "there is no run below runs/"),
        ("evaluate", "there is no run below runs/"),
        ("evaluate nowhere", "nowhere is not the folder of a run"),
        ("predict a.png", "there is no run below runs/"),
        ("models alxnet", "alexnet"),
    ],
)
def test_an_error_is_one_line_on_stderr_and_exits_1(gluon_alexnet, words, sentence):
    code, out, err = gluon_alexnet(words)
    assert (code, out) == (1, "")
    assert err.startswith("gluon-alexnet: ") and err.count("\n") == 1
    assert sentence in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--optimizer sgdd", "there is no optimizer 'sgdd'"),
        ("--schedule cosin", "there is no schedule 'cosin'"),
        ("--warmup 2", "warmup is 2.0"),
        ("--lr 0", "lr is 0"),
        ("--epochs 0", "epochs is 0"),
        ("--minutes -1", "minutes is -1"),
        ("--epochs nan", "epochs is nan"),
        ("--batch-size 0", "batch_size is 0"),
        ("--limit 0", "limit is 0"),
        ("--seed -1", "seed is -1"),
        ("--augment flop", "there is no augmentation 'flop'"),
        ("--precision float8", "there is no precision 'float8'"),
        ("--precision float16", "float16 needs a GPU"),
        ("--device tpu", "tpu"),
        ("--checkpoint-minutes 0", "checkpoint_minutes is 0"),
        ("--data nowhere", "nowhere', which is not there"),
        ("--engine pytorch", "there is no engine 'pytorch': did you mean 'torch'?"),
        ("--device gpu9", "gpu"),
    ],
)
def test_a_setting_out_of_range_is_told_and_leaves_no_folder(gluon_alexnet, tmp_path, words, sentence):
    code, out, err = gluon_alexnet([*TINY, *words.split()], "--out", tmp_path / "run")
    last = err.splitlines()[-1]
    assert (code, out) == (1, "")
    assert last.startswith("gluon-alexnet: ") and sentence in last
    assert "fault of ours" not in err and "Traceback" not in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("--schedule cos", "cosine"),
        ("--optimizer adamm", "adam"),
        ("--model alexnt", "alexnet"),
        ("--recipe quik", "quick"),
        ("--initializer xavir", "xavier"),
        ("--precision float23", "float32"),
        ("--augment flipp", "flip"),
        ("--epochs 0", ""),
        ("--batch-size 0", ""),
        ("--progressive 20", ""),
    ],
)
def test_a_setting_out_of_range_is_told_before_anything_is_loaded(gluon_alexnet, monkeypatch, words, nearest):
    def never(*_, **__):
        raise AssertionError("loaded")

    monkeypatch.setattr(files, "load_split", never)
    monkeypatch.setattr(runtime, "load_mxnet", never)
    code, out, err = gluon_alexnet(f"train {words}")
    assert (code, out) == (1, "") and err.count("\n") == 1
    assert f"did you mean {nearest!r}?" in err if nearest else words.split()[1] in err


def test_an_evaluation_is_told_its_mistake_first(gluon_alexnet, lenet_run):
    code, _, err = gluon_alexnet("evaluate --precision flat32", lenet_run)
    assert (code, err) == (1, "gluon-alexnet: there is no precision 'flat32': did you mean 'float32'? take one of auto, float32, "
                              "bfloat16, float16\n")  # fmt: skip


# Pictures need neither a backend nor a home

BARE = """
import os, pwd, sys

def nobody(*_):
    raise KeyError("no such user")

# As in a container that is run with --user 12345.
pwd.getpwuid = nobody
from gluon_alexnet.cli import main
code = main(sys.argv[1:])
import matplotlib
print(os.environ.get("MPLBACKEND"), "pyplot" if "matplotlib.pyplot" in sys.modules else "no pyplot")
sys.exit(code)
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"MPLBACKEND": "module://a_package_that_is_not_there.backend"},
        # Neither a home nor a folder for settings.
        {"HOME": None, "XDG_CONFIG_HOME": None, "XDG_CACHE_HOME": None, "MPLCONFIGDIR": None},
        {"HOME": "/proc", "XDG_CONFIG_HOME": None, "XDG_CACHE_HOME": None, "MPLCONFIGDIR": "/proc/nowhere"},
    ],
    ids=["backend", "no home", "read-only home"],
)
def test_a_run_ends_with_its_report_whatever_the_environment(tmp_path, environment):
    whole = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    words = [*TINY, *"--epochs 1 --limit 100 --batch-size 50 --out run".split()]
    done = python("-c", BARE, *words, cwd=tmp_path, env=whole)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{environment.get('MPLBACKEND')} no pyplot\n")
    assert "matplotlib" not in done.stderr.lower()
    assert {"report.html", "curves.png"} <= {path.name for path in (tmp_path / "run").iterdir()}


def test_a_machine_that_draws_no_report_is_told_before_the_training(gluon_alexnet, monkeypatch, tmp_path):
    def broken(*_, **__):
        raise RuntimeError("no font")

    monkeypatch.setattr(report.viz, "figure_png", broken)
    code, _, err = gluon_alexnet(TINY, "--out", tmp_path / "run")
    assert code == 1 and not (tmp_path / "run").exists()
    assert err == (
        "gluon-alexnet: no report could be drawn here (RuntimeError: no font): mend that before training, as by pip install "
        "--force-reinstall matplotlib pillow jinja2\n"
    )


@pytest.mark.parametrize("error", [RuntimeError("no font"), UserError("cannot write report.html: No space left on device")])
def test_a_report_that_fails_after_the_training_keeps_it_and_resume_writes_it(gluon_alexnet, monkeypatch, tmp_path, error):
    def broken(*_, **__):
        raise error

    words = [*TINY, *"--epochs 1 --limit 100 --batch-size 50 --out".split()]
    with monkeypatch.context() as patch:
        patch.setattr(report, "write_report", broken)
        code, _, err = gluon_alexnet(words, tmp_path / "run")
    assert code == 1
    last = err.splitlines()[-1]
    assert last.startswith(f"gluon-alexnet: the training is over and kept in {tmp_path / 'run'}, but its report was not written")
    assert str(error) in last and last.endswith(f"write it by gluon-alexnet train --resume {tmp_path / 'run'}")
    code, out, err = gluon_alexnet("train --resume", tmp_path / "run")
    assert code == 0 and (tmp_path / "run" / "report.html").is_file()
    # It says that nothing was trained, and how to train longer.
    assert f"the run in {tmp_path / 'run'} is finished, with all its 1 epochs: to train longer, begin a longer one, as by " in err
    assert re.search("gluon-alexnet train --model lenet .*--epochs 2 .*; its report is written again", err)


def test_a_home_folder_is_found_wherever_a_path_is_said(gluon_alexnet, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert gluon_alexnet([*TINY, *"--epochs 1 --limit 100 --batch-size 50 --out=~/run".split()])[0] == 0
    Image.fromarray(np.zeros((28, 28), "uint8")).save(tmp_path / "a.png")
    assert gluon_alexnet("predict ~/a.png --run ~/run")[0] == 0
    assert gluon_alexnet("convert ~/run --to npz --out=~/net.npz")[0] == 0
    assert gluon_alexnet("convert ~/net.npz --to gluon --out=~/net.params")[0] == 0
    assert gluon_alexnet("evaluate ~/run --precision float32")[0] == 0
    assert gluon_alexnet("models ~/run")[0] == 0
    assert gluon_alexnet("train --resume ~/run")[0] == 0
    assert History.load("~/run/history.json").stopped == "finished"
    assert {path.name for path in tmp_path.iterdir()} >= {"run", "net.npz", "net.params"} and not list(Path().iterdir())


def test_debug_gives_the_traceback(gluon_alexnet):
    with pytest.raises(UserError, match="alxnet"):
        gluon_alexnet("models alxnet --debug")
    done = python("-m", "gluon_alexnet", "models", "alxnet", "--debug")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):")


def test_a_fault_of_ours_is_one_line_too_and_says_how_to_see_more(gluon_alexnet, monkeypatch):
    def models(arguments):
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(look, "models", models)
    code, out, err = gluon_alexnet("models")
    assert (code, out) == (1, "")
    assert err == "gluon-alexnet: RuntimeError: first line (a fault of ours: --debug shows where)\n"
    with pytest.raises(RuntimeError, match="second line"):
        gluon_alexnet("models --debug")


def test_ctrl_c_exits_130_without_a_traceback(gluon_alexnet, monkeypatch):
    def models(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(look, "models", models)
    assert gluon_alexnet("models") == (130, "", "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough_is_no_error(monkeypatch, unbuffered):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    command = [sys.executable, "-m", "gluon_alexnet", "models"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (0, "")


# The small commands


def test_models_lists_the_nets_with_the_chapters_parameters(gluon_alexnet):
    code, out, err = gluon_alexnet("models")
    assert (code, err) == (0, "")
    assert re.search(r"^alexnet .*1x224x224.* 46,764,746 parameters$", out, re.MULTILINE)
    assert re.search(r"^lenet .*1x28x28.* 61,706 parameters$", out, re.MULTILINE)


def test_models_tells_as_many_parameters_as_a_run(gluon_alexnet):
    from gluon_alexnet import FashionMNISTLoader, fit, get_model

    data = FashionMNISTLoader("train", 10, limit=10, data="stand-in")
    history = fit(get_model("compact"), data, epochs=1, precision="float32", progress=False)
    assert history.params == 431_098 and re.search("^compact .* 431,098 parameters$", gluon_alexnet("models")[1], re.MULTILINE)


def test_models_prints_a_net_layer_by_layer(gluon_alexnet):
    code, out, _ = gluon_alexnet("models alexnet")
    assert code == 0
    assert "96x54x54" in out.replace("×", "x") and "46,764,746" in out


def test_models_prints_several_nets_one_below_the_other(gluon_alexnet):
    code, out, _ = gluon_alexnet("models lenet alexnet")
    first, second = out.split("\n\n")
    assert code == 0 and first.startswith("lenet\n") and second.startswith("alexnet\n")
    assert "61,706" in first and "46,764,746" in second


def test_models_draws_nets_side_by_side_and_says_where(gluon_alexnet, tmp_path):
    code, out, err = gluon_alexnet("models lenet alexnet --draw --language vi")
    assert (code, err) == (0, "")
    (line,) = out.splitlines()
    assert line.startswith("lenet-alexnet.svg: lenet: 61,706 parameters, ") and "alexnet: 46,764,746 parameters, " in line
    assert "61.706 tham số" in Path("lenet-alexnet.svg").read_text(encoding="utf-8")
    assert gluon_alexnet("models alexnet --width 760 --draw new/net.svg")[0] == 0
    assert 'width="760"' in Path("new/net.svg").read_text(encoding="utf-8")
    # As many nets as are named have room.
    assert gluon_alexnet("models lenet alexnet compact alexnet_2012 --draw all.svg")[0] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("models --draw", "--draw is for nets: name them"),
        ("models --draw alexnet", "--draw takes alexnet for the name of a file: put it last"),
        ("models lenet --draw lenet.png", "name a file such as lenet.svg"),
        ("models lenet --draw --width 60", "width is 60: a net takes 190 to 4000 pixels"),
        ("models lenet --draw --code torch", "--code and --draw do not go together"),
        ("models lenet --draw --batch-size 8", "--batch-size and --draw do not go together"),
        ("models lenet --width 400", "--width is for a drawing: add --draw"),
        ("models lenet --language vi", "--language is for a drawing: add --draw"),
        ("models lenet alexnet --code torch", "--code is for one net"),
        ("models lenet alxnet --draw", "did you mean 'alexnet'"),
    ],
)
def test_what_does_not_go_with_a_drawing_is_refused(gluon_alexnet, words, sentence):
    code, out, err = gluon_alexnet(words)
    assert (code, out) == (1, "") and sentence in err and err.count("\n") == 1
    assert not list(Path().glob("*.svg"))


def test_doctor_says_what_is_there(gluon_alexnet):
    code, out, _ = gluon_alexnet("doctor --data stand-in")
    assert code == 0
    assert "1.9.1" in out and sys.version.split()[0] in out


def test_doctor_exits_1_when_training_could_not_run(gluon_alexnet):
    assert gluon_alexnet("doctor --data nowhere")[0] == 1


# A run from end to end


def test_training_leaves_history_curves_report_and_checkpoints(lenet_run):
    names = {path.name for path in lenet_run.iterdir()}
    assert {"run.json", "history.json", "curves.png", "report.html", "last.json", "best.json"} <= names
    assert not [name for name in names if ".tmp" in name]


def test_training_prints_a_table_and_the_report(gluon_alexnet, tmp_path):
    code, out, err = gluon_alexnet([*TINY, *"--epochs 1 --limit 100 --batch-size 50".split()], "--out", tmp_path / "run")
    history = History.load(tmp_path / "run" / "history.json")
    assert code == 0
    assert f"report: {tmp_path / 'run' / 'report.html'}" in out
    assert f"{history.epochs[0].loss:.3f}" in out
    assert f"the run is kept in {tmp_path / 'run'}" in err
    assert "epoch 1" in err and "epoch 1" not in out


def test_evaluate_tells_what_the_history_tells(gluon_alexnet, lenet_run):
    code, out, _ = gluon_alexnet("evaluate --data stand-in --precision float32", lenet_run)
    last = History.load(lenet_run / "history.json").epochs[-1]
    assert code == 0
    assert out.startswith("lenet after step 6 on 10,000 images of test: ")
    assert f"loss {last.test_loss:.4f}, accuracy {last.test_accuracy:.4f}" in out


def test_evaluate_takes_the_validation_split_and_the_best_net(gluon_alexnet, lenet_run):
    code, out, err = gluon_alexnet("evaluate --split validation --checkpoint best --precision float32 --device cpu", lenet_run)
    best = max(epoch.validation_accuracy for epoch in History.load(lenet_run / "history.json").epochs)
    assert code == 0
    assert "on 5,000 images of validation" in out and f"accuracy {best:.4f}" in out
    assert "has learned from these" not in err


def test_evaluate_says_that_a_run_has_learned_from_the_validation_split(gluon_alexnet, lenet_run, tmp_path):
    shutil.copytree(lenet_run, tmp_path / "run")
    options = json.loads((lenet_run / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**options, "validation": False}))
    code, _, err = gluon_alexnet("evaluate --split validation", tmp_path / "run")
    assert code == 0 and "It has learned from these images too" in err


def test_predict_tells_classes_and_probabilities(gluon_alexnet, lenet_run, tmp_path):
    Image.fromarray(files.load_split("test", data="stand-in").images[0]).save(tmp_path / "light.png")
    Image.fromarray(255 - files.load_split("test", data="stand-in").images[0]).save(tmp_path / "dark.png")
    code, out, err = gluon_alexnet("predict light.png dark.png --top 10 --run", lenet_run)
    light, dark = out.splitlines()
    assert (code, err) == (0, "This net has learned from drawn stand-in pictures, not from Fashion-MNIST.\n")
    assert light.startswith("light.png: ") and dark.startswith("dark.png: ")
    assert all(name in light for name in CLASS_NAMES)
    probabilities = [float(number) for number in re.findall(r"\d\.\d{3}", light)]
    assert len(probabilities) == 10 and sum(probabilities) == pytest.approx(1, abs=0.006)
    assert probabilities == sorted(probabilities, reverse=True)
    assert dark == light.replace("light", "dark", 1) + "  (dark on light: inverted)"


def test_predict_cuts_a_garment_out_of_a_photo_unless_told_not_to(gluon_alexnet, lenet_run, tmp_path):
    photo = np.full((200, 300), 230, "uint8")
    photo[60:150, 100:180] = 30
    Image.fromarray(photo).save(tmp_path / "a.png")
    _, out, _ = gluon_alexnet("predict a.png --run", lenet_run)
    assert out.endswith("  (dark on light: inverted; background made black; cropped to the garment; padded to a square)\n")
    _, out, _ = gluon_alexnet("predict a.png --whole --run", lenet_run)
    assert out.endswith("  (dark on light: inverted; padded to a square)\n")


def test_predict_names_the_broken_file_tells_the_others_and_exits_1(gluon_alexnet, lenet_run, tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("a.png", "c.png"):
        Image.fromarray(np.zeros((28, 28), "uint8")).save(tmp_path / "folder" / name)
    (tmp_path / "folder" / "b.png").write_bytes(b"no picture")
    code, out, err = gluon_alexnet("predict folder --run", lenet_run)
    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines()] == ["folder/a.png", "folder/c.png"]
    _, said, *rest = err.splitlines()
    assert said.startswith("gluon-alexnet: folder/b.png cannot be read") and not rest


def test_predict_tells_of_a_picture_whose_name_is_not_utf_8(lenet_run, tmp_path):
    Image.fromarray(np.zeros((28, 28), "uint8")).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / os.fsdecode(b"\xc1o.png"))
    words = ["-m", "gluon_alexnet", "predict", os.fsdecode(b"\xc1o.png"), "--run", str(lenet_run)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run([sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith(r"\udcc1o.png: ")


def test_predict_without_a_run_takes_the_newest(gluon_alexnet, lenet_run, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "lenet").symlink_to(lenet_run, target_is_directory=True)
    Image.fromarray(np.zeros((28, 28), "uint8")).save(tmp_path / "a.png")
    assert gluon_alexnet("predict a.png")[0] == 0


# Ctrl-C

# With a number of threads: one that follows what else the machine does would change the last bits of the losses.
SOME_STEPS = [*TINY, *"--epochs 2 --limit 1500 --batch-size 10 --lr 0.1 --seed 7 --threads 1".split()]


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """(exit code, stderr, folder) of a run that got a Ctrl-C after its first steps."""
    folder = tmp_path_factory.mktemp("interrupted") / "run"
    # A test run in the background ignores Ctrl-C, and its children would inherit that.
    program = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program += "from gluon_alexnet.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, *SOME_STEPS, "--out", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if line.startswith("step "):
                process.send_signal(signal.SIGINT)
                break
        lines += process.stderr.readlines()
    return process.returncode, "".join(lines), folder


def test_ctrl_c_in_mid_training_exits_130_and_says_how_to_go_on(interrupted):
    code, err, folder = interrupted
    assert code == 130
    assert err.endswith(f"stopped and saved; go on with: gluon-alexnet train --resume {folder}\n")
    assert "Traceback" not in err


def test_the_interrupted_run_says_so_and_lacks_steps(interrupted):
    history = History.load(interrupted[2] / "history.json")
    assert history.stopped == "interrupted"
    assert 0 < len(history.step_losses) < history.settings["total_steps"] == 300


def test_resumed_it_ends_as_if_it_had_never_been_stopped(gluon_alexnet, interrupted, tmp_path):
    assert gluon_alexnet("train --resume", interrupted[2])[0] == 0
    assert gluon_alexnet(SOME_STEPS, "--out", tmp_path / "straight")[0] == 0
    resumed, straight = (History.load(folder / "history.json") for folder in (interrupted[2], tmp_path / "straight"))
    assert resumed.stopped == "finished"
    assert resumed.step_losses == straight.step_losses
    assert [epoch.test_accuracy for epoch in resumed.epochs] == [epoch.test_accuracy for epoch in straight.epochs]


# grade


@pytest.fixture
def graded(monkeypatch):
    """Stands for the grader: what it was told, and a class of two of which one is without full marks."""
    from gluon_alexnet.grading import grade

    told = {}

    def grade_all(paths, **limits):
        told.update(paths=paths, **limits)
        for found, earned in zip(paths, (1, 0), strict=False):
            task = grade.TaskResult("a", 1, "First", 1, earned, "full" if earned else "not attempted")
            yield grade.Result(str(found.path), "00_demo", "Demo", "en", [task], possible=1).to_dict()

    monkeypatch.setattr(grade, "grade_all", grade_all)
    return told


def test_grade_prints_each_notebook_and_the_class_and_fails_without_full_marks(gluon_alexnet, graded, tmp_path):
    for name in ("an.ipynb", "binh.ipynb"):
        (tmp_path / name).write_text("{}")
    code, out, _ = gluon_alexnet("grade", tmp_path, "--report", tmp_path / "g.json", "--time-limit", 5, "--seed", 3)
    assert code == 1
    assert re.findall(r"(\d/1) .*?(\w+)\.ipynb( .*)?\n", out) == [("1/1", "an", ""), ("0/1", "binh", "  (not attempted)")]
    assert "2 notebooks graded, 1 with full marks" in out
    assert (tmp_path / "g.json").exists()
    assert (graded["time_limit"], graded["memory_limit"], graded["seed"]) == (5, 6, 3)
    assert gluon_alexnet("grade", tmp_path / "an.ipynb")[0] == 0


def test_grade_refuses_a_report_it_cannot_write_before_it_grades(gluon_alexnet, graded, tmp_path):
    code, _, err = gluon_alexnet("grade", tmp_path, "--report", "grades.pdf")
    assert (code, graded) == (1, {})
    assert err.startswith("gluon-alexnet: the report grades.pdf must end in")


def test_grade_says_that_there_is_no_notebook(gluon_alexnet, tmp_path):
    code, _, err = gluon_alexnet("grade", tmp_path)
    assert code == 1 and "there is no notebook in" in err


def test_grade_without_names_grades_the_copy_that_a_student_works_in(gluon_alexnet, graded, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-exercises" / "vi").mkdir(parents=True)
    (tmp_path / "my-exercises" / "vi" / "02_simplify.ipynb").touch()
    code, out, err = gluon_alexnet("grade")
    assert "my-exercises/vi/02_simplify.ipynb" in out and not err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("a.ipynb --watch --report a.html", "--watch writes no report"),
        ("a.ipynb b.ipynb --watch", "--watch looks at one notebook"),
        ("a.ipynb --task cost --format gradescope --report a.json", "leave --task away"),
        ("a.ipynb --format gradescope", "--format gradescope needs --report"),
        ("a.ipynb --exercise 04_cost", "--exercise says what had to be handed in"),
        ("a.ipynb --task cots", "no exercise has a task 'cots': did you mean 'cost'?"),
        ("a.ipynb --task cost --out graded", "--task and --out exclude one another"),
        ("--github-classroom a.yml", "name the exercises that the workflow grades"),
        ("--gradescope a.tar", "must end in .zip"),
    ],
)
def test_grade_says_in_a_line_what_does_not_go_together(gluon_alexnet, graded, words, said):
    code, out, err = gluon_alexnet(f"grade {words}")
    assert (code, out, graded) == (1, "", {})
    assert said in err and err.count("\n") == 1


def test_grade_of_a_task_that_no_notebook_here_has(gluon_alexnet, graded, tmp_path):
    for name in ("an.ipynb", "binh.ipynb"):
        (tmp_path / name).write_text("{}")
    code, out, _ = gluon_alexnet("grade", tmp_path, "--task", "cost")
    assert code == 1 and graded["tasks"] == ["cost"]
    assert "no notebook here has the task 'cost'" in out


def test_grade_without_names_and_copy_says_what_to_name(gluon_alexnet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = gluon_alexnet("grade")
    assert code == 1 and "my-exercises" in out + err
