"""Mistakes with names: whoever makes one is told, in both languages, and no right answer is."""

import contextlib
import dataclasses
import math

import exercise_here as here
import numpy as np
import pytest
from honest_answers import HONEST

from gluon_alexnet.grading import checks, wire
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading.checks import Answer, Wrong
from gluon_alexnet.grading.texts import Text

NO_BIAS = Text("counts no bias", "thiếu độ chệch")
SIZE = '(side + 2 * layer["padding"] - layer["kernel"]) // layer["stride"]'
OUTSIDE = "if number < len(weights):\n            h, slope = activation_and_slope(z, kind)\n            slopes.append(slope)"
VOTES = "np.bincount(low % bins, votes * (1 - share), bins) + np.bincount((low + 1) % bins, votes * share, bins)"
ROWS = "for r in range(cells.shape[0] - block + 1):"
COLUMNS = "for c in range(cells.shape[1] - block + 1):"
PLACES = "(np.arange(target) + 0.5) * source / target - 0.5"
STEP = "lr * (pull.T @ features / len(labels) + l2 * weights)"
GAIN = "return sum(macs for _, _, macs in table) / left"
DECAYED = "gradient + weight_decay * weight"
PIECE = "losses = loss(net(images[piece]), labels[piece])"
EVERY_RIVAL = """
def hinge_step(weights, features, labels, lr, l2):
    scores = features @ weights.T
    missing = np.maximum(0, 1 + scores - scores[np.arange(len(labels)), labels][:, None])
    missing[np.arange(len(labels)), labels] = 0
    pull = (missing > 0).astype(float)
    pull[np.arange(len(labels)), labels] = -pull.sum(axis=1)
    loss = missing.sum() / len(labels) + l2 / 2 * (weights**2).sum()
    return float(loss), weights - lr * (pull.T @ features / len(labels) + l2 * weights)
"""

