"""What backs the numbers in the texts of solutions/02_simplify.py."""

import statistics

from claiming import Claim, Stated, computed, net, published, recorded, share, training_minutes

SEEDS = (0, 1, 2)


def millions(value):
    return computed(lambda found: found / 1e6, value)


def megabytes(value, copies=1):
    """float32, with as many copies of the parameters."""
    return computed(lambda params: 4 * copies * params / 1e6, value)


def mean_of_seeds(name):
    return computed(lambda *found: statistics.mean(found), *(recorded(name, seed=seed) for seed in SEEDS))


CLAIMS = [
    Stated("intro", "1.2 million colour", "1,2 triệu ảnh màu", "cited: Krizhevsky et al. 2012"),
    Claim("gain_text", "{} parameters. In float32", "{} tham số. Ở float32", net("alexnet")),
    Claim(
        "gain_text",
        "that is {} MB, and {} MB with",
        "đó là {} MB, và là {} MB nếu",
        [megabytes(net("alexnet"), copies) for copies in (1, 3)],
    ),
    Stated("net28_text", "this way: .826 one", "cách này: 0,826 với", "cited: its hidden check's author"),
    Stated("tiny_net_text", "reach .82 to .83", "đạt 0,82 đến 0,83", "cited: its hidden check's author"),
    Stated("race_text", "the same: 15 seconds", "như nhau: 15 giây", "a setting"),
    Claim(
        "closing",
        "{}% of AlexNet's {} parameters ({} MB in float32)",
        "{}% trong {} tham số của AlexNet ({} MB ở float32)",
        [share(net("alexnet", layers="dense"), net("alexnet")), net("alexnet"), megabytes(net("alexnet"))],
    ),
    Claim(
        "closing",
        "{}% of its {} million multiply-adds",
        "{}% trong {} triệu phép nhân-cộng",
        [share(net("alexnet", "macs", "conv"), net("alexnet", "macs")), millions(net("alexnet", "macs"))],
    ),
    Claim(
        "closing",
        "its share is {}%, so that the net becomes {} times",
        "tầng ấy chiếm {}%, nên cả mạng rẻ đi nhiều nhất {} lần",
        [
            share(net("alexnet", "macs", "conv2"), net("alexnet", "macs")),
            computed(lambda part, whole: 1 / (1 - part / whole), net("alexnet", "macs", "conv2"), net("alexnet", "macs")),
        ],
    ),
    Claim(
        "closing",
        "enlarged pictures has {} (three runs, {} minutes), AlexNet itself {} (one run, {} minutes, two cores)",
        "ảnh phóng to đạt {} (ba lần chạy, {} phút), còn chính AlexNet đạt {} (một lần chạy, {} phút, hai nhân)",
        [
            mean_of_seeds("alexnet_small-fast"),
            training_minutes("alexnet_small-fast-2"),  # the middle one of the three
            recorded("alexnet-accurate"),
            training_minutes("alexnet-accurate"),
        ],
    ),
    Claim(
        "closing",
        "time for {} to {} epochs, AlexNet for {}.",
        "kịp học {} đến {} epoch, còn AlexNet {}.",
        [
            computed(min, *(recorded("alexnet_small-fast", "epoch", seed=seed) for seed in SEEDS)),
            computed(max, *(recorded("alexnet_small-fast", "epoch", seed=seed) for seed in SEEDS)),
            recorded("alexnet-accurate", "epoch"),
        ],
    ),
    Claim("closing", "alexnet_small`, has {} parameters", "alexnet_small`, có {} tham số", net("alexnet_small")),
    Claim(
        "closing",
        "has {} after {} minutes (three runs; {} parameters)",
        "đạt {} sau {} phút (ba lần chạy; {} tham số)",
        [mean_of_seeds("compact-fast"), training_minutes("compact-fast"), net("compact")],
    ),
    Claim(
        "closing",
        "brings AlexNet to {} in ten epochs ({} published runs, standard deviation {})",
        "đưa AlexNet đến {} sau mười epoch ({} lần chạy đã công bố, độ lệch chuẩn {})",
        [published("alexnet, mxnet", figure) for figure in ("test", "runs", "deviation")],
    ),
    Claim(
        "closing",
        "`gluon-alexnet train` to {} in {} minutes",
        "`gluon-alexnet train` đưa đến {} trong {} phút",
        [recorded("alexnet-quick"), training_minutes("alexnet-quick")],
    ),
    Claim("closing", "recipe above to {}: the same", "công thức ở trên đưa đến {}: lần nào", recorded("alexnet-accurate")),
    Claim("closing", "with flips have {},", "kèm lật ảnh đạt {},", published("fashion-mnist, two convolutions")),
    Claim("closing", "support vector machine {}, and", "máy vectơ hỗ trợ đạt {}, và", published("fashion-mnist, hog and svm")),
    Claim("closing", "people {}", "con người đạt {}", published("fashion-mnist, people")),
    Claim(
        "closing",
        "{} parameters has {} on average ({} published",
        "với {} tham số đạt trung bình {} ({} lần",
        [net("lenet"), published("lenet, mxnet"), published("lenet, mxnet", "runs")],
    ),
    Claim(
        "first_layers_text",
        "is right on {}% of 2,000 test images",
        "mạng đúng {}% trong 2.000 ảnh",
        recorded("alexnet-filters"),
    ),
]
