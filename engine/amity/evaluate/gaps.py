"""Gaps: what kept a signal of the right name from counting, and how far it was, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from amity.conversation import Role
from amity.evaluate.timeline import Move, Timeline
from amity.evaluate.trace import Gap, GapKind
from amity.evaluate.windows import Region
from amity.policy.condition_words import joined, number
from amity.policy.model import Match, Window, WindowKind
from amity.signals import Signal

__all__ = ["TRACK_GAP", "own_gaps", "window_distance", "window_gap"]

# What makes the nearest miss: a small step in score, a turn, another attribute, another speaker.
_TURN, _HOUR, _ATTRIBUTE, _SPEAKER, TRACK_GAP = 0.1, 0.2, 0.3, 0.5, 1.0
_WORDS = {
    Role.CUSTOMER: "the customer",
    Role.AGENT: "an agent",
    Role.BOT: "a bot",
    Role.COLLEAGUE: "a colleague",
}
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def own_gaps(signal: Signal, match: Match, timeline: Timeline) -> Iterator[Gap]:
    """What keeps *signal* from counting for *match*, wherever it is looked for."""
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


def window_distance(turn: int, timeline: Timeline, region: Region) -> float | None:
    """The size of the gap between *turn* and *region*; None if the turn lies in it."""
    holds = region.holds(timeline, turn)
    if holds:
        return None
    move = timeline.move_of[turn]
    if move.track != region.track:
        return TRACK_GAP
    if holds is None:
        return _TURN
    if _is_only_late(move, region):
        return _TURN + _HOUR * _beyond(turn, timeline, region).total_seconds() / 3600
    return _TURN * len(_passed(move.index, region))


def _is_only_late(move: Move, region: Region) -> bool:
    """Whether *move* is one of the moves of *region*, so that only the time is not right."""
    return region.low <= move.index < region.high and region.is_timed


def _beyond(turn: int, timeline: Timeline, region: Region) -> timedelta:
    sent_at, limit = timeline.times[turn], region.limit
    return abs(sent_at - limit) if sent_at and limit else timedelta()


def _passed(index: int, region: Region) -> range:
    """The moves from the window up to that of *index*."""
    if index < region.low:
        return range(index, region.low)
    return range(max(region.high, region.low), index + 1)


def window_gap(
    turn: int, timeline: Timeline, region: Region, window: Window | None
) -> Iterator[Gap]:
    """That *turn* is not in *region*, which *window* describes."""
    size = window_distance(turn, timeline, region)
    if size is None:
        return
    move = timeline.move_of[turn]
    if move.track != region.track:
        among = "among colleagues" if move.track else "in what the customer sees"
        words = f"said {among}, which is looked at apart"
    elif region.holds(timeline, turn) is None:
        words = "not known whether it was said in time"
    elif _is_only_late(move, region):
        side = "early" if region.backward else "late"
        words = f"{_span(_beyond(turn, timeline, region))} too {side}"
    else:
        words = _by_turns(move.index, timeline, region, window)
    yield Gap(GapKind.WINDOW, words, size)


def _by_turns(index: int, timeline: Timeline, region: Region, window: Window | None) -> str:
    is_early, passed = index < region.low, _passed(index, region)
    side = "early" if is_early else "late"
    if window and _excludes_own_move(window) and is_early != window.backward:
        # On the side of the occasion itself, the turn beside the window is the occasion's own.
        return _from_own_move(len(passed) - 1, side)
    roles = window.roles if window and window.kind is WindowKind.TURNS else frozenset()
    moves = timeline.tracks[region.track]
    counted = sum(moves[i].role in roles for i in passed) if roles else 0
    who = f"{joined([role.value for role in Role if role in roles], 'or')} " if counted else ""
    many = counted or len(passed)
    return f"{many} {who}turn{'s' * (many != 1)} too {side}"


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
