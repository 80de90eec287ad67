# %% [markdown] name="intro" lang="en"
# # 2. A simpler AlexNet
#
# AlexNet (Krizhevsky et al. 2012) was made for 1.2 million colour photos of a thousand kinds. Fashion-MNIST has 60,000 grey
# pictures of ten kinds, 28×28 pixels each, which the chapter enlarges to 224×224. Is so large a net worth its time here?
#
# You learn to count what a net costs before you train it, to see which change buys most, and to design nets for a budget: one
# for 224×224, one for 28×28, and one that is smaller than LeNet-5.
#
# - **Time**: about four hours, most of them for the three nets; the machine computes for about four minutes of them.
# - **Score**: 8 tasks, 20 points. Save the notebook (Ctrl+S) and run its last cell. Or in a terminal, from the project's folder:
#   `.venv/bin/pytest --nbval my-exercises/02_simplify.ipynb` (`make lab` has copied the notebook to `my-exercises/`). Grading
#   takes about two minutes, for the grader trains your nets itself.
# - **What counts**: the answer cells, which begin with `# task:`, together with the cells that the notebook gives. Helper
#   functions and imports of your own belong in the answer cell that uses them.
# - **What answers may use**: NumPy, MXNet and the standard library. When the grader runs them, nothing else is there, no ready-made
#   net either. It gives your nets their initial weights, Xavier's for every layer: initializers of your own do not count.
# - **With the others**: this notebook can be done alone. Notebook 4 counts parameters and multiply-adds again (Tasks 1 and 2 here,
#   1 to 3 there) and goes on to bytes and seconds: take your answers along.
#
# The cell below each answer prints a practice check: compare it with the output stored there. The grader asks your functions
# for other values, drawn anew each time. Where Fashion-MNIST cannot be had, pictures that the program draws take its place
# (*stand-in data*).
#
# **Tools of this notebook.** `np` is NumPy, `mx.np` has MXNet's arrays, and `nn` is `mx.gluon.nn`, the layers.
# `FashionMNISTLoader("train-rest", 32, resize=224)` gives batches (images, labels); `"validation"` are 5,000 training images put
# aside. `measure(net, shape)`, further below, counts what a net costs. `try_as_graded(...)` trains a net as the grader will.
# `recorded(name)` reads a long run that was recorded once; `number(...)` only writes a number. In given cells, `prepare` gives a
# net its initial weights, and `Stepper` makes single steps of a training.

# %% [markdown] name="intro" lang="vi"
# # 2. AlexNet gọn hơn
#
# AlexNet (Krizhevsky và cộng sự 2012) được thiết kế cho 1,2 triệu ảnh màu thuộc một nghìn loại. Fashion-MNIST chỉ có 60.000
# ảnh xám thuộc mười loại, mỗi ảnh 28×28 điểm ảnh, mà chương phóng lên 224×224. Ở đây một mạng lớn như vậy có đáng công không?
#
# Bạn học được cách tính chi phí của một mạng trước khi huấn luyện, cách tìm ra thay đổi nào có lợi nhất, và cách thiết kế mạng
# theo ngân sách: một mạng cho 224×224, một mạng cho 28×28, và một mạng nhỏ hơn cả LeNet-5.
#
# - **Thời gian**: khoảng bốn giờ, phần lớn dành cho ba mạng; trong đó máy chạy chừng bốn phút.
# - **Xem điểm**: 8 nhiệm vụ, 20 điểm. Lưu sổ tay (Ctrl+S) rồi chạy ô cuối cùng. Hoặc trong cửa sổ dòng lệnh, từ thư mục của dự
#   án: `.venv/bin/pytest --nbval my-exercises/vi/02_simplify.ipynb` (`make lab` đã chép sổ tay vào `my-exercises/`). Chấm mất
#   chừng hai phút, vì bộ chấm tự huấn luyện các mạng của bạn.
# - **Phần được chấm**: các ô trả lời, bắt đầu bằng `# task:`, cùng với những ô cho sẵn. Hàm phụ và lệnh import của bạn hãy đặt
#   ngay trong ô trả lời dùng đến chúng.
# - **Được dùng gì**: NumPy, MXNet và thư viện chuẩn của Python. Khi chấm, ngoài những thứ đó không có gì khác, cũng không có mạng
#   nào dựng sẵn. Bộ chấm tự khởi tạo trọng số cho mạng của bạn, mọi tầng đều theo Xavier: bộ khởi tạo bạn tự chọn không có tác
#   dụng.
# - **Liên hệ với các sổ tay khác**: sổ tay này làm riêng được. Sổ tay 4 đếm tham số và phép nhân-cộng một lần nữa (ở đây là
#   nhiệm vụ 1 và 2, ở đó là 1 đến 3) rồi đi tiếp đến byte và giây: cứ mang bài làm sang.
#
# Ô ngay dưới mỗi câu trả lời là ô kiểm tra thử: hãy so kết quả của bạn với kết quả lưu sẵn ở đó. Khi chấm, các hàm của bạn
# được hỏi với những giá trị khác, mỗi lần rút ngẫu nhiên lại. Nếu không có Fashion-MNIST thì những bức ảnh do chương trình vẽ
# ra sẽ thế chỗ (*dữ liệu thay thế*).
#
# **Công cụ của sổ tay này.** `np` là NumPy, `mx.np` là các mảng của MXNet, còn `nn` là `mx.gluon.nn`, tức các tầng.
# `FashionMNISTLoader("train-rest", 32, resize=224)` cho các lô (ảnh, nhãn); `"validation"` là 5.000 ảnh huấn luyện để riêng ra.
# `measure(net, shape)` ở phía dưới đếm chi phí của một mạng. `try_as_graded(...)` huấn luyện mạng của bạn đúng như bộ chấm.
# `recorded(name)` đọc một lần chạy dài đã được ghi lại; `number(...)` chỉ để viết số. Trong các ô cho sẵn, `prepare` khởi tạo trọng
# số cho mạng, còn `Stepper` chạy từng bước huấn luyện.

# %% name="setup" tags=["setup"]
import math

import matplotlib.pyplot as plt
import numpy as np

from gluon_alexnet import FashionMNISTLoader, evaluate
from gluon_alexnet.machine.runtime import load_mxnet
from gluon_alexnet.prepare import prepare
from gluon_alexnet.study import Words, recorded, style, try_as_graded

mx = load_mxnet()
nn = mx.gluon.nn
words = Words(say("en", "vi"))
number = words.number

# The chapter's AlexNet as plain tuples: ("conv", channels, kernel, stride, padding), ("pool", size, stride), ("dense", units).
# vi: AlexNet của chương viết bằng các bộ: ("conv", số kênh, cửa sổ, sải bước, đệm), ("pool", cửa sổ, sải bước), ("dense", số đơn vị).
ALEXNET = [
    ("conv", 96, 11, 4, 0),
    ("pool", 3, 2),
    ("conv", 256, 5, 1, 2),
    ("pool", 3, 2),
    ("conv", 384, 3, 1, 1),
    ("conv", 384, 3, 1, 1),
    ("conv", 256, 3, 1, 1),
    ("pool", 3, 2),
    ("dense", 4096),
    ("dense", 4096),
    ("dense", 10),
]

# Okabe and Ito's colours, told apart by colour-blind readers too.
# vi: Màu của Okabe và Ito, người mù màu cũng phân biệt được.
BLUE, ORANGE, GREEN, PINK, GREY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#6a7683"
style()

# %% [markdown] name="output_size_text" lang="en"
# ## Task 1. The size of an output (1 point)
#
# A window of `kernel` pixels slides along a line of `size` pixels. It starts at the first pixel, moves on by `stride`, and stops
# when it would stick out at the end; each place gives one output. Padding puts `padding` zeros before the line and as many after
# it. How many outputs are there? Pooling slides in the same way, and height and width are treated alike.

# %% [markdown] name="output_size_text" lang="vi"
# ## Nhiệm vụ 1. Kích thước của đầu ra (1 điểm)
#
# Một cửa sổ `kernel` điểm ảnh trượt dọc theo một hàng `size` điểm ảnh. Nó bắt đầu ở điểm ảnh đầu tiên, mỗi lần tiến `stride`, và
# dừng lại khi sắp thò ra ngoài ở cuối hàng; mỗi vị trí cho một đầu ra. Phần đệm thêm `padding` số 0 vào trước hàng và cũng chừng
# ấy số 0 vào sau. Có bao nhiêu đầu ra? Phép gộp cũng trượt như vậy, và chiều cao hay chiều rộng đều tính như nhau.

# %% nbgrader={"grade": false, "grade_id": "output_size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_size(size, kernel, stride=1, padding=0):
    """Height (or width) of the output of a convolution or a pooling, an int.

    size: height (or width) of the input, pixels; kernel: of the window; stride: its steps; padding: zeros at each of the two ends.
    """
    """vi: Chiều cao (hay chiều rộng) đầu ra của một phép tích chập hay phép gộp, một số nguyên.

    size: chiều cao (hay rộng) của đầu vào, tính bằng điểm ảnh; kernel: của cửa sổ; stride: sải bước; padding: số lượng số 0 ở mỗi đầu.
    """
    ### BEGIN SOLUTION
    return (size + 2 * padding - kernel) // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "output_size-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
size = 224
for kind, *settings in ALEXNET[:8]:
    size = output_size(size, *settings[1:]) if kind == "conv" else output_size(size, *settings)
    print(kind, settings, size)
