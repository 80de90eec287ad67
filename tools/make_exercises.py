"""Makes exercises and lessons from their one source: `python tools/make_exercises.py [--check] [--force] [NAME...]`.

solutions/NAME.py (a jupytext percent script in English and Vietnamese, marked up as nbgrader's) becomes
  solutions/NAME.ipynb and solutions/vi/NAME.ipynb      solved and executed, with outputs
  exercises/NAME.ipynb and exercises/vi/NAME.ipynb      answers cut out, with the practice checks' outputs
  gluon_alexnet/grading/exercises/NAME.json             what the grader needs
exercises/README.py, the way in to them, becomes exercises/README.ipynb and exercises/vi/README.ipynb; lesson/NAME.py, which asks
nothing, lesson/NAME.ipynb and lesson/vi/NAME.ipynb, executed.
gluon_alexnet/authoring does it, as for a teacher's own (`gluon-alexnet exercise build`); what is this project's is here.
"""

import argparse
import sys
from pathlib import Path

from gluon_alexnet.authoring import build, notebooks, source
from gluon_alexnet.authoring.notebooks import code_of, notebook, reference, stub
from gluon_alexnet.authoring.source import LANGUAGES, SOLUTION
from gluon_alexnet.data import files
from gluon_alexnet.errors import UserError
from gluon_alexnet.files_io import write_text

__all__ = ["SOLUTION", "code_of", "notebook", "reference", "stub"]

ROOT = Path(__file__).resolve().parent.parent
GUIDE = "README"
WAY_OUT = (
    "this command is for the authors of exercises; move the notebook away and run `git restore {}`, or give --force to write "
    "over it"
)


def read_source(path):
    return source.read_source(path, LANGUAGES)


def lessons():
    """The names of the lessons."""
    return sorted(path.stem for path in (ROOT / "lesson").glob("*.py"))


def cells_of(name):
    if name in lessons():
        return source.read_source(ROOT / "lesson" / f"{name}.py", LANGUAGES, tasks=False)
    return read_source(ROOT / "solutions" / f"{name}.py")


def places(name):
    """{(language, solution): path} of the four notebooks."""
    return {
        (language, solution): ROOT
        / ("solutions" if solution else "exercises")
        / ("" if language == "en" else language)
        / f"{name}.ipynb"
        for language in LANGUAGES
        for solution in (True, False)
    }


def reference_path(name):
    return ROOT / "gluon_alexnet" / "grading" / "exercises" / f"{name}.json"


def lesson_places(name):
    """{(language, True): path} of a lesson's two notebooks."""
    folders = {"en": ROOT / "lesson", "vi": ROOT / "lesson" / "vi"}
    return {(language, True): folders[language] / f"{name}.ipynb" for language in LANGUAGES}


def all_places(name):
    if name in lessons():
        return build.Places(lesson_places(name), None, ROOT)
    return build.Places(places(name), reference_path(name), ROOT)


def out_of_date(name):
    """The files of the exercise or lesson `name` that do not say what its source says."""
    return build.out_of_date(name, cells_of(name), all_places(name))


def execute(notebook):
    """notebooks.execute with the data that the texts speak of. Raises UserError where Fashion-MNIST itself is not at hand."""
    folder, reason = files.find()
    if folder is None:
        raise UserError(f"its outputs are to be those of Fashion-MNIST, not of the stand-in: {reason}; set FASHION_MNIST_DIR")
    return notebooks.execute(notebook)


def make(name, run):
    """Writes all files of the exercise or lesson `name`; executes it where its code has changed, or always where `run`."""
    cells, to = cells_of(name), all_places(name)
    build.write(name, cells, to, build.executed(name, cells, to, run, execute))


def guides():
    """{path: text} of the notebooks that lead to the exercises, which ask nothing."""
    import nbformat

    cells = source.read_source(ROOT / "exercises" / f"{GUIDE}.py", LANGUAGES, tasks=False)
    made = {language: notebook(GUIDE, cells, language, True, {}) for language in LANGUAGES}
    return {places(GUIDE)[language, False]: nbformat.writes(made[language]) + "\n" for language in LANGUAGES}


def make_guides(check):
    """Writes them, or, where `check`, raises UserError where they are out of date."""
    for path, text in guides().items():
        if not check:
            write_text(path, text)
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise UserError(f"out of date: {path.relative_to(ROOT)}; `make exercises` renews it")


def main(argv=None):
    parser = argparse.ArgumentParser(description="Make the exercises from solutions/*.py, the lessons from lesson/*.py.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 02_simplify (all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is out of date")
    parser.add_argument("--force", action="store_true", help="write over notebooks of exercises/ that somebody has answered in")
    parser.add_argument("--execute", action="store_true", help="execute the solutions even where their code has not changed")
    arguments = parser.parse_args(argv)
    known = sorted(path.stem for path in (ROOT / "solutions").glob("*.py")) + lessons()
    known += [path.stem for path in (ROOT / "exercises").glob(f"{GUIDE}.py")]
    status, names = 0, arguments.names or known
    if not (arguments.check or arguments.force):
        try:
            for name in names:
                if name in known and name != GUIDE:
                    build.refuse_to_lose_answers(name, cells_of(name), all_places(name), WAY_OUT)
        except UserError as error:
            print(error, file=sys.stderr)
            return 1
    for name in names:
        try:
            if name not in known:
                raise UserError(f"there is no solutions/{name}.py: there are {', '.join(known)}")
            if name == GUIDE:
                make_guides(arguments.check)
            elif arguments.check:
                stale = [str(path.relative_to(ROOT)) for path in out_of_date(name)]
                if stale:
                    raise UserError(f"out of date: {', '.join(stale)}; `make exercises` renews them")
            else:
                make(name, arguments.execute)
        except UserError as error:
            print(f"{name}: {error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
