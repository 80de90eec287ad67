"""A Vietnamese notebook speaks Vietnamese: in its code too, in what it prints, and in its plots."""

import ast
import io
import re
import tokenize

import make_exercises
import nbformat
import pytest
from english import english_in

SOURCES = sorted(path.stem for path in (make_exercises.ROOT / "solutions").glob("*.py")) + make_exercises.lessons()
# Whose code still speaks English only.
NOT_YET: tuple[str, ...] = ()
PLOTTED = {
    "set_title",
    "set_xlabel",
    "set_ylabel",
    "set_zlabel",
    "suptitle",
    "supxlabel",
    "supylabel",
    "title",
    "xlabel",
    "ylabel",
}
PLOTTED |= {"annotate", "text", "legend", "set"}
SAID_IN_PLOTS = {"label", "title", "xlabel", "ylabel", "labels"}


def texts_in(source):
    """(text, how many English words make it English) of the comments and literals of a code cell."""
    tree = ast.parse(source)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not token.string.startswith("# task: "):
            yield token.string.lstrip("# "), 2
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            said = [each.value for each in node.keywords if each.arg in SAID_IN_PLOTS]
            said += node.args if node.func.attr in PLOTTED else []
            yield from ((text, 1) for each in said for text in literals(each))
        if isinstance(node, ast.Constant | ast.JoinedStr):
            yield from ((text, 2) for text in literals(node))


def notebooks(name, language):
    """The notebooks in a language that are made of a source."""
    made = make_exercises.all_places(name).notebooks.items()
    return [nbformat.read(path, as_version=4) for (each, _), path in made if each == language]


def literals(node):
    """The text of a literal, with holes where something is put in; [] for anything else."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(each.value if isinstance(each, ast.Constant) else " ; " for each in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def printed(cell):
    for output in cell.get("outputs", []):
        yield output.get("text") or output.get("data", {}).get("text/plain", "")


def english_of(notebook):
    """[(cell, English)] of the code cells of a notebook and of what they printed."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        both = [*texts_in(cell.source), *((text, 2) for text in printed(cell))]
        found += [(cell.id, english) for text, least in both if (english := english_in(text, least))]
    return found


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in NOT_YET])
def test_a_vietnamese_notebook_has_no_english_in_it(name):
    for notebook in notebooks(name, "vi"):
        assert english_of(notebook) == []


@pytest.mark.parametrize("name", SOURCES)
def test_an_english_notebook_has_no_vietnamese_in_it(name):
    for notebook in notebooks(name, "en"):
        text = "\n".join("".join([cell.source, *printed(cell)]) for cell in notebook.cells).replace("[Tiếng Việt](", "")
        assert re.findall(r"\w*[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]\w*", text.lower()) == []


@pytest.mark.parametrize(
    "source",
    [
        '"""The height and width of a window."""',
        "def f(x):\n    '''images: uint8 (N, 28, 28), whole numbers of pixels.'''",
        "x = 1  # as in the paper",
        "# The slope of the sigmoid.\nx = 1",
        'print(f"{n} pictures are seen")',
        'axes.set_title("accuracy")',
        'axes.set(xlabel="epoch", ylabel="images per second")',
        'axes.plot(x, y, label=f"test {n}")',
        'names = ["raw pixels"]',
    ],
)
def test_english_is_found(source):
    cell = nbformat.v4.new_code_cell(source, id="one")
    assert [id for id, _ in english_of(nbformat.v4.new_notebook(cells=[cell]))] != []


def test_english_is_found_in_what_was_printed():
    cell = nbformat.v4.new_code_cell("1", id="one", outputs=[nbformat.v4.new_output("stream", text="0.5  raw pixels of it\n")])
    assert english_of(nbformat.v4.new_notebook(cells=[cell])) == [("one", "raw pixels of it")]


@pytest.mark.parametrize(
    "source",
    [
        'def f(images, labels):\n    """Độ chính xác trên `test images`, float64 (N, D).\n\n    images: uint8 (N, 28, 28).\n    """',
        "# Bước đi của gradient, như trong bài báo.\nx = 1",
        'data = FashionMNISTLoader("train-rest", shuffle=True)',
        'axes.set_title("độ chính xác sau 10 epoch")',
        'axes.plot(x, y, color="black", label="độ chính xác")',
        'print(f"{accuracy:.3f} {name}", "LeNet-5", mean.max())',
        "# task: net_28\nx = 1",
    ],
)
def test_vietnamese_is_not_taken_for_english(source):
    assert english_of(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])) == []
