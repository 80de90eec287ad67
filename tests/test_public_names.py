"""What people import: found by every name that it ever had, with hints and docstrings, and of a length that one can read."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gluon_alexnet

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gluon_alexnet"
SCREEN = 60
# What the package had before it got its wings, when programs and notebooks began to import it.
MODULES = """
    analysis batches bfloat16 budget canvas checkpoint cli cpu cuda_libraries d2l data devices doctor errors features files_io
    frozen grading graphs history interop interrupt introspect loop models mxnet_import notebook numpy_names padding page
    pointwise polyphase pool_first precision predict prepare progress recipes report run run_file runtime schedule settings sgd
    sizes space_to_depth step train viz
    data.augment data.download data.files data.garments data.idx data.loader data.synthetic
    grading.cells grading.checks grading.clock grading.evaluator grading.exercise grading.grade grading.in_notebook
    grading.kernel grading.nets grading.notebook grading.plugin grading.report grading.sandbox grading.submissions
    grading.symbols grading.texts grading.wire
    interop.convert interop.files interop.gluon interop.keras interop.onnx interop.optional interop.program interop.torch
    interop.torch_step interop.weights
""".split()
# By those names: what its own lists of names had, and what the chapter's cells, the README, the exercises and the benchmarks use.
NAMES = {
    "": "FashionMNISTLoader History alexnet alexnet_2012 evaluate fit get_model lenet list_models",
    "analysis": "LayerCost analyze format_table read_spec",
    "budget": "steps_within",
    "canvas": "LIGHT legend new_figure save style title",
    "cli": "main",
    "cpu": "cpu_flags model_name read_cpuinfo",
    "d2l": """Accumulator Animator Timer accuracy evaluate_accuracy evaluate_accuracy_gpu get_dataloader_workers
        get_fashion_mnist_labels load_data_fashion_mnist plot set_axes set_figsize show_images size train_ch6 try_all_gpus try_gpu
        use_svg_display""",
    "data": "CLASS_NAMES FashionMNISTLoader load_split",
    "data.augment": "by_name erase flip named shift",
    "data.files": "CLASS_NAMES Source Split find load_split",
    "data.loader": "FashionMNISTLoader resize_batch to_input",
    "devices": "gpus resolve",
    "doctor": "Finding can_train diagnose format_findings main",
    "errors": "CheckpointError DataError DeviceError DivergedError UserError",
    "features": "dense_sift hog learn_words linear_svm word_histograms",
    "files_io": "replacing write_text",
    "grading.exercise": "SCHEMA",
    "grading.grade": "Result TaskResult grade grade_all",
    "grading.in_notebook": "grade_this_notebook",
    "history": "Epoch History",
    "interop": "load_weights read_weights",
    "interop.convert": "convert",
    "interop.files": "SPEC read spec_in spec_text write",
    "interop.keras": "load_keras twin",
    "interop.onnx": "export",
    "interop.program": "program",
    "interop.torch": "load_torch twin",
    "interop.torch_step": "TorchStepper resolve_device resolve_precision scaled",
    "introspect": "read_spec",
    "models": """Activation BatchNorm Conv Dense Dropout Flatten GlobalPool Pool Spec alexnet alexnet_spec build get_model lenet
        list_models spec""",
    "precision": "resolve",
    "predict": "Prediction find_pictures predict read_picture",
    "prepare": "prepare",
    "recipes": "RECIPES of_net recipe",
    "report": "write_report",
    "run": "load loaders train write_report",
    "runtime": "Setup load_mxnet prepare read setup",
    "schedule": "learning_rate",
    "step": "Stepper",
    "train": "Epoch Evaluation History evaluate fit",
    "viz": "confusion curves figure_png filters mistakes save",
}


def named(room):
    return importlib.import_module(f"gluon_alexnet.{room}" if room else "gluon_alexnet")


def rooms_of(package):
    return {module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("__")}


WINGS = sorted({module.name for module in pkgutil.iter_modules([str(PACKAGE)]) if module.ispkg})


def handed_out():
    """The modules whose names people and other wings import: those at the top, and what each wing hands out of its own."""
    doors = rooms_of(gluon_alexnet) - {*WINGS, "hints"}
    for wing in WINGS:
        package = named(wing)
        homes = getattr(package, "HOMES", {}).values()
        doors |= {f"{wing}.{room}" for room in {*package.__all__, *homes} & rooms_of(package)}
    return sorted(doors | {named(room).__name__.partition(".")[2] for room in NAMES} - {"", *WINGS})


DOORS = handed_out()


def public(room):
    """{name: what it is} of the functions and classes of a module, and of their methods and properties."""
    module = named(room)
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    own = {name: getattr(module, name) for name in names}
    found = {}
    for name, value in own.items():
        if getattr(value, "__module__", None) != module.__name__ or not (inspect.isfunction(value) or inspect.isclass(value)):
            continue
        found[name] = value
        for method, member in vars(value).items() if inspect.isclass(value) else ():
            member = getattr(member, "fget", None) or getattr(member, "__func__", member)
            if inspect.isfunction(member) and (not method.startswith("_") or method in ("__init__", "__call__", "__getitem__")):
                found[f"{name}.{method}"] = member
    return found


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_found_by_the_names_that_they_had(name):
    assert inspect.ismodule(named(name))


@pytest.mark.parametrize("module", NAMES)
def test_names_are_found_where_they_were(module):
    missing = [name for name in NAMES[module].split() if not hasattr(named(module), name)]
    assert not missing


@pytest.mark.parametrize("wing", ["", *WINGS])
def test_dir_shows_what_all_names_and_modules(wing):
    package = named(wing)
    shown = {name for name in dir(package) if not name.startswith("__")}
    modules = {name for name in shown if f"{package.__name__}.{name}" in sys.modules} | rooms_of(package)
    assert shown - modules == {*package.__all__} - modules


@pytest.mark.parametrize("wing", ["", *WINGS])
def test_a_door_tells_checkers_what_it_hands_out(wing):
    package = named(wing)
    found = {}
    for node in ast.walk(ast.parse(Path(package.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            taken = [(each, line.module) for line in node.body for each in line.names]
            # By the same name again, which marks it as handed on.
            assert all(each.name == each.asname for each, _ in taken)
            found.update({each.name: module.removeprefix(f"{package.__name__}.") for each, module in taken})
    assert found == getattr(package, "HOMES", {})


@pytest.mark.parametrize("room", DOORS)
def test_every_public_function_has_hints(room):
    bare = []
    for name, value in public(room).items():
        if inspect.isclass(value):
            continue
        signature = inspect.signature(value)
        given = [each for each in signature.parameters.values() if each.name not in ("self", "cls")]
        if signature.return_annotation is signature.empty or any(each.annotation is each.empty for each in given):
            bare.append(name)
    assert not bare


@pytest.mark.parametrize("room", DOORS)
def test_every_public_name_has_a_docstring(room):
    assert not [name for name, value in public(room).items() if not name.endswith("__") and not (value.__doc__ or "").strip()]


def test_no_function_is_longer_than_a_screen():
    long = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= SCREEN:
                long.add(f"{path.relative_to(PACKAGE).as_posix()}: {node.name}")
    assert not long


def test_what_is_built_says_that_it_has_hints(tmp_path):
    order = [sys.executable, "setup.py", "-q", "egg_info", "--egg-base", str(tmp_path), "build_py", "-d", str(tmp_path / "lib")]
    subprocess.run(order, cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "lib" / "gluon_alexnet" / "py.typed").read_bytes() == b""


def test_the_calls_that_are_type_checked_are_those_of_the_readme_too():
    tree = ast.parse((ROOT / "tests" / "typed" / "user_calls.py").read_text(encoding="utf-8"))
    checked = [ast.unparse(node.body) for node in tree.body if isinstance(node, ast.FunctionDef)]
    for name in ("README.md", "README.vi.md", "docs/frameworks.md", "docs/frameworks.vi.md"):
        blocks = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
        assert blocks
        for block in blocks:
            assert ast.unparse(ast.parse(block)) in checked
