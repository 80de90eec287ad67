"""gluon-alexnet regrade."""

EXAMPLES = """examples:
  gluon-alexnet regrade graded/ --dry-run               who would gain and who would lose, and nothing else
  gluon-alexnet regrade graded/                         after a check was mended: what it touches, and the tables and pages

graded/ is what `gluon-alexnet grade class/ --out graded/` wrote. docs/class.md tells more."""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(regrade, "grade a class again where a check was mended", EXAMPLES)
    sub.add_argument("folder", metavar="DIR", help="the folder that the class was graded into")
    sub.add_argument("--dry-run", action="store_true", help="write nothing but the table, as regrade-preview.csv")
    told = "this task too, whatever has changed; may be said several times"
    sub.add_argument("--task", action="append", default=[], metavar="NAME", help=told)
    sub.add_argument("--exercises", metavar="DIR", help="your own exercises, if they lie elsewhere than before")
    sub.add_argument("--unconfined", action="store_true", help="also on a machine that has no box for answers")


def regrade(arguments):
    import signal

    from gluon_alexnet.classroom import regrade

    # Ended from outside, it finishes as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def say(text):
        print(text, flush=True)

    told = (arguments.folder, arguments.task, arguments.exercises, arguments.dry_run, arguments.unconfined)
    return regrade.regrade(*told, say=say)
