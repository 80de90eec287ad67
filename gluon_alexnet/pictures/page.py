"""Pages: the templates filled in, what stands in them, and figures written for a person.

Every page extends templates/base.html, loads nothing from elsewhere, and escapes all that it is given.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from gluon_alexnet import __version__
from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    import jinja2


class Bar(NamedTuple):
    """A cell of a table with a bar behind its text, `part` of the cell wide."""

    text: str
    part: float


class Table(NamedTuple):
    """A table; the first `words` columns hold words, the others numbers; `note` goes below it."""

    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    foot: Sequence[str] | None = None
    note: str = ""
    words: int = 1


class Picture(NamedTuple):
    """A picture in a light and a dark version, as addresses; `width`: the most it may take, in the page's letters."""

    light: str
    dark: str
    alt: str
    width: float | None = None


class Script(NamedTuple):
    """A program of ours for a page, not escaped, and its SHA-256 in base64: the page's policy lets no other run."""

    text: str
    sha256: str


def render(template: str, **values: Any) -> str:
    """The page that templates/`template` makes of `values`, as text. Raises UserError where Jinja2 is not installed."""
    return environment().get_template(template).render(version=__version__, **values)


@functools.cache
def environment() -> jinja2.Environment:
    """Jinja2 as it reads the templates. Raises UserError where it is not installed."""
    try:
        import jinja2
    except ImportError as error:
        raise UserError(f"the pages need Jinja2 ({error}): pip install jinja2") from error
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("gluon_alexnet.pictures"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = plain
    return made


@functools.cache
def script(name: str) -> Script:
    """The program templates/`name`. Raises UserError where Jinja2 is not installed."""
    environment()
    from markupsafe import Markup

    text = (resources.files("gluon_alexnet.pictures") / "templates" / name).read_text(encoding="utf-8")
    return Script(Markup(text), base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii"))


def plain(value: Any) -> str:
    """A setting as a person would write it."""
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {plain(item)}" for key, item in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return " × ".join(map(str, value)) if all(type(item) is int for item in value) else ", ".join(map(plain, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "none" if value is None else str(value)


def number(value: float | None, digits: int = 3) -> str:
    """A loss or a share for a table: '–' where there is none, 'nan' and 'inf' as they are."""
    return "–" if value is None else f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.1e}"


def percent(value: float) -> str:
    """A probability in per cent that never says 100 % of anything less than certain."""
    return "> 99.9\u00a0%" if 0.9995 <= value < 1 else f"{100 * value:.1f}\u00a0%"


def share(part: float, whole: float) -> Bar | str:
    """A cell with the share in per cent and a bar of its length; '–' where there is no whole."""
    return Bar(f"{100 * part / whole:.1f} %", part / whole) if whole else "–"


def duration(seconds: float) -> str:
    """'43 s', '4 min 07 s', '1 h 08 min'."""
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
