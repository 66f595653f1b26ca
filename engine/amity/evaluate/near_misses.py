"""Near misses: the signals of the right name that came nearest to counting."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence

from amity.evaluate.gaps import TRACK_GAP, own_gaps, window_distance, window_gap
from amity.evaluate.timeline import Move, Timeline
from amity.evaluate.trace import NearMiss
from amity.evaluate.windows import Region
from amity.policy.model import Match, Window

__all__ = ["MOST_NEAR", "Lacking"]

MOST_NEAR = 3
"""How many near misses a condition has at most."""


class Lacking:
    """Signals of the names that *members* ask for, by what keeps each from counting.

    Found once for a timeline, so that the nearest misses of a window are found without a look at
    every signal. ``nothing`` are the positions of those that fit, which lack nothing.
    """

    def __init__(self, members: Sequence[Match], timeline: Timeline) -> None:
        self._timeline = timeline
        # What a signal lacks wherever it is said: how many gaps, how large, and to which match.
        self._own: dict[int, tuple[int, float, Match]] = {}
        self._places: dict[tuple[int, int], list[int]] = {}
        self._most = 0
        for match in members:
            for position in timeline.by_name.get(match.name, ()):
                sizes = [gap.size for gap in own_gaps(timeline.signals[position], match, timeline)]
                lacks = (len(sizes), sum(sizes), match)
                if position not in self._own or lacks[:2] < self._own[position][:2]:
                    self._own[position] = lacks
        self.nothing = [at for at in sorted(self._own) if not self._own[at][0]]
        for position in sorted(self._own):
            gaps = self._own[position][0]
            track = timeline.move_of[timeline.signals[position].turn].track
            self._places.setdefault((track, gaps), []).append(position)
            self._most = max(self._most, gaps)
        # On the other track all are equally far, so the nearest are the same for every window.
        self._nearest = {
            place: heapq.nsmallest(MOST_NEAR, ((self._own[at][1], at) for at in positions))
            for place, positions in self._places.items()
        }

    def nearest(
        self, region: Region, window: Window | None, *, suffices: bool
    ) -> tuple[NearMiss, ...]:
        """The signals that came nearest to counting in *region*, the nearest first."""
        found: list[tuple[float, int]] = []
        # Fewer gaps are nearer than small ones, and to lie outside of the window is a gap too.
        for gaps in range(1, self._most + 2):
            if len(found) == MOST_NEAR:
                break
            candidates = (*self._inside(region, gaps), *self._outside(region, gaps - 1))
            found += heapq.nsmallest(MOST_NEAR - len(found), candidates)
        return tuple(self._miss(at, region, window, suffices=suffices) for _, at in found)

    def _inside(self, region: Region, gaps: int) -> Iterator[tuple[float, int]]:
        positions = self._places.get((region.track, gaps), ())
        for position in region.among(self._timeline, positions):
            if region.holds(self._timeline, self._turn(position)):
                yield self._own[position][1], position

    def _outside(self, region: Region, gaps: int) -> Iterator[tuple[float, int]]:
        for size, position in self._nearest.get((1 - region.track, gaps), ()):
            yield size + TRACK_GAP, position
        positions = self._places.get((region.track, gaps), ())
        if region.is_timed or region.last_turn is not None:
            yield from self._far(positions, region)
            return
        moves = self._timeline.tracks[region.track]
        before = bisect_left(positions, self._first_in(moves, region.low))
        after = bisect_left(positions, self._first_in(moves, max(region.low, region.high)))
        yield from self._outwards((positions[i] for i in range(before - 1, -1, -1)), region)
        yield from self._outwards((positions[i] for i in range(after, len(positions))), region)

    def _first_in(self, moves: Sequence[Move], index: int) -> int:
        turns = len(self._timeline.roles)
        return self._timeline.first_at(moves[index].turns[0] if index < len(moves) else turns)

    def _outwards(self, positions: Iterable[int], region: Region) -> Iterator[tuple[float, int]]:
        """The nearest of *positions*, each no nearer to the window than the one before."""
        best: list[float] = []
        for position in positions:
            apart = window_distance(self._turn(position), self._timeline, region)
            if apart is None:
                continue
            if len(best) == MOST_NEAR and apart > best[-1]:
                return
            size = self._own[position][1] + apart
            yield size, position
            insort(best, size)
            del best[MOST_NEAR:]

    def _far(self, positions: Iterable[int], region: Region) -> Iterator[tuple[float, int]]:
        for position in positions:
            apart = window_distance(self._turn(position), self._timeline, region)
            if apart is not None:
                yield self._own[position][1] + apart, position

    def _turn(self, position: int) -> int:
        return self._timeline.signals[position].turn

    def _miss(
        self, position: int, region: Region, window: Window | None, *, suffices: bool
    ) -> NearMiss:
        signal, match = self._timeline.signals[position], self._own[position][2]
        own = own_gaps(signal, match, self._timeline)
        shared = window_gap(signal.turn, self._timeline, region, window)
        return NearMiss(signal, (*own, *shared), suffices)
