"""What the model looks at: words, runs of two and three words, and pieces of words.

Training and judging share this file, so that both always see the same. A feature is a 32-bit
number; texts go in as they were sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MOST_TOKENS",
    "Numbers",
    "edged",
    "normal",
    "pieces",
    "runs",
    "token_spans",
    "tokens",
    "word",
]

Numbers = NDArray[np.uint32]

MOST_TOKENS = 120
"""Words and marks of one sentence that are looked at."""

_LONGEST_WORD = 24
_TOKEN = re.compile(
    r"\[[a-zA-Z]{1,20}\]|[^\W\d_]{1,40}(?:['\u2019\u02bc`][^\W\d_]{1,20})?|\d{1,40}|[^\w\s]"
)
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_APOSTROPHES = str.maketrans("\u2019\u02bc`", "'''")
_SIZES = (4, 5)
_PAIR, _TRIPLE = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)


def tokens(text: str) -> list[str]:
    """The words and marks of *text* in lower case.

    >>> tokens("Sooo, it\u2019s \u00a320?!")
    ['sooo', ',', 'it\u2019s', '\u00a3', '20', '?', '!']
    """
    return [token.lower() for token in _TOKEN.findall(text)[:MOST_TOKENS]]


def token_spans(text: str) -> list[tuple[int, int]]:
    """Where each of the ``tokens`` of *text* stands."""
    return [found.span() for found in islice(_TOKEN.finditer(text), MOST_TOKENS)]


@lru_cache(maxsize=5_000)
def normal(token: str) -> str:
    """One spelling for the many of a word: plain apostrophe, digits as 0, drawn-out letters cut.

    >>> [normal(token) for token in tokens("Sooo, it\u2019s \u00a320")]
    ['soo', ',', "it's", '\u00a3', '0']
    """
    if token[0].isdigit():
        return "0"
    return _DRAWN_OUT.sub(r"\1\1", token).translate(_APOSTROPHES)[:_LONGEST_WORD]


def _number(name: str) -> int:
    return crc32(name.encode("utf-8", "surrogatepass"))


def word(token: str) -> int:
    """The feature of a word."""
    return _number(f"w{normal(token)}")


# No token has these marks.
_START, _END = word("^"), word("^^")


def edged(words: Sequence[int]) -> list[int]:
    """The features of a sentence's words between those of its edges."""
    return [_START, *words, _END]


def runs(words: Numbers) -> tuple[Numbers, Numbers]:
    """The features of each two and of each three of *words* in a row, by where they begin.

    *words* may be several sentences with their edges: a run over an edge was never trained on.
    """
    first = words * _PAIR
    return first[:-1] + words[1:], first[:-2] * _TRIPLE + first[1:-1] + words[2:]


def pieces(token: str) -> list[int]:
    """The features of a word's pieces of four and five letters, its edges marked."""
    spelt = normal(token)
    if len(spelt) == 1:
        return []
    name = f"<{spelt}>"
    return [
        _number(f"c{name[at : at + size]}") for size in _SIZES for at in range(len(name) - size + 1)
    ]
