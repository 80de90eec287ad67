"""What `gluon-alexnet grade` does besides grading: single tasks, a file watched, results and autograders for other systems."""

from __future__ import annotations

import json

from gluon_alexnet.errors import UserError

FORMATS = ("gradescope", "prairielearn")


def add(sub):
    """Adds its options to the parser of `grade`."""
    sub.add_argument("--task", action="append", default=[], metavar="NAME", help="this task alone; may be said several times")
    sub.add_argument("--watch", action="store_true", help="grade one notebook each time it is saved, what was changed in it")
    sub.add_argument("--format", choices=FORMATS, help="write --report as the results.json that this system reads")
    told = "with --format: what had to be handed in, 0 points where it was not; may be said several times"
    sub.add_argument("--exercise", action="append", default=[], metavar="NAME", help=told)
    sub.add_argument("--gradescope", metavar="FILE.zip", help="write an autograder for Gradescope, of the exercises named")
    sub.add_argument("--github-classroom", metavar="FILE.yml", help="write a workflow for GitHub, a step for each of their tasks")


def check_class(arguments):
    """Raises UserError where something is asked for that a class graded into a folder does not have."""
    for name in ("task", "watch", "format", "exercise", "gradescope", "github_classroom"):
        if getattr(arguments, name):
            raise UserError(f"--{name.replace('_', '-')} and --out exclude one another: leave one away")


def instead(arguments, default, **limits):
    """What to call instead of grading, or None. default: the notebooks where none are named; limits: as for Grading."""
    if arguments.watch and (arguments.report or arguments.format):
        raise UserError("--watch writes no report: leave --report and --format away")
    if arguments.task and (arguments.format or arguments.gradescope or arguments.github_classroom):
        raise UserError("results and autograders for other systems are of whole exercises: leave --task away")
    if arguments.gradescope:
        return lambda: _gradescope(arguments, default)
    if arguments.github_classroom:
        return lambda: _github(arguments, default)
    if arguments.format:
        return lambda: _upload(arguments, **limits)
    if arguments.watch:
        return lambda: _watch(arguments, **limits)
    if arguments.exercise:
        raise UserError("--exercise says what had to be handed in, for --format: name the notebook itself")
    return None


def check_tasks(names):
    """Raises UserError where no exercise has a task that is called so."""
    from gluon_alexnet.grading import exercise

    for name in names:
        exercise.having(name)


def outcome(results, tasks):
    """The exit code: 0 where every point that was asked for was earned. results: as dicts; tasks: the names asked for."""
    graded = {task["task"] for result in results for task in result["tasks"]}
    for name in tasks:
        if name not in graded and not any(result["error"] for result in results):
            print(f"no notebook here has the task {name!r}")
    full = all(result["earned"] == result["points"] if tasks and result["tasks"] else result["full"] for result in results)
    return 0 if full and {*tasks} <= graded else 1


def _exercises(arguments, default):
    return [] if arguments.notebooks == default else arguments.notebooks


def _gradescope(arguments, default):
    from gluon_alexnet.classroom import gradescope
    from gluon_alexnet.grading.grade import MEMORY_LIMIT, TIME_LIMIT

    options = []
    for option, value, usual in (
        ("--time-limit", arguments.time_limit, TIME_LIMIT),
        ("--memory-limit", arguments.memory_limit, MEMORY_LIMIT),
    ):
        if value != usual:
            options += [option, f"{value:g}"]
    path = gradescope.build(arguments.gradescope, _exercises(arguments, default), options, arguments.exercises)
    print(f"{path}: upload it under Configure Autograder; docs/class.md tells which settings it needs")


def _github(arguments, default):
    from gluon_alexnet.classroom import github

    if arguments.exercises:
        raise UserError("a student's repository cannot hold your own checks, which its workflow needs: leave --exercises away")
    path = github.build(arguments.github_classroom, _exercises(arguments, default), arguments.time_limit)
    print(f"{path}: say in it where pip finds the package, and put it into the repository as .github/workflows/classroom.yml")


def _upload(arguments, **limits):
    from gluon_alexnet import files_io
    from gluon_alexnet.classroom import gradescope, prairielearn, upload

    if not arguments.report:
        raise UserError(f"--format {arguments.format} needs --report results.json, the file to write")
    results = {"gradescope": gradescope, "prairielearn": prairielearn}[arguments.format].results

    def write(judged):
        files_io.write_text(arguments.report, json.dumps(results(judged), ensure_ascii=False, indent=1) + "\n")

    judged = upload.judge(arguments.notebooks, arguments.exercise, write, **limits)
    write(judged)
    print("\n".join([f"{judged.earned:g}/{judged.possible:g}", *judged.sentences, f"report: {arguments.report}"]))


def _watch(arguments, **limits):
    import signal

    from gluon_alexnet.grading import watch

    # Ended from outside, it finishes as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if len(arguments.notebooks) != 1:
        raise UserError("--watch looks at one notebook: name one")
    return watch.watch(arguments.notebooks[0], arguments.task, **limits)
