"""The grader of the exercises: answers are taken out of a student's notebook, run apart, and questioned from outside.

grade: one notebook, task by task (clock: how much of a time limit is used up). report: what it says, as lines, JSON, HTML.
plugin: its items in pytest; in_notebook: the last cell of a notebook, which grades it, and `check`, which grades one task;
watch: a notebook graded each time it is saved. submissions: what was handed in.
notebook: which cell answers which task (cells: what of a file is looked at; exercise: the reference, from exercises/*.json).
checks: what a check can ask and compare; texts: sentences in two languages. kernel: a student's kernel (probes: the part inside
it; wire: values between them). nets: nets handed over (evaluator: the process that counts, trains and tests them; symbols: their
graphs). sandbox: the box that both run in (confine: the part inside it).
archives: zips of what was handed in, read where they lie.
shell: the part of a student's kernel that runs cells. server: boxes forked from a process that has imported what notebooks need
(serving: that process). quiet: turns between graders, for what measures speed.
trial: answers of an exercise's own author tried out by its checks, many a second.
written: questions that are answered in words, which nothing grades.
rehearsal: a net tried by its own author as the grader will try it.
digests: what was asked of an answer, and what it gave, to be compared.
hidden: which modules answers may not import (refuse: says so in the box).
"""

__all__ = [
    "archives",
    "digests",
    "exercise",
    "grade",
    "in_notebook",
    "notebook",
    "rehearsal",
    "report",
    "submissions",
    "texts",
    "trial",
    "watch",
    "written",
]
