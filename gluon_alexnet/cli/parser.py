"""The commands: parses, calls the library, prints."""

import argparse
import os
import sys

from gluon_alexnet.errors import UserError

EXAMPLES = {
    "train": """examples:
  gluon-alexnet train                                   the quick recipe: AlexNet, five minutes
  gluon-alexnet train --model alexnet --epochs 10 --lr 0.01 --batch-size 128
                                                        the chapter's recipe
  gluon-alexnet train --recipe fast                     a net made for 28x28, five minutes
  gluon-alexnet train --model lenet --epochs 10 --validation
  gluon-alexnet train --resume                          go on with the newest run

Without --epochs the settings start from the recipe 'quick', with --epochs from 'chapter'.""",
    "evaluate": "example:\n  gluon-alexnet evaluate runs/alexnet-20260101-120000 --split validation",
    "predict": "example:\n  gluon-alexnet predict shirt.png photos/ --run runs/alexnet-20260101-120000",
    "doctor": "example:\n  gluon-alexnet doctor --data ~/fashion-mnist",
    "grade": """examples:
  gluon-alexnet grade exercises/02_simplify.ipynb
  gluon-alexnet grade class/ --report grades.html       every notebook below class/

`pytest --nbval exercises/02_simplify.ipynb` shows the same score.""",
    "convert": """examples:
  gluon-alexnet convert --to onnx                       the newest run as alexnet.onnx
  gluon-alexnet convert runs/alexnet-20260101-120000 --to torch --out alexnet.safetensors
  gluon-alexnet convert alexnet.safetensors --to gluon
  gluon-alexnet convert lenet.params --model lenet --activation relu --to keras""",
    "models": """examples:
  gluon-alexnet models
  gluon-alexnet models alexnet --batch-size 128
  gluon-alexnet models alexnet --code torch             the same net in PyTorch""",
}


