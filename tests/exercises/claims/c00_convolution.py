"""What backs the numbers in the texts of solutions/00_convolution.py."""

from claiming import Claim, Stated, computed, printed

NAME = "00_convolution"
RIGHT = "as it should be: first loss {}, all 50 after steps: {}, of 1,000 unseen {}%"


def percent(value):
    """A printed per cent as a share."""
    return computed(lambda found: found / 100, value)


CLAIMS = [
    Stated("forward_backward_text", "If it stays below 100", "Nếu nó không lên tới 100", "a bar"),
    Stated("forward_backward_text", "(Nesterov, .9, rate .05)", "(Nesterov, 0,9, tốc độ học 0,05)", "a setting"),
    Stated("lrn_text", "section 3.3", "Krizhevsky", "cited: the section's number"),
    Claim("closing", "After {} steps the plain", "Sau {} bước, đường thuần", printed(NAME, "valley", "plain: f = 7e-01 after {} steps")),
    Claim(
        "closing",
        "lay {} above the lowest place",
        "cao hơn chỗ thấp nhất {},",
        computed(lambda tenths: tenths / 10, printed(NAME, "valley", "plain: f = {}e-01 after")),
    ),
    Claim("closing", "The first loss was {} where", "Mất mát đầu tiên là {}, còn", printed(NAME, "by_heart", RIGHT)),
    Claim(
        "closing",
        "and {} with weights ten times",
        "trọng số lớn gấp mười thì là {}.",
        printed(NAME, "by_heart", "ten times as large: first loss {}"),
    ),
    Claim(
        "closing",
        "known after {} steps, and {}% of",
        "sau {} bước, và đúng {}% trong",
        [printed(NAME, "by_heart", RIGHT, 1), percent(printed(NAME, "by_heart", RIGHT, 2))],
    ),
    Claim(
        "closing",
        "it took {} steps, and the share of the others was {}% as well",
        "thì mất {} bước, và tỉ lệ đúng trên các món khác cũng là {}%",
        [
            printed(NAME, "by_heart", "never learn: first loss 2.305, all 50 after steps: {}, of"),
            percent(printed(NAME, "by_heart", "after steps: 81, of 1,000 unseen {}%")),
        ],
    ),
    Claim(
        "closing",
        "running mean took {} batches",
        "trung bình trượt cần {} lô",
        printed(NAME, "running", "momentum 0.9: batches until nine tenths of the mean are reached: {}"),
    ),
    Claim(
        "closing",
        "with 0.99 it was not there after {}.",
        "với 0,99, sau {} lô",
        printed(NAME, "running", "momentum 0.99: batches until nine tenths of the mean are reached: more than {}"),
    ),
]
