"""The notebook's shell inside the box: it runs cells and answers what the grader asks, over one socket.

It is the shell of Jupyter's kernel without the kernel: cells run as they do there, in a running event loop, and what they show
and print is kept nowhere. The grader gives this file's text to the process that is to be a shell; it must be able to run by
itself.

A message is a header (a number, and how many bytes follow) and those bytes. Requests: `setup` with the texts of wire.py,
probes.py and refuse.py and the names of the modules that answers must not import, `run` with a cell, `ask` with what probes.py is
asked. A reply bears its request's number; what begins with `=` is what the probes answered, anything else the JSON of how a cell
ended.
"""

import asyncio
import builtins
import getpass
import json
import os
import struct
import sys
import types

HEADER = struct.Struct("!IQ")


def main(handle):
    """Serves what comes through the socket that the file descriptor `handle` is; never returns."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(serve(handle))
    finally:
        os._exit(1)


async def serve(handle):
    shell, answer, process = new_shell(), None, os.getpid()
    while True:
        number, request = read_message(handle)
        what, content = json.loads(request)
        try:
            if what == "run":
                # What cells have left running goes on for a moment.
                await asyncio.sleep(0)
                reply = json.dumps(await run(shell, content)).encode()
            elif what == "ask":
                reply = b"=" + answer(content, shell.user_ns).encode()
            else:
                refuse = {"__name__": "_gluon_alexnet_refuse"}
                exec(compile(content["refuse"], "refuse", "exec"), refuse)
                refuse["install"](content["hidden"])
                names = {}
                # Compiled under another name than a cell's, so that no line of it is taken for the student's.
                exec(compile(content["probes"], "grader", "exec"), names)
                answer, reply = names["made"](content["wire"]), b"{}"
        except BaseException as error:
            reply = json.dumps({"ename": type(error).__name__, "evalue": said(error)}).encode()
        # `exit()` ends it at once, so that the cell is known that has; where an answer has forked, one of the two is to reply.
        if shell.exit_now or os.getpid() != process:
            os._exit(0)
        write(handle, HEADER.pack(number, len(reply)) + reply)


def said(error):
    """What an exception says; some cannot say it."""
    try:
        return str(error)[:1000]
    except BaseException:
        return ""


def read_message(handle):
    number, size = HEADER.unpack(read(handle, HEADER.size))
    return number, read(handle, size)


def read(handle, size):
    parts = []
    while size:
        part = os.read(handle, min(size, 1 << 20))
        if not part:
            os._exit(0)  # the grader is gone
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write(handle, data):
    data = memoryview(data)
    while data:
        data = data[os.write(handle, data) :]


def new_shell():
    """Jupyter's shell, whose messages to a browser go nowhere."""
    from ipykernel.compiler import XCachingCompiler
    from ipykernel.zmqshell import ZMQInteractiveShell
    from jupyter_client.session import Session
    from traitlets.config import Application, Config

    class Nowhere(Session):
        def send(self, *_, **__):
            return {}

    session, settings = Nowhere(key=b""), Config()
    settings.HistoryManager.enabled = False
    kernel = types.SimpleNamespace(session=session, eventloop=None)
    shell = ZMQInteractiveShell.instance(config=settings, compiler_class=XCachingCompiler, kernel=kernel)
    shell.displayhook.session = shell.display_pub.session = session
    shell.set_parent({"header": {}})
    kernel.shell = shell
    # Where `%matplotlib inline` looks for the kernel.
    Application.instance().kernel = kernel
    builtins.input = getpass.getpass = nobody_types
    return shell


def nobody_types(*_, **__):
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError("nobody is there to type anything while notebooks are graded")


async def run(shell, cell):
    """How the cell ended: {} or what was raised, as Jupyter's messages have it."""
    failed = None
    try:
        transformed = shell.transform_cell(cell)
    except Exception:
        transformed, failed = cell, sys.exc_info()
    told = dict(store_history=False, silent=False)
    if shell.should_run_async(cell, transformed_cell=transformed, preprocessing_exc_tuple=failed):
        shell._last_traceback = None
        outcome = None
        try:
            running = shell.run_cell_async(cell, transformed_cell=transformed, preprocessing_exc_tuple=failed, **told)
            outcome = await asyncio.ensure_future(running)
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", outcome)
    else:
        outcome = shell.run_cell(cell, **told)
    shell.payload_manager.clear_payload()
    if outcome.success:
        return {}
    error = outcome.error_before_exec or outcome.error_in_exec
    lines = [str(line)[:500] for line in (shell._last_traceback or [])[-30:]]
    return {"ename": type(error).__name__, "evalue": said(error), "traceback": lines}
