"""A compiled condition as a tree: CEL's checked expression, read from its bytes.

Only what a cost can be told from is kept. The format is ``cel.expr.CheckedExpr`` of
https://github.com/google/cel-spec, whose messages no package that we stand on brings along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

__all__ = ["Kind", "Node", "Of", "tree_of"]

Fields: TypeAlias = Mapping[int, Sequence["int | bytes"]]
_FIXED64, _FIXED32 = 1, 5  # among the wire types
# Among the fields of a type, and among the primitive types.
_NULL, _PRIMITIVE, _WELL_KNOWN, _LIST, _MAP = 2, 3, 5, 6, 7
_STRING, _RAW = 5, 6
_MORE = 0x80  # in a byte of a number: another one follows


class Kind(Enum):
    """What a node is."""

    CONSTANT = 3
    NAME = 4
    MEMBER = 5
    CALL = 6
    LIST = 7
    STRUCT = 8
    LOOP = 9


class Of(Enum):
    """Which kind of value a node has, as far as its size is concerned."""

    PLAIN = "a number, a truth value, a time"
    TEXT = "text"
    MANY = "a list or a map"
    ANY = "anything that an attribute may be"


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a condition.

    ``name`` is that of a variable, a member or a function; ``text`` a constant's. Those of a loop
    are its variable and its accumulator, and ``parts`` its range, its first value, its condition,
    its step and its result.
    """

    kind: Kind
    of: Of
    name: str = ""
    text: str = ""
    parts: tuple[Node, ...] = ()


def tree_of(serialized: bytes) -> Node:
    """The tree of an expression that CEL has checked and serialised."""
    checked = _fields(_bytes(_fields(serialized), 2))
    types = {}
    for entry in map(_fields, _all(checked, 3)):
        types[_int(entry, 1)] = _of(_fields(_bytes(entry, 2)))
    return _Reader(types).node(_bytes(checked, 4))


def _of(kind: Fields) -> Of:
    if _PRIMITIVE in kind:
        return Of.TEXT if _int(kind, _PRIMITIVE) in (_STRING, _RAW) else Of.PLAIN
    if _LIST in kind or _MAP in kind:
        return Of.MANY
    return Of.PLAIN if _NULL in kind or _WELL_KNOWN in kind else Of.ANY


class _Reader:
    def __init__(self, types: Mapping[int, Of]) -> None:
        self._types = types

    def node(self, data: bytes) -> Node:
        fields = _fields(data)
        of = self._types.get(_int(fields, 2), Of.ANY)
        kind = next((kind for kind in Kind if kind.value in fields), None)
        if kind is None:  # an absent part, such as the target of a global function
            return Node(Kind.CONSTANT, Of.PLAIN)
        inner = _fields(_bytes(fields, kind.value))
        match kind:
            case Kind.CONSTANT:
                return Node(kind, of, text=(_bytes(inner, 6) or _bytes(inner, 7)).decode("latin-1"))
            case Kind.NAME:
                return Node(kind, of, _bytes(inner, 1).decode())
            case Kind.MEMBER:
                return Node(kind, of, _bytes(inner, 2).decode(), parts=self._nodes(inner, 1))
            case Kind.CALL:
                return Node(kind, of, _bytes(inner, 2).decode(), parts=self._nodes(inner, 1, 3))
            case Kind.LIST:
                return Node(kind, of, parts=self._nodes(inner, 1))
            case Kind.STRUCT:
                entries = [_fields(entry) for entry in _all(inner, 2)]
                parts = [part for entry in entries for part in self._nodes(entry, 3, 4)]
                return Node(kind, of, parts=tuple(parts))
            case Kind.LOOP:
                names = _bytes(inner, 1).decode(), _bytes(inner, 3).decode()
                parts = [self.node(_bytes(inner, number)) for number in (2, 4, 5, 6, 7)]
                return Node(kind, of, *names, parts=tuple(parts))

    def _nodes(self, fields: Fields, *numbers: int) -> tuple[Node, ...]:
        return tuple(self.node(data) for number in numbers for data in _all(fields, number))


def _all(fields: Fields, number: int) -> list[bytes]:
    return [value for value in fields.get(number, ()) if isinstance(value, bytes)]


def _bytes(fields: Fields, number: int) -> bytes:
    return next(iter(_all(fields, number)), b"")


def _int(fields: Fields, number: int) -> int:
    return next((value for value in fields.get(number, ()) if isinstance(value, int)), 0)


def _fields(data: bytes) -> Fields:
    """The fields of a message, by their numbers."""
    found: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        value: int | bytes
        match tag & 7:
            case 0:
                value, at = _varint(data, at)
            case 2:
                size, at = _varint(data, at)
                value, at = data[at : at + size], at + size
            case wire:
                size = {_FIXED64: 8, _FIXED32: 4}[wire]
                value, at = data[at : at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < _MORE:
            return value, at
