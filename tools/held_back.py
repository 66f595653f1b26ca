"""Which authored turns are trained on, which are held back, and which the cue packs have seen."""

from __future__ import annotations

import hashlib
from typing import Any

__all__ = ["FOLDS", "digest", "fold", "is_held_back", "is_new_to_cues"]

FOLDS = 5


def digest(row: dict[str, Any]) -> bytes:
    """What decides where a turn belongs: the same words after the same words stay together."""
    context = "\0".join(turn["text"] for turn in row["context"])
    return hashlib.sha256(f"{row['text']}\0{context}".encode()).digest()


def is_held_back(row: dict[str, Any]) -> bool:
    """Whether a turn is of the fifth that no model is trained on or chosen by.

    A turn of a whole conversation says so itself, because its neighbours are held back with it.
    """
    return bool(row.get("held_back", digest(row)[1] % 5 == 0))


def is_new_to_cues(row: dict[str, Any]) -> bool:
    """Whether a turn is of the fifth that no cue was written against."""
    return digest(row)[0] % 5 == 0


def fold(row: dict[str, Any]) -> int:
    """The part that a turn belongs to in cross-validation; that of its conversation, if it has one."""
    return int(row.get("fold", digest(row)[2] % FOLDS))
