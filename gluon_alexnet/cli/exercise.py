"""gluon-alexnet exercise build and exercise lint."""

EXAMPLES = """examples:
  gluon-alexnet exercise build my_exercise.py --out course      notebooks for students in course/handout/
  gluon-alexnet exercise lint my_exercise.py                    what of the checks is too weak
  gluon-alexnet grade class/ --exercises course"""
BUILD = """example:
  gluon-alexnet exercise build my_exercise.py --out course

It makes course/handout/NAME.ipynb (English) and course/handout/vi/NAME.ipynb (Vietnamese) for students, or the one language that
the source has; course/solutions/ and course/checks/ stay with you."""

LINT = """example:
  gluon-alexnet exercise lint my_exercise.py --task my_task

A line for each finding: a wrong answer that gets full marks, a solution that does not always get them, a check that asks nothing,
a cell that gets points as it is handed out, a practice check that prints nothing. Exit code 1 where there is one."""


def add(command):
    """Adds the commands, by `command(function, help, examples)`, which makes their parser."""
    group = command(exercise, "make an exercise of your own, or try how good its checks are", EXAMPLES)
    parts = group.add_subparsers(title="commands", metavar="COMMAND", required=True, help="build or lint")
    sub = command(build, "make notebooks of the source of an exercise, and what grades them", BUILD, parts)
    sub.add_argument("source", metavar="FILE", help="the source, such as my_exercise.py")
    sub.add_argument("--out", metavar="DIR", required=True, help="folder for what is made")
    sub.add_argument("--force", action="store_true", help="write over notebooks for students that somebody has answered in")
    sub.add_argument("--execute", action="store_true", help="execute the solution even where its code has not changed")
    sub = command(lint, "try how good the checks of an exercise are, by wrong answers made of its solution", LINT, parts)
    sub.add_argument("sources", nargs="+", metavar="FILE", help="sources, such as my_exercise.py")
    sub.add_argument("--task", action="append", default=[], metavar="NAME", help="this task only; may be given several times")
    sub.add_argument("--details", action="store_true", help="name the wrong answers too that do what the solution does")
    sub.add_argument("--thorough", action="store_true", help="as many seeds and wrong answers where checks take seconds")


def exercise(arguments):
    """Never called: one of its parts is."""


def build(arguments):
    from gluon_alexnet.authoring import build

    for path in build.build(arguments.source, arguments.out, arguments.force, arguments.execute):
        print(path)


def lint(arguments):
    from gluon_alexnet.authoring import lint

    count = 0
    for source in arguments.sources:

        def told(tried):
            for finding in tried.findings:
                print(finding, flush=True)
            if arguments.details:
                print(f"{tried.task}: {tried.mutants} mutants, {tried.seeds} seeds, {tried.seconds:.1f} s", flush=True)
            for label in tried.same if arguments.details else ():
                print(f"{tried.task}: answers as the solution does: {label}", flush=True)

        done = lint.lint(source, arguments.task, arguments.thorough, told)
        count += sum(len(each.findings) for each in done)
        print(lint.summary(source, done), flush=True)
    return 1 if count else 0
