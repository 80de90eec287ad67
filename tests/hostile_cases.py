"""Notebooks that are hostile, broken or odd, each with the points that it deserves: data for hostile.py.

The exercise is that of grading_demo.py: `double` 3 points, `relu` 2, `total` 1; total is 5050. An attack on something outside the
box is an expression that gives 5050 where it succeeds and anything else, or an exception, where it does not: it must not have the
point. Run outside a box each does succeed, and harms nothing; hostile.py shows that too.
"""

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

import grading_demo as demo
import nbformat

# Of what they leave in System V's shared memory.
KEY = 0x6C656674
FULL = {"double": 3, "relu": 2, "total": 1}
RIGHT = "def double(x):\n    return 2 * x\n"


@dataclass(frozen=True)
class Case:
    """One thing that is handed in.

    answers: task -> its cell's text, where it is not the solution; points: task -> what it deserves, where that is not all;
    says: what the sentences or the row's error must hold; make: a function of (the student's folder, the surroundings) that
    puts more there, or changes it, and gives the names of the rows that are to come, or None for the notebook alone; attack: an
    expression, see above; needs: what the box must have for it, 'files', 'processes' or 'network'.
    """

    group: str
    name: str
    answers: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)
    says: str = ""
    make: Callable | None = None
    attack: str = ""
    needs: str = ""
    limits: dict = field(default_factory=dict)
    error: bool = False  # a row that says why it cannot be graded


def attacks(group, needs, **expressions):
    """Cases of attacks: names with _ for a space -> (what must be run first, the expression)."""
    for name, (before, expression) in expressions.items():
        source = f"{before}\ntry:\n    total = {expression}\nexcept BaseException as error:\n    total = repr(error)"
        yield Case(group, name.replace("_", " "), {"total": source}, {"total": 0}, attack=source, needs=needs)


def found(expression):
    """Whether 5050 stands in a text."""
    return f"5050 if '5050' in str({expression}) else 0"


def found_in(file, text):
    """Whether a text stands in a file of the package."""
    return f"5050 if {text!r} in open(gluon_alexnet.__path__[0] + '/{file}').read() else 0"


