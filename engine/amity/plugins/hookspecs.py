"""The hooks that a plugin may implement; all are called at start-up, never for a turn.

What they return is kept and called directly, so that one plugin's fault cannot stop another's work.
A hook is called again when a new policy bundle is loaded. An implementation may take fewer
arguments than are listed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from amity.plugins.contract import Action, Detector, Refiner
from amity.signals import SignalDefinition

if TYPE_CHECKING:
    from amity.cues.matcher import CueMatcher

__all__ = ["API_VERSION", "hookimpl", "hookspec"]

API_VERSION = 1
PROJECT = "amity"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def amity_signals() -> Iterable[SignalDefinition]:
    """Signals that this plugin adds to the catalogue. Called once, before anything is loaded."""
    return ()


@hookspec
def amity_policies() -> Iterable[Path]:
    """Folders with policies, cue packs and cases that belong to this plugin. Called once."""
    return ()


@hookspec
def amity_actions() -> Iterable[Action]:
    """Actions that rules may name. Called once, before policies are loaded."""
    return ()


@hookspec
def amity_detectors(cues: CueMatcher) -> Iterable[Detector]:
    """Detectors of this plugin. Called once for each bundle, with the bundle's compiled cue packs."""
    return ()


@hookspec
def amity_refiners() -> Iterable[Refiner]:
    """Refiners, which add attributes to what detectors found. Called once, before policies are loaded."""
    return ()
