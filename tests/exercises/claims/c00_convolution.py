"""What backs the numbers in the texts of solutions/00_convolution.py."""

from claiming import Claim, Stated, computed, printed

BY_HEART = "{}: first loss {{}}, all 50 after steps: {{}}, of 1,000 unseen {{}}%"


def by_heart(case, number):
    return printed("00_convolution", "by_heart", BY_HEART.format(case), number)


def per_cent(case):
    return computed(lambda count: count / 100, by_heart(case, 2))


RIGHT, LARGE, FROZEN = "as it should be", "weights ten times as large", "filters that never learn"
CLAIMS = [
    Claim(
        "closing",
        "After 40 steps the plain path still lay {} above",
        "Sau 40 bước, đường thuần vẫn còn cao hơn chỗ thấp nhất {},",
        computed(lambda tenths: tenths / 10, printed("00_convolution", "valley", "plain: f = {}e-01 after 40 steps")),
    ),
    Claim("closing", "The first loss was {} where", "Mất mát đầu tiên là {}, còn", by_heart(RIGHT, 0)),
    Claim("closing", "and {} with weights ten times as large", "gấp mười thì là {}.", by_heart(LARGE, 0)),
    Claim(
        "closing",
        "All 50 garments were known after {} steps, and {}% of 1,000 others",
        "Mạng thuộc cả 50 món đồ sau {} bước, và đúng {}% trong 1.000 món khác",
        [by_heart(RIGHT, 1), per_cent(RIGHT)],
    ),
    Claim(
        "closing",
        "never learned it took {} steps, and the share of the others was {}% as well",
        "không hề học thì mất {} bước, và tỉ lệ đúng trên các món khác cũng là {}%:",
        [by_heart(FROZEN, 1), per_cent(FROZEN)],
    ),
    Claim(
        "closing",
        "the running mean took {} batches for nine tenths",
        "trung bình trượt cần {} lô để đi được chín phần mười",
        printed("00_convolution", "running", "momentum 0.9: batches until nine tenths of the mean are reached: {}"),
    ),
    Claim(
        "closing",
        "it was not there after {}.",
        "với 0,99, sau {} lô nó vẫn chưa tới",
        printed("00_convolution", "running", "momentum 0.99: batches until nine tenths of the mean are reached: more than {}"),
    ),
    Stated("closing", "with 0.99", "với 0,99", "a setting"),
]
