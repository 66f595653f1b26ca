"""JSON with positions: the same nodes that YAML files give, so that problems have their place."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out

from amity.errors import Problem
from amity.source import MAX_DEPTH, Node, Problems, Scalar

__all__ = ["parse_json"]

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^\s,\]}]+")


def parse_json(text: str, file: str, problems: Problems) -> Node | None:
    """Parse the JSON in *text*; None when it is none, with a problem that says where."""
    try:
        json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as error:
        what = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        problems.append(_problem(file, what, error.lineno, error.colno))
        return None
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
        problems.append(_problem(file, what, 1, 1))
        return None
    return _Reader(text, file, problems).value(_SPACE.match(text).end(), 0)[0]  # type: ignore[union-attr]


def _refused(word: str) -> object:
    raise ValueError(f"{word} is not a number")


def _problem(file: str, what: str, line: int, column: int) -> Problem:
    return Problem(
        "Y120", what, file=file, line=line, column=column, fix="see the JSON at that place"
    )


class _Reader:
    """Walks over text that is known to be JSON."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self._text = text
        self._file = file
        self._problems = problems
        self._line, self._line_start = 1, 0

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        here = self._here(at)
        if depth > MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels deep"
            self._problems.add("Y105", here, message, "flatten the structure")
        first = self._text[at]
        if first == "{":
            return self._object(here, at + 1, depth)
        if first == "[":
            return self._list(here, at + 1, depth)
        if first == '"':
            text, end = scanstring(self._text, at + 1)
            return self._node(here, text), end
        found = _SCALAR.match(self._text, at)
        raw = found[0] if found else ""
        value: Scalar = json.loads(raw)
        return self._node(here, value), at + len(raw)

    def _object(self, here: Node, at: int, depth: int) -> tuple[Node, int]:
        entries: dict[str, Node] = {}
        keys: dict[str, Node] = {}
        at = self._skip(at)
        while self._text[at] != "}":
            place = self._here(at)
            key, at = scanstring(self._text, at + 1)
            if key in entries:
                first = keys[key]
                message = f'key "{key}" is already used at {first.line}:{first.column}'
                self._problems.add("Y108", place, message, "remove one of the two")
            at = self._skip(self._skip(at) + 1)
            entries[key], at = self.value(at, depth + 1)
            keys[key] = self._node(place, key)
            at = self._next(at)
        return Node(entries, here.file, here.line, here.column, keys), at + 1

    def _list(self, here: Node, at: int, depth: int) -> tuple[Node, int]:
        members: list[Node] = []
        at = self._skip(at)
        while self._text[at] != "]":
            member, at = self.value(at, depth + 1)
            members.append(member)
            at = self._next(at)
        return Node(members, here.file, here.line, here.column), at + 1

    def _next(self, at: int) -> int:
        """The beginning of the next member, or the closing bracket."""
        at = self._skip(at)
        return self._skip(at + 1) if self._text[at] == "," else at

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def _here(self, at: int) -> Node:
        # Places are asked for in the order of the text, so that lines are counted only once.
        self._line += self._text.count("\n", self._line_start, at)
        begin = self._text.rfind("\n", 0, at) + 1
        self._line_start = at
        return Node(None, self._file, self._line, at - begin + 1)

    def _node(self, here: Node, value: Scalar) -> Node:
        return Node(value, here.file, here.line, here.column)
