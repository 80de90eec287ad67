"""The explorer's front end: one module of JavaScript and its style, put together from front/, and the page around them."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from importlib import resources
from typing import Any

from gluon_alexnet.pictures import page

__all__ = ["document", "module", "style"]

# Each imports only from those before it.
PARTS = ("words", "wire", "recorded", "dom", "paint", "places", "layers", "number", "evidence", "exciting", "photo", "explorer")


@functools.cache
def module() -> str:
    """The front end as one ES module, which exports render({model, el}) for notebooks and begin(element, how) for pages.

    Each file is a module by itself, so that editors can follow what it imports; joined, all of that stands above.
    """
    parts = []
    for name in PARTS:
        text = re.sub(r"^import [^;]+;\n", "", text_of(f"{name}.js"), flags=re.MULTILINE)
        parts.append(text if name == PARTS[-1] else re.sub(r"^export (?=const|function|class)", "", text, flags=re.MULTILINE))
    return "\n".join(parts)


@functools.cache
def style() -> str:
    """The front end's CSS, all of it below the class that `render` gives its element."""
    return text_of("explorer.css")


def text_of(name: str) -> str:
    """The text of a file in front/."""
    return (resources.files("gluon_alexnet.explore") / "front" / name).read_text(encoding="utf-8")


def document(title: str, language: str, how: dict[str, Any], policy: str = "") -> str:
    """A page with the front end in it, which begins by itself; how: where its answers come from, as of begin() in explorer.js.

    policy: what its Content-Security-Policy allows besides. Raises UserError where Jinja2 is not installed.
    """
    page.environment()
    from markupsafe import Markup

    # What a script holds must not end it.
    told = json.dumps(how, ensure_ascii=True).replace("<", "\\u003c")
    program = f"{module()}\nbegin(document.getElementById('explorer'), {told});\n"
    digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode("ascii")
    script = page.Script(Markup(program), digest)
    return page.render("explore.html", heading=title, language=language, css=Markup(style()), script=script, more_policy=policy)
