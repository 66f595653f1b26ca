"""Near misses: signals of the right name that did not count, and how far they were from counting."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import timedelta

from amity.conversation import Role
from amity.evaluate.timeline import Timeline
from amity.evaluate.trace import Gap, GapKind, NearMiss
from amity.evaluate.windows import Region
from amity.policy.condition_words import joined, number
from amity.policy.model import Match, Window, WindowKind
from amity.signals import Signal

__all__ = ["MOST_NEAR", "near_misses"]

MOST_NEAR = 3

# What makes the nearest miss: a small step in score, a turn, another attribute, another speaker.
_TURN, _HOUR, _ATTRIBUTE, _SPEAKER, _TRACK = 0.1, 0.2, 0.3, 0.5, 1.0
_WORDS = {
    Role.CUSTOMER: "the customer",
    Role.AGENT: "an agent",
    Role.BOT: "a bot",
    Role.COLLEAGUE: "a colleague",
}
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def near_misses(
    matches: Sequence[Match],
    timeline: Timeline,
    region: Region,
    window: Window | None,
    *,
    suffices: bool,
) -> tuple[NearMiss, ...]:
    """The signals that came nearest to counting for any of *matches*, the nearest first."""
    misses = (
        _miss(position, matches, timeline, region, window, suffices=suffices)
        for name in dict.fromkeys(match.name for match in matches)
        for position in timeline.by_name.get(name, ())
    )
    return tuple(
        heapq.nsmallest(
            MOST_NEAR, (miss for miss in misses if miss.gaps), key=lambda miss: miss.distance
        )
    )


def _miss(
    position: int,
    matches: Sequence[Match],
    timeline: Timeline,
    region: Region,
    window: Window | None,
    *,
    suffices: bool,
) -> NearMiss:
    signal = timeline.signals[position]
    own = [match for match in matches if match.name == signal.name]
    shared = list(_window_gap(signal.turn, timeline, region, window))
    misses = (
        NearMiss(signal, (*_gaps(signal, match, timeline), *shared), suffices) for match in own
    )
    return min(misses, key=lambda miss: miss.distance)


def _gaps(signal: Signal, match: Match, timeline: Timeline) -> Iterator[Gap]:
    if signal.score < match.min_score:
        yield Gap(
            GapKind.SCORE,
            f"score {_below(signal.score, match.min_score)} under {number(match.min_score)}",
            match.min_score - signal.score,
        )
    role = timeline.roles[signal.turn]
    if role not in match.by:
        wanted = joined([_WORDS[who] for who in Role if who in match.by], "or")
        yield Gap(GapKind.SPEAKER, f"said by {_WORDS[role]}, not by {wanted}", _SPEAKER)
    for key, values in match.where.items():
        got = signal.attributes.get(key)
        if got not in values:
            wanted = joined(values, "or")
            words = f"has no {key}, not {wanted}" if got is None else f"{key} {got}, not {wanted}"
            yield Gap(GapKind.ATTRIBUTE, words, _ATTRIBUTE)


def _below(score: float, limit: float) -> str:
    """*score* in as few digits as show that it is under *limit*."""
    rounded = (round(score, digits) for digits in range(2, 17))
    return number(next((value for value in rounded if value < limit), score))


def _window_gap(
    turn: int, timeline: Timeline, region: Region, window: Window | None
) -> Iterator[Gap]:
    holds = region.holds(timeline, turn)
    if holds:
        return
    move = timeline.move_of[turn]
    if move.track != region.track:
        among = "among colleagues" if move.track else "in what the customer sees"
        yield Gap(GapKind.WINDOW, f"said {among}, which is looked at apart", _TRACK)
    elif holds is None:
        yield Gap(GapKind.WINDOW, "not known whether it was said in time", _TURN)
    elif region.low <= move.index < region.high and region.is_timed:
        yield _late_by_time(turn, timeline, region)
    else:
        yield _late_by_turns(move.index, timeline, region, window)


def _late_by_time(turn: int, timeline: Timeline, region: Region) -> Gap:
    sent_at, limit = timeline.times[turn], region.limit
    by = abs(sent_at - limit) if sent_at and limit else timedelta()
    side = "early" if region.backward else "late"
    size = _TURN + _HOUR * by.total_seconds() / 3600
    return Gap(GapKind.WINDOW, f"{_span(by)} too {side}", size)


def _late_by_turns(index: int, timeline: Timeline, region: Region, window: Window | None) -> Gap:
    is_early = index < region.low
    passed = (
        range(index, region.low) if is_early else range(max(region.high, region.low), index + 1)
    )
    size = _TURN * len(passed)
    if window and _excludes_own_move(window) and is_early != window.backward:
        # On the side of the occasion itself, the turn beside the window is the occasion's own.
        side = "early" if is_early else "late"
        return Gap(GapKind.WINDOW, _from_own_move(len(passed) - 1, side), size)
    roles = window.roles if window and window.kind is WindowKind.TURNS else frozenset()
    moves = timeline.tracks[region.track]
    counted = sum(moves[i].role in roles for i in passed)
    who = f"{joined([role.value for role in Role if role in roles], 'or')} " if counted else ""
    many = counted or len(passed)
    side = "early" if is_early else "late"
    return Gap(GapKind.WINDOW, f"{many} {who}turn{'s' * (many != 1)} too {side}", size)


def _excludes_own_move(window: Window) -> bool:
    is_whole = window.kind is WindowKind.CONVERSATION and not window.backward
    return not is_whole and window.kind is not WindowKind.SAME_TURN


def _from_own_move(turns: int, side: str) -> str:
    if turns == 0:
        return f"in the turn of the occasion itself, which is too {side}"
    return f"{turns} turn{'s' * (turns != 1)} too {side}"


def _span(span: timedelta) -> str:
    """A span of time in its two largest units.

    >>> _span(timedelta(minutes=61, seconds=5))
    '1 hour 1 minute'
    """
    seconds, parts = max(int(span.total_seconds()), 1), []
    for unit, size in _UNITS:
        many, seconds = divmod(seconds, size)
        if many:
            parts.append(f"{many} {unit}{'s' * (many != 1)}")
    return " ".join(parts[:2])
