# %% [markdown] name="intro" lang="en"
# # AlexNet, taken apart
#
# In 2012 a convolutional net won the ImageNet challenge by so much that within two years hardly anybody in computer vision designed
# features by hand any more. This lesson runs what there is to say about it. Nothing is asked of you: run the cells from top to bottom
# and change what you like. You will see
#
# - what people did before: features made by hand, and a support vector machine (section 1),
# - what had been missing: data (2) and hardware (3), both measured on this machine,
# - how LeNet became AlexNet (4), layer by layer, with everything counted (5),
# - ReLU (6), dropout (7) and changed pictures (8), each with and without,
# - a net trained here (9), where it fails (10), and what can be seen inside it (11),
# - the net of 2012 as it really was (12), and what came after (13).
#
# **Time.** The machine computes for about three minutes where it has nothing else to do, and several times as long beside other work.
# Cells whose code is long are folded: click on the three dots to read it.
#
# **Data.** The pictures are Fashion-MNIST's (Xiao et al. 2017): 28×28 grey pixels, ten kinds of garments. Where they cannot be had,
# the loader draws stand-in pictures and says so; then the numbers below are others.
#
# **Where you do it yourself**: the [exercises](../exercises/README.ipynb). Links to them stand where they belong.
#
# [Tiếng Việt](vi/alexnet.ipynb)

# %% [markdown] name="intro" lang="vi"
# # AlexNet, tháo rời từng phần
#
# Năm 2012, một mạng tích chập thắng cuộc thi ImageNet với khoảng cách lớn đến mức chỉ hai năm sau, trong ngành thị giác máy tính
# hầu như không còn ai thiết kế đặc trưng bằng tay. Bài học này chạy thử mọi điều đáng nói về nó. Bạn không phải trả lời câu nào: cứ
# chạy các ô từ trên xuống và thay đổi tùy thích. Bạn sẽ thấy
#
# - trước đó người ta làm gì: đặc trưng làm bằng tay, rồi một máy vectơ hỗ trợ (mục 1),
# - những gì còn thiếu khi ấy: dữ liệu (2) và phần cứng (3), đo ngay trên máy này,
# - LeNet trở thành AlexNet ra sao (4), từng tầng một, cái gì cũng đếm (5),
# - ReLU (6), dropout (7) và ảnh được biến đổi (8), mỗi thứ thử cả khi có lẫn khi không,
# - một mạng được huấn luyện tại đây (9), chỗ nó sai (10), và những gì nhìn thấy được bên trong (11),
# - mạng của năm 2012 đúng như nguyên bản (12), và những gì đến sau (13).
#
# **Thời gian.** Khi không phải làm gì khác, máy chạy chừng ba phút; khi bận việc khác thì lâu gấp mấy lần. Ô nào mã dài thì được gập
# lại: bấm vào dấu ba chấm để đọc.
#
# **Dữ liệu.** Ảnh là của Fashion-MNIST (Xiao và cộng sự 2017): 28×28 điểm ảnh xám, mười loại trang phục. Khi không có và cũng không
# tải được, bộ nạp tự vẽ dữ liệu thay thế và báo cho bạn biết; khi đó các con số sẽ khác.
#
# **Nơi bạn tự làm**: [các bài tập](../../exercises/vi/README.ipynb). Đường dẫn đến từng bài được đặt ở chỗ liên quan.
#
# [English](../alexnet.ipynb)

# %% name="setup" tags=["setup"]
import os
import time

import matplotlib.pyplot as plt
import numpy as np

from gluon_alexnet import FashionMNISTLoader, analysis, evaluate, explore, fit, models
from gluon_alexnet.data.loader import to_input
from gluon_alexnet.machine.runtime import load_mxnet
from gluon_alexnet.study import Words, recorded, style

mx = load_mxnet()
words = Words(say("en", "vi"))
number, percent = words.number, words.percent
style()
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#6a7683"

train_data, test_data = FashionMNISTLoader("train", 64), FashionMNISTLoader("test", 250)
images, labels = train_data.pixels, train_data.labels
test_images, test_labels = test_data.pixels, test_data.labels
names = words.class_names


def gallery(pictures, titles, columns, title, size=1.2, **how):
    """Pictures side by side, each with a title."""
    """vi: Các bức ảnh cạnh nhau, mỗi ảnh một tiêu đề."""
    rows = -(-len(pictures) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(size * columns, (size + 0.3) * rows + 0.4), layout="constrained", squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, picture, text in zip(grid.flat, pictures, titles, strict=False):
        axes.imshow(picture, cmap=how.get("cmap", "gray"), vmin=how.get("vmin"), vmax=how.get("vmax"))
        axes.set_title(text, fontsize=8, fontweight="normal")
    figure.suptitle(title, fontsize=11)
    return grid


def first(kind, skip=0):
    """The place of a training picture of the class `kind`."""
    """vi: Vị trí của một ảnh huấn luyện thuộc lớp `kind`."""
    return int(np.flatnonzero(labels == kind)[skip])


gallery([images[first(kind)] for kind in range(10)], names, 10, say("One of each kind", "Mỗi loại một ảnh"))
words.show()
print(say("pictures to learn from and to be tested on:", "số ảnh để học và để kiểm tra:"), number(len(images)), number(len(test_images)))

# %% [markdown] name="before" lang="en"
# ## 1. Before 2012: features made by hand
#
# Hardly anybody gave pixels to a classifier then. A picture went through a pipeline that people had thought out, which turned it into some
# hundred or thousand numbers, and a simple, well understood machine learned from those. Papers were written about the pipeline.
#
# ### SIFT: a few points, each described
#
# SIFT (Lowe 2004) looks for points that can be found again in another picture of the same thing: blobs and corners, at any size and
# turned in any way. Around each it gathers in which directions the brightness changes, 4×4 histograms of 8 directions: 128 numbers.

# %% [markdown] name="before" lang="vi"
# ## 1. Trước năm 2012: đặc trưng làm bằng tay
#
# Thời ấy hầu như không ai đưa thẳng điểm ảnh cho bộ phân loại. Ảnh đi qua một quy trình do con người nghĩ ra, biến thành vài trăm đến vài
# nghìn con số, rồi một bộ phân loại đơn giản, đã được hiểu rõ, học từ các con số ấy. Các bài báo viết về chính quy trình này.
#
# ### SIFT: vài điểm, mỗi điểm một mô tả
#
# SIFT (Lowe 2004) tìm những điểm có thể tìm lại được trong một ảnh khác của cùng vật: đốm và góc, ở mọi cỡ và mọi góc xoay. Quanh mỗi
# điểm, nó ghi lại độ sáng thay đổi theo những hướng nào, thành 4×4 biểu đồ của 8 hướng: 128 con số.

# %% name="keypoints" tags=["fold"]
import cv2

sift = cv2.SIFT_create()


def enlarged(picture, side):
    """A picture made `side` pixels wide and high."""
    """vi: Bức ảnh được phóng thành `side` điểm ảnh mỗi chiều."""
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR)


figure, grid = plt.subplots(2, 5, figsize=(11, 5), layout="constrained")
for column, kind in zip(grid.T, (9, 8, 5, 0, 3), strict=True):
    for axes, side in zip(column, (28, 112), strict=True):
        picture = enlarged(images[first(kind, 3)], side)
        points = sift.detect(picture)
        axes.imshow(picture, cmap="gray")
        for point in points:
            (x, y), radius, angle = point.pt, point.size / 2, np.radians(point.angle)
            axes.add_patch(plt.Circle((x, y), radius, fill=False, color=ORANGE))
            axes.plot([x, x + radius * np.cos(angle)], [y, y + radius * np.sin(angle)], color=ORANGE, linewidth=1)
        axes.set(xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))
        axes.axis("off")
        axes.set_title(say(f"{names[kind]}, {side} pixels: {len(points)}", f"{names[kind]}, {side} điểm ảnh: {len(points)}"), fontsize=9)
figure.suptitle(say("The points that SIFT finds by itself, with their size and direction", "Các điểm SIFT tự tìm được, kèm cỡ và hướng"))
words.show()

for side in (28, 56, 112):
    counts = np.array([len(sift.detect(enlarged(picture, side))) for picture in images[:300]])
    mean, none = number(counts.mean(), 1), percent((counts == 0).mean(), 1)
    print(say(f"{side:3} pixels: {mean} points a picture; no point at all: {none}", f"{side:3} điểm ảnh: mỗi ảnh {mean} điểm; không có điểm nào: {none}"))

# %% [markdown] name="sift_grid" lang="en"
# In 28 pixels SIFT has next to nothing to find. It can be given larger copies of the pictures, in which blurred edges have room to be
# blobs. Or one leaves the search out, as people did when they classified pictures, and describes a patch at every point of a grid.

# %% [markdown] name="sift_grid" lang="vi"
# Trong 28 điểm ảnh, SIFT hầu như không có gì để tìm. Có thể đưa cho nó bản phóng to, nơi các cạnh đã nhòe đủ chỗ để thành đốm. Hoặc bỏ
# hẳn bước tìm, như người ta đã làm khi phân loại ảnh, và mô tả một mảnh ảnh tại mọi điểm của một lưới.

# %% name="sift_described" tags=["fold"]
from gluon_alexnet import features as hand_made

picture = images[first(9, 3)]
described = hand_made.dense_sift(picture[None])[0]
places = [(column, row) for row in range(4, 28, 4) for column in range(4, 28, 4)]
chosen = 20

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
left.imshow(picture, cmap="gray")
left.scatter(*zip(*places, strict=True), s=12, color=ORANGE)
x, y = places[chosen]
left.add_patch(plt.Rectangle((x - 6, y - 6), 12, 12, fill=False, color="white", linewidth=2))
left.set_title(say(f"{len(places)} points; one patch of 12×12", f"{len(places)} điểm; một mảnh 12×12"))
middle.imshow(picture, cmap="gray")
middle.set(xlim=(x - 6.5, x + 5.5), ylim=(y + 5.5, y - 6.5))
for row in range(4):
    for column in range(4):
        for bin, vote in enumerate(described[chosen].reshape(4, 4, 8)[row, column]):
            reach, angle = 1.4 * vote / described[chosen].max(), bin * np.pi / 4
            cx, cy = x - 5 + 3 * column, y - 5 + 3 * row
            middle.plot([cx, cx + reach * np.cos(angle)], [cy, cy + reach * np.sin(angle)], color=ORANGE, linewidth=2)
middle.set_title(say("its 4×4 histograms of 8 directions", "4×4 biểu đồ, mỗi cái 8 hướng"))
right.bar(range(128), described[chosen], color=BLUE)
right.set_title(say("the same 128 numbers", "cũng 128 con số ấy"))
for axes in (left, middle):
    axes.axis("off")
words.show()

# %% [markdown] name="surf" lang="en"
# ### SURF: a faster SIFT, which this Python does not have
#
# SURF (Bay et al. 2006) asks nearly the same with sums over rectangles, which a table of running sums gives in four additions. It is
# patented. OpenCV took SIFT into its main part when Lowe's patent had run out (in March 2020, OpenCV 4.4), but builds SURF only for
# those who ask for non-free code, and the wheels on PyPI are not built so. The cell asks the OpenCV that is installed here.

# %% [markdown] name="surf" lang="vi"
# ### SURF: một SIFT nhanh hơn, nhưng Python này không có
#
# SURF (Bay và cộng sự 2006) hỏi gần như cùng những điều ấy bằng tổng trên các hình chữ nhật, mà bảng tổng tích lũy cho ngay sau bốn
# phép cộng. Nó có bằng sáng chế. OpenCV đưa SIFT vào phần chính khi bằng sáng chế của Lowe hết hạn (tháng 3 năm 2020, OpenCV 4.4),
# còn SURF thì chỉ được dựng cho ai yêu cầu mã không tự do (non-free), mà các gói trên PyPI không dựng như vậy. Ô dưới đây hỏi chính
# bản OpenCV cài ở đây.

