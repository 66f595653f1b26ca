"""Conversations from a file or from standard input: one in JSON, or one on each line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from amity.conversation import Conversation
from amity.errors import AmityError, BadConversation, Problem

__all__ = ["Entry", "Parsed", "Source", "parsed"]

_LINE_SUFFIXES = {".jsonl", ".ndjson"}
_WRAPPER_KEYS = {"conversation", "open", "title", "lookAt"}
_FIX = 'write one conversation: {"id": …, "participants": […], "turns": […]}'


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation as it was written: its bytes, and where it stands (file and line)."""

    raw: bytes
    where: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A conversation, and what the wrapper around it says, if there is one."""

    conversation: Conversation
    is_open: bool = False
    title: str = ""
    look_at: str = ""


class Source:
    """What FILE names: a file, or standard input for ``-``.

    ``is_many`` says whether it holds a conversation on each line: by the file's name, or because
    its first line is a whole JSON object with more to follow. ``size`` is in bytes.
    """

    def __init__(self, name: str) -> None:
        self._where = "standard input" if name == "-" else name
        self._path = None if name == "-" else Path(name)
        is_lines = self._path is not None and self._path.suffix.lower() in _LINE_SUFFIXES
        self._raw = b"" if is_lines else self._read().removeprefix(b"\xef\xbb\xbf")
        self.is_many = is_lines or _has_lines(self._raw)
        self.size = self._size() if is_lines else len(self._raw)

    def entries(self) -> Iterator[Entry]:
        """Each conversation in turn; a file named as lines is read as they are asked for."""
        if not self.is_many:
            yield Entry(self._raw, self._where)
            return
        for number, line in enumerate(self._lines(), start=1):
            if line.strip():
                yield Entry(line, f"{self._where}:{number}")

    def _lines(self) -> Iterable[bytes]:
        if self._raw or self._path is None:
            return self._raw.split(b"\n")
        return self._stream(self._path)

    def _stream(self, path: Path) -> Iterator[bytes]:
        try:
            with path.open("rb") as stream:
                yield from stream
        except OSError as error:
            raise self._unreadable(error) from error

    def _read(self) -> bytes:
        try:
            return sys.stdin.buffer.read() if self._path is None else self._path.read_bytes()
        except OSError as error:
            raise self._unreadable(error) from error

    def _size(self) -> int:
        try:
            return 0 if self._path is None else self._path.stat().st_size
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> AmityError:
        reason = (error.strerror or "unknown reason").lower()
        problem = Problem("I101", reason, file=self._where, fix="check the name and the permissions")
        return AmityError("The input cannot be read.", [problem])


def _has_lines(raw: bytes) -> bool:
    lines = raw.strip().split(b"\n", 1)
    if len(lines) == 1:
        return False
    try:
        return isinstance(json.loads(lines[0]), dict)
    except (ValueError, RecursionError):
        return False


def parsed(entry: Entry) -> Parsed:
    """The conversation in *entry*, bare or in a wrapper; BadConversation says all that is wrong."""
    from amity.service.wire import conversation_from_json

    text = _text(entry)
    value = _json(text, entry)
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a single value"
        raise _bad(entry, f"this is {kind}, not a conversation", _FIX)
    if "conversation" not in value:
        return Parsed(conversation_from_json(text, entry.where))
    strangers = ", ".join(f'"{key}"' for key in value if key not in _WRAPPER_KEYS)
    if strangers:
        raise _bad(entry, f'{strangers} beside "conversation" is not known', "put it inside, or leave it out")
    if not isinstance(value.get("open", False), bool):
        raise _bad(entry, '"open" must be true or false', "leave it out for a finished conversation")
    return Parsed(
        conversation_from_json(json.dumps(value["conversation"]), entry.where),
        is_open=value.get("open", False),
        title=str(value.get("title", "")),
        look_at=str(value.get("lookAt", "")),
    )


def _text(entry: Entry) -> str:
    try:
        text = entry.raw.decode()
    except UnicodeDecodeError as error:
        message = f"this is not UTF-8: byte {error.start} cannot be read"
        raise _bad(entry, message, "save it as UTF-8") from error
    if not text.strip():
        raise _bad(entry, "there is nothing here", _FIX)
    return text


def _json(text: str, entry: Entry) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"{error.msg[:1].lower()}{error.msg[1:]} at line {error.lineno}, column {error.colno}"
        fix = "check the commas and quotation marks around there"
        raise _bad(entry, f"this is not JSON: {reason}", fix) from error
    except (ValueError, RecursionError) as error:
        raise _bad(entry, "this JSON has a number too long or is nested too deeply", _FIX) from error


def _bad(entry: Entry, message: str, fix: str) -> BadConversation:
    problem = Problem("I102", message, file=entry.where, fix=fix)
    return BadConversation("The conversation cannot be read.", [problem])
