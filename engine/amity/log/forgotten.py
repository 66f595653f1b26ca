"""Which forms of which records went by order: by a retention or by an erasure, each itself a record."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["Ranges", "forgotten_by", "ranges_of"]


class Ranges:
    """Sequence numbers as ranges, both ends included."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []
        self._starts: list[int] = []

    def add(self, spans: Iterable[Sequence[int]]) -> None:
        """Add *spans*, each a first and a last number."""
        joined: list[tuple[int, int]] = []
        for first, last in sorted([*self._spans, *((int(s[0]), int(s[1])) for s in spans)]):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        self._spans, self._starts = joined, [first for first, _ in joined]

    def __contains__(self, seq: int) -> bool:
        if not self._spans:
            return False
        at = bisect_right(self._starts, seq) - 1
        return at >= 0 and seq <= self._spans[at][1]


def ranges_of(numbers: Iterable[int]) -> list[list[int]]:
    """*numbers* as ranges.

    >>> ranges_of([5, 1, 2, 3])
    [[1, 3], [5, 5]]
    """
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def forgotten_by(body: Mapping[str, Any]) -> tuple[list[list[int]], list[list[int]]]:
    """The records whose views, and those whose sealed originals, went by the record with *body*."""
    return body.get("views", []), body.get("sealed", [])
