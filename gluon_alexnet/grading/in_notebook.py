"""The last cell of an exercise: grades the notebook that it stands in."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import in_language


def grade_this_notebook(name: str) -> None:
    """Grades the notebook of the exercise `name` from one of its own cells, and prints what `gluon-alexnet grade` says of it.

    The file is graded as it was saved last, in a process of its own, so that nothing in this kernel has a say in it.
    """
    path = find(name)
    if path is None:
        where = f"{name}.ipynb", Path.cwd()
        print(
            "The file of this notebook was not found: save it as {} in {}, or run `pytest --nbval FILE`.".format(*where),
            "Không tìm thấy tệp của sổ tay này: hãy lưu nó thành {} trong {}, hoặc chạy `pytest --nbval TỆP`.".format(*where),
            sep="\n",
        )
        return
    saved = time.strftime("%H:%M:%S", time.localtime(path.stat().st_mtime))
    text = T(
        f"{path.name} as saved at {saved}; what you changed since then does not count yet.",
        f"{path.name} như được lưu lúc {saved}; những gì bạn sửa từ lúc ấy chưa được tính.",
    )
    print(in_language(text, language_of(path)), flush=True)
    command = [sys.executable, "-m", "gluon_alexnet", "grade", str(path)]
    environ = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    streams: dict[str, Any] = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with subprocess.Popen(command, encoding="utf-8", errors="replace", env=environ, **streams) as process:
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
        finally:
            # Whoever stops the cell stops the grading, which then cleans up.
            with contextlib.suppress(OSError):
                process.terminate()


def find(name: str) -> Path | None:
    """The running notebook: as Jupyter or VS Code tell it, else NAME.ipynb in the current folder; None where there is none."""
    told = [os.environ.get("JPY_SESSION_NAME"), getattr(sys.modules.get("__main__"), "__vsc_ipynb_file__", None), f"{name}.ipynb"]
    files = (Path(path) for path in told if path)
    return next((path.resolve() for path in files if path.suffix == ".ipynb" and path.is_file()), None)


def language_of(path: Path) -> str:
    """'en' or 'vi', as the notebook says; 'en' where it says nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return "vi" if content["metadata"]["gluon_alexnet"]["language"] == "vi" else "en"
    except (OSError, ValueError, KeyError, TypeError):
        return "en"
