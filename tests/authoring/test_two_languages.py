"""What is made of one source in two languages: code, outputs, folded cells, and questions that are answered in words."""

import json

import grading_demo as demo
import make_exercises
import nbformat
import pytest

from gluon_alexnet.authoring import build, notebooks
from gluon_alexnet.authoring.source import read_source
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises

SOURCE = demo.SOURCE.read_text(encoding="utf-8")
ASKED = """# %% [markdown] name="why_relu" lang="en" tags=["why"]
# ### Why? What is left of a slope

# %% [markdown] name="why_relu" lang="vi" tags=["why"]
# ### Vì sao? Độ dốc còn lại gì

# %% [markdown] name="why_relu-answer" lang="en"
# It is 1.

# %% [markdown] name="why_relu-answer" lang="vi"
# Nó bằng 1.

# %% name="plot"
"""
MARKED = (
    SOURCE.replace('    """Twice the number or array x."""\n', '    """Twice x."""\n    """vi: Gấp đôi x."""\n')
    .replace("    return 2 * x\n    ### END", "    # Twice.\n    # vi: Hai lần.\n    return 2 * x\n    ### END")
    .replace("print(double(21))", 'print(say("twice 21:", "hai lần 21:"), double(21))')
    .replace("    return x + OFFSET", '    """x and one."""\n    """vi: x cộng một."""\n    return x + OFFSET')
    .replace('# %% name="plot"\n', ASKED)
)


