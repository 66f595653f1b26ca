"""Which phrasings can stand in a text at all, told from its words before any pattern runs.

A set of all patterns in one automaton is what RE2 offers for this, and it does not fit: phrasings
with gaps multiply its states, until it rebuilds them at every turn (milliseconds each). Here each
phrasing gives the words of which some must be there, and where it can the words of which two must
stand side by side; an index from words, and from two in a row, to phrasings leaves a handful for RE2
to confirm. What is left out can never match; what is kept may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from amity.cues.needs import MOST_PARTS, Clause, Inflect, Needs, Opening
from amity.cues.tree import Run

__all__ = ["Prefilter", "words_in"]

_CACHE_LIMIT = 10_000
_MOST_PAIRS = 5_000
_SEPARATE = bytes(
    code if chr(code) in "abcdefghijklmnopqrstuvwxyz0123456789'" else ord(" ")
    for code in range(256)
)
_LETTERS = bytes(
    code if chr(code) in "abcdefghijklmnopqrstuvwxyz" else ord(" ") for code in range(256)
)
_DIGITS = bytes(code if chr(code) in "0123456789" else ord(" ") for code in range(256))


def words_in(data: bytes) -> set[bytes]:
    """The words of folded text, each whole, as they are written; see ``_forms`` for their forms."""
    return set(data.translate(_SEPARATE).split())


def _forms(word: bytes) -> Iterator[str]:
    """The ways in which a phrasing may mean *word*: "i've" is also "ive", "i" and "ve"."""
    text = word.decode()
    if text.isalpha():
        yield text
        return
    parts = text.split("'")
    for start in range(len(parts)):
        for end in range(start + 1, min(start + MOST_PARTS, len(parts)) + 1):
            yield "".join(parts[start:end])
    # "45mins" stands for "# mins" and for "45 min*".
    yield from word.translate(_LETTERS).decode().split()
    yield from word.translate(_DIGITS).decode().split()


class _Known(NamedTuple):
    """What is known of a word.

    ``mask`` are the atoms that it is; ``opens`` are the phrasings that it opens, ``opens_alone``
    those that it opens by itself where two words in a row open the others. It is a first or a second word of those that open
    the phrasings in ``first`` and ``second``; ``followers`` has what was found out so of the words
    after it.
    """

    mask: int
    opens: tuple[int, ...]
    opens_alone: tuple[int, ...]
    first: frozenset[int]
    second: frozenset[int]
    followers: dict[bytes, frozenset[int]]


_NOTHING = _Known(0, (), (), frozenset(), frozenset(), {})


class Prefilter:
    """Tells which of some phrasings can stand in a text.

    ``examples`` are folded texts that show how common words are among those that will be met.
    """

    def __init__(
        self, needs: Sequence[Iterable[Run]], inflect: Inflect, examples: Iterable[bytes]
    ) -> None:
        """Each member of *needs* holds the trees of which any one is enough."""
        common = Counter(
            form for data in examples for word in words_in(data) for form in _forms(word)
        )
        self._writer: Needs | None = Needs(inflect, common)
        self._always: list[int] = []
        self._atoms: dict[str, int] = {}
        self._by_atom: dict[str, list[int]] = {}
        self._alone: dict[str, list[int]] = {}
        self._first: dict[str, list[int]] = {}
        self._second: dict[str, list[int]] = {}
        self._others: list[tuple[int, ...]] = []
        self._stems: set[str] = set()
        self._signs: list[tuple[bytes, str, int]] = []
        self._known: dict[bytes, _Known] = {}
        self._pairs = 0
        for index, trees in enumerate(needs):
            self._add(index, self._writer.opening(list(trees)))

    @cached_property
    def _longest_stem(self) -> int:
        return max(map(len, self._stems), default=0)

    @cached_property
    def _marks(self) -> list[tuple[bytes, str, int]]:
        """The signs that ASCII text may have."""
        return [sign for sign in self._signs if sign[0].isascii()]

    def __getstate__(self) -> dict[str, object]:
        # What texts have taught, and what only building needs, is not kept.
        empty = {"_known": {}, "_pairs": 0, "_writer": None}
        return self.__dict__ | empty

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Many phrasings ask for the same, and a mask is half a kilobyte.
        shared: dict[int, int] = {}
        others = [tuple(shared.setdefault(m, m) for m in masks) for masks in state["_others"]]
        self.__dict__.update(state, _others=others)

    def _add(self, index: int, opening: Opening) -> None:
        clauses, alone, pairs = opening
        # What opens it is there already when the others are looked at.
        met = [*pairs[0]] if len(pairs) == 1 and not alone else []
        rest = [clause for clause in clauses if clause not in met] if pairs else clauses[1:]
        self._others.append(tuple(map(self._mask, rest)))
        if not clauses:
            self._always.append(index)
            return
        for atom in clauses[0]:
            self._by_atom.setdefault(self._named(atom), []).append(index)
        for atom in alone if pairs else clauses[0]:
            self._alone.setdefault(self._named(atom), []).append(index)
        for first, second in pairs:
            for atom in first:
                self._first.setdefault(self._named(atom), []).append(index)
            for atom in second:
                self._second.setdefault(self._named(atom), []).append(index)

    def _named(self, atom: str) -> str:
        if atom not in self._atoms:
            self._atoms[atom] = len(self._atoms)
            if atom.endswith("*"):
                self._stems.add(atom[:-1])
            elif not atom.isalnum():
                self._signs.append((atom.encode(), atom, 1 << self._atoms[atom]))
        return atom

    def _mask(self, clause: Clause) -> int:
        mask = 0
        for atom in clause:
            mask |= 1 << self._atoms[self._named(atom)]
        return mask

    def masks(self, trees: Sequence[Run]) -> tuple[int, ...]:
        """What ``candidates`` must say is there, of each something, where any of *trees* stands.

        To be asked before the first text is.
        """
        return tuple(map(self._mask, self._writer.either(trees))) if self._writer else ()

    def candidates(self, data: bytes) -> tuple[list[int], int]:
        """The phrasings that can stand in *data*, by place in ascending order, and what is there.

        The latter is a mask, to be compared with those of ``masks``.
        """
        if not data.isascii():
            return self._among_others(data)
        present = 0
        found = set(self._always)
        known = self._known.get
        before = _NOTHING
        for word in data.translate(_SEPARATE).split():
            here = known(word) or self._look_up(word)
            present |= here.mask
            if here.opens_alone:
                found.update(here.opens_alone)
            if before.first and here.second:
                opened = before.followers.get(word)
                if opened is None:
                    opened = self._open(before, word, here)
                if opened:
                    found.update(opened)
            before = here
        for sign, atom, bit in self._marks:
            if sign in data:
                present |= bit
                found.update(self._alone.get(atom, ()))
        return self._confirmed(found, present), present

    def _among_others(self, data: bytes) -> tuple[list[int], int]:
        """The same of a text with letters beyond ASCII, which may stand in a word and part it here."""
        present = 0
        found = set(self._always)
        for word in words_in(data):
            here = self._known.get(word) or self._look_up(word)
            present |= here.mask
            found.update(here.opens)
        for sign, atom, bit in self._signs:
            if sign in data:
                present |= bit
                found.update(self._by_atom.get(atom, ()))
        return self._confirmed(found, present), present

    def _confirmed(self, found: set[int], present: int) -> list[int]:
        """Those of *found* whose other clauses are met by *present* too, in ascending order."""
        kept: list[int] = []
        others = self._others
        # A plain loop: this runs for every sentence, and a generator for each phrasing costs more
        # than the test.
        for index in found:
            for mask in others[index]:
                if not present & mask:
                    break
            else:
                kept.append(index)
        kept.sort()
        return kept

    def _open(self, before: _Known, word: bytes, here: _Known) -> frozenset[int]:
        """The phrasings that *word* after the one *before* it opens."""
        opened = before.first & here.second
        # Hostile text may not make the cache grow without end.
        if self._pairs < _MOST_PAIRS:
            self._pairs += 1
            before.followers[word] = opened
        return opened

    def _look_up(self, word: bytes) -> _Known:
        """What is known of a word that is new."""
        atoms: set[str] = set()
        for form in _forms(word):
            if form in self._atoms:
                atoms.add(form)
            for length in range(1, min(len(form), self._longest_stem) + 1):
                if form[:length] in self._stems:
                    atoms.add(f"{form[:length]}*")
        found = self._known_as(atoms) if atoms else _NOTHING
        if len(self._known) < _CACHE_LIMIT:
            self._known[word] = found
        return found

    def _known_as(self, atoms: set[str]) -> _Known:
        """What is known of a word that is all of *atoms*."""

        def of(index: Mapping[str, Sequence[int]]) -> Iterator[int]:
            return (found for atom in atoms for found in index.get(atom, ()))

        return _Known(
            sum(1 << self._atoms[atom] for atom in atoms),
            tuple(set(of(self._by_atom))),
            tuple(set(of(self._alone))),
            frozenset(of(self._first)),
            frozenset(of(self._second)),
            {},
        )
