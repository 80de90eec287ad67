"""gluon-alexnet train."""

from gluon_alexnet.cli.options import optional, table_options
from gluon_alexnet.settings import OfLoader, OfNet, Settings

EXAMPLES = """examples:
  gluon-alexnet train                                   the quick recipe: AlexNet, five minutes
  gluon-alexnet train --model alexnet --epochs 10 --lr 0.01 --batch-size 128
                                                        the chapter's recipe
  gluon-alexnet train --recipe fast                     a net made for 28x28, five minutes
  gluon-alexnet train --model lenet --epochs 10 --validation
  gluon-alexnet train --data records:photos --model gluoncv:mobilenet0.25 --epochs 20 --lr 0.05
                                                        pictures of your own: a folder for each class, or a .rec file
  gluon-alexnet train --config runs/lenet-20260101-120000/run.json --lr 0.5
                                                        the same run with another learning rate
  gluon-alexnet train --resume                          go on with the newest run

Without --epochs the settings start from the recipe 'quick', with --epochs from 'chapter'."""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(train, "train a net and leave its history, checkpoint, curves and report", EXAMPLES)
    option = optional(sub)
    option("--model", "alexnet (default), another of `gluon-alexnet models`, or gluoncv:NAME for pictures of records")
    option("--recipe", "settings to start from: quick, chapter, fast, accurate or paper (that of 2012)")
    option("--config", "repeat the run of this run.json; options that are given replace its own", metavar="FILE")
    for table in (OfNet, Settings, OfLoader):
        table_options(option, table)
    option("--out", "folder of the run (runs/MODEL-DATE-TIME)", metavar="DIR")
    option("--resume", "go on with the run in DIR (the newest below runs/)", nargs="?", const="", metavar="DIR")


def train(arguments):
    from gluon_alexnet import run
    from gluon_alexnet.pictures import report

    given = {name: value for name, value in vars(arguments).items() if name not in ("command", "debug")}
    history, folder = run.train(given)
    print(report.summary_table(history.to_dict()))
    print(f"report: {folder / 'report.html'}")
