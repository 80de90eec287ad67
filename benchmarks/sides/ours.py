"""This package's side of the benchmarks."""

from serving import endless, serve

from gluon_alexnet import FashionMNISTLoader, models
from gluon_alexnet.data import RecordsLoader
from gluon_alexnet.fast import precision
from gluon_alexnet.machine import runtime
from gluon_alexnet.prepare import prepare
from gluon_alexnet.train.engine_mxnet import Stepper


def loader(options, split="train"):
    return FashionMNISTLoader(
        split,
        options["batch_size"],
        resize=options.get("resize"),
        data=options["data"],
        download=False,
        last_batch="discard",
        limit=options.get("limit"),
    )


def train(options):
    """Steps of the trainer, loading and augmentation included."""
    mx = runtime.load_mxnet()
    batches = endless(lambda: loader(options))
    net = models.get_model(options["model"])
    mx.random.seed(0)
    prepare(net, batches()[0], [mx.cpu()])
    used = options.get("precision") or precision.resolve("auto", [mx.cpu()], net)[0]
    stepper = Stepper(net, [mx.cpu()], precision=used)

    def run():
        stepper.step(*batches(), lr=options["lr"])
        return options["batch_size"], {"precision": used}

    return run


def infer(options):
    """Logits of images that lie ready."""
    mx = runtime.load_mxnet()
    net = models.get_model(options["model"])
    images = mx.np.random.uniform(size=(options["batch_size"], *models.spec(options["model"]).input_shape))
    prepare(net, images, [mx.cpu()])
    used = options.get("precision") or precision.resolve("auto", [mx.cpu()], net)[0]
    # What `evaluate` and `predict` compute with.
    forward = Stepper(net, [mx.cpu()], precision=used).frozen()

    def run():
        forward(images).asnumpy()
        return options["batch_size"], {"precision": used}

    return run


def load(options):
    """One pass over the data, each batch in hand before the next is asked for."""
    data = loader(options)

    def run():
        count = 0
        for images, _ in data:
            images.wait_to_read()
            count += len(images)
        return count

    return run


def pictures(options):
    """A pass over JPEGs cut, mirrored, normalized, each batch in hand before the next is asked for; of records or a folder."""
    where = f"{options['data']}/{'folder' if options.get('folder') else 'all.rec'}"
    told = {"augment": "crop+flip", "shuffle": True, "normalize": True, "last_batch": "discard"}
    loader = RecordsLoader(where, options["batch_size"], workers=options["workers"], **told)

    def run():
        count = 0
        for images, _ in loader:
            images.wait_to_read()
            count += len(images)
        return count

    return run


if __name__ == "__main__":
    serve({"train": train, "infer": infer, "load": load, "pictures": pictures})
