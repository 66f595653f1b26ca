"""Which forms of old records go: a plan, made without touching anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from amity.policy.model import Severity
from amity.privacy.policy import Keep, Longer, Retention

__all__ = ["Drop", "RecordSummary", "body", "plan"]

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class RecordSummary:
    """What retention needs to know of a record.

    ``missed`` has the rules that were missed, as "policy/rule", each with its severity.
    """

    seq: int
    at: datetime
    missed: tuple[tuple[str, Severity], ...] = ()
    has_sealed: bool = True
    has_view: bool = True


@dataclass(frozen=True, slots=True)
class Drop:
    """The forms that a record loses."""

    seq: int
    sealed: bool
    view: bool


def plan(retention: Retention, records: Iterable[RecordSummary], now: datetime) -> Iterator[Drop]:
    """What is to be dropped of *records* at *now*, in their order; a dry run is to stop here.

    A record is kept for the longest time that anything asks of it. A sealed form never outlives
    its view: without one nobody could tell what is in the other.
    """
    for record in records:
        keep = _longest(retention, record)
        age = now - record.at
        view = record.has_view and _is_over(age, keep.view)
        sealed = record.has_sealed and (_is_over(age, keep.sealed) or _is_over(age, keep.view))
        if sealed or view:
            yield Drop(record.seq, sealed, view)


def body(drops: Iterable[Drop]) -> dict[str, Any]:
    """What the log keeps of a plan that was carried out: ranges of sequence numbers, ends included."""
    taken = list(drops)
    return {
        "sealed": _ranges(drop.seq for drop in taken if drop.sealed),
        "views": _ranges(drop.seq for drop in taken if drop.view),
    }


def _ranges(numbers: Iterable[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def _longest(retention: Retention, record: RecordSummary) -> Keep:
    keep = retention.keep
    for longer in retention.longer:
        if _applies(longer, record):
            keep = Keep(
                _later(keep.sealed, longer.keep.sealed), _later(keep.view, longer.keep.view)
            )
    return keep


def _applies(longer: Longer, record: RecordSummary) -> bool:
    return any(
        rule == longer.rule
        if longer.severity is None
        else _RANKS[severity] >= _RANKS[longer.severity]
        for rule, severity in record.missed
    )


def _later(first: timedelta | None, second: timedelta | None) -> timedelta | None:
    return None if first is None or second is None else max(first, second)


def _is_over(age: timedelta, keep: timedelta | None) -> bool:
    return keep is not None and age >= keep
