"""What answers may not import: refused in one sentence, and neither in the box's memory nor among its files."""

import importlib.util
import json
import sys

import grading_demo as demo
import pytest

from gluon_alexnet.grading import exercise, grade, hidden, sandbox, server
from gluon_alexnet.grading.clock import Deadline
from gluon_alexnet.grading.kernel import Kernel, KernelError

IMPORTS = ("import mxnet", "import gluon_alexnet.models", "import cv2, scipy", "from gluon_alexnet import fit, evaluate")
SAID = "{} is not there when answers are graded: write it yourself with NumPy and MXNet"
WALLS = {
    "forked": {},
    "bubblewrap": {"bubblewrap": True, "landlock": True},
    "namespaces": {"namespaces": True},
    "Landlock": {"landlock": True},
    "nothing": {},
}


def soon():
    return Deadline(60)


@pytest.fixture(scope="module", params=WALLS)
def kernel(request):
    """A kernel in a box of each kind, as an exercise gets it whose cells load MXNet; and whether its files are kept apart."""
    with pytest.MonkeyPatch.context() as patch:
        kind, has = request.param, WALLS[request.param]
        if kind == "forked" and not server.able():
            pytest.skip("this system forks no boxes")
        for part in has:
            if not getattr(sandbox, f"has_{part}")():
                pytest.skip(f"this system has no {part}")
        if kind != "forked":
            for part in ("bubblewrap", "namespaces", "landlock"):
                patch.setattr(sandbox, f"has_{part}", lambda part=part: part in has)
            patch.setattr(server, "able", lambda: False)
        started = Kernel(6_000_000_000, (), IMPORTS, hidden.EVERYTHING)
        started.run("from gluon_alexnet.machine import runtime\nmx = runtime.load_mxnet()\nimport importlib, sys", soon())
        started.kind = kind
        yield started
        started.close()


def refused(kernel, source):
    """What the kernel says of `source`, which it must refuse."""
    with pytest.raises(KernelError) as caught:
        kernel.run(source, soon())
    assert caught.value.name == "NotThereWhenGraded", (source, caught.value)
    return caught.value.message


def value(kernel, expression):
    return kernel.ask("value", soon(), expression=expression)


# What MXNet itself looks for is a module without anything in it.
OUTRIGHT = [name for name in hidden.EVERYTHING if name not in hidden.OF_MXNET]


def test_each_is_refused_by_name(kernel):
    for name in OUTRIGHT:
        assert refused(kernel, f"import {name}") == SAID.format(name)
        assert refused(kernel, f"importlib.import_module({name!r})") == SAID.format(name)
    assert refused(kernel, "from gluon_alexnet import lenet") == SAID.format("gluon_alexnet.models")
    assert refused(kernel, "from gluon_alexnet.data.loader import resize_batch") == SAID.format("gluon_alexnet.data.resize")
    assert refused(kernel, "import sklearn.svm") == SAID.format("sklearn")
    for name in hidden.OF_MXNET:
        part = {"mxnet.image": "imresize", "mxnet.gluon.model_zoo": "vision"}.get(name, "RandomFlipLeftRight")
        assert refused(kernel, f"from {name} import {part}") == SAID.format(f"{name}.{part}")
        assert refused(kernel, f"import {name} as some\nsome.{part}") == SAID.format(f"{name}.{part}")


def test_mxnets_operators_on_images_are_gone(kernel):
    resize = "contrib.BilinearResize2D"
    for operator in (f"nd.{resize}", f"sym.{resize}", "nd.image.resize", "nd._internal._cvimresize"):
        assert "is not there when answers are graded" in refused(kernel, f"mx.{operator}(mx.nd.zeros((1, 1, 4, 4)), height=8)")
    kernel.run("import gc; gc.unfreeze()", soon())
    functions = "(f for f in __import__('gc').get_objects() if type(f).__name__ == 'function')"
    named = f"[f for f in {functions} if f.__name__ == 'BilinearResize2D']"
    assert value(kernel, f"len({named})") == 0


def test_they_are_not_in_memory(kernel):
    loaded = value(kernel, "sorted(sys.modules)")
    assert not [name for name in loaded if hidden.is_in(name, OUTRIGHT)]
    # What a box has of the process that it was forked from is kept from the collector.
    source = "import gc; gc.unfreeze()\nnames = {getattr(each, '__module__', None) for each in gc.get_objects() if "
    source += "isinstance(each, type)}"
    kernel.run(source, soon())
    classes = value(kernel, "sorted(str(name) for name in names)")
    assert "mxnet.gluon.nn.conv_layers" in classes and not [name for name in classes if hidden.is_in(name, hidden.EVERYTHING)]


def test_without_the_finder_there_are_no_files(kernel):
    if kernel.kind == "nothing":
        pytest.skip("without a box the finder is all there is")
    files = {}
    for name in hidden.EVERYTHING:
        top, *below = name.split(".")
        spec = importlib.util.find_spec(top)
        if spec is not None and spec.submodule_search_locations:
            folder = "/".join([spec.submodule_search_locations[0], *below])
            files[name] = [f"{folder}.py", f"{folder}/__init__.py"]
    source = f"""
found = []
for name, paths in {files!r}.items():
    for path in paths:
        try:
            found += [name] if open(path).read() else []
        except OSError:
            pass
    kept, sys.meta_path[:] = sys.meta_path[:], [each for each in sys.meta_path if not hasattr(each, "hidden")]
    sys.modules.pop(name, None)
    try:
        module = importlib.import_module(name)
        found += [name] if len([each for each in vars(module) if not each.startswith("__")]) else []
    except (ImportError, OSError):
        pass
    sys.meta_path[:] = kept
import glob, os
package = os.path.dirname(importlib.util.find_spec("gluon_alexnet").origin)
for compiled in glob.glob(package + "/__pycache__/models*") + glob.glob(package + "/data/__pycache__/augment*"):
    try:
        found += [compiled] if open(compiled, "rb").read() else []
    except OSError:
        pass
"""
    kernel.run(source, soon())
    assert "gluon_alexnet.models" in files and "mxnet.image" in files
    assert value(kernel, "found") == []


