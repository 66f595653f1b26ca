"""Rules evaluated again with every look written down; of many occasions alike, of the first few."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from amity.evaluate.condition_trace import ConditionTracer
from amity.evaluate.obligation import Obligation, Occasion
from amity.evaluate.outcome import Outcome, State
from amity.evaluate.reasons import quoted
from amity.evaluate.scope import Applicability
from amity.evaluate.timeline import Move, Timeline
from amity.evaluate.trace import (
    MOST_ATTEMPTS,
    MOST_NOT_ARISEN,
    Attempt,
    ConditionTrace,
    Ending,
    NearMiss,
    RuleTrace,
    StepTrace,
)
from amity.evaluate.windows import Region, moves_region
from amity.policy.condition_words import signal_words
from amity.policy.english import excuse_window, rule_english, window_words
from amity.policy.model import Condition, Policy, Rule, Window
from amity.signals import Signal

__all__ = ["Tracer", "settled_trace"]


@dataclass(frozen=True, slots=True)
class _Ended:
    """An occasion, the outcome that it left if it left one, and where its exception was looked for."""

    occasion: Occasion
    outcome: Outcome | None
    ending: Ending
    excuse: Region


def settled_trace(trace: RuleTrace, scope: Applicability) -> RuleTrace:
    """*trace*, or what stands in its place where *scope* says that the rule is not judged."""
    rule = trace.rule.id
    if settled := scope.settled.get(rule):
        return replace(trace, states=(settled.state,), reason=settled.reason, attempts=(), more={})
    doubtful = scope.doubtful.get(rule)
    if doubtful and trace.states != (State.NO_OPPORTUNITY,):
        return replace(trace, states=(doubtful.state,), reason=doubtful.reason)
    return trace


class Tracer(Obligation):
    """A rule compiled for saying how it ends on a conversation, as the evaluator judges it, and why."""

    def __init__(self, policy: Policy, rule: Rule) -> None:
        super().__init__(policy, rule)
        self._english = rule_english(rule, policy)
        self._words: dict[int, str] = {}

    def trace(self, timeline: Timeline) -> RuleTrace:
        """How the rule ends on *timeline*, and why."""
        find = self._once if self.rule.per_conversation else self._each
        doubtful: list[Region] = []
        look = ConditionTracer(timeline, self._words)
        arisen = list(find(timeline, doubtful))
        ended = [self._ended(timeline, occasion) for occasion in arisen]
        counts = Counter(each.ending for each in ended)
        counts[Ending.UNCLEAR] = len(doubtful)
        attempts = [self._attempt(look, each) for each in _first_of_each(ended)]
        attempts += [self._unclear(look, region) for region in doubtful[:MOST_ATTEMPTS]]
        others = list(self._others(look, arisen))
        counts.update(attempt.ending for attempt in others)
        attempts += heapq.nsmallest(MOST_NOT_ARISEN, others, key=_distance)
        states = [each.outcome.state for each in ended if each.outcome]
        if doubtful:
            states.append(State.ABSTAINED)
        return RuleTrace(
            self.policy,
            self.rule,
            self._english,
            tuple(states) or (State.NO_OPPORTUNITY,),
            "" if attempts else self._nothing(),
            tuple(attempts),
            MappingProxyType(dict(counts - Counter(attempt.ending for attempt in attempts))),
        )

    def _nothing(self) -> str:
        names = ", ".join(sorted(self.mentions))
        return f"Its occasion did not arise: nothing of it was found ({names})."

    def _ended(self, timeline: Timeline, occasion: Occasion) -> _Ended:
        result = self._result(timeline, occasion)
        excused, region = self._excuse(timeline, occasion, result)
        outcome = self._outcome(timeline, occasion)
        if outcome:
            ending = Ending(outcome.state)
        elif excused.truth:
            ending = Ending.CANCELLED
        else:
            ending = Ending.UNCLAIMED if result.judgement.truth is False else Ending.NOT_YET
        return _Ended(occasion, outcome, ending, region)

    def _attempt(self, look: ConditionTracer, ended: _Ended) -> Attempt:
        timeline, occasion, outcome = look.timeline, ended.occasion, ended.outcome
        low = 0 if self.rule.per_conversation else occasion.move.index
        region = moves_region(occasion.move, low, timeline.is_growing(occasion.move))
        steps = tuple(self._walk(look, occasion))
        unless = self._unless_trace(look, ended.excuse)
        reason = outcome.reason if outcome else _reason(ended.ending, unless)
        if ended.ending is Ending.MISSED and steps:
            reason += _against(steps[-1].condition) + _nearest(steps[-1].condition.near)
        given = look.trace(self.occasion, region)
        return Attempt(ended.ending, occasion.turn, given, steps, unless, reason)

    def _walk(self, look: ConditionTracer, occasion: Occasion) -> Iterator[StepTrace]:
        move, anchor = occasion.move, occasion.turn
        written = self.rule.steps if self._steps else ()
        for step, told in zip(self._steps, written, strict=True):
            region = step.reach(look.timeline, move, anchor)
            trace = _step_trace(look, region, step.condition, told.window)
            yield trace
            if not trace.condition.truth:
                return
            anchor = self._met_at(look.timeline, step, region, anchor)
            move = look.timeline.move_of[anchor]

    def _unless_trace(self, look: ConditionTracer, region: Region) -> StepTrace | None:
        if self.rule.unless is None:
            return None
        window = excuse_window(self.rule)
        return _step_trace(look, region, self.rule.unless.condition, window)

    def _unclear(self, look: ConditionTracer, region: Region) -> Attempt:
        given = look.trace(self.occasion, region)
        reason = self._reasons.for_unknown_occasion(given.unknown)
        return Attempt(Ending.UNCLEAR, _turn(look.timeline, region), given, (), None, reason)

    def _others(self, look: ConditionTracer, arisen: Sequence[Occasion]) -> Iterator[Attempt]:
        """Where the occasion nearly arose."""
        for region in self._missed_regions(look.timeline, arisen):
            given = look.trace(self.occasion, region)
            may_come = look.timeline.is_open if self.rule.per_conversation else region.is_open
            if given.truth is False or (given.truth is None and may_come):
                yield self._not_arisen(look.timeline, region, given)

    def _missed_regions(self, timeline: Timeline, arisen: Sequence[Occasion]) -> Iterator[Region]:
        candidates = [] if self.is_everywhere else self._candidates(timeline)
        if not self.rule.per_conversation:
            known = {id(occasion.move) for occasion in arisen}
            said = {id(timeline.move_of[turn]) for turn in self._trigger_turns(timeline)}
            for move in candidates:
                # Where it is only unknown whether something was said, nothing nearly arose.
                is_near = id(move) in said or timeline.is_growing(move)
                if id(move) not in known and is_near:
                    yield moves_region(move, move.index, timeline.is_growing(move))
        elif not arisen:
            last: dict[int, Move] = {move.track: move for move in candidates}
            for move in last.values():
                yield moves_region(move, 0, timeline.is_growing(move))

    def _not_arisen(self, timeline: Timeline, region: Region, given: ConditionTrace) -> Attempt:
        if given.truth is None:
            ending, reason = Ending.NOT_YET, "Its occasion may still arise."
        else:
            ending = Ending.NOT_ARISEN
            reason = f"Its occasion did not arise.{_lacking(given)}{_against(given)}{_nearest(given.near)}"
        return Attempt(ending, _turn(timeline, region), given, (), None, reason)


def _first_of_each(ended: Iterable[_Ended]) -> Iterator[_Ended]:
    """The first few of each ending, in their order."""
    seen: Counter[Ending] = Counter()
    for each in ended:
        seen[each.ending] += 1
        if seen[each.ending] <= MOST_ATTEMPTS:
            yield each


def _step_trace(
    look: ConditionTracer, region: Region, condition: Condition, window: Window | None
) -> StepTrace:
    return StepTrace(
        look.trace(condition, region, window),
        window_words(window) if window else "",
        tuple(region.turns(look.timeline)),
        region.is_open,
    )


def _turn(timeline: Timeline, region: Region) -> int:
    """The turn in which the occasion, judged over *region*, came nearest."""
    return timeline.tracks[region.track][region.high - 1].turns[0]


def _distance(attempt: Attempt) -> tuple[int, float]:
    return min((miss.distance for miss in attempt.near), default=(1000, 0.0))


def _reason(ending: Ending, unless: StepTrace | None) -> str:
    if ending is Ending.CANCELLED and unless:
        return f"Cancelled: {_said(unless.condition.evidence) or unless.condition.words}."
    if ending is Ending.UNCLAIMED:
        return "It would have been recognised, and was owed by nobody."
    return "It may still come, and nobody owes it."


def _nearest(near: Sequence[NearMiss]) -> str:
    if not near:
        return ""
    gaps = ", ".join(gap.words for gap in near[0].gaps)
    return f" Nearest: {_said([near[0].signal])}: {gaps}."


def _lacking(given: ConditionTrace) -> str:
    """Which parts of an occasion of several parts were not there, if some were."""
    parts = [part.words for part in given.members if part.truth is False and not part.against]
    if not given.found or given.needed == 1 or not parts:
        return ""
    return f" {given.found} of {given.needed}; not found: {'; '.join(parts)}."


def _against(given: ConditionTrace) -> str:
    return f" Against it: {_said(given.against)}." if given.against else ""


def _said(signals: Sequence[Signal]) -> str:
    return "; ".join(
        f"{signal_words(signal.name)} {quoted(signal.quote)} in turn {signal.turn}"
        for signal in signals
    )
