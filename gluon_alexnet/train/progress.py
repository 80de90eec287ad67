"""What a person sees while a net trains: a bar on a terminal, one in a notebook's cell, plain lines elsewhere."""

import html
import io
import sys
import time

from gluon_alexnet.pictures.notebook import in_notebook

SECONDS_BETWEEN_LINES = 10
SECONDS_BETWEEN_PICTURES = 0.5
# A cell's output is kept in the notebook's file.
LINES_IN_A_CELL = 30
CODE = '<pre style="font-family:monospace;white-space:pre-wrap">{code}</pre>'


def clock(seconds):
    """Seconds as h:mm:ss, or m:ss below an hour."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


class Progress:
    """Shows the steps of a run on stderr or in the notebook's cell; with `shown` False, nothing. Use it as a context manager.

    seconds: those that are left to a run that has to end in time; None where what is left follows from the steps so far.
    """

    def __init__(self, total, done=0, shown=True, seconds=None):
        self.total, self.done, self.seconds = total, done, seconds
        self.begun, self.first = time.monotonic(), done
        self.view = None
        # A program started without one has None there.
        if shown and sys.stderr is not None:
            view = Cell if in_notebook() else Terminal if sys.stderr.isatty() else Lines
            self.view = view(total, done)

    def __enter__(self):
        if self.view:
            self.view.start()
        return self

    def __exit__(self, *exception):
        if self.view:
            self.view.stop()

    def step(self, done, epoch, loss, accuracy, images_per_second):
        """Step number `done` of `total` is over: epoch from 1; loss and accuracy are the epoch's means so far."""
        self.done = done
        figures = f"epoch {epoch}  loss {loss:.3f}  accuracy {accuracy:.3f}  {images_per_second:,.0f} images/s"
        elapsed = time.monotonic() - self.begun
        if self.seconds is None:
            seconds = elapsed / max(1, done - self.first) * (self.total - done)
        else:
            seconds = max(0.0, self.seconds - elapsed)
        self._show(f"step {done}/{self.total}", figures, f"{clock(seconds)} left")

    def evaluating(self, done, whole, name):
        """`done` of the `whole` images of `name` are evaluated."""
        left = "" if self.seconds is None else f"{clock(max(0.0, self.seconds - (time.monotonic() - self.begun)))} left"
        self._show("", f"evaluating {done:,} of {whole:,} {name} images", left)

    def message(self, text):
        """A line that stays."""
        if self.view:
            self.view.message(text)

    def _show(self, step, text, left):
        if self.view:
            self.view.show(self.done, self.total, step, text, left)


class Lines:
    """Plain lines on stderr, at a distance."""

    def __init__(self, total, done):
        self.printed = 0.0

    def start(self):
        pass

    stop = start

    def show(self, done, total, step, text, left):
        if time.monotonic() - self.printed > SECONDS_BETWEEN_LINES:
            self.message("  ".join(filter(None, (step, text, left))))
            self.printed = time.monotonic()

    def message(self, text):
        print(text, file=sys.stderr, flush=True)


class Terminal:
    """A bar that moves, below the lines that stay."""

    def __init__(self, total, done):
        from rich import progress

        self.bar = progress.Progress(
            progress.BarColumn(bar_width=24),
            progress.TaskProgressColumn(),
            progress.TextColumn("{task.description}"),
            progress.TextColumn("{task.fields[left]}"),
            **self.where(),
        )
        self.task = self.bar.add_task("", total=total, completed=done, left="")

    def where(self):
        from rich.console import Console

        return {"console": Console(stderr=True)}

    def start(self):
        self.bar.start()

    def stop(self):
        self.bar.stop()

    def show(self, done, total, step, text, left):
        self.bar.update(self.task, completed=done, total=total, description=text, left=left)

    def message(self, text):
        self.bar.console.print(text, highlight=False, markup=False, emoji=False, soft_wrap=True)


class Cell(Terminal):
    """The same bar as one output of a notebook's cell, which changes in place; the last lines that stay are above it.

    rich's own way there needs ipywidgets, and leaves a saved notebook nothing but the word Output().
    """

    def __init__(self, total, done):
        super().__init__(total, done)
        from rich.console import Console
        from rich.theme import Theme

        self.lines, self.earlier, self.pictured, self.handle = [], 0, 0.0, None
        # Its purple could not be read on a dark page.
        theme = Theme({"progress.percentage": "none"})
        look = dict(width=120, force_terminal=True, force_jupyter=False, color_system="truecolor", theme=theme)
        self.console = Console(record=True, file=io.StringIO(), **look)

    def where(self):
        return {"auto_refresh": False}

    def start(self):
        self.draw()

    def stop(self):
        self.bar.update(self.task, description="", left="")
        self.draw()

    def show(self, *progress):
        super().show(*progress)
        self.draw_in_time()

    def message(self, text):
        self.lines.append(text)
        if len(self.lines) > LINES_IN_A_CELL:
            self.earlier += 1
            del self.lines[0]
        self.draw_in_time()

    def draw_in_time(self):
        if time.monotonic() - self.pictured > SECONDS_BETWEEN_PICTURES:
            self.draw()

    def draw(self):
        from IPython.display import display

        if self.handle is None:
            self.handle = display(self.picture(), raw=True, display_id=True)
        else:
            self.handle.update(self.picture(), raw=True)
        self.pictured = time.monotonic()

    def picture(self):
        """What there is to see, as HTML and as text."""
        earlier = [f"({self.earlier:,} lines before these; the History has all figures)"] if self.earlier else []
        lines = "".join(f"{line}\n" for line in (*earlier, *self.lines))
        self.console.print(self.bar.get_renderable())
        # Emptied, or it would keep every bar.
        self.console.file = io.StringIO()
        text = self.console.export_text(clear=False)
        bar = self.console.export_html(inline_styles=True, code_format="{code}")
        return {"text/html": CODE.format(code=html.escape(lines) + bar), "text/plain": lines + text}
