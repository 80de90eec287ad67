"""The explorer as a browser shows it: by mouse, finger and keyboard, narrow and wide, served, as a file, as a widget."""

import base64
import json
import re
import time

import chromium
import numpy as np
import pytest
from PIL import Image

from gluon_alexnet import runs
from gluon_alexnet.blocks import LocalResponseNorm
from gluon_alexnet.data import FashionMNISTLoader
from gluon_alexnet.explore import front_end, opening, photo_steps, recording, wire
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn
in_chromium = pytest.mark.skipif(not chromium.PROGRAM, reason="there is no Chromium on this machine")
WIDTHS = (380, 1400)
PATIENCE = 20


@pytest.fixture(scope="module")
def tab():
    with chromium.tab() as opened:
        yield opened


def wait(tab, program):
    """What a JavaScript expression comes to, as soon as it is true."""
    end = time.monotonic() + PATIENCE
    while not (value := tab.run(f"(found => found instanceof Node || found)({program})")):
        assert time.monotonic() < end, (program, tab.logged)
        time.sleep(0.03)
    return value


def middle(tab, selector, share=(0.5, 0.5)):
    """A place within the element that is found, in pixels of the window, scrolled there."""
    box = f"""(() => {{
        const found = document.querySelector({json.dumps(selector)});
        found.scrollIntoView({{ block: "center", behavior: "instant" }});
        const {{ left, top, width, height }} = found.getBoundingClientRect();
        return [left + width * {share[0]}, top + height * {share[1]}];
    }})()"""
    return tab.run(box)


def click(tab, selector, share=(0.5, 0.5)):
    tab.click(*middle(tab, selector, share))


def click_number(tab, row, column, rows, columns):
    click(tab, ".gx-large", ((column + 0.5) / columns, (row + 0.5) / rows))


def is_at(tab, where):
    """Waits until the page shows the number in that place."""
    wait(tab, f"document.querySelector('.gx-place')?.textContent.startsWith('{where} =')")


def value(tab, name):
    """The number that an output shows, in full."""
    return float(wait(tab, f"""document.querySelector('output[data-name="{name}"]')?.dataset.value"""))


def layer(tab, index):
    click(tab, f".gx-strip li:nth-child({index + 1}) button")
    name = tab.run(f"document.querySelector('.gx-strip li:nth-child({index + 1}) strong').textContent")
    wait(tab, f"document.querySelector('.gx-place')?.textContent.startsWith('{name},')")


@pytest.fixture
def page(tab, served):
    """Opens the page that is served, in the width that it is given; at the end, the console has said nothing."""

    def opened(width=1400, dark=False):
        tab.size(width, dark=dark)
        tab.open(served[0])
        wait(tab, "document.querySelector('.gx-place') && document.querySelectorAll('.gx-nine li').length === 9")
        wait(tab, "document.querySelector('.gx-exciting progress').hidden")
        return tab

    yield opened
    logged, tab.logged = tab.logged, []
    assert not logged


@pytest.fixture(scope="module")
def lenet(small_run):
    """(weights and biases of the first layer, the first picture) of the page, as numbers."""
    net, *_ = runs.load(small_run)
    loader = FashionMNISTLoader("test", 100, data="stand-in")
    first = loader.pixels[int(np.flatnonzero(loader.labels == 0)[0])] / 255
    return net[0].weight.data().asnumpy().astype("float64"), net[0].bias.data().asnumpy(), np.pad(first, 2)


def by_numpy(lenet, channel, row, column):
    """(sum of the products, bias) of a number of LeNet's first layer."""
    weight, bias, padded = lenet
    return (padded[row : row + 5, column : column + 5] * weight[channel, 0]).sum(), bias[channel]


