"""How fast the explorer answers a click, and its pictures: `python benchmarks/explorer.py RUN`.

The page of a run is opened in headless Chromium, and twenty numbers of each layer are clicked: from the click until the page
shows what makes the number, and the same questions to the dispatcher alone. Medians and the slowest, in milliseconds. First while
no training picture is looked through, then while some are. `--layers conv1 dense1` clicks in these alone.

`--film` writes the five pictures of a click, docs/explore/*.png, and README's, docs/explorer.png, in place of measuring. Pictures
are of 256 colours, so that they are small.
"""

import argparse
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from gluon_alexnet.explore import opening

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import chromium  # noqa: E402

CLICKS = 20
READY = "document.querySelector('.gx-place') !== null"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", help="folder of a run")
    parser.add_argument("--film", action="store_true", help="make the pictures instead")
    parser.add_argument("--layers", nargs="+", help="names of the layers to click in (all)")
    arguments = parser.parse_args()
    if arguments.film:
        with served(arguments.run) as address, chromium.tab() as tab:
            film(tab, address)
        return
    dispatcher(arguments.run, arguments.layers)
    for count, what in (("1", "alone"), ("5000", "while others are looked through")):
        with served(arguments.run, "--count", count) as address, chromium.tab() as tab:
            in_page(tab, address, what, arguments.layers)


class served:
    """The address of the page of a run, which ends with the block."""

    def __init__(self, run, *words):
        self.order = [sys.executable, "-m", "gluon_alexnet", "explore", run, "--no-browser", *words]

    def __enter__(self):
        self.process = subprocess.Popen(self.order, stdout=subprocess.PIPE, text=True)
        return re.search(r"http\S+", self.process.stdout.readline())[0]

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def told(name, seconds):
    milliseconds = [1000 * each for each in seconds]
    print(f"{name:48} median {statistics.median(milliseconds):7.1f} ms   slowest {max(milliseconds):7.1f} ms", flush=True)


def dispatcher(run, names):
    """The answers alone: the first look at a picture, and numbers of it."""
    explorer = opening.of_run(run)
    explorer.answer({"ask": "look", "picture": 0})
    told("dispatcher, another picture", [timed(explorer, {"ask": "look", "picture": picture}) for picture in range(1, 8)])
    rng = np.random.default_rng(0)
    for layer in explorer.layers:
        if names and layer.name not in names:
            continue
        places = [rng.integers(0, layer.output_shape).tolist() for _ in range(CLICKS)]
        questions = [dict(zip(("channel", "row", "column"), place, strict=False)) for place in places]
        about = {"ask": "number", "picture": 0, "layer": layer.index}
        told(f"dispatcher, {layer.name}", [timed(explorer, {**about, **each}) for each in questions])


def timed(explorer, question):
    begin = time.perf_counter()
    explorer.answer(question)
    return time.perf_counter() - begin


def in_page(tab, address, what, names):
    """Clicks with the mouse, until the number's sum is drawn."""
    tab.size(1400)
    tab.open(address)
    wait(tab, READY)
    rng = np.random.default_rng(0)
    layers = tab.run("[...document.querySelectorAll('.gx-strip strong')].map(each => each.textContent)")
    for layer, name in enumerate(layers):
        if names and name not in names:
            continue
        tab.run(f"document.querySelectorAll('.gx-strip button')[{layer}].click()")
        wait(tab, f"document.querySelector('.gx-place')?.textContent.startsWith('{name},')")
        told(f"page, {name}, {what}", [click(tab, rng) for _ in range(CLICKS)])


CLICK = """(() => {
    const map = document.querySelector(".gx-large"), body = document.querySelector(".gx-number > div");
    map.scrollIntoView({ block: "center", behavior: "instant" });
    window.clicked = new Promise(resolve => {
        map.addEventListener("click", () => {
            const begin = performance.now();
            new MutationObserver((_, watch) => {
                watch.disconnect();
                requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begin)));
            }).observe(body, { childList: true });
            // The same number again changes nothing: another click is made.
            setTimeout(() => resolve(null), 5000);
        }, { once: true, capture: true });
    });
    const { left, top, width, height } = map.getBoundingClientRect();
    return [left + width * SHARE_X, top + height * SHARE_Y];
})()"""


def click(tab, rng):
    """Seconds from a click somewhere on the large map to its number on the screen."""
    while True:
        across, down = rng.uniform(0.02, 0.98, 2)
        tab.click(*tab.run(CLICK.replace("SHARE_X", str(across)).replace("SHARE_Y", str(down))))
        if found := tab.run("window.clicked"):
            return found / 1000


def wait(tab, program, patience=60):
    end = time.monotonic() + patience
    while not tab.run(f"Boolean({program})"):
        assert time.monotonic() < end, program
        time.sleep(0.05)


def film(tab, address):
    """A click on a map in five pictures, and the whole page in one."""
    folder = ROOT / "docs" / "explore"
    folder.mkdir(exist_ok=True)
    tab.send("Emulation.setScrollbarsHidden", hidden=True)
    tab.size(1280, 1000)
    tab.open(address)
    wait(tab, READY)
    wait(tab, "document.querySelectorAll('.gx-nine li').length === 9", 600)
    wait(tab, "document.querySelector('.gx-exciting progress').hidden", 600)
    tab.run("document.querySelector('.gx-layers').scrollIntoView({ block: 'start' })")
    frame(tab, folder / "1_maps.png")
    at(tab, ".gx-strip li:nth-child(3) button")
    wait(tab, "document.querySelector('.gx-place').textContent.startsWith('conv2,')")
    place = tab.run("document.querySelector('.gx-place').textContent")
    at(tab, ".gx-large", (0.86, 0.23))
    wait(tab, f"document.querySelector('.gx-place').textContent !== {place!r}")
    frame(tab, folder / "2_clicked.png")
    total = tab.run("document.querySelector('output[data-name=sum]').textContent")
    at(tab, ".gx-add")
    time.sleep(0.9)
    frame(tab, folder / "3_added.png")
    wait(tab, f"document.querySelector('output[data-name=sum]').textContent === {total!r}")
    at(tab, ".gx-terms .gx-places", (0.5, 0.5))
    wait(tab, "document.querySelector('.gx-place').textContent.startsWith('pool1,')")
    frame(tab, folder / "4_below.png")
    at(tab, ".gx-strip li:nth-child(7) button")
    wait(tab, "document.querySelector('.gx-place').textContent.startsWith('conv5,')")
    at(tab, ".gx-radios input[value=grad_cam]")
    wait(tab, "document.querySelector('.gx-evidence > .gx-faint').textContent.includes('Selvaraju')")
    frame(tab, folder / "5_evidence.png")
    tab.size(1400, 1100)
    tab.run("scrollTo(0, 0)")
    at(tab, ".gx-strip li:nth-child(3) button")
    wait(tab, "document.querySelector('.gx-place').textContent.startsWith('conv2,')")
    at(tab, ".gx-large", (0.86, 0.23))
    frame(tab, ROOT / "docs" / "explorer.png")


def at(tab, selector, share=(0.5, 0.5)):
    """A click of the mouse on an element, which is on the screen."""
    left, top, width, height = tab.run(f"""(() => {{
        const box = document.querySelector("{selector}").getBoundingClientRect();
        return [box.left, box.top, box.width, box.height];
    }})()""")
    tab.click(left + width * share[0], top + height * share[1])


def frame(tab, path):
    """What is on the screen, in few colours."""
    time.sleep(0.5)
    tab.picture(path, whole=False)
    with Image.open(path) as image:
        few = image.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
