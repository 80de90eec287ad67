"""GitHub Classroom: a workflow with a step for each task, as its own autograders are called.

The documentation: https://github.com/classroom-resources/autograding-command-grader and autograding-grading-reporter.
GitHub ended the service Classroom in August 2026; the workflow itself runs on GitHub Actions wherever it lies in a repository.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError, unknown
from gluon_alexnet.grading import exercise as exercises

if TYPE_CHECKING:
    from pathlib import Path

    from gluon_alexnet.hints import PathLike

# MXNet and GluonCV without what they ask for, as the README has it.
INSTALL = (
    'python -m pip install "gluon_alexnet[cpu,exercises] @ ${PACKAGE}"'
    " && python -m pip install --no-deps mxnet==1.9.1 gluoncv==0.10.5.post0"
)
# The name of the workflow and that of its one job are those that the reporter asks for.
HEAD = """\
# {what}, made by `gluon-alexnet grade --github-classroom`. It belongs in .github/workflows/classroom.yml.
# A task has its points or none: the command grader knows no parts. Its log says what was wrong.
name: Autograding Tests
on:
  - push
  - workflow_dispatch
permissions:
  actions: read
  contents: read
env:
  # Where pip finds the package: put the address of your own repository here.
  PACKAGE: git+https://github.com/OWNER/REPOSITORY
jobs:
  run-autograding-tests:
    runs-on: ubuntu-22.04
    if: github.actor != 'github-classroom[bot]'
    steps:
      - name: Checkout code
        uses: actions/checkout@v4
      - name: Python
        uses: actions/setup-python@v5
        with:
          python-version: '3.11'
      - name: Install
        run: {install}
"""
STEP = """\
      - name: {title}
        id: {id}
        uses: classroom-resources/autograding-command-grader@v1
        with:
          test-name: {title}
          command: {command}
          timeout: {minutes}
          max-score: {points}
"""
REPORTER = """\
      - name: Autograding Reporter
        uses: classroom-resources/autograding-grading-reporter@v1
        env:
{results}
        with:
          runners: {runners}
"""


def build(path: PathLike, names: Sequence[str], time_limit: float = 60.0) -> Path:
    """Writes the workflow for the exercises called `names` at `path`; their notebooks lie at the top of a student's repository.

    time_limit: seconds of computing for each task. Raises UserError where there is no such exercise.
    """
    path = files_io.user_path(path)
    if path.suffix not in (".yml", ".yaml"):
        raise UserError(f"the workflow {path} must end in .yml")
    if not names:
        raise UserError(f"name the exercises that the workflow grades, such as {exercises.list_exercises()[0]}")
    files_io.write_text(path, workflow(names, time_limit))
    return path


def workflow(names: Sequence[str], time_limit: float = 60.0) -> str:
    """The workflow as YAML."""
    known = exercises.list_exercises()
    for name in names:
        if name not in known:
            raise unknown("exercise", name, known)
    steps = list(_steps(names, time_limit))
    ids = [str(step["id"]) for step in steps]
    told = "\n".join(f"          {each.upper()}_RESULTS: {_quoted('${{steps.' + each + '.outputs.result}}')}" for each in ids)
    head = HEAD.format(what=", ".join(names), install=_quoted(INSTALL))
    return head + "".join(STEP.format(**step) for step in steps) + REPORTER.format(results=told, runners=",".join(ids))


def _steps(names: Sequence[str], time_limit: float) -> Iterator[dict[str, object]]:
    tasks = [(name, task) for name in names for task in exercises.load(name).tasks]
    often = [task.name for _, task in tasks]
    for name, task in tasks:
        # An id begins with a letter, and the exercises' names do not.
        id = task.name if often.count(task.name) == 1 else f"exercise-{name}-{task.name}"
        command = shlex.join(["gluon-alexnet", "grade", f"{name}.ipynb", "--task", task.name, "--time-limit", f"{time_limit:g}"])
        # What a task builds on is graded with it, and a net may train for four times the limit; MXNet takes a minute to start.
        minutes = math.ceil(time_limit * 4 * task.number / 60) + 2
        title = f"{name} {task.number}. {task.title.en}"
        yield dict(id=id, title=_quoted(title), command=_quoted(command), minutes=minutes, points=task.points)


def _quoted(text):
    # A text of JSON is one of YAML.
    return json.dumps(text, ensure_ascii=False)
