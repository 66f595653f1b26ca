"""Which of two judgements of one timeline is the stricter, opportunity by opportunity.

The order is written down in docs/changing.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from amity.evaluate.outcome import Outcome, State
from amity.evaluate.timeline import Timeline
from amity.policy.model import Rule, RuleKind, Severity

__all__ = ["Ending", "Lean", "Shift", "shifts"]

# Opportunities of two versions belong together when they arose in the same move; NOWHERE is that of
# which it is unknown whether it arose.
NOWHERE = -1
RANKS = {Severity.MINOR: 0, Severity.MAJOR: 1, Severity.CRITICAL: 2}
_DOUBTFUL = {State.ABSTAINED, State.PENDING}


class Lean(StrEnum):
    """Where a difference leads: to a stricter judgement, a kinder one, or neither."""

    TIGHTENS = "tightens"
    LOOSENS = "loosens"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Ending:
    """How one opportunity ended; ``turn`` is where it arose, or None if it may not have."""

    state: State
    turn: int | None = None
    severity: Severity | None = None


_NO_DUTY = Ending(State.NO_OPPORTUNITY)


@dataclass(frozen=True, slots=True)
class Shift:
    """One opportunity that the two versions judge differently."""

    before: Ending
    after: Ending
    lean: Lean

    @property
    def turn(self) -> int | None:
        """The turn in which the opportunity arose, in either version."""
        return self.after.turn if self.before.turn is None else self.before.turn


def shifts(
    timeline: Timeline,
    before: tuple[Rule | None, Iterable[Outcome]],
    after: tuple[Rule | None, Iterable[Outcome]],
) -> list[Shift]:
    """Every opportunity on *timeline* that two versions of a rule judge differently.

    A version is given with its outcomes; a rule of None is one that is not there.
    """
    rules = [rule for rule, _ in (before, after) if rule]
    once = all(rule.per_conversation for rule in rules)
    old, new = _endings(timeline, before[1], once), _endings(timeline, after[1], once)
    if old == new:
        return []
    _pair_doubts(old, new)
    _pair_doubts(new, old)
    praises = all(rule.kind is RuleKind.RECOGNISE for rule in rules)
    return [
        Shift(was, now, _praise(was, now) if praises else _duty(was, now))
        for place in sorted(old.keys() | new.keys())
        for was, now in [(old.get(place, _NO_DUTY), new.get(place, _NO_DUTY))]
        if (was.state, was.severity) != (now.state, now.severity)
    ]


def _endings(timeline: Timeline, outcomes: Iterable[Outcome], once: bool) -> dict[int, Ending]:
    return {
        _place(timeline, outcome, once): Ending(
            outcome.state,
            outcome.opportunity.turn if outcome.opportunity else None,
            outcome.rule.severity if outcome.state is State.MISSED else None,
        )
        for outcome in outcomes
    }


def _place(timeline: Timeline, outcome: Outcome, once: bool) -> int:
    if once:
        return 0
    return timeline.move_of[outcome.opportunity.turn].turns[0] if outcome.opportunity else NOWHERE


def _pair_doubts(one: dict[int, Ending], other: Mapping[int, Ending]) -> None:
    """Put the doubt whether there was an opportunity in the place of those that it took."""
    lost = [place for place in other if place not in one]
    if NOWHERE in one and NOWHERE not in other and lost:
        doubt = one.pop(NOWHERE)
        one.update(dict.fromkeys(lost, doubt))


def _duty(was: Ending, now: Ending) -> Lean:
    """No duty is kinder than one that is met, and that than one that is missed; doubt lies between.

    Doubt whether there was a duty at all is neither stricter nor kinder than none.
    """
    first, second = was.state, now.state
    if first in _DOUBTFUL or second in _DOUBTFUL:
        is_nowhere = was.turn is None and now.turn is None
        if is_nowhere or State.SHOWN in {first, second} or {first, second} <= _DOUBTFUL:
            return Lean.NEITHER
        worse = second is State.MISSED or first is State.NO_OPPORTUNITY
        return Lean.TIGHTENS if worse else Lean.LOOSENS
    return Lean.TIGHTENS if _rank(now) > _rank(was) else Lean.LOOSENS


def _rank(ending: Ending) -> int:
    if ending.severity is not None:
        return 2 + RANKS[ending.severity]
    return int(ending.state is State.SHOWN)


def _praise(was: Ending, now: Ending) -> Lean:
    """Praise that is given no more is stricter; what is in doubt is neither."""
    if State.ABSTAINED in {was.state, now.state}:
        return Lean.NEITHER
    return Lean.TIGHTENS if was.state is State.SHOWN else Lean.LOOSENS
