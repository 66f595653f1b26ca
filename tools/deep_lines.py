"""Turns as the encoder reads them, with labels: what tools/teach_sentences.py learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sentence_examples import ROLES, ROOT, Floats, Row, answered, place, signal_names
from tokenizers import Tokenizer

from amity_deep.reading import Reader, Window
from amity_deep.split import sentences

__all__ = ["BATCH", "DEEP", "Cut", "Line", "Lines", "average_precision", "batches", "best_of_turns"]

BATCH = 32
DEEP = ROOT / "distributions" / "amity-deep" / "amity_deep"
Cut = Callable[[str], list[tuple[int, int]]]


@dataclass(slots=True)
class Line:
    """One window of a turn. ``turn`` numbers its turn; labels are 1, 0, or nan where either is right.

    ``labels`` has a row for each sentence in the window, ``turn_labels`` is about all of them.
    """

    window: Window
    turn: int
    labels: Floats
    turn_labels: Floats


class Lines:
    """Makes lines of rows; *cut* says where sentences are."""

    def __init__(self, encoder: Path, cut: Cut = sentences) -> None:
        self._reader = Reader(Tokenizer.from_file(str(encoder / "tokenizer.json")))
        self._cut = cut
        self.signals = signal_names()
        self.names = [name for names in self.signals.values() for name in names]

    def of(self, rows: Iterable[Row]) -> list[Line]:
        """The lines of *rows*, whose turns are numbered in order; a turn without words has none."""
        return [line for turn, row in enumerate(rows) for line in self._lines(turn, row)]

    def _lines(self, turn: int, row: Row) -> Iterator[Line]:
        spans = self._cut(row["text"])
        windows = self._reader.windows(row["role"], row["text"], spans, answered(row))
        labels = np.full((len(spans), len(self.names)), np.nan, np.float32)
        whole = self.turn_labels(row)
        first = 0
        for subject, names in self.signals.items():
            if ROLES[subject] == row["role"]:
                labels[:, first : first + len(names)], *_ = place(row, spans, names)
            first += len(names)
        if len(windows) > 1:
            # What is somewhere in the turn may be in another window.
            whole = np.where(whole == 1, np.nan, whole)
        for window in windows:
            yield Line(window, turn, labels[window.sentences], whole)

    def turn_labels(self, row: Row) -> Floats:
        """What is known of a turn as a whole."""
        found = np.full(len(self.names), np.nan, np.float32)
        first = 0
        for subject, names in self.signals.items():
            if ROLES[subject] == row["role"]:
                _, found[first : first + len(names)], _ = place(row, [(0, 0)], names)
            first += len(names)
        return found


def batches(lines: Sequence[Line], draw: np.random.Generator | None) -> Iterator[list[int]]:
    """Places of lines of like length; drawn anew each time, or in order."""
    sizes = np.array([len(line.window.ids) for line in lines], float)
    order = np.argsort(sizes + (draw.uniform(0, 6, len(lines)) if draw else 0), kind="stable")
    parts = [order[at : at + BATCH].tolist() for at in range(0, len(order), BATCH)]
    if draw:
        draw.shuffle(parts)
    yield from parts


def best_of_turns(lines: Sequence[Line], logits: Sequence[Floats], count: int) -> Floats:
    """The highest logit of each signal in each of *count* turns; -30 where nothing was read."""
    found = np.full((count, logits[0].shape[1]), -30, np.float32)
    for line, said in zip(lines, logits, strict=True):
        np.maximum(found[line.turn], said.max(axis=0), out=found[line.turn])
    return found


def average_precision(said: Floats, wanted: Floats) -> float:
    """The mean over signals, turn by turn."""
    found = []
    for column in range(wanted.shape[1]):
        known = ~np.isnan(wanted[:, column])
        right = wanted[known, column][np.argsort(-said[known, column], kind="stable")] == 1
        if right.any():
            found.append((np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean())
    return float(np.mean(found))
