"""A whole class graded: what an LMS exports goes in, tables and pages to hand back come out, and nothing is lost on the way.

rows: what is kept of one graded notebook, and what a teacher's tables and pages make of it.
upload: what one student uploads, judged for a system that waits for a file of results: gradescope, prairielearn.
github: a workflow for GitHub Classroom.
"""

__all__ = ["github", "gradescope", "prairielearn", "rows", "upload"]
