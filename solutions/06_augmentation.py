# %% [markdown] name="intro" lang="en"
# # 6. Flips, crops and colours
#
# The chapter tells in one sentence that AlexNet was trained on flipped, cropped and recoloured pictures, and asks nothing
# about it. Here you write these changes yourself, find out which of them a garment survives, and see what they do to
# overfitting.
#
# **Time.** Eight tasks, 20 points: two to three hours, of which the machine computes for two or three minutes.
#
# **Your score.** Save the notebook and run its last cell. Or, in a terminal, in the folder of the project (`make lab`
# has copied the notebook to `my-exercises/`): `.venv/bin/gluon-alexnet grade my-exercises/06_augmentation.ipynb`.
# Grading takes less than a minute.
#
# **What counts** are the answer cells alone, those that begin with `# task:`, run together with the cells that the
# notebook gives. So helper functions and imports belong in the answer cell that uses them. The cell below each answer
# prints a practice check; compare it with the output stored there. The grader asks your functions about other pictures,
# drawn anew each time.
#
# **What answers may use**: NumPy and Python's standard library.
#
# **The other notebooks** are not needed for this one. Notebook 5 shifts pictures, too: a crop with a border is the same
# thing, so who has been there knows half of tasks 1 and 2.
#
# Tools of this notebook:
# - `np` is NumPy. A grey batch is uint8 `(N, H, W)`, 0 black to 255 white; a colour batch is uint8 `(N, H, W, 3)`: red,
#   green, blue.
# - `landscape()` draws a small colour picture.
# - `FashionMNISTLoader(split, batch_size)` gives batches of `"train-rest"` (55,000 images to learn from) or of
#   `"validation"` (5,000 to choose by); `.pixels` and `.labels` are all of them. The `"test"` images are left to the grader.
# - `fit(net, data, ...)` trains a net, `evaluate(net, data)` gives its accuracy.
# - `words` and `number` write numbers and plots as the language of the notebook does.
#
# Where Fashion-MNIST is not at hand and cannot be fetched, the loader draws *stand-in pictures*, and says so. Task 8 then
# asks for a gain of 0.105 instead of 0.18.

# %% [markdown] name="intro" lang="vi"
# # 6. Lật, cắt và đổi màu
#
# Chương chỉ nói trong một câu rằng AlexNet được huấn luyện trên những ảnh đã lật, cắt và đổi màu, rồi không hỏi gì thêm. Ở
# đây bạn tự viết các phép biến đổi ấy, tìm xem phép nào không làm món đồ đổi loại, và xem chúng ảnh hưởng thế nào đến
# hiện tượng quá khớp.
#
# **Thời gian.** Tám nhiệm vụ, 20 điểm: từ hai đến ba giờ, trong đó máy chạy chừng hai, ba phút.
#
# **Xem điểm.** Hãy lưu sổ tay rồi chạy ô cuối cùng. Hoặc mở cửa sổ dòng lệnh ở thư mục của dự án (`make lab` đã chép sổ
# tay vào `my-exercises/vi/`) và gõ `.venv/bin/gluon-alexnet grade my-exercises/vi/06_augmentation.ipynb`. Chấm mất chưa tới
# một phút.
#
# **Phần được tính điểm** chỉ là các ô trả lời, tức những ô bắt đầu bằng `# task:`, chạy cùng những ô cho sẵn. Vì vậy hãy
# đặt hàm phụ và lệnh import ngay trong ô trả lời dùng đến chúng. Ô kiểm tra thử dưới mỗi câu trả lời in ra vài giá trị;
# hãy so với kết quả lưu sẵn ở đó. Bộ chấm gọi các hàm của bạn với những ảnh khác, mỗi lần chấm lại rút ngẫu nhiên.
#
# **Câu trả lời được dùng** NumPy và thư viện chuẩn của Python.
#
# **Các sổ tay khác** có thể để sau, sổ tay này không dựa vào chúng. Sổ tay 5 cũng dịch ảnh: cắt từ ảnh có viền chính là
# phép ấy, nên ai đã làm sổ tay 5 thì biết trước một nửa nhiệm vụ 1 và 2.
#
# Công cụ của sổ tay này:
# - `np` là NumPy. Một lô ảnh xám là mảng uint8 `(N, H, W)`, từ 0 (đen) đến 255 (trắng); một lô ảnh màu là uint8
#   `(N, H, W, 3)`: đỏ, lục, lam.
# - `landscape()` vẽ một bức ảnh màu nhỏ.
# - `FashionMNISTLoader(split, batch_size)` cho từng lô ảnh của `"train-rest"` (55.000 ảnh để học) hoặc `"validation"` (tập
#   thẩm định, 5.000 ảnh để chọn); `.pixels` và `.labels` là toàn bộ ảnh và nhãn. Ảnh kiểm tra (`"test"`) dành cho bộ chấm.
# - `fit(net, data, ...)` huấn luyện mạng, `evaluate(net, data)` cho độ chính xác của mạng.
# - `words` và `number` viết số và hình vẽ theo tiếng Việt. Riêng mã lệnh và mảng NumPy viết kiểu Anh: 0.5 là không phẩy năm.
#
# Khi không có Fashion-MNIST và cũng không tải được, bộ nạp tự vẽ *dữ liệu thay thế* và báo cho bạn biết. Khi ấy nhiệm vụ 8
# cần mức tăng 0,105 thay vì 0,18.

# %% name="setup" tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from gluon_alexnet.study import Words, style

words = Words(say("en", "vi"))
number = words.number
style()

# After Okabe and Ito's palette (2008), told apart by colour-blind readers too.
# vi: Theo bảng màu của Okabe và Ito (2008), người mù màu cũng phân biệt được.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#6a7683"


def landscape(height=96, width=144):
    """A drawn picture of a house in the hills, uint8 (height, width, 3)."""
    """vi: Một bức tranh vẽ ngôi nhà giữa đồi, uint8 (height, width, 3)."""
    y, x = (np.arange(height)[:, None] + 0.5) / height, (np.arange(width)[None, :] + 0.5) / width
    sun = 2.25 * (x - 0.8) ** 2 + (y - 0.2) ** 2 < 0.009
    far, near = y > 0.52 + 0.09 * np.sin(9 * x), y > 0.72 + 0.07 * np.sin(5 * x + 1)
    wall = (abs(x - 0.3) < 0.08) & (abs(y - 0.66) < 0.07)
    roof = (y < 0.59) & (y > 0.47 + abs(x - 0.3))
    bloom = near & (np.sin(70 * x + 9 * y) * np.sin(90 * y) > 0.93)
    picture = np.stack(np.broadcast_arrays(0.35 + 0.6 * y, 0.6 + 0.3 * y, 0.95 - 0.1 * y + 0 * x), axis=-1)
    things = ((sun, (1, 0.93, 0.6)), (far, (0.3, 0.45, 0.42)), (near, (0.3, 0.55, 0.16)))
    things += ((wall, (0.93, 0.87, 0.76)), (roof, (0.72, 0.2, 0.14)), (bloom, (0.9, 0.3, 0.5)))
    for mask, color in things:
        picture = np.where(mask[..., None], np.array(color) * (1.15 - 0.35 * y[..., None]), picture)
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)

# %% [markdown] name="flip_text" lang="en"
# ## Task 1. In the mirror (1 point)
#
# A sneaker seen in a mirror is still a sneaker. So every picture of the training set gives a second one for free, with a
# label that nobody had to write. Krizhevsky, Sutskever and Hinton (2012) toss a coin for each picture each time it is used.
#
# Write `flip`. The coins are tossed already: mirror the pictures (left to right) where `mirrored` is True. Leave the array
# that you were given as it is: it may be the only copy of the training set.

# %% [markdown] name="flip_text" lang="vi"
# ## Nhiệm vụ 1. Trong gương (1 điểm)
#
# Chiếc giày thể thao nhìn trong gương vẫn là chiếc giày thể thao. Vì thế mỗi ảnh của tập huấn luyện cho thêm miễn phí một
# ảnh nữa, kèm cái nhãn không ai phải gán. Krizhevsky, Sutskever và Hinton (2012) tung đồng xu cho từng ảnh mỗi khi dùng đến
# nó.
#
# Hãy viết `flip`. Đồng xu đã được tung sẵn: ảnh nào có `mirrored` là True thì lật trái phải. Đừng sửa mảng bạn nhận được:
# đó có thể là bản duy nhất của tập huấn luyện.

# %% nbgrader={"grade": false, "grade_id": "flip", "locked": false, "schema_version": 3, "solution": true, "task": false}
def flip(images, mirrored):
    """A new array: the images, those where `mirrored` is True mirrored left to right.

    images: uint8 (N, H, W) or (N, H, W, 3). mirrored: bool (N,).
    """
    """vi: Một mảng mới: các ảnh, trong đó ảnh nào có `mirrored` là True thì bị lật trái phải.

    images: uint8 (N, H, W) hoặc (N, H, W, 3). mirrored: bool (N,).
    """
    ### BEGIN SOLUTION
    flipped = images.copy()
    flipped[mirrored] = images[mirrored][:, :, ::-1]
    return flipped
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "flip-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
practice = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
print(flip(practice, np.array([False, True])))
### BEGIN HIDDEN TESTS
def check(ask):
    with ask.part(1, T("grey and colour pictures, each by its own coin", "ảnh xám và ảnh màu, mỗi ảnh theo đồng xu của nó")):
        for channels in ((), (3,), ()):
            count, height, width = (int(n) for n in ask.random.integers([3, 4, 4], [9, 12, 12]))
            images = ask.random.integers(0, 256, (count, height, width, *channels)).astype(np.uint8)
            mirrored = ask.random.random(count) < 0.5
            mirrored[:2] = True, False
            expected = np.stack([image[:, ::-1] if coin else image for image, coin in zip(images, mirrored, strict=True)])
            answer = ask.call("flip", images, mirrored)
            upside = T("turns pictures upside down: left and right are the columns", "lật ngược trên dưới: trái phải là các cột")
            others = T("mirrors those whose coin is False", "lật đúng những ảnh có đồng xu là False")
            every = T("mirrors every picture: some coins are False", "lật mọi ảnh: có đồng xu là False")
            for steps, coins, name, text in (
                ((-1, 1), mirrored, "upside-down", upside),
                ((-1, -1), mirrored, "turned-by-180", T("turns pictures by 180 degrees", "xoay ảnh 180 độ")),
                ((1, -1), ~mirrored, "mask-turned-round", others),
                ((1, -1), mirrored | True, "all-mirrored", every),
                ((1, 1), mirrored, "not-mirrored", T("mirrors none", "không lật ảnh nào")),
            ):
                pairs = zip(images, coins, strict=True)
                turned = [image[:: steps[0], :: steps[1]] if coin else image for image, coin in pairs]
                answer.mistake(np.stack(turned).astype(np.float64), name, text)
            answer.close_to(expected.astype(np.float64), rtol=0, atol=0)
            kept = np.array_equal(ask.probe("flip(images, mirrored)\nreturn images", images=images, mirrored=mirrored).value, images)
            text = T("has changed: work on a copy", "đã bị sửa: hãy làm trên bản sao")
            ask.answer(kept, T("the array that flip was given", "mảng đưa cho flip")).satisfies(bool, text, "input-changed")
### END HIDDEN TESTS

# %% [markdown] name="crop_text" lang="en"
# ## Task 2. Crops (3 points)
#
# AlexNet's pictures were 256×256, its input 224×224: each time a picture was used, a window of 224×224 was cut out of it at
# random. Small pictures such as ours are padded first. A 28×28 window in a garment with a black border of 2 pixels moves
# the garment by up to 2 pixels.
#
# Write two functions.
# - `crop` cuts a square window out of each picture. `top` and `left` say where each window begins, **counted in the padded
#   picture**, whose border is black (0).
# - `how_many_crops`: how many different pictures can random windows and mirrors make of one picture? (Of one that is
#   nowhere symmetric, so that no two of them coincide.)
#
# The paper counts $32 \cdot 32 \cdot 2 = 2048$. Count yourself, and do not be surprised if you disagree.

# %% [markdown] name="crop_text" lang="vi"
# ## Nhiệm vụ 2. Cắt ảnh (3 điểm)
#
# Ảnh của AlexNet có cỡ 256×256, còn đầu vào là 224×224: mỗi lần dùng một ảnh, một cửa sổ 224×224 được cắt ra ở chỗ ngẫu
# nhiên. Ảnh nhỏ như của ta thì được đệm viền trước. Cửa sổ 28×28 trong một ảnh có thêm viền đen rộng 2 điểm ảnh sẽ dịch món
# đồ đi nhiều nhất 2 điểm ảnh.
#
# Hãy viết hai hàm.
# - `crop` cắt một cửa sổ vuông từ mỗi ảnh. `top` và `left` cho biết mỗi cửa sổ bắt đầu ở đâu, **đếm trong ảnh đã đệm**, với
#   viền màu đen (0).
# - `how_many_crops`: các cửa sổ ngẫu nhiên và phép lật gương tạo được bao nhiêu ảnh khác nhau từ một ảnh? (Ảnh không có chỗ
#   nào đối xứng, nên không có hai kết quả trùng nhau.)
#
# Bài báo đếm được $32 \cdot 32 \cdot 2 = 2.048$. Bạn hãy tự đếm, và đừng ngạc nhiên nếu ra số khác.

