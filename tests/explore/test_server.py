"""gluon_alexnet.explore.server: whoever has the token is answered, from this machine; nobody else."""

import html
import http.client
import importlib.util
import re
import signal
import socket
import subprocess
import sys
import urllib.parse

import pytest

from gluon_alexnet import cli
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import server, wire


def asked(address, path=None, method="GET", body=None, **headers):
    """(status, headers, body) of a request; headers: those that a browser would send, Host first."""
    found = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(found.hostname, found.port, timeout=20)
    try:
        given = {"Host": found.netloc, **{name.title(): value for name, value in headers.items()}}
        connection.request(method, found.path if path is None else path, body, {k: v for k, v in given.items() if v is not None})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def token(address):
    return urllib.parse.urlsplit(address).path.strip("/")


def ask(address, question, **headers):
    return asked(address, f"/{token(address)}/ask", "POST", wire.as_bytes(question), **headers)


def test_the_page_loads_nothing_from_elsewhere(served):
    status, headers, body = asked(served[0])
    text = body.decode()
    assert status == 200 and headers["content-type"] == "text/html; charset=utf-8"
    policy = html.unescape(re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[1])
    assert re.fullmatch(
        r"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-[^']+'; connect-src 'self'", policy
    )
    assert not re.search(r"""(?:src|href)\s*=|@import|url\(|https?://(?!www\.w3\.org)""", text)
    # The token is in the address: no other page may read it there, nor this one out of a cache.
    assert headers["referrer-policy"] == "no-referrer" and headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY" and token(served[0]) not in text
    assert len(token(served[0])) >= 32


def test_a_question_is_answered(served):
    status, headers, body = ask(served[0], {"ask": "start"})
    told, buffers = wire.from_bytes(body)
    assert status == 200 and headers["content-type"] == "application/octet-stream"
    assert [layer["name"] for layer in told["layers"]] == ["conv1", "pool1", "conv2", "pool2", "dense1", "dense2", "dense3"]
    assert len(buffers) == 10 and told["gathering"]["total"] == 200


@pytest.mark.parametrize("path", ["/", "/ask", "/wrong/", "/wrong/ask", "/favicon.ico", "/{token}", "/{token}/x", "/{token}x/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_token_all_is_refused(served, path, method):
    path = path.replace("{token}", token(served[0]))
    status, _, body = asked(served[0], path, method, b"")
    # Starlette sends an address without its last stroke to the one with it, which holds nothing that was not known.
    assert status in (403, 405) or (status == 307 and path == f"/{token(served[0])}")
    assert b"<html" not in body and b"layers" not in body


@pytest.mark.parametrize("host", ["example.org", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "", "localhost.example:{port}"])
def test_a_name_that_somebody_has_made_lead_here_is_refused(served, host):
    host = host.replace("{port}", str(urllib.parse.urlsplit(served[0]).port))
    assert asked(served[0], host=host)[0] in (400, 403)
    assert ask(served[0], {"ask": "start"}, host=host)[0] in (400, 403)


def test_localhost_is_this_machine_too(served):
    port = urllib.parse.urlsplit(served[0]).port
    assert asked(served[0], host=f"localhost:{port}")[0] == 200


@pytest.mark.parametrize("origin", ["http://example.org", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
def test_another_page_in_the_browser_is_refused(served, origin):
    origin = origin.replace("{port}", str(urllib.parse.urlsplit(served[0]).port))
    assert ask(served[0], {"ask": "start"}, origin=origin)[0] == 403


def test_its_own_page_is_answered(served):
    assert ask(served[0], {"ask": "start"}, origin=served[0].rsplit("/", 2)[0])[0] == 200


@pytest.mark.parametrize("content", [b"", b"\x04\0\0\0{}  ", b"x" * 100])
def test_what_is_no_question_is_told_in_a_sentence(served, content):
    status, _, body = asked(served[0], f"/{token(served[0])}/ask", "POST", content)
    assert status == 200 and "this is not a question that the explorer understands" in wire.from_bytes(body)[0]["error"]


def test_what_is_too_large_is_not_read_to_its_end(served):
    address = urllib.parse.urlsplit(served[0])
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        head = f"POST {address.path}ask HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {10**10}\r\n\r\n"
        connection.sendall(head.encode())
        try:
            for _ in range(60):
                connection.sendall(b"\0" * 2**20)
        except ConnectionError:
            pass
        else:
            assert b"413" in connection.recv(100)
    # And goes on answering.
    assert asked(served[0])[0] == 200


def test_only_this_machine_is_listened_to(served):
    port = urllib.parse.urlsplit(served[0]).port
    with socket.socket() as another, pytest.raises(OSError):
        another.settimeout(2)
        another.connect(("127.0.0.2", port))


def test_ctrl_c_ends_it(small_run):
    order = [sys.executable, "-m", "gluon_alexnet", "explore", str(small_run), "--data", "stand-in", "--no-browser"]
    with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("The explorer is at ")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "The explorer has ended.\n") and "Traceback" not in err


def test_a_port_that_is_taken_is_told(served):
    port = urllib.parse.urlsplit(served[0]).port

    class Shown:
        title, language = "", "en"

    with pytest.raises(UserError, match=rf"port {port} cannot be used \(.*in use.*\): name another with --port"):
        server.serve(Shown(), port, browser=False)


@pytest.mark.parametrize("module", ["starlette", "uvicorn"])
def test_what_is_not_installed_is_told_with_its_command(capsys, monkeypatch, small_run, module):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == module else find(name, *rest))
    assert cli.main(["explore", str(small_run), "--no-browser"]) == 1
    sentence = f"gluon-alexnet: this needs {module}, which is not installed: pip install '.[cpu,explore]'\n"
    assert capsys.readouterr().err == sentence


def test_the_browser_is_opened_at_the_address(monkeypatch):
    import uvicorn

    opened, said = [], []
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: said.append(sockets[0].getsockname()))

    class Shown:
        title, language = "", "en"

    server.serve(Shown(), say=said.append)
    assert said[0] == f"The explorer is at {opened[0]} (Ctrl-C ends it)" and said[1][0] == "127.0.0.1"
    assert str(said[1][1]) in opened[0]


def test_ctrl_c_before_the_first_question_ends_it_too(monkeypatch):
    said = []

    monkeypatch.setattr(server.webbrowser, "open", lambda address: signal.raise_signal(signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)

    class Shown:
        title, language = "", "en"

    server.serve(Shown(), say=said.append)
    assert len(said) == 2 and said[1] == "The explorer has ended."
    assert signal.getsignal(signal.SIGINT) is before