# Of each task: the name of a mistake, and what it puts in the place of what in the published answer; or an answer of its own.
MISTAKES = {
    ("00_convolution", "conv2d"): [
        ("kernel-flipped", "weight[:, :, i, j])", "weight[:, :, side - 1 - i, side - 1 - j])"),
        ("rows-for-columns", "weight[:, :, i, j])", "weight[:, :, j, i])"),
        ("no-bias", " + bias[:, None, None]", ""),
        ("first-channel", "nchw,fc->nfhw\", seen, weight[:, :, i, j]", "nchw,fc->nfhw\", seen[:, :1], weight[:, :1, i, j]"),
        ("mean-of-channels", "seen, weight[:, :, i, j])", "seen, weight[:, :, i, j]) / x.shape[1]"),
        ("padding-on-one-side", "(padding, padding), (padding, padding)", "(padding, 0), (padding, 0)"),
        ("padding-on-one-side", "(padding, padding), (padding, padding)", "(0, padding), (0, padding)"),
        ("no-padding", "(padding, padding), (padding, padding)", "(0, 0), (0, 0)"),
        ("no-stride", "    side = weight.shape[2]", "    side, stride = weight.shape[2], 1"),
    ],
    ("00_convolution", "numerical_gradient"): [
        ("one-sided", "x[place] = kept - h", "x[place] = kept", "(2 * h)", "h"),
        ("one-sided", "x[place] = kept + h", "x[place] = kept", "(2 * h)", "h"),
        ("divided-by-h", "(2 * h)", "h"),
        ("sign-turned-round", "above - below", "below - above"),
        ("own-step", "gradient = np.zeros", "h = 1e-5\n    gradient = np.zeros"),
        ("x-changed", "    gradient = np", "    x, given = x.copy(), x\n    gradient = np", "return", "given += 1\n    return"),
    ],
    ("00_convolution", "conv2d_backward"): [
        ("kernel-flipped", "fc->nchw\", dy, weight[:, :, i, j]", "fc->nchw\", dy, weight[:, :, side - 1 - i, side - 1 - j]"),
        ("kernel-flipped", "dweight, dy.sum", "dweight[:, :, ::-1, ::-1], dy.sum"),
        ("mean-over-batch", "dweight, dy.sum", "dweight / len(x), dy.sum"),
        ("mean-over-batch", "dy.sum(axis=(0, 2, 3))", "dy.sum(axis=(0, 2, 3)) / len(x)"),
        ("one-image", "dy, padded[seen])", "dy[:1], padded[seen][:1])"),
        ("not-added", "dpadded[seen] +=", "dpadded[seen] ="),
        (
            "not-added",
            "    rows, columns",
            "    for n, h, w in np.ndindex(len(x), height, width):\n"
            "        place = np.s_[n, :, h * stride : h * stride + side, w * stride : w * stride + side]\n"
            "        dpadded[place] = np.einsum('f,fcij->cij', dy[n, :, h, w], weight)\n"
            "    rows, columns",
        ),
        ("padding-not-cut", "dpadded[:, :, rows, columns]", "dpadded"),
        ("wrong-axis", "dy.sum(axis=(0, 2, 3))", "dy.sum(axis=(1, 2, 3))"),
        ("wrong-axis", "dy.sum(axis=(0, 2, 3))", "dy.sum(axis=(0, 1, 2))"),
        ("mean-of-places", "dy.sum(axis=(0, 2, 3))", "dy.mean(axis=(0, 2, 3))"),
    ],
    ("00_convolution", "max_pool"): [
        ("mean-for-largest", "stride).max(axis", "stride).mean(axis"),
        ("never-below-0", "stride).max(axis=(4, 5))", "stride).max(axis=(4, 5), initial=0)"),
        ("smallest", "stride).max(axis", "stride).min(axis"),
        ("no-stride", "windows(x, side, stride).max", "windows(x, side, 1).max"),
        ("stride-of-the-side", "windows(x, side, stride).max", "windows(x, side, side).max"),
        ("every-pixel", "(x[seen] == y)", "(x[seen] <= y)", "open_windows &= ~first", "pass"),
        ("ties-counted-twice", "open_windows &= ~first", "pass"),
        (
            "ties-shared",
            "open_windows &= ~first",
            "pass",
            "dy * first",
            "dy * first / (windows(x, side, stride) == y[..., None, None]).sum(axis=(4, 5))",
        ),
        ("last-of-ties", "range(side)", "reversed(range(side))"),
        ("column-by-column", "for i in", "for I in", "for j in", "for i in", "for I in", "for j in"),
        ("not-added", "dx[seen] += dy * first", "dx[seen] = np.where(first, dy, dx[seen])"),
    ],
    ("00_convolution", "sgd_step"): [
        ("wrong-way", "pull = lr", "pull = -lr"),
        ("velocity-subtracted", "return weight + (", "return weight - ("),
        (
            "rate-outside",
            "pull = lr * (",
            "pull = (",
            "velocity - pull\n",
            "velocity + pull\n",
            "weight + (momentum * velocity - pull if nesterov else velocity)",
            "weight - lr * (momentum * velocity + pull if nesterov else velocity)",
        ),
        ("no-momentum", "velocity = momentum * velocity - pull", "velocity = -pull"),
        ("not-nesterov", "if nesterov", "if False"),
        (
            "old-velocity",
            "    velocity = momentum",
            "    old = velocity\n    velocity = momentum",
            "(momentum * velocity - pull if",
            "(momentum * momentum * old - pull if",
        ),
        ("no-decay", " + weight_decay * weight", ""),
        ("decay-grows", "+ weight_decay", "- weight_decay"),
        ("decoupled", DECAYED, "gradient", "return weight + (", "return weight * (1 - lr * weight_decay) + ("),
        ("decay-without-rate", DECAYED, "gradient", "return weight + (", "return weight * (1 - weight_decay) + ("),
        ("decay-without-rate", "lr * (gradient + weight_decay * weight)", "lr * gradient + weight_decay * weight"),
    ],
    ("00_convolution", "forward_backward"): [
        ("no-relu", "np.maximum(before, 0)", "before", " * (before > 0)", ""),
        ("relu-open-backward", " * (before > 0)", ""),
        ("divided-twice", "dpooled = (dlogits", "dlogits = dlogits / len(images)\n    dpooled = (dlogits"),
        ("sum-over-batch", "dpooled = (dlogits", "dlogits = dlogits * len(images)\n    dpooled = (dlogits"),
        ("sum-over-batch", "float(loss)", "float(loss) * len(images)"),
        ("transposed", "dlogits.T @ flat", "flat.T @ dlogits"),
    ],
    ("00_convolution", "batch_norm"): [
        ("variance-by-m-minus-1", "x.var(axis=(0, 2, 3))", "x.var(axis=(0, 2, 3), ddof=1)"),
        (
            "each-place-by-itself",
            "x - mean[:, None, None]",
            "x - (x.mean(axis=0) if training else mean[:, None, None])",
            "scale[:, None, None]",
            "(gamma[:, None, None] / np.sqrt(x.var(axis=0) + eps) if training else scale[:, None, None])",
        ),
        (
            "channels-together",
            "x - mean[:, None, None]",
            "x - (x.mean() if training else mean[:, None, None])",
            "scale[:, None, None]",
            "(gamma[:, None, None] / np.sqrt(x.var() + eps) if training else scale[:, None, None])",
        ),
        (
            "each-image-by-itself",
            "x - mean[:, None, None]",
            "x - (x.mean(axis=(2, 3), keepdims=True) if training else mean[:, None, None])",
            "scale[:, None, None]",
            "(gamma[:, None, None] / np.sqrt(x.var(axis=(2, 3), keepdims=True) + eps) if training else scale[:, None, None])",
        ),
        ("eps-outside", "np.sqrt(variance + eps)", "(np.sqrt(variance) + eps)"),
        ("no-root", "np.sqrt(variance + eps)", "(variance + eps)"),
        ("no-gamma", "gamma /", "1 /", " + beta[:, None, None]", ""),
        (
            "batch-in-evaluation",
            "    scale = gamma",
            "    mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))\n    scale = gamma",
        ),
        (
            "shares-turned-round",
            "momentum * running_mean + (1 - momentum) * mean",
            "(1 - momentum) * running_mean + momentum * mean",
            "momentum * running_var + (1 - momentum) * variance",
            "(1 - momentum) * running_var + momentum * variance",
        ),
        ("running-kept", "momentum * running_mean + (1 - momentum) * mean", "running_mean"),
        ("no-old-value", "momentum * running_mean + (1 - momentum) * mean", "mean"),
        ("deviation-for-variance", "(1 - momentum) * variance", "(1 - momentum) * np.sqrt(variance)"),
        (
            "changed-in-evaluation",
            "    scale = gamma",
            "    if not training:\n"
            "        running_mean = 0.9 * running_mean + 0.1 * x.mean(axis=(0, 2, 3))\n"
            "        running_var = 0.9 * running_var + 0.1 * x.var(axis=(0, 2, 3))\n"
            "    scale = gamma",
        ),
    ],
    ("00_convolution", "local_response_norm"): [
        ("alpha-divided-by-n", "alpha * sums", "alpha / n * sums"),
        (
            "over-places",
            "return a",
            "around = np.pad(a**2, ((0, 0), (0, 0), (reach, reach), (reach, reach)))\n"
            "    sums = windows(around, n, 1).sum(axis=(4, 5))\n"
            "    return a",
        ),
        (
            "wraps-round",
            "(a[:, max(0, c - reach) : c + reach + 1] ** 2).sum(axis=1)",
            "sum(np.roll(a, step, axis=1)[:, c] ** 2 for step in range(-reach, reach + 1))",
        ),
        ("n-on-either-side", "reach = a.shape[1], n // 2", "reach = a.shape[1], n"),
        ("one-side", "c + reach + 1", "c + 1"),
        ("one-side", "max(0, c - reach) : c + reach + 1", "c : c + n"),
        ("not-itself", ".sum(axis=1)", ".sum(axis=1) - a[:, c] ** 2"),
        ("all-channels", "max(0, c - reach) : c + reach + 1", ":"),
        ("no-power", " ** beta", ""),
        ("own-constants", "channels, reach", "n, k, alpha, beta = 5, 2.0, 1e-4, 0.75\n    channels, reach"),
    ],
    ("01_epochs", "read_curves"): [
        ("counts-from-0", "max(test_accuracy)) + 1", "max(test_accuracy))"),
        (
            "later-of-equals",
            "test_accuracy.index(max(test_accuracy)) + 1",
            "max((a, n) for n, a in enumerate(test_accuracy, 1))[1]",
        ),
        ("gap-turned-round", "train_accuracy[-1] - test_accuracy[-1]", "test_accuracy[-1] - train_accuracy[-1]"),
        ("gap-of-best-epoch", "[-1] - test_accuracy[-1]", "[best_epoch - 1] - test_accuracy[best_epoch - 1]"),
    ],
    ("01_epochs", "cross_entropy"): [
        ("sum-over-batch", "losses.mean()", "losses.sum()"),
        ("log-base", "losses.mean()", "losses.mean() / np.log(2)"),
        ("log-base", "losses.mean()", "losses.mean() / np.log(10)"),
        (
            "softmax-twice",
            'logits.astype("float64") - logits.max(axis=1, keepdims=True)',
            "(lambda p: p / p.sum(axis=1, keepdims=True))(np.exp(logits - logits.max(axis=1, keepdims=True)))",
        ),
        ("count-for-share", "== labels).mean()", "== labels).sum()"),
        ("per-cent", "== labels).mean()", "== labels).mean() * 100"),
        ("exp-overflows", " - logits.max(axis=1, keepdims=True)", ""),
    ],
    ("01_epochs", "dropout"): [
        ("not-rescaled", " / (1 - rate)", ""),
        ("rate-is-kept-share", ">= rate", "< rate", "/ (1 - rate)", "/ rate"),
        ("scaled-the-wrong-way", "/ (1 - rate)", "* (1 - rate)"),
        ("drops-in-inference", "if not training:", "if False:"),
        ("scales-in-inference", "x.copy()", "x * (1 - rate)"),
    ],
    ("01_epochs", "train_epoch"): [
        ("sum-of-gradients", "step(len(labels))", "step(1)"),
        ("divided-twice", "losses = loss_function(logits, labels)", "losses = loss_function(logits, labels).mean()"),
        ("no-step", "trainer.step(len(labels))", "pass"),
        (
            "mean-of-batch-means",
            "(losses.sum())",
            "(losses.mean())",
            "d2l.accuracy(logits, labels)",
            "0",
            "+= len(labels)",
            "+= 1",
        ),
        (
            "mean-of-batch-means",
            "accuracy(logits, labels)",
            "accuracy(logits, labels) / len(labels)",
            "right / count",
            "right / 3",
        ),
        ("last-batch-only", "loss_sum +=", "loss_sum =", "right +=", "right =", "count +=", "count ="),
    ],
    ("01_epochs", "stop_epoch"): [
        (
            "counts-from-0",
            "return trained, kept",
            "return trained - 1, kept - 1",
            "len(validation), kept",
            "len(validation) - 1, kept - 1",
        ),
        ("equal-is-better", "accuracy > ", "accuracy >= "),
        ("one-epoch-late", "== patience", "== patience + 1"),
        (
            "keeps-the-last",
            "return trained, kept",
            "return trained, trained",
            "len(validation), kept",
            "len(validation), trained",
        ),
    ],
    ("01_epochs", "tell_apart"): [
        ("no-square-root", "(train_variance + test_variance) ** 0.5", "train_variance + test_variance"),
        ("no-square-root", "(differ**0.5 / 2)", "(differ / 2)"),
        ("standard-errors-added", "(train_variance + test_variance) ** 0.5", "train_variance**0.5 + test_variance**0.5"),
        ("variances-subtracted", "(train_variance + test_variance)", "abs(train_variance - test_variance)"),
        ("sign-turned-round", "(only_a - differ / 2)", "(only_b - differ / 2)"),
        ("half-of-z", "(differ**0.5 / 2)", "differ**0.5"),
        (
            "not-paired",
            "return (only_a - differ / 2) / (differ**0.5 / 2) if differ else 0.0",
            "a, b = right_a.mean(), right_b.mean()\n    return (a - b) / ((a * (1 - a) + b * (1 - b)) / len(right_a)) ** 0.5",
        ),
    ],
    ("02_simplify", "output_size"): [
        ("rounds-up", "(size + 2 * padding - kernel) // stride", "-(-(size + 2 * padding - kernel) // stride)"),
        ("no-plus-one", "stride + 1", "stride"),
        ("padding-on-one-side", "2 * padding", "padding"),
        ("padding-ignored", "2 * padding", "0"),
    ],
    ("02_simplify", "cost"): [
        ("no-bias", "return weights + channels,", "return weights,"),
        ("no-bias", "(inputs + 1) * units", "inputs * units"),
        ("one-place", "weights * height * width", "weights"),
        ("kernel-not-squared", "* kernel * kernel", "* kernel"),
        ("swapped", "return weights + channels, weights * height * width", "return weights * height * width, weights + channels"),
        ("swapped", "return (inputs + 1) * units, inputs * units", "return inputs * units, (inputs + 1) * units"),
        ("groups-ignored", "(inputs // groups)", "inputs"),
        ("divided-by-groups-twice", "channels * (inputs // groups)", "channels // groups * (inputs // groups)"),
        ("bias-per-input", "(inputs + 1) * units", "inputs * (units + 1)"),
    ],
    ("02_simplify", "gain"): [
        ("per-cent", "(params / all_params, macs / all_macs)", "(100 * params / all_params, 100 * macs / all_macs)"),
        (
            "gains-averaged",
            "macs / cheaper.get(name, 1)",
            "macs * cheaper.get(name, 1)",
            GAIN,
            "return left / sum(row[2] for row in table)",
        ),
        ("gains-multiplied", GAIN, "return math.prod(cheaper.values())"),
        ("inverse", GAIN, "return left / sum(row[2] for row in table)"),
        (
            "other-layers-left-out",
            " for name, _, macs in table)\n    return",
            " for name, _, macs in table if name in cheaper)\n    return",
            "for _, _, macs in table) / left",
            "for name, _, macs in table if name in cheaper) / left",
        ),
    ],
    ("02_simplify", "widest"): [
        ("last-layer-thinner", "in layers[:-1]", "in layers", "[*thinner, layers[-1]]", "thinner"),
        ("not-rounded-down", "int(settings[0] * width)", "int(settings[0] * width + 0.5)"),
        ("not-rounded-down", "int(settings[0] * width)", "math.ceil(settings[0] * width)"),
        ("no-channel-left", "max(1, int(settings[0] * width))", "int(settings[0] * width)"),
        ("k-for-width", "return k / 64", "return k"),
        ("narrowest", "range(64, 0, -1)", "range(1, 65)"),
        ("one-budget", " and macs <= max_macs", ""),
    ],
    ("02_simplify", "folded"): [
        (
            "transposed",
            "mixing[top : top + size].T @ weights @ mixing[left : left + size]",
            "mixing[left : left + size].T @ weights.T @ mixing[top : top + size]",
        ),
        (
            "top-for-left",
            "mixing[top : top + size].T @ weights @ mixing[left : left + size]",
            "mixing[left : left + size].T @ weights @ mixing[top : top + size]",
        ),
        ("top-for-left", "for start in (top, left)", "for start in (left, top)"),
        ("filter-turned-round", "@ weights @", "@ weights[::-1, ::-1] @"),
        (
            "counted-many-times",
            "np.any(mixing[start : start + kernel] != 0, axis=0).sum()",
            "(mixing[start : start + kernel] != 0).sum()",
        ),
    ],
    ("03_batch_size", "updates"): [
        ("last-batch-left-out", "math.ceil(images / batch_size)", "images // batch_size"),
        ("last-batch-kept", "else images // batch_size", "else math.ceil(images / batch_size)"),
        ("epochs-forgotten", "epochs * steps", "steps"),
        ("batches-across-epochs", "epochs * steps", "steps", "images /", "epochs * images /"),
        ("always-one-more", "math.ceil(images / batch_size)", "(images // batch_size + 1)"),
    ],
    ("03_batch_size", "activation_bytes"): [
        ("numbers-for-bytes", "itemsize * batch_size", "batch_size"),
        ("one-image", "itemsize * batch_size", "itemsize"),
        ("bits-for-bytes", "itemsize * batch_size", "8 * itemsize * batch_size"),
        ("always-4-bytes", "itemsize * batch_size", "4 * batch_size"),
    ],
    ("03_batch_size", "step_memory"): [
        ("memory-of-sgd", '"sgd": 2', '"sgd": 3'),
        ("no-gradients", '"sgd": 2', '"sgd": 1'),
        ("optimizer-forgotten", "[optimizer]", '["sgd"]'),
        ("numbers-for-bytes", "itemsize * copies", "copies"),
        ("no-image", "math.prod(input_shape) + ", ""),
        ("inner-outputs-forgotten", "sum(math.prod(shape) for _, shape, _ in layers)", "math.prod(layers[-1][1])"),
        ("outputs-twice", " + sum(math.prod", " + 2 * sum(math.prod"),
    ],
    ("03_batch_size", "largest_batch"): [
        ("rounds-up", "math.floor", "math.ceil"),
        ("fixed-bytes-forgotten", "budget - fixed", "budget"),
        ("two-measurements", "np.polyfit(batch_sizes, peaks, 1)", "np.polyfit(batch_sizes[::7], peaks[::7], 1)"),
        ("peaks-divided", "budget - fixed) / per_image", "budget) / np.mean(np.array(peaks) / np.array(batch_sizes))"),
        ("below-zero", "max(0, math.floor((budget - fixed) / per_image))", "math.floor((budget - fixed) / per_image)"),
        ("at-least-one", "max(0", "max(1"),
    ],
    ("03_batch_size", "accumulated_step"): [
        ("sum-of-gradients", "step(len(labels))", "step(1)"),
        ("means-summed", PIECE, f"{PIECE}.mean()", "step(len(labels))", "step(1)"),
        ("mean-of-means", PIECE, f"{PIECE}.mean()", "step(len(labels))", "step(-(-len(labels) // micro_batch))"),
        ("divided-twice", PIECE, f"{PIECE}.mean()"),
        ("last-micro-batch-only", '"grad_req", "add"', '"grad_req", "write"'),
        (
            "update-per-micro-batch",
            "    trainer.step(len(labels))",
            "",
            "losses.backward()",
            "losses.backward()\n        trainer.step(len(labels[piece]))\n        parameters.zero_grad()",
        ),
        (
            "update-per-micro-batch",
            "    trainer.step(len(labels))",
            "",
            "losses.backward()",
            "losses.backward()\n        trainer.step(len(labels))\n        parameters.zero_grad()",
        ),
    ],
    ("03_batch_size", "scaled_lr"): [
        ("turned-round", "batch_size / base_batch", "base_batch / batch_size"),
        ("square-root", "batch_size / base_batch", "(batch_size / base_batch) ** 0.5"),
        ("from-0", "base_lr + (target - base_lr) * step", "target * step"),
        ("counts-from-1", "* step /", "* (step + 1) /"),
        ("one-update-early", "step / warmup_steps", "step / (warmup_steps - 1)"),
        ("no-warm-up", "if step >= warmup_steps:", "if True:"),
    ],
    ("03_batch_size", "gradient_noise"): [
        ("n-minus-1", ".sum(axis=1).mean()", ".sum() / (n - 1)"),
        ("one-example", "variance / batch_size", "variance"),
        ("mean-over-components", ".sum(axis=1).mean()", ".mean()"),
        ("square-root", "variance / batch_size", "(variance / batch_size) ** 0.5"),
        ("batch-size-squared", "variance / batch_size", "variance / batch_size**2"),
        ("replace-ignored", "(1 if replace else (n - batch_size) / (n - 1))", "1"),
        ("n-for-n-minus-1", "(n - batch_size) / (n - 1)", "(n - batch_size) / n"),
        ("turned-round", "noise / signal", "signal / noise"),
        ("noise-of-the-mean", "noise / signal", "noise / n / signal"),
        ("noise-over-n", ".sum() / (n - 1)", ".sum() / n"),
        ("surplus-kept", " - noise / n", ""),
        ("no-corrections", " - noise / n", "", ".sum() / (n - 1)", ".sum() / n"),
    ],
    ("04_cost", "output_shape"): [
        ("width-first", "channels), height, width)", "channels), width, height)"),
        ("channels-last", '(layer.get("channels", channels), height, width)', '(height, width, layer.get("channels", channels))'),
        ("rounds-up", SIZE, f"-(-{SIZE})"),
        ("padding-on-one-side", "2 * layer", "layer"),
        ("no-plus-one", '"stride"] + 1', '"stride"]'),
        ("pool-loses-channels", '.get("channels", channels)', '.get("channels", 1)'),
    ],
    ("04_cost", "count_params"): [
        ("no-bias", "** 2 + 1)", "** 2)"),
        ("no-bias", "(input_shape) + 1)", "(input_shape))"),
        ("kernel-not-squared", '["kernel"] ** 2', '["kernel"]'),
        ("one-channel", "input_shape[0] * layer", "layer"),
        ("channels-alone", "math.prod(input_shape) + 1", "input_shape[0] + 1"),
    ],
    ("04_cost", "multiply_adds"): [
        ("one-image", "return batch_size * ", "return "),
        ("counted-twice", "return batch_size", "return 2 * batch_size"),
        ("pixels-of-input", "math.prod(output_shape) * input_shape[0]", "output_shape[0] * math.prod(input_shape)"),
    ],
    ("04_cost", "bytes_moved"): [
        ("numbers-for-bytes", "itemsize * (", "("),
        ("no-parameters", 'cost["params"] + ', ""),
        (
            "parameters-for-every-image",
            '(cost["params"] + batch_size * (cost["inputs"]',
            '(batch_size * (cost["params"] + cost["inputs"]',
        ),
        ("always-4-bytes", "itemsize * (", "4 * ("),
        ("no-outputs", ' + cost["outputs"]', ""),
    ],
    ("04_cost", "roofline"): [
        ("turned-round", '"intensity": intensity', '"intensity": 1 / intensity'),
        ("greater-bound", "min(peak", "max(peak"),
        ("times-added", "max(flop / peak, moved / bandwidth)", "flop / peak + moved / bandwidth"),
        ("lesser-time", "max(flop", "min(flop"),
    ],
    ("04_cost", "compute_bound_batch"): [
        ("rounds-down", "math.ceil", "math.floor"),
        ("multiply-add-as-one", "gain = 2 * features", "gain = features"),
    ],
    ("04_cost", "dominant"): [
        ("amount-for-share", "parts[name] / sum(parts.values())", "parts[name]"),
        ("no-gradients", '2 * sum(cost["params"]', 'sum(cost["params"]'),
    ],
    ("04_cost", "step_seconds"): [
        ("gradient-of-images", "1 + (place > 0)", "2"),
        ("forward-only", '1 + (place > 0) + (cost["params"] > 0)', "1"),
        ("forward-only", "3 * 2 * sum", "2 * sum"),
        ("multiply-add-as-one", "(2 * batch_size * cost", "(batch_size * cost"),
        ("multiply-add-as-one", "3 * 2 * sum", "3 * sum"),
        ("no-update", "3 * itemsize", "0 * itemsize"),
        ("update-of-two", "3 * itemsize", "2 * itemsize"),
        ("two-passes", "3 * 2 * sum", "2 * 2 * sum"),
    ],
    ("05_lenet_dropout", "activate"): [
        ("sign-missing", "np.where(x >= 0, 1, small)", "np.where(x >= 0, small, 1)"),
        ("slope-of-x", ", small / (1 + small) ** 2", ", x * (1 - x)"),
        ("sigmoid-twice", ", small / (1 + small) ** 2", ", (s := 1 / (1 + np.exp(-1 / (1 + np.exp(-x))))) * (1 - s)"),
        ("absolute-value", "np.maximum(x, 0)", "np.abs(x)"),
        ("slope-at-0", "(x > 0)", "(x >= 0)"),
        ("sign-for-slope", "(x > 0).astype(float)", "np.sign(x)"),
        ("values-for-slopes", "(x > 0).astype(float)", "np.maximum(x, 0)"),
        ("values-for-slopes", '(z, "sigmoid")[1]', '(z, "sigmoid")[0]'),
        ("sum-for-product", ".prod()", ".sum()"),
        ("half-for-quarter", "0.25 **", "0.5 **"),
        ("one-for-quarter", "0.25 ** len(z)", "1.0"),
        ("one-sigmoid", "0.25 ** len(z)", "0.25"),
    ],
    ("05_lenet_dropout", "initial_std"): [
        ("variance", "np.sqrt(", "("),
        ("uniform-bound", "2 / (fan_in", "6 / (fan_in"),
        ("taps-forgotten", "int(np.prod(shape[2:]))", "1"),
        ("fan-out-for-fan-in", "else 2 / fan_in", "else 2 / fan_out"),
        ("one-for-two", "else 2 /", "else 1 /"),
    ],
    ("05_lenet_dropout", "gradient_norms"): [
        ("sum-over-batch", " / len(x)", ""),
        ("no-square-root", "@ inputs[layer])", "@ inputs[layer]) ** 2"),
        ("last-layer-first", "return norms", "return norms[::-1]"),
        (
            "last-layer-activated",
            OUTSIDE,
            OUTSIDE.replace("if number < len(weights)", "if True"),
            "p = np.exp(z - z.max",
            "z = h\n    p = np.exp(z - z.max",
            "/ len(x)",
            "/ len(x) * slopes[-1]",
        ),
        ("slopes-forgotten", " * slopes[layer - 1]", ""),
    ],
    ("05_lenet_dropout", "dropout"): [
        ("not-rescaled", "keep / (1 - rate)", "keep"),
        ("divided-by-rate", "keep / (1 - rate)", "keep / rate"),
        ("scaled-the-wrong-way", "keep / (1 - rate)", "keep * (1 - rate)"),
        ("mask-turned-round", "keep /", "~keep /"),
        ("backward-without-mask", "dy * scale", "dy"),
        ("drops-in-evaluation", " if training else 1.0", ""),
        ("scales-in-evaluation", "else 1.0", "else 1 - rate"),
    ],
    ("05_lenet_dropout", "standardize"): [
        ("test-images-too", "train.mean()", "np.concatenate([train, test]).mean()"),
        ("not-scaled", "train.mean() / 255", "train.mean()"),
        ("not-scaled", "images / 255 - mean", "images - mean"),
        ("variance", "train.std() / 255", "(train / 255).var()"),
        ("pixel-by-pixel", "train.std() / 255", "(train / 255).std(axis=0).mean()"),
        ("own-statistics", "(images / 255 - mean) / std", "(images - images.mean()) / images.std()"),
        ("not-divided", " - mean) / std", " - mean)"),
    ],
    ("05_lenet_dropout", "augment"): [
        ("shifted-the-other-way", " - d", " + d"),
        (
            "rows-for-columns",
            "- dy[:, None]",
            "- dz[:, None]",
            "- dx[:, None]",
            "- dy[:, None]",
            "- dz[:, None]",
            "- dx[:, None]",
        ),
        ("same-shift-for-all", "dy[:, None]", "dy[:1, None]", "dx[:, None]", "dx[:1, None]"),
        ("wraps-around", "] * inside", "]"),
        ("input-changed", "    images = np.where", "    images[:] = np.where"),
        ("rng-not-used", "rng.random(", "np.random.random("),
        ("rng-not-used", "    mirrored =", "    rng = np.random.default_rng(0)\n    mirrored ="),
    ],
    ("05_lenet_dropout", "lenet_relu"): [
        ("still-sigmoid", 'activation="relu"', 'activation="sigmoid"'),
        ("still-avg", "nn.MaxPool2D", "nn.AvgPool2D"),
    ],
    ("06_augmentation", "flip"): [
        ("upside-down", "[:, :, ::-1]", "[:, ::-1]"),
        ("turned-by-180", "[:, :, ::-1]", "[:, ::-1, ::-1]"),
        ("mask-turned-round", "[mirrored]", "[~mirrored]"),
        ("all-mirrored", "[mirrored]", "[:]"),
        ("not-mirrored", "[:, :, ::-1]", ""),
        ("input-changed", "images.copy()", "images"),
    ],
    ("06_augmentation", "crop"): [
        ("top-for-left", "padded, top, left", "padded, left, top"),
        ("same-window-for-all", "padded, top, left", "padded, top * 0 + top[0], left * 0 + left[0]"),
        (
            "border-not-counted",
            "((0, 0), (padding, padding), (padding, padding))",
            "((0, 0), (0, 2 * padding), (0, 2 * padding))",
        ),
        ("border-not-black", "(padding, padding))", '(padding, padding)), "edge"'),
        ("no-plus-one", "- size + 1", "- size"),
        ("no-mirrors", "2 * places**2", "places**2"),
        ("one-direction", "2 * places**2", "2 * places"),
        ("padding-on-one-side", "2 * padding - size", "padding - size"),
    ],
    ("06_augmentation", "change_light"): [
        ("not-clipped", "np.clip(np.rint(changed), 0, 255)", "(np.rint(changed) % 256)"),
        ("contrast-about-0", "mean + contrast[:, None, None] * (images - mean)", "contrast[:, None, None] * images"),
        ("mean-of-all-pictures", "images.mean(axis=(1, 2), keepdims=True)", "images.mean()"),
        ("brightness-times-contrast", "- mean) + brightness[:, None, None]", "- mean + brightness[:, None, None])"),
        ("not-uint8", ".astype(np.uint8)", ""),
    ],
    ("06_augmentation", "colors"): [
        ("smallest-first", "values[::-1], vectors[:, ::-1]", "values, vectors"),
        ("square-root", "values[::-1]", "np.sqrt(values[::-1])"),
        ("not-scaled", "images.reshape(-1, 3) / 255", "images.reshape(-1, 3)"),
        ("not-scaled", "images / 255 + shift[:, None, None, :]", "(images + shift[:, None, None, :]) / 255"),
        ("not-divided", " / len(centred)", ""),
        ("mean-not-subtracted", " - pixels.mean(axis=0)", ""),
        ("rows-for-columns", "@ vectors.T", "@ vectors"),
        ("no-eigenvalues", "(alphas * values)", "alphas"),
        ("roots-of-eigenvalues", "(alphas * values)", "(alphas * np.sqrt(values))"),
    ],
    ("06_augmentation", "resize"): [
        ("half-pixel-forgotten", PLACES, "np.arange(target) * source / target"),
        ("corners-aligned", PLACES, "np.arange(target) * (source - 1) / (target - 1)"),
        ("transposed", "return weights", "return weights.T"),
        ("nearest-pixel", PLACES, f"np.rint({PLACES})"),
        ("height-for-width", "], height) @ images", "], width) @ images", "[2], width)", "[2], height)"),
    ],
    ("06_augmentation", "mixup"): [
        ("share-turned-round", "mixed = ", "share = 1 - share\n    mixed = "),
        ("not-mixed", "return mixed,", "return images,"),
        ("one-share-for-all", "mixed = ", "share = share * 0 + share[0]\n    mixed = "),
        ("labels-not-mixed", "[:, None] * one_hot[partner]", "[:, None] * one_hot"),
        (
            "numbers-mixed",
            "share[:, None] * one_hot + (1 - share)[:, None] * one_hot[partner]",
            "share * labels + (1 - share) * labels[partner]",
        ),
        (
            "same-label-written-over",
            "share[:, None] * one_hot + (1 - share)[:, None] * one_hot[partner]",
            "np.where(one_hot > 0, share[:, None], (1 - share)[:, None] * one_hot[partner])",
        ),
    ],
    ("06_augmentation", "ten_crops"): [
        ("upside-down", "windows[..., ::-1]", "windows[..., ::-1, :]"),
        (
            "mirrors-between",
            "np.concatenate([windows, windows[..., ::-1]], axis=1)",
            "np.stack([windows, windows[..., ::-1]], axis=2).reshape(len(images), 10, size, size)",
        ),
        ("corners-exchanged", "(0, right), (bottom, 0)", "(bottom, 0), (0, right)"),
        ("logits-averaged", "    powers = ", "    logits = logits.mean(axis=1, keepdims=True)\n    powers = "),
        ("softmax-over-windows", "axis=2", "axis=1"),
        ("sum-for-mean", ".mean(axis=1)", ".sum(axis=1)"),
        ("exp-overflows", " - logits.max(axis=2, keepdims=True)", ""),
    ],
    ("06_augmentation", "policy"): [
        ("rng-not-used", "rng.random(count)", "np.random.random(count)"),
        ("input-changed", "images = flip(", "images[:] = flip("),
    ],
    ("07_features", "gradients"): [
        ("divided-by-2", "np.hypot(across, down)", "np.hypot(across, down) / 2"),
        ("rim-not-0", "np.hypot(across, down)", "2 * np.hypot(*np.gradient(image))"),
        (
            "rim-wraps-around",
            "np.hypot(across, down)",
            "np.hypot(*[np.roll(image, -1, n) - np.roll(image, 1, n) for n in (0, 1)])",
        ),
        ("no-square-root", "np.hypot(across, down)", "across**2 + down**2"),
        ("amounts-added", "np.hypot(across, down)", "abs(across) + abs(down)"),
        ("radians", "np.degrees(np.arctan2(down, across)) % 180", "np.arctan2(down, across) % np.pi"),
        ("full-circle", "% 180", "% 360"),
        ("rows-for-columns", "arctan2(down, across)", "arctan2(across, down)"),
        ("rows-upwards", "arctan2(down, across)", "arctan2(-down, across)"),
    ],
    ("07_features", "cell_histogram"): [
        ("votes-not-shared", VOTES, "np.bincount((orientation.ravel() // (180 / bins)).astype(int), votes, bins)"),
        ("centres-at-ends", " - 0.5", ""),
        ("magnitude-forgotten", "magnitude.ravel()", "np.ones(magnitude.size)"),
        (
            "ends-not-joined",
            "low % bins",
            "low.clip(0)",
            "(1 - share)",
            "(1 - share) * (low >= 0)",
            "(low + 1) % bins",
            "(low + 1).clip(0, bins - 1)",
            "votes * share",
            "votes * share * (low < bins - 1)",
        ),
    ],
    ("07_features", "normalized_blocks"): [
        ("blocks-apart", "// cell - block + 1", "// cell // block"),
        ("no-plus-one", "// cell - block + 1", "// cell - block"),
        ("each-cell-once", "// cell - block + 1", "// cell", " * block**2", ""),
        ("one-cell-a-block", " * block**2", ""),
        ("no-square-root", "np.sqrt(", "("),
        ("sum-for-length", "np.sqrt((votes**2).sum() + eps**2)", "votes.sum()"),
        ("not-normalized", " / np.sqrt((votes**2).sum() + eps**2)", ""),
        ("columns-first", ROWS, "turned", COLUMNS, ROWS, "turned", COLUMNS),
        ("eps-not-squared", "eps**2", "eps"),
        ("eps-outside-root", "np.sqrt((votes**2).sum() + eps**2)", "(np.sqrt((votes**2).sum()) + eps)"),
    ],
    ("07_features", "hinge_step"): [
        ("sum-for-mean", "missing.mean()", "missing.sum()"),
        ("sum-for-mean", "@ features / len(labels)", "@ features"),
        ("no-margin", "1 + scores", "scores"),
        ("every-rival", EVERY_RIVAL),
        ("step-up", "weights - lr", "weights + lr"),
        ("input-changed", f"return float(loss), weights - {STEP}", f"weights -= {STEP}\n    return float(loss), weights"),
        ("l2-not-halved", "l2 / 2 *", "l2 *"),
        ("l2-forgotten", " + l2 / 2 * (weights**2).sum()", ""),
        ("l2-forgotten", " + l2 * weights", ""),
        ("l2-derivative-halved", "+ l2 * weights", "+ l2 / 2 * weights"),
    ],
    ("07_features", "word_histograms"): [
        ("counts-for-shares", " / len(found)", ""),
        ("product-for-distance", "(lengths - 2 * found @ words.T).argmin", "(found @ words.T).argmax"),
        ("farthest-word", "argmin", "argmax"),
        ("other-distance", "(lengths - 2 * found @ words.T)", "abs(found[:, None] - words).sum(axis=-1)"),
        ("shares-of-all-pictures", " / len(found)", " / len(found) / len(descriptors)"),
    ],
    ("07_features", "gabor"): [
        ("degrees-for-radians", "np.radians", "float"),
        ("mean-not-subtracted", "wave - wave.mean()", "wave"),
        ("not-unit-length", " / np.sqrt((wave**2).sum())", ""),
        ("neither-centred-nor-unit", "wave - wave.mean()", "wave", " / np.sqrt((wave**2).sum())", ""),
        ("y-upwards", "u, v = x * cosine", "y = -y\n    u, v = x * cosine"),
        ("gamma-ignored", "(gamma * v)", "v"),
        ("phase-ignored", " + np.radians(phase)", ""),
    ],
    ("07_features", "best_gabor"): [
        ("sign-kept", "np.abs(", "("),
        ("not-divided-by-lengths", " / np.where(lengths > 0, lengths, 1)", ""),
        ("counts-from-1", "similarity.argmax(axis=1),", "similarity.argmax(axis=1) + 1,"),
        ("mean-not-subtracted", "flat = flat - flat.mean(axis=1, keepdims=True)", "pass"),
    ],
}
CASES = [(*task, number) for task, mistakes in MISTAKES.items() for number in range(len(mistakes))]
# Here the first part alone is asked, since the others take seconds.
HEAVY = ("policy", "word_histograms")


