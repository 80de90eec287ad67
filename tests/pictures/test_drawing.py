"""gluon_alexnet.pictures.drawing: nets drawn to scale, measured by the numbers in the SVG and in a browser."""

import math
import re
from xml.etree import ElementTree

import chromium
import pytest
from mxnet.gluon import nn

from gluon_alexnet import models
from gluon_alexnet.errors import UserError
from gluon_alexnet.pictures.drawing import draw

SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = (380, 1400)


def parsed(*nets, **options):
    return ElementTree.fromstring(draw(*nets, **options).svg)


def of_class(root, name):
    return [element for element in root.iter() if name in (element.get("class") or "").split()]


def blocks(root):
    """{name of a layer: its block, an element} of a drawing of one net; the picture is the one without a name."""
    return {block[0].text.partition(":")[0]: block for block in of_class(root, "block")}


def size(rect):
    return float(rect.get("width")), float(rect.get("height"))


def points(polygon):
    return [tuple(map(float, each.split(","))) for each in polygon.get("points").split()]


def depth(block):
    """How long the edge from the front to the back of a block is."""
    (x, y), _, _, (back_x, back_y) = points(of_class(block, "top")[0])
    return math.hypot(back_x - x, back_y - y)


def test_heights_and_widths_of_maps_are_linear():
    made = blocks(parsed("alexnet", width=760))
    # The sizes of the chapter's maps, by hand: (224 - 11) // 4 + 1 = 54, (54 - 3) // 2 + 1 = 26, and so on.
    sides = {"conv1": 54, "pool1": 26, "conv2": 26, "pool2": 12, "conv3": 12, "conv4": 12, "conv5": 12, "pool3": 5}
    (picture,) = [block for name, block in made.items() if name.startswith("picture")]
    pixel = size(of_class(picture, "front")[0])[0] / 224
    for name, side in sides.items():
        assert size(of_class(made[name], "front")[0]) == pytest.approx((side * pixel, side * pixel), abs=0.02)


def test_a_map_that_is_not_square_is_not_drawn_square():
    made = blocks(parsed([models.Conv(4, (1, 5))], input_shape=(1, 20, 84)))
    wide, high = size(of_class(made["conv1"], "front")[0])
    assert wide / high == pytest.approx(80 / 20, rel=1e-2)


def test_depths_and_bars_go_by_the_square_root():
    made = blocks(parsed("alexnet", width=760))
    units = {name: size(of_class(made[name], "bar")[0])[0] for name in ("dense1", "dense2", "dense3")}
    unit = units["dense1"] / 64  # the square root of 4,096
    assert units["dense2"] == units["dense1"] and units["dense3"] == pytest.approx(unit * math.sqrt(10), abs=0.02)
    for name, channels in {"conv1": 96, "conv2": 256, "conv3": 384, "pool3": 256}.items():
        assert depth(made[name]) == pytest.approx(unit * math.sqrt(channels), abs=0.03)


def test_the_rulers_have_the_scale_of_the_blocks():
    root = parsed("lenet", "alexnet")
    (ruler,) = of_class(root, "ruler")
    long = float(re.search(r"h([\d.]+)", ruler.get("d"))[1])
    counted = int(next(text for text in texts(root) if "pixels of a map" in text).split()[0])
    largest = max(size(front)[0] for front in of_class(root, "front") if "bar" not in front.get("class"))
    assert long / counted == pytest.approx(largest / 224, abs=1e-3)
    shown = [float(rect.get("width")) for rect in of_class(root, "depth")]
    bar = max(size(front)[0] for front in of_class(root, "bar"))
    assert shown == pytest.approx([bar / 64 * root_of for root_of in (2, 8, 32)], abs=0.02)
    assert any(text.startswith("4, 64, 1,024 channels or units") for text in texts(root))


def test_windows_are_drawn_in_the_scale_of_the_map_that_they_move_over():
    root = parsed("alexnet", width=760)
    pixel = max(size(front)[0] for front in of_class(root, "front") if "bar" not in front.get("class")) / 224
    (links,) = of_class(root, "links")
    sides = [size(rect)[0] / pixel for rect in of_class(links, "window")]
    assert sides == pytest.approx([11, 3, 5, 3, 3, 3, 3, 3], abs=0.03)


