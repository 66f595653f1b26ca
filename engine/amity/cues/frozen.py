"""A compiled matcher as bytes, and back: for another process, and for the next start.

Reading builds nothing but the values of this module's list, so that bytes from a folder that
somebody else could write to can waste time, and run no code.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from amity.cues.linear import Pattern
from amity.cues.matcher import CueMatcher
from amity.cues.tree import Run
from amity.cues.values import Phrasing

__all__ = ["freeze", "thaw"]

# The modules whose classes a matcher consists of, and what else it may hold.
_MODULES = frozenset(
    {
        "amity.cues.compiled",
        "amity.cues.matcher",
        "amity.cues.prefilter",
        "amity.cues.tree",
        "amity.cues.values",
        "amity.source",
    }
)
_OTHERS = {
    ("amity.cues.linear", "Pattern"),
    ("amity.cues.frozen", "_mapping"),
    ("amity.cues.frozen", "_phrasing"),
    ("amity.conversation", "Role"),
}


def freeze(matcher: CueMatcher) -> bytes:
    """*matcher* as bytes, without the trees of its phrasings, which only compiling needs."""
    into = io.BytesIO()
    _Pickler(into, pickle.HIGHEST_PROTOCOL).dump(matcher)
    return into.getvalue()


def thaw(data: bytes) -> CueMatcher:
    """The matcher that *data* holds. Raises ValueError if it is damaged or of another make."""
    try:
        found = _Unpickler(io.BytesIO(data)).load()
    except Exception as error:
        raise ValueError(f"not a compiled matcher: {type(error).__name__}: {error}") from error
    if not isinstance(found, CueMatcher):
        raise ValueError(f"not a compiled matcher but a {type(found).__name__}")  # noqa: TRY004 - bad bytes
    return found


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, Pattern):
            return Pattern, (value.source,)
        if isinstance(value, Phrasing):
            return _phrasing, (value.text, value.node)
        if isinstance(value, MappingProxyType):
            return _mapping, (dict(value),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        is_ours = module in _MODULES and "." not in name
        if is_ours or (module, name) in _OTHERS:
            found = super().find_class(module, name)
            if isinstance(found, type) or module == __name__:
                return found
        message = f"{module}.{name} does not belong here"
        raise pickle.UnpicklingError(message)


def _phrasing(text: str, node: Any) -> Phrasing:
    return Phrasing(text, node, Run(()))


def _mapping(entries: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(entries)
