"""What backs the numbers in the texts of solutions/01_epochs.py."""

from claiming import Claim, Stated, computed, curve, net, printed, published, recorded, training_minutes


def jump(tests):
    """The largest change from one epoch to the next after the fifth."""
    return max(abs(after - before) for before, after in zip(tests[4:], tests[5:], strict=False))


def moves(tests):
    """The mean change from one epoch to the next over the last twenty."""
    return sum(abs(after - before) for before, after in zip(tests[-21:], tests[-20:], strict=False)) / 20


CLAIMS = [
    Claim(
        "recorded_text",
        "{} of LeNet and {} of AlexNet",
        "{} lần của LeNet và {} lần của AlexNet",
        [published("lenet, mxnet", "runs"), published("alexnet, mxnet", "runs")],
    ),
    Claim(
        "why_below",
        "Over {} published runs AlexNet's log ends, on average, with {} on the training images and {} on the test images",
        "Trên {} lần chạy đã công bố, nhật ký của AlexNet kết thúc trung bình ở {} trên ảnh huấn luyện và {} trên ảnh kiểm tra",
        [published("alexnet, mxnet", figure) for figure in ("runs", "train", "test")],
    ),
    Claim("recipe_text", 'AlexNet "has" {} here', 'AlexNet "được" {} ở đây', recorded("alexnet-chapter")),
    Stated("recipe_text", "constant rate .01, ten", "tốc độ học cố định 0,01, mười", "a setting"),
    Stated("recipe_text", "less dropout (0.3)", "ít dropout hơn (0,3)", "a setting"),
    Stated("three_nets_text", "(0.1 in place of 0.9)", "(0,1 thay cho 0,9)", "a setting"),
    Claim("quick_net_text", "right on {}% of the test images", "LeNet đúng {}% số ảnh", recorded("lenet-chapter", at=1)),
    Stated("quick_net_text", "| .845 | .85 |", "| 0,845 | 0,85 |", "a bar"),
    Stated("quick_net_text", "| .86 | .90 |", "| 0,86 | 0,90 |", "a bar"),
    Stated("quick_net_text", "gets to about .83", "chỉ đạt khoảng 0,83", "cited: its hidden check's author"),
    Claim("closing", "for a whole epoch ({} in", "suốt epoch đầu ({} trong", recorded("lenet-chapter", at=0)),
    Claim("closing", "(test {} recorded", "(kiểm tra {} trong lần đã", recorded("lenet-chapter")),
    Claim(
        "closing",
        "; {} ± {} over {} published runs)",
        "; {} ± {} trên {} lần đã công bố)",
        [published("lenet, mxnet", figure) for figure in ("test", "deviation", "runs")],
    ),
    Claim(
        "closing",
        "after thirty it has {}, after sixty {}",
        "sau ba mươi epoch đạt {}, sau sáu mươi đạt {}",
        [recorded("lenet-60-constant", at=29), recorded("lenet-60-constant")],
    ),
    Claim(
        "closing",
        "jumps by up to {} from one epoch to the next after the fifth",
        "sau epoch thứ năm độ chính xác kiểm tra vẫn nhảy tới {} giữa",
        curve("lenet-chapter", jump),
    ),
    Claim(
        "closing",
        "still moves by {} from one epoch to the next, on average; with a rate that falls to 0 along a cosine, by {}",
        "mỗi epoch nó vẫn xê dịch {}; với tốc độ học giảm về 0 theo lịch cosine thì chỉ {}",
        [curve("lenet-60-constant", moves), curve("lenet-60-cosine", moves)],
    ),
    Claim(
        "closing",
        "lowest test loss after epoch {} ({}); by epoch 60 it has risen to {}, while on the images that the net learned from the "
        "accuracy goes on to {}",
        "mất mát kiểm tra thấp nhất sau epoch {} ({}); đến epoch 60 nó đã tăng lên {}, trong khi trên những ảnh mà mạng đã học, độ "
        "chính xác vẫn tiếp tục lên tới {}",
        [
            curve("lenet_relu-60-constant", lambda losses: losses.index(min(losses)) + 1, "test_loss"),
            curve("lenet_relu-60-constant", min, "test_loss"),
            recorded("lenet_relu-60-constant", "test_loss"),
            recorded("lenet_relu-60-constant", "learned_accuracy"),
        ],
    ),
    Claim(
        "closing",
        "dropout of 0.5 the test loss is lowest after epoch {}, and the last accuracy is {} where it was {} without",
        "dropout 0,5, mất mát kiểm tra thấp nhất sau epoch {}, và độ chính xác cuối cùng là {}, còn không có dropout là {} (mỗi",
        [
            curve("lenet_relu-60-dropout", lambda losses: losses.index(min(losses)) + 1, "test_loss"),
            recorded("lenet_relu-60-dropout"),
            recorded("lenet_relu-60-constant"),
        ],
    ),
    Claim(
        "closing",
        "With ReLU it does end higher: {} in place of {}.",
        "Với ReLU thì kết thúc cao hơn thật: {} thay vì {}.",
        [recorded("lenet_relu-60-cosine"), recorded("lenet_relu-60-constant")],
    ),
    Claim("closing", "falling rate ends at {}", "giảm dần kết thúc ở {}", recorded("lenet-60-cosine")),
    Claim(
        "closing",
        "as many epochs: {} ± {} over {} published runs",
        "cùng số epoch: {} ± {} trên {} lần",
        [published("alexnet, mxnet", figure) for figure in ("test", "deviation", "runs")],
    ),
    Claim(
        "closing",
        "training figure ({}) lies below its test figure ({})",
        "chính xác huấn luyện của nó ({}) thấp hơn độ chính xác kiểm tra ({})",
        [published("alexnet, mxnet", figure) for figure in ("train", "test")],
    ),
    Claim(
        "closing",
        "The gap is at least {} standard errors",
        "Khoảng cách bằng ít nhất {} lần sai số",
        computed(abs, printed("01_epochs", "tell_apart-check", "standard error {}, -{} of them", 1)),
    ),
    Claim("closing", "means of {} runs", "trung bình của {} lần chạy", published("alexnet, mxnet", "runs")),
    Claim(
        "closing",
        "AlexNet has {} parameters, {} times LeNet's",
        "AlexNet có {} tham số, gấp {} lần LeNet",
        [net("alexnet"), computed(lambda ours, theirs: ours / theirs, net("alexnet"), net("lenet"))],
    ),
    Claim("closing", "has {} for HOG features", "ghi {} cho đặc trưng HOG", published("fashion-mnist, hog and svm")),
    Claim("closing", "get there: {} here", "ở đây là {}, lần", recorded("alexnet-chapter")),
    Claim("closing", "here, {} in the best", "trong các lần đã công bố là {}", published("alexnet, mxnet", "highest")),
    Claim(
        "closing",
        "as many epochs: {} after {}",
        "một nửa số epoch: {} sau {} epoch",
        [recorded("alexnet-accurate"), recorded("alexnet-accurate", "epoch")],
    ),
    Claim("closing", "It took {} minutes", "mất {} phút", training_minutes("alexnet-accurate")),
]
