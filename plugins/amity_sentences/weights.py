"""Reads what training wrote: ``vectors.npz`` (meanings of words) and ``weights.npz``."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from amity_sentences.model import Calibration, Subject, Weights
from amity_sentences.tables import Table

__all__ = ["HERE", "digest", "load", "load_vectors"]

HERE = Path(__file__).parent


def digest(folder: Path = HERE) -> str:
    """The SHA-256 of everything that the model judges by."""
    found = hashlib.sha256()
    for name in ("vectors.npz", "weights.npz"):
        found.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return found.hexdigest()


def load_vectors(path: Path) -> Table:
    """The meanings of words and pairs: a row for each."""
    with np.load(path, allow_pickle=False) as stored:
        scale = stored["scale"].astype(np.float32)[:, None]
        return Table(stored["keys"], stored["values"], scale)


@cache
def load(folder: Path = HERE) -> dict[str, Subject]:
    """The model of each subject by its name: "customer", "agent", "team"; read once."""
    vectors = load_vectors(folder / "vectors.npz")
    with np.load(folder / "weights.npz", allow_pickle=False) as stored:
        names: dict[str, list[str]] = json.loads(str(stored["signals"]))
        return {
            subject: _subject(stored, subject, signals, vectors)
            for subject, signals in names.items()
        }


def _subject(stored: Any, subject: str, signals: list[str], vectors: Table) -> Subject:
    def part(name: str) -> Any:
        return stored[f"{subject}_{name}"]

    known = Table(part("keys"), part("values"), part("scale")[None, :])
    weights = Weights(
        known,
        part("meaning"),
        part("meaning_before"),
        part("bias"),
        part("hidden"),
        part("gives_way"),
    )
    calibration = Calibration(part("slope"), part("offset"), part("threshold"))
    return Subject(signals, weights, vectors, calibration)
