"""gluon-alexnet explore: a look inside a trained net, as a page that this machine serves or as a file."""

import argparse
import os
import sys

from gluon_alexnet.cli.options import count
from gluon_alexnet.errors import UserError

EXAMPLES = """examples:
  gluon-alexnet explore runs/alexnet-20260101-120000
  gluon-alexnet explore --images photos/ --language vi
  gluon-alexnet explore --out inside.html              one file that needs no server"""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes a parser."""
    sub = command(explore, "look inside a trained net, layer by layer, in a browser", EXAMPLES)
    sub.add_argument("run", nargs="?", help="folder of the run (the newest below runs/)")
    sub.add_argument("--images", nargs="+", metavar="FILE", help="pictures, or folders (the first test image of each class)")
    sub.add_argument("--data", metavar="DIR", help="folder of the Fashion-MNIST files, or records:PATH")
    sub.add_argument("--checkpoint", default="last", choices=("last", "best", "average"), help="default: last")
    sub.add_argument("--count", type=count, metavar="N", help="training pictures to look through for what excites channels")
    sub.add_argument("--language", choices=("en", "vi"), default="en", help="that in which the page begins (en)")
    sub.add_argument("--port", type=port, default=0, metavar="N", help="of this machine (any that is free)")
    sub.add_argument("--no-browser", action="store_true", help="only print the address")
    sub.add_argument("--out", metavar="FILE.html", help="write a file instead, with the answers that its reader can ask for")
    sub.add_argument("--megabytes", type=count, metavar="N", help="how large that file may be (16)")


def port(text):
    number = int(text)
    if not 0 <= number < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port: they go from 0 to 65535")
    return number


def explore(arguments):
    from gluon_alexnet import files_io
    from gluon_alexnet.explore import opening, recording, server

    out = arguments.out
    if out is None:
        if arguments.megabytes:
            raise UserError("--megabytes is for the page that --out writes: name it with --out")
        server.need()
    else:
        # Before what may take minutes.
        out = files_io.check_file(out)
    explorer = opening.of_run(
        arguments.run,
        arguments.images,
        data=arguments.data,
        checkpoint=arguments.checkpoint,
        count=arguments.count,
        language=arguments.language,
    )
    if out is None:
        server.serve(explorer, arguments.port, not arguments.no_browser, say)
        return
    budget = arguments.megabytes * 10**6 if arguments.megabytes else recording.BUDGET
    left_out = recording.write_page(explorer, out, budget)
    size = os.path.getsize(out) / 1e6
    print(f"{out}: {size:.1f} MB")
    if left_out:
        print(f"There was no room for {', '.join(left_out)}: --megabytes allows more.", file=sys.stderr)


def say(sentence):
    # Whoever reads the address from a pipe waits for it.
    print(sentence, flush=True)
