"""What the model says of a turn, and of the words around a signal, in plain terms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from math import exp

import numpy as np

from amity_emotion.model import Floats
from amity_emotion.split import sentences
from amity_emotion.weights import NEGATIVE, Stored

__all__ = ["Feeling", "Reader", "Turn"]

_MOST_WORDS = 3
# A conversation's turns are asked about once for each signal in them, and again when it goes on.
_KEPT = 256
_LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Feeling:
    """The strongest emotion of some sentences, how likely it is, and the words that spoke for it."""

    label: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn's sentences, a row of logits for each, and how likely it is a negative one.

    ``told`` has what was said already: for a sentence and a label, by their numbers.
    """

    spans: tuple[tuple[int, int], ...]
    logits: Floats
    negative: float
    told: dict[tuple[int, int], Feeling] = field(default_factory=dict)


class Reader:
    """Reads customers' turns. Thread-safe; it remembers what it said of the last ones, never texts."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._model = stored.model
        self._negative = stored.model.labels.index(NEGATIVE)
        self._kept: dict[bytes, Turn] = {}
        self._columns: dict[frozenset[str], tuple[list[int], Floats]] = {}

    def read(self, text: str) -> Turn:
        """What the model says of a turn and of each of its sentences."""
        key = sha256(text.encode("utf-8", "surrogatepass")).digest()
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            found = self._kept[key] = self._read(text)
        return found

    def _read(self, text: str) -> Turn:
        spans = sentences(text)
        logits = self._model.logits([text[start:end] for start, end in spans])
        if not spans:
            return Turn((), logits, 0.0)
        slope, offset = self._stored.negative
        negative = slope * float(logits[:, self._negative].max()) + offset
        return Turn(tuple(spans), logits, _chance(negative))

    def feeling(self, text: str, start: int, end: int, meant: frozenset[str]) -> Feeling | None:
        """The strongest emotion among *meant* in the sentences that ``text[start:end]`` touches.

        The strongest is the one that is furthest above where it begins to be named; None where none
        is so far.
        """
        turn = self.read(text)
        lines = [at for at, (first, last) in enumerate(turn.spans) if first < end and start < last]
        if not lines:
            return None
        columns, least = self._columns_of(meant)
        above = turn.logits[lines][:, columns] - least
        row, column = divmod(int(above.argmax()), len(columns))
        if above[row, column] < 0:
            return None
        return self._feeling(turn, text, lines[row], columns[column])

    def _columns_of(self, meant: frozenset[str]) -> tuple[list[int], Floats]:
        found = self._columns.get(meant)
        if found is None:
            labels = [label for label in self._stored.emotions if label in meant]
            least = np.array([self._stored.emotions[label] for label in labels], np.float32)
            found = [self._model.labels.index(label) for label in labels], least
            self._columns[meant] = found
        return found

    def _feeling(self, turn: Turn, text: str, line: int, column: int) -> Feeling:
        found = turn.told.get((line, column))
        if found is None:
            start, end = turn.spans[line]
            label, sentence = self._model.labels[column], text[start:end]
            score = _chance(float(turn.logits[line, column]))
            found = Feeling(label, score, self._words(sentence, label))
            turn.told[line, column] = found
        return found

    def _words(self, sentence: str, label: str) -> tuple[str, ...]:
        """The words of *sentence* that spoke for *label* most, the strongest first.

        What a run of words gave is shared out among its words, so that every word is told once.
        """
        gave: defaultdict[tuple[int, int], float] = defaultdict(float)
        for share in self._model.shares(sentence, label)[1]:
            for place in share.words:
                gave[place] += share.gave / len(share.words)
        strongest = sorted(gave.items(), key=lambda item: -item[1])[:_MOST_WORDS]
        least = _LEAST_SHARE * strongest[0][1] if strongest else 0
        return tuple(sentence[start:end] for (start, end), given in strongest if given > least > 0)


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))
