"""Holds what detectors find against labels, and counts: precision, recall, F1, places, calibration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amity.measuring.labels import LabelledTurn
from amity.plugins.detection import Detection

__all__ = ["Measured", "Sightings", "SignalResult", "measure", "watch"]

DRAWS = 1000
BINS = 10
# Fewer turns that show a signal than this say little about it; SIGNALS' shared sets use 8 as well.
FEW = 8


@dataclass(frozen=True, slots=True)
class Sightings:
    """What was found of each signal in each labelled turn.

    Arrays of shape (turns, signals): ``score`` of the surest finding, 0 where there is none;
    ``is_there`` by the labels; ``counts``, whether the signal is judged in that turn; ``overlap``,
    intersection over union of the words found and the words quoted, NaN where nothing is quoted.
    """

    signals: tuple[str, ...]
    score: NDArray[np.float64]
    is_there: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    overlap: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SignalResult:
    """How well one signal is found. ``f1_low`` and ``f1_high`` hold 95% of the bootstrap's draws."""

    signal: str
    labelled: int
    found: int
    right: int
    precision: float
    recall: float
    f1: float
    f1_low: float
    f1_high: float
    overlap: float
    calibration_error: float
    brier: float


@dataclass(frozen=True, slots=True)
class Measured:
    """All signals, and what they come to.

    ``macro`` has the means over the signals that are labelled or found at all, ``frequent`` over
    those that are labelled in 8 turns or more; their calibration error is that of all findings.
    """

    signals: tuple[SignalResult, ...]
    turns: int
    at_least: float
    macro: SignalResult
    frequent: SignalResult


def watch(
    turns: Sequence[LabelledTurn],
    signals: Sequence[str],
    detect: Callable[[LabelledTurn], Detection],
    advance: Callable[[], object] = lambda: None,
) -> Sightings:
    """Have *detect* look at every one of *turns*; *advance* is called after each."""
    shape = (len(turns), len(signals))
    column = {name: at for at, name in enumerate(signals)}
    score, overlap = np.zeros(shape), np.full(shape, np.nan)
    is_there, counts = np.zeros(shape, bool), np.zeros(shape, bool)
    for row, turn in enumerate(turns):
        spans: dict[str, list[tuple[int, int]]] = {}
        for signal in detect(turn).signals:
            if signal.turn == turn.index:
                cell = row, column[signal.name]
                score[cell] = max(score[cell], signal.score)
                spans.setdefault(signal.name, []).append((signal.start, signal.end))
        for name, at in column.items():
            is_there[row, at] = name in turn.present
            counts[row, at] = turn.counts(name)
            if name in spans and turn.present.get(name):
                overlap[row, at] = _overlap(spans[name], turn.present[name])
        advance()
    return Sightings(tuple(signals), score, is_there, counts, overlap)


def _overlap(found: Iterable[tuple[int, int]], quoted: Iterable[tuple[int, int]]) -> float:
    ours = {at for start, end in found for at in range(start, end)}
    theirs = {at for start, end in quoted for at in range(start, end)}
    return len(ours & theirs) / len(ours | theirs)


def measure(sightings: Sightings, at_least: float = 0.0, *, draws: int = DRAWS) -> Measured:
    """The figures of *sightings*; findings that score less than *at_least* do not count.

    Intervals are percentile bootstraps over *draws* draws of the turns, with a fixed seed. A signal
    that is neither labelled nor found has no figures and is left out of the means.
    """
    is_found = (sightings.score > 0) & (sightings.score >= at_least)
    outcomes = _outcomes(is_found, sightings)
    drawn = _drawn(outcomes, draws)
    columns = np.arange(len(sightings.signals))
    rows = []
    for at, name in enumerate(sightings.signals):
        right, wrong, missed = (int(count) for count in outcomes[:, at].sum(axis=0))
        rows.append(
            _result(
                name,
                (right, wrong, missed),
                np.nanpercentile(_f1(drawn[:, at]), (2.5, 97.5)),
                _mean(sightings.overlap[is_found[:, at] & sightings.counts[:, at], at]),
                _errors(sightings, is_found & (columns == at)),
            )
        )
    seen = np.array([row.labelled > 0 or row.found > 0 for row in rows])
    often = np.array([row.labelled >= FEW for row in rows])
    return Measured(
        tuple(rows),
        len(sightings.score),
        at_least,
        _means("all signals", rows, drawn, seen, _errors(sightings, is_found & seen)),
        _means(
            f"labelled in {FEW} or more",
            rows,
            drawn,
            often,
            _errors(sightings, is_found & often),
        ),
    )


