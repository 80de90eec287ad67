"""The pages as a browser shows them: found, sorted, filtered, on a phone and on a wide screen, by mouse, keyboard and address."""

import urllib.parse

import chromium
import pytest
from class_pages import ABOUT, entry, graded, many, missing, part, result, task, unreadable, words

from gluon_alexnet.classroom import pages

pytestmark = pytest.mark.skipif(not chromium.PROGRAM, reason="there is no Chromium on this machine")
WIDTHS = (380, 1400)
SHOWN = "[...document.querySelectorAll('#table tbody tr')].filter(row => !row.hidden)"
STUDENTS = f"{SHOWN}.map(row => row.cells[0].querySelector('.id').textContent)"


@pytest.fixture(scope="module")
def tab():
    with chromium.tab() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pages of a class of forty in seven exercises, with everything that a page can have, in both languages."""
    place = tmp_path_factory.mktemp("class")
    long = "w" * 300
    sentence = {"problem": f"f(17) gives {long}", "told": f"f(...) gives {long}", "mistake": "no-bias", "kind": "wrong"}
    parts = [part(long), part("bias", 0, **sentence)]
    bad = result([task(1, f"Title {long}", parts, mistakes=["no-bias"])], exercise="01_exercise")
    bad["written"] = [words(f"{long}\n\n    {long}"), words(None, name="why_not")]
    bad["answers"]["task1"]["source"] = f"x = '{long}'  # {long}\n" * 30
    pair = {"students": ("s001", "s002"), "exercise": "02_exercise", "kind": "text", "score": 0.9, "chance": 0.1, "what": long}
    comment = {"task": "task1", "points": 1.0, "comment": long}
    entries = many(40)
    entries[0].update(entry("s000", bad, name=f"Zoë {long}", comments=[comment]))
    for count, each in enumerate(entries[8:50:7]):  # the second exercise of students 1 to 6
        each["result"]["written"] = [words(f"Because of {count}.\n" * count or None)]
    entries[7].update(flag="missing", score=None, raw_score=None)
    entries += [missing("x1"), unreadable("x2"), entry("x3", graded(exercise="03_exercise"), "machine", notes=[long])]
    for language in ("en", "vi"):
        about = {**ABOUT, "language": language, "alike": [pair], "problems": [long]}
        (place / f"{language}.html").write_text(pages.class_page(entries, about), encoding="utf-8")
        running = {**about, "done": 3, "total": 40}
        (place / f"{language}-running.html").write_text(pages.class_page(entries, running), encoding="utf-8")
        own = [entries[0], entry("s000", graded((1, 0, 1, 0), language), flag="machine"), unreadable("s000", language)]
        (place / f"{language}-student.html").write_text(pages.student_page(own, about), encoding="utf-8")
    return place


@pytest.fixture
def opened(tab, folder):
    """Opens a page, with what its address says behind the #, and checks at the end that the console is empty."""

    def open_page(name, state=None, width=1400):
        tab.size(width)
        place = f"file://{folder / name}.html"
        tab.open(f"{place}#{urllib.parse.urlencode(state, quote_via=urllib.parse.quote)}" if state else place)
        return tab

    tab.logged.clear()
    yield open_page
    assert tab.logged == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["", "-running", "-student"])
@pytest.mark.parametrize("language", ["en", "vi"])
def test_nothing_sticks_out_sideways(opened, language, kind, width):
    tab = opened(language + kind, width=width)
    assert tab.run("document.documentElement.scrollWidth <= innerWidth") and tab.run("innerWidth") == width


@pytest.mark.parametrize("width", WIDTHS)
def test_a_column_sorts_up_and_down_and_who_has_no_score_stands_last(opened, width):
    tab = opened("en", width=width)
    # Student i has i + j modulo 5 points in exercise j: in the second one 0, 1, ... 4 for i = 4, 0, ... 3.
    press = "document.querySelector('th[data-key=\"02_exercise\"] button').click()"
    points = f"{SHOWN}.map(row => row.cells[2].textContent)"
    tab.run(press)
    assert tab.run("document.querySelector('[aria-sort]').ariaSort") == "descending"
    # Eight of each of five scores; behind them the three who have no score, and student 1, whose second exercise is missing.
    assert tab.run(points)[:40] == [*"44444444", *"33333333", *"22222222", *"11111111", *"00000000"]
    tab.run(press)
    assert tab.run("document.querySelectorAll('[aria-sort]').length") == 1
    assert tab.run("document.querySelector('[aria-sort]').ariaSort") == "ascending"
    assert tab.run(points)[:40] == [*"00000000", *"11111111", *"22222222", *"33333333", *"44444444"]
    assert "sort=02_exercise" in tab.run("location.hash")


