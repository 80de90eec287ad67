"""gluon-alexnet grade."""

from gluon_alexnet.errors import UserError

EXAMPLES = """examples:
  gluon-alexnet grade exercises/02_simplify.ipynb
  gluon-alexnet grade class/ --report grades.html       every notebook below class/

`pytest --nbval exercises/02_simplify.ipynb` shows the same score."""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(grade, "grade notebooks of the exercises", EXAMPLES)
    mine = ["my-exercises"]
    sub.add_argument("notebooks", nargs="*", default=mine, help="notebooks, or folders of them (my-exercises/, from `make lab`)")
    sub.add_argument("--report", metavar="FILE", help="write the grades to FILE, .json or .html")
    sub.add_argument("--details", action="store_true", help="what was wrong, also where there are several notebooks")
    sub.add_argument("--time-limit", type=float, default=60.0, metavar="SECONDS", help="of computing, for each task (60)")
    sub.add_argument("--memory-limit", type=float, default=6.0, metavar="GB", help="address space for each task (6)")
    sub.add_argument("--exercises", metavar="DIR", help="a teacher's own, made by `gluon-alexnet exercise build`")
    sub.add_argument("--seed", type=int, metavar="N", help="draw the inputs of an earlier grading again")


def grade(arguments):
    import signal

    from gluon_alexnet.grading import exercise, grade, report, submissions

    if arguments.exercises:
        exercise.use(arguments.exercises)
    report.check_path(arguments.report)
    limits = dict(time_limit=arguments.time_limit, memory_limit=arguments.memory_limit, seed=arguments.seed)
    grade.check_limits(**limits)
    found, left_out = submissions.find(arguments.notebooks)
    if not found:
        names = ", ".join(map(str, arguments.notebooks))
        raise UserError(f"there is no notebook in {names}: name .ipynb files or a folder of them")
    details, results = arguments.details or len(found) == 1, []
    # Ended from outside, it finishes as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for result in grade.grade_all(found, apart=submissions.folders(arguments.notebooks), **limits):
            results.append(result)
            if arguments.report:
                report.write(arguments.report, results)
            print("\n".join(report.summary(result) if details else [report.line(result)]), flush=True)
    finally:
        if len(found) > 1:
            print(report.total(results))
        if len(results) < len(found):
            print(f"stopped: {len(found) - len(results):,} of {len(found):,} notebooks were not graded")
        for line in report.left_out(left_out):
            print(line)
        if arguments.report and results:
            print(f"report: {arguments.report}")
    return 0 if all(result["full"] for result in results) else 1