@in_chromium
@pytest.mark.parametrize("width", WIDTHS)
def test_a_click_on_a_number_shows_the_sum_that_makes_it(page, lenet, width):
    tab = page(width)
    for channel, row, column in [(2, 9, 12), (5, 0, 27)]:
        click(tab, f".gx-tiles [data-channel='{channel}'] span")
        click_number(tab, row, column, 28, 28)
        is_at(tab, f"conv1, channel {channel}, row {row}, column {column}")
        total, bias = by_numpy(lenet, channel, row, column)
        assert value(tab, "sum") == pytest.approx(total, abs=1e-5) and value(tab, "bias") == pytest.approx(bias)
        assert value(tab, "before") == pytest.approx(total + bias, abs=1e-5)
        assert value(tab, "after") == value(tab, "value") == pytest.approx(max(total + bias, 0), abs=1e-5)
        # The products that are shown come to the same.
        assert value(tab, "channel-0") == pytest.approx(total, abs=1e-5)
        assert f"rows {max(row - 2, 0)} to {min(row + 2, 27)}" in tab.run("document.querySelector('.gx-crop').textContent")


@in_chromium
def test_a_click_on_a_small_map_takes_its_number(page):
    tab = page()
    layer(tab, 1)
    click(tab, ".gx-tiles [data-channel='3'] canvas", (0.3, 0.6))
    is_at(tab, "pool1, channel 3, row 8, column 4")


@in_chromium
def test_by_keyboard_alone(page, lenet):
    tab = page()
    for _ in range(40):
        tab.press("Tab")
        if tab.run("document.activeElement.classList.contains('gx-large')"):
            break
    assert tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.press("ArrowLeft")
    tab.press("Home")
    before = wait(tab, "(text => / column 0 =/.test(text) && text)(document.querySelector('.gx-place').textContent)")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        tab.press(key)
    channel, row = map(int, re.match(r"conv1, channel (\d+), row (\d+), column 0", before).groups())
    row = min(row + 1, 27)
    where = f"conv1, channel {channel}, row {row}, column 2"
    is_at(tab, where)
    said = wait(tab, f"(text => text.startsWith('{where}') && text)(document.querySelector('.gx-live').textContent)")
    total, bias = by_numpy(lenet, channel, row, 2)
    assert re.search(r"The sum of 25 products is (\S+), the bias", said)[1] == shown(total) and "after ReLU" in said
    # On to the layers, and along them.
    while not tab.run("document.activeElement.matches('.gx-strip button')"):
        tab.run("document.querySelector('.gx-strip [aria-current]').focus()")
    tab.press("ArrowRight")
    wait(tab, "document.querySelector('.gx-place').textContent.startsWith('pool1,')")
    # From a number to one that it is made of.
    tab.run("document.querySelector('.gx-number .gx-places').focus()")
    tab.press("ArrowRight")
    tab.press("Enter")
    wait(tab, "document.querySelector('.gx-place').textContent.startsWith('conv1,')")
    assert tab.run("document.activeElement.classList.contains('gx-large')")


def shown(number):
    """Four digits, as the page writes them."""
    digits = f"{number:.4g}"
    return digits.replace("-", "−")


@in_chromium
def test_all_that_can_be_used_has_a_name(page):
    tab = page()
    wait(tab, "document.querySelectorAll('.gx-nine li').length === 9")
    nodes = tab.send("Accessibility.getFullAXTree")["nodes"]
    used = {"button", "option", "listbox", "radio", "combobox", "MenuListPopup", "checkbox", "application", "slider", "image"}
    found = [node for node in nodes if node.get("role", {}).get("value") in used and not node.get("ignored")]
    nameless = [node["role"]["value"] for node in found if not node.get("name", {}).get("value", "").strip()]
    assert len(found) > 40 and {*nameless} <= {"MenuListPopup"}


