"""Runs of whole days in UTC, and how they are cut into days or weeks for a trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from amity.log.days import DAY_US, WEEK, week_of

__all__ = ["EPOCH", "Period", "day_of", "today"]

EPOCH = date(1970, 1, 1)
_MOST_DAYS = 31


def day_of(day: date) -> int:
    """Days since 1970, as the log counts them."""
    return (day - EPOCH).days


@dataclass(frozen=True, slots=True)
class Period:
    """The days from *first* to *last*, both included.

    >>> week = Period(date(2026, 3, 2), date(2026, 3, 8))
    >>> str(week), str(week.before), week.days
    ('2026-03-02 to 2026-03-08', '2026-02-23 to 2026-03-01', 7)
    """

    first: date
    last: date

    @classmethod
    def of_days(cls, first: int, end: int) -> Period:
        """From the day *first* up to the day *end*, which is not in it, as the log counts days."""
        return cls(EPOCH + timedelta(first), EPOCH + timedelta(end - 1))

    @classmethod
    def ending(cls, last: date, days: int) -> Period:
        """The *days* days that end with *last*."""
        return cls(last - timedelta(days - 1), last)

    @property
    def start(self) -> int:
        """The first day as the log counts days."""
        return day_of(self.first)

    @property
    def end(self) -> int:
        """The day after the last."""
        return day_of(self.last) + 1

    @property
    def days(self) -> int:
        """How many days."""
        return self.end - self.start

    @property
    def before(self) -> Period:
        """The period of the same length that ends the day before this one begins."""
        return Period.of_days(self.start - self.days, self.start)

    @property
    def start_us(self) -> int:
        """The first microsecond, since 1970."""
        return self.start * DAY_US

    @property
    def end_us(self) -> int:
        """The first microsecond after it."""
        return self.end * DAY_US

    @property
    def bucket_days(self) -> int:
        """The days in a bucket of the trend: one up to 31 days, then a week."""
        return 1 if self.days <= _MOST_DAYS else WEEK

    def buckets(self) -> tuple[Period, ...]:
        """The buckets of the trend: days, or weeks from Monday on, the first and last as far as they go.

        >>> [week.days for week in Period(date(2026, 3, 1), date(2026, 4, 1)).buckets()]
        [1, 7, 7, 7, 7, 3]
        """
        width = self.bucket_days
        later = range(self.start + 1, self.end)
        starts = [self.start, *(day for day in later if width == 1 or week_of(day) == day)]
        return tuple(map(Period.of_days, starts, [*starts[1:], self.end]))

    @property
    def origin(self) -> int:
        """The day from which buckets are counted: the first, or the Monday of its week."""
        return self.start if self.bucket_days == 1 else week_of(self.start)

    def bucket_of(self, day: int) -> int:
        """The number of the bucket that *day* of the period is in."""
        return (day - self.origin) // self.bucket_days

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


def today() -> date:
    """Today in UTC."""
    return datetime.now(UTC).date()
