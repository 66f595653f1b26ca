"""What a case is: a conversation with the outcome that each rule must have, and how it went."""

from __future__ import annotations

from dataclasses import dataclass

from amity.conversation import Conversation
from amity.policy.model import Place

__all__ = ["STATES", "Case", "CaseFile", "CaseResult", "Difference", "Expectation"]

STATES = ("shown", "missed", "no_opportunity", "abstained", "pending")
"""The states that a case may expect, as `amity.evaluate.outcome.State` spells them."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """*rule* must end in *states*: one for each outcome, in the order in which they arose."""

    rule: str
    states: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation and what must come of it; rules that ``expectations`` leave out may end as they like.

    Each row of a table of variants is a case of its own.
    """

    name: str
    conversation: Conversation
    is_open: bool
    expectations: tuple[Expectation, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one file, all for the policy named ``policy``.

    ``uses`` are the fixtures and variables of other files that they use: which of the two, the
    file, the name.
    """

    policy: str
    cases: tuple[Case, ...]
    place: Place
    uses: frozenset[tuple[str, str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a case first went another way than it must.

    >>> print(Difference("no-dismissal", ("no_opportunity",), ("missed",), Place("a.yaml", 9, 7)))
    a.yaml:9:7: no-dismissal: expected no_opportunity, got missed
    """

    rule: str
    expected: tuple[str, ...]
    got: tuple[str, ...]
    place: Place

    def __str__(self) -> str:
        expected, got = (", ".join(states) or "nothing" for states in (self.expected, self.got))
        where = f"{self.place.file}:{self.place.line}:{self.place.column}"
        return f"{where}: {self.rule}: expected {expected}, got {got}"

    @property
    def index(self) -> int:
        """Which outcome of the rule, from 0, is the first that is not as expected."""
        alike = (one == other for one, other in zip(self.expected, self.got, strict=False))
        return next((index for index, same in enumerate(alike) if not same), self._shorter)

    @property
    def _shorter(self) -> int:
        return min(len(self.expected), len(self.got))


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How *case* went; ``difference`` is the first one in the order of the file, or None."""

    case: Case
    difference: Difference | None

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return self.difference is None
