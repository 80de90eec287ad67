"""A whole class graded: what an LMS exports goes in, tables and pages to hand back come out, and nothing is lost on the way.

rows: what is kept of one graded notebook, and what a teacher's tables and pages make of it.
exports: who handed in what, by the names that LMSs give (submitters: by Gradescope's list; times: moments as they write them).
roster: who is in the class. deadlines: when exercises are due, and what being late costs. comments: a teacher's remarks (sheets:
the tables that these are read from). tables: the class as CSV and JSON. anonymous: codes in the place of names.
gradebook: a class graded into a folder, from what was handed in to what is handed back. journal: that folder, and the line that
each notebook has there. jobs: several notebooks at a time (worker: the process that grades them; judge: one notebook judged, and
whether an earlier row still holds). cluster: the same on many machines.
pages: the page of each student and that of the class (figures: what the class comes to; words: in two languages; unread: why a
file could not be read; handed_back: what of a grading its student may see).
alike: answers that are more alike than chance makes them.
upload: what one student uploads, judged for a system that waits for a file of results: gradescope, prairielearn.
github: a workflow for GitHub Classroom.
regrade: a class graded again where a check was mended.
"""

__all__ = ["cluster", "github", "gradebook", "gradescope", "jobs", "journal", "prairielearn", "regrade", "rows", "upload"]
