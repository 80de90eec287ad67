import ctypes
import importlib.metadata

from gluon_alexnet.machine import cuda_libraries


def put(folder, package, name):
    path = folder / "nvidia" / package / "lib" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return str(path)


def test_libraries_are_opened_globally_after_those_they_need(tmp_path):
    blas = put(tmp_path, "cublas", "libcublas.so.11")
    light = put(tmp_path, "cublas", "libcublasLt.so.11")
    runtime = put(tmp_path, "cuda_runtime", "libcudart.so.11.0")
    opened = []
    missing = cuda_libraries.open_libraries([tmp_path], lambda path, mode: opened.append((path, mode)))
    assert opened == [(path, ctypes.RTLD_GLOBAL) for path in (runtime, light, blas)]
    assert "libcudnn.so.8" in missing and "libcublas.so.11" not in missing


def test_the_first_folder_of_the_path_wins(tmp_path):
    first = put(tmp_path / "a", "cudnn", "libcudnn.so.8")
    put(tmp_path / "b", "cudnn", "libcudnn.so.8")
    assert str(cuda_libraries.find_libraries([tmp_path / "a", tmp_path / "b"])["libcudnn.so.8"]) == first


def test_wheels_are_listed_with_their_versions(monkeypatch):
    versions = {"mxnet-cu112": "1.9.1"}

    def version(name):
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert cuda_libraries.installed_wheels() == versions
