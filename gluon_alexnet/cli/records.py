"""gluon-alexnet make-records."""

import sys

from gluon_alexnet.cli.options import count

EXAMPLES = """examples:
  gluon-alexnet make-records photos                     photos.rec of the folders in photos, one for each class
  gluon-alexnet make-records imagenet --shorter 256     imagenet-records/train.rec and val.rec, the shorter side 256 pixels"""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(make_records, "make MXNet's RecordIO files of folders of pictures", EXAMPLES)
    help = "has a folder of pictures for each class, or folders called train and val, or test, that have"
    sub.add_argument("folder", metavar="FOLDER", help=help)
    sub.add_argument("--out", metavar="FILE", help="the .rec file, or the folder for several (called as FOLDER, beside it)")
    sub.add_argument("--shorter", type=count, metavar="N", help="make the shorter side of larger pictures N pixels, as JPEG")


def make_records(arguments):
    from gluon_alexnet.data import packing

    for made in packing.pack(arguments.folder, arguments.out, arguments.shorter, lambda said: print(said, file=sys.stderr)):
        left_out = f", {len(made.broken):,} left out" if made.broken else ""
        print(f"{made.path}: {made.pictures:,} pictures in {len(made.class_names):,} classes{left_out}")