# What tasks ask for, had from the package: by name, by its file, without who refuses it.
IMPORT = [
    *attacks(
        "imports",
        "files",
        the_nets_by_name=("", "5050 if __import__('gluon_alexnet.models').models.list_models() else 0"),
        the_nets_as_the_package_hands_them_out=("import gluon_alexnet", "5050 if gluon_alexnet.list_models() else 0"),
        the_costs_of_layers=("", "5050 if __import__('gluon_alexnet.analysis').analysis.analyze else 0"),
        the_changes_to_images=("import importlib", "5050 if importlib.import_module('gluon_alexnet.data.augment').flip else 0"),
        the_features_by_name=("import importlib", "5050 if importlib.import_module('gluon_alexnet.features') else 0"),
        the_nets_by_their_file=("import gluon_alexnet", found_in("models.py", "class Conv")),
        the_resizing_by_its_file=("import gluon_alexnet", found_in("data/resize.py", "def resize_batch")),
        the_nets_by_a_loader=(
            "import gluon_alexnet, importlib.util\n"
            "spec = importlib.util.spec_from_file_location('mine', gluon_alexnet.__path__[0] + '/models.py')\n"
            "mine = importlib.util.module_from_spec(spec)\nimport sys\nsys.modules['mine'] = mine",
            "spec.loader.exec_module(mine) or (5050 if mine.list_models() else 0)",
        ),
        the_nets_without_who_refuses_them=(
            "import sys\nsys.meta_path[:] = [each for each in sys.meta_path if not hasattr(each, 'hidden')]",
            "5050 if __import__('gluon_alexnet.models').models.list_models() else 0",
        ),
        the_nets_by_another_process=(
            "import subprocess, sys\nsource = 'from gluon_alexnet import models; models.list_models()'",
            "5050 if subprocess.run([sys.executable, '-c', source]).returncode == 0 else 0",
        ),
    ),
]
READ = [
    *attacks(
        "reads",
        "files",
        a_classmates_notebook=("", found("open({place!r} + '/class/binh/00_demo.ipynb').read()")),
        a_classmates_zip=(
            "import zipfile",
            found("zipfile.ZipFile({place!r} + '/class/chi.zip').read('00_demo.ipynb')"),
        ),
        the_names_of_the_class=("import os", "5050 if 'binh' in os.listdir({place!r} + '/class') else 0"),
        a_classmate_by_a_link=(
            "import os\nos.symlink({place!r} + '/class/binh', 'near')",
            found("open('near/00_demo.ipynb').read()"),
        ),
        a_classmate_by_a_hard_link=(
            "import os\nos.link({place!r} + '/class/binh/00_demo.ipynb', 'near.ipynb')",
            found("open('near.ipynb').read()"),
        ),
        a_classmate_by_a_program=(
            "import subprocess",
            found("subprocess.run(['cat', {place!r} + '/class/binh/00_demo.ipynb'], capture_output=True, text=True).stdout"),
        ),
        a_classmate_through_proc=(
            "",
            found("open('/proc/self/root' + {place!r} + '/class/binh/00_demo.ipynb').read()"),
        ),
        the_journal_of_the_class=("", found("open({place!r} + '/grades/journal.jsonl').read()")),
        the_page_of_a_classmate=("", found("open({place!r} + '/grades/students/binh.html').read()")),
        a_file_of_the_teachers=("", found("open({place!r} + '/home/notes.txt').read()")),
        the_solutions=("", found("5050 if 'BEGIN SOLUTION' in open({solutions!r} + '/02_simplify.py').read() else 0")),
        the_checks=("", found("5050 if 'check' in open({grading!r} + '/exercises/02_simplify.json').read() else 0")),
        the_graders_source=("", found("5050 if 'def' in open({grading!r} + '/checks.py').read() else 0")),
        the_labels_of_the_data=(
            "from pathlib import Path",
            "5050 if any(file.read_bytes() for file in Path({data!r}).glob('*labels*')) else 0",
        ),
        shared_memory=("", found("open('/dev/shm/' + {shared!r}).read()")),
        the_folders_of_other_boxes=(
            "from pathlib import Path",
            "5050 if [one for one in Path({workplace!r}).iterdir() if one != Path.cwd() and one.is_dir() "
            "and any(one.iterdir())] else 0",
        ),
    ),
    *attacks(
        "reads",
        "processes",
        the_graders_memory=("", "5050 if open('/proc/{grader}/mem', 'rb') else 0"),
        the_graders_maps=("", found("5050 if 'python' in open('/proc/{grader}/maps').read() else 0")),
        the_graders_environment=("", "5050 if b'SECRET' in open('/proc/{bystander}/environ', 'rb').read() else 0"),
        the_graders_open_files=("import os", "5050 if os.listdir('/proc/{grader}/fd') else 0"),
        the_graders_words=("", "5050 if open('/proc/{grader}/cmdline').read() else 0"),
        the_graders_files_through_its_root=(
            "",
            found("open('/proc/{grader}/root' + {place!r} + '/class/binh/00_demo.ipynb').read()"),
        ),
        a_segment_of_shared_memory=(
            "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.shmat.restype = ctypes.c_void_p",
            found("ctypes.string_at(libc.shmat(libc.shmget({segment}, 0, 0), None, 0x1000), 4)"),
        ),
    ),
]
REACH = [
    *attacks(
        "reaches",
        "processes",
        a_process_with_ptrace=(
            "import ctypes\nlibc = ctypes.CDLL(None)",
            "5050 if libc.ptrace(0x4206, {bystander}, 0, 0) == 0 and (libc.ptrace(0x4207, {bystander}, 0, 0), "
            "libc.waitpid({bystander}, None, 0), libc.ptrace(17, {bystander}, 0, 0)) else 0",
        ),
        a_process_with_signals=("import os", "5050 if os.kill({bystander}, 28) is None else 0"),
        the_grader_with_signals=("import os", "5050 if os.kill({grader}, 0) is None else 0"),
        the_graders_priority=("import os", "5050 if os.getpriority(os.PRIO_PROCESS, {grader}) is not None else 0"),
        the_graders_limits=("import resource", "5050 if resource.prlimit({grader}, resource.RLIMIT_NOFILE) else 0"),
    ),
    *attacks(
        "reaches",
        "network",
        a_port_of_this_machine=(
            "import socket",
            found("socket.create_connection(('127.0.0.1', {port}), 5).recv(99)"),
        ),
        an_abstract_socket=(
            "import socket\nnear = socket.socket(socket.AF_UNIX)\nnear.connect('\\0' + {abstract!r})",
            found("near.recv(99)"),
        ),
        a_datagram_to_this_machine=(
            "import socket\nnear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nnear.settimeout(3)\n"
            "near.sendto(b'x', ('127.0.0.1', {datagrams}))",
            found("near.recv(99)"),
        ),
    ),
    *attacks(
        "reaches",
        "view",
        a_socket_with_a_name=(
            "import socket\nnear = socket.socket(socket.AF_UNIX)\nnear.connect({socket!r})",
            found("near.recv(99)"),
        ),
    ),
]


def touching(path):
    return f"open({path}, 'w').write('5050') and 5050"