def told(answer, method, *expected, **how):
    """(sentence, name of the mistake) that the Answer's method tells."""
    with pytest.raises(Wrong) as caught:
        getattr(answer, method)(*expected, **how)
    return str(caught.value), caught.value.mistake


def test_a_mistake_is_told_instead_of_the_value():
    answer = Answer(96, "f(3)").mistake(96, "no-bias", NO_BIAS)
    assert told(answer, "equals", 100) == ("f(3) counts no bias", "no-bias")
    assert told(answer, "close_to", 100) == ("f(3) counts no bias", "no-bias")
    answer = Answer(96, "f(3)", "vi").mistake(96, "no-bias", NO_BIAS)
    assert told(answer, "equals", 100) == ("f(3) thiếu độ chệch", "no-bias")
    assert told(Answer(95, "f(3)").mistake(96, "no-bias", NO_BIAS), "equals", 100)[1] == ""


def test_a_right_answer_is_no_mistake_whatever_mistakes_would_give():
    for value in (100, 100.0, np.float32(100)):
        Answer(value, "f(3)").mistake(100, "no-bias", NO_BIAS).equals(100).close_to(100).no_mistake(100)
    # Nearly right is no mistake either that would be as near.
    assert told(Answer(100.001, "f(3)").mistake(100 + 1e-10, "no-bias", NO_BIAS), "equals", 100)[1] == ""