# %% nbgrader={"grade": false, "grade_id": "crop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def crop(images, top, left, size, padding=0):
    """uint8 (N, size, size): from each image, padded, the window whose upper left pixel is (top, left).

    images: uint8 (N, H, W). top, left: int (N,), from 0 on, in the padded image. size: side of the window in pixels.
    padding: width of the black border on all four sides, in pixels.
    """
    """vi: uint8 (N, size, size): từ mỗi ảnh, sau khi đệm, lấy cửa sổ có điểm ảnh trên cùng bên trái tại (top, left).

    images: uint8 (N, H, W). top, left: int (N,), từ 0 trở đi, đếm trong ảnh đã đệm. size: cạnh của cửa sổ, tính bằng
    điểm ảnh. padding: độ rộng của viền đen ở cả bốn phía, tính bằng điểm ảnh.
    """
    ### BEGIN SOLUTION
    padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding)))
    return np.stack([image[y : y + size, x : x + size] for image, y, x in zip(padded, top, left, strict=True)])
    ### END SOLUTION


def how_many_crops(side, size, padding=0):
    """How many different pictures, an int: windows of size x size in a padded image of side x side, and their mirrors."""
    """vi: Số ảnh khác nhau, int: các cửa sổ size x size trong ảnh side x side đã đệm, và ảnh gương của chúng."""
    ### BEGIN SOLUTION
    places = side + 2 * padding - size + 1
    return 2 * places**2
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "crop-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
practice = np.arange(1, 17, dtype=np.uint8).reshape(1, 4, 4)
print(crop(practice, np.array([1]), np.array([2]), 2))
print(crop(practice, np.array([0]), np.array([1]), 4, padding=1))
print(say("pictures of a 5x5 image in 4x4 windows:", "số ảnh từ một ảnh 5x5 với cửa sổ 4x4:"), how_many_crops(5, 4))
### BEGIN HIDDEN TESTS
def check(ask):
    def draw(padding):
        count, height, width, size = (int(n) for n in ask.random.integers([2, 9, 9, 4], [8, 15, 15, 9]))
        images = ask.random.integers(1, 256, (count, height, width)).astype(np.uint8)
        top = ask.random.integers(0, height + 2 * padding - size + 1, count)
        left = ask.random.integers(0, width + 2 * padding - size + 1, count)
        framed = np.zeros((count, height + 2 * padding, width + 2 * padding))
        framed[:, padding : padding + height, padding : padding + width] = images
        return (images, top, left, size), framed

    def windows(framed, top, left, size):
        places = zip(framed, top, left, strict=True)
        return np.stack([picture[y : y + size, x : x + size] for picture, y, x in places])

    def judge(padding):
        (images, top, left, size), framed = draw(padding)
        more = {"padding": padding} if padding else {}
        answer = ask.call("crop", images, top, left, size, **more)
        if max(top.max(), left.max()) + size <= min(framed.shape[1:]):
            answer.mistake(windows(framed, left, top, size), "top-for-left", T("takes top for left", "lẫn top với left"))
        first = T("cuts every picture where the first is cut", "cắt mọi ảnh ở chỗ của ảnh đầu")
        answer.mistake(windows(framed, top * 0 + top[0], left * 0 + left[0], size), "same-window-for-all", first)
        # Where the windows lie within the picture of somebody who has forgotten the border.
        further = np.pad(framed, ((0, 0), (0, padding), (0, padding)))
        unmoved = T(
            "counts from the picture's own corner: top and left count in the padded picture",
            "đếm từ góc của ảnh gốc: top và left đếm trong ảnh đã đệm",
        )
        answer.mistake(windows(further, top + padding, left + padding, size), "border-not-counted", unmoved)
        edge = np.pad(images, ((0, 0), (padding, padding), (padding, padding)), mode="edge")
        repeated = T("repeats the pixels of the rim: the border is black", "lặp lại điểm ảnh ở mép: viền phải đen")
        answer.mistake(windows(edge, top, left, size), "border-not-black", repeated)
        answer.close_to(windows(framed, top, left, size), rtol=0, atol=0)

    with ask.part(1, T("windows without a border", "cửa sổ khi không có viền")):
        for _ in range(4):
            judge(0)
    with ask.part(1, T("windows that reach into a black border", "cửa sổ lấn vào viền đen")):
        for _ in range(4):
            judge(int(ask.random.integers(1, 5)))
    with ask.part(1, T("the number of pictures", "số ảnh khác nhau")):
        for _ in range(4):
            size, more, padding = (int(n) for n in ask.random.integers([20, 1, 0], [225, 40, 5]))
            answer, places = ask.call("how_many_crops", size + more, size, padding), more + 2 * padding + 1
            paper = T(
                "counts as the paper does: there is one place more in each direction",
                "đếm như bài báo: mỗi chiều còn thêm một vị trí",
            )
            answer.mistake(2 * (places - 1) ** 2, "no-plus-one", paper)
            answer.mistake(places**2, "no-mirrors", T("leaves out the mirror images", "quên các ảnh lật"))
            line = T("counts one direction: a window moves down and across", "mới đếm một chiều: cửa sổ dịch cả dọc lẫn ngang")
            answer.mistake(2 * places, "one-direction", line)
            once = T("adds the padding once: it stands on both sides", "chỉ thêm đệm một lần: đệm có ở cả hai phía")
            answer.mistake(2 * (more + padding + 1) ** 2, "padding-on-one-side", once).equals(2 * places**2)
### END HIDDEN TESTS

# %% [markdown] name="change_light_text" lang="en"
# ## Task 3. Another light (2 points)
#
# A cloud passes, the lamp is brighter: the garment stays what it is. With an image's own mean grey $m$, a contrast $c$ and
# a brightness $b$ (in grey levels), each pixel $x$ becomes
# $$m + c\,(x - m) + b.$$
# Write `change_light`, each picture with its own $b$ and $c$. The result is uint8 again: **round** to the nearest whole
# number, and **clip** what is below 0 or above 255. Without clipping, 260 would come out as 4: a white sleeve with black
# holes.

# %% [markdown] name="change_light_text" lang="vi"
# ## Nhiệm vụ 3. Ánh sáng khác (2 điểm)
#
# Mây bay qua, đèn sáng hơn: món đồ vẫn là nó. Với độ xám trung bình $m$ của chính bức ảnh, độ tương phản $c$ và độ sáng $b$
# (tính bằng mức xám), mỗi điểm ảnh $x$ trở thành
# $$m + c\,(x - m) + b.$$
# Hãy viết `change_light`, mỗi ảnh có $b$ và $c$ riêng. Kết quả lại là uint8: **làm tròn** đến số nguyên gần nhất, và **cắt
# ngưỡng** (clip) những gì dưới 0 hoặc trên 255. Nếu không cắt, 260 sẽ biến thành 4: ống tay áo trắng thủng lỗ đen.

# %% nbgrader={"grade": false, "grade_id": "change_light", "locked": false, "schema_version": 3, "solution": true, "task": false}
def change_light(images, brightness, contrast):
    """uint8 (N, H, W): m + contrast * (x - m) + brightness, m each image's own mean; rounded, and clipped to 0..255.

    images: uint8 (N, H, W). brightness: float (N,), in grey levels. contrast: float (N,), above 0.
    """
    """vi: uint8 (N, H, W): m + contrast * (x - m) + brightness, m là trung bình của từng ảnh; làm tròn, cắt về 0..255.

    images: uint8 (N, H, W). brightness: số thực (N,), tính bằng mức xám. contrast: số thực (N,), lớn hơn 0.
    """
    ### BEGIN SOLUTION
    mean = images.mean(axis=(1, 2), keepdims=True)
    changed = mean + contrast[:, None, None] * (images - mean) + brightness[:, None, None]
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "change_light-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
practice = np.array([[[0, 100], [200, 100]]] * 3, dtype=np.uint8)
lit = change_light(practice, brightness=np.array([60.0, 0.0, 50.0]), contrast=np.array([1.0, 0.5, 2.0]))
print(lit.reshape(3, 4), lit.dtype)
### BEGIN HIDDEN TESTS
def check(ask):
    def compare(brightness, contrast):
        # Dark and bright pictures, so that their means differ.
        darkest, range_of_greys = ask.random.integers([[0], [60]], [[130], [126]], (2, len(brightness)))
        share = ask.random.random((len(brightness), 9, 12))
        images = (darkest[:, None, None] + range_of_greys[:, None, None] * share).astype(np.uint8)
        mean = images.mean(axis=(1, 2), keepdims=True)
        b, c = brightness[:, None, None], contrast[:, None, None]

        def clipped(changed):
            return np.minimum(np.maximum(np.round(changed), 0), 255)

        expected = clipped(mean + c * (images - mean) + b)
        value = ask.call("change_light", images, brightness, contrast).value
        answer = ask.answer(value, "change_light(images, brightness, contrast)").has_shape(images.shape)
        wrapped = T("wraps around where it should clip: 260 has become 4", "bị tràn thay vì cắt ngưỡng: 260 thành 4")
        answer.mistake(np.round(mean + c * (images - mean) + b) % 256, "not-clipped", wrapped)
        around_0 = T(
            "multiplies greys: contrast stretches about the picture's own mean",
            "nhân mức xám: độ tương phản co giãn quanh trung bình ảnh",
        )
        answer.mistake(clipped(c * images + b), "contrast-about-0", around_0)
        common = T("takes the mean of all pictures: each has its own", "lấy trung bình của mọi ảnh: mỗi ảnh có trung bình riêng")
        answer.mistake(clipped(images.mean() + c * (images - images.mean()) + b), "mean-of-all-pictures", common)
        scaled = T("multiplies the brightness with the contrast, too", "nhân cả độ sáng với độ tương phản")
        answer.mistake(clipped(mean + c * (images - mean + b)), "brightness-times-contrast", scaled)
        # Halves may go either way.
        answer.no_mistake(expected, rtol=0, atol=1)
        text = T("is not of dtype uint8", "không có kiểu uint8")
        answer.satisfies(lambda value: getattr(value, "dtype", None) == np.uint8, text, "not-uint8")
        off = np.abs(np.asarray(answer.value, dtype=np.float64) - expected)
        ask.answer(float(off.max()), T("the largest error, in grey levels,", "sai số lớn nhất, tính bằng mức xám,")).at_most(1)
        # Halves may go either way; whoever cuts decimals off is half a level too low on average.
        text = T("the mean error, in grey levels (rounded?),", "sai số trung bình, tính bằng mức xám (đã làm tròn chưa?),")
        ask.answer(round(float(off.mean()), 2), text).at_most(0.2)

    with ask.part(1, T("brightness, clipped", "độ sáng, có cắt ngưỡng")):
        for _ in range(3):
            compare(ask.random.integers(-120, 120, 6) + ask.random.uniform(0.6, 0.9, 6), np.ones(6))
        # All black, or all white.
        compare(np.repeat([-260.0, 260.0], 3), np.ones(6))
    with ask.part(1, T("contrast about each picture's own mean", "độ tương phản quanh trung bình của từng ảnh")):
        for _ in range(3):
            compare(np.zeros(6), ask.random.uniform(0.3, 2.5, 6))
            compare(ask.random.uniform(-40, 40, 6), ask.random.uniform(0.3, 2.5, 6))
### END HIDDEN TESTS

# %% [markdown] name="resize_text" lang="en"
# ## Task 4. Bilinear resizing (3 points)
#
# Zooming in is a crop that is resized; and the chapter resizes every garment from 28 to 224 pixels. How is it done? Think
# of a pixel as a little square; its value belongs to its centre. Along one axis, pixel $i$ of the new picture has its
# centre at $i + \frac12$ new pixels, which is $(i + \frac12) \cdot \text{source} / \text{target}$ old pixels. Old pixel $j$
# has its centre at $j + \frac12$. So new pixel $i$ lies at the place
# $$s_i = \left(i + \tfrac12\right) \frac{\text{source}}{\text{target}} - \tfrac12$$
# on a scale on which the old centres are whole numbers. Outside of the outermost centres nothing is known: put $s_i$ back
# into $[0, \text{source} - 1]$. Between the whole numbers $j \le s_i \le j + 1$ the value is the mixture with weights
# $1 - (s_i - j)$ and $s_i - j$.
#
# Each new value is a weighted sum of old ones, so that a matrix says it all.
# - `resize_weights`: the matrix of one axis, row $i$ for new pixel $i$. For 2 to 4 pixels its rows are
#   $(1, 0), (\frac34, \frac14), (\frac14, \frac34), (0, 1)$.
# - `resize`: whole pictures, height and width, by two matrix products.
#
# The same rule makes pictures smaller. (It only ever looks at two neighbours, so pixels between them are lost. OpenCV's
# `INTER_LINEAR` and the loader of this package do the same.)

