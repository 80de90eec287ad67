# %% [markdown] name="intro" lang="en"
# # 4. What AlexNet costs
#
# Exercise 4 of the chapter asks what fills AlexNet's memory, what keeps the processor busy, and what memory bandwidth has to do
# with it. Here you answer with numbers, layer by layer, and put the answers beside measurements of the machine in front of you.
#
# - **You learn** to count parameters, multiply-adds and bytes on paper, to read a roofline, and to say how long a training step
#   must take before you run it.
# - **Time**: plan two to three hours. No net is trained for longer than a few steps: all measurements together take about a
#   minute on two idle cores, and two to three times as long beside other work.
# - **Where it stands**: it can be done alone. Tasks 1 to 3 count what Tasks 1 and 2 of notebook 02 count too, from a table of
#   layers instead of single numbers: who has done those is quickly through. The memory of training is the subject of notebook 03.
#
# **Your score** (8 tasks, 20 points)
#
# - Save (Ctrl+S, on a Mac Cmd+S), then run the last cell. Or in a terminal of JupyterLab, in the folder of this notebook
#   (`make lab` opens `my-exercises/`): `gluon-alexnet grade 04_cost.ipynb`.
# - The answer cells count, those that begin with `# task:`, together with the cells that are given. So helper functions and
#   imports of your own belong in the answer cell that uses them. An answer may call the functions of earlier tasks; where yours
#   is wrong, later tasks are graded with a right one.
# - Answers may use NumPy and the standard library. A task has a minute of computing and 6 GB of memory.
# - The check below each task prints a few values to compare with those written under it; the grader asks your functions about
#   other layers, drawn anew each time. No net is graded here.
#
# **Tools of this notebook**
#
# - `np` is NumPy. `mx`, loaded where the measurements begin, is MXNet; its arrays, `mx.np`, are what nets compute on.
# - `ALEXNET`, `STEPS` and `COSTS`: the layers of AlexNet as plain lists, each explained where a task needs it.
# - `words`: numbers and the axes of plots as your language writes them; `number` is its `words.number`.

# %% [markdown] name="intro" lang="vi"
# # 4. AlexNet tốn bao nhiêu?
#
# Bài tập 4 của chương hỏi: cái gì chiếm bộ nhớ của AlexNet, cái gì chiếm thời gian tính, và băng thông bộ nhớ có vai trò gì. Ở
# đây bạn trả lời bằng con số, từng tầng một, rồi đặt câu trả lời cạnh phép đo trên chính máy của bạn.
#
# - **Bạn học được** cách đếm tham số, phép nhân-cộng và số byte trên giấy, cách đọc mô hình mái nhà (roofline), và cách tính trước
#   một bước huấn luyện phải mất ít nhất bao lâu.
# - **Thời gian**: nên dành hai đến ba giờ. Không mạng nào phải huấn luyện quá vài bước: cho mọi phép đo, máy chạy chừng một phút
#   trên hai nhân đang rảnh, và lâu gấp hai ba lần nếu máy còn bận việc khác.
# - **Liên hệ với các sổ tay khác**: bạn có thể làm riêng sổ tay này. Nhiệm vụ 1 đến 3 đếm những thứ mà nhiệm vụ 1 và 2 của sổ tay
#   02 cũng đếm, nhưng từ một bảng các tầng thay vì từng con số: ai đã làm ở đó thì ở đây sẽ xong rất nhanh. Bộ nhớ khi huấn luyện
#   là chủ đề của sổ tay 03.
#
# **Xem điểm** (8 nhiệm vụ, 20 điểm)
#
# - Lưu sổ tay (Ctrl+S, trên máy Mac là Cmd+S) rồi chạy ô cuối cùng. Hoặc gõ trong cửa sổ dòng lệnh (Terminal) của JupyterLab, ở thư mục chứa sổ tay
#   này (`make lab` mở `my-exercises/`, bản tiếng Việt nằm trong `vi/`): `gluon-alexnet grade 04_cost.ipynb`.
# - Được tính điểm là các ô trả lời, tức những ô bắt đầu bằng `# task:`, chạy cùng các ô cho sẵn. Vì vậy hãy đặt hàm phụ và lệnh
#   import của bạn ngay trong ô trả lời dùng đến chúng. Câu trả lời được phép gọi hàm của các nhiệm vụ trước; nếu hàm của bạn sai,
#   các nhiệm vụ sau được chấm với hàm đúng.
# - Câu trả lời được dùng NumPy và thư viện chuẩn của Python. Mỗi nhiệm vụ có một phút tính toán và 6 GB bộ nhớ.
# - Ô kiểm tra dưới mỗi nhiệm vụ in ra vài giá trị để bạn so với kết quả ghi ngay dưới đó; lúc chấm, hàm của bạn được hỏi về những
#   tầng khác, mỗi lần chấm lại rút ngẫu nhiên. Sổ tay này không chấm mạng nào.
#
# **Công cụ của sổ tay này**
#
# - `np` là NumPy. `mx`, được nạp từ chỗ bắt đầu đo, là MXNet; các mạng tính trên mảng của nó, `mx.np`.
# - `ALEXNET`, `STEPS` và `COSTS`: các tầng của AlexNet dưới dạng danh sách đơn giản, được giải thích khi nhiệm vụ cần đến.
# - `words`: viết con số và trục đồ thị theo cách viết của tiếng Việt; `number` chính là `words.number`.

# %% name="setup" tags=["setup"]
import math
import time

import matplotlib.pyplot as plt
import numpy as np

from gluon_alexnet.study import Words, style

words = Words(say("en", "vi"))
number = words.number

# AlexNet as plain data. ReLU and dropout are left out: no parameters, no multiply-adds.
# vi: AlexNet dưới dạng dữ liệu. Không kể ReLU và dropout: chúng không có tham số, không có phép nhân-cộng.
ALEXNET = [
    {"name": "conv1", "kind": "conv", "channels": 96, "kernel": 11, "stride": 4, "padding": 0},
    {"name": "pool1", "kind": "pool", "kernel": 3, "stride": 2, "padding": 0},
    {"name": "conv2", "kind": "conv", "channels": 256, "kernel": 5, "stride": 1, "padding": 2},
    {"name": "pool2", "kind": "pool", "kernel": 3, "stride": 2, "padding": 0},
    {"name": "conv3", "kind": "conv", "channels": 384, "kernel": 3, "stride": 1, "padding": 1},
    {"name": "conv4", "kind": "conv", "channels": 384, "kernel": 3, "stride": 1, "padding": 1},
    {"name": "conv5", "kind": "conv", "channels": 256, "kernel": 3, "stride": 1, "padding": 1},
    {"name": "pool3", "kind": "pool", "kernel": 3, "stride": 2, "padding": 0},
    {"name": "dense1", "kind": "dense", "units": 4096},
    {"name": "dense2", "kind": "dense", "units": 4096},
    {"name": "dense3", "kind": "dense", "units": 10},
]

# Out of Okabe and Ito's palette (2008), told apart by colour-blind readers too.
# vi: Bảng màu của Okabe và Ito (2008): người mù màu cũng phân biệt được.
COLORS = {"conv": "#0072b2", "pool": "#56b4e9", "dense": "#d55e00"}
MARKERS = {"conv": "o", "pool": "^", "dense": "s"}
GREY = "#6a7683"
style()
plt.rcParams.update({"axes.titlelocation": "left", "axes.titlesize": 10})

# %% [markdown] name="guess_text" lang="en"
# ### Guess first
#
# Two statements are in circulation. The chapter says that the two large dense layers make a model of nearly 1 GB. A manual of
# solutions says that the dense layers dominate the computation. Are they right? Write your guesses in the place of `None`; the
# first picture puts the outcome beside them.

# %% [markdown] name="guess_text" lang="vi"
# ### Hãy đoán trước
#
# Có hai khẳng định đang được lưu truyền. Chương nói hai tầng kết nối đầy đủ lớn làm mô hình nặng gần 1 GB. Một tập lời giải nói
# các tầng kết nối đầy đủ chiếm phần lớn phép tính. Có đúng không? Hãy viết điều bạn đoán vào chỗ `None`; ở hình đầu tiên, kết quả
# sẽ được đặt bên cạnh.

# %% name="guess"
guess = {
    say("all parameters in float32, MB", "mọi tham số với float32, MB"): None,
    say("dense layers' share of the parameters, %", "phần tham số ở các tầng kết nối đầy đủ, %"): None,
    say("dense layers' share of the multiply-adds, %", "phần phép nhân-cộng ở các tầng kết nối đầy đủ, %"): None,
}

# %% [markdown] name="output_shape_text" lang="en"
# ## Task 1. Shapes (2 points)
#
# Everything that follows hangs on the shapes. `ALEXNET` above is a table of layers in three kinds:
#
# | kind | settings | parameters |
# |---|---|---|
# | `conv` | `channels` (of the output), `kernel`, `stride`, `padding` | weights, and one bias for each output channel |
# | `pool` | `kernel`, `stride`, `padding` | none |
# | `dense` | `units` | weights, and one bias for each unit |
#
# Windows are square, images need not be. A window of `kernel` pixels slides over the padded image in strides of `stride`, and
# stands only where it fits whole; so what is left over at the border is dropped, for both `conv` and `pool`. A dense layer takes
# an image as one long vector.

# %% [markdown] name="output_shape_text" lang="vi"
# ## Nhiệm vụ 1. Hình dạng (2 điểm)
#
# Mọi thứ về sau đều dựa vào hình dạng. `ALEXNET` ở trên là bảng các tầng, gồm ba loại:
#
# | loại | thiết lập | trọng số |
# |---|---|---|
# | `conv` (tích chập) | `channels` (của đầu ra), `kernel`, `stride`, `padding` | kèm một độ chệch (bias) cho mỗi kênh đầu ra |
# | `pool` (gộp) | `kernel`, `stride`, `padding` | không có |
# | `dense` (kết nối đầy đủ) | `units` | kèm một độ chệch cho mỗi đơn vị |
#
# Cửa sổ thì vuông, còn ảnh không nhất thiết vuông. Cửa sổ cạnh `kernel` trượt trên ảnh đã đệm với sải bước `stride`, và chỉ được
# tính ở những vị trí nằm trọn trong ảnh; phần thừa ở mép bị bỏ, với cả `conv` lẫn `pool`. Tầng kết nối đầy đủ coi cả ảnh là một
# vectơ dài.

