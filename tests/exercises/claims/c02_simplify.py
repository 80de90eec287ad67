"""What backs the numbers in the texts of solutions/02_simplify.py."""

from claiming import Claim, Stated, computed, net, published, recorded, share, training_minutes


def millions(value):
    return computed(lambda found: found / 1e6, value)


CLAIMS = [
    Stated("intro", "1.2 million colour", "1,2 triệu ảnh màu", "cited: Krizhevsky et al. 2012"),
    Claim("gain_text", "{} parameters", "{} tham số", net("alexnet")),
    Stated("small_alexnet_text", "reach a test accuracy of .65 (.55 on", "độ chính xác kiểm tra 0,65 (0,55 với", "a bar"),
    Stated("net28_text", "that LeNet by .20", "phải hơn LeNet ấy 0,20", "a bar"),
    Stated("net28_text", "and reach .83 (.86 on", "và đạt 0,83 (0,86 với", "a bar"),
    Stated("net28_text", "any convolution reaches .82", "cũng đã đạt 0,82", "cited: its hidden check's author"),
    Stated("tiny_net_text", "than LeNet by .10", "phải hơn LeNet 0,10", "a bar"),
    Stated("tiny_net_text", "and reach .83 (.85 on", "và đạt 0,83 (0,85 với", "a bar"),
    Stated("race_text", "the same: 15 seconds", "như nhau: 15 giây", "a setting"),
    Claim("race_text", "{} minutes of training", "{} phút huấn luyện", training_minutes("alexnet-quick")),
    Claim("race_text", "test accuracy {}", "độ chính xác kiểm tra {}", recorded("alexnet-quick")),
    Claim(
        "closing",
        "{} % of AlexNet's {} parameters ({} MB in float32)",
        "{} % trong {} tham số của AlexNet ({} MB ở float32)",
        [
            share(net("alexnet", layers="dense"), net("alexnet")),
            net("alexnet"),
            millions(computed(lambda params: 4 * params, net("alexnet"))),
        ],
    ),
    Claim(
        "closing",
        "{} % of its {} million multiply-adds",
        "{} % trong {} triệu phép nhân-cộng",
        [
            share(net("alexnet", "macs", "conv"), net("alexnet", "macs")),
            millions(net("alexnet", "macs")),
        ],
    ),
    Claim(
        "closing",
        "its share is {} %, so that the net becomes {} times",
        "tầng ấy chiếm {} %, nên cả mạng rẻ đi nhiều nhất {} lần",
        [
            share(net("alexnet", "macs", "conv2"), net("alexnet", "macs")),
            computed(lambda part, whole: 1 / (1 - part / whole), net("alexnet", "macs", "conv2"), net("alexnet", "macs")),
        ],
    ),
    Claim(
        "closing",
        "AlexNet to {} in {} minutes",
        "AlexNet đến {} trong {} phút",
        [recorded("alexnet-quick"), training_minutes("alexnet-quick")],
    ),
    Claim(
        "closing",
        "{} published runs of the chapter's recipe have {} after ten passes (standard deviation {})",
        "{} lần chạy đã công bố theo công thức của chương đạt {} sau mười lượt (độ lệch chuẩn {})",
        [published("alexnet, mxnet", figure) for figure in ("runs", "test", "deviation")],
    ),
    Stated("closing", "reached .932 in", "đạt 0,932 sau", "cited: no file here; to be replaced"),
    Stated("closing", "in 4.7 minutes", "trong 4,7 phút", "cited: no file here; to be replaced"),
    Claim("closing", "with flips have {},", "kèm lật ảnh đạt {},", published("fashion-mnist, two convolutions")),
    Claim("closing", "support vector machine {}, and", "máy vectơ hỗ trợ đạt {}, và", published("fashion-mnist, hog and svm")),
    Claim("closing", "people {}", "con người đạt {}", published("fashion-mnist, people")),
    Claim(
        "closing",
        "{} parameters has {} on average ({} published",
        "với {} tham số đạt trung bình {} ({} lần",
        [net("lenet"), published("lenet, mxnet"), published("lenet, mxnet", "runs")],
    ),
]
