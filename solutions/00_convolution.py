# %% [markdown] name="intro" lang="en"
# # 0. Convolution by hand
#
# The nets of the chapter are made of layers that somebody else has written. Here you write each of them once, forward and
# backward, with nothing but NumPy: convolution, max pooling, the step of an optimizer, batch normalisation, and the local
# response normalisation of the AlexNet of 2012. You check every gradient of yours against one that needs no calculus, see what
# a filter makes of a garment and what momentum makes of a descent, and put your layers together to a net that learns 50
# garments by heart. At the end you will know what such a test proves, and what it does not.
#
# - **Time**: plan two to three hours; the machine computes for less than a minute.
# - **Where it stands**: the first notebook and the easiest; it can be done alone. 01 to 07 take the layers of MXNet and need
#   none of your code. The cross-entropy, which is given here, is a task of 01.
#
# **Your score** (8 tasks, 20 points)
#
# - Save (Ctrl+S, on a Mac Cmd+S), then run the last cell. Or in a terminal of JupyterLab, in the folder of this notebook
#   (`make lab` opens `my-exercises/`): `gluon-alexnet grade 00_convolution.ipynb`.
# - The answer cells count, those that begin with `# task:`, together with the cells that are given. So helper functions and
#   imports of your own belong in the answer cell that uses them. An answer may call the functions of earlier tasks; where
#   yours is wrong, later tasks are graded with a right one.
# - Answers may use NumPy and the standard library.
# - The check below each task prints a few values to compare with those written under it; the grader asks your functions about
#   other numbers, drawn anew each time.
#
# **Tools of this notebook**
#
# - `np` is NumPy; `plt` draws.
# - `windows` (given before Task 4): all windows of a batch of images at once.
# - `softmax_loss` (given before Task 6): the loss of a net and its gradient.
# - `words`: numbers, names of garments and the axes of plots as your language writes them; `number` is its `words.number`.

# %% [markdown] name="intro" lang="vi"
# # 0. Tự viết tích chập
#
# Các mạng trong chương được ghép từ những tầng do người khác viết sẵn. Ở đây bạn tự viết mỗi tầng một lần, cả lan truyền xuôi lẫn
# lan truyền ngược, chỉ bằng NumPy: tích chập, gộp cực đại, bước cập nhật của thuật toán tối ưu, chuẩn hóa theo lô, và chuẩn hóa đáp
# ứng cục bộ của AlexNet năm 2012. Bạn sẽ đối chiếu mọi gradient của mình với một gradient tính được mà không cần giải tích,
# xem bộ lọc làm gì với một món đồ và động lượng làm gì với đường xuống dốc, rồi ghép các tầng của mình thành một mạng học
# thuộc lòng 50 món đồ. Cuối cùng bạn sẽ hiểu phép thử ấy chứng minh được gì, và không chứng minh được gì.
#
# - **Thời gian**: nên dành hai đến ba giờ; máy chạy chưa đến một phút.
# - **Liên hệ với các sổ tay khác**: đây là sổ tay đầu tiên và dễ nhất, có thể làm riêng. Các sổ tay 01 đến 07 dùng tầng có sẵn
#   của MXNet, không cần mã bạn viết ở đây. Entropy chéo, ở đây cho sẵn, là một nhiệm vụ của sổ tay 01.
#
# **Xem điểm** (8 nhiệm vụ, 20 điểm)
#
# - Lưu sổ tay (Ctrl+S, trên máy Mac là Cmd+S) rồi chạy ô cuối cùng. Hoặc gõ trong cửa sổ dòng lệnh (Terminal) của JupyterLab, ở
#   thư mục chứa sổ tay này (`make lab` mở `my-exercises/`, bản tiếng Việt nằm trong `vi/`): `gluon-alexnet grade 00_convolution.ipynb`.
# - Được tính điểm là các ô trả lời, tức những ô bắt đầu bằng `# task:`, chạy cùng các ô cho sẵn. Vì vậy hãy đặt hàm phụ và
#   lệnh import của bạn ngay trong ô trả lời dùng đến chúng. Câu trả lời được phép gọi hàm của các nhiệm vụ trước; nếu hàm của
#   bạn sai, các nhiệm vụ sau được chấm với hàm đúng.
# - Câu trả lời được dùng NumPy và thư viện chuẩn của Python.
# - Ô kiểm tra dưới mỗi nhiệm vụ in ra vài giá trị để bạn so với kết quả ghi ngay dưới đó; lúc chấm, hàm của bạn được hỏi với
#   những con số khác, mỗi lần rút ngẫu nhiên lại.
#
# **Công cụ của sổ tay này**
#
# - `np` là NumPy; `plt` để vẽ.
# - `windows` (cho sẵn trước nhiệm vụ 4): mọi cửa sổ của một lô ảnh cùng lúc.
# - `softmax_loss` (cho sẵn trước nhiệm vụ 6): hàm mất mát của mạng và gradient của nó.
# - `words`: viết con số, tên món đồ và trục đồ thị theo cách viết của tiếng Việt; `number` chính là `words.number`.

# %% name="setup" tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from gluon_alexnet.study import Words, style

words = Words(say("en", "vi"))
number = words.number

# Out of Okabe and Ito's palette (2008), told apart by colour-blind readers too.
# vi: Lấy từ bảng màu của Okabe và Ito (2008), người mù màu cũng phân biệt được.
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#6a7683"
style()

# %% [markdown] name="conv2d_text" lang="en"
# ## Task 1. Convolution (3 points)
#
# A filter is a small window of weights. It is laid on the image, each weight is multiplied with the pixel under it, and the
# products are added: that is one number of the output. Then the window moves on. With an image `x` of $C$ channels and a
# filter $w$ of $k\times k$ places in each channel,
#
# $$y_{f,r,c}=b_f+\sum_{d=1}^{C}\sum_{i=0}^{k-1}\sum_{j=0}^{k-1}w_{f,d,i,j}\;x_{d,\;rs+i,\;cs+j}$$
#
# is what filter $f$ says at row $r$ and column $c$; $s$ is the stride. Strictly, this is a *cross-correlation*: a convolution
# in the sense of mathematics would turn the window by 180° first. Every library of deep learning means what stands above.
#
# Before that, `padding` rows and columns of zeros are put round the image, on all four sides. A window stands only where it
# fits whole. With $p$ for the padding, a side of $n$ pixels becomes $\lfloor(n+2p-k)/s\rfloor+1$:
#
# | case | padding | side of the output, stride 1 |
# |---|---|---|
# | only whole windows (*valid*) | $0$ | $n-k+1$ |
# | as large as the input (*same*), $k$ odd | $(k-1)/2$ | $n$ |
# | wherever window and image meet (*full*) | $k-1$ | $n+k-1$ |
#
# One point each: one channel and one filter; channels, filters and biases; stride and padding. Loops are welcome: two of them,
# over the places $i,j$ of the window, and NumPy for the rest, are short and fast.

# %% [markdown] name="conv2d_text" lang="vi"
# ## Nhiệm vụ 1. Tích chập (3 điểm)
#
# Bộ lọc là một cửa sổ trọng số nhỏ. Đặt nó lên ảnh, nhân mỗi trọng số với điểm ảnh nằm dưới rồi cộng các tích lại: được một số
# của đầu ra. Sau đó cửa sổ dịch sang chỗ khác. Với ảnh `x` có $C$ kênh và bộ lọc $w$ có $k\times k$ vị trí trong mỗi kênh,
#
# $$y_{f,r,c}=b_f+\sum_{d=1}^{C}\sum_{i=0}^{k-1}\sum_{j=0}^{k-1}w_{f,d,i,j}\;x_{d,\;rs+i,\;cs+j}$$
#
# là giá trị của bộ lọc $f$ tại hàng $r$, cột $c$; $s$ là sải bước. Nói chặt chẽ, đây là *tương quan chéo* (cross-correlation):
# tích chập theo nghĩa toán học phải xoay cửa sổ 180° trước. Mọi thư viện học sâu đều hiểu tích chập theo công thức trên.
#
# Trước đó, ảnh được viền thêm `padding` hàng và cột số 0 ở cả bốn phía. Cửa sổ chỉ dừng ở chỗ nó nằm trọn trong ảnh. Gọi $p$
# là số hàng đệm, một cạnh $n$ điểm ảnh trở thành $\lfloor(n+2p-k)/s\rfloor+1$:
#
# | trường hợp | đệm | cạnh của đầu ra, sải bước 1 |
# |---|---|---|
# | chỉ cửa sổ nằm trọn (*valid*) | $0$ | $n-k+1$ |
# | bằng cạnh đầu vào (*same*), $k$ lẻ | $(k-1)/2$ | $n$ |
# | mọi chỗ cửa sổ chạm vào ảnh (*full*) | $k-1$ | $n+k-1$ |
#
# Mỗi ý một điểm: một kênh và một bộ lọc; nhiều kênh, nhiều bộ lọc và độ chệch (bias); sải bước và đệm. Dùng vòng lặp thoải
# mái, nhưng không cần nhiều: hai vòng lặp theo các vị trí $i,j$ của cửa sổ, phần còn lại để NumPy lo, là vừa ngắn vừa nhanh.


