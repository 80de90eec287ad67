"""Runs saved and restored exactly, without pickle.

A checkpoint called NAME is `NAME.json`, which tells the rest of the run's state and names two files beside it: the net's
parameters (Gluon's own format: `net.load_parameters` reads it) and the optimizer's state. The files of a new checkpoint get
new names and the JSON is replaced last, in one rename: whenever the process dies, the JSON names files that are whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet.errors import CheckpointError, reason
from gluon_alexnet.machine import runtime

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import PathLike

FORMAT = 1
# MXNet cannot save an empty dict: what stands in the file of an optimizer without state.
NOTHING = "none"


def save(
    folder: Path,
    name: str,
    net: mx.gluon.Block,
    state: Mapping[str, Any],
    optimizer: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Writes the checkpoint `name` into `folder`: the net, the optimizer's state ({name: array}), and `state`, a JSON-able dict.

    more: further arrays of the run, by name, such as those of callbacks. state["step"] tells this checkpoint's files from the
    earlier one's. Raises UserError when the folder cannot be written to.
    """
    folder = files_io.user_path(folder)
    files = {"parameters": f"{name}-{state['step']:07d}.params"}
    _write_arrays(folder / files["parameters"], net.save_parameters)
    if optimizer is not None:
        files["optimizer"] = f"{name}-{state['step']:07d}.optimizer"
        _save_arrays(folder / files["optimizer"], optimizer)
    if more:
        files["arrays"] = f"{name}-{state['step']:07d}.arrays"
        _save_arrays(folder / files["arrays"], more)
    content = {"format": FORMAT, "files": files, **state}
    files_io.write_text(folder / f"{name}.json", json.dumps(content, allow_nan=False))
    for old in folder.glob(f"{name}-*.*"):
        # By their whole name: somebody may keep a last-year.params here.
        if old.name not in files.values() and re.fullmatch(r".*-\d{7,}\.(params|optimizer|arrays)", old.name):
            old.unlink(missing_ok=True)
    # What processes left that were killed while they wrote.
    for part in folder.glob(f".{name}-*.tmp.*"):
        part.unlink(missing_ok=True)


def read(folder: PathLike, name: str = "last") -> dict[str, Any]:
    """The state of the checkpoint `name` in `folder` as a dict. Raises CheckpointError when there is none or it is damaged."""
    path = files_io.user_path(folder) / f"{name}.json"
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = path.with_name("last.json").is_file()
        if name == "best" and kept:
            raise CheckpointError(
                f"the run in {folder} kept no best net, as runs do that are trained with --validation: take its last"
            ) from None
        if name != "last" and kept:
            raise CheckpointError(
                f"the run in {folder} kept no {name}, as runs do that are trained with callbacks=[ExponentialMovingAverage()]: "
                "take its last"
            ) from None
        raise CheckpointError(f"there is no checkpoint {path}: name the folder of a run, such as runs/alexnet-...") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"the checkpoint {path} cannot be read ({error}): take another one of the run, or start anew"
        ) from None
    files = state.get("files") if isinstance(state, dict) else None
    whole = isinstance(files, dict) and isinstance(files.get("parameters"), str) and "step" in state
    # What it names lies beside it, whoever made the folder.
    beside = isinstance(files, dict) and all(isinstance(each, str) and each == Path(each).name for each in files.values())
    if not whole or not beside or state.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint of this version of gluon_alexnet: start the run anew")
    return state


def load_net(folder: Path, state: Mapping[str, Any], net: mx.gluon.Block, contexts: Sequence[mx.Context] | None = None) -> None:
    """Loads the parameters of the checkpoint whose `state` was read from `folder` into `net`.

    Raises CheckpointError when the file is missing or damaged, or is of another net.
    """
    path = files_io.user_path(folder) / state["files"]["parameters"]
    _need(path)
    try:
        net.load_parameters(str(path), ctx=contexts)
    except Exception as error:
        # MXNet tells damage, missing names and other shapes by AssertionError, ValueError and MXNetError.
        raise CheckpointError(
            f"{path} does not fit this net or is damaged ({reason(error)}): take the net that the run trained"
        ) from error


def load_optimizer(folder: Path, state: Mapping[str, Any], stepper: Any) -> None:
    """Loads the optimizer's state of a checkpoint into a new Stepper of the same net and optimizer.

    Raises CheckpointError when the file is missing or does not fit.
    """
    path = files_io.user_path(folder) / str(state["files"].get("optimizer"))
    _need(path)
    try:
        saved = dict(runtime.load_mxnet().nd.load(str(path)))
    except Exception as error:
        raise CheckpointError(f"{path} is damaged ({reason(error)}): start the run anew") from error
    saved.pop(NOTHING, None)
    try:
        stepper.load_optimizer_arrays(saved)
    except (KeyError, ValueError):
        raise CheckpointError(f"{path} is of another optimizer or net: resume with the settings of the run") from None


def load_more(folder: Path, state: Mapping[str, Any]) -> dict[str, Any]:
    """The further arrays of the checkpoint whose `state` was read from `folder`, MXNet's by name; {} where it has none."""
    if "arrays" not in state["files"]:
        return {}
    path = files_io.user_path(folder) / str(state["files"]["arrays"])
    _need(path)
    try:
        return dict(runtime.load_mxnet().nd.load(str(path)))
    except Exception as error:
        raise CheckpointError(f"{path} is damaged ({reason(error)}): start the run anew") from error


def _save_arrays(path, arrays):
    """Writes {name: array of NumPy or MXNet} at `path`."""
    nd = runtime.load_mxnet().nd

    def plain(array):
        # What MXNet takes of NumPy without a copy can be written to no more.
        return nd.from_numpy(np.array(array, order="C")) if isinstance(array, np.ndarray) else array.as_nd_ndarray()

    named = {name: plain(array) for name, array in arrays.items()}
    _write_arrays(path, lambda name: nd.save(name, named or {NOTHING: nd.zeros(1)}))


def _write_arrays(path, save):
    """Has MXNet write a file by `save(name)`, whole or not at all."""
    mx = runtime.load_mxnet()
    with files_io.replacing(path) as temporary:
        try:
            save(str(temporary))
            # MXNet does not notice when the last kilobytes found no room on the disk; reading the file back does.
            mx.nd.load(str(temporary))
        except mx.MXNetError as error:
            raise OSError("MXNet could not write it whole, as when the disk is full") from error


def _need(path):
    if not path.is_file():
        raise CheckpointError(f"the checkpoint names {path}, which is missing: copy the whole folder of the run")
