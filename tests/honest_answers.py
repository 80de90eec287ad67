"""Of each task, answers that are right in another way than the published one: loops, recursion, NumPy, MXNet, lists."""

HONEST = {
    ("00_convolution", "conv2d"): [
        """
def conv2d(x, weight, bias, stride=1, padding=0):
    count, _, rows, columns = x.shape
    filters, _, side, _ = weight.shape
    room = np.zeros((count, x.shape[1], rows + 2 * padding, columns + 2 * padding))
    room[:, :, padding : padding + rows, padding : padding + columns] = x
    out = []
    for image in room:
        for f in range(filters):
            for r in range(0, rows + 2 * padding - side + 1, stride):
                for c in range(0, columns + 2 * padding - side + 1, stride):
                    total = bias[f]
                    for d in range(len(image)):
                        total += (image[d, r : r + side, c : c + side] * weight[f, d]).sum()
                    out.append(total)
    high = (rows + 2 * padding - side) // stride + 1
    return np.array(out).reshape(count, filters, high, -1).tolist()
""",
        """
def conv2d(x, weight, bias, stride=1, padding=0):
    x = np.pad(x, [(0, 0), (0, 0), (padding,) * 2, (padding,) * 2])
    seen = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.moveaxis(np.tensordot(seen, weight, axes=([1, 4, 5], [1, 2, 3])) + bias, 3, 1)
""",
    ],
    ("00_convolution", "numerical_gradient"): [
        """
def numerical_gradient(f, x, h=1e-5):
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.reshape([(f(x + step) - f(x - step)) / (h + h) for step in steps], x.shape)
""",
        """
def numerical_gradient(f, x, h=1e-5):
    def along(place):
        moved = x.copy()
        moved[place] = x[place] + h
        above = f(moved)
        moved[place] = x[place] - h
        return (above - f(moved)) / 2 / h
    out = np.empty_like(x)
    for place, _ in np.ndenumerate(x):
        out[place] = along(place)
    return out.tolist()
""",
    ],
    ("00_convolution", "conv2d_backward"): [
        """
def conv2d_backward(dy, x, weight, stride=1, padding=0):
    side = weight.shape[2]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dx, dweight, dbias = np.zeros(padded.shape), np.zeros(weight.shape), np.zeros(len(weight))
    for n in range(dy.shape[0]):
        for f in range(dy.shape[1]):
            for r in range(dy.shape[2]):
                for c in range(dy.shape[3]):
                    here = np.s_[n, :, r * stride : r * stride + side, c * stride : c * stride + side]
                    dx[here] += dy[n, f, r, c] * weight[f]
                    dweight[f] += dy[n, f, r, c] * padded[here]
                    dbias[f] += dy[n, f, r, c]
    return [dx[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]], dweight, dbias.tolist()]
""",
        """
def conv2d_backward(dy, x, weight, stride=1, padding=0):
    # The input's gradient is a convolution of the spread-out dy with the turned window.
    side, (rows, columns) = weight.shape[2], x.shape[2:]
    full = rows + 2 * padding - side + 1, columns + 2 * padding - side + 1
    spread = np.zeros((*dy.shape[:2], *full))
    spread[:, :, ::stride, ::stride] = dy
    turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)
    dx = conv2d(spread, turned, np.zeros(x.shape[1]), 1, side - 1)[:, :, padding:][:, :, :rows, padding:][:, :, :, :columns]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, full, axis=(2, 3))
    return dx, np.einsum("nfhw,ncijhw->fcij", spread, seen), np.einsum("nfhw->f", dy)
""",
    ],
    ("00_convolution", "max_pool"): [
        """
def stops(size, side, stride):
    return range(0, size - side + 1, stride)

def max_pool(x, side, stride):
    rows = [x[:, :, top : top + side].max(axis=2) for top in stops(x.shape[2], side, stride)]
    columns = [[row[:, :, left : left + side].max(axis=2) for left in stops(x.shape[3], side, stride)] for row in rows]
    return np.moveaxis(np.array(columns), (0, 1), (2, 3))

def max_pool_backward(dy, x, side, stride):
    dx = np.zeros(x.shape)
    for n, c, h, w in np.ndindex(*dy.shape):
        best = None
        for i in range(h * stride, h * stride + side):
            for j in range(w * stride, w * stride + side):
                if best is None or x[n, c, i, j] > x[n, c][best]:
                    best = i, j
        dx[n, c][best] += dy[n, c, h, w]
    return dx.tolist()
""",
        """
def max_pool(x, side, stride):
    seen = windows(x, side, stride)
    return np.sort(seen.reshape(*seen.shape[:4], -1))[..., -1]

def max_pool_backward(dy, x, side, stride):
    seen = windows(x, side, stride)
    numbers = windows(np.arange(x.size).reshape(x.shape), side, stride)
    at = seen.reshape(*seen.shape[:4], -1).argmax(axis=4)[..., None]
    chosen = np.take_along_axis(numbers.reshape(*seen.shape[:4], -1), at, 4)
    return np.bincount(chosen.ravel(), dy.ravel(), x.size).reshape(x.shape)
""",
    ],
    ("00_convolution", "sgd_step"): [
        """
def sgd_step(weight, gradient, velocity, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
    # As PyTorch keeps it, turned into MXNet's in the end.
    slope = gradient + weight_decay * weight
    buffer = (-velocity / lr) * momentum + slope
    return [weight - lr * (slope + momentum * buffer if nesterov else buffer), (-lr * buffer).tolist()]
""",
        """
def sgd_step(weight, gradient, velocity, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
    velocity *= momentum
    velocity -= lr * gradient
    velocity -= lr * weight_decay * weight
    if nesterov:
        weight -= lr * (gradient + weight_decay * weight)
        weight += momentum * velocity
    else:
        weight += velocity
    return weight, velocity
""",
    ],
    ("00_convolution", "forward_backward"): [
        """
def forward_backward(net, images, labels):
    z = conv2d(images, net["conv_weight"], net["conv_bias"], 2, 0)
    a = z * (z > 0)
    p = max_pool(a, side=2, stride=2)
    rows = np.array([image.ravel() for image in p])
    logits = np.einsum("kd,nd->nk", net["dense_weight"], rows) + net["dense_bias"][None]
    loss, d = softmax_loss(logits, labels)
    gradients = {"dense_bias": np.ones(len(d)) @ d, "dense_weight": sum(np.outer(one, row) for one, row in zip(d, rows))}
    dz = max_pool_backward((d @ net["dense_weight"]).reshape(p.shape), a, 2, 2)
    dz[z <= 0] = 0
    gradients["conv_weight"], gradients["conv_bias"] = conv2d_backward(dz, images, net["conv_weight"], 2, 0)[1:]
    return [loss, logits, gradients]
""",
    ],
    ("00_convolution", "batch_norm"): [
        """
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.9, eps=1e-5):
    y, means, variances = np.empty_like(x), list(running_mean), list(running_var)
    for c in range(x.shape[1]):
        numbers = x[:, c].ravel()
        m, v = means[c], variances[c]
        if training:
            m = numbers.sum() / numbers.size
            v = (numbers**2).sum() / numbers.size - m**2
            means[c] += (1 - momentum) * (m - means[c])
            variances[c] += (1 - momentum) * (v - variances[c])
        y[:, c] = beta[c] + gamma[c] * (x[:, c] - m) * (v + eps) ** -0.5
    return [y.tolist(), means, variances]
""",
    ],
    ("00_convolution", "local_response_norm"): [
        """
def local_response_norm(a, n=5, k=2.0, alpha=1e-4, beta=0.75):
    squares = np.pad(a * a, ((0, 0), (n // 2, n // 2), (0, 0), (0, 0)))
    sums = np.lib.stride_tricks.sliding_window_view(squares, n, axis=1).sum(axis=4)
    return a * np.exp(-beta * np.log(k + alpha * sums))
""",
        """
def local_response_norm(a, n=5, k=2.0, alpha=1e-4, beta=0.75):
    channels = np.arange(a.shape[1])
    near = (abs(channels[:, None] - channels) <= (n - 1) / 2).astype(float)
    return (a / (k + alpha * np.einsum("cd,ndhw->nchw", near, a**2)) ** beta).tolist()
""",
    ],
    ("01_epochs", "read_curves"): [
        """
def read_curves(train_accuracy, test_accuracy):
    best = 0
    for place in range(len(test_accuracy)):
        if test_accuracy[place] > test_accuracy[best]:
            best = place
    return [best + 1, train_accuracy[-1] - test_accuracy[-1]]
""",
        """
def read_curves(train_accuracy, test_accuracy):
    train, test = np.array(train_accuracy), np.array(test_accuracy)
    return np.array([test.argmax() + 1, (train - test)[-1]])
""",
    ],
    ("01_epochs", "cross_entropy"): [
        """
import math

def cross_entropy(logits, labels):
    total, right = 0.0, 0
    for row, label in zip(logits.tolist(), labels.tolist()):
        top = max(row)
        total += math.log(sum(math.exp(z - top) for z in row)) - (row[label] - top)
        right += row.index(top) == label
    return [total / len(labels), right / len(labels)]
""",
        """
def cross_entropy(logits, labels):
    z = mx.np.array(logits)
    losses = mx.gluon.loss.SoftmaxCrossEntropyLoss()(z, mx.np.array(labels, dtype="int32"))
    return losses.mean(), (z.argmax(axis=1).asnumpy() == labels).mean()
""",
    ],
    ("01_epochs", "dropout"): [
        """
def dropout(x, rate, rng, training=True):
    out = np.array(x)
    if training:
        for place in np.ndindex(*x.shape):
            out[place] = 0 if rng.uniform() < rate else x[place] / (1 - rate)
    return out
""",
        """
def dropout(x, rate, rng, training=True):
    return np.where(rng.binomial(1, 1 - rate, x.shape) == 1, x / (1 - rate), 0).tolist() if training else x.tolist()
""",
    ],
    ("01_epochs", "train_epoch"): [
        """
def train_epoch(net, batches, lr):
    seen = [one_step(net, *batch, lr) for batch in batches]
    count = sum(n for _, _, n in seen)
    return np.float64(sum(s for s, _, _ in seen) / count), np.float32(sum(r for _, r, _ in seen) / count)

def one_step(net, images, labels, lr):
    with mx.autograd.record():
        p = mx.npx.log_softmax(net(images), axis=1)
        losses = -mx.npx.pick(p, labels, axis=1)
        mean = losses.mean()
    mean.backward()
    for parameter in net.collect_params().values():
        parameter.set_data(parameter.data() - lr * parameter.grad())
    return float(losses.sum()), int((p.argmax(axis=1).astype("int32") == labels).sum()), len(labels)
""",
    ],
    ("01_epochs", "stop_epoch"): [
        """
def stop_epoch(validation, patience, trained=1, kept=1):
    if trained - kept == patience or trained == len(validation):
        return [trained, kept]
    better = validation[trained] > validation[kept - 1]
    return stop_epoch(validation, patience, trained + 1, trained + 1 if better else kept)
""",
    ],
    ("01_epochs", "tell_apart"): [
        """
import math
from statistics import NormalDist

def gap_error(p, n, q, m):
    return math.hypot(math.sqrt(p * (1 - p) / n), math.sqrt(q * (1 - q) / m))

def paired_z(right_a, right_b):
    wins = losses = 0
    for a, b in zip(right_a, right_b):
        wins, losses = wins + (a and not b), losses + (b and not a)
    return (wins - losses) / math.sqrt(wins + losses) if wins + losses else 0
""",
    ],
    ("01_epochs", "quick_net"): [
        """
class Mine(mx.gluon.nn.HybridBlock):
    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.first, self.second = mx.gluon.nn.Conv2D(8, 5, padding=2), mx.gluon.nn.Conv2D(16, 5)
            self.weight = self.params.get("weight", shape=(400, 10))
            self.bias = self.params.get("bias", shape=(10,), init="zeros")

    def hybrid_forward(self, F, x, weight, bias):
        x = F.np.maximum(F.npx.pooling(self.first(x), kernel=(2, 2), stride=(2, 2), pool_type="max"), 0)
        x = self.second(x)
        x = 1 - F.np.exp(-F.np.abs(x)) + 0.5 * x * (1 + F.npx.erf(x / 2**0.5))
        x = F.npx.pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max")
        return F.np.dot(F.np.reshape(x, (-1, 400)), weight) + bias

def quick_net():
    return Mine()
""",
    ],
    ("02_simplify", "output_size"): [
        """
def output_size(size, kernel, stride=1, padding=0):
    return len(range(-padding, size + padding - kernel + 1, stride))
""",
        """
def output_size(size, kernel, stride=1, padding=0):
    count, start = 0, -padding
    while start + kernel <= size + padding:
        count, start = count + 1, start + stride
    return np.int32(count)
""",
        """
def output_size(size, kernel, stride=1, padding=0):
    room = size + 2 * padding
    return 0 if room < kernel else 1 + output_size(room - stride, kernel, stride)
""",
    ],
    ("02_simplify", "cost"): [
        """
def conv_cost(inputs, output_shape, kernel, groups=1):
    weights = np.prod([output_shape[0], inputs // groups, kernel, kernel])
    return np.array([weights + output_shape[0], weights * np.prod(output_shape[1:])])

def dense_cost(inputs, units):
    return [units * inputs + units, units * inputs]

def net_cost(layers, input_shape):
    if not layers:
        return [0, 0]
    (kind, *settings), rest = layers[0], layers[1:]
    if kind == "dense":
        cost, shape = dense_cost(int(np.prod(input_shape)), settings[0]), (settings[0],)
    elif kind == "pool":
        cost, shape = [0, 0], (input_shape[0], *[output_size(side, *settings) for side in input_shape[1:]])
    else:
        channels, kernel, stride, padding = settings
        shape = (channels, *[output_size(side, kernel, stride, padding) for side in input_shape[1:]])
        cost = conv_cost(input_shape[0], shape, kernel)
    return [int(mine + other) for mine, other in zip(cost, net_cost(rest, shape))]
""",
    ],
    ("02_simplify", "gain"): [
        """
def shares(table):
    counts = np.array([row[1:] for row in table], dtype=float)
    return {row[0]: list(part) for row, part in zip(table, counts / counts.sum(axis=0))}

def whole_gain(table, cheaper):
    left = 0.0
    for name, (_, share) in shares(table).items():
        left += share / cheaper[name] if name in cheaper else share
    return np.float64(1) / left
""",
    ],
    ("02_simplify", "widest"): [
        """
def thin(layers, width):
    new = []
    for place, layer in enumerate(layers):
        layer = list(layer)
        if layer[0] != "pool" and place < len(layers) - 1:
            layer[1] = np.int64(max(np.floor(layer[1] * width), 1))
        new.append([item if isinstance(item, str) else int(item) for item in layer])
    return new

def widest(layers, input_shape, max_params, max_macs):
    def fits(k):
        params, macs = net_cost(thin(layers, k / 64), input_shape)
        return params <= max_params and macs <= max_macs
    low, high = 0, 65
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return np.float32(low / 64)
""",
    ],
    ("02_simplify", "small_alexnet"): [
        """
class Residual(nn.HybridBlock):
    def __init__(self, channels):
        super().__init__()
        with self.name_scope():
            self.one, self.norm = nn.Conv2D(channels, 3, padding=1, use_bias=False), nn.BatchNorm()

    def hybrid_forward(self, F, x):
        return F.npx.relu(x + self.norm(self.one(x)))

def small_alexnet():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(32, 11, 4, use_bias=False), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(3, 2))
    net.add(nn.Conv2D(48, 3, 2, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
    net.add(Residual(48), Residual(48), Residual(48), nn.MaxPool2D(3, 2))
    net.add(nn.HybridLambda(lambda F, x: F.npx.batch_flatten(x)), nn.Dense(10))
    return net
""",
    ],
    ("02_simplify", "folded"): [
        """
def folded(weights, mixing, top, left):
    size = weights.shape[0]
    return np.einsum("ij,ir,jc->rc", weights, mixing[top : top + size], mixing[left : left + size])

def pixels_seen(mixing, kernel, top, left):
    def seen(start):
        return sum(any(mixing[start + step][pixel] for step in range(kernel)) for pixel in range(mixing.shape[1]))
    return [np.int64(seen(top)), np.int64(seen(left))]
""",
        """
def folded(weights, mixing, top, left):
    out = [[0.0] * mixing.shape[1] for _ in range(mixing.shape[1])]
    for i in range(len(weights)):
        for j in range(len(weights)):
            for r in np.flatnonzero(mixing[top + i]):
                for c in np.flatnonzero(mixing[left + j]):
                    out[r][c] += weights[i, j] * mixing[top + i, r] * mixing[left + j, c]
    return out

def pixels_seen(mixing, kernel, top, left):
    return tuple(len(set(np.nonzero(mixing[start : start + kernel])[1])) for start in (top, left))
""",
    ],
    ("02_simplify", "net28"): [
        """
class Mine(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.body = nn.HybridSequential()
            for channels in (32, 64, 96):
                self.body.add(nn.Conv2D(channels, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Swish(), nn.MaxPool2D())
            self.weight = self.params.get("weight", shape=(10, 96, 3, 3))
            self.scale = self.params.get("scale", shape=(10,), init=mx.init.One())

    def hybrid_forward(self, F, x, weight, scale):
        return F.np.einsum("nchw,kchw->nk", self.body(x), weight) * scale

def net28():
    return Mine()
""",
    ],
    ("02_simplify", "tiny_net"): [
        """
def tiny_net():
    net = nn.HybridSequential()
    for channels in (16, 24, 32):
        if channels > 16:
            net.add(nn.Conv2D(channels - 8, 3, padding=1, groups=channels - 8, use_bias=False))
        net.add(nn.Conv2D(channels, 3 if channels == 16 else 1, padding=1 if channels == 16 else 0, use_bias=False))
        net.add(nn.BatchNorm(), nn.LeakyReLU(0.1), nn.HybridLambda(lambda F, x: F.npx.pooling(x, kernel=(2, 2), stride=(2, 2))))
    net.add(nn.Dense(10))
    return net
""",
    ],
    ("03_batch_size", "updates"): [
        """
def updates(images, batch_size, epochs=1, last_batch="keep"):
    full, rest = divmod(images, batch_size)
    return np.int64(epochs * (full + (rest > 0 and last_batch == "keep")))
""",
        """
def updates(images, batch_size, epochs=1, last_batch="keep"):
    count = 0
    for first in range(0, images, batch_size):
        count += last_batch == "keep" or first + batch_size <= images
    return float(count * epochs)
""",
    ],
    ("03_batch_size", "activation_bytes"): [
        """
from collections import OrderedDict

def activation_bytes(layers, batch_size, itemsize=4):
    out = OrderedDict()
    for layer in layers:
        out[layer[0]] = itemsize * np.prod(layer[1]) * batch_size
    return out
""",
    ],
    ("03_batch_size", "step_memory"): [
        """
def step_memory(layers, input_shape, optimizer="sgd", itemsize=4):
    kept = 2 + ["sgd", "momentum", "adam"].index(optimizer)
    params, numbers = sum(layer[2] for layer in layers), sum(np.prod(layer[1]) for layer in layers)
    return np.array([kept * params, np.prod(input_shape) + numbers]) * itemsize
""",
        """
def step_memory(layers, input_shape, optimizer="sgd", itemsize=4):
    fixed, each = 0, itemsize
    for side in input_shape:
        each *= side
    for _, shape, params in layers:
        numbers = itemsize
        for side in shape:
            numbers *= side
        each += numbers
        fixed += params * itemsize
    return [fixed * {"sgd": 2, "momentum": 3, "adam": 4}[optimizer], each]
""",
    ],
    ("03_batch_size", "largest_batch"): [
        """
def largest_batch(budget, batch_sizes, peaks):
    table = np.stack([np.ones(len(peaks)), batch_sizes], axis=1)
    fixed, per_image = np.linalg.lstsq(table, np.array(peaks), rcond=None)[0]
    return np.maximum(np.floor((budget - fixed) / per_image), 0)
""",
        """
def largest_batch(budget, batch_sizes, peaks):
    n, x, y = len(peaks), sum(batch_sizes), sum(peaks)
    slope = (n * sum(a * b for a, b in zip(batch_sizes, peaks)) - x * y) / (n * sum(a * a for a in batch_sizes) - x * x)
    fixed, batch = (y - slope * x) / n, 0
    while fixed + slope * (batch + 1) <= budget:
        batch += 1
    return batch
""",
    ],
    ("03_batch_size", "accumulated_step"): [
        """
def accumulated_step(net, trainer, images, labels, micro_batch):
    loss, parameters = mx.gluon.loss.SoftmaxCrossEntropyLoss(), list(net.collect_params().values())
    sums = [mx.np.zeros(parameter.shape) for parameter in parameters]
    for first in range(0, len(labels), micro_batch):
        with mx.autograd.record():
            total = loss(net(images[first : first + micro_batch]), labels[first : first + micro_batch]).sum()
        total.backward()
        sums = [some + parameter.grad() for some, parameter in zip(sums, parameters)]
    for parameter, some in zip(parameters, sums):
        parameter.grad()[:] = some
    trainer.step(len(labels))
""",
    ],
    ("03_batch_size", "scaled_lr"): [
        """
def scaled_lr(step, batch_size, base_lr, base_batch, warmup_steps=0):
    target = base_lr / base_batch * batch_size
    return np.interp(step, [0, warmup_steps], [base_lr, target]) if warmup_steps else mx.np.array(target)
""",
    ],
    ("03_batch_size", "gradient_noise"): [
        """
def gradient_noise(gradients, batch_size, replace=True):
    n = gradients.shape[0]
    spread = np.trace(np.cov(gradients.T, bias=True))
    factor = 1 if replace else (n - batch_size) / (n - 1)
    return spread / batch_size * factor

def noise_scale(gradients):
    n, noise = len(gradients), 0.0
    mean = sum(gradients) / n
    for row in gradients:
        noise += float(((row - mean) ** 2).sum()) / (n - 1)
    signal = float(mean @ mean) - noise / n
    return np.inf if signal <= 0 else noise / signal
""",
    ],
    ("04_cost", "output_shape"): [
        """
def output_shape(layer, input_shape):
    if "units" in layer:
        return [layer["units"]]
    sides = [len(range(0, side + 2 * layer["padding"] - layer["kernel"] + 1, layer["stride"])) for side in input_shape[1:]]
    return [layer.get("channels", input_shape[0]), *sides]
""",
        """
def output_shape(layer, input_shape):
    if layer["kind"] == "dense":
        return np.array([layer["units"]])
    sides = (np.array(input_shape[1:]) + 2 * layer["padding"] - layer["kernel"]) // layer["stride"] + 1
    return np.concatenate([[layer["channels"] if layer["kind"] == "conv" else input_shape[0]], sides])
""",
    ],
    ("04_cost", "count_params"): [
        """
def count_params(layer, input_shape):
    kinds = {"pool": lambda: 0, "dense": lambda: (np.prod(input_shape) + 1) * layer["units"]}
    conv = lambda: layer["channels"] * (input_shape[0] * layer["kernel"] * layer["kernel"] + 1)
    return kinds.get(layer["kind"], conv)()
""",
    ],
    ("04_cost", "multiply_adds"): [
        """
def multiply_adds(layer, input_shape, output_shape, batch_size=1):
    if batch_size > 1:
        return sum(multiply_adds(layer, input_shape, output_shape) for _ in range(batch_size))
    inputs = 1
    for side in input_shape:
        inputs *= side
    if layer["kind"] == "pool":
        return 0
    if layer["kind"] == "dense":
        return float(inputs * layer["units"])
    return output_shape[0] * output_shape[1] * output_shape[2] * layer["kernel"] ** 2 * input_shape[0]
""",
    ],
    ("04_cost", "bytes_moved"): [
        """
def bytes_moved(cost, batch_size, itemsize=4):
    total = np.int64(cost["params"])
    for _ in range(batch_size):
        total = total + cost["inputs"] + cost["outputs"]
    return total * itemsize
""",
    ],
    ("04_cost", "roofline"): [
        """
def roofline(flop, moved, peak, bandwidth):
    intensity, ridge = np.float64(flop) / moved, peak / bandwidth
    reached = peak if intensity >= ridge else bandwidth * intensity
    seconds = moved / bandwidth if intensity < ridge else flop / peak
    return dict(intensity=intensity, attainable=reached, seconds=seconds, bound=["memory", "compute"][int(intensity >= ridge)])
""",
    ],
    ("04_cost", "compute_bound_batch"): [
        """
from fractions import Fraction

def compute_bound_batch(features, units, itemsize, peak, bandwidth):
    ridge = Fraction(peak) / Fraction(bandwidth)
    def enough(batch):
        moved = itemsize * (units * (features + 1) + batch * (features + units))
        return Fraction(2 * batch * features * units, moved) >= ridge
    if Fraction(2 * features * units, itemsize * (features + units)) <= ridge:
        return
    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return np.int64(high)
""",
    ],
    ("04_cost", "dominant"): [
        """
from collections import Counter

def dominant(costs, batch_size):
    counts = {name: Counter() for name in ("parameters", "computation", "traffic", "training_memory")}
    counts["training_memory"]["activations"] = batch_size * costs[0]["inputs"]
    for cost in costs:
        counts["parameters"][cost["kind"]] += cost["params"]
        counts["computation"][cost["kind"]] += cost["multiply_adds"]
        counts["traffic"][cost["kind"]] += cost["params"] + batch_size * (cost["inputs"] + cost["outputs"])
        counts["training_memory"]["parameters"] += 2 * cost["params"]
        counts["training_memory"]["activations"] += batch_size * cost["outputs"]
    first = {key: some.most_common(1)[0] for key, some in counts.items()}
    return {key: [kind, number / sum(counts[key].values())] for key, (kind, number) in first.items()}
""",
    ],
    ("04_cost", "step_seconds"): [
        """
def step_seconds(costs, batch_size, itemsize, peak, bandwidth):
    seconds = np.zeros(len(costs))
    for place, cost in enumerate(costs):
        moved = itemsize * (cost["params"] + batch_size * (cost["inputs"] + cost["outputs"]))
        once = max(2 * batch_size * cost["multiply_adds"] / peak, moved / bandwidth)
        seconds[place] = once + (once if place else 0) + (once if cost["params"] else 0)
        seconds[place] += 3 * itemsize * cost["params"] / bandwidth
    return seconds.sum()

def utilization(costs, images_per_second, peak):
    return np.array(6 * np.sum([cost["multiply_adds"] for cost in costs]) * images_per_second / peak)
""",
    ],
    ("05_lenet_dropout", "activate"): [
        """
def activate(x, kind):
    if kind == "relu":
        return [np.where(x > 0, x, 0.0), np.where(x > 0, 1.0, 0.0)]
    log = -np.logaddexp(0, -x)
    return [np.exp(log), np.exp(log - np.logaddexp(0, x))]

def path_slope(z):
    return np.array([np.prod(activate(z, "sigmoid")[1]), 4.0 ** -len(z)])
""",
        """
import math

def activate(x, kind):
    def one(v):
        if kind == "relu":
            return (v, 1.0) if v > 0 else (0.0, 0.0)
        e = math.exp(-abs(v))
        return (1 / (1 + e) if v >= 0 else e / (1 + e)), e / (1 + e) ** 2
    pairs = [one(float(v)) for v in x.ravel()]
    return tuple(np.array(some).reshape(x.shape) for some in zip(*pairs))

def path_slope(z):
    if len(z) == 0:
        return 1.0, 1.0
    product, bound = path_slope(z[1:])
    return product * activate(z[:1], "sigmoid")[1][0], bound / 4
""",
    ],
    ("05_lenet_dropout", "initial_std"): [
        """
def initial_std(shape, rule):
    outputs, inputs, *window = shape
    for side in window:
        outputs, inputs = outputs * side, inputs * side
    return np.float32((2 / (inputs + (outputs if rule == "xavier" else 0))) ** 0.5)
""",
    ],
    ("05_lenet_dropout", "gradient_norms"): [
        """
def gradient_norms(weights, x, labels, kind):
    arrays = [mx.np.array(weight, dtype="float64") for weight in weights]
    for array in arrays:
        array.attach_grad()
    with mx.autograd.record():
        h = mx.np.array(x, dtype="float64")
        for number, array in enumerate(arrays, 1):
            h = mx.np.dot(h, array.T)
            if number < len(arrays):
                h = mx.npx.sigmoid(h) if kind == "sigmoid" else mx.npx.relu(h)
        loss = -mx.npx.pick(mx.npx.log_softmax(h, axis=1), mx.np.array(labels)).mean()
    loss.backward()
    return [float(np.linalg.norm(array.grad.asnumpy())) for array in arrays]
""",
    ],
    ("05_lenet_dropout", "dropout"): [
        """
def dropout(x, keep, rate, dy, training=True):
    if not training:
        return [x, dy]
    y, dx = np.zeros(x.shape), np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if keep[place]:
            y[place], dx[place] = x[place] / (1 - rate), dy[place] / (1 - rate)
    return [y, dx]
""",
    ],
    ("05_lenet_dropout", "standardize"): [
        """
def standardize(train, test):
    scaled = train.astype("float32") / 255
    mean, std = np.mean(scaled, dtype="float64"), np.std(scaled, dtype="float64")
    return [np.float32((scaled - mean) / std), np.float32((test / 255 - mean) / std), mean, std]
""",
    ],
    ("05_lenet_dropout", "augment"): [
        """
def shift(images, dy, dx):
    out = np.zeros_like(images)
    for n in range(len(images)):
        for y in range(images.shape[1]):
            for x in range(images.shape[2]):
                if 0 <= y - dy[n] < images.shape[1] and 0 <= x - dx[n] < images.shape[2]:
                    out[n, y, x] = images[n, y - dy[n], x - dx[n]]
    return out

def augment(images, rng):
    padded, out = np.pad(images, ((0, 0), (2, 2), (2, 2))), np.empty_like(images)
    height, width = images.shape[1:]
    for n, picture in enumerate(padded):
        picture = picture[:, ::-1] if rng.integers(2) else picture
        top, left = rng.integers(5), rng.integers(5)
        out[n] = picture[top : top + height, left : left + width]
    return out
""",
    ],
    ("05_lenet_dropout", "lenet_relu"): [
        """
class Mine(nn.HybridBlock):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        with self.name_scope():
            self.conv1, self.conv2 = nn.Conv2D(6, 5, padding=2), nn.Conv2D(16, 5)
            for number, (inputs, units) in enumerate(((400, 120), (120, 84), (84, 10)), 1):
                setattr(self, f"w{number}", self.params.get(f"w{number}", shape=(inputs, units)))
                setattr(self, f"b{number}", self.params.get(f"b{number}", shape=(units,), init="zeros"))

    def hybrid_forward(self, F, x, w1, b1, w2, b2, w3, b3):
        for conv in (self.conv1, self.conv2):
            x = F.npx.pooling(F.np.maximum(conv(x), 0), kernel=(2, 2), stride=(2, 2), pool_type="max")
        x = F.np.reshape(x, (-1, 400))
        x = F.npx.dropout(F.npx.relu(F.np.dot(x, w1) + b1), p=self.rate)
        x = F.npx.dropout(F.npx.relu(F.np.matmul(x, w2) + b2), p=self.rate)
        return F.np.dot(x, w3) + b3

def lenet_relu(dropout=0.25):
    return Mine(dropout)
""",
    ],
    ("05_lenet_dropout", "best_lenet"): [
        """
class Block(nn.HybridBlock):
    def __init__(self, channels, kernel):
        super().__init__()
        with self.name_scope():
            self.conv = nn.Conv2D(channels, kernel, padding=kernel // 2, use_bias=False)
            self.norm = nn.BatchNorm()

    def hybrid_forward(self, F, x):
        x = self.norm(self.conv(x))
        x = F.npx.leaky_relu(x, act_type="gelu")
        return F.npx.pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max")

def best_lenet():
    net = nn.HybridSequential()
    net.add(Block(16, 5), Block(32, 3), Block(64, 3))
    net.add(nn.HybridLambda(lambda F, x: F.np.squeeze(F.np.expand_dims(x, 0), axis=0)))
    net.add(nn.Dense(64, use_bias=False), nn.BatchNorm(), nn.PReLU(), nn.Dense(10))
    return net
""",
    ],
    ("06_augmentation", "flip"): [
        """
def flip(images, mirrored):
    return np.array([np.fliplr(image) if coin else image for image, coin in zip(images, mirrored)])
""",
        """
def flip(images, mirrored):
    out = images.tolist()
    for picture, coin in zip(out, mirrored):
        for row in picture:
            if coin:
                row.reverse()
    return out
""",
    ],
    ("06_augmentation", "crop"): [
        """
def crop(images, top, left, size, padding=0):
    out = np.zeros((len(images), size, size), np.uint8)
    for n, y, x in np.ndindex(out.shape):
        r, c = top[n] + y - padding, left[n] + x - padding
        if 0 <= r < images.shape[1] and 0 <= c < images.shape[2]:
            out[n, y, x] = images[n, r, c]
    return out

def how_many_crops(side, size, padding=0):
    places = len(range(side + 2 * padding - size + 1))
    return np.int64(places * places * 2)
""",
    ],
    ("06_augmentation", "change_light"): [
        """
def change_light(images, brightness, contrast):
    out = []
    for image, b, c in zip(images, brightness, contrast):
        mean = float(image.mean())
        out.append([[int(min(255, max(0, round(mean + c * (float(x) - mean) + b)))) for x in row] for row in image])
    return np.array(out, dtype=np.uint8)
""",
    ],
    ("06_augmentation", "colors"): [
        """
def color_directions(images):
    pixels = images.reshape(-1, 3).astype("float32") / 255
    _, lengths, rows = np.linalg.svd(pixels - pixels.mean(axis=0), full_matrices=False)
    return [lengths**2 / len(pixels), rows.T]

def color_jitter(images, values, vectors, alphas):
    out = np.empty_like(images)
    for n, alpha in enumerate(alphas):
        colour = np.zeros(3)
        for k in range(3):
            colour += alpha[k] * values[k] * vectors[:, k]
        out[n] = (images[n] + 255 * colour).round().clip(0, 255)
    return out
""",
    ],
    ("06_augmentation", "resize"): [
        """
def resize_weights(source, target):
    rows = []
    for i in range(target):
        place = min(max((i + 0.5) * source / target - 0.5, 0), source - 1)
        rows.append([max(0.0, 1 - abs(place - j)) for j in range(source)])
    return rows

def resize(images, height, width):
    return np.einsum("yi,nij,xj->nyx", resize_weights(images.shape[1], height), images, resize_weights(images.shape[2], width))
""",
    ],
    ("06_augmentation", "mixup"): [
        """
def mixup(images, labels, partner, share, num_classes=10):
    mixed, targets = [], np.zeros((len(labels), num_classes), "float32")
    for n, m in enumerate(partner):
        mixed.append(share[n] * images[n] + (1 - share[n]) * images[m])
        targets[n, labels[n]] += share[n]
        targets[n, labels[m]] += 1 - share[n]
    return [mixed, targets]
""",
    ],
    ("06_augmentation", "ten_crops"): [
        """
def ten_crops(images, size):
    height, width = images.shape[1:]
    places = [(0, 0), (0, width - size), (height - size, 0), (height - size, width - size)]
    places.append(((height - size) // 2, (width - size) // 2))
    five = [[image[y : y + size, x : x + size] for y, x in places] for image in images]
    return [some + [np.fliplr(window) for window in some] for some in five]

def average_probabilities(logits):
    logarithms = logits - np.logaddexp.reduce(logits, axis=2, keepdims=True)
    return np.einsum("nvc->nc", np.exp(logarithms)) / logits.shape[1]
""",
    ],
    ("06_augmentation", "policy"): [
        """
def my_augment(images, rng):
    out = np.zeros_like(images)
    for n, picture in enumerate(images):
        framed = np.zeros((32, 32))
        framed[2:30, 2:30] = picture[:, ::-1] if rng.integers(2) else picture
        top, left = rng.integers(5), rng.integers(5)
        light = 1.2 - 0.9 * rng.random() ** 2
        out[n] = np.minimum(framed[top : top + 28, left : left + 28] * light, 255).round()
    return out
""",
    ],
    ("07_features", "gradients"): [
        """
import math

def gradients(image):
    height, width = image.shape
    size, angle = np.zeros(image.shape), np.zeros(image.shape)
    for r in range(height):
        for c in range(width):
            gx = image[r, c + 1] - image[r, c - 1] if 0 < c < width - 1 else 0
            gy = image[r + 1, c] - image[r - 1, c] if 0 < r < height - 1 else 0
            size[r, c], angle[r, c] = math.hypot(gx, gy), math.degrees(math.atan2(gy, gx)) % 180
    return [size.tolist(), angle.tolist()]
""",
    ],
    ("07_features", "cell_histogram"): [
        """
def cell_histogram(magnitude, orientation, bins=9):
    votes, width = [0.0] * bins, 180 / bins
    for m, angle in zip(magnitude.ravel(), orientation.ravel()):
        place = angle / width - 0.5
        low = int(np.floor(place))
        votes[low % bins] += m * (1 - (place - low))
        votes[(low + 1) % bins] += m * (place - low)
    return votes
""",
    ],
    ("07_features", "normalized_blocks"): [
        """
def hog_length(height, width, cell, block, bins):
    rows, columns = len(range(0, height - block * cell + 1, cell)), len(range(0, width - block * cell + 1, cell))
    return np.int64(rows * columns * block * block * bins)

def normalized_blocks(cells, block=2, eps=1e-3):
    windows = np.lib.stride_tricks.sliding_window_view(cells, (block, block), axis=(0, 1))
    rows = windows.transpose(0, 1, 3, 4, 2).reshape(windows.shape[0] * windows.shape[1], -1)
    return (rows / np.sqrt(np.sum(rows**2, axis=1, keepdims=True) + eps**2)).ravel()
""",
    ],
    ("07_features", "hinge_step"): [
        """
def hinge_step(weights, features, labels, lr, l2):
    gradient, loss = [l2 * row for row in weights], l2 / 2 * float(np.linalg.norm(weights)) ** 2
    for x, y in zip(features, labels):
        scores = [float(row @ x) for row in weights]
        rivals = [k for k in range(len(scores)) if k != y]
        j = max(rivals, key=lambda k: (scores[k], -k))
        if 1 + scores[j] - scores[y] > 0:
            loss += (1 + scores[j] - scores[y]) / len(labels)
            gradient[j] = gradient[j] + x / len(labels)
            gradient[y] = gradient[y] - x / len(labels)
    return [loss, [row - lr * g for row, g in zip(weights, gradient)]]
""",
    ],
    ("07_features", "word_histograms"): [
        """
def word_histograms(descriptors, words):
    rows = np.zeros((len(descriptors), len(words)), "float32")
    for row, picture in zip(rows, descriptors):
        distances = (picture**2).sum(axis=1)[:, None] - 2 * np.einsum("pd,kd->pk", picture, words) + (words**2).sum(axis=1)
        for word in distances.argmin(axis=1):
            row[word] += 1 / len(picture)
    return rows
""",
    ],
    ("07_features", "gabor"): [
        """
import math

def gabor(size, theta, wavelength, sigma, gamma=0.5, phase=0.0):
    half, t, p = size // 2, math.radians(theta), math.radians(phase)
    values = []
    for y in range(-half, half + 1):
        for x in range(-half, half + 1):
            u, v = x * math.cos(t) + y * math.sin(t), y * math.cos(t) - x * math.sin(t)
            values.append(math.exp(-(u * u + (gamma * v) ** 2) / (2 * sigma**2)) * math.cos(2 * math.pi * u / wavelength + p))
    mean = sum(values) / len(values)
    length = math.sqrt(sum((value - mean) ** 2 for value in values))
    return [[(values[r * size + c] - mean) / length for c in range(size)] for r in range(size)]
""",
    ],
    ("07_features", "best_gabor"): [
        """
def best_gabor(filters, bank):
    numbers, scores = [], []
    for one in filters:
        one = one - one.mean()
        length = np.linalg.norm(one)
        likeness = [abs((one * (g - g.mean())).sum()) / (length or 1) / np.linalg.norm(g - g.mean()) for g in bank]
        numbers.append(int(np.argmax(likeness)))
        scores.append(max(likeness))
    return [numbers, scores]
""",
    ],
    ("07_features", "features"): [
        """
def features(images):
    pixels = images / np.float32(255)
    gy, gx = np.gradient(pixels, axis=(1, 2))
    size, place = np.sqrt(gx**2 + gy**2), np.arctan2(gy, gx) % np.pi / np.pi * 9 - 0.5
    votes = np.zeros((len(images), 7, 7, 9), np.float32)
    for k in range(9):
        share = size * np.clip(1 - np.abs((place - k + 4.5) % 9 - 4.5), 0, 1)
        for r in range(7):
            for c in range(7):
                votes[:, r, c, k] = share[:, 4 * r : 4 * r + 4, 4 * c : 4 * c + 4].sum(axis=(1, 2))
    return np.sqrt(votes).reshape(len(images), -1)
""",
    ],
}
