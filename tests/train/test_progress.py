"""gluon_alexnet.train.progress: plain lines into a file, a bar on a terminal, nothing when not asked."""

import os
import re
import select
import sys
import textwrap
from types import ModuleType, SimpleNamespace

import pytest

from gluon_alexnet.train import progress


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (0.6, "0:01"), (59.4, "0:59"), (59.6, "1:00"), (61, "1:01"), (3599.7, "1:00:00"), (36_061, "10:01:01")],
)
def test_clock(seconds, text):
    assert progress.clock(seconds) == text


@pytest.fixture
def time(monkeypatch):
    """A clock that moves only when told: time.now += seconds."""

    class Time:
        now = 1_000.0

    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: Time.now))
    return Time


def test_a_line_has_step_epoch_loss_accuracy_rate_and_time_left(time, capsys):
    with progress.Progress(total=40) as shown:
        time.now += 30
        shown.step(10, 2, 1.23456, 0.5678, 12_345.6)
    line = capsys.readouterr().err
    assert line == "step 10/40  epoch 2  loss 1.235  accuracy 0.568  12,346 images/s  1:30 left\n"


def test_the_time_left_counts_only_this_session_of_a_resumed_run(time, capsys):
    with progress.Progress(total=40, done=20) as shown:
        time.now += 30
        shown.step(30, 1, 1, 0.5, 100)
    assert "0:30 left" in capsys.readouterr().err


def test_a_run_that_has_to_end_in_time_has_its_own_time_left(time, capsys):
    with progress.Progress(total=40, seconds=300.0) as shown:
        time.now += 30
        shown.step(10, 1, 1, 0.5, 100)
        time.now += 280
        shown.step(39, 1, 1, 0.5, 100)
    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition("  ")[2] for line in lines] == ["4:30 left", "0:00 left"]


def test_how_far_an_evaluation_is_is_told(time, capsys):
    with progress.Progress(total=40, seconds=300.0) as shown:
        time.now += 30
        shown.evaluating(3_200, 10_000, "test")
        time.now += 5
        shown.evaluating(3_300, 10_000, "test")
    assert capsys.readouterr().err == "evaluating 3,200 of 10,000 test images  4:30 left\n"


def test_lines_keep_their_distance(time, capsys):
    with progress.Progress(total=1_000) as shown:
        for step in range(1, 101):
            time.now += 1
            shown.step(step, 1, 1, 0.5, 100)
    assert 9 <= len(capsys.readouterr().err.splitlines()) <= 11


def test_a_message_is_a_line_at_once(capsys):
    with progress.Progress(total=10) as shown:
        shown.message("epoch 1  loss 2.3")
        assert capsys.readouterr().err == "epoch 1  loss 2.3\n"


def test_nothing_goes_to_stdout(time, capsys):
    with progress.Progress(total=10) as shown:
        shown.step(1, 1, 1, 0.5, 100)
        shown.message("done")
    assert capsys.readouterr().out == ""


def test_without_progress_nothing_is_shown(time, capsys):
    with progress.Progress(total=10, shown=False) as shown:
        time.now += 100
        shown.step(1, 1, 1, 0.5, 100)
        shown.message("done")
    assert capsys.readouterr().err == ""


@pytest.fixture
def on_terminal(monkeypatch):
    """A function that does some work with stderr on a pseudo-terminal and returns what was written there."""
    pty = pytest.importorskip("pty")
    monkeypatch.setenv("TERM", "xterm")

    def run(work, columns=100):
        monkeypatch.setenv("COLUMNS", str(columns))
        outer, inner = pty.openpty()
        with os.fdopen(inner, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stream)
            try:
                work()
            finally:
                stream.flush()
                text = b""
                while select.select([outer], [], [], 0.1)[0]:
                    text += os.read(outer, 1 << 16)
                os.close(outer)
        return text.decode()

    return run


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_there_is_a_bar_with_the_figures(on_terminal, columns):
    def work():
        with progress.Progress(total=40) as shown:
            shown.step(10, 2, 1.23456, 0.5678, 12_345.6)

    text = on_terminal(work, columns)
    assert "25%" in text
    assert "epoch 2  loss 1.235  accuracy 0.568  12,346 images/s" in text
    # How much depends on how long the machine took for the quarter.
    assert re.search(r"\d:\d\d left", text)


def test_on_a_terminal_the_bar_tells_how_far_an_evaluation_is(on_terminal):
    def work():
        with progress.Progress(total=40, seconds=300.0) as shown:
            shown.step(40, 2, 1.23456, 0.5678, 12_345.6)
            shown.evaluating(3_200, 10_000, "test")

    text = on_terminal(work, 120)
    assert "evaluating 3,200 of 10,000 test images" in text


