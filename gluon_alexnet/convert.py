"""A trained net carried to another framework, and proved there: `gluon-alexnet convert`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet import files_io, models, prepare, runs
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import files, load_weights, optional
from gluon_alexnet.machine import runtime

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

IMAGES = 16
# Of the largest logit: float32 sums in another order stay far below it, a wrong transpose far above.
LARGEST_DIFFERENCE = 1e-4


def convert(
    source: PathLike | None = None, to: str = "onnx", out: PathLike | None = None, model: str | None = None, **kw: float | str
) -> tuple[Path, float]:
    """Writes the net in `source` for another framework and compares the answers; returns (path, difference).

    source: a run's folder (None: the newest below runs/), or a file of weights. model, kw: the net, as for models.spec, of a file
      that does not say it itself: of any but those that this package writes, and of Gluon's .params.
    to: 'torch' (.safetensors), 'keras' (.keras), 'onnx', 'gluon' (.params) or 'npz'. out: the file, or None for one named after
      the net.
    difference: the largest between the two sides' logits on random images, over the largest logit.
    Raises UserError where anything does not fit, and where the answers differ; the file is then not kept.
    """
    if to not in files.FORMATS:
        raise UserError(f"there is no format {to!r}: take one of {', '.join(files.FORMATS)}")
    net, spec = _read(source, model, kw)
    path = files_io.user_path(out) if out else Path(f"{spec.name}{files.FORMATS[to]}")
    if path.suffix != files.FORMATS[to]:
        raise UserError(f"{path} must end in {files.FORMATS[to]}, by which other programs know what it is")
    mx = runtime.load_mxnet()
    images = np.random.default_rng(0).uniform(size=(IMAGES, *spec.input_shape)).astype("float32")
    expected = net(mx.np.array(images)).asnumpy()
    try:
        with files_io.replacing(path) as written:
            files.write(written, net, spec)
            actual = _answers(to, written, spec, images)
            difference = float(np.abs(actual - expected).max() / max(np.abs(expected).max(), 1e-30))
            if not difference <= LARGEST_DIFFERENCE:
                amount = f"by {difference:.1e} of the largest logit"
                raise UserError(f"in {to} the net answers differently, {amount}: {path} is not written")
    except UnicodeError:
        raise UserError(f"MXNet cannot write a file of the name {str(path)!a}: name one in UTF-8") from None
    return path, difference


def _read(source, model, kw):
    """(Gluon net with weights, its Spec) of a run's folder or of a file of weights."""
    # Path.is_dir would raise for a name that is too long.
    if source is None or os.path.isdir(files_io.user_path(source)):
        if model is not None or kw:
            raise UserError("--model and the like are for files of weights: a run knows its net")
        net, spec, _, _ = runs.load(source)
        runs.need_layers(spec)
    else:
        path = files.weights_file(source)
        spec = files.spec_in(path)
        if spec is None and model is None:
            known = ", ".join(models.list_models())
            raise UserError(f"{source} does not say which net it is of: name it with --model, one of {known}")
        if spec is None:
            spec = models.spec(model, **kw)
        elif kw or model not in (None, spec.name):
            raise UserError(f"{source} says itself that it is of {spec.name}: leave out --model and the like")
        net = models.build(spec)
        load_weights(net, files.read(path, spec))
    prepare.prepare(net, runtime.load_mxnet().np.zeros((1, *spec.input_shape)), [runtime.load_mxnet().cpu()])
    return net, spec


def _answers(to, path, spec, images):
    """The logits of the net in the file at `path`, computed by the framework that it is for."""
    if to == "onnx":
        onnxruntime = optional.load("onnxruntime", "onnxruntime")
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: images})[0]
    if to == "keras":
        from gluon_alexnet.interop.keras import load_keras

        model = load_keras().saving.load_model(path, compile=False, safe_mode=True)
        return np.asarray(model(images.transpose(0, 2, 3, 1) if images.ndim == 4 else images, training=False))
    if to == "torch":
        from gluon_alexnet.interop import torch as torch_side

        torch = torch_side.load_torch()
        twin = torch_side.twin(spec).eval()
        twin.load_state_dict({name: torch.from_numpy(array) for name, array in files._safetensors().load_file(path).items()})
        with torch.inference_mode():
            return twin(torch.from_numpy(images)).numpy()
    net = models.build(spec)
    load_weights(net, files.read(path, spec))
    return net(runtime.load_mxnet().np.array(images)).asnumpy()
