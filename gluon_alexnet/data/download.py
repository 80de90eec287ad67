"""Fetch published files over HTTP: places in turn, retried, resumed, checked, and renamed only when whole.

Knows nothing of what the files hold: the caller's `check` decides.
"""

import contextlib
import http.client
import os
import re
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib

from gluon_alexnet.errors import DataError

try:
    import fcntl
except ImportError:  # no such locks on Windows: a part file is then private to its process
    fcntl = None  # type: ignore[assignment]

_PIECE = 1 << 16
_ROUNDS = 3


class _Refused(Exception):
    """This place will not give the file however often it is asked."""


def fetch(files, folder, places, check, *, patience=30.0, timeout=5.0, pause=1.0, report=None):
    """Fetch each of `files` (name -> most bytes it may have) into `folder`.

    places: base URLs, to which a file's name is added, tried in turn. check(path, name): raises DataError for wrong
    content.
    patience: seconds after which it gives up when nothing arrives. timeout: seconds for a connection to open or to send
    its next bytes. pause: seconds before the places are asked again. report(name, done, total or None): called as bytes
    arrive, by default a line on stderr.
    Raises DataError with what each place answered. Unfinished parts stay in the folder and are continued the next time.
    """
    progress = _Progress(report or _Printer())
    failure = []

    def work():
        try:
            order = list(places)
            for name, most in files.items():
                order.insert(0, order.pop(order.index(_fetch_one(name, most, folder, order, check, timeout, pause, progress))))
        except Exception as error:  # handed to the waiting thread, which raises it
            failure.append(error)

    # Looking up a name cannot be timed out, so it happens in a thread that can be left behind.
    worker = threading.Thread(target=work, name="download", daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(0.05)
            if time.monotonic() - progress.last > patience:
                raise DataError(f"nothing answered within {patience:g} seconds ({_hosts(places)})")
    finally:
        progress.cancelled = True
    if failure:
        if isinstance(failure[0], DataError):
            raise failure[0]
        raise DataError(f"the download failed ({_say(failure[0])})") from failure[0]


class _Progress:
    def __init__(self, report):
        self.report, self.last, self.pending, self.cancelled = report, time.monotonic(), 0, False

    def add(self, size):
        """A trickle of a few bytes a second does not count as an answer."""
        self.pending += size
        if self.pending >= _PIECE:
            self.done()

    def done(self):
        self.last, self.pending = time.monotonic(), 0


def _fetch_one(name, most, folder, places, check, timeout, pause, progress):
    """Returns the place that gave the file."""
    said, refused, left, reached = {}, set(), _ROUNDS, 0
    while left:
        left -= 1
        for place in places:
            if place in refused:
                continue
            url = place.rstrip("/") + "/" + name
            with _part(folder, name, url) as part:
                before = _size(part)
                try:
                    _receive(url, name, part, most, timeout, progress)
                    check(part, name)
                    os.replace(part, folder / name)
                except DataError as error:
                    # A part that was continued may be at fault rather than the place: ask once more from the start.
                    part.unlink(missing_ok=True)
                    said[place] = str(error)
                    if before:
                        left = max(left, 1)
                    else:
                        refused.add(place)
                except _Refused as error:
                    said[place] = str(error)
                    refused.add(place)
                except (OSError, http.client.HTTPException, ValueError) as error:
                    said[place] = _say(error)
                    if _size(part) > max(before, reached):
                        left, reached = _ROUNDS, _size(part)
                else:
                    progress.done()
                    for rest in folder.glob(f"{name}.????????.part"):
                        rest.unlink(missing_ok=True)
                    return place
            if progress.cancelled:
                raise DataError("the download was cancelled")
        if left and len(refused) < len(places):
            time.sleep(pause)
        if len(refused) == len(places):
            break
    answers = {what: _hosts(place for place in said if said[place] == what) for what in said.values()}
    raise DataError(f"no place gave {name} ({'; '.join(f'{hosts}: {what}' for what, hosts in answers.items())})")


@contextlib.contextmanager
def _part(folder, name, url):
    """The unfinished file of this address: different places may have packed the same content differently."""
    shared = folder / f"{name}.{zlib.crc32(url.encode()):08x}.part"
    private = folder / f"{name}.process-{os.getpid()}.part"
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open(shared, "ab"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path = shared
        except (AttributeError, OSError):  # no such locks on this system or on this file system, or another process is at it
            path = private
        try:
            yield path
        finally:
            if path == private or _size(path) == 0:
                path.unlink(missing_ok=True)


def _receive(url, name, part, most, timeout, progress):
    have = _size(part)
    if have > most:
        part.unlink()
        have = 0
    request = urllib.request.Request(url, headers={"User-Agent": "gluon-alexnet", "Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:
                part.unlink(missing_ok=True)
                raise OSError("the part already here does not fit") from error
            if error.code in (408, 425, 429) or error.code >= 500:
                raise OSError(f"HTTP {error.code}") from error
            raise _Refused(f"HTTP {error.code} {error.reason}".strip()) from error
    with response:
        if "html" in response.headers.get("Content-Type", ""):
            raise _Refused("a web page instead of data")
        if response.status != 206 or not re.match(rf"bytes {have}-", response.headers.get("Content-Range", "")):
            if response.status == 206:
                part.unlink(missing_ok=True)
                raise OSError("not the range that was asked for")
            have = 0
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() else None
        if total is not None and total > most:
            raise _Refused(f"{total:,} bytes, more than the file can have")
        with open(part, "ab" if have else "wb") as out:
            while piece := response.read1(_PIECE):
                if progress.cancelled:
                    raise OSError("cancelled")
                have += len(piece)
                if have > most:
                    part.unlink()
                    raise _Refused("more bytes than the file can have")
                out.write(piece)
                progress.add(len(piece))
                progress.report(name, have, total)
        if total is not None and have < total:
            raise OSError(f"the connection was cut after {have:,} of {total:,} bytes")


class _Printer:
    """Progress on stderr: a line that moves on a terminal, one line per file elsewhere."""

    def __init__(self):
        self.name, self.shown = None, 0.0

    def __call__(self, name, done, total):
        finished = done == total
        if not sys.stderr.isatty():
            if name != self.name:
                print(f"Downloading {name} ...", file=sys.stderr, flush=True)
            self.name = name
        elif finished or time.monotonic() - self.shown > 0.1:
            self.shown = time.monotonic()
            share = f" {100 * done // total:3d} %" if total else ""
            print(
                f"\rDownloading {name}{share} {done / 1e6:6.1f} MB",
                end="\n" if finished else "",
                file=sys.stderr,
                flush=True,
            )


def _size(path):
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _hosts(places):
    return ", ".join(urllib.parse.urlsplit(place).netloc or place for place in places)


def _say(error):
    reason = getattr(error, "reason", None) or error
    return " ".join((getattr(reason, "strerror", None) or str(reason) or type(reason).__name__).split())
