"""What backs the numbers in the texts of solutions/06_augmentation.py."""

import functools

from claiming import Claim, Stated, computed, printed, published, recorded

shown = functools.partial(printed, "06_augmentation")
LEARNED = "{}: training images {}; validation images {}; validation images, mirrored and moved {}"


def learned(name, place):
    return shown("regulariser", LEARNED.replace("{}", name, 1), place)


def gap(name):
    return computed(lambda seen, unseen: seen - unseen, learned(name, 0), learned(name, 1))


UNTOUCHED, CHANGED = "as they are", "augmented"
VIEWS = "as they are: points won by ten views: mean -{}, from -{} to -{}"
CLAIMS = [
    Stated("intro", "a gain of 0.105 instead of 0.18", "mức tăng 0,105 thay vì 0,18", "a bar"),
    Stated("ten_crops_text", "from 39.0% to 37.5%", "từ 39,0% xuống 37,5%", "cited: Krizhevsky et al. 2012"),
    Stated("colors_plot_text", "deviation 0.1.", "độ lệch chuẩn 0,1.", "cited: Krizhevsky et al. 2012"),
    Stated("colors_plot_text", "uses 1.5", "độ lệch chuẩn 1,5", "a setting"),
    Stated("policy_text", "between 0.3 and 1.2", "từ 0,3 đến 1,2", "a setting"),
    Stated("policy_text", "at least 0.18", "ít nhất 0,18", "a bar"),
    Claim(
        "closing",
        "named {}% of the garments rightly as they are, {}% after the model policy",
        "gọi đúng tên {}% số ảnh nguyên gốc, {}% sau chính sách mẫu",
        [shown("policy_try", "accuracy {}, after your policy {}", place) for place in range(2)],
    ),
    Claim("closing", "and {}% when half", "và {}% khi một nửa", shown("policy_try", "half of them upside down: {}")),
    Claim(
        "closing",
        "right on {}% of tidy pictures, but on only {}%",
        "đúng {}% trên ảnh ngay ngắn, nhưng chỉ {}%",
        [shown("policy_try", "tidy pictures {}, the customer's {}", place) for place in range(2)],
    ),
    Claim("closing", "back at {}%", "trở lại {}%", shown("policy_try", "known in 15 versions: the customer's {}")),
    Claim("closing", "fell from {} to {}", "giảm từ {} xuống {}", [gap(UNTOUCHED), gap(CHANGED)]),
    Claim(
        "closing",
        "won two points ({} to {}), on mirrored and moved ones {} ({} to {})",
        "thêm hai điểm phần trăm (từ {} lên {}), còn trên ảnh lật và dịch thì thêm {} điểm (từ {} lên {})",
        [
            learned(UNTOUCHED, 1),
            learned(CHANGED, 1),
            computed(lambda few, many: 100 * (many - few), learned(UNTOUCHED, 2), learned(CHANGED, 2)),
            learned(UNTOUCHED, 2),
            learned(CHANGED, 2),
        ],
    ),
    Claim(
        "closing",
        "gained {} points by ten views on average, the others lost {} ({} to {})",
        "trung bình {} điểm phần trăm nhờ mười cửa sổ, còn các mạng kia giảm {} điểm (từ {} đến {})",
        [
            shown("ten_views", "augmented: points won by ten views: mean {}"),
            shown("ten_views", VIEWS, 0),
            shown("ten_views", VIEWS, 2),
            shown("ten_views", VIEWS, 1),
        ],
    ),
    Claim(
        "closing",
        "no changes named {}% rightly, of the same boots as they are {}%",
        "nguyên gốc gọi đúng tên {}%, trong khi cũng những chiếc bốt ấy để nguyên thì đúng {}%",
        [
            shown("ten_views", "as they are: ankle boots named rightly {}, mirrored {}", 1),
            shown("ten_views", "as they are: ankle boots named rightly {}, mirrored {}", 0),
        ],
    ),
    Stated("closing", "took off 1.5", "giảm 1,5", "cited: Krizhevsky et al. 2012"),
    Claim("closing", "flips reach {}", "phép lật đạt {}", published("fashion-mnist, two convolutions")),
    Claim(
        "closing",
        "has {} on average in {} published runs",
        "trung bình {} trong {} lần chạy đã công bố",
        [published("alexnet, mxnet"), published("alexnet, mxnet", "runs")],
    ),
    Claim("closing", "same AlexNet reached {} here", "chính AlexNet ấy đạt {} ở đây", recorded("alexnet-accurate")),
]
