"""The finished site looked through: links within it that lead nowhere, and anything that a page would load from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

# What a browser fetches by itself; a link that a person follows may lead anywhere.
LOADED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "use": ("href", "xlink:href"),
    "link": ("href",),
}
# Of links in a page's head, those that say something without being fetched.
SAID = {"alternate", "author", "canonical", "index", "next", "prev", "search", "copyright", "top", "up"}
FROM_ELSEWHERE = re.compile(r"(?:https?:)?//")
IN_STYLES = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^'\")]+)")


class _Page(HTMLParser):
    """The ids of a page, what it links to, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        self.ids.update(filter(None, (said.get("id"), said.get("name"))))
        if tag == "a" and said.get("href"):
            self.links.append(said["href"])
        elif tag == "link" and said.get("rel") in SAID:
            self.links.append(said["href"])
        else:
            self.loaded += [said[name] for name in LOADED.get(tag, ()) if said.get(name)]
        self.loaded += [f"{found}" for found in IN_STYLES.findall(said.get("style") or "")]


def _within(target, page, out, read):
    """Why a link of `page` to `target` leads nowhere, or ''."""
    path, _, fragment = target.partition("#")
    there = (page.parent / unquote(path.partition("?")[0])).resolve() if path else page
    if not there.is_relative_to(out) or not there.is_file():
        return "there is no such file"
    if fragment and there.suffix == ".html" and unquote(fragment) not in read[there].ids and fragment not in read[there].ids:
        return "there is no such place in that page"
    return ""


def problems(out: Path) -> list[str]:
    """What is wrong with the site in the folder `out`, as sentences."""
    out, found = out.resolve(), []
    read = {page: _Page(page.read_text(encoding="utf-8")) for page in out.rglob("*.html")}
    for page, seen in sorted(read.items()):
        name = page.relative_to(out)
        for target in seen.loaded:
            if FROM_ELSEWHERE.match(target):
                found.append(f"{name} would load {target} from elsewhere")
        for target in {*seen.links, *seen.loaded}:
            if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE) or target == "#":
                continue
            reason = _within(target, page, out, read)
            if reason:
                found.append(f"{name}: the link to {target}: {reason}")
    for style in out.rglob("*.css"):
        for target in IN_STYLES.findall(style.read_text(encoding="utf-8")):
            found.append(f"{style.relative_to(out)} would load {target} from elsewhere")
    return found
