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
  gluon-alexnet models alexnet --code torch             the same net in PyTorch
  gluon-alexnet models lenet alexnet --draw             both side by side, drawn to scale in lenet-alexnet.svg"""


def add(command):
    """Adds the commands, by `command(function, help, examples)`, which makes a parser."""
    sub = command(evaluate, "measure a trained net on a split of the data", EVALUATE_EXAMPLES)
    sub.add_argument("run", nargs="?", help="folder of the run (the newest below runs/)")
    sub.add_argument("--split", default="test", choices=("test", "validation", "train"), help="default: test")
    sub.add_argument("--flip", action="store_true", help="show each image mirrored too, and let the mean of both answers count")
    sub.add_argument("--ten-crops", action="store_true", help="of pictures of records: show ten parts of each, as the paper did")
    which_net(sub)

    sub = command(predict, "tell what is in pictures, with probabilities", PREDICT_EXAMPLES)
    sub.add_argument("pictures", nargs="+", help="pictures (PNG, JPEG, WebP, GIF, BMP, TIFF, ...), or folders of them")
    sub.add_argument("--run", help="folder of the run (the newest below runs/)")
    sub.add_argument("--top", type=count, default=3, metavar="N", help="how many classes to name (3)")
    sub.add_argument("--checkpoint", default="last", choices=("last", "best", "average"), help="default: last")
    sub.add_argument("--whole", action="store_true", help="show the net each picture as it is, not the garment cut out of it")

    sub = command(models, "list the nets, or print some layer by layer, as programs or as drawings", MODELS_EXAMPLES)
    sub.add_argument("name", nargs="*", help="a net's name, such as alexnet, or the folder of a run; or several")
    sub.add_argument("--code", choices=("gluon", "torch", "keras"), help="the program that makes it in MXNet, PyTorch or Keras")
    sub.add_argument("--batch-size", type=count, metavar="N", help="images that the bytes are for (1)")
    help = "draw the nets side by side, to scale, as an SVG (NAME.svg in this folder)"
    sub.add_argument("--draw", nargs="?", const="", metavar="FILE.svg", help=help)
    sub.add_argument("--width", type=count, metavar="PIXELS", help="of a drawing (380, or 180 for each net)")
    sub.add_argument("--language", choices=("en", "vi"), help="of a drawing (en)")


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
    if arguments.ten_crops:
        if arguments.flip:
            raise UserError("--ten-crops mirrors each part too: leave out --flip")
        data = runs.ten_crop_data(options, spec, arguments.split)
    else:
        data = runs.loaders(options, spec.input_shape[1:], spec.input_shape[0])(arguments.split)
    crops = spec.input_shape[1] if arguments.ten_crops else None
    result = evaluate(net, data, arguments.device, arguments.precision, arguments.flip, crops)
    seen = ", each also mirrored" if arguments.flip else ", ten parts of each" if arguments.ten_crops else ""
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
    from gluon_alexnet import analysis, models

    names = arguments.name
    _check_models(arguments)
    if not names:
        for name in models.list_models():
            costs = analysis.analyze(models.spec(name))
            shape = "x".join(map(str, models.spec(name).input_shape))
            print(f"{name:13} {shape:>9} in  {sum(cost.params for cost in costs):>12,} parameters")
        return
    specs = [_spec(name) for name in names]
    if arguments.draw is not None:
        _draw(specs, arguments)
    elif arguments.code:
        from gluon_alexnet.interop.program import program

        print(program(specs[0], arguments.code), end="")
    else:
        for spec in specs:
            title = f"{spec.name}\n" if len(specs) > 1 else ""
            end = "\n" if spec is specs[-1] else "\n\n"
            print(title + analysis.format_table(analysis.analyze(spec, batch_size=arguments.batch_size or 1)), end=end)


def _check_models(arguments):
    """Raises UserError for words of `models` that do not go together."""
    from gluon_alexnet import models

    names, drawn, code = arguments.name, arguments.draw, arguments.code
    if code and len(names) != 1:
        raise UserError(f"--code is for one net: name it, as in gluon-alexnet models alexnet --code {code}")
    if drawn is None:
        for option, value in (("--width", arguments.width), ("--language", arguments.language)):
            if value is not None:
                raise UserError(f"{option} is for a drawing: add --draw")
        return
    if code or arguments.batch_size:
        raise UserError(f"{'--code' if code else '--batch-size'} and --draw do not go together: take one of them at a time")
    if not names and drawn in models.list_models():
        raise UserError(f"--draw takes {drawn} for the name of a file: put it last, as in gluon-alexnet models {drawn} --draw")
    if not names:
        raise UserError("--draw is for nets: name them, as in gluon-alexnet models alexnet --draw")


def _spec(name):
    """The table of the net with this name, or of the run in this folder."""
    from gluon_alexnet import files_io, models

    if name not in models.list_models() and os.path.isdir(files_io.user_path(name)):
        from gluon_alexnet.runs import read_spec

        return read_spec(name)
    return models.spec(name)


def _draw(specs, arguments):
    from gluon_alexnet.pictures.drawing import NARROWEST, draw

    width = arguments.width or max(380, NARROWEST * len(specs) + 20)
    drawing = draw(*specs, language=arguments.language or "en", width=width)
    path = arguments.draw or f"{'-'.join(spec.name for spec in specs)}.svg"
    drawing.save(path)
    told = "; ".join(f"{net.name}: {net.params:,} parameters, {net.macs:,} multiply-adds" for net in drawing.nets)
    print(f"{path}: {told}")


def _trained(arguments):
    """What `runs.load` gives of the run that was asked for; says so where it has not seen the real data."""
    from gluon_alexnet import runs
    from gluon_alexnet.data import files

    loaded = runs.load(arguments.run, arguments.checkpoint)
    if loaded[-1]["history"]["data"]["name"] == files.STAND_IN:
        print("This net has learned from drawn stand-in pictures, not from Fashion-MNIST.", file=sys.stderr)
    return loaded
