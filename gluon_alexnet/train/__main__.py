"""python -m gluon_alexnet.train: the command `gluon-alexnet train`."""

import sys

from gluon_alexnet.cli import main

sys.exit(main(["train", *sys.argv[1:]]))