def test_a_value_that_two_mistakes_give_is_neither():
    answer = Answer(6, "f(3)").mistake(6, "no-bias", NO_BIAS).mistake(6, "one-image", "counts one image")
    assert told(answer, "equals", 7) == ("f(3) gives 6, which is not right", "")


def test_mistakes_of_arrays_shapes_and_several_values_are_told():
    wide = np.arange(6.0).reshape(2, 3)
    assert told(Answer(wide.T, "f(3)").mistake(wide.T, "transposed", "is transposed"), "close_to", wide)[1] == "transposed"
    assert told(Answer(wide.T, "f(3)").mistake(wide.T, "transposed", "is transposed"), "has_shape", (2, 3))[1] == "transposed"
    for value in ((96, 5), [96.0, 5], np.array([96, 5])):
        assert told(Answer(value, "f(3)").mistake((96, 5), "no-bias", NO_BIAS), "equals", (100, 5))[1] == "no-bias"
    assert told(Answer({"a": 4}, "f(3)").mistake({"a": 4}, "no-bias", NO_BIAS), "equals", {"a": 5})[1] == "no-bias"
    assert told(Answer([math.nan], "f(3)").mistake([math.nan], "overflow", NO_BIAS), "close_to", [1.0])[1] == "overflow"


@pytest.mark.parametrize("value", [None, "96", True, [[1], [1, 2]], {"a": 1}, wire.Unknown("Widget"), 10**400])
def test_odd_values_are_no_mistakes(value):
    answer = Answer(value, "f(3)").mistake(96, "no-bias", NO_BIAS).mistake((1, 2), "one-image", NO_BIAS)
    for method in ("equals", "close_to", "no_mistake"):
        with contextlib.suppress(Wrong):
            getattr(answer, method)(100)
            assert method == "no_mistake"
        assert told(answer, "equals", 100)[1] == ""


