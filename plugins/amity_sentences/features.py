"""What the model looks at: words, pairs, word pieces, marks and the turn before.

Training and judging share this file, so that both always see the same. A feature is a 32-bit
number; texts go in as they were sent.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

__all__ = [
    "MOST_BEFORE",
    "MOST_TOKENS",
    "PIECE",
    "REST_MORE",
    "SHORT",
    "before",
    "last_tokens",
    "marks",
    "normal",
    "pairs",
    "pieces",
    "rest",
    "size",
    "tokens",
    "word",
]

MOST_TOKENS = 120
"""Words and marks of one sentence that are looked at."""

MOST_BEFORE = 40
"""Words of the turn before that are looked at: its last ones."""

REST_MORE = 8
"""Added to the number of words in the rest of a turn, so that a greeting alone weighs little."""

SHORT = 4
"""Up to so many words, a sentence is read as a short answer to the turn before."""

PIECE = 0.5
"""How much a word piece weighs beside a word or a pair."""

_LONGEST_WORD = 24
_TOKEN = re.compile(
    r"[^\W\d_]{1,40}(?:['\u2019\u02bc`][^\W\d_]{1,20})?|\d{1,40}|[?!]|\.{2,9}|[^\w\s.,;:()\[\]{}<>/\\|\"'*_#=+~^-]"
)
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_MONEY = frozenset("$\u00a3\u20ac\u20b9\u20a6")
_APOSTROPHES = str.maketrans("", "", "'\u2019\u02bc`")
# What is said after a greeting does not depend on it.
_GREETING = re.compile(
    r"\s*(?:hello|hi|hey|hiya|good (?:day|morning|afternoon|evening))(?: there| all| team)?\b[\s,.!]*"
)
# Many who learnt English later leave them out; what is said is the same.
_ARTICLES = frozenset({"a", "an", "the"})
_LENGTHS = (1, 2, 3, 5, 8, 12, 18, 27)
_SIZES = (3, 4, 5)
_SHOUT = 6
_BITS = 0xFFFFFFFF
_PAIR, _REST, _BEFORE, _SHORT_BEFORE = 0x9E3779B1, 0x2545F491, 0x5BD1E995, 0x1B873593


def tokens(text: str) -> list[str]:
    """The words and telling marks of *text* in lower case, without articles or a greeting before.

    >>> tokens("Sooo, it\u2019s \u00a320?!")
    ['sooo', 'it\u2019s', '\u00a3', '20', '?', '!']
    """
    plain = text.lower()
    greeting = _GREETING.match(plain)
    found = _TOKEN.findall(plain, greeting.end() if greeting else 0)[:MOST_TOKENS]
    return [token for token in found if token not in _ARTICLES]


def last_tokens(text: str) -> list[str]:
    """The last words of *text*, a turn that is answered."""
    return tokens(text[-MOST_BEFORE * 12 :])[-MOST_BEFORE:]


@lru_cache(maxsize=5_000)
def normal(token: str) -> str:
    """One spelling for the many of a word: no apostrophe, digits as 0, drawn-out letters cut.

    >>> [normal(token) for token in tokens("Sooo, it\u2019s \u00a320")]
    ['soo', 'its', '$', '0']
    """
    if token[0].isdigit():
        return "0"
    if token[0] == ".":
        return "\u2026"
    if token in _MONEY:
        return "$"
    return _DRAWN_OUT.sub(r"\1\1", token).translate(_APOSTROPHES)[:_LONGEST_WORD]


def _number(name: str) -> int:
    return crc32(name.encode("utf-8", "surrogatepass"))


def word(token: str) -> int:
    """The feature of a word."""
    return _number(f"w{normal(token)}")


# No token has these marks.
_START, _END = word("^"), word("^^")


def pairs(words: Sequence[int]) -> list[int]:
    """The features of each two of *words* in a row, the sentence's edges included."""
    return [(first * _PAIR + second) & _BITS for first, second in pairwise((_START, *words, _END))]


def pieces(token: str) -> list[int]:
    """The features of a word's pieces of three to five letters, its edges marked."""
    spelt = normal(token)
    if len(spelt) == 1:
        return []
    edged = f"<{spelt}>"
    return [
        _number(f"c{edged[at : at + size]}")
        for size in _SIZES
        for at in range(len(edged) - size + 1)
    ]


def size(token: str) -> float:
    """What a word, the pair that it begins and its pieces add to a sentence's squared length."""
    length = len(normal(token)) + 2
    count = sum(max(0, length - size + 1) for size in _SIZES) if length > len("<>") + 1 else 0
    return 2 + PIECE**2 * count


def rest(feature: int) -> int:
    """The word *feature* in another sentence of the turn."""
    return feature ^ _REST


def before(feature: int, *, is_short: bool = False) -> int:
    """The word *feature* in the turn that is answered; short answers lean on it in their own way."""
    return feature ^ (_SHORT_BEFORE if is_short else _BEFORE)


def marks(text: str, words: Sequence[str], *, answers: bool) -> tuple[int, ...]:
    """The features of how a sentence is put.

    *answers* says that somebody else spoke before. Where the sentence stands in its turn is no
    feature: a greeting before it would change what is found in it.
    """
    asks = 0 if "?" not in words else 2 if text.endswith("?") else 1
    shouts = len(text) >= _SHOUT and text.isupper()
    return _marks(bisect_left(_LENGTHS, len(words)), asks, "!" in words, shouts, answers)


@lru_cache(maxsize=2_000)
def _marks(*values: int) -> tuple[int, ...]:
    return tuple(_number(f"m{at} {int(value)}") for at, value in enumerate(values))
