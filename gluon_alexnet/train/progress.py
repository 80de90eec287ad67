"""What a person sees while a net trains: a bar on a terminal, plain lines elsewhere."""

import sys
import time

SECONDS_BETWEEN_LINES = 10


class Progress:
    """Shows the steps of a run on stderr; with `shown` False, nothing. Use it as a context manager.

    seconds: those that are left to a run that has to end in time; None where what is left follows from the steps so far.
    """

    def __init__(self, total, done=0, shown=True, seconds=None):
        self.total, self.seconds, self.bar = total, seconds, None
        # A program started without one has None there.
        shown = shown and sys.stderr is not None
        self.lines = shown and not sys.stderr.isatty()
        if shown and not self.lines:
            self.bar = _bar()
            self.task = self.bar.add_task("", total=total, completed=done, left="")
        self.begun, self.first, self.printed = time.monotonic(), done, 0.0

    def __enter__(self):
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *exception):
        if self.bar:
            self.bar.stop()

    def step(self, done, epoch, loss, accuracy, images_per_second):
        """Step number `done` of `total` is over: epoch from 1; loss and accuracy are the epoch's means so far."""
        figures = f"epoch {epoch}  loss {loss:.3f}  accuracy {accuracy:.3f}  {images_per_second:,.0f} images/s"
        elapsed = time.monotonic() - self.begun
        if self.seconds is None:
            seconds = elapsed / max(1, done - self.first) * (self.total - done)
        else:
            seconds = max(0.0, self.seconds - elapsed)
        left = f"{clock(seconds)} left"
        if self.bar:
            self.bar.update(self.task, completed=done, total=self.total, description=figures, left=left)
        elif self.lines and time.monotonic() - self.printed > SECONDS_BETWEEN_LINES:
            self.message(f"step {done}/{self.total}  {figures}  {left}")
            self.printed = time.monotonic()

    def evaluating(self, done, whole, name):
        """`done` of the `whole` images of `name` are evaluated."""
        text = f"evaluating {done:,} of {whole:,} {name} images"
        left = "" if self.seconds is None else f"{clock(max(0.0, self.seconds - (time.monotonic() - self.begun)))} left"
        if self.bar:
            self.bar.update(self.task, description=text, left=left)
        elif self.lines and time.monotonic() - self.printed > SECONDS_BETWEEN_LINES:
            self.message("  ".join(filter(None, (text, left))))
            self.printed = time.monotonic()

    def message(self, text):
        """A line that stays."""
        if self.bar:
            self.bar.console.print(text, highlight=False, markup=False, emoji=False, soft_wrap=True)
        elif self.lines:
            print(text, file=sys.stderr, flush=True)


def clock(seconds):
    """Seconds as h:mm:ss, or m:ss below an hour."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _bar():
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.BarColumn(bar_width=24),
        progress.TaskProgressColumn(),
        progress.TextColumn("{task.description}"),
        progress.TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
    )
