# %% [markdown] name="intro" lang="en"
# # 3. Batch size: accuracy and memory
#
# The chapter trains AlexNet on 128 images at a time. Why 128? Here you work out from the table of layers how much memory a
# training step takes, measure it, and find out what to do when memory runs short. Then you look at the other side: what the
# batch size does to the updates, to the learning rate and to the accuracy.
#
# - **You learn** to predict memory before you pay for it, to train on a batch that does not fit, and to say when a larger batch
#   stops helping.
# - **Time**: plan two to three hours; the experiments compute for about three minutes of them on two idle cores, and for two to
#   three times as long beside other work.
# - **Where it stands**: it can be done alone. Notebook 04 takes up memory once more, beside computing time.
#
# **Your score** (7 tasks, 20 points)
#
# - Save (Ctrl+S, on a Mac Cmd+S), then run the last cell. Or in a terminal of JupyterLab, in the folder of this notebook
#   (`make lab` opens `my-exercises/`): `gluon-alexnet grade 03_batch_size.ipynb`.
# - The answer cells count, those that begin with `# task:`, together with the cells that are given. So helper functions and
#   imports of your own belong in the answer cell that uses them.
# - Answers may use NumPy, MXNet and the standard library. A task has a minute of computing and 6 GB of memory.
# - The checks below each task print a few values to compare with; the grader asks your functions for others, drawn anew each
#   time. No net is graded here by its accuracy.
#
# **Tools of this notebook**
#
# - `np` is NumPy; `mx` is MXNet, and `mx.np` its arrays: they look like NumPy's, but know their gradients.
# - `fit(net, train_data, ...)` trains a net and returns what it came to, pass by pass; `FashionMNISTLoader` gives the images in
#   batches: Fashion-MNIST, or where it cannot be had stand-in data that the program draws itself, and says so. Both are used in
#   experiments only.
# - `LAYERS`: the layers of AlexNet and LeNet as plain lists.
# - `words`: numbers and the axes of plots as your language writes them; `number` is its `words.number`.

# %% [markdown] name="intro" lang="vi"
# # 3. Kích thước lô: độ chính xác và bộ nhớ
#
# Chương huấn luyện AlexNet với mỗi lô 128 ảnh. Vì sao lại là 128? Ở đây bạn dựa vào bảng các tầng để tính xem một bước huấn luyện
# cần bao nhiêu bộ nhớ, đo lại trên máy, rồi tìm cách xoay xở khi thiếu bộ nhớ. Sau đó bạn xem mặt còn lại: kích thước lô ảnh
# hưởng thế nào đến số lần cập nhật, tốc độ học và độ chính xác.
#
# - **Bạn học được** cách dự đoán bộ nhớ trước khi chạy, cách huấn luyện với một lô không vừa bộ nhớ, và cách biết khi nào lô
#   lớn hơn không còn giúp ích.
# - **Thời gian**: nên dành hai đến ba giờ, trong đó cho các thí nghiệm máy chạy chừng ba phút trên hai nhân đang rảnh, và lâu
#   gấp hai ba lần nếu máy còn bận việc khác.
# - **Liên hệ với các sổ tay khác**: bạn có thể làm riêng sổ tay này. Sổ tay 04 xét bộ nhớ thêm lần nữa, bên cạnh thời gian tính.
#
# **Xem điểm** (7 nhiệm vụ, 20 điểm)
#
# - Lưu sổ tay (Ctrl+S, trên máy Mac là Cmd+S) rồi chạy ô cuối cùng. Hoặc gõ trong cửa sổ dòng lệnh (Terminal) của JupyterLab, ở thư mục chứa sổ tay
#   này (`make lab` mở `my-exercises/`, bản tiếng Việt nằm trong `vi/`): `gluon-alexnet grade 03_batch_size.ipynb`.
# - Được tính điểm là các ô trả lời, tức những ô bắt đầu bằng `# task:`, chạy cùng các ô cho sẵn. Vì vậy hãy đặt hàm phụ và lệnh
#   import của bạn ngay trong ô trả lời dùng đến chúng.
# - Câu trả lời được dùng NumPy, MXNet và thư viện chuẩn của Python. Mỗi nhiệm vụ có một phút tính toán và 6 GB bộ nhớ.
# - Ô kiểm tra dưới mỗi nhiệm vụ in ra vài giá trị để bạn đối chiếu; lúc chấm, các hàm của bạn được hỏi với những giá trị khác,
#   mỗi lần rút ngẫu nhiên lại. Sổ tay này không chấm mạng nào theo độ chính xác.
#
# **Công cụ của sổ tay này**
#
# - `np` là NumPy; `mx` là MXNet, còn `mx.np` là mảng của nó: trông giống mảng NumPy nhưng tính được gradient.
# - `fit(net, train_data, ...)` huấn luyện một mạng và trả về kết quả của từng epoch; `FashionMNISTLoader` đưa ảnh ra theo lô: ảnh
#   Fashion-MNIST, hoặc nếu không có thì dữ liệu thay thế do chương trình tự vẽ và có báo rõ. Cả hai chỉ dùng trong thí nghiệm.
# - `LAYERS`: các tầng của AlexNet và LeNet dưới dạng danh sách đơn giản.
# - `words`: viết con số và trục đồ thị theo cách viết của tiếng Việt; `number` chính là `words.number`.

# %% name="setup" tags=["setup"]
import math

import matplotlib.pyplot as plt
import numpy as np

from gluon_alexnet.machine import runtime
from gluon_alexnet.study import Words, style

mx = runtime.load_mxnet()
words = Words(say("en", "vi"))
number = words.number

# Okabe and Ito's colours, told apart by colour-blind readers too.
# vi: Bảng màu của Okabe và Ito: người mù màu cũng phân biệt được.
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#6a7683"
style()
plt.rcParams.update({"axes.titlelocation": "left", "axes.titlesize": 10})

# (name, output shape of one image, number of parameters) of each layer, as `gluon-alexnet models alexnet` has them.
# vi: (tên, hình dạng đầu ra của một ảnh, số tham số) của từng tầng, như `gluon-alexnet models alexnet` in ra.
LAYERS = {
    "alexnet": [
        ("conv1", (96, 54, 54), 11_712),
        ("pool1", (96, 26, 26), 0),
        ("conv2", (256, 26, 26), 614_656),
        ("pool2", (256, 12, 12), 0),
        ("conv3", (384, 12, 12), 885_120),
        ("conv4", (384, 12, 12), 1_327_488),
        ("conv5", (256, 12, 12), 884_992),
        ("pool3", (256, 5, 5), 0),
        ("dense1", (4096,), 26_218_496),
        ("dropout1", (4096,), 0),
        ("dense2", (4096,), 16_781_312),
        ("dropout2", (4096,), 0),
        ("dense3", (10,), 40_970),
    ],
    "lenet": [
        ("conv1", (6, 28, 28), 156),
        ("pool1", (6, 14, 14), 0),
        ("conv2", (16, 10, 10), 2_416),
        ("pool2", (16, 5, 5), 0),
        ("dense1", (120,), 48_120),
        ("dense2", (84,), 10_164),
        ("dense3", (10,), 850),
    ],
}
IMAGE_SHAPES = {"alexnet": (1, 224, 224), "lenet": (1, 28, 28)}

# %% [markdown] name="updates_text" lang="en"
# ## Task 1. How often do the weights change? (2 points)
#
# One pass over the data is one *epoch*; one batch gives one *update*. The last batch may be short: the loader keeps it
# (`last_batch="keep"`) or leaves it out (`"discard"`). Count the updates.
#
# With 60,000 images and batches of 128, the last batch of an epoch has only 96 images.

# %% [markdown] name="updates_text" lang="vi"
# ## Nhiệm vụ 1. Trọng số thay đổi bao nhiêu lần? (2 điểm)
#
# Một lượt đi hết dữ liệu là một *epoch*; mỗi lô cho một lần *cập nhật*. Lô cuối có thể bị thiếu: bộ nạp dữ liệu giữ nó lại
# (`last_batch="keep"`) hoặc bỏ đi (`"discard"`). Hãy đếm số lần cập nhật.
#
# Với 60.000 ảnh và lô 128 ảnh, lô cuối của mỗi epoch chỉ có 96 ảnh.

