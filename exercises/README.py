# %% [markdown] name="intro" lang="en"
# # Convolutional nets, by hand
#
# Eight notebooks around one question: is AlexNet, the net of 2012, worth its cost on Fashion-MNIST's 28×28 pictures? You write the
# functions that answer it, a program asks them for values and says in words what is wrong, and experiments on your own machine show
# what follows. Each has 20 points and can be done alone; this order is the easiest.
#
# | notebook | about | your time (of it, the machine's) |
# |---|---|---|
# | [00_convolution](00_convolution.ipynb) | convolution, pooling, momentum, batch normalisation, written once in NumPy (what the others build on) | 2 to 3 hours (less than 1 minute) |
# | [01_epochs](01_epochs.ipynb) | what more epochs bring, how a log can mislead, what is luck (exercise 1 of the chapter) | 3 hours (3 minutes) |
# | [02_simplify](02_simplify.ipynb) | an AlexNet for a sixteenth of the multiply-adds, and nets made for 28×28 (exercise 2 of the chapter) | 4 hours (4 minutes) |
# | [03_batch_size](03_batch_size.ipynb) | accuracy and memory against batch size: predicted, then measured (exercise 3 of the chapter) | 2 to 3 hours (3 minutes) |
# | [04_cost](04_cost.ipynb) | parameters, multiply-adds and bytes of every layer; this machine's roofline (exercise 4 of the chapter) | 2 to 3 hours (1 minute) |
# | [05_lenet_dropout](05_lenet_dropout.ipynb) | ReLU, dropout and preprocessing in LeNet; why sigmoids' gradients vanish (exercise 5 of the chapter) | 3 hours (2 minutes) |
# | [06_augmentation](06_augmentation.ipynb) | flips, crops and colors as a regularizer (what the chapter tells of augmentation) | 2 to 3 hours (3 minutes) |
# | [07_features](07_features.ipynb) | features made by hand before 2012, against a net that learns its own (what the chapter tells of both) | 2 to 3 hours (2 minutes) |
#
# Some things come twice, since each notebook stands by itself: sizes and costs of layers in 02 and 04, dropout in 01 and 05, flips
# and shifts in 05 and 06. Who has done one will be quick in the other.
#
# What the chapter tells is run and shown in the [lesson](../lesson/alexnet.ipynb), which asks nothing of you.
#
# [Tiếng Việt](vi/README.ipynb)

# %% [markdown] name="intro" lang="vi"
# # Mạng tích chập: tự tay viết lấy
#
# Tám sổ tay xoay quanh một câu hỏi: với ảnh 28×28 của Fashion-MNIST, AlexNet của năm 2012 có đáng với chi phí của nó không?
# Bạn viết những hàm giúp trả lời câu hỏi ấy; một chương trình gọi thử các hàm và chỉ ra bằng lời chỗ nào sai; các thí nghiệm
# trên chính máy của bạn cho thấy từ đó rút ra được gì. Mỗi sổ tay có 20 điểm và làm riêng được; làm theo thứ tự dưới đây là dễ
# nhất.
#
# | sổ tay | nội dung | thời gian (trong đó máy chạy) |
# |---|---|---|
# | [00_convolution](00_convolution.ipynb) | tích chập, gộp, động lượng, chuẩn hóa theo lô: viết một lần bằng NumPy (nền cho các sổ tay sau) | 2 đến 3 giờ (chưa đến 1 phút) |
# | [01_epochs](01_epochs.ipynb) | thêm epoch thì được gì, nhật ký huấn luyện đánh lừa ra sao, đâu là may rủi (bài tập 1 của chương) | 3 giờ (3 phút) |
# | [02_simplify](02_simplify.ipynb) | một AlexNet chỉ cần một phần mười sáu số phép nhân-cộng, và những mạng dành cho ảnh 28×28 (bài tập 2 của chương) | 4 giờ (4 phút) |
# | [03_batch_size](03_batch_size.ipynb) | độ chính xác và bộ nhớ theo kích thước lô: dự đoán trước, đo sau (bài tập 3 của chương) | 2 đến 3 giờ (3 phút) |
# | [04_cost](04_cost.ipynb) | tham số, phép nhân-cộng và số byte của từng tầng; mô hình mái nhà của máy này (bài tập 4 của chương) | 2 đến 3 giờ (1 phút) |
# | [05_lenet_dropout](05_lenet_dropout.ipynb) | ReLU, dropout và tiền xử lý trong LeNet; vì sao gradient của sigmoid tiêu biến (bài tập 5 của chương) | 3 giờ (2 phút) |
# | [06_augmentation](06_augmentation.ipynb) | lật, cắt và đổi màu ảnh để chống quá khớp (điều chương nói về tăng cường ảnh) | 2 đến 3 giờ (3 phút) |
# | [07_features](07_features.ipynb) | đặc trưng làm bằng tay trước năm 2012, so với mạng tự học đặc trưng (điều chương nói về cả hai) | 2 đến 3 giờ (2 phút) |
#
# Vì mỗi sổ tay đứng riêng, có vài thứ gặp hai lần: kích thước và chi phí của các tầng ở 02 và 04, dropout ở 01 và 05, lật và dịch
# ảnh ở 05 và 06. Ai đã làm một bên sẽ làm bên kia rất nhanh.
#
# Những gì chương kể được chạy và minh họa trong [bài học](../../lesson/vi/alexnet.ipynb), nơi bạn không phải trả lời câu nào.
#
# [English](../README.ipynb)

