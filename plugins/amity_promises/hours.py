"""When a business is open, and in which time zone its clocks are: what "end of day" depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import re2

from amity.sdk import Conversation

__all__ = ["BusinessHours", "business_hours"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WRITTEN = re2.compile(r"^(\w{3})\w*-(\w{3})\w* (\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$")


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Opening hours, the same on each open day. ``is_assumed`` says that nobody told the time zone."""

    zone: tzinfo = UTC
    days: frozenset[int] = frozenset(range(5))  # Monday is 0
    opens: time = time(9)
    closes: time = time(17)
    is_assumed: bool = True

    def closing(self, day: date) -> datetime:
        """When the business closes on *day*."""
        return datetime.combine(day, self.closes, self.zone)

    def opening(self, day: date) -> datetime:
        """When it opens on *day*."""
        return datetime.combine(day, self.opens, self.zone)

    def later(self, day: date, count: int) -> date:
        """The open day that comes *count* open days after *day*."""
        while count > 0:
            day += timedelta(days=1)
            count -= day.weekday() in self.days
        return day


def business_hours(conversation: Conversation) -> BusinessHours:
    """What the attributes ``timezone`` and ``business_hours`` of *conversation* say.

    ``timezone`` is an IANA name (``Europe/Dublin``), ``business_hours`` is written
    ``Mon-Fri 09:00-17:00``, which is also what is taken when it is missing or cannot be read; a
    missing or unknown zone is taken as UTC.
    """
    return _hours(
        _text(conversation.attributes, "timezone"), _text(conversation.attributes, "business_hours")
    )


def _text(attributes: Mapping[str, object], name: str) -> str:
    value = attributes.get(name)
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=1000)
def _hours(zone_name: str, written: str) -> BusinessHours:
    usual = BusinessHours()
    try:
        zone: tzinfo = ZoneInfo(zone_name) if zone_name else UTC
    except (KeyError, ValueError, OSError):
        zone, zone_name = UTC, ""
    days, opens, closes = _opening(written) or (usual.days, usual.opens, usual.closes)
    return BusinessHours(zone, days, opens, closes, is_assumed=not zone_name)


def _opening(written: str) -> tuple[frozenset[int], time, time] | None:
    match = _WRITTEN.match(written.strip().lower())
    if not match or match[1] not in _DAYS or match[2] not in _DAYS:
        return None
    first, last = _DAYS.index(match[1]), _DAYS.index(match[2])
    days = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
    try:
        opens, closes = time(int(match[3]), int(match[4])), time(int(match[5]), int(match[6]))
    except ValueError:
        return None
    return (days, opens, closes) if opens < closes else None
