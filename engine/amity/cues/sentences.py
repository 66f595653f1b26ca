"""Sentences and clauses of folded text: enough to keep cues and scopes inside them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from amity.cues.linear import Pattern

__all__ = [
    "Sentence",
    "clause_breaks",
    "has_words",
    "sentence_around",
    "sentence_breaks",
    "word_count",
]

_MARKS = "[.!?]*[!?][.!?]*"
_STOP = r"[.;:]+['*]*(?:[ \n]|$)"
_SUBJECT = "i|you|u|we|they|he|she|it|this|that|there|the|my|your|our|please|thanks|thank|sorry"
_SENTENCE = Pattern(rf"{_MARKS}|[.]+['*]*(?:[ \n]|$)|\n")
_CLAUSE = Pattern(
    rf"{_MARKS}|{_STOP}|;|\n| -+ |\bbut\b|, *(?:and|so|because|then|{_SUBJECT})\b"
    rf"|\b(?:and|so|because|cos|then) (?:{_SUBJECT})\b"
)
_ABBREVIATION = Pattern(
    r"(?:^|[^a-z0-9'])(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|approx|nr|ref|tel|ext|inc|ltd|co|dept|est|"
    r"e\.g|i\.e|[a-hj-z])\.$"
)
_LONGEST_ABBREVIATION = 8
_CUT = bytes(ord("\n") if chr(code) == ";" else code for code in range(256))
_CUT_AT_MARKS = bytes(ord("\n") if chr(code) in "!?;" else code for code in range(256))
_TO_SPACE = bytes(ord(" ") if chr(code) in "\n,*+-" else code for code in range(256))

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Where a sentence stands in folded bytes, its closing marks included."""

    start: int
    end: int
    is_question: bool


def sentence_breaks(data: bytes) -> list[Span]:
    """Where sentences end: the marks, each with the space after it, or a line end."""
    return [span for span in _SENTENCE.spans(data) if not _is_abbreviation(data, span[0])]


def clause_breaks(data: bytes) -> list[int]:
    """Where clauses end, in ascending order."""
    return [start for start, _ in _CLAUSE.spans(data) if not _is_abbreviation(data, start)]


def parts(data: bytes, *, cut_at_marks: bool) -> Iterator[tuple[int, bytes]]:
    """Where each part of *data* begins, and the part: no phrasing goes on from one to the next.

    Cut at each line end and ``;``, at ``. :`` before a space and, for phrasings that name no mark,
    at ``! ?``.
    """
    start = 0
    cut = data.translate(_CUT_AT_MARKS if cut_at_marks else _CUT)
    for part in cut.replace(b". ", b"\n ").replace(b": ", b"\n ").split(b"\n"):
        if part:
            yield start, part
        start += len(part) + 1


def sentence_around(data: bytes, breaks: list[Span], start: int, end: int) -> Sentence:
    """The sentence around ``data[start:end]``; a match that spans several makes them one."""
    before = bisect_right(breaks, start, key=lambda span: span[1])
    after = bisect_left(breaks, end, lo=before, key=lambda span: span[1])
    begin = breaks[before - 1][1] if before else 0
    if after == len(breaks):
        return Sentence(begin, len(data), b"?" in data[start:end])
    stop, end = breaks[after]
    return Sentence(begin, end, b"?" in data[stop:end])


def has_words(data: bytes) -> bool:
    """Whether *data* holds any letter or digit."""
    return any(character.isalnum() for character in data.decode())


def word_count(data: bytes) -> int:
    """The number of words in *data*."""
    return len(data.translate(_TO_SPACE).split())


def _is_abbreviation(data: bytes, at: int) -> bool:
    if data[at : at + 1] != b"." or data[at + 1 : at + 2] == b".":
        return False
    return _ABBREVIATION.found(data[max(0, at - _LONGEST_ABBREVIATION) : at + 1])
