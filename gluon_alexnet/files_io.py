"""Files that are whole or not there: written to a temporary name beside the target, then renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike


def user_path(given: PathLike) -> Path:
    """A path, text or Path, as a Path; ~ is the home folder, as in a shell. Raises UserError where there is no such home."""
    try:
        return Path(given).expanduser()
    except RuntimeError:
        raise UserError(f"{given} is in a home folder that is not known here: name a folder without ~") from None


@contextlib.contextmanager
def replacing(path: PathLike) -> Iterator[Path]:
    """A temporary path in the folder of `path`; renamed to `path` when the block ends well, deleted when it does not.

    It ends as `path` does, by which some programs know what to write.
    The content is flushed to the disk before the rename, so that a power cut leaves the old file or the new one, never a part.
    Raises UserError when the folder cannot be written to or the disk is full.
    """
    path = user_path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=f".tmp{path.suffix}", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        # mkstemp makes files that only the owner can read; a result is made as any other file would be.
        umask = os.umask(0)
        os.umask(umask)
        with contextlib.suppress(OSError):  # some file systems, such as Windows folders in WSL, have no such marks
            temporary.chmod(0o666 & ~umask)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}; free space there or name another folder") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def check_folder(folder: PathLike) -> None:
    """Makes `folder` and tries to write there, and to name a file there in UTF-8, as MXNet does; errors as for `replacing`."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise UserError(f"MXNet cannot write into {str(folder)!a}: name a folder in UTF-8") from None
    written = Path(folder) / ".writable"
    write_text(written, "")
    written.unlink()


def check_file(path: PathLike) -> Path:
    """The Path of a file that is to be written after long work, its folder tried before.

    Raises UserError where nothing can be written there.
    """
    found = user_path(path)
    if not str(path) or found.is_dir():
        raise UserError(f"cannot write {str(path) or 'a file without a name'}: it is no file; name one")
    try:
        found.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=found.parent, prefix=".", suffix=".tmp"):
            return found
    except OSError as error:
        raise UserError(f"cannot write {found}: {error.strerror or error}; name another folder") from error


def write_text(path: PathLike, text: str) -> None:
    """Writes `text` at `path` in UTF-8, atomically; errors as for `replacing`."""
    with replacing(path) as temporary:
        # It may hold the name of a file that is not UTF-8.
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def write_bytes(path: PathLike, content: bytes) -> None:
    """Writes `content` at `path`, atomically; errors as for `replacing`."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)
