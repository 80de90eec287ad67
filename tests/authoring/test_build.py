"""gluon_alexnet.authoring.build: a teacher's exercise, from its source to the score of a notebook that was handed in."""

import json
from pathlib import Path

import grading_demo as demo
import make_exercises
import nbformat
import pytest

from gluon_alexnet import cli
from gluon_alexnet.authoring import build
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import in_notebook, sandbox

pytest_plugins = ["pytester"]
EXAMPLE = make_exercises.ROOT / "docs" / "my_exercise.py"
SOURCE = demo.SOURCE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The folder of the example, built by the command."""
    folder = tmp_path_factory.mktemp("course")
    assert cli.main(["exercise", "build", str(EXAMPLE), "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def handed_in(course, tmp_path):
    """A folder with the example as handed out, and with its first task answered."""
    (tmp_path / "class").mkdir()
    for student in ("anna", "binh"):
        (tmp_path / "class" / student).mkdir()
    given = (course / "handout" / "my_exercise.ipynb").read_text(encoding="utf-8")
    (tmp_path / "class" / "anna" / "my_exercise.ipynb").write_text(given, encoding="utf-8")
    notebook = nbformat.reads(given, as_version=4)
    code = "    return np.array([[image[y:y+size, x:x+size].max() for x in range(0, image.shape[1] - size + 1, size)]\n"
    code += "                     for y in range(0, image.shape[0] - size + 1, size)])"
    demo.cell(notebook, "max_pool").source = f"# task: max_pool\ndef max_pool(image, size):\n{code}\n"
    nbformat.write(notebook, tmp_path / "class" / "binh" / "my_exercise.ipynb")
    return tmp_path / "class"


def write(folder, text, name="90_demo.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_layout_of_what_is_built(course):
    made = sorted(str(path.relative_to(course)) for path in course.rglob("*") if path.is_file())
    notebooks = [f"{place}/{below}my_exercise.ipynb" for place in ("handout", "solutions") for below in ("", "vi/")]
    assert made == sorted(["checks/my_exercise.json", *notebooks])


def test_students_get_no_check_and_no_solution(course):
    source = EXAMPLE.read_text(encoding="utf-8")
    for path in (course / "handout").rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        cells = "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
        for secret in ("def check", "ask.", "HIDDEN", "SOLUTION", "strides-forgotten", "windows.max", "step *= stride"):
            assert secret in source or secret in ("SOLUTION", "HIDDEN")
            assert secret not in text and secret not in cells
        assert "[11, 19, 51, 67, 99, 131, 163, 195]" in cells  # what the practice check should print


def test_each_language_is_a_notebook_of_its_own(course):
    told = [json.loads((course / "handout" / below / "my_exercise.ipynb").read_text("utf-8")) for below in ("", "vi")]
    assert [notebook["metadata"]["gluon_alexnet"]["language"] for notebook in told] == ["en", "vi"]
    assert [notebook["cells"][0]["source"][0] for notebook in told] == [
        "# How far a unit sees\n",
        "# Một đơn vị nhìn được bao xa\n",
    ]


def test_it_is_graded_by_whoever_has_its_checks(course, handed_in, capsys):
    report = handed_in.parent / "grades.json"
    assert cli.main(["grade", str(handed_in), "--exercises", str(course), "--report", str(report)]) == 1
    results = json.loads(report.read_text(encoding="utf-8"))["notebooks"]
    assert [(result["exercise"], result["earned"], result["possible"]) for result in results] == [
        ("my_exercise", 0, 5),
        ("my_exercise", 2, 5),
    ]
    assert cli.main(["grade", str(course / "solutions"), "--exercises", str(course)]) == 0


def test_without_the_checks_a_sentence_says_who_grades_it(course, capsys):
    assert cli.main(["grade", str(course / "handout")]) == 1
    said = capsys.readouterr().out
    assert "this exercise is graded by your teacher: its checks are not installed here" in said
    assert "bài này do giảng viên của bạn chấm" in said


def test_pytest_and_the_last_cell_say_the_same(course, tmp_path, monkeypatch, capsys, pytester):
    given = (course / "handout" / "my_exercise.ipynb").read_text(encoding="utf-8")
    (pytester.path / "my_exercise.ipynb").write_text(given, encoding="utf-8")
    said = pytester.runpytest_subprocess("--nbval", "-p", "no:cacheprovider")
    said.stdout.fnmatch_lines(["*this exercise is graded by your teacher: its checks are not installed here*"])
    said = pytester.runpytest_subprocess("--nbval", "-p", "no:cacheprovider", f"--grade-exercises={course}")
    said.stdout.fnmatch_lines(["*0/5*"])
    monkeypatch.chdir(pytester.path)
    in_notebook.grade_this_notebook("my_exercise")
    assert "graded by your teacher" in capsys.readouterr().out


def test_it_stands_beside_the_packages_own(course):
    before = exercises.list_exercises()
    assert exercises.use(course) == ["my_exercise"] == exercises.use(course)
    assert exercises.list_exercises() == sorted([*before, "my_exercise"])
    assert exercises.load("my_exercise").points == 5 and exercises.load("04_cost").points == 20


def test_answers_read_neither_checks_nor_solutions(course):
    exercises.use(course)
    assert {course.resolve() / "checks", course.resolve() / "solutions"} <= set(sandbox.hidden())


def test_a_name_that_is_taken_is_refused(course, tmp_path):
    with pytest.raises(UserError, match="04_cost is an exercise of this package"):
        build.build(write(tmp_path, SOURCE, "04_cost.py"), tmp_path / "out")
    for name in ("04_cost", "my_exercise"):
        folder = tmp_path / name / "checks"
        folder.mkdir(parents=True)
        (folder / f"{name}.json").write_text((course / "checks" / "my_exercise.json").read_text("utf-8"), encoding="utf-8")
    exercises.use(course)
    with pytest.raises(UserError, match="called like an exercise of this package: give it another name"):
        exercises.use(tmp_path / "04_cost")
    with pytest.raises(UserError, match=r"called like .*course.*my_exercise.json: give it another name"):
        exercises.use(tmp_path / "my_exercise")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "holds no exercise"),
        ("{", "is no exercise that could be read"),
        ('{"schema": 1, "name": "x"}', "has schema 1"),
    ],
)
def test_a_folder_without_a_good_exercise_is_one_sentence(tmp_path, content, message):
    if content is not None:
        (tmp_path / "checks").mkdir()
        (tmp_path / "checks" / "x.json").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        exercises.use(tmp_path)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_one_language_alone_makes_one_notebook(tmp_path, language):
    other = {"en": "vi", "vi": "en"}[language]
    lines = SOURCE.split("# %%")
    source = write(tmp_path, "# %%".join(part for part in lines if f'lang="{other}"' not in part))
    made = build.build(source, tmp_path / "out")
    assert [path.relative_to(tmp_path / "out") for path in made] == [
        Path("solutions/90_demo.ipynb"),
        Path("handout/90_demo.ipynb"),
        Path("checks/90_demo.json"),
    ]
    notebook = nbformat.read(tmp_path / "out" / "handout" / "90_demo.ipynb", as_version=4)
    assert notebook.metadata["gluon_alexnet"]["language"] == language
    exercises.use(tmp_path / "out")
    title = {"en": "Twice as much", "vi": "Gấp đôi"}[language]
    assert exercises.load("90_demo").tasks[0].title == (title, title)


FAULTS = {
    '# %% name="setup" tags=["setup"]': ('# %% name=setup tags=["setup"]', "what stands behind its %% cannot be read"),
    "OFFSET = 1": ("OFFSET = = 1", r"cell 'setup': it is not Python \(line 3"),
    "    return 2 * x": ("    return 2 *", r"cell 'double': it is not Python"),
    "    return 2 * x\n": ("    # nothing yet\n", "cell 'double': nothing stands between"),
    '"grade_id": "double",': ('"grade_id": "dou-ble",', "the name of a task has lower-case letters, digits and _ only"),
    "### END SOLUTION\n# %% nbgrader": (
        "### END SOLUTION\n    ### BEGIN SOLUTION\n# %% nbgrader",
        "cell 'double': students would get what stands at '### BEGIN SOLUTION'",
    ),
    '# %% name="plot"\n': ('# %% name="plot"\n### BEGIN HIDDEN TESTS\n', "cell 'plot': students would get"),
    "def check(ask):": ("def checks(ask):", r"cell 'double-check': its hidden check defines no function `check\(ask\)`"),
    '"points": 3,': ('"points": 0.5,', 'a check has its "points", a whole number'),
    '"grade": false, "grade_id": "double"': ('"grade": true, "grade_id": "double"', "an answer has"),
    "# # 0. A small exercise for the tests": ("# A small exercise", "begins with a text that has its title"),
    'name="total-text" lang="vi"': ('name="total-text" lang="fr"', 'a text is written lang="en" first'),
    "print(double(21))": ("print(doubles(21))", r"a cell failed \('double-check'\): NameError: name 'doubles' .* \(line 1 of"),
    "with ask.part(2, T(\"arrays\", \"mảng\")):\n        x = ask.random.normal(size=(3": (
        "with ask.part(1, T(\"arrays\", \"mảng\")):\n        x = ask.random.normal(size=(3",
        "cell 'double-check': the solution gets 2 of 3 points: its parts add up to 2 points",
    ),
    ".equals(5050)": (".equals(5051)", "cell 'total-check': the solution gets 0 of 1 points: total gives 5050"),
}


@pytest.mark.parametrize("good", FAULTS, ids=[message[:60] for _, message in FAULTS.values()])
def test_a_fault_in_a_source_is_one_sentence_that_names_the_cell(tmp_path, good):
    bad, message = FAULTS[good]
    assert good in SOURCE
    with pytest.raises(UserError, match=message) as told:
        build.build(write(tmp_path, SOURCE.replace(good, bad, 1)), tmp_path / "out")
    assert "\n" not in str(told.value) and not (tmp_path / "out").exists()


def test_a_check_without_an_answer_is_named(tmp_path):
    starts = ('# %% nbgrader={"grade": false, "grade_id": "total"', '# %% nbgrader={"grade": true, "grade_id": "total-check"')
    answer = slice(*map(SOURCE.index, starts))
    with pytest.raises(UserError, match="cell 'total-check': a check comes right after its answer cell"):
        build.build(write(tmp_path, SOURCE.replace(SOURCE[answer], "")), tmp_path / "out")


@pytest.mark.parametrize("name", ["My Exercise.py", "my_exercise.ipynb", "bài.py"])
def test_a_name_that_no_file_of_students_could_have_is_refused(tmp_path, name):
    with pytest.raises(UserError, match="names no exercise: call its source NAME.py"):
        build.build(write(tmp_path, SOURCE, name), tmp_path / "out")


def test_a_source_that_is_not_there_or_no_text_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot read .*: No such file"):
        build.build(tmp_path / "none.py", tmp_path)
    (tmp_path / "latin.py").write_bytes("# Bài tập é".encode("latin-1", "replace"))
    with pytest.raises(UserError, match="latin.py is no text in UTF-8"):
        build.build(tmp_path / "latin.py", tmp_path)


def test_work_in_a_notebook_for_students_is_not_written_over(tmp_path, monkeypatch):
    monkeypatch.setattr(build.notebooks, "execute", lambda notebook: {})
    monkeypatch.setattr(build, "refuse_without_full_marks", lambda *_: None)
    source = write(tmp_path, SOURCE)
    build.build(source, tmp_path / "out")
    path = tmp_path / "out" / "handout" / "90_demo.ipynb"
    notebook = nbformat.read(path, as_version=4)
    demo.cell(notebook, "double").source = "# task: double\ndef double(x):\n    return x + x"
    nbformat.write(notebook, path)
    with pytest.raises(UserError, match=r"handout/90_demo.ipynb has answers that would be lost \(double\)"):
        build.build(source, tmp_path / "out")
    build.build(source, tmp_path / "out", force=True)
    assert "x + x" not in path.read_text(encoding="utf-8")


def test_what_is_missing_to_build_is_one_sentence(tmp_path, monkeypatch):
    find = build.read_source.__globals__["importlib"].util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "jupytext" else find(name))
    with pytest.raises(UserError, match="making exercises needs jupytext, which is not installed: pip install '.*class]'"):
        build.build(write(tmp_path, SOURCE), tmp_path / "out")
