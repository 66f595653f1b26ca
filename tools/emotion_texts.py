"""What the emotion model is trained on: GoEmotions with its labels, and texts without labels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whole_conversations import documents as read

__all__ = [
    "UNLABELLED",
    "Floats",
    "Labelled",
    "go_emotions",
    "key",
    "label_names",
    "read",
    "unlabelled",
]

Floats = NDArray[np.float32]
UNLABELLED = (
    "banking77",
    "natcs_intents",
    "casino",
    "taskmaster4",
    "support_threads",
    "email_intent",
)
MOST_TEXTS = 6_000  # of one file, so that no corpus drowns the others
SHORTEST, LONGEST = 8, 400


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts, and a line of zeros and ones for each."""

    texts: list[str]
    labels: Floats


def label_names(folder: Path) -> list[str]:
    """The labels of GoEmotions in order of the alphabet."""
    return sorted({name for row in read(folder / "goemotions.jsonl.gz") for name in row["labels"]})


def go_emotions(folder: Path, split: str) -> Labelled:
    """One of the published splits: train, dev or test."""
    names = label_names(folder)
    rows = [row for row in read(folder / "goemotions.jsonl.gz") if row["split"] == split]
    labels = np.array([[name in row["labels"] for name in names] for row in rows], np.float32)
    return Labelled([row["text"] for row in rows], labels)


def key(text: str) -> int:
    """A number that finds what a teacher said of *text*."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])


def unlabelled(folder: Path) -> list[str]:
    """Distinct texts that people sent to companies; of too many, those that their digests choose."""
    found: dict[str, None] = {}
    for name in UNLABELLED:
        texts = {text for row in read(folder / f"{name}.jsonl.gz") for text in _said(row)}
        fitting = sorted((t for t in texts if SHORTEST <= len(t) <= LONGEST), key=key)
        found.update(dict.fromkeys(fitting[:MOST_TEXTS]))
    return list(found)


def _said(row: dict[str, Any]) -> Sequence[str]:
    return [turn["text"] for turn in row.get("turns", (row,))]
