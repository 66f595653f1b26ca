"""The manifest of a bundle file: what it holds, and by which Amity it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from amity.bundles.contents import BundleFile
from amity.errors import Problem
from amity.problems import quoted

__all__ = ["FORMAT", "Listed", "Manifest", "differences", "listed"]

FORMAT = "amity-bundle/1"
MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the manifest lists it: canonical name, size in bytes and hash of the text."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Name and version are the maker's words; ``digest`` is that of the files."""

    name: str
    version: str
    created_by: str
    digest: str
    files: tuple[Listed, ...]

    def to_json(self) -> bytes:
        """The manifest as it stands in a bundle file."""
        content = {"format": FORMAT, **asdict(self)}
        return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_json(cls, raw: bytes) -> Manifest:
        """The manifest in *raw*. Raises ValueError that says what is wrong with it."""
        content = _object(json.loads(raw.decode()), "the manifest", 6)
        if content.get("format") != FORMAT:
            raise ValueError(f"its format is {quoted(str(content.get('format')))}, not {FORMAT}")
        files = content.get("files")
        if not isinstance(files, list):
            raise ValueError('"files" is not a list')  # noqa: TRY004 - bad bytes, not a bad type of ours
        return cls(
            name=_text(content, "name"),
            version=_text(content, "version"),
            created_by=_text(content, "created_by"),
            digest=_text(content, "digest"),
            files=tuple(_listed(member) for member in files),
        )


def listed(file: BundleFile) -> Listed:
    """*file* for a manifest."""
    raw = file.text.encode()
    return Listed(file.name, len(raw), hashlib.sha256(raw).hexdigest())


def differences(manifest: Manifest, files: Iterable[BundleFile], where: str) -> Iterator[Problem]:
    """Every way in which *files* are not those that *manifest* lists."""
    promised = {member.name: member for member in manifest.files}
    found = {file.name: listed(file) for file in files}
    fix = "get the file again from where it came"
    for name in sorted(promised.keys() | found.keys()):
        if name not in found:
            yield Problem("B218", f"{quoted(name)} is missing", file=where, fix=fix)
        elif name not in promised:
            message = f"{quoted(name)} is not in the manifest"
            yield Problem("B219", message, file=where, fix=fix)
        elif promised[name] != found[name]:
            message = f"{quoted(name)} is not the file that the manifest lists"
            yield Problem("B220", message, file=where, fix=fix)


def _object(value: object, what: str, most: int) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")  # noqa: TRY004
    if len(value) > most:
        raise ValueError(f"{what} has fields that are not known")
    return value


def _text(content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value or len(value) > MOST_CHARACTERS:
        raise ValueError(f'"{key}" is not a text of 1 to {MOST_CHARACTERS} characters')
    if not value.isprintable():
        raise ValueError(f'"{key}" has characters that do not print')
    return value


def _listed(value: object) -> Listed:
    member = _object(value, 'a member of "files"', 3)
    size = member.get("size")
    if not isinstance(size, int) or isinstance(size, bool):
        raise ValueError('"size" is not a number')  # noqa: TRY004
    return Listed(_text(member, "name"), size, _text(member, "sha256"))
