"""How long a condition can take at most, told from its tree before it ever runs.

CEL promises that a condition ends, not that it ends soon: it stops after ten thousand turns of
loops, but a ``filter`` copies what it has gathered at every turn, and each turn may compare lists or
search texts. So every part is given a cost for the largest values that a conversation may have, as
often as it may run. The costs were measured (docs/measured.md) and are rounded up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from amity.cues.linear import program_size
from amity.limits import DEFAULT_LIMITS
from amity.policy.when_tree import Kind, Node, Of

__all__ = ["Estimate", "estimate"]

MOST_TURNS = 10_000  # of all loops of a condition, after which CEL gives up
NS_PER_MS = 1_000_000

# In nanoseconds.
PART = 100.0
CONVERSION = 500.0
COPIED = 75.0  # a member of a list that is joined or grown
COMPARED = 50.0  # a member
SEARCHED = 100.0  # a member, by ``in``
CHARACTER = 0.05  # compared
JOINED = 0.5  # a character
FOUND = 8.0  # a character, by contains and its like
FOUND_AGAIN = 0.02  # a character for each of what is sought
# A pattern's instructions for each character: the first ones cost most, for the states that they
# make soon outgrow what RE2 keeps of them, and it follows them one by one.
UNKNOWN_PATTERN = 1e9
FEW, OF_FEW, OF_MORE = 60, 25.0, 3.0

_LIMITS = DEFAULT_LIMITS
_TEXT = _LIMITS.max_attribute_characters


class Size(NamedTuple):
    """How large a value can be: characters of a text, or members and the characters in them.

    ``longest`` is how many of those a single text in it can have.
    """

    characters: float = 0.0
    members: float = 0.0
    within: float = 0.0
    longest: float = 0.0

    @property
    def total(self) -> float:
        """All characters."""
        return max(self.characters, self.within)


NOTHING = Size()
ATTRIBUTE = Size(_TEXT, _LIMITS.max_attributes, 2 * _TEXT * _LIMITS.max_attributes, _TEXT)
REPLIES = Size(members=_LIMITS.max_turns // 2)
NAME = Size(_LIMITS.max_id_characters)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The most milliseconds that a condition can take, and the part on which most of them go."""

    ms: float
    mostly: str


def estimate(tree: Node) -> Estimate:
    """What the condition *tree* can cost on the largest conversation.

    There are two ways to bound it, and the lower one holds: every turn at its dearest, up to the
    most turns; or all turns at the average, since the members of a list share what there is.
    """
    return min((_told(tree, is_shared=way) for way in (False, True)), key=lambda found: found.ms)


def _told(tree: Node, *, is_shared: bool) -> Estimate:
    meter = _Meter(is_shared)
    meter.size(tree, 1.0, {})
    mostly = max(meter.spent, key=lambda name: meter.spent[name], default="")
    return Estimate(sum(meter.spent.values()) / NS_PER_MS, mostly)


