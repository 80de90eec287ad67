"""The command line within the test's own process."""

import pytest

from gluon_alexnet import cli


@pytest.fixture
def gluon_alexnet(capsys):
    """`gluon_alexnet("train --help")` -> (exit code, stdout, stderr)."""

    def command(words, *more):
        capsys.readouterr()
        try:
            code = cli.main([*(words.split() if isinstance(words, str) else words), *map(str, more)])
        except SystemExit as leaving:
            code = leaving.code
        return code, *capsys.readouterr()

    return command
