"""The model at work: sentences in, for each signal a probability, with numpy and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from amity_sentences import features
from amity_sentences.tables import Floats, Memory, Table

__all__ = ["Asked", "Calibration", "Subject", "Weights", "groups_of", "settled"]

# Enough that common words and pairs are seldom worked out twice; about seven megabytes when full.
_ROWS = 3_600
_ROWS_BEFORE = 1_200
# Logits beyond this are as good as certain; single precision knows no chance nearer to 1.
_FAR = 12
_NEAR = np.float32(1e-9)
# Columns of signals, and of those that have what these leave.
Groups = Sequence[tuple[list[int], list[int]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The sentences of one turn, at least one, and the turn that it answers, or ""."""

    sentences: Sequence[str]
    before: str


@dataclass(frozen=True, slots=True)
class Weights:
    """What training gives: a column for each signal, then one for each hidden unit.

    ``known`` has a row for each feature; ``meaning`` and ``meaning_before`` lie over the meaning
    of the sentence and of the turn before; ``bias`` is where each column starts. ``hidden`` has a
    row for each hidden unit and says what it adds to each signal where it is above zero.
    ``gives_way`` has a 1 in the row of a signal and the column of one that cannot be true beside it.
    """

    known: Table
    meaning: Floats
    meaning_before: Floats
    bias: Floats
    hidden: Floats
    gives_way: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """Per signal: how a logit becomes a probability, and from which probability it is reported.

    A threshold above 1 says that the signal is never reported.
    """

    slope: Floats
    offset: Floats
    threshold: Floats


def settled(logits: Floats, groups: Groups) -> Floats:
    """The logits once a signal has only what is left by those that it cannot stand beside.

    "That's the warehouse's fault, not ours" has the words of ownership; that it shifts blame is
    surer, so little is left for ownership.
    """
    if not groups:
        return logits
    near = np.clip(logits, -_FAR, _FAR)
    chances = 1 / (1 + np.exp(-near))
    lost = np.log1p(-chances)
    found = near.copy()
    for others, columns in groups:
        # No matrix product: its last digits depend on how many rows there are.
        left = np.log(chances[:, columns]) + lost[:, others].sum(axis=1, keepdims=True)
        found[:, columns] = left - np.log1p(-np.exp(left))
    return found


def groups_of(gives_way: Floats) -> Groups:
    """Signals, and those that have what these leave, grouped so that each sum is made once."""
    found: dict[tuple[int, ...], list[int]] = {}
    for column in np.flatnonzero(gives_way.any(axis=0)).tolist():
        others = tuple(np.flatnonzero(gives_way[:, column]).tolist())
        found.setdefault(others, []).append(column)
    return [(list(others), columns) for others, columns in found.items()]


