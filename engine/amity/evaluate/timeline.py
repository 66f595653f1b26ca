"""What the evaluator looks at: who spoke when, what was found, and what is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from operator import attrgetter

from amity.conversation import Role
from amity.signals import Signal

__all__ = ["Move", "Timeline"]

text_order = attrgetter("turn", "start", "end", "name")


@dataclass(slots=True)
class Move:
    """A run of turns by one side. ``index`` counts the moves of its track from 0."""

    role: Role
    participant: str
    turns: list[int]
    track: int
    index: int


class Timeline:
    """A conversation as its signals show it.

    ``unknown`` maps (signal name, turn) to the reason why it is not known whether the signal is
    there. ``tracks`` are the moves of customer, agent and bot, and those of colleagues;
    ``move_of`` gives the move of each turn.
    """

    __slots__ = (
        "_starts",
        "by_name",
        "fitting",
        "is_open",
        "move_of",
        "participants",
        "roles",
        "signals",
        "times",
        "tracks",
        "unknown",
    )

    def __init__(
        self,
        roles: Sequence[Role],
        participants: Sequence[str],
        times: Sequence[datetime | None],
        signals: Iterable[Signal],
        unknown: Mapping[tuple[str, int], str],
        *,
        is_open: bool,
    ) -> None:
        self.roles = roles
        self.participants = participants
        self.times = times
        self.is_open = is_open
        self.signals: list[Signal] = sorted(signals, key=text_order)
        # Evidence is kept as positions in `signals`: sorted, they are in the order of the text.
        self.by_name: dict[str, list[int]] = {}
        for position, signal in enumerate(self.signals):
            self.by_name.setdefault(signal.name, []).append(position)
        self._starts: list[int] | None = None
        # What a compiled condition found to fit, kept for its next look at this timeline.
        self.fitting: dict[object, list[int]] = {}
        self.unknown: dict[str, dict[int, str]] = {}
        for (name, turn), reason in sorted(unknown.items()):
            self.unknown.setdefault(name, {})[turn] = reason
        self.tracks: tuple[list[Move], list[Move]] = ([], [])
        self.move_of: list[Move] = [self._place(turn) for turn in range(len(roles))]

    def _place(self, turn: int) -> Move:
        role, participant = self.roles[turn], self.participants[turn]
        is_colleague = role is Role.COLLEAGUE
        track = self.tracks[is_colleague]
        last = track[-1] if track else None
        if last and last.role is role and (not is_colleague or last.participant == participant):
            last.turns.append(turn)
            return last
        move = Move(role, participant, [turn], int(is_colleague), len(track))
        track.append(move)
        return move

    def first_at(self, turn: int) -> int:
        """The position of the first signal in *turn* or later."""
        if self._starts is None:
            starts = [0] * (len(self.roles) + 1)
            for signal in self.signals:
                starts[signal.turn + 1] += 1
            self._starts = list(accumulate(starts))
        return self._starts[min(turn, len(self.roles))]

    def is_growing(self, move: Move) -> bool:
        """Whether more turns may still join *move*."""
        return self.is_open and move.index == len(self.tracks[move.track]) - 1
