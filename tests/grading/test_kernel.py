"""The kernel in its box: what it may do, what becomes of it. Each of these starts a real one."""

import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise, sandbox
from gluon_alexnet.grading.clock import Deadline
from gluon_alexnet.grading.kernel import Kernel, KernelError


def soon(seconds=60):
    return Deadline(seconds)


@pytest.fixture(scope="module")
def kernel():
    started = Kernel(6_000_000_000)
    yield started
    started.close()


def value(kernel, expression):
    return kernel.ask("value", soon(), expression=expression)


def test_functions_are_called_with_values_and_arrays(kernel):
    kernel.run("def scale(x, *, by=2):\n    return x * by", soon())
    assert kernel.ask("call", soon(), name="scale", args=(21,), kwargs={}) == 42
    array = kernel.ask("call", soon(), name="scale", args=(np.arange(3.0),), kwargs={"by": 3})
    assert array.tolist() == [0.0, 3.0, 6.0]


def test_a_probe_sees_its_inputs_and_the_students_names(kernel):
    kernel.run("kept = 5", soon())
    source = "total = 0\nfor n in numbers:\n    total += n\nreturn total + kept"
    assert kernel.ask("probe", soon(), source=source, inputs={"numbers": [1, 2]}) == 8


def test_the_line_of_an_error_is_the_cells(kernel):
    kernel.run("def fails(x):\n    y = 1\n    return y / x", soon())
    with pytest.raises(KernelError) as caught:
        kernel.ask("call", soon(), name="fails", args=(0,), kwargs={})
    assert (caught.value.name, caught.value.line) == ("ZeroDivisionError", 3)
    with pytest.raises(KernelError) as caught:
        kernel.run("a = 1\nmissing", soon())
    assert (caught.value.name, caught.value.line) == ("NameError", 2)


def test_the_library_can_be_imported_and_the_grader_cannot(kernel):
    assert value(kernel, "__import__('gluon_alexnet.models').models.spec('lenet').name") == "lenet"
    if sandbox.has_landlock() or sandbox.has_namespaces():
        with pytest.raises(KernelError):
            value(kernel, "__import__('gluon_alexnet.grading.checks')")


landlocked = pytest.mark.skipif(not sandbox.has_landlock(), reason="this system has no Landlock")
apart = pytest.mark.skipif(not sandbox.has_namespaces(), reason="this system has no namespaces for users")


FORBIDDEN = ["README.md", "solutions/01_epochs.py", "tests/conftest.py", "gluon_alexnet/grading/checks.py"]


@landlocked
@pytest.mark.parametrize("path", FORBIDDEN)
def test_files_of_the_repository_cannot_be_read(kernel, path):
    file = exercise.FOLDER.parents[2] / path
    with pytest.raises(KernelError) as caught:
        value(kernel, f"open({str(file)!r}).read()")
    assert caught.value.name in ("PermissionError", "FileNotFoundError")


@landlocked
def test_only_its_own_folder_can_be_written_to(kernel, tmp_path):
    for path in (tmp_path / "x", Path("/tmp/gluon-alexnet-escaped"), Path(sandbox.PACKAGE) / "models.py", Path("/etc/passwd")):
        with pytest.raises(KernelError, match="PermissionError|OSError|FileNotFoundError"):
            value(kernel, f"open({str(path)!r}, 'a')")
    assert value(kernel, "open('mine.txt', 'w').write('x')") == 1


@apart
def test_it_sees_no_other_process_and_no_network(kernel):
    assert value(kernel, "__import__('os').getpid()") == 1
    assert os.getpid() not in value(kernel, "[int(p) for p in __import__('os').listdir('/proc') if p.isdigit()]")
    with pytest.raises(KernelError, match="unreachable|Permission denied"):
        value(kernel, "__import__('socket').create_connection(('127.0.0.1', 9), 1)")


@apart
def test_it_has_no_rights_to_undo_its_box(kernel):
    status = value(kernel, "open('/proc/self/status').read()")
    assert int(status.split("CapEff:")[1].split()[0], 16) == 0
    assert int(status.split("CapBnd:")[1].split()[0], 16) == 0
    assert value(kernel, f"__import__('ctypes').CDLL(None).umount({os.fsencode(exercise.FOLDER.parent)!r})") == -1


