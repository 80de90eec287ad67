import copy
import re
from html.parser import HTMLParser

import grading_demo as demo
import pytest
from class_pages import ABOUT, entry, graded, many, missing, part, result, task, unreadable
from class_pages import words as in_words

from gluon_alexnet.classroom import figures, handed_back, pages, words
from gluon_alexnet.grading import grade as grading
from gluon_alexnet.language import short
from gluon_alexnet.pictures.page import environment

NASTY = "<script>alert(1)</script><b>&amp;\x1b[31m\u202eevil</title>"


class Page(HTMLParser):
    """Text of a page by language, tables as rows of cells, attributes; every tag that is opened must be closed."""

    VOID = {"meta", "input", "br"}

    def __init__(self, content):
        super().__init__()
        self.open, self.tags, self.attributes, self.said, self.rows = [], [], [], [], []
        self.feed(content)
        assert not self.open
        self.text = re.sub(r"\s+", " ", "".join(text for _, text in self.said))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, key, value) for key, value in attributes]
        if tag not in self.VOID:
            self.open.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        opened = [tag for tag, _ in self.open]
        if opened[-1:] in (["style"], ["script"]):
            return
        language = next((about["lang"] for _, about in reversed(self.open) if "lang" in about), "")
        self.said.append((language, data))
        if {"td", "th"} & {*opened}:
            self.rows[-1][-1] += data

    def row(self, first):
        return next([cell.strip() for cell in row] for row in self.rows if row and row[0].startswith(first))


def student(*entries):
    return Page(pages.student_page(entries, ABOUT))


def teacher(*entries, **about):
    return Page(pages.class_page(entries, {**ABOUT, **about}))


def wrong(**more):
    """An answer to two tasks, the second of which is wrong in a part."""
    sentence = {"problem": "f(17, 230) gives 12, which is not right", "told": "f(...) gives 12, which is not right"}
    bad = part("arrays", 0, kind="wrong", drawn=["17, 230"], **sentence)
    return result([task(1, "Shapes", [part("numbers")]), task(2, "Costs", [part("numbers"), bad], **more)])


# The student's page


def test_a_student_reads_scores_sentences_and_their_own_answer():
    page = student(entry(found=wrong(notes=["cell 12 was taken"]), attempt=2, attempts=3))
    for said in ("2 of /4 points", "Shapes", "full marks · 1/1", "partly right · 1/2", "cell 12 was taken"):
        assert said in page.text, said
    assert "f(…) gives 12, which is not right" in page.text and "def f(x):" in page.text
    assert "handed in 20 Nov 2026, 21:14\xa0(UTC+07:00) · attempt 2 of 3".replace("\xa0", " ") in page.text


def test_lateness_and_comments_are_in_the_score_and_beside_the_task():
    comments = [{"task": "", "points": None, "comment": "Well\ndone"}, {"task": "task2", "points": -0.5, "comment": "Read again"}]
    late = {"late": True, "raw_score": 3.5, "late_submission_penalty": 1.25, "score": 2.25}
    page = student(entry(found=wrong(), comments=comments, **late))
    assert "2.25 of /4 points" in page.text and "3.5 points, less 1.25 for being late" in page.text
    assert "Your teacher's comment: −0.5 points Read again" in page.text and "Well done" in page.text
    # The comment on the second task stands behind the first task.
    assert page.text.index("Well") < page.text.index("1. Shapes") < page.text.index("2. Costs") < page.text.index("Read again")


def test_in_vietnamese_numbers_and_words_are_vietnamese():
    late = {"late": True, "raw_score": 4.0, "late_submission_penalty": 0.5, "score": 3.5}
    page = student(entry(found=graded(language="vi"), **late))
    assert "3,5 trên /4 điểm" in page.text and "4 điểm, trừ 0,5 điểm vì nộp muộn" in page.text
    assert "nộp lúc 21:14 (UTC+07:00) ngày 20/11/2026" in page.text and "Câu trả lời của bạn" in page.text
    assert ("html", "lang", "vi") in page.attributes


