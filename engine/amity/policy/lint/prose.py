"""L16x: what is written for people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from amity.policy.lint.check import Check, Remark
from amity.policy.lint.excerpts import rules
from amity.policy.lint.subject import Subject
from amity.policy.model import Place

__all__ = ["CHECKS"]

_FEWEST_WORDS = 4
_FEWEST_TITLE_WORDS = 3
_LONGEST_TITLE = 80
_PLACEHOLDER = re.compile(
    r"\b(?:todo|tbd|tba|fixme|xxx|lorem ipsum|placeholder|changeme)\b", re.IGNORECASE
)
_NOBODY = frozenset(
    {"me", "us", "none", "nobody", "unknown", "n/a", "team", "someone", "owner", "-", "?"}
)


def _words(text: str) -> list[str]:
    return re.findall(r"\w[\w'\u2019-]{0,60}", text)


class _LengthCheck(Check):
    """A check that a text for people is long enough to help."""

    def too_short(self, text: str, place: Place, what: str) -> Iterator[Remark]:
        """A remark if *text* has too few words."""
        if len(_words(text)) < _FEWEST_WORDS:
            yield Remark(place, f'"{text}" is too short to help', f"write a sentence: {what}")


class ShortWhy(_LengthCheck):
    """The `why` of a rule is no sentence."""

    code = "L161"
    title = "`why` too short to help"
    why = "Agents ask why; a rule whose reason nobody can read is followed by nobody, and kept by nobody."
    bad = rules("- forbid: agent.dismissal\n  why: It hurts.\n")
    good = rules(
        "- forbid: agent.dismissal\n  why: Being told to calm down tells people that they do not count.\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            place = subject.at(rule.place, "why")
            yield from self.too_short(
                rule.why, place, "what goes wrong for the customer otherwise?"
            )


class ShortCoach(_LengthCheck):
    """The `coach` of a rule is no sentence."""

    code = "L162"
    title = "`coach` too short to help"
    why = "It is all that the agent is told: what to do better, not that it was wrong."
    bad = rules("- forbid: agent.dismissal\n  coach: Be nice.\n")
    good = rules("- forbid: agent.dismissal\n  coach: Leave the feeling be and answer the need.\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            if rule.coach:
                place = subject.at(rule.place, "coach")
                yield from self.too_short(rule.coach, place, "what could the agent say instead?")


class ShortIntent(_LengthCheck):
    """The `intent` of a policy is no sentence."""

    code = "L163"
    title = "`intent` too short to help"
    why = "Whoever approves a change has to know what the whole policy is for."
    bad = rules("- forbid: agent.dismissal\n", metadata="intent: Trust.\n")
    good = rules(
        "- forbid: agent.dismissal\n",
        metadata="intent: Customers feel safe to say what is wrong, and find us reliable afterwards.\n",
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy in subject.policies:
            place = subject.at(policy.place, "metadata.intent")
            yield from self.too_short(policy.intent, place, "what is better when it is kept?")


class NoOwner(Check):
    """The `owner` of a policy names nobody who could be asked."""

    code = "L164"
    title = "owner who cannot be asked"
    why = "Somebody has to answer for a policy when an agent disputes a finding."
    bad = rules("- forbid: agent.dismissal\n", metadata="owner: nobody\n")
    good = rules("- forbid: agent.dismissal\n", metadata="owner: cx-quality\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for policy in subject.policies:
            if policy.owner.casefold() in _NOBODY or len(policy.owner) == 1:
                place = subject.at(policy.place, "metadata.owner")
                yield Remark(place, f'"{policy.owner}" cannot be asked', "name a team or a person")


class TitleIsId(Check):
    """The title of a rule is no more than its id."""

    code = "L165"
    title = "title that repeats the id"
    why = "The title is what people read in decisions and reports; the id is for files."
    bad = rules("- id: no-dismissal\n  title: No dismissal\n  forbid: agent.dismissal\n")
    good = rules(
        "- id: no-dismissal\n  title: Nobody is told how to feel\n  forbid: agent.dismissal\n"
    )

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            words = _words(rule.title)
            is_short = len(words) < _FEWEST_TITLE_WORDS or rule.title == rule.id
            if is_short and "".join(words).replace("-", "").casefold() == rule.id.replace("-", ""):
                place = subject.at(rule.place, "title")
                fix = "say in a few words what is true when the rule is kept"
                yield Remark(place, f'the title only repeats the id "{rule.id}"', fix)


class LongTitle(Check):
    """The title of a rule is longer than 80 characters."""

    code = "L166"
    title = "title too long for a list"
    why = "Titles stand in tables and timelines; the reasons belong under `why`."
    bad = rules(
        f"- forbid: agent.dismissal\n  title: Nobody is told how to feel{', nor what to feel' * 4}\n"
    )
    good = rules("- forbid: agent.dismissal\n  title: Nobody is told how to feel\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for _, rule in subject.rules():
            if len(rule.title) > _LONGEST_TITLE:
                message = f"the title has {len(rule.title)} characters"
                place = subject.at(rule.place, "title")
                yield Remark(place, message, f"say it in {_LONGEST_TITLE} or fewer")


class Placeholder(Check):
    """A text for people still holds a placeholder such as TODO."""

    code = "L167"
    title = "placeholder"
    why = "It reaches agents as it stands."
    bad = rules("- forbid: agent.dismissal\n  coach: TODO ask the coaches what to say here.\n")
    good = rules("- forbid: agent.dismissal\n  coach: Leave the feeling be and answer the need.\n")

    def look(self, subject: Subject) -> Iterator[Remark]:
        for place, text in _texts(subject):
            if found := _PLACEHOLDER.search(text):
                yield Remark(place, f'"{found[0]}" is a placeholder', "write what is meant")


def _texts(subject: Subject) -> Iterator[tuple[Place, str]]:
    for policy in subject.policies:
        for key in ("title", "owner", "intent"):
            yield subject.at(policy.place, f"metadata.{key}"), getattr(policy, key)
        for rule in policy.rules:
            for key in ("title", "why", "coach"):
                yield subject.at(rule.place, key), getattr(rule, key)


CHECKS: tuple[type[Check], ...] = (
    ShortWhy,
    ShortCoach,
    ShortIntent,
    NoOwner,
    TitleIsId,
    LongTitle,
    Placeholder,
)
