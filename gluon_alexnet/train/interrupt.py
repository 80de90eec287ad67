"""Ctrl-C between two steps instead of within one, so that what is saved is a whole step."""

from __future__ import annotations

import signal
import threading


class Deferred:
    """While active, the first Ctrl-C only sets `requested`; a second one stops at once, as usual.

    Python delivers signals to the main thread alone: in any other thread this does nothing. Nor does it where Ctrl-C is ignored,
    as in a program that a script started in the background.
    """

    requested = False

    def __enter__(self) -> Deferred:
        here = threading.current_thread() is threading.main_thread()
        self.active = here and signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None)
        if self.active:
            self.before = signal.signal(signal.SIGINT, self._request)
        return self

    def __exit__(self, *exception: object) -> None:
        if self.active:
            signal.signal(signal.SIGINT, self.before)

    def _request(self, *_):
        self.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
