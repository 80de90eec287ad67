"""gluon_alexnet.pictures.notebook: the book's pictures, in a notebook and without one."""

import subprocess
import sys
import types

import numpy as np
import pytest
from matplotlib.figure import Figure

from gluon_alexnet.machine import runtime
from gluon_alexnet.pictures import notebook


@pytest.fixture
def kernel(monkeypatch):
    """Stands for a Jupyter kernel: a list of (what was done, MIME types shown)."""
    events = []

    class Handle:
        def update(self, bundle, raw):
            events.append(("update", bundle))

    def display(bundle, raw, display_id):
        events.append(("display", bundle))
        return Handle()

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    ipython.version_info = (9, 0)  # matplotlib asks
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    return events


@pytest.fixture
def axes():
    return Figure().subplots()


def lines(axes):
    return [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in axes.get_lines()]


def test_a_script_and_a_terminal_of_ipython_are_no_notebook(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not notebook.in_notebook()
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: object()
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert not notebook.in_notebook()


def test_the_animator_collects_a_point_for_each_curve_that_has_one():
    animator = notebook.Animator(xlabel="epoch", legend=["loss", "acc"], xlim=[1, 2])
    animator.add(0.5, (2.0, None))
    animator.add(1, (1.5, 0.25))
    assert (animator.X, animator.Y) == ([[0.5, 1], [1]], [[2.0, 1.5], [0.25]])
    (axes,) = animator.fig.axes
    assert lines(axes) == [([0.5, 1], [2.0, 1.5]), ([1], [0.25])]
    assert (axes.get_xlabel(), axes.get_xlim()) == ("epoch", (1, 2))
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["loss", "acc"]


def test_the_animator_takes_plain_numbers_and_one_epoch():
    animator = notebook.Animator(xlim=[1, 1], yscale="log")
    animator.add(1, 3.0)
    (axes,) = animator.fig.axes
    assert (lines(axes), axes.get_yscale()) == ([([1], [3.0])], "log")


def test_a_notebook_shows_the_animator_once_and_then_replaces_it(kernel):
    animator = notebook.Animator(legend=["loss"])
    animator.add(1, 2.0)
    animator.add(2, 1.0)
    assert [what for what, _ in kernel] == ["display", "update"]
    for _, bundle in kernel:
        assert bundle["image/svg+xml"].lstrip().startswith("<?xml")


def test_a_script_draws_without_pyplot_without_ipython_and_without_a_word():
    program = """
import sys
from gluon_alexnet import notebook
animator = notebook.Animator()
animator.add(1, 2.0)
assert "matplotlib" not in sys.modules
animator.fig
notebook.plot([1, 2, 3])
notebook.show_images([[[0, 1], [1, 0]]], 1, 1)
notebook.set_figsize()
notebook.use_svg_display()
assert not {"matplotlib.pyplot", "IPython"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_plot_draws_one_curve_many_over_one_x_or_a_curve_over_its_index(axes):
    mx = runtime.load_mxnet()
    notebook.plot([0, 1], [[2, 3], [4, 5]], legend=["a", "b"], axes=axes)
    assert lines(axes) == [([0, 1], [2, 3]), ([0, 1], [4, 5])]
    notebook.plot(mx.np.array([7.0, 8.0]), axes=axes)
    assert lines(axes) == [([0, 1], [7.0, 8.0])]
    notebook.plot([[0, 1], [5, 6]], [mx.np.array([1, 2]), mx.np.array([3, 4])], axes=axes)
    assert lines(axes) == [([0, 1], [1, 2]), ([5, 6], [3, 4])]


def test_plot_in_a_notebook_shows_a_figure_of_its_own(kernel):
    notebook.plot(np.arange(3), xlabel="x")
    assert [what for what, _ in kernel] == ["display"]


def test_images_are_shown_in_rows_with_titles(kernel):
    mx = runtime.load_mxnet()
    grid = notebook.show_images(mx.np.ones((3, 1, 4, 5)), 2, 2, titles=["a", "b", "c"])
    assert [axes.get_title() for axes in grid] == ["a", "b", "c", ""]
    assert [axes.get_images()[0].get_array().shape for axes in grid[:3]] == [(4, 5)] * 3
    assert grid[0].figure.get_size_inches().tolist() == [3.0, 3.0]
    assert [what for what, _ in kernel] == ["display"]


def test_colour_images_stay_in_colour():
    (axes,) = notebook.show_images(np.zeros((1, 4, 5, 3)), 1, 1)
    assert axes.get_images()[0].get_array().shape == (4, 5, 3)


def test_axes_are_labelled_limited_and_scaled(axes):
    notebook.set_axes(axes, "x", "y", [0, 2], [1, 9], "linear", "log", None)
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xlim(), axes.get_ylim()) == ("x", "y", (0, 2), (1, 9))
    assert (axes.get_xscale(), axes.get_yscale(), axes.get_legend()) == ("linear", "log", None)


def test_pyplots_figures_get_a_size():
    import matplotlib

    with matplotlib.rc_context():
        notebook.set_figsize((5, 4))
        assert matplotlib.rcParams["figure.figsize"] == [5, 4]


def test_pyplots_figures_become_svg_in_a_notebook(kernel, monkeypatch):
    formats = []
    inline = types.ModuleType("matplotlib_inline.backend_inline")
    inline.set_matplotlib_formats = formats.append
    monkeypatch.setitem(sys.modules, "matplotlib_inline", types.ModuleType("matplotlib_inline"))
    monkeypatch.setitem(sys.modules, "matplotlib_inline.backend_inline", inline)
    notebook.use_svg_display()
    assert formats == ["svg"]
