"""A plan: all rules of a bundle, indexed by the signals that can give them an occasion."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from amity.evaluate.obligation import Obligation
from amity.evaluate.outcome import Outcome
from amity.evaluate.timeline import Timeline
from amity.policy.model import Policy, Rule

__all__ = ["Plan", "compile_plan"]


class Plan:
    """Compiled policies. The cost of evaluating follows the signals present, not the rules loaded."""

    def __init__(self, obligations: Sequence[Obligation]) -> None:
        self._obligations = tuple(obligations)
        self._by_trigger: dict[str, list[int]] = {}
        self._by_mention: dict[str, list[int]] = {}
        self._everywhere = [
            index for index, obligation in enumerate(obligations) if obligation.is_everywhere
        ]
        for index, obligation in enumerate(obligations):
            for name in obligation.triggers:
                self._by_trigger.setdefault(name, []).append(index)
            for name in obligation.mentions:
                self._by_mention.setdefault(name, []).append(index)

    def evaluate(
        self, timeline: Timeline, skipped: Collection[tuple[str, str]] = ()
    ) -> tuple[Outcome, ...]:
        """Every outcome but ``no_opportunity``, by policy, rule and opportunity.

        Rules whose (policy name, rule id) is in *skipped* are left out.
        """
        outcomes: list[Outcome] = []
        for index in self._indexes(timeline.by_name, timeline.unknown):
            obligation = self._obligations[index]
            if not skipped or (obligation.policy.name, obligation.rule.id) not in skipped:
                outcomes += obligation.judge(timeline)
        return tuple(outcomes)

    def candidates(self, present: Iterable[str], unknown: Iterable[str] = ()) -> tuple[Rule, ...]:
        """The rules that are looked at when these signals are present, or unknown."""
        return tuple(self._obligations[index].rule for index in self._indexes(present, unknown))

    def _indexes(self, present: Iterable[str], unknown: Iterable[str]) -> list[int]:
        indexes = set(self._everywhere)
        for name in present:
            indexes.update(self._by_trigger.get(name, ()))
        for name in unknown:
            indexes.update(self._by_mention.get(name, ()))
        return sorted(indexes)


def compile_plan(policies: Sequence[Policy]) -> Plan:
    """Compile *policies*; they are judged in the order of their names, rules in that of the file."""
    ordered = sorted(policies, key=lambda policy: policy.name)
    return Plan([Obligation(policy, rule) for policy in ordered for rule in policy.rules])
