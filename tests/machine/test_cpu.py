import os
import platform
import sys

import pytest

from gluon_alexnet.machine import cpu

SAPPHIRE_RAPIDS = {"avx", "avx2", "avx512dq", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_tile", "amx_int8"}
ZEN_4 = {"avx", "avx2", "avx512dq", "avx512_vnni", "avx512_bf16"}


@pytest.fixture
def linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A file system with 16 CPUs; call it with {path: text} to put files in it."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)

    def write(files):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return tmp_path

    return write


V2 = {
    "proc/self/cgroup": "0::/user.slice/me.scope\n",
    "proc/self/mountinfo": "24 1 0:22 / /proc rw - proc proc rw\n30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n",
}
V1_CONTAINER = {
    "proc/self/cgroup": "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n",
    "proc/self/mountinfo": "31 23 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
    "32 23 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
}


def test_all_cpus_of_the_affinity_are_used_without_a_quota(machine):
    assert cpu.count_threads(machine({}))[0] == 16


def test_a_quota_of_version_2_is_rounded_up(machine):
    root = machine(V2 | {"sys/fs/cgroup/user.slice/me.scope/cpu.max": "250000 100000\n"})
    assert cpu.count_threads(root)[0] == 3


def test_the_tightest_quota_of_all_parents_counts(machine):
    root = machine(
        V2
        | {
            "sys/fs/cgroup/user.slice/me.scope/cpu.max": "max 100000\n",
            "sys/fs/cgroup/user.slice/cpu.max": "150000 50000\n",
            "sys/fs/cgroup/cpu.max": "800000 100000\n",
        }
    )
    threads, reason = cpu.count_threads(root)
    assert threads == 3
    assert "3 CPUs" in reason


def test_a_quota_of_half_a_cpu_leaves_one_thread(machine):
    assert cpu.count_threads(machine(V2 | {"sys/fs/cgroup/cpu.max": "50000 100000\n"}))[0] == 1


def test_a_container_of_version_1_finds_its_quota_at_the_mount(machine):
    folder = "sys/fs/cgroup/cpu,cpuacct/"
    root = machine(V1_CONTAINER | {folder + "cpu.cfs_quota_us": "400000\n", folder + "cpu.cfs_period_us": "100000\n"})
    assert cpu.count_threads(root)[0] == 4


def test_version_1_writes_no_limit_as_minus_one(machine):
    folder = "sys/fs/cgroup/cpu,cpuacct/"
    root = machine(V1_CONTAINER | {folder + "cpu.cfs_quota_us": "-1\n", folder + "cpu.cfs_period_us": "100000\n"})
    assert cpu.count_threads(root)[0] == 16


def test_a_quota_above_the_affinity_changes_nothing(machine):
    assert cpu.count_threads(machine(V2 | {"sys/fs/cgroup/cpu.max": "3200000 100000\n"}))[0] == 16


def test_without_affinity_and_proc_all_cpus_count(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cpu.count_threads(tmp_path)[0] == 6


def test_only_the_first_processor_is_read(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2\n\nprocessor\t: 1\nflags\t: none\n")
    assert cpu.cpu_flags(cpu.read_cpuinfo(path)) == ("AuthenticAMD", {"fpu", "avx2"})


def test_a_machine_without_cpuinfo_has_no_flags(tmp_path):
    assert cpu.cpu_flags(cpu.read_cpuinfo(tmp_path / "cpuinfo")) == ("", set())


def test_amx_is_asked_for_by_the_documented_system_call(linux):
    calls = []
    assert cpu.choose_amx(SAPPHIRE_RAPIDS, None, False, lambda *arguments: calls.append(arguments) or 0)[0]
    assert calls == [(158, 0x1023, 18)]


def test_a_refused_request_leaves_amx_off(linux):
    amx, reason = cpu.choose_amx(SAPPHIRE_RAPIDS, None, False, lambda *arguments: -1)
    assert not amx
    assert "kernel" in reason


@pytest.mark.parametrize(
    ("flags", "cap", "late", "word"),
    [
        (ZEN_4, None, False, "no AMX"),
        (SAPPHIRE_RAPIDS - {"amx_tile"}, None, False, "no AMX"),
        (SAPPHIRE_RAPIDS, "AVX512_CORE", False, "DNNL_MAX_CPU_ISA=AVX512_CORE"),
        (SAPPHIRE_RAPIDS, None, True, "import gluon_alexnet first"),
    ],
)
def test_amx_is_not_even_asked_for(linux, flags, cap, late, word):
    def syscall(*arguments):
        raise AssertionError(arguments)

    amx, reason = cpu.choose_amx(flags, cap, late, syscall)
    assert not amx
    assert word in reason


@pytest.mark.parametrize(("system", "machine"), [("darwin", "x86_64"), ("linux", "aarch64")])
def test_the_system_call_is_made_on_64_bit_intel_linux_only(monkeypatch, system, machine):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert not cpu.request_amx(lambda *arguments: 0)


@pytest.mark.parametrize(
    ("vendor", "flags", "cap", "amx", "native"),
    [
        ("GenuineIntel", SAPPHIRE_RAPIDS, None, True, True),
        ("GenuineIntel", SAPPHIRE_RAPIDS, None, False, False),
        ("AuthenticAMD", ZEN_4, None, False, True),
        ("AuthenticAMD", ZEN_4, "AVX512_CORE_BF16", False, True),
        ("AuthenticAMD", ZEN_4, "AVX512_CORE_VNNI", False, False),
        ("AuthenticAMD", ZEN_4, "ALL", False, True),
        ("AuthenticAMD", {"avx2"}, None, False, False),
        ("", set(), None, False, False),
    ],
)
def test_bfloat16_is_used_where_it_was_measured_faster(vendor, flags, cap, amx, native):
    assert cpu.choose_bfloat16(vendor, flags, cap, amx)[0] is native


@pytest.mark.parametrize(
    ("flags", "cap", "amx", "isa"),
    [
        (SAPPHIRE_RAPIDS, None, True, "AVX512_CORE_AMX"),
        (SAPPHIRE_RAPIDS, None, False, "AVX512_CORE_BF16"),
        (SAPPHIRE_RAPIDS, "AVX2", False, "AVX2"),
        (ZEN_4, "NONSENSE", False, "AVX512_CORE_BF16"),
        (set(), None, False, None),
    ],
)
def test_the_strongest_instructions_under_the_users_cap(flags, cap, amx, isa):
    assert cpu.strongest_isa(flags, cap, amx) == isa


def test_the_processor_is_called_as_linux_calls_it(monkeypatch):
    monkeypatch.setattr(cpu, "read_cpuinfo", lambda: "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz: fast\n")
    assert cpu.model_name() == "Some CPU @ 2.0GHz: fast"


def test_where_there_is_no_proc_the_processor_has_a_name_too(monkeypatch):
    monkeypatch.setattr(cpu, "read_cpuinfo", lambda: "")
    assert cpu.model_name()
