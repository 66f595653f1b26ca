"""Cues and scopes with their patterns, ready to run."""

from __future__ import annotations

from dataclasses import dataclass

from amity.cues.linear import Pattern
from amity.cues.values import Cue, Phrasing, Scope
from amity.plugins.contract import Finding

__all__ = ["CompiledCue", "CompiledScope", "Match"]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledScope:
    """A scope with its patterns."""

    scope: Scope
    terms: tuple[Pattern, ...]
    excepts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledCue:
    """A cue with its patterns, one for each phrasing and in the same order."""

    cue: Cue
    patterns: tuple[Pattern, ...]
    scopes: tuple[CompiledScope, ...]
    after: tuple[Pattern, ...]
    unless_before: tuple[Pattern, ...]
    unless_after: tuple[Pattern, ...]
    unless_turn: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """One place where a phrasing stands; ``cancelled_by`` says what cancelled it, if anything did."""

    cue: Cue
    phrasing: Phrasing
    finding: Finding
    cancelled_by: str = ""
