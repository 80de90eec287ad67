"""gluon-alexnet grade."""

from gluon_alexnet.cli import grade_more
from gluon_alexnet.errors import UserError

EXAMPLES = """examples:
  gluon-alexnet grade exercises/02_simplify.ipynb
  gluon-alexnet grade exercises/04_cost.ipynb --task cost
  gluon-alexnet grade exercises/04_cost.ipynb --watch   again each time it is saved
  gluon-alexnet grade class/ --report grades.html       every notebook below class/
  gluon-alexnet grade class/ more.zip --out graded/     tables, a page for the class and one for each student in graded/

`pytest --nbval exercises/02_simplify.ipynb` shows the same score. docs/class.md tells how a class is graded."""
MINE = "my-exercises"
# These make sense for a class alone: option -> what argparse calls it.
OF_A_CLASS = {
    "--roster": "roster",
    "--pattern": "pattern",
    "--due": "due",
    "--comments": "comments",
    "--anonymous": "anonymous",
    "--cluster": "cluster",
    "--language": "language",
}


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(grade, "grade notebooks of the exercises", EXAMPLES)
    sub.add_argument("notebooks", nargs="*", default=[MINE], help=f"notebooks, or folders of them ({MINE}/, from `make lab`)")
    sub.add_argument("--report", metavar="FILE", help="write the grades to FILE, .json or .html")
    sub.add_argument("--details", action="store_true", help="what was wrong, also where there are several notebooks")
    sub.add_argument("--time-limit", type=float, metavar="SECONDS", help="of computing, for each task (60)")
    sub.add_argument("--memory-limit", type=float, metavar="GB", help="address space for each task (6)")
    sub.add_argument("--exercises", metavar="DIR", help="a teacher's own, made by `gluon-alexnet exercise build`")
    sub.add_argument("--seed", type=int, metavar="N", help="draw the inputs of an earlier grading again")
    grade_more.add(sub)
    box = "a class too on a machine that has no box for answers (see `gluon-alexnet doctor`)"
    sub.add_argument("--unconfined", action="store_true", help=box)
    sub.add_argument("--jobs", type=int, metavar="N", help="notebooks graded at a time (1; with --out one a core)")
    add_class(sub.add_argument_group("a whole class"))


def add_class(sub):
    """The options that need --out."""
    sub.add_argument("--out", metavar="DIR", help="grade a class into DIR, or go on there: tables, pages, a journal")
    sub.add_argument("--roster", metavar="FILE.csv", help="who is in the class: who has not handed in gets a row too")
    sub.add_argument("--pattern", metavar="REGEX", help="of file names, with the groups (?P<student>...) and (?P<exercise>...)")
    sub.add_argument("--due", metavar="DATE|FILE.csv", help="when it was due, and who had longer")
    sub.add_argument("--comments", metavar="FILE.csv", help="your remarks and points: student, exercise, task, points, comment")
    sub.add_argument("--anonymous", action="store_true", help="codes in the place of names")
    sub.add_argument("--language", choices=("en", "vi"), help="of the page of the class (en)")
    sub.add_argument("--cluster", metavar="ADDRESS", help="grade on the workers of the Dask scheduler at ADDRESS")


def grade(arguments):
    if not arguments.out:
        return grade_notebooks(arguments)
    grade_more.check_class(arguments)
    return grade_class(arguments)


def grade_class(arguments):
    from pathlib import Path

    from gluon_alexnet.classroom import gradebook
    from gluon_alexnet.files_io import user_path

    if arguments.report:
        raise UserError("--out writes pages and tables of its own: leave --report away")
    told = gradebook.Told(
        user_path(arguments.out),
        tuple(map(Path, arguments.notebooks)),
        seed=arguments.seed,
        time_limit=arguments.time_limit,
        memory_limit=arguments.memory_limit,
        jobs=arguments.jobs,
        cluster=arguments.cluster or "",
        pattern=arguments.pattern,
        roster=arguments.roster,
        due=arguments.due,
        comments=arguments.comments,
        exercises=arguments.exercises,
        unconfined=arguments.unconfined,
        anonymous=arguments.anonymous or None,
        language=arguments.language,
        details=arguments.details,
    )
    return gradebook.run(told, lambda line: print(line, flush=True))


def grade_notebooks(arguments):
    import signal

    from gluon_alexnet.grading import exercise, grade, report, submissions

    for name, usual in (("time_limit", grade.TIME_LIMIT), ("memory_limit", grade.MEMORY_LIMIT)):
        if getattr(arguments, name) is None:
            setattr(arguments, name, usual)
    if arguments.exercises:
        exercise.use(arguments.exercises)
    alone = [option for option, name in OF_A_CLASS.items() if getattr(arguments, name)]
    if alone:
        raise UserError(f"{' and '.join(alone)} {'need' if len(alone) > 1 else 'needs'} --out DIR, a folder for the class")
    limits = dict(time_limit=arguments.time_limit, memory_limit=arguments.memory_limit, seed=arguments.seed)
    grade.check_limits(**limits)
    grade_more.check_tasks(arguments.task)
    other = grade_more.instead(arguments, [MINE], **limits)
    if other:
        return other()
    report.check_path(arguments.report)
    found, left_out = submissions.find(arguments.notebooks)
    if not found:
        names = ", ".join(map(str, arguments.notebooks))
        raise UserError(f"there is no notebook in {names}: name .ipynb files or a folder of them")
    lacking = grade.check_class(arguments.unconfined) if len(found) > 1 else ""
    if lacking:
        print(lacking)
    details, results, whole = arguments.details or len(found) == 1, [], False
    # Ended from outside, it finishes as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for result in results_of(found, arguments, limits):
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


def results_of(found, arguments, limits):
    """The Results as dicts of the notebooks `found`, as they are graded: here, or by several processes."""
    from gluon_alexnet.classroom import jobs
    from gluon_alexnet.grading import grade, submissions

    jobs.check(arguments.jobs)
    apart = submissions.folders(arguments.notebooks)
    if (arguments.jobs or 1) == 1 or arguments.task:
        yield from grade.grade_all(found, tasks=arguments.task, apart=apart, **limits)
        return
    seed = limits.pop("seed")
    told = {"apart": list(map(str, apart)), "limits": limits, "seed": seed, "exercises": arguments.exercises}
    told["unconfined"] = arguments.unconfined
    with jobs.Pool(min(arguments.jobs, len(found)), told) as pool:
        for _, judged in jobs.graded(pool, found):
            yield judged["result"]