def test_all_exercises_of_a_student_stand_on_one_page_with_their_sum():
    first, second = graded(exercise="01_a"), graded((1, 0, 0, 0), "vi", exercise="02_b")
    page = student(entry(found=second), entry(found=first))
    assert page.row("01_a title") == ["01_a title", "4/4"] and page.row("02_b title") == ["02_b title", "1/4"]
    assert page.row("All exercises") == ["All exercises", "5/8"] or page.row("Tất cả các bài") == ["Tất cả các bài", "5/8"]
    assert {language for language, _ in page.said} >= {"en", "vi"}


def test_where_something_was_not_judged_there_is_no_score_and_no_sum():
    page = student(entry(), missing())
    assert page.rows[-1] == ["2. A simpler AlexNet", "no score yet"] and "All exercises" not in page.text
    assert "Nothing was handed in" in page.text


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("flag", ["machine", "our fault", "unreadable", "missing"])
def test_who_has_no_score_reads_what_to_do(flag, language):
    headline, what = (text.to(language) for text in words.UNJUDGED[flag])
    made = {"unreadable": unreadable, "missing": missing}.get(flag)
    spoken = entry(found=graded(language=language, exercise="01_epochs"))
    page = student(spoken, made("ann") if made else entry(found=graded(language=language), flag=flag))
    assert headline in page.text and what in page.text
    assert ("html", "lang", language) in page.attributes


def test_a_task_that_was_not_judged_is_not_a_zero_and_a_fault_of_ours_says_nothing_of_the_check():
    fault = task(2, "Costs", [part("numbers", 0)], "our fault", notes=["KeyError: 'secret' (check, line 12)"])
    page = student(entry(found=result([task(1, "Shapes", [part()]), fault]), flag="our fault"))
    assert "not judged: the check itself failed · –/1" in page.text
    assert "KeyError" not in page.text and "secret" not in page.text


def test_why_a_file_could_not_be_read_is_said_without_the_teachers_folders():
    page = student(unreadable())
    assert "uwe.ipynb is a PDF, not a notebook" in page.text and "/srv" not in page.text


def test_nothing_of_seeds_boxes_files_and_others_is_handed_back():
    told = {**ABOUT, "alike": [{"students": ("ann", "mia")}], "problems": ["mia.ipynb was left out"]}
    content = pages.student_page([entry(found=wrong(), notes=["mia handed in the same"])], told)
    for secret in ("4711", "the box", "stand-in", "class.zip", "mia", "17, 230"):
        assert secret not in content


def test_a_student_cannot_change_the_page_by_name_answer_or_comment():
    found = wrong(notes=[handed_back.visible(NASTY)])
    for each in found["answers"].values():
        each["source"] = f"x = '''{NASTY}'''"
    comment = {"task": "task1", "points": 1.0, "comment": NASTY}
    content = pages.student_page([entry(NASTY, found, name=NASTY, comments=[comment])], {"title": NASTY})
    page = Page(content)
    assert "script" not in page.tags and "b" not in page.tags and page.text.count("alert(1)") >= 5
    assert not {"\x1b", "\u202e"} & {*content} and r"\x1b[31m\u202eevil" in page.text


# What is handed back of a sentence


@pytest.mark.parametrize(
    ("text", "drawn", "kind", "expected"),
    [
        ("f(17, [2, 30]) gives 5", ["17, [2, 30]"], "wrong", "f(…) gives 5"),
        # A call that the check has written itself, with more than fits into a few words.
        ("the first of f([0.25, 0.5, 0.75]) gives 4", ["[0.25, 0.5, ...]"], "wrong", "the first of f(…) gives 4"),
        # An answer that gives back what it was asked.
        ("f(...) gives (17, 230, 45), which", ["17, 230, 45"], "wrong", "f(…) gives (…), which"),
        ("of 128 images, the number is 3", ["(128, 28)"], "wrong", "of … images, the number is 3"),
        # Messages are the answer's own words.
        ('ValueError: "(3, 19) or 1,200" (line 19 of the cell)', ["19"], "error", 'ValueError: "(…) or …" (line 19 of the cell)'),
        ('TypeError: "float32 is none" (dòng 2 của ô)', [], "error", 'TypeError: "float32 is none" (dòng 2 của ô)'),
        # Where nothing was drawn, nothing is left out.
        ("lenet(dropout=0.5) has 1,200 parameters", [], "wrong", "lenet(dropout=0.5) has 1,200 parameters"),
        ("replace the line `raise NotImplementedError(...)`", [], "", "replace the line `raise NotImplementedError(...)`"),
    ],
)
def test_a_sentence_loses_what_was_drawn_and_nothing_else(text, drawn, kind, expected):
    assert handed_back.sentence(text, drawn, kind) == expected


