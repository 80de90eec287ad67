"""What backs the numbers in the texts of lesson/alexnet.py: hardly any is measured, since its cells print what they measure."""

from claiming import Claim, Stated, computed, net, published

SENT_IN = "cited: the table in Fashion-MNIST's README"
KRIZHEVSKY = "cited: Krizhevsky et al. 2012, table 2"
CLAIMS = [
    Stated("surf", "OpenCV 4.4)", "OpenCV 4.4)", "cited: the changes of OpenCV 4.4"),
    Stated("whole_set_text", "has 0.926 for HOG", "ghi 0,926", SENT_IN),
    Stated("whole_set_text", "People reach 0.835", "Con người đạt 0,835", SENT_IN),
    Stated("budget_text", "1.2 million pictures", "1,2 triệu ảnh", "cited: Krizhevsky et al. 2012, section 5"),
    Claim("overfit_text", "of {} parameters has little", "một mạng {} tham số chẳng có", net("lenet")),
    Claim(
        "overfit_text",
        "AlexNet has {} million",
        "AlexNet thì có {} triệu",
        computed(lambda params: params / 1e6, net("alexnet")),
    ),
    Claim("training_text", "its outputs of {} runs", "kết quả của {} lần chạy", published("alexnet, mxnet", "runs")),
    Stated("after_text", "AlexNet's 15.3% are of seven nets", "15,3% của AlexNet là của bảy mạng", KRIZHEVSKY),
    Stated("after_text", "one net alone had 18.2%", "riêng một mạng có 18,2%", KRIZHEVSKY),
]
