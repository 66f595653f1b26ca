"""A bundle file: the contents with a manifest and perhaps a signature, in one container."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from amity.bundles import tar
from amity.bundles.contents import BundleFile, Contents, canonical_name, canonical_text
from amity.bundles.manifest import Manifest, differences, listed
from amity.bundles.names import clashes, name_problem
from amity.errors import BadBundle, Problem

__all__ = ["Archive", "open_archive", "pack", "read_archive"]

MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
ROOT = "policies/"


@dataclass(frozen=True, slots=True)
class Archive:
    """What a bundle file holds. ``manifest_json`` is the manifest to the byte, which is signed."""

    contents: Contents
    manifest: Manifest
    manifest_json: bytes
    signature_json: bytes | None = None

    def to_bytes(self) -> bytes:
        """The bundle file; the same archive gives the same bytes anywhere."""
        return tar.write(self._members())

    def signed(self, signature_json: bytes) -> Archive:
        """The same archive with this signature instead of any other."""
        return replace(self, signature_json=signature_json)

    def _members(self) -> Iterator[tuple[str, bytes]]:
        yield MANIFEST, self.manifest_json
        if self.signature_json is not None:
            yield SIGNATURE, self.signature_json
        for file in self.contents.files:
            yield f"{ROOT}{file.name}", file.text.encode()


def pack(contents: Contents, name: str, version: str, created_by: str) -> Archive:
    """An archive of *contents*; without a *version* it has the first digits of the digest.

    Raises BadBundle where a name is one that some platform could not store.
    """
    where = contents.source
    names = [file.name for file in contents.files]
    problems = [problem for name in names if (problem := name_problem(name, where))]
    problems += clashes(names, where)
    if problems:
        raise BadBundle("No bundle can be made of these files.", problems)
    version = version or contents.digest.partition(":")[2][:12]
    files = tuple(listed(file) for file in contents.files)
    manifest = Manifest(name, version, created_by, contents.digest, files)
    return Archive(contents, manifest, manifest.to_json())


def open_archive(path: Path) -> Archive:
    """The archive in the file *path*. Raises BadBundle with everything that is wrong with it."""
    try:
        if not path.is_file():
            reason = "it does not exist" if not path.exists() else "it is not a regular file"
            raise _bad(
                path.name, "B201", f"the file cannot be read: {reason}", "name a bundle file"
            )
        with path.open("rb") as packed:
            return read_archive(packed, str(path))
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise _bad(path.name, "B201", message, "check its permissions") from error


def read_archive(packed: BinaryIO | bytes, where: str) -> Archive:
    """The archive in *packed*, called *where* in problems. Raises BadBundle."""
    stream = io.BytesIO(packed) if isinstance(packed, bytes) else packed
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > tar.MOST_PACKED_BYTES:
        message = f"the file is larger than {tar.MOST_PACKED_BYTES:,} bytes"
        raise _bad(where, "B205", message, "make several bundles")
    reader = _Reader(where)
    try:
        for entry in tar.entries(stream, where):
            reader.take(entry)
    except tar.UnreadableError as error:
        reader.problems.append(error.problem)
        raise reader.refusal() from error
    return reader.archive()


def _bad(where: str, code: str, message: str, fix: str) -> BadBundle:
    return BadBundle("The bundle cannot be used.", [Problem(code, message, file=where, fix=fix)])


class _Reader:
    """Gathers the entries of one file."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[Problem] = []
        self._names: list[str] = []
        self._files: list[BundleFile] = []
        self._own: dict[str, bytes] = {}

    def take(self, entry: tar.Entry) -> None:
        """Keep *entry*, or record what is wrong with it."""
        if entry.problem:
            self.problems.append(entry.problem)
            return
        self._names.append(entry.name)
        if entry.name in (MANIFEST, SIGNATURE):
            self._own[entry.name] = entry.data
            return
        if problem := name_problem(entry.name, self.where):
            self.problems.append(problem)
        elif not entry.name.startswith(ROOT):
            self._say("B215", f'the name "{entry.name}" is not below {ROOT}', "rename the file")
        else:
            self._file(entry)

    def _file(self, entry: tar.Entry) -> None:
        try:
            text = canonical_text(entry.data)
        except UnicodeDecodeError as error:
            message = f"{entry.name} is not UTF-8: byte {error.start} cannot be read"
            self._say("Y101", message, "save it as UTF-8")
        else:
            self._files.append(BundleFile(canonical_name(entry.name.removeprefix(ROOT)), text))

    def archive(self) -> Archive:
        """What was read. Raises BadBundle if something was wrong."""
        self.problems += clashes(self._names, self.where)
        manifest = self._manifest()
        contents = Contents(tuple(self._files), self.where)
        if manifest and not self.problems:
            self.problems += differences(manifest, contents.files, self.where)
        if manifest and not self.problems and manifest.digest != contents.digest:
            self._say("B221", "the manifest's digest is not that of the files")
        if self.problems or manifest is None:
            raise self.refusal()
        return Archive(contents, manifest, self._own[MANIFEST], self._own.get(SIGNATURE))

    def _manifest(self) -> Manifest | None:
        raw = self._own.get(MANIFEST)
        if raw is None:
            self._say("B216", f"there is no {MANIFEST}", "make the bundle with `amity bundle`")
            return None
        try:
            return Manifest.from_json(raw)
        except (ValueError, RecursionError) as error:
            reason = str(error) if type(error) is ValueError else "it is not JSON"
            self._say("B217", f"the manifest cannot be read: {reason}")
            return None

    def refusal(self) -> BadBundle:
        """The error with all problems."""
        return BadBundle("The bundle cannot be used.", self.problems)

    def _say(
        self, code: str, message: str, fix: str = "get the file again from where it came"
    ) -> None:
        self.problems.append(Problem(code, message, file=self.where, fix=fix))
