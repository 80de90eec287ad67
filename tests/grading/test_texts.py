"""A Vietnamese notebook that is wrong in every way is told so in Vietnamese."""

import json
import re

import grading_demo as demo
import nbformat
import pytest
from english import english_in

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import checks, exercise, grade, kernel, nets, notebook, report, symbols, wire
from gluon_alexnet.grading.kernel import KernelError
from gluon_alexnet.grading.texts import Text

SETUP = "import numpy as np\nfrom gluon_alexnet.machine.runtime import load_mxnet\nmx = load_mxnet()\nfrom mxnet.gluon import nn"
NET = "\n    net = nn.HybridSequential()\n    net.add({})\n    return net"
BLOCK = (
    "class Own(nn.HybridBlock):\n    def {}\n\ndef {{name}}():\n    net = nn.HybridSequential()\n"
    "    net.add(Own(), nn.Dense(10))\n    return net"
)
GIVES = "def {name}():\n    return "


def wrong(value, judged):
    """An answer that gives `value`, and the question that finds it wrong."""
    return f"{GIVES}{value}", f"ask.call('NAME'){judged}"


def of_net(layers, judged="", shape="(1, 28, 28)"):
    return "def {name}():" + NET.format(layers), f"ask.net('NAME()', {shape}){judged}"


# What a student does: (the answer, how it is asked for, the status of the task).
ANSWERS = {
    "a_number": (*wrong("123456", ".equals(5)"), "wrong"),
    "a_fraction": (*wrong("0.25", ".close_to(0.5)"), "wrong"),
    "a_number_of_many_digits": (*wrong("10**400", ".equals(5)"), "wrong"),
    "a_text": (*wrong("'text'", ".equals('another')"), "wrong"),
    "another_kind": (*wrong("'4'", ".equals(4)"), "wrong"),
    "nothing": (*wrong("None", ".equals((1, 2))"), "wrong"),
    "an_element": (*wrong("(1, 20000)", ".equals((1, 2))"), "wrong"),
    "the_kind_of_an_element": (*wrong("[1, '2']", ".equals([1, 2])"), "wrong"),
    "a_key_too_many": (*wrong("{{'a': 1, 'b': 2}}", ".equals({'a': 1})"), "wrong"),
    "a_key_too_few": (*wrong("{{'a': 1}}", ".equals({'a': 1, 'b': 2})"), "wrong"),
    "some_of_an_array": (*wrong("np.arange(2000) / 4", ".close_to(np.zeros(2000))"), "wrong"),
    "per_cent": (*wrong("87.5", ".close_to(0.875)"), "wrong"),
    "a_shape": (*wrong("np.zeros((2, 3))", ".close_to(np.zeros((3, 2)))"), "wrong"),
    "another_shape": (*wrong("np.zeros((2, 3))", ".has_shape((3, 2))"), "wrong"),
    "no_array": (*wrong("'x'", ".has_shape((3, 2))"), "wrong"),
    "no_numbers": (*wrong("['a']", ".close_to(np.zeros(1))"), "wrong"),
    "too_much": (*wrong("12_345.5", ".at_most(10_000)"), "wrong"),
    "too_little": (*wrong("0.25", ".at_least(0.85)"), "wrong"),
    "a_mistake": (*wrong("7", ".mistake(7, 'no-bias', T('forgets the bias', 'quên bias')).equals(5)"), "wrong"),
    "an_unknown_kind": (*wrong("object()", ".equals(5)"), "wrong"),
    "too_many_values": (*wrong("[[None]] * 300_000", ".equals(5)"), "wrong"),
    "too_many_bytes": (*wrong("np.zeros(2_000_000)", ".equals(5)"), "wrong"),
    "too_deep": (
        "def {name}():\n    x = 1\n    for _ in range(50):\n        x = [x, x]\n    return x",
        "ask.call('NAME').at_most(5)",
        "wrong",
    ),
    "an_int_beyond_all": (*wrong("10**3_000", ".equals(5)"), "wrong"),
    "an_odd_value": (*wrong("3", ".value[1] + 1"), "wrong"),
    "a_value": ("{name} = 123456", "ask.value('NAME').equals(5)", "wrong"),
    "a_probe": (*wrong("3", "\n        ask.probe('return NAME()').equals(5)"), "wrong"),
    "an_exception": ("def {name}():\n    return 1 / 0", "ask.call('NAME')", "error"),
    "a_name_of_another_cell": (GIVES + "helper()", "ask.call('NAME')", "error"),
    "a_name_of_a_demonstration": (GIVES + "drawn", "ask.call('NAME')", "error"),
    "a_name_nearly_right": (GIVES + "a_numbre()", "ask.call('NAME')", "error"),
    "a_name_not_defined": ("x = 3", "ask.call('NAME')", "error"),
    "a_module_of_ones_own": ("import my_functions", "ask.call('NAME')", "error"),
    "the_line_still_there": ("def {name}():\n    x = 1\n    raise NotImplementedError", "ask.call('NAME')", "not attempted"),
    "nothing_done": ("", "ask.call('NAME')", "not attempted"),
    "an_endless_loop": ("def {name}():\n    while True:\n        pass", "ask.call('NAME')", "timeout"),
    "too_much_memory": (GIVES + "np.ones(10**11)", "ask.call('NAME')", "memory"),
    "an_exit": ("import os\n\ndef {name}():\n    os._exit(3)", "ask.call('NAME')", "crash"),
    "a_signal": ("import os, signal\n\ndef {name}():\n    os.kill(os.getpid(), signal.SIGSEGV)", "ask.call('NAME')", "crash"),
    "no_net": (GIVES + "3", "ask.net('NAME()')", "error"),
    "no_graph": (BLOCK.format("forward(self, x):\n        return x * float(x.asnumpy().sum())"), "ask.net('NAME()')", "error"),
    "random_numbers": (
        BLOCK.format("hybrid_forward(self, F, x):\n        return x + F.np.random.normal(0, 1, (1,))"),
        "ask.net('NAME()')",
        "wrong",
    ),
    "two_outputs": (
        "class Own(nn.HybridBlock):\n    def hybrid_forward(self, F, x):\n        return x, x\n\ndef {name}():\n    return Own()",
        "ask.net('NAME()')",
        "error",
    ),
    "too_many_parameters": (*of_net("nn.Dense(300)", ".params.at_most(200_000)"), "wrong"),
    "too_few_right": (
        *of_net("nn.Dense(10)", ".trained(images=500, epochs=1, test_images=100).accuracy.at_least(1.5)"),
        "wrong",
    ),
    "diverging": (
        *of_net("nn.Dense(1000), nn.Dense(1000), nn.Dense(10)", ".trained(images=2_000, epochs=1, lr=1e6)"),
        "wrong",
    ),
}
CELLS = [
    {"id": "setup", "kind": "setup", "source": SETUP},
    {"id": "shown", "kind": "show", "source": "drawn = 3"},
]
PART = "def check(ask):\n    with ask.part(1, T('part', 'phần')):\n        "


