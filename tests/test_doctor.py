import shutil
import types

import pytest

from gluon_alexnet import doctor
from gluon_alexnet.data import files
from gluon_alexnet.doctor import Finding
from gluon_alexnet.errors import DataError, UserError
from gluon_alexnet.machine import cuda_libraries, devices, mxnet_import, runtime
from gluon_alexnet.machine.devices import GPU


@pytest.fixture(autouse=True)
def healthy(monkeypatch):
    """A machine on which everything that training needs is there, and no GPU."""
    monkeypatch.setattr(cuda_libraries, "installed_wheels", lambda: {"mxnet": "1.9.1"})
    monkeypatch.setattr(mxnet_import, "no_build", lambda: None)
    monkeypatch.setattr(devices, "find_gpus", lambda: ([], "NVIDIA's driver is not installed"))
    monkeypatch.setattr(files, "find", lambda data, download: ("/data/fashion", ""))
    monkeypatch.setattr(files, "load_split", lambda split, data, download: None)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: types.SimpleNamespace(free=50e9))


def find(what, data=None):
    (finding,) = [finding for finding in doctor.diagnose(data) if finding.what == what]
    return finding


def test_it_is_told_how_busy_the_machine_is(monkeypatch):
    for room, others, state, words in (
        (3.9, 0.1, "ok", "they use 0.1 of 4 CPUs"),
        (2.6, 1.4, "off", "training has 2.6 CPUs to itself"),
        (None, None, "ok", "does not tell"),
    ):
        monkeypatch.setattr(doctor.threads.Load, "room", lambda load, told=(room, others): told)
        monkeypatch.setattr(doctor.threads.os, "sched_getaffinity", lambda pid: range(4), raising=False)
        finding = find("Other programs")
        assert finding.state == state and words in finding.found + finding.reason


def test_a_healthy_machine_can_train(capsys):
    assert doctor.main() == 0
    assert "Training can run." in capsys.readouterr().out


def test_everything_the_page_promises_is_looked_at():
    whats = {finding.what for finding in doctor.diagnose()}
    assert whats == {
        "Python",
        "Platform",
        "NumPy",
        "MXNet wheel",
        "MXNet",
        "GluonCV",
        "OpenCV",
        "Threads",
        "Instructions",
        "AMX",
        "bfloat16",
        "Other programs",
        "GPU",
        "Fashion-MNIST",
        "Disk",
        "Box for grading",
    }


def test_mxnet_that_does_not_import_ends_with_exit_code_1(monkeypatch, capsys):
    def fail():
        raise UserError("MXNet is not installed in this Python: `pip install mxnet==1.9.1`.")

    monkeypatch.setattr(runtime, "load_mxnet", fail)
    monkeypatch.setattr(cuda_libraries, "installed_wheels", dict)
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert "pip install mxnet==1.9.1" in out
    assert "Training cannot run" in out


def test_a_platform_without_mxnet_is_missing(monkeypatch):
    monkeypatch.setattr(mxnet_import, "no_build", lambda: "MXNet has no build for Windows on AMD64: use WSL2.")
    assert find("Platform").state == "missing"
    assert find("Platform").mend == "use WSL2"


def test_two_wheels_are_reported(monkeypatch):
    monkeypatch.setattr(cuda_libraries, "installed_wheels", lambda: {"mxnet": "1.9.1", "mxnet-cu112": "1.9.1"})
    finding = find("MXNet wheel")
    assert finding.state == "off"
    assert "both installed" in finding.reason
    assert "uninstall mxnet mxnet-cu112" in finding.mend


def test_two_opencvs_in_one_folder_are_reported(monkeypatch):
    there = {"opencv-python": "5.0.0.93", "opencv-python-headless": "4.11.0.86"}
    monkeypatch.setattr(doctor, "_versions", lambda *names: {name: there[name] for name in names if name in there})
    finding = find("OpenCV")
    assert (finding.state, finding.reason) == ("off", "they overwrite each other's files")
    assert "pip uninstall opencv-python-headless opencv-python`, then `" in finding.mend
    assert finding.mend.endswith("-m pip install opencv-python-headless`")


def test_what_the_recipes_need_of_gluoncv_is_missing_where_it_is_not_installed(monkeypatch):
    monkeypatch.setattr(doctor, "_versions", lambda *names: {})
    assert find("GluonCV").state == "missing"
    # Its requirements would bring a second OpenCV.
    assert find("GluonCV").mend.endswith("-m pip install --no-deps gluoncv==0.10.5.post0`")
    assert find("OpenCV").state == "off"


