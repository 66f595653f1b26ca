"""What to do about a condition that does not compile, in place of what the compiler of CEL says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

__all__ = ["hint"]

_UNDECLARED = re.compile(r"undeclared reference to '([^']{1,200})'")
_APPLIED = re.compile(r"applied to '\(([a-z_]{1,40}), ([a-z_]{1,40})\)'")
_ONE_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")
_WORDS = {"and": "&&", "or": "||", "not": "!"}
_MISMATCHED = re.compile(r"input '(and|or|not)'")
_LIST = "docs/policies.md lists the facts; attributes of the caller are attributes.NAME"


def hint(message: str, text: str, facts: Sequence[str]) -> str:
    """The fix for *text*, of which the compiler says *message*; *facts* are the names it may use.

    >>> hint("undeclared reference to 'conversation.turn'", "", ["conversation.turns"])
    'did you mean "conversation.turns"?'
    """
    if unknown := _UNDECLARED.search(message):
        return _known(unknown[1], facts)
    if word := _MISMATCHED.search(message):
        return f'write {_WORDS[word[1]]} in place of "{word[1]}"'
    if "Syntax error" in message and _ONE_EQUALS.search(text):
        return "write == to compare, with two equals signs"
    if applied := _APPLIED.search(message):
        return _alike(applied[1], applied[2])
    return _LIST


def _known(name: str, facts: Sequence[str]) -> str:
    if (whole := f"conversation.{name}") in facts:
        return f"write {whole}"
    if close := get_close_matches(name, facts, n=1, cutoff=0.75):
        return f'did you mean "{close[0]}"?'
    if "." not in name:
        return f"put a text in quotes ('{name}'), or name a fact: {_LIST}"
    return _LIST


def _alike(first: str, second: str) -> str:
    if {first, second} == {"double", "int"}:
        if first == "double":
            return "write the number with a decimal point, such as 1.0"
        return "write a whole number, without a decimal point"
    return f"compare like with like: the left side is of type {first}, the right side {second}"
