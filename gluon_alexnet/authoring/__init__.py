"""Exercises made of their one source, by this project and by teachers of their own.

build: the files of an exercise made (source: its cells, and what is wrong with one; marks: its texts in code, in two languages;
notebooks: what is made of them).
lint: how good its checks are, tried by wrong answers (mutants: made of the right ones).
"""

__all__ = ["build", "lint"]
