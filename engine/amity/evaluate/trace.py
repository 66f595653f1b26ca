"""Traces: why a rule ended as it did, or did not fire, and how far it was, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from amity.evaluate.outcome import State
from amity.policy.model import Condition, Policy, Rule
from amity.signals import Signal

__all__ = [
    "MOST_ATTEMPTS",
    "MOST_NOT_ARISEN",
    "Attempt",
    "ConditionTrace",
    "Ending",
    "Gap",
    "GapKind",
    "NearMiss",
    "RuleTrace",
    "StepTrace",
]

MOST_ATTEMPTS = 20
"""How many occasions of one ending a trace tells at most, the first in the conversation."""
MOST_NOT_ARISEN = 3
"""How many occasions that did not arise, or have not yet, a trace tells at most, the nearest."""


class Ending(StrEnum):
    """What became of an occasion, those that leave no outcome included."""

    SHOWN = "shown"
    MISSED = "missed"
    ABSTAINED = "abstained"
    PENDING = "pending"
    CANCELLED = "cancelled"
    """``unless`` was met, so that nothing was owed."""
    UNCLAIMED = "unclaimed"
    """A recognition's occasion arose and what it would notice was not there; nobody owed it."""
    UNCLEAR = "unclear"
    """It is unknown whether the occasion arose."""
    NOT_YET = "not_yet"
    """The conversation goes on, and the occasion, or what would be recognised, may still come."""
    NOT_ARISEN = "not_arisen"
    """Some of what makes the occasion was said, and not all, or not so that it counts."""


_STATES = {
    Ending.SHOWN: State.SHOWN,
    Ending.MISSED: State.MISSED,
    Ending.ABSTAINED: State.ABSTAINED,
    Ending.PENDING: State.PENDING,
}


class GapKind(StrEnum):
    """Why a signal of the right name did not count."""

    SCORE = "score"
    WINDOW = "window"
    SPEAKER = "speaker"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why a signal did not count, in words: "score 0.52 under 0.6".

    ``size`` says how far it was, to compare gaps with; it has no unit.
    """

    kind: GapKind
    words: str
    size: float


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A signal of the right name that did not count, and everything that kept it from counting.

    ``suffices`` says that with ``gaps`` closed, and nothing else changed, the condition that it is
    reported for would have been met.
    """

    signal: Signal
    gaps: tuple[Gap, ...]
    suffices: bool

    @property
    def distance(self) -> tuple[int, float]:
        """How far it was: fewer reasons are nearer than small ones."""
        return len(self.gaps), sum(gap.size for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class ConditionTrace:
    """Whether a condition held, by which signals, or what kept it from it.

    ``found`` of ``needed`` signals (of members, for a group) were there; a ``none`` needs 0 of its
    members. ``near`` are the nearest
    misses of a condition that was false, the nearest first; ``against`` the signals that a
    ``none`` forbids and that were there. ``unknown`` says in phrases what is not known. A group of
    conditions has a trace for each in ``members``.
    """

    condition: Condition
    words: str
    truth: bool | None
    evidence: tuple[Signal, ...]
    found: int
    needed: int
    near: tuple[NearMiss, ...] = ()
    against: tuple[Signal, ...] = ()
    unknown: tuple[str, ...] = ()
    members: tuple[ConditionTrace, ...] = ()

    def all_traces(self) -> Iterator[ConditionTrace]:
        """This trace and those of all members, at any depth."""
        yield self
        for member in self.members:
            yield from member.all_traces()


@dataclass(frozen=True, slots=True)
class StepTrace:
    """A condition looked for in a window.

    ``turns`` certainly lie in it. ``is_open`` says that more may follow.
    """

    condition: ConditionTrace
    window: str
    turns: tuple[int, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One occasion of a rule: it arose and ended somehow, or it nearly arose.

    ``turn`` is where it arose (from 0), or where it came nearest to arising. ``steps`` are those
    that were looked at: the last is the one that decided. ``unless`` is the exception, if the rule
    has one and the occasion arose.
    """

    ending: Ending
    turn: int
    given: ConditionTrace
    steps: tuple[StepTrace, ...]
    unless: StepTrace | None
    reason: str

    @property
    def state(self) -> State | None:
        """The state of the outcome that it left; None where it left none."""
        return _STATES.get(self.ending)

    @property
    def near(self) -> tuple[NearMiss, ...]:
        """The nearest misses of what decided it."""
        return self.steps[-1].condition.near if self.steps else self.given.near


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """How a rule ended on a conversation and why.

    ``states`` are those of its outcomes, in the decision's order; ``attempts`` are its occasions:
    those that arose in their order, then those that did not, the nearest first. Of each ending at
    most ``MOST_ATTEMPTS`` are told (``MOST_NOT_ARISEN`` of those that did not arise); ``more`` says
    how many there are besides, exactly. ``reason`` says it in a sentence where there is no attempt,
    or where the rule was not judged.
    """

    policy: Policy
    rule: Rule
    english: str
    states: tuple[State, ...]
    reason: str
    attempts: tuple[Attempt, ...]
    more: Mapping[Ending, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def distance(self) -> tuple[int, float]:
        """How near the rule came to ending otherwise; smaller is nearer."""
        misses = [miss.distance for attempt in self.attempts for miss in attempt.near]
        return min(misses, default=(1000, 0.0))