def test_per_cent_and_conditions_have_names_too():
    assert told(Answer(87.5, "f(3)"), "close_to", 0.875)[1] == "per-cent"
    assert told(Answer(3, "f(3)"), "satisfies", False, "is odd", mistake="odd") == ("f(3) is odd", "odd")
    assert told(Answer(3, "f(3)"), "satisfies", False, "is odd") == ("f(3) is odd", "")


@pytest.mark.parametrize("name", ["", "No bias", "no_bias", "no-bias-"])
def test_a_name_that_is_none_is_the_checks_own_fault(name):
    with pytest.raises(RuntimeError, match="is no name of a mistake"):
        Answer(3, "x").mistake(3, name, NO_BIAS)


@pytest.mark.parametrize(
    "text, without",
    [
        ("f(3, [1, 2])", "f(...)"),
        ("f()", "f()"),
        ("the first of f((1, 2), g(3))[0]", "the first of f(...)[0]"),
        ("the mean error (rounded?),", "the mean error (rounded?),"),
        ("f(3) and g(4", "f(...) and g(...)"),
    ],
)
def test_a_sentence_can_leave_out_the_arguments(text, without):
    assert checks.without_arguments(text) == without
    with pytest.raises(Wrong) as caught:
        Answer(4, text).equals(7)
    assert caught.value.told == f"{without} gives 4, which is not right"


