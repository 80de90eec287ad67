"""gluon-alexnet grade."""

from gluon_alexnet.cli import grade_more
from gluon_alexnet.errors import UserError

DEFAULT = ["my-exercises"]

EXAMPLES = """examples:
  gluon-alexnet grade exercises/02_simplify.ipynb
  gluon-alexnet grade exercises/04_cost.ipynb --task cost
  gluon-alexnet grade exercises/04_cost.ipynb --watch   again each time it is saved
  gluon-alexnet grade class/ --report grades.html       every notebook below class/

`pytest --nbval exercises/02_simplify.ipynb` shows the same score."""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(grade, "grade notebooks of the exercises", EXAMPLES)
    told = "notebooks, or folders of them (my-exercises/, from `make lab`)"
    sub.add_argument("notebooks", nargs="*", default=DEFAULT, help=told)
    sub.add_argument("--report", metavar="FILE", help="write the grades to FILE, .json or .html")
    sub.add_argument("--details", action="store_true", help="what was wrong, also where there are several notebooks")
    sub.add_argument("--time-limit", type=float, default=60.0, metavar="SECONDS", help="of computing, for each task (60)")
    sub.add_argument("--memory-limit", type=float, default=6.0, metavar="GB", help="address space for each task (6)")
    sub.add_argument("--seed", type=int, metavar="N", help="draw the inputs of an earlier grading again")
    grade_more.add(sub)


def grade(arguments):
    import signal

    from gluon_alexnet.grading import grade, report, submissions

    limits = dict(time_limit=arguments.time_limit, memory_limit=arguments.memory_limit, seed=arguments.seed)
    grade.check_limits(**limits)
    grade_more.check_tasks(arguments.task)
    other = grade_more.instead(arguments, DEFAULT, **limits)
    if other:
        return other()
    report.check_path(arguments.report)
    found, left_out = submissions.find(arguments.notebooks)
    if not found:
        names = ", ".join(map(str, arguments.notebooks))
        raise UserError(f"there is no notebook in {names}: name .ipynb files or a folder of them")
    details, results, whole = arguments.details or len(found) == 1, [], False
    # Ended from outside, it finishes as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        apart = submissions.folders(arguments.notebooks)
        for result in grade.grade_all(found, arguments.task, apart=apart, **limits):
            results.append(result)
            if arguments.report:
                report.write(arguments.report, results)
            print("\n".join(report.summary(result) if details else [report.line(result)]), flush=True)
        whole = True
    finally:
        if len(found) > 1:
            print(report.total(results))
        if not whole:
            print(f"stopped: {len(found) - len(results):,} of {len(found):,} notebooks were not graded")
        for line in report.left_out(left_out):
            print(line)
        if arguments.report and results:
            print(f"report: {arguments.report}")
    return grade_more.outcome(results, arguments.task)