def test_what_setup_cells_need_is_there(kernel):
    kernel.run(
        """
import numpy as np
from gluon_alexnet import FashionMNISTLoader, d2l, evaluate, fit
from gluon_alexnet.data.files import CLASS_NAMES
from gluon_alexnet.prepare import prepare
from gluon_alexnet.study import Words, try_as_graded
from gluon_alexnet.train import Stepper

net = mx.gluon.nn.HybridSequential()
net.add(mx.gluon.nn.Dense(10))
batches = [(mx.np.ones((8, 1, 4, 4)), mx.np.arange(8, dtype="int32"))] * 2
history = fit(net, batches, epochs=1, progress=False)
accuracy = evaluate(net, batches).accuracy
""",
        soon(),
    )
    assert value(kernel, "[len(history.epochs), 0 <= accuracy <= 1, len(CLASS_NAMES)]") == [1, True, 10]


def test_without_mxnet_there_is_none():
    kernel = Kernel(6_000_000_000, (), (), (*hidden.EVERYTHING, "mxnet"))
    try:
        for name in ("mxnet", "mxnet.image", "mxnet.gluon.nn"):
            said = refused(kernel, f"import {name}")
            assert said == SAID.format("mxnet").removesuffix(" and MXNet")
        assert value(kernel, "[name for name in __import__('sys').modules if name.startswith('mxnet')]") == []
        # What gives numbers alone needs no MXNet.
        kernel.run("import gluon_alexnet.study, matplotlib.pyplot, numpy", soon())
    finally:
        kernel.close()


def test_whoever_computes_nets_has_them_all():
    from gluon_alexnet.grading.nets import Evaluator

    evaluator = Evaluator(0)
    try:
        name, about = evaluator.model("lenet", (1, 28, 28), soon())
        assert about["params"] == 61_706
    finally:
        evaluator.close()


@pytest.mark.parametrize("language, said", [("en", SAID), ("vi", "khi chấm không có {}: hãy tự viết bằng NumPy và MXNet")])
def test_the_student_reads_one_sentence(tmp_path, monkeypatch, language, said):
    answers = {
        "double": "import sklearn.svm\ndef double(x):\n    return 2 * x",
        "relu": "import gluon_alexnet\ndef relu(x):\n    from mxnet.gluon.model_zoo import vision\n    return x",
    }
    monkeypatch.setattr(hidden, "names_for", lambda exercise: hidden.EVERYTHING)
    result = grade.grade(demo.save(demo.notebook(language, **answers), tmp_path / "00_demo.ipynb"), demo.EXERCISE)
    first, second, third = result.tasks
    line = {"en": " (line {} of the cell)", "vi": " (dòng {} của ô)"}[language]
    assert first.notes == [said.format("sklearn") + line.format(2)] and first.earned == 0
    assert second.parts[0]["problem"] == said.format("mxnet.gluon.model_zoo.vision") + line.format(4)
    assert third.status == "full"


def example(*setup, reference="def f():\n    pass", check="def check(ask):\n    pass"):
    """An exercise of one task with these setup cells."""
    texts = {"en": "", "vi": ""}
    cells = [{"kind": "setup", "source": source} for source in setup] + [{"kind": "answer", "id": "f", "stub": texts}]
    task = {"title": texts, "points": 1, "check": check, "reference": reference}
    return exercise.from_json({"name": "x", "schema": exercise.SCHEMA, "title": texts, "cells": cells, "tasks": {"f": task}})


def test_what_an_exercise_imports_itself_is_there():
    ours, of_mxnet, libraries = (set(group) for group in hidden.GROUPS)
    assert set(hidden.names_for(example("import numpy as np"))) == {*hidden.EVERYTHING, "mxnet"}
    assert set(hidden.names_for(example("mx = load_mxnet()"))) == set(hidden.EVERYTHING)
    assert set(hidden.names_for(example(check="def check(ask):\n    ask.net('f()')"))) == set(hidden.EVERYTHING)
    needs = "from gluon_alexnet import lenet", "import gluon_alexnet.models", "from gluon_alexnet.data import loader, augment"
    for source in (*needs, "from gluon_alexnet.data.loader import resize_batch"):
        assert set(hidden.names_for(example(source))) == of_mxnet | libraries | {"mxnet"}, source
    assert set(hidden.names_for(example(reference="import scipy.signal\ndef f(): pass"))) == ours | of_mxnet | {"mxnet"}


@pytest.mark.parametrize("name", exercise.own())
def test_no_answer_to_ours_is_handed_what_tasks_ask_for(name):
    needed = {each for source in _given(name) for each in hidden.imported(source) if hidden.is_in(each, hidden.EVERYTHING)}
    assert not needed, f"a setup cell of {name} imports {', '.join(sorted(needed))}: import it in a demonstration cell"


def _given(name):
    content = json.loads((exercise.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return [cell["source"] for cell in content["cells"] if cell["kind"] == "setup"]


def test_everything_that_is_named_is_a_module_of_ours_or_a_package():
    for name in hidden.GROUPS[0]:
        assert importlib.util.find_spec(name) is not None, name
    assert all(name.isidentifier() and name not in sys.stdlib_module_names for name in hidden.LIBRARIES)
