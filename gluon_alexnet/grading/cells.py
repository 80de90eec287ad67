"""What of a notebook's file the grader looks at, whatever the file holds: bounded in size, or an error.

`python cells.py < FILE` does it in a process of its own, with the limits of `main`, for files that might fill the memory of
this one. It imports the standard library only, and must be able to run by itself.
"""

import json
import sys

MAX_CELLS = 5_000
MAX_SOURCE = 100_000  # characters of one cell that are kept: far more than an answer may have
MAX_TEXT = 4_000_000  # of all cells
MEMORY, SECONDS = 3_000_000_000, 60


def compact(content):
    """What is looked at of the bytes of a notebook of nbformat 3 or 4.

    {"metadata": ..., "cells": [[kind, id, source, grade_id, written], ...]}
    id, grade_id, written (the question that a cell is there to answer in words): strings or None. Raises ValueError with a reason
    where it is no notebook.
    """
    try:
        notebook = json.loads(content)
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    try:
        if "worksheets" in notebook:
            notebook = {**notebook, "cells": [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]}
        cells = [_cell(cell) for cell in notebook["cells"]]
        ours = (notebook.get("metadata") or {}).get("gluon_alexnet")
    except (TypeError, KeyError, AttributeError):
        raise ValueError("its cells cannot be read") from None
    if len(cells) > MAX_CELLS or sum(len(cell[2]) for cell in cells) > MAX_TEXT:
        raise ValueError(f"it has more than {MAX_CELLS:,} cells or {MAX_TEXT:,} characters in them")
    said = {key: text[:100] for key, text in ours.items() if isinstance(text, str)} if isinstance(ours, dict) else {}
    return {"metadata": {"gluon_alexnet": said}, "cells": cells}


def _cell(cell):
    source = cell.get("source", cell.get("input", ""))
    source = source if isinstance(source, str) else "".join(source)
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    # Colab keeps the ids of cells in the metadata.
    name = cell.get("id") or metadata.get("id")
    ours = metadata.get("gluon_alexnet")
    written = _text(ours.get("written")) if isinstance(ours, dict) else None
    source = _clean(source[:MAX_SOURCE]).replace("\r\n", "\n")
    return [str(cell["cell_type"])[:100], _text(name), source, _text(grade_id), written]


def _text(name):
    return _clean(name[:200]) if isinstance(name, str) else None


def _clean(text):
    """`text` with a mark for each half of a surrogate pair, which cannot be written anywhere."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def main():
    import resource

    for which, value in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        resource.setrlimit(which, (value, value))
    try:
        told = compact(sys.stdin.buffer.read())
    except ValueError as error:
        told = {"error": str(error)}
    except MemoryError:
        told = {"error": "it holds too much to be read"}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
