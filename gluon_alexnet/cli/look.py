"""gluon-alexnet evaluate, predict and models: a look at nets, trained or not."""

import os
import sys

from gluon_alexnet.cli.options import count, which_net
from gluon_alexnet.errors import UserError

EVALUATE_EXAMPLES = "example:\n  gluon-alexnet evaluate runs/alexnet-20260101-120000 --split validation"
PREDICT_EXAMPLES = "example:\n  gluon-alexnet predict shirt.png photos/ --run runs/alexnet-20260101-120000"
MODELS_EXAMPLES = """examples:
  gluon-alexnet models
  gluon-alexnet models alexnet --batch-size 128
  gluon-alexnet models alexnet --code torch             the same net in PyTorch"""


def add(command):
    """Adds the commands, by `command(function, help, examples)`, which makes a parser."""
    sub = command(evaluate, "measure a trained net on a split of the data", EVALUATE_EXAMPLES)
    sub.add_argument("run", nargs="?", help="folder of the run (the newest below runs/)")
    sub.add_argument("--split", default="test", choices=("test", "validation", "train"), help="default: test")
    sub.add_argument("--flip", action="store_true", help="show each image mirrored too, and let the mean of both answers count")
    which_net(sub)

    sub = command(predict, "tell what is in pictures, with probabilities", PREDICT_EXAMPLES)
    sub.add_argument("pictures", nargs="+", help="pictures (PNG, JPEG, WebP, GIF, BMP, TIFF, ...), or folders of them")
    sub.add_argument("--run", help="folder of the run (the newest below runs/)")
    sub.add_argument("--top", type=count, default=3, metavar="N", help="how many classes to name (3)")
    sub.add_argument("--checkpoint", default="last", choices=("last", "best", "average"), help="default: last")
    sub.add_argument("--whole", action="store_true", help="show the net each picture as it is, not the garment cut out of it")

    sub = command(models, "list the nets, or print one layer by layer, or as a program in another framework", MODELS_EXAMPLES)
    sub.add_argument("name", nargs="?", help="a net's name, such as alexnet, or the folder of a run")
    sub.add_argument("--code", choices=("gluon", "torch", "keras"), help="the program that makes it in MXNet, PyTorch or Keras")
    sub.add_argument("--batch-size", type=count, default=1, metavar="N", help="images that the bytes are for (1)")


def evaluate(arguments):
    from gluon_alexnet import files_io, runs
    from gluon_alexnet.settings import Settings
    from gluon_alexnet.train import evaluate, run_file

    Settings(device=arguments.device, precision=arguments.precision)
    folder = files_io.user_path(arguments.run) if arguments.run else runs.newest()
    # Before anything slow: it may be gone.
    found = run_file.data_of(folder, run_file.read(folder), arguments.data)
    net, spec, options, state = _trained(arguments)
    options.update(data=found, limit=None, augment=None)
    data = runs.loaders(options, spec.input_shape[1:], spec.input_shape[0])(arguments.split)
    result = evaluate(net, data, arguments.device, arguments.precision, arguments.flip)
    seen = ", each also mirrored" if arguments.flip else ""
    print(f"{spec.name} after step {state['step']} on {result.images:,} images of {arguments.split}{seen}:", end=" ")
    print(f"loss {result.loss:.4f}, accuracy {result.accuracy:.4f}")
    if arguments.split == "validation" and not options["validation"]:
        print("It has learned from these images too: only `train --validation` holds them out.", file=sys.stderr)


def predict(arguments):
    from gluon_alexnet import predict
    from gluon_alexnet.train import run_file

    net, spec, options, _ = _trained(arguments)
    channels = spec.input_shape[0] if run_file.is_of_records(options) else None
    names = predict.CLASS_NAMES
    if run_file.is_custom(options):
        print("This net has learned from data of your own: its classes are told by number.", file=sys.stderr)
        names = ()
    if channels:
        names = options["found"].get("class_names", ())
    # What else a net has learned from may be no garments on black.
    garment = not arguments.whole and not run_file.is_custom(options)
    told = {"normalize": options["normalize"], "names": names, "channels": channels, "garment": garment}
    failed = 0
    for outcome in predict.predict(net, arguments.pictures, spec.input_shape, **told):
        if isinstance(outcome, UserError):
            print(f"gluon-alexnet: {outcome}", file=sys.stderr)
            failed = failed or outcome.exit_code
            continue
        answers = ", ".join(f"{name} {probability:.3f}" for name, probability in outcome.top(arguments.top))
        notes = f"  ({'; '.join(outcome.notes)})" if outcome.notes else ""
        print(f"{outcome.path}: {answers}{notes}")
    return failed


def models(arguments):
    from gluon_alexnet import analysis, files_io, models

    name = arguments.name
    if name is None:
        if arguments.code:
            raise UserError(f"--code is for one net: name it, as in gluon-alexnet models alexnet --code {arguments.code}")
        for name in models.list_models():
            costs = analysis.analyze(models.spec(name))
            shape = "x".join(map(str, models.spec(name).input_shape))
            print(f"{name:13} {shape:>9} in  {sum(cost.params for cost in costs):>12,} parameters")
        return
    if name not in models.list_models() and os.path.isdir(files_io.user_path(name)):
        from gluon_alexnet.runs import read_spec

        spec = read_spec(name)
    else:
        spec = models.spec(name)
    if arguments.code:
        from gluon_alexnet.interop.program import program

        print(program(spec, arguments.code), end="")
    else:
        print(analysis.format_table(analysis.analyze(spec, batch_size=arguments.batch_size)))


def _trained(arguments):
    """What `runs.load` gives of the run that was asked for; says so where it has not seen the real data."""
    from gluon_alexnet import runs
    from gluon_alexnet.data import files

    loaded = runs.load(arguments.run, arguments.checkpoint)
    if loaded[-1]["history"]["data"]["name"] == files.STAND_IN:
        print("This net has learned from drawn stand-in pictures, not from Fashion-MNIST.", file=sys.stderr)
    return loaded
