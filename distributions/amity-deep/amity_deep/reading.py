"""What the encoder reads: who speaks, the sentences of the turn, and the end of what it answers.

Training and judging share this file, so that both always see the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

__all__ = ["MOST_BEFORE", "MOST_TOKENS", "Reader", "Window"]

MOST_TOKENS = 128
"""Tokens of one window; a longer turn is read in several, so that nothing of it is unread."""

MOST_BEFORE = 32
"""Tokens of the turn that is answered: its last ones, which each window has."""

_LONGEST_TOKEN = 12  # characters, on average, of the longest texts that people write
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Window:
    """What is read at once: tokens, of which part each is, and where each sentence's tokens lie.

    ``sentences`` numbers the sentences of the turn that are in it; ``places`` are the half-open
    places of their tokens, in the same order. A sentence too long for one window is in several.
    """

    ids: list[int]
    kinds: list[int]
    sentences: list[int]
    places: list[tuple[int, int]]


class Reader:
    """Cuts turns into windows. Thread-safe; it remembers nothing."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._first, self._last = (_id_of(tokenizer, token) for token in ("[CLS]", "[SEP]"))
        self._prefixes: dict[str, list[int]] = {}
        for role in ("customer", "agent", "colleague"):
            self._prefixes[role] = [self._first, *self._ids(f"{role}:")]

    def windows(
        self, role: str, text: str, spans: Sequence[tuple[int, int]], before: str
    ) -> list[Window]:
        """The windows of a turn by *role*, whose sentences are at *spans*, that answers *before*.

        A sentence without anything that can be read (only marks that are no characters) is in none.
        """
        prefix = self._prefixes[role]
        answered = self._ids(before[-MOST_BEFORE * _LONGEST_TOKEN :])[-MOST_BEFORE:]
        ending = [self._last, *answered, self._last] if answered else [self._last]
        room = MOST_TOKENS - len(prefix) - len(ending)
        lines = (self._ids(text[start:end]) for start, end in spans)
        return [_window(prefix, parts, ending, len(answered)) for parts in _packed(lines, room)]

    def _ids(self, text: str) -> list[int]:
        encoded = self._tokenizer.encode(_LONE.sub("\ufffd", text), add_special_tokens=False)
        ids: list[int] = encoded.ids
        return ids


Part = tuple[int, list[int]]


def _packed(lines: Iterator[list[int]], room: int) -> Iterator[list[Part]]:
    """Sentences with their numbers, as many together as *room* tokens hold; a longer one in pieces."""
    parts: list[Part] = []
    used = 0
    for number, line in enumerate(lines):
        for start in range(0, len(line), room):
            piece = line[start : start + room]
            if used + len(piece) > room:
                yield parts
                parts, used = [], 0
            parts.append((number, piece))
            used += len(piece)
    if parts:
        yield parts


def _window(prefix: list[int], parts: list[Part], ending: list[int], answered: int) -> Window:
    ids = list(prefix)
    places = []
    for _, piece in parts:
        places.append((len(ids), len(ids) + len(piece)))
        ids += piece
    ids += ending
    second = answered + 1 if answered else 0
    kinds = [0] * (len(ids) - second) + [1] * second
    return Window(ids, kinds, [number for number, _ in parts], places)


def _id_of(tokenizer: Tokenizer, token: str) -> int:
    found = tokenizer.token_to_id(token)
    if found is None:
        raise ValueError(f"the tokenizer has no {token}")
    return int(found)
