"""What Sphinx builds from: the pages of one language in a folder of their own, with links that are right in the site.

The repository stays as it is. Where a page has no translation, the Vietnamese site has the English text under the same name.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
from pathlib import Path

import site_api
from site_links import ELSEWHERE, Link, links, place_of, rewritten
from site_pages import ROOT, START, Page, page_of_file, pages, sections, texts

OTHER_LANGUAGE = re.compile(r"^\[(?:Tiếng Việt|English)\]\([^)]*\)\n\n", re.MULTILINE)
# Text that is longer than this is not copied into the site, only named.
LONGEST = 200_000
WORDS = {
    "en": {
        "title": "API reference",
        "intro": (
            "What the package hands out, as its docstrings tell it; each wing is a package of its own. All names by their "
            "letters: :ref:`genindex`."
        ),
        "modules": "Modules",
        "elsewhere": "Handed out here too",
        "names": "Functions and classes",
        "folder": "A folder of the repository:",
        "file": "A file of the repository.",
        "long": "A file of the repository, too long to be shown here.",
        "notebook": "A notebook of the repository, to be opened in JupyterLab.",
        "bytes": "bytes",
    },
    "vi": {
        "title": "Tra cứu API",
        "intro": (
            "Những gì gói này cung cấp, đúng như các docstring (viết bằng tiếng Anh) mô tả; mỗi nhóm chức năng là một gói con. "
            "Mọi tên xếp theo chữ cái: :ref:`genindex`."
        ),
        "modules": "Các mô-đun",
        "elsewhere": "Cũng dùng được từ đây",
        "names": "Hàm và lớp",
        "folder": "Một thư mục của kho mã nguồn:",
        "file": "Một tệp của kho mã nguồn.",
        "long": "Một tệp của kho mã nguồn, quá dài để hiển thị ở đây.",
        "notebook": "Một sổ tay của kho mã nguồn, để mở trong JupyterLab.",
        "bytes": "byte",
    },
}
LEXERS = {".py": "python", ".json": "json", ".toml": "toml", ".sh": "bash", ".yml": "yaml", ".js": "javascript"}


def page_in(place: str, pages_of: dict) -> str:
    """`place`, or the README in it where it is a folder that has one among the pages."""
    return next((f"{place}/README{end}" for end in (".ipynb", ".md") if f"{place}/README{end}" in pages_of), place)


def shown_places(root: Path = ROOT) -> list[str]:
    """The files and folders that pages of either language link to and that are no pages: they are shown as what they are."""
    pages_of, found = page_of_file(root), set()
    for file in pages_of:
        for text in texts(root / file):
            for link in links(text):
                place = "" if ELSEWHERE.match(link.target) else page_in(place_of(file, link.target)[0], pages_of)
                if place and place not in pages_of and link.kind == "link":
                    found.add(place)
    return sorted(found)


class Sources:
    """The sources of the site of one language, written into `folder`; `extra` has what is copied into the site unread."""

    def __init__(self, folder: Path, language: str, root: Path = ROOT):
        self.folder, self.language, self.root = folder / "pages", language, root
        self.extra = folder / "extra"
        self.of_file = page_of_file(root)

    def write(self) -> None:
        """Writes all of it anew."""
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        self.extra.mkdir(parents=True)
        for page in pages(self.root):
            if not page.made:
                self._write_page(page)
        for name, text in site_api.pages(WORDS[self.language]).items():
            self._put(f"{name}.rst", text)
        for place in shown_places(self.root):
            self._put(f"files/{place}.rst", self._file_page(place))

    def _put(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _write_page(self, page):
        file, _ = page.source(self.language)
        text = (self.root / file).read_text(encoding="utf-8")
        if file.endswith(".ipynb"):
            self._put(f"{page.name}.ipynb", self._notebook(text, file, page.name))
        else:
            contents = self._contents() if page.name == START else ""
            # The frame of the site has the way to the other language.
            text = OTHER_LANGUAGE.sub("", text, count=1)
            self._put(f"{page.name}.md", self._text(text, file, page.name) + contents)

    def _notebook(self, text, file, name):
        """A notebook with its links turned, and what JupyterLab folds marked as MyST-NB wants it."""
        notebook = json.loads(text)
        # Lines that begin with ! or % are IPython's, which not every notebook says.
        notebook["metadata"].setdefault("language_info", {"name": "python"})["pygments_lexer"] = "ipython3"
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = self._text("".join(cell["source"]), file, name)
            folded = cell["metadata"].get("jupyter", {})
            tags = [f"hide-{part}" for part, key in (("input", "source_hidden"), ("output", "outputs_hidden")) if folded.get(key)]
            if tags:
                cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), *tags]
        return json.dumps(notebook, ensure_ascii=False, indent=1)

    def _text(self, text, file, name):
        return rewritten(text, file, lambda link, place, fragment: self._target(link, place, fragment, name))

    def _target(self, link: Link, place: str, fragment: str, name: str) -> str:
        """What a link in the page `name` becomes, which means `place` of the repository."""
        after, place = f"#{fragment}" if fragment else "", page_in(place, self.of_file)
        if place in self.of_file and link.kind != "image":
            page, language = self.of_file[place]
            if page.source(self.language)[1] == language:
                return self._to_page(page, link, name) + after
            return f"site:{language}/{page.name}{after}" if link.kind != "html" else self._across(page, language, name) + after
        path = self.root / place
        if link.kind == "html" and path.is_file():
            self._copy(path, self.extra / place)
            return posixpath.relpath(place, posixpath.dirname(name) or ".")
        if link.kind == "image":
            self._copy(path, self.folder / place)
            return posixpath.relpath(place, posixpath.dirname(name) or ".")
        return f"site:{self.language}/files/{place}{after}"

    def _to_page(self, page: Page, link: Link, name: str) -> str:
        ending = ".html" if link.kind == "html" else Path(page.source(self.language)[0]).suffix
        return posixpath.relpath(page.name, posixpath.dirname(name) or ".") + ending

    def _across(self, page, language, name):
        """The way from a page of this language's site to one of the other's, as it stands in the finished site."""
        here, there = ("vi/" if which == "vi" else "" for which in (self.language, language))
        return posixpath.relpath(f"{there}{page.name}.html", posixpath.dirname(here + name) or ".")

    def _copy(self, path, to):
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)

    def _contents(self):
        """The table of contents, which the start page holds unseen."""
        parts = ["\n"]
        for section in sections(self.root):
            listed = "\n".join(page.name for page in section.pages)
            parts.append(f"```{{toctree}}\n:hidden:\n:caption: {section.captions[self.language]}\n\n{listed}\n```\n")
        return "\n".join(parts)

    def _file_page(self, place):
        """The page of a file or folder that is no page itself: what it is, as text."""
        words, path = WORDS[self.language], self.root / place
        head = f":orphan:\n:nosearch:\n\n{site_api.plain(place)}\n{'=' * 2 * len(place)}\n\n"
        if path.is_dir():
            files = sorted(os.path.relpath(file, path) for file in path.rglob("*") if file.is_file())
            rows = [f"- :code:`{file}` ({(path / file).stat().st_size:,} {words['bytes']})\n" for file in files]
            return head + words["folder"] + "\n\n" + "".join(rows)
        if path.suffix == ".ipynb":
            return head + words["notebook"] + "\n"
        text = path.read_text(encoding="utf-8", errors="replace")
        if len(text) > LONGEST:
            return head + words["long"] + "\n"
        lexer = LEXERS.get(path.suffix, "text")
        lines = "".join(f"   {line}\n" if line else "\n" for line in text.split("\n"))
        return head + words["file"] + f"\n\n.. code-block:: {lexer}\n   :force:\n\n" + lines