# %% [markdown] name="score" lang="en"
# ## How you get your score
#
# 1. Write your answers into the cells that begin with `# task: NAME`, below that line. Helper functions and imports go into the
#    same cell.
# 2. Run the check cell below it: it prints a few values beside those that should come out.
# 3. **Save** (Ctrl+S): what is graded is the file, not what runs.
# 4. Run the last cell of the notebook, or the cell below for all of them, or in a terminal `pytest --nbval 02_simplify.ipynb` in the
#    folder that holds the notebook. It takes from a few seconds to about a minute a notebook, longer where the grader trains nets.
#
# You may grade as often as you like. What it asks is drawn anew each time, so values copied from the check cell bring nothing. To
# see one task alone: `from gluon_alexnet import check`, then `check("cost")`, in the notebook that has that task.

# %% [markdown] name="score" lang="vi"
# ## Xem điểm
#
# 1. Viết câu trả lời vào các ô bắt đầu bằng `# task: TÊN`, ngay dưới dòng đó. Hàm phụ và lệnh import cũng đặt trong ô ấy.
# 2. Chạy ô kiểm tra ngay bên dưới: nó in vài giá trị cạnh những giá trị đúng.
# 3. **Lưu lại** (Ctrl+S): bộ chấm đọc tệp trên đĩa, không đọc những gì đang chạy.
# 4. Chạy ô cuối cùng của sổ tay, hoặc ô dưới đây để chấm tất cả, hoặc gõ `pytest --nbval 02_simplify.ipynb` trong cửa sổ dòng
#    lệnh, ở thư mục chứa sổ tay. Mỗi sổ tay mất từ vài giây đến chừng một phút, lâu hơn ở những chỗ bộ chấm phải huấn luyện
#    mạng.
#
# Bạn muốn chấm bao nhiêu lần cũng được. Mỗi lần, các câu hỏi được rút ngẫu nhiên lại, nên chép giá trị từ ô kiểm tra thì không được
# điểm nào. Muốn xem riêng một nhiệm vụ: `from gluon_alexnet import check`, rồi `check("cost")`, trong sổ tay có nhiệm vụ đó.

# %% name="grade_all" tags=["skip-execution"]
# !gluon-alexnet grade *.ipynb

# %% [markdown] name="rules" lang="en"
# ## What counts
#
# - Only the answer cells. The grader takes everything else (setup, checks) from its own copy, so edited or deleted cells elsewhere
#   neither help nor hurt.
# - Answers may use NumPy, MXNet and Python's own library. Ready-made nets, features and image functions (`gluon_alexnet.models`,
#   scikit-image, PyTorch and the like) are not there while answers are graded.
# - Nets are built by you and trained by the grader: with Xavier's initial weights in all layers, whatever initializer you named, on
#   training images, and tested on images that your code never sees. `try_as_graded` does the same on validation images.
# - The cells *Why?* are for a person: the program keeps what you write there and shows it to your teacher, without points.
# - Each task has its own parts and points. A task is judged with the right answers of the tasks before it, so that one mistake does
#   not cost you twice. It has a minute of computing and 6 GB of memory.

