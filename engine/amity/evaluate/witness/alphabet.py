"""What a timeline can be made of, as far as two versions of a rule can tell: the alphabet.

Signals that fill the same conditions of both versions stand for one another, so one of each kind is
enough: scores matter only by the thresholds that they reach, attributes by the values asked for, and
of the members of a plain ``any`` one does for all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from amity.conversation import Role
from amity.policy.model import (
    Condition,
    Group,
    Match,
    Quantifier,
    Rule,
    Window,
    WindowKind,
    is_met_by_silence,
    matches,
    positive_matches,
)
from amity.signals import SPEAKERS

__all__ = ["Alphabet", "Letter", "Speaker", "alphabet_of", "conditions_of", "fits"]

UNUSUAL = 3
FIRST_COLLEAGUE, SECOND_COLLEAGUE = "colleague A", "colleague B"
_MOST_ATTRIBUTE_SETS = 64
Attributes = tuple[tuple[str, str], ...]
_MAIN = (Role.CUSTOMER, Role.AGENT, Role.BOT)


@dataclass(frozen=True, slots=True)
class Letter:
    """A signal that *role* may speak, or (``is_unknown``) one of which it is unknown if they did.

    ``weight`` is what it adds to the size of a timeline: more for what seldom happens.
    """

    name: str
    role: Role
    score: float = 0.0
    attributes: Attributes = ()
    is_unknown: bool = False
    is_trigger: bool = False
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who may speak a turn, and what that adds to the size of a timeline."""

    participant: str
    role: Role
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The parts of timelines: who speaks, what is found, how often at most, and edges in time.

    ``letters`` has one of each kind, ``all_letters`` every one. ``most`` is how often one letter
    counts in a turn. ``edges`` are the lengths in seconds of windows of time. ``is_plain`` says that
    turns without signals at either end change nothing.
    """

    speakers: tuple[Speaker, ...]
    letters: tuple[Letter, ...]
    all_letters: tuple[Letter, ...]
    most: int
    edges: tuple[int, ...]
    is_plain: bool
    needs_trigger: bool


def fits(match: Match, letter: Letter) -> bool:
    """Whether a signal like *letter* counts for *match*."""
    said = dict(letter.attributes)
    return (
        match.name == letter.name
        and letter.role in match.by
        and letter.score >= match.min_score
        and all(said.get(key) in values for key, values in match.where.items())
    )


def conditions_of(rule: Rule) -> list[Condition]:
    """The conditions of *rule*, the occasion first."""
    found = [rule.given, *(step.condition for step in rule.steps)]
    found.append(rule.unless.condition if rule.unless else None)
    return [condition for condition in found if condition]


def _windows(rules: Iterable[Rule]) -> list[Window]:
    steps = [step for rule in rules for step in (*rule.steps, rule.unless) if step]
    return [step.window for step in steps if step.window]


def alphabet_of(rules: Sequence[Rule]) -> Alphabet:
    """What timelines that tell *rules* apart can be made of."""
    conditions = [condition for rule in rules for condition in conditions_of(rule)]
    windows = _windows(rules)
    every = tuple(_letters(conditions, _occasions(rules)))
    roles = {letter.role for letter in every} | {
        role for window in windows for role in window.roles
    }
    silent = any(is_met_by_silence(occasion) for occasion in _occasions(rules))
    return Alphabet(
        speakers=tuple(_speakers(set(Role) if silent else roles)),
        letters=tuple(_representatives(every, conditions)),
        all_letters=every,
        most=max((count for condition in conditions for count in _counts(condition)), default=1),
        edges=tuple(sorted({w.amount for w in windows if w.kind is WindowKind.TIME})),
        is_plain=all(len(rule.steps) == 1 for rule in rules) and not silent,
        needs_trigger=not silent,
    )


def _occasions(rules: Iterable[Rule]) -> list[Condition]:
    return [rule.given or rule.steps[0].condition for rule in rules]


def _counts(condition: Condition) -> Iterator[int]:
    yield condition.count
    if isinstance(condition, Group):
        for member in condition.members:
            yield from _counts(member)


def _speakers(roles: set[Role]) -> Iterator[Speaker]:
    """Who speaks: those who matter, and on their track somebody who may come between them."""
    wanted = [role for role in _MAIN if role in roles]
    if wanted:
        others = [role for role in _MAIN if role not in roles]
        if len(wanted) == 1:
            wanted.append(others.pop(0))
        yield from (Speaker(role, role) for role in _MAIN if role in wanted)
        yield from (Speaker(role, role, 2) for role in others)
    if Role.COLLEAGUE in roles:
        yield from (Speaker(name, Role.COLLEAGUE) for name in (FIRST_COLLEAGUE, SECOND_COLLEAGUE))


def _letters(conditions: Sequence[Condition], occasions: Sequence[Condition]) -> Iterator[Letter]:
    every = [match for condition in conditions for match in matches(condition)]
    raising = [match for occasion in occasions for match in positive_matches(occasion)]
    doubtful = {match.name for occasion in occasions for match in matches(occasion)}
    by_name: dict[str, list[Match]] = {}
    for match in every:
        by_name.setdefault(match.name, []).append(match)
    for name, own in by_name.items():
        usual = SPEAKERS.get(name.partition(".")[0], frozenset())
        for role in Role:
            if not any(role in match.by for match in own):
                continue
            odd = 0 if role in usual else UNUSUAL
            for attributes, score in itertools.product(
                _attribute_sets(own), sorted({match.min_score for match in own})
            ):
                plain = Letter(name, role, score, attributes, weight=1 + odd)
                trigger = any(fits(match, plain) for match in raising)
                yield Letter(name, role, score, attributes, is_trigger=trigger, weight=1 + odd)
            yield Letter(
                name, role, is_unknown=True, is_trigger=name in doubtful, weight=UNUSUAL + odd
            )


def _attribute_sets(own: Sequence[Match]) -> list[Attributes]:
    """Every combination of values that *own* ask for, or of none; plainest first."""
    values: dict[str, dict[str, None]] = {}
    for match in own:
        for key, wanted in match.where.items():
            values.setdefault(key, {}).update(dict.fromkeys(wanted))
    choices = ([(key, value) for value in (None, *found)] for key, found in values.items())
    sets = [
        tuple(sorted((key, value) for key, value in chosen if value is not None))
        for chosen in itertools.islice(itertools.product(*choices), _MOST_ATTRIBUTE_SETS)
    ]
    return sorted(sets, key=len)


@dataclass(frozen=True, slots=True)
class _Counter:
    """Matches whose signals are counted together.

    ``family`` is the ``any`` that needs several of its members, ``enough`` how many.
    """

    members: tuple[Match, ...]
    family: int = -1
    enough: int = 1


def _counters(condition: Condition, family: Iterator[int]) -> Iterator[_Counter]:
    if isinstance(condition, Match):
        yield _Counter((condition,))
        return
    plain = [m for m in condition.members if isinstance(m, Match) and m.count == 1]
    rest = [member for member in condition.members if member not in plain]
    if condition.quantifier is Quantifier.ALL:
        yield from (_Counter((match,)) for match in plain)
    elif condition.at_least > 1:
        own = next(family)
        yield from (_Counter((match,), own, condition.at_least) for match in plain)
    elif plain:
        yield _Counter(tuple(plain))
    for member in rest:
        yield from _counters(member, family)


def _representatives(
    letters: Sequence[Letter], conditions: Sequence[Condition]
) -> Iterator[Letter]:
    """One letter of each kind; of those that differ only by their place in an ``any``, enough."""
    family = itertools.count()
    counters = [counter for c in conditions for counter in _counters(c, family)]
    seen: set[object] = set()
    taken: dict[object, int] = {}
    for letter in sorted(letters, key=lambda one: (one.weight, len(one.attributes))):
        filled = [i for i, counter in enumerate(counters) if _fills(counter, letter)]
        exact = (letter.role, letter.is_unknown, letter.weight, frozenset(filled))
        if not filled or exact in seen:
            continue
        seen.add(exact)
        kind = (*exact[:3], frozenset(_kind(counters, i) for i in filled))
        enough = max(counters[i].enough for i in filled)
        taken[kind] = taken.get(kind, 0) + 1
        if taken[kind] <= enough or not any(counters[i].family >= 0 for i in filled):
            yield letter


def _kind(counters: Sequence[_Counter], index: int) -> tuple[str, int]:
    family = counters[index].family
    return ("family", family) if family >= 0 else ("counter", index)


def _fills(counter: _Counter, letter: Letter) -> bool:
    if letter.is_unknown:
        return any(m.name == letter.name and letter.role in m.by for m in counter.members)
    return any(fits(match, letter) for match in counter.members)
