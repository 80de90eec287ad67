"""The workflow for GitHub: what its documentation asks for, and its commands run here."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gluon_alexnet import cli
from gluon_alexnet.classroom import github
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise

ROOT = Path(__file__).resolve().parent.parent.parent
# The inputs that classroom-resources/autograding-command-grader documents.
INPUTS = {"test-name", "setup-command", "command", "timeout", "max-score"}
GRADER = "classroom-resources/autograding-command-grader@v1"


def parsed(*names, **more):
    return yaml.safe_load(github.workflow(names, **more))


def steps(workflow):
    """(the steps that grade, the reporter)."""
    graders = [step for step in workflow["jobs"]["run-autograding-tests"]["steps"] if step.get("uses") == GRADER]
    (reporter,) = [step for step in workflow["jobs"]["run-autograding-tests"]["steps"] if "reporter" in step.get("uses", "")]
    return graders, reporter


def test_names_are_those_that_the_reporter_asks_for():
    workflow = parsed("04_cost")
    assert workflow["name"] == "Autograding Tests"
    assert [*workflow["jobs"]] == ["run-autograding-tests"]
    assert "push" in workflow[True]  # YAML 1.1 reads `on` as true, as GitHub's own examples are read by it


def test_each_task_is_a_step_with_its_points():
    graders, _ = steps(parsed("04_cost"))
    # The points of 04's eight tasks: 20 in all.
    assert [step["with"]["max-score"] for step in graders] == [2, 2, 2, 2, 3, 3, 3, 3]
    assert all({*step["with"]} <= INPUTS for step in graders)
    assert all(isinstance(step["with"]["timeout"], int) and 0 < step["with"]["timeout"] <= 360 for step in graders)


@pytest.mark.parametrize("names", [("04_cost",), tuple(exercise.list_exercises())])
def test_the_reporter_reads_the_result_of_each_step(names):
    graders, reporter = steps(parsed(*names))
    ids = [step["id"] for step in graders]
    assert len({*ids}) == len(ids) == sum(len(exercise.load(name).tasks) for name in names)
    assert reporter["uses"] == "classroom-resources/autograding-grading-reporter@v1"
    assert reporter["with"]["runners"].split(",") == ids
    # The reporter looks for RUNNER-ID in capitals, then _RESULTS.
    assert reporter["env"] == {f"{each.upper()}_RESULTS": "${{steps." + each + ".outputs.result}}" for each in ids}


def test_a_name_that_two_exercises_have_is_told_apart(monkeypatch):
    one = exercise.load("04_cost")
    monkeypatch.setattr(github.exercises, "list_exercises", lambda: ["04_cost", "05_again"])
    monkeypatch.setattr(github.exercises, "load", lambda name: one)
    graders, _ = steps(parsed("04_cost", "05_again"))
    assert len({step["id"] for step in graders}) == 2 * len(one.tasks)
    assert all(step["id"][0].isalpha() for step in graders)


def test_its_commands_run_and_tell_a_right_answer_from_none_by_their_exit_code(tmp_path, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")
    command = steps(parsed("04_cost"))[0][2]["with"]["command"]
    words = shlex.split(command)
    assert words[0] == "gluon-alexnet"
    codes = []
    for folder in ("solutions", "exercises"):
        shutil.copy(ROOT / folder / "04_cost.ipynb", tmp_path)
        done = subprocess.run([sys.executable, "-m", "gluon_alexnet", *words[1:]], cwd=tmp_path, capture_output=True, text=True)
        assert "3. Multiply-adds" in done.stdout
        codes.append(done.returncode)
    assert codes == [0, 1]


def test_the_command_writes_it(tmp_path, capsys):
    path = tmp_path / "classroom.yml"
    assert cli.main(["grade", "--github-classroom", str(path), "04_cost", "02_simplify"]) == 0
    assert yaml.safe_load(path.read_text(encoding="utf-8")) == parsed("04_cost", "02_simplify")
    assert ".github/workflows/classroom.yml" in capsys.readouterr().out


def test_without_an_exercise_or_with_another_ending_it_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="name the exercises that the workflow grades, such as 00_convolution"):
        github.build(tmp_path / "a.yml", [])
    with pytest.raises(UserError, match="must end in .yml"):
        github.build(tmp_path / "a.txt", ["04_cost"])
    with pytest.raises(UserError, match="there is no exercise '04': take one of 00_convolution"):
        github.build(tmp_path / "a.yml", ["04"])
