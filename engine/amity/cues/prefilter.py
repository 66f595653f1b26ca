"""Which phrasings can stand in a text at all, told from its words before any pattern runs.

A set of all patterns in one automaton is what RE2 offers for this, and it does not fit: phrasings
with gaps multiply its states, until it rebuilds them at every turn (milliseconds each). Here each
phrasing gives the words of which some must be there; an index from words to phrasings leaves a
handful for RE2 to confirm. What is left out can never match; what is kept may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from amity.cues.tree import Choice, Emoji, Item, Lemma, Run, Stem, Suffix, Word, is_needed

__all__ = ["Prefilter", "words_in"]

# A clause: one of these must be there: a word, a word that begins so ("complain*"), or an emoji.
Clause = frozenset[str]
Inflect = Callable[[Lemma], Sequence[str]]

_CACHE_LIMIT = 20_000
# A word in a phrasing has no more parts between apostrophes ("rock'n'roll" has three).
_MOST_PARTS = 4
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
        for end in range(start + 1, min(start + _MOST_PARTS, len(parts)) + 1):
            yield "".join(parts[start:end])
    # "45mins" stands for "# mins" and for "45 min*".
    yield from word.translate(_LETTERS).decode().split()
    yield from word.translate(_DIGITS).decode().split()


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
        writer = _Needs(inflect, common)
        self._always: list[int] = []
        self._atoms: dict[str, int] = {}
        self._by_atom: dict[int, list[int]] = {}
        self._others: list[tuple[int, ...]] = []
        self._stems: set[str] = set()
        self._emoji: list[tuple[bytes, int]] = []
        self._known: dict[bytes, tuple[int, tuple[int, ...]]] = {}
        for index, trees in enumerate(needs):
            clauses = writer.either(list(trees))
            self._add(index, clauses)

    def _add(self, index: int, clauses: list[Clause]) -> None:
        self._others.append(tuple(self._mask(clause) for clause in clauses[1:]))
        if not clauses:
            self._always.append(index)
            return
        for atom in clauses[0]:
            self._by_atom.setdefault(self._bit(atom), []).append(index)

    def _bit(self, atom: str) -> int:
        if atom in self._atoms:
            return self._atoms[atom]
        bit = self._atoms[atom] = len(self._atoms)
        if atom.endswith("*"):
            self._stems.add(atom[:-1])
        elif not atom.isascii():
            self._emoji.append((atom.encode(), bit))
        return bit

    def _mask(self, clause: Clause) -> int:
        mask = 0
        for atom in clause:
            mask |= 1 << self._bit(atom)
        return mask

    def candidates(self, data: bytes) -> list[int]:
        """The positions of the phrasings that can stand in *data*, in ascending order."""
        present = 0
        found = set(self._always)
        known = self._known
        for word in words_in(data):
            mask, indexes = known.get(word) or self._look_up(word)
            present |= mask
            if indexes:
                found.update(indexes)
        if not data.isascii():
            for emoji, bit in self._emoji:
                if emoji in data:
                    present |= 1 << bit
                    found.update(self._by_atom.get(bit, ()))
        return self._confirmed(found, present)

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

    def _look_up(self, word: bytes) -> tuple[int, tuple[int, ...]]:
        """The atoms that *word* is, as a mask, and the phrasings that any of them may open."""
        bits = set()
        for form in _forms(word):
            bits.add(self._atoms.get(form))
            for length in range(1, len(form) + 1):
                if form[:length] in self._stems:
                    bits.add(self._atoms[f"{form[:length]}*"])
        bits.discard(None)
        mask = sum(1 << bit for bit in bits if bit is not None)
        indexes = tuple(
            {index for bit in bits if bit is not None for index in self._by_atom.get(bit, ())}
        )
        # Hostile text may not make the cache grow without end.
        if len(self._known) < _CACHE_LIMIT:
            self._known[word] = (mask, indexes)
        return mask, indexes


class _Needs:
    """Works out the clauses of a tree, the most telling first."""

    def __init__(self, inflect: Inflect, common: Counter[str]) -> None:
        self._inflect = inflect
        self._common = common

    def either(self, runs: Sequence[Run]) -> list[Clause]:
        """Clauses that hold wherever any of *runs* stands."""
        each = [self._run(run) for run in runs]
        # The k-th clause of each, taken together, holds whichever of them it is.
        joined = [frozenset[str]().union(*together) for together in zip(*each, strict=False)]
        return sorted(joined, key=self._cost)

    def _run(self, run: Run) -> list[Clause]:
        clauses: list[Clause] = []
        for index, item in enumerate(run.items):
            if is_needed(item):
                clauses += self._item(item, _suffixes(run.items[index + 1 :]))
        return sorted(set(clauses), key=self._cost)

    def _item(self, item: Item, suffixes: Sequence[str]) -> list[Clause]:
        match item:
            case Word(text):
                return self._written([text], suffixes)
            case Lemma():
                return self._written(self._inflect(item), suffixes)
            case Stem(text):
                is_plain = text.isascii() and text.isalnum()
                return [frozenset({f"{text}*"})] if is_plain else []
            case Emoji(text):
                return [] if text.isascii() else [frozenset({text})]
            case Choice(runs):
                return self.either(runs) if not suffixes else []
            case _:
                return []

    def _written(self, words: Sequence[str], suffixes: Sequence[str]) -> list[Clause]:
        """A clause of *words*, or none where one has letters that the index does not know."""
        if not all(_is_indexed(word) for word in words):
            return []
        plain = [word.replace("'", "") for word in words]
        return [frozenset({*plain, *(word + suffix for word in plain for suffix in suffixes)})]

    def _cost(self, clause: Clause) -> tuple[int, int, list[str]]:
        """How often *clause* is met, so that the rarest comes first; never dependent on chance."""
        total = sum(self._seen(atom) for atom in clause)
        return total, len(clause), sorted(clause)

    def _seen(self, atom: str) -> int:
        if not atom.endswith("*"):
            return self._common[atom]
        stem = atom[:-1]
        return sum(count for word, count in self._common.items() if word.startswith(stem))


def _is_indexed(word: str) -> bool:
    is_plain = word.isascii() and word.replace("'", "").isalnum()
    return is_plain and word.count("'") < _MOST_PARTS


def _suffixes(items: Sequence[Item]) -> list[str]:
    """The short forms that may be written on to what stands before *items*, without apostrophes."""
    found: list[str] = []
    for item in items:
        if isinstance(item, Suffix):
            found.append(item.text.replace("'", ""))
        elif isinstance(item, Choice):
            found += [suffix for run in item.runs for suffix in _suffixes(run.items)]
        if is_needed(item):
            break
    return found
