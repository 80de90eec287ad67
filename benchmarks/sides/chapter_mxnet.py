"""The chapter's MXNet tab as its readers run it: Gluon's DataLoader, nets that are not hybridized, MXNet's own settings.

Written afresh from what the tab does. Nothing of gluon_alexnet is imported but the list of NumPy names, without which MXNet does
not load beside today's NumPy.
"""

import gzip
import importlib.util
import warnings
from pathlib import Path

from serving import endless, serve

warnings.simplefilter("ignore")

import numpy  # noqa: E402

names = Path(__file__).resolve().parents[2] / "gluon_alexnet" / "machine" / "numpy_names.py"
module = importlib.util.module_from_spec(importlib.util.spec_from_file_location("numpy_names", names))
module.__spec__.loader.exec_module(module)
module.put_back(numpy)
module.put_placeholders(numpy)

from mxnet import autograd, cpu, gluon, init, np, npx  # noqa: E402
from mxnet.gluon import nn  # noqa: E402

npx.set_np()


def alexnet():
    net = nn.Sequential()
    net.add(
        nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(10),
    )
    return net


def lenet():
    net = nn.Sequential()
    net.add(
        nn.Conv2D(6, kernel_size=5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(10),
    )
    return net


def read_data(folder):
    """The training images as Gluon's FashionMNIST keeps them, uint8 (60000, 28, 28, 1), and the labels, int32 (60000,).

    Its own class would want to download the files anew, since it expects other checksums than those of the published ones.
    """

    def read(name, header):
        path = Path(folder) / name
        packed = path.with_name(name + ".gz")
        content = path.read_bytes() if path.exists() else gzip.decompress(packed.read_bytes())
        return numpy.frombuffer(content, "uint8", offset=header)

    images, labels = read("train-images-idx3-ubyte", 16), read("train-labels-idx1-ubyte", 8)
    return images.reshape(-1, 28, 28, 1), labels.astype("int32")


def dataset(options):
    steps = [gluon.data.vision.transforms.ToTensor()]
    if options.get("resize"):
        steps.insert(0, gluon.data.vision.transforms.Resize(options["resize"]))
    transform = gluon.data.vision.transforms.Compose(steps)
    images, labels = read_data(options["data"])
    data = gluon.data.ArrayDataset(np.array(images, dtype="uint8"), labels).transform_first(transform)
    return data.take(options["limit"]) if options.get("limit") else data


def data_loader(options):
    return gluon.data.DataLoader(dataset(options), options["batch_size"], shuffle=True, num_workers=4, last_batch="discard")


def train(options):
    net = {"alexnet": alexnet, "lenet": lenet}[options["model"]]()
    net.initialize(force_reinit=True, ctx=cpu(), init=init.Xavier())
    loss_function = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": options["lr"]})
    batches = endless(lambda: loaded)
    loaded = data_loader(options)

    def run():
        images, labels = batches()
        with autograd.record():
            answers = net(images)
            loss = loss_function(answers, labels)
        loss.backward()
        trainer.step(images.shape[0])
        float(loss.sum())
        float((answers.argmax(axis=1).astype(labels.dtype) == labels).astype("float32").sum())
        return options["batch_size"]

    return run


def infer(options):
    net = {"alexnet": alexnet, "lenet": lenet}[options["model"]]()
    net.initialize(init=init.Xavier())
    side = 224 if options["model"] == "alexnet" else 28
    images = np.random.uniform(size=(options["batch_size"], 1, side, side))

    def run():
        net(images).asnumpy()
        return options["batch_size"]

    return run


def load(options):
    loaded = data_loader(options)

    def run():
        count = 0
        for images, _ in loaded:
            images.wait_to_read()
            count += len(images)
        return count

    return run


def pictures(options):
    """A pass of MXNet's own ImageRecordIter: cut, mirrored, normalized, each batch in hand before the next is asked for."""
    from mxnet import io

    means, deviations = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
    told = dict(zip(("mean_r", "mean_g", "mean_b", "std_r", "std_g", "std_b"), means + deviations, strict=True))
    found = io.ImageRecordIter(
        path_imgrec=f"{options['data']}/all.rec",
        path_imgidx=f"{options['data']}/all.idx",
        data_shape=(3, 224, 224),
        batch_size=options["batch_size"],
        resize=256,
        rand_crop=True,
        rand_mirror=True,
        shuffle=True,
        round_batch=True,
        preprocess_threads=options["workers"],
        **told,
    )

    def run():
        # What it read ahead before the clock ran is thrown away.
        found.reset()
        count = 0
        for batch in found:
            batch.data[0].wait_to_read()
            count += options["batch_size"]
        return count

    return run


if __name__ == "__main__":
    serve({"train": train, "infer": infer, "load": load, "pictures": pictures})
