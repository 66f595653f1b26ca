"""The model as it is stored: weights of eight bits, and which of what it says is reported."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from amity_emotion.model import Model, Weights

__all__ = ["HERE", "NEGATIVE", "Stored", "digest", "load"]

NEGATIVE = "negative"
"""The label that is none of GoEmotions: a turn of complaint or bad feeling."""

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Stored:
    """The model, and what was settled when it was trained.

    ``emotions`` are labels with the logit from which they are named; ``negative`` has the slope and
    the offset that make a probability of the highest logit of that name in a turn.
    """

    model: Model
    emotions: dict[str, float]
    negative: tuple[float, float]


def digest(folder: Path = HERE) -> str:
    """The SHA-256 of everything that the model judges by."""
    return hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()


@cache
def load(folder: Path = HERE) -> Stored:
    """The model, read once."""
    with np.load(folder / "weights.npz", allow_pickle=False) as stored:
        settled: dict[str, Any] = json.loads(str(stored["settled"]))
        weights = Weights(
            labels=tuple(settled["labels"]),
            keys=np.cumsum(stored["gaps"], dtype=np.uint32),
            values=stored["values"],
            scale=stored["scale"].astype(np.float32),
            size=stored["size"].astype(np.float32),
            bias=stored["bias"],
            woken_by=np.flatnonzero(np.unpackbits(stored["is_common"])),
            unit_values=stored["unit_values"],
            unit_scale=stored["unit_scale"].astype(np.float32),
            unit_bias=stored["unit_bias"],
            unit_gives=stored["unit_gives"],
        )
    slope, offset = settled["negative"]
    return Stored(Model(weights), settled["emotions"], (slope, offset))
