"""gluon-alexnet compare."""

import json

from gluon_alexnet.cli.options import which_net

EXAMPLES = """examples:
  gluon-alexnet compare runs/seed-0 runs/seed-1 runs/seed-2
  gluon-alexnet compare runs/* --out luck.html --json luck.json"""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(compare, "show what is luck in several runs, and which labels they all contradict", EXAMPLES)
    sub.add_argument("runs", nargs="+", metavar="RUN", help="folders of two runs or more, best of one recipe from several seeds")
    sub.add_argument("--out", metavar="FILE", help="the page (compare.html in the folder of the first run)")
    sub.add_argument("--json", metavar="FILE", help="write the figures and the contradicted pictures here too")
    which_net(sub)


def compare(arguments):
    from gluon_alexnet import files_io
    from gluon_alexnet.compare import compare
    from gluon_alexnet.pictures import agreement
    from gluon_alexnet.settings import Settings

    Settings(device=arguments.device, precision=arguments.precision)
    # Before the nets answer, which may take minutes.
    told = None if arguments.json is None else files_io.check_file(arguments.json)
    page, found, runs = compare(
        arguments.runs, arguments.out, arguments.data, arguments.device, arguments.precision, arguments.checkpoint
    )
    print(agreement.summary(found, runs))
    if told:
        files_io.write_text(told, json.dumps(agreement.to_dict(found, runs), indent=1) + "\n")
    print(f"the page is {page}")