# %% nbgrader={"grade": false, "grade_id": "conv2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv2d(x, weight, bias, stride=1, padding=0):
    """The convolution of a batch of images, as deep learning means it: the window is not turned.

    x: float64 (N, C, H, W). weight: float64 (F, C, k, k), one filter after the other. bias: float64 (F,).
    stride: an int, at least 1. padding: how many rows and columns of zeros on each of the four sides, an int.
    Returns float64 (N, F, H', W') with H' = (H + 2 * padding - k) // stride + 1, and W' likewise. x stays as it is.
    """
    """vi: Tích chập của một lô ảnh theo nghĩa của học sâu: không xoay cửa sổ.

    x: float64 (N, C, H, W). weight: float64 (F, C, k, k), lần lượt từng bộ lọc. bias: float64 (F,).
    stride: sải bước, số nguyên từ 1 trở lên. padding: số hàng và cột số 0 ở mỗi phía trong bốn phía, số nguyên.
    Trả về float64 (N, F, H', W') với H' = (H + 2 * padding - k) // stride + 1, W' cũng vậy. Không làm thay đổi x.
    """
    ### BEGIN SOLUTION
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    side = weight.shape[2]
    height, width = ((size - side) // stride + 1 for size in x.shape[2:])
    y = np.zeros((len(x), len(weight), height, width)) + bias[:, None, None]
    for i in range(side):
        for j in range(side):
            # What the place (i, j) of the window sees, at all stops at once.
            # vi: Những gì vị trí (i, j) của cửa sổ nhìn thấy, ở mọi chỗ dừng cùng lúc.
            seen = x[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
            y += np.einsum("nchw,fc->nfhw", seen, weight[:, :, i, j])
    return y
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv2d-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
image = np.arange(12.0).reshape(1, 1, 3, 4)
corners = np.array([[[[1.0, 2.0], [0.0, -1.0]]]])
print(conv2d(image, corners, np.zeros(1))[0, 0])
print(conv2d(image, corners, np.array([100.0]), stride=2, padding=1)[0, 0])
two = conv2d(np.concatenate([image, -image], axis=1), np.ones((3, 2, 3, 3)), np.array([1.0, 2.0, 3.0]))
print(two.shape, two.ravel())
for padding in (0, 1, 2):
    print(say("padding", "đệm"), padding, conv2d(np.zeros((1, 1, 28, 28)), np.zeros((1, 1, 3, 3)), np.zeros(1), 1, padding).shape)


### BEGIN HIDDEN TESTS
def check(ask):
    def draw(low, high):
        return int(ask.random.integers(low, high))

    def normal(*shape):
        return ask.random.normal(size=shape)

    def windowed(x, weight, bias, stride=1, padding=(0, 0)):
        x = np.pad(x, ((0, 0), (0, 0), padding, padding))
        side = weight.shape[2]
        windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(2, 3))[:, :, ::stride, ::stride]
        return np.einsum("nchwij,fcij->nfhw", windows, weight) + bias[:, None, None]

    flipped = T(
        "turns the window by 180°: weight [0, 0] meets the upper left pixel under the window",
        "xoay cửa sổ 180°: trọng số [0, 0] phải gặp điểm ảnh trên cùng bên trái dưới cửa sổ",
    )
    transposed = T("has rows and columns of the window swapped", "lẫn hàng với cột của cửa sổ")
    no_bias = T("leaves out the bias: each filter adds its own", "thiếu độ chệch: mỗi bộ lọc cộng thêm độ chệch của nó")
    first = T(
        "looks at the first channel alone: the products of all channels are added",
        "chỉ nhìn kênh đầu: phải cộng tích của mọi kênh",
    )
    mean = T("takes the mean over the channels: their products are added", "lấy trung bình trên các kênh: phải cộng lại")
    one_side = T("has padding at one end alone: it stands at both", "chỉ đệm ở một đầu: phải đệm cả hai đầu")
    no_padding = T("leaves out the padding", "bỏ qua phần đệm")
    no_stride = T(
        "leaves out the stride: the window moves by `stride` pixels", "bỏ qua sải bước: cửa sổ dịch mỗi lần `stride` điểm ảnh"
    )

    def asked(x, weight, bias, stride=1, padding=0):
        answer = ask.call("conv2d", x, weight, bias, *((stride, padding) if stride > 1 or padding else ()))
        both = padding, padding
        answer.mistake(windowed(x, weight[:, :, ::-1, ::-1], bias, stride, both), "kernel-flipped", flipped)
        answer.mistake(windowed(x, weight.swapaxes(2, 3), bias, stride, both), "rows-for-columns", transposed)
        answer.mistake(windowed(x, weight, 0 * bias, stride, both), "no-bias", no_bias)
        if x.shape[1] > 1:
            answer.mistake(windowed(x[:, :1], weight[:, :1], bias, stride, both), "first-channel", first)
            answer.mistake(windowed(x, weight / x.shape[1], bias, stride, both), "mean-of-channels", mean)
        if padding:
            answer.mistake(windowed(x, weight, bias, stride), "no-padding", no_padding)
            for one in ((padding, 0), (0, padding)):
                answer.mistake(windowed(x, weight, bias, stride, one), "padding-on-one-side", one_side)
        if stride > 1:
            answer.mistake(windowed(x, weight, bias, 1, both), "no-stride", no_stride)
        answer.close_to(windowed(x, weight, bias, stride, both), rtol=1e-6, atol=1e-8)

    with ask.part(1, T("one channel, one filter", "một kênh, một bộ lọc")):
        for side in (1, 2, 3, 5):
            asked(normal(1, 1, draw(6, 9), draw(9, 12)), normal(1, 1, side, side), np.zeros(1))
    with ask.part(1, T("channels, filters and biases", "nhiều kênh, nhiều bộ lọc và độ chệch")):
        for side in (1, 2, 3):
            batch, channels, filters = draw(2, 4), draw(2, 5), draw(5, 8)
            asked(normal(batch, channels, draw(5, 8), draw(8, 11)), normal(filters, channels, side, side), normal(filters))
    with ask.part(1, T("stride and padding", "sải bước và đệm")):
        # A window that does not fit whole is left out, so sides are drawn that the stride does not divide.
        for side, stride, padding in ((3, 1, 1), (3, 2, 0), (2, 3, 1), (5, 2, 4), (1, 2, 1)):
            x = normal(2, 2, draw(8, 11), draw(11, 14))
            asked(x, normal(3, 2, side, side), normal(3), stride, padding)


### END HIDDEN TESTS

# %% [markdown] name="filters_text" lang="en"
# ### What a filter sees
#
# A net learns its filters. Before it does, here are three that people wrote: a mean of 25 pixels, and two that subtract one
# side of the window from the other (after Sobel). They go through your `conv2d`, with the padding that keeps the size. Blue is
# negative, red positive, white zero.

# %% [markdown] name="filters_text" lang="vi"
# ### Bộ lọc nhìn thấy gì
#
# Mạng tự học các bộ lọc của nó. Trước đó, đây là ba bộ lọc do người viết: trung bình của 25 điểm ảnh, và hai bộ lọc lấy một
# phía của cửa sổ trừ đi phía kia (theo Sobel). Chúng đi qua `conv2d` của bạn, với phần đệm giữ nguyên kích thước. Màu xanh là
# số âm, màu đỏ là số dương, màu trắng là 0.

# %% name="filters"
from gluon_alexnet.data.files import load_split

train = load_split("train")
garments = train.images[[0, 1, 16, 25]][:, None] / 255.0
across = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 4
blurred = conv2d(garments, np.full((1, 1, 5, 5), 1 / 25), np.zeros(1), padding=2)
edges = conv2d(garments, np.stack([across, across.T])[:, None], np.zeros(2), padding=1)

titles = [
    say("the garment", "món đồ"),
    say("mean of\n25 pixels", "trung bình\n25 điểm ảnh"),
    say("right minus left:\nupright edges", "phải trừ trái:\ncạnh đứng"),
    say("below minus above:\nlevel edges", "dưới trừ trên:\ncạnh ngang"),
]
figure, rows = plt.subplots(4, 4, figsize=(7.2, 7.6), layout="constrained")
for axes, garment, label, blur, (upright, level) in zip(
    rows, garments, train.labels[[0, 1, 16, 25]], blurred, edges, strict=True
):
    for panel, picture in zip(axes, (garment[0], blur[0], upright, level), strict=True):
        signed = picture is upright or picture is level
        panel.imshow(picture, cmap="RdBu_r" if signed else "gray_r", vmin=-1 if signed else 0, vmax=1)
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(False)
    axes[0].set_ylabel(words.class_names[label])
for panel, title in zip(rows[0], titles, strict=True):
    panel.set_title(title, loc="center")
words.show()

# %% [markdown] name="numerical_gradient_text" lang="en"
# ## Task 2. A gradient without calculus (2 points)
#
# A derivative is a limit, and a small step comes near it. With $e_i$ for the vector that is 1 at place $i$ and 0 elsewhere,
#
# $$\frac{\partial f}{\partial x_i}\approx\frac{f(x+h\,e_i)-f(x-h\,e_i)}{2h}.$$
#
# It takes two calls of $f$ for each number in $x$: far too slow to train with, and just right to check what you have derived
# on paper. Every layer that you write below is checked so, and any that you write later in your life should be.
#
# The step goes to both sides. With one side, $(f(x+h\,e_i)-f(x))/h$, the error shrinks with $h$; with two it shrinks with
# $h^2$. Write the formula above, with the `h` that is given (1 point for vectors, 1 for arrays of any shape, left as they
# were).

# %% [markdown] name="numerical_gradient_text" lang="vi"
# ## Nhiệm vụ 2. Gradient không cần giải tích (2 điểm)
#
# Đạo hàm là một giới hạn, và chỉ cần một bước đủ nhỏ là đã tới gần giới hạn ấy. Gọi $e_i$ là vectơ bằng 1 ở vị trí $i$ và bằng
# 0 ở mọi chỗ khác,
#
# $$\frac{\partial f}{\partial x_i}\approx\frac{f(x+h\,e_i)-f(x-h\,e_i)}{2h}.$$
#
# Mỗi số trong $x$ cần hai lần gọi $f$: quá chậm để huấn luyện, nhưng rất hợp để kiểm tra công thức bạn đã suy ra trên giấy.
# Mọi tầng bạn viết dưới đây đều được kiểm tra như vậy, và tầng nào bạn viết về sau cũng nên thế.
#
# Bước đi về cả hai phía. Nếu chỉ đi một phía, $(f(x+h\,e_i)-f(x))/h$, sai số giảm theo $h$; đi hai phía thì giảm theo $h^2$.
# Hãy viết công thức ở trên với `h` cho trước (1 điểm với vectơ, 1 điểm với mảng hình dạng bất kỳ và được trả lại như cũ).


# %% nbgrader={"grade": false, "grade_id": "numerical_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(f, x, h=1e-5):
    """The gradient of f at x by differences, (f(x + h) - f(x - h)) / (2 * h) for one number of x at a time.

    f: a function of an array like x; returns a float. x: float64 array of any shape; has its own values again in the end.
    Returns float64 of x's shape.
    """
    """vi: Gradient của f tại x bằng sai phân, (f(x + h) - f(x - h)) / (2 * h), mỗi lần cho một số của x.

    f: hàm nhận một mảng như x, trả về float. x: mảng float64 hình dạng bất kỳ; cuối cùng phải có lại các giá trị ban đầu.
    Trả về float64 cùng hình dạng với x.
    """
    ### BEGIN SOLUTION
    gradient = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        kept = x[place]
        x[place] = kept + h
        above = f(x)
        x[place] = kept - h
        below = f(x)
        x[place] = kept
        gradient[place] = (above - below) / (2 * h)
    return gradient
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "numerical_gradient-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
x = np.array([[1.0, 2.0], [-3.0, 0.5]])
print(numerical_gradient(lambda x: (x**2).sum(), x).round(6))
print(numerical_gradient(lambda x: x[0, 0] * x[1, 1], x).round(6))
print(numerical_gradient(lambda x: (x**3).sum(), x, h=0.1).round(6))
print(x.ravel())


### BEGIN HIDDEN TESTS
def check(ask):
    def f(x, a, b):
        return float((a * x**3).sum() + (b * x).sum() ** 2)

    def moved(x, place, step):
        other = x.copy()
        other[place] += step
        return other

    def gradient(up, down, by, x, a, b, h):
        """(f(x + up h) - f(x - down h)) / (by h), for one number of x at a time."""
        out = np.zeros(x.shape)
        for place in np.ndindex(*x.shape):
            out[place] = (f(moved(x, place, up * h), a, b) - f(moved(x, place, -down * h), a, b)) / (by * h)
        return out

    one_side = T(
        "takes a step to one side alone: one up and one down are asked",
        "chỉ bước về một phía: đề bài cần một bước lên, một bước xuống",
    )
    by_h = T("divides by h: the two points lie 2 * h apart", "chia cho h: hai điểm cách nhau 2 * h")
    turned = T("has the wrong sign: it is f(x + h) minus f(x - h)", "ngược dấu: phải lấy f(x + h) trừ f(x - h)")
    own_step = T("uses a step of its own: `h` says how far to go", "dùng bước riêng: `h` cho biết phải đi bao xa")

    def asked(shape):
        x, a, b = (ask.random.normal(size=shape) for _ in range(3))
        h = float(ask.random.uniform(0.05, 0.2))
        numbers = {"x": x, "a": a, "b": b, "h": h}
        source = "value = lambda x: float((a * x**3).sum() + (b * x).sum() ** 2)\nreturn numerical_gradient(value, x, h)"
        text = T("the gradient of a polynomial", "gradient của một đa thức")
        answer = ask.answer(ask.probe(source, **numbers).value, text)
        answer.mistake(gradient(1, 0, 1, **numbers), "one-sided", one_side)
        answer.mistake(gradient(0, 1, 1, **numbers), "one-sided", one_side)
        answer.mistake(gradient(1, 1, 1, **numbers), "divided-by-h", by_h)
        answer.mistake(-gradient(1, 1, 2, **numbers), "sign-turned-round", turned)
        exact = 3 * a * x**2 + 2 * (b * x).sum() * b
        answer.mistake(exact, "own-step", own_step)
        answer.close_to(gradient(1, 1, 2, **numbers), rtol=1e-6, atol=1e-7)
        return source, numbers

    with ask.part(1, T("of vectors", "với vectơ")):
        for size in (1, 4, 7):
            asked((size,))
    with ask.part(1, T("of arrays of any shape, left as they were", "với mảng hình dạng bất kỳ, trả lại như cũ")):
        for shape in ((3, 2), (2, 1, 3, 2)):
            source, numbers = asked(shape)
            after = ask.probe(source.replace("return ", "") + "\nreturn x", **numbers).value
            changed = T(
                "has other values than before: put back what was there after each step",
                "có giá trị khác trước: sau mỗi bước phải trả lại giá trị cũ",
            )
            text = T("the array x after the call", "mảng x sau khi gọi")
            right = np.shape(after) == shape and np.allclose(after, numbers["x"], 1e-9, 1e-9)
            ask.answer(after, text).satisfies(right, changed, "x-changed")


### END HIDDEN TESTS

# %% [markdown] name="conv2d_backward_text" lang="en"
# ## Task 3. The convolution backward (3 points)
#
# Somewhere behind the layer stands a loss $L$, one number. Backpropagation hands the layer `dy`, the array of
# $\partial L/\partial y$, and wants three arrays back: $\partial L/\partial b$, $\partial L/\partial w$ and
# $\partial L/\partial x$. No new mathematics is needed, only book-keeping: $w_{f,d,i,j}$ and $x_{d,rs+i,cs+j}$ meet in one
# product, which is a part of $y_{f,r,c}$. So
#
# - whatever `dy` says of $y_{f,r,c}$, it says of the bias $b_f$: add it up over all images and places;
# - the weight receives `dy` times the pixel that it met, added up over all meetings;
# - the pixel receives `dy` times the weight that it met, added up over all meetings. Windows overlap: a pixel has met many.
#
# The zeros of the padding are no pixels of `x`: what they receive is cut off. A pixel that no window has seen receives 0.
#
# One point for biases and weights, one for the input (both without padding, stride 1), one for all with stride and padding.
# The practice check compares with your `numerical_gradient`.

# %% [markdown] name="conv2d_backward_text" lang="vi"
# ## Nhiệm vụ 3. Tích chập, lan truyền ngược (3 điểm)
#
# Đâu đó phía sau tầng này có mất mát $L$, một con số. Lan truyền ngược đưa cho tầng `dy`, mảng các $\partial L/\partial y$, và
# cần nhận lại ba mảng: $\partial L/\partial b$, $\partial L/\partial w$ và $\partial L/\partial x$. Không cần toán mới, chỉ
# cần ghi sổ cho đúng: $w_{f,d,i,j}$ và $x_{d,rs+i,cs+j}$ gặp nhau trong một tích, và tích ấy là một phần của $y_{f,r,c}$. Vậy
#
# - độ chệch $b_f$ nhận nguyên giá trị `dy` tại $y_{f,r,c}$, cộng trên mọi ảnh và mọi vị trí;
# - trọng số nhận `dy` nhân với điểm ảnh nó đã gặp, cộng trên mọi lần gặp;
# - điểm ảnh nhận `dy` nhân với trọng số nó đã gặp, cộng trên mọi lần gặp. Các cửa sổ chồng lên nhau: một điểm ảnh gặp nhiều
#   trọng số.
#
# Các số 0 của phần đệm không phải điểm ảnh của `x`: những gì chúng nhận được bị cắt bỏ. Điểm ảnh không cửa sổ nào nhìn tới thì
# nhận 0.
#
# Một điểm cho độ chệch và trọng số, một điểm cho đầu vào (đều không đệm, sải bước 1), một điểm cho cả ba khi có sải bước và
# đệm. Ô kiểm tra thử đối chiếu với `numerical_gradient` của bạn.


# %% nbgrader={"grade": false, "grade_id": "conv2d_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv2d_backward(dy, x, weight, stride=1, padding=0):
    """The gradients of a loss behind y = conv2d(x, weight, bias, stride, padding).

    dy: float64 of y's shape, the gradient of the loss with respect to y. x, weight, stride, padding: as in conv2d.
    Returns (dx, dweight, dbias), float64 of the shapes of x, weight and bias.
    """
    """vi: Các gradient của mất mát đứng sau y = conv2d(x, weight, bias, stride, padding).

    dy: float64 cùng hình dạng với y, gradient của mất mát theo y. x, weight, stride, padding: như trong conv2d.
    Trả về (dx, dweight, dbias), float64, có hình dạng của x, weight và bias.
    """
    ### BEGIN SOLUTION
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dpadded, dweight = np.zeros_like(padded), np.zeros_like(weight)
    (height, width), side = dy.shape[2:], weight.shape[2]
    for i in range(side):
        for j in range(side):
            seen = np.s_[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
            dweight[:, :, i, j] = np.einsum("nfhw,nchw->fc", dy, padded[seen])
            dpadded[seen] += np.einsum("nfhw,fc->nchw", dy, weight[:, :, i, j])
    rows, columns = (slice(padding, padding + size) for size in x.shape[2:])
    return dpadded[:, :, rows, columns], dweight, dy.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "conv2d_backward-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
image = np.arange(9.0).reshape(1, 1, 3, 3)
for gradient in conv2d_backward(np.ones((1, 1, 2, 2)), image, np.array([[[[1.0, 2.0], [3.0, 4.0]]]])):
    print(gradient.squeeze())
rng = np.random.default_rng(0)
x, weight, bias = rng.normal(size=(2, 3, 6, 5)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
dy = rng.normal(size=conv2d(x, weight, bias, 2, 1).shape)
mine = conv2d_backward(dy, x, weight, 2, 1)
# With this loss, the gradient with respect to y is dy.
# vi: Với mất mát này, gradient theo y chính là dy.
by_steps = [
    numerical_gradient(lambda x: (dy * conv2d(x, weight, bias, 2, 1)).sum(), x),
    numerical_gradient(lambda weight: (dy * conv2d(x, weight, bias, 2, 1)).sum(), weight),
    numerical_gradient(lambda bias: (dy * conv2d(x, weight, bias, 2, 1)).sum(), bias),
]
for name, gradient, other in zip(("dx", "dweight", "dbias"), mine, by_steps, strict=True):
    print(name, gradient.shape, say("as by steps:", "khớp với gradient số:"), np.allclose(gradient, other, atol=1e-6))


### BEGIN HIDDEN TESTS
def check(ask):
    names = ("dx", "dweight", "dbias")

    def draw(low, high):
        return int(ask.random.integers(low, high))

    def meetings(x, side, stride, padding):
        """Which pixel, numbered through a whole padded image, each place of each window sees: (C, H', W', k, k)."""
        shape = (x.shape[1], *(size + 2 * padding for size in x.shape[2:]))
        numbers = np.arange(math.prod(shape)).reshape(shape)
        seen = np.lib.stride_tricks.sliding_window_view(numbers, (side, side), axis=(1, 2))[:, ::stride, ::stride]
        return seen, shape

    def gradients(dy, x, weight, stride, padding, added=True):
        """(dx with its padding, dweight, dbias), by numbers of pixels."""
        seen, shape = meetings(x, weight.shape[2], stride, padding)
        padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))).reshape(len(x), -1)
        dweight = np.einsum("nfhw,nchwij->fcij", dy, padded[:, seen])
        dx = np.zeros(padded.shape)
        for image, pieces in zip(dx, np.einsum("nfhw,fcij->nchwij", dy, weight), strict=True):
            if added:
                np.add.at(image, seen, pieces)
            else:
                image[seen] = pieces
        return dx.reshape(len(x), *shape), dweight, dy.sum(axis=3).sum(axis=2).sum(axis=0)

    def cut(dx, padding):
        return dx[:, :, padding : dx.shape[2] - padding, padding : dx.shape[3] - padding]

    def assigned_by_places(dy, x, weight, stride, padding):
        out = np.zeros((*x.shape[:2], *(size + 2 * padding for size in x.shape[2:])))
        height, width = dy.shape[2:]
        for i, j in np.ndindex(*weight.shape[2:]):
            piece = np.einsum("nfhw,fc->nchw", dy, weight[:, :, i, j])
            out[:, :, i : i + stride * height : stride, j : j + stride * width : stride] = piece
        return out

    def drawn(side, stride, padding):
        x, weight = ask.random.normal(size=(2, 3, draw(7, 10), draw(10, 13))), ask.random.normal(size=(5, 3, side, side))
        height, width = ((size + 2 * padding - side) // stride + 1 for size in x.shape[2:])
        return ask.random.normal(size=(2, 5, height, width)), x, weight

    flipped = T(
        "is turned by 180°: each pixel goes with the weight that it met", "bị xoay 180°: mỗi điểm ảnh ghép với trọng số nó đã gặp"
    )
    mean = T(
        "is the mean over the batch: what the images say is added up", "là trung bình trên lô: phải cộng đóng góp của các ảnh"
    )
    one_image = T("has one image alone: what all images say is added up", "mới tính một ảnh: phải cộng đóng góp của mọi ảnh")
    not_added = T(
        "has only one window for each pixel: where windows overlap, what a pixel receives is added up",
        "chỉ giữ một cửa sổ cho mỗi điểm ảnh: chỗ các cửa sổ chồng nhau thì phải cộng lại",
    )
    not_cut = T("still has its padding: cut it off", "còn nguyên phần đệm: hãy cắt bỏ")
    wrong_axis = T(
        "is added up over the wrong axes: one number for each filter is left", "cộng nhầm trục: mỗi bộ lọc phải còn lại một số"
    )
    bias_mean = T("is a mean: it is the sum over images and places", "là trung bình: phải là tổng trên mọi ảnh và vị trí")

    def asked(which, side, stride=1, padding=0):
        dy, x, weight = drawn(side, stride, padding)
        value = ask.call("conv2d_backward", dy, x, weight, *((stride, padding) if stride > 1 or padding else ())).value
        three = isinstance(value, (tuple, list)) and len(value) == 3
        ask.answer(value, T("conv2d_backward(...)", "conv2d_backward(...)")).satisfies(
            three, T("must return three arrays: dx, dweight, dbias", "phải trả về ba mảng: dx, dweight, dbias")
        )
        dx, dweight, dbias = gradients(dy, x, weight, stride, padding)
        if "dbias" in which:
            answer = ask.answer(value[2], "dbias")
            answer.mistake(dy.sum(axis=(1, 2, 3)), "wrong-axis", wrong_axis).mistake(
                dy.sum(axis=(0, 1, 2)), "wrong-axis", wrong_axis
            )
            answer.mistake(dbias / len(x), "mean-over-batch", mean).mistake(dy.mean(axis=(0, 2, 3)), "mean-of-places", bias_mean)
            answer.close_to(dbias, rtol=1e-6)
        if "dweight" in which:
            answer = ask.answer(value[1], "dweight")
            answer.mistake(dweight[:, :, ::-1, ::-1], "kernel-flipped", flipped).mistake(
                dweight / len(x), "mean-over-batch", mean
            )
            for place in (0, 1):
                one = slice(place, place + 1)
                answer.mistake(gradients(dy[one], x[one], weight, stride, padding)[1], "one-image", one_image)
            answer.close_to(dweight, rtol=1e-6)
        if "dx" in which:
            answer = ask.answer(value[0], "dx")
            turned = gradients(dy, x, weight[:, :, ::-1, ::-1], stride, padding)[0]
            answer.mistake(cut(turned, padding), "kernel-flipped", flipped)
            last = gradients(dy, x, weight, stride, padding, added=False)[0]
            answer.mistake(cut(last, padding), "not-added", not_added)
            answer.mistake(cut(assigned_by_places(dy, x, weight, stride, padding), padding), "not-added", not_added)
            if padding:
                answer.mistake(dx, "padding-not-cut", not_cut)
            answer.close_to(cut(dx, padding), rtol=1e-6)

    with ask.part(1, T("biases and weights", "độ chệch và trọng số")):
        for side in (2, 3):
            asked(("dbias", "dweight"), side)
    with ask.part(1, T("the input", "đầu vào")):
        for side in (2, 3):
            asked(("dx",), side)
    with ask.part(1, T("stride and padding", "sải bước và đệm")):
        for side, stride, padding in ((3, 1, 2), (3, 2, 1), (2, 3, 1), (5, 2, 2)):
            asked(names, side, stride, padding)


### END HIDDEN TESTS

# %% [markdown] name="steps_text" lang="en"
# ### Guess first: how small a step?
#
# The smaller $h$, the nearer the difference to the derivative: that is half of the truth. The other half is that a computer
# subtracts two nearly equal numbers of 16 digits, and what is left has fewer digits the smaller $h$ is. Somewhere between lies
# the best step. Guess it for one side and for both: write the exponent of a power of ten in the place of `None`, such as `-3`
# for $10^{-3}$. Then run both cells. The second takes the mean of the cubes of a convolution for the loss, and measures how
# far the numerical gradient lies from that of your `conv2d_backward`.

# %% [markdown] name="steps_text" lang="vi"
# ### Đoán trước: bước nhỏ bao nhiêu thì vừa?
#
# $h$ càng nhỏ, sai phân càng gần đạo hàm: đó mới chỉ là một nửa sự thật. Nửa kia: máy tính lấy hai số gần bằng nhau, mỗi số 16
# chữ số, trừ cho nhau, và $h$ càng nhỏ thì hiệu còn lại càng ít chữ số đúng. Bước tốt nhất nằm ở khoảng giữa. Hãy đoán cho
# cách đi một phía và cách đi hai phía: viết số mũ của một lũy thừa của mười thay cho `None`, chẳng hạn `-3` nếu đoán
# $10^{-3}$. Rồi chạy cả hai ô. Ô thứ hai lấy trung bình lập phương của một tích chập làm mất mát, và đo xem gradient số lệch
# bao xa so với gradient của `conv2d_backward` do bạn viết.

# %% name="steps_guess"
guess = {say("one side", "một phía"): None, say("both sides", "hai phía"): None}  # such as -3  # vi: chẳng hạn -3

# %% name="steps"
rng = np.random.default_rng(1)
x, weight, bias = rng.normal(size=(1, 2, 6, 6)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)


def cubes(weight):
    """The mean of cubes of a convolution: a loss that is neither a line nor a parabola in the weights."""
    """vi: Trung bình lập phương của một tích chập: một mất mát không phải bậc nhất hay bậc hai theo trọng số."""
    return (conv2d(x, weight, bias) ** 3).mean()


y = conv2d(x, weight, bias)
exact = conv2d_backward(3 * y**2 / y.size, x, weight)[1]
exponents = np.arange(-14, 1)
sizes = 10.0**exponents
errors = {name: [] for name in guess}
for h in sizes:
    one_side = np.zeros_like(weight)
    for place in np.ndindex(*weight.shape):
        step = np.zeros_like(weight)
        step[place] = h
        one_side[place] = (cubes(weight + step) - cubes(weight)) / h
    for name, gradient in zip(errors, (one_side, numerical_gradient(cubes, weight, h)), strict=True):
        errors[name].append(np.abs(gradient - exact).max() / np.abs(exact).max())

best = {name: int(exponents[np.argmin(error)]) for name, error in errors.items()}
figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
for (name, error), color, mark in zip(errors.items(), (ORANGE, BLUE), "so", strict=True):
    axes.loglog(sizes, error, mark + "-", color=color, markersize=4, label=name)
    axes.plot(10.0 ** best[name], min(error), mark, color=color, markersize=11, markerfacecolor="none")
axes.set_xlabel(say("step h", "bước h"))
axes.set_ylabel(say("largest error, share of the largest gradient", "sai số lớn nhất, so với gradient lớn nhất"))
axes.set_title(
    say(
        "Left of the ring the digits run out, right of it the step is too long",
        "Bên trái dấu khoanh: thiếu chữ số đúng; bên phải: bước quá dài",
    )
)
axes.legend()
words.show()
for name, error in errors.items():
    print(
        say(
            f"{name}: best step 10^{best[name]}, error {min(error):.0e}",
            f"{name}: bước tốt nhất 10^{best[name]}, sai số {min(error):.0e}",
        )
    )
words.guesses(guess, best)

# %% [markdown] name="max_pool_text" lang="en"
# ## Task 4. Max pooling, both ways (2 points)
#
# Max pooling takes the largest number under the window, in each channel by itself. Backward, only the pixel that was the
# largest has had any say: it receives all of `dy`, the others receive nothing. Two things are easily got wrong:
#
# - **Overlap.** AlexNet's windows are 3 pixels wide and move by 2. A pixel may be the largest of several windows; it receives
#   from each.
# - **Ties.** Behind a ReLU many windows hold nothing but zeros. Which of equal pixels receives `dy`? It must be one, or the
#   gradient would be counted twice. The rule here is MXNet's and PyTorch's: **the first in reading order**, row by row from
#   the top, each row from the left.
#
# `windows`, given below, shows all windows of a batch at once, as a view that copies nothing; use it if you like. One point
# for the way forward, one for the way back.

# %% [markdown] name="max_pool_text" lang="vi"
# ## Nhiệm vụ 4. Gộp cực đại, cả hai chiều (2 điểm)
#
# Gộp cực đại lấy số lớn nhất dưới cửa sổ, riêng trong từng kênh. Khi lan truyền ngược, chỉ điểm ảnh lớn nhất đã quyết định kết quả:
# nó nhận trọn `dy`, các điểm khác không nhận gì. Có hai điều dễ sai:
#
# - **Chồng nhau.** Cửa sổ của AlexNet rộng 3 điểm ảnh và mỗi lần dịch 2. Một điểm ảnh có thể lớn nhất trong nhiều cửa sổ; nó
#   nhận từ mỗi cửa sổ ấy.
# - **Bằng nhau.** Sau ReLU, nhiều cửa sổ chỉ toàn số 0. Trong các điểm ảnh bằng nhau, điểm nào nhận `dy`? Chỉ được một, nếu
#   không gradient bị tính hai lần. Quy tắc ở đây cũng là của MXNet và PyTorch: **điểm đầu tiên theo thứ tự đọc**, từng hàng từ
#   trên xuống, mỗi hàng từ trái sang.
#
# Hàm `windows` cho sẵn dưới đây cho thấy mọi cửa sổ của một lô cùng lúc, chỉ là một khung nhìn (view), không chép dữ liệu; bạn
# dùng hay không tùy ý. Một điểm cho lan truyền xuôi, một điểm cho lan truyền ngược.


# %% name="windows" tags=["setup"]
def windows(x, side, stride):
    """All windows that fit whole on the images x (N, C, H, W): a view (N, C, H', W', side, side), for reading only."""
    """vi: Mọi cửa sổ nằm trọn trong các ảnh x (N, C, H, W): một khung nhìn (view) (N, C, H', W', side, side), chỉ để đọc."""
    return np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(2, 3))[:, :, ::stride, ::stride]


