"""Sentences of a turn as spans of code points, in linear time for any text."""

from __future__ import annotations

import re

__all__ = ["MOST_SENTENCES", "sentences"]

MOST_SENTENCES = 400
"""Sentences of one turn that are looked at; what follows them is not read."""

_LONGEST = 600
# A run of marks ends a sentence where space follows; a line end always does. The runs are
# possessive, so that an endless one is walked once.
_END = re.compile(r"(?<![.!?\u2026])[.!?\u2026]++[\"')\]\u2019\u201d*]*+(?=\s)|[\n\r\u2028\u2029]")


def sentences(text: str) -> list[tuple[int, int]]:
    """The spans of the first sentences of *text*, trimmed, in order; none is empty.

    >>> [text[slice(*span)] for text in ["Hi there! It works..  thanks"] for span in sentences(text)]
    ['Hi there!', 'It works..', 'thanks']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _END.finditer(text):
        spans += _trimmed(text, start, found.end())
        start = found.end()
        if len(spans) >= MOST_SENTENCES:
            return spans[:MOST_SENTENCES]
    return [*spans, *_trimmed(text, start, len(text))][:MOST_SENTENCES]


def _trimmed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """``text[start:end]`` without the space around it, cut where it is very long."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return [(first, min(first + _LONGEST, end)) for first in range(start, end, _LONGEST)]
