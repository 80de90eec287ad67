"""A whole class graded: what an LMS exports goes in, tables and pages to hand back come out, and nothing is lost on the way.

rows: what is kept of one graded notebook, and what a teacher's tables and pages make of it.
"""

__all__ = ["rows"]
