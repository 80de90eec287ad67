"""The explorer in a notebook: an anywidget, which JupyterLab, VS Code and Colab show, whose questions the kernel answers."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from gluon_alexnet.explore import front_end, wire
from gluon_alexnet.explore.answers import Explorer
from gluon_alexnet.explore.opening import opened
from gluon_alexnet.interop import optional
from gluon_alexnet.language import Text

__all__ = ["explore"]

# What a notebook shows where no kernel knows the widget, as on GitHub.
RESTING = Text("A look inside {}: run this cell to see it", "Nhìn vào bên trong {}: chạy ô này để xem")


def explore(
    net_or_run: Any,
    images: Any = None,
    labels: Sequence[int] | None = None,
    *,
    data: Any = None,
    classes: Sequence[str] | None = None,
    normalize: bool | None = None,
    checkpoint: str = "last",
    language: str | None = None,
) -> Any:
    """A look inside a net, as a widget of the notebook: `explore(net, images)` as the last line of a cell.

    net_or_run: a Gluon Sequential or HybridSequential with weights, or the folder of a run. images: float (N, C, H, W), scaled as
    the net learned from them; or bytes, uint8 (N, H, W) or (N, H, W, 3), or files, which are scaled here; of a run, by default
    the first test image of each class. labels: their classes. data: the pictures to look through for those that excite a channel
    most, as for `explore.survey`, of a run a folder of Fashion-MNIST; by default the images themselves, of a run its training
    images. classes: names of the classes, by default Fashion-MNIST's for ten classes of grey pictures. normalize: whether what is
    scaled here becomes of mean 0 and standard deviation 1, as a loader with `normalize` makes it. checkpoint: of a run, 'last',
    'best' or 'average'. language: 'en' or 'vi', by default that of the notebook.

    Nothing is changed in the net. After it has learned more, show it again. Raises UserError for what cannot be looked at, and
    where anywidget is not installed.
    """
    optional.need("anywidget", "'.[cpu,explore]'")
    told = {"data": data, "classes": classes, "normalize": normalize, "checkpoint": checkpoint, "language": language}
    explorer = opened(net_or_run, images, labels=labels, **told)
    return kind()(explorer)


@functools.cache
def kind() -> Any:
    """The class of the widget."""
    import anywidget

    class ExplorerWidget(anywidget.AnyWidget):
        _esm = front_end.module()
        _css = front_end.style()

        def __init__(self, explorer: Explorer) -> None:
            super().__init__()
            self.explorer = explorer
            self.on_msg(self._asked)

        def __repr__(self) -> str:
            return RESTING.to(self.explorer.language).format(self.explorer.title)

        def _asked(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
            """Answers a message {"id", "question"} by {"id", "told"} and the buffers."""
            if not isinstance(content, Mapping) or "question" not in content:
                return
            told, arrays = wire.pack(self.explorer.answer(content["question"], buffers))
            self.send({"id": content.get("id"), "told": told}, arrays)

    return ExplorerWidget
