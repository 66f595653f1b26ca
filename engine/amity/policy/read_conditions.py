"""Conditions as their author wrote them, read into the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from amity.conversation import Role
from amity.fields import Fields, nearest
from amity.policy.english import usual_speakers
from amity.policy.model import DEFAULT_MIN_SCORE, Condition, Group, Match, Quantifier
from amity.signals import SPEAKERS, Catalogue
from amity.source import Node, Problems

__all__ = ["ConditionReader"]

_QUANTIFIERS = tuple(Quantifier)
_OPTIONS = ("min_score", "where", "by", "count", "at_least")


@dataclass(frozen=True, slots=True)
class _Options:
    """What a group says for its members."""

    min_score: float = DEFAULT_MIN_SCORE
    where: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    by: frozenset[Role] | None = None


class ConditionReader:
    """Reads the conditions of one policy, whose *scored* roles decide who "the agent" is."""

    def __init__(self, catalogue: Catalogue, scored: frozenset[Role], problems: Problems) -> None:
        self._catalogue = catalogue
        self._scored = scored
        self._problems = problems

    def read(self, node: Node) -> Condition | None:
        """The condition at *node*; None when there is none to be read, with the problems recorded."""
        return self._read(node, _Options())

    def _read(self, node: Node, inherited: _Options) -> Condition | None:
        if isinstance(node.value, str):
            return self._match(node, inherited, 1)
        if not isinstance(node.value, dict):
            self._problems.add(
                "V110",
                node,
                f"a condition must be a signal or a mapping, not {node.kind}",
                "write a signal's name, or {any: [...]}",
            )
            return None
        fields = Fields(
            node, self._problems, optional=("signal", *_QUANTIFIERS, *_OPTIONS), what="a condition"
        )
        heads = [key for key in ("signal", *_QUANTIFIERS) if key in fields]
        if len(heads) != 1:
            self._problems.add(
                "V111",
                node,
                f"a condition needs exactly one of signal, any, all, none; this has {len(heads)}",
                "nest one inside the other",
            )
            return None
        options = self._options(fields, inherited)
        count = fields.count("count", 1)
        head = node.entries[heads[0]]
        if heads[0] == "signal":
            self._refuse(fields, "at_least", 'only "any" can have it')
            return self._match(head, options, count)
        return self._group(Quantifier(heads[0]), head, fields, options, count)

    def _options(self, fields: Fields, inherited: _Options) -> _Options:
        options = replace(
            inherited, min_score=fields.number("min_score", inherited.min_score, 0, 1, "V112")
        )
        where = fields.get("where")
        if where is not None:
            options = replace(
                options, where=MappingProxyType({**inherited.where, **self._where(where)})
            )
        roles = [self._role(node) for node in fields.texts("by")]
        if any(roles):
            options = replace(options, by=frozenset(role for role in roles if role))
        return options

    def _where(self, node: Node) -> dict[str, tuple[str, ...]]:
        if not node.entries:
            self._problems.add(
                "V113", node, '"where" must be a mapping of attributes', "write {target: customer}"
            )
        values: dict[str, tuple[str, ...]] = {}
        for key, value in node.entries.items():
            members = value.items or [value]
            for member in members:
                if member.value is None or isinstance(member.value, list | dict):
                    self._problems.add(
                        "V113",
                        member,
                        f'the attribute "{key}" is compared with {member.kind}',
                        "write text, a number, true or false, or a list of them",
                    )
            values[key] = tuple(_attribute(member) for member in members)
        return values

    def _role(self, node: Node) -> Role | None:
        word = str(node.value)
        if word in tuple(Role):
            return Role(word)
        self._problems.add("V114", node, f'"{word}" is not a role', nearest(word, tuple(Role)))
        return None

    def _match(self, node: Node, options: _Options, count: int) -> Match | None:
        name = node.value
        if not isinstance(name, str) or name not in self._catalogue:
            fix = nearest(str(name), self._catalogue.names(), "`amity signals` lists them")
            self._problems.add("V104", node, f'"{name}" is not a signal', fix)
            return None
        speakers = SPEAKERS.get(name.partition(".")[0], frozenset())
        by = options.by or usual_speakers(name, self._scored)
        if not by & speakers:
            who = ", ".join(sorted(speakers))
            self._problems.add(
                "V115",
                node,
                f'"{name}" is never spoken by {", ".join(sorted(by))}',
                f"it is spoken by: {who}",
            )
        return Match(name, by, options.min_score, options.where, count)

    def _group(
        self, quantifier: Quantifier, head: Node, fields: Fields, options: _Options, count: int
    ) -> Group | None:
        if not head.items:
            self._problems.add(
                "V116",
                head,
                f'"{quantifier}" must be a list with at least one condition',
                "write [signal, …]",
            )
            return None
        members = [self._read(item, options) for item in head.items]
        good = tuple(member for member in members if member)
        at_least = fields.count("at_least", 1)
        if quantifier is not Quantifier.ANY:
            self._refuse(fields, "count", 'only a signal or "any" of signals can have it')
            self._refuse(fields, "at_least", 'only "any" can have it')
        elif at_least > len(head.items):
            self._problems.add(
                "V117",
                head,
                f"at_least {at_least} of {len(head.items)} members can never be met",
                "lower it or add members",
            )
        elif count > 1 and (at_least > 1 or not all(isinstance(member, Match) for member in good)):
            self._problems.add(
                "V118",
                fields.node,
                '"count" needs an "any" of plain signals, without at_least',
                "move count to the signals",
            )
        return Group(quantifier, good, at_least, count) if len(good) == len(members) else None

    def _refuse(self, fields: Fields, key: str, reason: str) -> None:
        node = fields.get(key)
        if node is not None:
            self._problems.add(
                "V119", node, f'"{key}" does not belong here: {reason}', f'remove "{key}"'
            )


def _attribute(node: Node) -> str:
    # Attributes travel as text, and YAML reads `true` and `3` as something else.
    return (
        {True: "true", False: "false"}[node.value]
        if isinstance(node.value, bool)
        else str(node.plain())
    )