WRITE = [
    *attacks(
        "writes",
        "files",
        beside_the_notebook=("", touching("{place!r} + '/class/an/escaped'")),
        into_the_grades=("", touching("{place!r} + '/grades/escaped'")),
        into_home=("", touching("{place!r} + '/home/escaped'")),
        into_the_temporary_folder=("import os", touching("'/tmp/gluon-alexnet-escaped-%d' % {grader}")),
        into_the_package=("", touching("{grading!r} + '/../escaped'")),
        over_a_classmates_notebook=("import os", "5050 if os.truncate({place!r} + '/class/spare.ipynb', 0) is None else 0"),
        a_classmates_name_away=(
            "import os",
            "5050 if os.rename({place!r} + '/class/spare2', {place!r} + '/class/spare2') is None else 0",
        ),
        a_mode=("import os", "5050 if os.chmod({place!r} + '/class/spare.ipynb', 0o644) is None else 0"),
    )
]

STUCK = {"limits": {"time_limit": 4}}
EXHAUST = [
    Case("exhausts", "an endless loop", {"double": "while True:\n    pass"}, {"double": 0}, "stopped after", **STUCK),
    Case(
        "exhausts", "a sleep without end", {"double": "import time\ntime.sleep(10**6)"}, {"double": 0}, "stopped after", **STUCK
    ),
    Case(
        "exhausts",
        "an endless loop that catches everything",
        {
            "double": "def double(x):\n    while True:\n        try:\n            while True:\n                pass\n"
            "        except BaseException:\n            pass"
        },
        {"double": 0},
        "stopped after",
        **STUCK,
    ),
    Case(
        "exhausts",
        "signals ignored, then a loop",
        {
            "double": "import signal\nfor n in range(1, 65):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n"
            "    except (OSError, ValueError):\n        pass\nwhile True:\n    pass"
        },
        {"double": 0},
        "stopped after",
        **STUCK,
    ),
    Case(
        "exhausts",
        "output without end",
        {"double": "while True:\n    print('x' * 10_000)"},
        {"double": 0},
        "stopped after",
        **STUCK,
    ),
    Case(
        "exhausts",
        "output without end on the terminal's file",
        {"double": "import os\nwhile True:\n    os.write(1, b'x' * 60_000)\n    os.write(2, b'x' * 60_000)"},
        {"double": 0},
        "stopped after",
        **STUCK,
    ),
    Case(
        "exhausts",
        "a generator without end",
        {"double": "import itertools\n\ndef double(x):\n    return list(itertools.count())"},
        {"double": 0},
        limits={"time_limit": 8},
    ),
    Case("exhausts", "memory, one array", {"double": "def double(x):\n    return np.ones(10**11)"}, {"double": 0}, "memory"),
    Case(
        "exhausts",
        "memory, bit by bit",
        {"double": "kept = []\nwhile True:\n    kept.append(np.ones(10**7))"},
        {"double": 0},
        "memory",
    ),
    Case("exhausts", "memory, in a text", {"double": "def double(x):\n    return 'x' * 10**11"}, {"double": 0}, "memory"),
    Case(
        "exhausts",
        "many processes",
        {
            "double": RIGHT + "import os, time\nstarted = 0\ntry:\n    for _ in range(2000):\n        if os.fork() == 0:\n"
            "            time.sleep(600)\n            os._exit(0)\n        started += 1\nexcept OSError:\n    pass\n"
            "assert started < 2000"
        },
        {},
        needs="processes",
    ),
    Case(
        "exhausts",
        "processes that start processes",
        {
            "double": RIGHT
            + "import os, time\n\ndef more(depth):\n    for _ in range(4):\n        try:\n            child = os.fork()\n"
            "        except OSError:\n            return\n        if child == 0:\n            if depth:\n"
            "                more(depth - 1)\n"
            "            time.sleep(600)\n            os._exit(0)\n\nmore(5)"
        },
        {},
        needs="processes",
    ),
    Case(
        "exhausts",
        "many threads",
        {
            "double": RIGHT + "import threading, time\ntry:\n    for _ in range(3000):\n"
            "        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\nexcept RuntimeError:\n    pass"
        },
        {},
        needs="processes",
    ),
    Case(
        "exhausts",
        "a file larger than allowed",
        {
            "double": RIGHT
            + "import os, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nwith open('big', 'wb') as file:\n"
            "    try:\n        file.truncate(1 << 40)\n        raise SystemExit('a terabyte')\n    except OSError:\n        pass"
        },
        {},
    ),
    Case(
        "exhausts",
        "more files than the disk should hold",
        {
            "double": RIGHT + "import time\nfor n in range(9):\n    with open(f'big{n}', 'wb') as file:\n"
            "        for _ in range(10):\n            file.write(bytes(10_000_000))\n    time.sleep(0.5)"
        },
        {"double": 0},
        "GB of the disk",
    ),
    Case(
        "exhausts",
        "shared memory filled",
        {
            "double": RIGHT + "kept = 0\ntry:\n    with open('/dev/shm/big', 'wb') as file:\n        for _ in range(80):\n"
            "            kept += file.write(bytes(50_000_000))\nexcept OSError:\n    pass\nassert kept < 3_000_000_000, kept"
        },
        {},
    ),
    Case(
        "exhausts",
        "open files",
        {
            "double": RIGHT
            + "kept = []\ntry:\n    while True:\n        kept.append(open('/dev/null'))\nexcept OSError:\n    pass\ndel kept"
        },
        {},
    ),
    Case(
        "exhausts", "recursion without end", {"double": "def double(x):\n    return double(x)"}, {"double": 0}, "RecursionError"
    ),
    Case(
        "exhausts",
        "recursion past the stack",
        {"double": "import sys\nsys.setrecursionlimit(10**9)\n\ndef double(x):\n    return double([x] * 2)"},
        {"double": 0},
        **STUCK,
    ),
    Case(
        "exhausts",
        "a regular expression that never ends",
        {"double": "import re\n\ndef double(x):\n    return re.match('(a+)+$', 'a' * 60 + 'b')"},
        {"double": 0},
        "stopped after",
        **STUCK,
    ),
    Case("exhausts", "a power of powers", {"double": "def double(x):\n    return 9 ** 9 ** 9"}, {"double": 0}, **STUCK),
]


