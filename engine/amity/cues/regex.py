"""From the tree of a phrasing to the text of an RE2 pattern over folded bytes.

Each item is written in one of three ways: with the separator before it (after the first item that
must be there), after it (an optional item before that), or bare (that item itself).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

from amity.cues.tree import (
    Choice,
    Emoji,
    Gap,
    Item,
    Lemma,
    Mark,
    Number,
    Run,
    Stem,
    Suffix,
    Word,
    is_needed,
)

__all__ = ["Inflect", "pattern_text"]

Inflect = Callable[[Lemma], Sequence[str]]

# Each range of a class is an instruction in every pattern that names it, so classes are written
# with as few ranges as folded text allows (see fold.py): * + , - are neighbours in ASCII.
_SOME = r"[ *-\-]+"
_ANY = r"[ *-\-]*"
_GAP_LETTERS = r"[#-'0-9@-\xff]+"
_GAP_WORD = rf"{_GAP_LETTERS}(?:[.:]{_GAP_LETTERS})*"
_STEM_TAIL = r"[a-z'\x80-\xff]*"
_DIGITS = "[0-9]+(?:[.,:][0-9]+)*(?:st|nd|rd|th|k|x|%)?"
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|"
    "eigh|nine)teen|twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|"
    "couple|few|several|dozens?|twice|once"
)
_SPECIAL = frozenset(r".+*?()|[]{}^$\&%-/#~")


class _Edge(IntEnum):
    """What may stand on the right of an item; the greater, the looser what follows is joined."""

    WORD = 0
    LOOSE = 1
    NUMBER = 2


def pattern_text(run: Run, inflect: Inflect) -> str:
    """The RE2 pattern of *run*; *inflect* gives the forms of a lemma.

    Word boundaries are written at ASCII letters only, because RE2 knows no others; whoever uses
    the pattern looks at the neighbours of a match (``surroundings.places``).
    """
    return _Writer(inflect).bare(run, first=True, last=True)


def _edge_after(item: Item, before: _Edge) -> _Edge:
    """What stands on the right once *item* is written after *before*."""
    edge = _Edge.WORD
    if isinstance(item, Emoji | Mark):
        edge = _Edge.LOOSE
    elif isinstance(item, Number):
        edge = _Edge.NUMBER
    elif isinstance(item, Choice):
        edge = max(_edge_of(run) for run in item.runs)
    if is_needed(item):
        return edge
    # Where an optional number is left out, what follows needs its space: "so [#] sorry" is not in
    # "sosorry". After a sign a word boundary sees to that.
    return before if edge is _Edge.NUMBER else max(edge, before)


def _edge_of(run: Run) -> _Edge:
    edge = _Edge.WORD
    for item in run.items:
        edge = _edge_after(item, edge)
    return edge


def _is_loose(runs: Sequence[Run]) -> bool:
    """Whether what follows one of *runs* needs no space, so that their words end themselves."""
    return any(_edge_of(run) is not _Edge.WORD for run in runs)


def _begins_with_word(run: Run) -> bool:
    item = run.items[0]
    if isinstance(item, Choice):
        return is_needed(item) and all(map(_begins_with_word, item.runs))
    return isinstance(item, Word | Stem | Lemma | Number)


def _is_end(rest: Sequence[Item]) -> bool:
    """Whether the phrasing may end before *rest*, so that the word there needs a boundary."""
    return not any(is_needed(item) or _begins_with_suffix(item) for item in rest)


def _begins_with_suffix(item: Item) -> bool:
    if isinstance(item, Choice):
        return any(_begins_with_suffix(run.items[0]) for run in item.runs)
    return isinstance(item, Suffix)


def _begins_with_digit(item: Item, edge: _Edge) -> bool:
    """Whether *item* needs a space after a number, so that ``# 5`` is not found in 45."""
    is_digit = isinstance(item, Number) or (isinstance(item, Word) and item.text[0].isdigit())
    return edge is _Edge.NUMBER and is_digit


def _guard(character: str, wanted: bool) -> str:
    return r"\b" if wanted and character.isascii() and character.isalnum() else ""


def _literal(text: str) -> str:
    """*text* as a pattern: an apostrophe may be missing; any number of stars hides letters."""
    pieces = ["'?" if c == "'" else f"\\{c}" if c in _SPECIAL else c for c in text]
    alone = [piece for at, piece in enumerate(pieces) if piece != r"\*" or text[at - 1] != "*"]
    return "".join(alone).replace(r"\*", r"\*+")


