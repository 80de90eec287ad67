"""What the notebooks' texts say in numbers is what the files say that back them (claiming.py tells how claims are written)."""

import re
import runpy
from pathlib import Path

import claiming
import pytest
from claiming import Claim, Stated

pytest.importorskip("jupytext", reason="without it the exercises' sources cannot be read")

FOLDER = Path(__file__).resolve().parent / "claims"
NAMES = sorted(path.stem.removeprefix("c") for path in FOLDER.glob("c*.py"))
CLAIMS = {name: runpy.run_path(str(FOLDER / f"c{name}.py"))["CLAIMS"] for name in NAMES}
BOTH = ("en", "vi")
WHY = ("a setting", "a bar", "counted", "time to plan", "arithmetic", "cited: ", "not recorded: ")


@pytest.fixture(scope="module")
def texts():
    """{notebook: {cell: {language: its text}}} of the texts of the sources."""
    import make_exercises

    found = {}
    for name in NAMES:
        found[name] = {cell.id: cell.texts for cell in make_exercises.cells_of(name) if cell.kind == "markdown"}
    return found


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize(
    ("name", "claim"),
    [pytest.param(name, claim, id=f"{name}-{claim.cell}-{claim.en[:40]}") for name in NAMES for claim in CLAIMS[name]],
)
def test_a_number_in_a_text_is_that_of_its_source(texts, name, claim, language):
    assert claim.cell in texts[name], f"{name} has no text {claim.cell}"
    error = claiming.wrong(claim, claiming.plain(texts[name][claim.cell][language]), language)
    assert error is None, error


@pytest.mark.parametrize(("notebook", "cell"), sorted(claiming.PRINTED))
def test_an_output_that_a_text_quotes_has_the_same_numbers_in_both_languages(notebook, cell):
    english, vietnamese = (numbers(claiming.outputs(notebook, cell, language), language) for language in BOTH)
    # In the order of each language's words.
    assert english and sorted(english) == sorted(vietnamese)


def numbers(text, language):
    """The numbers in a text; neither those in words such as conv1 nor seconds, which no two runs have in common."""
    found = re.findall(r"(?<![\w.,])\.?\d[\d.,]*(?<![.,])(?!\d| s\b| giây)", text)
    return [claiming.read(each, language)[0] for each in found]


def test_every_notebook_has_its_claims():
    sources = [*(claiming.ROOT / "solutions").glob("0*.py"), *(claiming.ROOT / "lesson").glob("*.py")]
    assert NAMES == sorted(path.stem for path in sources)


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("name", NAMES)
def test_no_number_looks_measured_and_has_no_source(texts, name, language):
    found = []
    for cell, written in texts[name].items():
        claims = [claim for claim in CLAIMS[name] if claim.cell == cell]
        found += [f"{cell}: …{each}…" for each in claiming.uncovered(claims, claiming.plain(written[language]), language)]
    assert not found, "\n".join(found)


def test_what_is_only_stated_says_why():
    reasons = [claim.why for claims in CLAIMS.values() for claim in claims if isinstance(claim, Stated)]
    assert all(why.startswith(WHY) for why in reasons), set(reasons)


TEXT = {"en": "LeNet has .812 ±\n.024 over 87 runs, **8.5%** more", "vi": "LeNet đạt 0,812 ± 0,024 trên 87 lần, hơn **8,5%**"}


def claim(values, within=0.0):
    return Claim("any", "has {} ± {} over {} runs, {}% more", "đạt {} ± {} trên {} lần, hơn {}%", values, within)


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((0.8124, 0.0236, 87, 0.0849), None),
        ((0.8126, 0.0236, 87, 0.0849), "it is 0.8126"),
        ((0.8124, 0.0236, 88, 0.0849), "it is 88"),
        ((0.8124, 0.0236, 87, 0.0862), "it is 8.62"),
        ((0.8124, 0.0236, 87), "4 places for 3 values"),
    ],
)
def test_a_wrong_number_is_found(language, values, sentence):
    error = claiming.wrong(claim([lambda value=value: value for value in values]), claiming.plain(TEXT[language]), language)
    assert error is None if sentence is None else sentence in error


@pytest.mark.parametrize("language", BOTH)
def test_a_number_without_a_source_is_found(language):
    text = claiming.plain(TEXT[language])
    assert len(claiming.uncovered([], text, language)) == 3
    assert claiming.uncovered([claim([])], text, language) == []
    (left,) = claiming.uncovered([Stated("any", ".812 ± .024", "0,812 ± 0,024", "a setting")], text, language)
    assert "%" in left


def test_numbers_are_read_as_each_language_writes_them():
    for written, language, number, places in [
        ("46,764,746", "en", 46_764_746, 0),
        ("46.764.746", "vi", 46_764_746, 0),
        (".812", "en", 0.812, 3),
        ("1.234,5", "vi", 1234.5, 1),
    ]:
        said, half = claiming.read(written, language)
        assert said == number and half == pytest.approx(0.5 * 10**-places, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Nesterov momentum .9, a learning rate that rises to 0.05, at least **.70** and about 40 seconds", "en"),
        ("động lượng Nesterov 0,9, tốc độ học tăng lên 0,05, ít nhất **0,70** và khoảng 40 giây", "vi"),
        ("in code `0.5`, in $0.5$, in a table | 2 points | .845 | .85 |", "en"),
    ],
)
def test_settings_bars_and_code_need_no_source(text, language):
    assert claiming.uncovered([], claiming.plain(text), language) == []


def test_words_that_a_text_does_not_have_are_told():
    assert "does not say" in claiming.wrong(Stated("any", "no such", "không có", "a setting"), "another text", "en")