def test_a_sentence_without_what_was_drawn_can_be_given():
    ask = checks.Interview(None, None, np.random.default_rng(0), 0)
    with ask.part(1, "first"):
        ask.answer(7, Text("of 20 images the number", "trong 20 ảnh, số ảnh"), Text("the number", "số ảnh")).equals(20)
    [part] = ask.parts
    assert (part.problem, part.told) == (
        "of 20 images the number gives 7, which is not right",
        "the number gives 7, which is not right",
    )


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", "stand-in")


@pytest.fixture
def known(monkeypatch):
    """{name of a mistake: the sentences that checks have said of it}."""
    found = {}

    def noting(name, sentence):
        if name:
            found.setdefault(name, set()).add(sentence)

    plain, satisfies = Answer.mistake, Answer.satisfies
    monkeypatch.setattr(Answer, "mistake", lambda self, value, *about: noting(*about) or plain(self, value, *about))
    monkeypatch.setattr(
        Answer, "satisfies", lambda self, true, said, name="": noting(name, said) or satisfies(self, true, said, name)
    )
    return found


def task_of(name, task):
    found = next(each for each in exercises.load(name).tasks if each.name == task)
    if task not in HEAVY:
        return found
    parts = found.check.split("    with ask.part(")
    return dataclasses.replace(found, check="    with ask.part(".join(parts[:2]))