class Subject:
    """The model of one subject's signals. Thread-safe; it remembers words, never texts.

    A remembered row has what a word or a pair adds: to its own sentence (a column for each signal
    and hidden unit), to the other sentences of the turn (the same), to the squared length, and as
    meaning, weighted for each column and plain. What is said of a turn does not depend on the turns that are
    asked about with it, to the last digit.
    """

    def __init__(
        self, signals: Sequence[str], weights: Weights, vectors: Table, calibration: Calibration
    ) -> None:
        self.signals = tuple(signals)
        self.calibration = calibration
        self._weights, self._vectors = weights, vectors
        count = self._count = len(weights.bias)
        self._first, self._second = slice(count), slice(count, 2 * count)
        self._size = slice(2 * count, 2 * count + 1)
        self._weighted, self._plain = (
            slice(2 * count + 1, 3 * count + 1),
            slice(3 * count + 1, None),
        )
        width = 3 * count + 1 + self._vectors.width
        self._own, self._before = Memory(width, _ROWS), Memory(width, _ROWS_BEFORE)
        self._marks: dict[tuple[int, ...], Floats] = {}
        self._groups = groups_of(weights.gives_way)
        self._lock = Lock()

    def probabilities(self, turns: Sequence[Asked]) -> Floats:
        """How likely each sentence of *turns* shows each signal: a row for each, in their order."""
        logits = self.logits(turns)
        surest = np.clip(logits * self.calibration.slope + self.calibration.offset, -_FAR, _FAR)
        found: Floats = 1 / (1 + np.exp(-surest))
        return found

    def logits(self, turns: Sequence[Asked]) -> Floats:
        """The same before calibration."""
        with self._lock:
            found = self._logits(turns)
        return settled(found, self._groups)

    def _logits(self, turns: Sequence[Asked]) -> Floats:
        words = [features.tokens(text) for turn in turns for text in turn.sentences]
        counts = np.array([len(turn.sentences) for turn in turns])
        owner = np.repeat(np.arange(len(turns)), counts)
        firsts = np.cumsum(counts) - counts
        rows = self._sums(self._own, map(self._places, words), words)
        every, short = self._from_before(turns)
        length: Floats = np.sqrt(rows[:, self._size] + np.float32(1))
        logits: Floats = rows[:, self._first] / length
        logits += every[owner] + self._meant(rows) + self._marked(turns, words)
        sizes = np.array([[len(tokens)] for tokens in words], np.float32)
        others = np.add.reduceat(sizes, firsts)[owner] - sizes
        if others.any():
            rest = rows[:, self._second]
            rest = (np.add.reduceat(rest, firsts)[owner] - rest) * (others > 0)
            logits += rest / np.sqrt(others + np.float32(features.REST_MORE))
        logits += short[owner] * (sizes <= features.SHORT)
        return self._seen(logits)

    def _seen(self, columns: Floats) -> Floats:
        """The logits: what speaks for each signal itself, and what the hidden units add."""
        count = len(self.signals)
        units = np.maximum(columns[:, count:], 0)
        # No matrix product: its last digits depend on how many rows there are.
        added = (units[:, :, None] * self._weights.hidden).sum(axis=1)
        logits: Floats = columns[:, :count] + added
        return logits

    def _meant(self, rows: Floats) -> Floats:
        """What the direction of the meaning of each row adds."""
        length = np.sqrt(np.square(rows[:, self._plain]).sum(axis=1, keepdims=True))
        meant: Floats = rows[:, self._weighted] / np.maximum(length, _NEAR)
        return meant

    def _from_before(self, turns: Sequence[Asked]) -> tuple[Floats, Floats]:
        """What each turn before gives to every sentence, and what it gives to a short one beside."""
        words = [features.last_tokens(turn.before) for turn in turns]
        rows = self._sums(self._before, map(self._places_before, words), words)
        size: Floats = np.sqrt(np.array([[max(1, len(tokens))] for tokens in words], np.float32))
        every: Floats = rows[:, self._first] / size + self._meant(rows) + self._weights.bias
        return every, rows[:, self._second] / size

    def _sums(
        self, memory: Memory, places: Iterator[list[int]], words: Sequence[Sequence[str]]
    ) -> Floats:
        """The sum of the remembered rows for each of *words*; *places* gives where they are."""
        found: list[Floats] = []
        lines: list[list[int]] = []
        for tokens in words:
            if not memory.has_room(2 * len(tokens) + 2):
                found.append(memory.totals(lines))
                lines = []
                memory.forget()
            lines.append(next(places))
        found.append(memory.totals(lines))
        return np.concatenate(found) if len(found) > 1 else found[0]

    def _places(self, tokens: Sequence[str]) -> list[int]:
        """Where the rows of *tokens* and of their pairs are; new ones are worked out."""
        words, pairs = self._own.words.get, self._own.pairs.get
        found = [words(token) or self._keep_word(token) for token in tokens]
        places = [place for place, _ in found]
        for pair in features.pairs([feature for _, feature in found]):
            place = pairs(pair)
            if place is None:
                place = self._keep_pair(pair)
            if place:
                places.append(place)
        return places

    def _keep_word(self, token: str) -> tuple[int, int]:
        known, word = self._weights.known, features.word(token)
        own, rest = known.total([word, *features.pieces(token)]), known.row(features.rest(word))
        row = self._row(own, rest, features.size(token), word, self._weights.meaning)
        return self._own.keep_word(token, word, row)

    def _keep_pair(self, pair: int) -> int:
        own = self._weights.known.row(pair)
        if own is None and self._vectors.row(pair) is None:
            return self._own.keep_pair(pair, None)
        return self._own.keep_pair(pair, self._row(own, None, 0, pair, self._weights.meaning))

    def _places_before(self, tokens: Sequence[str]) -> list[int]:
        """Where the rows of *tokens* as words of the turn before are."""
        get = self._before.words.get
        return [(get(token) or self._keep_before(token))[0] for token in tokens]

    def _keep_before(self, token: str) -> tuple[int, int]:
        known, word = self._weights.known.row, features.word(token)
        every, short = known(features.before(word)), known(features.before(word, is_short=True))
        row = self._row(every, short, 0, word, self._weights.meaning_before)
        return self._before.keep_word(token, word, row)

    def _row(
        self,
        first: Floats | None,
        second: Floats | None,
        size: float,
        feature: int,
        meaning: Floats,
    ) -> Floats:
        row = np.zeros(3 * self._count + 1 + self._vectors.width, np.float32)
        row[self._size] = size
        vector = self._vectors.row(feature)
        weighted = None if vector is None else vector @ meaning
        for where, part in (
            (self._first, first),
            (self._second, second),
            (self._weighted, weighted),
            (self._plain, vector),
        ):
            if part is not None:
                row[where] = part
        return row

    def _marked(self, turns: Sequence[Asked], words: Sequence[Sequence[str]]) -> Floats:
        tokens = iter(words)
        return np.array(
            [
                self._of_marks(features.marks(text, next(tokens), answers=bool(turn.before)))
                for turn in turns
                for text in turn.sentences
            ]
        )

    def _of_marks(self, marks: tuple[int, ...]) -> Floats:
        found = self._marks.get(marks)
        if found is None:
            found = self._weights.known.total(marks)
            if found is None:
                found = np.zeros(self._count, np.float32)
            # There are fewer than two thousand ways to put a sentence.
            self._marks[marks] = found
        return found
