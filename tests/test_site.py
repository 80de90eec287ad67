"""The site of the documentation: what it is made of, without making it, and (slowly) made and looked at in a browser."""

import ast
import functools
import importlib
import importlib.util
import json
import pkgutil
import re
import sys
import time
from pathlib import Path

import chromium
import make_site
import pytest
import site_api
import site_checks
import site_links
import site_pages
import site_sources

import gluon_alexnet

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "docs" / "site"
WINGS = sorted(module.name for module in pkgutil.iter_modules(gluon_alexnet.__path__) if module.ispkg)


@functools.cache
def api():
    return site_api.pages(site_sources.WORDS["en"])


@pytest.mark.parametrize("language", site_pages.LANGUAGES)
def test_the_settings_load_without_what_they_are_for(language):
    class Tags:
        def has(self, name):
            return name == language

    settings = {"__file__": str(SITE / "conf.py"), "tags": Tags()}
    exec(compile((SITE / "conf.py").read_text(encoding="utf-8"), "conf.py", "exec"), settings)
    assert settings["language"] == language
    assert settings["release"] == gluon_alexnet.__version__
    assert settings["nb_execution_mode"] == "off"


def test_every_page_of_the_contents_is_there():
    pages = site_pages.pages()
    assert pages[0].name == "index"
    for page in pages:
        assert page.made or page.sources["en"], page.name
        assert all((ROOT / file).is_file() for file in page.sources.values())
    assert len({page.name for page in pages}) == len(pages)


def test_nothing_that_is_to_be_read_is_left_out():
    shown = set(site_pages.page_of_file())
    written = {path.relative_to(ROOT).as_posix() for pattern in ("*.md", "docs/*.md") for path in ROOT.glob(pattern)}
    notebooks = {
        path.relative_to(ROOT).as_posix() for folder in ("exercises", "lesson") for path in (ROOT / folder).rglob("*.ipynb")
    }
    assert written | {one for one in notebooks if ".ipynb_checkpoints" not in one} == shown


def test_what_has_no_translation_is_said():
    without = {page.name for page in site_pages.pages() if "vi" not in page.sources}
    # A page that is translated must leave the list; one that is listed may be yet to come.
    assert without <= {*site_pages.ENGLISH_ONLY}
    assert not {page.name for page in site_pages.pages() if "vi" in page.sources} & {*site_pages.ENGLISH_ONLY}


class WithoutTexts(ast.NodeTransformer):
    """A program without what it says to a person."""

    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)


@pytest.mark.parametrize("name", ["training", "authoring"])
def test_a_guide_has_the_same_programs_in_both_languages(name):
    english, vietnamese = (
        [
            ast.unparse(WithoutTexts().visit(ast.parse(block)))
            for block in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / file).read_text(encoding="utf-8"), re.DOTALL)
        ]
        for file in (f"{name}.md", f"{name}.vi.md")
    )
    assert english == vietnamese and english


def test_all_links_between_the_pages_lead_somewhere():
    assert [str(problem) for problem in site_links.problems()] == []


# The reference.


def test_every_public_module_has_a_page():
    named = {"gluon_alexnet", *(f"gluon_alexnet.{wing}" for wing in WINGS)}
    for wing in WINGS:
        package = importlib.import_module(f"gluon_alexnet.{wing}")
        rooms = {module.name for module in pkgutil.iter_modules(package.__path__)}
        named |= {f"gluon_alexnet.{wing}.{room}" for room in rooms & {*package.__all__}}
    assert {f"api/{name}" for name in named} <= set(api())


@pytest.mark.parametrize("wing", ["", *WINGS])
def test_every_name_that_is_handed_out_is_on_its_page(wing):
    package = importlib.import_module(f"gluon_alexnet.{wing}" if wing else "gluon_alexnet")
    text = api()[f"api/{package.__name__}"]
    shown = {*re.findall(r"^\.\. py:\w+:: (\w+)", text, re.MULTILINE), *re.findall(r":py:\w+:`(\w+) <", text)}
    assert {*package.__all__} <= shown


def test_what_guides_import_is_in_the_reference():
    there = {entry.name for entries in site_api.reference().values() for entry in entries}
    taken = set()
    for file in site_pages.page_of_file():
        for text in site_pages.texts(ROOT / file) if file.endswith(".md") else ():
            for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
                for node in ast.walk(ast.parse(block)):
                    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gluon_alexnet"):
                        taken |= {f"{node.module}.{each.name}" for each in node.names}
    assert taken
    assert {name for name in taken - there if f"api/{name}" not in api()} == set()


