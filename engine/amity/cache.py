"""Where Amity keeps what it can work out again: a folder that may be missing, full or read-only."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["CACHE_VARIABLE", "cache_folder"]

CACHE_VARIABLE = "AMITY_CACHE"


def cache_folder() -> Path | None:
    """The folder that ``AMITY_CACHE`` names, else ``amity`` in the user's cache folder (XDG).

    None when there is no place for it: the user has no home, or the variable is set to nothing.
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named is not None:
        return Path(named) if named else None
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if Path(shared).is_absolute():
        return Path(shared) / "amity"
    try:
        return Path.home() / ".cache" / "amity"
    except RuntimeError:
        return None