# %% [markdown] name="rules" lang="vi"
# ## Điều gì được tính điểm
#
# - Chỉ các ô trả lời. Mọi thứ khác (ô chuẩn bị, ô kiểm tra) bộ chấm lấy từ bản của nó, nên sửa hay xóa các ô khác không lợi cũng
#   không hại.
# - Câu trả lời được dùng NumPy, MXNet và thư viện chuẩn của Python. Mạng, đặc trưng và hàm xử lý ảnh làm sẵn (`gluon_alexnet.models`,
#   scikit-image, PyTorch và những thứ tương tự) không có mặt khi chấm.
# - Bạn dựng mạng, bộ chấm huấn luyện: trọng số ban đầu của mọi tầng là Xavier, dù bạn chọn cách khởi tạo nào, học trên ảnh huấn
#   luyện và kiểm tra trên những ảnh mà mã của bạn không bao giờ thấy. `try_as_graded` làm đúng như vậy trên ảnh thẩm định.
# - Các ô *Vì sao?* dành cho người đọc: chương trình giữ lại những gì bạn viết và đưa cho giảng viên xem, không cho điểm.
# - Mỗi nhiệm vụ chia thành nhiều phần, mỗi phần có điểm riêng. Khi chấm một nhiệm vụ, các nhiệm vụ trước nó được thay bằng lời giải
#   đúng, nên một lỗi không bị trừ điểm hai lần. Mỗi nhiệm vụ có một phút tính toán và 6 GB bộ nhớ.

# %% [markdown] name="data" lang="en"
# ## The data
#
# Fashion-MNIST: 60,000 training and 10,000 test images of ten kinds of garments, 28×28 grey pixels each. It is looked for where
# `$FASHION_MNIST_DIR` says and where other libraries keep it, and downloaded otherwise (30 MB, once). Without a network the package
# draws a **stand-in**: ten kinds of garments made by a program, of the same shape. It says so, everything runs, and the limits of
# the tasks are others, since the stand-in is easier in some ways and harder in others; the accuracies in the texts are of the real
# images.
#
# Those 60,000 are split once more where something is to be chosen: `"train-rest"` to learn from, `"validation"` to choose by. What
# was chosen by the test images is no longer tested by them.

# %% [markdown] name="data" lang="vi"
# ## Dữ liệu
#
# Fashion-MNIST: 60.000 ảnh huấn luyện và 10.000 ảnh kiểm tra thuộc mười loại trang phục, mỗi ảnh 28×28 điểm ảnh xám. Chương trình
# tìm dữ liệu ở nơi `$FASHION_MNIST_DIR` chỉ và ở những chỗ các thư viện khác hay cất; không thấy thì tải về (30 MB, một lần). Nếu
# không có mạng, nó vẽ ra **dữ liệu thay thế**: mười loại trang phục do chương trình tạo, cùng hình dạng. Khi đó nó báo rõ, mọi thứ
# vẫn chạy, chỉ các ngưỡng của nhiệm vụ là khác, vì dữ liệu thay thế có chỗ dễ hơn, có chỗ khó hơn; các độ chính xác trong bài là
# của ảnh thật.
#
# Ở những chỗ cần lựa chọn, 60.000 ảnh ấy được chia thêm một lần: `"train-rest"` để học, `"validation"` (ảnh thẩm định) để chọn. Cái
# gì đã được chọn nhờ ảnh kiểm tra thì ảnh kiểm tra không còn đánh giá nó một cách trung thực nữa.

# %% [markdown] name="numbers" lang="en"
# ## Numbers, and two kinds of arrays
#
# Texts, plots and the grader write 46,764,746 and 0.5. What Python prints by itself, such as the tuple `(614656, 415334400)`, is
# as Python writes it. `np` is NumPy everywhere; `mx.np` is MXNet's array library of nearly the same functions, whose arrays can be
# differentiated (`mx.autograd`) and given to nets; `.asnumpy()` turns one into NumPy's.

# %% [markdown] name="numbers" lang="vi"
# ## Cách viết số, và hai loại mảng
#
# Bài viết, biểu đồ và bộ chấm viết 46.764.746 và 0,5. Riêng trong mã và trong những gì Python tự in ra, số viết theo kiểu Python:
# `0.5` là không phẩy năm, `46_764_746` hay `46764746` là hơn bốn mươi sáu triệu. `np` luôn là NumPy; `mx.np` là thư viện mảng
# của MXNet với gần như cùng các hàm, mảng của nó lấy đạo hàm được (`mx.autograd`) và đưa vào mạng được; `.asnumpy()` đổi nó
# thành mảng NumPy.

