"""A page in headless Chromium, driven through two pipes: Chromium's own protocol, without another package."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
OPTIONS = (
    "--headless=new --remote-debugging-pipe --no-first-run --disable-gpu --disable-extensions --disable-background-networking "
    "--disable-component-update --disable-sync --no-sandbox --disable-dev-shm-usage --force-color-profile=srgb"
).split()


# What Windows calls a key, by which Chromium knows what it does.
KEYS = {"Enter": 13, "Tab": 9, " ": 32, "End": 35, "Home": 36} | {
    f"Arrow{name}": 37 + place for place, name in enumerate(("Left", "Up", "Right", "Down"))
}


class Tab:
    """One tab. `logged` holds what the page's console said and what its scripts raised."""

    def __init__(self, write, read):
        self.write, self.read, self.number, self.session, self.logged, self.events = write, read, 0, None, [], []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.write.write(json.dumps(message).encode() + b"\0")
        self.write.flush()
        while True:
            told = self._next()
            if told.get("id") == self.number:
                assert "error" not in told, told
                return told["result"]

    def _next(self):
        told = bytearray()
        while (byte := self.read.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            told += byte
        told = json.loads(told)
        name = told.get("method")
        self.events.append(name)
        if name == "Runtime.exceptionThrown":
            details = told["params"]["exceptionDetails"]
            self.logged.append(details.get("exception", {}).get("description", details["text"]))
        elif name == "Log.entryAdded":
            self.logged.append(told["params"]["entry"]["text"])
        elif name == "Runtime.consoleAPICalled":
            self.logged.append(str(told["params"]["args"]))
        return told

    def size(self, width, height=900, dark=False):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, address):
        """Loads an address, or a path with what follows its #, and waits for it."""
        # A change of what follows the # alone would load nothing.
        for each in ("about:blank", address):
            self.events.clear()
            self.send("Page.navigate", url=each)
            while "Page.loadEventFired" not in self.events:
                self._next()

    def run(self, program):
        """The value of a JavaScript expression."""
        told = self.send("Runtime.evaluate", expression=program, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def press(self, key):
        """A key, such as 'Enter' or 'Tab', as from the keyboard."""
        text = {"text": "\r"} if key == "Enter" else {}
        code = KEYS[key]
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def mouse(self, kind, x, y, held=True):
        """'mousePressed', 'mouseMoved' or 'mouseReleased' at a place of the window, in pixels; held: with the button down."""
        moved = kind == "mouseMoved"
        about = {"button": "none" if moved and not held else "left", "buttons": int(held), "clickCount": int(not moved)}
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **about)

    def click(self, x, y):
        """A click of the mouse at a place of the window, in pixels."""
        self.mouse("mouseMoved", x, y, held=False)
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y, held=False)

    def touch(self, *places):
        """A finger put down at the first of `places`, (x, y) in pixels, moved over the others and lifted."""
        for kind, points in [("touchStart", places[:1]), *(("touchMove", [each]) for each in places[1:]), ("touchEnd", [])]:
            self.send("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in points])

    def choose(self, selector, path):
        """Chooses the file at `path` in the input that a CSS selector finds."""
        found = self.send("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")["result"]
        self.send("DOM.setFileInputFiles", files=[str(path)], objectId=found["objectId"])

    def picture(self, path, whole=True):
        told = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(told["data"]))

    def pdf(self, path):
        told = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        Path(path).write_bytes(base64.b64decode(told["data"]))


@contextlib.contextmanager
def tab():
    """A Tab of a Chromium of its own, which ends with it."""
    from_us, ours = os.pipe()
    theirs, from_them = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # Chromium reads from 3 and writes to 4.
        shell = f"exec 3<&{from_us} 4>&{from_them}; exec \"$@\" 3<&3 4>&4"
        words = ["bash", "-c", shell, "-", PROGRAM, *OPTIONS, f"--user-data-dir={folder}"]
        process = subprocess.Popen(words, pass_fds=(from_us, from_them), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(from_them)
        with open(ours, "wb") as write, open(theirs, "rb") as read:
            try:
                opened = Tab(write, read)
                yield opened
                opened.session = None
                opened.send("Browser.close")
            finally:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                if process.poll() is None:
                    process.kill()
                    process.wait()
