import ctypes

import pytest

from gluon_alexnet.errors import DeviceError
from gluon_alexnet.machine import devices
from gluon_alexnet.machine.devices import GPU

A100 = GPU(0, "NVIDIA A100", "sm_80", "525.60.13", 40 << 30)
H100 = GPU(1, "NVIDIA H100", "sm_90", "570.10", 80 << 30)


class FakeNVML:
    """libnvidia-ml.so.1 with the given cards: (name, major, minor, memory, uuid) each."""

    def __init__(self, cards, driver=b"525.60.13", failing=None):
        self.cards, self.driver, self.failing, self.shut = cards, driver, failing, False

    def __getattribute__(self, name):
        if name == object.__getattribute__(self, "failing"):
            return lambda *arguments: 18
        return object.__getattribute__(self, name)

    def nvmlInit_v2(self):
        return 0

    def nvmlShutdown(self):
        self.shut = True
        return 0

    def nvmlDeviceGetCount_v2(self, count):
        count._obj.value = len(self.cards)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index, handle):
        handle._obj.value = 1000 + index.value
        return 0

    def card(self, handle):
        return self.cards[handle.value - 1000]

    def nvmlDeviceGetName(self, handle, buffer, size):
        buffer.value = self.card(handle)[0]
        return 0

    def nvmlDeviceGetCudaComputeCapability(self, handle, major, minor):
        major._obj.value, minor._obj.value = self.card(handle)[1:3]
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle, memory):
        assert ctypes.sizeof(memory._obj) == 24
        memory._obj.total = self.card(handle)[3]
        return 0

    def nvmlDeviceGetUUID(self, handle, buffer, size):
        buffer.value = self.card(handle)[4]
        return 0

    def nvmlSystemGetDriverVersion(self, buffer, size):
        buffer.value = self.driver
        return 0


CARDS = [(b"NVIDIA A100", 8, 0, 40 << 30, b"GPU-aaaa"), (b"NVIDIA H100", 9, 0, 80 << 30, b"GPU-hhhh")]


