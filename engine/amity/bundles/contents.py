"""What a bundle holds: named texts, and one digest over them.

The digest is the same whatever the order of the files, their line ends, a byte order mark, how a
file system composes the letters of names, and whether they came from a folder or a bundle file.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

__all__ = ["BundleFile", "Contents", "canonical_name", "canonical_text", "digest_of"]


@dataclass(frozen=True, slots=True, order=True)
class BundleFile:
    """A file of a bundle: its canonical name, below the bundle's root, and its canonical text."""

    name: str
    text: str


@dataclass(frozen=True)
class Contents:
    """All files of one source in canonical order, and where they came from."""

    files: tuple[BundleFile, ...]
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", tuple(sorted(self.files)))

    @cached_property
    def digest(self) -> str:
        """The digest over names and texts."""
        return digest_of(self.files)


def digest_of(files: Iterable[BundleFile]) -> str:
    """The digest ("sha256:" and 64 hex digits) over the names and texts of *files*."""
    found = hashlib.sha256()
    for file in sorted(files):
        for part in (file.name, file.text):
            raw = part.encode()
            found.update(len(raw).to_bytes(8, "big") + raw)
    return f"sha256:{found.hexdigest()}"


def canonical_name(name: str) -> str:
    r"""*name* with its letters composed, as most systems have them (NFC).

    >>> canonical_name("caf\u0065\u0301.yaml") == "caf\u00e9.yaml"
    True
    """
    return unicodedata.normalize("NFC", name)


def canonical_text(raw: bytes) -> str:
    r"""The text of a file without byte order mark and with plain line ends.

    Raises UnicodeDecodeError where it is not UTF-8.

    >>> canonical_text(b"\xef\xbb\xbfa: 1\r\nb: 2\r")
    'a: 1\nb: 2\n'
    """
    return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
