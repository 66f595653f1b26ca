"""Keeps compiled cues in a cache folder, so that the next start need not compile and check them."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from amity.cache import cache_folder
from amity.cues.frozen import freeze, thaw
from amity.cues.matcher import CueMatcher
from amity.signals import Catalogue

__all__ = ["CompiledCues", "KeptCues", "key_of"]

FOLDER = "cues"
SUFFIX = ".compiled"
MOST_FILES = 8
MOST_BYTES = 64_000_000
_DEPENDS_ON = ("amity-engine", "google-re2", "lemminflect")
_CODE = ("cues/*.py", "conversation.py", "fields.py", "signals.py", "source.py", "policy/load.py")


class CompiledCues(NamedTuple):
    """A matcher, and of how many phrasings it was made."""

    matcher: CueMatcher
    phrasings: int


class KeptCues:
    """Compiled cues whose examples were good, in files of *folder*; with None, none.

    A file that is missing, damaged, somebody else's or cannot be written means only that the cues
    are compiled again.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder / FOLDER if folder else None

    @classmethod
    def default(cls) -> KeptCues:
        """Those in the user's cache folder."""
        return cls(cache_folder())

    def get(self, key: str) -> CompiledCues | None:
        """What was kept under *key*, or None."""
        if self._folder is None:
            return None
        with suppress(OSError, ValueError):
            path = self._folder / f"{key}{SUFFIX}"
            return _read(path.read_bytes()) if _is_ours(path) else None
        return None

    def put(self, key: str, cues: CompiledCues) -> None:
        """Keep *cues* under *key*; the files that were made longest ago go."""
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._folder / f"{key}{SUFFIX}"
            new = path.with_suffix(f".{os.getpid()}")
            new.write_bytes(_written(cues))
            new.chmod(0o600)
            new.replace(path)
            self._prune()

    def _prune(self) -> None:
        assert self._folder is not None  # noqa: S101 - only called where there is one
        files = sorted(self._folder.glob("*.*"), key=lambda path: path.stat().st_mtime)
        for path in files[:-MOST_FILES]:
            path.unlink(missing_ok=True)


def key_of(texts: Iterable[tuple[str, str]], catalogue: Catalogue) -> str:
    """Names what the cue files in *texts* (name and text) compile to, by the code of today."""
    found = hashlib.sha256(_code().encode())
    for part in (*(part for pair in texts for part in pair), "", *catalogue.names()):
        raw = part.encode()
        found.update(len(raw).to_bytes(8, "big") + raw)
    return found.hexdigest()


def _written(cues: CompiledCues) -> bytes:
    body = freeze(cues.matcher)
    return f"{cues.phrasings} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def _read(data: bytes) -> CompiledCues:
    head, _, body = data.partition(b"\n")
    count, _, digest = head.decode("ascii").partition(" ")
    if hashlib.sha256(body).hexdigest() != digest:
        raise ValueError("the file is damaged")
    return CompiledCues(thaw(body), int(count))


def _is_ours(path: Path) -> bool:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
        return False
    if not hasattr(os, "getuid"):
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@cache
def _code() -> str:
    """Whatever compiled cues depend on besides the bundle: versions, and our own code.

    The code itself counts, because in a checkout it changes while the version does not.
    """
    found = hashlib.sha256(sys.version.encode())
    for name in _DEPENDS_ON:
        try:
            found.update(f"{name} {version(name)}\n".encode())
        except PackageNotFoundError:
            found.update(f"{name} is not installed\n".encode())
    root = Path(__file__).parents[1]
    for path in sorted(path for pattern in _CODE for path in root.glob(pattern)):
        with suppress(OSError):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
