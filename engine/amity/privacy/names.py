"""The names of those who take part, as they stand in what was said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from amity.privacy.shape import plain

__all__ = ["Names", "Person"]

# One class of characters, once: linear.
_WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")
_MARKS = re.compile("[\u0300-\u036f]+")
_LEAST = 2
_MOST_WORDS = 16
_AROUND = 200  # characters on each side of a word of a name in which its other words may stand
# What may stand between two words of one name.
_JOINT = re.compile("[ .'_\u00a0-]{1,3}")
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
        folded = plain(text)
        return any(True for _ in self._places(_bare(folded))) or any(
            word in folded for word in self._unspaced
        )

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and the person's number of each name in *text*, from left to right."""
        folded = plain(text)
        found = [*self._without_spaces(folded)]
        for start, end in self._windows(folded):
            found += self._by_words(text, folded, start, end)
        return sorted(found)

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

    def _windows(self, folded: str) -> Iterator[tuple[int, int]]:
        """Parts of a text, apart from each other, that hold all names in it and what is around them."""
        bare = _bare(folded)
        places = sorted(self._places(bare))
        if places and len(bare) != len(folded):  # places count without accents that stand alone
            yield 0, len(folded)
            return
        start, end = 0, -1
        for place in places:
            low, high = _around(folded, place)
            if low > end >= 0:
                yield start, end
            start = low if low > end else start
            end = max(end, high)
        if end >= 0:
            yield start, end

    def _by_words(
        self, text: str, folded: str, low: int, high: int
    ) -> Iterator[tuple[int, int, int]]:
        words = [
            _Word(match.start(), match.end(), _bare(match.group()), text[match.start()].isupper())
            for match in _WORD.finditer(folded, low, high)
        ]
        done = 0
        for index, word in enumerate(words):
            hit = self._strong_at(word)
            if hit is None or word.start < done:
                continue
            number, end = hit
            start = word.start
            for before in map(words.__getitem__, range(index - 1, -1, -1)):
                gap = folded[before.end : start]
                if before.start < done or not self._belongs(before, number, gap):
                    break
                start = before.start
            for after in map(words.__getitem__, range(index + 1, len(words))):
                if not self._belongs(after, number, folded[end : after.start]):
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

    def _belongs(self, word: _Word, number: int, gap: str) -> bool:
        """Whether a word beside a name is a part of it."""
        if not _JOINT.fullmatch(gap) or (word.form in _WORDS and not word.is_capital):
            return False
        return number in self._weak.get(word.form, ()) or self._strong.get(word.form) == number

    def _without_spaces(self, folded: str) -> Iterator[tuple[int, int, int]]:
        for word, number in self._unspaced.items():
            at = folded.find(word)
            while at >= 0:
                yield at, at + len(word), number
                at = folded.find(word, at + len(word))


def _bare(folded: str) -> str:
    return folded if folded.isascii() else _MARKS.sub("", folded)


def _around(folded: str, place: int) -> tuple[int, int]:
    """Whole words on both sides of the word at *place*."""
    low = max(0, place - _AROUND)
    if low:
        space = folded.find(" ", low, place)
        low = place if space < 0 else space + 1
    high = folded.find(" ", place + _AROUND)
    return low, len(folded) if high < 0 else high