@pytest.mark.skipif(sandbox.isolation().startswith("limits only"), reason="this system has nothing to keep files apart with")
def test_the_data_set_cannot_be_read(monkeypatch, real_data):
    monkeypatch.setattr(sandbox, "data_folder", lambda: str(Path(real_data).resolve()))
    kernel = Kernel(6_000_000_000)
    try:
        for split in ("train", "test"):
            with pytest.raises(KernelError) as caught:
                value(kernel, f"__import__('gluon_alexnet.data.files').data.files.load_split({split!r})")
            assert caught.value.name == "DataError"
    finally:
        kernel.close()


@apart
def test_what_it_leaves_in_shared_memory_is_its_own(kernel):
    assert value(kernel, "open('/dev/shm/gluon-alexnet-note', 'w').write('x')") == 1
    assert not Path("/dev/shm/gluon-alexnet-note").exists()


def test_what_is_kept_apart_is_left_out_whatever_links_lead_to_it(tmp_path):
    for name in ("lib/site/package/grading", "lib/site/package/data", "lib/site/other", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "lib/site/up").symlink_to(tmp_path)
    parts = sandbox.around([tmp_path, tmp_path / "lib/site"], [tmp_path / "lib/site/package/grading"])
    assert sorted(str(path.relative_to(tmp_path)) for path in parts) == ["bin", "lib/site/other", "lib/site/package/data"]


