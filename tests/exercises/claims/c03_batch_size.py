"""What backs the numbers in the texts of solutions/03_batch_size.py."""

import statistics

from claiming import Claim, Stated, computed, net, published, result

OF_2012 = 60_965_224  # parameters, by the paper's layers, as in c04_cost.py


def rows(model):
    """(output values of one image, parameters) of each layer that has an output of its own, the image first."""
    from gluon_alexnet import analysis, models

    spec = models.spec(model)
    image = spec.input_shape[0] * spec.input_shape[1] * spec.input_shape[2]
    return [(image, 0), *((cost.output_bytes // 4, cost.params) for cost in analysis.analyze(spec))]


def images_bytes(model):
    """Bytes of one image and all outputs by the table, in float32."""
    return lambda: 4 * sum(values for values, _ in rows(model))


def times(factor, value):
    return computed(lambda found: factor * found, value)


def of(number):
    return lambda: number


def memory(case, part="whole", of_what="per_image"):
    """A figure of benchmarks/results/bench/memory.json, bytes."""
    return result("bench/memory", "cases", case, part, of_what)


def at_batch(name, batch_size):
    """The mean test accuracy in the end, of the recorded runs at one batch size; 0.1, a guess, of one that diverged."""

    def value():
        from gluon_alexnet.study import recorded as records

        runs = [run for run in records(name)["runs"] if run["batch_size"] == batch_size]
        return statistics.mean(run["test_accuracy"][-1] if run["stopped"] == "finished" else 0.1 for run in runs)

    return value


def more(case, predicted):
    """MB of the fixed part above the prediction."""
    return computed(lambda found, expected: (found - expected) / 1e6, memory(case, of_what="fixed"), predicted)


KEPT, SCALED = "lenet_relu-batch-kept", "lenet_relu-batch-scaled"
PARAMS, IMAGE = net("alexnet"), images_bytes("alexnet")
WHOLE = times(1e-6, memory("alexnet"))
RANDOM = computed(
    lambda drawn, constant: (drawn - constant) / 1e6,
    memory("alexnet, random weights", of_what="fixed"),
    memory("alexnet", of_what="fixed"),
)
CLAIMS = [
    Claim(
        "explain_memory_text",
        "Measured are {} to {} MB more",
        "Số đo nhiều hơn từ {} đến {} MB",
        [more("lenet, relu", times(12, net("lenet"))), more("alexnet", times(12, PARAMS))],
    ),
    Claim("explain_memory_text", "would add another {} MB", "sẽ thêm cho AlexNet {} MB", RANDOM),
    Claim(
        "explain_memory_text",
        "forward pass {} MB an image were measured and {} predicted",
        "của AlexNet đo được {} MB mỗi ảnh, còn dự đoán là {}",
        [times(1e-6, memory("alexnet", "forward")), times(1e-6, IMAGE)],
    ),
    Claim(
        "explain_memory_text",
        "LeNet's forward pass takes {} kB an image instead of {}",
        "của LeNet cần {} kB mỗi ảnh thay vì {}",
        [times(1e-3, memory("lenet, sigmoid", "forward")), times(1e-3, memory("lenet, relu", "forward"))],
    ),
    Claim("explain_memory_text", "output alone is {} MB an image", "đã là {} MB mỗi ảnh", of(4e-6 * 96 * 54 * 54)),
    Claim(
        "explain_memory_text",
        "together added {} MB an image",
        "cộng lại thêm {} MB mỗi ảnh",
        computed(
            lambda whole, forward: (whole - forward) / 1e6,
            memory("alexnet without oneDNN"),
            memory("alexnet without oneDNN", "forward"),
        ),
    ),
    Claim(
        "explain_memory_text",
        "The whole step took {} MB an image with oneDNN and {} without it",
        "Cả bước cần {} MB mỗi ảnh khi có oneDNN và {} khi không có",
        [WHOLE, times(1e-6, memory("alexnet without oneDNN"))],
    ),
    Claim(
        "explain_memory_text",
        "for LeNet {} kB and {}.",
        "với LeNet là {} kB và {}.",
        [times(1e-3, memory("lenet, relu")), times(1e-3, memory("lenet, relu, without oneDNN"))],
    ),
    Claim("explain_memory_text", "columns of one image are {} MB", "các cột của một ảnh nặng {} MB", of(4e-6 * 96 * 25 * 26 * 26)),
    Claim(
        "explain_memory_text",
        "whole step took {} times the prediction",
        "mỗi ảnh cần gấp {} lần dự đoán",
        computed(lambda found, expected: found / expected, memory("alexnet"), IMAGE),
    ),
    Stated("sweep_text", "counts as a guess, 0.1.", "như đoán mò, 0,1.", "a setting"),
    Stated("sweep_text", "at the old rate of 0.02 and at the scaled one of 1.28", "cũ 0,02 và khi tăng lên 1,28", "a setting"),
    Stated("why_512-answer", "four times the rate, 0.04", "tốc độ học gấp bốn, 0,04", "arithmetic"),
    Claim(
        "why_512-answer",
        "keeps {} MB of weights and gradients",
        "giữ {} MB trọng số và gradient",
        times(8e-6, PARAMS),
    ),
    Claim(
        "why_512-answer",
        "A step takes {} MB an image, not the {} of the table, so about {} images",
        "Mỗi ảnh của một bước cần {} MB chứ không phải {} như trong bảng, nên phần còn lại của 1 GB chứa được chừng {} ảnh",
        [
            WHOLE,
            times(1e-6, IMAGE),
            computed(lambda params, each: (1e9 - 8 * params) / each, PARAMS, memory("alexnet")),
        ],
    ),
    Claim(
        "closing",
        "fixed part of {} MB with plain SGD ({} MB of weights and as much of gradients), {} MB with momentum, and {} MB for each",
        "phần cố định {} MB khi dùng SGD thuần ({} MB trọng số và bấy nhiêu gradient), {} MB khi có động lượng, cộng {} MB cho mỗi",
        [times(8e-6, PARAMS), times(4e-6, PARAMS), times(12e-6, PARAMS), times(1e-6, IMAGE)],
    ),
    Claim(
        "closing",
        "128 images takes {} MB by",
        "128 ảnh của chương cần {} MB",
        computed(lambda params, image: (8 * params + 128 * image) / 1e6, PARAMS, IMAGE),
    ),
    Claim(
        "closing",
        "has {} of them, {} MB, a quarter of that; with gradients and momentum it is {} MB. The net here has {} MB, and {} with both",
        "có {} tham số, {} MB, bằng một phần tư; kể cả gradient và động lượng là {} MB. Mạng ở đây có {} MB, kể cả hai thứ ấy là {}.",
        [of(OF_2012), of(4e-6 * OF_2012), of(12e-6 * OF_2012), times(4e-6, PARAMS), times(12e-6, PARAMS)],
    ),
    Claim("closing", "a whole step took {} MB for each image", "cả bước cần {} MB cho mỗi ảnh", WHOLE),
    Claim(
        "closing",
        "LeNet falls from {} at batch 16 to {} at 256 and {} at 1024",
        "LeNet tụt từ {} ở lô 16 xuống {} ở lô 256 và {} ở lô 1.024",
        [at_batch(KEPT, size) for size in (16, 256, 1024)],
    ),
    Claim("closing", "as far as batch 256 ({});", "cho đến lô 256 ({});", at_batch(SCALED, 256)),
    Stated("closing", "at 1024 its 1.28 is too high", "tốc độ 1,28 đã quá cao", "a setting"),
    Claim(
        "closing",
        "the old rate comes to {} at batch 128 on as many images, and to {} at batch 32",
        "giữ tốc độ cũ thì đạt {} ở lô 128 với cùng số ảnh, so với {} ở lô 32",
        [at_batch("alexnet-batch-kept", 128), at_batch("alexnet-batch-kept", 32)],
    ),
    Stated("closing", "error within 0.2 percentage points", "không quá 0,2 điểm phần trăm", "cited: Goyal et al. 2017"),
    Claim(
        "closing",
        "reach a test accuracy of {} ± {} over {} runs",
        "đạt độ chính xác trên tập kiểm tra {} ± {} qua {} lần",
        [published("alexnet, mxnet", figure) for figure in ("test", "deviation", "runs")],
    ),
]