def test_really_drawn_inputs_do_not_get_back_by_echoes_errors_or_notes(tmp_path, monkeypatch):
    echo = "def double(x):\n    return [float(x), 'as it was']"
    shout = "def relu(x):\n    raise ValueError(repr(x.tolist()))"
    path = demo.save(demo.notebook(double=echo, relu=shout), tmp_path / "n.ipynb")
    found = grading.grade(path, demo.EXERCISE, seed=3).to_dict()
    draws = [each for number in (1, 2) for each in _draws(3, number)]
    sentences = " ".join(each["problem"] for each in found["tasks"][0]["parts"] + found["tasks"][1]["parts"])
    assert any(each in sentences for each in draws), "the sentences for the student alone show what was drawn"
    page = student(entry(found=found))
    assert [each for each in draws if len(each) > 2 and each in page.text] == []
    assert "double(…) gives" in page.text and 'ValueError: "[…' in page.text


def _draws(seed, number):
    """The first inputs of the demo's task, as sentences write them: each part draws from a stream of its own."""
    import numpy as np

    random = np.random.default_rng(np.random.SeedSequence([seed, number], spawn_key=(1,)))
    if number == 1:
        return [f"double({n})" for n in random.integers(-99, 99, 5)]
    return [f"{x:.6g}"[:5] for x in random.normal(size=100)]


def test_code_has_its_lines_and_colours():
    assert handed_back.code("def f(x):\n\treturn '\u202ea' # 1\n\n") == [
        [("k", "def"), ("", " "), ("f", "f"), ("", "(x):")],
        [("", "    "), ("k", "return"), ("", " "), ("s", r"'\u202ea'"), ("", " "), ("c", "# 1")],
    ]


# The class's page


def test_the_table_has_a_row_for_each_student_with_scores_flags_and_a_link():
    page = teacher(entry("ann"), entry("bob", graded((1, 0, 0, 1))), unreadable("uwe"), missing("mia"))
    assert [row[:3] for row in page.rows[1:5]] == [
        ["Annann", "4", "4"],
        ["Bobbob", "2", "2"],
        ["Miamia", "not handed in", ""],
        ["Uweuwe", "unreadable", ""],
    ]
    assert ("a", "href", "students/bob.html") in page.attributes


def test_a_student_is_called_by_name_where_anybody_knows_it():
    roster = {"first_name": "Ann", "last_name": "Lee"}
    assert figures.name_of(entry("a1", name="a1")) == "a1"
    assert figures.name_of(entry("a1", name="a1", **roster)) == "Ann Lee"
    assert figures.name_of(entry("a1", name="A. Lee", **roster)) == "A. Lee"


def test_the_class_is_counted():
    page = teacher(entry("ann"), entry("bob", graded((1, 0, 0, 1))), unreadable(), missing())
    assert "Students4 Notebooks3 Judged to the end2 With full marks1 Without a score2" in page.text
    assert page.row("unreadable") == ["unreadable", "1", "Uwe"] and page.row("not handed in") == ["not handed in", "1", "Mia"]


def test_a_distribution_is_worked_out():
    known = figures.scores([entry(found=graded(points)) for points in ((1, 1, 1, 1), (1, 0, 0, 0), (1, 1, 0, 0))] + [missing()])
    assert known == [1, 2, 4]
    # Full marks count to the last bar, a score on an edge to the bar above.
    assert figures.bars(known, 4) == [(0, 1, 0), (1, 2, 1), (2, 3, 1), (3, 4, 1)]
    assert figures.summary(known) == {"n": 3, "lowest": 1, "median": 2, "mean": pytest.approx(7 / 3), "highest": 4}
    assert figures.bars([0, 99.9, 100], 100)[::19] == [(0, 5, 1), (95, 100, 2)]
    page = teacher(*(entry(f"s{i}", graded(points)) for i, points in enumerate(((1, 1, 1, 1), (1, 0, 0, 0), (1, 1, 0, 0)))))
    assert "3 scores: median 2, mean 2.3, lowest 1, highest 4" in page.text and "3–4 points: 1" in page.text


