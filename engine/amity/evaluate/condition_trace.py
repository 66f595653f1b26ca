"""A condition looked at piece by piece: which part held, by what, and which did not, by how much.

The evaluator's closures say whether a condition holds, as fast as they can; this says why. A
property test holds the two to the same answer.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from amity.evaluate.conditions import causes, unknown_turns
from amity.evaluate.near_misses import MOST_NEAR, Lacking
from amity.evaluate.timeline import Timeline, text_order
from amity.evaluate.trace import ConditionTrace, GapKind, NearMiss
from amity.evaluate.windows import Region
from amity.policy.condition_words import condition_words
from amity.policy.model import Condition, Group, Match, Quantifier, Window, matches
from amity.signals import Signal

__all__ = ["ConditionTracer"]

# Closing these gaps takes the signal away from where it may have counted for something else.
_MOVING = {GapKind.SPEAKER, GapKind.ATTRIBUTE}


@dataclass(frozen=True, slots=True)
class _Look:
    """Where a condition is looked for."""

    timeline: Timeline
    region: Region
    window: Window | None


class ConditionTracer:
    """Looks at conditions on one timeline, and keeps what is the same at every look.

    *words* keeps those of conditions by their identity, from one timeline to the next.
    """

    def __init__(self, timeline: Timeline, words: dict[int, str] | None = None) -> None:
        self.timeline = timeline
        self._lacking: dict[int, Lacking] = {}
        self._words = {} if words is None else words

    def trace(
        self, condition: Condition, region: Region, window: Window | None = None
    ) -> ConditionTrace:
        """Whether *condition* holds over *region*, which *window* describes, and why."""
        return self._trace(condition, _Look(self.timeline, region, window))

    def _trace(self, condition: Condition, look: _Look) -> ConditionTrace:
        words = self._words_of(condition)
        if isinstance(condition, Match) or condition.count > 1:
            return self._counted(condition, words, look)
        traces = tuple(self._trace(member, look) for member in condition.members)
        match condition.quantifier:
            case Quantifier.ANY:
                return _any(condition, words, traces)
            case Quantifier.ALL:
                return _all(condition, words, traces)
            case Quantifier.NONE:
                return _none(condition, words, traces)

    def _words_of(self, condition: Condition) -> str:
        key = id(condition)
        if key not in self._words:
            self._words[key] = condition_words(condition)
        return self._words[key]

    def _counted(self, condition: Condition, words: str, look: _Look) -> ConditionTrace:
        members, count = tuple(matches(condition)), condition.count
        certain: list[Signal] = []
        perhaps = 0
        lacking = self._lacking_of(condition, members)
        for position in look.region.among(self.timeline, lacking.nothing):
            signal = self.timeline.signals[position]
            holds = look.region.holds(self.timeline, signal.turn)
            if holds:
                certain.append(signal)
            perhaps += holds is None
        is_possible = look.region.is_open or len(certain) + perhaps >= count
        truth = len(certain) >= count or (None if is_possible or _failed(members, look) else False)
        near: tuple[NearMiss, ...] = ()
        if truth is False:
            is_last = len(certain) + 1 >= count
            near = lacking.nearest(look.region, look.window, suffices=is_last)
        return ConditionTrace(
            condition,
            words,
            truth,
            tuple(certain) if truth else (),
            len(certain),
            count,
            near,
            unknown=_why_unknown(condition, look) if truth is None else (),
        )

    def _lacking_of(self, condition: Condition, members: Sequence[Match]) -> Lacking:
        key = id(condition)
        if key not in self._lacking:
            self._lacking[key] = Lacking(members, self.timeline)
        return self._lacking[key]


def _failed(members: Iterable[Match], look: _Look) -> bool:
    """Whether a detector of one of *members* failed where it would have counted."""
    return any(True for match in members for _ in unknown_turns(match, look.timeline, look.region))


def _why_unknown(condition: Condition, look: _Look) -> tuple[str, ...]:
    why = causes(condition, look.timeline, look.region)
    return tuple(why) if why or not look.region.is_open else ("it may still come",)


def _any(group: Group, words: str, traces: tuple[ConditionTrace, ...]) -> ConditionTrace:
    met = [trace for trace in traces if trace.truth]
    possible = len(met) + sum(trace.truth is None for trace in traces)
    truth = len(met) >= group.at_least or (None if possible >= group.at_least else False)
    is_last = len(met) + 1 >= group.at_least
    near = _near(traces, truth, is_last=is_last)
    return _grouped(group, words, traces, truth, evidence=met, near=near, needed=group.at_least)


def _all(group: Group, words: str, traces: tuple[ConditionTrace, ...]) -> ConditionTrace:
    truths = [trace.truth for trace in traces]
    truth = False if False in truths else None if None in truths else True
    near = _near(traces, truth, is_last=truths.count(True) + 1 == len(truths))
    against = [signal for trace in traces if trace.truth is False for signal in trace.against]
    return _grouped(
        group, words, traces, truth, evidence=traces, near=near, against=against, needed=len(traces)
    )


def _none(group: Group, words: str, traces: tuple[ConditionTrace, ...]) -> ConditionTrace:
    truths = [trace.truth for trace in traces]
    truth = False if True in truths else None if None in truths else True
    against = [signal for trace in traces if trace.truth for signal in trace.evidence]
    return _grouped(group, words, traces, truth, against=against, needed=0)


def _grouped(
    group: Group,
    words: str,
    traces: tuple[ConditionTrace, ...],
    truth: bool | None,
    *,
    needed: int,
    evidence: Iterable[ConditionTrace] = (),
    near: tuple[NearMiss, ...] = (),
    against: Iterable[Signal] = (),
) -> ConditionTrace:
    unknown = dict.fromkeys(why for trace in traces for why in trace.unknown)
    return ConditionTrace(
        group,
        words,
        truth,
        _ordered(signal for trace in evidence for signal in trace.evidence) if truth else (),
        sum(trace.truth is True for trace in traces),
        needed,
        near,
        against=_ordered(against),
        unknown=tuple(unknown) if truth is None else (),
        members=traces,
    )


def _near(
    traces: Sequence[ConditionTrace], truth: bool | None, *, is_last: bool
) -> tuple[NearMiss, ...]:
    """The nearest misses of the members that kept a group from being met."""
    if truth is not False:
        return ()
    misses = [
        replace(miss, suffices=miss.suffices and is_last and not _would_break(miss, trace, traces))
        for trace in traces
        if trace.truth is False
        for miss in trace.near
    ]
    misses.sort(key=lambda miss: (miss.distance, not miss.suffices))
    unique: dict[int, NearMiss] = {}
    for miss in misses:
        unique.setdefault(id(miss.signal), miss)
    return tuple(heapq.nsmallest(MOST_NEAR, unique.values(), key=lambda miss: miss.distance))


def _would_break(miss: NearMiss, own: ConditionTrace, traces: Sequence[ConditionTrace]) -> bool:
    """Whether closing the gaps of *miss* could change a member other than its own for the worse."""
    for trace in traces:
        if trace is own:
            continue
        if miss.signal.name in _forbidden(trace.condition):
            return True
        moves = any(gap.kind in _MOVING for gap in miss.gaps)
        if moves and any(signal is miss.signal for signal in trace.evidence):
            return True
    return False


def _forbidden(condition: Condition) -> set[str]:
    """The names whose signals can make *condition* false."""
    if isinstance(condition, Match):
        return set()
    if condition.quantifier is Quantifier.NONE:
        return {match.name for match in matches(condition)}
    return {name for member in condition.members for name in _forbidden(member)}


def _ordered(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """*signals* in the order of the text, each once."""
    unique = {id(signal): signal for signal in signals}
    return tuple(sorted(unique.values(), key=text_order))
