"""L17x: weights under which a score no longer says what people take it to say."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from amity.policy.lint.check import Check, Remark
from amity.policy.lint.excerpts import another_policy, rules
from amity.policy.lint.subject import Subject
from amity.policy.model import Policy, Rule, RuleKind

__all__ = ["CHECKS"]

_FEWEST_RULES = 3
_MOST_TIMES = 50


class Outweighs(Check):
    """One rule weighs more than all other rules of its policy together."""

    code = "L171"
    title = "rule that outweighs all others"
    why = "The module's score is that one rule's score; the others cannot move it past a half."
    bad = rules(
        "- forbid: agent.dismissal\n  weight: 9\n- forbid: agent.rushing\n- forbid: agent.jargon\n"
    )
    good = rules(
        "- forbid: agent.dismissal\n  weight: 2\n- forbid: agent.rushing\n- forbid: agent.jargon\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy in subject.policies:
            total = sum(rule.weight for rule in policy.rules)
            for rule in policy.rules if len(policy.rules) >= _FEWEST_RULES else ():
                if rule.weight > total - rule.weight:
                    rest = total - rule.weight
                    message = f'"{rule.id}" weighs {rule.weight:g}, all others together {rest:g}'
                    place = subject.at(rule.place, "weight")
                    yield Remark(
                        place, message, f"choose {rest:g} or less, or weigh the others more"
                    )


class FarApart(Check):
    """The lightest rule of a policy weighs less than a fiftieth of the heaviest."""

    code = "L172"
    title = "weights that differ by more than 50 times"
    why = (
        "The light rule cannot be seen in the score: whatever becomes of it, the score is the same."
    )
    bad = rules(
        "- forbid: agent.dismissal\n  weight: 60\n- forbid: agent.rushing\n  weight: 60\n- forbid: agent.jargon\n"
    )
    good = rules(
        "- forbid: agent.dismissal\n  weight: 3\n- forbid: agent.rushing\n  weight: 3\n- forbid: agent.jargon\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy in subject.policies:
            heaviest = max(policy.rules, key=lambda rule: rule.weight)
            for rule in policy.rules:
                if rule.weight * _MOST_TIMES < heaviest.weight:
                    message = (
                        f'"{rule.id}" weighs {rule.weight:g}, "{heaviest.id}" {heaviest.weight:g}'
                    )
                    place = subject.at(rule.place, "weight")
                    yield Remark(place, message, "bring them closer, from 1 to 5, say")


class HeavyPraise(Check):
    """A rule that recognises weighs more than the usual duty of its policy."""

    code = "L173"
    title = "recognition with a high weight"
    why = "What is recognised only ever adds to a score: a heavy one makes up for duties that were missed."
    bad = rules("- forbid: agent.dismissal\n- recognise: agent.learning\n  weight: 3\n")
    good = rules("- forbid: agent.dismissal\n- recognise: agent.learning\n  weight: 0.5\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy in subject.policies:
            duties, praise = _parted(policy)
            usual = max(1.0, median(rule.weight for rule in duties)) if duties else 0.0
            for rule in praise if duties else ():
                if rule.weight > usual:
                    message = f'"{rule.id}" weighs {rule.weight:g}, a usual duty {usual:g}'
                    place = subject.at(rule.place, "weight")
                    yield Remark(place, message, f"choose {usual:g} or less")


def _parted(policy: Policy) -> tuple[list[Rule], list[Rule]]:
    praise = [rule for rule in policy.rules if rule.kind is RuleKind.RECOGNISE]
    return [rule for rule in policy.rules if rule not in praise], praise


class UnseenModule(Check):
    """A policy weighs less than a fiftieth of another."""

    code = "L174"
    title = "policy whose weight cannot be seen"
    why = "Whatever becomes of its rules, the overall score is the same."
    bad = another_policy("no-dismissal", weight="0.01")
    good = another_policy("no-dismissal", weight="0.5")

    def look(self, subject: Subject) -> Iterator[Remark]:
        heaviest = max(subject.policies, key=lambda policy: policy.weight, default=None)
        for policy in subject.policies:
            if heaviest and policy.weight * _MOST_TIMES < heaviest.weight:
                message = f'"{policy.name}" weighs {policy.weight:g}, "{heaviest.name}" {heaviest.weight:g}'
                place = subject.at(policy.place, "metadata.weight")
                yield Remark(place, message, "bring them closer, from 1 to 5, say")


CHECKS: tuple[type[Check], ...] = (Outweighs, FarApart, HeavyPraise, UnseenModule)
