"""Cue packs: words that carry a signal, written in a small language that compiles to linear-time patterns."""

from amity.cues.compiler import compile_cues
from amity.cues.matcher import CueMatcher
from amity.cues.pack import load_pack
from amity.cues.scopes import load_scopes
from amity.cues.values import CuePack, CueScopes

__all__ = ["CueMatcher", "CuePack", "CueScopes", "compile_cues", "load_pack", "load_scopes"]
