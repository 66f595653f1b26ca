"""``when:`` conditions in words where they are plain comparisons; otherwise as they were written."""

from __future__ import annotations

import re

__all__ = ["when_words"]

# Fixed patterns over text of at most 1000 characters; each is linear (no nested repetition).
_SUBJECT = re.compile(
    r"(?:conversation\.(?P<fact>[a-z_]+)"
    r"|attributes\.(?P<plain>[A-Za-z_][A-Za-z0-9_]*)"
    r"|attributes\[(?P<quote>['\"])(?P<quoted>[A-Za-z0-9_-]+)(?P=quote)\])"
    r"\s*(?P<operator>==|!=|>=|<=|>|<)\s*"
)
_VALUE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|true|false|'[^'\"\\“”]*'|\"[^'\"\\“”]*\"")
_FLAG = re.compile(r"(!?)\s*conversation\.([a-z_]+)")
_VERBS = {
    "==": "is",
    "!=": "is not",
    ">": "is more than",
    ">=": "is at least",
    "<": "is less than",
    "<=": "is at most",
}


def when_words(text: str) -> str:
    """The condition *text* as words, joined by "and"; in backticks as it stands if it is not so plain.

    >>> when_words("attributes.tier == 'gold' && conversation.customer_turns > 1")
    'the attribute tier is “gold” and the number of customer turns is more than 1'
    >>> when_words("attributes.tier in ['gold', 'silver']")
    "`attributes.tier in ['gold', 'silver']`"
    """
    parts = [_words(part.strip()) for part in text.split("&&")]
    return " and ".join(parts) if all(parts) else f"`{text}`"


def _words(part: str) -> str:
    """One comparison in words, or "" where it is something else."""
    flag = _FLAG.fullmatch(part)
    if flag:
        return f"it is {'not ' if flag[1] else ''}so that {_fact(flag[2])}"
    found = _SUBJECT.match(part)
    if found is None or not _VALUE.fullmatch(value := part[found.end() :]):
        return ""
    key = found["plain"] or found["quoted"]
    subject = f"the attribute {key}" if key else _fact(found["fact"])
    said = f"“{value[1:-1]}”" if value[0] in "'\"" else value
    return f"{subject} {_VERBS[found['operator']]} {said}"


def _fact(name: str) -> str:
    words = name.replace("_", " ")
    if name == "turns" or name.endswith("_turns"):
        return f"the number of {words}"
    if name.endswith("_s"):
        return f"the {words.removesuffix(' s')} in seconds"
    return f"the {words}"
