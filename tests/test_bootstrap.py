"""The way from a fresh clone to .venv, walked with interpreters that are shell scripts: no package is installed."""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bootstrap
import find_python
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]

# An interpreter that says about itself what it is told to, makes venvs of itself, and has a pip that notes its orders.
FAKE = """#!/bin/sh
case "$1 $2" in
"-m venv")
    mkdir -p "$3/bin" "$3/lib/python3.11/site-packages/pip-1.dist-info"
    cp "$0" "$3/bin/python"; touch "$3/pyvenv.cfg" ;;
"-m pip")
    shift 2; echo "$@" >> {calls}
    cat {answer}; test ! -s {answer} ;;
-c*) echo '{itself}' ;;
esac
"""


def about(**changes):
    """What a Python 3.11 on Debian says about itself, but for `changes`."""
    return (
        dict(
            version=[3, 11, 7],
            kind="CPython",
            system="linux",
            machine="x86_64",
            bits=64,
            libc="glibc 2.36",
            pip=True,
            path="/usr/bin/python3.11",
            free_threaded=False,
        )
        | changes
    )


@pytest.fixture
def fake(tmp_path):
    """Writes a fake interpreter; (tmp_path / 'answer') is what its pip fails with, (tmp_path / 'calls') its orders."""
    (tmp_path / "answer").touch()
    (tmp_path / "calls").touch()

    def write(name="python3.11", folder=tmp_path / "fakes", **changes):
        folder.mkdir(exist_ok=True)
        path = folder / name
        itself = json.dumps(about(**{"path": str(path)} | changes))
        path.write_text(FAKE.format(calls=tmp_path / "calls", answer=tmp_path / "answer", itself=itself))
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A checkout of its own, with the files that decide about the packages."""
    root = tmp_path / "checkout"
    (root / "tools").mkdir(parents=True)
    for name in bootstrap.INPUTS:
        shutil.copy(ROOT / name, root / name)
    monkeypatch.setattr(bootstrap, "ROOT", str(root))
    monkeypatch.chdir(root)
    return root


def orders(tmp_path):
    return (tmp_path / "calls").read_text().splitlines()


def state(venv):
    return json.loads((venv / bootstrap.STAMP).read_text())["state"]


def test_a_python_is_known_by_running_it():
    found = find_python.probe(sys.executable)
    assert found["version"] == list(sys.version_info[:3])
    assert find_python.python_problem(found) is None


def test_a_shim_that_leads_nowhere_is_no_python(tmp_path):
    shim = tmp_path / "python3.11"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.11: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert find_python.probe(str(shim)) is None


@pytest.mark.parametrize(
    "changes, words",
    [
        (dict(system="win32", machine="AMD64"), "Windows: run this in WSL2, Docker"),
        (dict(system="darwin", machine="arm64"), "Apple Silicon: run this in Docker"),
        (dict(libc=""), "musl"),
        (dict(machine="riscv64"), "riscv64"),
        (dict(system="freebsd14", machine="amd64"), "freebsd14"),
    ],
)
def test_a_platform_without_a_wheel_is_told_where_to_go(changes, words):
    problem = find_python.platform_problem(about(**changes))
    assert words in problem
    assert "Google Colab" in problem


@pytest.mark.parametrize("changes", [{}, dict(machine="aarch64"), dict(system="darwin", machine="x86_64", libc="")])
def test_the_platforms_that_have_a_wheel(changes):
    assert find_python.platform_problem(about(**changes)) is None


@pytest.mark.parametrize(
    "changes, words",
    [
        (dict(version=[3, 9, 18]), "is Python 3.9.18"),
        (dict(version=[2, 7, 18], libc=""), "is Python 2.7.18"),
        (dict(version=[3, 16, 0]), "is Python 3.16.0"),
        (dict(pip=False), "sudo apt install python3.11-venv"),
        (dict(kind="PyPy"), "not a 64-bit CPython"),
        (dict(bits=32), "not a 64-bit CPython"),
        (dict(free_threaded=True, version=[3, 13, 0]), "with the GIL"),
    ],
)
def test_a_named_python_that_does_not_do_is_refused_in_one_sentence(fake, changes, words):
    path = fake(**changes)
    with pytest.raises(find_python.Stop) as caught:
        find_python.choose(str(path))
    assert str(caught.value).startswith(f"PYTHON={path} ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def only_fakes(tmp_path, monkeypatch):
    """No Python but those in tmp_path/fakes is found."""
    monkeypatch.setenv("PATH", str(tmp_path / "fakes"))
    monkeypatch.setattr(find_python, "FOLDERS", [])
    monkeypatch.setattr(find_python, "MANAGED", [])
    monkeypatch.setattr(find_python.sys, "executable", str(tmp_path / "nothing"))


def test_the_first_python_that_fits_is_taken(fake, only_fakes):
    fake("python3.11", pip=False)
    wanted = fake("python3.12", version=[3, 12, 1])
    fake("python3", version=[3, 6, 15])
    assert find_python.choose()["path"] == str(wanted)


def test_when_none_fits_each_is_named_with_its_reason(fake, only_fakes):
    fake("python3.11", pip=False)
    fake("python3", version=[3, 6, 15])
    with pytest.raises(find_python.Stop, match=r"python3\.11-venv\); .*/python3 is Python 3\.6\.15.*make PYTHON="):
        find_python.choose()


def test_without_any_python_the_sentence_says_what_to_install(only_fakes):
    with pytest.raises(find_python.Stop, match="nothing called python runs.*apt install python3 python3-venv"):
        find_python.choose()


def test_on_apple_silicon_no_python_helps(fake, only_fakes):
    fake("python3.11", system="darwin", machine="arm64")
    with pytest.raises(find_python.Stop, match="Apple Silicon"):
        find_python.choose()


def test_a_fresh_checkout_gets_pinned_packages_and_the_project(project, fake, tmp_path):
    assert bootstrap.main(["--python", str(fake())]) == 0
    assert state(project / ".venv") == "ready"
    given = orders(tmp_path)
    assert all(f"-c {project}/constraints.txt" in order for order in given)
    assert any("--no-deps mxnet==1.9.1 gluoncv==0.10.5.post0" in order for order in given)
    assert given[-1].endswith(f"-e {project}[cpu,class,explore,features,test,dev]")


def test_a_second_run_leaves_pip_alone(project, fake, tmp_path):
    bootstrap.main(["--python", str(fake())])
    before = orders(tmp_path)
    assert bootstrap.main([]) == 0
    assert orders(tmp_path) == before


@pytest.mark.parametrize("name", ["setup.py", "constraints.txt"])
def test_changed_requirements_update_the_venv_without_making_it_anew(project, fake, tmp_path, name):
    bootstrap.main(["--python", str(fake())])
    (project / ".venv" / "lib" / "kept").touch()
    before = orders(tmp_path)
    with open(project / name, "a") as file:
        file.write("# changed\n")
    assert bootstrap.main([]) == 0
    assert len(orders(tmp_path)) > len(before)
    assert (project / ".venv" / "lib" / "kept").exists()


def test_another_python_makes_the_venv_anew(project, fake):
    bootstrap.main(["--python", str(fake())])
    (project / ".venv" / "lib" / "left").touch()
    assert bootstrap.main(["--python", str(fake("python3.12", version=[3, 12, 1]))]) == 0
    assert not (project / ".venv" / "lib" / "left").exists()
    assert state(project / ".venv") == "ready"


def killed(venv):
    bootstrap.write_stamp(str(venv), state="installing")


def without_python(venv):
    (venv / "bin" / "python").unlink()


def without_pip(venv):
    shutil.rmtree(venv / "lib")


def moved(venv):
    bootstrap.write_stamp(str(venv), **bootstrap.read_stamp(str(venv)) | {"root": "/elsewhere"})


@pytest.mark.parametrize("broken", [killed, without_python, without_pip, moved])
def test_a_venv_that_cannot_be_trusted_is_made_anew(project, fake, only_fakes, monkeypatch, broken):
    monkeypatch.setenv("PATH", f"{Path(fake()).parent}:/usr/bin:/bin")
    bootstrap.main([])
    (project / ".venv" / "bin" / "left").touch()
    broken(project / ".venv")
    assert bootstrap.main([]) == 0
    assert state(project / ".venv") == "ready"
    assert not (project / ".venv" / "bin" / "left").exists()


def test_a_folder_left_half_made_is_made_anew(project, fake):
    (project / ".venv" / "bin").mkdir(parents=True)
    assert bootstrap.main(["--python", str(fake())]) == 0
    assert state(project / ".venv") == "ready"


def test_a_folder_that_holds_something_else_is_left_alone(project, fake, capsys):
    (project / ".venv").mkdir()
    (project / ".venv" / "thesis.tex").touch()
    assert bootstrap.main(["--python", str(fake())]) == 1
    assert "was not made by make" in capsys.readouterr().err
    assert [path.name for path in (project / ".venv").iterdir()] == ["thesis.tex"]


def test_a_file_in_the_place_of_the_folder_is_named(project, fake, capsys):
    (project / ".venv").touch()
    assert bootstrap.main(["--python", str(fake())]) == 1
    assert "is not a folder: move it away" in capsys.readouterr().err


UNREACHABLE = """WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'
ERROR: Could not find a version that satisfies the requirement mxnet==1.9.1 (from versions: none)
ERROR: No matching distribution found for mxnet==1.9.1
"""
CONSTRAINED = """ERROR: Cannot install setuptools because these package versions have conflicting dependencies.
ERROR: ResolutionImpossible: for help visit somewhere
"""


@pytest.mark.parametrize(
    "output, words",
    [
        (UNREACHABLE, "could not reach its package index: check the network"),
        ("ERROR: No matching distribution found for mxnet==1.9.1\n", "found no mxnet==1.9.1 for this Python and platform"),
        (CONSTRAINED, "found no setuptools for this Python"),
        ("ERROR: Could not install packages: [Errno 28] No space left on device\n", "The disk is full"),
        ("ERROR: something else.\n", "(something else); "),
        ("Killed\n", "it gave no reason"),
    ],
)
def test_what_pip_fails_with_becomes_one_sentence_that_names_the_log(project, fake, tmp_path, capsys, output, words):
    (tmp_path / "answer").write_text(output)
    assert bootstrap.main(["--python", str(fake())]) == 1
    problem = capsys.readouterr().err
    assert words in problem
    assert problem.count("\n") == 1
    assert ".venv/bootstrap.log" in problem
    assert output in (project / ".venv" / bootstrap.LOG).read_text()


def test_after_a_failure_of_pip_the_venv_is_finished_not_made_anew(project, fake, tmp_path):
    (tmp_path / "answer").write_text(UNREACHABLE)
    bootstrap.main(["--python", str(fake())])
    (project / ".venv" / "lib" / "kept").touch()
    (tmp_path / "answer").write_text("")
    assert bootstrap.main([]) == 0
    assert (project / ".venv" / "lib" / "kept").exists()


def test_extras_are_added_beside_mxnets_bounds_and_stay(project, fake, tmp_path):
    bootstrap.main(["--python", str(fake())])
    assert bootstrap.main(["--python", "", "--extras", "onnx,torch"]) == 0
    given = orders(tmp_path)
    assert f"-c {project}/constraints.txt" in given[-1]
    assert given[-1].endswith(f"-e {project}[cpu,class,explore,features,test,dev,onnx,torch]")
    for extras in ("", "torch", " onnx  torch "):
        assert bootstrap.main(["--python", "", "--extras", extras]) == 0
        assert orders(tmp_path) == given
    assert bootstrap.main(["--python", "", "--extras", "keras"]) == 0
    assert orders(tmp_path)[-1].endswith("[cpu,class,explore,features,test,dev,keras,onnx,torch]")


@pytest.mark.parametrize(
    ("extras", "words"),
    [
        ("onxx", "EXTRAS=onxx: setup.py has no such extra, perhaps onnx is meant: there are exercises, class, "),
        ("xyz", "EXTRAS=xyz: setup.py has no such extra: there are exercises, class, "),
        ("cu112", "EXTRAS=cu112: which wheel of MXNet is installed, MXNET=cu112 says."),
    ],
)
def test_an_extra_that_is_not_there_is_refused_before_anything_is_made(project, fake, capsys, extras, words):
    assert bootstrap.main(["--python", str(fake()), "--extras", extras]) == 1
    assert words in capsys.readouterr().err
    assert not (project / ".venv").exists()


def test_todays_releases_are_installed_without_the_constraints_each_time(project, fake, tmp_path):
    assert bootstrap.main(["--python", str(fake()), "--newest"]) == 0
    given = orders(tmp_path)
    assert not any("constraints.txt" in order for order in given)
    assert all("--upgrade --upgrade-strategy eager" in order for order in given)
    # These two have had their last release, and what they ask for cannot be had.
    assert any("--no-deps mxnet==1.9.1 gluoncv==0.10.5.post0" in order for order in given)
    assert given[-1].endswith(f"-e {project}[cpu,class,explore,features,test,dev]")
    assert bootstrap.main([]) == 0
    assert orders(tmp_path) == given
    assert bootstrap.main(["--newest"]) == 0
    assert len(orders(tmp_path)) == 2 * len(given)


def test_a_python_newer_than_the_constraints_gets_todays_releases(project, fake, tmp_path, capsys):
    assert bootstrap.main(["--python", str(fake("python3.14", version=[3, 14, 2]))]) == 0
    assert "constraints.txt is for Python 3.10 to 3.13, this is 3.14.2: today's releases" in capsys.readouterr().out
    given = orders(tmp_path)
    assert not any("constraints.txt" in order for order in given)
    assert bootstrap.main([]) == 0
    assert orders(tmp_path) == given
    # Another Python gets the pinned ones again.
    assert bootstrap.main(["--python", str(fake("python3.12", version=[3, 12, 1]))]) == 0
    assert all("constraints.txt" in order for order in orders(tmp_path)[len(given) :])


def test_a_python_that_the_constraints_are_for_is_looked_for_first(fake, only_fakes, tmp_path, monkeypatch):
    newer = fake("python3", version=[3, 14, 2])
    assert find_python.choose()["path"] == str(newer)
    wanted = fake("python3.13", folder=tmp_path / "managed", version=[3, 13, 0])
    monkeypatch.setattr(find_python, "MANAGED", [str(tmp_path / "managed")])
    assert find_python.choose()["path"] == str(wanted)
    assert find_python.choose(first=str(newer))["path"] == str(wanted)
    assert find_python.choose(str(newer))["path"] == str(newer)


def test_without_make_the_python_that_runs_it_is_taken_and_told_how_to_go_on(project, fake, only_fakes, monkeypatch, capsys):
    monkeypatch.setenv("PATH", f"{Path(fake('python3.11')).parent}:/usr/bin:/bin")
    mine = fake("mine", folder=project / "elsewhere")
    monkeypatch.setattr(sys, "executable", str(mine))
    assert bootstrap.main([]) == 0
    out = capsys.readouterr().out
    assert str(mine) in out
    assert "Ready: source .venv/bin/activate, then gluon-alexnet train." in out


def test_without_make_a_python_that_does_not_fit_looks_for_another(project, fake, only_fakes, monkeypatch, capsys):
    wanted = fake("python3.11")
    monkeypatch.setenv("PATH", f"{wanted.parent}:/usr/bin:/bin")
    old = fake("mine", folder=project / "elsewhere", version=[3, 6, 15])
    monkeypatch.setattr(sys, "executable", str(old))
    assert bootstrap.main([]) == 0
    assert str(wanted) in capsys.readouterr().out


def add_wheel(venv, name):
    (venv / "lib" / "python3.11" / "site-packages" / f"{name}-1.9.1.dist-info").mkdir()


def test_both_mxnet_wheels_at_once_are_reported(project, fake, capsys):
    bootstrap.main(["--python", str(fake())])
    add_wheel(project / ".venv", "mxnet")
    add_wheel(project / ".venv", "mxnet_cu112")
    assert bootstrap.main([]) == 1
    assert "holds both mxnet and mxnet-cu112" in capsys.readouterr().err


def test_choosing_the_other_wheel_removes_the_first_and_is_remembered(project, fake, tmp_path):
    bootstrap.main(["--python", str(fake())])
    add_wheel(project / ".venv", "mxnet")
    assert bootstrap.main(["--mxnet", "cu112"]) == 0
    given = orders(tmp_path)
    assert "uninstall --yes mxnet mxnet-cu112" in given
    assert given[-1].endswith("[cu112,class,explore,features,test,dev]")
    assert bootstrap.main([]) == 0
    assert orders(tmp_path) == given


def test_ctrl_c_says_how_to_go_on(project, fake, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "install", interrupt)
    assert bootstrap.main(["--python", str(fake())]) == 130
    assert "run it again" in capsys.readouterr().err
    assert state(project / ".venv") == "installing"


def test_packages_of_the_surroundings_stay_outside(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "kept")
    env = bootstrap.environment()
    assert "PYTHONPATH" not in env and "PIP_TARGET" not in env
    assert env["PIP_USER"] == "0"
    assert env["PIP_INDEX_URL"] == "kept"


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("wrong", ["/bin/true", "/no/such/python", "two words"])
def test_make_refuses_a_wrong_python(wrong, tmp_path):
    done = subprocess.run(["make", "venv", f"PYTHON={wrong}", f"VENV={tmp_path}/venv"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert f"PYTHON={wrong} does not run: name a Python 3.10 to 3.13" in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_without_any_python_says_so():
    # Without what the make that may have started these tests was told, such as PYTHON=.
    alone = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "PYTHON")}
    words = [shutil.which("make"), "venv", "RUNNERS=", "VENV=nowhere"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, env=alone)
    assert done.returncode != 0
    assert "No Python was found: install one" in done.stderr


@pytest.mark.parametrize("name", ["bootstrap.py", "find_python.py"])
def test_old_pythons_can_read_the_tools(name):
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.YieldFrom, ast.Starred, ast.AsyncFunctionDef)
    tree = ast.parse((ROOT / "tools" / name).read_text())
    starred = [node.args for node in ast.walk(tree) if isinstance(node, ast.Call)]
    allowed = {id(arg) for args in starred for arg in args[-1:] if isinstance(arg, ast.Starred)}
    assert [node for node in ast.walk(tree) if isinstance(node, modern) and id(node) not in allowed] == []


def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_constraints_are_names_and_versions_and_nothing_else():
    pattern = r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.]*(; python_version (<|>=) \"3\.\d+\")?"
    assert [line for line in constraints() if not re.fullmatch(pattern, line)] == []


def test_the_exact_versions_of_setup_are_those_of_the_constraints():
    pins = set(re.findall(r'"([a-z0-9-]+==[0-9][^";]*)"', (ROOT / "setup.py").read_text()))
    assert "nvidia-cudnn-cu11==8.9.6.50" in pins
    assert pins <= set(constraints())


def test_the_installed_project_has_the_version_and_command_of_the_package():
    import gluon_alexnet

    assert importlib.metadata.version("gluon_alexnet") == gluon_alexnet.__version__
    (command,) = importlib.metadata.entry_points(group="console_scripts", name="gluon-alexnet")
    assert command.value == "gluon_alexnet.cli:main"


def installed_here():
    """{name: Distribution} of the Python that runs this."""
    # Once loaded, setuptools puts a folder of packages of its own on the path.
    places = [place for place in sys.path if "_vendor" not in place]
    return {canonicalize_name(one.metadata["Name"]): one for one in importlib.metadata.distributions(path=places)}


# What cannot be had as it is asked for: the OpenCV that needs a screen, and for Python 3.13 on a NumPy that has no wheel.
UNMET = {("gluoncv", "opencv-python"), ("mxnet", "numpy"), ("mxnet-cu112", "numpy")}


def test_all_that_is_installed_together_keeps_each_others_bounds():
    there = installed_here()
    unmet = set()
    for name, distribution in there.items():
        for requirement in map(Requirement, distribution.requires or ()):
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            other = there.get(canonicalize_name(requirement.name))
            if other is None or not requirement.specifier.contains(other.version, prereleases=True):
                unmet.add((name, canonicalize_name(requirement.name)))
    allowed = UNMET if sys.version_info >= (3, 13) else {pair for pair in UNMET if pair[0] == "gluoncv"}
    assert unmet <= allowed


def test_one_opencv_is_installed():
    names = {"opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"}
    assert names & installed_here().keys() == {"opencv-python-headless"}


def extras_of(distribution):
    """{extra: its Requirements} as the installed project says."""
    conditional = [one for one in map(Requirement, distribution.requires) if "extra" in str(one.marker)]
    return {
        extra: [one for one in conditional if one.marker.evaluate({"extra": extra})]
        for extra in distribution.metadata.get_all("Provides-Extra")
    }


def test_no_extra_asks_for_a_second_opencv_or_for_what_does():
    for extra, requirements in extras_of(installed_here()["gluon-alexnet"]).items():
        names = {canonicalize_name(one.name) for one in requirements}
        # GluonCV's wheel asks for the one that needs a screen.
        assert not names & {"opencv-python", "opencv-contrib-python", "gluoncv"}, extra


def test_every_extra_can_be_had_in_the_versions_of_the_constraints():
    pins = {}
    for line in map(Requirement, constraints()):
        if not line.marker or line.marker.evaluate():
            pins[canonicalize_name(line.name)] = str(line.specifier).removeprefix("==")
    for extra, requirements in extras_of(installed_here()["gluon-alexnet"]).items():
        for one in requirements:
            assert one.specifier.contains(pins[canonicalize_name(one.name)]), (extra, str(one))


@pytest.fixture
def lab(tmp_path):
    """Runs `make lab` in a checkout of its own, whose Jupyter prints how it was started; returns what it printed."""
    checkout, programs = tmp_path / "checkout", tmp_path / "checkout" / ".venv" / "bin"
    programs.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", checkout)
    for name in ("exercises/01_epochs.ipynb", "exercises/vi/01_epochs.ipynb"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("given")
    for name in ("exercises/README.ipynb", "exercises/vi/README.ipynb", "lesson/alexnet.ipynb", "lesson/vi/alexnet.ipynb"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    (programs / "jupyter-lab").write_text('#!/bin/sh\necho "$@"; command -v pytest\n')
    (programs / "pytest").write_text("#!/bin/sh\n")
    for name in ("jupyter-lab", "pytest"):
        (programs / name).chmod(0o755)

    def run(*words, path=os.environ["PATH"]):
        alone = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        words = [shutil.which("make"), "--old-file=venv", "lab", *words]
        return subprocess.run(words, cwd=checkout, env=alone | {"PATH": path}, capture_output=True, text=True, check=True).stdout

    return run


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_lab_opens_a_copy_and_never_writes_over_an_answer(lab, tmp_path):
    mine = tmp_path / "checkout" / "my-exercises"
    assert "--notebook-dir=my-exercises --LabApp.default_url=/lab/tree/README.ipynb" in lab()
    assert (mine / "vi" / "01_epochs.ipynb").read_text() == "given"
    (mine / "01_epochs.ipynb").write_text("answered")
    (mine / "vi" / "01_epochs.ipynb").unlink()
    lab()
    assert (mine / "01_epochs.ipynb").read_text() == "answered"
    assert (mine / "vi" / "01_epochs.ipynb").read_text() == "given"


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_lab_has_the_lesson_and_links_between_both(lab, tmp_path):
    lab()
    mine, steps = tmp_path / "checkout" / "my-exercises", [("README.ipynb", "lesson/alexnet.ipynb")]
    steps += [("vi/README.ipynb", "../lesson/vi/alexnet.ipynb"), ("lesson/alexnet.ipynb", "../README.ipynb")]
    steps += [("lesson/vi/alexnet.ipynb", "../../vi/README.ipynb"), ("lesson/alexnet.ipynb", "vi/alexnet.ipynb")]
    for name, link in steps:
        assert f"]({link})" in (mine / name).read_text(encoding="utf-8"), (name, link)
        assert (mine / name).parent.joinpath(link).is_file()
        assert "/exercises/" not in (mine / name).read_text(encoding="utf-8")
    assert {path.suffix for path in mine.rglob("*.*")} == {".ipynb"}


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_labs_notebooks_find_the_commands_of_the_environment(lab, tmp_path):
    assert lab().splitlines()[-1] == str(tmp_path / "checkout" / ".venv" / "bin" / "pytest")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(("user", "allowed"), [("0", True), ("1000", False)])
def test_jupyter_is_told_to_run_as_root_where_it_has_to(lab, tmp_path, user, allowed):
    (tmp_path / "fakes").mkdir()
    (tmp_path / "fakes" / "id").write_text(f"#!/bin/sh\necho {user}\n")
    (tmp_path / "fakes" / "id").chmod(0o755)
    assert ("--allow-root" in lab("ARGS=--no-browser", path=f"{tmp_path}/fakes:{os.environ['PATH']}")) is allowed


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    "name", ["my-exercises/02_simplify.ipynb", "grades.html", "alexnet.onnx", "lenet.safetensors", "alexnet.keras", "net.npz"]
)
def test_what_a_student_makes_does_not_dirty_the_clone(name):
    if subprocess.run(["git", "rev-parse", "--git-dir"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip("this is no clone")
    assert subprocess.run(["git", "check-ignore", "--quiet", name], cwd=ROOT).returncode == 0