def the_exercise():
    cells, tasks = list(CELLS), {}
    for name, (_, asked, _) in ANSWERS.items():
        stub = f"# task: {name}\ndef {name}():\n    raise NotImplementedError('todo')"
        cells += [{"id": name, "kind": "answer", "stub": {"en": stub, "vi": stub}}]
        cells += [{"id": f"{name}-check", "kind": "practice", "source": f"print({name})"}]
        check = PART + asked.replace("NAME", name)
        tasks[name] = {"title": {"en": "a task", "vi": "một nhiệm vụ"}, "points": 1, "check": check, "reference": ""}
    title = {"en": "All that is wrong", "vi": "Mọi thứ đều sai"}
    return exercise.from_json({"schema": 2, "name": "00_wrong", "title": title, "cells": cells, "tasks": tasks})


def handed_in(folder):
    """The notebook with all of ANSWERS."""
    own = nbformat.v4.new_code_cell("def helper():\n    return 3")
    cells = [nbformat.v4.new_code_cell(cell["source"], id=cell["id"]) for cell in CELLS] + [own]
    for name, (answer, _, _) in ANSWERS.items():
        source = f"# task: {name}\n{answer.format(name=name)}"
        cells.append(nbformat.v4.new_code_cell(source, id=name))
    made = nbformat.v4.new_notebook(cells=cells, metadata={"gluon_alexnet": {"exercise": "00_wrong", "language": "vi"}})
    return demo.save(made, folder / "sai.ipynb")


def english_of(sentence):
    """English in a sentence of the grader's, but for the exception's own words."""
    return english_in(re.sub(r'"[^"]*"', " ; ", sentence))


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASHION_MNIST_DIR", "stand-in")
        folder = tmp_path_factory.mktemp("wrong")
        return grade.grade(handed_in(folder), the_exercise(), seed=3, time_limit=10).to_dict()


