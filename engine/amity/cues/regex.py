"""From the tree of a phrasing to the text of an RE2 pattern over folded bytes.

Each item is written in one of three ways: with the separator before it (after the first item that
must be there), after it (an optional item before that), or bare (that item itself).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

from amity.cues.language import CLITICS, Choice, Emoji, Gap, Item, Lemma, Mark, Number, Run, Stem, Word

__all__ = ["SEPARATOR", "Inflect", "pattern_text"]

Inflect = Callable[[Lemma], Sequence[str]]

SEPARATOR = r' ,"*()/\-'
_LETTER = r"a-z0-9\x80-\xff"
_SOME = f"[{SEPARATOR}]+"
_ANY = f"[{SEPARATOR}]*"
_GAP_WORD = rf"[^{SEPARATOR}.!?;:\n]+(?:[.:][^{SEPARATOR}.!?;:\n]+)*"
_DIGITS = r"[0-9]+(?:[.,:][0-9]+)*(?:st|nd|rd|th|k|x|%)?"
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|couple|few|"
    "several|dozens?|twice|once"
)
_SPECIAL = frozenset(r".+*?()|[]{}^$\&%-/#~")


class _Edge(IntEnum):
    """What may stand on the right of an item; the greater, the looser what follows is joined."""

    WORD = 0
    LOOSE = 1
    NUMBER = 2


def pattern_text(run: Run, inflect: Inflect) -> str:
    """The RE2 pattern of *run*; *inflect* gives the forms of a lemma.

    Where an edge is not ASCII the pattern has a group, which is the match: RE2's word boundary
    knows ASCII letters only.
    """
    writer = _Writer(inflect)
    if _is_ascii_edged(run):
        return writer.bare(run, first=True, last=True)
    body = writer.bare(run, first=False, last=False)
    return rf"(?:^|[^{_LETTER}])({body})(?:$|[^{_LETTER}])"


def _is_ascii_edged(run: Run) -> bool:
    return all(_is_ascii_item(item) for item in run.items)


def _is_ascii_item(item: Item) -> bool:
    if isinstance(item, Word | Stem):
        return item.text[0].isascii() and item.text[-1].isascii()
    if isinstance(item, Choice):
        return all(_is_ascii_edged(inner) for inner in item.runs)
    return True


def _is_needed(item: Item) -> bool:
    return not (isinstance(item, Gap) or (isinstance(item, Choice) and item.optional))


def _right(item: Item) -> _Edge:
    if isinstance(item, Emoji | Mark):
        return _Edge.LOOSE
    if isinstance(item, Number):
        return _Edge.NUMBER
    if isinstance(item, Choice):
        return max(_right_of_run(run) for run in item.runs)
    return _Edge.WORD


def _right_of_run(run: Run) -> _Edge:
    edge = _Edge.WORD
    for item in run.items:
        edge = _right(item) if _is_needed(item) else max(edge, _right(item))
    return edge


def _guard(character: str, wanted: bool) -> str:
    return r"\b" if wanted and character.isascii() and character.isalnum() else ""


def _literal(text: str) -> str:
    """*text* as a pattern: an apostrophe may be missing, and any number of stars hides a word (f**k)."""
    written = "".join("'?" if c == "'" else f"\\{c}" if c in _SPECIAL else c for c in text)
    while r"\*\*" in written:
        written = written.replace(r"\*\*", r"\*")
    return written.replace(r"\*", r"\*+")


class _Writer:
    def __init__(self, inflect: Inflect) -> None:
        self._inflect = inflect

    def bare(self, run: Run, *, first: bool, last: bool) -> str:
        """*run* without separators around it; ``first`` and ``last`` ask for word boundaries."""
        needed = [index for index, item in enumerate(run.items) if _is_needed(item)]
        head, tail = needed[0], needed[-1]
        parts = [self._with_separator_after(item, first) for item in run.items[:head]]
        edge = _Edge.WORD
        for index, item in enumerate(run.items[head:], head):
            is_last = last and index >= tail
            if index == head:
                parts.append(self._item(item, first, is_last))
            else:
                parts.append(self._with_separator_before(item, edge, is_last))
            edge = _right(item) if _is_needed(item) else max(edge, _right(item))
        return "".join(parts)

    def _following(self, run: Run, edge: _Edge, last: bool) -> str:
        parts: list[str] = []
        needed = [index for index, item in enumerate(run.items) if _is_needed(item)]
        for index, item in enumerate(run.items):
            parts.append(self._with_separator_before(item, edge, last and index >= needed[-1]))
            edge = _right(item) if _is_needed(item) else max(edge, _right(item))
        return "".join(parts)

    def _with_separator_before(self, item: Item, edge: _Edge, last: bool) -> str:
        if isinstance(item, Choice):
            options = "|".join(self._following(run, edge, last) for run in item.runs)
            return f"(?:{options}){'?' * item.optional}"
        if isinstance(item, Emoji):
            return _ANY + self._item(item, False, last)
        if isinstance(item, Mark) or (isinstance(item, Word) and item.text in CLITICS):
            return self._item(item, False, last)
        joint = _SOME if edge is _Edge.WORD else _ANY
        if isinstance(item, Gap):
            return _gap(item, joint)
        return joint + self._item(item, edge is _Edge.LOOSE, last)

    def _with_separator_after(self, item: Item, first: bool) -> str:
        if isinstance(item, Gap):
            return f"(?:{_GAP_WORD}{_SOME}){{{item.low},{item.high}}}"
        joint = _SOME if _right(item) is _Edge.WORD else _ANY
        body = self._alternatives(item, first, False) if isinstance(item, Choice) else self._item(item, first, False)
        return f"(?:{body}{joint})?"

    def _alternatives(self, choice: Choice, first: bool, last: bool) -> str:
        return "(?:" + "|".join(self.bare(run, first=first, last=last) for run in choice.runs) + ")"

    def _item(self, item: Item, first: bool, last: bool) -> str:
        match item:
            case Word(text):
                return _guard(text[0], first) + _literal(text) + _guard(text[-1], last)
            case Stem(text):
                tail = "[a-z']*" if text.isascii() else rf"[{_LETTER}']*"
                return _guard(text[0], first) + _literal(text) + tail + _guard("a", last and text.isascii())
            case Lemma():
                forms = "|".join(_literal(form) for form in self._inflect(item))
                return _guard("a", first) + f"(?:{forms})" + _guard("a", last)
            case Emoji(text):
                return _literal(text)
            case Mark(text):
                return rf" *[?!.]*\{text}[?!]*"
            case Number():
                guard = _guard("a", first)
                return rf"(?:(?:(?:£|\$|€) ?|{guard}){_DIGITS}|{guard}(?:{_NUMBER_WORDS})\b)"
            case Choice():
                return self._alternatives(item, first, last)
            case Gap():
                raise AssertionError("a gap is written with its separators")


def _gap(gap: Gap, joint: str) -> str:
    if joint == _SOME:
        return f"(?:{joint}{_GAP_WORD}){{{gap.low},{gap.high}}}"
    more = f"(?:{_SOME}{_GAP_WORD}){{{max(gap.low - 1, 0)},{gap.high - 1}}}"
    return f"(?:{joint}{_GAP_WORD}{more}){'?' * (gap.low == 0)}"
