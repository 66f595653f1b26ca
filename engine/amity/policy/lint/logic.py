"""What follows from a condition, as far as its form tells: contradictions, and what implies what.

All answers err on the side of silence: "implies" and "never" are said only where they are certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from amity.conversation import Role
from amity.policy.model import Condition, Group, Match, Quantifier
from amity.signals import SPEAKERS

__all__ = ["Branch", "branches", "can_hold", "implies", "is_possible", "move_roles", "speakers"]

_MOST_BRANCHES = 400
_COLLEAGUES = frozenset({Role.COLLEAGUE})
_OTHERS = frozenset(Role) - _COLLEAGUES


@dataclass(frozen=True, slots=True)
class Branch:
    """One way in which a condition comes true: what must be there, and what must not.

    A group with ``count`` is kept whole in ``present``, since it does not say which member occurs.
    """

    present: tuple[Match | Group, ...] = ()
    absent: tuple[Match, ...] = ()

    def __add__(self, other: Branch) -> Branch:
        return Branch((*self.present, *other.present), (*self.absent, *other.absent))

    @property
    def is_consistent(self) -> bool:
        """Whether nothing that must be there is something that must not be."""
        return not any(_entails(one, other) for one in self.present for other in self.absent)


class _TooManyError(Exception):
    """A condition with more branches than are worth following."""


def branches(condition: Condition) -> list[Branch] | None:
    """Every way in which *condition* can hold without contradicting itself; None for too many."""
    try:
        return [branch for branch in _true(condition) if branch.is_consistent]
    except _TooManyError:
        return None


def implies(one: Condition, other: Condition) -> bool:
    """Whether *other* certainly holds over the same turns wherever *one* does."""
    if one == other:
        return True
    ways = branches(one)
    return bool(ways) and all(_follows(other, way) for way in ways or ())


def speakers(atom: Match | Group) -> frozenset[Role]:
    """Who can speak what *atom* asks for."""
    if isinstance(atom, Match):
        return atom.by & SPEAKERS.get(atom.name.partition(".")[0], frozenset())
    return frozenset().union(*(speakers(member) for member in atom.members))


def move_roles(condition: Condition, *, is_one_move: bool) -> frozenset[Role]:
    """Who can be speaking when *condition* becomes true: in one move, or over a conversation so far.

    Empty when it never can, because a move has one speaker and colleagues are on a track of their own.
    """
    ways = branches(condition)
    if ways is None:
        return frozenset(Role)
    return frozenset().union(*(_roles(way, is_one_move=is_one_move) for way in ways))


def can_hold(condition: Condition, heard: frozenset[Role]) -> bool:
    """Whether *condition* can be true over turns that only *heard* speak."""
    if isinstance(condition, Match):
        return bool(speakers(condition) & heard)
    held = sum(can_hold(member, heard) for member in condition.members)
    match condition.quantifier:
        case Quantifier.ANY:
            return held >= condition.at_least
        case Quantifier.ALL:
            return held == len(condition.members)
        case Quantifier.NONE:
            return True


def is_possible(condition: Condition) -> bool:
    """Whether *condition* does not contradict itself."""
    return branches(condition) != []


def _roles(way: Branch, *, is_one_move: bool) -> frozenset[Role]:
    spoken = [speakers(atom) for atom in way.present]
    if is_one_move or not spoken:
        return frozenset(Role).intersection(*spoken)
    tracks = [track for track in (_OTHERS, _COLLEAGUES) if all(roles & track for roles in spoken)]
    return frozenset().union(*spoken) & frozenset().union(*tracks)


def _true(condition: Condition) -> list[Branch]:
    if isinstance(condition, Match):
        return [Branch((condition,))]
    match condition.quantifier:
        case Quantifier.ALL:
            return _together(map(_true, condition.members))
        case Quantifier.NONE:
            return _together(map(_false, condition.members))
        case Quantifier.ANY if condition.count > 1:
            return [Branch((condition,))]
        case Quantifier.ANY:
            return _some([_true(member) for member in condition.members], condition.at_least)


def _false(condition: Condition) -> list[Branch]:
    if isinstance(condition, Match):
        return [Branch((), (condition,))]
    members = condition.members
    match condition.quantifier:
        case Quantifier.ALL:
            return [way for member in members for way in _false(member)]
        case Quantifier.NONE:
            return [way for member in members for way in _true(member)]
        case Quantifier.ANY if condition.count > 1:
            return [Branch()]
        case Quantifier.ANY:
            needed = len(members) - condition.at_least + 1
            return _some([_false(member) for member in members], needed)


def _some(ways: Sequence[list[Branch]], needed: int) -> list[Branch]:
    return _limited(way for chosen in combinations(ways, needed) for way in _together(chosen))


def _together(ways: Iterable[list[Branch]]) -> list[Branch]:
    return _limited(sum(chosen, Branch()) for chosen in product(*ways))


def _limited(ways: Iterator[Branch]) -> list[Branch]:
    kept: list[Branch] = []
    for way in ways:
        kept.append(way)
        if len(kept) > _MOST_BRANCHES:
            raise _TooManyError
    return kept


def _follows(condition: Condition, way: Branch) -> bool:
    if isinstance(condition, Match):
        return any(_entails(atom, condition) for atom in way.present)
    if condition in way.present:
        return True
    if condition.quantifier is Quantifier.NONE:
        return all(_is_excluded(member, way) for member in condition.members)
    met = sum(_follows(member, way) for member in condition.members)
    if condition.quantifier is Quantifier.ALL:
        return met == len(condition.members)
    return condition.count == 1 and met >= condition.at_least


def _is_excluded(condition: Condition, way: Branch) -> bool:
    if isinstance(condition, Match):
        return any(_entails(condition, absent) for absent in way.absent)
    excluded = sum(_is_excluded(member, way) for member in condition.members)
    match condition.quantifier:
        case Quantifier.ALL:
            return excluded > 0
        case Quantifier.ANY:
            return excluded > len(condition.members) - condition.at_least
        case Quantifier.NONE:
            return any(_follows(member, way) for member in condition.members)


def _entails(one: Match | Group, other: Match | Group) -> bool:
    """Whether signals that satisfy *one* satisfy *other* too."""
    if isinstance(one, Group) or isinstance(other, Group):
        return one == other
    return (
        one.name == other.name
        and speakers(one) <= speakers(other)
        and one.min_score >= other.min_score
        and one.count >= other.count
        and all(
            key in one.where and set(one.where[key]) <= set(values)
            for key, values in other.where.items()
        )
    )