def test_nets_side_by_side_have_one_scale():
    lenet, alexnet = of_class(parsed("lenet", "alexnet"), "net")
    first, second = (size(of_class(net, "front")[0])[0] for net in (lenet, alexnet))
    assert second / first == pytest.approx(224 / 28, rel=1e-3)


def test_the_net_of_2012_has_two_towers_that_cross_where_it_says():
    root = parsed("alexnet_2012")
    made = blocks(root)
    fronts = {name: len(of_class(block, "front")) for name, block in made.items() if not name.startswith("picture")}
    convolved = dict.fromkeys(("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool3"), 2)
    assert fronts == {**convolved, "dense1": 1, "dense2": 1, "dense3": 1}
    # Each block of a tower is half as deep in channels: 48 of 96.
    bar = size(of_class(made["dense1"], "bar")[0])[0]
    assert depth(made["conv1"]) == pytest.approx(bar / 64 * math.sqrt(48), abs=0.03)
    # From the picture to both, straight four times, crosswise before the third convolution; straight four times more.
    assert len(of_class(root, "funnel")) == 2 + 2 * 3 + 4 + 2 * 3
    assert any("2 towers" in text for text in texts(root))


def texts(root):
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def test_it_says_shapes_windows_and_costs_of_each_layer():
    said = " ".join(texts(parsed("alexnet", width=760))).replace("\u00a0", " ")
    assert "conv196 × 54 × 54" in said and "convolution 11 × 11, stride 4" in said and "max pooling 3 × 3, stride 2" in said
    # 96 filters of 11 x 11 and a bias each; 54 x 54 of them.
    assert f"{96 * 122:,} parameters" in said and f"{96 * 121 * 54 * 54:,} multiply-adds" in said
    assert "46,764,746 parameters" in said
    assert said.count("ReLU") == 7 and said.count("dropout 0.5") == 2


def test_it_speaks_vietnamese_with_the_numbers_of_vietnamese():
    root = parsed("alexnet", language="vi")
    said = " ".join(texts(root)).replace("\u00a0", " ")
    assert root.get("lang") == "vi"
    assert "46.764.746 tham số" in said and "tích chập 11 × 11, bước nhảy 4" in said and "dropout 0,5" in said
    assert not re.search("convolution|pooling|parameters|stride|units", said)


def test_who_hears_it_is_told_all_of_it():
    root = parsed("lenet", "alexnet")
    title, about = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img" and root.get("aria-labelledby").split() == [title.get("id"), about.get("id")]
    assert title.text == "lenet and alexnet drawn to scale"
    assert "conv2: convolution 5 × 5, padding 2, ReLU, gives 256 × 26 × 26, 614,656 parameters" in about.text
    assert "61,706 parameters" in about.text
    other = parsed("alexnet")
    assert other.find(f"{SVG}title").get("id") != title.get("id")


def test_a_notebook_shows_it_by_itself():
    made = draw("lenet")
    assert made._repr_svg_() == made.svg and made.svg.startswith("<svg ")


def test_names_that_are_markup_stay_text():
    made = parsed(models.Spec("<script>&", (models.Dense(2),), (3,)))
    assert texts(made)[0] == "<script>&"


