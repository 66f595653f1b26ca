"""Cue packs: the YAML of kind ``CuePack``, read into values with every problem at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from amity.cues.schema import (
    examples,
    fields,
    header,
    members,
    number,
    one_of,
    phrasings,
    tell_kind,
    text,
)
from amity.cues.values import Conditions, Cue, CuePack
from amity.signals import NO_ATTRIBUTES, Catalogue
from amity.source import Node, Problems

__all__ = ["load_pack"]

PLACES = (
    "whole turn",
    "whole sentence",
    "sentence start",
    "sentence end",
    "turn start",
    "turn end",
)
SENTENCES = ("question", "statement")
_CONDITIONS = ("at", "in", "after", "unless_before", "unless_after", "unless_turn")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all cues of a signal share: its name and the pack's defaults."""

    signal: str
    score: float | None
    scopes: tuple[Node, ...]


def load_pack(node: Node, catalogue: Catalogue, problems: Problems) -> CuePack | None:
    """The pack at *node*, without the cues that have a problem; None when nothing can be read."""
    keys = ("apiVersion", "kind", "metadata", "signals")
    known = fields(node, keys, ("defaults",), problems)
    name, language = header(node, problems)
    signals = known.get("signals")
    if signals is None:
        return None
    if not isinstance(signals.value, dict):
        tell_kind(signals, "a mapping", "write signal names and their cues", problems)
        return None
    score, scopes = _defaults(known.get("defaults"), problems)
    cues: list[Cue] = []
    for signal, listed in signals.entries.items():
        if signal not in catalogue:
            fix = _nearest(signal, catalogue)
            problems.add("Q110", signals.keys[signal], f'unknown signal "{signal}"', fix)
        else:
            cues += _cues(listed, _Frame(signal, score, scopes), problems)
    return CuePack(name, language, tuple(cues), node)


def _nearest(signal: str, catalogue: Catalogue) -> str:
    near = get_close_matches(signal, catalogue.names(), 1)
    return f'did you mean "{near[0]}"?' if near else "use a name of the signal catalogue"


def _defaults(node: Node | None, problems: Problems) -> tuple[float | None, tuple[Node, ...]]:
    if node is None:
        return None, ()
    known = fields(node, (), ("score", "scopes"), problems)
    score = number(known["score"], 1, "Q111", problems) if "score" in known else None
    return score, _scopes(known.get("scopes"), problems)


def _scopes(node: Node | None, problems: Problems) -> tuple[Node, ...]:
    # An empty list is a choice here (no scope cancels the cue), not a slip.
    if node is None or node.value == []:
        return ()
    return members(node, problems, lambda part: part if text(part, problems) else None)


def _cues(node: Node, frame: _Frame, problems: Problems) -> tuple[Cue, ...]:
    return members(node, problems, lambda part: _cue(part, frame, problems))


def _cue(node: Node, frame: _Frame, problems: Problems) -> Cue | None:
    before = len(problems)
    optional = ("score", "attributes", "scopes", *_CONDITIONS)
    known = fields(node, ("cue", "matches", "rejects"), optional, problems)
    if not known:
        return None
    score = number(known["score"], 1, "Q111", problems) if "score" in known else frame.score
    if score is None:
        fix = "give the cue a score, or the pack a default"
        problems.add("Q102", node, '"score" is missing', fix)
    cue = Cue(
        signal=frame.signal,
        phrasings=phrasings(known.get("cue"), problems),
        matches=examples(known.get("matches"), problems),
        rejects=examples(known.get("rejects"), problems),
        score=score or 0,
        attributes=_attributes(known.get("attributes"), problems),
        conditions=_conditions(known, problems),
        scopes=_scopes(known["scopes"], problems) if "scopes" in known else frame.scopes,
        node=node,
    )
    return cue if len(problems) == before else None


def _attributes(node: Node | None, problems: Problems) -> Mapping[str, str]:
    if node is None:
        return NO_ATTRIBUTES
    if not isinstance(node.value, dict):
        tell_kind(node, "a mapping", "write attributes: {target: customer}", problems)
    return MappingProxyType({key: text(value, problems) for key, value in node.entries.items()})


def _conditions(known: Mapping[str, Node], problems: Problems) -> Conditions:
    return Conditions(
        at=one_of(known.get("at"), PLACES, problems),
        within=one_of(known.get("in"), SENTENCES, problems),
        after=phrasings(known.get("after"), problems),
        unless_before=phrasings(known.get("unless_before"), problems),
        unless_after=phrasings(known.get("unless_after"), problems),
        unless_turn=phrasings(known.get("unless_turn"), problems),
    )
