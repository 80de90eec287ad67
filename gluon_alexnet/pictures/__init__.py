"""What a person sees of a net and a run.

viz: plots, drawn by matplotlib without a screen (canvas: colours, PNG). notebook: curves that grow in a cell, rows of images.
report: report.html and curves.png of a run (page: its parts; templates/: the page).
"""

__all__ = ["canvas", "notebook", "report", "viz"]
