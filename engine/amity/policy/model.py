"""A policy as its author meant it: rules over signals, with the place of each in its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from amity.conversation import Channel, Role

__all__ = [
    "Condition",
    "Group",
    "Match",
    "Place",
    "Policy",
    "Quantifier",
    "Rule",
    "RuleKind",
    "Scope",
    "Severity",
    "Step",
    "Window",
    "WindowKind",
    "is_met_by_silence",
    "matches",
    "positive_matches",
]

DEFAULT_MIN_SCORE = 0.5


class Severity(StrEnum):
    """How much a missed duty matters."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class RuleKind(StrEnum):
    """What a rule asks: something on an occasion, never something, or nothing but notice."""

    EXPECT = "expect"
    FORBID = "forbid"
    RECOGNISE = "recognise"


class Quantifier(StrEnum):
    """How the members of a group combine."""

    ANY = "any"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """The signal ``name`` occurs at least ``count`` times.

    Only signals scored ``min_score`` or more, spoken by one of ``by``, and with each attribute of
    ``where`` among the values given for it.
    """

    name: str
    by: frozenset[Role]
    min_score: float = DEFAULT_MIN_SCORE
    where: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    count: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions combined.

    ``at_least`` asks that so many different members of ``any`` are met; ``count`` asks for so many
    signals over all members of an ``any`` of matches together.
    """

    quantifier: Quantifier
    members: tuple[Condition, ...]
    at_least: int = 1
    count: int = 1


Condition = Match | Group


def matches(condition: Condition) -> Iterator[Match]:
    """Every match in *condition*, at any depth."""
    if isinstance(condition, Match):
        yield condition
        return
    for member in condition.members:
        yield from matches(member)


def positive_matches(condition: Condition, *, is_denied: bool = False) -> Iterator[Match]:
    """The matches that can make *condition* true by occurring: under no ``none``, or under two.

    *is_denied* asks for those that can make it false.
    """
    if isinstance(condition, Match):
        if not is_denied:
            yield condition
        return
    inner = is_denied ^ (condition.quantifier is Quantifier.NONE)
    for member in condition.members:
        yield from positive_matches(member, is_denied=inner)


def is_met_by_silence(condition: Condition) -> bool:
    """Whether *condition* holds where nothing at all was found, so that it holds nearly everywhere."""
    if isinstance(condition, Match):
        return False
    met = [is_met_by_silence(member) for member in condition.members]
    match condition.quantifier:
        case Quantifier.ANY:
            return condition.count == 1 and sum(met) >= condition.at_least
        case Quantifier.ALL:
            return all(met)
        case Quantifier.NONE:
            return not any(met)


class WindowKind(StrEnum):
    """Where a window reaches, seen from the move in which the opportunity arose."""

    SAME_TURN = "same turn"
    TURNS = "turns"
    TIME = "time"
    CONVERSATION = "the conversation"
    REST = "the rest of the conversation"
    BEFORE_NEXT = "before the next turn"


@dataclass(frozen=True, slots=True)
class Window:
    """Which turns count.

    ``amount`` is a number of moves (``TURNS``) or of seconds (``TIME``). ``roles`` are whose moves
    are counted (``TURNS``, empty for anybody's) or whose next move ends the window
    (``BEFORE_NEXT``). ``backward`` looks at what came before. ``same_turn_too`` adds the
    opportunity's own move. ``text`` is what the author wrote.
    """

    kind: WindowKind
    text: str
    amount: int = 0
    roles: frozenset[Role] = frozenset()
    backward: bool = False
    same_turn_too: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be met inside a window; ``window`` is None where the rule has no occasion."""

    condition: Condition
    window: Window | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file of the bundle, line and column from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One obligation, prohibition or recognition.

    ``steps`` holds the expectation and then each ``then``; a prohibition or recognition has one.
    ``unless`` has a window of its own, or None for the opportunity's move and the first step's
    window. ``when`` is a CEL condition or empty.
    """

    id: str
    title: str
    why: str
    kind: RuleKind
    steps: tuple[Step, ...]
    place: Place
    given: Condition | None = None
    unless: Step | None = None
    when: str = ""
    severity: Severity = Severity.MINOR
    weight: float = 1.0
    coach: str = ""
    actions: tuple[str, ...] = ()
    per_conversation: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """To which conversations a policy applies; empty sets for all. ``when`` is CEL or empty."""

    channels: frozenset[Channel] = frozenset()
    languages: frozenset[str] = frozenset()
    when: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A module: rules about one subject, with an owner who answers for them.

    ``scored_roles`` are those whose wording it scores.
    """

    name: str
    title: str
    version: int
    owner: str
    intent: str
    scores: str
    scored_roles: frozenset[Role]
    scope: Scope
    rules: tuple[Rule, ...]
    place: Place
    weight: float = 1.0
