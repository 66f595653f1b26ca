"""Texts as rows of numbers, and logistic regression over them: what training needs of mathematics."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from emotion_texts import Floats
from numpy.typing import NDArray
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))

from amity_emotion import features

__all__ = ["Parts", "Vocabulary", "best_threshold", "chance", "f1", "fit", "parts", "vocabulary"]

# The features of a text by kind: words, runs of two, runs of three, pieces of words.
Parts = tuple[features.Numbers, ...]
LEAST_SEEN = (2, 2, 3, 3)
LEAST_COMMON = (5, 20, 20, 20)
WEIGHTS = (1.0, 1.0, 1.0, 0.6)
LEAST_SIZE = 1e-6


def parts(text: str) -> Parts:
    """The features of *text*, as the plugin sees them."""
    tokens = features.tokens(text)
    words = [features.word(token) for token in tokens]
    runs = features.runs(np.array(features.edged(words), np.uint32))
    pieces = [piece for token in tokens for piece in features.pieces(token)]
    return np.array(words, np.uint32), *runs, np.array(pieces, np.uint32)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Features in ascending order, how much each weighs in a text, and which are met often."""

    keys: features.Numbers
    weights: Floats
    is_common: NDArray[np.bool_]

    def rows(self, texts: Sequence[Parts]) -> sp.csr_matrix:
        """A row for each text: the weights of its features, divided by its size."""
        found = [np.concatenate(text) for text in texts]
        flat = np.concatenate(found)
        at = np.minimum(np.searchsorted(self.keys, flat), len(self.keys) - 1)
        is_known = self.keys[at] == flat
        owner = np.repeat(np.arange(len(texts)), [len(text) for text in found])[is_known]
        at = at[is_known]
        sizes = np.bincount(owner, self.weights[at] ** 2, minlength=len(texts))
        values = self.weights[at] / np.sqrt(np.maximum(sizes, LEAST_SIZE))[owner]
        shape = (len(texts), len(self.keys))
        rows = sp.csr_matrix((values.astype(np.float32), (owner, at)), shape=shape)
        rows.sum_duplicates()
        return rows


def vocabulary(texts: Sequence[Parts]) -> Vocabulary:
    """The features that are met in several of *texts*; rare ones weigh more."""
    keys, weights, common = [], [], []
    kinds = zip(LEAST_SEEN, LEAST_COMMON, WEIGHTS, strict=True)
    for kind, (least, often, weight) in enumerate(kinds):
        met = np.concatenate([np.unique(text[kind]) for text in texts])
        found, times = np.unique(met, return_counts=True)
        keys.append(found[times >= least])
        times = times[times >= least]
        weights.append(weight * (np.log((1 + len(texts)) / (1 + times)) + 1))
        common.append(times >= often)
    every, first = np.unique(np.concatenate(keys), return_index=True)
    return Vocabulary(
        every, np.concatenate(weights)[first].astype(np.float32), np.concatenate(common)[first]
    )


def chance(logits: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return found


def fit(
    rows: sp.csr_matrix,
    wanted: Floats,
    counts: Floats,
    pull: Floats | float,
    steps: int,
) -> Floats:
    """Logistic regression of each column of *wanted*, shares from 0 to 1; the last line is the bias.

    *counts* says how much each row (or each of its columns) counts; 0 leaves it out. *pull* holds
    the weights of the columns near to 0.
    """
    across = rows.T.tocsr()
    counts = np.broadcast_to(counts, wanted.shape)
    found = np.zeros((rows.shape[1] + 1, wanted.shape[1]), np.float32)

    def column(truth: Floats, count: Floats) -> NDArray[np.float64]:
        def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            line = line.astype(np.float32)
            logits = rows @ line[:-1] + line[-1]
            wrong = count * (chance(logits) - truth)
            value = (count * (np.logaddexp(0, logits) - truth * logits)).sum(dtype=np.float64)
            value += (pull * line[:-1] ** 2).sum(dtype=np.float64) / 2
            slope = np.append(across @ wrong + pull * line[:-1], wrong.sum())
            return float(value), slope.astype(np.float64)

        start = np.zeros(rows.shape[1] + 1)
        share = np.clip((truth * count).sum() / max(1, count.sum()), 1e-4, 0.9)
        start[-1] = np.log(share / (1 - share))
        options = {"maxiter": steps, "maxcor": 6}
        return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x)

    for at in range(wanted.shape[1]):
        found[:, at] = column(np.nan_to_num(wanted[:, at]), counts[:, at])
    return found


def best_threshold(chances: Floats, truth: Floats) -> float:
    """The probability from which on F1 is best."""
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum(truth[order])
    scores = 2 * right / (np.arange(1, len(order) + 1) + truth.sum())
    best = int(np.argmax(scores))
    after = chances[order[min(best + 1, len(order) - 1)]]
    return float((chances[order[best]] + after) / 2)


def f1(chances: Floats, truth: Floats, least: Floats | float) -> NDArray[np.float64]:
    """F1 of each column when what has *least* or more is named."""
    named = chances >= least
    right = (named & (truth > 0)).sum(axis=0)
    return np.asarray(2 * right / np.maximum(named.sum(axis=0) + truth.sum(axis=0), 1))
