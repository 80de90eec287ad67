"""Weights in files: Gluon's .params, .npz and .safetensors for exchange, PyTorch's .pt, Keras's .keras, .onnx.

Nothing here unpickles: PyTorch's files are read with weights_only. What is read is in the neutral form of weights.py.
Files of ours say which net they are of where their format has room for it: .safetensors, .npz, .keras and .onnx.
"""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet import files_io, models
from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.interop import optional
from gluon_alexnet.interop import torch as torch_side
from gluon_alexnet.interop.weights import NORMS, from_framework, layers, load_weights, read_weights, to_framework

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import PathLike, Weights

FORMATS = {"torch": ".safetensors", "keras": ".keras", "onnx": ".onnx", "gluon": ".params", "npz": ".npz"}
# The suffixes that `read` knows.
READABLE = (".params", ".npz", ".safetensors", ".pt", ".pth", ".keras", ".onnx")
# Under which name a file has the text by `spec_text`; in a .keras, a member of its archive.
SPEC = "gluon_alexnet"
# What in the configuration of a layer of Keras its answers depend on.
COMPUTED = (
    *("kernel_size", "strides", "padding", "pool_size", "activation", "epsilon", "axis", "dims", "cropping", "keepdims"),
    *("data_format", "use_bias", "groups", "size", "alpha", "beta", "k"),
)


def spec_text(spec: models.Spec) -> str:
    """A Spec as text, for a file of its weights."""
    return json.dumps(models.as_dict(spec))


def spec_in(path: Path) -> models.Spec | None:
    """The Spec of the net that a file of weights is of, by what it says itself; None where it says nothing.

    Raises UserError as `read` does.
    """
    path = weights_file(path)
    text = _reading(path, _TELLING[path.suffix], path) if path.suffix in _TELLING else None
    return None if text is None else _reading(path, _spec_of, text)


def _spec_of(text):
    return models.from_dict(json.loads(text))


def weights_file(path: PathLike) -> Path:
    """`path` as a Path. Raises UserError where it cannot be a file of weights."""
    path = files_io.user_path(path)
    if path.suffix not in READABLE:
        raise UserError(f"{path} is not a file of weights: name a run's folder or a file that ends in {', '.join(READABLE)}")
    if not os.path.isfile(path):
        raise UserError(f"there is no file {path}: name a run's folder or a file of weights")
    return path


def _reading(path, read, *arguments):
    """What `read` gives. Raises UserError where it fails, for whatever reason."""
    try:
        return read(*arguments)
    except UserError:
        raise
    except pickle.UnpicklingError:
        raise UserError(
            f"{path} has other things in it than tensors, and such files can run programs, so it is not read: write the weights "
            "alone, by torch.save(net.state_dict(), ...)"
        ) from None
    except Exception as error:
        # Each library has its own exceptions for damage.
        raise UserError(f"{path} cannot be read as a net's weights ({reason(error)}): take another file") from error


def read(path: Path, spec: models.Spec) -> Weights:
    """The weights in a file, for the net that `spec` describes: {name: float32 array} in the neutral form, not yet checked.

    Raises UserError where the file is missing, damaged, or of a kind that is not known.
    """
    path = weights_file(path)
    return _reading(path, _READING[path.suffix], path, spec)


def write(path: Path, net: mx.gluon.Block, spec: models.Spec) -> None:
    """Writes the weights of a Gluon net that `spec` describes; the ending of `path` says how. Raises UserError."""
    path, weights = Path(path), read_weights(net)
    match path.suffix:
        case ".params":
            with files_io.replacing(path) as temporary:
                net.save_parameters(str(temporary))
        case ".npz":
            with files_io.replacing(path) as temporary, open(temporary, "wb") as file:
                content: dict[str, Any] = {**weights, SPEC: spec_text(spec)}
                np.savez(file, **content)
        case ".safetensors":
            save = _safetensors().save
            files_io.write_bytes(path, save(_as_state_dict(weights, spec), metadata={"format": "pt", SPEC: spec_text(spec)}))
        case ".keras":
            from gluon_alexnet.interop import keras as keras_side

            model = keras_side.twin(spec)
            load_weights(model, weights)
            with files_io.replacing(path) as temporary:
                model.save(temporary)
                with zipfile.ZipFile(temporary, "a") as archive:
                    archive.writestr(SPEC, spec_text(spec))
        case ".onnx":
            from gluon_alexnet.interop.onnx import export

            export(spec, path, weights=weights, properties={SPEC: spec_text(spec)})
        case other:
            raise UserError(f"weights cannot be written as {other or 'such a file'}: take {', '.join(FORMATS.values())}")


