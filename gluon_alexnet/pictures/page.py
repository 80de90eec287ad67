"""The parts of a page: sections, tables, pictures with a light and a dark version, and figures written for a person.

Everything that comes from data is escaped here.
"""

import base64
from html import escape
from typing import NamedTuple

from gluon_alexnet.pictures import viz


class Bar(NamedTuple):
    """A cell of a table with a bar behind its text, `part` of the cell wide."""

    text: str
    part: float


def section(title, content):
    """A section with a heading; `content` is HTML."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}\n</section>"


def table(head, rows, foot=None, note="", words=1):
    """An HTML table; the first `words` columns hold words, the others numbers; `note` goes below. All is escaped."""

    def cell(tag, column, value):
        if isinstance(value, Bar):
            return f'<{tag} class="number bar" style="--part:{100 * value.part:.1f}%">{escape(value.text)}</{tag}>'
        kind = "" if column < words else ' class="number"'
        return f"<{tag}{kind}>{escape(str(value))}</{tag}>"

    def line(row):
        tags = ["th"] * len(row) if row is head else ["th"] + ["td"] * (len(row) - 1)
        return f"<tr>{''.join(map(cell, tags, range(len(row)), row))}</tr>"

    parts = [
        f"<thead>{line(head)}</thead>",
        "<tbody>\n{}\n</tbody>".format("\n".join(map(line, rows))),
        f"<tfoot>{line(foot)}</tfoot>" if foot else "",
    ]
    # The note stands outside of what scrolls sideways on a phone, so that it can be read whole.
    return f'<div class="scroll"><table>{"".join(parts)}</table></div>{faint(note) if note else ""}'


def plot(draw, alt, width=None):
    """A picture in a light and a dark version, the reader's preference choosing; `draw(dark)` makes the Figure."""
    light, dark = (data_url(viz.figure_png(draw(dark=dark), dpi=144)) for dark in (False, True))
    limit = f' style="max-width:{width}rem"' if width else ""
    image = f'<img class="plot" src="{light}" alt="{escape(alt)}"{limit}>'
    return f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">{image}</picture>'


def data_url(png):
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def faint(text):
    """A paragraph in the quiet colour."""
    return f'<p class="faint">{escape(text)}</p>'


def facts(values):
    """A table of names and values, one below the other, in words for a person."""
    if not values:
        return faint("Nothing was recorded.")
    rows = [f"<tr><th>{escape(key.replace('_', ' '))}</th><td>{escape(plain(value))}</td></tr>" for key, value in values.items()]
    return f'<table class="facts"><tbody>{"".join(rows)}</tbody></table>'


def plain(value):
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


def number(value, digits=3):
    """A loss or a share for a table: '–' where there is none, 'nan' and 'inf' as they are."""
    return "–" if value is None else f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.1e}"


def percent(value):
    """A probability in per cent that never says 100 % of anything less than certain."""
    return "> 99.9\u00a0%" if 0.9995 <= value < 1 else f"{100 * value:.1f}\u00a0%"


def share(part, whole):
    """A cell with the share in per cent and a bar of its length; '–' where there is no whole."""
    return Bar(f"{100 * part / whole:.1f} %", part / whole) if whole else "–"


def duration(seconds):
    """'43 s', '4 min 07 s', '1 h 08 min'."""
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
