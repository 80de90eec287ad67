"""Downloads, against a server on this machine that misbehaves as told."""

import errno
import http.server
import io
import os
import socket
import sys
import threading

import pytest

from gluon_alexnet.data import download
from gluon_alexnet.errors import DataError

BODY = bytes(range(251)) * 1000
FILES = {"a.gz": 300_000}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class Handler(http.server.BaseHTTPRequestHandler):
    """The first part of the path says how to behave."""

    def do_GET(self):
        way = self.path.split("/")[1]
        asked = self.headers.get("Range")
        self.server.asked.append((way, asked))
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and way != "no-ranges" else 0
        body = BODY[start:]
        if way == "missing":
            return self.send_error(404)
        if way == "busy" and len(self.server.asked) < 3:
            return self.send_error(503)
        if asked and way == "full":
            return self.send_error(416)
        if way == "page":
            body = b"<html>sign in first</html>"
        if way == "other":
            body = b"something else"
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "text/html" if way == "page" else "application/gzip")
        self.send_header("Content-Length", str(10**9 if way == "huge" else len(body)))
        if start:
            shift = 7 if way == "shifted" else 0
            self.send_header("Content-Range", f"bytes {start + shift}-{len(BODY) - 1}/{len(BODY)}")
        self.end_headers()
        self.wfile.write(body[:100_000] if way in ("cut", "shifted") else body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with Server(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def check(path, name):
    if path.read_bytes() != BODY:
        raise DataError(f"{name} is damaged")


def fetch(server, folder, *ways, files=FILES, **settings):
    places = [f"http://127.0.0.1:{server.server_port}/{way}" for way in ways]
    settings = {"timeout": 5, "pause": 0, "report": lambda *args: None, **settings}
    download.fetch(files, folder, places, check, **settings)


def ways(server):
    return [way for way, _ in server.asked]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_arrives_whole_and_nothing_else_is_left(server, tmp_path):
    fetch(server, tmp_path, "good")
    assert contents(tmp_path) == {"a.gz": BODY}


def test_a_cut_connection_is_continued_where_it_stopped(server, tmp_path):
    fetch(server, tmp_path, "cut")
    assert server.asked == [("cut", None), ("cut", "bytes=100000-"), ("cut", "bytes=200000-")]
    assert contents(tmp_path) == {"a.gz": BODY}


def test_a_second_run_continues_the_first(server, tmp_path):
    def stop(name, done, total):
        raise ZeroDivisionError

    with pytest.raises(DataError, match="the download failed"):
        fetch(server, tmp_path, "good", report=stop)
    (part,) = contents(tmp_path)
    assert part.endswith(".part")
    fetch(server, tmp_path, "good")
    assert server.asked[-1][1].startswith("bytes=") and contents(tmp_path) == {"a.gz": BODY}


def test_a_server_without_ranges_starts_again(server, tmp_path):
    part_of(server, tmp_path, "no-ranges").write_bytes(b"x" * 5000)
    fetch(server, tmp_path, "no-ranges")
    assert contents(tmp_path) == {"a.gz": BODY}


def part_of(server, folder, way):
    with download._part(folder, "a.gz", f"http://127.0.0.1:{server.server_port}/{way}/a.gz") as part:
        return part


@pytest.mark.parametrize("way", ["good", "full", "shifted"])
def test_a_part_that_does_not_fit_is_thrown_away(server, tmp_path, way):
    part_of(server, tmp_path, way).write_bytes(b"x" * 5000)
    fetch(server, tmp_path, way, "good")
    assert contents(tmp_path) == {"a.gz": BODY}


def test_a_part_longer_than_the_file_is_thrown_away(server, tmp_path):
    part_of(server, tmp_path, "good").write_bytes(b"x" * 300_001)
    fetch(server, tmp_path, "good")
    assert server.asked == [("good", None)]


@pytest.mark.parametrize("bad", ["missing", "page", "other", "huge"])
def test_the_second_place_helps_where_the_first_fails(server, tmp_path, bad):
    fetch(server, tmp_path, bad, "good")
    assert ways(server) == [bad, "good"] and contents(tmp_path) == {"a.gz": BODY}


def test_the_place_that_helped_is_asked_first_for_the_next_file(server, tmp_path):
    fetch(server, tmp_path, "missing", "good", files={"a.gz": 300_000, "b.gz": 300_000})
    assert ways(server) == ["missing", "good", "good"]


def test_a_busy_server_is_asked_again(server, tmp_path):
    fetch(server, tmp_path, "busy")
    assert ways(server) == ["busy"] * 3


@pytest.mark.parametrize(
    "bad, sentence",
    [
        ("missing", "HTTP 404"),
        ("page", "a web page instead of data"),
        ("other", "a.gz is damaged"),
        ("huge", "1,000,000,000 bytes, more than the file can have"),
    ],
)
def test_what_the_places_answered_is_said(server, tmp_path, bad, sentence):
    with pytest.raises(DataError, match=rf"no place gave a\.gz \(127\.0\.0\.1:\d+: {sentence}"):
        fetch(server, tmp_path, bad)
    assert ways(server) == [bad] and contents(tmp_path) == {}


def test_a_file_without_end_is_not_followed(server, tmp_path):
    with pytest.raises(DataError, match="more bytes than the file can have|more than the file can have"):
        fetch(server, tmp_path, "good", files={"a.gz": 1000})
    assert contents(tmp_path) == {}


def test_a_place_that_refuses_the_connection_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(DataError, match="Connection refused"):
            download.fetch(FILES, tmp_path, [f"http://127.0.0.1:{port}"], check, pause=0)
    assert contents(tmp_path) == {}


def test_it_gives_up_when_nothing_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(DataError, match=r"nothing answered within 0\.2 seconds \(127\.0\.0\.1"):
            download.fetch(FILES, tmp_path, [place], check, patience=0.2, timeout=60)
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join(10)


def test_another_process_at_the_same_file_is_not_disturbed(server, tmp_path):
    with download._part(tmp_path, "a.gz", f"http://127.0.0.1:{server.server_port}/good/a.gz") as theirs:
        theirs.write_bytes(b"half")
        fetch(server, tmp_path, "good")
        assert server.asked == [("good", None)] and (tmp_path / "a.gz").read_bytes() == BODY


def test_a_file_system_without_locks_will_do(server, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(download.fcntl, "flock", refuse)
    fetch(server, tmp_path, "good")
    assert (tmp_path / "a.gz").read_bytes() == BODY


def test_a_connection_that_is_always_cut_is_given_up(server, tmp_path, monkeypatch):
    def cut(url, name, part, *_):
        part.write_bytes(b"half")
        raise OSError("the connection was cut")

    monkeypatch.setattr(download.fcntl, "flock", lambda *_: (_ for _ in ()).throw(OSError("no locks")))
    monkeypatch.setattr(download, "_receive", cut)
    with pytest.raises(DataError, match="the connection was cut"):
        fetch(server, tmp_path, "good")


def test_a_folder_that_cannot_be_written_is_said(server, tmp_path):
    with pytest.raises(DataError, match="the download failed .*No such file or directory"):
        fetch(server, tmp_path / "nowhere", "good")


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_told_on_stderr(server, tmp_path, monkeypatch, terminal):
    told = io.StringIO()
    told.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", told)
    fetch(server, tmp_path, "good", report=None)
    assert told.getvalue().endswith("100 %    0.3 MB\n" if terminal else "Downloading a.gz ...\n")
