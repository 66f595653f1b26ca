"""Conversations, by their facts, to which one version of a policy or rule applies and not the other."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from amity.conversation import Channel, Conversation
from amity.evaluate.scope import applicability
from amity.evaluate.witness.strictness import Lean
from amity.policy.model import Policy, Scope
from amity.policy.when import FACTS

__all__ = ["Circumstance", "FactSearch", "Reach", "fact_search", "scope_shifts"]

MOST_TRIED = 5000
_STRIDE = 7919
_FACT = re.compile(r"conversation\.([a-z_]{1,40})")
_ATTRIBUTE = re.compile(r"attributes(?:\.(\w{1,80})|\[\s{0,9}[\"']([^\"']{1,80})[\"']\s{0,9}\])")
_TEXT = re.compile(r"[\"']([^\"']{0,80})[\"']")
_NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?:\.\d{1,9})?")
_TURNS = ("customer_turns", "agent_turns", "bot_turns", "colleague_turns")
_ALWAYS_KNOWN = {"channel", "locale", "language", "turns", *_TURNS}
_OTHER_LANGUAGE = "another language"


class Reach(StrEnum):
    """What becomes of a rule for a conversation, before anything that was said is looked at."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "does not apply"
    CANNOT_READ = "abstains (it cannot read the language)"
    CANNOT_TELL = "abstains (the condition cannot be worked out)"


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Facts of a conversation of which the two versions differ whether they apply."""

    facts: Mapping[str, str]
    before: Reach
    after: Reach
    lean: Lean

    @property
    def words(self) -> str:
        """The facts as a phrase."""
        return ", ".join(f"{key} {value}" for key, value in self.facts.items())


@dataclass(frozen=True, slots=True)
class FactSearch:
    """The simplest facts found for each way in which two conditions differ.

    ``tried`` combinations of the values worth trying were tried, of ``combinations``: all of them,
    or so many spread over all.
    """

    circumstances: tuple[Circumstance, ...]
    tried: int
    combinations: int

    @property
    def stopped_short(self) -> bool:
        """Whether there are combinations that were not tried."""
        return self.tried < self.combinations


def scope_shifts(old: Policy, new: Policy) -> list[Circumstance]:
    """Each channel and language that the scopes of *old* and *new* treat differently."""
    found: list[Circumstance] = []
    for key in ("channels", "languages"):
        if getattr(old.scope, key) != getattr(new.scope, key):
            found += _named(old, new, key)
    return found


def fact_search(policy: Policy, old: str, new: str, *, is_praise: bool = False) -> FactSearch:
    """Facts on which the conditions *old* and *new* differ.

    Facts are tried over the values that the conditions name and those next to them, up to a limit;
    nothing found does not mean that the two are the same.
    """
    versions = [_bare(policy, Scope(when=text)) for text in (old, new)]
    conversation = Conversation("example", (), ())
    found: dict[tuple[Reach, Reach], Circumstance] = {}
    names, keys, values = _worth_trying(f"{old} {new}")
    combinations = math.prod(map(len, values))
    for chosen in _spread(values, combinations):
        facts = _facts(names, keys, chosen)
        if facts is None:
            continue
        before, after = (_reach(version, conversation, facts) for version in versions)
        if before is not after and (before, after) not in found:
            lean = _lean(before, after, is_praise=is_praise)
            found[before, after] = Circumstance(_told(facts), before, after, lean)
    return FactSearch(tuple(found.values()), min(combinations, MOST_TRIED), combinations)


def _named(old: Policy, new: Policy, key: str) -> Iterator[Circumstance]:
    first, second = (getattr(policy.scope, key) for policy in (old, new))
    versions = [
        _bare(policy, replace(Scope(), **{key: values}))
        for policy, values in ((old, first), (new, second))
    ]
    seen = set()
    for value in _candidates(key, first | second):
        conversation = Conversation(
            "example",
            (),
            (),
            channel=Channel(value) if key == "channels" else Channel.UNSPECIFIED,
            locale=value if key == "languages" else "",
        )
        before, after = (_reach(version, conversation, {}) for version in versions)
        if before is not after:
            # Of channels and languages each is of interest, but "any other" only where no name is.
            if value == _OTHER_LANGUAGE and (before, after) in seen:
                continue
            seen.add((before, after))
            yield Circumstance({key[:-1]: value}, before, after, _lean(before, after))


def _bare(policy: Policy, scope: Scope) -> Policy:
    """*policy* with one rule that has no condition of its own, so that only *scope* counts."""
    return replace(policy, scope=scope, rules=(replace(policy.rules[0], when=""),))


def _candidates(key: str, named: frozenset[str]) -> list[str]:
    if key == "channels":
        return [channel.value for channel in Channel if channel is not Channel.UNSPECIFIED]
    return [*sorted(named), _OTHER_LANGUAGE]


def _reach(policy: Policy, conversation: Conversation, facts: Mapping[str, object]) -> Reach:
    found = applicability(policy, conversation, lambda: facts)
    if found.out_of_scope:
        return Reach.DOES_NOT_APPLY
    if found.settled:
        return Reach.CANNOT_READ
    return Reach.CANNOT_TELL if found.doubtful else Reach.APPLIES


def _lean(before: Reach, after: Reach, *, is_praise: bool = False) -> Lean:
    if {before, after} != {Reach.APPLIES, Reach.DOES_NOT_APPLY}:
        return Lean.NEITHER
    return Lean.TIGHTENS if (after is Reach.APPLIES) != is_praise else Lean.LOOSENS


def _worth_trying(text: str) -> tuple[list[str], list[str], list[Sequence[object]]]:
    """The facts and the attributes that conditions of *text* name, and values for each of them."""
    names = list(dict.fromkeys(name for name in _FACT.findall(text) if name in FACTS))
    keys = list(dict.fromkeys(one or other for one, other in _ATTRIBUTE.findall(text)))
    values = [_fact_values(name, text) for name in names]
    return names, keys, values + [_attribute_values(text) for _ in keys]


def _spread(values: Sequence[Sequence[object]], combinations: int) -> Iterator[tuple[object, ...]]:
    """Every combination, or so many of them as are tried, spread evenly; the simplest first."""
    if combinations <= MOST_TRIED:
        yield from itertools.product(*values)
        return
    for number in range(MOST_TRIED):
        # Not multiples of one step, which would show only one value of some of the facts.
        index = (number * combinations + (number * _STRIDE) % combinations) // MOST_TRIED
        chosen = []
        for own in reversed(values):
            index, place = divmod(index, len(own))
            chosen.append(own[place])
        yield tuple(reversed(chosen))


def _facts(
    names: Sequence[str], keys: Sequence[str], chosen: Sequence[object]
) -> Mapping[str, object] | None:
    """The facts of a conversation; None if no conversation has them."""
    facts = dict(zip(names, chosen, strict=False))
    if not _is_possible(facts):
        return None
    attributes = dict(zip(keys, chosen[len(names) :], strict=True))
    found: dict[str, object] = {
        f"conversation.{name}": value for name, value in facts.items() if value is not None
    }
    if keys:
        found["attributes"] = {k: v for k, v in attributes.items() if v is not None}
    return found


def _fact_values(name: str, text: str) -> Sequence[object]:
    missing: list[object] = [] if name in _ALWAYS_KNOWN else [None]
    numbers = [float(number) for number in _NUMBER.findall(text)]
    match FACTS[name]:
        case "INT":
            near = {int(number) + step for number in numbers for step in (-1, 0, 1)}
            return [*sorted(value for value in near | {0, 1} if value >= 0), *missing]
        case "DOUBLE":
            shares = {round(n + step, 4) for n in numbers for step in (-0.01, 0.0, 0.01)}
            return [*sorted(value for value in shares | {0.0, 1.0} if 0 <= value <= 1), *missing]
        case "BOOL":
            return [True, False, *missing]
        case _:
            return [*dict.fromkeys(_TEXT.findall(text)), "something else"]


def _attribute_values(text: str) -> Sequence[object]:
    numbers = sorted({float(n) + step for n in _NUMBER.findall(text) for step in (-1, 0, 1)})
    named = [word for word in dict.fromkeys(_TEXT.findall(text)) if word]
    return [*named, *numbers, True, False, "something else", None]


def _is_possible(facts: Mapping[str, object]) -> bool:
    turns = facts.get("turns")
    parts = [value for name in _TURNS if isinstance(value := facts.get(name), int)]
    return not isinstance(turns, int) or sum(parts) <= turns


def _told(facts: Mapping[str, object]) -> dict[str, str]:
    told = {key: _value(value) for key, value in facts.items() if key != "attributes"}
    attributes = facts.get("attributes")
    if isinstance(attributes, Mapping):
        told.update({f"attributes.{key}": _value(value) for key, value in attributes.items()})
        if not attributes:
            told["attributes"] = "not given"
    return {key: f"= {value}" if value != "not given" else value for key, value in told.items()}


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
