"""gluon_alexnet.pictures.page: templates that escape, all of one base page."""

import re
import sys
from importlib import resources

import pytest
from html_page import Page

from gluon_alexnet.errors import UserError
from gluon_alexnet.pictures import page

FOLDER = resources.files("gluon_alexnet.pictures") / "templates"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
PAGES = sorted({name for name in TEMPLATES if name.endswith(".html")} - {"base.html", "parts.html", "sketch.html"})


def filled(template, **values):
    return page.environment().from_string(template).render(**values)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_extends_the_one_base(name):
    assert TEMPLATES[name].startswith('{% extends "base.html" %}')
    assert "safe" not in re.findall(r"\|\s*(\w+)", TEMPLATES[name])


def test_the_base_lets_nothing_be_loaded_and_knows_dark_screens_phones_and_paper():
    made = Page(filled('{% extends "base.html" %}'))
    policy = {value for tag, key, value in made.attributes if (tag, key) == ("meta", "content")}
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in policy
    assert "width=device-width, initial-scale=1" in policy
    for medium in ("prefers-color-scheme: dark", "max-width: 36rem", "print"):
        assert re.search(rf"@media \(?{medium}\)? {{", TEMPLATES["base.html"])


def test_a_page_says_its_language():
    assert ("html", "lang", "vi") in Page(filled('{% extends "base.html" %}', language="vi")).attributes
    assert ("html", "lang", "en") in Page(filled('{% extends "base.html" %}')).attributes


def test_parts_escape_what_they_are_given():
    bad = "<b>\"&'"
    table = page.Table((bad,), [(page.Bar(bad, 0.25),), (bad,)], (bad,), bad)
    picture = page.Picture("data:,1", "data:,2", bad)
    parts = '{% from "parts.html" import facts, picture, table %}{{ table(t) }}{{ picture(p) }}{{ facts({b: b}) }}'
    made = Page(filled(parts, t=table, p=picture, b=bad))
    assert "b" not in made.tags
    assert made.rows == [[bad], [bad], [bad], [bad], [bad, bad]]
    assert ("img", "alt", bad) in made.attributes
    assert ("th", "style", "--part:25.0%") in made.attributes


def test_a_name_that_a_template_was_not_given_is_no_empty_place():
    import jinja2

    with pytest.raises(jinja2.UndefinedError):
        filled("{{ nobody }}")


def test_without_jinja2_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    page.environment.cache_clear()
    with pytest.raises(UserError, match="the pages need Jinja2 .*: pip install jinja2"):
        page.render("report.html")
    page.environment.cache_clear()
