"""Anchors: heads of a log, signed and kept where whoever can change the database cannot.

A log that was cut off, or written anew from one end to the other, is a good chain in itself; only a
head that was told to somebody else before shows that it is not the same log.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, Protocol, TextIO
from urllib.parse import urlsplit

from amity.bundles.keys import PrivateKey, PublicKey
from amity.errors import AmityError, Problem
from amity.log.canonical import canonical, parsed
from amity.log.chain import Head

__all__ = [
    "Anchor",
    "Anchorer",
    "BadAnchor",
    "FileSink",
    "Sink",
    "StreamSink",
    "WebhookSink",
    "anchor_flaws",
    "read_anchors",
    "signed_anchor",
]

FORMAT = "amity-head/1"
TAKEN, NOT_TAKEN = 200, 300


class BadAnchor(AmityError):
    """A file of anchors cannot be used, or a signature is not that of a trusted key."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """That the log *log_id* had *head* at *at*, by the word of whoever has the key ``key_id``."""

    log_id: str
    head: Head
    at: datetime
    key_id: str = ""
    value: bytes = b""

    def message(self) -> bytes:
        """What the signature is over."""
        return canonical(self._content())

    def to_json(self) -> str:
        """The anchor as one line."""
        return canonical(self.fields()).decode()

    def fields(self) -> dict[str, Any]:
        """The anchor as named values, as a line of a server's own log has them."""
        return {**self._content(), "value": base64.b64encode(self.value).decode()}

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "log": self.log_id,
            "batch": self.head.number,
            "lastSeq": self.head.seq,
            "head": self.head.digest.hex(),
            "at": self.at.isoformat(),
            "keyId": self.key_id,
        }

    @classmethod
    def from_json(cls, line: str | bytes) -> Anchor:
        """The anchor in *line*. Raises ValueError if there is none."""
        try:
            content = parsed(line if isinstance(line, bytes) else line.encode())
            if content["format"] != FORMAT:
                raise ValueError(f"its format is not {FORMAT}")
            digest = bytes.fromhex(content["head"])
            return cls(
                str(content["log"]),
                Head(int(content["batch"]), int(content["lastSeq"]), digest),
                datetime.fromisoformat(content["at"]),
                str(content["keyId"]),
                base64.b64decode(content["value"], validate=True),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("it is not an anchor of Amity") from error


def signed_anchor(log_id: str, head: Head, key: PrivateKey, at: datetime) -> Anchor:
    """The anchor of *head*, signed with *key*."""
    terms = Anchor(log_id, head, at, key.id)
    return Anchor(log_id, head, at, key.id, key.sign(terms.message()))


def read_anchors(path: Path, trusted: Mapping[str, PublicKey] | None = None) -> list[Anchor]:
    """The anchors in the file *path*, one a line; lines of other logs of a server are passed over.

    With *trusted*, each must be signed with one of these keys. Raises BadAnchor with every line
    that is not right.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        message = f"the anchors cannot be read: {error.strerror}"
        raise _bad([Problem("G241", message, file=str(path))]) from error
    problems: list[Problem] = []
    found: list[Anchor] = []
    for number, line in enumerate(lines, start=1):
        if FORMAT not in line:
            continue
        try:
            anchor = Anchor.from_json(line)
        except ValueError as error:
            problems.append(
                Problem("G242", f"the anchor cannot be read: {error}", str(path), number)
            )
            continue
        if trusted is not None and (problem := _untrusted(anchor, trusted, path, number)):
            problems.append(problem)
        found.append(anchor)
    if not found and not problems:
        problems.append(Problem("G243", "there is no anchor in the file", str(path)))
    if problems:
        raise _bad(problems)
    return found


def _untrusted(
    anchor: Anchor, trusted: Mapping[str, PublicKey], path: Path, line: int
) -> Problem | None:
    key = trusted.get(anchor.key_id)
    if key is None:
        message = f"the anchor is signed with the key {anchor.key_id!a:.40}, which is not trusted"
        return Problem("G244", message, str(path), line, fix="trust the key, or find who wrote it")
    if not key.verifies(anchor.value, anchor.message()):
        message = f"the signature of {key.name} ({key.id}) is not over this anchor"
        return Problem("G245", message, str(path), line, fix="get the file again from its place")
    return None


def _bad(problems: Sequence[Problem]) -> BadAnchor:
    return BadAnchor("The anchors are not good.", problems)


def anchor_flaws(
    anchors: Sequence[Anchor], log_id: str, heads: Mapping[int, Head], last: Head
) -> Iterator[tuple[str, int, str]]:
    """Where the log is not what *anchors* say: code, record and words.

    *heads* are the log's own, by the number of the batch, for each number that an anchor names.
    """
    for anchor in anchors:
        said = anchor.head
        when = f"{anchor.at:%Y-%m-%d %H:%M:%S} {anchor.at.tzname() or ''}".rstrip()
        if anchor.log_id != log_id:
            yield "G233", 0, f"the anchor of {when} is of the log {anchor.log_id}, not of {log_id}"
        elif said.number > last.number:
            message = (
                f"the log ends with record {last.seq}, and had record {said.seq} on {when}: "
                "its end was cut off"
            )
            yield "G231", last.seq + 1, message
        elif said.number in heads and heads[said.number] != said:
            message = (
                f"batch {said.number} is not the one anchored on {when}: the log was rewritten"
            )
            yield "G230", heads[said.number].seq, message


class Sink(Protocol):
    """Somewhere outside the database where anchors go."""

    def __call__(self, anchor: Anchor) -> None:
        """Keep *anchor*. What it raises is told, and the next anchor is tried all the same."""


@dataclass(frozen=True, slots=True)
class FileSink:
    """Adds a line for each anchor to a file, best on a disk that the database's owner cannot write."""

    path: Path

    def __call__(self, anchor: Anchor) -> None:
        """Add *anchor*, and see it on the disk."""
        with self.path.open("ab") as file:
            file.write(f"{anchor.to_json()}\n".encode())
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class StreamSink:
    """Writes a line for each anchor, such as to standard output, for whatever gathers the lines."""

    stream: TextIO

    def __call__(self, anchor: Anchor) -> None:
        """Write *anchor*."""
        self.stream.write(f"{anchor.to_json()}\n")
        self.stream.flush()


@dataclass(frozen=True, slots=True)
class WebhookSink:
    """Posts each anchor to an address that the operator chose; redirects are not followed."""

    url: str
    timeout_s: float = 10.0

    def __call__(self, anchor: Anchor) -> None:
        """Post *anchor*; OSError unless it is taken."""
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.netloc, timeout=self.timeout_s)
        path = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, anchor.to_json().encode(), headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        if not TAKEN <= status < NOT_TAKEN:
            raise OSError(f"it was answered with {status}")


