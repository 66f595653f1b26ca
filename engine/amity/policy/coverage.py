"""Which outcomes of each rule the cases of a bundle try."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from amity.policy.case import CaseFile
from amity.policy.cases import possible_states
from amity.policy.model import Place, Policy

__all__ = ["COVERED", "RuleCoverage", "coverage", "percent"]

COVERED = ("shown", "missed", "no_opportunity")
"""The states that count: what a case can always be written for."""


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """How often cases expect each state of *rule*; ``possible`` are those of COVERED that it can have."""

    policy: str
    rule: str
    possible: tuple[str, ...]
    counts: Mapping[str, int]
    place: Place

    @property
    def missing(self) -> tuple[str, ...]:
        """The possible states that no case expects."""
        return tuple(state for state in self.possible if not self.counts.get(state))


def coverage(files: Iterable[CaseFile], policies: Iterable[Policy]) -> list[RuleCoverage]:
    """The coverage of every rule, in the order of *policies* and their rules."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for file in files:
        for case in file.cases:
            for expectation in case.expectations:
                key = (file.policy, expectation.rule)
                counts.setdefault(key, Counter()).update(expectation.states)
    return [
        RuleCoverage(
            policy.name,
            rule.id,
            possible_states(rule),
            counts.get((policy.name, rule.id), Counter()),
            rule.place,
        )
        for policy in policies
        for rule in policy.rules
    ]


def percent(rows: Sequence[RuleCoverage]) -> float:
    """How many of the possible outcomes some case expects, in percent; 100 where there are none."""
    possible = sum(len(row.possible) for row in rows)
    missing = sum(len(row.missing) for row in rows)
    return 100.0 * (possible - missing) / possible if possible else 100.0
