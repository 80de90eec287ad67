"""Gradescope: results.json as its documentation says it, and the zip of an autograder that is uploaded there.

The documentation: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import gluon_alexnet
from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError, unknown
from gluon_alexnet.grading import exercise as exercises
from gluon_alexnet.grading import report
from gluon_alexnet.grading.grade import NOT_JUDGED, STATUS
from gluon_alexnet.grading.texts import Text as T

if TYPE_CHECKING:
    from gluon_alexnet.classroom.upload import Upload
    from gluon_alexnet.hints import PathLike

PACKAGE = Path(gluon_alexnet.__file__).resolve().parent
DISTRIBUTION = "gluon_alexnet"
# Their own requirements cannot be had as they are written (see setup.py): the extra brings those that matter.
ALONE = ("mxnet", "gluoncv")
# What the extras are for besides grading.
LEFT_OUT = {"jupyter": ("ipykernel", "jupyter_client"), "nbval": (), "pytest": ()}
# The oldest moment that a zip can name: the same files make the same archive.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
NOT_A_GRADE = T(
    "Some points are not judged: the score is no grade yet. Have it graded again (Rerun Autograder), or tell your teacher.",
    "Có phần chưa được chấm nên đây chưa phải là điểm. Hãy cho chấm lại (Rerun Autograder) hoặc báo cho giảng viên.",
)
ENDED = (
    "The autograder ended before it had judged anything, so this 0 is not a grade. Tell your teacher: its memory or time may be "
    "too small (Settings, Autograder).\n"
    "Bộ chấm đã dừng trước khi chấm được gì, nên số 0 này không phải là điểm. Hãy báo cho giảng viên."
)

SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, while it builds the autograder's image (Ubuntu 22.04 or newer, as root, with a network).
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
source="$root/source"
pip="$root/venv/bin/pip"
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 XDG_CACHE_HOME="$root/cache"
apt-get update
# Without the box of bubblewrap, answers run in what else the container allows.
apt-get install -y --no-install-recommends python3 python3-venv libgomp1
apt-get install -y --no-install-recommends bubblewrap || true
python3 -m venv "$root/venv"
"$pip" install --no-deps -r "$source/alone.txt"
# The versions that the teacher's machine has, or others where this Python cannot have those.
"$pip" install -r "$source/requirements.txt" -c "$source/constraints.txt" || "$pip" install -r "$source/requirements.txt"
export PYTHONPATH="$source/package"
cd "$source"
# Here and not while grading, where nothing is downloaded; without them, a stand-in is graded with.
"$root/venv/bin/python" -c 'from gluon_alexnet.data import load_split; load_split("train"), load_split("test")' || true
# An image that cannot grade is a build that fails, and no submission that does.
"$root/venv/bin/python" -c 'from gluon_alexnet.machine.runtime import load_mxnet; load_mxnet()'
"$root/venv/bin/python" -m gluon_alexnet doctor || true
"""

RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission: grades submission/ and writes results/results.json, whatever happens.
root="${{AUTOGRADER_ROOT:-/autograder}}"
python="${{AUTOGRADER_PYTHON:-$root/venv/bin/python}}"
mkdir -p "$root/results"
cp "$root/source/ended.json" "$root/results/results.json"
export PYTHONPATH="$root/source/package" XDG_CACHE_HOME="$root/cache" PYTHONUNBUFFERED=1 GLUON_ALEXNET_OFFLINE=1
# Not in the folder of the submission, from which Python would import.
cd "$root/source" || exit 1
"$python" -m gluon_alexnet grade "$root/submission" --report "$root/results/results.json" --format gradescope \\
    {options}
