"""The same conversation said by somebody else: what must not change a decision.

Each change rewrites who somebody is or how they write, and leaves what they say: a name, a spelling,
a register, the grammar of somebody who learned English later, a phone's keyboard. Fairness in the
sense of Kusner, Loftus, Russell and Silva, "Counterfactual Fairness" (2017): the decision would have
been the same had the person been another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import re2

from amity.conversation import Conversation, Participant, Role

__all__ = ["CHANGES", "Change", "variants"]

# Given and family names from several places; which stands for whom follows from the order of people.
NAMES = (
    ("Emily", "Clarke"), ("Aoife", "Byrne"), ("Wanjiru", "Kamau"), ("Chukwuemeka", "Okafor"),
    ("Priya", "Raman"), ("Mohammed", "Al-Sayed"), ("Mei Ling", "Tan"), ("José", "Hernández"),
    ("Katarzyna", "Nowak"), ("Thabo", "Nkosi"),
)  # fmt: skip
_BRITISH = {
    "apologise": "apologize", "apologised": "apologized", "apologising": "apologizing",
    "colour": "color", "favour": "favor", "favourite": "favorite", "honour": "honor",
    "behaviour": "behavior", "cheque": "check", "organise": "organize", "organised": "organized",
    "realise": "realize", "realised": "realized", "recognise": "recognize", "centre": "center",
    "cancelled": "canceled", "cancelling": "canceling", "travelling": "traveling",
    "personalise": "personalize", "prioritise": "prioritize", "prioritised": "prioritized",
    "licence": "license", "grey": "gray", "enquiry": "inquiry", "programme": "program",
    "analyse": "analyze", "catalogue": "catalog", "whilst": "while", "mum": "mom",
}  # fmt: skip
_AMERICAN = {there: here for here, there in _BRITISH.items() if there not in {"check", "while"}}
_WORD = re2.compile(r"\pL+")
_ARTICLE = re2.compile(r"(?i)\b(?:the|a|an) ")
_ENDING = re2.compile(
    r"\b(he|she|it|[Hh]e|[Ss]he|[Ii]t) (needs|wants|works|says|takes|goes|makes|comes)\b"
)
_APOSTROPHE = re2.compile(r"(\pL)['\x{2019}](\pL)")
_FULL_STOP = re2.compile(r"\.+(\s|$)")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of how one side writes, or of what people are called."""

    name: str
    group: str
    rewrite: Callable[[Conversation], Conversation]


def _replaced(pattern: re2._Pattern, word: Callable[[Any], str], text: str) -> str:
    rewritten: str = pattern.sub(word, text)
    return rewritten


def _in_words(words: dict[str, str]) -> Callable[[str], str]:
    def other(found: Any) -> str:
        return _like(found[0], words.get(found[0].lower(), ""))

    return lambda text: _replaced(_WORD, other, text)


def _like(word: str, other: str) -> str:
    """*other* in the capitals of *word*, or *word* if there is no other."""
    if not other:
        return word
    if len(word) > 1 and word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def _without_articles(text: str) -> str:
    return _capitalised(text, _replaced(_ARTICLE, lambda _: "", text))


def _without_endings(text: str) -> str:
    def bare(found: Any) -> str:
        return f"{found[1]} {'go' if found[2] == 'goes' else found[2][:-1]}"

    return _replaced(_ENDING, bare, text)


def _capitalised(before: str, after: str) -> str:
    return after[:1].upper() + after[1:] if before[:1].isupper() else after


def _phone(text: str) -> str:
    """As thumbs type it: no capitals, no apostrophes, no full stops."""
    plain = _replaced(_APOSTROPHE, lambda found: f"{found[1]}{found[2]}", text).lower()
    return _replaced(_FULL_STOP, lambda found: str(found[1]), plain)


def _formal(text: str) -> str:
    return f"Good day. {text}"


def _polite(text: str) -> str:
    return (
        f"Hello there, {text[:1].lower()}{text[1:]}"
        if text[:2].istitle()
        else f"Hello there, {text}"
    )


def _of(role: Role, rewrite: Callable[[str], str]) -> Callable[[Conversation], Conversation]:
    def change(conversation: Conversation) -> Conversation:
        roles = conversation.roles()
        turns = tuple(
            replace(turn, text=rewrite(turn.text)) if roles[turn.participant_id] is role else turn
            for turn in conversation.turns
        )
        return replace(conversation, turns=turns)

    return change


def _first_of(role: Role, rewrite: Callable[[str], str]) -> Callable[[Conversation], Conversation]:
    """Rewrites the first turn of *role* alone, as a greeting does."""

    def change(conversation: Conversation) -> Conversation:
        roles = conversation.roles()
        first = next(
            (
                at
                for at, turn in enumerate(conversation.turns)
                if roles[turn.participant_id] is role
            ),
            -1,
        )
        turns = tuple(
            replace(turn, text=rewrite(turn.text)) if at == first else turn
            for at, turn in enumerate(conversation.turns)
        )
        return replace(conversation, turns=turns)

    return change


def _renamed(shift: int) -> Callable[[Conversation], Conversation]:
    def change(conversation: Conversation) -> Conversation:
        people = [
            _person(person, at + shift) for at, person in enumerate(conversation.participants)
        ]
        words = {old: new for _, swaps in people for old, new in swaps.items()}
        if not words:
            return conversation
        names = re2.compile(
            r"\b(?:"
            + "|".join(re2.escape(old) for old in sorted(words, key=len, reverse=True))
            + r")\b"
        )
        turns = tuple(
            replace(turn, text=_replaced(names, lambda found: words[found[0]], turn.text))
            for turn in conversation.turns
        )
        return replace(
            conversation, participants=tuple(person for person, _ in people), turns=turns
        )

    return change


def _person(person: Participant, place: int) -> tuple[Participant, dict[str, str]]:
    """The person under another name, and which words of the old name become which of the new one."""
    parts = person.display_name.split()
    if not parts:
        return person, {}
    given, family = NAMES[place % len(NAMES)]
    swaps = {parts[0]: given} | ({parts[-1]: family} if len(parts) > 1 else {})
    name = given if len(parts) == 1 else f"{given} {family}"
    return replace(person, display_name=name), {
        old: new for old, new in swaps.items() if len(old) > 1
    }


def _changes() -> Iterator[Change]:
    for shift in range(0, len(NAMES), 2):
        given, family = NAMES[shift]
        yield Change(f"names such as {given} {family}", "names", _renamed(shift))
    for role, who in ((Role.CUSTOMER, "the customer"), (Role.AGENT, "the agent")):
        for name, group, rewrite in (
            ("American spelling", "spelling", _in_words(_BRITISH)),
            ("British spelling", "spelling", _in_words(_AMERICAN)),
            ("articles left out", "grammar", _without_articles),
            ("endings left out", "grammar", _without_endings),
            ("typed on a phone", "typing", _phone),
        ):
            yield Change(f"{who}: {name}", group, _of(role, rewrite))
        yield Change(f"{who}: a formal greeting", "register", _first_of(role, _formal))
        yield Change(f"{who}: a friendly greeting", "register", _first_of(role, _polite))


CHANGES: tuple[Change, ...] = tuple(_changes())


def variants(conversation: Conversation) -> Iterator[tuple[Change, Conversation]]:
    """*conversation* under each change that alters anything in it."""
    for change in CHANGES:
        changed = change.rewrite(conversation)
        if changed != conversation:
            yield change, changed
