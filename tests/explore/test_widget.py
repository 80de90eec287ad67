"""gluon_alexnet.explore.widget: what the notebook's page is given, and messages there and back."""

import importlib.util

import numpy as np
import pytest

from gluon_alexnet import explore
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime

mx = runtime.load_mxnet()
nn = mx.gluon.nn
IMAGES = np.random.default_rng(6).uniform(size=(2, 1, 6, 7)).astype("float32")

comm = pytest.importorskip("comm")
pytest.importorskip("anywidget")


class Wire(comm.base_comm.BaseComm):
    """What stands between kernel and page, with all that went over it."""

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        self.went = [*getattr(self, "went", []), (msg_type, data, buffers)]


@pytest.fixture
def net():
    mx.random.seed(7)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, 3, activation="relu"), nn.Dense(3))
    net.initialize(mx.init.Normal(0.5))
    net(mx.np.array(IMAGES))
    return net


@pytest.fixture
def widget(net, monkeypatch):
    monkeypatch.setattr(comm, "create_comm", Wire)
    made = explore.explore(net, IMAGES, language="vi")
    yield made
    made.close()


def test_the_page_is_given_the_front_end(widget):
    _, opened, _ = widget.comm.went[0]
    state = opened["state"]
    assert state["_model_module"] == state["_view_module"] == "anywidget" and state["_model_name"] == "AnyModel"
    assert "export default { render }" in state["_esm"] and "import " not in state["_esm"].replace("importance", "")
    assert state["_css"].startswith(".gx {")


def test_where_no_kernel_knows_it_the_notebook_says_what_to_do(widget):
    shown, *_ = widget._repr_mimebundle_()
    assert shown["text/plain"] == "Nhìn vào bên trong HybridSequential: chạy ô này để xem"
    assert "application/vnd.jupyter.widget-view+json" in shown


def send(widget, content, *buffers):
    """What the page sends, and what went back for it."""
    before = len(widget.comm.went)
    widget.comm.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": list(buffers)})
    return widget.comm.went[before:]


def test_a_question_is_answered_by_its_number(widget, net):
    ((kind, data, buffers),) = send(widget, {"id": "a-1", "question": {"ask": "maps", "picture": 1, "layer": 0}})
    told = data["content"]["told"]["values"]
    assert (kind, data["method"], data["content"]["id"]) == ("comm_msg", "custom", "a-1")
    values = np.frombuffer(buffers[told["buffer"]], "<f4").reshape(told["shape"])
    assert np.allclose(values, net[0](mx.np.array(IMAGES[1:])).asnumpy()[0], atol=1e-6)
    ((_, data, _),) = send(widget, {"id": "a-2", "question": {"ask": "start"}})
    assert data["content"]["told"]["language"] == "vi"


def test_a_photo_comes_as_a_buffer(widget):
    ((_, data, _),) = send(widget, {"id": 3, "question": {"ask": "photo"}}, memoryview(b"no picture"))
    assert "không đọc được tệp này" in data["content"]["told"]["error"]["vi"]


@pytest.mark.parametrize("content", [None, {}, {"id": 1}, [], "question"])
def test_what_is_no_question_has_no_answer(widget, content):
    assert send(widget, content) == []


@pytest.mark.parametrize("question", [None, [], {"ask": {}}, 7])
def test_nonsense_is_answered_by_a_sentence(widget, question):
    ((_, data, _),) = send(widget, {"id": 1, "question": question})
    assert data["content"]["told"]["error"]


def test_without_anywidget_one_sentence_says_so(net, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "anywidget" else find(name, *rest))
    with pytest.raises(UserError, match=r"this needs anywidget, which is not installed: pip install '\.\[cpu,explore\]'"):
        explore.explore(net, IMAGES)