exit 0
"""


def results(upload: Upload) -> dict[str, Any]:
    """The content of results.json: the keys of Gradescope's documentation.

    A task that was not judged to the end has no score of its own, so that no 0 stands there; the sum, which Gradescope cannot do
    without, comes with a sentence.
    """
    several = len(upload.graded) > 1
    tests = [
        _test(task, result, f"{place}.{task['number']}" if several else str(task["number"]))
        for place, result in enumerate(upload.graded, 1)
        for task in result["tasks"]
    ]
    sentences = ([NOT_A_GRADE.to(upload.language)] if upload.not_judged else []) + upload.sentences
    return {
        "score": upload.earned,
        "execution_time": upload.seconds,
        "output": "\n".join(sentences),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {
            "package": gluon_alexnet.__version__,
            "not_judged": upload.not_judged,
            "possible": upload.possible,
            "seeds": {result["exercise"]: result["seed"] for result in upload.graded},
            "isolation": next((result["isolation"] for result in upload.graded if result["isolation"]), ""),
        },
    }


def _test(task, result, number):
    language, open_still = result["language"], task["status"] in NOT_JUDGED
    name = f"{result['title']}: {task['title']}" if "." in number else task["title"]
    told = [] if result["seed"] is None else [STATUS[task["status"]].to(language)]
    sentences = [*told, *report.problems(task)]
    scores = {} if open_still else {"score": task["earned"], "max_score": task["points"]}
    return {
        **scores,
        "status": "passed" if task["status"] == "full" else "failed",
        "name": name,
        "name_format": "text",
        "number": number,
        "output": "\n".join(sentences),
        "output_format": "text",
        "tags": [result["exercise"], task["task"]],
        "visibility": "visible",
        "extra_data": {"status": task["status"]},
    }


def ended() -> dict[str, Any]:
    """What stands in results.json until something is judged, for an autograder that is killed before."""
    return {"score": 0, "output": ENDED, "output_format": "text", "visibility": "visible", "stdout_visibility": "hidden"}


def build(path: PathLike, names: Sequence[str] = (), options: Iterable[str] = (), own: PathLike | None = None) -> Path:
    """Writes the autograder at `path`, a zip to upload, for the exercises called `names`, all where there are none.

    It holds this package's own files, and of other packages the names and the versions that this machine has. The same files
    make the same bytes. options: more words for `gluon-alexnet grade`; own: the folder of a teacher's exercises, already in use,
    whose checks go with it.
    Raises UserError where there is no such exercise, and where this package was not installed by pip.
    """
    known = exercises.list_exercises()
    for name in names:
        if name not in known:
            raise unknown("exercise", name, known)
    path = files_io.user_path(path)
    if path.suffix != ".zip":
        raise UserError(f"the autograder {path} must end in .zip, as Gradescope wants it")
    words = [word for name in names or known for word in ("--exercise", name)]
    checks = {f"own/{file.parent.name}/{file.name}": file.read_bytes() for file in _checks(own, names)}
    if checks:
        options = [*options, "--exercises", '"$root/source/own"']
    members = {
        "setup.sh": SETUP,
        "run_autograder": RUN.format(options=" ".join([*words, *options])),
        "ended.json": json.dumps(ended(), ensure_ascii=False, indent=1) + "\n",
        **_wanted(),
        **checks,
        **{f"package/{inside}": content for inside, content in _package()},
    }
    with files_io.replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(members.items()):
            about = zipfile.ZipInfo(name, LONG_AGO)
            about.compress_type, about.create_system = zipfile.ZIP_DEFLATED, 3
            runs = name in ("setup.sh", "run_autograder")
            about.external_attr = (0o100755 if runs else 0o100644) << 16
            archive.writestr(about, content)
    return path


def _checks(own, names):
    """The files that say how a teacher's exercises are graded, those called `names`."""
    files = sorted((files_io.user_path(own) / exercises.CHECKS).glob("*.json")) if own else []
    return [file for file in files if not names or file.stem in names]


def _package() -> Iterator[tuple[str, bytes]]:
    """(name within the zip, content) of this package's own files."""
    for file in sorted(PACKAGE.rglob("*")):
        inside = file.relative_to(PACKAGE.parent)
        if file.is_file() and "__pycache__" not in inside.parts and file.suffix not in (".pyc", ".ipynb") and file.name[0] != ".":
            yield inside.as_posix(), file.read_bytes()


def _wanted():
    """{name of a file for pip: its content}: what grading needs, by names and versions alone."""
    try:
        told = [Requirement(line) for line in importlib.metadata.requires(DISTRIBUTION) or []]
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            "what the autograder must install is not known, since gluon_alexnet was not installed by pip: "
            "`pip install '.[cpu,exercises]'` in its folder does"
        ) from None
    wanted = [each for each in told if not each.marker or any(_asked(each, extra) for extra in ("", "cpu", "exercises"))]
    lines = set()
    for each in wanted:
        names = LEFT_OUT.get(canonicalize_name(each.name), (f"{each.name}{each.specifier}",))
        lines |= {name for name in names if canonicalize_name(each.name) not in ALONE}
    pins = _pins(re.split("[<>=!~]", line)[0] for line in lines)
    return {
        "alone.txt": "".join(f"{name}=={_version(name)}\n" for name in ALONE),
        "requirements.txt": "".join(f"{line}\n" for line in sorted(lines, key=str.lower)),
        "constraints.txt": "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()) if name not in ALONE),
    }


def _asked(requirement, extra):
    # What Python 3.13 is told of MXNet (see setup.py) is no matter here: MXNet comes by itself.
    return requirement.marker.evaluate({"extra": extra})


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        raise UserError(f"{name} is not installed here, so its version for the autograder is not known: `make venv`") from None


def _pins(names):
    """{name: version} of all that `names` bring with them, as far as it is installed here."""
    pins, waiting = {}, list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if name in pins:
            continue
        # A build for one machine, such as 2.0+cpu, is not to be had everywhere.
        pins[name] = found.version.partition("+")[0]
        for line in found.requires or []:
            requirement = Requirement(line)
            if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return pins