def test_names_are_sorted_as_their_language_does(opened):
    tab = opened("vi", {"sort": "student", "order": "down"})
    assert tab.run(STUDENTS)[0] == "s000"
    assert opened("vi", {"sort": "student"}).run(STUDENTS)[-1] == "s000"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("state", "students"),
    [
        ({"q": "s01"}, [f"s{i:03}" for i in range(10, 20)]),
        # Without accents, too.
        ({"q": "nguyen van b"}, ["s001", "s027"]),
        ({"marked": "late", "q": "s0"}, ["s000", "s010", "s020", "s030"]),
        ({"marked": "machine"}, ["x3"]),
        ({"marked": "unreadable"}, ["x2"]),
        ({"marked": "alike"}, ["s001", "s002"]),
        ({"marked": "m0"}, ["s000"]),
        ({"marked": "comment"}, ["s000"]),
        # Of the third exercise: i + 2 = 4 modulo 5.
        ({"exercise": "03_exercise", "from": "4"}, [f"s{i:03}" for i in range(2, 40, 5)]),
        ({"exercise": "03_exercise", "to": "0", "q": "s01"}, ["s013", "s018"]),
        ({"exercise": "03_exercise", "marked": "full", "sort": "student"}, [f"s{i:03}" for i in (2, 7, 12, 17, 22, 27, 32, 37)]),
        ({"q": "nobody is called so"}, []),
    ],
    ids=str,
)
def test_the_address_filters(opened, state, students, width):
    tab = opened("en", state, width=width)
    assert sorted(tab.run(STUDENTS)) == sorted(students)
    assert tab.run("document.getElementById('said').textContent") == f"{len(students)} of 43 students shown"
    hidden = tab.run("[...document.querySelectorAll('#table thead th')].filter(head => head.hidden).length")
    # The other seven exercises, one of them of two students alone, and the total.
    assert hidden == (8 if "exercise" in state else 0)


def test_typing_filters_and_is_kept_in_the_address(opened):
    tab = opened("en")
    tab.run("document.querySelector('[name=q]').focus()")
    tab.send("Input.insertText", text="s03")
    assert sorted(tab.run(STUDENTS)) == [f"s{i:03}" for i in range(30, 40)]
    assert tab.run("location.hash") == "#q=s03"
    tab.run("document.querySelector('[type=reset]').click()")
    assert tab.run("new Promise(done => setTimeout(() => done(location.hash), 50))") == ""
    assert len(tab.run(STUDENTS)) == 43


def test_a_link_to_a_problem_shows_whose_it_is(opened):
    tab = opened("en")
    tab.run("document.querySelector('#problems a[href*=machine]').click()")
    assert tab.run(f"new Promise(done => setTimeout(() => done({STUDENTS}), 100))") == ["x3"]


def test_columns_are_sorted_with_the_keyboard(opened):
    tab = opened("en")
    tab.run("document.querySelector('#table thead button').focus()")
    tab.press("Tab")
    tab.press("Enter")
    assert tab.run("document.querySelector('[aria-sort]').dataset.key") == "01_exercise"
    assert tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_everything_that_is_pressed_or_filled_in_has_a_name(opened):
    tab = opened("en-running")
    bare = "!(e.textContent.trim() || e.ariaLabel || (e.labels && e.labels.length && e.labels[0].textContent.trim()))"
    assert tab.run(f"[...document.querySelectorAll('a, button, input, select, [role=region]')].filter(e => {bare}).length") == 0
    assert tab.run("[...document.querySelectorAll('table')].filter(e => !e.caption || !e.caption.textContent).length") == 0
    assert tab.run("[...document.querySelectorAll('th')].filter(e => !e.scope).length") == 0
    # WCAG 2.2 asks for 24 pixels.
    small = "[...document.querySelectorAll('button, input, select')].filter(e => e.getBoundingClientRect().height < 24)"
    assert tab.run(f"{small}.map(e => e.outerHTML)") == []


def test_a_script_in_a_page_that_is_not_its_own_does_not_run(tab, folder):
    content = (folder / "en.html").read_text(encoding="utf-8")
    page = folder / "attacked.html"
    page.write_text(content.replace("</main>", "<script>document.title = 'attacked'</script></main>"), encoding="utf-8")
    tab.logged.clear()
    tab.open(f"file://{page}")
    assert tab.run("document.title") == "Deep learning"
    assert any("Content Security Policy" in line for line in tab.logged)


def test_a_student_prints_on_a4(opened, tmp_path):
    tab = opened("en-student")
    tab.pdf(tmp_path / "page.pdf")
    content = (tmp_path / "page.pdf").read_bytes()
    # 210 by 297 mm in points.
    assert content.startswith(b"%PDF") and b"/MediaBox [0 0 594.95" in content


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_answers_in_words_are_opened_with_the_keyboard_and_stand_one_below_the_other(opened, language, width):
    tab = opened(language, width=width)
    own = "document.querySelector('#written details:nth-of-type(3)')"
    assert not tab.run(f"{own}.open")
    tab.run(f"{own}.querySelector('summary').focus()")
    tab.press("Enter")
    assert tab.run(f"{own}.open") and tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    # Of students 1 to 6 the first has written nothing.
    texts = tab.run(f"[...{own}.querySelectorAll('li .typed')].map(e => e.innerText)")
    assert [text.count("Because") for text in texts] == [1, 2, 3, 4, 5] and texts[1].splitlines()[0] == "Because of 2."
    tops = tab.run(f"[...{own}.querySelectorAll('li')].map(e => e.getBoundingClientRect().top)")
    assert tops == sorted(set(tops))
    tab.press("Tab")
    assert tab.run("document.activeElement.closest('li') !== null")
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")
