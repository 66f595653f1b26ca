"""Conversations, and pairs of drafts, that were labelled as a whole: rows to train on and to measure.

Of conversations a line of JSON for each, in the form of a scenario: ``conversation`` as the API has
it, and ``expected`` with ``signals`` (turn, signal, the words that carry it), ``arguable`` (turn, signal: a
reader could go either way), ``modules`` and ``rank``. A signal in neither list is not there.
Of pairs a line of JSON for each: ``context`` (turns: role, text), and what an agent may answer,
``better`` and ``worse`` (text, signals, arguable).

A fifth of either, chosen by id or by context, is never trained on.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from held_back import FOLDS

__all__ = ["CONVERSATIONS", "PAIRS", "documents", "is_unseen", "rows", "turns"]

CONVERSATIONS = Path(__file__).parent / "turns" / "conversations.jsonl.gz"
PAIRS = CONVERSATIONS.with_name("pairs.jsonl.gz")
DRAFTS = ("better", "worse")
_ROLES = {
    "ROLE_CUSTOMER": "customer",
    "ROLE_AGENT": "agent",
    "ROLE_BOT": "agent",
    "ROLE_COLLEAGUE": "colleague",
}


def documents(path: Path = CONVERSATIONS) -> Iterator[dict[str, Any]]:
    """The lines of a file of JSON lines, packed or plain."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The turns of a file of turns, of conversations, or of pairs."""
    for document in documents(path):
        yield from (document,) if "text" in document else turns(document)


def _part(document: dict[str, Any]) -> int:
    """From 0 to 4; the last is the unseen one."""
    if "conversation" in document:
        name = document["conversation"]["id"]
    else:
        name = "\0".join(turn["text"] for turn in document["context"])
    return hashlib.sha256(name.encode()).digest()[0] % FOLDS


def is_unseen(document: dict[str, Any]) -> bool:
    """Whether nothing is trained on it."""
    return _part(document) == FOLDS - 1


def turns(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The turns as rows of authored turns have them: with what was said before, and labels.

    All that belongs together is held back, or left out in cross-validation, together.
    """
    part = {"fold": _part(document), "held_back": is_unseen(document)}
    for row in _of_pair(document) if "better" in document else _of_conversation(document):
        yield row | part


def _of_pair(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for draft in DRAFTS:
        yield {"role": "agent", "context": document["context"], **document[draft]}


def _of_conversation(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    roles = {
        person["id"]: _ROLES[person["role"]] for person in document["conversation"]["participants"]
    }
    said = [
        {"role": roles[turn["participantId"]], "text": turn["text"]}
        for turn in document["conversation"]["turns"]
    ]
    expected = document["expected"]
    for at, turn in enumerate(said):
        yield turn | {
            "context": said[:at],
            "signals": [
                {"signal": each["signal"], "quote": each["quote"]}
                for each in expected["signals"]
                if each["turn"] == at
            ],
            "arguable": [each["signal"] for each in expected["arguable"] if each["turn"] == at],
        }
