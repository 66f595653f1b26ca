"""What the model looks at: words, pairs, triples, word pieces, marks and the turn before.

Training and judging share this file, so that both always see the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from zlib import crc32

__all__ = ["marks", "pair", "pieces", "tokens", "triple", "word"]

LONGEST_WORD = 24
_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019\u02bc`][^\W\d_]+)*|\d+|[?!]|\.\.+|[^\w\s.,;:()\[\]{}<>/\\|\"'*_#=+~^-]")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_LENGTHS = (1, 2, 3, 5, 8, 12, 18, 27)


@lru_cache(maxsize=20_000)
def _normal(raw: str) -> str:
    """One spelling for the many of a word: plain apostrophe, digits as 0, drawn-out letters cut."""
    if raw[0].isdigit():
        return "0"
    if raw[0] == ".":
        return "\u2026"
    if raw in "$\u00a3\u20ac\u20b9\u20a6":
        return "$"
    return _DRAWN_OUT.sub(r"\1\1", raw).replace("\u2019", "'").replace("\u02bc", "'").replace("`", "'")[:LONGEST_WORD]


def tokens(text: str) -> list[str]:
    """The words and telling marks of *text*, normalised."""
    return [_normal(raw[:40]) for raw in _TOKEN.findall(text.lower())]


def _hash(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogatepass"))


def word(token: str) -> int:
    """The feature of a word."""
    return _hash(f"w{token}")


def pair(first: str, second: str) -> int:
    """The feature of two words in a row."""
    return _hash(f"b{first} {second}")


def triple(first: str, second: str, third: str) -> int:
    """The feature of three words in a row."""
    return _hash(f"t{first} {second} {third}")


def pieces(token: str) -> list[int]:
    """The features of a word's pieces of three to five letters, its edges marked."""
    edged = f"<{token}>"
    return [
        _hash(f"c{edged[at : at + size]}")
        for size in (3, 4, 5)
        for at in range(len(edged) - size + 1)
        if len(edged) > 3
    ]


def marks(text: str, words: list[str], place: int, count: int) -> list[int]:
    """The features of how a sentence is put: its length, its marks and its place in the turn."""
    names = [f"length{sum(len(words) > limit for limit in _LENGTHS)}"]
    if "?" in words:
        names.append("asks" if text.endswith("?") else "asks inside")
    if "!" in words:
        names.append("exclaims")
    if len(text) > 5 and text.isupper():
        names.append("shouts")
    names.append("only" if count == 1 else "first" if place == 0 else "last" if place == count - 1 else "middle")
    return [_hash(f"m{name}") for name in names]
