"""The judge that judges now; a request reads it once, so that it never sees two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from amity.judge import Judge

__all__ = ["Active", "ActiveJudge"]


@dataclass(frozen=True, slots=True)
class Active:
    """A judge, and since when it has been the active one."""

    judge: Judge
    since: datetime


class ActiveJudge:
    """Holds the active judge. Whoever reads ``current`` once has one judge, whatever happens next."""

    def __init__(self, judge: Judge, since: datetime) -> None:
        self._current = Active(judge, since)

    @property
    def current(self) -> Active:
        """The judge of this moment."""
        return self._current

    @property
    def judge(self) -> Judge:
        """The judge of this moment, without the time."""
        return self._current.judge

    def swap(self, judge: Judge, since: datetime) -> None:
        """Have *judge* judge all requests that begin from now on."""
        self._current = Active(judge, since)
