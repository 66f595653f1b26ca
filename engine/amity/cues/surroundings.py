"""What is around a match: the conditions of its cue and the scopes that can cancel it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from amity.cues.compiled import CompiledCue, CompiledScope
from amity.cues.fold import JOINER, Folded, fold
from amity.cues.linear import Pattern
from amity.cues.sentences import has_words, is_clause_break_between, sentence_at, word_count
from amity.plugins.contract import TurnView

__all__ = ["Surroundings", "places", "variants"]

Span = tuple[int, int]


def variants(folded: Folded) -> Iterator[Folded]:
    """The text, and if a letter is drawn out (``sooo``) the text with such runs cut to one and to two."""
    yield folded
    if folded.is_elongated:
        yield folded.squeezed(1)
        yield folded.squeezed(2)


def places(pattern: Pattern, data: bytes) -> Iterator[Span]:
    """Where *pattern* stands in *data* as whole words."""
    for start, end in pattern.spans(data):
        if start < end and not _is_joined(data, start) and not _is_joined(data, end):
            yield start, end


def _is_joined(data: bytes, at: int) -> bool:
    """Whether the characters on both sides of *at* make one word or one emoji."""
    if not 0 < at < len(data):
        return False
    left, right = data[at - 1 : at], data[at : at + 1]
    if left < b"\x80" and right < b"\x80":
        # "can" is not in "can't"; digits may be followed by their unit ("45mins").
        return (left.isalnum() and right.isalnum() and not left.isdigit()) or data[
            at : at + 2
        ] == b"'t"
    before = data[max(0, at - 4) : at].decode("utf-8", "ignore")[-1:]
    after = data[at : at + 4].decode("utf-8", "ignore")[:1]
    return JOINER in (before, after) or (before.isalnum() and after.isalnum())


class Surroundings:
    """Judges the matches of one turn; what several matches need is worked out once."""

    __slots__ = ("_before", "_terms", "_text", "_view")

    def __init__(self, text: Folded, view: TurnView) -> None:
        self._text = text
        self._view = view
        self._terms: dict[CompiledScope, list[Span]] = {}
        self._before: list[bytes] | None = None

    def cancels(self, cue: CompiledCue, start: int, end: int, live: Iterable[CompiledScope]) -> str:
        """What cancels the match of *cue* at these bytes, in words; empty if nothing does.

        Only scopes of *live* are looked at: those of which a term stands in the turn.
        """
        return self._condition(cue, start, end) or self._scope(cue, start, end, live)

    def _condition(self, cue: CompiledCue, start: int, end: int) -> str:
        wanted = cue.cue.conditions
        data = self._text.data
        if wanted.at and not self._stands_at(wanted.at, start, end):
            return f"at: it is not at {wanted.at}"
        if wanted.within and sentence_at(data, start, end).is_question != (
            wanted.within == "question"
        ):
            return f"in: the sentence is not a {wanted.within}"
        if cue.after and not any(_first(cue.after, before) for before in self._moves_before()):
            return "after: nothing before it fits"
        if cue.unless_turn and (found := _first(cue.unless_turn, data)):
            return self._quote("unless_turn", found)
        if cue.unless_before or cue.unless_after:
            return self._beside(cue, start, end)
        return ""

    def _beside(self, cue: CompiledCue, start: int, end: int) -> str:
        sentence = sentence_at(self._text.data, start, end)
        if found := _first(cue.unless_before, self._text.data[:start], sentence.start):
            return self._quote("unless_before", found)
        if found := _first(cue.unless_after, self._text.data[: sentence.end], end):
            return self._quote("unless_after", found)
        return ""

    def _stands_at(self, place: str, start: int, end: int) -> bool:
        data = self._text.data
        part, _, edge = place.rpartition(" ")
        if place.endswith("turn") or place.startswith("turn"):
            low, high = 0, len(data)
        else:
            sentence = sentence_at(data, start, end)
            low, high = sentence.start, sentence.end
        is_first = not has_words(data[low:start])
        is_last = not has_words(data[end:high])
        return {"start": is_first, "end": is_last}.get(edge, is_first and is_last)

    def _moves_before(self) -> list[bytes]:
        if self._before is None:
            self._before = [
                text.data for turn in self._view.move_before() for text in variants(fold(turn.text))
            ]
        return self._before

    def _scope(self, cue: CompiledCue, start: int, end: int, live: Iterable[CompiledScope]) -> str:
        for scope in cue.scopes:
            if scope not in live:
                continue
            for term in self.terms(scope):
                if self._reaches(scope, term, start, end):
                    return self._quote(scope.scope.name, term)
        return ""

    def terms(self, scope: CompiledScope) -> list[Span]:
        """Where terms of *scope* stand that no exception covers."""
        if scope not in self._terms:
            data = self._text.data
            found = sorted({span for pattern in scope.terms for span in places(pattern, data)})
            spared = (
                [span for pattern in scope.excepts for span in places(pattern, data)]
                if found
                else []
            )
            self._terms[scope] = [
                (start, end)
                for start, end in found
                if not any(low < end and start < high for low, high in spared)
            ]
        return self._terms[scope]

    def _reaches(self, scope: CompiledScope, term: Span, start: int, end: int) -> bool:
        is_before = term[1] <= start
        if not is_before and term[0] < end:
            return False
        if scope.scope.direction not in ("either", "before" if is_before else "after"):
            return False
        low, high = (term[1], start) if is_before else (end, term[0])
        data = self._text.data
        return word_count(data[low:high]) <= scope.scope.reach and not is_clause_break_between(
            data, low, high
        )

    def _quote(self, what: str, span: Span) -> str:
        start, end = self._text.original(*span)
        return f'{what}: "{self._view.text[start:end]}"'


def _first(patterns: tuple[Pattern, ...], data: bytes, low: int = 0) -> Span | None:
    for pattern in patterns:
        for start, end in places(pattern, data):
            if start >= low:
                return start, end
    return None
