"""Reading a mapping of a user's file field by field; what is wrong is recorded, reading goes on."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from amity.source import Node, Problems

__all__ = ["Fields", "nearest"]


def nearest(word: str, known: Sequence[str], otherwise: str = "") -> str:
    """A fix that names the known word most like *word*, or *otherwise*, or all that are known."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return otherwise or f"use one of: {', '.join(known)}"


class Fields:
    """The fields of a mapping.

    Each getter returns a usable value, and records a problem when the file does not give one:
    Y110 for a wrong kind of value, Y111 for an unknown key, Y112 for a missing one.
    """

    def __init__(
        self,
        node: Node,
        problems: Problems,
        *,
        required: Sequence[str] = (),
        optional: Sequence[str] = (),
        what: str = "this mapping",
    ) -> None:
        self.node = node
        self._problems = problems
        if not isinstance(node.value, dict):
            problems.add(
                "Y110",
                node,
                f"{what} must be a mapping, not {node.kind}",
                "write `key: value` lines",
            )
        known = (*required, *optional)
        for key, place in node.keys.items():
            if key not in known:
                problems.add("Y111", place, f'{what} has no key "{key}"', nearest(key, known))
        for key in required:
            if isinstance(node.value, dict) and key not in node.entries:
                problems.add("Y112", node, f'{what} lacks "{key}"', f'add "{key}:"')

    def __contains__(self, key: str) -> bool:
        return key in self.node.entries

    def get(self, key: str) -> Node | None:
        """The value of *key* with its place, or None."""
        return self.node.entries.get(key)

    def text(self, key: str, default: str = "") -> str:
        """Non-empty text; a number is taken as it was written where it is exact."""
        node = self.get(key)
        if node is None:
            return default
        if isinstance(node.value, str) and node.value.strip():
            return node.value.strip()
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return str(node.value)
        if node.value == "" or (isinstance(node.value, str) and not node.value.strip()):
            self._problems.add("Y110", node, f'"{key}" is empty', "write some text")
            return default
        self._wrong(node, key, "text")
        return default

    def number(
        self, key: str, default: float, low: float, high: float, code: str = "Y113"
    ) -> float:
        """A number from *low* to *high*."""
        node = self.get(key)
        if node is None:
            return default
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self._wrong(node, key, "a number")
            return default
        if not low <= node.value <= high:
            self._problems.add(
                code,
                node,
                f'"{key}" is {node.value:g}, outside {low:g} to {high:g}',
                f"choose a value from {low:g} to {high:g}",
            )
            return default
        return node.value

    def count(self, key: str, default: int, low: int = 1, high: int = 1000) -> int:
        """A whole number from *low* to *high*."""
        value = self.number(key, default, low, high)
        node = self.get(key)
        if node is not None and value != int(value):
            self._problems.add(
                "Y113", node, f'"{key}" must be a whole number', "leave out the fraction"
            )
            return default
        return int(value)

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        """One of *choices*."""
        node = self.get(key)
        if node is None:
            return default
        if node.value not in choices:
            word = str(node.plain())
            self._problems.add("Y114", node, f'"{key}" cannot be "{word}"', nearest(word, choices))
            return default
        return str(node.value)

    def texts(self, key: str) -> list[Node]:
        """The members of a list of texts, or a single text as a list of one."""
        node = self.get(key)
        if node is None:
            return []
        members = [node] if isinstance(node.value, str) else node.items
        if not members:
            self._wrong(node, key, "a list of texts")
        good = [member for member in members if isinstance(member.value, str) and member.value]
        for member in members:
            if member not in good:
                self._wrong(member, key, "text")
        return good

    def _wrong(self, node: Node, key: str, wanted: str) -> None:
        self._problems.add(
            "Y110", node, f'"{key}" must be {wanted}, not {node.kind}', f"write {wanted}"
        )
