"""Where a server's policies come from, and whether something has changed there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Protocol

from amity.bundles.access import OPEN, Access
from amity.bundles.address import check_address, get, is_address
from amity.bundles.archive import Archive, open_archive, pack, read_archive
from amity.bundles.contents import Contents
from amity.bundles.folder import fingerprint, read_folder
from amity.bundles.keys import load_trusted
from amity.bundles.signature import verify
from amity.errors import BadBundle, Problem
from amity.source import Problems
from amity.versions import amity_version

__all__ = [
    "Fetched",
    "Source",
    "SourceKind",
    "Trust",
    "fetched_again",
    "plugin_source",
    "source_of",
]


class SourceKind(Enum):
    """What a source is."""

    FOLDER = "folder"
    FILE = "file"
    ADDRESS = "address"
    PLUGIN = "plugin"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signature a source needs: that of a key in ``keys``, a .pub file or a folder of them."""

    keys: Path

    def check(self, archive: Archive, where: str) -> str:
        """Name the key that signed *archive*. Raises BadBundle if it is not one to trust now."""
        _, key = verify(archive, load_trusted(self.keys), datetime.now(UTC), where)
        return f"{key.name} ({key.id})"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source gave: the contents, the bundle file if it was one, and who signed it."""

    contents: Contents
    packed: bytes = b""
    signed_by: str = ""

    def to_bytes(self) -> bytes:
        """A bundle file of the contents: the one that came, or a new one. Raises BadBundle."""
        if self.packed:
            return self.packed
        name = Path(self.contents.source).name or "policies"
        return pack(self.contents, name, "", f"amity {amity_version()}").to_bytes()


class Source(Protocol):
    """Gives contents again and again. Its methods block, and one thread at a time calls them."""

    @property
    def name(self) -> str:
        """The folder, file or address."""

    @property
    def kind(self) -> SourceKind:
        """What it is."""

    def mark(self) -> object:
        """Something that is equal as long as nothing seems to have changed; None if only a fetch tells."""

    def fetch(self) -> Fetched:
        """What is there now. Raises BadBundle with everything that keeps it from being read."""


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    kind: SourceKind = SourceKind.FOLDER
    trust: Trust | None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def mark(self) -> object:
        return fingerprint(self.path)

    def fetch(self) -> Fetched:
        if self.trust:
            fix = "pack it with `amity bundle`, sign it with `amity sign`, and name the file"
            problem = Problem("S212", "a folder cannot be signed", file=self.name, fix=fix)
            raise BadBundle("The policies must be signed.", [problem])
        problems = Problems()
        contents = read_folder(self.path, problems)
        if problems:
            raise BadBundle(f"The policies in {self.name} cannot be read.", problems)
        return Fetched(contents)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    trust: Trust | None = None
    kind: SourceKind = SourceKind.FILE

    @property
    def name(self) -> str:
        return str(self.path)

    def mark(self) -> object:
        try:
            seen = self.path.stat()
        except OSError as error:
            return error.errno
        return seen.st_mtime_ns, seen.st_size, seen.st_ino

    def fetch(self) -> Fetched:
        archive = open_archive(self.path)
        return _fetched(archive, self.name, self.trust)


@dataclass(slots=True)
class _Address:
    name: str
    timeout_s: float
    trust: Trust | None = None
    access: Access = OPEN
    kind: SourceKind = SourceKind.ADDRESS
    _etag: str = ""
    _last: Archive | None = None

    def mark(self) -> object:
        return None

    def fetch(self) -> Fetched:
        answer = get(self.name, self._etag if self._last else "", self.timeout_s, self.access)
        if answer is not None:
            # The tag counts only once its bytes could be read.
            self._last, self._etag = None, ""
            self._last = read_archive(answer.data, self.name)
            self._etag = answer.etag
        if self._last is None:
            raise BadBundle("The policies cannot be had.", [_nothing(self.name)])
        return _fetched(self._last, self.name, self.trust)


def _nothing(name: str) -> Problem:
    message = "it says that nothing has changed, and has never given anything"
    return Problem("B233", message, file=name, fix="check the address and its server")


def _fetched(archive: Archive, name: str, trust: Trust | None) -> Fetched:
    signed_by = trust.check(archive, name) if trust else ""
    return Fetched(archive.contents, archive.to_bytes(), signed_by)


def source_of(
    name: str, trust: Trust | None = None, timeout_s: float = 10.0, access: Access = OPEN
) -> Source:
    """The source that *name* means: an address, which *access* opens, a bundle file, or else a folder.

    Raises BadBundle for an address at which there can be no bundle.
    """
    if is_address(name):
        check_address(name)
        return _Address(name, timeout_s, trust, access)
    path = Path(name)
    if path.is_file() or (not path.is_dir() and path.name.endswith((".tar.gz", ".tgz"))):
        return _File(path, trust)
    return _Folder(path, trust=trust)


def plugin_source(folder: Path) -> Source:
    """A folder that a plugin brings: installed with the plugin's code, it is trusted like that."""
    return _Folder(folder, SourceKind.PLUGIN)


def fetched_again(
    packed: Iterable[bytes], names: Sequence[str], trust: Trust | None
) -> list[Fetched]:
    """What bundle files that were kept hold. Raises BadBundle."""
    return [
        _fetched(read_archive(data, name), name, trust)
        for data, name in zip(packed, names, strict=True)
    ]
