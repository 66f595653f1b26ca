"""Conversations from a file or from standard input: one in JSON, or one on each line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from amity.conversation import Conversation
from amity.errors import AmityError, BadConversation, Problem

__all__ = ["Entry", "Parsed", "Source", "parsed"]

_LINE_SUFFIXES = {".jsonl", ".ndjson"}
_WRAPPER_KEYS = {"conversation", "open", "title", "lookAt"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation as it was written: its bytes, the file, and its line (0 where it is the whole)."""

    raw: bytes
    file: str
    line: int = 0


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
        self._name = "standard input" if name == "-" else name
        self._path = None if name == "-" else Path(name)
        is_lines = self._path is not None and self._path.suffix.lower() in _LINE_SUFFIXES
        self._raw = b"" if is_lines else self._read()
        self.is_many = is_lines or _has_lines(self._raw)
        self.size = self._size() if is_lines else len(self._raw)

    def entries(self) -> Iterator[Entry]:
        """Each conversation in turn; a file named as lines is read as they are asked for."""
        if not self.is_many:
            yield Entry(self._raw, self._name)
            return
        for number, line in enumerate(self._lines(), start=1):
            if line.strip():
                yield Entry(line, self._name, number)

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
        problem = Problem("I101", reason, file=self._name, fix="check the name and the permissions")
        return AmityError("The input cannot be read.", [problem])


def _has_lines(raw: bytes) -> bool:
    first, _, rest = raw.removeprefix(b"\xef\xbb\xbf").strip().partition(b"\n")
    return bool(rest) and isinstance(_loaded(first), dict)


def _loaded(raw: bytes) -> Any:
    """The JSON in *raw*, or None; what is wrong with it is told by who reads conversations."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def parsed(entry: Entry) -> Parsed:
    """The conversation in *entry*, bare or in a wrapper; BadConversation says all that is wrong."""
    from amity.service.wire import conversation_from_json

    wrapper = _loaded(entry.raw)
    if not isinstance(wrapper, dict) or "conversation" not in wrapper:
        try:
            return Parsed(conversation_from_json(entry.raw, entry.file))
        except BadConversation as error:
            raise BadConversation(error.summary, _placed(entry, error.problems)) from error
    _check_wrapper(entry, wrapper)
    try:
        conversation = conversation_from_json(json.dumps(wrapper["conversation"]))
    except BadConversation as error:
        # Lines and columns inside the wrapper's content say nothing about the file.
        problems = [replace(p, file=entry.file, line=entry.line, column=0) for p in error.problems]
        raise BadConversation(error.summary, problems) from error
    return Parsed(
        conversation,
        is_open=wrapper.get("open", False),
        title=str(wrapper.get("title", "")),
        look_at=str(wrapper.get("lookAt", "")),
    )


def _placed(entry: Entry, problems: Iterable[Problem]) -> Iterator[Problem]:
    """*problems* with their lines counted in the file, not in the entry."""
    for problem in problems:
        yield replace(problem, line=entry.line or problem.line)


def _check_wrapper(entry: Entry, wrapper: dict[str, Any]) -> None:
    problems = [
        Problem(
            "I102",
            f'"{key}" is not known beside "conversation"',
            fix="put it inside, or leave it out",
        )
        for key in wrapper.keys() - _WRAPPER_KEYS
    ]
    if not isinstance(wrapper.get("open", False), bool):
        fix = "leave it out for a finished conversation"
        problems.append(Problem("I102", '"open" must be true or false', fix=fix))
    if problems:
        placed = [replace(problem, file=entry.file, line=entry.line) for problem in problems]
        raise BadConversation("What is around the conversation is not right.", placed)
