"""gluon-alexnet --print-completion: the script by which a shell completes the words of the commands."""

import argparse
import sys

SHELLS = ("bash", "zsh", "tcsh")


class PrintCompletion(argparse.Action):
    """Prints the script for the shell that it is given, and ends the program."""

    def __call__(self, parser, namespace, shell, option=None):
        try:
            import shtab
        except ImportError as error:
            parser.exit(1, f"{parser.prog}: completion needs shtab ({error}): pip install shtab\n")
        teach(parser, shtab)
        try:
            print(shtab.complete(parser, shell), flush=True)
        except BrokenPipeError:
            # The reader of our output has seen enough.
            sys.stdout = None
        parser.exit()


def teach(parser, shtab):
    """Says of each argument of the commands of `parser` what it may be, as shtab asks for it."""
    known = words()
    for action in (action for command in commands_of(parser) for action in command._actions):
        if action.choices or action.nargs == 0:
            continue
        if action.dest in known:
            action.choices = known[action.dest]
        elif action.metavar == "DIR" or action.dest in ("run", "runs"):
            action.complete = shtab.DIRECTORY
        elif "FILE" in (action.metavar or "") or not action.option_strings:
            action.complete = shtab.FILE


def commands_of(parser):
    """The parsers of all commands of `parser`, and of the commands that one is made of."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield command
                yield from commands_of(command)


def words():
    """{name of an argument: the words that it takes} of those that the library checks, and not argparse."""
    from gluon_alexnet import models, recipes, settings
    from gluon_alexnet.data import augment
    from gluon_alexnet.fast import PRECISIONS
    from gluon_alexnet.grading import exercise

    exercises = exercise.list_exercises()
    return {
        "activation": models.ACTIVATIONS,
        "augment": tuple(augment.KNOWN),
        "device": ("auto", "cpu", "gpu"),
        "engine": settings.ENGINES,
        "exercise": exercises,
        "initializer": settings.INITIALIZERS,
        "model": models.list_models(),
        "name": models.list_models(),
        "optimizer": tuple(settings.OPTIMIZERS),
        "precision": PRECISIONS,
        "recipe": tuple(recipes.RECIPES),
        "schedule": settings.SCHEDULES,
        "task": [task.name for name in exercises for task in exercise.load(name).tasks],
        "threads": ("auto",),
    }
