"""The grader of the exercises: answers are taken out of a student's notebook, run apart, and questioned from outside."""
