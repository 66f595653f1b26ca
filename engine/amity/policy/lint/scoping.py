"""L18x: to which conversations a policy or a rule applies."""

from __future__ import annotations

from collections.abc import Iterator

from amity.conversation import Channel, Role
from amity.policy.lint.check import Check, Remark
from amity.policy.lint.constants import constant
from amity.policy.lint.entry import Level
from amity.policy.lint.excerpts import rules, with_cues
from amity.policy.lint.subject import Subject
from amity.policy.model import Place, Policy

__all__ = ["CHECKS"]

_ENGLISH = """\
agent.dismissal:
  - {cue: calm down, matches: [Please calm down], rejects: [It is calm out there]}
"""


def _conditions(subject: Subject) -> Iterator[tuple[str, Policy, Place]]:
    for policy in subject.policies:
        if policy.scope.when:
            yield policy.scope.when, policy, subject.at(policy.place, "scope.when")
        for rule in policy.rules:
            if rule.when:
                yield rule.when, policy, subject.at(rule.place, "when")


class NeverApplies(Check):
    """A `when` is false for every conversation in the scope of the policy."""

    code = "L181"
    title = "`when` that is never true"
    why = "The policy, or the rule, applies to nothing: it never counts, and looks as if it did."
    level = Level.ERROR
    bad = rules("- forbid: agent.dismissal\n  when: conversation.customer_turns < 0\n")
    good = rules("- forbid: agent.dismissal\n  when: conversation.customer_turns > 1\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for text, policy, place in _conditions(subject):
            if constant(text, policy.scope) is False:
                yield Remark(place, f"{text} is never true", "correct the condition, or remove it")


class AlwaysApplies(Check):
    """A `when` is true for every conversation in the scope of the policy."""

    code = "L182"
    title = "`when` that is always true"
    why = "It reads as if it left some conversations out."
    bad = rules("- forbid: agent.dismissal\n", scope="when: conversation.turns > 0\n")
    good = rules("- forbid: agent.dismissal\n", scope="when: conversation.turns > 1\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for text, policy, place in _conditions(subject):
            if constant(text, policy.scope) is True:
                yield Remark(place, f"{text} is always true", "correct the condition, or remove it")


class NoCuesInLanguage(Check):
    """A policy covers a language in which no cue pack of the bundle is written."""

    code = "L183"
    title = "language without cues"
    why = "Where nothing can be read nothing is found: every duty seems missed, and no prohibition broken."
    bad = with_cues(rules("- forbid: agent.dismissal\n", scope="languages: [en, de]\n"), _ENGLISH)
    good = with_cues(rules("- forbid: agent.dismissal\n", scope="languages: [en]\n"), _ENGLISH)

    def look(self, subject: Subject) -> Iterator[Remark]:
        written = {pack.language for pack in subject.packs}
        for policy in subject.policies if written else ():
            for language in sorted(policy.scope.languages - written):
                place = subject.at(policy.place, "scope.languages")
                message = f'no cue pack is in the language "{language}"'
                yield Remark(place, message, "write cues in it, or take it out of the scope")


class ForeignChannel(Check):
    """A policy that scores no colleagues is limited to the internal channel."""

    code = "L184"
    title = "channels where nobody is scored"
    why = "Colleagues write to each other on the internal channel, where no customer and no agent answers."
    bad = rules("- forbid: agent.dismissal\n", scope="channels: [internal]\n")
    good = rules("- forbid: agent.dismissal\n", scope="channels: [chat, email]\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy in subject.policies:
            is_internal = policy.scope.channels == {Channel.INTERNAL}
            if is_internal and Role.COLLEAGUE not in policy.scored_roles:
                place = subject.at(policy.place, "scope.channels")
                message = f"the policy scores {policy.scores}, and covers the internal channel only"
                yield Remark(place, message, "add the channels on which customers are served")


CHECKS: tuple[type[Check], ...] = (NeverApplies, AlwaysApplies, NoCuesInLanguage, ForeignChannel)
