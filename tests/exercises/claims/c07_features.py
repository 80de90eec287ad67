"""What backs the numbers in the texts of solutions/07_features.py."""

from claiming import Claim, Stated, computed, printed, published, recorded, result

NAME = "07_features"


def cameras(features, figure):
    return result("bench/cameras", "features", features, figure)


def part(name):
    """The accuracy of raw pixels behind a part of a camera."""
    return result("bench/cameras", "raw pixels by part", name)


def shown(cell, words, number=0):
    return printed(NAME, cell, words, number)


def hundredth(value):
    return computed(lambda found: found / 100, value)


SENT_IN = "cited: the table in Fashion-MNIST's README"
KRIZHEVSKY = "cited: Krizhevsky et al. 2012, table 2"
CLAIMS = [
    Stated("intro", "reaches an accuracy of 0.926", "đạt độ chính xác 0,926", SENT_IN),
    Claim("intro", "reach {} on average", "trung bình đạt {}", published("alexnet, mxnet")),
    Stated("intro", "plan two to three hours", "nên dành hai đến ba giờ", "time to plan"),
    Stated("svm_text", "clipped at 0.2", "cắt ở mức 0,2", "a setting"),
    Stated("words_text", "such as 0.85", "chẳng hạn 0.85", "a setting"),
    Stated("words_text", "takes a quarter of a minute", "mất chừng mười lăm giây", "time to plan"),
    Stated("features_text", "| Fashion-MNIST | 0.02 | 0.78 |", "| Fashion-MNIST | 0,02 | 0,78 |", "a bar"),
    Stated("features_text", "cannot be had) | 0.10 | 0.73 |", "không có Fashion-MNIST) | 0,10 | 0,73 |", "a bar"),
    Claim(
        "features_text",
        "raw pixels reach {} on average, their square roots no more ({}), and the 441 numbers of 7×7 cells with 9 bins, without "
        "blocks, {};",
        "điểm ảnh thô trung bình đạt {}, căn bậc hai của chúng cũng không hơn ({}), còn 441 con số của 7×7 ô với 9 ngăn, không có "
        "khối, đạt {};",
        [cameras("raw pixels", "mean"), cameras("square roots", "mean"), cameras("441 votes", "mean")],
    ),
    Claim(
        "features_text",
        "these lie between {} and {}",
        "con số ấy nằm giữa {} và {}",
        [cameras("441 votes", "lowest"), cameras("441 votes", "highest")],
    ),
    Stated("features_text", "an accuracy below 0.80", "độ chính xác dưới 0,80", "a bar"),
    Claim("why_camera-answer", "({} before and after)", "(trước và sau đều đạt {})", part("no camera")),
    Claim("why_camera-answer", "({} before and after)", "(trước và sau đều đạt {})", part("turn")),
    Claim("why_camera-answer", "({} before and after)", "(trước và sau đều đạt {})", part("negative")),
    Claim("why_camera-answer", "it costs little ({})", "chỉ mất ít ({})", part("lens")),
    Claim("why_camera-answer", "({} without any lens)", "({} khi không có thấu kính)", part("each of its own")),
    Claim(
        "closing",
        "come out alike ({} and {})",
        "cho kết quả như nhau ({} và {})",
        [shown("svm", "{} HOG, SVM"), shown("svm", "{} HOG, your hinge_step")],
    ),
    Claim("closing", "the same machine has {}.", "chính máy ấy chỉ đạt {}.", shown("svm", "{} raw pixels, SVM")),
    Claim(
        "closing",
        "raw pixels reach {} on the first 6,000 training images, and 588 numbers (histograms of gradients and a small copy of the "
        "picture) {}.",
        "điểm ảnh thô đạt {} trên 6.000 ảnh huấn luyện đầu, còn 588 con số (biểu đồ gradient và một bản thu nhỏ của ảnh) đạt {}.",
        [shown("your_features", "{} {} {} raw pixels"), shown("your_features", "{} {} {} features")],
    ),
    Claim(
        "closing",
        "they have {} and {}, against {} and {}:",
        "chúng đạt {} và {}, so với {} và {}:",
        [
            *(shown("your_features", "{} {} {} raw pixels", place) for place in (1, 2)),
            *(shown("your_features", "{} {} {} features", place) for place in (1, 2)),
        ],
    ),
    Claim("closing", "One bag has {}.", "Một túi đạt {}.", shown("words", "one bag no guess {}")),
    Claim("closing", "know roughly where, have {}.", "nằm ở đâu, đạt {}.", shown("words", "nine bags no guess {}")),
    Claim("closing", "themselves have {}.", "vectơ mô tả thì đạt {}.", shown("words", "36 descriptors no guess {}")),
    Claim("closing", "median similarity is {} (", "Trung vị của độ giống là {} (", shown("filters", "{} learned")),
    Claim(
        "closing",
        "({} and {} with two other seeds)",
        "khác là {} và {})",
        [result("bench/first_layer", "median similarity", seed) for seed in ("1", "2")],
    ),
    Claim(
        "closing",
        "noise has {}, and noise of the same smoothness {}.",
        "nhiễu đạt {}, còn nhiễu có cùng độ trơn đạt {}.",
        [shown("filters", "equally smooth {} noise"), shown("filters", "{} noise, equally smooth")],
    ),
    Stated("closing", "learned from 1.2 million", "học từ 1,2 triệu", KRIZHEVSKY),
    Claim(
        "closing",
        "both get {}% wrong",
        "{}% bị cả hai đoán sai",
        hundredth(shown("confusions", "of those wrong in one: {}%")),
    ),
    Claim("closing", "it would be {}%.", "thì chỉ là {}%.", hundredth(shown("confusions", "if they were unrelated: {}%"))),
    Stated("closing", "people reach 0.835", "con người đạt 0,835", SENT_IN),
    Stated("closing", "had 16.4% top-5 errors (a single one 18.2%", "có 16,4% lỗi top-5 (một mạng riêng lẻ: 18,2%", KRIZHEVSKY),
    Stated("closing", "pipeline 26.2%", "tốt nhất có 26,2%", KRIZHEVSKY),
    Stated("closing", "their 15.3% are of seven nets", "con số 15,3% của họ là của bảy mạng", KRIZHEVSKY),
    Claim("closing", "a little: {} is less than", "một chút: {} thấp hơn", published("alexnet, mxnet")),
    Stated("closing", "is less than the 0.926", "thấp hơn 0,926", SENT_IN),
    Claim("closing", "reaches {} in this project", "ấy đạt {} trong dự án này", recorded("alexnet-accurate")),
    Claim("closing", "after {}¼ epochs", "sau {}¼ epoch", computed(int, recorded("alexnet-accurate", "epoch"))),
    Claim("closing", "10,000 pictures, with {}, reaches", "10.000 bức ảnh, đạt {}, chưa", shown("svm", "{} HOG, SVM")),
    Claim("closing", "the small net has {} after", "mạng nhỏ đạt {} cũng", shown("net", "test accuracy: {}")),
    Stated("closing", "with flips, have 0.939", "phép lật đạt 0,939", SENT_IN),
]
