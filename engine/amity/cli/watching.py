"""Waiting until files change, without help from the operating system: folders are looked at."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

__all__ = ["changes"]

_LOOK_S = 0.3
_SETTLED_S = 0.2

Look = dict[str, tuple[int, int, int]]


def changes(
    paths: Sequence[Path],
    ignored: Path | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[None]:
    """Once at first, and again each time that a file below *paths* has changed and then rested.

    What changes while the caller is busy is noticed afterwards; *ignored* is a file that the caller
    itself writes.
    """

    def look() -> Look:
        return {path: state for path, state in _files(paths).items() if path != written}

    written = str(ignored.resolve()) if ignored else ""
    seen = look()
    yield
    while True:
        sleep(_LOOK_S)
        now = look()
        if now == seen:
            continue
        while True:
            sleep(_SETTLED_S)
            later = look()
            if later == now:
                break
            now = later
        seen = now
        yield


def _files(paths: Sequence[Path]) -> Look:
    """Every file below *paths*, hidden ones left out, with what changes when it is written."""
    found: Look = {}
    for path in paths:
        whole = str(path.resolve())
        _add(whole, found)
        for parent, folders, names in os.walk(whole):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if not name.startswith("."):
                    _add(f"{parent}{os.sep}{name}", found)
    return found


def _add(path: str, found: Look) -> None:
    try:
        state = os.stat(path)  # noqa: PTH116 - many of them, several times a second
    except OSError:
        return
    if stat.S_ISREG(state.st_mode):
        found[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
