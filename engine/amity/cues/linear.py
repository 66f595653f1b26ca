"""The one door to RE2: linear-time patterns over folded bytes, and sets that test many at once.

RE2 ships no types, and a set that runs out of memory answers "nothing matches" without a word;
both stay inside this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import re2

__all__ = ["Pattern", "PatternSet", "TooLarge"]

PATTERN_BYTES = 2_000_000
SET_BYTES = 16_000_000


class TooLarge(Exception):
    """A pattern needs more memory than one pattern may have."""


def _options(max_bytes: int) -> Any:
    options = re2.Options()
    options.max_mem = max_bytes
    options.longest_match = True
    options.log_errors = False
    # Folded text is matched byte by byte: a class of characters is then one instruction instead of
    # a dozen. So a class in a pattern may name ASCII characters and \\x80-\\xff only.
    options.encoding = re2.Options.Encoding.LATIN1
    return options


class Pattern:
    """One compiled pattern. Of the matches that begin at the same place the longest counts."""

    __slots__ = ("_compiled", "_group", "source")

    def __init__(self, source: str, max_bytes: int = PATTERN_BYTES) -> None:
        self.source = source
        try:
            self._compiled: Any = re2.compile(source.encode(), options=_options(max_bytes))
        except re2.error as error:
            raise TooLarge(str(error)) from error
        self._group: int = 1 if self._compiled.groups else 0

    @property
    def has_group(self) -> bool:
        """Whether the match is a group inside what the pattern takes in."""
        return self._group > 0

    def found(self, data: bytes) -> bool:
        """Whether the pattern stands anywhere in *data*."""
        return self._compiled.search(data) is not None

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where the pattern stands in *data*, left to right, without overlaps.

        In a pattern with a group the group is the match; what surrounds it may be shared by two
        neighbouring matches, so the search goes on where the group ended.
        """
        if not self._group:
            for match in self._compiled.finditer(data):
                yield match.span()
            return
        position = 0
        while (match := self._compiled.search(data, position)) is not None:
            yield match.span(1)
            position = max(match.end(1), position + 1)


class PatternSet:
    """Many patterns tested in one pass. ``hits`` never takes an engine error for "no match"."""

    __slots__ = ("_patterns", "_sentinel", "_set")

    def __init__(self, patterns: Sequence[Pattern], max_bytes: int = SET_BYTES) -> None:
        self._patterns = tuple(patterns)
        self._set: Any = re2.Set.SearchSet(_options(max_bytes))
        for pattern in self._patterns:
            self._set.Add(pattern.source.encode())
        # The empty pattern is in every text: an answer without it is a failure of the engine.
        self._sentinel: int = self._set.Add(b"")
        try:
            self._set.Compile()
        except re2.error:
            self._set = None

    def hits(self, data: bytes) -> list[int]:
        """The positions of the patterns that stand in *data*, in ascending order."""
        found: list[int] | None = self._set.Match(data) if self._set else None
        if not found or self._sentinel not in found:
            return [index for index, pattern in enumerate(self._patterns) if pattern.found(data)]
        if len(found) == 1:
            return []
        return sorted(index for index in found if index != self._sentinel)
