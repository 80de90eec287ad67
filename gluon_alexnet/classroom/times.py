"""Moments as LMSs and people write them."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

# 2026-11-20T23:59:01.5+07:00, 2026-11-20 23:59 UTC, 2026-11-20, and 2026-11-20-23-59-01 as Blackboard writes it.
MOMENT = re.compile(
    r"^(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T -]\s*(?P<hour>\d{1,2})[:-](?P<minute>\d{2})(?:[:-](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|UCT|[+-]\d{2}:?\d{2}|[A-Za-z_]+/[A-Za-z_/+-]+)?$"
)

EPOCH = dt.datetime(1970, 1, 1)


def moment(text: str) -> dt.datetime | None:
    """The moment that `text` writes, with its time zone as far as it says one; None where it is not understood.

    A day alone is its last second.
    """
    found = MOMENT.match(text.strip())
    if not found:
        return None
    day, hour = found["day"], found["hour"]
    try:
        zone = _zone(found["zone"])
        if hour is None:
            return dt.datetime.fromisoformat(f"{day}T23:59:59").replace(tzinfo=zone)
        micros = int((found["fraction"] or "0").ljust(6, "0")[:6])
        date = dt.date.fromisoformat(day)
        clock = dt.time(int(hour), int(found["minute"]), int(found["second"] or 0), micros, zone)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return None
    return dt.datetime.combine(date, clock)


def _zone(text):
    if not text:
        return None
    if text in ("Z", "UTC", "GMT", "UCT"):
        return dt.timezone.utc
    if "/" in text:
        return zoneinfo.ZoneInfo(text)
    hours, minutes = int(text[1:3]), int(text[-2:])
    return dt.timezone((1 if text[0] == "+" else -1) * dt.timedelta(hours=hours, minutes=minutes))


def iso(when: dt.datetime | None) -> str:
    """`when` in ISO 8601, '' for None."""
    return when.isoformat() if when else ""


def in_utc(text: str) -> str:
    """The moment `text` as nbgrader's tables have it: in UTC, without saying so; as it stands where it names no time zone."""
    when = moment(text)
    if when is None:
        return text
    return str(when.astimezone(dt.timezone.utc).replace(tzinfo=None) if when.tzinfo else when)