# %% name="surf_here"
print("OpenCV", cv2.__version__)
print("SIFT_create:", hasattr(cv2, "SIFT_create"))
print("SURF_create:", hasattr(getattr(cv2, "xfeatures2d", None), "SURF_create"))
print(*[line.strip() for line in cv2.getBuildInformation().splitlines() if "Non-free" in line])

# %% [markdown] name="hog" lang="en"
# ### HOG: the whole picture in histograms
#
# HOG (Dalal and Triggs 2005) looks for nothing. It divides the picture into cells, and each cell says how strongly the brightness
# changes in which direction; neighbouring cells are then normalised together, so that light and shade count less.

# %% [markdown] name="hog" lang="vi"
# ### HOG: cả bức ảnh thành các biểu đồ
#
# HOG (Dalal và Triggs 2005) không tìm gì cả. Nó chia ảnh thành các ô, mỗi ô cho biết độ sáng thay đổi mạnh đến đâu theo hướng nào;
# sau đó các ô cạnh nhau được chuẩn hóa cùng nhau, để sáng tối bớt ảnh hưởng.

# %% name="hog_stars" tags=["fold"]
from skimage.feature import hog as drawn_hog

shown, titles = [], []
for kind in (9, 8, 3, 1):
    _, large = drawn_hog(enlarged(images[first(kind, 3)], 168) / 255, orientations=9, pixels_per_cell=(24, 24), cells_per_block=(2, 2), visualize=True)
    shown += [images[first(kind, 3)], np.minimum(large / np.percentile(large[large > 0], 80), 1)]
    titles += [names[kind], "HOG"]
gallery(shown, titles, 8, say("49 cells, in each the edges that run through it", "49 ô, trong mỗi ô là những cạnh đi qua nó"), size=1.45)
words.show()
print(say("numbers of a picture:", "số con số của một ảnh:"), number(hand_made.hog(images[:1]).shape[1]))

# %% [markdown] name="visual_words" lang="en"
# ### Visual words: a picture as a bag
#
# Texts can be told apart by which words occur in them how often. So people made words of patches (Csurka et al. 2004): k-means groups
# the SIFT descriptors of many pictures, each group is a word, and a picture is described by how often each word occurs. Where in the
# picture, the bag forgets. Below, for some words, the mean of the patches that count as that word.

# %% [markdown] name="visual_words" lang="vi"
# ### Từ thị giác: bức ảnh như một chiếc túi
#
# Có thể phân biệt các văn bản bằng cách xem từ nào xuất hiện bao nhiêu lần. Vậy nên người ta tạo từ bằng các mảnh ảnh (Csurka và cộng
# sự 2004): k-means gom mô tả SIFT của nhiều bức ảnh thành nhóm, mỗi nhóm là một từ, và bức ảnh được mô tả bằng số lần mỗi từ xuất
# hiện. Từ nằm ở đâu trong ảnh thì chiếc túi quên mất. Dưới đây, với vài từ, là trung bình của các mảnh ảnh được tính là từ đó.

# %% name="words_shown" tags=["fold"]
few = images[:500]
sift_few = hand_made.dense_sift(few)
vocabulary = hand_made.learn_words(sift_few, words=100)
# Each descriptor as a picture of its own: its bag holds one word.
# vi: Coi mỗi mô tả là một bức ảnh riêng: túi của nó chỉ có một từ.
word_of = hand_made.word_histograms(sift_few.reshape(-1, 1, 128), vocabulary).argmax(axis=1).reshape(len(few), -1)
patches = np.stack([np.pad(few, ((0, 0), (6, 6), (6, 6)))[:, y : y + 12, x : x + 12] for x, y in places], axis=1)

often = np.bincount(word_of.ravel(), minlength=100).argsort()[::-1][:20]
gallery(
    [patches[word_of == word].mean(axis=0) for word in often],
    [say(f"{number(int((word_of == word).sum()))} times", f"{number(int((word_of == word).sum()))} lần") for word in often],
    10,
    say("The twenty most frequent of 100 words, each as the mean of its patches", "Hai mươi từ hay gặp nhất trong 100 từ, mỗi từ là trung bình các mảnh của nó"),
)
words.show()

# %% [markdown] name="machines_text" lang="en"
# ### The machine on top
#
# What learned was small: a linear machine puts one hyperplane between a class and the rest; a kernel lets the border bend. Both are
# convex problems with one best answer, which is why people who liked proofs liked them. Here on 2,000 pictures, tested on 1,000:
# watch what a better description gains, and what a better machine. (In exercise [07](../exercises/07_features.ipynb) you write HOG, the bag and
# the linear machine yourself.)

# %% [markdown] name="machines_text" lang="vi"
# ### Bộ phân loại ở trên cùng
#
# Phần biết học thì nhỏ: bộ phân loại tuyến tính đặt một siêu phẳng giữa một lớp và các lớp còn lại; hàm nhân (kernel) cho phép ranh
# giới uốn cong. Cả hai là bài toán lồi có một đáp số tốt nhất, nên người thích chứng minh thì thích chúng. Ở đây học từ 2.000 ảnh,
# kiểm tra trên 1.000 ảnh: hãy xem mô tả tốt hơn được thêm bao nhiêu, bộ phân loại tốt hơn được thêm bao nhiêu. (Trong bài tập
# [07](../../exercises/vi/07_features.ipynb), bạn tự viết HOG, chiếc túi và bộ phân loại tuyến tính.)

# %% name="machines" tags=["fold"]
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

seen, asked = images[:2000], test_images[:1000]
sift_seen, sift_asked = hand_made.dense_sift(seen), hand_made.dense_sift(asked)
described = {
    say("pixels", "điểm ảnh"): (seen.reshape(2000, -1) / 255, asked.reshape(1000, -1) / 255),
    say("a bag of 100 words", "túi 100 từ"): tuple(hand_made.word_histograms(each, vocabulary) for each in (sift_seen, sift_asked)),
    say("SIFT on a grid", "SIFT trên lưới"): (sift_seen.reshape(2000, -1) / 255, sift_asked.reshape(1000, -1) / 255),
    "HOG": (hand_made.hog(seen), hand_made.hog(asked)),
}
by_machine = {}
for name, (known, unknown) in described.items():
    linear = hand_made.linear_svm(known, labels[:2000]).score(unknown, test_labels[:1000])
    bent = make_pipeline(StandardScaler(), SVC(C=10.0)).fit(known, labels[:2000]).score(unknown, test_labels[:1000])
    by_machine[name] = linear, bent

figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
for place, pair in enumerate(by_machine.values()):
    for shift, value, color in zip((0.2, -0.2), pair, (BLUE, ORANGE), strict=True):
        axes.barh(place + shift, value, 0.38, color=color)
        axes.text(value + 0.005, place + shift, number(value, 3), va="center", fontsize=9)
axes.set_yticks(range(len(by_machine)), by_machine)
axes.set(xlim=(0.5, 0.95), xlabel=say("accuracy on 1,000 test pictures", "độ chính xác trên 1.000 ảnh kiểm tra"))
axes.grid(visible=False, axis="y")
figure.legend(
    [plt.Rectangle((0, 0), 1, 1, color=color) for color in (BLUE, ORANGE)],
    [say("linear machine", "tuyến tính"), say("Gaussian kernel", "hàm nhân Gauss")],
    loc="outside upper right",
    ncols=2,
)
words.show()

# %% [markdown] name="whole_set_text" lang="en"
# On all 60,000 pictures it takes hours, so it was done once. The settings of every machine were chosen on pictures held out from the
# training set, and each row was then tested once. Blue is a linear machine, orange a Gaussian kernel; the dashed line is the best of the
# machines that others sent in (the table in Fashion-MNIST's README has 0.926 for HOG with a support vector machine). People reach 0.835.

# %% [markdown] name="whole_set_text" lang="vi"
# Với toàn bộ 60.000 ảnh thì mất nhiều giờ, nên việc này được làm sẵn một lần. Thiết lập của mỗi bộ phân loại được chọn trên những ảnh
# tách ra từ tập huấn luyện, rồi mỗi dòng được kiểm tra đúng một lần. Màu xanh là bộ phân loại tuyến tính, màu cam là hàm nhân Gauss; đường đứt
# nét là kết quả tốt nhất thuộc loại này mà người khác gửi về (bảng trong README của Fashion-MNIST ghi 0,926 cho HOG cùng máy vectơ hỗ
# trợ). Con người đạt 0,835.

# %% name="whole_set" tags=["fold"]
import json
from pathlib import Path

import gluon_alexnet

called = {
    "pixels": say("pixels", "điểm ảnh"),
    "hog": "HOG",
    "hog_interpolated": say("HOG, smooth bins", "HOG, ngăn trơn"),
    "sift_at_keypoints": say("SIFT at its keypoints, words", "SIFT tại điểm tự tìm, túi từ"),
    "sift_on_a_grid": say("SIFT on a grid, words", "SIFT trên lưới, túi từ"),
    "sift_in_places": say("SIFT on a grid, each in its place", "SIFT trên lưới, giữ vị trí"),
}


def title_of(row):
    """What a row measures, in words."""
    """vi: Một dòng đo cái gì, bằng lời."""
    parts = [called.get(row["what"], row["what"])]
    settings = dict(row["settings"])
    parts += [say("360 degrees", "360 độ")] if settings.get("signed") else []
    parts += [say(f"{settings['side']} pixels", f"{settings['side']} điểm ảnh")] if "side" in settings else []
    parts += [say("mirrored too", "thêm ảnh gương")] if row["mirrored"] else []
    return ", ".join(parts)


record = Path(gluon_alexnet.__file__).parents[1] / "benchmarks" / "results" / "bench" / "features.json"
if record.exists():
    rows = json.loads(record.read_text(encoding="utf-8"))["rows"]
    ranked = sorted(rows.values(), key=lambda row: row["test_accuracy"])
    figure, axes = plt.subplots(figsize=(9, 0.9 + 0.33 * len(ranked)), layout="constrained")
    for place, row in enumerate(ranked):
        axes.barh(place, row["test_accuracy"], color=ORANGE if row["machine"] == "gaussian" else BLUE)
        axes.text(row["test_accuracy"] + 0.004, place, number(row["test_accuracy"], 4), va="center", fontsize=9, backgroundcolor="white")
    axes.axvline(0.926, color="black", linestyle="--", zorder=0)
    axes.set_yticks(range(len(ranked)), [title_of(row) for row in ranked])
    axes.set(xlim=(0.5, 1), xlabel=say("test accuracy after learning from 60,000 pictures", "độ chính xác kiểm tra sau khi học từ 60.000 ảnh"))
    axes.grid(visible=False, axis="y")
    words.show()
else:
    print(say("What was measured lies in the project's folder, and this package is not used from there.", "Kết quả đo nằm trong thư mục của dự án, còn gói này không được dùng từ đó."))
print("python benchmarks/features.py")

# %% [markdown] name="data_text" lang="en"
# ## 2. The first missing piece: data
#
# A machine on 1,296 good numbers is satisfied with few pictures. A net has to find its numbers itself, and for that it needs many.
# Below, both learn from more and more pictures: on the left the support vector machine is ahead, on the right it gains hardly
# anything any more.

# %% [markdown] name="data_text" lang="vi"
# ## 2. Mảnh còn thiếu thứ nhất: dữ liệu
#
# Một bộ phân loại trên 1.296 con số tốt chỉ cần ít ảnh là đủ. Mạng thì phải tự tìm ra các con số của mình, và muốn vậy nó cần nhiều
# ảnh. Dưới đây, cả hai học từ ngày càng nhiều ảnh: ở bên trái máy vectơ hỗ trợ dẫn trước, về bên phải nó hầu như không tăng nữa.

# %% name="more_data" tags=["fold"]
hog_seen, hog_asked = hand_made.hog(images[:4000]), hand_made.hog(test_images[:1000])
test_thousand = FashionMNISTLoader("test", 250, limit=1000, normalize=True)
gentle = dict(optimizer="nag", momentum=0.9, weight_decay=1e-3, schedule="cosine", warmup=0.1, progress=False)
sizes, by_size = (125, 700, 4000), {"svm": [], "net": []}
for size in sizes:
    by_size["svm"].append(hand_made.linear_svm(hog_seen[:size], labels[:size]).score(hog_asked, test_labels[:1000]))
    some = FashionMNISTLoader("train", 50, limit=size, normalize=True)
    net = models.get_model("compact", width=12)
    # As many steps for each: 200 batches of 50.
    # vi: Số bước như nhau cho mọi lần: 200 lô, mỗi lô 50 ảnh.
    fit(net, some, epochs=10_000 / size, lr=0.05, **gentle)
    by_size["net"].append(evaluate(net, test_thousand).accuracy)
