"""Which names the files of a bundle may have, so that they mean the same on every platform."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from amity.bundles.contents import canonical_name
from amity.errors import Problem
from amity.problems import quoted

__all__ = ["SUFFIXES", "clashes", "name_problem"]

SUFFIXES = (".yaml", ".yml", ".json")
MOST_BYTES = 200
_DRIVE = re.compile(r"[A-Za-z]:")
_FORBIDDEN = frozenset('<>:"|?*\\')
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)")


def name_problem(name: str, file: str) -> Problem | None:
    """Why the entry *name* of the bundle *file* may not be called so, or None if it may."""
    told = quoted(name)
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return Problem(
            "B209", f"the name {told} is absolute", file=file, fix="name it below the bundle's root"
        )
    parts = name.split("/")
    if ".." in parts or ".." in name.split("\\"):
        return Problem(
            "B210", f"the name {told} leads out of the bundle", file=file, fix='remove ".."'
        )
    if reason := _reason(name, parts):
        return Problem("B215", f"the name {told} {reason}", file=file, fix="rename the file")
    return None


def _reason(name: str, parts: list[str]) -> str:
    if not name.endswith(SUFFIXES):
        return "does not end in .yaml, .yml or .json"
    if len(name.encode()) > MOST_BYTES:
        return f"is longer than {MOST_BYTES} bytes"
    if any(not part or part.startswith(".") for part in parts):
        return "has a part that is empty or begins with a dot"
    if any(part.endswith((".", " ")) or _RESERVED.match(part) for part in parts):
        return "has a part that Windows cannot store"
    if not name.isprintable() or _FORBIDDEN & set(name):
        return "has a character that file systems do not take"
    return ""


def clashes(names: Iterable[str], file: str) -> Iterator[Problem]:
    """A problem for each name that some file system takes for an earlier one of *names*."""
    first: dict[str, str] = {}
    for name in names:
        # Two forms that one file system or another takes for the same.
        folded = canonical_name(canonical_name(name).casefold())
        other = first.get(folded)
        first.setdefault(folded, name)
        if other is None:
            continue
        if other == name:
            message = f"there are two files {quoted(name)}"
            yield Problem("B213", message, file=file, fix="remove one of the two")
        else:
            message = f"the names {quoted(other)} and {quoted(name)} are one name on some systems"
            yield Problem("B214", message, file=file, fix="rename one of the two")
