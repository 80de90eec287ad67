"""Nets that students hand over, trained, measured and asked here: a limited process of the grader's own.

`python -m gluon_alexnet.grading.evaluator` reads requests from stdin, a line of wire.py each, and writes replies to stdout.
"""

import os
import statistics
import sys
import time

import numpy as np

from gluon_alexnet.data.loader import FashionMNISTLoader
from gluon_alexnet.errors import DivergedError, UserError, reason
from gluon_alexnet.fast import precision as precisions
from gluon_alexnet.grading import symbols, wire
from gluon_alexnet.grading.clock import processors
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import visible
from gluon_alexnet.language import LANGUAGES, short
from gluon_alexnet.machine import runtime, threads
from gluon_alexnet.prepare import prepare
from gluon_alexnet.train import evaluate, fit
from gluon_alexnet.train.engine_mxnet import Stepper

nets: dict[str, tuple] = {}  # name -> (symbol JSON, input shape, SymbolBlock, what its biases and scales begin as)


def load(name, symbol, arrays, input_shape):
    """Takes the net `symbol` (JSON) with the arrays in the .npz file `arrays` (None: no weights) in and tells what it is."""
    symbols.operators(symbol)
    mx = runtime.load_mxnet()
    # Written anew, every operator is called by its own name and not by one of its others.
    symbol = symbols.with_open_shapes(mx.sym.load_json(symbol).tojson(remove_amp_cast=False))
    names = symbols.operators(symbol)
    graph = mx.sym.load_json(symbols.numbered(symbol)).as_np_ndarray()
    outputs = known_shapes(graph, (2, *input_shape))
    if len(outputs) != 1:
        raise UserError(T(f"the net has {len(outputs)} outputs, not one", f"mạng có {len(outputs)} đầu ra, không phải một"))
    given = handed_over(arrays, mx.sym.load_json(symbol)) if arrays else {}
    begins = {key: float(values.flat[0]) for key, values in given.items() if is_constant(values)}
    block = block_of(symbol, input_shape, begins)
    if arrays:
        for key, parameter in block.collect_params().items():
            parameter.shape = given[key].shape
            parameter.initialize(ctx=mx.cpu())
            parameter.set_data(mx.np.array(given[key], dtype="float32"))
        block(mx.np.zeros((2, *input_shape)))
    inner = graph.get_internals()
    one, two = (
        symbols.shapes_by_node(symbol, inner.list_outputs(), known_shapes(inner, (batch, *input_shape))) for batch in (1, 2)
    )
    trained = {p.name for p in block.collect_params().values() if p.grad_req != "null"}
    params, multiply_adds = symbols.count(symbol, one, two, trained)
    nets[name] = symbol, tuple(input_shape), block, begins
    return {
        "params": params,
        "multiply_adds": multiply_adds,
        "operators": names,
        "output_shape": tuple(outputs[0]),
    }


def handed_over(path, graph):
    """{name: array} of the inputs of `graph` but the images, out of the .npz file at `path`. UserError where one lacks."""
    file = np.load(path, allow_pickle=False)
    names = [name for name in graph.list_arguments() + graph.list_auxiliary_states() if name != "data"]
    for key in names:
        if key not in file:
            raise UserError(T(f"the net's weights {key} were not handed over", f"không nhận được trọng số {key} của mạng"))
    return {key: file[key] for key in names}


def known_shapes(graph, input_shape):
    """The shapes of all outputs of `graph`; UserError of a Text where the images' shape does not tell them."""
    mx = runtime.load_mxnet()
    try:
        _, shapes, _ = graph.infer_shape(data=input_shape)
    except mx.base.MXNetError as error:
        shapes, why = None, reason(error)
    else:
        why = ""
    if shapes is None or any(length < 0 for shape in shapes for length in shape):
        raise UserError(
            T(
                f"the shapes within the net do not follow from that of the images {input_shape}{why and ': '}{why}",
                f"không suy ra được hình dạng bên trong mạng từ hình dạng của ảnh {input_shape}{why and ': '}{why}",
            )
        )
    return shapes


def is_constant(values):
    """Whether an array of less than two axes holds one number many times, as biases and scales do at the start."""
    return values.ndim < 2 and values.size > 0 and values.dtype.kind == "f" and bool((values == values.flat[0]).all())


def block_of(symbol, input_shape, begins=None):
    """The net as a block without weights. begins: name of a bias or a scale -> the number that all of it begins as."""
    mx = runtime.load_mxnet()
    graph, data = mx.sym.load_json(symbol).as_np_ndarray(), mx.sym.var("data", dtype="float32").as_np_ndarray()
    block = mx.gluon.SymbolBlock([graph], [data])
    shapes, _, states = graph.infer_shape(data=(2, *input_shape))
    parameters = block.collect_params()
    for key, shape in zip(graph.list_arguments() + graph.list_auxiliary_states(), shapes + states, strict=True):
        # A graph does not keep how its biases and scales begin; the initializer of the others wants matrices.
        if key in (begins or {}):
            parameters[key].init = mx.init.Constant(begins[key])
        elif key in parameters and len(shape) < 2:
            parameters[key].init = mx.init.One() if key.endswith(("gamma", "running_var")) else mx.init.Zero()
    return block


def package_model(name):
    """A new net of the package's own."""
    # The process that this one is forked from must not have them: others that answers run in are forked from it too.
    from gluon_alexnet import models

    return models.get_model(name)


