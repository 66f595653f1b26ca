"""The one door to RE2: patterns that run in linear time over folded bytes.

RE2 ships no types; that stays inside this module.
"""

from __future__ import annotations

from typing import Any

import re2

__all__ = ["Pattern", "TooLargeError", "program_size"]

# RE2 spends what it is given on states that texts have led to. Turns are short, so few states are
# met twice: with the least memory that a pattern compiles in, 2,400 phrasings take 60 MB less than
# with 200 kB each, and are no slower. The budget doubles until the pattern fits.
LEAST_BYTES = 25_000
MOST_BYTES = 2_000_000


_UNANCHORED = re2._Anchor.UNANCHORED
_NOWHERE = (-1, -1)


class TooLargeError(Exception):
    """A pattern needs more memory than one pattern may have."""


def _compiled(source: str, least_bytes: int) -> Any:
    options = re2.Options()
    options.longest_match = True
    options.log_errors = False
    # Folded text is matched byte by byte: a class of characters is then a few instructions instead
    # of dozens. So a class in a pattern names ASCII characters and \x80-\xff only.
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = least_bytes
    while True:
        try:
            return re2.compile(source.encode(), options=options)
        except re2.error as error:
            options.max_mem *= 2
            if options.max_mem > MOST_BYTES:
                raise TooLargeError(str(error)) from error


def program_size(source: str) -> int:
    """How many instructions RE2 makes of *source*, over texts in UTF-8; 0 if it is no pattern."""
    options = re2.Options()
    options.log_errors = False
    try:
        size: int = re2.compile(source, options=options).programsize
    except re2.error:
        return 0
    return size


class Pattern:
    """One compiled pattern. Of the matches that begin at the same place the longest counts.

    A pattern that runs over every text is worth more memory than it compiles in, *least_bytes*: where
    the states that it meets do not fit, it is some thirty times slower. Raises TooLargeError if it does
    not compile within ``MOST_BYTES``.
    """

    __slots__ = ("_match", "source")

    def __init__(self, source: str, least_bytes: int = LEAST_BYTES) -> None:
        self.source = source
        # RE2's own call, below the wrapper that imitates Python's match objects: a turn makes dozens
        # of these, and the wrapper costs as much as the search.
        self._match = _compiled(source, least_bytes)._regexp.Match

    def found(self, data: bytes) -> bool:
        """Whether the pattern stands anywhere in *data*."""
        found: bool = self._match(_UNANCHORED, data, 0, len(data))[0] != _NOWHERE
        return found

    def first(self, data: bytes) -> tuple[int, int] | None:
        """Where the pattern stands first in *data*."""
        found: tuple[int, int] = self._match(_UNANCHORED, data, 0, len(data))[0]
        return None if found == _NOWHERE else found

    def spans(self, data: bytes, first: tuple[int, int] | None = None) -> list[tuple[int, int]]:
        """Where the pattern stands in *data*, left to right, without overlaps.

        *first* is what ``first`` has said, if that was asked: it is not searched for again then.
        """
        found: list[tuple[int, int]] = []
        position, size = 0, len(data)
        while position <= size:
            start, end = first or self._match(_UNANCHORED, data, position, size)[0]
            first = None
            if start < 0:
                break
            found.append((start, end))
            position = max(end, position + 1) if end > start else end + 1
        return found
