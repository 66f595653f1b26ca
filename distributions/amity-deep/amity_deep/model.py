"""The model at work: the sentences of a turn in, signals with their probabilities out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from amity_deep.reading import Reader, Window

__all__ = ["Calibration", "Floats", "Model", "run"]

Floats = NDArray[np.float32]
# Sentence, signal, probability.
Said = tuple[int, str, float]
_UNREAD = -30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Per signal: how a logit becomes a probability, and from which probability it is reported.

    A threshold above 1 says that the signal is never reported.
    """

    slope: Floats
    offset: Floats
    threshold: Floats


class Model:
    """Reads turns. Thread-safe; it keeps nothing of what it reads.

    Every window is a run of its own, though the windows of a conversation could share one: eight
    bits are spread over the range of all that is in a run, so what else is in it would change what
    is found, by as much as a logit of 1. It would save a sixth of the time.
    """

    def __init__(
        self,
        session: InferenceSession,
        reader: Reader,
        signals: Mapping[str, Sequence[str]],
        calibration: Calibration,
    ) -> None:
        self._session = session
        self._reader = reader
        self._names = [name for names in signals.values() for name in names]
        self._columns: dict[str, slice] = {}
        first = 0
        for subject, names in signals.items():
            self._columns[subject] = slice(first, first + len(names))
            first += len(names)
        self._calibration = calibration

    @property
    def reported(self) -> Iterator[str]:
        """The signals that are reported at all."""
        for name, threshold in zip(self._names, self._calibration.threshold, strict=True):
            if threshold <= 1:
                yield name

    def chances(
        self, role: str, subject: str, text: str, spans: Sequence[tuple[int, int]], before: str
    ) -> Floats:
        """How likely each of *spans* shows each signal of *subject*: a row for each sentence."""
        columns = self._columns[subject]
        logits = self.logits(role, text, spans, before)[:, columns]
        line = self._calibration.slope[columns] * logits + self._calibration.offset[columns]
        chances: Floats = 1 / (1 + np.exp(-line))
        return chances

    def sure(self, subject: str, chances: Floats) -> Iterator[Said]:
        """What is reported of *chances*, sentence by sentence."""
        columns = self._columns[subject]
        places, found = np.nonzero(chances >= self._calibration.threshold[columns])
        for place, column, chance in zip(
            places.tolist(), found.tolist(), chances[places, found].tolist(), strict=True
        ):
            yield place, self._names[columns.start + column], round(chance, 4)

    def column(self, subject: str, signal: str) -> int | None:
        """Where *signal* is in the chances of *subject*; None for a signal of another."""
        columns = self._columns[subject]
        names = self._names[columns]
        return names.index(signal) if signal in names else None

    def logits(self, role: str, text: str, spans: Sequence[tuple[int, int]], before: str) -> Floats:
        """A row for each of *spans*; of a sentence in several windows, the highest of each signal."""
        found = np.full((len(spans), len(self._names)), _UNREAD, np.float32)
        for window in self._reader.windows(role, text, spans, before):
            said = run(self._session, window)
            np.maximum.at(found, window.sentences, said)
        return found


def run(session: InferenceSession, window: Window) -> Floats:
    """A row of logits for each sentence in *window*."""
    pool = np.zeros((1, len(window.places), len(window.ids)), np.float32)
    for row, (first, last) in enumerate(window.places):
        pool[0, row, first:last] = 1 / (last - first)
    asked = {
        "ids": np.array([window.ids], np.int64),
        "kinds": np.array([window.kinds], np.int64),
        "pool": pool,
    }
    logits: Floats = session.run(["logits"], asked)[0][0]
    return logits