def model(name, model, input_shape):
    """Takes in a net of the package's own, as `load` does."""
    mx = runtime.load_mxnet()
    block = package_model(model)
    block.initialize()
    block(mx.np.zeros((2, *input_shape)))
    symbol = block(mx.sym.var("data", dtype="float32").as_np_ndarray()).tojson(remove_amp_cast=False)
    return load(name, symbol, None, input_shape)


def logits(name, images):
    """What the net says to `images`, float32 (N, C, H, W), with the weights that it came with."""
    mx = runtime.load_mxnet()
    with threads.follower().timed((name, np.shape(images))):
        return nets[name][2](mx.np.array(images, dtype="float32")).asnumpy()


def train(
    name, images, epochs, test_images, test_seed, resize, augment, normalize, batch_size, seed, splits=("train", "test"), **recipe
):
    """Trains a copy of the net with fresh weights on the first `images` training images and tests it on unseen ones.

    test_images: how many of the test images, drawn by `test_seed`. splits: of the loader, what it learns from and is tested on.
    """
    symbol, input_shape, _, begins = nets[name]
    block = block_of(symbol, input_shape, begins)
    common = dict(resize=resize, normalize=normalize, download=False)
    data = FashionMNISTLoader(splits[0], batch_size, limit=images, augment=augment, seed=seed, last_batch="discard", **common)
    began = time.perf_counter()
    try:
        history = fit(block, data, epochs=epochs, seed=seed, progress=False, **recipe)
    except DivergedError as error:
        raise UserError(diverged(recipe)) from error
    seconds = time.perf_counter() - began
    unseen = FashionMNISTLoader(splits[1], 250, **common)
    chosen = np.random.default_rng(test_seed).choice(len(unseen.labels), min(test_images, len(unseen.labels)), replace=False)
    unseen.pixels, unseen.labels = unseen.pixels[chosen], unseen.labels[chosen]
    result = evaluate(block, unseen)
    last = history.epochs[-1]
    return {
        "accuracy": float(result.accuracy),
        "loss": float(last.loss),
        "train_accuracy": float(last.train_accuracy),
        "seconds": seconds,
    }


def diverged(recipe):
    """That the loss of a net became no number, a Text; recipe: what `fit` was told."""
    lr, lr_vi = (short(recipe.get("lr", 0.05), language, 6) for language in LANGUAGES)
    return T(
        f"in the grader's training (learning rate {lr}) the loss of the net grew until it was no number any more: the "
        "net diverges; batch normalization, or smaller numbers from layer to layer, help",
        f"khi bộ chấm huấn luyện (tốc độ học {lr_vi}), mất mát của mạng tăng đến mức không còn là một số: "
        "mạng phân kỳ; hãy thêm chuẩn hóa theo lô, hoặc giữ cho các giá trị không lớn dần qua từng tầng",
    )


def speed(name, model, batch_size, input_shape):
    """Training images per second of the net over those of the package's `model`, alternating, median of three.

    On all processors: nobody else grades meanwhile.
    """
    with threads.on_all_processors():
        return _speed(name, model, batch_size, input_shape)


def _speed(name, model, batch_size, input_shape):
    mx = runtime.load_mxnet()
    symbol, own_shape, _, begins = nets[name]
    pairs = []
    for block, shape in ((block_of(symbol, own_shape, begins), own_shape), (package_model(model), input_shape)):
        images = mx.np.random.uniform(size=(batch_size, *shape))
        prepare(block, images, [mx.cpu()])
        precision, _ = precisions.resolve("auto", [mx.cpu()], block, images.shape)
        stepper = Stepper(block, [mx.cpu()], "sgd", precision)
        labels = mx.np.arange(batch_size, dtype="int32") % 10
        pairs.append((stepper, images, labels))
    times = ([], [])
    for turn in range(4):
        for kept, (stepper, images, labels) in zip(times, pairs, strict=True):
            began = time.perf_counter()
            stepper.step(images, labels, 0.01)
            if turn:  # the first step plans the graph
                kept.append(time.perf_counter() - began)
    mine, reference = map(statistics.median, times)
    return reference / mine


def calibrate(steps=60):
    """Seconds of computing, spread over this process's processors, that `steps` steps of LeNet on 64 images take."""
    mx = runtime.load_mxnet()
    block, images = package_model("lenet"), mx.np.random.uniform(size=(64, 1, 28, 28))
    prepare(block, images, [mx.cpu()])
    stepper, labels = Stepper(block, [mx.cpu()], "sgd", "float32"), mx.np.arange(64, dtype="int32") % 10
    for step in range(steps + 5):
        if step == 5:  # the first plan the graph
            mx.npx.waitall()
            began = time.process_time()
        stepper.step(images, labels, 0.01)
    mx.npx.waitall()
    return (time.process_time() - began) / processors()


def said_of(error):
    """A Text on what was raised: as it is where it is one, else the error's own words behind ours."""
    if isinstance(error, UserError) and isinstance(error.args[0], T):
        return error.args[0]
    said = visible(reason(error), 300).replace('"', "'")
    said = f'{type(error).__name__}: "{said}"'
    return T(f"the grader cannot work with the net: {said}", f"bộ chấm không dùng được mạng này: {said}")


COMMANDS = {"calibrate": calibrate, "load": load, "model": model, "logits": logits, "train": train, "speed": speed}


def main():
    """Serves requests until stdin ends."""
    # MXNet and its libraries may print; the replies have a pipe to themselves.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.stdin, replies)


def serve(requests, replies):
    """Answers the lines of `requests` with lines in `replies`."""
    for line in requests:
        request = wire.decode(line)
        try:
            reply = {"value": COMMANDS[request.pop("command")](**request)}
        except Exception as error:
            reply = {"error": tuple(said_of(error))}
        print(wire.encode(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
