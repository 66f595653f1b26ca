"""What docs/policies.md says, a second time and as plainly as possible, to check the evaluator.

Written from the page alone. It walks over turns and moves again for every question, keeps nothing,
and shares nothing with the evaluator but the values that both judge. Where the page can be read in
two ways, a comment that begins with "Reading:" says which way was taken, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import NamedTuple

from tests.evaluate.timelines import Talk

from amity.conversation import Role
from amity.evaluate.outcome import State
from amity.policy.model import (
    Condition,
    Match,
    Policy,
    Quantifier,
    Rule,
    RuleKind,
    Window,
    WindowKind,
)
from amity.signals import Signal


class Truth(Enum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass
class Stretch:
    """The turns over which a condition is judged: those surely meant, and those perhaps meant."""

    certain: list[int]
    perhaps: list[int]
    is_open: bool


@dataclass
class Spot:
    """From where a window is seen: a move on its track, and a turn for windows of time."""

    track: list[list[int]]
    move: int
    turn: int


@dataclass
class Occasion:
    spot: Spot
    signals: list[Signal]


class Judged(NamedTuple):
    """An outcome, as far as it is compared."""

    policy: str
    rule: str
    state: State
    turn: int | None
    occasion: tuple[Signal, ...]
    evidence: tuple[Signal, ...]


def judge(policies: Iterable[Policy], talk: Talk) -> list[Judged]:
    """Every outcome but `no_opportunity`: by policy, rule and turn, those without a turn last."""
    return [
        outcome
        for policy in policies
        for rule in policy.rules
        for outcome in judge_rule(policy.name, rule, talk)
    ]


def judge_rule(policy: str, rule: Rule, talk: Talk) -> list[Judged]:
    wanted = rule.steps[0].condition if rule.given is None else rule.given
    occasions, is_unsure = find_occasions(wanted, talk, per_conversation=rule.per_conversation)
    outcomes = []
    for occasion in sorted(occasions, key=lambda found: found.spot.turn):
        state, evidence = judge_occasion(rule, occasion, talk)
        if state is not None:
            turn, signals = occasion.spot.turn, tuple(occasion.signals)
            outcomes.append(Judged(policy, rule.id, state, turn, signals, tuple(evidence)))
    if is_unsure:
        outcomes.append(Judged(policy, rule.id, State.ABSTAINED, None, (), ()))
    return outcomes


# Moves


def tracks(talk: Talk) -> list[list[list[int]]]:
    """The moves of customer, agent and bot, and the moves of colleagues; a move is its turns."""
    said, notes = [], []
    for turn, role in enumerate(talk.roles):
        (notes if role is Role.COLLEAGUE else said).append(turn)
    return [
        runs(said, [talk.roles[turn] for turn in said]),
        runs(notes, [talk.participants[turn] for turn in notes]),
    ]


def runs(turns: Sequence[int], who: Sequence[str]) -> list[list[int]]:
    found: list[list[int]] = []
    for index, turn in enumerate(turns):
        if index > 0 and who[index] == who[index - 1]:
            found[-1].append(turn)
        else:
            found.append([turn])
    return found


def may_grow(track: list[list[int]], move: int, talk: Talk) -> bool:
    return talk.is_open and move == len(track) - 1


# Opportunities


def find_occasions(
    wanted: Condition, talk: Talk, *, per_conversation: bool
) -> tuple[list[Occasion], bool]:
    """Where *wanted* is true, and whether it is unknown if that is all."""
    if per_conversation:
        return first_occasion(wanted, talk)
    occasions, is_unsure = [], False
    for track in tracks(talk):
        for move, turns in enumerate(track):
            stretch = Stretch(turns, [], may_grow(track, move, talk))
            truth = holds(wanted, stretch, talk)
            if truth is Truth.TRUE:
                occasions.append(occasion_in(track, move, counted(wanted, stretch, talk)))
            # In a move that may still grow, an unknown `given` is simply not there yet.
            elif truth is Truth.UNKNOWN and not stretch.is_open:
                is_unsure = True
    return occasions, is_unsure


def first_occasion(wanted: Condition, talk: Talk) -> tuple[list[Occasion], bool]:
    is_unsure = False
    for track in tracks(talk):
        so_far: list[int] = []
        for move, turns in enumerate(track):
            so_far = so_far + turns
            stretch = Stretch(so_far, [], may_grow(track, move, talk))
            truth = holds(wanted, stretch, talk)
            if truth is Truth.TRUE:
                return [occasion_in(track, move, counted(wanted, stretch, talk))], False
            # Reading: unknown once is enough, even if more was said and made it false.
            if truth is Truth.UNKNOWN and not stretch.is_open:
                is_unsure = True
        # That a track gave none, or that `given` never was true, is known only in the end.
        if talk.is_open:
            return [], False
    return [], is_unsure


def occasion_in(track: list[list[int]], move: int, signals: list[Signal]) -> Occasion:
    inside = [signal.turn for signal in signals if signal.turn in track[move]]
    # Reading: what is true by a `none` may have no evidence in the move; the opportunity then
    # arises in the first turn of the move.
    turn = min(inside) if inside else track[move][0]
    return Occasion(Spot(track, move, turn), signals)


# Outcomes


def judge_occasion(rule: Rule, occasion: Occasion, talk: Talk) -> tuple[State | None, list[Signal]]:
    """How it ended, or None where it leaves no outcome; the evidence of what was shown or missed."""
    state, evidence = weigh(rule, occasion, talk)
    if rule.kind is RuleKind.RECOGNISE and state is State.PENDING:
        return None, []
    return state, evidence


def weigh(rule: Rule, occasion: Occasion, talk: Talk) -> tuple[State | None, list[Signal]]:
    exception, exception_is_open = judge_unless(rule, occasion.spot, talk)
    if exception is Truth.TRUE:
        return None, []
    if rule.given is None:
        # Reading: what was found is the evidence as well as the opportunity.
        truth, is_open, evidence = Truth.TRUE, False, occasion.signals
    else:
        truth, is_open, evidence = judge_steps(rule, occasion.spot, talk)
    # Reading: the evidence is that of v wherever v is true, even if `unless` leaves it undecided.
    if truth is Truth.UNKNOWN:
        may_come = is_open or (exception is Truth.UNKNOWN and exception_is_open)
        return (State.PENDING if may_come else State.ABSTAINED), []
    if exception is Truth.UNKNOWN:
        return (State.PENDING if exception_is_open else State.ABSTAINED), evidence
    if truth is Truth.TRUE:
        return (State.MISSED if rule.kind is RuleKind.FORBID else State.SHOWN), evidence
    return STATE_WITHOUT[rule.kind], []


STATE_WITHOUT = {
    RuleKind.EXPECT: State.MISSED,
    RuleKind.FORBID: State.SHOWN,
    RuleKind.RECOGNISE: None,
}


def judge_unless(rule: Rule, spot: Spot, talk: Talk) -> tuple[Truth, bool]:
    if rule.unless is None:
        return Truth.FALSE, False
    if rule.unless.window is not None:
        stretch = reach(rule.unless.window, spot, talk)
    elif rule.given is None:
        stretch = own_move(spot, talk)
    else:
        assert rule.steps[0].window is not None
        stretch = joined(own_move(spot, talk), reach(rule.steps[0].window, spot, talk))
    return holds(rule.unless.condition, stretch, talk), stretch.is_open


def judge_steps(rule: Rule, spot: Spot, talk: Talk) -> tuple[Truth, bool, list[Signal]]:
    """The first step that is not true and whether its window is open, or the evidence of all."""
    evidence: list[Signal] = []
    for step in rule.steps:
        assert step.window is not None
        stretch = reach(step.window, spot, talk)
        truth = holds(step.condition, stretch, talk)
        if truth is not Truth.TRUE:
            return truth, stretch.is_open, []
        evidence = evidence + counted(step.condition, stretch, talk)
        spot = where_it_became_true(step.condition, stretch, spot, talk)
    return Truth.TRUE, False, in_order(evidence, talk)


def where_it_became_true(wanted: Condition, stretch: Stretch, spot: Spot, talk: Talk) -> Spot:
    for turn in sorted(stretch.certain + stretch.perhaps):
        up_to_here = Stretch(
            [earlier for earlier in stretch.certain if earlier <= turn],
            [earlier for earlier in stretch.perhaps if earlier <= turn],
            is_open=True,
        )
        if holds(wanted, up_to_here, talk) is Truth.TRUE:
            return seen_from(spot.track, turn)
    if stretch.certain:
        return seen_from(spot.track, max(stretch.certain))
    return spot


def seen_from(track: list[list[int]], turn: int) -> Spot:
    (move,) = [index for index, turns in enumerate(track) if turn in turns]
    return Spot(track, move, turn)


# Windows


def reach(window: Window, spot: Spot, talk: Talk) -> Stretch:
    """The turns that a window means, seen from *spot*."""
    if window.kind is WindowKind.SAME_TURN:
        return own_move(spot, talk)
    if window.kind is WindowKind.CONVERSATION and not window.backward:
        # It holds the own move in any case, and closes last of all.
        return Stretch([turn for move in spot.track for turn in move], [], talk.is_open)
    stretch = reach_back(window, spot, talk) if window.backward else reach_on(window, spot, talk)
    return joined(own_move(spot, talk), stretch) if window.same_turn_too else stretch


def own_move(spot: Spot, talk: Talk) -> Stretch:
    return Stretch(spot.track[spot.move], [], may_grow(spot.track, spot.move, talk))


def joined(one: Stretch, other: Stretch) -> Stretch:
    certain = sorted({*one.certain, *other.certain})
    perhaps = sorted({*one.perhaps, *other.perhaps} - set(certain))
    return Stretch(certain, perhaps, one.is_open or other.is_open)


def reach_on(window: Window, spot: Spot, talk: Talk) -> Stretch:
    later = spot.track[spot.move + 1 :]
    if window.kind is WindowKind.REST:
        return Stretch([turn for move in later for turn in move], [], talk.is_open)
    if window.kind is WindowKind.TIME:
        return sent_soon_after(window, spot, talk)
    inside: list[int] = []
    met = 0
    for move in later:
        is_theirs = not window.roles or talk.roles[move[0]] in window.roles
        if window.kind is WindowKind.BEFORE_NEXT and is_theirs:
            return Stretch(inside, [], is_open=False)
        if window.kind is WindowKind.TURNS and met == window.amount:
            return Stretch(inside, [], is_open=False)
        inside = inside + move
        met = met + 1 if is_theirs else met
    return Stretch(inside, [], talk.is_open)


def sent_soon_after(window: Window, spot: Spot, talk: Talk) -> Stretch:
    arose = talk.times[spot.turn]
    certain, perhaps = [], []
    for turn in [turn for move in spot.track[spot.move + 1 :] for turn in move]:
        sent = talk.times[turn]
        if arose is None or sent is None:
            perhaps.append(turn)
        elif sent <= arose + timedelta(seconds=window.amount):
            certain.append(turn)
        else:
            # It closes the window, and all that follows is outside, even at no known time.
            return Stretch(certain, perhaps, is_open=False)
    return Stretch(certain, perhaps, talk.is_open)


def reach_back(window: Window, spot: Spot, talk: Talk) -> Stretch:
    earlier = spot.track[: spot.move]
    if window.kind is WindowKind.CONVERSATION:
        return Stretch([turn for move in earlier for turn in move], [], is_open=False)
    if window.kind is WindowKind.TIME:
        return sent_shortly_before(window, spot, talk)
    inside: list[int] = []
    met = 0
    for move in reversed(earlier):
        if met == window.amount:
            break
        inside = move + inside
        if not window.roles or talk.roles[move[0]] in window.roles:
            met = met + 1
    return Stretch(inside, [], is_open=False)


def sent_shortly_before(window: Window, spot: Spot, talk: Talk) -> Stretch:
    arose = talk.times[spot.turn]
    certain, perhaps = [], []
    for turn in [turn for move in spot.track[: spot.move] for turn in move]:
        sent = talk.times[turn]
        if arose is None or sent is None:
            perhaps.append(turn)
        elif sent >= arose - timedelta(seconds=window.amount):
            certain.append(turn)
    return Stretch(certain, perhaps, is_open=False)


# Conditions


def holds(condition: Condition, stretch: Stretch, talk: Talk) -> Truth:
    if isinstance(condition, Match):
        return count_reaches(condition.count, [condition], stretch, talk)
    if condition.quantifier is Quantifier.ANY and condition.count > 1:
        return count_reaches(condition.count, condition.members, stretch, talk)
    truths = [holds(member, stretch, talk) for member in condition.members]
    if condition.quantifier is Quantifier.ANY:
        return enough(truths, condition.at_least)
    spoiler = Truth.FALSE if condition.quantifier is Quantifier.ALL else Truth.TRUE
    if spoiler in truths:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.TRUE


def enough(truths: list[Truth], at_least: int) -> Truth:
    if truths.count(Truth.TRUE) >= at_least:
        return Truth.TRUE
    if truths.count(Truth.TRUE) + truths.count(Truth.UNKNOWN) >= at_least:
        return Truth.UNKNOWN
    return Truth.FALSE


def count_reaches(count: int, members: Sequence[Condition], stretch: Stretch, talk: Talk) -> Truth:
    """Whether signals that fit any of *members* reach *count*."""
    # Reading: a signal that fits two members is one signal; it does not count twice.
    certain = signals_in(stretch.certain, members, talk)
    if len(certain) >= count:
        return Truth.TRUE
    if stretch.is_open:
        return Truth.UNKNOWN
    if len(certain) + len(signals_in(stretch.perhaps, members, talk)) >= count:
        return Truth.UNKNOWN
    for name, turn in talk.unknown:
        for member in members:
            assert isinstance(member, Match)
            is_inside = turn in stretch.certain or turn in stretch.perhaps
            if is_inside and member.name == name and talk.roles[turn] in member.by:
                return Truth.UNKNOWN
    return Truth.FALSE


def counted(condition: Condition, stretch: Stretch, talk: Talk) -> list[Signal]:
    """The evidence of a condition that is true, in the order of the text, each signal once."""
    return in_order(evidence_of(condition, stretch, talk), talk)


def evidence_of(condition: Condition, stretch: Stretch, talk: Talk) -> list[Signal]:
    if isinstance(condition, Match):
        return signals_in(stretch.certain, [condition], talk)
    if condition.quantifier is Quantifier.NONE:
        return []
    if condition.quantifier is Quantifier.ANY and condition.count > 1:
        return signals_in(stretch.certain, condition.members, talk)
    return [
        signal
        for member in condition.members
        if holds(member, stretch, talk) is Truth.TRUE
        for signal in evidence_of(member, stretch, talk)
    ]


def signals_in(turns: list[int], members: Sequence[Condition], talk: Talk) -> list[Signal]:
    return [
        signal
        for signal in talk.signals
        if signal.turn in turns and any(fits(signal, member, talk) for member in members)
    ]


def fits(signal: Signal, wanted: Condition, talk: Talk) -> bool:
    # Only an `any` of plain signals may have a count, so that a group never comes here.
    assert isinstance(wanted, Match)
    if signal.name != wanted.name or signal.score < wanted.min_score:
        return False
    if talk.roles[signal.turn] not in wanted.by:
        return False
    return all(
        signal.attributes.get(attribute) in values for attribute, values in wanted.where.items()
    )


def in_order(signals: list[Signal], talk: Talk) -> list[Signal]:
    once = [found for found in talk.signals if any(found is signal for signal in signals)]
    # Reading: of signals that begin at the same character the shorter comes first, then by name.
    return sorted(once, key=lambda signal: (signal.turn, signal.start, signal.end, signal.name))
