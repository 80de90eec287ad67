"""gluon-alexnet exercise build and exercise lint."""

EXAMPLES = """examples:
  gluon-alexnet exercise build my_exercise.py --out course      notebooks for students in course/handout/
  gluon-alexnet exercise lint my_exercise.py                    what of the checks is too weak
  gluon-alexnet grade class/ --exercises course"""
BUILD = """example:
  gluon-alexnet exercise build my_exercise.py --out course

It makes course/handout/NAME.ipynb (English) and course/handout/vi/NAME.ipynb (Vietnamese) for students, or the one language that
the source has; course/solutions/ and course/checks/ stay with you."""


def add(command):
    """Adds the commands, by `command(function, help, examples)`, which makes their parser."""
    group = command(exercise, "make an exercise of your own, or try how good its checks are", EXAMPLES)
    parts = group.add_subparsers(title="commands", metavar="COMMAND", required=True, help="build or lint")
    sub = command(build, "make notebooks of the source of an exercise, and what grades them", BUILD, parts)
    sub.add_argument("source", metavar="FILE", help="the source, such as my_exercise.py")
    sub.add_argument("--out", metavar="DIR", required=True, help="folder for what is made")
    sub.add_argument("--force", action="store_true", help="write over notebooks for students that somebody has answered in")
    sub.add_argument("--execute", action="store_true", help="execute the solution even where its code has not changed")


def exercise(arguments):
    """Never called: one of its parts is."""


def build(arguments):
    from gluon_alexnet.authoring import build

    for path in build.build(arguments.source, arguments.out, arguments.force, arguments.execute):
        print(path)