# %% [markdown] name="resize_text" lang="vi"
# ## Nhiệm vụ 4. Đổi cỡ song tuyến tính (3 điểm)
#
# Phóng to là cắt rồi đổi cỡ; và chương đổi cỡ mọi món đồ từ 28 lên 224 điểm ảnh. Làm thế nào? Hãy hình dung điểm ảnh là một
# ô vuông nhỏ, giá trị của nó nằm ở tâm ô. Dọc theo một trục, điểm ảnh $i$ của ảnh mới có tâm ở $i + \frac12$ điểm ảnh mới,
# tức là $(i + \frac12) \cdot \text{source} / \text{target}$ điểm ảnh cũ. Điểm ảnh cũ $j$ có tâm ở $j + \frac12$. Vậy điểm
# ảnh mới $i$ nằm ở vị trí
# $$s_i = \left(i + \tfrac12\right) \frac{\text{source}}{\text{target}} - \tfrac12$$
# trên thang mà các tâm cũ là số nguyên. Bên ngoài các tâm ngoài cùng ta không biết gì: hãy đưa $s_i$ về đoạn
# $[0, \text{source} - 1]$. Giữa hai số nguyên $j \le s_i \le j + 1$, giá trị mới là tổng của hai giá trị cũ với trọng số
# $1 - (s_i - j)$ và $s_i - j$.
#
# Mỗi giá trị mới là một tổng có trọng số của các giá trị cũ, nên chỉ cần một ma trận là đủ.
# - `resize_weights`: ma trận của một trục, hàng $i$ ứng với điểm ảnh mới $i$. Từ 2 lên 4 điểm ảnh, các hàng là
#   $(1, 0), (\frac34, \frac14), (\frac14, \frac34), (0, 1)$.
# - `resize`: cả bức ảnh, chiều cao và chiều rộng, bằng hai phép nhân ma trận.
#
# Thu nhỏ ảnh cũng theo quy tắc ấy. (Nó chỉ nhìn hai điểm ảnh kề nhau, nên những điểm nằm giữa bị bỏ mất. `INTER_LINEAR` của
# OpenCV và bộ nạp dữ liệu của gói này cũng làm như vậy.)

# %% nbgrader={"grade": false, "grade_id": "resize", "locked": false, "schema_version": 3, "solution": true, "task": false}
def resize_weights(source, target):
    """float (target, source): row i holds the weights of the old pixels in new pixel i, along one axis.

    source, target: the numbers of old and new pixels, ints of at least 2.
    """
    """vi: mảng số thực (target, source): hàng i chứa trọng số của các điểm ảnh cũ trong điểm ảnh mới i, dọc một trục.

    source, target: số điểm ảnh cũ và mới, số nguyên từ 2 trở lên.
    """
    ### BEGIN SOLUTION
    place = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    before = np.minimum(place.astype(int), source - 2)
    weights = np.zeros((target, source))
    weights[np.arange(target), before] = 1 - (place - before)
    weights[np.arange(target), before + 1] = place - before
    return weights
    ### END SOLUTION


def resize(images, height, width):
    """float (N, height, width): the images, float (N, H, W), resized bilinearly."""
    """vi: mảng số thực (N, height, width): các ảnh, số thực (N, H, W), được đổi cỡ song tuyến tính."""
    ### BEGIN SOLUTION
    return resize_weights(images.shape[1], height) @ images @ resize_weights(images.shape[2], width).T
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "resize-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from gluon_alexnet.data.resize import resize_batch
from gluon_alexnet.machine.runtime import load_mxnet

print(resize_weights(2, 4))
print(resize(np.array([[[0.0, 1.0], [2.0, 3.0]]]), 3, 4))
practice = np.random.default_rng(0).random((2, 28, 28))
batch = load_mxnet().np.array(practice[:, None], dtype="float32")
by_mxnet = resize_batch(batch, (224, 224)).asnumpy()[:, 0]
alike = np.abs(resize(practice, 224, 224) - by_mxnet).max() < 1e-4
print(say("as MXNet does it:", "giống như MXNet:"), bool(alike))
### BEGIN HIDDEN TESTS
def check(ask):
    def matrix(source, target, places=None):
        places = (np.arange(target) + 0.5) * (source / target) - 0.5 if places is None else places
        return np.stack([np.interp(places, np.arange(source), unit) for unit in np.eye(source)], axis=1)

    def weights(source, target):
        answer, steps = ask.call("resize_weights", source, target), np.arange(target)
        corner = T(
            "measures from corners: a pixel's value belongs to its centre, half a pixel further",
            "đo từ góc: giá trị nằm ở tâm điểm ảnh, cách góc nửa điểm ảnh",
        )
        answer.mistake(matrix(source, target, steps * (source / target)), "half-pixel-forgotten", corner)
        if target > 1:
            ends = T(
                "lays the outermost centres onto each other: the pictures' edges must meet",
                "đặt trùng các tâm ngoài cùng: phải trùng mép ảnh",
            )
            answer.mistake(matrix(source, target, steps * ((source - 1) / (target - 1))), "corners-aligned", ends)
        said = T("is transposed: row i is for new pixel i", "bị chuyển vị: hàng i ứng với điểm mới i")
        answer.mistake(matrix(source, target).T, "transposed", said)
        nearest = T("takes the nearest pixel alone", "chỉ lấy điểm ảnh gần nhất")
        answer.mistake(matrix(source, target, np.rint((steps + 0.5) * (source / target) - 0.5)), "nearest-pixel", nearest)
        answer.close_to(matrix(source, target), rtol=1e-5, atol=1e-6)

    with ask.part(1, T("the weights, more pixels than before", "trọng số, khi tăng số điểm ảnh")):
        for _ in range(5):
            source, more = (int(n) for n in ask.random.integers([2, 1], [12, 30]))
            weights(source, source + more)
    with ask.part(1, T("the weights, fewer pixels or as many", "trọng số, khi giảm hoặc giữ nguyên số điểm ảnh")):
        for less in (0, *(int(n) for n in ask.random.integers(1, 10, 4))):
            target = int(ask.random.integers(3, 12))
            weights(target + less, target)
    with ask.part(1, T("whole pictures, height and width", "cả bức ảnh, chiều cao và chiều rộng")):
        for _ in range(4):
            count, *sizes = (int(n) for n in ask.random.integers([1, 4, 12, 5, 13], [4, 11, 20, 12, 21]))
            ask.random.shuffle(sizes)
            old_height, old_width, height, width = (int(n) for n in sizes)
            images = ask.random.random((count, old_height, old_width))
            rows, columns = matrix(old_height, height), matrix(old_width, width)
            expected = np.einsum("yi,nij,xj->nyx", rows, images, columns)
            answer = ask.call("resize", images, height, width)
            turned = T("has height and width exchanged", "bị đổi chỗ chiều cao và chiều rộng")
            answer.mistake(expected.transpose(0, 2, 1), "height-for-width", turned)
            rows, columns = matrix(old_height, width), matrix(old_width, height)
            answer.mistake(np.einsum("yi,nij,xj->nyx", rows, images, columns), "height-for-width", turned)
            answer.close_to(expected, rtol=1e-4, atol=1e-5)
### END HIDDEN TESTS

# %% [markdown] name="mixup_text" lang="en"
# ## Task 5. Half a coat, half a bag (2 points)
#
# Can a change touch the label, too? *Mixup* (Zhang et al. 2018) lays two pictures over each other like two slides, and does
# the same with their labels. With a share $\lambda$ for the first:
# $$\tilde x = \lambda x_n + (1 - \lambda)\, x_{m}, \qquad \tilde y = \lambda y_n + (1 - \lambda)\, y_{m},$$
# where $y$ is one-hot: 1 for the picture's class, 0 for the others. Between two garments, the net is asked to be half sure.
#
# Write `mixup`: `partner[n]` is the number of the picture that is mixed into picture $n$, and `share[n]` is its $\lambda$.
#
# Note what such a change costs. The loader's `augment` sees no labels, so mixup cannot be one. It has to go into the
# training loop, with a loss that takes soft labels: `mx.gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False)`.

# %% [markdown] name="mixup_text" lang="vi"
# ## Nhiệm vụ 5. Nửa áo khoác, nửa túi xách (2 điểm)
#
# Một phép biến đổi có thể đụng đến cả nhãn không? *Mixup* (Zhang và cộng sự 2018) chồng hai bức ảnh lên nhau như hai tấm
# phim đèn chiếu, và làm y như thế với nhãn. Với tỉ lệ $\lambda$ của ảnh thứ nhất:
# $$\tilde x = \lambda x_n + (1 - \lambda)\, x_{m}, \qquad \tilde y = \lambda y_n + (1 - \lambda)\, y_{m},$$
# trong đó $y$ là vectơ one-hot: 1 ở lớp của ảnh, 0 ở các lớp khác. Ở khoảng giữa hai món đồ, ta yêu cầu mạng chỉ chắc một
# nửa.
#
# Hãy viết `mixup`: `partner[n]` là số thứ tự của ảnh được trộn vào ảnh $n$, còn `share[n]` là $\lambda$ của nó.
#
# Hãy để ý cái giá của phép này. Hàm `augment` của bộ nạp không nhìn thấy nhãn, nên mixup không thể là một hàm như vậy. Nó
# phải nằm trong vòng lặp huấn luyện, cùng một hàm mất mát nhận nhãn mềm:
# `mx.gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False)`.

# %% nbgrader={"grade": false, "grade_id": "mixup", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mixup(images, labels, partner, share, num_classes=10):
    """(mixed, targets): float (N, H, W) and float (N, num_classes), whose rows sum to 1.

    images: float (N, H, W). labels: int (N,), class numbers from 0 on. partner: int (N,), numbers of images.
    share: float (N,) in [0, 1], the weight of the image itself; its partner has the rest.
    """
    """vi: (mixed, targets): mảng số thực (N, H, W) và (N, num_classes), mỗi hàng của targets có tổng bằng 1.

    images: số thực (N, H, W). labels: int (N,), số hiệu lớp từ 0 trở đi. partner: int (N,), số thứ tự của ảnh.
    share: số thực (N,) trong [0, 1], trọng số của chính bức ảnh; phần còn lại thuộc về ảnh kia.
    """
    ### BEGIN SOLUTION
    one_hot = np.eye(num_classes)[labels]
    mixed = share[:, None, None] * images + (1 - share)[:, None, None] * images[partner]
    return mixed, share[:, None] * one_hot + (1 - share)[:, None] * one_hot[partner]
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "mixup-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
practice = np.array([0.0, 1.0, 8.0]).reshape(3, 1, 1)
mixed, targets = mixup(practice, np.array([0, 3, 3]), np.array([1, 2, 0]), np.array([0.5, 0.75, 1.0]), num_classes=4)
print(mixed.ravel())
print(targets)
### BEGIN HIDDEN TESTS
def check(ask):
    def draw():
        count, classes = (int(n) for n in ask.random.integers([4, 3], [10, 12]))
        return {
            "images": ask.random.random((count, 5, 7)),
            "labels": ask.random.integers(0, classes, count),
            "partner": ask.random.permutation(count),
            "share": ask.random.random(count),
            "num_classes": classes,
        }

    arguments = "(images, labels, partner, share, num_classes)"
    turned = T(
        "gives the share to the partner: it belongs to the picture itself",
        "gán tỉ lệ cho ảnh kia: tỉ lệ là của chính ảnh này",
    )
    with ask.part(1, T("the mixed pictures", "các ảnh đã trộn")):
        for _ in range(4):
            given = draw()
            images, share = given["images"], given["share"]
            own, other = share[:, None, None], images[given["partner"]]
            value = ask.probe(f"return mixup{arguments}[0]", **given).value
            answer = ask.answer(value, f"mixup{arguments}[0]")
            answer.mistake((1 - own) * images + own * other, "share-turned-round", turned)
            answer.mistake(images, "not-mixed", T("are the pictures as they came", "giữ nguyên các ảnh"))
            one = T(
                "mixes all pictures by one share: each has its own",
                "trộn mọi ảnh với cùng một tỉ lệ: mỗi ảnh có tỉ lệ riêng",
            )
            answer.mistake(share[0] * images + (1 - share[0]) * other, "one-share-for-all", one)
            answer.close_to(own * images + (1 - own) * other, rtol=1e-4, atol=1e-6)
    with ask.part(1, T("the mixed labels", "các nhãn đã trộn")):
        for _ in range(4):
            given = draw()
            share, labels = given["share"], given["labels"]
            own, one_hot = share[:, None], np.eye(given["num_classes"])[labels]
            other = one_hot[given["partner"]]
            value = ask.probe(f"return mixup{arguments}[1]", **given).value
            answer = ask.answer(value, f"mixup{arguments}[1]")
            answer.mistake((1 - own) * one_hot + own * other, "share-turned-round", turned)
            answer.mistake(one_hot, "labels-not-mixed", T("are the labels as they came", "giữ nguyên các nhãn"))
            numbers = T("mixes numbers of classes: mix one-hot rows", "trộn số hiệu của lớp: hãy trộn các hàng one-hot")
            answer.mistake(share * labels + (1 - share) * labels[given["partner"]], "numbers-mixed", numbers)
            if (share > 0).all():
                written = np.where(one_hot > 0, own, (1 - own) * other)
                over = np.where(other > 0, 1 - own, own * one_hot)
                lost = T(
                    "writes one share over the other where both have the same label: they add up",
                    "ghi đè tỉ lệ khi hai ảnh cùng nhãn: phải cộng lại",
                )
                answer.mistake(written, "same-label-written-over", lost).mistake(over, "same-label-written-over", lost)
            answer.close_to(own * one_hot + (1 - own) * other, rtol=1e-4, atol=1e-6)
