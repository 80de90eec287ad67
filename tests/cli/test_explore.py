"""gluon-alexnet explore: words that are told of before anything is computed."""

from pathlib import Path

import pytest

from gluon_alexnet import cli

RUN = Path(__file__).parent.parent / "old_runs" / "command"


def explored(*words):
    return cli.main(["explore", str(RUN), "--data", "stand-in", "--count", "20", *words])


def test_a_page_in_the_home_folder(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert explored("--out", "~/50% inside.html") == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / '50% inside.html'}: ")
    assert (tmp_path / "50% inside.html").stat().st_size > 100_000


@pytest.mark.parametrize("out", ["", ".", "{file}/x.html"])
def test_where_no_page_can_be_written_nothing_is_computed(monkeypatch, tmp_path, capsys, out):
    from gluon_alexnet.explore import opening

    monkeypatch.setattr(opening, "of_run", None)
    (tmp_path / "file").write_text("")
    assert explored("--out", out.format(file=tmp_path / "file")) == 1
    assert capsys.readouterr().err.startswith("gluon-alexnet: cannot write ")
