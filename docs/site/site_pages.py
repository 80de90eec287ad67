"""Which pages the site has: their order, the file that each is made of in either language, and what has no translation.

Needs nothing but Python, so that a test can ask before anything is built. A page has the same name in both languages, such as
`docs/grading`, and is found at NAME.html and vi/NAME.html.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "vi")
START = "index"
API = "api/index"
# Those that are there in English only; in the Vietnamese site they are shown so, with a word on top.
ENGLISH_ONLY = ("docs/chapter", "docs/results", "docs/architecture", "CHANGELOG", API)


@dataclass(frozen=True)
class Page:
    """A page. sources: {language: the file that it is made of, from the root of the repository}; made: by the build itself."""

    name: str
    sources: dict[str, str] = field(default_factory=dict)
    made: bool = False

    def source(self, language: str) -> tuple[str, str]:
        """(the file that the page has in the site of `language`, the language that it is written in)."""
        written = language if language in self.sources else "en"
        return self.sources[written], written


@dataclass(frozen=True)
class Section:
    """Pages under one heading of the contents. captions: {language: the heading}."""

    captions: dict[str, str]
    pages: tuple[Page, ...]


def _guide(root, name):
    """The page of docs/NAME.md, whose translation is docs/NAME.vi.md; without files where there are none."""
    places = {"en": f"docs/{name}.md", "vi": f"docs/{name}.vi.md"}
    return Page(f"docs/{name}", {language: place for language, place in places.items() if (root / place).exists()})


def _top(root, name, file):
    places = {"en": f"{file}.md", "vi": f"{file}.vi.md"}
    return Page(name, {language: place for language, place in places.items() if (root / place).exists()})


def _notebooks(root, folder):
    """The pages of the notebooks in a folder, whose translations are in its folder vi/: README first, then by name."""
    names = sorted((path.stem for path in (root / folder).glob("*.ipynb")), key=lambda name: (name != "README", name))
    found = []
    for name in names:
        places = {"en": f"{folder}/{name}.ipynb", "vi": f"{folder}/vi/{name}.ipynb"}
        found.append(Page(f"{folder}/{name}", {language: place for language, place in places.items() if (root / place).exists()}))
    return tuple(found)


# In the order of reading. A guide that is not named here comes after those for training, before those for teachers.
LESSON, TEACHING, DESIGN = ("chapter",), ("grading", "class", "authoring"), ("results", "architecture")
TRAINING = ("install", "training", "explore", "frameworks")


def sections(root: Path = ROOT) -> list[Section]:
    """The contents of the site, as far as their files are there."""
    guides = {path.name.partition(".")[0] for path in (root / "docs").glob("*.md")}
    others = tuple(sorted(guides - {*LESSON, *TRAINING, *TEACHING, *DESIGN}))

    def chosen(*names):
        return tuple(page for page in (_guide(root, name) for name in names) if page.sources)

    found = [
        Section({"en": "The lesson", "vi": "Bài học"}, _notebooks(root, "lesson") + chosen(*LESSON)),
        Section({"en": "Exercises", "vi": "Bài tập"}, _notebooks(root, "exercises")),
        Section({"en": "Guides", "vi": "Hướng dẫn"}, chosen(*TRAINING, *others)),
        Section({"en": "For teachers", "vi": "Cho giảng viên"}, chosen(*TEACHING)),
        Section({"en": "The project", "vi": "Về dự án"}, chosen(*DESIGN) + (_top(root, "CHANGELOG", "CHANGELOG"),)),
        Section({"en": "Reference", "vi": "Tra cứu"}, (Page(API, made=True),)),
    ]
    return [section for section in found if section.pages]


def pages(root: Path = ROOT) -> list[Page]:
    """All pages in the order of the contents, the start page first."""
    return [_top(root, START, "README"), *(page for section in sections(root) for page in section.pages)]


def page_of_file(root: Path = ROOT) -> dict[str, tuple[Page, str]]:
    """{file: (the page that is made of it, the language that it is written in)}."""
    return {file: (page, language) for page in pages(root) for language, file in page.sources.items()}


def texts(file: Path) -> list[str]:
    """The Markdown in a file: all of a .md, the cells of text of a notebook."""
    if file.suffix != ".ipynb":
        return [file.read_text(encoding="utf-8")]
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def slug(heading: str) -> str:
    """What follows the # in a link to a heading, as GitHub and MyST have it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
