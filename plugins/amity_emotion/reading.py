"""What the model says of a turn, and of the words around a signal, in plain terms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
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
    """A turn's sentences, a row of logits for each, and how likely it is a negative one."""

    spans: tuple[tuple[int, int], ...]
    logits: Floats
    negative: float


class Reader:
    """Reads customers' turns. Thread-safe; the last few turns are remembered."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._model = stored.model
        self._negative = stored.model.labels.index(NEGATIVE)
        self._columns = [stored.model.labels.index(label) for label in stored.emotions]
        self._least = np.array([*stored.emotions.values()], np.float32)
        self.read = lru_cache(maxsize=_KEPT)(self._read)

    def _read(self, text: str) -> Turn:
        spans = sentences(text)
        logits = self._model.logits([text[start:end] for start, end in spans])
        if not spans:
            return Turn((), logits, 0.0)
        slope, offset = self._stored.negative
        negative = slope * float(logits[:, self._negative].max()) + offset
        return Turn(tuple(spans), logits, _chance(negative))

    def feeling(self, text: str, start: int, end: int) -> Feeling | None:
        """The strongest emotion of the sentences that ``text[start:end]`` touches, if any is likely.

        The strongest is the one that is furthest above where it begins to be named.
        """
        turn = self.read(text)
        lines = [at for at, (first, last) in enumerate(turn.spans) if first < end and start < last]
        if not lines:
            return None
        above = turn.logits[np.ix_(lines, self._columns)] - self._least
        line, column = np.unravel_index(int(above.argmax()), above.shape)
        if above[line, column] < 0:
            return None
        label = [*self._stored.emotions][column]
        first, last = turn.spans[lines[line]]
        logit = float(turn.logits[lines[line], self._columns[column]])
        return Feeling(label, _chance(logit), self._words(text[first:last], label))

    def _words(self, sentence: str, label: str) -> tuple[str, ...]:
        """The words of *sentence* that spoke for *label* most, the strongest first.

        What a run of words gave is shared out among its words, so that every word is told once.
        """
        gave: defaultdict[tuple[int, int], float] = defaultdict(float)
        for share in self._model.shares(sentence, label):
            for place in share.words:
                gave[place] += share.gave / len(share.words)
        strongest = sorted(gave.items(), key=lambda item: -item[1])[:_MOST_WORDS]
        least = _LEAST_SHARE * strongest[0][1] if strongest else 0
        return tuple(sentence[start:end] for (start, end), given in strongest if given > least > 0)


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))