def test_everything_is_found_wrong_for_its_own_reason(result):
    found = {task["task"]: task["status"] for task in result["tasks"]}
    assert found == {name: status for name, (*_, status) in ANSWERS.items()}


@pytest.mark.parametrize("name", ANSWERS)
def test_no_sentence_is_english(result, name):
    (task,) = [task for task in result["tasks"] if task["task"] == name]
    sentences = report.problems(task)
    assert sentences
    assert {sentence: english_of(sentence) for sentence in sentences} == dict.fromkeys(sentences)


@pytest.mark.parametrize(
    "name, words",
    [
        ("a_number", "a_number() trả về 123.456, chưa đúng"),
        ("a_fraction", "a_fraction() trả về 0,25, chưa đúng"),
        ("a_number_of_many_digits", "trả về 10000000... (401 chữ số), chưa đúng"),
        ("an_element", "trả về (1, 20000), chưa đúng: phần tử [1] (phần tử đầu tiên là [0]) là 20.000; cần ở đó: một số khác"),
        ("some_of_an_array", "some_of_an_array() sai 100% trong 2.000 số; chỗ sai đầu tiên: [1] = 0,25"),
        ("too_much", "too_much() là 12345,5; cho phép: nhiều nhất 10.000"),
        ("a_value", "a_value là 123.456, chưa đúng"),
        ("a_probe", "kết quả là 3, chưa đúng"),
        ("too_many_values", "có kiểu list quá 200.000 phần tử"),
        ("an_exception", 'gặp lỗi ZeroDivisionError: "division by zero" (dòng 3 của ô)'),
        ("an_exit", "kernel đã chết (mã thoát 3)"),
        ("no_net", "no_net() là một int, không phải là mạng (HybridBlock của Gluon)"),
        ("two_outputs", "two_outputs() cho 2 đầu ra, còn mạng phải cho một"),
        ("no_graph", "không chuyển được mạng no_graph() cho bộ chấm"),
        ("too_many_parameters", "số tham số của too_many_parameters() là 235.500; cho phép: nhiều nhất 200.000"),
        ("diverging", "khi bộ chấm huấn luyện (tốc độ học 1.000.000), mất mát"),
    ],
)
def test_numbers_in_sentences_are_in_the_language_and_calls_are_python(result, name, words):
    (task,) = [task for task in result["tasks"] if task["task"] == name]
    assert words in " ".join(report.problems(task))


def test_the_whole_report_is_vietnamese(result, tmp_path):
    lines = report.summary({**result, "path": "sai.ipynb"})
    assert [english for line in lines if (english := english_of(line))] == []
    content = report.page([{**result, "path": "sai.ipynb", "isolation": "limits only"}])
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ; ", content, flags=re.DOTALL).replace("&#34;", '"')
    assert english_of(text) is None


# Cells


def mended(**how):
    """The Vietnamese demo notebook, and what becomes of `double`'s cell in it."""
    made = demo.notebook("vi")
    place = next(place for place, cell in enumerate(made.cells) if cell.id == "double")
    made.cells[place : place + 1] = how["cells"]
    return made


DOUBLE = "# task: double\ndef double(x):\n    return 2 * x"
BROKEN_CELLS = {
    "missing": [],
    "twice": [nbformat.v4.new_code_cell(DOUBLE), nbformat.v4.new_code_cell(DOUBLE.replace("2", "3"))],
    "split off": [
        nbformat.v4.new_code_cell("x = 1", id="double", metadata={}),
        nbformat.v4.new_markdown_cell("x"),
        nbformat.v4.new_code_cell(DOUBLE),
    ],
    "a text": [nbformat.v4.new_markdown_cell(DOUBLE)],
    "too long": [nbformat.v4.new_code_cell(f"{DOUBLE}  # {'x' * 30_000}")],
    "without a name": [nbformat.v4.new_code_cell("def double(x):\n    return 2 * x")],
}


@pytest.mark.parametrize("case", BROKEN_CELLS)
def test_what_is_said_of_damaged_cells_is_vietnamese(tmp_path, case):
    path = demo.save(mended(cells=BROKEN_CELLS[case]), tmp_path / "00_demo.ipynb")
    note = notebook.read(path, demo.EXERCISE).answers["double"].note
    assert note and english_of(note.vi) is None and english_of(note.en)


LONG = "# Bài tập về mạng tích chập, đủ dài để nhận ra những chữ có dấu của tiếng Việt"


