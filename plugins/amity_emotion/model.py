"""The model at work: sentences in, a logit for each label, with numpy and nothing else.

A logit is a sum over the features of a sentence, divided by the sentence's size, a start, and what
hidden units add, each of which is such a sum where it is above zero. Once it is known which units a
sentence wakes, the logit is again a sum over its features: so what each word and run of words gave
in this sentence can be told exactly (``shares``). In another sentence the same word can give less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from amity_emotion import features

__all__ = ["Floats", "Model", "Share", "Weights"]

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
# Enough that common words are seldom worked out twice; about five megabytes when full.
_ROWS = 12_000
_AT_ONCE = 64
_LEAST_SIZE = np.float32(1e-6)


@dataclass(frozen=True, slots=True)
class Weights:
    """What training gives: for each known feature a row of ``values * scale``, in order of ``keys``.

    ``size`` is what a feature adds to the squared size of a sentence. ``bias`` is where each label
    starts, ``labels`` are their names. The features at the places ``woken_by`` also have a row of
    ``unit_values * unit_scale``, a column for each hidden unit; ``unit_bias`` is where the units
    start, and ``unit_gives`` has a row for each: what it gives to each label.
    """

    labels: tuple[str, ...]
    keys: features.Numbers
    values: NDArray[np.int8]
    scale: Floats
    size: Floats
    bias: Floats
    woken_by: Places
    unit_values: NDArray[np.int8]
    unit_scale: Floats
    unit_bias: Floats
    unit_gives: Floats


@dataclass(frozen=True, slots=True)
class Share:
    """What a word, or a run of words, gave to a logit in its sentence.

    ``words`` are their places in code points: none for what a text without words is given.
    """

    words: tuple[tuple[int, int], ...]
    gave: float


class Model:
    """Thread-safe; it remembers words, never texts.

    What is said of a sentence does not depend on those that are asked about with it, to the last
    digit.
    """

    def __init__(self, weights: Weights) -> None:
        self.labels = weights.labels
        self._weights = weights
        self._own = len(weights.labels)
        self._bias = np.concatenate([weights.bias, weights.unit_bias])
        # Where a feature's row for the units is; at 0 is the row of those that have none.
        self._unit_rows = np.zeros(len(weights.keys), np.int32)
        self._unit_rows[weights.woken_by] = np.arange(1, len(weights.woken_by) + 1)
        self._unit_values = np.pad(weights.unit_values, ((1, 0), (0, 0)))
        self._unit_scale = np.pad(weights.unit_scale, (1, 0))
        # Labels, units and, last, the squared size. The row at 0 stays zero.
        self._rows = np.zeros((_ROWS, len(self._bias) + 1), np.float32)
        self._words: dict[str, tuple[int, int]] = {}
        self._lock = Lock()

    def logits(self, texts: Sequence[str]) -> Floats:
        """A row for each of *texts*, a column for each label."""
        found = [np.zeros((0, len(self.labels)), np.float32)]
        for first in range(0, len(texts), _AT_ONCE):
            lines = [features.tokens(text) for text in texts[first : first + _AT_ONCE]]
            with self._lock:
                total = self._totals(lines)
            found.append(self._seen(total[:, :-1] / _size(total) + self._bias))
        return np.concatenate(found)

    def _seen(self, columns: Floats) -> Floats:
        """The logits: what speaks for each label itself, and what the units add."""
        units = np.maximum(columns[:, self._own :], 0)
        # No matrix product: its last digits depend on how many rows there are.
        added = (units[:, :, None] * self._weights.unit_gives).sum(axis=1)
        logits: Floats = columns[:, : self._own] + added
        return logits

    def shares(self, text: str, label: str) -> tuple[float, list[Share]]:
        """Where the logit of *label* starts, and what words gave to it, in order of their place.

        Their sum is the logit: in this text, whose words woke some units and left others asleep,
        for which the start stands too.
        """
        spans, line = features.token_spans(text), features.tokens(text)
        with self._lock:
            self._make_room(len(line))
            known = [self._word(token) for token in line]
            own = self._rows[[place for place, _ in known]]
        words = np.array(features.edged([feature for _, feature in known]), np.uint32)
        where, rows, lengths = self._known_runs(words)
        runs = self._of(rows)
        total = (own.sum(axis=0) + runs.sum(axis=0))[None]
        size = _size(total)
        gives = self._gives(total[0, :-1] / size[0] + self._bias, label)
        per_size = gives / size[0]
        given = {(at, at): gave for at, gave in enumerate((own[:, :-1] @ per_size).tolist())}
        for at, length, gave in zip(
            where.tolist(), lengths.tolist(), (runs[:, :-1] @ per_size).tolist(), strict=True
        ):
            # The first of the words is the edge; a run with an edge stands where its words stand.
            ends = max(0, at - 1), min(len(line), at - 1 + length) - 1
            given[ends] = given.get(ends, 0) + gave
        return float(self._bias @ gives), [
            Share(tuple(spans[first : last + 1]), gave)
            for (first, last), gave in sorted(given.items())
            if gave
        ]

    def _gives(self, columns: Floats, label: str) -> Floats:
        """What one more in each of *columns* gives to *label*: nothing where a unit is asleep."""
        at = self.labels.index(label)
        gives = np.zeros(len(columns), np.float32)
        gives[at] = 1
        gives[self._own :] = self._weights.unit_gives[:, at] * (columns[self._own :] > 0)
        return gives

    def _make_room(self, count: int) -> None:
        """Forget all words where *count* more would not fit; places given before are void then."""
        if len(self._words) + count >= _ROWS:
            self._words.clear()

    def _totals(self, lines: Sequence[Sequence[str]]) -> Floats:
        self._make_room(sum(map(len, lines)))
        places: list[int] = []
        words: list[int] = []
        starts: list[int] = []
        for line in lines:
            known = [self._word(token) for token in line]
            starts.append(len(words))
            places += (0, *(place for place, _ in known), 0)
            words += features.edged([feature for _, feature in known])
        total: Floats = np.add.reduceat(self._rows.take(places, axis=0), starts, axis=0)
        where, rows, _ = self._known_runs(np.array(words, np.uint32))
        if where.size:
            bounds = pairwise((*where.searchsorted(starts).tolist(), where.size))
            firsts = {at: first for at, (first, end) in enumerate(bounds) if first < end}
            total[list(firsts)] += np.add.reduceat(self._of(rows), list(firsts.values()), axis=0)
        return total

    def _known_runs(self, words: features.Numbers) -> tuple[Places, Places, Places]:
        """Where the known runs begin, in order, which rows are theirs, and how many words they have."""
        runs = features.runs(words)
        rows, is_known = self._find(np.concatenate(runs))
        at = np.flatnonzero(is_known)
        has_three = at >= len(runs[0])
        where = at - len(runs[0]) * has_three
        order = where.argsort(kind="stable")
        return where[order], rows[at[order]], 2 + has_three[order]

    def _find(self, wanted: features.Numbers) -> tuple[Places, NDArray[np.bool_]]:
        keys = self._weights.keys
        rows = np.minimum(keys.searchsorted(wanted), keys.size - 1)
        return rows, keys[rows] == wanted

    def _of(self, rows: Places) -> Floats:
        """The numbers of these rows, and their squared sizes."""
        table, units = self._weights, self._unit_rows[rows]
        own = table.values.take(rows, axis=0) * table.scale[rows, None]
        woken = self._unit_values.take(units, axis=0) * self._unit_scale[units, None]
        return np.concatenate([own, woken, table.size[rows, None]], axis=1)

    def _word(self, token: str) -> tuple[int, int]:
        """Where the row of a word and its pieces is, and its feature; a new one is worked out."""
        known = self._words.get(token)
        if known is None:
            feature = features.word(token)
            rows, is_known = self._find(np.array([feature, *features.pieces(token)], np.uint32))
            known = len(self._words) + 1, feature
            np.add.reduce(self._of(rows[is_known]), axis=0, out=self._rows[known[0]])
            self._words[token] = known
        return known


def _size(total: Floats) -> Floats:
    size: Floats = np.sqrt(np.maximum(total[:, -1:], _LEAST_SIZE))
    return size