def main(argv=None):
    """Runs the command line `argv` (sys.argv[1:] unless given) and returns its exit code.

    0 when done, 1 when it could not be, 2 for words that are not understood, 130 after Ctrl-C. Errors are one line on stderr.
    """
    arguments = _parser().parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):
        # A file's name need not be UTF-8.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = arguments.command(arguments) or 0
        if sys.stdout:
            # A pipe that nobody reads any more may say so only now.
            sys.stdout.flush()
        return status
    except UserError as error:
        if arguments.debug:
            raise
        print(f"gluon-alexnet: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output, such as `head`, has seen enough.
        sys.stdout = None
        return 0
    except Exception as error:
        if arguments.debug:
            raise
        reason = (str(error).strip().splitlines() or [""])[0]
        print(f"gluon-alexnet: {type(error).__name__}: {reason} (a fault of ours: --debug shows where)", file=sys.stderr)
        return 1


def train(arguments):
    from gluon_alexnet import run
    from gluon_alexnet.pictures import report

    given = {name: value for name, value in vars(arguments).items() if name not in ("command", "debug")}
    history, folder = run.train(given)
    print(report.summary_table(history.to_dict()))
    print(f"report: {folder / 'report.html'}")


def evaluate(arguments):
    from gluon_alexnet import files_io, run, settings
    from gluon_alexnet.train import evaluate, run_file

    settings.check(device=arguments.device, precision=arguments.precision)
    folder = files_io.user_path(arguments.run) if arguments.run else run.newest()
    # Before anything slow: it may be gone.
    found = run_file.data_of(folder, run_file.read(folder), arguments.data)
    net, spec, options, state = _trained(arguments)
    options.update(data=found, limit=None, augment=None)
    data = run.loaders(options, spec.input_shape[1:])(arguments.split)
    result = evaluate(net, data, arguments.device, arguments.precision, arguments.flip)
    seen = ", each also mirrored" if arguments.flip else ""
    print(f"{spec.name} after step {state['step']} on {result.images:,} images of {arguments.split}{seen}:", end=" ")
    print(f"loss {result.loss:.4f}, accuracy {result.accuracy:.4f}")
    if arguments.split == "validation" and not options["validation"]:
        print("It has learned from these images too: only `train --validation` holds them out.", file=sys.stderr)


def _trained(arguments):
    """What `run.load` gives of the run that was asked for; says so where it has not seen the real data."""
    from gluon_alexnet import run
    from gluon_alexnet.data import files

    loaded = run.load(arguments.run, arguments.checkpoint)
    if loaded[-1]["history"]["data"]["name"] == files.STAND_IN:
        print("This net has learned from drawn stand-in pictures, not from Fashion-MNIST.", file=sys.stderr)
    return loaded


def predict(arguments):
    from gluon_alexnet import predict
    from gluon_alexnet.train import run_file

    net, spec, options, _ = _trained(arguments)
    if spec.input_shape[0] != 1:
        raise UserError(f"{spec.name} takes images of {spec.input_shape[0]} channels, and predict makes grey ones: use Python")
    names = predict.CLASS_NAMES
    if run_file.is_custom(options):
        print("This net has learned from data of your own: its classes are told by number.", file=sys.stderr)
        names = ()
    failed = 0
    for outcome in predict.predict(net, arguments.pictures, spec.input_shape[1:], options["normalize"], names=names):
        if isinstance(outcome, UserError):
            print(f"gluon-alexnet: {outcome}", file=sys.stderr)
            failed = failed or outcome.exit_code
            continue
        answers = ", ".join(f"{name} {probability:.3f}" for name, probability in outcome.top(arguments.top))
        notes = f"  ({'; '.join(outcome.notes)})" if outcome.notes else ""
        print(f"{outcome.path}: {answers}{notes}")
    return failed


def doctor(arguments):
    from gluon_alexnet import doctor

    return doctor.main(arguments.data)


def convert(arguments):
    from gluon_alexnet import files_io, recipes, run
    from gluon_alexnet.convert import convert

    net = {name: getattr(arguments, name) for name in ("model", *recipes.NET) if hasattr(arguments, name)}
    path, difference = convert(arguments.checkpoint, arguments.to, arguments.out, **net)
    print(f"{path}: the same answers to {difference:.1e} of the largest logit")
    source = files_io.user_path(arguments.checkpoint or run.newest())
    if os.path.isdir(source):
        print(run.images_for(source))


def models(arguments):
    from gluon_alexnet import analysis, files_io, models

    name = arguments.name
    if name is None:
        if arguments.code:
            raise UserError(f"--code is for one net: name it, as in gluon-alexnet models alexnet --code {arguments.code}")
        for name in models.list_models():
            costs = analysis.analyze(models.spec(name))
            shape = "x".join(map(str, models.spec(name).input_shape))
            print(f"{name:10} {shape:>10} in  {sum(cost.params for cost in costs):>12,} parameters")
        return
    if name not in models.list_models() and os.path.isdir(files_io.user_path(name)):
        from gluon_alexnet.run import read_spec

        spec = read_spec(name)
    else:
        spec = models.spec(name)
    if arguments.code:
        from gluon_alexnet.interop.program import program

        print(program(spec, arguments.code), end="")
    else:
        print(analysis.format_table(analysis.analyze(spec, batch_size=arguments.batch_size)))


def grade(arguments):
    import signal

    from gluon_alexnet.grading import grade, report, submissions

    report.check_path(arguments.report)
    limits = dict(time_limit=arguments.time_limit, memory_limit=arguments.memory_limit, seed=arguments.seed)
    grade.check_limits(**limits)
    found, left_out = submissions.find(arguments.notebooks)
    if not found:
        names = ", ".join(map(str, arguments.notebooks))
        raise UserError(f"there is no notebook in {names}: name .ipynb files or a folder of them")
    details, results = arguments.details or len(found) == 1, []
    # Ended from outside, it finishes as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for result in grade.grade_all(found, apart=submissions.folders(arguments.notebooks), **limits):
            results.append(result)
            if arguments.report:
                report.write(arguments.report, results)
            print("\n".join(report.summary(result) if details else [report.line(result)]), flush=True)
    finally:
        if len(found) > 1:
            print(report.total(results))
        if len(results) < len(found):
            print(f"stopped: {len(found) - len(results):,} of {len(found):,} notebooks were not graded")
        for line in report.left_out(left_out):
            print(line)
        if arguments.report and results:
            print(f"report: {arguments.report}")
    return 0 if all(result["full"] for result in results) else 1


class Parser(argparse.ArgumentParser):
    """argparse, with its errors in one line like all others."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` tells what can be said\n")


def _parser():
    from gluon_alexnet import __version__

    parser = Parser(
        prog="gluon-alexnet",
        description="AlexNet in MXNet Gluon: train it on Fashion-MNIST, look into it, use it.",
        epilog="`gluon-alexnet COMMAND --help` tells more, with an example.",
    )
    parser.add_argument("--version", action="version", version=f"gluon_alexnet {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(function, help):
        sub = commands.add_parser(
            function.__name__,
            help=help,
            description=help[0].upper() + help[1:] + ".",
            epilog=EXAMPLES[function.__name__],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=function)
        sub.add_argument("--debug", action="store_true", help="show the traceback of an error")
        return sub

    _train_options(command(train, "train a net and leave its history, checkpoint, curves and report"))

    sub = command(evaluate, "measure a trained net on a split of the data")
    sub.add_argument("run", nargs="?", help="folder of the run (the newest below runs/)")
    sub.add_argument("--split", default="test", choices=("test", "validation", "train"), help="default: test")
    sub.add_argument("--flip", action="store_true", help="show each image mirrored too, and let the mean of both answers count")
    _which_net(sub)

    sub = command(predict, "tell what is in pictures, with probabilities")
    sub.add_argument("pictures", nargs="+", help="pictures (PNG, JPEG, WebP, GIF, BMP, TIFF, ...), or folders of them")
    sub.add_argument("--run", help="folder of the run (the newest below runs/)")
    sub.add_argument("--top", type=_count, default=3, metavar="N", help="how many classes to name (3)")
    sub.add_argument("--checkpoint", default="last", choices=("last", "best"), help="default: last")

    sub = command(doctor, "tell what this machine has, what is on, and why anything is off")
    sub.add_argument("--data", metavar="DIR", help="folder of the Fashion-MNIST files")

    sub = command(grade, "grade notebooks of the exercises")
    mine = ["my-exercises"]
    sub.add_argument("notebooks", nargs="*", default=mine, help="notebooks, or folders of them (my-exercises/, from `make lab`)")
    sub.add_argument("--report", metavar="FILE", help="write the grades to FILE, .json or .html")
    sub.add_argument("--details", action="store_true", help="what was wrong, also where there are several notebooks")
    sub.add_argument("--time-limit", type=float, default=60.0, metavar="SECONDS", help="of computing, for each task (60)")
    sub.add_argument("--memory-limit", type=float, default=6.0, metavar="GB", help="address space for each task (6)")
    sub.add_argument("--seed", type=int, metavar="N", help="draw the inputs of an earlier grading again")

    sub = command(convert, "carry a trained net to PyTorch, Keras or ONNX, or back, and check that it answers the same")
    sub.add_argument("checkpoint", nargs="?", help="folder of a run (the newest below runs/), or a file of weights")
    sub.add_argument("--to", required=True, choices=("torch", "keras", "onnx", "gluon", "npz"), help="what to write")
    sub.add_argument("--out", metavar="FILE", help="the file to write (named after the net)")
    _net_options(sub, "the net of a file that does not say it, such as alexnet")

    sub = command(models, "list the nets, or print one layer by layer, or as a program in another framework")
    sub.add_argument("name", nargs="?", help="a net's name, such as alexnet, or the folder of a run")
    sub.add_argument("--code", choices=("gluon", "torch", "keras"), help="the program that makes it in MXNet, PyTorch or Keras")
    sub.add_argument("--batch-size", type=_count, default=1, metavar="N", help="images that the bytes are for (1)")
    return parser


def _count(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return number


def _which_net(sub):
    sub.add_argument("--checkpoint", default="last", choices=("last", "best"), help="default: last")
    sub.add_argument("--data", metavar="DIR", help="folder of the Fashion-MNIST files")
    sub.add_argument("--device", help="auto, cpu, gpu, or several such as gpu0,gpu1")
    sub.add_argument("--precision", default="auto", help="auto, float32, bfloat16 or float16")


def _optional(sub):
    """What adds an option that stays out of the result where it is not given, so that a recipe's value holds."""

    def option(name, help, **kw):
        sub.add_argument(name, help=help, default=argparse.SUPPRESS, **kw)

    return option


def _net_options(sub, which):
    option = _optional(sub)
    option("--model", which)
    option("--dropout", "share that the net's dropout layers drop while it trains", type=float, metavar="SHARE")
    option("--width", "of the compact net: channels of its second convolution, a multiple of 16 (32)", type=int, metavar="N")
    option("--activation", "of LeNet: sigmoid (the book's), relu or tanh")


def _train_options(sub):
    option = _optional(sub)
    _net_options(sub, "alexnet (default) or another of `gluon-alexnet models`")
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
