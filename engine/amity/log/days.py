"""Days and weeks as the log counts them: in UTC, from 1970 on."""

from __future__ import annotations

__all__ = ["DAY_US", "WEEK", "week_of"]

DAY_US = 86_400_000_000
WEEK = 7


def week_of(day: int) -> int:
    """The Monday of the week of *day*, both in days since 1970, which began with a Thursday.

    >>> week_of(3), week_of(4), week_of(10), week_of(11)
    (-3, 4, 4, 11)
    """
    return day - (day + 3) % WEEK