def placed(folder, text, name="90_demo.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder, text):
    return read_source(placed(folder, text))


def made(cells, language, solution):
    return notebooks.notebook("90_demo", cells, language, solution, {})


def test_each_language_has_its_texts_in_code(tmp_path):
    cells = read(tmp_path, MARKED)
    solved = {language: demo.cell(made(cells, language, True), "double").source for language in ("en", "vi")}
    assert solved["en"] == '# task: double\ndef double(x):\n    """Twice x."""\n    # Twice.\n    return 2 * x'
    assert solved["vi"] == '# task: double\ndef double(x):\n    """Gấp đôi x."""\n    # Hai lần.\n    return 2 * x'
    stub = demo.cell(made(cells, "vi", False), "double").source
    assert '"""Gấp đôi x."""\n    raise NotImplementedError("Nhiệm vụ 1' in stub and "lần" not in stub


def test_what_grades_is_the_english_code(tmp_path):
    reference = notebooks.reference("90_demo", read(tmp_path, MARKED))
    assert reference["tasks"]["double"]["reference"].endswith("# Twice.\n    return 2 * x")
    given = {cell["id"]: cell for cell in reference["cells"]}
    assert '"""x and one."""' in given["between"]["source"] and "in_vietnamese" not in given["plot"]
    assert '"""Gấp đôi x."""' in given["double"]["stub"]["vi"] and '"""Twice x."""' in given["double"]["stub"]["en"]


def test_a_given_cell_in_vietnamese_is_not_taken_for_a_students_own(tmp_path):
    reference = notebooks.reference("90_demo", read(tmp_path, MARKED))
    known = exercises.from_json(reference).given
    for language, words in (("en", "x and one."), ("vi", "x cộng một.")):
        source = demo.cell(made(read(tmp_path, MARKED), language, False), "between").source
        assert words in source and exercises.normalized(source) in known


def test_each_language_is_executed_where_its_code_has_changed(tmp_path):
    source, runs = tmp_path / "90_demo.py", []
    places = build.places_in(tmp_path / "out", "90_demo", ("en", "vi"))

    def execute(notebook):
        language = notebook.metadata.gluon_alexnet.language
        runs.append(language)
        return {"double-check": [nbformat.v4.new_output("stream", text=f"{language} {len(runs)}\n")]}

    def again(text):
        runs.clear()
        source.write_text(text, encoding="utf-8")
        cells = read_source(source)
        build.write("90_demo", cells, places, build.executed("90_demo", cells, places, False, execute))
        assert build.out_of_date("90_demo", cells, places) == []
        solved = [nbformat.read(places.notebooks[each, True], as_version=4) for each in ("en", "vi")]
        return list(runs), [demo.cell(notebook, "double-check").outputs[0].text for notebook in solved]

    assert again(SOURCE) == (["en"], ["en 1\n", "en 1\n"])
    assert again(MARKED) == (["en", "vi"], ["en 1\n", "vi 2\n"])
    assert again(MARKED) == ([], ["en 1\n", "vi 2\n"])
    assert again(MARKED.replace("hai lần", "2 lần")) == (["vi"], ["en 1\n", "vi 1\n"])
    handed = nbformat.read(places.notebooks["vi", False], as_version=4)
    assert demo.cell(handed, "double-check").source.endswith("# Kết quả mong đợi:\n# vi 1")


def test_a_teachers_exercise_prints_and_is_graded_in_both(tmp_path):
    build.build(placed(tmp_path, MARKED), tmp_path / "out")
    for below, said in (("", "twice 21: 42"), ("vi", "hai lần 21: 42")):
        notebook = nbformat.read(tmp_path / "out" / "handout" / below / "90_demo.ipynb", as_version=4)
        assert demo.cell(notebook, "double-check").outputs[0].text == f"{said}\n"


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_source_in_one_language_takes_its_half_of_each_mark(tmp_path, language):
    other = {"en": "vi", "vi": "en"}[language]
    text = "# %%".join(part for part in MARKED.split("# %%") if f'lang="{other}"' not in part)
    build.build(placed(tmp_path, text), tmp_path / "out")
    cells = nbformat.read(tmp_path / "out" / "solutions" / "90_demo.ipynb", as_version=4)
    words = {"en": '"""Twice x."""', "vi": '"""Gấp đôi x."""'}
    assert words[language] in demo.cell(cells, "double").source
    assert words[language] in (tmp_path / "out" / "checks" / "90_demo.json").read_text("utf-8").replace('\\"', '"')


def test_a_mark_that_is_not_right_is_one_sentence_that_names_the_cell(tmp_path):
    wrong = SOURCE.replace("print(double(21))", 'print(say("twice"), double(21))')
    with pytest.raises(UserError, match="90_demo.py, cell 'double-check', line 1: say"):
        read(tmp_path, wrong)


LINES = "\n".join(f"line_{number} = {number}" for number in range(1, 21))


@pytest.mark.parametrize(
    ("head", "lines", "folded"),
    [
        ("", LINES, False),
        ("", f"{LINES}\nlast = 0", True),
        (' tags=["open"]', f"{LINES}\nlast = 0", False),
        (' tags=["fold"]', "last = 0", True),
        (' tags=["setup"]', f"{LINES}\nlast = 0", True),
        (' tags=["setup", "fold"]', "last = 0", True),
    ],
)
def test_given_cells_that_are_long_are_folded(tmp_path, head, lines, folded):
    text = SOURCE.replace('# %% name="plot"\n', f'# %% name="long"{head}\n{lines}\n\n# %% name="plot"\n')
    for solution in (True, False):
        cell = demo.cell(made(read(tmp_path, text), "vi", solution), "long")
        assert cell.metadata.get("jupyter", {}) == ({"source_hidden": True} if folded else {})
        assert cell.metadata.get("tags", []) == (["setup"] if "setup" in head else [])


def test_answers_and_checks_are_never_folded(tmp_path):
    text = SOURCE.replace("    return 2 * x\n", "".join(f"    x = {n} + x - {n}\n" for n in range(30)) + "    return 2 * x\n")
    assert not [cell.id for cell in made(read(tmp_path, text), "en", True).cells if "jupyter" in cell.metadata]


def test_a_question_is_answered_in_words(tmp_path):
    cells = read(tmp_path, MARKED)
    for language, question, answer, empty in (
        ("en", "### Why? What is left of a slope", "It is 1.", "*Write your answer here: two to five sentences.*"),
        ("vi", "### Vì sao? Độ dốc còn lại gì", "Nó bằng 1.", "*Viết câu trả lời ở đây: hai đến năm câu.*"),
    ):
        for solution in (True, False):
            notebook = made(cells, language, solution)
            nbformat.validate(notebook)
            asked = demo.cell(notebook, "why_relu")
            # As nbgrader 0.9 wants a task that a person reads: its schema 3 allows these keys.
            assert asked.source == question and asked.metadata == {
                "nbgrader": {
                    "schema_version": 3,
                    "grade_id": "why_relu",
                    "grade": False,
                    "solution": False,
                    "locked": True,
                    "task": True,
                    "points": 0,
                }
            }
            written = demo.cell(notebook, "why_relu-answer")
            assert written.source == (answer if solution else empty)
            assert written.metadata == {"gluon_alexnet": {"written": "why_relu"}}
    reference = notebooks.reference("90_demo", cells)
    assert reference["written"] == [
        {
            "name": "why_relu",
            "question": {"en": "### Why? What is left of a slope", "vi": "### Vì sao? Độ dốc còn lại gì"},
            "placeholder": {
                "en": "*Write your answer here: two to five sentences.*",
                "vi": "*Viết câu trả lời ở đây: hai đến năm câu.*",
            },
        }
    ]
    assert reference["texts"] == ["intro", "double-text", "relu-text", "why_relu", "why_relu-answer", "total-text"]
    assert "written" not in demo.REFERENCE and "texts" not in demo.REFERENCE
    assert "It is 1" not in json.dumps(made(cells, "en", False))


def test_a_question_without_its_answer_is_named(tmp_path):
    for wrong in (MARKED.replace("why_relu-answer", "why_relu-model"), MARKED.replace('name="why_relu-answer" lang="vi"', "")):
        with pytest.raises(UserError, match="90_demo.py, cell "):
            read(tmp_path, wrong)
    with pytest.raises(UserError, match="cell 'why_relu': .* why_relu-answer, is how you would answer"):
        read(tmp_path, MARKED.replace("why_relu-answer", "why_relu-model"))


def test_an_answer_in_words_is_not_written_over(tmp_path, monkeypatch):
    monkeypatch.setattr(build.notebooks, "execute", lambda notebook: {})
    monkeypatch.setattr(build, "refuse_without_full_marks", lambda *_: None)
    source = placed(tmp_path, MARKED)
    build.build(source, tmp_path / "out")
    path = tmp_path / "out" / "handout" / "vi" / "90_demo.ipynb"
    notebook = nbformat.read(path, as_version=4)
    build.build(source, tmp_path / "out")
    demo.cell(notebook, "why_relu-answer").source = "Vì độ dốc bằng 1."
    nbformat.write(notebook, path)
    with pytest.raises(UserError, match=r"handout/vi/90_demo.ipynb has answers that would be lost \(why_relu\)"):
        build.build(source, tmp_path / "out")


def test_no_mark_is_left_in_what_is_made():
    for name in (path.stem for path in (make_exercises.ROOT / "solutions").glob("*.py")):
        for path in make_exercises.places(name).values():
            code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
            assert "say(" not in code and "# vi:" not in code and '"vi: ' not in code, path
