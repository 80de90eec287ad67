# %% [markdown] name="intro" lang="en"
# # How far a unit sees
#
# An example of an exercise of one's own: two small tasks, a few minutes. `docs/authoring.md` tells how it is built, tried and graded.
#
# Only the answer cells are graded, together with the cells that the notebook gives: helper functions and imports of your own belong
# in the answer cell that uses them. The check below each task prints a few values to compare with; your teacher's checks ask about
# others.

# %% [markdown] name="intro" lang="vi"
# # Một đơn vị nhìn được bao xa
#
# Ví dụ về một bài tập tự soạn: hai nhiệm vụ nhỏ, vài phút là xong. `docs/authoring.md` nói cách tạo, thử và chấm nó.
#
# Khi chấm, chỉ các ô trả lời và những ô cho sẵn được chạy: hãy đặt hàm phụ và lệnh import của bạn ngay trong ô trả lời dùng đến
# chúng. Ô kiểm tra thử dưới mỗi nhiệm vụ in ra vài giá trị để bạn so sánh; phần kiểm tra của giáo viên sẽ hỏi những giá trị khác.

# %% name="setup" tags=["setup"]
import numpy as np

# (width of the window, stride) of AlexNet's convolutions and poolings, from the image on
# vi: (bề rộng cửa sổ, bước trượt) của các tầng tích chập và tầng gộp trong AlexNet, tính từ ảnh
ALEXNET = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]

# %% [markdown] name="max_pool_text" lang="en"
# ## Task 1. Max pooling (2 points)
#
# Windows of `size` x `size` pixels stand side by side on the image, without overlap. Of each the largest value is kept. What is left
# over at the right and at the bottom, too narrow for a window, is dropped.

# %% [markdown] name="max_pool_text" lang="vi"
# ## Nhiệm vụ 1. Gộp cực đại (2 điểm)
#
# Các cửa sổ `size` x `size` điểm ảnh đứng cạnh nhau trên ảnh, không chồng lên nhau. Mỗi cửa sổ giữ lại giá trị lớn nhất. Phần thừa ở
# bên phải và bên dưới, không đủ rộng cho một cửa sổ, thì bỏ đi.

# %% nbgrader={"grade": false, "grade_id": "max_pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool(image, size):
    """The largest value of each window, an array (H // size, W // size).

    image: an array (H, W).
    """
    """vi: Giá trị lớn nhất của mỗi cửa sổ, một mảng (H // size, W // size).

    image: mảng (H, W).
    """
    ### BEGIN SOLUTION
    rows, columns = image.shape[0] // size, image.shape[1] // size
    windows = image[: rows * size, : columns * size].reshape(rows, size, columns, size)
    return windows.max(axis=(1, 3))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "max_pool-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
print(max_pool(np.arange(20).reshape(4, 5), 2))
### BEGIN HIDDEN TESTS
def check(ask):
    def pooled(image, size):
        starts = [range(0, length - size + 1, size) for length in image.shape]
        return np.array([[image[y : y + size, x : x + size].max() for x in starts[1]] for y in starts[0]])

    with ask.part(1, T("windows that fill the image", "các cửa sổ lấp kín ảnh")):
        for size in (1, 2, 3):
            rows, columns = ask.random.integers(2, 7, 2)
            image = ask.random.normal(size=(rows * size, columns * size))
            ask.call("max_pool", image, size).close_to(pooled(image, size))
    with ask.part(1, T("pixels left over", "còn thừa điểm ảnh")):
        for size in (2, 3, 4):
            rows, columns = ask.random.integers(2, 7, 2) * size + ask.random.integers(1, size, 2)
            image = ask.random.normal(size=(rows, columns))
            ask.call("max_pool", image, size).close_to(pooled(image, size))
### END HIDDEN TESTS

# %% [markdown] name="field_text" lang="en"
# ## Task 2. The receptive field (3 points)
#
# How many pixels of the image, side by side, can change one value behind several layers? One value behind a window of 3 pixels sees
# 3 of them. Behind a second such window it sees 5, and 7 if the first moves in strides of 2.

# %% [markdown] name="field_text" lang="vi"
# ## Nhiệm vụ 2. Trường tiếp nhận (3 điểm)
#
# Bao nhiêu điểm ảnh liền nhau có thể làm thay đổi một giá trị sau vài tầng? Sau một cửa sổ rộng 3 điểm ảnh, một giá trị nhìn thấy 3
# điểm. Sau cửa sổ thứ hai như vậy, nó thấy 5 điểm, hoặc 7 nếu cửa sổ đầu trượt với bước 2.

# %% nbgrader={"grade": false, "grade_id": "field", "locked": false, "schema_version": 3, "solution": true, "task": false}
def field(layers):
    """How many pixels wide a value behind the last of `layers` sees, an int; 1 without layers.

    layers: a list of (width of the window, stride), from the image on.
    """
    """vi: Một giá trị sau tầng cuối của `layers` nhìn thấy một vùng rộng bao nhiêu điểm ảnh, kiểu int; 1 nếu không có tầng nào.

    layers: danh sách các cặp (bề rộng cửa sổ, bước trượt), tính từ ảnh.
    """
    ### BEGIN SOLUTION
    seen, step = 1, 1
    for width, stride in layers:
        seen += (width - 1) * step
        step *= stride
    return seen
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "field-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
print([field(ALEXNET[:count]) for count in range(1, 9)])
### BEGIN HIDDEN TESTS
def check(ask):
    def drawn(count, strides):
        return [(int(ask.random.integers(1, 12)), int(ask.random.choice(strides))) for _ in range(count)]

    def seen(layers):
        # Backwards: from one value to those that it was made of.
        pixels = 1
        for width, stride in reversed(layers):
            pixels = (pixels - 1) * stride + width
        return pixels

    forgotten = T("takes every stride for 1", "coi mọi bước trượt là 1")
    with ask.part(1, T("layers with stride 1", "các tầng có bước 1")):
        for count in (0, 1, 2, 5):
            layers = drawn(count, [1])
            ask.call("field", layers).equals(seen(layers))
    with ask.part(2, T("layers with any stride", "các tầng có bước bất kỳ")):
        for count in (2, 3, 6):
            layers = [(3, 2), *drawn(count, [1, 2, 3]), (2, 2)]
            without = seen([(width, 1) for width, _ in layers])
            ask.call("field", layers).mistake(without, "strides-forgotten", forgotten).equals(seen(layers))
### END HIDDEN TESTS

# %% [markdown] name="seen_text" lang="en"
# Behind AlexNet's last pooling a value sees most of an image of 224 pixels.

# %% [markdown] name="seen_text" lang="vi"
# Sau tầng gộp cuối của AlexNet, một giá trị nhìn thấy phần lớn bề rộng 224 điểm ảnh của ảnh.

# %% name="seen"
print(say("behind the last pooling:", "sau tầng gộp cuối:"), field(ALEXNET), say("of 224 pixels", "trên 224 điểm ảnh"))
