"""Packages that only some of the house needs."""

import importlib

from gluon_alexnet.errors import UserError


def load(module, packages):
    """The module called `module`. Raises UserError with the command that installs `packages` where it cannot be imported."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(f"this needs {module.split('.')[0]} ({error}): pip install {packages}") from None