@pytest.fixture(autouse=True)
def all_visible(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def choose(device, gpus, count=None, why_none="NVIDIA's driver is not installed"):
    return devices.choose(device, lambda: (gpus, "" if gpus else why_none), lambda: len(gpus) if count is None else count)


def test_gpus_are_described_by_the_driver():
    library = FakeNVML(CARDS)
    assert devices.gpus(library) == [A100, GPU(1, "NVIDIA H100", "sm_90", "525.60.13", 80 << 30)]
    assert library.shut


def test_no_driver_means_no_gpus(monkeypatch):
    def no_library(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    assert devices.find_gpus() == ([], "NVIDIA's driver is not installed")


@pytest.mark.parametrize("function", ["nvmlInit_v2", "nvmlDeviceGetCount_v2", "nvmlDeviceGetUUID"])
def test_a_driver_that_fails_is_named(function):
    found, reason = devices.find_gpus(FakeNVML(CARDS, failing=function))
    assert found == []
    assert f"{function} returned 18" in reason


def test_hidden_gpus_are_renumbered_as_cuda_does(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert [(gpu.index, gpu.name) for gpu in devices.gpus(FakeNVML(CARDS))] == [(0, "NVIDIA H100")]


def test_all_gpus_hidden_is_a_reason(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert devices.find_gpus(FakeNVML(CARDS)) == ([], "CUDA_VISIBLE_DEVICES hides it")


@pytest.mark.parametrize(
    ("setting", "visible"),
    [
        (None, [0, 1]),
        ("1,0", [1, 0]),
        ("0,-1,1", [0]),
        ("", []),
        ("7", []),
        ("GPU-hh", [1]),
        ("GPU-", []),
        ("GPU-hhhh, 0", [1, 0]),
    ],
)
def test_visible_devices_are_read_as_cuda_reads_them(setting, visible):
    assert devices.visible_devices(setting, ["GPU-aaaa", "GPU-hhhh"]) == visible


@pytest.mark.parametrize(
    ("arch", "runs"),
    [
        ("sm_37", False),
        ("sm_50", True),
        ("sm_52", True),
        ("sm_61", True),
        ("sm_75", True),
        ("sm_80", True),
        ("sm_86", True),
        ("sm_89", True),
        ("sm_90", False),
        ("sm_100", False),
        ("sm_120", False),
    ],
)
def test_machine_code_runs_within_its_major_version(arch, runs):
    sentence = devices.unsupported(GPU(0, "Card", arch, "525.60", 0))
    assert (sentence is None) is runs
    assert runs or ("Card" in sentence and arch in sentence and "--device cpu" in sentence)


def test_a_driver_older_than_cuda_11_is_said():
    assert "too old" in devices.unsupported(GPU(0, "Card", "sm_70", "418.87.00", 0))


@pytest.mark.parametrize(("arch", "has"), [("sm_61", False), ("sm_70", True), ("sm_90", True), ("sm_100", True)])
def test_tensor_cores_came_with_volta(arch, has):
    assert devices.has_tensor_cores(GPU(0, "Card", arch, "525", 0)) is has


@pytest.mark.parametrize(
    ("device", "chosen"),
    [
        ("cpu", [("cpu", 0)]),
        ("cpu0,cpu1", [("cpu", 0), ("cpu", 1)]),
        (" CPU1 ", [("cpu", 1)]),
    ],
)
def test_a_cpu_is_chosen_without_looking_for_gpus(device, chosen):
    def never():
        raise AssertionError

    assert devices.choose(device, never, never) == (chosen, None)


@pytest.mark.parametrize("device", ["", "tpu", "gpu:0", "gpu0,", "cpu,gpu", "gpu0,gpu0", "cpu,cpu0", "gpu-1", "auto,cpu"])
def test_nonsense_is_answered_with_the_forms(device):
    with pytest.raises(DeviceError, match="gpu0,gpu1"):
        devices.parse(device)


def test_auto_takes_the_first_gpu_that_works():
    older = GPU(1, "NVIDIA V100", "sm_70", "525.60", 16 << 30)
    assert choose("auto", [GPU(0, "NVIDIA H100", "sm_90", "570", 1), older]) == ([("gpu", 1)], None)


def test_auto_without_a_gpu_is_the_cpu_and_says_nothing():
    assert choose(None, []) == ([("cpu", 0)], None)


def test_auto_beside_a_gpu_too_new_is_the_cpu_and_says_why():
    chosen, notice = choose("auto", [GPU(0, "NVIDIA H100", "sm_90", "570", 1)])
    assert chosen == [("cpu", 0)]
    assert "sm_90" in notice


def test_auto_with_the_cpu_wheel_says_what_would_use_the_gpu():
    chosen, notice = choose("auto", [A100], count=0)
    assert chosen == [("cpu", 0)]
    assert "NVIDIA A100" in notice and "cu112" in notice


def test_a_gpu_asked_for_is_taken():
    assert choose("gpu", [A100]) == ([("gpu", 0)], None)
    assert choose("gpu0", [A100, H100]) == ([("gpu", 0)], None)


@pytest.mark.parametrize(
    ("device", "gpus", "count", "words"),
    [
        ("gpu", [], 0, ["driver is not installed", "--device cpu"]),
        ("gpu", [A100], 0, ["CPU only", "cu112"]),
        ("gpu1", [A100, H100], 2, ["NVIDIA H100", "sm_90"]),
        ("gpu0,gpu1", [A100, H100], 2, ["sm_90"]),
        ("gpu2", [A100, H100], 2, ["no gpu2", "gpu0, gpu1"]),
        ("gpu1", [A100, GPU(1, "NVIDIA A30", "sm_80", "525", 1)], 1, ["sees only 1"]),
    ],
)
def test_a_gpu_asked_for_in_vain_is_an_error(device, gpus, count, words):
    with pytest.raises(DeviceError) as caught:
        choose(device, gpus, count)
    assert all(word in str(caught.value) for word in words), caught.value


def test_resolve_gives_contexts():
    assert [str(context) for context in devices.resolve("cpu0,cpu1")] == ["cpu(0)", "cpu(1)"]


def test_resolve_tells_once_why_a_gpu_is_left_idle(monkeypatch, capsys):
    monkeypatch.setattr(devices, "find_gpus", lambda: ([H100], ""))
    monkeypatch.setattr(devices, "count_gpus", lambda: 2)
    monkeypatch.setattr(devices, "told", set())
    for _ in range(2):
        assert [context.device_type for context in devices.resolve()] == ["cpu"]
    assert capsys.readouterr().err.count("sm_90") == 1


def test_the_cpu_build_sees_no_gpus():
    assert isinstance(devices.count_gpus(), int)