def mistaken(name, task, number):
    """(name of the mistake, what the answer with it defines)."""
    mistake, *changes = MISTAKES[name, task][number]
    source = task_of(name, task).reference
    if len(changes) == 1:
        source = changes[0]
    for old, new in zip(changes[::2], changes[1::2], strict=False):
        assert old in source, f"{old!r} is not in the published answer"
        source = source.replace(old, new)
    return mistake, here.answer_from(name, source)


@pytest.mark.parametrize("name, task, number", CASES, ids=[f"{task}-{MISTAKES[name, task][n][0]}" for name, task, n in CASES])
def test_a_mistake_is_told_by_its_name_in_both_languages(name, task, number, tmp_path, known):
    mistake, answer = mistaken(name, task, number)
    names = set()
    for seed, language in enumerate(["en", "vi"] * 3):
        with np.errstate(all="ignore"):
            parts = here.interview(name, task_of(name, task), tmp_path, seed, language=language, **answer).parts
        for part in parts:
            names |= {part.mistake} - {""}
            if part.mistake == mistake != "per-cent":
                ends = tuple(sentence.to(language) for sentence in known[mistake])
                assert part.problem.endswith(ends) and part.told.endswith(ends) and not part.earned
        if seed % 2 and mistake in names:
            break
    assert names == {mistake}


