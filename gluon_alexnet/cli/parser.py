"""The command line: its commands put together, and what a command comes to told by the exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gluon_alexnet.cli import carry, check_data, compare, exercise, explore, grade, look, machine, records, regrade, train
from gluon_alexnet.cli.completion import SHELLS, PrintCompletion
from gluon_alexnet.errors import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line `argv` (sys.argv[1:] unless given) and returns its exit code.

    0 when done, 1 when it could not be, 2 for words that are not understood, 130 after Ctrl-C. Errors are one line on stderr.
    """
    arguments = build().parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):
        # A file's name need not be UTF-8.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = arguments.command(arguments) or 0
        if sys.stdout:
            # A pipe that nobody reads any more may say so only now.
            sys.stdout.flush()
        return status
    except UserError as error:
        if arguments.debug:
            raise
        print(f"gluon-alexnet: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output, such as `head`, has seen enough.
        sys.stdout = None
        return 0
    except Exception as error:
        if arguments.debug:
            raise
        reason = (str(error).strip().splitlines() or [""])[0]
        print(f"gluon-alexnet: {type(error).__name__}: {reason} (a fault of ours: --debug shows where)", file=sys.stderr)
        return 1


class Parser(argparse.ArgumentParser):
    """argparse, with its errors in one line like all others."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` tells what can be said\n")


def build():
    """The Parser of all commands; what it makes of words has the command's function as `command`."""
    from gluon_alexnet import __version__

    parser = Parser(
        prog="gluon-alexnet",
        description="AlexNet in MXNet Gluon: train it on Fashion-MNIST, look into it, use it.",
        epilog="`gluon-alexnet COMMAND --help` tells more, with an example.",
    )
    parser.add_argument("--version", action="version", version=f"gluon_alexnet {__version__}")
    # As `--version`, it leaves nothing in what a command is given.
    nothing = dict(dest=argparse.SUPPRESS, default=argparse.SUPPRESS)
    help = "print what completes the commands in bash, zsh or tcsh"
    parser.add_argument("--print-completion", action=PrintCompletion, choices=SHELLS, metavar="SHELL", help=help, **nothing)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(function, help, examples, among=commands):
        sub = among.add_parser(
            function.__name__.replace("_", "-"),
            help=help,
            description=help[0].upper() + help[1:] + ".",
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=function)
        sub.add_argument("--debug", action="store_true", help="show the traceback of an error")
        return sub

    for group in (train, look, explore, compare, machine, grade, regrade, exercise, carry, records, check_data):
        group.add(command)
    return parser
