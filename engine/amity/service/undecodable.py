"""Finds out why bytes are not the message that they should be, for a precise answer.

Protobuf itself says no more than that parsing failed. This reads the wire format once more, slowly
and only then, along the message's descriptor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from amity.errors import Problem
from amity.problems import quoted
from amity.service.failures import Undecodable

__all__ = ["undecodable"]

MAX_FIELDS = 100_000
MAX_DEPTH = 100
MAX_PROBLEMS = 20
MAX_VARINT_BYTES = 10
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED_SIZES = {FIXED64: 8, FIXED32: 4}


def undecodable(raw: bytes, descriptor: Descriptor) -> Undecodable:
    """Why *raw* is not a message of *descriptor*: each text that is not UTF-8, or where it breaks."""
    reading = _Reading(raw)
    try:
        reading.message(descriptor, 0, len(raw), "", 0)
    except _Broken as broken:
        reading.problems.append(broken.problem(len(raw)))
    if not reading.problems:
        message = f"the {len(raw):,} bytes are not a {descriptor.full_name}"
        reading.problems.append(Problem("C140", message, fix=_SEND_ONE))
    return Undecodable("the bytes of the request cannot be read", reading.problems)


_SEND_ONE = "send exactly one message, serialised with the contracts of amity.v1"


class _Broken(Exception):
    def __init__(self, what: str, at: int, path: str) -> None:
        super().__init__(what)
        self.what, self.at, self.path = what, at, path

    def problem(self, size: int) -> Problem:
        return Problem(
            "C140", f"{self.what} at byte {self.at:,} of {size:,}", field=self.path, fix=_SEND_ONE
        )


class _Field(NamedTuple):
    number: int
    wire_type: int
    start: int
    end: int


class _Reading:
    """One reading of some bytes; ``problems`` are the texts that are not UTF-8."""

    def __init__(self, raw: bytes) -> None:
        self.problems: list[Problem] = []
        self._raw = raw
        self._left = MAX_FIELDS

    def message(self, descriptor: Descriptor, start: int, end: int, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _Broken(
                f"there are more than {MAX_DEPTH} messages inside each other", start, path
            )
        seen: dict[int, int] = {}
        for number, wire_type, begin, stop in self._fields(start, end, path):
            field = descriptor.fields_by_number.get(number)
            seen[number] = seen.get(number, -1) + 1
            below = (
                self._path(path, field, seen[number], (begin, min(stop, end))) if field else path
            )
            if stop > end:
                raise _Broken(
                    f"the field is {stop - end:,} bytes longer than what there is", begin, below
                )
            if field is None or wire_type != BYTES or len(self.problems) >= MAX_PROBLEMS:
                continue
            if field.type == FieldDescriptor.TYPE_STRING:
                self._text(begin, stop, below)
            elif field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type is not None:
                self.message(field.message_type, begin, stop, below, depth + 1)

    def _fields(self, at: int, end: int, path: str) -> Iterator[_Field]:
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise _Broken("there are too many fields to find the fault", at, path)
            tag, begin = self._varint(at, end, path)
            number, wire_type = tag >> 3, tag & 7
            if not number or wire_type not in (VARINT, BYTES, *FIXED_SIZES):
                raise _Broken("there is something that is no field", at, path)
            stop = self._end(wire_type, begin, end, path)
            if wire_type == BYTES:
                size, begin = self._varint(begin, end, path)
                stop = begin + size
            yield _Field(number, wire_type, begin, stop)
            at = stop

    def _end(self, wire_type: int, begin: int, end: int, path: str) -> int:
        if wire_type == VARINT:
            return self._varint(begin, end, path)[1]
        return begin + FIXED_SIZES.get(wire_type, 0)

    def _varint(self, at: int, end: int, path: str) -> tuple[int, int]:
        value = 0
        for index in range(MAX_VARINT_BYTES):
            if at + index >= end:
                raise _Broken("the message breaks off", at + index, path)
            byte = self._raw[at + index]
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:  # noqa: PLR2004 - the top bit says that another byte follows
                return value, at + index + 1
        raise _Broken("there is a number of more than ten bytes", at, path)

    def _text(self, begin: int, stop: int, path: str) -> None:
        try:
            self._raw[begin:stop].decode()
        except UnicodeDecodeError as error:
            byte = self._raw[begin + error.start]
            message = f"byte {error.start} of the text (0x{byte:02X}) is not UTF-8: {error.reason}"
            self.problems.append(Problem("C141", message, field=path, fix="send text as UTF-8"))

    def _path(self, path: str, field: FieldDescriptor, index: int, place: tuple[int, int]) -> str:
        owner = field.containing_type
        message = field.message_type
        if message is not None and message.GetOptions().map_entry:
            return (
                f"{path}[{self._key(place)}]"
                if _is_plumbing(owner)
                else f"{path}.{field.name}[{self._key(place)}]"
            )
        if _is_plumbing(owner) or (owner is not None and owner.GetOptions().map_entry):
            return f"{path}[{index}]" if field.name == "values" else path
        name = f"{path}.{field.name}" if path else field.name
        return f"{name}[{index}]" if field.is_repeated else name

    def _key(self, place: tuple[int, int]) -> str:
        for number, wire_type, begin, stop in self._fields(*place, ""):
            if number == 1 and wire_type == BYTES:
                return quoted(self._raw[begin:stop].decode(errors="replace"))
        return '""'


def _is_plumbing(descriptor: Descriptor | None) -> bool:
    # Callers think of attributes as JSON, not as the messages that Struct makes of it.
    return descriptor is not None and descriptor.full_name in (
        "google.protobuf.Struct",
        "google.protobuf.Value",
        "google.protobuf.ListValue",
    )
