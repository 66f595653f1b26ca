"""How a rule ended for an opportunity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from amity.policy.model import Policy, Rule
from amity.signals import Signal

__all__ = ["Opportunity", "Outcome", "State"]


class State(StrEnum):
    """How an opportunity ended."""

    SHOWN = "shown"
    MISSED = "missed"
    ABSTAINED = "abstained"
    PENDING = "pending"
    NO_OPPORTUNITY = "no_opportunity"


@dataclass(frozen=True, slots=True)
class Opportunity:
    """What gave rise to a duty: the turn (from 0) in which it arose, and the signals that did it."""

    turn: int
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How *rule* ended for *opportunity*, why, and the signals that met or broke it.

    ``opportunity`` is None where there was none, or where it is unknown whether there was one.
    """

    policy: Policy
    rule: Rule
    state: State
    opportunity: Opportunity | None
    evidence: tuple[Signal, ...]
    reason: str
