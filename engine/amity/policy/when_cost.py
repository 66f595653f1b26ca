"""What a ``when:`` condition may cost: bounds on its loops, read from its text.

CEL ends a condition after ten thousand turns of its loops, but each turn may copy or compare lists,
and a chain of ``map`` doubles them as often as it is long. What is refused here has a shape that
could run for seconds; of what is left, ``when_estimate`` works out how long it could take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["MAX_DEPTH", "MAX_LOOP_LENGTH", "costs"]

MAX_DEPTH = 2
MAX_LOOP_LENGTH = 200

_LOOPS = frozenset({"all", "exists", "exists_one", "filter", "map"})
# As in CEL's grammar: raw texts know no escapes, and three quotes come before one. Each alternative
# is linear, since none repeats inside a repetition.
_TOKEN = re.compile(
    r"""
    (?P<text>
        [bB]?[rR](?:\"\"\".*?\"\"\"|\'\'\'.*?\'\'\'|"[^"]*"|'[^']*')
      | [bB]?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    )
    | (?P<comment>//[^\n]*)
    | (?P<space>\s+)
    | (?P<word>[A-Za-z_][A-Za-z_0-9]*)
    | (?P<number>[0-9][A-Za-z_0-9.]*)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class _Loop:
    """A macro with the tokens between its parentheses, and how deep it stands (from 1)."""

    name: str
    depth: int
    length: int = 0
    tokens: list[str] = field(default_factory=list)


def costs(text: str) -> list[tuple[str, str, str]]:
    """What makes the condition *text* cost too much: code, message and fix of each."""
    loops = list(_loops([match for match in _TOKEN.finditer(text) if _counts(match)]))
    return list(dict.fromkeys(_found(loops)))


def _counts(match: re.Match[str]) -> bool:
    return match.lastgroup not in ("space", "comment")


def _loops(tokens: Sequence[re.Match[str]]) -> Iterator[_Loop]:
    """Every macro of a condition that compiles, so that its parentheses are known to match."""
    open_marks: list[_Loop | None] = []
    words = ["", "", *(token[0] for token in tokens)]
    for index, token in enumerate(tokens):
        around = [loop for loop in open_marks if loop]
        if token[0] == ")" and open_marks:
            closed = open_marks.pop()
            around = [loop for loop in open_marks if loop]
            if closed:
                yield closed
        for loop in around:
            loop.length += len(token[0])
            loop.tokens.append(token[0] if token.lastgroup != "text" else '""')
        if token[0] == "(":
            name, dot = words[index + 1], words[index]
            is_loop = dot == "." and name in _LOOPS
            open_marks.append(_Loop(name, len(around) + 1) if is_loop else None)


def _found(loops: Sequence[_Loop]) -> Iterator[tuple[str, str, str]]:
    if any(loop.depth > MAX_DEPTH for loop in loops):
        message = f"loops stand inside each other more than {MAX_DEPTH} deep"
        yield "V134", message, "ask it in several conditions joined by &&"
    if any(loop.name == "map" for loop in loops):
        message = "map makes new lists"
        yield "V135", message, "use all, exists, exists_one or filter"
    for loop in loops:
        for mark, does in (("+", "joins"), ("matches", "matches a pattern")):
            if mark in loop.tokens:
                message = f'{loop.name} {does} ("{mark}") for each member'
                yield "V136", message, "do it outside the loop, or compare the parts"
    length = sum(loop.length for loop in loops if loop.depth == 1)
    if length > MAX_LOOP_LENGTH:
        message = f"there are {length} characters inside loops, more than {MAX_LOOP_LENGTH}"
        yield "V137", message, "ask less of each member"
