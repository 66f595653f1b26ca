"""Sentences and clauses of folded text: enough to keep cues and scopes inside them."""

from __future__ import annotations

from dataclasses import dataclass

from amity.cues.linear import Pattern

__all__ = ["Sentence", "is_clause_break_between", "sentence_at", "word_count"]

_END = Pattern(r"[.!?]*[!?][.!?]*|[.]+[\"')*_]*(?:[ \n]|$)|\n")
_CLAUSE = Pattern(r"[.!?]*[!?][.!?]*|[.;:]+[\"')*_]*(?:[ \n]|$)|;|\n|, *(?:but|and|so|because)\b")
_ABBREVIATION = Pattern(
    r"(?:^|[^a-z0-9])(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|approx|no|nr|ref|tel|ext|inc|ltd|co|dept|est|e\.g|i\.e|[a-hj-z])\.$"
)
_TO_SPACE = bytes(32 if chr(code) in " \n,*+-" else code for code in range(256))


@dataclass(frozen=True, slots=True)
class Sentence:
    """Where a sentence stands in folded bytes, its closing marks included."""

    start: int
    end: int
    is_question: bool


def sentence_at(data: bytes, start: int, end: int) -> Sentence:
    """The sentence around ``data[start:end]``; a match that spans several makes them one."""
    begin, question = 0, False
    for break_start, break_end in _END.spans(data):
        if _is_abbreviation(data, break_start):
            continue
        if break_end <= start:
            begin = break_end
        elif break_end >= end:
            question = b"?" in data[break_start:break_end]
            return Sentence(begin, break_end, question)
    return Sentence(begin, len(data), question)


def is_clause_break_between(data: bytes, start: int, end: int) -> bool:
    """Whether a clause ends somewhere in ``data[start:end]``."""
    between = data[start:end]
    return any(not _is_abbreviation(data, start + at) for at, _ in _CLAUSE.spans(between))


def has_words(data: bytes) -> bool:
    """Whether *data* holds any letter or digit."""
    return any(character.isalnum() for character in data.decode())


def word_count(data: bytes) -> int:
    """The number of words in *data*."""
    return len(data.translate(_TO_SPACE).split())


def _is_abbreviation(data: bytes, at: int) -> bool:
    if data[at : at + 1] != b"." or data[at + 1 : at + 2] == b".":
        return False
    return _ABBREVIATION.found(data[max(0, at - 8) : at + 1])
