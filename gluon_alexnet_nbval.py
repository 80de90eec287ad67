"""`pytest --nbval` grades the exercises of gluon_alexnet: the hooks, which pytest loads wherever the package is installed.

They import nothing of the package before --nbval is asked for, so that other people's tests do not feel them.
What students hand in may hold more than notebooks: beside a notebook of ours nothing is collected, imported or obeyed.
"""

import sys
from pathlib import Path

import pytest

HANDED_IN = pytest.StashKey[tuple]()  # the paths of the command line at or below which notebooks of ours lie


def pytest_addoption(parser):
    group = parser.getgroup("gluon_alexnet", "grading the exercises of gluon_alexnet")
    group.addoption("--grade-report", metavar="FILE", help="write the grades to FILE, .json or .html")
    group.addoption("--grade-time-limit", type=float, metavar="SECONDS", help="of computing, for each task (60)")
    group.addoption("--grade-memory-limit", type=float, metavar="GB", help="address space for each task (6)")
    group.addoption("--grade-exercises", metavar="DIR", help="a teacher's own, made by `gluon-alexnet exercise build`")
    told = "several notebooks too on a machine that has no box for answers"
    group.addoption("--grade-unconfined", action="store_true", help=told)
    group.addoption("--grade-seed", type=int, metavar="N", help="draw the inputs of an earlier grading again")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    told = early_config.known_args_namespace
    if not (getattr(told, "nbval", False) or getattr(told, "nbval_lax", False)):
        return
    here, kept = early_config.invocation_params.dir, list(sys.path)
    # `python -m pytest` puts the current folder there, which may be that of a class.
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != here.resolve()]
    from gluon_alexnet.errors import UserError
    from gluon_alexnet.grading import exercise, notebook

    if told.grade_exercises:
        try:
            exercise.use(here / told.grade_exercises)
        except UserError as error:
            raise pytest.UsageError(str(error)) from error
    named = [here / word.split("::")[0] for word in told.file_or_dir] or [here]
    handed_in = tuple(path.resolve() for path in named if notebook.are_ours([path]))
    early_config.stash[HANDED_IN] = handed_in
    if handed_in:
        told.noconftest = early_config.option.noconftest = True
        _refuse_their_configuration(early_config, handed_in)
    else:
        sys.path[:] = kept


def _refuse_their_configuration(config, handed_in):
    """Raises UsageError where pytest has its configuration from what was handed in."""
    from gluon_alexnet.grading.texts import shown

    folders = [path if path.is_dir() else path.parent for path in handed_in]
    if config.inipath and not _is_a_project(config.inipath.parent):
        if any(config.inipath.parent.resolve().is_relative_to(folder) for folder in folders):
            raise pytest.UsageError(
                f"{shown(config.inipath)} lies beside the notebooks and would tell pytest what to do: name the folder of the "
                "notebooks alone, take that file away, or use `gluon-alexnet grade`, which reads nothing but notebooks"
            )


def _is_a_project(folder):
    """Whether this package's own sources lie in `folder`: its configuration is nobody's answer."""
    import gluon_alexnet

    return folder.resolve() == Path(gluon_alexnet.__file__).resolve().parent.parent


def pytest_configure(config):
    if is_grading(config):
        from gluon_alexnet.errors import UserError
        from gluon_alexnet.grading import grade, plugin, report, submissions

        config.stash[plugin.HANDED_IN] = config.stash.get(HANDED_IN, ())
        config.stash[plugin.APART] = submissions.folders(config.stash[plugin.HANDED_IN])
        try:
            report.check_path(config.getoption("grade_report"))
            grade.check_limits(**plugin.limits(config))
            if len(submissions.find(config.stash[plugin.HANDED_IN])[0]) > 1:
                config.stash[plugin.LACKING] = grade.check_class(config.getoption("grade_unconfined"))
        except UserError as error:
            raise pytest.UsageError(str(error)) from error
        config.pluginmanager.register(plugin.Scores(config), "gluon_alexnet_scores")


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path, parent):
    handed_in = parent.config.stash.get(HANDED_IN, ())
    if not handed_in:
        return None
    from gluon_alexnet.grading import plugin

    path = path.resolve()
    if path in handed_in:
        return plugin.HandedIn.from_parent(parent, path=path)
    # On the way down to it no package is made of a folder, which would import its __init__.py.
    return pytest.Dir.from_parent(parent, path=path) if any(one.is_relative_to(path) for one in handed_in) else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collect_file(file_path, parent):
    handed_in = parent.config.stash.get(HANDED_IN, ())
    if file_path.resolve() in handed_in:
        from gluon_alexnet.grading import plugin, submissions

        yield
        return [plugin.notebook(one, parent) for one in submissions.find([file_path])[0]]
    collectors = yield
    return collectors


def is_grading(config):
    return bool(config.getoption("nbval", False) or config.getoption("nbval_lax", False))