def test_every_mistake_that_a_check_names_is_made_here(tmp_path, known):
    for name in exercises.list_exercises():
        for task in exercises.load(name).tasks:
            if task.name == "features":
                continue
            known.clear()
            here.interview(name, task_of(name, task.name), tmp_path)
            made = {mistake for mistake, *_ in MISTAKES.get((name, task.name), [])}
            assert set(known) <= made, (name, task.name)
    assert len({(*task, mistake) for task, mistakes in MISTAKES.items() for mistake, *_ in mistakes}) >= 25


# What takes a second is asked once by test_honest_answers.py; what takes a tenth of one, twice here.
SLOW = ("features", "word_histograms", "policy", "train_epoch")
SLOWER = ("forward_backward", "dropout", "standardize", "augment", "gradient_norms", "accumulated_step")
ASKED = [(name, task.name) for name in exercises.list_exercises() for task in exercises.load(name).tasks if task.name not in SLOW]


@pytest.mark.parametrize("name, task", ASKED, ids=[task for _, task in ASKED])
def test_no_right_answer_is_called_a_mistake(name, task, tmp_path):
    for source in (None, *HONEST[name, task]):
        answer = here.answer_from(name, source) if source else {}
        for seed in range(2 if task in SLOWER or "net" in task else 20):
            asked = here.interview(name, task_of(name, task), tmp_path, seed, **answer)
            assert [(part.mistake, part.problem) for part in asked.parts if part.problem] == [], (seed, source)
