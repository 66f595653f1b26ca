"""Rules evaluated again with every look written down: as slow as it likes, and never in a decision."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace

from amity.evaluate.condition_trace import trace_condition
from amity.evaluate.conditions import Judgement
from amity.evaluate.near_misses import MOST_NEAR
from amity.evaluate.obligation import Obligation, Occasion, Result
from amity.evaluate.outcome import Outcome, State
from amity.evaluate.reasons import quoted
from amity.evaluate.scope import Applicability
from amity.evaluate.timeline import Move, Timeline
from amity.evaluate.trace import Attempt, ConditionTrace, Ending, NearMiss, RuleTrace, StepTrace
from amity.evaluate.windows import Region, moves_region
from amity.policy.condition_words import signal_words
from amity.policy.english import excuse_window, window_words
from amity.policy.model import Condition, Policy, Rule, Window
from amity.signals import Signal

__all__ = ["settled_trace", "trace_rule"]


def trace_rule(policy: Policy, rule: Rule, timeline: Timeline) -> RuleTrace:
    """How *rule* of *policy* ends on *timeline*, as the evaluator judges it, and why."""
    return _Tracer(policy, rule).trace(timeline)


def settled_trace(trace: RuleTrace, scope: Applicability) -> RuleTrace:
    """*trace*, or what stands in its place where *scope* says that the rule is not judged."""
    rule = trace.rule.id
    if settled := scope.settled.get(rule):
        return replace(trace, states=(settled.state,), reason=settled.reason, attempts=())
    doubtful = scope.doubtful.get(rule)
    if doubtful and trace.states != (State.NO_OPPORTUNITY,):
        return replace(trace, states=(doubtful.state,), reason=doubtful.reason)
    return trace


class _Tracer(Obligation):
    """An obligation that says what it saw."""

    def trace(self, timeline: Timeline) -> RuleTrace:
        find = self._once if self.rule.per_conversation else self._each
        doubtful: list[Region] = []
        arisen = list(find(timeline, doubtful))
        attempts = [self._attempt(timeline, occasion) for occasion in arisen]
        unclear = [self._unclear(timeline, region) for region in doubtful]
        others = list(self._others(timeline, arisen))
        states = [attempt.state for attempt in attempts if attempt.state]
        if unclear:
            states.append(State.ABSTAINED)
        return RuleTrace(
            self.policy,
            self.rule,
            tuple(states) or (State.NO_OPPORTUNITY,),
            "" if attempts or unclear or others else self._nothing(),
            (*attempts, *unclear, *others),
        )

    def _nothing(self) -> str:
        names = ", ".join(sorted(self.mentions))
        return f"Its occasion did not arise: nothing of it was found ({names})."

    def _attempt(self, timeline: Timeline, occasion: Occasion) -> Attempt:
        low = 0 if self.rule.per_conversation else occasion.move.index
        region = moves_region(occasion.move, low, timeline.is_growing(occasion.move))
        steps, result = self._walk(timeline, occasion)
        excused, excuse_region = self._excuse(timeline, occasion, result)
        outcome = self._outcome(timeline, occasion)
        ending = self._ending(outcome, excused, result)
        unless = self._unless_trace(timeline, excuse_region)
        reason = outcome.reason if outcome else _reason(ending, unless)
        if outcome and outcome.state is State.MISSED and steps:
            reason += _against(steps[-1].condition) + _nearest(steps[-1].condition.near)
        given = trace_condition(self.occasion, timeline, region)
        return Attempt(ending, occasion.turn, given, tuple(steps), unless, reason)

    def _walk(self, timeline: Timeline, occasion: Occasion) -> tuple[list[StepTrace], Result]:
        if not self._steps:
            own = self._own_move(timeline, occasion.move)
            return [], Result(Judgement(True, occasion.evidence), own, self.occasion)
        traces: list[StepTrace] = []
        move, anchor = occasion.move, occasion.turn
        for step, written in zip(self._steps, self.rule.steps, strict=True):
            region = step.reach(timeline, move, anchor)
            traces.append(_step_trace(timeline, region, step.condition, written.window))
            if not traces[-1].condition.truth:
                break
            anchor = self._met_at(timeline, step, region, anchor)
            move = timeline.move_of[anchor]
        return traces, self._follow(timeline, occasion)

    def _unless_trace(self, timeline: Timeline, region: Region) -> StepTrace | None:
        if self.rule.unless is None:
            return None
        window = excuse_window(self.rule)
        return _step_trace(timeline, region, self.rule.unless.condition, window)

    def _ending(self, outcome: Outcome | None, excused: Judgement, result: Result) -> Ending:
        if outcome:
            return Ending(outcome.state)
        if excused.truth:
            return Ending.CANCELLED
        return Ending.UNCLAIMED if result.judgement.truth is False else Ending.NOT_YET

    def _unclear(self, timeline: Timeline, region: Region) -> Attempt:
        given = trace_condition(self.occasion, timeline, region)
        reason = self._reasons.for_unknown_occasion(given.unknown)
        return Attempt(Ending.UNCLEAR, _turn(timeline, region), given, (), None, reason)

    def _others(self, timeline: Timeline, arisen: Sequence[Occasion]) -> Iterator[Attempt]:
        """Where the occasion nearly arose, the nearest first."""
        near = []
        for region in self._missed_regions(timeline, arisen):
            given = trace_condition(self.occasion, timeline, region)
            may_come = timeline.is_open if self.rule.per_conversation else region.is_open
            if given.truth is False or (given.truth is None and may_come):
                near.append(self._not_arisen(timeline, region, given))
        yield from heapq.nsmallest(MOST_NEAR, near, key=_distance)

    def _missed_regions(self, timeline: Timeline, arisen: Sequence[Occasion]) -> Iterator[Region]:
        candidates = [] if self.is_everywhere else self._candidates(timeline)
        if not self.rule.per_conversation:
            known = {id(occasion.move) for occasion in arisen}
            for move in candidates:
                if id(move) not in known:
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


def _step_trace(
    timeline: Timeline, region: Region, condition: Condition, window: Window | None
) -> StepTrace:
    return StepTrace(
        trace_condition(condition, timeline, region, window),
        window_words(window) if window else "",
        tuple(region.turns(timeline)),
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