# %% nbgrader={"grade": false, "grade_id": "output_shape", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_shape(layer, input_shape):
    """The shape of what `layer` makes of one image, a tuple of ints: (C, H, W), or (units,) for a dense layer.

    layer: a dict as in ALEXNET. input_shape: (C, H, W), or (features,) where a dense layer stands before a dense layer.
    """
    """vi: Hình dạng của đầu ra mà `layer` cho từ một ảnh, một tuple số nguyên: (C, H, W), hoặc (units,) với tầng kết nối đầy đủ.

    layer: một dict như trong ALEXNET. input_shape: (C, H, W), hoặc (features,) khi trước đó cũng là một tầng kết nối đầy đủ.
    """
    ### BEGIN SOLUTION
    if layer["kind"] == "dense":
        return (layer["units"],)
    channels, *sides = input_shape
    height, width = ((side + 2 * layer["padding"] - layer["kernel"]) // layer["stride"] + 1 for side in sides)
    return (layer.get("channels", channels), height, width)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "output_shape-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
shape = (1, 224, 224)
for layer in ALEXNET:
    shape = output_shape(layer, shape)
    print(layer["name"], shape)
### BEGIN HIDDEN TESTS
def check(ask):
    def draw(low, high):
        return int(ask.random.integers(low, high))

    def windowed(kind):
        kernel, channels = draw(1, 8), {"channels": draw(1, 400)} if kind == "conv" else {}
        window = {"kernel": kernel, "stride": draw(1, 5), "padding": draw(0, kernel // 2 + 1)}
        # The name comes last since messages show only the first characters of a dict.
        return {"kind": kind, **channels, **window, "name": kind}

    def expected(layer, shape):
        if layer["kind"] == "dense":
            return (layer["units"],)
        sides = [math.floor((side + 2 * layer["padding"] - layer["kernel"]) / layer["stride"]) + 1 for side in shape[1:]]
        return (layer["channels"] if layer["kind"] == "conv" else shape[0], *sides)

    def with_mistakes(layer, shape):
        answer, right = ask.call("output_shape", layer, shape), expected(layer, shape)
        if layer["kind"] == "dense":
            return answer
        kernel, stride, padding = (layer[key] for key in ("kernel", "stride", "padding"))

        def sides(change):
            return right[0], *(change(side) for side in shape[1:])

        said = T("gives the width before the height", "để chiều rộng trước chiều cao")
        answer.mistake((right[0], right[2], right[1]), "width-first", said)
        said = T("gives the channels last: they come first", "để kênh ở cuối: kênh đứng đầu")
        answer.mistake((*right[1:], right[0]), "channels-last", said)
        up = T("rounds up: a last window that does not fit whole is left out", "làm tròn lên: cửa sổ cuối không nằm trọn thì bỏ")
        answer.mistake(sides(lambda side: -(-(side + 2 * padding - kernel) // stride) + 1), "rounds-up", up)
        once = T("adds the padding once: it stands on both sides", "chỉ thêm đệm một lần: đệm có ở cả hai phía")
        answer.mistake(sides(lambda side: (side + padding - kernel) // stride + 1), "padding-on-one-side", once)
        first = T("forgets the window at the start: steps plus one", "quên cửa sổ đầu tiên: số lần dịch cộng một")
        answer.mistake(sides(lambda side: (side + 2 * padding - kernel) // stride), "no-plus-one", first)
        if layer["kind"] == "pool":
            one = T("loses channels: a pooling keeps them", "làm mất kênh: tầng gộp giữ nguyên số kênh")
            answer.mistake((1, *right[1:]), "pool-loses-channels", one).mistake(right[1:], "pool-loses-channels", one)
        return answer

    with ask.part(1, T("convolutions and poolings", "tích chập và gộp")):
        for kind in ("conv", "pool") * 5:
            layer, shape = windowed(kind), (draw(1, 100), draw(20, 230), draw(20, 230))
            with_mistakes(layer, shape).equals(expected(layer, shape))
    with ask.part(1, T("all layers of a net", "mọi tầng của một mạng")):
        for _ in range(2):
            layers = [windowed(kind) for kind in ("conv", "pool", "conv")]
            layers += [{"kind": "dense", "units": draw(5, 5000), "name": "dense"} for _ in range(2)]
            # Strides of at most 4 and windows of at most 7 leave something of these images after three layers.
            shape = (draw(1, 4), draw(600, 800), draw(600, 800))
            for layer in layers:
                with_mistakes(layer, shape).equals(expected(layer, shape))
                shape = expected(layer, shape)
### END HIDDEN TESTS

# %% [markdown] name="count_params_text" lang="en"
# ## Task 2. Parameters (2 points)
#
# A filter of a convolution looks at all channels of its input. A unit of a dense layer looks at every number of its input. Each
# filter and each unit has one bias.
#
# From here on `STEPS` lists each layer of AlexNet with the shape before it and the shape after it, so that no task depends on
# the one before.

# %% [markdown] name="count_params_text" lang="vi"
# ## Nhiệm vụ 2. Tham số (2 điểm)
#
# Mỗi bộ lọc của tầng tích chập nhìn vào mọi kênh của đầu vào. Mỗi đơn vị của tầng kết nối đầy đủ nhìn vào mọi con số của đầu vào.
# Mỗi bộ lọc và mỗi đơn vị có một độ chệch.
#
# Từ đây, `STEPS` liệt kê từng tầng của AlexNet cùng hình dạng trước và sau tầng đó, để nhiệm vụ sau không phụ thuộc nhiệm vụ
# trước.

# %% name="shapes" tags=["setup"]
# AlexNet for one image, as the chapter prints it.
# vi: AlexNet với một ảnh, như chương in ra.
SHAPES = [(1, 224, 224), (96, 54, 54), (96, 26, 26), (256, 26, 26), (256, 12, 12), (384, 12, 12), (384, 12, 12)]
SHAPES += [(256, 12, 12), (256, 5, 5), (4096,), (4096,), (10,)]
# (layer, shape before, shape after) of each layer
# vi: (tầng, hình dạng trước tầng, hình dạng sau tầng) của từng tầng
STEPS = list(zip(ALEXNET, SHAPES[:-1], SHAPES[1:], strict=True))

# %% nbgrader={"grade": false, "grade_id": "count_params", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_params(layer, input_shape):
    """How many parameters `layer` has, weights and biases, an int; 0 for a pooling.

    layer: a dict as in ALEXNET. input_shape: (C, H, W) or (features,).
    """
    """vi: Số tham số của `layer`, cả trọng số lẫn độ chệch (bias), một số nguyên; tầng gộp có 0.

    layer: một dict như trong ALEXNET. input_shape: (C, H, W) hoặc (features,).
    """
    ### BEGIN SOLUTION
    if layer["kind"] == "conv":
        return layer["channels"] * (input_shape[0] * layer["kernel"] ** 2 + 1)
    if layer["kind"] == "dense":
        return layer["units"] * (math.prod(input_shape) + 1)
    return 0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "count_params-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
for layer, before, _ in STEPS:
    print(layer["name"], number(count_params(layer, before)))
total = sum(count_params(layer, before) for layer, before, _ in STEPS)
print(
    say(
        f"total {number(total)}, in float32 {number(4 * total / 1e6, 1)} MB",
        f"tổng cộng {number(total)}, với float32 là {number(4 * total / 1e6, 1)} MB",
    )
)
### BEGIN HIDDEN TESTS
def check(ask):
    def draw(low, high):
        return int(ask.random.integers(low, high))

    biases = T(
        "counts the weights alone: each filter and each unit has a bias too",
        "mới đếm trọng số: mỗi bộ lọc và mỗi đơn vị còn có một độ chệch",
    )
    with ask.part(1, T("convolutions and poolings", "tích chập và gộp")):
        for _ in range(4):
            window = {"kernel": draw(1, 12), "stride": draw(1, 4), "padding": draw(0, 3)}
            shape, channels = (draw(1, 300), draw(20, 100), draw(20, 100)), draw(2, 400)
            layer = {"kind": "conv", "channels": channels, **window, "name": "conv1"}
            filters = channels * shape[0] * window["kernel"] * window["kernel"]
            answer = ask.call("count_params", layer, shape)
            answer.mistake(filters, "no-bias", biases)
            line = channels * shape[0] * window["kernel"]
            square = T(
                "has one side of the window: it has kernel * kernel places",
                "mới tính một cạnh của cửa sổ: cửa sổ có kernel * kernel vị trí",
            )
            answer.mistake(line + channels, "kernel-not-squared", square)
            one = T(
                "has filters of one channel: each looks at all channels",
                "coi bộ lọc chỉ có một kênh: mỗi bộ lọc nhìn mọi kênh",
            )
            answer.mistake(channels * window["kernel"] ** 2 + channels, "one-channel", one).equals(filters + channels)
            ask.call("count_params", {"kind": "pool", **window, "name": "pool1"}, shape).equals(0)
    with ask.part(1, T("dense layers, behind images and behind vectors", "tầng kết nối đầy đủ, sau ảnh và sau vectơ")):
        for _ in range(3):
            units, channels, height, width = draw(2, 5000), draw(1, 300), draw(1, 12), draw(1, 12)
            layer = {"kind": "dense", "units": units, "name": "dense1"}
            for shape in ((channels, height, width), (channels,)):
                weights = math.prod(shape) * units
                answer = ask.call("count_params", layer, shape).mistake(weights, "no-bias", biases)
                only = T(
                    "has one weight for each channel: each number of the image has its own",
                    "chỉ có một trọng số mỗi kênh: mỗi số của ảnh có trọng số riêng",
                )
                answer.mistake((channels + 1) * units, "channels-alone", only).equals(weights + units)
### END HIDDEN TESTS

# %% [markdown] name="multiply_adds_text" lang="en"
# ## Task 3. Multiply-adds (2 points)
#
# A *multiply-add* is one product added to a sum: one weight met by one input value. Count them for the forward pass of a batch.
# A dense layer uses each weight once for each image. A convolution uses each weight again at every place of its output. Adding
# the biases is not counted, and the comparisons of a pooling are none.

# %% [markdown] name="multiply_adds_text" lang="vi"
# ## Nhiệm vụ 3. Phép nhân-cộng (2 điểm)
#
# Một *phép nhân-cộng* là một tích được cộng vào một tổng: một trọng số gặp một giá trị đầu vào. Hãy đếm số phép nhân-cộng khi lan
# truyền xuôi cả một lô. Tầng kết nối đầy đủ dùng mỗi trọng số một lần cho mỗi ảnh. Tầng tích chập dùng lại mỗi trọng số ở mọi vị
# trí của đầu ra. Không tính việc cộng độ chệch; phép so sánh của tầng gộp không phải là nhân-cộng.

# %% nbgrader={"grade": false, "grade_id": "multiply_adds", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multiply_adds(layer, input_shape, output_shape, batch_size=1):
    """How many multiply-adds the forward pass of `layer` takes for a whole batch, an int; 0 for a pooling.

    layer: a dict as in ALEXNET. input_shape: (C, H, W) or (features,). output_shape: (C, H, W) or (units,). Both of one image.
    """
    """vi: Số phép nhân-cộng khi lan truyền xuôi cả lô qua `layer`, một số nguyên; tầng gộp có 0.

    layer: một dict như trong ALEXNET. input_shape: (C, H, W) hoặc (features,). output_shape: (C, H, W) hoặc (units,). Cả hai là
    hình dạng của một ảnh.
    """
    ### BEGIN SOLUTION
    if layer["kind"] == "conv":
        return batch_size * math.prod(output_shape) * input_shape[0] * layer["kernel"] ** 2
    if layer["kind"] == "dense":
        return batch_size * math.prod(input_shape) * layer["units"]
    return 0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "multiply_adds-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
for layer, before, after in STEPS:
    print(layer["name"], number(multiply_adds(layer, before, after)))
total = sum(multiply_adds(*step, batch_size=128) for step in STEPS)
print(say(f"total for a batch of 128: {number(total)}", f"tổng cộng với lô 128 ảnh: {number(total)}"))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw(low, high):
        return int(ask.random.integers(low, high))

    one_image = T(
        "counts one image: every image of the batch goes through the layer",
        "mới đếm cho một ảnh: ảnh nào trong lô cũng đi qua tầng",
    )
    doubled = T(
        "counts twice as many: one product added to a sum is one multiply-add",
        "đếm gấp đôi: một tích được cộng vào một tổng là một phép nhân-cộng",
    )
    with ask.part(1, T("convolutions and poolings", "tích chập và gộp")):
        for _ in range(4):
            kernel, stride, padding, batch_size = draw(1, 12), draw(1, 4), draw(0, 3), draw(2, 300)
            shape, channels = (draw(1, 300), draw(20, 100), draw(20, 100)), draw(2, 400)
            height, width = ((side + 2 * padding - kernel) // stride + 1 for side in shape[1:])
            window = {"kernel": kernel, "stride": stride, "padding": padding}
            layer = {"kind": "conv", "channels": channels, **window, "name": "conv1"}
            once = height * width * channels * shape[0] * kernel * kernel
            answer = ask.call("multiply_adds", layer, shape, (channels, height, width), batch_size)
            answer.mistake(once, "one-image", one_image).mistake(2 * once * batch_size, "counted-twice", doubled)
            inside = T(
                "counts the pixels of the input: the filter stops at those of the output",
                "đếm theo điểm ảnh đầu vào: bộ lọc chỉ được tính một lần cho mỗi điểm ảnh đầu ra",
            )
            answer.mistake(once * batch_size // (height * width) * shape[1] * shape[2], "pixels-of-input", inside)
            answer.equals(once * batch_size)
            pool = {"kind": "pool", **window, "name": "pool1"}
            ask.call("multiply_adds", pool, shape, (shape[0], height, width), batch_size).equals(0)
    with ask.part(1, T("dense layers, behind images and behind vectors", "tầng kết nối đầy đủ, sau ảnh và sau vectơ")):
        for _ in range(3):
            units, channels, height, width, batch_size = draw(2, 5000), draw(1, 300), draw(2, 12), draw(2, 12), draw(2, 300)
            layer = {"kind": "dense", "units": units, "name": "dense1"}
            once = channels * height * width * units
            answer = ask.call("multiply_adds", layer, (channels, height, width), (units,), batch_size)
            answer.mistake(once, "one-image", one_image).mistake(2 * once * batch_size, "counted-twice", doubled)
            answer.equals(once * batch_size)
            ask.call("multiply_adds", layer, (channels,), (units,)).equals(channels * units)
### END HIDDEN TESTS

# %% [markdown] name="bars_text" lang="en"
# Both counts in one picture. The parameters and the work are in different places: `dense1` holds over half of the parameters,
# `conv2` does nearly half of the work with little more than one in a hundred of them.

# %% [markdown] name="bars_text" lang="vi"
# Hai cách đếm trong cùng một hình. Tham số và phép tính nằm ở hai nơi khác nhau: `dense1` giữ hơn một nửa số tham số, còn `conv2`
# làm gần một nửa số phép tính mà chỉ cần hơn một phần trăm số tham số một chút.

# %% name="bars"
weighted = [step for step in STEPS if step[0]["kind"] != "pool"]
params = np.array([count_params(layer, before) for layer, before, _ in weighted])
work = np.array([multiply_adds(*step) for step in weighted])
is_dense = np.array([layer["kind"] == "dense" for layer, _, _ in weighted])
rows = np.arange(len(weighted))
figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
in_dense, in_conv = params[is_dense].sum() / params.sum(), work[~is_dense].sum() / work.sum()
for offset, counts, label, color in (
    (-0.2, params, say("parameters", "tham số"), COLORS["dense"]),
    (0.2, work, say("multiply-adds", "phép nhân-cộng"), COLORS["conv"]),
):
    bars = axes.barh(rows + offset, 100 * counts / counts.sum(), height=0.38, color=color, label=label)
    millions = [say(f"{number(count / 1e6, 2)} M", f"{number(count / 1e6, 2)} triệu") for count in counts]
    axes.bar_label(bars, millions, padding=3, fontsize=8)
axes.set_yticks(rows, [layer["name"] for layer, _, _ in weighted])
axes.invert_yaxis()
axes.margins(x=0.12)
axes.set_xlabel(say("share of the net, % (one image forward)", "phần trong cả mạng, % (một ảnh, lan truyền xuôi)"))
axes.set_title(
    say(
        f"{words.percent(in_dense, 1)} of the parameters are in the dense layers,\n"
        f"{words.percent(in_conv, 1)} of the multiply-adds in the convolutions",
        f"{words.percent(in_dense, 1)} tham số nằm ở các tầng kết nối đầy đủ,\n"
        f"{words.percent(in_conv, 1)} phép nhân-cộng nằm ở các tầng tích chập",
    )
)
axes.legend(loc="center right")
words.show()
words.guesses(
    guess,
    {
        say("all parameters in float32, MB", "mọi tham số với float32, MB"): round(4 * params.sum() / 1e6, 1),
        say("dense layers' share of the parameters, %", "phần tham số ở các tầng kết nối đầy đủ, %"): round(100 * in_dense, 1),
        say("dense layers' share of the multiply-adds, %", "phần phép nhân-cộng ở các tầng kết nối đầy đủ, %"): round(
            100 * (1 - in_conv), 1
        ),
    },
    places=1,
)

# %% [markdown] name="why_split" lang="en" tags=["why"]
# ### Why? One net on several GPUs
#
# Krizhevsky (2014) splits the two halves of AlexNet differently over several GPUs. For the convolutions each GPU keeps all
# weights and takes some of the images. For the dense layers each GPU keeps some of the units and takes all of the images. Why not
# one way for all? Think of what the GPUs would have to send each other at each step, and use the numbers of the picture.

# %% [markdown] name="why_split" lang="vi" tags=["why"]
# ### Vì sao? Một mạng trên nhiều GPU
#
# Krizhevsky (2014) chia hai nửa của AlexNet cho nhiều GPU theo hai cách khác nhau. Với các tầng tích chập, mỗi GPU giữ mọi trọng
# số và nhận một phần số ảnh. Với các tầng kết nối đầy đủ, mỗi GPU giữ một phần số đơn vị và nhận tất cả các ảnh. Vì sao không
# dùng chung một cách? Hãy nghĩ xem ở mỗi bước các GPU phải gửi cho nhau những gì, và dùng các con số trong hình.

# %% [markdown] name="why_split-answer" lang="en"
# Who splits the images must add up the gradients of all weights that every GPU keeps; who splits the units must hand every GPU
# the layer's inputs. The convolutions have 8% of the parameters, 3.7 million, but 95.4% of the work and outputs of up to 280
# thousand numbers an image: splitting the images shares out the work and costs 15 MB of gradients, whatever the batch. The dense
# layers have 43.0 million parameters, 172 MB of gradients, but inputs of only 6,400, 4,096 and 4,096 numbers an image: for 128
# images that is 7.5 MB in all, so there it is cheaper to send the inputs round.

# %% [markdown] name="why_split-answer" lang="vi"
# Nếu chia ảnh, các GPU phải cộng gradient của mọi trọng số mà GPU nào cũng giữ; nếu chia đơn vị, mỗi GPU phải nhận toàn bộ đầu
# vào của tầng. Các tầng tích chập chỉ có 8% số tham số, 3,7 triệu, nhưng làm 95,4% số phép tính và cho đầu ra tới 280 nghìn số
# mỗi ảnh: chia ảnh thì chia được công việc mà chỉ tốn 15 MB gradient, dù lô lớn hay nhỏ. Các tầng kết nối đầy đủ có 43,0 triệu
# tham số, tức 172 MB gradient, nhưng đầu vào mỗi ảnh chỉ có 6.400, 4.096 và 4.096 số: với 128 ảnh, tất cả là 7,5 MB, nên ở đó gửi
# đầu vào cho nhau lại rẻ hơn.

# %% [markdown] name="bytes_moved_text" lang="en"
# ## Task 4. Bytes that must move (2 points)
#
# A processor computes on what has come to it from memory. However clever the program, each layer reads its inputs and its
# parameters **at least once** and writes its outputs **at least once**, if nothing of it has stayed in a cache. The parameters
# come once for the whole batch; inputs and outputs come for every image.
#
# From here on a layer is given by what it costs, without its settings: `COSTS` has one dict a layer, with the numbers of one
# image. (They should be yours of Tasks 2 and 3, and are those of `gluon_alexnet.analysis`.) A number takes `itemsize` bytes: 4 in
# float32, 2 in bfloat16. `PEAK` and `BANDWIDTH` describe a small machine in round numbers; yours will be measured below.

# %% [markdown] name="bytes_moved_text" lang="vi"
# ## Nhiệm vụ 4. Số byte phải di chuyển (2 điểm)
#
# Bộ xử lý chỉ tính được trên những gì đã được đưa đến từ bộ nhớ. Dù chương trình khéo đến đâu, mỗi tầng phải đọc đầu vào và tham
# số **ít nhất một lần** rồi ghi đầu ra **ít nhất một lần**, nếu không có gì còn nằm sẵn trong bộ nhớ đệm (cache). Tham số chỉ
# đến một lần cho cả lô; đầu vào và đầu ra thì ảnh nào cũng có.
#
# Từ đây, mỗi tầng được cho bằng chi phí chứ không bằng thiết lập: `COSTS` có một dict cho mỗi tầng, với các con số của một ảnh.
# (Chúng phải khớp với kết quả của bạn ở nhiệm vụ 2 và 3, và đúng bằng những gì `gluon_alexnet.analysis` tính ra.) Mỗi số chiếm
# `itemsize` byte: 4 với float32, 2 với bfloat16. `PEAK` và `BANDWIDTH` mô tả một máy nhỏ bằng số tròn; máy của bạn sẽ được đo ở
# dưới.

# %% name="costs" tags=["setup"]
# The parameters of each layer and the multiply-adds of its forward pass on one image, as `gluon-alexnet models alexnet` has them.
# vi: Số tham số của từng tầng và số phép nhân-cộng khi lan truyền xuôi một ảnh, như `gluon-alexnet models alexnet` in ra.
PARAMS = [11_712, 0, 614_656, 0, 885_120, 1_327_488, 884_992, 0, 26_218_496, 16_781_312, 40_970]
WORK = [33_872_256, 0, 415_334_400, 0, 127_401_984, 191_102_976, 127_401_984, 0, 26_214_400, 16_777_216, 40_960]
# inputs, outputs: how many values come in and go out, for one image.
# vi: inputs, outputs: số giá trị đi vào và đi ra, với một ảnh.
COSTS = [
    {
        "name": layer["name"],
        "kind": layer["kind"],
        "params": params,
        "multiply_adds": work,
        "inputs": math.prod(before),
        "outputs": math.prod(after),
    }
    for (layer, before, after), params, work in zip(STEPS, PARAMS, WORK, strict=True)
]
PEAK, BANDWIDTH = 250e9, 25e9  # FLOP/s, bytes/s

# %% nbgrader={"grade": false, "grade_id": "bytes_moved", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bytes_moved(cost, batch_size, itemsize=4):
    """The bytes that the forward pass of one layer moves at least, an int: inputs, parameters and outputs, each once.

    cost: a dict as in COSTS. itemsize: bytes of one number.
    """
    """vi: Số byte ít nhất mà lan truyền xuôi qua một tầng phải di chuyển, số nguyên: đầu vào, tham số, đầu ra, mỗi thứ một lần.

    cost: một dict như trong COSTS. itemsize: số byte của một số.
    """
    ### BEGIN SOLUTION
    return itemsize * (cost["params"] + batch_size * (cost["inputs"] + cost["outputs"]))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bytes_moved-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
for cost in COSTS:
    print(cost["name"], *(number(moved) for moved in (bytes_moved(cost, 1), bytes_moved(cost, 128), bytes_moved(cost, 128, 2))))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw(low, high):
        return int(ask.random.integers(low, high))

    def drawn_cost():
        params, inputs, outputs = draw(100, 30_000_000), draw(10, 300_000), draw(10, 300_000)
        numbers = {"params": params, "inputs": inputs, "outputs": outputs, "multiply_adds": draw(1000, 10**8)}
        return {**numbers, "name": "conv1", "kind": "conv"}

    with ask.part(1, T("one image in float32", "một ảnh, float32")):
        for _ in range(4):
            cost = drawn_cost()
            expected = 4 * cost["inputs"] + 4 * cost["params"] + 4 * cost["outputs"]
            numbers = T("counts numbers: each takes `itemsize` bytes", "mới đếm có bao nhiêu số: mỗi số chiếm `itemsize` byte")
            answer = ask.call("bytes_moved", cost, 1).mistake(expected // 4, "numbers-for-bytes", numbers)
            no_params = T("leaves out the parameters, which are read too", "thiếu tham số: tham số cũng phải đọc")
            answer.mistake(expected - 4 * cost["params"], "no-parameters", no_params).equals(expected)
    with ask.part(1, T("a batch, in any format", "cả lô, định dạng bất kỳ")):
        for itemsize in (2, 4, 8):
            cost, batch_size = drawn_cost(), draw(2, 500)
            each, once = cost["inputs"] + cost["outputs"], cost["params"]
            answer, expected = ask.call("bytes_moved", cost, batch_size, itemsize), itemsize * (once + batch_size * each)
            every_image = T(
                "fetches the parameters for every image: once they are there, they serve the whole batch",
                "lấy tham số lại cho từng ảnh: lấy một lần là dùng được cho cả lô",
            )
            answer.mistake(itemsize * batch_size * (once + each), "parameters-for-every-image", every_image)
            four = T(
                "takes every number for 4 bytes: `itemsize` says how many it takes",
                "coi số nào cũng 4 byte: phải dùng `itemsize`",
            )
            answer.mistake(4 * (once + batch_size * each), "always-4-bytes", four)
            read = T("leaves out the outputs, which are written", "thiếu đầu ra: đầu ra cũng phải ghi")
            answer.mistake(itemsize * (once + batch_size * cost["inputs"]), "no-outputs", read).equals(expected)
### END HIDDEN TESTS

# %% [markdown] name="roofline_text" lang="en"
# ## Task 5. The roofline (3 points)
#
# A machine has two limits: its *peak*, in floating-point operations a second, and its *bandwidth*, in bytes a second. Which of
# them a layer meets depends on its *arithmetic intensity*,
#
# $$I = \frac{\text{operations}}{\text{bytes moved}}, \qquad 1 \text{ multiply-add} = 2 \text{ operations (FLOP)}.$$
#
# While operations and transfers run side by side, the slower of the two takes the time. So a layer takes at least (the lower
# bound of its time)
#
# $$t = \max\left(\frac{\text{operations}}{\text{peak}},\ \frac{\text{bytes}}{\text{bandwidth}}\right)$$
#
# and can attain at most $\min(\text{peak},\ I \cdot \text{bandwidth})$ operations a second (the upper bound of its speed). Drawn
# over $I$ on logarithmic axes that is a slope and a flat roof (Williams, Waterman and Patterson 2009). They meet at the *ridge*,
# $I = \text{peak} / \text{bandwidth}$. A layer left of it is memory-bound; one at it or right of it is compute-bound.
#
# Mind the pooling layers: with 0 operations they still move bytes, and still take time.

# %% [markdown] name="roofline_text" lang="vi"
# ## Nhiệm vụ 5. Mô hình mái nhà (3 điểm)
#
# Một máy có hai giới hạn: *đỉnh* (peak), tính bằng số phép toán dấu phẩy động mỗi giây, và *băng thông* (bandwidth), tính bằng
# byte mỗi giây. Một tầng chạm giới hạn nào là tùy *cường độ số học* của nó:
#
# $$I = \frac{\text{số phép toán}}{\text{số byte di chuyển}}, \qquad 1 \text{ phép nhân-cộng} = 2 \text{ phép toán (FLOP)}.$$
#
# Tính toán và di chuyển dữ liệu diễn ra song song, nên bên nào chậm hơn thì quyết định thời gian. Vậy một tầng mất ít nhất
# (cận dưới của thời gian)
#
# $$t = \max\left(\frac{\text{số phép toán}}{\text{peak}},\ \frac{\text{số byte}}{\text{bandwidth}}\right)$$
#
# và đạt nhiều nhất $\min(\text{peak},\ I \cdot \text{bandwidth})$ phép toán mỗi giây (cận trên của tốc độ). Vẽ theo $I$ trên hai
# trục logarit, ta được một sườn dốc và một mái bằng (Williams, Waterman và Patterson 2009). Chúng gặp nhau ở *điểm gãy* (ridge),
# $I = \text{peak} / \text{bandwidth}$. Tầng nằm bên trái điểm gãy bị giới hạn bởi bộ nhớ (memory-bound); tầng nằm đúng điểm gãy
# hoặc bên phải bị giới hạn bởi tính toán (compute-bound).
#
# Chú ý các tầng gộp: 0 phép toán nhưng vẫn di chuyển byte, và vẫn mất thời gian.

# %% nbgrader={"grade": false, "grade_id": "roofline", "locked": false, "schema_version": 3, "solution": true, "task": false}
def roofline(flop, moved, peak, bandwidth):
    """Where a layer stands on the roofline of a machine, a dict:

    'intensity': FLOP/byte; 'attainable': the most FLOP/s it can reach; 'seconds': the least time it can take;
    'bound': 'memory' left of the ridge, else 'compute'.

    flop: operations, may be 0. moved: bytes, above 0. peak: FLOP/s. bandwidth: bytes/s.
    """
    """vi: Vị trí của một tầng trong mô hình mái nhà của một máy, một dict:

    'intensity': cường độ, FLOP/byte; 'attainable': tốc độ cao nhất có thể đạt, FLOP/s; 'seconds': thời gian ít nhất, giây;
    'bound': 'memory' nếu ở bên trái điểm gãy, ngoài ra 'compute'.

    flop: số phép toán, có thể là 0. moved: số byte, lớn hơn 0. peak: FLOP/s. bandwidth: byte/s.
    """
    ### BEGIN SOLUTION
    intensity = flop / moved
    return {
        "intensity": intensity,
        "attainable": min(peak, intensity * bandwidth),
        "seconds": max(flop / peak, moved / bandwidth),
        "bound": "memory" if intensity < peak / bandwidth else "compute",
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "roofline-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
for flop, moved in ((1e9, 2e9), (1e9, 2e7), (0, 5e7)):
    spot = roofline(flop, moved, PEAK, BANDWIDTH)
    intensity, speed, least = number(spot["intensity"], 2), number(spot["attainable"] / 1e9, 1), number(1e3 * spot["seconds"], 1)
    print(f"{intensity} FLOP/byte, {speed} GFLOP/s, {least} ms, {spot['bound']}")
### BEGIN HIDDEN TESTS
def check(ask):
    def drawn(side):
        """flop, moved, peak, bandwidth left of the ridge (side -1) or right of it (side 1)."""
        peak, bandwidth = (float(value) for value in 10 ** ask.random.uniform([10, 9], [14, 12]))
        moved = float(int(10 ** ask.random.uniform(4, 9)))
        intensity = peak / bandwidth * 10 ** (side * ask.random.uniform(0.1, 2))
        return {"flop": float(intensity * moved), "moved": moved, "peak": peak, "bandwidth": bandwidth}

    def asked(key, numbers):
        question = f"roofline({', '.join(f'{number:.8g}' for number in numbers.values())})"
        found = ask.call("roofline", *numbers.values()).value
        there = isinstance(found, dict) and key in found
        ask.answer(found, question).satisfies(there, T(f"gives no dict with {key!r}", f"không trả về dict có khóa {key!r}"))
        return ask.answer(found[key], f"{question}[{key!r}]")

    machines = [drawn(side) for side in (-1, 1, -1, 1)]
    with ask.part(1, T("intensity and attainable FLOP/s", "cường độ số học và tốc độ có thể đạt")):
        for numbers in machines:
            intensity = numbers["flop"] / numbers["moved"]
            turned = T("is bytes for each operation: turn it round", "là số byte trên mỗi phép tính: hãy đảo lại")
            asked("intensity", numbers).mistake(1 / intensity, "turned-round", turned).close_to(intensity, atol=0)
            slope = intensity * numbers["bandwidth"]
            greater = T(
                "is the greater of the two bounds: what is reached lies below both",
                "lấy giới hạn lớn hơn: tốc độ không vượt được giới hạn nào trong hai",
            )
            answer = asked("attainable", numbers).mistake(max(numbers["peak"], slope), "greater-bound", greater)
            answer.close_to(min(numbers["peak"], slope), atol=0)
    with ask.part(1, T("the least time", "thời gian ít nhất")):
        for numbers in machines:
            times = numbers["flop"] / numbers["peak"], numbers["moved"] / numbers["bandwidth"]
            added = T(
                "adds the two times: computing and fetching go on at once",
                "cộng hai thời gian: tính và chuyển dữ liệu diễn ra cùng lúc",
            )
            answer = asked("seconds", numbers).mistake(sum(times), "times-added", added)
            lesser = T(
                "is the lesser of the two times: the slower one decides",
                "là thời gian ngắn hơn: bên chậm hơn mới quyết định",
            )
            answer.mistake(min(times), "lesser-time", lesser).close_to(max(times), atol=0)
        pooling = {**drawn(-1), "flop": 0}
        asked("seconds", pooling).close_to(pooling["moved"] / pooling["bandwidth"], atol=0)
    with ask.part(1, T("what bounds it", "bị giới hạn bởi cái gì")):
        for numbers, side in zip(machines, ("memory", "compute") * 2, strict=True):
            asked("bound", numbers).equals(side)
        asked("bound", {**drawn(-1), "flop": 0}).equals("memory")
        asked("bound", {"flop": 64.0, "moved": 8.0, "peak": 2.0**37, "bandwidth": 2.0**34}).equals("compute")
### END HIDDEN TESTS

# %% [markdown] name="machine_text" lang="en"
# ### The roofline of your machine
#
# The peak is the highest rate that any of three programs of MXNet reaches: two matrix products and a convolution, each with
# hundreds of operations for every byte that it must fetch. The bandwidth is the higher rate of two ways to copy an array that no
# cache holds, bytes read and bytes written together. Of ten runs the fastest counts: whatever else the machine is doing can only
# slow a program down.

# %% [markdown] name="machine_text" lang="vi"
# ### Mái nhà của máy bạn
#
# Đỉnh là tốc độ cao nhất mà một trong ba chương trình của MXNet đạt được: hai phép nhân ma trận và một tích chập, mỗi phép làm
# hàng trăm phép toán trên mỗi byte phải lấy về. Băng thông là tốc độ cao hơn trong hai cách chép một mảng mà bộ nhớ đệm không
# chứa nổi, tính cả byte đọc lẫn byte ghi. Trong mười lần chạy, ta lấy lần nhanh nhất: những việc khác trên máy chỉ có thể làm
# chương trình chậm đi.

# %% name="machine"
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()


def fastest_seconds(action, repeats=10):
    """The least time of `action`, which returns an mx array, in seconds, after one run that is not timed."""
    """vi: Thời gian ngắn nhất của `action` (hàm trả về một mảng mx), tính bằng giây, sau một lần chạy không bấm giờ."""
    times = []
    for _ in range(repeats + 1):
        begun = time.perf_counter()
        action().wait_to_read()
        times.append(time.perf_counter() - begun)
    return min(times[1:])


side = 2048
left, right = (mx.np.random.uniform(-1, 1, (side, side)) for _ in range(2))
images, filters = mx.np.random.uniform(-1, 1, (16, 256, 26, 26)), mx.np.random.uniform(-1, 1, (256, 256, 3, 3))
window = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 256, "no_bias": True}
# name: (operations, program)
# vi: tên: (số phép toán, chương trình)
programs = {
    "np.dot": (2 * side**3, lambda: mx.np.dot(left, right)),
    "npx.fully_connected": (2 * side**3, lambda: mx.npx.fully_connected(left, right, num_hidden=side, no_bias=True)),
    "npx.convolution": (2 * images.size * filters.size // 256, lambda: mx.npx.convolution(images, filters, **window)),
}
source, target = mx.np.ones((64, 2**20)), mx.np.zeros((64, 2**20))
moved = 2 * 4 * source.size
copies = {
    "copyto": lambda: source.copyto(target),
    say("adding 1", "cộng thêm 1"): lambda: mx.np.add(source, 1, out=target),
}

rates = {name: flop / fastest_seconds(program) for name, (flop, program) in programs.items()}
speeds = {name: moved / fastest_seconds(program) for name, program in copies.items()}
peak, bandwidth = max(rates.values()), max(speeds.values())
del source, target
for name, rate in rates.items():
    print(f"{name}: {number(rate / 1e9, 0)} GFLOP/s")
for name, speed in speeds.items():
    print(f"{name}: {number(speed / 1e9, 1)} GB/s")
ridge = number(peak / bandwidth, 1)
print(say(f"the ridge is at {ridge} FLOP/byte", f"điểm gãy ở {ridge} FLOP/byte"))

# %% [markdown] name="layers_text" lang="en"
# Does the lower bound of the time hold? Now each layer of AlexNet runs alone, forward, in float32, without its ReLU, for one
# image and for the chapter's batch of 128. First its time beside the least time.

# %% [markdown] name="layers_text" lang="vi"
# Cận dưới của thời gian có đúng không? Giờ từng tầng của AlexNet chạy riêng, lan truyền xuôi, float32, không có ReLU, với một ảnh
# và với lô 128 ảnh của chương. Trước hết là thời gian của mỗi tầng đặt cạnh thời gian ít nhất.

# %% name="layers"
def gluon_layer(layer):
    """The Gluon block of a row of ALEXNET, initialized, without activation."""
    """vi: Khối Gluon của một hàng trong ALEXNET, đã khởi tạo, không có hàm kích hoạt."""
    nn = mx.gluon.nn
    if layer["kind"] == "conv":
        block = nn.Conv2D(layer["channels"], layer["kernel"], layer["stride"], layer["padding"])
    elif layer["kind"] == "pool":
        block = nn.MaxPool2D(layer["kernel"], layer["stride"], layer["padding"])
    else:
        block = nn.Dense(layer["units"])
    block.initialize(mx.init.Xavier())
    block.hybridize(static_alloc=True, static_shape=True)
    return block


def forward_seconds(batch_size, repeats):
    """The time of each layer of ALEXNET, in seconds, on what the layers before it make of random images."""
    """vi: Thời gian của từng tầng trong ALEXNET, tính bằng giây, trên đầu ra của các tầng trước với ảnh ngẫu nhiên."""
    values, taken = mx.np.random.uniform(size=(batch_size, 1, 224, 224)), []
    for layer in ALEXNET:
        block = gluon_layer(layer)
        taken.append(fastest_seconds(lambda block=block, values=values: block(values), repeats))
        values = block(values)
    return np.array(taken)


def spots(batch_size):
    """Where each layer stands on the roofline measured above."""
    """vi: Vị trí của từng tầng trong mô hình mái nhà vừa đo."""
    flop = [2 * batch_size * cost["multiply_adds"] for cost in COSTS]
    moved = [bytes_moved(cost, batch_size) for cost in COSTS]
    return [roofline(*each, peak, bandwidth) for each in zip(flop, moved, strict=True)]


measured = {1: forward_seconds(1, 40), 128: forward_seconds(128, 5)}
kinds = np.array([layer["kind"] for layer in ALEXNET])
rows = np.arange(len(ALEXNET))
figure, panels = plt.subplots(1, 2, figsize=(11, 4.8), sharey=True, layout="constrained")
for axes, (batch_size, taken) in zip(panels, measured.items(), strict=True):
    least = np.array([spot["seconds"] for spot in spots(batch_size)])
    axes.hlines(rows, 1e3 * least, 1e3 * taken, color=GREY, linewidth=1.5)
    label = say("least time by the roofline", "thời gian ít nhất theo mô hình mái nhà")
    axes.plot(1e3 * least, rows, "D", color="black", markersize=4.5, zorder=3, label=label)
    for kind, color in COLORS.items():
        here = kinds == kind
        label = say(f"{kind}, measured", f"{kind}, đo được")
        axes.plot(1e3 * taken[here], rows[here], MARKERS[kind], color=color, markersize=9, label=label)
    axes.set_xscale("log")
    axes.set_xlabel(say("forward pass, ms (float32)", "lan truyền xuôi, ms (float32)"))
    each, times = number(1e3 * taken.sum() / batch_size, 1), number(taken.sum() / least.sum(), 1)
    in_conv = words.percent(taken[kinds == "conv"].sum() / taken.sum())
    axes.set_title(
        say(
            f"Batch of {batch_size}: {each} ms an image, {times} times the least time;\n{in_conv} of it in the convolutions",
            f"Lô {batch_size}: {each} ms mỗi ảnh, gấp {times} lần thời gian ít nhất;\n{in_conv} là ở các tầng tích chập",
        )
    )
panels[0].set_yticks(rows, [layer["name"] for layer in ALEXNET])
panels[0].invert_yaxis()
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
words.show()

# %% [markdown] name="roof_text" lang="en"
# A layer far right of its black mark has another reason than the two limits: for tiny layers the fixed cost of starting an
# operation, for others a program that moves data more than once or keeps the processor waiting. A layer left of it is no magic
# either: part of the data was still in a cache, reading alone is faster than copying, or the programs above did not reach the
# best that this machine can do.
#
# The same measurements under the roof, which is the upper bound of the speed, without the poolings, which have no place on a
# logarithmic axis. The faint lines lead up to what each layer could attain.

# %% [markdown] name="roof_text" lang="vi"
# Tầng nằm xa về bên phải dấu đen của nó thì nguyên nhân nằm ngoài hai giới hạn: với tầng rất nhỏ là chi phí cố định để khởi động
# một phép tính, với tầng khác là chương trình di chuyển dữ liệu hơn một lần hay để bộ xử lý phải chờ. Tầng nằm bên trái cũng
# không phải phép màu: một phần dữ liệu còn nằm trong bộ nhớ đệm, chỉ đọc thì nhanh hơn chép, hoặc chưa chương trình nào ở trên
# đạt mức tốt nhất của máy này.
#
# Vẫn các phép đo ấy, đặt dưới mái nhà (cận trên của tốc độ), trừ các tầng gộp vì chúng không có chỗ trên trục logarit. Các đường
# mờ dẫn lên mức mà mỗi tầng có thể đạt tới.

# %% name="roof"
figure, panels = plt.subplots(1, 2, figsize=(11, 5), sharey=True, layout="constrained")
reach = np.logspace(-2, 11, 200, base=2)
for axes, (batch_size, taken) in zip(panels, measured.items(), strict=True):
    axes.plot(reach, np.minimum(peak, reach * bandwidth) / 1e9, color=GREY, linewidth=2)
    axes.axvline(peak / bandwidth, color=GREY, linestyle=":", linewidth=1)
    groups, waiting = [], []
    for cost, spot, seconds in zip(COSTS, spots(batch_size), taken, strict=True):
        if cost["kind"] == "pool":
            continue
        at, rate = spot["intensity"], 2 * batch_size * cost["multiply_adds"] / seconds / 1e9
        axes.plot([at, at], [rate, spot["attainable"] / 1e9], color=COLORS[cost["kind"]], alpha=0.4)
        axes.plot(at, rate, MARKERS[cost["kind"]], color=COLORS[cost["kind"]], markersize=9)
        waiting += [cost["name"]] if spot["bound"] == "memory" else []
        groups.append([(rate, at, cost["name"])])
    # Layers that stand close together share a label.
    # vi: Các tầng nằm gần nhau dùng chung một nhãn.
    groups.sort(key=lambda group: group[0][:2])
    for place in range(len(groups) - 1, 0, -1):
        rate, at, _ = groups[place][0]
        near = [group for group in groups[:place] if group[0][0] > rate / 2 and 2 / 3 < group[0][1] / at < 3 / 2]
        if near:
            near[-1].extend(groups.pop(place))
    for group in groups:
        rate, at, _ = min(group)
        names = "\n".join(name for *_, name in sorted(group, reverse=True))
        axes.annotate(names, (at, rate), (6, -6), textcoords="offset points", va="top", fontsize=9)
    named = ", ".join(waiting) or say("no layer", "không tầng nào")
    axes.set_title(
        say(
            f"Batch of {batch_size}, memory-bound by the roofline:\n{named}",
            f"Lô {batch_size}, bị giới hạn bởi bộ nhớ theo mô hình mái nhà:\n{named}",
        )
    )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlabel(say("arithmetic intensity, FLOP/byte (float32)", "cường độ số học, FLOP/byte (float32)"))
lowest, highest = panels[0].get_ylim()
panels[0].set_ylim(lowest / 1.5, highest)
panels[0].set_ylabel(say("measured, GFLOP/s", "đo được, GFLOP/s"))
ridge = peak / bandwidth, lowest
panels[0].annotate(say("the ridge", "điểm gãy"), ridge, (4, 0), textcoords="offset points", color=GREY)
words.show()

# %% [markdown] name="compute_bound_batch_text" lang="en"
# ## Task 6. When does a dense layer become compute-bound? (3 points)
#
# For one image, a dense layer fetches a weight of 4 bytes for each multiply-add: not quite 0.5 FLOP/byte in float32, whatever its
# size. A larger batch uses each weight again, and the intensity grows. It does not grow for ever: in the end the inputs and
# outputs are what moves.
#
# Find the smallest whole batch size at which a dense layer with bias is compute-bound, that is, at which its intensity reaches
# the ridge. For some layers there is none: then the answer is `None`. Solve it on paper, or search, but know when to stop.

# %% [markdown] name="compute_bound_batch_text" lang="vi"
# ## Nhiệm vụ 6. Khi nào một tầng kết nối đầy đủ bị giới hạn bởi tính toán? (3 điểm)
#
# Với một ảnh, tầng kết nối đầy đủ phải lấy về một trọng số 4 byte cho mỗi phép nhân-cộng: chưa tới 0,5 FLOP/byte với float32, bất
# kể lớn nhỏ. Lô lớn hơn thì mỗi trọng số được dùng lại, cường độ tăng. Nhưng không tăng mãi: rốt cuộc đầu vào và đầu ra mới là
# thứ phải di chuyển.
#
# Hãy tìm kích thước lô nguyên nhỏ nhất mà một tầng kết nối đầy đủ có độ chệch bị giới hạn bởi tính toán, tức là cường độ của nó
# đạt tới điểm gãy. Có những tầng không bao giờ đạt: khi đó trả về `None`. Hãy giải trên giấy, hoặc dò tìm, miễn là biết lúc dừng.

# %% nbgrader={"grade": false, "grade_id": "compute_bound_batch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compute_bound_batch(features, units, itemsize, peak, bandwidth):
    """The smallest batch size, an int, at which a dense layer's intensity reaches the ridge; None where none is large enough.

    features: values that come in; units: values that go out, each with a bias. Bytes and operations as in Tasks 4 and 5.
    itemsize: bytes of one number. peak: FLOP/s. bandwidth: bytes/s.
    """
    """vi: Kích thước lô nguyên nhỏ nhất để cường độ của tầng kết nối đầy đủ đạt tới điểm gãy; None nếu không lô nào đủ lớn.

    features: số giá trị đầu vào; units: số giá trị đầu ra, mỗi giá trị có một độ chệch. Số byte và số phép toán như ở nhiệm vụ 4
    và 5. itemsize: số byte của một số. peak: FLOP/s. bandwidth: byte/s.
    """
    ### BEGIN SOLUTION
    # 2 B F U = ridge * itemsize * (U (F + 1) + B (F + U)), solved for B.
    # vi: 2 B F U = ridge * itemsize * (U (F + 1) + B (F + U)), giải theo B.
    per_value = itemsize * peak / bandwidth
    gain = 2 * features * units - per_value * (features + units)
    return math.ceil(per_value * units * (features + 1) / gain) if gain > 0 else None
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "compute_bound_batch-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
for features, units in ((6400, 4096), (4096, 4096), (4096, 10)):
    print(features, units, *(compute_bound_batch(features, units, itemsize, PEAK, BANDWIDTH) for itemsize in (4, 2)))
### BEGIN HIDDEN TESTS
def check(ask):
    from fractions import Fraction

    def drawn(itemsize, low, high, least=(20, 20), most=(5000, 5000)):
        """A layer and a machine whose ridge lies at `low` to `high` times the intensity of an endless batch."""
        while True:
            features, units = (int(n) for n in ask.random.integers(least, most))
            limit = 2 * features * units / (itemsize * (features + units))
            bandwidth = int(ask.random.integers(5, 3000)) * 10**9
            ridge = limit * ask.random.uniform(low, high)
            peak = int(ridge * bandwidth)
            needs = Fraction(itemsize * peak, bandwidth)
            gain = 2 * features * units - needs * (features + units)
            batch_size = needs * units * (features + 1) / gain if gain > 0 else None
            # Not where rounding could decide.
            if batch_size is None or (batch_size > 1 and 0.02 < batch_size % 1 < 0.98):
                return (features, units, itemsize, float(peak), float(bandwidth)), batch_size and math.ceil(batch_size)

    def judge(numbers, expected):
        answer, (features, units, itemsize, peak, bandwidth) = ask.call("compute_bound_batch", *numbers), numbers
        down = T("rounds down: that batch still waits for memory", "làm tròn xuống: lô ấy vẫn phải chờ bộ nhớ")
        answer.mistake(expected - 1, "rounds-down", down)
        ridge = peak / bandwidth
        if itemsize == 4:
            # With two bytes a number it is the same as taking each for four.
            gain = features * units - itemsize * ridge * (features + units)
            less = math.ceil(itemsize * ridge * units * (features + 1) / gain) if gain > 0 else None
            single = T("counts a multiply-add as one operation: it is two", "coi phép nhân-cộng là một phép toán: thực ra là hai")
            answer.mistake(less, "multiply-add-as-one", single)
        answer.equals(expected)

    with ask.part(1, T("the batch size in float32", "kích thước lô với float32")):
        for _ in range(5):
            judge(*drawn(4, 0.01, 0.5))
        # Here the biases count: one input more or less moves the batch size by more than 1.
        judge(*drawn(4, 0.7, 0.95, [5, 200], [100, 5000]))
    with ask.part(1, T("the batch size in bfloat16", "kích thước lô với bfloat16")):
        for _ in range(5):
            judge(*drawn(2, 0.01, 0.8))
    with ask.part(1, T("layers that always wait for memory", "những tầng luôn phải chờ bộ nhớ")):
        # Who says None of every layer has not told them apart.
        numbers, _ = drawn(4, 0.01, 0.5)
        ask.call("compute_bound_batch", *numbers).at_least(1)
        for itemsize in (4, 2, 4):
            numbers, expected = drawn(itemsize, 1.05, 4)
            ask.call("compute_bound_batch", *numbers).equals(expected)
### END HIDDEN TESTS

# %% [markdown] name="your_batch_text" lang="en"
# And on your machine? The last layer has only 10 units: each input value is used ten times at most, so its intensity stays below
# 5 FLOP/byte in float32 whatever the batch.

# %% [markdown] name="your_batch_text" lang="vi"
# Còn trên máy của bạn? Tầng cuối chỉ có 10 đơn vị: mỗi giá trị đầu vào được dùng nhiều nhất mười lần, nên với float32 cường độ
# của nó luôn dưới 5 FLOP/byte, lô lớn đến đâu cũng vậy.

# %% name="your_batch"
for cost in COSTS:
    if cost["kind"] == "dense":
        batch_size = compute_bound_batch(cost["inputs"], cost["outputs"], 4, peak, bandwidth)
        if batch_size is None:
            bound = say("memory-bound at any batch size", "luôn bị giới hạn bởi bộ nhớ, dù lô lớn đến đâu")
        else:
            bound = say(f"compute-bound from batch {batch_size}", f"bị giới hạn bởi tính toán từ lô {batch_size} ảnh trở lên")
        print(f"{cost['name']}: {bound}")

# %% [markdown] name="dominant_text" lang="en"
# ## Task 7. What dominates? (3 points)
#
# Now the chapter's questions, for any net and any batch size. For each key find who has the largest part, and its share of the
# whole (0 to 1):
#
# | key | what is shared out | among |
# |---|---|---|
# | `"parameters"` | the parameters | the kinds `"conv"`, `"pool"`, `"dense"` |
# | `"computation"` | the multiply-adds of a forward pass | the kinds |
# | `"traffic"` | the bytes that a forward pass of the batch moves (Task 4) | the kinds |
# | `"training_memory"` | the numbers that wait in memory during a training step | `"parameters"` or `"activations"` |
#
# For the last one, plain SGD keeps two numbers for each parameter, the weight and its gradient. The activations are the images
# of the batch (the inputs of the first layer) and the outputs of all layers. (A net has some parameters and some multiply-adds.
# All numbers have one size, so it cancels.)

# %% [markdown] name="dominant_text" lang="vi"
# ## Nhiệm vụ 7. Cái gì chiếm phần lớn? (3 điểm)
#
# Giờ đến các câu hỏi của chương, cho mạng bất kỳ và kích thước lô bất kỳ. Với mỗi khóa, hãy tìm bên có phần lớn nhất và tỉ lệ của
# nó trên tổng (từ 0 đến 1):
#
# | khóa | đại lượng | so sánh giữa |
# |---|---|---|
# | `"parameters"` | số tham số | các loại `"conv"`, `"pool"`, `"dense"` |
# | `"computation"` | số phép nhân-cộng của một lần lan truyền xuôi | các loại |
# | `"traffic"` | số byte mà một lần lan truyền xuôi cả lô phải di chuyển (nhiệm vụ 4) | các loại |
# | `"training_memory"` | các số phải giữ trong bộ nhớ suốt một bước huấn luyện | tham số hay giá trị kích hoạt |
#
# Ở dòng cuối, các khóa là `"parameters"` và `"activations"`. SGD thuần giữ hai số cho mỗi tham số: trọng số và gradient của nó. Các giá trị kích hoạt gồm ảnh của lô (đầu vào
# của tầng đầu) và đầu ra của mọi tầng. (Mạng nào cũng có tham số và phép nhân-cộng. Mọi số chiếm cùng số byte, nên số byte triệt
# tiêu trong tỉ lệ.)

# %% nbgrader={"grade": false, "grade_id": "dominant", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dominant(costs, batch_size):
    """Who dominates what: {'parameters': (kind, share), 'computation': ..., 'traffic': ..., 'training_memory': ...}.

    kind: a str, for 'training_memory' it is 'parameters' or 'activations'. share: a float, above 0, at most 1.
    costs: the layers of a net in order, a list of dicts as in COSTS.
    """
    """vi: Bên nào chiếm phần lớn: {'parameters': (kind, share), 'computation': ..., 'traffic': ..., 'training_memory': ...}.

    kind: một chuỗi, với 'training_memory' là 'parameters' hoặc 'activations'. share: một số thực, lớn hơn 0, nhiều nhất là 1.
    costs: các tầng của một mạng theo thứ tự, một danh sách dict như trong COSTS.
    """
    ### BEGIN SOLUTION
    def largest(parts):
        name = max(parts, key=parts.get)
        return name, parts[name] / sum(parts.values())

    def by_kind(count):
        return largest({kind: sum(count(cost) for cost in costs if cost["kind"] == kind) for kind in ("conv", "pool", "dense")})

    memory = {
        "parameters": 2 * sum(cost["params"] for cost in costs),
        "activations": batch_size * (costs[0]["inputs"] + sum(cost["outputs"] for cost in costs)),
    }
    return {
        "parameters": by_kind(lambda cost: cost["params"]),
        "computation": by_kind(lambda cost: cost["multiply_adds"]),
        "traffic": by_kind(lambda cost: bytes_moved(cost, batch_size)),
        "training_memory": largest(memory),
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "dominant-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
for batch_size in (1, 128):
    for key, (kind, share) in sorted(dominant(COSTS, batch_size).items()):
        print(say(f"batch {batch_size}, {key}:", f"lô {batch_size}, {key}:"), kind, words.percent(share, 1))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw(low, high):
        return int(ask.random.integers(low, high))

    def net(side, channels, units):
        """Two convolutions, each with a pooling, and two dense layers; `channels`: bounds to draw between."""
        rows, depth = [], draw(1, 4)
        for number in (1, 2):
            wider, pixels = draw(*channels), side * side
            counts = {"params": wider * (9 * depth + 1), "multiply_adds": 9 * wider * depth * pixels}
            rows.append({"name": f"conv{number}", "kind": "conv", **counts, "inputs": depth * pixels, "outputs": wider * pixels})
            counts = {"params": 0, "multiply_adds": 0, "inputs": wider * pixels, "outputs": wider * pixels // 4}
            rows.append({"name": f"pool{number}", "kind": "pool", **counts})
            depth, side = wider, side // 2
        features = depth * side * side
        for number, width in ((1, units), (2, 10)):
            counts = {"params": width * (features + 1), "multiply_adds": width * features, "inputs": features, "outputs": width}
            rows.append({"name": f"dense{number}", "kind": "dense", **counts})
            features = width
        return rows

    def judge(key, costs, batch_size, parts):
        def answer(value, place):
            question = f"dominant(costs, {batch_size}){place}"
            return ask.answer(value, T(f"{question} of a drawn net", f"{question} của một mạng rút ngẫu nhiên"))

        found = ask.call("dominant", costs, batch_size).value
        there = isinstance(found, dict) and key in found
        answer(found, "").satisfies(there, T(f"gives no dict with {key!r}", f"không trả về dict có khóa {key!r}"))
        pair = isinstance(found[key], (list, tuple)) and len(found[key]) == 2
        answer(found[key], f"[{key!r}]").satisfies(pair, T("is no pair (kind, share)", "không phải cặp (kind, share)"))
        kind = max(parts, key=parts.get)
        share, everything = answer(found[key][1], f"[{key!r}][1]"), sum(parts.values())
        if key == "training_memory":
            # Without the gradients the other kind may be the larger one, so both are looked at before either is judged.
            less = {**parts, "parameters": parts["parameters"] // 2}
            most = max(less, key=less.get)
            weights = T("counts weights without their gradients", "đếm trọng số mà thiếu gradient của chúng")
            both = answer([found[key][0], found[key][1]], f"[{key!r}]")
            both.mistake([most, less[most] / sum(less.values())], "no-gradients", weights)
            both.no_mistake([kind, parts[kind] / everything])
        answer(found[key][0], f"[{key!r}][0]").equals(kind)
        amount = T("is an amount: asked is its share of the whole", "là số lượng: đề bài cần tỉ lệ của nó trên tổng")
        share.mistake(parts[kind], "amount-for-share", amount).close_to(parts[kind] / everything)

    def by_kind(costs, count):
        return {kind: sum(count(row) for row in costs if row["kind"] == kind) for kind in ("conv", "pool", "dense")}

    # The first is nearly all convolutions, the second has large dense layers, the third lies between.
    nets = [net(4 * draw(2, 4), (40, 64), draw(8, 12)), net(4 * draw(6, 10), (4, 8), draw(1000, 2000))]
    nets.append(net(4 * draw(6, 12), (8, 40), draw(30, 300)))
    with ask.part(1, T("parameters and computation", "tham số và phép tính")):
        for costs in nets:
            for key, field in (("parameters", "params"), ("computation", "multiply_adds")):
                judge(key, costs, draw(1, 200), by_kind(costs, lambda row, field=field: row[field]))
    with ask.part(1, T("traffic, for one image and for many", "lưu lượng, với một ảnh và với nhiều ảnh")):
        for costs in nets:
            for batch_size in (1, draw(100, 300)):
                parts = by_kind(costs, lambda row, n=batch_size: row["params"] + n * (row["inputs"] + row["outputs"]))
                judge("traffic", costs, batch_size, parts)
    with ask.part(1, T("training memory", "bộ nhớ khi huấn luyện")):
        for costs in nets:
            fixed = 2 * sum(row["params"] for row in costs)
            per_image = costs[0]["inputs"] + sum(row["outputs"] for row in costs)
            for batch_size in (max(1, int(0.6 * fixed / per_image)), int(1.6 * fixed / per_image) + 2):
                parts = {"parameters": fixed, "activations": batch_size * per_image}
                judge("training_memory", costs, batch_size, parts)
### END HIDDEN TESTS

# %% [markdown] name="step_seconds_text" lang="en"
# ## Task 8. How long must a training step take? (3 points)
#
# **(a)** `step_seconds`: a training step passes through the layers several times. For each layer:
#
# 1. the **forward** pass: read the inputs and the weights, write the outputs;
# 2. the **gradient of the inputs**: read the gradient of the outputs and the weights, write as many values as came in;
# 3. the **gradient of the weights**: read the gradient of the outputs and the inputs, write as many values as there are weights.
#
# Each of the three does as many multiply-adds as the forward pass, on the same three sets of numbers, so each takes the same
# time by the roofline. But not every layer needs all three: a layer without parameters has no gradient of weights, and nobody
# asks for the gradient of the images, so the **first layer** leaves out the second pass. At the end the **update** reads all
# weights and all gradients and writes all weights; its few operations are hidden behind its bytes. Add up the least times of all
# passes and of the update: that is the lower bound of a step's time.
#
# **(b)** `utilization`: the customary measure of how well a machine is used takes the simple count, three forward passes of all
# layers, times the images trained a second, over the peak (compare Chowdhery et al. 2022).

# %% [markdown] name="step_seconds_text" lang="vi"
# ## Nhiệm vụ 8. Một bước huấn luyện phải mất bao lâu? (3 điểm)
#
# **(a)** `step_seconds`: một bước huấn luyện đi qua các tầng nhiều lượt. Với mỗi tầng:
#
# 1. lượt **lan truyền xuôi**: đọc đầu vào và trọng số, ghi đầu ra;
# 2. lượt tính **gradient của đầu vào**: đọc gradient của đầu ra và trọng số, số giá trị ghi ra bằng số giá trị đầu vào;
# 3. lượt tính **gradient của trọng số**: đọc gradient của đầu ra và đầu vào, số giá trị ghi ra bằng số trọng số.
#
# Số phép nhân-cộng của mỗi lượt đúng bằng của lan truyền xuôi, trên cùng ba nhóm số, nên theo mô hình mái nhà thời gian ít nhất
# của ba lượt là như nhau. Nhưng không phải tầng nào cũng cần đủ ba lượt: tầng không có tham số thì không có gradient của trọng số;
# và chẳng ai cần gradient của ảnh, nên **tầng đầu tiên** bỏ lượt thứ hai. Cuối cùng, bước **cập nhật** đọc mọi trọng số, đọc mọi
# gradient và ghi lại mọi trọng số; số phép toán ít ỏi của nó bị thời gian di chuyển byte che lấp. Hãy cộng thời gian ít nhất của
# mọi lượt và của bước cập nhật: đó là cận dưới của thời gian một bước huấn luyện.
#
# **(b)** `utilization`: thước đo quen dùng cho biết máy được tận dụng đến đâu. Lấy cách đếm đơn giản là ba lần lan truyền xuôi qua
# mọi tầng, nhân với số ảnh huấn luyện được mỗi giây, rồi chia cho đỉnh (xem Chowdhery và cộng sự 2022).

# %% nbgrader={"grade": false, "grade_id": "step_seconds", "locked": false, "schema_version": 3, "solution": true, "task": false}
def step_seconds(costs, batch_size, itemsize, peak, bandwidth):
    """The least time of one training step by the roofline, in seconds: all passes through all layers and the update.

    costs: the layers in order, a list of dicts as in COSTS. itemsize: bytes of one number. peak: FLOP/s. bandwidth: bytes/s.
    """
    """vi: Thời gian ít nhất của một bước huấn luyện theo mô hình mái nhà, tính bằng giây: mọi lượt qua mọi tầng và bước cập nhật.

    costs: các tầng theo thứ tự, danh sách dict như trong COSTS. itemsize: số byte của một số. peak: FLOP/s. bandwidth: byte/s.
    """
    ### BEGIN SOLUTION
    seconds = 3 * itemsize * sum(cost["params"] for cost in costs) / bandwidth
    for place, cost in enumerate(costs):
        passes = 1 + (place > 0) + (cost["params"] > 0)
        moved = bytes_moved(cost, batch_size, itemsize)
        seconds += passes * roofline(2 * batch_size * cost["multiply_adds"], moved, peak, bandwidth)["seconds"]
    return seconds
    ### END SOLUTION


def utilization(costs, images_per_second, peak):
    """The share of `peak` (FLOP/s) that training at `images_per_second` uses, counting three forward passes an image."""
    """vi: Phần của `peak` (FLOP/s) được dùng khi huấn luyện `images_per_second` ảnh/s, mỗi ảnh tính ba lần lan truyền xuôi."""
    ### BEGIN SOLUTION
    return 3 * 2 * sum(cost["multiply_adds"] for cost in costs) * images_per_second / peak
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "step_seconds-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
for batch_size in (1, 128):
    least = step_seconds(COSTS, batch_size, 4, PEAK, BANDWIDTH)
    took, speed = number(1e3 * least, 2), number(batch_size / least, 2)
    print(say(f"batch {batch_size}: {took} ms a step, {speed} images/s", f"lô {batch_size}: {took} ms mỗi bước, {speed} ảnh/s"))
used = words.percent(utilization(COSTS, 35, PEAK), 1)
print(say(f"35 images/s use {used} of the peak", f"35 ảnh/s dùng {used} của đỉnh"))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw(low, high):
        return int(ask.random.integers(low, high))

    def net():
        """Drawn layers that need not fit together, from few operations a byte to many."""
        rows = []
        for number, kind in enumerate(("conv", "pool", "conv", "conv", "pool", "dense", "dense"), 1):
            inputs, outputs, params = draw(1000, 50_000), draw(1000, 50_000), draw(1000, 500_000)
            work = {"conv": params * draw(20, 3000), "pool": 0, "dense": params}[kind]
            params = 0 if kind == "pool" else params
            counts = {"params": params, "multiply_adds": work, "inputs": inputs, "outputs": outputs}
            rows.append({"name": f"{kind}{number}", "kind": kind, **counts})
        return rows

    first = T(
        "works out the gradient of the images: the first layer leaves the second pass out",
        "tính cả gradient của ảnh: tầng đầu tiên bỏ lượt thứ hai",
    )
    no_update = T(
        "leaves out the update, which reads weights and gradients and writes weights",
        "thiếu bước cập nhật: đọc trọng số và gradient, ghi lại trọng số",
    )

    def machine():
        bandwidth = float(draw(5, 3000)) * 1e9
        return bandwidth * float(ask.random.uniform(3, 40)), bandwidth

    with ask.part(1, T("the operations, with memory that costs no time", "phần tính toán, khi bộ nhớ không tốn thời gian")):
        for _ in range(3):
            costs, batch_size, (peak, _) = net(), draw(1, 200), machine()
            simple = 3 * sum(row["multiply_adds"] for row in costs)
            expected = 2 * batch_size * (simple - costs[0]["multiply_adds"]) / peak
            answer = ask.call("step_seconds", costs, batch_size, 4, peak, 1e30)
            answer.mistake(2 * batch_size * simple / peak, "gradient-of-images", first)
            forward = T("has the forward pass alone", "mới có lượt lan truyền xuôi")
            answer.mistake(2 * batch_size * simple / 3 / peak, "forward-only", forward)
            single = T("counts a multiply-add as one operation: it is two", "coi phép nhân-cộng là một phép toán: thực ra là hai")
            answer.mistake(expected / 2, "multiply-add-as-one", single).close_to(expected, atol=0)
    with ask.part(1, T("operations, bytes and the update", "tính toán, di chuyển byte và cập nhật")):
        for itemsize in (4, 2, 4):
            costs, (peak, bandwidth) = net(), machine()
            for batch_size in (1, draw(2, 200)):
                update = itemsize * 3 * sum(row["params"] for row in costs) / bandwidth
                total = update
                for row in costs:
                    moved = itemsize * (row["params"] + batch_size * (row["inputs"] + row["outputs"]))
                    once = max(2 * batch_size * row["multiply_adds"] / peak, moved / bandwidth)
                    total += once * (2 if row["kind"] == "pool" or row is costs[0] else 3)
                answer = ask.call("step_seconds", costs, batch_size, itemsize, peak, bandwidth)
                answer.mistake(total - update, "no-update", no_update)
                short = T(
                    "has an update of two trips: weights and gradients are read, weights are written",
                    "bước cập nhật mới có hai lượt, cần ba: đọc trọng số, đọc gradient, ghi trọng số",
                )
                answer.mistake(total - update / 3, "update-of-two", short).close_to(total, atol=0)
    with ask.part(1, T("the utilization", "mức tận dụng")):
        for _ in range(3):
            costs, (peak, _), used = net(), machine(), float(ask.random.uniform(0.05, 0.9))
            work = sum(row["multiply_adds"] for row in costs)
            answer = ask.call("utilization", costs, used * peak / (6 * work), peak)
            forward = T(
                "counts the forward pass alone: backward takes twice as many",
                "mới tính lượt lan truyền xuôi: lan truyền ngược cần gấp đôi",
            )
            answer.mistake(used / 3, "forward-only", forward)
            single = T("counts a multiply-add as one operation: it is two", "coi phép nhân-cộng là một phép toán: thực ra là hai")
            answer.mistake(used / 2, "multiply-add-as-one", single)
            two = T("counts two passes: backward alone takes two", "mới tính hai lượt: riêng lan truyền ngược đã mất hai lượt")
            answer.mistake(2 * used / 3, "two-passes", two).close_to(used)
### END HIDDEN TESTS

# %% [markdown] name="training_text" lang="en"
# ### The prediction meets the machine
#
# The whole AlexNet, training in float32 on random images with plain SGD, for batches of 1, 4, 16 and 64, beside the highest speed
# that your least time allows. In a small batch a handful of images pays for fetching all weights of the dense layers and for the
# whole update, so this upper bound of the speed is itself low. In a larger batch more images share that cost. The lines under the
# picture tell how long the update alone takes, whatever the batch. All this takes about 15 seconds on two cores.

# %% [markdown] name="training_text" lang="vi"
# ### Dự đoán gặp máy thật
#
# Toàn bộ AlexNet, huấn luyện bằng float32 trên ảnh ngẫu nhiên với SGD thuần, với lô 1, 4, 16 và 64 ảnh, đặt cạnh cận trên của tốc
# độ, tức tốc độ cao nhất mà thời gian ít nhất của bạn cho phép. Với lô nhỏ, chỉ vài ảnh phải gánh toàn bộ chi phí đọc trọng số
# của các tầng kết nối đầy đủ và cả bước cập nhật, nên bản thân cận trên đã thấp. Với lô lớn hơn, nhiều ảnh chia nhau chi phí ấy.
# Các dòng dưới hình cho biết riêng bước cập nhật mất bao lâu, dù lô lớn hay nhỏ. Máy chạy chừng 15 giây trên hai nhân.

# %% name="training"
from gluon_alexnet import alexnet

net = alexnet()
net.initialize(mx.init.Xavier())
loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01})


def measured_step(batch_size, repeats):
    """(the time of a training step on random images, the time of the update in it), in seconds."""
    """vi: (thời gian một bước huấn luyện trên ảnh ngẫu nhiên, thời gian của bước cập nhật trong đó), tính bằng giây."""
    net.hybridize(static_alloc=True, static_shape=True)
    images, labels = mx.np.random.uniform(size=(batch_size, 1, 224, 224)), mx.np.zeros(batch_size)
    updates = []

    def step():
        with mx.autograd.record():
            losses = loss(net(images), labels)
        losses.backward()
        mx.npx.waitall()
        begun = time.perf_counter()
        trainer.step(batch_size)
        mx.npx.waitall()
        updates.append(time.perf_counter() - begun)
        return losses

    return fastest_seconds(step, repeats), min(updates)


sizes = np.array([1, 4, 16, 64])
steps, updates = np.array([measured_step(int(size), repeats) for size, repeats in zip(sizes, (10, 8, 4, 2), strict=True)]).T
many = 2 ** np.arange(0, 9)
bounds = [size / step_seconds(COSTS, int(size), 4, peak, bandwidth) for size in many]
figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
axes.plot(many, bounds, "--", color=GREY, label=say("highest speed by the roofline", "tốc độ cao nhất theo mô hình mái nhà"))
axes.plot(sizes, sizes / steps, "o-", color=COLORS["conv"], label=say("measured", "đo được"))
for size, speed in zip(sizes, sizes / steps, strict=True):
    used = words.percent(utilization(COSTS, speed, peak))
    label = say(f"{used} of the peak", f"{used} của đỉnh")
    axes.annotate(label, (size, speed), (8, -12), textcoords="offset points", fontsize=9)
axes.set_xscale("log", base=2)
axes.set_ylim(0)
axes.set_xticks(many, [str(size) for size in many])
axes.set_xlabel(say("batch size, images", "kích thước lô, ảnh"))
axes.set_ylabel(say("training speed, images/s", "tốc độ huấn luyện, ảnh/s"))
times = number(64 * steps[0] / steps[-1], 1)
axes.set_title(
    say(
        f"A batch of 64 trains {times} times as many images a second as a batch of 1",
        f"Mỗi giây, lô 64 huấn luyện được số ảnh gấp {times} lần lô 1",
    )
)
axes.legend(loc="lower right")
words.show()
least = number(3e3 * 4 * sum(cost["params"] for cost in COSTS) / bandwidth, 0)
low, high = number(1e3 * min(updates), 0), number(1e3 * max(updates), 0)
print(
    say(
        f"the update alone: {low} to {high} ms, at least {least} ms by the roofline",
        f"riêng bước cập nhật: {low} đến {high} ms, theo mô hình mái nhà ít nhất {least} ms",
    )
)
for size, taken in zip(sizes, steps, strict=True):
    took = number(1e3 * taken, 0)
    print(say(f"a step with a batch of {size}: {took} ms", f"một bước với lô {size}: {took} ms"))

# %% [markdown] name="why_faster" lang="en" tags=["why"]
# ### Why? A faster processor or a faster memory
#
# For the small machine of the tasks (`PEAK`, `BANDWIDTH`) somebody offers you either twice the peak or twice the bandwidth. Which
# would you take for AlexNet forward with one image, and which for training in batches of 128? Work out the least times with your
# functions, and explain the difference by the intensities. What happens to the ridge in either case?

# %% [markdown] name="why_faster" lang="vi" tags=["why"]
# ### Vì sao? Bộ xử lý nhanh hơn hay bộ nhớ nhanh hơn
#
# Với chiếc máy nhỏ trong các nhiệm vụ (`PEAK`, `BANDWIDTH`), bạn được chọn một trong hai: đỉnh gấp đôi hoặc băng thông gấp đôi.
# Bạn chọn gì nếu cho AlexNet lan truyền xuôi từng ảnh một, và chọn gì nếu huấn luyện với lô 128? Hãy tính thời gian ít nhất bằng
# các hàm của bạn rồi giải thích sự khác biệt bằng cường độ số học. Trong mỗi trường hợp, điểm gãy dịch đi đâu?

# %% [markdown] name="why_faster-answer" lang="en"
# Forward with one image it is a draw: 14.1 ms at least, 10.6 with twice the peak and 10.7 with twice the bandwidth. About half of
# the time is the work of the convolutions (50 to 244 FLOP/byte, right of the ridge of 10), the other half the weights of the
# dense layers (0.5 FLOP/byte, far left of it). Training with batches of 128 takes 2.89 s a step, 1.47 with twice the peak and
# still 2.87 with twice the bandwidth: all layers with weights but the last are right of the ridge, and only poolings, `dense3`
# and the update wait for memory. Twice the peak moves the ridge to 20, so that more batches and layers wait for memory; twice the
# bandwidth moves it to 5.

# %% [markdown] name="why_faster-answer" lang="vi"
# Lan truyền xuôi từng ảnh thì hai bên ngang nhau: ít nhất 14,1 ms, còn 10,6 khi đỉnh gấp đôi và 10,7 khi băng thông gấp đôi.
# Chừng nửa thời gian là phép tính của các tầng tích chập (50 đến 244 FLOP/byte, bên phải điểm gãy 10), nửa kia là đọc trọng số
# của các tầng kết nối đầy đủ (0,5 FLOP/byte, xa về bên trái). Huấn luyện với lô 128 thì mỗi bước mất ít nhất 2,89 s, còn 1,47 khi
# đỉnh gấp đôi nhưng vẫn 2,87 khi băng thông gấp đôi: mọi tầng có trọng số trừ tầng cuối đều ở bên phải điểm gãy, chỉ các tầng
# gộp, `dense3` và bước cập nhật phải chờ bộ nhớ. Đỉnh gấp đôi thì điểm gãy dịch đến 20, nên nhiều lô và nhiều tầng hơn phải chờ
# bộ nhớ; băng thông gấp đôi thì điểm gãy lùi về 5.

# %% [markdown] name="closing" lang="en"
# ## What you have seen
#
# **Memory.** The net here has 46,764,746 parameters: 187.1 MB in float32, 92.0% of them in the dense layers. The chapter's
# "nearly 1 GB" is said of the net of 2012, with colours, 1,000 classes and two halves on two GPUs. That one has 60,965,224
# parameters, 244 MB, so the sentence is wrong by a factor of four. With a gradient and a momentum for each weight it is 732 MB,
# which may be what was once meant; for the net here 561 MB. During training the images weigh in: 3.07 MB of activations each.
# With plain SGD they overtake weights and gradients at batch 122 (notebook 03 counts the outputs of the dropout layers too, and
# finds 121). At the chapter's batch of 128 it is 393 MB against 374 MB, nearly a draw.
#
# **Computation.** 938,146,176 multiply-adds an image, 95.4% of them in the convolutions, 44.3% in `conv2` alone. The manual that
# gives them to the dense layers mistakes where the weights are for where the work is. Krizhevsky (2014) describes his net just
# so: 90 to 95% of the computation and 5% of the parameters in the convolutions, the reverse in the dense layers.
#
# **Bandwidth.** For one image, 89% of the traffic of a forward pass is dense layers' weights, at 0.5 FLOP/byte; they leave most
# of any processor idle. At batch 128 their weights serve 128 images, the traffic moves to the convolutions (48%) and the
# poolings (32%), and all layers with weights but the last have 50 FLOP/byte or more. That is one more reason to train in
# batches. Mind that a bound tells what is possible, not what a program does: see the lines under the last picture, where MXNet's
# update of all weights takes several times the least time that the bandwidth allows, and is a good part of a step with one image.
#
# | machine | peak, FLOP/s | bytes/s | ridge |
# |---|---|---|---|
# | GTX 580, of which Krizhevsky et al. (2012) used two, float32 | 1.58 T | 192 G | 8 |
# | H100 (SXM), bfloat16, by its data sheet | 989 T | 3.35 T | 295 |
# | the machine here | measured above | measured above | measured above |
#
# With a ridge of 8, `dense1` is compute-bound from batch 17 on; with one of 295 it takes 335 images, and even `conv1` waits for
# memory at any batch size. Processors gained speed faster than memories did.
#
# **Published speed.** The chapter's MXNet runs (saved outputs of the chapter's code in three releases of the book,
# `docs/results.md`) train 4,175 images/s on one GPU. By the simple count of Task 8 these are 23.5 TFLOP/s. The chapter credits
# Volta GPUs with up to 24 in general instructions; the data sheet of one of them (V100, SXM2) says 15.7 in float32. So it was a
# faster GPU, a shorter format, or an algorithm that multiplies less. A roofline tells you when a number needs such an
# explanation.

# %% [markdown] name="closing" lang="vi"
# ## Những điều rút ra
#
# **Bộ nhớ.** Mạng ở đây có 46.764.746 tham số: 187,1 MB với float32, 92,0% nằm ở các tầng kết nối đầy đủ. Con số "gần 1 GB" của
# chương là nói về mạng năm 2012, với ảnh màu, 1.000 lớp và hai nửa đặt trên hai GPU. Mạng ấy có 60.965.224 tham số, 244 MB, vậy
# câu đó sai khoảng bốn lần. Nếu mỗi trọng số kèm thêm gradient và động lượng thì là 732 MB, có lẽ đó mới là điều muốn nói lúc
# đầu; với mạng ở đây là 561 MB. Khi huấn luyện, ảnh cũng góp phần: mỗi ảnh cần 3,07 MB giá trị kích hoạt. Với SGD thuần, phần này
# vượt trọng số và gradient từ lô 122 (sổ tay 03 tính cả đầu ra của các tầng dropout nên ra 121). Ở lô 128 của chương là 393 MB so
# với 374 MB, gần như hòa.
#
# **Phép tính.** 938.146.176 phép nhân-cộng cho mỗi ảnh, 95,4% ở các tầng tích chập, riêng `conv2` đã 44,3%. Tập lời giải gán
# chúng cho các tầng kết nối đầy đủ đã lẫn nơi chứa trọng số với nơi diễn ra phần lớn phép tính. Krizhevsky (2014) tả mạng của
# mình đúng như vậy: 90 đến 95% phép tính và 5% tham số ở các tầng tích chập, còn ở các tầng kết nối đầy đủ thì ngược lại.
#
# **Băng thông.** Với một ảnh, 89% lưu lượng của một lần lan truyền xuôi là để đọc trọng số của các tầng kết nối đầy đủ, ở mức 0,5
# FLOP/byte; chúng để phần lớn bộ xử lý ngồi không. Với lô 128, các trọng số ấy phục vụ 128 ảnh, lưu lượng chuyển sang các tầng
# tích chập (48%) và các tầng gộp (32%), và mọi tầng có trọng số trừ tầng cuối đều đạt từ 50 FLOP/byte trở lên. Thêm một lý do để
# huấn luyện theo lô. Lưu ý rằng cận chỉ cho biết mức có thể đạt tới, không phải mức chương trình thực sự đạt được: hãy xem các
# dòng dưới hình cuối, ở đó bước cập nhật mọi trọng số của MXNet mất gấp mấy lần thời gian ít nhất mà băng thông cho phép, và
# chiếm một phần đáng kể trong một bước huấn luyện với một ảnh.
#
# | máy | đỉnh, FLOP/s | byte/s | điểm gãy |
# |---|---|---|---|
# | GTX 580, Krizhevsky và cộng sự (2012) dùng hai chiếc, float32 | 1,58 T | 192 G | 8 |
# | H100 (SXM), bfloat16, theo bảng thông số | 989 T | 3,35 T | 295 |
# | máy này | đã đo ở trên | đã đo ở trên | đã đo ở trên |
#
# Điểm gãy ở 8 thì `dense1` bị giới hạn bởi tính toán từ lô 17; ở 295 thì phải cần 335 ảnh, và ngay cả `conv1` cũng phải chờ bộ
# nhớ dù lô lớn đến đâu. Bộ xử lý nhanh lên nhiều hơn bộ nhớ.
#
# **Tốc độ đã công bố.** Các lần chạy MXNet của chương (kết quả lưu sẵn của mã trong chương ở ba bản phát hành của sách,
# `docs/results.md`) huấn luyện 4.175 ảnh mỗi giây trên một GPU. Theo cách đếm đơn giản ở nhiệm vụ 8, đó là 23,5 TFLOP/s. Chương
# nói GPU Volta đạt đến 24 với các lệnh đa dụng; bảng thông số của một chiếc Volta (V100, SXM2) ghi 15,7 với float32. Vậy hẳn đó
# là một GPU nhanh hơn, một định dạng số ngắn hơn, hoặc một thuật toán nhân ít hơn. Mô hình mái nhà cho bạn biết khi nào một con
# số cần được giải thích như thế.

# %% [markdown] name="score_text" lang="en"
# ## Your score
#
# Save the notebook (Ctrl+S, on a Mac Cmd+S), then run the cell below. It grades the file as it was saved last, which takes a
# minute or two. The cell itself counts for nothing.

# %% [markdown] name="score_text" lang="vi"
# ## Điểm của bạn
#
# Hãy lưu sổ tay (Ctrl+S, trên máy Mac là Cmd+S) rồi chạy ô dưới đây. Ô này chấm bản được lưu gần nhất của tệp, mất chừng một hai phút.
# Bản thân nó không được tính điểm.

# %% name="score" tags=["skip-execution"]
from gluon_alexnet.grading.in_notebook import grade_this_notebook

grade_this_notebook("04_cost")