fast = recorded("compact-fast")
best = float(np.mean([run["test_accuracy"][-1] for run in fast["runs"]]))

figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
axes.plot(sizes, by_size["svm"], "o-", color=ORANGE, label=say("HOG, linear machine", "HOG, bộ phân loại tuyến tính"))
axes.plot(sizes, by_size["net"], "s-", color=BLUE, label=say("a small net, 200 steps", "một mạng nhỏ, 200 bước"))
axes.plot(fast["train_images"], best, "*", color=BLUE, markersize=14, label=say("a wider one, recorded", "một mạng rộng hơn, đã ghi lại"))
axes.set(xscale="log", xlabel=say("pictures to learn from", "số ảnh để học"), ylabel=say("test accuracy", "độ chính xác kiểm tra"))
axes.set_xticks([*sizes, 60_000], [number(each) for each in (*sizes, 60_000)])
axes.minorticks_off()
axes.legend()
words.show()
print(say("HOG:", "HOG:"), *(number(each, 3) for each in by_size["svm"]))
print(say("net:", "mạng:"), *(number(each, 3) for each in by_size["net"]), say("recorded:", "đã ghi:"), number(best, 4))
print(fast["command"])

# %% [markdown] name="imagenet" lang="en"
# ImageNet was the answer (Deng et al. 2009, who sent queries to several image search engines and had people of Amazon Mechanical Turk
# confirm each picture). What AlexNet learned from was a part of it, that of the challenge (Russakovsky et al. 2015): 1,281,167
# pictures of 1,000 classes, with 732 to 1,300 for each. So "1,000 of each" is only the order of magnitude, and the challenge began in
# 2010, a year after the data.
#
# More pictures are worth more only if they are right and not the same again. Are ours? The cell looks for the same picture twice, and
# for each of 1,000 test pictures for the nearest of the 60,000 training pictures.

# %% [markdown] name="imagenet" lang="vi"
# ImageNet là câu trả lời (Deng và cộng sự 2009, họ gửi truy vấn đến nhiều công cụ tìm ảnh rồi nhờ người trên Amazon Mechanical Turk
# xác nhận từng ảnh). AlexNet học từ một phần của nó, phần dùng cho cuộc thi (Russakovsky và cộng sự 2015): 1.281.167 ảnh thuộc 1.000
# lớp, mỗi lớp từ 732 đến 1.300 ảnh. Vậy "mỗi loại 1.000 ảnh" chỉ đúng về cỡ, và cuộc thi bắt đầu từ năm 2010, sau dữ liệu một năm.
#
# Thêm ảnh chỉ có ích nếu nhãn đúng và ảnh không lặp lại. Ảnh của ta thì sao? Ô dưới đây tìm những ảnh giống hệt nhau, và với mỗi ảnh
# trong 1.000 ảnh kiểm tra, tìm ảnh gần nhất trong 60.000 ảnh huấn luyện.

# %% name="duplicates" tags=["fold"]
everything = [picture.tobytes() for picture in np.concatenate([images, test_images])]
print(say("pictures:", "số ảnh:"), number(len(everything)), say("different ones:", "số ảnh khác nhau:"), number(len(set(everything))))

flat = images.reshape(len(images), -1).astype("float32") / 255
squares, nearest, distance = (flat**2).sum(axis=1), [], []
for picture in test_images[:1000].reshape(-1, 100, 784).astype("float32") / 255:
    apart = squares - 2 * picture @ flat.T + (picture**2).sum(axis=1)[:, None]
    nearest.append(apart.argmin(axis=1))
    distance.append(np.sqrt(np.maximum(apart.min(axis=1), 0)))
nearest, distance = np.concatenate(nearest), np.concatenate(distance)
agrees = labels[nearest] == test_labels[:1000]
print(say("the nearest has the same label:", "ảnh gần nhất có cùng nhãn:"), percent(agrees.mean(), 1))

order = distance.argsort()
twins, strangers = order[agrees[order]][:5], order[~agrees[order]][:5]
for which, title in (
    (twins, say("Nearly the same picture in the test and in the training set", "Gần như cùng một ảnh trong tập kiểm tra và tập huấn luyện")),
    (strangers, say("Nearly the same picture with two labels", "Gần như cùng một ảnh với hai nhãn")),
):
    pairs = [picture for place in which for picture in (test_images[place], images[nearest[place]])]
    titles = [names[label] for place in which for label in (test_labels[place], labels[nearest[place]])]
    gallery(pairs, titles, 10, title)
words.show()

# %% [markdown] name="doubtful_text" lang="en"
# Over all pairs of the 70,000, shifted by a pixel and mirrored too, it takes minutes, so that was done once. There is no exact copy, and
# yet some garments are there twice, a few of them in the training and in the test set: a net may know these by heart. Labels are
# doubted by a second witness, a classifier that has not learned from the picture in question (Northcutt et al. 2021). The pictures
# below are those of which it is surest. Look for yourself: in some the label is wrong, in others the picture is hard.

# %% [markdown] name="doubtful_text" lang="vi"
# Xét mọi cặp trong 70.000 ảnh, kể cả khi dịch một điểm ảnh hay lật gương, thì mất nhiều phút, nên việc này được làm sẵn một lần. Không có
# bản sao y hệt nào, vậy mà vài món đồ có mặt hai lần, một số nằm ở cả tập huấn luyện lẫn tập kiểm tra: mạng có thể đã thuộc lòng chúng.
# Nhãn thì bị nghi ngờ bởi một nhân chứng thứ hai, một bộ phân loại chưa học từ chính bức ảnh ấy (Northcutt và cộng sự 2021). Dưới đây là
# những ảnh mà nó chắc chắn nhất. Hãy tự xem: có ảnh nhãn sai, có ảnh chỉ là khó.

# %% name="doubtful" tags=["fold"]
found = recorded.doubtful()
for where, told in (
    ("train", say("within the training pictures", "trong tập huấn luyện")),
    ("test", say("within the test pictures", "trong tập kiểm tra")),
    ("between", say("between the two", "giữa hai tập")),
):
    pairs = found["duplicates"][where]
    same, two = number(pairs["pairs"]["0.995"]), number(pairs["of_two_labels"]["0.98"])
    exact = number(pairs["exact"])
    print(say(f"{told}: {exact} equal pairs, {same} of the same garment, {two} nearly alike with two labels", f"{told}: {exact} cặp giống hệt, {same} cặp cùng một món đồ, {two} cặp gần giống mà khác nhãn"))
doubted = found["labels"]["test"]
print(say("labels in doubt among the test pictures:", "số nhãn đáng ngờ trong ảnh kiểm tra:"), number(doubted["doubtful"]))
print(found["command"])

twice = found["duplicates"]["between"]["same"][:5]
gallery(
    [picture for pair in twice for picture in (images[pair["pictures"][0]], test_images[pair["pictures"][1]])],
    [say("to learn from", "để học"), say("to be tested on", "để kiểm tra")] * 5,
    10,
    say("The same garment in both sets", "Cùng một món đồ trong cả hai tập"),
)
gallery(
    [test_images[each["picture"]] for each in doubted["surest"][:20]],
    [say(f"{names[each['label']]}\nsaid: {names[each['said']]}", f"{names[each['label']]}\nđáp: {names[each['said']]}") for each in doubted["surest"][:20]],
    10,
    say("The labels that are doubted most", "Những nhãn bị nghi ngờ nhất"),
)
words.show()

# %% [markdown] name="hardware" lang="en"
# ## 3. The second missing piece: hardware
#
# How fast can this machine be? Two numbers say most of it (Williams et al. 2009): how many operations a second it does at best, and
# how many bytes a second it moves. A layer that does few operations for each byte waits for memory, whatever the processor can do.
# Here both are measured, and AlexNet's layers are put under the roof that they make. (In exercise
# [04](../exercises/04_cost.ipynb) you work this out yourself.)

# %% [markdown] name="hardware" lang="vi"
# ## 3. Mảnh còn thiếu thứ hai: phần cứng
#
# Máy này có thể nhanh đến đâu? Hai con số nói lên phần lớn (Williams và cộng sự 2009): nhiều nhất bao nhiêu phép tính mỗi giây, và
# chuyển được bao nhiêu byte mỗi giây. Tầng nào làm ít phép tính trên mỗi byte thì phải đợi bộ nhớ, dù bộ xử lý giỏi đến mấy. Ở đây cả
# hai được đo, rồi các tầng của AlexNet được đặt dưới mái nhà mà hai con số ấy dựng nên. (Trong bài tập
# [04](../../exercises/vi/04_cost.ipynb), bạn tự tính những điều này.)

