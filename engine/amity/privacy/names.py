"""The names of those who take part, as they stand in what was said."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from amity.privacy.shape import plain

__all__ = ["Names", "Person"]

# One class of characters, once: linear.
_WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")
_MARKS = re.compile("[\u0300-\u036f]+")
_MARKS_BEGIN = (b"\xcc", b"\xcd")  # in UTF-8; some Greek ones do as well
_LEAST = 2
_MOST_WORDS = 16
# What may stand between two words of one name.
_JOINTS, _MOST_JOINT = " .'_\u00a0-", 3
_JOINT = re.compile(f"[{_JOINTS}]{{1,{_MOST_JOINT}}}")
_PUNCTUATION, _NO_JOINT = "\u201c\u201d\u2026", '"'
# No part of a word, nor what joins two of them.
_BETWEEN = "\n"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)

# Titles and particles: part of a name beside its other words, and no name by themselves.
_WEAK_WORDS = (
    "mr mrs ms miss mx dr prof sir dame lord lady herr frau senor senora monsieur madame mme jr sr ii iii iv"
    " van von der den de del della di da dos das du la le el bin ibn abu ter zu zur und y e of the"
)
# What stands in for a name where there is none.
_NOBODY_WORDS = (
    "customer client guest visitor user agent support anonymous unknown caller admin bot assistant system"
    " team service me you customers buyer seller member account contact helpdesk desk sales web chat"
)
# Names that are words as well count only where they are written with a capital.
_COMMON_WORDS = (
    "able amber art ash autumn bill bond brook brown bush case chance chase christian cook cross dale dawn day"
    " dean drew earl faith field fields fisher ford frank gene glen good grace grant gray green grey guy hall"
    " happy harper heath hill holly hope hunt hunter ivy jack jade jasper jean jewel joy june king knight lane"
    " law lee long love major mark marks mason may mercy miles mills min mona moon more olive page park parks"
    " parker patience pearl penny pierce pope power price prince ray read reed rich rob robin rock rose ruby rusty"
    " sandy savage sharp short sky small smith son song star stone storm summer sun sunny terry tiffany tuck turner"
    " van victor victory violet wade walker wall walter ward warden warren wells west white will winter wise wolf"
    " wood woods worth young al an do he in so to we my no on or am as at be by go hi if is it up us"
)
_WEAK, _NOBODY, _WORDS = (
    frozenset(words.split()) for words in (_WEAK_WORDS, _NOBODY_WORDS, _COMMON_WORDS)
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose names are looked for; ``number`` tells one person from another."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    form: str
    is_capital: bool


class Names:
    """Finds the names of some people in texts: whole, in parts, in any case, with or without accents."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._strong: dict[str, int] = {}
        self._weak: dict[str, set[int]] = {}
        self._unspaced: dict[str, int] = {}
        for person in people:
            self._add(person)

    def _add(self, person: Person) -> None:
        words = _WORD.findall(plain(person.name))[:_MOST_WORDS]
        for word in filter(None, map(_bare, words)):
            if word in _NOBODY:
                continue
            if _UNSPACED.search(word):
                self._unspaced.setdefault(word, person.number)
            elif len(word) < _LEAST or word in _WEAK or word.isdecimal():
                self._weak.setdefault(word, set()).add(person.number)
            else:
                self._strong.setdefault(word, person.number)

    def __bool__(self) -> bool:
        return bool(self._strong or self._unspaced)

    def may_stand_in(self, text: str) -> bool:
        """Whether a name may stand in *text*; False is certain."""
        folded = _folded(text)
        return any(True for _ in self._places(_bare(folded))) or any(
            word in folded for word in self._unspaced
        )

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and the person's number of each name in *text*, from left to right."""
        return self._hits(text, _folded(text))

    def find_in(self, texts: Sequence[str]) -> list[list[tuple[int, int, int]]]:
        """What `find` finds in each of *texts*, which are searched all at once."""
        joined = _BETWEEN.join(texts)
        folded = _folded(joined)
        if len(_bare(folded)) != len(folded):  # then words are looked for in another way
            return [self.find(text) for text in texts]
        found: list[list[tuple[int, int, int]]] = [[] for _ in texts]
        hits = self._hits(joined, folded)
        if hits:
            beginnings = [0, *accumulate(len(text) + len(_BETWEEN) for text in texts)]
            for start, end, number in hits:
                at = bisect_right(beginnings, start) - 1
                begins = beginnings[at]
                found[at].append((start - begins, end - begins, number))
        return found

    def _hits(self, text: str, folded: str) -> list[tuple[int, int, int]]:
        return sorted([*self._without_spaces(folded), *self._with_spaces(text, folded)])

    def _places(self, bare: str) -> Iterator[int]:
        """Where the words of names stand by themselves, or with an s after them."""
        for word in self._strong:
            at = bare.find(word)
            while at >= 0:
                end = at + len(word)
                rest = bare[end : end + 2]
                is_whole = not rest[:1].isalnum() or (rest[0] == "s" and not rest[1:].isalnum())
                if is_whole and not (at and bare[at - 1].isalnum()):
                    yield at
                at = bare.find(word, end)

    def _starts(self, folded: str) -> Iterable[int]:
        """Where words begin that may be names, from left to right."""
        bare = _bare(folded)
        places = sorted(set(self._places(bare)))
        if places and len(bare) != len(folded):  # places count without accents that stand alone
            return [match.start() for match in _WORD.finditer(folded)]
        return places

    def _with_spaces(self, text: str, folded: str) -> Iterator[tuple[int, int, int]]:
        done = 0
        for start in self._starts(folded):
            hit = self._strong_at(_word_at(text, folded, start)) if start >= done else None
            if hit is None:
                continue
            number, end = hit
            while before := _word_before(text, folded, start):
                if before.start < done or not self._belongs(before, number):
                    break
                start = before.start  # noqa: PLW2901 - the name begins earlier
            while after := _word_after(text, folded, end):
                if not self._belongs(after, number):
                    break
                end = after.end
            done = end
            yield start, end, number

    def _strong_at(self, word: _Word) -> tuple[int, int] | None:
        """Whose name the word is and where the name ends: "Anas" may stand for "Ana's"."""
        for form, end in ((word.form, word.end), (word.form[:-1], word.end - 1)):
            number = self._strong.get(form)
            if number is None or (form in _WORDS and not word.is_capital):
                continue
            if end == word.end or (word.is_capital and word.form.endswith("s")):
                return number, end
        return None

    def _belongs(self, word: _Word, number: int) -> bool:
        """Whether a word beside a name is a part of it."""
        if word.form in _WORDS and not word.is_capital:
            return False
        return number in self._weak.get(word.form, ()) or self._strong.get(word.form) == number

    def _without_spaces(self, folded: str) -> Iterator[tuple[int, int, int]]:
        for word, number in self._unspaced.items():
            at = folded.find(word)
            while at >= 0:
                yield at, at + len(word), number
                at = folded.find(word, at + len(word))


