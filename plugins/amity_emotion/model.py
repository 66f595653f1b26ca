"""The model at work: sentences in, a logit for each label, with numpy and nothing else.

A logit is a sum over the features of a sentence, divided by the sentence's size, and a start. So
what each word and run of words gave can be told exactly (``shares``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from amity_emotion import features

__all__ = ["Floats", "Model", "Share", "Weights"]

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
# Enough that common words are seldom worked out twice; about two megabytes when full.
_ROWS = 12_000
_AT_ONCE = 64
_LEAST_SIZE = np.float32(1e-6)


@dataclass(frozen=True, slots=True)
class Weights:
    """What training gives: for each known feature a row of ``values * scale``, in order of ``keys``.

    ``size`` is what a feature adds to the squared size of a sentence. ``bias`` is where each label
    starts, ``labels`` are their names.
    """

    labels: tuple[str, ...]
    keys: features.Numbers
    values: NDArray[np.int8]
    scale: Floats
    size: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Share:
    """What a word, or a run of words, gave to a logit.

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
        # The last column is the squared size. The row at 0 stays zero.
        self._rows = np.zeros((_ROWS, len(weights.labels) + 1), np.float32)
        self._words: dict[str, tuple[int, int]] = {}
        self._lock = Lock()

    def logits(self, texts: Sequence[str]) -> Floats:
        """A row for each of *texts*, a column for each label."""
        found = [np.zeros((0, len(self.labels)), np.float32)]
        for first in range(0, len(texts), _AT_ONCE):
            lines = [features.tokens(text) for text in texts[first : first + _AT_ONCE]]
            with self._lock:
                total = self._totals(lines)
            found.append(total[:, :-1] / _size(total) + self._weights.bias)
        return np.concatenate(found)

    def shares(self, text: str, label: str) -> list[Share]:
        """What words and runs of words gave to the logit of *label*, in order of their place.

        With where the label starts (``start_of``), their sum is the logit.
        """
        spans, line = features.token_spans(text), features.tokens(text)
        column = self.labels.index(label)
        with self._lock:
            self._make_room(len(line))
            known = [self._word(token) for token in line]
            own = self._rows[[place for place, _ in known]][:, [column, -1]]
        words = np.array(features.edged([feature for _, feature in known]), np.uint32)
        gave = {(at, at): given for at, given in enumerate(own[:, 0].tolist())}
        where, rows, lengths = self._known_runs(words)
        table = self._weights
        given_by = table.values[rows, column] * table.scale[rows]
        total = own[:, 1].sum() + table.size[rows].sum()
        size = float(np.sqrt(max(total, _LEAST_SIZE)))
        for at, length, given in zip(
            where.tolist(), lengths.tolist(), given_by.tolist(), strict=True
        ):
            # The first of the words is the edge; a run with an edge stands where its words stand.
            ends = max(0, at - 1), min(len(line), at - 1 + length) - 1
            gave[ends] = gave.get(ends, 0) + given
        return [
            Share(tuple(spans[first : last + 1]), given / size)
            for (first, last), given in sorted(gave.items())
            if given
        ]

    def start_of(self, label: str) -> float:
        """The logit of *label* before any word."""
        return float(self._weights.bias[self.labels.index(label)])

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
            owner = np.searchsorted(starts, where, "right") - 1
            firsts = np.flatnonzero(np.diff(owner, prepend=-1))
            total[owner[firsts]] += np.add.reduceat(self._of(rows), firsts, axis=0)
        return total

    def _known_runs(self, words: features.Numbers) -> tuple[Places, Places, Places]:
        """Where the known runs begin, in order, which rows are theirs, and how many words they have."""
        runs = features.runs(words)
        rows, is_known = self._find(np.concatenate(runs))
        where = np.concatenate([np.arange(len(run)) for run in runs])[is_known]
        lengths = np.repeat([2, 3], [len(run) for run in runs])[is_known]
        order = np.argsort(where, kind="stable")
        return where[order], rows[is_known][order], lengths[order]

    def _find(self, wanted: features.Numbers) -> tuple[Places, NDArray[np.bool_]]:
        keys = self._weights.keys
        rows = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
        return rows, keys[rows] == wanted

    def _of(self, rows: Places) -> Floats:
        """The numbers of these rows, and their squared sizes."""
        found = np.empty((len(rows), len(self.labels) + 1), np.float32)
        np.multiply(self._weights.values[rows], self._weights.scale[rows, None], out=found[:, :-1])
        found[:, -1] = self._weights.size[rows]
        return found

    def _word(self, token: str) -> tuple[int, int]:
        """Where the row of a word and its pieces is, and its feature; a new one is worked out."""
        known = self._words.get(token)
        if known is None:
            feature = features.word(token)
            rows, is_known = self._find(np.array([feature, *features.pieces(token)], np.uint32))
            known = len(self._words) + 1, feature
            self._rows[known[0]] = self._of(rows[is_known]).sum(axis=0)
            self._words[token] = known
        return known


def _size(total: Floats) -> Floats:
    size: Floats = np.sqrt(np.maximum(total[:, -1:], _LEAST_SIZE))
    return size
