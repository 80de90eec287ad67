"""Sphinx's settings for the site, in English or, with `-t vi`, in Vietnamese; tools/make_site.py calls it for both."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

vietnamese = tags.has("vi")  # noqa: F821  Sphinx gives it

project = "gluon_alexnet"
author = "gluon_alexnet contributors"
release = re.search(r'__version__ = "(.+)"', (HERE.parents[1] / project / "__init__.py").read_text(encoding="utf-8"))[1]
version = release
language = "vi" if vietnamese else "en"
html_search_language = language
root_doc = "index"

extensions = ["myst_nb", "site_sphinx"]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
templates_path = [str(HERE / "templates")]
# The docstrings' and guides' own quotation marks and dashes.
smartquotes = False
# Code whose language nobody says is not guessed at.
highlight_language = "none"
nitpicky = True
# A notebook's heading may skip a level, as its author has it.
suppress_warnings = ["myst.header"]
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90
add_module_names = False
toc_object_entries_show_parents = "hide"

myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 6
myst_url_schemes = ["http", "https", "mailto", "site"]
myst_dmath_double_inline = True

# Notebooks are shown with the outputs that are stored in them.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_code_prompt_show = "Hiện mã của ô này" if vietnamese else "Show this cell's code"
nb_code_prompt_hide = "Ẩn mã của ô này" if vietnamese else "Hide this cell's code"
nb_merge_streams = True

html_theme = "furo"
html_title = project
html_math_renderer = "mathml"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_use_index = True
html_domain_indices = False
pygments_style = "default"
pygments_dark_style = "github-dark"
html_theme_options = {"top_of_page_buttons": [], "navigation_with_keys": True}
