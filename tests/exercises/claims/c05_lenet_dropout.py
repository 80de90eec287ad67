"""What backs the numbers in the texts of solutions/05_lenet_dropout.py."""

import statistics

from claiming import Claim, Stated, computed, net, printed, published, recorded, result, share

NOTEBOOK = "05_lenet_dropout"


def run(kind, rate, prepared, place=1):
    """The accuracy that the experiment printed for one of its nets, on training images (place 0) or validation images (1)."""
    words = f"{kind} dropout {rate} {prepared} training images {{}}, validation images {{}}"
    return printed(NOTEBOOK, "grid", words, place)


def gap(rate, prepared):
    return computed(lambda seen, unseen: seen - unseen, run("relu", rate, prepared, 0), run("relu", rate, prepared))


def steps(prepared):
    return printed(NOTEBOOK, "grid_plot", f"sigmoid {prepared} steps to a loss below 2: {{}}")


PLAIN, NORMAL, CHANGED = "plain", "normalised", "normalised, augmented"
FIRST_EPOCH = computed(lambda losses: statistics.mean(losses[:235]), result("lenet-chapter", "step_losses"))
PIXELS = ".2860 and .3530", "0,2860 và 0,3530"
CLAIMS = [
    Stated("intro", "of .50 instead of .75", "0,50 thay vì 0,75", "a bar"),
    Stated("intro", "for .80 and .93 instead of .82 and .855", "0,80 và 0,93 thay vì 0,82 và 0,855", "a bar"),
    Stated("lenet_relu_text", "must reach .75 and be .05 better", "phải đạt 0,75 và hơn mạng kia 0,05", "a bar"),
    Stated("lenet_relu_text", "warms up to .05", "khởi động dần lên 0,05", "a setting"),
    Claim("lenet_relu_text", "still {} (1 point)", "vẫn là {} (1 điểm)", net("lenet")),
    Stated("grid_text", "rate .1", "tốc độ học 0,1", "a setting"),
    Stated("grid_text", "rate .03", "tốc độ học 0,03", "a setting"),
    Stated("grid_text", "dropout 0 or .5", "dropout 0 hoặc 0,5", "a setting"),
    Stated("why_dropout", "Dropout .5", "Dropout 0,5", "a setting"),
    Claim("best_lenet_text", "{} trainable parameters", "{} tham số huấn luyện được", net("lenet")),
    Claim("best_lenet_text", "(LeNet: {})", "(LeNet: {})", net("lenet", "macs")),
    Claim(
        "best_lenet_text",
        "best of {} published runs",
        "Trong {} lần chạy đã công bố",
        published("lenet, mxnet", "runs"),
    ),
    Claim("best_lenet_text", "reached {}, after", "đạt {}, sau", published("lenet, mxnet", "highest")),
    Stated("best_lenet_text", "must reach .82", "phải đạt 0,82", "a bar"),
    Stated("best_lenet_text", "and .855 for", "và 0,855 để", "a bar"),
    Claim("best_lenet_text", "{}% of LeNet's", "{}% tham số của LeNet", share(net("lenet", layers="dense1"), net("lenet"))),
    Stated("closing", "learning rate .9", "tốc độ học 0,9", "a setting"),
    Claim("closing", "guessing ({};", "đoán mò ({};", FIRST_EPOCH),
    Claim("closing", "accuracy after them {}.", "sau đó là {}.", recorded("lenet-chapter", at=0)),
    Claim("closing", "ten epochs the test accuracy was {};", "độ chính xác kiểm tra là {};", recorded("lenet-chapter")),
    Claim("closing", "{} published runs", "{} lần chạy đã công bố", published("lenet, mxnet", "runs")),
    Claim(
        "closing",
        "{} on average (standard deviation {}, from {} to {})",
        "là {} (độ lệch chuẩn {}, từ {} đến {})",
        [published("lenet, mxnet", figure) for figure in ("test", "deviation", "lowest", "highest")],
    ),
    Claim(
        "closing",
        "went {}, {}, {}, {}, {}.",
        "lần lượt là {}, {}, {}, {}, {}.",
        [recorded("lenet-chapter", at=at) for at in range(-5, 0)],
    ),
    Stated("closing", "a change of .01", "thay đổi cỡ 0,01", "arithmetic"),
    Claim(
        "closing",
        "{} instead of {} on plain images",
        "{} thay vì {} với ảnh để nguyên",
        [run("relu", "0", PLAIN), run("sigmoid", "0", PLAIN)],
    ),
    Stated("closing", "Dropout of .5", "Dropout 0,5", "a setting"),
    Claim(
        "closing",
        "from {} to {} on plain images, and from {} to {} on normalised",
        "từ {} xuống {} với ảnh để nguyên, và từ {} xuống {} với",
        [run("sigmoid", rate, prepared) for prepared in (PLAIN, NORMAL) for rate in ("0", "0.5")],
    ),
    Stated("closing", *PIXELS, "counted"),
    Claim(
        "closing",
        "took the sigmoid net from {} to {}: its loss fell below 2 after {} steps, not {}",
        "sigmoid từ {} lên {}: mất mát xuống dưới 2 sau {} bước, thay vì {}",
        [run("sigmoid", "0", PLAIN), run("sigmoid", "0", NORMAL), steps(NORMAL), steps(PLAIN)],
    ),
    Claim(
        "closing",
        "was {} on normalised images; with one of the two it was {} (dropout) or {} (augmentation), with both {}.",
        "là {}; với một trong hai cách, nó còn {} (dropout) hoặc {} (tăng cường), với cả hai còn {}.",
        [gap("0", NORMAL), gap("0.5", NORMAL), gap("0", CHANGED), gap("0.5", CHANGED)],
    ),
    Claim(
        "closing",
        "{} with neither, {} with dropout, {} with augmentation, {} with both",
        "{} khi không dùng gì, {} với dropout, {} với tăng cường, {} với cả hai",
        [run("relu", "0", NORMAL), run("relu", "0.5", NORMAL), run("relu", "0", CHANGED), run("relu", "0.5", CHANGED)],
    ),
    Claim("closing", "came to {} after", "đạt {} sau 24.000", printed(NOTEBOOK, "best_lenet_try", "accuracy: {};")),
    Claim("closing", "had {} on the test images", "LeNet sigmoid đạt {} trên", recorded("lenet-chapter")),
    Claim("closing", "has {} for two", "ghi {} cho hai", published("fashion-mnist, two convolutions")),
    Claim("closing", "and {} for people", "và {} cho con người", published("fashion-mnist, people")),
]