def _names(spec):
    """{PyTorch's name in a state_dict: (neutral name, Layer, parameter)}."""
    found = {}
    for layer in layers(spec):
        for parameter in layer.arrays():
            theirs = NORMS["torch"][parameter] if layer.kind == "batchnorm" else parameter
            found[f"{layer.name}.{theirs}"] = f"{layer.name}.{parameter}", layer, parameter
    return found


def _as_state_dict(weights, spec):
    """What torch.nn.Module.load_state_dict takes: PyTorch's batch norms count batches too, which nothing reads."""
    state = {
        theirs: np.ascontiguousarray(to_framework(weights[name], layer, parameter, "torch"))
        for theirs, (name, layer, parameter) in _names(spec).items()
    }
    norms = [layer.name for layer in layers(spec) if layer.kind == "batchnorm"]
    return {**state, **{f"{name}.num_batches_tracked": np.array(0, "int64") for name in norms}}


def _of_state_dict(state, spec):
    known = _names(spec)
    found = {}
    for theirs, array in state.items():
        if theirs.endswith("num_batches_tracked"):
            continue
        name, layer, parameter = known.get(theirs, (theirs, None, None))
        fits = layer is not None and parameter == "weight"
        found[name] = np.asarray(from_framework(array, layer, parameter, "torch") if fits else array, dtype="float32")
    return found


def _read_params(path, spec):
    net = models.build(spec)
    net.load_parameters(str(path))
    return read_weights(net)


def _read_npz(path, spec):
    with np.load(path, allow_pickle=False) as content:
        return {name: content[name].astype("float32") for name in content.files if name != SPEC}


def _safetensors():
    return optional.load("safetensors.numpy", "safetensors")


def _read_safetensors(path, spec):
    return _of_state_dict(_safetensors().load_file(path), spec)


def _read_torch(path, spec):
    state = torch_side.load_torch().load(path, map_location="cpu", weights_only=True)
    return _of_state_dict({name: tensor.float().numpy() for name, tensor in state.items()}, spec)


def _read_keras(path, spec):
    from gluon_alexnet.interop import keras as keras_side

    model = keras_side.load_keras().saving.load_model(path, compile=False, safe_mode=True)
    if _computed(model) != _computed(keras_side.twin(spec)):
        raise other_layers(path, spec)
    keras_side.adopt(model, layers(spec))
    return read_weights(model)


def other_layers(path: PathLike, spec: models.Spec) -> UserError:
    """The UserError for a file of weights of another net than `spec`."""
    return UserError(f"{path} has other layers than {spec.name}: name its net by --model, with --width and so on as in training")


def _computed(model):
    """What a Keras model that answers computes with its weights, layer by layer."""
    found = [(type(layer).__name__, layer.get_config()) for layer in model.layers if type(layer).__name__ != "Dropout"]
    return [(kind, {name: config[name] for name in COMPUTED if name in config}) for kind, config in found]


def _read_onnx(path, spec):
    from gluon_alexnet.interop.onnx import load_onnx, nodes_of, operators

    onnx = load_onnx()
    graph = onnx.load(path).graph
    if operators(graph.node) != operators(nodes_of(spec)):
        raise other_layers(path, spec)
    stored = graph.initializer
    return {tensor.name: onnx.numpy_helper.to_array(tensor).astype("float32") for tensor in stored}


_READING = {
    ".params": _read_params,
    ".npz": _read_npz,
    ".safetensors": _read_safetensors,
    ".pt": _read_torch,
    ".pth": _read_torch,
    ".keras": _read_keras,
    ".onnx": _read_onnx,
}


def _spec_text_in_npz(path):
    with np.load(path, allow_pickle=False) as content:
        return str(content[SPEC]) if SPEC in content.files else None


def _spec_text_in_safetensors(path):
    _safetensors()
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as content:
        return (content.metadata() or {}).get(SPEC)


def _spec_text_in_keras(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read(SPEC).decode() if SPEC in archive.namelist() else None


def _spec_text_in_onnx(path):
    from gluon_alexnet.interop.onnx import load_onnx

    return next((each.value for each in load_onnx().load(path).metadata_props if each.key == SPEC), None)


_TELLING = {
    ".npz": _spec_text_in_npz,
    ".safetensors": _spec_text_in_safetensors,
    ".keras": _spec_text_in_keras,
    ".onnx": _spec_text_in_onnx,
}
