"""`pytest --nbval` grades the exercises of gluon_alexnet: the hooks, which pytest loads wherever the package is installed.

They import nothing of the package before a notebook is met under --nbval, so that other people's tests do not feel them.
"""

import pytest


def pytest_addoption(parser):
    group = parser.getgroup("gluon_alexnet", "grading the exercises of gluon_alexnet")
    group.addoption("--grade-report", metavar="FILE", help="write the grades to FILE, .json or .html")
    group.addoption("--grade-time-limit", type=float, metavar="SECONDS", help="for each task (60)")
    group.addoption("--grade-memory-limit", type=float, metavar="GB", help="address space for each task (6)")
    group.addoption("--grade-seed", type=int, metavar="N", help="draw the inputs of an earlier grading again")


def pytest_configure(config):
    if is_grading(config):
        from gluon_alexnet.errors import UserError
        from gluon_alexnet.grading import plugin, report

        try:
            report.check_path(config.getoption("grade_report"))
        except UserError as error:
            raise pytest.UsageError(str(error)) from error
        config.pluginmanager.register(plugin.Scores(config), "gluon_alexnet_scores")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    collectors = yield
    if file_path.suffix == ".ipynb" and is_grading(parent.config):
        from gluon_alexnet.grading import plugin

        ours = plugin.collect(file_path, parent)
        return [ours] if ours else collectors
    return collectors


def is_grading(config):
    return bool(config.getoption("nbval", False) or config.getoption("nbval_lax", False))
