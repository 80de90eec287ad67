import importlib.util
import os
import platform
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec

import pytest
from fresh_python import python

from gluon_alexnet.machine import cuda_libraries, mxnet_import


class FakeFinder:
    """Finds a module mxnet that runs `body`."""

    def __init__(self, body):
        self.body = body

    def find_spec(self, name, path, target=None):
        return ModuleSpec(name, self) if name == "mxnet" else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        self.body(module)


def take_mxnet():
    """Take every module of MXNet out of sys.modules; returns them."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "mxnet"}


@pytest.fixture
def load(monkeypatch):
    """Import a made-up mxnet, whose body is given, through our finder; the real one is back afterwards."""
    monkeypatch.setattr(cuda_libraries, "installed_wheels", dict)
    real = take_mxnet()

    def load(body):
        ours = mxnet_import.Finder("mxnet", mxnet_import.ready_for_mxnet)
        monkeypatch.setattr(sys, "meta_path", [ours, FakeFinder(body), *sys.meta_path])
        take_mxnet()
        import mxnet

        return mxnet

    yield load
    take_mxnet()
    sys.modules.update(real)


def test_mxnet_finds_the_numpy_names_it_looks_up(load):
    def body(module):
        import numpy

        module.names = numpy.bool, numpy.PZERO, numpy.alltrue, numpy.npv

    assert load(body).names[1] == 0


def test_what_mxnet_only_copied_is_gone_again(load):
    import numpy

    load(lambda module: None)
    assert "npv" not in vars(numpy)


def test_mxnet_does_not_find_scikit_learn_which_it_hardly_uses(load, monkeypatch):
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)

    def body(module):
        with pytest.raises(ImportError):
            import sklearn  # noqa: F401
        module.looked = True

    assert load(body).looked and "sklearn" not in sys.modules


@pytest.mark.parametrize("own", [None, "PASSIVE"])
def test_openmp_waits_for_the_next_operator_unless_the_user_says_otherwise(load, monkeypatch, own):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if own:
        monkeypatch.setenv("OMP_WAIT_POLICY", own)

    def body(module):
        module.seen = os.environ.get("OMP_WAIT_POLICY"), os.environ.get("GOMP_SPINCOUNT")

    assert load(body).seen == ((own, None) if own else ("ACTIVE", "300000"))
    assert os.environ.get("OMP_WAIT_POLICY") == own and "GOMP_SPINCOUNT" not in os.environ


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere MXNet has another OpenMP")
def test_gccs_openmp_reads_that():
    told = python("import os; os.dup2(1, 2); import gluon_alexnet, mxnet", OMP_DISPLAY_ENV="VERBOSE")
    assert "OMP_WAIT_POLICY = 'ACTIVE'" in told and "GOMP_SPINCOUNT = '300000'" in told


def test_scikit_learn_that_is_there_already_stays(load, monkeypatch):
    theirs = types.ModuleType("sklearn")
    monkeypatch.setitem(sys.modules, "sklearn", theirs)

    def body(module):
        import sklearn

        module.found = sklearn

    assert load(body).found is theirs and sys.modules["sklearn"] is theirs


def test_the_loader_shows_no_trace_of_us(load):
    mxnet = load(lambda module: None)
    assert isinstance(mxnet.__loader__, FakeFinder)
    assert isinstance(mxnet.__spec__.loader, FakeFinder)


def test_a_failed_import_fails_again_as_it_would(load):
    def body(module):
        raise OSError("libcuda.so.1: cannot open shared object file")

    for _ in range(2):
        with pytest.raises(OSError, match="libcuda"):
            load(body)


def test_cuda_libraries_are_opened_for_the_cuda_wheel_only(load, monkeypatch):
    opened = []
    monkeypatch.setattr(cuda_libraries, "open_libraries", lambda: opened.append("libraries"))
    load(lambda module: None)
    assert opened == []
    monkeypatch.setattr(cuda_libraries, "installed_wheels", lambda: {"mxnet-cu112": "1.9.1"})
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "FASTEST_FIRST")
    load(lambda module: opened.append("mxnet"))
    assert opened == ["libraries", "mxnet"]


def test_a_plain_import_works_without_a_warning():
    assert python("""
        import gluon_alexnet
        import mxnet
        print(float(mxnet.np.ones(3).sum()))
    """).split() == ["3.0"]


def test_looking_for_mxnet_imports_nothing():
    assert python("""
        import gluon_alexnet, importlib.util, sys
        importlib.util.find_spec("mxnet")
        print("numpy" in sys.modules)
    """).split() == ["False"]


def test_the_finders_are_installed_once():
    mxnet_import.install()
    mxnet_import.install()
    assert sorted(finder.name for finder in sys.meta_path if isinstance(finder, mxnet_import.Finder)) == [
        "gluoncv",
        "gluoncv.check",
        "mxnet",
    ]


# A finder that finds nothing sees what others would at each import that gluoncv makes: SciPy from 1.17 on, for one, asks
# sys.modules["torch"] for an attribute. Another thread imports PyTorch meanwhile.
BESIDE_TORCH = """
    import sys, threading
    import gluon_alexnet
    {before}
    class Witness:
        def find_spec(self, name, path, target=None):
            seen.append(type(sys.modules.get("torch", "not loaded")).__name__)
            if name == "gluoncv.model_zoo":
                other.start()
    def use_torch():
        import torch
        seen.append(torch.__version__)
    seen, other = [], threading.Thread(target=use_torch)
    sys.meta_path.insert(0, Witness())
    import gluoncv
    other.join()
    net = gluoncv.model_zoo.get_model("alexnet", classes=10)
    print(type(net).__module__, gluoncv.__spec__.loader.__class__.__name__, *sorted(set(seen) - {{"module"}}))
