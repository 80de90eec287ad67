"""Weights in files: Gluon's .params, .npz and .safetensors for exchange, PyTorch's .pt, Keras's .keras, .onnx.

Nothing here unpickles: PyTorch's files are read with weights_only. What is read is in the neutral form of weights.py.
"""

from pathlib import Path

import numpy as np

from gluon_alexnet import files_io, models
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import optional
from gluon_alexnet.interop import torch as torch_side
from gluon_alexnet.interop.weights import NORMS, from_framework, layers, load_weights, read_weights, to_framework

FORMATS = {"torch": ".safetensors", "keras": ".keras", "onnx": ".onnx", "gluon": ".params", "npz": ".npz"}
# The suffixes that `read` knows.
READABLE = (".params", ".npz", ".safetensors", ".pt", ".pth", ".keras", ".onnx")


def read(path, spec):
    """The weights in a file, for the net that `spec` describes: {name: float32 array} in the neutral form, not yet checked.

    Raises UserError where the file is missing, damaged, or of a kind that is not known.
    """
    path = Path(path)
    if path.suffix not in READABLE:
        raise UserError(f"{path} is not a file of weights: name a run's folder or a file that ends in {', '.join(READABLE)}")
    if not path.is_file():
        raise UserError(f"there is no file {path}: name a run's folder or a file of weights")
    try:
        return {
            ".params": _read_params,
            ".npz": _read_npz,
            ".safetensors": _read_safetensors,
            ".pt": _read_torch,
            ".pth": _read_torch,
            ".keras": _read_keras,
            ".onnx": _read_onnx,
        }[path.suffix](path, spec)
    except UserError:
        raise
    except Exception as error:
        # Each library has its own exceptions for damage.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(f"{path} cannot be read as weights of {spec.name} ({reason}): take another file") from error


def write(path, net, spec):
    """Writes the weights of a Gluon net that `spec` describes; the ending of `path` says how. Raises UserError."""
    path, weights = Path(path), read_weights(net)
    match path.suffix:
        case ".params":
            with files_io.replacing(path) as temporary:
                net.save_parameters(str(temporary))
        case ".npz":
            with files_io.replacing(path) as temporary, open(temporary, "wb") as file:
                np.savez(file, **weights)
        case ".safetensors":
            save = _safetensors().save
            files_io.write_bytes(path, save(_as_state_dict(weights, spec), metadata={"format": "pt", "net": spec.name}))
        case ".keras":
            from gluon_alexnet.interop import keras as keras_side

            model = keras_side.twin(spec)
            load_weights(model, weights)
            path.parent.mkdir(parents=True, exist_ok=True)
            # Keras looks at the ending.
            temporary = path.with_name(f".{path.stem}.part.keras")
            try:
                model.save(temporary)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        case ".onnx":
            from gluon_alexnet.interop.onnx import export

            export(spec, path, weights=weights)
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
        return {name: content[name].astype("float32") for name in content.files}


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
    keras_side.adopt(model, layers(spec))
    return read_weights(model)


def _read_onnx(path, spec):
    from gluon_alexnet.interop.onnx import load_onnx

    onnx = load_onnx()
    stored = onnx.load(path).graph.initializer
    return {tensor.name: onnx.numpy_helper.to_array(tensor).astype("float32") for tensor in stored}
