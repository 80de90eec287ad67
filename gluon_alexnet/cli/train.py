"""gluon-alexnet train."""

from gluon_alexnet.cli.options import net_options, optional

EXAMPLES = """examples:
  gluon-alexnet train                                   the quick recipe: AlexNet, five minutes
  gluon-alexnet train --model alexnet --epochs 10 --lr 0.01 --batch-size 128
                                                        the chapter's recipe
  gluon-alexnet train --recipe fast                     a net made for 28x28, five minutes
  gluon-alexnet train --model lenet --epochs 10 --validation
  gluon-alexnet train --resume                          go on with the newest run

Without --epochs the settings start from the recipe 'quick', with --epochs from 'chapter'."""


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(train, "train a net and leave its history, checkpoint, curves and report", EXAMPLES)
    option = optional(sub)
    net_options(sub, "alexnet (default) or another of `gluon-alexnet models`")
    option("--recipe", "settings to start from: quick, chapter, fast or accurate")
    option("--epochs", "passes over the training data", type=float, metavar="N")
    option("--minutes", "instead of --epochs: fit the run into so many minutes", type=float, metavar="M")
    option("--batch-size", "images a step", type=int, metavar="N")
    option("--lr", "learning rate (the highest of the schedule)", type=float)
    option("--optimizer", "MXNet's name, such as sgd, nag, adam")
    option("--momentum", "for optimizers that have one", type=float)
    option("--weight-decay", "L2 penalty on the weights", type=float)
    option("--schedule", "constant, step, linear or cosine")
    option("--warmup", "share of the run spent raising the learning rate", type=float, metavar="SHARE")
    option("--initializer", "of the weights: xavier (the chapter's) or he")
    option("--label-smoothing", "share of each label that is spread over all classes", type=float, metavar="SHARE")
    option("--progressive", "small images first, for the compact net: 20:0.5 has 20x20 for half of the run", metavar="SIZE:SHARE")
    option("--augment", "change the training images at random: flip, shift (shift1: less), erase, or several: flip+shift+erase")
    option("--normalize", "give the net images of mean 0 and deviation 1 instead of [0, 1]", action="store_true")
    option("--precision", "auto, float32, bfloat16 or float16")
    option("--engine", "mxnet, or torch for GPUs that MXNet cannot drive (Hopper and later, AMD)")
    option("--device", "auto, cpu, gpu, or several such as gpu0,gpu1")
    option("--seed", "of the weights, the order of the images and dropout (0)", type=int)
    option("--validation", "hold 5,000 training images out and keep the best net by them", action="store_true")
    option("--limit", "train on the first N images only", type=int, metavar="N")
    option("--data", "folder of the Fashion-MNIST files", metavar="DIR")
    option("--out", "folder of the run (runs/MODEL-DATE-TIME)", metavar="DIR")
    option("--checkpoint-minutes", "time between checkpoints within a pass (5)", type=float, metavar="M")
    option("--resume", "go on with the run in DIR (the newest below runs/)", nargs="?", const="", metavar="DIR")


def train(arguments):
    from gluon_alexnet import run
    from gluon_alexnet.pictures import report

    given = {name: value for name, value in vars(arguments).items() if name not in ("command", "debug")}
    history, folder = run.train(given)
    print(report.summary_table(history.to_dict()))
    print(f"report: {folder / 'report.html'}")
