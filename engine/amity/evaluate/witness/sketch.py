"""A timeline in outline: who spoke when, and which letters of the alphabet fall in which turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from amity.evaluate.timeline import Timeline
from amity.evaluate.witness.alphabet import UNUSUAL, Letter, Speaker
from amity.signals import Signal, Source

__all__ = ["Sketch", "SketchTurn"]

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
OPEN_WEIGHT = UNUSUAL
_SOURCE = "example"


@dataclass(frozen=True, slots=True)
class SketchTurn:
    """One turn. ``at`` is in seconds from the first turn, or None where the time is not known."""

    speaker: Speaker
    at: int | None
    letters: tuple[Letter, ...]
    time_weight: int = 0

    @property
    def size(self) -> int:
        """What the turn adds to the size of its timeline."""
        return self.speaker.weight + self.time_weight + sum(one.weight for one in self.letters)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A timeline in outline; ``has_times`` says whether times matter at all."""

    turns: tuple[SketchTurn, ...]
    is_open: bool
    has_times: bool

    @property
    def size(self) -> int:
        """Turns and signals, where what seldom happens counts more than once."""
        return sum(turn.size for turn in self.turns) + OPEN_WEIGHT * self.is_open

    def timeline(self) -> Timeline:
        """The timeline that the evaluator takes."""
        signals: list[Signal] = []
        unknown: dict[tuple[str, int], str] = {}
        for index, turn in enumerate(self.turns):
            for place, letter in enumerate(turn.letters):
                if letter.is_unknown:
                    unknown[letter.name, index] = "its detector failed"
                else:
                    signals.append(_signal(letter, index, place))
        return Timeline(
            [turn.speaker.role for turn in self.turns],
            [turn.speaker.participant for turn in self.turns],
            [self._time(turn) for turn in self.turns],
            signals,
            unknown,
            is_open=self.is_open,
        )

    def _time(self, turn: SketchTurn) -> datetime | None:
        if not self.has_times or turn.at is None:
            return None
        return NOON + timedelta(seconds=turn.at)


def untimed(speaker: Speaker, letters: tuple[Letter, ...]) -> SketchTurn:
    """A turn of which nobody knows when it was."""
    return SketchTurn(speaker, None, letters, UNUSUAL)


def _signal(letter: Letter, turn: int, place: int) -> Signal:
    return _made(letter.name, letter.score, letter.attributes, turn, place)


@cache
def _made(
    name: str, score: float, attributes: tuple[tuple[str, str], ...], turn: int, place: int
) -> Signal:
    return Signal(
        name, turn, place, place + 1, "", score, (Source(_SOURCE, score),), dict(attributes)
    )