# %% nbgrader={"grade": false, "grade_id": "max_pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool(x, side, stride):
    """The largest number under each window, in each channel by itself.

    x: float64 (N, C, H, W). side: the window has side * side pixels. stride: an int, at least 1.
    Returns float64 (N, C, H', W') with H' = (H - side) // stride + 1, and W' likewise.
    """
    """vi: Số lớn nhất dưới mỗi cửa sổ, riêng trong từng kênh.

    x: float64 (N, C, H, W). side: cửa sổ có side * side điểm ảnh. stride: sải bước, số nguyên từ 1 trở lên.
    Trả về float64 (N, C, H', W') với H' = (H - side) // stride + 1, W' cũng vậy.
    """
    ### BEGIN SOLUTION
    return windows(x, side, stride).max(axis=(4, 5))
    ### END SOLUTION


def max_pool_backward(dy, x, side, stride):
    """The gradient of a loss behind y = max_pool(x, side, stride) with respect to x.

    dy: float64 of y's shape. Of equal largest numbers under a window the first in reading order receives all.
    Returns float64 of x's shape.
    """
    """vi: Gradient theo x của mất mát đứng sau y = max_pool(x, side, stride).

    dy: float64 cùng hình dạng với y. Nếu dưới cửa sổ có nhiều số lớn nhất bằng nhau, số đầu tiên theo thứ tự đọc nhận tất cả.
    Trả về float64 cùng hình dạng với x.
    """
    ### BEGIN SOLUTION
    dx, y = np.zeros_like(x), max_pool(x, side, stride)
    height, width = y.shape[2:]
    open_windows = np.ones(y.shape, bool)
    for i in range(side):
        for j in range(side):
            seen = np.s_[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
            first = open_windows & (x[seen] == y)
            dx[seen] += dy * first
            open_windows &= ~first
    return dx
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "max_pool-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
image = np.array([[-1.0, -2.0, 3.0, 0.0], [-4.0, -5.0, 3.0, 1.0], [0.0, 2.0, 2.0, 9.0], [7.0, 1.0, 2.0, 2.0]])[None, None]
print(max_pool(image, 2, 2)[0, 0])
print(max_pool_backward(np.array([[[[10.0, 20.0], [30.0, 40.0]]]]), image, 2, 2)[0, 0])
print(max_pool(image, 3, 1)[0, 0])
print(max_pool_backward(np.array([[[[10.0, 20.0], [30.0, 40.0]]]]), image, 3, 1)[0, 0])


### BEGIN HIDDEN TESTS
def check(ask):
    def draw(low, high):
        return int(ask.random.integers(low, high))

    def stops(x, side, stride):
        """(image, channel, row, column of the output, top, left) of each window."""
        height, width = ((size - side) // stride + 1 for size in x.shape[2:])
        for n, c, h, w in np.ndindex(*x.shape[:2], height, width):
            yield n, c, h, w, h * stride, w * stride

    def pooled(x, side, stride, value=np.max):
        out = np.zeros((*x.shape[:2], *((size - side) // stride + 1 for size in x.shape[2:])))
        for n, c, h, w, top, left in stops(x, side, stride):
            out[n, c, h, w] = value(x[n, c, top : top + side, left : left + side])
        return out

    def backward(dy, x, side, stride, rule="first", added=True, turned=False):
        dx = np.zeros(x.shape)
        for n, c, h, w, top, left in list(stops(x, side, stride))[:: -1 if turned else 1]:
            window = x[n, c, top : top + side, left : left + side]
            places = np.argwhere(window == window.max())
            chosen = {"first": places[:1], "last": places[-1:], "column": places[np.lexsort(places.T)][:1]}.get(rule, places)
            if rule == "every":
                chosen = np.argwhere(window == window)
            for i, j in chosen:
                piece = dy[n, c, h, w] / (len(chosen) if rule == "shared" else 1)
                dx[n, c, top + i, left + j] = piece + (dx[n, c, top + i, left + j] if added else 0)
        return dx

    with ask.part(1, T("forward", "lan truyền xuôi")):
        mean = T("is the mean under the window: the largest number is asked", "là trung bình dưới cửa sổ: đề bài cần số lớn nhất")
        zero = T(
            "never goes below 0: a window of negative numbers has a largest one too",
            "không bao giờ dưới 0: cửa sổ toàn số âm cũng có số lớn nhất",
        )
        no_stride = T(
            "leaves out the stride: the window moves by `stride` pixels", "bỏ qua sải bước: cửa sổ dịch mỗi lần `stride` điểm ảnh"
        )
        by_side = T(
            "moves by the width of the window: `stride` says by how much",
            "dịch đúng bằng bề rộng cửa sổ: `stride` mới cho biết dịch bao nhiêu",
        )
        smallest = T("is the smallest number under the window", "là số nhỏ nhất dưới cửa sổ")
        for side, stride in ((2, 2), (3, 2), (2, 1), (2, 3)):
            x = ask.random.normal(-0.5, 1, size=(2, 3, draw(7, 10), draw(10, 13)))
            x[0, 0, :side, :side] -= 9
            answer = ask.call("max_pool", x, side, stride).mistake(pooled(x, side, stride, np.mean), "mean-for-largest", mean)
            answer.mistake(np.maximum(pooled(x, side, stride), 0), "never-below-0", zero)
            answer.mistake(pooled(x, side, stride, np.min), "smallest", smallest)
            answer.mistake(pooled(x, side, 1), "no-stride", no_stride).mistake(
                pooled(x, side, side), "stride-of-the-side", by_side
            )
            answer.close_to(pooled(x, side, stride), rtol=1e-9)
    with ask.part(1, T("backward: apart, overlapping, ties", "lan truyền ngược: rời nhau, chồng nhau, bằng nhau")):
        every = T(
            "goes to all pixels under the window: only the largest one receives",
            "đưa tới mọi điểm ảnh dưới cửa sổ: chỉ điểm lớn nhất nhận",
        )
        twice = T(
            "counts ties twice: of equal pixels one alone receives",
            "tính hai lần khi bằng nhau: trong các điểm bằng nhau chỉ một điểm nhận",
        )
        shared = T(
            "shares out among ties: the first in reading order receives all",
            "chia đều khi bằng nhau: điểm đầu tiên theo thứ tự đọc nhận tất cả",
        )
        last = T(
            "goes to the last of ties: it is the first in reading order",
            "trao cho điểm cuối khi bằng nhau: phải là điểm đầu theo thứ tự đọc",
        )
        column = T(
            "goes to the first of ties column by column: read row by row", "đọc theo cột khi bằng nhau: phải đọc theo hàng"
        )
        over = T(
            "has only one window for each pixel: where windows overlap, what a pixel receives is added up",
            "chỉ giữ một cửa sổ cho mỗi điểm ảnh: chỗ các cửa sổ chồng nhau thì phải cộng lại",
        )
        known = [("every-pixel", every, "every"), ("ties-counted-twice", twice, "all"), ("ties-shared", shared, "shared")]
        known += [("last-of-ties", last, "last"), ("column-by-column", column, "column")]
        for side, stride, levels in ((2, 2, 0), (3, 2, 0), (2, 2, 3), (3, 1, 3)):
            x = ask.random.normal(size=(2, 2, draw(6, 9), draw(9, 11)))
            if levels:
                x = np.maximum(ask.random.integers(-2, levels, x.shape), 0).astype(float)
            dy = ask.random.normal(size=pooled(x, side, stride).shape)
            answer = ask.call("max_pool_backward", dy, x, side, stride)
            for name, said, rule in known:
                answer.mistake(backward(dy, x, side, stride, rule), name, said)
            for turned in (False, True):
                answer.mistake(backward(dy, x, side, stride, added=False, turned=turned), "not-added", over)
            answer.close_to(backward(dy, x, side, stride), rtol=1e-6)


### END HIDDEN TESTS

# %% [markdown] name="sgd_step_text" lang="en"
# ## Task 5. A step with momentum, Nesterov's, and weight decay (3 points)
#
# With gradients there must be steps. Plain gradient descent takes $w\leftarrow w-\eta g$. In a narrow valley the gradient
# points across it most of the time, so the steps jump from wall to wall. **Momentum** (1 point) keeps a velocity $v$, in which
# what changes sign cancels and what stays adds up:
#
# $$v\leftarrow\mu v-\eta g,\qquad w\leftarrow w+v.$$
#
# **Nesterov's** variant (1 point) takes the gradient not where the weights are but where the velocity is about to carry them.
# Libraries keep that point ahead in the place of the weights, and in its terms the step is, with the new $v$ of above,
#
# $$v\leftarrow\mu v-\eta g,\qquad w\leftarrow w+\mu v-\eta g.$$
#
# **Weight decay** (1 point) pulls every weight towards zero: before anything else, $g\leftarrow g+\lambda w$. That is just
# what a penalty $\frac{\lambda}{2}\lVert w\rVert^2$ in the loss would do (*L2*), whose gradient is $\lambda w$. Without
# momentum each step shrinks the weights by the factor $1-\eta\lambda$. For SGD the two are one and the same; for Adam, which
# divides each gradient by its usual size, they are not (Loshchilov and Hutter 2019).
#
# These are the conventions of MXNet's optimizers `sgd` and `nag`: the velocity has the rate $\eta$ in it already. PyTorch
# keeps $u\leftarrow\mu u+g$ and takes $w\leftarrow w-\eta u$. As long as $\eta$ stays, $v=-\eta u$ and both go the same way;
# when a schedule changes $\eta$, they part. (In `nag`, MXNet 1.9.1 lets the decay pull the velocity with the weights *after*
# the step. The formula here is that of the literature; without weight decay `nag` computes just that.)

# %% [markdown] name="sgd_step_text" lang="vi"
# ## Nhiệm vụ 5. Một bước với động lượng, bước của Nesterov, và suy giảm trọng số (3 điểm)
#
# Có gradient rồi thì phải bước đi. Hạ gradient thuần đặt $w\leftarrow w-\eta g$. Trong một thung lũng hẹp, gradient phần lớn
# chỉ sang ngang, nên các bước nhảy từ vách này sang vách kia. **Động lượng** (1 điểm) giữ một vận tốc $v$: phần nào đổi dấu
# thì triệt tiêu, phần nào giữ hướng thì tích lại:
#
# $$v\leftarrow\mu v-\eta g,\qquad w\leftarrow w+v.$$
#
# Biến thể của **Nesterov** (1 điểm) không lấy gradient ở chỗ trọng số đang đứng mà ở chỗ vận tốc sắp đưa nó tới. Các thư viện
# lưu luôn điểm phía trước ấy thay cho trọng số; viết theo điểm ấy, với $v$ mới như trên, bước đi là
#
# $$v\leftarrow\mu v-\eta g,\qquad w\leftarrow w+\mu v-\eta g.$$
#
# **Suy giảm trọng số** (weight decay, 1 điểm) kéo mọi trọng số về phía 0: trước hết, $g\leftarrow g+\lambda w$. Đó chính là
# tác dụng của một số hạng phạt $\frac{\lambda}{2}\lVert w\rVert^2$ thêm vào mất mát (*L2*), vì gradient của nó là $\lambda w$.
# Khi không có động lượng, mỗi bước thu nhỏ trọng số theo hệ số $1-\eta\lambda$. Với SGD hai cách là một; với Adam, vốn chia
# mỗi gradient cho độ lớn thường gặp của nó, thì không (Loshchilov và Hutter 2019).
#
# Đây là quy ước của `sgd` và `nag` trong MXNet: vận tốc đã chứa sẵn tốc độ học $\eta$. PyTorch giữ $u\leftarrow\mu u+g$ rồi
# lấy $w\leftarrow w-\eta u$. Chừng nào $\eta$ không đổi thì $v=-\eta u$ và hai bên đi cùng đường; khi lịch tốc độ học làm
# $\eta$ thay đổi thì hai bên tách ra. (Trong `nag`, MXNet 1.9.1 tính phần suy giảm trong vận tốc theo trọng số *sau* bước đi.
# Công thức ở đây là của các bài báo; không có suy giảm trọng số thì `nag` tính đúng như vậy.)


# %% nbgrader={"grade": false, "grade_id": "sgd_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sgd_step(weight, gradient, velocity, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
    """One step of stochastic gradient descent.

    weight, gradient, velocity: float64 arrays of one shape. lr, momentum, weight_decay: floats.
    nesterov: whether the step is Nesterov's (MXNet's "nag") or that of plain momentum (MXNet's "sgd").
    Returns (weight, velocity) after the step.
    """
    """vi: Một bước hạ gradient ngẫu nhiên (SGD).

    weight, gradient, velocity: các mảng float64 cùng hình dạng. lr, momentum, weight_decay: float.
    nesterov: bước của Nesterov ("nag" của MXNet), hay bước động lượng thường ("sgd" của MXNet).
    Trả về (weight, velocity) sau bước ấy.
    """
    ### BEGIN SOLUTION
    pull = lr * (gradient + weight_decay * weight)
    velocity = momentum * velocity - pull
    return weight + (momentum * velocity - pull if nesterov else velocity), velocity
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "sgd_step-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
for nesterov in (False, True):
    for weight_decay in (0.0, 0.5):
        weight, velocity = np.array([2.0, -4.0]), np.array([0.0, 1.0])
        for _ in range(2):
            weight, velocity = sgd_step(weight, np.array([1.0, -1.0]), velocity, 0.1, 0.5, weight_decay, nesterov)
        print("Nesterov" if nesterov else say("momentum", "động lượng"), f"weight_decay={weight_decay}", weight.round(6), velocity.round(6))


### BEGIN HIDDEN TESTS
def check(ask):
    def stepped(weight, gradient, velocity, lr, momentum, decay, nesterov):
        """One number at a time."""
        out = [], []
        for w, g, v in zip(weight.ravel(), gradient.ravel(), velocity.ravel(), strict=True):
            slope = g + decay * w
            new = momentum * v - lr * slope
            out[0].append(w + (momentum * new - lr * slope if nesterov else new))
            out[1].append(new)
        return [np.array(numbers).reshape(weight.shape) for numbers in out]

    sign = T("goes the wrong way: a step goes against the gradient", "đi ngược hướng: mỗi bước phải đi ngược gradient")
    subtracted = T("subtracts the velocity: it is added to the weights", "trừ vận tốc: phải cộng vận tốc vào trọng số")
    outside = T(
        "leaves the rate out of the velocity: here v has it already", "để tốc độ học ngoài vận tốc: ở đây v đã chứa sẵn nó"
    )
    no_momentum = T("leaves out the velocity of before", "bỏ qua vận tốc trước đó")
    plain = T("takes the plain step of momentum: Nesterov's is asked", "là bước động lượng thường: đề bài cần bước của Nesterov")
    old = T(
        "looks ahead with the velocity of before the step: it is the new one", "nhìn trước bằng vận tốc cũ: phải dùng vận tốc mới"
    )
    no_decay = T("leaves out weight decay", "bỏ qua suy giảm trọng số")
    growing = T(
        "lets the weights grow: weight decay adds to the gradient", "làm trọng số lớn lên: suy giảm trọng số cộng vào gradient"
    )
    decoupled = T(
        "lets decay pass by the velocity, as AdamW does: here it is a part of the gradient",
        "để suy giảm không qua vận tốc, như AdamW: ở đây nó là một phần của gradient",
    )
    no_rate = T(
        "has decay without the rate: it goes with the gradient", "suy giảm không nhân tốc độ học: nó phải đi cùng gradient"
    )

    def asked(momentum, decay, nesterov):
        weight, gradient, velocity = (ask.random.normal(size=(3, 4)) for _ in range(3))
        lr = float(ask.random.uniform(0.05, 0.5))
        settings = {"momentum": momentum, "weight_decay": decay, "nesterov": nesterov}
        value = ask.call("sgd_step", weight, gradient, velocity, lr, **settings).value
        two = isinstance(value, (tuple, list)) and len(value) == 2
        whole = T("sgd_step(...)", "sgd_step(...)")
        ask.answer(value, whole).satisfies(
            two, T("must return two arrays: weight, velocity", "phải trả về hai mảng: weight, velocity")
        )
        right = stepped(weight, gradient, velocity, lr, momentum, decay, nesterov)
        texts = T("the weight after the step", "trọng số sau bước"), T("the velocity after the step", "vận tốc sau bước")
        slope = gradient + decay * weight
        against = stepped(weight, -slope, velocity, lr, momentum, 0, nesterov)
        known = [("wrong-way", sign, against)]
        known.append(("velocity-subtracted", subtracted, [2 * weight - right[0], right[1]]))
        u = momentum * velocity + slope
        known.append(("rate-outside", outside, [weight - lr * (slope + momentum * u if nesterov else u), u]))
        known.append(("no-momentum", no_momentum, stepped(weight, gradient, 0 * velocity, lr, momentum, decay, nesterov)))
        if nesterov:
            known.append(("not-nesterov", plain, stepped(weight, gradient, velocity, lr, momentum, decay, False)))
            known.append(("old-velocity", old, [weight + momentum * (momentum * velocity) - lr * slope, right[1]]))
        if decay:
            known.append(("no-decay", no_decay, stepped(weight, gradient, velocity, lr, momentum, 0, nesterov)))
            known.append(("decay-grows", growing, stepped(weight, gradient, velocity, lr, momentum, -decay, nesterov)))
            free = stepped(weight, gradient, velocity, lr, momentum, 0, nesterov)
            known.append(("decoupled", decoupled, [free[0] - lr * decay * weight, free[1]]))
            known.append(("decay-without-rate", no_rate, [free[0] - decay * weight, free[1]]))
            known.append(("decay-without-rate", no_rate, stepped(weight, gradient, velocity, lr, momentum, decay / lr, nesterov)))

        def made(wrong):
            return all(np.shape(mine) == weight.shape and np.allclose(mine, that, 1e-6) for mine, that in zip(value, wrong, strict=True))

        # Several mistakes have the same velocity: what tells them apart is velocity and weight together.
        known = [each for each in known if made(each[2])]
        for place in (1, 0):
            answer = ask.answer(value[place], texts[place])
            for name, said, wrong in known:
                answer.mistake(wrong[place], name, said)
            answer.close_to(right[place], rtol=1e-6)

    def drawn():
        return float(ask.random.uniform(0.3, 0.95))

    with ask.part(1, T("momentum", "động lượng")):
        for momentum in (drawn(), 0.0, drawn()):
            asked(momentum, 0.0, False)
    with ask.part(1, T("Nesterov's step", "bước của Nesterov")):
        for _ in range(3):
            asked(drawn(), 0.0, True)
    with ask.part(1, T("weight decay", "suy giảm trọng số")):
        for nesterov in (False, True):
            asked(drawn(), float(ask.random.uniform(0.1, 0.5)), nesterov)


### END HIDDEN TESTS

# %% [markdown] name="valley_text" lang="en"
# ### Three ways down a valley
#
# $f(w)=\frac12(w_1^2+40\,w_2^2)$ is forty times as steep across as along. All three start at the same place and take 40 steps
# of your `sgd_step` at the same rate. Afterwards try `rate = 0.035`: one of the three flies away. (Across the valley, plain
# steps stay inside as long as $\eta\cdot40<2$; Nesterov's with $\mu=0.8$ only up to $3.6/2.6=1.38$.)

# %% [markdown] name="valley_text" lang="vi"
# ### Ba đường xuống thung lũng
#
# $f(w)=\frac12(w_1^2+40\,w_2^2)$ dốc theo $w_2$ (bề ngang thung lũng) gấp bốn mươi lần theo $w_1$ (bề dọc). Cả ba cùng
# xuất phát một chỗ và đi 40 bước bằng `sgd_step` của bạn, cùng tốc độ học. Sau đó hãy thử `rate = 0.035`: một trong ba sẽ văng ra ngoài. (Theo
# $w_2$, bước thuần còn ở lại trong thung lũng chừng nào $\eta\cdot40<2$; bước Nesterov với $\mu=0{,}8$ chỉ đến
# $3{,}6/2{,}6=1{,}38$.)

# %% name="valley"
steepness = np.array([1.0, 40.0])
rate = 0.03
ways = {
    say("plain", "thuần"): {"momentum": 0.0},
    say("momentum 0.8", "động lượng 0,8"): {"momentum": 0.8},
    say("Nesterov 0.8", "Nesterov 0,8"): {"momentum": 0.8, "nesterov": True},
}
paths = {}
for name, settings in ways.items():
    place, velocity = np.array([-4.0, 0.9]), np.zeros(2)
    path = [place]
    for _ in range(40):
        place, velocity = sgd_step(place, steepness * place, velocity, rate, **settings)
        path.append(place)
    paths[name] = np.array(path)
losses = {name: (path**2 @ steepness) / 2 for name, path in paths.items()}

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained", width_ratios=(1.5, 1))
across, along = np.meshgrid(np.linspace(-4.4, 1.6, 200), np.linspace(-1.1, 1.1, 200))
left.contour(across, along, (across**2 + 40 * along**2) / 2, 2.0 ** np.arange(-3, 6), colors=GREY, linewidths=0.6)
for (name, path), color, mark in zip(paths.items(), (ORANGE, BLUE, GREEN), "s^o", strict=True):
    left.plot(*path.T, mark + "-", color=color, markersize=3.5, linewidth=1.2, label=name)
    right.semilogy(losses[name], color=color, label=name)
left.plot(0, 0, "k+", markersize=12)
left.set(
    xlabel="$w_1$",
    ylabel="$w_2$",
    title=say("The first 40 steps; the cross is the lowest place", "40 bước đầu; dấu cộng là chỗ thấp nhất"),
)
left.grid(False)
left.legend(loc="upper right")
right.set(xlabel=say("step", "bước"), ylabel="$f(w)$", title=say("Height above the lowest place", "Độ cao so với chỗ thấp nhất"))
words.show()
for name, heights in losses.items():
    print(say(f"{name}: f = {heights[-1]:.0e} after 40 steps", f"{name}: f = {heights[-1]:.0e} sau 40 bước"))

# %% [markdown] name="forward_backward_text" lang="en"
# ## Task 6. A net of your own (2 points)
#
# Now put the layers together:
#
# > image → convolution, stride 2 → ReLU → max pooling, 2×2, stride 2 → all numbers in a row → dense layer → ten logits → loss
#
# The numbers of an image are put in a row in reading order, channel after channel (NumPy's `reshape` does so). The dense layer
# gives $Wa+b$ for such a row $a$. The loss and its gradient with respect to the logits come from `softmax_loss`, which is
# given; they are means over the batch. From there, go back the way you came: each layer takes the gradient of what it has
# given and returns that of what it was given. A ReLU lets through what belongs to positive numbers.
#
# Two tests before any training, worth doing with every new net:
# - **The first loss.** A net that knows nothing yet gives each of ten classes the probability 1/10, so its loss must be
#   $\ln 10=2.303$. Much more means that the initial weights are too large (or the images are, or the loss is wrong).
# - **Fifty images.** A net that cannot learn 50 images by heart will not learn 60,000. If it stays below 100%, look for the
#   bug before you look for more data.
#
# One point for loss, logits and gradients. One if at most 100 steps of your `sgd_step` (Nesterov, .9, rate .05) bring your net
# from drawn weights to name all of 50 garments. The grader counts them itself. Your steps should take less than half a second
# each.

# %% [markdown] name="forward_backward_text" lang="vi"
# ## Nhiệm vụ 6. Mạng của chính bạn (2 điểm)
#
# Giờ hãy ghép các tầng lại:
#
# > ảnh → tích chập, sải bước 2 → ReLU → gộp cực đại 2×2, sải bước 2 → xếp mọi số thành một hàng → tầng kết nối đầy đủ
# > → mười logit → mất mát
#
# Các số của một ảnh được xếp thành hàng theo thứ tự đọc, hết kênh này đến kênh khác (`reshape` của NumPy làm đúng như vậy).
# Tầng kết nối đầy đủ tính $Wa+b$ với mỗi hàng $a$. Mất mát và gradient của nó theo logit lấy từ hàm `softmax_loss` cho sẵn; cả
# hai là trung bình trên lô. Từ đó, hãy đi ngược lại đường đã đi: mỗi tầng nhận gradient theo đầu ra của nó và trả về gradient
# theo đầu vào. ReLU chỉ cho gradient qua ở những chỗ có số dương.
#
# Hai phép thử nên làm với mọi mạng mới, trước khi huấn luyện:
# - **Mất mát đầu tiên.** Mạng chưa biết gì thì cho mỗi lớp trong mười lớp xác suất 1/10, nên mất mát phải là $\ln 10=2{,}303$.
#   Lớn hơn nhiều nghĩa là trọng số ban đầu quá lớn (hoặc ảnh quá lớn, hoặc mất mát tính sai).
# - **Năm mươi ảnh.** Mạng không học thuộc lòng nổi 50 ảnh thì cũng không học được 60.000 ảnh. Nếu nó không lên tới 100%, hãy
#   tìm lỗi trước khi tìm thêm dữ liệu.
#
# Một điểm cho mất mát, logit và gradient. Một điểm nếu nhiều nhất 100 bước `sgd_step` của bạn (Nesterov, 0,9, tốc độ học 0,05)
# đưa mạng từ trọng số rút ngẫu nhiên đến chỗ gọi đúng tên cả 50 món đồ. Bộ chấm tự đếm. Mỗi bước của bạn nên mất chưa đến nửa
# giây.


# %% name="softmax_loss" tags=["setup"]
def softmax_loss(logits, labels):
    """The mean cross-entropy of logits (N, 10) and labels (N,), and its gradient with respect to the logits, (N, 10)."""
    """vi: Entropy chéo trung bình của các logit (N, 10) với các nhãn (N,), và gradient của nó theo logit, (N, 10)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_shares = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    right = np.eye(logits.shape[1])[labels]
    return -(right * log_shares).sum() / len(labels), (np.exp(log_shares) - right) / len(labels)


# %% nbgrader={"grade": false, "grade_id": "forward_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward_backward(net, images, labels):
    """A batch through a net, forward and backward.

    net: a dict of float64 arrays, with F filters: "conv_weight" (F, 1, k, k), "conv_bias" (F,), "dense_weight" (10, D) and
    "dense_bias" (10,). images: float64 (N, 1, H, W). labels: int64 (N,), 0 to 9. D is what a pooled image has in all channels.
    Returns (loss, logits, gradients): a float, the mean; float64 (N, 10); a dict with the keys and shapes of net.
    """
    """vi: Đưa một lô qua mạng, xuôi rồi ngược.

    net: dict gồm các mảng float64, với F bộ lọc: "conv_weight" (F, 1, k, k), "conv_bias" (F,), "dense_weight" (10, D) và
    "dense_bias" (10,). images: float64 (N, 1, H, W). labels: int64 (N,), từ 0 đến 9. D: một ảnh sau khi gộp có bao nhiêu số.
    Trả về (loss, logits, gradients): một float, trung bình; float64 (N, 10); một dict có khóa và hình dạng như net.
    """
    ### BEGIN SOLUTION
    before = conv2d(images, net["conv_weight"], net["conv_bias"], stride=2)
    active = np.maximum(before, 0)
    pooled = max_pool(active, 2, 2)
    flat = pooled.reshape(len(images), -1)
    logits = flat @ net["dense_weight"].T + net["dense_bias"]
    loss, dlogits = softmax_loss(logits, labels)
    dpooled = (dlogits @ net["dense_weight"]).reshape(pooled.shape)
    dbefore = max_pool_backward(dpooled, active, 2, 2) * (before > 0)
    _, dweight, dbias = conv2d_backward(dbefore, images, net["conv_weight"], stride=2)
    dense = {"dense_weight": dlogits.T @ flat, "dense_bias": dlogits.sum(axis=0)}
    return float(loss), logits, {"conv_weight": dweight, "conv_bias": dbias, **dense}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "forward_backward-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
rng = np.random.default_rng(0)
shapes = {"conv_weight": (3, 1, 3, 3), "conv_bias": (3,), "dense_weight": (10, 27), "dense_bias": (10,)}
net = {key: rng.normal(size=shape) for key, shape in shapes.items()}
images, labels = rng.normal(size=(4, 1, 14, 14)), np.array([3, 0, 9, 3])
knowing_nothing = {**net, "dense_weight": np.zeros((10, 27)), "dense_bias": np.zeros(10)}
print(say("the first loss", "mất mát đầu tiên"), number(forward_backward(knowing_nothing, images, labels)[0], 3))
loss, logits, gradients = forward_backward(net, images, labels)
print(say("the loss of drawn weights", "mất mát với trọng số rút ngẫu nhiên"), number(loss, 3), logits.shape)
for key in net:
    other = numerical_gradient(lambda array, key=key: forward_backward({**net, key: array}, images, labels)[0], net[key])
    print(key, say("as by steps:", "khớp với gradient số:"), np.allclose(gradients[key], other, atol=1e-6))


### BEGIN HIDDEN TESTS
def check(ask):
    keys = ("conv_weight", "conv_bias", "dense_weight", "dense_bias")

    def forward(net, images, relu=True):
        side = net["conv_weight"].shape[2]
        seen = np.lib.stride_tricks.sliding_window_view(images[:, 0], (side, side), axis=(1, 2))[:, ::2, ::2]
        before = np.einsum("nhwij,fij->nfhw", seen, net["conv_weight"][:, 0]) + net["conv_bias"][:, None, None]
        active = np.maximum(before, 0) if relu else before
        height, width = (size // 2 for size in before.shape[2:])
        quarters = active[:, :, : 2 * height, : 2 * width].reshape(*before.shape[:2], height, 2, width, 2)
        quarters = quarters.swapaxes(3, 4).reshape(*before.shape[:2], height, width, 4)
        logits = quarters.max(axis=4).reshape(len(images), -1) @ net["dense_weight"].T + net["dense_bias"]
        return seen, before, quarters, logits

    def expected(net, images, labels, relu=True, mask=True):
        seen, before, quarters, logits = forward(net, images, relu)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        rows = np.arange(len(labels))
        loss = float(-np.log(shares[rows, labels]).mean())
        shares[rows, labels] -= 1
        dlogits, pooled = shares / len(labels), quarters.max(axis=4)
        dquarters = np.zeros(quarters.shape)
        dpooled = (dlogits @ net["dense_weight"]).reshape(pooled.shape)
        np.put_along_axis(dquarters, quarters.argmax(axis=4)[..., None], dpooled[..., None], axis=4)
        height, width = pooled.shape[2:]
        dbefore = np.zeros(before.shape)
        spread = dquarters.reshape(*pooled.shape, 2, 2).swapaxes(3, 4).reshape(*pooled.shape[:2], 2 * height, 2 * width)
        dbefore[:, :, : 2 * height, : 2 * width] = spread
        if mask:
            dbefore *= before > 0
        out = {"conv_weight": np.einsum("nfhw,nhwij->fij", dbefore, seen)[:, None], "conv_bias": dbefore.sum(axis=(0, 2, 3))}
        out |= {"dense_weight": dlogits.T @ pooled.reshape(len(images), -1), "dense_bias": dlogits.sum(axis=0)}
        return loss, out

    def drawn(filters, side, size, scale=1.0):
        places = ((size - side) // 2 + 1) // 2
        net = {"conv_weight": ask.random.normal(0, scale * 1.4 / side, (filters, 1, side, side))}
        net |= {"conv_bias": scale * ask.random.normal(size=filters) / 2}
        dense = ask.random.normal(0, 0.3 * scale, (10, filters * places * places))
        return net | {"dense_weight": dense, "dense_bias": scale * ask.random.normal(size=10)}

    no_relu = T("goes without ReLU: negative numbers of the convolution become 0", "thiếu ReLU: số âm của tích chập phải thành 0")
    open_relu = T(
        "passes the ReLU on the way back where it was shut: what was negative receives 0",
        "đi ngược qua ReLU cả ở chỗ nó đóng: chỗ có số âm phải nhận 0",
    )
    twice = T(
        "is divided by the batch twice: `softmax_loss` has done so",
        "bị chia cho kích thước lô hai lần: `softmax_loss` đã chia rồi",
    )
    summed = T("is a sum over the batch: it is the mean", "là tổng trên lô: phải là trung bình")
    turned = T("is transposed: it has the shape of the weights", "bị chuyển vị: phải có hình dạng của trọng số")

    with ask.part(1, T("loss, logits and gradients", "mất mát, logit và gradient")):
        for filters, side, size in ((3, 3, 14), (4, 5, 13)):
            net, images = drawn(filters, side, size), ask.random.normal(size=(5, 1, size, size))
            labels = ask.random.integers(0, 10, 5)
            value = ask.call("forward_backward", net, images, labels).value
            whole = T("forward_backward(...)", "forward_backward(...)")
            three = isinstance(value, (tuple, list)) and len(value) == 3
            ask.answer(value, whole).satisfies(
                three and isinstance(value[2], dict) and set(value[2]) == set(keys),
                T(
                    "must return the loss, the logits and a dict with the keys of the net",
                    "phải trả về mất mát, các logit và một dict có các khóa của mạng",
                ),
            )
            loss, gradients = expected(net, images, labels)
            other, without = expected(net, images, labels, relu=False, mask=False)
            answer = ask.answer(value[1], T("the array of logits", "mảng logit"))
            answer.mistake(forward(net, images, relu=False)[-1], "no-relu", no_relu)
            answer.close_to(forward(net, images)[-1], rtol=1e-6)
            answer = ask.answer(value[0], T("the loss", "mất mát")).mistake(other, "no-relu", no_relu)
            answer.mistake(5 * loss, "sum-over-batch", summed).close_to(loss, rtol=1e-6)
            through = expected(net, images, labels, mask=False)[1]
            for key in reversed(keys):
                answer = ask.answer(value[2][key], T(f"the gradient of {key}", f"gradient của {key}"))
                answer.mistake(gradients[key] / 5, "divided-twice", twice).mistake(5 * gradients[key], "sum-over-batch", summed)
                answer.mistake(without[key], "no-relu", no_relu)
                if key.startswith("conv"):
                    answer.mistake(through[key], "relu-open-backward", open_relu)
                if key == "dense_weight":
                    answer.mistake(gradients[key].T, "transposed", turned)
                answer.close_to(gradients[key], rtol=1e-6)
    with ask.part(1, T("50 garments by heart", "thuộc lòng 50 món đồ")):
        images, labels = ask.images(50)
        images = images[:, None] / 255 - 0.286
        net = {key: np.zeros(shape) for key, shape in (("conv_bias", 6), ("dense_bias", 10))}
        net["conv_weight"] = ask.random.normal(0, 0.28, (6, 1, 5, 5))
        net["dense_weight"] = ask.random.normal(0, 0.01, (10, 216))
        source = (
            "import numpy\n"
            "net = {key: array.copy() for key, array in net.items()}\n"
            "velocity = {key: 0 * array for key, array in net.items()}\n"
            "for _ in range(100):\n"
            "    _, logits, gradients = forward_backward(net, images, labels)\n"
            "    if (numpy.argmax(logits, axis=1) == labels).all():\n"
            "        break\n"
            "    for key in net:\n"
            "        step = sgd_step(net[key], gradients[key], velocity[key], 0.05, 0.9, 0.0, True)\n"
            "        net[key], velocity[key] = step\n"
            "return net"
        )
        trained = ask.answer(
            ask.probe(source, net=net, images=images, labels=labels).value, T("the net in the end", "mạng sau cùng")
        )
        # What came back is judged by a forward pass of the grader's own.
        for key in net:
            ask.answer(trained.value[key], T(f"{key} in the end", f"{key} sau cùng")).has_shape(net[key].shape)
        learned = {key: np.asarray(trained.value[key], "float64") for key in net}
        named = forward(learned, images)[-1].argmax(axis=1) == labels
        text = T(
            "the number of garments, of 50, that the net names in the end",
            "số món đồ, trong 50, mà mạng gọi đúng sau cùng",
        )
        ask.answer(int(named.sum()), text).at_least(50)


### END HIDDEN TESTS

# %% [markdown] name="by_heart_text" lang="en"
# ### Fifty garments by heart
#
# Three nets of your layers, each with the first 50 training images. One is as it should be. One has initial weights ten times
# as large. In the third the gradient of the filters gets lost on its way, so they stay as they were drawn: a bug. Which of the
# two tests finds what? At the end each net meets 1,000 garments that it has not seen.

# %% [markdown] name="by_heart_text" lang="vi"
# ### Thuộc lòng năm mươi món đồ
#
# Ba mạng ghép từ các tầng của bạn, cùng học 50 ảnh huấn luyện đầu tiên. Một mạng được dựng đúng. Một mạng có trọng số ban đầu
# lớn gấp mười. Ở mạng thứ ba, gradient của các bộ lọc bị thất lạc dọc đường nên chúng cứ giữ nguyên như lúc rút: một lỗi lập
# trình. Phép thử nào tìm ra lỗi nào? Cuối cùng, mỗi mạng gặp 1.000 món đồ nó chưa từng thấy.

# %% name="by_heart"
pictures, labels = train.images[:, None], train.labels.astype(int)
known, unseen = np.s_[:50], np.s_[50_000:51_000]
cases = {
    say("as it should be", "mạng dựng đúng"): (1, True),
    say("weights ten times as large", "trọng số lớn gấp mười"): (10, True),
    say("filters that never learn", "bộ lọc không hề học"): (1, False),
}


def both_ways(net, which):
    """The mean loss of the net on some of the pictures, the share that it names, and its gradients."""
    """vi: Mất mát trung bình của mạng trên một số ảnh, tỉ lệ gọi đúng tên, và các gradient."""
    loss, logits, gradients = forward_backward(net, pictures[which] / 255.0 - 0.286, labels[which])
    return loss, float((logits.argmax(axis=1) == labels[which]).mean()), gradients


curves, others = {}, {}
for name, (scale, filters_learn) in cases.items():
    rng = np.random.default_rng(0)
    net = {"conv_weight": scale * rng.normal(0, 0.28, (6, 1, 5, 5)), "conv_bias": np.zeros(6)}
    net |= {"dense_weight": scale * rng.normal(0, 0.01, (10, 216)), "dense_bias": np.zeros(10)}
    velocity = {key: np.zeros_like(array) for key, array in net.items()}
    curve = []
    for _ in range(120):
        loss, right, gradients = both_ways(net, known)
        curve.append((loss, right))
        for key in net if filters_learn else ("dense_weight", "dense_bias"):
            net[key], velocity[key] = sgd_step(net[key], gradients[key], velocity[key], 0.05, 0.9, 0.0, True)
    curves[name], others[name] = np.array(curve), both_ways(net, unseen)[1]

whole = sum(bool(curve[-1, 1] == 1) for curve in curves.values())
figure, panels = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
for (name, curve), color, line in zip(curves.items(), (BLUE, ORANGE, GREEN), ("-", "--", "-."), strict=True):
    for axes, values in zip(panels, curve.T, strict=True):
        axes.plot(values, line, color=color, label=name)
panels[0].axhline(np.log(10), color=GREY, linewidth=0.8)
panels[0].text(120, np.log(10) * 1.1, "ln 10", color=GREY, ha="right")
panels[0].set(yscale="log", xlabel=say("step", "bước"), ylabel=say("loss (nats)", "mất mát (nat)"))
panels[0].set_title(say("The first loss gives large weights away", "Mất mát đầu tiên để lộ trọng số quá lớn"))
panels[1].set(xlabel=say("step", "bước"), ylabel=say("share of the 50 that the net names", "tỉ lệ gọi đúng trong 50 món"))
panels[1].set_title(say(f"In the end {whole} of 3 know all 50", f"Rốt cuộc {whole} trong 3 mạng thuộc cả 50 món"))
panels[1].legend(loc="lower right")
words.show()
for name, curve in curves.items():
    at, first, other = np.flatnonzero(curve[:, 1] == 1), number(curve[0, 0], 3), words.percent(others[name])
    when = at[0] if len(at) else say("never", "chưa đạt")
    print(
        say(
            f"{name}: first loss {first}, all 50 after steps: {when}, of 1,000 unseen {other}",
            f"{name}: mất mát đầu tiên {first}, số bước để thuộc cả 50: {when}, đúng {other} trong 1.000 món chưa thấy",
        )
    )

# %% [markdown] name="why_by_heart" lang="en" tags=["why"]
# ### Why? What a test proves
#
# The net whose filters never learn passes the test of 50 garments too. Why can it? What does the test prove then, and what
# does it not? Which other check of this notebook would have found the bug?

# %% [markdown] name="why_by_heart" lang="vi" tags=["why"]
# ### Vì sao? Phép thử chứng minh điều gì
#
# Mạng có bộ lọc không hề học cũng vượt qua phép thử 50 món đồ. Vì sao nó làm được? Vậy phép thử này chứng minh được gì và
# không chứng minh được gì? Phép kiểm tra nào khác trong sổ tay này lẽ ra đã tìm được lỗi?

# %% [markdown] name="why_by_heart-answer" lang="en"
# Six filters drawn at random still give 216 numbers for each garment. A dense layer that has 216 weights for each class can
# tell 50 such rows apart and give each the label that is wanted, whatever the numbers mean. So the test proves that the loss
# falls where the gradient leads and that labels and images belong together; it does not prove that every gradient is right,
# and even less that the net will be right about a garment that it has not seen. The comparison with the numerical gradient
# looks at each parameter by itself: it would have shown a gradient of 0 where a difference is not 0.

# %% [markdown] name="why_by_heart-answer" lang="vi"
# Sáu bộ lọc rút ngẫu nhiên vẫn cho 216 con số với mỗi món đồ. Tầng kết nối đầy đủ có 216 trọng số cho mỗi lớp, đủ để phân biệt
# 50 hàng số như thế và gán cho mỗi hàng cái nhãn ta muốn, bất kể các con số ấy có ý nghĩa gì. Vậy phép thử chứng minh rằng mất
# mát giảm theo hướng mà gradient chỉ ra, và nhãn khớp với ảnh; nó không chứng minh rằng mọi gradient đều đúng, càng không
# chứng minh mạng sẽ đúng với món đồ chưa từng thấy. Phép so với gradient số thì xét riêng từng tham số: nó hẳn đã cho thấy một
# gradient bằng 0 ở chỗ sai phân khác 0.

# %% [markdown] name="batch_norm_text" lang="en"
# ## Task 7. Batch normalisation, forward (3 points)
#
# Batch normalisation (Ioffe and Szegedy 2015) gives each channel mean 0 and variance 1, then lets the net choose another mean
# $\beta$ and another scale $\gamma$. In training mode (1 point) it takes the statistics of the batch: over all images and all
# places, for each channel by itself,
#
# $$y=\gamma\,\frac{x-m}{\sqrt{\sigma^2+\varepsilon}}+\beta,\qquad m=\frac1M\sum x,\qquad \sigma^2=\frac1M\sum(x-m)^2,$$
#
# where $M$ counts the numbers of a channel (divide by $M$, not by $M-1$). In evaluation mode (1 point) it takes running
# averages of what it saw in training, and leaves them as they are. In training mode it keeps them (1 point) by
#
# $$\text{running}\leftarrow\text{momentum}\cdot\text{running}+(1-\text{momentum})\cdot\text{batch}$$
#
# for mean and variance. That is MXNet's convention: its momentum of .9 is the share of the *old* value. PyTorch's momentum of
# .1 is the share of the *new* one, which is the same; and PyTorch divides by $M-1$ for the running variance alone, which is
# not. This `momentum` has nothing to do with that of Task 5 but the name.

# %% [markdown] name="batch_norm_text" lang="vi"
# ## Nhiệm vụ 7. Chuẩn hóa theo lô, lan truyền xuôi (3 điểm)
#
# Chuẩn hóa theo lô (Ioffe và Szegedy 2015) đưa mỗi kênh về trung bình 0 và phương sai 1, rồi để mạng tự chọn trung bình khác
# $\beta$ và thang đo khác $\gamma$. Ở chế độ huấn luyện (1 điểm), nó dùng thống kê của lô: trên mọi ảnh và mọi vị trí, riêng
# cho từng kênh,
#
# $$y=\gamma\,\frac{x-m}{\sqrt{\sigma^2+\varepsilon}}+\beta,\qquad m=\frac1M\sum x,\qquad \sigma^2=\frac1M\sum(x-m)^2,$$
#
# trong đó $M$ là số con số của một kênh (chia cho $M$, không phải $M-1$). Ở chế độ đánh giá (1 điểm), nó dùng các trung bình
# trượt (running average) của những gì đã thấy khi huấn luyện, và giữ nguyên chúng. Ở chế độ huấn luyện, chúng được cập nhật (1
# điểm) theo
#
# $$\text{running}\leftarrow\text{momentum}\cdot\text{running}+(1-\text{momentum})\cdot\text{batch}$$
#
# cho cả trung bình lẫn phương sai. Đây là quy ước của MXNet: momentum 0,9 là phần của giá trị *cũ*. Momentum 0,1 của PyTorch
# là phần của giá trị *mới*, tức là hai bên như nhau; nhưng riêng với phương sai trượt, PyTorch chia cho $M-1$, và chỗ này thì
# khác. `momentum` này chỉ trùng tên với động lượng ở nhiệm vụ 5, ngoài ra không liên quan.


# %% nbgrader={"grade": false, "grade_id": "batch_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.9, eps=1e-5):
    """Batch normalisation of images, channel by channel.

    x: float64 (N, C, H, W). gamma, beta, running_mean, running_var: float64 (C,). training: a bool. momentum: the share of
    the old running average. eps: what is added to the variance.
    Returns (y, running_mean, running_var): y of x's shape, and the running averages after this batch, new arrays (C,).
    """
    """vi: Chuẩn hóa theo lô cho ảnh, từng kênh một.

    x: float64 (N, C, H, W). gamma, beta, running_mean, running_var: float64 (C,). training: bool. momentum: phần của trung
    bình trượt cũ. eps: số cộng thêm vào phương sai.
    Trả về (y, running_mean, running_var): y cùng hình dạng với x, và các trung bình trượt sau lô này, là mảng mới (C,).
    """
    ### BEGIN SOLUTION
    mean, variance = running_mean, running_var
    if training:
        mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * variance
    scale = gamma / np.sqrt(variance + eps)
    y = (x - mean[:, None, None]) * scale[:, None, None] + beta[:, None, None]
    return y, running_mean, running_var
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "batch_norm-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
x = np.array([[1.0, 3.0], [10.0, 10.0], [5.0, 7.0], [30.0, 50.0]]).reshape(2, 2, 1, 2)
settings = np.array([1.0, 2.0]), np.array([0.0, 100.0]), np.array([0.0, 0.0]), np.array([1.0, 1.0])
for training in (True, False):
    y, mean, variance = batch_norm(x, *settings, training)
    print(
        say("training", "huấn luyện") if training else say("evaluation", "đánh giá"),
        y.ravel().round(3),
        mean.round(3),
        variance.round(3),
    )


### BEGIN HIDDEN TESTS
def check(ask):
    def normalized(x, mean, spread, gamma, beta):
        """spread: what x - mean is divided by."""
        return np.stack([(x[:, c] - mean[c]) / spread[c] * gamma[c] + beta[c] for c in range(x.shape[1])], axis=1)

    def drawn():
        channels = int(ask.random.integers(5, 8))
        means, scales = ask.random.normal(0, 2, channels), ask.random.uniform(0.5, 3, channels)
        x = ask.random.normal(means[:, None, None], scales[:, None, None], size=(4, channels, 3, 2))
        settings = {"gamma": ask.random.uniform(0.5, 2, channels), "beta": ask.random.normal(size=channels)}
        settings |= {"running_mean": ask.random.normal(size=channels), "running_var": ask.random.uniform(0.5, 3, channels)}
        return x, settings

    def asked(x, settings, training, **more):
        value = ask.call("batch_norm", x, *settings.values(), training, **more).value
        whole = T("batch_norm(...)", "batch_norm(...)")
        ask.answer(value, whole).satisfies(
            isinstance(value, (tuple, list)) and len(value) == 3,
            T(
                "must return three arrays: y, running_mean, running_var",
                "phải trả về ba mảng: y, running_mean, running_var",
            ),
        )
        texts = [
            T("y in training mode", "y ở chế độ huấn luyện") if training else T("y in evaluation mode", "y ở chế độ đánh giá")
        ]
        texts += [T("the running mean", "trung bình trượt"), T("the running variance", "phương sai trượt")]
        return [ask.answer(each, text) for each, text in zip(value, texts, strict=True)]

    def channels(x, ddof=0):
        """Mean and variance of each channel, by lists of its numbers."""
        lists = [x[:, c].ravel() for c in range(x.shape[1])]
        mean = np.array([sum(each) / len(each) for each in lists])
        return mean, np.array([((each - m) ** 2).sum() / (len(each) - ddof) for each, m in zip(lists, mean, strict=True)])

    less_one = T("divides the variance by M - 1: by M it is asked", "chia phương sai cho M - 1: đề bài chia cho M")
    own_pixel = T(
        "takes each place by itself: mean and variance go over images and places",
        "tính riêng từng vị trí: trung bình và phương sai lấy trên cả ảnh lẫn vị trí",
    )
    all_at_once = T(
        "takes all channels together: each has a mean and a variance",
        "gộp chung mọi kênh: mỗi kênh có trung bình và phương sai riêng",
    )
    each_image = T(
        "takes each image by itself: the statistics are the batch's", "tính riêng từng ảnh: phải lấy thống kê của cả lô"
    )
    outside = T("adds eps outside of the root: it belongs to the variance", "cộng eps ngoài căn: phải cộng vào phương sai")
    no_root = T("divides by the variance: it is its square root", "chia cho phương sai: phải chia cho căn của nó")
    no_scale = T("leaves out gamma and beta", "bỏ qua gamma và beta")
    of_batch = T("takes the statistics of the batch in evaluation too", "khi đánh giá vẫn dùng thống kê của lô")
    turned = T(
        "has the shares the wrong way round: momentum is the share of the old value",
        "tráo hai phần cho nhau: momentum là phần của giá trị cũ",
    )
    deviation = T("averages the standard deviation: the variance is asked", "lấy trung bình độ lệch chuẩn: đề bài cần phương sai")
    kept = T("stays as it was: a batch in training mode changes it", "vẫn như cũ: lô ở chế độ huấn luyện phải làm nó thay đổi")
    only_batch = T("is the batch's alone: the old value has its share", "chỉ lấy từ lô: giá trị cũ cũng có phần")
    changed = T("changes in evaluation mode, where it must stay", "thay đổi ở chế độ đánh giá, lúc phải giữ nguyên")

    def with_mistakes(answer, x, settings, eps):
        gamma, beta = settings["gamma"], settings["beta"]
        mean, variance = channels(x)

        def over(axes, ddof=0):
            found = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True, ddof=ddof)
            return (x - found[0]) / np.sqrt(found[1] + eps) * gamma[:, None, None] + beta[:, None, None]

        answer.mistake(over((0, 2, 3), 1), "variance-by-m-minus-1", less_one).mistake(over(0), "each-place-by-itself", own_pixel)
        answer.mistake(over((0, 1, 2, 3)), "channels-together", all_at_once).mistake(
            over((2, 3)), "each-image-by-itself", each_image
        )
        spread = np.sqrt(variance) + eps
        answer.mistake(normalized(x, mean, spread, gamma, beta), "eps-outside", outside)
        answer.mistake(normalized(x, mean, variance + eps, gamma, beta), "no-root", no_root)
        answer.mistake(normalized(x, mean, np.sqrt(variance + eps), 0 * gamma + 1, 0 * beta), "no-gamma", no_scale)
        return answer

    with ask.part(1, T("training mode", "chế độ huấn luyện")):
        for eps in (0.1, 0.02):
            x, settings = drawn()
            mean, variance = channels(x)
            answer = with_mistakes(asked(x, settings, True, eps=eps)[0], x, settings, eps)
            answer.close_to(normalized(x, mean, np.sqrt(variance + eps), settings["gamma"], settings["beta"]), rtol=1e-6)
    with ask.part(1, T("evaluation mode", "chế độ đánh giá")):
        for eps in (0.1, 0.02):
            x, settings = drawn()
            gamma, beta, mean, variance = settings.values()
            answers = asked(x, settings, False, eps=eps)
            own_mean, own_variance = channels(x)
            wrong = normalized(x, own_mean, np.sqrt(own_variance + eps), gamma, beta)
            answers[0].mistake(wrong, "batch-in-evaluation", of_batch)
            answers[0].mistake(normalized(x, mean, np.sqrt(variance) + eps, gamma, beta), "eps-outside", outside)
            answers[0].mistake(normalized(x, mean, variance + eps, gamma, beta), "no-root", no_root)
            answers[0].mistake(normalized(x, mean, np.sqrt(variance + eps), 0 * gamma + 1, 0 * beta), "no-gamma", no_scale)
            answers[0].close_to(normalized(x, mean, np.sqrt(variance + eps), gamma, beta), rtol=1e-6)
            moved = 0.9 * mean + 0.1 * own_mean, 0.9 * variance + 0.1 * own_variance
            for answer, right, wrong in zip(answers[1:], (mean, variance), moved, strict=True):
                answer.mistake(wrong, "changed-in-evaluation", changed).close_to(right, rtol=1e-6)
    with ask.part(1, T("running averages", "trung bình trượt")):
        for _ in range(2):
            (x, settings), momentum = drawn(), float(ask.random.uniform(0.6, 0.95))
            old = settings["running_mean"], settings["running_var"]
            new, by_less = channels(x), channels(x, 1)[1]
            answers = asked(x, settings, True, momentum=momentum)[1:]
            for answer, before, batch in zip(answers, old, new, strict=True):
                answer.mistake((1 - momentum) * before + momentum * batch, "shares-turned-round", turned)
                answer.mistake(before, "running-kept", kept).mistake(batch, "no-old-value", only_batch)
            answers[1].mistake(momentum * old[1] + (1 - momentum) * by_less, "variance-by-m-minus-1", less_one)
            answers[1].mistake(momentum * old[1] + (1 - momentum) * np.sqrt(new[1]), "deviation-for-variance", deviation)
            for answer, before, batch in zip(answers, old, new, strict=True):
                answer.close_to(momentum * before + (1 - momentum) * batch, rtol=1e-6)


### END HIDDEN TESTS

# %% [markdown] name="running_text" lang="en"
# ### How fast do running averages arrive?
#
# Batches of 16 garments go through your `batch_norm` in training mode, as one channel. Each dot is the mean brightness of one
# batch, each line a running average that began at 0. After $n$ batches $\text{momentum}^n$ of the 0 is still in it. A small
# momentum is there soon and goes on trembling; a large one is calm and comes late. Whoever evaluates a net after a dozen
# batches should know which of them was used.

# %% [markdown] name="running_text" lang="vi"
# ### Trung bình trượt bao lâu thì tới nơi?
#
# Từng lô 16 món đồ đi qua `batch_norm` của bạn ở chế độ huấn luyện, coi như một kênh. Mỗi chấm là độ sáng trung bình của một
# lô, mỗi đường là một trung bình trượt khởi đầu từ 0. Sau $n$ lô, trong nó vẫn còn $\text{momentum}^n$ phần của số 0 ấy.
# Momentum nhỏ thì tới sớm nhưng cứ rung mãi; momentum lớn thì êm nhưng tới muộn. Ai đánh giá một mạng chỉ sau mươi lô nên biết
# momentum nào đã được dùng.

# %% name="running"
brightness = train.images.mean() / 255
one, zero = np.ones(1), np.zeros(1)
batches = [train.images[16 * n : 16 * n + 16, None] / 255.0 for n in range(120)]
figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
axes.plot(1 + np.arange(120), [batch.mean() for batch in batches], ".", color=GREY, alpha=0.6, label=say("one batch", "một lô"))
for momentum, color, line in ((0.5, ORANGE, "-"), (0.9, BLUE, "--"), (0.99, GREEN, "-.")):
    mean, variance, course = zero, one, [0.0]
    for batch in batches:
        _, mean, variance = batch_norm(batch, one, zero, mean, variance, True, momentum)
        course.append(mean[0])
    axes.plot(course, line, color=color, label=f"momentum {number(momentum)}")
    near = int(np.argmax(np.array(course) > 0.9 * brightness))
    needed = near if near else say("more than 120", "hơn 120")
    said = say("batches until nine tenths of the mean are reached", "số lô cho tới chín phần mười giá trị trung bình")
    print(f"momentum {number(momentum)}: {said}: {needed}")
axes.axhline(brightness, color="black", linewidth=0.8)
axes.text(122, brightness, say("all images", "mọi ảnh"), va="center")
axes.set(xlabel=say("batches", "số lô"), ylabel=say("mean brightness", "độ sáng trung bình"), xlim=(0, 121), ylim=(0, None))
axes.set_title(
    say(
        "A running average is late, the more so the larger its momentum", "Trung bình trượt đến muộn, momentum càng lớn càng muộn"
    )
)
axes.legend(loc="lower right", ncols=2)
words.show()

# %% [markdown] name="why_modes" lang="en" tags=["why"]
# ### Why? Two modes
#
# In training mode, what a net with batch normalisation says of a garment depends on which other garments are in the batch. Why
# is that acceptable while it learns, or even useful, and not when it is put to use?

# %% [markdown] name="why_modes" lang="vi" tags=["why"]
# ### Vì sao? Hai chế độ
#
# Ở chế độ huấn luyện, kết quả của mạng có chuẩn hóa theo lô cho một món đồ còn tùy những món khác trong lô. Vì sao điều đó
# chấp nhận được, thậm chí có ích, khi mạng đang học, mà không chấp nhận được khi đem mạng ra dùng?

# %% [markdown] name="why_modes-answer" lang="en"
# While the net learns, the batches are drawn anew all the time. Their statistics are a little different each time, a noise
# that no weight can rely on; it works against overfitting, as dropout does. In use, the answer for a garment must be the same
# today and tomorrow, alone or with others. With a batch of one garment of one pixel a channel the variance would even be 0,
# and the output always $\beta$; with a batch of boots alone, that they are boots would be subtracted. So one takes the
# averages that training left behind.

# %% [markdown] name="why_modes-answer" lang="vi"
# Khi mạng đang học, các lô liên tục được rút lại. Thống kê của chúng mỗi lần hơi khác, một thứ nhiễu mà không trọng số nào dựa
# vào được; nó chống quá khớp, giống như dropout. Khi dùng, câu trả lời cho một món đồ phải như nhau hôm nay và ngày mai, đứng
# một mình hay đứng cùng món khác. Với lô chỉ có một món mà mỗi kênh một điểm ảnh, phương sai thậm chí bằng 0 và đầu ra luôn là
# $\beta$; với lô toàn bốt cổ ngắn, chính việc chúng là bốt sẽ bị trừ mất. Vì thế ta dùng các trung bình mà lúc huấn
# luyện để lại.

# %% [markdown] name="lrn_text" lang="en"
# ## Task 8. The normalisation of 2012 (2 points)
#
# Batch normalisation came three years after AlexNet. The original has *local response normalisation* (Krizhevsky et al. 2012,
# section 3.3) behind its first two convolutions: a number is divided by what its neighbours say at the same pixel, where
# neighbours are the $n$ channels around it, itself in the middle. With $C$ channels,
#
# $$b_c=a_c\Big/\Big(k+\alpha\sum_{c'=\max(0,\,c-\lfloor n/2\rfloor)}^{\min(C-1,\,c+\lfloor n/2\rfloor)}a_{c'}^2\Big)^{\beta},
# \qquad k=2,\quad n=5,\quad\alpha=10^{-4},\quad\beta=0.75.$$
#
# At the first and the last channels the sum has fewer terms. One point with the paper's constants, one with others.
#
# Who builds that net with a library must know that MXNet, PyTorch and ONNX divide $\alpha$ by $n$ before they use it: they
# want `alpha=5e-4` for the paper's $10^{-4}$. TensorFlow does not divide. Here $\alpha$ is the paper's.

# %% [markdown] name="lrn_text" lang="vi"
# ## Nhiệm vụ 8. Phép chuẩn hóa của năm 2012 (2 điểm)
#
# Chuẩn hóa theo lô ra đời sau AlexNet ba năm. Bản gốc dùng *chuẩn hóa đáp ứng cục bộ* (local response normalization,
# Krizhevsky và cộng sự 2012, mục 3.3) sau hai tầng tích chập đầu: mỗi số được chia cho một lượng do các láng giềng của nó
# quyết định, tại cùng một điểm ảnh; láng giềng là $n$ kênh quanh nó, chính nó ở giữa. Với $C$ kênh,
#
# $$b_c=a_c\Big/\Big(k+\alpha\sum_{c'=\max(0,\,c-\lfloor n/2\rfloor)}^{\min(C-1,\,c+\lfloor n/2\rfloor)}a_{c'}^2\Big)^{\beta},
# \qquad k=2,\quad n=5,\quad\alpha=10^{-4},\quad\beta=0{,}75.$$
#
# Ở những kênh đầu và cuối, tổng có ít số hạng hơn. Một điểm với các hằng số của bài báo, một điểm với các hằng số khác.
#
# Ai dựng mạng ấy bằng thư viện phải biết rằng MXNet, PyTorch và ONNX chia $\alpha$ cho $n$ trước khi dùng: muốn có $10^{-4}$
# của bài báo thì phải đưa `alpha=5e-4`. TensorFlow thì không chia. Ở đây $\alpha$ là của bài báo.


# %% nbgrader={"grade": false, "grade_id": "local_response_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def local_response_norm(a, n=5, k=2.0, alpha=1e-4, beta=0.75):
    """Local response normalisation across channels, as in the paper of 2012.

    a: float64 (N, C, H, W). n: how many channels, an odd int; may be larger than C. k, alpha, beta: floats. alpha is not
    divided by n.
    Returns float64 of a's shape.
    """
    """vi: Chuẩn hóa đáp ứng cục bộ theo kênh, như trong bài báo năm 2012.

    a: float64 (N, C, H, W). n: số kênh, số nguyên lẻ; có thể lớn hơn C. k, alpha, beta: float; alpha không chia cho n.
    Trả về float64 cùng hình dạng với a.
    """
    ### BEGIN SOLUTION
    channels, reach = a.shape[1], n // 2
    sums = np.zeros_like(a)
    for c in range(channels):
        sums[:, c] = (a[:, max(0, c - reach) : c + reach + 1] ** 2).sum(axis=1)
    return a / (k + alpha * sums) ** beta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "local_response_norm-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
loud = np.array([0.0, 100.0, 0.0, 0.0, 500.0, 100.0, 0.0, 100.0]).reshape(1, 8, 1, 1)
print(local_response_norm(loud).ravel().round(3))
print(local_response_norm(loud, n=3, k=1.0, alpha=1e-3, beta=0.5).ravel().round(3))


### BEGIN HIDDEN TESTS
def check(ask):
    def normalized(a, n=5, k=2.0, alpha=1e-4, beta=0.75, before=None, after=None, wrapped=False, power=2):
        """One channel after the other; before, after: how many of its neighbours count."""
        before, after = (n // 2 if reach is None else reach for reach in (before, after))
        out = np.zeros(a.shape)
        for c in range(a.shape[1]):
            near = [c + step for step in range(-before, after + 1)]
            near = [d % a.shape[1] for d in near] if wrapped else [d for d in near if 0 <= d < a.shape[1]]
            out[:, c] = a[:, c] / (k + alpha * sum(a[:, d] ** power for d in near)) ** beta
        return out

    def over_places(a, n, k, alpha, beta):
        """The neighbours at other pixels of the same channel."""
        reach = n // 2
        squares = np.pad(a**2, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
        sums = np.lib.stride_tricks.sliding_window_view(squares, (n, n), axis=(2, 3)).sum(axis=(4, 5))
        return a / (k + alpha * sums) ** beta

    divided = T(
        "divides alpha by n, as MXNet and PyTorch do: the paper does not",
        "chia alpha cho n như MXNet và PyTorch: bài báo không chia",
    )
    places = T(
        "takes neighbours at other pixels: they are other channels at the same pixel",
        "lấy láng giềng ở điểm ảnh khác: phải là kênh khác tại cùng điểm ảnh",
    )
    wraps = T(
        "takes the last channels for neighbours of the first: the sum ends at the borders",
        "coi các kênh cuối là láng giềng của kênh đầu: tổng dừng ở hai đầu",
    )
    too_wide = T("takes n neighbours on either side: n is the whole width", "lấy n láng giềng mỗi phía: n là cả bề rộng")
    one_side = T(
        "takes the channels of one side alone: the channel stands in the middle", "chỉ lấy kênh một phía: kênh đang xét ở giữa"
    )
    not_itself = T("leaves the channel itself out of the sum", "không tính chính kênh đang xét vào tổng")
    all_channels = T("takes all channels: they are the n around it", "lấy mọi kênh: chỉ n kênh quanh nó")
    no_power = T("leaves out the power beta", "bỏ qua số mũ beta")
    own = T("uses the paper's constants whatever is asked", "luôn dùng hằng số của bài báo, bất kể được đưa gì")

    def asked(a, **constants):
        answer = ask.call("local_response_norm", a, **constants)
        used = {"n": 5, "k": 2.0, "alpha": 1e-4, "beta": 0.75, **constants}
        n, reach = used["n"], used["n"] // 2
        answer.mistake(normalized(a, **{**used, "alpha": used["alpha"] / n}), "alpha-divided-by-n", divided)
        answer.mistake(over_places(a, **used), "over-places", places)
        answer.mistake(normalized(a, **used, wrapped=True), "wraps-round", wraps)
        answer.mistake(normalized(a, **used, before=n, after=n), "n-on-either-side", too_wide)
        for before, after in ((0, n - 1), (n - 1, 0), (reach, 0), (0, reach), (reach, reach - 1)):
            answer.mistake(normalized(a, **used, before=before, after=after), "one-side", one_side)
        without = normalized(a, **used)
        for c in range(a.shape[1]):
            near = [d for d in range(max(0, c - reach), min(a.shape[1], c + reach + 1)) if d != c]
            without[:, c] = a[:, c] / (used["k"] + used["alpha"] * sum((a[:, d] ** 2 for d in near), 0 * a[:, c])) ** used["beta"]
        answer.mistake(without, "not-itself", not_itself)
        answer.mistake(normalized(a, **used, before=a.shape[1], after=a.shape[1]), "all-channels", all_channels)
        answer.mistake(normalized(a, **{**used, "beta": 1.0}), "no-power", no_power)
        if constants:
            answer.mistake(normalized(a), "own-constants", own)
        answer.close_to(normalized(a, **used), rtol=1e-7)

    def drawn(channels):
        return ask.random.normal(0, 200, size=(2, channels, 7, 9))

    with ask.part(1, T("the paper's constants", "các hằng số của bài báo")):
        for _ in range(2):
            asked(drawn(int(ask.random.integers(12, 20))))
    with ask.part(1, T("other constants", "các hằng số khác")):
        for n, channels in ((3, 9), (7, 12), (5, 2)):
            constants = {"k": float(ask.random.uniform(0.5, 3)), "alpha": float(ask.random.uniform(1e-4, 1e-3))}
            asked(drawn(channels), n=n, **constants, beta=float(ask.random.uniform(0.4, 0.7)))


### END HIDDEN TESTS

# %% [markdown] name="loud_text" lang="en"
# ### A loud neighbour
#
# One channel says 10 at some pixel, the channel beside it says more and more. How much of the 10 is left?

# %% [markdown] name="loud_text" lang="vi"
# ### Một láng giềng ồn ào
#
# Tại một điểm ảnh, một kênh cho giá trị 10, kênh bên cạnh cho giá trị ngày càng lớn. Số 10 ấy còn lại bao nhiêu?

# %% name="loud"
voices = 10.0 ** np.arange(0, 4.05, 0.1)
figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
left_of_ten = {}
for alpha, color, line, label in (
    (1e-4, BLUE, "-", say("the paper's alpha", "alpha của bài báo")),
    (1e-4 / 5, ORANGE, "--", say("alpha divided by n", "alpha chia cho n")),
):
    heard = [local_response_norm(np.array([10.0, voice]).reshape(1, 2, 1, 1), alpha=alpha)[0, 0, 0, 0] for voice in voices]
    axes.semilogx(voices, heard, line, color=color, label=label)
    half = float(voices[np.argmax(np.array(heard) < heard[0] / 2)])
    print(
        say(
            f"{label}: {number(heard[0], 2)} beside a neighbour of 1, less than half of that beside {number(half, 0)}",
            f"{label}: còn {number(heard[0], 2)} khi láng giềng bằng 1, chưa đến một nửa số đó khi láng giềng bằng {number(half, 0)}",
        )
    )
axes.set(
    xlabel=say("what the neighbour says", "giá trị của láng giềng"),
    ylabel=say("what is left of 10", "số 10 còn lại"),
    ylim=(0, None),
)
axes.set_title(say("A neighbour makes itself felt from about 100 on", "Láng giềng phải cỡ 100 trở lên mới có ảnh hưởng"))
axes.legend()
words.show()

# %% [markdown] name="closing" lang="en"
# ## What you have seen
#
# - **A layer is two functions.** Forward, a weight meets a number and the product is added; backward, the same meetings are
#   read the other way round. MXNet's layers compute the same numbers, only faster. Notebooks 02 and 04 count these products,
#   04 the bytes too, and 07 puts filters that people have thought out beside learned ones.
# - **A gradient can be checked without calculus.** A step of $10^{-5}$ to both sides came as near as ten digits, the best step
#   to one side as near as seven. Of all the checks in this notebook, only this one looks at every number of a gradient.
# - **Momentum carries.** After 40 steps the plain path still lay 0.7 above the lowest place, the one with momentum
#   $2\cdot10^{-3}$, Nesterov's $4\cdot10^{-6}$. But momentum swings, and Nesterov's bears a smaller rate than plain steps do.
#   The grader trains the nets of 01, 02 and 05 with Nesterov's momentum of 0.9, and 03 asks how the rate goes with the batch.
# - **Two tests before training.** The first loss was 2.305 where $\ln10=2.303$, and 13.7 with weights ten times as large. All
#   50 garments were known after 28 steps, and 65% of 1,000 others. With filters that never learned it took 81 steps, and the
#   share of the others was 65% as well: a test that is passed says less than one that is failed. What more images and more
#   epochs bring is the subject of 01.
# - **Batch normalisation has a memory.** With a momentum of 0.9 the running mean took 20 batches for nine tenths of the way;
#   with 0.99 it was not there after 120. Notebook 05 writes the other normalisation, that of the images, and nets of 02 and 05
#   use both.
# - **The normalisation of 2012** with its constants divides by $2^{0.75}=1.68$ and does little else until numbers come near a
#   hundred. In the net of 2012 they did: its images went from 0 to 255. The chapter leaves it out.

# %% [markdown] name="closing" lang="vi"
# ## Những điều rút ra
#
# - **Một tầng là hai hàm.** Chiều xuôi: trọng số gặp một con số, tích được cộng vào. Chiều ngược: vẫn những lần gặp ấy, đọc
#   theo chiều kia. Các tầng của MXNet tính ra đúng những con số này, chỉ nhanh hơn. Sổ tay 02 và 04 đếm các tích ấy, 04 đếm cả
#   số byte, còn 07 đặt những bộ lọc do người nghĩ ra cạnh những bộ lọc học được.
# - **Có thể kiểm tra gradient mà không cần giải tích.** Bước $10^{-5}$ về cả hai phía cho đúng chừng mười chữ số, bước tốt
#   nhất về một phía cho đúng chừng bảy. Trong các phép kiểm tra của sổ tay này, chỉ phép này nhìn đến từng con số của
#   gradient.
# - **Động lượng tạo đà.** Sau 40 bước, đường thuần vẫn còn cao hơn chỗ thấp nhất 0,7, đường có động lượng $2\cdot10^{-3}$,
#   đường Nesterov $4\cdot10^{-6}$. Nhưng động lượng hay đung đưa, và tốc độ học cao nhất mà Nesterov chịu được lại thấp hơn của bước thuần.
#   Bộ chấm huấn luyện các mạng của 01, 02 và 05 bằng động lượng Nesterov 0,9; sổ tay 03 hỏi tốc độ học phải đi cùng kích thước
#   lô ra sao.
# - **Hai phép thử trước khi huấn luyện.** Mất mát đầu tiên là 2,305, còn $\ln10=2{,}303$; với trọng số lớn gấp mười thì là
#   13,7. Mạng thuộc cả 50 món đồ sau 28 bước, và đúng 65% trong 1.000 món khác. Với bộ lọc không hề học thì mất 81 bước, và tỉ
#   lệ đúng trên các món khác cũng là 65%: qua được một phép thử nói lên ít điều hơn là trượt phép thử ấy. Thêm ảnh và thêm
#   epoch thì được gì là chủ đề của sổ tay 01.
# - **Chuẩn hóa theo lô có trí nhớ.** Với momentum 0,9, trung bình trượt cần 20 lô để đi được chín phần mười quãng đường; với
#   0,99, sau 120 lô nó vẫn chưa tới. Sổ tay 05 viết phép chuẩn hóa kia, của ảnh đầu vào, và các mạng của 02 và 05 dùng cả hai.
# - **Phép chuẩn hóa của năm 2012** với các hằng số của nó chỉ chia cho $2^{0{,}75}=1{,}68$ và gần như không làm gì khác chừng
#   nào các con số chưa gần tới hàng trăm. Trong mạng năm 2012 thì có: ảnh của nó đi từ 0 đến 255. Chương bỏ tầng này.

# %% [markdown] name="score_text" lang="en"
# ## Your score
#
# Save the notebook (Ctrl+S, on a Mac Cmd+S), then run the cell below. It grades the file as it was saved last, which takes a
# few seconds. The cell itself counts for nothing.

# %% [markdown] name="score_text" lang="vi"
# ## Điểm của bạn
#
# Hãy lưu sổ tay (Ctrl+S, trên máy Mac là Cmd+S) rồi chạy ô dưới đây. Ô này chấm bản được lưu gần nhất của tệp, mất vài giây.
# Bản thân nó không được tính điểm.

# %% name="score" tags=["skip-execution"]
from gluon_alexnet.grading.in_notebook import grade_this_notebook

grade_this_notebook("00_convolution")