# %% name="machine"
def fastest(work, times=30):
    """The shortest of several runs: what is possible, not what is usual."""
    """vi: Lần chạy ngắn nhất trong vài lần: mức có thể đạt, không phải mức thường gặp."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


square = np.random.default_rng(0).normal(size=(1024, 1024)).astype("float32")
source = np.ones(16_000_000, "float32")
target = np.empty_like(source)
flops = 2 * 1024**3 / fastest(lambda: square @ square)
bandwidth = 2 * source.nbytes / fastest(lambda: np.copyto(target, source))
print(say("multiplying matrices:", "nhân ma trận:"), number(flops / 1e9, 0), "GFLOP/s")
print(say("copying:", "sao chép:"), number(bandwidth / 1e9, 1), "GB/s")
# More programs than cores: then both numbers are lower than what the machine can do.
# vi: Nhiều chương trình hơn số nhân: khi đó cả hai con số thấp hơn khả năng của máy.
print(say("programs that computed meanwhile:", "số chương trình cùng tính lúc ấy:"), number(os.getloadavg()[0], 0), say("on cores:", "trên số nhân:"), os.cpu_count())

# %% name="roof" tags=["fold"]
# GTX 580: 512 multiply-adds at 1.544 GHz, 384 bits at 4.008 GHz. V100: NVIDIA's data sheet, without its tensor cores.
# vi: GTX 580: 512 phép nhân-cộng ở 1,544 GHz, 384 bit ở 4,008 GHz. V100: theo tài liệu của NVIDIA, không tính tensor core.
roofs = {
    say("this machine, measured", "máy này, đo được"): (flops, bandwidth, BLUE),
    say("a GTX 580 of 2010, on paper", "một GTX 580 năm 2010, trên giấy"): (2 * 512 * 1.544e9, 384 / 8 * 4.008e9, ORANGE),
    say("a V100 of 2017, on paper", "một V100 năm 2017, trên giấy"): (15.7e12, 900e9, GREY),
}
figure, axes = plt.subplots(figsize=(9, 4.6), layout="constrained")
for name, (peak, rate, color) in roofs.items():
    axes.plot([0.3, peak / rate, 2000], [0.3 * rate / 1e9, peak / 1e9, peak / 1e9], color=color, label=name)
for batch, mark in ((1, "o"), (128, "s")):
    costs = [cost for cost in analysis.analyze(models.spec("alexnet"), batch_size=batch) if cost.macs]
    share = [2 * cost.macs / (cost.param_bytes + cost.input_bytes + cost.output_bytes) for cost in costs]
    height = [np.interp(np.log(each), np.log([0.3, flops / bandwidth, 2000]), np.log([0.3 * bandwidth, flops, flops])) for each in share]
    label = say(f"AlexNet's eight layers, batch {batch}", f"tám tầng của AlexNet, lô {batch} ảnh")
    axes.plot(share, np.exp(height) / 1e9, mark, color="black", fillstyle="none" if batch == 1 else "full", label=label)
axes.set(xscale="log", yscale="log", xlabel=say("FLOP for each byte", "FLOP trên mỗi byte"), ylabel="GFLOP/s")
axes.set_title(say("With one picture the three dense layers wait for memory", "Với một bức ảnh, ba tầng kết nối đầy đủ phải đợi bộ nhớ"))
figure.legend(loc="outside lower center", ncols=2, fontsize=9)
words.show()

# %% [markdown] name="budget_text" lang="en"
# What did the training of 2012 cost? The paper says: 1.2 million pictures, about 90 passes, five to six days on two GTX 580 with 3 GB.
# Backward costs about twice as much as forward. So the arithmetic is certain up to a few per cent, and it says how well Krizhevsky's
# code used those two cards, and what the same would take elsewhere at full speed.

# %% [markdown] name="budget_text" lang="vi"
# Việc huấn luyện năm 2012 tốn bao nhiêu? Bài báo cho biết: 1,2 triệu ảnh, khoảng 90 epoch, năm đến sáu ngày trên hai GTX 580 với 3 GB.
# Lan truyền ngược tốn chừng gấp đôi lan truyền xuôi. Vậy phép tính chắc chắn đến vài phần trăm, và nó cho biết mã của Krizhevsky đã
# tận dụng hai chiếc card ấy tốt đến đâu, và cùng việc ấy ở nơi khác, chạy hết tốc độ, thì mất bao lâu.

# %% name="budget"
macs = sum(cost.macs for cost in analysis.analyze(models.spec("alexnet_2012")))
operations = 2 * macs * 3 * 1.2e6 * 90
days = 5.5
used = operations / (days * 86_400)
print(say("operations:", "số phép tính:"), number(operations / 1e17, 1), "× 10^17")
print(say("a second, in five and a half days:", "mỗi giây, trong năm ngày rưỡi:"), number(used / 1e12, 2), "TFLOP/s")
print(say("of what two GTX 580 can do on paper:", "so với khả năng trên giấy của hai GTX 580:"), percent(used / (4 * 512 * 1.544e9)))
for name, (peak, _, _) in roofs.items():
    print(say("days at full speed:", "số ngày nếu chạy hết tốc độ:"), number(operations / peak / 86_400, 1), f" {name}")

# %% name="speed"
three_steps = fit(models.get_model("alexnet"), FashionMNISTLoader("train", 32, resize=224, limit=96), epochs=1, lr=0.01, progress=False)
rate = three_steps.epochs[-1].images_per_second
print(say("the chapter's AlexNet learns here from", "AlexNet của chương học ở đây được"), number(rate, 0), say("pictures a second", "ảnh mỗi giây"))
print(say("ten passes would take", "mười epoch sẽ mất"), number(600_000 / rate / 3600, 1), say("hours", "giờ"))

# %% [markdown] name="clocks" lang="en"
# Why many slow processors beat few fast ones: the power of a chip is about $C V^2 f$, and to run at a higher frequency $f$ it needs a
# higher voltage $V$. If the power grew with the square of the frequency, sixteen processors at a quarter of the speed would cost what
# one costs and do four times as much, as the chapter reckons. With $V$ in step with $f$ it grows with the cube, and the same power
# pays for 64 such processors and sixteen times the work. Real chips lie between, and cannot lower their voltage for ever.

# %% [markdown] name="clocks" lang="vi"
# Vì sao nhiều bộ xử lý chậm lại hơn vài bộ xử lý nhanh: công suất của chip vào khoảng $C V^2 f$, và muốn chạy ở tần số $f$ cao hơn thì
# cần điện áp $V$ cao hơn. Nếu công suất tăng theo bình phương tần số, mười sáu bộ xử lý ở một phần tư tốc độ tốn bằng một bộ mà làm
# được gấp bốn, đúng như chương tính. Nếu $V$ tăng cùng nhịp với $f$ thì công suất tăng theo lập phương, và cùng mức công suất ấy đủ cho
# 64 bộ như thế, làm gấp mười sáu lần. Chip thật nằm ở giữa, và không thể hạ điện áp mãi.

# %% [markdown] name="drawing_text" lang="en"
# ## 4. From LeNet to AlexNet
#
# LeNet-5 read the digits on cheques in 1998. AlexNet is the same idea: convolution, pooling, convolution, pooling, dense layers. What
# changed is the scale. The original LeNet was fed with 32×32 pixels and had a scaled hyperbolic tangent; that of the chapter, with
# 28×28 and sigmoids, is a modern simplification of it.

# %% [markdown] name="drawing_text" lang="vi"
# ## 4. Từ LeNet đến AlexNet
#
# Năm 1998, LeNet-5 đọc chữ số trên séc. AlexNet vẫn là ý tưởng ấy: tích chập, gộp, tích chập, gộp, rồi các tầng kết nối đầy đủ. Cái
# thay đổi là quy mô. LeNet nguyên bản nhận ảnh 32×32 và dùng hàm tang hyperbol có hệ số; LeNet của chương, với 28×28 và sigmoid, là một
# bản giản lược hiện đại.

# %% name="drawing"
from gluon_alexnet.pictures.drawing import draw

draw("lenet", "alexnet")

# %% name="side_by_side" tags=["fold"]
for name in ("lenet", "alexnet", "alexnet_2012"):
    costs = analysis.analyze(models.spec(name))
    channels = [cost.output_shape[0] for cost in costs if cost.kind == "conv"]
    learned = sum(cost.kind in ("conv", "dense") for cost in costs)
    params, macs = sum(cost.params for cost in costs), sum(cost.macs for cost in costs)
    print(name)
    print(say("   layers that learn:", "   số tầng học được:"), learned)
    print(say("   channels of the convolutions:", "   số kênh của các tầng tích chập:"), *channels, "=", number(sum(channels)))
    print(say("   parameters:", "   số tham số:"), number(params), say(" multiply-adds:", " phép nhân-cộng:"), number(macs))

# %% [markdown] name="walk_text" lang="en"
# ## 5. A walk through the layers
#
# A picture of 28×28 is enlarged to 224×224 and goes through the chapter's AlexNet. For each layer: what it is, what comes out, what it
# has to remember, what it has to compute. Convolutions compute much and remember little; with dense layers it is the other way round.

# %% [markdown] name="walk_text" lang="vi"
# ## 5. Đi qua từng tầng
#
# Một ảnh 28×28 được phóng lên 224×224 rồi đi qua AlexNet của chương. Với mỗi tầng: nó là gì, cho ra gì, phải nhớ bao nhiêu, phải tính
# bao nhiêu. Tầng tích chập tính nhiều mà nhớ ít, tầng kết nối đầy đủ nhớ nhiều mà tính ít.

# %% name="walk" tags=["fold"]
alexnet = models.get_model("alexnet")
alexnet.initialize(mx.init.Xavier())
layers = explore.layers_of(alexnet)
costs = analysis.analyze(models.spec("alexnet"))
in_all = say("in all", "tổng cộng")
head = [say("output", "đầu ra"), say("parameters", "tham số"), say("multiply-adds", "phép nhân-cộng"), say("layer", "tầng")]
print(f"{head[0]:>12}{head[1]:>14}{head[2]:>16}   {head[3]}")
for layer, cost in zip(layers, costs, strict=True):
    shape = "×".join(map(str, layer.output_shape))
    print(f"{shape:>12}{number(cost.params):>14}{number(cost.macs):>16}   {explore.describe(layer, words.language)}")
params, macs = sum(cost.params for cost in costs), sum(cost.macs for cost in costs)
print(f"{'':>12}{number(params):>14}{number(macs):>16}   {in_all}")

figure, axes = plt.subplots(figsize=(11, 2.6), layout="constrained")
counted = [(layer.name, cost) for layer, cost in zip(layers, costs, strict=True) if cost.params]
shades = plt.get_cmap("viridis")(np.linspace(0.1, 0.9, len(counted)))
for row, (figure_of, total) in enumerate((("macs", macs), ("params", params))):
    begin = 0.0
    for (name, cost), shade in zip(counted, shades, strict=True):
        part = getattr(cost, figure_of) / total
        axes.barh(row, part, 0.75, begin, color=shade, edgecolor="white")
        if part > 0.04:
            axes.text(begin + part / 2, row, f"{name}\n{percent(part)}", ha="center", va="center", fontsize=8, color="white")
        begin += part
axes.set_yticks(range(2), [say("multiply-adds", "phép nhân-cộng"), say("parameters", "tham số")])
axes.set(xlim=(0, 1), xticks=[])
axes.grid(visible=False)
axes.spines["bottom"].set_visible(False)
axes.set_title(say("The convolutions compute, the dense layers remember", "Tầng tích chập lo tính, tầng kết nối đầy đủ lo nhớ"))
words.show()

# %% [markdown] name="gigabyte_text" lang="en"
# The chapter says that the two large dense layers make nearly a gigabyte of parameters. The arithmetic does not give that for any
# AlexNet. What comes near it is a whole training step: each parameter has a gradient beside it, and with momentum a third number, and
# the numbers between the layers are kept for the way back. It was this that did not fit into 3 GB.

# %% [markdown] name="gigabyte_text" lang="vi"
# Chương nói hai tầng kết nối đầy đủ lớn tạo ra gần một gigabyte tham số. Phép tính không cho ra con số ấy với bất kỳ AlexNet nào. Gần
# với nó là cả một bước huấn luyện: cạnh mỗi tham số có một gradient, với động lượng thì thêm số thứ ba, và các giá trị giữa các tầng
# phải được giữ cho đường về. Chính những thứ này không vừa trong 3 GB.

# %% name="gigabyte" tags=["fold"]
columns = {name: analysis.analyze(models.spec(name), batch_size=128) for name in ("alexnet", "alexnet_2012")}
lines = {
    say("parameters", "tham số"): lambda costs: 4 * sum(cost.params for cost in costs),
    say("of the two large dense layers", "của hai tầng lớn"): lambda costs: 4 * sum([cost.params for cost in costs if cost.kind == "dense"][:2]),
    say("with gradients and momentum", "kèm gradient và động lượng"): lambda costs: 12 * sum(cost.params for cost in costs),
    say("between layers, 128 pictures", "giữa các tầng, 128 ảnh"): lambda costs: sum(cost.output_bytes for cost in costs),
}
print(f"{'MB':30}" + "".join(f"{name:>14}" for name in columns))
for title, of in lines.items():
    print(f"{title:30}" + "".join(f"{number(of(costs) / 1e6, 0):>14}" for costs in columns.values()))

# %% [markdown] name="windows_text" lang="en"
# Why windows of 11×11? On ImageNet's photos objects are hundreds of pixels large. On a garment of 28 pixels, enlarged eightfold, such
# a window spans less than a pixel and a half of what there was, and since every enlarged pixel is a mean of old ones, it sees two to
# three of them a side. The picture shows what one number of each layer depends on: its receptive field grows, and the dense layers
# see everything. (Exercise [02](../exercises/02_simplify.ipynb) asks what the first layer really gets, and builds nets for 28×28.)

# %% [markdown] name="windows_text" lang="vi"
# Vì sao cửa sổ 11×11? Trong ảnh chụp của ImageNet, vật thể rộng hàng trăm điểm ảnh. Trên một món đồ 28 điểm ảnh được phóng gấp tám,
# cửa sổ ấy chưa trùm hết một điểm ảnh rưỡi ban đầu, và vì mỗi điểm ảnh phóng to là trung bình của các điểm ảnh cũ, nó thấy hai đến ba
# điểm mỗi chiều. Hình dưới cho biết một con số của mỗi tầng phụ thuộc vào vùng nào: vùng nhìn (receptive field) lớn dần, còn các tầng
# kết nối đầy đủ thấy tất cả. (Bài tập [02](../../exercises/vi/02_simplify.ipynb) hỏi tầng đầu tiên thật sự nhận được gì, và dựng
# những mạng dành cho 28×28.)

# %% name="windows" tags=["fold"]
picture = enlarged(images[first(5, 3)], 224)
figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
axes.imshow(picture, cmap="gray")
shades = plt.get_cmap("plasma")(np.linspace(0.25, 1, 8))
for layer, shade in zip([layer for layer in layers if layer.windows], shades, strict=False):
    row, column = (size // 2 for size in layer.output_shape[1:])
    field = explore.receptive_field(layers, layer.name, row, column)
    height, width = (last - begin for begin, last in (field.rows, field.columns))
    label = f"{layer.name}: {field.size[0]}×{field.size[1]}"
    axes.add_patch(plt.Rectangle((field.columns[0], field.rows[0]), width, height, fill=False, color=shade, linewidth=2, label=label))
axes.axis("off")
axes.set_title(say("What one number in the middle of a layer sees", "Vùng mà một con số ở giữa mỗi tầng nhìn thấy"))
figure.legend(loc="outside right center", fontsize=9)
words.show()

# %% [markdown] name="relu_text" lang="en"
# ## 6. ReLU against sigmoid
#
# A sigmoid squeezes every number into 0 to 1 and is nowhere steeper than a quarter; far from 0 it is flat. ReLU passes on what is
# positive, with slope 1, and nothing else. On the way back a gradient is multiplied with a slope at every layer. What that does in a
# net with AlexNet's eight layers, of an eighth of its width, is measured below on 64 garments. (Exercise
# [05](../exercises/05_lenet_dropout.ipynb) has you derive these gradients.)

# %% [markdown] name="relu_text" lang="vi"
# ## 6. ReLU so với sigmoid
#
# Hàm sigmoid ép mọi con số vào đoạn từ 0 đến 1 và không đâu dốc quá một phần tư; xa số 0 thì nó phẳng. ReLU cho qua những gì dương, với
# độ dốc 1, và chỉ thế. Trên đường về, gradient bị nhân với một độ dốc ở mỗi tầng. Điều đó gây ra gì trong một mạng có tám tầng như
# AlexNet nhưng hẹp hơn tám lần thì được đo dưới đây với 64 món đồ. (Trong bài tập [05](../../exercises/vi/05_lenet_dropout.ipynb),
# bạn tự suy ra các gradient này.)

# %% name="activations" tags=["fold"]
z = mx.np.linspace(-6, 6, 241)
z.attach_grad()
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4), layout="constrained")
for name, of, color in (("sigmoid", mx.npx.sigmoid, BLUE), ("ReLU", mx.npx.relu, ORANGE)):
    with mx.autograd.record():
        value = of(z)
    value.backward()
    left.plot(z.asnumpy(), value.asnumpy(), color=color, label=name)
    right.plot(z.asnumpy(), z.grad.asnumpy(), color=color, label=say(f"{name}: at most {number(float(z.grad.max()), 2)}", f"{name}: nhiều nhất {number(float(z.grad.max()), 2)}"))
left.set(ylim=(-0.2, 3), title=say("value", "giá trị"))
right.set(title=say("slope", "độ dốc"))
for axes in (left, right):
    axes.legend()
words.show()

many = mx.np.random.normal(size=(2_000_000,))
for name, of in (("sigmoid", mx.npx.sigmoid), ("ReLU", mx.npx.relu)):
    print(f"{name:8}", number(1e3 * fastest(lambda of=of: of(many).wait_to_read()), 1), "ms", say("for two million numbers", "cho hai triệu con số"))

# %% name="gradients" tags=["fold"]
from dataclasses import replace


def narrow(activation, share=8):
    """The chapter's AlexNet with a fraction of its channels, another activation and no dropout."""
    """vi: AlexNet của chương với ít kênh hơn, hàm kích hoạt khác, không có dropout."""
    kept = []
    for layer in models.spec("alexnet").layers:
        if isinstance(layer, models.Conv):
            layer = replace(layer, channels=layer.channels // share, activation=activation)
        elif isinstance(layer, models.Dense) and layer.activation:
            layer = replace(layer, units=layer.units // share, activation=activation)
        if not isinstance(layer, models.Dropout):
            kept.append(layer)
    return models.build(models.Spec("narrow", tuple(kept), (1, 224, 224)))


batch, known = next(iter(FashionMNISTLoader("train", 64, resize=224, shuffle=False, limit=64)))
loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
figure, axes = plt.subplots(figsize=(9, 3.8), layout="constrained")
for activation, color in (("sigmoid", BLUE), ("relu", ORANGE)):
    for rule, line, told in ((mx.init.Xavier(), "o-", "Xavier"), (mx.init.Normal(0.01), "s--", say("normal, 0.01", "phân phối chuẩn, 0,01"))):
        mx.random.seed(0)
        net = narrow(activation)
        net.initialize(rule)
        with mx.autograd.record():
            mean = loss(net(batch), known).mean()
        mean.backward()
        sizes = [float(np.linalg.norm(net[at].weight.grad().asnumpy())) for at in range(len(net)) if hasattr(net[at], "weight")]
        axes.plot(range(1, 9), sizes, line, color=color, label=f"{activation}, {told}")
        if told == "Xavier":
            ratio = sizes[-1] / sizes[0]
            print(f"{activation:8}", say("gradient of the last layer over that of the first:", "gradient của tầng cuối so với tầng đầu:"), number(ratio, 1 if ratio < 10 else 0))
axes.set(yscale="log", xlabel=say("layer", "tầng"), ylabel=say("size of the gradient", "độ lớn của gradient"))
axes.set_title(say("Behind eight sigmoids hardly anything is left for the first layer", "Qua tám hàm sigmoid, hầu như không còn gì cho tầng đầu"))
axes.legend(fontsize=9)
words.show()

# %% [markdown] name="race_text" lang="en"
# Small gradients alone would be mended by a larger learning rate, were they small in all layers alike. They are not: what suits the
# last layer leaves the first where it was. So two nets of eight layers, alike but for the activation, learn from the same 5,000
# pictures, three passes each. The initial weights are Xavier's for the sigmoids and He's for ReLU (He et al. 2015), to each its own.

# %% [markdown] name="race_text" lang="vi"
# Nếu gradient chỉ nhỏ, và nhỏ như nhau ở mọi tầng, thì tăng tốc độ học là xong. Nhưng không phải vậy: tốc độ hợp với tầng cuối thì tầng
# đầu vẫn đứng yên. Vậy hai mạng tám tầng, chỉ khác nhau ở hàm kích hoạt, học từ cùng 5.000 ảnh, mỗi mạng ba epoch. Trọng số ban đầu
# theo Xavier cho sigmoid và theo He cho ReLU (He và cộng sự 2015), mỗi bên dùng quy tắc hợp với mình.

# %% name="race" tags=["fold"]
def eight_layers(activation):
    """Five convolutions and three dense layers, as AlexNet has them, for 28×28."""
    """vi: Năm tầng tích chập và ba tầng kết nối đầy đủ, như AlexNet, dành cho 28×28."""
    made = [models.Conv(channels, kernel=3, padding=1, activation=activation) for channels in (12, 24, 32, 32, 24)]
    pooled = models.Pool("max", 2)
    dense = [models.Dense(64, activation), models.Dense(64, activation), models.Dense(10)]
    return models.build(models.Spec("eight", (made[0], pooled, made[1], pooled, *made[2:], pooled, *dense), (1, 28, 28)))


figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
for activation, rule, color in (("sigmoid", "xavier", BLUE), ("relu", "he", ORANGE)):
    net = eight_layers(activation)
    some = FashionMNISTLoader("train", 50, limit=5000, normalize=True)
    history = fit(net, some, epochs=3, lr=0.02, optimizer="nag", momentum=0.9, warmup=0.1, initializer=rule, progress=False)
    found = evaluate(net, test_thousand).accuracy
    axes.plot(history.step_losses, color=color, label=say(f"{activation}: test accuracy {number(found, 3)}", f"{activation}: độ chính xác kiểm tra {number(found, 3)}"))
    print(f"{activation:8}", number(found, 3))
axes.axhline(np.log(10), color=GREY, linestyle="--", label=say("guessing: ln 10", "đoán mò: ln 10"))
axes.set(xlabel=say("step", "bước"), ylabel=say("loss", "mất mát"), ylim=(0, 3))
axes.legend()
words.show()

# %% [markdown] name="relu_note" lang="en"
# Two things the usual story leaves out. ReLU has a price: where its input is negative its slope is 0, and a unit that is negative for
# every picture learns no more; section 11 counts such units. And sigmoids are not hopeless: with batch normalisation (Ioffe and
# Szegedy 2015), which came three years after AlexNet, deep nets of sigmoids learn too.

# %% [markdown] name="relu_note" lang="vi"
# Câu chuyện quen thuộc bỏ qua hai điều. ReLU có cái giá của nó: nơi đầu vào âm, độ dốc bằng 0, và một nút âm với mọi bức ảnh thì không
# học được nữa; mục 11 đếm những nút như thế. Và sigmoid không vô vọng: với chuẩn hóa theo lô (Ioffe và Szegedy 2015), ra đời ba năm sau
# AlexNet, mạng sâu dùng sigmoid cũng học được.

# %% [markdown] name="dropout_text" lang="en"
# ## 7. Dropout
#
# While the net learns, dropout (Hinton et al. 2012) silences each number of a layer with a given probability and makes the others
# larger, so that their mean stays; while the net answers, it does nothing. The cell sends one row of ones through it ten times.

# %% [markdown] name="dropout_text" lang="vi"
# ## 7. Dropout
#
# Trong lúc mạng học, dropout (Hinton và cộng sự 2012) tắt mỗi con số của một tầng với xác suất cho trước và phóng to các số còn lại, để
# trung bình không đổi; khi mạng trả lời, nó không làm gì. Ô dưới đây đưa một hàng toàn số 1 qua nó mười lần.

# %% name="masks" tags=["fold"]
mx.random.seed(1)
dropout = mx.gluon.nn.Dropout(0.5)
ones = mx.np.ones((10, 40))
with mx.autograd.train_mode():
    learning = dropout(ones).asnumpy()
answering = dropout(ones).asnumpy()
figure, pair = plt.subplots(2, 1, figsize=(9, 3.6), layout="constrained")
for axes, values, title in zip(pair, (learning, answering), (say("while it learns", "khi học"), say("while it answers", "khi trả lời")), strict=True):
    shown = axes.imshow(values, cmap="Blues", vmin=0, vmax=2)
    axes.set(xticks=[], yticks=[])
    axes.set_title(say(f"{title}: mean {number(float(values.mean()), 2)}", f"{title}: trung bình {number(float(values.mean()), 2)}"))
figure.colorbar(shown, ax=pair, ticks=[0, 1, 2])
words.show()

# %% [markdown] name="ensemble_text" lang="en"
# So every step trains another, thinner net, and all of them share their weights. When dropout is left on while a trained net answers,
# each answer comes from one of these nets. Their average is an ensemble, which dropout's own answer, all units at once, comes close to
# for the price of one net. A LeNet with ReLU and a dropout of 0.5 shows it.

# %% [markdown] name="ensemble_text" lang="vi"
# Vậy mỗi bước huấn luyện một mạng khác, mỏng hơn, và tất cả dùng chung trọng số. Nếu để dropout bật khi mạng đã huấn luyện trả lời, mỗi
# câu trả lời đến từ một trong các mạng ấy. Trung bình của chúng là một tập hợp mạng (ensemble); câu trả lời thường lệ, với mọi nút cùng
# lúc, gần bằng tập hợp ấy mà chỉ tốn bằng một mạng. Một LeNet với ReLU và dropout 0,5 cho thấy điều đó.

# %% name="ensemble" tags=["fold"]
lenet = models.get_model("lenet", activation="relu", dropout=0.5)
fit(lenet, FashionMNISTLoader("train", 64, limit=10_000, normalize=True), epochs=3, lr=0.05, **gentle)
asked, right = to_input(test_images[:1000], (28, 28), normalize=True), test_labels[:1000]


def probabilities(logits):
    """The softmax of logits, float64."""
    """vi: Softmax của logit, float64."""
    return mx.npx.softmax(logits.astype("float64")).asnumpy()


mx.random.seed(0)
with mx.autograd.train_mode():
    drawn = np.stack([probabilities(lenet(asked)) for _ in range(50)])
whole = (probabilities(lenet(asked)).argmax(axis=1) == right).mean()
counts = (1, 2, 3, 5, 10, 20, 50)
averaged = [(drawn[:count].mean(axis=0).argmax(axis=1) == right).mean() for count in counts]
alone = (drawn.argmax(axis=2) == right).mean(axis=1)

figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
axes.plot(counts, averaged, "o-", color=BLUE, label=say("the average of so many thin nets", "trung bình của ngần ấy mạng mỏng"))
axes.axhline(whole, color=ORANGE, label=say("all units at once", "mọi nút cùng lúc"))
axes.axhspan(alone.min(), alone.max(), color=GREY, alpha=0.2, label=say("thin nets one by one", "từng mạng mỏng một"))
axes.set(xscale="log", xlabel=say("thin nets", "số mạng mỏng"), ylabel=say("test accuracy", "độ chính xác kiểm tra"))
axes.set_xticks(counts, map(str, counts))
axes.minorticks_off()
axes.legend()
words.show()
print(say("one thin net:", "một mạng mỏng:"), number(alone.mean(), 3), say(" 50 averaged:", " trung bình 50 mạng:"), number(averaged[-1], 3), say(" all units:", " mọi nút:"), number(whole, 3))

# %% [markdown] name="overfit_text" lang="en"
# What it is for: the same LeNet with ReLU learned sixty passes from all 60,000 pictures, once without and once with dropout (recorded;
# the commands are printed). Without, what it knows by heart runs away from what it knows. With dropout the two stay together, and the
# accuracy on the test pictures ends about equal: a net of 61,706 parameters has little to lose. AlexNet has 46.8 million.

# %% [markdown] name="overfit_text" lang="vi"
# Nó dùng để làm gì: cùng mạng LeNet với ReLU học sáu mươi epoch từ cả 60.000 ảnh, một lần không có và một lần có dropout (đã ghi lại;
# lệnh được in ra). Không có dropout, những gì nó thuộc lòng vượt xa những gì nó biết. Có dropout, hai thứ đi sát nhau, và độ chính xác
# trên ảnh kiểm tra cuối cùng xấp xỉ nhau: một mạng 61.706 tham số chẳng có gì nhiều để mất. AlexNet thì có 46,8 triệu.

# %% name="overfit" tags=["fold"]
figure, pair = plt.subplots(1, 2, figsize=(11, 3.4), layout="constrained", sharey=True)
for axes, name, title in zip(
    pair,
    ("lenet_relu-60-constant", "lenet_relu-60-dropout"),
    (say("without dropout", "không có dropout"), say("with dropout", "có dropout")),
    strict=True,
):
    record = recorded(name)
    run = record["runs"][0]
    axes.plot(run["epoch"], run["learned_accuracy"], color=ORANGE, label=say("pictures it learned from", "ảnh đã học"))
    axes.plot(run["epoch"], run["test_accuracy"], color=BLUE, label=say("test pictures", "ảnh kiểm tra"))
    axes.set(xlabel="epoch", title=title, ylim=(0.7, 0.96))
    gap = np.mean(np.subtract(run["learned_accuracy"], run["test_accuracy"])[-10:])
    print(say("gap over the last ten passes:", "chênh lệch trong mười epoch cuối:"), number(gap, 3), f" {record['command']}")
pair[0].set_ylabel(say("accuracy", "độ chính xác"))
pair[0].legend()
words.show()

# %% [markdown] name="augment_text" lang="en"
# ## 8. Changed pictures
#
# A garment in the mirror is still that garment. So a picture stands for many, each with a label that nobody had to write. For AlexNet
# pictures of 256×256 were cut to 224×224 at random places, mirrored by the toss of a coin, and tinted. The paper counts 2,048 versions
# of a picture; 32 positions each way and their mirror images make that, and since 256 − 224 leaves 33 positions each way, it is 2,178.

# %% [markdown] name="augment_text" lang="vi"
# ## 8. Ảnh được biến đổi
#
# Món đồ trong gương vẫn là món đồ ấy. Vậy một bức ảnh đại diện cho nhiều ảnh, ảnh nào cũng có nhãn mà không ai phải gán. Với AlexNet,
# ảnh 256×256 được cắt còn 224×224 ở chỗ ngẫu nhiên, lật gương theo đồng xu, và đổi sắc. Bài báo đếm 2.048 phiên bản của một bức ảnh; 32
# vị trí mỗi chiều cùng ảnh gương thì ra con số ấy, nhưng vì 256 − 224 cho 33 vị trí mỗi chiều nên phải là 2.178.

# %% name="views" tags=["fold"]
from gluon_alexnet.data.augment import by_name

rng = np.random.default_rng(0)
boot = images[first(9, 3)]
gallery(
    [boot, *by_name("flip+shift")(np.repeat(boot[None], 19, axis=0), rng)],
    [say("as it is", "nguyên gốc")] + [""] * 19,
    10,
    say("One boot, mirrored and shifted by up to two pixels", "Một chiếc bốt, lật gương và dịch nhiều nhất hai điểm ảnh"),
)
words.show()

# %% [markdown] name="colors_text" lang="en"
# Fashion-MNIST has no colours, so a photo has to do: a cat that comes with scikit-image. AlexNet's tint adds to all pixels of a picture
# one colour, drawn along the directions in which the colours of photos differ most, which is mostly from dark to light. Below: the
# photo, two tints as strong as the paper prints them, which one hardly sees, two fifty times as strong, and random crops. (In exercise
# [06](../exercises/06_augmentation.ipynb) you write all of this.)

# %% [markdown] name="colors_text" lang="vi"
# Fashion-MNIST không có màu, nên phải dùng một bức ảnh chụp: con mèo đi kèm scikit-image. AlexNet cộng vào mọi điểm ảnh của một bức ảnh
# cùng một màu, rút theo những hướng mà màu sắc của ảnh chụp khác nhau nhiều nhất, chủ yếu là từ tối đến sáng. Dưới đây: ảnh gốc, hai
# lần đổi sắc với độ mạnh đúng như bài báo ghi, mắt khó nhận ra, hai lần mạnh gấp năm mươi, và các mảnh cắt ngẫu nhiên. (Trong bài tập
# [06](../../exercises/vi/06_augmentation.ipynb), bạn tự viết tất cả những điều này.)

# %% name="colors" tags=["fold"]
from skimage.data import chelsea

from gluon_alexnet.data import imagenet

cat = cv2.resize(chelsea()[:, 75:375], (256, 256), interpolation=cv2.INTER_AREA)
strength, axes_of = imagenet.color_axes(cat[None])
tinted = [imagenet.pca_colors(strength, axes_of, deviation)(cat[None], rng)[0] for deviation in (0.1, 0.1, 5, 5)]
corners = rng.integers(0, 33, (3, 2))
cuts = [cat[top : top + 224, left : left + 224][:, :: rng.choice([-1, 1])] for top, left in corners]
told = [say("the photo", "ảnh gốc"), *[f"α: {number(each, 1)}" for each in (0.1, 0.1, 5, 5)], *[f"{top}, {left}" for top, left in corners]]
gallery([cat, *tinted, *cuts], told, 8, say("Tints and crops of one photo", "Đổi sắc và cắt từ một bức ảnh"), size=1.45)
words.show()
print(say("share of the first direction:", "tỉ lệ của hướng thứ nhất:"), percent(strength[0] / strength.sum()))

# %% [markdown] name="augment_effect" lang="en"
# What it brings: LeNet with ReLU learns from only 500 garments, a hundred passes, once always the same pictures and once each time other
# versions of them. The first net soon knows its 500 by heart; the second never sees one twice, and what it knows of them is nearer to
# what it knows at all. Whether the test pictures profit, and how much, depends on how long it may learn and how large the net is.

# %% [markdown] name="augment_effect" lang="vi"
# Nó mang lại gì: LeNet với ReLU học từ vỏn vẹn 500 món đồ, một trăm epoch, một lần luôn là những ảnh ấy, một lần thì mỗi epoch là những
# phiên bản khác của chúng. Mạng thứ nhất chẳng mấy chốc thuộc lòng 500 ảnh; mạng thứ hai không gặp ảnh nào hai lần, và điều nó biết về
# các ảnh ấy gần với điều nó biết nói chung hơn. Ảnh kiểm tra có được lợi không, lợi bao nhiêu, thì tùy nó được học bao lâu và mạng lớn
# cỡ nào.

# %% name="augmented" tags=["fold"]
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
for augment, title, color in ((None, say("as they are", "ảnh nguyên gốc"), ORANGE), ("flip+shift", say("mirrored and shifted", "lật và dịch"), BLUE)):
    net = models.get_model("lenet", activation="relu")
    some = FashionMNISTLoader("train", 50, limit=500, normalize=True, augment=augment)
    history = fit(net, some, epochs=100, lr=0.03, **gentle)
    found = number(evaluate(net, test_thousand).accuracy, 3)
    passes = [epoch.epoch for epoch in history.epochs]
    label = say(f"{title}; test pictures: {found}", f"{title}; ảnh kiểm tra: {found}")
    axes.plot(passes, [epoch.train_accuracy for epoch in history.epochs], color=color, label=label)
    learned = number(history.epochs[-1].train_accuracy, 3)
    print(f"{title}:", say("while learning", "khi học"), learned, say("test pictures", "ảnh kiểm tra"), found)
axes.set(xlabel="epoch", ylabel=say("accuracy while learning", "độ chính xác khi học"), ylim=(0.5, 1.02))
axes.legend(fontsize=9, loc="lower right")
words.show()

# %% [markdown] name="training_text" lang="en"
# ## 9. Training
#
# The chapter's recipe is plain: 224×224, batches of 128, a learning rate of 0.01, no momentum, ten passes. On two cores that takes
# hours, so it was recorded: once here, while the book published its outputs of 89 runs. The dashed line is the same net by another
# recipe (momentum, weight decay, flips, label smoothing, a rate that falls to nothing). It is the recipe that was poor, not the net.

# %% [markdown] name="training_text" lang="vi"
# ## 9. Huấn luyện
#
# Công thức của chương rất đơn giản: 224×224, lô 128 ảnh, tốc độ học 0,01, không động lượng, mười epoch. Với hai nhân thì mất nhiều giờ,
# nên đã được chạy và ghi lại: ở đây một lần, còn cuốn sách công bố kết quả của 89 lần chạy. Đường đứt nét là chính mạng ấy với công thức
# khác (động lượng, suy giảm trọng số, phép lật, làm mượt nhãn, tốc độ học giảm dần về không). Kém là công thức, không phải mạng.

# %% name="chapter_run" tags=["fold"]
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
for name, color, line in (("alexnet-chapter", BLUE, "o-"), ("lenet-chapter", ORANGE, "o-"), ("alexnet-accurate", BLUE, "s--")):
    record = recorded(name)
    run = record["runs"][0]
    title = say(f"{record['model']}, {number(record['params'])} parameters", f"{record['model']}, {number(record['params'])} tham số")
    title = say("the same, another recipe", "vẫn mạng ấy, công thức khác") if name == "alexnet-accurate" else title
    left.plot(run["epoch"], run["loss"], line, color=color, markersize=4)
    right.plot(run["epoch"], run["test_accuracy"], line, color=color, markersize=4, label=title)
    print(number(run["test_accuracy"][-1], 4), f" {record['command']}")
left.set(xlabel="epoch", title=say("loss while learning", "mất mát khi học"))
right.set(xlabel="epoch", title=say("accuracy on the test pictures", "độ chính xác trên ảnh kiểm tra"), ylim=(0.5, 0.95))
right.legend(fontsize=9)
words.show()

# %% [markdown] name="live_text" lang="en"
# Now a run to watch. AlexNet itself would need an hour to be worth looking at. `alexnet_small` has the same five convolutions and three
# poolings on a fraction of the channels, with batch normalisation; it sees 8,000 pictures once, which takes less than a minute where
# the machine has nothing else to do.

# %% [markdown] name="live_text" lang="vi"
# Bây giờ là một lần chạy để xem tận mắt. Chính AlexNet thì cần cả giờ mới đáng xem. `alexnet_small` có cùng năm tầng tích chập và ba lần
# gộp với số kênh ít hơn nhiều, kèm chuẩn hóa theo lô; nó xem 8.000 ảnh, mỗi ảnh một lần, chưa đến một phút khi máy không phải làm
# gì khác.

# %% name="live" tags=["fold"]
net = models.get_model("alexnet_small")
large_train = FashionMNISTLoader("train", 50, resize=224, limit=8000, normalize=True)
large_test = FashionMNISTLoader("test", 250, resize=224, limit=2500, normalize=True)
history = fit(net, large_train, large_test, epochs=1, lr=0.05, optimizer="nag", momentum=0.9, schedule="cosine", warmup=0.1, initializer="he", progress=False)

figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
axes.plot(history.step_losses, color=BLUE)
axes.axhline(np.log(10), color=GREY, linestyle="--")
axes.set(xlabel=say("step", "bước"), ylabel=say("loss", "mất mát"), title=say("A hundred and sixty steps of fifty pictures", "Một trăm sáu mươi bước, mỗi bước năm mươi ảnh"))
words.show()
print(say("parameters:", "số tham số:"), number(history.params), say(" test accuracy:", " độ chính xác kiểm tra:"), number(history.epochs[-1].test_accuracy, 3))

# %% [markdown] name="filters_text" lang="en"
# ### What the first layer has learned
#
# The chapter shows the filters that AlexNet learned from ImageNet: stripes, edges and blobs of colour. Here are some of a grey AlexNet
# that learned from 6,000 garments (recorded, for lack of an hour), before and after, and what learning added. One hardly sees a
# difference, since the random start stays: a garment enlarged eightfold has nothing in it as fine as that noise, so that nothing ever
# speaks against it. What was added is smooth: lighter or darker as a whole, and more so on one side. (Exercise [07](../exercises/07_features.ipynb)
# measures how much learned filters resemble those that people designed.)

# %% [markdown] name="filters_text" lang="vi"
# ### Tầng đầu tiên đã học được gì
#
# Chương cho xem các bộ lọc mà AlexNet học từ ImageNet: sọc, cạnh và đốm màu. Ở đây là vài bộ lọc của một AlexNet ảnh xám học từ 6.000
# món đồ (đã ghi lại, vì không có cả giờ để đợi): trước, sau, và phần mà việc học thêm vào. Trước và sau hầu như không khác gì, vì phần
# ngẫu nhiên ban đầu vẫn còn: món đồ phóng gấp tám không có chi tiết nào nhỏ như nhiễu ấy, nên không có gì bắt nó phải mất đi. Phần thêm
# vào thì trơn: cả cửa sổ sáng lên hoặc tối đi, một phía nhiều hơn phía kia. (Bài tập [07](../../exercises/vi/07_features.ipynb) đo xem bộ lọc học được giống bộ lọc
# do con người thiết kế đến đâu.)

# %% name="filters" tags=["fold"]
start, end = recorded.filters("alexnet", "start"), recorded.filters("alexnet", "end")
# Of the 96, those that changed most.
# vi: Trong 96 bộ lọc, lấy những bộ lọc thay đổi nhiều nhất.
most = np.abs(end - start).sum(axis=(1, 2)).argsort()[::-1][:20]
figure, panels = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
titles = (say("before", "trước"), say("after", "sau"), say("what learning added", "phần việc học thêm vào"))
for axes, weights, title in zip(panels, (start, end, end - start), titles, strict=True):
    tiles = np.full((4 * 13 + 1, 5 * 13 + 1), np.nan)
    for place, which in enumerate(most):
        row, column = divmod(place, 5)
        tiles[row * 13 + 1 : row * 13 + 12, column * 13 + 1 : column * 13 + 12] = weights[which] / np.abs(weights[which]).max()
    axes.imshow(tiles, cmap="RdBu_r", vmin=-1, vmax=1)
    axes.axis("off")
    axes.set_title(title)
words.show()
print(recorded("alexnet-filters")["command"])

# %% [markdown] name="fails_text" lang="en"
# ## 10. Where it fails
#
# What the net of section 9 takes for what, on the test pictures; and the mistakes it is surest of. Some would be made by people too,
# and in some the label is in doubt.

# %% [markdown] name="fails_text" lang="vi"
# ## 10. Nó sai ở đâu
#
# Mạng ở mục 9 nhầm gì với gì trên ảnh kiểm tra; và những lỗi mà nó tự tin nhất. Có lỗi con người cũng mắc, và có ảnh mà chính nhãn đáng
# ngờ.

# %% name="fails" tags=["fold"]
answers = evaluate(net, large_test).probabilities
said, truth = answers.argmax(axis=1), test_labels[: len(answers)]
table = np.zeros((10, 10))
np.add.at(table, (truth, said), 1)
table /= table.sum(axis=1, keepdims=True)

figure, axes = plt.subplots(figsize=(7.2, 6), layout="constrained")
axes.imshow(np.sqrt(table), cmap="Blues", vmin=0, vmax=1)
for row, column in np.argwhere(table >= 0.02):
    axes.text(column, row, percent(table[row, column]), ha="center", va="center", fontsize=8, color="white" if table[row, column] > 0.35 else "black")
axes.set_xticks(range(10), names, rotation=40, ha="right", rotation_mode="anchor")
axes.set_yticks(range(10), names)
axes.set(xlabel=say("what the net said", "mạng trả lời"), ylabel=say("the label", "nhãn"))
axes.grid(visible=False)
words.show()

surest = [place for place in answers.max(axis=1).argsort()[::-1] if said[place] != truth[place]][:16]
gallery(
    [test_images[place] for place in surest],
    [say(f"{names[truth[place]]}\nsaid: {names[said[place]]}", f"{names[truth[place]]}\nđáp: {names[said[place]]}") for place in surest],
    8,
    say("The mistakes of which the net is surest", "Những lỗi mà mạng tự tin nhất"),
    size=1.4,
)
words.show()

# %% [markdown] name="inside_text" lang="en"
# ## 11. A look inside
#
# Now one boot goes through that net, and everything on its way is there to be looked at: the maps of each convolution, and of one
# number in one map the window, the filter and the products that make it. `gluon_alexnet.explore` does this for any net of yours.

# %% [markdown] name="inside_text" lang="vi"
# ## 11. Nhìn vào bên trong
#
# Bây giờ một chiếc bốt đi qua mạng ấy, và mọi thứ trên đường đều xem được: các bản đồ đặc trưng của từng tầng tích chập, và với một con
# số trong một bản đồ là cửa sổ, bộ lọc và các tích tạo nên nó. `gluon_alexnet.explore` làm việc này với mọi mạng của bạn.

# %% name="maps" tags=["fold"]
shown = int(np.flatnonzero((truth == 9) & (said == 9))[0])
seen_by_net = explore.look(net, to_input(test_images[shown : shown + 1], (224, 224), normalize=True))
kept = [layer for layer in seen_by_net.layers if layer.kind == "conv"]
for layer in kept:
    strong = seen_by_net.of(layer.name)
    most = strong.max(axis=(1, 2)).argsort()[::-1][:8]
    gallery(
        strong[most], [say(f"channel {each}", f"kênh {each}") for each in most], 8, f"{layer.name}: {explore.describe(layer, words.language)}", cmap="magma"
    )
words.show()
print(say("what the net says:", "mạng trả lời:"), *(f"{names[each]} {percent(seen_by_net.probabilities[each], 1)}" for each in seen_by_net.probabilities.argsort()[::-1][:3]))

# %% name="one_number" tags=["fold"]
strong = seen_by_net.of("conv1")
# Where the picture changes most within a window, and not in its empty border.
# vi: Nơi ảnh thay đổi nhiều nhất trong một cửa sổ, không phải ở viền trống.
middle = np.abs(strong[:, 12:-12, 12:-12] - np.median(strong, axis=(1, 2), keepdims=True))
channel, row, column = (int(each) for each in np.unravel_index(middle.argmax(), middle.shape))
row, column = row + 12, column + 12
found = explore.explain(seen_by_net, "conv1", channel, row, column)
gallery(
    [found.values[0], found.weights[0], found.products[0]],
    [say("the window", "cửa sổ"), say("the filter", "bộ lọc"), say("their products", "các tích")],
    3,
    say(f"Channel {channel}, row {row}, column {column} of conv1", f"Kênh {channel}, hàng {row}, cột {column} của conv1"),
    size=2.6,
    cmap="RdBu_r",
)
words.show()
print(say("the sum of the products:", "tổng các tích:"), number(float(found.products.sum()), 4), say(" bias:", " độ chệch:"), number(found.bias, 4))
print(say("what the net computed:", "mạng đã tính ra:"), number(found.value, 4))

# %% [markdown] name="explorer_text" lang="en"
# All of this by mouse and keyboard: the cell below opens the explorer (where the package `anywidget` is installed). Choose a picture and
# a layer, click on a number, see what made it; ask which pictures excite a channel most; draw a garment or bring a photo. On the command
# line, `gluon-alexnet explore RUN` does the same for a run.

# %% [markdown] name="explorer_text" lang="vi"
# Tất cả những điều ấy bằng chuột và bàn phím: ô dưới đây mở công cụ khám phá (khi đã cài gói `anywidget`). Hãy chọn một bức ảnh và một
# tầng, bấm vào một con số để xem cái gì tạo nên nó; hỏi những bức ảnh nào kích thích một kênh mạnh nhất; vẽ một món đồ hoặc đưa vào một
# bức ảnh chụp. Trên dòng lệnh, `gluon-alexnet explore RUN` làm việc ấy với một lần chạy.

# %% name="explorer"
from importlib.util import find_spec

pictures = [int(np.flatnonzero(truth == kind)[0]) for kind in range(10)]
seen_by_hand = to_input(test_images[pictures], (224, 224), normalize=True)
explore.explore(net, seen_by_hand, truth[pictures]) if find_spec("anywidget") else None

# %% [markdown] name="evidence_text" lang="en"
# What in the picture speaks for the answer? Three ways of asking: how much the score changes with each pixel (saliency), where the maps
# of the last convolution speak for the class (Grad-CAM, Selvaraju et al. 2017), and how far the probability falls when a patch hides a
# part (occlusion, Zeiler and Fergus 2014).

# %% [markdown] name="evidence_text" lang="vi"
# Điều gì trong ảnh ủng hộ câu trả lời? Có ba cách hỏi: điểm số thay đổi bao nhiêu theo từng điểm ảnh (gradient), bản đồ của tầng tích
# chập cuối ủng hộ lớp ấy ở đâu (Grad-CAM, Selvaraju và cộng sự 2017), và xác suất giảm bao nhiêu khi một mảnh che mất một phần
# (che khuất, Zeiler và Fergus 2014).

# %% name="evidence" tags=["fold"]
columns = []
for kind in (9, 8, 4):
    place = int(np.flatnonzero((test_labels[:2500] == kind) & (said == kind))[0])
    seen_by_net = explore.look(net, to_input(test_images[place : place + 1], (224, 224), normalize=True))
    slopes = explore.gradients(seen_by_net, kind)
    columns.append((seen_by_net.picture[0], explore.saliency(slopes), explore.grad_cam(seen_by_net, slopes, kept[-1].name), explore.occlusion(seen_by_net, kind).spread()))
figure, grid = plt.subplots(3, 4, figsize=(9, 7), layout="constrained")
titles = (say("picture", "ảnh"), say("saliency", "gradient"), "Grad-CAM", say("occlusion", "che khuất"))
for line, kind, pictures in zip(grid, (9, 8, 4), columns, strict=True):
    line[0].set_ylabel(names[kind])
    for axes, picture, title in zip(line, pictures, titles, strict=True):
        axes.imshow(pictures[0], cmap="gray")
        if title != titles[0]:
            axes.imshow(picture, cmap="inferno", alpha=0.75)
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
        if kind == 9:
            axes.set_title(title)
words.show()

# %% name="zeros" tags=["fold"]
surveyed = explore.survey(net, FashionMNISTLoader("test", 50, resize=224, limit=300, normalize=True))
print(say("over 300 test pictures:", "trên 300 ảnh kiểm tra:"))
for layer in surveyed.layers:
    if layer.layer.kind == "activation":
        dead, channels, zeros = int(layer.dead.sum()), len(layer.dead), percent(layer.zeros)
        print(say(f"  {layer.layer.name}: {zeros} zeros, {dead} of {channels} channels never awake", f"  {layer.layer.name}: {zeros} số 0, {dead} trong {channels} kênh chưa hề bật"))

# %% [markdown] name="hidden_text" lang="en"
# The last hidden layer has 256 numbers for each picture. The chapter says that they sum the picture up so that classes are easily told
# apart. The cell lays 1,000 test pictures out in the two directions in which they differ most: once as pixels, once as these numbers,
# and asks how many lie nearest to the middle of their own class.

# %% [markdown] name="hidden_text" lang="vi"
# Tầng ẩn cuối cho 256 con số với mỗi bức ảnh. Chương nói chúng tóm tắt bức ảnh sao cho các lớp dễ phân biệt. Ô dưới đây trải 1.000 ảnh
# kiểm tra theo hai hướng mà chúng khác nhau nhiều nhất: một lần dưới dạng điểm ảnh, một lần dưới dạng các con số ấy, rồi hỏi bao nhiêu
# ảnh nằm gần tâm của chính lớp mình nhất.

# %% name="hidden" tags=["fold"]
hidden = []
for batch, _ in FashionMNISTLoader("test", 100, resize=224, limit=1000, normalize=True):
    for block in list(net)[:-1]:
        batch = block(batch)
    hidden.append(batch.asnumpy())
hidden, truth_of = np.concatenate(hidden), test_labels[:1000]
figure, pair = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
for axes, values, title in zip(
    pair,
    (test_images[:1000].reshape(1000, -1) / 255, hidden),
    (say("784 pixels", "784 điểm ảnh"), say("256 numbers of the last hidden layer", "256 con số của tầng ẩn cuối")),
    strict=True,
):
    centred = values - values.mean(axis=0)
    flat_map = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    middles = np.stack([centred[truth_of == kind].mean(axis=0) for kind in range(10)])
    nearest_middle = ((centred[:, None] - middles) ** 2).sum(axis=2).argmin(axis=1)
    share = percent((nearest_middle == truth_of).mean(), 1)
    for kind in range(10):
        axes.scatter(*flat_map[truth_of == kind].T, s=8, color=plt.get_cmap("tab10")(kind), label=names[kind])
    axes.set(xticks=[], yticks=[])
    axes.set_title(say(f"{title}: {share} nearest to their own class", f"{title}: {share} gần lớp mình nhất"), fontsize=10)
    print(share, title)
figure.legend(*pair[0].get_legend_handles_labels(), loc="outside right center", fontsize=9, markerscale=2)
words.show()

# %% [markdown] name="original_text" lang="en"
# ## 12. The net of 2012 as it was
#
# The chapter's AlexNet is a tidy version. The original had two towers, one on each GPU: in the second, fourth and fifth convolution a
# channel sees only the channels of its own tower, and the towers meet at the third and in the dense layers. That is a grouped
# convolution with two groups, and it halves what these layers remember. After the first two convolutions came local response
# normalisation, in which strong channels dampen their neighbours and which hardly anybody uses any more. The paper prints pictures of 224×224,
# from which windows of 11 in steps of 4 give no 55×55; with 227×227 they do.

# %% [markdown] name="original_text" lang="vi"
# ## 12. Mạng của năm 2012 như nguyên bản
#
# AlexNet của chương là bản đã dọn gọn. Bản gốc có hai tháp, mỗi tháp trên một GPU: ở tầng tích chập thứ hai, thứ tư và thứ năm, mỗi kênh
# chỉ thấy các kênh thuộc tháp của mình, và hai tháp gặp nhau ở tầng thứ ba và các tầng kết nối đầy đủ. Đó là tích chập theo nhóm với hai
# nhóm, nhờ vậy các tầng ấy chỉ phải nhớ một nửa. Sau hai tầng tích chập đầu là phép chuẩn hóa đáp ứng cục bộ, trong đó kênh mạnh làm dịu
# các kênh bên cạnh, ngày nay hầu như không ai dùng nữa. Bài báo ghi ảnh 224×224, nhưng cửa sổ 11 với sải bước 4 không thể cho ra 55×55 từ cỡ ấy;
# với 227×227 thì được.

# %% name="original" tags=["fold"]
for name in ("alexnet", "alexnet_2012"):
    spec = models.spec(name, num_classes=1000)
    print(name, say("with 1,000 classes:", "với 1.000 lớp:"))
    for cost in analysis.analyze(spec):
        if cost.params:
            print(f"   {cost.name:8}{'×'.join(map(str, cost.output_shape)):>12}{number(cost.params):>14}{number(cost.macs):>16}")
    print("  ", number(sum(cost.params for cost in analysis.analyze(spec))))

# %% [markdown] name="towers_text" lang="en"
# Two devices answer as one does. Here both are this machine's processor; with two GPUs the call is the same.

# %% [markdown] name="towers_text" lang="vi"
# Hai thiết bị trả lời đúng như một thiết bị. Ở đây cả hai đều là bộ xử lý của máy này; với hai GPU thì lệnh gọi vẫn vậy.

# %% name="towers"
from gluon_alexnet.towers import split

original = models.get_model("alexnet_2012")
original.initialize(mx.init.Xavier())
photo = np.ascontiguousarray(cv2.resize(cat, (256, 256)))
ten = imagenet.ten_crops(photo[None])[0]
two = mx.np.array(ten[:2].transpose(0, 3, 1, 2) / 255, dtype="float32")
whole = original(two).asnumpy()
towers = split(original, [mx.cpu(0), mx.cpu(1)])
apart = towers(two).asnumpy()
print(say("classes:", "số lớp:"), whole.shape[1], say(" largest difference:", " chênh lệch lớn nhất:"), f"{np.abs(whole - apart).max():.0e}", say(" largest answer:", " đáp số lớn nhất:"), number(float(np.abs(whole).max()), 3))
for tower in towers.towers:
    print(say("parameters on one device:", "số tham số trên một thiết bị:"), number(sum(parameter.data().size for parameter in tower.collect_params().values())))

gallery(ten, [say("corner", "góc"), "", "", "", say("middle", "giữa")] + [say("mirrored", "lật")] * 5, 10, say("The ten crops whose answers were averaged in the test", "Mười mảnh cắt, câu trả lời được lấy trung bình khi kiểm tra"))
words.show()

# %% [markdown] name="after_text" lang="en"
# ## 13. What came after
#
# The winners of the ImageNet challenge, by their error in five guesses on its test pictures. Up to 2011 all features were made by hand.
# AlexNet's 15.3% are of seven nets averaged, two of which had learned from more pictures before; one net alone had 18.2% on the
# validation pictures. After 2017 the challenge was over, and the nets went on: MobileNet for phones (Howard et al. 2017), EfficientNet
# (Tan and Le 2019), and transformers without any convolution (Dosovitskiy et al. 2021).

# %% [markdown] name="after_text" lang="vi"
# ## 13. Những gì đến sau
#
# Các đội thắng cuộc thi ImageNet, theo tỉ lệ sai trong năm lần đoán trên ảnh kiểm tra của cuộc thi. Đến năm 2011, mọi đặc trưng đều làm
# bằng tay. 15,3% của AlexNet là của bảy mạng lấy trung bình, trong đó hai mạng đã học trước từ nhiều ảnh hơn; riêng một mạng có 18,2%
# trên ảnh thẩm định. Sau năm 2017 cuộc thi kết thúc, còn các mạng thì đi tiếp: MobileNet cho điện thoại (Howard và cộng sự 2017),
# EfficientNet (Tan và Le 2019), và transformer không còn tích chập nào (Dosovitskiy và cộng sự 2021).

# %% name="after" tags=["fold"]
# Russakovsky et al. 2015, table 2, and the pages of the challenge for 2015 to 2017.
# vi: Russakovsky và cộng sự 2015, bảng 2, và các trang của cuộc thi cho năm 2015 đến 2017.
winners = (
    (2010, 28.2, "NEC", say("SIFT, HOG, a linear SVM", "SIFT, HOG, SVM tuyến tính")),
    (2011, 25.8, "XRCE", say("Fisher vectors, linear SVMs", "vectơ Fisher, SVM tuyến tính")),
    (2012, 16.4, "AlexNet", say("8 layers (15.3 with more data)", "8 tầng (15,3 khi thêm dữ liệu)")),
    (2013, 11.7, "Clarifai", say("much like AlexNet, tuned", "gần như AlexNet, chỉnh tốt hơn")),
    (2014, 6.7, "GoogLeNet", say("22 layers, Szegedy et al. 2015", "22 tầng, Szegedy và cộng sự 2015")),
    (2015, 3.57, "ResNet", say("152 layers, He et al. 2016", "152 tầng, He và cộng sự 2016")),
    (2016, 2.99, "Trimps-Soushen", say("an ensemble of several nets", "tập hợp nhiều mạng")),
    (2017, 2.25, "SENet", say("Hu et al. 2018", "Hu và cộng sự 2018")),
)
figure, axes = plt.subplots(figsize=(9, 3.8), layout="constrained")
for place, (year, error, name, told) in enumerate(winners):
    axes.barh(place, error, color=GREY if year < 2012 else BLUE)
    axes.text(error + 0.4, place, f"{number(error, 2 if year > 2014 else 1)}%  {name}: {told}", va="center", fontsize=9)
axes.set_yticks(range(len(winners)), [str(winner[0]) for winner in winners])
axes.invert_yaxis()
axes.set(xlim=(0, 45), xlabel=say("error in five guesses, %", "tỉ lệ sai trong năm lần đoán, %"))
axes.grid(visible=False, axis="y")
words.show()

# %% [markdown] name="closing" lang="en"
# ## What you have seen
#
# - **Features made by hand are no weak opponent.** From few pictures they learn more than a net does, and from all 60,000, with a
#   kernel on top, they beat the chapter's AlexNet. A better description and a better machine are worth about the same here.
# - **A net gains from every further picture**, since it finds its numbers itself. That takes data and arithmetic, and both were there
#   for the first time around 2010.
# - **AlexNet is LeNet at another scale**, with three remedies: ReLU, so that gradients reach the first layer; dropout and changed
#   pictures, so that 60 million parameters do not learn by heart.
# - **Convolutions compute, dense layers remember.** What came after took the dense layers away.
# - **A trained net is no black box.** Each of its numbers can be taken apart, and one can ask what speaks for an answer.
#
# What of the chapter is shown where, and which of its sentences are wrong or out of date, stands in
# [docs/chapter.md](../docs/chapter.md). The [exercises](../exercises/README.ipynb) have you write the rest.

# %% [markdown] name="closing" lang="vi"
# ## Những điều rút ra
#
# - **Đặc trưng làm bằng tay không phải đối thủ yếu.** Với ít ảnh, chúng học được nhiều hơn mạng; với cả 60.000 ảnh và một hàm nhân ở
#   trên, chúng thắng AlexNet của chương. Ở đây mô tả tốt hơn và bộ phân loại tốt hơn đáng giá gần như nhau.
# - **Mạng được lợi từ mỗi bức ảnh thêm vào**, vì nó tự tìm ra các con số của mình. Điều đó cần dữ liệu và sức tính, và quãng năm 2010
#   lần đầu tiên có đủ cả hai.
# - **AlexNet là LeNet ở một quy mô khác**, với ba phương thuốc: ReLU, để gradient đến được tầng đầu; dropout và ảnh biến đổi, để 60
#   triệu tham số không học thuộc lòng.
# - **Tầng tích chập lo tính, tầng kết nối đầy đủ lo nhớ.** Những mạng đến sau bỏ các tầng kết nối đầy đủ đi.
# - **Mạng đã huấn luyện không phải hộp đen.** Mỗi con số trong nó đều tháo ra xem được, và ta hỏi được điều gì ủng hộ một câu trả lời.
#
# Điều nào của chương được trình bày ở đâu, câu nào sai hoặc đã cũ, xem [docs/chapter.md](../../docs/chapter.md) (tiếng Anh). Phần còn
# lại thì bạn tự viết trong [các bài tập](../../exercises/vi/README.ipynb).
