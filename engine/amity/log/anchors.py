"""Anchors: heads of a log, signed and kept where whoever can change the database cannot.

A log that was cut off, or written anew from one end to the other, is a good chain in itself; only a
head that was told to somebody else before shows that it is not the same log.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from amity.bundles.keys import PrivateKey, PublicKey
from amity.errors import AmityError, Problem
from amity.log.canonical import canonical, parsed
from amity.log.chain import Head

__all__ = [
    "Anchor",
    "BadAnchor",
    "anchor_flaws",
    "read_anchors",
    "signed_anchor",
]

FORMAT = "amity-head/1"


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
