"""Sentences of a turn as spans of code points, in linear time for any text."""

from __future__ import annotations

import re

__all__ = ["MOST_SENTENCES", "MOST_WORDS", "sentences"]

MOST_SENTENCES = 400
"""Sentences of one turn that are looked at; what follows them is not read."""

MOST_WORDS = 60
"""Words of one sentence; a longer one, as speech without full stops gives, is cut into pieces."""

# A run of marks ends a sentence where space follows; a line end always does.
# Nothing is given back (++), and no run is tried twice (?<!), or an endless one would take forever.
_MARKS = r".!?\u2026\u3002\uff01\uff1f"
_END = re.compile(rf"(?<![{_MARKS}])[{_MARKS}]++[\"')\]\u2019\u201d*]*+(?=\s)|[\n\r\u2028\u2029]")
_ABBREVIATION = re.compile(
    r"(?:^|[^\w'\u2019])(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|approx|nr|ref|tel|ext|inc|ltd|co|dept|est|e\.g|i\.e|a\.m|p\.m|[b-hj-z])\.$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 8
_WORD = re.compile(r"\S+")
_LONGEST_WORD = 2_000


def sentences(text: str) -> list[tuple[int, int]]:
    """The spans of the first sentences of *text*, trimmed, in order; none is empty.

    >>> [text[slice(*span)] for text in ["Hi Dr. Ray! It works..  thanks"] for span in sentences(text)]
    ['Hi Dr. Ray!', 'It works..', 'thanks']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _END.finditer(text):
        end = found.end()
        if _goes_on(text, found.start(), end):
            continue
        _add(text, start, end, spans)
        start = end
        if len(spans) >= MOST_SENTENCES:
            return spans[:MOST_SENTENCES]
    _add(text, start, len(text), spans)
    return spans[:MOST_SENTENCES]


def _goes_on(text: str, at: int, end: int) -> bool:
    """Whether the marks are those of an abbreviation or of a pause ("well... no")."""
    if text[at] in "\n\r\u2028\u2029":
        return False
    marks = text[at:end]
    if marks.startswith(("..", "\u2026")) and "?" not in marks and "!" not in marks:
        return text[end : end + 2].strip()[:1].islower()
    return marks == "." and bool(
        _ABBREVIATION.search(text[max(0, at - _LONGEST_ABBREVIATION) : end])
    )


def _add(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    """Add ``text[start:end]`` without the space around it, cut into pieces where it is long."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if end - start <= MOST_WORDS:
        if start < end:
            spans.append((start, end))
        return
    first, last, count = start, start, 0
    for word in _WORD.finditer(text, start, end):
        if count == MOST_WORDS or word.start() - first > _LONGEST_WORD:
            spans.append((first, last))
            if len(spans) >= MOST_SENTENCES:
                return
            first, count = word.start(), 0
        last, count = word.end(), count + 1
    spans.append((first, last))
