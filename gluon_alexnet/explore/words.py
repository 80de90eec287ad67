"""What the explorer calls things, in English and Vietnamese."""

from __future__ import annotations

from gluon_alexnet.analysis import times
from gluon_alexnet.explore.layers import Layer, Windows
from gluon_alexnet.language import Text as T

# What a layer is, by its kind.
KINDS = {
    "conv": T("convolution", "tích chập"),
    "pool": T("pooling", "gộp"),
    "globalpool": T("pooling of the whole map", "gộp toàn bản đồ"),
    "dense": T("dense layer", "tầng kết nối đầy đủ"),
    "batchnorm": T("batch normalization", "chuẩn hóa theo lô"),
    "responsenorm": T("local response normalization", "chuẩn hóa phản hồi cục bộ"),
    "dropout": T("dropout", "dropout"),
    "activation": T("activation", "hàm kích hoạt"),
    "flatten": T("laid flat", "trải phẳng"),
    "other": T("a layer that cannot be taken apart", "tầng không phân tích được"),
}
POOLINGS = {"max": T("max pooling", "gộp cực đại"), "avg": T("average pooling", "gộp trung bình")}
FILTERS = T("{} filters of {}", "{} bộ lọc {}")
UNITS = T("{} units", "{} đơn vị")
WINDOWS = T("windows of {}", "cửa sổ {}")
STRIDE = T("stride {}", "bước nhảy {}")
PADDING = T("padding {}", "phần đệm {}")
DILATION = T("dilation {}", "độ giãn {}")
GROUPS = T("{} groups", "{} nhóm")
NEIGHBOURS = T("over {} channels", "trên {} kênh")
ACTIVATION = T("then {}", "rồi {}")
NAMES = {"relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh", "softrelu": "softplus", "leakyrelu": "LeakyReLU", "prelu": "PReLU"}
UPPER = ("elu", "gelu", "selu")

# What is done to a photo, by the steps of predict.picture_steps.
STEPS = {
    "photo": T("the photo, upright", "ảnh gốc, đã xoay thẳng"),
    "grey": T("made grey", "chuyển sang ảnh xám"),
    "inverted": T("inverted: light on dark", "đảo màu: sáng trên nền tối"),
    "background": T("background made black", "nền được làm đen"),
    "cropped": T("cropped to the garment", "cắt sát món đồ"),
    "square": T("centred in a square", "đặt vào giữa hình vuông"),
    "small": T("scaled to 28x28", "thu về 28x28"),
}


def describe(layer: Layer, language: str = "en") -> str:
    """A layer in a few words: 'convolution, 96 filters of 1x11x11, stride 4, then ReLU'; language: one of language.LANGUAGES."""
    kind = layer.kind
    title = POOLINGS[str(layer.pooling)] if kind == "pool" else KINDS[kind]
    words = [title.to(language)]
    if kind == "globalpool":
        words = [f"{POOLINGS[str(layer.pooling)].to(language)}, {WINDOWS.to(language).format(times(layer.input_shape[1:]))}"]
    elif kind == "conv" and layer.windows:
        of = times((layer.input_shape[0] // layer.groups, *layer.windows.size))
        words += [FILTERS.to(language).format(layer.output_shape[0], of), *placed(layer.windows, (1, 1), language)]
        words += [GROUPS.to(language).format(layer.groups)] if layer.groups > 1 else []
    elif kind == "pool" and layer.windows:
        words += [WINDOWS.to(language).format(times(layer.windows.size)), *placed(layer.windows, None, language)]
    elif kind == "dense":
        words.append(UNITS.to(language).format(layer.output_shape[0]))
    elif kind == "responsenorm":
        words.append(NEIGHBOURS.to(language).format(layer.block.size))
    elif kind == "activation":
        return activation(str(layer.activation))
    elif kind == "other":
        words = [f"{type(layer.block).__name__}: {words[0]}"]
    if layer.activation:
        words.append(ACTIVATION.to(language).format(activation(layer.activation)))
    return ", ".join(words)


def activation(name: str) -> str:
    """An activation as books write it: ReLU."""
    return NAMES.get(name, name.upper() if name in UPPER else name)


def placed(windows: Windows, usual_stride: tuple[int, int] | None, language: str) -> list[str]:
    """What is said of windows besides their size: stride, padding and dilation where they are not the usual ones."""
    said = [
        (STRIDE, windows.stride, windows.stride != usual_stride),
        (PADDING, windows.padding, any(windows.padding)),
        (DILATION, windows.dilation, windows.dilation != (1, 1)),
    ]
    return [text.to(language).format(short(pair)) for text, pair, unusual in said if unusual]


def short(pair: tuple[int, int]) -> str:
    """(3, 3) as 3, and (3, 5) as 3x5."""
    return str(pair[0]) if pair[0] == pair[1] else times(pair)
