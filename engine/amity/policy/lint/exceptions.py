"""L11x and L12x: exceptions (`unless`) that always or never apply, or apply nearly everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from amity.conversation import Role
from amity.policy.lint.check import Check, Remark
from amity.policy.lint.entry import Level
from amity.policy.lint.excerpts import rules
from amity.policy.lint.logic import can_hold, implies, is_possible, move_roles
from amity.policy.lint.reach import covers, heard_in, holds_own_move
from amity.policy.lint.subject import Subject
from amity.policy.model import Step, Window, is_met_by_silence

__all__ = ["CHECKS"]


class AlwaysExcepted(Check):
    """`unless` holds on every occasion of the rule."""

    code = "L115"
    title = "`unless` that always applies"
    why = "Each opportunity is cancelled, so that the rule never fires."
    level = Level.ERROR
    bad = rules(
        "- given: customer.anger\n  unless: {any: [customer.anger, customer.abuse]}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )
    good = rules(
        "- given: customer.anger\n  unless: customer.abuse\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            unless = rule.unless
            if unless is None or not holds_own_move(unless.window):
                continue
            given = rule.given or rule.steps[0].condition
            if not rule.per_conversation and implies(given, unless.condition):
                message = "the exception holds whenever the occasion arises"
                fix = "narrow unless, or remove the rule"
                yield Remark(subject.at(rule.place, "unless"), message, fix)


class NeverExcepted(Check):
    """`unless` can never hold: it contradicts itself, or nobody who could say it speaks in its window."""

    code = "L116"
    title = "`unless` that never applies"
    why = "The exception that was agreed is not made."
    level = Level.ERROR
    bad = rules(
        "- given: customer.anger\n  unless: {condition: agent.handoff, within: same turn}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )
    good = rules(
        "- given: customer.anger\n  unless: {condition: agent.handoff, within: 1 agent turn}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            unless = rule.unless
            if unless is None:
                continue
            given = rule.given or rule.steps[0].condition
            owners = move_roles(given, is_one_move=not rule.per_conversation)
            if not is_possible(unless.condition) or (
                owners and not _excepts(unless, rule.steps[0].window, owners)
            ):
                fix = "give it a window in which they speak, or another signal"
                yield Remark(
                    subject.at(rule.place, "unless"), "the exception can never be met", fix
                )


def _excepts(unless: Step, within: Window | None, owners: frozenset[Role]) -> bool:
    """Whether the exception can hold in its window, by default the own move and the rule's window."""
    for owner in owners:
        window = unless.window or within
        heard = heard_in(window, owner) if window else frozenset({owner})
        if can_hold(unless.condition, heard if unless.window else heard | {owner}):
            return True
    return False


class ExpectationExcepted(Check):
    """`unless` is the very thing that the rule expects."""

    code = "L117"
    title = "`unless` that cancels what is expected"
    why = (
        "Whenever the agent does what is asked the opportunity is cancelled: the rule can be missed but "
        "never shown."
    )
    level = Level.ERROR
    bad = rules(
        "- given: customer.anger\n  unless: agent.apology\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )
    good = rules(
        "- given: customer.anger\n  unless: customer.abuse\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            unless, first = rule.unless, rule.steps[0]
            if unless is None or rule.given is None:
                continue
            is_seen = unless.window is None or covers(unless.window, first.window)
            if is_seen and implies(first.condition, unless.condition):
                message = f"the exception holds whenever what the rule {rule.kind}s is there"
                fix = "make the exception another signal, or say it under given"
                yield Remark(subject.at(rule.place, "unless"), message, fix)


class MetBySilence(Check):
    """The exception of a rule holds where nothing is said, and has no window of its own."""

    code = "L120"
    title = "exception that holds in silence"
    why = (
        "An exception made of `none` cancels nearly every opportunity, since most things are not said most "
        "of the time. It says backwards what `given` can say forwards."
    )
    bad = rules(
        "- given: customer.anger\n  unless: {none: [customer.complaint]}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )
    good = rules(
        "- given: {all: [customer.anger, customer.complaint]}\n"
        "  expect: agent.apology\n  within: 1 agent turn\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            unless = rule.unless
            if unless and unless.window is None and is_met_by_silence(unless.condition):
                message = "the exception holds wherever nothing is said"
                fix = "ask for the signal under given, or name what makes the exception"
                yield Remark(subject.at(rule.place, "unless"), message, fix)


CHECKS: tuple[type[Check], ...] = (
    AlwaysExcepted,
    NeverExcepted,
    ExpectationExcepted,
    MetBySilence,
)