@pytest.mark.parametrize("path", sorted(SITE.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_of_the_package_is_imported_for_it(path):
    taken = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            taken |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            taken.add(node.module.partition(".")[0])
    # Its own parts, what it is built with, and Python's own library.
    own = {each.stem for each in SITE.glob("*.py")} | {"sphinx", "docutils", "latex2mathml"}
    assert taken <= own | sys.stdlib_module_names


def test_a_docstring_keeps_every_word_and_its_own_lines():
    doc = (
        "What a net costs, `2 * macs` of it; files are called *.json, and names_ stay.\n"
        "\n"
        "spec: a Spec, or what goes on until the line is as long as the lines are here, where it is\n"
        "  wrapped. out: where to.\n"
        "Raises UserError where there is none.\n"
    )
    assert site_api.blocks(doc, 16) == [
        ["What a net costs, `2 * macs` of it; files are called *.json, and names_ stay."],
        [
            "spec: a Spec, or what goes on until the line is as long as the lines are here, where it is wrapped. out: where to.",
            "Raises UserError where there is none.",
        ],
    ]
    text = site_api.docstring(doc, {}, ("spec", "out"))
    assert r":code:`2 * macs`" in text and r"called \*.json, and names\_ stay." in text
    assert r"**spec**\: a Spec" in text and r"wrapped. **out**\: where to." in text


def test_names_of_the_reference_are_links():
    known = {"gluon_alexnet.train.fit": "obj"}
    assert site_api.inline("see gluon_alexnet.train.fit.", known) == "see :py:obj:`gluon_alexnet.train.fit`\\ ."
    assert site_api.inline("see `gluon_alexnet.run`, or not", known) == "see :code:`gluon_alexnet.run`\\ , or not"


def test_columns_in_a_docstring_stay_columns():
    assert site_api.blocks("print(1)       shown\nx = 2          kept") == [["", "print(1)       shown", "x = 2          kept"]]


def test_a_signature_is_that_of_the_source():
    (node,) = ast.parse('def fit(net: "mx.gluon.Block", *data: int, lr: float = 0.1, **kw) -> "list[str] | None": ...').body
    text, names = site_api.signature(node, "gluon_alexnet")
    assert text == "(net: mx.gluon.Block, *data: int, lr: float=0.1, **kw) -> list[str] | None"
    assert names == ("net", "data", "lr", "kw")


# Links.


def test_what_stands_in_code_is_no_link():
    text = "A `[code](a.md)`, [a link](b.md#c), ![a picture](d.png)\n\n```\n[fenced](e.md)\n```\n"
    text += '[`code` in it](f.md) <img src="g.png">'
    assert [(link.target, link.kind) for link in site_links.links(text)] == [
        ("b.md#c", "link"),
        ("d.png", "image"),
        ("f.md", "link"),
        ("g.png", "html"),
    ]


def test_headings_have_the_anchors_that_github_gives_them():
    # As github.com shows them for these headings.
    assert site_pages.slug("Where a step's time goes") == "where-a-steps-time-goes"
    assert site_pages.slug("Gradescope, PrairieLearn, GitHub Classroom") == "gradescope-prairielearn-github-classroom"
    assert site_pages.slug("Cùng một mạng trong PyTorch, Keras và ONNX") == "cùng-một-mạng-trong-pytorch-keras-và-onnx"
    assert site_pages.slug("`fit` and `evaluate`") == "fit-and-evaluate"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A repository of a few pages, and what the site is made of in either language."""
    monkeypatch.setattr(site_api, "pages", lambda words: {})
    (tmp_path / "docs").mkdir()
    (tmp_path / "exercises" / "vi").mkdir(parents=True)
    start = "# Start\n[vi](README.vi.md) [g](docs/grading.md#how) [r](docs/results.md)\n"
    start += "[e](exercises/vi/one.ipynb) [s](setup.py)\n"
    cells = [
        {"cell_type": "markdown", "source": ["[back](../README.md)"], "metadata": {}},
        {"cell_type": "code", "source": "1", "metadata": {"jupyter": {"source_hidden": True}}, "outputs": []},
    ]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    files = {
        "README.md": start,
        "README.vi.md": "# Bắt đầu\n\n[English](README.md)\n\n"
        "[en](README.md) [g](docs/grading.vi.md) [r](docs/results.md) ![p](docs/p.png)\n",
        "docs/grading.md": "# Grading\n## How\n",
        "docs/grading.vi.md": "# Chấm\n[en](grading.md#how)\n",
        "docs/results.md": "# Results\n[start](../README.md)\n",
        "docs/p.png": "",
        "CHANGELOG.md": "# Changes\n",
        "setup.py": "print(1)\n",
        "exercises/one.ipynb": notebook,
        "exercises/vi/one.ipynb": notebook.replace("../README.md", "../../README.md"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def made(language):
        site_sources.Sources(tmp_path / "work" / language, language, tmp_path).write()
        return tmp_path / "work" / language / "pages"

    return made


def test_links_lead_to_the_same_page_of_the_site(small):
    text = (small("en") / "index.md").read_text(encoding="utf-8")
    assert "[g](docs/grading.md#how) [r](docs/results.md)" in text
    assert "[vi](site:vi/index) " in text and "[e](site:vi/exercises/one)" in text
    assert "[s](site:en/files/setup.py)" in text
    assert "print(1)" in (small("en") / "files" / "setup.py.rst").read_text(encoding="utf-8")


def test_the_vietnamese_site_has_english_pages_where_there_are_no_others(small):
    pages = small("vi")
    assert (pages / "docs" / "grading.md").read_text(encoding="utf-8") == "# Chấm\n[en](site:en/docs/grading#how)\n"
    assert (pages / "docs" / "results.md").read_text(encoding="utf-8") == "# Results\n[start](site:en/index)\n"
    text = (pages / "index.md").read_text(encoding="utf-8")
    assert "[en](site:en/index) [g](docs/grading.md) [r](docs/results.md) ![p](docs/p.png)" in text
    assert (pages / "docs" / "p.png").exists()


def test_the_line_that_leads_to_the_translation_is_left_to_the_frame(small):
    assert "[English]" not in (small("vi") / "index.md").read_text(encoding="utf-8")


def test_a_solution_is_not_shown():
    sources = site_sources.Sources(ROOT / "build" / "nowhere", "en")
    assert "A notebook of the repository" in sources._file_page("solutions/04_cost.ipynb")
    assert "def " not in sources._file_page("solutions/04_cost.ipynb")


def test_a_folder_with_a_start_page_is_that_page():
    assert site_sources.page_in("exercises", site_pages.page_of_file()) == "exercises/README.ipynb"
    assert site_sources.page_in("benchmarks/results", site_pages.page_of_file()) == "benchmarks/results"


def test_cells_that_jupyter_folds_are_folded(small):
    cells = json.loads((small("en") / "exercises" / "one.ipynb").read_text(encoding="utf-8"))["cells"]
    assert cells[0]["source"] == "[back](../index.md)"
    assert cells[1]["metadata"]["tags"] == ["hide-input"]


# The finished site.


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "would load https://cdn.example/x.js from elsewhere"),
        ('<link rel="stylesheet" href="//fonts.example/f.css">', "would load //fonts.example/f.css from elsewhere"),
        ('<p style="background: url(http://a.example/b.png)">', "would load http://a.example/b.png from elsewhere"),
        ('<a href="gone.html">', "there is no such file"),
        ('<a href="other.html#gone">', "there is no such place in that page"),
        ('<a href="../other.html">', "there is no such file"),
    ],
)
def test_what_is_wrong_with_a_page_is_found(tmp_path, page, words):
    out = tmp_path / "site"
    out.mkdir()
    (out / "other.html").write_text('<p id="here"><a href="https://www.example.org">', encoding="utf-8")
    (out / "index.html").write_text(page, encoding="utf-8")
    (found,) = site_checks.problems(out)
    assert words in found


def test_a_page_that_is_right_is_left_alone(tmp_path):
    page = '<p id="a"><a href="#a"><a href="index.html?q=1#a"><a href="mailto:x">'
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    assert site_checks.problems(tmp_path) == []


# Made as a whole.


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    missing = [name for name in ("sphinx", "myst_nb", "furo", "latex2mathml") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {missing[0]}: make venv EXTRAS=site")
    folder = tmp_path_factory.mktemp("site")
    assert make_site.main(["--out", str(folder / "out"), "--work", str(folder / "work")]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def tab():
    if chromium.PROGRAM is None:
        pytest.skip("needs Chromium")
    with chromium.tab() as opened:
        opened.send("Network.enable")
        opened.send("Network.setBlockedURLs", urls=["http://*", "https://*", "ws://*", "wss://*"])
        yield opened


LOOKED_AT = "index exercises/04_cost docs/results docs/grading api/index api/gluon_alexnet.train genindex".split()
SWITCH = "document.querySelector('.site-switch a').href"
BRIGHTNESS = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)"


@pytest.mark.long
@pytest.mark.parametrize("width", [380, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_pages_fit_their_window_and_switch_to_the_other_language(site, tab, width, dark):
    def open_and_look(address, expected, language):
        tab.logged.clear()
        tab.open(address)
        assert tab.run("[location.href, document.documentElement.lang]") == [expected.as_uri(), language]
        assert tab.run("document.documentElement.scrollWidth") <= width
        assert (tab.run(BRIGHTNESS) < 200) == dark
        assert tab.logged == []

    tab.size(width, dark=dark)
    for page in LOOKED_AT:
        english, vietnamese = site / f"{page}.html", site / "vi" / f"{page}.html"
        open_and_look(english.as_uri(), english, "en")
        open_and_look(tab.run(SWITCH), vietnamese, "vi")
        open_and_look(tab.run(SWITCH), english, "en")


@pytest.mark.long
@pytest.mark.parametrize(
    ("page", "words", "found"),
    [
        ("search", "roofline", "exercises/04_cost.html"),
        ("search", "FashionMNISTLoader", "api/gluon_alexnet.data.html#gluon_alexnet.data.FashionMNISTLoader"),
        ("vi/search", "tích chập", "exercises/00_convolution.html"),
        ("vi/search", "tich chap", "exercises/00_convolution.html"),
        ("vi/search", "do chinh xac", "exercises/03_batch_size.html"),
    ],
)
def test_a_search_finds_the_page(site, tab, page, words, found):
    tab.open((site / f"{page}.html").as_uri() + "?q=" + words.replace(" ", "+"))
    listed = "[...document.querySelectorAll('#search-results li a')].map(link => link.getAttribute('href'))"
    end = time.monotonic() + 60
    while found not in (links := tab.run(listed)) and time.monotonic() < end:
        time.sleep(0.2)
    assert found in links
