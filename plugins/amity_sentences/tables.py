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
        # Pages of zeros take no memory until they are written. The row at 0 stays zero. Sixteen bits
        # are finer by far than the eight that the weights are shipped in.
        self._rows = np.zeros((limit, width), np.float16)
        self._used = 1

    def has_room(self, count: int) -> bool:
        """Whether *count* more rows fit, of words or of pairs."""
        limit = len(self._rows)
        return self._used + count <= limit and len(self.pairs) + count <= 4 * limit

    def forget(self) -> None:
        """Forget everything; places given before are void then."""
        self.words.clear()
        self.pairs.clear()
        self._used = 1

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
        self._rows[place] = row
        self._used += 1
        return place

    def totals(self, lines: Sequence[Sequence[int]]) -> Floats:
        """The sum of the rows at the places of each of *lines*."""
        flat: list[int] = []
        starts: list[int] = []
        for line in lines:
            starts.append(len(flat))
            # The row of zeros, since there may be no other.
            flat.append(0)
            flat += line
        rows = self._rows.take(np.array(flat, np.intp), axis=0).astype(np.float32)
        if not starts:
            return rows
        total: Floats = np.add.reduceat(rows, starts, axis=0)
        return total