def _folded(text: str) -> str:
    """*text* as names are looked for in it, as long as it was."""
    if not text.isascii():
        # Mostly these are all that is not ASCII, and the rest of a text is then looked at much
        # faster. They are no part of a name, and join none.
        for character in _PUNCTUATION:
            text = text.replace(character, _NO_JOINT)
    return plain(text)


def _bare(folded: str) -> str:
    if folded.isascii():
        return folded
    # Most texts that are not ASCII have quotation marks and no accents that stand alone.
    written = folded.encode("utf-8", "surrogatepass")
    return _MARKS.sub("", folded) if any(lead in written for lead in _MARKS_BEGIN) else folded


def _word_at(text: str, folded: str, start: int) -> _Word:
    match = _WORD.match(folded, start)
    end = match.end() if match else start
    return _Word(start, end, _bare(folded[start:end]), text[start].isupper())


def _word_before(text: str, folded: str, start: int) -> _Word | None:
    """The word that only a joint keeps apart from what begins at *start*."""
    end = start
    while end > 0 and start - end < _MOST_JOINT and folded[end - 1] in _JOINTS:
        end -= 1
    first = end
    while first > 0 and _is_of_word(folded[first - 1]):
        first -= 1
    return _word_at(text, folded, first) if first < end < start else None


def _is_of_word(character: str) -> bool:
    """The same as `_WORD` says of one character, at a fifth of its cost."""
    return character.isalnum() or _MARKS.match(character) is not None


def _word_after(text: str, folded: str, end: int) -> _Word | None:
    joint = _JOINT.match(folded, end)
    return (
        _word_at(text, folded, joint.end()) if joint and _WORD.match(folded, joint.end()) else None
    )
