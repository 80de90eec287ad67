"""PyTorch's side: as the chapter's tab writes it, and (option "best") as fast as PyTorch gets on this CPU.

Best: channels-last; bfloat16 where the option "bfloat16" asks for it, by autocast while it learns and by weights cast once for
inference; torch.compile where the option "compile" asks for it; and the whole data set in memory as bytes, enlarged a batch at a
time.
"""

import gzip
from pathlib import Path

import numpy
import torch
from serving import endless, serve
from torch import nn
from torch.nn import functional


def alexnet():
    return nn.Sequential(
        nn.Conv2d(1, 96, kernel_size=11, stride=4, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(256, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Flatten(),
        nn.Linear(6400, 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, 10),
    )


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, 10),
    )


NETS = {"alexnet": (alexnet, 224), "lenet": (lenet, 28)}


def read_data(folder):
    """The training images, uint8 (60000, 28, 28), and labels, int64."""

    def read(name, header):
        path = Path(folder) / name
        packed = path.with_name(name + ".gz")
        content = path.read_bytes() if path.exists() else gzip.decompress(packed.read_bytes())
        return numpy.frombuffer(content, "uint8", offset=header)

    images, labels = read("train-images-idx3-ubyte", 16), read("train-labels-idx1-ubyte", 8)
    return images.reshape(-1, 28, 28), labels.astype("int64")


class Pictures(torch.utils.data.Dataset):
    """What torchvision's FashionMNIST with Resize and ToTensor does to an image: Pillow's bilinear resize, then floats."""

    def __init__(self, options):
        self.images, self.labels = (array[: options.get("limit")] for array in read_data(options["data"]))
        self.size = options.get("resize")

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        from PIL import Image

        image = Image.fromarray(self.images[index])
        if self.size:
            image = image.resize((self.size, self.size), Image.BILINEAR)
        return torch.from_numpy(numpy.array(image)).unsqueeze(0).to(torch.float32).div(255), int(self.labels[index])


def data_loader(options):
    return torch.utils.data.DataLoader(
        Pictures(options), options["batch_size"], shuffle=True, num_workers=4, drop_last=True, persistent_workers=False
    )


class InMemory:
    """All of it in memory, a batch enlarged at once."""

    def __init__(self, options):
        images, labels = (array[: options.get("limit")] for array in read_data(options["data"]))
        self.images, self.labels = torch.from_numpy(images.copy()), torch.from_numpy(labels)
        self.size, self.batch_size = options.get("resize"), options["batch_size"]

    def __iter__(self):
        order = torch.randperm(len(self.labels))
        for picked in order[: len(order) // self.batch_size * self.batch_size].split(self.batch_size):
            images = self.images[picked].unsqueeze(1).float().div_(255)
            if self.size:
                images = functional.interpolate(images, size=self.size, mode="bilinear", align_corners=False)
            yield images, self.labels[picked]


def make_net(options):
    net = NETS[options["model"]][0]()
    if options.get("best"):
        net = net.to(memory_format=torch.channels_last)
    return torch.compile(net) if options.get("compile") else net


def autocast(options):
    return torch.autocast("cpu", torch.bfloat16, enabled=bool(options.get("bfloat16")))


def train(options):
    def initial(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.xavier_uniform_(module.weight)

    net = make_net(options)
    net.apply(initial)
    optimizer = torch.optim.SGD(net.parameters(), lr=options["lr"])
    loss_function = nn.CrossEntropyLoss()
    loaded = InMemory(options) if options.get("best") else data_loader(options)
    batches = endless(lambda: loaded)
    net.train()

    def run():
        images, labels = batches()
        if options.get("best"):
            images = images.to(memory_format=torch.channels_last)
        optimizer.zero_grad()
        with autocast(options):
            answers = net(images)
            loss = loss_function(answers, labels)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            float(loss * len(labels))
            float((answers.argmax(dim=1) == labels).float().sum())
        return options["batch_size"]

    return run


def infer(options):
    # Autocast would cast the weights again for every batch.
    kind = torch.bfloat16 if options.get("bfloat16") else torch.float32
    net = make_net(options).eval().to(kind)
    side = NETS[options["model"]][1]
    images = torch.rand(options["batch_size"], 1, side, side)
    if options.get("best"):
        images = images.to(memory_format=torch.channels_last)

    def run():
        with torch.inference_mode():
            net(images.to(kind)).float().numpy()
        return options["batch_size"]

    return run


def load(options):
    loaded = InMemory(options) if options.get("best") else data_loader(options)

    def run():
        return sum(len(images) for images, _ in loaded)

    return run


if __name__ == "__main__":
    serve({"train": train, "infer": infer, "load": load})
