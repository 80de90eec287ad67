"""What Sphinx is taught here: formulas as MathML, search in Vietnamese, links between the languages, headings' own anchors."""

from __future__ import annotations

import html
import posixpath
import re
import unicodedata

from docutils import nodes
from latex2mathml.converter import convert
from site_pages import pages
from sphinx import addnodes
from sphinx.search import SearchLanguage
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)
SWITCH = {"en": ("vi", "Tiếng Việt", "(chưa có bản dịch)"), "vi": ("en", "English", "")}
NOTICE = "Trang này chưa có bản tiếng Việt; dưới đây là bản tiếng Anh."
# The letters of Vietnamese that are no others with marks.
BARRED = str.maketrans("đĐ", "dD")


class Vietnamese(SearchLanguage):
    """Words as they are, found with and without their marks: `tich chap` finds `tích chập`."""

    lang, language_name = "vi", "Vietnamese"
    js_stemmer_code = """
var Stemmer = function () {
  this.stemWord = function (word) {
    return word.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/\\p{M}/gu, "").normalize("NFC");
  };
};
"""

    def stem(self, word: str) -> str:
        apart = unicodedata.normalize("NFD", word.lower().translate(BARRED))
        return unicodedata.normalize("NFC", "".join(each for each in apart if not unicodedata.category(each).startswith("M")))


def math_of(node: nodes.Element, display: str) -> str:
    """A formula as MathML; one that cannot be read is a warning, which ends the build."""
    text = node.astext()
    try:
        made = convert(text, display=display)
    except Exception as error:  # noqa: BLE001  whatever it stumbles over
        made, reason = "", repr(error)
    else:
        # What it does not know it leaves as it is.
        left = re.findall(r"\\[A-Za-z]+", made)
        reason = f"what is {left[0]}?" if left else ""
    if reason:
        logger.warning("formula that cannot be shown (%s): %s", reason, text, location=node)
    return made or f"<code>{html.escape(text)}</code>"


def visit_math(self, node):
    self.body.append(math_of(node, "inline"))
    raise nodes.SkipNode


def visit_math_block(self, node):
    self.body.append(f'<div class="math">{math_of(node, "block")}</div>')
    raise nodes.SkipNode


class OwnAnchors(SphinxTransform):
    """A heading's anchor is that of GitHub, so that links to it from anywhere are the same."""

    default_priority = 880

    def apply(self, **kwargs):
        for section in self.document.findall(nodes.section):
            name = section.get("slug")
            if name and name not in section["ids"]:
                section["ids"].insert(0, name)
                self.document.ids[name] = section


class OwnTypes(SphinxTransform):
    """Of the types in signatures, those of this package are links; others are names.

    Sphinx would look for these by their last part, and find what is called alike.
    """

    default_priority = 881

    def apply(self, **kwargs):
        for link in list(self.document.findall(addnodes.pending_xref)):
            foreign = link.get("refdomain") == "py" and not link["reftarget"].startswith("gluon_alexnet")
            if foreign and _in_signature(link):
                link.replace_self(nodes.Text(link["reftarget"]))


def _in_signature(node):
    while node is not None and not isinstance(node, addnodes.desc_signature):
        node = node.parent
    return node is not None


def turn_links(app, doctree, name):
    """Links of the form `site:LANGUAGE/PAGE#ANCHOR` as the way from the page `name`."""
    here = "vi/" if app.config.language == "vi" else ""
    for link in doctree.findall(nodes.reference):
        found = re.fullmatch(r"site:(en|vi)/([^#]+)(#.*)?", link.get("refuri", ""))
        if found:
            there = ("vi/" if found[1] == "vi" else "") + found[2]
            link["refuri"] = posixpath.relpath(f"{there}.html", posixpath.dirname(here + name) or ".") + (found[3] or "")
            link["classes"] = [each for each in link["classes"] if each != "external"]
            link["internal"] = True


def add_switch(app, name, template, context, doctree):
    """For the templates: the way to the same page in the other language, and what is to be known of it."""
    language = app.config.language
    other, label, missing = SWITCH[language]
    up = "../" * name.count("/")
    written = {page.name: page.sources for page in pages() if not page.made}.get(name, {})
    english_only = name.startswith(("api/",)) or (name in {page.name for page in pages()} and "vi" not in written)
    context["site_other"] = {
        "language": other,
        "label": label,
        "word": missing if english_only else "",
        "link": f"{up}vi/{name}.html" if other == "vi" else f"{up}../{name}.html",
    }
    context["site_notice"] = NOTICE if language == "vi" and english_only and not name.startswith("api/") else ""
    context["site_text_language"] = "en" if language == "vi" and english_only else ""


def setup(app):
    app.add_search_language(Vietnamese)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.add_transform(OwnAnchors)
    app.add_transform(OwnTypes)
    app.connect("doctree-resolved", turn_links)
    app.connect("html-page-context", add_switch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
