"""The commands: each parses its words, calls the library and prints."""

from gluon_alexnet.cli.parser import main

__all__ = ["main"]