@pytest.mark.parametrize(
    "content",
    [
        f'{{"cells": [{{"cell_type": "markdown", "source": "{LONG}',
        f"<!doctype html><title>{LONG}</title>",
        json.dumps({"cells": 3, "metadata": {"a": LONG}}, ensure_ascii=False),
        json.dumps({"cells": [{"cell_type": "markdown", "source": LONG}] * 6_000}, ensure_ascii=False),
        json.dumps({"cells": [{"cell_type": "markdown", "source": LONG}], "metadata": {}}, ensure_ascii=False),
        json.dumps(
            {
                "cells": [{"cell_type": "markdown", "source": LONG}],
                "metadata": {"gluon_alexnet": {"checks": "teacher", "exercise": "mine", "language": "vi"}},
            }
        ),
    ],
)
def test_why_a_vietnamese_file_cannot_be_graded_is_said_in_vietnamese(tmp_path, content):
    (tmp_path / "a.ipynb").write_text(content, encoding="utf-8")
    with pytest.raises(notebook.Unreadable) as caught:
        notebook.read(tmp_path / "a.ipynb")
    said = re.sub(r"\(Expecting[^)]*\)|\(Unterminated[^)]*\)", "", str(caught.value))
    assert caught.value.language == "vi" and english_of(said) is None and "hãy" in said or "giảng viên" in said


def test_an_english_file_is_spoken_of_in_english(tmp_path):
    (tmp_path / "a.ipynb").write_text("<html>a page of the web</html>", encoding="utf-8")
    with pytest.raises(notebook.Unreadable, match="is a web page, not a notebook") as caught:
        notebook.read(tmp_path / "a.ipynb")
    assert caught.value.language == "en"


# What cannot be brought about at will


@pytest.mark.parametrize(
    "error",
    [
        KernelError("machine", message="240"),
        KernelError("timeout", message="0.5"),
        KernelError("memory", "Disk"),
        KernelError("crash", "", nets.DIED),
        KernelError("crash", "SIGKILL"),
        KernelError("crash", "TamperedMessage", kernel.unreadable(Text("3 bytes are too many", "3 byte là quá nhiều"))),
        KernelError("error", "TamperedAnswer", Text("it cannot be read", "không đọc được câu trả lời")),
        KernelError("error", "DataError", "there is no data in this box"),
    ],
    ids=lambda error: f"{error.kind} {error.name}",
)
def test_what_became_of_a_process_is_said_in_vietnamese(tmp_path, error):
    path = demo.save(demo.notebook("vi"), tmp_path / "00_demo.ipynb")
    with grade.Grading(path, demo.EXERCISE) as grading:
        _, sentence = grading.explain(error)
        assert sentence and english_of(sentence) is None
        grading.language = "en"
        assert grading.explain(error)[1] != sentence


def test_seconds_and_gigabytes_are_in_the_language(tmp_path):
    path = demo.save(demo.notebook("vi"), tmp_path / "00_demo.ipynb")
    with grade.Grading(path, demo.EXERCISE, time_limit=0.5, memory_limit=2.5) as grading:
        assert "sau 0,5 giây" in grading.explain(KernelError("timeout"))[1]
        assert "mức 2,5 GB bộ nhớ" in grading.explain(KernelError("memory"))[1]


@pytest.mark.parametrize("graph", ["{", '{"nodes": 3}', '{"nodes": []}' + " " * 10_000_001, json.dumps({"nodes": [{}] * 5_001})])
def test_a_graph_that_cannot_be_read_is_said_in_both_languages(graph):
    with pytest.raises(UserError) as caught:
        symbols.operators(graph)
    assert caught.value.args[0].vi.startswith("không đọc được mạng: ")
    assert caught.value.args[0].en.startswith("the net cannot be read: ")


@pytest.mark.parametrize("pattern, reason", symbols.REFUSED)
def test_why_an_operator_is_refused_is_vietnamese(pattern, reason):
    assert english_of(reason.vi) is None and reason.vi != reason.en


@pytest.mark.parametrize(
    "value",
    ["Widget", "list of more than 200,000 objects", "an int of more than 1,000 digits", "a value nested too deeply"],
)
def test_the_kind_of_what_cannot_be_sent_is_vietnamese(value):
    answer = checks.Answer(wire.Unknown(value), "f(3)", "vi")
    with pytest.raises(checks.Wrong) as caught:
        answer.equals(3)
    assert english_of(str(caught.value)) is None and str(caught.value).startswith("f(3) có kiểu ")