def test_shares_right_are_those_of_the_answers_that_were_judged():
    busy = graded((1, 1, 0, 0))
    busy["tasks"][1].update(status="machine")
    untried = graded((1, 1, 0, 0))
    untried["tasks"][1].update(status="not attempted", parts=[])
    found = figures.shares([entry(found=graded((1, 0, 1, 1))), entry(found=busy, flag="machine"), entry(found=untried)], "en")
    assert [(share.count, share.right, share.earned) for share in found] == [(3, 2, 5), (2, 1, 2)]
    assert [(each.count, each.right) for each in found[0].parts] == [(3, 3), (3, 2)]
    # A task that was not attempted counts to its parts, one that was not judged does not.
    assert [(each.count, each.right) for each in found[1].parts] == [(2, 1), (2, 1)]
    page = teacher(entry("a", graded((1, 0, 1, 1))), entry("b", busy, "machine"), entry("c", untried))
    assert page.row("2. Costs")[1:] == ["2", "1", "50%"]
    assert page.row("1. Shapes")[1:] == ["2", "1.67", "67%"]


def test_titles_are_in_the_teachers_language_where_anybody_has_them_so():
    both = [entry("a", graded(language="vi")), entry("b", graded())]
    assert [share.title for share in figures.shares(both, "en")] == ["Shapes", "Costs"]
    assert [share.title for share in figures.shares(both, "vi")] == ["Hình dạng", "Chi phí"]
    assert [share.title for share in figures.shares(both[:1], "en")] == ["Hình dạng", "Chi phí"]


def test_named_mistakes_are_counted_with_their_sentence_and_students():
    sentence = {"problem": "f(17) counts no bias", "told": "f(...) counts no bias", "mistake": "no-bias", "drawn": ["17"]}
    made = result([task(1, "Costs", [part("numbers", 0, kind="wrong", **sentence)], mistakes=["no-bias"])])
    page = teacher(entry("ann", made), entry("bob", made), entry("cid"))
    row = page.row("no-bias")
    assert row[0] == "no-bias02_simplify · Costsf(…) counts no bias" and row[1:] == ["2", "Ann Bob"]


def test_alike_is_said_with_what_chance_gives_and_never_more():
    pair = {"students": ("ann", "bob"), "exercise": "02_simplify", "kind": "behaviour", "score": 3.0, "chance": 0.02}
    pair["what"] = "the same"
    page = teacher(entry("ann"), entry("bob"), alike=[pair])
    assert page.row("Ann Bob")[1:] == ["02_simplify", "behaviour", "tasks: 3", "the same", "0.02"]
    text = {**pair, "kind": "text", "score": 0.98}
    assert teacher(entry("ann"), entry("bob"), alike=[text]).row("Ann Bob")[2:4] == ["text", "98%"]
    assert not re.search("copied|copying|plagiar|cheat", page.text, re.IGNORECASE)
    assert "have not been compared" in teacher(entry(), alike=None).text


def test_while_it_runs_the_page_says_how_far_and_loads_itself_again():
    page = teacher(entry(), done=30, total=300, seconds=20.0)
    assert "30 of 300 notebooks graded · about 3 min 00 s left".replace(" ", " ") in page.text.replace("\xa0", " ")
    assert ("progress", "value", "30") in page.attributes and ("input", "id", "again") in page.attributes
    done = teacher(entry(), done=300, total=300, seconds=75.0)
    assert "All 300 notebooks graded in 1 min 15 s" in done.text.replace("\xa0", " ")
    assert "progress" not in done.tags and ("input", "id", "again") not in done.attributes


def test_a_class_of_nobody_has_a_page():
    assert "Nobody yet." in teacher(done=0, total=12, seconds=0).text


