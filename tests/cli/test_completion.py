"""gluon_alexnet.cli.completion: what bash, zsh and tcsh complete."""

import shutil
import subprocess
import sys

import pytest
import shtab

from gluon_alexnet import cli, models, recipes, settings
from gluon_alexnet.cli import completion, parser
from gluon_alexnet.grading import exercise

bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def script(shell, capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--print-completion", shell])
    assert leaving.value.code == 0
    return capsys.readouterr().out


@pytest.fixture
def completed(tmp_path, capsys):
    """completed("train", "--sch") -> what bash offers when Tab is pressed after `gluon-alexnet train --sch`."""
    (tmp_path / "runs" / "lenet").mkdir(parents=True)
    (tmp_path / "shirt.png").touch()
    (tmp_path / "completion").write_text(script("bash", capsys), encoding="utf-8")

    def complete(*words):
        # As readline does it: the words, which of them the cursor is at, and then the function.
        program = r"""
            source ./completion; COMP_WORDS=(gluon-alexnet "$@"); COMP_CWORD=$#
            [[ "$(complete -p gluon-alexnet)" =~ -F\ ([^ ]+) ]]
            "${BASH_REMATCH[1]}" gluon-alexnet "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\n' "${COMPREPLY[@]}"
        """
        done = subprocess.run(["bash", "-c", program, "bash", *words], cwd=tmp_path, capture_output=True, text=True)
        assert not done.stderr
        return sorted(filter(None, done.stdout.split("\n")))

    return complete


@bash
def test_bash_completes_commands_and_options(completed):
    assert completed("e") == ["evaluate", "exercise", "explore"]
    assert completed("train", "--sch") == ["--schedule"]


@bash
@pytest.mark.parametrize(
    ("words", "choices"),
    [
        ("train --model", models.SPECS),
        ("convert --model", models.SPECS),
        ("models", models.SPECS),
        ("models lenet", models.SPECS),
        ("models lenet --language", ("en", "vi")),
        ("train --recipe", recipes.RECIPES),
        ("train --schedule", settings.SCHEDULES),
        ("train --optimizer", settings.OPTIMIZERS),
        ("train --engine", settings.ENGINES),
        ("train --initializer", settings.INITIALIZERS),
        ("evaluate --precision", ("auto", "float32", "bfloat16", "float16")),
        ("train --device", ("auto", "cpu", "gpu")),
        ("train --augment", ("flip", "shift", "shift1", "erase")),
        ("train --activation", models.ACTIVATIONS),
        ("grade --exercise", exercise.list_exercises()),
        ("convert --to", ("torch", "keras", "onnx", "gluon", "npz")),
        ("evaluate --split", ("test", "validation", "train")),
    ],
)
def test_bash_completes_what_an_option_takes(completed, words, choices):
    assert completed(*words.split(), "") == sorted(choices)


@bash
@pytest.mark.parametrize("words", ["train --data", "train --out", "train --resume", "evaluate", "predict --run", "doctor --data"])
def test_bash_completes_folders_where_one_is_asked_for(completed, words):
    assert completed(*words.split(), "") == ["runs"]


@bash
@pytest.mark.parametrize("words", ["predict", "grade", "grade --report", "models lenet --draw", "convert", "convert --out"])
def test_bash_completes_files_and_the_folders_above_them(completed, words):
    assert {"runs", "shirt.png"} <= {*completed(*words.split(), "")}


def test_whatever_takes_a_word_is_completed():
    made = parser.build()
    completion.teach(made, shtab)
    (commands,) = [action.choices for action in made._actions if isinstance(action.choices, dict)]
    every = [(name, action) for name, command in commands.items() for action in command._actions if action.nargs != 0]
    # Numbers, and what is written as SIZE:SHARE, as an address or as a pattern, are anybody's.
    every = [(name, action) for name, action in every if action.metavar not in ("ADDRESS", "REGEX")]
    words = [(name, action) for name, action in every if action.type in (None, str) and ":" not in (action.metavar or "")]
    assert len(words) > 20
    assert not [(name, action.dest) for name, action in words if not (action.choices or hasattr(action, "complete"))]


@pytest.mark.parametrize(("shell", "line"), [("zsh", "#compdef gluon-alexnet"), ("tcsh", "complete gluon-alexnet")])
def test_other_shells_have_a_script_of_their_own(capsys, shell, line):
    made = script(shell, capsys)
    assert line in made and "bfloat16" in made


def test_another_shell_is_one_line(capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--print-completion", "fish"])
    assert leaving.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert all(name in line for name in ("bash", "zsh", "tcsh"))


def test_without_shtab_one_line_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--print-completion", "bash"])
    assert leaving.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gluon-alexnet: completion needs shtab (") and line.endswith("): pip install shtab")


def test_shtab_is_loaded_for_this_alone():
    program = "import sys; from gluon_alexnet.cli import parser; parser.build(); sys.exit('shtab' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
