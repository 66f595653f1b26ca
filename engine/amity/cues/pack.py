"""Cue packs: the YAML of kind ``CuePack``, read into values with every problem at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from amity.cues.schema import examples, fields, header, members, number, phrasings, text
from amity.cues.values import Conditions, Cue, CuePack
from amity.signals import NO_ATTRIBUTES, Catalogue
from amity.source import Node, Problems

__all__ = ["PLACES", "SENTENCES", "load_pack"]

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
class _Defaults:
    score: float | None
    scopes: tuple[Node, ...]


def load_pack(node: Node, catalogue: Catalogue, problems: Problems) -> CuePack | None:
    """The pack at *node*, without the cues that have a problem; None when nothing can be read."""
    known = fields(node, ("apiVersion", "kind", "metadata", "signals"), ("defaults",), problems)
    name, language = header(node, problems)
    if "signals" not in known:
        return None
    if not isinstance(known["signals"].value, dict):
        problems.add(
            "Q101",
            known["signals"],
            f"expected a mapping, not {known['signals'].kind}",
            "write signal names and their cues",
        )
        return None
    defaults = _defaults(known.get("defaults"), problems)
    cues: list[Cue] = []
    for signal, listed in known["signals"].entries.items():
        if signal not in catalogue:
            problems.add(
                "Q110",
                known["signals"].keys[signal],
                f'unknown signal "{signal}"',
                _nearest(signal, catalogue),
            )
            continue
        cues += members(
            listed, problems, lambda part, name=signal: _cue(part, name, defaults, problems)
        )  # type: ignore[misc]
    return CuePack(name, language, tuple(cues), node)


def _nearest(signal: str, catalogue: Catalogue) -> str:
    from difflib import get_close_matches

    near = get_close_matches(signal, catalogue.names(), 1)
    return f'did you mean "{near[0]}"?' if near else "see `amity signals` for the names"


def _defaults(node: Node | None, problems: Problems) -> _Defaults:
    if node is None:
        return _Defaults(None, ())
    known = fields(node, (), ("score", "scopes"), problems)
    score = number(known["score"], 0, 1, "Q111", problems) if "score" in known else None
    return _Defaults(score, _scopes(known.get("scopes"), problems))


def _scopes(node: Node | None, problems: Problems) -> tuple[Node, ...]:
    # An empty list is a choice here (no scope cancels the cue), not a slip.
    if node is None or node.value == []:
        return ()
    return members(node, problems, lambda part: part if text(part, problems) else None)


def _cue(node: Node, signal: str, defaults: _Defaults, problems: Problems) -> Cue | None:
    before = len(problems)
    known = fields(
        node,
        ("cue", "matches", "rejects"),
        ("score", "attributes", "scopes", *_CONDITIONS),
        problems,
    )
    if not known:
        return None
    score = number(known["score"], 0, 1, "Q111", problems) if "score" in known else defaults.score
    if score is None and "score" not in known:
        problems.add(
            "Q102", node, '"score" is missing', "give the cue a score, or the pack a default"
        )
    cue = Cue(
        signal=signal,
        phrasings=phrasings(known.get("cue"), problems),
        matches=examples(known.get("matches"), problems),
        rejects=examples(known.get("rejects"), problems),
        score=score or 0.0,
        attributes=_attributes(known.get("attributes"), problems),
        conditions=_conditions(known, problems),
        scopes=_scopes(known["scopes"], problems) if "scopes" in known else defaults.scopes,
        node=node,
    )
    return cue if len(problems) == before else None


def _attributes(node: Node | None, problems: Problems) -> Mapping[str, str]:
    if node is None:
        return NO_ATTRIBUTES
    if not isinstance(node.value, dict):
        problems.add(
            "Q101",
            node,
            f"expected a mapping, not {node.kind}",
            "write attributes: {target: customer}",
        )
    return MappingProxyType({key: text(value, problems) for key, value in node.entries.items()})


def _conditions(known: Mapping[str, Node], problems: Problems) -> Conditions:
    return Conditions(
        at=_one_of(known.get("at"), PLACES, problems),
        within=_one_of(known.get("in"), SENTENCES, problems),
        after=phrasings(known.get("after"), problems),
        unless_before=phrasings(known.get("unless_before"), problems),
        unless_after=phrasings(known.get("unless_after"), problems),
        unless_turn=phrasings(known.get("unless_turn"), problems),
    )


def _one_of(node: Node | None, choices: tuple[str, ...], problems: Problems) -> str:
    if node is None:
        return ""
    if isinstance(node.value, str) and node.value in choices:
        return node.value
    problems.add(
        "Q112",
        node,
        f'"{node.plain()}" is not a choice here',
        "write one of: " + ", ".join(choices),
    )
    return ""
