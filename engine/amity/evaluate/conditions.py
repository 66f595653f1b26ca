"""Conditions compiled into closures that judge a region of a timeline.

Truth has three values: True, False and None for unknown (Kleene's strong logic).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from amity.evaluate.timeline import Timeline
from amity.evaluate.windows import Region
from amity.policy.model import Condition, Match, Quantifier, matches
from amity.signals import Signal

__all__ = ["Judgement", "Test", "causes", "compile_condition", "fits", "unknown_turns"]


@dataclass(slots=True)
class Judgement:
    """Whether a condition holds, and the evidence as positions in the timeline's signals."""

    truth: bool | None
    evidence: Sequence[int] = ()


Test = Callable[[Timeline, Region], Judgement]
_FALSE, _UNKNOWN = Judgement(False), Judgement(None)


def compile_condition(condition: Condition) -> Test:
    """A test of *condition* over a region."""
    if isinstance(condition, Match):
        return _counted((condition,), condition.count)
    plain = [member for member in condition.members if isinstance(member, Match)]
    # "Any of these signals" is by far the commonest condition, and one look at the signals does it.
    is_flat = len(plain) == len(condition.members) and all(match.count == 1 for match in plain)
    if condition.quantifier is Quantifier.ANY and is_flat and condition.at_least == 1:
        return _counted(plain, condition.count)
    if condition.count > 1:
        return _counted(plain, condition.count)
    tests = [compile_condition(member) for member in condition.members]
    match condition.quantifier:
        case Quantifier.ANY:
            return _any(tests, condition.at_least)
        case Quantifier.ALL:
            return _all(tests)
        case Quantifier.NONE:
            return _none(tests)


def fits(match: Match, signal: Signal, timeline: Timeline) -> bool:
    """Whether *signal*, which has the name, is scored, spoken and marked as *match* asks."""
    return (
        signal.score >= match.min_score
        and timeline.roles[signal.turn] in match.by
        and (
            not match.where
            or all(signal.attributes.get(key) in values for key, values in match.where.items())
        )
    )


def _fitting(members: Sequence[Match]) -> Callable[[Timeline], list[int]]:
    """Finds the positions of the signals that fit any of *members*, once for each timeline."""
    names = tuple(dict.fromkeys(match.name for match in members))
    key = object()

    def find(timeline: Timeline) -> list[int]:
        found = timeline.fitting.get(key)
        if found is None:
            present = [name for name in names if name in timeline.by_name]
            found = timeline.fitting[key] = sorted(
                {
                    position
                    for match in (members if present else ())
                    for position in timeline.by_name.get(match.name, ())
                    if fits(match, timeline.signals[position], timeline)
                }
            )
        return found

    return find


def _counted(members: Sequence[Match], count: int) -> Test:
    find = _fitting(members)

    def test(timeline: Timeline, region: Region) -> Judgement:
        certain: list[int] = []
        perhaps = 0
        for position in region.among(timeline, find(timeline)):
            holds = region.holds(timeline, timeline.signals[position].turn)
            if holds:
                certain.append(position)
            elif holds is None:
                perhaps += 1
        if len(certain) >= count:
            return Judgement(True, certain)
        if region.is_open or len(certain) + perhaps >= count:
            return _UNKNOWN
        if timeline.unknown and any(_is_unknown(match, timeline, region) for match in members):
            return _UNKNOWN
        return _FALSE

    return test


def _is_unknown(match: Match, timeline: Timeline, region: Region) -> bool:
    return any(True for _ in unknown_turns(match, timeline, region))


def unknown_turns(match: Match, timeline: Timeline, region: Region) -> Iterable[tuple[int, str]]:
    """The turns of *region* of which it is unknown whether they hold the signal, and why."""
    known = timeline.unknown.get(match.name)
    if not known:
        return
    span = region.span(timeline)
    for turn in span if len(span) < len(known) else known:
        if (
            turn in known
            and timeline.roles[turn] in match.by
            and region.holds(timeline, turn) is not False
        ):
            yield turn, known[turn]


def _any(tests: Sequence[Test], at_least: int) -> Test:
    def test(timeline: Timeline, region: Region) -> Judgement:
        judgements = [member(timeline, region) for member in tests]
        met = [judgement for judgement in judgements if judgement.truth]
        if len(met) >= at_least:
            return Judgement(True, _joined(met))
        possible = len(met) + sum(judgement.truth is None for judgement in judgements)
        return _UNKNOWN if possible >= at_least else _FALSE

    return test


def _all(tests: Sequence[Test]) -> Test:
    def test(timeline: Timeline, region: Region) -> Judgement:
        judgements = [member(timeline, region) for member in tests]
        truths = {judgement.truth for judgement in judgements}
        if False in truths:
            return _FALSE
        return _UNKNOWN if None in truths else Judgement(True, _joined(judgements))

    return test


def _none(tests: Sequence[Test]) -> Test:
    def test(timeline: Timeline, region: Region) -> Judgement:
        truths = {member(timeline, region).truth for member in tests}
        if True in truths:
            return _FALSE
        return _UNKNOWN if None in truths else Judgement(True)

    return test


def _joined(judgements: Iterable[Judgement]) -> list[int]:
    return sorted({position for judgement in judgements for position in judgement.evidence})


def causes(condition: Condition, timeline: Timeline, region: Region) -> list[str]:
    """Why *condition* is unknown over *region*, as phrases for people; each once."""
    found: dict[str, None] = {}
    for match in matches(condition):
        for _turn, reason in unknown_turns(match, timeline, region):
            found[reason] = None
        if region.is_timed and any(
            region.holds(timeline, timeline.signals[position].turn) is None
            for position in timeline.by_name.get(match.name, ())
        ):
            found["turns without a time may lie inside or outside the window"] = None
    return list(found)
