"""What backs the numbers in the texts of solutions/04_cost.py."""

from claiming import Claim, Stated, computed, net, published, share

PEAK, BANDWIDTH = 250e9, 25e9  # those of the notebook's small machine
OF_2012 = 60_965_224  # parameters, by the paper's layers: 34,944 + 307,456 + 885,120 + 663,936 + 442,624 + 37,752,832 + 16,781,312 + 4,097,000


def rows():
    """(kind, parameters, multiply-adds, values in, values out) of AlexNet's layers, without dropout."""
    from gluon_alexnet import analysis, models

    costs = analysis.analyze(models.alexnet_spec())
    kinds = ("conv", "pool", "dense")
    return [(c.kind, c.params, c.macs, c.input_bytes // 4, c.output_bytes // 4) for c in costs if c.kind in kinds]


def moved(batch, kind=None):
    """The bytes that a forward pass moves at least, of the layers of a kind or of all."""
    return lambda: 4 * sum(p + batch * (into + out) for k, p, _, into, out in rows() if kind in (None, k))


def least(batch, peak=PEAK, bandwidth=BANDWIDTH):
    """The seconds of a forward pass at least."""
    return lambda: sum(max(2 * batch * macs / peak, 4 * (p + batch * (i + o)) / bandwidth) for _, p, macs, i, o in rows())


def step(batch, peak=PEAK, bandwidth=BANDWIDTH):
    """The seconds of a training step at least: two passes of the first layer and of poolings, three of the others, the update."""

    def value():
        seconds = 3 * 4 * sum(p for _, p, *_ in rows()) / bandwidth
        for place, (kind, p, macs, into, out) in enumerate(rows()):
            passes = 2 if kind == "pool" or not place else 3
            seconds += passes * max(2 * batch * macs / peak, 4 * (p + batch * (into + out)) / bandwidth)
        return seconds

    return value


def times(factor, value):
    return computed(lambda found: factor * found, value)


def activations():
    return 4 * (rows()[0][3] + sum(out for *_, out in rows()))


def of(number):
    return lambda: number


PARAMS, MACS = net("alexnet"), net("alexnet", "macs")
DENSE, CONV = net("alexnet", layers="dense"), net("alexnet", layers="conv")
CLAIMS = [
    Claim(
        "why_split-answer",
        "have {}% of the parameters, {} million, but {}% of the work",
        "chỉ có {}% số tham số, {} triệu, nhưng làm {}% số phép tính",
        [share(CONV, PARAMS), times(1e-6, CONV), share(net("alexnet", "macs", "conv"), MACS)],
    ),
    Claim("why_split-answer", "costs {} MB of gradients", "chỉ tốn {} MB gradient", times(4e-6, CONV)),
    Claim(
        "why_split-answer",
        "layers have {} million parameters, {} MB of gradients",
        "có {} triệu tham số, tức {} MB gradient",
        [times(1e-6, DENSE), times(4e-6, DENSE)],
    ),
    Claim("why_split-answer", "images that is {} MB in all", "tất cả là {} MB", of(128 * 4 * (6400 + 4096 + 4096) / 1e6)),
    Stated("compute_bound_batch_text", "not quite 0.5 FLOP/byte", "chưa tới 0,5 FLOP/byte", "arithmetic"),
    Claim(
        "why_faster-answer",
        "it is a draw: {} ms at least, {} with twice the peak and {} with twice the bandwidth",
        "hai bên ngang nhau: ít nhất {} ms, còn {} khi đỉnh gấp đôi và {} khi băng thông gấp đôi",
        [times(1e3, seconds) for seconds in (least(1), least(1, 2 * PEAK), least(1, PEAK, 2 * BANDWIDTH))],
    ),
    Stated("why_faster-answer", "layers (0.5 FLOP/byte, far", "đầy đủ (0,5 FLOP/byte, xa", "arithmetic"),
    Claim(
        "why_faster-answer",
        "takes {} s a step, {} with twice the peak and still {} with",
        "mất ít nhất {} s, còn {} khi đỉnh gấp đôi nhưng vẫn {} khi",
        [step(128), step(128, 2 * PEAK), step(128, PEAK, 2 * BANDWIDTH)],
    ),
    Claim(
        "closing",
        "has {} parameters: {} MB in float32, {}% of them in the dense layers",
        "có {} tham số: {} MB với float32, {}% nằm ở các tầng kết nối đầy đủ",
        [PARAMS, times(4e-6, PARAMS), share(DENSE, PARAMS)],
    ),
    Claim(
        "closing",
        "has {} parameters, {} MB, so",
        "có {} tham số, {} MB, vậy",
        [of(OF_2012), of(4e-6 * OF_2012)],
    ),
    Claim(
        "closing",
        "it is {} MB, which may be what was once meant; for the net here {} MB",
        "thì là {} MB, có lẽ đó mới là điều muốn nói lúc đầu; với mạng ở đây là {} MB",
        [of(12e-6 * OF_2012), times(12e-6, PARAMS)],
    ),
    Claim("closing", "weigh in: {} MB of activations each", "mỗi ảnh cần {} MB giá trị kích hoạt", times(1e-6, activations)),
    Claim(
        "closing",
        "it is {} MB against {} MB",
        "là {} MB so với {} MB",
        [times(128e-6, activations), times(8e-6, PARAMS)],
    ),
    Claim(
        "closing",
        "{} multiply-adds an image, {}% of them in the convolutions, {}% in `conv2` alone",
        "{} phép nhân-cộng cho mỗi ảnh, {}% ở các tầng tích chập, riêng `conv2` đã {}%",
        [MACS, share(net("alexnet", "macs", "conv"), MACS), share(net("alexnet", "macs", "conv2"), MACS)],
    ),
    Stated("closing", "90 to 95% of the computation and 5% of", "90 đến 95% phép tính và 5% tham số", "cited: Krizhevsky 2014"),
    Claim(
        "closing",
        "For one image, {}% of the traffic",
        "Với một ảnh, {}% lưu lượng",
        share(times(4, DENSE), moved(1)),
    ),
    Stated("closing", "weights, at 0.5 FLOP/byte", "ở mức 0,5 FLOP/byte", "arithmetic"),
    Claim(
        "closing",
        "moves to the convolutions ({}%) and the poolings ({}%)",
        "chuyển sang các tầng tích chập ({}%) và các tầng gộp ({}%)",
        [share(moved(128, "conv"), moved(128)), share(moved(128, "pool"), moved(128))],
    ),
    Stated("closing", "| 1.58 T | 192 G |", "| 1,58 T | 192 G |", "cited: the data sheet"),
    Stated("closing", "| 989 T | 3.35 T |", "| 989 T | 3,35 T |", "cited: the data sheet"),
    Claim("closing", "train {} images/s on one GPU", "huấn luyện {} ảnh mỗi giây trên một GPU", published("alexnet, mxnet", "images_per_second")),
    Claim("closing", "these are {} TFLOP/s", "đó là {} TFLOP/s", computed(lambda macs, speed: 6e-12 * macs * speed, MACS, published("alexnet, mxnet", "images_per_second"))),
    Stated("closing", "says 15.7 in float32", "ghi 15,7 với float32", "cited: the data sheet"),
]
