"""Options that several commands have."""

import argparse
from dataclasses import fields


def count(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return number


def which_net(sub):
    sub.add_argument("--checkpoint", default="last", choices=("last", "best", "average"), help="default: last")
    sub.add_argument("--data", metavar="DIR", help="folder of the Fashion-MNIST files")
    sub.add_argument("--device", help="auto, cpu, gpu, or several such as gpu0,gpu1")
    sub.add_argument("--precision", default="auto", help="auto, float32, bfloat16 or float16")


def optional(sub):
    """What adds an option that stays out of the result where it is not given, so that a recipe's value holds."""

    def option(name, help, **kw):
        sub.add_argument(name, help=help, default=argparse.SUPPRESS, **kw)

    return option


def table_options(option, table):
    """Adds an option for each field of a table of gluon_alexnet.settings that the command line has."""
    for each in fields(table):
        about = each.metadata
        if about["option"]:
            kind = {"action": "store_true"} if about["kind"] is bool else {"type": about["kind"], "metavar": about["metavar"]}
            option("--" + each.name.replace("_", "-"), about["help"], **kind)
