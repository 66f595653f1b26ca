"""What is wrong with a log, and what verifying it comes to."""

from __future__ import annotations

from dataclasses import dataclass

from amity.errors import Problem
from amity.log.chain import Head

__all__ = ["Flaw", "Flaws", "Verified"]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was written, at the record *seq* (0: of none in particular)."""

    seq: int
    problem: Problem

    def __str__(self) -> str:
        return str(self.problem)


class Flaws:
    """Gathers flaws, no more than are wanted, in the order of records."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._flaws: list[Flaw] = []

    def add(self, code: str, seq: int, message: str, fix: str = "") -> None:
        """Tell of a flaw at *seq*."""
        field = f"record {seq}" if seq else ""
        if len(self._flaws) < self._most:
            self._flaws.append(Flaw(seq, Problem(code, message, field=field, fix=fix)))

    @property
    def found(self) -> tuple[Flaw, ...]:
        """Those found, by record; those of no record come last."""
        return tuple(sorted(self._flaws, key=lambda flaw: flaw.seq or 2**63))


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying came to. ``forgotten`` counts records of which a form went by order."""

    log_id: str
    head: Head
    records: int
    forgotten: int
    anchors: int
    flaws: tuple[Flaw, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.flaws
