"""gluon_alexnet.explore.recording: a file holds what its reader can ask for, within its budget, the most asked for first."""

import base64
import re
import zlib

import numpy as np
import pytest
from html_page import Page

from gluon_alexnet import cli
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import opening, recording, wire
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn
IMAGES = np.random.default_rng(5).uniform(size=(2, 1, 10, 12)).astype("float32")


@pytest.fixture
def explorer():
    mx.random.seed(5)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 3, activation="relu"), nn.AvgPool2D(2), nn.Flatten(), nn.Dense(4))
    net.initialize(mx.init.Normal(0.5))
    net(mx.np.array(IMAGES))
    return opening.of_net(net, IMAGES, labels=[1, 2], title="mine </script>")


def read(record, **question):
    content = zlib.decompress(base64.b64decode(record[wire.key(question)]))
    told, buffers = wire.from_bytes(content)
    return told, {name: np.frombuffer(buffers[each["buffer"]], np.dtype(each["type"])).reshape(each["shape"])
                  for name, each in told.items() if isinstance(each, dict) and "buffer" in each}  # fmt: skip


def test_it_answers_as_the_explorer_does(explorer):
    record, left_out = recording.recorded(explorer)
    assert not left_out
    for layer in range(4):
        for picture in (0, 1):
            _, arrays = read(record, ask="maps", picture=picture, layer=layer)
            assert np.array_equal(arrays["values"], explorer.seen(picture).maps[layer])
    # Every filter of the convolution and every unit of the dense layer; what pools and lies flat has none.
    assert sum(name.startswith("ask=filter&") for name in record) == 3 + 4
    assert read(record, ask="gather")[0]["over"] and read(record, ask="survey", layer=0)[0]["done"] == 2
    # The colours over a picture to eight bits, everything else exactly.
    number = int(explorer.seen(0).logits.argmax())
    _, arrays = read(record, ask="gradients", picture=0, number=number)
    exact = explorer.answer({"ask": "gradients", "picture": 0, "number": number})["values"]
    assert np.allclose(arrays["values"], exact, rtol=2**-8, atol=0)


def test_of_a_small_file_what_is_seen_first_is_in_it(explorer):
    record, _ = recording.recorded(explorer)
    size = sum(map(len, record.values()))
    part, left_out = recording.recorded(explorer, size // 2)
    assert sum(map(len, part.values())) <= size // 2
    assert left_out and {"the filters of dense1", "the maps of picture 2"} & {*left_out}
    assert {"ask=start", "ask=look&picture=0", "ask=look&picture=1", "ask=maps&layer=0&picture=0"} <= {*part}
    with pytest.raises(UserError, match="a page of 300 bytes has no room for the layers: allow more"):
        recording.recorded(explorer, 300)


def test_the_page_is_one_file_that_asks_nobody(explorer, tmp_path):
    recording.write_page(explorer, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[1]
    assert "connect-src" not in policy and "default-src 'none'" in policy
    script = re.search(r"<script type=\"module\">(.*?)</script>", text, re.DOTALL)[1]
    # The first end of a script is its own.
    assert "begin(document.getElementById" in script and script.rstrip().endswith(");")
    assert Page(re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)).text.strip().startswith("mine </script>")


def test_the_command_writes_it(small_run, tmp_path, capsys):
    words = "--data stand-in --count 64 --out page.html --megabytes 1"
    assert cli.main(["explore", str(small_run), *words.split()]) == 0
    out, err = capsys.readouterr()
    size = (tmp_path / "page.html").stat().st_size
    assert out == f"page.html: {size / 1e6:.1f} MB\n" and size < 1.2e6
    assert "There was no room for" in err and "--megabytes allows more" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--megabytes 3", "--megabytes is for the page that --out writes"),
        ("--images no.png --data stand-in", "there is no file no.png"),
    ],
)
def test_what_cannot_be_done_is_told(small_run, capsys, words, sentence):
    assert cli.main(["explore", str(small_run), *words.split()]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_there_is_not_is_told(small_run, capsys, port):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["explore", str(small_run), "--port", port])
    assert leaving.value.code == 2 and "--port" in capsys.readouterr().err