"""


@pytest.mark.parametrize(
    ("before", "seen"),
    [
        # A PyTorch of today that was imported already, and one that is only installed.
        ("import torch", []),
        ("", ["str"]),
        ("import mxnet", ["str"]),
        ("import scipy.stats", ["str"]),
    ],
    ids=["imported", "installed", "after mxnet", "after scipy"],
)
def test_gluoncv_is_imported_beside_a_pytorch_that_it_refuses_and_nobody_else_misses(tmp_path, before, seen):
    pytest.importorskip("gluoncv")
    # SciPy looks the class up in whatever module has this name.
    (tmp_path / "torch.py").write_text("__version__ = '2.13.0'\nclass Tensor:\n    pass\n")
    told = python(BESIDE_TORCH.format(before=before)).split()
    assert told == ["gluoncv.model_zoo.alexnet", "SourceFileLoader", "2.13.0", *seen]


def test_gluoncv_is_imported_where_no_pytorch_is():
    pytest.importorskip("gluoncv")
    assert python("""
        import sys
        import gluon_alexnet
        from gluon_alexnet import mxnet_import
        sys.meta_path.insert(0, mxnet_import.Refuser("torch"))
        import gluoncv
        print(gluoncv._found_mxnet, gluoncv._found_pytorch, "torch" in sys.modules)
    """).split() == ["True", "False", "False"]


def test_what_finds_mxnet_reads_its_files_too():
    assert python("""
        import pkgutil, sys
        import gluon_alexnet
        print(b"Licensed" in pkgutil.get_data("mxnet", "libinfo.py"), "mxnet" in sys.modules)
    """).split()[0] == "True"


def test_a_package_is_hidden_from_one_thread_for_a_while(tmp_path, monkeypatch):
    (tmp_path / "hidden_away.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyError), mxnet_import.hidden("hidden_away"):
        with pytest.raises(ModuleNotFoundError, match="No module named 'hidden_away'"):
            import hidden_away  # noqa: F401
        with ThreadPoolExecutor(1) as other:
            assert other.submit(importlib.util.find_spec, "hidden_away").result()
        raise KeyError
    import hidden_away

    assert sys.modules["hidden_away"] is hidden_away


@pytest.mark.parametrize(
    ("system", "machine", "built"),
    [
        ("Linux", "x86_64", True),
        ("Linux", "aarch64", True),
        ("Darwin", "x86_64", True),
        ("Darwin", "arm64", False),
        ("Windows", "AMD64", False),
    ],
)
def test_platforms_without_a_build_are_sent_elsewhere(monkeypatch, system, machine, built):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    sentence = mxnet_import.no_build()
    if built:
        assert sentence is None
    else:
        assert all(word in sentence for word in (system, "WSL2", "Docker", "Colab"))
        assert mxnet_import.explain(ModuleNotFoundError("", name="mxnet"), {}) == sentence


@pytest.mark.parametrize(
    ("error", "wheels", "words"),
    [
        (ModuleNotFoundError("No module named 'mxnet'", name="mxnet"), {}, ["not installed", "pip install"]),
        (ModuleNotFoundError("", name="distutils.version"), {}, ["setuptools"]),
        (ModuleNotFoundError("", name="requests"), {}, ["needs the package requests", "pip install requests"]),
        (
            OSError("libcuda.so.1: cannot open shared object file"),
            {"mxnet-cu112": "1.9.1"},
            ["driver", "uninstall mxnet-cu112"],
        ),
        (
            OSError("libcudnn.so.8: cannot open shared object file"),
            {"mxnet-cu112": "1.9.1"},
            ["libcudnn.so.8", ".[cu112]"],
        ),
        (
            OSError("libcuda.so.1: no"),
            {"mxnet": "1.9.1", "mxnet-cu112": "1.9.1"},
            ["both", "uninstall mxnet mxnet-cu112"],
        ),
        (
            # As in Docker's image python:3.12-slim.
            OSError("libquadmath.so.0: cannot open shared object file: No such file or directory"),
            {"mxnet": "1.9.1"},
            ["MXNet needs libquadmath.so.0 of the system", "`sudo apt install libquadmath0` (Debian, Ubuntu)"],
        ),
        (RuntimeError("Cannot find the MXNet library.\nList"), {"mxnet": "1.9.1"}, ["Cannot find", "reinstall"]),
    ],
)
def test_failures_are_explained_in_one_sentence(monkeypatch, error, wheels, words):
    monkeypatch.setattr(mxnet_import, "no_build", lambda: None)
    sentence = mxnet_import.explain(error, wheels)
    assert "\n" not in sentence
    assert all(word in sentence for word in words), sentence


@pytest.mark.parametrize(("version", "apart"), [((3, 12, 1), False), ((3, 13, 0), True)])
def test_pip_cannot_resolve_mxnet_from_python_3_13_on(monkeypatch, version, apart):
    monkeypatch.setattr(mxnet_import, "sys", types.SimpleNamespace(version_info=version, executable="python"))
    assert ("--no-deps" in mxnet_import.how_to_install()) is apart


def test_setuptools_is_asked_for_where_python_lacks_distutils(monkeypatch):
    for version, needed in {(3, 11, 7): False, (3, 12, 1): True, (3, 13, 0): True}.items():
        monkeypatch.setattr(mxnet_import, "sys", types.SimpleNamespace(version_info=version, executable="python"))
        assert ("setuptools" in mxnet_import.how_to_install()) is needed