def test_the_current_folder_is_not_read_because_python_was_started_in_it(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert str(tmp_path.resolve()) not in map(str, sandbox.readable(trusted=False)[0])


def test_the_teachers_environment_stays_outside(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hush")
    kernel = Kernel(0)
    try:
        assert value(kernel, "__import__('os').environ.get('SECRET_TOKEN')") is None
        assert value(kernel, "__import__('os').environ['HOME'] == __import__('os').getcwd()") is True
    finally:
        kernel.close()


def test_a_kernel_that_ends_or_never_answers_is_named_and_leaves_nothing():
    for source, limit, kind in (("import os; os._exit(3)", 60, "crash"), ("while True:\n    pass", 2, "timeout")):
        kernel = Kernel(0)
        with pytest.raises(KernelError) as caught:
            kernel.run(source, soon(limit))
        assert caught.value.kind == kind
        assert not kernel.box.alive() and not kernel.folder.exists()


@apart
@pytest.mark.skipif(not shutil.which("setpriv"), reason="this system has no setpriv")
def test_a_grader_that_is_killed_leaves_no_kernel_behind():
    source = (
        "import time\nfrom gluon_alexnet.grading.kernel import Kernel\n"
        "kernel = Kernel(0)\nprint(kernel.box.process.pid, kernel.folder, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as grader:
        pid, folder = grader.stdout.readline().split()
        grader.kill()
    try:
        for _ in range(100):
            if not Path("/proc", pid).exists():
                break
            time.sleep(0.1)
        assert not Path("/proc", pid).exists()
    finally:
        shutil.rmtree(Path(folder).parent, ignore_errors=True)


@landlocked
def test_commands_of_the_shell_work_as_in_jupyter(kernel):
    kernel.run("!echo one > one.txt", soon())
    kernel.run("%%bash\necho two > two.txt", soon())
    kernel.run("listed = !ls o*.txt t*.txt", soon())
    assert value(kernel, "list(listed)") == ["one.txt", "two.txt"]


@apart
def test_its_terminals_are_its_own(kernel):
    # No more than one that the shell above has left.
    assert set(value(kernel, "__import__('os').listdir('/dev/pts')")) <= {"ptmx", "0", "1"}


@landlocked
@pytest.mark.parametrize("device", ["/dev/mem", "/dev/kmsg", "/dev/loop-control", "/dev/vda"])
def test_other_devices_cannot_be_opened(kernel, device):
    with pytest.raises(KernelError) as caught:
        value(kernel, f"open({device!r}, 'rb')")
    assert caught.value.name in ("PermissionError", "FileNotFoundError")


def test_what_it_prints_without_end_is_not_kept(kernel):
    from gluon_alexnet.grading.kernel import memory_of_this_process

    before = memory_of_this_process()
    kernel.run("import os\nfor _ in range(20):\n    print('x' * 5_000_000)\n    os.write(2, b'y' * 100_000)", soon())
    assert memory_of_this_process() < before + 50_000_000
    assert value(kernel, "1 + 1") == 2


def test_a_value_too_large_to_compare_comes_as_its_name(kernel):
    kernel.run("import numpy\nmuch = numpy.zeros(10_000_000)\nmany = [None] * 300_000", soon())
    assert value(kernel, "much") == "ndarray of more than 12,000,000 bytes"
    assert value(kernel, "many") == "list of more than 200,000 objects"


FORGER = """
import asyncio, os, struct
loop, opened = asyncio.get_event_loop(), {n: f"/proc/self/fd/{n}" for n in map(int, os.listdir("/proc/self/fd"))}
sockets = {n for n, link in opened.items() if os.path.islink(link) and os.readlink(link).startswith("socket:")}
(socket,) = sockets - {loop._ssock.fileno(), loop._csock.fileno()}
def forge(size, reply):
    # The number of this request, or of one of the next.
    for number in range(1, 12):
        os.write(socket, struct.pack("!IQ", number, size) + reply)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
@pytest.mark.parametrize(
    ("size", "reply"), [("1 << 40", "b''"), ("len(much)", "much"), ("4", "b'none'"), ("5", "b'=[1,2'"), ("2", "b'[]'")]
)
def test_messages_that_are_forged_harm_nobody_but_the_kernel(size, reply):
    kernel = Kernel(0)
    with pytest.raises(KernelError) as caught:
        kernel.run(f"{FORGER}\nmuch = b'[' * 1_600_000\nforge({size}, {reply})", soon(5))
        value(kernel, "1")
    assert caught.value.name in ("TamperedMessage", "TamperedAnswer")
    kernel.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_a_kernel_that_hangs_up_has_crashed():
    kernel = Kernel(0)
    with pytest.raises(KernelError) as caught:
        kernel.run(f"{FORGER}\nos.close(socket)\nimport time; time.sleep(60)", soon())
    assert caught.value.kind == "crash"
    kernel.close()


def ended(pid):
    """Whether the process is gone, or only waits for its parent to notice, within ten seconds."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


DETACHED = "import subprocess\nchild = subprocess.Popen(['sleep', '600'], start_new_session=True)"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans on")
def test_without_namespaces_too_nothing_outlives_the_kernel(monkeypatch):
    for name in ("has_bubblewrap", "has_namespaces"):
        monkeypatch.setattr(sandbox, name, lambda: False)
    kernel = Kernel(0)
    kernel.run(DETACHED, soon())
    pid = value(kernel, "child.pid")
    assert Path("/proc", str(pid)).exists()
    kernel.close()
    assert ended(pid) and not kernel.folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans on")
def test_without_namespaces_too_a_killed_grader_leaves_nothing_behind():
    source = (
        "import time\nfrom gluon_alexnet.grading import sandbox\n"
        "sandbox.has_bubblewrap = sandbox.has_namespaces = lambda: False\n"
        "from gluon_alexnet.grading.clock import Deadline\nfrom gluon_alexnet.grading.kernel import Kernel\n"
        f"kernel = Kernel(0)\nkernel.run({DETACHED!r}, Deadline(60))\n"
        "print(kernel.ask('value', Deadline(60), expression='child.pid'), kernel.folder, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as grader:
        pid, folder = grader.stdout.readline().split()
        grader.kill()
    assert ended(pid)
    for _ in range(100):
        if not Path(folder).exists():
            break
        time.sleep(0.1)
    assert not Path(folder).exists()
    shutil.rmtree(Path(folder).parent, ignore_errors=True)


def test_what_a_killed_grader_left_is_cleared_away_and_what_is_in_use_is_not(tmp_path):
    left, used = tmp_path / "gluon-alexnet-left", tmp_path / "gluon-alexnet-used"
    for folder in (left, used):
        (folder / "b").mkdir(parents=True)
        (folder / "lock").touch()
    with open(used / "lock") as held, subprocess.Popen(["sleep", "600"], env={**os.environ, "TMPDIR": f"{left}/b"}) as stray:
        assert sandbox.lock(held)
        for folder in (left, used):
            os.utime(folder, (1, 1))
            sandbox.clear(folder)
        assert stray.wait(10) == -9
    assert (left.exists(), used.exists()) == (False, True)


def test_sockets_get_a_short_folder_however_long_that_of_temporary_files_is(monkeypatch, tmp_path):
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(long))
    place = sandbox.workplace.__wrapped__()
    assert len(str(place)) < 80 and long not in place.parents
    monkeypatch.setattr(sandbox, "is_fit", lambda place: False)
    with pytest.raises(UserError, match="set TMPDIR to one"):
        sandbox.workplace.__wrapped__()


def test_the_folders_of_a_class_are_kept_apart_wherever_they_lie(monkeypatch, tmp_path):
    for name in ("opt/course/class/an", "opt/course/class/binh", "opt/python/lib"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(sandbox, "needed", lambda: [tmp_path / "opt/python", tmp_path / "opt"])
    monkeypatch.setattr(sandbox, "owned", lambda: {tmp_path / "opt", *(tmp_path / "opt/python").parents})
    # Only binh's folder was named, and the class goes with it.
    apart = [tmp_path / "opt/course/class/binh"]
    assert sandbox.hidden(apart)[-1] == tmp_path / "opt/course" or tmp_path / "opt/course" in sandbox.hidden(apart)
    parts, _ = sandbox.readable(False, apart)
    assert tmp_path / "opt/python" in parts and not any("course" in str(part) for part in parts)


def test_a_class_in_a_folder_of_pythons_path_is_kept_apart_too(monkeypatch, tmp_path):
    for name in ("an", "binh", "package"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sandbox, "needed", lambda: [tmp_path])
    monkeypatch.setattr(sandbox, "owned", lambda: {tmp_path, *tmp_path.parents})
    assert sandbox.readable(False, [tmp_path])[0] == []
    assert sandbox.readable(False, [tmp_path / "an", tmp_path / "binh"])[0] == [tmp_path / "package"]


def test_packages_of_the_users_own_are_found_in_the_box(monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox.site, "ENABLE_USER_SITE", True)
    monkeypatch.setattr(sandbox.site, "getuserbase", lambda: str(tmp_path))
    monkeypatch.setattr(sandbox.site, "getusersitepackages", lambda: str(tmp_path / "lib"))
    (tmp_path / "lib").mkdir()
    assert tmp_path / "lib" in sandbox.needed.__wrapped__()
    box = sandbox.start(lambda folder: ["/usr/bin/env"], 0, stdout=subprocess.PIPE)
    assert f"PYTHONUSERBASE={tmp_path}\n" in box.process.stdout.read().decode()
    box.kill()


def test_a_package_that_is_not_installed_is_found_in_the_box(monkeypatch):
    assert sandbox.python_path().split(os.pathsep)[0] == str(sandbox.PACKAGE.parent)
    monkeypatch.setattr(sandbox, "PACKAGE", Path("/usr/lib/site-packages/gluon_alexnet"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/opt/more", "", "near"]))
    assert sandbox.python_path() == "/opt/more"


def test_memory_beyond_the_limit_is_named(kernel):
    with pytest.raises(KernelError) as caught:
        value(kernel, "bytearray(8_000_000_000)")
    assert caught.value.kind == "memory"


def test_a_training_bar_disturbs_nobody(kernel):
    source = """
    from gluon_alexnet.train import progress
    with progress.Progress(2) as shown:
        shown.step(1, 1, 2.3, 0.1, 100)
        shown.message("epoch 1")
    kind = type(shown.view).__name__
    """
    kernel.run(textwrap.dedent(source), soon())
    assert value(kernel, "kind") == "Cell"