# %% nbgrader={"grade": false, "grade_id": "updates", "locked": false, "schema_version": 3, "solution": true, "task": false}
def updates(images, batch_size, epochs=1, last_batch="keep"):
    """How many updates `epochs` passes over `images` images make, an int.

    last_batch: 'keep' a short last batch of a pass, or 'discard' it.
    """
    """vi: Số lần cập nhật khi đi qua `images` ảnh `epochs` lần, một số nguyên.

    last_batch: 'keep' giữ lô cuối bị thiếu của mỗi epoch, 'discard' bỏ nó đi.
    """
    ### BEGIN SOLUTION
    steps = math.ceil(images / batch_size) if last_batch == "keep" else images // batch_size
    return epochs * steps
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "updates-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
for batch_size in (16, 128, 1024):
    ten = updates(60_000, batch_size, epochs=10, last_batch="discard")
    print(*(number(value) for value in (batch_size, updates(60_000, batch_size), ten)))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw():
        return [int(n) for n in ask.random.integers([1, 2, 1], [70_000, 300, 12])]

    one_epoch = T("counts one epoch", "mới đếm một epoch")
    across = T(
        "lets a batch go on into the next epoch: each begins anew",
        "cho một lô kéo sang epoch sau: epoch nào cũng bắt đầu lại",
    )
    with ask.part(1, T("the short last batch kept", "giữ lô cuối bị thiếu")):
        for _ in range(5):
            images, batch_size, epochs = draw()
            answer, each = ask.call("updates", images, batch_size, epochs, "keep"), -(-images // batch_size)
            dropped = T("leaves out the short last batch, which is kept", "bỏ lô cuối bị thiếu, trong khi nó được giữ")
            answer.mistake(epochs * (images // batch_size), "last-batch-left-out", dropped)
            answer.mistake(each, "epochs-forgotten", one_epoch)
            answer.mistake(-(-epochs * images // batch_size), "batches-across-epochs", across)
            answer.equals(epochs * each)
        batches, batch_size, _ = draw()
        more = T("counts one batch too many where none is left over", "đếm thừa một lô khi các lô vừa khít")
        ask.call("updates", batches * batch_size, batch_size).mistake(batches + 1, "always-one-more", more).equals(batches)
    with ask.part(1, T("the short last batch discarded", "bỏ lô cuối bị thiếu")):
        for _ in range(5):
            images, batch_size, epochs = draw()
            answer, each = ask.call("updates", images, batch_size, epochs, last_batch="discard"), images // batch_size
            kept = T("counts the short last batch, which is left out", "đếm cả lô cuối bị thiếu, trong khi nó bị bỏ")
            answer.mistake(epochs * -(-images // batch_size), "last-batch-kept", kept)
            answer.mistake(each, "epochs-forgotten", one_epoch)
            answer.mistake(epochs * images // batch_size, "batches-across-epochs", across)
            answer.equals(epochs * each)
        images = int(ask.random.integers(1, 50))
        ask.call("updates", images, images + 1, 3, last_batch="discard").equals(0)
### END HIDDEN TESTS

# %% [markdown] name="activation_bytes_text" lang="en"
# ## Task 2. Bytes of activations (2 points)
#
# The backward pass needs what the forward pass computed: the output of every layer, its *activations*, waits in memory until
# the gradient has come back to it. A tensor of float32 numbers takes 4 bytes a number (`itemsize=4`), one of bfloat16 or
# float16 takes 2. For an output of $C \times H \times W$ numbers an image and a batch of $B$ images,
#
# $$\text{bytes} = \text{itemsize} \cdot B \cdot C \cdot H \cdot W.$$
#
# A dense layer's output has the shape `(units,)`.

# %% [markdown] name="activation_bytes_text" lang="vi"
# ## Nhiệm vụ 2. Số byte của các giá trị kích hoạt (2 điểm)
#
# Lan truyền ngược cần những gì lan truyền xuôi đã tính: đầu ra của mỗi tầng, tức các *giá trị kích hoạt* (activations), phải
# nằm chờ trong bộ nhớ cho đến khi gradient quay về tới tầng đó. Mỗi số float32 chiếm 4 byte (`itemsize=4`), mỗi số bfloat16 hay
# float16 chiếm 2 byte. Nếu mỗi ảnh cho đầu ra gồm $C \times H \times W$ số và lô có $B$ ảnh thì
#
# $$\text{số byte} = \text{itemsize} \cdot B \cdot C \cdot H \cdot W.$$
#
# Đầu ra của tầng kết nối đầy đủ có hình dạng `(units,)`.

# %% nbgrader={"grade": false, "grade_id": "activation_bytes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def activation_bytes(layers, batch_size, itemsize=4):
    """The bytes of every layer's output for one batch: a dict {name: int}.

    layers: a list of (name, output shape, number of parameters). The shape is that of one image: (C, H, W) or (units,).
    itemsize: bytes of one number.
    """
    """vi: Số byte đầu ra của mỗi tầng với một lô: một dict {tên: số nguyên}.

    layers: danh sách (tên, hình dạng đầu ra, số tham số). Hình dạng là của một ảnh: (C, H, W) hoặc (units,).
    itemsize: số byte của một số.
    """
    ### BEGIN SOLUTION
    return {name: itemsize * batch_size * math.prod(shape) for name, shape, _ in layers}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "activation_bytes-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
print(activation_bytes([("conv1", (96, 54, 54), 11712)], batch_size=1))
print(activation_bytes(LAYERS["lenet"], batch_size=256, itemsize=2))
### BEGIN HIDDEN TESTS
def check(ask):
    def number(low, high):
        return int(ask.random.integers(low, high))

    numbers = T("counts numbers: each takes `itemsize` bytes", "mới đếm số phần tử: mỗi số chiếm `itemsize` byte")
    one_image = T(
        "counts one image: every image of the batch has its own outputs",
        "mới đếm một ảnh: ảnh nào trong lô cũng có đầu ra riêng",
    )
    four = T("takes every number for 4 bytes: `itemsize` says how many it takes", "coi số nào cũng 4 byte: phải dùng `itemsize`")
    with ask.part(1, T("one convolution, float32", "một tầng tích chập, float32")):
        for _ in range(4):
            channels, height, width, batch_size = number(1, 400), number(1, 60), number(1, 60), number(1, 600)
            layers, each = [("conv1", (channels, height, width), number(10, 10_000))], channels * height * width
            answer = ask.call("activation_bytes", layers, batch_size)
            answer.mistake({"conv1": batch_size * each}, "numbers-for-bytes", numbers)
            answer.mistake({"conv1": 4 * each}, "one-image", one_image)
            bits = T("counts bits: asked is bytes", "đếm bit: đề bài cần byte")
            answer.mistake({"conv1": 32 * batch_size * each}, "bits-for-bytes", bits)
            answer.equals({"conv1": 4 * batch_size * each})
    with ask.part(1, T("a whole net, any number format", "cả mạng, định dạng số bất kỳ")):
        for itemsize in (2, 4, 8):
            shapes = [(number(1, 400), number(1, 60), number(1, 60)) for _ in range(4)] + [(number(10, 5000),) for _ in range(3)]
            layers = [(f"layer{place}", shape, number(0, 10_000)) for place, shape in enumerate(shapes)]
            batch_size = number(1, 600)
            expected = {name: itemsize * batch_size * math.prod(shape) for name, shape, _ in layers}
            answer = ask.call("activation_bytes", layers, batch_size, itemsize)
            for factor, name, text in (
                (4 * batch_size, "always-4-bytes", four),
                (batch_size, "numbers-for-bytes", numbers),
                (itemsize, "one-image", one_image),
            ):
                answer.mistake({key: factor * math.prod(shape) for key, shape, _ in layers}, name, text)
            answer.equals(expected)
### END HIDDEN TESTS

# %% [markdown] name="where_bytes_live_text" lang="en"
# Where do AlexNet's bytes live? Your function, at the chapter's batch size, beside the parameters. The two pictures lean
# opposite ways: the activations sit in the first layers, the parameters in the dense ones. Only the left one grows with the
# batch.

# %% [markdown] name="where_bytes_live_text" lang="vi"
# Bộ nhớ của AlexNet nằm ở đâu? Hình dưới dùng hàm của bạn với kích thước lô của chương, đặt cạnh số tham số. Hai bên trái
# ngược nhau: giá trị kích hoạt nằm ở các tầng đầu, tham số nằm ở các tầng kết nối đầy đủ. Chỉ bên trái lớn lên theo lô.

# %% name="where_bytes_live"
table = LAYERS["alexnet"]
names = [name for name, _, _ in table]
outputs = activation_bytes(table, 128)
weights = {name: 4 * params for name, _, params in table}
first, dense = names[:3], [name for name in names if name.startswith("dense")]
in_first = words.percent(sum(outputs[name] for name in first) / sum(outputs.values()))
in_dense = words.percent(sum(weights[name] for name in dense) / sum(weights.values()))
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
left.barh(names, [outputs[name] / 1e6 for name in names], color=BLUE)
left.invert_yaxis()
left.set_xlabel(say("activations of 128 images, MB (float32)", "giá trị kích hoạt của 128 ảnh, MB (float32)"))
left.set_title(say(f"Activations: {in_first} in the first three layers", f"Giá trị kích hoạt: {in_first} ở ba tầng đầu"))
right.barh(names, [weights[name] / 1e6 for name in names], color=ORANGE)
right.set_xlabel(say("parameters, MB (float32)", "tham số, MB (float32)"))
right.set_title(say(f"Parameters: {in_dense} in the dense layers", f"Tham số: {in_dense} ở các tầng kết nối đầy đủ"))
words.show()

# %% [markdown] name="step_memory_text" lang="en"
# ## Task 3. Memory of a training step (3 points)
#
# What must be in memory during a training step on $B$ images?
#
# - for each **parameter**: its weight, its gradient, and what the optimizer remembers of it: nothing for plain SGD (`"sgd"`),
#   one number for SGD with momentum (`"momentum"`), two for Adam (`"adam"`);
# - for each **image**: the image itself and the output of each layer.
#
# So the prediction is a straight line, $\text{fixed} + \text{per image} \cdot B$. Work out both numbers. (The labels are too
# few bytes to count. A ReLU writes over its input, so a layer with its ReLU has one output.)

# %% [markdown] name="step_memory_text" lang="vi"
# ## Nhiệm vụ 3. Bộ nhớ của một bước huấn luyện (3 điểm)
#
# Trong một bước huấn luyện với $B$ ảnh, bộ nhớ phải chứa những gì?
#
# - với mỗi **tham số**: trọng số, gradient, và những gì bộ tối ưu ghi nhớ về nó: SGD thuần (`"sgd"`) không nhớ gì, SGD với động
#   lượng (`"momentum"`) nhớ một số, Adam (`"adam"`) nhớ hai số;
# - với mỗi **ảnh**: chính ảnh đó và đầu ra của từng tầng.
#
# Vậy dự đoán là một đường thẳng, $\text{phần cố định} + \text{phần mỗi ảnh} \cdot B$. Hãy tính hai hệ số đó. (Nhãn chỉ chiếm vài
# byte nên bỏ qua. ReLU ghi đè lên đầu vào của nó, nên một tầng cùng với ReLU chỉ có một đầu ra.)

# %% nbgrader={"grade": false, "grade_id": "step_memory", "locked": false, "schema_version": 3, "solution": true, "task": false}
def step_memory(layers, input_shape, optimizer="sgd", itemsize=4):
    """(fixed, per_image): bytes that a training step takes whatever the batch, and bytes for each image of it, two ints.

    layers: as in Task 2. input_shape: (C, H, W) of one image. optimizer: 'sgd', 'momentum' or 'adam'.
    itemsize: bytes of one number, the same for weights, gradients, optimizer state and activations.
    """
    """vi: (fixed, per_image): số byte mà một bước huấn luyện cần dù lô lớn hay nhỏ, và số byte cho mỗi ảnh của lô, hai số nguyên.

    layers: như ở nhiệm vụ 2. input_shape: (C, H, W) của một ảnh. optimizer: 'sgd', 'momentum' hoặc 'adam'.
    itemsize: số byte của một số, chung cho trọng số, gradient, trạng thái của bộ tối ưu và giá trị kích hoạt.
    """
    ### BEGIN SOLUTION
    copies = {"sgd": 2, "momentum": 3, "adam": 4}[optimizer]
    params = sum(count for _, _, count in layers)
    numbers = math.prod(input_shape) + sum(math.prod(shape) for _, shape, _ in layers)
    return itemsize * copies * params, itemsize * numbers
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "step_memory-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
print(step_memory([("conv1", (6, 28, 28), 156), ("dense1", (10,), 47050)], (1, 28, 28)))
print(step_memory(LAYERS["alexnet"], (1, 224, 224), optimizer="momentum"))
### BEGIN HIDDEN TESTS
def check(ask):
    def number(low, high):
        return int(ask.random.integers(low, high))

    def draw():
        shapes = [(number(1, 300), number(1, 60), number(1, 60)) for _ in range(number(2, 5))] + [(number(10, 5000),)] * 2
        layers = [(f"layer{place}", shape, number(0, 1_000_000)) for place, shape in enumerate(shapes)]
        return layers, (number(1, 4), number(20, 230), number(20, 230))

    def part_of(place, layers, shape, optimizer, itemsize):
        source = f"return step_memory(layers, input_shape, optimizer, itemsize)[{place}]"
        value = ask.probe(source, layers=layers, input_shape=shape, optimizer=optimizer, itemsize=itemsize).value
        return ask.answer(value, f"step_memory(..., optimizer={optimizer!r}, itemsize={itemsize})[{place}]")

    def fixed(layers, shape, optimizer, itemsize, copies):
        each = itemsize * sum(params for _, _, params in layers)
        answer = part_of(0, layers, shape, optimizer, itemsize)
        if optimizer == "sgd":
            more = T("gives plain SGD a memory: it has none", "tính thêm bộ nhớ cho SGD thuần: nó không nhớ gì")
            answer.mistake((copies + 1) * each, "memory-of-sgd", more)
        else:
            less = T(
                "counts weights and gradients: this optimizer remembers more",
                "mới đếm trọng số và gradient: bộ tối ưu này còn nhớ thêm",
            )
            answer.mistake(2 * each, "optimizer-forgotten", less)
        if optimizer != "momentum":
            # With momentum it could be either of two mistakes.
            no_gradients = T("leaves out the gradients: one for each weight", "thiếu gradient: mỗi trọng số có một gradient")
            answer.mistake((copies - 1) * each, "no-gradients", no_gradients)
        numbers = T("counts numbers: each takes `itemsize` bytes", "mới đếm số phần tử: mỗi số chiếm `itemsize` byte")
        answer.mistake(copies * each // itemsize, "numbers-for-bytes", numbers).equals(copies * each)

    with ask.part(1, T("the fixed bytes with plain SGD", "số byte cố định với SGD thuần")):
        for itemsize in (4, 2):
            fixed(*draw(), "sgd", itemsize, 2)
    with ask.part(1, T("the fixed bytes with momentum and with Adam", "số byte cố định với động lượng và với Adam")):
        for optimizer, copies in (("momentum", 3), ("adam", 4)):
            fixed(*draw(), optimizer, 4, copies)
    with ask.part(1, T("the bytes for each image", "số byte cho mỗi ảnh")):
        for optimizer, itemsize in (("sgd", 4), ("momentum", 2), ("adam", 4)):
            layers, shape = draw()
            numbers = math.prod(shape) + sum(math.prod(output) for _, output, _ in layers)
            answer = part_of(1, layers, shape, optimizer, itemsize)
            image = T("leaves out the image itself, which is kept too", "thiếu chính ảnh đầu vào, cũng phải giữ")
            answer.mistake(itemsize * (numbers - math.prod(shape)), "no-image", image)
            last = T(
                "counts the image and the last output: all outputs in between are kept",
                "mới đếm ảnh và đầu ra cuối: mọi đầu ra ở giữa cũng phải giữ",
            )
            answer.mistake(itemsize * (math.prod(shape) + math.prod(layers[-1][1])), "inner-outputs-forgotten", last)
            twice = T("counts every output twice: a gradient takes the place of its output", "đếm mỗi đầu ra hai lần")
            answer.mistake(itemsize * (2 * numbers - math.prod(shape)), "outputs-twice", twice)
            answer.equals(itemsize * numbers)
### END HIDDEN TESTS

# %% [markdown] name="largest_batch_text" lang="en"
# ## Task 4. The largest batch that fits (3 points)
#
# A prediction is good, a measurement is better. Say you have measured the peak memory of a few small batches. Fit a line
# $\text{fixed} + \text{per image} \cdot B$ to them by least squares, then find the largest whole $B$ whose memory on that line
# is at most the budget. If not even one image fits, the answer is 0.
#
# (`np.polyfit(x, y, 1)` fits a line. The measurements are noisy: use them all.)

# %% [markdown] name="largest_batch_text" lang="vi"
# ## Nhiệm vụ 4. Lô lớn nhất vừa bộ nhớ (3 điểm)
#
# Dự đoán thì tốt, đo được còn tốt hơn. Giả sử bạn đã đo đỉnh bộ nhớ với vài lô nhỏ. Hãy khớp đường thẳng $\text{phần cố định} +
# \text{phần mỗi ảnh} \cdot B$ vào các điểm đo bằng bình phương tối thiểu, rồi tìm số nguyên $B$ lớn nhất mà bộ nhớ tính theo
# đường thẳng ấy không vượt quá hạn mức. Nếu một ảnh cũng không vừa thì đáp án là 0.
#
# (`np.polyfit(x, y, 1)` khớp một đường thẳng. Số đo có nhiễu, nên hãy dùng tất cả các điểm.)

# %% nbgrader={"grade": false, "grade_id": "largest_batch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def largest_batch(budget, batch_sizes, peaks):
    """The largest batch size whose memory, on the least-squares line through the measurements, is at most `budget`: an int.

    budget: bytes. batch_sizes: a list of ints; peaks: the bytes measured for each of them, a list of numbers.
    0 where not even one image fits.
    """
    """vi: Kích thước lô lớn nhất mà bộ nhớ, theo đường bình phương tối thiểu qua các số đo, không quá `budget`: một số nguyên.

    budget: số byte. batch_sizes: danh sách số nguyên; peaks: số byte đo được với từng kích thước ấy, danh sách số.
    0 nếu một ảnh cũng không vừa.
    """
    ### BEGIN SOLUTION
    per_image, fixed = np.polyfit(batch_sizes, peaks, 1)
    return max(0, math.floor((budget - fixed) / per_image))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "largest_batch-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
print(largest_batch(1005, [1, 2, 4], [210, 220, 240]))
print(largest_batch(1000, [1, 8, 16, 32], [213, 277, 361, 521]))
print(largest_batch(150, [1, 2, 4], [210, 220, 240]))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw(noise):
        sizes = sorted(int(n) for n in ask.random.choice(np.arange(1, 129), size=8, replace=False))
        fixed, per_image = ask.random.uniform(1e8, 9e8), ask.random.uniform(1e6, 9e6)
        peaks = fixed + per_image * (np.array(sizes) + ask.random.normal(0, noise, size=8))
        x, y = np.array(sizes) - np.mean(sizes), peaks - peaks.mean()
        slope = (x * y).sum() / (x**2).sum()
        return sizes, [float(peak) for peak in peaks], peaks.mean() - slope * np.mean(sizes), slope

    def budget(fixed, per_image, images):
        # Well inside the gap between two batch sizes, so that no rounding of the fit decides.
        return float(fixed + per_image * (images + ask.random.uniform(0.2, 0.8)))

    for points, noise, title in (
        (1, 0, T("measurements without noise", "số đo không có nhiễu")),
        (1, 8, T("noisy measurements", "số đo có nhiễu")),
    ):
        with ask.part(points, title):
            for _ in range(4):
                sizes, peaks, fixed, per_image = draw(noise)
                images = int(ask.random.integers(1, 2000))
                memory = budget(fixed, per_image, images)
                answer = ask.call("largest_batch", memory, sizes, peaks)
                up = T("rounds up: so many images no longer fit", "làm tròn lên: từng ấy ảnh không còn vừa nữa")
                answer.mistake(images + 1, "rounds-up", up)
                no_fixed = T("forgets the fixed bytes: they are there with any batch", "quên phần cố định: lô nào cũng cần nó")
                answer.mistake(math.floor(memory / per_image), "fixed-bytes-forgotten", no_fixed)
                slope = (peaks[-1] - peaks[0]) / (sizes[-1] - sizes[0])
                ends = T(
                    "uses two of the measurements: fit the line to all",
                    "chỉ dùng hai số đo: hãy khớp đường thẳng với tất cả",
                )
                for here in (0, -1):
                    by_ends = math.floor(sizes[here] + (memory - peaks[here]) / slope)
                    answer.mistake(by_ends, "two-measurements", ends)
                ratio = np.mean(np.array(peaks) / np.array(sizes))
                each = T(
                    "divides each peak by its batch: a part of it is the same for all",
                    "chia mỗi đỉnh cho kích thước lô: một phần của nó là cố định",
                )
                answer.mistake(math.floor(memory / ratio), "peaks-divided", each)
                answer.equals(images)
    with ask.part(1, T("a budget too small for one image", "hạn mức không đủ cho một ảnh")):
        # Who always says 0 has not looked at the budget.
        sizes, peaks, fixed, per_image = draw(0)
        ask.call("largest_batch", budget(fixed, per_image, 400), sizes, peaks).at_least(1)
        for images in (-1, 0, -5):
            sizes, peaks, fixed, per_image = draw(0)
            answer = ask.call("largest_batch", budget(fixed, per_image, images), sizes, peaks)
            if images:
                below = T("is below 0: no batch has fewer images than none", "nhỏ hơn 0: lô không thể có ít hơn 0 ảnh")
                answer.mistake(images, "below-zero", below)
                answer.mistake(1, "at-least-one", T("is 1: not even one fits", "là 1: một ảnh cũng không vừa"))
            else:
                answer.mistake(1, "rounds-up", T("rounds up: not even one fits", "làm tròn lên: một ảnh cũng không vừa"))
            answer.equals(0)
### END HIDDEN TESTS

# %% [markdown] name="measure_memory_text" lang="en"
# ### Now measure
#
# A process's peak counts from its start, so each batch size gets a fresh Python of its own. `measured_memory` starts it: it
# builds the net (LeNet with ReLU, as your prediction assumes), makes a step with momentum on a single image, then one on the
# batch, all in float32, and reports how far its memory rose: up to the end of the batch's forward pass, and in the whole step. On
# a CPU that is the peak of the resident memory, `VmHWM` in Linux's `/proc/self/status`; on a GPU the memory that MXNet took. What
# it does line by line is in `gluon_alexnet/study/memory.py`. This takes about half a minute.

# %% [markdown] name="measure_memory_text" lang="vi"
# ### Bây giờ hãy đo
#
# Đỉnh bộ nhớ được tính từ khi tiến trình bắt đầu, nên mỗi kích thước lô được chạy trong một Python mới. `measured_memory` khởi
# động nó: tiến trình này dựng mạng (LeNet dùng ReLU, đúng như dự đoán của bạn giả định), chạy một bước có động lượng với một ảnh,
# rồi một bước với cả lô, đều ở float32, và báo bộ nhớ đã tăng bao nhiêu: tính đến hết lan truyền xuôi của lô, và tính cả bước.
# Trên CPU, đó là đỉnh của bộ nhớ thường trú, dòng `VmHWM` trong `/proc/self/status` của Linux; trên GPU, đó là bộ nhớ mà MXNet đã
# lấy. Từng dòng của phép đo nằm trong `gluon_alexnet/study/memory.py`. Máy chạy chừng nửa phút.

# %% name="measure_memory"
from gluon_alexnet.study import measured_memory

BATCH_SIZES = {"alexnet": [8, 16, 32, 64], "lenet": [512, 1024, 2048, 4096]}
SETTINGS = {"alexnet": {}, "lenet": {"activation": "relu"}}
forward_peaks, peaks = {}, {}
for model, sizes in BATCH_SIZES.items():
    found = [measured_memory(model, size, **SETTINGS[model]) for size in sizes]
    forward_peaks[model], peaks[model] = map(list, zip(*found, strict=True))
    for size, peak in zip(sizes, peaks[model], strict=True):
        megabytes = number(peak / 1e6, 0)
        print(say(f"{model}, batch {number(size)}: {megabytes} MB", f"{model}, lô {number(size)}: {megabytes} MB"))

# %% name="memory_curves"
figure, panels = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
for axes, (model, sizes) in zip(panels, BATCH_SIZES.items(), strict=True):
    fixed, per_image = step_memory(LAYERS[model], IMAGE_SHAPES[model], optimizer="momentum")
    forward_per_image, _ = np.polyfit(sizes, forward_peaks[model], 1)
    peak_per_image, peak_fixed = np.polyfit(sizes, peaks[model], 1)
    ends = np.array([0, sizes[-1]])
    label = say("line fitted", "đường khớp")
    axes.plot(ends, (peak_fixed + peak_per_image * ends) / 1e6, color=ORANGE, linestyle="--", label=label)
    axes.plot(sizes, np.array(peaks[model]) / 1e6, "o", color=ORANGE, label=say("measured, the whole step", "đo được, cả bước"))
    label = say("measured, to the forward pass's end", "đo được, đến hết lan truyền xuôi")
    axes.plot(sizes, np.array(forward_peaks[model]) / 1e6, "s", color=GREEN, label=label)
    label = say("predicted from the table", "dự đoán từ bảng")
    axes.plot(ends, (fixed + per_image * ends) / 1e6, color=BLUE, label=label)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(say("batch size, images", "kích thước lô, ảnh"))
    axes.set_ylabel(say("memory of a training step, MB", "bộ nhớ của một bước huấn luyện, MB"))
    predicted, forward, whole = (number(each / 1e3, 0) for each in (per_image, forward_per_image, peak_per_image))
    axes.set_title(
        say(
            f"{model}: {predicted} kB an image predicted, measured\n{forward} in the forward pass and {whole} in the whole step",
            f"{model}: dự đoán {predicted} kB mỗi ảnh, đo được\n{forward} trong lan truyền xuôi và {whole} trong cả bước",
        )
    )
    fixed_parts = number(peak_fixed / 1e6, 0), number(fixed / 1e6, 0)
    fitting = number(largest_batch(3 * 2**30, sizes, peaks[model])), number((3 * 2**30 - fixed) // per_image)
    print(
        say(
            f"{model}: fixed {fixed_parts[0]} MB measured, {fixed_parts[1]} predicted; largest batch in 3 GB: {fitting[0]} "
            f"measured, {fitting[1]} predicted",
            f"{model}: phần cố định đo được {fixed_parts[0]} MB, dự đoán {fixed_parts[1]}; lô lớn nhất trong 3 GB: {fitting[0]} "
            f"theo số đo, {fitting[1]} theo bảng",
        )
    )
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
words.show()

# %% [markdown] name="gpu_memory_text" lang="en"
# And on a GPU, as the chapter asks? The same step with PyTorch's twin of each net, by `torch.cuda.max_memory_allocated`, where
# PyTorch drives a GPU. Without one the cell only says so: no figures of a GPU have been recorded yet.

# %% [markdown] name="gpu_memory_text" lang="vi"
# Còn trên GPU, như bài tập của chương hỏi? Vẫn bước huấn luyện ấy, với bản PyTorch của mỗi mạng, đo bằng
# `torch.cuda.max_memory_allocated`, nếu PyTorch dùng được một GPU. Chưa có số đo nào trên GPU được ghi lại để in ra thay thế:
# nếu không có GPU thì ô dưới đây báo như vậy, và chỉ còn các số đo ở trên.

# %% name="gpu_memory"
if measured_memory("lenet", 512, engine="torch") is None:
    print(
        say(
            "PyTorch drives no GPU here, and no figures of one are recorded.",
            "Ở đây PyTorch không có GPU để dùng, và cũng chưa có số đo nào trên GPU được ghi lại.",
        )
    )
else:
    for model, sizes in BATCH_SIZES.items():
        found = [measured_memory(model, size, engine="torch", **SETTINGS[model]) for size in sizes]
        lines = [np.polyfit(sizes, column, 1) for column in zip(*found, strict=True)]
        (forward, _), (whole, fixed) = ((number(slope / 1e3, 0), number(start / 1e6, 0)) for slope, start in lines)
        print(
            say(
                f"{model} on a GPU: fixed {fixed} MB; an image {forward} kB in the forward pass, {whole} kB in the whole step",
                f"{model} trên GPU: phần cố định {fixed} MB; mỗi ảnh {forward} kB khi lan truyền xuôi, {whole} kB trong cả bước",
            )
        )

# %% [markdown] name="explain_memory_text" lang="en"
# ### Why the lines differ
#
# The table counts what the mathematics keeps, and the forward pass agrees: its points rise like your line. What is more comes
# with the backward pass. The numbers here are from two cores of an AMD EPYC with oneDNN, the library that MXNet computes with on
# a CPU (`benchmarks/results/bench/memory.json`); yours may differ.
#
# - **The fixed part.** Measured are 24 to 27 MB more: the libraries' own code and buffers, which come into memory when they first
#   compute. Random initial weights would add another 106 MB to AlexNet: MXNet keeps a second array beside each one that it
#   fills with random numbers, so `measured_memory` fills in a constant.
# - **Notes for the way back.** A max pooling notes where each maximum was (one byte an output), a dropout keeps its mask. So in
#   AlexNet's forward pass 3.26 MB an image were measured and 3.10 predicted. A sigmoid keeps its input beside its output,
#   where a ReLU writes over it: with its own sigmoids, LeNet's forward pass takes 62 kB an image instead of 37.
# - **Gradients of activations.** While the gradient passes through a layer, the gradients of its output and of its input are in
#   memory too. MXNet reuses these buffers from layer to layer, but the largest must fit: the gradient of AlexNet's first
#   convolution's output alone is 1.1 MB an image. All of them together added 2.1 MB an image, measured with oneDNN switched
#   off.
# - **Working copies.** oneDNN likes its tensors in blocks of 8 or 16 channels, and copies tensors from one order to the other.
#   The whole step took 6.5 MB an image with oneDNN and 5.2 without it (`MXNET_MKLDNN_ENABLED=0`), for LeNet 84 kB
#   and 60. Libraries that unfold images into columns (*im2col*) pay otherwise: for AlexNet's second convolution the
#   columns of one image are 6.5 MB.
# - **The allocator.** GPU pools round sizes up and give nothing back; on a CPU freed memory may stay with the process.
#
# The rule for life: predict to see the order of magnitude and what to change (here the whole step took 2.1 times the
# prediction for each image), measure two or three small batches, extrapolate, and leave some memory to spare.

# %% [markdown] name="explain_memory_text" lang="vi"
# ### Vì sao các đường khác nhau
#
# Bảng chỉ đếm những gì bản thân phép tính phải giữ lại, và số đo cho lan truyền xuôi khớp với bảng: các điểm ấy có cùng độ dốc
# với đường dự đoán của bạn. Phần chênh lệch đến từ lan truyền ngược. Các con số ở đây đo trên hai nhân của một CPU AMD EPYC với
# oneDNN, thư viện tính toán của MXNet trên CPU (`benchmarks/results/bench/memory.json`); máy bạn có thể cho số khác.
#
# - **Phần cố định.** Số đo nhiều hơn từ 24 đến 27 MB: mã và vùng đệm riêng của các thư viện, chỉ vào bộ nhớ khi chúng tính lần
#   đầu. Trọng số khởi tạo ngẫu nhiên sẽ thêm cho AlexNet 106 MB nữa: bên cạnh mỗi mảng được điền số ngẫu nhiên, MXNet giữ một
#   mảng thứ hai; vì thế `measured_memory` điền một hằng số.
# - **Thông tin giữ lại cho lan truyền ngược.** Tầng gộp cực đại ghi lại vị trí của mỗi giá trị lớn nhất (mỗi đầu ra một byte),
#   dropout giữ mặt nạ của nó. Vì vậy, trong lan truyền xuôi của AlexNet đo được 3,26 MB mỗi ảnh, còn dự đoán là 3,10.
#   Sigmoid giữ cả đầu vào lẫn đầu ra, còn ReLU thì ghi đè: với các sigmoid vốn có, lan truyền xuôi của LeNet cần 62 kB mỗi
#   ảnh thay vì 37.
# - **Gradient của các giá trị kích hoạt.** Khi gradient đi qua một tầng, gradient của đầu ra và của đầu vào tầng đó cũng nằm
#   trong bộ nhớ. MXNet dùng lại các vùng đệm này từ tầng này sang tầng khác, nhưng vùng lớn nhất vẫn phải đủ chỗ: riêng gradient
#   của đầu ra tầng tích chập đầu tiên của AlexNet đã là 1,1 MB mỗi ảnh. Tất cả cộng lại thêm 2,1 MB mỗi ảnh, đo khi tắt
#   oneDNN.
# - **Bản sao tạm.** oneDNN làm việc tốt nhất khi tensor được xếp thành khối 8 hoặc 16 kênh, nên phải chép tensor từ cách xếp này
#   sang cách xếp kia. Cả bước cần 6,5 MB mỗi ảnh khi có oneDNN và 5,2 khi không có (`MXNET_MKLDNN_ENABLED=0`); với LeNet
#   là 84 kB và 60. Thư viện nào trải ảnh thành các cột (*im2col*) thì trả giá kiểu khác: với tầng tích chập thứ
#   hai của AlexNet, các cột của một ảnh nặng 6,5 MB.
# - **Bộ cấp phát.** Vùng nhớ cấp phát sẵn (memory pool) của GPU làm tròn lên và không trả lại; trên CPU, bộ nhớ đã giải phóng có
#   thể vẫn nằm ở tiến trình.
#
# Bài học rút ra: dự đoán để biết bậc độ lớn và biết nên sửa chỗ nào (ở đây, cho cả bước, mỗi ảnh cần gấp 2,1 lần dự đoán), đo
# hai ba lô nhỏ, ngoại suy, rồi chừa lại một ít bộ nhớ.

# %% [markdown] name="accumulated_step_text" lang="en"
# ## Task 5. A batch that does not fit (4 points)
#
# You want an update on 128 images and have memory for 50? The gradient of the batch is a mean over its images, so it can be
# summed up in pieces, over *micro-batches* $M_1, M_2, \dots$, before the one update:
#
# $$g = \frac1B \sum_{i=1}^{B} g_i = \frac1B \sum_m \sum_{i \in M_m} g_i.$$
#
# Mind the last micro-batch: of 128 images, pieces of 50 leave 28. A mean of the pieces' means is not the mean of the batch.
#
# In Gluon a parameter's `grad_req` says what `backward` does with its gradient: `"write"` replaces the old one, `"add"` adds to
# it. `net.collect_params().setattr("grad_req", ...)` sets it for all parameters, `net.collect_params().zero_grad()` clears the
# gradients, and `trainer.step(n)` divides them by `n` and updates. (Batch normalisation would see other means in micro-batches,
# and then the two steps are no longer equal. The nets here have none.)

# %% [markdown] name="accumulated_step_text" lang="vi"
# ## Nhiệm vụ 5. Một lô không vừa bộ nhớ (4 điểm)
#
# Bạn muốn cập nhật theo 128 ảnh mà bộ nhớ chỉ đủ cho 50? Gradient của lô là trung bình trên các ảnh, nên có thể cộng dồn từng
# phần, qua các *lô con* (micro-batch) $M_1, M_2, \dots$, rồi mới cập nhật một lần:
#
# $$g = \frac1B \sum_{i=1}^{B} g_i = \frac1B \sum_m \sum_{i \in M_m} g_i.$$
#
# Chú ý lô con cuối: chia 128 ảnh thành từng nhóm 50 thì còn lại 28. Trung bình của các trung bình không phải là trung bình của cả
# lô.
#
# Trong Gluon, `grad_req` của một tham số cho biết `backward` làm gì với gradient: `"write"` thay gradient cũ, `"add"` cộng thêm
# vào. `net.collect_params().setattr("grad_req", ...)` đặt nó cho mọi tham số, `net.collect_params().zero_grad()` xóa gradient
# về 0, còn `trainer.step(n)` chia gradient cho `n` rồi cập nhật. (Chuẩn hóa theo lô sẽ thấy các trung bình khác trong lô con,
# khi đó hai bước không còn bằng nhau. Các mạng ở đây không có tầng đó.)

# %% nbgrader={"grade": false, "grade_id": "accumulated_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accumulated_step(net, trainer, images, labels, micro_batch):
    """One update of `net` on the mean softmax cross-entropy of the whole batch, computed in micro-batches. Returns nothing.

    net: a Gluon net, its parameters initialized; trainer: the mx.gluon.Trainer of these parameters, to be stepped once.
    images: mx.np float32 (B, ...), labels: mx.np int32 (B,), any B. Each image goes through the net once, and never more than
    `micro_batch` of them together. Gradients left by an earlier step must not count.
    """
    """vi: Một lần cập nhật `net` theo trung bình entropy chéo (softmax) của cả lô, tính qua các lô con. Không trả về gì.

    net: một mạng Gluon đã khởi tạo tham số; trainer: mx.gluon.Trainer của các tham số ấy, chỉ được bước một lần.
    images: mx.np float32 (B, ...), labels: mx.np int32 (B,), B bất kỳ. Mỗi ảnh đi qua mạng đúng một lần, và không bao giờ quá
    `micro_batch` ảnh cùng lúc. Gradient còn lại từ bước trước không được tính vào.
    """
    ### BEGIN SOLUTION
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    parameters = net.collect_params()
    parameters.setattr("grad_req", "add")
    parameters.zero_grad()
    for first in range(0, len(labels), micro_batch):
        piece = slice(first, first + micro_batch)
        with mx.autograd.record():
            losses = loss(net(images[piece]), labels[piece])
        losses.backward()
    trainer.step(len(labels))
    # Else a later, ordinary step would add its gradient to this one's.
    # vi: Nếu không, một bước bình thường sau đó sẽ cộng gradient của nó vào gradient này.
    parameters.setattr("grad_req", "write")
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "accumulated_step-check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
images = mx.np.array(np.random.default_rng(0).normal(size=(10, 4)), dtype="float32")
labels = mx.np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 2], dtype="int32")
results = []
for micro_batch in (10, 4):
    net = mx.gluon.nn.Dense(3, in_units=4)
    net.initialize(mx.init.Zero())
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5, "momentum": 0.9})
    for _ in range(2):
        accumulated_step(net, trainer, images, labels, micro_batch)
    results.append(net.weight.data().asnumpy())
print(say("the weights have changed:", "trọng số đã thay đổi:"), bool(abs(results[0]).max() > 0.01))
same = np.allclose(*results, atol=1e-5)
print(say("micro-batches of 10 and of 4 give the same weights:", "lô con 10 và lô con 4 cho cùng trọng số:"), same)
### BEGIN HIDDEN TESTS
def check(ask):
    source = """
import mxnet as mx
from mxnet.gluon import nn

seen = []


class Watched(mx.gluon.Block):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        seen.append(len(x))
        return self.body(x)


body = nn.HybridSequential()
body.add(nn.Dense(len(w1), activation="tanh", in_units=len(w1[0])), nn.Dense(len(w2), in_units=len(w2[0])))
body.initialize()
parameters = [body[0].weight, body[0].bias, body[1].weight, body[1].bias]
for parameter, values in zip(parameters, [w1, b1, w2, b2]):
    parameter.set_data(mx.np.array(values, dtype="float32"))
net = Watched(body)
trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr, "momentum": momentum})
for x, y in zip(images, labels):
    accumulated_step(net, trainer, mx.np.array(x, dtype="float32"), mx.np.array(y, dtype="int32"), micro_batch)
mx.npx.waitall()
"""
    new_weights = source + "return mx.np.concatenate([parameter.data().reshape(-1) for parameter in parameters])"

    def draw(batch, steps=1, momentum=0.0):
        random, features, hidden, classes = ask.random, 5, 6, 4
        return {
            "w1": random.normal(0, 0.6, (hidden, features)),
            "b1": random.normal(0, 0.3, hidden),
            "w2": random.normal(0, 0.6, (classes, hidden)),
            "b2": random.normal(0, 0.3, classes),
            "images": random.normal(0, 1, (steps, batch, features)),
            "labels": random.integers(0, classes, (steps, batch)),
            "lr": float(random.uniform(0.3, 0.9)),
            "momentum": momentum,
        }

    def expected(w1, b1, w2, b2, images, labels, lr, momentum, shares=None):
        """The weights after the steps; shares: how much each of so many images counts, if not all alike."""
        weights = [w1, b1, w2, b2]
        moves = [np.zeros_like(weight) for weight in weights]
        for x, y in zip(images, labels, strict=True):
            w1, b1, w2, b2 = weights
            hidden = np.tanh(x @ w1.T + b1)
            logits = hidden @ w2.T + b2
            error = np.exp(logits - logits.max(axis=1, keepdims=True))
            error /= error.sum(axis=1, keepdims=True)
            error[np.arange(len(y)), y] -= 1
            error *= shares(len(y)) if shares else 1 / len(y)
            back = error @ w2 * (1 - hidden**2)
            gradients = [back.T @ x, back.sum(axis=0), error.T @ hidden, error.sum(axis=0)]
            moves = [momentum * move - lr * gradient for move, gradient in zip(moves, gradients, strict=True)]
            weights = [weight + move for weight, move in zip(weights, moves, strict=True)]
        return np.concatenate([weight.ravel() for weight in weights])

    sums = T(
        "is that of a step by the sum of the gradients: asked is their mean",
        "ứng với tổng các gradient: đề bài cần trung bình",
    )
    means = T(
        "is that of a step by the sum of the micro-batches' means: each image counts 1 / B",
        "ứng với tổng trung bình của các lô con: mỗi ảnh chỉ góp 1 / B",
    )
    mean_of_means = T(
        "is that of a step by the mean of the micro-batches' means: a short one counts too much",
        "ứng với trung bình của các trung bình lô con: lô con ngắn bị tính quá nhiều",
    )
    twice = T(
        "is that of gradients divided twice, for each micro-batch and for the batch",
        "ứng với gradient bị chia hai lần, cho lô con rồi cho cả lô",
    )
    written_over = T(
        "is that of a step by the last micro-batch alone: it has written over the gradients of the others",
        "ứng với riêng lô con cuối: nó đã ghi đè gradient của các lô con trước",
    )
    many = T(
        "is that of an update after each micro-batch: asked is one, after the last",
        "ứng với cập nhật sau mỗi lô con: đề bài chỉ cần một lần, sau lô con cuối",
    )

    def compare(micro_batch, **settings):
        inputs = draw(**settings)
        weights = ask.probe(new_weights, micro_batch=micro_batch, **inputs).value
        words = f"accumulated_step(..., micro_batch={micro_batch})"
        answer = ask.answer(weights, T(f"the vector of all weights after {words}", f"vectơ mọi trọng số sau {words}"))

        def own(count):
            """How many images the micro-batch of each image has."""
            return np.minimum(micro_batch, count - np.arange(count) // micro_batch * micro_batch)[:, None]

        def last(count):
            return np.arange(count)[:, None] >= (count - 1) // micro_batch * micro_batch

        def stepped(shares=None, **changed):
            return expected(**{**inputs, **changed}, shares=shares)

        answer.mistake(stepped(lambda count: 1), "sum-of-gradients", sums)
        answer.mistake(stepped(lambda count: 1 / own(count)), "means-summed", means)
        answer.mistake(stepped(lambda count: 1 / own(count) / -(-count // micro_batch)), "mean-of-means", mean_of_means)
        answer.mistake(stepped(lambda count: 1 / own(count) / count), "divided-twice", twice)
        answer.mistake(stepped(lambda count: last(count) / count), "last-micro-batch-only", written_over)
        starts = range(0, len(inputs["labels"][0]), micro_batch)
        cut = {key: [step[n : n + micro_batch] for step in inputs[key] for n in starts] for key in ("images", "labels")}
        answer.mistake(stepped(**cut), "update-per-micro-batch", many)
        answer.mistake(stepped(lambda count: 1 / len(inputs["labels"][0]), **cut), "update-per-micro-batch", many)
        answer.close_to(expected(**inputs), rtol=1e-4, atol=2e-5)

    with ask.part(1, T("equal micro-batches", "các lô con bằng nhau")):
        micro_batch, pieces = (int(n) for n in ask.random.integers([3, 2], [8, 6]))
        compare(micro_batch, batch=micro_batch * pieces)
    with ask.part(1, T("a smaller last micro-batch", "lô con cuối nhỏ hơn")):
        micro_batch = int(ask.random.integers(7, 12))
        compare(micro_batch, batch=2 * micro_batch + int(ask.random.integers(1, 4)))
    with ask.part(1, T("several updates in a row, with momentum", "nhiều lần cập nhật liên tiếp, có động lượng")):
        compare(5, batch=13, steps=3, momentum=float(ask.random.uniform(0.5, 0.9)))
    with ask.part(1, T("never more than a micro-batch at once", "không bao giờ nhiều hơn một lô con cùng lúc")):
        micro_batch, batch = (int(n) for n in ask.random.integers([4, 20], [9, 40]))
        inputs = draw(batch)
        most, total = ask.probe(source + "return max(seen, default=0), sum(seen)", micro_batch=micro_batch, **inputs).value
        ask.answer(most, T("the most images in the net at once", "số ảnh nhiều nhất cùng lúc trong mạng")).at_most(micro_batch)
        words = T(f"of {batch} images, the number that went through the net", f"trong {batch} ảnh, số ảnh đã qua mạng")
        ask.answer(total, words).equals(batch)
### END HIDDEN TESTS

# %% [markdown] name="scaled_lr_text" lang="en"
# ## Task 6. A learning rate for every batch size (2 points)
#
# With a batch $k$ times as large there are $k$ times fewer updates in an epoch. To get as far, each one has to be about $k$
# times as long: the *linear scaling rule* (Goyal et al. 2017). From a rate that works at a base batch size,
#
# $$\text{target} = \text{base lr} \cdot \frac{\text{batch size}}{\text{base batch}}.$$
#
# At the start, when the weights change fast, so high a rate may throw the net off its course. So they begin with the base rate
# and raise it by equal amounts from update to update: update number 0 uses the base rate, update number `warmup_steps` and all
# later ones use the target. That is the *warm-up*.

# %% [markdown] name="scaled_lr_text" lang="vi"
# ## Nhiệm vụ 6. Tốc độ học cho mọi kích thước lô (2 điểm)
#
# Với lô lớn gấp $k$ lần, số lần cập nhật trong một epoch ít đi $k$ lần. Muốn đi xa như trước thì mỗi bước phải dài gấp khoảng
# $k$ lần: đó là *quy tắc tỉ lệ tuyến tính* (Goyal và cộng sự 2017). Từ một tốc độ học tốt ở kích thước lô cơ sở,
#
# $$\text{đích} = \text{tốc độ học cơ sở} \cdot \frac{\text{kích thước lô}}{\text{kích thước lô cơ sở}}.$$
#
# Lúc đầu, khi trọng số thay đổi nhanh, tốc độ học cao như vậy có thể làm mạng chệch hướng. Vì thế họ bắt đầu từ tốc độ cơ sở và
# tăng dần đều sau mỗi lần cập nhật: lần cập nhật số 0 dùng tốc độ cơ sở, lần số `warmup_steps` và mọi lần sau đó dùng giá trị
# đích. Đó là *khởi động dần* (warm-up).

# %% nbgrader={"grade": false, "grade_id": "scaled_lr", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scaled_lr(step, batch_size, base_lr, base_batch, warmup_steps=0):
    """The learning rate of update number `step` (from 0), a float: the linear scaling rule with gradual warm-up.

    base_lr: a rate that works for batches of `base_batch` images. warmup_steps: the number of the first update at the full rate.
    """
    """vi: Tốc độ học của lần cập nhật số `step` (đếm từ 0), một số thực: quy tắc tỉ lệ tuyến tính với khởi động dần.

    base_lr: tốc độ học tốt với lô `base_batch` ảnh. warmup_steps: số thứ tự của lần cập nhật đầu tiên dùng tốc độ đầy đủ.
    """
    ### BEGIN SOLUTION
    target = base_lr * batch_size / base_batch
    if step >= warmup_steps:
        return target
    return base_lr + (target - base_lr) * step / warmup_steps
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "scaled_lr-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
print(*(number(scaled_lr(step, 1024, base_lr=0.1, base_batch=256, warmup_steps=4), 4) for step in range(6)))
print(number(scaled_lr(0, 8192, base_lr=0.1, base_batch=256), 4))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw():
        batch_size, base_batch, warmup = (int(n) for n in ask.random.integers([8, 8, 5], [4096, 512, 400]))
        base_lr = float(ask.random.uniform(0.001, 0.5))
        return batch_size, base_lr, base_batch, warmup, base_lr * batch_size / base_batch

    turned = T("is lower the larger the batch is: it grows with the batch", "càng nhỏ khi lô càng lớn: nó phải tăng theo lô")
    root = T(
        "grows with the root of the batch size: the rule here is linear",
        "tăng theo căn của kích thước lô: quy tắc ở đây là tuyến tính",
    )
    with ask.part(1, T("the full rate", "tốc độ học đầy đủ")):
        for number in range(4):
            batch_size, base_lr, base_batch, warmup, target = draw()
            # Without warm-up update number 0 has the full rate, too.
            answer = ask.call("scaled_lr", number * int(ask.random.integers(1, 33)), batch_size, base_lr, base_batch)
            answer.mistake(base_lr * base_batch / batch_size, "turned-round", turned)
            answer.mistake(base_lr * math.sqrt(batch_size / base_batch), "square-root", root).close_to(target)
            for step in (warmup, warmup + int(ask.random.integers(1, 1000))):
                answer = ask.call("scaled_lr", step, batch_size, base_lr, base_batch, warmup)
                answer.mistake(base_lr * base_batch / batch_size, "turned-round", turned)
                answer.mistake(base_lr * math.sqrt(batch_size / base_batch), "square-root", root).close_to(target)
    with ask.part(1, T("the warm-up", "khởi động dần")):
        for _ in range(4):
            batch_size, base_lr, base_batch, warmup, target = draw()
            for step in (0, int(ask.random.integers(1, warmup)), warmup - 1):
                expected = base_lr + (target - base_lr) * step / warmup
                answer = ask.call("scaled_lr", step, batch_size, base_lr, base_batch, warmup)
                zero = T(
                    "warms up from 0: update number 0 has the base rate",
                    "khởi động từ 0: lần cập nhật số 0 dùng tốc độ cơ sở",
                )
                answer.mistake(target * step / warmup, "from-0", zero)
                early = T("counts updates from 1: the first has number 0", "đếm lần cập nhật từ 1: lần đầu mang số 0")
                answer.mistake(base_lr + (target - base_lr) * (step + 1) / warmup, "counts-from-1", early)
                fast = T(
                    "is one update early: number `warmup_steps` is the first with the target",
                    "sớm một lần cập nhật: lần số `warmup_steps` mới đạt đích",
                )
                answer.mistake(base_lr + (target - base_lr) * step / (warmup - 1), "one-update-early", fast)
                none = T("has no warm-up", "không khởi động dần")
                answer.mistake(target, "no-warm-up", none).close_to(expected)
### END HIDDEN TESTS

# %% [markdown] name="sweep_text" lang="en"
# ### The same images, in batches of 16 to 1024
#
# LeNet with ReLU, its weights drawn as He et al. (2015) do for ReLU, sees the same 15,000 images once, in small or in large
# batches: 938 updates at batch 16 and 15 at batch 1024. One curve keeps the learning rate, the other scales it by your rule. (The
# warm-up here is that of `fit`: it takes the first tenth of the run and starts near 0.) Each is run from three seeds, and
# measured on the 5,000 validation images, which none of them has seen. A run that diverges counts as a guess, 0.1.
#
# Guess first: how many of the validation images does the net get right at batch 1024, at the old rate of 0.02 and at the scaled
# one of 1.28? Write two numbers from 0 to 1 in the place of `None`.

# %% [markdown] name="sweep_text" lang="vi"
# ### Cùng số ảnh, lô từ 16 đến 1.024
#
# LeNet với ReLU, trọng số khởi tạo theo cách của He và cộng sự (2015) dành cho ReLU, xem một lần cùng 15.000 ảnh, chia thành lô
# nhỏ hoặc lô lớn: 938 lần cập nhật với lô 16 và 15 lần với lô 1.024. Một đường giữ nguyên tốc độ học, đường kia đổi theo quy tắc
# của bạn. (Khởi động dần ở đây là của `fit`: nó chiếm một phần mười đầu và bắt đầu gần 0.) Mỗi cách chạy với ba hạt giống và được
# đo trên 5.000 ảnh thẩm định mà không lần chạy nào đã thấy. Lần chạy nào phân kỳ thì tính như đoán mò, 0,1.
#
# Hãy đoán trước: với lô 1.024, mạng đúng bao nhiêu phần số ảnh thẩm định, khi giữ tốc độ học cũ 0,02 và khi tăng lên 1,28? Hãy
# viết hai số từ 0 đến 1 vào chỗ `None`.

# %% name="guess"
guess = {
    say("batch 1024, rate 0.02", "lô 1.024, tốc độ học 0,02"): None,
    say("batch 1024, rate 1.28", "lô 1.024, tốc độ học 1,28"): None,
}

# %% [markdown] name="sweep_now" lang="en"
# Now the runs. They take about a minute and a half.

# %% [markdown] name="sweep_now" lang="vi"
# Bây giờ chạy thật. Máy chạy chừng một phút rưỡi.

# %% name="sweep"
from gluon_alexnet import FashionMNISTLoader, fit, lenet
from gluon_alexnet.errors import DivergedError

IMAGES, BASE_BATCH, BASE_LR, SEEDS = 15_000, 16, 0.02, (0, 1, 2)
SIZES = [16, 64, 256, 1024]
validation = FashionMNISTLoader("validation", 500)


def accuracy_and_speed(batch_size, lr, seed):
    """(validation accuracy, training images per second) of LeNet with ReLU after IMAGES images."""
    """vi: (độ chính xác trên ảnh thẩm định, số ảnh huấn luyện mỗi giây) của LeNet với ReLU sau IMAGES ảnh."""
    train_data = FashionMNISTLoader("train-rest", batch_size, limit=IMAGES, seed=seed)
    settings = {"lr": lr, "seed": seed, "warmup": 0.1, "initializer": "he", "precision": "float32", "progress": False}
    try:
        last = fit(lenet(activation="relu"), train_data, validation_data=validation, epochs=1, **settings).epochs[-1]
    except DivergedError:
        return 0.1, math.nan
    return last.validation_accuracy, last.images_per_second


def runs(batch_size, lr):
    """The accuracies of all seeds, and the median of the speeds."""
    """vi: Độ chính xác của mọi hạt giống, và trung vị của tốc độ."""
    accuracies, speeds = zip(*(accuracy_and_speed(batch_size, lr, seed) for seed in SEEDS), strict=True)
    return np.array(accuracies), np.nanmedian(speeds)


kept = {size: runs(size, BASE_LR) for size in SIZES}
scaled = {BASE_BATCH: kept[BASE_BATCH]}
for size in SIZES[1:]:
    scaled[size] = runs(size, scaled_lr(0, size, BASE_LR, BASE_BATCH))
for size in SIZES:
    lr, steps, speed = scaled_lr(0, size, BASE_LR, BASE_BATCH), updates(IMAGES, size), number(kept[size][1], 0)
    old, new = (number(how[size][0].mean(), 3) for how in (kept, scaled))
    print(
        say(
            f"batch {size}: {steps} updates, accuracy {old} at rate {number(BASE_LR, 2)}, {new} at rate {number(lr, 2)}; "
            f"{speed} images/s",
            f"lô {number(size)}: {steps} lần cập nhật, độ chính xác {old} với tốc độ học {number(BASE_LR, 2)} và {new} với "
            f"{number(lr, 2)}; {speed} ảnh/s",
        )
    )

# %% name="sweep_curves"
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained", width_ratios=(3, 2))
for how, marks, color, label in (
    (scaled, "o-", BLUE, say("rate in proportion to the batch", "tốc độ học tăng theo lô")),
    (kept, "s--", ORANGE, say("the same rate for all", "giữ nguyên tốc độ học")),
):
    left.plot(SIZES, [how[size][0].mean() for size in SIZES], marks, color=color, label=label)
    for size in SIZES:
        left.plot([size] * len(SEEDS), how[size][0], "_", color=color, markersize=12, alpha=0.7)
left.axhline(0.1, color=GREY, linestyle=":", label=say("a guess", "đoán mò"))
left.set_ylabel(say("validation accuracy", "độ chính xác trên ảnh thẩm định"))
old, new = (number(how[256][0].mean(), 2) for how in (kept, scaled))
old_large, new_large = (number(how[1024][0].mean(), 2) for how in (kept, scaled))
left.set_title(
    say(
        f"At batch 256: {old} at the old rate, {new} scaled;\n"
        f"at batch 1024: {old_large} and {new_large} (three runs: bars; mean: marks)",
        f"Lô 256: {old} khi giữ tốc độ học, {new} khi tăng;\n"
        f"lô 1.024: {old_large} và {new_large} (gạch: ba lần chạy; dấu: trung bình)",
    )
)
left.legend(loc="best")
speeds = [kept[size][1] for size in SIZES]
right.plot(SIZES, speeds, "D-", color=GREEN)
right.set_yscale("log")
gains = " / ".join(f"×{number(later / earlier, 2)}" for earlier, later in zip(speeds, speeds[1:], strict=False))
right.set_yticks(speeds, [number(speed, 0) for speed in speeds])
right.minorticks_off()
right.set_ylabel(say("training speed, images/s", "tốc độ huấn luyện, ảnh/s"))
right.set_title(say(f"Speed: each fourfold batch brings\n{gains}", f"Tốc độ: mỗi lần tăng lô gấp bốn được\n{gains}"))
for axes in (left, right):
    axes.set_xscale("log", base=2)
    axes.set_xticks(SIZES, [number(size) for size in SIZES])
    axes.set_xlabel(say("batch size, images", "kích thước lô, ảnh"))
words.show()
words.guesses(
    guess,
    {
        say("batch 1024, rate 0.02", "lô 1.024, tốc độ học 0,02"): kept[1024][0].mean(),
        say("batch 1024, rate 1.28", "lô 1.024, tốc độ học 1,28"): scaled[1024][0].mean(),
    },
)

# %% [markdown] name="recorded_text" lang="en"
# ### Longer, and AlexNet: recorded runs
#
# One look at 15,000 images says little about a net that is trained for longer, and AlexNet takes longer than a lesson. So runs of
# both were recorded once with `benchmarks/batch_sizes.py`. LeNet with ReLU sees all 60,000 images five times, with a rate of 0.02
# at batch 16. AlexNet sees 6,000 images once, at 224×224, with dropout of 0.1, a rate of 0.01 at batch 32 and Nesterov momentum
# of 0.9, which lets steps in one direction add up to about ten times their length. Its rate falls by a cosine. Both begin with
# He's weights and a warm-up. Measured on test images (2,000 of them for AlexNet), by which nothing was chosen. A point is the mean
# of three runs with three seeds; the short lines are the runs.

# %% [markdown] name="recorded_text" lang="vi"
# ### Lâu hơn, và AlexNet: những lần chạy đã ghi sẵn
#
# Xem một lần 15.000 ảnh thì chưa nói được nhiều về một mạng huấn luyện lâu hơn, còn AlexNet thì cần nhiều thời gian hơn một buổi
# học. Vì vậy các lần chạy của cả hai đã được ghi sẵn bằng `benchmarks/batch_sizes.py`. LeNet với ReLU xem cả 60.000 ảnh năm lần,
# với tốc độ học 0,02 ở lô 16. AlexNet xem 6.000 ảnh một lần, ở 224×224, với dropout 0,1, tốc độ học 0,01 ở lô 32 và động lượng
# Nesterov 0,9, nhờ đó các bước cùng hướng cộng lại dài gấp chừng mười lần. Tốc độ học của nó giảm theo lịch cosine. Cả hai bắt
# đầu bằng trọng số kiểu He và khởi động dần. Độ chính xác được đo trên ảnh kiểm tra (với AlexNet là 2.000 ảnh), những ảnh
# không được dùng để chọn bất cứ điều gì. Mỗi điểm là trung bình của ba lần chạy với ba hạt giống; mỗi gạch ngắn là một lần chạy.

# %% name="recorded_sweep"
from gluon_alexnet.study import recorded

names = {"lenet_relu": say("LeNet with ReLU", "LeNet với ReLU"), "alexnet": "AlexNet"}
figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for axes, (model, name) in zip(panels, names.items(), strict=True):
    sizes, counts = set(), set()
    for how, marks, color, label in (
        ("scaled", "o-", BLUE, say("rate in proportion to the batch", "tốc độ học tăng theo lô")),
        ("kept", "s--", ORANGE, say("the same rate for all", "giữ nguyên tốc độ học")),
    ):
        record = recorded(f"{model}-batch-{how}")
        ends, lost = {}, []
        for run in record["runs"]:
            sizes.add(run["batch_size"])
            finished = run["stopped"] == "finished"
            ends.setdefault(run["batch_size"], []).append(run["test_accuracy"][-1] if finished else 0.1)
            lost += [] if finished else [run["batch_size"]]
        axes.plot(list(ends), [np.mean(found) for found in ends.values()], marks, color=color, label=label)
        for size, found in ends.items():
            axes.plot([size] * len(found), found, "_", color=color, markersize=12, alpha=0.7)
        axes.plot(lost, [0.1] * len(lost), "x", color="black", markersize=9)
        means = "; ".join(f"{number(size)}: {number(np.mean(found), 3)}" for size, found in ends.items())
        print(f"{name}, {label}: {means}")
        counts |= {len(found) for found in ends.values()}
    images, seeds = number(record["train_images"]), "–".join(map(str, sorted(counts)))
    axes.set_title(
        say(
            f"{name}, {record['settings']['epochs']} × {images} images, {seeds} runs for each point",
            f"{name}, {record['settings']['epochs']} × {images} ảnh, số lần chạy mỗi điểm: {seeds}",
        )
    )
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(sizes), [number(size) for size in sorted(sizes)])
    axes.set_xlabel(say("batch size, images", "kích thước lô, ảnh"))
for axes in panels:
    axes.set_ylim(0, 0.92)
    axes.set_ylabel(say("test accuracy", "độ chính xác trên ảnh kiểm tra"))
panels[1].plot([], [], "x", color="black", markersize=9, label=say("diverged", "phân kỳ"))
panels[1].legend(loc="upper right", fontsize=9)
words.show()

# %% [markdown] name="why_rate" lang="en" tags=["why"]
# ### Why? The batch, the rate, and the end of the rule
#
# Why does a larger batch bear a larger rate at all? And why does that come to an end, though the gradient of a larger batch is
# the more exact one? Say what the pictures show of either, and what the warm-up has to do with it.

# %% [markdown] name="why_rate" lang="vi" tags=["why"]
# ### Vì sao? Lô, tốc độ học, và giới hạn của quy tắc
#
# Vì sao lô lớn hơn lại chịu được tốc độ học cao hơn? Và vì sao điều đó có giới hạn, dù gradient của lô lớn chính xác hơn? Hãy
# chỉ ra các hình cho thấy gì về mỗi ý, và khởi động dần có vai trò gì ở đây.

# %% [markdown] name="why_rate-answer" lang="en"
# While the weights move little, the gradients of $k$ small batches are nearly taken at the same place. Then $k$ small steps one
# after the other come to the same as one step with $k$ times the rate along the mean gradient of all $k$ batches; at the old rate
# it would be a $k$-th as far, which is why the curve of the same rate sinks. The end comes where the loss bends within one step: beyond a
# rate of about two over the curvature a step lands higher on the other side than it began, however exact its gradient. So the
# noise is not what sets the highest rate of a large batch. At the start, where the curvature is often greatest, the warm-up takes
# shorter steps; it helps until the full rate itself is too high, as the right ends of the curves of the scaled rate show.

# %% [markdown] name="why_rate-answer" lang="vi"
# Khi trọng số mới dịch chuyển ít, gradient của $k$ lô nhỏ được tính gần như ở cùng một chỗ. Khi đó $k$ bước nhỏ liên tiếp cho kết
# quả gần như một bước với tốc độ học gấp $k$ theo gradient trung bình của cả $k$ lô; nếu giữ tốc độ cũ thì chỉ đi được một phần
# $k$ quãng đường, nên đường giữ nguyên tốc độ học tụt xuống. Giới hạn nằm ở chỗ mất mát cong đi ngay trong một bước: khi tốc độ học vượt quá chừng
# hai chia cho độ cong, bước nhảy sang bờ bên kia lại ở cao hơn chỗ xuất phát, dù gradient chính xác đến đâu. Vậy với lô lớn,
# không phải nhiễu quyết định tốc độ học cao nhất. Lúc đầu, khi độ cong thường lớn nhất, khởi động dần đi những bước ngắn hơn; nó
# giúp được cho đến khi chính tốc độ đầy đủ đã quá cao, như đầu bên phải của các đường tăng tốc độ học theo lô cho thấy.

# %% [markdown] name="gradient_noise_text" lang="en"
# ## Task 7. How much noise, and when does a larger batch stop helping? (4 points)
#
# Each example $i$ of $n$ has its own gradient $g_i$, a vector. Their mean is $\bar g$. A mini-batch gives the mean $g_B$ of
# only $B$ of them.
#
# **(a)** `gradient_noise`: how far is $g_B$ from $\bar g$, as the mean of $\lVert g_B - \bar g\rVert^2$ over all mini-batches
# that may be drawn? *With* replacement (the same example may come twice) the draws are independent, and variances of
# independent draws add up. *Without* replacement, as in an epoch, the noise is smaller by the factor $\frac{n-B}{n-1}$: a batch
# of all $n$ examples has no noise at all.
#
# **(b)** `noise_scale`: the noise of a single example, divided by the signal (McCandlish et al. 2018):
#
# $$B_\text{noise} = \frac{\operatorname{tr}\Sigma}{\lVert G\rVert^2}.$$
#
# Below $B_\text{noise}$, twice the batch nearly halves the number of updates you need; above it, it mostly doubles the cost of
# each. $G$ and $\Sigma$ are the mean and the covariance of the gradients of *all the images there could be*; your $n$ rows are
# a sample of them. Two corrections make the estimates unbiased. The sum of the squared distances from $\bar g$ is divided by
# $n - 1$ to give $\operatorname{tr}\Sigma$. And $\lVert\bar g\rVert^2$ is on average too large, since $\bar g$ itself is noisy:
# its mean is $\lVert G\rVert^2 + \operatorname{tr}\Sigma / n$. Subtract the surplus.

# %% [markdown] name="gradient_noise_text" lang="vi"
# ## Nhiệm vụ 7. Nhiễu bao nhiêu, và khi nào lô lớn hơn không còn giúp ích? (4 điểm)
#
# Mỗi ví dụ $i$ trong $n$ ví dụ có gradient riêng $g_i$, một vectơ. Trung bình của chúng là $\bar g$. Một lô nhỏ (mini-batch)
# chỉ cho trung bình $g_B$ của $B$ ví dụ.
#
# **(a)** `gradient_noise`: $g_B$ cách $\bar g$ bao xa, đo bằng trung bình của $\lVert g_B - \bar g\rVert^2$ trên mọi lô nhỏ có
# thể rút được? Rút *có* hoàn lại (một ví dụ có thể xuất hiện hai lần) thì các lần rút độc lập, và phương sai của các lần rút
# độc lập cộng lại với nhau. Rút *không* hoàn lại, như trong một epoch, thì nhiễu nhỏ hơn theo hệ số $\frac{n-B}{n-1}$: lô gồm
# cả $n$ ví dụ không còn nhiễu nào.
#
# **(b)** `noise_scale`: nhiễu của một ví dụ chia cho tín hiệu (McCandlish và cộng sự 2018):
#
# $$B_\text{noise} = \frac{\operatorname{tr}\Sigma}{\lVert G\rVert^2}.$$
#
# Dưới $B_\text{noise}$, tăng lô gấp đôi thì số lần cập nhật cần thiết giảm gần một nửa; trên mức đó, chủ yếu chỉ làm mỗi lần cập
# nhật tốn gấp đôi. $G$ và $\Sigma$ là trung bình và hiệp phương sai của gradient trên *mọi ảnh có thể có*; $n$ hàng của bạn chỉ
# là một mẫu. Cần hai hiệu chỉnh để ước lượng không chệch. Tổng bình phương khoảng cách tới $\bar g$ được chia cho $n - 1$ để ra
# $\operatorname{tr}\Sigma$. Còn $\lVert\bar g\rVert^2$ thì có kỳ vọng lớn hơn giá trị thật, vì chính $\bar g$ cũng có nhiễu: kỳ
# vọng của nó là $\lVert G\rVert^2 + \operatorname{tr}\Sigma / n$. Hãy trừ phần dư đó đi.

# %% nbgrader={"grade": false, "grade_id": "gradient_noise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_noise(gradients, batch_size, replace=True):
    """The mean of |g_B - g|^2 over all mini-batches of `batch_size` examples, a float; g is the mean of all rows.

    gradients: float array (n, p), row i the gradient of example i, n at least 2. replace: whether an example may be drawn again;
    where not, batch_size is at most n.
    """
    """vi: Trung bình của |g_B - g|^2 trên mọi lô nhỏ gồm `batch_size` ví dụ, một số thực; g là trung bình của mọi hàng.

    gradients: mảng số thực (n, p), hàng i là gradient của ví dụ i, n ít nhất là 2. replace: một ví dụ có được rút lại hay không;
    nếu không thì batch_size nhiều nhất là n.
    """
    ### BEGIN SOLUTION
    n = len(gradients)
    variance = ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean()
    return float(variance / batch_size * (1 if replace else (n - batch_size) / (n - 1)))
    ### END SOLUTION


def noise_scale(gradients):
    """The noise scale tr(Sigma) / |G|^2, a float, from unbiased estimates of both out of the rows of `gradients` (n, p).

    math.inf where the estimate of |G|^2 is not positive: then the rows are too few to tell the signal from the noise.
    """
    """vi: Thang nhiễu tr(Sigma) / |G|^2, một số thực, từ ước lượng không chệch của cả hai, tính trên các hàng của `gradients` (n, p).

    math.inf nếu ước lượng của |G|^2 không dương: khi đó số hàng quá ít để phân biệt tín hiệu với nhiễu.
    """
    ### BEGIN SOLUTION
    n = len(gradients)
    mean = gradients.mean(axis=0)
    noise = ((gradients - mean) ** 2).sum() / (n - 1)
    signal = (mean**2).sum() - noise / n
    return float(noise / signal) if signal > 0 else math.inf
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gradient_noise-check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
gradients = np.array([[1.0, 0.0], [3.0, 2.0], [5.0, 4.0]])
print(number(gradient_noise(gradients, 2), 4), number(gradient_noise(gradients, 2, replace=False), 4))
print(number(noise_scale(gradients), 4), noise_scale(gradients - gradients.mean(axis=0)))
### BEGIN HIDDEN TESTS
def check(ask):
    import itertools

    def draw(n, p=7):
        return ask.random.normal(0, 0.8, p) + ask.random.normal(0, ask.random.uniform(0.5, 1.5), (n, p))

    def by_hand(gradients, batches):
        means = np.array([gradients[list(batch)].mean(axis=0) for batch in batches])
        return float(((means - gradients.mean(axis=0)) ** 2).sum(axis=1).mean())

    def variance(gradients):
        return float(((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean())

    def judge(gradients, size, expected, **how):
        answer, noise, n = ask.call("gradient_noise", gradients, size, **how), variance(gradients) / size, len(gradients)
        if how:
            with_them = T("is the noise of draws with replacement", "là nhiễu khi rút có hoàn lại")
            answer.mistake(noise, "replace-ignored", with_them)
            over_n = T("takes (n - B) / n for (n - B) / (n - 1)", "lấy (n - B) / n thay vì (n - B) / (n - 1)")
            answer.mistake(noise * (n - size) / n, "n-for-n-minus-1", over_n)
        sample = T("divides by n - 1: all n examples are there, so it is n", "chia cho n - 1: có đủ cả n ví dụ, nên chia cho n")
        answer.mistake(expected * n / (n - 1), "n-minus-1", sample)
        answer.mistake(expected * size, "one-example", T("is the noise of a single example", "là nhiễu của một ví dụ"))
        mean = T("is a mean over the components of a gradient: asked is their sum", "là trung bình qua các thành phần: cần tổng")
        answer.mistake(expected / gradients.shape[1], "mean-over-components", mean)
        rooted = T("is a root: asked is the squared distance", "là căn bậc hai: đề bài cần bình phương khoảng cách")
        answer.mistake(math.sqrt(expected), "square-root", rooted)
        answer.mistake(expected / size, "batch-size-squared", T("divides by the batch size twice", "chia cho kích thước lô hai lần"))
        answer.close_to(expected, atol=1e-12)

    with ask.part(1, T("the noise of batches drawn with replacement", "nhiễu của các lô rút có hoàn lại")):
        few, many = draw(4), draw(90)
        for size in (2, 3):
            batches = itertools.product(range(4), repeat=size)
            judge(few, size, by_hand(few, batches))
        size = int(ask.random.integers(2, 200))
        judge(many, size, variance(many) / size)
    with ask.part(1, T("the noise of batches drawn without replacement", "nhiễu của các lô rút không hoàn lại")):
        few, many = draw(6), draw(90)
        for size in (2, 4, 6):
            batches = itertools.combinations(range(6), size)
            judge(few, size, by_hand(few, batches), replace=False)
        size = int(ask.random.integers(2, 89))
        judge(many, size, variance(many) / size * (90 - size) / 89, replace=False)
    with ask.part(1, T("the noise scale from many examples", "thang nhiễu từ nhiều ví dụ")):
        # So many that the two corrections hardly matter.
        gradients = draw(500, p=12) + 1
        answer, signal = ask.call("noise_scale", gradients), (gradients.mean(axis=0) ** 2).sum()
        answer.mistake(signal / variance(gradients), "turned-round", T("is signal over noise", "là tín hiệu chia cho nhiễu"))
        total = T("is the noise of the mean, not of a single example", "là nhiễu của trung bình, không phải của một ví dụ")
        answer.mistake(variance(gradients) / 500 / signal, "noise-of-the-mean", total)
        answer.close_to(variance(gradients) / signal, rtol=0.03)
    with ask.part(1, T("the noise scale from few examples, unbiased", "thang nhiễu từ ít ví dụ, không chệch")):
        gradients = draw(8, p=12) + 2
        noise, signal = variance(gradients) * 8 / 7, (gradients.mean(axis=0) ** 2).sum()
        answer = ask.call("noise_scale", gradients)
        by_n = T("divides the noise by n: a sample needs n - 1", "chia nhiễu cho n: với mẫu phải chia cho n - 1")
        answer.mistake(variance(gradients) / (signal - variance(gradients) / 8), "noise-over-n", by_n)
        surplus = T("does not subtract the surplus of the mean's own noise", "không trừ phần dư do nhiễu của chính trung bình")
        answer.mistake(noise / signal, "surplus-kept", surplus)
        neither = T("makes neither of the two corrections", "không hiệu chỉnh gì trong hai hiệu chỉnh")
        answer.mistake(variance(gradients) / signal, "no-corrections", neither)
        answer.close_to(noise / (signal - noise / 8), rtol=1e-4)
        # The scale is the same, however small the gradients are.
        ask.call("noise_scale", 0.01 * gradients).close_to(noise / (signal - noise / 8), rtol=1e-4)
        # A mean near zero is far less than its own noise: nothing but noise is left.
        nothing = draw(8)
        nothing = 0.1 * (nothing - nothing.mean(axis=0)) + 1e-3
        ask.call("noise_scale", nothing).equals(math.inf)
### END HIDDEN TESTS

# %% [markdown] name="noise_curves_text" lang="en"
# ### LeNet's own gradients
#
# The gradients of 1,024 single images, 61,706 numbers each, before training and after one pass over all images in batches of
# 256. Dots: the mean squared distance measured over 200 random mini-batches. Lines: your formula. Dashed: the signal
# $\lVert G\rVert^2$, where 1,024 images are enough to tell it from noise. Where the noise sinks below the signal lies the noise
# scale. How sure is that number? Below the picture stands what either half of the 1,024 images would have said. This takes
# about 20 seconds and 1 GB of memory.

# %% [markdown] name="noise_curves_text" lang="vi"
# ### Gradient của chính LeNet
#
# Gradient của từng ảnh trong 1.024 ảnh, mỗi gradient 61.706 số, trước khi huấn luyện và sau một epoch trên mọi ảnh với lô 256.
# Chấm: bình phương khoảng cách trung bình đo trên 200 lô nhỏ ngẫu nhiên. Đường liền: công thức của bạn. Đường gạch: tín hiệu
# $\lVert G\rVert^2$, nếu 1.024 ảnh đủ để phân biệt nó với nhiễu. Chỗ nhiễu chìm xuống dưới tín hiệu chính là thang nhiễu. Con số
# ấy chắc chắn đến đâu? Dưới hình là kết quả nếu chỉ dùng nửa này hoặc nửa kia của 1.024 ảnh. Máy chạy chừng 20 giây và cần 1
# GB bộ nhớ.

# %% name="noise_curves"
from gluon_alexnet.machine import devices
from gluon_alexnet.prepare import prepare

EXAMPLES = 1024


def example_gradients(net, images, labels):
    """The gradient of the loss of each image alone: float32 (n, parameters)."""
    """vi: Gradient của mất mát trên từng ảnh riêng lẻ: float32 (n, số tham số)."""
    loss, parameters = mx.gluon.loss.SoftmaxCrossEntropyLoss(), list(net.collect_params().values())
    gradients = np.empty((len(labels), sum(parameter.data().size for parameter in parameters)), "float32")
    for place in range(len(labels)):
        with mx.autograd.record():
            losses = loss(net(images[place : place + 1]), labels[place : place + 1])
        losses.backward()
        gradients[place] = np.concatenate([parameter.grad().asnumpy().ravel() for parameter in parameters])
    return gradients


def told(scale):
    """A noise scale in words."""
    """vi: Thang nhiễu viết bằng lời."""
    more = say("more than can be told", "lớn hơn mức đo được")
    return say(f"{number(scale, 0)} images", f"{number(scale, 0)} ảnh") if math.isfinite(scale) else more


device = devices.resolve()[0]
random = np.random.default_rng(0)
images, labels = (array.as_in_ctx(device) for array in next(FashionMNISTLoader("train", EXAMPLES, seed=1).batches(0)))
mx.random.seed(0)
net = lenet(activation="relu")
prepare(net, images, [device], "he")
sizes = [2**power for power in range(12)]
lines, scales = [], []
figure, axes = plt.subplots(figsize=(8, 4.6), layout="constrained")
for stage, color, marker in (
    (say("before training", "trước khi huấn luyện"), BLUE, "o"),
    (say("after one pass", "sau một epoch"), ORANGE, "s"),
):
    if scales:
        fit(net, FashionMNISTLoader("train", 256), epochs=1, lr=0.1, precision="float32", progress=False)
    gradients = example_gradients(net, images, labels)
    measured = []
    for size in sizes:
        counts = random.multinomial(size, np.full(EXAMPLES, 1 / EXAMPLES), size=200)
        batch_gradients = (counts / size).astype("float32") @ gradients
        measured.append(((batch_gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean())
    one_image, scale = gradient_noise(gradients, 1), noise_scale(gradients)
    axes.plot(sizes, measured, marker, color=color, label=say(f"noise {stage}", f"nhiễu {stage}"))
    axes.plot([sizes[0], sizes[-1]], [one_image / sizes[0], one_image / sizes[-1]], color=color)
    if math.isfinite(scale):
        axes.axhline(one_image / scale, color=color, linestyle="--", label=say(f"signal {stage}", f"tín hiệu {stage}"))
    scales.append(f"{told(scale)} {stage}")
    halves = [told(noise_scale(half)) for half in np.split(gradients, 2)]
    lines.append(
        say(
            f"noise scale {stage}: {told(scale)}; from either half of the images: {halves[0]}, {halves[1]}",
            f"thang nhiễu {stage}: {told(scale)}; từ mỗi nửa số ảnh: {halves[0]}, {halves[1]}",
        )
    )
axes.set_xscale("log", base=2)
axes.set_yscale("log")
axes.set_xticks(sizes, [number(size) for size in sizes])
axes.set_xlabel(say("batch size, images (drawn with replacement)", "kích thước lô, ảnh (rút có hoàn lại)"))
axes.set_ylabel(say("squared length of the gradient's noise", "bình phương độ dài của nhiễu trong gradient"))
both = ", ".join(scales)
axes.set_title(
    say(f"The noise falls as 1 / batch size.\nNoise scale: {both}", f"Nhiễu giảm theo 1 / kích thước lô.\nThang nhiễu: {both}")
)
axes.legend()
words.show()
print(*lines, sep="\n")

# %% [markdown] name="why_512" lang="en" tags=["why"]
# ### Why? Batch 512 in 1 GB
#
# The chapter trains AlexNet at batch 128 with plain SGD and a rate of 0.01. You have 1 GB of memory and want batch 512. Which
# learning rate would you try first, how would you begin, and how do you fit the batch into the memory? Use your own measurements.
# And would you want that batch at all?

# %% [markdown] name="why_512" lang="vi" tags=["why"]
# ### Vì sao? Lô 512 trong 1 GB
#
# Chương huấn luyện AlexNet với lô 128, SGD thuần và tốc độ học 0,01. Bạn có 1 GB bộ nhớ và muốn dùng lô 512. Bạn sẽ thử tốc độ
# học nào trước, bắt đầu ra sao, và làm thế nào để lô ấy vừa bộ nhớ? Hãy dùng các số đo của chính bạn. Và liệu bạn có thật sự muốn
# lô ấy không?

# %% [markdown] name="why_512-answer" lang="en"
# By the rule four times the rate, 0.04, with a warm-up from 0.01 on. Plain SGD keeps 374 MB of weights and gradients. A step
# takes 6.5 MB an image, not the 3.10 of the table, so about 96 images fit into the rest of 1 GB, less what the
# libraries take: micro-batches of 64, eight to an update, whose gradients are added up before the one step. That costs no
# accuracy, since AlexNet has no batch normalisation, and hardly any time, since 64 images keep the processor busy. Whether the
# batch is worth it, the noise scale says: it saves updates, not images, so on one processor it gains nothing; it pays where eight
# devices can each take 64 images at once.

# %% [markdown] name="why_512-answer" lang="vi"
# Theo quy tắc, tốc độ học gấp bốn, 0,04, với khởi động dần từ 0,01. SGD thuần giữ 374 MB trọng số và gradient. Mỗi ảnh của một
# bước cần 6,5 MB chứ không phải 3,10 như trong bảng, nên phần còn lại của 1 GB chứa được chừng 96 ảnh, trừ đi phần của
# các thư viện: chia thành các lô con 64 ảnh, tám lô con cho một lần cập nhật, gradient được cộng dồn trước khi bước một bước.
# Cách này không làm giảm độ chính xác, vì AlexNet không có chuẩn hóa theo lô, và hầu như không tốn thêm thời gian, vì 64 ảnh đã
# làm bộ xử lý bận hết. Lô ấy có đáng không thì thang nhiễu cho biết: nó bớt số lần cập nhật chứ không bớt số ảnh, nên trên một bộ
# xử lý thì chẳng được lợi gì; nó đáng khi có tám thiết bị, mỗi thiết bị nhận 64 ảnh cùng lúc.

# %% [markdown] name="closing" lang="en"
# ## What you have seen
#
# - **Memory is a line in the batch size.** By the table, AlexNet at 224×224 in float32 has a fixed part of 374 MB with plain SGD
#   (187 MB of weights and as much of gradients), 561 MB with momentum, and 3.10 MB for each image. So the chapter's step on 128
#   images takes 771 MB by the table. From batch 121 on, images outweigh weights and gradients. (The chapter speaks of nearly 1 GB
#   of parameters. The net of 2012, with colours and 1,000 classes, has 60,965,224 of them, 244 MB, a quarter of that; with
#   gradients and momentum it is 732 MB. The net here has 187 MB, and 561 with both.) The backward pass wants room too: measured
#   on a CPU, a whole step took 6.5 MB for each image. On a GPU nobody has measured it for this notebook yet.
# - **Larger batches are a question of learning rate.** At one rate for all, fewer updates mean a worse net: in the recorded runs
#   LeNet falls from .875 at batch 16 to .754 at 256 and .717 at 1024. The scaled rate makes up for most of that as far as batch
#   256 (.838); but at 1024 its 1.28 is too high, and the net ends up guessing. AlexNet meets that end at once: at four times the
#   rate it diverges in its one pass, for a tenth of 47 updates is too short a warm-up; the old rate comes to .555 at batch
#   128 on as many images, and to .824 at batch 32. These are means of three runs, of which single ones lie far apart, as the
#   picture shows. Goyal et al. (2017) took ResNet-50 on ImageNet from batch 256 to 8,192 with the rule and the warm-up, the
#   error within 0.2 percentage points; beyond, it rose quickly.
# - **Larger batches are faster only while processors idle.** See your picture of the speed: relative to what there was, each
#   fourfold batch brings less than the one before. What a step costs whatever its batch weighs less and less, and once all cores
#   are busy nothing more is gained.
# - **Noise sets the limit.** It falls as $1/B$, the signal stays. McCandlish et al. (2018) found that the noise scale is small
#   early and grows as the loss falls: late in training a larger batch pays, early it does not. For LeNet here see the numbers
#   under the picture: it grows within one pass already. But see also how far the two halves of the images lie apart: such an
#   estimate is rough.
# - **And 128?** Krizhevsky et al. (2012) used it on two GPUs of 3 GB each, with momentum. The chapter's MXNet runs (saved outputs
#   of the chapter's code in three releases of the book, `docs/results.md`) at batch 128 and learning rate 0.01 reach a test
#   accuracy of .887 ± .004 over 89 runs.

# %% [markdown] name="closing" lang="vi"
# ## Những điều rút ra
#
# - **Bộ nhớ là một đường thẳng theo kích thước lô.** Theo bảng, AlexNet ở 224×224 với float32 có phần cố định 374 MB khi dùng SGD
#   thuần (187 MB trọng số và bấy nhiêu gradient), 561 MB khi có động lượng, cộng 3,10 MB cho mỗi ảnh. Vậy theo bảng, bước huấn
#   luyện 128 ảnh của chương cần 771 MB. Từ lô 121 trở lên, phần của ảnh nặng hơn trọng số và gradient. (Chương nói tham số gần 1
#   GB. Mạng năm 2012, với ảnh màu và 1.000 lớp, có 60.965.224 tham số, 244 MB, bằng một phần tư; kể cả gradient và động lượng là
#   732 MB. Mạng ở đây có 187 MB, kể cả hai thứ ấy là 561.) Lan truyền ngược cũng cần chỗ: đo trên CPU, cả bước cần 6,5 MB cho
#   mỗi ảnh. Trên GPU thì chưa ai đo cho sổ tay này.
# - **Lô lớn là chuyện của tốc độ học.** Nếu giữ nguyên tốc độ học, ít lần cập nhật hơn thì mạng kém hơn: trong các lần chạy đã
#   ghi, LeNet tụt từ 0,875 ở lô 16 xuống 0,754 ở lô 256 và 0,717 ở lô 1.024. Tăng tốc độ học theo lô bù lại gần hết cho đến lô
#   256 (0,838); nhưng ở lô 1.024, tốc độ 1,28 đã quá cao và mạng chỉ còn đoán mò. AlexNet gặp giới hạn ấy ngay: với tốc độ gấp
#   bốn, nó phân kỳ ngay trong lượt duy nhất, vì cả thảy chỉ có 47 lần thì một phần mười không đủ để khởi động dần; giữ
#   tốc độ cũ thì đạt 0,555 ở lô 128 với cùng số ảnh, so với 0,824 ở lô 32. Mỗi con số là trung bình của ba
#   lần chạy, mà từng lần thì cách nhau khá xa, như hình cho thấy. Goyal và cộng sự (2017) đưa ResNet-50 trên ImageNet từ lô
#   256 lên 8.192 nhờ quy tắc này và khởi động dần, sai số lệch không quá 0,2 điểm phần trăm; vượt quá đó, sai số tăng nhanh.
# - **Lô lớn chỉ nhanh hơn khi bộ xử lý còn rảnh.** Hãy xem hình tốc độ của bạn: so với mức đang có, mỗi lần tăng lô gấp bốn lại
#   được lợi ít hơn lần trước. Chi phí cố định của mỗi bước ngày càng nhẹ so với phần tính toán, và khi mọi nhân đều bận thì không
#   còn lợi gì thêm.
# - **Nhiễu đặt ra giới hạn.** Nhiễu giảm theo $1/B$ còn tín hiệu thì không. McCandlish và cộng sự (2018) thấy thang nhiễu nhỏ lúc
#   đầu và lớn dần khi mất mát giảm: cuối quá trình huấn luyện lô lớn mới đáng, lúc đầu thì không. Với LeNet ở đây, hãy xem các số
#   dưới hình: chỉ sau một epoch nó đã lớn lên. Nhưng hãy xem cả kết quả từ hai nửa số ảnh cách nhau bao xa: một ước lượng như vậy
#   còn thô.
# - **Còn số 128?** Krizhevsky và cộng sự (2012) dùng lô 128 trên hai GPU 3 GB, có động lượng. Các lần chạy MXNet của chương (kết
#   quả lưu sẵn của mã trong chương ở ba bản phát hành của sách, `docs/results.md`) với lô 128 và tốc độ học 0,01 đạt độ chính xác
#   trên tập kiểm tra 0,887 ± 0,004 qua 89 lần.

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

grade_this_notebook("03_batch_size")
