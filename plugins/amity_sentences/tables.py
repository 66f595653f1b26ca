"""Number tables as they are shipped, and the memory of rows that were worked out from them."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Memory", "Table"]

Floats = NDArray[np.float32]
# The share of a memory that stays when it is full, and how often nothing does.
_KEPT, _ALL_EVERY = 0.7, 16


@dataclass(frozen=True)
class Table:
    """A row of numbers for each known feature: ``values * scale``, in the order of ``keys``.

    ``keys`` ascend; ``scale`` has one number for each row, or a row with one for each column.
    """

    keys: NDArray[np.uint32]
    values: NDArray[np.int8]
    scale: Floats

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return int(self.values.shape[1])

    @cached_property
    def _sorted(self) -> array[int]:
        """The keys again, in a form that one of them is found in at once; a dictionary takes 25 times the room."""
        return array("I", self.keys.tobytes())

    def row(self, feature: int) -> Floats | None:
        """The row of one feature; None where it is not known. Much quicker than ``total``."""
        place = bisect_left(self._sorted, feature)
        if place == len(self._sorted) or self._sorted[place] != feature:
            return None
        found: Floats = self.values[place] * self.scale[place if len(self.scale) > 1 else 0]
        return found

    def total(self, features: Sequence[int]) -> Floats | None:
        """The sum of the rows of *features*; None where none of them is known."""
        wanted = np.array(features, np.uint32)
        if not wanted.size or not self.keys.size:
            return None
        places = np.minimum(self.keys.searchsorted(wanted), self.keys.size - 1)
        places = places[self.keys[places] == wanted]
        if not places.size:
            return None
        scale = self.scale if len(self.scale) == 1 else self.scale[places]
        total: Floats = (self.values[places] * scale).sum(axis=0, dtype=np.float32)
        return total


class Memory:
    """Rows that were worked out before, in one matrix: many sentences are then one gather and one sum.

    ``words`` has for each word where its row is, and its feature; ``pairs`` where that of a pair is,
    or 0 for a pair that adds nothing.
    """

    def __init__(self, width: int, limit: int) -> None:
        self.words: dict[str, tuple[int, int]] = {}
        self.pairs: dict[int, int] = {}
        # Pages of zeros take no memory until they are written. The row at 0 stays zero.
        self._rows = np.zeros((limit, width), np.float32)
        self._used = 1
        self._forgotten = 0

    def has_room(self, count: int) -> bool:
        """Whether *count* more rows fit, of words or of pairs."""
        limit = len(self._rows)
        return self._used + count <= limit and len(self.pairs) + count <= 4 * limit

    def forget(self) -> None:
        """Forget what came last, mostly rare words; now and then everything.

        Places given before are void then. What comes first is what is common, unless somebody sees to
        it that it is not.
        """
        self._forgotten += 1
        first = 1 if self._forgotten % _ALL_EVERY == 0 else int(len(self._rows) * _KEPT)
        self._used = min(self._used, first)
        self.words = {word: kept for word, kept in self.words.items() if kept[0] < first}
        pairs = [pair for pair, place in self.pairs.items() if place < first]
        # Of pairs that add nothing there may be more than fit; they have no row, and the first stay.
        self.pairs = {pair: self.pairs[pair] for pair in pairs[: 2 * first]}

    def keep_word(self, token: str, feature: int, row: Floats) -> tuple[int, int]:
        """Keep the row of a word that is new; gives its place and *feature*."""
        self.words[token] = kept = (self._add(row), feature)
        return kept

    def keep_pair(self, feature: int, row: Floats | None) -> int:
        """Keep the row of a pair that is new, or that it adds nothing; gives its place."""
        self.pairs[feature] = kept = 0 if row is None else self._add(row)
        return kept

    def _add(self, row: Floats) -> int:
        place = self._used
        # Sixteen bits are finer by far than the eight that the weights are shipped in, and what they
        # round to is what the thresholds were fitted on; to widen them at each sum takes longer than it.
        self._rows[place] = row.astype(np.float16)
        self._used += 1
        return place

    def totals(self, lines: Sequence[Sequence[int]]) -> Floats:
        """The sum of the rows at the places of each of *lines*."""
        width = self._rows.shape[1]
        total: Floats = np.empty((len(lines), width), np.float32)
        for line, into in zip(lines, total, strict=True):
            # Row upon row, so that no sum depends on the lines that are asked for with it; the row of
            # zeros stands for a line that has none.
            np.add.reduce(self._rows.take(line or (0,), axis=0), axis=0, out=into)
        return total