@dataclass(slots=True)
class _Meter:
    is_shared: bool
    spent: dict[str, float] = field(default_factory=dict)

    def size(self, node: Node, times: float, known: Mapping[str, Size]) -> Size:
        """The size of *node*, whose cost is added as often as it may run."""
        if node.kind is Kind.LOOP:
            return self._loop(node, times, known)
        if node.kind is Kind.NAME:
            self._spend("", times, PART)
            return _fitting(node.of, known.get(node.name) or _fact(node))
        parts = [self.size(part, times, known) for part in node.parts]
        if node.kind is Kind.CALL:
            return self._call(node, parts, times)
        self._spend("[…]" if parts else "", times, PART * (1 + len(parts)))
        if node.kind is Kind.CONSTANT:
            return Size(len(node.text))
        if node.kind is Kind.MEMBER:
            return _fitting(node.of, _inner(parts[0]))
        return _listed(parts)

    def _spend(self, name: str, times: float, nanoseconds: float) -> None:
        self.spent[name] = self.spent.get(name, 0.0) + times * nanoseconds

    def _loop(self, node: Node, times: float, known: Mapping[str, Size]) -> Size:
        over, first, condition, step, result = node.parts
        size = self.size(over, times, known)
        turns = max(1.0, size.members)
        inside = times * turns if self.is_shared else min(times * turns, MOST_TURNS)
        self.size(first, times, known)
        grown = _inner(size)._replace(characters=0.0) if first.kind is Kind.LIST else NOTHING
        # What is gathered grows turn by turn, so that it is half as large on average.
        half = grown._replace(members=grown.members / 2, within=grown.within / 2)
        around = {**known, node.name: self._member(size, turns), node.text: half}
        for part in (condition, step):
            self.size(part, inside, around)
        return _fitting(node.of, self.size(result, times, {**known, node.text: grown}))

    def _member(self, size: Size, turns: float) -> Size:
        if not self.is_shared:
            return _inner(size)
        within = size.within / turns
        return Size(min(size.longest, within), size.members / turns, within, size.longest)

    def _call(self, node: Node, parts: list[Size], times: float) -> Size:
        cost = _pattern_cost(node, parts) if node.name == "matches" else _cost(node.name, parts)
        self._spend(_shown(node), times, cost)
        if node.of is Of.PLAIN:
            return NOTHING
        if node.name == "_+_":
            return Size(*map(sum, zip(*parts, strict=True)))
        largest = Size(*map(max, zip(*parts, strict=True))) if parts else NOTHING
        return _fitting(node.of, _inner(largest) if node.name == "_[_]" else largest)


def _inner(size: Size) -> Size:
    """What a member of a collection of *size* can be."""
    return size._replace(characters=size.longest)


def _fact(node: Node) -> Size:
    if node.name == "attributes":
        return ATTRIBUTE
    return REPLIES if node.of is Of.MANY else NAME


def _fitting(of: Of, size: Size) -> Size:
    """*size* without what a value of that kind cannot have."""
    match of:
        case Of.PLAIN:
            return NOTHING
        case Of.TEXT:
            return Size(size.characters)
        case Of.MANY:
            return size._replace(characters=0.0)
        case Of.ANY:
            return size


def _listed(parts: list[Size]) -> Size:
    return Size(
        members=len(parts) + sum(part.members for part in parts),
        within=sum(part.total for part in parts),
        longest=max((max(part.characters, part.longest) for part in parts), default=0.0),
    )


def _cost(name: str, parts: list[Size]) -> float:
    characters = sum(part.characters for part in parts)
    match name:
        case "_==_" | "_!=_":
            least = Size(*map(min, zip(*parts, strict=True)))
            return PART + COMPARED * least.members + CHARACTER * least.total
        case "_+_":
            members = sum(part.members for part in parts)
            return PART + COPIED * members + JOINED * characters
        case "@in" | "_in_" | "in":
            sought, among = parts
            read = min(among.within, (sought.total + 1) * among.members)
            return PART + SEARCHED * among.members + CHARACTER * read
        case "contains" | "startsWith" | "endsWith":
            whole, part = parts
            again = FOUND_AGAIN * whole.characters * part.characters
            return PART + FOUND * whole.characters + again
        case "size" | "string" | "bytes":
            return CONVERSION + FOUND * characters
        case _ if name.startswith(("_", "!", "-", "@")):
            return PART
        case _:
            return CONVERSION + FOUND * min(characters, NAME.characters)


def _pattern_cost(node: Node, parts: list[Size]) -> float:
    if node.parts[-1].kind is not Kind.CONSTANT:
        return UNKNOWN_PATTERN
    pattern = node.parts[-1].text.encode("latin-1").decode()
    size = program_size(pattern)
    return CONVERSION + parts[0].characters * (
        OF_FEW * min(size, FEW) + OF_MORE * max(0, size - FEW)
    )


def _shown(node: Node) -> str:
    """The function as it is written; ``filter`` for what a loop gathers."""
    is_gathered = node.name == "_+_" and any(part.name == "@result" for part in node.parts)
    return "filter" if is_gathered else node.name.strip("_@")
