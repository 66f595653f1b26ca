"""Traces agree with the evaluator, and what they call a near miss is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluate.evaluator import EXAMPLES, PATIENT, SOAK, timeline
from tests.evaluate.rules import (
    Case,
    all_of,
    any_of,
    cases,
    match,
    none_of,
    policy,
    rule,
)
from tests.evaluate.timelines import Talk, told

from amity.conversation import Role
from amity.evaluate.condition_trace import ConditionTracer
from amity.evaluate.conditions import compile_condition
from amity.evaluate.gaps import own_gaps, window_gap
from amity.evaluate.near_misses import MOST_NEAR, Lacking
from amity.evaluate.outcome import State
from amity.evaluate.plan import compile_plan
from amity.evaluate.timeline import Timeline
from amity.evaluate.trace import (
    MOST_ATTEMPTS,
    Attempt,
    ConditionTrace,
    Ending,
    GapKind,
    NearMiss,
    RuleTrace,
)
from amity.evaluate.tracing import Tracer
from amity.evaluate.windows import Region, compile_window, moves_region
from amity.policy.model import Condition, Match, Rule, Window, matches
from amity.signals import Signal

FEW = EXAMPLES if SOAK else settings(EXAMPLES, max_examples=150)


def traced(written: Rule, talk: Talk) -> RuleTrace:
    return Tracer(policy(written), written).trace(timeline(talk))


def only(written: Rule, talk: Talk) -> Attempt:
    (attempt,) = traced(written, talk).attempts
    return attempt


def gaps(miss: NearMiss) -> list[str]:
    return [gap.words for gap in miss.gaps]


@PATIENT
@FEW
@given(case=cases())
def test_the_trace_says_of_every_outcome_what_the_evaluator_says(case: Case):
    seen = timeline(case.talk)
    for each in case.policies:
        for written in each.rules:
            outcomes = compile_plan([replace(each, rules=(written,))]).evaluate(seen)
            trace = Tracer(each, written).trace(seen)
            assert trace.more.keys() <= {Ending.NOT_ARISEN, Ending.NOT_YET}, "too short for more"
            told_by = [a for a in trace.attempts if a.state]
            assert trace.states == (tuple(o.state for o in outcomes) or (State.NO_OPPORTUNITY,))
            arose = [outcome for outcome in outcomes if outcome.opportunity]
            assert [(a.state, a.turn) for a in told_by] == [
                (o.state, o.opportunity.turn) for o in arose
            ]
            for attempt, outcome in zip(told_by, arose, strict=True):
                assert attempt.given.evidence == outcome.opportunity.signals
                if attempt.steps and attempt.steps[-1].condition.truth:
                    met = {s for step in attempt.steps for s in _keys(step.condition.evidence)}
                    assert met == set(_keys(outcome.evidence))
            for attempt in trace.attempts:
                is_excused = attempt.unless is not None and attempt.unless.condition.truth is True
                assert is_excused == (attempt.ending is Ending.CANCELLED)


def _keys(signals) -> list[tuple[int, int, str]]:
    return [(signal.turn, signal.start, signal.name) for signal in signals]


@PATIENT
@FEW
@given(case=cases())
def test_each_part_of_a_trace_is_as_true_as_the_compiled_condition(case: Case):
    seen = timeline(case.talk)
    for condition, region, window in looks(case, seen):
        trace = ConditionTracer(seen).trace(condition, region, window)
        for part in trace.all_traces():
            judgement = compile_condition(part.condition)(seen, region)
            assert part.truth is judgement.truth
            if part.truth:
                expected = [seen.signals[position] for position in judgement.evidence]
                assert _keys(part.evidence) == _keys(expected)
            if part.truth is None:
                assert part.unknown


@PATIENT
@FEW
@given(case=cases())
def test_near_misses_are_the_nearest_of_all_signals(case: Case):
    seen = timeline(case.talk)
    for condition, region, window in looks(case, seen):
        members = tuple(matches(condition))
        found = Lacking(members, seen).nearest(region, window, suffices=True)
        assert [_far(miss) for miss in found] == nearest_of_all(members, seen, region, window)


def nearest_of_all(
    members: Iterable[Match], seen: Timeline, region: Region, window: Window | None
) -> list[tuple[int, float, str, int]]:
    """The same by a look at every signal."""
    best: dict[int, NearMiss] = {}
    for wanted in members:
        for position in seen.by_name.get(wanted.name, ()):
            signal = seen.signals[position]
            shared = window_gap(signal.turn, seen, region, window)
            miss = NearMiss(signal, (*own_gaps(signal, wanted, seen), *shared), suffices=True)
            if position not in best or miss.distance < best[position].distance:
                best[position] = miss
    misses = [best[position] for position in sorted(best) if best[position].gaps]
    return [_far(miss) for miss in sorted(misses, key=lambda miss: miss.distance)[:MOST_NEAR]]


def _far(miss: NearMiss) -> tuple[int, float, str, int]:
    gaps, size = miss.distance
    return gaps, round(size, 9), miss.signal.name, miss.signal.turn


@PATIENT
@FEW
@given(case=cases(), times=st.integers(2, 6))
def test_long_conversations_are_traced_as_they_are_judged(case: Case, times: int):
    seen = timeline(repeated(case.talk, times))
    for condition, region, _ in looks(case, seen):
        held = [
            position
            for position in range(len(seen.signals))
            if region.holds(seen, seen.signals[position].turn) is not False
        ]
        assert set(held) <= set(region.among(seen, range(len(seen.signals))))
        part = ConditionTracer(seen).trace(condition, region)
        assert part.truth is compile_condition(condition)(seen, region).truth


def repeated(talk: Talk, times: int) -> Talk:
    """*talk* over and over, at no known times."""
    length = len(talk.roles)
    return replace(
        talk,
        roles=talk.roles * times,
        participants=talk.participants * times,
        times=(None,) * (length * times),
        signals=tuple(
            replace(signal, turn=signal.turn + length * n)
            for n in range(times)
            for signal in talk.signals
        ),
        unknown={
            (name, turn + length * n): why
            for n in range(times)
            for (name, turn), why in talk.unknown.items()
        },
    )


def looks(case: Case, seen: Timeline) -> Iterator[tuple[Condition, Region, Window | None]]:
    """Each condition of the rules, over the regions that they look at from each move."""
    for each in case.policies:
        for written in each.rules:
            for track in seen.tracks:
                for move in track:
                    yield (
                        written.given or written.steps[0].condition,
                        moves_region(move, move.index, seen.is_growing(move)),
                        None,
                    )
                    for step in written.steps:
                        if step.window:
                            region = compile_window(step.window)(seen, move, move.turns[0])
                            yield step.condition, region, step.window


@PATIENT
@FEW
@given(case=cases(is_open=False))
def test_closing_the_gaps_of_a_near_miss_makes_the_condition_true(case: Case):
    seen = timeline(case.talk)
    for condition, region, window in looks(case, seen):
        for part in ConditionTracer(seen).trace(condition, region, window).all_traces():
            for miss in part.near:
                if miss.suffices:
                    assert holds_after(part, miss, seen, region) in {True, None}, (miss, part.words)


def holds_after(part: ConditionTrace, miss: NearMiss, seen: Timeline, region: Region) -> object:
    """Whether the condition holds once the gaps of *miss* are closed, by whichever of its matches.

    None where that cannot be done with one signal alone.
    """
    found = [
        compile_condition(part.condition)(changed, where).truth
        for wanted in matches(part.condition)
        if wanted.name == miss.signal.name
        for changed, where in closed(
            wanted, miss, seen, region, is_alone=isinstance(part.condition, Match)
        )
    ]
    return (True in found) if found else None


@dataclass
class Wider(Region):
    """A region that reaches one turn further."""

    also: int = -1

    def holds(self, timeline: Timeline, turn: int) -> bool | None:
        return turn == self.also or Region.holds(self, timeline, turn)

    def span(self, timeline: Timeline) -> range:
        own = Region.span(self, timeline)
        return range(min(own.start, self.also), max(own.stop, self.also + 1))


OWN = {GapKind.SCORE, GapKind.SPEAKER, GapKind.ATTRIBUTE}


def closed(
    wanted: Match, miss: NearMiss, seen: Timeline, region: Region, *, is_alone: bool
) -> Iterator[tuple[Timeline, Region]]:
    kinds = {gap.kind for gap in miss.gaps}
    signal = miss.signal
    if list(own_gaps(signal, wanted, seen)) != [gap for gap in miss.gaps if gap.kind in OWN]:
        return  # it is another match that the signal came nearest to
    if GapKind.SCORE in kinds:
        signal = replace(signal, score=max(signal.score, wanted.min_score))
    if GapKind.ATTRIBUTE in kinds:
        asked = {key: values[0] for key, values in wanted.where.items()}
        signal = replace(signal, attributes={**signal.attributes, **asked})
    if not kinds & {GapKind.WINDOW, GapKind.SPEAKER}:
        yield with_signal(seen, miss.signal, signal), region
    elif is_alone and GapKind.SPEAKER not in kinds:
        # The whole turn comes into the window, which matters to nothing else that is asked.
        wider = Wider(**{field.name: getattr(region, field.name) for field in fields(region)})
        wider.also = signal.turn
        yield with_signal(seen, miss.signal, signal), wider
    elif GapKind.WINDOW not in kinds:
        yield from spoken_by(wanted, signal, with_signal(seen, miss.signal, signal), region)
    may_speak = set(wanted.by) if GapKind.SPEAKER in kinds else {seen.roles[signal.turn]}
    for turn in region.turns(seen):
        if kinds & {GapKind.WINDOW, GapKind.SPEAKER} and seen.roles[turn] in may_speak:
            moved = replace(signal, turn=turn, start=90, end=91)
            yield with_signal(seen, miss.signal, moved), region


def spoken_by(
    wanted: Match, signal: Signal, seen: Timeline, region: Region
) -> Iterator[tuple[Timeline, Region]]:
    """The same, its turn spoken by somebody who counts, where nothing else is in that turn."""
    alone = [s for s in seen.signals if s is signal or s.turn != signal.turn]
    if len(alone) == len(seen.signals):  # what else is in the turn changes its speaker too
        seen.roles = list(seen.roles)
        seen.roles[signal.turn] = min(wanted.by)
        yield seen, region


def with_signal(seen: Timeline, old: Signal, new: Signal) -> Timeline:
    signals = [new if signal is old else signal for signal in seen.signals]
    unknown = {
        (name, turn): why for name, where in seen.unknown.items() for turn, why in where.items()
    }
    return Timeline(
        seen.roles, seen.participants, seen.times, signals, unknown, is_open=seen.is_open
    )


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (told("customer: anger", "agent: apology=0.42"), ["score 0.42 under 0.5"]),
        (told("customer: anger", "agent: apology=0.499999"), ["score 0.499999 under 0.5"]),
        (told("customer: anger", "agent:", "customer:", "agent: apology"), ["1 agent turn too late"]),
        (
            told("customer: anger", "agent:", "bot:", "agent:", "bot:", "agent: apology"),
            ["2 agent turns too late"],
        ),
        (told("agent: apology", "customer: anger", "agent:"), ["1 turn too early"]),
        (
            told("customer: anger apology", "agent:"),
            [
                "said by the customer, not by an agent",
                "in the turn of the occasion itself, which is too early",
            ],
        ),
        (told("customer: anger", "bot: apology", "agent:"), ["said by a bot, not by an agent"]),
        (
            told("customer: anger", "agent:", "customer:", "bot: apology=0.4"),
            ["score 0.4 under 0.5", "said by a bot, not by an agent", "2 turns too late"],
        ),
    ],
)  # fmt: skip
def test_a_missed_duty_says_how_far_it_was(talk: Talk, words: list[str]):
    written = rule(given="anger", expect="apology", within="1 agent turn")
    attempt = only(written, talk)
    assert attempt.ending is Ending.MISSED
    assert gaps(attempt.near[0]) == words


def test_time_too_late_is_told_in_time():
    written = rule(given="anger", expect="apology", within="1 minute")
    attempt = only(written, told("customer@0: anger", "agent@150: apology"))
    assert gaps(attempt.near[0]) == ["1 minute 30 seconds too late"]


def test_an_attribute_that_differs_is_named():
    wanted = match("apology", where={"target": ("customer", "product")})
    written = rule(given="anger", expect=wanted, within="1 agent turn")
    attempt = only(written, told("customer: anger", "agent: apology{target:agent}"))
    assert gaps(attempt.near[0]) == ["target agent, not customer or product"]


def test_a_count_is_told_as_found_of_needed():
    written = rule(given=match("anger", count=2), expect="apology", within="1 agent turn")
    talk = told("customer: anger anger=0.4", "agent: apology")
    attempt = only(written, talk)
    assert (attempt.ending, attempt.given.found, attempt.given.needed) == (Ending.NOT_ARISEN, 1, 2)
    assert attempt.given.near[0].suffices


def test_what_an_occasion_lacked_is_named():
    written = rule(given=all_of("anger", "remedy"), expect="apology", within="1 agent turn")
    attempt = only(written, told("customer: anger"))
    assert attempt.ending is Ending.NOT_ARISEN
    assert "1 of 2; not found: the agent's remedy." in attempt.reason


def test_the_nearest_miss_comes_first():
    written = rule(given="anger", expect=any_of("apology", "remedy"), within="1 agent turn")
    talk = told("customer: anger", "agent: apology=0.2 remedy=0.45")
    assert [miss.signal.name for miss in only(written, talk).near] == [
        "agent.remedy",
        "agent.apology",
    ]


def test_what_a_none_forbids_is_named():
    written = rule(
        given="anger", expect=all_of("apology", none_of("remedy")), within="1 agent turn"
    )
    attempt = only(written, told("customer: anger", "agent: apology remedy"))
    assert [signal.name for signal in attempt.steps[0].condition.against] == ["agent.remedy"]
    assert "Against it: agent remedy" in attempt.reason


def test_a_cancelled_occasion_names_its_evidence():
    written = rule(given="anger", expect="apology", within="1 agent turn", unless="remedy")
    attempt = only(written, told("customer: anger", "agent: remedy"))
    assert attempt.ending is Ending.CANCELLED
    assert attempt.reason == 'Cancelled: agent remedy "x" in turn 1.'


def test_a_failed_detector_is_told():
    written = rule(given="anger", expect="apology", within="1 agent turn")
    attempt = only(written, told("customer: anger", "agent: ?apology"))
    assert attempt.ending is Ending.ABSTAINED
    assert attempt.steps[0].condition.unknown == ("the detector failed",)


def test_an_unknown_occasion_is_told_where_it_is_unknown():
    written = rule(given="anger", expect="apology", within="1 agent turn")
    trace = traced(written, told("agent:", "customer: ?anger", "agent: apology"))
    assert trace.states == (State.ABSTAINED,)
    assert [(a.ending, a.turn) for a in trace.attempts] == [(Ending.UNCLEAR, 1)]


def test_a_chain_stops_at_the_step_that_failed():
    written = rule(
        given="anger", expect="apology", within="1 agent turn", then=[("remedy", "1 agent turn")]
    )
    talk = told("customer: anger", "agent: apology", "customer:", "agent: remedy=0.3")
    attempt = only(written, talk)
    assert [step.condition.truth for step in attempt.steps] == [True, False]
    assert gaps(attempt.near[0]) == ["score 0.3 under 0.5"]


def test_colleagues_are_on_a_track_of_their_own():
    wanted = match("apology", by=tuple(Role))
    written = rule(given="anger", expect=wanted, within="1 agent turn")
    attempt = only(written, told("customer: anger", "agent:", "kim: apology"))
    assert gaps(attempt.near[0]) == ["said among colleagues, which is looked at apart"]


def test_a_rule_of_which_nothing_was_found_says_so():
    trace = traced(rule(forbid="apology"), told("customer: anger", "agent:"))
    assert (trace.states, trace.attempts) == ((State.NO_OPPORTUNITY,), ())
    assert "agent.apology" in trace.reason


def test_of_many_occasions_the_first_of_each_ending_are_told_and_the_rest_counted():
    turns = ["customer: anger", "agent:"] * 50 + ["customer: anger", "agent: apology"] * 30
    trace = traced(rule(given="anger", expect="apology", within="1 agent turn"), told(*turns))
    endings = Counter(attempt.ending for attempt in trace.attempts)
    assert endings == {Ending.MISSED: MOST_ATTEMPTS, Ending.SHOWN: MOST_ATTEMPTS}
    assert trace.more == {Ending.MISSED: 50 - MOST_ATTEMPTS, Ending.SHOWN: 30 - MOST_ATTEMPTS}
    assert Counter(trace.states) == {State.MISSED: 50, State.SHOWN: 30}
    shown = [attempt.turn for attempt in trace.attempts if attempt.ending is Ending.SHOWN]
    assert shown == list(range(100, 100 + 2 * MOST_ATTEMPTS, 2))


def test_of_many_occasions_that_did_not_arise_the_nearest_are_told_and_the_rest_counted():
    turns = [f"customer: anger=0.{digit}" for digit in "1234"]
    turns = [turn for each in turns for turn in (each, "agent:")]
    trace = traced(rule(given="anger", expect="apology", within="1 agent turn"), told(*turns))
    assert [attempt.turn for attempt in trace.attempts] == [6, 4, 2]
    assert trace.more == {Ending.NOT_ARISEN: 1}


@PATIENT
@FEW
@given(case=cases(), times=st.integers(3, 8))
def test_what_is_told_and_what_is_counted_is_everything(case: Case, times: int):
    seen = timeline(repeated(case.talk, times))
    for each in case.policies:
        for written in each.rules:
            trace = Tracer(each, written).trace(seen)
            told_by = Counter(attempt.ending for attempt in trace.attempts)
            endings = told_by + Counter(trace.more)
            for ending, state in LEAVE_AN_OUTCOME.items():
                if state is not State.ABSTAINED:
                    assert endings[ending] == trace.states.count(state)
            assert endings[Ending.ABSTAINED] + bool(endings[Ending.UNCLEAR]) == trace.states.count(
                State.ABSTAINED
            )
            assert all(told_by[ending] <= MOST_ATTEMPTS for ending in told_by)


LEAVE_AN_OUTCOME = {
    Ending.SHOWN: State.SHOWN,
    Ending.MISSED: State.MISSED,
    Ending.ABSTAINED: State.ABSTAINED,
    Ending.PENDING: State.PENDING,
}


def test_a_recognition_that_found_nothing_counts_for_nothing():
    written = rule(given="anger", recognise="apology", within="1 agent turn")
    attempt = only(written, told("customer: anger", "agent: apology=0.45"))
    assert (attempt.ending, attempt.state) == (Ending.UNCLAIMED, None)
    assert gaps(attempt.near[0]) == ["score 0.45 under 0.5"]