def test_on_a_terminal_messages_stay_as_they_are(on_terminal):
    def work():
        with progress.Progress(total=40) as shown:
            shown.message("[bold]epoch[/bold] 1  :smile:")

    assert "[bold]epoch[/bold] 1  :smile:" in on_terminal(work)


def test_the_bar_of_a_resumed_run_starts_where_it_was(on_terminal):
    def work():
        with progress.Progress(total=40, done=20):
            pass

    assert "50%" in on_terminal(work)


def test_the_bar_lets_go_of_the_terminal_after_an_exception(on_terminal):
    def work():
        with pytest.raises(ValueError), progress.Progress(total=40):
            raise ValueError

    # The cursor that the bar hides is shown again.
    assert on_terminal(work).rfind("\x1b[?25h") > on_terminal(work).rfind("\x1b[?25l")


def test_without_progress_a_terminal_stays_empty(on_terminal):
    def work():
        with progress.Progress(total=40, shown=False) as shown:
            shown.step(1, 1, 1, 0.5, 100)
            shown.message("done")

    assert on_terminal(work) == ""


@pytest.fixture
def cell(monkeypatch):
    """Stands for a notebook's cell: its outputs, each the list of what it has shown."""
    outputs = []

    def display(bundle, raw, display_id):
        assert raw and display_id
        outputs.append([bundle])
        return SimpleNamespace(update=lambda bundle, raw: outputs[-1].append(bundle))

    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())
    ipython.display = ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    return outputs


def test_a_cell_has_one_output_with_bar_figures_and_lines(cell, time, capsys):
    with progress.Progress(total=40) as shown:
        time.now += 30
        shown.step(10, 2, 1.23456, 0.5678, 12_345.6)
        shown.message("epoch 1  loss 2.3")
    ((_, at_the_step, at_the_end),) = cell
    assert at_the_step["text/plain"].endswith(" 25% epoch 2  loss 1.235  accuracy 0.568  12,346 images/s 1:30 left\n")
    assert at_the_end["text/plain"].split() == "epoch 1 loss 2.3 ━━━━━━╺━━━━━━━━━━━━━━━━━ 25%".split()
    assert capsys.readouterr() == ("", "")


def test_a_cell_shows_no_more_than_two_pictures_a_second(cell, time):
    with progress.Progress(total=1_000) as shown:
        for step in range(1, 1_001):
            time.now += 0.01
            shown.step(step, 1, 1, 0.5, 100)
            shown.message("epoch")
    assert 18 <= len(cell[0]) <= 23


def test_a_cell_keeps_the_last_lines_and_says_how_many_there_were(cell):
    with progress.Progress(total=10) as shown:
        for epoch in range(100):
            shown.message(f"epoch {epoch}")
    lines = cell[0][-1]["text/plain"].splitlines()
    assert lines[0].startswith("(70 lines before these")
    assert lines[1:-1] == [f"epoch {epoch}" for epoch in range(70, 100)]


def test_a_cell_escapes_what_it_shows(cell):
    with progress.Progress(total=10) as shown:
        shown.message("<b>[bold]x[/bold] :smile:")
    assert "&lt;b&gt;[bold]x[/bold] :smile:\n" in cell[0][-1]["text/html"]


def test_the_bar_of_a_cell_stays_after_an_exception(cell):
    with pytest.raises(ValueError), progress.Progress(total=40, done=20):
        raise ValueError
    assert cell[0][-1]["text/plain"].rstrip().endswith(" 50%")


def test_without_progress_a_cell_stays_empty(cell):
    with progress.Progress(total=40, shown=False) as shown:
        shown.step(1, 1, 1, 0.5, 100)
        shown.message("done")
    assert not cell


def test_a_saved_notebook_holds_one_output_and_needs_no_ipywidgets():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    code = """
    import sys
    sys.modules["ipywidgets"] = None
    from gluon_alexnet.train import progress
    progress.SECONDS_BETWEEN_PICTURES = 0
    with progress.Progress(total=50) as shown:
        for step in range(1, 51):
            shown.step(step, 1, 1, 0.5, 100)
            shown.message(f"epoch {step}")
    """
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(code))])
    nbclient.NotebookClient(book, timeout=120).execute()
    (output,) = book.cells[0].outputs
    assert output.output_type == "display_data" and "100%" in output.data["text/plain"]
    assert len(nbformat.writes(book)) < 10_000
