import io
import math
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from gluon_alexnet.errors import UserError
from gluon_alexnet.pictures import viz


def epoch(number, **values):
    row = {
        "epoch": number, "loss": 0.5, "train_accuracy": 0.8, "validation_accuracy": 0.81, "test_accuracy": 0.79,
        "test_loss": 0.55, "lr": 0.1, "images": 100, "images_per_second": 50.0,
        "seconds": {"data": 0.1, "step": 1.9, "evaluate": 0.2},
    }  # fmt: skip
    return {**row, **values}


def history(*epochs, losses=(2.3, 1.0, 0.7, 0.6), stopped="finished", **settings):
    return {"epochs": list(epochs), "step_losses": list(losses), "stopped": stopped, "settings": settings}


def pixels(figure):
    return np.asarray(Image.open(io.BytesIO(viz.figure_png(figure, dpi=80))).convert("RGB"))


def line(axes, label):
    return next(x for x in axes.get_lines() if str(x.get_label()).startswith(label))


def test_curves_show_each_epochs_accuracies():
    axes = viz.curves(history(epoch(1), epoch(2, test_accuracy=0.9))).axes[1]
    np.testing.assert_allclose(line(axes, "test").get_xydata(), [[1, 0.79], [2, 0.9]])
    assert line(axes, "validation, last 0.810")


def test_the_mean_loss_of_an_epoch_stands_in_its_middle():
    axes = viz.curves(history(epoch(1, loss=1.5), epoch(2, loss=0.5))).axes[0]
    np.testing.assert_allclose(line(axes, "mean").get_xydata(), [[0.5, 1.5], [1.5, 0.5]])


def test_step_losses_are_spread_over_the_epochs():
    axes = viz.curves(history(epoch(1), losses=[4.0, 3.0], steps_per_epoch=2)).axes[0]
    np.testing.assert_allclose(axes.get_lines()[0].get_xydata(), [[0.5, 4.0], [1.0, 3.0]])


def test_the_learning_rate_has_a_panel_only_where_it_changes():
    assert len(viz.curves(history(epoch(1), epoch(2))).axes) == 2
    assert len(viz.curves(history(epoch(1), epoch(2, lr=0.01))).axes) == 3
    assert len(viz.curves(history(epoch(1)), panels=["lr"]).axes) == 1


@pytest.mark.parametrize(
    "run",
    [
        history(epoch(1)),
        history(epoch(0.31, test_accuracy=None, test_loss=None, validation_accuracy=None)),
        history(epoch(1), epoch(1.5), stopped="interrupted", steps_per_epoch=3),
        history(losses=[2.3], stopped="interrupted"),
        history(losses=[], stopped="interrupted"),
        history(epoch(1, loss=math.nan), losses=[2.3, 5.0, 1e30, math.nan], stopped="diverged"),
        history(epoch(1, loss=None, test_loss=math.inf), losses=[2.3, None], stopped="diverged"),
        history(losses=[math.nan], stopped="diverged"),
        history(epoch(1, loss=0.0), losses=[0.0, 0.0]),
    ],
    ids=["one", "fraction", "interrupted", "no epoch", "nothing", "nan", "none", "only nan", "zero"],
)
@pytest.mark.parametrize("dark", [False, True])
def test_any_run_can_be_drawn(run, dark):
    assert pixels(viz.curves(run, dark=dark)).std() > 0


def test_a_run_that_exploded_still_shows_what_came_before():
    run = history(epoch(1), losses=[2.3, 1.5, 1.0, 1e20, math.nan], stopped="diverged", steps_per_epoch=5)
    axes = viz.curves(run).axes[0]
    assert 2.3 < axes.get_ylim()[1] < 10
    assert line(axes, "the loss diverged").get_xdata()[0] == 1.0


def test_smoothing_keeps_a_constant_and_averages_a_neighbourhood():
    np.testing.assert_allclose(viz.smoothed(np.full(500, 3.0)), 3.0)
    np.testing.assert_allclose(viz.smoothed(np.arange(16.0))[[0, 8]], [1.0, 8.0])


def test_the_confusion_matrix_writes_counts_and_leaves_zeros_blank():
    axes = viz.confusion([[7, 1], [0, 0]], ["bag", "coat"]).axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["1", "7"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bag", "coat"]


def test_class_names_are_not_read_as_formulas():
    assert pixels(viz.confusion([[1, 0], [0, 1]], ["$x_", r"\frac$"])).std() > 0


def test_class_names_in_a_script_that_the_font_lacks_raise_no_alarm():
    assert pixels(viz.confusion([[1, 0], [0, 1]], ["靴", "鞄"])).std() > 0


def test_a_large_confusion_matrix_has_shades_only():
    assert not viz.confusion(np.eye(30, dtype=int), [str(i) for i in range(30)]).axes[0].texts


def test_96_filters_stand_in_8_rows_of_12():
    mosaic = viz.filters(np.zeros((96, 1, 11, 11))).axes[0].get_images()[0].get_array()
    assert mosaic.shape == (8 * 12 - 1, 12 * 12 - 1, 4)


def test_grey_filters_show_zero_as_mid_grey_and_the_extremes_as_white_and_black():
    weights = np.zeros((2, 1, 2, 2))
    weights[0, 0] = [[1, -1], [0, 0.5]]
    mosaic = np.asarray(viz.filters(weights).axes[0].get_images()[0].get_array())
    np.testing.assert_allclose(mosaic[:2, :2, 0], [[1, 0], [0.5, 0.75]], atol=0.01)
    assert (mosaic[:, 2, 3] == 0).all() and (mosaic[:, 3:, :3] == 0.5).all()


def test_colour_filters_keep_their_colours():
    weights = np.zeros((1, 3, 2, 2))
    weights[0, 0] = 1
    mosaic = np.asarray(viz.filters(weights).axes[0].get_images()[0].get_array())
    np.testing.assert_allclose(mosaic[0, 0], [1, 0, 0, 1])


@pytest.mark.parametrize("weights", [np.zeros((3, 1, 5, 5)), np.full((3, 1, 5, 5), np.nan)], ids=["zero", "nan"])
def test_filters_that_learned_nothing_can_be_drawn(weights):
    assert pixels(viz.filters(weights)).size > 0


def test_filters_of_many_channels_are_no_pictures():
    with pytest.raises(ValueError, match="96 channels"):
        viz.filters(np.zeros((256, 96, 5, 5)))


@pytest.mark.parametrize(("count", "places"), [(1, 1), (7, 12)])
def test_mistakes_name_both_classes_and_the_probability(count, places):
    figure = viz.mistakes(np.zeros((count, 8, 8)), [0] * count, [1] * count, [0.934] * count, ["$bag", "coat"])
    assert len(figure.axes) == places
    assert figure.axes[0].get_title() == "$bag\nsaid coat 93%"
    assert pixels(figure).size > 0


def test_saving_replaces_the_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "curves.png"
    path.write_text("old")
    viz.save(viz.curves(history(epoch(1))), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["curves.png"]


def test_saving_where_there_is_no_folder_to_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        viz.save(viz.curves(history(epoch(1))), tmp_path / "file" / "curves.png")


def test_pictures_leave_pyplot_and_its_settings_alone():
    code = (
        "import sys, matplotlib; before = repr(matplotlib.rcParams.copy()); from gluon_alexnet import viz;"
        "viz.figure_png(viz.confusion([[1]], ['a']));"
        "print('matplotlib.pyplot' in sys.modules, before == repr(matplotlib.rcParams.copy()))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False True\n"
