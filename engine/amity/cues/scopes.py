"""Scope files: the YAML of kind ``CueScopes``, read into values with every problem at once."""

from __future__ import annotations

from amity.cues.schema import examples, fields, header, number, one_of, phrasings, tell_kind
from amity.cues.values import CueScopes, Scope
from amity.source import Node, Problems

__all__ = ["load_scopes"]

DIRECTIONS = ("before", "after", "either")
MAX_REACH = 30


def load_scopes(node: Node, problems: Problems) -> CueScopes | None:
    """The scopes at *node*, without those that have a problem; None when nothing can be read."""
    known = fields(node, ("apiVersion", "kind", "metadata", "scopes"), (), problems)
    name, language = header(node, problems)
    scopes = known.get("scopes")
    if scopes is None:
        return None
    if not isinstance(scopes.value, dict):
        tell_kind(scopes, "a mapping", "write scope names and their terms", problems)
        return None
    found = (_scope(scope, entry, problems) for scope, entry in scopes.entries.items())
    return CueScopes(name, language, tuple(scope for scope in found if scope), node)


def _scope(name: str, node: Node, problems: Problems) -> Scope | None:
    before = len(problems)
    required = ("terms", "reach", "direction", "cancels", "keeps")
    known = fields(node, required, ("except",), problems)
    if not known:
        return None
    scope = Scope(
        name=name,
        terms=phrasings(known.get("terms"), problems),
        excepts=phrasings(known.get("except"), problems),
        reach=int(number(known["reach"], MAX_REACH, "Q113", problems)) if "reach" in known else 0,
        direction=one_of(known.get("direction"), DIRECTIONS, problems),
        cancels=examples(known.get("cancels"), problems),
        keeps=examples(known.get("keeps"), problems),
        node=node,
    )
    return scope if len(problems) == before else None
