"""What the attributes of a conversation may be, at any depth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from amity.problems import RequestProblems, quoted

if TYPE_CHECKING:
    from amity.limits import Limits

__all__ = ["check_attributes"]

PLAIN = 1e300


def check_attributes(
    attributes: Mapping[str, object], limits: Limits, found: RequestProblems
) -> None:
    """Record in *found* what is wrong with *attributes*."""
    if not _are_plain(attributes, limits):
        _Checking(limits, found).check(attributes, "attributes", 1)


def _are_plain(attributes: Mapping[str, object], limits: Limits) -> bool:
    """Whether there is so plainly nothing wrong that the paths of attributes need not be made."""
    if not attributes:
        return True
    most = limits.max_attribute_characters
    return len(attributes) <= limits.max_attributes and all(
        name.isascii()
        and len(name) <= most
        and (
            (isinstance(value, str) and value.isascii() and len(value) <= most)
            or (isinstance(value, int | float) and -PLAIN < value < PLAIN)
            or value is None
        )
        for name, value in attributes.items()
    )


class _Checking:
    """Checks attributes at any depth, stopping at the first that is one too many."""

    def __init__(self, limits: Limits, found: RequestProblems) -> None:
        self._limits = limits
        self._found = found
        self._seen = 0

    def check(self, value: object, path: str, depth: int) -> None:
        match value:
            case Mapping() | tuple() | list():
                self._check_members(value, path, depth)
            case str():
                self._check_short(value, path)
            case bool() | None:
                pass
            case int() | float():
                self._check_number(value, path)
            case _:
                message = f"a value of type {type(value).__name__} cannot be an attribute"
                self._found.add(
                    "C122",
                    path,
                    message,
                    "send text, a number, true, false, null, a list or an object",
                )

    def _check_members(
        self, value: Mapping[str, object] | tuple[object, ...] | list[object], path: str, depth: int
    ) -> None:
        if depth > self._limits.max_attribute_depth + 1:
            message = f"nested more than {self._limits.max_attribute_depth} levels deep"
            self._found.add("C120", path, message, "flatten it")
            return
        named = (
            value.items()
            if isinstance(value, Mapping)
            else ((index, item) for index, item in enumerate(value))
        )
        for name, member in named:
            self._seen += 1
            if self._seen > self._limits.max_attributes:
                if self._seen == self._limits.max_attributes + 1:
                    message = f"there are more than {self._limits.max_attributes:,} values"
                    self._found.add(
                        "C119", "attributes", message, "send only what the policies ask about"
                    )
                return
            below = f"{path}[{name if isinstance(name, int) else quoted(str(name))}]"
            if not isinstance(name, int):
                self._check_short(str(name), below)
            self.check(member, below, depth + 1)

    def _check_short(self, value: str, path: str) -> None:
        most = self._limits.max_attribute_characters
        if len(value) > most:
            self._found.add(
                "C121",
                path,
                f"there are {len(value):,} characters; at most {most:,} are allowed",
                "shorten it",
            )
        self._found.check_text(value, path)

    def _check_number(self, value: float, path: str) -> None:
        try:
            finite = math.isfinite(value)
        except OverflowError:
            finite = False
        if not finite:
            self._found.add("C118", path, "the number is not finite", "leave it out, or send null")
