"""Boxes forked from one process: what one leaves the next does not find, and whoever dies takes nobody else along."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gluon_alexnet.grading import sandbox, server
from gluon_alexnet.grading.clock import Deadline
from gluon_alexnet.grading.kernel import Kernel, KernelError

pytestmark = pytest.mark.skipif(not server.able(), reason="this system forks no boxes")


def soon(seconds=60):
    return Deadline(seconds)


def value(kernel, expression):
    return kernel.ask("value", soon(), expression=expression)


@pytest.fixture(scope="module", autouse=True)
def one_server():
    """A server of this module's own."""
    server.stop()
    yield
    server.stop()


@pytest.fixture
def forked():
    """Makes kernels that are ended with the test; each must have been forked."""
    kernels = []

    def make(imports=(), memory=6_000_000_000):
        kernels.append(Kernel(memory, (), imports))
        assert isinstance(kernels[-1].box.process, server.Process)
        return kernels[-1]

    yield make
    for kernel in kernels:
        kernel.close()


def serving():
    return next(iter(server._Running.servers.values())).process.pid


def gone(pid):
    """Whether the process has ended within ten seconds."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


def test_what_one_box_leaves_the_next_does_not_find(forked):
    first = forked()
    leaves = """
    import builtins, os, sys, random, numpy
    open("left.txt", "w").write("x"); open("/dev/shm/left", "w").write("x")
    os.environ["LEFT"] = builtins.left = sys.left = numpy.left = "x"
    os.umask(0o077); os.chdir("/"); random.seed(1); numpy.random.seed(1)
    sys.setrecursionlimit(5000); sys.path.insert(0, "/left")
    """
    first.run("\n".join(line.strip() for line in leaves.splitlines()), soon())
    second = forked()
    found = "[n for n in ('left', 'LEFT') if hasattr(__import__('builtins'), n) or n in __import__('os').environ]"
    assert value(second, found) == []
    assert value(second, "[hasattr(__import__(name), 'left') for name in ('sys', 'numpy')]") == [False, False]
    assert value(second, "[p for p in ('left.txt', '/dev/shm/left') if __import__('os').path.exists(p)]") == []
    assert value(second, "__import__('sys').getrecursionlimit()") != 5000
    assert value(second, "'/left' in __import__('sys').path") is False
    assert value(second, "__import__('os').umask(0)") != 0o077
    assert value(second, f"__import__('os').path.exists({str(first.folder)!r})") is False


def test_each_box_draws_other_random_numbers(forked):
    drawn = "[__import__('random').random(), float(__import__('numpy').random.rand())]"
    first, second = (value(forked(), drawn) for _ in range(2))
    assert first[0] != second[0] and first[1] != second[1]


SEARCH = """
import re
def search(pattern):
    word, count = re.compile(pattern.encode()), 0
    for line in open("/proc/self/maps"):
        place, rights, *_ = line.split()
        if rights.startswith("rw") and "[v" not in line:
            first, last = (int(number, 16) for number in place.split("-"))
            with open("/proc/self/mem", "rb", 0) as memory:
                memory.seek(first)
                count += bool(word.search(memory.read(last - first) or b""))
    return count