def test_what_students_wrote_cannot_change_the_teachers_page():
    found = graded((1, 1, 1, 0), title=NASTY)
    found["tasks"][1].update(title=NASTY, mistakes=[NASTY])
    nasty = entry(NASTY, found, name=NASTY, source=NASTY, notes=[NASTY])
    pair = {"students": (NASTY, "x"), "exercise": NASTY, "kind": NASTY, "score": 1, "chance": 0, "what": NASTY}
    content = pages.class_page([nasty], {**ABOUT, "title": NASTY, "problems": [NASTY], "alike": [pair]})
    page = Page(content)
    assert page.tags.count("script") == 1 and "b" not in page.tags
    assert not {"\x1b", "\u202e"} & {*content}
    # What is not the page's own script is not run, even if it got into it.
    policy = next(value for tag, key, value in page.attributes if (tag, key) == ("meta", "content") and "default-src" in value)
    assert re.search(r"script-src 'sha256-[\w+/=]{44}'$", policy)


def test_pages_load_nothing_from_elsewhere():
    for content in (pages.class_page(many(3, 2), ABOUT), pages.student_page(many(1, 2), ABOUT)):
        addresses = {value for _, key, value in Page(content).attributes if key in ("src", "href", "action")}
        assert all(each.startswith(("#", "students/")) for each in addresses)
        assert "url(" not in content and "@import" not in content


def test_a_large_class_is_a_small_page():
    assert len(pages.class_page(many(), ABOUT).encode()) < 1_000_000


def test_each_student_has_a_file_of_their_own():
    names = ["ann", "Ann", "ANN", "../ann", "ann/..", "nguyễn", "nguyen", "con", "", " ", "a" * 300, "a" * 301, ".x", "x."]
    files = [figures.file_name(name) for name in names]
    assert len({each.lower() for each in files}) == len(names) and files[0] == "ann.html"
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.@+_-]{0,110}\.html", each) for each in files)
    assert "con.html" not in files


# Both languages


def all_words():
    tables = [words.STUDENT, words.CLASS, words.MARKS]
    found = {(place, key): text for place, table in enumerate(tables) for key, text in table.items()}
    return found | {(flag, place): text for flag, both in words.UNJUDGED.items() for place, text in enumerate(both)}


@pytest.mark.parametrize("key", all_words(), ids=str)
def test_every_sentence_is_there_in_both_languages_with_the_same_gaps(key):
    text = all_words()[key]
    assert text.en and text.vi and text.en != text.vi
    assert re.findall(r"\{\w*\}", text.en) == re.findall(r"\{\w*\}", text.vi)


def test_a_vietnamese_page_says_nothing_in_english_of_its_own():
    found = [entry("an", graded((1, 0, 1, 1), "vi"), late=True), entry("binh", graded(language="vi"), "machine"), missing("chi")]
    english = {text.en.partition("{")[0].strip() for text in all_words().values() if text.en.partition("{")[0].strip()}
    for content in (pages.class_page(found, {**ABOUT, "language": "vi"}), pages.student_page(found[:1], ABOUT)):
        page = Page(content)
        own = {text.strip() for language, text in page.said if language == "vi"} - {"Deep learning"}
        assert not own & english
        spelt = {word for text in own for word in re.findall(r"[a-z]+", text.lower())}
        assert not spelt & {*"the of and with students points".split()}


def test_templates_use_words_that_are_there():
    for name, table in (("student.html", words.STUDENT), ("class.html", words.CLASS)):
        source = environment().loader.get_source(environment(), name)[0]
        used = set(re.findall(r"\bw\.(\w+)", source))
        assert used <= {*table}
        # A dict's own methods would be taken instead.
        assert not used & {*dir(dict)}


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [(4.5, "en", "4.5"), (4.5, "vi", "4,5"), (20.0, "vi", "20"), (1234.5, "en", "1,234.5"), (1234.5, "vi", "1.234,5")],
)
def test_numbers_are_written_as_the_language_does(value, language, expected):
    assert short(value, language) == expected


def test_all_and_none_are_said_only_of_all_and_none():
    assert [words.percent(part, 1000, "en") for part in (0, 1, 999, 1000)] == ["0%", "1%", "99%", "100%"]


# Colours


def colours(content, dark):
    """The variables of a page's style."""
    found = {}
    for block in re.finditer(r"(@media \(prefers-color-scheme: dark\) \{\s*)?:root \{(.*?)\}", content, re.DOTALL):
        if dark or not block.group(1):
            found.update(re.findall(r"--(\w[\w-]*): (#[0-9a-f]{6})", block.group(2)))
    return found


