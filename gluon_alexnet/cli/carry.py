"""gluon-alexnet convert: nets carried to other frameworks."""

import os

from gluon_alexnet.cli.options import optional, table_options
from gluon_alexnet.settings import OfNet, names

EXAMPLES = """examples:
  gluon-alexnet convert --to onnx                       the newest run as alexnet.onnx
  gluon-alexnet convert runs/alexnet-20260101-120000 --to torch --out alexnet.safetensors
  gluon-alexnet convert alexnet.safetensors --to gluon
  gluon-alexnet convert lenet.params --model lenet --activation relu --to keras"""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(convert, "carry a trained net to PyTorch, Keras or ONNX, or back, and check that it answers the same", EXAMPLES)
    sub.add_argument("checkpoint", nargs="?", help="folder of a run (the newest below runs/), or a file of weights")
    sub.add_argument("--to", required=True, choices=("torch", "keras", "onnx", "gluon", "npz"), help="what to write")
    sub.add_argument("--out", metavar="FILE", help="the file to write (named after the net)")
    option = optional(sub)
    option("--model", "the net of a file that does not say it, such as alexnet")
    table_options(option, OfNet)


def convert(arguments):
    from gluon_alexnet import files_io, runs
    from gluon_alexnet.convert import convert

    net = {name: getattr(arguments, name) for name in ("model", *names(OfNet)) if hasattr(arguments, name)}
    path, difference = convert(arguments.checkpoint, arguments.to, arguments.out, **net)
    print(f"{path}: the same answers to {difference:.1e} of the largest logit")
    source = files_io.user_path(arguments.checkpoint or runs.newest())
    if os.path.isdir(source):
        print(runs.images_for(source))