"""


def test_it_is_told_nothing_that_answers_must_not_know(forked, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hush-hush-hush")
    server.stop()
    kernel = forked(["import numpy"])
    modules = value(kernel, "[m for m in __import__('sys').modules if m.startswith('gluon_alexnet.grading')]")
    assert modules == []
    # What the process that boxes are forked from holds, each of them holds.
    kernel.run(SEARCH, soon())

    def held(word):
        # A pattern that does not fit itself.
        return kernel.ask("call", soon(), name="search", args=(f"[{word[0]}]{re.escape(word[1:])}",), kwargs={})

    assert held("site-packages") > 0  # the search finds what is there
    for secret in ("hush-hush-hush", "BEGIN HIDDEN", "def check(ask)"):
        assert held(secret) == 0
    environ = Path(f"/proc/{serving()}/environ").read_bytes()
    assert b"hush" not in environ


def test_a_box_has_no_file_of_the_servers_open(forked):
    kernel = forked()
    kernel.run(
        "import os\nopened = []\n"
        "for n in os.listdir('/proc/self/fd'):\n"
        "    try: opened.append(os.readlink(f'/proc/self/fd/{n}'))\n"
        "    except OSError: pass",
        soon(),
    )
    kinds = sorted(name.partition(":")[0] for name in value(kernel, "opened"))
    # Its own three, the socket that it is asked through, and what its event loop has.
    assert kinds == ["/dev/null", "/dev/null", "anon_inode", "pipe", "socket", "socket", "socket"]


def test_every_thread_of_a_box_is_confined(forked):
    kernel = forked(["import mxnet"])
    kernel.run("from gluon_alexnet.machine import runtime\nmx = runtime.load_mxnet()\nmx.np.ones(3).asnumpy()", soon())
    kernel.run(
        "import os\nlines = [l.split() for t in os.listdir('/proc/self/task')"
        " for l in open(f'/proc/self/task/{t}/status') if l.startswith(('Cap', 'NoNewPrivs'))]\n"
        "tasks = len(os.listdir('/proc/self/task'))\n"
        "rights = sorted({(name, number) for name, number in lines})",
        soon(),
    )
    assert value(kernel, "tasks") > 1
    none = [(f"Cap{each}:", "0" * 16) for each in ("Amb", "Bnd", "Eff", "Inh", "Prm")]
    assert value(kernel, "rights") == [*none, ("NoNewPrivs:", "1")]
    # MXNet's threads carry out Python too, where an operator is made of it; Landlock holds each thread for itself.
    kernel.run(
        "class Reads(mx.operator.CustomOp):\n"
        "    def forward(self, is_train, req, in_data, out_data, aux):\n"
        "        try:\n"
        f"            os.listdir({str(Path(__file__).parent)!r})\n"
        "            read.append('read')\n"
        "        except OSError as error:\n"
        "            read.append(type(error).__name__)\n"
        "        self.assign(out_data[0], req[0], in_data[0])\n"
        "@mx.operator.register('reads')\n"
        "class ReadsProp(mx.operator.CustomOpProp):\n"
        "    def create_operator(self, *_):\n        return Reads()\n"
        "read = []\nmx.nd.Custom(mx.nd.ones(3), op_type='reads').asnumpy()",
        soon(),
    )
    assert set(value(kernel, "read")) <= {"PermissionError", "FileNotFoundError"} and value(kernel, "len(read)") == 1


def test_mxnet_computes_in_a_box_with_all_its_threads(forked):
    kernel = forked(["import mxnet"])
    kernel.run("from gluon_alexnet.machine import runtime\nmx = runtime.load_mxnet()\nimport numpy as np", soon())
    kernel.run("a = np.random.rand(600, 600).astype('float32')\nb = (mx.np.array(a) @ mx.np.array(a)).asnumpy()", soon())
    assert value(kernel, "float(abs(b - a @ a).max() / b.max())") < 1e-4
    library = "__import__('ctypes').CDLL(None)"
    assert value(kernel, f"{library}.omp_get_max_threads() if hasattr({library}, 'omp_get_max_threads') else 0") != 1 or (
        os.cpu_count() == 1
    )


def test_what_importing_sets_in_the_environment_boxes_have_too():
    from gluon_alexnet.grading import serving

    before = {**os.environ, "DNNL_MAX_CPU_ISA": "before"}
    before.pop("PATH")
    os.environ["DNNL_MAX_CPU_ISA"] = "after"
    try:
        assert serving.changed(before) == {"DNNL_MAX_CPU_ISA": "after", "PATH": os.environ["PATH"]}
    finally:
        del os.environ["DNNL_MAX_CPU_ISA"]


def test_a_box_that_dies_takes_nobody_along(forked):
    first, second, before = forked(), forked(), serving()
    with pytest.raises(KernelError) as caught:
        first.run("import os, signal\nos._exit(3)", soon())
    assert (caught.value.kind, str(caught.value.message)) == ("crash", "exit code 3")
    third = forked()
    with pytest.raises(KernelError) as caught:
        third.run("import ctypes\nctypes.string_at(0)", soon())
    # MXNet catches the signal where it is loaded, and exits.
    assert caught.value.kind == "crash"
    assert (caught.value.name or str(caught.value.message)) in ("SIGSEGV", "exit code 255")
    assert value(second, "1 + 1") == 2 and serving() == before


def test_a_server_that_has_died_is_noticed_and_replaced(forked):
    kernel, before = forked(), serving()
    os.kill(before, signal.SIGKILL)
    with pytest.raises(KernelError) as caught:
        kernel.run("import time\ntime.sleep(60)", soon())
    assert caught.value.kind == "crash"
    assert gone(kernel.box.process.pid)
    assert value(forked(), "1 + 1") == 2 and serving() != before


def test_where_none_can_be_forked_kernels_are_started_as_ever(monkeypatch):
    monkeypatch.setattr(server, "able", lambda: False)
    kernel = Kernel(6_000_000_000)
    assert isinstance(kernel.box.process, subprocess.Popen)
    assert value(kernel, "6 * 7") == 42
    kernel.close()


def test_where_the_box_cannot_be_closed_nothing_runs_in_it(monkeypatch):
    told = sandbox.settings
    monkeypatch.setattr(sandbox, "settings", lambda *rest: {**told(*rest), "writable": None})
    with pytest.raises(server.Unable, match="TypeError"):
        server.box("shell", 0)


def test_nothing_is_left_of_a_grader_that_is_killed():
    source = (
        "import time\nfrom gluon_alexnet.grading import server\nfrom gluon_alexnet.grading.clock import Deadline\n"
        "from gluon_alexnet.grading.kernel import Kernel\nkernel = Kernel(0)\n"
        "kernel.run('import subprocess\\nsubprocess.Popen([\"sleep\", \"600\"], start_new_session=True)', Deadline(60))\n"
        "process = next(iter(server._Running.servers.values())).process.pid\n"
        "print(process, kernel.box.process.pid, kernel.folder, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as grader:
        process, box, folder = grader.stdout.readline().split()
        inside = subprocess.run(["pgrep", "-P", box], capture_output=True, text=True).stdout.split()
        grader.kill()
    assert all(map(gone, [process, box, *inside])) and len(inside) == 1
    for _ in range(100):
        if not Path(folder).parent.exists():
            break
        time.sleep(0.1)
    assert not Path(folder).parent.exists()


def test_what_cells_show_and_how_they_wait_is_as_in_jupyter(forked):
    kernel = forked()
    kernel.run("import asyncio\nawait asyncio.sleep(0)\nwaited = await asyncio.gather(asyncio.sleep(0, 5))", soon())
    assert value(kernel, "waited") == [5]
    with pytest.raises(KernelError, match="running event loop"):
        kernel.run("asyncio.run(asyncio.sleep(0))", soon())
    with pytest.raises(KernelError) as caught:
        kernel.run("name = input('who? ')", soon())
    assert caught.value.name == "StdinNotImplementedError"
    kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);\ndisplay(plt.gcf())\n%time 1 + 1", soon())
    kernel.run("%env LEFT=1\n%matplotlib inline\nplt.plot([1, 2])", soon())
    with pytest.raises(KernelError) as caught:
        kernel.run("x = 1\nif x:\nprint(x)", soon())
    assert (caught.value.name, caught.value.line) == ("IndentationError", 3)
    with pytest.raises(KernelError) as caught:
        kernel.run("exit", soon())
    assert (caught.value.kind, str(caught.value.message)) == ("crash", "exit code 0")
