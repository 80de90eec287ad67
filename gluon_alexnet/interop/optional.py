"""Packages that only some of the house needs."""

import importlib
import importlib.util
from types import ModuleType

from gluon_alexnet.errors import UserError


def need(module: str, packages: str) -> None:
    """Raises UserError, with the command that installs `packages`, where the module is not installed; does not load it."""
    if importlib.util.find_spec(module) is None:
        raise UserError(f"this needs {module}, which is not installed: pip install {packages}")


def load(module: str, packages: str) -> ModuleType:
    """The module called `module`. Raises UserError with the command that installs `packages` where it cannot be imported."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(f"this needs {module.split('.')[0]} ({error}): pip install {packages}") from None