### END HIDDEN TESTS

# %% [markdown] name="garments_text" lang="en"
# Five garments under everything that you have written so far. In which columns would you still know what they are?

# %% [markdown] name="garments_text" lang="vi"
# Năm món đồ qua mọi phép bạn đã viết đến giờ. Ở những cột nào bạn vẫn nhận ra chúng?

# %% name="garments"
from gluon_alexnet import FashionMNISTLoader

some = FashionMNISTLoader("train-rest", 100, limit=100)
first = [int(np.flatnonzero(some.labels == label)[0]) for label in (0, 3, 5, 7, 8)]
images, labels = some.pixels[first], some.labels[first]
ones, twos = np.ones(5), np.full(5, 2)
mixed, _ = mixup(images.astype(float), labels, np.roll(np.arange(5), 1), 0.6 * ones)
columns = {
    say("original", "ảnh gốc"): images,
    say("mirrored", "lật gương"): flip(images, ones > 0),
    say("moved", "dịch"): crop(images, 2 * twos, 0 * twos, 28, padding=2),
    say("brighter", "sáng hơn"): change_light(images, 50 * ones, ones),
    say("less contrast", "bớt tương phản"): change_light(images, 0 * ones, 0.4 * ones),
    say("zoomed in", "phóng to"): resize(crop(images, 2 * twos, 2 * twos, 20).astype(float), 28, 28),
    say("mixed 60:40", "trộn 60:40"): mixed,
    say("upside down", "lộn ngược"): images[:, ::-1],
}

figure, panels = plt.subplots(5, len(columns), figsize=(11, 7.4), layout="constrained")
for column, (name, changed) in zip(panels.T, columns.items(), strict=True):
    column[0].set_title(name, fontsize=10)
    for axes, picture in zip(column, changed, strict=True):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
for axes, label in zip(panels[:, 0], labels, strict=True):
    axes.set_ylabel(words.class_names[label])
figure.suptitle(say(
    "Still the same garment? Eight versions of five pictures",
    "Vẫn là món đồ ấy? Tám phiên bản của năm bức ảnh",
))
words.show()

# %% [markdown] name="ten_crops_text" lang="en"
# ## Task 6. Ask ten times (2 points)
#
# Changed pictures help in a test, too. AlexNet looked at each test picture ten times: at the four corner windows, at the
# one in the middle, and at the mirror images of these five. The ten answers were averaged: on the pictures of ILSVRC-2010
# the top-1 error fell from 39.0% to 37.5% (Krizhevsky et al. 2012).
#
# - `ten_crops`: the ten windows of each picture, in this order: upper left, upper right, lower left, lower right, middle
#   (beginning at `(H - size) // 2`, `(W - size) // 2`); then their mirror images in the same order.
# - `average_probabilities`: from the logits of every window to the mean of their **probabilities** (first the softmax of
#   each window, then the mean). Logits may be in the thousands: subtract the largest of each window before you take the
#   exponential.

# %% [markdown] name="ten_crops_text" lang="vi"
# ## Nhiệm vụ 6. Hỏi mười lần (2 điểm)
#
# Ảnh biến đổi cũng giúp ích khi kiểm tra. AlexNet nhìn mỗi ảnh kiểm tra mười lần: bốn cửa sổ ở góc, một ở giữa, và ảnh
# gương của năm cửa sổ ấy. Mười câu trả lời được lấy trung bình: trên ảnh của ILSVRC-2010, lỗi top-1 giảm từ 39,0% xuống
# 37,5% (Krizhevsky và cộng sự 2012).
#
# - `ten_crops`: mười cửa sổ của mỗi ảnh, theo thứ tự: trên trái, trên phải, dưới trái, dưới phải, giữa (bắt đầu từ
#   `(H - size) // 2`, `(W - size) // 2`); sau đó là ảnh gương của chúng, cũng theo thứ tự ấy.
# - `average_probabilities`: từ logit của từng cửa sổ đến trung bình các **xác suất** (trước hết là softmax của mỗi cửa sổ,
#   sau đó mới lấy trung bình). Logit có thể lên tới hàng nghìn: hãy trừ đi giá trị lớn nhất của mỗi cửa sổ trước khi lấy
#   hàm mũ.

# %% nbgrader={"grade": false, "grade_id": "ten_crops", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ten_crops(images, size):
    """uint8 (N, 10, size, size): four corners, the middle, and the mirror images of these five.

    images: uint8 (N, H, W). size: side of the windows in pixels, at most H and W.
    """
    """vi: uint8 (N, 10, size, size): bốn góc, ở giữa, và ảnh gương của năm cửa sổ ấy.

    images: uint8 (N, H, W). size: cạnh của cửa sổ, tính bằng điểm ảnh, nhiều nhất bằng H và W.
    """
    ### BEGIN SOLUTION
    bottom, right = images.shape[1] - size, images.shape[2] - size
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    windows = np.stack([images[:, y : y + size, x : x + size] for y, x in places], axis=1)
    return np.concatenate([windows, windows[..., ::-1]], axis=1)
    ### END SOLUTION