### BEGIN HIDDEN TESTS
def check(ask):
    def number(low, high):
        return int(ask.random.integers(low, high))

    first = T("forgets the window at the start: steps plus one", "quên cửa sổ đầu tiên: phải là số bước cộng một")
    with ask.part(1, T("without padding, and with it", "khi không đệm, và khi có đệm")):
        for stride in (1, 2, 3, 4, 5, number(2, 12)):
            # With a rest that is no whole step, so that rounding up shows.
            kernel, rest = number(2, 13), number(1, stride) if stride > 1 else 0
            size = kernel + stride * number(5, 40) + rest
            answer = ask.call("output_size", size, kernel, stride)
            up = T(
                "rounds up: a last window that does not fit whole is left out",
                "làm tròn lên: cửa sổ cuối không nằm trọn thì bỏ",
            )
            answer.mistake(-(-(size - kernel) // stride) + 1, "rounds-up", up)
            answer.mistake((size - kernel) // stride, "no-plus-one", first)
            answer.equals(len(range(0, size - kernel + 1, stride)))
        ask.call("output_size", kernel, kernel).equals(1)
        for _ in range(6):
            size, kernel, stride, padding = number(20, 250), number(2, 13), number(1, 6), number(1, 6)
            expected = len(range(-padding, size + padding - kernel + 1, stride))
            answer = ask.call("output_size", size, kernel, stride=stride, padding=padding)
            once = T("adds the padding once: it stands on both sides", "chỉ thêm đệm một lần: đệm có ở cả hai phía")
            answer.mistake((size + padding - kernel) // stride + 1, "padding-on-one-side", once)
            up = T(
                "rounds up: a last window that does not fit whole is left out",
                "làm tròn lên: cửa sổ cuối không nằm trọn thì bỏ",
            )
            answer.mistake(-(-(size + 2 * padding - kernel) // stride) + 1, "rounds-up", up)
            answer.mistake((size + 2 * padding - kernel) // stride, "no-plus-one", first)
            none = T("takes no notice of the padding", "không tính đến đệm")
            answer.mistake((size - kernel) // stride + 1, "padding-ignored", none).equals(expected)
### END HIDDEN TESTS

# %% [markdown] name="cost_text" lang="en"
# ## Task 2. What a layer costs (4 points)
#
# Two numbers tell most of what a layer costs: its **parameters** (memory, and work for the optimizer), and its
# **multiply-adds** for one image (they decide the time): each weight counts once for every value that it is multiplied with.
# Adding the bias and applying the activation are so cheap that they are left out.
#
# - **`conv_cost`**: in a convolution each output channel has a window of weights for every input channel, and one bias. The same
#   weights are used at all places of the output (1 point). With `groups` $g > 1$ the input channels are cut into $g$ equal
#   groups, the output channels as well, and each output channel sees only the input channels of its own group (1 point).
#   AlexNet made this known: in 2012 it had to be split between two GPUs of 3 GB, and in three of its convolutions each half
#   of the channels saw only its own half.
# - **`dense_cost`**: each of the units has one weight for each input, and one bias (1 point).
# - **`net_cost`**: the sums over a whole net in plain tuples, as in `ALEXNET` above. Your `output_size` says what shape each layer
#   hands on; the first dense layer takes all values of its input, channels × height × width (1 point). Nothing here has groups.

# %% [markdown] name="cost_text" lang="vi"
# ## Nhiệm vụ 2. Chi phí của một tầng (4 điểm)
#
# Hai con số nói lên phần lớn chi phí của một tầng: số **tham số** (bộ nhớ, và công việc cho bộ tối ưu), và số **phép nhân-cộng**
# cho một ảnh: mỗi lần một trọng số được nhân với một giá trị thì đếm là một (con số này quyết định thời gian tính). Cộng độ chệch
# (bias) và tính hàm kích hoạt rẻ đến mức có thể bỏ qua.
#
# - **`conv_cost`**: trong tầng tích chập, mỗi kênh đầu ra có một cửa sổ trọng số cho từng kênh đầu vào, và một độ chệch. Cùng
#   những trọng số ấy được dùng ở mọi vị trí của đầu ra (1 điểm). Khi `groups` $g > 1$, các kênh đầu vào được chia thành $g$ nhóm
#   bằng nhau, các kênh đầu ra cũng vậy, và mỗi kênh đầu ra chỉ thấy những kênh đầu vào trong nhóm của mình (1 điểm). Cách
#   này được biết đến nhờ AlexNet: năm 2012 mạng phải chia ra hai GPU 3 GB, nên ở ba tầng tích chập, mỗi nửa số kênh chỉ thấy
#   nửa của mình.
# - **`dense_cost`**: mỗi đơn vị có một trọng số cho mỗi đầu vào, và một độ chệch (1 điểm).
# - **`net_cost`**: tổng trên cả mạng, viết bằng các bộ (tuple) đơn giản như `ALEXNET` ở trên. Hàm `output_size` của bạn cho biết
#   mỗi tầng chuyển tiếp hình dạng nào; tầng kết nối đầy đủ đầu tiên nhận mọi giá trị ở đầu vào của nó, số kênh × cao × rộng
#   (1 điểm). Ở đây không có nhóm.

# %% nbgrader={"grade": false, "grade_id": "cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_cost(inputs, output_shape, kernel, groups=1):
    """(parameters, multiply-adds of one image) of a convolution with biases, a tuple of two ints.

    inputs: number of input channels. output_shape: (channels, height, width) of one image's output. kernel: height and width of
    the square window. groups: divides the input channels and the output channels.
    """
    """vi: (số tham số, số phép nhân-cộng cho một ảnh) của một tầng tích chập có độ chệch, một bộ hai số nguyên.

    inputs: số kênh đầu vào. output_shape: (số kênh, chiều cao, chiều rộng) đầu ra của một ảnh. kernel: cạnh của cửa sổ vuông.
    groups: số nhóm, là ước của số kênh đầu vào và của số kênh đầu ra.
    """
    ### BEGIN SOLUTION
    channels, height, width = output_shape
    weights = channels * (inputs // groups) * kernel * kernel
    return weights + channels, weights * height * width
    ### END SOLUTION


def dense_cost(inputs, units):
    """(parameters, multiply-adds of one image) of a dense layer with biases, a tuple of two ints."""
    """vi: (số tham số, số phép nhân-cộng cho một ảnh) của một tầng kết nối đầy đủ có độ chệch, một bộ hai số nguyên."""
    ### BEGIN SOLUTION
    return (inputs + 1) * units, inputs * units
    ### END SOLUTION


def net_cost(layers, input_shape):
    """(parameters, multiply-adds of one image) of a whole net, a tuple of two ints.

    layers: a list of ("conv", channels, kernel, stride, padding), ("pool", size, stride) and ("dense", units), in the order in
    which an image passes them. input_shape: (channels, height, width) of the image.
    """
    """vi: (số tham số, số phép nhân-cộng cho một ảnh) của cả mạng, một bộ hai số nguyên.

    layers: danh sách các bộ ("conv", số kênh, cửa sổ, sải bước, đệm), ("pool", cửa sổ, sải bước) và ("dense", số đơn vị), theo thứ
    tự ảnh đi qua. input_shape: (số kênh, chiều cao, chiều rộng) của ảnh.
    """
    ### BEGIN SOLUTION
    shape, params, macs = tuple(input_shape), 0, 0
    for kind, *settings in layers:
        if kind == "pool":
            size, stride = settings
            shape = (shape[0], *(output_size(side, size, stride) for side in shape[1:]))
            continue
        inputs = shape
        if kind == "conv":
            channels, kernel, stride, padding = settings
            shape = (channels, *(output_size(side, kernel, stride, padding) for side in inputs[1:]))
            cost = conv_cost(inputs[0], shape, kernel)
        else:
            shape = tuple(settings)
            cost = dense_cost(math.prod(inputs), *settings)
        params, macs = params + cost[0], macs + cost[1]
    return params, macs
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "cost-check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
print(say("AlexNet's second convolution:", "tầng tích chập thứ hai của AlexNet:"), conv_cost(96, (256, 26, 26), kernel=5))
print(say("the same for two GPUs:", "vẫn tầng ấy, chia cho hai GPU:"), conv_cost(96, (256, 26, 26), kernel=5, groups=2))
print(say("AlexNet's first dense layer:", "tầng kết nối đầy đủ đầu tiên của AlexNet:"), dense_cost(256 * 5 * 5, 4096))
params, macs = net_cost(ALEXNET, (1, 224, 224))
print("AlexNet:", number(params), say("parameters,", "tham số,"), number(params * 4 / 1e6, 0), say("MB in float32", "MB ở float32"))
print("AlexNet:", number(macs / 1e6, 0), say("million multiply-adds", "triệu phép nhân-cộng"))
### BEGIN HIDDEN TESTS
# equivalent: inputs // groups => (inputs / groups) since groups divides inputs
# equivalent: inputs // groups => (-(-(inputs) // (groups))) since groups divides inputs
def check(ask):
    def number(low, high):
        return int(ask.random.integers(low, high))

    biases = T(
        "counts the weights alone: each filter and each unit has a bias too",
        "mới đếm trọng số: mỗi bộ lọc và mỗi đơn vị còn có một độ chệch",
    )
    order = T("gives both in the other order: parameters come first", "trả về ngược thứ tự: tham số đứng trước")
    with ask.part(1, T("a convolution", "một tầng tích chập")):
        for _ in range(5):
            inputs, channels, height, width, kernel = (number(1, high) for high in (200, 300, 60, 60, 12))
            weights, pixels = inputs * channels * kernel**2, height * width
            answer = ask.call("conv_cost", inputs, (channels, height, width), kernel)
            answer.mistake((weights, weights * pixels), "no-bias", biases)
            one_place = T(
                "counts one place: each filter is applied at every pixel of the output",
                "mới đếm một vị trí: bộ lọc dùng ở mọi điểm ảnh ra",
            )
            answer.mistake((weights + channels, weights), "one-place", one_place)
            square = T(
                "has one side of the window: it has kernel * kernel places",
                "chỉ có một cạnh cửa sổ: cửa sổ có kernel * kernel vị trí",
            )
            line = inputs * channels * kernel
            answer.mistake((line + channels, line * pixels), "kernel-not-squared", square)
            answer.mistake((weights * pixels, weights + channels), "swapped", order)
            answer.equals((weights + channels, weights * pixels))
    with ask.part(1, T("a convolution in groups", "tích chập theo nhóm")):
        for groups in (2, number(3, 9), number(10, 100)):
            # One channel in and one or more out for each group is what people call depthwise.
            one, other, side, kernel = number(1, 6), number(1, 6), number(3, 40), number(1, 8)
            weights = groups * one * other * kernel**2
            answer = ask.call("conv_cost", groups * one, (groups * other, side, side + 1), kernel, groups=groups)
            whole = weights * groups
            every = T(
                "connects every channel with every other: groups share nothing",
                "nối mọi kênh với nhau: các nhóm không dùng chung gì",
            )
            answer.mistake((whole + groups * other, whole * side * (side + 1)), "groups-ignored", every)
            twice = T("divides both channels in and out by groups", "chia cả kênh vào lẫn kênh ra cho số nhóm")
            fewer = weights // groups
            answer.mistake((fewer + groups * other, fewer * side * (side + 1)), "divided-by-groups-twice", twice)
            answer.mistake((weights, weights * side * (side + 1)), "no-bias", biases)
            answer.equals((weights + groups * other, weights * side * (side + 1)))
    with ask.part(1, T("a dense layer", "một tầng kết nối đầy đủ")):
        for _ in range(5):
            inputs, units = number(1, 9000), number(1, 5000)
            answer = ask.call("dense_cost", inputs, units).mistake((inputs * units, inputs * units), "no-bias", biases)
            answer.mistake((inputs * units, inputs * units + units), "swapped", order)
            per_input = T("gives each input a bias: each unit has one", "cho mỗi đầu vào một độ chệch: mỗi đơn vị mới có một")
            answer.mistake((inputs * units + inputs, inputs * units), "bias-per-input", per_input)
            answer.equals((inputs * units + units, inputs * units))
    with ask.part(1, T("a whole net", "cả một mạng")):
        for _ in range(4):
            depth, sides, layers, params, macs = number(1, 5), [number(60, 100), number(60, 100)], [], 0, 0
            shape = (depth, *sides)
            for turn in range(number(1, 3)):
                channels, kernel, stride, padding = number(2, 40), number(2, 6), number(1, 3) if turn == 0 else 1, number(0, 3)
                layers.append(("conv", channels, kernel, stride, padding))
                sides = [len(range(-padding, side + padding - kernel + 1, stride)) for side in sides]
                params += (depth * kernel**2 + 1) * channels
                macs += depth * kernel**2 * channels * sides[0] * sides[1]
                size, stride = number(2, 4), number(1, 3)
                layers.append(("pool", size, stride))
                sides, depth = [len(range(0, side - size + 1, stride)) for side in sides], channels
            values = depth * sides[0] * sides[1]
            for units in (number(10, 300), 10):
                layers.append(("dense", units))
                params, macs, values = params + (values + 1) * units, macs + values * units, units
            ask.call("net_cost", layers, shape).equals((params, macs))
### END HIDDEN TESTS

# %% [markdown] name="gain_text" lang="en"
# ## Task 3. Which change buys most? (2 points)
#
# You found 46,764,746 parameters. In float32 that is 187 MB, and 561 MB with the gradient and the momentum that training keeps
# beside them. The chapter has "nearly 1 GB of parameters"; it speaks of the net of 2012, with a thousand classes and colours:
# 60,965,224 parameters, 244 MB, or 732 MB with gradient and momentum. So its sentence is wrong by a factor of four, unless it
# means the last figure. Where are the parameters, and where do the 938 million multiply-adds go?
#
# - **`shares`**: each layer's share of all parameters and of all multiply-adds (1 point).
# - **`whole_gain`**: some layers are made cheaper, each by a factor of its own. How many times fewer multiply-adds does the whole
#   net need? If a layer has the share $s$ and becomes $f$ times cheaper, $s/f$ of the whole is left of it; the other layers stay
#   as they are (1 point). This is Amdahl's law (1967): what you speed up counts only as far as it was there. With
#   $f = \infty$ (`math.inf`) a layer is gone: $s/f = 0$.

# %% [markdown] name="gain_text" lang="vi"
# ## Nhiệm vụ 3. Thay đổi nào lợi nhất? (2 điểm)
#
# Bạn đã đếm được 46.764.746 tham số. Ở float32, đó là 187 MB, và là 561 MB nếu kể cả gradient và động lượng phải giữ khi huấn
# luyện. Chương viết "gần 1 GB tham số"; câu ấy nói về mạng năm 2012, với một nghìn lớp và ảnh màu: 60.965.224 tham số, tức 244 MB,
# hay 732 MB kể cả gradient và động lượng. Vậy câu ấy nêu con số cao gấp bốn lần, trừ khi nó muốn nói con số cuối. Các tham số
# nằm ở đâu, còn 938 triệu phép nhân-cộng thuộc về những tầng nào?
#
# - **`shares`**: mỗi tầng chiếm bao nhiêu phần trong tổng số tham số và trong tổng số phép nhân-cộng (1 điểm).
# - **`whole_gain`**: một số tầng trở nên rẻ hơn, mỗi tầng theo một hệ số riêng. Cả mạng cần ít phép nhân-cộng hơn bao nhiêu lần?
#   Nếu một tầng chiếm phần $s$ và rẻ đi $f$ lần thì nó còn lại $s/f$ của tổng ban đầu; các tầng khác giữ nguyên (1 điểm). Đây là
#   định luật Amdahl (1967): tăng tốc một phần chỉ có ích tương ứng với tỉ trọng mà phần ấy chiếm trong tổng. Với $f = \infty$
#   (`math.inf`), tầng ấy biến mất: $s/f = 0$.

# %% nbgrader={"grade": false, "grade_id": "gain", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shares(table):
    """Each layer's share of the parameters and of the multiply-adds of the net: a dict {name: (share, share)}, floats in [0, 1].

    table: a list of (name, parameters, multiply-adds), one for each layer.
    """
    """vi: Mỗi tầng chiếm bao nhiêu phần số tham số và số phép nhân-cộng của mạng: một dict {tên: (phần, phần)}, số thực trong [0, 1].

    table: danh sách các bộ (tên, số tham số, số phép nhân-cộng), mỗi tầng một bộ.
    """
    ### BEGIN SOLUTION
    all_params, all_macs = sum(params for _, params, _ in table), sum(macs for _, _, macs in table)
    return {name: (params / all_params, macs / all_macs) for name, params, macs in table}
    ### END SOLUTION


def whole_gain(table, cheaper):
    """How many times fewer multiply-adds the whole net needs when some of its layers become cheaper, a float of at least 1.

    table: as for `shares`. cheaper: a dict {name of a layer: how many times fewer multiply-adds it needs, a number of at least 1}.
    """
    """vi: Cả mạng cần ít phép nhân-cộng hơn bao nhiêu lần khi một số tầng rẻ đi, một số thực ít nhất là 1.

    table: như ở `shares`. cheaper: một dict {tên tầng: tầng ấy cần ít phép nhân-cộng hơn bao nhiêu lần, một số ít nhất là 1}.
    """
    ### BEGIN SOLUTION
    left = sum(macs / cheaper.get(name, 1) for name, _, macs in table)
    return sum(macs for _, _, macs in table) / left
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gain-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# AlexNet's layers: name, parameters, multiply-adds of one image.
# vi: Các tầng của AlexNet: tên, số tham số, số phép nhân-cộng cho một ảnh.
TABLE = [
    ("conv1", 11_712, 33_872_256),
    ("conv2", 614_656, 415_334_400),
    ("conv3", 885_120, 127_401_984),
    ("conv4", 1_327_488, 191_102_976),
    ("conv5", 884_992, 127_401_984),
    ("dense1", 26_218_496, 26_214_400),
    ("dense2", 16_781_312, 16_777_216),
    ("dense3", 40_970, 40_960),
]
for name, (of_params, of_macs) in shares(TABLE).items():
    print(name, words.percent(of_params, 1), say("of the parameters,", "số tham số,"), end=" ")
    print(words.percent(of_macs, 1), say("of the multiply-adds", "số phép nhân-cộng"))
dense = {"dense1": 10, "dense2": 10, "dense3": 10}
print(say("all dense layers ten times cheaper:", "mọi tầng kết nối đầy đủ rẻ đi mười lần:"), number(whole_gain(TABLE, dense), 3))
print(say("conv2 ten times cheaper:", "conv2 rẻ đi mười lần:"), number(whole_gain(TABLE, {"conv2": 10}), 3))
print(say("conv2 for nothing:", "conv2 không tốn gì:"), number(whole_gain(TABLE, {"conv2": math.inf}), 3))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw():
        counts = ask.random.integers(1, 1_000_000, size=(int(ask.random.integers(4, 9)), 2))
        counts[int(ask.random.integers(0, len(counts)))] = 0
        return [(f"layer{place}", int(params), int(macs)) for place, (params, macs) in enumerate(counts)], counts

    with ask.part(1, T("the shares of the layers", "phần của từng tầng")):
        for _ in range(4):
            table, counts = draw()
            source = "found = shares(table)\nreturn [found[name] for name, _, _ in table] if isinstance(found, dict) else None"
            found = ask.probe(source, table=table).value
            needed = T("must be a dict {name: (share, share)}", "phải là một dict {tên: (phần, phần)}")
            ask.answer(found, "shares(table)").satisfies(found is not None, needed)
            answer = ask.answer(found, T("shares(table), a line for each layer,", "shares(table), mỗi tầng một dòng,"))
            answer.close_to(counts / counts.sum(axis=0), rtol=1e-6)
    with ask.part(1, T("the gain of the whole net", "mức lợi của cả mạng")):
        for turn in range(4):
            table, counts = draw()
            chosen = ask.random.choice(len(table), 2, replace=False)
            factors = np.ones(len(table))
            factors[chosen] = math.inf if turn == 3 else np.round(ask.random.uniform(1, 50, size=2), 2)
            cheaper = {table[place][0]: float(factors[place]) for place in chosen}
            answer, macs = ask.call("whole_gain", table, cheaper), counts[:, 1]
            gain = macs.sum() / (macs / factors).sum()
            if turn < 3:
                averaged = T(
                    "is the mean of the factors: what is left adds up, not the gains",
                    "là trung bình các hệ số: phần còn lại mới cộng được",
                )
                answer.mistake((macs * factors).sum() / macs.sum(), "gains-averaged", averaged)
                multiplied = T(
                    "multiplies the factors as if each were for the whole net",
                    "nhân các hệ số như thể chúng áp cho cả mạng",
                )
                answer.mistake(factors.prod(), "gains-multiplied", multiplied)
            saved = T("is what is left: the gain is one over it", "là phần còn lại: mức lợi là nghịch đảo của nó")
            answer.mistake(1 / gain, "inverse", saved)
            only = T("leaves out the layers that have become no cheaper", "bỏ quên những tầng không rẻ hơn")
            changed = macs * (factors > 1)
            if turn < 3 and changed.any():
                answer.mistake(changed.sum() / (changed / factors).sum(), "other-layers-left-out", only)
            answer.close_to(gain, rtol=1e-6)
### END HIDDEN TESTS

# %% [markdown] name="widest_text" lang="en"
# ## Task 4. The widest net in the budget (3 points)
#
# Leaving out one layer after the other is guesswork. A simpler dial is the **width**: multiply the number of channels and units
# of every layer with one number below 1 (Howard et al. 2017 call it the width multiplier). Most weights join a number of inputs
# with a number of outputs, and both shrink. So what happens to the cost at half the width?
#
# - **`thin`**: the layers at a given width; rounded down, but at least 1 channel or unit. Poolings have none, and the last layer
#   keeps its units, since there are as many classes as before (1 point).
# - **`widest`**: the largest width among $\frac{1}{64}, \frac{2}{64}, \dots, \frac{64}{64}$ whose net has at most `max_params`
#   parameters and at most `max_macs` multiply-adds (1 point); 0 where even $\frac{1}{64}$ costs too much, and 1 where the net fits
#   as it is (1 point). Your `net_cost` counts both. (Where it is not right yet, the grader puts a right one in its place.)

# %% [markdown] name="widest_text" lang="vi"
# ## Nhiệm vụ 4. Mạng rộng nhất trong ngân sách (3 điểm)
#
# Bỏ bớt từng tầng một thì chỉ là đoán mò. Có một núm chỉnh đơn giản hơn, đó là **độ rộng**: nhân số kênh và số đơn vị của mọi
# tầng với cùng một số nhỏ hơn 1 (Howard và cộng sự 2017 gọi là hệ số độ rộng). Đa số trọng số nối một số đầu vào với một số đầu
# ra, mà cả hai đều giảm. Vậy khi độ rộng còn một nửa, chi phí thay đổi thế nào?
#
# - **`thin`**: các tầng với độ rộng cho trước; làm tròn xuống, nhưng ít nhất còn 1 kênh hay 1 đơn vị. Tầng gộp không có kênh
#   riêng, còn tầng cuối giữ nguyên số đơn vị, vì số lớp vẫn như cũ (1 điểm).
# - **`widest`**: độ rộng lớn nhất trong $\frac{1}{64}, \frac{2}{64}, \dots, \frac{64}{64}$ mà mạng có nhiều nhất `max_params` tham
#   số và nhiều nhất `max_macs` phép nhân-cộng (1 điểm); bằng 0 nếu cả $\frac{1}{64}$ cũng quá đắt, và bằng 1 nếu mạng nguyên bản đã
#   nằm trong ngân sách (1 điểm). Hàm `net_cost` của bạn đếm cả hai. (Nếu hàm ấy chưa đúng, bộ chấm thay bằng một hàm đúng.)

# %% nbgrader={"grade": false, "grade_id": "widest", "locked": false, "schema_version": 3, "solution": true, "task": false}
def thin(layers, width):
    """The layers with `width` times their channels and units: a new list of tuples of the same form.

    layers: as in Task 2, the last one dense. width: a float in (0, 1]. Rounded down, at least 1; the last layer keeps its units.
    """
    """vi: Các tầng với số kênh và số đơn vị nhân với `width`: một danh sách mới gồm các bộ cùng dạng.

    layers: như ở nhiệm vụ 2, tầng cuối là "dense". width: số thực trong (0, 1]. Làm tròn xuống, ít nhất là 1; tầng cuối giữ nguyên.
    """
    ### BEGIN SOLUTION
    thinner = [
        (kind, *settings) if kind == "pool" else (kind, max(1, int(settings[0] * width)), *settings[1:])
        for kind, *settings in layers[:-1]
    ]
    return [*thinner, layers[-1]]
    ### END SOLUTION


def widest(layers, input_shape, max_params, max_macs):
    """The largest width k / 64, k from 1 to 64, whose net costs no more than both budgets, a float; 0.0 where there is none."""
    """vi: Độ rộng k / 64 lớn nhất, k từ 1 đến 64, mà mạng không vượt cả hai ngân sách, một số thực; 0.0 nếu không có."""
    ### BEGIN SOLUTION
    for k in range(64, 0, -1):
        params, macs = net_cost(thin(layers, k / 64), input_shape)
        if params <= max_params and macs <= max_macs:
            return k / 64
    return 0.0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "widest-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
print(thin(ALEXNET, 0.5)[0], thin(ALEXNET, 0.5)[-3:])
for max_params, max_macs in ((2_000_000, 60_000_000), (2_000_000, 20_000_000), (100_000_000, 10**9), (1000, 10**9)):
    width = widest(ALEXNET, (1, 224, 224), max_params, max_macs)
    if width:
        params, macs = net_cost(thin(ALEXNET, width), (1, 224, 224))
        print(say("width", "độ rộng"), f"{number(width, 6)}:", number(params), say("parameters,", "tham số,"), end=" ")
        print(number(macs), say("multiply-adds", "phép nhân-cộng"))
    else:
        print(say("no width fits", "không độ rộng nào vừa"))
### BEGIN HIDDEN TESTS
def check(ask):
    def number(low, high):
        return int(ask.random.integers(low, high))

    def draw():
        layers = [("conv", number(20, 200), number(3, 6), number(1, 3), number(0, 3)), ("pool", number(2, 4), 2)]
        layers += [("conv", number(20, 200), number(1, 4), 1, 1) for _ in range(number(1, 3))] + [("pool", 2, 2)]
        return layers + [("dense", number(50, 2000)), ("dense", 10)], (number(1, 4), number(40, 70), number(40, 70))

    def thinner(layers, k, more=0, least=1):
        def channels(count):
            return max(least, math.floor(count * k / 64 + more))

        return [
            (kind, *rest) if kind == "pool" or place == len(layers) - 1 else (kind, channels(rest[0]), *rest[1:])
            for place, (kind, *rest) in enumerate(layers)
        ]

    def cost(layers, shape):
        depth, sides, params, macs = shape[0], list(shape[1:]), 0, 0
        for kind, *settings in layers:
            if kind == "dense":
                values, depth, sides = depth * math.prod(sides), settings[0], []
                params, macs = params + (values + 1) * depth, macs + values * depth
                continue
            kernel, stride, padding = settings[1:] if kind == "conv" else (*settings, 0)
            sides = [(side + 2 * padding - kernel) // stride + 1 for side in sides]
            if kind == "conv":
                weights = depth * settings[0] * kernel**2
                params, macs, depth = params + weights + settings[0], macs + weights * math.prod(sides), settings[0]
        return params, macs

    with ask.part(1, T("a thinner net", "mạng hẹp hơn")):
        source = "return [tuple(layer) for layer in thin(layers, width)]"
        for k in (1, number(2, 20), 32, number(33, 64)):
            layers, _ = draw()
            if k == 1:
                # Without the least of 1 nothing would be left of these channels.
                layers[0] = ("conv", number(5, 60), *layers[0][2:])
            found = ask.probe(source, layers=layers, width=k / 64).value
            answer = ask.answer(found, f"thin({layers}, {k / 64:g})")
            last = T(
                "makes the last layer thinner too: it has one unit for each class",
                "thu hẹp cả tầng cuối: mỗi lớp cần một đơn vị",
            )
            answer.mistake([*thinner([*layers, ("pool", 1, 1)], k)][:-1], "last-layer-thinner", last)
            up = T(
                "rounds to the nearest number of channels: asked is down",
                "làm tròn số kênh đến số gần nhất: đề bài cần làm tròn xuống",
            )
            answer.mistake(thinner(layers, k, 0.5), "not-rounded-down", up)
            up = T("rounds the number of channels up: asked is down", "làm tròn số kênh lên: đề bài cần làm tròn xuống")
            answer.mistake(thinner(layers, k, 63 / 64), "not-rounded-down", up)
            none = T(
                "leaves a layer without channels: one stays at least",
                "để một tầng không còn kênh nào: phải còn ít nhất một",
            )
            answer.mistake(thinner(layers, k, least=0), "no-channel-left", none).equals(thinner(layers, k))
    with ask.part(1, T("the widest net in the budget", "mạng rộng nhất trong ngân sách")):
        for binding, k in ((0, number(3, 60)), (1, number(3, 60)), (0, number(3, 60)), (1, number(3, 60)), (0, 64), (1, 64)):
            layers, shape = draw()
            costs = [cost(thinner(layers, k), shape) for k in range(1, 65)]
            budget = [10 * total for total in costs[-1]]
            if k < 64:
                budget[binding] = costs[k - 1][binding] + number(0, 2) * (costs[k][binding] - costs[k - 1][binding]) // 2
            else:
                budget[binding] = costs[-1][binding] - 1
            fitting = [k for k, spent in enumerate(costs, 1) if spent[0] <= budget[0] and spent[1] <= budget[1]]
            answer = ask.call("widest", layers, shape, *budget)
            number_of = T("gives k: the width is k / 64", "trả về k: độ rộng là k / 64")
            answer.mistake(max(fitting), "k-for-width", number_of)
            narrow = T("stops at the narrowest net that fits", "dừng ở mạng hẹp nhất mà vừa")
            answer.mistake(min(fitting) / 64, "narrowest", narrow)
            one = T("keeps to one of the two budgets alone", "chỉ giữ một trong hai ngân sách")
            for kept in (0, 1):
                answer.mistake(max(k for k, spent in enumerate(costs, 1) if spent[kept] <= budget[kept]) / 64, "one-budget", one)
            answer.close_to(max(fitting) / 64, rtol=1e-9)
    with ask.part(1, T("nothing fits, or all of it", "không độ rộng nào vừa, hoặc cả mạng đều vừa")):
        layers, shape = draw()
        params, macs = cost(thinner(layers, 1), shape)
        ask.call("widest", layers, shape, params - 1, 100 * macs).close_to(0.0, atol=1e-9)
        ask.call("widest", layers, shape, 100 * params, macs - 1).close_to(0.0, atol=1e-9)
        fitting = [k for k in range(1, 65) if cost(thinner(layers, k), shape) == (params, macs)]
        ask.call("widest", layers, shape, params, macs).close_to(max(fitting) / 64, rtol=1e-9)
        ask.call("widest", layers, shape, *cost(layers, shape)).close_to(1.0, rtol=1e-9)
        ask.call("widest", layers, shape, *(2 * total for total in cost(layers, shape))).close_to(1.0, rtol=1e-9)
### END HIDDEN TESTS

# %% name="savings"
def pair_of_bars(axes, rows, labels):
    """Two bars for each of `rows`, {name: (first, second)}, shares in [0, 1], drawn in percent."""
    """vi: Vẽ hai thanh cho mỗi dòng trong `rows`, {tên: (số thứ nhất, số thứ hai)}, tỉ lệ trong [0, 1], tính theo phần trăm."""
    place = np.arange(len(rows))
    for shift, which, color, hatch in ((-0.2, 0, ORANGE, None), (0.2, 1, BLUE, "//")):
        values = [100 * row[which] for row in rows.values()]
        bars = axes.barh(place + shift, values, 0.38, color=color, hatch=hatch, edgecolor="white", label=labels[which])
        axes.bar_label(bars, [number(value, 1) for value in values], padding=2, fontsize=8)
    axes.set_yticks(place, list(rows))
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.grid(visible=False, axis="y")
    axes.legend(loc="lower right", fontsize=9)


part = shares(TABLE)
in_dense = sum(of_params for name, (of_params, _) in part.items() if name.startswith("dense"))
in_convs = sum(of_macs for name, (_, of_macs) in part.items() if name.startswith("conv"))

whole, shape = net_cost(ALEXNET, (1, 224, 224)), (1, 224, 224)
half = say("half the width", "độ rộng còn một nửa")
changes = {
    half: (thin(ALEXNET, 0.5), shape),
    say("dense layers\n4096 to 256", "tầng kết nối đầy đủ\n4.096 còn 256"): (
        [*ALEXNET[:8], ("dense", 256), ("dense", 256), ("dense", 10)],
        shape,
    ),
    say("conv2 3×3\ninstead of 5×5", "conv2 3×3\nthay vì 5×5"): ([*ALEXNET[:2], ("conv", 256, 3, 1, 1), *ALEXNET[3:]], shape),
    say("images of\n112×112", "ảnh\n112×112"): (ALEXNET, (1, 112, 112)),
}
left_of_it = {name: tuple(np.divide(net_cost(*change), whole)) for name, change in changes.items()}

figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4.8), layout="constrained")
legend = (say("parameters", "tham số"), say("multiply-adds", "phép nhân-cộng"))
pair_of_bars(left, part, legend)
left.set_xlabel(say("share of AlexNet, %", "phần của AlexNet, %"))
where = say(
    "{} of the parameters are in the dense layers,\n{} of the multiply-adds in the convolutions",
    "{} số tham số nằm ở các tầng kết nối đầy đủ,\n{} số phép nhân-cộng ở các tầng tích chập",
)
left.set_title(where.format(words.percent(in_dense), words.percent(in_convs, 1)))
pair_of_bars(right, left_of_it, legend)
right.set_xlabel(say("what one change leaves of AlexNet, %", "phần còn lại của AlexNet sau một thay đổi, %"))
only = say(
    "Only the width cuts both alike: half of it leaves\n{} of the parameters, {} of the multiply-adds",
    "Chỉ giảm độ rộng mới bớt cả hai như nhau: độ rộng còn một nửa\nthì còn {} số tham số, {} số phép nhân-cộng",
)
right.set_title(only.format(*(words.percent(share) for share in left_of_it[half])))
words.show()

# %% [markdown] name="why_width" lang="en" tags=["why"]
# ### Why? A quarter for a half
#
# Half the width leaves about a quarter of the parameters and of the multiply-adds, while images of half the side leave a little
# less than a quarter of the multiply-adds but all parameters of the convolutions. Why about a quarter, each time? And why does no
# such rule say what happens to the accuracy?

# %% [markdown] name="why_width" lang="vi" tags=["why"]
# ### Vì sao? Một nửa mà còn một phần tư
#
# Giảm một nửa độ rộng thì còn khoảng một phần tư số tham số và số phép nhân-cộng, trong khi ảnh có cạnh bằng một nửa thì còn chưa
# đến một phần tư số phép nhân-cộng nhưng giữ nguyên tham số của các tầng tích chập. Vì sao lần nào cũng khoảng một phần tư? Và vì
# sao không có quy tắc nào như vậy cho độ chính xác?

# %% [markdown] name="why_width-answer" lang="en"
# Nearly every weight joins one input channel (or unit) with one output channel: half as many of each leave a quarter of the
# pairs, so a quarter of the weights, each used as often as before. Images of half the side have a quarter of the places at which
# the same windows are laid on, and a few less, since what does not fill a last window is dropped at each layer; the windows
# themselves do not change. Cost is counted from the shapes alone. Accuracy depends on what the data needs, how long and by which
# recipe the net learns: that can only be measured.

# %% [markdown] name="why_width-answer" lang="vi"
# Gần như mỗi trọng số nối một kênh (hay đơn vị) đầu vào với một kênh đầu ra: mỗi bên còn một nửa thì số cặp còn một phần tư, nên số
# trọng số còn một phần tư, mỗi trọng số vẫn được dùng bấy nhiêu lần. Ảnh có cạnh bằng một nửa thì chỉ còn một phần tư số vị trí để
# đặt cửa sổ, lại bớt đi một ít vì ở mỗi tầng phần mép không đủ một cửa sổ bị bỏ; bản thân các cửa sổ không đổi. Chi phí chỉ cần đếm
# từ hình dạng. Còn độ chính xác thì tùy dữ liệu cần gì, mạng học bao lâu và theo công thức nào: điều đó chỉ có thể đo.

# %% name="given_measure" tags=["setup"]
def measure(net, input_shape):
    """(parameters, multiply-adds of one image, output shape) of a new Gluon net, found by sending one empty image through it.

    Counted as the grader counts: parameters are what is learned, without the running averages of a batch normalisation.
    input_shape: (channels, height, width).
    """
    """vi: (số tham số, số phép nhân-cộng cho một ảnh, hình dạng đầu ra) của một mạng Gluon mới, đo bằng cách cho một ảnh trống đi qua.

    Đếm như bộ chấm: tham số là những gì được học, không kể các trung bình trượt của chuẩn hóa theo lô.
    input_shape: (số kênh, chiều cao, chiều rộng).
    """
    macs = []

    def note(block, _, output):
        macs.append(output.size * math.prod(block.weight.shape[1:]))

    def watch(block):
        if isinstance(block, (nn.Conv2D, nn.Dense)):
            block.register_forward_hook(note)
        if isinstance(block, nn.HybridBlock):
            block.hybridize(active=False)  # a compiled net does not call its layers  # vi: mạng đã biên dịch không gọi từng tầng

    image = mx.np.zeros((1, *input_shape))
    prepare(net, image, [mx.cpu()])
    net.apply(watch)
    output = net(image)
    params = sum(math.prod(parameter.shape) for parameter in net.collect_params().values() if parameter.grad_req != "null")
    return params, sum(macs), output.shape


def print_budgets(net, input_shape, max_params, max_macs):
    """Says whether a new net keeps two budgets, and what it gives for one image."""
    """vi: Cho biết một mạng mới có nằm trong hai ngân sách không, và đầu ra cho một ảnh."""
    params, macs, output = measure(net, input_shape)
    answer = {True: say("yes", "đúng"), False: say("no", "không")}
    print(say("at most", "nhiều nhất"), number(max_params), say("parameters:", "tham số:"), answer[params <= max_params])
    print(say("at most", "nhiều nhất"), number(max_macs), say("multiply-adds:", "phép nhân-cộng:"), answer[macs <= max_macs])
    print(say("output for one image:", "đầu ra cho một ảnh:"), tuple(output))


# %% [markdown] name="small_alexnet_text" lang="en"
# ## Task 5. A small AlexNet (3 points)
#
# Now build it: a net that still takes images of 1×224×224, but trains much faster. Its limits:
#
# - at most **2,000,000 parameters** and **60 million multiply-adds** an image (AlexNet: 46,764,746 and 938 million),
# - at least five convolutions, as AlexNet has, and logits (N, 10) out.
#
# The grader trains it from initial weights of its own (Xavier's) on 16,000 images, once, in batches of 32, with normalised images,
# Nesterov momentum .9 (each step also goes on in the direction of the steps before it: notebook 0) and a learning rate that rises
# to .02 over the first tenth of the steps and then falls to 0 along a cosine: only 500 steps. It is tested on all 10,000 test
# images, and its speed is compared with AlexNet's on the same machine, in batches of
# 16. `try_as_graded` below the check does the same, on validation images.
#
# | needed | Fashion-MNIST | stand-in data |
# |---|---|---|
# | 2 points: test accuracy of at least | **.84** | .75 |
# | 1 point more: that accuracy, and AlexNet's speed times | **6** | 6 |
#
# A net that breaks a limit gets none of the three. A net without windows, a linear one, gets to about .82 in this way.
#
# Few multiply-adds alone do not make a net fast: layers of few channels on large pictures read and write many numbers and compute
# little, so let the pictures shrink early. And 500 steps are few. Batch normalisation (Ioffe and Szegedy 2015) after each
# convolution helps a net to learn fast: `nn.Conv2D(..., use_bias=False)`, `nn.BatchNorm()`, `nn.Activation("relu")`; it adds its
# own shift, so the convolution needs no bias. `measure` above counts for you: `measure(small_alexnet(), (1, 224, 224))`.
#
# The nets of Tasks 5, 7 and 8 may use every operator of MXNet that computes on arrays, in a `hybrid_forward` of your own too. Not
# allowed are random numbers (other than dropout's), control flow (`foreach`, `while_loop`, `cond`), operators written in Python
# (`Custom`), reading files, resizing or decoding pictures, quantized and sparse arrays, and outputs whose shape depends on the
# values. A product of two arrays counts as multiply-adds however it is written, as `np.dot`, `np.einsum` or `*`. (`measure` sees
# Gluon's layers only.)

# %% [markdown] name="small_alexnet_text" lang="vi"
# ## Nhiệm vụ 5. Một AlexNet nhỏ (3 điểm)
#
# Bây giờ hãy tự dựng một mạng vẫn nhận ảnh 1×224×224 nhưng huấn luyện nhanh hơn nhiều. Giới hạn:
#
# - nhiều nhất **2.000.000 tham số** và **60 triệu phép nhân-cộng** mỗi ảnh (AlexNet: 46.764.746 và 938 triệu),
# - ít nhất năm tầng tích chập như AlexNet, và đầu ra là logit (N, 10).
#
# Bộ chấm huấn luyện mạng từ trọng số do nó tự khởi tạo (theo Xavier) trên 16.000 ảnh, một epoch, kích thước lô 32, với ảnh chuẩn
# hóa, động lượng Nesterov 0,9 (mỗi bước còn đi tiếp theo hướng của các bước trước: sổ tay 0) và tốc độ học tăng lên 0,02 trong một
# phần mười số bước đầu rồi giảm về 0 theo lịch cosine: chỉ 500 bước. Mạng được kiểm tra trên cả 10.000 ảnh kiểm tra, và tốc độ của
# nó được so với AlexNet trên cùng máy, với lô 16 ảnh. `try_as_graded` dưới ô kiểm tra thử làm đúng như vậy, trên ảnh thẩm định.
#
# | cần | Fashion-MNIST | dữ liệu thay thế |
# |---|---|---|
# | 2 điểm: độ chính xác kiểm tra ít nhất | **0,84** | 0,75 |
# | thêm 1 điểm: đạt độ chính xác ấy, với tốc độ gấp mấy lần AlexNet | **6** | 6 |
#
# Mạng vượt một giới hạn thì không được điểm nào trong ba điểm. Mạng không có cửa sổ, tức mạng tuyến tính, theo cách này chỉ đạt
# khoảng 0,82.
#
# Ít phép nhân-cộng chưa đủ để mạng chạy nhanh: tầng ít kênh trên ảnh lớn phải đọc ghi nhiều mà tính ít, vì vậy hãy thu nhỏ ảnh từ
# sớm. Và 500 bước là ít. Chuẩn hóa theo lô (Ioffe và Szegedy 2015) sau mỗi tầng tích chập giúp mạng học nhanh:
# `nn.Conv2D(..., use_bias=False)`, `nn.BatchNorm()`, `nn.Activation("relu")`; nó tự cộng một độ dịch, nên tầng tích chập không
# cần độ chệch (bias). Hàm `measure` ở trên đếm giúp bạn: `measure(small_alexnet(), (1, 224, 224))`.
#
# Các mạng ở nhiệm vụ 5, 7 và 8 được dùng mọi toán tử của MXNet tính trên mảng, kể cả trong `hybrid_forward` bạn tự viết. Không được
# dùng số ngẫu nhiên (trừ dropout), lệnh điều khiển luồng (`foreach`, `while_loop`, `cond`), toán tử viết bằng Python (`Custom`),
# lệnh đọc tệp, đổi kích thước hay giải mã ảnh, mảng lượng tử hóa, mảng thưa, và đầu ra có hình dạng tùy theo giá trị. Tích của hai
# mảng được tính vào phép nhân-cộng dù viết cách nào: `np.dot`, `np.einsum` hay `*`. (`measure` chỉ thấy các tầng của Gluon.)

# %% nbgrader={"grade": false, "grade_id": "small_alexnet", "locked": false, "schema_version": 3, "solution": true, "task": false}
def small_alexnet():
    """A simpler AlexNet, an nn.HybridSequential, not initialized: float32 (N, 1, 224, 224) in, logits (N, 10) out.

    At most 2,000,000 parameters and 60,000,000 multiply-adds per image; at least five convolutions.
    """
    """vi: Một AlexNet gọn hơn, kiểu nn.HybridSequential, chưa khởi tạo: nhận float32 (N, 1, 224, 224), cho logit (N, 10).

    Nhiều nhất 2.000.000 tham số và 60.000.000 phép nhân-cộng mỗi ảnh; ít nhất năm tầng tích chập.
    """
    ### BEGIN SOLUTION
    net = nn.HybridSequential()
    # Enlarging has made each pixel 8 wide: means of 4 x 4 lose next to nothing, and leave a sixteenth of the work.
    # vi: Phóng to đã làm mỗi điểm ảnh rộng gấp 8: lấy trung bình 4 x 4 hầu như không mất gì, mà công việc chỉ còn 1/16.
    net.add(nn.AvgPool2D(pool_size=4, strides=4))
    for channels, kernel, pooled in ((16, 5, True), (48, 3, True), (64, 3, False), (64, 3, False), (64, 3, True)):
        net.add(
            nn.Conv2D(channels, kernel_size=kernel, padding=kernel // 2, use_bias=False),
            nn.BatchNorm(),
            nn.Activation("relu"),
        )
        if pooled:
            net.add(nn.MaxPool2D(pool_size=3, strides=2))
    net.add(nn.Dense(10))
    return net
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "small_alexnet-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
print_budgets(small_alexnet(), (1, 224, 224), 2_000_000, 60_000_000)
### BEGIN HIDDEN TESTS
def check(ask):
    import functools

    # The thresholds, also named in the task's two texts.
    # A linear net has .8215 on the real data.
    accuracy, speed = 0.84 if ask.real else 0.75, 6

    @functools.cache
    def net():
        net = ask.net("small_alexnet()", (1, 224, 224))
        net.output_shape.has_shape((2, 10))
        net.params.at_most(2_000_000)
        net.multiply_adds.at_most(60_000_000)
        net.convolutions.at_least(5)
        return net

    @functools.cache
    def learned():
        return net().trained(images=16_000, epochs=1, batch_size=32, lr=0.02, resize=224, test_images=10_000).accuracy

    with ask.part(2, T("within the limits, and it learns in 500 steps", "trong giới hạn, và học được trong 500 bước")):
        learned().at_least(accuracy)
    with ask.part(1, T("it learns, and trains faster than AlexNet", "học được, và huấn luyện nhanh hơn AlexNet")):
        learned().at_least(accuracy)
        net().speed_ratio("alexnet").at_least(speed)
### END HIDDEN TESTS

# %% name="small_alexnet_try"
recipe = dict(images=16_000, epochs=1, batch_size=32, lr=0.02, resize=224, test_images=10_000)
try_as_graded(small_alexnet, say("en", "vi"), bar=(0.84, 0.75), speed=6, input_shape=(1, 224, 224), **recipe)

# %% name="given_enlarge" tags=["setup"]
# How each line of an enlarged picture is mixed from the 28 lines of the small one: enlarged = ENLARGE @ picture @ ENLARGE.T.
# vi: Mỗi hàng của ảnh phóng to được pha từ 28 hàng của ảnh nhỏ thế nào: enlarged = ENLARGE @ picture @ ENLARGE.T.
places = (np.arange(224) + 0.5) / 8 - 0.5
ENLARGE = np.stack([np.interp(places, np.arange(28), line) for line in np.eye(28)], axis=1)

# %% [markdown] name="folded_text" lang="en"
# ## Task 6. What the first layer really sees (2 points)
#
# Before you leave 224×224, look at what AlexNet's first layer gets there. Enlarging from 28×28 to 224×224 makes every pixel
# eight times as wide and high; in between, values are mixed from neighbours (bilinearly). No new information comes in. All of it
# is in one matrix: `ENLARGE`, in the cell above, has 224 rows and 28 columns, and with it
#
# $$\text{enlarged} = M\,P\,M^\top,\qquad P \text{ the picture, } 28\times28,\quad M = \text{ENLARGE}.$$
#
# A filter $W$ of $k\times k$ weights whose window begins at row `top` and column `left` of the enlarged picture answers with
# $\sum_{ij} W_{ij}\,\text{enlarged}_{top+i,\,left+j}$.
#
# - **`folded`**: what this filter multiplies each pixel of the *small* picture with. The answer must be the same:
#   $\sum_{rc} \text{folded}_{rc}\,P_{rc}$ (1 point).
# - **`pixels_seen`**: how many rows and how many columns of the small picture a window of $k \times k$ depends on at all
#   (1 point).

# %% [markdown] name="folded_text" lang="vi"
# ## Nhiệm vụ 6. Tầng đầu tiên thật sự thấy gì (2 điểm)
#
# Trước khi rời kích thước 224×224, hãy xem tầng đầu của AlexNet nhận được gì ở đó. Phóng từ 28×28 lên 224×224 làm mỗi điểm ảnh
# rộng và cao gấp tám lần; ở giữa, các giá trị được pha từ những điểm ảnh kề nhau (song tuyến tính). Không có thêm thông tin nào.
# Mọi thứ nằm trong một ma trận: `ENLARGE` ở ô trên có 224 hàng và 28 cột, và với nó
#
# $$\text{enlarged} = M\,P\,M^\top,\qquad P \text{ là ảnh } 28\times28,\quad M = \text{ENLARGE}.$$
#
# Một bộ lọc $W$ gồm $k\times k$ trọng số, với cửa sổ bắt đầu ở hàng `top`, cột `left` của ảnh đã phóng to, cho kết quả
# $\sum_{ij} W_{ij}\,\text{enlarged}_{top+i,\,left+j}$.
#
# - **`folded`**: hệ số mà bộ lọc ấy nhân với từng điểm ảnh của ảnh *nhỏ*; kết quả không được đổi:
#   $\sum_{rc} \text{folded}_{rc}\,P_{rc}$ (1 điểm).
# - **`pixels_seen`**: một cửa sổ $k \times k$ phụ thuộc vào bao nhiêu hàng và bao nhiêu cột của ảnh nhỏ (1 điểm).

# %% nbgrader={"grade": false, "grade_id": "folded", "locked": false, "schema_version": 3, "solution": true, "task": false}
def folded(weights, mixing, top, left):
    """What a filter on the enlarged picture multiplies each pixel of the small picture with, float64 (n, n).

    weights: float64 (k, k). mixing: float64 (m, n); a picture (n, n) is enlarged to mixing @ picture @ mixing.T, which is (m, m).
    top, left: the row and the column of the enlarged picture at which the window begins, ints.
    """
    """vi: Hệ số mà một bộ lọc trên ảnh phóng to nhân với từng điểm ảnh của ảnh nhỏ, float64 (n, n).

    weights: float64 (k, k). mixing: float64 (m, n); ảnh (n, n) được phóng thành mixing @ picture @ mixing.T, tức (m, m).
    top, left: hàng và cột của ảnh phóng to nơi cửa sổ bắt đầu, số nguyên.
    """
    ### BEGIN SOLUTION
    size = len(weights)
    return mixing[top : top + size].T @ weights @ mixing[left : left + size]
    ### END SOLUTION


def pixels_seen(mixing, kernel, top, left):
    """(rows, columns) of the small picture that a window of kernel x kernel at (top, left) depends on, a tuple of two ints."""
    """vi: (số hàng, số cột) của ảnh nhỏ mà cửa sổ kernel x kernel ở (top, left) phụ thuộc vào, một bộ hai số nguyên."""
    ### BEGIN SOLUTION
    rows, columns = (int(np.any(mixing[start : start + kernel] != 0, axis=0).sum()) for start in (top, left))
    return rows, columns
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "folded-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
picture = np.sin(np.arange(28.0))[:, None] * np.cos(np.arange(28.0))
weights = np.cos(np.arange(121.0)).reshape(11, 11)
enlarged = ENLARGE @ picture @ ENLARGE.T
print(say("on the enlarged picture", "trên ảnh phóng to"), number((weights * enlarged[100:111, 60:71]).sum(), 4))
print(say("on the small picture", "trên ảnh nhỏ"), number((folded(weights, ENLARGE, 100, 60) * picture).sum(), 4))
seen = {pixels_seen(ENLARGE, 11, top, left) for top in range(8, 208, 4) for left in range(8, 208, 4)}
print(say("AlexNet's windows see", "các cửa sổ của AlexNet thấy"), seen)
### BEGIN HIDDEN TESTS
def check(ask):
    def draw():
        size, kernel = (int(n) for n in ask.random.integers([10, 3], [24, 14]))
        factor = 2 * int(ask.random.integers(1, 5))
        # Bilinear, half-pixel centres; with an even factor no pixel lies exactly on an old one.
        places = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
        mixing = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(size)))
        top, left = (int(n) for n in ask.random.integers(0, size * factor - kernel + 1, size=2))
        return mixing, kernel, top, left

    with ask.part(1, T("the folded filter", "bộ lọc đã quy về ảnh nhỏ")):
        for _ in range(4):
            mixing, kernel, top, left = draw()
            weights = ask.random.normal(size=(kernel, kernel))
            expected = sum(
                weights[i, j] * np.outer(mixing[top + i], mixing[left + j]) for i in range(kernel) for j in range(kernel)
            )
            answer = ask.call("folded", weights, mixing, top, left)
            turned = T("is transposed: rows come from top, columns from left", "bị chuyển vị: hàng ứng với top, cột ứng với left")
            answer.mistake(expected.T, "transposed", turned)
            rows, columns = mixing[top : top + kernel], mixing[left : left + kernel]
            answer.mistake(columns.T @ weights @ rows, "top-for-left", T("takes top for left", "lẫn top với left"))
            flipped = T("turns the filter round: it is laid on as it is", "xoay ngược bộ lọc: phải đặt nó nguyên như vậy")
            answer.mistake(rows.T @ weights[::-1, ::-1] @ columns, "filter-turned-round", flipped)
            answer.close_to(expected, rtol=1e-4, atol=1e-4)
    with ask.part(1, T("how many pixels a window sees", "một cửa sổ thấy bao nhiêu điểm ảnh")):
        for _ in range(6):
            mixing, kernel, top, left = draw()
            seen = tuple(int((mixing[start : start + kernel].sum(axis=0) > 1e-9).sum()) for start in (top, left))
            answer = ask.call("pixels_seen", mixing, kernel, top, left)
            answer.mistake(seen[::-1], "top-for-left", T("takes top for left", "lẫn top với left"))
            each = T("counts a pixel once for every row of the window", "đếm một điểm ảnh nhiều lần, mỗi hàng cửa sổ một lần")
            many = tuple(int((mixing[start : start + kernel] > 1e-9).sum()) for start in (top, left))
            answer.mistake(many, "counted-many-times", each).equals(seen)
### END HIDDEN TESTS

# %% [markdown] name="windows_text" lang="en"
# ### So few pixels
#
# Each 11×11 window sees 3×3 pixels: its 121 numbers are worked out from nine. As the stride 4 is half of 8, there are only four
# kinds of windows (two ways to lie on the old pixels, down and across). So AlexNet's first convolution on an enlarged picture is,
# border apart, four 3×3 convolutions on the small one, done the expensive way: 121 multiply-adds where 9 would do.
#
# The right picture shows it from the data: thousands of windows as rows of a matrix, and its singular values. Those of one kind
# span 9 dimensions, all four kinds together 16 ($4\times4$), not 121.

# %% [markdown] name="windows_text" lang="vi"
# ### Chỉ vài điểm ảnh
#
# Mỗi cửa sổ 11×11 chỉ thấy 3×3 điểm ảnh: 121 số của nó được tính ra từ chín số. Vì sải bước 4 bằng một nửa của 8, chỉ có bốn loại
# cửa sổ (hai cách nằm trên các điểm ảnh cũ, theo chiều dọc và theo chiều ngang). Vậy tầng tích chập đầu của AlexNet trên ảnh
# phóng to, trừ phần biên, chính là bốn phép tích chập 3×3 trên ảnh nhỏ, làm theo cách đắt tiền: 121 phép nhân-cộng ở chỗ chỉ cần
# 9.
#
# Hình bên phải cho thấy điều đó từ dữ liệu: hàng nghìn cửa sổ xếp thành các hàng của một ma trận, và các giá trị kỳ dị của nó.
# Các cửa sổ cùng loại trải trên 9 chiều, cả bốn loại cùng nhau trải trên 16 chiều ($4\times4$), chứ không phải 121.

# %% name="windows"
images, _ = next(iter(FashionMNISTLoader("validation", 40, resize=224, limit=40)))
images = images.asnumpy()[:, 0]
windows = np.lib.stride_tricks.sliding_window_view(images, (11, 11), axis=(1, 2))[:, ::4, ::4]
rng = np.random.default_rng(0)


def singular_values(windows):
    """Of a matrix whose rows are 5,000 of the windows that are not empty, largest first, as shares of the largest."""
    """vi: Các giá trị kỳ dị của ma trận có hàng là 5.000 cửa sổ không trống, lớn nhất trước, tính theo tỉ lệ với số lớn nhất."""
    rows = windows.reshape(-1, 121)
    rows = rows[rows.std(axis=1) > 0.02]
    values = np.linalg.svd(rng.permutation(rows)[:5000].astype("float64"), compute_uv=False)
    return values / values[0]


every = say("all four kinds", "cả bốn loại")
kinds = {
    say("one kind", "một loại"): (singular_values(windows[:, ::2, ::2]), ORANGE, "o"),
    every: (singular_values(windows), BLUE, "s"),
    say("windows of noise", "cửa sổ toàn nhiễu"): (singular_values(rng.random((5000, 11, 11))), GREY, "."),
}
dimensions = {name: int((values > 1e-5).sum()) for name, (values, _, _) in kinds.items()}

figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4.8), layout="constrained", width_ratios=(1, 1.35))
top, side, begin = 64, 88, 72
left.imshow(images[0, top : top + side, top : top + side], cmap="gray", extent=(top, top + side, top + side, top))
lines = range(top, top + side + 1, 8)
left.set(xticks=lines, yticks=lines)
left.tick_params(labelsize=8)
left.grid(color="white", linewidth=0.6, alpha=0.6)
left.add_patch(plt.Rectangle((begin, begin), 11, 11, fill=False, edgecolor=ORANGE, linewidth=2.5))
used = 8 * np.flatnonzero(ENLARGE[begin : begin + 11].any(axis=0)) + 4
left.plot(*np.meshgrid(used, used), "o", color=ORANGE, mec="white", markersize=5)
pixels = say("pixels of the enlarged picture", "điểm ảnh của ảnh phóng to")
left.set(xlabel=pixels, ylabel=pixels)
seen = pixels_seen(ENLARGE, 11, begin, begin)
depends = say(
    "A window of AlexNet's first layer (box)\ndepends on {}×{} of the old pixels\n(squares; dots: their centres)",
    "Một cửa sổ ở tầng đầu AlexNet (khung)\nphụ thuộc vào {}×{} điểm ảnh cũ\n(ô vuông; chấm: tâm của chúng)",
)
left.set_title(depends.format(*seen))
count = say("{} dimensions", "{} chiều")
for name, (values, color, marker) in kinds.items():
    label = f"{name}: {count.format(dimensions[name])}"
    right.semilogy(np.arange(1, 122), values, marker, color=color, markersize=5, label=label)
below = say("below: rounding", "bên dưới: sai số làm tròn")
right.axhline(1e-5, color="black", linewidth=0.8, linestyle="--", label=below)
right.set(xlabel=say("number of the singular value", "thứ tự của giá trị kỳ dị"), xlim=(0, 122), ylim=(1e-9, 2))
right.set_ylabel(say("singular value / the largest", "giá trị kỳ dị / giá trị lớn nhất"))
live = say("The windows have 121 numbers\nbut live in {} dimensions", "Mỗi cửa sổ có 121 số\nnhưng chỉ nằm trong {} chiều")
right.set_title(live.format(dimensions[every]))
right.legend(fontsize=9, loc="center right", bbox_to_anchor=(1, 0.62))
words.show()

# %% [markdown] name="net28_text" lang="en"
# ## Task 7. Straight on 28×28 (3 points)
#
# So leave the pictures as they are. Design a net for 1×28×28 within
#
# - **200,000 parameters** (AlexNet has 234 times as many),
# - **10 million multiply-adds** an image (AlexNet: 94 times as many),
#
# with at least two convolutions. The grader trains it from initial weights of its own on 10,000 images, twice, in batches of 64,
# with normalised images, Nesterov momentum .9 and a learning rate that rises to .05 over the first tenth of the steps and then
# falls to 0 along a cosine. All 10,000 test images count.
#
# | test accuracy of at least | Fashion-MNIST | stand-in data |
# |---|---|---|
# | 2 points | **.855** | .88 |
# | 1 point more | **.865** | .92 |
#
# A net that breaks a limit gets none. It may use the operators that Task 5 names. The bars lie above what dense layers reach in
# this way: .826 one of them alone, about .845 several.
#
# Where to spend? A convolution costs most where the picture is large, so use few channels at 28×28, more at 14×14, most at 7×7.
# Windows of 3×3 see as many pixels as AlexNet's of 11×11 did. Batch normalisation helps here, too. And keep the first dense layer
# small: it holds most parameters if you let it.

# %% [markdown] name="net28_text" lang="vi"
# ## Nhiệm vụ 7. Trực tiếp trên 28×28 (3 điểm)
#
# Vậy hãy để nguyên ảnh. Thiết kế một mạng cho ảnh 1×28×28 trong giới hạn
#
# - **200.000 tham số** (AlexNet nhiều gấp 234 lần),
# - **10 triệu phép nhân-cộng** mỗi ảnh (AlexNet: gấp 94 lần),
#
# với ít nhất hai tầng tích chập. Bộ chấm huấn luyện mạng từ trọng số do nó tự khởi tạo trên 10.000 ảnh, hai epoch, kích thước lô 64,
# với ảnh chuẩn hóa, động lượng Nesterov 0,9 và tốc độ học tăng lên 0,05 trong một phần mười số bước đầu rồi giảm về 0 theo lịch
# cosine. Cả 10.000 ảnh kiểm tra đều được tính.
#
# | độ chính xác kiểm tra ít nhất | Fashion-MNIST | dữ liệu thay thế |
# |---|---|---|
# | 2 điểm | **0,855** | 0,88 |
# | thêm 1 điểm | **0,865** | 0,92 |
#
# Mạng vượt một giới hạn thì không được điểm nào. Mạng được dùng những toán tử nêu ở nhiệm vụ 5. Các mức này cao hơn những gì tầng
# kết nối đầy đủ đạt được theo cách này: 0,826 với chỉ một tầng, chừng 0,845 với nhiều tầng.
#
# Nên tiêu ngân sách vào đâu? Tích chập đắt nhất ở nơi ảnh còn lớn, vì vậy hãy dùng ít kênh ở 28×28, nhiều hơn ở 14×14, nhiều nhất ở
# 7×7. Cửa sổ 3×3 ở đây thấy được số điểm ảnh ngang với cửa sổ 11×11 của AlexNet. Chuẩn hóa theo lô ở đây cũng có ích. Và hãy giữ
# tầng kết nối đầy đủ đầu tiên nhỏ: nếu không để ý, nó sẽ chiếm phần lớn số tham số.

# %% nbgrader={"grade": false, "grade_id": "net28", "locked": false, "schema_version": 3, "solution": true, "task": false}
def net28():
    """A net for 28x28 images, an nn.HybridSequential, not initialized: float32 (N, 1, 28, 28) in, logits (N, 10) out.

    At most 200,000 parameters and 10,000,000 multiply-adds per image; at least two convolutions.
    """
    """vi: Một mạng cho ảnh 28x28, kiểu nn.HybridSequential, chưa khởi tạo: nhận float32 (N, 1, 28, 28), cho logit (N, 10).

    Nhiều nhất 200.000 tham số và 10.000.000 phép nhân-cộng mỗi ảnh; ít nhất hai tầng tích chập.
    """
    ### BEGIN SOLUTION
    net = nn.HybridSequential()
    for channels, pooled in ((32, True), (64, True), (64, False), (128, True)):
        net.add(nn.Conv2D(channels, kernel_size=3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
        if pooled:
            net.add(nn.MaxPool2D(pool_size=2, strides=2))
    net.add(nn.Dense(10))
    return net
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "net28-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
print_budgets(net28(), (1, 28, 28), 200_000, 10_000_000)
### BEGIN HIDDEN TESTS
def check(ask):
    import functools

    # The thresholds, also named in the task's two texts. Dense layers alone have .826 to .848 on the real data.
    accuracy, good = (0.855, 0.865) if ask.real else (0.88, 0.92)

    @functools.cache
    def mine():
        net = ask.net("net28()")
        net.output_shape.has_shape((2, 10))
        net.params.at_most(200_000)
        net.multiply_adds.at_most(10_000_000)
        net.convolutions.at_least(2)
        return net.trained(images=10_000, epochs=2, batch_size=64, lr=0.05, test_images=10_000).accuracy

    with ask.part(2, T("within the budgets, and better than dense layers", "trong ngân sách, và hơn tầng kết nối đầy đủ")):
        mine().at_least(accuracy)
    with ask.part(1, T("a good accuracy after two epochs", "độ chính xác tốt sau hai epoch")):
        mine().at_least(good)
### END HIDDEN TESTS

# %% name="net28_try"
recipe = dict(images=10_000, epochs=2, batch_size=64, lr=0.05, test_images=10_000)
try_as_graded(net28, say("en", "vi"), bar=(0.865, 0.92), **recipe)

# %% [markdown] name="tiny_net_text" lang="en"
# ## Task 8. A sixth of LeNet (2 points)
#
# LeNet-5 has 61,706 parameters. Do with a sixth of them: at most
#
# - **10,000 parameters**,
# - **2 million multiply-adds** an image,
#
# with at least two convolutions. The training is that of Task 7, with three passes over 8,000 images.
#
# | test accuracy of at least | Fashion-MNIST | stand-in data |
# |---|---|---|
# | 1 point | **.84** | .85 |
# | 1 point more | **.85** | .88 |
#
# A net that breaks a limit gets neither. It may use the operators that Task 5 names. As many parameters in dense layers alone
# reach .82 to .83.
#
# Hints: a dense layer that takes 784 values costs 784 weights for every unit, so let none take so many. Pool until 3×3 values are
# left in each channel. (Down to 1×1, with `nn.GlobalAvgPool2D`, Lin et al. 2013, costs even less, but such a net learns more slowly
# at first, and here it has only 375 steps.) And a 3×3 convolution from 32 to 32 channels has 9,216 weights, while one in 32
# groups (`groups=32`), which looks at each channel alone, followed by one of 1×1, which mixes the channels, has
# $288 + 1{,}024 = 1{,}312$ (MobileNets, Howard et al. 2017).

# %% [markdown] name="tiny_net_text" lang="vi"
# ## Nhiệm vụ 8. Một phần sáu LeNet (2 điểm)
#
# LeNet-5 có 61.706 tham số. Hãy làm chỉ với một phần sáu: nhiều nhất
#
# - **10.000 tham số**,
# - **2 triệu phép nhân-cộng** mỗi ảnh,
#
# với ít nhất hai tầng tích chập. Cách huấn luyện như ở nhiệm vụ 7, với ba epoch trên 8.000 ảnh.
#
# | độ chính xác kiểm tra ít nhất | Fashion-MNIST | dữ liệu thay thế |
# |---|---|---|
# | 1 điểm | **0,84** | 0,85 |
# | thêm 1 điểm | **0,85** | 0,88 |
#
# Mạng vượt một giới hạn thì không được điểm nào. Mạng được dùng những toán tử nêu ở nhiệm vụ 5. Cũng ngần ấy tham số mà chỉ dùng
# tầng kết nối đầy đủ thì đạt 0,82 đến 0,83.
#
# Gợi ý: một tầng kết nối đầy đủ nhận 784 giá trị thì tốn 784 trọng số cho mỗi đơn vị, vậy đừng để tầng nào nhận nhiều như thế. Hãy
# gộp cho đến khi mỗi kênh chỉ còn 3×3 giá trị. (Gộp đến 1×1 bằng `nn.GlobalAvgPool2D`, Lin và cộng sự 2013, còn rẻ hơn nữa, nhưng
# mạng như vậy lúc đầu học chậm hơn, mà ở đây chỉ có 375 bước.) Và một tầng tích chập 3×3 từ 32 kênh sang 32 kênh có 9.216 trọng
# số, trong khi một tầng chia 32 nhóm (`groups=32`), chỉ xét riêng từng kênh, rồi một tầng 1×1 để trộn các kênh, chỉ có
# $288 + 1.024 = 1.312$ (MobileNets, Howard và cộng sự 2017).

# %% nbgrader={"grade": false, "grade_id": "tiny_net", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tiny_net():
    """A very small net, an nn.HybridSequential, not initialized: float32 (N, 1, 28, 28) in, logits (N, 10) out.

    At most 10,000 parameters and 2,000,000 multiply-adds per image; at least two convolutions.
    """
    """vi: Một mạng rất nhỏ, kiểu nn.HybridSequential, chưa khởi tạo: nhận float32 (N, 1, 28, 28), cho logit (N, 10).

    Nhiều nhất 10.000 tham số và 2.000.000 phép nhân-cộng mỗi ảnh; ít nhất hai tầng tích chập.
    """
    ### BEGIN SOLUTION
    net = nn.HybridSequential()
    for channels in (12, 20, 27):
        net.add(
            nn.Conv2D(channels, kernel_size=3, padding=1, use_bias=False),
            nn.BatchNorm(),
            nn.Activation("relu"),
            nn.MaxPool2D(pool_size=2, strides=2),
        )
    net.add(nn.Dense(10))
    return net
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "tiny_net-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
print_budgets(tiny_net(), (1, 28, 28), 10_000, 2_000_000)
### BEGIN HIDDEN TESTS
def check(ask):
    import functools

    # The thresholds, also named in the task's two texts. Dense layers alone have .824 to .827 on the real data.
    accuracy, good = (0.84, 0.85) if ask.real else (0.85, 0.88)

    @functools.cache
    def mine():
        net = ask.net("tiny_net()")
        net.output_shape.has_shape((2, 10))
        net.params.at_most(10_000)
        net.multiply_adds.at_most(2_000_000)
        net.convolutions.at_least(2)
        return net.trained(images=8_000, epochs=3, batch_size=64, lr=0.05, test_images=10_000).accuracy

    with ask.part(1, T("within the budgets, and better than dense layers", "trong ngân sách, và hơn tầng kết nối đầy đủ")):
        mine().at_least(accuracy)
    with ask.part(1, T("a good accuracy with 10,000 parameters", "độ chính xác tốt với 10.000 tham số")):
        mine().at_least(good)
### END HIDDEN TESTS

# %% name="tiny_net_try"
recipe = dict(images=8_000, epochs=3, batch_size=64, lr=0.05, test_images=10_000)
try_as_graded(tiny_net, say("en", "vi"), bar=(0.85, 0.88), **recipe)

# %% [markdown] name="race_text" lang="en"
# ## A race of fifteen seconds, and runs of minutes
#
# Which net should you take? It depends on the time you have. Here all get the same: 15 seconds of training, each with settings
# that suit it, AlexNet those of `gluon-alexnet train`. Enlarging the pictures counts, setting up the net does not. The learning
# rate follows the clock: it rises for a tenth of the time, then falls to 0 by a cosine. So short a race gives AlexNet no chance:
# it has time for a few dozen steps.
#
# For what the nets are worth in the end, the second picture adds runs of this project that took minutes: AlexNet itself; the
# package's own simplified AlexNet, `alexnet_small`, by the same recipe but for rate, warm-up and dropout, which are each net's own;
# and its net for 28×28, `compact`.
#
# **Guess first**: which accuracy will each net have after fifteen seconds? Write your numbers in place of `None`, then run the cells
# (the race takes about 100 seconds).

# %% [markdown] name="race_text" lang="vi"
# ## Cuộc đua mười lăm giây, và những lần chạy nhiều phút
#
# Nên chọn mạng nào? Điều đó tùy vào thời gian bạn có. Ở đây mọi mạng được như nhau: 15 giây huấn luyện, mỗi mạng với cấu hình hợp
# với nó, AlexNet dùng cấu hình của `gluon-alexnet train`. Việc phóng to ảnh có tính giờ, việc chuẩn bị mạng thì không. Tốc độ học
# đi theo đồng hồ: tăng dần trong một phần mười thời gian đầu, rồi giảm về 0 theo lịch cosine. Cuộc đua ngắn như vậy không cho
# AlexNet cơ hội nào: nó chỉ kịp đi vài chục bước.
#
# Còn để biết rốt cuộc các mạng đáng giá bao nhiêu, hình thứ hai có thêm những lần chạy nhiều phút của dự án này: chính AlexNet;
# AlexNet gọn của gói, `alexnet_small`, theo cùng công thức, chỉ tốc độ học, đoạn khởi động dần và dropout là riêng của mỗi mạng; và
# mạng cho ảnh 28×28 của gói, `compact`.
#
# **Hãy đoán trước**: sau mười lăm giây, mỗi mạng đạt độ chính xác bao nhiêu? Viết số của bạn thay cho `None`, rồi chạy các ô (cuộc
# đua mất khoảng 100 giây).

# %% name="race_guess"
guess = {"AlexNet": None, "small_alexnet": None, "LeNet": None, "net28": None, "tiny_net": None}

# %% name="race"
import itertools
import time

from gluon_alexnet import alexnet, lenet
from gluon_alexnet.fast import precision
from gluon_alexnet.train import Stepper

SECONDS = 15
contestants = {
    "AlexNet": (lambda: alexnet(dropout=0.1), 224, {"batch_size": 32, "lr": 0.01, "initializer": "he"}),
    "small_alexnet": (small_alexnet, 224, {"batch_size": 32, "lr": 0.02}),
    "LeNet": (lenet, 28, {"batch_size": 64, "lr": 0.2}),
    "net28": (net28, 28, {"batch_size": 64, "lr": 0.05}),
    "tiny_net": (tiny_net, 28, {"batch_size": 64, "lr": 0.05}),
}


def race(net, side, batch_size, lr, initializer="xavier"):
    """Trains `net` for SECONDS from fresh weights, and measures it.

    Returns the seconds since the start and the share of right answers, both after each step; the number of images; the accuracy on
    1,000 validation images.
    """
    """vi: Huấn luyện `net` trong SECONDS giây từ trọng số mới, rồi đo nó.

    Trả về số giây từ lúc bắt đầu và tỉ lệ trả lời đúng, cả hai sau từng bước; số ảnh đã học; độ chính xác trên 1.000 ảnh thẩm định.
    """
    data = FashionMNISTLoader("train-rest", batch_size, resize=side, normalize=True, last_batch="discard")
    batches = itertools.chain.from_iterable(itertools.repeat(data))  # pass after pass  # vi: hết epoch này đến epoch khác
    images, labels = next(batches)
    mx.random.seed(0)
    prepare(net, images, [mx.cpu()], initializer)
    stepper = Stepper(net, [mx.cpu()], "nag", precision.resolve("auto", [mx.cpu()], net)[0], momentum=0.9)
    # Learns nothing, but plans the work: off the clock.
    # vi: Bước này không học gì, chỉ để lập kế hoạch tính toán: không tính giờ.
    stepper.step(images, labels, lr=0.0)
    times, right, began = [], [], time.perf_counter()
    while (gone := (time.perf_counter() - began) / SECONDS) < 1:
        images, labels = next(batches)
        rate = lr * min(gone / 0.1, (1 + math.cos(math.pi * gone)) / 2)
        right.append(stepper.step(images, labels, rate)[1] / batch_size)
        times.append(time.perf_counter() - began)
    held_out = FashionMNISTLoader("validation", 100, resize=side, normalize=True, limit=1000)
    return times, right, len(times) * batch_size, evaluate(net, held_out).accuracy


nets, costs, races = {}, {}, {}
for name, (make, side, settings) in contestants.items():
    costs[name] = measure(make(), (1, side, side))[:2]
    nets[name] = make()
    races[name] = race(nets[name], side, **settings)
    *_, seen, accuracy = races[name]
    params, macs = costs[name]
    cost = say("{:>11} parameters, {:>6} million multiply-adds", "{:>11} tham số, {:>6} triệu phép nhân-cộng")
    got = say("{:>8} images, accuracy {}", "{:>8} ảnh, độ chính xác {}").format(number(seen), number(accuracy, 3))
    print(f"{name:14}{cost.format(number(params), number(macs / 1e6, 1))}: {got}")
words.guesses(guess, {name: accuracy for name, (*_, accuracy) in races.items()})

# %% name="race_plot"
styles = dict(zip(contestants, ((BLUE, "o"), (ORANGE, "s"), (GREY, "v"), (GREEN, "D"), (PINK, "^")), strict=True))
# Runs of minutes: record, name, multiply-adds of an image in millions, minutes of training, marker.
# vi: Những lần chạy nhiều phút: tên, nhãn, triệu phép nhân-cộng mỗi ảnh, số phút huấn luyện, kiểu dấu.
long_runs = [
    ("alexnet-quick", "AlexNet", 938.1, 3.8, BLUE, "o"),
    ("alexnet-accurate", "AlexNet", 938.1, 89.9, BLUE, "P"),
    ("alexnet_small-fast", "alexnet_small", 55.4, 10.2, ORANGE, "X"),
    ("compact-fast", "compact", 32.6, 5.0, GREEN, "*"),
]

figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 6), layout="constrained")
for name, (times, hits, _, accuracy) in races.items():
    color, marker = styles[name]
    span = max(2, len(times) // 40)
    smooth = [np.mean(hits[max(0, n - span) : n + span + 1]) for n in range(len(times))]
    left.plot(times, smooth, color=color)
    left.plot(SECONDS, accuracy, marker, color=color, markersize=9, clip_on=False, zorder=3)
    macs = costs[name][1] / 1e6
    label = f"{name}: {number(accuracy, 3)}"
    right.plot(macs, max(accuracy, 0.803), marker, color=color, markersize=10, label=label)
for name, net, macs, minutes, color, marker in long_runs:
    accuracy = np.mean([run["test_accuracy"][-1] for run in recorded(name)["runs"]])
    label = say("{}, {} minutes, recorded: {}", "{}, {} phút, đã ghi: {}").format(net, number(minutes, 1), number(accuracy, 4))
    right.plot(macs, accuracy, marker, color=color, mfc="white", markersize=12, label=label)
first = max(races, key=lambda name: races[name][-1])
left.set(xlabel=say("seconds since the start", "số giây từ lúc bắt đầu"), ylim=(0, 1), xlim=(0, SECONDS))
left.set_ylabel(say("accuracy", "độ chính xác"))
leads = say(
    "After {} seconds {} leads with {}\n(lines: training images, marks: validation images)",
    "Sau {} giây, {} dẫn đầu với {}\n(đường: ảnh huấn luyện, dấu: ảnh thẩm định)",
)
left.set_title(leads.format(SECONDS, first, number(races[first][-1], 3)))
right.set(xscale="log", xlim=(0.1, 5000), ylim=(0.8, 0.95))
below = say("marks at the lower edge lie below it", "các dấu ở mép dưới thực ra nằm thấp hơn nữa")
right.text(0.02, 0.05, below, transform=right.transAxes, fontsize=9, color=GREY)
right.set_xlabel(say("multiply-adds of one image, millions (logarithmic)", "triệu phép nhân-cộng mỗi ảnh (thang logarit)"))
right.set_ylabel(say("accuracy", "độ chính xác"))
right.set_title(
    say(
        "Filled: 15 seconds. Hollow: minutes.\nThe large net is not the better one",
        "Dấu đặc: 15 giây. Dấu rỗng: nhiều phút.\nMạng lớn không phải là mạng tốt hơn",
    )
)
figure.legend(loc="outside lower center", ncols=3, fontsize=9.5)
words.show()

# %% [markdown] name="first_layers_text" lang="en"
# ### The first layers
#
# In the paper of 2012, AlexNet's learned filters are a famous picture: edges, stripes, patches of colour. What do they look like
# here? The first row shows twelve of the 96 filters after a recorded training on 6,000 enlarged pictures, dark for negative weights,
# bright for positive ones. That is noise, though the net is right on 84.3% of 2,000 test images. So look at what training has
# *changed*: the filter after it minus the filter before it, strongest change first (second row). Those are smooth patches and
# edges. They are hidden in the initial random numbers, which training does not remove: no enlarged picture ever shows whether these
# numbers are there, so no gradient ever points at them. The third row has the change folded by your function, at one of its four places:
# that is all the filter really gets out of the old pixels.
#
# The other rows are the nets that have run the race.

# %% [markdown] name="first_layers_text" lang="vi"
# ### Các tầng đầu tiên
#
# Trong bài báo năm 2012, các bộ lọc AlexNet học được là một bức hình nổi tiếng: cạnh, sọc, mảng màu. Ở đây chúng trông ra sao? Hàng
# đầu là mười hai trong 96 bộ lọc sau một lần huấn luyện đã ghi trên 6.000 ảnh phóng to, tối là trọng số âm, sáng là trọng số dương.
# Toàn là nhiễu, vậy mà mạng đúng 84,3% trong 2.000 ảnh kiểm tra. Vì thế hãy xem huấn luyện đã *thay đổi* gì: bộ lọc sau trừ bộ lọc
# trước, thay đổi mạnh nhất đứng đầu (hàng thứ hai). Đó là những mảng và cạnh trơn. Chúng bị che khuất trong các số ngẫu nhiên ban
# đầu, mà huấn luyện không xóa đi: không ảnh phóng to nào cho thấy những số ấy có ở đó hay không, nên gradient không bao giờ chạm
# tới. Hàng thứ ba là phần thay đổi sau khi được hàm của bạn quy về ảnh nhỏ, ở một trong bốn cách nằm: đó là toàn bộ những gì bộ lọc
# thực sự lấy được từ ảnh gốc.
#
# Các hàng còn lại là những mạng vừa chạy đua.

# %% name="first_layers"
def first_filters(net, count=12):
    """The weights of the first convolution, float64 (count, k, k)."""
    """vi: Trọng số của tầng tích chập đầu tiên, float64 (count, k, k)."""
    weight = next(iter(net.collect_params(".*weight").values()))
    return weight.data().asnumpy()[:count, 0].astype("float64")


def on_old_pixels(weights, place=96):
    """The filters folded where their window begins at `place`, cut to the pixels that they see."""
    """vi: Các bộ lọc quy về ảnh nhỏ khi cửa sổ bắt đầu ở `place`, cắt còn những điểm ảnh mà chúng thấy."""
    small = np.stack([folded(one, ENLARGE, place, place) for one in weights])
    used = np.flatnonzero(np.any(small != 0, axis=(0, 1)))
    return small[:, used[0] : used[-1] + 1, used[0] : used[-1] + 1]


start, end = (recorded.filters("alexnet", when).astype("float64") for when in ("start", "end"))
change = end - start
strongest = np.argsort(-change.reshape(96, -1).std(axis=1))
alike = np.corrcoef(start.ravel(), end.ravel())[0, 1]
sizes = np.linalg.svd(change.reshape(96, -1), compute_uv=False) ** 2
in_nine = sizes[:9].sum() / sizes.sum()
print(say("correlation of the filters before and after:", "tương quan của bộ lọc trước và sau:"), number(alike, 3))
print(say("of the change, nine directions of 121 hold", "chín trong 121 hướng chứa phần thay đổi:"), words.percent(in_nine, 2))

rows = {
    say("AlexNet,\ntrained", "AlexNet\nđã học"): end[strongest[:12]],
    say("what training\nchanged", "phần huấn luyện\nthay đổi"): change[strongest[:12]],
    say("the change,\nfolded", "phần thay đổi,\nquy về ảnh nhỏ"): on_old_pixels(change[strongest[:12]]),
}
for name in ("small_alexnet", "LeNet", "net28", "tiny_net"):
    weights = first_filters(nets[name])
    rows[f"{name}\n{weights.shape[1]}×{weights.shape[2]}"] = weights

figure, grid = plt.subplots(len(rows), 12, figsize=(11, 0.95 * len(rows) + 0.4), layout="constrained")
for line, (label, weights) in zip(grid, rows.items(), strict=True):
    for place, axes in enumerate(line):
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
        if place < len(weights):
            limit = np.abs(weights[place]).max()
            axes.imshow(weights[place], cmap="gray", vmin=-limit, vmax=limit)
        else:
            axes.axis("off")
    line[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
figure.suptitle(
    say(
        "AlexNet's trained filters look like noise; what it learned is smooth",
        "Bộ lọc đã học của AlexNet trông như nhiễu; phần học được thì trơn",
    ),
    fontsize=11,
)
words.show()

# %% [markdown] name="why_filters" lang="en" tags=["why"]
# ### Why? Noise that stays
#
# The chapter's readers know the clear filters of the paper's figure 3. Why do AlexNet's filters stay noisy here, although the net
# learns well? And what would have to be different for clear ones to come out?

# %% [markdown] name="why_filters" lang="vi" tags=["why"]
# ### Vì sao? Nhiễu vẫn còn đó
#
# Người đọc chương đều biết những bộ lọc rõ nét ở hình 3 của bài báo. Vì sao ở đây bộ lọc của AlexNet vẫn đầy nhiễu, dù mạng học tốt?
# Và điều gì phải khác đi thì mới có những bộ lọc rõ nét?

# %% [markdown] name="why_filters-answer" lang="en"
# A window of 11×11 on an enlarged picture depends on nine old pixels, so the 121 numbers it gets lie in few dimensions. The gradient
# of a filter is a sum of such windows and lies in the same dimensions: what the initial weights have in all others never changes
# and never changes an answer either. With real photos of 224×224 every pixel is news, and neighbouring windows differ in all
# directions. Then the gradient reaches the whole filter; weight decay removes what no gradient holds up, and many more steps make
# the learned part large beside the initial numbers.

# %% [markdown] name="why_filters-answer" lang="vi"
# Một cửa sổ 11×11 trên ảnh phóng to chỉ phụ thuộc vào chín điểm ảnh cũ, nên 121 số của nó nằm trong vài chiều. Gradient của bộ lọc
# là tổng của những cửa sổ như vậy nên cũng nằm trong các chiều ấy: phần của trọng số ban đầu nằm ở mọi chiều còn lại không bao giờ
# đổi, và cũng không bao giờ làm đổi câu trả lời. Với ảnh chụp thật 224×224, mỗi điểm ảnh đều mang thông tin mới, các cửa sổ khác nhau
# theo mọi hướng. Khi ấy gradient chạm tới cả bộ lọc; suy giảm trọng số xóa dần những gì không được gradient nào giữ lại, và nhiều
# bước hơn hẳn làm phần học được lớn hơn so với các số ban đầu.

# %% [markdown] name="closing" lang="en"
# ## What you have seen
#
# - **Parameters and time live in different places.** 92% of AlexNet's 46,764,746 parameters (187 MB in float32) are in the dense
#   layers, 95.4% of its 938 million multiply-adds in the convolutions. Smaller dense layers save memory. A cheaper second
#   convolution saves time, but its share is 44.3%, so that the net becomes 1.8 times cheaper at best. The width saves both.
# - **Enlarging adds work, not knowledge.** Of the 121 numbers in a window of AlexNet's first layer, nine are news. On 28×28 a
#   window of 3×3 gets the same for a thirteenth.
# - **Simpler without loss: yes.** By the same recipe (but for rate, warm-up and dropout), a smaller AlexNet on the same enlarged
#   pictures has .9361 (three runs, 10.2 minutes), AlexNet itself .9318 (one run, 89.9 minutes, two cores). In its ten minutes the
#   small one had time for 6.7 to 8.3 epochs, AlexNet for 5.25. That net, `alexnet_small`, has 866,682 parameters and a 17th of
#   AlexNet's multiply-adds. And a net made for 28×28, `compact`, has .9405 after 5.0 minutes (three runs; 431,098 parameters).
# - **A recipe is not a net.** The chapter's recipe brings AlexNet to .887 in ten epochs (89 published runs, standard deviation
#   .004), `gluon-alexnet train` to .859 in 3.8 minutes, the recipe above to .9318: the same net each time. (Published are the
#   outputs that three releases of the book saved with the chapter's code: `docs/results.md`.) In the table of
#   results sent in to the authors of Fashion-MNIST, two convolutions and two dense layers with flips have .939, hand-made
#   features with a support vector machine .926, and people .835. So AlexNet is not bad here. It is much too large, and for that
#   no better.
# - **Small can be good.** LeNet-5 with its 61,706 parameters has .812 on average (87 published runs, ten epochs of 60,000
#   images). Compare what your `tiny_net` reached in the race with less than a sixth of them. On ImageNet, SqueezeNet (Iandola et
#   al. 2016) kept AlexNet's accuracy with a fiftieth of the parameters.
# - **Counting comes first.** Parameters and multiply-adds are known before the first step, and cost nothing to find out. They do
#   not tell the whole time: compare how many times fewer multiply-adds your `small_alexnet` has with how many times faster it
#   trained when you tried it. That is why the grader measures the speed.

# %% [markdown] name="closing" lang="vi"
# ## Những điều rút ra
#
# - **Tham số và thời gian nằm ở những nơi khác nhau.** 92% trong 46.764.746 tham số của AlexNet (187 MB ở float32) nằm ở các tầng
#   kết nối đầy đủ, 95,4% trong 938 triệu phép nhân-cộng nằm ở các tầng tích chập. Thu nhỏ tầng kết nối đầy đủ thì tiết kiệm bộ
#   nhớ. Làm rẻ tầng tích chập thứ hai thì tiết kiệm thời gian, nhưng tầng ấy chiếm 44,3%, nên cả mạng rẻ đi nhiều nhất 1,8 lần.
#   Giảm độ rộng thì tiết kiệm cả hai.
# - **Phóng to chỉ thêm việc, không thêm hiểu biết.** Trong 121 số của một cửa sổ ở tầng đầu AlexNet, chỉ chín số mang thông tin
#   mới. Trên 28×28, cửa sổ 3×3 cho cùng kết quả với một phần mười ba công sức.
# - **Gọn hơn mà không kém đi: được.** Theo cùng một công thức (trừ tốc độ học, khởi động dần và dropout), một AlexNet nhỏ hơn trên
#   cùng những ảnh phóng to đạt 0,9361 (ba lần chạy, 10,2 phút), còn chính AlexNet đạt 0,9318 (một lần chạy, 89,9 phút, hai nhân).
#   Trong mười phút ấy mạng nhỏ kịp học 6,7 đến 8,3 epoch, còn AlexNet 5,25. Mạng ấy, `alexnet_small`, có 866.682 tham số và chỉ cần
#   1/17 số phép nhân-cộng của AlexNet. Còn một mạng làm riêng cho 28×28, `compact`, đạt 0,9405 sau 5,0 phút (ba lần chạy; 431.098
#   tham số).
# - **Công thức huấn luyện không phải là mạng.** Công thức của chương đưa AlexNet đến 0,887 sau mười epoch (89 lần chạy đã công bố,
#   độ lệch chuẩn 0,004), `gluon-alexnet train` đưa đến 0,859 trong 3,8 phút, công thức ở trên đưa đến 0,9318: lần nào cũng là mạng
#   ấy. (Các lần chạy đã công bố là kết quả mà ba bản phát hành của sách lưu kèm mã của chương: `docs/results.md`.) Trong bảng kết
#   quả gửi về cho các tác giả Fashion-MNIST, hai tầng tích chập và hai tầng kết nối đầy đủ kèm lật ảnh đạt 0,939, đặc trưng thủ
#   công với máy vectơ hỗ trợ đạt 0,926, và con người đạt 0,835. Vậy ở đây AlexNet không tệ. Nó chỉ quá lớn, mà không vì thế tốt
#   hơn.
# - **Nhỏ vẫn có thể tốt.** LeNet-5 với 61.706 tham số đạt trung bình 0,812 (87 lần chạy đã công bố, mười epoch trên 60.000 ảnh). Hãy
#   so với kết quả của `tiny_net` trong cuộc đua, với chưa đến một phần sáu số tham số ấy. Trên ImageNet, SqueezeNet (Iandola và
#   cộng sự 2016) giữ được độ chính xác của AlexNet với một phần năm mươi số tham số.
# - **Đếm trước đã.** Số tham số và số phép nhân-cộng biết được trước bước đầu tiên, và tính chúng không tốn gì. Nhưng chúng chưa nói
#   hết về thời gian chạy: hãy so `small_alexnet` của bạn cần ít phép nhân-cộng hơn bao nhiêu lần với việc nó huấn luyện nhanh hơn bao
#   nhiêu lần khi bạn chạy thử. Vì thế bộ chấm mới đo tốc độ.

# %% [markdown] name="score_text" lang="en"
# ## Your score
#
# Save the notebook (Ctrl+S, on a Mac Cmd+S), then run the cell below. It grades the file as it was saved last, which takes a
# minute or two. The cell itself counts for nothing.

# %% [markdown] name="score_text" lang="vi"
# ## Điểm của bạn
#
# Hãy lưu sổ tay (Ctrl+S, trên máy Mac là Cmd+S) rồi chạy ô dưới đây. Ô này chấm bản được lưu gần nhất của tệp, mất chừng một
# hai phút. Bản thân nó không được tính điểm.

# %% name="score" tags=["skip-execution"]
from gluon_alexnet.grading.in_notebook import grade_this_notebook

grade_this_notebook("02_simplify")
