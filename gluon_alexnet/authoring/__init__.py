"""Exercises made of their one source, by this project and by teachers of their own.

build: the files of an exercise made (source: its cells, and what is wrong with one; notebooks: what is made of them).
"""

__all__ = ["build"]
