"""Programs run in a Python of their own."""

import os
import subprocess
import sys
import textwrap


def python(code, **environ):
    """Run a program in a fresh Python in which every warning is an error; returns what it printed."""
    ours = {"OMP_NUM_THREADS", "GLUON_ALEXNET_THREADS", "DNNL_MAX_CPU_ISA"}
    environ = {name: value for name, value in os.environ.items() if name not in ours} | environ
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    result = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout
