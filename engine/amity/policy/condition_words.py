"""Conditions as phrases: "the customer's frustration or anger (each scored 0.6 or more)".

Two conditions that mean different things never read the same; a property test holds this module
to that. Whatever joins several things stands in parentheses where it is part of something larger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from types import MappingProxyType

from amity.conversation import Role
from amity.policy.model import DEFAULT_MIN_SCORE, Condition, Group, Match, Quantifier
from amity.signals import builtin_catalogue

__all__ = ["condition_words", "joined", "number", "role_words", "signal_words"]

# Whose wording a signal is where those speak it who do so as a rule.
_OWNERS: Mapping[tuple[str, frozenset[Role]], str] = MappingProxyType(
    {
        ("customer", frozenset({Role.CUSTOMER})): "the customer",
        ("agent", frozenset({Role.AGENT})): "the agent",
        ("agent", frozenset({Role.BOT})): "the bot",
        ("agent", frozenset({Role.AGENT, Role.BOT})): "the agent or bot",
        ("team", frozenset({Role.COLLEAGUE})): "a colleague",
    }
)
_PLURALS = {
    Role.CUSTOMER: "customers",
    Role.AGENT: "agents",
    Role.BOT: "bots",
    Role.COLLEAGUE: "colleagues",
}
_PLAIN_VALUE = re.compile(r"[a-z0-9]{1,80}(?:_[a-z0-9]{1,80}){0,20}")
_TWICE = 2


def condition_words(condition: Condition) -> str:
    """*condition* as a noun phrase."""
    return _phrase(condition).text


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words, and whether they can be part of something larger without parentheses."""

    text: str
    is_closed: bool = True

    @property
    def inside(self) -> str:
        return self.text if self.is_closed else f"({self.text})"


def _phrase(condition: Condition) -> _Phrase:
    if isinstance(condition, Match):
        return _listed([condition], "or")
    if condition.quantifier is Quantifier.NONE:
        return _Phrase(_none(condition), is_closed=False)
    if condition.count > 1:
        whole = _members(condition.members, "or").inside
        return _Phrase(f"{whole} {_times(condition.count)} in all", is_closed=False)
    if len(condition.members) == 1:
        return _phrase(condition.members[0])
    return _all(condition) if condition.quantifier is Quantifier.ALL else _any(condition)


def _any(group: Group) -> _Phrase:
    if group.at_least == 1:
        return _members(group.members, "or")
    listed = _members(group.members, "and").text
    return _Phrase(f"at least {group.at_least} of {listed}", is_closed=False)


def _all(group: Group) -> _Phrase:
    """What must be there, then what must not: "the agent's apology, with no excuse by the agent"."""
    absent = [member for member in group.members if _is_none(member)]
    present = [member for member in group.members if not _is_none(member)]
    without = joined([_none(member) for member in absent if isinstance(member, Group)], "and")
    if not present:
        return _Phrase(without, is_closed=False)
    whole = _members(present, "and")
    return _Phrase(f"{whole.inside}, with {without}", is_closed=False) if absent else whole


def _is_none(condition: Condition) -> bool:
    return isinstance(condition, Group) and condition.quantifier is Quantifier.NONE


def _members(members: Sequence[Condition], conjunction: str) -> _Phrase:
    """Several conditions as a list; signals of one owner with the same options share both."""
    plain = [member for member in members if isinstance(member, Match)]
    if len(plain) == len(members):
        return _listed(plain, conjunction)
    parts: list[str] = []
    for is_plain, neighbours in groupby(members, lambda member: isinstance(member, Match)):
        if is_plain:
            run = [member for member in neighbours if isinstance(member, Match)]
            parts += [_run(part, conjunction, is_common=False) for part in _runs(run)]
        else:
            parts += [_phrase(member).inside for member in neighbours]
    return _Phrase(_joined_runs(parts, conjunction), is_closed=len(members) == 1)


def _listed(matches: Sequence[Match], conjunction: str) -> _Phrase:
    details = {_details(match) for match in matches}
    is_common = len(details) == 1 and len(matches) > 1 and len({_owner(m) for m in matches}) > 1
    runs = _runs(matches, is_common=is_common)
    text = _joined_runs([_run(run, conjunction, is_common=is_common) for run in runs], conjunction)
    if is_common and (common := details.pop()):
        text += f" (all of them {common})"
    return _Phrase(text, is_closed=len(matches) == 1)


def _joined_runs(runs: Sequence[str], conjunction: str) -> str:
    # A run may hold the conjunction itself, so that a comma must say where it ends.
    is_plain = not any(f" {conjunction} " in run for run in runs)
    return joined(runs, conjunction) if is_plain else f", {conjunction} ".join(runs)


def _runs(matches: Sequence[Match], *, is_common: bool = False) -> list[list[Match]]:
    """Neighbours that can share their owner and their options."""

    def key(item: tuple[int, Match]) -> tuple[object, ...]:
        index, match = item
        shared = "" if is_common else _details(match)
        return (index if match.count > 1 else -1, _owner(match), shared)

    return [[match for _, match in run] for _, run in groupby(enumerate(matches), key)]


def _run(run: Sequence[Match], conjunction: str, *, is_common: bool) -> str:
    owner = _owner(run[0])
    names = joined([_name(match) for match in run], conjunction)
    text = f"{_possessive(owner)} {names}" if owner else names
    return f"{text}{_count(run[0])}{'' if is_common else _bracketed(run)}"


def _possessive(owner: str) -> str:
    return " or ".join(f"{part}'s" for part in owner.split(" or "))


def _bracketed(run: Sequence[Match]) -> str:
    details = _details(run[0])
    return f" ({'each ' * (len(run) > 1)}{details})" if details else ""


def _none(group: Group) -> str:
    """That nothing of *group* is there: "no apology or remedy by the agent"."""
    matches = [member for member in group.members if isinstance(member, Match)]
    others = [member for member in group.members if not isinstance(member, Match)]
    parts = [_no(run) for run in _runs(matches)]
    parts += [f"not ({condition_words(member)})" for member in others]
    return joined(parts, "and")


def _no(run: Sequence[Match]) -> str:
    owner = _owner(run[0])
    by = f" by {owner}" if owner else ""
    return f"no {joined([_name(m) for m in run], 'or')}{by}{_count(run[0])}{_bracketed(run)}"


def _owner(match: Match) -> str:
    """Whose wording it is, or "" where others speak it than do so as a rule."""
    return _OWNERS.get((match.name.partition(".")[0], match.by), "")


def _name(match: Match) -> str:
    return _behaviour(match.name) if _owner(match) else signal_words(match.name)


def signal_words(name: str) -> str:
    """A signal's name as it reads in a sentence: "customer repeat contact"."""
    return f"{name.partition('.')[0]} {_behaviour(name)}"


@cache
def _behaviour(name: str) -> str:
    catalogue = builtin_catalogue()
    noun = catalogue[name].noun if name in catalogue else ""
    return noun or name.partition(".")[2].replace("_", " ")


def _count(match: Match) -> str:
    return f" {_times(match.count)}" if match.count > 1 else ""


def _times(count: int) -> str:
    return "at least twice" if count == _TWICE else f"at least {count} times"


def _details(match: Match) -> str:
    details = []
    if match.min_score != DEFAULT_MIN_SCORE:
        details.append(f"scored {number(match.min_score)} or more")
    details += [
        f"with {_value(key)}: {joined([_value(value) for value in values], 'or')}"
        for key, values in sorted(match.where.items())
    ]
    if not _owner(match):
        details.append(f"said by {role_words(match.by)}")
    return "; ".join(details)


def _value(text: str) -> str:
    """An attribute or its value; in quotation marks where its own words could be taken for ours."""
    if _PLAIN_VALUE.fullmatch(text) and text not in {"or", "with"}:
        return text.replace("_", " ")
    return f"“{text}”"


def role_words(roles: frozenset[Role], conjunction: str = "or") -> str:
    """*roles* as people: "agents or bots"."""
    return joined([_PLURALS[role] for role in Role if role in roles], conjunction)


def number(value: float) -> str:
    """*value* exactly, without a needless decimal point.

    >>> number(3.0), number(0.65)
    ('3', '0.65')
    """
    return repr(float(value)).removesuffix(".0")


def joined(words: Iterable[str], conjunction: str) -> str:
    """*words* as a list in a sentence.

    >>> joined(["anger", "fear", "joy"], "or")
    'anger, fear or joy'
    """
    *head, last = list(words) or [""]
    return f"{', '.join(head)} {conjunction} {last}" if head else last
