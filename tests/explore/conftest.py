"""The explorer of a small run, served by the command in a process of its own."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def small_run():
    """The folder of a run of LeNet with ReLUs, on drawn pictures."""
    return Path(__file__).parent.parent / "old_runs" / "command"


@pytest.fixture(scope="session")
def served(small_run):
    """(address of the page, the process that serves it)."""
    words = ["explore", small_run, "--data", "stand-in", "--count", "200", "--no-browser"]
    order = [sys.executable, "-m", "gluon_alexnet", *map(str, words)]
    process = subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        found = re.fullmatch(r"The explorer is at (http://127\.0\.0\.1:\d+/[\w-]+/) \(Ctrl-C ends it\)\n", line)
        assert found, line or process.stderr.read()
        yield found[1], process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
