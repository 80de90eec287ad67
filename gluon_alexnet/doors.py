"""What a package hands out, loaded when it is first used."""

import importlib
import sys


def hand_out(package, homes):
    """(__getattr__, __dir__) of the package called `package`; homes: {public name: the module of this package that has it}."""

    def __getattr__(name):
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__():
        return sorted({*vars(sys.modules[package]), *homes})

    return __getattr__, __dir__
