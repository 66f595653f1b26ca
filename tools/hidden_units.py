"""Fits hidden units to sentences: what a sum of words cannot say, such as "not" beside another word.

A layer of rectified units over all features, trained by Adam (Kingma & Ba 2015, arXiv:1412.6980)
with a linear decay, in numpy alone; features that a batch does not have stay as they are. Seeded, so
that the same sentences give the same units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["Units", "fit_units"]

Floats = NDArray[np.float32]

PASSES, BATCH = 4, 128
RATE, WARM, DECAY = 0.01, 0.1, 0.02
LOST_WORDS, LOST_UNITS = 0.15, 0.3
START = 0.1
_KEPT, _KEPT_SQUARE, _NEAR = 0.9, 0.999, 1e-8


@dataclass(slots=True)
class Units:
    """``counted``, ``dense`` and ``bias`` lead to the units, ``out`` and ``base`` to the signals."""

    counted: Floats
    dense: Floats
    bias: Floats
    out: Floats
    base: Floats

    def logits(self, counts: sp.csr_matrix, dense: Floats) -> Floats:
        """A row for each sentence."""
        units = np.maximum(counts @ self.counted + dense @ self.dense + self.bias, 0)
        return np.asarray(units @ self.out + self.base, np.float32)

    def parts(self) -> Sequence[Floats]:
        """What is trained."""
        return self.counted, self.dense, self.bias, self.out, self.base


class _Adam:
    def __init__(self, parts: Sequence[Floats], steps: int, rate: float) -> None:
        self._parts, self._steps, self._step, self._rate = parts, steps, 0, rate
        self._mean = [np.zeros_like(part) for part in parts]
        self._square = [np.zeros_like(part) for part in parts]

    def step(self, slopes: Sequence[Floats], lines: NDArray[np.intp]) -> None:
        """One step; the first part changes in *lines* only, for which its slope is."""
        self._step += 1
        done = self._step / self._steps
        rate = self._rate * min(done / WARM, (1 - done) / (1 - WARM))
        first, second = 1 - _KEPT**self._step, 1 - _KEPT_SQUARE**self._step
        where: list[Any] = [lines, ..., ..., ..., ...]
        for part, slope, mean, square, at in zip(
            self._parts, slopes, self._mean, self._square, where, strict=True
        ):
            new = mean[at] * _KEPT + (1 - _KEPT) * slope
            size = square[at] * _KEPT_SQUARE + (1 - _KEPT_SQUARE) * slope * slope
            mean[at], square[at] = new, size
            change = rate / first * new / (np.sqrt(size / second) + _NEAR)
            part[at] = part[at] * (1 - rate * DECAY) - change


def fit_units(
    counts: sp.csr_matrix,
    dense: Floats,
    wanted: Floats,
    weight: Floats,
    base: Floats,
    count: int,
    *,
    batch: int = BATCH,
) -> Units:
    """*count* units for sentences with *wanted* from 0 to 1, each counted by *weight*.

    *base* is where the signals start; *dense* may have no columns. A larger *batch* takes larger
    and fewer steps, which saves half of the time.
    """
    draw = np.random.default_rng(0)
    size, width, signals = counts.shape[0], counts.shape[1], wanted.shape[1]

    def drawn(*shape: int) -> Floats:
        return draw.normal(0, START, shape).astype(np.float32)

    units = Units(
        drawn(width, count),
        drawn(dense.shape[1], count),
        np.zeros(count, np.float32),
        drawn(count, signals),
        base.astype(np.float32).copy(),
    )
    rate = RATE * (batch / BATCH) ** 0.5
    adam = _Adam(units.parts(), PASSES * -(-size // batch), rate)
    for _ in range(PASSES):
        order = draw.permutation(size)
        for start in range(0, size, batch):
            rows = order[start : start + batch]
            found = counts[rows]
            slopes = _slopes(units, found, dense[rows], wanted[rows], weight[rows], draw)
            adam.step(slopes, np.unique(found.indices))
    return units


def _slopes(
    units: Units,
    counts: sp.csr_matrix,
    dense: Floats,
    wanted: Floats,
    weight: Floats,
    draw: np.random.Generator,
) -> Sequence[Floats]:
    """The slope of the loss, some words and units being left out by chance."""
    lines = np.unique(counts.indices)
    counts.data = counts.data * (draw.random(counts.nnz) >= LOST_WORDS) / np.float32(1 - LOST_WORDS)
    counts = counts.astype(np.float32)
    before = counts @ units.counted + dense @ units.dense + units.bias
    kept = (before > 0) * (draw.random(before.shape) >= LOST_UNITS) / np.float32(1 - LOST_UNITS)
    kept = kept.astype(np.float32)
    seen = before * kept
    logits = np.clip(seen @ units.out + units.base, -30, 30)
    wrong = (1 / (1 + np.exp(-logits)) - wanted) * weight / np.float32(len(wanted))
    back = (wrong @ units.out.T) * kept
    return (
        np.asarray(counts[:, lines].T @ back, np.float32),
        dense.T @ back,
        back.sum(axis=0),
        seen.T @ wrong,
        wrong.sum(axis=0),
    )
