"""What is around a match: its neighbours, the conditions of its cue, the scopes that can cancel it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from amity.cues.compiled import CompiledCue, CompiledScope
from amity.cues.fold import JOINER, Folded, fold
from amity.cues.linear import Pattern
from amity.cues.sentences import (
    Sentence,
    clause_breaks,
    has_words,
    sentence_around,
    sentence_breaks,
    word_count,
)
from amity.plugins.contract import TurnView

__all__ = ["Surroundings", "free_terms", "places", "variants"]

Span = tuple[int, int]
# Scripts that are written without spaces between words: there a word has no edges to look at.
_UNSPACED = (
    *(range(0x0E00, 0x0F00), range(0x1000, 0x10A0), range(0x1780, 0x1800)),
    *(range(0x3040, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x40000)),
)

_OTHER, _LETTER, _DIGIT, _APOSTROPHE, _WIDE = range(5)


def _kind(code: int) -> int:
    if code > 127:  # noqa: PLR2004 - a byte of a character beyond ASCII
        return _WIDE
    if chr(code) == "'":
        return _APOSTROPHE
    return _LETTER if chr(code).isalpha() else _DIGIT if chr(code).isdigit() else _OTHER


_KINDS = bytes(map(_kind, range(256)))


def variants(folded: Folded) -> Iterator[Folded]:
    """The text; if a letter is drawn out (``sooo``), first the text with such runs cut to 1 and to 2.

    The plainer reading comes first, so that it decides what cancels a match ("I'm nooot angry").
    """
    if folded.is_elongated:
        yield folded.squeezed(1)
        yield folded.squeezed(2)
    yield folded


def places(pattern: Pattern, data: bytes, first: Span | None = None) -> list[Span]:
    """Where *pattern* stands in *data* as whole words; *first* is where it stands first, if known."""
    return [
        (start, end)
        for start, end in pattern.spans(data, first)
        if start < end and not _is_joined(data, start) and not _is_joined(data, end)
    ]


def _is_joined(data: bytes, at: int) -> bool:
    """Whether the characters on both sides of *at* make one word or one emoji."""
    if not 0 < at < len(data):
        return False
    left, right = _KINDS[data[at - 1]], _KINDS[data[at]]
    if _WIDE not in (left, right):
        # "can" is not in "can't"; digits may be followed by their unit ("45mins").
        if left == _LETTER and right in {_LETTER, _DIGIT}:
            return True
        return right == _APOSTROPHE and data[at : at + 2] == b"'t"
    before = data[max(0, at - 4) : at].decode("utf-8", "ignore")[-1:]
    after = data[at : at + 4].decode("utf-8", "ignore")[:1]
    if JOINER in {before, after}:
        return True
    if any(ord(before) in script or ord(after) in script for script in _UNSPACED):
        return False
    return before.isalnum() and after.isalnum()


def free_terms(scope: CompiledScope, data: bytes) -> list[Span]:
    """Where terms of *scope* stand in *data* that no exception covers, by place."""
    found = sorted({span for pattern in scope.terms for span in places(pattern, data)})
    if not found or not scope.excepts:
        return found
    spared = bytearray(len(data))
    for pattern in scope.excepts:
        for start, end in places(pattern, data):
            spared[start:end] = b"\x01" * (end - start)
    return [(start, end) for start, end in found if 1 not in spared[start:end]]


@dataclass(frozen=True, slots=True)
class Absent:
    """Tells of the patterns of a condition, from the words of a text, that none of them stands there.

    ``needs`` has masks of which each must share something with what is ``present``.
    """

    present: int = 0
    needs: Mapping[tuple[Pattern, ...], Sequence[int]] = field(default_factory=dict)

    def __contains__(self, patterns: tuple[Pattern, ...]) -> bool:
        return any(not self.present & mask for mask in self.needs.get(patterns, ()))


@dataclass(eq=False)
class Surroundings:
    """Judges the matches in one text of a turn; what several matches need is worked out once.

    ``live`` are the scopes of which a term stands in the text; no other is looked at. ``absent``
    are patterns that do not stand there.
    """

    text: Folded
    view: TurnView
    live: Collection[CompiledScope]
    absent: Absent = field(default_factory=Absent)

    def __post_init__(self) -> None:
        self._first_found: dict[tuple[Pattern, ...], Span | None] = {}
        self._terms: dict[CompiledScope, tuple[list[Span], list[Span]]] = {}

    @cached_property
    def _breaks(self) -> list[Span]:
        return sentence_breaks(self.text.data)

    @cached_property
    def _clauses(self) -> list[int]:
        return clause_breaks(self.text.data)

    @cached_property
    def _moves_before(self) -> list[bytes]:
        turns = self.view.move_before()
        return [text.data for turn in turns for text in variants(fold(turn.text))]

    def cancels(self, cue: CompiledCue, start: int, end: int) -> str:
        """What cancels the match of *cue* at these bytes, in words; empty if nothing does."""
        found = self._condition(cue, start, end)
        return self._scope(cue, start, end) if not found and self.live else found

    def _condition(self, cue: CompiledCue, start: int, end: int) -> str:
        wanted = cue.cue.conditions
        if wanted.at and not self._stands_at(wanted.at, start, end):
            return f"at: it does not stand at {wanted.at}"
        if wanted.within:
            is_question = self._sentence(start, end).is_question
            if is_question != (wanted.within == "question"):
                return f"in: the sentence is not a {wanted.within}"
        if cue.after and not any(_first(cue.after, data) for data in self._moves_before):
            return "after: nothing in the move before fits"
        if self._may_stand(cue.unless_turn) and (found := self._in_turn(cue.unless_turn)):
            return self._quote("unless_turn", found)
        if self._may_stand(cue.unless_before) or self._may_stand(cue.unless_after):
            return self._beside(cue, start, end)
        return ""

    def _may_stand(self, patterns: tuple[Pattern, ...]) -> bool:
        return bool(patterns) and patterns not in self.absent

    def _sentence(self, start: int, end: int) -> Sentence:
        return sentence_around(self.text.data, self._breaks, start, end)

    def _stands_at(self, place: str, start: int, end: int) -> bool:
        low, high = 0, len(self.text.data)
        if "sentence" in place:
            sentence = self._sentence(start, end)
            low, high = sentence.start, sentence.end
        is_first = place.endswith("end") or not has_words(self.text.data[low:start])
        is_last = place.endswith("start") or not has_words(self.text.data[end:high])
        return is_first and is_last

    def _in_turn(self, patterns: tuple[Pattern, ...]) -> Span | None:
        if patterns not in self._first_found:
            self._first_found[patterns] = _first(patterns, self.text.data)
        return self._first_found[patterns]

    def _beside(self, cue: CompiledCue, start: int, end: int) -> str:
        sentence = self._sentence(start, end)
        for key, patterns, low, high in (
            ("unless_before", cue.unless_before, sentence.start, start),
            ("unless_after", cue.unless_after, end, sentence.end),
        ):
            if found := _first(patterns, self.text.data[low:high]):
                return self._quote(key, (found[0] + low, found[1] + low))
        return ""

    def _scope(self, cue: CompiledCue, start: int, end: int) -> str:
        for scope in cue.scopes:
            if scope in self.live and (term := self._reaching(scope, start, end)):
                return self._quote(scope.scope.name, term)
        return ""

    def _reaching(self, scope: CompiledScope, start: int, end: int) -> Span | None:
        """The nearest free term that stands before or after the match and within reach of it."""
        if scope not in self._terms:
            terms = free_terms(scope, self.text.data)
            self._terms[scope] = (sorted(terms, key=lambda span: span[1]), terms)
        by_end, by_start = self._terms[scope]
        if scope.scope.direction != "after":
            at = bisect_right(by_end, start, key=lambda span: span[1])
            if at and self._is_near(by_end[at - 1][1], start, scope.scope.reach):
                return by_end[at - 1]
        if scope.scope.direction != "before":
            at = bisect_left(by_start, end, key=lambda span: span[0])
            if at < len(by_start) and self._is_near(end, by_start[at][0], scope.scope.reach):
                return by_start[at]
        return None

    def _is_near(self, low: int, high: int, reach: int) -> bool:
        """Whether what lies between is of one clause and at most *reach* words."""
        at = bisect_left(self._clauses, low)
        is_one_clause = at == len(self._clauses) or self._clauses[at] >= high
        return is_one_clause and word_count(self.text.data[low:high]) <= reach

    def _quote(self, what: str, span: Span) -> str:
        start, end = self.text.original(*span)
        return f'{what}: "{self.view.text[start:end]}"'


def _first(patterns: tuple[Pattern, ...], data: bytes) -> Span | None:
    for pattern in patterns:
        if found := places(pattern, data):
            return found[0]
    return None