@in_chromium
@pytest.mark.parametrize("width", WIDTHS)
def test_an_uploaded_photo_is_classified_step_by_step(page, small_run, tmp_path, width):
    pixels = np.full((120, 90, 3), 240, "uint8")
    pixels[20:100, 25:65] = (60, 30, 90)
    Image.fromarray(pixels).save(tmp_path / "dress.png")
    tab = page(width)
    tab.choose(".gx-choose input[type=file]", tmp_path / "dress.png")
    wait(tab, "document.querySelectorAll('.gx-steps li').length")
    steps = photo_steps((tmp_path / "dress.png").read_bytes())
    named = tab.run("[...document.querySelectorAll('.gx-steps figcaption')].map(each => each.textContent)")
    assert named == [str(each.words) for each in steps]
    net, *_ = runs.load(small_run)
    logits = net(mx.np.array(steps[-1].pixels[None, None] / 255, dtype="float32")).asnumpy()[0].astype("float64")
    shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    best = int(shares.argmax())
    wait(tab, f"document.querySelector('.gx-bars li').dataset.number === '{best}'")
    wait(tab, f"Math.abs(document.querySelector('[data-name=class-{best}]').dataset.value - {shares[best]}) < 1e-4")
    assert tab.run("document.querySelector('.gx-pictures [aria-selected=true]').getAttribute('aria-label')") == "dress.png"
    named = tab.run("document.querySelector('.gx-bars .gx-label').textContent")
    wait(tab, f"document.querySelector('.gx-verdict').textContent.startsWith('The net says: {named} ')")
    # What is no picture is told, and nothing else changes.
    (tmp_path / "notes.png").write_bytes(b"none")
    tab.choose(".gx-choose input[type=file]", tmp_path / "notes.png")
    problem = wait(tab, "document.querySelector('.gx-choose .gx-problem:not([hidden])')?.textContent")
    assert "cannot be read as a picture" in problem
    click(tab, ".gx-languages [lang=vi]")
    tab.choose(".gx-choose input[type=file]", tmp_path / "notes.png")
    problem = wait(tab, "document.querySelector('.gx-choose .gx-problem:not([hidden])')?.textContent")
    assert problem == "không đọc được tệp này như một bức ảnh: hãy lưu lại thành PNG hoặc JPEG"


@in_chromium
@pytest.mark.parametrize("width", WIDTHS)
def test_a_drawing_is_classified_while_it_is_made(page, width):
    tab = page(width)
    click(tab, ".gx-choose button.gx-action")
    wait(tab, "document.querySelector('.gx-board canvas')")
    places = [middle(tab, ".gx-board canvas", (0.5, share)) for share in (0.2, 0.5, 0.8)]
    chosen, picture = "Number(document.querySelector('.gx-pictures [aria-selected=true]').dataset.picture)", 9
    for _ in range(2):
        if width == 380:
            tab.touch(*places)
        else:
            tab.mouse("mousePressed", *places[0])
            tab.mouse("mouseMoved", *places[1])
            tab.mouse("mouseMoved", *places[2])
            tab.mouse("mouseReleased", *places[2], held=False)
        picture = wait(tab, f"{chosen} > {picture} && {chosen}")
    # The second takes the first one's place.
    assert tab.run("document.querySelectorAll('.gx-pictures button').length") == 11
    assert wait(tab, "document.querySelectorAll('.gx-steps li').length") >= 4
    # By keyboard, too.
    tab.run("document.querySelector('.gx-board canvas').focus()")
    tab.press("ArrowLeft")
    tab.press(" ")
    wait(tab, f"{chosen} > {picture}")


@in_chromium
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_nothing_is_wider_than_the_window(page, width, language):
    tab = page(width)
    click(tab, f".gx-languages [lang={language}]")
    assert tab.run("document.querySelector('.gx').lang") == language
    head = {"en": "The layers, one by one", "vi": "Từng tầng một"}[language]
    assert tab.run("document.querySelector('.gx-layers h2').textContent") == head
    for index in range(7):
        layer(tab, index)
        assert tab.run("document.documentElement.scrollWidth") <= width
        parts = "[...document.querySelectorAll('.gx section, .gx-equation, .gx-terms')]"
        assert tab.run(f"{parts}.filter(each => each.getBoundingClientRect().right > {width}).length") == 0


