"""The heavier detector: a small transformer that reads whole turns with the turn that they answer.

Loaded only when it is named. Figures, limits and how it was taught: the README of the distribution.
"""

from __future__ import annotations

from collections.abc import Iterable

from amity.sdk import Detector, hookimpl
from amity_deep.detector import DeepDetector
from amity_deep.weights import digest, load

__all__ = ["AMITY_API", "DeepDetector", "amity_detectors"]

AMITY_API = 1


def __getattr__(name: str) -> str:
    # Read when it is asked for: tools that only cut turns into windows need no weights.
    if name == "AMITY_DIGEST":
        return digest()
    raise AttributeError(name)


@hookimpl
def amity_detectors() -> Iterable[Detector]:
    """One detector for all signals that the model is sure enough of."""
    return [DeepDetector(load())]
