"""The customer's emotional course: how they felt at the start, at the worst moment and at the end.

It is counted from signals, so that a reader can count it again. Each of the customer's moves has a
value: what speaks well in it less what speaks badly, each signal once by its surest finding, kept
between -1.0 and 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from amity.conversation import Role
from amity.policy.model import DEFAULT_MIN_SCORE
from amity.signals import Signal

__all__ = ["FEELINGS", "MARGIN", "Course", "course"]

_BAD = (
    "customer.frustration",
    "customer.anger",
    "customer.anxiety",
    "customer.disappointment",
    "customer.confusion",
    "customer.sarcasm",
    "customer.abuse",
)
_GOOD = ("customer.satisfaction", "customer.gratitude", "customer.praise")

FEELINGS: Mapping[str, int] = {**dict.fromkeys(_BAD, -1), **dict.fromkeys(_GOOD, 1)}
"""The signals that count, and which way."""

MARGIN = 0.5
"""By how much the end must be better than the worst moment to count as an improvement."""


@dataclass(frozen=True, slots=True)
class Course:
    """The value of the customer's first move, of the worst, and of the last (-1.0 to 1.0)."""

    start: float
    peak: float
    end: float

    @property
    def is_improved(self) -> bool:
        """Whether the end is clearly better than the worst moment."""
        return round(self.end - self.peak, 6) >= MARGIN


def course(
    roles: Sequence[Role], signals: Iterable[Signal], unknown: Iterable[tuple[str, int]]
) -> Course | None:
    """The course of a conversation whose turns were spoken by *roles*.

    None when no customer spoke, or when it is *unknown* (signal and turn) whether they showed a
    feeling.
    """
    moves = _customer_moves(roles)
    spoken = {turn for move in moves for turn in move}
    if not moves or any(name in FEELINGS and turn in spoken for name, turn in unknown):
        return None
    surest: dict[int, dict[str, float]] = {turn: {} for turn in spoken}
    for signal in signals:
        if signal.name in FEELINGS and signal.score >= DEFAULT_MIN_SCORE and signal.turn in spoken:
            of_turn = surest[signal.turn]
            of_turn[signal.name] = max(signal.score, of_turn.get(signal.name, 0.0))
    values = [_value([surest[turn] for turn in move]) for move in moves]
    return Course(values[0], min(values), values[-1])


def _customer_moves(roles: Sequence[Role]) -> list[list[int]]:
    """The turns of each run by the customer; what colleagues note in between does not break it."""
    moves: list[list[int]] = []
    before: Role | None = None
    for turn, role in enumerate(roles):
        if role is Role.COLLEAGUE:
            continue
        if role is Role.CUSTOMER:
            if before is not role:
                moves.append([])
            moves[-1].append(turn)
        before = role
    return moves


def _value(turns: Iterable[Mapping[str, float]]) -> float:
    surest: dict[str, float] = {}
    for found in turns:
        for name, score in found.items():
            surest[name] = max(score, surest.get(name, 0.0))
    # Summed in the order of names, so that rounding never depends on the order of detectors.
    total = sum((FEELINGS[name] * surest[name] for name in sorted(surest)), 0.0)
    return round(min(1.0, max(-1.0, total)), 6)