@in_chromium
def test_what_excites_a_channel_is_gathered_meanwhile(page):
    tab = page()
    wait(tab, "document.querySelector('.gx-exciting .gx-faint').textContent === 'Of 200 training pictures'")
    wait(tab, "document.querySelectorAll('.gx-nine li').length === 9")
    shares = tab.run("[...document.querySelectorAll('.gx-nine small')].map(each => Number(each.textContent.split(',')[0]))")
    assert shares == sorted(shares, reverse=True)
    assert "Over 200 pictures" in tab.run("document.querySelector('.gx-zeros').textContent")


@in_chromium
def test_evidence_lies_over_the_picture(page):
    tab = page()
    pixels = "document.querySelector('.gx-picture canvas').toDataURL()"
    seen = {tab.run(pixels)}
    for kind, words in [("gradients", "Simonyan"), ("grad_cam", "Selvaraju"), ("occlusion", "grey patch of 5×5")]:
        click(tab, f".gx-radios input[value={kind}]")
        wait(tab, f"document.querySelector('.gx-evidence > .gx-faint').textContent.includes('{words}')")
        seen.add(tab.run(pixels))
    assert len(seen) == 4
    # For another class, chosen by its bar.
    click(tab, ".gx-bars li:nth-child(4) button")
    wait(tab, "document.querySelector('.gx-bars li:nth-child(4) button').getAttribute('aria-pressed') === 'true'")
    number = tab.run("document.querySelector('.gx-bars li:nth-child(4)').dataset.number")
    assert tab.run("document.querySelector('.gx-class select').value") == number


@in_chromium
def test_the_products_add_up_one_by_one(page):
    tab = page()
    layer(tab, 2)
    total = tab.run("document.querySelector('output[data-name=sum]').textContent")
    click(tab, ".gx-add")
    wait(tab, f"document.querySelector('output[data-name=sum]').textContent !== '{total}'")
    wait(tab, f"document.querySelector('output[data-name=sum]').textContent === '{total}'")


@in_chromium
@pytest.mark.parametrize("width", [380, 1000, 1400])
def test_the_bars_of_all_classes_are_equally_long(page, width):
    tab = page(width)
    wait(tab, "document.querySelector('.gx-bars em')")
    assert len(tab.run("[...new Set([...document.querySelectorAll('.gx-bars button')].map(each => each.offsetWidth))]")) == 1


@in_chromium
def test_who_wants_no_motion_gets_none(page):
    tab = page()
    tab.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    layer(tab, 2)
    assert tab.run("document.querySelector('.gx-add')") is None
    tab.send("Emulation.setEmulatedMedia", features=[])


@in_chromium
def test_dark_where_the_system_is(page):
    assert page(1400, dark=True).run("document.querySelector('.gx').dataset.scheme") == "dark"
    assert page(1400).run("document.querySelector('.gx').dataset.scheme") == "light"


@in_chromium
def test_where_nobody_answers_any_more_the_page_says_so(page):
    tab = page()
    tab.run("window.fetch = () => Promise.reject(new TypeError('gone'))")
    click(tab, ".gx-strip li:nth-child(5) button")
    problem = wait(tab, "document.querySelector('.gx-maps .gx-problem:not([hidden])')?.textContent")
    assert "Nobody answers any more" in problem


def every_kind():
    """A net with all that a page in a file computes by itself, and its two pictures."""
    mx.random.seed(8)
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, (3, 2), strides=(1, 2), padding=(2, 1), activation="sigmoid"),
        nn.AvgPool2D(3, 2, 1, ceil_mode=True, count_include_pad=False),
        nn.Conv2D(6, 3, dilation=(1, 2), padding=2, groups=2, use_bias=False),
        nn.BatchNorm(),
        LocalResponseNorm(size=3, alpha=0.5),
        nn.Activation("relu"),
        nn.MaxPool2D(3, 2, 1),
        nn.AvgPool2D(2, 1, 1),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Dense(5, activation="tanh"),
        nn.Dense(3),
    )
    net.initialize(mx.init.Normal(0.5))
    images = np.random.default_rng(9).normal(size=(2, 3, 11, 14)).astype("float32")
    net(mx.np.array(images))
    return opening.of_net(net, images)


