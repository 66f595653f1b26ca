"""Text made safe for a terminal and cut into lines, with every code point still in its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

__all__ = ["clean", "is_right_to_left", "wrap"]

# Marks that reorder the text around them; a message could disguise what it says with them.
_REORDERING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def clean(text: str) -> str:
    r"""*text* without terminal control codes, as long as before, so that offsets still hold.

    >>> clean("a\tb\x1b[31m")
    'a b·[31m'
    """
    return "".join(map(_clean, text))


def _clean(character: str) -> str:
    if character == "\n":
        return character
    if character.isspace():
        return " "
    is_control = unicodedata.category(character) in {"Cc", "Cs"} or ord(character) in _REORDERING
    return "·" if is_control else character


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Half-open code-point offsets of the lines of *text*, each at most *width* cells wide.

    Lines break at spaces, and inside a word only where it is wider than the whole line.

    >>> wrap("one two three", 8)
    [(0, 7), (8, 13)]
    """
    lines: list[tuple[int, int]] = []
    start = 0
    for paragraph in text.split("\n"):
        lines += _wrap_paragraph(paragraph, start, max(width, 2))
        start += len(paragraph) + 1
    return lines


def _wrap_paragraph(text: str, offset: int, width: int) -> Iterator[tuple[int, int]]:
    begin = position = cells = 0
    last_break: int | None = None
    for cluster in _clusters(text):
        if cluster == " ":
            last_break = position
        # What is left after a break at a space near the beginning may be too wide once more.
        while cluster != " " and cells + cell_len(cluster) > width and position > begin:
            cut = position if last_break is None else last_break
            yield _trimmed(text, begin, cut, offset)
            begin = cut + (last_break is not None)
            cells = cell_len(text[begin:position])
            last_break = None
        cells += cell_len(cluster)
        position += len(cluster)
    yield _trimmed(text, begin, position, offset)


def _trimmed(text: str, begin: int, end: int, offset: int) -> tuple[int, int]:
    while end > begin and text[end - 1] == " ":
        end -= 1
    return begin + offset, end + offset


def _clusters(text: str) -> Iterator[str]:
    """Characters together with what is drawn on top of them (accents, joined emoji, skin tones)."""
    cluster = ""
    for character in text:
        if cluster and (_is_attached(character) or cluster[-1] == _JOINER):
            cluster += character
            continue
        if cluster:
            yield cluster
        cluster = character
    if cluster:
        yield cluster


def _is_attached(character: str) -> bool:
    if character.isascii():
        return False
    is_combining = unicodedata.category(character) in {"Mn", "Me"}
    return is_combining or character == _JOINER or ord(character) in _SKIN_TONES


def is_right_to_left(text: str) -> bool:
    """Whether *text* has letters of a script that is written from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text)