def odd():
    """A student's net with blocks that no table knows, of which one has the longest name."""

    class Residual(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2D(8, 3, padding=1)

        def hybrid_forward(self, F, x):
            return x + self.conv(x)

    class AnActivationOfMyOwnWithANameThatIsLongerThanAnyColumnIsWide(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.np.tanh(x)

    net = nn.HybridSequential()
    net.add(nn.BatchNorm(), nn.Conv2D(8, (3, 5), strides=(1, 2), padding=(0, 2), activation="softsign"), Residual())
    net.add(nn.LeakyReLU(0.1), AnActivationOfMyOwnWithANameThatIsLongerThanAnyColumnIsWide())
    net.add(nn.Conv2DTranspose(3, 2, strides=2), nn.AvgPool2D(3, 2, 1), nn.GlobalAvgPool2D())
    net.add(nn.Flatten(), nn.Dense(40_000), nn.Dropout(0.35), nn.LayerNorm(), nn.Dense(1))
    return net


def test_a_students_net_is_drawn_untouched():
    net = odd()
    said = " ".join(texts(parsed(net, input_shape=(3, 20, 31))))
    assert "softsign" in said and "LeakyReLU" in said and "residual" in said
    assert all(parameter._data is None for parameter in net.collect_params().values())


@pytest.mark.parametrize(
    ("nets", "options", "sentence"),
    [
        ((), {}, "there is nothing to draw"),
        (("lenet",), {"width": 100}, "width is 100: a net takes 190 to 4000 pixels"),
        (("lenet", "alexnet"), {"width": "wide"}, "width is 'wide': 2 nets side by side take 370 to 4000"),
        (("lenet",), {"language": "fr"}, "there is no drawing in 'fr'"),
    ],
)
def test_what_it_cannot_do_is_said_in_a_sentence(nets, options, sentence):
    with pytest.raises(UserError, match=sentence):
        draw(*nets, **options)


def test_a_file_has_to_be_an_svg_and_is_whole_or_not_there(tmp_path):
    with pytest.raises(UserError, match=r"name a file such as net\.svg"):
        draw("lenet").save(tmp_path / "net.png")
    draw("lenet").save(tmp_path / "new" / "net.svg")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["net.svg"]
    assert ElementTree.parse(tmp_path / "new" / "net.svg").getroot().tag == f"{SVG}svg"


# In a browser. The boxes of all texts and blocks, in pixels of the screen.
BOXES = """(() => {
  const box = each => { const {left, top, right, bottom} = each.getBoundingClientRect(); return [left, top, right, bottom] };
  const of = selector => [...document.querySelectorAll(selector)].map(box);
  return {texts: of('text'), blocks: of('.block > :not(title), .depth, .ruler'), whole: of('svg')[0]};
})()"""


@pytest.fixture(scope="module")
def tab():
    if not chromium.PROGRAM:
        pytest.skip("there is no Chromium on this machine")
    with chromium.tab() as opened:
        yield opened


def shown(tab, folder, drawing, width, dark=False):
    """Opens a page with nothing but a drawing on a screen that wide."""
    page = folder / "page.html"
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><body style="margin:0">'
    page.write_text(head + drawing.svg, encoding="utf-8")
    tab.size(width, dark=dark)
    tab.open(f"file://{page}")


def overlap(one, other):
    # Lines of a text stand close: half a pixel of their boxes is no overlap that anybody sees.
    return min(one[2], other[2]) - max(one[0], other[0]) > 0.5 and min(one[3], other[3]) - max(one[1], other[1]) > 0.5


EVERY = [*((name,) for name in models.list_models()), ("lenet", "alexnet"), ("alexnet", "alexnet_2012"), ("odd",)]


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("names", EVERY, ids="-".join)
def test_no_text_lies_on_another_or_on_a_block_or_leaves_the_drawing(tab, tmp_path, names, width, language):
    nets = [odd() if name == "odd" else name for name in names]
    shape = (3, 20, 31) if names == ("odd",) else None
    shown(tab, tmp_path, draw(*nets, input_shape=shape, language=language, width=width), width)
    boxes = tab.run(BOXES)
    texts, (left, top, right, bottom) = boxes["texts"], boxes["whole"]
    assert len(texts) > 10 and right - left <= width
    assert not [(one, other) for place, one in enumerate(texts) for other in texts[place + 1 :] if overlap(one, other)]
    assert not [(text, block) for text in texts for block in boxes["blocks"] if overlap(text, block)]
    for box in [*texts, *boxes["blocks"]]:
        assert left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom
    assert not tab.logged


def test_letters_can_be_read_on_a_phone(tab, tmp_path):
    shown(tab, tmp_path, draw("lenet", "alexnet"), 380)
    sizes = tab.run("[...document.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize))")
    assert min(sizes) >= 11 and tab.run("document.documentElement.scrollWidth") == 380


def luminance(color):
    channels = [int(each) / 255 for each in re.findall(r"\d+", color)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_the_ground_on_light_and_dark_screens(tab, tmp_path, dark):
    shown(tab, tmp_path, draw("lenet"), 380, dark)
    ground = luminance(tab.run("getComputedStyle(document.querySelector('.ground')).fill"))
    assert (ground < 0.1) is dark
    for color in tab.run("[...new Set([...document.querySelectorAll('text')].map(text => getComputedStyle(text).fill))]"):
        light, less = sorted((luminance(color) + 0.05, ground + 0.05), reverse=True)
        assert light / less >= 4.5  # WCAG 2.1, level AA
