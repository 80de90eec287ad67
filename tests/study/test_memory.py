"""The memory of a training step, measured in a process of its own."""

import itertools

import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.study import measured_memory, memory

# LeNet's image and the outputs of its seven layers that have one of their own, in float32.
TABLE = 4 * (28 * 28 + 6 * 28 * 28 + 6 * 14 * 14 + 16 * 10 * 10 + 16 * 5 * 5 + 120 + 84 + 10)


def test_the_forward_pass_takes_what_the_table_counts_and_the_whole_step_more():
    (forward, whole), (more_forward, more_whole) = (measured_memory("lenet", size, activation="relu") for size in (512, 2048))
    assert TABLE * 1536 <= more_forward - forward < 1.3 * TABLE * 1536
    assert more_whole - whole > 1.3 * (more_forward - forward)


def test_what_the_process_says_is_what_the_error_says():
    with pytest.raises(UserError, match=r"a step of 'lennet' on 2 images failed: there is no model 'lennet'"):
        measured_memory("lennet", 2)


def test_another_engine_is_refused():
    with pytest.raises(UserError, match="by one of mxnet, torch, not by 'keras'"):
        measured_memory("lenet", 2, engine="keras")


def test_without_a_gpu_there_is_none_to_measure(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert memory.torch_rise("lenet", 2) is None


def test_on_a_gpu_the_peaks_of_the_second_step_count(monkeypatch):
    torch = pytest.importorskip("torch")
    peaks = itertools.count(10, 10)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: next(peaks))
    for kind in (torch.Tensor, torch.nn.Module):
        monkeypatch.setattr(kind, "to", lambda self, device: self)
    assert memory.torch_rise("lenet", 2, activation="relu") == (20, 30)