def deep(folder, name):
    return (
        f"import os\nbelow = os.open('.', os.O_RDONLY)\nfor _ in range({folder}):\n    os.mkdir({name}, dir_fd=below)\n"
        f"    below, above = os.open({name}, os.O_RDONLY, dir_fd=below), below\n    os.close(above)\n"
    )


LEAVE = [
    Case(
        "leaves behind",
        "a process of its own session",
        {"double": RIGHT + "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)"},
    ),
    Case(
        "leaves behind",
        "a process that forked twice",
        {
            "double": RIGHT
            + "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.closerange(0, 200)\n"
            "        time.sleep(600)\n    os._exit(0)"
        },
    ),
    Case(
        "leaves behind",
        "a thread that never ends",
        {"double": RIGHT + "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()"},
    ),
    Case("leaves behind", "exit handlers that wait", {"double": RIGHT + "import atexit, time\natexit.register(time.sleep, 600)"}),
    Case(
        "leaves behind",
        "files in /dev/shm",
        {"double": RIGHT + "open('/dev/shm/gluon-alexnet-left', 'w').write('x')"},
        needs="processes",
    ),
    Case(
        "leaves behind",
        "semaphores and shared memory",
        {
            "double": RIGHT + "import ctypes\nlibc = ctypes.CDLL(None)\nkept = libc.shmget(0x6c656674, 4096, 0o1600), "
            "libc.semget(0x6c656674, 1, 0o1600), libc.msgget(0x6c656674, 0o1600)"
        },
        needs="processes",
    ),
    Case("leaves behind", "3,000 folders in one another", {"double": RIGHT + deep(3000, "'d'")}),
    Case("leaves behind", "3,000 folders with long names", {"double": RIGHT + deep(3000, "'n' * 255")}),
    Case(
        "leaves behind",
        "folders that nobody may read",
        {
            "double": RIGHT
            + "import os\nfor n in range(20):\n    os.makedirs(f'shut{n}/below')\n    open(f'shut{n}/below/x', 'w').close()\n"
            "    os.chmod(f'shut{n}/below', 0)\n    os.chmod(f'shut{n}', 0)\nos.chmod('.', 0o500)"
        },
    ),
    Case(
        "leaves behind",
        "odd names, links, pipes, sockets",
        {
            "double": RIGHT + "import os, socket\nfor name in (b'\\xff\\xfe', b'a\\nb', b'-rf', b' ', b'%s', b'*', b'x' * 255):\n"
            "    open(name, 'w').close()\nos.symlink('/', 'root')\nos.symlink('loop', 'loop')\nos.mkfifo('pipe')\n"
            "socket.socket(socket.AF_UNIX).bind('sock')"
        },
    ),
    Case(
        "leaves behind",
        "200,000 files",
        {
            "double": RIGHT + "import os\nfor n in range(200):\n    os.mkdir(f'd{n}')\n    for m in range(1000):\n"
            "        os.close(os.open(f'd{n}/{m}', os.O_CREAT | os.O_WRONLY))"
        },
        limits={"time_limit": 120},
    ),
]

# Writes a reply of its own to the request that is being answered.
FORGE = """import os, struct, sys

def forge(reply, size=None):
    frame = sys._getframe()
    while not {'handle', 'number'} <= set(frame.f_locals):
        frame = frame.f_back
    size = len(reply) if size is None else size
    data = struct.pack('!IQ', frame.f_locals['number'], size) + reply
    while data:
        data = data[os.write(frame.f_locals['handle'], data[:60_000]):]

"""


