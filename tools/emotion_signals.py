"""The sentences of authored customers' turns, and what they are known to show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from emotion_texts import Floats, read
from held_back import fold, is_held_back
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))

from amity_emotion.split import sentences

__all__ = ["NEGATIVE", "NEGATIVE_COLUMN", "SIGNALS", "Authored", "authored", "by_turn"]

NEGATIVE = (
    "customer.frustration",
    "customer.anger",
    "customer.anxiety",
    "customer.disappointment",
    "customer.complaint",
    "customer.sarcasm",
    "customer.churn_threat",
    "customer.review_threat",
    "customer.unresolved",
    "customer.effort",
)
"""What makes a turn negative; the same as in engine/amity/measuring/peers.py."""

SIGNALS = (
    "customer.frustration",
    "customer.anger",
    "customer.anxiety",
    "customer.disappointment",
    "customer.confusion",
    "customer.gratitude",
    "customer.satisfaction",
    "customer.sarcasm",
    "customer.praise",
    "customer.abuse",
    "customer.vulnerability",
    "customer.complaint",
)
"""Signals that feeling may speak for; "negative" stands after them."""

NEGATIVE_COLUMN = len(SIGNALS)


@dataclass(frozen=True, slots=True)
class Authored:
    """Sentences, which turn each is of, and labels of both: 1, 0 or nan where it is not settled.

    A column for each of ``SIGNALS`` and one for negative.
    """

    rows: list[dict[str, Any]]
    texts: list[str]
    owner: NDArray[np.int64]
    labels: Floats
    turn_labels: Floats
    folds: NDArray[np.int64]


def authored(path: Path, *, held_back: bool) -> Authored:
    """Customers' turns that are held back, or those that are trained on."""
    rows = [
        row
        for row in read(path)
        if row["role"] == "customer" and is_held_back(row) == held_back and sentences(row["text"])
    ]
    spans = [sentences(row["text"]) for row in rows]
    placed = [_place(row, where) for row, where in zip(rows, spans, strict=True)]
    return Authored(
        rows,
        [
            row["text"][start:end]
            for row, where in zip(rows, spans, strict=True)
            for start, end in where
        ],
        np.repeat(np.arange(len(rows)), [len(where) for where in spans]),
        np.concatenate([labels for labels, _ in placed]),
        np.array([turn for _, turn in placed]),
        np.array([fold(row) for row in rows]),
    )


def _place(row: dict[str, Any], spans: Sequence[tuple[int, int]]) -> tuple[Floats, Floats]:
    """Labels of each sentence and of the turn."""
    labels = np.zeros((len(spans), len(SIGNALS) + 1), np.float32)
    turn = np.zeros(len(SIGNALS) + 1, np.float32)
    unsettled = np.zeros(len(SIGNALS) + 1, bool)
    for label in row["signals"]:
        for at in _columns(label["signal"]):
            turn[at] = 1
            if label["quote"] is None:
                unsettled[at] = True
                continue
            first = row["text"].find(label["quote"])
            last = first + len(label["quote"])
            for line, (start, end) in enumerate(spans):
                labels[line, at] = max(labels[line, at], min(last, end) - max(first, start) > 2)
    labels[(labels == 0) & unsettled] = np.nan if len(spans) > 1 else 1
    for name in row["arguable"]:
        for at in _columns(name):
            if at < len(SIGNALS) or not turn[at]:
                labels[:, at] = turn[at] = np.nan
    return labels, turn


def _columns(name: str) -> list[int]:
    own = [SIGNALS.index(name)] if name in SIGNALS else []
    return [*own, NEGATIVE_COLUMN] if name in NEGATIVE else own


def by_turn(found: Authored, values: Floats) -> Floats:
    """The highest of the values of each turn's sentences."""
    best = np.full((len(found.rows), values.shape[1]), -np.inf, np.float32)
    np.maximum.at(best, found.owner, values)
    return best
