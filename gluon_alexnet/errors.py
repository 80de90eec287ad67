"""What went wrong, in one sentence that a person can act on."""

import difflib
import re
from collections.abc import Collection


class UserError(Exception):
    """Bad input or a machine that cannot do what was asked: one sentence that says what, where and how to mend it.

    The command line prints the sentence on stderr and exits with `exit_code`.
    """

    exit_code = 1


class DataError(UserError):
    """A data file is missing, damaged or not what its name says."""


class DeviceError(UserError):
    """A processor was asked for that is not there or that this MXNet cannot drive."""


class DivergedError(UserError):
    """The loss became NaN or infinite."""


class CheckpointError(UserError):
    """A checkpoint is missing, damaged or of another net or other settings."""


def unknown(kind: str, name: object, known: Collection[str], more: str = "") -> UserError:
    """The UserError for a `kind` of thing that is not called `name`: with the nearest of the `known` names, and all of them."""
    near = difflib.get_close_matches(str(name).lower(), known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return UserError(f"there is no {kind} {name!r}: {hint}take one of {', '.join(known)}{more}")


def reason(error: BaseException) -> str:
    """The line of another library's error that says what is wrong."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    # MXNet puts its own stack first.
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]