def forged(name, reply):
    """A Case of an answer that replies to the grader itself, the bytes `reply` (an expression, or the words of a call)."""
    return Case("cheats", name, {"double": f"{FORGE}def double(x):\n    forge({reply})\n    return x"}, {"double": 0})


CHEAT = [
    forged("a reply of its own that is no value", """b'=["plain", true]'"""),
    forged("a reply of its own that is code", """b'=__import__("os").abort()'"""),
    forged("a reply of its own of 50 MB", "b'=' + b'[' * 50_000_000"),
    forged("a reply of its own of a million brackets", "b'=' + b'[' * 1_000_000"),
    forged(
        "a reply of its own with an int of 4,000 digits",
        """b'=["dict", [[["plain", "value"], ["int", "' + b'9' * 4000 + b'"]]]]'""",
    ),
    forged("a reply of its own that never comes to its end", "b'=', 1 << 40"),
    forged("a reply of its own that is an error", """b'=["dict", [[["plain", "error"], ["int", "1"]]]]'"""),
    forged("a hundred replies of its own", "b'=[]' * 0); [forge(b'{}') for _ in range(100)]; str("),
    Case("cheats", "hard-coded for the practice check", {"double": "def double(x):\n    return 42"}, {"double": 0}),
    Case(
        "cheats",
        "an object equal to everything",
        {"double": "class Yes:\n    __eq__ = lambda *a: True\n    __ne__ = lambda *a: False\n\ndef double(x):\n    return Yes()"},
        {"double": 0},
    ),
    Case(
        "cheats",
        "an int equal to everything",
        {"total": "class Yes(int):\n    __eq__ = lambda *a: True\n    __hash__ = None\n\ntotal = Yes(1)"},
        {"total": 0},
    ),
    Case(
        "cheats",
        "an array with its own comparison",
        {
            "double": "class Yes(np.ndarray):\n    __eq__ = lambda *a: True\n\ndef double(x):\n"
            "    return np.zeros(np.shape(x)).view(Yes)"
        },
        {"double": 0},
    ),
    Case(
        "cheats",
        "a class that lies about itself",
        {
            "total": "class Lie:\n    __class__ = int\n    def __int__(self):\n        return 5050\n"
            "    __index__ = __int__\n\ntotal = Lie()"
        },
        {"total": 0},
    ),
    Case(
        "cheats",
        "__repr__, __str__ and __del__ that end the process",
        {
            "total": "import os\n\nclass Bad:\n    def __repr__(self):\n        os._exit(3)\n"
            "    __str__ = __format__ = __del__ = __repr__\n\ntotal = Bad()"
        },
        {"total": 0},
    ),
    Case(
        "cheats",
        "an array that fails when it is looked at",
        {
            "double": "class Later:\n    shape = (3, 4)\n    def asnumpy(self):\n        raise RuntimeError('later')\n"
            "\ndef double(x):\n    return Later()"
        },
        {"double": 0},
    ),
    Case(
        "cheats",
        "another value at each look",
        {
            "double": "class Turn:\n    n = 0\n    def asnumpy(self):\n        Turn.n += 1\n"
            "        return np.full((3, 4), Turn.n)\n\n"
            "def double(x):\n    return Turn()"
        },
        {"double": 0},
    ),
    Case(
        "cheats",
        "print, isinstance and sum replaced",
        {
            "double": "import builtins\nbuiltins.print = builtins.isinstance = builtins.sum = lambda *a, **k: True\n\n"
            "def double(x):\n    return x"
        },
        {"double": 0, "relu": None, "total": None},
        **STUCK,
    ),
    Case(
        "cheats",
        "numpy's comparisons replaced",
        {
            "double": "np.isclose = np.allclose = np.array_equal = np.testing.assert_allclose = lambda *a, **k: True\n"
            "\ndef double(x):\n    return x"
        },
        {"double": 0},
    ),
    Case(
        "cheats",
        "json replaced by one that says it is right",
        {"total": 'import json\njson.dumps = lambda *a, **k: \'["dict", [[["plain", "value"], ["int", "5050"]]]]\'\ntotal = 0'},
        {"total": None},
    ),
    Case(
        "cheats",
        "time stopped",
        {
            "double": "import time\ntime.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0\n\n"
            "def double(x):\n    while True:\n        pass"
        },
        {"double": 0},
        "stopped after",
        **STUCK,
    ),
    Case(
        "cheats",
        "the caller's objects searched",
        {
            "total": "import gc\n"
            "seen = [one for one in gc.get_objects() if 'gluon_alexnet.grading' in str(type(one).__module__)]\n"
            "total = 5050 if seen else 0"
        },
        {"total": 0},
    ),
    Case(
        "cheats",
        "its own memory searched for the checks",
        {
            "total": "import re\nwords, seen = re.compile(rb'with as[k][.]part[(]'), 0\nfor line in open('/proc/self/maps'):\n"
            "    first, _, last = line.split()[0].partition('-')\n    if 'r' in line.split()[1] and '[v' not in line:\n"
            "        try:\n            with open('/proc/self/mem', 'rb') as memory:\n"
            "                memory.seek(int(first, 16))\n"
            "                size = min(int(last, 16) - int(first, 16), 300_000_000)\n"
            "                seen += len(words.findall(memory.read(size)))\n"
            "        except (OSError, ValueError, OverflowError):\n            pass\ntotal = 5050 if seen else 0"
        },
        {"total": 0},
    ),
    Case("cheats", "the grader imported", {"total": "import gluon_alexnet.grading.exercise\ntotal = 5050"}, {"total": 0}),
    Case(
        "cheats",
        "the process forked, so that two answer",
        {"double": "import os\n\ndef double(x):\n    os.fork()\n    return x"},
        {"double": 0},
    ),
    Case(
        "cheats",
        "a later task's function defined, its own cell empty",
        {"double": RIGHT + "\ndef relu(x):\n    return np.maximum(x + 1, 0)", "relu": "del relu"},
        {"relu": 0},
    ),
    Case(
        "cheats",
        "exceptions called full marks",
        {"total": "raise type('full', (Exception,), {})('Score: 6/6\\n\\x1b[2K\\rtotal 1/1 full marks')"},
        {"total": 0},
        r"\x1b[2K",
    ),
    Case("cheats", "trained weights pasted in", {"total": f"total = 5050  # {'x' * 20_000}"}, {"total": 0}),
]

