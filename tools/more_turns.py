"""Turns nobody wrote, made of labelled ones, for amity_deep to say what they show.

What a turn made so shows is not known: words are left out or replaced by near ones, pieces are cut
out, another turn is answered, sentences of two turns stand together. A teacher that reads whole
sentences is asked, and the small model learns which words carry the meaning and which happened to
stand beside them. Seeded: the same rows give the same turns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from held_back import fold
from sentence_examples import Row

from amity_sentences import features
from amity_sentences.split import sentences
from amity_sentences.tables import Table

__all__ = ["made_of"]

REPLACED, LEFT_OUT = 0.2, 0.12
LEAST_KNOWN, NEAREST = 4, 8
SHORTEST = 3


class Near:
    """Words that stand near one another by the vectors of their meaning."""

    def __init__(self, rows: Sequence[Row], vectors: Table) -> None:
        seen = Counter(token for row in rows for token in set(row["text"].lower().split()))
        known = [
            (token, vector)
            for token, count in seen.items()
            if count >= LEAST_KNOWN and token.isalpha()
            if (vector := vectors.row(features.word(token))) is not None
        ]
        self._at = {token: place for place, (token, _) in enumerate(known)}
        self._words = [token for token, _ in known]
        table = np.array([vector for _, vector in known], np.float32)
        self._table = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
        self._kept: dict[int, list[str]] = {}

    def word(self, token: str, draw: np.random.Generator) -> str:
        """One of the words nearest to *token*; *token* itself where it is not known."""
        place = self._at.get(token.lower())
        if place is None:
            return token
        if place not in self._kept:
            likeness = self._table @ self._table[place]
            likeness[place] = -1
            self._kept[place] = [self._words[at] for at in np.argsort(-likeness)[:NEAREST]]
        return str(self._kept[place][int(draw.integers(NEAREST))])


def _replaced(text: str, near: Near, draw: np.random.Generator) -> str:
    return " ".join(
        near.word(token, draw) if draw.random() < REPLACED else token for token in text.split(" ")
    )


def _thinned(text: str, draw: np.random.Generator) -> str:
    return " ".join(token for token in text.split(" ") if draw.random() >= LEFT_OUT)


def _piece(text: str, draw: np.random.Generator) -> str:
    words = text.split(" ")
    if len(words) <= SHORTEST:
        return text
    size = int(draw.integers(SHORTEST, len(words)))
    first = int(draw.integers(len(words) - size + 1))
    return " ".join(words[first : first + size])


def _some_sentence(text: str, draw: np.random.Generator) -> str:
    spans = sentences(text)
    start, end = spans[int(draw.integers(len(spans)))]
    return text[start:end]


def made_of(rows: Sequence[Row], vectors: Table, times: int) -> Iterator[Row]:
    """*times* rounds of new turns, each of one row or of two of the same part of cross-validation."""
    rows = [row for row in rows if sentences(row["text"])]
    near = Near(rows, vectors)
    beside: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        beside[row["role"], fold(row)].append(row)
    draw = np.random.default_rng(0)
    for _ in range(times):
        for row in rows:
            others = beside[row["role"], fold(row)]
            other = others[int(draw.integers(len(others)))]
            text, context = row["text"], row["context"]
            match int(draw.integers(5)):
                case 0:
                    text = _replaced(text, near, draw)
                case 1:
                    text = _thinned(_replaced(text, near, draw), draw)
                case 2:
                    text = _piece(text, draw)
                case 3:
                    text = f"{_some_sentence(text, draw)} {_some_sentence(other['text'], draw)}"
                case _:
                    text, context = _some_sentence(text, draw), other["context"]
            if sentences(text):
                yield {
                    "text": text,
                    "role": row["role"],
                    "context": context[-3:],
                    "signals": [],
                    "arguable": [],
                    "fold": fold(row),
                }
