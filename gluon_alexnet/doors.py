"""What a package hands out, loaded when it is first used."""

import importlib
import sys
from collections.abc import Callable, Mapping


def hand_out(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """(__getattr__, __dir__) of the package called `package`; homes: {public name: the module of this package that has it}.

    `dir` shows what `__all__` has, the modules that are loaded, and what Python itself puts there.
    """

    def __getattr__(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        there = vars(sys.modules[package])
        own = [name for name in there if name.startswith("__") or f"{package}.{name}" in sys.modules]
        return sorted({*own, *there["__all__"]})

    return __getattr__, __dir__
