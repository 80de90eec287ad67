"""The explorer as a page that this machine serves to itself: on 127.0.0.1 alone, and with a token in its address."""

from __future__ import annotations

import contextlib
import hmac
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable
from typing import Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import front_end, wire
from gluon_alexnet.explore.answers import Explorer
from gluon_alexnet.interop import optional

__all__ = ["application", "need", "serve"]

HOST = "127.0.0.1"
EXTRA = "'.[cpu,explore]'"
# The largest photo that is taken, in bytes.
LARGEST = 32 * 1024 * 1024
HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    # The address holds the token.
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


def application(explorer: Explorer, token: str, port: int) -> Any:
    """The ASGI application: GET /TOKEN/ gives the page, POST /TOKEN/ask answers a question, in bytes of `wire`.

    All without the token, or sent to another host's name, is refused, so that no other page in the browser can ask. Questions are
    answered one after the other. Raises UserError where Starlette is not installed.
    """
    optional.need("starlette", EXTRA)
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
    document = front_end.document(explorer.title, explorer.language, {"ask": "ask"}, "; connect-src 'self'")

    def refusal(request):
        if request.headers.get("host") not in hosts:
            return Response("this page is for this machine alone\n", 403, HEADERS)
        origin = request.headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in hosts:
            return Response("another page has asked\n", 403, HEADERS)
        if not hmac.compare_digest(request.path_params["token"].encode(), token.encode()):
            return Response("the address needs the token that gluon-alexnet explore has printed\n", 403, HEADERS)
        return None

    async def page(request):
        return refusal(request) or Response(document, 200, HEADERS, "text/html; charset=utf-8")

    async def ask(request):
        if refused := refusal(request):
            return refused
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > LARGEST:
                return Response("the picture is larger than 32 MB: make it smaller\n", 413, HEADERS)
        return Response(answered(explorer, bytes(content)), 200, HEADERS, "application/octet-stream")

    async def nothing(request):
        return Response("nothing is here\n", 403, HEADERS)

    routes = [Route("/{token}/", page), Route("/{token}/ask", ask, methods=["POST"]), Route("/{rest:path}", nothing)]
    return Starlette(routes=routes)


def answered(explorer: Explorer, content: bytes) -> bytes:
    """The answer to a question, both as `wire` writes them."""
    try:
        question, buffers = wire.from_bytes(content)
        told = explorer.answer(question, buffers)
    except UserError as error:
        told = {"error": str(error)}
    return wire.as_bytes(*wire.pack(told))


def need() -> None:
    """Raises UserError where Starlette or Uvicorn is not installed."""
    for module in ("starlette", "uvicorn"):
        optional.need(module, EXTRA)


def serve(explorer: Explorer, port: int = 0, browser: bool = True, say: Callable[[str], object] = print) -> None:
    """Serves the page until Ctrl-C; port: 0 for any that is free. browser: open it there. say: is told the address.

    Raises UserError where Starlette or Uvicorn is not installed, and for a port that is taken.
    """
    need()
    import uvicorn

    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UserError(f"port {port} cannot be used ({reason}): name another with --port, or leave it out") from None
        # From now on whoever comes waits, until the server is there.
        listening.listen()
        port = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        address = f"http://{HOST}:{port}/{token}/"
        config = uvicorn.Config(
            application(explorer, token, port),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            server_header=False,
        )
        running = uvicorn.Server(config)
        with _interrupts(running):
            say(f"The explorer is at {address} (Ctrl-C ends it)")
            if browser:
                webbrowser.open(address)
            running.run(sockets=[listening])
        say("The explorer has ended.")


@contextlib.contextmanager
def _interrupts(running):
    """Within it Ctrl-C ends the server `running`, whenever it comes."""
    if threading.current_thread() is not threading.main_thread():
        # Signals go to the main thread, which is not ours to change.
        yield
        return

    def end(*_):
        running.should_exit = True

    # Not as an exception: one that comes while the server begins, before it listens for signals itself, may be lost.
    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
