"""L15x: whose wording is judged, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator

from amity.policy.lint.check import Check, Remark
from amity.policy.lint.detection import asked
from amity.policy.lint.entry import Level
from amity.policy.lint.excerpts import rules
from amity.policy.lint.logic import speakers
from amity.policy.lint.subject import Subject
from amity.policy.model import RuleKind, Severity, matches
from amity.signals import Kind

__all__ = ["CHECKS"]

_NOTIFY = ("notify", "alert", "escalate", "page")


class EmployeeEmotion(Check):
    """A rule speaks of an emotion of an agent or a colleague."""

    code = "L151"
    title = "emotion inferred of an agent or colleague"
    why = (
        "Wording is judged, never people: inferring emotions at work is forbidden by law in the European "
        "Union, and Amity does not do it anywhere."
    )
    level = Level.ERROR
    bad = rules("- forbid: agent.irritation\n")
    good = rules("- forbid: agent.dismissal\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, _, place, match in asked(subject):
            definition = subject.catalogue[match.name]
            if definition.kind is Kind.EMOTION and definition.subject != "customer":
                message = f"{match.name} would be an emotion of somebody at work"
                yield Remark(place, message, "name the words that must not be said instead")


class OthersAnswerFor(Check):
    """A rule counts the words of somebody whom the policy does not score.

    It expects the silence of a customer, say, or counts a bot among the agents by a `by` of its own.
    """

    code = "L152"
    title = "subject that the policy does not score"
    why = "People answer for words that are not theirs."
    level = Level.ERROR
    bad = rules(
        "- given: customer.problem\n  expect: {none: [customer.anger]}\n  within: the rest of the conversation\n"
    )
    good = rules(
        "- given: customer.problem\n  expect: {none: [agent.dismissal]}\n  within: the rest of the conversation\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy, rule in subject.rules():
            for step in rule.steps:
                for match in matches(step.condition):
                    others = speakers(match) - policy.scored_roles
                    if others:
                        who = " and ".join(f"{role}s" for role in sorted(others))
                        message = (
                            f"{match.name} of {who} counts here; the policy has {policy.scores}"
                        )
                        fix = "put it under given or unless, or change whom the policy scores"
                        yield Remark(subject.at(rule.place, rule.kind.value), message, fix)


class NobodyIsTold(Check):
    """A critical rule has no action that tells somebody at once."""

    code = "L153"
    title = "critical rule that notifies nobody"
    why = "A critical miss fails the whole decision, and nobody hears of it until they look."
    bad = rules("- forbid: agent.dismissal\n  severity: critical\n  actions: [coach]\n")
    good = rules(
        "- forbid: agent.dismissal\n  severity: critical\n  actions: [coach, notify-supervisor]\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            notifies = any(action.startswith(_NOTIFY) for action in rule.actions)
            if rule.severity is Severity.CRITICAL and not notifies:
                message = f'rule "{rule.id}" is critical, and none of its actions notifies anybody'
                fix = "add an action such as notify-supervisor"
                yield Remark(subject.at(rule.place, "actions", "severity"), message, fix)


class IdleConsequence(Check):
    """A rule that recognises has actions or a severity, which only a missed duty can have."""

    code = "L154"
    title = "consequence that never comes"
    why = "What is recognised is never missed, so that nothing is proposed and nothing is severe."
    bad = rules("- recognise: agent.learning\n  severity: major\n  actions: [coach]\n")
    good = rules("- recognise: agent.learning\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            if rule.kind is RuleKind.RECOGNISE and (
                rule.actions or rule.severity is not Severity.MINOR
            ):
                message = "what is recognised is never missed, so that this has no effect"
                yield Remark(subject.at(rule.place, "actions", "severity"), message, "remove it")


class MajorWithoutAction(Check):
    """A major duty proposes no action when it is missed."""

    code = "L155"
    title = "major rule without an action"
    why = "A finding that nobody is asked to act on is a finding that nobody reads."
    bad = rules("- forbid: agent.dismissal\n  severity: major\n")
    good = rules("- forbid: agent.dismissal\n  severity: major\n  actions: [coach]\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            if (
                rule.severity is Severity.MAJOR
                and not rule.actions
                and rule.kind is not RuleKind.RECOGNISE
            ):
                message = f'rule "{rule.id}" is major, and nothing is proposed when it is missed'
                yield Remark(
                    subject.at(rule.place, "severity"), message, "add actions: [coach], say"
                )


CHECKS: tuple[type[Check], ...] = (
    EmployeeEmotion,
    OthersAnswerFor,
    NobodyIsTold,
    IdleConsequence,
    MajorWithoutAction,
)
