"""Works out, from labelled turns, what scores are worth and from which score on to report a signal.

A curve is an isotonic regression of right and wrong on the score (pooled adjacent violators: Ayer,
Brunk, Ewing, Reid and Silverman, 1955) over at most five groups of findings, each drawn towards the
share of all, since a few hundred labels say little about any one. Where precision and recall pull
apart, signals that can hurt an agent's score are fitted for precision (F0.5), those that open an
opportunity for recall (F2), and all others for both (F1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from amity.calibration import Calibration, Curve
from amity.measuring.tallies import FEW, Sightings
from amity.signals import Catalogue, Kind, SignalDefinition

__all__ = ["Fit", "FittedSignal", "calibrated", "fit", "fit_held_out"]

GROUPS = 5
LEAST_IN_GROUP = 6
# How many findings the share of all counts for in each group.
PULL = 10.0
FOLDS = 5
BETA = {Kind.LAPSE: 0.5, Kind.NEED: 2.0, Kind.EMOTION: 2.0, Kind.RISK: 2.0}


@dataclass(frozen=True, slots=True)
class FittedSignal:
    """The curve of a signal, and the labelled turns that it rests on."""

    curve: Curve
    turns: int
    found: int
    right: int


Fit = Mapping[str, FittedSignal]


def fit(sightings: Sightings, catalogue: Catalogue) -> Fit:
    """A curve for each signal that is labelled and found often enough (8 turns each)."""
    fitted = {}
    for at, name in enumerate(sightings.signals):
        counts = sightings.counts[:, at]
        score, is_there = sightings.score[counts, at], sightings.is_there[counts, at]
        is_found = score > 0
        if is_there.sum() >= FEW and is_found.sum() >= FEW:
            curve = _curve(score[is_found], is_there[is_found])
            least = _least(curve, score, is_there, _beta(catalogue[name]))
            fitted[name] = FittedSignal(
                replace(curve, least=least),
                int(counts.sum()),
                int(is_found.sum()),
                int((is_found & is_there).sum()),
            )
    return fitted


def _beta(definition: SignalDefinition) -> float:
    return BETA.get(definition.kind, 1.0)


def _curve(score: NDArray[np.float64], is_right: NDArray[np.bool_]) -> Curve:
    order = np.argsort(score, kind="stable")
    groups = _groups(score[order], is_right[order])
    overall = is_right.mean()
    xs = np.array([scores.mean() for scores, _ in groups])
    sizes = np.array([len(scores) for scores, _ in groups], float)
    shares = np.array([right.sum() for _, right in groups]) + PULL * overall
    ys = _rising(shares / (sizes + PULL), sizes)
    if len(xs) == 1:  # one score says nothing of others: all of them are worth the same
        return Curve(((0.0, round(float(ys[0]), 3)), (1.0, round(float(ys[0]), 3))))
    return Curve(
        tuple((round(float(x), 3), round(float(y), 3)) for x, y in zip(xs, ys, strict=True))
    )


def _groups(
    score: NDArray[np.float64], is_right: NDArray[np.bool_]
) -> list[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Findings in rising order of score, in groups; those of one score stay together."""
    size = max(LEAST_IN_GROUP, -(-len(score) // GROUPS))
    groups, start = [], 0
    while start < len(score):
        end = min(start + size, len(score))
        end = int(np.searchsorted(score, score[end - 1], "right"))
        if len(score) - end < LEAST_IN_GROUP:
            end = len(score)
        groups.append((score[start:end], is_right[start:end]))
        start = end
    return groups


def _rising(shares: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rising values nearest to *shares*, weighted by *sizes*: neighbours that fall are pooled."""
    pools: list[tuple[float, float, int]] = []
    for share, size in zip(shares, sizes, strict=True):
        pools.append((float(share), float(size), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n, i), (b, m, j) = pools[-2:]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m, i + j)]
    return np.concatenate([np.full(count, value) for value, _, count in pools])


def _least(
    curve: Curve, score: NDArray[np.float64], is_there: NDArray[np.bool_], beta: float
) -> float:
    """The calibrated score from which on reporting serves best, by the F measure of *beta*.

    Only a gain of more than a hundredth moves it from 0, at which everything is reported.
    """
    worth = np.array([curve(float(each)) if each > 0 else -1.0 for each in score])
    best, least = _f(worth >= 0, is_there, beta) + 0.01, 0.0
    for candidate in sorted(set(worth[worth > 0])):
        if (value := _f(worth >= candidate, is_there, beta)) > best:
            best, least = value, float(candidate)
    return round(least, 3)


def _f(is_found: NDArray[np.bool_], is_there: NDArray[np.bool_], beta: float) -> float:
    right = float((is_found & is_there).sum())
    weight = beta * beta
    whole = weight * is_there.sum() + is_found.sum()
    return (1 + weight) * right / whole if whole else 0.0


def calibrated(sightings: Sightings, fitted: Fit) -> Sightings:
    """*sightings* as they would be with the curves of *fitted*; what is dropped scores 0."""
    score = sightings.score.copy()
    for at, name in enumerate(sightings.signals):
        if name in fitted:
            curve = fitted[name].curve
            score[:, at] = [_scored(curve, float(each)) for each in score[:, at]]
    return replace(sightings, score=score)


def _scored(curve: Curve, score: float) -> float:
    worth = curve(score) if score > 0 else 0.0
    return worth if worth >= curve.least else 0.0


def fit_held_out(sightings: Sightings, catalogue: Catalogue) -> Sightings:
    """*sightings* with every fifth turn calibrated by what the other four fifths say.

    So the figures after are those of turns that the curves have not seen.
    """
    score = sightings.score.copy()
    for fold in range(FOLDS):
        is_held = np.arange(len(score)) % FOLDS == fold
        known = calibrated(sightings, fit(_rows(sightings, ~is_held), catalogue))
        score[is_held] = known.score[is_held]
    return replace(sightings, score=score)


def _rows(sightings: Sightings, kept: NDArray[np.bool_]) -> Sightings:
    return Sightings(
        sightings.signals,
        sightings.score[kept],
        sightings.is_there[kept],
        sightings.counts[kept],
        sightings.overlap[kept],
    )


def as_calibration(fitted: Fit) -> Calibration:
    """The curves alone."""
    return Calibration({name: each.curve for name, each in fitted.items()})


def as_yaml(fitted: Fit, *, name: str, owner: str, source: str) -> Sequence[str]:
    """The lines of a file of kind Calibration, for people to review."""
    lines = [
        "# What detectors' scores are worth, by labelled turns. Made by `amity calibrate`; to be reviewed.",
        "apiVersion: amity/v1",
        "kind: Calibration",
        "metadata:",
        f"  name: {name}",
        f"  owner: {owner}",
        "  version: 1",
        f"  intent: Scores as they hold on {source}",
        "signals:",
    ]
    for signal, each in sorted(fitted.items()):
        points = ", ".join(f"[{x:g}, {y:g}]" for x, y in each.curve.points)
        lines += [
            f"  {signal}:",
            f"    curve: [{points}]",
            f"    least: {each.curve.least:g}",
            f"    turns: {each.turns}",
            f"    found: {each.found}",
            f"    right: {each.right}",
        ]
    return lines
