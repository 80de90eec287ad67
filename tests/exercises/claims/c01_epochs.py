"""What backs the numbers in the texts of solutions/01_epochs.py."""

from claiming import Claim, Stated, computed, curve, net, printed, published, recorded

CLAIMS = [
    Claim("quick_net_text", "right on {} of the test images", "LeNet đúng {} số ảnh", recorded("lenet-chapter", at=1)),
    Stated("quick_net_text", "it reaches .82 in", "nó đã đạt 0,82", "cited: its hidden check's author"),
    Stated("quick_net_text", "(.45 where", "(0,45 nếu", "a bar"),
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
        "jumps by up to {} from one epoch to the next after the fifth",
        "sau epoch thứ năm độ chính xác kiểm tra vẫn nhảy tới {} giữa",
        curve("lenet-chapter", lambda tests: max(abs(after - before) for before, after in zip(tests[4:], tests[5:], strict=False))),
    ),
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
        "The gap is {} standard errors",
        "Khoảng cách bằng {} lần sai số",
        computed(abs, printed("01_epochs", "tell_apart-check", "standard error {}, -{} of them", 1)),
    ),
    Claim(
        "closing",
        "AlexNet has {} parameters, {} times LeNet's",
        "AlexNet có {} tham số, gấp {} lần LeNet",
        [net("alexnet"), computed(lambda ours, theirs: ours / theirs, net("alexnet"), net("lenet"))],
    ),
    Claim("closing", "has {} for HOG features", "ghi {} cho đặc trưng HOG", published("fashion-mnist, hog and svm")),
]
