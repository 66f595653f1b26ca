"""Turns words that say when into moments: the latest at which the promise is kept, and how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import dateparser
import re2

from amity_promises.clocks import NOON, clock, likely_hour, number
from amity_promises.hours import BusinessHours
from amity_promises.phrases import Part

__all__ = ["Due", "Precision", "resolve"]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PARTS = {
    "morning": (time(6), time(12)),
    "lunch": (time(12), time(14)),
    "lunchtime": (time(12), time(14)),
    "noon": (time(12), time(12)),
    "midday": (time(12), time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(21)),
    "tonight": (time(18), time(23, 59)),
    "tonite": (time(18), time(23, 59)),
    "overnight": (time(0), time(9)),
    "midnight": (time(23, 59), time(23, 59)),
}
_TOMORROW = {"tomorrow", "tmrw", "tmr", "tomoz", "2moro"}
_TODAY = {"today", "tonight", "tonite"}
_LAST = time(23, 59)
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "hr": timedelta(hours=1),
          "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}  # fmt: skip
_DURATION = re2.compile(
    r"^(.+?)(?: ?(?:-|\x{2013}|to|or) ?(.+?))?(?: more)? ?"
    r"(?:(business|working|calendar|full)[- ])?"
    r"(minute|min|hour|hr|h|day|week|wk|month|fortnight)s?( and a half)?$"
)
MONTHS = 12


class Precision(StrEnum):
    """How exactly a phrase says when."""

    MINUTE = "minute"
    PART = "part of a day"
    DAY = "day"
    WEEK = "week"
    VAGUE = "vague"


@dataclass(frozen=True, slots=True)
class Due:
    """When something is to be done.

    The promise is kept at the latest at ``latest``; it may be meant as early as ``earliest``. Both
    are None for words that name no time ("shortly"). ``is_guess`` says that the words can be read
    in another way as well ("by 3", "next Friday"); ``is_span`` that they count from now ("within two
    hours"), so that no time zone matters.
    """

    precision: Precision
    earliest: datetime | None = None
    latest: datetime | None = None
    is_guess: bool = False
    is_span: bool = False


def resolve(parts: Sequence[Part], said_at: datetime, hours: BusinessHours) -> Due:
    """When the phrase made of *parts*, said at *said_at*, means, in the zone of *hours*.

    >>> from datetime import UTC
    >>> said = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # a Tuesday
    >>> resolve([Part("day", "tomorrow"), Part("clock", "5pm")], said, BusinessHours()).latest
    datetime.datetime(2026, 3, 4, 17, 0, tzinfo=datetime.timezone.utc)
    """
    now = said_at.astimezone(hours.zone)
    by_kind = {part.kind: part.words for part in reversed(parts)}
    if "duration" in by_kind:
        return _duration(by_kind["duration"], now, hours)
    day = _day(by_kind, now, hours)
    if "idiom" in by_kind:
        return _idiom(by_kind["idiom"], now, hours, day)
    if span := by_kind.get("between"):
        return _between(span, now, day)
    if clock := by_kind.get("clock") or by_kind.get("hour"):
        return _at(clock, now, day, by_kind.get("part", by_kind.get("day", "")))
    if words := _part_of(by_kind):
        return _within(day or _Day(now.date()), _PARTS[words], now, Precision.PART)
    if day:
        precision = Precision.DAY if day.first == day.last else Precision.WEEK
        return replace(_within(day, (time(0), _LAST), now, precision), is_guess=day.is_guess)
    return Due(Precision.VAGUE)


@dataclass(frozen=True, slots=True)
class _Day:
    """A day, or the days from ``first`` to the day given last, that a phrase may mean."""

    first: date
    until: date | None = None
    is_guess: bool = False

    @property
    def last(self) -> date:
        return self.until or self.first


def _within(day: _Day, span: tuple[time, time], now: datetime, precision: Precision) -> Due:
    earliest = datetime.combine(day.first, span[0], now.tzinfo)
    latest = datetime.combine(day.last, span[1], now.tzinfo)
    if latest < now and day == _Day(now.date()):  # "this morning", said at noon, is tomorrow's
        earliest, latest = earliest + timedelta(days=1), latest + timedelta(days=1)
    return Due(precision, max(now, earliest), latest, day.is_guess)


def _part_of(by_kind: dict[str, str]) -> str:
    words = by_kind.get("part", "").rpartition(" ")[2] or by_kind.get("day", "")
    return words if words in _PARTS else ""


def _duration(words: str, now: datetime, hours: BusinessHours) -> Due:
    match = _DURATION.match(words)
    low = number(match[1]) if match else None
    if not match or low is None:
        return Due(Precision.VAGUE)
    high = number(match[2]) if match[2] else low
    if high is None:
        return Due(Precision.VAGUE)
    half = 0.5 if match[5] else 0.0
    is_guess = "few" in words or "couple" in words
    if match[4] in _UNITS:
        unit = _UNITS[match[4]]
        early = now + unit * (low if match[2] else 0)
        return Due(Precision.MINUTE, early, now + unit * (high + half), is_guess, is_span=True)
    if match[3] in {"business", "working"} and match[4] == "day":
        last = hours.later(now.date(), int(high))
        return Due(Precision.DAY, now, hours.closing(last), is_guess)
    days = {"day": 1, "week": 7, "wk": 7, "fortnight": 14, "month": 30}[match[4]]
    last = now.date() + timedelta(days=round((high + half) * days))
    return Due(Precision.DAY, now, datetime.combine(last, _LAST, now.tzinfo), is_guess)


def _day(by_kind: dict[str, str], now: datetime, hours: BusinessHours) -> _Day | None:
    if words := by_kind.get("date"):
        return _date(words, now)
    if words := by_kind.get("ordinal"):
        return _ordinal(int("".join(filter(str.isdigit, words))), now.date())
    return _named_day(by_kind.get("day", ""), now.date(), hours)


def _named_day(words: str, today: date, hours: BusinessHours) -> _Day | None:
    if words in _TODAY:
        return _Day(today)
    if words in _TOMORROW or words == "overnight":
        return _Day(today + timedelta(days=1))
    if words in {"this week", "next week"}:
        monday = today - timedelta(days=today.weekday())
        first = today if words == "this week" else monday + timedelta(days=7)
        return _Day(first, _last_open(monday + timedelta(days=7 * (words == "next week")), hours))
    if words in {"this month", "next month"}:
        first = today if words == "this month" else _month_after(today)
        return _Day(first, _month_after(first) - timedelta(days=1))
    return _weekday(words, today)


def _last_open(monday: date, hours: BusinessHours) -> date:
    return monday + timedelta(days=max(hours.days, default=4))


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _weekday(words: str, today: date) -> _Day | None:
    names = [word[:3] for word in words.split() if word[:3] in _WEEKDAYS]
    if not names:
        return None
    ahead = (_WEEKDAYS.index(names[0]) - today.weekday()) % 7
    nearest = today + timedelta(days=ahead or 7)
    if "next" in words.split():  # some mean the nearest, some the one in the week after
        following = today - timedelta(days=today.weekday()) + timedelta(days=7)
        other = following + timedelta(days=_WEEKDAYS.index(names[0]))
        return _Day(nearest, other, is_guess=True) if other != nearest else _Day(nearest)
    return _Day(nearest) if ahead else _Day(today, nearest, is_guess=True)


def _ordinal(number: int, today: date) -> _Day | None:
    first = today.replace(day=1)
    for _ in range(3):  # no more than one month in a row lacks a day
        try:
            day = first.replace(day=number)
        except ValueError:
            day = None
        if day and day >= today:
            return _Day(day)
        first = _month_after(first)
    return None


def _date(words: str, now: datetime) -> _Day | None:
    settings = {
        "RELATIVE_BASE": now.replace(tzinfo=None),
        "PREFER_DATES_FROM": "future",
        "DATE_ORDER": "DMY",
        "STRICT_PARSING": False,
    }
    found = dateparser.parse(words, languages=["en"], settings=settings)
    if found is None:
        return None
    parts = words.split("/")
    # 03/04 is a day in March or in April, by country.
    is_guess = len(parts) > 1 and max(int(parts[0]), int(parts[1])) <= MONTHS
    return _Day(found.date(), is_guess=is_guess and parts[0] != parts[1])


def _idiom(words: str, now: datetime, hours: BusinessHours, day: _Day | None) -> Due:
    today = now.date()
    on = day.first if day else today
    if words.startswith("first thing"):
        when = day.first if day else hours.later(today, 1)
        opening = hours.opening(when)
        return Due(Precision.PART, opening, opening + timedelta(hours=2))
    if words == "within the hour":
        return Due(Precision.MINUTE, now, now + timedelta(hours=1), is_span=True)
    if "next" in words:
        return Due(Precision.DAY, now, hours.closing(hours.later(today, 1)))
    if words == "eow" or "week" in words:
        monday = today - timedelta(days=today.weekday())
        if "weekend" in words:
            last = monday + timedelta(days=6)
            return Due(Precision.WEEK, now, datetime.combine(last, _LAST, now.tzinfo))
        return Due(Precision.WEEK, now, hours.closing(max(today, _last_open(monday, hours))))
    if "month" in words:
        last = _month_after(today) - timedelta(days=1)
        return Due(Precision.WEEK, now, datetime.combine(last, _LAST, now.tzinfo))
    return _end_of(on, words, now, hours)


def _end_of(day: date, words: str, now: datetime, hours: BusinessHours) -> Due:
    """The end of a day: when the business closes, or, as others mean it, midnight."""
    closing, midnight = hours.closing(day), datetime.combine(day, _LAST, now.tzinfo)
    is_close = words in {"cob", "close of business", "close of play", "end of business"}
    if is_close and closing > now:
        return Due(Precision.PART, now, closing)
    return Due(Precision.DAY, min(max(now, closing), midnight), midnight, is_guess=True)


def _at(words: str, now: datetime, day: _Day | None, context: str) -> Due:
    found = clock(words)
    if found is None:
        return Due(Precision.VAGUE)
    hour, minute, is_known = found
    if not is_known:
        hour = likely_hour(hour, context)
    on = day.first if day else now.date()
    due = datetime.combine(on, time(hour % 24, minute), now.tzinfo)
    if day is None and due <= now:
        later = due + timedelta(hours=12)
        due = later if not is_known and later > now and hour < NOON else due + timedelta(days=1)
    return Due(Precision.MINUTE, now, due, is_guess=not is_known or bool(day and day.is_guess))


def _between(words: str, now: datetime, day: _Day | None) -> Due:
    """From the first hour to the second; "between 2 and 4" is in the afternoon, as for one hour."""
    first, _, second = words.removeprefix("between ").replace(" to ", " and ").partition(" and ")
    early, late = _at(first.strip(), now, day, ""), _at(second.strip(), now, day, "")
    if early.latest is None or late.latest is None:
        return Due(Precision.VAGUE)
    earliest, latest = sorted((early.latest, late.latest))
    return Due(Precision.MINUTE, earliest, latest, early.is_guess or late.is_guess)