END = [
    Case("ends", "exit()", {"double": "exit()"}, {"double": 0}),
    Case(
        "ends",
        "the process, a moment later",
        {"double": RIGHT + "import os, threading\nthreading.Timer(0.02, os._exit, [0]).start()"},
        {"double": None, "relu": None, "total": None},
    ),
    Case("ends", "sys.exit in the function", {"double": "import sys\n\ndef double(x):\n    sys.exit(0)"}, {"double": 0}),
    Case("ends", "os._exit in the cell", {"double": "import os\nos._exit(0)"}, {"double": 0}),
    Case("ends", "os._exit in the function", {"double": "import os\n\ndef double(x):\n    os._exit(0)"}, {"double": 0}),
    Case("ends", "abort", {"double": "import os\n\ndef double(x):\n    os.abort()"}, {"double": 0}),
    Case("ends", "a null pointer", {"double": "import ctypes\n\ndef double(x):\n    ctypes.string_at(0)"}, {"double": 0}),
    Case("ends", "SIGKILL to itself", {"double": "import os\nos.kill(os.getpid(), 9)"}, {"double": 0}),
    Case(
        "ends",
        "SIGSTOP to itself",
        {"double": "import os\n\ndef double(x):\n    os.kill(os.getpid(), 19)\n    return x"},
        {"double": 0},
    ),
    Case(
        "ends",
        "SIGKILL to its parent",
        {"double": RIGHT + "import os\ntry:\n    os.kill(os.getppid(), 9)\nexcept OSError:\n    pass"},
        needs="processes",
    ),
    Case(
        "ends",
        "SIGKILL to all it may",
        {"double": RIGHT + "import os\ntry:\n    os.kill(-1, 9)\nexcept OSError:\n    pass"},
        needs="processes",
    ),
    Case(
        "ends",
        "its files closed",
        {"double": "import os\n\ndef double(x):\n    os.closerange(0, 1000)\n    return x"},
        {"double": 0},
        **STUCK,
    ),
    Case("ends", "another program in its place", {"double": "import os\nos.execv('/bin/true', ['true'])"}, {"double": 0}),
    Case("ends", "KeyboardInterrupt", {"double": "def double(x):\n    raise KeyboardInterrupt"}, {"double": 0}),
    Case(
        "ends",
        "its own folder gone",
        {"double": RIGHT + "import os, shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)"},
        {"relu": None, "total": None},
    ),
]

ODD = [
    Case("values", "NaN", {"double": "def double(x):\n    return np.nan * x"}, {"double": 0}),
    Case("values", "infinity", {"total": "total = float('inf')"}, {"total": 0}),
    Case("values", "nothing", {"double": "def double(x):\n    2 * x"}, {"double": 0}),
    Case("values", "a generator", {"double": "def double(x):\n    yield 2 * x"}, {"double": 0}),
    Case("values", "a number of a million digits", {"total": "total = 10 ** 10**6"}, {"total": 0}),
    Case("values", "ten million numbers", {"double": "def double(x):\n    return list(range(10_000_000))"}, {"double": 0}),
    Case("values", "a list in itself", {"double": "def double(x):\n    a = []\n    a.append(a)\n    return a"}, {"double": 0}),
    Case("values", "half a surrogate", {"total": "total = '\\ud800'"}, {"total": 0}),
    Case(
        "values",
        "an array of objects",
        {"double": "def double(x):\n    return np.array([2 * x, None], dtype=object)"},
        {"double": 0},
    ),
    Case("values", "an array without dimensions", {"total": "total = np.array(5049)"}, {"total": 0}),
    Case("values", "numbers as texts", {"total": "total = '5050'"}, {"total": 0}),
    Case(
        "values",
        "a half right answer",
        {"double": "def double(x):\n    return 2 * x if isinstance(x, int) else x"},
        {"double": 1},
    ),
]

