"""Widely used lexicons beside our detectors, where they answer the same question.

They say how negative a text is, and nothing else of what we look for. The question is whether a
customer's turn shows a negative feeling; the figure is the area under the ROC curve: the chance
that a turn which shows one is ranked above a turn which does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from amity.conversation import Role
from amity.measuring.labels import LabelledTurn
from amity.measuring.tallies import Sightings

__all__ = ["NEGATIVE", "PeerResult", "compare", "ranking"]

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


@dataclass(frozen=True, slots=True)
class PeerResult:
    """How well something ranks customers' turns by negative feeling; ``turns`` were compared."""

    name: str
    area: float
    turns: int


def compare(turns: Sequence[LabelledTurn], sightings: Sightings) -> list[PeerResult]:
    """Amity, and each of VADER and TextBlob that is installed, on the customers' turns."""
    columns = [sightings.signals.index(name) for name in NEGATIVE if name in sightings.signals]
    kept = [at for at, turn in enumerate(turns) if turn.role is Role.CUSTOMER]
    texts = [turns[at].text for at in kept]
    is_negative = np.logical_or.reduce(sightings.is_there[np.ix_(kept, columns)], axis=1)
    # Turns of which readers differ whether they are negative settle nothing.
    agreed = np.logical_and.reduce(sightings.counts[np.ix_(kept, columns)], axis=1)
    counts = agreed | is_negative
    ours = sightings.score[np.ix_(kept, columns)].max(axis=1, initial=0.0)
    rankings = {"Amity": ours}
    rankings |= {name: np.array([-rate(text) for text in texts]) for name, rate in _peers().items()}
    return [
        PeerResult(name, ranking(scores[counts], is_negative[counts]), int(counts.sum()))
        for name, scores in rankings.items()
    ]


def _peers() -> dict[str, Callable[[str], float]]:
    found: dict[str, Callable[[str], float]] = {}
    if find_spec("vaderSentiment"):
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

        vader = SentimentIntensityAnalyzer()
        found["VADER"] = lambda text: float(vader.polarity_scores(text)["compound"])
    if find_spec("textblob"):
        from textblob import TextBlob  # noqa: PLC0415

        found["TextBlob"] = lambda text: float(TextBlob(text).sentiment.polarity)
    return found


def ranking(scores: NDArray[np.float64], is_positive: NDArray[np.bool_]) -> float:
    """The area under the ROC curve, ties counting half; NaN without both kinds.

    >>> ranking(np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False]))
    0.875
    """
    positive, negative = scores[is_positive], np.sort(scores[~is_positive])
    if not len(positive) or not len(negative):
        return float("nan")
    below = np.searchsorted(negative, positive, "left")
    ties = np.searchsorted(negative, positive, "right") - below
    return float((below + ties / 2).sum() / (len(positive) * len(negative)))