def without_policy(program):
    """A page that runs a program with the front end, as no page of ours does: it may hand out what it has."""
    body = f"<div id=explorer></div><script type=module>{front_end.module()}\n{program}</script>"
    return f"<!doctype html><meta charset=utf-8><body>{body}"


@in_chromium
def test_a_file_makes_every_number_as_numpy_does(tab, tmp_path):
    explorer = every_kind()
    record, left_out = recording.recorded(explorer)
    assert not left_out
    program = f"window.explorer = begin(document.getElementById('explorer'), {{ record: {json.dumps(record)} }});"
    (tmp_path / "page.html").write_text(without_policy(program), encoding="utf-8")
    tab.size(1400)
    tab.open(f"file://{tmp_path}/page.html")
    wait(tab, "document.querySelector('.gx-place')")
    rng = np.random.default_rng(10)
    questions = []
    for layer in explorer.layers:
        for picture in (0, 1):
            some = {tuple(rng.integers(0, layer.output_shape).tolist()) for _ in range(25)}
            for place in some:
                where = dict(zip(("channel", "row", "column"), place, strict=False))
                questions.append({"ask": "number", "picture": picture, "layer": layer.index, **where})
    plain = "({ ...each, values: [...each.values.data], weights: each.weights && [...each.weights.data] })"
    asked = f"Promise.all({json.dumps(questions)}.map(question => explorer.asked(question)))"
    found = tab.run(f"{asked}.then(all => all.map(each => {plain}))")
    for question, told in zip(questions, found, strict=True):
        expected = explorer.answer(question)
        for name in ("before", "value", "bias"):
            assert told[name] == pytest.approx(expected[name], abs=1e-6), (question, name)
        assert np.allclose(told["values"], expected["values"].reshape(-1), atol=1e-7)
        assert (told["weights"] is None) == (expected["weights"] is None)
        assert expected["weights"] is None or np.allclose(told["weights"], expected["weights"].reshape(-1), atol=1e-7)
        assert told["box"] == {name: list(pair) for name, pair in expected["box"].items()}
        assert (told["response"] is None) == (expected["response"] is None)
        assert told["response"] is None or told["response"] == pytest.approx(expected["response"], abs=1e-6)
        assert told["winner"] == (expected["winner"] and list(expected["winner"])) and told["source"] == expected["source"]
    # The reader is told what is not in it.
    missing = tab.run("explorer.ask({ ask: 'look', picture: 7 }).catch(error => error.message)")
    assert "holds chosen answers, and not this one" in missing
    assert not tab.logged


@in_chromium
@pytest.mark.parametrize("width", WIDTHS)
def test_a_file_is_clicked_without_a_server(tab, lenet, small_run, tmp_path, width):
    net, *_ = runs.load(small_run)
    first = lenet[2][2:-2, 2:-2].astype("float32")
    explorer = opening.of_net(net, np.stack([first, first[:, ::-1]])[:, None], title="LeNet")
    recording.write_page(explorer, tmp_path / "page.html")
    tab.size(width)
    tab.open(f"file://{tmp_path}/page.html")
    wait(tab, "document.querySelector('.gx-place')")
    click(tab, ".gx-tiles [data-channel='1'] span")
    click_number(tab, 14, 14, 28, 28)
    is_at(tab, "conv1, channel 1, row 14, column 14")
    assert value(tab, "sum") == pytest.approx(by_numpy(lenet, 1, 14, 14)[0], abs=1e-5)
    for index in range(7):
        layer(tab, index)
        assert not tab.run("document.querySelector('.gx-number .gx-problem')")
    assert tab.run("document.querySelector('.gx-choose .gx-faint').textContent").startswith("This page is a file")
    assert tab.run("document.documentElement.scrollWidth") <= width and not tab.logged


