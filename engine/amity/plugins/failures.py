"""Says in one line, the same each time, how a plugin's object failed."""

from __future__ import annotations

import re

__all__ = ["reason_of"]

# Object addresses would make the same input give other bytes.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{1,16}")


def reason_of(kind: str, name: str, plugin: str, error: Exception, *, quotes: bool = True) -> str:
    """Why what *plugin* contributed failed: "detector cues of amity_cues 0.1.0 failed (KeyError: …)".

    Without *quotes* only the kind of the exception is told, for what it says may quote a turn.
    """
    said = _ADDRESS.sub("", " ".join(str(error).split()))[:200] if quotes else ""
    return f"{kind} {name} of {plugin} failed ({type(error).__name__}{': ' if said else ''}{said})"