def test_amx_and_bfloat16_come_with_reason_and_mend(monkeypatch):
    setup = runtime.Setup(4, "counted", "AVX2", False, "DNNL_MAX_CPU_ISA=AVX2 leaves it off: unset DNNL_MAX_CPU_ISA", True, "x")
    monkeypatch.setattr(runtime, "setup", lambda: setup)
    assert find("AMX") == Finding("AMX", "", "off", "DNNL_MAX_CPU_ISA=AVX2 leaves it off", "unset DNNL_MAX_CPU_ISA")
    assert find("bfloat16").state == "on"
    assert find("Instructions").found == "AVX2"


def test_lost_threads_are_off(monkeypatch):
    lost = runtime.Setup(2, "MXNet was first", None, False, "", False, "", lost=("it computes on 2 of 4 CPUs",))
    monkeypatch.setattr(runtime, "setup", lambda: lost)
    assert find("Threads").state == "off"
    assert find("Threads").mend


@pytest.mark.parametrize(
    ("arch", "count", "state", "word"),
    [
        ("sm_80", 1, "on", "tensor cores"),
        ("sm_61", 1, "on", "float32"),
        ("sm_90", 1, "off", "no machine code"),
        ("sm_80", 0, "off", "CPU only"),
    ],
)
def test_gpus_are_listed_with_their_architecture(monkeypatch, arch, count, state, word):
    monkeypatch.setattr(devices, "find_gpus", lambda: ([GPU(0, "NVIDIA Card", arch, "525.60", 40 << 30)], ""))
    monkeypatch.setattr(devices, "count_gpus", lambda: count)
    finding = find("GPU 0")
    assert finding.found == f"NVIDIA Card, {arch}, 40 GiB, driver 525.60"
    assert finding.state == state
    assert word in finding.reason


def test_data_that_is_not_here_yet_stops_nothing(monkeypatch):
    asked = []
    monkeypatch.setattr(files, "find", lambda data, download: asked.append(download) or (None, "it was not found"))
    assert find("Fashion-MNIST").state == "off"
    assert asked == [False]


def test_a_download_that_is_forbidden_is_not_promised(monkeypatch):
    monkeypatch.setattr(files, "find", lambda data, download: (None, "it was not found and the network is switched off"))
    for value, words in (("1", "$GLUON_ALEXNET_OFFLINE forbids the download: unset it"), ("0", "training will download it")):
        monkeypatch.setenv("GLUON_ALEXNET_OFFLINE", value)
        assert find("Fashion-MNIST").mend.startswith(words)


def test_a_named_folder_without_the_data_is_missing(monkeypatch):
    def named(data, download):
        raise DataError(f"--data {data}: no such folder: name one with the four files.")

    monkeypatch.setattr(files, "find", named)
    finding = find("Fashion-MNIST", "/nowhere")
    assert (finding.state, finding.mend) == ("missing", "name one with the four files")


def test_a_named_folder_with_other_files_is_missing_too(monkeypatch, tmp_path):
    monkeypatch.undo()
    # The digits have the same names.
    for file in files._ALL:
        (tmp_path / file.name).write_bytes(b"other content")
    finding = find("Fashion-MNIST", str(tmp_path))
    assert finding.state == "missing" and "-ubyte" in finding.reason


def test_the_stand_in_is_said_to_be_asked_for(monkeypatch):
    monkeypatch.undo()
    finding = find("Fashion-MNIST", "stand-in")
    assert (finding.state, finding.reason) == ("off", "--data asks for it")


def test_a_full_disk_is_said(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: types.SimpleNamespace(free=0.2e9))
    assert find("Disk").state == "off"


def test_findings_are_printed_in_columns_that_fit():
    findings = [Finding("Python", "3.11.7", "ok"), Finding("AMX", "", "off", "word " * 30, "mend " * 30)]
    lines = doctor.format_findings(findings, 60).splitlines()
    assert lines[0] == "ok       Python  3.11.7"
    assert lines[1].startswith("off      AMX     word word")
    assert any(line.startswith("                 -> mend") for line in lines)
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize(
    "has, found, state, words",
    [
        ((True, True, 7), "bubblewrap + namespaces + Landlock ABI 7", "ok", ""),
        ((False, True, 0), "namespaces", "ok", "another wall"),
        ((False, False, 6), "Landlock ABI 6", "off", "not kept from the network but for TCP, looking at other processes"),
        ((False, False, 3), "Landlock ABI 3", "off", "not kept from the network, other processes"),
        ((False, False, 0), "limits only", "off", "those of the whole class among them"),
    ],
)
def test_the_box_for_grading_is_told(monkeypatch, has, found, state, words):
    for name, value in zip(("has_bubblewrap", "has_namespaces", "landlock"), has, strict=True):
        monkeypatch.setattr(doctor.boxes, name, lambda value=value: value)
    finding = find("Box for grading")
    assert (finding.found, finding.state) == (found, state) and words in finding.reason
    assert finding.state == "ok" or finding.mend
