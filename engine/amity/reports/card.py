"""The values of a scorecard: counts, what they come to, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import add
from typing import NamedTuple

from amity.policy.model import Policy
from amity.reports.intervals import Change, Rate, change, wilson
from amity.reports.period import Period

__all__ = [
    "MINIMUM",
    "MOST_PARTS",
    "Bucket",
    "Counts",
    "DigestUse",
    "Dimension",
    "Measure",
    "ModuleCard",
    "Part",
    "RuleCard",
    "Scorecard",
    "Subject",
    "Titles",
    "VerdictCount",
]

MINIMUM = 5
MOST_PARTS = 100


class Dimension(StrEnum):
    """What decisions can be told apart by."""

    AGENT = "agent"
    TEAM = "team"
    CUSTOMER = "customer"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose conversations to count: those of one agent, team, customer or channel, or all.

    A customer's name is the keyed hash that decisions in the log bear.
    """

    dimension: Dimension | None = None
    name: str = ""

    def __str__(self) -> str:
        if self.dimension is None:
            return "all conversations"
        return f"{self.dimension} {self.name}" if self.name else f"{self.dimension} not known"


class Counts(NamedTuple):
    """How opportunities ended. Weights are in millionths; an overturned finding is only that.

    A scorecard is made of thousands of them, and a tuple is made in a fraction of the time of a
    dataclass.
    """

    shown: int = 0
    missed: int = 0
    abstained: int = 0
    pending: int = 0
    overturned: int = 0
    weight_shown: int = 0
    weight_missed: int = 0

    def __add__(self, other: Counts) -> Counts:  # type: ignore[override]  # numbers, not tuples, are added
        return Counts._make(map(add, self, other))

    @property
    def decided(self) -> int:
        """Opportunities of which it is known how they ended: what rates are made of."""
        return self.shown + self.missed

    @property
    def opportunities(self) -> int:
        """All, those that cannot be known and those still pending included."""
        return self.decided + self.abstained + self.pending

    def rate(self, minimum: int) -> Rate | None:
        """The share shown; None where fewer than *minimum*, or none at all, were shown or missed."""
        return wilson(self.shown, self.decided) if self.decided >= max(minimum, 1) else None


def total(counts: Sequence[Counts]) -> Counts:
    """The sum of *counts*."""
    if len(counts) == 1:
        return counts[0]
    return Counts._make(map(sum, zip(*counts, strict=True)))


@dataclass(frozen=True, slots=True)
class Measure:
    """Counts of a period beside those of the period before, and the course of it.

    ``rate``, ``score`` and ``change`` are None where there are too few opportunities for them.
    """

    counts: Counts
    before: Counts
    trend: tuple[Counts, ...]
    minimum: int

    @property
    def rate(self) -> Rate | None:
        """The share shown of those shown or missed."""
        return self.counts.rate(self.minimum)

    @property
    def rate_before(self) -> Rate | None:
        """The same in the period before."""
        return self.before.rate(self.minimum)

    @property
    def score(self) -> float | None:
        """Weight shown of weight shown and missed, as the scores of decisions are made."""
        if self.rate is None:
            return None
        weight = self.counts.weight_shown + self.counts.weight_missed
        return round(self.counts.weight_shown / weight, 4)

    @property
    def change(self) -> Change | None:
        """The change of the rate since the period before."""
        now, before = self.rate, self.rate_before
        return change(before, now) if now and before else None


@dataclass(frozen=True, slots=True)
class RuleCard:
    """One rule over the period."""

    policy: str
    rule: str
    title: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class ModuleCard:
    """One policy over the period, and its rules that had an opportunity or abstained."""

    policy: str
    title: str
    measure: Measure
    rules: tuple[RuleCard, ...]


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many finished conversations came to *verdict*, in the period and in the one before."""

    verdict: str
    conversations: int
    before: int


@dataclass(frozen=True, slots=True)
class DigestUse:
    """A bundle of policies, and when within the period it judged."""

    digest: str
    period: Period
    conversations: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """A day or a week of the trend. ``is_changed`` says that other policies judged than before."""

    period: Period
    counts: Counts
    digests: tuple[str, ...]
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A team, an agent or a channel within the scorecard; its name is empty if unknown."""

    name: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Scorecard:
    """How a subject did over a period, compared with the period of the same length before it.

    ``open_conversations`` are those under way: of them only what is pending is counted.
    ``has_other_policies`` says that the period before was judged by other policies, in part or in
    whole, so that a change may owe to them. ``parts`` are those with the most
    opportunities, the largest first; ``parts_left_out`` says how many there are besides.
    """

    subject: Subject
    period: Period
    minimum: int
    measure: Measure
    modules: tuple[ModuleCard, ...]
    verdicts: tuple[VerdictCount, ...]
    conversations: int
    conversations_before: int
    open_conversations: int
    digests: tuple[DigestUse, ...]
    has_other_policies: bool
    trend: tuple[Bucket, ...]
    by: Dimension | None = None
    parts: tuple[Part, ...] = ()
    parts_left_out: int = 0

    @property
    def compared(self) -> int:
        """How many rules are compared with the period before; 1 in 20 may seem to change by chance."""
        rules = [rule for module in self.modules for rule in module.rules]
        return sum(rule.measure.change is not None for rule in rules)


@dataclass(frozen=True, slots=True)
class Titles:
    """What policies and rules are called; anything that is not known is called by its id.

    The order of ``rules`` is the order in which a scorecard shows them.
    """

    policies: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, policies: Iterable[Policy]) -> Titles:
        """The titles that *policies* give."""
        known = tuple(policies)
        return cls(
            {policy.name: policy.title for policy in known},
            {(policy.name, rule.id): rule.title for policy in known for rule in policy.rules},
        )

    def policy(self, name: str) -> str:
        """The title of the policy *name*."""
        return self.policies.get(name) or name

    def rule(self, policy: str, rule: str) -> str:
        """The title of *rule* in *policy*."""
        return self.rules.get((policy, rule)) or rule
