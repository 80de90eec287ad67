"""What a person sees of a net and a run.

viz: plots, drawn by matplotlib without a screen (canvas: colours, PNG). notebook: curves that grow in a cell, rows of images.
report: report.html and curves.png of a run. page: templates/ filled in, of which base.html is every page's; what stands in them.
sketch: a run as a notebook shows it. drawing: a net drawn to scale as an SVG (stages: what of the net it shows). agreement:
compare.html of several runs.
"""

__all__ = ["agreement", "canvas", "drawing", "notebook", "page", "report", "sketch", "viz"]
