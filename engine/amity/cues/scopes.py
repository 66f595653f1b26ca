"""Scope files: the YAML of kind ``CueScopes``, read into values with every problem at once."""

from __future__ import annotations

from amity.cues.schema import examples, fields, header, number, phrasings
from amity.cues.values import CueScopes, Scope
from amity.source import Node, Problems

__all__ = ["load_scopes"]

DIRECTIONS = ("before", "after", "either")
MAX_REACH = 30


def load_scopes(node: Node, problems: Problems) -> CueScopes | None:
    """The scopes at *node*, without those that have a problem; None when nothing can be read."""
    known = fields(node, ("apiVersion", "kind", "metadata", "scopes"), (), problems)
    name, language = header(node, problems)
    if "scopes" not in known:
        return None
    if not isinstance(known["scopes"].value, dict):
        problems.add(
            "Q101",
            known["scopes"],
            f"expected a mapping, not {known['scopes'].kind}",
            "write scope names and their terms",
        )
        return None
    found = (_scope(scope, entry, problems) for scope, entry in known["scopes"].entries.items())
    return CueScopes(name, language, tuple(scope for scope in found if scope), node)


def _scope(name: str, node: Node, problems: Problems) -> Scope | None:
    before = len(problems)
    known = fields(node, ("terms", "reach", "direction", "cancels", "keeps"), ("except",), problems)
    if not known:
        return None
    reach = number(known["reach"], 0, MAX_REACH, "Q113", problems) if "reach" in known else None
    direction = known.get("direction")
    if direction is not None and direction.value not in DIRECTIONS:
        problems.add(
            "Q112",
            direction,
            f'"{direction.plain()}" is not a choice here',
            "write one of: " + ", ".join(DIRECTIONS),
        )
    scope = Scope(
        name=name,
        terms=phrasings(known.get("terms"), problems),
        excepts=phrasings(known.get("except"), problems),
        reach=int(reach or 0),
        direction=str(direction.value) if direction else "",
        cancels=examples(known.get("cancels"), problems),
        keeps=examples(known.get("keeps"), problems),
        node=node,
    )
    return scope if len(problems) == before else None