@in_chromium
def test_in_a_notebook_the_kernel_answers(tab, tmp_path):
    """`render` with a model as anywidget hands it over, whose messages the test carries."""
    explorer = every_kind()
    program = """
        const heard = [];
        window.sent = [];
        window.model = { on: (name, act) => heard.push([name, act]), off: (name, act) => (window.ended = name),
            send: (content, callbacks, buffers) => window.sent.push({ content, buffers: (buffers || []).length }) };
        window.answer = (content, buffers) => heard.forEach(([name, act]) =>
            act(content, buffers.map(each => new DataView(Uint8Array.from(atob(each), letter => letter.charCodeAt(0)).buffer))));
        // A notebook may render into what is not in its page yet, and hears every key that the widget lets through.
        const cell = document.createElement("div");
        window.end = render({ model: window.model, el: cell });
        document.body.style.background = "#111";
        document.getElementById("explorer").append(cell);
        window.keys = [];
        document.addEventListener("keydown", event => window.keys.push(event.key));
    """
    (tmp_path / "cell.html").write_text(without_policy(program), encoding="utf-8")
    tab.size(800)
    tab.open(f"file://{tmp_path}/cell.html")
    asked, end = [], time.monotonic() + PATIENCE
    while not tab.run("Boolean(document.querySelector('.gx-place'))"):
        assert time.monotonic() < end, tab.logged
        for each in tab.run("window.sent.splice(0)"):
            asked.append(each["content"]["question"]["ask"])
            told, buffers = wire.pack(explorer.answer(each["content"]["question"]))
            texts = [base64.b64encode(part).decode() for part in buffers]
            tab.run(f"window.answer({json.dumps({'id': each['content']['id'], 'told': told})}, {json.dumps(texts)})")
        assert len(asked) < 20
    assert asked == ["start", "look", "maps", "number"]
    # Many pictures are looked through when somebody asks for it: the kernel has other work.
    assert tab.run("!document.querySelector('.gx-exciting button').hidden")
    assert tab.run("document.querySelector('.gx').dataset.scheme") == "dark"
    # JupyterLab deletes a cell at two d's; it saves at Ctrl+S.
    alone = [(key, "") for key in ("d", "Enter", "ArrowDown", "Escape")]
    for key, more in [*alone, ("s", ", ctrlKey: true"), ("s", ", metaKey: true")]:
        pressed = f"new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true{more} }})"
        tab.run(f"document.querySelector('.gx-large').dispatchEvent({pressed})")
    assert tab.run("window.keys") == ["s", "s"]
    tab.run("window.end()")
    assert tab.run("window.ended") == "msg:custom" and not tab.logged


def words():
    text = r'"(?:[^"\\]|\\.)*"'
    return dict(re.findall(rf"^  (\w+): \[\s*({text},\s*{text}),?\s*\],$", front_end.text_of("words.js"), re.MULTILINE))


def test_every_word_is_there_in_both_languages():
    names = re.findall(r"^  (\w+): \[", front_end.text_of("words.js"), re.MULTILINE)
    assert len(names) > 60 and names == list(words())
    for pair in words().values():
        english, vietnamese = json.loads(f"[{pair}]")
        assert english and vietnamese and sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", vietnamese))


def test_every_word_that_is_said_is_there_and_none_is_idle():
    program = front_end.module()
    known = {*words()}
    said = {*re.findall(r'says\((?:flat|isFlat\(layer\)|pool) \? "(\w+)" : "(\w+)"', program)}
    said = {*re.findall(r'says\("(\w+)"', program), *(each for pair in said for each in pair)}
    assert said <= known
    assert not {name for name in known if not re.search(rf'["{{ ]{name}"', program)}


def test_the_parts_are_one_module():
    program = front_end.module()
    assert not re.search(r"^import ", program, re.MULTILINE)
    assert re.findall(r"^export .*", program, re.MULTILINE) == ["export { begin };", "export default { render };"]
    assert "</script" not in program