HONEST = [
    Case("honest", "the solution"),
    Case("honest", "nothing answered", dict.fromkeys(FULL, "raise NotImplementedError"), dict.fromkeys(FULL, 0)),
    Case("honest", "line and cell magics, the shell", {"total": "!echo 5050 > t.txt\n%time total = int(open('t.txt').read())"}),
    Case(
        "honest",
        "processes of its own",
        {
            "total": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
            "    total = sum(pool.map(int, range(101)))"
        },
    ),
    Case(
        "honest",
        "threads of its own",
        {
            "total": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n"
            "    total = sum(pool.map(int, range(101)))"
        },
    ),
    Case(
        "honest",
        "a server of its own",
        {"total": "import os, socket\nnear, far = socket.socketpair()\nfar.send(b'5050')\ntotal = int(near.recv(9))"},
    ),
    Case(
        "honest",
        "temporary files",
        {
            "total": "import tempfile\nwith tempfile.TemporaryFile() as file:\n    file.write(b'5050')\n    file.seek(0)\n"
            "    total = int(file.read())"
        },
    ),
    Case("honest", "names of builtins for variables", {"double": RIGHT + "dict = max = list = type = len = tuple = 7"}),
    Case("honest", "a lot printed", {"double": RIGHT + "for _ in range(300):\n    print('x' * 10_000)"}),
    Case("honest", "Vietnamese names and texts", {"total": "tổng = sum(range(101))\nprint('Tổng là', tổng)\ntotal = tổng"}),
]


def beside(name, text):
    """A file beside the notebook that says where it was run, if it is."""

    def make(folder, around):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{escaped}", str(around["escaped"])), encoding="utf-8")

    return make


RUN = "open({escaped!r} + '/{name}', 'w').write('x')\n"
PYTHON = "from pathlib import Path\nimport os\ntry:\n    (Path('{escaped}') / os.path.basename(__file__)).touch()\n"
"except OSError:\n    pass\n"
INI = "[pytest]\npython_files = *\naddopts = -p evil\n"
BESIDE = [
    Case("beside the notebook", name, make=beside(name, text))
    for name, text in {
        "conftest.py": PYTHON,
        "sitecustomize.py": PYTHON,
        "usercustomize.py": PYTHON,
        "mxnet.py": PYTHON,
        "numpy.py": PYTHON,
        "json.py": PYTHON,
        "IPython.py": PYTHON,
        "ipykernel.py": PYTHON,
        "gluon_alexnet.py": PYTHON,
        "test_grades.py": PYTHON,
        "__init__.py": PYTHON,
        "evil.pth": "import os; open('{escaped}/pth', 'w')\n",
        "pyvenv.cfg": "home = /nowhere\n",
        ".ipython/profile_default/startup/00.py": PYTHON,
        "ipython_config.py": PYTHON,
        "jupyter_config.py": PYTHON,
        ".jupyter/jupyter_notebook_config.py": PYTHON,
        "matplotlibrc": "backend: nothing\n",
        "setup.cfg": INI.replace("[pytest]", "[tool:pytest]"),
        ".env": "PYTHONPATH=.\n",
        "Makefile": "all:\n\ttouch '{escaped}/make'\n",
    }.items()
]


def named(name):
    """The notebook under another name."""

    def make(folder, around):
        (folder / "00_demo.ipynb").rename(folder / name)

    return Case("named", repr(name)[1:-1], make=make)


NAMES = [
    named(name)
    for name in (
        "00_demo 'an' \"x\".ipynb",
        "00_demo\nan.ipynb",
        "00_demo%s%n{x}.ipynb",
        "--report=x.ipynb",
        "00_demo;touch x;.ipynb",
        "00_demo$(touch x)`y`.ipynb",
        "00_demo\x1b[2K\rx.ipynb",
        "<script>alert(1)<&>.ipynb",
        "bài tập 00_demo của Ân.ipynb",
        "00_demo [an] *.ipynb",
        "x" * 249 + ".ipynb",
        "00_demo.ipynb.txt",
        "00_demo (1).ipynb",
        "=HYPERLINK(1) 00_demo.ipynb",
    )
]


