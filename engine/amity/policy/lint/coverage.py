"""L19x: rules that no case tries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from amity.policy.cases import gaps
from amity.policy.lint.check import Check, Remark
from amity.policy.lint.entry import Example
from amity.policy.lint.excerpts import rules
from amity.policy.lint.subject import Subject
from amity.policy.model import Place

__all__ = ["CHECKS"]

_RULE = rules("- forbid: agent.dismissal\n")


def _with_case(expected: str) -> Example:
    """The rule with one case that expects *expected*, or with the cases of all states."""
    name = "example/cases.yaml"
    if not expected:
        return replace(
            _RULE, shown=f"{_RULE.shown}# and cases in which it is missed, and never arises\n"
        )
    text = (
        "apiVersion: amity/v1\nkind: Cases\nmetadata: {policy: example}\ncases:\n"
        "  - name: It never arises\n    conversation: {turns: [{customer: Hello}]}\n"
        f"    expect: {{rule-1: {expected}}}\n"
    )
    shown = f"{_RULE.shown}# and only a case in which it is {expected}\n"
    return Example(shown, {**_RULE.files, name: text})


class Untried(Check):
    """No case expects a rule to be shown, missed or without opportunity, as far as it can end so."""

    code = "L191"
    title = "rule that no case covers"
    why = "Whoever changes the rule does not see which conversations are judged differently then."
    bad = _with_case("no_opportunity")
    good = _with_case("")

    def look(self, subject: Subject) -> Iterator[Remark]:
        missing: dict[tuple[str, Place], list[str]] = {}
        for gap in gaps(subject.case_files, subject.policies):
            missing.setdefault((gap.rule, gap.place), []).append(gap.state)
        for (rule, place), states in missing.items():
            uncovered = ", ".join(states).replace("_", " ")
            message = f'no case covers "{rule}": {uncovered}'
            yield Remark(place, message, "add a case beside the policy (docs/cases.md)")


CHECKS: tuple[type[Check], ...] = (Untried,)