def _gap(gap: Gap, joint: str) -> str:
    if joint == _SOME:
        return f"(?:{joint}{_GAP_WORD}){{{gap.low},{gap.high}}}"
    # What follows may join without a space, so the last word of the gap has to end by itself.
    more = f"(?:{_SOME}{_GAP_WORD}){{{max(gap.low - 1, 0)},{gap.high - 1}}}"
    # It begins a word too: "so [#] <0-2>" is not in "sorry".
    return rf"(?:{joint}\b{_GAP_WORD}{more}\b){'?' * (gap.low == 0)}"


class _Writer:
    def __init__(self, inflect: Inflect) -> None:
        self._inflect = inflect

    def bare(self, run: Run, *, first: bool, last: bool) -> str:
        """*run* without separators around it; ``first`` and ``last`` ask for word boundaries."""
        head = next(index for index, item in enumerate(run.items) if is_needed(item))
        parts = [self._with_separator_after(item, first) for item in run.items[:head]]
        needed = run.items[head]
        rest = Run(run.items[head + 1 :])
        parts.append(self._item(needed, first, last and _is_end(rest.items)))
        return "".join(parts) + self._following(rest, _edge_after(needed, _Edge.WORD), last)

    def _following(self, run: Run, edge: _Edge, last: bool) -> str:
        """*run* after something else, whose right edge is *edge*."""
        parts: list[str] = []
        for index, item in enumerate(run.items):
            is_last = last and _is_end(run.items[index + 1 :])
            parts.append(self._with_separator_before(item, edge, is_last))
            edge = _edge_after(item, edge)
        return "".join(parts)

    def _with_separator_before(self, item: Item, edge: _Edge, last: bool) -> str:
        if isinstance(item, Choice):
            return self._choice(item, edge, last)
        if isinstance(item, Emoji):
            return _ANY + self._item(item, False, last)
        if isinstance(item, Mark | Suffix):
            return self._item(item, False, last)
        joint = _SOME if edge is _Edge.WORD or _begins_with_digit(item, edge) else _ANY
        if isinstance(item, Gap):
            return _gap(item, joint)
        return joint + self._item(item, edge is _Edge.LOOSE, last)

    def _choice(self, choice: Choice, edge: _Edge, last: bool) -> str:
        # What is optional after a number lets the next item join without a space, too.
        last = last or _is_loose(choice.runs) or (choice.is_optional and edge is not _Edge.WORD)
        # Written once for all alternatives that begin with a word, not once in each.
        worded = [run for run in choice.runs if edge is _Edge.WORD and _begins_with_word(run)]
        options = [self._following(run, edge, last) for run in choice.runs if run not in worded]
        if worded:
            options.append(_SOME + self._alternatives(worded, False, last))
        return f"(?:{'|'.join(options)}){'?' * choice.is_optional}"

    def _with_separator_after(self, item: Item, first: bool) -> str:
        if isinstance(item, Gap):
            return f"(?:{_GAP_WORD}{_SOME}){{{item.low},{item.high}}}"
        joint = _SOME if _edge_after(item, _Edge.WORD) is _Edge.WORD else _ANY
        return f"(?:{self._item(item, first, False)}{joint})?"

    def _alternatives(self, runs: Sequence[Run], first: bool, last: bool) -> str:
        last = last or _is_loose(runs)
        return f"(?:{'|'.join(self.bare(run, first=first, last=last) for run in runs)})"

    def _item(self, item: Item, first: bool, last: bool) -> str:
        if isinstance(item, Word | Suffix):
            return _guard(item.text[0], first) + _literal(item.text) + _guard(item.text[-1], last)
        if isinstance(item, Stem):
            tail = _STEM_TAIL + _guard("a", last and item.text.isascii())
            return _guard(item.text[0], first) + _literal(item.text) + tail
        if isinstance(item, Lemma):
            forms = "|".join(map(_literal, self._inflect(item)))
            return f"{_guard('a', first)}(?:{forms}){_guard('a', last)}"
        if isinstance(item, Choice):
            return self._alternatives(item.runs, first, last)
        return self._sign(item, first)

    def _sign(self, item: Emoji | Mark | Number | Gap, first: bool) -> str:
        match item:
            case Emoji(text):
                return _literal(text)
            case Mark(text):
                return rf" *[?!.]*\{text}[?!]*"
            case Number():
                guard = _guard("a", first)
                return rf"(?:(?:(?:£|\$|€) ?|{guard}){_DIGITS}|{guard}(?:{_NUMBER_WORDS})\b)"
            case Gap():
                return _gap(item, "")
