"""Checks JSON against a message's descriptor, to tell everything that is wrong with it at once.

Protobuf's own parser stops at the first thing, and says of it what only its authors understand.
"""

from __future__ import annotations

import math
from difflib import get_close_matches

from google.protobuf import timestamp_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from amity.problems import RequestProblems, quoted

__all__ = ["JsonObject", "check_json"]

MAX_DEPTH = 30  # of attributes; protobuf itself gives up a little deeper
KINDS = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
TIMES = 'write it as "2026-03-01T09:30:00Z"'


class JsonObject(dict[str, object]):
    """A JSON object that remembers which names its text gave twice."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.twice = (
            sorted({name for name in names if names.count(name) > 1})
            if len(self) < len(names)
            else []
        )


def check_json(value: object, descriptor: Descriptor, root: str = "") -> RequestProblems:
    """Everything that keeps *value* from being a message of *descriptor*."""
    checking = _Checking(RequestProblems(root))
    checking.message(value, descriptor, "", 0)
    return checking.found


class _Checking:
    def __init__(self, found: RequestProblems) -> None:
        self.found = found

    def message(self, value: object, descriptor: Descriptor, path: str, depth: int) -> None:
        match descriptor.full_name:
            case "google.protobuf.Timestamp":
                return self._time(value, path)
            case "google.protobuf.Struct" if isinstance(value, dict):
                return self._free(value, path, depth)
        if not isinstance(value, dict):
            return self._wrong(path, value, "an object")
        self._twice(value, path)
        taken: dict[str, str] = {}
        for name, member in value.items():
            field = _field(descriptor, name)
            if field is None:
                self._unknown(name, descriptor, path)
            elif field.name in taken:
                other = quoted(taken[field.name])
                self._add(
                    "C154",
                    _join(path, field.name),
                    f"{quoted(name)} is the field {other} once more",
                    "keep one of them",
                )
            else:
                taken[field.name] = name
                self._field(member, field, _join(path, field.name), depth + 1)
        return None

    def _field(self, value: object, field: FieldDescriptor, path: str, depth: int) -> None:
        if value is None:
            return
        if not field.is_repeated:
            self._single(value, field, path, depth)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._single(item, field, f"{path}[{index}]", depth)
        else:
            self._wrong(path, value, "a list")

    def _single(self, value: object, field: FieldDescriptor, path: str, depth: int) -> None:
        if field.message_type is not None:
            self.message(value, field.message_type, path, depth)
        elif field.enum_type is not None:
            self._enum(value, field.enum_type, path)
        elif field.type == FieldDescriptor.TYPE_STRING:
            if isinstance(value, str):
                self.found.check_text(value, path)
            else:
                self._wrong(path, value, "text")
        elif field.type == FieldDescriptor.TYPE_BOOL and not isinstance(value, bool):
            self._wrong(path, value, "true or false")

    def _enum(self, value: object, enum: EnumDescriptor, path: str) -> None:
        if isinstance(value, int) and not isinstance(value, bool):
            return
        if not isinstance(value, str):
            self._wrong(path, value, f"a name such as {quoted(enum.values[1].name)}")
        elif value not in enum.values_by_name:
            # "chat" and "Channel.CHAT" are as near to CHANNEL_CHAT as a typing error is.
            prefix = enum.values[0].name.removesuffix("UNSPECIFIED")
            guess = value.upper().rpartition(".")[2]
            guess = guess if guess.startswith(prefix) else prefix + guess
            near = get_close_matches(guess, enum.values_by_name, n=1)
            known = ", ".join(enum.values_by_name)
            fix = f"did you mean {quoted(near[0])}?" if near else f"use one of: {known}"
            self._add("C152", path, f"{quoted(value)} is no {enum.name}", fix)

    def _time(self, value: object, path: str) -> None:
        if not isinstance(value, str):
            return self._wrong(path, value, "a time as text")
        try:
            timestamp_pb2.Timestamp().FromJsonString(value)
        except (ValueError, OverflowError):
            self._add("C114", path, f"{quoted(value)} is not a time with a time zone", TIMES)
        return None

    def _free(self, value: object, path: str, depth: int) -> None:
        """Check JSON of any shape, as attributes are."""
        if depth > MAX_DEPTH:
            self._add("C120", path, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
        elif isinstance(value, dict):
            self._twice(value, path)
            for name, member in value.items():
                below = f"{path}[{quoted(str(name))}]"
                self.found.check_text(str(name), below)
                self._free(member, below, depth + 1)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._free(item, f"{path}[{index}]", depth + 1)
        elif isinstance(value, str):
            self.found.check_text(value, path)
        elif isinstance(value, int | float) and not _is_finite(value):
            self._add("C118", path, "the number is not finite", "leave it out, or send null")
        elif not isinstance(value, int | float | None):
            self._add(
                "C122",
                path,
                f"a value of type {type(value).__name__} is not JSON",
                "send text, a number, true, false, null, a list or an object",
            )

    def _twice(self, value: dict[str, object], path: str) -> None:
        for name in getattr(value, "twice", ()):
            self._add(
                "C154",
                _join(path, name),
                f"the field {quoted(name)} is given twice",
                "keep one of them",
            )

    def _unknown(self, name: str, descriptor: Descriptor, path: str) -> None:
        known = [field.json_name for field in descriptor.fields]
        near = get_close_matches(name, known, n=1)
        fix = f"did you mean {quoted(near[0])}?" if near else f"the fields are {', '.join(known)}"
        self._add(
            "C151", _join(path, name), f"a {descriptor.name} has no field {quoted(name)}", fix
        )

    def _wrong(self, path: str, value: object, wanted: str) -> None:
        kind = "nothing" if value is None else KINDS.get(type(value), f"a {type(value).__name__}")
        kind = "an object" if isinstance(value, dict) else kind
        self._add("C153", path, f"there is {kind} where {wanted} should be", f"send {wanted}")

    def _add(self, code: str, path: str, message: str, fix: str) -> None:
        self.found.add(code, path, message, fix)


def _field(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    return descriptor.fields_by_name.get(name) or descriptor.fields_by_camelcase_name.get(name)


def _join(path: str, name: str) -> str:
    shown = name if name.isidentifier() else f"[{quoted(name)}]"
    return f"{path}.{shown}" if path and shown is name else f"{path}{shown}"


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