@dataclass(slots=True)
class Anchorer:
    """Signs the log's head every *every_s* seconds if it has moved, and once more when closed."""

    log: Headed
    key: PrivateKey
    sinks: Sequence[Sink]
    every_s: float = 60.0
    notice: Callable[[Problem], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _told: Head | None = None

    def start(self) -> Anchorer:
        """Begin; the anchors are written by a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="amity-log-anchors", daemon=True)
        self._thread.start()
        return self

    def anchor(self) -> Anchor | None:
        """Anchor the head now; None if there is nothing new since the last time."""
        head = self.log.head
        if head == self._told or head.number == 0:
            return None
        anchor = signed_anchor(self.log.log_id, head, self.key, self.clock())
        is_kept = [self._kept(sink, anchor) for sink in self.sinks]
        if all(is_kept):
            self._told = head
        return anchor

    def close(self) -> None:
        """Anchor what is new, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.anchor()

    def _run(self) -> None:
        while not self._stop.wait(self.every_s):
            self.anchor()

    def _kept(self, sink: Sink, anchor: Anchor) -> bool:
        try:
            sink(anchor)
        except Exception as error:  # noqa: BLE001 - a place that fails must not end the others
            message = f"an anchor could not be written ({type(error).__name__}: {error})"
            self.notice(Problem("G240", message, fix="see to where anchors go; it is tried again"))
            return False
        return True


class Headed(Protocol):
    """Something with a head to anchor."""

    log_id: str

    @property
    def head(self) -> Head:
        """Where it ends."""
