"""NVIDIA's CUDA 11 libraries from pip wheels, opened so that mxnet-cu112 finds them without a system CUDA."""

from __future__ import annotations

import ctypes
import importlib.metadata
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

WHEELS = ("mxnet", "mxnet-cu112")

# Each library stands after those it needs.
LIBRARIES = (
    "libcudart.so.11.0",
    "libnvrtc.so.11.2",
    "libnvToolsExt.so.1",
    "libcublasLt.so.11",
    "libcublas.so.11",
    "libcusolver.so.11",
    "libcufft.so.10",
    "libcurand.so.10",
    "libcudnn.so.8",
    "libnccl.so.2",
)


def installed_wheels() -> dict[str, str]:
    """The MXNet wheels of this Python, as {distribution name: version}; two at once overwrite each other's files."""
    found = {}
    for name in WHEELS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def find_libraries(folders: Iterable[str | Path] | None = None) -> dict[str, Path | None]:
    """{library: its Path in an NVIDIA wheel, or None}, in the order to open them; searches `sys.path` by default."""
    places = [Path(folder) / "nvidia" for folder in (sys.path if folders is None else folders)]
    candidates = {name: [path for folder in places for path in sorted(folder.glob(f"*/lib/{name}"))] for name in LIBRARIES}
    return {name: paths[0] if paths else None for name, paths in candidates.items()}


def open_libraries(
    folders: Iterable[str | Path] | None = None, open_library: Callable[..., object] = ctypes.CDLL
) -> tuple[str, ...]:
    """Open what the wheels hold, visible to libraries loaded later; returns the names that no wheel holds.

    Those may still come from a system CUDA, so their absence is no error here.
    """
    found = find_libraries(folders)
    for path in filter(None, found.values()):
        open_library(str(path), mode=ctypes.RTLD_GLOBAL)
    return tuple(name for name, path in found.items() if path is None)