def luminance(colour):
    """As WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ground", "inks"),
    [
        ("ground", "ink faint full note alarm f"),
        ("page", "ink faint f"),
        ("code", "ink faint k s n f"),
        ("note-ground", "note"),
        ("share", "ink"),
    ],
)
def test_text_stands_out_from_its_ground_as_wcag_asks(ground, inks, dark):
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for content in (pages.class_page([entry()], ABOUT), pages.student_page([entry()], ABOUT)):
        found = colours(content, dark)
        found = {ink: contrast(found[ink], found[ground]) for ink in inks.split()}
        assert min(found.values()) >= 4.5, found


def test_entries_are_left_as_they_are():
    given = [entry(found=wrong()), missing()]
    before = copy.deepcopy(given)
    pages.class_page(given, ABOUT)
    pages.student_page(given[:1], ABOUT)
    assert given == before


# What was answered in words


def test_a_student_reads_what_they_wrote_as_it_was_typed():
    typed = "**Because** of\n- `x`\n\n<b>this</b>"
    content = pages.student_page([entry(found=graded(written=[in_words(typed), in_words(None, name="why_not")]))], ABOUT)
    assert '<p class="typed words">**Because** of\n- `x`\n\n&lt;b&gt;this&lt;/b&gt;</p>' in content
    page = Page(content)
    assert page.text.count("Why does it zigzag?") == 2 and page.text.count("read by your teacher, not graded here") == 2
    assert page.text.count("You have written nothing here.") == 1
    content = pages.student_page([entry(found=graded(language="vi", written=[in_words(None, "vi")]))], ABOUT)
    assert "Bạn chưa viết gì ở đây." in content and "giảng viên sẽ đọc, không tính điểm ở đây" in content


def test_the_class_page_has_all_answers_to_a_question_one_below_the_other():
    entries = [
        entry("zoe", graded(written=[in_words("Of zoe.")])),
        entry("ann", graded(written=[in_words(NASTY)])),
        entry("mia", graded(written=[in_words(None)])),
        entry("bob", graded(language="vi", written=[in_words("Của bob.", "vi")])),
    ]
    content = pages.class_page(entries, ABOUT)
    page = Page(content)
    (asked,) = figures.asked(entries, "en")
    assert [found["student"] for found, _ in asked.answered] == ["ann", "bob", "zoe"]
    assert [found["student"] for found in asked.silent] == ["mia"]
    assert asked.question.startswith("### Why does") and figures.asked(entries, "vi")[0].question.startswith("### Vì sao?")
    assert "answers: 3 · without an answer: 1" in page.text
    assert '<p class="typed" lang="vi">Của bob.</p>' in content and "b" not in page.tags
    assert content.count('<details class="asked">') == 1


def test_a_class_without_questions_in_words_says_so():
    assert "No exercise here asks for an answer in words." in pages.class_page([entry()], ABOUT)
    assert "Không bài nào ở đây có câu hỏi trả lời bằng lời." in pages.class_page([entry()], {**ABOUT, "language": "vi"})


def test_who_has_handed_in_nothing_readable_is_spoken_to_in_the_language_of_the_class():
    content = pages.student_page([unreadable()], {**ABOUT, "language": "vi"})
    assert '<html lang="vi">' in content and '<p lang="vi">uwe.ipynb là tệp PDF, không phải là sổ tay: hãy nộp' in content


@pytest.mark.parametrize(
    ("said", "drawn", "left"),
    [
        ("f(0.253417) trả về 0,253417, chưa đúng", "0.253417", "f(…) trả về …, chưa đúng"),
        ("kết quả là 123.456, chưa đúng", "123456", "kết quả là …, chưa đúng"),
        ("the result gives 123,456, which is not right", "123456", "the result gives …, which is not right"),
        ("kết quả là 0,5; cần: ít nhất 0,85", "0.25", "kết quả là 0,5; cần: ít nhất 0,85"),
    ],
)
def test_a_drawn_number_is_left_out_however_the_language_writes_it(said, drawn, left):
    assert handed_back.sentence(said, [drawn]) == left
