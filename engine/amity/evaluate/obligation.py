"""One compiled rule: finds its opportunities on a timeline and says how each ended.

The meaning is fixed in docs/policies.md; an independent model in the tests holds it to that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amity.evaluate.conditions import Judgement, Test, causes, compile_condition
from amity.evaluate.outcome import Opportunity, Outcome, State
from amity.evaluate.reasons import Reasons
from amity.evaluate.timeline import Move, Timeline
from amity.evaluate.windows import Reach, Region, compile_window, moves_region
from amity.policy.model import (
    Condition,
    Policy,
    Rule,
    RuleKind,
    Step,
    is_met_by_silence,
    matches,
    positive_matches,
)
from amity.signals import Signal

__all__ = ["Obligation", "Occasion", "Result"]

_NEVER = Judgement(False)


@dataclass(frozen=True, slots=True)
class Occasion:
    """A move in which the occasion arose, the turn in which it did, and the signals that show it."""

    move: Move
    turn: int
    evidence: Sequence[int]


@dataclass(frozen=True, slots=True)
class CompiledStep:
    condition: Condition
    test: Test
    reach: Reach


@dataclass(frozen=True, slots=True)
class Result:
    """What the steps came to, with the region and the condition that decided it."""

    judgement: Judgement
    region: Region
    condition: Condition


def _compile_step(step: Step) -> CompiledStep:
    if step.window is None:
        message = "a step needs a window"
        raise ValueError(message)
    return CompiledStep(
        step.condition, compile_condition(step.condition), compile_window(step.window)
    )


class Obligation:
    """A rule compiled for evaluation.

    ``triggers`` are the signals of which at least one must occur for the rule to have any outcome
    (``is_everywhere`` if none need occur), ``mentions`` those that may leave its occasion unknown.
    """

    def __init__(self, policy: Policy, rule: Rule) -> None:
        self.policy = policy
        self.rule = rule
        self.occasion: Condition = rule.given or rule.steps[0].condition
        self.triggers = frozenset(match.name for match in positive_matches(self.occasion))
        self.mentions = frozenset(match.name for match in matches(self.occasion))
        self.is_everywhere = is_met_by_silence(self.occasion)
        self._test = compile_condition(self.occasion)
        self._reasons = Reasons(rule)
        self._steps = [_compile_step(step) for step in rule.steps] if rule.given else []
        self._unless = compile_condition(rule.unless.condition) if rule.unless else None
        window = rule.unless.window if rule.unless else None
        self._unless_reach = compile_window(window) if window else None

    def judge(self, timeline: Timeline) -> list[Outcome]:
        """Every outcome on *timeline*, in the order of the opportunities; that without one is last."""
        find = self._once if self.rule.per_conversation else self._each
        outcomes: list[Outcome] = []
        unknown: list[Region] = []
        for occasion in find(timeline, unknown):
            outcome = self._outcome(timeline, occasion)
            if outcome:
                outcomes.append(outcome)
        if unknown:
            why = [cause for region in unknown for cause in causes(self.occasion, timeline, region)]
            reason = self._reasons.for_unknown_occasion(why)
            outcomes.append(Outcome(self.policy, self.rule, State.ABSTAINED, None, (), reason))
        return outcomes

    def _candidates(self, timeline: Timeline) -> list[Move]:
        if self.is_everywhere:
            return [move for track in timeline.tracks for move in track]
        turns = self._trigger_turns(timeline)
        if timeline.unknown:
            turns.update(turn for name in self.mentions for turn in timeline.unknown.get(name, ()))
        moves = {id(move): move for move in (timeline.move_of[turn] for turn in turns)}
        return sorted(moves.values(), key=lambda move: (move.track, move.index))

    def _trigger_turns(self, timeline: Timeline) -> set[int]:
        return {
            timeline.signals[position].turn
            for name in self.triggers
            for position in timeline.by_name.get(name, ())
        }

    def _each(self, timeline: Timeline, unknown: list[Region]) -> Iterator[Occasion]:
        found: list[Occasion] = []
        for move in self._candidates(timeline):
            region = moves_region(move, move.index, timeline.is_growing(move))
            judgement = self._test(timeline, region)
            if judgement.truth:
                found.append(self._arisen(timeline, move, judgement))
            elif judgement.truth is None and not region.is_open:
                unknown.append(region)
        # Two tracks were walked one after the other; people read the opportunities in one order.
        yield from sorted(found, key=lambda occasion: occasion.turn)

    def _once(self, timeline: Timeline, unknown: list[Region]) -> Iterator[Occasion]:
        doubtful: list[Region] = []
        for move in self._candidates(timeline):
            if move.track and timeline.is_open:
                # The first track may still give the one opportunity, and then has precedence.
                return
            region = moves_region(move, 0, timeline.is_growing(move))
            judgement = self._test(timeline, region)
            if judgement.truth:
                yield self._arisen(timeline, move, judgement)
                return
            if judgement.truth is None and not timeline.is_open:
                doubtful.append(region)
        unknown.extend(doubtful)

    def _arisen(self, timeline: Timeline, move: Move, judgement: Judgement) -> Occasion:
        turns = (timeline.signals[position].turn for position in judgement.evidence)
        first = next((turn for turn in turns if turn in move.turns), move.turns[0])
        return Occasion(move, first, judgement.evidence)

    def _result(self, timeline: Timeline, occasion: Occasion) -> Result:
        if self._steps:
            return self._follow(timeline, occasion)
        own = self._own_move(timeline, occasion.move)
        return Result(Judgement(True, occasion.evidence), own, self.occasion)

    def _outcome(self, timeline: Timeline, occasion: Occasion) -> Outcome | None:
        result = self._result(timeline, occasion)
        excused, excuse_region = self._excuse(timeline, occasion, result)
        if excused.truth:
            return None
        state = self._state(result, excused, excuse_region)
        if state is None:
            return None
        return self._told(timeline, occasion, result, state, excuse_region)

    def _own_move(self, timeline: Timeline, move: Move) -> Region:
        return moves_region(move, move.index, timeline.is_growing(move))

    def _follow(self, timeline: Timeline, occasion: Occasion) -> Result:
        """Take the steps in order, each seen from where the one before was met."""
        move, anchor = occasion.move, occasion.turn
        evidence: set[int] = set()
        for index, step in enumerate(self._steps):
            region = step.reach(timeline, move, anchor)
            judgement = step.test(timeline, region)
            if not judgement.truth:
                return Result(judgement, region, step.condition)
            evidence.update(judgement.evidence)
            if index + 1 < len(self._steps):
                anchor = self._met_at(timeline, step, region, anchor)
                move = timeline.move_of[anchor]
        return Result(Judgement(True, sorted(evidence)), region, step.condition)

    def _met_at(self, timeline: Timeline, step: CompiledStep, region: Region, anchor: int) -> int:
        turns = list(region.turns(timeline))
        for turn in turns:
            if step.test(timeline, region.up_to(turn)).truth:
                return turn
        return turns[-1] if turns else anchor

    def _excuse(
        self, timeline: Timeline, occasion: Occasion, result: Result
    ) -> tuple[Judgement, Region]:
        if self._unless is None:
            return _NEVER, result.region
        if self._unless_reach:
            region = self._unless_reach(timeline, occasion.move, occasion.turn)
        elif self._steps:
            region = self._steps[0].reach(timeline, occasion.move, occasion.turn)
            region.own = occasion.move.index
            region.is_open = region.is_open or timeline.is_growing(occasion.move)
        else:
            region = self._own_move(timeline, occasion.move)
        return self._unless(timeline, region), region

    def _state(self, result: Result, excused: Judgement, excuse_region: Region) -> State | None:
        truth, kind = result.judgement.truth, self.rule.kind
        if truth is None or excused.truth is None:
            may_change = (truth is None and result.region.is_open) or (
                excused.truth is None and excuse_region.is_open
            )
            if not may_change:
                return State.ABSTAINED
            return None if kind is RuleKind.RECOGNISE else State.PENDING
        if kind is RuleKind.RECOGNISE:
            return State.SHOWN if truth else None
        return State.SHOWN if truth == (kind is RuleKind.EXPECT) else State.MISSED

    def _told(
        self,
        timeline: Timeline,
        occasion: Occasion,
        result: Result,
        state: State,
        excuse_region: Region,
    ) -> Outcome:
        evidence = self._signals(timeline, result.judgement.evidence)
        why: list[str] = []
        if state is State.ABSTAINED:
            why = causes(result.condition, timeline, result.region)
            if self.rule.unless:
                why += causes(self.rule.unless.condition, timeline, excuse_region)
        return Outcome(
            self.policy,
            self.rule,
            state,
            Opportunity(occasion.turn, self._signals(timeline, occasion.evidence)),
            evidence,
            self._reasons.for_state(state, evidence, why),
        )

    def _signals(self, timeline: Timeline, positions: Sequence[int]) -> tuple[Signal, ...]:
        return tuple(timeline.signals[position] for position in positions)
