"""The judgement of a conversation: verdict, scores that can be explained by counting, outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from amity.errors import Problem
from amity.evaluate.outcome import Outcome
from amity.plugins.contract import Message, Moment
from amity.policy.model import Policy
from amity.signals import Signal

__all__ = ["Decision", "ModuleResult", "PluginVersion", "ProposedAction", "Verdict"]


class Verdict(StrEnum):
    """What the whole comes to."""

    COMMEND = "commend"
    CLEAR = "clear"
    COACH = "coach"
    INTERVENE = "intervene"
    ABSTAIN = "abstain"


@dataclass(frozen=True, slots=True)
class PluginVersion:
    """A plugin that took part, and the version of the distribution that it came in."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ProposedAction:
    """What to do about a missed duty. ``turn`` is where it arose, from 0.

    ``moment`` and ``message`` are what its targets are told; without a message it is sent nowhere.
    """

    action: str
    policy: str
    rule: str
    turn: int
    text: str
    # They follow from the rest, and a message cannot be hashed.
    moment: Moment | None = field(default=None, compare=False)
    message: Message | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ModuleResult:
    """One policy's result: counts of opportunities, and of rules that had none.

    ``score`` is weight shown / weight of shown and missed, or None without either.
    ``out_of_scope`` says why the policy was not applied, or is empty.
    """

    policy: Policy
    score: float | None
    shown: int
    missed: int
    abstained: int
    pending: int
    no_opportunity: int
    out_of_scope: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A judged conversation.

    ``outcomes`` has every opportunity; rules that had none are in ``idle`` (constant outcomes,
    shared between decisions). ``all_outcomes`` gives both.
    """

    decision_id: str
    conversation_id: str
    verdict: Verdict
    score: float | None
    modules: tuple[ModuleResult, ...]
    outcomes: tuple[Outcome, ...]
    idle: tuple[Outcome, ...]
    signals: tuple[Signal, ...]
    actions: tuple[ProposedAction, ...]
    policy_digest: str
    plugins: tuple[PluginVersion, ...]
    problems: tuple[Problem, ...]
    is_open: bool

    def all_outcomes(self) -> Iterator[Outcome]:
        """Every outcome: those with an opportunity, then one for each rule without."""
        yield from self.outcomes
        yield from self.idle
