"""The one door to RE2: linear-time patterns over folded bytes, and sets that test many at once.

RE2 ships no types, and a set that fails answers "nothing matches" without a word; both stay inside
this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import re2

__all__ = ["Pattern", "PatternSet", "TooLargeError"]

PATTERN_BYTES = 2_000_000
# To compile a pattern takes 0.1 ms and more, as long as a turn may take altogether; a bundle of
# thousands of phrasings stays compiled, at about 10 kB each.
KEPT_PATTERNS = 20_000
# A set holds its compiled patterns and the states that texts have led to so far; there is one for
# each subject. With 1,300 phrasings 16 MB is as fast as 48 MB, and 12 MB is not enough.
SET_BYTES = 16_000_000
MOST_SET_BYTES = 256_000_000


class TooLargeError(Exception):
    """A pattern needs more memory than one pattern may have."""


def _options(max_bytes: int) -> Any:
    options = re2.Options()
    options.max_mem = max_bytes
    options.longest_match = True
    options.log_errors = False
    # Folded text is matched byte by byte: a class of characters is then a few instructions instead
    # of dozens. So a class in a pattern names ASCII characters and \x80-\xff only.
    options.encoding = re2.Options.Encoding.LATIN1
    return options


@lru_cache(maxsize=KEPT_PATTERNS)
def _compiled(source: str, max_bytes: int) -> Any:
    return re2.compile(source.encode(), options=_options(max_bytes))


class Pattern:
    """One pattern. Of the matches that begin at the same place the longest counts.

    Raises TooLargeError if the pattern does not fit into ``max_bytes``.
    """

    __slots__ = ("_max_bytes", "source")

    def __init__(self, source: str, max_bytes: int = PATTERN_BYTES) -> None:
        self.source = source
        self._max_bytes = max_bytes
        try:
            _compiled(source, max_bytes)
        except re2.error as error:
            raise TooLargeError(str(error)) from error

    def found(self, data: bytes) -> bool:
        """Whether the pattern stands anywhere in *data*."""
        return _compiled(self.source, self._max_bytes).search(data) is not None

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where the pattern stands in *data*, left to right, without overlaps."""
        for match in _compiled(self.source, self._max_bytes).finditer(data):
            yield match.span()


class PatternSet:
    """Many patterns tested in one pass. ``hits`` never takes an engine error for "no match".

    ``max_bytes`` bounds the memory of the set. A set that does not fit is given more, up to
    ``MOST_SET_BYTES``; past that, each pattern is tested on its own, which is slow but right.
    """

    __slots__ = ("_patterns", "_sentinel", "_set")

    def __init__(
        self,
        patterns: Sequence[Pattern],
        max_bytes: int = SET_BYTES,
        most_bytes: int = MOST_SET_BYTES,
    ) -> None:
        self._patterns = tuple(patterns)
        # The empty pattern comes last and is in every text: an answer without it is a failure.
        self._sentinel = len(self._patterns)
        self._set = self._compiled(max_bytes)
        while self._set is None and (max_bytes := max_bytes * 2) <= most_bytes:
            self._set = self._compiled(max_bytes)

    def _compiled(self, max_bytes: int) -> Any:
        made = re2.Set.SearchSet(_options(max_bytes))
        for pattern in self._patterns:
            made.Add(pattern.source.encode())
        made.Add(b"")
        try:
            made.Compile()
        except re2.error:
            return None
        return made

    @property
    def is_one_pass(self) -> bool:
        """Whether the set compiled, so that one pass over a text tests all patterns."""
        return self._set is not None

    def hits(self, data: bytes) -> list[int]:
        """The positions of the patterns that stand in *data*, in ascending order."""
        found: list[int] | None = self._set.Match(data) if self._set else None
        if not found or self._sentinel not in found:
            return [index for index, pattern in enumerate(self._patterns) if pattern.found(data)]
        found.remove(self._sentinel)
        found.sort()
        return found
