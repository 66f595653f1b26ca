"""What cue packs and scope files say, as values that remember where they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amity.cues.tree import Run
from amity.source import Node

__all__ = ["Conditions", "Cue", "CuePack", "CueScopes", "Example", "Phrasing", "Scope"]


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One phrasing of the mini-language: as written, where, and its tree."""

    text: str
    node: Node
    tree: Run


@dataclass(frozen=True, slots=True)
class Example:
    """A text that must (or must not) match; ``after`` is what the other side said just before."""

    text: str
    after: str
    node: Node


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold besides the words; see docs/cues.md for each key."""

    at: str = ""
    within: str = ""
    after: tuple[Phrasing, ...] = ()
    unless_before: tuple[Phrasing, ...] = ()
    unless_after: tuple[Phrasing, ...] = ()
    unless_turn: tuple[Phrasing, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """Phrasings that carry one signal. ``scopes`` holds the places where the scopes are named."""

    signal: str
    phrasings: tuple[Phrasing, ...]
    matches: tuple[Example, ...]
    rejects: tuple[Example, ...]
    score: float
    attributes: Mapping[str, str]
    conditions: Conditions
    scopes: tuple[Node, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class CuePack:
    """A file of cues in one language."""

    name: str
    language: str
    cues: tuple[Cue, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Scope:
    """Terms that cancel matches near them; ``direction`` says where a term stands: before, after, either."""

    name: str
    terms: tuple[Phrasing, ...]
    excepts: tuple[Phrasing, ...]
    reach: int
    direction: str
    cancels: tuple[Example, ...]
    keeps: tuple[Example, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class CueScopes:
    """A file of scopes in one language."""

    name: str
    language: str
    scopes: tuple[Scope, ...]
    node: Node