# %% [markdown] name="frameworks" lang="en"
# ## The same in PyTorch and Keras
#
# MXNet is retired; what you learn here is not. The layers have other names elsewhere, and hardly anything else:
#
# | Gluon, here | PyTorch | Keras 3 |
# |---|---|---|
# | `nn.Conv2D(96, 11, 4, activation="relu")` | `nn.Conv2d(1, 96, 11, 4), nn.ReLU()` | `Conv2D(96, 11, 4, activation="relu")` |
# | `nn.MaxPool2D(3, 2)` | `nn.MaxPool2d(3, 2)` | `MaxPool2D(3, 2)` |
# | `nn.GlobalAvgPool2D()` | `nn.AdaptiveAvgPool2d(1)` | `GlobalAveragePooling2D()` |
# | `nn.BatchNorm(momentum=0.9)` | `nn.BatchNorm2d(96, momentum=0.1)` | `BatchNormalization(momentum=0.9)` |
# | `nn.Dense(4096)` (flattens by itself) | `nn.Flatten(), nn.Linear(6400, 4096)` | `Flatten(), Dense(4096)` |
# | `nn.Dropout(0.5)` | `nn.Dropout(0.5)` | `Dropout(0.5)` |
# | `gluon.loss.SoftmaxCrossEntropyLoss()` | `nn.CrossEntropyLoss(reduction="none")` | `SparseCategoricalCrossentropy(from_logits=True, reduction="none")` |
# | `with autograd.record(): ...` | always on; `with torch.no_grad():` turns it off | `with tf.GradientTape() as tape:` |
# | `trainer.step(batch_size)` | `optimizer.step()` on the mean loss | `optimizer.apply(gradients, variables)` |
# | images (N, C, H, W) | the same | (N, H, W, C) |
#
# Gluon works out the number of incoming channels when it sees the first batch, PyTorch wants to be told (or `nn.LazyConv2d`). And
# for any net of yours, `gluon_alexnet.interop.torch.twin(net)` and `gluon_alexnet.interop.keras.twin(net)` make the same net there,
# with its weights.

# %% [markdown] name="frameworks" lang="vi"
# ## Cùng những tầng ấy trong PyTorch và Keras
#
# MXNet đã ngừng phát triển, nhưng những gì bạn học ở đây không lỗi thời. Trong thư viện khác, các tầng mang tên khác, ngoài ra
# hầu như không có gì thay đổi:
#
# | Gluon, ở đây | PyTorch | Keras 3 |
# |---|---|---|
# | `nn.Conv2D(96, 11, 4, activation="relu")` | `nn.Conv2d(1, 96, 11, 4), nn.ReLU()` | `Conv2D(96, 11, 4, activation="relu")` |
# | `nn.MaxPool2D(3, 2)` | `nn.MaxPool2d(3, 2)` | `MaxPool2D(3, 2)` |
# | `nn.GlobalAvgPool2D()` | `nn.AdaptiveAvgPool2d(1)` | `GlobalAveragePooling2D()` |
# | `nn.BatchNorm(momentum=0.9)` | `nn.BatchNorm2d(96, momentum=0.1)` | `BatchNormalization(momentum=0.9)` |
# | `nn.Dense(4096)` (tự trải phẳng) | `nn.Flatten(), nn.Linear(6400, 4096)` | `Flatten(), Dense(4096)` |
# | `nn.Dropout(0.5)` | `nn.Dropout(0.5)` | `Dropout(0.5)` |
# | `gluon.loss.SoftmaxCrossEntropyLoss()` | `nn.CrossEntropyLoss(reduction="none")` | `SparseCategoricalCrossentropy(from_logits=True, reduction="none")` |
# | `with autograd.record(): ...` | luôn bật; `with torch.no_grad():` để tắt | `with tf.GradientTape() as tape:` |
# | `trainer.step(batch_size)` | `optimizer.step()` với mất mát trung bình | `optimizer.apply(gradients, variables)` |
# | ảnh (N, C, H, W) | cũng vậy | (N, H, W, C) |
#
# Gluon tự suy ra số kênh đầu vào khi gặp lô đầu tiên, còn PyTorch phải được cho biết (hoặc dùng `nn.LazyConv2d`). Với bất kỳ mạng
# nào của bạn, `gluon_alexnet.interop.torch.twin(net)` và `gluon_alexnet.interop.keras.twin(net)` dựng lại đúng mạng ấy trong
# thư viện kia, cùng với trọng số.

# %% [markdown] name="photo" lang="en"
# ## Your own garment
#
# Lay a shirt or a shoe on something plain, take a picture from above, put the file beside this notebook, and let a net look at it.
# The first line trains one for two minutes; it need not be run again.

# %% [markdown] name="photo" lang="vi"
# ## Món đồ của chính bạn
#
# Đặt một chiếc áo hay chiếc giày lên nền trơn, chụp từ trên xuống, để tệp ảnh cạnh sổ tay này và cho mạng xem. Dòng đầu huấn luyện
# một mạng trong hai phút; chỉ cần chạy một lần.

# %% name="predict" tags=["skip-execution"]
# !gluon-alexnet train --recipe fast --minutes 2
# !gluon-alexnet predict my-shirt.jpg
