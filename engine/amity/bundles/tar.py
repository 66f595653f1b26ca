"""Reading and writing the container: plain ustar in gzip, as `tar czf` makes it, and nothing more.

The standard library's readers follow links, trust sizes and accept many dialects; two programs may
then see different files in one archive. This one takes regular files of the oldest dialect only,
a little at a time, and counts what it has unpacked.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from amity.errors import Problem
from amity.problems import quoted
from amity.source import MAX_BYTES

__all__ = ["MOST_PACKED_BYTES", "Entry", "UnreadableError", "entries", "write"]

MOST_PACKED_BYTES = 32_000_000
MOST_FILES = 2_000
MOST_BYTES = 64_000_000
BLOCK = 512
CHUNK = 65_536
FIRST_BIT = 0x80
MAGIC = b"\x1f\x8b"
_KINDS = {b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device"}
_OTHER_KINDS = {b"5": "a folder", b"6": "a pipe", b"x": "an extended header", b"L": "a long name"}


class UnreadableError(Exception):
    """The container cannot be read on; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of the container, or what is wrong with another kind of entry."""

    name: str
    data: bytes = b""
    problem: Problem | None = None


class _Unpacked:
    """The bytes of a gzip stream, in order, up to a limit."""

    def __init__(self, packed: BinaryIO, file: str) -> None:
        self._packed, self._file = packed, file
        self._gzip = zlib.decompressobj(wbits=31)
        self._buffer = bytearray()
        self._seen, self._begun = 0, False

    def take(self, count: int) -> bytes:
        """The next *count* bytes."""
        while len(self._buffer) < count:
            self._more()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def finish(self) -> None:
        """Read to the end, which only padding may come before, so that the checksum is looked at."""
        while not self._gzip.eof:
            self._more()
            if any(self._buffer):
                raise self._error("B222", "something follows the last file")
            self._buffer.clear()
        if any(self._buffer) or self._gzip.unused_data or self._packed.read(1):
            raise self._error("B222", "something follows the end of the bundle")

    def _more(self) -> None:
        if self._gzip.eof:
            raise self._error("B203", "the file ends too early")
        chunk = self._gzip.unconsumed_tail or self._packed.read(CHUNK)
        if not self._begun and chunk and not MAGIC.startswith(chunk[:2]):
            fix = "make it with `amity bundle`"
            raise self._error("B202", "the file is not a bundle: it is not gzip", fix)
        self._begun = True
        try:
            made = self._gzip.decompress(chunk, CHUNK)
        except zlib.error as error:
            raise self._error("B204", "the file is damaged") from error
        if not chunk and not made and not self._gzip.eof:
            raise self._error("B203", "the file ends too early")
        self._seen += len(made)
        if self._seen > MOST_BYTES + MOST_FILES * 2 * BLOCK:
            message = f"the files are larger than {MOST_BYTES:,} bytes together"
            raise self._error("B206", message, "make several bundles")
        self._buffer += made

    def _error(
        self, code: str, message: str, fix: str = "get the file again from where it came"
    ) -> UnreadableError:
        return UnreadableError(Problem(code, message, file=self._file, fix=fix))


def entries(packed: BinaryIO, file: str) -> Iterator[Entry]:
    """Each entry in order; *file* is the name to use in problems. Raises UnreadableError."""
    unpacked = _Unpacked(packed, file)
    for _ in range(MOST_FILES + 1):
        header = unpacked.take(BLOCK)
        if not any(header):
            unpacked.finish()
            return
        name, size, kind = _header(header, file)
        if kind not in (b"0", b"\0"):
            yield Entry(name, problem=_kind_problem(name, kind, file))
            unpacked.take(-(-size // BLOCK) * BLOCK) if size <= MAX_BYTES else _too_large(
                name, file
            )
            continue
        if size > MAX_BYTES:
            _too_large(name, file)
        data = unpacked.take(-(-size // BLOCK) * BLOCK)
        yield Entry(name, data[:size])
    message = f"there are more than {MOST_FILES:,} files"
    raise UnreadableError(Problem("B208", message, file=file, fix="make several bundles"))


def _too_large(name: str, file: str) -> None:
    message = f"{quoted(name)} is larger than {MAX_BYTES:,} bytes"
    raise UnreadableError(Problem("B207", message, file=file, fix="split it into several files"))


def _header(header: bytes, file: str) -> tuple[str, int, bytes]:
    """The name, the size and the kind of the entry that *header* begins."""
    try:
        is_whole = _octal(header[148:156]) == sum(header[:148] + b" " * 8 + header[156:])
        # Sizes from 8 GB on are written in another base, marked by the first bit.
        size = _octal(header[124:136]) if header[124] < FIRST_BIT else MOST_BYTES
        name = b"/".join(filter(None, map(_text, (header[345:500], header[:100])))).decode()
    except ValueError:
        is_whole, name, size = False, "", 0
    if is_whole:
        return name, size, header[156:157]
    fix = "get the file again, or make it with `amity bundle`"
    problem = Problem(
        "B202", "the file is not a bundle: it is not a tar archive", file=file, fix=fix
    )
    if header[257:262] == b"ustar":
        problem = Problem("B204", "an entry of the file is damaged", file=file, fix=fix)
    raise UnreadableError(problem)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _octal(field: bytes) -> int:
    return int(_text(field).strip() or b"0", 8)


def _kind_problem(name: str, kind: bytes, file: str) -> Problem:
    what = _KINDS.get(kind) or _OTHER_KINDS.get(kind) or "not a regular file"
    code = "B211" if kind in (b"1", b"2") else "B212"
    fix = "make the bundle with `amity bundle`, which packs regular files only"
    return Problem(code, f"the entry {quoted(name)} is {what}", file=file, fix=fix)


def write(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The container with *files* in this order; the same files give the same bytes anywhere."""
    into = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=into, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    return into.getvalue()
