"""What a notebook prints and draws, in its language."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

from gluon_alexnet import language
from gluon_alexnet.data import CLASS_NAMES
from gluon_alexnet.study import Words, style

VI, EN = Words("vi"), Words("en")


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Nothing is shown, and no figure and no setting stays."""
    monkeypatch.setattr(plt, "show", lambda: None)
    with matplotlib.rc_context():
        yield
    plt.close("all")
    language.speak("en")


def test_numbers_are_written_as_each_language_writes_them():
    assert EN.number(46_764_746) == "46,764,746"
    assert VI.number(46_764_746) == "46.764.746"
    assert EN.number(0.8466, 3) == "0.847"
    assert VI.number(1234.5, 1) == "1.234,5"
    assert VI.percent(0.9206, 1) == "92,1%"


def test_a_language_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="en, vi, and none in 'fr'"):
        Words("fr")


def test_the_library_speaks_the_language_of_the_notebook():
    Words("vi")
    assert language.spoken() == "vi"
    Words("en")
    assert language.spoken() == "en"


def test_class_names_are_those_of_the_language():
    assert EN.class_names == CLASS_NAMES
    assert VI.class_names[0] == "Áo phông" and len(set(VI.class_names)) == 10


def labels(axis, minor=False):
    axis.get_figure().canvas.draw()
    return [text.get_text() for text in axis.get_ticklabels(minor=minor)]


@pytest.mark.parametrize(
    ("words", "small", "large"), [(EN, ["0.0", "0.5"], ["0", "20,000"]), (VI, ["0,0", "0,5"], ["0", "20.000"])]
)
def test_axes_of_all_open_figures_count_in_the_language(words, small, large):
    for top in (1, 40_000):
        axes = plt.figure().add_subplot()
        axes.set(xlim=(0, top), xticks=[0, top / 2])
    words.show()
    assert [labels(plt.figure(number).axes[0].xaxis) for number in (1, 2)] == [small, large]


def test_numbers_below_0_per_cent_and_groups():
    axes = plt.figure().add_subplot()
    axes.set(xlim=(-2, 2), xticks=[-1.5], ylim=(0, 1), yticks=[0.125])
    axes.yaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1, decimals=1))
    other = plt.figure().add_subplot()
    other.set(xlim=(0, 2e4), xticks=[12_345])
    other.xaxis.set_major_formatter("{x:,.1f}")
    VI.show()
    assert labels(axes.xaxis) == ["−1,5"] and labels(axes.yaxis) == ["12,5%"] and labels(other.xaxis) == ["12.345,0"]


def test_what_the_author_has_written_at_an_axis_stays():
    axes = plt.figure().add_subplot()
    axes.set_xticks([0, 1], ["1.024", "LeNet 5.0"])
    axes.yaxis.set_major_formatter(lambda value, place: f"{value:.1f} ms")
    axes.set(ylim=(0, 1), yticks=[0.5])
    categories = plt.figure().add_subplot()
    categories.barh(["1.5", "2.5"], [1, 2])
    VI.show()
    assert labels(axes.xaxis) == ["1.024", "LeNet 5.0"] and labels(axes.yaxis) == ["0.5 ms"]
    assert labels(categories.yaxis) == ["1.5", "2.5"]


def test_showing_twice_changes_nothing_more():
    axes = plt.figure().add_subplot()
    axes.set(xlim=(0, 5000), xticks=[1234.5])
    axes.xaxis.set_major_formatter("{x:,.1f}")
    VI.show()
    VI.show()
    assert labels(axes.xaxis) == ["1.234,5"]


def test_powers_on_a_logarithmic_axis_stay_powers():
    axes = plt.figure().add_subplot()
    axes.set(xscale="log", xlim=(1, 1e5), xticks=[100, 10_000])
    VI.show()
    assert labels(axes.xaxis) == ["$\\mathdefault{10^{2}}$", "$\\mathdefault{10^{4}}$"]


def test_a_guess_stands_beside_what_came_out(capsys):
    outcome = {"sigmoid": 0.75, "relu": 0.8, "steps": 1500, "better": "relu"}
    EN.guesses({"sigmoid": None, "relu": 0.9, "steps": 1000, "better": "Relu"}, outcome)
    assert capsys.readouterr().out.splitlines() == [
        "         your guess  it is  you are off by",
        "sigmoid    no guess  0.750",
        "relu          0.900  0.800          +0.100",
        "steps         1,000  1,500            −500",
        "better         Relu   relu           right",
    ]
    VI.guesses({"relu": 0.75}, outcome, places=2)
    assert capsys.readouterr().out.splitlines()[:3] == [
        "          bạn đoán  thực tế  chênh lệch",
        "sigmoid  chưa đoán     0,75",
        "relu          0,75     0,80       −0,05",
    ]


def test_where_names_are_long_each_has_a_line_of_its_own_so_that_a_phone_shows_the_numbers(capsys):
    VI.guesses({}, {"phần tham số ở các tầng kết nối đầy đủ, %": 92.0, "mọi tham số, MB": 187.1}, places=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "   bạn đoán  thực tế  chênh lệch",
        "phần tham số ở các tầng kết nối đầy đủ, %",
        "  chưa đoán     92,0",
        "mọi tham số, MB",
        "  chưa đoán    187,1",
    ]


def test_the_settings_of_a_layer_are_told_in_the_language():
    assert EN.detail("max 3x3, stride 2") == "max 3x3, stride 2"
    assert VI.detail("max 3x3, stride 2") == "cực đại 3x3, bước nhảy 2"
    assert VI.detail("5x5, padding 2, 2 groups, relu, no bias") == "5x5, phần đệm 2, 2 nhóm, relu, không có độ chệch"
    assert VI.detail("0.25") == "0,25"


def test_a_guess_with_a_comma_is_told_of_the_point(capsys):
    guess = {"relu": (0, 85)}  # what Python makes of 0,85
    for words, line in ((EN, "relu  a point, as in 0.85  0.800"), (VI, "relu  dùng dấu chấm: 0.85    0,800")):
        words.guesses(guess, {"relu": 0.8})
        assert capsys.readouterr().out.splitlines()[1] == line


def test_one_style_for_all_plots():
    style()
    assert plt.rcParams["axes.grid"] and not plt.rcParams["axes.spines.top"] and plt.rcParams["axes.titleweight"] == "bold"