def instead(name, write, says, file="00_demo.ipynb"):
    """Something in the notebook's place that cannot be graded; `write` makes it at a path."""

    def make(folder, around):
        (folder / "00_demo.ipynb").unlink()
        write(folder / file)

    return Case("instead of a notebook", name, make=make, says=says, error=True)


def zipped(*members):
    def write(path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)

    return write


def text(content):
    return lambda path: path.write_bytes(content)


INSTEAD = [
    instead("nothing", text(b""), ""),
    instead("a half of it", text(b'{"cells": ['), ""),
    instead("a list", text(b"[1, 2]"), ""),
    instead("no cells", text(b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}'), ""),
    instead("cells that are numbers", text(b'{"cells": [1, 2], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'), ""),
    instead("brackets 5,000,000 deep", text(b"[" * 5_000_000), ""),
    instead("8,000,000 empty cells", text(b'{"cells": [' + b"[]," * 8_000_000 + b"[]]}"), ""),
    instead("a file of 101 MB", lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 101_000_000), ""),
    instead("bytes without meaning", text(bytes(range(256)) * 1000), ""),
    instead("a web page", text(b"<!DOCTYPE html><html><body>Sign in</body></html>"), ""),
    instead("a picture", text(b"\x89PNG\r\n\x1a\n" + bytes(1000)), ""),
    instead("a pipe", os.mkfifo, "pipe"),
    instead("a link to a device", lambda path: path.symlink_to("/dev/zero"), "link"),
    instead("a link to a classmate", lambda path: path.symlink_to("../binh/00_demo.ipynb"), "link"),
    instead("a link to itself", lambda path: path.symlink_to("00_demo.ipynb"), "link"),
    instead("a pickle", text(b"\x80\x04\x95\x17\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."), ""),
]


def changed(name, change, points=None, error=False, group="odd files"):
    """The solved notebook as `change` leaves it (a dict, changed in place, or new text or bytes given back)."""

    def make(folder, around):
        notebook = demo.notebook()
        new = change(notebook)
        if new is None:
            demo.save(notebook, folder / "00_demo.ipynb")
        else:
            (folder / "00_demo.ipynb").write_bytes(new if isinstance(new, bytes) else new.encode())

    return Case(group, name, make=make, points=points or {}, error=error)


def as_text(notebook):
    return nbformat.writes(notebook)


def many_cells(notebook):
    notebook.cells += [nbformat.v4.new_code_cell("1 + 1", id=f"more{n}") for n in range(4_900)]


def split(notebook):
    cell = demo.cell(notebook, "double")
    place = notebook.cells.index(cell)
    half = nbformat.from_dict({**cell, "id": "half", "source": "    return 2 * x"})
    cell.source = "# task: double\ndef double(x):\n    y = x"
    notebook.cells.insert(place + 1, half)


def merge(notebook):
    first, second = demo.cell(notebook, "double"), demo.cell(notebook, "relu")
    first.source += "\n\n" + second.source
    notebook.cells.remove(second)


FILES = [
    changed("no metadata at all", lambda n: [n.update(metadata={})] + [c.update(metadata={}) for c in n.cells] and None),
    changed("5,000 cells", many_cells),
    changed("the cells backwards", lambda n: n.cells.reverse()),
    changed("an answer twice", lambda n: n.cells.insert(0, nbformat.from_dict({**demo.cell(n, "double"), "id": "again"}))),
    changed("an answer split in half", split),
    changed("two answers in one cell", merge),
    changed("another kernel", lambda n: n.metadata.update(kernelspec={"name": "evil", "display_name": "x", "language": "bash"})),
    changed(
        "outputs forged",
        lambda n: (
            [c.update(outputs=[nbformat.v4.new_output("stream", text="6/6")]) for c in n.cells if c.cell_type == "code"] and None
        ),
    ),
    changed("a mark of UTF-8 in front", lambda n: b"\xef\xbb\xbf" + as_text(n).encode()),
    changed("UTF-16", lambda n: as_text(n).encode("utf-16")),
    changed("nbformat 3", lambda n: nbformat.writes(n, version=3)),
    changed("nbformat 99", lambda n: n.update(nbformat=99)),
    changed("setup that attacks", lambda n: demo.cell(n, "setup").update(source="import os\nos._exit(1)")),
    changed(
        "a cell that ends everything", lambda n: n.cells.insert(0, nbformat.v4.new_code_cell("import os\nos._exit(1)", id="own"))
    ),
    changed("ids that are no words", lambda n: [c.update(id=f"../{k}\n") for k, c in enumerate(n.cells)] and None),
    changed("Windows line ends", lambda n: as_text(n).replace("\\n", "\\r\\n")),
]

CASES = [*HONEST, *IMPORT, *READ, *REACH, *WRITE, *EXHAUST, *LEAVE, *CHEAT, *END, *ODD, *BESIDE, *NAMES, *INSTEAD, *FILES]
