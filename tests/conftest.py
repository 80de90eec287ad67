"""The world of every test: no network but loopback, a home and a folder of its own, no real data unless asked for."""

import math
import os
import socket
from pathlib import Path

import pytest

import gluon_alexnet
from gluon_alexnet.grading import exercise
from gluon_alexnet.machine import threads

REPOSITORY = Path(__file__).resolve().parent.parent
REAL_DATA = os.environ.get("FASHION_MNIST_DIR") or REPOSITORY / "../shared/fashion-mnist"
FOLDERS = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "MPLCONFIGDIR")
ELSEWHERE = ("FASHION_MNIST_DIR", "MXNET_HOME", "KERAS_HOME", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
LOOPBACK = ("127.0.0.1", "::1", "localhost", None, "", b"localhost", b"127.0.0.1")


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory):
    """A home folder for this session, which its child processes share; the network is switched off for them too."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in FOLDERS:
            patch.setenv(name, str(folder))
        for name in ELSEWHERE:
            patch.delenv(name, raising=False)
        patch.setenv("GLUON_ALEXNET_OFFLINE", "1")
        patch.setenv("PYTHONPATH", str(Path(gluon_alexnet.__file__).parent.parent), prepend=os.pathsep)
        yield folder


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Every address but this machine's own is unreachable."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connect_here(self, address):
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise OSError(f"tests have no network: {address[0]}")
        return connect(self, address)

    def look_up_here(host, *rest, **kw):
        if host not in LOOPBACK:
            raise socket.gaierror(f"tests have no network: {host}")
        return look_up(host, *rest, **kw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield


@pytest.fixture(scope="session", autouse=True)
def as_many_threads():
    """Computing keeps its number of threads, whatever else this machine does: results are compared to the last bit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "LASTING", math.inf)
        yield


@pytest.fixture(autouse=True)
def own_exercises_only():
    """A teacher's exercises, which a test takes in, are gone with it."""
    yield
    if exercise.used:
        exercise.used.clear()
        exercise.load.cache_clear()


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """What a test writes to a relative path lands in its own temporary folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def real_data():
    """The folder of the published files; a test that asks for it is skipped where there is none."""
    if not Path(REAL_DATA).is_dir():
        pytest.skip("needs the real Fashion-MNIST: set FASHION_MNIST_DIR to its folder")
    return str(REAL_DATA)


@pytest.fixture(scope="session")
def lenet_run(tmp_path_factory):
    """The folder of a finished run: LeNet, two passes over 300 images, with validation. Read it, never change it."""
    from gluon_alexnet import cli

    folder = tmp_path_factory.mktemp("run") / "lenet"
    words = "train --model lenet --epochs 2 --batch-size 100 --limit 300 --lr 0.5 --validation --precision float32"
    assert cli.main([*words.split(), "--out", str(folder)]) == 0
    return folder
