"""gluon_alexnet.train.interrupt: the first Ctrl-C waits, the second does not."""

import signal
import threading

import pytest

from gluon_alexnet.train.interrupt import Deferred


@pytest.fixture(autouse=True)
def usual_handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_nothing_is_requested_at_first():
    with Deferred() as stop:
        assert not stop.requested


def test_the_first_ctrl_c_is_only_noted():
    with Deferred() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.requested


def test_the_second_ctrl_c_stops_at_once():
    with Deferred() as stop:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert stop.requested


def test_each_run_begins_unrequested():
    with Deferred():
        signal.raise_signal(signal.SIGINT)
    with Deferred() as stop:
        assert not stop.requested


def test_the_handler_from_before_comes_back():
    def mine(*_):
        pass

    signal.signal(signal.SIGINT, mine)
    with Deferred():
        assert signal.getsignal(signal.SIGINT) != mine
    assert signal.getsignal(signal.SIGINT) is mine


def test_the_handler_comes_back_after_an_exception_too():
    with pytest.raises(ValueError), Deferred():
        signal.raise_signal(signal.SIGINT)
        raise ValueError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_process_that_ignores_ctrl_c_goes_on_ignoring_it():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Deferred() as stop:
        signal.raise_signal(signal.SIGINT)
    assert not stop.requested
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_in_another_thread_it_does_nothing():
    found = []

    def work():
        with Deferred() as stop:
            found.append((stop.requested, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(False, signal.default_int_handler)]