def average_probabilities(logits):
    """float (N, classes): the mean over the views of the softmax of each. logits: float (N, views, classes)."""
    """vi: mảng số thực (N, số lớp): trung bình softmax của các cửa sổ. logits: số thực (N, số cửa sổ, số lớp)."""
    ### BEGIN SOLUTION
    powers = np.exp(logits - logits.max(axis=2, keepdims=True))
    return (powers / powers.sum(axis=2, keepdims=True)).mean(axis=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "ten_crops-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
practice = np.arange(1, 17, dtype=np.uint8).reshape(1, 4, 4)
for place, window in enumerate(ten_crops(practice, 2)[0]):
    print(place, window.ravel())
practice = np.array([[[0, np.log(3)], [2000, 0]]])
print(np.round(average_probabilities(practice), 4))
### BEGIN HIDDEN TESTS
def check(ask):
    with ask.part(1, T("ten windows in their order", "mười cửa sổ theo đúng thứ tự")):
        for _ in range(4):
            count, size, down, across = (int(n) for n in ask.random.integers([1, 3, 1, 1], [5, 8, 6, 6]))
            images = ask.random.integers(0, 256, (count, size + down, size + across)).astype(np.uint8)
            expected = np.empty((count, 10, size, size))
            for k, (y, x) in enumerate([(0, 0), (0, across), (down, 0), (down, across), (down // 2, across // 2)]):
                expected[:, k] = images[:, y : y + size, x : x + size]
                expected[:, k + 5] = expected[:, k, :, ::-1]
            answer = ask.call("ten_crops", images, size)
            turned = expected.copy()
            turned[:, 5:] = expected[:, :5, ::-1]
            upside = T("turns windows upside down: mirror left and right", "lật cửa sổ trên dưới: phải lật trái phải")
            answer.mistake(turned, "upside-down", upside)
            pairs = T(
                "has each mirror image beside its window: the five windows come first",
                "để ảnh lật cạnh cửa sổ: năm cửa sổ đứng trước",
            )
            answer.mistake(expected[:, [0, 5, 1, 6, 2, 7, 3, 8, 4, 9]], "mirrors-between", pairs)
            order = T("exchanges upper right and lower left", "đổi chỗ góc trên phải và góc dưới trái")
            answer.mistake(expected[:, [0, 2, 1, 3, 4, 5, 7, 6, 8, 9]], "corners-exchanged", order)
            answer.close_to(expected, rtol=0, atol=0)
    with ask.part(1, T("the mean of the probabilities, for large logits too", "trung bình các xác suất, kể cả khi logit lớn")):
        for scale in (2.0, 4.0, 3000.0):
            shape = tuple(int(n) for n in ask.random.integers([2, 2, 3], [6, 11, 11]))
            logits = ask.random.normal(0, scale, shape)
            top = logits.max(axis=2, keepdims=True)
            logarithms = logits - top - np.log(np.exp(logits - top).sum(axis=2, keepdims=True))
            # In float32 a logit of thousands is known to a few ten-thousandths.
            answer = ask.call("average_probabilities", logits)
            middle = logits.mean(axis=1)
            powers = np.exp(middle - middle.max(axis=1, keepdims=True))
            first = T(
                "averages logits: asked is the mean of the probabilities",
                "lấy trung bình logit: đề bài cần trung bình xác suất",
            )
            answer.mistake(powers / powers.sum(axis=1, keepdims=True), "logits-averaged", first)
            across = np.exp(logits - logits.max(axis=1, keepdims=True))
            axis = T(
                "takes the softmax over the windows: it goes over the classes",
                "lấy softmax qua các cửa sổ: phải qua các lớp",
            )
            answer.mistake((across / across.sum(axis=1, keepdims=True)).mean(axis=1), "softmax-over-windows", axis)
            said = T("is a sum: asked is the mean", "là tổng: đề bài cần trung bình")
            answer.mistake(np.exp(logarithms).sum(axis=1), "sum-for-mean", said)
            if scale > 1000:
                too_large = T("is no number: exp of a large logit is infinite", "không phải là số: exp của logit lớn là vô cùng")
                lost = not np.isfinite(np.asarray(answer.has_shape((shape[0], shape[2])).value, "float64")).all()
                answer.satisfies(not lost, too_large, "exp-overflows")
            answer.close_to(np.exp(logarithms).mean(axis=1), rtol=2e-3, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown] name="colors_text" lang="en"
# ## Task 7. Along the colours of the world (4 points)
#
# The hardest task of the notebook; nothing that follows needs it. How should one change colours so that the picture still
# looks real? The paper's answer: along the directions in which colours vary anyway. Take the pixels of all pictures as
# points in the red-green-blue cube (0 to 1). The $3\times3$ covariance matrix of these points has eigenvectors
# $p_1, p_2, p_3$ and eigenvalues $\lambda_1 \ge \lambda_2 \ge \lambda_3$. For each picture three numbers
# $\alpha_1, \alpha_2, \alpha_3$ are drawn, and **all** its pixels are shifted by the same colour
# $$\alpha_1 \lambda_1 p_1 + \alpha_2 \lambda_2 p_2 + \alpha_3 \lambda_3 p_3.$$
#
# - `color_directions`: the eigenvalues, largest first (1 point), and the eigenvectors as the **columns** of a matrix, each
#   of length 1 (1 point). Divide by the number of pixels in the covariance. (`np.linalg.eigh` sorts the other way. The sign
#   of an eigenvector is free.)
# - `color_jitter`: the shifted pictures (1 point), rounded and clipped, uint8 again (1 point).
#
# A remark for the careful: a $\lambda$ is a variance, so how large a shift is depends on the scale of the pixels, and the
# paper does not say which it was. We take 0 to 1.

# %% [markdown] name="colors_text" lang="vi"
# ## Nhiệm vụ 7. Đổi màu theo những hướng có sẵn trong ảnh (4 điểm)
#
# Đây là nhiệm vụ khó nhất của sổ tay; phần sau không cần đến nó. Đổi màu thế nào để bức ảnh vẫn giống thật? Câu trả lời của
# bài báo: đổi dọc theo những hướng mà màu sắc vốn đã biến thiên. Hãy xem điểm ảnh của mọi bức ảnh như các điểm trong khối
# lập phương đỏ-lục-lam (từ 0 đến 1). Ma trận hiệp phương sai $3\times3$ của chúng có các vectơ riêng $p_1, p_2, p_3$ và các
# trị riêng $\lambda_1 \ge \lambda_2 \ge \lambda_3$. Với mỗi ảnh, ta lấy ngẫu nhiên ba số $\alpha_1, \alpha_2, \alpha_3$,
# rồi dịch **mọi** điểm ảnh của nó theo cùng một màu
# $$\alpha_1 \lambda_1 p_1 + \alpha_2 \lambda_2 p_2 + \alpha_3 \lambda_3 p_3.$$
#
# - `color_directions`: các trị riêng, lớn nhất đứng đầu (1 điểm), và các vectơ riêng là các **cột** của một ma trận, mỗi
#   vectơ dài 1 (1 điểm). Trong hiệp phương sai, hãy chia cho số điểm ảnh. (`np.linalg.eigh` xếp theo chiều ngược lại. Dấu
#   của vectơ riêng là tùy ý.)
# - `color_jitter`: các ảnh đã dịch màu (1 điểm), làm tròn và cắt ngưỡng, lại là uint8 (1 điểm).
#
# Lưu ý cho người kỹ tính: $\lambda$ là phương sai, nên màu dịch nhiều hay ít tùy vào thang đo của điểm ảnh, mà bài báo không
# nói rõ thang nào. Ta dùng thang từ 0 đến 1.

# %% nbgrader={"grade": false, "grade_id": "colors", "locked": false, "schema_version": 3, "solution": true, "task": false}
def color_directions(images):
    """(values, vectors) of the covariance of the pixels scaled to [0, 1].

    images: uint8 (N, H, W, 3).
    Returns two float arrays: the eigenvalues (3,), largest first, and the eigenvectors (3, 3), in columns.
    """
    """vi: (values, vectors) của ma trận hiệp phương sai của các điểm ảnh đưa về [0, 1].

    images: uint8 (N, H, W, 3).
    Trả về hai mảng số thực: các trị riêng (3,), lớn nhất đứng đầu, và các vectơ riêng (3, 3), xếp theo cột.
    """
    ### BEGIN SOLUTION
    pixels = images.reshape(-1, 3) / 255
    centred = pixels - pixels.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    return values[::-1], vectors[:, ::-1]
    ### END SOLUTION


def color_jitter(images, values, vectors, alphas):
    """uint8 (N, H, W, 3): every pixel of image n shifted by the sum over k of alphas[n, k] * values[k] * vectors[:, k].

    images: uint8 (N, H, W, 3), taken as 0 to 1. values: float (3,). vectors: float (3, 3), in columns.
    alphas: float (N, 3).
    """
    """vi: uint8 (N, H, W, 3): mọi điểm ảnh của ảnh n dịch đi tổng theo k của alphas[n, k] * values[k] * vectors[:, k].

    images: uint8 (N, H, W, 3), coi như từ 0 đến 1. values: số thực (3,). vectors: số thực (3, 3), xếp theo cột.
    alphas: số thực (N, 3).
    """
    ### BEGIN SOLUTION
    shift = (alphas * values) @ vectors.T
    changed = images / 255 + shift[:, None, None, :]
    return np.rint(255 * np.clip(changed, 0, 1)).astype(np.uint8)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "colors-check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
values, vectors = color_directions(landscape()[None])
print(say("eigenvalues", "các trị riêng"), np.round(values, 4))
print(say("first direction, without its sign", "hướng thứ nhất, bỏ dấu"), np.round(np.abs(vectors[:, 0]), 3))
practice = np.full((2, 1, 1, 3), 100, dtype=np.uint8)
turned = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
alphas = np.array([[1.0, 0.0, 0.0], [0.0, -2.0, 20.0]])
print(color_jitter(practice, np.array([0.2, 0.1, 0.05]), turned, alphas))
### BEGIN HIDDEN TESTS
def check(ask):
    def pictures():
        mixing = ask.random.normal(0, 0.12, (3, 3))
        pixels = ask.random.permutation([0.3, 0.5, 0.7]) + ask.random.normal(0, 1, (5, 16, 20, 3)) @ mixing
        images = np.round(255 * np.minimum(np.maximum(pixels, 0), 1)).astype(np.uint8)
        return images, np.cov(images.reshape(-1, 3).T / 255, bias=True)

    def compare(low, high):
        images = ask.random.integers(low, high, (4, 5, 6, 3)).astype(np.uint8)
        values = np.sort(ask.random.uniform(0.02, 0.2, 3))[::-1]
        vectors = np.linalg.qr(ask.random.normal(0, 1, (3, 3)))[0]
        alphas = ask.random.uniform(-0.8, 0.8, (4, 3))

        def shifted(weights, vectors=vectors, scale=255):
            colours = np.stack([sum(row[k] * vectors[:, k] for k in range(3)) for row in weights])
            return np.round(np.minimum(np.maximum(images + scale * colours[:, None, None], 0), 255))

        expected = shifted(alphas * values)
        value = ask.call("color_jitter", images, values.copy(), vectors, alphas).value
        answer = ask.answer(value, "color_jitter(images, values, vectors, alphas)").has_shape(images.shape)
        rows = T("takes rows for columns: each eigenvector is a column", "lẫn hàng với cột: mỗi vectơ riêng là một cột")
        answer.mistake(shifted(alphas * values, vectors.T), "rows-for-columns", rows)
        answer.mistake(shifted(alphas), "no-eigenvalues", T("leaves out the eigenvalues", "quên các trị riêng"))
        deviations = T(
            "takes roots of the eigenvalues: asked are they themselves",
            "lấy căn của trị riêng: đề bài dùng chính trị riêng",
        )
        answer.mistake(shifted(alphas * np.sqrt(values)), "roots-of-eigenvalues", deviations)
        small = T("adds colours of 0 to 1 to levels of 0 to 255", "cộng màu thang 0 đến 1 vào mức 0 đến 255")
        answer.mistake(shifted(alphas * values, scale=1), "not-scaled", small).no_mistake(expected, rtol=0, atol=1)
        off = np.abs(np.asarray(answer.value, dtype=np.float64) - expected)
        ask.answer(float(off.max()), T("the largest error, in levels of 255,", "sai số lớn nhất, theo thang 255,")).at_most(1)
        text = T("the mean error, in levels of 255 (rounded?),", "sai số trung bình, theo thang 255 (đã làm tròn chưa?),")
        ask.answer(round(float(off.mean()), 2), text).at_most(0.2)
        return answer

    with ask.part(1, T("the eigenvalues, largest first", "các trị riêng, lớn nhất đứng đầu")):
        for _ in range(3):
            images, covariance = pictures()
            expected = np.linalg.eigvalsh(covariance)[::-1].copy()
            # With n - 1 in place of n it would be right, too: 1,600 pixels.
            value = ask.probe("return color_directions(images)[0]", images=images).value
            answer = ask.answer(value, "color_directions(images)[0]")
            smallest = T("has the smallest first: the largest comes first", "để trị nhỏ nhất đứng đầu: phải để trị lớn nhất")
            answer.mistake(expected[::-1], "smallest-first", smallest)
            answer.mistake(np.sqrt(expected), "square-root", T("has roots of the eigenvalues", "là căn của trị riêng"))
            levels = T(
                "is of pixels from 0 to 255: scale to 0 to 1 first",
                "tính trên điểm ảnh 0 đến 255: hãy đưa về 0 đến 1 trước",
            )
            answer.mistake(expected * 255**2, "not-scaled", levels)
            undivided = T("is of sums: divide by the number of pixels", "tính trên tổng: hãy chia cho số điểm ảnh")
            answer.mistake(expected * (images.size // 3), "not-divided", undivided)
            pixels = images.reshape(-1, 3) / 255
            about_0 = np.linalg.eigvalsh(pixels.T @ pixels / len(pixels))[::-1]
            centred = T("does not subtract the mean colour", "chưa trừ màu trung bình")
            answer.mistake(about_0, "mean-not-subtracted", centred).close_to(expected, rtol=2e-3, atol=1e-6)
    with ask.part(1, T("the eigenvectors, in columns", "các vectơ riêng, xếp theo cột")):
        for _ in range(3):
            images, covariance = pictures()
            value = ask.probe("return color_directions(images)[1]", images=images).value
            answer = ask.answer(value, "color_directions(images)[1]").has_shape((3, 3))
            vectors = np.asarray(answer.value, dtype=np.float64)
            text = T("the products of the columns (vectors.T @ vectors)", "tích của các cột với nhau (vectors.T @ vectors)")
            ask.answer(vectors.T @ vectors, text).close_to(np.eye(3), rtol=0, atol=1e-4)
            turned = vectors.T @ covariance @ vectors
            text = T("the covariance along the columns (vectors.T @ C @ vectors)", "hiệp phương sai theo các cột (vectors.T @ C @ vectors)")
            expected = np.diag(np.linalg.eigvalsh(covariance)[::-1])
            answer = ask.answer(turned, text)
            smallest = T("has the smallest first: the largest comes first", "để nhỏ nhất đứng đầu: phải để lớn nhất")
            answer.mistake(expected[::-1, ::-1], "smallest-first", smallest)
            answer.close_to(expected, rtol=0, atol=1e-3 * float(np.trace(covariance)))
    with ask.part(1, T("one colour for all pixels of a picture", "một màu cho mọi điểm ảnh của một bức ảnh")):
        for _ in range(4):
            compare(90, 166)
    with ask.part(1, T("dark and bright pictures: clipped, and uint8", "ảnh tối và ảnh sáng: cắt ngưỡng, và là uint8")):
        for _ in range(4):
            text = T("is not of dtype uint8", "không có kiểu uint8")
            compare(0, 256).satisfies(lambda value: getattr(value, "dtype", None) == np.uint8, text)
### END HIDDEN TESTS

# %% [markdown] name="colors_plot_text" lang="en"
# Below, a drawn landscape under your jitter. The paper draws each $\alpha$ from a Gaussian of standard deviation 0.1. On
# pixels from 0 to 1 that is hard to see, so the picture below uses 1.5.

# %% [markdown] name="colors_plot_text" lang="vi"
# Dưới đây là một phong cảnh vẽ sẵn qua phép đổi màu của bạn. Bài báo lấy mỗi $\alpha$ từ phân phối Gauss có độ lệch chuẩn
# 0,1. Trên thang từ 0 đến 1 thì khó mà thấy được, nên hình dưới dùng độ lệch chuẩn 1,5.

# %% name="colors_plot"
original = landscape()[None]
values, vectors = color_directions(original)
# The sign is free: towards the bright side here, so that everybody sees the same pictures.
# vi: Dấu là tùy ý: ở đây chọn hướng về phía sáng, để ai cũng thấy cùng những bức ảnh.
vectors = vectors * np.sign(vectors.sum(axis=0))
share = values / values.sum()
alphas = np.random.default_rng(5).normal(0, 1.5, (6, 3))
shown = np.concatenate([original, color_jitter(np.repeat(original, 6, axis=0), values, vectors, alphas)])
titles = [say("as drawn", "ảnh gốc")]
titles += [r"$\alpha$ = " + "; ".join(number(alpha, 1) for alpha in row) for row in alphas]

figure, panels = plt.subplots(2, 4, figsize=(11, 4.3), layout="constrained")
for axes, picture, title in zip(panels.ravel()[:7], shown, titles, strict=True):
    axes.imshow(picture)
    axes.set_title(title, fontsize=9)
    axes.axis("off")
bars = panels[1, 3]
# Each bar has the colour that its direction leads to from a middle grey.
# vi: Mỗi cột có màu mà hướng của nó dẫn tới, bắt đầu từ màu xám vừa.
bars.bar(["$p_1$", "$p_2$", "$p_3$"], 100 * share, 0.7, color=np.clip(0.5 + 0.5 * vectors.T, 0, 1))
for place, part in enumerate(share):
    bars.text(place, 100 * part + 3, words.percent(part, 1), ha="center", fontsize=9)
bars.set(ylim=(0, 115), yticks=[])
bars.grid(False)
bars.set_title(say("variance along each direction", "phương sai theo từng hướng"), fontsize=9)
bars.spines["left"].set_visible(False)
largest = words.percent(share[0])
figure.suptitle(say(
    f"Another light, the same things: one direction holds {largest} of the colours' variance",
    f"Ánh sáng khác, vẫn cảnh ấy: riêng một hướng chiếm {largest} phương sai của màu sắc",
))
words.show()

# %% [markdown] name="policy_text" lang="en"
# ## Task 8. Your own policy (3 points)
#
# Now you decide. The loader takes `augment=`, a function `(images, rng) -> images` that it calls for every batch: uint8
# `(N, 28, 28)` in and out, the input left as it was, all randomness from the generator `rng`, so that the same seed gives
# the same pictures. Write `my_augment`, and choose which changes it makes and how strong they are. Your answers to tasks 1
# to 4 are there to be used.
#
# The grader has a customer who photographs garments in a hurry: half of the pictures are mirrored, they are up to 2 pixels
# off the centre in either direction, and most of them are too dark: every grey is multiplied by a number between 0.3 and
# 1.2, one for each picture. The grader looks at three things.
# 1. **The contract** above; and of 64 copies of one picture at least 16 must come out different.
# 2. **Labels are kept.** Your changes must be visible: by 2 grey levels or more a pixel, on average. A nearest-neighbour
#    classifier that has 1,000 other garments by heart, with their mirror images and moved versions, then names the pictures
#    that you have changed. Its accuracy may be at most 0.12 below its accuracy on the same pictures unchanged.
# 3. **It helps.** Another nearest-neighbour classifier knows only 300 garments, and names the customer's. The first time it
#    knows nothing but the 300 pictures; the second time it knows 15 versions of each, made by your policy, in their place.
#    Your policy must win at least 0.18 of accuracy. (Flips and shifts alone do not: see the customer's third habit.)
#
# In 2 and 3 the mean over several drawings of garments counts. The cell below the practice check does the same with
# validation images.

# %% [markdown] name="policy_text" lang="vi"
# ## Nhiệm vụ 8. Chính sách của riêng bạn (3 điểm)
#
# Giờ thì bạn quyết định. Bộ nạp nhận `augment=`, một hàm `(images, rng) -> images` được gọi cho từng lô: vào và ra đều là
# uint8 `(N, 28, 28)`, đầu vào giữ nguyên, mọi số ngẫu nhiên lấy từ bộ sinh `rng`, để cùng một hạt giống cho cùng những bức
# ảnh. Hãy viết `my_augment`, tự chọn các phép biến đổi và mức độ mạnh yếu. Các câu trả lời của bạn cho nhiệm vụ 1 đến 4 là
# để dùng ở đây.
#
# Bộ chấm có một khách hàng chụp đồ rất vội: một nửa số ảnh bị ngược trái phải, món đồ lệch tâm nhiều nhất 2 điểm ảnh theo
# mỗi hướng, và phần lớn ảnh quá tối: mọi mức xám bị nhân với một số từ 0,3 đến 1,2, mỗi ảnh một số. Bộ chấm xét ba điều.
# 1. **Quy ước** ở trên; và trong 64 bản sao của cùng một ảnh phải có ít nhất 16 kết quả khác nhau.
# 2. **Nhãn được giữ.** Phép biến đổi phải thấy được: trung bình mỗi điểm ảnh đổi ít nhất 2 mức xám. Một bộ phân loại láng
#    giềng gần nhất đã thuộc lòng 1.000 món đồ khác (cả ảnh gương và ảnh dịch) sẽ gọi tên những ảnh bạn đã biến đổi; độ chính
#    xác của nó được phép thấp hơn nhiều nhất 0,12 so với trên ảnh nguyên gốc.
# 3. **Có ích.** Một bộ phân loại láng giềng gần nhất khác chỉ biết 300 món đồ, và phải gọi tên ảnh của vị khách. Lần đầu nó
#    chỉ có 300 ảnh gốc; lần sau, thay vào đó là 15 phiên bản của mỗi ảnh theo chính sách của bạn. Chính sách của bạn phải
#    làm độ chính xác tăng ít nhất 0,18. (Chỉ lật và dịch thì không đủ: hãy nhớ thói quen thứ ba của vị khách.)
#
# Ở điều 2 và 3, bộ chấm lấy trung bình qua nhiều lần chọn món đồ. Ô ngay dưới phần kiểm tra thử làm y như vậy với ảnh thẩm
# định.

# %% nbgrader={"grade": false, "grade_id": "policy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def my_augment(images, rng):
    """The images changed at random, each in its own way, uint8 (N, 28, 28); labels stay true.

    images: uint8 (N, 28, 28), left as they are. rng: a numpy.random.Generator, the only source of randomness.
    """
    """vi: Các ảnh được biến đổi ngẫu nhiên, mỗi ảnh một cách, uint8 (N, 28, 28); nhãn vẫn đúng.

    images: uint8 (N, 28, 28), giữ nguyên. rng: một numpy.random.Generator, nguồn ngẫu nhiên duy nhất.
    """
    ### BEGIN SOLUTION
    count, side = images.shape[:2]
    images = flip(images, rng.random(count) < 0.5)
    top, left = rng.integers(0, 5, (2, count))
    images = crop(images, top, left, side, padding=2)
    factor = rng.uniform(0.4, 1.2, count)
    # Multiplying every grey by a factor moves the mean, too.
    # vi: Nhân mọi mức xám với một hệ số thì trung bình cũng đổi theo.
    return change_light(images, (factor - 1) * images.mean(axis=(1, 2)), factor)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "policy-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
practice = np.random.default_rng(0).integers(0, 256, (64, 28, 28)).astype(np.uint8)
changed = my_augment(practice, np.random.default_rng(1))
print(changed.shape, changed.dtype)
same = (changed == my_augment(practice, np.random.default_rng(1))).all()
print(say("same seed, same pictures:", "cùng hạt giống, cùng ảnh:"), bool(same))
other = (changed != my_augment(practice, np.random.default_rng(2))).any()
print(say("another seed, others:", "hạt giống khác, ảnh khác:"), bool(other))
copies = my_augment(np.repeat(practice[:1], 64, axis=0), np.random.default_rng(3))
versions = len(np.unique(copies.reshape(64, -1), axis=0))
print(say("at least 16 different versions:", "ít nhất 16 phiên bản khác nhau:"), versions >= 16)
### BEGIN HIDDEN TESTS
# open: any policy that keeps the labels and helps is right
def check(ask):
    generator = "import numpy\nrng = numpy.random.default_rng(seed)\n"

    def once(images, seed):
        value = ask.probe(generator + "return my_augment(images.copy(), rng)", images=images, seed=seed).value
        return ask.answer(value, f"my_augment(<array {images.shape}>, rng)").has_shape(images.shape)

    def augmented(images):
        return np.asarray(once(images, int(ask.random.integers(2**31))).value)

    def moved(images, top, left):
        count, height, width = images.shape
        framed = np.zeros((count, height + 4, width + 4), np.uint8)
        framed[:, 2:-2, 2:-2] = images
        return np.stack([picture[y : y + height, x : x + width] for picture, y, x in zip(framed, top, left, strict=True)])

    def hurried(images):
        count = len(images)
        mirrored = ask.random.random(count) < 0.5
        images = moved(np.where(mirrored[:, None, None], images[:, :, ::-1], images), *ask.random.integers(0, 5, (2, count)))
        return np.minimum(np.round(images * ask.random.uniform(0.3, 1.2, count)[:, None, None]), 255)

    def flat(images, unit=False):
        rows = np.asarray(images, dtype=np.float32).reshape(len(images), -1)
        if not unit:
            return rows
        rows = rows - rows.mean(axis=1, keepdims=True)
        return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)

    def nearest_accuracy(known, known_labels, images, labels):
        # The square of an image's own length is the same for all that it is compared with.
        distances = (known * known).sum(axis=1) - 2 * images @ known.T
        return float((known_labels[distances.argmin(axis=1)] == labels).mean())

    with ask.part(1, T("the loader's contract", "quy ước của bộ nạp")):
        images, _ = ask.images(64)
        for count in (64, 1):
            first, second = (int(n) for n in ask.random.choice(2**31, 2, replace=False))
            answer = once(images[:count], first)
            text = T("is not of dtype uint8", "không có kiểu uint8")
            answer.satisfies(lambda value: getattr(value, "dtype", None) == np.uint8, text)
            same = np.array_equal(answer.value, once(images[:count], first).value)
            text = T("gives other pictures: draw from `rng` alone", "cho ảnh khác: chỉ lấy ngẫu nhiên từ `rng`")
            again = ask.answer(same, T("the same seed once more", "cùng hạt giống ấy, khi gọi lần nữa,"))
            again.satisfies(bool, text, "rng-not-used")
        same = np.array_equal(once(images, first).value, once(images, second).value)
        text = T("gives the same pictures: draw from `rng`", "cho đúng những ảnh ấy: hãy lấy ngẫu nhiên từ `rng`")
        ask.answer(not same, T("another seed", "hạt giống khác")).satisfies(bool, text)
        source = generator + "my_augment(images, rng)\nreturn images"
        kept = np.array_equal(ask.probe(source, images=images, seed=second).value, images)
        text = T("has changed: work on a copy", "đã bị sửa: hãy làm trên bản sao")
        given = ask.answer(kept, T("the array that my_augment was given", "mảng đưa cho my_augment"))
        given.satisfies(bool, text, "input-changed")
        copies = augmented(np.repeat(images[:1], 64, axis=0))
        text = T("the number of different pictures among 64 copies of one", "số ảnh khác nhau trong 64 bản sao của một ảnh")
        ask.answer(len({copy.tobytes() for copy in copies}), text).at_least(16)
    with ask.part(1, T("labels are kept", "nhãn được giữ")):
        lost = []
        for _ in range(3):
            images, labels = ask.images(1600)
            known, asked = images[:1000], images[1000:]
            sides, steps = (known, known[:, :, ::-1]), (0, 2, 4)
            views = [moved(side, [y] * 1000, [x] * 1000) for side in sides for y in steps for x in steps]
            by_heart, names = flat(np.concatenate(views), unit=True), np.tile(labels[:1000], len(views))
            changed = augmented(asked)
            text = T("the mean change of a grey level", "mức thay đổi trung bình của một mức xám")
            ask.answer(round(float(np.abs(changed - asked.astype(float)).mean()), 2), text).at_least(2)
            before, after = (
                nearest_accuracy(by_heart, names, flat(pictures, unit=True), labels[1000:]) for pictures in (asked, changed)
            )
            lost.append(before - after)
        text = T("the accuracy lost on the pictures that you changed", "độ chính xác bị mất trên những ảnh bạn đã biến đổi")
        ask.answer(round(float(np.mean(lost)), 3), text).at_most(0.12)
    with ask.part(1, T("it helps with the customer's pictures", "có ích với ảnh của vị khách")):
        won = []
        for _ in range(8):
            images, labels = ask.images(1300)
            known, asked = images[:300], flat(hurried(images[300:]))
            versions = np.concatenate([augmented(known) for _ in range(15)])
            plain = nearest_accuracy(flat(known), labels[:300], asked, labels[300:])
            helped = nearest_accuracy(flat(versions), np.tile(labels[:300], 15), asked, labels[300:])
            won.append(helped - plain)
        text = T("the accuracy won by your policy", "độ chính xác tăng thêm nhờ chính sách của bạn")
        ask.answer(round(float(np.mean(won)), 3), text).at_least(0.18 if ask.real else 0.105)
### END HIDDEN TESTS

# %% name="policy_try"
validation = FashionMNISTLoader("validation", 250)
standing_in = validation.source.name != "fashion-mnist"


def moved(images, top, left):
    """`images` with a black border of 2 pixels, cut at (top, left): moved by 2 - top and 2 - left pixels."""
    """vi: `images` có thêm viền đen rộng 2 điểm ảnh, cắt tại (top, left): dịch đi 2 - top và 2 - left điểm ảnh."""
    framed = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    return np.stack([picture[y : y + 28, x : x + 28] for picture, y, x in zip(framed, top, left, strict=True)])


def mirrored_at_random(images, rng):
    return np.where(rng.random(len(images))[:, None, None] < 0.5, images[:, :, ::-1], images)


def hurried(images, rng):
    """What the customer would have made of `images`."""
    """vi: Những bức ảnh mà vị khách sẽ chụp ra từ `images`."""
    images = moved(mirrored_at_random(images, rng), *rng.integers(0, 5, (2, len(images))))
    return np.minimum(np.round(images * rng.uniform(0.3, 1.2, (len(images), 1, 1))), 255)


def upside_down(images, rng):
    return np.where(rng.random(len(images))[:, None, None] < 0.5, images[:, ::-1], images)


def nearest_accuracy(known, known_labels, images, labels, unit=False):
    """The accuracy of a classifier that gives each image the label of the nearest one that it knows.

    unit: whether each picture's own brightness and contrast are taken out first.
    """
    """vi: Độ chính xác của bộ phân loại gán cho mỗi ảnh nhãn của ảnh đã biết gần nó nhất.

    unit: có khử độ sáng và độ tương phản riêng của từng ảnh trước hay không.
    """
    rows = []
    for pictures in (known, images):
        flat = np.asarray(pictures, np.float32).reshape(len(pictures), -1)
        if unit:
            flat = flat - flat.mean(axis=1, keepdims=True)
            flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6
        rows.append(flat)
    distances = (rows[0] ** 2).sum(axis=1) - 2 * rows[1] @ rows[0].T
    return (known_labels[distances.argmin(axis=1)] == labels).mean()


def draw(count, rng):
    which = rng.choice(len(validation.labels), count, replace=False)
    return validation.pixels[which], validation.labels[which]


def labels_kept(policy, rng):
    """(accuracy on 600 garments as they are, accuracy after `policy`, mean change of a grey level)."""
    """vi: (độ chính xác trên 600 món đồ nguyên gốc, độ chính xác sau `policy`, mức thay đổi trung bình của mức xám)."""
    images, labels = draw(1600, rng)
    known = images[:1000]
    steps = [(y, x) for y in (0, 2, 4) for x in (0, 2, 4)]
    views = [moved(side, [y] * 1000, [x] * 1000) for side in (known, known[:, :, ::-1]) for y, x in steps]
    views, names = np.concatenate(views), np.tile(labels[:1000], 18)
    changed = policy(images[1000:], rng)
    before, after = (nearest_accuracy(views, names, some, labels[1000:], True) for some in (images[1000:], changed))
    return before, after, np.abs(changed - images[1000:].astype(float)).mean()


def customer(policy, rng):
    """Accuracies with 300 known garments: tidy pictures; the customer's; the customer's, known in 15 versions."""
    """vi: Độ chính xác khi biết 300 món đồ: ảnh ngay ngắn; ảnh của vị khách; ảnh của vị khách, biết 15 phiên bản."""
    images, labels = draw(1300, rng)
    known, asked = images[:300], hurried(images[300:], rng)
    versions = np.concatenate([policy(known, rng) for _ in range(15)])
    tidy = nearest_accuracy(known, labels[:300], images[300:], labels[300:])
    plain = nearest_accuracy(known, labels[:300], asked, labels[300:])
    return tidy, plain, nearest_accuracy(versions, np.tile(labels[:300], 15), asked, labels[300:])


rng = np.random.default_rng(0)
before, after, change = np.mean([labels_kept(my_augment, rng) for _ in range(3)], axis=0)
_, turned, _ = np.mean([labels_kept(upside_down, rng) for _ in range(3)], axis=0)
tidy, plain, helped = np.mean([customer(my_augment, rng) for _ in range(8)], axis=0)
bar = number(0.105 if standing_in else 0.18)
change, lost, won = number(change, 1), number(before - after, 3), number(helped - plain, 3)
before, after, turned, tidy, plain, helped = (number(each, 3) for each in (before, after, turned, tidy, plain, helped))
print(say("Labels are kept.", "Nhãn được giữ."))
print(say(
    f"  mean change {change} grey levels (needed: 2); accuracy {before}, after your policy {after}",
    f"  thay đổi trung bình {change} mức xám (cần: 2); độ chính xác {before}, sau chính sách của bạn {after}",
))
print(say(f"  lost {lost} (allowed: 0.12)", f"  bị mất {lost} (cho phép: 0,12)"))
print(say(f"  for comparison, half of them upside down: {turned}", f"  để so sánh, khi một nửa số ảnh bị lộn ngược: {turned}"))
print(say("It helps.", "Có ích."))
print(say(
    f"  300 garments known: tidy pictures {tidy}, the customer's {plain}",
    f"  biết 300 món đồ: ảnh ngay ngắn {tidy}, ảnh của vị khách {plain}",
))
print(say(f"  known in 15 versions: the customer's {helped}", f"  biết qua 15 phiên bản: ảnh của vị khách {helped}"))
print(say(f"  won {won} (needed: {bar})", f"  tăng thêm {won} (cần: {bar})"))

# %% [markdown] name="why_other_pictures" lang="en" tags=["why"]
# ### Why? Other pictures
#
# Mirrored, turned upside down, moved by a few pixels, in other colours: which of these changes would you allow for
# handwritten digits, which for photographs of birds whose species is asked, and which for X-rays of the chest? Give a
# reason for each that you refuse.

# %% [markdown] name="why_other_pictures" lang="vi" tags=["why"]
# ### Vì sao? Những loại ảnh khác
#
# Lật gương, lộn ngược, dịch vài điểm ảnh, đổi màu: bạn cho phép những phép nào với chữ số viết tay, với ảnh chụp chim mà ta
# hỏi tên loài, và với ảnh X-quang lồng ngực? Hãy nêu lý do cho mỗi phép bạn từ chối.

# %% [markdown] name="why_other_pictures-answer" lang="en"
# Digits: moving keeps a label; a mirrored 2 is no digit, and a 6 upside down is a 9; colour does not matter. Birds: mirrors
# and shifts are fine, and hardly a bird hangs upside down; but the colour of the plumage tells species apart, so light may
# change, and hue may not. X-rays: shifts are fine; a mirror puts the heart on the right, which is a rare finding of its
# own, and nobody takes such pictures upside down. A change may be used where it makes pictures that could have been taken,
# with the same answer.

# %% [markdown] name="why_other_pictures-answer" lang="vi"
# Chữ số: dịch thì giữ nhãn; số 2 trong gương không còn là chữ số, còn số 6 lộn ngược là số 9; màu không quan trọng. Chim:
# lật gương và dịch đều được, nhưng hầu như chẳng con chim nào treo ngược; màu lông giúp phân biệt loài, nên độ sáng được đổi
# mà sắc màu thì không. X-quang: dịch thì được; lật gương đưa tim sang bên phải, vốn là một dị tật hiếm gặp, và không ai chụp
# lộn ngược. Một phép biến đổi dùng được khi nó tạo ra bức ảnh có thể gặp thật, với cùng câu trả lời.

# %% [markdown] name="regulariser_text" lang="en"
# ## Watch it: few pictures, many epochs
#
# Now a net. A LeNet with ReLU learns 1,000 garments for 50 epochs, three times as they are and three times through
# `augment=my_augment`, with the same seeds (a minute or two), by steps such as those of notebook 5: Nesterov momentum, and a
# rate that rises for a tenth of the time (*warm-up*), then falls along a cosine. Without changes it sees the same 1,000
# pictures 50 times. With them it hardly sees a picture twice, so that learning by heart does not pay.
#
# The dashed lines are measured while the net learns, the dashed orange one thus on *changed* pictures, which are harder.
# That is why the bars measure the 1,000 training pictures once more after training, unchanged. The third pair of bars
# belongs to validation images that are mirrored at random and moved by up to 2 pixels, as those of the customer in task 8.
#
# **Guess first**, the mean accuracies of the three nets: write your numbers where None stands.

# %% [markdown] name="regulariser_text" lang="vi"
# ## Quan sát: ít ảnh, nhiều epoch
#
# Giờ đến một mạng. Một LeNet dùng ReLU học 1.000 món đồ trong 50 epoch, ba lần với ảnh nguyên gốc và ba lần qua
# `augment=my_augment`, cùng các hạt giống (một hai phút), với cách huấn luyện như ở sổ tay 5: động lượng Nesterov, tốc độ học
# *khởi động dần* trong một phần mười thời gian rồi giảm theo lịch cosine. Không biến đổi, nó xem đi xem lại 1.000 ảnh ấy 50
# lần. Có biến đổi, nó hầu như không gặp lại ảnh nào lần thứ hai, nên học thuộc lòng chẳng có lợi gì.
#
# Các đường đứt nét được đo ngay khi mạng đang học, vì vậy đường đứt nét màu cam đo trên ảnh *đã biến đổi*, vốn khó hơn. Do
# đó các cột đo lại 1.000 ảnh huấn luyện sau khi học xong, ở dạng nguyên gốc. Cặp cột thứ ba đo trên ảnh thẩm định bị lật
# ngẫu nhiên và dịch đi nhiều nhất 2 điểm ảnh, như ảnh của vị khách ở nhiệm vụ 8.
#
# **Hãy đoán trước** độ chính xác trung bình của ba mạng: viết con số của bạn vào chỗ None.

# %% name="guess"
guess = {
    say("as they are, validation images", "ảnh nguyên gốc, ảnh thẩm định"): None,
    say("augmented, validation images", "có tăng cường, ảnh thẩm định"): None,
    say("as they are, mirrored and moved", "ảnh nguyên gốc, lật và dịch"): None,
    say("augmented, mirrored and moved", "có tăng cường, lật và dịch"): None,
}

# %% name="regulariser"
from gluon_alexnet import evaluate, fit, lenet

KNOWN, EPOCHS, SEEDS = 1000, 50, 3
during = FashionMNISTLoader("validation", 1000, limit=1000, normalize=True)
afterwards = {
    say("training images", "ảnh huấn luyện"): FashionMNISTLoader(
        "train-rest", 250, limit=KNOWN, shuffle=False, normalize=True
    ),
    say("validation images", "ảnh thẩm định"): FashionMNISTLoader("validation", 250, shuffle=False, normalize=True),
    say("validation images,\nmirrored and moved", "ảnh thẩm định,\nlật và dịch"): FashionMNISTLoader(
        "validation", 250, shuffle=False, augment="flip+shift", normalize=True
    ),
}


def learn(augment, seed):
    """A LeNet after EPOCHS epochs of KNOWN images, its History, and its accuracies on `afterwards`."""
    """vi: Một LeNet sau EPOCHS epoch với KNOWN ảnh, History của nó, và độ chính xác trên `afterwards`."""
    data = FashionMNISTLoader("train-rest", 64, limit=KNOWN, seed=seed, augment=augment, normalize=True)
    recipe = {"lr": 0.05, "optimizer": "nag", "momentum": 0.9, "schedule": "cosine", "warmup": 0.1, "threads": 1}
    net = lenet(activation="relu")
    history = fit(net, data, during, EPOCHS, seed=seed, device="cpu", progress=False, precision="float32", **recipe)
    return net, history, [evaluate(net, images, precision="float32").accuracy for images in afterwards.values()]


untouched, augmented = say("as they are", "nguyên gốc"), say("augmented", "có tăng cường")
policies = {untouched: (None, BLUE), augmented: (my_augment, ORANGE)}
runs = {name: [learn(augment, seed) for seed in range(SEEDS)] for name, (augment, _) in policies.items()}
final = {name: np.array([accuracies for _, _, accuracies in three]) for name, three in runs.items()}
gap = {name: number((accuracies[:, 0] - accuracies[:, 1]).mean(), 2) for name, accuracies in final.items()}

figure, (curves, bars) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
epochs = np.arange(1, EPOCHS + 1)
kinds = (("train", say("training", "huấn luyện"), "--"), ("test", say("validation", "thẩm định"), "-"))
for place, (name, (_, color)) in enumerate(policies.items()):
    for kind, label, line in kinds:
        rows = [[getattr(row, f"{kind}_accuracy") for row in history.epochs] for _, history, _ in runs[name]]
        curves.plot(epochs, np.mean(rows, axis=0), line, color=color, label=f"{name}: {label}")
        curves.fill_between(epochs, np.min(rows, axis=0), np.max(rows, axis=0), color=color, alpha=0.15, linewidth=0)
    mean = final[name].mean(axis=0)
    spread = [mean - final[name].min(axis=0), final[name].max(axis=0) - mean]
    places = np.arange(3) + (place - 0.5) * 0.36
    bars.bar(places, mean, 0.34, yerr=spread, color=color, capsize=4, ecolor=GREY, label=name)
    for where, value in zip(places, mean, strict=True):
        bars.text(where, 0.03, number(value, 3), ha="center", color="white", fontsize=9)
accuracy = say("accuracy", "độ chính xác")
curves.set(xlabel="epoch", ylabel=accuracy, title=say("While it learns", "Trong lúc học"))
bars.set_title(say(
    f"Training minus validation: {gap[untouched]} as they are, {gap[augmented]} augmented",
    f"Huấn luyện trừ thẩm định: {gap[untouched]} với ảnh nguyên gốc, {gap[augmented]} có tăng cường",
))
bars.set(ylabel=accuracy, ylim=(0, 1.18))
bars.set_xticks(range(3), list(afterwards))
bars.grid(False, axis="x")
curves.legend(loc="lower right", fontsize=9)
bars.legend(loc="upper right", fontsize=9, ncols=2)
figure.suptitle(say(
    f"{number(KNOWN)} images, {SEEDS} seeds (bands and error bars: lowest to highest)",
    f"{number(KNOWN)} ảnh, {SEEDS} hạt giống (dải màu và thanh sai số: từ thấp nhất đến cao nhất)",
), fontsize=10)
words.show()
for name, accuracies in final.items():
    means = zip(afterwards, accuracies.mean(axis=0), strict=True)
    print(f"{name}:", ";  ".join(f"{' '.join(where.split())} {number(mean, 3)}" for where, mean in means))
print()
outcome = [final[name][:, column].mean() for column in (1, 2) for name in policies]
words.guesses(guess, dict(zip(guess, outcome, strict=True)))

# %% [markdown] name="ten_views_text" lang="en"
# And the ten windows of task 6? Garments of 28×28 with a border of 1 pixel have ten windows of 28×28: the middle one is
# the picture itself. We ask all six nets about the 5,000 validation pictures: once, with the mirror image, with all ten
# windows. Each dot is a net, the lines are means.

# %% [markdown] name="ten_views_text" lang="vi"
# Còn mười cửa sổ của nhiệm vụ 6? Ảnh 28×28 thêm viền rộng 1 điểm ảnh có mười cửa sổ 28×28: cửa sổ giữa là chính bức ảnh. Ta
# hỏi cả sáu mạng về 5.000 ảnh thẩm định: chỉ với ảnh ấy, cùng với ảnh gương, và với cả mười cửa sổ. Mỗi chấm là một mạng,
# đường nối là trung bình.

# %% name="ten_views"
from gluon_alexnet.data.loader import to_input

views = ten_crops(np.pad(validation.pixels, ((0, 0), (1, 1), (1, 1))), 28)
chosen = {"1": [4], say("2 (with the mirror image)", "2 (thêm ảnh gương)"): [4, 9], "10": list(range(10))}
is_boot = validation.labels == 9


def answers(net):
    """The net's accuracy for each choice of views; the share of ankle boots named rightly, as they are and mirrored."""
    """vi: Độ chính xác của mạng với mỗi cách chọn cửa sổ; tỉ lệ bốt cổ ngắn gọi đúng tên, nguyên gốc và lật gương."""
    logits = np.stack([net(to_input(views[:, k], (28, 28), normalize=True)).asnumpy() for k in range(10)], axis=1)
    named = [average_probabilities(logits[:, which]).argmax(axis=1) for which in (*chosen.values(), [9])]
    boots = [(named[place] == 9)[is_boot].mean() for place in (0, 3)]
    return [*((names == validation.labels).mean() for names in named[:3]), *boots]


found = {name: np.array([answers(net) for net, _, _ in three]) for name, three in runs.items()}
won = {name: 100 * (values[:, :3] - values[:, :1]) for name, values in found.items()}

figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
axes.axhline(0, color=GREY, linewidth=1)
for name, (_, color) in policies.items():
    alone = number(found[name][:, 0].mean(), 3)
    label = say(f"learned {name} (1 view: {alone})", f"khi học: {name} (1 cửa sổ: {alone})")
    axes.plot(list(chosen), won[name].mean(axis=0), color=color, label=label)
    axes.plot(list(chosen), won[name].T, "o", color=color, markersize=5, alpha=0.6)
axes.set_xlabel(say("views averaged", "số cửa sổ lấy trung bình"))
axes.set_ylabel(say("change in accuracy (points)", "độ chính xác thay đổi (điểm phần trăm)"))
ten = {name: ("+" if values[:, 2].mean() > 0 else "") + number(values[:, 2].mean(), 1) for name, values in won.items()}
axes.set_title(say(
    f"Ten views: {ten[untouched]} points for nets that learned without changes, {ten[augmented]} with",
    f"Mười cửa sổ: {ten[untouched]} điểm phần trăm với mạng học ảnh nguyên gốc, {ten[augmented]} với mạng có tăng cường",
))
axes.grid(False, axis="x")
figure.legend(loc="outside lower center", ncols=2)
words.show()
for name, values in won.items():
    low, mean, high = (number(of(values[:, 2]), 1) for of in (np.min, np.mean, np.max))
    spread = say(f"mean {mean}, from {low} to {high}", f"trung bình {mean}, từ {low} đến {high}")
    print(f"{name}:", say("points won by ten views:", "điểm tăng thêm nhờ mười cửa sổ:"), spread)
for name, values in found.items():
    usual, turned = (number(share, 3) for share in values[:, 3:].mean(axis=0))
    boots = say(f"named rightly {usual}, mirrored {turned}", f"gọi đúng tên {usual}, khi lật gương {turned}")
    print(f"{name}:", say("ankle boots", "bốt cổ ngắn"), boots)

# %% [markdown] name="why_ten_views" lang="en" tags=["why"]
# ### Why? A mirror that harms
#
# The same ten views help one kind of net and harm the other. Why? The two last lines tell you about ankle boots. Which of
# the ten garments would you expect to suffer least?

# %% [markdown] name="why_ten_views" lang="vi" tags=["why"]
# ### Vì sao? Tấm gương gây hại
#
# Cùng mười cửa sổ ấy giúp loại mạng này mà hại loại mạng kia. Vì sao? Hai dòng cuối cho bạn biết về bốt cổ ngắn. Trong mười
# loại đồ, bạn nghĩ loại nào ít bị ảnh hưởng nhất?

# %% [markdown] name="why_ten_views-answer" lang="en"
# In Fashion-MNIST nearly all shoes point the same way. A net that learned the pictures as they are has never met a shoe that
# points the other way, so for such a picture its answer is wrong, and averaging it with a good answer makes the good one
# worse. The net that learned mirrored pictures has met both and knows both; then ten answers with different errors are
# better than one. Garments that look much the same in a mirror suffer least: trousers, dresses, T-shirts, bags.

# %% [markdown] name="why_ten_views-answer" lang="vi"
# Trong Fashion-MNIST, hầu như mọi chiếc giày quay về cùng một phía. Mạng học ảnh nguyên gốc chưa từng gặp chiếc giày quay về
# phía kia, nên với ảnh như thế nó chỉ đoán, và lấy trung bình với câu trả lời tốt thì làm hỏng câu trả lời tốt. Mạng học cả
# ảnh gương đã gặp và biết cả hai; khi đó mười câu trả lời với những lỗi khác nhau tốt hơn một. Những món trông gần như cũ
# trong gương ít bị ảnh hưởng nhất: quần dài, váy liền, áo phông, túi xách.

# %% [markdown] name="closing" lang="en"
# ## What you have seen
#
# The figures are those of the solved notebook, on validation images of the real Fashion-MNIST.
#
# - **A change keeps a label, or it does not; the task decides.** A mirrored shoe is a shoe, a mirrored letter is none. The
#   nearest-neighbour classifier of task 8 that has 1,000 garments by heart named 76% of the garments rightly as they are,
#   73% after the model policy, and 54% when half of them stood on their heads (means of three drawings).
# - **Every change puts in a piece of knowledge that the pictures themselves do not have.** With 300 tidy garments, such a
#   classifier was right on 69% of tidy pictures, but on only 40% of the customer's. With 15 versions of each of the same
#   300 it was back at 65%. (Means of eight drawings; a single one may be off by several points.)
# - **It is a regulariser.** With 1,000 images, training accuracy minus validation accuracy fell from 0.20 to 0.11, as dropout
#   would also do. On validation images the nets won two points (0.805 to 0.825), on mirrored and moved ones 22
#   (0.580 to 0.802): the more the pictures that are asked differ from those that were learned, the more a policy that fits
#   the difference is worth. It needs epochs to pay: in the first ten the nets that learned changed pictures were behind.
# - **It can help when the net is asked, too, if the net has met such pictures.** The nets that learned with the model
#   policy gained 0.9 points by ten views on average, the others lost 5.6 (3.3 to 8.0). The mirror did it: of mirrored ankle
#   boots the nets that had learned no changes named 0% rightly, of the same boots as they are 94%. (The stand-in data holds
#   mirrored garments from the beginning: there the mirror harms neither.)
# - **A window of 224 in 256 pixels has 33 places**, not 32: task 2 makes 2,178 pictures of one, where the paper says 2,048.
#
# For comparison: Krizhevsky et al. (2012) write that without crops and flips their net overfitted so much that they would
# have needed a much smaller one; that the colours took over one percentage point off the top-1 error; and that ten views
# took off 1.5. In the table of results sent in to the authors of Fashion-MNIST, two convolutions and two dense layers with
# nothing but flips reach 0.939. The chapter's AlexNet, without any augmentation, has 0.887 on average in 89 published runs
# (saved outputs of the chapter's code in three releases of the book). That is no comparison of flips alone, since the
# recipes differ, too: with flips, weight decay, label smoothing and a falling rate, the same AlexNet reached 0.932 here.
# Try it: `gluon-alexnet train` has flips and shifts, and the trainer that you have used here takes your own policy.

# %% [markdown] name="closing" lang="vi"
# ## Những điều rút ra
#
# Các con số dưới đây là của sổ tay giải sẵn, trên ảnh thẩm định của Fashion-MNIST thật.
#
# - **Một phép biến đổi giữ nhãn hay không là do bài toán quyết định.** Chiếc giày trong gương vẫn là giày, chữ cái trong
#   gương thì không còn là chữ. Bộ phân loại láng giềng gần nhất của nhiệm vụ 8, thuộc lòng 1.000 món đồ, gọi đúng tên 76% số
#   ảnh nguyên gốc, 73% sau chính sách mẫu, và 54% khi một nửa số món đồ bị lộn ngược (trung bình của ba lần lấy mẫu).
# - **Mỗi phép biến đổi đưa vào một hiểu biết về thế giới mà bản thân các ảnh không có.** Với 300 món đồ ngay ngắn, một bộ
#   phân loại như vậy đúng 69% trên ảnh ngay ngắn, nhưng chỉ 40% trên ảnh của vị khách. Với 15 phiên bản của chính 300 món ấy,
#   nó trở lại 65%. (Trung bình của tám lần lấy mẫu; từng lần có thể lệch vài điểm phần trăm.)
# - **Đó là một cách điều chuẩn.** Với 1.000 ảnh, độ chính xác huấn luyện trừ độ chính xác thẩm định giảm từ 0,20 xuống 0,11,
#   giống như khi dùng dropout. Trên ảnh thẩm định, mạng được thêm hai điểm phần trăm (từ 0,805 lên 0,825), còn trên ảnh lật
#   và dịch thì thêm 22 điểm (từ 0,580 lên 0,802): ảnh được hỏi càng khác ảnh đã học, một chính sách hợp với chỗ khác ấy càng
#   đáng giá. Phải đủ nhiều epoch mới có lợi: trong mười epoch đầu, các mạng học ảnh biến đổi còn kém hơn.
# - **Nó cũng có thể giúp ích lúc trả lời, nếu mạng đã từng gặp những ảnh như thế.** Các mạng học với chính sách mẫu tăng
#   trung bình 0,9 điểm phần trăm nhờ mười cửa sổ, còn các mạng kia giảm 5,6 điểm (từ 3,3 đến 8,0). Thủ phạm là tấm gương: với
#   bốt cổ ngắn lật gương, các mạng học ảnh nguyên gốc gọi đúng tên 0%, trong khi cũng những chiếc bốt ấy để nguyên thì đúng
#   94%. (Dữ liệu thay thế vốn có sẵn món đồ lật ngược trái phải: ở đó tấm gương không hại mạng nào.)
# - **Cửa sổ 224 trong 256 điểm ảnh có 33 vị trí**, không phải 32: theo nhiệm vụ 2, một ảnh cho 2.178 ảnh, còn bài báo ghi
#   2.048.
#
# Để so sánh: Krizhevsky và cộng sự (2012) viết rằng nếu không cắt và lật ảnh thì mạng của họ quá khớp đến mức phải dùng một
# mạng nhỏ hơn nhiều; rằng việc đổi màu giảm hơn một điểm phần trăm lỗi top-1; và mười cửa sổ giảm 1,5 điểm. Trong bảng kết
# quả gửi về cho các tác giả Fashion-MNIST, hai tầng tích chập và hai tầng kết nối đầy đủ chỉ với phép lật đạt 0,939. AlexNet
# của chương, không tăng cường dữ liệu gì, đạt trung bình 0,887 trong 89 lần chạy đã công bố (kết quả lưu kèm mã của chương
# trong ba bản phát hành của sách). Đó không chỉ là so sánh phép lật, vì công thức huấn luyện cũng khác: với phép lật, suy
# giảm trọng số, làm mượt nhãn và tốc độ học giảm dần, chính AlexNet ấy đạt 0,932 ở đây.
# Hãy thử: `gluon-alexnet train` có sẵn phép lật và phép dịch, còn hàm huấn luyện bạn đã dùng ở đây nhận cả chính sách của
# riêng bạn.

# %% [markdown] name="score_text" lang="en"
# ## Your score
#
# Save the notebook (Ctrl+S, on a Mac Cmd+S), then run the cell below. It grades the file as it was saved last, which takes
# less than a minute. The cell itself counts for nothing.

# %% [markdown] name="score_text" lang="vi"
# ## Điểm của bạn
#
# Hãy lưu sổ tay (Ctrl+S, trên máy Mac là Cmd+S) rồi chạy ô dưới đây. Ô này chấm bản được lưu gần nhất của tệp, mất chưa tới một
# phút. Bản thân nó không được tính điểm.

# %% name="score" tags=["skip-execution"]
from gluon_alexnet.grading.in_notebook import grade_this_notebook

grade_this_notebook("06_augmentation")
