"""Where in a JSON text a field stands, so that a problem can name its line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

__all__ = ["place"]

_SPACE = " \t\n\r"
_STEP = re.compile(r'\[(?P<index>[0-9]+)\]|\[(?P<key>"(?:[^"\\]|\\.)*")\]|(?P<name>[^.\[\]]+)')


def place(text: str, path: str) -> tuple[int, int]:
    """Line and column, from 1, of the field at *path* or of the nearest field above it.

    *text* must be JSON. Names in *path* match both spellings of a field.

    >>> place('{"turns": [{"sentAt": 1}]}', "turns[0].sent_at")
    (1, 13)
    """
    at = _skip(text, 0)
    value = at
    for step in _steps(path):
        found = _member(text, value, step) if isinstance(step, str) else _item(text, value, step)
        if found is None:
            break
        at, value = found
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _steps(path: str) -> Iterator[str | int]:
    for match in _STEP.finditer(path):
        if match["index"]:
            yield int(match["index"])
        else:
            yield json.loads(match["key"]) if match["key"] else match["name"]


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _value(text: str, at: int) -> tuple[object, int]:
    value, end = json.JSONDecoder().raw_decode(text, at)
    return value, _skip(text, end)


def _member(text: str, at: int, name: str) -> tuple[int, int] | None:
    """Where the member's name and its value begin, or None if there is no such member."""
    if text[at : at + 1] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, colon = _value(text, at)
        value = _skip(text, colon + 1)
        if key in (name, _camel(name)):
            return at, value
        at = _value(text, value)[1]
        at = _skip(text, at + 1) if text[at] == "," else at
    return None


def _item(text: str, at: int, index: int) -> tuple[int, int] | None:
    if text[at : at + 1] != "[":
        return None
    at = _skip(text, at + 1)
    while text[at] != "]":
        if not index:
            return at, at
        index -= 1
        at = _value(text, at)[1]
        at = _skip(text, at + 1) if text[at] == "," else at
    return None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