def _outcomes(is_found: NDArray[np.bool_], sightings: Sightings) -> NDArray[np.float64]:
    """Right, wrong and missed, of shape (turns, signals, 3)."""
    there, counts = sightings.is_there, sightings.counts
    kinds = (is_found & there, is_found & ~there, ~is_found & there)
    return np.stack([kind & counts for kind in kinds], axis=-1).astype(float)


def _drawn(outcomes: NDArray[np.float64], draws: int) -> NDArray[np.float64]:
    """The sums of *draws* draws of as many turns as there are, of shape (draws, signals, 3)."""
    random = np.random.default_rng(0)
    turns, signals, kinds = outcomes.shape
    flat = outcomes.reshape(turns, -1)
    times = random.multinomial(turns, np.full(turns, 1 / turns), size=draws)
    return (times @ flat).reshape(draws, signals, kinds)


def _f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    right, wrong, missed = np.moveaxis(counts, -1, 0)
    f1: NDArray[np.float64] = 2 * right / np.maximum(2 * right + wrong + missed, 1)
    return f1


def _result(
    name: str,
    counts: tuple[int, int, int],
    interval: NDArray[np.float64],
    overlap: float,
    errors: tuple[float, float],
) -> SignalResult:
    right, wrong, missed = counts
    return SignalResult(
        signal=name,
        labelled=right + missed,
        found=right + wrong,
        right=right,
        precision=right / max(right + wrong, 1),
        recall=right / max(right + missed, 1),
        f1=2 * right / max(2 * right + wrong + missed, 1),
        f1_low=float(interval[0]),
        f1_high=float(interval[1]),
        overlap=overlap,
        calibration_error=errors[0],
        brier=errors[1],
    )


def _means(
    name: str,
    rows: Sequence[SignalResult],
    drawn: NDArray[np.float64],
    which: NDArray[np.bool_],
    errors: tuple[float, float],
) -> SignalResult:
    kept = [row for row, is_kept in zip(rows, which, strict=True) if is_kept]
    # A draw may have no turn of a rare signal at all, and then says nothing about it.
    present = drawn[:, which].any(axis=-1)
    f1 = np.where(present, _f1(drawn[:, which]), 0).sum(axis=1)
    means = f1 / np.maximum(present.sum(axis=1), 1)
    low, high = np.percentile(means, (2.5, 97.5))
    return SignalResult(
        signal=name,
        labelled=sum(row.labelled for row in kept),
        found=sum(row.found for row in kept),
        right=sum(row.right for row in kept),
        precision=_mean([row.precision for row in kept]),
        recall=_mean([row.recall for row in kept]),
        f1=_mean([row.f1 for row in kept]),
        f1_low=float(low),
        f1_high=float(high),
        overlap=_mean([row.overlap for row in kept]),
        calibration_error=errors[0],
        brier=errors[1],
    )


def _mean(values: Iterable[float] | NDArray[np.float64]) -> float:
    """The mean of those that are numbers; NaN if none is."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _errors(sightings: Sightings, kept: NDArray[np.bool_]) -> tuple[float, float]:
    """How far the scores of the findings that *kept* marks are from what was right.

    The expected calibration error in ten bins of equal width (Guo, Pleiss, Sun and Weinberger, "On
    Calibration of Modern Neural Networks", 2017, section 2), and Brier's score, the mean squared
    difference (1950); for both, less is better.
    """
    kept = kept & sightings.counts
    scores, right = sightings.score[kept], sightings.is_there[kept]
    if not len(scores):
        return float("nan"), float("nan")
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [
        abs(right[bins == each].mean() - scores[bins == each].mean()) * (bins == each).mean()
        for each in np.unique(bins)
    ]
    return float(np.sum(gaps)), float(np.mean((scores - right) ** 2))
