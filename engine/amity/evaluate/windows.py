"""Windows: which turns count for an opportunity, certainly or perhaps, and until when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from amity.evaluate.timeline import Move, Timeline
from amity.policy.model import Window, WindowKind

__all__ = ["Reach", "Region", "compile_window", "moves_region"]

# As many signals are sooner looked at one by one than searched.
_FEW = 8


@dataclass(slots=True)
class Region:
    """Turns of one track: moves from ``low`` up to ``high``, and the move ``own`` (-1 for none).

    In a region of time, turns of the range count only if sent no later (``backward``: no earlier)
    than ``limit``; without a limit (the anchor has no time) they count perhaps. ``last_turn``
    leaves out all later turns. ``is_open`` says that turns may still be added.
    """

    track: int
    low: int
    high: int
    is_open: bool
    own: int = -1
    is_timed: bool = False
    backward: bool = False
    limit: datetime | None = None
    last_turn: int | None = None

    def holds(self, timeline: Timeline, turn: int) -> bool | None:
        """Whether *turn* counts: certainly, not, or perhaps (None)."""
        move = timeline.move_of[turn]
        if move.track != self.track or (self.last_turn is not None and turn > self.last_turn):
            return False
        if move.index == self.own:
            return True
        if not self.low <= move.index < self.high:
            return False
        if not self.is_timed:
            return True
        sent_at = timeline.times[turn]
        if self.limit is None or sent_at is None:
            return None
        return sent_at >= self.limit if self.backward else sent_at <= self.limit

    def turns(self, timeline: Timeline) -> Iterator[int]:
        """The turns that certainly count, in order."""
        moves = timeline.tracks[self.track]
        indexes = sorted(
            {*range(self.low, min(self.high, len(moves))), *((self.own,) if self.own >= 0 else ())}
        )
        turns = [turn for index in indexes for turn in moves[index].turns]
        return (turn for turn in turns if self.holds(timeline, turn) is True)

    def span(self, timeline: Timeline) -> range:
        """From the first turn that may count up to the last; what lies between need not count."""
        moves = timeline.tracks[self.track]
        first, last = len(timeline.roles), -1
        if self.low < min(self.high, len(moves)):
            first, last = moves[self.low].turns[0], moves[min(self.high, len(moves)) - 1].turns[-1]
        if self.own >= 0:
            own = moves[self.own].turns
            first, last = min(first, own[0]), max(last, own[-1])
        return range(first, last + 1 if self.last_turn is None else min(last, self.last_turn) + 1)

    def among(self, timeline: Timeline, positions: Sequence[int]) -> Sequence[int]:
        """*positions* of signals, which are sorted, without most of those that do not count."""
        if len(positions) <= _FEW:
            return positions
        turns = self.span(timeline)
        low = bisect_left(positions, timeline.first_at(turns.start))
        return positions[low : bisect_left(positions, timeline.first_at(turns.stop), low)]

    def up_to(self, turn: int) -> Region:
        """The region as far as *turn*, as if it were still open."""
        return replace(self, last_turn=turn, is_open=True)


# The turns that count, seen from a move and from the turn whose time counts.
Reach = Callable[[Timeline, Move, int], Region]


def moves_region(move: Move, low: int, is_open: bool) -> Region:
    """The moves of *move*'s track from *low* up to and including *move*."""
    return Region(move.track, low, move.index + 1, is_open)


def compile_window(window: Window) -> Reach:
    """The reach that *window* describes."""
    reach = _REACHES[window.kind](window)
    if not window.same_turn_too:
        return reach

    def with_own_move(timeline: Timeline, move: Move, anchor: int) -> Region:
        region = reach(timeline, move, anchor)
        region.own = move.index
        region.is_open = region.is_open or timeline.is_growing(move)
        return region

    return with_own_move


def _same_turn(_: Window) -> Reach:
    return lambda timeline, move, _anchor: moves_region(move, move.index, timeline.is_growing(move))


def _counted(window: Window, move: Move) -> bool:
    return not window.roles or move.role in window.roles


def _turns(window: Window) -> Reach:
    def forward(timeline: Timeline, move: Move, _anchor: int) -> Region:
        moves, left = timeline.tracks[move.track], window.amount
        for index in range(move.index + 1, len(moves)):
            left -= _counted(window, moves[index])
            if left == 0:
                return Region(
                    move.track, move.index + 1, index + 1, timeline.is_growing(moves[index])
                )
        return Region(move.track, move.index + 1, len(moves), timeline.is_open)

    def backward(timeline: Timeline, move: Move, _anchor: int) -> Region:
        moves, left = timeline.tracks[move.track], window.amount
        for index in range(move.index - 1, -1, -1):
            left -= _counted(window, moves[index])
            if left == 0:
                return Region(move.track, index, move.index, is_open=False)
        return Region(move.track, 0, move.index, is_open=False)

    return backward if window.backward else forward


def _time(window: Window) -> Reach:
    span = timedelta(seconds=window.amount)

    def forward(timeline: Timeline, move: Move, anchor: int) -> Region:
        start, moves = timeline.times[anchor], timeline.tracks[move.track]
        limit = start + span if start else None
        closing = _first_after(timeline, moves[move.index + 1 :], limit)
        return Region(
            move.track,
            move.index + 1,
            len(moves),
            timeline.is_open and closing is None,
            is_timed=True,
            limit=limit,
            # What is said after the turn that closed the window is outside, even at no known time.
            last_turn=None if closing is None else closing - 1,
        )

    def backward(timeline: Timeline, move: Move, anchor: int) -> Region:
        start = timeline.times[anchor]
        limit = start - span if start else None
        return Region(
            move.track, 0, move.index, is_open=False, is_timed=True, backward=True, limit=limit
        )

    return backward if window.backward else forward


def _first_after(timeline: Timeline, moves: Sequence[Move], limit: datetime | None) -> int | None:
    """The first turn of *moves* that was sent later than *limit*, or None."""
    if limit is None:
        return None
    for move in moves:
        for turn in move.turns:
            sent_at = timeline.times[turn]
            if sent_at and sent_at > limit:
                return turn
    return None


def _conversation(window: Window) -> Reach:
    if window.backward:
        return lambda _timeline, move, _anchor: Region(move.track, 0, move.index, is_open=False)
    return lambda timeline, move, _anchor: Region(
        move.track, 0, len(timeline.tracks[move.track]), timeline.is_open
    )


def _rest(_: Window) -> Reach:
    return lambda timeline, move, _anchor: Region(
        move.track, move.index + 1, len(timeline.tracks[move.track]), timeline.is_open
    )


def _before_next(window: Window) -> Reach:
    def reach(timeline: Timeline, move: Move, _anchor: int) -> Region:
        moves = timeline.tracks[move.track]
        for index in range(move.index + 1, len(moves)):
            if moves[index].role in window.roles:
                return Region(move.track, move.index + 1, index, is_open=False)
        return Region(move.track, move.index + 1, len(moves), timeline.is_open)

    return reach


_REACHES: dict[WindowKind, Callable[[Window], Reach]] = {
    WindowKind.SAME_TURN: _same_turn,
    WindowKind.TURNS: _turns,
    WindowKind.TIME: _time,
    WindowKind.CONVERSATION: _conversation,
    WindowKind.REST: _rest,
    WindowKind.BEFORE_NEXT: _before_next,
}
